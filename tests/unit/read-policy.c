/* Tests of the policy reader: what its words mean, what is refused. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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

/* Reads a policy that extends nothing, with these members, single quotes standing for double ones.
 */
static void
read_members(struct fixture *f, const char *members)
{
	struct source *source = arena_alloc(&f->c.arena, sizeof *source);
	char *text = arena_printf(&f->c.arena, "{ 'closurebox': 1, 'extends': []%s%s }",
	                          *members ? ", " : "", members);
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

static const struct grant *
only_grant(struct fixture *f, const char *entry)
{
	read_good(f, arena_printf(&f->c.arena, "'filesystem': [ %s ]", entry));
	ck_assert_uint_eq(f->policy.grant_count, 1);
	return &f->policy.grants[0];
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
		"0",
		"'0'",
		"'0G'",
		"-1",
		"''",
		"'M'",
		"'1m'",
		"'1MB'",
		"'1 M'",
		"'-1'",
		"1.5",
		"'4T'",
		"4398046510081",
		"'9223372036854775808'",
		"'16777216T'",
		"'18446744073709551616'",
		"'18446744073709551617K'",
		"null",
		"true",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct fixture f;
		begin(&f);
		const struct grant *grant =
			only_grant(&f, arena_printf(&f.c.arena, "{ 'tmpfs': '/tmp', 'size': %s }",
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
	static const char *const bad[] = { "''",     "'7'",   "'07777777'", "'17777'",
		                           "'0789'", "'rwx'", "755",        "'-755'" };
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
	grant = only_grant(&f, "{ 'mask': '$HOME/.ssh' }");
	ck_assert_int_eq(grant->kind, GRANT_MASK);
	ck_assert_uint_eq(grant->flags, FLAG_OPTIONAL);
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'mask': '$HOME/.ssh', 'optional': false }");
	ck_assert_uint_eq(grant->flags, 0);
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

START_TEST(created)
{
	struct fixture f;
	begin(&f);
	const struct grant *grant = only_grant(
		&f, "{ 'bind': '$DATA/x', 'create': 'directory', 'access': 'read-write' }");
	ck_assert_uint_eq(grant->flags, FLAG_WRITABLE | FLAG_DIRECTORY);
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'mask': '/x', 'create': 'file', 'optional': true }");
	ck_assert_uint_eq(grant->flags, FLAG_FILE | FLAG_OPTIONAL);
	ck_assert_ptr_null(grant->source);
	end(&f);
	begin(&f);
	grant = only_grant(&f, "{ 'protect': '/x', 'create': 'file', 'text': 'a$UID' }");
	ck_assert_uint_eq(grant->flags, FLAG_FILE);
	ck_assert_uint_eq(grant->source->count, 2);
	end(&f);
}
END_TEST

START_TEST(overlay)
{
	struct fixture f;
	begin(&f);
	const struct grant *grant =
		only_grant(&f, "{ 'overlay': '/opt/x', 'lower': '/l', 'changes': '$HOME/c', "
	                       "'optional': true, 'execute': true }");
	ck_assert_int_eq(grant->kind, GRANT_OVERLAY);
	ck_assert_uint_eq(grant->flags, FLAG_WRITABLE | FLAG_OPTIONAL | FLAG_EXECUTABLE);
	ck_assert_str_eq(template_constant(grant->destination), "/opt/x");
	ck_assert_str_eq(template_constant(grant->source), "/l");
	ck_assert_uint_eq(grant->changes->count, 2);
	end(&f);
}
END_TEST

START_TEST(scalars)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "");
	ck_assert_int_eq(f.policy.store, STORE_CLOSURE);
	ck_assert_ptr_null(f.policy.home);
	ck_assert_uint_eq(f.policy.umask, POLICY_UMASK_CALLER);
	ck_assert(!f.policy.inherit_all);
	read_good(&f, "'store': 'landlock', 'namespaces': 'optional', 'home': 'host', "
	              "'network': 'host', 'share': ['uts', 'ipc'], 'nested-sandbox': true, "
	              "'accept-risk': ['x11', 'home']");
	ck_assert_int_eq(f.policy.store, STORE_LANDLOCK);
	ck_assert(f.policy.namespaces_optional);
	ck_assert_str_eq(f.policy.home, "host");
	ck_assert_int_eq(f.policy.network, NETWORK_HOST);
	ck_assert_uint_eq(f.policy.share, CLONE_NEWUTS | CLONE_NEWIPC);
	ck_assert(f.policy.nested_sandbox);
	ck_assert_uint_eq(f.policy.accepted.count, 2);
	read_good(&f, "'store': 'whole', 'namespaces': 'required', 'home': 'none', "
	              "'network': 'none', 'share': ['pid', 'cgroup'], 'nested-sandbox': false, "
	              "'accept-risk': ['home']");
	ck_assert_int_eq(f.policy.store, STORE_WHOLE);
	ck_assert(!f.policy.namespaces_optional);
	ck_assert_str_eq(f.policy.home, "none");
	ck_assert_int_eq(f.policy.network, NETWORK_NONE);
	ck_assert_uint_eq(f.policy.share, CLONE_NEWPID | CLONE_NEWCGROUP);
	ck_assert(!f.policy.nested_sandbox);
	ck_assert_uint_eq(f.policy.accepted.count, 2);
	end(&f);
}
END_TEST

