/* Any bytes are a filter that can be described, compared and printed, or one that is damaged. */
#include "../../compiler/compiler.h"

#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lines must end, and say something. */
static void
describe_some(struct arena *arena, const void *bytes, size_t size)
{
	static const uint32_t numbers[] = { 0, 16, 41, 56, 0x40000000, UINT32_MAX };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		const char *line =
			filter_describe(arena, bytes, size, AUDIT_ARCH_X86_64, numbers[i]);

		if (line[0] == '\0')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *sink = fopen("/dev/null", "w");
	struct arena arena = { 0 };
	struct filter_change *changes;
	size_t half = size / 16 * 8;
	/* aligned, as a launcher's are */
	char *bytes = arena_copy(&arena, (const char *)data, size);

	if (sink == NULL)
		abort();
	describe_some(&arena, bytes, size);
	/* a page takes its time */
	if (size <= 512) {
		filter_print(sink, &arena, bytes, size);
		if (filter_summary(&arena, bytes, size)[0] == '\0')
			abort();
		filter_compare(&arena, bytes, half, bytes + half, half, &changes);
	}
	if (filter_compare(&arena, bytes, size, bytes, size, &changes) != 0)
		abort();
	fclose(sink);
	arena_free(&arena);
	return 0;
}
