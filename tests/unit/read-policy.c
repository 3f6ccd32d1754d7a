/* Tests of the policy reader: what entries mean, how policies merge, what is refused. */
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

static void
begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
}

static void
end(struct fixture *f)
{
	fclose(f->c.diag.stream);
	free(f->said);
	json_decref(f->policy.merged);
	arena_free(&f->c.arena);
}

/* Reads a policy with these members beside the version, single quotes standing for double ones. */
static void
read_members(struct fixture *f, const char *members)
{
	struct source *source = arena_alloc(&f->c.arena, sizeof *source);
	char *text = arena_printf(&f->c.arena, "{ 'closurebox': 1%s%s }", *members ? ", " : "",
	                          members);
	for (char *at = text; (at = strchr(at, '\'')) != NULL;)
		*at = '"';
	*source = (struct source){ .name = "policy", .text = text, .size = strlen(text) };
	read_policy(&f->c, source, &f->policy);
	fflush(f->c.diag.stream);
}

static void
read_good(struct fixture *f, const char *members)
{
	read_members(f, members);
	ck_assert_msg(f->c.diag.errors == 0, "%s", f->said);
}

/* The text of the merged policy, single quotes standing for double ones. */
static const char *
merged(struct fixture *f)
{
	char *dump = json_dumps(f->policy.merged, JSON_SORT_KEYS | JSON_COMPACT);
	char *text = arena_copy(&f->c.arena, dump, strlen(dump));
	free(dump);
	for (char *at = text; (at = strchr(at, '"')) != NULL;)
		*at = '\'';
	return text;
}

static const struct grant *
only_grant(struct fixture *f, const char *entry)
{
	read_good(f, arena_printf(&f->c.arena, "'filesystem': [ %s ]", entry));
	ck_assert_uint_eq(f->policy.grant_count, 1);
	return &f->policy.grants[0];
}

static const struct variable *
find_variable(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < f->policy.variable_count; i++)
		if (strcmp(f->policy.variables[i].name, name) == 0)
			return &f->policy.variables[i];
	return NULL;
}

/* Asserts that the members are refused with `errors` errors, the first with `expected` in it. */
static void
assert_refused(const char *members, unsigned errors, const char *expected)
{
	struct fixture f;
	begin(&f);
	read_members(&f, members);
	ck_assert_msg(f.c.diag.errors == errors, "%u errors: %s", f.c.diag.errors, f.said);
	ck_assert_msg(strstr(f.said, expected) != NULL, "expected '%s' in: %s", expected, f.said);
	end(&f);
}

static void
assert_entry_refused(const char *entry, const char *expected)
{
	char members[1000];
	snprintf(members, sizeof members, "'filesystem': [ %s ]", entry);
	assert_refused(members, 1, expected);
}

START_TEST(bind)
{
	struct fixture f;
	begin(&f);
	const struct grant *grant = only_grant(&f, "{ 'bind': '/srv' }");
	ck_assert_int_eq(grant->kind, GRANT_BIND);
	ck_assert_uint_eq(grant->flags, 0);
	ck_assert_str_eq(template_constant(grant->source), "/srv");
	ck_assert_str_eq(template_constant(grant->destination), "/srv");
	ck_assert_str_eq(grant->destination_text, "/srv");
	end(&f);

	begin(&f);
	grant = only_grant(&f, "{ 'bind': '$DATA/x', 'to': '/data', 'access': 'read-write', "
	                       "'optional': true, 'execute': true, 'devices': true }");
	ck_assert_uint_eq(grant->flags,
	                  FLAG_OPTIONAL | FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES);
	ck_assert_uint_eq(grant->source->count, 2);
	ck_assert_str_eq(template_constant(grant->destination), "/data");
	end(&f);

	begin(&f);
	grant = only_grant(&f, "{ 'bind': '/', 'to': '/host', 'access': 'read-only', "
	                       "'optional': false }");
	ck_assert_uint_eq(grant->flags, 0);
	end(&f);
}
END_TEST

