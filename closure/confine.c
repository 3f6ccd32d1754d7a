/* Gives up all rights but those to answer: what comes next are bytes of another program. */
#include "closure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../runtime/sys.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#else
#error "closure/confine.c does not know this architecture's AUDIT_ARCH_*"
#endif

/* What a sanitizer calls beside the program is on no list. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/*
 * What musl and glibc call for this program, by the name that this architecture has for it. No call
 * gets at another file than by `openat`, makes a process, a socket or memory that can be executed.
 */
static const unsigned for_answer[] = {
	/* the answer, and the conversation before it */
	SYS_read,
	SYS_write,
	SYS_close,
	SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_ppoll_time64
	SYS_ppoll_time64,
#endif
	/* time, where the vDSO does not tell it */
	SYS_clock_gettime,
#ifdef SYS_clock_gettime64
	SYS_clock_gettime64,
#endif
	/* memory */
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	/* closure files: a name, in place, away */
	SYS_getrandom,
#ifdef SYS_renameat
	SYS_renameat,
#else
	SYS_renameat2,
#endif
	SYS_unlinkat,
	/* what the time limit means once the answer is given */
	SYS_rt_sigaction,
	/* the end */
	SYS_exit,
	SYS_exit_group,
	SYS_restart_syscall,
};

/* What SQLite calls beside. */
static const unsigned for_database[] = {
	SYS_pread64,
	SYS_lseek,
	SYS_fstat,
	SYS_statx,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_stat
	SYS_stat,
	SYS_lstat,
#endif
#ifdef SYS_access
	SYS_access,
#endif
	SYS_faccessat,
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_readlinkat,
	SYS_getcwd,
	SYS_getpid,
	SYS_geteuid,
	SYS_gettimeofday,
	/* while a writer has the database locked */
	SYS_nanosleep,
	SYS_clock_nanosleep,
#ifdef SYS_fstat64
	SYS_fstat64,
	SYS_stat64,
	SYS_lstat64,
	SYS_fstatat64,
	SYS__llseek,
	SYS_geteuid32,
#endif
#ifdef SYS_clock_nanosleep_time64
	SYS_clock_nanosleep_time64,
#endif
};

struct program {
	struct sock_filter code[256];
	size_t count;
};

static void
add(struct program *program, unsigned code, unsigned operand, unsigned yes, unsigned no)
{
	if (program->count < sizeof program->code / sizeof program->code[0])
		program->code[program->count] = (struct sock_filter){
			.code = (uint16_t)code,
			.jt = (uint8_t)yes,
			.jf = (uint8_t)no,
			.k = operand,
		};
	program->count++; /* too large a program is refused as a whole */
}

static void
load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

/* The lower half of an argument: all of an int, which is what the kernel takes of these. */
static void
load_argument(struct program *program, unsigned argument)
{
	load(program, offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
}

static void
allow(struct program *program, unsigned number)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* Only if an argument has none of these bits; what other arguments are does not matter. */
static void
allow_without(struct program *program, unsigned number, unsigned argument, unsigned bits)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
	load_argument(program, argument);
	add(program, BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES, 0, 0);
}

/* For closure files, making a new one in just this way; for the database, reading. */
static void
allow_open(struct program *program, unsigned number, unsigned argument, bool reading)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, reading ? 5 : 4);
	load_argument(program, argument);
	if (reading)
		add(program, BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND,
		    0, 1);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_CREATE_FLAGS, 0, 1);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	/* What SQLite is told by the file's mode if it asks for more than an ordinary user has. */
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES, 0, 0);
}

/* Locks of the database. */
static void
allow_locks(struct program *program, unsigned number)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 7);
	load_argument(program, 1);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, F_GETLK, 3, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, F_SETLK, 2, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, F_GETFD, 1, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, F_SETFD, 0, 1);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES, 0, 0);
}

static void
allow_database(struct program *program)
{
	for (size_t i = 0; i < sizeof for_database / sizeof for_database[0]; i++)
		allow(program, for_database[i]);
#ifdef SYS_open
	allow_open(program, SYS_open, 1, true);
#endif
	allow_locks(program, SYS_fcntl);
#ifdef SYS_fcntl64
	allow_locks(program, SYS_fcntl64);
#endif
}

static bool
restrict_calls(bool database, struct problem *problem)
{
	struct program program = { 0 };

	load(&program, offsetof(struct seccomp_data, arch));
	add(&program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	add(&program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	load(&program, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < sizeof for_answer / sizeof for_answer[0]; i++)
		allow(&program, for_answer[i]);
#ifdef SYS_mmap2
	allow_without(&program, SYS_mmap2, 2, PROT_EXEC);
#else
	allow_without(&program, SYS_mmap, 2, PROT_EXEC);
#endif
	allow_without(&program, SYS_mprotect, 2, PROT_EXEC);
	allow_open(&program, SYS_openat, 2, database);
	if (database)
		allow_database(&program);
	/* As if the kernel did not have it: a libc goes on by other means, if it has any. */
	add(&program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS, 0, 0);
	if (sys_seccomp(program.code, program.count) < 0)
		return problem_set(problem, "seccomp: %s", strerror(errno));
	return true;
}

/* Allows this below a directory, if there is one. */
static bool
allow_below(int ruleset, int directory, unsigned access)
{
	return directory < 0 || sys_landlock_allow(ruleset, directory, access) == 0;
}

/* As far as the kernel knows Landlock; where it does not, the filter must do. */
static bool
restrict_files(int files, int database, struct problem *problem)
{
	unsigned access = LANDLOCK_ABI_1;
	int abi = sys_landlock_abi();
	int ruleset;
	bool done;

	if (abi < 1)
		return true;
	if (abi >= 2)
		access |= LANDLOCK_REFER;
	if (abi >= 3)
		access |= LANDLOCK_TRUNCATE;
	if (abi >= 5)
		access |= LANDLOCK_IOCTL_DEV;
	ruleset = sys_landlock_ruleset(access, abi >= 6);
	if (ruleset < 0)
		return problem_set(problem, "landlock_create_ruleset: %s", strerror(errno));
	done = allow_below(ruleset, files,
	                   LANDLOCK_MAKE_REG | LANDLOCK_WRITE_FILE | LANDLOCK_REMOVE_FILE) &&
	       allow_below(ruleset, database, LANDLOCK_READ_FILE) &&
	       sys_landlock_restrict(ruleset) == 0;
	if (!done)
		problem_set(problem, "Landlock: %s", strerror(errno));
	close(ruleset);
	return done;
}

bool
confine(int files, int database, struct problem *problem)
{
	if (sys_prctl(PR_SET_NO_NEW_PRIVS, 1) < 0)
		return problem_set(problem, "prctl: %s", strerror(errno));
	if (sys_drop_capabilities() < 0)
		return problem_set(problem, "capset: %s", strerror(errno));
	return restrict_files(files, database, problem) &&
	       (SANITIZED || restrict_calls(database >= 0, problem));
}
