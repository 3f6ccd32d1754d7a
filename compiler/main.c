/* The closurebox program: finds the subcommand. The only file that exits. */
#include "compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "compile", cmd_compile, "turn a reference graph and a policy into a launcher" },
	{ "diff", cmd_diff, "show what a launcher or policy has gained and lost" },
	{ "graph", cmd_graph, "show a reference graph, ask it, turn it into other forms" },
	{ "inspect", cmd_inspect, "show what a launcher does" },
	{ "policy", cmd_policy, "check, print and merge policies" },
	{ "run", cmd_run, "compile in memory and start" },
	{ "scan", cmd_scan, "find references in files as Nix does" },
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void
print_usage(FILE *stream)
{
	fputs("usage: closurebox COMMAND [OPTION]...\n\n", stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'closurebox COMMAND --help' tells more; so does closurebox(1).\n", stream);
}

/* Does what the command line says; returns the exit status. */
static int
run(int argc, char **argv)
{
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("closurebox " PACKAGE_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	fprintf(stderr, "closurebox: unknown command '%s'\n", argv[1]);
	print_usage(stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct diag diag = { .stream = stderr };
	int status = run(argc, argv);

	/* What was not written is no answer, whatever the command has found. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		diag_error(&diag, PLACE_NONE, "cannot write to standard output: %s",
		           strerror(errno));
		status = EXIT_SYSTEM;
	}
	exit(status);
}