START_TEST(tmpfs)
{
	struct fixture f;
	begin(&f);
	const struct grant *grant = only_grant(&f, "{ 'tmpfs': '/tmp' }");
	ck_assert_int_eq(grant->kind, GRANT_TMPFS);
	ck_assert_uint_eq(grant->flags, FLAG_WRITABLE);
	ck_assert_uint_eq(grant->mode, 0755);
	ck_assert_uint_eq(grant->size, 0);
	end(&f);

	begin(&f);
	grant = only_grant(&f, "{ 'tmpfs': '/dev', 'access': 'read-only', 'mode': '1777', "
	                       "'size': '64M', 'execute': true }");
	ck_assert_uint_eq(grant->flags, FLAG_EXECUTABLE);
	ck_assert_uint_eq(grant->mode, 01777);
	ck_assert_uint_eq(grant->size, 64 << 20);
	end(&f);
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {
		{ "4096", 4096 },
		{ "'4096'", 4096 },
		{ "'1K'", 1024 },
		{ "'1G'", 1 << 30 },
		{ "'3T'", (uint64_t)3 << 40 },
		{ "4398046510080", (uint64_t)UINT32_MAX << 10 },
		{ "'4294967295K'", (uint64_t)UINT32_MAX << 10 },
	};
	static const char *const bad[] = {
		"0", "'0'", "'0G'", "-1", "''", "'M'", "'1m'", "'1MB'", "'1 M'", "'-1'", "1.5",
		"'4T'", "4398046510081", "'9223372036854775808'", "'16777216T'",
		"'18446744073709551616'", "'18446744073709551617K'", "null", "true",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct fixture f;
		begin(&f);
		const struct grant *grant = only_grant(
			&f, arena_printf(&f.c.arena, "{ 'tmpfs': '/tmp', 'size': %s }",
		                         good[i].text));
		ck_assert_uint_eq(grant->size, good[i].size);
		end(&f);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char entry[100];
		snprintf(entry, sizeof entry, "{ 'tmpfs': '/tmp', 'size': %s }", bad[i]);
		assert_entry_refused(entry, "policy:1:");
	}
}
END_TEST

START_TEST(modes)
{
	static const char *const bad[] = { "''", "'7'", "'07777777'", "'17777'", "'0789'", "'rwx'",
		                           "755", "'-755'" };
	struct fixture f;
	begin(&f);
	ck_assert_uint_eq(only_grant(&f, "{ 'directory': '/srv', 'mode': '07777' }")->mode, 07777);
	end(&f);
	begin(&f);
	ck_assert_uint_eq(only_grant(&f, "{ 'directory': '/srv', 'mode': '000' }")->mode, 0);
	end(&f);
	begin(&f);
	ck_assert_uint_eq(only_grant(&f, "{ 'directory': '/srv' }")->mode, 0755);
	end(&f);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char entry[100];
		snprintf(entry, sizeof entry, "{ 'directory': '/srv', 'mode': %s }", bad[i]);
		assert_entry_refused(entry, "policy:1:");
	}
}
END_TEST

START_TEST(other_kinds)
{
	struct fixture f;
	begin(&f);
	const struct grant *grant = only_grant(&f, "{ 'file': '/etc/x', 'text': 'a $$ $UID\\n' }");
	ck_assert_int_eq(grant->kind, GRANT_FILE);
	ck_assert_uint_eq(grant->mode, 0444);
	ck_assert_uint_eq(grant->source->count, 3);
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'file': '/etc/x', 'text': '' }");
	ck_assert_uint_eq(grant->source->count, 0);
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'symlink': '/bin/sh', 'target': '../x/sh' }");
	ck_assert_int_eq(grant->kind, GRANT_SYMLINK);
	ck_assert_str_eq(template_constant(grant->source), "../x/sh");
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'mask': '$HOME/.ssh', 'optional': true }");
	ck_assert_int_eq(grant->kind, GRANT_MASK);
	ck_assert_uint_eq(grant->flags, FLAG_OPTIONAL);
	end(&f);
	begin(&f);
	ck_assert_int_eq(only_grant(&f, "{ 'protect': '/proc/sys' }")->kind, GRANT_PROTECT);
	end(&f);
	begin(&f);
	ck_assert_int_eq(only_grant(&f, "{ 'proc': '/proc' }")->kind, GRANT_PROC);
	end(&f);
	begin(&f);
	ck_assert_int_eq(only_grant(&f, "{ 'devpts': '/dev/pts' }")->kind, GRANT_DEVPTS);
	end(&f);
}
END_TEST

