/* What programs do all day, in a loop: for comparing a box with the world outside. */
/*
 *	inside [filtered] open|stat|exec PATH COUNT	prints the nanoseconds that one takes
 *	inside wait	says that it is there, and stays until its input ends
 *
 * What is printed is the median of up to 20 equal parts of the loop, so that one in which it was
 * interrupted does not count. `exec` is fork, execve of PATH and wait. With `filtered` it loads a
 * system call filter first, of one instruction, which allows all: what any filter costs.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define PARTS_MAX 20

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

static int
compare(const void *a, const void *b)
{
	int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;

	return (first > second) - (first < second);
}

static void
measure(const struct work *work, const char *path, long count)
{
	long parts = count < PARTS_MAX ? count : PARTS_MAX, each = count / parts;
	int64_t times[PARTS_MAX] = { 0 };
	int64_t median;

	work->once(path);
	for (long part = 0; part < parts; part++) {
		int64_t start = now();

		for (long i = 0; i < each; i++)
			work->once(path);
		times[part] = now() - start;
	}
	qsort(times, (size_t)parts, sizeof *times, compare);
	median = times[parts / 2];
	printf("%.1f\n", (double)median / (double)each);
}

static void
load_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		err(1, "cannot load a filter");
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
	if (argc > 1 && strcmp(argv[1], "filtered") == 0) {
		load_filter();
		argv++;
		argc--;
	}
	for (size_t i = 0; argc == 4 && i < sizeof works / sizeof *works; i++) {
		if (strcmp(argv[1], works[i].name) == 0) {
			long count = strtol(argv[3], NULL, 10);

			if (count < 1)
				errx(2, "nothing to repeat");
			measure(&works[i], argv[2], count);
			return 0;
		}
	}
	errx(2, "usage: inside [filtered] open|stat|exec PATH COUNT, or inside wait");
}
