/* What the program inherits: descriptors, arguments, working directory, limits; and its start. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

static const char *const standard_names[] = { "standard input", "standard output",
	                                      "standard error" };

void
process_standard_streams(struct launch *launch)
{
	for (int fd = 0; fd < 3; fd++) {
		struct sys_file file;
		int flags = sys_flags(fd);

		/* A closed one would be taken by the next file that is opened. */
		if (flags < 0) {
			if (sys_open(AT_FDCWD, "/dev/null", O_RDWR) != fd)
				die_errno(launch, "open", "/dev/null");
			continue;
		}
		must_describe(launch, fd, "", &file, standard_names[fd]);
		/* fchdir on a directory of the host would lead out of the box (CVE-2024-21626). */
		if (S_ISDIR(file.mode) || flags & O_PATH)
			die_because(launch, standard_names[fd],
			            "is a directory or path that would lead out of the box");
	}
}

void
process_close(struct launch *launch)
{
	if (sys_close(launch->step->operand[0], launch->step->operand[1]) < 0)
		die_errno(launch, "close_range", NULL);
}

/* What close_path closes in, and the descriptor that it is read through. */
struct closing {
	const struct launch *launch;
	int list;
};

static void
close_path(void *data, const char *name, unsigned type)
{
	const struct closing *closing = data;
	struct sys_file file;
	int fd = 0, flags;

	(void)type;
	for (; *name; name++)
		fd = 10 * fd + *name - '0';
	if (fd <= STDERR_FILENO || fd == closing->list)
		return;
	flags = sys_flags(fd);
	if (flags < 0)
		die_errno(closing->launch, "fcntl", NULL);
	must_describe(closing->launch, fd, "", &file, NULL);
	if ((flags & O_PATH || S_ISDIR(file.mode)) && close(fd) < 0)
		die_errno(closing->launch, "close", NULL);
}

void
process_close_paths(struct launch *launch)
{
	static const char list[] = "/proc/self/fd";
	struct closing closing = { launch,
		                   sys_open(AT_FDCWD, list, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };

	if (closing.list < 0)
		die_errno(launch, "open", list);
	must_visit(launch, closing.list, close_path, &closing, list);
	close(closing.list);
}

/* Room for `more` pointers before those of a list, and behind; the rest is NULL. */
static char **
copy_list(struct launch *launch, char *const *list, size_t before, size_t behind)
{
	size_t count = 0;
	char **copy;

	while (list[count])
		count++;
	copy = environment_allocate(launch, (before + count + behind + 1) * sizeof *copy);
	memcpy(copy + before, list, count * sizeof *copy);
	return copy;
}

void
process_begin(struct launch *launch)
{
	const struct step *steps = descriptor_steps(launch->descriptor);
	size_t variables = 1, before = 0, behind = 0; /* environment_hold_roots */

	environment_begin(launch);
	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if (step_types[steps[i].kind].phase != PHASE_PROCESS)
			continue;
		/* No step adds more than one. */
		variables++;
		before += steps[i].kind == STEP_PREPEND;
		behind += steps[i].kind == STEP_APPEND;
	}
	launch->program_environment = copy_list(launch, launch->environment, 0, variables);
	while (launch->program_environment[launch->program_environment_count])
		launch->program_environment_count++;
	launch->program_arguments = copy_list(launch, launch->argv, before, behind);
	launch->program_argument_count = 1;
	if (launch->alone)
		umask(launch->umask);
}

static char *
argument(struct launch *launch)
{
	return environment_expand(launch, "", 0, "");
}

void
process_prepend(struct launch *launch)
{
	launch->program_arguments[launch->program_argument_count++] = argument(launch);
}

void
process_append(struct launch *launch)
{
	char **last = launch->program_arguments + launch->program_argument_count;

	while (*last)
		last++;
	*last = argument(launch);
}

