/* Times programs side by side, A B C A B C ..., and prints every single run. */
/*
 *	compare [-r ROUNDS] [-n LAUNCHES] [-j JOBS] [-b SECONDS] [-m ROUNDS] [-s] [-w]
 *		CONTENDER [-- CONTENDER]...
 *
 * A contender is NAME [DESCRIPTOR<FILE]... PROGRAM [ARGUMENT]...; descriptor 0 is /dev/null unless
 * a file is named for it. A run starts it LAUNCHES times (1), JOBS at a time (1), and waits for all
 * of them. Each contender has one run that does not count, then one in each of ROUNDS rounds (20);
 * one that would need more than SECONDS (20) for all of them takes part in each second, fourth,
 * eighth ... round, until that is enough or it would be in less than the ROUNDS of -m (3). So of
 * any two contenders one is in all rounds of the other, and can be compared with it there.
 *
 * With -s it rests after each run for as long as that took, a twentieth to a tenth of a second:
 *what a contender leaves to be done in the background is not charged to its neighbour. With -w the
 *first contender runs before each run, uncounted: a rest or a neighbour's work leaves the caches
 *cold, now they are the same for all, and warm for what the start of any program needs.
 *
 * Lines of output, with tabs between the fields:
 *
 *	run ROUND NAME WALL CPU PEAK START END SAID
 *	failed NAME REASON
 *
 * WALL, START and END are nanoseconds of CLOCK_MONOTONIC, CPU nanoseconds of the program and of all
 * that it has waited for, PEAK the most memory that one of these had, in KiB; SAID is the first
 * line of standard output. Who fails is left out from then on; REASON is what it said of it. What
 * is made of this is medians.py's affair.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

#define CONTENDERS_MAX 64
#define FILES_MAX 4
#define FD_MAX 99
#define JOBS_MAX 256
#define REST_MIN 50000000 /* ns; the kernel takes apart a network namespace in less */
#define REST_MAX 100000000

struct input {
	int fd;
	const char *file;
};

struct contender {
	const char *name;
	struct input inputs[FILES_MAX];
	size_t inputs_count;
	const char *program;
	char **argv;
	size_t step; /* it takes part in each round that this divides; 0: it has failed */
};

struct options {
	size_t rounds;
	size_t launches;
	size_t jobs;
	double seconds;
	size_t rounds_min;
	bool settle;
	bool warm;
};

/* Where the programs' output goes: files in memory, which never make a program wait. */
struct output {
	int said;
	int errors;
};

struct run {
	int64_t start, end; /* ns */
	int64_t cpu; /* ns */
	long peak; /* KiB */
	int status; /* of the last that failed, as waitpid says it */
};

