/* Carries out "revoke": takes back what policies grant, as sets. */
#include "compiler.h"

#include <string.h>

/* The paths that a grant can give, or that are taken back, as spellings. */
struct paths {
	struct string_list box;
	struct string_list host; /* as they are, and without links */
	struct string_list users; /* of some user, who may be the one that launches */
};

static void
add_host_paths(struct arena *arena, const struct template_text *template, struct paths *paths)
{
	struct string_list alternatives = { 0 };

	policy_path_alternatives(arena, template, &alternatives);
	for (size_t i = 0; i < alternatives.count; i++) {
		const char *path = alternatives.items[i];

		string_list_add(arena, &paths->host, path);
		string_list_add(arena, &paths->host, policy_path_on_host(arena, path));
		string_list_add(arena, &paths->users, policy_path_of_any_user(arena, path));
	}
}

/* Of what is implied only the usual path in the box: /home, which is a home of those who have none,
 * is nothing that a revocation is about. */
static struct paths
paths_of(struct arena *arena, const struct grant *grant)
{
	struct paths paths = { 0 };

	if (grant->entry)
		policy_path_alternatives(arena, grant->destination, &paths.box);
	else
		string_list_add(arena, &paths.box, policy_path_spelling(arena, grant->destination));
	if (grant->kind == GRANT_BIND || grant->kind == GRANT_LINKS || grant->kind == GRANT_OVERLAY)
		add_host_paths(arena, grant->source, &paths);
	if (grant->changes)
		add_host_paths(arena, grant->changes, &paths);
	return paths;
}

static struct paths
paths_revoked(struct arena *arena, const struct policy_revoked *revoked)
{
	struct paths paths = { .box = revoked->paths };

	add_host_paths(arena, revoked->word.template, &paths);
	return paths;
}

static bool
any_covers(const struct string_list *outer, const struct string_list *inner)
{
	for (size_t i = 0; i < outer->count; i++)
		for (size_t j = 0; j < inner->count; j++)
			if (policy_path_covers(outer->items[i], inner->items[j]))
				return true;
	return false;
}

/* Is any of the inner paths at or below one of the outer ones? One user's files are not another's,
 * but both can be those of the one that launches. */
static bool
paths_cover(const struct paths *outer, const struct paths *inner)
{
	return any_covers(&outer->box, &inner->box) || any_covers(&outer->host, &inner->host) ||
	       any_covers(&outer->users, &inner->host) || any_covers(&outer->host, &inner->users);
}

/* Would what is revoked still be there, in what the grant gives from above it? */
static bool
still_gives(struct arena *arena, const struct grant *grant, const struct paths *revoked)
{
	const struct paths paths = paths_of(arena, grant);

	/* What these have below them is what other grants put there. */
	if (policy_members_covers(grant) || grant->kind == GRANT_TMPFS ||
	    grant->kind == GRANT_DIRECTORY || grant->kind == GRANT_FILE ||
	    grant->kind == GRANT_SYMLINK)
		return false;
	return paths_cover(&paths, revoked);
}

/* A cover of what is taken back has nothing to cover, unless the launch puts something there. */
static void
relax_cover(struct policy *policy, struct grant *grant)
{
	if (grant->flags & FLAG_OPTIONAL)
		return;
	grant->flags |= FLAG_OPTIONAL;
	if (!grant->entry)
		return;
	grant->entry = json_copy(grant->entry);
	json_object_set_new(grant->entry, "optional", json_true());
	json_array_append_new(policy->merged, grant->entry);
}

/* Removes the grants that are taken back. */
static void
revoke_grants(struct arena *arena, struct policy *policy, struct grant *grants, size_t *count,
              struct policy_revoked *revoked, size_t revoked_count)
{
	size_t left = 0;

	for (size_t i = 0; i < *count; i++) {
		struct grant grant = grants[i];
		const struct paths paths = paths_of(arena, &grant);
		bool taken = false;

		for (size_t j = 0; j < revoked_count; j++) {
			const struct paths outer = paths_revoked(arena, &revoked[j]);

			if (!paths_cover(&outer, &paths))
				continue;
			taken = revoked[j].matched = true;
			revoked[j].implied |= !grant.entry;
		}
		if (taken && policy_members_covers(&grant))
			relax_cover(policy, &grant);
		if (!taken || policy_members_covers(&grant))
			grants[left++] = grant;
	}
	*count = left;
}

size_t
read_policy_revoke(struct compilation *c, struct policy *policy, struct policy *implied,
                   struct policy_revoked **ret_revoked)
{
	struct arena *arena = &c->arena;
	const struct policy_words words = policy->revoked;
	struct policy_revoked *revoked = arena_alloc(arena, words.count * sizeof *revoked);

	for (size_t i = 0; i < words.count; i++) {
		revoked[i] = (struct policy_revoked){ .word = words.items[i] };
		policy_path_alternatives(arena, words.items[i].template, &revoked[i].paths);
	}
	revoke_grants(arena, policy, policy->grants, &policy->grant_count, revoked, words.count);
	revoke_grants(arena, policy, implied->grants, &implied->grant_count, revoked, words.count);
	policy->revoked = (struct policy_words){ 0 };
	for (size_t i = 0; i < words.count; i++)
		if (revoked[i].implied)
			policy_value_add(arena, &policy->revoked, revoked[i].word);
	*ret_revoked = revoked;
	return words.count;
}

/* Does an earlier grant have the same place? "home" has it for all that it implies. */
static bool
is_noted(const struct grant *grants, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (grants[i].place.source == grants[index].place.source &&
		    strcmp(grants[i].place.pointer, grants[index].place.pointer) == 0)
			return true;
	return false;
}

static void
report(struct compilation *c, const struct policy *policy, const struct policy_revoked *revoked)
{
	const struct paths paths = paths_revoked(&c->arena, revoked);
	struct grant *above = arena_alloc(&c->arena, policy->grant_count * sizeof *above);
	const char *text = revoked->word.text;
	size_t count = 0;

	for (size_t i = 0; i < policy->grant_count; i++)
		if (still_gives(&c->arena, &policy->grants[i], &paths))
			above[count++] = policy->grants[i];
	if (count > 0)
		diag_error(&c->diag, revoked->word.place,
		           "'%s' cannot be revoked, for what is granted above it stays; "
		           "{ \"mask\": \"%s\" } would hide it",
		           text, text);
	else if (!revoked->matched)
		diag_warning(&c->diag, revoked->word.place, "nothing is granted at or below '%s'",
		             text);
	for (size_t i = 0; i < count; i++)
		if (!is_noted(above, i))
			diag_note(&c->diag, above[i].place, "it is granted here");
}

void
read_policy_revoke_report(struct compilation *c, const struct policy *policy,
                          const struct policy_revoked *revoked, size_t count)
{
	for (size_t i = 0; i < count; i++)
		report(c, policy, &revoked[i]);
}
