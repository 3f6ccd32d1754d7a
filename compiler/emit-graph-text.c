/* A graph for people: a table, a tree, the largest objects and closures. */
#include "compiler.h"

#include <stdlib.h>

#define SIZE_COLUMNS 10 /* of "1023.9 KiB" */
#define REFERENCES_COLUMNS 5

/* Writes a size for people, right-aligned if there is a width; "?" for one that is not known. */
static void
write_size(FILE *stream, uint64_t size, int width)
{
	char text[SIZE_TEXT];

	fprintf(stream, "%*s", width, size ? size_text(text, size) : "?");
}

/* Is it known of every object what it refers to? Reports it if not. */
static bool
has_references(struct compilation *c, const struct graph *graph, const char *what)
{
	for (size_t i = 0; i < graph->count; i++) {
		if (!graph->objects[i].listed)
			continue;
		diag_error(&c->diag, graph->objects[i].place,
		           "the graph does not say what '%s' refers to, so there %s",
		           graph->objects[i].path, what);
		return false;
	}
	return true;
}

static void
write_total(FILE *stream, const struct graph_view *view)
{
	const struct graph *graph = &view->graph;
	size_t unknown = view->unknown_sizes;

	fprintf(stream, "%zu object%s, ", graph->count, graph->count == 1 ? "" : "s");
	if (unknown == graph->count) {
		fputs("no sizes known\n", stream);
		return;
	}
	write_size(stream, view->total_size, 0);
	if (unknown)
		fprintf(stream, " and %zu unknown size%s", unknown, unknown == 1 ? "" : "s");
	putc('\n', stream);
}

bool
emit_graph_text(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	const struct graph *graph = &view->graph;

	if (view->closure_sizes && !has_references(c, graph, "are no closure sizes"))
		return false;
	fprintf(stream, "%*s  ", SIZE_COLUMNS, "size");
	if (view->closure_sizes)
		fprintf(stream, "%*s  ", SIZE_COLUMNS, "closure");
	fprintf(stream, "%*s  path\n", REFERENCES_COLUMNS, "refs");
	for (size_t i = 0; i < graph->count; i++) {
		const struct object *object = &graph->objects[i];

		write_size(stream, object->nar_size, SIZE_COLUMNS);
		fputs("  ", stream);
		if (view->closure_sizes) {
			write_size(stream, view->closure_sizes[i], SIZE_COLUMNS);
			fputs("  ", stream);
		}
		if (object->listed)
			fprintf(stream, "%*s", REFERENCES_COLUMNS, "?");
		else
			fprintf(stream, "%*zu", REFERENCES_COLUMNS, object->reference_count);
		fprintf(stream, "  %s\n", object->path);
	}
	write_total(stream, view);
	return true;
}

/*
 * The tree. What an object refers to is in the order of graph_query_order, least high first, as
 * 'nix-store -q --tree' has it: what is deep in one subtree is then mostly printed elsewhere
 * before, so that the tree stays flat. That order does not depend on hashes, and trees of two
 * versions of a package can be compared. The lines are UTF-8 whatever the locale: output depends on
 * nothing but input.
 */
struct level {
	const size_t *references; /* in the order of the tree */
	size_t count;
	size_t next;
	size_t indent; /* bytes of it before this level */
};

struct tree {
	struct arena *arena;
	FILE *stream;
	const struct graph *graph;
	const size_t *order;
	size_t *ranks; /* of each object, where it is in `order` */
	bool *printed;
	struct buffer indent;
	struct level *levels;
	size_t depth;
	size_t capacity;
};

/* Writes the object behind what is there of its line, and goes a level down if it is new. */
static void
enter(struct tree *tree, size_t i)
{
	const struct object *object = &tree->graph->objects[i];
	bool again = tree->printed[i];

	fprintf(tree->stream, "%s%s\n", object->path, again ? " [...]" : "");
	tree->printed[i] = true;
	if (again || object->reference_count == 0)
		return;
	size_t *references = arena_alloc(tree->arena, object->reference_count * sizeof *references);
	for (size_t j = 0; j < object->reference_count; j++)
		references[j] = tree->ranks[object->references[j]];
	qsort(references, object->reference_count, sizeof *references, compare_numbers);
	for (size_t j = 0; j < object->reference_count; j++)
		references[j] = tree->order[references[j]];
	*ARRAY_ADD(tree->arena, tree->levels, tree->depth, tree->capacity) = (struct level){
		.references = references,
		.count = object->reference_count,
		.indent = tree->indent.size,
	};
}

static void
write_tree(struct tree *tree, size_t root)
{
	enter(tree, root);
	while (tree->depth > 0) {
		struct level *level = &tree->levels[tree->depth - 1];

		tree->indent.size = level->indent;
		if (level->next == level->count) {
			tree->depth--;
			continue;
		}
		bool last = level->next + 1 == level->count;
		fwrite(tree->indent.data, 1, tree->indent.size, tree->stream);
		fputs(last ? "└───" : "├───", tree->stream);
		buffer_add_string(&tree->indent, last ? "    " : "│   ");
		enter(tree, level->references[level->next++]);
	}
}

bool
emit_graph_text_tree(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	const struct graph *graph = &view->graph;

	if (!has_references(c, graph, "is no tree"))
		return false;
	struct tree tree = { .arena = &c->arena, .stream = stream, .graph = graph };
	tree.order = graph_query_order(&c->arena, graph);
	tree.ranks = arena_alloc(&c->arena, graph->count * sizeof *tree.ranks);
	tree.printed = arena_alloc(&c->arena, graph->count * sizeof *tree.printed);
	tree.indent.arena = &c->arena;
	buffer_add_string(&tree.indent, "");
	for (size_t i = 0; i < graph->count; i++)
		tree.ranks[tree.order[i]] = i;
	for (size_t i = 0; i < view->root_count; i++)
		write_tree(&tree, view->roots[i]);
	return true;
}

struct sized {
	uint64_t size;
	size_t object;
};

/* From large to small, then in the order of paths. */
static int
compare_sized(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return (x->object > y->object) - (x->object < y->object);
}

static void
write_largest(FILE *stream, const struct graph *graph, struct sized *sized, size_t limit)
{
	qsort(sized, graph->count, sizeof *sized, compare_sized);
	for (size_t i = 0; i < graph->count && i < limit; i++) {
		write_size(stream, sized[i].size, SIZE_COLUMNS);
		fprintf(stream, "  %s\n", graph->objects[sized[i].object].path);
	}
}

bool
emit_graph_text_top(struct compilation *c, FILE *stream, const struct graph_view *view,
                    size_t limit)
{
	const struct graph *graph = &view->graph;

	if (!has_references(c, graph, "are no closure sizes"))
		return false;
	for (size_t i = 0; i < graph->count; i++) {
		if (graph->objects[i].nar_size)
			continue;
		diag_error(&c->diag, graph->objects[i].place,
		           "the graph does not say the size of '%s', so none is the largest",
		           graph->objects[i].path);
		return false;
	}
	struct sized *sized = arena_alloc(&c->arena, graph->count * sizeof *sized);
	for (size_t i = 0; i < graph->count; i++)
		sized[i] = (struct sized){ graph->objects[i].nar_size, i };
	fputs("largest objects:\n", stream);
	write_largest(stream, graph, sized, limit);
	for (size_t i = 0; i < graph->count; i++)
		sized[i] = (struct sized){ view->closure_sizes[i], i };
	fputs("\nlargest closures:\n", stream);
	write_largest(stream, graph, sized, limit);
	return true;
}
