/* Reads a policy, what a box may have beyond its closure, over the policies before it. */
#include "compiler.h"
#include "presets.h"

#include <inttypes.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#define NAME_SIZE_MAX 255 /* NAME_MAX: names become file names */
#define HOSTNAME_SIZE_MAX 64 /* __NEW_UTS_LEN, uname(2) */

/* What "home": "temporary" stands for. */
#define HOME_TEMPLATE "${HOME:-/home}"
#define HOME_MODE 0700

/* The policy being read. */
struct reader {
	struct compilation *c;
	struct policy *policy;
	const struct source *source;
	struct json_at root;
	unsigned error_limit;
	struct map destinations; /* of the grants so far, to their index */
	bool home_variable; /* this file itself says what HOME is */
};

static bool
enough(const struct reader *reader)
{
	return reader->c->diag.errors >= reader->error_limit;
}

/* Choices */

/* The value, as one of `choices`; those that are only planned are refused as such. */
static bool
get_choice(struct compilation *c, struct json_at at, const char *const *choices,
           const char *const *planned, size_t *ret_index)
{
	const char *text = json_string_value(at.value);

	while (text && *planned && strcmp(*planned, text) != 0)
		planned++;
	if (!text || !*planned)
		return json_get_choice(c, at, choices, ret_index);
	struct buffer expected = { .arena = &c->arena };
	for (size_t i = 0; choices[i]; i++)
		buffer_printf(&expected, "%s'%s'", i > 0 ? ", " : "", choices[i]);
	diag_error(&c->diag, at.place, "'%s' is not supported yet; expected %s%s", text,
	           choices[1] ? "one of " : "", expected.data);
	return false;
}

/* Grants */

/* What is granted at a path and what then covers it are two things. */
static const char *
destination_key(struct arena *arena, const struct grant *grant)
{
	bool covers = grant->kind == GRANT_MASK || grant->kind == GRANT_PROTECT;

	return arena_printf(arena, "%s %s", covers ? "covered" : "granted",
	                    grant->destination_text);
}

/* Adds the grant, or puts it in the place of one with its destination in a policy before. */
static void
add_grant(struct reader *reader, struct grant grant)
{
	struct policy *policy = reader->policy;
	const char *key = destination_key(&reader->c->arena, &grant);
	size_t index = map_get(&reader->destinations, key);

	if (index == MAP_ABSENT) {
		map_add(&reader->destinations, key, policy->grant_count);
		*ARRAY_ADD(&reader->c->arena, policy->grants, policy->grant_count,
		           policy->grant_capacity) = grant;
		return;
	}
	struct grant *earlier = &policy->grants[index];
	if (earlier->place.source != reader->source) {
		*earlier = grant;
	} else if (grant.entry) {
		diag_error(&reader->c->diag, grant.place, "'%s' is granted twice",
		           grant.destination_text);
		diag_note(&reader->c->diag, earlier->place, "it is granted here first");
	}
}

static void
read_filesystem(struct reader *reader, struct json_at list)
{
	if (!json_expect_array(reader->c, list))
		return;
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !enough(reader); i++) {
		struct grant grant;

		if (read_policy_grant(reader->c, json_element(reader->c, list, i), &grant))
			add_grant(reader, grant);
	}
}

/* Variables */

/* Sets the variable, in the place of what a policy before said of it. */
static void
add_variable(struct reader *reader, struct variable variable)
{
	struct policy *policy = reader->policy;
	size_t at = 0;
	int order = 1;

	while (at < policy->variable_count &&
	       (order = strcmp(policy->variables[at].name, variable.name)) < 0)
		at++;
	if (at == policy->variable_count || order != 0) {
		ARRAY_ADD(&reader->c->arena, policy->variables, policy->variable_count,
		          policy->variable_capacity);
		memmove(&policy->variables[at + 1], &policy->variables[at],
		        (policy->variable_count - 1 - at) * sizeof *policy->variables);
	}
	policy->variables[at] = variable;
	if (strcmp(variable.name, "HOME") == 0)
		reader->home_variable = true;
}

static bool
check_variable_name(struct compilation *c, struct place place, const char *name)
{
	if (name[0] != '\0' && !strchr(DIGITS, name[0]) &&
	    strspn(name, LETTERS DIGITS "_") == strlen(name))
		return true;
	diag_error(&c->diag, place,
	           "bad variable name '%s': expected letters, digits and '_', no digit first",
	           name);
	return false;
}

