/* Merges what all policies say with what is implied, and makes the canonical policy. */
#include "compiler.h"

#include <fnmatch.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* What "home" and "network" imply */

static void
add_grant(struct arena *arena, struct policy *policy, struct grant grant)
{
	*ARRAY_ADD(arena, policy->grants, policy->grant_count, policy->grant_capacity) = grant;
}

/* How an implied grant and those of the policies come together. */
struct implying {
	struct arena *arena;
	const struct policy *before; /* the policies' grants */
	const struct policy *implied;
	size_t *owner; /* of each grant before: the implied one for its path, or SIZE_MAX */
	size_t *said; /* of each implied one: the grant for its path, or SIZE_MAX */
	bool *taken; /* of each grant before: it is at its old place no more */
	size_t end; /* the index that implied ones come before */
};

static void
find_owners(struct implying *implying)
{
	const struct policy *before = implying->before, *implied = implying->implied;
	struct arena *arena = implying->arena;
	struct map keys;

	policy_members_map(arena, before, &keys);
	implying->owner = arena_alloc(arena, before->grant_count * sizeof *implying->owner);
	implying->taken = arena_alloc(arena, before->grant_count * sizeof *implying->taken);
	implying->said = arena_alloc(arena, implied->grant_count * sizeof *implying->said);
	for (size_t i = 0; i < before->grant_count; i++)
		implying->owner[i] = SIZE_MAX;
	for (size_t i = 0; i < implied->grant_count; i++) {
		size_t index = map_get(&keys, policy_members_key(arena, &implied->grants[i]));

		implying->said[i] = SIZE_MAX;
		if (index == MAP_ABSENT)
			continue;
		implying->owner[index] = i;
		if (before->grants[index].preset)
			implying->taken[index] = true;
		else
			implying->said[i] = index;
	}
}

/* The end of the first grants that are for paths that base has grants for. Those that take the
 * place of an implied one do not count, wherever they are. */
static size_t
find_end(const struct implying *implying, const struct policy *base)
{
	const struct policy *before = implying->before;
	struct map keys;
	size_t end = 0;

	policy_members_map(implying->arena, base, &keys);
	while (end < before->grant_count &&
	       (implying->owner[end] != SIZE_MAX ||
	        map_get(&keys, policy_members_key(implying->arena, &before->grants[end])) !=
	                MAP_ABSENT))
		end++;
	return end;
}

/* Can the grant be put where implied ones are? Covers have no need to, and what lies in another
 * must stay behind it. */
static bool
can_be_moved(const struct implying *implying, size_t index)
{
	const struct grant *grants = implying->before->grants;
	const char *path = policy_path_spelling(implying->arena, grants[index].destination);

	if (policy_members_covers(&grants[index]))
		return false;
	for (size_t i = implying->end; i < index; i++)
		if (!policy_members_covers(&grants[i]) &&
		    policy_path_covers(policy_path_spelling(implying->arena, grants[i].destination),
		                       path))
			return false;
	return true;
}

/* Adds the implied grants, for whose paths nothing of presets is left then. What a policy grants
 * itself takes the place of an implied one, so that what lies in it may come before it. */
static void
imply_grants(struct arena *arena, struct policy *policy, const struct policy *implied,
             const struct policy *base)
{
	const struct policy before = *policy;
	struct implying implying = { .arena = arena, .before = &before, .implied = implied };
	struct policy middle = { 0 };

	find_owners(&implying);
	implying.end = find_end(&implying, base);
	for (size_t i = 0; i < implied->grant_count; i++) {
		size_t index = implying.said[i];

		if (index == SIZE_MAX) {
			add_grant(arena, &middle, implied->grants[i]);
		} else if (can_be_moved(&implying, index)) {
			add_grant(arena, &middle, before.grants[index]);
			implying.taken[index] = true;
		}
	}
	policy->grants = NULL;
	policy->grant_count = policy->grant_capacity = 0;
	for (size_t i = 0; i <= before.grant_count; i++) {
		for (size_t j = 0; i == implying.end && j < middle.grant_count; j++)
			add_grant(arena, policy, middle.grants[j]);
		if (i < before.grant_count && !implying.taken[i])
			add_grant(arena, policy, before.grants[i]);
	}
}

void
read_policy_imply(struct compilation *c, struct policy *policy, const struct policy *implied,
                  const struct policy *base)
{
	imply_grants(&c->arena, policy, implied, base);
	for (size_t i = 0; i < implied->variable_count; i++) {
		const struct variable *variable = &implied->variables[i];
		const struct variable *said =
			policy_members_find(policy, variable->name, variable->prefix);

		if (!said || said->preset)
			policy_members_set(&c->arena, policy, *variable);
	}
}

