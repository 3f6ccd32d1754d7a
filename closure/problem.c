/* One line that says why something does not work, whatever a daemon has put into it. */
#include "closure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
problem_set(struct problem *problem, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(problem->text, sizeof problem->text, format, arguments) < 0)
		problem->text[0] = '\0';
	va_end(arguments);
	return false;
}

static bool
within(char c, char first, char last)
{
	return c >= first && c <= last;
}

/* The end of the escape sequence that begins with the ESC before `at` (ECMA-48): a control sequence
 * (ESC [ ... final byte), a string (ESC ] ... BEL or ESC \; also ESC P, X, ^, _), or a few bytes.
 */
static const char *
skip_escape(const char *at, const char *end)
{
	if (at == end)
		return at;
	if (*at == '[') {
		at++;
		while (at < end && within(*at, ' ', '?'))
			at++;
		return at < end && within(*at, '@', '~') ? at + 1 : at;
	}
	if (strchr("]PX^_", *at)) {
		while (at < end && *at != '\a' && *at != '\033' && *at != '\n')
			at++;
		if (at < end && *at == '\a')
			return at + 1;
		return end - at >= 2 && at[0] == '\033' && at[1] == '\\' ? at + 2 : at;
	}
	while (at < end && within(*at, ' ', '/'))
		at++;
	return at < end && within(*at, '0', '~') ? at + 1 : at;
}

/* Cleans up to the end of the line; returns what is behind. */
static const char *
clean_line(const char *at, const char *end, char *buffer, size_t room)
{
	size_t length = 0;

	while (at < end && *at != '\n' && *at != '\r') {
		char c = *at++;

		if (c == '\033') {
			at = skip_escape(at, end);
			continue;
		}
		/* A tab, and the first byte of a character of UTF-8; the others show nothing. */
		if (c == '\t')
			c = ' ';
		else if ((c & 0xc0) == 0xc0)
			c = '?';
		if (within(c, ' ', '~') && length + 1 < room && (length > 0 || c != ' '))
			buffer[length++] = c;
	}
	while (length > 0 && buffer[length - 1] == ' ')
		length--;
	buffer[length] = '\0';
	return at;
}

void
problem_clean(const char *bytes, size_t size, char *buffer, size_t room)
{
	const char *end = bytes + size;

	for (;;) {
		bytes = clean_line(bytes, end, buffer, room);
		if (buffer[0] != '\0' || bytes == end)
			return;
		bytes++;
	}
}

void
problem_say(const char *format, ...)
{
	static const char name[] = "closurebox-closure: ";
	char text[2048], line[2048];
	size_t length = sizeof name - 1;
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof text, format, arguments) < 0)
		text[0] = '\0';
	va_end(arguments);
	memcpy(line, name, length);
	problem_clean(text, strlen(text), line + length, sizeof line - length - 1);
	length += strlen(line + length);
	line[length++] = '\n';
	/* One write, so that lines of several programs do not mix; nobody to tell if it fails. */
	if (write(STDERR_FILENO, line, length) < 0)
		return;
}
