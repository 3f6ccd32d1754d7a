/* What messages look like. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one error with the text "oops" prints. Freed by the caller. */
static char *
say(struct place place)
{
	char *said;
	size_t size;
	struct diag diag = { .stream = open_memstream(&said, &size) };
	ck_assert_ptr_nonnull(diag.stream);
	diag_error(&diag, place, "oops");
	ck_assert_uint_eq(diag.errors, 1);
	(void)fclose(diag.stream);
	return said;
}

static void
expect(struct place place, const char *expected)
{
	char *said = say(place);
	ck_assert_str_eq(said, expected);
	free(said);
}

/* An offset in a text, and the whole message. */
static const struct {
	const char *text;
	size_t offset;
	const char *expected;
} shown[] = {
	{ "ab\ncde\nf", 4, "p.json:2:2: error: oops\n    2 | cde\n      |  ^\n" },
	{ "abc", 0, "p.json:1:1: error: oops\n    1 | abc\n      | ^\n" },
	{ "abc", 3, "p.json:1:4: error: oops\n    1 | abc\n      |    ^\n" },
	{ "abc", 99, "p.json:1:4: error: oops\n    1 | abc\n      |    ^\n" },
	{ "", 0, "p.json:1:1: error: oops\n    1 | \n      | ^\n" },
	{ "a\n", 2, "p.json:2:1: error: oops\n    2 | \n      | ^\n" },
	{ "a\nb\n", 1, "p.json:1:2: error: oops\n    1 | a\n      |  ^\n" },
	{ "ab\r\nc", 1, "p.json:1:2: error: oops\n    1 | ab\n      |  ^\n" },
	{ "ab\r\nc", 2, "p.json:1:3: error: oops\n    1 | ab\n      |   ^\n" },
	{ "\t\ta\tb", 4, "p.json:1:5: error: oops\n    1 | \t\ta\tb\n      | \t\t \t^\n" },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x", 9,
	  "p.json:1:10: error: oops\n"
	  "    1 | \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80x\n"
	  "      |    ^\n" },
	{ "\x1b[1mx", 4, "p.json:1:5: error: oops\n    1 | \\x1b[1mx\n      |        ^\n" },
	{ "\xff\xc3x", 2, "p.json:1:3: error: oops\n    1 | \\xff\\xc3x\n      |         ^\n" },
	/* overlong, surrogate, C1 control, right-to-left override */
	{ "\xc0\x80x", 2, "p.json:1:3: error: oops\n    1 | \\xc0\\x80x\n      |         ^\n" },
	{ "\xed\xa0\x80", 0, "p.json:1:1: error: oops\n    1 | \\xed\\xa0\\x80\n      | ^\n" },
	{ "\xc2\x9b", 0, "p.json:1:1: error: oops\n    1 | \\xc2\\x9b\n      | ^\n" },
	{ "\xe2\x80\xae", 0, "p.json:1:1: error: oops\n    1 | \\xe2\\x80\\xae\n      | ^\n" },
};

START_TEST(shows_the_line)
{
	struct source source = { .name = "p.json",
		                 .text = shown[_i].text,
		                 .size = strlen(shown[_i].text) };
	expect((struct place){ .source = &source, .offset = shown[_i].offset }, shown[_i].expected);
}
END_TEST

START_TEST(shows_a_nul)
{
	struct source source = { .name = "p.json", .text = "a\0b", .size = 3 };
	expect((struct place){ .source = &source, .offset = 2 },
	       "p.json:1:3: error: oops\n    1 | a\\x00b\n      |      ^\n");
}
END_TEST

START_TEST(gutter_grows)
{
	char text[123456 + 1];
	memset(text, '\n', sizeof text);
	text[123455] = 'x';
	text[123456] = '\0';
	struct source source = { .name = "p.json", .text = text, .size = 123456 };
	expect((struct place){ .source = &source, .offset = 123455 },
	       "p.json:123456:1: error: oops\n123456 | x\n       | ^\n");
}
END_TEST

