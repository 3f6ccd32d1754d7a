/*
 * confined (free | confined | confined-without) PLACE ATTEMPT: tries one thing, by raw system
 * calls, in the confinement of closurebox-closure or out of it. It may keep files in PLACE/files,
 * and read PLACE/database, but for `confined-without`. Ends with the errno of the attempt.
 */
#include "../../closure/closure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../runtime/sys.h"

static long
open_file(int directory, const char *name, int flags)
{
	return syscall(SYS_openat, directory, name, flags | O_CLOEXEC, 0644);
}

/* A path in another directory than that of the descriptor. */
static const char *
in(const char *place, const char *rest)
{
	static char paths[2][4096];
	static unsigned next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof paths[0], "%s/%s", place, rest);
	return path;
}

/* What is done with files below PLACE: -1 with errno, or -2 for another attempt. */
static long
attempt_file(const char *place, int files, const char *attempt)
{
	static const struct {
		const char *name;
		const char *path;
		int flags;
	} opens[] = {
		{ "read-database", "database/file", O_RDONLY },
		{ "write-database", "database/file", O_WRONLY },
		{ "create-database", "database/new", SYS_CREATE_FLAGS },
		{ "read-else", "else/file", O_RDONLY },
		{ "write-else", "else/file", O_RDWR },
		{ "create-else", "else/new", SYS_CREATE_FLAGS },
		{ "create-files", "files/new", SYS_CREATE_FLAGS },
		{ "append-files", "files/old", O_WRONLY | O_APPEND },
		{ "truncate-files", "files/old", O_WRONLY | O_TRUNC },
		{ "read-files", "files/old", O_RDONLY },
	};

	for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++) {
		if (strcmp(attempt, opens[i].name) == 0)
			return open_file(AT_FDCWD, in(place, opens[i].path), opens[i].flags);
	}
	if (strcmp(attempt, "read-passwd") == 0)
		return open_file(AT_FDCWD, "/etc/passwd", O_RDONLY);
	if (strcmp(attempt, "remove-database") == 0)
		return syscall(SYS_unlinkat, AT_FDCWD, in(place, "database/file"), 0);
	if (strcmp(attempt, "remove-else") == 0)
		return syscall(SYS_unlinkat, AT_FDCWD, in(place, "else/file"), 0);
	if (strcmp(attempt, "rename-database") == 0)
		return syscall(SYS_renameat, AT_FDCWD, in(place, "database/file"), AT_FDCWD,
		               in(place, "database/renamed"));
	if (strcmp(attempt, "rename-files") == 0)
		return syscall(SYS_renameat, files, "old", files, "new");
	if (strcmp(attempt, "remove-files") == 0)
		return syscall(SYS_unlinkat, files, "old", 0);
	if (strcmp(attempt, "link-files") == 0)
		return syscall(SYS_linkat, files, "old", files, "link", 0);
	if (strcmp(attempt, "symlink-files") == 0)
		return syscall(SYS_symlinkat, "old", files, "link");
	if (strcmp(attempt, "mkdir-files") == 0)
		return syscall(SYS_mkdirat, files, "directory", 0700);
	if (strcmp(attempt, "chmod-files") == 0)
		return syscall(SYS_fchmod, STDIN_FILENO, 0666) < 0 && errno == ENOSYS ? -1 : 0;
	return -2;
}

/* As attempt_file(). */
static long
attempt_process(const char *attempt)
{
	static char program[] = "/bin/true";
	char *words[] = { program, NULL };
	const struct timespec nothing = { 0 };
	int ends[2];
	long child;

	if (strcmp(attempt, "socket") == 0)
		return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	if (strcmp(attempt, "socketpair") == 0)
		return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, ends);
	if (strcmp(attempt, "exec") == 0)
		return syscall(SYS_execve, words[0], words, words + 1);
	if (strcmp(attempt, "fork") == 0) {
		child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (child == 0)
			_exit(0);
		return child;
	}
	if (strcmp(attempt, "clone3") == 0)
		return syscall(SYS_clone3, NULL, 0) < 0 && errno == ENOSYS ? -1 : 0;
	if (strcmp(attempt, "kill") == 0)
		return syscall(SYS_kill, getpid(), 0);
	if (strcmp(attempt, "ptrace") == 0)
		return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	if (strcmp(attempt, "setuid") == 0)
		return syscall(SYS_setuid, getuid());
	if (strcmp(attempt, "prctl") == 0)
		return syscall(SYS_prctl, PR_SET_NAME, "x", 0, 0, 0);
	if (strcmp(attempt, "sleep") == 0)
		return syscall(SYS_nanosleep, &nothing, NULL);
	if (strcmp(attempt, "lock") == 0)
		return syscall(SYS_fcntl, STDIN_FILENO, F_GETFD, 0);
	if (strcmp(attempt, "chdir") == 0)
		return syscall(SYS_chdir, "/");
	return -2;
}

/* As attempt_file(). */
static long
attempt_memory(const char *attempt)
{
	char entries[4096];
	int number;

	if (strcmp(attempt, "map-memory") == 0)
		return syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (strcmp(attempt, "map-executable") == 0)
		return syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC,
		               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (strcmp(attempt, "make-executable") == 0)
		return syscall(SYS_mprotect, (uintptr_t)entries & ~(uintptr_t)4095, 4096,
		               PROT_READ | PROT_WRITE | PROT_EXEC);
	if (strcmp(attempt, "memfd") == 0)
		return syscall(SYS_memfd_create, "x", 0);
	if (strcmp(attempt, "getdents") == 0)
		return syscall(SYS_getdents64, open("/", O_RDONLY | O_DIRECTORY), entries,
		               sizeof entries) < 0 &&
		                       errno == ENOSYS
		               ? -1
		               : 0;
	if (strcmp(attempt, "ioctl") == 0)
		return syscall(SYS_ioctl, STDIN_FILENO, FIONREAD, &number) < 0 && errno == ENOSYS
		               ? -1
		               : 0;
	if (strcmp(attempt, "setowner") == 0)
		return syscall(SYS_fcntl, STDIN_FILENO, F_SETOWN, 1) < 0 &&
		                       (errno == ENOSYS || errno == EACCES)
		               ? -1
		               : 0;
#ifdef __x86_64__
	if (strcmp(attempt, "other-abi") == 0) {
		/* getpid(2) of i386 */
		__asm__ volatile("int $0x80" : "=a"(number) : "a"(20) : "memory");
		return 0;
	}
#endif
	return -2;
}

int
main(int argc, char **argv)
{
	struct problem problem = { "" };
	int files, database;
	long result;

	if (argc == 2 && strcmp(argv[1], "landlock") == 0)
		return sys_landlock_abi() < 1;
	if (argc != 4)
		return 255;
	files = open(in(argv[2], "files"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	database = open(in(argv[2], "database"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (files < 0 || database < 0)
		return 255;
	if (strcmp(argv[1], "free") != 0 &&
	    !confine(files, strcmp(argv[1], "confined") == 0 ? database : -1, &problem)) {
		problem_say("%s", problem.text);
		return 254;
	}
	errno = 0;
	result = attempt_file(argv[2], files, argv[3]);
	if (result == -2)
		result = attempt_process(argv[3]);
	if (result == -2)
		result = attempt_memory(argv[3]);
	if (result == -2)
		return 253;
	_exit(result == -1 ? errno : 0);
}
