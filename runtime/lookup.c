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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
/* Of a directory outside the store: links and directories. */
#define SCAN_ENTRIES 16384
#define SCAN_DEPTH 16

/* Milliseconds. closurebox-closure has a limit of its own, of 5 seconds. */
#define ANSWER_TIME 8000

#define PATH_SEPARATOR ':'

/* There are bounds. What is optional is let go. */
static bool
give_up(const struct launch *launch, const char *path, bool required)
{
	if (required)
		die_because(launch, path, "leads to too many things");
	return false;
}

static void *
allocate(struct launch *launch, size_t size)
{
	size_t start = (launch->found_size + 7) & ~(size_t)7;

	launch->found_size = start + size;
	if (launch->found_size > FOUND_SIZE)
		give_up(launch, NULL, true);
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
lookup_closure_files(struct launch *launch)
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
	size_t length = closure_path(launch->found_store, path, path + strlen(path));

	return path[length] == '/' || path[length] == '\0' ? length : 0;
}

/* Has the descriptor this object? */
static bool
is_static(const struct launch *launch, const char *path)
{
	const struct step *steps = descriptor_steps(launch->descriptor);

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if ((steps[i].kind == STEP_OBJECT || steps[i].kind == STEP_ALLOW_OBJECT) &&
		    strcmp(descriptor_string(launch->descriptor, steps[i].operand[0]), path) == 0)
			return true;
	}
	return false;
}

