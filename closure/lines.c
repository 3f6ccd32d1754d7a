/* Collects lines for a file descriptor. */
#include "closure.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void
flush(struct lines *lines)
{
	size_t start = 0;

	while (start < lines->size && lines->error == 0) {
		ssize_t n = write(lines->fd, lines->bytes + start, lines->size - start);

		if (n >= 0)
			start += (size_t)n;
		else if (errno != EINTR)
			lines->error = errno;
	}
	lines->size = 0;
}

void
lines_add(struct lines *lines, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t room = sizeof lines->bytes - lines->size;
		size_t size = left < room ? left : room;

		memcpy(lines->bytes + lines->size, text, size);
		lines->size += size;
		text += size;
		left -= size;
		if (lines->size == sizeof lines->bytes)
			flush(lines);
	}
}

bool
lines_finish(struct lines *lines)
{
	flush(lines);
	errno = lines->error;
	return lines->error == 0;
}
