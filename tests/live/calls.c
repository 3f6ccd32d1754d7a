/* System calls by number, also as a 32-bit program makes them: how they end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * calls [i386] make NUMBER [ARGUMENT...]
 *	Makes one; its errno is the exit status, 0 if it has none.
 * calls [i386] end ERRNO NUMBER|FIRST-LAST...
 *	Makes each with arguments that make no sense, names those that end otherwise, and exits with
 *	1 if there are any.
 */

#define WRONG_USE 255
#define ARGUMENTS 6

static long
make_native(long number, const long arguments[ARGUMENTS])
{
	long result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
	                      arguments[4], arguments[5]);

	return result == -1 ? -errno : result;
}

/* With three arguments at most. */
static long
make_i386(long number, const long arguments[ARGUMENTS])
{
#ifdef __x86_64__
	long result = number;

	/* The kernel may clear these registers on its way back (entry_64_compat.S). */
	__asm__ volatile("int $0x80"
	                 : "+a"(result)
	                 : "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]), "S"(0L), "D"(0L)
	                 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
#else
	(void)number, (void)arguments;
	return -ENOTSUP;
#endif
}

static int
make_one(long (*make)(long number, const long arguments[ARGUMENTS]), char **a)
{
	long arguments[ARGUMENTS] = { 0 };
	long result;

	for (int i = 0; i < ARGUMENTS && a[i + 1]; i++)
		arguments[i] = (long)strtoul(a[i + 1], NULL, 0);
	result = make(strtol(a[0], NULL, 0), arguments);
	if (result < 0)
		return (int)-result;
	printf("%ld\n", result);
	return 0;
}

static int
make_all(long (*make)(long number, const long arguments[ARGUMENTS]), char **a)
{
	static const long nonsense[ARGUMENTS] = { -1, -1, -1, -1, -1, -1 };
	long wanted = strtol(a[0], NULL, 10);
	int others = 0;

	for (int i = 1; a[i]; i++) {
		char *end;
		long first = strtol(a[i], &end, 0);
		long last = *end == '-' ? strtol(end + 1, NULL, 0) : first;

		for (long number = first; number <= last; number++) {
			long result = make(number, nonsense);

			if (result == -wanted)
				continue;
			printf("%ld: %ld\n", number, result);
			others++;
		}
	}
	return others > 0;
}

int
main(int argc, char **argv)
{
	long (*make)(long number, const long arguments[ARGUMENTS]) = make_native;
	char **a = argv + 1;

	if (argc > 1 && strcmp(argv[1], "i386") == 0) {
		make = make_i386;
		a++;
	}
	if (a[0] && a[1] && strcmp(a[0], "make") == 0)
		return make_one(make, a + 1);
	if (a[0] && a[1] && strcmp(a[0], "end") == 0)
		return make_all(make, a + 1);
	fprintf(stderr, "calls: wrong use\n");
	return WRONG_USE;
}
