/* What only the launch can know: which store objects paths of the host lead to, and their closures.
 */
/*
 * Theory of operation
 *
 * Some paths of the host lead into the store by links that change while a launcher does not. The
 * launcher follows them before there is any namespace: with the host's tree, and the host's ids. A
 * store object that one ends in is a root. The launcher keeps roots open, so that Nix's garbage
 * collector finds them in /proc (it reads the names of what processes have open), as long as the
 * box lasts.
 *
 * A root's closure is known if the descriptor has the object. Otherwise a closure file may have it;
 * what no file has is asked of closurebox-closure, which keeps the answers as files. Files and
 * answers are checked alike (closure-file.c), and give nothing but names: init binds what the store
 * has under them.
 */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

/* Address space for all that is found; what is not used costs nothing. */
#define FOUND_SIZE (4u * CLOSURE_SIZE_MAX)

/* A path has at most so many links, as the kernel would follow (path_resolution(7)). */
#define FOLLOWED_MAX 40
#define LINKS_MAX 4096
/* Of a directory outside the store. */
#define SCAN_ENTRIES 16384
#define SCAN_DEPTH 16

/* Seconds. closurebox-closure has a limit of its own, of 5. */
#define ANSWER_TIME 8

#define PATH_SEPARATOR ':'

static void *
allocate(struct launch *launch, size_t size)
{
	size_t start = (launch->found_size + 7) & ~(size_t)7;

	launch->found_size = start + size;
	if (launch->found_size > FOUND_SIZE)
		die_because(launch, NULL, "too much was found");
	return launch->found_memory + start;
}

void
lookup_find(struct launch *launch)
{
	launch->found_store = template_string(launch, 0);
	launch->found_memory = sys_memory(FOUND_SIZE);
	if (!launch->found_memory)
		die_errno(launch, "mmap", NULL);
}

void
lookup_closure_files(const struct launch *launch)
{
	/* The step `look-up` goes through them. */
	(void)launch;
}

void
lookup_forget(struct launch *launch)
{
	if (launch->found_memory)
		sys_free(launch->found_memory, FOUND_SIZE);
}

/* The length of the path's beginning that is a store object; 0 if it is in none. */
static size_t
object_length(const struct launch *launch, const char *path)
{
	size_t length = closure_path(launch->found_store, path, path + text_length(path));

	return path[length] == '/' || path[length] == '\0' ? length : 0;
}

/* Has the descriptor this object? */
static bool
is_static(const struct launch *launch, const char *path)
{
	const struct step *steps = descriptor_steps(launch->descriptor);

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if ((steps[i].kind == STEP_OBJECT || steps[i].kind == STEP_ALLOW_OBJECT) &&
		    text_is(descriptor_string(launch->descriptor, steps[i].operand[0]), path))
			return true;
	}
	return false;
}

/* Where the root is in the list, or would be: behind the last. */
static struct found_root **
root_at(struct found_root **first, const char *path)
{
	while (*first && !text_is((*first)->path, path))
		first = &(*first)->next;
	return first;
}

/* False if the object, the first `length` bytes of the path, is not there. */
static bool
add_root(struct launch *launch, const char *path, size_t length, bool required)
{
	size_t used = launch->found_size;
	struct found_root *root = allocate(launch, sizeof *root + length + 1), **at;
	int fd;

	memcpy(root->path, path, length);
	root->path[length] = '\0';
	at = root_at(&launch->found_roots, root->path);
	if (*at) {
		launch->found_size = used;
		root = *at;
	} else {
		fd = sys_open(AT_FDCWD, root->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && root_unreachable())
			return false;
		if (fd < 0)
			die_errno(launch, "open", root->path);
		if (launch->kept_count == ROOTS_MAX)
			die_because(launch, root->path, "is one too many");
		launch->kept[launch->kept_count++] = fd;
		root->next = NULL;
		root->lines = root->end = NULL;
		root->known = is_static(launch, root->path);
		root->required = false;
		*at = root;
	}
	root->required |= required;
	return true;
}

static void
add_link(struct launch *launch, const char *path, const char *target)
{
	size_t path_size = text_length(path) + 1, target_size = text_length(target) + 1;
	struct found_link *link = launch->found_links;
	unsigned count = 0;

	for (; link; link = link->next) {
		if (text_is(link->path, path))
			return;
		count++;
	}
	if (count == LINKS_MAX)
		die_because(launch, path, "is one too many");
	link = allocate(launch, sizeof *link + path_size + target_size);
	link->next = launch->found_links;
	link->target = memcpy(link->path + path_size, target, target_size);
	memcpy(link->path, path, path_size);
	launch->found_links = link;
}

/* Follows the text, from the directory `at` if it is relative; that becomes the canonical path of
 * what it leads to. False, with errno, if it leads nowhere. The store's own path is as it is. */
