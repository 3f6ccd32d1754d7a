/* Tests of how policies merge: presets, what is implied, what is taken back, the canonical form. */
#include "read-policy.h"

/* The index of a grant for the path as it is written, `grant_count` if there is none. */
static size_t
index_of(const struct fixture *f, const char *destination)
{
	size_t i = 0;
	while (i < f->policy.grant_count &&
	       strcmp(f->policy.grants[i].destination_text, destination) != 0)
		i++;
	return i;
}

static bool
granted(const struct fixture *f, const char *destination)
{
	return index_of(f, destination) < f->policy.grant_count;
}

START_TEST(later_policies_replace)
{
	struct fixture f;
	begin(&f);
	read_members(&f, "'extends': [], 'name': 'one', 'hostname': 'a', 'filesystem': [ "
	                 "{ 'bind': '/a' }, { 'tmpfs': '/b' }, { 'bind': '/x', 'to': '/c' } ], "
	                 "'environment': { 'inherit': 'all', 'set': { 'B': '1', 'A': '1' }, "
	                 "'unset': [ 'D', 'C' ], 'prefix': { 'A': ['p'], 'B': ['q'] } }");
	read_members(&f, "'extends': [], 'name': 'two', 'filesystem': [ "
	                 "{ 'bind': '/y', 'to': '/b' }, { 'directory': '/d' }, "
	                 "{ 'bind': '/a', 'access': 'read-write' } ], "
	                 "'environment': { 'set': { 'A': '2', 'C': '2' }, 'unset': [ 'B' ], "
	                 "'prefix': { 'A': ['r', 's'] } }");
	finish(&f);
	ck_assert_str_eq(f.policy.name, "two");
	ck_assert_uint_eq(f.policy.grant_count, 4);
	ck_assert_str_eq(
		merged(&f, true),
		"{'closurebox':1,'environment':{'inherit':'all','prefix':{'A':['r','s'],'B':['q']},"
		"'set':{'A':'2','C':'2'},'unset':['B','D']},'extends':[],'filesystem':["
		"{'access':'read-write','bind':'/a'},{'bind':'/y','to':'/b'},"
		"{'bind':'/x','to':'/c'},{'directory':'/d'}],'hostname':'a','name':'two'}");
	for (size_t i = 1; i < f.policy.variable_count; i++)
		ck_assert_int_le(strcmp(f.policy.variables[i - 1].name, f.policy.variables[i].name),
		                 0);
	assert_canonical(&f);
	end(&f);
}
END_TEST

/* Lists of words add up, other lists and words are replaced; what has no order is sorted. */
/* All forms; of each what is said before it is gone. */
START_TEST(working_directories)
{
	static const struct {
		const char *value;
		enum directory_mode mode;
		bool optional;
	} forms[] = {
		{ "{ 'access': 'read-write', 'optional': true }", DIRECTORY_READ_WRITE, true },
		{ "'read-write'", DIRECTORY_READ_WRITE, false },
		{ "{ 'optional': true, 'access': 'read-only' }", DIRECTORY_READ_ONLY, true },
		{ "{ 'access': 'read-only' }", DIRECTORY_READ_ONLY, false },
		{ "'/srv'", DIRECTORY_PATH, false },
		{ "{ 'access': 'read-write', 'optional': true }", DIRECTORY_READ_WRITE, true },
		{ "{ 'access': 'read-write', 'optional': false }", DIRECTORY_READ_WRITE, false },
		{ "{ 'access': 'read-only', 'optional': true }", DIRECTORY_READ_ONLY, true },
		{ "'keep'", DIRECTORY_KEEP, false },
	};
	struct fixture f;
	begin(&f);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		read_members(&f,
		             arena_printf(&f.c.arena, "'working-directory': %s", forms[i].value));
		assert_good(&f);
		ck_assert_int_eq(f.policy.working_directory, forms[i].mode);
		ck_assert_int_eq(f.policy.working_directory_optional, forms[i].optional);
		ck_assert_int_eq(f.policy.working_directory_path != NULL,
		                 forms[i].mode == DIRECTORY_PATH);
	}
	end(&f);
}
END_TEST

