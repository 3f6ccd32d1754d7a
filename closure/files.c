/* Keeps closures as files, one path a line, so that the next launch has to ask nobody. */
#include "closure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../runtime/sys.h"

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Several programs may be about to write the same file; enough for as many names to be taken. */
#define NAME_TRIES 16

/* As the kernel would follow (path_resolution(7)). */
#define LINKS_MAX 40

/* What a program has left behind that was ended before it could rename it. */
#define NEW_PREFIX ".new-"
#define NEW_DIGITS 16
#define STALE_SECONDS (60 * 60)

/*
 * The way to a directory. Root goes it component by component, as it may be root in a user's
 * session (sudo), with that user's HOME: a link there would lead root to write for the user, who
 * has no right to, and what is made there would be none of the user's. So each directory must be
 * root's, and links are followed only from where root alone can have made them. Others are led
 * nowhere that they could not go by themselves.
 */
struct walk {
	char rest[PATH_MAX];
	char *next; /* in it: what is not gone yet */
	char at[PATH_MAX];
	int directory; /* -1 */
	bool root;
	bool shared; /* others make files in the directory, but move none (sticky) */
	unsigned links;
	const char *wrong; /* with the whole path, */
	const char *not_believed; /* or with `at`; NULL while all is well */
};

static void
fail(struct walk *walk, int error)
{
	walk->wrong = strerror(error);
}

/* Is in another directory. Nobody can swap it for one that was not looked at. */
static void
enter(struct walk *walk, int directory)
{
	struct stat status = { 0 };

	if (directory < 0 || fstat(directory, &status) < 0)
		fail(walk, errno);
	if (walk->directory >= 0)
		close(walk->directory);
	walk->directory = directory;
	walk->shared = false;
	if (!walk->wrong && walk->root) {
		walk->shared = status.st_mode & (S_IWGRP | S_IWOTH);
		if (status.st_uid != 0)
			walk->not_believed = "belongs to another user";
		else if (walk->shared && !(status.st_mode & S_ISVTX))
			walk->not_believed = "can be written to by others";
	}
}

static void
enter_top(struct walk *walk)
{
	walk->at[0] = '\0';
	enter(walk, open("/", DIRECTORY_FLAGS));
}

/* Opens a directory, made if need be. What root makes is for all users. */
static int
open_below(const struct walk *walk, const char *name)
{
	mode_t mode = walk->root ? 0755 : 0700;
	int flags = DIRECTORY_FLAGS | (walk->root ? O_NOFOLLOW : 0);
	int directory = openat(walk->directory, name, flags);

	if (directory < 0 && errno == ENOENT &&
	    (mkdirat(walk->directory, name, mode) == 0 || errno == EEXIST))
		directory = openat(walk->directory, name, flags);
	return directory;
}

/* Goes on by what a link says; `at` is its path. */
static void
follow(struct walk *walk, const char *name)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(walk->directory, name, target, sizeof target);
	size_t left = strlen(walk->next);

	if (size < 0) {
		fail(walk, ENOTDIR);
	} else if (walk->shared) {
		walk->not_believed = "is a link where others may have made it";
	} else if (++walk->links > LINKS_MAX) {
		fail(walk, ELOOP);
	} else if ((size_t)size + 1 + left >= sizeof walk->rest) {
		fail(walk, ENAMETOOLONG);
	} else {
		memmove(walk->rest + size + 1, walk->next, left + 1);
		memcpy(walk->rest, target, (size_t)size);
		walk->rest[size] = '/';
		walk->next = walk->rest;
		*strrchr(walk->at, '/') = '\0';
		if (target[0] == '/')
			enter_top(walk);
	}
}

static void
go(struct walk *walk)
{
	const char *name = walk->next;
	size_t size = strcspn(name, "/");
	size_t length = strlen(walk->at);
	int directory;

	walk->next += size;
	if (*walk->next)
		*walk->next++ = '\0';
	if (size == 0)
		return;
	if (length + 1 + size >= sizeof walk->at) {
		fail(walk, ENAMETOOLONG);
		return;
	}
	walk->at[length] = '/';
	memcpy(walk->at + length + 1, name, size + 1);
	directory = open_below(walk, name);
	if (directory < 0 && walk->root && errno == ENOTDIR)
		follow(walk, name);
	else
		enter(walk, directory);
}

