/* What is said of filters, against what they do. */
#include "filters.h"

static void
make_base(struct fixture *f, enum filter_base base, bool i386, bool nested)
{
	set_up(f, base);
	f->c.policy.filter_i386 = i386;
	f->c.policy.nested_sandbox = nested;
	make(f, "", "");
}

static size_t
size_of(const struct fixture *f)
{
	return f->filter.count * sizeof(struct sock_filter);
}

static const char *
line_of(struct fixture *f, uint32_t audit, uint32_t number)
{
	return filter_describe(&f->c.arena, f->filter.code, size_of(f), audit, number);
}

/* Following */

static bool
holds(const struct filter_condition *condition, const struct seccomp_data *data)
{
	uint32_t words[FILTER_WORDS], value;

	if (condition->word >= FILTER_WORDS)
		ck_abort_msg("a condition on nothing");
	memcpy(words, data, sizeof words);
	value = words[condition->word] & condition->mask;
	switch (condition->comparison) {
	case FILTER_EQUAL:
		return value == condition->value;
	case FILTER_GREATER:
		return value > condition->value;
	case FILTER_GREATER_EQUAL:
		return value >= condition->value;
	case FILTER_ANY_BIT:
		return value != 0;
	}
	return false;
}

static uint32_t
choose_case(const struct filter_cases *cases, const struct seccomp_data *data)
{
	for (size_t i = 0; i < cases->count; i++) {
		const struct filter_case *next = &cases->items[i];
		size_t held = 0;

		while (held < next->condition_count && holds(&next->conditions[held], data))
			held++;
		if (held == next->condition_count)
			return next->action;
	}
	ck_abort_msg("no case");
	return 0;
}

/* The cases are what the program does, with all values that are tried in two arguments. */
static void
agree(struct fixture *f, uint32_t audit, uint32_t number)
{
	struct filter_cases cases =
		filter_follow(&f->c.arena, f->filter.code, size_of(f), audit, number);

	if (cases.failed)
		ck_abort_msg("%u: %s", number, cases.failed);
	if (cases.items[cases.count - 1].condition_count != 0)
		ck_abort_msg("%u: the last case has conditions", number);
	for (unsigned argument = 0; argument < 6; argument++) {
		for (size_t i = 0; i < TRIED; i++) {
			struct seccomp_data data = { .nr = (int)number, .arch = audit };

			data.args[argument] = tried_value(i);
			data.args[(argument + 1) % 6] = tried_value(TRIED - 1 - i) | 5ULL << 32;
			if (choose_case(&cases, &data) != bpf_run(&f->filter, &data))
				ck_abort_msg("%u with %#x in argument %u", number, tried_value(i),
				             argument);
		}
	}
}

START_TEST(agrees_with_programs)
{
	struct fixture f;

	make_base(&f, (enum filter_base)(_i & 1), _i & 2, _i & 4);
	for (uint32_t number = 0; number <= 600; number++) {
		agree(&f, X86_64, number);
		agree(&f, I386, number);
	}
	agree(&f, AUDIT_ARCH_ARM, 0);
	agree(&f, X86_64, X32_BIT | 41);
	tear_down(&f);
}
END_TEST

/* Programs of libseccomp compare the halves of an argument and are built otherwise than ours. */
static void
make_by_libseccomp(struct fixture *f, int optimize)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	FILE *file = tmpfile();
	static struct sock_filter code[BPF_MAXINSNS];

	set_up(f, FILTER_NONE);
	ck_assert(filter && file);
	ck_assert_int_eq(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, (uint32_t)optimize), 0);
	ck_assert_int_eq(seccomp_arch_add(filter, SCMP_ARCH_X86), 0);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mount), 0), 0);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), 0);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
	                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI)),
	                 0);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(prctl), 1,
	                                  SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)),
	                 0);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(personality), 2,
	                                  SCMP_A0(SCMP_CMP_EQ, 3, 0), SCMP_A1(SCMP_CMP_LE, 7, 0)),
	                 0);
	ck_assert_int_eq(seccomp_export_bpf(filter, fileno(file)), 0);
	rewind(file);
	f->filter.code = code;
	f->filter.count = fread(code, sizeof code[0], BPF_MAXINSNS, file);
	(void)fclose(file);
	seccomp_release(filter);
	ck_assert(bpf_is_valid(&f->filter));
}

