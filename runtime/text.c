/* What the stub needs of string.h in a fifth of the space: those of a libc are made for speed. */
#include "descriptor.h"

size_t
text_length(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

bool
text_begins(const char *text, const char *beginning, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] != beginning[i])
			return false;
		if (text[i] == '\0')
			break;
	}
	return true;
}

bool
text_is(const char *text, const char *other)
{
	return text_begins(text, other, SIZE_MAX);
}

char *
text_last_slash(const char *text)
{
	const char *slash = NULL;

	for (; *text; text++) {
		if (*text == '/')
			slash = text;
	}
	return (char *)(uintptr_t)slash;
}
