/* What the roots reach, and whether each object is a directory, a file or a symlink. */
#include "compiler.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Marks what is reachable with a list of objects still to visit, so depth costs no stack. */
static bool *
reach(struct compilation *c)
{
	bool *reached = arena_alloc(&c->arena, c->graph.count);
	size_t *waiting = arena_alloc(&c->arena, c->graph.count * sizeof *waiting);
	size_t count = 0;

	for (size_t i = 0; i < c->root_count; i++) {
		if (!reached[c->roots[i]])
			waiting[count++] = c->roots[i];
		reached[c->roots[i]] = true;
	}
	while (count > 0) {
		const struct object *object = &c->graph.objects[waiting[--count]];

		for (size_t i = 0; i < object->reference_count; i++) {
			size_t reference = object->references[i];

			if (!reached[reference])
				waiting[count++] = reference;
			reached[reference] = true;
		}
	}
	return reached;
}

/* Asks the store, if it is there; what is not is found out at launch. */
static void
find_kind(struct compilation *c, struct object *object)
{
	struct stat status;

	if (lstat(object->path, &status) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
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
		           "'%s' is neither a directory nor a file nor a symbolic link", object->path);
}

void
pass_closure(struct compilation *c)
{
	const bool *reached = reach(c);

	c->closure = arena_alloc(&c->arena, c->graph.count * sizeof *c->closure);
	for (size_t i = 0; i < c->graph.count; i++) {
		if (!reached[i])
			continue;
		c->closure[c->closure_count++] = i;
		find_kind(c, &c->graph.objects[i]);
	}
}
