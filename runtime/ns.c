/* Namespaces, and the processes that live in them. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

static void
write_file(const struct launch *launch, const char *path, const char *text, size_t length)
{
	int fd = sys_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	struct statfs status;

	if (fd < 0)
		die_errno(launch, "open", path);
	/* Another file would take the text, and the box would not be as it says (CVE-2019-16884).
	 */
	if (fstatfs(fd, &status) < 0)
		die_errno(launch, "statfs", path);
	if (status.f_type != PROC_SUPER_MAGIC)
		die_because(launch, path,
		            "is not the kernel's: something else is mounted on /proc");
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
	write_file(launch, path, start, (size_t)(end - start));
}

/* In the new namespaces: maps the caller's ids to themselves and lets no mount out or in. */
static void
settle(const struct launch *launch)
{
	/* Without this a process could leave a group that a file's mode denies (CVE-2014-8989). */
	write_file(launch, "/proc/self/setgroups", "deny", 4);
	map_id(launch, "/proc/self/uid_map", launch->uid);
	map_id(launch, "/proc/self/gid_map", launch->gid);
	/* Nobody inside may trace init or reach the host through /proc/1. exec makes the program
	 * dumpable again. */
	if (sys_prctl(PR_SET_DUMPABLE, 0) < 0)
		die_errno(launch, "prctl", "PR_SET_DUMPABLE");
	if (sys_mount("", "/", MS_REC | MS_PRIVATE) < 0)
		die_errno(launch, "mount", "/");
}

bool
ns_has_step(const struct launch *launch, enum step_kind kind)
{
	const struct step *steps = descriptor_steps(launch->descriptor);

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if (steps[i].kind == kind)
			return true;
	}
	return false;
}

/* Are the namespaces to be had? A child finds out; nobody need read how it fails. Whatever is no
 * prohibition ends the launch: that may pass. */
static bool
can_enter(const struct launch *launch, uint64_t namespaces)
{
	static const char *const options[] = { NULL };
	const char *call;
	int status;
	pid_t child = sys_clone(namespaces, SIGCHLD);

	if (child == 0) {
		close(STDERR_FILENO);
		settle(launch);
		/* A container's /proc may be partly covered; then the kernel gives no other. */
		_exit(ns_has_step(launch, STEP_PROC) &&
		      sys_new_mount("proc", options, 0, &call) < 0);
	}
	if (child < 0) {
		int error = errno;

		/* ENOSPC is no prohibition if the user's other processes have reached a limit. */
		if (error == EPERM || error == EACCES || error == ENOSYS || error == EINVAL ||
		    (error == ENOSPC && ns_forbidden_by()))
			return false;
		errno = error;
		die_errno(launch, "clone3", NULL);
	}
	if (waitpid(child, &status, 0) < 0)
		die_errno(launch, "waitpid", NULL);
	return status == 0;
}

