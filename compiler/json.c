/* Typed access to a jansson value: get it, or report what was expected and where. */
#include "compiler.h"

#include <ctype.h>
#include <string.h>

/* Syntax errors */

enum caret {
	CARET_HERE, /* where jansson stopped */
	CARET_BYTE, /* on the byte before */
	CARET_TOKEN /* on the token before */
};

/* jansson's message by its first words, as we say it. */
struct wording {
	const char *theirs;
	const char *ours; /* NULL: theirs up to " near " */
	enum caret caret;
	const char *rest; /* goes behind, and with CARET_TOKEN the token behind that; or NULL */
};

static const struct wording wordings[] = {
	{ "unexpected token", "expected a value", CARET_TOKEN, ", got " },
	{ "string or '}' expected", "expected a key in double quotes", CARET_TOKEN, ", got " },
	{ "':' expected", "expected ':'", CARET_TOKEN, ", got " },
	{ "'}' expected", "expected ',' or '}'", CARET_TOKEN, ", got " },
	{ "']' expected", "expected ',' or ']'", CARET_TOKEN, ", got " },
	{ "end of file expected", "expected nothing after the JSON value", CARET_TOKEN, ", got " },
	{ "duplicate object key", "duplicate key", CARET_TOKEN, " " },
	{ "invalid token", "invalid token", CARET_TOKEN, " " },
	{ "invalid escape", NULL, CARET_BYTE, NULL },
	{ "control character", NULL, CARET_HERE, " in a string" },
	{ "unexpected newline", "the string does not end on its line", CARET_HERE, NULL },
	{ "premature end of input", "the string does not end", CARET_HERE, NULL },
	{ "unable to decode byte", "the text is not valid UTF-8", CARET_HERE, NULL },
	{ "\\u0000", "the string has a NUL character in it", CARET_TOKEN, NULL },
	{ "NUL byte", "the string has a NUL character in it", CARET_TOKEN, NULL },
	{ "", NULL, CARET_TOKEN, NULL },
};

size_t
json_string_start(const char *text, size_t quote)
{
	while (quote > 0) {
		size_t slashes = 0;

		quote--;
		while (slashes < quote && text[quote - slashes - 1] == '\\')
			slashes++;
		if (text[quote] == '"' && slashes % 2 == 0)
			break;
		quote -= slashes;
	}
	return quote;
}

/* Is the byte part of a number or a word? */
static bool
is_word(char byte)
{
	return isalnum((unsigned char)byte) || byte == '+' || byte == '-' || byte == '.';
}

/* The start of the token that ends before `end`: jansson stops behind what it complains about. */
static size_t
token_start(const char *text, size_t end)
{
	size_t start = end;

	if (start == 0)
		return 0;
	start--;
	if (text[start] == '"')
		return json_string_start(text, start);
	if (is_word(text[start]))
		while (start > 0 && is_word(text[start - 1]))
			start--;
	while (start > 0 && ((unsigned char)text[start] & 0xc0) == 0x80)
		start--;
	return start;
}

/* The token in words or quotes. */
static const char *
describe_token(struct compilation *c, const struct source *source, size_t start, size_t end)
{
	enum {
		LONGEST = 40
	};
	const char *token = source->text + start;
	size_t size = end - start;

	if (size == 0)
		return "the end of the file";
	if (*token == '\0')
		return "a NUL character";
	if (*token == '"' && size >= 2) {
		token++;
		size -= 2;
	}
	return arena_printf(&c->arena, "'%.*s%s'", (int)(size > LONGEST ? LONGEST : size), token,
	                    size > LONGEST ? "..." : "");
}

static bool
ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* jansson's own words, without what it says of the place. */
static const char *
own_words(struct compilation *c, const char *text)
{
	const char *near = strstr(text, " near ");
	char *words = arena_copy(&c->arena, text, near ? (size_t)(near - text) : strlen(text));

	words[0] = (char)tolower((unsigned char)words[0]);
	return words;
}

