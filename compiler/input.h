/* Inputs, what is said about them, and the forms they come in; a section per file. */
#ifndef INPUT_H
#define INPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util.h"

struct compilation;

/* diag.c: what is said to the user, and where. */

/* An input, whole in memory. `text` has a NUL behind its `size` bytes and may hold others. */
struct source {
	const char *name; /* as the user gave it, "<stdin>" for standard input */
	const char *text;
	size_t size;
	bool generated; /* by a program: its columns mean nothing to people */
};

/* A place in an input. A JSON pointer (RFC 6901) if `pointer` is set, else a byte offset. */
struct place {
	const struct source *source; /* NULL: the command line, or no place at all */
	const char *pointer;
	size_t offset; /* PLACE_WHOLE: the source as a whole */
	bool key; /* the pointer means the member's key, not its value */
};
#define PLACE_WHOLE SIZE_MAX
#define PLACE_NONE ((struct place){ .offset = PLACE_WHOLE })
#define PLACE_SOURCE(from) ((struct place){ .source = (from), .offset = PLACE_WHOLE })
#define PLACE_POINTER(from, to) \
	((struct place){ .source = (from), .pointer = (to), .offset = PLACE_WHOLE })

struct diag {
	FILE *stream;
	unsigned errors; /* reported so far */
};

/* After so many of one source (or of what is scanned) it is given up with "too many errors". */
#define DIAG_ERRORS_MAX 20

/* Each prints one message, "PLACE: SEVERITY: TEXT", and for a source that people write the line
 * with a caret. The text is lower case without a full stop, and control characters that come in
 * through `%s` arguments are escaped. */
