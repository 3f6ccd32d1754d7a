/* The parts of closurebox-closure that need no daemon: messages, paths, objects. */
#include "../../closure/closure.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STORE "/nix/store"
#define HASH "0123456789abcdfghijklmnpqrsvwxyz"

/* compiler/store-path.c: the other reader of this grammar. */
const char *
store_path_check(const char *store_dir, const char *path);
const char *
store_directory_check(const char *path);

/* Text and what is shown of it. */
static const struct {
	const char *text;
	const char *shown;
} texts[] = {
	{ "plain text", "plain text" },
	{ "", "" },
	{ "one\ntwo", "one" },
	{ "\n\r\n  \ntwo\nthree", "two" },
	{ "  both ends  ", "both ends" },
	{ "\033[31mred\033[0m", "red" },
	{ "\033[38;5;1;2;3;4 qx", "x" },
	{ "a\033[31", "a" },
	{ "a\033", "a" },
	{ "a\033[3\nb", "a" },
	{ "\033]0;title\ab", "b" },
	{ "\033]0;title\033\\b", "b" },
	{ "\033]0;title\nb", "b" },
	{ "\033_x\033\\\033^y\033\\\033Xz\033\\\033Pp\033\\b", "b" },
	{ "\033(Bb\033#8c\033=d", "bcd" },
	{ "\a\b\v\fx\x7fy", "xy" },
	{ "a\tb", "a b" },
	{ "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "???" },
	{ "\xc2\x9b"
	  "31m",
	  "?31m" },
	{ "\x9b\x80", "" },
};

START_TEST(problem_shows_one_clean_line)
{
	char shown[100];

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		problem_clean(texts[i].text, strlen(texts[i].text), shown, sizeof shown);
		ck_assert_str_eq(shown, texts[i].shown);
		/* Nothing is left to be cleaned. */
		problem_clean(texts[i].shown, strlen(texts[i].shown), shown, sizeof shown);
		ck_assert_str_eq(shown, texts[i].shown);
	}
}
END_TEST

START_TEST(problem_fits)
{
	char shown[5] = "xxxx";
	struct problem problem = { "" };

	problem_clean("abcdefgh", 8, shown, sizeof shown);
	ck_assert_str_eq(shown, "abcd");
	problem_clean("a\0b", 3, shown, sizeof shown);
	ck_assert_str_eq(shown, "ab");
	problem_clean("abc", 3, shown, 1);
	ck_assert_str_eq(shown, "");
	ck_assert(!problem_set(&problem, "%2000d", 1));
	ck_assert_uint_eq(strlen(problem.text), sizeof problem.text - 1);
}
END_TEST

/* The same to this reader as to the compiler's, for texts around the border of the grammar. */
START_TEST(store_paths_as_the_compiler_reads_them)
{
	static const char alphabet[] = "0az-.AZ_?=+/e \n~";
	unsigned seed = 1;

	for (int i = 0; i < 200000; i++) {
		char path[400] = STORE "/" HASH "-name.x";
		const char *base = NULL;
		size_t size = strlen(path), base_size = 0;

		for (int edits = 0; edits < 1 + i % 4; edits++) {
			size_t place, letter;

			seed = seed * 1103515245 + 12345;
			place = (seed >> 16) % size;
			seed = seed * 1103515245 + 12345;
			letter = (seed >> 16) % (sizeof alphabet - 1);
			if ((seed >> 8) % 3 == 0) {
				memmove(path + place, path + place + 1, size - place);
				size--;
			} else if ((seed >> 8) % 3 == 1) {
				memmove(path + place + 1, path + place, size - place + 1);
				path[place] = alphabet[letter];
				size++;
			} else {
				path[place] = alphabet[letter];
			}
		}
		if (store_path_base(STORE, path, size, &base, &base_size)) {
			ck_assert_msg(store_path_check(STORE, path), "only we refuse %s", path);
			continue;
		}
		ck_assert_msg(!store_path_check(STORE, path), "only we take %s", path);
		ck_assert_ptr_eq(base, path + strlen(STORE "/"));
		ck_assert_uint_eq(base_size, size - strlen(STORE "/"));
	}
}
END_TEST

