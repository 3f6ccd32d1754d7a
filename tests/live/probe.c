/* The program in the box: attempts or reports one thing per command, and exits with its errno. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * probe COMMAND [ARGUMENT...] [-- COMMAND ...]
 *
 * Commands run in turn until one fails; its errno is the exit status. Each says below what its
 * arguments are. It is static and needs nothing of the box but itself.
 */

extern char **environ;

/* What a command returns when it was called wrongly; no errno of Linux. */
#define WRONG_USE 255

static int
count(char **arguments)
{
	int n = 0;

	while (arguments[n])
		n++;
	return n;
}

/* Looking */

/* arguments [WORD...]: one a line */
static int
cmd_arguments(char **a)
{
	for (; *a; a++)
		puts(*a);
	return 0;
}

static int
cmd_environment(char **a)
{
	(void)a;
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	return 0;
}

static int
cmd_directory(char **a)
{
	char path[4096];

	(void)a;
	if (!getcwd(path, sizeof path))
		return errno;
	puts(path);
	return 0;
}

static int
not_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* listing DIRECTORY: its entries' names, sorted */
static int
cmd_listing(char **a)
{
	struct dirent **entries;
	int n = scandir(a[0], &entries, not_dots, alphasort);

	if (n < 0)
		return errno;
	for (int i = 0; i < n; i++)
		puts(entries[i]->d_name);
	return 0;
}

static int
cmd_readlink(char **a)
{
	char target[4096];
	ssize_t length = readlink(a[0], target, sizeof target - 1);

	if (length < 0)
		return errno;
	target[length] = '\0';
	puts(target);
	return 0;
}

/* read FILE: what is in it */
static int
cmd_read(char **a)
{
	char block[4096];
	ssize_t n;
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	while ((n = read(fd, block, sizeof block)) > 0)
		fwrite(block, 1, (size_t)n, stdout);
	return n < 0 ? errno : 0;
}

static const char *
type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "directory";
	case S_IFREG:
		return "file";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "character";
	case S_IFBLK:
		return "block";
	case S_IFSOCK:
		return "socket";
	default:
		return "fifo";
	}
}

static void
print_kind(const struct stat *status)
{
	printf("%s %04o", type_name(status->st_mode), (unsigned)status->st_mode & 07777);
	if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode))
		printf(" %u:%u", major(status->st_rdev), minor(status->st_rdev));
	putchar('\n');
}

/* kind PATH: type, mode, device number; links are not followed */
static int
cmd_kind(char **a)
{
	struct stat status;

	if (lstat(a[0], &status) < 0)
		return errno;
	print_kind(&status);
	return 0;
}

/* descriptors: the open ones, each with its kind */
static int
cmd_descriptors(char **a)
{
	struct stat status;

	(void)a;
	for (int fd = 0; fd < 1024; fd++) {
		if (fstat(fd, &status) < 0)
			continue;
		printf("%d ", fd);
		print_kind(&status);
	}
	return 0;
}

/* mount-flags PATH: of the mount it is on */
static int
cmd_mount_flags(char **a)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} flags[] = {
		{ ST_RDONLY, "read-only" },
		{ ST_NOSUID, "nosuid" },
		{ ST_NODEV, "nodev" },
		{ ST_NOEXEC, "noexec" },
	};
	struct statvfs status;
	const char *separator = "";

	if (statvfs(a[0], &status) < 0)
		return errno;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if (!(status.f_flag & flags[i].flag))
			continue;
		printf("%s%s", separator, flags[i].name);
		separator = " ";
	}
	putchar('\n');
	return 0;
}

