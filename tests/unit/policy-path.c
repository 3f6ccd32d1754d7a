/* Tests of paths with launch-time parts: what is the same path, and what is below another. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *template;
	const char *spelling;
} spellings[] = {
	{ "/", "/" },
	{ "//", "/" },
	{ "/srv", "/srv" },
	{ "/srv/", "/srv" },
	{ "//srv///data//", "/srv/data" },
	{ "$HOME", "$HOME" },
	{ "${HOME}", "$HOME" },
	{ "${HOME:-/home}", "$HOME" },
	{ "${HOME:-/home}/x", "$HOME/x" },
	{ "$HOME/", "$HOME" },
	{ "$HOME//x/", "$HOME/x" },
	{ "${HOME}x", "${HOME}x" },
	{ "$HOME-x", "$HOME-x" },
	{ "/$HOME/x", "$HOME/x" },
	{ "//$XDG_RUNTIME_DIR", "$XDG_RUNTIME_DIR" },
	{ "/$XDG_DATA_HOME", "$HOME/.local/share" },
	{ "/$FOO", "/$FOO" },
	{ "/srv$HOME", "/srv/$HOME" },
	{ "/srv/$HOME", "/srv/$HOME" },
	{ "/srv$XDG_CONFIG_HOME/x", "/srv/$HOME/.config/x" },
	{ "$XDG_CACHE_HOME/x", "$HOME/.cache/x" },
	{ "$XDG_CONFIG_HOME", "$HOME/.config" },
	{ "${XDG_CONFIG_HOME:-$HOME/.config}/a", "$HOME/.config/a" },
	{ "$HOME/.config", "$HOME/.config" },
	{ "$XDG_DATA_HOME", "$HOME/.local/share" },
	{ "$XDG_STATE_HOME", "$HOME/.local/state" },
	{ "$XDG_DESKTOP_DIR", "$HOME/Desktop" },
	{ "$XDG_DOCUMENTS_DIR/a", "$HOME/Documents/a" },
	{ "$XDG_DOWNLOAD_DIR", "$HOME/Downloads" },
	{ "$XDG_MUSIC_DIR", "$HOME/Music" },
	{ "$XDG_PICTURES_DIR", "$HOME/Pictures" },
	{ "$XDG_PUBLICSHARE_DIR", "$HOME/Public" },
	{ "$XDG_TEMPLATES_DIR", "$HOME/Templates" },
	{ "$XDG_VIDEOS_DIR", "$HOME/Videos" },
	{ "$XDG_RUNTIME_DIR", "$XDG_RUNTIME_DIR" },
	{ "${XDG_RUNTIME_DIR:-/run/user/$UID}/bus", "$XDG_RUNTIME_DIR/bus" },
	{ "/run/user/$UID", "$XDG_RUNTIME_DIR" },
	{ "/run//user/${UID}/bus/", "$XDG_RUNTIME_DIR/bus" },
	{ "/run/user/${UID}0", "/run/user/${UID}0" },
	{ "/run/user/1000", "/run/user/1000" },
	{ "/run/user/$GID", "/run/user/$GID" },
	{ "/home/$USER/x", "$HOME/x" },
	{ "/home/$LOGNAME", "$HOME" },
	{ "/home/${USER}s", "/home/${USER}s" },
	{ "/home/ada", "/home/ada" },
	{ "/media/$USER", "/media/$USER" },
	{ "/media/${LOGNAME:-nobody}", "/media/$USER" },
	{ "/media/${USER}s", "/media/${USER}s" },
	{ "/tmp/box-$INSTANCE", "/tmp/box-$INSTANCE" },
	{ "$FOO", "$FOO" },
	{ "${FOO:-/srv/foo}/x", "$FOO/x" },
	{ "$FOO$BAR", "$FOO$BAR" },
	{ "/a$$b", "/a$$b" },
	{ "/$$HOME", "/$$HOME" },
};

START_TEST(one_spelling)
{
	struct compilation c = { .diag.stream = stderr };
	struct template_text *template = template_parse(&c, PLACE_NONE, spellings[_i].template);

	ck_assert_ptr_nonnull(template);
	const char *spelling = policy_path_spelling(&c.arena, template);
	ck_assert_str_eq(spelling, spellings[_i].spelling);
	/* A spelling is a template with the same spelling, so that it can be shown and written. */
	template = template_parse(&c, PLACE_NONE, spelling);
	ck_assert_ptr_nonnull(template);
	ck_assert_str_eq(policy_path_spelling(&c.arena, template), spelling);
	arena_free(&c.arena);
}
END_TEST

START_TEST(what_the_parser_does_not_make)
{
	struct arena arena = { 0 };
	struct template_text template = { 0 };

	ck_assert_str_eq(policy_path_spelling(&arena, &template), "");
	template_add(&arena, &template,
	             (struct template_segment){ .kind = SEGMENT_USER_DIRECTORY,
	                                        .text = "XDG_MUSIC_DIR" });
	template_add(&arena, &template,
	             (struct template_segment){ .kind = SEGMENT_LITERAL, .text = "/a" });
	ck_assert_str_eq(policy_path_spelling(&arena, &template), "$HOME/Music/a");
	template = (struct template_text){ 0 };
	template_add(&arena, &template, (struct template_segment){ .kind = SEGMENT_INSTANCE });
	ck_assert_str_eq(policy_path_spelling(&arena, &template), "$INSTANCE");
	arena_free(&arena);
}
END_TEST