static bool
follow(struct launch *launch, char at[static PATH_MAX], const char *text)
{
	char rest[PATH_MAX], target[PATH_MAX];
	size_t left = text_length(text);
	char *next = rest;

	errno = ENAMETOOLONG;
	if (left >= sizeof rest)
		return false;
	memcpy(rest, text, left + 1);
	if (text[0] == '/')
		at[0] = '\0';
	for (unsigned links = 0; *next;) {
		char *component = next;
		ssize_t length;

		next += verify_component(next);
		if (*next)
			*next++ = '\0';
		/* Whoever goes up from a directory has been in it. */
		if (text_is(component, "..") && !template_covers(at, launch->found_store))
			add_link(launch, at, "");
		errno = ENAMETOOLONG;
		if (!root_join(at, at, component))
			return false;
		if (template_covers(at, launch->found_store))
			continue;
		length = sys_read_link(AT_FDCWD, at, target, sizeof target - 1);
		if (length < 0 && errno == EINVAL)
			continue;
		if (length < 0)
			return false;
		target[length] = '\0';
		add_link(launch, at, target);
		left = text_length(next);
		errno = ++links > FOLLOWED_MAX ? ELOOP : ENAMETOOLONG;
		if (links > FOLLOWED_MAX || (size_t)length + 1 + left >= sizeof rest)
			return false;
		memmove(rest + length + 1, next, left + 1);
		memcpy(rest, target, (size_t)length);
		rest[length] = '/';
		next = rest;
		if (*next == '/')
			at[0] = '\0';
		else
			root_join(at, at, "..");
	}
	return true;
}

enum place {
	NOWHERE, /* errno says why */
	ELSEWHERE,
	IN_STORE
};

/* Finds what the text leads to, as `follow` does. If that is in a store object this is a root, and
 * the links on the way are kept. A text that begins in the store needs none. */
static enum place
find(struct launch *launch, char at[static PATH_MAX], const char *text, bool required)
{
	struct found_link *links = launch->found_links;
	size_t used = launch->found_size;
	enum place place = NOWHERE;
	size_t length = object_length(launch, text);

	if (length == 0 && follow(launch, at, text)) {
		place = ELSEWHERE;
		text = at;
		length = object_length(launch, text);
	}
	if (length > 0) {
		if (add_root(launch, text, length, required))
			return IN_STORE;
		place = NOWHERE;
	}
	launch->found_links = links;
	launch->found_size = used;
	return place;
}

/* A directory outside the store in which links are looked for. */
struct scan {
	struct launch *launch;
	char *path; /* PATH_MAX bytes */
	int directory;
	unsigned depth;
	unsigned *entries; /* that may still come */
};

static void
scan(struct scan *scan, int above, const char *name);

static void
scan_entry(void *data, const char *name)
{
	const struct scan *outer = data;
	struct scan inner = *outer;
	size_t end = text_length(inner.path);
	char target[PATH_MAX], at[PATH_MAX];
	ssize_t length = sys_read_link(outer->directory, name, target, sizeof target - 1);

	if ((*inner.entries)-- == 0)
		die_because(inner.launch, inner.path, "has too many files to look for links");
	if (length >= 0) {
		target[length] = '\0';
		memcpy(at, inner.path, end + 1);
		find(inner.launch, at, target, !(inner.launch->step->flags & FLAG_OPTIONAL));
	} else if (root_join(inner.path, inner.path, name)) {
		scan(&inner, outer->directory, name);
		inner.path[end] = '\0';
	}
}

