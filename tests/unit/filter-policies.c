/* What policies get: what other sandboxes refuse, conditions on arguments, lists of names. */
#include "filters.h"

static int
number_of(uint32_t audit, const char *name)
{
	for (uint32_t number = 0; number <= LAST_NUMBER; number++) {
		if (strcmp(name_of(audit, number), name) == 0)
			return (int)number;
	}
	return -1;
}

/* A call with one argument that is not 0. */
static uint32_t
ask_name(const struct fixture *f, uint32_t audit, const char *name, unsigned argument,
         uint64_t value)
{
	int number = number_of(audit, name);

	ck_assert_msg(number >= 0, "no number of %s", name);
	return ask(f, audit, (uint32_t)number, argument, value);
}

static bool
is_refusal(uint32_t action)
{
	return action == ERROR(EPERM) || action == ERROR(ENOSYS) || action == ERROR(EAFNOSUPPORT);
}

#define expect(f, audit, name, argument, value, action) \
	do { \
		uint32_t found_ = ask_name(f, audit, name, argument, value); \
		if (found_ != (action)) \
			ck_abort_msg("%s(argument %u: %#llx): %#x, not %#x", name, \
			             (unsigned)(argument), (unsigned long long)(value), found_, \
			             (uint32_t)(action)); \
	} while (0)

/* Lists of others (../shared/reference, sandbox-runtime-facts 16) */

static const char flatpak_eperm[] =
	"syslog uselib acct quotactl add_key keyctl request_key move_pages mbind "
	"get_mempolicy set_mempolicy migrate_pages unshare setns mount umount umount2 "
	"pivot_root chroot modify_ldt perf_event_open ptrace";
static const char flatpak_enosys[] =
	"clone3 open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr";
/* all but kcmp */
static const char docker[] =
	"_sysctl acct add_key afs_syscall bpf chroot clock_settime clone3 create_module "
	"delete_module fanotify_init finit_module fsconfig fsmount fsopen fspick "
	"get_kernel_syms get_mempolicy getpmsg init_module io_uring_enter "
	"io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load keyctl "
	"lookup_dcookie mbind migrate_pages mount mount_setattr move_mount move_pages "
	"nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd pivot_root "
	"process_madvise putpmsg query_module quotactl quotactl_fd reboot request_key "
	"security set_mempolicy set_mempolicy_home_node setdomainname sethostname setns "
	"settimeofday swapoff swapon sysfs syslog tuxcall umount2 unshare uselib "
	"userfaultfd ustat vhangup vserver lsm_get_self_attr lsm_set_self_attr "
	"lsm_list_modules";
/* the gaps that the reference finds in both, beyond these */
static const char gaps[] = "open_tree_attr process_vm_readv process_vm_writev";
static const char left_alone[] =
	"kcmp name_to_handle_at statmount listmount landlock_create_ruleset "
	"landlock_add_rule landlock_restrict_self seccomp memfd_secret pidfd_open "
	"pidfd_send_signal io_setup vmsplice mseal cachestat fchmodat2 futex_wait "
	"file_setattr statx openat2 execveat prctl setuid mknod";

/* Each of the names that the architecture has, with arguments of 0. */
#define ANY_REFUSAL UINT32_MAX
static void
expect_all(const struct fixture *f, uint32_t audit, const char *names, uint32_t wanted)
{
	char *copy = strdup(names);

	ck_assert_ptr_nonnull(copy);
	for (char *name = strtok(copy, " "); name; name = strtok(NULL, " ")) {
		int number = number_of(audit, name);
		uint32_t action = number < 0 ? wanted : ask(f, audit, (uint32_t)number, 0, 0);

		if (action != wanted && !(wanted == ANY_REFUSAL && is_refusal(action)))
			ck_abort_msg("%s: %#x, not %#x", name, action, wanted);
	}
	free(copy);
}

/* As ck_assert_uint_eq, which takes its time even when all is well. */
static void
same(uint32_t found, uint32_t wanted)
{
	if (found != wanted)
		ck_abort_msg("%#x, not %#x", found, wanted);
}

