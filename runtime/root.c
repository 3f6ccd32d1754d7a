/* The box's mount tree, built beside the host's and then taken as the root. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

/*
 * Sources are opened on the host's tree, once each. Destinations are resolved with openat2 below
 * the new root: links met there stay inside it, whoever made them. Attributes are set before a
 * mount is attached, so that no moment shows it with fewer.
 */

static const char *
operand_string(const struct launch *launch, unsigned operand)
{
	return descriptor_string(launch->descriptor, launch->step->operand[operand]);
}

static uint64_t
noexec_unless_executable(const struct launch *launch)
{
	return launch->step->flags & FLAG_EXECUTABLE ? 0 : MOUNT_ATTR_NOEXEC;
}

static int
make_directory(const struct launch *launch, int parent, const char *name, const char *path,
               mode_t mode)
{
	int fd;

	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		die_errno(launch, "mkdir", path);
	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die_errno(launch, "open", path);
	return fd;
}

static int
duplicate(const struct launch *launch, int fd, const char *path)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		die_errno(launch, "fcntl", path);
	return copy;
}

static noreturn void
die_root(const struct launch *launch, const char *path)
{
	die_because(launch, path, "is the root of the box, which cannot be granted");
}

/*
 * The directory that `path` lies in, and its last component. Missing directories are made; each
 * prefix is resolved anew from the root, since a component may be a link.
 */
static int
open_parent(const struct launch *launch, const char *path, const char **ret_name)
{
	char prefix[PATH_MAX];
	const char *name = strrchr(path, '/');
	int parent;

	/* Of all that template_path gives, only the root ends in a slash. */
	if (name[1] == '\0')
		die_root(launch, path);
	*ret_name = name + 1;
	if (name == path)
		return duplicate(launch, launch->root, path);
	memcpy(prefix, path, (size_t)(name - path));
	prefix[name - path] = '\0';
	parent = sys_open_in_root(launch->root, prefix, O_PATH | O_DIRECTORY);
	if (parent >= 0)
		return parent;
	if (errno != ENOENT)
		die_errno(launch, "openat2", prefix);

	parent = duplicate(launch, launch->root, path);
	for (char *start = prefix + 1, *end; *start; start = end) {
		bool last;
		int next;

		end = start + strcspn(start, "/");
		last = *end == '\0';
		*end = '\0';
		next = sys_open_in_root(launch->root, prefix, O_PATH | O_DIRECTORY);
		if (next < 0 && errno == ENOENT)
			next = make_directory(launch, parent, start, prefix, 0755);
		if (next < 0)
			die_errno(launch, "openat2", prefix);
		close(parent);
		parent = next;
		if (!last)
			*end++ = '/';
	}
	return parent;
}

/* A path that a variable made the root would hide the whole box under what is put there. */
static void
refuse_root(const struct launch *launch, int fd, const char *path)
{
	struct stat point, root;

	if (fstat(fd, &point) < 0 || fstat(launch->root, &root) < 0)
		die_errno(launch, "stat", path);
	if (point.st_dev == root.st_dev && point.st_ino == root.st_ino)
		die_root(launch, path);
}

