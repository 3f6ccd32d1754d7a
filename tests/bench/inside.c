/* What programs do all day, in a loop: for comparing a box with the world outside. */
/*
 *	inside open|stat|exec PATH COUNT	prints the nanoseconds that one of them takes
 *	inside wait	says that it is there, and stays until its input ends
 *
 * `exec` is fork, execve of PATH and wait.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void
do_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	close(fd);
}

static void
do_stat(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		err(1, "%s", path);
}

static void
do_exec(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "%s cannot be run", path);
}

static const struct work {
	const char *name;
	void (*once)(const char *path);
} works[] = { { "open", do_open }, { "stat", do_stat }, { "exec", do_exec } };

static int64_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void
measure(const struct work *work, const char *path, long count)
{
	int64_t start;

	work->once(path);
	start = now();
	for (long i = 0; i < count; i++)
		work->once(path);
	printf("%.1f\n", (double)(now() - start) / (double)count);
}

static void
stay(void)
{
	char byte;

	if (write(1, "here\n", 5) != 5)
		err(1, "write");
	while (read(0, &byte, 1) > 0)
		;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "wait") == 0) {
		stay();
		return 0;
	}
	for (size_t i = 0; argc == 4 && i < sizeof works / sizeof *works; i++) {
		if (strcmp(argv[1], works[i].name) == 0) {
			measure(&works[i], argv[2], strtol(argv[3], NULL, 10));
			return 0;
		}
	}
	errx(2, "usage: inside open|stat|exec PATH COUNT, or inside wait");
}