/* Variables that grants are for */

/* Has the template this variable, or one of its defaults? */
static bool
has_variable(const struct template_text *template, const char *name)
{
	for (size_t i = 0; template && i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];

		if ((segment->kind == SEGMENT_VARIABLE ||
		     segment->kind == SEGMENT_USER_DIRECTORY) &&
		    strcmp(segment->text, name) == 0)
			return true;
		if (has_variable(segment->fallback, name))
			return true;
	}
	return false;
}

static bool
has_word(const struct policy_words *words, const char *text)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i].text, text) == 0)
			return true;
	return false;
}

/* Is the variable taken away by a preset's pattern for several, and by nothing that has a later
 * word? */
static bool
is_taken_by_preset(const struct policy *policy, const char *name)
{
	bool taken = false;

	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];

		if (variable->value ? strcmp(variable->name, name) != 0
		                    : fnmatch(variable->name, name, FNM_NOESCAPE) != 0)
			continue;
		if (variable->value ? !variable->prefix : !variable->preset)
			return false;
		taken |= !variable->value && strcmp(variable->name, name) != 0;
	}
	return taken;
}

/* Sets those variables to themselves: an empty one is taken away by "path-variables". */
static void
lift_path_variables(struct compilation *c, struct policy *policy)
{
	for (size_t i = 0; i < policy->path_variables.count; i++) {
		const struct policy_word *word = &policy->path_variables.items[i];
		const char *text = arena_printf(&c->arena, "${%s:-}", word->text);
		struct variable variable = { .name = word->text, .place = word->place };

		if (!is_taken_by_preset(policy, word->text))
			continue;
		variable.value = template_parse(c, word->place, text);
		variable.entry = json_string(text);
		json_array_append_new(policy->merged, variable.entry);
		policy_members_set(&c->arena, policy, variable);
	}
}

void
read_policy_lift(struct compilation *c, struct policy *policy)
{
	size_t kept = 0;

	if (policy->inherit_all)
		lift_path_variables(c, policy);

	for (size_t i = 0; i < policy->variable_count; i++) {
		struct variable variable = policy->variables[i];
		bool unset = variable.preset && !variable.value;
		/* What presets take away they take from "all". */
		bool lifted = unset && !policy->inherit_all;

		for (size_t j = 0; j < policy->grant_count && !lifted; j++)
			lifted = unset && policy->grants[j].kind == GRANT_BIND &&
			         has_variable(policy->grants[j].source, variable.name);
		lifted |= unset && has_word(&policy->path_variables, variable.name);
		/* Of the merged policy nobody could tell. */
		variable.preset = false;
		if (!lifted)
			policy->variables[kept++] = variable;
	}
	policy->variable_count = kept;
}

/* The canonical policy */

/* A list or object without elements says nothing, so it is left out. */
static void
set_unless_empty(json_t *object, const char *key, json_t *value)
{
	if (json_array_size(value) > 0 || json_object_size(value) > 0)
		json_object_set_new(object, key, value);
	else
		json_decref(value);
}

static int
compare_words(const void *a, const void *b)
{
	const struct policy_word *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* A list whose order means nothing. */
static json_t *
sorted_list(struct policy_words *words)
{
	json_t *list = json_array();

	if (words->count > 0)
		qsort(words->items, words->count, sizeof *words->items, compare_words);
	for (size_t i = 0; i < words->count; i++)
		json_array_append_new(list, json_string(words->items[i].text));
	return list;
}

static json_t *
list(const struct policy_words *words)
{
	json_t *list = json_array();

	for (size_t i = 0; i < words->count; i++)
		json_array_append_new(list, json_string(words->items[i].text));
	return list;
}

/* The last word of a member, and of a member of it if `inner`; NULL if nobody has said it. */
static json_t *
last_word(const struct policy *policy, const char *key, const char *inner)
{
	for (size_t i = json_array_size(policy->merged); i-- > 0;) {
		json_t *value = json_object_get(json_array_get(policy->merged, i), key);

		if (inner)
			value = json_object_get(value, inner);
		if (value)
			return value;
	}
	return NULL;
}

static void
set_last_word(const struct policy *policy, json_t *object, const char *key, const char *inner)
{
	json_t *value = last_word(policy, key, inner);

	if (value)
		json_object_set(object, inner ? inner : key, value);
}

static json_t *
merged_filesystem(struct policy *policy)
{
	json_t *filesystem = json_array();

	for (size_t i = 0; i < policy->grant_count; i++)
		if (policy->grants[i].entry)
			json_array_append(filesystem, policy->grants[i].entry);
	json_t *revoked = sorted_list(&policy->revoked);
	for (size_t i = 0; i < json_array_size(revoked); i++) {
		json_t *entry = json_object();

		json_object_set(entry, "revoke", json_array_get(revoked, i));
		json_array_append_new(filesystem, entry);
	}
	json_decref(revoked);
	return filesystem;
}

static json_t *
merged_environment(struct policy *policy)
{
	json_t *environment = json_object(), *set = json_object(), *unset = json_array();
	json_t *prefix = json_object();

	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];

		if (variable->entry && !variable->value)
			json_array_append(unset, variable->entry);
		else if (variable->entry)
			json_object_set(variable->prefix ? prefix : set, variable->name,
			                variable->entry);
	}
	if (policy->inherit_all)
		json_object_set_new(environment, "inherit", json_string("all"));
	else
		set_unless_empty(environment, "inherit", sorted_list(&policy->inherit));
	set_unless_empty(environment, "set", set);
	set_unless_empty(environment, "unset", unset);
	set_unless_empty(environment, "prefix", prefix);
	return environment;
}

