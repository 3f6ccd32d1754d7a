/* Where a JSON pointer is in a text. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Whole: the text is copied to memory that ends with it, without a NUL. */
static size_t
locate(const char *text, size_t size, const char *pointer, bool key)
{
	char *copy = malloc(size == 0 ? 1 : size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, size);
	struct source source = { .name = "test.json", .text = copy, .size = size };
	size_t offset = locate_pointer(&source, pointer, key);
	free(copy);
	return offset;
}

/* A text with a caret line under it: the value (^) or key (k) that the pointer names. */
static const struct {
	const char *text;
	const char *mark;
	const char *pointer;
} found[] = {
	{ "17", "^", "" },
	{ " \t\r\n{}", "    ^", "" },
	{ "{ \"a\": 1 }", "       ^", "/a" },
	{ "{ \"a\": 1 }", "  k", "/a" },
	{ "{\"a\":{\"b\":[10,{\"c\":true}]}}", "                   ^", "/a/b/1/c" },
	{ "{\"a\":{\"b\":[10,{\"c\":true}]}}", "               k", "/a/b/1/c" },
	{ "{\"a\":{\"b\":[10,{\"c\":true}]}}", "           ^", "/a/b/0" },
	{ "[10, 20]", "     k", "/1" }, /* an element has no key */
	{ "[[[]],[[1]]]", "        ^", "/1/0/0" },
	{ "[0,1,2,3,4,5,6,7,8,9,10]", "                     ^", "/10" },
	/* what is passed over */
	{ "{\"x\":{\"a\":1,\"y\":[{\"a\":2}]},\"a\":3}", "                               ^", "/a" },
	{ "{\"x\":\"}\\\"{\\\\\",\"a\":3}", "                  ^", "/a" },
	{ "{\"x\":-1.5e+3 ,\"a\" :\n3}", "                    ^", "/a" },
	{ "[null,true,false]", "           ^", "/2" },
	{ "[\"[\", \"]\"]", "      ^", "/1" },
	/* pointers' escapes */
	{ "{\"a/b\":1}", "       ^", "/a~1b" },
	{ "{\"a~b\":1}", "       ^", "/a~0b" },
	{ "{\"~1\":1}", "      ^", "/~01" },
	{ "{\"\":1}", "    ^", "/" },
	{ "{\"\":{\"\":1}}", "     k", "//" },
	{ "{\"~\":1}", "     ^", "/~" },
	/* keys' escapes */
	{ "{\"\\u0061\":1}", "          ^", "/a" },
	{ "{\"\\n\\t\\/\\\\\\\"\":1}", "              ^", "/\n\t~1\\\"" },
	{ "{\"\\u00E9\":1}", "          ^", "/\xc3\xa9" },
	{ "{\"\\u20ac\":1}", "          ^", "/\xe2\x82\xac" },
	{ "{\"\\ud83d\\uDE00\":1}", "                ^", "/\xf0\x9f\x98\x80" },
	{ "{\"\xc3\xa9\":1}", "      ^", "/\xc3\xa9" },
	/* likeness */
	{ "{\"ab\":1,\"a\":2}", "            ^", "/a" },
	{ "{\"a\":1,\"ab\":2}", "            ^", "/ab" },
	{ "{\"a\\u0000\":1,\"a\":2}", "                 ^", "/a" },
	{ "{\"a\":1,\"a\":2}", "     ^", "/a" }, /* the first of duplicates */
	/* mistakes after the place do not matter */
	{ "{\"a\": 1 \"b\" 2", "      ^", "/a" },
	{ "[1,[2,oops", "      ^", "/1/1" },
};

static const struct {
	const char *text;
	const char *pointer;
} absent[] = {
	{ "", "" },
	{ "  ", "" },
	{ "}", "" },
	{ "{}", "/a" },
	{ "{\"a\":1}", "/b" },
	{ "{\"a\":1}", "/a/b" },
	{ "{\"a\":1}", "a" },
	{ "{\"a\"", "/a" },
	{ "{\"a\":", "/a" },
	{ "{\"a\":}", "/a" },
	{ "{\"a\" 1}", "/a" },
	{ "{\"a", "/a" },
	{ "{\"a\\", "/a" },
	{ "{\"\\u00", "/a" },
	{ "{\"\\u006g\":1}", "/a" },
	{ "{\"\\ud83d\":1}", "/a" },
	{ "{\"\\ud83d\\u0041\":1}", "/a" },
	{ "{\"\\x\":1,\"a\":2}", "/a" },
	{ "{a:1}", "/a" },
	{ "{\"x\":[1,\"a\":2", "/a" },
	{ "{\"x\":,\"a\":2}", "/a" },
	{ "{\"x\":1 \"a\":2}", "/a" },
	{ "[]", "/0" },
	{ "[1]", "/1" },
	{ "[1,]", "/1" },
	{ "[1,2]", "/01" },
	{ "[1,2]", "/-" },
	{ "[1,2]", "/" },
	{ "[1,2]", "/+1" },
	{ "[1,2]", "/99999999999999999999999999" },
	{ "[1,2]", "/18446744073709551616" },
	{ "\"a\"", "/a" },
	{ "\"a\"", "/0" },
};

