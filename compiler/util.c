/* Arena, growing array, string buffer, map: everything the compiler keeps in memory; and text. */
#include "util.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Status of a program that the system failed, the same as EXIT_SYSTEM of compiler.h. */
enum {
	STATUS_NO_MEMORY = 3
};

/* The one exception to "main.c is the only file that exits": nothing can be done without memory,
 * not even a message with a place, and no caller could do better. Outputs are written beside their
 * final name, so none is left half-written under it. */
static _Noreturn void
out_of_memory(void)
{
	(void)fputs("closurebox: error: out of memory\n", stderr);
	_Exit(STATUS_NO_MEMORY);
}

/* Arena */

/* Chunks double from the first size to the last. Under AddressSanitizer every allocation gets a
 * chunk of its own, so that running over its end is seen. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define CHUNK_FIRST 0
#define CHUNK_LAST 0
#else
#define CHUNK_FIRST ((size_t)16 << 10)
#define CHUNK_LAST ((size_t)1 << 20)
#endif

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

/* Adds a chunk with room for `size` bytes. A big one holds nothing else and goes behind the head,
 * which then goes on serving small allocations. */
static struct arena_chunk *
add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *head = arena->chunk;
	size_t ordinary = head ? head->size * 2 : CHUNK_FIRST;

	if (ordinary > CHUNK_LAST)
		ordinary = CHUNK_LAST;
	bool big = size > ordinary / 4;

	struct arena_chunk *chunk = calloc(1, sizeof *chunk + (big ? size : ordinary));
	if (!chunk)
		out_of_memory();
	chunk->size = big ? size : ordinary;
	if (big && head) {
		chunk->next = head->next;
		head->next = chunk;
	} else {
		chunk->next = head;
		arena->chunk = chunk;
	}
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX / 4)
		out_of_memory();
	if (size == 0)
		size = 1; /* every allocation has an address of its own */

	const size_t mask = _Alignof(max_align_t) - 1;
	struct arena_chunk *chunk = arena->chunk;
	size_t start = chunk ? (chunk->used + mask) & ~mask : 0;
	if (!chunk || start > chunk->size || size > chunk->size - start) {
		chunk = add_chunk(arena, size);
		start = 0;
	}
	chunk->used = start + size;
	return chunk->bytes + start;
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);

	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	struct buffer buffer = { .arena = arena };
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(&buffer, format, arguments);
	va_end(arguments);
	return buffer.data;
}

void
arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunk;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena->chunk = NULL;
}

/* Array */

void *
array_reserve(struct arena *arena, void *data, size_t count, size_t *capacity, size_t size)
{
	if (count == *capacity) {
		size_t larger = count == 0 ? 8 : count * 2;

		if (larger > SIZE_MAX / 4 / size)
			out_of_memory();
		void *moved = arena_alloc(arena, larger * size);
		if (count > 0)
			memcpy(moved, data, count * size);
		data = moved;
		*capacity = larger;
	}
	/* An array that was cut short has old bytes here. */
	memset((char *)data + count * size, 0, size);
	return data;
}

void
string_list_add(struct arena *arena, struct string_list *list, const char *string)
{
	*ARRAY_ADD(arena, list->items, list->count, list->capacity) = string;
}

int
compare_numbers(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

/* Buffer */

void
buffer_reserve(struct buffer *buffer, size_t size)
{
	if (size > SIZE_MAX / 8 - buffer->size)
		out_of_memory();
	size_t needed = buffer->size + size + 1;
	if (needed <= buffer->capacity)
		return;
	/* The first time exactly: most buffers are a single printf. */
	size_t larger = buffer->capacity * 2;
	if (larger < needed)
		larger = needed;
	char *moved = arena_alloc(buffer->arena, larger);
	if (buffer->size > 0)
		memcpy(moved, buffer->data, buffer->size);
	buffer->data = moved;
	buffer->capacity = larger;
}

void
buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
	buffer_reserve(buffer, size);
	if (size > 0)
		memcpy(buffer->data + buffer->size, bytes, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
}

void
buffer_add_string(struct buffer *buffer, const char *string)
{
	buffer_add(buffer, string, strlen(string));
}

void
buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
	char text[256]; /* long enough for most, which are formatted once then */
	va_list again;

	va_copy(again, arguments);
	int size = vsnprintf(text, sizeof text, format, arguments);
	if (size < 0)
		out_of_memory(); /* more than INT_MAX bytes; our formats have no other failure */
	buffer_reserve(buffer, (size_t)size);
	if ((size_t)size < sizeof text)
		memcpy(buffer->data + buffer->size, text, (size_t)size + 1);
	else
		(void)vsnprintf(buffer->data + buffer->size, (size_t)size + 1, format, again);
	va_end(again);
	buffer->size += (size_t)size;
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	buffer_vprintf(buffer, format, arguments);
	va_end(arguments);
}

/* Map: open addressing with linear probing, never more than half full */

struct map_slot {
	const char *key; /* NULL: free */
	uint64_t hash; /* spares most comparisons, and all reading of keys when the map grows */
	size_t value;
};

