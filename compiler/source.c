/* Reads whole inputs: files, standard input, and what gzip or zstd have packed. */
#include "compiler.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define SIZE_FIRST ((size_t)64 << 10)
/* 4 GiB, and where size_t has 32 bits what can still be doubled. */
#define SIZE_MAX_READ (SIZE_MAX > UINT32_MAX ? (size_t)(UINT64_C(4) << 30) : SIZE_MAX / 4)

/*
 * The text is not in the arena: an input of unknown size grows by realloc, which moves pages and
 * leaves no copies behind. Like the arena it lives until the program ends.
 */
struct text {
	char *bytes;
	size_t size;
	size_t capacity;
};

/* Room for at least one more byte and the NUL. False if there is no memory, or far too much. */
static bool
make_room(struct text *text)
{
	size_t larger = text->capacity ? text->capacity * 2 : SIZE_FIRST;
	char *moved;

	if (text->capacity > text->size + 1)
		return true;
	errno = EFBIG;
	if (text->size >= SIZE_MAX_READ)
		return false;
	moved = realloc(text->bytes, larger);
	if (!moved)
		return false;
	text->bytes = moved;
	text->capacity = larger;
	return true;
}

/* Starts with the size of a regular file, so that it is read with one call into one block. */
static void
expect_size(struct text *text, int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    (uint64_t)status.st_size < SIZE_MAX_READ) {
		text->capacity = (size_t)status.st_size + 2;
		text->bytes = malloc(text->capacity);
		if (!text->bytes)
			text->capacity = 0;
	}
}

/* False with errno set. */
static bool
read_all(int fd, struct text *text)
{
	ssize_t n;

	expect_size(text, fd);
	do {
		if (!make_room(text))
			return false;
		n = read(fd, text->bytes + text->size, text->capacity - text->size - 1);
		if (n > 0)
			text->size += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0;
}

const struct source *
source_read(struct compilation *c, const char *path, bool generated)
{
	bool standard_input = strcmp(path, "-") == 0;
	struct source *source = arena_alloc(&c->arena, sizeof *source);
	struct text text = { 0 };
	int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	bool done = fd >= 0 && read_all(fd, &text);
	int error = errno;

	source->name = standard_input ? "<stdin>" : path;
	source->generated = generated;
	if (fd >= 0 && !standard_input)
		close(fd);
	if (!done) {
		diag_error(&c->diag, PLACE_NONE, "cannot read '%s': %s", source->name,
		           strerror(error));
		free(text.bytes);
		return NULL;
	}
	text.bytes[text.size] = '\0';
	source->text = text.bytes;
	source->size = text.size;
	return source;
}

/* What zlib counts in. */
static uInt
at_most(size_t size)
{
	return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static bool
starts_with(const struct source *source, const char *magic)
{
	return source->size >= 4 && memcmp(source->text, magic, strlen(magic)) == 0;
}

#define CUT_SHORT "the end is missing"

/* What gzip has packed, in one part or more (RFC 1952, 2.2). Leaves room for the NUL. Returns NULL,
 * or why it does not work. */
static const char *
unpack_gzip(const struct source *packed, struct text *text)
{
	const Bytef *end = (const Bytef *)packed->text + packed->size;
	z_stream stream = { .next_in = (Bytef *)packed->text };
	const char *problem = NULL;
	int status = inflateInit2(&stream, MAX_WBITS + 16); /* gzip alone */

	while (status == Z_OK) {
		if (!make_room(text)) {
			problem = strerror(errno);
			break;
		}
		stream.next_out = (Bytef *)text->bytes + text->size;
		stream.avail_out = at_most(text->capacity - text->size - 1);
		stream.avail_in = at_most((size_t)(end - stream.next_in));
		status = inflate(&stream, Z_NO_FLUSH);
		text->size = (size_t)((char *)stream.next_out - text->bytes);
		if (status == Z_STREAM_END && stream.next_in < end)
			status = inflateReset(&stream);
	}
	if (status == Z_BUF_ERROR)
		problem = CUT_SHORT;
	else if (status < 0)
		problem = stream.msg ? stream.msg : zError(status); /* neither is in the stream */
	inflateEnd(&stream);
	return problem;
}

/* The same for zstd. */
static const char *
unpack_zstd(const struct source *packed, struct text *text)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { .src = packed->text, .size = packed->size };
	ZSTD_outBuffer out = { 0 };
	const char *problem = stream ? NULL : strerror(ENOMEM);
	size_t left = 1; /* of the frame, or an error */

	while (!problem && (in.pos < in.size || (left > 0 && out.pos == out.size))) {
		if (!make_room(text)) {
			problem = strerror(errno);
			break;
		}
		out = (ZSTD_outBuffer){ text->bytes, text->capacity - 1, text->size };
		left = ZSTD_decompressStream(stream, &out, &in);
		text->size = out.pos;
		if (ZSTD_isError(left))
			problem = ZSTD_getErrorName(left);
	}
	if (!problem && left > 0)
		problem = CUT_SHORT;
	ZSTD_freeDStream(stream);
	return problem;
}

/* NULL, or why it does not work. */
static const char *
unpack(const struct source *packed, struct text *text)
{
	return starts_with(packed, "\x1f\x8b") ? unpack_gzip(packed, text)
	                                       : unpack_zstd(packed, text);
}

const struct source *
source_read_packed(struct compilation *c, const char *path, bool generated)
{
	const struct source *packed = source_read(c, path, generated);
	struct text text = { 0 };
	struct source *source;
	const char *problem;

	if (!packed ||
	    (!starts_with(packed, "\x1f\x8b") && !starts_with(packed, "\x28\xb5\x2f\xfd")))
		return packed;
	problem = unpack(packed, &text);
	if (problem) {
		diag_error(&c->diag, PLACE_SOURCE(packed), "cannot decompress: %s", problem);
		free(text.bytes);
		source = NULL;
	} else {
		assert(text.bytes);
		text.bytes[text.size] = '\0';
		source = arena_alloc(&c->arena, sizeof *source);
		*source = (struct source){ .name = packed->name,
			                   .text = text.bytes,
			                   .size = text.size,
			                   .generated = generated };
	}
	free((void *)packed->text);
	return source;
}
