/* Reads whole inputs: files, standard input, and what gzip or zstd have packed. */
#include "compiler.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool
starts_with(const struct source *source, const char *magic)
{
	return source->size >= 4 && memcmp(source->text, magic, strlen(magic)) == 0;
}

/* libarchive gives no reason where the end of a gzip stream is missing. */
static const char *
reason(struct archive *archive)
{
	const char *text = archive_error_string(archive);

	return text ? text : "the end is missing";
}

/* Leaves room for the NUL. Returns NULL, or why it does not work. */
static const char *
unpack(struct archive *archive, const struct source *packed, struct text *text)
{
	struct archive_entry *entry;

	la_ssize_t n;

	/* A filter that is not OK would start a program. */
	if (archive_read_support_filter_gzip(archive) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(archive) != ARCHIVE_OK ||
	    archive_read_support_format_raw(archive) != ARCHIVE_OK)
		return "libarchive was built without gzip or zstd";
	if (archive_read_open_memory(archive, packed->text, packed->size) != ARCHIVE_OK ||
	    archive_read_next_header(archive, &entry) != ARCHIVE_OK)
		return reason(archive);
	if (archive_filter_count(archive) < 2) /* the last one is "none" */
		return "the header is damaged";
	do {
		if (!make_room(text))
			return strerror(errno);
		n = archive_read_data(archive, text->bytes + text->size,
		                      text->capacity - text->size - 1);
		if (n > 0)
			text->size += (size_t)n;
	} while (n > 0);
	return n < 0 ? reason(archive) : NULL;
}

const struct source *
source_read_packed(struct compilation *c, const char *path, bool generated)
{
	const struct source *packed = source_read(c, path, generated);
	struct text text = { 0 };
	struct archive *archive;
	struct source *source;
	const char *problem;

	if (!packed ||
	    (!starts_with(packed, "\x1f\x8b") && !starts_with(packed, "\x28\xb5\x2f\xfd")))
		return packed;
	archive = archive_read_new();
	problem = archive ? unpack(archive, packed, &text) : strerror(ENOMEM);
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
	archive_read_free(archive);
	free((void *)packed->text);
	return source;
}
