/* closurebox compile: a reference graph and a policy in, a launcher out. */
#include "compiler.h"

#include <getopt.h>
#include <string.h>

static const char usage_start[] =
	"usage: closurebox compile --graph FILE --program PATH -o LAUNCHER [OPTION]...\n"
	"\n";
static const char usage_end[] =
	"  --policy FILE      what the box may have beyond its closure; repeatable\n"
	"  --program PATH     the program to start, an absolute store path\n"
	"  --entry NAME=PATH  the program to start when the launcher is called NAME; repeatable\n"
	"  -o LAUNCHER        the file to write\n"
	"  --link FILE        make FILE, with the name of an entry, a link to it; repeatable\n"
	"  --stub FILE        another runtime stub than the installed one\n"
	"  --closure-program FILE\n"
	"                     another closurebox-closure than the installed one\n"
	"  --nix-state-dir DIR\n"
	"                     Nix's state (default: var/nix beside the store)\n"
	"  --dump PASS        print the plan after a pass: resolve closure conflict risk prepare\n"
	"                     lookup namespaces mounts rules process confine; -o may be left out\n"
	"                     then\n";

/* What the command line says, beyond what struct compilation holds. */
struct request {
	struct string_list policies;
	struct string_list links;
	size_t entry_capacity;
	const char *program;
	const char *output;
	const char *stub;
	const char *dump;
};

static const struct usage usage = {
	.command = "closurebox compile",
	.parts = { usage_start, graph_options_usage, usage_end },
};

/* NAME=PATH; a name is what the launcher's last path component can be, and may have a '='. */
static bool
add_entry(struct compilation *c, struct request *request, const char *argument)
{
	const char *equals = strstr(argument, "=/");
	struct requested_entry *entry;

	if (!equals || equals == argument || memchr(argument, '/', (size_t)(equals - argument)))
		return false;
	for (size_t i = 0; i < c->requested_count; i++) {
		const char *name = c->requested[i].name;

		if (name && strncmp(name, argument, (size_t)(equals - argument)) == 0 &&
		    name[equals - argument] == '\0' &&
		    strcmp(c->requested[i].program, equals + 1) != 0)
			return false;
	}
	entry = ARRAY_ADD(&c->arena, c->requested, c->requested_count, request->entry_capacity);
	entry->name = arena_copy(&c->arena, argument, (size_t)(equals - argument));
	entry->program = equals + 1;
	return true;
}

static int
parse_options(struct compilation *c, struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		GRAPH_OPTIONS,
		{ "policy", required_argument, NULL, 'p' },
		{ "program", required_argument, NULL, 'x' },
		{ "entry", required_argument, NULL, 'e' },
		{ "stub", required_argument, NULL, 's' },
		{ "closure-program", required_argument, NULL, 'c' },
		{ "nix-state-dir", required_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "link", required_argument, NULL, 'l' },
		{ "dump", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *wrong;
	int option;

	while ((option = getopt_long(argc, argv, "o:h", options, NULL)) >= 0) {
		if (graph_options_take(c, option, optarg))
			continue;
		switch (option) {
		case 'p':
			string_list_add(&c->arena, &request->policies, optarg);
			break;
		case 'x':
			if (request->program && optarg && strcmp(request->program, optarg) != 0)
				return usage_wrong(
					&usage,
					"--program is given twice, for several take --entry", NULL);
			request->program = optarg;
			break;
		case 'e':
			if (!optarg || !add_entry(c, request, optarg))
				return usage_wrong(
					&usage,
					"--entry takes NAME=PATH, each name once and without "
					"a slash, not",
					optarg);
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
		case 'o':
			if (request->output)
				return usage_wrong(&usage, "-o is given twice", NULL);
			request->output = optarg;
			break;
		case 'l':
			string_list_add(&c->arena, &request->links, optarg);
			break;
		case 'd':
			request->dump = optarg;
			break;
		default:
			return usage_option(&usage, option);
		}
	}
	return optind == argc ? -1 : usage_wrong(&usage, "unexpected argument", argv[optind]);
}

static bool
is_pass(const char *name)
{
	for (const struct pass *pass = passes; pass->name; pass++) {
		if (strcmp(pass->name, name) == 0)
			return true;
	}
	return false;
}

static bool
is_entry(const struct compilation *c, const char *name)
{
	for (size_t i = 0; i < c->requested_count; i++)
		if (c->requested[i].name && strcmp(c->requested[i].name, name) == 0)
			return true;
	return false;
}

/* -1 if the links make sense, else the exit status. */
static int
check_links(const struct compilation *c, const struct request *request)
{
	for (size_t i = 0; i < request->links.count; i++) {
		const char *link = request->links.items[i], *slash = strrchr(link, '/');

		if (!request->output)
			return usage_wrong(&usage, "--link needs -o", NULL);
		if (!is_entry(c, slash ? slash + 1 : link))
			return usage_wrong(&usage,
			                   "--link takes a file with the name of an --entry, not",
			                   link);
		if (embed_is_launcher(request->output, link))
			return usage_wrong(&usage, "--link would replace the launcher", link);
	}
	return -1;
}

/* Completes the request; -1 if it makes sense, else the exit status. */
static int
check_request(struct compilation *c, struct request *request)
{
	if (request->dump && !is_pass(request->dump))
		return usage_wrong(&usage, "there is no pass", request->dump);
	if (!c->options.graph_count)
		return usage_wrong(&usage, "--graph is missing", NULL);
	if (!request->output && !request->dump)
		return usage_wrong(&usage, "-o is missing", NULL);
	if (request->program) {
		struct requested_entry *entry = ARRAY_ADD(
			&c->arena, c->requested, c->requested_count, request->entry_capacity);

		*entry = (struct requested_entry){ .program = request->program };
	}
	if (!c->requested_count)
		return usage_wrong(&usage, "--program or --entry is missing", NULL);
	return check_links(c, request);
}

/* With its links. A bad stub is a mistake of who names it; that of the installation is there or the
 * system is broken. */
static int
write_launcher(struct compilation *c, const struct request *request, const void *descriptor,
               size_t size)
{
	const char *stub = request->stub ? request->stub : embed_find_stub(&c->arena);
	int status;

	for (size_t i = 0; i < request->links.count; i++)
		if (!embed_may_link(&c->diag, request->links.items[i]))
			return EXIT_SYSTEM;
	status = embed_write(&c->diag, stub, descriptor, size, request->output);
	for (size_t i = 0; i < request->links.count && status == EXIT_DONE; i++)
		status = embed_link(&c->diag, request->output, request->links.items[i]);
	return status == EXIT_REFUSED && !request->stub ? EXIT_SYSTEM : status;
}

int
cmd_compile(int argc, char **argv)
{
	struct compilation c = { .diag.stream = stderr };
	struct request request = { 0 };
	const void *descriptor;
	size_t size;
	int status = parse_options(&c, &request, argc, argv);

	if (status >= 0)
		return status;
	status = check_request(&c, &request);
	if (status >= 0)
		return status;
	status = compile_descriptor(&c, &request.policies, request.dump, &descriptor, &size);
	if (status != EXIT_DONE || !request.output)
		return status;
	return write_launcher(&c, &request, descriptor, size);
}
