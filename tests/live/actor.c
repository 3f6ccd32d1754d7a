/* The program in the box, for processes and failures: does what its arguments say. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* Every action gets the arguments after its name and returns the exit status. */

static _Noreturn void
fail(const char *what)
{
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* One write: what several processes say does not mix, and nothing stays in a buffer. */
static void
say(const char *line)
{
	size_t length = strlen(line);

	if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
		_exit(98);
}

static int
signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {
		{ "HUP", SIGHUP },   { "INT", SIGINT },     { "QUIT", SIGQUIT },
		{ "KILL", SIGKILL }, { "USR1", SIGUSR1 },   { "USR2", SIGUSR2 },
		{ "PIPE", SIGPIPE }, { "TERM", SIGTERM },   { "CHLD", SIGCHLD },
		{ "CONT", SIGCONT }, { "STOP", SIGSTOP },   { "TSTP", SIGTSTP },
		{ "SEGV", SIGSEGV }, { "WINCH", SIGWINCH },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	}
	if (atoi(name) > 0)
		return atoi(name);
	fprintf(stderr, "actor: unknown signal %s\n", name);
	exit(99);
}

/* sigaddset(3) of musl refuses the three signals that its threads use. */
static void
add_signal(sigset_t *set, int number)
{
	unsigned long *words = (unsigned long *)set;
	unsigned bits = 8 * sizeof *words;

	words[(unsigned)(number - 1) / bits] |= 1ul << (unsigned)(number - 1) % bits;
}

/* Inside the box */

static int
act_exit(char **arguments)
{
	return atoi(arguments[0]);
}

/* Ends by a signal, without a core file. */
static int
act_die(char **arguments)
{
	int number = signal_number(arguments[0]);
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(number, SIG_DFL);
	raise(number);
	return 99;
}

/* Says all arguments, each with its NUL. */
static int
act_arguments(char **arguments)
{
	for (; *arguments; arguments++)
		fwrite(*arguments, 1, strlen(*arguments) + 1, stdout);
	return fflush(stdout);
}

/* The same for the environment. */
static int
act_environment(char **arguments)
{
	extern char **environ;

	(void)arguments;
	return act_arguments(environ);
}

/* What a process inherits from its parent and what exec leaves alone. */
static int
act_inherited(char **arguments)
{
	static const char *const wanted[] = { "SigBlk:", "SigIgn:" };
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];
	mode_t mask = umask(0);

	(void)arguments;
	if (!status)
		fail("/proc/self/status");
	printf("umask %03o\n", (unsigned)mask);
	while (fgets(line, sizeof line, status)) {
		for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fputs(line, stdout);
		}
	}
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) == 0)
			printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
	printf("priority %d\n", getpriority(PRIO_PROCESS, 0));
	return fflush(stdout);
}

/* Says every signal it catches; SIGTERM and SIGINT end it with the status given. */
static int
act_catch(char **arguments)
{
	sigset_t caught;

	sigemptyset(&caught);
	for (char **name = arguments + 1; *name; name++)
		add_signal(&caught, signal_number(*name));
	sigprocmask(SIG_BLOCK, &caught, NULL);
	say("ready\n");
	for (;;) {
		char line[32];
		int number = sigwaitinfo(&caught, NULL);

		if (number < 0)
			continue;
		snprintf(line, sizeof line, "caught %d\n", number);
		say(line);
		if (number == SIGTERM || number == SIGINT)
			return atoi(arguments[0]);
	}
}

static _Noreturn void
wait_forever(void)
{
	for (;;)
		pause();
}

/* Ignores the signals named and waits for another. */
static int
act_wait(char **arguments)
{
	for (; *arguments; arguments++)
		signal(signal_number(*arguments), SIG_IGN);
	say("ready\n");
	wait_forever();
}

/* Hangs up on itself; ends with the status given if it survives that. */
static int
act_hangup(char **arguments)
{
	raise(SIGHUP);
	return atoi(arguments[0]);
}

/* Leaves children behind that hear nothing but SIGKILL and hold on to standard output. */
static int
act_leave(char **arguments)
{
	int count = atoi(arguments[0]);
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0) {
			/* Half of them out of reach of a signal to the group. */
			if (i % 2)
				setsid();
			wait_forever();
		}
	}
	say("ready\n");
	if (arguments[1])
		return atoi(arguments[1]);
	wait_forever();
}