START_TEST(lists)
{
	struct fixture f;
	begin(&f);
	read_members(&f,
	             "'extends': [], 'accept-risk': ['x11', 'home'], 'share': ['uts'], "
	             "'descriptors': [9, 4], 'system-calls': { 'base': 'strict', "
	             "'allow': ['b', 'a'], 'deny': ['d'], 'architectures': ['native', 'i386'] },"
	             "'environment': { 'inherit': ['X', 'B'] }, "
	             "'arguments': { 'prepend': ['z'], 'files': 'read-only' }, "
	             "'process': { 'nice': 1, 'limits': { 'open-files': 1, 'processes': 1 } }");
	read_members(&f, "'extends': [], 'accept-risk': ['home', 'host-dev'], "
	                 "'share': ['pid', 'ipc'], 'descriptors': [8, 7], 'system-calls': { "
	                 "'allow': ['a', 'c'], 'architectures': ['native'] }, "
	                 "'environment': { 'inherit': ['Z', 'A'] }, "
	                 "'arguments': { 'prepend': ['y', 'z'] }, "
	                 "'process': { 'umask': '022', 'limits': { 'open-files': 2 } }");
	finish(&f);
	ck_assert_str_eq(
		merged(&f, true),
		"{'accept-risk':['home','host-dev','x11'],"
		"'arguments':{'files':'read-only','prepend':['z','y','z']},'closurebox':1,"
		"'descriptors':[7,8],'environment':{'inherit':['A','Z']},'extends':[],"
		"'process':{'limits':{'open-files':2,'processes':1},'nice':1,'umask':'022'},"
		"'share':['ipc','pid'],'system-calls':{'allow':['a','b','c'],"
		"'architectures':['native'],'base':'strict','deny':['d']}}");
	assert_canonical(&f);
	end(&f);
}
END_TEST

START_TEST(nothing)
{
	struct fixture f;
	begin(&f);
	read_members(&f, "'extends': [], 'filesystem': [], 'process': { 'limits': {} }, "
	                 "'environment': { 'set': {}, 'unset': [], 'inherit': [] }, 'share': [], "
	                 "'accept-risk': [], 'arguments': { 'append': [] }, 'system-calls': {}");
	finish(&f);
	ck_assert_uint_eq(f.policy.grant_count, 0);
	ck_assert_uint_eq(f.policy.umask, POLICY_UMASK_CALLER);
	ck_assert_str_eq(merged(&f, true), "{'closurebox':1,'extends':[]}");
	assert_canonical(&f);
	end(&f);
}
END_TEST

START_TEST(extends)
{
	struct fixture none, empty, base, strict;
	begin(&none);
	finish(&none);
	begin(&empty);
	read_members(&empty, "");
	read_members(&empty, "'extends': ['base']");
	finish(&empty);
	begin(&base);
	read_policy(&base.c, read_policy_preset(&base.c, "base"), &base.policy);
	finish(&base);
	ck_assert_str_eq(merged(&none, true), merged(&empty, true));
	ck_assert_str_eq(merged(&none, true), merged(&base, true));
	ck_assert_uint_gt(base.policy.grant_count, 20);
	/* A preset extends others, and comes before what the file itself says. */
	begin(&strict);
	read_members(&strict, "'extends': ['strict'], 'home': 'temporary'");
	finish(&strict);
	ck_assert_int_eq(strict.policy.filter_base, FILTER_STRICT);
	ck_assert_str_eq(strict.policy.home, "temporary");
	ck_assert(granted(&strict, "/proc"));
	assert_canonical(&strict);
	/* Each is read once: what a file says is not undone by the next one that extends it. */
	read_members(&empty, "");
	end(&strict);
	begin(&strict);
	read_members(&strict, "'hostname': 'mine'");
	read_members(&strict, "'extends': ['base']");
	finish(&strict);
	ck_assert_str_eq(strict.policy.hostname, "mine");
	end(&strict);
	end(&none);
	end(&base);
	/* `empty` was finished, then read into: only its memory is given back. */
	end(&empty);
}
END_TEST

