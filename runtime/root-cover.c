/* What the box has but must not see or change: masks and protected paths. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

#define LINKS_MAX 40 /* as the kernel follows (path_resolution(7)) */

/* Is what there is of a path of the box the host's, by the same path? */
static bool
is_hosts(const struct launch *launch, const char *path)
{
	char above[PATH_MAX];
	struct sys_file file, other;
	bool is;
	int fd;

	memcpy(above, path, strlen(path) + 1);
	do {
		*strrchr(above, '/') = '\0';
		fd = sys_open_in_root(launch->root, *above ? above : "/", 0, true);
	} while (fd < 0 && *above);
	is = sys_describe(fd, "", &file) == 0 && sys_describe(AT_FDCWD, above, &other) == 0 &&
	     sys_is_same(&file, &other);
	close(fd);
	return is;
}

/* Makes what is missing at a path of the box, as the step says. Where that cannot be done the
 * program cannot do it either. */
static bool
make_missing(struct launch *launch, const char *path)
{
	const char *name, *call;
	int fd = -1, parent;

	if (launch->step->flags & FLAG_CLOSURE && !is_hosts(launch, path))
		return false;
	parent = root_parent(launch, path, 0, &name, &call);
	if (parent >= 0 && launch->step->flags & FLAG_DIRECTORY) {
		fd = root_make_directory(parent, name, 0700, &call);
	} else if (parent >= 0) {
		call = "open";
		fd = sys_create(parent, name, 0600);
		if (fd >= 0 && launch->step->kind == STEP_PROTECT &&
		    template_write(launch, 1, path, fd) < 0)
			die_errno(launch, "write", path);
	}
	if (fd < 0 && errno != EROFS && errno != EACCES)
		die_errno(launch, call, path);
	close(fd);
	return fd >= 0;
}

/* Mounts what `fd` is, with all that is mounted in it, on itself. */
static void
mount_itself(struct launch *launch, int fd, const char *path, uint64_t attributes)
{
	int mount = must_open_tree(launch, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, path);

	must_add_attributes(launch, mount, attributes, true, path);
	root_mount_on(launch, mount, fd, path);
}

/*
 * A cover keeps to the file, not to the name: a directory above it could be renamed, and another
 * made in its place, or a link on the way to it be replaced. But nobody can rename or remove what
 * is a mount point (rename(2), EBUSY). Only on the box's root, which becomes read-only, there is no
 * need.
 */
static void
pin(struct launch *launch, int fd, const struct sys_file *file, const char *path)
{
	if (!file->mount_root && file->device != launch->root_file.device)
		mount_itself(launch, fd, path, 0);
}

/* Follows the link at the end of `path`, which goes on behind its NUL with `rest`. */
static void
follow(const struct launch *launch, int link, char path[static PATH_MAX], const char *rest)
{
	char target[PATH_MAX];
	ssize_t length = sys_read_link(link, "", target, sizeof target - 1);

	if (length < 0)
		die_errno(launch, "readlink", path);
	if ((size_t)length + 1 + strlen(rest) >= sizeof target) {
		errno = ENAMETOOLONG;
		die_errno(launch, "readlink", path);
	}
	target[length] = '/';
	memcpy(target + length + 1, rest, strlen(rest) + 1);
	*strrchr(path, '/') = '\0';
	if (!root_join(path, path, target)) {
		errno = ENAMETOOLONG;
		die_errno(launch, "readlink", path);
	}
}

/* Opens what is at the step's path of the box, sees to it that the path goes on leading there, and
 * tells what it is. -1 if there is nothing, and the step is optional or nothing can be made. */
static int
open_pinned(struct launch *launch, char path[static PATH_MAX], struct sys_file *ret_file)
{
	bool make = launch->step->flags & (FLAG_DIRECTORY | FLAG_FILE);
	char real[PATH_MAX], *end;
	unsigned links = 0;
	int fd;

	if (!template_path(launch, 0, path))
		return -1;
	/* Links are rare: the first component, which is on the box's root, is looked at only if
	 * there is one. */
	end = real + 1 + verify_component(path + 1);
	memcpy(real, path, strlen(path) + 1);
	if (*end == '\0')
		end = real;
	for (;;) {
		bool last;

		end += 1 + verify_component(end + 1);
		last = *end == '\0';
		*end = '\0';
		fd = sys_open_in_root(launch->root, real, O_NOFOLLOW, false);
		if (fd < 0 && errno == ELOOP && links++ < LINKS_MAX) {
			if (!last)
				*end = '/';
			end = real;
			continue;
		}
		if (fd < 0 && errno == ENOENT && make) {
			if (!last)
				*end = '/';
			if (!make_missing(launch, real))
				return -1;
			make = false;
			end = real;
			continue;
		}
		if (fd < 0 && errno == ENOENT && launch->step->flags & FLAG_OPTIONAL)
			return -1;
		if (fd < 0)
			die_errno(launch, "openat2", path);
		must_describe(launch, fd, "", ret_file, path);
		if (last && !S_ISLNK(ret_file->mode)) {
			root_refuse_root(launch, ret_file, path);
			return fd;
		}
		pin(launch, fd, ret_file, path);
		if (S_ISLNK(ret_file->mode)) {
			if (links++ == LINKS_MAX) {
				errno = ELOOP;
				die_errno(launch, "openat2", path);
			}
			follow(launch, fd, real, last ? "" : end + 1);
			end = real;
		} else {
			*end = '/';
		}
		close(fd);
	}
}

void
root_protect(struct launch *launch)
{
	char path[PATH_MAX];
	struct sys_file file;
	int fd = open_pinned(launch, path, &file);

	if (fd < 0)
		return;
	mount_itself(launch, fd, path, MOUNT_ATTR_RDONLY);
	close(fd);
}

void
root_mask(struct launch *launch)
{
	char path[PATH_MAX];
	struct sys_file file;
	int fd = open_pinned(launch, path, &file);
	int mount;

	if (fd < 0)
		return;
	mount = must_open_tree(launch, launch->masks,
	                       S_ISDIR(file.mode) ? ROOT_MASK_DIRECTORY : ROOT_MASK_FILE, 0, path);
	root_mount_on(launch, mount, fd, path);
	close(fd);
}
