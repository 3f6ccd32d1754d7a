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
 * mount is attached, so that no moment shows it with fewer. Store objects go by their names into a
 * directory that is the launch's own, and get theirs together, before any program sees them.
 */

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

/* The directory at a path of the box, which launch->parent keeps: steps that follow one another
 * often have the same. Where a link led on the way it is not found again: it may lead elsewhere
 * then. */
static int
open_directory(struct launch *launch, char *path, mode_t mark, const char **ret_call)
{
	char *name = strrchr(path, '/');
	bool linked;
	int fd;

	*ret_call = "openat2";
	if (!name)
		return launch->root;
	if (strcmp(path, launch->parent_path) == 0)
		return launch->parent;
	for (bool made = false;; made = true) {
		int above;

		fd = sys_open_in_root(launch->root, path, O_DIRECTORY, false);
		linked = fd < 0 && errno == ELOOP;
		if (linked)
			fd = sys_open_in_root(launch->root, path, O_DIRECTORY, true);
		if (fd >= 0)
			break;
		if (errno != ENOENT || made)
			return -1;
		*name = '\0';
		above = open_directory(launch, path, mark, ret_call);
		*name = '/';
		if (above < 0)
			return -1;
		if (mkdirat(above, name + 1, 0755 | mark) < 0 && errno != EEXIST) {
			*ret_call = "mkdir";
			return -1;
		}
	}
	close(launch->parent);
	launch->parent = fd;
	memcpy(launch->parent_path, path, strlen(path) + 1);
	if (linked)
		launch->parent_path[0] = '\0';
	return fd;
}

int
root_parent(struct launch *launch, const char *path, mode_t mark, const char **ret_name,
            const char **ret_call)
{
	char prefix[PATH_MAX];
	const char *name = strrchr(path, '/');

	/* Of all that template_path gives, only the root ends in a slash. */
	if (name[1] == '\0')
		die_root(launch, path);
	*ret_name = name + 1;
	memcpy(prefix, path, (size_t)(name - path));
	prefix[name - path] = '\0';
	return open_directory(launch, prefix, mark, ret_call);
}

