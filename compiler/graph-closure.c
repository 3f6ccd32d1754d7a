/* Objects by name, the roots of a closure, and what they reach without what is excluded. */
#include "compiler.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 5 /* objects that one message names */

size_t
graph_find(const struct graph *graph, const char *path, size_t size)
{
	size_t low = 0, high = graph->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *candidate = graph->objects[middle].path;
		int order = strncmp(candidate, path, size);

		if (order == 0 && candidate[size] != '\0')
			order = 1;
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return MAP_ABSENT;
}

bool
graph_in_closure(const struct compilation *c, size_t object)
{
	return bsearch(&object, c->closure, c->closure_count, sizeof object, compare_numbers);
}

const char *
graph_name(const struct graph *graph, const struct object *object)
{
	return object->path + strlen(graph->store_dir) + 1 + STORE_PATH_HASH_SIZE + 1;
}

/* Roots */

struct root_list {
	struct compilation *c;
	bool *present; /* of every object */
	size_t capacity;
};

static void
add_root(struct root_list *list, size_t object)
{
	struct compilation *c = list->c;

	if (!list->present[object])
		*ARRAY_ADD(&c->arena, c->roots, c->root_count, list->capacity) = object;
	list->present[object] = true;
}

static void
roots_from_arguments(struct root_list *list, const char *option, const struct string_list *paths)
{
	struct compilation *c = list->c;

	for (size_t i = 0; i < paths->count; i++) {
		const char *path = paths->items[i];
		const char *broken = store_path_check(c->graph.store_dir, path);
		size_t object = graph_find(&c->graph, path, strlen(path));

		if (broken)
			diag_error(&c->diag, PLACE_NONE, "%s: '%s' is not a store path of %s: %s",
			           option, path, c->graph.store_dir, broken);
		else if (object == MAP_ABSENT)
			diag_error(&c->diag, PLACE_NONE, "%s: '%s' is not in the graph", option,
			           path);
		else
			add_root(list, object);
	}
}

/* Every object that no other refers to. */
static void
roots_from_graph(struct root_list *list)
{
	struct compilation *c = list->c;
	bool *referred = arena_alloc(&c->arena, c->graph.count);

	for (size_t i = 0; i < c->graph.count; i++) {
		for (size_t j = 0; j < c->graph.objects[i].reference_count; j++)
			referred[c->graph.objects[i].references[j]] = true;
	}
	for (size_t i = 0; i < c->graph.count; i++) {
		if (!referred[i])
			add_root(list, i);
	}
	if (c->root_count == 0)
		diag_error(&c->diag, PLACE_NONE,
		           "every object of the graph is referred to by another; name the roots "
		           "with --root");
}

bool
graph_roots(struct compilation *c)
{
	const struct graph_options *options = &c->options;
	struct root_list list = { .c = c, .present = arena_alloc(&c->arena, c->graph.count) };
	unsigned errors = c->diag.errors;

	if (options->roots.count)
		roots_from_arguments(&list, "--root", &options->roots);
	else
		roots_from_graph(&list);
	roots_from_arguments(&list, "--extra-root", &options->extra_roots);
	return c->diag.errors == errors;
}

/* Closure */

/* Objects that are still to be visited, so that depth costs no stack. */
struct walk {
	const struct graph *graph;
	const bool *barred; /* NULL: none */
	bool *reached;
	size_t *waiting;
	size_t count;
};

static void
visit(struct walk *walk, size_t object)
{
	if (walk->reached[object] || (walk->barred && walk->barred[object]))
		return;
	walk->reached[object] = true;
	walk->waiting[walk->count++] = object;
}

/* Marks what the roots reach without going through a barred object. */
static bool *
reach(struct compilation *c, const bool *barred)
{
	const struct graph *graph = &c->graph;
	struct walk walk = { .graph = graph, .barred = barred };

	walk.reached = arena_alloc(&c->arena, graph->count);
	walk.waiting = arena_alloc(&c->arena, graph->count * sizeof *walk.waiting);
	for (size_t i = 0; i < c->root_count; i++)
		visit(&walk, c->roots[i]);
	/* What a listed object refers to is not known: all that is listed is needed. */
	for (size_t i = 0; graph->listed && i < graph->count; i++) {
		if (graph->objects[i].listed)
			visit(&walk, i);
	}
	while (walk.count > 0) {
		const struct object *object = &graph->objects[walk.waiting[--walk.count]];

		for (size_t i = 0; i < object->reference_count; i++)
			visit(&walk, object->references[i]);
	}
	return walk.reached;
}

static bool
matches(const char *pattern, const struct graph *graph, const struct object *object)
{
	return fnmatch(pattern, object->path + strlen(graph->store_dir) + 1, 0) == 0 ||
	       fnmatch(pattern, object->path, 0) == 0;
}

/* Marks what one pattern matches of what is reached. */
static void
exclude(struct compilation *c, const char *pattern, const bool *reached)
{
	bool used = false;

	for (size_t i = 0; i < c->graph.count; i++) {
		if (!reached[i] || !matches(pattern, &c->graph, &c->graph.objects[i]))
			continue;
		c->excluded[i] = true;
		used = true;
	}
	if (!used)
		diag_warning(&c->diag, PLACE_NONE, "--exclude: nothing in the closure matches '%s'",
		             pattern);
	for (size_t i = 0; i < c->root_count; i++) {
		const struct object *root = &c->graph.objects[c->roots[i]];

		/* That a listed object is a root only says that nothing is known of it. */
		if ((!root->listed || c->options.roots.count) && matches(pattern, &c->graph, root))
			diag_error(&c->diag, PLACE_NONE, "--exclude: '%s' matches the root '%s'",
			           pattern, root->path);
	}
}

/* Says which objects are not reached any more though no pattern matches them. */
static void
report_cut_off(struct compilation *c, const bool *before, const bool *after)
{
	struct buffer names = { .arena = &c->arena };
	size_t count = 0;

	for (size_t i = 0; i < c->graph.count; i++) {
		if (!before[i] || after[i] || c->excluded[i])
			continue;
		if (count++ < NAMED_MAX)
			buffer_printf(&names, "%s'%s'", names.size ? ", " : "",
			              c->graph.objects[i].path);
	}
	if (count > NAMED_MAX)
		buffer_printf(&names, " and %zu more", count - NAMED_MAX);
	if (count > 0)
		diag_note(&c->diag, PLACE_NONE, "--exclude cuts off %zu other object%s: %s", count,
		          count == 1 ? "" : "s", names.data);
}

bool
graph_closure(struct compilation *c)
{
	const struct graph_options *options = &c->options;
	bool *reached = reach(c, NULL);
	unsigned errors = c->diag.errors;

	if (options->excludes.count) {
		const bool *before = reached;

		c->excluded = arena_alloc(&c->arena, c->graph.count);
		for (size_t i = 0; i < options->excludes.count; i++)
			exclude(c, options->excludes.items[i], before);
		reached = reach(c, c->excluded);
		if (c->diag.errors == errors)
			report_cut_off(c, before, reached);
	}
	c->closure = arena_alloc(&c->arena, c->graph.count * sizeof *c->closure);
	for (size_t i = 0; i < c->graph.count; i++) {
		if (reached[i])
			c->closure[c->closure_count++] = i;
	}
	return c->diag.errors == errors;
}
