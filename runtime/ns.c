/* Namespaces, and the launcher, the box's init and the program as processes. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t signal;

	if (WIFSIGNALED(wait_status) && prctl(PR_SET_DUMPABLE, 0) == 0) {
		sigemptyset(&signal);
		sigaddset(&signal, WTERMSIG(wait_status));
		sigaction(WTERMSIG(wait_status), &standard, NULL);
		kill(getpid(), WTERMSIG(wait_status));
		sigprocmask(SIG_UNBLOCK, &signal, NULL);
	}
	_exit(exit_status(wait_status));
}

/*
 * The launcher is stopped when the program is, so that the shell takes the terminal back; the
 * shell's SIGCONT wakes it and, passed on, the program. A program with job control of its own held
 * the terminal for a group the shell does not know; in the foreground it gets it back.
 */
static void
stop_like_program(bool has_terminal)
{
	pid_t holder = has_terminal ? tcgetpgrp(STDIN_FILENO) : -1;
	sigset_t pending;

	/* It has been continued already: nobody would wake the launcher. */
	if (sigpending(&pending) == 0 && sigismember(&pending, SIGCONT))
		return;
	kill(getpid(), SIGSTOP);
	if (holder > 0 && tcgetpgrp(STDIN_FILENO) == getpgrp())
		tcsetpgrp(STDIN_FILENO, holder);
}

/* All of them: musl's sigfillset leaves out those that its threads use, of which one is what
 * programs of glibc call SIGRTMIN. */
static void
every_signal(sigset_t *all)
{
	memset(all, 0xff, sizeof *all);
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
	static const uint32_t numbers[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTSTP,
		                            SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH };

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (info->ssi_signo == numbers[i])
			return info->ssi_code == SI_KERNEL;
	}
	return false;
}

static void
pass_signal(pid_t init, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof info) != sizeof info || info.ssi_signo == SIGCHLD)
		return;
	sys_queue_signal(init, SIGNAL_PASSED_ON,
	                 from_terminal(&info) ? -(int)info.ssi_signo : (int)info.ssi_signo);
}

/* In init: negative is what came from the terminal. That the program has got itself, unless it has
 * left the process group that the launcher and init are in. */
static void
deliver_signal(pid_t program, int passed_on)
{
	if (passed_on > 0)
		kill(program, passed_on);
	else if (passed_on >= -SIGRTMAX && getpgid(program) != getpgrp())
		kill(program, -passed_on);
}

/* Init ended without a last report: its own status is the answer. */
static int
status_of_init(const struct launch *launch, pid_t init)
{
	int status;

	while (waitpid(init, &status, 0) < 0) {
		if (errno != EINTR)
			die_errno(launch, "waitpid", NULL);
	}
	return exit_status(status);
}

/*
 * The launcher's life from here on. It leaves on the report, not on init's end: the kernel takes
 * the namespaces apart after that, and nobody need wait for it.
 */
