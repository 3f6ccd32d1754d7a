/* What a filter does with a system call, as a line of text. */
#include "compiler.h"

#include <endian.h>
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

static const struct {
	const char *name;
	uint32_t number;
} errors[] = {
	{ "EPERM", EPERM },
	{ "ENOENT", ENOENT },
	{ "EACCES", EACCES },
	{ "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS },
	{ "EOPNOTSUPP", EOPNOTSUPP },
	{ "EAFNOSUPPORT", EAFNOSUPPORT },
};

/* Arguments and their values as the manual pages call them; the values of an argument follow it. */
#define VALUE(constant) NULL, #constant, 0, (constant)
static const struct {
	const char *call; /* NULL: as before */
	const char *name;
	unsigned argument;
	uint32_t value;
} names[] = {
	{ "ioctl", "request", 1, 0 },
	{ VALUE(TIOCSTI) },
	{ VALUE(TIOCLINUX) },
	{ "clone", "flags", 0, 0 },
	{ VALUE(CLONE_NEWNS) },
	{ VALUE(CLONE_NEWCGROUP) },
	{ VALUE(CLONE_NEWUTS) },
	{ VALUE(CLONE_NEWIPC) },
	{ VALUE(CLONE_NEWUSER) },
	{ VALUE(CLONE_NEWPID) },
	{ VALUE(CLONE_NEWNET) },
	{ "socket", "domain", 0, 0 },
	{ VALUE(AF_UNSPEC) },
	{ VALUE(AF_UNIX) },
	{ VALUE(AF_INET) },
	{ VALUE(AF_INET6) },
	{ VALUE(AF_NETLINK) },
	{ "socketpair", "domain", 0, 0 },
	{ VALUE(AF_UNSPEC) },
	{ VALUE(AF_UNIX) },
	{ VALUE(AF_INET) },
	{ VALUE(AF_INET6) },
	{ VALUE(AF_NETLINK) },
	{ "socketpair", "type", 1, 0 },
	{ VALUE(SOCK_STREAM) },
	{ VALUE(SOCK_DGRAM) },
	{ VALUE(SOCK_SEQPACKET) },
	{ "setpriority", "which", 0, 0 },
	{ VALUE(PRIO_PROCESS) },
	{ VALUE(PRIO_PGRP) },
	{ "setpriority", "who", 1, 0 },
	{ "ioprio_set", "which", 0, 0 },
	{ VALUE(IOPRIO_WHO_PROCESS) },
	{ VALUE(IOPRIO_WHO_PGRP) },
	{ "ioprio_set", "who", 1, 0 },
	{ "prlimit64", "pid", 0, 0 },
	{ "sched_setaffinity", "pid", 0, 0 },
	{ "sched_setattr", "pid", 0, 0 },
	{ "sched_setparam", "pid", 0, 0 },
	{ "sched_setscheduler", "pid", 0, 0 },
	{ "personality", "persona", 0, 0 },
	{ "socketcall", "call", 0, 0 },
	{ "ipc", "call", 0, 0 },
};
#define NAMES (sizeof names / sizeof names[0])

bool
filter_permits(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
		return true;
	default:
		return false;
	}
}

static void
add_action(struct buffer *line, uint32_t action)
{
	uint32_t data = action & SECCOMP_RET_DATA;

	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		buffer_add_string(line, "allow");
		break;
	case SECCOMP_RET_LOG:
		buffer_add_string(line, "log");
		break;
	case SECCOMP_RET_TRACE:
		buffer_printf(line, "trace %u", data);
		break;
	case SECCOMP_RET_USER_NOTIF:
		buffer_add_string(line, "notify");
		break;
	case SECCOMP_RET_TRAP:
		buffer_add_string(line, "trap");
		break;
	case SECCOMP_RET_KILL_THREAD:
		buffer_add_string(line, "kill-thread");
		break;
	case SECCOMP_RET_ERRNO:
		for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
			if (errors[i].number == data) {
				buffer_printf(line, "errno %s", errors[i].name);
				return;
			}
		}
		buffer_printf(line, "errno %u", data);
		break;
	default:
		/* so does the kernel with actions it does not know (seccomp(2)) */
		buffer_add_string(line, "kill-process");
	}
}

/* Which argument a word is half of; 6 or more if of none. */
static unsigned
argument_of(unsigned word)
{
	return (word - offsetof(struct seccomp_data, args) / sizeof(uint32_t)) / 2;
}

/* The index of the argument's row, NAMES if it has none. */
static size_t
find_argument(const char *call, unsigned word)
{
	size_t i = 0;

	while (call && i < NAMES &&
	       !(names[i].call && strcmp(names[i].call, call) == 0 &&
	         names[i].argument == argument_of(word)))
		i++;
	return call ? i : NAMES;
}

