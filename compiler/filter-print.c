/* What a filter does with all system calls: printed, counted, compared with another. */
#include "compiler.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* linux/audit.h of Linux 5.19 */
#ifndef AUDIT_ARCH_LOONGARCH64
#define AUDIT_ARCH_LOONGARCH64 (258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE)
#endif

const struct filter_architecture filter_architectures[] = {
	{ AUDIT_ARCH_X86_64, "x86_64" },
	{ AUDIT_ARCH_I386, "i386" },
	{ AUDIT_ARCH_AARCH64, "aarch64" },
	{ AUDIT_ARCH_ARM, "arm" },
	{ AUDIT_ARCH_RISCV64, "riscv64" },
	{ AUDIT_ARCH_PPC64LE, "powerpc64le" },
	{ AUDIT_ARCH_S390X, "s390x" },
	{ AUDIT_ARCH_LOONGARCH64, "loongarch64" },
	{ UINT32_MAX, NULL },
};
#define ARCHITECTURES (sizeof filter_architectures / sizeof filter_architectures[0] - 1)
static const struct filter_architecture others = { UINT32_MAX, "other architectures" };

/* x32 is told from x86-64 by this bit of the number (syscall(2)). */
#define X32_BIT 0x40000000

/* Numbers below this are looked at one by one; above, those where a program makes a difference. */
#define FIRST_NUMBERS 512
#define NUMBERS_MAX 2048

struct numbers {
	uint32_t *items;
	size_t count;
};

/* What a filter does with each of the numbers. */
struct lines {
	struct filter_cases *cases;
	const char **text;
	bool uniform; /* the same with all */
	size_t allowed, refused, conditional; /* of those with a name */
};

const char *
filter_call_name(struct arena *arena, uint32_t audit, uint32_t number)
{
	const char *known = NULL;
	char *name;

	for (size_t i = 0; i < syscall_count && !known; i++) {
		uint16_t given = syscall_table[i].number;

		if (given != 0 && given == number && (given >= 424 || audit == AUDIT_ARCH_X86_64))
			known = syscall_table[i].name;
	}
	if (known)
		return known;
	/* The tokens of libseccomp are AUDIT_ARCH_* (seccomp_arch_add(3)). */
	name = number <= INT32_MAX ? seccomp_syscall_resolve_num_arch(audit, (int)number) : NULL;
	if (name)
		known = arena_copy(arena, name, strlen(name));
	else
		known = arena_printf(arena, "#%u", number);
	free(name);
	return known;
}

static bool
is_x32(uint32_t audit, uint32_t number)
{
	return audit == AUDIT_ARCH_X86_64 && number >= X32_BIT;
}

/* A call's name, or what numbers without one are called together. */
static const char *
group_name(struct arena *arena, uint32_t audit, uint32_t number)
{
	const char *name = filter_call_name(arena, audit, number);

	if (is_x32(audit, number))
		return "calls of x32";
	return name[0] == '#' ? "unknown calls" : name;
}

static bool
has_name(struct arena *arena, uint32_t audit, uint32_t number)
{
	return !is_x32(audit, number) && filter_call_name(arena, audit, number)[0] != '#';
}

