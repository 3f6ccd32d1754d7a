/* The steps before there is a mount tree: descriptors, lifetime, namespaces, host name, loopback.
 */
#include "compiler.h"

#include <linux/sched.h>

#define ALWAYS_NEW (CLONE_NEWUSER | CLONE_NEWNS)
#define NEW_UNLESS_SHARED (CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static void
add_close(struct compilation *c, uint64_t first, uint64_t last)
{
	struct plan_step *step = plan_add(c, STEP_CLOSE, c->policy.descriptors_place);

	step->operand[0].number = first;
	step->operand[1].number = last;
}

/* Of what the launcher inherits only what the policy lists reaches the box, and of that nothing
 * that leads to files by their names: fchdir(2) or openat(2) would be a way out. */
static void
add_descriptors(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	uint64_t first = 3;

	plan_add(c, STEP_STANDARD_STREAMS, PLACE_NONE);
	if (policy->descriptors != DESCRIPTORS_INHERIT) {
		size_t kept = policy->descriptors == DESCRIPTORS_LIST ? policy->kept_count : 0;

		for (size_t i = 0; i < kept; i++) {
			uint64_t number = policy->kept_descriptors[i];

			if (number > first)
				add_close(c, first, number - 1);
			first = number + 1;
		}
		if (first <= UINT32_MAX)
			add_close(c, first, UINT32_MAX);
		if (kept == 0)
			return;
	}
	plan_add(c, STEP_CLOSE_PATHS, policy->descriptors_place);
}

void
pass_prepare(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	add_descriptors(c);
	if (policy->wait_for_all)
		plan_add(c, STEP_WAIT_FOR_ALL, policy->wait_for_place);
	if (policy->stop_timeout)
		plan_add(c, STEP_STOP_TIMEOUT, policy->stop_timeout_place)->operand[0].number =
			policy->stop_timeout;
}

static bool
has_overlay(const struct policy *policy)
{
	for (size_t i = 0; i < policy->grant_count; i++)
		if (policy->grants[i].kind == GRANT_OVERLAY)
			return true;
	return false;
}

/*
 * The namespaces that init makes while another process builds the root. Only that of the network
 * takes the kernel so long that it is worth a process. Without init there is nobody to do it; where
 * namespaces are optional all of them are tried at once; and the locks of overlays, which the
 * process would take, are for init to hold.
 */
static uint64_t
made_late(const struct policy *policy, uint64_t flags)
{
	if (!(flags & CLONE_NEWNET) || !(flags & CLONE_NEWPID) || policy->namespaces_optional ||
	    has_overlay(policy))
		return 0;
	return flags & ~(uint64_t)(ALWAYS_NEW | CLONE_NEWPID);
}

void
pass_namespaces(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	uint64_t flags = ALWAYS_NEW | (NEW_UNLESS_SHARED & ~policy->share);
	uint64_t late;
	struct plan_step *step;

	if (policy->network == NETWORK_NONE)
		flags |= CLONE_NEWNET;
	late = made_late(policy, flags);
	step = plan_add(c, STEP_NAMESPACES, policy->share_place);
	step->operand[0].number = flags & ~late;
	if (policy->namespaces_optional) {
		step->flags = FLAG_OPTIONAL;
		step->place = policy->namespaces_place;
	}
	/* With the caller's pid namespace the launcher becomes the program, and no kernel can end
	 * with one process what it has started. */
	if (!policy->outlive_parent && flags & CLONE_NEWPID)
		plan_add(c, STEP_DIE_WITH_PARENT, policy->process_place);
	if (!policy->nested_sandbox)
		plan_add(c, STEP_NO_NESTED, policy->nested_sandbox_place);
	if (late)
		plan_add(c, STEP_MEANWHILE, policy->share_place)->operand[0].number = late;
	if (policy->hostname && flags & CLONE_NEWUTS)
		plan_add(c, STEP_HOSTNAME, policy->hostname_place)->operand[0].string =
			policy->hostname;
	if (flags & CLONE_NEWNET)
		plan_add(c, STEP_LOOPBACK, policy->network_place);
}
