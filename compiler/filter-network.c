/* Does a filter leave a program no sockets but those of AF_UNIX? */
#include "compiler.h"

#include <endian.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* The low half of the first argument. */
#define FAMILY (offsetof(struct seccomp_data, args) / sizeof(uint32_t) + (BYTE_ORDER == BIG_ENDIAN))

/* No system call that makes sockets has a higher number, but for the bit of x32 (syscall(2)). */
#define LAST_NUMBER 511
#define X32_BIT 0x40000000

/* Does every case that lets the call pass ask for AF_UNIX? */
static bool
asks_for_unix(const struct filter_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct filter_case *one = &cases->items[i];
		bool asked = !filter_permits(one->action);

		for (size_t j = 0; j < one->condition_count && !asked; j++)
			asked = one->conditions[j].word == FAMILY &&
			        one->conditions[j].comparison == FILTER_EQUAL &&
			        one->conditions[j].mask == UINT32_MAX &&
			        one->conditions[j].value == AF_UNIX;
		if (!asked)
			return false;
	}
	return true;
}

/* Is the call refused with this first argument, before a case that depends on anything else? */
static bool
refuses_first(const struct filter_cases *cases, uint32_t first)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct filter_case *one = &cases->items[i];
		bool holds = true;

		for (size_t j = 0; j < one->condition_count && holds; j++) {
			if (one->conditions[j].word != FAMILY ||
			    one->conditions[j].comparison != FILTER_EQUAL)
				return false;
			holds = (first & one->conditions[j].mask) == one->conditions[j].value;
		}
		if (holds)
			return !filter_permits(one->action);
	}
	return false;
}

static bool
refuses(const struct filter_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		if (filter_permits(cases->items[i].action))
			return false;
	}
	return true;
}

/* Does what it does with the call make no socket of another family? `call` is NULL where numbers
 * have no names: any may make sockets. */
static bool
is_blocked(const struct filter_cases *cases, const char *call)
{
	if (!call)
		return refuses(cases);
	if (strcmp(call, "socket") == 0 || strcmp(call, "socketpair") == 0)
		return asks_for_unix(cases);
	if (strcmp(call, "socketcall") == 0) /* the two by their numbers (linux/net.h) */
		return refuses_first(cases, 1) && refuses_first(cases, 8);
	return strncmp(call, "io_uring_", strlen("io_uring_")) != 0 || refuses(cases);
}

/* `names` is the architecture whose numbers these are; 0 if that is not known. */
static bool
blocks(struct arena *arena, const void *bytes, size_t size, uint32_t audit, uint32_t names)
{
	for (uint32_t number = 0; number <= LAST_NUMBER; number++) {
		const char *call = names ? filter_call_name(arena, names, number) : NULL;
		struct filter_cases cases = filter_follow(arena, bytes, size, audit, number);

		if (cases.failed || !is_blocked(&cases, call))
			return false;
		if (audit != SCMP_ARCH_X86_64)
			continue;
		/* Of x32 everything is refused, here as by every filter of closurebox. */
		cases = filter_follow(arena, bytes, size, audit, number | X32_BIT);
		if (cases.failed || !refuses(&cases))
			return false;
	}
	return true;
}

bool
filter_blocks_network(struct arena *arena, const void *bytes, size_t size)
{
	uint32_t native = seccomp_arch_native(); /* AUDIT_ARCH_* (seccomp_arch_add(3)) */

	for (const struct filter_architecture *a = filter_architectures; a->name; a++) {
		if (!blocks(arena, bytes, size, a->audit, a->audit))
			return false;
	}
	return blocks(arena, bytes, size, native, native) &&
	       blocks(arena, bytes, size, UINT32_MAX, 0);
}
