/* The syntax of templates. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct compilation c;
	char *said;
	size_t said_size;
};

static void
set_up(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
	ck_assert_ptr_nonnull(f->c.diag.stream);
}

static void
tear_down(struct fixture *f)
{
	(void)fclose(f->c.diag.stream);
	free(f->said);
	arena_free(&f->c.arena);
}

/* A template as text: [literal] <NAME> with a fallback as <NAME|...>; a user directory with '+'. */
static void
print(struct buffer *buffer, const struct template_text *template)
{
	static const char *const names[] = {
		[SEGMENT_HOME] = "~home",
		[SEGMENT_UID] = "~uid",
		[SEGMENT_GID] = "~gid",
		[SEGMENT_INSTANCE] = "~instance",
	};
	for (size_t i = 0; i < template->count; i++) {
		const struct template_segment *s = &template->segments[i];
		if (s->kind == SEGMENT_LITERAL) {
			ck_assert_ptr_null(s->fallback);
			buffer_printf(buffer, "[%s]", s->text);
			continue;
		}
		bool named = s->kind == SEGMENT_VARIABLE || s->kind == SEGMENT_USER_DIRECTORY;
		ck_assert(named == (s->text != NULL));
		buffer_printf(buffer, "<%s%s", s->kind == SEGMENT_USER_DIRECTORY ? "+" : "",
		              named ? s->text : names[s->kind]);
		if (s->fallback != NULL) {
			buffer_add_string(buffer, "|");
			print(buffer, s->fallback);
		}
		buffer_add_string(buffer, ">");
	}
}

static const struct {
	const char *text;
	const char *expected;
} good[] = {
	{ "", "" },
	{ "/etc/x", "[/etc/x]" },
	{ "$HOME", "<~home>" },
	{ "${HOME}", "<~home>" },
	{ "$UID:${GID}", "<~uid>[:]<~gid>" },
	{ "$HOMER$HOM_E", "<HOMER><HOM_E>" },
	{ "$HOME/.config", "<~home>[/.config]" },
	{ "a${B}c", "[a]<B>[c]" },
	{ "$_a9-", "<_a9>[-]" },
	{ "$A$B", "<A><B>" },
	{ "$$", "[$]" },
	{ "a$$b$$$$c", "[a$b$$c]" },
	{ "$$A", "[$A]" },
	{ "$$$A", "[$]<A>" },
	{ "$${A}", "[${A}]" },
	{ "}{", "[}{]" },
	{ "${A:-}", "<A|>" },
	{ "${A:-b}", "<A|[b]>" },
	{ "${A:-b}c", "<A|[b]>[c]" },
	{ "${A:-$B}", "<A|<B>>" },
	{ "${A:-$B/c}d", "<A|<B>[/c]>[d]" },
	{ "${A:-${B:-c}d}e", "<A|<B|[c]>[d]>[e]" },
	{ "${A:-$$}", "<A|[$]>" },
	{ "${A:-:-}", "<A|[:-]>" },
	{ "${A:-{x}}", "<A|[{x]>[}]" },
	{ "${HOME:-/nowhere}", "<~home|[/nowhere]>" },
	{ "${A:-${B:-${C:-${D:-e}}}}", "<A|<B|<C|<D|[e]>>>>" },
	{ "\xc3\xa9$A", "[\xc3\xa9]<A>" },
	{ "$XDG_MUSIC_DIR/a", "<+XDG_MUSIC_DIR>[/a]" },
	{ "${XDG_DOCUMENTS_DIR:-/d}", "<+XDG_DOCUMENTS_DIR|[/d]>" },
	{ "$XDG_DESKTOP_DIR$XDG_DOWNLOAD_DIR", "<+XDG_DESKTOP_DIR><+XDG_DOWNLOAD_DIR>" },
	{ "$XDG_PICTURES_DIR$XDG_PUBLICSHARE_DIR", "<+XDG_PICTURES_DIR><+XDG_PUBLICSHARE_DIR>" },
	{ "$XDG_TEMPLATES_DIR$XDG_VIDEOS_DIR", "<+XDG_TEMPLATES_DIR><+XDG_VIDEOS_DIR>" },
	{ "$XDG_DATA_HOME/$USER", "<XDG_DATA_HOME>[/]<USER>" },
	{ "$XDG_MUSIC_DIRS", "<XDG_MUSIC_DIRS>" },
	{ "$INSTANCE", "<~instance>" },
};

