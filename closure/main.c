/*
 * closurebox-closure: prints the closures of store paths, for the stub, which starts it for what is
 * known only at launch and what no closure file tells.
 *
 * Theory of operation
 *
 * The objects that were named on the command line are the roots. A source, the Nix daemon or else
 * the database, is asked for each object's references, new ones among them too, until there is none
 * left: one walk for all roots, so that what they share is asked for once. Then each root's closure
 * is printed, the root last; and, since a store path's closure never changes, kept as a file.
 *
 * Whatever a source says is checked: each path by the grammar of store paths, each length and each
 * sum by a bound, all by a time limit. Before the first byte is read this program gives up what it
 * could do beyond answering (confine.c). Nothing is printed before everything is known.
 */
#include "closure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define TIMEOUT 5000
#define TIMEOUT_MAX (24 * 60 * 60 * 1000)
/* After the time limit, for what has no limit of its own, such as a file system that hangs. */
#define ALARM_AFTER 1000
/* Of a database that somebody writes to while it is read. */
#define DATABASE_TRIES 10

struct request {
	const char *store_dir;
	const char *nix_state;
	const char *socket;
	const char *database;
	const char *keep; /* a directory; NULL: closures are not kept */
	const char *output; /* NULL, or the same, and it is an error if they cannot be kept */
	unsigned timeout;
	bool partial; /* what is not there has an empty closure */
	bool verbose;
	char **roots;
	size_t root_count;
};

/* The answers, and what is made of them. */
struct closures {
	const struct request *request;
	struct objects objects;
	size_t *roots; /* indexes of objects, one for each of the request */
	size_t root; /* whose closure is marked */
	const struct object **order;
	unsigned char *marks;
	size_t *stack;
};

static const char usage[] =
	"usage: closurebox-closure [OPTION]... ROOT...\n"
	"\n"
	"Prints the closure of each store path: one path a line, itself last, and an empty line.\n"
	"\n"
	"  --store-dir DIR    the store (/nix/store)\n"
	"  --nix-state DIR    Nix's state (var/nix beside the store), in which there are:\n"
	"  --socket PATH      where the Nix daemon listens (DIR/daemon-socket/socket)\n"
	"  --database PATH    what is read if it does not answer (DIR/db/db.sqlite)\n"
	"  --partial          print just the empty line for what is not in the store\n"
	"  --keep DIR         keep each closure as a file in DIR, if that can be done\n"
	"  --output DIR       the same; it is an error if it cannot be done\n"
	"  --timeout MS       for all of it (5000)\n"
	"  --verbose          say what is done\n";

/* If `word` is the option, or the option, '=' and a value: what is behind its name. */
static const char *
behind(const char *word, const char *option)
{
	size_t size = strlen(option);

	if (strncmp(word, option, size) != 0 || (word[size] != '\0' && word[size] != '='))
		return NULL;
	return word + size;
}

static bool
read_timeout(const char *text, unsigned *ret_timeout)
{
	unsigned long timeout;
	char *end;

	timeout = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || timeout == 0 || timeout > TIMEOUT_MAX) {
		problem_say("--timeout takes 1 to %d milliseconds", TIMEOUT_MAX);
		return false;
	}
	*ret_timeout = (unsigned)timeout;
	return true;
}

/* One option, with its value if it takes one; returns how many words it had, 0 if it is wrong.
 * (getopt_long(3) would take abbreviations, and print what it does not know as it is.) */
static int
read_option(char **words, struct request *request)
{
	const char *timeout = NULL;
	const struct {
		const char *name;
		const char **value;
	} options[] = {
		{ "--store-dir", &request->store_dir },
		{ "--nix-state", &request->nix_state },
		{ "--socket", &request->socket },
		{ "--database", &request->database },
		{ "--keep", &request->keep },
		{ "--output", &request->output },
		{ "--timeout", &timeout },
	};

	if (strcmp(words[0], "--verbose") == 0) {
		request->verbose = true;
		return 1;
	}
	if (strcmp(words[0], "--partial") == 0) {
		request->partial = true;
		return 1;
	}
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		const char *rest = behind(words[0], options[i].name);
		int count = 1;

		if (!rest)
			continue;
		if (*rest == '\0') {
			rest = words[1];
			count = 2;
		} else {
			rest++;
		}
		if (!rest) {
			problem_say("%s takes a value", options[i].name);
			return 0;
		}
		*options[i].value = rest;
		return timeout && !read_timeout(timeout, &request->timeout) ? 0 : count;
	}
	problem_say("unknown option '%s'; --help lists all", words[0]);
	return 0;
}

