/* The program in the box: says all that its box is made of, so that two boxes can be compared. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * state [ARGUMENT...]: the same box says the same, byte for byte. So there is nothing in it that
 * changes from launch to launch: no inode or mount numbers, no times.
 */

extern char **environ;

static void
say_words(const char *kind, char **words)
{
	for (; *words; words++)
		printf("%s %s\n", kind, *words);
}

/* The fields of a process that exec leaves alone and that are not its own numbers. */
static void
say_status(const char *path)
{
	static const char *const wanted[] = {
		"Umask:",  "Groups:", "CapInh:", "CapPrm:",     "CapEff:",
		"CapBnd:", "CapAmb:", "Seccomp", "NoNewPrivs:",
	};
	FILE *status = fopen(path, "re");
	char line[512];

	if (!status) {
		printf("%s: %s\n", path, strerror(errno));
		return;
	}
	while (fgets(line, sizeof line, status)) {
		for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				printf("%s: %s", path, line);
		}
	}
	fclose(status);
}

/* The same without /proc. */
static void
say_rights(void)
{
	printf("no new privileges: %d, filter: %d, bounding set:",
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP));
	for (int i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++)
		printf(" %d", prctl(PR_CAPBSET_READ, i));
	putchar('\n');
}

/* Mounts from their roots on, without their numbers (proc_pid_mountinfo(5)). */
static void
say_mounts(void)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[8192];

	if (!mounts) {
		printf("mounts: %s\n", strerror(errno));
		return;
	}
	while (fgets(line, sizeof line, mounts)) {
		int start = 0;

		sscanf(line, "%*s %*s %*s %n", &start);
		printf("mount %s", line + start);
	}
	fclose(mounts);
}

static void
say_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) == 0)
			printf("limit %d: %llu %llu\n", i, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
}

static void
say_descriptors(void)
{
	for (int fd = 0; fd < 64; fd++) {
		struct stat status;

		if (fstat(fd, &status) == 0)
			printf("descriptor %d %o\n", fd, (unsigned)status.st_mode);
	}
}

/* Of this process only: what init blocks depends on the moment. */
static void
say_signals(void)
{
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int number = 1; number < 65; number++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		if (sigismember(&blocked, number) == 1)
			printf("blocked %d\n", number);
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			printf("ignored %d\n", number);
	}
}

/* A socket of the loopback interface: nothing listens, which is known only if it is up. */
static void
say_loopback(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		printf("loopback: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Landlock's rulesets in force: a process can have 16 of them (landlock(7)), and this one adds to
 * them until there is no more room. The numbers are those of every architecture. */
static void
say_rulesets(void)
{
	const uint64_t handled = 1; /* LANDLOCK_ACCESS_FS_EXECUTE */
	long ruleset = syscall(444, &handled, sizeof handled, 0);
	int status = 0, added = 0;
	pid_t child;

	if (ruleset < 0) {
		printf("rulesets: %s\n", strerror(errno));
		return;
	}
	fflush(stdout);
	child = fork();
	if (child == 0) {
		while (syscall(446, ruleset, 0) == 0)
			added++;
		_exit(added);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		printf("rulesets: %s\n", strerror(errno));
	else
		printf("rulesets 16 - %d\n", WEXITSTATUS(status));
	close((int)ruleset);
}

/* Opening asks all there is to ask, Landlock too; of other things than files it may wait. */
static const char *
open_ways(const char *path)
{
	int reads = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int writes = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (reads >= 0)
		close(reads);
	if (writes >= 0)
		close(writes);
	return reads >= 0 ? writes >= 0 ? "rw" : "r" : writes >= 0 ? "w" : "none";
}

static int
not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* All below a path, down to `depth`; what is in /proc the kernel makes. */
static void
say_tree(const char *path, int depth)
{
	struct dirent **entries;
	struct stat status;
	int n;

	if (lstat(path, &status) < 0) {
		printf("%s: %s\n", path, strerror(errno));
		return;
	}
	printf("%s %o %u:%u", path, (unsigned)status.st_mode, (unsigned)status.st_uid,
	       (unsigned)status.st_gid);
	if (S_ISCHR(status.st_mode))
		printf(" %u:%u", major(status.st_rdev), minor(status.st_rdev));
	if (S_ISREG(status.st_mode))
		printf(" %lld bytes %s", (long long)status.st_size, open_ways(path));
	if (S_ISDIR(status.st_mode))
		printf(" %d", faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0);
	putchar('\n');
	if (!S_ISDIR(status.st_mode) || depth == 0 || strcmp(path, "/proc") == 0)
		return;
	n = scandir(path, &entries, not_dots, alphasort);
	if (n < 0)
		printf("%s: %s\n", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char inner[4096];

		snprintf(inner, sizeof inner, "%s/%s", strcmp(path, "/") ? path : "",
		         entries[i]->d_name);
		say_tree(inner, depth - 1);
	}
}

int
main(int argc, char **argv)
{
	struct utsname names;
	char directory[4096];

	(void)argc;
	say_words("argument", argv);
	say_words("variable", environ);
	printf("user %u group %u\n", (unsigned)getuid(), (unsigned)getgid());
	printf("directory %s\n", getcwd(directory, sizeof directory) ? directory : "none");
	printf("leads a session: %d\n", getsid(0) == getpid());
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	if (uname(&names) == 0)
		printf("host %s\n", names.nodename);
	say_rights();
	say_status("/proc/self/status");
	say_status("/proc/1/status");
	say_signals();
	say_limits();
	say_descriptors();
	say_loopback();
	say_rulesets();
	say_mounts();
	say_tree("/", 8);
	return fflush(stdout) != 0;
}
