/* What the box gets of the host: binds, overlays, and the directory it was started in. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys.h"

/* Directories of a lower tree that are deeper stay as they are. */
#define MIRROR_DEPTH 64

static noreturn void
die_link(const struct launch *launch, const char *path)
{
	die_because(launch, path,
	            "is a symbolic link, which is not followed: an earlier box may have made it");
}

/* What is at the name in the directory, which is at the path, could not be opened. */
static noreturn void
die_open(const struct launch *launch, const char *call, int directory, const char *name,
         const char *path)
{
	int error = errno;
	struct sys_file file;

	if (sys_describe(directory, name, &file) == 0 && S_ISLNK(file.mode))
		die_link(launch, path);
	errno = error;
	die_errno(launch, call, path);
}

/*
 * Opens a path of the host; what is missing is made as only its owner can use it, if `make` is
 * FLAG_DIRECTORY or FLAG_FILE. Components up to `below` are the caller's word, and links in them
 * are followed. Whatever comes after may have been changed by an earlier box, or be changed by
 * another just now (CVE-2024-42472): each component is opened in the one before, and none may be a
 * link. What has been opened is what counts. -1 if it is missing, not to be made, and optional.
 */
static int
walk(const struct launch *launch, char *path, const char *below, unsigned make)
{
	char *start = path + 1;
	struct sys_file file;
	int fd = must_open(launch, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, "/");
	while (*start) {
		char *end = start + verify_component(start);
		bool last = *end == '\0';
		int flags =
			O_PATH | O_CLOEXEC | (make == FLAG_DIRECTORY || !last ? O_DIRECTORY : 0);
		int next;

		*end = '\0';
		next = sys_open(fd, start, flags | (end > below ? O_NOFOLLOW : 0));
		if (next < 0 && errno == ENOENT) {
			if (!make && launch->step->flags & FLAG_OPTIONAL) {
				close(fd);
				return -1;
			}
			if (!make)
				die_errno(launch, "open", path);
			next = flags & O_DIRECTORY ? mkdirat(fd, start, 0700)
			                           : sys_create(fd, start, 0600);
			if (next < 0 && errno != EEXIST)
				die_errno(launch, flags & O_DIRECTORY ? "mkdir" : "open", path);
			if (next > 0)
				close(next);
			next = sys_open(fd, start, flags | O_NOFOLLOW);
		}
		if (next < 0)
			die_open(launch, "open", fd, start, path);
		close(fd);
		fd = next;
		start = end;
		if (!last)
			*start++ = '/';
	}
	must_describe(launch, fd, "", &file, path);
	if (S_ISLNK(file.mode))
		die_link(launch, path);
	if (make == FLAG_FILE && !S_ISREG(file.mode))
		die_because(launch, path, "is not a file, as \"create\" has it");
	return fd;
}

int
root_source(const struct launch *launch, char *path, const char *below, int flags)
{
	int fd;

	if (launch->step->flags & FLAG_NO_LINKS)
		return walk(launch, path, below, 0);
	fd = sys_open(AT_FDCWD, path, O_PATH | O_CLOEXEC | flags);
	if (fd < 0 && (errno != ENOENT || !(launch->step->flags & FLAG_OPTIONAL)))
		die_errno(launch, "open", path);
	return fd;
}

/* Attaches a detached copy of the host's tree as the step's flags say. */
static void
grant(struct launch *launch, int mount, const char *source, const char *path, uint64_t attributes)
{
	struct sys_file file;

	must_describe(launch, mount, "", &file, source);
	/* By /proc the box being built has a path, and would have a way round its own seals. */
	if (file.device == launch->root_file.device)
		die_because(launch, source, "is the box itself");
	if (S_ISDIR(file.mode))
		root_refuse_host(launch, mount, source);
	/* Recursive, or a mount below would stay writable. It only adds: what the host has locked
	 * (mount_namespaces(7)) stays as it is. */
	must_add_attributes(launch, mount, attributes, true, source);
	root_attach(launch, mount, path, S_ISDIR(file.mode));
}

