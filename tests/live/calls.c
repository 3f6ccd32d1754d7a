/* System calls by number, also as a 32-bit program makes them: how they end. */
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * calls [i386] make NUMBER [ARGUMENT...]
 *	Makes one; its errno is the exit status, 0 if it has none.
 * calls i386 socketcall CALL [ARGUMENT...]
 *	Makes one with the arguments of socketcall(2) in memory.
 * calls ring FAMILY
 *	Makes a socket by a queue of io_uring(7).
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

/* For a pointer of 32 bits. */
static int
make_socketcall(char **a)
{
#ifdef __x86_64__
	long arguments[ARGUMENTS] = { strtol(a[0], NULL, 0) };
	uint32_t *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	if (memory == MAP_FAILED)
		return errno;
	for (int i = 0; i < ARGUMENTS && a[i + 1]; i++)
		memory[i] = (uint32_t)strtoul(a[i + 1], NULL, 0);
	arguments[1] = (long)memory;
	result = make_i386(102, arguments);
	return result < 0 ? (int)-result : 0;
#else
	(void)a;
	return ENOTSUP;
#endif
}

/* IORING_OP_SOCKET (Linux 5.19); one entry each in the queues of requests and of results. */
static int
make_by_ring(int family)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);
	char *requests, *results;
	struct io_uring_sqe *request;
	struct io_uring_cqe *result;

	if (fd < 0)
		return errno;
	requests = mmap(NULL, params.sq_off.array + sizeof(uint32_t), PROT_READ | PROT_WRITE,
	                MAP_SHARED, fd, IORING_OFF_SQ_RING);
	results = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof *result,
	               PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	request = mmap(NULL, sizeof *request, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	               IORING_OFF_SQES);
	if (requests == MAP_FAILED || results == MAP_FAILED || (void *)request == MAP_FAILED)
		return errno;
	*request = (struct io_uring_sqe){ .opcode = 45, .fd = family, .off = SOCK_STREAM };
	*(uint32_t *)(requests + params.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(requests + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	result = (struct io_uring_cqe *)(results + params.cq_off.cqes);
	return result->res < 0 ? -result->res : 0;
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
	if (a[0] && a[1] && strcmp(a[0], "socketcall") == 0 && make == make_i386)
		return make_socketcall(a + 1);
	if (a[0] && a[1] && strcmp(a[0], "ring") == 0)
		return make_by_ring(atoi(a[1]));
	fprintf(stderr, "calls: wrong use\n");
	return WRONG_USE;
}
