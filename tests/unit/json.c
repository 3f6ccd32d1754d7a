/* Typed access to JSON, and what is said when it is not as expected. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct compilation c;
	struct source source;
	struct json_at root;
	bool read;
	char *said;
	size_t said_size;
};

/* Reads the `size` bytes at `text`, as a source must be: with a NUL behind. */
static void
set_up(struct fixture *f, const char *text, size_t size)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
	ck_assert_ptr_nonnull(f->c.diag.stream);
	f->source = (struct source){ .name = "p.json",
		                     .text = arena_copy(&f->c.arena, text, size),
		                     .size = size };
	f->read = json_read(&f->c, &f->source, &f->root);
	ck_assert_uint_eq(f->c.diag.errors, !f->read);
}

static void
tear_down(struct fixture *f)
{
	(void)fclose(f->c.diag.stream);
	free(f->said);
	json_decref(f->root.value);
	arena_free(&f->c.arena);
}

/* The messages so far, without the lines with carets. */
static const char *
said(struct fixture *f)
{
	struct buffer buffer = { .arena = &f->c.arena };
	(void)fflush(f->c.diag.stream);
	buffer_add_string(&buffer, "");
	for (const char *line = f->said; *line != '\0';) {
		size_t size = strcspn(line, "\n") + 1;
		if (strncmp(line, "p.json:", 7) == 0)
			buffer_add(&buffer, line + 7, size - 7);
		line += size;
	}
	return buffer.data;
}

#define TEXT(string) string, sizeof string - 1

static const struct {
	const char *text;
	size_t size;
	const char *message;
} malformed[] = {
	{ TEXT(""), "1:1: error: expected a JSON value, got an empty text\n" },
	{ TEXT(" \n "), "1:1: error: expected a JSON value, got an empty text\n" },
	{ TEXT("\xef\xbb\xbf{}"),
	  "1:1: error: the text starts with a byte order mark; JSON is UTF-8 without one\n" },
	{ TEXT("{"), "1:2: error: expected a key in double quotes, got the end of the file\n" },
	{ TEXT("{\"a\""), "1:5: error: expected ':', got the end of the file\n" },
	{ TEXT("{\"a\" 1}"), "1:6: error: expected ':', got '1'\n" },
	{ TEXT("{\"a\":1\n \"b\":2}"), "2:2: error: expected ',' or '}', got 'b'\n" },
	{ TEXT("{\"a\":1,}"), "1:8: error: expected a key in double quotes, got '}'\n" },
	{ TEXT("{a:1}"), "1:2: error: expected a key in double quotes, got 'a'\n" },
	{ TEXT("{'a':1}"), "1:2: error: expected a key in double quotes, got '''\n" },
	{ TEXT("[1,2,]"), "1:6: error: expected a value, got ']'\n" },
	{ TEXT("[1 -2]"), "1:4: error: expected ',' or ']', got '-2'\n" },
	{ TEXT("[1,2"), "1:5: error: expected ',' or ']', got the end of the file\n" },
	{ TEXT("[nulx, 1]"), "1:2: error: invalid token 'nulx'\n" },
	{ TEXT("[\xc3\xa9]"), "1:2: error: invalid token '\xc3\xa9'\n" },
	{ TEXT("[ // c\n1]"), "1:3: error: invalid token '/'\n" },
	{ TEXT("[1] x"), "1:5: error: expected nothing after the JSON value, got 'x'\n" },
	{ TEXT("{}{}"), "1:3: error: expected nothing after the JSON value, got '{'\n" },
	{ TEXT("[1]\0"),
	  "1:4: error: expected nothing after the JSON value, got a NUL character\n" },
	{ TEXT("{\"a\":1,\"b\":2,\"a\":3}"), "1:14: error: duplicate key 'a'\n" },
	{ TEXT("{\"\\\\\":1,\"\\\\\":2}"), "1:9: error: duplicate key '\\\\'\n" },
	{ TEXT("{\"x\\\"y\":1,\"x\\\"y\":2}"), "1:11: error: duplicate key 'x\\\"y'\n" },
	{ TEXT("{\"a very long key, longer than all\":1,\"a very long key, longer than all\":2}"),
	  "1:39: error: duplicate key 'a very long key, longer than all'\n" },
	{ TEXT("{\" near end of file\" 1}"), "1:22: error: expected ':', got '1'\n" },
	{ TEXT("[\" near end of file\" \" near end of file\"]"),
	  "1:22: error: expected ',' or ']', got ' near end of file'\n" },
	{ TEXT("[\"a\\qb\"]"), "1:5: error: invalid escape\n" },
	{ TEXT("[\"a\nb\"]"), "1:4: error: the string does not end on its line\n" },
	{ TEXT("[\"abc"), "1:6: error: the string does not end\n" },
	{ TEXT("[\"a\001b\"]"), "1:4: error: control character 0x1 in a string\n" },
	{ TEXT("[\"a\0b\"]"), "1:4: error: control character 0x0 in a string\n" },
	{ TEXT("[\"a\\u0000\"]"), "1:2: error: the string has a NUL character in it\n" },
	{ TEXT("{\"a\\u0000\":1}"), "1:2: error: the string has a NUL character in it\n" },
	{ TEXT("[\"\\ud800\"]"), "1:2: error: invalid Unicode '\\uD800'\n" },
	{ TEXT("[\"a\xff\"]"), "1:4: error: the text is not valid UTF-8\n" },
	{ TEXT("[99999999999999999999]"), "1:2: error: too big integer\n" },
	{ TEXT("[-99999999999999999999]"), "1:2: error: too big negative integer\n" },
	{ TEXT("[1e999]"), "1:2: error: real number overflow\n" },
};