/* Makes orphans, each of which ends at once, and waits until init has reaped the last: kill(2)
 * finds zombies too, and with -1 all processes but init and the caller. */
static int
make_orphans(int count)
{
	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (child < 0)
			fail("fork");
		if (child == 0)
			_exit(fork() < 0);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (int tries = 0; tries < 5000; tries++) {
		if (kill(-1, 0) < 0) {
			printf("%d orphans, none left\n", count);
			return fflush(stdout);
		}
		usleep(2000);
	}
	return 1;
}

static int
act_orphans(char **arguments)
{
	return make_orphans(atoi(arguments[0]));
}

/* Sends every signal to the box's init, also as the launcher does it. */
static int
act_attack(char **arguments)
{
	(void)arguments;
	for (int number = 1; number <= 64; number++) {
		siginfo_t info;

		/* What is not passed on to this process must not reach it. */
		kill(1, number);
		memset(&info, 0, sizeof info);
		info.si_code = SI_QUEUE;
		info.si_pid = 77;
		syscall(SYS_rt_sigqueueinfo, 1, number, &info);
	}
	/* Init still reaps: it has handled the signals before this child's end, or was killed. */
	if (make_orphans(10) != 0)
		return 1;
	return kill(1, 0);
}

static int
act_stop(char **arguments)
{
	(void)arguments;
	say("ready\n");
	raise(SIGSTOP);
	say("continued\n");
	return 7;
}

/* Reads a line from the terminal and says it. */
static int
act_read(char **arguments)
{
	char line[256] = "read ";
	ssize_t length;

	(void)arguments;
	say("ready\n");
	length = read(STDIN_FILENO, line + 5, sizeof line - 6);
	if (length < 0)
		fail("read");
	line[5 + length] = '\0';
	say(line);
	return 0;
}

static int
act_window(char **arguments)
{
	struct winsize size;
	char line[64];

	(void)arguments;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
		fail("TIOCGWINSZ");
	snprintf(line, sizeof line, "window %d by %d\n", size.ws_row, size.ws_col);
	say(line);
	return 0;
}

/* Pushes a word into the terminal's input, as if the user had typed it. */
static int
act_push(char **arguments)
{
	for (const char *c = arguments[0]; *c; c++) {
		if (ioctl(STDIN_FILENO, TIOCSTI, c) < 0) {
			say(errno == EPERM ? "TIOCSTI: EPERM\n" : "TIOCSTI: another error\n");
			return 1;
		}
	}
	say("TIOCSTI: done\n");
	return 0;
}

/*
 * What a shell with job control does: a group of its own in the foreground, a job in another that
 * is stopped by the terminal, the terminal taken back, the job ended.
 */
static int
act_shell(char **arguments)
{
	int status;
	pid_t job;

	(void)arguments;
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	if (setpgid(0, 0) < 0 || tcsetpgrp(STDIN_FILENO, getpid()) < 0)
		fail("tcsetpgrp");
	job = fork();
	if (job < 0)
		fail("fork");
	if (job == 0) {
		setpgid(0, 0);
		tcsetpgrp(STDIN_FILENO, getpid());
		signal(SIGTSTP, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		say("job ready\n");
		wait_forever();
	}
	if (waitpid(job, &status, WUNTRACED) != job || !WIFSTOPPED(status))
		return 1;
	say("job stopped\n");
	tcsetpgrp(STDIN_FILENO, getpid());
	tcsetpgrp(STDIN_FILENO, job);
	kill(-job, SIGCONT);
	say("job continued\n");
	if (waitpid(job, &status, WUNTRACED) != job || !WIFSIGNALED(status))
		return 2;
	say("job interrupted\n");
	tcsetpgrp(STDIN_FILENO, getpid());
	return 3;
}

/* Ends by an invalid access; whether that leaves a core file is for others to say. */
static int
act_crash(char **arguments)
{
	(void)arguments;
	raise(SIGSEGV);
	return 99;
}

static int
act_say(char **arguments)
{
	char line[256];

	snprintf(line, sizeof line, "%s\n", arguments[0]);
	say(line);
	return 0;
}

static int
act_pid(char **arguments)
{
	(void)arguments;
	printf("pid %d\n", getpid());
	return fflush(stdout);
}

/* Whose session it is in, and whether that has a terminal for it. */
static int
act_session(char **arguments)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

	(void)arguments;
	printf("%s session, %s\n", getsid(0) == getpid() ? "its own" : "another's",
	       terminal >= 0 ? "a terminal" : "no terminal");
	return fflush(stdout);
}

