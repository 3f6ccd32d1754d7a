/* closurebox inspect: shows what a launcher does. */
#include "compiler.h"

#include <getopt.h>

static const char usage[] = "usage: closurebox inspect [--policy] LAUNCHER\n"
			    "\n"
			    "Prints the steps that starting LAUNCHER carries out, in order.\n"
			    "\n"
			    "  --policy   print the policy it was compiled from, as JSON\n";

/* Written again by jansson, which escapes what a launcher of unknown origin may hold. */
static int
print_policy(struct diag *diag, const char *launcher, const struct plan *plan)
{
	json_t *policy =
		json_loads(plan->policy ? plan->policy : "{}", JSON_REJECT_DUPLICATES, NULL);
	int failed = policy ? json_dumpf(policy, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) : 0;

	if (!policy)
		diag_error(diag, PLACE_NONE, "the policy in '%s' is not JSON", launcher);
	putchar('\n');
	json_decref(policy);
	return policy && !failed ? EXIT_DONE : EXIT_REFUSED;
}

int
cmd_inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "policy", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct arena arena = { 0 };
	struct diag diag = { .stream = stderr };
	const struct descriptor *descriptor;
	struct plan plan;
	bool policy = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case 'p':
			policy = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind != argc - 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	descriptor = embed_read(&arena, &diag, argv[optind]);
	if (!descriptor)
		return EXIT_REFUSED;
	read_descriptor(&arena, descriptor, &plan);
	if (policy)
		return print_policy(&diag, argv[optind], &plan);
	print_plan(stdout, &plan, false);
	return EXIT_DONE;
}