START_TEST(refuses_malformed)
{
	struct fixture f;
	set_up(&f, malformed[_i].text, malformed[_i].size);
	ck_assert(!f.read);
	ck_assert_str_eq(said(&f), malformed[_i].message);
	tear_down(&f);
}
END_TEST

START_TEST(refuses_deep_nesting)
{
	char text[100000];
	memset(text, '[', sizeof text);
	struct fixture f;
	set_up(&f, text, sizeof text);
	ck_assert_str_eq(said(&f), "1:2049: error: maximum parsing depth reached\n");
	tear_down(&f);
}
END_TEST

START_TEST(walks)
{
	struct fixture f;
	set_up(&f, TEXT("{ \"a/b~\": [ 7, { \"c\": \"x\" } ] }"));
	struct json_at array = json_member(&f.c, f.root, "a/b~");
	struct json_at element = json_element(&f.c, array, 1);
	struct json_at member = json_member(&f.c, element, "c");
	ck_assert_str_eq(member.place.pointer, "/a~1b~0/1/c");
	ck_assert(json_is_string(member.value));
	diag_error(&f.c.diag, member.place, "here");
	ck_assert_str_eq(said(&f), "1:23: error: here\n");
	ck_assert_ptr_null(json_member(&f.c, element, "d").value);
	ck_assert_ptr_null(json_member(&f.c, array, "d").value);
	ck_assert_ptr_null(json_element(&f.c, array, 2).value);
	ck_assert_ptr_null(json_element(&f.c, element, 0).value);
	ck_assert_ptr_null(json_element(&f.c, json_member(&f.c, element, "d"), 0).value);
	tear_down(&f);
}
END_TEST

START_TEST(gets)
{
	struct fixture f;
	set_up(&f, TEXT("[\"x\", true, false, 0, 9223372036854775807, {}, []]"));
	const char *string;
	bool boolean;
	uint64_t number;
	ck_assert(json_get_string(&f.c, json_element(&f.c, f.root, 0), &string));
	ck_assert_str_eq(string, "x");
	ck_assert(json_get_boolean(&f.c, json_element(&f.c, f.root, 1), &boolean));
	ck_assert(boolean);
	ck_assert(json_get_boolean(&f.c, json_element(&f.c, f.root, 2), &boolean));
	ck_assert(!boolean);
	ck_assert(json_get_integer(&f.c, json_element(&f.c, f.root, 3), &number));
	ck_assert_uint_eq(number, 0);
	ck_assert(json_get_integer(&f.c, json_element(&f.c, f.root, 4), &number));
	ck_assert_uint_eq(number, INT64_MAX);
	ck_assert(json_expect_object(&f.c, json_element(&f.c, f.root, 5)));
	ck_assert(json_expect_array(&f.c, json_element(&f.c, f.root, 6)));
	ck_assert_uint_eq(f.c.diag.errors, 0);
	tear_down(&f);
}
END_TEST

START_TEST(says_what_it_expected)
{
	struct fixture f;
	set_up(&f, TEXT("[\"x\", true, 1.5, -3, {}, [], null]"));
	const char *string = "untouched";
	bool boolean = true;
	uint64_t number = 42;
	struct json_at at[8];
	for (size_t i = 0; i < 8; i++)
		at[i] = json_element(&f.c, f.root, i);
	ck_assert(!json_get_string(&f.c, at[2], &string));
	ck_assert(!json_get_boolean(&f.c, at[0], &boolean));
	ck_assert(!json_get_integer(&f.c, at[1], &number));
	ck_assert(!json_get_integer(&f.c, at[2], &number));
	ck_assert(!json_get_integer(&f.c, at[3], &number));
	ck_assert(!json_expect_object(&f.c, at[5]));
	ck_assert(!json_expect_array(&f.c, at[4]));
	ck_assert(!json_get_string(&f.c, at[6], &string));
	ck_assert(!json_get_string(&f.c, at[7], &string));
	ck_assert(!json_get_string(&f.c, json_member(&f.c, at[4], "to"), &string));
	ck_assert_str_eq(string, "untouched");
	ck_assert(boolean);
	ck_assert_uint_eq(number, 42);
	ck_assert_uint_eq(f.c.diag.errors, 10);
	ck_assert_str_eq(
		said(&f),
		"1:13: error: expected a string, got a number\n"
		"1:2: error: expected true or false, got a string\n"
		"1:7: error: expected a non-negative integer, got true\n"
		"1:13: error: expected a non-negative integer, got a fraction or exponent\n"
		"1:18: error: expected a non-negative integer, got -3\n"
		"1:26: error: expected an object, got an array\n"
		"1:22: error: expected an array, got an object\n"
		"1:30: error: expected a string, got null\n"
		"1:1: error: missing '7'; expected a string\n"
		"1:22: error: missing 'to'; expected a string\n");
	tear_down(&f);
}
END_TEST

