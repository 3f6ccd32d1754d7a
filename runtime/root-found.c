/* What was found at launch as the box sees it: store objects, and links on the way to them. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

/* Most objects are directories, and many are in the closure that the descriptor has: so it is tried
 * before anything is looked at. */
static void
add_object(const struct launch *launch, const char *path)
{
	const char *name = path + strlen(launch->found_store) + 1;

	if (mkdirat(AT_FDCWD, name, 0555) < 0) {
		if (errno == EEXIST)
			return;
		die_errno(launch, "mkdir", path);
	}
	if (root_bind_directory(name) < 0) {
		unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
		root_add_object(launch, path, name, 0);
	}
}

/*
 * Links that are made have this time of their own, which nobody else's have. In a home that is kept
 * they are still there at the next launch, and may lead on to what was there then.
 */
#define MADE_AT 99 /* seconds after 1970; 0 and 1 are those of stores and archives */

static bool
is_made(const struct launch *launch, int fd, const struct found_link *link)
{
	struct sys_file file;

	must_describe(launch, fd, "", &file, link->path);
	return S_ISLNK(file.mode) && file.changed == MADE_AT;
}

/* What the box has there stays, but for a link that an earlier launch has made. The path has no
 * links on the host; one in the box may have been left to lead to what is covered afterwards. */
static void
add_link(struct launch *launch, const struct found_link *link)
{
	const char *call = "openat2", *name;
	int parent = -1;
	int fd = sys_open_in_root(launch->root, link->path, O_NOFOLLOW, false);
	bool done = fd >= 0 && (!link->target[0] || !is_made(launch, fd, link));

	if (!done && (fd >= 0 || errno == ENOENT))
		parent = root_parent(launch, link->path, 0, &name, &call);
	if (parent >= 0) {
		call = "symlink";
		if (fd >= 0)
			unlinkat(parent, name, 0);
		done = (link->target[0] ? symlinkat(link->target, parent, name)
		                        : mkdirat(parent, name, 0755)) == 0;
		if (done && link->target[0])
			sys_set_time(parent, name, MADE_AT);
	}
	if (!done && link->required)
		die_errno(launch, call, link->path);
	close(fd);
}

/* Is it in a store object that the box has? Nothing may be made in that. */
static bool
is_in_object(const struct launch *launch, const char *path)
{
	const char *name = path + strlen(launch->found_store) + 1;
	char object[NAME_MAX + 1];
	size_t length = verify_component(name);
	struct sys_file file;

	if (length >= sizeof object)
		return true;
	memcpy(object, name, length);
	object[length] = '\0';
	return sys_describe(AT_FDCWD, object, &file) == 0 && file.mount_root;
}

static void
add_links(struct launch *launch, bool in_store)
{
	for (const struct found_link *link = launch->found_links; link; link = link->next) {
		if (template_covers(launch->found_store, link->path) == in_store &&
		    !(in_store && is_in_object(launch, link->path)))
			add_link(launch, link);
	}
}

void
root_found_objects(struct launch *launch)
{
	lookup_each_object(launch, add_object);
	add_links(launch, true);
}

void
root_found_links(struct launch *launch)
{
	add_links(launch, false);
}
