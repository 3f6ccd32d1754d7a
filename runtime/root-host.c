/* What the box gets of the host: binds, overlays, and the directory it was started in. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "sys.h"

/*
 * Opens a path of the host; what is missing is made as only its owner can use it. Components up to
 * `below` are the caller's word, and links in them are followed. Whatever comes after may have been
 * changed by an earlier box, or be changed by another just now (CVE-2024-42472): each component is
 * opened in the one before, and none may be a link. What has been opened is what counts.
 */
static int
open_or_make(const struct launch *launch, char *path, const char *below, bool directory)
{
	char *start = path + 1;
	struct sys_file file;
	int fd = sys_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die_errno(launch, "open", "/");
	while (*start) {
		char *end = start + verify_component(start);
		bool last = *end == '\0';
		int flags = O_PATH | O_CLOEXEC | (directory || !last ? O_DIRECTORY : 0);
		int next;

		*end = '\0';
		next = sys_open(fd, start, flags | (end > below ? O_NOFOLLOW : 0));
		if (next < 0 && errno == ENOENT) {
			next = flags & O_DIRECTORY ? mkdirat(fd, start, 0700)
			                           : sys_create(fd, start, 0600);
			if (next < 0 && errno != EEXIST)
				die_errno(launch, flags & O_DIRECTORY ? "mkdir" : "open", path);
			if (next > 0)
				close(next);
			next = sys_open(fd, start, flags | O_NOFOLLOW);
		}
		if (next < 0)
			die_errno(launch, "open", path);
		close(fd);
		fd = next;
		start = end;
		if (!last)
			*start++ = '/';
	}
	if (sys_describe(fd, "", &file) < 0)
		die_errno(launch, "statx", path);
	if (!directory && !S_ISREG(file.mode))
		die_because(launch, path,
		            "is not a file, as \"create\" has it, but a link or other");
	return fd;
}

/* Attaches a detached copy of the host's tree as the step's flags say. */
static void
grant(const struct launch *launch, int mount, const char *source, const char *path)
{
	struct sys_file file;

	if (sys_describe(mount, "", &file) < 0)
		die_errno(launch, "statx", source);
	/* Recursive, or a mount below would stay writable. It only adds: what the host has locked
	 * (mount_namespaces(7)) stays as it is. */
	if (sys_mount_add_attributes(mount, root_attributes(launch), true) < 0)
		die_errno(launch, "mount_setattr", source);
	root_attach(launch, mount, path, S_ISDIR(file.mode));
}

void
root_bind(const struct launch *launch)
{
	char source[PATH_MAX], path[PATH_MAX];
	unsigned flags = launch->step->flags;
	char *below;
	int mount;

	if (!template_path_below(launch, launch->step->operand[0], source, &below) ||
	    !template_path(launch, launch->step->operand[1], path))
		return;
	if (flags & (FLAG_DIRECTORY | FLAG_FILE)) {
		int fd = open_or_make(launch, source, below, flags & FLAG_DIRECTORY);

		mount = sys_open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
		close(fd);
	} else {
		mount = sys_open_tree(AT_FDCWD, source, AT_RECURSIVE);
		if (mount < 0 && errno == ENOENT && flags & FLAG_OPTIONAL)
			return;
	}
	if (mount < 0)
		die_errno(launch, "open_tree", source);
	grant(launch, mount, source, path);
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
	ssize_t length = readlink(descriptor_link(fd, link), buffer, PATH_MAX - 1);

	if (length < 0 && errno != ENAMETOOLONG)
		die_errno(launch, "readlink", link_prefix);
	if (length <= 0 || buffer[0] != '/')
		return NULL;
	buffer[length] = '\0';
	return buffer;
}

void
root_overlay(const struct launch *launch)
{
	char path[PATH_MAX], source[PATH_MAX], changes_path[PATH_MAX];
	char links[3][LINK_SIZE];
	/* userxattr: what an overlay notes under names of "trusted" is not for a user namespace. */
	const char *options[] = { "lowerdir", NULL,        "upperdir", NULL, "workdir",
		                  NULL,       "userxattr", NULL,       NULL };
	uint64_t attributes = root_attributes(launch) & ~(uint64_t)MOUNT_ATTR_RDONLY;
	const char *call = "open";
	char *below;
	int layers[3], changes;

	if (!template_path(launch, launch->step->operand[0], path) ||
	    !template_path(launch, launch->step->operand[1], source) ||
	    !template_path_below(launch, launch->step->operand[2], changes_path, &below))
		return;
	layers[0] = sys_open(AT_FDCWD, source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layers[0] < 0) {
		if (errno == ENOENT && launch->step->flags & FLAG_OPTIONAL)
			return;
		die_errno(launch, call, source);
	}
	changes = open_or_make(launch, changes_path, below, true);
	layers[1] = root_make_directory(changes, "upper", 0700, &call);
	if (layers[1] >= 0)
		layers[2] = root_make_directory(changes, "work", 0700, &call);
	if (layers[1] < 0 || layers[2] < 0)
		die_errno(launch, call, changes_path);
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

/* Is the path at or above the one that a variable of the caller names? By whatever name. */
static bool
covers_variable(const struct launch *launch, const char *path, const char *variable)
{
	const char *value = template_variable(launch, variable);
	char buffer[PATH_MAX];
	const char *name;
	int fd;

	if (!value || value[0] != '/')
		return false;
	if (template_covers(path, value))
		return true;
	fd = sys_open(AT_FDCWD, value, O_PATH | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == ELOOP)
			return false;
		die_errno(launch, "open", value);
	}
	name = root_name(launch, fd, buffer);
	close(fd);
	return name && template_covers(path, name);
}

const char *
root_refusal(const struct launch *launch, const char *path, bool directory)
{
	static const char *const kernel[] = { "/proc", "/sys", "/dev" };
	static const char *const sockets[] = { "/run/user", "/run/dbus", "/run/systemd",
		                               "/tmp/.X11-unix", "/nix/var/nix/daemon-socket" };

	if (path[1] == '\0')
		return "is the root";
	if (launch->store_path && template_covers(launch->store_path, path))
		return "is in the store";
	for (size_t i = 0; i < sizeof kernel / sizeof kernel[0]; i++) {
		if (template_covers(kernel[i], path))
			return "is the kernel's";
	}
	for (size_t i = 0; directory && i < sizeof sockets / sizeof sockets[0]; i++) {
		if (template_covers(path, sockets[i]))
			return "has other programs' sockets below it";
	}
	if (directory && covers_variable(launch, path, "XDG_RUNTIME_DIR"))
		return "has other programs' sockets below it";
	if (directory && !(launch->step->flags & FLAG_ANYWHERE) &&
	    covers_variable(launch, path, "HOME"))
		return "is the home directory or above it";
	return NULL;
}

void
root_working_directory(const struct launch *launch)
{
	const char *path = launch->directory;
	const char *refusal;
	int mount;

	if (path[0] != '/')
		die_because(launch, NULL, "the directory it was started in has no name");
	/* The store's objects are there or not, whoever is in them. */
	if (launch->store_path && template_covers(launch->store_path, path))
		return;
	refusal = root_refusal(launch, path, true);
	if (refusal)
		die_because(launch, path, refusal);
	/* The process is in it, by whatever name. */
	mount = sys_open_tree(AT_FDCWD, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (mount < 0)
		die_errno(launch, "open_tree", path);
	grant(launch, mount, path, path);
}
