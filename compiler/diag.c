/* Places; errors, warnings and notes with file, line, column and a caret; counts errors. */
#include "compiler.h"

#include <stdarg.h>
#include <string.h>

/* Longest part of a source line that is shown, in bytes. */
#define WINDOW 80

/* Characters that would not show as themselves on a terminal: control characters of both sets, line
 * separators, and those that reorder the text around them. */
static bool
is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c ||
	       (point >= 0x200e && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
}

/* The size of the character at `bytes`, 0 unless it is valid UTF-8 and can be shown as it is. */
static size_t
visible_size(const char *bytes, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)bytes[0];

	if (first < 0x80)
		return !is_control(first);
	size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
	if (first < 0xc0 || first >= 0xf8 || size > left)
		return 0;

	uint32_t point = first & (0x7fU >> size);
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)bytes[i] & 0x3f);
	}
	bool valid =
		point >= least[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
	return valid && !is_control(point) ? size : 0;
}

/* Adds one character, or one byte escaped. Gives the number of bytes it consumed, and of the
 * columns it takes (wide and combining characters count as one: the terminal alone knows). */
static size_t
add_character(struct buffer *out, const char *bytes, size_t left, size_t *ret_columns)
{
	size_t size = visible_size(bytes, left);

	if (size > 0) {
		buffer_add(out, bytes, size);
		*ret_columns = 1;
		return size;
	}
	size_t before = out->size;
	switch (*bytes) {
	case '\n':
		buffer_add_string(out, "\\n");
		break;
	case '\t':
		buffer_add_string(out, "\\t");
		break;
	case '\r':
		buffer_add_string(out, "\\r");
		break;
	default:
		buffer_printf(out, "\\x%02x", (unsigned char)*bytes);
	}
	*ret_columns = out->size - before;
	return 1;
}

void
diag_escape(struct buffer *out, const char *text, size_t size)
{
	size_t columns;

	for (size_t i = 0; i < size;)
		i += add_character(out, text + i, size - i, &columns);
}

/* Is the byte inside of a character? */
static bool
continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Narrows the line [*start, *end) to a window around `offset`, without cutting characters. */
static void
narrow(const char *text, size_t offset, size_t *start, size_t *end)
{
	size_t from = *start, to = *end;

	if (to - from <= WINDOW)
		return;
	if (offset - from > WINDOW / 2)
		from = to - offset > WINDOW / 2 ? offset - WINDOW / 2 : to - WINDOW;
	if (to - from > WINDOW)
		to = from + WINDOW;
	/* Bytes that are no UTF-8 may all look like continuations: at most three are passed. */
	for (int i = 0; i < 3 && from < offset && continues(text[from]); i++)
		from++;
	for (int i = 0; i < 3 && to < *end && continues(text[to]); i++)
		to++;
	*start = from;
	*end = to;
}

/* Adds the line that holds `offset`, and a line below it with a caret there. Tabs are copied into
 * both, so that they end in the same column whatever the terminal's stops are. */
static void
add_excerpt(struct buffer *out, const struct source *source, size_t offset, size_t line,
            size_t column)
{
	struct buffer caret = { .arena = out->arena };
	const char *text = source->text;
	const size_t line_start = offset - (column - 1);
	const char *newline = memchr(text + offset, '\n', source->size - offset);
	size_t line_end = newline ? (size_t)(newline - text) : source->size;

	if (line_end > offset && text[line_end - 1] == '\r')
		line_end--;
	size_t start = line_start, end = line_end;
	narrow(text, offset, &start, &end);

	size_t gutter = out->size;
	buffer_printf(out, "%5zu", line);
	buffer_printf(&caret, "%*s | ", (int)(out->size - gutter), "");
	buffer_add_string(out, " | ");
	if (start > line_start) {
		buffer_add_string(out, "...");
		buffer_add_string(&caret, "   ");
	}
	for (size_t i = start; i < end;) {
		size_t columns = 1, size = 1;

		if (text[i] == '\t')
			buffer_add(out, "\t", 1);
		else
			size = add_character(out, text + i, end - i, &columns);
		if (i + size <= offset)
			buffer_printf(&caret, "%*s", (int)columns, text[i] == '\t' ? "\t" : "");
		i += size;
	}
	buffer_add_string(out, end < line_end ? "...\n" : "\n");
	buffer_add_string(&caret, "^\n");
	buffer_add(out, caret.data, caret.size);
}