/* What is to be printed instead of closures, or NULL. */
static const char *
other_answer(const char *word)
{
	if (word && strcmp(word, "--help") == 0)
		return usage;
	if (word && strcmp(word, "--version") == 0)
		return "closurebox-closure " PACKAGE_VERSION "\n";
	return NULL;
}

/* Is it no option's value, or an absolute path? Else says so. */
static bool
is_absolute(const char *option, const char *path)
{
	if (!path || path[0] == '/')
		return true;
	problem_say("%s '%s': it is not an absolute path", option, path);
	return false;
}

/* What the request does not say; false without memory. */
static bool
settle_request(struct request *request)
{
	const char *slash = strrchr(request->store_dir, '/');
	char *path;

	if (request->output)
		request->keep = request->output;
	if (!request->nix_state) {
		if (asprintf(&path, "%.*s/var/nix", (int)(slash - request->store_dir),
		             request->store_dir) < 0)
			return false;
		request->nix_state = path;
	}
	if (!request->socket) {
		if (asprintf(&path, "%s/daemon-socket/socket", request->nix_state) < 0)
			return false;
		request->socket = path;
	}
	if (!request->database) {
		if (asprintf(&path, "%s/db/db.sqlite", request->nix_state) < 0)
			return false;
		request->database = path;
	}
	return true;
}

/* False if the command line is wrong, which has been said then. */
static bool
read_arguments(char **words, struct request *ret_request)
{
	const char *wrong;

	*ret_request = (struct request){
		.store_dir = "/nix/store",
		.timeout = TIMEOUT,
	};
	while (*words && (*words)[0] == '-') {
		int count = read_option(words, ret_request);

		if (count == 0)
			return false;
		words += count;
	}
	ret_request->roots = words;
	while (words[ret_request->root_count])
		ret_request->root_count++;
	wrong = store_path_directory_check(ret_request->store_dir);
	if (wrong)
		problem_say("--store-dir '%s': %s", ret_request->store_dir, wrong);
	else if (is_absolute("--nix-state", ret_request->nix_state) &&
	         is_absolute("--keep", ret_request->keep) &&
	         is_absolute("--output", ret_request->output)) {
		if (ret_request->root_count > 0)
			return true;
		problem_say("no store path is named; --help tells more");
	}
	return false;
}

static void
on_alarm(int signal)
{
	static const char text[] = "closurebox-closure: the time limit is over\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(STATUS_REFUSED);
	_exit(STATUS_REFUSED);
}

static void
on_late_alarm(int signal)
{
	(void)signal;
	_exit(STATUS_DONE);
}

/* Makes this process the same whoever has started it. */
static bool
settle(unsigned timeout)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval limit = {
		.it_value = { .tv_sec = (timeout + ALARM_AFTER) / 1000,
		              .tv_usec = (timeout + ALARM_AFTER) % 1000 * 1000 },
	};
	sigset_t none;
	int fd;

	/* No other file becomes standard output or error; to write to a missing one is an error. */
	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return false;
	close(fd);
	umask(022);
	sigemptyset(&none);
	if (sigaction(SIGALRM, &action, NULL) < 0)
		return false;
	/* That nobody reads the answer, or that a file is too large, is found out by write(2). */
	action.sa_handler = SIG_IGN;
	return sigaction(SIGPIPE, &action, NULL) == 0 && sigaction(SIGXFSZ, &action, NULL) == 0 &&
	       sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	       setitimer(ITIMER_REAL, &limit, NULL) == 0;
}

