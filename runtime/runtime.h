/* The stub's files and the state they share. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <sys/types.h>

#include "descriptor.h"
#include "sys.h"

/* How a launch that goes wrong ends (docker-run(1) uses the same). */
enum {
	STATUS_SETUP = 125, /* the box could not be set up */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127
};

/* More of user-dirs.dirs is not read; what xdg-user-dirs writes has less than 1 KiB. */
#define USER_DIRECTORIES_SIZE 4096

/* Store objects that the phase lookup finds, but for what only belongs to their closures. */
#define ROOTS_MAX 1024

#define KEPT_MAX (ROOTS_MAX + OVERLAYS_MAX + 3)

/* A link on the way to a store object. */
struct found_link {
	struct found_link *next;
	const char *target; /* "": it is a directory that the way leaves by ".." */
	bool required; /* by a step that is not optional */
	char path[]; /* on the host; the directory is canonical */
};

/* A directory outside the store whose links were followed. */
struct found_directory {
	struct found_directory *next;
	struct sys_file file;
};

/* A store object that something leads to. */
struct found_root {
	struct found_root *next;
	const char *lines; /* its closure, a NUL behind each path; NULL if it is not known, or the
	                      descriptor has it */
	const char *end;
	bool known; /* its closure is */
	bool required; /* by a step that is not optional */
	char path[];
};

/* One launch, in each of its processes. Lives on the stack of main. What is large comes last:
 * the nearer a member, the shorter is the code that uses it. */
struct launch {
	const struct descriptor *descriptor;
	const struct step *step; /* being carried out; NULL before the first */

	int root; /* the box's root, until the pivot */
	int caller_directory; /* where the launcher was started, until then */
	int masks; /* the mount that has what masks show, likewise */
	int parent; /* what root_parent gave last, but for the root */
	int store; /* the store that Landlock's rules are about, from the step `rules` */
	int ruleset; /* Landlock's, from the step that begins it until the program's process is
	                there; else -1 */
	unsigned access; /* LANDLOCK_*: to files; all that it handles */
	uint32_t kept_count;
	const char *store_path; /* of the last of `store` and `whole-store`, from then on */

	const char *found_store; /* of the step `find`, NULL without; then what was found in it */
	struct found_link *found_links;
	struct found_root *found_roots;
	struct found_directory *found_directories;
	char *found_memory; /* where all of that is */
	size_t found_size; /* of what is used */

	bool wait_for_all; /* the steps of these names were there */
	bool without_namespaces; /* they were optional and could not be had */
	bool alone; /* there is no init: this process becomes the program */
	unsigned stop_timeout; /* milliseconds; 0: none */

	uid_t uid;
	gid_t gid;
	void (*build)(struct launch *launch); /* carries out the phase root */
	pid_t builder; /* in init: the process that does so beside it; 0 without, and at its end */
	int report; /* pipe from the box's init to the launcher; -1 if alone */
	int init; /* pipe from init in the program's process, while that must not go on; else -1 */
	uint32_t instance; /* what $INSTANCE stands for */
	char **argv;
	char **environment; /* the caller's until process_begin, then the program's */
	const char *started_as; /* AT_EXECFN: the path the launcher was started under */

	char **program_arguments; /* being built; room for all that steps add, and NULL */
	size_t program_argument_count; /* from the front */
	char **program_environment; /* likewise */
	size_t program_environment_count;
	char *space; /* what is left of the memory for them and their text */
	size_t space_size;

	struct sys_file root_file; /* the box's root */

	mode_t umask; /* what the launcher was started with */
	sigset_t signals;
	char directory[PATH_MAX]; /* where it was started; "" if that has no name */
	char canonical[PATH_MAX]; /* what was followed last: nothing above it is a link */
	char parent_path[PATH_MAX]; /* of `parent`; "" if the box may have something else there */
	char user_directories[USER_DIRECTORIES_SIZE]; /* "NAME=path", NUL after each; an empty one
	                                                 is behind the last */
	int kept[KEPT_MAX]; /* what is open to the end of the box: in the launcher the roots found,
	                       so that Nix's garbage collector sees them, and pipes; in init
	                       locks of overlays, pipes */
};

/* die.c: ends this process with the one line that says why. */

/* A system call failed: names the step, the operand it was at (may be NULL), the call and errno,
 * and what to do about it if that is known. */
noreturn void
die_errno(const struct launch *launch, const char *call, const char *operand);

/* Something else is wrong: names the step and says what. */
noreturn void
die_because(const struct launch *launch, const char *operand, const char *reason);

/* It needs an environment variable that is not set. */
noreturn void
die_unset(const struct launch *launch, const char *operand, const char *variable);

/* Says something about the step if the caller wants to know ($CLOSUREBOX_VERBOSE). */
void
die_verbose(const struct launch *launch, const char *operand, const char *text);

