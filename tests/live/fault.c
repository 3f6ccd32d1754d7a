/* Starts a launcher again and again; each time another system call of the set-up fails, once. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * fault STUB FRESH [PROCESS:CALL:ERROR...] -- LAUNCHER [ARGUMENT...]
 *
 * Traces the launcher and all processes that it starts, from its own execve to the execve of the
 * program. A process makes the same calls each time, so a fault is a process, the number of a call
 * in it, and an error that the call could end with. The call is not carried out. Before each launch
 * the directory FRESH is emptied. A line is printed for each fault, with what came of it:
 *
 *	refused STEP	nothing was started, one line named the step, the status is 125 (of an
 *			execve also 126 or 127), and no process is left; when the launcher cannot
 *			wait for the box, the program may have begun, but is killed all the same
 *	complete	the program ran and said the same as it does without a fault
 *	died		a libc that cannot start: likewise nothing was started and nothing is left
 *
 * The second is right only for calls whose failure cannot matter (see `excuses`), and for those
 * that the arguments name, as patterns; these may also make a box that differs, "weaker". The third
 * is right only for what the libc calls before main: as many calls as the bare STUB makes. All else
 * is WRONG, and makes the exit status 1.
 */

#ifndef __x86_64__

int
main(void)
{
	printf("how a call is made to fail is known for x86-64 only\n");
	return 77;
}

#else

/*
 * What each call is made to fail with, and some with more. 0: it does less than it was asked to.
 * Errors that answer a question about the host (ENOENT, EEXIST, ELOOP, ENOSYS) are no faults.
 */
static const int common_errors[] = { EPERM, ENOMEM };

#define MAX_ERRORS 4

static const struct {
	long call;
	int errors[MAX_ERRORS - 2];
	unsigned count;
} more_errors[] = {
	{ SYS_execve, { ENOENT }, 1 },  { SYS_getrandom, { 0 }, 1 },
	{ SYS_mkdirat, { ENOSPC }, 1 }, { 437 /* openat2 */, { EAGAIN }, 1 },
	{ SYS_poll, { EINTR }, 1 },     { SYS_write, { 0, ENOSPC }, 2 },
};

/* These cannot fail with the arguments that they are given (their pages in section 2), and are not
 * made to. */
static const long unfailing[] = {
	SYS_getegid, SYS_geteuid,     SYS_getgid,       SYS_getpgid,        SYS_getpid,
	SYS_gettid,  SYS_getuid,      SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_umask,
	SYS_getppid, SYS_getpriority, SYS_exit_group,
};

#define ANY -1
#define CLONE3 435

/* Failures that need not end the launch. */
static const struct {
	long call;
	int error;
	int argument; /* the second */
} excuses[] = {
	/* What is closed is closed, whatever comes back (close(2)): so it is carried out here too.
	 */
	{ SYS_close, ANY, ANY },
	/* musl says once more what open was told: for Linux before 2.6.23. */
	{ SYS_fcntl, ANY, F_SETFD },
	/* It says that a directory is another user's, as it may be. */
	{ SYS_fcntl, EPERM, F_SETFL },
	/* They are made again. */
	{ 437 /* openat2 */, EAGAIN, ANY },
	{ SYS_poll, EINTR, ANY },
	{ SYS_rt_sigtimedwait, ANY, ANY },
	{ SYS_write, 0, ANY },
};

#define CALL(name) \
	{ \
		SYS_##name, #name \
	}

