/* A graph for programs: the canonical JSON, registration records, dot, a list of store paths. */
#include "compiler.h"

#include <inttypes.h>
#include <string.h>

/* Reports that `lacking` objects, `first` the first of them, have no `what`. */
static void
report_lacking(struct compilation *c, const char *what, const char *form,
               const struct object *first, size_t lacking)
{
	if (lacking > 1)
		diag_error(&c->diag, first->place,
		           "the graph does not say %s '%s', nor of %zu more; %s cannot do without",
		           what, first->path, lacking - 1, form);
	else
		diag_error(&c->diag, first->place,
		           "the graph does not say %s '%s'; %s cannot do without", what,
		           first->path, form);
}

/* Is it known of every object what it refers to? Reports it if not. */
static bool
has_references(struct compilation *c, const struct graph *graph, const char *form)
{
	const struct object *first = NULL;
	size_t lacking = 0;

	for (size_t i = graph->count; i-- > 0;) {
		if (!graph->objects[i].listed)
			continue;
		first = &graph->objects[i];
		lacking++;
	}
	if (lacking)
		report_lacking(c, "the references of", form, first, lacking);
	return !lacking;
}

/* Writes a hash as Nix's base 32 has it: least significant digits last, no padding. */
static void
write_hash(FILE *stream, const unsigned char *hash)
{
	static const char digits[] = STORE_PATH_HASH_CHARACTERS;
	char text[(NAR_HASH_SIZE * 8 + 4) / 5 + 1];
	size_t size = sizeof text - 1;

	for (size_t i = 0; i < size; i++) {
		size_t bit = (size - 1 - i) * 5, byte = bit / 8;
		unsigned two = hash[byte];

		if (byte + 1 < NAR_HASH_SIZE)
			two |= (unsigned)hash[byte + 1] << 8;
		text[i] = digits[two >> bit % 8 & 31];
	}
	text[size] = '\0';
	fprintf(stream, "sha256:%s", text);
}

/* The k-th of what the object refers to, itself included, in the order of paths: the index of the
 * object in the graph. `*passed` starts as false. */
static size_t
next_reference(const struct object *object, size_t self, size_t k, bool *passed)
{
	size_t i = k - *passed;
	bool here = object->self && !*passed &&
	            (i == object->reference_count || object->references[i] > self);

	*passed = *passed || here;
	return here ? self : object->references[i];
}

static void
write_element(FILE *stream, const struct graph_view *view, size_t i, const char *store_dir)
{
	const struct graph *graph = &view->graph;
	const struct object *object = &graph->objects[i];
	size_t prefix = strlen(graph->store_dir); /* only that may need escapes */
	bool passed = false;

	putc('{', stream);
	if (view->closure_sizes && view->closure_sizes[i])
		fprintf(stream, "\"closureSize\":%" PRIu64 ",", view->closure_sizes[i]);
	if (object->nar_hash) {
		fputs("\"narHash\":\"", stream);
		write_hash(stream, object->nar_hash);
		fputs("\",", stream);
	}
	if (object->nar_size)
		fprintf(stream, "\"narSize\":%" PRIu64 ",", object->nar_size);
	fprintf(stream, "\"path\":\"%s%s\",\"references\":[", store_dir, object->path + prefix);
	for (size_t k = 0; k < object->reference_count + object->self; k++) {
		size_t reference = next_reference(object, i, k, &passed);

		fputs(k ? ",\"" : "\"", stream);
		fputs(store_dir, stream);
		fputs(graph->objects[reference].path + prefix, stream);
		putc('"', stream);
	}
	fputs("]}", stream);
}

/* The text as it stands in a JSON string; NULL if it is not UTF-8. */
static const char *
escape(struct arena *arena, const char *text)
{
	json_t *string = json_string(text);
	char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	const char *escaped = quoted ? arena_copy(arena, quoted + 1, strlen(quoted) - 2) : NULL;

	free(quoted);
	json_decref(string);
	return escaped;
}

bool
emit_graph_json(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	const struct graph *graph = &view->graph;
	const char *store_dir = escape(&c->arena, graph->store_dir);

	if (!store_dir)
		diag_error(&c->diag, PLACE_NONE, "the store directory '%s' is not UTF-8; JSON is",
		           graph->store_dir);
	if (!has_references(c, graph, "JSON") || !store_dir)
		return false;
	fputs("[\n", stream);
	for (size_t i = 0; i < graph->count; i++) {
		write_element(stream, view, i, store_dir);
		fputs(i + 1 < graph->count ? ",\n" : "\n", stream);
	}
	fputs("]\n", stream);
	return true;
}

/* Have all objects a size and a hash? Reports what is missing. */
static bool
has_sizes_and_hashes(struct compilation *c, const struct graph *graph, const char *form)
{
	const struct object *sizeless = NULL, *hashless = NULL;
	size_t sizes = 0, hashes = 0;

	for (size_t i = graph->count; i-- > 0;) {
		const struct object *object = &graph->objects[i];

		if (!object->nar_size) {
			sizeless = object;
			sizes++;
		}
		if (!object->nar_hash) {
			hashless = object;
			hashes++;
		}
	}
	if (sizes)
		report_lacking(c, "the size of", form, sizeless, sizes);
	if (hashes)
		report_lacking(c, "the hash of", form, hashless, hashes);
	if (sizes || hashes)
		diag_note(&c->diag, PLACE_NONE,
		          "'nix-store --dump-db', 'nix path-info --json -r' and .attrs.json have "
		          "both; the line form of exportReferencesGraph has neither");
	return !sizes && !hashes;
}

bool
emit_graph_registration(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	static const char form[] = "a registration";
	const struct graph *graph = &view->graph;

	if (!has_references(c, graph, form) || !has_sizes_and_hashes(c, graph, form))
		return false;
	for (size_t i = 0; i < graph->count; i++) {
		const struct object *object = &graph->objects[i];
		size_t count = object->reference_count + object->self;
		bool passed = false;

		fprintf(stream, "%s\n", object->path);
		write_hash(stream, object->nar_hash);
		/* The empty line: no deriver. */
		fprintf(stream, "\n%" PRIu64 "\n\n%zu\n", object->nar_size, count);
		for (size_t k = 0; k < count; k++) {
			size_t reference = next_reference(object, i, k, &passed);

			fputs(graph->objects[reference].path, stream);
			putc('\n', stream);
		}
	}
	return true;
}

bool
emit_graph_dot(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	const struct graph *graph = &view->graph;
	size_t prefix = strlen(graph->store_dir) + 1;

	if (!has_references(c, graph, "dot"))
		return false;
	fputs("digraph G {\n", stream);
	for (size_t i = 0; i < graph->count; i++) {
		const struct object *object = &graph->objects[i];
		const char *base = object->path + prefix;

		fprintf(stream, "\"%s\" [label = \"%s\", shape = box];\n", base,
		        base + STORE_PATH_HASH_SIZE + 1);
		for (size_t j = 0; j < object->reference_count; j++) {
			size_t reference = object->references[j];

			fprintf(stream, "\"%s\" -> \"%s\";\n",
			        graph->objects[reference].path + prefix, base);
		}
	}
	fputs("}\n", stream);
	return true;
}

bool
emit_graph_store_paths(struct compilation *c, FILE *stream, const struct graph_view *view)
{
	(void)c;
	for (size_t i = 0; i < view->graph.count; i++)
		fprintf(stream, "%s\n", view->graph.objects[i].path);
	return true;
}
