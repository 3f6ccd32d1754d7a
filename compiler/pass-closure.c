/* What the roots reach, and whether each object is a directory, a file or a symlink. */
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Asks the store, if it is there; what is not is found out at launch. */
static void
find_kind(struct compilation *c, int store, struct object *object)
{
	const char *base = object->path + strlen(c->graph.store_dir) + 1;
	struct stat status;

	if (fstatat(store, base, &status, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			diag_error(&c->diag, object->place, "cannot look at '%s': %s", object->path,
			           strerror(errno));
		return;
	}
	if (S_ISDIR(status.st_mode))
		object->kind = FLAG_DIRECTORY;
	else if (S_ISREG(status.st_mode))
		object->kind = FLAG_FILE;
	else if (S_ISLNK(status.st_mode))
		object->kind = FLAG_SYMLINK;
	else
		diag_error(&c->diag, object->place,
		           "'%s' is neither a directory nor a file nor a symbolic link",
		           object->path);
}

void
pass_closure(struct compilation *c)
{
	int store;

	if (!graph_closure(c))
		return;
	store = open(c->graph.store_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (store < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			diag_error(&c->diag, PLACE_NONE, "cannot look into the store '%s': %s",
			           c->graph.store_dir, strerror(errno));
		return;
	}
	for (size_t i = 0; i < c->closure_count; i++)
		find_kind(c, store, &c->graph.objects[c->closure[i]]);
	close(store);
}
