/* Reads JSON graphs: of structured attributes, and all that 'nix path-info --json' ever printed. */
#include "compiler.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

/*
 * A graph is a container of elements, one for each object:
 *
 *	[ { "path": P, "references": [ P ... ], ... } ... ]        an array, of path-info until Nix
 *	                                                           2.18 and of structured attributes
 *	{ P: { "references": [ P ... ], ... }, ... }               a map, of path-info since 2.19
 *	{ "version": 2, "storeDir": S, "info": { B: { ... } } }    the same with base names, 2.33
 *
 * and .attrs.json has arrays as members, of which "exportReferencesGraph" tells the names. Keys of
 * an object come in any order, so an object is read twice: first its shape, then the elements. The
 * first time what is in "info" is passed over.
 */

/* What the reader makes of a container. */
enum role {
	ROLE_IGNORED,
	ROLE_TOP, /* the whole text, an object with graphs somewhere in it */
	ROLE_GRAPH, /* a container of elements */
	ROLE_ELEMENT,
	ROLE_REFERENCES,
	ROLE_NAMES, /* the names of the graphs */
	ROLE_PROBED /* a member of the whole text whose own keys tell what it is */
};

struct shape {
	const char *store_dir;
	size_t store_dir_size;
	uint64_t version;
	bool empty; /* there is no member */
	bool info; /* there is an object of this name */
	bool paths; /* a key is an absolute path */
	bool contents;
	bool config;
	bool derivation;
	bool names; /* exportReferencesGraph is there */
	const char **graphs; /* its keys */
	size_t graph_count;
	size_t graph_capacity;
};

struct reader {
	struct compilation *c;
	struct graph_input *input;
	const struct source *source;
	struct shape shape;
	bool base_names;
	const char *const *wanted; /* members that are graphs; NULL: the whole text is */
	size_t wanted_count;
	bool *found; /* of each of these */

	/* the present element */
	struct graph_record record;
	bool has_path;
	bool has_references;
	bool refused; /* an error was reported */
	size_t *references;
	size_t reference_capacity;
};

static struct reader *
reader_of(const struct json_stream *stream)
{
	return stream->context;
}

static struct json_frame *
frame_of(const struct json_stream *stream)
{
	return &stream->frames[stream->depth];
}

static bool
same(const char *bytes, size_t size, const char *text)
{
	return strlen(text) == size && memcmp(bytes, text, size) == 0;
}

static bool
key_is(const struct json_frame *frame, const char *text)
{
	return !frame->array && same(frame->key, frame->key_size, text);
}

static void
refuse_derivation(struct reader *reader)
{
	graph_input_refuse(reader->c, reader->source,
	                   "a derivation, not the references of what it builds",
	                   "the graph of its outputs, as 'nix path-info -r --json' prints it");
}

/* Typed access: each reports what was expected. */

static bool
report_type(struct json_stream *stream, enum json_event event, const char *expected)
{
	static const char *const names[] = {
		[JSON_EVENT_NULL] = "null",       [JSON_EVENT_FALSE] = "false",
		[JSON_EVENT_TRUE] = "true",       [JSON_EVENT_NUMBER] = "a number",
		[JSON_EVENT_STRING] = "a string", [JSON_EVENT_OBJECT] = "an object",
		[JSON_EVENT_ARRAY] = "an array",  [JSON_EVENT_END] = "an end",
	};

	diag_error(&stream->c->diag, json_stream_place(stream), "expected %s, got %s", expected,
	           names[event]);
	return false;
}

static bool
expect(struct json_stream *stream, enum json_event event, enum json_event expected)
{
	return event == expected || report_type(stream, event,
	                                        expected == JSON_EVENT_STRING   ? "a string"
	                                        : expected == JSON_EVENT_OBJECT ? "an object"
	                                                                        : "an array");
}

static bool
get_integer(struct json_stream *stream, enum json_event event, const char *text, size_t size,
            uint64_t *ret_number)
{
	static const char expected[] = "a non-negative integer";
	struct diag *diag = &stream->c->diag;

	if (event != JSON_EVENT_NUMBER)
		return report_type(stream, event, expected);
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '.' || text[i] == 'e' || text[i] == 'E') {
			diag_error(diag, json_stream_place(stream),
			           "expected %s, got a fraction or exponent", expected);
			return false;
		}
	}
	int shown = size < 40 ? (int)size : 40;
	if (text[0] == '-') {
		diag_error(diag, json_stream_place(stream), "expected %s, got %.*s", expected,
		           shown, text);
		return false;
	}
	if (parse_decimal(text, size, ret_number))
		return true;
	diag_error(diag, json_stream_place(stream), "%.*s is too large", shown, text);
	return false;
}