START_TEST(as_complete_as_others)
{
	static const uint32_t audits[] = { X86_64, I386 };
	struct fixture f;

	set_up(&f, _i & 1 ? FILTER_STRICT : FILTER_DEFAULT);
	f.c.policy.filter_i386 = true;
	make(&f, "", "modify_ldt"); /* which i386 brings back */
	for (size_t a = 0; a < 2; a++) {
		expect_all(&f, audits[a], flatpak_eperm, ANY_REFUSAL);
		expect_all(&f, audits[a], flatpak_enosys, ANY_REFUSAL);
		expect_all(&f, audits[a], docker, ANY_REFUSAL);
		expect_all(&f, audits[a], gaps, ANY_REFUSAL);
	}
	tear_down(&f);
}
END_TEST

START_TEST(errors_of_refusals)
{
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	make(&f, "", "");
	expect_all(&f, X86_64, flatpak_enosys, ERROR(ENOSYS));
	expect_all(&f, X86_64, flatpak_eperm, ERROR(EPERM));
	expect(&f, X86_64, "open_tree_attr", 0, 0, ERROR(ENOSYS));
	expect(&f, X86_64, "io_uring_setup", 0, 0, ERROR(ENOSYS));
	expect(&f, X86_64, "bpf", 0, 0, ERROR(EPERM));
	expect_all(&f, X86_64, left_alone, ALLOW);
	tear_down(&f);
}
END_TEST

START_TEST(unknown_numbers)
{
	static const enum filter_base bases[] = { FILTER_DEFAULT, FILTER_STRICT };
	struct fixture f;

	set_up(&f, bases[_i]);
	f.c.policy.nested_sandbox = true;
	f.c.policy.filter_i386 = true;
	make(&f, "@known", "");
	for (uint32_t number = LAST_NUMBER + 1; number < 20000; number++) {
		same(ask(&f, X86_64, number, 0, 0), ERROR(ENOSYS));
		same(ask(&f, I386, number, 0, 0), ERROR(ENOSYS));
	}
	for (uint64_t number = LAST_NUMBER + 1; number <= UINT32_MAX; number += 65521)
		same(ask(&f, X86_64, (uint32_t)number, 0, 0), ERROR(ENOSYS));
	for (uint32_t number = 0; number <= 600; number++)
		same(ask(&f, X86_64, X32_BIT | number, 0, 0), ERROR(ENOSYS));
	for (uint32_t number = 337; number < 424; number++)
		same(ask(&f, X86_64, number, 0, 0), ERROR(ENOSYS));
	tear_down(&f);
}
END_TEST

START_TEST(foreign_architectures)
{
	static const uint32_t audits[] = {
		AUDIT_ARCH_ARM,     AUDIT_ARCH_AARCH64, AUDIT_ARCH_PPC64LE, AUDIT_ARCH_RISCV64,
		AUDIT_ARCH_S390X,   AUDIT_ARCH_MIPS,    AUDIT_ARCH_IA64,    0,
		X86_64 ^ 0x8000000, UINT32_MAX,
	};
	struct fixture f;

	set_up(&f, (enum filter_base)_i);
	make(&f, "", "ptrace");
	for (uint32_t number = 0; number <= 600; number++) {
		for (size_t i = 0; i < sizeof audits / sizeof audits[0]; i++)
			same(ask(&f, audits[i], number, 0, 0), KILL);
		same(ask(&f, I386, number, 0, 0), KILL);
	}
	tear_down(&f);
}
END_TEST

START_TEST(bits_of_clone)
{
	const uint64_t makes_namespace = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
	                                 CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	struct fixture f, nested;

	set_up(&f, _i ? FILTER_STRICT : FILTER_DEFAULT);
	f.c.policy.filter_i386 = true;
	make(&f, "@process", "");
	set_up(&nested, _i ? FILTER_STRICT : FILTER_DEFAULT);
	nested.c.policy.nested_sandbox = true;
	make(&nested, "", "");
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t flag = (uint64_t)1 << bit;
		uint32_t wanted = flag & makes_namespace ? ERROR(EPERM) : ALLOW;

		expect(&f, X86_64, "clone", 0, flag, wanted);
		expect(&f, X86_64, "clone", 0, flag | 17, wanted);
		expect(&f, X86_64, "clone", 0, ~flag, ERROR(EPERM));
		expect(&f, I386, "clone", 0, flag, wanted);
		expect(&f, X86_64, "clone", 1, flag, ALLOW);
		expect(&nested, X86_64, "clone", 0, flag, ALLOW);
	}
	expect(&f, X86_64, "clone", 0, ~makes_namespace, ALLOW);
	expect(&f, X86_64, "clone3", 0, 0, ERROR(ENOSYS));
	expect(&f, X86_64, "unshare", 0, 0, ERROR(EPERM));
	expect(&f, X86_64, "setns", 0, 0, ERROR(EPERM));
	expect(&nested, X86_64, "clone3", 0, 0, ALLOW);
	tear_down(&f);
	tear_down(&nested);
}
END_TEST