static noreturn void
wait_for_box(struct launch *launch, pid_t init, int reports, const sigset_t *all)
{
	int signals = signalfd(-1, all, SFD_CLOEXEC);
	struct pollfd ready[] = {
		{ .fd = reports, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	if (signals < 0)
		die_errno(launch, "signalfd", NULL);
	for (;;) {
		struct report report;

		if (poll(ready, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			die_errno(launch, "poll", NULL);
		}
		/* Reports first: a SIGCONT that came after the stop must still be pending then. */
		if (ready[0].revents) {
			if (read(reports, &report, sizeof report) != sizeof report)
				_exit(status_of_init(launch, init));
			if (report.event == EVENT_ENDED)
				end_like_program((int)report.value);
			stop_like_program(report.value);
		}
		if (ready[1].revents)
			pass_signal(init, signals);
	}
}

static void
write_id_file(const struct launch *launch, const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die_errno(launch, "open", path);
	if (write(fd, text, length) != (ssize_t)length)
		die_errno(launch, "write", path);
	close(fd);
}

/* One line that maps the caller's id to itself: "ID ID 1" (user_namespaces(7)). */
static void
map_id(const struct launch *launch, const char *path, unsigned id)
{
	char line[2 * (NUMBER_DIGITS + 1) + 1];
	char *end = line + sizeof line;
	char *start = end;

	*--start = '1';
	*--start = ' ';
	start = template_number(start, id, 10);
	*--start = ' ';
	start = template_number(start, id, 10);
	write_id_file(launch, path, start, (size_t)(end - start));
}

void
ns_enter(struct launch *launch)
{
	uint64_t namespaces = launch->step->operand[0];
	struct sigaction chld = { .sa_handler = SIG_DFL };
	sigset_t all;
	int reports[2];
	pid_t init;

	/* A process started from a file it may not read owns nothing in /proc (proc(5)), not even
	 * its id maps. What root has hidden is not for the stub to show. */
	if (prctl(PR_GET_DUMPABLE) != 1)
		die_because(launch, NULL,
		            "the file of the launcher must be readable by the user who starts it");
	/* The caller may have had SIGCHLD ignored; then nobody could be waited for. */
	sigaction(SIGCHLD, &chld, NULL);
	/* Blocked signals wait for signalfd and sigwaitinfo: no handler, no race. */
	every_signal(&all);
	if (sigprocmask(SIG_BLOCK, &all, &launch->signals) < 0)
		die_errno(launch, "sigprocmask", NULL);
	if (pipe2(reports, O_CLOEXEC) < 0)
		die_errno(launch, "pipe2", NULL);
	init = sys_clone(namespaces);
	if (init < 0)
		die_errno(launch, "clone3", NULL);
	if (init > 0) {
		close(reports[1]);
		wait_for_box(launch, init, reports[0], &all);
	}
	close(reports[0]);
	launch->report = reports[1];
	/* The plan gives modes exactly; the program gets the caller's mask back. */
	launch->umask = umask(0);

	/* Without this a process could leave a group that a file's mode denies (CVE-2014-8989). */
	write_id_file(launch, "/proc/self/setgroups", "deny", 4);
	map_id(launch, "/proc/self/uid_map", launch->uid);
	map_id(launch, "/proc/self/gid_map", launch->gid);
	/* Nobody inside may trace init or reach the host through /proc/1. exec makes the program
	 * dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		die_errno(launch, "prctl", "PR_SET_DUMPABLE");
	if (sys_make_private() < 0)
		die_errno(launch, "mount", "/");
}

void
ns_die_with_parent(const struct launch *launch)
{
	struct pollfd report = { .fd = launch->report };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		die_errno(launch, "prctl", "PR_SET_PDEATHSIG");
	/* It may have died before; then the pipe has no reader. */
	if (poll(&report, 1, 0) == 1 && (report.revents & POLLERR))
		_exit(STATUS_SETUP);
}

void
ns_hostname(const struct launch *launch)
{
	const char *name = descriptor_string(launch->descriptor, launch->step->operand[0]);

	if (sethostname(name, strlen(name)) < 0)
		die_errno(launch, "sethostname", name);
}

void
ns_loopback(const struct launch *launch)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die_errno(launch, "socket", NULL);
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		die_errno(launch, "ioctl", "lo");
	close(fd);
}

static void
tell_launcher(const struct launch *launch, enum event event, int value)
{
	struct report report = { .event = event, .value = (uint32_t)value };

	/* A launcher that is gone has taken the box with it, or wants it to go on without. */
	if (write(launch->report, &report, sizeof report) < 0)
		return;
}

/* Collects every child that changed; ends when the program has. */
static void
reap(const struct launch *launch, pid_t program)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != program)
			continue;
		if (WIFSTOPPED(status)) {
			/* A group that no process of this namespace leads has the number 0. */
			tell_launcher(launch, EVENT_STOPPED, tcgetpgrp(STDIN_FILENO) > 0);
			continue;
		}
		tell_launcher(launch, EVENT_ENDED, status);
		/* The kernel kills what is left of the pid namespace. */
		_exit(exit_status(status));
	}
}

/*
 * Init's life. All signals are blocked, so they queue although it is pid 1. Only what the launcher
 * passes on counts (SI_QUEUE, from a process this namespace cannot see): signals to the process
 * group reach its members by themselves. A process of the box can pretend to be the launcher
 * (rt_sigqueueinfo(2)), and then reaches what it could signal anyway: the program.
 */
static noreturn void
run_init(const struct launch *launch, pid_t program)
{
	sigset_t all;

	every_signal(&all);
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(&all, &info);

		if (signal == SIGCHLD)
			reap(launch, program);
		else if (signal == SIGNAL_PASSED_ON && info.si_code == SI_QUEUE && info.si_pid == 0)
			deliver_signal(program, info.si_value.sival_int);
	}
}

/* Until the other end is closed; a signal cannot disturb, for all are blocked. */
static void
wait_for_end(const struct launch *launch, const int pipe[2])
{
	char byte;

	close(pipe[1]);
	if (read(pipe[0], &byte, 1) != 0)
		die_errno(launch, "read", NULL);
	close(pipe[0]);
}

void
ns_start_program(struct launch *launch, void (*confine)(struct launch *launch))
{
	pid_t program;
	int confined[2];

	/* Of init's rights only the filter must not be inherited, for the program's comes last: so
	 * the program waits. */
	if (pipe2(confined, O_CLOEXEC) < 0)
		die_errno(launch, "pipe2", NULL);
	program = fork();
	if (program < 0)
		die_errno(launch, "fork", NULL);
	if (program == 0) {
		wait_for_end(launch, confined);
		return;
	}
	close(confined[0]);
	confine(launch);
	close(confined[1]);
	run_init(launch, program);
}

/* Does the sysctl read as this number? */
static bool
sysctl_is(const char *path, char digit)
{
	char text[2] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = read(fd, text, sizeof text) == 2 && text[0] == digit && text[1] == '\n';
	close(fd);
	return is;
}

const char *
ns_forbidden_by(void)
{
	if (sysctl_is("/proc/sys/user/max_user_namespaces", '0'))
		return "user namespaces are off here: user.max_user_namespaces is 0; as root: "
		       "sysctl user.max_user_namespaces=65536";
	if (sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", '0'))
		return "user namespaces are off here: kernel.unprivileged_userns_clone is 0; "
		       "as root: sysctl kernel.unprivileged_userns_clone=1";
	if (sysctl_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", '1'))
		return "AppArmor forbids it: kernel.apparmor_restrict_unprivileged_userns is 1; "
		       "allow launchers with a profile that has 'userns,', or as root: "
		       "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
	return NULL;
}

void
ns_wait_for_all(struct launch *launch)
{
	launch->wait_for_all = true;
}

void
ns_stop_timeout(struct launch *launch)
{
	launch->stop_timeout = launch->step->operand[0];
}

void
ns_no_nested(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}