START_TEST(finds)
{
	size_t expected = strlen(found[_i].mark) - 1;
	bool key = found[_i].mark[expected] == 'k';
	const char *text = found[_i].text;
	size_t offset = locate(text, strlen(text), found[_i].pointer, key);
	ck_assert_msg(offset == expected, "%s in %s: %zu, not %zu", found[_i].pointer, text, offset,
	              expected);
}
END_TEST

START_TEST(finds_nothing)
{
	const char *text = absent[_i].text;
	size_t offset = locate(text, strlen(text), absent[_i].pointer, false);
	ck_assert_msg(offset == PLACE_WHOLE, "%s in %s: %zu", absent[_i].pointer, text, offset);
}
END_TEST

START_TEST(stays_inside)
{
	/* every text above cut short at every byte; AddressSanitizer watches */
	const char *text = found[_i].text;
	for (size_t size = 0; size < strlen(text); size++)
		for (int key = 0; key < 2; key++) {
			size_t offset = locate(text, size, found[_i].pointer, key == 1);
			ck_assert(offset == PLACE_WHOLE || offset < size);
		}
}
END_TEST

START_TEST(nesting_needs_no_stack)
{
	enum {
		DEPTH = 10000000
	};
	char *text = malloc(2 * DEPTH + 4);
	ck_assert_ptr_nonnull(text);
	memset(text, '[', 1 + DEPTH);
	memset(text + 1 + DEPTH, ']', DEPTH);
	text[1 + 2 * DEPTH] = ',';
	text[2 + 2 * DEPTH] = '1';
	text[3 + 2 * DEPTH] = ']';
	struct source source = { .text = text, .size = 2 * DEPTH + 4 };
	ck_assert_uint_eq(locate_pointer(&source, "/1", false), 2 * DEPTH + 2);
	free(text);
}
END_TEST

START_TEST(ends)
{
	static const struct {
		const char *text;
		size_t offset, end;
	} places[] = {
		{ "{}", 0, 2 },
		{ "[{\"a\":[1]},2]", 1, 10 },
		{ "[{\"a\":[1]},2]", 0, 13 },
		{ "{\"}\":\"]\"}]", 0, 9 },
		{ "{\"\\\"}\":1}", 0, 9 },
		{ "{\"\\\\\":1}", 0, 8 },
		{ "{", 0, PLACE_WHOLE },
		{ "[[]", 0, PLACE_WHOLE },
		{ "{\"a}", 0, PLACE_WHOLE },
		{ "{\"a\\\"}", 0, PLACE_WHOLE },
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct source source = { .text = places[i].text, .size = strlen(places[i].text) };

		ck_assert_uint_eq(locate_end(&source, places[i].offset), places[i].end);
	}
}
END_TEST

START_TEST(lines_and_columns)
{
	static const struct {
		size_t offset, line, column;
	} places[] = {
		{ 0, 1, 1 }, { 2, 1, 3 }, { 3, 2, 1 }, { 4, 3, 1 }, { 6, 3, 3 }, { 99, 3, 3 }
	};
	struct source source = { .text = "ab\n\ncd", .size = 6 };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t line, column;
		locate_offset(&source, places[i].offset, &line, &column);
		ck_assert_uint_eq(line, places[i].line);
		ck_assert_uint_eq(column, places[i].column);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("locate");
	TCase *tests = tcase_create("locate");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, finds, 0, sizeof found / sizeof *found);
	tcase_add_loop_test(tests, finds_nothing, 0, sizeof absent / sizeof *absent);
	tcase_add_loop_test(tests, stays_inside, 0, sizeof found / sizeof *found);
	tcase_add_test(tests, nesting_needs_no_stack);
	tcase_add_test(tests, ends);
	tcase_add_test(tests, lines_and_columns);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