/* Opening asks the kernel all there is to ask; of other things than files it may wait. */
static bool
is_writable(const char *path, const struct stat *status)
{
	int fd;

	if (S_ISLNK(status->st_mode))
		return false;
	if (!S_ISREG(status->st_mode))
		return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
	fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Says what about a path is more than readable. */
static void
judge(const char *path, const struct stat *status)
{
	if (S_ISSOCK(status->st_mode) || S_ISFIFO(status->st_mode))
		printf("%s %s\n", type_name(status->st_mode), path);
	if (S_ISCHR(status->st_mode) || S_ISBLK(status->st_mode))
		printf("device %s %u:%u\n", path, major(status->st_rdev), minor(status->st_rdev));
	if (S_ISREG(status->st_mode) && status->st_mode & (S_ISUID | S_ISGID))
		printf("set-id %s\n", path);
	if (is_writable(path, status))
		printf("writable %s\n", path);
}

static void
walk(const char *path)
{
	struct stat status;
	struct dirent *entry;
	DIR *directory;

	if (lstat(path, &status) < 0)
		return;
	judge(path, &status);
	if (!S_ISDIR(status.st_mode))
		return;
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char inner[4096];
		int length = snprintf(inner, sizeof inner, "%s/%s", strcmp(path, "/") ? path : "",
		                      entry->d_name);

		if (not_dots(entry) && length > 0 && (size_t)length < sizeof inner)
			walk(inner);
	}
	closedir(directory);
}

/* walk DIRECTORY: everything below it that can be written to, or is a socket, device, ... */
static int
cmd_walk(char **a)
{
	walk(a[0]);
	return 0;
}

/* Changing */

static int
put_text(int fd, const char *text)
{
	int failed = 0;

	if (fd < 0)
		return errno;
	if (text && write(fd, text, strlen(text)) < 0)
		failed = errno;
	close(fd);
	return failed;
}

/* write FILE [TEXT]: into a file that exists; without TEXT only opens it */
static int
cmd_write(char **a)
{
	return put_text(open(a[0], O_WRONLY | O_CLOEXEC), a[1]);
}

/* create FILE [TEXT]: a new file */
static int
cmd_create(char **a)
{
	return put_text(open(a[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), a[1]);
}

static int
cmd_mkdir(char **a)
{
	return mkdir(a[0], 0755) < 0 ? errno : 0;
}

static int
cmd_symlink(char **a)
{
	return symlink(a[0], a[1]) < 0 ? errno : 0;
}

static int
cmd_remove(char **a)
{
	return remove(a[0]) < 0 ? errno : 0;
}

static int
cmd_rename(char **a)
{
	return rename(a[0], a[1]) < 0 ? errno : 0;
}

static int
cmd_chmod(char **a)
{
	return chmod(a[0], (mode_t)strtoul(a[1], NULL, 8)) < 0 ? errno : 0;
}

/* fill FILE KIB: makes a file of that size */
static int
cmd_fill(char **a)
{
	static const char block[1024];
	int fd = open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return errno;
	for (long i = strtol(a[1], NULL, 10); i > 0; i--) {
		ssize_t n = write(fd, block, sizeof block);

		if (n != sizeof block)
			return n < 0 ? errno : ENOSPC;
	}
	return close(fd) < 0 ? errno : 0;
}

/* What lasts until it is killed does not outlast a test by much. */
#define LIFETIME 60

/* exchange PATH PATH: for ever */
static int
cmd_exchange(char **a)
{
	alarm(LIFETIME);
	while (syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], 2) == 0) /* RENAME_EXCHANGE */
		;
	return errno;
}

/* await PATH: until it exists, ten seconds at most */
static int
cmd_await(char **a)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	for (int i = 0; i < 5000; i++) {
		if (access(a[0], F_OK) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return ETIMEDOUT;
}

/* Sockets */

struct address {
	socklen_t size;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_un un;
	} to;
};

/* tcp:PORT (on 127.0.0.1), unix:PATH or abstract:NAME */
static bool
parse_address(const char *text, struct address *ret_address)
{
	struct address address = { 0 };
	const char *rest = strchr(text, ':');
	bool abstract = strncmp(text, "abstract:", 9) == 0;

	if (!rest++ || strlen(rest) >= sizeof address.to.un.sun_path - 1)
		return false;
	if (strncmp(text, "tcp:", 4) == 0) {
		address.to.in.sin_family = AF_INET;
		address.to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address.to.in.sin_port = htons((uint16_t)strtoul(rest, NULL, 10));
		address.size = sizeof address.to.in;
	} else {
		address.to.un.sun_family = AF_UNIX;
		memcpy(address.to.un.sun_path + abstract, rest, strlen(rest));
		address.size =
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(rest) + 1);
	}
	*ret_address = address;
	return true;
}

