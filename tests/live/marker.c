/* A library that shows when it is loaded: it makes the file that $MARKER names. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* What the dynamic linker asks an auditing library (rtld-audit(7)). */
unsigned
la_version(unsigned version);

unsigned
la_version(unsigned version)
{
	return version;
}

static void __attribute__((constructor))
leave_marker(void)
{
	const char *path = getenv("MARKER");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;

	if (fd >= 0)
		close(fd);
}