START_TEST(terminals)
{
	static const uint32_t audits[] = { X86_64, I386 };
	struct fixture f;

	set_up(&f, _i ? FILTER_STRICT : FILTER_DEFAULT);
	f.c.policy.filter_i386 = true;
	make(&f, "", "");
	for (size_t a = 0; a < 2; a++) {
		for (uint64_t upper = 0; upper < 8; upper++) {
			uint64_t high = upper << 32 | upper << 61;

			expect(&f, audits[a], "ioctl", 1, high | TIOCSTI, ERROR(EPERM));
			expect(&f, audits[a], "ioctl", 1, high | TIOCLINUX, ERROR(EPERM));
			expect(&f, audits[a], "ioctl", 1, high | TIOCGWINSZ, ALLOW);
			expect(&f, audits[a], "ioctl", 1, high | TIOCSCTTY, ALLOW);
		}
		for (uint64_t command = 0; command < 0x10000; command++) {
			bool input = command == TIOCSTI || command == TIOCLINUX;
			uint32_t ioctl_number = audits[a] == X86_64 ? 16 : 54;

			same(ask(&f, audits[a], ioctl_number, 1, command),
			     input ? ERROR(EPERM) : ALLOW);
		}
	}
	tear_down(&f);
}
END_TEST

START_TEST(socket_families)
{
	static const bool confined[51] = { [AF_UNSPEC] = true,
		                           [AF_UNIX] = true,
		                           [AF_INET] = true,
		                           [AF_INET6] = true,
		                           [AF_NETLINK] = true };
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	f.c.policy.network = _i & 1 ? NETWORK_HOST : NETWORK_NONE;
	f.c.policy.filter_i386 = true;
	make(&f, "@network-io", "");
	for (uint64_t family = 0; family <= 50; family++) {
		uint32_t wanted = confined[family] ? ALLOW : ERROR(EAFNOSUPPORT);

		expect(&f, X86_64, "socket", 0, family, wanted);
		expect(&f, X86_64, "socket", 0, family | 7ULL << 40, wanted);
		expect(&f, X86_64, "socketpair", 0, family, wanted);
		expect(&f, I386, "socket", 0, family, wanted);
		expect(&f, I386, "socketpair", 0, family, wanted);
	}
	expect(&f, X86_64, "socket", 0, UINT64_MAX, ERROR(EAFNOSUPPORT));
	/* libc.so.6 of i386 has no other way to make a socket. */
	expect(&f, I386, "socketcall", 0, 1, ALLOW);
	tear_down(&f);
}
END_TEST