static int
compare_number(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

static void
add_constants(struct numbers *numbers, const void *bytes, size_t size)
{
	const struct sock_filter *code = bytes;

	for (size_t i = 0; i < size / sizeof *code; i++) {
		if (BPF_CLASS(code[i].code) != BPF_JMP || code[i].k < FIRST_NUMBERS ||
		    numbers->count + 3 > NUMBERS_MAX)
			continue;
		numbers->items[numbers->count++] = code[i].k - 1;
		numbers->items[numbers->count++] = code[i].k;
		numbers->items[numbers->count++] = code[i].k + 1;
	}
}

/* Numbers that stand for all that two filters may treat differently. */
static struct numbers
find_numbers(struct arena *arena, const void *before, size_t before_size, const void *after,
             size_t after_size)
{
	struct numbers numbers = { arena_alloc(arena, NUMBERS_MAX * sizeof(uint32_t)), 0 };
	size_t kept = 0;

	for (uint32_t i = 0; i < FIRST_NUMBERS; i++)
		numbers.items[numbers.count++] = i;
	numbers.items[numbers.count++] = X32_BIT - 1;
	numbers.items[numbers.count++] = X32_BIT | 1;
	numbers.items[numbers.count++] = INT32_MAX;
	add_constants(&numbers, before, before_size);
	add_constants(&numbers, after, after_size);
	qsort(numbers.items, numbers.count, sizeof *numbers.items, compare_number);
	for (size_t i = 0; i < numbers.count; i++) {
		if (kept == 0 || numbers.items[kept - 1] != numbers.items[i])
			numbers.items[kept++] = numbers.items[i];
	}
	numbers.count = kept;
	return numbers;
}

static struct lines
find_lines(struct arena *arena, const void *bytes, size_t size, uint32_t audit,
           const struct numbers *numbers)
{
	struct lines lines = {
		.cases = arena_alloc(arena, numbers->count * sizeof *lines.cases),
		.text = arena_alloc(arena, numbers->count * sizeof *lines.text),
		.uniform = true,
	};

	for (size_t i = 0; i < numbers->count; i++) {
		uint32_t number = numbers->items[i];
		struct filter_cases *cases = &lines.cases[i];

		*cases = filter_follow(arena, bytes, size, audit, number);
		lines.text[i] = filter_line(arena, cases, group_name(arena, audit, number));
		if (strcmp(lines.text[i], lines.text[0]) != 0)
			lines.uniform = false;
		if (!has_name(arena, audit, number))
			continue;
		if (cases->count != 1)
			lines.conditional++;
		else if (filter_permits(cases->items[0].action))
			lines.allowed++;
		else
			lines.refused++;
	}
	return lines;
}

static const char *
counts(struct arena *arena, const struct lines *lines)
{
	return arena_printf(arena, "%zu allowed, %zu refused, %zu decided by their arguments",
	                    lines->allowed, lines->refused, lines->conditional);
}

const char *
filter_summary(struct arena *arena, const void *bytes, size_t size)
{
	struct numbers numbers = find_numbers(arena, bytes, size, NULL, 0);
	struct lines lines = find_lines(arena, bytes, size, seccomp_arch_native(), &numbers);

	if (lines.uniform)
		return arena_printf(arena, "all: %s", lines.text[0]);
	return counts(arena, &lines);
}

/* Comparing */

struct changes {
	struct arena *arena;
	struct filter_change *items;
	size_t count;
	size_t capacity;
};

static void
add_change(struct changes *changes, struct filter_change change)
{
	*ARRAY_ADD(changes->arena, changes->items, changes->count, changes->capacity) = change;
}

/* One change for a call, or for several of the same name. */
static void
add_call_change(struct changes *changes, size_t first, struct filter_change change)
{
	for (size_t i = first; i < changes->count; i++) {
		struct filter_change *known = &changes->items[i];

		if (strcmp(known->call, change.call) == 0 &&
		    strcmp(known->before, change.before) == 0 &&
		    strcmp(known->after, change.after) == 0) {
			known->gained |= change.gained;
			return;
		}
	}
	add_change(changes, change);
}

static void
compare_architecture(struct changes *changes, const struct filter_architecture *architecture,
                     const struct numbers *numbers, const struct lines *before,
                     const struct lines *after)
{
	bool whole = before->uniform || after->uniform;
	size_t first = changes->count;
	struct filter_change all = {
		.architecture = architecture->name,
		.call = "every call",
		.before = before->uniform ? before->text[0] : counts(changes->arena, before),
		.after = after->uniform ? after->text[0] : counts(changes->arena, after),
	};

	for (size_t i = 0; i < numbers->count; i++) {
		struct filter_change change = {
			.architecture = architecture->name,
			.call = group_name(changes->arena, architecture->audit, numbers->items[i]),
			.before = before->text[i],
			.after = after->text[i],
		};

		if (strcmp(before->text[i], after->text[i]) == 0 && !before->cases[i].failed)
			continue;
		change.gained = filter_gains(&before->cases[i], &after->cases[i]);
		all.gained |= change.gained;
		if (!whole)
			add_call_change(changes, first, change);
	}
	if (whole && strcmp(all.before, all.after) != 0)
		add_change(changes, all);
}

size_t
filter_compare(struct arena *arena, const void *before, size_t before_size, const void *after,
               size_t after_size, struct filter_change **ret_changes)
{
	struct changes changes = { .arena = arena };
	struct numbers numbers = find_numbers(arena, before, before_size, after, after_size);

	*ret_changes = NULL;
	/* Also what cannot be followed does the same if it is the same. */
	if (before_size == after_size &&
	    (before_size == 0 || memcmp(before, after, before_size) == 0))
		return 0;
	for (size_t i = 0; i <= ARCHITECTURES; i++) {
		const struct filter_architecture *a =
			i < ARCHITECTURES ? &filter_architectures[i] : &others;
		struct lines old = find_lines(arena, before, before_size, a->audit, &numbers);
		struct lines new = find_lines(arena, after, after_size, a->audit, &numbers);

		/* Those that both filters do not know are among the others. */
		if (i < ARCHITECTURES && old.uniform && new.uniform)
			continue;
		compare_architecture(&changes, a, &numbers, &old, &new);
	}
	*ret_changes = changes.items;
	return changes.count;
}

/* Printing */

#define PRINT_COLUMNS 80
#define PRINT_INDENT 16 /* two tabs */

/* A word of a paragraph. */
static void
print_word(FILE *stream, const char *word, size_t *column)
{
	size_t size = strlen(word);

	if (*column > 0 && *column + 1 + size > PRINT_COLUMNS - PRINT_INDENT) {
		fputc('\n', stream);
		*column = 0;
	}
	*column += fprintf(stream, *column == 0 ? "\t\t%s" : " %s", word) > 0 ? size + 1 : 0;
}

/* The names of all calls with one line. Numbers without a name come last, once. */
static void
print_calls(FILE *stream, struct arena *arena, uint32_t audit, const struct numbers *numbers,
            const struct lines *lines, const char *line)
{
	const char *unnamed[] = { "unknown calls", "calls of x32" };
	bool has_unnamed[] = { false, false };
	size_t column = 0;

	for (size_t i = 0; i < numbers->count; i++) {
		uint32_t number = numbers->items[i];

		if (strcmp(lines->text[i], line) != 0)
			continue;
		if (has_name(arena, audit, number))
			print_word(stream, filter_call_name(arena, audit, number), &column);
		else
			has_unnamed[is_x32(audit, number)] = true;
	}
	for (size_t i = 0; i < 2; i++) {
		if (has_unnamed[i])
			print_word(stream, unnamed[i], &column);
	}
	fputc('\n', stream);
}

static bool
is_first_of_line(const struct lines *lines, size_t i)
{
	for (size_t before = 0; before < i; before++) {
		if (strcmp(lines->text[before], lines->text[i]) == 0)
			return false;
	}
	return true;
}

static void
print_architecture(FILE *stream, struct arena *arena,
                   const struct filter_architecture *architecture, const struct numbers *numbers,
                   const struct lines *lines)
{
	if (lines->uniform) {
		fprintf(stream, "%s: %s\n", architecture->name, lines->text[0]);
		return;
	}
	fprintf(stream, "%s:\n", architecture->name);
	/* Plain lines first, then those with conditions. */
	for (int conditional = 0; conditional < 2; conditional++) {
		for (size_t i = 0; i < numbers->count; i++) {
			if ((lines->cases[i].count != 1) != conditional ||
			    !is_first_of_line(lines, i))
				continue;
			fprintf(stream, "\t%s:\n", lines->text[i]);
			print_calls(stream, arena, architecture->audit, numbers, lines,
			            lines->text[i]);
		}
	}
}

void
filter_print(FILE *stream, struct arena *arena, const void *bytes, size_t size)
{
	struct numbers numbers = find_numbers(arena, bytes, size, NULL, 0);
	struct lines rest = find_lines(arena, bytes, size, others.audit, &numbers);

	for (size_t i = 0; i < ARCHITECTURES; i++) {
		struct lines lines =
			find_lines(arena, bytes, size, filter_architectures[i].audit, &numbers);

		if (!lines.uniform || !rest.uniform || strcmp(lines.text[0], rest.text[0]) != 0)
			print_architecture(stream, arena, &filter_architectures[i], &numbers,
			                   &lines);
	}
	print_architecture(stream, arena, &others, &numbers, &rest);
}