static uint64_t
hash_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15; /* 2^64 / golden ratio */
	return hash ^ hash >> 32;
}

/* Eight bytes at a time. Differs between byte orders, which nothing can see: a map has no order. */
static uint64_t
hash_string(const char *key)
{
	size_t left = strlen(key);
	uint64_t hash = left;

	for (; left >= sizeof(uint64_t); left -= sizeof(uint64_t), key += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, key, sizeof word);
		hash = hash_mix(hash, word);
	}
	uint64_t tail = 0;
	memcpy(&tail, key, left);
	return hash_mix(hash_mix(hash, tail), 0);
}

/* The slot that holds the key, or the free one where it belongs. */
static struct map_slot *
find_slot(const struct map *map, const char *key, uint64_t hash)
{
	size_t i = hash & (map->capacity - 1);

	while (map->slots[i].key &&
	       (map->slots[i].hash != hash || strcmp(map->slots[i].key, key) != 0))
		i = (i + 1) & (map->capacity - 1);
	return &map->slots[i];
}

static void
map_grow(struct map *map)
{
	struct map larger = { .arena = map->arena, .count = map->count };

	larger.capacity = map->capacity == 0 ? 16 : map->capacity * 2;
	if (larger.capacity > SIZE_MAX / 4 / sizeof *larger.slots)
		out_of_memory();
	larger.slots = arena_alloc(map->arena, larger.capacity * sizeof *larger.slots);
	for (size_t i = 0; i < map->capacity; i++) {
		const struct map_slot *slot = &map->slots[i];

		if (!slot->key)
			continue;
		size_t to = slot->hash & (larger.capacity - 1);
		while (larger.slots[to].key)
			to = (to + 1) & (larger.capacity - 1);
		larger.slots[to] = *slot;
	}
	*map = larger;
}

size_t
map_get(const struct map *map, const char *key)
{
	if (map->count == 0)
		return MAP_ABSENT;
	const struct map_slot *slot = find_slot(map, key, hash_string(key));
	return slot->key ? slot->value : MAP_ABSENT;
}

void
map_add(struct map *map, const char *key, size_t value)
{
	assert(value != MAP_ABSENT);
	if (map->count >= map->capacity / 2)
		map_grow(map);
	uint64_t hash = hash_string(key);
	struct map_slot *slot = find_slot(map, key, hash);
	assert(!slot->key);
	*slot = (struct map_slot){ .key = key, .hash = hash, .value = value };
	map->count++;
}

/* Text */

bool
parse_decimal(const char *digits, size_t count, uint64_t *ret_number)
{
	uint64_t number = 0;

	for (size_t i = 0; i < count; i++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(digits[i] - '0'), &number))
			return false;
	*ret_number = number;
	return true;
}

const char *
size_text(char text[static SIZE_TEXT], uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	const int last = (int)(sizeof units / sizeof *units) - 1;
	double value = (double)bytes / 1024;
	int unit = 0;

	if (bytes < 1024)
		unit = -1;
	/* 1023.95 would be printed as 1024.0. */
	for (; value >= 1023.95 && unit < last; unit++)
		value /= 1024;
	if (unit < 0)
		snprintf(text, SIZE_TEXT, "%u B", (unsigned)bytes);
	else
		snprintf(text, SIZE_TEXT, "%.1f %s", value, units[unit]);
	return text;
}

bool
has_control_character(const char *text)
{
	while ((unsigned char)*text >= ' ' && *text != 0x7f)
		text++;
	return *text != '\0';
}

static unsigned
minimum(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Only cells within `limit` of the diagonal can hold a distance within the limit, so a row is that
 * band: band[d] is the cell in column row + d - limit, whatever the strings' lengths. */
unsigned
edit_distance(const char *a, const char *b, unsigned limit)
{
	assert(limit <= EDIT_LIMIT_MAX);
	const size_t a_size = strlen(a), b_size = strlen(b);
	if ((a_size > b_size ? a_size - b_size : b_size - a_size) > limit)
		return limit + 1;

	unsigned band[2 * EDIT_LIMIT_MAX + 2];
	const unsigned width = 2 * limit + 1;
	for (unsigned d = 0; d < width; d++)
		band[d] = d < limit ? limit + 1 : d - limit;
	band[width] = limit + 1; /* right of the band */

	for (size_t row = 1; row <= a_size; row++) {
		unsigned left = limit + 1;
		unsigned best = left;

		for (unsigned d = 0; d < width; d++) {
			unsigned cell = limit + 1;

			if (row + d == limit) {
				cell = (unsigned)row;
			} else if (row + d > limit && row + d - limit <= b_size) {
				size_t column = row + d - limit;

				cell = band[d] + (a[row - 1] != b[column - 1]);
				cell = minimum(cell, minimum(band[d + 1], left) + 1);
			}
			band[d] = left = minimum(cell, limit + 1);
			best = minimum(best, cell);
		}
		if (best > limit)
			return limit + 1;
	}
	return band[b_size + limit - a_size];
}