START_TEST(starting)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "'environment': { 'inherit': ['LANG', 'LC_*'], 'unset': ['LC_X', 'A*'], "
	              "'set': { 'X': '$HOME/x' }, 'prefix': { 'X': ['/a', '$B', '/c'] } }, "
	              "'arguments': { 'prepend': ['-a', '$B'], 'append': ['-a', '-a'], "
	              "'files': 'read-write' }, 'working-directory': '$HOME/w'");
	ck_assert(!f.policy.inherit_all);
	ck_assert_uint_eq(f.policy.inherit.count, 2);
	ck_assert_str_eq(f.policy.inherit.items[1].text, "LC_*");
	ck_assert_uint_eq(f.policy.variable_count, 4);
	ck_assert_ptr_null(policy_members_find(&f.policy, "A*", false)->value);
	ck_assert_ptr_null(policy_members_find(&f.policy, "LC_X", false)->value);
	ck_assert_uint_eq(policy_members_find(&f.policy, "X", false)->value->count, 2);
	const struct template_text *prefix = policy_members_find(&f.policy, "X", true)->value;
	ck_assert_uint_eq(prefix->count, 3);
	ck_assert_str_eq(prefix->segments[0].text, "/a:");
	ck_assert_str_eq(prefix->segments[1].text, "B");
	ck_assert_str_eq(prefix->segments[2].text, ":/c");
	ck_assert_uint_eq(f.policy.prepend.count, 2);
	ck_assert_uint_eq(f.policy.append.count, 2);
	ck_assert_int_eq(f.policy.argument_files, FILES_READ_WRITE);
	ck_assert_int_eq(f.policy.working_directory, DIRECTORY_PATH);
	ck_assert_uint_eq(f.policy.working_directory_path->count, 2);
	read_good(&f, "'environment': { 'inherit': 'all' }, 'arguments': { 'files': 'none' }, "
	              "'working-directory': 'read-only'");
	ck_assert(f.policy.inherit_all);
	ck_assert_uint_eq(f.policy.inherit.count, 0);
	ck_assert_int_eq(f.policy.argument_files, FILES_NONE);
	ck_assert_int_eq(f.policy.working_directory, DIRECTORY_READ_ONLY);
	ck_assert_ptr_null(f.policy.working_directory_path);
	end(&f);
}
END_TEST