START_TEST(agrees_with_libseccomp)
{
	struct fixture f;

	make_by_libseccomp(&f, _i + 1);
	for (uint32_t number = 0; number <= 600; number++) {
		agree(&f, X86_64, number);
		agree(&f, I386, number);
	}
	ck_assert_str_eq(line_of(&f, X86_64, 165), "errno EPERM");
	ck_assert_str_eq(line_of(&f, X86_64, 16),
	                 "errno EPERM if arg1 & 0xffffffff == 0x5412; else allow");
	tear_down(&f);
}
END_TEST

/* Instructions that no filter of ours has. */
START_TEST(other_instructions)
{
	static const struct sock_filter code[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_ALU | BPF_LSH | BPF_K, 0, 0, 1 },
		{ BPF_ST, 0, 0, 3 },
		{ BPF_LDX | BPF_MEM, 0, 0, 3 },
		{ BPF_LD | BPF_IMM, 0, 0, 10 },
		{ BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP },
		{ BPF_LD | BPF_W | BPF_LEN, 0, 0, 0 },
		{ BPF_MISC | BPF_TAX, 0, 0, 0 },
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[2]) },
		{ BPF_JMP | BPF_JGT | BPF_X, 0, 1, 0 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRACE | 5 },
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0,
		  offsetof(struct seccomp_data, instruction_pointer) },
		{ BPF_ALU | BPF_SUB | BPF_K, 0, 0, 1 },
		{ BPF_JMP | BPF_JSET | BPF_K, 1, 0, 4 },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_LOG },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 99 },
	};
	struct fixture f;

	set_up(&f, FILTER_NONE);
	f.filter = (struct bpf){ code, sizeof code / sizeof code[0] };
	ck_assert_str_eq(line_of(&f, X86_64, 5), "trap");
	ck_assert_str_eq(line_of(&f, X86_64, 6),
	                 "trace 5 if arg2 & 0xffffffff > 0x40; errno 99 if something & 0x4 != 0; "
	                 "else log");
	tear_down(&f);
}
END_TEST

/* Programs from chance, of the instructions that the tests can run. */
static struct sock_filter
any_instruction(uint32_t *state, size_t left)
{
	static const uint16_t codes[] = {
		BPF_LD | BPF_W | BPF_ABS,   BPF_ALU | BPF_AND | BPF_K, BPF_RET | BPF_K,
		BPF_JMP | BPF_JEQ | BPF_K,  BPF_JMP | BPF_JGE | BPF_K, BPF_JMP | BPF_JGT | BPF_K,
		BPF_JMP | BPF_JSET | BPF_K, BPF_JMP | BPF_JA,          BPF_LD | BPF_W | BPF_ABS,
	};
	struct sock_filter made = { 0 };

	*state = *state * 1664525 + 1013904223;
	made.code = codes[(*state >> 8) % (sizeof codes / sizeof codes[0])];
	made.k = (*state >> 16) % 12;
	if (left == 0)
		made.code = BPF_RET | BPF_K;
	if (made.code == (BPF_LD | BPF_W | BPF_ABS))
		made.k = (*state >> 16) % 16 * 4;
	else if (made.code == (BPF_JMP | BPF_JA))
		made.k = (*state >> 16) % (left < 3 ? left : 3);
	else if (BPF_CLASS(made.code) == BPF_JMP) {
		made.jt = (uint8_t)((*state >> 20) % (left < 5 ? left : 5));
		made.jf = (uint8_t)((*state >> 24) % (left < 5 ? left : 5));
	} else if (BPF_CLASS(made.code) == BPF_RET) {
		made.k = (*state >> 16) % 2 ? ALLOW : ERROR((*state >> 17) % 3);
	}
	return made;
}

