/* What the readers of all forms of reference graphs share: the table of paths, hashes, refusals. */
#include "compiler.h"

#include <string.h>

/* Longer than any store path; what is longer is refused before it is looked at. */
#define PATH_SIZE_MAX 4096

void
graph_input_refuse(struct compilation *c, const struct source *source, const char *form)
{
	diag_error(&c->diag, (struct place){ .source = source, .offset = PLACE_WHOLE },
	           "this is %s; expected the line form of exportReferencesGraph, registration "
	           "records as closureInfo and 'nix-store --dump-db' write them, or the list of "
	           ".attrs.json",
	           form);
}

bool
graph_input_enough(struct compilation *c, const struct source *source,
                   const struct graph_input *input)
{
	if (c->diag.errors < input->error_limit)
		return false;
	diag_error(&c->diag, (struct place){ .source = source, .offset = PLACE_WHOLE },
	           "too many errors");
	return true;
}

size_t
graph_input_path(struct compilation *c, struct graph_input *input, struct place place,
                 const char *bytes, size_t size)
{
	char key[PATH_SIZE_MAX + 1];
	if (size > PATH_SIZE_MAX) {
		diag_error(&c->diag, place, "bad store path: it is %zu bytes long", size);
		return MAP_ABSENT;
	}
	memcpy(key, bytes, size);
	key[size] = '\0';
	size_t number = map_get(&input->numbers, key);
	if (number != MAP_ABSENT)
		return number;

	const char *broken = store_path_check(input->store_dir, key);
	if (broken != NULL) {
		diag_error(&c->diag, place, "bad store path '%s': %s", key, broken);
		return MAP_ABSENT;
	}
	number = input->path_count;
	const char *path = arena_copy(&c->arena, key, size);
	*ARRAY_ADD(&c->arena, input->paths, input->path_count, input->path_capacity) = path;
	map_add(&input->numbers, path, number);
	return number;
}

struct hash_algorithm {
	const char *name;
	size_t size; /* in bytes */
};

static const struct hash_algorithm hash_algorithms[] = {
	{ "sha256", 32 }, /* the one of a hash that does not say */
	{ "sha512", 64 },
	{ "sha1", 20 },
	{ "md5", 16 },
	{ "blake3", 32 },
};

#define HASH_ALGORITHMS (sizeof hash_algorithms / sizeof *hash_algorithms)

/* Is the text `size` characters of the alphabet? */
static bool
spelled_in(const char *alphabet, const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, alphabet) == size;
}

static bool
is_base16(const char *text, size_t hash_size)
{
	return spelled_in("0123456789abcdefABCDEF", text, hash_size * 2);
}

static bool
is_nix32(const char *text, size_t hash_size)
{
	return spelled_in("0123456789abcdfghijklmnpqrsvwxyz", text, (hash_size * 8 + 4) / 5);
}

static bool
is_base64(const char *text, size_t hash_size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t digits = (hash_size * 8 + 5) / 6;
	size_t padding = (4 - digits % 4) % 4;
	return strlen(text) == digits + padding && strspn(text, alphabet) == digits &&
	       strspn(text + digits, "=") == padding;
}

void
graph_input_hash(struct compilation *c, struct place place, const char *bytes, size_t size)
{
	if (size > 256) {
		diag_error(&c->diag, place, "bad hash: it is %zu bytes long", size);
		return;
	}
	const char *text = arena_copy(&c->arena, bytes, size);
	const struct hash_algorithm *algorithm = &hash_algorithms[0];
	const char *digits = text;
	size_t prefix = strcspn(text, ":-");
	if (text[prefix]) {
		size_t i = 0;
		while (i < HASH_ALGORITHMS && (strlen(hash_algorithms[i].name) != prefix ||
		                               memcmp(hash_algorithms[i].name, text, prefix) != 0))
			i++;
		if (i == HASH_ALGORITHMS) {
			diag_error(&c->diag, place, "bad hash '%s': unknown algorithm", text);
			return;
		}
		algorithm = &hash_algorithms[i];
		digits = text + prefix + 1;
	}
	if (text[prefix] == '-' ? is_base64(digits, algorithm->size)
	                        : is_base16(digits, algorithm->size) ||
	                                  is_nix32(digits, algorithm->size) ||
	                                  is_base64(digits, algorithm->size))
		return;
	diag_error(&c->diag, place, "bad hash '%s': expected the %zu bytes of %s in base 64%s",
	           text, algorithm->size, algorithm->name,
	           text[prefix] == '-' ? "" : ", base 16 or nix32");
}
