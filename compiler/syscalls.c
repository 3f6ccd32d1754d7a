/* The seccomp filter of the default policy: what no program in a box is let call. */
#include "compiler.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Refused with EPERM what a program may live without; with ENOSYS what libraries try first and
 * then do the old way (glibc falls back from clone3 to clone, whose flags a filter can see). A
 * number is given for calls that libseccomp 2.5.0 or that of Debian 12 does not know; it is the
 * same on every architecture but Alpha and MIPS.
 */
static const struct {
	const char *name;
	int error;
	int number; /* 0: libseccomp knows it */
} refused[] = {
	/* namespaces and mounts */
	{ "unshare", EPERM, 0 },
	{ "setns", EPERM, 0 },
	{ "clone3", ENOSYS, 0 },
	{ "mount", EPERM, 0 },
	{ "umount", EPERM, 0 },
	{ "umount2", EPERM, 0 },
	{ "pivot_root", EPERM, 0 },
	{ "chroot", EPERM, 0 },
	{ "open_tree", ENOSYS, 0 },
	{ "move_mount", ENOSYS, 0 },
	{ "fsopen", ENOSYS, 0 },
	{ "fsconfig", ENOSYS, 0 },
	{ "fsmount", ENOSYS, 0 },
	{ "fspick", ENOSYS, 0 },
	{ "mount_setattr", ENOSYS, 442 },
	{ "open_tree_attr", ENOSYS, 467 },
	/* other processes */
	{ "ptrace", EPERM, 0 },
	{ "process_vm_readv", EPERM, 0 },
	{ "process_vm_writev", EPERM, 0 },
	{ "pidfd_getfd", EPERM, 0 },
	{ "perf_event_open", EPERM, 0 },
	/* keys are not in a namespace */
	{ "add_key", EPERM, 0 },
	{ "keyctl", EPERM, 0 },
	{ "request_key", EPERM, 0 },
	/* the kernel itself */
	{ "bpf", EPERM, 0 },
	{ "userfaultfd", EPERM, 0 },
	{ "kexec_load", EPERM, 0 },
	{ "kexec_file_load", EPERM, 0 },
	{ "create_module", EPERM, 0 },
	{ "init_module", EPERM, 0 },
	{ "finit_module", EPERM, 0 },
	{ "delete_module", EPERM, 0 },
	{ "reboot", EPERM, 0 },
	{ "swapon", EPERM, 0 },
	{ "swapoff", EPERM, 0 },
	{ "syslog", EPERM, 0 },
	{ "acct", EPERM, 0 },
	{ "quotactl", EPERM, 0 },
	{ "quotactl_fd", EPERM, 443 },
	{ "uselib", EPERM, 0 },
	{ "iopl", EPERM, 0 },
	{ "ioperm", EPERM, 0 },
	{ "modify_ldt", EPERM, 0 },
	{ "fanotify_init", EPERM, 0 },
	{ "open_by_handle_at", EPERM, 0 },
	{ "lookup_dcookie", EPERM, 0 },
	/* memory placement: much code, little use */
	{ "mbind", EPERM, 0 },
	{ "move_pages", EPERM, 0 },
	{ "migrate_pages", EPERM, 0 },
	{ "get_mempolicy", EPERM, 0 },
	{ "set_mempolicy", EPERM, 0 },
	{ "set_mempolicy_home_node", EPERM, 450 },
};

/* The flags of clone are its second argument on s390 (clone(2)). */
#if defined(__s390__) || defined(__s390x__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* The kernel takes these as 32 bits, so the upper half is not compared (CVE-2019-10063). */
#define AS_INT 0xffffffff

