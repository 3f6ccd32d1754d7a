/* Reads what the program starts with: "environment", "arguments", "working-directory". */
#include "compiler.h"

#include <fnmatch.h>
#include <string.h>

#define DIGITS "0123456789"
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_" DIGITS

/* Environment */

static bool
check_name(struct compilation *c, struct place place, const char *name)
{
	if (name[0] != '\0' && !strchr(DIGITS, name[0]) &&
	    strspn(name, NAME_CHARACTERS) == strlen(name))
		return true;
	diag_error(&c->diag, place,
	           "bad variable name '%s': expected letters, digits and '_', no digit first",
	           name);
	return false;
}

static bool
check_pattern(struct compilation *c, struct place place, const char *pattern)
{
	if (pattern[0] != '\0' && !strchr(DIGITS, pattern[0]) &&
	    strspn(pattern, NAME_CHARACTERS "*") == strlen(pattern))
		return true;
	diag_error(&c->diag, place,
	           "bad pattern '%s': expected a variable name, in which '*' stands for any "
	           "characters",
	           pattern);
	return false;
}

static void
read_inherit(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "all", NULL };
	struct compilation *c = reader->c;
	struct policy_words inherit = { 0 };
	struct map seen = { .arena = &c->arena };
	size_t index;

	if (json_is_string(at.value)) {
		if (!json_get_choice(c, at, choices, &index))
			return;
	} else if (!json_is_array(at.value)) {
		diag_error(&c->diag, at.place, "expected 'all' or an array of variable names");
		return;
	}
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (policy_value_word(c, at, i, &seen, &word) &&
		    check_pattern(c, word.place, word.text))
			policy_value_add(&c->arena, &inherit, word);
	}
	reader->policy->inherit_all = json_is_string(at.value);
	reader->policy->inherit = inherit;
}

/* The texts of a list as one, with ':' between them; NULL after reporting. */
static struct template_text *
join_list(struct policy_reader *reader, struct json_at list)
{
	struct compilation *c = reader->c;
	struct template_text *joined = arena_alloc(&c->arena, sizeof *joined);
	unsigned errors_before = c->diag.errors;

	if (!json_expect_array(c, list))
		return NULL;
	size_t count = json_array_size(list.value);
	if (count == 0)
		diag_error(&c->diag, list.place, "expected at least one text");
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct json_at at = json_element(c, list, i);
		struct template_text *template = policy_value_template(c, at);

		/* In PATH and its like an empty element is the working directory. */
		if (template && template->count == 0)
			diag_error(&c->diag, at.place, "expected a text that is not empty");
		if (i > 0)
			template_add(
				&c->arena, joined,
				(struct template_segment){ .kind = SEGMENT_LITERAL, .text = ":" });
		for (size_t j = 0; template && j < template->count; j++)
			template_add(&c->arena, joined, template->segments[j]);
	}
	return c->diag.errors == errors_before ? joined : NULL;
}

/* Reads "set" or "prefix": an object with a variable a member. */
static void
read_values(struct policy_reader *reader, struct json_at object, bool prefix)
{
	struct compilation *c = reader->c;
	const char *name;
	json_t *value;

	if (!json_expect_object(c, object))
		return;
	json_object_foreach (object.value, name, value) {
		struct json_at at = json_member(c, object, name);
		struct place key = at.place;
		struct template_text *template = NULL;

		key.key = true;
		if (policy_value_enough(reader))
			return;
		if (!check_name(c, key, name))
			continue;
		template = prefix ? join_list(reader, at) : policy_value_template(c, at);
		if (template)
			policy_members_set(&c->arena, reader->policy,
			                   (struct variable){ .name = arena_copy(&c->arena, name,
			                                                         strlen(name)),
			                                      .value = template,
			                                      .prefix = prefix,
			                                      .preset = reader->preset,
			                                      .place = at.place,
			                                      .entry = value });
	}
}

/* What a policy takes away need not be followed for those that it builds on. */
static void
drop_path_variables(struct policy_reader *reader, const char *pattern)
{
	struct policy_words *words = &reader->policy->path_variables;
	size_t kept = 0;

	for (size_t i = 0; i < words->count; i++)
		if (words->items[i].place.source == reader->source ||
		    fnmatch(pattern, words->items[i].text, FNM_NOESCAPE) != 0)
			words->items[kept++] = words->items[i];
	words->count = kept;
}

