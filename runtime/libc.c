/* What else the stub needs of a C library, so that it needs none: what a libc's start does, for
 * threads, constructors and its own output, is more than a tenth of a launcher. The declarations
 * are those of any libc; x86-64.S has what is a system call and no more. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's signal sets have a bit for each signal and no more. */
#define SIGNALS_SIZE sizeof(uint64_t)

/* The one variable of the stub that no stack holds. */
int libc_errno;

int *
__errno_location(void)
{
	return &libc_errno;
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	return (pid_t)syscall(SYS_wait4, pid, status, options, NULL);
}

int
sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, SIGNALS_SIZE);
}

int
sigpending(sigset_t *set)
{
	return (int)syscall(SYS_rt_sigpending, set, SIGNALS_SIZE);
}

int
sigismember(const sigset_t *set, int number)
{
	return (int)(*(const uint64_t *)set >> (number - 1) & 1);
}

int
__libc_current_sigrtmax(void)
{
	return 64;
}

size_t
strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

char *
strrchr(const char *text, int c)
{
	const char *last = NULL;

	do {
		if (*text == (char)c)
			last = text;
	} while (*text++);
	return (char *)(uintptr_t)last;
}

int
strncmp(const char *a, const char *b, size_t size)
{
	for (; size > 0 && *a && *a == *b; size--) {
		a++;
		b++;
	}
	return size > 0 ? (unsigned char)*a - (unsigned char)*b : 0;
}

int
strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int
memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *left = a, *right = b;

	while (size > 0 && *left == *right) {
		left++;
		right++;
		size--;
	}
	return size > 0 ? *left - *right : 0;
}

/* What Clang makes of memcmp(3) where only equality matters. */
int
bcmp(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size);
}