/* Where the root is in the list, or would be: behind the last. */
static struct found_root **
root_at(struct found_root **first, const char *path)
{
	while (*first && strcmp((*first)->path, path) != 0)
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
		if (fd < 0 && (root_unreachable() || !required))
			return false;
		if (fd < 0)
			die_errno(launch, "open", root->path);
		if (launch->kept_count == ROOTS_MAX) {
			close(fd);
			return give_up(launch, root->path, required);
		}
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

/* False if there are too many. */
static bool
add_link(struct launch *launch, const char *path, const char *target, bool required)
{
	size_t path_size = strlen(path) + 1, target_size = strlen(target) + 1;
	struct found_link *link = launch->found_links;
	unsigned count = 0;

	for (; link; link = link->next) {
		if (strcmp(link->path, path) == 0) {
			link->required |= required;
			return true;
		}
		count++;
	}
	if (count == LINKS_MAX)
		return give_up(launch, path, required);
	link = allocate(launch, sizeof *link + path_size + target_size);
	link->next = launch->found_links;
	link->required = required;
	link->target = memcpy(link->path + path_size, target, target_size);
	memcpy(link->path, path, path_size);
	launch->found_links = link;
	return true;
}

/* A link that the program of an earlier box could have made would lead this launch to any store
 * object. What root owns it cannot make. */
static bool
could_be_made(const struct launch *launch, const char *path)
{
	struct sys_file file;

	must_describe(launch, AT_FDCWD, path, &file, path);
	errno = EACCES;
	return file.owner == launch->uid && root_writable(launch, path);
}

/* Whoever goes up from a directory has been in it. */
static bool
add_directory(struct launch *launch, const char *path, bool required)
{
	int fd = sys_open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	close(fd);
	return fd >= 0 &&
	       (template_covers(path, launch->found_store) || add_link(launch, path, "", required));
}

/* Follows the text, from the directory `at` if it is relative; that becomes the canonical path of
 * what it leads to. False, with errno, if it leads nowhere. The store's own path is as it is. */
static bool
follow(struct launch *launch, char at[static PATH_MAX], const char *text, bool required)
{
	char rest[PATH_MAX], target[PATH_MAX];
	size_t left = strlen(text);
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
		if (strcmp(component, "..") == 0 && *at && !add_directory(launch, at, required))
			return false;
		errno = ENAMETOOLONG;
		if (!root_join(at, at, component))
			return false;
		if (template_covers(at, launch->found_store) ||
		    template_covers(at, launch->canonical))
			continue;
		length = sys_read_link(AT_FDCWD, at, target, sizeof target - 1);
		if (length < 0 && errno == EINVAL)
			continue;
		if (length < 0)
			return false;
		target[length] = '\0';
		if (could_be_made(launch, at) || !add_link(launch, at, target, required))
			return false;
		left = strlen(next);
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
	memcpy(launch->canonical, at, strlen(at) + 1);
	return true;
}

/* Finds what the text leads to, as `follow` does; NOWHERE with errno. If that is in a store object
 * this is a root, and the links on the way are kept. A text that begins in the store needs none. */
static enum place
find(struct launch *launch, char at[static PATH_MAX], const char *text, bool required)
{
	struct found_link *links = launch->found_links;
	size_t used = launch->found_size;
	enum place place = NOWHERE;
	size_t length = object_length(launch, text);

	if (length == 0 && follow(launch, at, text, required)) {
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
	char *path; /* PATH_MAX bytes, like the next two, which entries use in turn */
	char *target;
	char *at;
	int directory;
	unsigned depth;
	unsigned *entries; /* that may still come */
};

static void
scan(struct scan *scan, int above, const char *name);

static void
scan_entry(void *data, const char *name, unsigned type)
{
	const struct scan *outer = data;
	struct scan inner = *outer;
	bool required = !(inner.launch->step->flags & FLAG_OPTIONAL);
	size_t end = strlen(inner.path);
	ssize_t length;

	if (type != DT_LNK && type != DT_DIR && type != DT_UNKNOWN)
		return;
	if (*inner.entries == 0) {
		give_up(inner.launch, inner.path, required);
		return;
	}
	--*inner.entries;
	length = sys_read_link(outer->directory, name, inner.target, PATH_MAX - 1);
	if (length >= 0) {
		inner.target[length] = '\0';
		memcpy(inner.at, inner.path, end + 1);
		find(inner.launch, inner.at, inner.target, required);
	} else if (inner.depth-- == 0) {
		give_up(inner.launch, inner.path, required);
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
	if (scan->directory < 0 && root_unreachable())
		return;
	if (scan->directory < 0)
		die_errno(scan->launch, "open", scan->path);
	must_visit(scan->launch, scan->directory, scan_entry, scan, scan->path);
	close(scan->directory);
}

/* Looks for links in what is outside the store, and remembers it. */
static void
find_in(struct launch *launch, char *path)
{
	unsigned entries = SCAN_ENTRIES;
	char target[PATH_MAX], at[PATH_MAX];
	struct scan top = { .launch = launch,
		            .path = path,
		            .target = target,
		            .at = at,
		            .depth = SCAN_DEPTH,
		            .entries = &entries };
	struct found_directory *found = allocate(launch, sizeof *found);

	must_describe(launch, AT_FDCWD, path, &found->file, path);
	found->next = launch->found_directories;
	launch->found_directories = found;
	scan(&top, AT_FDCWD, path);
}

void
lookup_links(struct launch *launch)
{
	bool required = !(launch->step->flags & FLAG_OPTIONAL);
	char path[PATH_MAX], at[PATH_MAX];
	enum place place;

	if (!template_path(launch, 0, path))
		return;
	place = find(launch, at, path, required);
	if (place == NOWHERE && required)
		die_errno(launch, "readlink", path);
	if (place != ELSEWHERE)
		return;
	/* Whoever has the store has more than closures. */
	if (launch->step->kind == STEP_CLOSURE && !template_covers(at, launch->found_store))
		find_in(launch, at);
	else if (required)
		die_because(launch, path, "does not lead to a store object");
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

/* Reads all, into what is left of the memory, until there is something to read from the timer.
 * Returns the size; -1 on errors, when the time is over, and if it is more than may be. */
static ssize_t
read_all(struct launch *launch, int fd, int timer)
{
	struct pollfd ready[] = { { .fd = timer, .events = POLLIN },
		                  { .fd = fd, .events = POLLIN } };
	char *text = allocate(launch, CLOSURE_SIZE_MAX + 1);
	size_t size = 0;
	ssize_t n;

	launch->found_size -= CLOSURE_SIZE_MAX + 1;
	do {
		if (timer >= 0 && (poll(ready, 2, -1) < 0 || ready[0].revents))
			return -1;
		n = read(fd, text + size, CLOSURE_SIZE_MAX + 1 - size);
		size += n > 0 ? (size_t)n : 0;
	} while (n > 0);
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
	/* With another user's home root believes no directory that a link of theirs leads to. */
	int top = must_open(launch, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, "/");
	int directory = sys_open_in_root(top, path, O_DIRECTORY, launch->uid != 0);
	bool trusted = is_trusted(launch, directory, S_IFDIR);

	for (struct found_root *root = launch->found_roots; trusted && root; root = root->next) {
		const char *name = root->path + strlen(launch->found_store) + 1;
		size_t used = launch->found_size, size;
		ssize_t length = -1;
		int fd;

		if (root->known)
			continue;
		fd = sys_open(directory, name,
		              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (is_trusted(launch, fd, S_IFREG))
			length = read_all(launch, fd, -1);
		if (length > 0 && take_lines(launch, root, (size_t)length, &size) &&
		    size == (size_t)length) {
			die_verbose(launch, root->path, path);
		} else {
			/* The next source may have a better one. */
			root->known = false;
			root->lines = root->end = NULL;
			launch->found_size = used;
		}
		close(fd);
	}
	close(directory);
	close(top);
}

static noreturn void
execute_helper(const char **arguments, int answer)
{
	static char *const environment[] = { NULL };
	const char *text;

	sys_replace(STDIN_FILENO, sys_open(AT_FDCWD, "/dev/null", O_RDONLY));
	sys_replace(STDOUT_FILENO, answer);
	sys_replace(STDERR_FILENO, answer);
	sys_close(STDERR_FILENO + 1, UINT_MAX);
	execve(arguments[0], (char *const *)(uintptr_t)arguments, environment);
	text = die_text(errno);
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(STATUS_SETUP);
	_exit(STATUS_SETUP);
}

/* Starts closurebox-closure and reads what it says; false if that is no answer, or not in time. */
static bool
run_helper(struct launch *launch, const char **arguments, ssize_t *ret_size)
{
	const char *helper = arguments[0], *call;
	int status, answer[2], timer = wait_timer(ANSWER_TIME, &call);
	pid_t child;

	if (timer < 0)
		die_errno(launch, call, helper);
	/* The caller may have had SIGCHLD ignored. */
	if (sys_default_signal(SIGCHLD) < 0 || sys_pipe(answer) < 0 ||
	    (child = sys_clone(0, SIGCHLD)) < 0)
		die_errno(launch, "clone3", helper);
	if (child == 0)
		execute_helper(arguments, answer[1]);
	close(answer[1]);
	*ret_size = read_all(launch, answer[0], timer);
	close(answer[0]);
	close(timer);
	if (*ret_size < 0)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			die_errno(launch, "wait4", helper);
	}
	return *ret_size >= 0 && status == 0;
}

/* Why there is no answer, from what the helper has said. */
static const char *
reason_of(char *said, ssize_t size)
{
	static const char prefix[] = "closurebox-closure: ";

	said[size < 0 ? 0 : size] = '\0';
	if (strncmp(said, prefix, sizeof prefix - 1) == 0)
		said += sizeof prefix - 1;
	for (char *c = said; *c; c++) {
		if (*c == '\n')
			*c = '\0';
	}
	return *said ? said : "it gave no answer";
}

/* The arguments that ask for the roots which are not known; NULL if there is none. `*ret_required`
 * is one that the box must have, or NULL. What is found is to be kept in a directory, if not "". */
static const char **
helper_arguments(struct launch *launch, const char *keep, const char **ret_required)
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
	*ret_required = NULL;
	for (const struct found_root *root = launch->found_roots; root; root = root->next) {
		if (root->known)
			continue;
		if (root->required)
			*ret_required = root->path;
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
			die_verbose(launch, root->path, "closurebox-closure knew its closure");
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
	const char *required;
	const char **arguments = helper_arguments(launch, keep, &required);
	ssize_t size;

	if (!arguments)
		return;
	if (!run_helper(launch, arguments, &size))
		reason = reason_of(launch->found_memory + launch->found_size, size);
	else if (take_answer(launch, (size_t)size))
		return;
	if (required)
		die_because(launch, required, reason);
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

/* Is the object the first of its path among those found? They are in a hash table by a part of
 * their names, which has a hash; its slots have the addresses of paths. */
static bool
is_first(const struct launch *launch, const char *path, const char **slots, size_t mask)
{
	size_t slot = 0;

	for (size_t i = 27; i < 33; i++)
		slot = slot << 5 ^ (unsigned char)path[strlen(launch->found_store) + i];
	for (slot &= mask; slots[slot]; slot = (slot + 1) & mask) {
		if (strcmp(slots[slot], path) == 0)
			return false;
	}
	slots[slot] = path;
	return true;
}

void
lookup_each_object(const struct launch *launch,
                   void (*visit)(const struct launch *launch, const char *path))
{
	size_t count = 64;
	const char **slots;

	/* No path has less than 32 bytes, so at most half of the slots are taken. */
	while (count * 16 < launch->found_size)
		count *= 2;
	slots = sys_memory(count * sizeof *slots);
	if (!slots)
		die_errno(launch, "mmap", NULL);
	for (const struct found_root *root = launch->found_roots; root; root = root->next) {
		for (const char *line = root->lines; line < root->end; line += strlen(line) + 1) {
			if (is_first(launch, line, slots, count - 1))
				visit(launch, line);
		}
	}
	sys_free(slots, count * sizeof *slots);
}

enum place
lookup_place(const struct launch *launch, int fd, const char *path)
{
	const struct found_directory *directory = launch->found_directories;
	struct found_root *first = launch->found_roots;
	struct sys_file file;
	char name[PATH_MAX];
	size_t length;

	if (root_name(launch, fd, name)) {
		length = object_length(launch, name);
		name[length] = '\0';
		first = *root_at(&first, name);
		if (first && first->known)
			return IN_STORE;
		must_describe(launch, fd, "", &file, path);
		while (directory && !sys_is_same(&directory->file, &file))
			directory = directory->next;
		if (length == 0 && directory)
			return ELSEWHERE;
		if (launch->step->flags & FLAG_OPTIONAL)
			return NOWHERE;
	}
	die_because(launch, path, "changed while the box was made; start it again");
}