static const struct {
	long number;
	const char *name;
} names[] = {
	CALL(arch_prctl),
	CALL(brk),
	CALL(capset),
	CALL(chdir),
	CALL(clone),
	{ CLONE3, "clone3" },
	CALL(close),
	{ 436, "close_range" },
	CALL(execve),
	CALL(fchdir),
	CALL(fcntl),
	CALL(fork),
	{ 431, "fsconfig" },
	{ 432, "fsmount" },
	{ 430, "fsopen" },
	CALL(fstat),
	CALL(getcwd),
	CALL(getdents64),
	CALL(getegid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getpgid),
	CALL(getpid),
	CALL(getppid),
	CALL(getpriority),
	CALL(getrandom),
	CALL(gettid),
	CALL(getuid),
	CALL(ioctl),
	{ 445, "landlock_add_rule" },
	{ 444, "landlock_create_ruleset" },
	{ 446, "landlock_restrict_self" },
	CALL(mkdirat),
	CALL(mknodat),
	CALL(mmap),
	CALL(mount),
	{ 442, "mount_setattr" },
	{ 429, "move_mount" },
	CALL(mprotect),
	CALL(newfstatat),
	CALL(open),
	CALL(openat),
	{ 437, "openat2" },
	{ 428, "open_tree" },
	CALL(pipe2),
	CALL(pivot_root),
	CALL(poll),
	CALL(prctl),
	CALL(prlimit64),
	CALL(read),
	CALL(readlink),
	CALL(readlinkat),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigtimedwait),
	{ 334, "rseq" },
	CALL(seccomp),
	CALL(sethostname),
	CALL(setpriority),
	CALL(setsid),
	CALL(set_robust_list),
	CALL(set_tid_address),
	CALL(signalfd4),
	CALL(socket),
	CALL(stat),
	CALL(statx),
	CALL(symlinkat),
	CALL(umask),
	CALL(umount2),
	CALL(unlinkat),
	CALL(unshare),
	CALL(write),
};

static const struct {
	int error;
	const char *name;
} error_names[] = {
	{ 0, "short" },       { EPERM, "EPERM" },   { ENOENT, "ENOENT" },
	{ EINTR, "EINTR" },   { EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" },
	{ EEXIST, "EEXIST" }, { ENOSPC, "ENOSPC" }, { ELOOP, "ELOOP" },
};

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	exit(2);
}

static const char *
call_name(long number)
{
	static const char unknown[] = "another-call";

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return unknown;
}

static const char *
error_name(int error)
{
	for (size_t i = 0; i < sizeof error_names / sizeof error_names[0]; i++) {
		if (error_names[i].error == error)
			return error_names[i].name;
	}
	return "?";
}

static unsigned
errors_of(long call, int ret_errors[static MAX_ERRORS])
{
	unsigned count = 0;

	for (size_t i = 0; i < sizeof common_errors / sizeof common_errors[0]; i++)
		ret_errors[count++] = common_errors[i];
	/* It is made for every capability, several times: one error is enough. */
	if (call == SYS_prctl)
		count = 1;
	for (size_t i = 0; i < sizeof more_errors / sizeof more_errors[0]; i++) {
		for (unsigned k = 0; more_errors[i].call == call && k < more_errors[i].count; k++)
			ret_errors[count++] = more_errors[i].errors[k];
	}
	return count;
}

/* The fault of a run. */
struct fault {
	unsigned process; /* in the order in which they are started; 0 is the launcher */
	unsigned call; /* of this process */
	int error;
};

#define NO_PROCESS 1000

struct process {
	pid_t pid;
	unsigned calls; /* that it has begun */
	bool failing; /* the one it is in is to fail */
};

#define MAX_PROCESSES 64
#define MAX_CALLS 8192
#define MAX_SAID 262144
/* processes of a set-up: launcher, one that tries namespaces or builds the root, init, program */
#define ACTORS 4

/* One launch and what came of it. */
struct run {
	struct fault fault;
	struct process processes[MAX_PROCESSES];
	unsigned process_count;
	unsigned living;
	unsigned execs; /* that succeeded; the second is the program's */
	unsigned program; /* the process of the last */
	long call; /* that failed; -1: there was no such call before the program started */
	long argument; /* its second */
	long calls[ACTORS][MAX_CALLS]; /* without a fault: all up to the program's start */
	int status; /* of the launcher, as waitpid gave it */
	bool stuck; /* processes did not end */
	char out[MAX_SAID]; /* NUL-terminated */
	char err[4096];
};

static struct process *
find_process(struct run *run, pid_t pid)
{
	for (unsigned i = 0; i < run->process_count; i++) {
		if (run->processes[i].pid == pid)
			return &run->processes[i];
	}
	if (run->process_count == MAX_PROCESSES) {
		fprintf(stderr, "fault: too many processes\n");
		exit(2);
	}
	run->processes[run->process_count] = (struct process){ .pid = pid };
	run->living++;
	return &run->processes[run->process_count++];
}