START_TEST(agrees_with_chance)
{
	uint32_t state = 1;
	size_t followed = 0;

	for (int round = 0; round < 3000; round++) {
		struct sock_filter code[40];
		struct fixture f;

		set_up(&f, FILTER_NONE);
		for (size_t i = 0; i < 40; i++)
			code[i] = any_instruction(&state, 39 - i);
		f.filter = (struct bpf){ code, 40 };
		if (!bpf_is_valid(&f.filter))
			ck_abort_msg("round %d", round);
		for (uint32_t number = 0; number < 12; number++) {
			struct filter_cases cases =
				filter_follow(&f.c.arena, code, sizeof code, 3, number);

			if (cases.failed)
				continue;
			followed++;
			agree(&f, 3, number);
		}
		tear_down(&f);
	}
	ck_assert_uint_gt(followed, 10000);
}
END_TEST

/* What the kernel would refuse. */
START_TEST(damage)
{
	static const struct sock_filter outside[] = { { BPF_JMP | BPF_JA, 0, 0, 7 } };
	static const struct sock_filter no_end[] = { { BPF_LD | BPF_IMM, 0, 0, 7 } };
	static const struct sock_filter bad[] = { { 0xffff, 0, 0, 0 },
		                                  { BPF_RET | BPF_K, 0, 0, ALLOW } };
	static const struct sock_filter crooked[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 3 },
		                                      { BPF_RET | BPF_K, 0, 0, ALLOW } };
	static const struct sock_filter beyond[] = { { BPF_LD | BPF_W | BPF_ABS, 0, 0, 64 },
		                                     { BPF_RET | BPF_K, 0, 0, ALLOW } };
	struct arena arena = { 0 };

	ck_assert_str_eq(filter_describe(&arena, outside, sizeof outside, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, no_end, sizeof no_end, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, bad, sizeof bad, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, crooked, sizeof crooked, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, beyond, sizeof beyond, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, bad, sizeof bad - 1, X86_64, 1), "damaged");
	ck_assert_str_eq(filter_describe(&arena, NULL, 0, X86_64, 1), "allow");
	arena_free(&arena);
}
END_TEST

/* Lines */

START_TEST(lines)
{
	struct fixture f;
	struct filter_cases cases;

	make_base(&f, FILTER_DEFAULT, false, false);
	ck_assert_str_eq(line_of(&f, X86_64, 0), "allow");
	ck_assert_str_eq(line_of(&f, X86_64, 165), "errno EPERM");
	ck_assert_str_eq(line_of(&f, X86_64, 9999), "errno ENOSYS");
	ck_assert_str_eq(line_of(&f, I386, 0), "kill-process");
	ck_assert_str_eq(line_of(&f, X86_64, 16),
	                 "errno EPERM if arg1 & 0xffffffff == 0x5412 or 0x541c; else allow");
	ck_assert_str_eq(line_of(&f, X86_64, 56),
	                 "errno EPERM if arg0 & 0x7e020000 != 0; else allow");
	ck_assert_str_eq(line_of(&f, X86_64, 53), line_of(&f, X86_64, 41));
	cases = filter_follow(&f.c.arena, f.filter.code, size_of(&f), X86_64, 41);
	ck_assert_str_eq(filter_line(&f.c.arena, &cases, "socket"),
	                 "allow if domain == AF_UNSPEC or AF_UNIX or AF_INET or AF_INET6 or "
	                 "AF_NETLINK; else errno EAFNOSUPPORT");
	tear_down(&f);

	make_base(&f, FILTER_STRICT, false, false);
	cases = filter_follow(&f.c.arena, f.filter.code, size_of(&f), X86_64, 53);
	ck_assert_str_eq(filter_line(&f.c.arena, &cases, "socketpair"),
	                 "allow if domain == AF_UNIX and type & 0xf == SOCK_STREAM or "
	                 "domain == AF_UNIX and type & 0xf == SOCK_SEQPACKET; "
	                 "errno EPERM if domain == AF_UNIX; else errno EAFNOSUPPORT");
	tear_down(&f);
}
END_TEST

