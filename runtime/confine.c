/* Gives up rights: capabilities, new privileges, system calls. */
#include "runtime.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <sys/prctl.h>

#include "sys.h"

void
confine_capabilities(const struct launch *launch)
{
	/* The bounding set goes first: it needs a capability (capabilities(7)). Beyond the last
	 * capability of this kernel PR_CAPBSET_READ fails. */
	for (int i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++) {
		if (prctl(PR_CAPBSET_READ, i) == 1 && prctl(PR_CAPBSET_DROP, i) < 0)
			die_errno(launch, "prctl", "PR_CAPBSET_DROP");
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		die_errno(launch, "prctl", "PR_CAP_AMBIENT");
	if (sys_drop_capabilities() < 0)
		die_errno(launch, "capset", NULL);
}

void
confine_no_new_privileges(const struct launch *launch)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die_errno(launch, "prctl", "PR_SET_NO_NEW_PRIVS");
}

void
confine_seccomp(const struct launch *launch)
{
	const struct blob *blob = descriptor_blob(launch->descriptor, launch->step->operand[0]);

	if (sys_seccomp(descriptor_at(launch->descriptor, blob->offset),
	                blob->size / sizeof(struct sock_filter)) < 0)
		die_errno(launch, "seccomp", NULL);
}
