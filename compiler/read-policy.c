/* Reads a policy, what a box may have beyond its closure, over the policies before it. */
#include "compiler.h"
#include "presets.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

#define POLICY_ERRORS_MAX 1000 /* all that are there, but for what no human wrote */
#define NAME_SIZE_MAX 255 /* NAME_MAX: names become file names */
#define HOSTNAME_SIZE_MAX 64 /* __NEW_UTS_LEN, uname(2) */

/* Presets */

static const struct preset *
find_preset(const char *name)
{
	for (const struct preset *preset = presets; preset->name; preset++)
		if (strcmp(preset->name, name) == 0)
			return preset;
	return NULL;
}

static const struct preset *
preset_of(const struct source *source)
{
	for (const struct preset *preset = presets; preset->name; preset++)
		if (preset->text == source->text)
			return preset;
	return NULL;
}

const struct source *
read_policy_preset(struct compilation *c, const char *name)
{
	const struct preset *preset = find_preset(name);

	if (!preset)
		return NULL;
	struct source *source = arena_alloc(&c->arena, sizeof *source);
	source->name = arena_printf(&c->arena, "<preset %s>", name);
	source->text = preset->text;
	source->size = strlen(preset->text);
	return source;
}

bool
read_policy_is_fragment(const char *preset)
{
	return strncmp(preset, "home-", 5) == 0 || strncmp(preset, "network-", 8) == 0;
}

/* Scalars */

static void
read_version(struct policy_reader *reader, struct json_at at)
{
	uint64_t version;

	if (!at.value)
		diag_error(&reader->c->diag, reader->root.place,
		           "a policy starts with '\"closurebox\": 1', the version of its language");
	else if (json_get_integer(reader->c, at, &version) && version != 1)
		diag_error(&reader->c->diag, at.place, "unknown version %" PRIu64 "; expected 1",
		           version);
}

static void
read_name(struct policy_reader *reader, struct json_at at)
{
	const char *name, *rule = NULL;

	if (!json_get_string(reader->c, at, &name))
		return;
	size_t size = strlen(name);
	if (size == 0)
		rule = "it is empty";
	else if (size > NAME_SIZE_MAX)
		rule = "it is longer than 255 bytes";
	else if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		rule = "it is no name of a file";
	else if (strchr(name, '/'))
		rule = "it has a '/'";
	else if (has_control_character(name))
		rule = "it has a control character";
	if (rule)
		diag_error(&reader->c->diag, at.place, "bad name '%s': %s", name, rule);
	else
		reader->policy->name = arena_copy(&reader->c->arena, name, size);
}

static void
read_hostname(struct policy_reader *reader, struct json_at at)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789.-";
	const char *name, *rule = NULL;

	if (!json_get_string(reader->c, at, &name))
		return;
	size_t size = strlen(name);
	if (size == 0)
		rule = "it is empty";
	else if (size > HOSTNAME_SIZE_MAX)
		rule = "it is longer than 64 bytes";
	else if (strspn(name, characters) != size)
		rule = "it has a character that is no letter, digit, '.' or '-'";
	else if (name[0] == '-' || name[0] == '.')
		rule = "it starts with '.' or '-'";
	if (rule) {
		diag_error(&reader->c->diag, at.place, "bad hostname '%s': %s", name, rule);
		return;
	}
	reader->policy->hostname = arena_copy(&reader->c->arena, name, size);
	reader->policy->hostname_place = at.place;
}

static void
read_store(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "closure", "landlock", "whole", NULL };
	size_t index;

	if (json_get_choice(reader->c, at, choices, &index))
		reader->policy->store = (enum store_mode)index;
}

static void
read_namespaces(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "required", "optional", NULL };
	size_t index;

	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	reader->policy->namespaces_optional = index == 1;
	reader->policy->namespaces_place = at.place;
}

static void
read_home(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "none", "temporary", "private", "host", NULL };
	size_t index;

	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	reader->policy->home = choices[index];
	reader->policy->home_place = at.place;
}

