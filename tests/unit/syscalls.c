/* What the filters do with every system call, as golden tables; the tables they are made from. */
#include "filters.h"

/*
 * syscalls [-u | --groups]
 *
 * Compares with tests/syscalls/NAME.want; -u accepts what comes out. --groups prints the groups,
 * for tests/syscall-groups. The tables are those of x86-64.
 */

static const char *
action_name(uint32_t action)
{
	switch (action) {
	case ALLOW:
		return "allow";
	case ERROR(EPERM):
		return "EPERM";
	case ERROR(ENOSYS):
		return "ENOSYS";
	case ERROR(EAFNOSUPPORT):
		return "EAFNOSUPPORT";
	case KILL:
		return "kill";
	default:
		return "?";
	}
}

/* The values of an argument for which the filter does what `wanted` says. */
static void
print_values(FILE *out, const uint32_t *actions, unsigned argument, uint32_t wanted,
             const char *title)
{
	bool any = false;

	for (size_t i = 0; i < TRIED; i++) {
		uint32_t value = tried_value(i);

		if (actions[i] != wanted || (i >= SMALL && value < SMALL))
			continue;
		if (!any)
			fprintf(out, "%s arg%u %s:", title, argument, action_name(wanted));
		fprintf(out, " %#x", value);
		any = true;
	}
	if (any)
		fprintf(out, "\n");
}

/* A line for the call with arguments of 0, and one for all values that change something. */
static void
print_call(FILE *out, const struct fixture *f, uint32_t audit, uint32_t number, const char *title)
{
	static const uint32_t wanted[] = { ALLOW, ERROR(EPERM), ERROR(ENOSYS), ERROR(EAFNOSUPPORT),
		                           KILL };
	uint32_t plain = ask(f, audit, number, 0, 0);

	fprintf(out, "%s %s\n", title, action_name(plain));
	for (unsigned argument = 0; argument < 6; argument++) {
		uint32_t actions[TRIED];
		bool changes = false;

		for (size_t i = 0; i < TRIED; i++) {
			uint64_t value = tried_value(i);

			actions[i] = ask(f, audit, number, argument, value);
			changes |= actions[i] != plain;
			/* The kernel looks at the low half. */
			if (ask(f, audit, number, argument, value | 1ULL << 32) != actions[i])
				ck_abort_msg("%s: the upper half of argument %u counts", title,
				             argument);
		}
		for (size_t i = 0; changes && i < sizeof wanted / sizeof wanted[0]; i++) {
			if (wanted[i] != plain)
				print_values(out, actions, argument, wanted[i], title);
		}
	}
}

static bool
kills_all(const struct fixture *f, uint32_t audit)
{
	for (uint32_t number = 0; number <= 600; number++) {
		if (ask(f, audit, number, 0, 0) != KILL)
			return false;
	}
	return true;
}

/* Are this number and the next ones that nobody has, with the same result for all arguments? */
static bool
is_gap(const struct fixture *f, uint32_t audit, uint32_t number)
{
	uint32_t action = ask(f, audit, number, 0, 0);

	if (number >= 600 || strcmp(name_of(audit, number), "-") != 0)
		return false;
	for (unsigned argument = 0; argument < 6; argument++) {
		for (size_t i = 0; i < TRIED; i++) {
			if (ask(f, audit, number, argument, tried_value(i)) != action)
				return false;
		}
	}
	return ask(f, audit, number + 1, 0, 0) == action &&
	       strcmp(name_of(audit, number + 1), "-") == 0;
}

/* Every number to 600, and what is beyond. */
static void
print_architecture(FILE *out, const struct fixture *f, const char *architecture, uint32_t audit)
{
	static const uint32_t beyond[] = {
		601,           1000,          X32_BIT - 1,    X32_BIT,       X32_BIT | 41,
		X32_BIT | 101, X32_BIT | 272, X32_BIT | 435,  X32_BIT | 520, X32_BIT | 521,
		INT32_MAX,     0x80000000,    UINT32_MAX - 1, UINT32_MAX
	};

	char title[80];

	if (kills_all(f, audit)) {
		fprintf(out, "%s all kill\n", architecture);
		return;
	}
	for (uint32_t number = 0; number <= 600; number++) {
		uint32_t first = number;
		const char *name = name_of(audit, number);

		while (is_gap(f, audit, number))
			number++;
		if (first < number)
			(void)snprintf(title, sizeof title, "%s %u-%u -", architecture, first,
			               number);
		else
			(void)snprintf(title, sizeof title, "%s %u %s", architecture, number, name);
		print_call(out, f, audit, number, title);
	}
	for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
		(void)snprintf(title, sizeof title, "%s %#x -", architecture, beyond[i]);
		print_call(out, f, audit, beyond[i], title);
	}
}

