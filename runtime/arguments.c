/* The files and directories that the launcher's arguments name. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

/*
 * The arguments stay as they are, so each file is granted at the path that the argument gives, with
 * ".." taken by its text. It is opened once, as the program would open it here; what that led to is
 * judged and granted.
 */

/*
 * Marks the mount points that are made here, and the directories above them: in a home that is kept
 * they are still there at the next launch, and are nothing that the policy or the program made. No
 * one else makes an empty file, or a directory without a name for all, sticky.
 */
#define MARK S_ISVTX

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The path of a URI with the scheme "file" (RFC 8089), the text behind "file://"; false if it is
 * none, or one of another host. */
static bool
decode(const char *text, char path[static PATH_MAX])
{
	size_t length = 0;

	if (strncmp(text, "localhost/", 10) == 0)
		text += 9;
	if (*text != '/')
		return false;
	/* What may follow does not belong to the path (RFC 3986, 3.4 and 3.5). */
	while (*text && *text != '?' && *text != '#') {
		char c = *text++;

		if (c == '%') {
			int high = hex_digit(text[0]);
			int low = high < 0 ? -1 : hex_digit(text[1]);

			if (low < 0 || high + low == 0)
				return false;
			c = (char)(high << 4 | low);
			text += 2;
		}
		if (length == PATH_MAX - 1)
			return false;
		path[length++] = c;
	}
	path[length] = '\0';
	return true;
}

/* A mount point at a path of the box; -1 where the box has something, or nothing can be. */
static int
make_point(struct launch *launch, const char *path, bool directory)
{
	struct sys_file file;
	/* A link in the box may have been left to lead here, to what has been marked by others. */
	int point = root_own_point(launch, path, directory, MARK);

	if (point < 0)
		return -1;
	must_describe(launch, point, "", &file, path);
	if (directory ? file.mode == (S_IFDIR | 0755 | MARK)
	              : file.mode == (S_IFREG | 0444 | MARK) && file.size == 0)
		return point;
	close(point);
	return -1;
}

static void
grant(struct launch *launch, int fd, const char *path, bool directory)
{
	int mount, point = make_point(launch, path, directory);

	if (point < 0)
		return;
	mount = must_open_tree(launch, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, path);
	must_add_attributes(launch, mount, root_attributes(launch), true, path);
	root_attach_at(launch, mount, point, path);
}

/* Does the text name a file or directory? Then the box gets it, if it may. */
static bool
try(struct launch *launch, const char *text)
{
	char decoded[PATH_MAX], path[PATH_MAX], buffer[PATH_MAX];
	bool relative, directory;
	struct sys_file file;
	const char *name;
	int fd;

	if (strncmp(text, "file://", 7) == 0) {
		if (!decode(text + 7, decoded))
			return false;
		text = decoded;
	}
	relative = text[0] != '/';
	if ((relative && launch->directory[0] != '/') || !root_join(path, launch->directory, text))
		return false;
	fd = sys_open(launch->caller_directory, text, O_PATH | O_CLOEXEC);
	if (fd < 0) {
		if (root_unreachable())
			return false;
		die_errno(launch, "open", path);
	}
	must_describe(launch, fd, "", &file, path);
	directory = S_ISDIR(file.mode);
	name = directory || S_ISREG(file.mode) ? root_name(launch, fd, buffer) : NULL;
	if (name && !root_refusal(launch, path, name, directory)) {
		grant(launch, fd, path, directory);
		/* The program has to be where the path begins. */
		if (relative)
			close(make_point(launch, launch->directory, true));
	}
	close(fd);
	return true;
}

void
root_argument_files(struct launch *launch)
{
	for (char **argument = launch->argv + 1; *argument; argument++) {
		const char *value = *argument;

		if (try(launch, value))
			continue;
		while (*value && *value++ != '=')
			;
		try(launch, value);
	}
}
