/* The steps before there is a mount tree: descriptors, namespaces, host name, loopback. */
#include "compiler.h"

#include <linux/sched.h>

void
pass_namespaces(struct compilation *c)
{
	struct plan_step *step;

	plan_add(c, STEP_STANDARD_STREAMS, PLACE_NONE);
	step = plan_add(c, STEP_CLOSE, PLACE_NONE);
	step->operand[0].number = 3;
	step->operand[1].number = UINT32_MAX;
	plan_add(c, STEP_NAMESPACES, PLACE_NONE)->operand[0].number =
		CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
		CLONE_NEWCGROUP | CLONE_NEWNET;
	plan_add(c, STEP_DIE_WITH_PARENT, PLACE_NONE);
	if (c->policy.hostname)
		plan_add(c, STEP_HOSTNAME, c->policy.hostname_place)->operand[0].string =
			c->policy.hostname;
	plan_add(c, STEP_LOOPBACK, PLACE_NONE);
}