static void
report_syntax(struct compilation *c, const struct source *source, const json_error_t *error)
{
	size_t end = error->position < 0 ? 0 : (size_t)error->position;

	if (end > source->size)
		end = source->size;

	/* jansson has no words for it when it gets no memory. */
	if (error->text[0] == '\0') {
		diag_error(&c->diag, PLACE_SOURCE(source),
		           "there is not enough memory to read this");
		return;
	}
	const struct wording *wording = wordings;
	while (strncmp(error->text, wording->theirs, strlen(wording->theirs)) != 0)
		wording++;

	/* At the end of the text there is no token, as jansson says. A NUL looks the same to it. */
	bool at_end = ends_with(error->text, " near end of file") &&
	              (end == 0 || source->text[end - 1] != '\0');
	size_t start = end;
	if (wording->caret == CARET_BYTE && end > 0)
		start = end - 1;
	else if (wording->caret == CARET_TOKEN && !at_end)
		start = token_start(source->text, end);

	const char *text = wording->ours ? wording->ours : own_words(c, error->text);
	struct place place = { .source = source, .offset = start };
	bool token = wording->rest && wording->caret == CARET_TOKEN;
	diag_error(&c->diag, place, "%s%s%s", text, wording->rest ? wording->rest : "",
	           token ? describe_token(c, source, start, end) : "");
}

bool
json_read(struct compilation *c, const struct source *source, struct json_at *ret_root)
{
	struct place start = { .source = source, .offset = 0 };

	if (source->size >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0) {
		diag_error(&c->diag, start,
		           "the text starts with a byte order mark; JSON is UTF-8 without one");
		return false;
	}
	if (strspn(source->text, " \t\r\n") == source->size) {
		diag_error(&c->diag, start, "expected a JSON value, got an empty text");
		return false;
	}
	json_error_t error;
	json_t *root = json_loadb(source->text, source->size,
	                          JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!root) {
		report_syntax(c, source, &error);
		return false;
	}
	*ret_root = (struct json_at){ .value = root, .place = PLACE_POINTER(source, "") };
	return true;
}

/* Walking */

static struct json_at
child(struct json_at parent, json_t *value, const char *pointer)
{
	return (struct json_at){ .value = value,
		                 .place = PLACE_POINTER(parent.place.source, pointer) };
}

/* A pointer with one more token, escaped as RFC 6901 has it. */
static const char *
extend_pointer(struct arena *arena, const char *pointer, const char *token)
{
	struct buffer buffer = { .arena = arena };

	buffer_add_string(&buffer, pointer);
	buffer_add_string(&buffer, "/");
	for (;;) {
		size_t plain = strcspn(token, "~/");

		buffer_add(&buffer, token, plain);
		token += plain;
		if (*token == '\0')
			return buffer.data;
		buffer_add_string(&buffer, *token++ == '~' ? "~0" : "~1");
	}
}

struct json_at
json_member(struct compilation *c, struct json_at object, const char *key)
{
	return child(object, json_object_get(object.value, key),
	             extend_pointer(&c->arena, object.place.pointer, key));
}

struct json_at
json_element(struct compilation *c, struct json_at array, size_t index)
{
	return child(array, json_array_get(array.value, index),
	             arena_printf(&c->arena, "%s/%zu", array.place.pointer, index));
}

/* The last token of the pointer before `end`, without escapes; "" for the whole text. */
static const char *
last_token(struct compilation *c, const char *pointer, const char *end)
{
	const char *start = end;

	while (start > pointer && start[-1] != '/')
		start--;
	struct buffer buffer = { .arena = &c->arena };
	for (; start < end; start++) {
		char byte = *start;

		if (byte == '~' && start + 1 < end)
			byte = *++start == '0' ? '~' : '/';
		buffer_add(&buffer, &byte, 1);
	}
	return buffer.data ? buffer.data : "";
}

/* Typed access */

