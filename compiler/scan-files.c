/* Looks for hashes in files, as they are in a NAR: in contents, names and targets of links. */
/*
 * Nix searches the NAR of an object, one stream in which tokens carry their length before them, as
 * 64 bits with the low byte first, and zeros behind them up to a multiple of eight. Of a name, a
 * target or a file of less than 2^56 bytes the length ends in a zero byte; behind it follow zeros
 * or the length of one of the format's own words (")", "node"), which is less than '0'. So no hash
 * reaches out of a name, a target or the contents of a file, and in the format's own words there is
 * none: searching the three apart finds what searching the stream finds.
 *
 * The walk is fd-relative and follows no symbolic link. It keeps one directory open and goes back
 * up through "..", so neither the stack nor the number of open files grows with the depth.
 */
#include "compiler.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read at once; with the kernel's copy it stays in the second-level cache. Files are not mapped:
 * one that is truncated meanwhile would end the program with SIGBUS. */
#define BLOCK ((size_t)256 << 10)

/* What one block leaves for the next, since a hash may lie across. */
#define OVERLAP (STORE_PATH_HASH_SIZE - 1)

struct child {
	const char *name;
	unsigned char type; /* DT_* */
};

/* A directory on the way down. */
struct level {
	struct arena arena; /* of its children's names */
	struct child *children; /* sorted as in a NAR */
	size_t count;
	size_t capacity;
	size_t next;
	size_t path_size;
	dev_t device;
	ino_t inode;
};

struct walk {
	struct compilation *c;
	struct scan *scan;
	unsigned error_limit;
	struct buffer path; /* of what is being looked at */
	unsigned char *block;
	struct level *levels;
	size_t depth;
	size_t capacity;
	int directory; /* of the deepest level; AT_FDCWD above the first */
};

static void
complain(struct walk *walk, const char *problem)
{
	progress_erase(walk->scan->progress);
	diag_error(&walk->c->diag, PLACE_NONE, "cannot scan '%s': %s", walk->path.data, problem);
}

static void
cut_path(struct walk *walk, size_t size)
{
	walk->path.size = size;
	walk->path.data[size] = '\0';
}

/* Searches bytes, the first of which is at `offset` in what they are a part of. */
static void
search(struct walk *walk, enum scan_part part, const void *bytes, size_t size, uint64_t offset)
{
	struct scan_cursor cursor = { .bytes = bytes, .size = size };
	size_t index;

	while ((index = scan_next(walk->scan->set, &cursor)) != SCAN_END) {
		struct scan_place *place = &walk->scan->places[index];

		if (place->path)
			continue;
		place->path = arena_copy(&walk->c->arena, walk->path.data, walk->path.size);
		place->part = part;
		place->offset = offset + cursor.found;
	}
}

/* Moves `*at`, which is at the end of some data, to the next, and `*end` to the end of that. False
 * if there is none, or none that is known. */
