/* Seccomp programs: a binary search for the number, then conditions on arguments. */
#include "compiler.h"

#include <assert.h>
#include <endian.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>

/*
 * libseccomp is asked for names and numbers only. It cannot say "all but these values of an
 * argument" beside a default that refuses, knows no numbers of system calls newer than itself on a
 * second architecture, kills callers of x32 or lets all of it pass, and takes a condition on
 * socket() of i386 as one on all of socketcall().
 */

/* Instructions are written from the end to the start: so a jump's targets, which are always behind
 * it, have their places before it is written. A place is an index into `code`. */
struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t start; /* of what is written */
	struct {
		uint32_t action;
		size_t place;
	} returns[8]; /* the latest of each action */
	size_t return_count;
};

/* A conditional jump skips at most 255 instructions, of which two may still have to be written. */
#define JUMP_NEAR 253

static size_t
emit(struct program *p, uint16_t code, uint32_t operand)
{
	assert(p->start > 0);
	p->code[--p->start] = (struct sock_filter){ .code = code, .k = operand };
	return p->start;
}

static size_t
near(struct program *p, size_t place)
{
	if (place - p->start <= JUMP_NEAR)
		return place;
	return emit(p, BPF_JMP | BPF_JA, (uint32_t)(place - p->start));
}

/* Goes on at `yes` or `no` after comparing the accumulator with the operand. */
static size_t
emit_test(struct program *p, uint16_t comparison, uint32_t operand, size_t yes, size_t no)
{
	size_t place;

	yes = near(p, yes);
	no = near(p, no);
	place = emit(p, BPF_JMP | comparison | BPF_K, operand);
	p->code[place].jt = (uint8_t)(yes - place - 1);
	p->code[place].jf = (uint8_t)(no - place - 1);
	return place;
}

static size_t
emit_load(struct program *p, size_t offset)
{
	return emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* One instruction serves all that are near. */
static size_t
emit_return(struct program *p, uint32_t action)
{
	size_t i = 0;

	while (i < p->return_count && p->returns[i].action != action)
		i++;
	if (i < p->return_count && p->returns[i].place - p->start <= JUMP_NEAR)
		return p->returns[i].place;
	if (i == p->return_count) {
		assert(i < sizeof p->returns / sizeof p->returns[0]);
		p->return_count++;
	}
	p->returns[i].action = action;
	p->returns[i].place = emit(p, BPF_RET | BPF_K, action);
	return p->returns[i].place;
}

/* The low half of an argument (struct seccomp_data is in the machine's byte order). */
static size_t
argument_offset(unsigned index)
{
	return offsetof(struct seccomp_data, args) + index * sizeof(uint64_t) +
	       (BYTE_ORDER == BIG_ENDIAN ? sizeof(uint32_t) : 0);
}

static size_t
emit_argument(struct program *p, const struct syscall_argument *a, size_t holds)
{
	size_t fails = emit_return(p, SECCOMP_RET_ERRNO | a->error);
	size_t place = a->condition == ARGUMENT_ANY ? fails : holds;
	uint16_t comparison = a->condition == ARGUMENT_NO_BITS ? BPF_JSET : BPF_JEQ;
	size_t if_equal = a->condition == ARGUMENT_ANY ? holds : fails;

	assert(a->count > 0);
	for (size_t i = a->count; i-- > 0;)
		place = emit_test(p, comparison, a->values[i], if_equal, place);
	if (a->mask != UINT32_MAX)
		emit(p, BPF_ALU | BPF_AND | BPF_K, a->mask);
	return emit_load(p, argument_offset(a->index));
}

static size_t
emit_decision(struct program *p, const struct syscall_range *range)
{
	size_t place = emit_return(p, range->action);

	for (size_t i = SYSCALL_ARGUMENTS; i-- > 0;) {
		if (range->arguments[i])
			place = emit_argument(p, range->arguments[i], place);
	}
	return place;
}

/* What decides about the numbers of these ranges. */
static size_t
emit_search(struct program *p, const struct syscall_range *ranges, size_t count)
{
	size_t half = count / 2;
	size_t lower, upper;

	if (count == 1)
		return emit_decision(p, ranges);
	upper = emit_search(p, ranges + half, count - half);
	lower = emit_search(p, ranges, half);
	return emit_test(p, BPF_JGE, ranges[half].first, upper, lower);
}

void
syscall_program(struct arena *arena, const struct syscall_architecture *architectures, size_t count,
                const void **ret_bytes, size_t *ret_size)
{
	struct program *p = arena_alloc(arena, sizeof *p);
	size_t place;

	p->start = BPF_MAXINSNS;
	place = emit_return(p, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = count; i-- > 0;) {
		size_t search = emit_search(p, architectures[i].ranges, architectures[i].count);

		if (search != p->start)
			emit(p, BPF_JMP | BPF_JA, (uint32_t)(search - p->start));
		search = emit_load(p, offsetof(struct seccomp_data, nr));
		place = emit_test(p, BPF_JEQ, architectures[i].audit, search, place);
	}
	emit_load(p, offsetof(struct seccomp_data, arch));
	*ret_bytes = p->code + p->start;
	*ret_size = (BPF_MAXINSNS - p->start) * sizeof p->code[0];
}