/* The shape of an object */

/* A member of the whole text. */
static bool
probe_member(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct shape *shape = &reader_of(stream)->shape;
	const struct json_frame *frame = frame_of(stream);

	shape->empty = false;
	if (frame->key_size > 0 && frame->key[0] == '/') {
		shape->paths = true;
		/* A map of paths is long, and this is all there is to know. */
		if (frame->count == 1)
			return false;
	}
	if (event == JSON_EVENT_OBJECT)
		stream->next_role = ROLE_PROBED;
	if (key_is(frame, "version") && event == JSON_EVENT_NUMBER)
		return get_integer(stream, event, bytes, size, &shape->version);
	if (key_is(frame, "storeDir") && event == JSON_EVENT_STRING) {
		shape->store_dir = bytes;
		shape->store_dir_size = size;
	} else if (key_is(frame, "info") && event == JSON_EVENT_OBJECT) {
		shape->info = true;
		stream->next_role = ROLE_IGNORED;
	} else if (key_is(frame, "exportReferencesGraph")) {
		shape->names = true;
		stream->next_role = ROLE_NAMES;
		return expect(stream, event, JSON_EVENT_OBJECT);
	} else if (key_is(frame, "contents")) {
		shape->contents = true;
	} else if (key_is(frame, "config")) {
		shape->config = true;
	} else if (key_is(frame, "derivations")) {
		shape->derivation = true;
	}
	return true;
}

static bool
probe(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);
	struct shape *shape = &reader->shape;
	const struct json_frame *frame = frame_of(stream);

	if (event == JSON_EVENT_END)
		return true;
	stream->next_role = ROLE_IGNORED;
	if (stream->depth == 0) {
		stream->next_role = ROLE_TOP;
	} else if (frame->role == ROLE_TOP) {
		return probe_member(stream, event, bytes, size);
	} else if (frame->role == ROLE_NAMES) {
		*ARRAY_ADD(&reader->c->arena, shape->graphs, shape->graph_count,
		           shape->graph_capacity) =
			arena_copy(&reader->c->arena, frame->key, frame->key_size);
	} else if (frame->role == ROLE_PROBED && !frame->array &&
	           (key_is(frame, "outputs") || key_is(frame, "builder"))) {
		shape->derivation = true;
	}
	return true;
}

/* The elements */

static struct place
place_of(const void *stream)
{
	return json_stream_place(stream);
}

static size_t
read_path(struct json_stream *stream, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);
	struct graph_input *input = reader->input;
	char path[PATH_MAX];

	if (size > 0 && bytes[0] == '/' && !reader->base_names)
		return graph_input_path(reader->c, input, place_of, stream, bytes, size);
	if (!input->store_dir || memchr(bytes, '/', size)) {
		diag_error(&reader->c->diag, json_stream_place(stream),
		           input->store_dir ? "bad store path '%s': expected HASH-NAME alone"
		                            : "bad store path '%s': it is not an absolute path",
		           arena_copy(&reader->c->arena, bytes, size < 300 ? size : 300));
		return MAP_ABSENT;
	}
	size_t store = strlen(input->store_dir);
	if (store + 1 + size < sizeof path) {
		memcpy(path, input->store_dir, store);
		path[store] = '/';
		memcpy(path + store + 1, bytes, size);
		bytes = path;
		size += store + 1;
	}
	return graph_input_path(reader->c, input, place_of, stream, bytes, size);
}

/* Not part of the graph, but what is no derivation's path tells of a damaged file. */
static bool
check_deriver(struct json_stream *stream, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);
	const char *store = reader->input->store_dir;
	char path[PATH_MAX];

	if (!store)
		return true;
	if (size == 0 || bytes[0] != '/')
		snprintf(path, sizeof path, "%s/%.*s", store, (int)size, bytes);
	else
		snprintf(path, sizeof path, "%.*s", (int)size, bytes);
	const char *broken = store_path_check(store, path);
	if (!broken && (size < 4 || memcmp(bytes + size - 4, ".drv", 4) != 0))
		broken = "it does not end in '.drv'";
	if (broken)
		diag_error(&reader->c->diag, json_stream_place(stream), "bad deriver '%s': %s",
		           path, broken);
	return !broken;
}

