/* closurebox policy: checks, prints and merges policies. */
#include "compiler.h"
#include "presets.h"

#include <getopt.h>
#include <string.h>

static const char usage_text[] =
	"usage: closurebox policy check FILE...\n"
	"       closurebox policy --merge FILE...\n"
	"       closurebox policy --print [NAME]\n"
	"\n"
	"Several files are merged from left to right, each behind the presets that it extends.\n"
	"\n"
	"  check        report all mistakes, and risks that are not accepted; say nothing if "
	"there\n"
	"               is none\n"
	"  --merge      print what the files come to, as one policy that stands for itself\n"
	"  --print      print the built-in policy NAME, or the names of all\n"
	"\n"
	"FILE may be - for standard input. The language is described in closurebox-policy(5).\n";

static const struct usage usage = {
	.command = "closurebox policy",
	.parts = { usage_text },
};

/* Reads the policies, merged. False if nothing is known of one of them. */
static bool
read_files(struct compilation *c, int count, char **names)
{
	bool known = true;

	for (int i = 0; i < count; i++) {
		const struct source *source = source_read(c, names[i], false);

		known &= source && read_policy(c, source, &c->policy);
	}
	read_policy_finish(c, &c->policy);
	return known;
}

/* Reports all that is wrong with the policies, whatever closure they are compiled with. */
static int
check(int count, char **names)
{
	struct compilation c = { .diag.stream = stderr };
	const void *filter;
	size_t size;

	c.graph.store_dir = STORE_DIRECTORY;
	/* What an unreadable file takes back or accepts is not known. */
	if (read_files(&c, count, names)) {
		pass_conflict(&c);
		risks_check(&c, &c.policy);
		syscalls_filter(&c, &filter, &size);
	}
	return c.diag.errors ? EXIT_REFUSED : EXIT_DONE;
}

static int
print_json(struct diag *diag, const json_t *json)
{
	if (json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) < 0) {
		diag_error(diag, PLACE_NONE, "cannot write the policy");
		return EXIT_SYSTEM;
	}
	putchar('\n');
	return EXIT_DONE;
}

static int
merge(int count, char **names)
{
	struct compilation c = { .diag.stream = stderr };

	read_files(&c, count, names);
	return c.diag.errors ? EXIT_REFUSED : print_json(&c.diag, c.policy.merged);
}

static int
print(int count, char **names)
{
	struct compilation c = { .diag.stream = stderr };
	struct string_list known = { 0 };

	if (count > 1)
		return usage_wrong(&usage, "unexpected argument", names[1]);
	for (const struct preset *preset = presets; preset->name; preset++) {
		string_list_add(&c.arena, &known, preset->name);
		if (count == 0) {
			puts(preset->name);
		} else if (strcmp(preset->name, names[0]) == 0) {
			fputs(preset->text, stdout);
			return EXIT_DONE;
		}
	}
	if (count == 0)
		return EXIT_DONE;
	string_list_add(&c.arena, &known, NULL);
	json_refuse_word(&c, PLACE_NONE, "preset", names[0], known.items);
	return EXIT_USAGE;
}

int
cmd_policy(int argc, char **argv)
{
	static const struct option options[] = {
		{ "merge", no_argument, NULL, 'm' },
		{ "print", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, action = 0;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option != 'm' && option != 'p')
			return usage_option(&usage, option);
		if (action && action != option)
			return usage_wrong(&usage, "one of --merge and --print, not both", NULL);
		action = option;
	}
	argc -= optind;
	argv += optind;
	if (action == 'p')
		return print(argc, argv);
	if (!action && argc == 0)
		return usage_wrong(&usage, "nothing to do", NULL);
	if (!action && strcmp(argv[0], "check") != 0)
		return usage_wrong(&usage, "there is no", argv[0]);
	if (argc == (action ? 0 : 1))
		return usage_wrong(&usage, "no FILE is given", NULL);
	return action ? merge(argc, argv) : check(argc - 1, argv + 1);
}
