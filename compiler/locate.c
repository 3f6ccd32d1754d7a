/* Finds what a JSON pointer names by scanning the text: nothing is built, nothing kept. */
#include "compiler.h"

#include <string.h>

struct cursor {
	const char *at;
	const char *end;
};

/* One reference token of a JSON pointer, still with its escapes. */
struct token {
	const char *text;
	size_t size;
};

/* The byte under the cursor; -1 at the end. */
static int
peek(const struct cursor *c)
{
	return c->at < c->end ? (unsigned char)*c->at : -1;
}

static bool
take(struct cursor *c, char expected)
{
	if (peek(c) != expected)
		return false;
	c->at++;
	return true;
}

static bool
is_space(int byte)
{
	return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Does the byte stand between values, or end a container? */
static bool
is_mark(int byte)
{
	return byte == ',' || byte == ':' || byte == ']' || byte == '}';
}

static void
skip_space(struct cursor *c)
{
	while (is_space(peek(c)))
		c->at++;
}

/* The end of a string, of which the opening quote is at `at`; NULL if it has none. */
static const char *
string_end(const char *at, const char *end)
{
	while ((at = memchr(at + 1, '"', (size_t)(end - at - 1)))) {
		size_t slashes = 0;

		while (at[-1 - (ptrdiff_t)slashes] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			return at + 1;
	}
	return NULL;
}

/* Skips a number, true, false or null. */
static bool
skip_word(struct cursor *c)
{
	const char *start = c->at;

	for (int byte; (byte = peek(c)) >= 0; c->at++)
		if (is_space(byte) || is_mark(byte) || byte == '[' || byte == '{' || byte == '"')
			break;
	return c->at > start;
}

/* The end of the object or array that starts at `at`; NULL if it has none. Inside of it only the
 * balance of brackets counts: the text was parsed before, or the pointer leads to a place before
 * its first mistake. */
static const char *
container_end(const char *at, const char *end)
{
	size_t depth = 0;

	while (at && at < end) {
		switch (*at) {
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			at++;
			if (--depth == 0)
				return at;
			break;
		case '"':
			at = string_end(at, end);
			break;
		default:
			at++;
		}
	}
	return NULL;
}

/* Skips a value and the space before it. */
static bool
skip_value(struct cursor *c)
{
	skip_space(c);
	int byte = peek(c);
	if (byte != '"' && byte != '{' && byte != '[')
		return skip_word(c);
	c->at = byte == '"' ? string_end(c->at, c->end) : container_end(c->at, c->end);
	return c->at;
}

/* Reads the four hexadecimal digits of an escape. */
static bool
take_hex(struct cursor *c, uint32_t *ret_unit)
{
	uint32_t unit = 0;

	for (int i = 0; i < 4; i++, c->at++) {
		int byte = peek(c);

		if (byte >= '0' && byte <= '9')
			unit = unit << 4 | (uint32_t)(byte - '0');
		else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
			unit = unit << 4 | (uint32_t)((byte | 0x20) - 'a' + 10);
		else
			return false;
	}
	*ret_unit = unit;
	return true;
}

/* Writes a code point as UTF-8; gives the number of bytes. */
static size_t
encode(uint32_t point, char bytes[4])
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = size - 1; i > 0; i--, point >>= 6)
		bytes[i] = (char)(0x80 | (point & 0x3f));
	bytes[0] = (char)((0xf00 >> size & 0xff) | point); /* as many ones as bytes, then a zero */
	return size;
}

/* Decodes an escape, of which the backslash was taken. Gives the number of bytes, 0: no escape. */
static size_t
take_escape(struct cursor *c, char bytes[4])
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	int byte = peek(c);

	if (byte < 0)
		return 0;
	c->at++;
	if (byte != 'u') {
		const char *letter = memchr(letters, byte, sizeof letters - 1);

		bytes[0] = letter ? meanings[letter - letters] : 0;
		return letter != NULL;
	}
	uint32_t high, low;
	if (!take_hex(c, &high))
		return 0;
	if (high >= 0xd800 && high < 0xdc00) {
		if (!take(c, '\\') || !take(c, 'u') || !take_hex(c, &low) || low < 0xdc00 ||
		    low > 0xdfff)
			return 0;
		high = 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
	}
	return encode(high, bytes);
}

