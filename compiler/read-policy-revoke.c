/* Carries out "revoke": takes back what policies grant, as sets. */
#include "compiler.h"

#include <string.h>

static void
add_paths(struct arena *arena, const struct template_text *template, struct string_list *paths)
{
	struct string_list alternatives = { 0 };

	policy_path_alternatives(arena, template, &alternatives);
	for (size_t i = 0; i < alternatives.count; i++)
		string_list_add(arena, paths, alternatives.items[i]);
}

/* The paths that a grant can give, as spellings: in the box, on the host. Of what is implied only
 * the usual one in the box: /home, which is a home of those who have none, is nothing that a
 * revocation is about. */
static struct string_list
paths_of(struct arena *arena, const struct grant *grant)
{
	struct string_list paths = { 0 };

	if (grant->entry)
		add_paths(arena, grant->destination, &paths);
	else
		string_list_add(arena, &paths, policy_path_spelling(arena, grant->destination));
	if (grant->kind == GRANT_BIND || grant->kind == GRANT_OVERLAY)
		add_paths(arena, grant->source, &paths);
	if (grant->changes)
		add_paths(arena, grant->changes, &paths);
	return paths;
}

/* Is any of the inner paths at or below one of the outer ones? */
static bool
any_covers(const struct string_list *outer, const struct string_list *inner)
{
	for (size_t i = 0; i < outer->count; i++)
		for (size_t j = 0; j < inner->count; j++)
			if (policy_path_covers(outer->items[i], inner->items[j]))
				return true;
	return false;
}

/* Would what is revoked still be there, in what the grant gives from above it? */
static bool
still_gives(struct arena *arena, const struct grant *grant, const struct string_list *revoked)
{
	const struct string_list paths = paths_of(arena, grant);

	/* What these have below them is what other grants put there. */
	if (policy_members_covers(grant) || grant->kind == GRANT_TMPFS ||
	    grant->kind == GRANT_DIRECTORY || grant->kind == GRANT_FILE ||
	    grant->kind == GRANT_SYMLINK)
		return false;
	return any_covers(&paths, revoked);
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
		const struct string_list paths = paths_of(arena, &grant);
		bool taken = false;

		for (size_t j = 0; j < revoked_count; j++) {
			if (!any_covers(&revoked[j].paths, &paths))
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
	struct grant *above = arena_alloc(&c->arena, policy->grant_count * sizeof *above);
	const char *text = revoked->word.text;
	size_t count = 0;

	for (size_t i = 0; i < policy->grant_count; i++)
		if (still_gives(&c->arena, &policy->grants[i], &revoked->paths))
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