/* A process that is killed meanwhile is no error: then there is nothing to change. */
static void
change_registers(pid_t pid, bool at_entry, int error)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return;
	if (at_entry)
		registers.orig_rax = (unsigned long long)-1;
	else
		registers.rax = (unsigned long long)-error;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

/* A process is about to make a call, or has made it. */
static void
at_call(struct run *run, struct process *process)
{
	struct __ptrace_syscall_info info;
	unsigned index = (unsigned)(process - run->processes);

	if (run->execs == 0 || (run->execs == 2 && !process->failing) ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		if (index < ACTORS && process->calls < MAX_CALLS)
			run->calls[index][process->calls] = (long)info.entry.nr;
		process->failing = index == run->fault.process && process->calls == run->fault.call;
		process->calls++;
		if (process->failing) {
			run->call = (long)info.entry.nr;
			run->argument = (long)info.entry.args[1];
			if (run->call != SYS_close)
				change_registers(process->pid, true, 0);
		}
	} else if (process->failing) {
		process->failing = false;
		change_registers(process->pid, false, run->fault.error);
	}
}

/* Do its calls matter? Not when the program has started, nor after the fault. */
static bool
is_watched(const struct run *run, const struct process *process)
{
	if (run->execs >= 2)
		return process->failing;
	if (run->fault.process == NO_PROCESS)
		return true;
	return process == &run->processes[run->fault.process] &&
	       (run->call < 0 || process->failing);
}

/* Lets a process that has stopped go on. */
static void
go_on(struct run *run, pid_t pid, int status)
{
	struct process *process = find_process(run, pid);
	int event = status >> 16, signal = 0, request = 0;
	unsigned long child;

	if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		at_call(run, process);
	else if (event == PTRACE_EVENT_EXEC) {
		run->execs++;
		run->program = (unsigned)(process - run->processes);
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE) {
		/* Two that are started soon one after the other may be heard of in any order. */
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
			find_process(run, (pid_t)child);
	} else if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP)
		request = PTRACE_LISTEN;
	else if (event == 0)
		signal = WSTOPSIG(status);
	if (request == 0)
		request = is_watched(run, process) ? PTRACE_SYSCALL : PTRACE_CONT;
	ptrace(request, pid, NULL, signal);
}

/* Traces until no process is left; what does not end in time is killed. */
static void
trace(struct run *run, pid_t launcher)
{
	const struct timespec patience = { .tv_sec = 10 };
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	while (run->living > 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);

		if (pid < 0)
			break;
		if (pid == 0) {
			if (sigtimedwait(&chld, NULL, &patience) >= 0 || errno != EAGAIN)
				continue;
			run->stuck = true;
			for (unsigned i = 0; i < run->process_count; i++)
				kill(run->processes[i].pid, SIGKILL);
			continue;
		}
		if (WIFSTOPPED(status)) {
			go_on(run, pid, status);
			continue;
		}
		find_process(run, pid);
		run->living--;
		if (pid == launcher)
			run->status = status;
	}
}

/* In the child: as the launcher's user would start it. */
static _Noreturn void
become(char **command, int begin, int out, int err)
{
	sigset_t none;
	char byte;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(begin, &byte, 1) != 1 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(2);
	execv(command[0], command);
	_exit(2);
}

static void
read_back(int fd, char *buffer, size_t size)
{
	ssize_t length = pread(fd, buffer, size - 1, 0);

	if (length < 0)
		fail("pread");
	buffer[length] = '\0';
	close(fd);
}

static int
take_away(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	return place->level > 0 ? remove(path) : 0;
}

/* What every launch of a series has in common. */
struct series {
	const char *fresh;
	char **named;
	char **command;
	unsigned before_main;
};