/* PWD as the caller had it may name a place that is not here. */
static void
name_directory(struct launch *launch)
{
	char path[PATH_MAX];

	if (sys_directory(path, sizeof path) < 0)
		die_errno(launch, "getcwd", NULL);
	environment_put(launch, "PWD", path);
	environment_remove(launch, "OLDPWD");
}

/* False if the box has no such directory, or not for this user. */
static bool
go_to(const struct launch *launch, const char *path)
{
	if (path[0] != '/')
		return false;
	if (chdir(path) == 0)
		return true;
	if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP)
		die_errno(launch, "chdir", path);
	return false;
}

void
process_keep_directory(struct launch *launch)
{
	char path[PATH_MAX];

	ns_wait_for_init(launch);
	if (!go_to(launch, launch->directory)) {
		template_path(launch, 0, path);
		if (!go_to(launch, path) && chdir("/") < 0)
			die_errno(launch, "chdir", "/");
	}
	name_directory(launch);
}

void
process_change_directory(struct launch *launch)
{
	char path[PATH_MAX];

	ns_wait_for_init(launch);
	template_path(launch, 0, path);
	if (chdir(path) < 0)
		die_errno(launch, "chdir", path);
	name_directory(launch);
}

void
process_umask(struct launch *launch)
{
	ns_wait_for_init(launch);
	umask(launch->step->operand[0]);
}

void
process_limit(struct launch *launch)
{
	unsigned resource = launch->step->operand[0];
	uint64_t value = launch->step->operand[1] | (uint64_t)launch->step->operand[2] << 32;
	struct sys_limit limit;

	if (sys_limit(resource, NULL, &limit) < 0)
		die_errno(launch, "prlimit", NULL);
	if (limit.hard > value)
		limit.hard = value;
	limit.soft = limit.hard;
	if (sys_limit(resource, &limit, NULL) < 0)
		die_errno(launch, "prlimit", NULL);
}

void
process_nice(struct launch *launch)
{
	if (sys_nice((int)launch->step->operand[0]) < 0)
		die_errno(launch, "setpriority", NULL);
}

void
process_new_session(struct launch *launch)
{
	/* Without an init this process may lead the group that a shell has made for it. In its
	 * parent's it does not, and the new session has the old number again. */
	if (launch->alone)
		setpgid(0, getpgid(getppid()));
	if (setsid() < 0)
		die_errno(launch, "setsid", NULL);
}

/* The program for the name the launcher was started under; NULL if there is none. */
static const char *
choose_program(const struct launch *launch)
{
	const struct entry *entries = descriptor_entries(launch->descriptor);
	const char *slash = strrchr(launch->started_as, '/');
	const char *name = slash ? slash + 1 : launch->started_as;

	for (uint32_t i = 0; i < launch->descriptor->entries.count; i++) {
		if (entries[i].name == DESCRIPTOR_NONE ||
		    strcmp(descriptor_string(launch->descriptor, entries[i].name), name) == 0)
			return descriptor_string(launch->descriptor, entries[i].program);
	}
	return NULL;
}

noreturn void
process_execute(struct launch *launch)
{
	const char *program = choose_program(launch);

	if (!program)
		die_program(launch, STATUS_NOT_FOUND, launch->started_as,
		            "this launcher has no program of that name; "
		            "'closurebox inspect' lists them");
	environment_hold_roots(launch);
	launch->program_arguments[0] = (char *)(uintptr_t)program;
	launch->program_environment[launch->program_environment_count] = NULL;
	sigprocmask(SIG_SETMASK, &launch->signals, NULL);
	execve(program, launch->program_arguments, launch->program_environment);
	switch (errno) {
	case ENOENT:
		if (sys_open(AT_FDCWD, program, O_PATH) >= 0)
			die_program(launch, STATUS_NOT_EXECUTABLE, program,
			            "its interpreter is not in the box");
		/* fall through */
	case ENOTDIR:
		die_program(launch, STATUS_NOT_FOUND, program,
		            "there is no such program in the box");
	default:
		die_program(launch, STATUS_NOT_EXECUTABLE, program, die_text(errno));
	}
}