static void
add_value(struct buffer *line, size_t argument, uint32_t value)
{
	for (size_t i = argument + 1; i < NAMES && !names[i].call; i++) {
		if (names[i].value == value) {
			buffer_add_string(line, names[i].name);
			return;
		}
	}
	buffer_printf(line, "%#x", value);
}

/* Bits by their names, if all have one. */
static void
add_bits(struct buffer *line, size_t argument, uint32_t bits)
{
	uint32_t named = 0;
	const char *separator = "";

	for (size_t i = argument + 1; i < NAMES && !names[i].call; i++)
		named |= names[i].value & bits;
	if (named != bits) {
		buffer_printf(line, "%#x", bits);
		return;
	}
	buffer_add_string(line, "(");
	for (size_t i = argument + 1; i < NAMES && !names[i].call; i++) {
		if (names[i].value & bits) {
			buffer_printf(line, "%s%s", separator, names[i].name);
			separator = " | ";
		}
	}
	buffer_add_string(line, ")");
}

/* The half of an argument, or what else a word is. */
static void
add_word(struct buffer *line, const char *call, unsigned word)
{
	bool upper = (word % 2 == 1) == (BYTE_ORDER == LITTLE_ENDIAN);
	size_t argument = find_argument(call, word);

	if (word == FILTER_WORDS)
		buffer_add_string(line, "something");
	else if (word < offsetof(struct seccomp_data, args) / sizeof(uint32_t))
		buffer_add_string(line, "instruction_pointer");
	else if (argument < NAMES)
		buffer_add_string(line, names[argument].name);
	else
		buffer_printf(line, "arg%u", argument_of(word));
	if (word < FILTER_WORDS && upper)
		buffer_add_string(line, " >> 32");
}

static void
add_condition(struct buffer *line, const char *call, const struct filter_condition *condition)
{
	static const char *const comparisons[] = {
		[FILTER_EQUAL] = "==", [FILTER_GREATER] = ">", [FILTER_GREATER_EQUAL] = ">="
	};
	size_t argument = find_argument(call, condition->word);

	add_word(line, call, condition->word);
	if (condition->comparison == FILTER_ANY_BIT) {
		buffer_add_string(line, " & ");
		add_bits(line, argument, condition->mask);
		buffer_add_string(line, " != 0");
		return;
	}
	/* People know that these arguments have 32 bits. */
	if (condition->mask != UINT32_MAX || argument == NAMES)
		buffer_printf(line, " & %#x", condition->mask);
	buffer_printf(line, " %s ", comparisons[condition->comparison]);
	add_value(line, argument, condition->value);
}

/* Does this case only give another value for the condition of the one before? */
static bool
is_another_value(const struct filter_case *before, const struct filter_case *next)
{
	const struct filter_condition *a = before->conditions, *b = next->conditions;

	return before->condition_count == 1 && next->condition_count == 1 && a->word == b->word &&
	       a->word < FILTER_WORDS && a->mask == b->mask && a->comparison == FILTER_EQUAL &&
	       b->comparison == FILTER_EQUAL;
}

/* A case behind those that do the same. */
static void
add_case(struct buffer *line, const char *call, const struct filter_case *before,
         const struct filter_case *next)
{
	if (before && is_another_value(before, next)) {
		buffer_add_string(line, " or ");
		add_value(line, find_argument(call, next->conditions[0].word),
		          next->conditions[0].value);
		return;
	}
	buffer_add_string(line, before ? " or " : " if ");
	for (size_t i = 0; i < next->condition_count; i++) {
		if (i > 0)
			buffer_add_string(line, " and ");
		add_condition(line, call, &next->conditions[i]);
	}
}

const char *
filter_line(struct arena *arena, const struct filter_cases *cases, const char *call)
{
	struct buffer line = { .arena = arena };
	const struct filter_case *before = NULL;

	if (cases->failed)
		return cases->failed;
	for (size_t i = 0; i + 1 < cases->count; i++) {
		const struct filter_case *next = &cases->items[i];

		if (!before || before->action != next->action) {
			if (before)
				buffer_add_string(&line, "; ");
			add_action(&line, next->action);
			before = NULL;
		}
		add_case(&line, call, before, next);
		before = next;
	}
	if (before)
		buffer_add_string(&line, "; else ");
	add_action(&line, cases->items[cases->count - 1].action);
	return line.data;
}

const char *
filter_describe(struct arena *arena, const void *bytes, size_t size, uint32_t audit,
                uint32_t number)
{
	struct filter_cases cases = filter_follow(arena, bytes, size, audit, number);

	return filter_line(arena, &cases, NULL);
}
