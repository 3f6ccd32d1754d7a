/* Filters as policies make them, and what they do: seccomp programs run as by the kernel. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* Programs */

struct bpf {
	const struct sock_filter *code;
	size_t count;
};

/* Would the kernel take it, as far as our programs go? They use a part of its instructions. */
static inline bool
bpf_is_valid(const struct bpf *program)
{
	if (program->count == 0 || program->count > BPF_MAXINSNS)
		return false;
	for (size_t i = 0; i < program->count; i++) {
		const struct sock_filter *at = &program->code[i];
		size_t left = program->count - i - 1;

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (at->k >= sizeof(struct seccomp_data) || at->k % 4 != 0)
				return false;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
		case BPF_RET | BPF_K:
			break;
		case BPF_JMP | BPF_JA:
			if (at->k >= left)
				return false;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (at->jt >= left || at->jf >= left)
				return false;
			break;
		default:
			return false;
		}
	}
	return program->code[program->count - 1].code == (BPF_RET | BPF_K);
}

static inline bool
bpf_test(const struct sock_filter *at, uint32_t accumulator)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ:
		return accumulator == at->k;
	case BPF_JGE:
		return accumulator >= at->k;
	case BPF_JGT:
		return accumulator > at->k;
	default:
		return accumulator & at->k;
	}
}

/* What a valid program returns; without any program, all is allowed. */
static inline uint32_t
bpf_run(const struct bpf *program, const struct seccomp_data *data)
{
	uint32_t accumulator = 0;

	if (program->count == 0)
		return SECCOMP_RET_ALLOW;
	for (const struct sock_filter *at = program->code;; at++) {
		switch (BPF_CLASS(at->code)) {
		case BPF_LD:
			memcpy(&accumulator, (const char *)data + at->k, sizeof accumulator);
			break;
		case BPF_ALU:
			accumulator &= at->k;
			break;
		case BPF_RET:
			return at->k;
		default:
			if (BPF_OP(at->code) == BPF_JA)
				at += at->k;
			else
				at += bpf_test(at, accumulator) ? at->jt : at->jf;
		}
	}
}

#define ALLOW SECCOMP_RET_ALLOW
#define ERROR(number) (SECCOMP_RET_ERRNO | (uint32_t)(number))
#define KILL SECCOMP_RET_KILL_PROCESS
#define X86_64 AUDIT_ARCH_X86_64
#define I386 AUDIT_ARCH_I386

#define LAST_NUMBER 469 /* of Linux 6.18 */
#define X32_BIT 0x40000000U

/* Making filters */

struct fixture {
	struct compilation c;
	struct bpf filter;
	char *said;
	size_t said_size;
};

static inline void
set_up(struct fixture *f, enum filter_base base)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
	ck_assert_ptr_nonnull(f->c.diag.stream);
	f->c.policy.filter_base = base;
}

static inline void
tear_down(struct fixture *f)
{
	(void)fclose(f->c.diag.stream);
	free(f->said);
	arena_free(&f->c.arena);
}

/* "a b" as a list of the policy. */
static inline void
add_words(struct fixture *f, struct policy_words *list, const char *text)
{
	char *copy = arena_copy(&f->c.arena, text, strlen(text));

	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		struct policy_word *added =
			ARRAY_ADD(&f->c.arena, list->items, list->count, list->capacity);

		added->text = word;
		added->place = PLACE_NONE;
	}
}

static inline bool
try_make(struct fixture *f, const char *allow, const char *deny)
{
	const void *bytes = NULL;
	size_t size = 1;

	add_words(f, &f->c.policy.filter_allow, allow);
	add_words(f, &f->c.policy.filter_deny, deny);
	if (!syscalls_filter(&f->c, &bytes, &size))
		return false;
	ck_assert_uint_eq(size % sizeof(struct sock_filter), 0);
	f->filter = (struct bpf){ bytes, size / sizeof(struct sock_filter) };
	ck_assert(size == 0 || bpf_is_valid(&f->filter));
	return true;
}

static inline void
make(struct fixture *f, const char *allow, const char *deny)
{
	bool made = try_make(f, allow, deny);

	(void)fflush(f->c.diag.stream);
	ck_assert_msg(made, "%s", f->said);
}