static bool
next_data(int fd, off_t *at, off_t *end)
{
	off_t data = lseek(fd, *at, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		return false;
	off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
	if (hole > data) {
		*at = data;
		*end = hole;
	} else {
		*end = INT64_MAX; /* no such question to this file system: all may be data */
	}
	return true;
}

/* Reads a file once from beginning to end. */
static void
search_contents(struct walk *walk, int fd, const struct stat *status)
{
	bool sparse = status->st_blocks < status->st_size / 512;
	off_t at = 0;
	off_t end = sparse ? 0 : INT64_MAX; /* of the data around `at` */
	size_t kept = 0; /* bytes before `at`, at the beginning of the block */

	walk->scan->files++;
	for (;;) {
		if (at == end) {
			off_t before = at;

			if (!next_data(fd, &at, &end))
				return;
			if (at > before)
				kept = 0; /* the zeros of a hole are between */
		}
		size_t wanted = end - at < (off_t)BLOCK ? (size_t)(end - at) : BLOCK;
		ssize_t got = pread(fd, walk->block + kept, wanted, at);
		if (got < 0) {
			complain(walk, strerror(errno));
			return;
		}
		size_t size = kept + (size_t)got;
		search(walk, SCAN_CONTENTS, walk->block, size, (uint64_t)at - kept);
		at += got;
		walk->scan->bytes += (uint64_t)got;
		progress_show(walk->scan->progress, walk->scan->files, walk->scan->bytes);
		/* A short read at the expected end spares the one that gets nothing. */
		if (got == 0 || ((size_t)got < wanted && at >= status->st_size))
			break;
		kept = size < OVERLAP ? size : OVERLAP;
		memmove(walk->block, walk->block + size - kept, kept);
	}
	if (at < status->st_size)
		complain(walk, "it became shorter while it was read");
}

/* Was the file read under another of its names? Notes that it is now. */
static bool
is_known(struct walk *walk, const struct stat *status)
{
	struct map *links = &walk->scan->links;
	char key[48];

	if (status->st_nlink < 2)
		return false;
	int size = snprintf(key, sizeof key, "%jx:%jx", (uintmax_t)status->st_dev,
	                    (uintmax_t)status->st_ino);
	if (map_get(links, key) != MAP_ABSENT)
		return true;
	links->arena = &walk->c->arena;
	map_add(links, arena_copy(&walk->c->arena, key, (size_t)size), 0);
	return false;
}

static void
visit_file(struct walk *walk, const char *name)
{
	/* A pipe or device that took the file's place meanwhile shall not block us. */
	int fd = openat(walk->directory, name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		complain(walk, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		complain(walk, "it changed while it was scanned");
	else if (!is_known(walk, &status))
		search_contents(walk, fd, &status);
	if (fd >= 0)
		close(fd);
}

static void
visit_symlink(struct walk *walk, const char *name)
{
	/* A target is shorter than PATH_MAX. */
	ssize_t size = readlinkat(walk->directory, name, (char *)walk->block, BLOCK);

	if (size < 0)
		complain(walk, strerror(errno));
	else
		search(walk, SCAN_TARGET, walk->block, (size_t)size, 0);
}

static int
compare_children(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* Reads and sorts what is in an open directory. False with errno. */
static bool
read_children(struct level *level, int fd)
{
	int duplicate = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *stream = duplicate < 0 ? NULL : fdopendir(duplicate);

	if (!stream) {
		int problem = errno;

		if (duplicate >= 0)
			close(duplicate);
		errno = problem;
		return false;
	}
	const struct dirent *found;
	while (errno = 0, (found = readdir(stream))) {
		if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
			continue;
		struct child *child =
			ARRAY_ADD(&level->arena, level->children, level->count, level->capacity);
		child->name = arena_copy(&level->arena, found->d_name, strlen(found->d_name));
		child->type = found->d_type;
	}
	int problem = errno;
	closedir(stream);
	if (level->count > 0)
		qsort(level->children, level->count, sizeof *level->children, compare_children);
	errno = problem;
	return problem == 0;
}

/* Goes down; the directory's entries are visited from there. */
static void
enter_directory(struct walk *walk, const char *name)
{
	struct level level = { .path_size = walk->path.size };
	struct stat status;
	int fd = openat(walk->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &status) < 0 || !read_children(&level, fd)) {
		complain(walk, strerror(errno));
		if (fd >= 0)
			close(fd);
		arena_free(&level.arena);
		return;
	}
	level.device = status.st_dev;
	level.inode = status.st_ino;
	*ARRAY_ADD(&walk->c->arena, walk->levels, walk->depth, walk->capacity) = level;
	if (walk->directory != AT_FDCWD)
		close(walk->directory);
	walk->directory = fd;
}

/* Goes back up. False, after reporting, if that is not where we came from. */
static bool
leave_directory(struct walk *walk)
{
	int fd = AT_FDCWD;

	walk->depth--;
	cut_path(walk, walk->levels[walk->depth].path_size);
	arena_free(&walk->levels[walk->depth].arena);
	if (walk->depth > 0) {
		const struct level *level = &walk->levels[walk->depth - 1];
		struct stat status;

		fd = openat(walk->directory, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		const char *problem = NULL;
		if (fd < 0 || fstat(fd, &status) < 0)
			problem = strerror(errno);
		else if (status.st_dev != level->device || status.st_ino != level->inode)
			problem = "it was moved while it was scanned";
		if (problem) {
			complain(walk, problem);
			if (fd >= 0)
				close(fd);
			fd = -1;
		}
	}
	close(walk->directory);
	walk->directory = fd;
	return fd != -1;
}

static unsigned char
find_type(struct walk *walk, const char *name)
{
	struct stat status;

	if (fstatat(walk->directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		complain(walk, strerror(errno));
		return DT_UNKNOWN;
	}
	return IFTODT(status.st_mode);
}

static void
visit(struct walk *walk, const char *name, unsigned char type)
{
	if (type == DT_UNKNOWN && (type = find_type(walk, name)) == DT_UNKNOWN)
		return;
	switch (type) {
	case DT_REG:
		visit_file(walk, name);
		break;
	case DT_DIR:
		enter_directory(walk, name);
		break;
	case DT_LNK:
		visit_symlink(walk, name);
		break;
	default:
		complain(walk, "it is neither a file nor a directory nor a symbolic link");
	}
}

/* Visits the next entry of the deepest directory. */
static void
visit_next(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const char *name = level->children[level->next].name;
	unsigned char type = level->children[level->next].type;

	level->next++;

	cut_path(walk, level->path_size);
	if (walk->path.data[walk->path.size - 1] != '/')
		buffer_add(&walk->path, "/", 1);
	buffer_add_string(&walk->path, name);
	search(walk, SCAN_NAME, name, strlen(name), 0);
	visit(walk, name, type);
	progress_show(walk->scan->progress, walk->scan->files, walk->scan->bytes);
}

void
scan_files(struct compilation *c, struct scan *scan, const char *path)
{
	struct walk walk = {
		.c = c,
		.scan = scan,
		.error_limit = c->diag.errors + DIAG_ERRORS_MAX,
		.path.arena = &c->arena,
		.block = arena_alloc(&c->arena, OVERLAP + BLOCK),
		.directory = AT_FDCWD,
	};
	bool lost = false;

	buffer_add_string(&walk.path, path);
	visit(&walk, path, DT_UNKNOWN);
	while (walk.depth > 0 && !lost) {
		struct level *level = &walk.levels[walk.depth - 1];

		if (c->diag.errors >= walk.error_limit) {
			progress_erase(scan->progress);
			diag_error(&c->diag, PLACE_NONE, "too many errors");
			lost = true;
		} else if (level->next < level->count) {
			visit_next(&walk);
		} else {
			lost = !leave_directory(&walk);
		}
	}
	while (walk.depth > 0)
		arena_free(&walk.levels[--walk.depth].arena);
	if (walk.directory != AT_FDCWD && walk.directory != -1)
		close(walk.directory);
}
