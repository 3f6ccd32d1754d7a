/* Refuses programs outside the closure, and grants that would hide it. */
#include "compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
in_closure(const struct compilation *c, size_t object)
{
	return bsearch(&object, c->closure, c->closure_count, sizeof object, compare_numbers);
}

static void
check_entry(struct compilation *c, const struct plan_entry *entry)
{
	const struct object *object = &c->graph.objects[entry->object];
	struct stat status;

	if (c->excluded && c->excluded[entry->object])
		diag_error(&c->diag, PLACE_NONE, "program '%s' is in what --exclude withholds",
		           entry->program);
	else if (!in_closure(c, entry->object))
		diag_error(&c->diag, PLACE_NONE, "program '%s' is not in the closure of the roots",
		           entry->program);
	else if (object->kind && stat(entry->program, &status) == 0 && !S_ISREG(status.st_mode))
		diag_error(&c->diag, PLACE_NONE, "program '%s' is not a file; is it in its bin?",
		           entry->program);
	else if (object->kind && access(entry->program, X_OK) < 0)
		diag_error(&c->diag, PLACE_NONE, "program '%s' cannot be executed: %s",
		           entry->program, strerror(errno));
}

/* Is `inner` the path `outer` or below it? */
static bool
at_or_below(const char *inner, const char *outer)
{
	size_t length = strlen(outer);

	return strncmp(inner, outer, length) == 0 &&
	       (inner[length] == '\0' || inner[length] == '/');
}

static void
check_grant(struct compilation *c, const struct grant *grant)
{
	const char *path = template_constant(grant->destination);

	if (!path)
		return;
	if (at_or_below(c->graph.store_dir, path))
		diag_error(&c->diag, grant->destination_place, "'%s' would hide the closure in %s",
		           path, c->graph.store_dir);
	else if (at_or_below(path, c->graph.store_dir))
		diag_error(&c->diag, grant->destination_place,
		           "'%s' is in the store, which holds exactly the closure", path);
}

void
pass_conflict(struct compilation *c)
{
	for (size_t i = 0; i < c->plan.entry_count; i++)
		check_entry(c, &c->plan.entries[i]);
	for (size_t i = 0; i < c->policy.grant_count; i++)
		check_grant(c, &c->policy.grants[i]);
}