static void
read_set(struct reader *reader, struct json_at set)
{
	const char *name;
	json_t *value;

	if (!json_expect_object(reader->c, set))
		return;
	json_object_foreach (set.value, name, value) {
		struct json_at at = json_member(reader->c, set, name);
		struct place key = at.place;

		key.key = true;
		if (enough(reader))
			return;
		if (!check_variable_name(reader->c, key, name))
			continue;
		struct template_text *template = read_policy_template(reader->c, at);
		if (template)
			add_variable(reader, (struct variable){
						     .name = arena_copy(&reader->c->arena, name,
			                                                strlen(name)),
						     .value = template,
						     .place = at.place,
						     .entry = value,
					     });
	}
}

static void
read_unset(struct reader *reader, struct json_at list, struct json_at set)
{
	if (!json_expect_array(reader->c, list))
		return;
	struct map seen = { .arena = &reader->c->arena };
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !enough(reader); i++) {
		struct json_at at = json_element(reader->c, list, i);
		const char *name;

		if (!json_get_string(reader->c, at, &name) ||
		    !check_variable_name(reader->c, at.place, name))
			continue;
		if (map_get(&seen, name) != MAP_ABSENT) {
			diag_error(&reader->c->diag, at.place, "'%s' is unset twice", name);
			continue;
		}
		name = arena_copy(&reader->c->arena, name, strlen(name));
		map_add(&seen, name, i);
		if (set.value && json_object_get(set.value, name)) {
			struct json_at other = json_member(reader->c, set, name);

			other.place.key = true;
			diag_error(&reader->c->diag, at.place, "'%s' is both set and unset", name);
			diag_note(&reader->c->diag, other.place, "it is set here");
			continue;
		}
		add_variable(reader, (struct variable){ .name = name, .place = at.place });
	}
}

static void
read_environment(struct reader *reader, struct json_at environment)
{
	static const char *const keys[] = { "inherit", "set", "unset", NULL };
	static const char *const planned[] = { "prefix", NULL };
	static const char *const choices[] = { "all", NULL };
	struct compilation *c = reader->c;

	if (!json_expect_object(c, environment))
		return;
	read_policy_keys(c, environment, keys, planned);
	struct json_at inherit = json_member(c, environment, "inherit");
	struct json_at set = json_member(c, environment, "set");
	struct json_at unset = json_member(c, environment, "unset");
	size_t index;
	if (json_is_array(inherit.value))
		diag_error(&c->diag, inherit.place,
		           "a list of variables is not supported yet; expected 'all'");
	else if (inherit.value)
		json_get_choice(c, inherit, choices, &index);
	if (set.value)
		read_set(reader, set);
	if (unset.value)
		read_unset(reader, unset, set);
}

/* Scalars */

static void
read_version(struct reader *reader, struct json_at at)
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
read_name(struct reader *reader, struct json_at at)
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
read_hostname(struct reader *reader, struct json_at at)
{
	const char *name, *rule = NULL;

	if (!json_get_string(reader->c, at, &name))
		return;
	size_t size = strlen(name);
	if (size == 0)
		rule = "it is empty";
	else if (size > HOSTNAME_SIZE_MAX)
		rule = "it is longer than 64 bytes";
	else if (strspn(name, LETTERS DIGITS ".-") != size)
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

/* A home of the box's own: a grant and a variable, unless this file says itself what they are. */
static void
read_home(struct reader *reader, struct json_at at)
{
	static const char *const choices[] = { "temporary", NULL };
	static const char *const planned[] = { "none", "private", "host", NULL };
	size_t index;

	if (!get_choice(reader->c, at, choices, planned, &index))
		return;
	struct template_text *home = template_parse(reader->c, at.place, HOME_TEMPLATE);
	add_grant(reader, (struct grant){ .kind = GRANT_TMPFS,
	                                  .place = at.place,
	                                  .destination_place = at.place,
	                                  .destination = home,
	                                  .destination_text = HOME_TEMPLATE,
	                                  .flags = FLAG_WRITABLE,
	                                  .mode = HOME_MODE });
	if (!reader->home_variable)
		add_variable(reader,
		             (struct variable){ .name = "HOME", .value = home, .place = at.place });
}

static void
read_working_directory(struct reader *reader, struct json_at at)
{
	static const char *const choices[] = { "keep", NULL };
	static const char *const planned[] = { "read-only", "read-write", NULL };
	const char *text = json_string_value(at.value);
	size_t index;

	if (text && (text[0] == '/' || text[0] == '$'))
		diag_error(&reader->c->diag, at.place,
		           "a path is not supported yet; expected 'keep'");
	else
		get_choice(reader->c, at, choices, planned, &index);
}

static void
read_network(struct reader *reader, struct json_at at)
{
	static const char *const choices[] = { "none", NULL };
	static const char *const planned[] = { "host", NULL };
	size_t index;

	get_choice(reader->c, at, choices, planned, &index);
}

/* In the order in which they are read: "home" fills in what those before it left open. */
static const struct {
	const char *key;
	void (*read)(struct reader *reader, struct json_at at);
	bool scalar; /* the last policy that has it has the last word */
} members[] = {
	{ "name", read_name, true },
	{ "filesystem", read_filesystem, false },
	{ "environment", read_environment, false },
	{ "home", read_home, true },
	{ "working-directory", read_working_directory, true },
	{ "network", read_network, true },
	{ "hostname", read_hostname, true },
};

#define MEMBERS (sizeof members / sizeof *members)

static const char *const planned_members[] = { "extends", "store",        "arguments",
	                                       "share",   "system-calls", "nested-sandbox",
	                                       "process", "descriptors",  "accept-risk",
	                                       NULL };

/* Merging */

/* A list or object without elements says nothing, so it is left out. */
static void
set_unless_empty(json_t *object, const char *key, json_t *value)
{
	if (json_array_size(value) > 0 || json_object_size(value) > 0)
		json_object_set_new(object, key, value);
	else
		json_decref(value);
}

static json_t *
merged_environment(const struct policy *policy, json_t *inherit)
{
	json_t *environment = json_object(), *set = json_object(), *unset = json_array();

	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];

		if (!variable->value)
			json_array_append_new(unset, json_string(variable->name));
		else if (variable->entry)
			json_object_set(set, variable->name, variable->entry);
	}
	if (inherit)
		json_object_set(environment, "inherit", inherit);
	set_unless_empty(environment, "set", set);
	set_unless_empty(environment, "unset", unset);
	return environment;
}

