/* Recognises the form of a reference graph by its shape; merges what was read into one graph. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

/* Refuses what its first bytes tell to be no graph, or one that lacks something. */
static bool
refuse_by_start(struct compilation *c, const struct source *source, const char *text, size_t size)
{
	static const struct {
		const char *start;
		const char *form;
		const char *advice;
	} forms[] = {
		{ "digraph ", "a dot graph, which does not say where the store is",
		  "what 'nix-store -qR' or 'nix path-info -r --json' print" },
		{ "<?xml", "a GraphML graph, which does not say where the store is",
		  "what 'nix-store -qR' or 'nix path-info -r --json' print" },
		{ "StorePath:", "a narinfo, which describes a single store object",
		  "what 'nix path-info -r --json --store URL' prints of the cache" },
		{ "Derive(", "a derivation, not the references of what it builds",
		  "the graph of its outputs, as 'nix path-info -r --json' prints it" },
		{ "\x1f\x8b", "gzip inside of gzip", NULL },
	};

	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		size_t length = strlen(forms[i].start);

		if (size < length || memcmp(text, forms[i].start, length) != 0)
			continue;
		graph_input_refuse(c, source, forms[i].form, forms[i].advice);
		return true;
	}
	return false;
}

/* Tells the forms apart that start with a path, by their second line. */
static void
read_line_form(struct compilation *c, const struct source *source, const char *text,
               struct graph_input *input)
{
	const char *end = source->text + source->size;
	const char *second = memchr(text, '\n', (size_t)(end - text));
	size_t rest = second ? (size_t)(end - ++second) : 0;

	if (second && (rest == 0 || *second == '/')) {
		diag_note(&c->diag, PLACE_SOURCE(source),
		          "a plain list of store paths has no references: all of it is in the "
		          "closure");
		read_graph_list(c, source, input);
	} else if (rest >= 3 &&
	           (memcmp(second, "+--", 3) == 0 || memcmp(second, "\u251c", 3) == 0 ||
	            memcmp(second, "\u2514", 3) == 0)) {
		graph_input_refuse(c, source,
		                   "a tree of references, which is for people to read",
		                   "what 'nix-store -qR' or 'nix path-info -r --json' print");
	} else {
		read_graph_lines(c, source, input);
	}
}

void
read_graph(struct compilation *c, const struct source *source, struct graph_input *input)
{
	unsigned errors_before = c->diag.errors;

	input->numbers.arena = &c->arena;
	input->error_limit = errors_before + DIAG_ERRORS_MAX;

	struct source *graph = arena_alloc(&c->arena, sizeof *graph);
	*graph = *source;
	graph->generated = true;
	if (graph->size >= 3 && memcmp(graph->text, "\xef\xbb\xbf", 3) == 0) {
		graph->text += 3;
		graph->size -= 3;
	}

	const char *text = graph->text + strspn(graph->text, " \t\r\n");
	size_t size = graph->size - (size_t)(text - graph->text);
	if (size == 0)
		diag_error(&c->diag, PLACE_SOURCE(graph),
		           "the graph is empty");
	else if (refuse_by_start(c, graph, text, size))
		;
	else if (*text == '[' || *text == '{')
		read_graph_json(c, graph, input);
	else if (*text == '/')
		read_line_form(c, graph, text, input);
	else
		graph_input_refuse(c, graph, "no form of a graph that is known", NULL);
	if (c->diag.errors != errors_before)
		input->damaged = true;
}

/* A path and its number, to sort by path. */
struct numbered_path {
	uint64_t start; /* the first bytes of its base name, which nearly always decide */
	const char *path;
	size_t number;
};