START_TEST(running)
{
	struct fixture f;
	begin(&f);
	read_good(&f, "'process': { 'new-session': true, 'die-with-parent': false, "
	              "'core-dumps': true, 'limits': { 'stack-size': '8M', 'open-files': 4096, "
	              "'cpu-time': 'unlimited', 'core-size': 0 }, 'nice': 39, 'wait-for': 'all', "
	              "'stop-timeout': '5s', 'umask': '0077' }, 'descriptors': [9, 3, 20], "
	              "'system-calls': { 'base': 'strict', 'allow': ['@mount', 'ptrace'], "
	              "'deny': ['io_uring_setup'], 'architectures': ['i386', 'native'] }");
	ck_assert(f.policy.new_session && f.policy.outlive_parent && f.policy.core_dumps);
	ck_assert(f.policy.wait_for_all);
	ck_assert_uint_eq(f.policy.nice, 39);
	ck_assert_uint_eq(f.policy.stop_timeout, 5000);
	ck_assert_uint_eq(f.policy.umask, 077);
	ck_assert_uint_eq(f.policy.limit_count, 4);
	for (size_t i = 0; i < f.policy.limit_count; i++) {
		const struct policy_limit *limit = &f.policy.limits[i];
		ck_assert(i == 0 || limit[-1].resource < limit->resource);
		ck_assert_uint_eq(limit->value, limit->resource == RLIMIT_STACK    ? 8 << 20
		                                : limit->resource == RLIMIT_NOFILE ? 4096
		                                : limit->resource == RLIMIT_CPU    ? UINT64_MAX
		                                                                   : 0);
	}
	ck_assert_int_eq(f.policy.descriptors, DESCRIPTORS_LIST);
	ck_assert_uint_eq(f.policy.kept_count, 3);
	ck_assert_uint_eq(f.policy.kept_descriptors[0], 3);
	ck_assert_uint_eq(f.policy.kept_descriptors[2], 20);
	ck_assert_int_eq(f.policy.filter_base, FILTER_STRICT);
	ck_assert_uint_eq(f.policy.filter_allow.count, 2);
	ck_assert_uint_eq(f.policy.filter_deny.count, 1);
	ck_assert(f.policy.filter_i386);
	read_good(&f, "'process': { 'limits': { 'open-files': 5 }, 'stop-timeout': '20ms', "
	              "'die-with-parent': true }, 'descriptors': 'inherit', "
	              "'system-calls': { 'base': 'none', 'allow': ['ptrace'], "
	              "'architectures': ['native'] }");
	ck_assert(f.policy.new_session && !f.policy.outlive_parent);
	ck_assert_uint_eq(f.policy.limit_count, 4);
	ck_assert_uint_eq(f.policy.stop_timeout, 20);
	ck_assert_int_eq(f.policy.descriptors, DESCRIPTORS_INHERIT);
	ck_assert_uint_eq(f.policy.kept_count, 0);
	ck_assert_int_eq(f.policy.filter_base, FILTER_NONE);
	ck_assert_uint_eq(f.policy.filter_allow.count, 2);
	ck_assert(!f.policy.filter_i386);
	read_good(&f, "'process': { 'stop-timeout': 'none' }, 'descriptors': 'standard'");
	ck_assert_uint_eq(f.policy.stop_timeout, 0);
	ck_assert_int_eq(f.policy.descriptors, DESCRIPTORS_STANDARD);
	end(&f);
}
END_TEST

