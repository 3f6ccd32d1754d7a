/* The program that does nothing, for which nothing is charged. */
/*
 *	noop [ANYTHING]
 *
 * With an argument it says when it ran: the nanoseconds of CLOCK_MONOTONIC, which is the same in
 * every box, at its first instruction and at its last. The system call itself, because the C
 * library would look for the faster way first.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t
now(void)
{
	struct timespec time;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int
main(int argc, char **argv)
{
	int64_t first = now();
	char text[64];
	int length;

	(void)argv;
	if (argc < 2)
		return 0;
	length = snprintf(text, sizeof text, "%lld ", (long long)first);
	length += snprintf(text + length, sizeof text - (size_t)length, "%lld\n", (long long)now());
	return write(1, text, (size_t)length) != length;
}
