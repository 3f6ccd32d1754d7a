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

/* How a launch that goes wrong ends (docker-run(1) uses the same). */
enum {
	STATUS_SETUP = 125, /* the box could not be set up */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127
};

/* One launch, in each of its three processes. Lives on the stack of main. */
struct launch {
	const struct descriptor *descriptor;
	const struct step *step; /* being carried out; NULL before the first */

	char **argv;
	char **environment; /* the caller's until process_begin, then the program's */
	const char *started_as; /* AT_EXECFN: the path the launcher was started under */
	uid_t uid;
	gid_t gid;
	sigset_t signals; /* the mask the launcher was started with */
	mode_t umask; /* and the one it had */
	char directory[PATH_MAX]; /* where it was started; "" if that has no name */

	uint32_t instance; /* what $INSTANCE stands for */
	bool wait_for_all; /* the steps of these names were there */
	unsigned stop_timeout; /* milliseconds; 0: none */
	bool without_namespaces; /* they were optional and could not be had */
	bool alone; /* there is no init: this process becomes the program */

	int report; /* pipe from the box's init to the launcher; -1 if alone */

	int root; /* the box's root, until the pivot */
	int store; /* its store, and the host's, from the step `store` to `seal-store` */
	int host_store;
	const char *store_path; /* of the last of them, from then on */
	int empty_file; /* what covers a mask */
	int empty_directory;

	int ruleset; /* Landlock's, from the step that begins it to `restrict`; else -1 */

	char **program_arguments; /* being built; room for all that steps add, and NULL */
	size_t program_argument_count; /* from the front */
	char **program_environment; /* likewise */
	size_t program_environment_count;
	char *space; /* for the new variables' text */
};

/* die.c: ends this process with the one line that says why. */

/* A system call failed: names the step, the operand it was at (may be NULL), the call and errno,
 * and what to do about it if that is known. */
noreturn void
die_errno(const struct launch *launch, const char *call, const char *operand);

/* Something else is wrong: names the step and says what. */
noreturn void
die_because(const struct launch *launch, const char *operand, const char *reason);

/* The program could not be started: `status` is STATUS_NOT_EXECUTABLE or STATUS_NOT_FOUND. */
noreturn void
die_program(const struct launch *launch, int status, const char *program, const char *reason);

/* template.c: strings with launch-time parts. */

/* Expands a template as a path into `buffer` and returns it. Dies when the result is too long or
 * not absolute. When a variable is unset it returns NULL if the step is optional, else dies. */
const char *
template_path(const struct launch *launch, uint32_t index, char buffer[static PATH_MAX]);

/* The same for text that is not a path. Returns its length, without a NUL; -1 if a variable is
 * unset or the text does not fit into `size` bytes. With `buffer` NULL only counts. */
ssize_t
template_text(const struct launch *launch, uint32_t index, char *buffer, size_t size);

/* Writes it to a file. Returns 0, or -1 with errno set; dies when a variable is unset. */
int
template_write(const struct launch *launch, uint32_t index, int fd);

/* Writes a number in base 8 or 10 so that its last digit is before `end`; returns where it starts.
 * At most NUMBER_DIGITS bytes; without a NUL. */
#define NUMBER_DIGITS 11
char *
template_number(char *end, unsigned number, unsigned base);

/* ns.c: the namespaces and the three processes. */

/* Step `namespaces`: returns in the box's init, its ids mapped; the launcher waits in it for the
 * end of the box and leaves with the program's status. */
void
ns_enter(struct launch *launch);

/* Starts the program's process and returns in it; in init it gives up all rights and reaps until
 * the program ends. `confine` carries out the steps of the phase confine. If there is no init it
 * just returns. */
void
ns_start_program(struct launch *launch, void (*confine)(struct launch *launch));

/* The steps of these names. */
void
ns_wait_for_all(struct launch *launch);
void
ns_stop_timeout(struct launch *launch);
void
ns_no_nested(const struct launch *launch);
void
ns_die_with_parent(const struct launch *launch);
void
ns_hostname(const struct launch *launch);
void
ns_loopback(const struct launch *launch);

/* What on this machine forbids user namespaces, as a hint; NULL if nothing is known. */
const char *
ns_forbidden_by(void);

/* root.c: the mount tree. A function per step, as steps.h describes it; only those that open or
 * close what `launch` holds may change it. */

void
root_new(struct launch *launch);
void
root_store(struct launch *launch);
void
root_object(const struct launch *launch);
void
root_seal_store(struct launch *launch);
void
root_whole_store(struct launch *launch);
void
root_tmpfs(const struct launch *launch);
void
root_directory(const struct launch *launch);
void
root_file(const struct launch *launch);
void
root_symlink(const struct launch *launch);
void
root_bind(const struct launch *launch);
void
root_overlay(const struct launch *launch);
void
root_working_directory(const struct launch *launch);
void
root_argument_files(const struct launch *launch);
void
root_proc(const struct launch *launch);
void
root_devpts(const struct launch *launch);
void
root_protect(const struct launch *launch);
void
root_mask(struct launch *launch);
void
root_seal(const struct launch *launch);
void
root_pivot(struct launch *launch);

/* process.c: what the program inherits. */

void
process_standard_streams(const struct launch *launch);
void
process_close(const struct launch *launch);
void
process_close_paths(const struct launch *launch);
/* Makes room for the program's arguments and environment: before the first step of the phase. */
void
process_begin(struct launch *launch);
/* The steps of these names. */
void
process_prepend(struct launch *launch);
void
process_append(struct launch *launch);
void
process_clear_environment(struct launch *launch);
void
process_inherit(struct launch *launch);
void
process_unset(struct launch *launch);
void
process_set(struct launch *launch);
void
process_prefix(struct launch *launch);
void
process_keep_directory(struct launch *launch);
void
process_change_directory(struct launch *launch);
void
process_umask(const struct launch *launch);
void
process_limit(const struct launch *launch);
void
process_nice(const struct launch *launch);
void
process_new_session(const struct launch *launch);
/* Step `execute`: the program of the entry that AT_EXECFN chooses. */
noreturn void
process_execute(struct launch *launch);

/* landlock.c: the steps of these names, each as steps.h describes it. */

void
landlock_scope(struct launch *launch);
void
landlock_rules(struct launch *launch);
void
landlock_allow_object(const struct launch *launch);
void
landlock_allow(const struct launch *launch);
void
landlock_restrict(struct launch *launch);

/* confine.c: the rights that are given up. Each may be done more than once. */

void
confine_capabilities(const struct launch *launch);
void
confine_no_new_privileges(const struct launch *launch);
void
confine_seccomp(const struct launch *launch);

#endif
