/* Seccomp filters: what a policy says of system calls, as decisions about their numbers. */
#include "compiler.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

/*
 * The bases "default" and "strict" decide about every system call of the table (syscall-table.c):
 * it is allowed, allowed under conditions on its arguments, or refused with the error in its row.
 * Every number that is not in the table is refused with ENOSYS, as by a kernel that is older than
 * the call. The base "none" allows both. A policy's lists change this by name or group.
 */

/* The flags of clone are its second argument on s390 (clone(2)). */
#if defined(__s390__) || defined(__s390x__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Each makes a namespace. That of time, 0x80, is no flag of clone(2): the signal is there. */
static const uint32_t namespaces[] = { CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
	                               CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET };
/* Commands of terminals that put words into the mouth of the user (CVE-2017-5226,
 * CVE-2023-28100). */
static const uint32_t terminal_input[] = { TIOCSTI, TIOCLINUX };
/* The box may be in the caller's process group, for job control; not so its priority. */
static const uint32_t group_priority[] = { PRIO_PGRP };
static const uint32_t group_io_priority[] = { IOPRIO_WHO_PGRP };
/* PER_LINUX, PER_LINUX32, both with UNAME26, and the question (personality(2)): what Docker
 * allows. Others weaken the randomisation of addresses, or make memory executable. */
static const uint32_t personalities[] = { 0, 0x8, 0x20000, 0x20008, 0xffffffff };
/* Families that a network namespace confines, and without one those that every program has; of
 * others, as AF_VSOCK and AF_BLUETOOTH, the host's are reached, or little used code of the kernel.
 * The network of the host changes nothing here; blocked, it leaves AF_UNIX alone. */
static const uint32_t families[] = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
static const uint32_t internet_families[] = { AF_INET, AF_INET6 };
static const uint32_t unix_families[] = { AF_UNIX };
/* Of a connected pair; a datagram socket can be connected anew, to a socket of the file system. */
static const uint32_t pair_types[] = { SOCK_STREAM, SOCK_SEQPACKET };
#define SOCK_TYPE_MASK 0xf /* beside SOCK_CLOEXEC and SOCK_NONBLOCK */
/* The calling thread, and none by its number. */
static const uint32_t no_number[] = { 0 };
static const uint32_t process_priority[] = { PRIO_PROCESS };
static const uint32_t process_io_priority[] = { IOPRIO_WHO_PROCESS };

#define WHOLE UINT32_MAX
#define BASES (CALL_DEFAULT | CALL_STRICT)
#define VALUES(array) array, sizeof(array) / sizeof(array)[0]

static const struct {
	const char *call;
	unsigned bases; /* CALL_DEFAULT, CALL_STRICT */
	bool unless_nested;
	struct syscall_argument argument;
} conditions[] = {
	{ "clone",
	  BASES,
	  true,
	  { CLONE_FLAGS, WHOLE, ARGUMENT_NO_BITS, VALUES(namespaces), EPERM } },
	{ "ioctl", BASES, false, { 1, WHOLE, ARGUMENT_NOT_ANY, VALUES(terminal_input), EPERM } },
	{ "setpriority",
	  BASES,
	  false,
	  { 0, WHOLE, ARGUMENT_NOT_ANY, VALUES(group_priority), EPERM } },
	{ "ioprio_set",
	  BASES,
	  false,
	  { 0, WHOLE, ARGUMENT_NOT_ANY, VALUES(group_io_priority), EPERM } },
	{ "personality", BASES, false, { 0, WHOLE, ARGUMENT_ANY, VALUES(personalities), EPERM } },
	{ "socket", BASES, false, { 0, WHOLE, ARGUMENT_ANY, VALUES(families), EAFNOSUPPORT } },
	{ "socketpair",
	  CALL_DEFAULT,
	  false,
	  { 0, WHOLE, ARGUMENT_ANY, VALUES(families), EAFNOSUPPORT } },
	{ "socketpair",
	  CALL_STRICT,
	  false,
	  { 0, WHOLE, ARGUMENT_ANY, VALUES(unix_families), EAFNOSUPPORT } },
	{ "socketpair",
	  CALL_STRICT,
	  false,
	  { 1, SOCK_TYPE_MASK, ARGUMENT_ANY, VALUES(pair_types), EPERM } },
};