/* Would any launcher believe a file in the directory? */
static void
check_last(struct walk *walk)
{
	struct stat status;

	if (fstat(walk->directory, &status) < 0)
		fail(walk, errno);
	else if (status.st_uid != 0 && status.st_uid != geteuid())
		walk->not_believed = "belongs to another user";
	else if (status.st_mode & (S_IWGRP | S_IWOTH))
		walk->not_believed = "can be written to by others";
}

static bool
is_stale(int directory, const char *name)
{
	const size_t prefix = sizeof NEW_PREFIX - 1;
	struct stat status;

	return strncmp(name, NEW_PREFIX, prefix) == 0 &&
	       strspn(name + prefix, "0123456789abcdef") == NEW_DIGITS &&
	       name[prefix + NEW_DIGITS] == '\0' &&
	       fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       status.st_mtime < time(NULL) - STALE_SECONDS;
}

/* It is no matter if that does not work. */
static void
remove_stale(int directory)
{
	int readable = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = readable < 0 ? NULL : fdopendir(readable);
	const struct dirent *entry;

	if (entries) {
		while ((entry = readdir(entries))) {
			if (is_stale(directory, entry->d_name))
				unlinkat(directory, entry->d_name, 0);
		}
		closedir(entries);
	} else if (readable >= 0) {
		close(readable);
	}
}

int
files_open(const char *path, bool *ret_believed, struct problem *problem)
{
	struct walk walk = { .directory = -1, .root = geteuid() == 0 };
	size_t size = strlen(path);
	const char *where = walk.at;

	walk.next = walk.rest;
	if (size < sizeof walk.rest) {
		memcpy(walk.rest, path, size + 1);
		enter_top(&walk);
	} else {
		fail(&walk, ENAMETOOLONG);
	}
	while (!walk.wrong && !walk.not_believed && *walk.next)
		go(&walk);
	if (!walk.wrong && !walk.not_believed)
		check_last(&walk);
	*ret_believed = !walk.not_believed;
	if (!walk.wrong && !walk.not_believed) {
		remove_stale(walk.directory);
		return walk.directory;
	}
	if (walk.at[0] == '\0')
		where = "/";
	else if (strcmp(walk.at, path) == 0)
		where = "it";
	/* (a path that is too long leaves room for that word) */
	if (walk.wrong)
		problem_set(problem, "%.400s: %s", path, walk.wrong);
	else
		problem_set(problem, "%.200s: %.200s %s", path, where, walk.not_believed);
	if (walk.directory >= 0)
		close(walk.directory);
	return -1;
}

/* A new file under a name that nobody looks for. */
static int
create(int directory, char *name, size_t room)
{
	uint64_t random;
	int fd = -1;

	errno = EEXIST;
	for (int tries = 0; fd < 0 && errno == EEXIST && tries < NAME_TRIES; tries++) {
		if (getrandom(&random, sizeof random, 0) != sizeof random)
			return -1;
		snprintf(name, room, NEW_PREFIX "%0*llx", NEW_DIGITS, (unsigned long long)random);
		fd = sys_create(directory, name, 0444);
	}
	return fd;
}

/*
 * A program that reads the file at any time finds a whole one: it gets its name when it is written.
 * After a power cut a part of it may be missing all the same. That is not waited for (fsync(2) may
 * take as long as the answer did): as the last line is the one that a reader looks for, a file that
 * was cut is none to it.
 */
bool
files_keep(int directory, const char *base, void (*write)(void *data, struct lines *lines),
           void *data, struct problem *problem)
{
	struct lines lines = { 0 };
	char name[64];
	int error;

	lines.fd = create(directory, name, sizeof name);
	if (lines.fd < 0)
		return problem_set(problem, "%s: %s", base, strerror(errno));
	write(data, &lines);
	if (!lines_finish(&lines))
		goto fail;
	/* A full disk or quota is found out here on some file systems. */
	error = close(lines.fd) < 0 ? errno : 0;
	lines.fd = -1;
	errno = error;
	if (error != 0 || renameat(directory, name, directory, base) < 0)
		goto fail;
	return true;
fail:
	problem_set(problem, "%s: %s", base, strerror(errno));
	if (lines.fd >= 0)
		close(lines.fd);
	unlinkat(directory, name, 0);
	return false;
}
