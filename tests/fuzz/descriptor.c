/* Whatever the verifier accepts, a reader may touch all of. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing differs from itself. */
static void
show(FILE *sink, struct arena *arena, const struct plan *plan)
{
	struct description description;
	struct comparison comparison;

	describe(arena, plan, &description);
	emit_inspect(sink, arena, &description);
	json_decref(emit_inspect_json(arena, &description));
	compare_descriptions(arena, &description, &description, &comparison);
	if (comparison.count > 0 || comparison.object_count > 0 || comparison.gained)
		abort();
	emit_diff(sink, arena, &comparison);
}

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
		show(sink, &arena, &plan);
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