/* A listening socket; -1 with errno. */
static int
listen_at(const struct address *address)
{
	int fd = socket(address->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (bind(fd, &address->to.any, address->size) < 0 || listen(fd, 5) < 0))
		return -1;
	return fd;
}

static unsigned
port_of(int fd)
{
	struct sockaddr_in in = { 0 };
	socklen_t size = sizeof in;

	if (getsockname(fd, (struct sockaddr *)&in, &size) < 0)
		return 0;
	return ntohs(in.sin_port);
}

/* listen ADDRESS READY: makes the file READY, with the port in it, and stays */
static int
cmd_listen(char **a)
{
	struct address address;
	char port[16], made[4096];
	int fd, failed;

	if (!parse_address(a[0], &address))
		return WRONG_USE;
	fd = listen_at(&address);
	if (fd < 0)
		return errno;
	snprintf(port, sizeof port, "%u\n", port_of(fd));
	snprintf(made, sizeof made, "%s.new", a[1]);
	failed = put_text(open(made, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), port);
	if (failed || rename(made, a[1]) < 0)
		return failed ? failed : errno;
	alarm(LIFETIME);
	for (;;)
		pause();
}

static int
connect_to(const struct address *address)
{
	int fd = socket(address->to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, &address->to.any, address->size) < 0)
		failed = errno;
	close(fd);
	return failed;
}

/* connect ADDRESS */
static int
cmd_connect(char **a)
{
	struct address address;

	return parse_address(a[0], &address) ? connect_to(&address) : WRONG_USE;
}

/* loopback: listens and connects to itself */
static int
cmd_loopback(char **a)
{
	struct address address;
	int fd;

	(void)a;
	if (!parse_address("tcp:0", &address))
		return WRONG_USE;
	fd = listen_at(&address);
	if (fd < 0)
		return errno;
	address.to.in.sin_port = htons((uint16_t)port_of(fd));
	return connect_to(&address);
}

/* System calls */

#define CALL(name) { #name, SYS_##name }

/* Those newer than some libc have their number, which is the same on every architecture. */
static const struct {
	const char *name;
	long number;
} calls[] = {
	CALL(acct), CALL(add_key), CALL(bpf), CALL(chroot), CALL(clone), { "clone3", 435 },
	CALL(clock_settime),
	CALL(delete_module), CALL(fanotify_init), CALL(finit_module), { "fsconfig", 431 },
	{ "fsmount", 432 }, { "fsopen", 430 }, { "fspick", 433 }, CALL(get_mempolicy),
	CALL(getpid), CALL(init_module), CALL(io_setup), { "io_uring_enter", 426 },
	{ "io_uring_register", 427 }, { "io_uring_setup", 425 }, CALL(ioctl),
	CALL(ioprio_set), CALL(setpriority), CALL(prlimit64), CALL(sched_setaffinity),
	CALL(sched_setattr), CALL(sched_setparam), CALL(sched_setscheduler),
	CALL(socket), CALL(socketpair), CALL(kexec_load), CALL(keyctl),
	CALL(kill), CALL(mbind), CALL(migrate_pages), CALL(mount), { "mount_setattr", 442 },
	{ "move_mount", 429 }, CALL(move_pages), CALL(mq_open), CALL(mq_unlink),
	CALL(open_by_handle_at), { "open_tree", 428 }, { "open_tree_attr", 467 },
	CALL(perf_event_open), { "pidfd_getfd", 438 }, CALL(pivot_root), CALL(process_vm_readv),
	CALL(process_vm_writev), CALL(ptrace), CALL(quotactl), { "quotactl_fd", 443 },
	CALL(reboot), CALL(request_key), CALL(set_mempolicy), CALL(setgroups),
	{ "set_mempolicy_home_node", 450 }, CALL(sethostname), CALL(setns), CALL(shmget),
	CALL(swapoff), CALL(swapon), CALL(syslog), CALL(umount2), CALL(unshare),
	CALL(userfaultfd), CALL(kcmp), { "lsm_get_self_attr", 459 }, { "lsm_list_modules", 461 },
	{ "lsm_set_self_attr", 460 }, { "memfd_secret", 447 }, CALL(msgget),
	CALL(name_to_handle_at), CALL(personality), { "process_madvise", 440 }, CALL(semget),
	CALL(setdomainname), CALL(settimeofday), CALL(vmsplice),
#ifdef SYS_iopl
	CALL(iopl), CALL(ioperm), CALL(modify_ldt),
#endif
#ifdef SYS_kexec_file_load
	CALL(kexec_file_load),
#endif
};

