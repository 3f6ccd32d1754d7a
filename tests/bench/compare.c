/* Times programs side by side: A B C A B C ..., medians and ratios to the first. */
/*
 *	compare ROUNDS NAME INPUT PROGRAM [ARGUMENT] -- NAME INPUT PROGRAM ...
 *
 * Each program is started with INPUT as standard input and waited for, ROUNDS times in turn. Prints
 *a line per program: its name, the median, first and third quartile in milliseconds, and the median
 * of the ratios to the first program's time in the same round.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define PROGRAMS_MAX 16

struct program {
	const char *name;
	const char *input;
	char **argv;
	double *times; /* milliseconds, by round */
};

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double
run(const struct program *program)
{
	posix_spawn_file_actions_t actions;
	const char *file = program->argv[0];
	double start;
	pid_t pid;
	int status;

	if (!file)
		errx(2, "%s: no program given", program->name);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, program->input, O_RDONLY, 0);
	start = now();
	if (posix_spawn(&pid, file, &actions, NULL, program->argv, environ) != 0)
		errx(1, "cannot start %s", file);
	if (waitpid(pid, &status, 0) < 0)
		err(1, "waitpid");
	start = now() - start;
	posix_spawn_file_actions_destroy(&actions);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s failed", program->name);
	return start;
}

static int
compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* Sorts the values. */
static double
quantile(double *values, size_t count, double fraction)
{
	qsort(values, count, sizeof *values, compare_doubles);
	return values[(size_t)((double)(count - 1) * fraction + 0.5)];
}

static size_t
parse(char **argv, struct program *programs, size_t rounds)
{
	size_t count = 0;

	while (*argv) {
		struct program *program = &programs[count++];

		if (count > PROGRAMS_MAX || !argv[1] || !argv[2])
			errx(2, "usage: compare ROUNDS NAME INPUT PROGRAM [ARGUMENT]... [-- ...]");
		program->name = argv[0];
		program->input = argv[1];
		program->argv = argv + 2;
		program->times = calloc(rounds, sizeof(double));
		if (!program->times)
			err(1, "calloc");
		for (argv += 2; *argv && strcmp(*argv, "--") != 0; argv++)
			;
		if (*argv)
			*argv++ = NULL;
	}
	return count;
}

int
main(int argc, char **argv)
{
	struct program programs[PROGRAMS_MAX] = { 0 };
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	double *ratios = calloc(rounds + 1, sizeof *ratios);
	size_t count;

	if (rounds == 0 || !ratios)
		errx(2, "usage: compare ROUNDS NAME INPUT PROGRAM [ARGUMENT]... [-- ...]");
	count = parse(argv + 2, programs, rounds);
	for (size_t i = 0; i < count; i++)
		run(&programs[i]);
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < count; i++)
			programs[i].times[round] = run(&programs[i]);
	}
	/* Backwards: quantile sorts, and the first program's times are the others' measure. */
	for (size_t i = count; i-- > 0;) {
		double *times = programs[i].times;

		for (size_t round = 0; round < rounds; round++)
			ratios[round] = times[round] / programs[0].times[round];
		printf("%-12s median %8.3f ms  quartiles %8.3f %8.3f  ratio %6.2f\n",
		       programs[i].name, quantile(times, rounds, 0.5),
		       quantile(times, rounds, 0.25), quantile(times, rounds, 0.75),
		       quantile(ratios, rounds, 0.5));
	}
	free(ratios);
	return 0;
}