START_TEST(store_paths_have_no_nul)
{
	static const char path[] = STORE "/" HASH "-a\0b";
	const char *base;
	size_t size;

	ck_assert_ptr_null(store_path_base(STORE, path, sizeof path - 3, &base, &size));
	ck_assert_ptr_nonnull(store_path_base(STORE, path, sizeof path - 2, &base, &size));
	ck_assert_ptr_nonnull(store_path_base(STORE, path, sizeof path - 1, &base, &size));
}
END_TEST

START_TEST(store_directories_as_the_compiler_reads_them)
{
	static const char *const paths[] = { "/nix/store", "/a",       "/",    "",      "nix",
		                             "/nix/",      "//nix",    "/a/.", "/a/..", "/./a",
		                             "/../a",      "/a b/c:d", "/a\n", "/a\x7f" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		ck_assert_msg(!store_path_directory_check(paths[i]) ==
		                      !store_directory_check(paths[i]),
		              "%s", paths[i]);
}
END_TEST

static void
reference(struct objects *objects, size_t from, unsigned to)
{
	struct problem problem = { "" };
	char path[100], name[50];
	size_t index, known;

	snprintf(name, sizeof name, HASH "-%u", to);
	snprintf(path, sizeof path, STORE "/%s", name);
	ck_assert(objects_add_reference(objects, from, path, strlen(path), &index, &problem));
	ck_assert(objects_add(objects, name, strlen(name), 0, &known, &problem));
	ck_assert_uint_eq(index, known);
}

START_TEST(objects_reach)
{
	struct objects objects = { .store_dir = STORE };
	struct problem problem = { "" };
	const struct object **order;
	unsigned char marks[5];
	size_t stack[5], index;

	ck_assert(objects_add(&objects, HASH "-0", 34, 0, &index, &problem));
	ck_assert_uint_eq(index, 0);
	reference(&objects, 0, 4);
	reference(&objects, 0, 0);
	reference(&objects, 0, 4);
	reference(&objects, 1, 3); /* the second object is the one named 4 */
	reference(&objects, 2, 4);
	ck_assert_uint_eq(objects.count, 3);
	ck_assert_uint_eq(objects.list[1].referrer, 0);
	ck_assert_uint_eq(objects.list[2].referrer, 1);

	order = objects_sort(&objects);
	ck_assert_ptr_eq(order[0], &objects.list[0]);
	ck_assert_ptr_eq(order[1], &objects.list[2]);
	ck_assert_ptr_eq(order[2], &objects.list[1]);
	free(order);

	ck_assert(objects_mark(&objects, 0, marks, stack));
	ck_assert(marks[0] && marks[1] && marks[2]);
	ck_assert(objects_mark(&objects, 2, marks, stack));
	ck_assert(!marks[0] && marks[1] && marks[2]);
	objects_free(&objects);
	ck_assert_str_eq(objects.store_dir, STORE);
	ck_assert_uint_eq(objects.count, 0);
}
END_TEST

/* Who reaches a broken object has no closure; the others have theirs. */
START_TEST(objects_break_those_that_reach)
{
	struct objects objects = { .store_dir = STORE };
	struct problem problem = { "" };
	unsigned char marks[4];
	size_t stack[4], index, reference_index;

	ck_assert(objects_add(&objects, HASH "-0", 34, 0, &index, &problem));
	ck_assert(objects_add(&objects, HASH "-1", 34, 1, &index, &problem));
	reference(&objects, 0, 2);
	reference(&objects, 0, 3);
	reference(&objects, 1, 3);
	/* A failure, unless parts are asked for. */
	ck_assert(!objects_add_reference(&objects, 2, "/etc", 4, &reference_index, &problem));
	ck_assert_str_eq(problem.text, "'/etc' is no store path: it is not below the store");
	ck_assert(!objects_break(&objects, 2));
	objects.partial = true;
	objects.list[2].broken = false;
	ck_assert(objects_mark(&objects, 0, marks, stack));
	ck_assert(objects_add_reference(&objects, 2, "/etc", 4, &reference_index, &problem));
	ck_assert_uint_eq(reference_index, 2);
	ck_assert_uint_eq(objects.reference_count, 3);
	ck_assert_uint_eq(objects.count, 4);

	memset(marks, 1, sizeof marks);
	ck_assert(!objects_mark(&objects, 0, marks, stack));
	ck_assert(!marks[0] && !marks[1] && !marks[2] && !marks[3]);
	ck_assert(!objects_mark(&objects, 2, marks, stack));
	ck_assert(objects_mark(&objects, 1, marks, stack));
	ck_assert(!marks[0] && marks[1] && !marks[2] && marks[3]);
	ck_assert(objects_break(&objects, 3));
	ck_assert(!objects_mark(&objects, 1, marks, stack));
	objects_free(&objects);
	ck_assert(objects.partial);
}
END_TEST

START_TEST(objects_are_found_again)
{
	struct objects objects = { .store_dir = STORE };
	struct problem problem = { "" };
	char name[60];
	size_t index;

	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < OBJECTS_MAX; i++) {
			int size = snprintf(name, sizeof name, HASH "-%u", i);

			ck_assert(objects_add(&objects, name, (size_t)size, i, &index, &problem));
			ck_assert_uint_eq(index, i);
		}
	}
	ck_assert_str_eq(objects.list[77777].base, HASH "-77777");
	ck_assert(!objects_add(&objects, HASH "-more", 37, 0, &index, &problem));
	ck_assert_str_eq(problem.text, "there are more than 100000 objects");
	objects_free(&objects);
}
END_TEST

