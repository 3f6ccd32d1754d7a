/* Reads how the program runs: "process", "descriptors", "share", "system-calls". */
#include "compiler.h"

#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Limits */

static void
set_limit(struct policy_reader *reader, struct policy_limit limit)
{
	struct policy *policy = reader->policy;
	size_t at = 0;

	while (at < policy->limit_count && policy->limits[at].resource < limit.resource)
		at++;
	if (at == policy->limit_count || policy->limits[at].resource != limit.resource) {
		ARRAY_ADD(&reader->c->arena, policy->limits, policy->limit_count,
		          policy->limit_capacity);
		memmove(&policy->limits[at + 1], &policy->limits[at],
		        (policy->limit_count - 1 - at) * sizeof *policy->limits);
	}
	policy->limits[at] = limit;
}

static void
read_limit(struct policy_reader *reader, struct json_at at, const struct resource_limit *limit)
{
	const char *text = json_string_value(at.value);
	uint64_t value = UINT64_MAX; /* RLIM64_INFINITY */
	bool unlimited = text && strcmp(text, "unlimited") == 0;

	if (!unlimited && text && !limit->bytes) {
		diag_error(&reader->c->diag, at.place, "expected a number or 'unlimited'");
		return;
	}
	if (!unlimited && text && strspn(text, "0123456789") == 0) {
		diag_error(&reader->c->diag, at.place,
		           "bad size '%s': expected a number, one with K, M, G or T, or "
		           "'unlimited'",
		           text);
		return;
	}
	if (!unlimited && !policy_value_size(reader->c, at, INT64_MAX, &value))
		return;
	set_limit(reader, (struct policy_limit){
				  .resource = limit->resource, .value = value, .place = at.place });
}

static void
read_limits(struct policy_reader *reader, struct json_at at)
{
	struct string_list known = { 0 };
	const char *name;
	json_t *value;

	if (!json_expect_object(reader->c, at))
		return;
	for (const struct resource_limit *limit = resource_limits; limit->name; limit++)
		string_list_add(&reader->c->arena, &known, limit->name);
	string_list_add(&reader->c->arena, &known, NULL);
	json_refuse_unknown(reader->c, at, known.items);
	json_object_foreach (at.value, name, value) {
		const struct resource_limit *limit = resource_limits;

		while (limit->name && strcmp(limit->name, name) != 0)
			limit++;
		if (limit->name && !policy_value_enough(reader))
			read_limit(reader, json_member(reader->c, at, name), limit);
	}
}

/* Process */

static void
read_new_session(struct policy_reader *reader, struct json_at at)
{
	json_get_boolean(reader->c, at, &reader->policy->new_session);
}

static void
read_die_with_parent(struct policy_reader *reader, struct json_at at)
{
	bool dies;

	if (json_get_boolean(reader->c, at, &dies))
		reader->policy->outlive_parent = !dies;
}

static void
read_core_dumps(struct policy_reader *reader, struct json_at at)
{
	json_get_boolean(reader->c, at, &reader->policy->core_dumps);
}

static void
read_nice(struct policy_reader *reader, struct json_at at)
{
	uint64_t nice;

	if (!json_get_integer(reader->c, at, &nice))
		return;
	if (nice > 39) /* from -20 to 19, nice(2) */
		diag_error(&reader->c->diag, at.place,
		           "expected what is added to the nice value, 0 to 39, got %" PRIu64, nice);
	else
		reader->policy->nice = (uint32_t)nice;
}

static void
read_wait_for(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "main", "all", NULL };
	size_t index;

	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	reader->policy->wait_for_all = index == 1;
	reader->policy->wait_for_place = at.place;
}

static void
read_stop_timeout(struct policy_reader *reader, struct json_at at)
{
	const char *text = json_string_value(at.value);
	uint64_t value = 0, scale = 0;

	if (text && strcmp(text, "none") != 0) {
		size_t digits = strspn(text, "0123456789");

		if (strcmp(text + digits, "s") == 0)
			scale = 1000;
		else if (strcmp(text + digits, "ms") == 0)
			scale = 1;
		if (digits == 0 || scale == 0)
			text = NULL;
		else if (!parse_decimal(text, digits, &value) || value > UINT32_MAX / scale)
			value = UINT32_MAX;
		else
			value *= scale;
	}
	if (!text)
		diag_error(&reader->c->diag, at.place,
		           "expected a time such as '5s' or '500ms', or 'none'");
	else if (scale > 0 && value == 0)
		diag_error(&reader->c->diag, at.place,
		           "expected a time of at least one millisecond, or 'none'");
	else if (value == UINT32_MAX)
		diag_error(&reader->c->diag, at.place,
		           "the time is too long; at most %" PRIu32 "s can be said",
		           UINT32_MAX / 1000);
	else
		reader->policy->stop_timeout = (uint32_t)value;
	reader->policy->stop_timeout_place = at.place;
}

static void
read_umask(struct policy_reader *reader, struct json_at at)
{
	policy_value_mode(reader->c, at, "umask", 0777, &reader->policy->umask);
}

void
read_policy_process(struct policy_reader *reader, struct json_at at)
{
	static const struct policy_member members[] = {
		{ "new-session", read_new_session },
		{ "die-with-parent", read_die_with_parent },
		{ "core-dumps", read_core_dumps },
		{ "limits", read_limits },
		{ "nice", read_nice },
		{ "wait-for", read_wait_for },
		{ "stop-timeout", read_stop_timeout },
		{ "umask", read_umask },
		{ NULL, NULL },
	};

	policy_value_members(reader, at, members);
	reader->policy->process_place = at.place;
}

