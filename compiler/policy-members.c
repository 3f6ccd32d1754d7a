/* The grants and variables of a policy, by what tells them apart. */
#include "compiler.h"

#include <string.h>

const char *
policy_members_key(struct arena *arena, const struct grant *grant)
{
	return arena_printf(arena, "%s %s", policy_members_covers(grant) ? "covered" : "granted",
	                    policy_path_spelling(arena, grant->destination));
}

void
policy_members_map(struct arena *arena, const struct policy *policy, struct map *ret_map)
{
	*ret_map = (struct map){ .arena = arena };
	for (size_t i = 0; i < policy->grant_count; i++) {
		const char *key = policy_members_key(arena, &policy->grants[i]);

		if (map_get(ret_map, key) == MAP_ABSENT)
			map_add(ret_map, key, i);
	}
}

/* The index of the first variable that is not before this one: by name, prefixes last. */
static size_t
position_of(const struct policy *policy, const char *name, bool prefix)
{
	size_t low = 0, high = policy->variable_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct variable *variable = &policy->variables[middle];
		int order = strcmp(variable->name, name);

		if (order < 0 || (order == 0 && variable->prefix < prefix))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct variable *
policy_members_find(const struct policy *policy, const char *name, bool prefix)
{
	size_t at = position_of(policy, name, prefix);

	if (at == policy->variable_count)
		return NULL;
	struct variable *variable = &policy->variables[at];
	return strcmp(variable->name, name) == 0 && variable->prefix == prefix ? variable : NULL;
}

void
policy_members_set(struct arena *arena, struct policy *policy, struct variable variable)
{
	struct variable *earlier = policy_members_find(policy, variable.name, variable.prefix);

	if (earlier) {
		*earlier = variable;
		return;
	}
	size_t at = position_of(policy, variable.name, variable.prefix);
	ARRAY_ADD(arena, policy->variables, policy->variable_count, policy->variable_capacity);
	memmove(&policy->variables[at + 1], &policy->variables[at],
	        (policy->variable_count - 1 - at) * sizeof *policy->variables);
	policy->variables[at] = variable;
}