static int
compare_paths(const void *a, const void *b)
{
	const struct numbered_path *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* Of every path of the input, by number, its index in the graph: the paths sorted. */
static size_t *
rank_paths(struct arena *arena, const struct graph_input *input)
{
	struct numbered_path *sorted = arena_alloc(arena, input->path_count * sizeof *sorted);
	size_t *ranks = arena_alloc(arena, input->path_count * sizeof *ranks);
	size_t base = input->store_dir ? strlen(input->store_dir) + 1 : 0;

	for (size_t i = 0; i < input->path_count; i++) {
		uint64_t start = 0;

		for (size_t j = 0; j < sizeof start; j++)
			start = start << 8 | (unsigned char)input->paths[i][base + j];
		sorted[i] = (struct numbered_path){ start, input->paths[i], i };
	}
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

	if (place.pointer) {
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
	unsigned limit = c->diag.errors + DIAG_ERRORS_MAX;
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

static void
sort_indices(size_t *indices, size_t count)
{
	if (count > 32) {
		qsort(indices, count, sizeof *indices, compare_numbers);
		return;
	}
	for (size_t i = 1; i < count; i++) {
		size_t index = indices[i], j = i;

		for (; j > 0 && indices[j - 1] > index; j--)
			indices[j] = indices[j - 1];
		indices[j] = index;
	}
}

/* The record as an object: its references turn, in place, into indices into the graph, sorted,
 * each once, without the object. */
static struct object
resolve_record(const struct graph_input *input, struct graph_record *record, const size_t *ranks)
{
	struct object object = { .path = input->paths[record->path],
		                 .references = record->references,
		                 .nar_size = record->nar_size,
		                 .nar_hash = record->nar_hash,
		                 .listed = record->listed,
		                 .place = record->place };
	size_t *references = record->references;
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < record->reference_count; i++) {
		if (references[i] == record->path)
			object.self = true;
		else
			references[count++] = ranks[references[i]];
	}
	sort_indices(references, count);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || references[i] != references[i - 1])
			references[kept++] = references[i];
	object.reference_count = kept;
	return object;
}

static bool
same_references(const struct object *a, const struct object *b)
{
	return a->reference_count == b->reference_count &&
	       (a->reference_count == 0 || memcmp(a->references, b->references,
	                                          a->reference_count * sizeof *a->references) == 0);
}

static bool
same_pointer(const struct place *a, const struct place *b)
{
	return a->source == b->source && a->pointer && b->pointer &&
	       strcmp(a->pointer, b->pointer) == 0;
}

/* Two records of one object must agree; what is not given agrees with everything. */
static void
merge_duplicate(struct compilation *c, struct object *first, const struct object *second)
{
	const char *difference = NULL;

	/* Two elements of an array never have the same pointer. */
	if (same_pointer(&first->place, &second->place)) {
		diag_error(&c->diag, second->place, "duplicate key '%s'", second->path);
		return;
	}
	if (!first->listed && !second->listed && !same_references(first, second))
		difference = "other references";
	else if (first->nar_size && second->nar_size && first->nar_size != second->nar_size)
		difference = "another size";
	else if (first->nar_hash && second->nar_hash &&
	         memcmp(first->nar_hash, second->nar_hash, NAR_HASH_SIZE) != 0)
		difference = "another hash";
	if (difference) {
		diag_error(&c->diag, second->place, "'%s' occurs again with %s", second->path,
		           difference);
		diag_note(&c->diag, first->place, "it occurs here first");
	}
	if (first->listed) {
		first->references = second->references;
		first->reference_count = second->reference_count;
		first->listed = second->listed;
	}
	first->self |= second->self;
	if (!first->nar_size)
		first->nar_size = second->nar_size;
	if (!first->nar_hash)
		first->nar_hash = second->nar_hash;
}

bool
read_graph_merge(struct compilation *c, const struct graph_input *input, struct graph *ret_graph)
{
	if (input->damaged)
		return false;
	unsigned errors_before = c->diag.errors;
	check_closed(c, input);
	if (c->diag.errors != errors_before)
		return false;

	struct graph graph = { .store_dir = input->store_dir, .count = input->path_count };
	graph.objects = arena_alloc(&c->arena, graph.count * sizeof *graph.objects);
	size_t *ranks = rank_paths(&c->arena, input);
	unsigned limit = c->diag.errors + DIAG_ERRORS_MAX;
	for (size_t i = 0; i < input->count; i++) {
		struct object object = resolve_record(input, &input->records[i], ranks);
		struct object *slot = &graph.objects[ranks[input->records[i].path]];

		if (slot->path)
			merge_duplicate(c, slot, &object);
		else
			*slot = object;
		if (c->diag.errors >= limit) {
			diag_error(&c->diag, PLACE_NONE, "too many errors");
			break;
		}
	}
	for (size_t i = 0; i < graph.count; i++)
		graph.listed |= graph.objects[i].listed;
	if (c->diag.errors != errors_before)
		return false;
	*ret_graph = graph;
	return true;
}
