/* What the program inherits: descriptors, environment, working directory; and its start. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

static const char *const standard_names[] = { "standard input", "standard output",
	                                      "standard error" };

void
process_standard_streams(const struct launch *launch)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat status;
		int flags = fcntl(fd, F_GETFL);

		/* A closed one would be taken by the next file that is opened. */
		if (flags < 0) {
			if (open("/dev/null", O_RDWR) != fd)
				die_errno(launch, "open", "/dev/null");
			continue;
		}
		if (fstat(fd, &status) < 0)
			die_errno(launch, "stat", standard_names[fd]);
		/* fchdir on a directory of the host would lead out of the box (CVE-2024-21626). */
		if (S_ISDIR(status.st_mode) || flags & O_PATH)
			die_because(launch, standard_names[fd],
			            "is a directory or path that would lead out of the box");
	}
}

void
process_close(const struct launch *launch)
{
	if (sys_close(launch->step->operand[0], launch->step->operand[1]) < 0)
		die_errno(launch, "close_range", NULL);
}

static size_t
value_length(const struct launch *launch, const struct step *step)
{
	ssize_t length = template_text(launch, step->operand[1], NULL, 0);

	if (length < 0)
		die_because(launch, descriptor_string(launch->descriptor, step->operand[0]),
		            "its value needs an environment variable that is not set");
	return (size_t)length;
}

void
process_begin(struct launch *launch)
{
	const struct step *steps = descriptor_steps(launch->descriptor);
	size_t inherited = 0, added = 0, text = 0;
	size_t pointers;
	void *memory;

	while (launch->environment[inherited])
		inherited++;
	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if (steps[i].kind == STEP_SET) {
			launch->step = &steps[i];
			text += strlen(descriptor_string(launch->descriptor, steps[i].operand[0])) +
			        value_length(launch, &steps[i]) + sizeof "=";
		} else if (steps[i].kind == STEP_KEEP_DIRECTORY) {
			text += sizeof "PWD=" + PATH_MAX;
		} else {
			continue;
		}
		added++;
	}
	pointers = (inherited + added + 1) * sizeof(char *);
	/* The only memory that depends on the caller; it is gone with the exec. */
	memory = mmap(NULL, pointers + text, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	              -1, 0);
	if (memory == MAP_FAILED)
		die_errno(launch, "mmap", NULL);
	launch->program_environment = memory;
	launch->program_environment_count = inherited;
	launch->space = (char *)memory + pointers;
	memcpy(launch->program_environment, launch->environment, inherited * sizeof(char *));
	umask(launch->umask);
}

/* Takes every occurrence of a variable out; order is kept. */
static void
unset(struct launch *launch, const char *name)
{
	char **environment = launch->program_environment;
	size_t length = strlen(name);
	size_t kept = 0;

	for (size_t i = 0; i < launch->program_environment_count; i++) {
		if (strncmp(environment[i], name, length) != 0 || environment[i][length] != '=')
			environment[kept++] = environment[i];
	}
	launch->program_environment_count = kept;
}

void
process_unset(struct launch *launch)
{
	unset(launch, descriptor_string(launch->descriptor, launch->step->operand[0]));
}

/* Gives the program the variable; returns where the `size` bytes of its value are to be put. */
static char *
set(struct launch *launch, const char *name, size_t size)
{
	char *text = launch->space;
	char *value = text + strlen(name) + 1;

	unset(launch, name);
	memcpy(text, name, strlen(name));
	value[-1] = '=';
	value[size] = '\0';
	launch->space = value + size + 1;
	launch->program_environment[launch->program_environment_count++] = text;
	return value;
}

void
process_set(struct launch *launch)
{
	const char *name = descriptor_string(launch->descriptor, launch->step->operand[0]);
	size_t size = value_length(launch, launch->step);

	template_text(launch, launch->step->operand[1], set(launch, name, size), size);
}

void
process_keep_directory(struct launch *launch)
{
	char path[PATH_MAX];

	if (launch->directory[0] != '/' || chdir(launch->directory) < 0) {
		template_path(launch, launch->step->operand[0], path);
		if (chdir(path) < 0 && chdir("/") < 0)
			die_errno(launch, "chdir", path);
	}
	/* PWD as the caller had it may name a place that is not here. */
	if (!getcwd(path, sizeof path))
		die_errno(launch, "getcwd", NULL);
	memcpy(set(launch, "PWD", strlen(path)), path, strlen(path));
	unset(launch, "OLDPWD");
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
	launch->argv[0] = (char *)(uintptr_t)program;
	launch->program_environment[launch->program_environment_count] = NULL;
	sigprocmask(SIG_SETMASK, &launch->signals, NULL);
	execve(program, launch->argv, launch->program_environment);
	switch (errno) {
	case ENOENT:
		if (access(program, F_OK) == 0)
			die_program(launch, STATUS_NOT_EXECUTABLE, program,
			            "its interpreter is not in the box");
		/* fall through */
	case ENOTDIR:
		die_program(launch, STATUS_NOT_FOUND, program,
		            "there is no such program in the box");
	default:
		die_program(launch, STATUS_NOT_EXECUTABLE, program, strerror(errno));
	}
}

void
process_close_paths(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_prepend(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_append(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_clear_environment(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_inherit(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_prefix(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_change_directory(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_umask(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_limit(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_nice(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
process_new_session(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}