static void
read_network(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "none", "blocked", "host", NULL };
	size_t index;

	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	reader->policy->network = (enum network_mode)index;
	reader->policy->network_place = at.place;
}

static void
read_nested_sandbox(struct policy_reader *reader, struct json_at at)
{
	json_get_boolean(reader->c, at, &reader->policy->nested_sandbox);
	reader->policy->nested_sandbox_place = at.place;
}

/* Names of risks, of which risks.c knows whether they are any. */
static void
read_accept_risk(struct policy_reader *reader, struct json_at at)
{
	struct map seen = { .arena = &reader->c->arena };

	if (!json_expect_array(reader->c, at))
		return;
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (policy_value_word(reader->c, at, i, &seen, &word))
			policy_value_add(&reader->c->arena, &reader->policy->accepted, word);
	}
}

/* Directories of files that say closures, in the place of what earlier policies say. */
static void
read_closure_files(struct policy_reader *reader, struct json_at at)
{
	struct compilation *c = reader->c;
	struct map seen = { .arena = &c->arena };
	struct policy_words files = { 0 };

	if (!json_expect_array(c, at))
		return;
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (!policy_value_word(c, at, i, &seen, &word))
			continue;
		word.template = policy_value_path(c, json_element(c, at, i), &word.text);
		if (word.template)
			policy_value_add(&c->arena, &files, word);
	}
	reader->policy->closure_files = files;
}

/* Whole policies */

static bool
read_source(struct compilation *c, const struct source *source, struct policy *policy);

/* Reads a preset, unless that was done. */
static void
extend(struct compilation *c, struct policy *policy, const char *name)
{
	if (map_get(&policy->extended, name) != MAP_ABSENT)
		return;
	read_source(c, read_policy_preset(c, name), policy);
}

/* Reads the preset that an element of "extends" names. */
static void
read_extends_name(struct policy_reader *reader, struct policy_word word)
{
	const struct preset *preset = find_preset(word.text);

	if (preset && !read_policy_is_fragment(word.text)) {
		extend(reader->c, reader->policy, preset->name);
		return;
	}
	if (preset) {
		const char *hyphen = strchr(word.text, '-');

		diag_error(&reader->c->diag, word.place,
		           "'%s' is what \"%.*s\": \"%s\" stands for; write that", word.text,
		           (int)(hyphen - word.text), word.text, hyphen + 1);
		return;
	}
	struct string_list names = { 0 };
	for (preset = presets; preset->name; preset++)
		if (!read_policy_is_fragment(preset->name))
			string_list_add(&reader->c->arena, &names, preset->name);
	string_list_add(&reader->c->arena, &names, NULL);
	json_refuse_word(reader->c, word.place, "preset", word.text, names.items);
}

static void
read_extends(struct policy_reader *reader, struct json_at at)
{
	struct map seen = { .arena = &reader->c->arena };

	if (!at.value) {
		extend(reader->c, reader->policy, "base");
		return;
	}
	if (!json_expect_array(reader->c, at))
		return;
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (policy_value_word(reader->c, at, i, &seen, &word))
			read_extends_name(reader, word);
	}
}

/* "extends" comes before all that the policy says itself, and "closurebox" may be missing. */
static void
read_already(struct policy_reader *reader, struct json_at at)
{
	(void)reader;
	(void)at;
}

static const struct policy_member members[] = {
	{ "closurebox", read_already },
	{ "extends", read_already },
	{ "name", read_name },
	{ "store", read_store },
	{ "namespaces", read_namespaces },
	{ "filesystem", read_policy_filesystem },
	{ "home", read_home },
	{ "working-directory", read_policy_working_directory },
	{ "arguments", read_policy_arguments },
	{ "environment", read_policy_environment },
	{ "path-variables", read_policy_path_variables },
	{ "closure-files", read_closure_files },
	{ "network", read_network },
	{ "share", read_policy_share },
	{ "hostname", read_hostname },
	{ "system-calls", read_policy_system_calls },
	{ "nested-sandbox", read_nested_sandbox },
	{ "process", read_policy_process },
	{ "descriptors", read_policy_descriptors },
	{ "accept-risk", read_accept_risk },
	{ NULL, NULL },
};