/* With every base, and with all that can be allowed. */
START_TEST(network_blocked)
{
	static const uint32_t audits[] = { X86_64, I386 };
	struct fixture f;

	set_up(&f, (enum filter_base)_i);
	f.c.policy.network = NETWORK_BLOCKED;
	f.c.policy.filter_i386 = true;
	f.c.policy.nested_sandbox = true;
	make(&f, "@known @network-io @aio", "");
	for (size_t a = 0; a < 2; a++) {
		for (uint64_t family = 0; family <= 50; family++) {
			uint32_t wanted = family == AF_UNIX ? ALLOW : ERROR(EAFNOSUPPORT);

			expect(&f, audits[a], "socket", 0, family, wanted);
			expect(&f, audits[a], "socket", 0, family | 7ULL << 40, wanted);
			if (_i != FILTER_STRICT)
				expect(&f, audits[a], "socketpair", 0, family, wanted);
			else if (family != AF_UNIX)
				expect(&f, audits[a], "socketpair", 0, family, wanted);
		}
		expect_all(&f, audits[a], "io_uring_setup io_uring_enter io_uring_register",
		           ERROR(ENOSYS));
		for (uint32_t number = LAST_NUMBER + 1; number < 20000; number++)
			same(ask(&f, audits[a], number, 0, 0), ERROR(ENOSYS));
	}
	/* The arguments of socket and socketpair are in memory; a socket that is there is used. */
	for (uint64_t call = 0; call <= 20; call++)
		expect(&f, I386, "socketcall", 0, call,
		       call == 1 || call == 8 ? ERROR(ENOSYS) : ALLOW);
	same(ask(&f, X86_64, X32_BIT | 41, 0, AF_UNIX), ERROR(ENOSYS));
	same(ask(&f, AUDIT_ARCH_ARM, 41, 0, AF_UNIX), KILL);
	tear_down(&f);

	set_up(&f, (enum filter_base)_i);
	f.c.policy.network = NETWORK_BLOCKED;
	f.c.policy.filter_i386 = true;
	make(&f, "@network-io", "@network-io");
	expect(&f, I386, "socket", 0, AF_UNIX, ERROR(EPERM));
	expect(&f, I386, "socketcall", 0, 3, ERROR(EPERM));
	tear_down(&f);
}
END_TEST

/* Who names what makes sockets contradicts the network that is blocked. */
START_TEST(network_blocked_mistakes)
{
	static const char *const names[] = {
		"socket",         "socketpair",        "socketcall",
		"io_uring_enter", "io_uring_register", "io_uring_setup"
	};
	struct fixture f;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		set_up(&f, (enum filter_base)_i);
		make(&f, names[i], "");
		tear_down(&f);
		set_up(&f, (enum filter_base)_i);
		f.c.policy.network = NETWORK_BLOCKED;
		make(&f, "", names[i]);
		tear_down(&f);
		set_up(&f, (enum filter_base)_i);
		f.c.policy.network = NETWORK_BLOCKED;
		ck_assert(!try_make(&f, names[i], ""));
		(void)fflush(f.c.diag.stream);
		ck_assert_msg(strstr(f.said, "allows sockets that the network 'blocked' forbids"),
		              "%s", f.said);
		ck_assert_uint_eq(f.c.diag.errors, 1);
		tear_down(&f);
	}
}
END_TEST

/* Pairs of sockets that cannot be connected to others. */
static void
expect_pairs(const struct fixture *f)
{
	for (uint32_t type = 0; type < 16; type++) {
		struct seccomp_data data = { .nr = 53,
			                     .arch = X86_64,
			                     .args = { AF_UNIX, type | SOCK_CLOEXEC } };
		bool connected = type == SOCK_STREAM || type == SOCK_SEQPACKET;

		same(bpf_run(&f->filter, &data), connected ? ALLOW : ERROR(EPERM));
		data.args[0] = AF_TIPC;
		same(bpf_run(&f->filter, &data), ERROR(EAFNOSUPPORT));
	}
}

START_TEST(strict_programs)
{
	static const char needed[] =
		"read write openat open close stat fstat lstat newfstatat statx mmap mprotect "
		"munmap brk rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait ioctl "
		"pread64 access pipe pipe2 select pselect6 poll ppoll epoll_wait sched_yield "
		"mremap madvise dup dup2 dup3 nanosleep clock_nanosleep alarm getpid sendfile "
		"copy_file_range clone fork vfork execve execveat exit exit_group wait4 waitid "
		"kill tgkill uname fcntl flock fsync fdatasync truncate ftruncate getdents64 "
		"getcwd chdir fchdir rename renameat2 mkdir rmdir link unlink unlinkat symlink "
		"readlink chmod fchmod fchmodat2 chown umask gettimeofday getrlimit prlimit64 "
		"getrusage sysinfo times getuid setpgid getpgid getpgrp getppid setsid getsid "
		"sigaltstack utimensat statfs getpriority arch_prctl prctl set_tid_address "
		"set_robust_list rseq futex getrandom memfd_create inotify_init1 "
		"sendmsg recvmsg seccomp landlock_restrict_self close_range openat2 faccessat2 "
		"eventfd2 timerfd_create getxattr fallocate splice";
	static const char refused[] =
		"socket connect bind listen accept4 ptrace shmget msgget semget mq_open io_setup "
		"io_uring_setup kcmp unshare mount memfd_secret adjtimex name_to_handle_at "
		"vmsplice fanotify_mark";
	struct fixture f;

	set_up(&f, FILTER_STRICT);
	make(&f, "", "");
	expect_all(&f, X86_64, needed, ALLOW);
	expect_all(&f, X86_64, refused, ANY_REFUSAL);
	expect_pairs(&f);
	tear_down(&f);
}
END_TEST