START_TEST(extends_refused)
{
	static const struct {
		const char *members, *expected;
	} cases[] = {
		{ "'extends': ['bse']", "unknown preset 'bse'; did you mean 'base'?" },
		{ "'extends': ['desktop']", "unknown preset 'desktop'; expected one of 'base'" },
		{ "'extends': ['home-host']", "\"home\": \"host\" stands for; write that" },
		{ "'extends': ['network-host']", "\"network\": \"host\" stands for; write that" },
		{ "'extends': 'base'", "expected an array" },
		{ "'extends': [1]", "expected a string" },
		{ "'extends': ['base', 'base']", "'base' is listed twice" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		begin(&f);
		read_members(&f, cases[i].members);
		fflush(f.c.diag.stream);
		ck_assert_msg(f.c.diag.errors == 1, "%s", f.said);
		ck_assert_msg(strstr(f.said, cases[i].expected) != NULL, "%s", f.said);
		end(&f);
	}
}
END_TEST

/* All presets can be read, and what "home" and "network" stand for has grants and variables only.
 */
START_TEST(presets_are_good)
{
	static const char *const extended[] = { "base", "command-line", "desktop-offline",
		                                "strict" };
	static const char *const fragments[] = { "home-none", "home-temporary", "home-private",
		                                 "home-host", "network-host" };
	static const char *const known[] = { "closurebox", "extends", "filesystem", "environment" };
	for (size_t i = 0; i < 4; i++) {
		struct fixture f;
		begin(&f);
		read_policy(&f.c, read_policy_preset(&f.c, extended[i]), &f.policy);
		finish(&f);
		assert_canonical(&f);
		end(&f);
	}
	for (size_t i = 0; i < 5; i++) {
		const struct source *source;
		struct fixture f;
		size_t found = 0;
		begin(&f);
		source = read_policy_preset(&f.c, fragments[i]);
		ck_assert_ptr_nonnull(source);
		json_t *root = json_loads(source->text, 0, NULL);
		for (size_t j = 0; j < 4; j++)
			found += json_object_get(root, known[j]) != NULL;
		ck_assert_uint_eq(found, json_object_size(root));
		json_decref(root);
		const char *word = strchr(fragments[i], '-');
		read_members(&f, arena_printf(&f.c.arena, "'%.*s': '%s'",
		                              (int)(word - fragments[i]), fragments[i], word + 1));
		finish(&f);
		assert_canonical(&f);
		end(&f);
	}
	struct fixture f;
	begin(&f);
	ck_assert_ptr_null(read_policy_preset(&f.c, "bass"));
	end(&f);
}
END_TEST

START_TEST(home_is_implied)
{
	struct fixture f;
	begin(&f);
	read_members(&f,
	             "'extends': [], 'filesystem': [ { 'tmpfs': '/tmp' }, { 'bind': '/srv' } ]");
	read_members(&f, "'extends': [], 'home': 'temporary'");
	finish(&f);
	ck_assert_uint_eq(f.policy.grant_count, 3);
	/* behind what base has a grant for, before all else */
	const struct grant *grant = &f.policy.grants[1];
	ck_assert_int_eq(grant->kind, GRANT_TMPFS);
	ck_assert_str_eq(grant->destination_text, "${HOME:-/home}");
	ck_assert_ptr_null(grant->entry);
	ck_assert_str_eq(grant->place.pointer, "/home");
	ck_assert_ptr_null(policy_members_find(&f.policy, "HOME", false)->entry);
	ck_assert_str_eq(merged(&f, true),
	                 "{'closurebox':1,'extends':[],'filesystem':[{'tmpfs':'/tmp'},"
	                 "{'bind':'/srv'}],'home':'temporary'}");
	assert_canonical(&f);
	end(&f);
}
END_TEST

/* What a policy says itself wins, in whichever file it stands; a preset's word does not. */
START_TEST(implied_is_overridden)
{
	struct fixture f;
	begin(&f);
	read_members(&f, "'filesystem': [ { 'bind': '/in', 'to': '$HOME/in' }, "
	                 "{ 'bind': '/x', 'to': '$HOME' } ], "
	                 "'environment': { 'set': { 'HOME': '/x' } }");
	read_members(&f, "'home': 'private'");
	finish(&f);
	ck_assert(!granted(&f, "${HOME:-/home}"));
	/* It takes the place of what is implied, so that others can lie in it. */
	ck_assert_uint_lt(index_of(&f, "$HOME"), index_of(&f, "$HOME/in"));
	ck_assert_str_eq(template_constant(policy_members_find(&f.policy, "HOME", false)->value),
	                 "/x");
	assert_canonical(&f);
	end(&f);

	begin(&f);
	read_members(&f, "'extends': ['desktop-offline'], 'network': 'host'");
	finish(&f);
	ck_assert_str_eq(f.policy.home, "private");
	ck_assert(granted(&f, "${HOME:-/home}"));
	const struct grant *hosts = &f.policy.grants[index_of(&f, "/etc/hosts")];
	ck_assert_int_eq(hosts->kind, GRANT_BIND);
	assert_canonical(&f);
	end(&f);

	begin(&f);
	read_members(&f,
	             "'network': 'host', 'filesystem': [ { 'file': '/etc/hosts', 'text': '' } ]");
	finish(&f);
	hosts = &f.policy.grants[index_of(&f, "/etc/hosts")];
	ck_assert_int_eq(hosts->kind, GRANT_FILE);
	assert_canonical(&f);
	end(&f);
}
END_TEST

/* What presets grant, and what is implied, gives way to what policies grant above or below it. */
START_TEST(presets_give_way)
{
	struct fixture f;
	begin(&f);
	read_members(&f, "'network': 'host', 'filesystem': [ { 'tmpfs': '/etc' } ]");
	finish(&f);
	ck_assert_uint_lt(index_of(&f, "/etc"), index_of(&f, "/etc/passwd"));
	ck_assert_uint_lt(index_of(&f, "/etc"), index_of(&f, "/etc/resolv.conf"));
	ck_assert(granted(&f, "/etc/passwd") && granted(&f, "/etc/resolv.conf"));
	assert_canonical(&f);
	end(&f);
	/* A file cannot be made in what is the host's, but a mount can be in it. */
	begin(&f);
	read_members(&f, "'network': 'host', 'filesystem': [ { 'bind': '/etc' } ]");
	finish(&f);
	ck_assert(!granted(&f, "/etc/passwd") && granted(&f, "/etc/resolv.conf"));
	assert_canonical(&f);
	end(&f);
	begin(&f);
	read_members(&f, "'extends': [], 'filesystem': [ { 'bind': '/dev/dri' } ]");
	read_members(&f, "");
	finish(&f);
	ck_assert_uint_lt(index_of(&f, "/dev"), index_of(&f, "/dev/dri"));
	assert_canonical(&f);
	end(&f);
}
END_TEST

/* A host name that only a preset says is none if the box shares the host's. */
START_TEST(shared_hostname)
{
	struct fixture f;
	begin(&f);
	read_members(&f, "'share': ['uts']");
	finish(&f);
	ck_assert_ptr_null(f.policy.hostname);
	assert_canonical(&f);
	end(&f);
	begin(&f);
	read_members(&f, "'share': ['uts'], 'hostname': 'mine'");
	finish(&f);
	ck_assert_str_eq(f.policy.hostname, "mine");
	end(&f);
}
END_TEST

/* Reads the members over base and asserts what is warned of; gives the merged policy's grants. */
static void
revoke(struct fixture *f, const char *members, const char *warned)
{
	begin(f);
	read_members(f, members);
	finish(f);
	if (*warned != '\0')
		ck_assert_msg(strstr(f->said, warned) != NULL, "%s", f->said);
	else
		ck_assert_str_eq(f->said, "");
}

START_TEST(revokes)
{
	struct fixture f;
	/* by destination, by source, whatever the order and the spelling */
	revoke(&f,
	       "'extends': [], 'filesystem': [ { 'revoke': '$HOME/.config' }, "
	       "{ 'bind': '$XDG_CONFIG_HOME/a' }, { 'bind': '$XDG_CONFIG_HOME/b', 'to': '/b' }, "
	       "{ 'bind': '/c', 'to': '$HOME/.config' }, { 'bind': '$HOME/.configs' }, "
	       "{ 'overlay': '/d', 'lower': '/l', 'changes': '$HOME/.config/d' }, "
	       "{ 'overlay': '/e', 'lower': '$HOME/.config/l', 'changes': '/e' }, "
	       "{ 'links': '$HOME/.config/n' }, { 'links': '/n' }, "
	       "{ 'symlink': '/f', 'target': '$HOME/.config' }, { 'file': '/g', 'text': '' } ]",
	       "");
	ck_assert_uint_eq(f.policy.grant_count, 4);
	ck_assert(granted(&f, "$HOME/.configs") && granted(&f, "/f") && granted(&f, "/n") &&
	          granted(&f, "/g"));
	ck_assert_ptr_null(strstr(merged(&f, true), "revoke"));
	assert_canonical(&f);
	end(&f);
	/* of presets; covers stay, but need nothing to cover then */
	revoke(&f, "'filesystem': [ { 'revoke': '/proc' }, { 'revoke': '/proc/sys' } ]", "");
	ck_assert(!(f.policy.grants[index_of(&f, "/dev/null")].flags & FLAG_OPTIONAL));
	const struct grant *cover = &f.policy.grants[index_of(&f, "/proc/sys")];
	ck_assert_int_eq(cover->kind, GRANT_PROTECT);
	ck_assert(cover->flags & FLAG_OPTIONAL);
	assert_canonical(&f);
	end(&f);
	/* everything */
	revoke(&f, "'home': 'none', 'filesystem': [ { 'revoke': '/' }, { 'bind': '$X' } ]", "");
	for (size_t i = 0; i < f.policy.grant_count; i++)
		ck_assert(policy_members_covers(&f.policy.grants[i]) ||
		          f.policy.grants[i].destination->segments[0].kind != SEGMENT_LITERAL);
	end(&f);
}
END_TEST

/* What is implied comes back when the merged policy is read again, so its revocation stays. */
START_TEST(revokes_what_is_implied)
{
	struct fixture f;
	revoke(&f, "'home': 'host', 'filesystem': [ { 'revoke': '$HOME' } ]", "");
	ck_assert(!granted(&f, "$HOME"));
	ck_assert_ptr_nonnull(strstr(merged(&f, true), "{'revoke':'$HOME'}"));
	for (size_t i = 0; i < f.policy.grant_count; i++)
		ck_assert(f.policy.grants[i].entry || f.policy.grants[i].flags & FLAG_OPTIONAL);
	assert_canonical(&f);
	end(&f);
	/* also where a grant that is taken back itself had won over it */
	revoke(&f, "'filesystem': [ { 'revoke': '$HOME' }, { 'bind': '/x', 'to': '$HOME' } ]", "");
	ck_assert(!granted(&f, "$HOME") && !granted(&f, "${HOME:-/home}"));
	assert_canonical(&f);
	end(&f);
	/* or was not taken back, as only the source of what is implied is below */
	revoke(&f,
	       "'home': 'private', 'filesystem': [ { 'revoke': '$XDG_DATA_HOME/closurebox' }, "
	       "{ 'tmpfs': '$HOME' } ]",
	       "");
	ck_assert(granted(&f, "$HOME"));
	assert_canonical(&f);
	end(&f);
	/* of covers alone */
	revoke(&f, "'filesystem': [ { 'revoke': '/nothing' } ]",
	       "warning: nothing is granted at or below '/nothing'");
	end(&f);
}
END_TEST

START_TEST(revoke_below_a_grant)
{
	static const struct {
		const char *members;
		bool refused;
	} cases[] = {
		{ "'home': 'host', 'filesystem': [ { 'revoke': '$HOME/.ssh/id' } ]", true },
		{ "'filesystem': [ { 'revoke': '/etc/x' }, { 'bind': '/', 'to': '/host' } ]",
		  true },
		{ "'filesystem': [ { 'revoke': '/a/b' }, { 'bind': '/x', 'to': '/a' } ]", true },
		{ "'filesystem': [ { 'revoke': '/a/b' }, "
		  "{ 'overlay': '/x', 'lower': '/l', 'changes': '/a' } ]",
		  true },
		{ "'filesystem': [ { 'revoke': '/proc/sys' } ]", true },
		{ "'filesystem': [ { 'revoke': '/a/b' }, { 'bind': '${X:-/a}', 'to': '/x' } ]",
		  true },
		{ "'filesystem': [ { 'revoke': '/a/b' }, { 'bind': '/x', 'to': '${X:-/a}' } ]",
		  true },
		{ "'filesystem': [ { 'revoke': '${X:-/a/b}' }, { 'bind': '/a' } ]", true },
		{ "'filesystem': [ { 'revoke': '/a' }, { 'bind': '${X:-/a/b}', 'to': '/x' } ]",
		  false },
		{ "'home': 'private', 'filesystem': [ { 'revoke': '/home/x' } ]", false },
		{ "'filesystem': [ { 'revoke': '/tmp/x' } ]", false },
		{ "'filesystem': [ { 'revoke': '/a/b' }, { 'revoke': '/a' }, { 'bind': '/a' } ]",
		  false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		begin(&f);
		read_members(&f, cases[i].members);
		read_policy_finish(&f.c, &f.policy);
		fflush(f.c.diag.stream);
		ck_assert_msg((f.c.diag.errors > 0) == cases[i].refused, "%s", f.said);
		if (cases[i].refused)
			ck_assert_msg(strstr(f.said, "{ \"mask\": \"") != NULL, "%s", f.said);
		end(&f);
	}
}
END_TEST

/* The variable that a bind's source has passes, unless a policy itself unsets it. */
START_TEST(lifts)
{
	static const struct {
		const char *members;
		bool unset;
	} cases[] = {
		{ "", true },
		{ "'filesystem': [ { 'bind': '$SSH_AUTH_SOCK' } ]", false },
		{ "'filesystem': [ { 'bind': '${A:-$SSH_AUTH_SOCK}', 'to': '/x' } ]", false },
		{ "'filesystem': [ { 'bind': '/x', 'to': '$SSH_AUTH_SOCK' } ]", true },
		{ "'filesystem': [ { 'mask': '$SSH_AUTH_SOCK' } ]", true },
		{ "'filesystem': [ { 'bind': '$SSH_AUTH_SOCK' }, { 'revoke': '$SSH_AUTH_SOCK' } ]",
		  true },
		{ "'filesystem': [ { 'bind': '$SSH_AUTH_SOCK' } ], "
		  "'environment': { 'unset': ['SSH_AUTH_SOCK'] }",
		  true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		begin(&f);
		read_members(&f, cases[i].members);
		finish(&f);
		ck_assert_msg((policy_members_find(&f.policy, "SSH_AUTH_SOCK", false) != NULL) ==
		                      cases[i].unset,
		              "%s", cases[i].members);
		assert_canonical(&f);
		end(&f);
	}
}
END_TEST

/* What "path-variables" has passes too; out of a pattern of presets by being set to itself. */
START_TEST(lifts_path_variables)
{
	static const struct {
		const char *members;
		const char *name;
		const char *value; /* NULL: neither set nor unset by name */
	} cases[] = {
		{ "'path-variables': []", "GTK_PATH", "unset" },
		{ "'path-variables': ['GTK_PATH']", "GTK_PATH", NULL },
		{ "'path-variables': ['GTK_PATH'], 'environment': { 'unset': ['GTK_PATH'] }",
		  "GTK_PATH", "unset" },
		{ "'path-variables': ['XDG_DATA_DIRS']", "XDG_DATA_DIRS", NULL },
		{ "'path-variables': ['LD_LIBRARY_PATH']", "LD_LIBRARY_PATH",
		  "${LD_LIBRARY_PATH:-}" },
		{ "'path-variables': ['LD_LIBRARY_PATH'], "
		  "'environment': { 'set': { 'LD_LIBRARY_PATH': '/a' } }",
		  "LD_LIBRARY_PATH", "/a" },
		{ "'path-variables': ['LD_LIBRARY_PATH'], 'environment': { 'unset': ['LD_*'] }",
		  "LD_LIBRARY_PATH", NULL },
		{ "'path-variables': ['LD_LIBRARY_PATH'], 'environment': { 'inherit': ['LD_*'] }",
		  "LD_LIBRARY_PATH", NULL },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		begin(&f);
		read_members(&f, cases[i].members);
		finish(&f);
		const struct variable *found = policy_members_find(&f.policy, cases[i].name, false);
		const char *value = !found ? NULL : found->value ? "" : "unset";
		if (found && found->value)
			value = json_string_value(found->entry);
		ck_assert_msg(!value == !cases[i].value &&
		                      (!value || strcmp(value, cases[i].value) == 0),
		              "%s: %s", cases[i].members, value ? value : "nothing");
		assert_canonical(&f);
		end(&f);
	}
}
END_TEST

/* Of presets what the program could lead elsewhere is bound without its closure, and links there
 * are dropped. */
START_TEST(settles_closures)
{
	static const struct {
		const char *members;
		const char *path;
		bool granted, closure;
	} cases[] = {
		{ "", "$HOME/.fonts", true, true },
		{ "'home': 'private'", "$HOME/.fonts", true, true },
		{ "'home': 'host'", "$HOME/.fonts", true, false },
		{ "'home': 'host'", "$XDG_CONFIG_HOME/fontconfig", true, false },
		{ "'home': 'host'", "/etc/fonts", true, true },
		{ "'filesystem': [ { 'bind': '$HOME/.fonts/a', 'access': 'read-write' } ]",
		  "$HOME/.fonts", true, false },
		{ "'filesystem': [ { 'bind': '$HOME/.fonts/a' } ]", "$HOME/.fonts", true, true },
		{ "'filesystem': [ { 'bind': '/x', 'to': '$HOME/.fonts/a', "
		  "'access': 'read-write' } ]",
		  "$HOME/.fonts", true, true },
		{ "'filesystem': [ { 'bind': '/run', 'to': '/x', 'access': 'read-write' } ]",
		  "/run/opengl-driver", false, false },
		{ "'filesystem': [ { 'bind': '/run', 'to': '/x' } ]", "/run/opengl-driver", true,
		  false },
		/* a directory that a policy has something in is no link */
		{ "'filesystem': [ { 'bind': '/x', 'to': '/run/opengl-driver/lib' } ]",
		  "/run/opengl-driver", false, false },
		{ "'filesystem': [ { 'tmpfs': '/run' } ]", "/run/opengl-driver", true, false },
		{ "'filesystem': [ { 'bind': '/run' } ]", "/run/opengl-driver", true, false },
		{ "'filesystem': [ { 'bind': '/x', 'to': '/run' } ]", "/run/opengl-driver", false,
		  false },
		{ "'filesystem': [ { 'bind': '/x', 'to': '/run', 'access': 'read-write' } ]",
		  "/run/opengl-driver", true, false },
		{ "'filesystem': [ { 'overlay': '/run', 'lower': '/l', 'changes': '/x' } ]",
		  "/run/opengl-driver", true, false },
		{ "'filesystem': [ { 'symlink': '/run', 'target': '/x' } ]", "/run/opengl-driver",
		  false, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		begin(&f);
		read_members(&f, arena_printf(&f.c.arena, "'extends': ['desktop-offline']%s%s",
		                              *cases[i].members ? ", " : "", cases[i].members));
		finish(&f);
		const char *said = cases[i].members;
		ck_assert_msg(granted(&f, cases[i].path) == cases[i].granted, "%s", said);
		if (cases[i].granted) {
			const struct grant *grant = &f.policy.grants[index_of(&f, cases[i].path)];
			ck_assert_msg(!!(grant->flags & FLAG_CLOSURE) == cases[i].closure, "%s",
			              said);
		}
		assert_canonical(&f);
		end(&f);
	}
}
END_TEST

START_TEST(canonical)
{
	static const char *const policies[] = {
		"",
		"'extends': ['command-line', 'strict']",
		"'extends': ['desktop-offline'], 'network': 'host', 'home': 'host'",
		"'name': 'x', 'filesystem': [ { 'tmpfs': '/tmp', 'size': '1M' }, { 'bind': '/n' }, "
		"{ 'bind': '/h', 'to': '${HOME:-/home}' }, { 'bind': '/d', 'to': '$HOME/d' } ]",
		"'environment': { 'set': { 'Z': '1', 'B': '$HOME' }, 'unset': [ 'PATH', 'HOME' ], "
		"'prefix': { 'Z': ['/z'] } }, 'store': 'landlock', 'namespaces': 'optional'",
		"'home': 'temporary', 'hostname': 'other', 'filesystem': [ { 'mask': '/proc/sys' } "
		"], "
		"'process': { 'stop-timeout': '3s', 'umask': '077' }, 'descriptors': []",
		"'home': 'none', 'filesystem': [ { 'revoke': '/proc' }, { 'bind': '/n/m' } ]",
		"'home': 'host', 'filesystem': [ { 'protect': '$HOME/.bashrc' } ], "
		"'working-directory': 'read-write'",
		"'filesystem': [ { 'revoke': '$HOME' }, { 'bind': '/etc/hosts' } ], "
		"'working-directory': { 'optional': true, 'access': 'read-only' }",
	};
	enum {
		COUNT = sizeof policies / sizeof *policies
	};
	/* every pair of them, in both orders */
	struct fixture f;
	begin(&f);
	read_members(&f, policies[_i / COUNT]);
	read_members(&f, policies[_i % COUNT]);
	finish(&f);
	assert_canonical(&f);
	end(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("read-policy-merge");
	TCase *tests = tcase_create("merge");
	tcase_add_test(tests, later_policies_replace);
	tcase_add_test(tests, working_directories);
	tcase_add_test(tests, lists);
	tcase_add_test(tests, nothing);
	tcase_add_test(tests, extends);
	tcase_add_test(tests, extends_refused);
	tcase_add_test(tests, presets_are_good);
	tcase_add_test(tests, home_is_implied);
	tcase_add_test(tests, implied_is_overridden);
	tcase_add_test(tests, presets_give_way);
	tcase_add_test(tests, shared_hostname);
	tcase_add_test(tests, revokes);
	tcase_add_test(tests, revokes_what_is_implied);
	tcase_add_test(tests, revoke_below_a_grant);
	tcase_add_test(tests, lifts);
	tcase_add_test(tests, lifts_path_variables);
	tcase_add_test(tests, settles_closures);
	tcase_add_loop_test(tests, canonical, 0, 81);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
