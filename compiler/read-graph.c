/* Recognises the form of a reference graph by its shape; merges what was read into one graph. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 20 /* of one source, and of the merge */

#define NOT_YET ", which is not read yet"

/* What the text is if its first bytes say so and it is nothing that is read, else NULL. */
static const char *
unread_form(const char *text, size_t size)
{
	static const struct {
		const char *start;
		const char *form;
	} forms[] = {
		{ "digraph ", "a dot graph" NOT_YET },
		{ "<?xml", "a GraphML graph" NOT_YET },
		{ "StorePath:", "a narinfo, which describes a single store object" },
		{ "Derive(", "a derivation, not the references of what it builds" },
		{ "\x1f\x8b", "gzip-compressed" NOT_YET },
		{ "\x28\xb5\x2f\xfd", "zstd-compressed" NOT_YET },
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t length = strlen(forms[i].start);
		if (size >= length && memcmp(text, forms[i].start, length) == 0)
			return forms[i].form;
	}
	return NULL;
}

/* Tells the forms apart that start with a path, by their second line. */
static void
read_line_form(struct compilation *c, const struct source *source, const char *text,
               struct graph_input *input)
{
	const char *end = source->text + source->size;
	const char *second = memchr(text, '\n', (size_t)(end - text));
	size_t rest = second != NULL ? (size_t)(end - ++second) : 0;
	if (second != NULL && (rest == 0 || *second == '/'))
		graph_input_refuse(c, source,
		                  "a plain list of store paths, without references" NOT_YET);
	else if (rest >= 3 && (memcmp(second, "+--", 3) == 0 || memcmp(second, "\u251c", 3) == 0 ||
	                       memcmp(second, "\u2514", 3) == 0))
		graph_input_refuse(c, source, "a tree of references, which is for people to read");
	else
		read_graph_lines(c, source, input);
}

void
read_graph(struct compilation *c, const struct source *source, struct graph_input *input)
{
	unsigned errors_before = c->diag.errors;
	if (input->store_dir == NULL) {
		input->store_dir = STORE_DIRECTORY;
		input->numbers.arena = &c->arena;
	}
	input->error_limit = errors_before + ERRORS_MAX;

	struct source *graph = arena_alloc(&c->arena, sizeof *graph);
	*graph = *source;
	graph->generated = true;
	if (graph->size >= 3 && memcmp(graph->text, "\xef\xbb\xbf", 3) == 0) {
		graph->text += 3;
		graph->size -= 3;
	}

	const char *text = graph->text + strspn(graph->text, " \t\r\n");
	size_t size = graph->size - (size_t)(text - graph->text);
	const char *unread = unread_form(text, size);
	if (size == 0)
		diag_error(&c->diag, (struct place){ .source = graph, .offset = PLACE_WHOLE },
		           "the graph is empty");
	else if (unread != NULL)
		graph_input_refuse(c, graph, unread);
	else if (*text == '[' || *text == '{')
		read_graph_json(c, graph, input);
	else if (*text == '/')
		read_line_form(c, graph, text, input);
	else
		graph_input_refuse(c, graph, "no form of a graph that is known");
	if (c->diag.errors != errors_before)
		input->damaged = true;
}

/* A path and its number, to sort by path. */
struct numbered_path {
	const char *path;
	size_t number;
};

static int
compare_paths(const void *a, const void *b)
{
	const struct numbered_path *x = a, *y = b;
	return strcmp(x->path, y->path);
}

