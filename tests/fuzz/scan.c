/* In any bytes the search finds the same hashes at the same places as a naive one. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

#define SIZE STORE_PATH_HASH_SIZE
#define ALPHABET "0123456789abcdfghijklmnpqrsvwxyz"
#define HASHES_MAX 16

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_hash(const char *window)
{
	for (size_t i = 0; i < SIZE; i++)
		if (window[i] == '\0' || strchr(ALPHABET, window[i]) == NULL)
			return false;
	return true;
}

/* The index of the hash that the window is; `count` if it is none. */
static size_t
naive_look_up(const char *const *hashes, size_t count, const char *window)
{
	size_t i = 0;
	while (i < count && memcmp(hashes[i], window, SIZE) != 0)
		i++;
	return i;
}

/* Some windows of the text that could be hashes, and one that it need not have. */
static size_t
choose_hashes(const char *text, size_t size, size_t step, const char **hashes)
{
	size_t count = 1;
	hashes[0] = ALPHABET;
	for (size_t at = 0; at + SIZE <= size && count < HASHES_MAX; at += step)
		if (is_hash(text + at) && naive_look_up(hashes, count, text + at) == count)
			hashes[count++] = text + at;
	return count;
}

static void
compare(struct arena *arena, const char *text, size_t size, size_t step)
{
	const char *hashes[HASHES_MAX];
	size_t count = choose_hashes(text, size, step, hashes);
	struct scan_set set;
	scan_build(arena, hashes, count, &set);
	struct scan_cursor cursor = { .bytes = (const unsigned char *)text, .size = size };
	for (size_t at = 0; at + SIZE <= size; at++) {
		size_t want = naive_look_up(hashes, count, text + at);
		if (want < count && (scan_next(&set, &cursor) != want || cursor.found != at))
			abort();
	}
	if (scan_next(&set, &cursor) != SCAN_END)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct arena arena = { 0 };
	size_t step = data[0] % 64 + 1;
	char *text = arena_alloc(&arena, size - 1);
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	compare(&arena, text, size - 1, step);
	/* The same made to consist of few letters and few other bytes: more runs, more repetition.
	 */
	for (size_t i = 0; i + 1 < size; i++)
		if (data[i + 1] % 64 != 0)
			text[i] = "az09"[data[i + 1] % 4];
	compare(&arena, text, size - 1, step);
	arena_free(&arena);
	return 0;
}