/* Opens /dev/null so many times; ends with the error. */
static int
act_open(char **arguments)
{
	for (int i = atoi(arguments[0]); i > 0; i--) {
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return errno;
	}
	return 0;
}

/* Signals a process, 0: the whole process group; ends with the error. */
static int
act_kill(char **arguments)
{
	int number = signal_number(arguments[1]);

	signal(number, SIG_IGN);
	return kill(atoi(arguments[0]), number) < 0 ? errno : 0;
}

/* Makes a user namespace in one of the ways there are; ends with the error. */
static int
act_nest(char **arguments)
{
	/* struct clone_args (clone(2)), as far as every kernel with clone3 knows it */
	uint64_t args[8] = { CLONE_NEWUSER, 0, 0, 0, SIGCHLD };
	long result = -1;

	if (strcmp(arguments[0], "unshare") == 0)
		result = unshare(CLONE_NEWUSER);
	else if (strcmp(arguments[0], "clone") == 0)
		result = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	else if (strcmp(arguments[0], "clone3") == 0)
		result = syscall(435, args, sizeof args);
	else
		return 99;
	if (result < 0)
		return errno;
	if (result == 0 && arguments[0][0] == 'c')
		_exit(0);
	return result > 0 && waitpid((pid_t)result, NULL, 0) < 0 ? errno : 0;
}

/* Around the launcher: changes what it inherits, then starts what the arguments say. */

static _Noreturn void
start(char **command)
{
	execv(command[0], command);
	fail(command[0]);
}

static int
act_exec(char **arguments)
{
	start(arguments);
}

static int
act_block_all(char **arguments)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	start(arguments);
}

static int
act_ignore(char **arguments)
{
	signal(signal_number(arguments[0]), SIG_IGN);
	start(arguments + 1);
}

/* Without any argument, not even the name (execve(2): Linux 5.18 makes it one that is empty). */
static int
act_nameless(char **arguments)
{
	char *const none[] = { NULL };
	char *const environment[] = { NULL };

	execve(arguments[0], none, environment);
	fail(arguments[0]);
}

