/* The worker protocol's numbers and strings, little-endian and padded to eight bytes (Nix,
 * libstore/worker-protocol). Every length is checked before it is believed. */
#include "closure.h"

#include <endian.h>
#include <string.h>

/* Of all that a daemon sends; see OBJECTS_MAX. */
#define RECEIVED_MAX ((uint64_t)256 << 20)

#define UNIT sizeof(uint64_t)

/* The next bytes; `bytes` is NULL for what nobody wants. */
static bool
take(struct stream *stream, void *bytes, size_t size)
{
	char *to = bytes;

	while (size > 0) {
		size_t ready = stream->in_end - stream->in_start;

		if (ready == 0) {
			stream->in_start = stream->in_end = 0;
			if (!stream->exchange(stream))
				return false;
			stream->exchanges++;
			stream->received += stream->in_end;
			if (stream->received > RECEIVED_MAX)
				return problem_set(stream->problem, "it sends more than %d MiB",
				                   (int)(RECEIVED_MAX >> 20));
			continue;
		}
		if (ready > size)
			ready = size;
		if (to) {
			memcpy(to, stream->in + stream->in_start, ready);
			to += ready;
		}
		stream->in_start += ready;
		stream->taken += ready;
		size -= ready;
	}
	return true;
}

bool
stream_number(struct stream *stream, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (!take(stream, &number, sizeof number))
		return false;
	*ret_number = le64toh(number);
	return true;
}

static bool
take_padding(struct stream *stream, size_t size)
{
	uint64_t padding = 0;

	if (size % UNIT == 0)
		return true;
	if (!take(stream, &padding, UNIT - size % UNIT))
		return false;
	if (padding != 0)
		return problem_set(stream->problem,
		                   "it sends a string with padding that is not zero");
	return true;
}

bool
stream_text(struct stream *stream, size_t limit, char *buffer, size_t room, size_t *ret_size)
{
	uint64_t size;
	size_t kept;

	if (!stream_number(stream, &size))
		return false;
	if (size > limit)
		return problem_set(stream->problem,
		                   "it sends a string of %llu bytes, where %zu are the most",
		                   (unsigned long long)size, limit);
	kept = size < room ? (size_t)size : room;
	if (!take(stream, buffer, kept) || !take(stream, NULL, (size_t)size - kept) ||
	    !take_padding(stream, (size_t)size))
		return false;
	if (ret_size)
		*ret_size = kept;
	return true;
}

bool
stream_string(struct stream *stream, char *buffer, size_t room, size_t *ret_size)
{
	return stream_text(stream, room, buffer, room, ret_size);
}

bool
stream_count(struct stream *stream, size_t limit, size_t *ret_count)
{
	uint64_t count;

	if (!stream_number(stream, &count))
		return false;
	if (count > limit)
		return problem_set(stream->problem,
		                   "it sends a list of %llu items, where %zu are the most",
		                   (unsigned long long)count, limit);
	*ret_count = (size_t)count;
	return true;
}

/* Moves what is still to be sent to the front if that gives enough room. */
static bool
has_room(struct stream *stream, size_t size)
{
	size_t waiting = stream->out_end - stream->out_start;

	if (sizeof stream->out - stream->out_end >= size)
		return true;
	if (sizeof stream->out - waiting < size)
		return false;
	memmove(stream->out, stream->out + stream->out_start, waiting);
	stream->out_start = 0;
	stream->out_end = waiting;
	return true;
}

/* There is room. */
static void
put(struct stream *stream, const void *bytes, size_t size)
{
	memcpy(stream->out + stream->out_end, bytes, size);
	stream->out_end += size;
}

bool
stream_put(struct stream *stream, const uint64_t *numbers, size_t count)
{
	if (!has_room(stream, count * UNIT))
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t number = htole64(numbers[i]);

		put(stream, &number, sizeof number);
	}
	return true;
}

bool
stream_put_request(struct stream *stream, uint64_t operation, const char *directory,
                   const char *base)
{
	static const char padding[UNIT];
	size_t directory_size = strlen(directory);
	size_t base_size = strlen(base);
	size_t size = directory_size + 1 + base_size;
	uint64_t head[2] = { operation, size };

	if (!has_room(stream, sizeof head + size + UNIT) || !stream_put(stream, head, 2))
		return false;
	put(stream, directory, directory_size);
	put(stream, "/", 1);
	put(stream, base, base_size);
	if (size % UNIT != 0)
		put(stream, padding, UNIT - size % UNIT);
	return true;
}