START_TEST(names)
{
	struct arena arena = { 0 };

	ck_assert_str_eq(filter_call_name(&arena, X86_64, 101), "ptrace");
	ck_assert_str_eq(filter_call_name(&arena, I386, 359), "socket");
	ck_assert_str_eq(filter_call_name(&arena, X86_64, 467), "open_tree_attr");
	ck_assert_str_eq(filter_call_name(&arena, I386, 469), "file_setattr");
	ck_assert_str_eq(filter_call_name(&arena, X86_64, 336), "uprobe");
	ck_assert_str_eq(filter_call_name(&arena, I386, 336), "perf_event_open");
	ck_assert_str_eq(filter_call_name(&arena, X86_64, 5000), "#5000");
	ck_assert_str_eq(filter_call_name(&arena, X86_64, UINT32_MAX), "#4294967295");
	ck_assert_str_eq(filter_call_name(&arena, 1, 1), "#1");
	arena_free(&arena);
}
END_TEST

static char *
printed(struct fixture *f)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	filter_print(out, &f->c.arena, f->filter.code, size_of(f));
	(void)fclose(out);
	return text;
}

START_TEST(pages)
{
	static const char *const wanted[] = {
		"x86_64:\n\tallow:\n\t\tread write open close",
		"\n\terrno EPERM:\n\t\tptrace syslog",
		"\n\terrno EPERM if request == TIOCSTI or TIOCLINUX; else allow:\n\t\tioctl\n",
		"flags & (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | ",
		"CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET) != 0; else allow:\n\t\tclone\n",
		"open_tree_attr unknown calls\n\t\tcalls of x32\n",
		"\ni386:\n\tallow:\n\t\trestart_syscall",
		"\nother architectures: kill-process\n",
	};
	struct fixture f;
	char *page, *line;

	make_base(&f, FILTER_DEFAULT, true, false);
	page = printed(&f);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		ck_assert_msg(strstr(page, wanted[i]), "no '%s' in:\n%s", wanted[i], page);
	ck_assert_ptr_null(strstr(page, "aarch64"));
	for (line = strtok(page, "\n"); line; line = strtok(NULL, "\n"))
		ck_assert_uint_lt(strspn(line, "\t") == 2 ? strlen(line) : 0, 80 - 16 + 2 + 1);
	free(page);
	ck_assert_str_eq(filter_summary(&f.c.arena, f.filter.code, size_of(&f)),
	                 "302 allowed, 74 refused, 7 decided by their arguments");
	ck_assert_str_eq(filter_summary(&f.c.arena, NULL, 0), "all: allow");
	tear_down(&f);

	set_up(&f, FILTER_NONE);
	page = printed(&f);
	ck_assert_str_eq(page, "other architectures: allow\n");
	free(page);
	tear_down(&f);
}
END_TEST

/* Comparing: two policies, and what is said of the difference. */

static const struct {
	enum filter_base base[2];
	const char *allow[2], *deny[2];
	size_t changes;
	bool gained;
	const char *call;
} compared[] = {
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "", "" }, { "", "" }, 0, false, NULL },
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "", "ptrace" }, { "", "" }, 1, true, "ptrace" },
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "", "" }, { "", "read" }, 1, false, "read" },
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "", "ioctl" }, { "", "" }, 1, true, "ioctl" },
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "ioctl", "" }, { "", "" }, 1, false, "ioctl" },
	{ { FILTER_DEFAULT, FILTER_DEFAULT }, { "", "" }, { "socket", "" }, 1, true, "socket" },
	{ { FILTER_STRICT, FILTER_DEFAULT }, { "", "" }, { "", "" }, 46, true, "connect" },
	{ { FILTER_DEFAULT, FILTER_STRICT }, { "", "" }, { "", "" }, 46, false, "connect" },
	/* the native calls, and those of all other architectures */
	{ { FILTER_NONE, FILTER_DEFAULT }, { "", "" }, { "", "" }, 2, false, "every call" },
	{ { FILTER_DEFAULT, FILTER_NONE }, { "", "" }, { "", "" }, 2, true, "every call" },
	{ { FILTER_NONE, FILTER_NONE }, { "", "" }, { "", "" }, 0, false, NULL },
};

