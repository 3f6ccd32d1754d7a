/* closurebox closure: the closures of what paths lead to, printed and written ahead of the launches
 * that look for them. */
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage_text[] =
	"usage: closurebox closure [OPTION]... PATH...\n"
	"\n"
	"Prints the closure of the store object that each path leads to, and writes it to a file\n"
	"in which launchers find it.\n"
	"\n"
	"  --output DIR       where the files go (default: closurebox/closures in\n"
	"                     $XDG_STATE_HOME or ~/.local/state)\n"
	"  --no-write         only print\n"
	"  --store-dir DIR    the store (default: " STORE_DIRECTORY ")\n"
	"  --nix-state-dir DIR\n"
	"                     Nix's state (default: var/nix beside the store)\n"
	"  --timeout MS       for the answer (default: 5000)\n"
	"  --closure-program FILE\n"
	"                     another closurebox-closure than the installed one\n";

static const struct usage usage = {
	.command = "closurebox closure",
	.parts = { usage_text },
};

struct request {
	const char *output;
	bool no_write;
	const char *store_dir;
	const char *nix_state_dir;
	const char *timeout;
	const char *program;
	char **paths;
	size_t path_count;
};

/* -1 if it makes sense, else the exit status. */
static int
parse_options(struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "no-write", no_argument, NULL, 'w' },
		{ "store-dir", required_argument, NULL, 's' },
		{ "nix-state-dir", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ "closure-program", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			request->output = optarg;
			break;
		case 'w':
			request->no_write = true;
			break;
		case 's':
			request->store_dir = optarg;
			break;
		case 'n':
			request->nix_state_dir = optarg;
			break;
		case 't':
			request->timeout = optarg;
			break;
		case 'c':
			request->program = optarg;
			break;
		default:
			return usage_option(&usage, option);
		}
	}
	request->paths = argv + optind;
	request->path_count = (size_t)(argc - optind);
	if (request->path_count == 0)
		return usage_wrong(&usage, "no path is named", NULL);
	if (request->no_write && request->output)
		return usage_wrong(&usage, "--no-write and --output contradict each other", NULL);
	if (request->output && request->output[0] == '\0')
		return usage_wrong(&usage, "--output takes a directory, not", request->output);
	if (request->nix_state_dir && request->nix_state_dir[0] == '\0')
		return usage_wrong(&usage, "--nix-state-dir takes a directory, not", "");
	if (store_directory_check(request->store_dir))
		return usage_wrong(&usage, "--store-dir takes an absolute canonical path, not",
		                   request->store_dir);
	return -1;
}

/* Made absolute by the working directory, if there is one. */
static const char *
absolute(struct arena *arena, const char *path)
{
	char *directory;

	if (path[0] == '/' || !(directory = getcwd(NULL, 0)))
		return path;
	path = arena_printf(arena, "%s/%s", directory, path);
	free(directory);
	return path;
}

/* Where presets/base.json lets launchers look for the user's files. NULL after reporting. */
static const char *
users_directory(struct compilation *c)
{
	static const struct {
		const char *variable;
		const char *below;
	} places[] = {
		{ "XDG_STATE_HOME", "" },
		{ "HOME", "/.local/state" },
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *value = getenv(places[i].variable);

		if (!value || value[0] == '\0')
			continue;
		if (value[0] == '/')
			return arena_printf(&c->arena, "%s%s/closurebox/closures", value,
			                    places[i].below);
		diag_error(&c->diag, PLACE_NONE,
		           "%s is '%s', which is not an absolute path; name a directory with "
		           "--output",
		           places[i].variable, value);
		return NULL;
	}
	diag_error(&c->diag, PLACE_NONE,
	           "neither XDG_STATE_HOME nor HOME is set; name a directory with --output");
	return NULL;
}

/* A path that is in the store by its very text stands for its own object, as it does at launch:
 * what that links to is in its closure. 0 for others. */
static size_t
named_object(const char *store_dir, const char *path)
{
	size_t size = store_path_prefix(store_dir, path);

	return size > 0 && (!path[size] || !path_components_check(path + size + 1)) ? size : 0;
}