static inline void
make_fallback_filter(struct fixture *f)
{
	const void *bytes = NULL;
	size_t size = 0;

	ck_assert(syscalls_fallback_filter(&f->c, &bytes, &size));
	f->filter = (struct bpf){ bytes, size / sizeof(struct sock_filter) };
	ck_assert(bpf_is_valid(&f->filter));
}

/* Asking them */

static inline uint32_t
ask(const struct fixture *f, uint32_t audit, uint32_t number, unsigned argument, uint64_t value)
{
	struct seccomp_data data = { .nr = (int)number, .arch = audit };

	data.args[argument] = value;
	return bpf_run(&f->filter, &data);
}

/* What this libseccomp calls a number, "" if nothing. By name it gives some of i386 only as those
 * of socketcall(2) and ipc(2). */
static inline const char *
libseccomp_name(uint32_t audit, uint32_t number)
{
	static char names[2][424][32];
	char *name = names[audit == I386][number];

	if (names[audit == I386][0][0] == '\0') {
		for (int i = 0; i < 424; i++) {
			char *found = seccomp_syscall_resolve_num_arch(audit, i);

			if (found)
				strcpy(names[audit == I386][i], found);
			free(found);
		}
	}
	return name;
}

/* From 424 on the kernel's tables (arch/x86/entry/syscalls), not the table that is tested. */
static const char *const newer_calls[] = { "pidfd_send_signal",
	                                   "io_uring_setup",
	                                   "io_uring_enter",
	                                   "io_uring_register",
	                                   "open_tree",
	                                   "move_mount",
	                                   "fsopen",
	                                   "fsconfig",
	                                   "fsmount",
	                                   "fspick",
	                                   "pidfd_open",
	                                   "clone3",
	                                   "close_range",
	                                   "openat2",
	                                   "pidfd_getfd",
	                                   "faccessat2",
	                                   "process_madvise",
	                                   "epoll_pwait2",
	                                   "mount_setattr",
	                                   "quotactl_fd",
	                                   "landlock_create_ruleset",
	                                   "landlock_add_rule",
	                                   "landlock_restrict_self",
	                                   "memfd_secret",
	                                   "process_mrelease",
	                                   "futex_waitv",
	                                   "set_mempolicy_home_node",
	                                   "cachestat",
	                                   "fchmodat2",
	                                   "map_shadow_stack",
	                                   "futex_wake",
	                                   "futex_wait",
	                                   "futex_requeue",
	                                   "statmount",
	                                   "listmount",
	                                   "lsm_get_self_attr",
	                                   "lsm_set_self_attr",
	                                   "lsm_list_modules",
	                                   "mseal",
	                                   "setxattrat",
	                                   "getxattrat",
	                                   "listxattrat",
	                                   "removexattrat",
	                                   "open_tree_attr",
	                                   "file_getattr",
	                                   "file_setattr" };

/* "-" for numbers that nobody has. */
static inline const char *
name_of(uint32_t audit, uint32_t number)
{
	const char *name;

	if (number > LAST_NUMBER)
		return "-";
	if (audit == X86_64 && (number == 335 || number == 336))
		return number == 335 ? "uretprobe" : "uprobe";
	if (number >= 424)
		return newer_calls[number - 424];
	name = libseccomp_name(audit, number);
	return *name ? name : "-";
}

/* Values that arguments are tried with, each in each of the six, besides 0 to 50 and
 * single bits. */
static const uint32_t tried[] = {
	TIOCSTI,
	TIOCLINUX,
	TIOCSTI + 1,
	0x20008,
	SOCK_STREAM | SOCK_CLOEXEC,
	SOCK_DGRAM | SOCK_CLOEXEC,
	SOCK_SEQPACKET | SOCK_NONBLOCK,
	0x10001,
	CLONE_NEWUSER | 17,
	0x7e020000,
	UINT32_MAX,
};
#define SMALL 51
#define TRIED (SMALL + 32 + sizeof tried / sizeof tried[0])

static inline uint32_t
tried_value(size_t i)
{
	if (i < SMALL)
		return (uint32_t)i;
	if (i < SMALL + 32)
		return 1U << (i - SMALL);
	return tried[i - SMALL - 32];
}
