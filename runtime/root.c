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

static int
duplicate(const struct launch *launch, int fd, const char *path)
{
	int copy = sys_duplicate(fd);

	if (copy < 0)
		die_errno(launch, "fcntl", path);
	return copy;
}

static noreturn void
die_root(const struct launch *launch, const char *path)
{
	die_because(launch, path, "is the root of the box, which cannot be granted");
}

int
root_make_directory(int parent, const char *name, mode_t mode, const char **ret_call)
{
	*ret_call = "mkdir";
	if (mkdirat(parent, name, mode) < 0 && errno != EEXIST)
		return -1;
	*ret_call = "open";
	return sys_open(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Each prefix is resolved anew from the root, since a component may be a link. */
int
root_parent(const struct launch *launch, const char *path, mode_t mark, const char **ret_name,
            const char **ret_call)
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
	*ret_call = "openat2";
	parent = sys_open_in_root(launch->root, prefix, O_PATH | O_DIRECTORY, true);
	if (parent >= 0 || errno != ENOENT)
		return parent;

	parent = duplicate(launch, launch->root, path);
	for (char *start = prefix + 1, *end; *start; start = end) {
		bool last;
		int next;

		end = start + verify_component(start);
		last = *end == '\0';
		*end = '\0';
		*ret_call = "openat2";
		next = sys_open_in_root(launch->root, prefix, O_PATH | O_DIRECTORY, true);
		if (next < 0 && errno == ENOENT)
			next = root_make_directory(parent, start, 0755 | mark, ret_call);
		close(parent);
		if (next < 0)
			return -1;
		parent = next;
		if (!last)
			*end++ = '/';
	}
	return parent;
}

static int
open_parent(const struct launch *launch, const char *path, const char **ret_name)
{
	const char *call;
	int parent = root_parent(launch, path, 0, ret_name, &call);

	if (parent < 0)
		die_errno(launch, call, path);
	return parent;
}

bool
root_is_file(const struct launch *launch, int fd, int directory, const char *name, const char *path)
{
	struct sys_file file, other;

	if (sys_describe(fd, "", &file) < 0 || sys_describe(directory, name, &other) < 0)
		die_errno(launch, "statx", path);
	return sys_is_same(&file, &other);
}

void
root_refuse_root(const struct launch *launch, int fd, const char *path)
{
	if (root_is_file(launch, fd, launch->root, "", path))
		die_root(launch, path);
}

bool
root_is_host(const struct launch *launch, int fd, const char *path)
{
	return !(launch->step->flags & FLAG_ANYWHERE) &&
	       root_is_file(launch, fd, AT_FDCWD, "/", path);
}

void
root_refuse_host(const struct launch *launch, int fd, const char *path)
{
	if (root_is_host(launch, fd, path))
		die_because(
			launch, path,
			"is the root of the host, which needs \"accept-risk\": [\"host-root\"]");
}

/* Nor may a variable, HOME for one, put a mount where the closure is. */
static void
refuse_store(const struct launch *launch, const char *path, bool in_store)
{
	if (launch->store_path && ((!in_store && template_covers(launch->store_path, path)) ||
	                           template_covers(path, launch->store_path)))
		die_because(launch, path, "would hide the closure");
}

int
root_point(const struct launch *launch, const char *path, bool directory, mode_t mark,
           const char **ret_call)
{
	int point = sys_open_in_root(launch->root, path, O_PATH, true);
	const char *name;
	int parent;

	*ret_call = "openat2";
	if (point >= 0 || errno != ENOENT)
		return point;
	parent = root_parent(launch, path, mark, &name, ret_call);
	if (parent < 0)
		return -1;
	*ret_call = directory ? "mkdir" : "mknod";
	if (directory ? mkdirat(parent, name, 0755 | mark) == 0
	              : mknodat(parent, name, S_IFREG | 0444 | mark, 0) == 0) {
		*ret_call = "open";
		point = sys_open(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	close(parent);
	return point;
}

int
root_own_point(const struct launch *launch, const char *path, bool directory, mode_t mark)
{
	const char *call = "openat2";
	int point = sys_open_in_root(launch->root, path, directory ? O_PATH | O_DIRECTORY : O_PATH,
	                             false);

	if (point < 0 && errno == ENOENT)
		point = root_point(launch, path, directory, mark, &call);
	if (point < 0 && !root_unreachable() && errno != EROFS && errno != EEXIST)
		die_errno(launch, call, path);
	return point;
}

void
root_attach_at(const struct launch *launch, int mount, int point, const char *path)
{
	root_refuse_root(launch, point, path);
	refuse_store(launch, path, launch->step->flags & FLAG_IN_STORE);
	must_move_mount(launch, mount, point, "", path);
	close(point);
	close(mount);
}

void
root_attach(const struct launch *launch, int mount, const char *path, bool directory)
{
	char root[PATH_MAX], name[PATH_MAX];
	const char *call = "openat2";
	int point = sys_open_in_root(launch->root, path, O_PATH, false);
	bool linked = point < 0 && errno == ELOOP;

	if (linked || (point < 0 && errno == ENOENT))
		point = root_point(launch, path, directory, 0, &call);
	/* What is missing on the way is made, so the file system has no directory for it. */
	if (point < 0 && errno == ENOENT)
		die_because(launch, path, "is where nothing can be made, as in /proc");
	if (point < 0)
		die_errno(launch, call, path);
	/* A link that an earlier box left must not lead into the closure either, nor one in the
	 * closure to another place there. */
	if (linked && root_name(launch, launch->root, root) && root_name(launch, point, name))
		refuse_store(launch, name + strlen(root), false);
	root_attach_at(launch, mount, point, path);
}

uint64_t
root_attributes(const struct launch *launch)
{
	unsigned flags = launch->step->flags;

	return MOUNT_ATTR_NOSUID | (flags & FLAG_EXECUTABLE ? 0 : MOUNT_ATTR_NOEXEC) |
	       (flags & FLAG_DEVICES ? 0 : MOUNT_ATTR_NODEV) |
	       (flags & FLAG_WRITABLE ? 0 : MOUNT_ATTR_RDONLY);
}

int
root_new_mount(const struct launch *launch, const char *type, const char *const options[],
               uint64_t attributes, const char *path)
{
	const char *call;
	int mount = sys_new_mount(type, options, attributes, &call);

	if (mount < 0)
		die_errno(launch, call, path);
	return mount;
}

/* A file system of the launch's own, for names alone: it is read-only before the program starts, and
 * a tmpfs would cost more for each inode (ramfs has no limits and no swap). Its mode is 0755. */
static int
new_names(const struct launch *launch, uint64_t attributes, const char *path)
{
	static const char *const options[] = { NULL };

	return root_new_mount(launch, "ramfs", options, attributes, path);
}

/*
 * Mounting into a tree that is attached nowhere needs Linux 6.15, so the box's root is attached to
 * the host's tree until the pivot: in a ramfs, which is the root's too, of its own. That one lies
 * where no source does: on the root of the host it would be met by each relative link through "..";
 * and unbindable, or a bind of the host's root or /proc would copy the box.
 */
void
root_new(struct launch *launch)
{
	static const char place[] = "/proc/self/task";
	static const char name[] = "root";
	int base = new_names(launch, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "/");

	must_move_mount(launch, base, AT_FDCWD, place, place);
	if (mkdirat(base, name, 0755) < 0)
		die_errno(launch, "mkdir", "/");
	launch->root = must_open_tree(launch, base, name, 0, "/");
	must_move_mount(launch, launch->root, base, name, "/");
	if (sys_mount_unbindable(base) < 0)
		die_errno(launch, "mount_setattr", "/");
	close(base);
}

void
root_store(struct launch *launch)
{
	const char *path = template_string(launch, 0);
	int mount = new_names(launch, 0, path);

	launch->host_store =
		must_open(launch, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, path);
	launch->store = duplicate(launch, mount, path);
	root_attach(launch, mount, path, true);
	launch->store_path = path;
}

static void
recreate_symlink(const struct launch *launch, const char *path, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = sys_read_link(launch->host_store, name, target, sizeof target - 1);

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
	struct sys_file file;

	must_describe(launch, launch->host_store, name, &file, path);
	if (S_ISDIR(file.mode))
		return FLAG_DIRECTORY;
	if (S_ISLNK(file.mode))
		return FLAG_SYMLINK;
	if (!S_ISREG(file.mode))
		die_because(launch, path, "is neither a directory nor a file nor a symbolic link");
	return FLAG_FILE;
}

void
root_add_object(const struct launch *launch, const char *path, const char *name, unsigned kind)
{
	struct sys_file file;
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
	mount = must_open_tree(launch, launch->host_store, name, AT_SYMLINK_NOFOLLOW, path);
	/* Of a directory the kernel sees to it: only directories go on directories. */
	if (kind == FLAG_FILE && (sys_describe(mount, "", &file) < 0 || !S_ISREG(file.mode)))
		die_because(launch, path, "is not the file that it was when the box was compiled");
	must_move_mount(launch, mount, launch->store, name, path);
	close(mount);
}

void
root_object(struct launch *launch)
{
	const char *path = template_string(launch, 0);

	root_add_object(launch, path, path + strlen(launch->store_path) + 1, launch->step->flags);
}

void
root_seal_store(struct launch *launch)
{
	must_add_attributes(launch, launch->store,
	                    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, true, NULL);
	close(launch->store);
	close(launch->host_store);
	launch->store = launch->host_store = -1;
}

void
root_whole_store(struct launch *launch)
{
	const char *path = template_string(launch, 0);
	int mount = must_open_tree(launch, AT_FDCWD, path, AT_RECURSIVE, path);

	must_add_attributes(launch, mount, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	                    true, path);
	root_attach(launch, mount, path, true);
	launch->store_path = path;
}

void
root_tmpfs(struct launch *launch)
{
	/* A mode in octal and a size in KiB (tmpfs(5)); the digits go before what ends them. */
	char mode[NUMBER_DIGITS + 1] = "", size[NUMBER_DIGITS + 2] = "";
	const uint32_t *operand = launch->step->operand;
	const char *options[] = { "mode", NULL, NULL, NULL, NULL };
	char path[PATH_MAX];

	size[NUMBER_DIGITS] = 'k';
	template_path(launch, 0, path);
	options[1] = template_number(mode + NUMBER_DIGITS, operand[1], 8);
	if (operand[2]) {
		options[2] = "size";
		options[3] = template_number(size + NUMBER_DIGITS, operand[2], 10);
	}
	root_attach(launch,
	            root_new_mount(launch, "tmpfs", options,
	                           root_attributes(launch) & ~(uint64_t)MOUNT_ATTR_RDONLY, path),
	            path, true);
}

void
root_directory(struct launch *launch)
{
	char path[PATH_MAX];
	const char *name;
	int parent;

	template_path(launch, 0, path);
	parent = open_parent(launch, path, &name);
	if (mkdirat(parent, name, launch->step->operand[1]) < 0)
		die_errno(launch, "mkdir", path);
	close(parent);
}

void
root_file(struct launch *launch)
{
	char path[PATH_MAX];
	const char *name;
	int parent, fd;

	template_path(launch, 0, path);
	parent = open_parent(launch, path, &name);
	fd = sys_create(parent, name, launch->step->operand[2]);
	if (fd < 0)
		die_errno(launch, "open", path);
	if (template_write(launch, 1, path, fd) < 0)
		die_errno(launch, "write", path);
	close(fd);
	close(parent);
}

void
root_symlink(struct launch *launch)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	int parent;
	ssize_t length;

	template_path(launch, 0, path);
	length = template_text(launch, 1, path, target, sizeof target - 1);
	if (length < 0)
		die_because(launch, path, "the link's target is too long");
	target[length] = '\0';
	parent = open_parent(launch, path, &name);
	if (symlinkat(target, parent, name) < 0)
		die_errno(launch, "symlink", path);
	close(parent);
}

void
root_proc(struct launch *launch)
{
	static const char *const options[] = { NULL };
	const char *path = template_string(launch, 0);
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	/* The host's root owns procfs without any capability: a chmod in the box would hold for
	 * every procfs of the machine. */
	if (launch->uid == 0)
		attributes |= MOUNT_ATTR_RDONLY;
	root_attach(launch, root_new_mount(launch, "proc", options, attributes, path), path, true);
}

void
root_devpts(struct launch *launch)
{
	/* ptmxmode: /dev/ptmx leads to the new instance's own ptmx, which has mode 0 by default. */
	static const char *const options[] = { "ptmxmode", "0666", "mode", "0620", NULL };
	const char *path = template_string(launch, 0);

	root_attach(launch,
	            root_new_mount(launch, "devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	                           path),
	            path, true);
}

void
root_seal(struct launch *launch)
{
	char path[PATH_MAX];
	int fd;

	template_path(launch, 0, path);
	fd = sys_open_in_root(launch->root, path, O_PATH, true);
	if (fd < 0)
		die_errno(launch, "openat2", path);
	root_refuse_root(launch, fd, path);
	must_add_attributes(launch, fd, MOUNT_ATTR_RDONLY, false, path);
	close(fd);
}

void
root_pivot(struct launch *launch)
{
	const char *call;

	root_uncover(launch);
	must_add_attributes(launch, launch->root, MOUNT_ATTR_RDONLY, false, "/");
	if (sys_pivot(launch->root, &call) < 0)
		die_errno(launch, call, "/");
	if (chdir("/") < 0)
		die_errno(launch, "chdir", "/");
	close(launch->root);
	launch->root = -1;
}