void
root_bind(struct launch *launch)
{
	char source[PATH_MAX], path[PATH_MAX];
	unsigned make = launch->step->flags & (FLAG_DIRECTORY | FLAG_FILE);
	uint64_t attributes = root_attributes(launch);
	enum place place = ELSEWHERE;
	char *below;
	int fd, mount;

	if (!template_path_below(launch, 0, source, &below) || !template_path(launch, 1, path))
		return;
	if (!make && !(launch->step->flags & (FLAG_NO_LINKS | FLAG_CLOSURE))) {
		mount = sys_open_tree(AT_FDCWD, source, AT_RECURSIVE);
		if (mount < 0 && errno == ENOENT && launch->step->flags & FLAG_OPTIONAL)
			return;
		if (mount < 0)
			die_errno(launch, "open_tree", source);
		grant(launch, mount, source, path, attributes);
		return;
	}
	fd = make ? walk(launch, source, below, make) : root_source(launch, source, below, 0);
	if (fd < 0)
		return;
	if (launch->step->flags & FLAG_CLOSURE)
		place = lookup_place(launch, fd, source);
	/* By its own path in the store it can be executed, too. */
	if (place == IN_STORE)
		attributes &= ~(uint64_t)MOUNT_ATTR_NOEXEC;
	if (place != NOWHERE) {
		mount = must_open_tree(launch, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, source);
		grant(launch, mount, source, path, attributes);
	}
	close(fd);
}

/* What leads to an open file by a path, whatever has become of its name (proc(5)). */
static const char link_prefix[] = "/proc/self/fd/";
#define LINK_SIZE (sizeof link_prefix + NUMBER_DIGITS)

static const char *
descriptor_link(int fd, char buffer[static LINK_SIZE])
{
	char *start = buffer + LINK_SIZE - 1;

	*start = '\0';
	start = template_number(start, (unsigned)fd, 10) - (sizeof link_prefix - 1);
	return memcpy(start, link_prefix, sizeof link_prefix - 1);
}

const char *
root_name(const struct launch *launch, int fd, char buffer[static PATH_MAX])
{
	char link[LINK_SIZE];
	ssize_t length = sys_read_link(AT_FDCWD, descriptor_link(fd, link), buffer, PATH_MAX - 1);

	if (length < 0 && errno != ENAMETOOLONG)
		die_errno(launch, "readlink", link_prefix);
	if (length <= 0 || buffer[0] != '/')
		return NULL;
	buffer[length] = '\0';
	return buffer;
}

/*
 * A lower directory of an overlay and the upper one for it. What is only below has its owner and
 * mode, and to change it the kernel would copy it with them: where the owner is not the caller, who
 * can give nothing away, nothing could be made in a directory. With all directories above already,
 * and the caller's, what is in them can be replaced and removed, and new files made.
 */
struct mirror {
	const struct launch *launch;
	int lower;
	int upper;
	unsigned depth; /* of directories that are still looked at */
};

static void
mirror(struct mirror *m, const char *path);