/* Looks in what may be a directory. */
static void
scan(struct scan *scan, int above, const char *name)
{
	scan->directory = sys_open(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (scan->directory < 0)
		return;
	if (scan->depth-- == 0)
		die_because(scan->launch, scan->path, "is too deep to look for links");
	must_visit(scan->launch, scan->directory, scan_entry, scan, scan->path);
	sys_shut(scan->directory);
}

void
lookup_links(struct launch *launch)
{
	bool required = !(launch->step->flags & FLAG_OPTIONAL);
	unsigned entries = SCAN_ENTRIES;
	char path[PATH_MAX], at[PATH_MAX];
	struct scan top = {
		.launch = launch, .path = at, .depth = SCAN_DEPTH, .entries = &entries
	};

	if (!template_path(launch, 0, path))
		return;
	switch (find(launch, at, path, required)) {
	case NOWHERE:
		if (required)
			die_errno(launch, "readlink", path);
		break;
	case ELSEWHERE:
		if (launch->step->kind == STEP_CLOSURE)
			scan(&top, AT_FDCWD, at);
		else if (required)
			die_because(launch, path, "does not lead to a store object");
		break;
	case IN_STORE:
		break;
	}
}

void
lookup_path_closures(struct launch *launch)
{
	/* The caller's environment is this process's own. */
	char *value = (char *)(uintptr_t)template_variable(launch, template_string(launch, 0));

	while (value && *value) {
		char *end = value;
		char at[PATH_MAX];
		char separator;

		while (*end && *end != PATH_SEPARATOR)
			end++;
		separator = *end;
		*end = '\0';
		if (*value == '/')
			find(launch, at, value, false);
		*end = separator;
		value = end + (separator != '\0');
	}
}

/* Reads all, into what is left of the memory. Returns the size; -1 on errors, and if it is more
 * than may be. */
static ssize_t
read_all(struct launch *launch, int fd)
{
	char *text = allocate(launch, CLOSURE_SIZE_MAX + 1);
	size_t size = 0;
	ssize_t n;

	launch->found_size -= CLOSURE_SIZE_MAX + 1;
	while ((n = sys_read(fd, text + size, CLOSURE_SIZE_MAX + 1 - size)) > 0)
		size += (size_t)n;
	return n < 0 || size > CLOSURE_SIZE_MAX ? -1 : (ssize_t)size;
}

/* The lines at the front of what has just been read; false if they are wrong. */
static bool
take_lines(struct launch *launch, struct found_root *root, size_t size, size_t *ret_size)
{
	char *text = launch->found_memory + launch->found_size;
	ssize_t length = closure_lines(launch->found_store, root->path, text, size);

	if (length < 0)
		return false;
	*ret_size = (size_t)length;
	root->known = length > 0;
	root->lines = text;
	root->end = text + length;
	launch->found_size += (size_t)length;
	return true;
}

/* Only root and the user say what a closure is. */
static bool
is_trusted(const struct launch *launch, int fd, unsigned kind)
{
	struct sys_file file;

	return sys_describe(fd, "", &file) == 0 && (file.mode & (S_IFMT | 022)) == kind &&
	       (file.owner == 0 || file.owner == launch->uid);
}

/* Takes from a directory of closure files what it has. */
static void
read_files(struct launch *launch, const char *path)
{
	int directory = sys_open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool trusted = is_trusted(launch, directory, S_IFDIR);

	for (struct found_root *root = launch->found_roots; trusted && root; root = root->next) {
		const char *name = root->path + text_length(launch->found_store) + 1;
		size_t used = launch->found_size, size;
		ssize_t length = -1;
		int fd;

		if (root->known)
			continue;
		fd = sys_open(directory, name,
		              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (is_trusted(launch, fd, S_IFREG))
			length = read_all(launch, fd);
		if (length > 0 && take_lines(launch, root, (size_t)length, &size) &&
		    size == (size_t)length) {
			die_verbose(launch, root->path, path);
		} else {
			/* The next source may have a better one. */
			root->known = false;
			launch->found_size = used;
		}
		sys_shut(fd);
	}
	sys_shut(directory);
}

static noreturn void
execute_helper(const char **arguments, int answer)
{
	static char *const environment[] = { NULL };
	const char *text;

	/* What the caller has said of signals must not keep the helper from ending. */
	sys_default_signal(SIGALRM);
	sys_unblock(0);
	sys_alarm(ANSWER_TIME);
	sys_replace(STDIN_FILENO, sys_open(AT_FDCWD, "/dev/null", O_RDONLY));
	sys_replace(STDOUT_FILENO, answer);
	sys_replace(STDERR_FILENO, answer);
	sys_close(STDERR_FILENO + 1, UINT_MAX);
	execve(arguments[0], (char *const *)(uintptr_t)arguments, environment);
	text = die_text(errno);
	_exit(sys_write(STDOUT_FILENO, text, text_length(text)) < 0 || STATUS_SETUP);
}

/* Starts closurebox-closure and reads what it says; false if that is no answer. */
static bool
run_helper(struct launch *launch, const char **arguments, ssize_t *ret_size)
{
	const char *helper = arguments[0];
	int status, answer[2];
	pid_t child;

	/* The caller may have had SIGCHLD ignored. */
	if (sys_default_signal(SIGCHLD) < 0 || sys_pipe(answer) < 0 || (child = sys_clone(0)) < 0)
		die_errno(launch, "clone3", helper);
	if (child == 0)
		execute_helper(arguments, answer[1]);
	sys_shut(answer[1]);
	*ret_size = read_all(launch, answer[0]);
	sys_shut(answer[0]);
	if (*ret_size < 0)
		sys_kill(child, SIGKILL);
	while (sys_wait(child, &status, 0) < 0) {
		if (errno != EINTR)
			die_errno(launch, "wait4", helper);
	}
	return status == 0;
}

/* Why there is no answer, from what the helper has said. */
static const char *
reason_of(char *said, ssize_t size)
{
	static const char prefix[] = "closurebox-closure: ";

	said[size < 0 ? 0 : size] = '\0';
	if (text_begins(said, prefix, sizeof prefix - 1))
		said += sizeof prefix - 1;
	for (char *c = said; *c; c++) {
		if (*c == '\n')
			*c = '\0';
	}
	return *said ? said : "it gave no answer";
}

/* The arguments that ask for the roots which are not known; NULL if there is none. What is found is
 * to be kept in a directory, if not "". */
static const char **
helper_arguments(struct launch *launch, const char *keep, bool *ret_required)
{
	const char **arguments = allocate(launch, (ROOTS_MAX + 9) * sizeof *arguments);
	const char **last = arguments, **first;

	*last++ = template_string(launch, 0);
	*last++ = "--store-dir";
	*last++ = launch->found_store;
	*last++ = "--nix-state";
	*last++ = template_string(launch, 1);
	*last++ = "--partial";
	if (*keep) {
		*last++ = "--keep";
		*last++ = keep;
	}
	first = last;
	*ret_required = false;
	for (const struct found_root *root = launch->found_roots; root; root = root->next) {
		if (root->known)
			continue;
		*ret_required |= root->required;
		*last++ = root->path;
	}
	*last = NULL;
	return last > first ? arguments : NULL;
}

/* Takes the closures out of an answer of this size; false, and none is known, if it is wrong. */
static bool
take_answer(struct launch *launch, size_t left)
{
	const char *said = launch->found_memory + launch->found_size;
	struct found_root *root;
	size_t length;

	for (root = launch->found_roots; root; root = root->next) {
		if (root->known)
			continue;
		if (!take_lines(launch, root, left, &length) || length == left ||
		    launch->found_memory[launch->found_size++] != '\n')
			break;
		left -= length + 1;
		if (length > 0)
			die_verbose(launch, root->path, "somebody knew its closure");
	}
	if (!root && left == 0)
		return true;
	for (root = launch->found_roots; root; root = root->next) {
		if (root->lines >= said) {
			root->known = false;
			root->lines = root->end = NULL;
		}
	}
	return false;
}

/* Asks closurebox-closure. */
static void
ask(struct launch *launch, const char *keep)
{
	const char *reason = "its answer makes no sense";
	bool required;
	const char **arguments = helper_arguments(launch, keep, &required);
	ssize_t size;

	if (!arguments)
		return;
	if (!run_helper(launch, arguments, &size))
		reason = reason_of(launch->found_memory + launch->found_size, size);
	else if (take_answer(launch, (size_t)size))
		return;
	if (required)
		die_because(launch, arguments[0], reason);
	die_verbose(launch, arguments[0], reason);
}

void
lookup_look_up(struct launch *launch)
{
	const struct step *look_up = launch->step;
	char keep[PATH_MAX];

	keep[0] = '\0';
	for (launch->step = descriptor_steps(launch->descriptor); launch->step < look_up;
	     launch->step++) {
		if (launch->step->kind != STEP_CLOSURE_FILES)
			continue;
		if (template_path(launch, 0, keep))
			read_files(launch, keep);
		else
			keep[0] = '\0';
	}
	ask(launch, keep);
	for (struct found_root *root = launch->found_roots; root; root = root->next) {
		if (!root->known && root->required)
			die_because(launch, root->path, "nobody knows its closure");
	}
}

void
lookup_each_object(const struct launch *launch,
                   void (*visit)(const struct launch *launch, const char *path))
{
	for (const struct found_root *root = launch->found_roots; root; root = root->next) {
		for (const char *line = root->lines; line < root->end;
		     line += text_length(line) + 1)
			visit(launch, line);
	}
}

bool
lookup_has(const struct launch *launch, const char *path)
{
	char object[PATH_MAX];
	size_t length = object_length(launch, path);

	memcpy(object, path, length);
	object[length] = '\0';
	if (is_static(launch, object))
		return true;
	for (const struct found_root *root = launch->found_roots; root; root = root->next) {
		for (const char *line = root->lines; line < root->end;
		     line += text_length(line) + 1) {
			if (text_is(line, object))
				return true;
		}
	}
	return false;
}

bool
lookup_knows(const struct launch *launch, int fd, const char *path)
{
	char name[PATH_MAX];

	if (root_name(launch, fd, name)) {
		struct found_root *first = launch->found_roots;

		if (!template_covers(launch->found_store, name) || lookup_has(launch, name))
			return true;
		name[object_length(launch, name)] = '\0';
		if (launch->step->flags & FLAG_OPTIONAL && *root_at(&first, name))
			return false;
	}
	die_because(launch, path, "changed while the box was made; start it again");
}