/* The program could not be started: `status` is STATUS_NOT_EXECUTABLE or STATUS_NOT_FOUND. */
noreturn void
die_program(const struct launch *launch, int status, const char *program, const char *reason);

/* What an error number means. */
const char *
die_text(int error);

/* must.c: system calls of sys.h that end the launch when they fail, for the operand. */
int
must_open(const struct launch *launch, int directory, const char *name, int flags,
          const char *operand);
void
must_describe(const struct launch *launch, int fd, const char *name, struct sys_file *ret_file,
              const char *operand);
void
must_visit(const struct launch *launch, int directory,
           void (*visit)(void *data, const char *name, unsigned type), void *data,
           const char *operand);
void
must_make(const struct launch *launch, int parent, const char *name, mode_t mode,
          const char *operand);
int
must_open_tree(const struct launch *launch, int directory, const char *name, unsigned flags,
               const char *operand);
void
must_move_mount(const struct launch *launch, int mount, int directory, const char *name,
                const char *operand);
void
must_add_attributes(const struct launch *launch, int mount, uint64_t attributes, bool recursive,
                    const char *operand);

/* template.c: strings with launch-time parts. */

/* Reads the caller's user-dirs.dirs, if a template needs it: before any is expanded. */
void
template_begin(struct launch *launch);

/* The value of a variable of the caller's environment, NULL if it is unset or empty. */
const char *
template_variable(const struct launch *launch, const char *name);

/* The step's operand with this number, a string or path. */
const char *
template_string(const struct launch *launch, unsigned operand);

/* Expands one, a template, as a path into `buffer` and returns it, without needless slashes. Dies
 * if the result is too long, not absolute, or has a component "." or "..". When a variable is unset
 * it returns NULL if the step is optional or `closure-files`, else dies. */
const char *
template_path(const struct launch *launch, unsigned operand, char buffer[static PATH_MAX]);

/* The same; `*ret_below` is the end of the components that the first variable decides alone. */
char *
template_path_below(const struct launch *launch, unsigned operand, char buffer[static PATH_MAX],
                    char **ret_below);

/* Is the path `inner` the path `outer` or below it? Needless slashes do not matter. */
bool
template_covers(const char *outer, const char *inner);

/* The same for text that is not a path. Returns its length, without a NUL; -1 if the text does not
 * fit into `size` bytes. With `buffer` NULL only counts. When a variable is unset it dies and names
 * what the text is for, if that is not NULL. */
ssize_t
template_text(const struct launch *launch, unsigned operand, const char *what, char *buffer,
              size_t size);

/* Likewise writes it to a file. Returns 0, or -1 with errno set. */
int
template_write(const struct launch *launch, unsigned operand, const char *what, int fd);

/* Writes a number in base 8 or 10 so that its last digit is before `end`; returns where it starts.
 * At most NUMBER_DIGITS bytes; without a NUL. */
#define NUMBER_DIGITS 11
char *
template_number(char *end, unsigned number, unsigned base);

/* closure-file.c: closures as lines of text. No system calls. */

/* More is not read: of one file, of all that closurebox-closure answers. */
#define CLOSURE_SIZE_MAX (16u << 20)
#define CLOSURE_LINES_MAX 100000

/* The length of the path of a store object at the front of the text; 0 if there is none. What
 * follows it, if anything before `end`, is no character of its name. */
size_t
closure_path(const char *store, const char *text, const char *end);

/* Checks the lines up to an empty one or the end: each the path of a store object, the root's among
 * them, a newline at the end of each, which becomes a NUL. Returns how many bytes they have, 0 if
 * there is none; -1 if something is wrong. */
ssize_t
closure_lines(const char *store, const char *root, char *text, size_t size);

/* lookup.c: what only the launch can know. The steps of these names. */
void
lookup_find(struct launch *launch);
void
lookup_closure_files(struct launch *launch);
void
lookup_links(struct launch *launch); /* and the step `closure` */
void
lookup_path_closures(struct launch *launch);
void
lookup_look_up(struct launch *launch);

/* Calls `visit` for the path of each object of the closures found, once. */
void
lookup_each_object(const struct launch *launch,
                   void (*visit)(const struct launch *launch, const char *path));

/* Where what a step with FLAG_CLOSURE has opened is: of a place in the store the closure is known;
 * NOWHERE if it is not and the step may be left out. Dies if it is not what was looked up. */
enum place {
	NOWHERE,
	ELSEWHERE,
	IN_STORE
};
enum place
lookup_place(const struct launch *launch, int fd, const char *path);

/* Lets go of all in memory that was found. */
void
lookup_forget(struct launch *launch);

/* ns.c: the namespaces and the processes. */

/* Step `namespaces`: returns in the box's init, its ids mapped; the launcher waits in it for the
 * end of the box and leaves with the program's status. */