static int
compare_indices(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

/* Of every path of the input, by number, its index in the graph: the paths sorted. */
static size_t *
rank_paths(struct arena *arena, const struct graph_input *input)
{
	struct numbered_path *sorted = arena_alloc(arena, input->path_count * sizeof *sorted);
	size_t *ranks = arena_alloc(arena, input->path_count * sizeof *ranks);
	for (size_t i = 0; i < input->path_count; i++)
		sorted[i] = (struct numbered_path){ input->paths[i], i };
	qsort(sorted, input->path_count, sizeof *sorted, compare_paths);
	for (size_t i = 0; i < input->path_count; i++)
		ranks[sorted[i].number] = i;
	return ranks;
}

/* The place of one reference. It is worked out only here, because there are many and few errors. */
static struct place
reference_place(struct compilation *c, const struct graph_input *input,
                const struct graph_record *record, size_t index)
{
	struct place place = record->place;
	if (place.pointer != NULL) {
		place.pointer = arena_printf(&c->arena, "%s/references/%zu", place.pointer, index);
		return place;
	}
	place.offset = record->references_offset;
	for (size_t i = 0; i < index; i++)
		place.offset += strlen(input->paths[record->references[i]]) + 1;
	return place;
}

/* Reports each reference that is not an object, once however many objects have it. */
static void
check_closed(struct compilation *c, const struct graph_input *input)
{
	unsigned limit = c->diag.errors + ERRORS_MAX;
	bool *settled = arena_alloc(&c->arena, input->path_count * sizeof *settled);
	bool open = false;
	for (size_t i = 0; i < input->count; i++)
		settled[input->records[i].path] = true;
	for (size_t i = 0; i < input->count; i++) {
		const struct graph_record *record = &input->records[i];
		for (size_t j = 0; j < record->reference_count; j++) {
			size_t reference = record->references[j];
			if (settled[reference])
				continue;
			settled[reference] = true;
			diag_error(&c->diag, reference_place(c, input, record, j),
			           "'%s' refers to '%s', which is not in the graph",
			           input->paths[record->path], input->paths[reference]);
			if (!open)
				diag_note(&c->diag, PLACE_NONE,
				          "a graph must hold all that its objects refer to; 'nix "
				          "path-info' prints that only with -r, 'nix-store "
				          "--dump-db' only for the paths it is given");
			open = true;
			if (c->diag.errors >= limit) {
				diag_error(&c->diag, PLACE_NONE, "too many errors");
				return;
			}
		}
	}
}

/* The record's references as indices into the graph: sorted, each once, without the object. */
static size_t
resolve_references(const struct graph_record *record, const size_t *ranks, size_t *ret_references)
{
	size_t count = 0, kept = 0;
	for (size_t i = 0; i < record->reference_count; i++)
		if (record->references[i] != record->path)
			ret_references[count++] = ranks[record->references[i]];
	if (count)
		qsort(ret_references, count, sizeof *ret_references, compare_indices);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || ret_references[i] != ret_references[i - 1])
			ret_references[kept++] = ret_references[i];
	return kept;
}

/* Two records of one object must agree; a size that is not given agrees with every other. */
static void
merge_duplicate(struct compilation *c, struct object *first, const struct object *second)
{
	const char *difference = NULL;
	if (first->reference_count != second->reference_count ||
	    (first->reference_count &&
	     memcmp(first->references, second->references,
	            first->reference_count * sizeof *first->references) != 0))
		difference = "other references";
	else if (first->nar_size && second->nar_size && first->nar_size != second->nar_size)
		difference = "another size";
	if (difference != NULL) {
		diag_error(&c->diag, second->place, "'%s' occurs again with %s",
		           second->path, difference);
		diag_note(&c->diag, first->place, "it occurs here first");
	}
	if (!first->nar_size)
		first->nar_size = second->nar_size;
}

bool
read_graph_merge(struct compilation *c, const struct graph_input *input, struct graph *ret_graph)
{
	if (input->damaged)
		return false;
	unsigned errors_before = c->diag.errors;
	check_closed(c, input);

	struct graph graph = { .store_dir = input->store_dir, .count = input->path_count };
	graph.objects = arena_alloc(&c->arena, graph.count * sizeof *graph.objects);
	size_t *ranks = rank_paths(&c->arena, input);
	unsigned limit = c->diag.errors + ERRORS_MAX;
	for (size_t i = 0; i < input->count; i++) {
		const struct graph_record *record = &input->records[i];
		struct object object = { .path = input->paths[record->path],
			                 .nar_size = record->nar_size,
			                 .place = record->place };
		object.references = arena_alloc(
			&c->arena, record->reference_count * sizeof *object.references);
		object.reference_count = resolve_references(record, ranks, object.references);
		struct object *slot = &graph.objects[ranks[record->path]];
		if (slot->path != NULL)
			merge_duplicate(c, slot, &object);
		else
			*slot = object;
		if (c->diag.errors >= limit) {
			diag_error(&c->diag, PLACE_NONE, "too many errors");
			break;
		}
	}
	if (c->diag.errors != errors_before)
		return false;
	*ret_graph = graph;
	return true;
}
