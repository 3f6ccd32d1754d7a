/* Recognises the form of a reference graph by its shape, and merges what was read into one graph. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define ERRORS_MAX 20 /* of one source, and of the merge */

#define NOT_YET ", which is not read yet"

/* Longer than any store path; what is longer is refused before it is looked at. */
#define PATH_SIZE_MAX 4096

void
read_graph_refuse(struct compilation *c, const struct source *source, const char *form)
{
	diag_error(&c->diag, (struct place){ .source = source, .offset = PLACE_WHOLE },
	           "this is %s; expected the line form of exportReferencesGraph, registration records "
	           "as closureInfo and 'nix-store --dump-db' write them, or the list of .attrs.json",
	           form);
}

bool
read_graph_enough(struct compilation *c, const struct source *source,
                  const struct graph_input *input)
{
	if (c->diag.errors < input->error_limit)
		return false;
	diag_error(&c->diag, (struct place){ .source = source, .offset = PLACE_WHOLE },
	           "too many errors");
	return true;
}

size_t
read_graph_path(struct compilation *c, struct graph_input *input, struct place place,
                const char *bytes, size_t size)
{
	char key[PATH_SIZE_MAX + 1];
	if (size > PATH_SIZE_MAX) {
		diag_error(&c->diag, place, "bad store path: it is %zu bytes long", size);
		return MAP_ABSENT;
	}
	memcpy(key, bytes, size);
	key[size] = '\0';
	size_t number = map_get(&input->numbers, key);
	if (number != MAP_ABSENT)
		return number;

	const char *broken = store_path_check(input->store_dir, key);
	if (broken) {
		diag_error(&c->diag, place, "bad store path '%s': %s", key, broken);
		return MAP_ABSENT;
	}
	number = input->path_count;
	const char *path = arena_copy(&c->arena, key, size);
	*ARRAY_ADD(&c->arena, input->paths, input->path_count, input->path_capacity) = path;
	map_add(&input->numbers, path, number);
	return number;
}

struct hash_algorithm {
	const char *name;
	size_t size; /* in bytes */
};

static const struct hash_algorithm hash_algorithms[] = {
	{ "sha256", 32 }, /* the one of a hash that does not say */
	{ "sha512", 64 },
	{ "sha1", 20 },
	{ "md5", 16 },
	{ "blake3", 32 },
};

#define HASH_ALGORITHMS (sizeof hash_algorithms / sizeof *hash_algorithms)

/* Is the text `size` characters of the alphabet? */
static bool
spelled_in(const char *alphabet, const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, alphabet) == size;
}

static bool
is_base16(const char *text, size_t hash_size)
{
	return spelled_in("0123456789abcdefABCDEF", text, hash_size * 2);
}

static bool
is_nix32(const char *text, size_t hash_size)
{
	return spelled_in("0123456789abcdfghijklmnpqrsvwxyz", text, (hash_size * 8 + 4) / 5);
}

static bool
is_base64(const char *text, size_t hash_size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t digits = (hash_size * 8 + 5) / 6;
	size_t padding = (4 - digits % 4) % 4;
	return strlen(text) == digits + padding && strspn(text, alphabet) == digits &&
	       strspn(text + digits, "=") == padding;
}

void
read_graph_hash(struct compilation *c, struct place place, const char *bytes, size_t size)
{
	if (size > 256) {
		diag_error(&c->diag, place, "bad hash: it is %zu bytes long", size);
		return;
	}
	const char *text = arena_copy(&c->arena, bytes, size);
	const struct hash_algorithm *algorithm = &hash_algorithms[0];
	const char *digits = text;
	size_t prefix = strcspn(text, ":-");
	if (text[prefix]) {
		size_t i = 0;
		while (i < HASH_ALGORITHMS && (strlen(hash_algorithms[i].name) != prefix ||
		                               memcmp(hash_algorithms[i].name, text, prefix) != 0))
			i++;
		if (i == HASH_ALGORITHMS) {
			diag_error(&c->diag, place, "bad hash '%s': unknown algorithm", text);
			return;
		}
		algorithm = &hash_algorithms[i];
		digits = text + prefix + 1;
	}
	if (text[prefix] == '-' ? is_base64(digits, algorithm->size)
	                        : is_base16(digits, algorithm->size) ||
	                                  is_nix32(digits, algorithm->size) ||
	                                  is_base64(digits, algorithm->size))
		return;
	diag_error(&c->diag, place, "bad hash '%s': expected the %zu bytes of %s in base 64%s", text,
	           algorithm->size, algorithm->name,
	           text[prefix] == '-' ? "" : ", base 16 or nix32");
}

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
	size_t rest = second ? (size_t)(end - ++second) : 0;
	if (second && (rest == 0 || *second == '/'))
		read_graph_refuse(c, source,
		                  "a plain list of store paths, without references" NOT_YET);
	else if (rest >= 3 && (memcmp(second, "+--", 3) == 0 || memcmp(second, "\u251c", 3) == 0 ||
	                       memcmp(second, "\u2514", 3) == 0))
		read_graph_refuse(c, source, "a tree of references, which is for people to read");
	else
		read_graph_lines(c, source, input);
}

void
read_graph(struct compilation *c, const struct source *source, struct graph_input *input)
{
	unsigned errors_before = c->diag.errors;
	if (!input->store_dir) {
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
	else if (unread)
		read_graph_refuse(c, graph, unread);
	else if (*text == '[' || *text == '{')
		read_graph_json(c, graph, input);
	else if (*text == '/')
		read_line_form(c, graph, text, input);
	else
		read_graph_refuse(c, graph, "no form of a graph that is known");
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
				          "the graph must hold everything that its objects refer "
				          "to; 'nix path-info' gives that with -r");
			open = true;
			if (c->diag.errors >= limit) {
				diag_error(&c->diag, PLACE_NONE, "too many errors");
				return;
			}
		}
	}
}

/* The record's references as indices into the graph, sorted, each once, without the object itself. */
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
		difference = "references";
	else if (first->nar_size && second->nar_size && first->nar_size != second->nar_size)
		difference = "size";
	if (difference) {
		diag_error(&c->diag, second->place, "'%s' occurs again with another %s",
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
		if (slot->path)
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
