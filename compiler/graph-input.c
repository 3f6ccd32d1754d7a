/* What the readers of all forms of reference graphs share: store, paths, hashes, refusals. */
#include "compiler.h"

#include <string.h>

/* Longer than any store path; what is longer is refused before it is looked at. */
#define PATH_SIZE_MAX 4096

/* Digits of a SHA-256. */
#define NIX32_SIZE 52
#define BASE64_SIZE 44 /* with one '=' */

#define OBJECTS_MAX ((size_t)10000000)

void
graph_input_refuse(struct compilation *c, const struct source *source, const char *form,
                   const char *advice)
{
	diag_error(&c->diag, PLACE_SOURCE(source), "this is %s; expected %s", form,
	           advice ? advice
	                  : "what exportReferencesGraph, closureInfo, 'nix-store --dump-db', "
	                    "'nix-store -qR' or 'nix path-info -r --json' write");
}

bool
graph_input_enough(struct compilation *c, const struct source *source,
                   const struct graph_input *input)
{
	if (c->diag.errors < input->error_limit)
		return false;
	diag_error(&c->diag, PLACE_SOURCE(source), "too many errors");
	return true;
}

/* Says where the store directory comes from that another one contradicts. */
static void
note_store(struct compilation *c, const struct graph_input *input)
{
	if (!input->store_dir_place.source)
		diag_note(&c->diag, PLACE_NONE, "--store-dir says '%s'", input->store_dir);
	else
		diag_note(&c->diag, input->store_dir_place, "the store is '%s' here",
		          input->store_dir);
}

bool
graph_input_store(struct compilation *c, struct graph_input *input, struct place place,
                  const char *bytes, size_t size)
{
	if (input->store_dir && strlen(input->store_dir) == size &&
	    memcmp(input->store_dir, bytes, size) == 0)
		return true;
	const char *text = arena_copy(&c->arena, bytes, size);
	if (input->store_dir) {
		/* Once for each source: every other path of it is likely to say so too. */
		if (input->other_store == place.source)
			return false;
		input->other_store = place.source;
		diag_error(&c->diag, place, "the store is '%s' here; one graph has one store",
		           text);
		note_store(c, input);
		return false;
	}
	const char *broken = store_directory_check(text);
	if (broken) {
		diag_error(&c->diag, place, "bad store directory '%s': %s", text, broken);
		return false;
	}
	input->store_dir = text;
	input->store_dir_place = place;
	return true;
}

/* Checks a path that was not seen before. */
static bool
check_path(struct compilation *c, struct graph_input *input,
           struct place (*place_of)(const void *reader), const void *reader, const char *path)
{
	const char *known = input->store_dir;
	size_t size = known ? strlen(known) : 0;
	bool below = known && strncmp(path, known, size) == 0 && path[size] == '/';
	size_t store = below ? 0 : store_directory_size(path);

	if (store > 0 && !graph_input_store(c, input, place_of(reader), path, store))
		return false;
	known = input->store_dir;
	const char *broken = store_path_check(known ? known : STORE_DIRECTORY, path);
	if (broken)
		diag_error(&c->diag, place_of(reader), "bad store path '%s': %s", path, broken);
	return !broken;
}

size_t
graph_input_path(struct compilation *c, struct graph_input *input,
                 struct place (*place_of)(const void *reader), const void *reader,
                 const char *bytes, size_t size)
{
	char key[PATH_SIZE_MAX + 1];

	if (size > PATH_SIZE_MAX) {
		diag_error(&c->diag, place_of(reader), "bad store path: it is %zu bytes long",
		           size);
		return MAP_ABSENT;
	}
	memcpy(key, bytes, size);
	key[size] = '\0';
	size_t number = map_get(&input->numbers, key);
	if (number != MAP_ABSENT)
		return number;

	if (!check_path(c, input, place_of, reader, key))
		return MAP_ABSENT;
	number = input->path_count;
	const char *path = arena_copy(&c->arena, key, size);
	*ARRAY_ADD(&c->arena, input->paths, input->path_count, input->path_capacity) = path;
	map_add(&input->numbers, path, number);
	return number;
}