/* Of what "default" refuses "strict" allows nothing. */
START_TEST(strict_is_less)
{
	struct fixture lax, strict;
	size_t fewer = 0;

	set_up(&lax, FILTER_DEFAULT);
	make(&lax, "", "");
	set_up(&strict, FILTER_STRICT);
	make(&strict, "", "");
	for (uint32_t number = 0; number <= 600; number++) {
		for (unsigned argument = 0; argument < 2; argument++) {
			for (size_t i = 0; i < TRIED; i++) {
				bool in_lax = ask(&lax, X86_64, number, argument, tried_value(i)) ==
				              ALLOW;
				bool in_strict = ask(&strict, X86_64, number, argument,
				                     tried_value(i)) == ALLOW;

				if (in_strict && !in_lax)
					ck_abort_msg("%u", number);
				fewer += in_lax && !in_strict;
			}
		}
	}
	ck_assert_uint_gt(fewer, 40);
	tear_down(&lax);
	tear_down(&strict);
}
END_TEST

/* i386 is filtered by the same table. */
START_TEST(same_on_both)
{
	struct fixture f;
	size_t compared = 0;

	set_up(&f, _i ? FILTER_STRICT : FILTER_DEFAULT);
	f.c.policy.filter_i386 = true;
	make(&f, "", "");
	for (size_t i = 0; i < syscall_count; i++) {
		const char *name = syscall_table[i].name;
		int here = number_of(X86_64, name), there = number_of(I386, name);

		if (here < 0 || there < 0)
			continue;
		compared++;
		for (unsigned argument = 0; argument < 2; argument++) {
			for (size_t value = 0; value < TRIED; value++)
				if (ask(&f, X86_64, (uint32_t)here, argument, tried_value(value)) !=
				    ask(&f, I386, (uint32_t)there, argument, tried_value(value)))
					ck_abort_msg("%s differs", name);
		}
	}
	ck_assert_uint_gt(compared, 300);
	tear_down(&f);
}
END_TEST

/* Lists of the policy */

START_TEST(lists)
{
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	make(&f, "ptrace clone @keyring socket", "keyctl statx ptrace @swap ioprio_set");
	expect(&f, X86_64, "ptrace", 0, 0, ERROR(EPERM)); /* denying wins */
	expect(&f, X86_64, "keyctl", 0, 0, ERROR(EPERM));
	expect(&f, X86_64, "add_key", 0, 0, ALLOW);
	expect(&f, X86_64, "statx", 0, 0, ERROR(ENOSYS)); /* there is an older way */
	expect(&f, X86_64, "swapon", 0, 0, ERROR(EPERM));
	expect(&f, X86_64, "clone", 0, CLONE_NEWUSER, ALLOW); /* a name lifts conditions */
	expect(&f, X86_64, "socket", 0, AF_VSOCK, ALLOW);
	expect(&f, X86_64, "socketpair", 0, AF_VSOCK, ERROR(EAFNOSUPPORT));
	expect(&f, X86_64, "unshare", 0, 0, ERROR(EPERM));
	tear_down(&f);

	set_up(&f, FILTER_STRICT);
	make(&f, "@network-io @process unshare", "");
	expect(&f, X86_64, "socket", 0, AF_INET, ALLOW);
	expect(&f, X86_64, "socket", 0, AF_VSOCK, ERROR(EAFNOSUPPORT)); /* a group does not */
	expect(&f, X86_64, "clone", 0, CLONE_NEWUSER, ERROR(EPERM));
	expect(&f, X86_64, "clone3", 0, 0, ERROR(ENOSYS));
	expect(&f, X86_64, "unshare", 0, 0, ALLOW);
	tear_down(&f);
}
END_TEST