START_TEST(paths)
{
	static const char *const good[] = {
		"/a", "/a/b", "$HOME", "$HOME/a", "${X:-/a}", "${X:-/a}/b", "/a$X", "/a/$X/b",
		"${X:-$Y}", "/a/..b", "/a/.b", "/...", "$X$Y", "/a b", "${X:-}/a", "/a${X:-/b}",
		"${X:-/a/${Y:-b}}", "/a/$UID", "$X.", "$X/.$Y",
	};
	static const char *const bad[] = {
		"", "a", "./a", "/", "/a/", "/a//b", "//a", "/a/./b", "/a/..", "/..", "a$X",
		"${X:-a}", "${X:-${Y:-a}}", "$UID", "$UID/a", "$HOME/", "$HOME//a", "$HOME/..",
		"$HOME/../a", "$HOME/./a", "$", "${X", "$$/a", "/a/$X/", "${X:-}", "${X:-/}",
		"${X:-a}/b", "${X:-/a/}", "${X:-/a/}/b", "${X:-/a/..}", "/a/${X:-}", "${X:-}a",
		"/a\\u0001b", "\\u0001/a", "/a\\nb", "${X:-/a/${Y:-..}}",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct fixture f;
		begin(&f);
		only_grant(&f, arena_printf(&f.c.arena, "{ 'directory': '%s' }", good[i]));
		end(&f);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char entry[100];
		snprintf(entry, sizeof entry, "{ 'bind': '%s' }", bad[i]);
		assert_entry_refused(entry, "policy:1:");
		snprintf(entry, sizeof entry, "{ 'bind': '/a', 'to': '%s' }", bad[i]);
		assert_entry_refused(entry, "policy:1:");
	}
}
END_TEST

START_TEST(entries_refused)
{
	assert_entry_refused("{}", "found none of 'bind'");
	assert_entry_refused("{ 'mode': '0755' }", "found none of 'bind'");
	assert_entry_refused("[]", "expected an object");
	assert_entry_refused("{ 'bnd': '/a', 'access': 'read-only' }", "did you mean 'bind'");
	assert_entry_refused("{ 'bind': '/a', 'tmpfs': '/b' }", "both 'bind' and 'tmpfs'");
	assert_entry_refused("{ 'bind': '/a', 'acess': 'read-only' }", "did you mean 'access'");
	assert_entry_refused("{ 'bind': '/a', 'mode': '0755' }",
	                     "'mode' is not an option of 'bind'");
	assert_entry_refused("{ 'tmpfs': '/a', 'devices': true }",
	                     "'devices' is not an option of 'tmpfs'");
	assert_entry_refused("{ 'bind': '/a', 'create': 'file' }", "'create' is not supported yet");
	assert_entry_refused("{ 'overlay': '/a', 'lower': '/b' }",
	                     "'overlay' is not supported yet");
	assert_entry_refused("{ 'bind': '/a', 'access': 'rwx' }", "unknown access 'rwx'");
	assert_entry_refused("{ 'bind': '/a', 'optional': 'yes' }", "expected true or false");
	assert_entry_refused("{ 'bind': 1 }", "expected a string");
	assert_entry_refused("{ 'symlink': '/a' }", "'symlink' needs 'target'");
	assert_entry_refused("{ 'symlink': '/a', 'target': '' }", "cannot be empty");
	assert_entry_refused("{ 'file': '/a' }", "'file' needs 'text'");
	assert_entry_refused("{ 'proc': '$X' }", "launch-time part");
	assert_entry_refused("{ 'devpts': '/dev/$X' }", "launch-time part");
}
END_TEST

