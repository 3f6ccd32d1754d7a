/* Refuses programs outside the closure, and what in the policy does not go together. */
#include "compiler.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

/* Members of the policy that do not go together */

/* Both need the box's init, which is there only with a pid namespace. */
static void
check_init(struct compilation *c, struct place place, const char *member)
{
	const struct policy *policy = &c->policy;

	if (policy->share & CLONE_NEWPID) {
		diag_error(&c->diag, place, "%s needs a pid namespace of the box's own", member);
		diag_note(&c->diag, policy->share_place, "the box shares that of the caller");
	} else if (policy->namespaces_optional) {
		diag_error(&c->diag, place, "%s cannot be had without namespaces", member);
		diag_note(&c->diag, policy->namespaces_place, "they are optional here");
	}
}

/* What is allowed to go without namespaces must be kept by other means. */
static void
check_namespaces(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	if (!policy->namespaces_optional)
		return;
	if (policy->store != STORE_LANDLOCK)
		diag_error(&c->diag, policy->namespaces_place,
		           "only a box with the store 'landlock' can go without namespaces");
	if (policy->filter_base == FILTER_NONE && !policy->nested_sandbox) {
		diag_error(&c->diag, policy->filter_place,
		           "without namespaces only a filter can forbid nested sandboxes");
		diag_note(&c->diag, policy->namespaces_place, "namespaces are optional here");
		diag_note(&c->diag, policy->nested_sandbox_place,
		          "nested sandboxes are forbidden here");
	}
}

static void
check_members(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	check_namespaces(c);
	if (policy->wait_for_all)
		check_init(c, policy->wait_for_place, "'wait-for' 'all'");
	if (policy->stop_timeout)
		check_init(c, policy->stop_timeout_place, "a stop timeout");
	if (policy->hostname && policy->share & CLONE_NEWUTS) {
		diag_error(&c->diag, policy->hostname_place,
		           "a host name needs a uts namespace of the box's own");
		diag_note(&c->diag, policy->share_place, "the box shares that of the caller");
	}
	for (size_t i = 0; i < policy->limit_count && !policy->core_dumps; i++)
		if (policy->limits[i].resource == RLIMIT_CORE)
			diag_error(&c->diag, policy->limits[i].place,
			           "a core size means nothing unless 'core-dumps' is true");
}

void
pass_conflict(struct compilation *c)
{
	for (size_t i = 0; i < c->plan.entry_count; i++)
		check_entry(c, &c->plan.entries[i]);
	pass_conflict_grants(c);
	check_members(c);
}
