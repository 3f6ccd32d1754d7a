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
	unsigned long last = 0;

	/* The bounding set goes first: it needs a capability (capabilities(7)). Beyond the last
	 * one of this kernel it is EINVAL. Outside a user namespace of its own an ordinary user has
	 * no such right; nor is one to be had from this set once there are no new privileges. */
	while (sys_prctl(PR_CAPBSET_DROP, last) == 0)
		last++;
	if (errno != EINVAL && !(launch->without_namespaces && errno == EPERM))
		die_errno(launch, "prctl", "PR_CAPBSET_DROP");
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
