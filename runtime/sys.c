/* Every raw system call. */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* 32-bit architectures; the offset, which it counts otherwise, is 0 (mmap2(2)). */
#ifdef SYS_mmap2
#undef SYS_mmap
#define SYS_mmap SYS_mmap2
#endif

/* Enough for a busy machine; somebody who renames to keep a box from starting may succeed. */
#define OPEN_TRIES 1000

/* The stub has those in x86-64.S that hand their arguments on as they are. */
#ifndef STUB
int
sys_unshare(uint64_t namespaces)
{
	return (int)syscall(SYS_unshare, namespaces);
}

int
sys_close(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

int
sys_open(int directory, const char *path, int flags)
{
	return (int)syscall(SYS_openat, directory, path, flags, 0);
}

int
sys_prctl(int option, unsigned long argument)
{
	return (int)syscall(SYS_prctl, option, argument, 0, 0, 0);
}

int
sys_ioctl(int fd, unsigned long request, void *argument)
{
	return (int)syscall(SYS_ioctl, fd, request, argument);
}

int
sys_free(void *memory, size_t size)
{
	return (int)syscall(SYS_munmap, memory, size);
}

int
sys_socket(int domain, int type)
{
	return (int)syscall(SYS_socket, domain, type, 0);
}

ssize_t
sys_read_link(int directory, const char *name, char *buffer, size_t size)
{
	return syscall(SYS_readlinkat, directory, name, buffer, size);
}

int
sys_landlock_restrict(int ruleset)
{
	return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

#endif

pid_t
sys_clone(uint64_t flags, int signal)
{
	struct clone_args args = { .flags = flags, .exit_signal = (unsigned)signal };

	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

int
sys_each_entry(int directory, void (*visit)(void *data, const char *name, unsigned type),
               void *data)
{
	_Alignas(struct dirent) char entries[2048];
	long length;

	while ((length = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0) {
		for (long at = 0; at < length;) {
			const struct dirent *entry = (const struct dirent *)(entries + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				visit(data, entry->d_name, entry->d_type);
		}
	}
	return (int)length;
}

int
sys_create(int directory, const char *name, unsigned mode)
{
	return (int)syscall(SYS_openat, directory, name, SYS_CREATE_FLAGS, mode);
}

int
sys_make(int directory, const char *name, mode_t mode, const char **ret_call)
{
	if (S_ISDIR(mode)) {
		*ret_call = "mkdir";
		return mkdirat(directory, name, mode);
	}
	*ret_call = "mknod";
	return mknodat(directory, name, mode, 0);
}

int
sys_unblock(int signal)
{
	const uint64_t set = 1ull << (signal - 1);

	return (int)syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, sizeof set);
}

void *
sys_memory(size_t size)
{
	long memory = syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
	                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == -1)
		return NULL;
	/* A page of 2 MiB would be filled with zeros for some hundred bytes. */
	if (size > 2 << 20)
		syscall(SYS_madvise, memory, size, MADV_NOHUGEPAGE);
	return (void *)memory;
}

int
sys_set_time(int directory, const char *name, unsigned seconds)
{
	/* The kernel's struct timespec: of access, of the content. */
	const long times[4] = { (long)seconds, 0, (long)seconds, 0 };

	return (int)syscall(SYS_utimensat, directory, name, times, AT_SYMLINK_NOFOLLOW);
}

int
sys_replace(int replaced, int fd)
{
	return (int)syscall(SYS_dup3, fd, replaced, 0);
}

int
sys_pipe(int ends[2])
{
	return (int)syscall(SYS_pipe2, ends, O_CLOEXEC);
}

int
sys_flags(int fd)
{
	return (int)syscall(SYS_fcntl, fd, F_GETFL);
}

int
sys_is_own(int fd)
{
	/* Only the owner may have the time of access stay as it is. */
	if (syscall(SYS_fcntl, fd, F_SETFL, O_NOATIME) == 0)
		return 1;
	return errno == EPERM ? 0 : -1;
}

int
sys_directory(char *buffer, size_t size)
{
	/* What lies outside of the root has a name that does not begin with a slash. */
	if (syscall(SYS_getcwd, buffer, size) < 0)
		return -1;
	if (buffer[0] == '/')
		return 0;
	errno = ENOENT;
	return -1;
}

int
sys_open_in_root(int root, const char *path, int flags, bool links)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd, tries = 0;

	if (!links)
		how.resolve |= RESOLVE_NO_SYMLINKS;
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
sys_mount_change(int mount, uint64_t added, uint64_t taken, bool recursive)
{
	struct mount_attr attr = { .attr_set = added, .attr_clr = taken };

	return (int)syscall(SYS_mount_setattr, mount, "",
	                    AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

bool
sys_is_same(const struct sys_file *a, const struct sys_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

int
sys_describe(int fd, const char *name, struct sys_file *ret_file)
{
	struct statx status;

	if (syscall(SYS_statx, fd, name, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
	            &status) < 0)
		return -1;
	ret_file->device = (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor;
	ret_file->inode = status.stx_ino;
	ret_file->size = status.stx_size;
	ret_file->mode = status.stx_mode;
	ret_file->owner = status.stx_uid;
	ret_file->changed = status.stx_mtime.tv_sec;
	ret_file->mount_root = status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return 0;
}

int
sys_new_mount(const char *type, const char *const options[], uint64_t attributes,
              const char **ret_call)
{
	int context = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int mount = -1;
	int saved;

	*ret_call = "fsopen";
	if (context < 0)
		return -1;
	*ret_call = "fsconfig";
	for (size_t i = 0; options[i]; i += 2) {
		unsigned command = options[i + 1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

		if (syscall(SYS_fsconfig, context, command, options[i], options[i + 1], 0) < 0)
			goto out;
	}
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		goto out;
	*ret_call = "fsmount";
	mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
out:
	saved = errno;
	close(context);
	errno = saved;
	return mount;
}

int
sys_mount(const char *source, const char *target, unsigned long flags)
{
	return (int)syscall(SYS_mount, source, target, NULL, flags, NULL);
}

int
sys_pivot(int root, const char **ret_call)
{
	*ret_call = "fchdir";
	if (fchdir(root) < 0)
		return -1;
	/* With both arguments the same the old root ends up on top of the new one, where "." is. */
	*ret_call = "pivot_root";
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return -1;
	*ret_call = "umount2";
	return (int)syscall(SYS_umount2, ".", MNT_DETACH);
}

int
sys_limit(unsigned resource, const struct sys_limit *limit, struct sys_limit *ret_limit)
{
	return (int)syscall(SYS_prlimit64, 0, resource, limit, ret_limit);
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
sys_nice(int addend)
{
	/* 20 less than what it gives is the negative of the nice value. */
	long present = syscall(SYS_getpriority, PRIO_PROCESS, 0);

	if (present < 0)
		return -1;
	return (int)syscall(SYS_setpriority, PRIO_PROCESS, 0, 20 - present + addend);
}

int
sys_next_signal(const sigset_t *set, siginfo_t *ret_info, unsigned milliseconds)
{
	const long time[2] = { 0, (long)milliseconds * 1000000 };

	return (int)syscall(SYS_rt_sigtimedwait, set, ret_info, milliseconds ? time : NULL,
	                    _NSIG / 8);
}

int
sys_signals(const sigset_t *set)
{
	return (int)syscall(SYS_signalfd4, -1, set, _NSIG / 8, O_CLOEXEC);
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

int
sys_default_signal(int signal)
{
	/* The kernel's struct sigaction: SIG_DFL, without flags. */
	static const unsigned long action[4];

	return (int)syscall(SYS_rt_sigaction, signal, action, NULL, _NSIG / 8);
}

int
sys_landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

int
sys_landlock_ruleset(unsigned access, unsigned scopes)
{
	/* struct landlock_ruleset_attr: access to files, to the network, scopes. */
	uint64_t attr[3] = { access, 0, scopes };

	/* An older kernel takes a larger struct as long as the rest is 0; E2BIG otherwise. */
	return (int)syscall(SYS_landlock_create_ruleset, attr, sizeof attr, 0);
}

int
sys_landlock_allow(int ruleset, int fd, unsigned access)
{
	struct {
		uint64_t access;
		int32_t fd;
	} __attribute__((packed)) rule = { access, fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0);
}