static bool
at_or_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	return strncmp(path, above, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* Nor may a variable, HOME for one, put a mount where the closure is. */
static void
refuse_store(const struct launch *launch, const char *path)
{
	if (launch->store_path &&
	    (at_or_below(path, launch->store_path) || at_or_below(launch->store_path, path)))
		die_because(launch, path, "would hide the closure");
}

/* Opens what is at `path` of the box; -1 if there is nothing and the step is optional. */
static int
open_inside(const struct launch *launch, const char *path)
{
	int fd = sys_open_in_root(launch->root, path, O_PATH);

	if (fd < 0 && !(errno == ENOENT && launch->step->flags & FLAG_OPTIONAL))
		die_errno(launch, "openat2", path);
	if (fd >= 0)
		refuse_root(launch, fd, path);
	return fd;
}

/* Attaches a detached mount at `path` of the box, making its mount point if need be. */
static void
attach(const struct launch *launch, int mount, const char *path, bool directory)
{
	int point = sys_open_in_root(launch->root, path, O_PATH);

	if (point < 0 && errno == ENOENT) {
		const char *name;
		int parent = open_parent(launch, path, &name);

		if (directory ? mkdirat(parent, name, 0755) < 0
		              : mknodat(parent, name, S_IFREG | 0444, 0) < 0)
			die_errno(launch, directory ? "mkdir" : "mknod", path);
		point = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (point < 0)
			die_errno(launch, "open", path);
		close(parent);
	} else if (point < 0) {
		die_errno(launch, "openat2", path);
	}
	refuse_root(launch, point, path);
	refuse_store(launch, path);
	if (sys_move_mount(mount, point, "") < 0)
		die_errno(launch, "move_mount", path);
	close(point);
	close(mount);
}

static int
new_mount(const struct launch *launch, const char *type, const char *const options[],
          uint64_t attributes, const char *path)
{
	int mount = sys_new_mount(type, options, attributes);

	if (mount < 0)
		die_errno(launch, "fsmount", path);
	return mount;
}

void
root_new(struct launch *launch)
{
	static const char *const options[] = { "mode", "0755", NULL };

	launch->root =
		new_mount(launch, "tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "/");
	/* On top of the host's root it can be built in and pivoted to on every kernel; mounting
	 * into a tree that is attached nowhere needs Linux 6.15. */
	if (sys_move_mount(launch->root, AT_FDCWD, "/") < 0)
		die_errno(launch, "move_mount", "/");
}

void
root_store(struct launch *launch)
{
	static const char *const options[] = { "mode", "0755", NULL };
	const char *path = operand_string(launch, 0);
	int mount = new_mount(launch, "tmpfs", options, 0, path);

	launch->host_store = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (launch->host_store < 0)
		die_errno(launch, "open", path);
	launch->store = duplicate(launch, mount, path);
	attach(launch, mount, path, true);
	launch->store_path = path;
}

static void
recreate_symlink(const struct launch *launch, const char *path, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(launch->host_store, name, target, sizeof target - 1);

	if (length < 0)
		die_errno(launch, "readlink", path);
	target[length] = '\0';
	if (symlinkat(target, launch->store, name) < 0)
		die_errno(launch, "symlink", path);
}

/* What a store object is, as the flag of a step. */
static unsigned
object_kind(const struct launch *launch, const char *path, const char *name)
{
	struct stat status;

	if (fstatat(launch->host_store, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		die_errno(launch, "stat", path);
	if (S_ISDIR(status.st_mode))
		return FLAG_DIRECTORY;
	if (S_ISLNK(status.st_mode))
		return FLAG_SYMLINK;
	if (!S_ISREG(status.st_mode))
		die_because(launch, path, "is neither a directory nor a file nor a symbolic link");
	return FLAG_FILE;
}

void
root_object(const struct launch *launch)
{
	const char *path = operand_string(launch, 0);
	const char *name = path + strlen(launch->store_path) + 1;
	unsigned kind = launch->step->flags;
	struct stat status;
	int mount;

	if (!kind)
		kind = object_kind(launch, path, name);
	if (kind == FLAG_SYMLINK) {
		recreate_symlink(launch, path, name);
		return;
	}
	if (kind == FLAG_DIRECTORY ? mkdirat(launch->store, name, 0555) < 0
	                           : mknodat(launch->store, name, S_IFREG | 0444, 0) < 0)
		die_errno(launch, kind == FLAG_DIRECTORY ? "mkdir" : "mknod", path);
	mount = sys_open_tree(launch->host_store, name, AT_SYMLINK_NOFOLLOW);
	if (mount < 0)
		die_errno(launch, "open_tree", path);
	/* Of a directory the kernel sees to it: only directories go on directories. */
	if (kind == FLAG_FILE && (fstat(mount, &status) < 0 || !S_ISREG(status.st_mode)))
		die_because(launch, path, "is not the file that it was when the box was compiled");
	if (sys_move_mount(mount, launch->store, name) < 0)
		die_errno(launch, "move_mount", path);
	close(mount);
}

void
root_seal_store(struct launch *launch)
{
	if (sys_mount_add_attributes(launch->store,
	                             MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	                             true) < 0)
		die_errno(launch, "mount_setattr", NULL);
	close(launch->store);
	close(launch->host_store);
	launch->store = launch->host_store = -1;
}

void
root_tmpfs(const struct launch *launch)
{
	/* A mode in octal and a size in KiB (tmpfs(5)); the digits go before what ends them. */
	char mode[NUMBER_DIGITS + 1] = "", size[NUMBER_DIGITS + 2] = "";
	const uint32_t *operand = launch->step->operand;
	const char *options[] = { "mode", NULL, NULL, NULL, NULL };
	char path[PATH_MAX];

	size[NUMBER_DIGITS] = 'k';
	template_path(launch, operand[0], path);
	options[1] = template_number(mode + NUMBER_DIGITS, operand[1], 8);
	if (operand[2]) {
		options[2] = "size";
		options[3] = template_number(size + NUMBER_DIGITS, operand[2], 10);
	}
	attach(launch,
	       new_mount(launch, "tmpfs", options,
	                 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | noexec_unless_executable(launch),
	                 path),
	       path, true);
}

void
root_directory(const struct launch *launch)
{
	char path[PATH_MAX];
	const char *name;
	int parent;

	template_path(launch, launch->step->operand[0], path);
	parent = open_parent(launch, path, &name);
	if (mkdirat(parent, name, launch->step->operand[1]) < 0)
		die_errno(launch, "mkdir", path);
	close(parent);
}

void
root_file(const struct launch *launch)
{
	char path[PATH_MAX];
	const char *name;
	int parent, fd;

	template_path(launch, launch->step->operand[0], path);
	parent = open_parent(launch, path, &name);
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	            (mode_t)launch->step->operand[2]);
	if (fd < 0)
		die_errno(launch, "open", path);
	if (template_write(launch, launch->step->operand[1], fd) < 0)
		die_errno(launch, "write", path);
	close(fd);
	close(parent);
}

void
root_symlink(const struct launch *launch)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	int parent;
	ssize_t length;

	template_path(launch, launch->step->operand[0], path);
	length = template_text(launch, launch->step->operand[1], target, sizeof target - 1);
	if (length < 0)
		die_because(launch, path,
		            "the link's target is too long or needs a variable that is not set");
	target[length] = '\0';
	parent = open_parent(launch, path, &name);
	if (symlinkat(target, parent, name) < 0)
		die_errno(launch, "symlink", path);
	close(parent);
}

void
root_bind(const struct launch *launch)
{
	char source[PATH_MAX], path[PATH_MAX];
	unsigned flags = launch->step->flags;
	uint64_t attributes = MOUNT_ATTR_NOSUID | noexec_unless_executable(launch);
	struct stat status;
	int mount;

	if (!template_path(launch, launch->step->operand[0], source) ||
	    !template_path(launch, launch->step->operand[1], path))
		return;
	if (!(flags & FLAG_WRITABLE))
		attributes |= MOUNT_ATTR_RDONLY;
	if (!(flags & FLAG_DEVICES))
		attributes |= MOUNT_ATTR_NODEV;
	mount = sys_open_tree(AT_FDCWD, source, AT_RECURSIVE);
	if (mount < 0) {
		if (errno == ENOENT && flags & FLAG_OPTIONAL)
			return;
		die_errno(launch, "open_tree", source);
	}
	if (fstat(mount, &status) < 0)
		die_errno(launch, "stat", source);
	/* Recursive, or a mount below would stay writable. It only adds: what the host has locked
	 * (mount_namespaces(7)) stays as it is. */
	if (sys_mount_add_attributes(mount, attributes, true) < 0)
		die_errno(launch, "mount_setattr", source);
	attach(launch, mount, path, S_ISDIR(status.st_mode));
}

void
root_proc(const struct launch *launch)
{
	static const char *const options[] = { NULL };
	const char *path = operand_string(launch, 0);
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	/* The host's root owns procfs without any capability: a chmod in the box would hold for
	 * every procfs of the machine. */
	if (launch->uid == 0)
		attributes |= MOUNT_ATTR_RDONLY;
	attach(launch, new_mount(launch, "proc", options, attributes, path), path, true);
}

void
root_devpts(const struct launch *launch)
{
	/* ptmxmode: /dev/ptmx leads to the new instance's own ptmx, which has mode 0 by default. */
	static const char *const options[] = { "ptmxmode", "0666", "mode", "0620", NULL };
	const char *path = operand_string(launch, 0);

	attach(launch,
	       new_mount(launch, "devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, path),
	       path, true);
}

void
root_protect(const struct launch *launch)
{
	char path[PATH_MAX];
	int fd, mount;

	if (!template_path(launch, launch->step->operand[0], path))
		return;
	fd = open_inside(launch, path);
	if (fd < 0)
		return;
	mount = sys_open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (mount < 0)
		die_errno(launch, "open_tree", path);
	if (sys_mount_add_attributes(mount, MOUNT_ATTR_RDONLY, true) < 0)
		die_errno(launch, "mount_setattr", path);
	if (sys_move_mount(mount, fd, "") < 0)
		die_errno(launch, "move_mount", path);
	close(mount);
	close(fd);
}

/*
 * What masks show: an inode of the box's own, so that nothing on the host decides it
 * (CVE-2025-31133). Its name must last as long as mounts of it are made, so until the pivot.
 */
static const char mask_file[] = "closurebox-mask-file";
static const char mask_directory[] = "closurebox-mask-directory";

static int
empty_inode(const struct launch *launch, bool directory)
{
	const char *name = directory ? mask_directory : mask_file;
	int fd;

	if (directory ? mkdirat(launch->root, name, 0) < 0
	              : mknodat(launch->root, name, S_IFREG, 0) < 0)
		die_errno(launch, directory ? "mkdir" : "mknod", name);
	fd = openat(launch->root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die_errno(launch, "open", name);
	return fd;
}

static void
forget_masks(struct launch *launch)
{
	if (launch->empty_file >= 0) {
		if (unlinkat(launch->root, mask_file, 0) < 0)
			die_errno(launch, "unlink", mask_file);
		close(launch->empty_file);
	}
	if (launch->empty_directory >= 0) {
		if (unlinkat(launch->root, mask_directory, AT_REMOVEDIR) < 0)
			die_errno(launch, "rmdir", mask_directory);
		close(launch->empty_directory);
	}
	launch->empty_file = launch->empty_directory = -1;
}

void
root_mask(struct launch *launch)
{
	char path[PATH_MAX];
	struct stat status;
	int fd, mount, *empty;

	if (!template_path(launch, launch->step->operand[0], path))
		return;
	fd = open_inside(launch, path);
	if (fd < 0)
		return;
	if (fstat(fd, &status) < 0)
		die_errno(launch, "stat", path);
	empty = S_ISDIR(status.st_mode) ? &launch->empty_directory : &launch->empty_file;
	if (*empty < 0)
		*empty = empty_inode(launch, S_ISDIR(status.st_mode));
	mount = sys_open_tree(*empty, "", AT_EMPTY_PATH);
	if (mount < 0)
		die_errno(launch, "open_tree", path);
	if (sys_mount_add_attributes(mount,
	                             MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	                                     MOUNT_ATTR_NOEXEC,
	                             false) < 0)
		die_errno(launch, "mount_setattr", path);
	if (sys_move_mount(mount, fd, "") < 0)
		die_errno(launch, "move_mount", path);
	close(mount);
	close(fd);
}

void
root_seal(const struct launch *launch)
{
	char path[PATH_MAX];
	int fd;

	template_path(launch, launch->step->operand[0], path);
	fd = open_inside(launch, path);
	if (sys_mount_add_attributes(fd, MOUNT_ATTR_RDONLY, false) < 0)
		die_errno(launch, "mount_setattr", path);
	close(fd);
}

void
root_pivot(struct launch *launch)
{
	forget_masks(launch);
	if (sys_mount_add_attributes(launch->root, MOUNT_ATTR_RDONLY, false) < 0)
		die_errno(launch, "mount_setattr", "/");
	if (fchdir(launch->root) < 0)
		die_errno(launch, "fchdir", "/");
	if (sys_pivot_here() < 0)
		die_errno(launch, "pivot_root", "/");
	if (chdir("/") < 0)
		die_errno(launch, "chdir", "/");
	close(launch->root);
	launch->root = -1;
}

void
root_whole_store(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
root_overlay(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
root_working_directory(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
root_argument_files(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}
