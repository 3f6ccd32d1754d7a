/* Settles what presets grant, and "home" and "network" imply, with what policies grant above it. */
#include "compiler.h"

/*
 * A policy that grants "/dev" or "/etc" itself says what is there, and need not know what a preset
 * grants below: that is put behind the policy's grant, into it, so that it is not hidden; or, if it
 * cannot be in there, it is dropped, for the policy's word is the later one. Nor need a policy know
 * that a preset, which another policy extends, grants what its own lie in: that is put before them,
 * or dropped if it is a link. What policies grant themselves stays in their order, which
 * pass-conflict-grants.c checks.
 */

struct settling {
	struct arena *arena;
	struct policy *policy;
	bool implied; /* what is implied, in what presets and policies grant */
	const char **paths; /* spellings of the destinations, for all grants */
	struct move {
		enum {
			STAYS,
			BEFORE,
			BEHIND,
			DROPPED
		} where;
		size_t other; /* the grant that it is put before or behind */
	} * moves; /* of all grants */
};

/* Does it stay where it is? */
static bool
is_own(const struct settling *settling, const struct grant *grant)
{
	return grant->entry && (settling->implied || !grant->preset) &&
	       !policy_members_covers(grant);
}

/* Is grant `outer` above grant `inner`? */
static bool
is_above(const struct settling *settling, size_t outer, size_t inner)
{
	return outer != inner && !policy_members_covers(&settling->policy->grants[outer]) &&
	       policy_path_covers(settling->paths[outer], settling->paths[inner]) &&
	       !policy_path_covers(settling->paths[inner], settling->paths[outer]);
}

/* Can what is not mounted, but made in what is there, be in `outer`, with nothing between them? */
static bool
holds(const struct settling *settling, size_t outer, size_t inner)
{
	const struct grant *container = &settling->policy->grants[outer];
	enum grant_kind kind = settling->policy->grants[inner].kind;
	bool links = kind == GRANT_LINKS;

	if (kind != GRANT_DIRECTORY && kind != GRANT_SYMLINK && kind != GRANT_FILE && !links)
		return true;
	for (size_t i = 0; i < settling->policy->grant_count; i++)
		if (is_above(settling, outer, i) && is_above(settling, i, inner))
			return true;
	kind = container->kind;
	return kind == GRANT_TMPFS || kind == GRANT_DIRECTORY ||
	       (links && (kind == GRANT_OVERLAY || container->flags & FLAG_WRITABLE ||
	                  policy_path_stays(settling->arena, container)));
}

static struct move
move_of(struct settling *settling, size_t at)
{
	const struct policy *policy = settling->policy;
	const struct grant *grant = &policy->grants[at];
	struct move move = { STAYS, 0 };

	if (policy_members_covers(grant) || is_own(settling, grant))
		return move;
	for (size_t i = 0; i < policy->grant_count; i++) {
		enum grant_kind kind = policy->grants[i].kind;

		if (!is_own(settling, &policy->grants[i]))
			continue;
		if (is_above(settling, i, at)) {
			if (kind == GRANT_SYMLINK || kind == GRANT_FILE || kind == GRANT_LINKS ||
			    !holds(settling, i, at))
				return (struct move){ DROPPED, 0 };
			if (i > at)
				move = (struct move){ BEHIND, i };
		} else if (is_above(settling, at, i) && grant->kind == GRANT_LINKS) {
			return (struct move){ DROPPED, 0 };
		} else if (i < at && move.where == STAYS && is_above(settling, at, i)) {
			move = (struct move){ BEFORE, i };
		}
	}
	return move;
}

/* Takes over the grants that are put before or behind one. */
static void
take_moved(const struct settling *settling, int where, size_t other, struct grant *grants,
           size_t *count)
{
	for (size_t i = 0; i < settling->policy->grant_count; i++)
		if ((int)settling->moves[i].where == where && settling->moves[i].other == other)
			grants[(*count)++] = settling->policy->grants[i];
}

void
read_policy_settle(struct compilation *c, struct policy *policy, bool implied)
{
	size_t count = policy->grant_count, settled = 0;
	struct settling settling = {
		.arena = &c->arena,
		.policy = policy,
		.implied = implied,
		.paths = arena_alloc(&c->arena, count * sizeof *settling.paths),
		.moves = arena_alloc(&c->arena, count * sizeof *settling.moves),
	};
	struct grant *grants = arena_alloc(&c->arena, count * sizeof *grants);

	for (size_t i = 0; i < count; i++)
		settling.paths[i] = policy_path_spelling(&c->arena, policy->grants[i].destination);
	for (size_t i = 0; i < count; i++)
		settling.moves[i] = move_of(&settling, i);
	for (size_t i = 0; i < count; i++) {
		if (settling.moves[i].where != STAYS)
			continue;
		take_moved(&settling, BEFORE, i, grants, &settled);
		grants[settled++] = policy->grants[i];
		take_moved(&settling, BEHIND, i, grants, &settled);
	}
	policy->grants = grants;
	policy->grant_count = policy->grant_capacity = settled;
}

/* The bind without its closure. */
static void
drop_closure(struct policy *policy, struct grant *grant)
{
	grant->flags &= ~(unsigned)FLAG_CLOSURE;
	if (!grant->entry)
		return;
	grant->entry = json_copy(grant->entry);
	json_object_del(grant->entry, "closure");
	json_array_append_new(policy->merged, grant->entry);
}

void
read_policy_settle_closures(struct compilation *c, struct policy *policy)
{
	size_t kept = 0;

	for (size_t i = 0; i < policy->grant_count; i++) {
		struct grant grant = policy->grants[i];
		bool led = policy_members_followed(&grant) && (grant.preset || !grant.entry) &&
		           policy_closures_led_by(&c->arena, policy, &grant);

		if (led && grant.kind == GRANT_LINKS)
			continue;
		if (led)
			drop_closure(policy, &grant);
		policy->grants[kept++] = grant;
	}
	policy->grant_count = kept;
}
