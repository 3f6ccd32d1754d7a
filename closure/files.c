/* Keeps closures as files, one path a line, so that the next launch has to ask nobody. */
#include "closure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../runtime/sys.h"

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Several programs may be about to write the same file; enough for as many names to be taken. */
#define NAME_TRIES 16

/* Root, in a user's session (sudo), makes nothing in a directory of the user's, who could not write
 * there afterwards. */
static bool
may_make_in(int directory)
{
	struct stat status;

	if (geteuid() != 0)
		return true;
	if (fstat(directory, &status) < 0)
		return false;
	errno = EPERM;
	return status.st_uid == 0;
}

/* Why no launcher would believe a file in the directory, or NULL. */
static const char *
why_not_believed(int directory)
{
	struct stat status;

	if (fstat(directory, &status) < 0)
		return strerror(errno);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return "it belongs to another user";
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to it";
	return NULL;
}

/* Opens a directory, made if need be; closes the one above. What root makes is for all users. */
static int
enter(int above, const char *name)
{
	mode_t mode = geteuid() == 0 ? 0755 : 0700;
	int directory = openat(above, name, DIRECTORY_FLAGS);
	int error;

	if (directory < 0 && errno == ENOENT && may_make_in(above) &&
	    (mkdirat(above, name, mode) == 0 || errno == EEXIST))
		directory = openat(above, name, DIRECTORY_FLAGS);
	error = errno;
	close(above);
	errno = error;
	return directory;
}

int
files_open(const char *path, struct problem *problem)
{
	char name[256];
	int directory = open("/", DIRECTORY_FLAGS);
	const char *wrong;

	for (const char *at = path; directory >= 0 && *at;) {
		size_t size;

		at += strspn(at, "/");
		size = strcspn(at, "/");
		if (size >= sizeof name) {
			close(directory);
			directory = -1;
			errno = ENAMETOOLONG;
		} else if (size > 0) {
			memcpy(name, at, size);
			name[size] = '\0';
			directory = enter(directory, name);
		}
		at += size;
	}
	wrong = directory < 0 ? strerror(errno) : why_not_believed(directory);
	if (!wrong)
		return directory;
	problem_set(problem, "%s: %s", path, wrong);
	if (directory >= 0)
		close(directory);
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
		snprintf(name, room, ".new-%016llx", (unsigned long long)random);
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