static int64_t
nanoseconds(struct timeval time)
{
	return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

static void
make_empty(int fd)
{
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		err(1, "cannot empty a memory file");
}

/* The first line of a file, in which nothing ends a field. */
static void
first_line(int fd, char *ret_line, size_t size)
{
	ssize_t length = pread(fd, ret_line, size - 1, 0);

	ret_line[length < 0 ? 0 : length] = '\0';
	ret_line[strcspn(ret_line, "\n")] = '\0';
	for (char *at = ret_line; *at; at++) {
		if (*at == '\t')
			*at = ' ';
	}
}

static void
wait_for_one(struct run *run)
{
	struct rusage usage;
	int status;

	if (wait4(-1, &status, 0, &usage) < 0)
		err(1, "wait4");
	run->cpu += nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
	if (usage.ru_maxrss > run->peak)
		run->peak = usage.ru_maxrss;
	if (status != 0)
		run->status = status;
}

/* What one run takes. That a program cannot be started is a run with the status 127. */
static struct run
time_run(const struct contender *contender, const struct options *options, struct output output)
{
	posix_spawn_file_actions_t actions;
	struct run run = { 0 };
	size_t running = 0;

	make_empty(output.said);
	make_empty(output.errors);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	for (size_t i = 0; i < contender->inputs_count; i++)
		posix_spawn_file_actions_addopen(&actions, contender->inputs[i].fd,
		                                 contender->inputs[i].file, O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output.said, 1);
	posix_spawn_file_actions_adddup2(&actions, output.errors, 2);
	run.start = now();
	for (size_t i = 0; i < options->launches; i++) {
		pid_t pid;

		if (running == options->jobs) {
			wait_for_one(&run);
			running--;
		}
		if (posix_spawn(&pid, contender->program, &actions, NULL, contender->argv,
		                environ) != 0) {
			dprintf(output.errors, "cannot start %s\n", contender->program);
			run.status = 127 << 8;
			break;
		}
		running++;
	}
	while (running-- > 0)
		wait_for_one(&run);
	run.end = now();
	posix_spawn_file_actions_destroy(&actions);
	return run;
}

/* True if all went well; else says why not and lets the contender go. */
static bool
succeeded(struct contender *contender, const struct run *run, struct output output)
{
	char line[1024];

	if (run->status == 0)
		return true;
	first_line(output.errors, line, sizeof line);
	if (!*line)
		first_line(output.said, line, sizeof line);
	if (!*line && WIFSIGNALED(run->status))
		snprintf(line, sizeof line, "killed by signal %d", WTERMSIG(run->status));
	else if (!*line)
		snprintf(line, sizeof line, "exit status %d", WEXITSTATUS(run->status));
	printf("failed\t%s\t%s\n", contender->name, line);
	contender->step = 0;
	return false;
}

/* In how many rounds one is that takes part in each STEP-th. */
static size_t
count_rounds(size_t rounds, size_t step)
{
	return (rounds + step - 1) / step;
}

static void
warm_up(struct contender *contender, const struct options *options, struct output output)
{
	struct run run = time_run(contender, options, output);
	double seconds = (double)(run.end - run.start) / 1e9;

	if (!succeeded(contender, &run, output))
		return;
	contender->step = 1;
	while ((double)count_rounds(options->rounds, contender->step) * seconds >
	               options->seconds &&
	       count_rounds(options->rounds, contender->step * 2) >= options->rounds_min &&
	       contender->step < options->rounds)
		contender->step *= 2;
}

static void
rest(int64_t time)
{
	if (time < REST_MIN)
		time = REST_MIN;
	if (time > REST_MAX)
		time = REST_MAX;
	nanosleep(&(struct timespec){ .tv_nsec = time }, NULL);
}

static void
take_turn(struct contender *contender, const struct contender *first, size_t round,
          const struct options *options, struct output output)
{
	char said[1024];
	struct run run;

	if (options->warm && first->step > 0)
		time_run(first, options, output);
	run = time_run(contender, options, output);
	if (options->settle)
		rest(run.end - run.start);
	if (!succeeded(contender, &run, output))
		return;
	first_line(output.said, said, sizeof said);
	printf("run\t%zu\t%s\t%lld\t%lld\t%ld\t%lld\t%lld\t%s\n", round, contender->name,
	       (long long)(run.end - run.start), (long long)run.cpu, run.peak, (long long)run.start,
	       (long long)run.end, said);
}

/* Those arguments that are DESCRIPTOR<FILE; returns the first that is not. */
static char **
parse_inputs(struct contender *contender, char **argv)
{
	for (; *argv; argv++) {
		char *end;
		unsigned long fd = strtoul(*argv, &end, 10);

		if (end == *argv || *end != '<')
			break;
		if (contender->inputs_count == FILES_MAX || fd > FD_MAX)
			errx(2, "%s: too many files, or too high a number", contender->name);
		contender->inputs[contender->inputs_count++] =
			(struct input){ .fd = (int)fd, .file = end + 1 };
	}
	return argv;
}

static size_t
parse_contenders(char **argv, struct contender *contenders)
{
	size_t count = 0;

	while (*argv) {
		struct contender *contender = &contenders[count++];

		if (count > CONTENDERS_MAX)
			errx(2, "more than %d contenders", CONTENDERS_MAX);
		contender->name = *argv++;
		argv = parse_inputs(contender, argv);
		contender->argv = argv;
		if (!*argv || strcmp(*argv, "--") == 0)
			errx(2, "%s: no program given", contender->name);
		contender->program = *argv;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return count;
}

static void
usage(void)
{
	errx(2,
	     "usage: compare [-r ROUNDS] [-n LAUNCHES] [-j JOBS] [-b SECONDS] [-m ROUNDS] [-s] [-w]"
	     " NAME [DESCRIPTOR<FILE]... PROGRAM [ARGUMENT]... [-- ...]");
}

int
main(int argc, char **argv)
{
	struct options options = {
		.rounds = 20, .launches = 1, .jobs = 1, .seconds = 20, .rounds_min = 3
	};
	struct contender contenders[CONTENDERS_MAX] = { 0 };
	struct output output = { .said = memfd_create("said", MFD_CLOEXEC),
		                 .errors = memfd_create("errors", MFD_CLOEXEC) };
	size_t count;
	int option;

	while ((option = getopt(argc, argv, "+r:n:j:b:m:sw")) != -1) {
		switch (option) {
		case 'r':
			options.rounds = strtoul(optarg, NULL, 10);
			break;
		case 'n':
			options.launches = strtoul(optarg, NULL, 10);
			break;
		case 'j':
			options.jobs = strtoul(optarg, NULL, 10);
			break;
		case 'b':
			options.seconds = strtod(optarg, NULL);
			break;
		case 'm':
			options.rounds_min = strtoul(optarg, NULL, 10);
			break;
		case 's':
			options.settle = true;
			break;
		case 'w':
			options.warm = true;
			break;
		default:
			usage();
		}
	}
	if (options.rounds == 0 || options.launches == 0 || options.jobs == 0 ||
	    options.jobs > JOBS_MAX || options.rounds_min == 0 || !argv[optind])
		usage();
	/* Not the descriptors that contenders have files at. */
	output.said = fcntl(output.said, F_DUPFD_CLOEXEC, FD_MAX + 1);
	output.errors = fcntl(output.errors, F_DUPFD_CLOEXEC, FD_MAX + 1);
	if (output.said < 0 || output.errors < 0)
		err(1, "memfd_create");
	count = parse_contenders(argv + optind, contenders);
	for (size_t i = 0; i < count; i++)
		warm_up(&contenders[i], &options, output);
	for (size_t round = 0; round < options.rounds; round++) {
		for (size_t i = 0; i < count; i++) {
			if (contenders[i].step > 0 && round % contenders[i].step == 0)
				take_turn(&contenders[i], contenders, round, &options, output);
		}
	}
	return 0;
}