static void
begin_element(struct json_stream *stream)
{
	struct reader *reader = reader_of(stream);
	const struct json_frame *frame = frame_of(stream);

	reader->record = (struct graph_record){ .place = json_stream_place(stream) };
	reader->has_path = false;
	reader->has_references = false;
	reader->refused = false;
	if (frame->array)
		return;
	reader->has_path = true;
	reader->record.path = read_path(stream, frame->key, frame->key_size);
	if (reader->record.path == MAP_ABSENT)
		reader->refused = true;
}

static void
end_element(struct json_stream *stream)
{
	struct reader *reader = reader_of(stream);
	struct graph_record *record = &reader->record;
	struct diag *diag = &reader->c->diag;

	if (!reader->has_path && !reader->refused) {
		diag_error(diag, record->place, "missing 'path'; expected a string");
		reader->refused = true;
	}
	if (!reader->has_references && !reader->refused) {
		diag_error(diag, record->place, "missing 'references'; expected an array");
		reader->refused = true;
	}
	if (reader->refused)
		return;
	size_t size = record->reference_count * sizeof *record->references;
	record->references = arena_alloc(&reader->c->arena, size);
	if (size > 0)
		memcpy(record->references, reader->references, size);
	if (!graph_input_add(reader->c, reader->input, *record))
		stream->stopped = true;
}

/* One member of an element. False after an error. */
static bool
read_member(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);
	struct graph_input *input = reader->input;
	struct graph_record *record = &reader->record;
	const struct json_frame *frame = frame_of(stream);
	uint64_t ignored;

	if (key_is(frame, "references")) {
		reader->has_references = true;
		stream->next_role = ROLE_REFERENCES;
		return expect(stream, event, JSON_EVENT_ARRAY);
	}
	if (key_is(frame, "narSize"))
		return get_integer(stream, event, bytes, size, &record->nar_size);
	if (key_is(frame, "narHash")) {
		if (!expect(stream, event, JSON_EVENT_STRING))
			return false;
		/* Places are worked out for errors only. */
		record->nar_hash = graph_input_decode(&reader->c->arena, bytes, size);
		return record->nar_hash ||
		       graph_input_hash(reader->c, json_stream_place(stream), bytes, size);
	}
	if (key_is(frame, "path") && stream->frames[stream->depth - 1].array) {
		reader->has_path = true;
		if (!expect(stream, event, JSON_EVENT_STRING))
			return false;
		record->path = read_path(stream, bytes, size);
		return record->path != MAP_ABSENT;
	}
	if (key_is(frame, "valid")) {
		if (event == JSON_EVENT_TRUE)
			return true;
		if (event != JSON_EVENT_FALSE)
			return report_type(stream, event, "true or false");
		diag_error(&reader->c->diag, json_stream_place(stream),
		           "'%s' is not valid in the store that was asked",
		           reader->has_path && !reader->refused ? input->paths[record->path]
		                                                : "the object");
		return false;
	}
	if (key_is(frame, "storeDir"))
		return expect(stream, event, JSON_EVENT_STRING) &&
		       ((input->store_dir && same(bytes, size, input->store_dir)) ||
		        graph_input_store(reader->c, input, json_stream_place(stream), bytes,
		                          size));
	if (key_is(frame, "deriver"))
		return event == JSON_EVENT_NULL || (expect(stream, event, JSON_EVENT_STRING) &&
		                                    check_deriver(stream, bytes, size));
	if (key_is(frame, "closureSize"))
		return get_integer(stream, event, bytes, size, &ignored);
	if ((key_is(frame, "outputs") || key_is(frame, "builder")) && !reader->has_references) {
		refuse_derivation(reader);
		stream->stopped = true;
	}
	return true;
}

static bool
read_reference(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);

	if (!expect(stream, event, JSON_EVENT_STRING))
		return false;
	size_t number = read_path(stream, bytes, size);
	if (number == MAP_ABSENT)
		return false;
	*ARRAY_ADD(&reader->c->arena, reader->references, reader->record.reference_count,
	           reader->reference_capacity) = number;
	return true;
}

