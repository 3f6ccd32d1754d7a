/* What a seccomp filter does with a system call: found out by following its instructions. */
#include "compiler.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

/*
 * The number and the architecture are known, the arguments are not: where the way depends on them
 * both ways are followed, first the one on which the comparison holds. In this order a case needs
 * only the conditions that hold on its way: whatever fails one of those that do not is caught by a
 * case before.
 *
 * Programs jump forward only, so each way ends; how many there are, and how long they are together,
 * is limited.
 */
#define CASES_MAX 64
#define STEPS_MAX 65536

/* What a register holds: a number, bits of a word of the data, or something else. */
struct value {
	enum {
		VALUE_NUMBER,
		VALUE_WORD,
		VALUE_OTHER
	} kind;
	uint32_t number; /* or the word's index */
	uint32_t mask; /* of a word */
};

#define NUMBER(n) ((struct value){ VALUE_NUMBER, (n), 0 })
#define OTHER ((struct value){ VALUE_OTHER, 0, 0 })

/* A way through the program. */
struct way {
	size_t at; /* the next instruction */
	struct value a, x;
	struct value memory[BPF_MEMWORDS];
	struct value words[FILTER_WORDS]; /* as far as they are known */
	struct filter_condition conditions[FILTER_CONDITIONS]; /* that hold on it */
	size_t condition_count;
};

struct follower {
	struct arena *arena;
	const struct sock_filter *code;
	size_t count;
	size_t steps;
	struct filter_cases cases;
};

static void
load(struct follower *f, struct way *way, const struct sock_filter *at)
{
	uint32_t word = at->k / sizeof(uint32_t);

	switch (at->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (at->k % sizeof(uint32_t) != 0 || word >= FILTER_WORDS)
			f->cases.failed = "damaged";
		else
			way->a = way->words[word];
		break;
	case BPF_LD | BPF_IMM:
		way->a = NUMBER(at->k);
		break;
	case BPF_LDX | BPF_IMM:
		way->x = NUMBER(at->k);
		break;
	case BPF_LD | BPF_W | BPF_LEN:
		way->a = NUMBER(sizeof(struct seccomp_data));
		break;
	case BPF_LDX | BPF_W | BPF_LEN:
		way->x = NUMBER(sizeof(struct seccomp_data));
		break;
	case BPF_LD | BPF_MEM:
		if (at->k < BPF_MEMWORDS)
			way->a = way->memory[at->k];
		break;
	case BPF_LDX | BPF_MEM:
		if (at->k < BPF_MEMWORDS)
			way->x = way->memory[at->k];
		break;
	case BPF_ST:
		if (at->k < BPF_MEMWORDS)
			way->memory[at->k] = way->a;
		break;
	case BPF_STX:
		if (at->k < BPF_MEMWORDS)
			way->memory[at->k] = way->x;
		break;
	case BPF_MISC | BPF_TAX:
		way->x = way->a;
		break;
	case BPF_MISC | BPF_TXA:
		way->a = way->x;
		break;
	default:
		f->cases.failed = "damaged";
	}
}

/* False if the operation is none. */
static bool
calculate_numbers(uint16_t operation, uint32_t a, uint32_t b, uint32_t *ret_result)
{
	switch (operation) {
	case BPF_ADD:
		*ret_result = a + b;
		return true;
	case BPF_SUB:
		*ret_result = a - b;
		return true;
	case BPF_MUL:
		*ret_result = a * b;
		return true;
	case BPF_DIV:
		/* By 0 in a register the program ends with 0 (Documentation/networking/filter). */
		*ret_result = b ? a / b : 0;
		return true;
	case BPF_AND:
		*ret_result = a & b;
		return true;
	case BPF_OR:
		*ret_result = a | b;
		return true;
	case BPF_XOR:
		*ret_result = a ^ b;
		return true;
	case BPF_LSH:
		*ret_result = b < 32 ? a << b : 0;
		return true;
	case BPF_RSH:
		*ret_result = b < 32 ? a >> b : 0;
		return true;
	case BPF_NEG:
		*ret_result = -a;
		return true;
	default:
		return false;
	}
}

static void
calculate(struct follower *f, struct way *way, const struct sock_filter *at)
{
	struct value b = BPF_SRC(at->code) == BPF_X ? way->x : NUMBER(at->k);
	uint32_t result;

	if (!calculate_numbers(BPF_OP(at->code), way->a.number, b.number, &result))
		f->cases.failed = "damaged";
	else if (way->a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER)
		way->a = NUMBER(result);
	else if (way->a.kind == VALUE_WORD && b.kind == VALUE_NUMBER && BPF_OP(at->code) == BPF_AND)
		way->a.mask &= b.number;
	else
		way->a = OTHER;
	if (way->a.kind == VALUE_WORD && way->a.mask == 0)
		way->a = NUMBER(0);
}

static bool
compare(uint16_t comparison, uint32_t a, uint32_t b)
{
	switch (comparison) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b;
	}
}

/* The condition under which the comparison holds. */
static struct filter_condition
make_condition(const struct way *way, uint16_t comparison, struct value b)
{
	struct filter_condition condition = { .word = FILTER_WORDS, .mask = UINT32_MAX };

	if (way->a.kind == VALUE_WORD && b.kind == VALUE_NUMBER) {
		condition.word = way->a.number;
		condition.mask = way->a.mask;
	}
	if (b.kind == VALUE_NUMBER)
		condition.value = b.number;
	condition.comparison = comparison == BPF_JEQ   ? FILTER_EQUAL
	                       : comparison == BPF_JGT ? FILTER_GREATER
	                       : comparison == BPF_JGE ? FILTER_GREATER_EQUAL
	                                               : FILTER_ANY_BIT;
	if (comparison == BPF_JSET) {
		condition.mask &= condition.value;
		condition.value = 0;
	}
	return condition;
}

