/* Arena, array, buffer, map and edit distance. */
#include "../../compiler/util.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(arena_gives_zeroed_aligned_memory)
{
	struct arena arena = { 0 };
	for (size_t size = 0; size < 3000; size++) {
		unsigned char *bytes = arena_alloc(&arena, size);
		ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(bytes[i], 0);
		memset(bytes, 0xff, size);
	}
	arena_free(&arena);
	ck_assert_ptr_null(arena.chunk);
}
END_TEST

START_TEST(arena_keeps_what_it_gave)
{
	enum {
		COUNT = 500
	};
	struct arena arena = { 0 };
	unsigned char *given[COUNT];
	size_t sizes[COUNT];
	for (size_t i = 0; i < COUNT; i++) {
		/* now and then one larger than any chunk */
		sizes[i] = i % 50 == 7 ? ((size_t)2 << 20) + i : i * 37 % 5000;
		given[i] = arena_alloc(&arena, sizes[i]);
		memset(given[i], (int)(i & 0xff), sizes[i]);
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < sizes[i]; k += 61)
			ck_assert_uint_eq(given[i][k], i & 0xff);
	arena_free(&arena);
}
END_TEST

START_TEST(arena_ends_the_program_without_memory)
{
	struct arena arena = { 0 };
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	arena_alloc(&arena, SIZE_MAX - 8);
}
END_TEST

