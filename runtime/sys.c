/* Every raw system call. */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For libcs older than the calls: their numbers on every architecture but Alpha and MIPS. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* Enough for a busy machine; somebody who renames to keep a box from starting may succeed. */
#define OPEN_TRIES 1000

pid_t
sys_clone(uint64_t namespaces)
{
	struct clone_args args = { .flags = namespaces, .exit_signal = SIGCHLD };

	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

int
sys_close(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

int
sys_open_in_root(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd, tries = 0;

	/* A rename or mount anywhere meanwhile makes the kernel give up on ".." (openat2(2)). */
	do
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
	while (fd < 0 && errno == EAGAIN && ++tries < OPEN_TRIES);
	return fd;
}

int
sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path,
	                    flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

int
sys_move_mount(int mount, int dirfd, const char *path)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (path[0] == '\0')
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return (int)syscall(SYS_move_mount, mount, "", dirfd, path, flags);
}

int
sys_mount_add_attributes(int mount, uint64_t attributes, bool recursive)
{
	struct mount_attr attr = { .attr_set = attributes };

	return (int)syscall(SYS_mount_setattr, mount, "",
	                    AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

int
sys_new_mount(const char *type, const char *const options[], uint64_t attributes)
{
	int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int mount = -1;
	int saved;

	if (context < 0)
		return -1;
	for (size_t i = 0; options[i]; i += 2) {
		unsigned command = options[i + 1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (syscall(SYS_fsconfig, context, command, options[i], options[i + 1], 0) < 0)
			goto out;
	}
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		goto out;
	mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
out:
	saved = errno;
	close(context);
	errno = saved;
	return mount;
}

int
sys_make_private(void)
{
	return (int)syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int
sys_pivot_here(void)
{
	/* With both arguments the same the old root ends up on top of the new one, where "." is. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -1;
	return (int)syscall(SYS_umount2, ".", MNT_DETACH);
}

int
sys_drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof none);
	return (int)syscall(SYS_capset, &header, none);
}

int
sys_seccomp(const void *instructions, size_t count)
{
	struct sock_fprog program = {
		.len = (unsigned short)count,
		.filter = (struct sock_filter *)(uintptr_t)instructions,
	};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int
sys_queue_signal(pid_t pid, int signal, int value)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}