/* Leaves the roots and nothing else among the objects. */
static bool
begin(struct closures *closures, struct problem *problem)
{
	const struct request *request = closures->request;

	objects_free(&closures->objects);
	for (size_t i = 0; i < request->root_count; i++) {
		const char *root = request->roots[i];
		size_t size;
		const char *base;
		const char *wrong =
			store_path_base(request->store_dir, root, strlen(root), &base, &size);

		if (wrong)
			return problem_set(problem, "'%.300s' is no store path: %s", root, wrong);
		/* A new one is a root by being its own referrer. */
		if (!objects_add(&closures->objects, base, size, closures->objects.count,
		                 &closures->roots[i], problem))
			return false;
	}
	return true;
}

static enum outcome
ask_daemon(struct closures *closures, int fd, uint64_t deadline, struct problem *problem)
{
	struct socket end = { .fd = fd, .deadline = deadline };
	struct stream stream = { .exchange = socket_exchange, .data = &end };
	struct daemon_facts facts;
	enum outcome outcome = daemon_walk(&stream, &closures->objects, &facts, problem);

	if (outcome == OUTCOME_ANSWERED && closures->request->verbose)
		problem_say("daemon: protocol 1.%u, %zu objects, %llu reads", facts.version & 0xff,
		            closures->objects.count, (unsigned long long)stream.exchanges);
	return outcome;
}

/* Objects that another source has told are forgotten. */
static enum outcome
ask_database(struct closures *closures, const struct database *database, uint64_t deadline,
             struct problem *problem)
{
	enum outcome outcome = OUTCOME_AGAIN;

	for (int tries = 0; outcome == OUTCOME_AGAIN && tries < DATABASE_TRIES; tries++)
		outcome = begin(closures, problem)
		                  ? database_walk(database, &closures->objects, deadline, problem)
		                  : OUTCOME_FAILED;
	if (outcome == OUTCOME_ANSWERED && closures->request->verbose)
		problem_say("database: %zu objects", closures->objects.count);
	return outcome;
}

/* Asks one source after the other; says why if none has the answer. */
static enum status
ask(struct closures *closures, int files)
{
	const struct request *request = closures->request;
	uint64_t start = clock_now();
	uint64_t deadline = start + request->timeout;
	struct problem of_daemon = { "" }, of_database = { "" }, problem = { "" };
	struct database database;
	enum outcome outcome = OUTCOME_FAILED;
	bool readable = database_find(request->database, &database, &of_database);
	/* A daemon that hangs must leave some time for the database. */
	uint64_t daemon_deadline = readable ? start + request->timeout * 3 / 4 : deadline;
	int fd = socket_connect(request->socket, daemon_deadline, &of_daemon);

	if (!confine(files, database.directory, &problem)) {
		problem_say("cannot give up its rights: %s", problem.text);
		return STATUS_SYSTEM;
	}
	if (fd >= 0) {
		outcome = ask_daemon(closures, fd, daemon_deadline, &of_daemon);
		close(fd);
	}
	if (outcome == OUTCOME_FAILED && readable) {
		outcome = ask_database(closures, &database, deadline, &of_database);
		if (outcome == OUTCOME_NOT_VALID)
			of_daemon = of_database;
	}
	switch (outcome) {
	case OUTCOME_ANSWERED:
		return STATUS_DONE;
	case OUTCOME_NOT_VALID:
		problem_say("%s; build or fetch it again", of_daemon.text);
		break;
	case OUTCOME_FAILED:
	case OUTCOME_AGAIN:
		problem_say("no answer from the Nix daemon (%s: %s), nor from the database (%s: "
		            "%s)",
		            request->socket, of_daemon.text, request->database, of_database.text);
		break;
	}
	return STATUS_REFUSED;
}

/* Is the closure of this root, which is marked then, known? */
static bool
mark(struct closures *closures, size_t root)
{
	closures->root = closures->roots[root];
	return objects_mark(&closures->objects, closures->root, closures->marks, closures->stack);
}

static void
write_object(const struct closures *closures, const struct object *object, struct lines *lines)
{
	lines_add(lines, closures->objects.store_dir);
	lines_add(lines, "/");
	lines_add(lines, object->base);
	lines_add(lines, "\n");
}

/* For struct lines: the closure that is marked. The root comes last, as a file without it is known
 * to be cut (files.c). */
static void
write_closure(void *data, struct lines *lines)
{
	const struct closures *closures = data;
	const struct object *root = &closures->objects.list[closures->root];

	for (size_t i = 0; i < closures->objects.count; i++) {
		const struct object *object = closures->order[i];

		if (object != root && closures->marks[object - closures->objects.list])
			write_object(closures, object, lines);
	}
	write_object(closures, root, lines);
}