/* Brings `merged` up to date. Grants and variables come from what was read, so that it says the
 * same by construction; the entries replaced are let go. */
static void
merge(struct reader *reader)
{
	struct policy *policy = reader->policy;
	json_t *filesystem = json_array();
	json_t *environment = json_object_get(reader->root.value, "environment");
	json_t *inherit = json_object_get(environment, "inherit");

	if (!policy->merged)
		policy->merged = json_object();
	if (!inherit)
		inherit =
			json_object_get(json_object_get(policy->merged, "environment"), "inherit");
	environment = merged_environment(policy, inherit);
	for (size_t i = 0; i < policy->grant_count; i++)
		if (policy->grants[i].entry)
			json_array_append(filesystem, policy->grants[i].entry);

	json_object_set_new(policy->merged, "closurebox", json_integer(1));
	for (size_t i = 0; i < MEMBERS; i++) {
		json_t *value = json_object_get(reader->root.value, members[i].key);

		if (members[i].scalar && value)
			json_object_set(policy->merged, members[i].key, value);
	}
	json_object_del(policy->merged, "filesystem");
	json_object_del(policy->merged, "environment");
	set_unless_empty(policy->merged, "filesystem", filesystem);
	set_unless_empty(policy->merged, "environment", environment);
}

void
read_policy(struct compilation *c, const struct source *source, struct policy *policy)
{
	struct reader reader = { .c = c, .policy = policy, .source = source };
	const char *known[MEMBERS + 2] = { "closurebox" };

	reader.error_limit = c->diag.errors + DIAG_ERRORS_MAX;
	reader.destinations.arena = &c->arena;
	for (size_t i = 0; i < policy->grant_count; i++)
		map_add(&reader.destinations, destination_key(&c->arena, &policy->grants[i]), i);
	for (size_t i = 0; i < MEMBERS; i++)
		known[i + 1] = members[i].key;

	if (!json_read(c, source, &reader.root))
		return;
	if (json_expect_object(c, reader.root)) {
		read_policy_keys(c, reader.root, known, planned_members);
		read_version(&reader, json_member(c, reader.root, "closurebox"));
		for (size_t i = 0; i < MEMBERS; i++) {
			struct json_at at = json_member(c, reader.root, members[i].key);

			if (at.value && !enough(&reader))
				members[i].read(&reader, at);
		}
		merge(&reader);
	}
	if (enough(&reader))
		diag_error(&c->diag, PLACE_SOURCE(source), "too many errors");
	json_decref(reader.root.value);
}

const struct source *
read_policy_preset(struct compilation *c, const char *name)
{
	for (const struct preset *preset = presets; preset->name; preset++) {
		if (strcmp(preset->name, name) != 0)
			continue;
		struct source *source = arena_alloc(&c->arena, sizeof *source);
		source->name = arena_printf(&c->arena, "<preset %s>", name);
		source->text = preset->text;
		source->size = strlen(preset->text);
		return source;
	}
	return NULL;
}