/* A number, or "@TEXT" for a pointer to TEXT. */
static long
call_argument(const char *text)
{
	return text[0] == '@' ? (long)(text + 1) : (long)strtoul(text, NULL, 0);
}

/* syscall NAME|NUMBER [NUMBER|@TEXT...]: prints what it returned */
static int
cmd_syscall(char **a)
{
	long number = -1, argument[6] = { 0 }, result;

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(calls[i].name, a[0]) == 0)
			number = calls[i].number;
	}
	if (a[0][0] >= '0' && a[0][0] <= '9')
		number = strtol(a[0], NULL, 0);
	if (number < 0 || count(a) > 7)
		return WRONG_USE;
	for (int i = 0; a[i + 1]; i++)
		argument[i] = call_argument(a[i + 1]);
	result = syscall(number, argument[0], argument[1], argument[2], argument[3], argument[4],
	                 argument[5]);
	if (result < 0)
		return errno;
	if (number == SYS_clone && result == 0)
		_exit(0);
	printf("%ld\n", result);
	return 0;
}

/* has-call NAME: is there such a call on this architecture, for all that this program knows? */
static int
cmd_has_call(char **a)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		if (strcmp(calls[i].name, a[0]) == 0)
			return 0;
	}
	return ENOSYS;
}

/* foreign: a system call as a 32-bit program makes it */
static int
cmd_foreign(char **a)
{
	(void)a;
#ifdef __x86_64__
	long result = 20; /* getpid */

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return result == getpid() ? 0 : ENOSYS;
#else
	return ENOTSUP;
#endif
}

static void *
set_flag(void *flag)
{
	*(bool *)flag = true;
	return NULL;
}

/* processes: a thread and a child of the ordinary kind */
static int
cmd_processes(char **a)
{
	bool ran = false;
	pthread_t thread;
	int status, failed = pthread_create(&thread, NULL, set_flag, &ran);
	pid_t child;

	(void)a;
	if (failed)
		return failed;
	pthread_join(thread, NULL);
	child = fork();
	if (child == 0)
		_exit(0);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return errno;
	return ran && status == 0 ? 0 : EPROTO;
}

/* Starting: these take all the rest of the command line */

static int
start(char **a)
{
	if (!a[0])
		return WRONG_USE;
	fflush(stdout);
	execv(a[0], a);
	return errno;
}

/* What a descriptor can be: file, directory, path (O_PATH), socket. */
static int
open_kind(const char *kind, const char *path)
{
	int fd = -1;

	if (strcmp(kind, "file") == 0)
		fd = open(path, O_RDONLY);
	else if (strcmp(kind, "directory") == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY);
	else if (strcmp(kind, "path") == 0)
		fd = open(path, O_PATH);
	else if (strcmp(kind, "socket") == 0)
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd;
}

/* with-descriptor NUMBER KIND PATH PROGRAM [ARGUMENT...]; KIND may be closed */
static int
cmd_with_descriptor(char **a)
{
	int number = (int)strtol(a[0], NULL, 10);
	int fd;

	if (strcmp(a[1], "closed") == 0) {
		close(number);
		return start(a + 3);
	}
	fd = open_kind(a[1], a[2]);
	if (fd < 0 || (fd != number && dup2(fd, number) < 0))
		return errno;
	if (fd != number)
		close(fd);
	return start(a + 3);
}