static void
mirror_entry(void *data, const char *name, unsigned type)
{
	const struct mirror *outer = data;
	struct mirror inner = { .launch = outer->launch, .depth = outer->depth - 1, .upper = -1 };
	const char *call = "open";
	struct sys_file file;

	(void)type;
	inner.lower = sys_open(outer->lower, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (inner.lower < 0 && root_unreachable())
		return;
	if (inner.lower < 0)
		die_errno(inner.launch, call, name);
	must_describe(inner.launch, inner.lower, "", &file, name);
	/* An overlay shows nothing that is mounted in its layers. */
	if (!file.mount_root) {
		inner.upper = root_make_directory(outer->upper, name, 0755, &call);
		if (inner.upper >= 0)
			mirror(&inner, name);
		else if (errno != ENOTDIR) /* The program has something else there, or nothing. */
			die_errno(inner.launch, call, name);
	}
	close(inner.upper);
	close(inner.lower);
}

static void
mirror(struct mirror *m, const char *path)
{
	char link[LINK_SIZE];
	char value;

	/* What the program has made in the place of a directory hides what that had
	 * (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories"). */
	if (getxattr(descriptor_link(m->upper, link), "user.overlay.opaque", &value, 1) > 0)
		return;
	if (errno != ENODATA && errno != EOPNOTSUPP)
		die_errno(m->launch, "getxattr", path);
	if (m->depth > 0 && sys_each_entry(m->lower, mirror_entry, m) < 0)
		die_errno(m->launch, "getdents64", path);
}

/* Mirrors the directories of a tree that is not the caller's. */
static void
mirror_tree(const struct launch *launch, const int layers[static 2], const char *path)
{
	struct mirror top = { .launch = launch, .upper = layers[1], .depth = MIRROR_DEPTH };
	int own;

	top.lower = sys_open(layers[0], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top.lower < 0 && root_unreachable())
		return;
	if (top.lower < 0)
		die_errno(launch, "open", path);
	own = sys_is_own(top.lower);
	if (own < 0)
		die_errno(launch, "fcntl", path);
	if (!own)
		mirror(&top, path);
	close(top.lower);
}

/* Two overlays with the same changes would destroy them (overlayfs.rst, "undefined behavior"). Init
 * holds the lock (flock(2)) as long as the box lasts. */
static void
lock(struct launch *launch, int changes, const char *path)
{
	int fd = must_open(launch, changes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			die_because(launch, path, "is in use by another box");
		die_errno(launch, "flock", path);
	}
	launch->kept[launch->kept_count++] = fd;
}

void
root_overlay(struct launch *launch)
{
	char path[PATH_MAX], source[PATH_MAX], changes_path[PATH_MAX];
	char links[3][LINK_SIZE];
	/* userxattr: what an overlay notes under names of "trusted" is not for a user namespace. */
	const char *options[] = { "lowerdir", NULL,        "upperdir", NULL, "workdir",
		                  NULL,       "userxattr", NULL,       NULL };
	uint64_t attributes = root_attributes(launch) & ~(uint64_t)MOUNT_ATTR_RDONLY;
	const char *call = "open";
	char *below, *changes_below;
	int layers[3], changes;

	if (!template_path(launch, 0, path) || !template_path_below(launch, 1, source, &below) ||
	    !template_path_below(launch, 2, changes_path, &changes_below))
		return;
	layers[0] = root_source(launch, source, below, O_DIRECTORY);
	if (layers[0] < 0)
		return;
	root_refuse_host(launch, layers[0], source);
	changes = walk(launch, changes_path, changes_below, FLAG_DIRECTORY);
	root_refuse_host(launch, changes, changes_path);
	lock(launch, changes, changes_path);
	for (int i = 1; i < 3; i++) {
		const char *name = i == 1 ? "upper" : "work";

		layers[i] = root_make_directory(changes, name, 0700, &call);
		if (layers[i] < 0) {
			root_join(changes_path, changes_path, name);
			die_open(launch, call, changes, name, changes_path);
		}
	}
	mirror_tree(launch, layers, source);
	for (int i = 0; i < 3; i++) {
		struct statfs status;

		if (fstatfs(layers[i], &status) < 0)
			die_errno(launch, "statfs", path);
		/* The host may forbid execution there (ST_NOEXEC of statvfs(3)); an overlay would
		 * not know. */
		if (status.f_flags & 8)
			attributes |= MOUNT_ATTR_NOEXEC;
		options[2 * i + 1] = descriptor_link(layers[i], links[i]);
	}
	root_attach(launch, root_new_mount(launch, "overlay", options, attributes, path), path,
	            true);
	for (int i = 0; i < 3; i++)
		close(layers[i]);
	close(changes);
}

bool
root_join(char buffer[static PATH_MAX], const char *directory, const char *added)
{
	size_t length = added[0] == '/' ? 0 : strlen(directory);

	if (length >= PATH_MAX)
		return false;
	memmove(buffer, directory, length);
	while (length > 0 && buffer[length - 1] == '/')
		length--;
	while (*added) {
		size_t component = verify_component(added);

		if (component == 2 && added[0] == '.' && added[1] == '.') {
			while (length > 0 && buffer[--length] != '/')
				;
		} else if (component > 1 || (component == 1 && added[0] != '.')) {
			if (length + 1 + component >= PATH_MAX)
				return false;
			buffer[length++] = '/';
			memcpy(buffer + length, added, component);
			length += component;
		}
		added += component + (added[component] == '/');
	}
	if (length == 0)
		buffer[length++] = '/';
	buffer[length] = '\0';
	return true;
}

bool
root_unreachable(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP ||
	       errno == ENAMETOOLONG;
}

/* The name of what a path of the host leads to; NULL if it leads nowhere. */
static const char *
resolve(const struct launch *launch, const char *path, char buffer[static PATH_MAX])
{
	int fd = sys_open(AT_FDCWD, path, O_PATH | O_CLOEXEC);
	const char *name;

	if (fd < 0 && root_unreachable())
		return NULL;
	if (fd < 0)
		die_errno(launch, "open", path);
	name = root_name(launch, fd, buffer);
	close(fd);
	return name;
}

bool
root_writable(const struct launch *launch, const char *path)
{
	const struct step *steps = descriptor_steps(launch->descriptor);
	struct launch other = *launch;

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		unsigned kind = steps[i].kind;
		char buffer[PATH_MAX], real[PATH_MAX];
		const char *source = NULL;

		other.step = &steps[i];
		if (kind == STEP_OVERLAY || (kind == STEP_BIND && steps[i].flags & FLAG_WRITABLE))
			source = template_path(&other, kind == STEP_OVERLAY ? 2 : 0, buffer);
		else if (kind == STEP_WORKING_DIRECTORY && steps[i].flags & FLAG_WRITABLE)
			source = launch->directory;
		if (source && *source)
			source = resolve(&other, source, real);
		if (source && template_covers(source, path))
			return true;
	}
	return false;
}

