/* closurebox diff: what a launcher or policy has gained and lost against another one. */
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char usage_text[] =
	"usage: closurebox diff [--json] OLD NEW\n"
	"\n"
	"Shows what NEW gives its program and OLD does not (+), the reverse (-), and what is\n"
	"otherwise not the same (~). Both are launchers, or both are policies.\n"
	"\n"
	"Exit status: 0 if nothing was gained, 1 if something was, 2 if the command line is "
	"wrong,\n"
	"3 if they cannot be compared.\n"
	"\n"
	"  --json   the same as JSON\n";

static const struct usage usage = {
	.command = "closurebox diff",
	.parts = { usage_text },
};

enum outcome {
	OUTCOME_GAINED = 1 /* the same number as EXIT_REFUSED, which is not used here */
};

/* Does the file start as a launcher does? -1 after reporting that it cannot be read. */
static int
is_launcher(struct diag *diag, const char *path)
{
	static const char magic[4] = "\177ELF";
	char start[sizeof magic];
	int fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (strcmp(path, "-") == 0)
		return false;
	size = fd < 0 ? -1 : read(fd, start, sizeof start);
	if (size < 0)
		diag_error(diag, PLACE_NONE, "cannot read '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return -1;
	return size == sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

static bool
read_launcher(struct arena *arena, struct diag *diag, const char *path, struct plan *ret_plan)
{
	const struct descriptor *descriptor = embed_read(arena, diag, path);

	if (descriptor)
		read_descriptor(arena, descriptor, ret_plan);
	return descriptor;
}

/* The plan of a launcher of one object that has this policy. What only goes wrong for a closure,
 * and risks that nobody has accepted, are no reason not to compare. */
static bool
read_policy_alone(struct compilation *c, const char *path)
{
	static const char object[] = STORE_DIRECTORY "/00000000000000000000000000000000-program";
	static void (*const passes_of_policy[])(struct compilation * c) = {
		pass_resolve, pass_prepare, pass_lookup,  pass_namespaces,
		pass_mounts,  pass_rules,   pass_process, pass_confine,
	};
	const struct source *source = source_read(c, path, false);

	if (!source)
		return false;
	read_policy(c, source, &c->policy);
	read_policy_finish(c, &c->policy);
	c->graph.store_dir = STORE_DIRECTORY;
	c->graph.objects = arena_alloc(&c->arena, sizeof *c->graph.objects);
	c->graph.objects[0].path = object;
	c->graph.count = 1;
	c->roots = arena_alloc(&c->arena, sizeof *c->roots);
	c->root_count = 1;
	c->closure = c->roots;
	c->closure_count = 1;
	c->requested = arena_alloc(&c->arena, sizeof *c->requested);
	c->requested[0].program = arena_printf(&c->arena, "%s/bin/program", object);
	c->requested_count = 1;
	for (size_t i = 0; i < sizeof passes_of_policy / sizeof *passes_of_policy; i++) {
		if (c->diag.errors)
			return false;
		passes_of_policy[i](c);
	}
	return c->diag.errors == 0;
}

static int
compare_plans(struct compilation *c, const struct plan *before, const struct plan *after,
              bool launchers, bool json)
{
	struct description old, new;
	struct comparison comparison;

	describe(&c->arena, before, &old);
	describe(&c->arena, after, &new);
	if (!launchers) /* the object of a policy alone is made up */
		old.closure_count = new.closure_count = 0;
	compare_descriptions(&c->arena, &old, &new, &comparison);
	if (json) {
		json_t *value = emit_diff_json(&c->arena, &comparison);
		bool printed = value && json_print(stdout, &c->arena, value);

		json_decref(value);
		if (!printed) {
			diag_error(&c->diag, PLACE_NONE, "there is not enough memory");
			return EXIT_SYSTEM;
		}
	} else {
		emit_diff(stdout, &c->arena, &comparison);
	}
	return comparison.gained ? OUTCOME_GAINED : EXIT_DONE;
}

/* Two files are read as what the first is; reading tells if the second is not. */
static int
compare_files(char **paths, bool json)
{
	struct compilation sides[2] = { { .diag.stream = stderr }, { .diag.stream = stderr } };
	int kinds[2];

	for (int i = 0; i < 2; i++) {
		kinds[i] = is_launcher(&sides[0].diag, paths[i]);
		if (kinds[i] < 0)
			return EXIT_SYSTEM;
	}
	if (kinds[0] != kinds[1]) {
		diag_error(&sides[0].diag, PLACE_NONE,
		           "'%s' is a launcher and '%s' is not; compare two of a kind",
		           paths[!kinds[0]], paths[kinds[0]]);
		return EXIT_SYSTEM;
	}
	for (int i = 0; i < 2; i++) {
		struct compilation *c = &sides[i];

		if (kinds[i] ? !read_launcher(&c->arena, &c->diag, paths[i], &c->plan)
		             : !read_policy_alone(c, paths[i]))
			return EXIT_SYSTEM;
	}
	return compare_plans(&sides[0], &sides[0].plan, &sides[1].plan, kinds[0], json);
}

int
cmd_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (option != 'j')
			return usage_option(&usage, option);
		json = true;
	}
	if (argc - optind < 2)
		return usage_wrong(&usage, "two launchers or two policies are needed", NULL);
	if (argc - optind > 2)
		return usage_wrong(&usage, "unexpected argument", argv[optind + 2]);
	return compare_files(argv + optind, json);
}