static json_t *
merged_process(const struct policy *policy)
{
	json_t *process = json_object(), *limits = json_object();

	for (size_t i = 0; i < json_array_size(policy->merged); i++) {
		json_t *said = json_object_get(json_array_get(policy->merged, i), "process");

		json_object_update(process, said);
		json_object_update(limits, json_object_get(said, "limits"));
	}
	json_object_del(process, "limits");
	set_unless_empty(process, "limits", limits);
	return process;
}

static json_t *
merged_system_calls(struct policy *policy)
{
	json_t *calls = json_object(), *architectures = json_array();

	set_last_word(policy, calls, "system-calls", "base");
	set_unless_empty(calls, "allow", sorted_list(&policy->filter_allow));
	set_unless_empty(calls, "deny", sorted_list(&policy->filter_deny));
	if (policy->filter_i386)
		json_array_append_new(architectures, json_string("i386"));
	if (last_word(policy, "system-calls", "architectures"))
		json_array_append_new(architectures, json_string("native"));
	set_unless_empty(calls, "architectures", architectures);
	return calls;
}

static json_t *
merged_arguments(const struct policy *policy)
{
	json_t *arguments = json_object();

	set_unless_empty(arguments, "prepend", list(&policy->prepend));
	set_unless_empty(arguments, "append", list(&policy->append));
	set_last_word(policy, arguments, "arguments", "files");
	return arguments;
}

static json_t *
merged_share(const struct policy *policy)
{
	json_t *share = json_array();

	if (policy->share & CLONE_NEWCGROUP)
		json_array_append_new(share, json_string("cgroup"));
	if (policy->share & CLONE_NEWIPC)
		json_array_append_new(share, json_string("ipc"));
	if (policy->share & CLONE_NEWPID)
		json_array_append_new(share, json_string("pid"));
	if (policy->share & CLONE_NEWUTS)
		json_array_append_new(share, json_string("uts"));
	return share;
}

static json_t *
merged_descriptors(const struct policy *policy)
{
	json_t *descriptors = json_array();

	for (size_t i = 0; i < policy->kept_count; i++)
		json_array_append_new(descriptors, json_integer(policy->kept_descriptors[i]));
	return descriptors;
}

void
read_policy_merge(struct policy *policy)
{
	static const char *const scalars[] = {
		"name",    "store",    "namespaces",     "home", "working-directory",
		"network", "hostname", "nested-sandbox",
	};
	json_t *merged = json_object();

	json_object_set_new(merged, "closurebox", json_integer(1));
	json_object_set_new(merged, "extends", json_array());
	for (size_t i = 0; i < sizeof scalars / sizeof *scalars; i++)
		set_last_word(policy, merged, scalars[i], NULL);
	if (!policy->hostname)
		json_object_del(merged, "hostname");
	if (policy->descriptors == DESCRIPTORS_LIST)
		json_object_set_new(merged, "descriptors", merged_descriptors(policy));
	else
		set_last_word(policy, merged, "descriptors", NULL);
	set_unless_empty(merged, "filesystem", merged_filesystem(policy));
	set_unless_empty(merged, "arguments", merged_arguments(policy));
	set_unless_empty(merged, "environment", merged_environment(policy));
	set_unless_empty(merged, "path-variables", sorted_list(&policy->path_variables));
	set_unless_empty(merged, "closure-files", list(&policy->closure_files));
	set_unless_empty(merged, "share", merged_share(policy));
	set_unless_empty(merged, "system-calls", merged_system_calls(policy));
	set_unless_empty(merged, "process", merged_process(policy));
	set_unless_empty(merged, "accept-risk", sorted_list(&policy->accepted));
	json_decref(policy->merged);
	policy->merged = merged;
}
