/* Random policies: what is revoked is gone, and the merged policy is the same as those merged. */
#include "read-policy.h"

static unsigned
random_below(uint64_t *state, unsigned limit)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(*state >> 33) % limit;
}

/* A path of one to three components of two names each, so that many are the same or nest. */
static const char *
random_path(struct fixture *f, uint64_t *state)
{
	struct buffer path = { .arena = &f->c.arena };
	static const char *const roots[] = { "", "$HOME", "${HOME}", "$XDG_CONFIG_HOME", "$X" };
	buffer_add_string(&path, roots[random_below(state, 5)]);
	for (unsigned i = 1 + random_below(state, 3); i > 0; i--)
		buffer_printf(&path, "/%c", 'a' + (char)random_below(state, 2));
	return path.data;
}

/* Is the path at or below one that was revoked? The other way round than the reader does it: with
 * each prefix of the path, by comparing texts. */
static bool
oracle_revoked(const struct string_list *revoked, const char *spelling)
{
	for (size_t size = strlen(spelling); size > 0; size--) {
		if (spelling[size] != '\0' && spelling[size] != '/')
			continue;
		for (size_t i = 0; i < revoked->count; i++)
			if (strlen(revoked->items[i]) == size &&
			    memcmp(revoked->items[i], spelling, size) == 0)
				return true;
	}
	return false;
}

static const char *
spell(struct fixture *f, const char *text)
{
	return policy_path_spelling(&f->c.arena, template_parse(&f->c, PLACE_NONE, text));
}

/* Random files that grant and revoke: what is left is exactly what no revocation touches, in
 * whichever order and file they stand. */
START_TEST(revocations_are_sets)
{
	uint64_t state = (uint64_t)_i;
	struct string_list revoked = { 0 };
	struct map last = { 0 }; /* of a destination's spelling, the last bind's source */
	const char *sources[64];
	size_t grants = 0, left = 0;
	struct fixture f;

	begin(&f);
	last.arena = &f.c.arena;
	for (unsigned file = 0; file < 1 + random_below(&state, 3); file++) {
		struct buffer text = { .arena = &f.c.arena };
		struct map here = { .arena = &f.c.arena };
		buffer_add_string(&text,
		                  "'extends': [], 'filesystem': [ { 'directory': '/never' }");
		for (unsigned i = random_below(&state, 8); i > 0; i--) {
			const char *source = random_path(&f, &state);
			const char *to = random_path(&f, &state), *key = spell(&f, to);
			if (random_below(&state, 3) == 0) {
				buffer_printf(&text, ", { 'revoke': '%s' }", to);
				string_list_add(&f.c.arena, &revoked, key);
				continue;
			}
			if (map_get(&here, key) != MAP_ABSENT)
				continue;
			map_add(&here, key, 1);
			buffer_printf(&text, ", { 'bind': '%s', 'to': '%s' }", source, to);
			if (map_get(&last, key) == MAP_ABSENT)
				map_add(&last, key, grants++);
			sources[map_get(&last, key)] = spell(&f, source);
		}
		buffer_add_string(&text, " ]");
		read_members(&f, text.data);
	}
	assert_good(&f);
	read_policy_finish(&f.c, &f.policy);
	for (size_t i = 0; i < f.policy.grant_count; i++) {
		const char *key = spell(&f, f.policy.grants[i].destination_text);
		if (strcmp(key, "/never") == 0)
			continue;
		left++;
		ck_assert(!oracle_revoked(&revoked, key));
		ck_assert(!oracle_revoked(&revoked, sources[map_get(&last, key)]));
	}
	/* and nothing else went: each that is missing was revoked */
	struct map present = { .arena = &f.c.arena };
	policy_members_map(&f.c.arena, &f.policy, &present);
	for (size_t i = 0; i < f.policy.grant_count; i++)
		ck_assert_uint_eq(
			map_get(&present, policy_members_key(&f.c.arena, &f.policy.grants[i])), i);
	size_t untouched = 0;
	static const char *const starts[] = { "", "$HOME", "$HOME/.config", "$X" };
	for (unsigned path = 0; path < 4 * 14; path++) {
		unsigned shape = path % 14, depth = shape < 2 ? 1 : shape < 6 ? 2 : 3;
		unsigned bits = shape - (depth == 1 ? 0 : depth == 2 ? 2 : 6);
		const char *key = starts[path / 14];
		for (unsigned i = 0; i < depth; i++)
			key = arena_printf(&f.c.arena, "%s/%c", key, 'a' + (char)(bits >> i & 1));
		size_t index = map_get(&last, key);
		untouched += index != MAP_ABSENT && !oracle_revoked(&revoked, key) &&
		             !oracle_revoked(&revoked, sources[index]);
	}
	ck_assert_uint_eq(left, untouched);
	if (f.c.diag.errors == 0)
		assert_canonical(&f);
	end(&f);
}
END_TEST