static void
launch(struct run *run, struct fault fault, const struct series *series)
{
	const unsigned long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	                              PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
	                              PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	int begin[2];
	pid_t launcher;

	memset(run, 0, sizeof *run);
	run->fault = fault;
	run->call = -1;
	if (out < 0 || err < 0 || pipe2(begin, O_CLOEXEC) < 0)
		fail("pipe2");
	if (nftw(series->fresh, take_away, 8, FTW_DEPTH | FTW_PHYS) != 0)
		fail(series->fresh);
	launcher = fork();
	if (launcher < 0)
		fail("fork");
	if (launcher == 0)
		become(series->command, begin[0], out, err);
	if (ptrace(PTRACE_SEIZE, launcher, NULL, options) < 0)
		fail("ptrace");
	find_process(run, launcher);
	if (write(begin[1], "", 1) != 1)
		fail("write");
	close(begin[0]);
	close(begin[1]);
	trace(run, launcher);
	read_back(out, run->out, sizeof run->out);
	read_back(err, run->err, sizeof run->err);
}

static bool
is_excused(const struct run *run)
{
	for (size_t i = 0; i < sizeof excuses / sizeof excuses[0]; i++) {
		if (excuses[i].call == run->call &&
		    (excuses[i].error == ANY || excuses[i].error == run->fault.error) &&
		    (excuses[i].argument == ANY || excuses[i].argument == run->argument))
			return true;
	}
	return false;
}

/* Do the arguments "PROCESS:CALL:ERROR" name it? */
static bool
is_named(const struct run *run, char **named)
{
	char name[64];

	snprintf(name, sizeof name, "%u:%s:%s", run->fault.process, call_name(run->call),
	         error_name(run->fault.error));
	for (; strcmp(*named, "--") != 0; named++) {
		if (fnmatch(*named, name, 0) == 0)
			return true;
	}
	return false;
}

/* Is the fault in what the launcher does beside the box, once it has cloned init? */
static bool
is_beside(const struct run *run, const struct run *control)
{
	unsigned cloned = 0;

	for (unsigned i = 0; i < control->processes[0].calls; i++) {
		if (control->calls[0][i] == CLONE3)
			cloned = i + 1;
	}
	return run->fault.process == 0 && control->program != 0 && run->fault.call >= cloned;
}

static bool
is_complete(const struct run *run, const struct run *control)
{
	return run->execs == 2 && run->status == 0 && run->err[0] == '\0' &&
	       strcmp(run->out, control->out) == 0;
}

/* The step that the one line on standard error names; NULL if the launch did not end as it should.
 * "closurebox: BOX: STEP [OPERAND]: ..." */
static const char *
refusing_step(struct run *run, bool beside)
{
	int status = WIFEXITED(run->status) ? WEXITSTATUS(run->status) : -1;
	char *newline = strchr(run->err, '\n');
	char *step, *end;

	if ((!beside && (run->execs != 1 || run->out[0] != '\0')) || !newline || newline[1] != '\0')
		return NULL;
	if (status != 125 && !(run->call == SYS_execve && (status == 126 || status == 127)))
		return NULL;
	if (strncmp(run->err, "closurebox: ", 12) != 0)
		return NULL;
	step = strstr(run->err + 12, ": ");
	if (!step)
		return NULL;
	step += 2;
	end = step + strcspn(step, " :\n");
	*end = '\0';
	return step;
}

/* Prints the first line of `out` that is not in `wanted` at the same place. */
static void
print_difference(const char *out, const char *wanted)
{
	const char *start = out;

	for (; *out && *out == *wanted; out++, wanted++) {
		if (*out == '\n')
			start = out + 1;
	}
	printf("\tdiffers in: %.*s\n", (int)strcspn(start, "\n"), start);
}