START_TEST(comparisons)
{
	struct fixture f[2];
	struct filter_change *changes;
	size_t count;
	bool gained = false, found = !compared[_i].call;

	for (int i = 0; i < 2; i++) {
		set_up(&f[i], compared[_i].base[i]);
		make(&f[i], compared[_i].allow[i], compared[_i].deny[i]);
	}
	count = filter_compare(&f[0].c.arena, f[0].filter.code, size_of(&f[0]), f[1].filter.code,
	                       size_of(&f[1]), &changes);
	for (size_t i = 0; i < count; i++) {
		gained |= changes[i].gained;
		found |= strcmp(changes[i].call, compared[_i].call) == 0;
		ck_assert_str_ne(changes[i].before, changes[i].after);
	}
	ck_assert_uint_eq(count, compared[_i].changes);
	ck_assert(gained == compared[_i].gained);
	ck_assert(found);
	tear_down(&f[0]);
	tear_down(&f[1]);
}
END_TEST

/* One more command refused is nothing gained; one less is. */
START_TEST(comparisons_of_conditions)
{
	static struct sock_filter one[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 5 },
		{ BPF_RET | BPF_K, 0, 0, ALLOW },
		{ BPF_RET | BPF_K, 0, 0, ERROR(EPERM) },
	};
	static struct sock_filter two[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 6 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 5 },
		{ BPF_RET | BPF_K, 0, 0, ALLOW },
		{ BPF_RET | BPF_K, 0, 0, ERROR(EPERM) },
	};
	/* 5 has the bit 4: what looks permitted is refused before. */
	static const struct sock_filter refused_before[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]) },
		{ BPF_JMP | BPF_JSET | BPF_K, 2, 0, 4 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 5 },
		{ BPF_RET | BPF_K, 0, 0, ALLOW },
		{ BPF_RET | BPF_K, 0, 0, ERROR(EPERM) },
	};
	struct arena arena = { 0 };
	struct filter_change *changes;

	for (int permitting = 0; permitting < 2; permitting++) {
		ck_assert_uint_ge(
			filter_compare(&arena, one, sizeof one, two, sizeof two, &changes), 1);
		ck_assert(changes[0].gained == (permitting == 1));
		ck_assert_uint_ge(
			filter_compare(&arena, two, sizeof two, one, sizeof one, &changes), 1);
		ck_assert(changes[0].gained == (permitting == 0));
		/* the other way round: what was refused is what is allowed */
		one[2].k = two[3].k = ERROR(EPERM);
		one[3].k = two[4].k = ALLOW;
	}
	one[2].k = ERROR(EPERM);
	one[3].k = ALLOW;
	ck_assert_uint_ge(filter_compare(&arena, refused_before, sizeof refused_before, one,
	                                 sizeof one, &changes),
	                  1);
	ck_assert(changes[0].gained);
	arena_free(&arena);
}
END_TEST

/* Of the filters of policies it is exact: what one lets pass and another does not, with all values
 * that are tried in the first two arguments. */

static const struct {
	enum filter_base base;
	uint64_t share;
	bool nested, i386, fallback;
	enum network_mode network;
	const char *allow, *deny;
	bool blocks; /* it leaves no sockets but those of AF_UNIX */
} policies[] = {
	{ FILTER_DEFAULT, .allow = "", .deny = "" },
	{ FILTER_DEFAULT, .share = CLONE_NEWPID, .allow = "", .deny = "" },
	{ FILTER_DEFAULT, .nested = true, .i386 = true, .allow = "", .deny = "" },
	{ FILTER_DEFAULT, .i386 = true, .allow = "ioctl socketpair", .deny = "socket ipc" },
	{ FILTER_STRICT, .allow = "", .deny = "", .blocks = true },
	{ FILTER_STRICT, .share = CLONE_NEWPID, .i386 = true, .allow = "", .deny = "",
	  .blocks = true },
	{ FILTER_STRICT, .allow = "@network-io prlimit64", .deny = "" },
	{ FILTER_NONE, .i386 = true, .allow = "", .deny = "connect shmget ptrace" },
	{ FILTER_NONE, .i386 = true, .allow = "", .deny = "shmget semget accept" },
	{ .fallback = true },
	{ .fallback = true, .network = NETWORK_HOST, .i386 = true },
	{ FILTER_DEFAULT, .network = NETWORK_BLOCKED, .allow = "", .deny = "", .blocks = true },
	{ FILTER_STRICT, .network = NETWORK_BLOCKED, .i386 = true, .allow = "@network-io @aio",
	  .deny = "connect", .blocks = true },
	{ FILTER_NONE, .network = NETWORK_BLOCKED, .i386 = true, .nested = true, .allow = "",
	  .deny = "", .blocks = true },
};
#define POLICIES (sizeof policies / sizeof policies[0])