static void
read_unset(struct policy_reader *reader, struct json_at list, struct json_at set)
{
	struct compilation *c = reader->c;
	struct map seen = { .arena = &c->arena };

	if (!json_expect_array(c, list))
		return;
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (!policy_value_word(c, list, i, &seen, &word) ||
		    !check_pattern(c, word.place, word.text))
			continue;
		if (json_object_get(set.value, word.text)) {
			struct json_at other = json_member(c, set, word.text);

			other.place.key = true;
			diag_error(&c->diag, word.place, "'%s' is both set and unset", word.text);
			diag_note(&c->diag, other.place, "it is set here");
			continue;
		}
		if (!reader->preset)
			drop_path_variables(reader, word.text);
		policy_members_set(&c->arena, reader->policy,
		                   (struct variable){ .name = word.text,
		                                      .preset = reader->preset,
		                                      .place = word.place,
		                                      .entry = json_array_get(list.value, i) });
	}
}

void
read_policy_environment(struct policy_reader *reader, struct json_at at)
{
	static const char *const keys[] = { "inherit", "set", "unset", "prefix", NULL };
	struct compilation *c = reader->c;

	if (!json_expect_object(c, at))
		return;
	json_refuse_unknown(c, at, keys);
	struct json_at inherit = json_member(c, at, "inherit");
	struct json_at set = json_member(c, at, "set");
	struct json_at unset = json_member(c, at, "unset");
	struct json_at prefix = json_member(c, at, "prefix");
	if (inherit.value)
		read_inherit(reader, inherit);
	if (set.value)
		read_values(reader, set, false);
	if (unset.value)
		read_unset(reader, unset, set);
	if (prefix.value)
		read_values(reader, prefix, true);
}

void
read_policy_path_variables(struct policy_reader *reader, struct json_at at)
{
	struct compilation *c = reader->c;
	struct map seen = { .arena = &c->arena };

	if (!json_expect_array(c, at))
		return;
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (policy_value_word(c, at, i, &seen, &word) &&
		    check_name(c, word.place, word.text))
			policy_value_add(&c->arena, &reader->policy->path_variables, word);
	}
}

/* Arguments */

static void
read_texts(struct policy_reader *reader, struct json_at list, struct policy_words *words)
{
	struct compilation *c = reader->c;

	if (!json_expect_array(c, list))
		return;
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (!policy_value_word(c, list, i, NULL, &word))
			continue;
		word.template = template_parse(c, word.place, word.text);
		if (word.template)
			*ARRAY_ADD(&c->arena, words->items, words->count, words->capacity) = word;
	}
}

static void
read_prepend(struct policy_reader *reader, struct json_at at)
{
	read_texts(reader, at, &reader->policy->prepend);
}

static void
read_append(struct policy_reader *reader, struct json_at at)
{
	read_texts(reader, at, &reader->policy->append);
}

static void
read_files(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "none", "read-only", "read-write", NULL };
	size_t index;

	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	reader->policy->argument_files = (enum files_mode)index;
	reader->policy->argument_files_place = at.place;
}

void
read_policy_arguments(struct policy_reader *reader, struct json_at at)
{
	static const struct policy_member members[] = {
		{ "prepend", read_prepend },
		{ "append", read_append },
		{ "files", read_files },
		{ NULL, NULL },
	};

	policy_value_members(reader, at, members);
}

/* Working directory */

/* Reads the form that is an object. */
static bool
read_directory_access(struct policy_reader *reader, struct json_at object,
                      enum directory_mode *ret_mode, bool *ret_optional)
{
	static const char *const keys[] = { "access", "optional", NULL };
	static const char *const choices[] = { "read-only", "read-write", NULL };
	struct compilation *c = reader->c;
	struct json_at optional = json_member(c, object, "optional");
	size_t index;

	json_refuse_unknown(c, object, keys);
	if (optional.value)
		json_get_boolean(c, optional, ret_optional);
	if (!json_get_choice(c, json_member(c, object, "access"), choices, &index))
		return false;
	*ret_mode = index == 0 ? DIRECTORY_READ_ONLY : DIRECTORY_READ_WRITE;
	return true;
}

void
read_policy_working_directory(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "keep", "read-only", "read-write", NULL };
	struct policy *policy = reader->policy;
	const char *text = json_string_value(at.value);
	enum directory_mode mode = DIRECTORY_PATH;
	struct template_text *path = NULL;
	bool optional = false;
	size_t index;

	if (json_is_object(at.value)) {
		if (!read_directory_access(reader, at, &mode, &optional))
			return;
	} else if (text && (text[0] == '/' || text[0] == '$')) {
		path = policy_value_path(reader->c, at, &text);
		if (!path)
			return;
	} else if (json_get_choice(reader->c, at, choices, &index)) {
		mode = (enum directory_mode)index;
	} else {
		return;
	}
	policy->working_directory = mode;
	policy->working_directory_optional = optional;
	policy->working_directory_path = path;
	policy->working_directory_place = at.place;
}
