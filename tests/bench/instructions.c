/* Counts the instructions that a program and its children execute in user space, one by one. */
/*
 *	instructions PROGRAM [ARGUMENT]...
 *
 * Prints a number: all that is executed from PROGRAM's first instruction until what it starts in
 * turn is executed (execve), and until its own end. So it counts a launcher and the box's init, but
 * not the program in the box. By ptrace(2): exact, wherever there is no counter in hardware for it,
 * and through namespaces, which valgrind does not follow.
 */
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | \
	 PTRACE_O_EXITKILL)

static void
step(pid_t pid, int signal)
{
	if (ptrace(PTRACE_SINGLESTEP, pid, 0, signal) < 0 && errno != ESRCH)
		err(1, "ptrace");
}

/* What goes on after a stop that is no event: the signal it is about, if it is one of its own. */
static int
signal_of(int status)
{
	int signal = WSTOPSIG(status);

	return signal == SIGTRAP || signal == SIGSTOP ? 0 : signal;
}

int
main(int argc, char **argv)
{
	unsigned long long count = 0;
	int status, result = 0;
	pid_t first, pid;
	cpu_set_t processor;

	if (argc < 2)
		errx(2, "usage: instructions PROGRAM [ARGUMENT]...");
	/* Where one of the two always waits for the other, a second processor only costs time. */
	CPU_ZERO(&processor);
	CPU_SET(sched_getcpu(), &processor);
	sched_setaffinity(0, sizeof processor, &processor);
	first = fork();
	if (first == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execv(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (waitpid(first, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, first, 0, OPTIONS) < 0)
		err(1, "cannot trace %s", argv[1]);
	step(first, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
			continue;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			ptrace(PTRACE_DETACH, pid, 0, 0);
			continue;
		}
		if (WSTOPSIG(status) == SIGTRAP)
			count++;
		step(pid, signal_of(status));
	}
	if (result != 0)
		errx(1, "%s ended with status %d", argv[1], result);
	printf("%llu\n", count);
	return 0;
}