void
ns_enter(struct launch *launch);

/* Init waits until the root is built, if another process does that. */
void
ns_wait_for_root(struct launch *launch);

/* Starts the program's process and returns in it; init confines itself and reaps until the program
 * ends. `confine` carries out the steps of the phase confine. If there is no init it just returns.
 */
void
ns_start_program(struct launch *launch, void (*confine)(struct launch *launch));

/* The program's process waits until there is a root and init has confined itself, unless it has
 * waited already. Before that it shares its root, working directory and umask with init. */
void
ns_wait_for_init(struct launch *launch);

/* The steps of these names. */
void
ns_wait_for_all(struct launch *launch);
void
ns_stop_timeout(struct launch *launch);
void
ns_die_with_parent(struct launch *launch);
void
ns_no_nested(struct launch *launch);
void
ns_meanwhile(struct launch *launch);
void
ns_hostname(struct launch *launch);
void
ns_loopback(struct launch *launch);

/* Is there a step of the kind? */
bool
ns_has_step(const struct launch *launch, enum step_kind kind);

/* If a setting of this machine forbids user namespaces, the value for it that does not, " >" and
 * its file; else NULL. */
const char *
ns_forbidden_by(void);

/* wait.c: the launcher and init while the program runs. */

/* All signals. */
void
wait_every_signal(sigset_t *all);

/* Closes all descriptors but the standard ones and these, so that nobody waits for the end of what
 * the program alone holds. Returns 0, or -1 with errno set. */
int
wait_keep_only(const int kept[], size_t count);

/* A timer (timerfd_create(2)) that has started; -1 with errno, and the call that failed. */
int
wait_timer(unsigned milliseconds, const char **ret_call);

/* The launcher, all signals blocked: passes what it reads from the signalfd on to init, and ends as
 * the pipe of reports says, or kills the box when its time is over. */
noreturn void
wait_for_box(const struct launch *launch, pid_t init, int reports, int signals);

/* Init, likewise: passes signals on to the program, reaps, and ends the box. */
noreturn void
wait_for_program(const struct launch *launch, pid_t program);

/* root.c: the mount tree. A function per step, as steps.h describes it; only those that open or
 * close what `launch` holds may change it. */

void
root_new(struct launch *launch);
void
root_store(struct launch *launch);
void
root_object(struct launch *launch);
/* Binds a directory of the host's store to the one of this name in the box's, which is the working
 * directory. Returns 0, or -1 with errno set; it follows no link. */
int
root_bind_directory(const char *name);
/* Puts an object of the host's store into the box's, which is the working directory; the kind is
 * the flag of a step, or 0. */
void
root_add_object(const struct launch *launch, const char *path, const char *name, unsigned kind);
void
root_seal_store(struct launch *launch);
void
root_whole_store(struct launch *launch);
void
root_tmpfs(struct launch *launch);
void
root_directory(struct launch *launch);
void
root_file(struct launch *launch);
void
root_symlink(struct launch *launch);
void
root_proc(struct launch *launch);
void
root_devpts(struct launch *launch);
void
root_seal(struct launch *launch);
void
root_pivot(struct launch *launch);

/* root-host.c */
void
root_bind(struct launch *launch);
void
root_overlay(struct launch *launch);
void
root_working_directory(struct launch *launch);

/* root-found.c */
void
root_found_objects(struct launch *launch);
void
root_found_links(struct launch *launch);

/* root-cover.c */
void
root_protect(struct launch *launch);
void
root_mask(struct launch *launch);
/* What masks show, in launch->masks. */
#define ROOT_MASK_FILE "file"
#define ROOT_MASK_DIRECTORY "dir"

/* arguments.c */
void
root_argument_files(struct launch *launch);

/* What these files share. Descriptors they return are O_PATH and the caller's; those that do not
 * die return -1 with errno, and the call that failed. */

/* A directory in `parent`, made if it is missing. A link is not followed. */
int
root_make_directory(int parent, const char *name, mode_t mode, const char **ret_call);
/* The directory of the box that `path` lies in, which the launch keeps, and its last component.
 * Missing ones are made, with the mode 0755 and the bits of `mark`. */
int
root_parent(struct launch *launch, const char *path, mode_t mark, const char **ret_name,
            const char **ret_call);
/* What is at a path of the box, by no link. If there is nothing, a mount point is made, with the
 * mode 0755 or 0444 and the bits of `mark`, likewise what is missing above it. -1 where the box has
 * something else on the way, or lets nothing be made; other failures end the launch. */
int
root_own_point(struct launch *launch, const char *path, bool directory, mode_t mark);
/* Is the descriptor the file that the name leads to from the directory? "" is the directory itself.
 * Messages are about `path`. */
bool
root_is_file(const struct launch *launch, int fd, int directory, const char *name,
             const char *path);