/* The byte of a long line over the caret must be the one at the offset. */
START_TEST(narrows_long_lines)
{
	char text[1001];
	for (int i = 0; i < 1000; i++)
		text[i] = (char)('!' + i % 90);
	text[1000] = '\0';
	struct source source = { .name = "p.json", .text = text, .size = 1000 };
	for (size_t offset = 0; offset < 1000; offset++) {
		char *said = say((struct place){ .source = &source, .offset = offset });
		char *line = strchr(said, '\n') + 1, *caret = strchr(line, '\n') + 1;
		ck_assert_uint_le((size_t)(caret - line), 8 + 3 + 80 + 3 + 1);
		ck_assert_int_eq(line[strcspn(caret, "^")], text[offset]);
		ck_assert_int_eq(strncmp(line + 8, "...", 3) == 0, offset > 40);
		ck_assert_int_eq(strncmp(caret - 4, "...", 3) == 0, offset < 960);
		free(said);
	}
}
END_TEST

START_TEST(narrows_between_characters)
{
	char text[3 * 200 + 1];
	for (int i = 0; i < 200; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	text[600] = '\0';
	struct source source = { .name = "p.json", .text = text, .size = 600 };
	for (size_t offset = 0; offset < 600; offset += 3) {
		char *said = say((struct place){ .source = &source, .offset = offset });
		ck_assert_ptr_null(strstr(said, "\\x"));
		free(said);
	}
	/* all continuation bytes */
	memset(text, 0x80, 600);
	free(say((struct place){ .source = &source, .offset = 300 }));
}
END_TEST

START_TEST(places)
{
	struct source source = { .name = "p.json", .text = "{\n\t\"a\": [1, 2]\n}", .size = 17 };
	struct source graph = { .name = "g", .text = source.text, .size = 17, .generated = true };
	expect(PLACE_NONE, "closurebox: error: oops\n");
	expect((struct place){ .source = &source, .offset = PLACE_WHOLE }, "p.json: error: oops\n");
	expect((struct place){ .source = &source, .pointer = "/a/1" },
	       "p.json:2:11: error: oops\n    2 | \t\"a\": [1, 2]\n      | \t         ^\n");
	expect((struct place){ .source = &source, .pointer = "/a", .key = true },
	       "p.json:2:2: error: oops\n    2 | \t\"a\": [1, 2]\n      | \t^\n");
	expect((struct place){ .source = &source, .pointer = "/b" }, "p.json: /b: error: oops\n");
	expect((struct place){ .source = &graph, .pointer = "/a/1" }, "g: /a/1: error: oops\n");
	expect((struct place){ .source = &graph, .pointer = "" }, "g: error: oops\n");
	expect((struct place){ .source = &graph, .offset = 3 }, "g:2:2: error: oops\n");
	expect((struct place){ .source = &graph, .offset = PLACE_WHOLE }, "g: error: oops\n");
}
END_TEST

START_TEST(escapes_and_counts)
{
	char *said;
	size_t size;
	struct diag diag = { .stream = open_memstream(&said, &size) };
	struct source source = { .name = "p\n.json", .text = "", .generated = true };
	diag_warning(&diag, PLACE_NONE, "'%s'", "a\nb\tc\rd\x1b\x7f\xc3\xa9\xff");
	diag_note(&diag, (struct place){ .source = &source, .pointer = "/\x01" }, "%d", 7);
	ck_assert_uint_eq(diag.errors, 0);
	diag_error(&diag, PLACE_NONE, "%0500d", 1);
	ck_assert_uint_eq(diag.errors, 1);
	(void)fclose(diag.stream);
	const char *expected = "closurebox: warning: 'a\\nb\\tc\\rd\\x1b\\x7f\xc3\xa9\\xff'\n"
			       "p\\n.json: /\\x01: note: 7\n"
			       "closurebox: error: 0";
	ck_assert_int_eq(strncmp(said, expected, strlen(expected)), 0);
	ck_assert_uint_eq(size, strlen(expected) + 499 + 1);
	free(said);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("diag");
	TCase *tests = tcase_create("diag");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, shows_the_line, 0, sizeof shown / sizeof *shown);
	tcase_add_test(tests, shows_a_nul);
	tcase_add_test(tests, gutter_grows);
	tcase_add_test(tests, narrows_long_lines);
	tcase_add_test(tests, narrows_between_characters);
	tcase_add_test(tests, places);
	tcase_add_test(tests, escapes_and_counts);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