/* A template, and its alternatives with a space before each. */
static const struct {
	const char *template;
	const char *alternatives;
} alternatives[] = {
	{ "/", " /" },
	{ "$FOO/x", " $FOO/x" },
	{ "$HOME/x", " $HOME/x" },
	{ "$XDG_CONFIG_HOME", " $HOME/.config" },
	{ "${FOO:-/}", " $FOO /" },
	{ "${FOO:-}/x", " $FOO/x /x" },
	{ "${FOO:-$FOO}", " $FOO" },
	{ "${HOME:-/home}", " $HOME /home" },
	{ "${FOO:-${BAR:-$HOME}}", " $FOO $BAR $HOME" },
	{ "${FOO:-${BAR:-/a}/b}/c", " $FOO/c $BAR/b/c /a/b/c" },
	{ "${XDG_CONFIG_HOME:-$HOME/.config}/a", " $HOME/.config/a" },
	{ "${XDG_CONFIG_HOME:-/etc}/a", " $HOME/.config/a /etc/a" },
	{ "${XDG_RUNTIME_DIR:-/run/user/$UID}", " $XDG_RUNTIME_DIR" },
	{ "/${A:-a}${B:-b}", " /$A$B /${A}b /a$B /ab" },
	{ "/home/${USER:-$LOGNAME}", " $HOME" },
};

START_TEST(each_alternative_once)
{
	struct compilation c = { .diag.stream = stderr };
	struct string_list list = { 0 };
	struct buffer text = { .arena = &c.arena };
	struct template_text *template = template_parse(&c, PLACE_NONE, alternatives[_i].template);

	ck_assert_ptr_nonnull(template);
	ck_assert(policy_path_alternatives(&c.arena, template, &list));
	for (size_t i = 0; i < list.count; i++)
		buffer_printf(&text, " %s", list.items[i]);
	ck_assert_str_eq(text.data, alternatives[_i].alternatives);
	ck_assert_str_eq(list.items[0], policy_path_spelling(&c.arena, template));
	arena_free(&c.arena);
}
END_TEST

/* Where paths lead on the host, for all and for some user. */
START_TEST(on_the_host)
{
	static const struct {
		const char *spelling, *all, *user;
	} cases[] = {
		{ "/", "/", "/" },
		{ "/srv", "/srv", "/srv" },
		{ "/$FOO/x", "$FOO/x", "$FOO/x" },
		{ "/$$FOO", "/$$FOO", "/$$FOO" },
		{ "/var/run", "/run", "/run" },
		{ "/var/run/docker.sock", "/run/docker.sock", "/run/docker.sock" },
		{ "/var/running", "/var/running", "/var/running" },
		{ "/var/run/user/1000/bus", "/run/user/1000/bus", "$XDG_RUNTIME_DIR/bus" },
		{ "/run/user", "/run/user", "/run/user" },
		{ "/var/home/ada/x", "/home/ada/x", "$HOME/x" },
		{ "/home", "/home", "/home" },
		{ "/root/x", "/root/x", "$HOME/x" },
		{ "/roots", "/roots", "/roots" },
		{ "/dev/stdin", "/proc/self/fd/0", "/proc/self/fd/0" },
		{ "/proc/self/root", "/", "/" },
		{ "/proc/1/task/1/root/etc", "/etc", "/etc" },
		{ "/proc/self/root/proc/$PID/root/dev/fd", "/proc/self/fd", "/proc/self/fd" },
		{ "/proc/self/root/root", "/root", "$HOME" },
		{ "/proc/self/rooted", "/proc/self/rooted", "/proc/self/rooted" },
		{ "$HOME/x", "$HOME/x", "$HOME/x" },
	};
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_str_eq(policy_path_on_host(&arena, cases[i].spelling), cases[i].all);
		ck_assert_str_eq(policy_path_of_any_user(&arena, cases[i].spelling), cases[i].user);
	}
	arena_free(&arena);
}
END_TEST

