/* Gives up rights: capabilities, new privileges, system calls. */
#include "runtime.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/prctl.h>

#include "sys.h"

void
confine_capabilities(struct launch *launch)
{
	int held;

	/* The bounding set goes first: it needs a capability (capabilities(7)). Beyond the last
	 * capability of this kernel PR_CAPBSET_READ fails with EINVAL. */
	for (unsigned long i = 0; (held = sys_prctl(PR_CAPBSET_READ, i)) >= 0; i++) {
		/* Outside a user namespace of its own an ordinary user has no such right; nor is
		 * one to be had from this set once there are no new privileges. */
		if (held == 1 && sys_prctl(PR_CAPBSET_DROP, i) < 0 &&
		    !(launch->without_namespaces && errno == EPERM))
			die_errno(launch, "prctl", "PR_CAPBSET_DROP");
	}
	if (errno != EINVAL)
		die_errno(launch, "prctl", "PR_CAPBSET_READ");
	if (sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL) < 0)
		die_errno(launch, "prctl", "PR_CAP_AMBIENT");
	if (sys_drop_capabilities() < 0)
		die_errno(launch, "capset", NULL);
}

void
confine_no_new_privileges(struct launch *launch)
{
	if (sys_prctl(PR_SET_NO_NEW_PRIVS, 1) < 0)
		die_errno(launch, "prctl", "PR_SET_NO_NEW_PRIVS");
}

void
confine_seccomp(struct launch *launch)
{
	const struct blob *blob = descriptor_blob(launch->descriptor, launch->step->operand[0]);

	if (sys_seccomp(descriptor_at(launch->descriptor, blob->offset),
	                blob->size / sizeof(struct sock_filter)) < 0)
		die_errno(launch, "seccomp", NULL);
}