bool
graph_input_add(struct compilation *c, struct graph_input *input, struct graph_record record)
{
	if (input->count == OBJECTS_MAX) {
		diag_error(&c->diag, record.place, "there are more than %zu store objects",
		           OBJECTS_MAX);
		return false;
	}
	*ARRAY_ADD(&c->arena, input->records, input->count, input->capacity) = record;
	return true;
}

/* The value of a digit, its index in the alphabet; -1 if it is none. */
static int
digit_value(const char *alphabet, char digit)
{
	const char *at = digit != '\0' ? strchr(alphabet, digit) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

static bool
decode_base16(const char *text, unsigned char *hash)
{
	for (size_t i = 0; i < NAR_HASH_SIZE * 2; i++) {
		int value = digit_value("0123456789abcdefABCDEF", text[i]);

		if (value < 0)
			return false;
		value = value > 15 ? value - 6 : value;
		hash[i / 2] = (unsigned char)(hash[i / 2] << 4 | value);
	}
	return true;
}

/* Base 32 as Nix has it: the last digit holds the lowest five bits (libutil/hash.cc). */
static bool
decode_nix32(const char *text, unsigned char *hash)
{
	for (size_t i = 0; i < NIX32_SIZE; i++) {
		int value = digit_value(STORE_PATH_HASH_CHARACTERS, text[NIX32_SIZE - 1 - i]);

		if (value < 0)
			return false;
		size_t byte = i * 5 / 8, shift = i * 5 % 8;
		hash[byte] |= (unsigned char)((unsigned)value << shift);
		unsigned carry = (unsigned)value >> (8 - shift);
		if (byte + 1 < NAR_HASH_SIZE)
			hash[byte + 1] |= (unsigned char)carry;
		else if (carry != 0)
			return false;
	}
	return true;
}

static bool
decode_base64(const char *text, unsigned char *hash)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < BASE64_SIZE - 1; i++) {
		int value = digit_value("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		                        "0123456789+/",
		                        text[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		size_t known = (i + 1) * 6;
		if (known / 8 > i * 6 / 8)
			hash[known / 8 - 1] = (unsigned char)(bits >> known % 8);
	}
	return text[BASE64_SIZE - 1] == '=';
}

const unsigned char *
graph_input_decode(struct arena *arena, const char *bytes, size_t size)
{
	static const char name[] = "sha256";
	const size_t name_size = sizeof name - 1;
	unsigned char hash[NAR_HASH_SIZE] = { 0 };
	bool sri = false;

	if (size > name_size && memcmp(bytes, name, name_size) == 0 &&
	    (bytes[name_size] == ':' || bytes[name_size] == '-')) {
		sri = bytes[name_size] == '-';
		bytes += name_size + 1;
		size -= name_size + 1;
	}
	if (!(size == BASE64_SIZE && decode_base64(bytes, hash)) &&
	    !(!sri && size == NAR_HASH_SIZE * 2 && decode_base16(bytes, hash)) &&
	    !(!sri && size == NIX32_SIZE && decode_nix32(bytes, hash)))
		return NULL;
	return (const unsigned char *)arena_copy(arena, (const char *)hash, sizeof hash);
}

const unsigned char *
graph_input_hash(struct compilation *c, struct place place, const char *bytes, size_t size)
{
	const unsigned char *hash = graph_input_decode(&c->arena, bytes, size);
	bool cut = size > 100;

	if (!hash)
		diag_error(&c->diag, place,
		           "bad hash '%s%s': expected the %d bytes of a SHA-256 in base 64%s",
		           arena_copy(&c->arena, bytes, cut ? 100 : size), cut ? "..." : "",
		           NAR_HASH_SIZE,
		           size > 7 && memcmp(bytes, "sha256-", 7) == 0 ? ""
		                                                        : ", base 16 or nix32");
	return hash;
}
