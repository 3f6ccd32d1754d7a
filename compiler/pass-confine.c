/* The last steps: the filters of system calls, and the start of the program. */
#include "compiler.h"

static void
add_filter(struct compilation *c, unsigned flags, struct place place, const void *bytes,
           size_t size)
{
	struct plan_step *step;

	if (size == 0)
		return;
	step = plan_add(c, STEP_SECCOMP, place);
	step->flags = flags;
	step->operand[0].blob.bytes = bytes;
	step->operand[0].blob.size = size;
}

void
pass_confine(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	const void *filter;
	size_t size;

	/* First the one that lacks less: the other may refuse to take a filter more. */
	if (policy->namespaces_optional) {
		if (!syscalls_fallback_filter(c, &filter, &size))
			return;
		add_filter(c, FLAG_WITHOUT_NAMESPACES, policy->network_place, filter, size);
	}
	if (!syscalls_filter(c, &filter, &size))
		return;
	add_filter(c, 0, policy->filter_place, filter, size);
	plan_add(c, STEP_EXECUTE, PLACE_NONE);
}
