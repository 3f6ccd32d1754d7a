/* Finds the hashes of store paths in bytes, exactly as Nix does (src/libstore/references.cc). */
#include "compiler.h"

#include <assert.h>
#include <string.h>

/* Every window of 32 bytes that are all of the alphabet is looked up, whatever is around it. A byte
 * outside of the alphabet rules out all windows that it is in, so a window is read from its end: in
 * most data its last byte already decides, and the next window starts behind it. */
#define WINDOW STORE_PATH_HASH_SIZE

static const unsigned char in_alphabet[256] = {
	['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
	['8'] = 1, ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['f'] = 1, ['g'] = 1,
	['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['p'] = 1,
	['q'] = 1, ['r'] = 1, ['s'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

/* The first and the last eight bytes; real hashes are random everywhere. */
static uint64_t
mix(const void *window)
{
	uint64_t first, last;

	memcpy(&first, window, sizeof first);
	memcpy(&last, (const char *)window + WINDOW - sizeof last, sizeof last);
	return (first ^ (last << 32 | last >> 32)) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio */
}

/* The slot of the hash, or the free one where it belongs. */
static size_t *
find_slot(const struct scan_set *set, const void *window, uint64_t mixed)
{
	size_t i = (size_t)(mixed >> set->slot_shift);

	while (set->slots[i] != 0 && memcmp(set->hashes[set->slots[i] - 1], window, WINDOW) != 0)
		i = (i + 1) & (((size_t)1 << (64 - set->slot_shift)) - 1);
	return &set->slots[i];
}

void
scan_build(struct arena *arena, const char *const *hashes, size_t count, struct scan_set *ret_set)
{
	unsigned slot_bits = 10;

	while ((size_t)1 << slot_bits < count * 2)
		slot_bits++;
	/* At most one bit in 64 is set, so that in long runs of the alphabet few windows go on to
	 * the table; and it still stays in a near cache. */
	unsigned filter_bits = slot_bits + 5;

	*ret_set = (struct scan_set){
		.hashes = hashes,
		.slots = arena_alloc(arena, sizeof *ret_set->slots << slot_bits),
		.slot_shift = 64 - slot_bits,
		.filter = arena_alloc(arena, (size_t)1 << (filter_bits - 3)),
		.filter_shift = 64 - filter_bits,
	};
	for (size_t i = 0; i < count; i++) {
		uint64_t mixed = mix(hashes[i]);
		uint64_t bit = mixed >> ret_set->filter_shift;
		size_t *slot = find_slot(ret_set, hashes[i], mixed);

		assert(*slot == 0);
		*slot = i + 1;
		ret_set->filter[bit / 8] |= (unsigned char)(1 << bit % 8);
	}
}

/* Can the window be a hash of the set? */
static bool
passes_filter(const struct scan_set *set, const unsigned char *window)
{
	uint64_t bit = mix(window) >> set->filter_shift;

	return set->filter[bit / 8] >> bit % 8 & 1;
}

/* The next window of the alphabet alone, from the cursor's; its last byte is not known yet. False
 * at the end of the bytes. */
static bool
find_window(struct scan_cursor *cursor)
{
	const unsigned char *bytes = cursor->bytes;
	const size_t size = cursor->size;
	size_t at = cursor->next;
	size_t known = cursor->known;

	while (size - at >= WINDOW) {
		size_t left = WINDOW;

		while (left > known && in_alphabet[bytes[at + left - 1]])
			left--;
		if (left <= known) {
			cursor->next = at;
			cursor->known = WINDOW - 1;
			return true;
		}
		/* The windows up to the byte at left - 1 have it in them. */
		at += left;
		known = WINDOW - left;
	}
	return false;
}

size_t
scan_next(const struct scan_set *set, struct scan_cursor *cursor)
{
	while (find_window(cursor)) {
		/* Through the run of characters of the alphabet that it begins. */
		const unsigned char *window = cursor->bytes + cursor->next;
		const unsigned char *end = cursor->bytes + cursor->size - (WINDOW - 1);
		size_t slot = 0;

		for (; window < end && in_alphabet[window[WINDOW - 1]] && slot == 0; window++) {
			if (passes_filter(set, window))
				slot = *find_slot(set, window, mix(window));
		}
		cursor->next = (size_t)(window - cursor->bytes);
		if (slot != 0) {
			cursor->found = cursor->next - 1;
			return slot - 1;
		}
	}
	return SCAN_END;
}
