/* Every system call and constant that a libc may lack. All return -1 with errno set on failure;
 * descriptors they return are close-on-exec and the caller's. */
#ifndef SYS_H
#define SYS_H

#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* fcntl.h of some libcs and linux/fcntl.h define these; together they clash. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

/* clone3(2), Linux 5.3: as fork(2), with flags for what is new and what is shared. The caller gets
 * the signal at the child's end; none is 0, and then waitpid(2) wants __WALL. */
pid_t
sys_clone(uint64_t flags, int signal);

/* unshare(2): new namespaces for this process. */
int
sys_unshare(uint64_t namespaces);

/* close_range(2), Linux 5.9: closes the descriptors from `first` to `last`. */
int
sys_close(unsigned first, unsigned last);

/* getdents64(2): calls `visit` for all that is in an open directory but "." and ".."; `type` is one
 * of DT_* (readdir(3)). */
int
sys_each_entry(int directory, void (*visit)(void *data, const char *name, unsigned type),
               void *data);

/* openat(2), with just these flags, and without a mode. A libc's own is large in a static program,
 * as are those of the calls that follow. */
int
sys_open(int directory, const char *path, int flags);

/* openat(2): a new file, to be written. */
#define SYS_CREATE_FLAGS (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)
int
sys_create(int directory, const char *name, unsigned mode);

/* mkdirat(2) or mknodat(2): a new directory, or an empty file, as the mode says. On failure
 * `*ret_call` names the call. */
int
sys_make(int directory, const char *name, mode_t mode, const char **ret_call);

/* rt_sigprocmask(2): unblocks a signal. */
int
sys_unblock(int signal);

/* prctl(2); what follows the first argument is 0. */
int
sys_prctl(int option, unsigned long argument);

/* ioctl(2) */
int
sys_ioctl(int fd, unsigned long request, void *argument);

/* mmap(2): new memory of zeros; NULL on failure. */
void *
sys_memory(size_t size);

/* munmap(2) */
int
sys_free(void *memory, size_t size);

/* utimensat(2): says that a link was changed so many seconds after 1970. */
int
sys_set_time(int directory, const char *name, unsigned seconds);

/* dup3(2): makes one descriptor, not close-on-exec, what another is. */
int
sys_replace(int replaced, int fd);

/* socket(2), protocol 0. */
int
sys_socket(int domain, int type);

/* readlinkat(2); a name that is absolute is taken alone. */
ssize_t
sys_read_link(int directory, const char *name, char *buffer, size_t size);

/* pipe2(2). */
int
sys_pipe(int ends[2]);

/* fcntl(2): F_GETFL. */
int
sys_flags(int fd);

/* fcntl(2): does the caller own the open file? 1 or 0. Unlike its owner's id, which may be one that
 * this user namespace has no other name for (user_namespaces(7), "Unmapped user and group IDs"),
 * the kernel knows. */
int
sys_is_own(int fd);

/* getcwd(2): the name of the working directory; ENOENT if it has none. */
int
sys_directory(char *buffer, size_t size);

/* openat2(2), Linux 5.6, O_PATH and O_CLOEXEC: resolves `path` as if `root` were the root, without
 * /proc's links. Without `links` it follows none and fails with ELOOP where one is; the last
 * component may be one if `flags` has O_NOFOLLOW. */
int
sys_open_in_root(int root, const char *path, int flags, bool links);

/* open_tree(2), Linux 5.2: a detached copy of the mount tree at `path`, the link itself if it is
 * one and `flags` has AT_SYMLINK_NOFOLLOW; with AT_EMPTY_PATH, of what `dirfd` is. */
int
sys_open_tree(int dirfd, const char *path, unsigned flags);

/* move_mount(2), Linux 5.2: attaches the detached tree `mount` at `path` below `dirfd`; with an
 * empty path, on what `dirfd` is. */
int
sys_move_mount(int mount, int dirfd, const char *path);

/* mount_setattr(2), Linux 5.12: adds MOUNT_ATTR_* to the mount whose root `mount` is, and takes
 * others from it. */
int
sys_mount_change(int mount, uint64_t added, uint64_t taken, bool recursive);