START_TEST(base_none)
{
	struct fixture f;

	set_up(&f, FILTER_NONE);
	make(&f, "@mount", "");
	ck_assert_uint_eq(f.filter.count, 0);
	tear_down(&f);

	set_up(&f, FILTER_NONE);
	f.c.policy.filter_i386 = true;
	make(&f, "", "ptrace connect shmget");
	expect(&f, X86_64, "ptrace", 0, 0, ERROR(EPERM));
	expect(&f, X86_64, "mount", 0, 0, ALLOW);
	expect(&f, X86_64, "ioctl", 1, TIOCSTI, ALLOW);
	same(ask(&f, X86_64, 511, 0, 0), ALLOW);
	same(ask(&f, X86_64, 548, 0, 0), ALLOW);
	/* no way around by x32, or by calls that are several */
	same(ask(&f, X86_64, 521, 0, 0), ERROR(ENOSYS));
	same(ask(&f, X86_64, X32_BIT | 521, 0, 0), ERROR(ENOSYS));
	same(ask(&f, X86_64, X32_BIT | 101, 0, 0), ERROR(ENOSYS));
	expect(&f, I386, "socketcall", 0, 3, ERROR(EPERM));
	expect(&f, I386, "socketcall", 0, 2, ALLOW);
	expect(&f, I386, "ipc", 0, 23, ERROR(EPERM));
	expect(&f, I386, "ipc", 0, 0x10017, ERROR(EPERM));
	expect(&f, I386, "ipc", 0, 24, ALLOW);
	tear_down(&f);
}
END_TEST

/* Is it one of every second number, of x86-64 or of i386? */
static bool
is_second(const struct syscall_entry *entry, uint32_t audit)
{
	int number = number_of(audit, entry->name);

	return number >= 0 && number % 2 == 0 && !(entry->uses & CALL_NEEDED);
}

/* Every second call is denied: as many jumps as there can be, and far ones. */
START_TEST(long_programs)
{
	uint32_t audit = _i ? I386 : X86_64;
	struct fixture f;
	struct buffer deny;

	set_up(&f, FILTER_NONE);
	f.c.policy.filter_i386 = true;
	deny = (struct buffer){ .arena = &f.c.arena };
	for (size_t i = 0; i < syscall_count; i++) {
		if (is_second(&syscall_table[i], audit))
			buffer_printf(&deny, "%s ", syscall_table[i].name);
	}
	make(&f, "", deny.data);
	ck_assert_uint_gt(f.filter.count, 550);
	for (size_t i = 0; i < syscall_count; i++) {
		const struct syscall_entry *entry = &syscall_table[i];
		uint32_t wanted = is_second(entry, audit) ? ERROR(entry->error) : ALLOW;
		int here = number_of(X86_64, entry->name), there = number_of(I386, entry->name);

		if (here >= 0)
			same(ask(&f, X86_64, (uint32_t)here, 0, 0), wanted);
		if (there >= 0)
			same(ask(&f, I386, (uint32_t)there, 0, 0), wanted);
	}
	same(ask(&f, AUDIT_ARCH_ARM, 0, 0, 0), KILL);
	tear_down(&f);
}
END_TEST

/* With numbers of other processes nothing can be changed, whatever else the arguments are. */
static void
expect_own_process(const struct fixture *f, uint32_t audit)
{
	static const char *const by_number[] = { "prlimit64", "sched_setaffinity", "sched_setattr",
		                                 "sched_setparam", "sched_setscheduler" };
	static const struct {
		const char *call;
		uint32_t process;
	} by_kind[] = { { "setpriority", 0 }, { "ioprio_set", 1 } };

	for (size_t i = 0; i < TRIED; i++) {
		uint32_t value = tried_value(i);

		for (size_t call = 0; call < sizeof by_number / sizeof by_number[0]; call++) {
			expect(f, audit, by_number[call], 0, value, value ? ERROR(EPERM) : ALLOW);
			expect(f, audit, by_number[call], 0, 5ULL << 32 | value,
			       value ? ERROR(EPERM) : ALLOW);
			expect(f, audit, by_number[call], 2, value, ALLOW);
		}
		for (size_t j = 0; j < TRIED * 2; j++) {
			uint32_t who = tried_value(j / 2);
			size_t call = j % 2;
			struct seccomp_data data = {
				.nr = number_of(audit, by_kind[call].call),
				.arch = audit,
				.args = { value, who, 7 },
			};
			bool own = value == by_kind[call].process && who == 0;

			same(bpf_run(&f->filter, &data), own ? ALLOW : ERROR(EPERM));
		}
	}
	expect_all(f, audit,
	           "sched_getaffinity sched_getattr sched_getparam sched_getscheduler getpriority "
	           "ioprio_get sched_rr_get_interval kill tgkill setrlimit nice setpgid",
	           ALLOW);
}

