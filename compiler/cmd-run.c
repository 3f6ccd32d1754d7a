/* closurebox run: compiles in memory and starts. */
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

static const char usage_start[] =
	"usage: closurebox run --graph FILE [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"\n"
	"Starts PROGRAM in a box as a launcher would, without writing one. PROGRAM is an absolute\n"
	"store path, or a name that the bin of a root has.\n"
	"\n";
static const char usage_end[] =
	"  --policy FILE      what the box may have beyond its closure; repeatable\n"
	"  --stub FILE        another runtime stub than the installed one\n"
	"  --closure-program FILE\n"
	"                     another closurebox-closure than the installed one\n"
	"  --nix-state-dir DIR\n"
	"                     Nix's state (default: var/nix beside the store)\n";

static const struct usage usage = {
	.command = "closurebox run",
	.parts = { usage_start, graph_options_usage, usage_end },
};

struct request {
	struct string_list policies;
	const char *stub;
	char **arguments; /* the program, and what it gets */
};

/* -1 if it makes sense, else the exit status. What follows the program is not looked at. */
static int
parse_options(struct compilation *c, struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		GRAPH_OPTIONS,
		{ "policy", required_argument, NULL, 'p' },
		{ "stub", required_argument, NULL, 's' },
		{ "closure-program", required_argument, NULL, 'c' },
		{ "nix-state-dir", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *wrong;
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) >= 0) {
		if (graph_options_take(c, option, optarg))
			continue;
		switch (option) {
		case 'p':
			string_list_add(&c->arena, &request->policies, optarg);
			break;
		case 's':
			request->stub = optarg;
			break;
		case 'c':
		case 'n':
			wrong = pass_lookup_option(c, option, optarg);
			if (wrong)
				return usage_wrong(&usage, wrong, optarg);
			break;
		default:
			return usage_option(&usage, option);
		}
	}
	if (!c->options.graph_count)
		return usage_wrong(&usage, "--graph is missing", NULL);
	if (optind == argc || argv[optind][0] == '\0')
		return usage_wrong(&usage, "the program is missing", NULL);
	request->arguments = argv + optind;
	return -1;
}

/* Becomes the launcher; returns only if that fails. Nothing but the arguments and the environment
 * tells it from one that is a file: its descriptor closes with the call. */
static int
start(struct compilation *c, int launcher, char **arguments)
{
	/* By the descriptor and not by /proc/self/fd, so that no /proc is needed. */
	execveat(launcher, "", arguments, environ, AT_EMPTY_PATH);
	diag_error(&c->diag, PLACE_NONE, "cannot execute the launcher in memory: %s",
	           strerror(errno));
	if (errno == EACCES)
		diag_note(&c->diag, PLACE_NONE,
		          "the setting vm.memfd_noexec may forbid it; 'closurebox compile' makes "
		          "a launcher that is a file");
	return EXIT_SYSTEM;
}

int
cmd_run(int argc, char **argv)
{
	struct compilation c = { .diag.stream = stderr };
	struct request request = { 0 };
	struct requested_entry program = { 0 };
	const char *stub;
	const void *descriptor;
	size_t size;
	int launcher;
	int status = parse_options(&c, &request, argc, argv);

	if (!request.arguments)
		return status;
	program.program = request.arguments[0];
	program.search = !strchr(program.program, '/');
	c.requested = &program;
	c.requested_count = 1;
	status = compile_descriptor(&c, &request.policies, NULL, &descriptor, &size);
	if (status != EXIT_DONE)
		return status;
	stub = request.stub ? request.stub : embed_find_stub(&c.arena);
	status = embed_memory(&c.diag, stub, descriptor, size, &launcher);
	if (status != EXIT_DONE)
		return status == EXIT_REFUSED && !request.stub ? EXIT_SYSTEM : status;
	return start(&c, launcher, request.arguments);
}