/* The store object that a path is in or leads to; NULL after reporting. */
static char *
find_object(struct compilation *c, const struct request *request, const char *path)
{
	char resolved[PATH_MAX];
	struct stat status;
	size_t size = named_object(request->store_dir, path);

	if (size > 0 ? lstat(path, &status) < 0 : !realpath(path, resolved)) {
		diag_error(&c->diag, PLACE_NONE, "cannot follow '%s': %s", path, strerror(errno));
		return NULL;
	}
	if (size > 0)
		return arena_copy(&c->arena, path, size);
	size = store_path_prefix(request->store_dir, resolved);
	if (size > 0)
		return arena_copy(&c->arena, resolved, size);
	if (strcmp(path, resolved) == 0)
		diag_error(&c->diag, PLACE_NONE, "'%s' is not in an object of the store '%s'", path,
		           request->store_dir);
	else
		diag_error(&c->diag, PLACE_NONE,
		           "'%s' leads to '%s', which is not in an object of the store '%s'", path,
		           resolved, request->store_dir);
	if (strcmp(resolved, request->store_dir) != 0 && stat(resolved, &status) == 0 &&
	    S_ISDIR(status.st_mode))
		diag_note(&c->diag, PLACE_NONE, "if there are links in it, name those");
	return NULL;
}

/* Starts the program with its standard output at the end of a pipe; gives the other end, or -1. */
static int
start(struct diag *diag, const char *const *words, pid_t *ret_child)
{
	posix_spawn_file_actions_t actions;
	int ends[2];
	int error;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		diag_error(diag, PLACE_NONE, "cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		if (error == 0)
			error = posix_spawn(ret_child, words[0], &actions, NULL,
			                    (char *const *)(uintptr_t)words, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (error == 0)
		return ends[0];
	diag_error(diag, PLACE_NONE, "cannot start '%s': %s", words[0], strerror(error));
	close(ends[0]);
	return -1;
}

/* Prints what the program answers once it has ended; all of it, as whoever reads may stop before
 * the files are written. The program has said itself what goes wrong. */
static int
run(struct compilation *c, const char *const *words)
{
	struct buffer answer = { .arena = &c->arena };
	char block[65536];
	pid_t child;
	int from, status = 0;
	ssize_t n;

	/* The caller may have had it ignored; then nobody could be waited for. */
	signal(SIGCHLD, SIG_DFL);
	from = start(&c->diag, words, &child);
	if (from < 0)
		return EXIT_SYSTEM;
	while ((n = read(from, block, sizeof block)) > 0 || (n < 0 && errno == EINTR))
		buffer_add(&answer, block, n > 0 ? (size_t)n : 0);
	close(from);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status)) {
		diag_error(&c->diag, PLACE_NONE, "'%s' was ended by signal %d", words[0],
		           WTERMSIG(status));
		return EXIT_SYSTEM;
	}
	/* Behind each closure is an empty line: here only between them. */
	if (answer.size > 0)
		fwrite(answer.data, 1, answer.size - 1, stdout);
	return WEXITSTATUS(status);
}

static void
add_option(struct arena *arena, struct string_list *words, const char *name, const char *value)
{
	string_list_add(arena, words, name);
	string_list_add(arena, words, value);
}

int
cmd_closure(int argc, char **argv)
{
	struct compilation c = { .diag.stream = stderr };
	struct request request = { .store_dir = STORE_DIRECTORY };
	struct string_list words = { 0 };
	int status = parse_options(&request, argc, argv);

	if (status >= 0)
		return status;
	string_list_add(&c.arena, &words,
	                request.program ? absolute(&c.arena, request.program)
	                                : embed_find_closure(&c.arena));
	add_option(&c.arena, &words, "--store-dir", request.store_dir);
	if (request.nix_state_dir)
		add_option(&c.arena, &words, "--nix-state",
		           absolute(&c.arena, request.nix_state_dir));
	if (request.timeout)
		add_option(&c.arena, &words, "--timeout", request.timeout);
	if (!request.no_write) {
		const char *output =
			request.output ? absolute(&c.arena, request.output) : users_directory(&c);

		if (output)
			add_option(&c.arena, &words, "--output", output);
	}
	for (size_t i = 0; i < request.path_count; i++) {
		const char *object = find_object(&c, &request, request.paths[i]);

		if (object)
			string_list_add(&c.arena, &words, object);
	}
	if (c.diag.errors > 0)
		return EXIT_REFUSED;
	string_list_add(&c.arena, &words, NULL);
	return run(&c, words.items);
}