START_TEST(references_are_bounded)
{
	static const char path[] = STORE "/" HASH "-0";
	struct objects objects = { .store_dir = STORE };
	struct problem problem = { "" };
	size_t index;

	objects.partial = true; /* which changes nothing here */
	ck_assert(objects_add(&objects, HASH "-0", 34, 0, &index, &problem));
	for (int i = 0; i < REFERENCES_MAX; i++)
		ck_assert(objects_add_reference(&objects, 0, path, strlen(path), &index, &problem));
	ck_assert(!objects_add_reference(&objects, 0, path, strlen(path), &index, &problem));
	ck_assert_str_eq(problem.text, "there are more than 4000000 references");
	objects_free(&objects);
}
END_TEST

START_TEST(lines_of_any_length)
{
	static struct lines lines;
	char part[1001] = { 0 }, read_back[1001];
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	lines.fd = fileno(file);
	memset(part, 'x', 999);
	part[999] = '\n';
	for (int i = 0; i < 100; i++)
		lines_add(&lines, part);
	ck_assert(lines_finish(&lines));
	ck_assert_int_eq(lseek(lines.fd, 0, SEEK_CUR), 100000);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(pread(lines.fd, read_back, 1000, i * 1000), 1000);
		ck_assert_int_eq(memcmp(read_back, part, 1000), 0);
	}
	fclose(file);
	ck_assert(lines_finish(&lines)); /* nothing is left to be written */
	lines_add(&lines, "x");
	ck_assert(!lines_finish(&lines));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("closure");
	TCase *tests = tcase_create("closure");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, problem_shows_one_clean_line);
	tcase_add_test(tests, problem_fits);
	tcase_add_test(tests, store_paths_as_the_compiler_reads_them);
	tcase_add_test(tests, store_paths_have_no_nul);
	tcase_add_test(tests, store_directories_as_the_compiler_reads_them);
	tcase_add_test(tests, objects_reach);
	tcase_add_test(tests, objects_break_those_that_reach);
	tcase_add_test(tests, objects_are_found_again);
	tcase_add_test(tests, references_are_bounded);
	tcase_add_test(tests, lines_of_any_length);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