/* A template when none of its variables that have a default is set; NULL: none has one. */
START_TEST(defaults)
{
	static const struct {
		const char *template, *spelling;
	} cases[] = {
		{ "/srv", NULL },
		{ "$HOME/x", NULL },
		{ "${FOO:-/srv}/x", "/srv/x" },
		{ "${FOO:-${BAR:-/a}/b}/c", "/a/b/c" },
		{ "${XDG_CONFIG_HOME:-$HOME/.config}/x", "$HOME/.config/x" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct compilation c = { .diag.stream = stderr };
		const struct template_text *result = policy_path_default(
			&c.arena, template_parse(&c, PLACE_NONE, cases[i].template));

		ck_assert_int_eq(result != NULL, cases[i].spelling != NULL);
		if (result)
			ck_assert_str_eq(policy_path_spelling(&c.arena, result), cases[i].spelling);
		arena_free(&c.arena);
	}
}
END_TEST

START_TEST(too_many_alternatives)
{
	struct compilation c = { .diag.stream = stderr };
	struct buffer text = { .arena = &c.arena };
	struct string_list list = { 0 };

	for (int i = 0; i < 100; i++)
		buffer_printf(&text, "/${A%d:-x}", i);
	ck_assert(!policy_path_alternatives(&c.arena, template_parse(&c, PLACE_NONE, text.data),
	                                    &list));
	arena_free(&c.arena);
}
END_TEST

/* A bind stays where it is only if it does so whatever is set. */
START_TEST(stays)
{
	static const struct {
		const char *source, *destination;
		bool stays;
	} cases[] = {
		{ "/srv", "/srv", true },
		{ "$XDG_CONFIG_HOME/x", "$HOME/.config/x", true },
		{ "${FOO:-/srv}", "${FOO:-/srv}", true },
		{ "${FOO:-/srv}", "${FOO:-/data}", false },
		{ "${FOO:-/srv}", "$FOO", false },
		{ "/srv", "/data", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct compilation c = { .diag.stream = stderr };
		struct grant grant = {
			.kind = GRANT_BIND,
			.source = template_parse(&c, PLACE_NONE, cases[i].source),
			.destination = template_parse(&c, PLACE_NONE, cases[i].destination),
		};

		ck_assert_int_eq(policy_path_stays(&c.arena, &grant), cases[i].stays);
		grant.kind = GRANT_MASK;
		ck_assert(!policy_path_stays(&c.arena, &grant));
		arena_free(&c.arena);
	}
}
END_TEST

START_TEST(covers)
{
	ck_assert(policy_path_covers("/", "/"));
	ck_assert(policy_path_covers("/", "/srv"));
	ck_assert(policy_path_covers("/", "$HOME"));
	ck_assert(policy_path_covers("/srv", "/srv"));
	ck_assert(policy_path_covers("/srv", "/srv/a/b"));
	ck_assert(!policy_path_covers("/srv", "/"));
	ck_assert(!policy_path_covers("/srv", "/srva"));
	ck_assert(!policy_path_covers("/srv/a", "/srv"));
	ck_assert(policy_path_covers("$HOME", "$HOME/x"));
	ck_assert(!policy_path_covers("$HOME", "${HOME}x"));
	ck_assert(!policy_path_covers("$HOME", "$HOMER"));
	ck_assert(!policy_path_covers("$HOME", "$HOME-x"));
	ck_assert(!policy_path_covers("$HOME/x", "$HOME"));
	ck_assert(policy_path_covers("/home", "$HOME"));
	ck_assert(policy_path_covers("/home", "$HOME/x"));
	ck_assert(!policy_path_covers("/home", "${HOME}x"));
	ck_assert(!policy_path_covers("/home/ada", "$HOME/x"));
	ck_assert(!policy_path_covers("/homes", "$HOME"));
	ck_assert(policy_path_covers("/run", "$XDG_RUNTIME_DIR/bus"));
	ck_assert(policy_path_covers("/run/user", "$XDG_RUNTIME_DIR/bus"));
	ck_assert(!policy_path_covers("/run/user/1000", "$XDG_RUNTIME_DIR/bus"));
	ck_assert(!policy_path_covers("/run/dbus", "$XDG_RUNTIME_DIR/bus"));
	ck_assert(!policy_path_covers("$XDG_RUNTIME_DIR", "/run"));
}
END_TEST

START_TEST(fallbacks)
{
	ck_assert_str_eq(policy_path_fallback("XDG_RUNTIME_DIR"), "/run/user/$UID");
	ck_assert_str_eq(policy_path_fallback("XDG_DOWNLOAD_DIR"), "$HOME/Downloads");
	ck_assert_str_eq(policy_path_fallback("XDG_DATA_HOME"), "$HOME/.local/share");
	ck_assert_str_eq(policy_path_fallback("USER"), "$LOGNAME");
	ck_assert_ptr_null(policy_path_fallback("LOGNAME"));
	ck_assert_ptr_null(policy_path_fallback("HOME"));
	ck_assert_ptr_null(policy_path_fallback("XDG_DATA_DIRS"));
	ck_assert_ptr_null(policy_path_fallback(""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy-path");
	TCase *tests = tcase_create("policy-path");
	tcase_add_loop_test(tests, one_spelling, 0, sizeof spellings / sizeof *spellings);
	tcase_add_test(tests, what_the_parser_does_not_make);
	tcase_add_loop_test(tests, each_alternative_once, 0,
	                    sizeof alternatives / sizeof *alternatives);
	tcase_add_test(tests, on_the_host);
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, too_many_alternatives);
	tcase_add_test(tests, stays);
	tcase_add_test(tests, covers);
	tcase_add_test(tests, fallbacks);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