/* Descriptors */

static int
compare_descriptors(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

/* Descriptors as numbers, sorted and each once. */
static void
read_descriptor_list(struct policy_reader *reader, struct json_at list)
{
	struct compilation *c = reader->c;
	struct policy *policy = reader->policy;
	struct map seen = { .arena = &c->arena };
	size_t count = json_array_size(list.value);

	policy->descriptors = DESCRIPTORS_LIST;
	policy->kept_count = 0;
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct json_at at = json_element(c, list, i);
		uint64_t number;

		if (!json_get_integer(c, at, &number))
			continue;
		const char *text = arena_printf(&c->arena, "%" PRIu64, number);
		if (number < 3 || number > INT_MAX) {
			diag_error(&c->diag, at.place,
			           "expected the number of a descriptor, from 3 on; 0, 1 and 2 are "
			           "always kept");
		} else if (map_get(&seen, text) != MAP_ABSENT) {
			diag_error(&c->diag, at.place, "%s is listed twice", text);
		} else {
			map_add(&seen, text, i);
			*ARRAY_ADD(&c->arena, policy->kept_descriptors, policy->kept_count,
			           policy->kept_capacity) = (unsigned)number;
		}
	}
	if (policy->kept_count > 0)
		qsort(policy->kept_descriptors, policy->kept_count,
		      sizeof *policy->kept_descriptors, compare_descriptors);
}

void
read_policy_descriptors(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "standard", "inherit", NULL };
	struct policy *policy = reader->policy;
	size_t index;

	policy->descriptors_place = at.place;
	if (json_is_array(at.value)) {
		read_descriptor_list(reader, at);
		return;
	}
	if (!json_is_string(at.value)) {
		diag_error(&reader->c->diag, at.place,
		           "expected 'standard', 'inherit' or an array of numbers");
		return;
	}
	if (!json_get_choice(reader->c, at, choices, &index))
		return;
	policy->descriptors = index == 0 ? DESCRIPTORS_STANDARD : DESCRIPTORS_INHERIT;
	policy->kept_count = 0;
}

/* Namespaces of the caller */

/* The words of a list as bits: bit i for choices[i]. */
static unsigned
read_set(struct policy_reader *reader, struct json_at list, const char *const *choices)
{
	struct map seen = { .arena = &reader->c->arena };
	unsigned bits = 0;

	if (!json_expect_array(reader->c, list))
		return 0;
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;
		size_t index;

		if (policy_value_word(reader->c, list, i, &seen, &word) &&
		    json_get_choice(reader->c, json_element(reader->c, list, i), choices, &index))
			bits |= 1U << index;
	}
	return bits;
}

void
read_policy_share(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "pid", "ipc", "uts", "cgroup", NULL };
	static const uint64_t flags[] = { CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS,
		                          CLONE_NEWCGROUP };
	unsigned bits = read_set(reader, at, choices);

	reader->policy->share = 0;
	for (size_t i = 0; choices[i]; i++)
		if (bits & 1U << i)
			reader->policy->share |= flags[i];
	reader->policy->share_place = at.place;
}

/* System calls */

/* Names, of which syscalls.c knows whether they are any. */
static void
read_call_names(struct policy_reader *reader, struct json_at list, struct policy_words *words)
{
	struct compilation *c = reader->c;
	struct map seen = { .arena = &c->arena };

	if (!json_expect_array(c, list))
		return;
	size_t count = json_array_size(list.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++) {
		struct policy_word word;

		if (!policy_value_word(c, list, i, &seen, &word))
			continue;
		const char *name = word.text + (word.text[0] == '@');
		const char *nearest = NULL;
		bool possible =
			*name != '\0' &&
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);

		if (!possible)
			nearest = syscall_nearest(word.text);
		if (possible)
			policy_value_add(&c->arena, words, word);
		else if (nearest)
			diag_error(&c->diag, word.place,
			           "unknown system call or group '%s'; did you mean '%s'?",
			           word.text, nearest);
		else
			diag_error(&c->diag, word.place,
			           "expected the name of a system call, or of a group as '@mount', "
			           "got '%s'",
			           word.text);
	}
}

static void
read_base(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "default", "strict", "none", NULL };
	size_t index;

	if (json_get_choice(reader->c, at, choices, &index))
		reader->policy->filter_base = (enum filter_base)index;
}

static void
read_allow(struct policy_reader *reader, struct json_at at)
{
	read_call_names(reader, at, &reader->policy->filter_allow);
}

static void
read_deny(struct policy_reader *reader, struct json_at at)
{
	read_call_names(reader, at, &reader->policy->filter_deny);
}

static void
read_architectures(struct policy_reader *reader, struct json_at at)
{
	static const char *const choices[] = { "native", "i386", NULL };
	unsigned errors_before = reader->c->diag.errors;
	unsigned bits = read_set(reader, at, choices);

	if (reader->c->diag.errors == errors_before && !(bits & 1))
		diag_error(&reader->c->diag, at.place, "'native' must be in the list");
	reader->policy->filter_i386 = bits & 2;
}

void
read_policy_system_calls(struct policy_reader *reader, struct json_at at)
{
	static const struct policy_member members[] = {
		{ "base", read_base }, { "allow", read_allow },
		{ "deny", read_deny }, { "architectures", read_architectures },
		{ NULL, NULL },
	};

	policy_value_members(reader, at, members);
	reader->policy->filter_place = at.place;
}
