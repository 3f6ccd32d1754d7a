/* Arena, growing array, string buffer, map, text; knows nothing of sandboxes. */
#ifndef UTIL_H
#define UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory that is never freed piece by piece. A zeroed struct is an empty arena. */
struct arena {
	struct arena_chunk *chunk;
};

/* Zeroed memory for any type. Never NULL: without memory the program ends with status 3. */
void *
arena_alloc(struct arena *arena, size_t size);

/* A NUL-terminated copy of `size` bytes. */
char *
arena_copy(struct arena *arena, const char *bytes, size_t size);

/* A NUL-terminated string. */
char *
arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives everything back: for tests, fuzzers, and arenas that live as long as one message. */
void
arena_free(struct arena *arena);

/* Makes room for one more element of `size` bytes in an array of `count`: returns the array, maybe
 * moved, and updates the capacity. */
void *
array_reserve(struct arena *arena, void *data, size_t count, size_t *capacity, size_t size);

/* Appends a zeroed element to an array kept as data, count, capacity and gives its address. */
#define ARRAY_ADD(arena, data, count, capacity) \
	((data) = array_reserve((arena), (data), (count), &(capacity), sizeof *(data)), \
	 &(data)[(count)++])

/* Strings, which are not copied. A zeroed struct is an empty list. */
struct string_list {
	const char **items;
	size_t count;
	size_t capacity;
};

void
string_list_add(struct arena *arena, struct string_list *list, const char *string);

/* For qsort and bsearch: elements of type size_t, from small to large. */
int
compare_numbers(const void *a, const void *b);

/* Growing bytes; data is always NUL-terminated once something was added. */
struct buffer {
	struct arena *arena;
	char *data;
	size_t size;
	size_t capacity;
};

/* Makes room for `size` more bytes. */
void
buffer_reserve(struct buffer *buffer, size_t size);
void
buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void
buffer_add_string(struct buffer *buffer, const char *string);
void
buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void
buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Map from strings to numbers. Keys are not copied. A zeroed struct with the arena set is empty. */
struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t count;
	size_t capacity; /* a power of two, or 0 */
};

#define MAP_ABSENT SIZE_MAX

/* The value of a key, MAP_ABSENT if it has none. */
size_t
map_get(const struct map *map, const char *key);
/* Sets the value of a key that is absent. */
void
map_add(struct map *map, const char *key, size_t value);

/* The number that these characters, all of them decimal digits, are; false if it has more than 64
 * bits. */
bool
parse_decimal(const char *digits, size_t count, uint64_t *ret_number);

/* A number of bytes for people: "512 B", "1.5 KiB". Returns the buffer. */
#define SIZE_TEXT 16
const char *
size_text(char text[static SIZE_TEXT], uint64_t bytes);

/* Has the text a byte below ' ', or DEL? */
bool
has_control_character(const char *text);

/* Levenshtein distance, for suggestions; at most `limit` + 1. `limit` is at most EDIT_LIMIT_MAX. */
#define EDIT_LIMIT_MAX 7
unsigned
edit_distance(const char *a, const char *b, unsigned limit);

#endif
