/* The last steps: every right is given up, then the program starts. */
#include "compiler.h"

void
pass_confine(struct compilation *c)
{
	const void *filter;
	size_t size;
	struct plan_step *step;

	plan_add(c, STEP_CAPABILITIES, PLACE_NONE);
	plan_add(c, STEP_NO_NEW_PRIVILEGES, PLACE_NONE);
	if (!syscalls_filter(c, &filter, &size))
		return;
	step = plan_add(c, STEP_SECCOMP, PLACE_NONE);
	step->operand[0].blob.bytes = filter;
	step->operand[0].blob.size = size;
	plan_add(c, STEP_EXECUTE, PLACE_NONE);
}