START_TEST(arena_strings)
{
	struct arena arena = { 0 };
	ck_assert_str_eq(arena_copy(&arena, "abcdef", 3), "abc");
	ck_assert_str_eq(arena_copy(&arena, NULL, 0), "");
	ck_assert_str_eq(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
	ck_assert_str_eq(arena_printf(&arena, "%s", ""), "");
	ck_assert_uint_eq(strlen(arena_printf(&arena, "%0100000d", 1)), 100000);
	arena_free(&arena);
}
END_TEST

START_TEST(array_grows_and_zeroes)
{
	struct arena arena = { 0 };
	size_t *data = NULL, count = 0, capacity = 0;
	for (size_t i = 0; i < 100000; i++) {
		size_t *element = ARRAY_ADD(&arena, data, count, capacity);
		ck_assert_uint_eq(*element, 0);
		*element = i;
	}
	ck_assert_uint_eq(count, 100000);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(data[i], i);
	count = 10;
	ck_assert_uint_eq(*ARRAY_ADD(&arena, data, count, capacity), 0);
	ck_assert_uint_eq(data[9], 9);
	arena_free(&arena);
}
END_TEST

START_TEST(buffer_collects_bytes)
{
	struct arena arena = { 0 };
	struct buffer buffer = { .arena = &arena };
	ck_assert_ptr_null(buffer.data);
	buffer_add(&buffer, NULL, 0);
	ck_assert_str_eq(buffer.data, "");
	buffer_add(&buffer, "a\0b", 3);
	buffer_add_string(&buffer, "cd");
	buffer_printf(&buffer, "%d%s", 12, "!");
	ck_assert_uint_eq(buffer.size, 8);
	ck_assert_mem_eq(buffer.data, "a\0bcd12!", 9);
	for (int i = 0; i < 10000; i++)
		buffer_printf(&buffer, "%04d", i);
	ck_assert_uint_eq(buffer.size, 40008);
	ck_assert_uint_eq(strlen(buffer.data + 2), 40006);
	ck_assert_str_eq(buffer.data + buffer.size - 4, "9999");
	/* its own bytes, while it moves */
	buffer_add(&buffer, buffer.data, buffer.size);
	ck_assert_mem_eq(buffer.data, buffer.data + 40008, 40008);
	arena_free(&arena);
}
END_TEST

START_TEST(map_finds_what_was_added)
{
	enum {
		COUNT = 200000
	};
	struct arena arena = { 0 };
	struct map map = { .arena = &arena };
	ck_assert_uint_eq(map_get(&map, "x"), MAP_ABSENT);
	char **keys = arena_alloc(&arena, COUNT * sizeof *keys);
	for (size_t i = 0; i < COUNT; i++) {
		keys[i] = arena_printf(&arena, "/nix/store/%032zu-x", i);
		map_add(&map, keys[i], i);
	}
	ck_assert_uint_eq(map.count, COUNT);
	ck_assert_uint_eq(map.capacity & (map.capacity - 1), 0);
	for (size_t i = 0; i < COUNT; i++) {
		char key[64];
		(void)snprintf(key, sizeof key, "/nix/store/%032zu-x", i);
		ck_assert_uint_eq(map_get(&map, key), i);
		key[12] = 'y';
		ck_assert_uint_eq(map_get(&map, key), MAP_ABSENT);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(map_tells_keys_apart)
{
	static const char *const keys[] = { "",         "a",         "aa",         "aaaaaaa",
		                            "aaaaaaaa", "aaaaaaaaa", "aaaaaaaab",  "baaaaaaaa",
		                            "aaaaaaab", "b",         "aaaaaaaaaa", "\xff" };
	struct arena arena = { 0 };
	struct map map = { .arena = &arena };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		ck_assert_uint_eq(map_get(&map, keys[i]), MAP_ABSENT);
		map_add(&map, keys[i], i);
	}
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		ck_assert_uint_eq(map_get(&map, keys[i]), i);
	arena_free(&arena);
}
END_TEST

/* The textbook's table, for strings of at most 15 bytes. */
static unsigned
plain_distance(const char *a, const char *b)
{
	unsigned table[16][16];
	size_t a_size = strlen(a), b_size = strlen(b);
	for (size_t i = 0; i <= a_size; i++) {
		for (size_t k = 0; k <= b_size; k++) {
			unsigned best = (unsigned)(i + k);
			if (i > 0 && k > 0)
				best = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
			if (i > 0 && table[i - 1][k] + 1 < best)
				best = table[i - 1][k] + 1;
			if (k > 0 && table[i][k - 1] + 1 < best)
				best = table[i][k - 1] + 1;
			table[i][k] = best;
		}
	}
	return table[a_size][b_size];
}

START_TEST(edit_distance_known)
{
	ck_assert_uint_eq(edit_distance("", "", 0), 0);
	ck_assert_uint_eq(edit_distance("bind", "bind", 2), 0);
	ck_assert_uint_eq(edit_distance("bind", "bnd", 2), 1);
	ck_assert_uint_eq(edit_distance("", "ab", 2), 2);
	ck_assert_uint_eq(edit_distance("ab", "", 2), 2);
	ck_assert_uint_eq(edit_distance("abc", "", 2), 3);
	ck_assert_uint_eq(edit_distance("abcdef", "xyz", 2), 3);
	ck_assert_uint_eq(edit_distance("kitten", "sitting", 7), 3);
	ck_assert_uint_eq(edit_distance("kitten", "sitting", 1), 2);
}
END_TEST

/* Numbers below `limit`, the same in every run. */
static unsigned
draw(uint32_t *state, unsigned limit)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % limit;
}

START_TEST(edit_distance_against_table)
{
	uint32_t state = 1;
	for (int round = 0; round < 20000; round++) {
		char word[2][16] = { { 0 } };
		for (int w = 0; w < 2; w++)
			for (unsigned i = draw(&state, 15); i > 0; i--)
				word[w][i - 1] = (char)('a' + draw(&state, 3));
		unsigned limit = draw(&state, EDIT_LIMIT_MAX + 1);
		unsigned expected = plain_distance(word[0], word[1]);
		ck_assert_uint_eq(edit_distance(word[0], word[1], limit),
		                  expected > limit ? limit + 1 : expected);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("util");
	TCase *tests = tcase_create("util");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, arena_gives_zeroed_aligned_memory);
	tcase_add_test(tests, arena_keeps_what_it_gave);
	tcase_add_exit_test(tests, arena_ends_the_program_without_memory, 3);
	tcase_add_test(tests, arena_strings);
	tcase_add_test(tests, array_grows_and_zeroes);
	tcase_add_test(tests, buffer_collects_bytes);
	tcase_add_test(tests, map_finds_what_was_added);
	tcase_add_test(tests, map_tells_keys_apart);
	tcase_add_test(tests, edit_distance_known);
	tcase_add_test(tests, edit_distance_against_table);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