/* Dies if that is the box's root, which a variable may have made of a path: what is put there would
 * hide the whole box. */
void
root_refuse_root(const struct launch *launch, const struct sys_file *file, const char *path);
/* Is it the host's root, which a variable may have made of a source, and that not granted
 * (FLAG_ANYWHERE)? Dies if so. */
bool
root_is_host(const struct launch *launch, int fd, const char *path);
void
root_refuse_host(const struct launch *launch, int fd, const char *path);
/* Attaches a detached mount, and closes it: on that point, whatever that hides; on that point,
 * which it closes too, and at a path of the box, unless it would hide the box or the closure. */
void
root_mount_on(struct launch *launch, int mount, int point, const char *path);
void
root_attach_at(struct launch *launch, int mount, int point, const char *path);
void
root_attach(struct launch *launch, int mount, const char *path, bool directory);
/* A new mount, as sys_new_mount makes it. */
int
root_new_mount(const struct launch *launch, const char *type, const char *const options[],
               uint64_t attributes, const char *path);
/* Of a mount that the step grants, by its flags. */
uint64_t
root_attributes(const struct launch *launch);
/* Adds a path to a directory's, which may be in `buffer` already, or takes it alone if it is
 * absolute; without components that are empty, "." or "..", by the text alone. False if it becomes
 * too long. */
bool
root_join(char buffer[static PATH_MAX], const char *directory, const char *added);
/* The name of what a descriptor is, on the host; NULL if it has none that could be used. */
const char *
root_name(const struct launch *launch, int fd, char buffer[static PATH_MAX]);
/* Opens what a step names on the host, as its flags say; `below` is that of template_path_below. -1
 * if it is missing and the step optional; other failures end the launch. */
int
root_source(const struct launch *launch, char *path, const char *below, int flags);
/* Does errno say that a path leads nowhere, or to where the caller cannot go? */
bool
root_unreachable(void);
/* Can the program write where the path of the host is, which has no links? */
bool
root_writable(const struct launch *launch, const char *path);
/* Why what is at a path of the host, and has this name, is not for a box to which no grant names
 * it; NULL if it is. */
const char *
root_refusal(const struct launch *launch, const char *path, const char *name, bool directory);

/* process.c: what the program inherits; its arguments and directory. */

void
process_standard_streams(struct launch *launch);
void
process_close(struct launch *launch);
void
process_close_paths(struct launch *launch);
/* Makes room for the program's arguments and environment: before the first step of the phase. */
void
process_begin(struct launch *launch);
/* The steps of these names. */
void
process_prepend(struct launch *launch);
void
process_append(struct launch *launch);
void
process_keep_directory(struct launch *launch);
void
process_change_directory(struct launch *launch);
void
process_umask(struct launch *launch);
void
process_limit(struct launch *launch);
void
process_nice(struct launch *launch);
void
process_new_session(struct launch *launch);
/* Step `execute`: the program of the entry that AT_EXECFN chooses. */
noreturn void
process_execute(struct launch *launch);

/* environment.c: the program's variables. */

/* Memory of zeros that the program's start needs; the exec frees it. Dies if there is none. */
void *
environment_allocate(struct launch *launch, size_t size);

/* The template's text as a new string; behind "NAME=" if the name is not empty, before ':' and the
 * tail if that is not empty. Dies if a variable is unset. */
char *
environment_expand(struct launch *launch, const char *name, unsigned operand, const char *tail);

/* Drops what the caller has in its environment that is no variable. */
void
environment_begin(struct launch *launch);

/* Gives the program a variable, in place of all of its name. */
void
environment_put(struct launch *launch, const char *name, const char *value);

/* Takes away all whose names match a pattern. */
void
environment_remove(struct launch *launch, const char *pattern);

/* The steps of these names, "clear-environment" and so on. */
void
environment_clear(struct launch *launch);
void
environment_inherit(struct launch *launch);
void
environment_unset(struct launch *launch);
void
environment_set(struct launch *launch);
void
environment_prefix(struct launch *launch);
void
environment_path_variable(struct launch *launch);

/* Without an init nobody holds the roots found but the program: by a variable, which Nix's garbage
 * collector reads too. */
void
environment_hold_roots(struct launch *launch);

/* landlock.c: the steps of these names, each as steps.h describes it. */

void
landlock_scope(struct launch *launch);
void
landlock_rules(struct launch *launch);
void
landlock_allow_object(struct launch *launch);
void
landlock_allow_found(struct launch *launch);
void
landlock_allow(struct launch *launch);
void
landlock_restrict(struct launch *launch);

/* confine.c: the rights that are given up. Each may be done more than once. */

void
confine_capabilities(struct launch *launch);
void
confine_no_new_privileges(struct launch *launch);
void
confine_seccomp(struct launch *launch);

#endif