/* Returns in the box's init; the launcher waits for the end of the box. */
static void
clone_init(struct launch *launch, uint64_t namespaces)
{
	sigset_t all;
	int signals, reports[2];
	pid_t init;

	/* Blocked signals wait for signalfd and sigtimedwait: no handler, no race. */
	wait_every_signal(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		die_errno(launch, "sigprocmask", NULL);
	signals = sys_signals(&all);
	if (signals < 0)
		die_errno(launch, "signalfd", NULL);
	if (sys_pipe(reports) < 0)
		die_errno(launch, "pipe2", NULL);
	init = sys_clone(namespaces, SIGCHLD);
	if (init < 0)
		die_errno(launch, "clone3", NULL);
	if (init > 0) {
		lookup_forget(launch);
		launch->kept[launch->kept_count++] = reports[0];
		launch->kept[launch->kept_count++] = signals;
		wait_for_box(launch, init, reports[0], signals);
	}
	/* What the launcher keeps. */
	launch->kept_count = 0;
	close(reports[0]);
	launch->report = reports[1];
}

void
ns_enter(struct launch *launch)
{
	uint64_t namespaces = launch->step->operand[0];

	/* A process started from a file it may not read owns nothing in /proc (proc(5)), not even
	 * its id maps. What root has hidden is not for the stub to show. */
	if (sys_prctl(PR_GET_DUMPABLE, 0) != 1)
		die_because(launch, NULL,
		            "the file of the launcher must be readable by the user who starts it");
	/* The caller may have had SIGCHLD ignored; then nobody could be waited for. */
	if (sys_default_signal(SIGCHLD) < 0)
		die_errno(launch, "sigaction", NULL);
	if (sigprocmask(SIG_BLOCK, NULL, &launch->signals) < 0)
		die_errno(launch, "sigprocmask", NULL);
	/* The plan gives modes exactly; the program gets the caller's mask back. */
	launch->umask = umask(0);

	launch->alone = true;
	if (launch->step->flags & FLAG_OPTIONAL && !can_enter(launch, namespaces)) {
		launch->without_namespaces = true;
		return;
	}
	if (namespaces & CLONE_NEWPID) {
		launch->alone = false;
		clone_init(launch, namespaces);
	} else if (sys_unshare(namespaces) < 0) {
		die_errno(launch, "unshare", NULL);
	}
	settle(launch);
}

void
ns_die_with_parent(struct launch *launch)
{
	struct pollfd report = { .fd = launch->report };
	pid_t parent = getppid();

	if (sys_prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		die_errno(launch, "prctl", "PR_SET_PDEATHSIG");
	/* It may have died before; then the pipe has no reader. The launcher is no parent that this
	 * namespace could see. */
	if (poll(&report, 1, 0) < 0)
		die_errno(launch, "poll", NULL);
	if (report.revents & POLLERR || getppid() != parent)
		_exit(STATUS_SETUP);
}

/*
 * The kernel takes about as long to make a network namespace as init for a small root. The process
 * that builds the root shares init's own root and working directory, so the pivot is init's too;
 * what it learns it keeps to itself. If it fails it says why.
 */
void
ns_meanwhile(struct launch *launch)
{
	launch->builder = sys_clone(CLONE_FS, 0);
	if (launch->builder < 0)
		die_errno(launch, "clone3", NULL);
	if (launch->builder == 0) {
		launch->build(launch);
		_exit(0);
	}
	if (sys_unshare(launch->step->operand[0]) < 0)
		die_errno(launch, "unshare", NULL);
}

void
ns_wait_for_root(struct launch *launch)
{
	int status;

	if (!launch->builder)
		return;
	if (waitpid(launch->builder, &status, __WALL) < 0)
		die_errno(launch, "waitpid", NULL);
	if (WIFSIGNALED(status))
		die_because(launch, NULL, "the builder of the root was killed");
	if (status != 0)
		_exit(STATUS_SETUP);
	launch->builder = 0;
}

void
ns_hostname(struct launch *launch)
{
	const char *name = template_string(launch, 0);

	if (sethostname(name, strlen(name)) < 0)
		die_errno(launch, "sethostname", name);
}

void
ns_loopback(struct launch *launch)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = sys_socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC);

	if (fd < 0)
		die_errno(launch, "socket", NULL);
	request.ifr_flags = IFF_UP;
	if (sys_ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		die_errno(launch, "ioctl", "lo");
	close(fd);
}

/* A signal cannot disturb, for all are blocked. Init's end says nothing: the kernel closes an
 * ending init's descriptors before it kills the rest of the box. */
void
ns_wait_for_init(struct launch *launch)
{
	int init = launch->init;
	char byte;
	ssize_t length;

	if (init < 0)
		return;
	launch->init = -1;
	length = read(init, &byte, 1);
	if (length < 0)
		die_errno(launch, "read", NULL);
	if (length == 0)
		_exit(STATUS_SETUP);
	close(init);
	if (sys_unshare(CLONE_FS) < 0)
		die_errno(launch, "unshare", NULL);
	umask(launch->umask);
}

void
ns_start_program(struct launch *launch, void (*confine)(struct launch *launch))
{
	pid_t program;
	int confined[2];

	if (launch->alone)
		return;
	/* Of init's rights only the filter must not be inherited, for the program's comes last: so
	 * the program waits. */
	if (sys_pipe(confined) < 0)
		die_errno(launch, "pipe2", NULL);
	/* A copy of init's root, taken while the builder pivots, could be the host's for ever. */
	program = sys_clone(CLONE_FS, SIGCHLD);
	if (program < 0)
		die_errno(launch, "clone3", NULL);
	if (program == 0) {
		close(confined[1]);
		close(launch->report);
		launch->init = confined[0];
		close(launch->ruleset);
		return;
	}
	lookup_forget(launch);
	launch->kept[launch->kept_count++] = launch->report;
	launch->kept[launch->kept_count++] = launch->ruleset;
	launch->kept[launch->kept_count++] = confined[1];
	if (wait_keep_only(launch->kept, launch->kept_count) < 0)
		die_errno(launch, "close_range", NULL);
	confine(launch);
	ns_wait_for_root(launch);
	/* Nobody reads it if the program's process has failed already, and said why. */
	if (write(confined[1], "", 1) != 1 && errno != EPIPE)
		die_errno(launch, "write", NULL);
	close(confined[1]);
	close(launch->ruleset);
	wait_for_program(launch, program);
}

/* Is there a one-digit value in the file, which forbids user namespaces, unless it is this? */
static bool
forbids(const char *path, char allowed)
{
	char text[2] = "";
	int fd = sys_open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof text);

	close(fd);
	return length == 2 && text[1] == '\n' && text[0] != allowed;
}

const char *
ns_forbidden_by(void)
{
	static const char remedies[] = "65536 >/proc/sys/user/max_user_namespaces\0"
				       "1 >/proc/sys/kernel/unprivileged_userns_clone\0"
				       "0 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

	for (const char *at = remedies; at < remedies + sizeof remedies - 1; at += strlen(at) + 1) {
		if (forbids(strrchr(at, '>') + 1, at[0]))
			return at;
	}
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
ns_no_nested(struct launch *launch)
{
	write_file(launch, "/proc/sys/user/max_user_namespaces", "0", 1);
}
