/* JSON out of bytes of unknown origin, and onto terminals. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

json_t *
json_of_bytes(struct arena *arena, const char *bytes)
{
	struct buffer text = { .arena = arena };
	json_t *whole = json_string(bytes);

	if (whole)
		return whole;
	while (*bytes != '\0') {
		size_t size = 1;
		json_t *character = NULL;

		while (size <= 4 && bytes[size - 1] != '\0' &&
		       !(character = json_stringn(bytes, size)))
			size++;
		if (character)
			buffer_add(&text, bytes, size);
		else
			buffer_add_string(&text, "\xef\xbf\xbd");
		bytes += character ? size : 1;
		json_decref(character);
	}
	return json_string(text.data);
}

/* A character outside of ASCII can only be inside of a string: as an escape it means the same. */
static void
add_character(struct buffer *out, const char *bytes, size_t size)
{
	struct buffer shown = { .arena = out->arena };
	unsigned point = size == 2 ? *bytes & 0x1f : *bytes & 0x0f;

	diag_escape(&shown, bytes, size);
	if (shown.size == size && memcmp(shown.data, bytes, size) == 0) {
		buffer_add(out, bytes, size);
		return;
	}
	/* All that diag_escape does not show is in the basic plane. */
	for (size_t i = 1; i < size; i++)
		point = point << 6 | ((unsigned)bytes[i] & 0x3f);
	buffer_printf(out, "\\u%04x", size == 1 ? (unsigned)*bytes : point);
}

bool
json_print(FILE *stream, struct arena *arena, const json_t *value)
{
	struct buffer out = { .arena = arena };
	char *text = json_dumps(value, JSON_INDENT(2));
	size_t size;

	if (!text)
		return false;
	for (const char *at = text; *at != '\0'; at += size) {
		unsigned char first = (unsigned char)*at;

		size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
		if (first >= ' ' && first < 0x7f)
			buffer_add(&out, at, 1);
		else if (first == '\n')
			buffer_add_string(&out, "\n");
		else
			add_character(&out, at, size);
	}
	free(text);
	fprintf(stream, "%s\n", out.data);
	return true;
}