/* Adds where the place is, as far as that says something to people. Gives its offset if the source
 * shall be shown there, else PLACE_WHOLE. */
static size_t
add_place(struct buffer *out, const struct place *place, size_t *ret_line, size_t *ret_column)
{
	const struct source *source = place->source;

	if (!source) {
		buffer_add_string(out, "closurebox: ");
		return PLACE_WHOLE;
	}
	buffer_printf(out, "%s:", source->name);

	size_t offset = place->offset;
	if (place->pointer)
		offset = source->generated ? PLACE_WHOLE
		                           : locate_pointer(source, place->pointer, place->key);
	if (offset == PLACE_WHOLE) {
		if (place->pointer && place->pointer[0] != '\0')
			buffer_printf(out, " %s:", place->pointer);
		buffer_add_string(out, " ");
		return PLACE_WHOLE;
	}
	if (offset > source->size)
		offset = source->size;
	locate_offset(source, offset, ret_line, ret_column);
	buffer_printf(out, "%zu:", *ret_line);
	/* A program writes whole files into one line; then the line alone says nothing. */
	if (!source->generated || *ret_column > 1)
		buffer_printf(out, "%zu:", *ret_column);
	buffer_add_string(out, " ");
	return source->generated ? PLACE_WHOLE : offset;
}

/* Prints a message with a single write, so that those of parallel builds do not mix. Its memory is
 * its own: a diag has no arena, and messages may be many. */
static void
report(struct diag *diag, struct place place, const char *severity, const char *format,
       va_list arguments)
{
	struct arena arena = { 0 };
	struct buffer plain = { .arena = &arena }, out = { .arena = &arena };
	size_t line = 0, column = 0;

	size_t offset = add_place(&plain, &place, &line, &column);
	buffer_printf(&plain, "%s: ", severity);
	buffer_vprintf(&plain, format, arguments);
	diag_escape(&out, plain.data, plain.size);
	buffer_add_string(&out, "\n");
	if (offset != PLACE_WHOLE)
		add_excerpt(&out, place.source, offset, line, column);
	(void)fwrite(out.data, 1, out.size, diag->stream); /* there is nobody left to tell */
	arena_free(&arena);
}

void
diag_error(struct diag *diag, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, place, "error", format, arguments);
	va_end(arguments);
	diag->errors++;
}

void
diag_warning(struct diag *diag, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, place, "warning", format, arguments);
	va_end(arguments);
}

void
diag_note(struct diag *diag, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(diag, place, "note", format, arguments);
	va_end(arguments);
}

const char *
diag_place(struct arena *arena, struct place place)
{
	const struct source *source = place.source;
	size_t offset = place.offset, line, column;

	if (!source || source->generated)
		return NULL;
	const char *slash = strrchr(source->name, '/');
	const char *name = slash ? slash + 1 : source->name;
	if (strspn(name, STORE_PATH_HASH_CHARACTERS) >= STORE_PATH_HASH_SIZE &&
	    name[STORE_PATH_HASH_SIZE] == '-')
		name += STORE_PATH_HASH_SIZE + 1;
	if (place.pointer)
		offset = locate_pointer(source, place.pointer, place.key);
	if (offset == PLACE_WHOLE)
		return name;
	locate_offset(source, offset, &line, &column);
	return arena_printf(arena, "%s:%zu", name, line);
}
