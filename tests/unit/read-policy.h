/* What the tests of merging share: reading policies, and comparing what comes of them. */
#ifndef READ_POLICY_H
#define READ_POLICY_H

#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A compilation whose messages are kept. */
struct fixture {
	struct compilation c;
	struct policy policy;
	char *said;
	size_t said_size;
};

static inline void
begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
}

static inline void
end(struct fixture *f)
{
	fclose(f->c.diag.stream);
	free(f->said);
	json_decref(f->policy.merged);
	arena_free(&f->c.arena);
}

static inline void
read_text(struct fixture *f, const char *text)
{
	struct source *source = arena_alloc(&f->c.arena, sizeof *source);
	*source = (struct source){ .name = "policy", .text = text, .size = strlen(text) };
	read_policy(&f->c, source, &f->policy);
}

/* Reads a policy with these members, single quotes standing for double ones. */
static inline void
read_members(struct fixture *f, const char *members)
{
	char *text =
		arena_printf(&f->c.arena, "{ 'closurebox': 1%s%s }", *members ? ", " : "", members);
	for (char *at = text; (at = strchr(at, '\'')) != NULL;)
		*at = '"';
	read_text(f, text);
}

static inline void
assert_good(struct fixture *f)
{
	fflush(f->c.diag.stream);
	ck_assert_msg(f->c.diag.errors == 0, "%s", f->said);
}

static inline void
finish(struct fixture *f)
{
	read_policy_finish(&f->c, &f->policy);
	assert_good(f);
}

/* The text of the merged policy, with single quotes again if `quotes`. */
static inline char *
merged(struct fixture *f, bool quotes)
{
	char *dump = json_dumps(f->policy.merged, JSON_SORT_KEYS | JSON_COMPACT);
	char *text = arena_copy(&f->c.arena, dump, strlen(dump));
	free(dump);
	for (char *at = text; quotes && (at = strchr(at, '"')) != NULL;)
		*at = '\'';
	return text;
}

static inline void
print_template(struct buffer *text, const struct template_text *template)
{
	for (size_t i = 0; template && i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];
		buffer_printf(text, "%d[%s]", (int)segment->kind,
		              segment->text ? segment->text : "");
		print_template(text, segment->fallback);
	}
	buffer_add_string(text, ";");
}

static inline void
print_words(struct buffer *text, const struct policy_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		buffer_printf(text, "%s,", words->items[i].text);
	buffer_add_string(text, "\n");
}

/* Describes everything that later stages see of the policy. */
static inline const char *
print_policy(struct fixture *f, const struct policy *policy)
{
	struct buffer text = { .arena = &f->c.arena };
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];
		buffer_printf(&text, "%d %u %o %llu %d ", (int)grant->kind, grant->flags,
		              (unsigned)grant->mode, (unsigned long long)grant->size,
		              grant->entry != NULL);
		print_template(&text, grant->destination);
		print_template(&text, grant->source);
		print_template(&text, grant->changes);
		buffer_add_string(&text, "\n");
	}
	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];
		buffer_printf(&text, "%s %d %d", variable->name, variable->value != NULL,
		              variable->prefix);
		print_template(&text, variable->value);
	}
	for (size_t i = 0; i < policy->limit_count; i++)
		buffer_printf(&text, "limit %u %llu\n", policy->limits[i].resource,
		              (unsigned long long)policy->limits[i].value);
	for (size_t i = 0; i < policy->kept_count; i++)
		buffer_printf(&text, "%u\n", policy->kept_descriptors[i]);
	buffer_printf(&text, "%s %s %s\n", policy->name ? policy->name : "-",
	              policy->hostname ? policy->hostname : "-", policy->home ? policy->home : "-");
	print_template(&text, policy->working_directory_path);
	print_words(&text, &policy->prepend);
	print_words(&text, &policy->append);
	print_words(&text, &policy->inherit);
	print_words(&text, &policy->path_variables);
	print_words(&text, &policy->closure_files);
	print_words(&text, &policy->filter_allow);
	print_words(&text, &policy->filter_deny);
	print_words(&text, &policy->accepted);
	buffer_printf(&text, "%d %d %d %d %d %d %d %llu %d %d %d %d %d %d %u %d %u %o %d\n",
	              (int)policy->store, policy->namespaces_optional,
	              (int)policy->working_directory, policy->working_directory_optional,
	              (int)policy->argument_files, policy->inherit_all, (int)policy->network,
	              (unsigned long long)policy->share, (int)policy->filter_base,
	              policy->filter_i386, policy->nested_sandbox, policy->new_session,
	              policy->outlive_parent, policy->core_dumps, (unsigned)policy->nice,
	              policy->wait_for_all, (unsigned)policy->stop_timeout, (unsigned)policy->umask,
	              (int)policy->descriptors);
	return text.data;
}

/* Asserts that two texts are the same; shows where they differ, for they may be long. */
static inline void
assert_same(const char *a, const char *b)
{
	size_t same = 0;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	const char *start = a + (same > 60 ? same - 60 : 0);
	ck_assert_msg(a[same] == b[same], "...%.200s\nbut then\n...%.200s", start, b + (start - a));
}

/* Asserts that the merged policy, read again by itself, is the same to every later stage, and that
 * nothing is to be said of it. */
static inline void
assert_canonical(struct fixture *f)
{
	struct fixture again;
	begin(&again);
	/* Both sort in place what has no order. */
	const char *text = merged(f, false);
	read_text(&again, text);
	finish(&again);
	assert_same(text, merged(&again, false));
	assert_same(print_policy(f, &f->policy), print_policy(f, &again.policy));
	ck_assert_str_eq(again.said, "");
	end(&again);
}

#endif