static void
make_policy(struct fixture *f, size_t i)
{
	set_up(f, policies[i].base);
	f->c.policy.share = policies[i].share;
	f->c.policy.nested_sandbox = policies[i].nested;
	f->c.policy.filter_i386 = policies[i].i386;
	f->c.policy.network = policies[i].network;
	if (policies[i].fallback)
		make_fallback_filter(f);
	else
		make(f, policies[i].allow, policies[i].deny);
}

static bool
gains_call(const struct bpf *before, const struct bpf *after, uint32_t audit, uint32_t number)
{
	for (size_t i = 0; i < TRIED * TRIED; i++) {
		struct seccomp_data data = {
			.nr = (int)number,
			.arch = audit,
			.args = { tried_value(i % TRIED), tried_value(i / TRIED) },
		};

		if (bpf_run(after, &data) == ALLOW && bpf_run(before, &data) != ALLOW)
			return true;
	}
	return false;
}

START_TEST(gains_of_policies)
{
	static const uint32_t audits[] = { X86_64, I386 };
	struct fixture before, after;
	size_t conditional = 0;

	make_policy(&before, (size_t)_i / POLICIES);
	make_policy(&after, (size_t)_i % POLICIES);
	for (uint32_t i = 0; i < 600 * 2; i++) {
		uint32_t audit = audits[i % 2], number = i / 2;
		struct filter_cases old = filter_follow(&before.c.arena, before.filter.code,
		                                        size_of(&before), audit, number);
		struct filter_cases new = filter_follow(&after.c.arena, after.filter.code,
		                                        size_of(&after), audit, number);

		conditional += old.count > 1 || new.count > 1;
		ck_assert_msg(
			filter_gains(&old, &new) ==
				((old.count > 1 || new.count > 1)
		                         ? gains_call(&before.filter, &after.filter, audit, number)
		                         : filter_permits(new.items[0].action) &&
		                                   !filter_permits(old.items[0].action)),
			"%zu to %zu: %s", (size_t)_i / POLICIES, (size_t)_i % POLICIES,
			name_of(audit, number));
	}
	ck_assert_uint_gt(conditional, 0);
	tear_down(&before);
	tear_down(&after);
}
END_TEST

START_TEST(blocks_of_policies)
{
	struct fixture f;

	make_policy(&f, (size_t)_i);
	ck_assert_int_eq(filter_blocks_network(&f.c.arena, f.filter.code, size_of(&f)),
	                 policies[_i].blocks);
	tear_down(&f);
}
END_TEST

/* The native part of a filter that blocks, with one instruction changed at a time: either it is
 * said to block no more, or it still does, with all families that are tried. */