START_TEST(members_refused)
{
	assert_refused("'filesystems': []", 1, "did you mean 'filesystem'");
	assert_refused("'filesystem': {}", 1, "expected an array");
	assert_refused("'extends': ['base']", 1, "'extends' is not supported yet");
	assert_refused("'share': [], 'process': {}", 2, "'share' is not supported yet");
	assert_refused("'name': ''", 1, "empty");
	assert_refused("'name': '..'", 1, "bad name");
	assert_refused("'name': 'a/b'", 1, "'/'");
	assert_refused("'name': 'a\\nb'", 1, "control character");
	assert_refused("'hostname': '-a'", 1, "starts with");
	assert_refused("'hostname': '.a'", 1, "starts with");
	assert_refused("'hostname': ''", 1, "empty");
	assert_refused("'hostname': 'a_b'", 1, "character");
	assert_refused("'home': 'private'", 1,
	               "'private' is not supported yet; expected 'temporary'");
	assert_refused("'home': 'temporry'", 1, "unknown home 'temporry'; expected 'temporary'");
	assert_refused("'network': 'host'", 1, "'host' is not supported yet; expected 'none'");
	assert_refused("'working-directory': '/a'", 1, "a path is not supported yet");
	assert_refused("'working-directory': 'read-only'", 1, "'read-only' is not supported yet");
	assert_refused("'environment': []", 1, "expected an object");
	assert_refused("'environment': { 'inherit': ['A'] }", 1, "a list of variables");
	assert_refused("'environment': { 'inherit': 'none' }", 1, "expected 'all'");
	assert_refused("'environment': { 'prefix': {} }", 1, "'prefix' is not supported yet");
	assert_refused("'environment': { 'set': { '1A': '' } }", 1, "bad variable name '1A'");
	assert_refused("'environment': { 'set': { '': '' } }", 1, "bad variable name ''");
	assert_refused("'environment': { 'set': { 'A=B': '' } }", 1, "bad variable name 'A=B'");
	assert_refused("'environment': { 'set': { 'A': 1 } }", 1, "expected a string");
	assert_refused("'environment': { 'set': { 'A': '${' } }", 1, "expected the name");
	assert_refused("'environment': { 'unset': ['A', 'A'] }", 1, "'A' is unset twice");
	assert_refused("'environment': { 'unset': ['A B'] }", 1, "bad variable name 'A B'");
	assert_refused("'environment': { 'set': { 'A': '' }, 'unset': ['A'] }", 1,
	               "'A' is both set and unset");
	assert_refused("'filesystem': [ { 'bind': '/a' }, { 'tmpfs': '/a' } ]", 1,
	               "'/a' is granted twice");
}
END_TEST

START_TEST(all_mistakes_in_one_run)
{
	assert_refused("'nam': 'x', 'hostname': '', "
	               "'filesystem': [ { 'bind': '' }, { 'tmpfs': 'x' } ], "
	               "'environment': { 'set': { '1': '', '2': '' } }", 6, "unknown key 'nam'");
}
END_TEST

START_TEST(version)
{
	static const char *const bad[] = { "{}", "{\"closurebox\":2}", "{\"closurebox\":\"1\"}",
		                           "[]", "1", "{", "" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fixture f;
		struct source source = { .name = "policy", .text = bad[i], .size = strlen(bad[i]) };
		begin(&f);
		read_policy(&f.c, &source, &f.policy);
		fflush(f.c.diag.stream);
		ck_assert_msg(f.c.diag.errors == 1, "%s: %s", bad[i], f.said);
		end(&f);
	}
}
END_TEST

START_TEST(names_at_their_limits)
{
	char name[257];
	struct fixture f;
	memset(name, 'a', sizeof name);
	name[255] = '\0';
	begin(&f);
	read_good(&f, arena_printf(&f.c.arena, "'name': '%s'", name));
	ck_assert_str_eq(f.policy.name, name);
	name[64] = '\0';
	read_good(&f, arena_printf(&f.c.arena, "'hostname': '%s'", name));
	ck_assert_str_eq(f.policy.hostname, name);
	name[64] = 'a';
	name[65] = '\0';
	read_members(&f, arena_printf(&f.c.arena, "'hostname': '%s'", name));
	ck_assert_uint_eq(f.c.diag.errors, 1);
	name[65] = name[255] = 'a';
	name[256] = '\0';
	read_members(&f, arena_printf(&f.c.arena, "'name': '%s'", name));
	ck_assert_uint_eq(f.c.diag.errors, 2);
	end(&f);
}
END_TEST

START_TEST(too_many_errors)
{
	struct fixture f;
	begin(&f);
	struct buffer text = { .arena = &f.c.arena };
	buffer_add_string(&text, "'filesystem': [ 0");
	for (int i = 0; i < 100; i++)
		buffer_add_string(&text, ", 0");
	buffer_add_string(&text, " ], 'hostname': ''");
	read_members(&f, text.data);
	ck_assert_uint_eq(f.c.diag.errors, 21);
	ck_assert_ptr_nonnull(strstr(f.said, "too many errors"));
	end(&f);
}
END_TEST