/* Is the path at or above the one that a variable of the caller names? By whatever name. */
static bool
covers_variable(const struct launch *launch, const char *path, const char *variable, bool below)
{
	const char *value = template_variable(launch, variable);
	char buffer[PATH_MAX];

	if (!value || value[0] != '/')
		return false;
	for (unsigned i = 0; value && i < 2; i++) {
		if (template_covers(path, value) || (below && template_covers(value, path)))
			return true;
		value = resolve(launch, value, buffer);
	}
	return false;
}

static const char *
refusal_of(const struct launch *launch, const char *path, bool directory)
{
	/* One after the other, so that they need no pointers. */
	static const char kernel[] = "/proc\0/sys\0/dev";
	static const char sockets[] = "/run/user\0/run/dbus\0/run/systemd\0"
				      "/tmp/.X11-unix\0/nix/var/nix/daemon-socket";

	if (path[1] == '\0')
		return "is the root";
	if (launch->store_path && template_covers(launch->store_path, path))
		return "is in the store";
	for (const char *at = kernel; at < kernel + sizeof kernel - 1; at += strlen(at) + 1) {
		if (template_covers(at, path))
			return "is the kernel's";
	}
	for (const char *at = sockets; directory && at < sockets + sizeof sockets - 1;
	     at += strlen(at) + 1) {
		if (template_covers(path, at) || template_covers(at, path))
			return "has other programs' sockets";
	}
	if (directory && (covers_variable(launch, path, "XDG_RUNTIME_DIR", true) ||
	                  covers_variable(launch, path, "SSH_AUTH_SOCK", false)))
		return "has other programs' sockets";
	if (directory && !(launch->step->flags & FLAG_ANYWHERE) &&
	    covers_variable(launch, path, "HOME", false))
		return "is the home directory or above it";
	return NULL;
}

/* Is what has the name `name` covered by what has the name `real`, but not so at `path` by what is
 * at `cover`? Or would it have the covered thing in it, likewise? */