static const char *
random_choice(uint64_t *state, const char *const *choices, unsigned count)
{
	return choices[random_below(state, count)];
}

/* An entry at a path that presets or fragments have something to do with. */
static void
add_random_entry(struct buffer *text, uint64_t *state)
{
	static const char *const paths[] = {
		"/etc",
		"/etc/hosts",
		"/etc/resolv.conf",
		"/dev",
		"/dev/null",
		"/proc",
		"/proc/sys",
		"/tmp",
		"/tmp/a",
		"$HOME",
		"${HOME:-/home}",
		"$HOME/.config",
		"$XDG_CONFIG_HOME/x",
		"$HOME/.local/share",
		"$XDG_DATA_HOME/closurebox",
		"$HOME/.ssh",
		"$XDG_RUNTIME_DIR",
		"/run/user/$UID/$WAYLAND_DISPLAY",
		"$SSH_AUTH_SOCK",
		"$X/a",
		"/usr/share",
		"$HOME/.bashrc",
		"$XDG_DOCUMENTS_DIR",
		"$HOME/Documents",
	};
	static const char *const forms[] = {
		"{ 'bind': '%s' }",      "{ 'bind': '%s', 'create': 'directory' }",
		"{ 'tmpfs': '%s' }",     "{ 'file': '%s', 'text': '' }",
		"{ 'directory': '%s' }", "{ 'symlink': '%s', 'target': 'x' }",
		"{ 'mask': '%s' }",      "{ 'protect': '%s', 'create': 'file' }",
		"{ 'revoke': '%s' }",    "{ 'bind': '%s', 'closure': true }",
		"{ 'links': '%s' }",
	};
	enum {
		PATHS = sizeof paths / sizeof *paths,
		FORMS = sizeof forms / sizeof *forms
	};
	const char *path = random_choice(state, paths, PATHS);
	unsigned form = random_below(state, FORMS + 2);

	if (form == FORMS)
		buffer_printf(text, "{ 'bind': '%s', 'to': '%s' }",
		              random_choice(state, paths, PATHS), path);
	else if (form > FORMS)
		buffer_printf(text, "{ 'overlay': '%s', 'lower': '/l', 'changes': '%s' }", path,
		              random_choice(state, paths, PATHS));
	else
		buffer_printf(text, "%.*s%s%s", (int)(strchr(forms[form], '%') - forms[form]),
		              forms[form], path, strchr(forms[form], '%') + 2);
}

/* Random files, of what presets, "home", "network" and "revoke" make difficult to merge. */
START_TEST(random_is_canonical)
{
	static const char *const presets[] = { "", "'base'", "'command-line'", "'desktop-offline'",
		                               "'strict', 'command-line'" };
	static const char *const homes[] = { "none", "temporary", "private", "host" };
	static const char *const networks[] = { "none", "blocked", "host" };
	static const char *const variables[] = { "XDG_DATA_DIRS", "LD_LIBRARY_PATH", "GTK_PATH",
		                                 "XDG_RUNTIME_DIR" };
	static const char *const unset[] = { "LD_*", "GTK_PATH", "XDG_DATA_DIRS" };
	uint64_t state = (uint64_t)_i;
	struct fixture f;

	begin(&f);
	for (unsigned files = 1 + random_below(&state, 3); files > 0; files--) {
		struct buffer text = { .arena = &f.c.arena };
		buffer_add_string(&text, "'share': []");
		if (random_below(&state, 3) > 0)
			buffer_printf(&text, ", 'extends': [%s]",
			              random_choice(&state, presets, 5));
		if (random_below(&state, 2) > 0)
			buffer_printf(&text, ", 'home': '%s'", random_choice(&state, homes, 4));
		if (random_below(&state, 2) > 0)
			buffer_printf(&text, ", 'network': '%s'",
			              random_choice(&state, networks, 3));
		if (random_below(&state, 2) > 0)
			buffer_printf(&text, ", 'path-variables': ['%s']",
			              random_choice(&state, variables, 4));
		if (random_below(&state, 4) == 0)
			buffer_printf(&text, ", 'environment': { 'unset': ['%s'] }",
			              random_choice(&state, unset, 3));
		buffer_add_string(&text, ", 'filesystem': [ { 'revoke': '/never' }");
		for (unsigned entries = random_below(&state, 5); entries > 0; entries--) {
			buffer_add_string(&text, ", ");
			add_random_entry(&text, &state);
		}
		buffer_add_string(&text, " ]");
		read_members(&f, text.data);
	}
	read_policy_finish(&f.c, &f.policy);
	if (f.c.diag.errors == 0)
		assert_canonical(&f);
	end(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("read-policy-random");
	TCase *tests = tcase_create("random");
	tcase_add_loop_test(tests, revocations_are_sets, 0, 500);
	tcase_add_loop_test(tests, random_is_canonical, 0, 500);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