START_TEST(blocks_no_more)
{
	struct fixture f;
	unsigned told = 0;

	set_up(&f, FILTER_DEFAULT);
	f.c.policy.network = NETWORK_BLOCKED;
	f.c.policy.filter_i386 = true;
	make(&f, "", "");
	struct sock_filter *code = arena_alloc(&f.c.arena, size_of(&f));
	const struct bpf changed = { code, f.filter.count };

	for (size_t at = 0; at < f.filter.count; at++) {
		bool makes = false;

		memcpy(code, f.filter.code, size_of(&f));
		if (BPF_CLASS(code[at].code) == BPF_RET)
			code[at].k = ALLOW;
		else if (BPF_CLASS(code[at].code) == BPF_LD || code[at].k < 3)
			code[at].k ^= 4;
		else
			continue;
		if (!bpf_is_valid(&changed))
			continue;
		for (uint32_t family = 0; family < 50; family++) {
			const struct seccomp_data calls[] = {
				{ .nr = 41, .arch = X86_64, .args = { family } },
				{ .nr = 53, .arch = X86_64, .args = { family } },
				{ .nr = 359, .arch = I386, .args = { family } },
				{ .nr = 360, .arch = I386, .args = { family } },
				{ .nr = 102, .arch = I386, .args = { family == 0 ? 1 : 8 } },
				{ .nr = 425, .arch = X86_64 },
				{ .nr = 425, .arch = I386 },
				{ .nr = 41 | (int)X32_BIT, .arch = X86_64, .args = { family } },
				{ .nr = 41, .arch = AUDIT_ARCH_ARM, .args = { family } },
			};

			for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
				makes |= (family != AF_UNIX || i > 3) &&
				         bpf_run(&changed, &calls[i]) == ALLOW;
		}
		if (!makes)
			continue;
		told++;
		ck_assert_msg(!filter_blocks_network(&f.c.arena, code, size_of(&f)),
		              "instruction %zu", at);
	}
	ck_assert_uint_gt(told, 5);
	code[0].k = 7; /* no word of the data */
	ck_assert(!filter_blocks_network(&f.c.arena, code, size_of(&f)));
	ck_assert(!filter_blocks_network(&f.c.arena, NULL, 0));
	tear_down(&f);
}
END_TEST

/* Comparisons of one word, each under the other; `yes` is what is done if it holds. */
static bool
gains_compared(uint16_t old, uint32_t old_value, bool old_yes, uint16_t new, uint32_t new_value,
               bool new_yes)
{
	const struct sock_filter code[2][4] = {
		{
			{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]) },
			{ BPF_JMP | BPF_K | old, 0, 1, old_value },
			{ BPF_RET | BPF_K, 0, 0, old_yes ? ALLOW : ERROR(EPERM) },
			{ BPF_RET | BPF_K, 0, 0, old_yes ? ERROR(EPERM) : ALLOW },
		},
		{
			{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args[1]) },
			{ BPF_JMP | BPF_K | new, 0, 1, new_value },
			{ BPF_RET | BPF_K, 0, 0, new_yes ? ALLOW : ERROR(EPERM) },
			{ BPF_RET | BPF_K, 0, 0, new_yes ? ERROR(EPERM) : ALLOW },
		},
	};
	struct arena arena = { 0 };
	struct filter_cases before = filter_follow(&arena, code[0], sizeof code[0], X86_64, 1);
	struct filter_cases after = filter_follow(&arena, code[1], sizeof code[1], X86_64, 1);
	bool gained = filter_gains(&before, &after);

	arena_free(&arena);
	return gained;
}