static void
print_filter(FILE *out, const struct fixture *f)
{
	print_architecture(out, f, "x86_64", X86_64);
	print_architecture(out, f, "i386", I386);
	print_architecture(out, f, "aarch64", AUDIT_ARCH_AARCH64);
}

static const struct golden {
	const char *name;
	enum filter_base base;
	bool nested, i386, shared_pid, fallback;
	enum network_mode network;
	const char *allow, *deny;
} goldens[] = {
	{ "default", FILTER_DEFAULT, .allow = "", .deny = "" },
	{ "default-i386", FILTER_DEFAULT, .i386 = true, .allow = "", .deny = "" },
	{ "default-nested", FILTER_DEFAULT, .nested = true, .allow = "", .deny = "" },
	{ "default-nested-i386", FILTER_DEFAULT, .nested = true, .i386 = true, .allow = "",
	  .deny = "" },
	{ "default-lists", FILTER_DEFAULT, .allow = "ioctl ptrace @keyring @process",
	  .deny = "keyctl statx @swap" },
	{ "strict", FILTER_STRICT, .allow = "", .deny = "" },
	{ "strict-i386", FILTER_STRICT, .i386 = true, .allow = "", .deny = "" },
	{ "strict-nested", FILTER_STRICT, .nested = true, .allow = "", .deny = "" },
	{ "strict-network", FILTER_STRICT, .allow = "@network-io", .deny = "" },
	{ "none-deny-i386", FILTER_NONE, .i386 = true, .allow = "",
	  .deny = "ptrace connect shmget open_tree_attr" },
	{ "default-shared-pid-i386", FILTER_DEFAULT, .shared_pid = true, .i386 = true, .allow = "",
	  .deny = "" },
	{ "strict-shared-pid", FILTER_STRICT, .shared_pid = true, .allow = "", .deny = "" },
	{ "default-blocked-i386", FILTER_DEFAULT, .network = NETWORK_BLOCKED, .i386 = true,
	  .allow = "", .deny = "" },
	{ "strict-blocked-lists", FILTER_STRICT, .network = NETWORK_BLOCKED,
	  .allow = "@network-io @aio", .deny = "" },
	{ "none-blocked-i386", FILTER_NONE, .network = NETWORK_BLOCKED, .i386 = true, .allow = "",
	  .deny = "connect" },
	{ "fallback", .fallback = true },
	{ "fallback-network-host-i386", .fallback = true, .network = NETWORK_HOST, .i386 = true },
};

static char *
golden_text(const struct golden *golden)
{
	struct fixture f;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	set_up(&f, golden->base);
	f.c.policy.nested_sandbox = golden->nested;
	f.c.policy.filter_i386 = golden->i386;
	f.c.policy.network = golden->network;
	if (golden->shared_pid)
		f.c.policy.share = CLONE_NEWPID;
	if (golden->fallback)
		make_fallback_filter(&f);
	else
		make(&f, golden->allow, golden->deny);
	print_filter(out, &f);
	(void)fclose(out);
	tear_down(&f);
	return text;
}

static FILE *
open_golden(const char *name, const char *mode)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	int length = snprintf(path, sizeof path, "%s/tests/syscalls/%s.want", srcdir ? srcdir : ".",
	                      name);

	ck_assert_int_lt(length, (int)sizeof path);
	return fopen(path, mode);
}

static void
compare_golden(const char *name, const char *text)
{
	FILE *wanted = open_golden(name, "r");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	ck_assert_msg(wanted, "no tests/syscalls/%s.want", name);
	while ((length = getline(&line, &capacity, wanted)) > 0) {
		int found = (int)strcspn(text, "\n") + 1;

		ck_assert_msg(strncmp(text, line, (size_t)length) == 0,
		              "%s.want\nwanted: %sfound:  %.*s", name, line, found, text);
		text += length;
	}
	ck_assert_msg(*text == '\0', "%s.want has less than there is: %.60s", name, text);
	free(line);
	(void)fclose(wanted);
}

