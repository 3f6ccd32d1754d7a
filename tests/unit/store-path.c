/* The grammar of store paths, rule by rule. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define STORE "/nix/store"
#define HASH "0123456789abcdfghijklmnpqrsvwxyz"
#define OBJECT STORE "/" HASH "-"

#define N10 "nnnnnnnnnn"
#define N50 N10 N10 N10 N10 N10
#define N211 N50 N50 N50 N50 N10 "n"

static const char *const accepted[] = {
	OBJECT "hello-2.12.1", OBJECT "a",          OBJECT "0",
	OBJECT "AZaz09+-._?=", OBJECT "-",          OBJECT "--",
	OBJECT ".gitignore",   OBJECT "...",        OBJECT "...-a",
	OBJECT ".a-",          OBJECT "..a",        OBJECT "a.",
	OBJECT "hello.drv",    OBJECT "hello.lock", OBJECT N211,
};

/* Paths and a part of what is said of them. */
static const struct {
	const char *path;
	const char *phrase;
} refused[] = {
	{ "", "empty" },
	{ "nix/store/" HASH "-a", "absolute" },
	{ "/", "not below the store" },
	{ "/nix/stor", "not below the store" },
	{ "/nix/storehouse/" HASH "-a", "not below the store" },
	{ "/gnu/store/" HASH "-a", "not below the store" },
	{ "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9", "not below the store" },
	{ "/nix//store/" HASH "-a", "not below the store" },
	{ STORE, "the store itself" },
	{ STORE "/", "the store itself" },
	{ STORE "//" HASH "-a", "shorter than 32" },
	{ STORE "/-a", "shorter than 32" },
	{ STORE "/abc-a", "shorter than 32" },
	{ STORE "/0123456789abcdfghijklmnpqrsvwxy-z", "shorter than 32" },
	{ STORE "/0123456789abcdfghijklmnpqrsvwxyzz-a", "longer than 32" },
	{ STORE "/e123456789abcdfghijklmnpqrsvwxyz-a", "outside 0123456789abcdfghijklmnpqrsvwxyz" },
	{ STORE "/0123456789abcdfghijklmnpqrsvwxyo-a", "outside" },
	{ STORE "/0123456789abcdfghijklmnpqrsvwxyt-a", "outside" },
	{ STORE "/0123456789abcdfghijklmnpqrsvwxyu-a", "outside" },
	{ STORE "/0123456789ABCDFGHIJKLMNPQRSVWXYZ-a", "outside" },
	{ STORE "/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a", "outside" },
	{ STORE "/.links", "outside" },
	{ STORE "/..", "outside" },
	{ STORE "/" HASH, "no name" },
	{ STORE "/" HASH "/bin", "no name" },
	{ STORE "/" HASH "_a", "no dash" },
	{ STORE "/" HASH ".lock", "no dash" },
	{ OBJECT, "name is empty" },
	{ OBJECT "/bin", "name is empty" },
	{ OBJECT N211 "n", "longer than 211" },
	{ OBJECT "a b", "name has a character outside" },
	{ OBJECT "a:b", "name has a character outside" },
	{ OBJECT "a\xc3\xa9", "name has a character outside" },
	{ OBJECT "a\n", "name has a character outside" },
	{ OBJECT ".", "'.' or '..'" },
	{ OBJECT "..", "'.' or '..'" },
	{ OBJECT ".-", "starts with" },
	{ OBJECT ".-a", "starts with" },
	{ OBJECT "..-", "starts with" },
	{ OBJECT "..-a", "starts with" },
	{ OBJECT "a/", "ends in a slash" },
	{ OBJECT "a/bin/sh", "inside of a store object" },
	{ OBJECT "a//", "inside of a store object" },
};

START_TEST(check_accepts)
{
	const char *path = accepted[_i];
	ck_assert_pstr_eq(store_path_check(STORE, path), NULL);
	ck_assert_uint_eq(store_path_prefix(STORE, path), strlen(path));
}
END_TEST