/* Prints what came of a fault; false if that is wrong. */
static bool
judge(struct run *run, const struct run *control, const struct series *series)
{
	bool early = run->fault.process == 0 && run->fault.call < series->before_main;
	bool named = is_named(run, series->named);
	bool excused = is_excused(run) || named || early;
	char said[sizeof run->err];
	const char *step;

	memcpy(said, run->err, sizeof said);
	printf("%u %u %s %s: ", run->fault.process, run->fault.call, call_name(run->call),
	       error_name(run->fault.error));
	if (excused && !run->stuck && is_complete(run, control)) {
		printf("complete\n");
		return true;
	}
	if (named && !run->stuck && run->execs == 2 && run->status == 0) {
		printf("weaker\n");
		return true;
	}
	step = run->stuck ? NULL : refusing_step(run, is_beside(run, control));
	if (step) {
		printf("refused %s\n", step);
		return true;
	}
	if (early && !run->stuck && run->execs == 1 && run->status != 0 && run->out[0] == '\0') {
		printf("died\n");
		return true;
	}
	printf("WRONG: %s%s, status %x, %s: %s\n",
	       run->execs < 2                   ? "nothing started"
	       : is_complete(run, control)      ? "it ran as ever"
	       : strcmp(run->out, control->out) ? "the box was another one"
	                                        : "the program ran",
	       run->stuck ? ", stuck" : "", (unsigned)run->status,
	       said[0] ? "said" : "said nothing", said);
	if (strcmp(run->out, control->out) != 0)
		print_difference(run->out, control->out);
	return false;
}

/* How many calls the stub makes before its main: all but the message and the end. */
static unsigned
calls_before_main(struct run *run, const struct series *series, char *stub)
{
	char *command[] = { stub, NULL };
	struct series bare = { .fresh = series->fresh, .command = command };

	launch(run, (struct fault){ .process = NO_PROCESS }, &bare);
	if (!strstr(run->err, "bare stub") || run->processes[0].calls < 2) {
		fprintf(stderr, "fault: this is not the stub: %s\n", run->err);
		exit(2);
	}
	return run->processes[0].calls - 2;
}

static bool
can_fail(long call)
{
	for (size_t i = 0; i < sizeof unfailing / sizeof unfailing[0]; i++) {
		if (unfailing[i] == call)
			return false;
	}
	return true;
}

/* Every call of one process. Returns how many faults went wrong. */
static unsigned
try_process(unsigned process, const struct run *control, const struct series *series,
            struct run *run)
{
	unsigned wrong = 0;

	for (unsigned call = 0; call < control->processes[process].calls; call++) {
		long number = control->calls[process][call];
		int errors[MAX_ERRORS];
		unsigned count = can_fail(number) ? errors_of(number, errors) : 0;

		for (unsigned i = 0; i < count; i++) {
			launch(run, (struct fault){ process, call, errors[i] }, series);
			/* What the launcher and init wait with may come when all is done. */
			if (run->call < 0 && is_complete(run, control))
				continue;
			if (run->call != number) {
				printf("%u %u WRONG: not the calls of the control\n", process,
				       call);
				print_difference(run->out, control->out);
				wrong++;
			} else if (!judge(run, control, series)) {
				wrong++;
			}
		}
	}
	return wrong;
}

int
main(int argc, char **argv)
{
	struct run control, run;
	struct series series = { .named = argv + 3, .command = argv + 3 };
	unsigned wrong = 0;
	sigset_t chld;

	while (argc > 3 && *series.command && strcmp(*series.command, "--") != 0)
		series.command++;
	if (argc < 5 || !*series.command || !series.command[1]) {
		fprintf(stderr, "fault: wrong use\n");
		return 2;
	}
	series.command++;
	series.fresh = argv[2];
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	series.before_main = calls_before_main(&run, &series, argv[1]);
	launch(&control, (struct fault){ .process = NO_PROCESS }, &series);
	if (control.execs != 2 || control.processes[1].calls > MAX_CALLS || control.status != 0 ||
	    control.err[0] || !control.out[0]) {
		fprintf(stderr, "fault: it does not start: %s\n", control.err);
		return 2;
	}
	/* Once more: what differs from launch to launch proves nothing. */
	launch(&run, (struct fault){ .process = NO_PROCESS }, &series);
	if (!is_complete(&run, &control)) {
		fprintf(stderr, "fault: the program does not say the same again\n");
		return 2;
	}
	for (unsigned i = 0; i < control.process_count && i < ACTORS; i++)
		wrong += try_process(i, &control, &series, &run);
	return wrong ? 1 : 0;
}

#endif
