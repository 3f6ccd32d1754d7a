/* Whatever stands in a closure file or an answer: paths of store objects, or nothing. */
#include "../../runtime/runtime.h"

#include <stdlib.h>
#include <string.h>

#define STORE "/nix/store"
#define ROOT STORE "/00000000000000000000000000000000-hello-2.10"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* compiler/store-path.c: another reader of this grammar. */
const char *
store_path_check(const char *store_dir, const char *path);

/* What is taken must be these lines, with NULs for newlines. */
static void
check_lines(const char *text, const char *lines, size_t length)
{
	bool has_root = false;

	for (size_t at = 0; at < length; at += strlen(lines + at) + 1) {
		size_t size = strlen(lines + at);

		if (store_path_check(STORE, lines + at) ||
		    memcmp(text + at, lines + at, size) != 0 || text[at + size] != '\n')
			abort();
		has_root |= strcmp(lines + at, ROOT) == 0;
	}
	if (!has_root)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Just this size, so that a read past its end is seen. */
	char *text = malloc(size ? size : 1);
	size_t at = 0;

	if (!text)
		abort();
	memcpy(text, data, size);
	/* As of an answer: closures, an empty line behind each. */
	while (at < size) {
		ssize_t length = closure_lines(STORE, ROOT, text + at, size - at);

		if (length < 0)
			break;
		if ((size_t)length > size - at)
			abort();
		if (length > 0)
			check_lines((const char *)data + at, text + at, (size_t)length);
		at += (size_t)length + 1;
	}
	free(text);
	return 0;
}