static const struct {
	const char *text;
	const char *message;
} bad[] = {
	{ "$", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "a$ b", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "$1", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "$$$", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "$(id)", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "${", "expected the name of a variable after '${'; write '$$' for a dollar sign" },
	{ "${}", "expected the name of a variable after '${'; write '$$' for a dollar sign" },
	{ "${9A}", "expected the name of a variable after '${'; write '$$' for a dollar sign" },
	{ "${A", "expected '}' or ':-' after '${A'" },
	{ "${A:", "expected '}' or ':-' after '${A'" },
	{ "${A-b}", "expected '}' or ':-' after '${A'" },
	{ "${A:+b}", "expected '}' or ':-' after '${A'" },
	{ "${A b}", "expected '}' or ':-' after '${A'" },
	{ "${A:-b", "expected '}' after the default of '$A'" },
	{ "${A:-${B}", "expected '}' after the default of '$A'" },
	{ "${A:-${B:-c}", "expected '}' after the default of '$A'" },
	{ "${A:-$}", "expected the name of a variable after '$'; write '$$' for a dollar sign" },
	{ "${UID:-1000}", "'$UID' is always set; it takes no default" },
	{ "${GID:-1000}", "'$GID' is always set; it takes no default" },
	{ "${INSTANCE:-1}", "'$INSTANCE' is always set; it takes no default" },
	{ "${A:-${B:-${C:-${D:-${E:-f}}}}}", "defaults are nested more than 4 deep" },
};

START_TEST(parses)
{
	struct fixture f;
	set_up(&f);
	struct template_text *template = template_parse(&f.c, PLACE_NONE, good[_i].text);
	ck_assert_ptr_nonnull(template);
	struct buffer buffer = { .arena = &f.c.arena };
	buffer_add_string(&buffer, "");
	print(&buffer, template);
	ck_assert_str_eq(buffer.data, good[_i].expected);
	ck_assert_uint_eq(f.c.diag.errors, 0);
	tear_down(&f);
}
END_TEST

START_TEST(refuses)
{
	struct fixture f;
	set_up(&f);
	ck_assert_ptr_null(template_parse(&f.c, PLACE_NONE, bad[_i].text));
	ck_assert_uint_eq(f.c.diag.errors, 1);
	(void)fflush(f.c.diag.stream);
	ck_assert_str_eq(f.said,
	                 arena_printf(&f.c.arena, "closurebox: error: %s\n", bad[_i].message));
	tear_down(&f);
}
END_TEST

START_TEST(constants)
{
	struct fixture f;
	set_up(&f);
	ck_assert_str_eq(template_constant(template_parse(&f.c, PLACE_NONE, "")), "");
	ck_assert_str_eq(template_constant(template_parse(&f.c, PLACE_NONE, "a$$b")), "a$b");
	ck_assert_pstr_eq(template_constant(template_parse(&f.c, PLACE_NONE, "$A")), NULL);
	ck_assert_pstr_eq(template_constant(template_parse(&f.c, PLACE_NONE, "a$A")), NULL);
	ck_assert_str_eq(template_constant(template_literal(&f.c.arena, "$x")), "$x");
	ck_assert_str_eq(template_constant(template_literal(&f.c.arena, "")), "");
	tear_down(&f);
}
END_TEST

START_TEST(add_joins_literals)
{
	struct arena arena = { 0 };
	struct template_text template = { 0 };
	struct template_segment a = { .kind = SEGMENT_LITERAL, .text = "a" };
	struct template_segment empty = { .kind = SEGMENT_LITERAL, .text = "" };
	struct template_segment home = { .kind = SEGMENT_HOME };
	template_add(&arena, &template, empty);
	ck_assert_uint_eq(template.count, 0);
	template_add(&arena, &template, a);
	template_add(&arena, &template, a);
	ck_assert_str_eq(template_constant(&template), "aa");
	ck_assert_str_eq(a.text, "a");
	template_add(&arena, &template, home);
	template_add(&arena, &template, a);
	template_add(&arena, &template, empty);
	ck_assert_uint_eq(template.count, 3);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("template");
	TCase *tests = tcase_create("template");
	tcase_add_loop_test(tests, parses, 0, sizeof good / sizeof *good);
	tcase_add_loop_test(tests, refuses, 0, sizeof bad / sizeof *bad);
	tcase_add_test(tests, constants);
	tcase_add_test(tests, add_joins_literals);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
