/* The launcher and the box's init after the set-up: signals inwards, stops and the end outwards. */
#include "runtime.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

/* What init tells the launcher through the pipe. */
enum event {
	EVENT_STOPPED, /* the program was stopped, by Ctrl-Z for example; value: does a process
	                  group of the box have the terminal? */
	EVENT_ENDED /* value: what waitpid said of it */
};

struct report {
	uint32_t event;
	uint32_t value;
};

/* The status a shell would give (sh(1), 2.8.2): 128+n for signal n. */
static int
exit_status(int wait_status)
{
	if (WIFSIGNALED(wait_status))
		return 128 + WTERMSIG(wait_status);
	return WEXITSTATUS(wait_status);
}

/*
 * Ends as the program has: by the same signal, so that a shell's loop ends with Ctrl-C. There is
 * no core of the launcher; where the signal does not end it, the status says the same.
 */
static noreturn void
end_like_program(int wait_status)
{
	if (WIFSIGNALED(wait_status) && sys_prctl(PR_SET_DUMPABLE, 0) == 0) {
		sys_default_signal(WTERMSIG(wait_status));
		kill(getpid(), WTERMSIG(wait_status));
		sys_unblock(WTERMSIG(wait_status));
	}
	_exit(exit_status(wait_status));
}

/* The process group in the foreground of the terminal, if standard input is one. A group that no
 * process of this namespace leads has the number 0 (TIOCGPGRP of ioctl_tty(2)). */
static pid_t
foreground(void)
{
	pid_t group;

	return sys_ioctl(STDIN_FILENO, TIOCGPGRP, &group) < 0 ? -1 : group;
}

/*
 * The launcher is stopped when the program is, so that the shell takes the terminal back; the
 * shell's SIGCONT wakes it and, passed on, the program. A program with job control of its own held
 * the terminal for a group the shell does not know; in the foreground it gets it back.
 */
static void
stop_like_program(bool has_terminal)
{
	pid_t holder = has_terminal ? foreground() : -1;
	sigset_t pending;

	/* It has been continued already: nobody would wake the launcher. */
	if (sigpending(&pending) == 0 && sigismember(&pending, SIGCONT))
		return;
	kill(getpid(), SIGSTOP);
	if (holder > 0 && foreground() == getpgid(0))
		sys_ioctl(STDIN_FILENO, TIOCSPGRP, &holder);
}

int
wait_keep_only(const int kept[], size_t count)
{
	unsigned from = 3, next;

	do {
		next = UINT_MAX;
		for (size_t i = 0; i < count; i++) {
			if ((unsigned)kept[i] >= from && (unsigned)kept[i] < next)
				next = (unsigned)kept[i];
		}
		if (next > from && sys_close(from, next - 1) < 0)
			return -1;
		from = next + 1;
	} while (next < UINT_MAX);
	return 0;
}

/*
 * The launcher passes a signal on in the value of this one. A real-time signal queues, so what the
 * launcher and init got together, as members of one process group, cannot take its place
 * (signal(7)).
 */
#define SIGNAL_PASSED_ON SIGRTMAX

/* What the kernel sends on behalf of a terminal goes to a whole process group. */
static bool
from_terminal(const struct signalfd_siginfo *info)
{
	static const uint8_t numbers[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTSTP,
		                           SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (info->ssi_signo == numbers[i])
			return info->ssi_code == SI_KERNEL;
	}
	return false;
}

/* Returns whether it asks the program to end; what the user types does not. */
static bool
pass_signal(pid_t init, int signals)
{
	struct signalfd_siginfo info;
	int number;
	bool typed;

	if (read(signals, &info, sizeof info) != sizeof info || info.ssi_signo == SIGCHLD)
		return false;
	number = (int)info.ssi_signo;
	typed = from_terminal(&info);
	sys_queue_signal(init, SIGNAL_PASSED_ON, typed ? -number : number);
	return !typed && (number == SIGTERM || number == SIGINT || number == SIGHUP);
}

static int
wait_for_init(const struct launch *launch, pid_t init)
{
	int status;

	while (waitpid(init, &status, 0) < 0) {
		if (errno != EINTR)
			die_errno(launch, "waitpid", NULL);
	}
	return exit_status(status);
}

/* Something went wrong that no box must outlive. */
static noreturn void
die_with_box(const struct launch *launch, pid_t init, const char *call)
{
	int error = errno;

	kill(init, SIGKILL);
	errno = error;
	die_errno(launch, call, NULL);
}

int
wait_timer(unsigned milliseconds, const char **ret_call)
{
	const struct itimerspec time = {
		.it_value.tv_sec = milliseconds / 1000,
		.it_value.tv_nsec = milliseconds % 1000 * 1000000L,
	};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	*ret_call = "timerfd_create";
	if (timer < 0)
		return -1;
	*ret_call = "timerfd_settime";
	return timerfd_settime(timer, 0, &time, NULL) < 0 ? -1 : timer;
}