/*
 * In the caller's pid namespace these change any process of the same user; prlimit64, with a limit
 * of the time on the CPU, kills it past Landlock, which keeps signals in. Whether a number is that
 * of a process in the box no filter can tell. What else takes the number of a process asks for the
 * right to trace it, which nobody in the box has outside (kcmp, get_robust_list, process_madvise),
 * or only reads, or signals: where Landlock cannot keep signals in, kill(2) cannot be refused, and
 * so it is of no use to refuse pidfd_send_signal(2).
 */
static const struct {
	const char *call;
	struct syscall_argument arguments[2]; /* as many as have values */
} process_conditions[] = {
	{ "prlimit64", { { 0, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "sched_setaffinity", { { 0, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "sched_setattr", { { 0, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "sched_setparam", { { 0, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "sched_setscheduler", { { 0, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "setpriority",
	  { { 0, WHOLE, ARGUMENT_ANY, VALUES(process_priority), EPERM },
	    { 1, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
	{ "ioprio_set",
	  { { 0, WHOLE, ARGUMENT_ANY, VALUES(process_io_priority), EPERM },
	    { 1, WHOLE, ARGUMENT_ANY, VALUES(no_number), EPERM } } },
};

/* socketcall(2) and ipc(2) make one of several calls, by the number that is their first argument;
 * its own arguments are in memory, where no filter sees them (linux/net.h, linux/ipc.h). */
static const struct {
	const char *call;
	uint32_t number;
} multiplexed[] = {
	{ "socketcall", 0 }, { "socket", 1 },     { "bind", 2 },        { "connect", 3 },
	{ "listen", 4 },     { "accept", 5 },     { "getsockname", 6 }, { "getpeername", 7 },
	{ "socketpair", 8 }, { "send", 9 },       { "recv", 10 },       { "sendto", 11 },
	{ "recvfrom", 12 },  { "shutdown", 13 },  { "setsockopt", 14 }, { "getsockopt", 15 },
	{ "sendmsg", 16 },   { "recvmsg", 17 },   { "accept4", 18 },    { "recvmmsg", 19 },
	{ "sendmmsg", 20 },  { "ipc", 0 },        { "semop", 1 },       { "semget", 2 },
	{ "semctl", 3 },     { "semtimedop", 4 }, { "msgsnd", 11 },     { "msgrcv", 12 },
	{ "msgget", 13 },    { "msgctl", 14 },    { "shmat", 21 },      { "shmdt", 22 },
	{ "shmget", 23 },    { "shmctl", 24 },
};
#define MULTIPLEXED (sizeof multiplexed / sizeof multiplexed[0])
#define MULTIPLEXED_MASK 0xffff /* above it ipc has a version */

/* With the network blocked, whatever the policy's base: no sockets of the host's network. Where the
 * family is not in a register, in socketcall(2) and in the queues of io_uring (IORING_OP_SOCKET,
 * Linux 5.19), there are none at all. */
static const uint32_t socketcalls[] = { 1, 8 }; /* socket, socketpair */
static const struct {
	const char *call;
	struct syscall_argument argument; /* without values: the call is refused */
} network_conditions[] = {
	{ "socket", { 0, WHOLE, ARGUMENT_ANY, VALUES(unix_families), EAFNOSUPPORT } },
	{ "socketpair", { 0, WHOLE, ARGUMENT_ANY, VALUES(unix_families), EAFNOSUPPORT } },
	{ "socketcall", { 0, MULTIPLEXED_MASK, ARGUMENT_NOT_ANY, VALUES(socketcalls), ENOSYS } },
	{ "io_uring_enter", { .error = ENOSYS } },
	{ "io_uring_register", { .error = ENOSYS } },
	{ "io_uring_setup", { .error = ENOSYS } },
};

/* What is asked of the call where the network is blocked; NULL: nothing, or it is not. */
static const struct syscall_argument *
network_condition(const struct policy *policy, const char *call)
{
	for (size_t i = 0; i < sizeof network_conditions / sizeof network_conditions[0]; i++) {
		if (policy->network == NETWORK_BLOCKED &&
		    strcmp(network_conditions[i].call, call) == 0)
			return &network_conditions[i].argument;
	}
	return NULL;
}

/* What a policy's lists say of a call. */
enum {
	CHOICE_GROUP = 1,
	CHOICE_NAME = 2,
	CHOICE_DENIED = 4
};

struct choices {
	struct compilation *c;
	unsigned *of; /* by index into the table */
	bool any_denied;
	struct syscall_range (*decide)(const struct choices *choices, size_t call);
	uint32_t otherwise; /* what is done with numbers that the table does not have */
};

/* What came of noting a choice. */
struct chosen {
	size_t count; /* of calls */
	const char *needed; /* the first that is denied though the box needs it, or NULL */
};

static void
choose_call(struct choices *choices, size_t call, unsigned choice, struct chosen *chosen)
{
	const struct syscall_entry *entry = &syscall_table[call];

	/* Who asks for all of "@process" does not ask for namespaces in the box. */
	if (choice == CHOICE_GROUP && entry->uses & CALL_NESTED)
		return;
	choices->of[call] |= choice;
	chosen->count++;
	if (choice != CHOICE_DENIED)
		return;
	choices->any_denied = true;
	if (entry->uses & CALL_NEEDED && !chosen->needed)
		chosen->needed = entry->name;
}

/* Notes the choice for a call, or for all of a group. */
static void
choose(struct choices *choices, const char *name, unsigned choice, struct chosen *chosen)
{
	size_t call = syscall_find(name);
	const char *member;

	if (call < syscall_count)
		choose_call(choices, call, choice, chosen);
	if (choice == CHOICE_NAME)
		choice = CHOICE_GROUP;
	for (size_t i = 0; (member = syscall_group_member(name, i)); i++)
		choose(choices, member, choice, chosen);
}

static void
refuse_word(struct compilation *c, const struct policy_word *word)
{
	const char *nearest = syscall_nearest(word->text);
	const char *what = word->text[0] == '@' ? "group of system calls" : "system call";

	if (nearest)
		diag_error(&c->diag, word->place, "unknown %s '%s'; did you mean '%s'?", what,
		           word->text, nearest);
	else
		diag_error(&c->diag, word->place, "unknown %s '%s'", what, word->text);
}

/* By its name a call is allowed whatever its arguments are. */
static void
refuse_socket_call(struct compilation *c, const struct policy_word *word)
{
	diag_error(&c->diag, word->place,
	           "'%s' by its name allows sockets that the network 'blocked' forbids",
	           word->text);
	diag_note(&c->diag, c->policy.network_place, "the network is blocked here");
	if (strncmp(word->text, "socket", strlen("socket")) == 0)
		diag_note(&c->diag, PLACE_NONE, "'@network-io' brings those of AF_UNIX alone");
}

/* Carries one of the lists out. A name that only another architecture has is none that is unknown:
 * the same policy is for all of them. */
static void
choose_words(struct choices *choices, const struct policy_words *words, unsigned choice)
{
	struct compilation *c = choices->c;

	for (size_t i = 0; i < words->count; i++) {
		const struct policy_word *word = &words->items[i];
		bool group = syscall_group_member(word->text, 0) != NULL;
		struct chosen chosen = { 0 };

		choose(choices, word->text, choice, &chosen);
		if (!group && syscall_find(word->text) == syscall_count)
			refuse_word(c, word);
		else if (chosen.needed && group)
			diag_error(&c->diag, word->place,
			           "'%s' has '%s', which the box itself needs", word->text,
			           chosen.needed);
		else if (chosen.needed)
			diag_error(&c->diag, word->place, "the box itself needs '%s'",
			           chosen.needed);
		else if (chosen.count == 0 && !c->policy.nested_sandbox &&
		         c->policy.filter_base != FILTER_NONE)
			diag_error(&c->diag, word->place,
			           "all that '%s' has comes with \"nested-sandbox\": true",
			           word->text);
		else if (choice == CHOICE_NAME && network_condition(&c->policy, word->text))
			refuse_socket_call(c, word);
	}
}

/* A number that an architecture has for a call of the table. */
struct number {
	uint32_t number;
	size_t call;
};

static int
compare_number(const void *a, const void *b)
{
	const struct number *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

/* Numbers below this are asked for their names: libseccomp gives calls that i386 and s390 can also
 * make through socketcall(2) and ipc(2) by name only as such. */
#define ASKED_NUMBERS 512

/* What libseccomp says, -1 if there is no such call there. */
static int
resolve(uint32_t audit, size_t call, const int *by_number)
{
	int number = syscall_table[call].number;

	if (number == 0)
		number = by_number[call] >= 0 ? by_number[call]
		                              : seccomp_syscall_resolve_name_arch(
							audit, syscall_table[call].name);
	else if (number >= 424)
		/* the same everywhere, but for where an architecture begins to count */
		number += seccomp_syscall_resolve_name_arch(audit, "openat2") - 437;
	else if (audit != SCMP_ARCH_X86_64)
		number = -1;
	return number;
}

/* The numbers of an architecture, in their order. */
static struct number *
resolve_all(struct arena *arena, uint32_t audit, size_t *ret_count)
{
	struct number *numbers = arena_alloc(arena, syscall_count * sizeof *numbers);
	int *by_number = arena_alloc(arena, syscall_count * sizeof *by_number);
	size_t count = 0;

	for (size_t i = 0; i < syscall_count; i++)
		by_number[i] = -1;
	for (int number = 0; number < ASKED_NUMBERS; number++) {
		char *name = seccomp_syscall_resolve_num_arch(audit, number);
		size_t call = name ? syscall_find(name) : syscall_count;

		if (call < syscall_count)
			by_number[call] = number;
		free(name);
	}
	for (size_t call = 0; call < syscall_count; call++) {
		int number = resolve(audit, call, by_number);

		if (number >= 0)
			numbers[count++] = (struct number){ (uint32_t)number, call };
	}
	qsort(numbers, count, sizeof *numbers, compare_number);
	*ret_count = count;
	return numbers;
}

/* Starts a range, unless it is like the one before. */
static void
add_range(struct arena *arena, struct syscall_architecture *architecture,
          struct syscall_range range)
{
	struct syscall_range *last = architecture->ranges;

	if (architecture->count > 0) {
		last += architecture->count - 1;
		if (last->action == range.action &&
		    memcmp((const void *)last->arguments, (const void *)range.arguments,
		           sizeof range.arguments) == 0)
			return;
	}
	*ARRAY_ADD(arena, architecture->ranges, architecture->count, architecture->capacity) =
		range;
}

/* The condition that keeps a call such as socketcall from making those that are denied, which are
 * not in memory; NULL if there are none. */
static const struct syscall_argument *
multiplexer_condition(const struct choices *choices, const char *multiplexer)
{
	struct syscall_argument *condition;
	uint32_t *values;
	size_t i = 0;

	while (i < MULTIPLEXED &&
	       (multiplexed[i].number != 0 || strcmp(multiplexed[i].call, multiplexer) != 0))
		i++;
	if (i == MULTIPLEXED)
		return NULL;
	condition = arena_alloc(&choices->c->arena, sizeof *condition);
	values = arena_alloc(&choices->c->arena, MULTIPLEXED * sizeof *values);
	for (i++; i < MULTIPLEXED && multiplexed[i].number != 0; i++) {
		if (choices->of[syscall_find(multiplexed[i].call)] & CHOICE_DENIED)
			values[condition->count++] = multiplexed[i].number;
	}
	condition->mask = MULTIPLEXED_MASK;
	condition->condition = ARGUMENT_NOT_ANY;
	condition->values = values;
	condition->error = EPERM;
	return condition->count > 0 ? condition : NULL;
}

/* Puts the call under the conditions that keep it from other processes; false if there are none. */
static bool
confine_to_process(const char *call, struct syscall_range *range)
{
	size_t found = 0;

	while (found < sizeof process_conditions / sizeof process_conditions[0] &&
	       strcmp(process_conditions[found].call, call) != 0)
		found++;
	if (found == sizeof process_conditions / sizeof process_conditions[0])
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (process_conditions[found].arguments[i].count > 0)
			range->arguments[i] = &process_conditions[found].arguments[i];
	}
	return true;
}

/* By the policy's base and its lists. The base "none" asks for nothing, also in the caller's pid
 * namespace: both are in the policy, and say what they mean. */
static struct syscall_range
decide_by_policy(const struct choices *choices, size_t call)
{
	const struct policy *policy = &choices->c->policy;
	const struct syscall_entry *entry = &syscall_table[call];
	unsigned choice = choices->of[call];
	unsigned base = policy->filter_base == FILTER_STRICT ? CALL_STRICT : CALL_DEFAULT;
	unsigned uses = base | (policy->nested_sandbox ? CALL_NESTED : 0) |
	                (policy->filter_i386 ? CALL_I386 : 0);
	const struct syscall_argument *network = network_condition(policy, entry->name);
	struct syscall_range range = { .action = SECCOMP_RET_ALLOW };
	size_t count = 0;

	if (choice & CHOICE_DENIED ||
	    (!(choice & (CHOICE_NAME | CHOICE_GROUP)) && policy->filter_base != FILTER_NONE &&
	     !(entry->uses & uses))) {
		range.action = SECCOMP_RET_ERRNO | entry->error;
		return range;
	}
	if (network && network->count == 0) {
		range.action = SECCOMP_RET_ERRNO | network->error;
		return range;
	}
	range.arguments[0] = multiplexer_condition(choices, entry->name);
	if (range.arguments[0])
		count++;
	if (network)
		range.arguments[count++] = network;
	if (choice & CHOICE_NAME || policy->filter_base == FILTER_NONE)
		return range;
	if (policy->share & CLONE_NEWPID && confine_to_process(entry->name, &range))
		return range;
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		const struct syscall_argument *argument = &conditions[i].argument;

		/* Of the families the network has said more. */
		if (strcmp(conditions[i].call, entry->name) == 0 && conditions[i].bases & base &&
		    !(conditions[i].unless_nested && policy->nested_sandbox) &&
		    !(network && network->index == argument->index))
			range.arguments[count++] = argument;
	}
	return range;
}

/* x32 is told from x86-64 by a bit of the number (syscall(2)). Kernels before 5.4 also take its own
 * numbers without the bit (arch/x86/entry/syscalls/syscall_64.tbl). */
#define X32_BIT 0x40000000
#define X32_FIRST 512
#define X32_LAST 547

static void
refuse_x32(struct arena *arena, struct syscall_architecture *architecture,
           struct syscall_range otherwise)
{
	struct syscall_range refused = { .action = SECCOMP_RET_ERRNO | ENOSYS };

	if (architecture->audit != SCMP_ARCH_X86_64)
		return;
	refused.first = X32_FIRST;
	add_range(arena, architecture, refused);
	otherwise.first = X32_LAST + 1;
	add_range(arena, architecture, otherwise);
	refused.first = X32_BIT;
	add_range(arena, architecture, refused);
}

/* The decisions about all numbers of an architecture. */
static struct syscall_architecture
decide_all(const struct choices *choices, uint32_t audit)
{
	struct arena *arena = &choices->c->arena;
	struct syscall_architecture architecture = { .audit = audit };
	struct syscall_range otherwise = { .action = choices->otherwise };
	size_t count;
	struct number *numbers = resolve_all(arena, audit, &count);
	uint32_t next = 0;

	for (size_t i = 0; i < count; i++) {
		struct syscall_range range = choices->decide(choices, numbers[i].call);

		otherwise.first = next;
		if (next < numbers[i].number)
			add_range(arena, &architecture, otherwise);
		range.first = numbers[i].number;
		add_range(arena, &architecture, range);
		next = numbers[i].number + 1;
	}
	otherwise.first = next;
	add_range(arena, &architecture, otherwise);
	refuse_x32(arena, &architecture, otherwise);
	return architecture;
}

/* Makes the program for all architectures that the policy names. */
static bool
make_program(const struct choices *choices, const void **ret_bytes, size_t *ret_size)
{
	struct compilation *c = choices->c;
	struct syscall_architecture architectures[2];
	uint32_t native = seccomp_arch_native(); /* AUDIT_ARCH_* (seccomp_arch_add(3)) */
	size_t count = 0;

	architectures[count++] = decide_all(choices, native);
	if (c->policy.filter_i386 && native != SCMP_ARCH_X86) {
		if (native != SCMP_ARCH_X86_64) {
			diag_error(&c->diag, c->policy.filter_place,
			           "this machine's architecture has no system calls of i386");
			return false;
		}
		architectures[count++] = decide_all(choices, SCMP_ARCH_X86);
	}
	syscall_program(&c->arena, architectures, count, ret_bytes, ret_size);
	return true;
}

bool
syscalls_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size)
{
	unsigned errors = c->diag.errors;
	bool none = c->policy.filter_base == FILTER_NONE;
	bool blocked = c->policy.network == NETWORK_BLOCKED;
	struct choices choices = {
		.c = c,
		.of = arena_alloc(&c->arena, syscall_count * sizeof *choices.of),
		.decide = decide_by_policy,
		/* A call that nobody knows yet may make sockets. */
		.otherwise = none && !blocked ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | ENOSYS,
	};

	choose_words(&choices, &c->policy.filter_allow, CHOICE_NAME);
	choose_words(&choices, &c->policy.filter_deny, CHOICE_DENIED);
	if (c->diag.errors > errors)
		return false;
	if (none && !blocked && !choices.any_denied) {
		*ret_bytes = NULL;
		*ret_size = 0;
		return true;
	}
	return make_program(&choices, ret_bytes, ret_size);
}

/* Calls that reach what is in an ipc namespace by its name (ipc_namespaces(7)). */
static const char *const ipc_calls[] = {
	"ipc",    "mq_open", "mq_unlink", "msgctl", "msgget",     "msgrcv",
	"msgsnd", "semctl",  "semget",    "semop",  "semtimedop", "semtimedop_time64",
	"shmat",  "shmctl",  "shmget",
};

static bool
is_ipc(const char *name)
{
	for (size_t i = 0; i < sizeof ipc_calls / sizeof *ipc_calls; i++) {
		if (strcmp(name, ipc_calls[i]) == 0)
			return true;
	}
	return false;
}

/* No sockets of the host's file system, none of its processes and, unless the policy shares them,
 * none of its queues and segments, whatever the policy says of system calls. */
static struct syscall_range
decide_without_namespaces(const struct choices *choices, size_t call)
{
	static const struct syscall_argument internet = { 0, WHOLE, ARGUMENT_ANY,
		                                          VALUES(internet_families), EAFNOSUPPORT };
	static const struct syscall_argument pair = { 0, WHOLE, ARGUMENT_ANY, VALUES(unix_families),
		                                      EAFNOSUPPORT };
	static const struct syscall_argument pair_type = { 1, SOCK_TYPE_MASK, ARGUMENT_ANY,
		                                           VALUES(pair_types), EPERM };
	const char *name = syscall_table[call].name;
	struct syscall_range range = { .action = SECCOMP_RET_ALLOW };

	if (strcmp(name, "socket") == 0) {
		if (choices->c->policy.network == NETWORK_HOST)
			range.arguments[0] = &internet;
		else
			range.action = SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	} else if (strcmp(name, "socketpair") == 0) {
		range.arguments[0] = &pair;
		range.arguments[1] = &pair_type;
	} else if (strcmp(name, "socketcall") == 0 ||
	           (is_ipc(name) && !(choices->c->policy.share & CLONE_NEWIPC))) {
		range.action = SECCOMP_RET_ERRNO | EPERM;
	} else if (strcmp(name, "io_uring_setup") == 0) {
		/* IORING_OP_SOCKET, Linux 5.19 */
		range.action = SECCOMP_RET_ERRNO | ENOSYS;
	} else {
		confine_to_process(name, &range);
	}
	return range;
}

bool
syscalls_fallback_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size)
{
	struct choices choices = { .c = c,
		                   .decide = decide_without_namespaces,
		                   .otherwise = SECCOMP_RET_ALLOW };

	return make_program(&choices, ret_bytes, ret_size);
}