/* Refused with EPERM if an argument, under the mask, has the value. */
static const struct {
	int call;
	unsigned argument;
	scmp_datum_t mask;
	scmp_datum_t value;
} refused_arguments[] = {
	/* each creates a namespace */
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWNS, CLONE_NEWNS },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWCGROUP, CLONE_NEWCGROUP },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWUTS, CLONE_NEWUTS },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWIPC, CLONE_NEWIPC },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWUSER, CLONE_NEWUSER },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWPID, CLONE_NEWPID },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_NEWNET, CLONE_NEWNET },
	/* terminal commands that put words into the mouth of the user */
	{ SCMP_SYS(ioctl), 1, AS_INT, TIOCSTI },
	{ SCMP_SYS(ioctl), 1, AS_INT, TIOCLINUX },
	/* the box shares the caller's process group, for job control; not so its priority */
	{ SCMP_SYS(setpriority), 0, AS_INT, PRIO_PGRP },
	{ SCMP_SYS(ioprio_set), 0, AS_INT, IOPRIO_WHO_PGRP },
};

static int
refuse_calls(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		int number = seccomp_syscall_resolve_name(refused[i].name);
		int failed;

		if (number == __NR_SCMP_ERROR)
			number = refused[i].number;
		/* Call 0 is read on some architectures: better no filter than that one. */
		if (number == 0)
			return -ENOSYS;
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)refused[i].error),
		                          number, 0);
		if (failed)
			return failed;
	}
	return 0;
}

/* Address families a network namespace confines; of others, as AF_VSOCK, the host's are reached. */
#define FAMILY_LAST AF_NETLINK

static bool
family_is_confined(int family)
{
	return family == AF_UNSPEC || family == AF_UNIX || family == AF_INET ||
	       family == AF_INET6 || family == AF_NETLINK;
}

static int
refuse_families(scmp_filter_ctx filter, int call)
{
	uint32_t action = SCMP_ACT_ERRNO(EAFNOSUPPORT);
	int failed =
		seccomp_rule_add(filter, action, call, 1, SCMP_A0(SCMP_CMP_GT, FAMILY_LAST, 0));

	for (int family = 0; !failed && family < FAMILY_LAST; family++) {
		if (!family_is_confined(family))
			failed = seccomp_rule_add(filter, action, call, 1,
			                          SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	}
	return failed;
}

static int
refuse_arguments(scmp_filter_ctx filter)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < sizeof refused_arguments / sizeof refused_arguments[0];
	     i++)
		failed = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), refused_arguments[i].call, 1,
			SCMP_CMP(refused_arguments[i].argument, SCMP_CMP_MASKED_EQ,
		                 refused_arguments[i].mask, refused_arguments[i].value));
	return failed;
}

/* libseccomp gives the program only through a descriptor. */
static int
export_program(struct arena *arena, scmp_filter_ctx filter, const void **ret_bytes,
               size_t *ret_size)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	off_t size;
	int failed;

	if (fd < 0)
		return -errno;
	failed = seccomp_export_bpf(filter, fd);
	size = lseek(fd, 0, SEEK_END);
	if (!failed && size < 0)
		failed = -errno;
	if (!failed) {
		void *bytes = arena_alloc(arena, (size_t)size);

		if (pread(fd, bytes, (size_t)size, 0) == size) {
			*ret_bytes = bytes;
			*ret_size = (size_t)size;
		} else {
			failed = -EIO;
		}
	}
	close(fd);
	return failed;
}

bool
syscalls_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size)
{
	/* Foreign architectures' calls have other numbers: libseccomp's filter kills those. */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed = filter ? 0 : -ENOMEM;

	/* no_new_privs is a step of its own. */
	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	/* Calls sorted into a binary tree. */
	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!failed)
		failed = refuse_calls(filter);
	if (!failed)
		failed = refuse_arguments(filter);
	if (!failed)
		failed = refuse_families(filter, SCMP_SYS(socket));
	if (!failed)
		failed = refuse_families(filter, SCMP_SYS(socketpair));
	if (!failed)
		failed = export_program(&c->arena, filter, ret_bytes, ret_size);
	if (filter)
		seccomp_release(filter);
	if (failed)
		diag_error(&c->diag, PLACE_NONE, "cannot make the system call filter: %s",
		           strerror(-failed));
	return !failed;
}
