/* Whatever the verifier accepts, a reader may touch all of. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct plan plan;
	FILE *sink;
	/* A copy of just this size, so that a read past its end is seen; aligned as the runtime's.
	 */
	void *copy = aligned_alloc(DESCRIPTOR_ALIGNMENT, (size + DESCRIPTOR_ALIGNMENT) /
	                                                         DESCRIPTOR_ALIGNMENT *
	                                                         DESCRIPTOR_ALIGNMENT);
	void *exact = copy ? realloc(copy, size ? size : 1) : NULL;

	if (!exact)
		abort();
	memcpy(exact, data, size);
	if (!verify_descriptor(exact, size)) {
		sink = fopen("/dev/null", "w");
		if (!sink)
			abort();
		read_descriptor(&arena, exact, &plan);
		print_plan(sink, &plan, false);
		for (size_t i = 0; i < plan.step_count; i++) {
			const struct plan_step *step = &plan.steps[i];

			if (step->kind == STEP_SECCOMP)
				fwrite(step->operand[0].blob.bytes, 1, step->operand[0].blob.size,
				       sink);
		}
		fclose(sink);
		arena_free(&arena);
	}
	free(exact);
	return 0;
}