START_TEST(gains_of_comparisons)
{
	static const struct {
		uint16_t old;
		uint32_t old_value;
		bool old_yes;
		uint16_t new;
		uint32_t new_value;
		bool new_yes, gained;
	} rows[] = {
		/* ranges */
		{ BPF_JGT, 5, true, BPF_JGT, 5, true, false },
		{ BPF_JGT, 5, true, BPF_JGT, 6, true, false },
		{ BPF_JGT, 6, true, BPF_JGT, 5, true, true },
		{ BPF_JGT, 5, true, BPF_JGE, 6, true, false },
		{ BPF_JGT, 5, true, BPF_JGE, 5, true, true },
		{ BPF_JGE, 6, true, BPF_JGT, 5, true, false },
		{ BPF_JGT, 5, false, BPF_JGT, 5, true, true },
		{ BPF_JGT, 7, false, BPF_JGT, 5, false, false },
		{ BPF_JGT, 5, false, BPF_JGT, 7, false, true },
		{ BPF_JGE, 0, true, BPF_JEQ, 3, true, false },
		{ BPF_JEQ, 3, true, BPF_JGE, 0, false, false },
		{ BPF_JEQ, 3, true, BPF_JGT, UINT32_MAX, true, false },
		/* a value in a range, or with a bit */
		{ BPF_JGT, 5, true, BPF_JEQ, 6, true, false },
		{ BPF_JGT, 5, true, BPF_JEQ, 5, true, true },
		{ BPF_JSET, 4, true, BPF_JEQ, 5, true, false },
		{ BPF_JSET, 4, true, BPF_JEQ, 3, true, true },
		{ BPF_JSET, 4, false, BPF_JEQ, 3, true, false },
		{ BPF_JSET, 4, false, BPF_JEQ, 4, true, true },
		{ BPF_JEQ, 5, false, BPF_JEQ, 6, true, false },
		{ BPF_JEQ, 5, false, BPF_JEQ, 5, true, true },
		{ BPF_JEQ, 5, true, BPF_JGE, 5, true, true },
		/* bits */
		{ BPF_JSET, 6, false, BPF_JSET, 7, false, false },
		{ BPF_JSET, 7, false, BPF_JSET, 6, false, true },
		{ BPF_JSET, 7, true, BPF_JSET, 6, true, false },
		{ BPF_JSET, 6, true, BPF_JSET, 7, true, true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(gains_compared(rows[i].old, rows[i].old_value, rows[i].old_yes,
		                             rows[i].new, rows[i].new_value,
		                             rows[i].new_yes) == rows[i].gained,
		              "row %zu", i);
}
END_TEST

/* Whatever one program lets pass and another does not is said to be gained. */
static bool
gains(const struct bpf *before, const struct bpf *after)
{
	for (uint32_t number = 0; number < 12; number++) {
		for (unsigned argument = 0; argument < 6; argument++) {
			for (size_t i = 0; i < TRIED; i++) {
				struct seccomp_data data = { .nr = (int)number, .arch = X86_64 };

				data.args[argument] = tried_value(i);
				if (bpf_run(after, &data) == ALLOW &&
				    bpf_run(before, &data) != ALLOW)
					return true;
			}
		}
	}
	return false;
}

START_TEST(comparisons_of_chance)
{
	uint32_t state = (uint32_t)_i + 1;
	size_t gaining = 0;

	for (int round = 0; round < 40; round++) {
		struct sock_filter code[2][20];
		struct bpf before = { code[0], 20 }, after = { code[1], 20 };
		struct arena arena = { 0 };
		struct filter_change *changes;
		bool gained = false;
		size_t count;

		for (size_t i = 0; i < 40; i++)
			code[i / 20][i % 20] = any_instruction(&state, 19 - i % 20);
		/* half of them close to one another */
		if (round & 1)
			memcpy(code[1], code[0], sizeof code[0] - 8 * sizeof code[0][0]);
		count = filter_compare(&arena, code[0], sizeof code[0], code[1], sizeof code[1],
		                       &changes);
		for (size_t i = 0; i < count; i++)
			gained |= changes[i].gained;
		if (gains(&before, &after)) {
			gaining++;
			ck_assert_msg(gained, "round %d", round);
		}
		arena_free(&arena);
	}
	ck_assert_uint_gt(gaining, 3);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("filter");
	TCase *following = tcase_create("following");
	TCase *texts = tcase_create("texts");

	tcase_add_loop_test(following, agrees_with_programs, 0, 8);
	tcase_add_loop_test(following, agrees_with_libseccomp, 0, 2);
	tcase_add_test(following, agrees_with_chance);
	tcase_add_test(following, other_instructions);
	tcase_add_test(following, damage);
	tcase_set_timeout(following, 120);
	suite_add_tcase(suite, following);
	tcase_add_test(texts, lines);
	tcase_add_test(texts, names);
	tcase_add_test(texts, pages);
	tcase_add_loop_test(texts, comparisons, 0, sizeof compared / sizeof compared[0]);
	tcase_add_test(texts, comparisons_of_conditions);
	tcase_add_loop_test(texts, gains_of_policies, 0, POLICIES * POLICIES);
	tcase_add_loop_test(texts, blocks_of_policies, 0, (int)POLICIES);
	tcase_add_test(texts, blocks_no_more);
	tcase_add_test(texts, gains_of_comparisons);
	tcase_add_loop_test(texts, comparisons_of_chance, 0, 4);
	tcase_set_timeout(texts, 60);
	suite_add_tcase(suite, texts);
	return suite;
}

int
main(void)
{
	int failed;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		printf("the filters are those of x86-64\n");
		return 77;
	}
	SRunner *runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
