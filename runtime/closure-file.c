/* Closures as lines of text, from closure files or closurebox-closure: whoever wrote them, what is
 * accepted is paths of store objects. No system calls; shared with unit test and fuzzer. */
#include "runtime.h"

#include <string.h>

#define HASH_SIZE 32
#define NAME_MAX_SIZE 211

/* The characters of names and of hashes, a bit each (Nix 2.21 and later, libstore/path.cc): all
 * digits and lower case letters but e, o, t and u; the others, capitals and +-._?= in names only.
 */
static const uint32_t name_bits[4] = { 0, 0xa3ff6800, 0x87fffffe, 0x07fffffe };
static const uint32_t hash_bits[4] = { 0, 0x03ff0000, 0, 0x07cf7fde };

static size_t
run_length(const uint32_t bits[static 4], const char *text, const char *end)
{
	const char *at = text;

	while (at < end && (*at & 0x80) == 0 && bits[*at >> 5] >> (*at & 31) & 1)
		at++;
	return (size_t)(at - text);
}

size_t
closure_path(const char *store, const char *text, const char *end)
{
	size_t above = strlen(store);
	const char *at = text + above + 1;
	size_t length, dots = 0;

	if ((size_t)(end - text) < above + 1 + HASH_SIZE + 1 || memcmp(text, store, above) != 0 ||
	    text[above] != '/' || run_length(hash_bits, at, at + HASH_SIZE) != HASH_SIZE ||
	    at[HASH_SIZE] != '-')
		return 0;
	at += HASH_SIZE + 1;
	length = run_length(name_bits, at, end);
	/* "." and ".." are no names, nor what a name has before a dash. */
	while (dots < 2 && dots < length && at[dots] == '.')
		dots++;
	if (length == 0 || length > NAME_MAX_SIZE ||
	    (dots > 0 && (dots == length || at[dots] == '-')))
		return 0;
	return (size_t)(at - text) + length;
}

ssize_t
closure_lines(const char *store, const char *root, char *text, size_t size)
{
	const char *end = text + size;
	size_t root_length = strlen(root);
	bool has_root = false;
	char *at = text;

	for (unsigned lines = 0; at < end && *at != '\n'; lines++) {
		size_t length = closure_path(store, at, end);

		if (length == 0 || at + length == end || at[length] != '\n' ||
		    lines == CLOSURE_LINES_MAX)
			return -1;
		has_root |= length == root_length && memcmp(at, root, length) == 0;
		at += length;
		*at++ = '\0';
	}
	return at == text || has_root ? at - text : -1;
}