static bool
evades(const char *name, const char *real, const char *path, const char *cover)
{
	return (template_covers(real, name) && !template_covers(cover, path)) ||
	       (template_covers(name, real) && !template_covers(path, cover));
}

/* Masks, and protections where they matter, come later, and are for paths: a link, which an earlier
 * box may have left, must not bring the same to another path. */
static bool
evades_covers(const struct launch *launch, const char *path, const char *name)
{
	const struct descriptor *d = launch->descriptor;
	const struct step *end = descriptor_steps(d) + d->steps.count;
	struct launch later = *launch;

	while (++later.step < end) {
		char buffer[PATH_MAX], real_buffer[PATH_MAX];
		const char *cover, *real;

		if (later.step->kind != STEP_MASK &&
		    (later.step->kind != STEP_PROTECT || !(launch->step->flags & FLAG_WRITABLE)))
			continue;
		cover = template_path(&later, 0, buffer);
		if (!cover)
			continue;
		real = resolve(&later, cover, real_buffer);
		if (evades(name, cover, path, cover) || (real && evades(name, real, path, cover)))
			return true;
	}
	return false;
}

const char *
root_refusal(const struct launch *launch, const char *path, const char *name, bool directory)
{
	const char *refusal = refusal_of(launch, path, directory);

	if (!refusal)
		refusal = refusal_of(launch, name, directory);
	if (!refusal && evades_covers(launch, path, name))
		refusal = "has what the policy covers elsewhere";
	return refusal;
}

/* Would what is put at `path` hide what earlier steps have put there or below? */
static bool
hides_grants(const struct launch *launch, const char *path)
{
	struct launch earlier = *launch;
	char buffer[PATH_MAX];

	while ((--earlier.step)->kind != STEP_ROOT) {
		const struct step *step = earlier.step;
		const char *destination;

		if (step->kind < STEP_TMPFS || step->kind > STEP_OVERLAY)
			continue;
		destination = template_path(&earlier, step->kind == STEP_BIND, buffer);
		if (destination && template_covers(path, destination))
			return true;
	}
	return false;
}

/* Has the box what the process is in, at the same path? */
static bool
shows_directory(const struct launch *launch)
{
	int fd = sys_open_in_root(launch->root, launch->directory, 0, true);
	bool shows;

	if (fd < 0) {
		if (root_unreachable())
			return false;
		die_errno(launch, "openat2", launch->directory);
	}
	shows = root_is_file(launch, fd, launch->caller_directory, "", launch->directory);
	close(fd);
	return shows;
}

/* Can the box have the directory that the process is in at its path? What cannot be is found here,
 * as `grant` would end the launch. */
static bool
has_place(struct launch *launch, const char *path)
{
	int point;

	if ((launch->store_path && template_covers(path, launch->store_path)) ||
	    root_is_host(launch, launch->caller_directory, path))
		return false;
	point = root_own_point(launch, path, true, 0);
	if (point < 0)
		return false;
	close(point);
	return true;
}

void
root_working_directory(struct launch *launch)
{
	const char *path = launch->directory;
	const char *refusal = "the directory it was started in has no name";
	int mount;

	if (path[0] != '/') {
		path = NULL;
	} else {
		/* The store's objects are there or not, whoever is in them. */
		if (launch->store_path && template_covers(launch->store_path, path))
			return;
		refusal = root_refusal(launch, path, path, true);
	}
	if (!refusal && !(launch->step->flags & FLAG_ANYWHERE)) {
		if (shows_directory(launch))
			return;
		if (hides_grants(launch, path))
			refusal = "is where the policy has something else";
	}
	if (launch->step->flags & FLAG_OPTIONAL && (refusal || !has_place(launch, path)))
		return;
	if (refusal)
		die_because(launch, path, refusal);
	/* The process is in it, by whatever name. */
	mount = must_open_tree(launch, launch->caller_directory, "", AT_EMPTY_PATH | AT_RECURSIVE,
	                       path);
	grant(launch, mount, path, path, root_attributes(launch));
}