static enum status
print(struct closures *closures)
{
	struct lines lines = { .fd = STDOUT_FILENO };

	for (size_t i = 0; i < closures->request->root_count; i++) {
		if (mark(closures, i))
			write_closure(closures, &lines);
		lines_add(&lines, "\n");
	}
	if (!lines_finish(&lines)) {
		problem_say("standard output: %s", strerror(errno));
		return STATUS_SYSTEM;
	}
	return STATUS_DONE;
}

/* Of what cannot be kept: gives the status that this makes. */
static enum status
not_kept(const struct request *request, const struct problem *problem, const char *advice)
{
	if (request->output) {
		problem_say("cannot write closure files: %s%s", problem->text, advice);
		return STATUS_SYSTEM;
	}
	if (request->verbose)
		problem_say("not kept: %s", problem->text);
	return STATUS_DONE;
}

/* Gives -1 if they are not kept. */
static enum status
open_files(const struct request *request, int *ret_files)
{
	struct problem problem = { "" };
	bool believed;

	*ret_files = files_open(request->keep, &believed, &problem);
	if (*ret_files >= 0)
		return STATUS_DONE;
	if (believed)
		return not_kept(request, &problem, "");
	return not_kept(request, &problem,
	                geteuid() == 0 ? "; name one that is root's alone with --output"
	                               : "; name one that is yours alone with --output");
}

static enum status
keep(struct closures *closures, int files)
{
	struct problem problem = { "" }, with_path;
	enum status status = STATUS_DONE;

	/* The answer is given; a disk that hangs takes nothing away from it. */
	if (!closures->request->output)
		signal(SIGALRM, on_late_alarm);
	for (size_t i = 0; i < closures->request->root_count; i++) {
		if (!mark(closures, i) ||
		    files_keep(files, closures->objects.list[closures->root].base, write_closure,
		               closures, &problem))
			continue;
		problem_set(&with_path, "%s/%s", closures->request->keep, problem.text);
		status = not_kept(closures->request, &with_path, "");
	}
	return status;
}

static enum status
answer(struct closures *closures)
{
	const struct request *request = closures->request;
	struct problem problem = { "" };
	enum status status;
	int files = -1;

	closures->objects.store_dir = request->store_dir;
	closures->objects.partial = request->partial;
	closures->roots = calloc(request->root_count, sizeof *closures->roots);
	if (!closures->roots || !settle(request->timeout)) {
		problem_say("%s", strerror(errno));
		return STATUS_SYSTEM;
	}
	if (!begin(closures, &problem)) {
		problem_say("%s", problem.text);
		return STATUS_REFUSED;
	}
	if (request->keep) {
		status = open_files(request, &files);
		if (status != STATUS_DONE)
			return status;
	}
	status = ask(closures, files);
	if (status != STATUS_DONE)
		return status;
	closures->order = objects_sort(&closures->objects);
	closures->marks = malloc(closures->objects.count);
	closures->stack = malloc(closures->objects.count * sizeof *closures->stack);
	if (!closures->order || !closures->marks || !closures->stack) {
		problem_say("out of memory");
		return STATUS_SYSTEM;
	}
	status = print(closures);
	if (status == STATUS_DONE && files >= 0)
		status = keep(closures, files);
	return status;
}

int
main(int argc, char **argv)
{
	struct request request;
	struct closures closures = { .request = &request };
	struct lines lines = { .fd = STDOUT_FILENO };
	const char *other = other_answer(argc > 0 ? argv[1] : NULL);
	enum status status;

	/* Nothing here reads the environment; neither shall a library. */
	clearenv();
	if (other) {
		lines_add(&lines, other);
		return lines_finish(&lines) ? STATUS_DONE : STATUS_SYSTEM;
	}
	if (!read_arguments(argc > 0 ? argv + 1 : argv, &request))
		return STATUS_USAGE;
	if (!settle_request(&request)) {
		problem_say("out of memory");
		return STATUS_SYSTEM;
	}
	status = answer(&closures);
	/* The kernel frees it all. */
	_exit((int)status);
}