static void
follow(struct follower *f, struct way *way);

static void
jump(struct follower *f, struct way *way, const struct sock_filter *at)
{
	uint16_t comparison = BPF_OP(at->code);
	struct value b = BPF_SRC(at->code) == BPF_X ? way->x : NUMBER(at->k);
	struct filter_condition condition;
	struct way *holds;

	if (comparison == BPF_JA) {
		way->at += at->k;
		return;
	}
	if (way->a.kind == VALUE_NUMBER && b.kind == VALUE_NUMBER) {
		way->at += compare(comparison, way->a.number, b.number) ? at->jt : at->jf;
		return;
	}
	condition = make_condition(way, comparison, b);
	if (way->condition_count == FILTER_CONDITIONS) {
		f->cases.failed = "not followed: too many conditions";
		return;
	}
	holds = arena_alloc(f->arena, sizeof *holds);
	*holds = *way;
	holds->at += at->jt;
	holds->conditions[holds->condition_count++] = condition;
	if (condition.word < FILTER_WORDS && condition.comparison == FILTER_EQUAL &&
	    condition.mask == UINT32_MAX)
		holds->words[condition.word] = holds->a = NUMBER(condition.value);
	follow(f, holds);
	way->at += at->jf;
}

static void
end(struct follower *f, const struct way *way, const struct sock_filter *at)
{
	struct value result = BPF_RVAL(at->code) == BPF_A ? way->a : NUMBER(at->k);
	struct filter_case *added;

	if (result.kind != VALUE_NUMBER) {
		f->cases.failed = "not followed: the result is calculated";
		return;
	}
	if (f->cases.count == CASES_MAX) {
		f->cases.failed = "not followed: too many cases";
		return;
	}
	added = ARRAY_ADD(f->arena, f->cases.items, f->cases.count, f->cases.capacity);
	added->action = result.number;
	added->condition_count = way->condition_count;
	memcpy(added->conditions, way->conditions, sizeof added->conditions);
}

/* Follows a way, and all that leave it. */
static void
follow(struct follower *f, struct way *way)
{
	while (!f->cases.failed) {
		const struct sock_filter *at;

		if (way->at >= f->count) {
			f->cases.failed = "damaged";
			return;
		}
		if (f->steps++ == STEPS_MAX) {
			f->cases.failed = "not followed: too long";
			return;
		}
		at = &f->code[way->at++];
		switch (BPF_CLASS(at->code)) {
		case BPF_ALU:
			calculate(f, way, at);
			break;
		case BPF_JMP:
			jump(f, way, at);
			break;
		case BPF_RET:
			end(f, way, at);
			return;
		default:
			load(f, way, at);
		}
	}
}

static int
compare_numbers32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
compare_conditions(const struct filter_condition *a, const struct filter_condition *b)
{
	int order = compare_numbers32(a->word, b->word);

	order = order ? order : compare_numbers32(a->mask, b->mask);
	order = order ? order : compare_numbers32(a->comparison, b->comparison);
	return order ? order : compare_numbers32(a->value, b->value);
}

/* For qsort: by their conditions. */
static int
compare_cases(const void *left, const void *right)
{
	const struct filter_case *a = left, *b = right;
	int order = 0;

	for (size_t i = 0; i < FILTER_CONDITIONS && !order; i++)
		order = compare_conditions(&a->conditions[i], &b->conditions[i]);
	return order;
}

/* Takes out what changes nothing, and gives cases that do the same an order of their own. */
static void
simplify(struct filter_cases *cases)
{
	size_t kept = 0;

	while (cases->count > 1 &&
	       cases->items[cases->count - 2].action == cases->items[cases->count - 1].action) {
		cases->items[cases->count - 2] = cases->items[cases->count - 1];
		cases->count--;
	}
	for (size_t first = 0, next; first + 1 < cases->count; first = next) {
		for (next = first + 1; next + 1 < cases->count &&
		                       cases->items[next].action == cases->items[first].action;)
			next++;
		qsort(cases->items + first, next - first, sizeof *cases->items, compare_cases);
	}
	for (size_t i = 0; i < cases->count; i++) {
		if (kept > 0 && compare_cases(&cases->items[kept - 1], &cases->items[i]) == 0)
			continue;
		cases->items[kept++] = cases->items[i];
	}
	cases->count = kept;
}

struct filter_cases
filter_follow(struct arena *arena, const void *bytes, size_t size, uint32_t audit, uint32_t number)
{
	static const struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
	struct follower f = { .arena = arena, .code = bytes };
	struct way way = { .a = NUMBER(0), .x = NUMBER(0) };

	f.count = size / sizeof *f.code;
	if (size == 0) {
		f.code = &allow;
		f.count = 1;
	}
	for (uint32_t i = 0; i < FILTER_WORDS; i++)
		way.words[i] = (struct value){ VALUE_WORD, i, UINT32_MAX };
	way.words[offsetof(struct seccomp_data, nr) / sizeof(uint32_t)] = NUMBER(number);
	way.words[offsetof(struct seccomp_data, arch) / sizeof(uint32_t)] = NUMBER(audit);
	for (size_t i = 0; i < BPF_MEMWORDS; i++)
		way.memory[i] = NUMBER(0);
	if (size % sizeof *f.code != 0 || f.count > BPF_MAXINSNS)
		f.cases.failed = "damaged";
	else
		follow(&f, &way);
	if (f.cases.failed)
		f.cases.count = 0;
	else
		simplify(&f.cases);
	return f.cases;
}
