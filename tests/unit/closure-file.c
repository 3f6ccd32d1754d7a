/* The stub's reader of closures takes paths of store objects and nothing else. */
#include "../../runtime/runtime.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE "/nix/store"
#define HASH "0123456789abcdfghijklmnpqrsvwxyz"
#define ROOT STORE "/" HASH "-hello-2.10"
#define OTHER STORE "/11111111111111111111111111111111-libfoo"

/* compiler/store-path.c */
const char *
store_path_check(const char *store_dir, const char *path);

/* What closure_lines says of a text, given in just its own size. */
static ssize_t
lines_of(const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1);
	ssize_t length;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, size);
	length = closure_lines(STORE, ROOT, copy, size);
	for (ssize_t i = 0; i < length; i++) {
		if (copy[i] != (text[i] == '\n' ? '\0' : text[i]))
			ck_abort_msg("byte %zd has become another one", i);
	}
	free(copy);
	return length;
}

static const struct {
	const char *text;
	int length;
} samples[] = {
	{ ROOT "\n", sizeof ROOT },
	{ OTHER "\n" ROOT "\n", sizeof OTHER + sizeof ROOT },
	{ ROOT "\n" ROOT "\n", 2 * sizeof ROOT },
	/* Up to an empty line. */
	{ ROOT "\n\n" OTHER "\n", sizeof ROOT },
	{ ROOT "\n\nanything", sizeof ROOT },
	{ "", 0 },
	{ "\n", 0 },
	{ "\n" ROOT "\n", 0 },
	/* Not all, or more. */
	{ ROOT, -1 },
	{ OTHER "\n", -1 },
	{ OTHER "\n\n" ROOT "\n", -1 },
	{ ROOT "\n" OTHER, -1 },
	{ ROOT "\n ", -1 },
	{ ROOT "\n" ROOT "x", -1 },
	{ ROOT "\r\n", -1 },
	{ ROOT " \n", -1 },
	{ " " ROOT "\n", -1 },
	{ ROOT "\n/etc/passwd\n", -1 },
	{ ROOT "\n" STORE "\n", -1 },
	{ ROOT "\n" STORE "/\n", -1 },
	{ ROOT "\n" OTHER "/bin\n", -1 },
	{ ROOT "\n" STORE "/../../etc\n", -1 },
	{ ROOT "\n/nix/stores/" HASH "-a\n", -1 },
	{ ROOT "\n/nix//store/" HASH "-a\n", -1 },
};

START_TEST(takes_lines)
{
	ck_assert_int_eq(lines_of(samples[_i].text, strlen(samples[_i].text)), samples[_i].length);
}
END_TEST

/* Every byte at each place that has a rule of its own, as the compiler's reader has it. */
START_TEST(agrees_with_the_compiler)
{
	static const size_t places[] = { 0,
		                         sizeof STORE - 1,
		                         sizeof STORE,
		                         sizeof STORE + 31,
		                         sizeof STORE + 32,
		                         sizeof STORE + 33,
		                         sizeof STORE + 34,
		                         sizeof ROOT - 2 };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		for (int byte = 1; byte < 256; byte++) {
			char text[] = ROOT "\n" ROOT "\n";
			char *line = text + sizeof ROOT;
			bool good;

			/* Ends the line, which may be good as far as that. */
			if (byte == '\n')
				continue;
			line[places[i]] = (char)byte;
			line[sizeof ROOT - 1] = '\0';
			good = !store_path_check(STORE, line);
			line[sizeof ROOT - 1] = '\n';
			ck_assert_msg((lines_of(text, sizeof text - 1) > 0) == good,
			              "byte %d at %zu", byte, places[i]);
		}
	}
}
END_TEST

START_TEST(knows_names)
{
	static const char *const good[] = { "a", ".a", "..a", "...", ".a-", "-", "a..", "A+?=_" };
	static const char *const bad[] = { "", ".", "..", ".-a", "..-a", "a b", "a/b", "a\001" };
	char text[512];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		snprintf(text, sizeof text, STORE "/" HASH "-%s", good[i]);
		ck_assert_ptr_null(store_path_check(STORE, text));
		ck_assert_uint_eq(closure_path(STORE, text, text + strlen(text)), strlen(text));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		snprintf(text, sizeof text, ROOT "\n" STORE "/" HASH "-%s\n", bad[i]);
		ck_assert_int_eq(lines_of(text, strlen(text)), -1);
	}
	for (int length = 210; length < 214; length++) {
		snprintf(text, sizeof text, STORE "/" HASH "-%0*d", length, 0);
		ck_assert_int_eq(closure_path(STORE, text, text + strlen(text)) != 0,
		                 length <= 211);
	}
}
END_TEST

START_TEST(bounds_the_lines)
{
	size_t count = CLOSURE_LINES_MAX;
	char *text = malloc((count + 1) * sizeof ROOT);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i <= count; i++)
		memcpy(text + i * sizeof ROOT, ROOT "\n", sizeof ROOT);
	ck_assert_int_eq(lines_of(text, count * sizeof ROOT), (ssize_t)(count * sizeof ROOT));
	ck_assert_int_eq(lines_of(text, (count + 1) * sizeof ROOT), -1);
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("closure-file");
	TCase *tests = tcase_create("closure-file");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, takes_lines, 0, (int)(sizeof samples / sizeof samples[0]));
	tcase_add_test(tests, agrees_with_the_compiler);
	tcase_add_test(tests, knows_names);
	tcase_add_test(tests, bounds_the_lines);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