/* Where the step's first operand, a path of the box, is to be made. */
static int
open_parent(struct launch *launch, char path[static PATH_MAX], const char **ret_name)
{
	const char *call;
	int parent = root_parent(launch, template_path(launch, 0, path), 0, ret_name, &call);

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
root_refuse_root(const struct launch *launch, const struct sys_file *file, const char *path)
{
	if (sys_is_same(file, &launch->root_file))
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

static int
make_point(int parent, const char *name, bool directory, mode_t mark, const char **ret_call)
{
	return sys_make(parent, name, (directory ? S_IFDIR | 0755 : S_IFREG | 0444) | mark,
	                ret_call);
}

/* Does errno say that the box has something there, or lets nothing be made? */
static bool
is_taken(void)
{
	return root_unreachable() || errno == EROFS || errno == EEXIST;
}

int
root_own_point(struct launch *launch, const char *path, bool directory, mode_t mark)
{
	const char *call = "openat2", *name;
	int point = sys_open_in_root(launch->root, path, directory ? O_DIRECTORY : 0, false);

	if (point < 0 && errno == ENOENT) {
		int parent = root_parent(launch, path, mark, &name, &call);

		if (parent >= 0 && make_point(parent, name, directory, mark, &call) == 0) {
			call = "open";
			point = sys_open(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		}
	}
	if (point < 0 && !is_taken())
		die_errno(launch, call, path);
	return point;
}

void
root_mount_on(struct launch *launch, int mount, int point, const char *path)
{
	must_move_mount(launch, mount, point, "", path);
	/* There may be another directory at that path now. */
	launch->parent_path[0] = '\0';
	close(mount);
}

void
root_attach_at(struct launch *launch, int mount, int point, const char *path)
{
	struct sys_file file;

	must_describe(launch, point, "", &file, path);
	root_refuse_root(launch, &file, path);
	refuse_store(launch, path, launch->step->flags & FLAG_IN_STORE);
	root_mount_on(launch, mount, point, path);
	close(point);
}

/* What is at a path of the box already. A link that an earlier box left must not lead into the
 * closure, nor one in the closure to another place there. */
static int
open_point(const struct launch *launch, const char *path)
{
	char root[PATH_MAX], name[PATH_MAX];
	int point = sys_open_in_root(launch->root, path, 0, true);

	if (point >= 0 && root_name(launch, launch->root, root) && root_name(launch, point, name) &&
	    strcmp(name + strlen(root), path) != 0)
		refuse_store(launch, name + strlen(root), false);
	return point;
}

void
root_attach(struct launch *launch, int mount, const char *path, bool directory)
{
	const char *call, *name;
	int parent = root_parent(launch, path, 0, &name, &call);
	bool made = parent >= 0 && make_point(parent, name, directory, 0, &call) == 0;
	int error = made ? 0 : errno, point;

	refuse_store(launch, path, launch->step->flags & FLAG_IN_STORE);
	if (made && (parent == launch->root || launch->parent_path[0])) {
		must_move_mount(launch, mount, parent, name, path);
		close(mount);
		return;
	}
	point = made || is_taken() ? open_point(launch, path) : -1;
	if (point < 0) {
		if (errno == ENOENT && error)
			errno = error;
		/* What is missing on the way is made: the file system has no directory for it. */
		if (errno == ENOENT)
			die_because(launch, path, "is where nothing can be made, as in /proc");
		die_errno(launch, call, path);
	}
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

/* A file system of the launch's own, for names alone: it is read-only before the program starts,
 * and a tmpfs would cost more for each inode (ramfs has no limits and no swap). Its mode is 0755.
 */
static const char names[] = "ramfs";

static int
new_plain_mount(const struct launch *launch, const char *type, uint64_t attributes,
                const char *path)
{
	static const char *const options[] = { NULL };

	return root_new_mount(launch, type, options, attributes, path);
}

/*
 * Mounting into a tree that is attached nowhere needs Linux 6.15, so the box's root is attached to
 * the host's tree until the pivot: in a ramfs, which is the root's too, of its own. That one lies
 * where no source does: on the root of the host it would be met by each relative link through "..";
 * and unbindable, or a bind of the host's root or /proc would copy the box.
 *
 * Beside the root lies what masks show: inodes of the launch's own, so that nothing on the host
 * decides it (CVE-2025-31133), in a mount that can be bound, and has what each mask needs to have.
 */
void
root_new(struct launch *launch)
{
	const char *place = "/proc/self/task", *own_directory = "/proc/self/cwd", *name = "root";
	int base = new_plain_mount(launch, names, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "/");

	must_move_mount(launch, base, AT_FDCWD, place, place);
	must_make(launch, base, name, S_IFDIR | 0755, "/");
	must_make(launch, base, "store", S_IFDIR | 0755, "/");
	must_make(launch, base, ROOT_MASK_DIRECTORY, S_IFDIR, "/");
	must_make(launch, base, ROOT_MASK_FILE, S_IFREG, "/");
	launch->root = must_open_tree(launch, base, name, 0, "/");
	must_move_mount(launch, launch->root, base, name, "/");
	launch->masks = must_open_tree(launch, base, "", AT_EMPTY_PATH, "/");
	must_add_attributes(launch, launch->masks,
	                    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	                            MOUNT_ATTR_NOEXEC,
	                    false, "/");
	must_move_mount(launch, launch->masks, base, ROOT_MASK_DIRECTORY, "/");
	if (sys_mount("", place, MS_UNBINDABLE) < 0)
		die_errno(launch, "mount", place);
	/* Until there is a directory in its place. */
	launch->parent = base;
	must_describe(launch, launch->root, "", &launch->root_file, "/");
	/* Also one that has been removed, or that the caller may not search (proc(5)). */
	launch->caller_directory = must_open(launch, AT_FDCWD, own_directory,
	                                     O_PATH | O_DIRECTORY | O_CLOEXEC, own_directory);
}

/* Where the objects are bound from: mount(2) follows a link, but not in a mount that is told so. */
static const char objects[] = "/proc/self/task/store/";

/* From here on the store is the working directory: what mount(2) finds by one name is found
 * soonest. */
void
root_store(struct launch *launch)
{
	const char *path = template_string(launch, 0);
	int mount = new_plain_mount(launch, names, 0, path);
	int source = must_open_tree(launch, AT_FDCWD, path, AT_RECURSIVE, path);

	must_add_attributes(launch, source, MOUNT_ATTR_NOSYMFOLLOW, true, path);
	must_move_mount(launch, source, AT_FDCWD, objects, path);
	close(source);
	if (fchdir(mount) < 0)
		die_errno(launch, "fchdir", path);
	root_attach(launch, mount, path, true);
	launch->store_path = path;
}

static void
recreate_symlink(const struct launch *launch, const char *path, const char *name)
{
	char target[PATH_MAX];
	ssize_t length = sys_read_link(AT_FDCWD, path, target, sizeof target - 1);

	if (length < 0)
		die_errno(launch, "readlink", path);
	target[length] = '\0';
	if (symlinkat(target, AT_FDCWD, name) < 0)
		die_errno(launch, "symlink", path);
}

/* What a store object is, as the flag of a step. */
static unsigned
object_kind(const struct launch *launch, const char *path)
{
	struct sys_file file;

	must_describe(launch, AT_FDCWD, path, &file, path);
	if (S_ISDIR(file.mode))
		return FLAG_DIRECTORY;
	return S_ISLNK(file.mode) ? FLAG_SYMLINK : FLAG_FILE;
}

static void
add_file(const struct launch *launch, const char *path, const char *name)
{
	struct sys_file file;
	int mount;

	must_make(launch, AT_FDCWD, name, S_IFREG | 0444, path);
	mount = must_open_tree(launch, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, path);
	if (sys_describe(mount, "", &file) < 0 || !S_ISREG(file.mode))
		die_because(launch, path, "is not a file, as it should be");
	must_move_mount(launch, mount, AT_FDCWD, name, path);
	close(mount);
}

int
root_bind_directory(const char *name)
{
	char source[sizeof objects + PATH_MAX];

	memcpy(source, objects, sizeof objects);
	memcpy(source + sizeof objects - 1, name, strlen(name) + 1);
	return sys_mount(source, name, MS_BIND);
}

void
root_add_object(const struct launch *launch, const char *path, const char *name, unsigned kind)
{
	if (!kind)
		kind = object_kind(launch, path);
	if (kind == FLAG_SYMLINK) {
		recreate_symlink(launch, path, name);
	} else if (kind == FLAG_FILE) {
		add_file(launch, path, name);
	} else {
		/* Two calls are the fewest there are. */
		must_make(launch, AT_FDCWD, name, S_IFDIR | 0555, path);
		if (root_bind_directory(name) < 0)
			die_errno(launch, "mount", path);
	}
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
	if (sys_mount_change(AT_FDCWD, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	                     MOUNT_ATTR_NOSYMFOLLOW, true) < 0)
		die_errno(launch, "mount_setattr", NULL);
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

	parent = open_parent(launch, path, &name);
	must_make(launch, parent, name, S_IFDIR | launch->step->operand[1], path);
}

void
root_file(struct launch *launch)
{
	char path[PATH_MAX];
	const char *name;
	int parent, fd;

	parent = open_parent(launch, path, &name);
	fd = sys_create(parent, name, launch->step->operand[2]);
	if (fd < 0)
		die_errno(launch, "open", path);
	if (template_write(launch, 1, path, fd) < 0)
		die_errno(launch, "write", path);
	close(fd);
}

void
root_symlink(struct launch *launch)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	int parent;
	ssize_t length;

	parent = open_parent(launch, path, &name);
	length = template_text(launch, 1, path, target, sizeof target - 1);
	if (length < 0)
		die_because(launch, path, "the link's target is too long");
	target[length] = '\0';
	if (symlinkat(target, parent, name) < 0)
		die_errno(launch, "symlink", path);
}

void
root_proc(struct launch *launch)
{
	const char *path = template_string(launch, 0);
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	/* The host's root owns procfs without any capability: a chmod in the box would hold for
	 * every procfs of the machine. */
	if (launch->uid == 0)
		attributes |= MOUNT_ATTR_RDONLY;
	root_attach(launch, new_plain_mount(launch, "proc", attributes, path), path, true);
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
	fd = sys_open_in_root(launch->root, path, 0, true);
	if (fd < 0)
		die_errno(launch, "openat2", path);
	must_add_attributes(launch, fd, MOUNT_ATTR_RDONLY, false, path);
	close(fd);
}

void
root_pivot(struct launch *launch)
{
	const char *call;

	must_add_attributes(launch, launch->root, MOUNT_ATTR_RDONLY, false, "/");
	if (sys_pivot(launch->root, &call) < 0)
		die_errno(launch, call, "/");
	/* What else is open is the box's own; init and the exec close it. */
	close(launch->caller_directory);
}