noreturn void
wait_for_box(const struct launch *launch, pid_t init, int reports, int signals)
{
	struct pollfd ready[] = {
		{ .fd = reports, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = -1, .events = POLLIN }, /* the timer, when it runs */
	};

	if (wait_keep_only(launch->kept, launch->kept_count) < 0)
		die_with_box(launch, init, "close_range");
	for (;;) {
		struct report report;

		if (poll(ready, sizeof ready / sizeof ready[0], -1) < 0) {
			if (errno == EINTR)
				continue;
			die_with_box(launch, init, "poll");
		}
		/* Reports first: a SIGCONT that came after the stop must still be pending then. */
		if (ready[0].revents) {
			if (read(reports, &report, sizeof report) != sizeof report)
				/* Init's own status is the answer. */
				_exit(wait_for_init(launch, init));
			if (report.event == EVENT_ENDED) {
				/* The next box may want the same changes at once. */
				if (ns_has_step(launch, STEP_OVERLAY))
					wait_for_init(launch, init);
				end_like_program((int)report.value);
			}
			/* A program that is to end soon cannot stop the clock. */
			if (ready[2].fd < 0)
				stop_like_program(report.value);
		}
		if (ready[1].revents && pass_signal(init, signals) && launch->stop_timeout &&
		    ready[2].fd < 0) {
			const char *call;

			ready[2].fd = wait_timer(launch->stop_timeout, &call);
			if (ready[2].fd < 0)
				die_with_box(launch, init, call);
		}
		if (ready[2].revents) {
			kill(init, SIGKILL);
			_exit(wait_for_init(launch, init));
		}
	}
}

/* What init knows of the box. */
struct box {
	pid_t program; /* -1 once it has ended */
	int status; /* and how */
	uint64_t together; /* bit N-1: signal N came to the group of launcher and init just now */
};

static void
tell_launcher(const struct launch *launch, enum event event, int value)
{
	struct report report = { .event = event, .value = (uint32_t)value };

	/* A launcher that is gone has taken the box with it, or wants it to go on without. */
	if (write(launch->report, &report, sizeof report) < 0)
		return;
}

/* Collects every child that changed; ends when the program has, or the last of all. */
static void
reap(const struct launch *launch, struct box *box)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != box->program)
			continue;
		if (WIFSTOPPED(status)) {
			tell_launcher(launch, EVENT_STOPPED, foreground() > 0);
			continue;
		}
		box->program = -1;
		box->status = status;
		if (!launch->wait_for_all)
			break;
	}
	/* Orphans are init's children, so without children there is nobody. */
	if (box->program > 0 || (launch->wait_for_all && pid == 0))
		return;
	tell_launcher(launch, EVENT_ENDED, box->status);
	/* The kernel kills what is left of the pid namespace. */
	_exit(exit_status(box->status));
}

/*
 * Negative is what came from the terminal. That, and what else came to the whole group, the program
 * has got itself, unless it has left the group that the launcher and init are in. After its end,
 * with others to wait for, a signal is for all of them.
 */
static void
deliver_signal(struct box *box, int passed_on)
{
	unsigned number = passed_on < 0 ? -(unsigned)passed_on : (unsigned)passed_on;
	bool together = passed_on < 0;
	uint64_t bit;

	if (number == 0 || number > (unsigned)SIGRTMAX)
		return;
	bit = 1ull << (number - 1);
	together |= (box->together & bit) != 0;
	box->together &= ~bit;
	if (!together || (box->program > 0 && getpgid(box->program) != getpgid(0)))
		kill(box->program, (int)number);
}

/*
 * All signals are blocked, so they queue although this is pid 1. What the launcher passes on counts
 * (SI_QUEUE, from a process this namespace cannot see). A process of the box can pretend to be the
 * launcher (rt_sigqueueinfo(2)), and then reaches what it could signal anyway.
 *
 * Another signal from outside, which nobody in the box can pretend, was sent to the whole group:
 * the kernel serves its youngest members first, so it is here before the launcher has its own to
 * pass on. If that does not follow at once, the signal was meant for init alone, by mistake.
 */
noreturn void
wait_for_program(const struct launch *launch, pid_t program)
{
	struct box box = { .program = program };
	sigset_t all;

	wait_every_signal(&all);
	for (;;) {
		siginfo_t info;
		int signal = sys_next_signal(&all, &info, box.together ? 200 : 0);

		if (signal < 0)
			box.together = 0;
		else if (signal == SIGCHLD)
			reap(launch, &box);
		else if (info.si_pid != 0)
			continue;
		else if (signal == SIGNAL_PASSED_ON && info.si_code == SI_QUEUE)
			deliver_signal(&box, info.si_value.sival_int);
		else if (info.si_code == SI_USER)
			box.together |= 1ull << (signal - 1);
	}
}

/* musl's sigfillset leaves out those that its threads use, of which one is what programs of glibc
 * call SIGRTMIN. */
void
wait_every_signal(sigset_t *all)
{
	memset(all, 0xff, sizeof *all);
}
