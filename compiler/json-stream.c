/* Reads JSON as a stream of events, so that a large text costs no more memory than its bytes. */
#include "compiler.h"

#include <string.h>
#include <yajl/yajl_parse.h>

/*
 * yajl reads, ten times as fast as jansson and without a tree. It takes over where it is lenient:
 * duplicate keys are told here, and a string with escapes, which no store path has, is decoded
 * again by jansson, which refuses NUL and halves of surrogate pairs. A text that yajl refuses is
 * read again by jansson for its message.
 */

#define DEPTH_MAX 256 /* of containers */
#define STRING_MAX ((size_t)16 << 20)

static struct json_frame *
top_frame(struct json_stream *stream)
{
	return &stream->frames[stream->depth];
}

/* Writes a key as a token of a JSON pointer; its size, also if `out` is NULL. */
static size_t
escape_token(const char *key, size_t size, char *out)
{
	size_t written = 0;

	for (size_t i = 0; i < size; i++) {
		bool escaped = key[i] == '~' || key[i] == '/';

		if (out)
			out[written] = escaped ? '~' : key[i];
		written++;
		if (out && escaped)
			out[written] = key[i] == '~' ? '0' : '1';
		written += escaped;
	}
	return written;
}

/* The token of one container, the slash too. */
static size_t
write_token(const struct json_frame *frame, char *out)
{
	char number[24];
	const char *key = frame->key;
	size_t size = frame->key_size;

	if (frame->array) {
		size_t left = frame->count - 1;

		key = number + sizeof number;
		size = 0;
		do {
			number[sizeof number - ++size] = (char)('0' + left % 10);
			left /= 10;
		} while (left > 0);
		key -= size;
	}
	if (out)
		*out++ = '/';
	return 1 + escape_token(key, size, out);
}

struct place
json_stream_place(const struct json_stream *stream)
{
	size_t size = 0;

	for (unsigned i = 1; i <= stream->depth; i++)
		size += write_token(&stream->frames[i], NULL);
	char *pointer = arena_alloc(&stream->c->arena, size + 1);
	char *end = pointer;
	for (unsigned i = 1; i <= stream->depth; i++)
		end += write_token(&stream->frames[i], end);
	return PLACE_POINTER(stream->source, pointer);
}

/* Ends the reading after an error was reported. */
static int
stop(struct json_stream *stream)
{
	stream->stopped = true;
	return 0;
}

/* Counts a value in the container around it. */
static int
emit(struct json_stream *stream, enum json_event event, const char *bytes, size_t size)
{
	struct json_frame *frame = top_frame(stream);

	if (frame->array && event != JSON_EVENT_END)
		frame->count++;
	return stream->handle(stream, event, bytes, size) || stop(stream);
}

static int
on_null(void *context)
{
	return emit(context, JSON_EVENT_NULL, NULL, 0);
}

static int
on_boolean(void *context, int value)
{
	return emit(context, value ? JSON_EVENT_TRUE : JSON_EVENT_FALSE, NULL, 0);
}

static int
on_number(void *context, const char *text, size_t size)
{
	return emit(context, JSON_EVENT_NUMBER, text, size);
}

/* The string behind the reader, of which yajl has taken `*size` decoded bytes, as its bytes. */
static bool
string_bytes(struct json_stream *stream, const char **bytes, size_t *size)
{
	const char *text = stream->source->text;

	if (*size > STRING_MAX) {
		diag_error(&stream->c->diag, json_stream_place(stream),
		           "a string is longer than %zu bytes", STRING_MAX);
		return stop(stream);
	}
	if (*bytes >= text && *bytes < text + stream->source->size)
		return true;

	/* The token's last byte is the quote before what yajl reads next. */
	size_t end = yajl_get_bytes_consumed(stream->parser);
	size_t start = json_string_start(text, end - 1);
	json_error_t error;
	json_t *string = json_loadb(text + start, end - start, JSON_DECODE_ANY, &error);
	if (!string)
		return false; /* jansson will say so again, with its place */
	*size = json_string_length(string);
	*bytes = arena_copy(&stream->c->arena, json_string_value(string), *size);
	json_decref(string);
	return true;
}

static int
on_string(void *context, const unsigned char *text, size_t size)
{
	struct json_stream *stream = context;
	const char *bytes = (const char *)text;

	if (!string_bytes(stream, &bytes, &size))
		return 0;
	return emit(stream, JSON_EVENT_STRING, bytes, size);
}

