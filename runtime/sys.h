/* Every system call and constant that a libc may lack. All return -1 with errno set on failure;
 * descriptors they return are close-on-exec and the caller's. */
#ifndef SYS_H
#define SYS_H

#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
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

/* clone3(2), Linux 5.3: as fork(2), with new namespaces. */
pid_t
sys_clone(uint64_t namespaces);

/* close_range(2), Linux 5.9: closes the descriptors from `first` to `last`. */
int
sys_close(unsigned first, unsigned last);

/* openat2(2), Linux 5.6, O_CLOEXEC: resolves `path` as if `root` were the root, without /proc's
 * links. */
int
sys_open_in_root(int root, const char *path, int flags);

/* open_tree(2), Linux 5.2: a detached copy of the mount tree at `path`, the link itself if it is
 * one and `flags` has AT_SYMLINK_NOFOLLOW; with AT_EMPTY_PATH, of what `dirfd` is. */
int
sys_open_tree(int dirfd, const char *path, unsigned flags);

/* move_mount(2), Linux 5.2: attaches the detached tree `mount` at `path` below `dirfd`; with an
 * empty path, on what `dirfd` is. */
int
sys_move_mount(int mount, int dirfd, const char *path);

/* mount_setattr(2), Linux 5.12: adds MOUNT_ATTR_* to the mount whose root `mount` is. */
int
sys_mount_add_attributes(int mount, uint64_t attributes, bool recursive);

/* fsopen(2), fsconfig(2) and fsmount(2), Linux 5.2: a new detached mount. `options` are key, value,
 * ..., NULL; a value of NULL makes a flag. */
int
sys_new_mount(const char *type, const char *const options[], uint64_t attributes);

/* mount(2): stops all propagation into and out of this mount namespace. */
int
sys_make_private(void);

/* pivot_root(2) on the working directory, and the old root detached with all below it. */
int
sys_pivot_here(void);

/* capset(2): empties the effective, permitted and inheritable sets. */
int
sys_drop_capabilities(void);

/* seccomp(2): installs `count` instructions of BPF. */
int
sys_seccomp(const void *instructions, size_t count);

/* rt_sigqueueinfo(2) with SI_QUEUE: a signal that carries a value. */
int
sys_queue_signal(pid_t pid, int signal, int value);

#endif
