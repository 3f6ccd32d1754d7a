/* What was found at launch as the box sees it: store objects, and links on the way to them. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

/* Most objects are directories, and many are in several closures: so it is tried before anything is
 * looked at. */
static void
add_object(const struct launch *launch, const char *path)
{
	const char *name = path + text_length(launch->found_store) + 1;
	int mount;

	if (sys_make_directory(launch->store, name, 0555) < 0) {
		if (errno == EEXIST)
			return;
		die_errno(launch, "mkdir", path);
	}
	mount = sys_open_tree(launch->host_store, name, AT_SYMLINK_NOFOLLOW);
	if (sys_move_mount(mount, launch->store, name) < 0) {
		sys_remove(launch->store, name, AT_REMOVEDIR);
		root_add_object(launch, path, name, 0);
	}
	sys_shut(mount);
}

/* Is the link of the box, which leads elsewhere, one that an earlier launch has left? It is not if
 * the box has here what the host has. */
static bool
is_stale(const struct launch *launch, int fd, const struct found_link *link)
{
	char target[PATH_MAX];
	ssize_t length = sys_read_link(fd, "", target, sizeof target);

	return length >= 0 && link->target[0] &&
	       ((size_t)length != text_length(link->target) ||
	        !text_begins(target, link->target, (size_t)length)) &&
	       !root_is_file(launch, fd, AT_FDCWD, link->path, link->path);
}

/* Where nothing can be made, as on what the host has read-only, the box does without. */
static void
add_link(const struct launch *launch, const struct found_link *link)
{
	const char *call = "openat2", *name;
	int parent = -1;
	int fd = sys_open_in_root(launch->root, link->path, O_PATH | O_NOFOLLOW, true);
	bool done = fd >= 0 && !is_stale(launch, fd, link);

	if (!done)
		parent = root_parent(launch, link->path, 0, &name, &call);
	if (parent >= 0) {
		call = "symlink";
		if (fd >= 0)
			sys_remove(parent, name, 0);
		done = (link->target[0] ? sys_make_link(link->target, parent, name)
		                        : sys_make_directory(parent, name, 0755)) == 0;
	}
	if (!done && !root_unreachable() && errno != EROFS && errno != EEXIST)
		die_errno(launch, call, link->path);
	sys_shut(parent);
	sys_shut(fd);
}

/* Those in the store, or those elsewhere, as far as they are in no object that the box has: nothing
 * may be made in what is the host's. */
static void
add_links(const struct launch *launch, bool in_store)
{
	for (const struct found_link *link = launch->found_links; link; link = link->next) {
		if (template_covers(launch->found_store, link->path) == in_store &&
		    !lookup_has(launch, link->path))
			add_link(launch, link);
	}
}

void
root_found_objects(const struct launch *launch)
{
	lookup_each_object(launch, add_object);
	add_links(launch, true);
}

void
root_found_links(const struct launch *launch)
{
	add_links(launch, false);
}