START_TEST(paths)
{
	static const char *const good[] = {
		"/a",
		"/a/b",
		"$HOME",
		"$HOME/a",
		"${X:-/a}",
		"${X:-/a}/b",
		"/a$X",
		"/a/$X/b",
		"${X:-$Y}",
		"/a/..b",
		"/a/.b",
		"/...",
		"$X$Y",
		"/a b",
		"${X:-}/a",
		"/a${X:-/b}",
		"${X:-/a/${Y:-b}}",
		"/a/$UID",
		"$X.",
		"$X/.$Y",
	};
	static const char *const bad[] = {
		"",
		"a",
		"./a",
		"/",
		"/a/",
		"/a//b",
		"//a",
		"/a/./b",
		"/a/..",
		"/..",
		"a$X",
		"${X:-a}",
		"${X:-${Y:-a}}",
		"$UID",
		"$UID/a",
		"$HOME/",
		"$HOME//a",
		"$HOME/..",
		"$HOME/../a",
		"$HOME/./a",
		"$",
		"${X",
		"$$/a",
		"/a/$X/",
		"${X:-}",
		"${X:-/}",
		"${X:-a}/b",
		"${X:-/a/}",
		"${X:-/a/}/b",
		"${X:-/a/..}",
		"/a/${X:-}",
		"${X:-}a",
		"/a\\u0001b",
		"\\u0001/a",
		"/a\\nb",
		"${X:-/a/${Y:-..}}",
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
	assert_entry_refused("{ 'bind': '/a', 'create': 'link' }", "unknown create 'link'");
	assert_entry_refused("{ 'bind': '/a', 'create': true }",
	                     "expected one of 'directory', 'file', got true");
	assert_entry_refused("{ 'tmpfs': '/a', 'create': 'file' }",
	                     "'create' is not an option of 'tmpfs'");
	assert_entry_refused("{ 'overlay': '/a', 'lower': '/b' }", "'overlay' needs 'changes'");
	assert_entry_refused("{ 'overlay': '/a', 'changes': '/b' }", "'overlay' needs 'lower'");
	assert_entry_refused("{ 'overlay': '/a', 'lower': 'b', 'changes': '/c' }",
	                     "bad path 'b': it is not absolute");
	assert_entry_refused("{ 'overlay': '/a', 'lower': '/b', 'changes': 'c' }",
	                     "bad path 'c': it is not absolute");
	assert_entry_refused("{ 'overlay': '/a', 'lower': '/b', 'changes': '/c', 'devices': true }",
	                     "'devices' is not an option of 'overlay'");
	assert_entry_refused("{ 'protect': '/a', 'text': 'x' }", "add \"create\": \"file\"");
	assert_entry_refused("{ 'protect': '/a', 'create': 'directory', 'text': 'x' }",
	                     "'text' is for a file that is missing");
	assert_entry_refused("{ 'mask': '/a', 'create': 'file', 'text': 'x' }",
	                     "'text' is not an option of 'mask'");
	assert_entry_refused("{ 'revoke': 'a' }", "bad path 'a': it is not absolute");
	assert_entry_refused("{ 'revoke': '/a', 'optional': true }",
	                     "'optional' is not an option of 'revoke'");
	assert_entry_refused("{ 'revok': '/a' }", "did you mean 'revoke'");
	assert_entry_refused("{ 'revoke': '/a', 'bind': '/a' }", "found both 'bind' and 'revoke'");
	assert_entry_refused("{ 'bind': '/a', 'access': 'read-olny' }", "did you mean 'read-only'");
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
	assert_refused("'name': ''", 1, "empty");
	assert_refused("'name': '..'", 1, "bad name");
	assert_refused("'name': 'a/b'", 1, "'/'");
	assert_refused("'name': 'a\\nb'", 1, "control character");
	assert_refused("'hostname': '-a'", 1, "starts with");
	assert_refused("'hostname': '.a'", 1, "starts with");
	assert_refused("'hostname': ''", 1, "empty");
	assert_refused("'hostname': 'a_b'", 1, "character");
	assert_refused("'home': 'temporry'", 1,
	               "unknown home 'temporry'; did you mean 'temporary'");
	assert_refused("'home': 'mine'", 1,
	               "expected one of 'none', 'temporary', 'private', 'host'");
	assert_refused("'network': 'all'", 1,
	               "unknown network 'all'; expected one of 'none', 'blocked', 'host'");
	assert_refused("'working-directory': '/a/'", 1, "bad path '/a/'");
	assert_refused("'working-directory': 'here'", 1, "unknown working-directory 'here'");
	assert_refused("'working-directory': '$X/..'", 1, "bad path");
	assert_refused("'working-directory': true", 1, "got true");
	assert_refused("'working-directory': {}", 1,
	               "missing 'access'; expected one of 'read-only', 'read-write'");
	assert_refused("'working-directory': { 'optional': true }", 1, "missing 'access'");
	assert_refused("'working-directory': { 'access': 'keep' }", 1,
	               "unknown access 'keep'; expected one of 'read-only', 'read-write'");
	assert_refused("'working-directory': { 'access': '/srv', 'optional': true }", 1,
	               "unknown access '/srv'");
	assert_refused("'working-directory': { 'access': 'read-only', 'optional': 1 }", 1,
	               "expected true or false");
	assert_refused("'working-directory': { 'access': 'read-only', 'execute': true }", 1,
	               "unknown key 'execute'; expected one of 'access', 'optional'");
	assert_refused("'working-directory': { 'acces': 'read-only', 'optional': 0 }", 3,
	               "did you mean 'access'");
	assert_refused("'store': 'full'", 1, "expected one of 'closure', 'landlock', 'whole'");
	assert_refused("'namespaces': false", 1,
	               "expected one of 'required', 'optional', got false");
	assert_refused("'nested-sandbox': 'no'", 1, "expected true or false");
	assert_refused("'share': 'pid'", 1, "expected an array");
	assert_refused("'share': ['pid', 'net']", 1, "unknown share 'net'");
	assert_refused("'share': ['pid', 'ipc', 'pid']", 1, "'pid' is listed twice");
	assert_refused("'descriptors': true", 1,
	               "expected 'standard', 'inherit' or an array of numbers");
	assert_refused("'descriptors': 'inherited'", 1, "did you mean 'inherit'");
	assert_refused("'descriptors': [3, 2]", 1, "from 3 on");
	assert_refused("'descriptors': [2147483648]", 1, "from 3 on");
	assert_refused("'descriptors': [4, 4]", 1, "4 is listed twice");
	assert_refused("'descriptors': ['4']", 1, "expected a non-negative integer");
	assert_refused("'descriptors': [-1]", 1, "got -1");
	assert_refused("'accept-risk': 'x11'", 1, "expected an array");
	assert_refused("'accept-risk': [1]", 1, "expected a string");
	assert_refused("'accept-risk': ['x11', 'x11']", 1, "'x11' is listed twice");
	assert_refused("'extend': []", 1, "did you mean 'extends'");
}
END_TEST

START_TEST(environment_refused)
{
	assert_refused("'environment': []", 1, "expected an object");
	assert_refused("'environment': { 'inherit': 'none' }", 1, "expected 'all'");
	assert_refused("'environment': { 'inherit': true }", 1,
	               "expected 'all' or an array of variable names");
	assert_refused("'environment': { 'inherit': ['A-B'] }", 1, "bad pattern 'A-B'");
	assert_refused("'environment': { 'inherit': ['A', ''] }", 1, "bad pattern ''");
	assert_refused("'environment': { 'inherit': ['A', 'A'] }", 1, "'A' is listed twice");
	assert_refused("'environment': { 'inherit': ['?'] }", 1, "bad pattern '?'");
	assert_refused("'environment': { 'set': { '1A': '' } }", 1, "bad variable name '1A'");
	assert_refused("'environment': { 'set': { '': '' } }", 1, "bad variable name ''");
	assert_refused("'environment': { 'set': { 'A*': '' } }", 1, "bad variable name 'A*'");
	assert_refused("'environment': { 'set': { 'A=B': '' } }", 1, "bad variable name 'A=B'");
	assert_refused("'environment': { 'set': { 'A': 1 } }", 1, "expected a string");
	assert_refused("'environment': { 'set': { 'A': '${' } }", 1, "expected the name");
	assert_refused("'environment': { 'unset': ['A', 'A'] }", 1, "'A' is listed twice");
	assert_refused("'environment': { 'unset': ['A B'] }", 1, "bad pattern 'A B'");
	assert_refused("'environment': { 'unset': 'A' }", 1, "expected an array");
	assert_refused("'environment': { 'set': { 'A': '' }, 'unset': ['A'] }", 1,
	               "'A' is both set and unset");
	assert_refused("'environment': { 'prefix': ['A'] }", 1, "expected an object");
	assert_refused("'environment': { 'prefix': { 'A': '/a' } }", 1, "expected an array");
	assert_refused("'environment': { 'prefix': { 'A': [] } }", 1, "at least one text");
	assert_refused("'environment': { 'prefix': { 'A': ['/a', ''] } }", 1, "not empty");
	assert_refused("'environment': { 'prefix': { 'A B': ['/a'] } }", 1, "bad variable name");
	assert_refused("'environment': { 'prefix': { 'A': ['$'] } }", 1, "expected the name");
	assert_refused("'environment': { 'inherits': 'all' }", 1, "did you mean 'inherit'");
	assert_refused("'arguments': ['-x']", 1, "expected an object");
	assert_refused("'arguments': { 'prepend': '-x' }", 1, "expected an array");
	assert_refused("'arguments': { 'append': ['$'] }", 1, "expected the name");
	assert_refused("'arguments': { 'append': [1] }", 1, "expected a string");
	assert_refused("'arguments': { 'files': true }", 1, "expected one of 'none', 'read-only'");
	assert_refused("'arguments': { 'file': 'read-only' }", 1, "did you mean 'files'");
}
END_TEST

START_TEST(process_refused)
{
	assert_refused("'process': []", 1, "expected an object");
	assert_refused("'process': { 'coredumps': true }", 1, "did you mean 'core-dumps'");
	assert_refused("'process': { 'new-session': 1 }", 1, "expected true or false");
	assert_refused("'process': { 'die-with-parent': 'no' }", 1, "expected true or false");
	assert_refused("'process': { 'limits': { 'open-file': 1 } }", 1,
	               "did you mean 'open-files'");
	assert_refused("'process': { 'limits': { 'open-files': '1K' } }", 1,
	               "expected a number or 'unlimited'");
	assert_refused("'process': { 'limits': { 'open-files': -1 } }", 1, "got -1");
	assert_refused("'process': { 'limits': { 'stack-size': '1 M' } }", 1, "bad size '1 M'");
	assert_refused("'process': { 'limits': { 'stack-size': 'none' } }", 1, "or 'unlimited'");
	assert_refused("'process': { 'limits': { 'stack-size': '8388608T' } }", 1, "too large");
	assert_refused("'process': { 'limits': { 'cpu-time': 1.5 } }", 1, "fraction");
	assert_refused("'process': { 'nice': 40 }", 1, "0 to 39, got 40");
	assert_refused("'process': { 'nice': -1 }", 1, "got -1");
	assert_refused("'process': { 'wait-for': 'everything' }", 1, "'main', 'all'");
	assert_refused("'process': { 'stop-timeout': 5 }", 1, "such as '5s' or '500ms'");
	assert_refused("'process': { 'stop-timeout': '5' }", 1, "such as '5s' or '500ms'");
	assert_refused("'process': { 'stop-timeout': 's' }", 1, "such as '5s' or '500ms'");
	assert_refused("'process': { 'stop-timeout': '5 s' }", 1, "such as '5s' or '500ms'");
	assert_refused("'process': { 'stop-timeout': '0ms' }", 1, "at least one millisecond");
	assert_refused("'process': { 'stop-timeout': '4294968s' }", 1, "at most 4294967s");
	assert_refused("'process': { 'stop-timeout': '99999999999999999999999s' }", 1, "too long");
	assert_refused("'process': { 'umask': 77 }", 1, "such as '0077'");
	assert_refused("'process': { 'umask': '1000' }", 1, "bad umask '1000'");
	assert_refused("'process': { 'umask': '78' }", 1, "from '000' to '777'");
	assert_refused("'system-calls': 'default'", 1, "expected an object");
	assert_refused("'system-calls': { 'base': 'stric' }", 1, "did you mean 'strict'");
	assert_refused("'system-calls': { 'allow': 'ptrace' }", 1, "expected an array");
	assert_refused("'system-calls': { 'deny': ['ptrace', 'a call!'] }", 1, "got 'a call!'");
	assert_refused("'system-calls': { 'deny': ['PTRACE'] }", 1, "did you mean 'ptrace'?");
	assert_refused("'system-calls': { 'deny': ['@Network-IO'] }", 1,
	               "did you mean '@network-io'?");
	assert_refused("'system-calls': { 'deny': ['@'] }", 1, "got '@'");
	assert_refused("'system-calls': { 'deny': ['a', 'a'] }", 1, "'a' is listed twice");
	assert_refused("'system-calls': { 'architectures': ['arm'] }", 1,
	               "unknown architectures 'arm'");
	assert_refused("'system-calls': { 'architectures': ['i386'] }", 1, "'native' must be");
	assert_refused("'system-calls': { 'denied': [] }", 1, "unknown key 'denied'");
}
END_TEST

/* The same path in other spellings; that a cover and a grant are two things. */
START_TEST(twice)
{
	assert_refused("'filesystem': [ { 'bind': '/a' }, { 'tmpfs': '/a' } ]", 1,
	               "'/a' is granted twice");
	assert_refused("'filesystem': [ { 'bind': '$HOME/.config/x' }, "
	               "{ 'bind': '/y', 'to': '${XDG_CONFIG_HOME}/x' } ]",
	               1, "is granted twice");
	assert_refused("'filesystem': [ { 'mask': '/a' }, { 'protect': '/a' } ]", 1,
	               "'/a' is covered twice");
	struct fixture f;
	begin(&f);
	read_good(&f, "'filesystem': [ { 'bind': '/a' }, { 'protect': '/a' } ]");
	ck_assert_uint_eq(f.policy.grant_count, 2);
	end(&f);
}
END_TEST

START_TEST(all_mistakes_in_one_run)
{
	assert_refused("'nam': 'x', 'hostname': '', "
	               "'filesystem': [ { 'bind': '' }, { 'tmpfs': 'x' } ], "
	               "'environment': { 'set': { '1': '', '2': '' } }",
	               6, "unknown key 'nam'");
}
END_TEST

START_TEST(version)
{
	static const char *const bad[] = {
		"{}", "{\"closurebox\":2}", "{\"closurebox\":\"1\"}", "[]", "1", "{", ""
	};
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
	for (int i = 1; i < 100; i++)
		buffer_add_string(&text, ", 0");
	read_members(&f, arena_printf(&f.c.arena, "%s ], 'hostname': ''", text.data));
	ck_assert_uint_eq(f.c.diag.errors, 101);
	ck_assert_ptr_null(strstr(f.said, "too many errors"));
	end(&f);
	begin(&f);
	text = (struct buffer){ .arena = &f.c.arena };
	buffer_add_string(&text, "'filesystem': [ 0");
	for (int i = 0; i < 1100; i++)
		buffer_add_string(&text, ", 0");
	read_members(&f, arena_printf(&f.c.arena, "%s ], 'hostname': ''", text.data));
	ck_assert_uint_eq(f.c.diag.errors, 1001);
	ck_assert_ptr_nonnull(strstr(f.said, "too many errors"));
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
	tcase_add_test(meaning, created);
	tcase_add_test(meaning, overlay);
	tcase_add_test(meaning, scalars);
	tcase_add_test(meaning, starting);
	tcase_add_test(meaning, running);
	tcase_add_test(rules, paths);
	tcase_add_test(rules, entries_refused);
	tcase_add_test(rules, members_refused);
	tcase_add_test(rules, environment_refused);
	tcase_add_test(rules, process_refused);
	tcase_add_test(rules, twice);
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
