/* The kernel's own price of a box: the namespaces and mounts of a launch in a plain C loop, no
 * more. */
/*
 *	floor PROGRAM [ARGUMENT]... <STORE-PATHS
 *
 * Reads one store path a line, then does what a launcher with the base policy does, with the oldest
 * and shortest calls there are: one clone, mkdir and mount per path, pivot_root, exec. Nothing is
 * checked twice, nothing is resolved safely, no message says what went wrong.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TREE_FLAGS (MS_NOSUID | MS_NODEV)

static const char *const devices[] = { "null", "zero", "full", "random", "urandom", "tty" };
static const char *const read_only[] = { "bus", "fs", "irq", "pressure", "sys", "sysrq-trigger" };
static const char *const masked[] = { "acpi",        "asound", "interrupts", "kallsyms",
	                              "kcore",       "keys",   "kmsg",       "latency_stats",
	                              "sched_debug", "scsi",   "timer_list", "timer_stats" };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void
must_mount(const char *source, const char *target, const char *type, unsigned long flags,
           const char *data)
{
	if (mount(source, target, type, flags, data) < 0)
		err(125, "mount %s", target);
}

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(125, "%s", path);
	close(fd);
}

static void
map_ids(uid_t uid, gid_t gid)
{
	char line[64];

	write_file("/proc/self/setgroups", "deny");
	snprintf(line, sizeof line, "%u %u 1", uid, uid);
	write_file("/proc/self/uid_map", line);
	snprintf(line, sizeof line, "%u %u 1", gid, gid);
	write_file("/proc/self/gid_map", line);
}

/* Everything is made below the working directory, the new root. */
static void
make_store(char *const *paths, size_t count)
{
	mkdir("nix", 0755);
	mkdir("nix/store", 0755);
	must_mount("none", "nix/store", "ramfs", 0, NULL);
	if (chdir("nix/store") < 0)
		err(125, "chdir");
	for (size_t i = 0; i < count; i++) {
		const char *name = strrchr(paths[i], '/') + 1;

		mkdir(name, 0555);
		must_mount(paths[i], name, NULL, MS_BIND, NULL);
	}
	if (syscall(442 /* mount_setattr */, AT_FDCWD, ".", 0x8000 /* AT_RECURSIVE */,
	            &(uint64_t[4]){ 1 | 2 | 4 }, 32) < 0)
		err(125, "mount_setattr");
	if (chdir("../..") < 0)
		err(125, "chdir");
}

static void
make_devices(void)
{
	char source[64], target[64];

	mkdir("dev", 0755);
	must_mount("none", "dev", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755");
	for (size_t i = 0; i < COUNT(devices); i++) {
		snprintf(source, sizeof source, "/dev/%s", devices[i]);
		snprintf(target, sizeof target, "dev/%s", devices[i]);
		close(open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0444));
		must_mount(source, target, NULL, MS_BIND, NULL);
	}
	mkdir("dev/pts", 0755);
	must_mount("none", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620");
	mkdir("dev/shm", 0755);
	must_mount("none", "dev/shm", "tmpfs", TREE_FLAGS, "mode=1777");
}

static void
make_proc(void)
{
	char path[64];

	mkdir("proc", 0755);
	must_mount("none", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	for (size_t i = 0; i < COUNT(read_only); i++) {
		snprintf(path, sizeof path, "proc/%s", read_only[i]);
		if (mount(path, path, NULL, MS_BIND, NULL) == 0)
			mount(NULL, path, NULL,
			      MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
			      NULL);
	}
	close(open("mask", O_CREAT | O_WRONLY | O_CLOEXEC, 0));
	mkdir("mask-directory", 0);
	for (size_t i = 0; i < COUNT(masked); i++) {
		struct stat status;

		snprintf(path, sizeof path, "proc/%s", masked[i]);
		if (stat(path, &status) == 0)
			mount(S_ISDIR(status.st_mode) ? "mask-directory" : "mask", path, NULL,
			      MS_BIND, NULL);
	}
}

static void
make_box(char *const *paths, size_t count, uid_t uid, gid_t gid)
{
	map_ids(uid, gid);
	must_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	must_mount("none", "/tmp", "ramfs", TREE_FLAGS, NULL);
	if (chdir("/tmp") < 0)
		err(125, "chdir");
	make_store(paths, count);
	make_devices();
	make_proc();
	mkdir("tmp", 0755);
	must_mount("none", "tmp", "tmpfs", TREE_FLAGS, "mode=1777");
	mkdir("home", 0755);
	must_mount("none", "home", "tmpfs", TREE_FLAGS, "mode=0700");
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		err(125, "pivot_root");
}

static void
confine(void)
{
	struct sock_filter allow[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { .len = COUNT(allow), .filter = allow };

	for (int i = 0; prctl(PR_CAPBSET_DROP, i) == 0; i++)
		;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#define PATHS_MAX 100000

/* They are needed until the end, and so never freed. */
static size_t
read_paths(char **ret_paths)
{
	char *line = NULL;
	size_t size = 0, count = 0;

	while (count < PATHS_MAX && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		ret_paths[count] = strdup(line);
		if (!ret_paths[count++])
			err(125, "strdup");
	}
	free(line);
	return count;
}

int
main(int argc, char **argv)
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	static char *paths[PATHS_MAX];
	size_t count;
	int status;
	pid_t init;

	if (argc < 2)
		errx(2, "usage: floor PROGRAM [ARGUMENT]... <STORE-PATHS");
	count = read_paths(paths);
	init = (pid_t)syscall(SYS_clone,
	                      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
	                              CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET | SIGCHLD,
	                      0, 0, 0, 0);
	if (init < 0)
		err(125, "clone");
	if (init == 0) {
		pid_t program;

		make_box(paths, count, uid, gid);
		confine();
		program = fork();
		if (program == 0) {
			execv(argv[1], argv + 1);
			err(127, "%s", argv[1]);
		}
		if (waitpid(program, &status, 0) < 0)
			err(125, "waitpid");
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 125);
	}
	if (waitpid(init, &status, 0) < 0)
		err(125, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
