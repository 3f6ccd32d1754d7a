/* The closurebox program: finds the subcommand. The only file that exits. */
#include "compiler.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	char *name; /* getopt_long's messages begin with it */
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "closurebox closure", cmd_closure,
	  "print and write the closures of what paths lead to" },
	{ "closurebox compile", cmd_compile,
	  "turn a reference graph and a policy into a launcher" },
	{ "closurebox diff", cmd_diff, "show what a launcher or policy has gained and lost" },
	{ "closurebox graph", cmd_graph,
	  "show a reference graph, ask it, turn it into other forms" },
	{ "closurebox inspect", cmd_inspect, "show what a launcher does" },
	{ "closurebox policy", cmd_policy, "check, print and merge policies" },
	{ "closurebox run", cmd_run, "compile in memory and start" },
	{ "closurebox scan", cmd_scan, "find references in files as Nix does" },
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

/* What the user types for it. */
static const char *
word_of(size_t command)
{
	return commands[command].name + strlen("closurebox ");
}

static void
print_usage(FILE *stream)
{
	fputs("usage: closurebox COMMAND [OPTION]...\n\n", stream);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(stream, "  %-10s %s\n", word_of(i), commands[i].summary);
	fputs("\n'closurebox COMMAND --help' tells more; so does closurebox(1).\n", stream);
}

/* Says which command a misspelt one most likely stands for. */
static int
unknown_command(const char *word)
{
	struct arena arena = { 0 };
	struct buffer text = { .arena = &arena };
	const char *nearest = NULL;
	unsigned limit = 2;

	for (size_t i = 0; i < COMMAND_COUNT && limit > 0; i++) {
		unsigned distance = edit_distance(word, word_of(i), limit);

		if (distance <= limit) {
			nearest = word_of(i);
			limit = distance - 1; /* from now on only what is nearer */
		}
	}
	diag_escape(&text, word, strlen(word));
	fprintf(stderr, "closurebox: unknown command '%s'", text.data ? text.data : "");
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?", nearest);
	putc('\n', stderr);
	print_usage(stderr);
	arena_free(&arena);
	return EXIT_USAGE;
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
		if (strcmp(argv[1], word_of(i)) == 0) {
			argv[1] = commands[i].name;
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	return unknown_command(argv[1]);
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
