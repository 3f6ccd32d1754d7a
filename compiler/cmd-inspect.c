/* closurebox inspect: shows what a launcher does. */
#include "compiler.h"

#include <getopt.h>

static const char usage_text[] =
	"usage: closurebox inspect [OPTION] LAUNCHER\n"
	"\n"
	"Shows what LAUNCHER gives its program, and where its policy says so.\n"
	"\n"
	"  --json      the same as JSON\n"
	"  --steps     print the steps that starting it carries out, in order\n"
	"  --closure   print the store objects it gives, but for those found at launch\n"
	"  --filter    print its system call filters as pseudocode\n"
	"  --policy    print the policy it was compiled from, as JSON\n";

static const struct usage usage = {
	.command = "closurebox inspect",
	.parts = { usage_text },
};

static int
without_memory(struct diag *diag)
{
	diag_error(diag, PLACE_NONE, "there is not enough memory");
	return EXIT_SYSTEM;
}

static int
print_json(struct arena *arena, struct diag *diag, json_t *value)
{
	bool printed = value && json_print(stdout, arena, value);

	json_decref(value);
	return printed ? EXIT_DONE : without_memory(diag);
}

static int
print_policy(struct arena *arena, struct diag *diag, const char *launcher, const struct plan *plan)
{
	json_t *policy =
		json_loads(plan->policy ? plan->policy : "{}", JSON_REJECT_DUPLICATES, NULL);

	if (policy)
		return print_json(arena, diag, policy);
	diag_error(diag, PLACE_NONE, "the policy in '%s' is not JSON", launcher);
	return EXIT_REFUSED;
}

static void
print_closure(const struct description *description)
{
	for (size_t i = 0; i < description->closure_count; i++)
		puts(description->closure[i]);
}

static void
print_filters(struct arena *arena, const struct description *description)
{
	size_t always = description->filter_count - description->filter_fallbacks;

	for (size_t i = 0; i < description->filter_count; i++) {
		const struct filter_bytes *filter = &description->filters[i];

		if (i >= always)
			puts("without namespaces:");
		filter_print(stdout, arena, filter->bytes, filter->size);
	}
}

int
cmd_inspect(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "steps", no_argument, NULL, 's' },
		{ "closure", no_argument, NULL, 'c' },
		{ "filter", no_argument, NULL, 'f' },
		{ "policy", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct arena arena = { 0 };
	struct diag diag = { .stream = stderr };
	const struct descriptor *descriptor;
	struct description description;
	struct plan plan;
	int option, view = 0;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option == 'h' || option == '?')
			return usage_option(&usage, option);
		if (view && view != option)
			return usage_wrong(&usage, "only one of these options at a time", NULL);
		view = option;
	}
	if (optind == argc)
		return usage_wrong(&usage, "the launcher is missing", NULL);
	if (optind < argc - 1)
		return usage_wrong(&usage, "unexpected argument", argv[optind + 1]);
	descriptor = embed_read(&arena, &diag, argv[optind]);
	if (!descriptor)
		return EXIT_REFUSED;
	read_descriptor(&arena, descriptor, &plan);
	describe(&arena, &plan, &description);
	switch (view) {
	case 'j':
		return print_json(&arena, &diag, emit_inspect_json(&arena, &description));
	case 's':
		print_plan(stdout, &plan, false);
		break;
	case 'c':
		print_closure(&description);
		break;
	case 'f':
		print_filters(&arena, &description);
		break;
	case 'p':
		return print_policy(&arena, &diag, argv[optind], &plan);
	default:
		emit_inspect(stdout, &arena, &description);
	}
	return EXIT_DONE;
}