START_TEST(later_policies_replace)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "'name': 'one', 'hostname': 'a', 'filesystem': [ { 'bind': '/a' }, "
	              "{ 'tmpfs': '/b' }, { 'bind': '/x', 'to': '/c' } ], "
	              "'environment': { 'inherit': 'all', 'set': { 'B': '1', 'A': '1' }, "
	              "'unset': [ 'C', 'D' ] }");
	read_good(&f, "'name': 'two', 'filesystem': [ { 'bind': '/y', 'to': '/b' }, "
	              "{ 'directory': '/d' }, { 'bind': '/a', 'access': 'read-write' } ], "
	              "'environment': { 'set': { 'A': '2', 'C': '2' }, 'unset': [ 'B' ] }");
	ck_assert_str_eq(f.policy.name, "two");
	ck_assert_str_eq(f.policy.hostname, "a");
	ck_assert_uint_eq(f.policy.grant_count, 4);
	ck_assert_str_eq(f.policy.grants[0].destination_text, "/a");
	ck_assert_uint_eq(f.policy.grants[0].flags, FLAG_WRITABLE);
	ck_assert_int_eq(f.policy.grants[1].kind, GRANT_BIND);
	ck_assert_str_eq(f.policy.grants[2].destination_text, "/c");
	ck_assert_str_eq(f.policy.grants[3].destination_text, "/d");
	ck_assert_uint_eq(f.policy.variable_count, 4);
	ck_assert_str_eq(template_constant(find_variable(&f, "A")->value), "2");
	ck_assert_ptr_null(find_variable(&f, "B")->value);
	ck_assert_str_eq(template_constant(find_variable(&f, "C")->value), "2");
	ck_assert_ptr_null(find_variable(&f, "D")->value);
	for (size_t i = 1; i < f.policy.variable_count; i++)
		ck_assert_str_lt(f.policy.variables[i - 1].name, f.policy.variables[i].name);
	ck_assert_str_eq(merged(&f),
	                 "{'closurebox':1,'environment':{'inherit':'all','set':{'A':'2','C':'2'},"
	                 "'unset':['B','D']},'filesystem':[{'access':'read-write','bind':'/a'},"
	                 "{'bind':'/y','to':'/b'},{'bind':'/x','to':'/c'},{'directory':'/d'}],"
	                 "'hostname':'a','name':'two'}");
	end(&f);
}
END_TEST

START_TEST(empty_policy)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "");
	ck_assert_uint_eq(f.policy.grant_count, 0);
	ck_assert_str_eq(merged(&f), "{'closurebox':1}");
	read_good(&f, "'filesystem': [], 'environment': { 'set': {}, 'unset': [] }");
	ck_assert_str_eq(merged(&f), "{'closurebox':1}");
	end(&f);
}
END_TEST

START_TEST(home_temporary)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "'home': 'temporary', 'filesystem': [ { 'directory': '/a' } ]");
	ck_assert_uint_eq(f.policy.grant_count, 2);
	const struct grant *grant = &f.policy.grants[1];
	ck_assert_int_eq(grant->kind, GRANT_TMPFS);
	ck_assert_str_eq(grant->destination_text, "${HOME:-/home}");
	ck_assert_uint_eq(grant->mode, 0700);
	ck_assert_uint_eq(grant->flags, FLAG_WRITABLE);
	ck_assert_int_eq(find_variable(&f, "HOME")->value->segments[0].kind, SEGMENT_HOME);
	ck_assert_str_eq(merged(&f), "{'closurebox':1,'filesystem':[{'directory':'/a'}],"
	                             "'home':'temporary'}");
	/* A later policy may say what HOME is, */
	read_good(&f, "'environment': { 'set': { 'HOME': '/x' } }");
	ck_assert_str_eq(template_constant(find_variable(&f, "HOME")->value), "/x");
	/* and where it comes from, in its place. */
	read_good(&f, "'filesystem': [ { 'bind': '/x', 'to': '${HOME:-/home}' }, "
	              "{ 'directory': '/b' } ]");
	ck_assert_uint_eq(f.policy.grant_count, 3);
	ck_assert_int_eq(f.policy.grants[1].kind, GRANT_BIND);
	/* Then what is said last holds, and the merged policy says just that. */
	read_good(&f, "'home': 'temporary'");
	ck_assert_uint_eq(f.policy.grant_count, 3);
	ck_assert_int_eq(f.policy.grants[1].kind, GRANT_TMPFS);
	ck_assert_int_eq(find_variable(&f, "HOME")->value->segments[0].kind, SEGMENT_HOME);
	ck_assert_str_eq(merged(&f), "{'closurebox':1,'filesystem':[{'directory':'/a'},"
	                             "{'directory':'/b'}],'home':'temporary'}");
	end(&f);
}
END_TEST