START_TEST(check_refuses)
{
	const char *phrase = store_path_check(STORE, refused[_i].path);
	ck_assert_msg(phrase != NULL, "accepted %s", refused[_i].path);
	ck_assert_msg(strstr(phrase, refused[_i].phrase) != NULL, "%s: %s", refused[_i].path,
	              phrase);
}
END_TEST

START_TEST(check_never_reads_on)
{
	/* every beginning of a path, in memory that ends with it */
	static const char path[] = OBJECT "..-name/bin";
	for (size_t size = 0; size < sizeof path; size++) {
		char *copy = malloc(size + 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy, path, size);
		copy[size] = '\0';
		store_path_check(STORE, copy);
		store_path_prefix(STORE, copy);
		free(copy);
	}
}
END_TEST

START_TEST(check_takes_another_store)
{
	ck_assert_pstr_eq(store_path_check("/tmp/my store", "/tmp/my store/" HASH "-a"), NULL);
	ck_assert_pstr_ne(store_path_check("/tmp/my store", OBJECT "a"), NULL);
}
END_TEST

START_TEST(directory_of_the_first_object)
{
	ck_assert_uint_eq(store_directory_size(OBJECT "hello"), strlen(STORE));
	ck_assert_uint_eq(store_directory_size(OBJECT "hello/" HASH "-a"), strlen(STORE));
	ck_assert_uint_eq(store_directory_size("/tmp/my store/" HASH "-a"), 13);
	ck_assert_uint_eq(store_directory_size("/" HASH "-a"), 0);
	ck_assert_uint_eq(store_directory_size(STORE "/hello"), 0);
	ck_assert_uint_eq(store_directory_size(STORE), 0);
	ck_assert_uint_eq(store_directory_size(""), 0);
}
END_TEST

START_TEST(directories)
{
	ck_assert_pstr_eq(store_directory_check("/nix/store"), NULL);
	ck_assert_pstr_eq(store_directory_check("/a b/..c"), NULL);
	ck_assert_pstr_ne(store_directory_check(""), NULL);
	ck_assert_pstr_ne(store_directory_check("nix/store"), NULL);
	ck_assert_pstr_ne(store_directory_check("/"), NULL);
	ck_assert_pstr_ne(store_directory_check("//store"), NULL);
	ck_assert_pstr_ne(store_directory_check("/nix/store/"), NULL);
	ck_assert_pstr_ne(store_directory_check("/nix/./store"), NULL);
	ck_assert_pstr_ne(store_directory_check("/nix/.."), NULL);
}
END_TEST

START_TEST(prefix_ends_at_the_object)
{
	const size_t size = strlen(OBJECT "hello");
	ck_assert_uint_eq(store_path_prefix(STORE, OBJECT "hello/bin/hello"), size);
	ck_assert_uint_eq(store_path_prefix(STORE, OBJECT "hello/"), size);
	ck_assert_uint_eq(store_path_prefix(STORE, OBJECT "he llo/bin"), 0);
	ck_assert_uint_eq(store_path_prefix(STORE, STORE "/" HASH), 0);
	ck_assert_uint_eq(store_path_prefix(STORE, STORE), 0);
	ck_assert_uint_eq(store_path_prefix(STORE, "/usr/bin/env"), 0);
	ck_assert_uint_eq(store_path_prefix(STORE, ""), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store-path");
	TCase *tests = tcase_create("store-path");
	tcase_add_loop_test(tests, check_accepts, 0, sizeof accepted / sizeof *accepted);
	tcase_add_loop_test(tests, check_refuses, 0, sizeof refused / sizeof *refused);
	tcase_add_test(tests, check_never_reads_on);
	tcase_add_test(tests, check_takes_another_store);
	tcase_add_test(tests, directory_of_the_first_object);
	tcase_add_test(tests, directories);
	tcase_add_test(tests, prefix_ends_at_the_object);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