/* Through a descriptor, as fexecve(3) does. */
static int
act_descriptor(char **arguments)
{
	extern char **environ;
	int fd = open(arguments[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		fail(arguments[0]);
	syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
	fail("execveat");
}

/* From memory: the file it was started from has no name at all. */
static int
act_memory(char **arguments)
{
	extern char **environ;
	int from = open(arguments[0], O_RDONLY | O_CLOEXEC);
	int to = memfd_create("launcher", MFD_CLOEXEC);
	char block[65536];
	ssize_t length;

	if (from < 0 || to < 0)
		fail(arguments[0]);
	while ((length = read(from, block, sizeof block)) > 0) {
		if (write(to, block, (size_t)length) != length)
			fail("write");
	}
	syscall(SYS_execveat, to, "", arguments, environ, AT_EMPTY_PATH);
	fail("execveat");
}

/* With a system call filter, as a container has one, that refuses a call with an error number. */
static int
act_refuse(char **arguments)
{
	unsigned call = (unsigned)atoi(arguments[0]);
	unsigned error = (unsigned)atoi(arguments[1]);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		fail("seccomp");
	start(arguments + 2);
}

/* What Landlock says of itself where it has ABI 5: no scopes, which are the third field of struct
 * landlock_ruleset_attr (landlock_create_ruleset(2)). */
static void
answer_as_abi_5(int listener)
{
	struct seccomp_notif asked = { 0 };
	struct seccomp_notif_resp answer = { 0 };
	uint64_t attr[3] = { 0 };
	struct iovec here = { attr, sizeof attr }, there = { .iov_len = sizeof attr };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
		return;
	answer.id = asked.id;
	there.iov_base = (void *)(uintptr_t)asked.data.args[0];
	if (asked.data.args[2] == 1)
		answer.val = 5;
	else if (process_vm_readv((pid_t)asked.pid, &here, 1, &there, 1, 0) != sizeof attr)
		answer.error = -EIO;
	else if (attr[2] != 0)
		answer.error = -E2BIG;
	else
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* On a kernel with Landlock of ABI 5, Linux 6.10, as far as the program can tell. */
static int
act_landlock_5(char **arguments)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 444, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };
	struct pollfd listener = { .events = POLLIN };
	int status;
	pid_t child;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	listener.fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	                           SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener.fd < 0)
		fail("seccomp");
	child = fork();
	if (child == 0)
		start(arguments);
	while (waitpid(child, &status, WNOHANG) == 0)
		if (poll(&listener, 1, 20) > 0 && listener.revents & POLLIN)
			answer_as_abi_5(listener.fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

/* With a timer that rings soon: timers survive exec (setitimer(2)). */
static int
act_alarm(char **arguments)
{
	struct itimerval soon = { .it_value.tv_usec = 30000 };

	setitimer(ITIMER_REAL, &soon, NULL);
	start(arguments);
}

static int
act(char **arguments);

/* Leaves the process group and session for what it does then. */
static int
act_alone(char **arguments)
{
	if (setsid() < 0)
		fail("setsid");
	return act(arguments);
}

/* Closes a descriptor before it does the rest. */
static int
act_close(char **arguments)
{
	return close(atoi(arguments[0])) < 0 ? errno : act(arguments + 1);
}

/* Ends with a status, and leaves a child that does the rest when it is an orphan. */
static int
act_leaving(char **arguments)
{
	pid_t parent = getpid();
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child > 0)
		return atoi(arguments[0]);
	setsid();
	while (getppid() == parent)
		usleep(1000);
	return act(arguments + 1);
}

/* Stops itself for good on SIGTERM. */
static int
act_freeze(char **arguments)
{
	sigset_t caught;
	int number;

	(void)arguments;
	sigemptyset(&caught);
	add_signal(&caught, SIGTERM);
	sigprocmask(SIG_BLOCK, &caught, NULL);
	say("ready\n");
	sigwait(&caught, &number);
	while (raise(SIGSTOP) == 0)
		continue;
	return 1;
}

static const struct {
	const char *name;
	int needs; /* this many arguments */
	int (*act)(char **arguments);
} actions[] = {
	{ "exit", 1, act_exit },
	{ "die", 1, act_die },
	{ "arguments", 0, act_arguments },
	{ "environment", 0, act_environment },
	{ "inherited", 0, act_inherited },
	{ "catch", 1, act_catch },
	{ "wait", 0, act_wait },
	{ "hangup", 1, act_hangup },
	{ "leave", 1, act_leave },
	{ "orphans", 1, act_orphans },
	{ "attack", 0, act_attack },
	{ "stop", 0, act_stop },
	{ "freeze", 0, act_freeze },
	{ "read", 0, act_read },
	{ "window", 0, act_window },
	{ "push", 1, act_push },
	{ "shell", 0, act_shell },
	{ "crash", 0, act_crash },
	{ "say", 1, act_say },
	{ "pid", 0, act_pid },
	{ "session", 0, act_session },
	{ "open", 1, act_open },
	{ "kill", 2, act_kill },
	{ "nest", 1, act_nest },
	{ "close", 2, act_close },
	{ "leaving", 2, act_leaving },
	{ "exec", 1, act_exec },
	{ "block-all", 1, act_block_all },
	{ "ignore", 2, act_ignore },
	{ "nameless", 1, act_nameless },
	{ "descriptor", 1, act_descriptor },
	{ "memory", 1, act_memory },
	{ "refuse", 3, act_refuse },
	{ "landlock-5", 1, act_landlock_5 },
	{ "alarm", 1, act_alarm },
	{ "alone", 1, act_alone },
};

static int
act(char **arguments)
{
	int count = 0;

	while (arguments[count])
		count++;
	for (size_t i = 0; count > 0 && i < sizeof actions / sizeof actions[0]; i++) {
		if (count > actions[i].needs && strcmp(actions[i].name, arguments[0]) == 0)
			return actions[i].act(arguments + 1);
	}
	fprintf(stderr, "actor: cannot do '%s'\n", count > 0 ? arguments[0] : "");
	return 99;
}

int
main(int argc, char **argv)
{
	/* Without an action it says under which name it was started. */
	if (argc < 2) {
		printf("started as %s\n", argc ? argv[0] : "");
		return 0;
	}
	return act(argv + 1);
}