void
diag_error(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void
diag_warning(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void
diag_note(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds the text as it can be shown: control characters, those that reorder what is around them, and
 * bytes that are not UTF-8 are escaped. */
void
diag_escape(struct buffer *out, const char *text, size_t size);

/* A place in few words, "FILE:LINE": the file's base name, of a store path without its hash. NULL
 * if it is no place in a file that people write. */
const char *
diag_place(struct arena *arena, struct place place);

/* locate.c: where in a text a JSON pointer is. */

/* The byte offset in `text` of the value (or key) that the place's pointer names; PLACE_WHOLE if
 * the text is not JSON up to there. */
size_t
locate_pointer(const struct source *source, const char *pointer, bool key);

/* Where the object or array ends that starts at an offset, by its brackets alone; PLACE_WHOLE if it
 * does not. */
size_t
locate_end(const struct source *source, size_t offset);

/* One-based line and column (in bytes) of an offset. */
void
locate_offset(const struct source *source, size_t offset, size_t *ret_line, size_t *ret_column);

/* store-path.c: the grammar of store paths (Nix 2.21 and later, src/libstore/path.cc). */

#define STORE_PATH_HASH_SIZE 32
#define STORE_PATH_HASH_CHARACTERS "0123456789abcdfghijklmnpqrsvwxyz" /* without e, o, t, u */

/* Is it `store_dir`/hash-name and nothing more? Returns NULL, or the rule it breaks as a phrase
 * such as "the hash has a character outside 0123456789abcdfghijklmnpqrsvwxyz". */
const char *
store_path_check(const char *store_dir, const char *path);

/* NULL for an absolute canonical path other than the root, also a program's; else the rule. */
const char *
store_directory_check(const char *path);

/* The part of that for what is behind the first slash: no component is empty, "." or "..". */
const char *
path_components_check(const char *components);

/* The length of the store directory of the first store object that the path names, 0 if none. */
size_t
store_directory_size(const char *path);

/* The length of the store path that `path` is or is inside of, 0 if there is none. */
size_t
store_path_prefix(const char *store_dir, const char *path);

/* source.c: whole inputs. */

/* The bytes of a file, or of standard input for "-". NULL after reporting. */
const struct source *
source_read(struct compilation *c, const char *path, bool generated);

/* The same, and decompressed if it is gzip or zstd. */
const struct source *
source_read_packed(struct compilation *c, const char *path, bool generated);

/* json.c: typed access to a jansson value; each reports what was expected and where. */

/* A value with its place. */
struct json_at {
	json_t *value;
	struct place place;
};

/* Parses; duplicate keys, NUL in strings and trailing text are refused. False after an error. The
 * caller owns ret_root->value; all values and strings got from it live as long. */
bool
json_read(struct compilation *c, const struct source *source, struct json_at *ret_root);

/* The member `key` of an object, with value NULL if it is absent. */
struct json_at
json_member(struct compilation *c, struct json_at object, const char *key);
struct json_at
json_element(struct compilation *c, struct json_at array, size_t index);

/* Each returns false after reporting "expected ...". */
bool
json_get_string(struct compilation *c, struct json_at at, const char **ret_string);
bool
json_get_boolean(struct compilation *c, struct json_at at, bool *ret_value);
bool
json_get_integer(struct compilation *c, struct json_at at, uint64_t *ret_value);
bool
json_expect_object(struct compilation *c, struct json_at at);
bool
json_expect_array(struct compilation *c, struct json_at at);

/* Reports an unknown word of a kind (`what`), with the nearest known one (NULL-terminated) as a
 * suggestion, or all of them. */
void
json_refuse_word(struct compilation *c, struct place place, const char *what, const char *word,
                 const char *const *known);

/* One of `choices` (NULL-terminated), as its index. */
bool
json_get_choice(struct compilation *c, struct json_at at, const char *const *choices,
                size_t *ret_index);

/* Reports every key of the object that is not in `known` (NULL-terminated). */
void
json_refuse_unknown(struct compilation *c, struct json_at object, const char *const *known);

/* The opening quote of the string that closes at `quote`: the nearest one before that has an even
 * number of backslashes before it, or none. */
size_t
json_string_start(const char *text, size_t quote);

/* json-print.c: JSON out of bytes of unknown origin, and onto terminals. */

/* A string of bytes that need not be UTF-8, as file names are: what is not becomes U+FFFD. */
json_t *
json_of_bytes(struct arena *arena, const char *bytes);

/* Prints the value with a newline; what a terminal could take for a command is escaped. False, with
 * nothing printed, without memory. */
bool
json_print(FILE *stream, struct arena *arena, const json_t *value);

/* json-stream.c: JSON as events, for texts that may be large. */

#define JSON_KEYS_LINEAR 24 /* keys of an object that are compared one by one */

enum json_event {
	JSON_EVENT_NULL, JSON_EVENT_FALSE, JSON_EVENT_TRUE,
	JSON_EVENT_NUMBER, /* with its text */
	JSON_EVENT_STRING, /* with its bytes, which are not NUL-terminated */
	JSON_EVENT_OBJECT, /* it starts; its frame is not there yet */
	JSON_EVENT_ARRAY,
	JSON_EVENT_END /* of an object or array; its frame is gone */
};

/* A container that is being read. */
struct json_frame {
	bool array;
	int role; /* the handler's */
	size_t count; /* keys or elements so far, the present one too */
	const char *key; /* the present one, not NUL-terminated; good until the arena ends */
	size_t key_size;
	struct { const char *text; size_t size; } seen[JSON_KEYS_LINEAR];
	struct map keys; /* all of them, when there are more */
};

struct json_stream {
	/* from the caller */
	struct compilation *c;
	const struct source *source;
	/* Takes one event; false to read no further, after reporting why. */
	bool (*handle)(struct json_stream *stream, enum json_event event, const char *bytes,
	               size_t size);
	void *context;
	int distinct_role; /* of containers whose duplicate keys the handler finds itself */

	/* for the handler */
	struct json_frame *frames; /* [depth] is the container of the value; [0] of the text */
	unsigned depth;
	int next_role; /* to be set at the start of a container: its frame's role */
	int ended_role; /* at the end of one: the role its frame had */

	/* its own */
	struct yajl_handle_t *parser;
	bool stopped;
};

/* Reads the whole source. False after reporting what is wrong with it. */
bool
json_stream_read(struct json_stream *stream);

/* The place of the value that the event is of. */
struct place
json_stream_place(const struct json_stream *stream);

#endif