START_TEST(home_that_the_same_policy_fills)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "'environment': { 'unset': [ 'HOME' ] }, 'home': 'temporary', "
	              "'filesystem': [ { 'bind': '/x', 'to': '${HOME:-/home}' } ]");
	ck_assert_uint_eq(f.policy.grant_count, 1);
	ck_assert_int_eq(f.policy.grants[0].kind, GRANT_BIND);
	ck_assert_ptr_null(find_variable(&f, "HOME")->value);
	end(&f);
}
END_TEST

/* Describes everything that later stages see of the policy. */
static const char *
describe(struct fixture *f, const struct policy *policy)
{
	struct buffer text = { .arena = &f->c.arena };
	buffer_printf(&text, "%s %s\n", policy->name ? policy->name : "-",
	              policy->hostname ? policy->hostname : "-");
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];
		buffer_printf(&text, "%d %s %u %o %llu\n", (int)grant->kind,
		              grant->destination_text, grant->flags, (unsigned)grant->mode,
		              (unsigned long long)grant->size);
	}
	for (size_t i = 0; i < policy->variable_count; i++)
		buffer_printf(&text, "%s %zu\n", policy->variables[i].name,
		              policy->variables[i].value ? policy->variables[i].value->count : 99);
	return text.data;
}

START_TEST(merged_policy_means_the_same)
{
	static const char *const policies[] = {
		"",
		("'name': 'x', "
	         "'filesystem': [ { 'tmpfs': '/tmp', 'size': '1M' }, { 'bind': '/n' }, "
	         "{ 'bind': '/h', 'to': '${HOME:-/home}' }, { 'bind': '/d', 'to': '$HOME/d' } ]"),
		"'environment': { 'set': { 'Z': '1', 'B': '$HOME' }, 'unset': [ 'PATH', 'HOME' ] }",
		("'home': 'temporary', 'hostname': 'other', "
	         "'filesystem': [ { 'mask': '/proc/sys' } ]"),
	};
	struct fixture f;
	begin(&f);
	read_policy(&f.c, read_policy_preset(&f.c, "base"), &f.policy);
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
		read_good(&f, policies[i]);
		const char *before = merged(&f);
		struct fixture again;
		begin(&again);
		read_policy(&again.c, read_policy_preset(&again.c, "base"), &again.policy);
		/* less its opening, which read_good writes */
		char *rest = arena_copy(&f.c.arena, before + strlen("{'closurebox':1,"),
		                        strlen(before) - strlen("{'closurebox':1,}"));
		read_good(&again, rest);
		ck_assert_str_eq(before, merged(&again));
		ck_assert_str_eq(describe(&f, &f.policy), describe(&f, &again.policy));
		end(&again);
	}
	end(&f);
}
END_TEST

START_TEST(preset_base)
{
	struct fixture f;
	begin(&f);
	const struct source *base = read_policy_preset(&f.c, "base");
	ck_assert_ptr_nonnull(base);
	ck_assert_ptr_null(read_policy_preset(&f.c, "bass"));
	read_policy(&f.c, base, &f.policy);
	fflush(f.c.diag.stream);
	ck_assert_msg(f.c.diag.errors == 0, "%s", f.said);
	ck_assert_str_eq(f.policy.hostname, "box");
	ck_assert_ptr_nonnull(find_variable(&f, "PATH"));
	ck_assert_ptr_nonnull(find_variable(&f, "HOME"));
	end(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("read-policy");
	TCase *meaning = tcase_create("meaning"), *rules = tcase_create("rules");
	tcase_add_test(meaning, bind);
	tcase_add_test(meaning, tmpfs);
	tcase_add_test(meaning, sizes);
	tcase_add_test(meaning, modes);
	tcase_add_test(meaning, other_kinds);
	tcase_add_test(meaning, later_policies_replace);
	tcase_add_test(meaning, empty_policy);
	tcase_add_test(meaning, home_temporary);
	tcase_add_test(meaning, home_that_the_same_policy_fills);
	tcase_add_test(meaning, merged_policy_means_the_same);
	tcase_add_test(meaning, preset_base);
	tcase_add_test(rules, paths);
	tcase_add_test(rules, entries_refused);
	tcase_add_test(rules, members_refused);
	tcase_add_test(rules, all_mistakes_in_one_run);
	tcase_add_test(rules, version);
	tcase_add_test(rules, names_at_their_limits);
	tcase_add_test(rules, too_many_errors);
	suite_add_tcase(suite, meaning);
	suite_add_tcase(suite, rules);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