static const char *
type_name(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

/* Reports what is there, or that the member that should be there is missing. */
static void
report_type(struct compilation *c, struct json_at at, const char *expected)
{
	if (at.value) {
		diag_error(&c->diag, at.place, "expected %s, got %s", expected,
		           type_name(at.value));
		return;
	}
	const char *pointer = at.place.pointer;
	const char *slash = strrchr(pointer, '/');
	struct place parent = at.place;
	if (slash)
		parent.pointer = arena_copy(&c->arena, pointer, (size_t)(slash - pointer));
	diag_error(&c->diag, parent, "missing '%s'; expected %s",
	           last_token(c, pointer, pointer + strlen(pointer)), expected);
}

bool
json_get_string(struct compilation *c, struct json_at at, const char **ret_string)
{
	if (!json_is_string(at.value)) {
		report_type(c, at, "a string");
		return false;
	}
	*ret_string = json_string_value(at.value);
	return true;
}

bool
json_get_boolean(struct compilation *c, struct json_at at, bool *ret_value)
{
	if (!json_is_boolean(at.value)) {
		report_type(c, at, "true or false");
		return false;
	}
	*ret_value = json_is_true(at.value);
	return true;
}

bool
json_get_integer(struct compilation *c, struct json_at at, uint64_t *ret_value)
{
	const char *expected = "a non-negative integer";

	if (json_is_real(at.value)) {
		diag_error(&c->diag, at.place, "expected %s, got a fraction or exponent", expected);
		return false;
	}
	if (!json_is_integer(at.value)) {
		report_type(c, at, expected);
		return false;
	}
	json_int_t value = json_integer_value(at.value);
	if (value < 0) {
		diag_error(&c->diag, at.place, "expected %s, got %" JSON_INTEGER_FORMAT, expected,
		           value);
		return false;
	}
	*ret_value = (uint64_t)value;
	return true;
}

bool
json_expect_object(struct compilation *c, struct json_at at)
{
	if (!json_is_object(at.value)) {
		report_type(c, at, "an object");
		return false;
	}
	return true;
}

bool
json_expect_array(struct compilation *c, struct json_at at)
{
	if (!json_is_array(at.value)) {
		report_type(c, at, "an array");
		return false;
	}
	return true;
}

/* "one of 'a', 'b'", or "'a'" when there is no choice. */
static const char *
list_choices(struct compilation *c, const char *const *choices)
{
	struct buffer buffer = { .arena = &c->arena };

	buffer_add_string(&buffer, choices[0] && choices[1] ? "one of " : "");
	for (size_t i = 0; choices[i]; i++)
		buffer_printf(&buffer, "%s'%s'", i == 0 ? "" : ", ", choices[i]);
	return buffer.data;
}

/* What the user calls the value: the nearest key on its pointer, elements of arrays skipped. */
static const char *
name_of(struct compilation *c, const char *pointer)
{
	const char *end = pointer + strlen(pointer);

	while (end > pointer) {
		const char *token = last_token(c, pointer, end);

		if (token[strspn(token, "0123456789")] != '\0')
			return token;
		do
			end--;
		while (end > pointer && *end != '/');
	}
	return "value";
}

/* The known word that a misspelt one most likely stands for, NULL if none is near: at most one
 * mistake in three characters, and no more than two. */
static const char *
nearest_word(const char *word, const char *const *known)
{
	const char *nearest = NULL;
	size_t size = strlen(word);
	unsigned limit = size < 3 ? 0 : size < 6 ? 1 : 2;

	for (size_t i = 0; known[i] && limit > 0; i++) {
		unsigned distance = edit_distance(word, known[i], limit);

		if (distance <= limit) {
			nearest = known[i];
			limit = distance - 1; /* from now on only what is nearer */
		}
	}
	return nearest;
}

void
json_refuse_word(struct compilation *c, struct place place, const char *what, const char *word,
                 const char *const *known)
{
	const char *nearest = nearest_word(word, known);

	if (nearest)
		diag_error(&c->diag, place, "unknown %s '%s'; did you mean '%s'?", what, word,
		           nearest);
	else
		diag_error(&c->diag, place, "unknown %s '%s'; expected %s", what, word,
		           list_choices(c, known));
}

bool
json_get_choice(struct compilation *c, struct json_at at, const char *const *choices,
                size_t *ret_index)
{
	if (!json_is_string(at.value)) {
		report_type(c, at, list_choices(c, choices));
		return false;
	}
	const char *string = json_string_value(at.value);
	for (size_t i = 0; choices[i]; i++) {
		if (strcmp(string, choices[i]) == 0) {
			*ret_index = i;
			return true;
		}
	}
	json_refuse_word(c, at.place, name_of(c, at.place.pointer), string, choices);
	return false;
}

static bool
is_known(const char *key, const char *const *known)
{
	for (size_t i = 0; known[i]; i++)
		if (strcmp(key, known[i]) == 0)
			return true;
	return false;
}

void
json_refuse_unknown(struct compilation *c, struct json_at object, const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach (object.value, key, value) {
		if (is_known(key, known))
			continue;
		struct json_at at = json_member(c, object, key);
		at.place.key = true;
		json_refuse_word(c, at.place, "key", key, known);
	}
}