/* In the caller's pid namespace; and each of the calls is as it was in one of the box's own. */
START_TEST(other_processes)
{
	static const uint32_t audits[] = { X86_64, I386 };
	struct fixture f, own;

	set_up(&f, _i ? FILTER_STRICT : FILTER_DEFAULT);
	f.c.policy.share = CLONE_NEWPID | CLONE_NEWIPC;
	f.c.policy.filter_i386 = true;
	make(&f, "@resources @default", "");
	set_up(&own, _i ? FILTER_STRICT : FILTER_DEFAULT);
	own.c.policy.share = CLONE_NEWIPC;
	own.c.policy.filter_i386 = true;
	make(&own, "@resources @default", "");
	for (size_t a = 0; a < 2; a++) {
		expect_own_process(&f, audits[a]);
		expect(&own, audits[a], "prlimit64", 0, 7, ALLOW);
		expect(&own, audits[a], "sched_setaffinity", 0, 7, ALLOW);
		expect(&own, audits[a], "setpriority", 1, 7, ALLOW);
		expect(&own, audits[a], "ioprio_set", 1, 7, ALLOW);
	}
	for (uint32_t number = 0; number <= 600; number++) {
		const char *name = name_of(X86_64, number);
		bool other = ask(&f, X86_64, number, 0, 0) != ask(&own, X86_64, number, 0, 0) ||
		             ask(&f, X86_64, number, 0, 7) != ask(&own, X86_64, number, 0, 7);

		ck_assert_msg(other == (strstr("prlimit64 sched_setaffinity sched_setattr "
		                               "sched_setparam sched_setscheduler setpriority "
		                               "ioprio_set",
		                               name) != NULL),
		              "%s", name);
	}
	tear_down(&f);
	tear_down(&own);
}
END_TEST

/* A name lifts that too, and "none" does not have it. */
START_TEST(other_processes_allowed)
{
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	f.c.policy.share = CLONE_NEWPID;
	make(&f, "prlimit64 setpriority", "");
	expect(&f, X86_64, "prlimit64", 0, 7, ALLOW);
	expect(&f, X86_64, "setpriority", 0, PRIO_USER, ALLOW);
	expect(&f, X86_64, "sched_setattr", 0, 7, ERROR(EPERM));
	tear_down(&f);

	set_up(&f, FILTER_NONE);
	f.c.policy.share = CLONE_NEWPID;
	make(&f, "", "");
	ck_assert_uint_eq(f.filter.count, 0);
	tear_down(&f);

	set_up(&f, FILTER_NONE);
	f.c.policy.share = CLONE_NEWPID;
	make(&f, "", "ptrace");
	expect(&f, X86_64, "prlimit64", 0, 7, ALLOW);
	tear_down(&f);
}
END_TEST