/* The start of an element, or what stands in its place. */
static bool
read_element(struct json_stream *stream, enum json_event event)
{
	struct reader *reader = reader_of(stream);
	const struct json_frame *frame = frame_of(stream);

	stream->next_role = ROLE_ELEMENT;
	if (event == JSON_EVENT_NULL && !frame->array) {
		diag_error(&reader->c->diag, json_stream_place(stream),
		           "'%s' is not valid in the store that was asked",
		           arena_copy(&reader->c->arena, frame->key, frame->key_size));
		return false;
	}
	if (!expect(stream, event, JSON_EVENT_OBJECT))
		return false;
	begin_element(stream);
	return true;
}

/* A value outside of elements: is it a graph? */
static bool
read_outside(struct json_stream *stream, enum json_event event)
{
	struct reader *reader = reader_of(stream);
	const struct json_frame *frame = frame_of(stream);

	if (stream->depth == 0) {
		stream->next_role = reader->wanted ? ROLE_TOP : ROLE_GRAPH;
		return true;
	}
	stream->next_role = ROLE_IGNORED;
	for (size_t i = 0; frame->role == ROLE_TOP && i < reader->wanted_count; i++) {
		if (!key_is(frame, reader->wanted[i]))
			continue;
		reader->found[i] = true;
		stream->next_role = ROLE_GRAPH;
		return reader->base_names || expect(stream, event, JSON_EVENT_ARRAY);
	}
	return true;
}

/* Takes an event; what is wrong with it was reported. */
static bool
take(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	const struct json_frame *frame = frame_of(stream);

	if (event == JSON_EVENT_END) {
		if (stream->ended_role == ROLE_ELEMENT)
			end_element(stream);
		return true;
	}
	stream->next_role = ROLE_IGNORED;
	switch ((enum role)frame->role) {
	case ROLE_GRAPH:
		return read_element(stream, event);
	case ROLE_ELEMENT:
		return read_member(stream, event, bytes, size);
	case ROLE_REFERENCES:
		return read_reference(stream, event, bytes, size);
	case ROLE_IGNORED:
	case ROLE_TOP:
	case ROLE_NAMES:
	case ROLE_PROBED:
		break;
	}
	return read_outside(stream, event);
}

static bool
handle(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct reader *reader = reader_of(stream);

	if (take(stream, event, bytes, size))
		return !stream->stopped;
	reader->refused = true;
	stream->next_role = ROLE_IGNORED;
	return !graph_input_enough(reader->c, reader->source, reader->input);
}

/* Reads the elements of the graphs that `wanted` names. */
static void
read_elements(struct reader *reader)
{
	struct json_stream stream = {
		.c = reader->c,
		.source = reader->source,
		.handle = handle,
		.context = reader,
		.distinct_role = ROLE_GRAPH, /* read_graph_merge finds them */
	};
	struct place place = PLACE_POINTER(reader->source, "");
	size_t first = reader->input->count;
	unsigned errors = reader->c->diag.errors;

	reader->found = arena_alloc(&reader->c->arena, reader->wanted_count + 1);
	if (!json_stream_read(&stream))
		return;
	for (size_t i = 0; i < reader->wanted_count; i++)
		if (!reader->found[i])
			diag_error(&reader->c->diag, place, "missing '%s'; expected an array",
			           reader->wanted[i]);
	if (reader->c->diag.errors == errors && reader->input->count == first)
		diag_error(&reader->c->diag, place, "the graph is empty");
}

/* Which graphs of .attrs.json are meant? False after reporting. */
static bool
choose_graphs(struct reader *reader)
{
	const struct shape *shape = &reader->shape;
	struct graph_input *input = reader->input;
	struct place place = PLACE_POINTER(reader->source, "/exportReferencesGraph");
	struct buffer text = { .arena = &reader->c->arena };
	unsigned errors = reader->c->diag.errors;

	for (size_t i = 0; i < shape->graph_count; i++)
		buffer_printf(&text, "%s'%s'", text.size ? ", " : "", shape->graphs[i]);
	input->keys_used = true;
	if (input->key_count == 0 && shape->graph_count == 1) {
		reader->wanted = (const char *const *)shape->graphs;
		reader->wanted_count = 1;
		return true;
	}
	if (input->key_count == 0 || shape->graph_count == 0) {
		diag_error(&reader->c->diag, place, "expected one graph, found %s",
		           shape->graph_count > 0 ? text.data : "none");
		if (shape->graph_count > 0)
			diag_note(&reader->c->diag, PLACE_NONE, "--graph-key tells which is meant");
		return false;
	}
	reader->wanted = input->keys;
	reader->wanted_count = input->key_count;
	for (size_t i = 0; i < input->key_count; i++) {
		size_t j = 0;

		while (j < shape->graph_count && strcmp(shape->graphs[j], input->keys[i]) != 0)
			j++;
		if (j == shape->graph_count)
			diag_error(&reader->c->diag, place, "there is no graph '%s'; expected %s%s",
			           input->keys[i], shape->graph_count > 1 ? "one of " : "",
			           text.data);
	}
	return reader->c->diag.errors == errors;
}