/* The next byte that a pointer token stands for: "~0" is '~', "~1" is '/'. */
static char
token_byte(struct token *token)
{
	char byte = *token->text;
	size_t size = 1;

	if (byte == '~' && token->size > 1 && (token->text[1] == '0' || token->text[1] == '1')) {
		byte = token->text[1] == '0' ? '~' : '/';
		size = 2;
	}
	token->text += size;
	token->size -= size;
	return byte;
}

/* Reads a key, of which the opening quote is next, and compares it with a token. */
static bool
take_key(struct cursor *c, struct token token, bool *ret_equal)
{
	bool equal = true;

	if (!take(c, '"'))
		return false;
	while (!take(c, '"')) {
		char bytes[4];
		size_t size = 1;

		if (c->at == c->end)
			return false;
		bytes[0] = *c->at++;
		if (bytes[0] == '\\')
			size = take_escape(c, bytes);
		if (size == 0)
			return false;
		for (size_t i = 0; i < size && equal; i++)
			equal = token.size > 0 && token_byte(&token) == bytes[i];
	}
	*ret_equal = equal && token.size == 0;
	return true;
}

/* From an object's '{' to the value of the first member that the token names. */
static bool
enter_object(struct cursor *c, struct token token, const char **ret_key)
{
	if (!take(c, '{'))
		return false;
	do {
		skip_space(c);
		const char *key = c->at;
		bool equal;
		if (!take_key(c, token, &equal))
			return false;
		skip_space(c);
		if (!take(c, ':'))
			return false;
		if (equal) {
			*ret_key = key;
			return true;
		}
		if (!skip_value(c))
			return false;
		skip_space(c);
	} while (take(c, ','));
	return false;
}

/* From an array's '[' to the element with the index that the token is. */
static bool
enter_array(struct cursor *c, struct token token)
{
	size_t index = 0;

	if (token.size == 0 || (token.size > 1 && token.text[0] == '0'))
		return false;
	for (size_t i = 0; i < token.size; i++) {
		if (token.text[i] < '0' || token.text[i] > '9' || index > SIZE_MAX / 10 - 1)
			return false;
		index = index * 10 + (size_t)(token.text[i] - '0');
	}
	if (!take(c, '['))
		return false;
	for (; index > 0; index--) {
		if (!skip_value(c))
			return false;
		skip_space(c);
		if (!take(c, ','))
			return false;
	}
	return true;
}

size_t
locate_pointer(const struct source *source, const char *pointer, bool key)
{
	struct cursor c = { .at = source->text, .end = source->text + source->size };
	const char *found_key = NULL;

	skip_space(&c);
	while (*pointer == '/') {
		struct token token = { .text = pointer + 1, .size = strcspn(pointer + 1, "/") };

		pointer = token.text + token.size;
		found_key = NULL;
		bool found = peek(&c) == '[' ? enter_array(&c, token)
		                             : enter_object(&c, token, &found_key);
		if (!found)
			return PLACE_WHOLE;
		skip_space(&c);
	}
	if (*pointer != '\0')
		return PLACE_WHOLE;
	if (key && found_key)
		return (size_t)(found_key - source->text);
	/* What follows must look like a value, not like the end of the container around it. */
	if (c.at == c.end || is_mark(*c.at))
		return PLACE_WHOLE;
	return (size_t)(c.at - source->text);
}

size_t
locate_end(const struct source *source, size_t offset)
{
	const char *end = container_end(source->text + offset, source->text + source->size);

	return end ? (size_t)(end - source->text) : PLACE_WHOLE;
}

void
locate_offset(const struct source *source, size_t offset, size_t *ret_line, size_t *ret_column)
{
	size_t line = 1, start = 0;

	if (offset > source->size)
		offset = source->size;
	while (start < offset) {
		const char *newline = memchr(source->text + start, '\n', offset - start);

		if (!newline)
			break;
		start = (size_t)(newline - source->text) + 1;
		line++;
	}
	*ret_line = line;
	*ret_column = offset - start + 1;
}