START_TEST(fallback_filter)
{
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	f.c.policy.network = (enum network_mode)_i;
	f.c.policy.filter_i386 = true;
	make_fallback_filter(&f);
	for (uint64_t family = 0; family <= 50; family++) {
		bool internet = _i == NETWORK_HOST && (family == AF_INET || family == AF_INET6);

		expect(&f, X86_64, "socket", 0, family, internet ? ALLOW : ERROR(EAFNOSUPPORT));
		expect(&f, I386, "socket", 0, family, internet ? ALLOW : ERROR(EAFNOSUPPORT));
		if (family != AF_UNIX)
			expect(&f, X86_64, "socketpair", 0, family, ERROR(EAFNOSUPPORT));
	}
	expect_pairs(&f);
	expect_own_process(&f, X86_64);
	expect_own_process(&f, I386);
	expect(&f, I386, "socketcall", 0, 1, ERROR(EPERM));
	expect(&f, I386, "ipc", 0, 1, ERROR(EPERM));
	expect(&f, X86_64, "shmget", 0, 1, ERROR(EPERM));
	expect(&f, X86_64, "mq_open", 0, 1, ERROR(EPERM));
	expect(&f, X86_64, "io_uring_setup", 0, 0, ERROR(ENOSYS));
	expect(&f, X86_64, "ptrace", 0, 0, ALLOW);
	same(ask(&f, X86_64, X32_BIT | 41, 0, 0), ERROR(ENOSYS));
	same(ask(&f, AUDIT_ARCH_ARM, 41, 0, 0), KILL);
	tear_down(&f);

	set_up(&f, FILTER_DEFAULT);
	f.c.policy.share = CLONE_NEWIPC;
	make_fallback_filter(&f);
	expect(&f, X86_64, "shmget", 0, 1, ALLOW);
	expect(&f, X86_64, "mq_open", 0, 1, ALLOW);
	tear_down(&f);
}
END_TEST

static const struct {
	const char *allow, *deny, *said;
} mistakes[] = {
	{ "mout", "", "unknown system call 'mout'; did you mean 'mount'?" },
	{ "", "io_uring_setups",
	  "unknown system call 'io_uring_setups'; did you mean "
	  "'io_uring_setup'?" },
	{ "@moun", "", "unknown group of system calls '@moun'; did you mean '@mount'?" },
	{ "", "frobnicate", "unknown system call 'frobnicate'\n" },
	{ "", "@frobnicate", "unknown group of system calls '@frobnicate'\n" },
	{ "", "execve", "the box itself needs 'execve'" },
	{ "", "@signal", "'@signal' has 'rt_sigprocmask', which the box itself needs" },
	{ "@mount", "", "all that '@mount' has comes with \"nested-sandbox\": true" },
};

START_TEST(mistakes_are_reported)
{
	struct fixture f;

	set_up(&f, FILTER_DEFAULT);
	ck_assert(!try_make(&f, mistakes[_i].allow, mistakes[_i].deny));
	(void)fflush(f.c.diag.stream);
	ck_assert_msg(strstr(f.said, mistakes[_i].said), "%s", f.said);
	ck_assert_uint_eq(f.c.diag.errors, 1);
	tear_down(&f);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("filter-policies");
	TCase *others = tcase_create("lists of others");
	TCase *conditions = tcase_create("conditions");
	TCase *policies = tcase_create("policies");

	tcase_add_loop_test(others, as_complete_as_others, 0, 2);
	tcase_add_test(others, errors_of_refusals);
	tcase_add_loop_test(others, unknown_numbers, 0, 2);
	tcase_add_loop_test(others, foreign_architectures, 0, 3);
	tcase_add_test(others, strict_programs);
	tcase_add_test(others, strict_is_less);
	tcase_add_loop_test(others, same_on_both, 0, 2);
	tcase_set_timeout(others, 60);
	suite_add_tcase(suite, others);
	tcase_add_loop_test(conditions, bits_of_clone, 0, 2);
	tcase_add_loop_test(conditions, terminals, 0, 2);
	tcase_add_loop_test(conditions, socket_families, 0, 2);
	tcase_add_loop_test(conditions, network_blocked, 0, 3);
	tcase_add_loop_test(conditions, network_blocked_mistakes, 0, 3);
	tcase_set_timeout(conditions, 60);
	suite_add_tcase(suite, conditions);
	tcase_add_test(policies, lists);
	tcase_add_test(policies, base_none);
	tcase_add_loop_test(policies, long_programs, 0, 2);
	tcase_add_loop_test(policies, other_processes, 0, 2);
	tcase_add_test(policies, other_processes_allowed);
	tcase_add_loop_test(policies, fallback_filter, 0, 3);
	tcase_add_loop_test(policies, mistakes_are_reported, 0,
	                    sizeof mistakes / sizeof mistakes[0]);
	suite_add_tcase(suite, policies);
	return suite;
}

int
main(void)
{
	int failed;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		printf("the tables are those of x86-64\n");
		return 77;
	}
	SRunner *runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