/* What a file is. */
struct sys_file {
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	unsigned mode;
	uid_t owner;
	int64_t changed; /* seconds since 1970, its content */
	bool mount_root;
};

/* Are they one and the same? */
bool
sys_is_same(const struct sys_file *a, const struct sys_file *b);

/* statx(2), STATX_ATTR_MOUNT_ROOT since Linux 5.8: of `name` in a directory, a link itself; with an
 * empty name, of what the descriptor is. */
int
sys_describe(int fd, const char *name, struct sys_file *ret_file);

/* fsopen(2), fsconfig(2) and fsmount(2), Linux 5.2: a new detached mount. `options` are key, value,
 * ..., NULL; a value of NULL makes a flag. On failure `*ret_call` names the call. */
int
sys_new_mount(const char *type, const char *const options[], uint64_t attributes,
              const char **ret_call);

/* mount(2): binds what is at the source to the target, without what is mounted in it (MS_BIND); or
 * changes the target's propagation, whatever the source (MS_PRIVATE, MS_UNBINDABLE). */
int
sys_mount(const char *source, const char *target, unsigned long flags);

/* pivot_root(2) to what the descriptor is, and the old root detached with all below it. On failure
 * `*ret_call` names the call. */
int
sys_pivot(int root, const char **ret_call);

struct sys_limit {
	uint64_t soft;
	uint64_t hard;
};

/* prlimit(2): of this process; either may be NULL. */
int
sys_limit(unsigned resource, const struct sys_limit *limit, struct sys_limit *ret_limit);

/* capset(2): empties the effective, permitted and inheritable sets. */
int
sys_drop_capabilities(void);

/* seccomp(2): installs `count` instructions of BPF. */
int
sys_seccomp(const void *instructions, size_t count);

/* setpriority(2): adds to the nice value. */
int
sys_nice(int addend);

/* rt_sigtimedwait(2): the next signal of the set; waits so many milliseconds, or for ever. */
int
sys_next_signal(const sigset_t *set, siginfo_t *ret_info, unsigned milliseconds);

/* signalfd4(2): the signals of the set. */
int
sys_signals(const sigset_t *set);

/* rt_sigqueueinfo(2) with SI_QUEUE: a signal that carries a value. */
int
sys_queue_signal(pid_t pid, int signal, int value);

/* rt_sigaction(2): does with the signal what it does by itself. */
int
sys_default_signal(int signal);

/* landlock(7), Linux 5.13. Headers older than an ABI lack what it has brought. */
#define LANDLOCK_EXECUTE (1u << 0)
#define LANDLOCK_WRITE_FILE (1u << 1)
#define LANDLOCK_READ_FILE (1u << 2)
#define LANDLOCK_READ_DIR (1u << 3)
#define LANDLOCK_REMOVE_FILE (1u << 5)
#define LANDLOCK_MAKE_CHAR (1u << 6)
#define LANDLOCK_MAKE_REG (1u << 8)
#define LANDLOCK_MAKE_BLOCK (1u << 11)
#define LANDLOCK_ABI_1 ((1u << 13) - 1)
#define LANDLOCK_REFER (1u << 13) /* ABI 2, Linux 5.19: rename and link between directories */
#define LANDLOCK_TRUNCATE (1u << 14) /* ABI 3, Linux 6.2 */
#define LANDLOCK_IOCTL_DEV (1u << 15) /* ABI 5, Linux 6.10 */

/* What it keeps among those it restricts (ABI 6, Linux 6.12). */
#define LANDLOCK_SCOPE_ABSTRACT_SOCKETS (1u << 0)
#define LANDLOCK_SCOPE_SIGNALS (1u << 1)

/* landlock_create_ruleset(2): the version of the kernel's Landlock; a new ruleset that handles this
 * access to files and, from ABI 6 on, has these scopes. */
int
sys_landlock_abi(void);
int
sys_landlock_ruleset(unsigned access, unsigned scopes);

/* landlock_add_rule(2): allows this access to what `fd` is, with all below it. */
int
sys_landlock_allow(int ruleset, int fd, unsigned access);

/* landlock_restrict_self(2) */
int
sys_landlock_restrict(int ruleset);

#endif