/* Set by main, once. */
static bool accepting;

START_TEST(golden_tables)
{
	char *text = golden_text(&goldens[_i]);

	if (accepting) {
		FILE *out = open_golden(goldens[_i].name, "w");

		ck_assert_ptr_nonnull(out);
		fputs(text, out);
		ck_assert_int_eq(fclose(out), 0);
	}
	compare_golden(goldens[_i].name, text);
	free(text);
}
END_TEST

/* The table knows every call that this libseccomp knows on any of these architectures. */
START_TEST(table_is_whole)
{
	static const uint32_t audits[] = {
		SCMP_ARCH_X86_64, SCMP_ARCH_X86,     SCMP_ARCH_ARM,     SCMP_ARCH_AARCH64,
		SCMP_ARCH_MIPS,   SCMP_ARCH_PPC64LE, SCMP_ARCH_RISCV64, SCMP_ARCH_S390X,
	};

	for (size_t i = 1; i < syscall_count; i++)
		ck_assert_int_lt(strcmp(syscall_table[i - 1].name, syscall_table[i].name), 0);
	for (size_t i = 0; i < sizeof audits / sizeof audits[0]; i++) {
		for (int number = 0; number <= LAST_NUMBER; number++) {
			char *name = seccomp_syscall_resolve_num_arch(audits[i], number);

			ck_assert_msg(!name || syscall_find(name) < syscall_count, "%s", name);
			free(name);
		}
	}
}
END_TEST

START_TEST(groups_are_whole)
{
	static const char *const groups[] = { "@system-service", "@privileged", "@sandbox",
		                              "@known", "@file-system" };
	size_t known = 0;

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
		ck_assert_ptr_nonnull(syscall_group_member(groups[i], 0));
	ck_assert_ptr_null(syscall_group_member("@nothing", 0));
	ck_assert_ptr_null(syscall_group_member("mount", 0));
	while (syscall_group_member("@known", known))
		known++;
	ck_assert_uint_eq(known, syscall_count);
	ck_assert_ptr_null(syscall_nearest("frobnicate"));
	ck_assert_str_eq(syscall_nearest("ptrac"), "ptrace");
}
END_TEST

/* A launcher carries it. */
START_TEST(sizes)
{
	struct fixture f;

	set_up(&f, (enum filter_base)(_i & 1));
	f.c.policy.filter_i386 = _i & 2;
	make(&f, "", "");
	ck_assert_uint_le(f.filter.count * sizeof(struct sock_filter), _i & 2 ? 4096 : 2048);
	tear_down(&f);
}
END_TEST

/* As `systemd-analyze syscall-filter` does. */
static int
print_groups(void)
{
	static const char *const groups[] = {
		"@aio",        "@basic-io", "@chown",       "@clock",          "@cpu-emulation",
		"@debug",      "@default",  "@file-system", "@io-event",       "@ipc",
		"@keyring",    "@known",    "@memlock",     "@module",         "@mount",
		"@network-io", "@obsolete", "@pkey",        "@privileged",     "@process",
		"@raw-io",     "@reboot",   "@resources",   "@sandbox",        "@setuid",
		"@signal",     "@swap",     "@sync",        "@system-service", "@timer",
	};
	const char *member;

	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		for (size_t n = 0; (member = syscall_group_member(groups[i], n)); n++)
			printf("%s %s\n", groups[i], member);
	}
	return EXIT_SUCCESS;
}

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("syscalls");
	TCase *tables = tcase_create("golden tables");
	TCase *sources = tcase_create("what they are made from");

	tcase_add_loop_test(tables, golden_tables, 0, sizeof goldens / sizeof goldens[0]);
	tcase_set_timeout(tables, 60);
	suite_add_tcase(suite, tables);
	tcase_add_test(sources, table_is_whole);
	tcase_add_test(sources, groups_are_whole);
	tcase_add_loop_test(sources, sizes, 0, 4);
	suite_add_tcase(suite, sources);
	return suite;
}

int
main(int argc, char **argv)
{
	int failed;

	if (argc > 1 && strcmp(argv[1], "--groups") == 0)
		return print_groups();
	if (seccomp_arch_native() != SCMP_ARCH_X86_64) {
		printf("the tables are those of x86-64\n");
		return 77;
	}
	accepting = argc > 1 && strcmp(argv[1], "-u") == 0;
	SRunner *runner = srunner_create(make_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