/* Has the object this key already? If not it has now. */
static bool
is_duplicate(struct json_stream *stream, struct json_frame *frame)
{
	struct arena *arena = &stream->c->arena;

	if (frame->count < JSON_KEYS_LINEAR) {
		for (size_t i = 0; i < frame->count; i++)
			if (frame->seen[i].size == frame->key_size &&
			    memcmp(frame->seen[i].text, frame->key, frame->key_size) == 0)
				return true;
		frame->seen[frame->count].text = frame->key;
		frame->seen[frame->count].size = frame->key_size;
		return false;
	}
	if (frame->count == JSON_KEYS_LINEAR) {
		frame->keys = (struct map){ .arena = arena };
		for (size_t i = 0; i < JSON_KEYS_LINEAR; i++)
			map_add(&frame->keys,
			        arena_copy(arena, frame->seen[i].text, frame->seen[i].size), 0);
	}
	const char *key = arena_copy(arena, frame->key, frame->key_size);
	if (map_get(&frame->keys, key) != MAP_ABSENT)
		return true;
	map_add(&frame->keys, key, 0);
	return false;
}

static int
on_key(void *context, const unsigned char *text, size_t size)
{
	struct json_stream *stream = context;
	struct json_frame *frame = top_frame(stream);
	const char *bytes = (const char *)text;

	if (!string_bytes(stream, &bytes, &size))
		return 0;
	frame->key = bytes;
	frame->key_size = size;
	if (frame->role != stream->distinct_role && is_duplicate(stream, frame)) {
		diag_error(&stream->c->diag, json_stream_place(stream), "duplicate key '%s'",
		           arena_copy(&stream->c->arena, bytes, size));
		return stop(stream);
	}
	frame->count++;
	return 1;
}

static int
enter(struct json_stream *stream, bool array)
{
	if (!emit(stream, array ? JSON_EVENT_ARRAY : JSON_EVENT_OBJECT, NULL, 0))
		return 0;
	if (stream->depth == DEPTH_MAX) {
		stream->depth = 3; /* where it starts says more than where it is too much */
		diag_error(&stream->c->diag, json_stream_place(stream),
		           "nested more than %d deep", DEPTH_MAX);
		return stop(stream);
	}
	stream->depth++;
	struct json_frame *frame = top_frame(stream);
	frame->array = array;
	frame->count = 0;
	frame->key_size = 0;
	frame->role = stream->next_role;
	stream->next_role = 0;
	return 1;
}

static int
on_object(void *context)
{
	return enter(context, false);
}

static int
on_array(void *context)
{
	return enter(context, true);
}

static int
on_end(void *context)
{
	struct json_stream *stream = context;
	int role = top_frame(stream)->role;

	stream->depth--;
	stream->ended_role = role;
	return emit(stream, JSON_EVENT_END, NULL, 0);
}

/* What jansson says of a text that yajl refuses; if nothing, what yajl says. */
static void
report_syntax(struct json_stream *stream)
{
	struct json_at root;

	if (!json_read(stream->c, stream->source, &root))
		return;
	json_decref(root.value);
	unsigned char *text = yajl_get_error(stream->parser, 0, NULL, 0);
	diag_error(&stream->c->diag,
	           (struct place){ .source = stream->source,
	                           .offset = yajl_get_bytes_consumed(stream->parser) },
	           "this is not JSON: %s", (const char *)text);
	yajl_free_error(stream->parser, text);
}

bool
json_stream_read(struct json_stream *stream)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_object,
		.yajl_map_key = on_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_array,
		.yajl_end_array = on_end,
	};
	const unsigned char *text = (const unsigned char *)stream->source->text;

	stream->frames =
		arena_alloc(&stream->c->arena, (DEPTH_MAX + 1) * sizeof *stream->frames);
	stream->parser = yajl_alloc(&callbacks, NULL, stream);
	if (!stream->parser) {
		diag_error(&stream->c->diag, PLACE_NONE, "out of memory");
		return false;
	}
	yajl_status status = yajl_parse(stream->parser, text, stream->source->size);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(stream->parser);
	if (status != yajl_status_ok && !stream->stopped)
		report_syntax(stream);
	yajl_free(stream->parser);
	return status == yajl_status_ok;
}