static void
read_root(struct policy_reader *reader)
{
	struct compilation *c = reader->c;

	read_version(reader, json_member(c, reader->root, "closurebox"));
	read_extends(reader, json_member(c, reader->root, "extends"));
	policy_members_map(&c->arena, reader->policy, &reader->destinations);
	policy_value_members(reader, reader->root, members);
	json_array_append(reader->policy->merged, reader->root.value);
}

static bool
read_source(struct compilation *c, const struct source *source, struct policy *policy)
{
	struct policy_reader reader = { .c = c, .policy = policy, .source = source };
	const struct preset *preset = preset_of(source);
	bool object = false;

	reader.error_limit = c->diag.errors + POLICY_ERRORS_MAX;
	if (!policy->merged) {
		policy->merged = json_array();
		policy->extended.arena = &c->arena;
		policy->umask = POLICY_UMASK_CALLER;
	}
	if (preset) {
		reader.preset = true;
		if (map_get(&policy->extended, preset->name) == MAP_ABSENT)
			map_add(&policy->extended, preset->name, 0);
	}
	if (!json_read(c, source, &reader.root))
		return false;
	if (json_expect_object(c, reader.root)) {
		object = true;
		read_root(&reader);
	}
	if (policy_value_enough(&reader))
		diag_error(&c->diag, PLACE_SOURCE(source), "too many errors");
	json_decref(reader.root.value);
	return object;
}

bool
read_policy(struct compilation *c, const struct source *source, struct policy *policy)
{
	return read_source(c, source, policy);
}

/* Reads a preset alone. What it says is in the arena, but for the entries. */
static void
read_alone(struct compilation *c, const char *name, struct policy *ret_policy)
{
	*ret_policy = (struct policy){ .extended.arena = &c->arena };
	/* A fragment is a part of a policy, which says itself what it extends. */
	if (read_policy_is_fragment(name))
		map_add(&ret_policy->extended, "base", 0);
	read_source(c, read_policy_preset(c, name), ret_policy);
	json_decref(ret_policy->merged);
	ret_policy->merged = NULL;
}

/* Adds what a fragment says, as if it stood at a place. */
static void
add_fragment(struct compilation *c, struct policy *implied, const char *name, struct place place)
{
	struct policy fragment;

	read_alone(c, name, &fragment);
	for (size_t i = 0; i < fragment.grant_count; i++) {
		struct grant *grant = ARRAY_ADD(&c->arena, implied->grants, implied->grant_count,
		                                implied->grant_capacity);

		*grant = fragment.grants[i];
		grant->place = grant->destination_place = place;
		grant->entry = NULL;
		grant->preset = false;
	}
	for (size_t i = 0; i < fragment.variable_count; i++) {
		struct variable variable = fragment.variables[i];

		variable.place = place;
		variable.entry = NULL;
		variable.preset = false;
		policy_members_set(&c->arena, implied, variable);
	}
}

void
read_policy_finish(struct compilation *c, struct policy *policy)
{
	struct policy base, implied = { 0 };
	struct policy_revoked *revoked;

	if (!policy->merged)
		extend(c, policy, "base");
	read_alone(c, "base", &base);
	if (policy->home)
		add_fragment(c, &implied, arena_printf(&c->arena, "home-%s", policy->home),
		             policy->home_place);
	if (policy->network == NETWORK_HOST)
		add_fragment(c, &implied, "network-host", policy->network_place);
	size_t count = read_policy_revoke(c, policy, &implied, &revoked);
	read_policy_settle(c, policy, false);
	read_policy_imply(c, policy, &implied, &base);
	read_policy_settle(c, policy, true);
	read_policy_settle_closures(c, policy);
	read_policy_revoke_report(c, policy, revoked, count);
	read_policy_lift(c, policy);
	/* A policy that shares the host's name has no word against a preset's. */
	if (policy->hostname && policy->share & CLONE_NEWUTS &&
	    preset_of(policy->hostname_place.source))
		policy->hostname = NULL;
	read_policy_merge(policy);
}