START_TEST(any_value_may_be_the_root)
{
	struct fixture f;
	set_up(&f, TEXT(" 7"));
	ck_assert(f.read);
	ck_assert(!json_expect_object(&f.c, f.root));
	ck_assert_str_eq(said(&f), "1:2: error: expected an object, got a number\n");
	tear_down(&f);
}
END_TEST

START_TEST(chooses)
{
	static const char *const access[] = { "read-only", "read-write", NULL };
	static const char *const one[] = { "all", NULL };
	struct fixture f;
	set_up(&f, TEXT("{ \"access\": \"read-write\", \"a/b\": \"rwx\", "
	                "\"list\": [ \"no\", 1 ] }"));
	size_t index;
	ck_assert(json_get_choice(&f.c, json_member(&f.c, f.root, "access"), access, &index));
	ck_assert_uint_eq(index, 1);
	struct json_at list = json_member(&f.c, f.root, "list");
	ck_assert(!json_get_choice(&f.c, json_member(&f.c, f.root, "a/b"), access, &index));
	ck_assert(!json_get_choice(&f.c, json_element(&f.c, list, 0), one, &index));
	ck_assert(!json_get_choice(&f.c, json_element(&f.c, list, 1), access, &index));
	ck_assert(!json_get_choice(&f.c, list, one, &index));
	ck_assert_uint_eq(index, 1);
	ck_assert_str_eq(
		said(&f),
		"1:34: error: unknown a/b 'rwx'; expected one of 'read-only', 'read-write'\n"
		"1:51: error: unknown list 'no'; expected 'all'\n"
		"1:57: error: expected one of 'read-only', 'read-write', got a number\n"
		"1:49: error: expected 'all', got an array\n");
	tear_down(&f);
}
END_TEST

START_TEST(example_of_the_style_guide)
{
	static const char *const access[] = { "read-only", "read-write", NULL };
	struct fixture f;
	set_up(&f, TEXT("{\n\n  \"filesystem\": [\n\n"
	                "    { \"bind\": \"/srv/x\", \"to\": \"/data\", \"access\": \"rwx\" }\n"
	                "  ]\n}\n"));
	struct json_at grants = json_member(&f.c, f.root, "filesystem");
	struct json_at grant = json_element(&f.c, grants, 0);
	size_t index;
	ck_assert(!json_get_choice(&f.c, json_member(&f.c, grant, "access"), access, &index));
	(void)fflush(f.c.diag.stream);
	ck_assert_str_eq(f.said, "p.json:5:50: error: unknown access 'rwx'; expected one of "
	                         "'read-only', 'read-write'\n"
	                         "    5 |     { \"bind\": \"/srv/x\", \"to\": \"/data\", "
	                         "\"access\": \"rwx\" }\n"
	                         "      |                                                  ^\n");
	tear_down(&f);
}
END_TEST

START_TEST(refuses_unknown_keys)
{
	static const char *const known[] = { "bind", "to", "optional", NULL };
	struct fixture f;
	set_up(&f, TEXT("{ \"to\": 1, \"bnid\": 1, \"bin\": 1, \"bond\": 1, \"Optonal\": 1,"
	                " \"ot\": 1, \"xyz\": 1, \"a\\n\": 1 }"));
	json_refuse_unknown(&f.c, f.root, known);
	ck_assert_str_eq(
		said(&f),
		"1:12: error: unknown key 'bnid'; expected one of 'bind', 'to', 'optional'\n"
		"1:23: error: unknown key 'bin'; did you mean 'bind'?\n"
		"1:33: error: unknown key 'bond'; did you mean 'bind'?\n"
		"1:44: error: unknown key 'Optonal'; did you mean 'optional'?\n"
		"1:58: error: unknown key 'ot'; expected one of 'bind', 'to', 'optional'\n"
		"1:67: error: unknown key 'xyz'; expected one of 'bind', 'to', 'optional'\n"
		"1:77: error: unknown key 'a\\n'; expected one of 'bind', 'to', 'optional'\n");
	tear_down(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");
	tcase_add_loop_test(tests, refuses_malformed, 0, sizeof malformed / sizeof *malformed);
	tcase_add_test(tests, refuses_deep_nesting);
	tcase_add_test(tests, walks);
	tcase_add_test(tests, gets);
	tcase_add_test(tests, says_what_it_expected);
	tcase_add_test(tests, any_value_may_be_the_root);
	tcase_add_test(tests, chooses);
	tcase_add_test(tests, example_of_the_style_guide);
	tcase_add_test(tests, refuses_unknown_keys);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