static void
read_attributes(struct reader *reader)
{
	if (choose_graphs(reader))
		read_elements(reader);
}

/* The object of path-info with base names. */
static void
read_info(struct reader *reader)
{
	static const char *const info[] = { "info" };
	const struct shape *shape = &reader->shape;
	struct place place = PLACE_POINTER(reader->source, "");

	if (shape->version > 3) {
		place.pointer = "/version";
		diag_error(&reader->c->diag, place,
		           "version %" PRIu64 " of the output of 'nix path-info' is not known; "
		           "expected --json-format 1, 2 or 3",
		           shape->version);
		return;
	}
	/* Without one, base names are in the store that the user or another input names. */
	if (shape->store_dir) {
		place.pointer = "/storeDir";
		if (!graph_input_store(reader->c, reader->input, place, shape->store_dir,
		                       shape->store_dir_size))
			return;
	} else if (!reader->input->store_dir) {
		if (!graph_input_store(reader->c, reader->input, place, STORE_DIRECTORY,
		                       strlen(STORE_DIRECTORY)))
			return;
	}
	reader->base_names = true;
	reader->wanted = info;
	reader->wanted_count = 1;
	read_elements(reader);
}

/* Nix sorts keys: "info" comes first, and there is little behind it. */
#define OUTLINE_START 100
#define OUTLINE_REST 4096

/* What the shape is to be learned from: the text without the objects of "info", which are nearly
 * all of it, if Nix wrote it; else, and where it takes the whole to say what is wrong, the text. */
static const struct source *
outline(const struct reader *reader)
{
	const struct source *source = reader->source;
	struct source start = *source, *rest;
	struct buffer text = { .arena = &reader->c->arena };
	json_error_t error;

	if (start.size > OUTLINE_START)
		start.size = OUTLINE_START;
	size_t info = locate_pointer(&start, "/info", false);
	if (info == PLACE_WHOLE || source->text[info] != '{')
		return source;
	size_t end = locate_end(source, info);
	if (end == PLACE_WHOLE || source->size - end > OUTLINE_REST)
		return source;
	buffer_add(&text, source->text, info);
	buffer_add_string(&text, "{}");
	buffer_add(&text, source->text + end, source->size - end);
	json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return source;
	json_decref(root);
	rest = arena_alloc(&reader->c->arena, sizeof *rest);
	*rest = *source;
	rest->text = text.data;
	rest->size = text.size;
	return rest;
}

/* Tells the forms of an object apart by its shape; the order decides where two would fit. */
static void
read_object(struct reader *reader)
{
	const struct shape *shape = &reader->shape;
	struct json_stream stream = {
		.c = reader->c, .source = outline(reader), .handle = probe, .context = reader
	};

	reader->shape.empty = true;
	if (!json_stream_read(&stream) && !shape->paths)
		return;
	if (shape->info && shape->version >= 2)
		read_info(reader);
	else if (shape->names)
		read_attributes(reader);
	else if (shape->derivation)
		refuse_derivation(reader);
	else if (shape->paths || shape->empty)
		read_elements(reader);
	else if (shape->contents && shape->config)
		graph_input_refuse(reader->c, reader->source, "the JSON of a dummy store",
		                   "what 'nix path-info -r --json' prints of it");
	else
		graph_input_refuse(reader->c, reader->source, "no form of a graph that is known",
		                   NULL);
}

void
read_graph_json(struct compilation *c, const struct source *source, struct graph_input *input)
{
	struct reader reader = { .c = c, .input = input, .source = source };

	if (source->text[strspn(source->text, " \t\r\n")] == '{')
		read_object(&reader);
	else
		read_elements(&reader);
}