/* with-descriptors LAST FILE PROGRAM [ARGUMENT...]: one of each kind in turn, from 3 to LAST */
static int
cmd_with_descriptors(char **a)
{
	static const char *const kinds[] = { "file", "directory", "path", "socket" };

	for (int fd = 3; fd <= strtol(a[0], NULL, 10); fd++) {
		const char *kind = kinds[fd % 4];
		int opened = open_kind(kind, fd % 4 == 1 ? "/" : a[1]);

		if (opened < 0)
			return errno;
		if (opened != fd && dup2(opened, fd) < 0)
			return errno;
		if (opened > fd)
			close(opened);
	}
	return start(a + 2);
}

/* with-environment COUNT NAME=VALUE... PROGRAM [ARGUMENT...]: in this environment alone */
static int
cmd_with_environment(char **a)
{
	char *environment[64] = { NULL };
	long variables = strtol(a[0], NULL, 10);

	if (variables < 0 || variables > 63 || count(a) < variables + 2)
		return WRONG_USE;
	memcpy(environment, a + 1, (size_t)variables * sizeof *environment);
	execve(a[variables + 1], a + variables + 1, environment);
	return errno;
}

struct command {
	const char *name;
	int least; /* arguments it needs */
	bool rest; /* takes all that follow, "--" included */
	int (*run)(char **arguments);
};

static const struct command commands[] = {
	{ "arguments", 0, true, cmd_arguments },
	{ "await", 1, false, cmd_await },
	{ "chmod", 2, false, cmd_chmod },
	{ "connect", 1, false, cmd_connect },
	{ "create", 1, false, cmd_create },
	{ "descriptors", 0, false, cmd_descriptors },
	{ "directory", 0, false, cmd_directory },
	{ "environment", 0, false, cmd_environment },
	{ "exchange", 2, false, cmd_exchange },
	{ "exec", 1, true, start },
	{ "fill", 2, false, cmd_fill },
	{ "foreign", 0, false, cmd_foreign },
	{ "has-call", 1, false, cmd_has_call },
	{ "kind", 1, false, cmd_kind },
	{ "listen", 2, false, cmd_listen },
	{ "listing", 1, false, cmd_listing },
	{ "loopback", 0, false, cmd_loopback },
	{ "mkdir", 1, false, cmd_mkdir },
	{ "mount-flags", 1, false, cmd_mount_flags },
	{ "processes", 0, false, cmd_processes },
	{ "read", 1, false, cmd_read },
	{ "readlink", 1, false, cmd_readlink },
	{ "remove", 1, false, cmd_remove },
	{ "rename", 2, false, cmd_rename },
	{ "symlink", 2, false, cmd_symlink },
	{ "syscall", 1, false, cmd_syscall },
	{ "walk", 1, false, cmd_walk },
	{ "with-descriptor", 4, true, cmd_with_descriptor },
	{ "with-descriptors", 3, true, cmd_with_descriptors },
	{ "with-environment", 2, true, cmd_with_environment },
	{ "write", 1, false, cmd_write },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

/* Runs the commands in turn; returns what the last one returned. */
static int
run_commands(char **a)
{
	int failed = 0;

	while (*a && !failed) {
		const struct command *command = find_command(*a++);
		char **end = a;

		if (!command)
			return WRONG_USE;
		while (*end && (command->rest || strcmp(*end, "--") != 0))
			end++;
		if (*end)
			*end++ = NULL;
		if (count(a) < command->least)
			return WRONG_USE;
		failed = command->run(a);
		a = end;
	}
	return failed;
}

int
main(int argc, char **argv)
{
	int failed = argc > 1 ? run_commands(argv + 1) : WRONG_USE;

	if (failed == WRONG_USE)
		fprintf(stderr, "probe: wrong use\n");
	if (fflush(stdout) != 0 && !failed)
		failed = errno;
	return failed;
}
