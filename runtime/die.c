/* Ends a process with the one line that says which step failed, how, and what to do about it. */
#include "runtime.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

/* What usually helps: the first row whose step (STEP_KINDS: any) and errno (0: none) fit; "" is the
 * same as in the next row. */
#define HINTS(HINT) \
	HINT(STEP_MEANWHILE, ENOSPC, "") \
	HINT(STEP_NAMESPACES, ENOSPC, \
	     "a limit in /proc/sys/user is reached, or namespaces nest too deep") \
	HINT(STEP_NAMESPACES, EPERM, "forbidden in a chroot, or by a container's filter") \
	HINT(STEP_NAMESPACES, EACCES, "a security module forbids user namespaces") \
	HINT(STEP_NAMESPACES, ENOENT, "/proc must be mounted where a launcher is started") \
	HINT(STEP_MEANWHILE, EINVAL, "") \
	HINT(STEP_NAMESPACES, EINVAL, "this kernel was built without one of the namespaces") \
	HINT(STEP_NAMESPACES, ENOSYS, \
	     "refused by a container's filter, or Linux is older than 5.14") \
	HINT(STEP_NO_NESTED, EROFS, "/proc/sys is read-only") \
	HINT(STEP_CLOSURE, ENOENT, "") \
	HINT(STEP_LINKS, ENOENT, "") \
	HINT(STEP_OVERLAY, ENOENT, "") \
	HINT(STEP_BIND, ENOENT, "create it, or make the grant \"optional\": true") \
	HINT(STEP_LOOK_UP, 0, \
	     "write its closure ahead with 'closurebox closure', or start nix-daemon") \
	HINT(STEP_ALLOW_FOUND, ENOENT, "") \
	HINT(STEP_FOUND_OBJECTS, ENOENT, "the store has lost it, or a closure file is wrong") \
	HINT(STEP_OBJECT, ENOENT, "the store has lost it; build or fetch it again") \
	HINT(STEP_FOUND_OBJECTS, EINVAL, "") \
	HINT(STEP_OBJECT, EINVAL, "something is mounted inside it") \
	HINT(STEP_PROC, EPERM, "this /proc is partly covered, as in a container") \
	HINT(STEP_TMPFS, EINVAL, "what is there is not a directory") \
	HINT(STEP_BIND, EINVAL, "one is a file, the other a directory") \
	HINT(STEP_BIND, EACCES, "the path must be readable by the user who starts the launcher") \
	HINT(STEP_OVERLAY, EINVAL, "the file system of the changes does not serve an overlay") \
	HINT(STEP_OVERLAY, ENODEV, "this kernel has no overlayfs") \
	HINT(STEP_MASK, ENOENT, "") \
	HINT(STEP_PROTECT, ENOENT, "say \"optional\": true, or \"create\" what is to be there") \
	HINT(STEP_SCOPE, ENOSYS, "") \
	HINT(STEP_SCOPE, E2BIG, "") \
	HINT(STEP_RULES, E2BIG, "") \
	HINT(STEP_RULES, ENOSYS, "needs Landlock of Linux 5.13, or of 6.12 to block a network") \
	HINT(STEP_SCOPE, EOPNOTSUPP, "") \
	HINT(STEP_RULES, EOPNOTSUPP, "Landlock is off; the kernel's parameter lsm= must name it") \
	HINT(STEP_KINDS, EMFILE, "raise ulimit -n") \
	HINT(STEP_KINDS, ENOSPC, "out of memory for the tmpfs, or fs.mount-max is reached") \
	HINT(STEP_KINDS, ENOSYS, "needs Linux 5.14 or later")

/*
 * What strerror(3) would say, of the errors that a launch can meet: the libc's own table, of all,
 * would be a twentieth of a launcher.
 */
#define ERRORS(ERROR) \
	ERROR(EPERM, "Operation not permitted") \
	ERROR(ENOENT, "No such file or directory") \
	ERROR(EIO, "I/O error") \
	ERROR(E2BIG, "Argument list too long") \
	ERROR(ENOEXEC, "Exec format error") \
	ERROR(EAGAIN, "Resource temporarily unavailable") \
	ERROR(ENOMEM, "Out of memory") \
	ERROR(EACCES, "Permission denied") \
	ERROR(EBUSY, "Resource busy") \
	ERROR(EEXIST, "File exists") \
	ERROR(ENODEV, "No such device") \
	ERROR(ENOTDIR, "Not a directory") \
	ERROR(EINVAL, "Invalid argument") \
	ERROR(EMFILE, "Too many open files") \
	ERROR(ETXTBSY, "Text file busy") \
	ERROR(ENOSPC, "No space left on device") \
	ERROR(EROFS, "Read-only file system") \
	ERROR(ENAMETOOLONG, "File name too long") \
	ERROR(ENOSYS, "Function not implemented") \
	ERROR(ELOOP, "Too many levels of symbolic links") \
	ERROR(EOPNOTSUPP, "Operation not supported") \
	ERROR(ESTALE, "Stale file handle") \
	ERROR(ENFILE, "Too many open files in system") \
	ERROR(EDQUOT, "Disk quota exceeded")

/* The string with this index, of some one after the other: so they need no pointers. */
static const char *
text_at(const char *texts, size_t index)
{
	while (index-- > 0)
		texts += strlen(texts) + 1;
	return texts;
}

const char *
die_text(int error)
{
#define ERROR(number, text) number,
	static const uint8_t numbers[] = { ERRORS(ERROR) };
#undef ERROR
	/* The last for all others. */
#define ERROR(number, text) text "\0"
	static const char texts[] = ERRORS(ERROR) "Unknown error";
#undef ERROR
	size_t i = 0;

	while (i < sizeof numbers / sizeof numbers[0] && numbers[i] != error)
		i++;
	return text_at(texts, i);
}

static const char *
find_hint(const struct launch *launch, int error)
{
#define HINT(step, error, text) { step, error },
	static const struct {
		uint8_t step;
		uint8_t error;
	} keys[] = { HINTS(HINT) };
#undef HINT
#define HINT(step, error, text) text "\0"
	static const char texts[] = HINTS(HINT);
#undef HINT
	enum step_kind step = launch->step ? launch->step->kind : STEP_KINDS;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *text = text_at(texts, i);

		if (keys[i].error == error &&
		    (keys[i].step == step || keys[i].step == STEP_KINDS)) {
			while (*text == '\0')
				text++;
			return text;
		}
	}
	return NULL;
}

/* A line being put together; what does not fit is cut. */
struct line {
	char text[1024];
	size_t length;
};

/* In UTF-8: a control character from U+0080 on, or one of general punctuation, some of which turn
 * the direction of the text. */
static bool
begins_control(const char *text)
{
	unsigned char next = (unsigned char)text[1];

	return (*text == '\xc2' && next < 0xa0) || (*text == '\xe2' && next >> 1 == 0x80 >> 1);
}

static void
add(struct line *line, const char *text)
{
	static const char hex[] = "0123456789abcdef";

	/* Room for one escape and the end of the line. */
	for (; *text && line->length < sizeof line->text - 5; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c != 0x7f && !begins_control(text)) {
			line->text[line->length++] = (char)c;
			continue;
		}
		line->text[line->length++] = '\\';
		line->text[line->length++] = 'x';
		line->text[line->length++] = hex[c >> 4];
		line->text[line->length++] = hex[c & 15];
	}
}

static void
add_after(struct line *line, const char *separator, const char *text)
{
	if (!text)
		return;
	add(line, separator);
	add(line, text);
}

static const char *
step_name(enum step_kind kind)
{
#define STEP(kind, name, phase, flags, a, b, c, function) name "\0"
	static const char names[] =
#include "steps.h"
		;
#undef STEP

	return text_at(names, kind);
}

/* In init and the program's process, while the root is built: if that fails too, who builds it says
 * why. */
static void
leave_it_to_others(const struct launch *launch)
{
	char byte;
	int status;

	if (launch->builder && waitpid(launch->builder, &status, __WALL) > 0 && status != 0 &&
	    WIFEXITED(status))
		_exit(STATUS_SETUP);
	if (launch->init >= 0 && read(launch->init, &byte, 1) == 0)
		_exit(STATUS_SETUP);
}

static void
begin(struct line *line, const struct launch *launch, const char *operand)
{
	leave_it_to_others(launch);
	line->length = 0;
	add(line, "closurebox: ");
	if (launch->descriptor) {
		add(line, descriptor_string(launch->descriptor, launch->descriptor->name));
		add(line, ": ");
	}
	if (launch->step) {
		add(line, step_name(launch->step->kind));
		add_after(line, " ", operand);
		add(line, ": ");
	} else if (operand) {
		add(line, operand);
		add(line, ": ");
	}
}

/* One write, so that lines of several launchers do not mix. */
static void
put(struct line *line)
{
	line->text[line->length++] = '\n';
	if (write(STDERR_FILENO, line->text, line->length) < 0)
		return;
}

static noreturn void
finish(struct line *line, int status)
{
	put(line);
	_exit(status);
}

noreturn void
die_errno(const struct launch *launch, const char *call, const char *operand)
{
	const char *forbidden = NULL;
	int error = errno;
	struct line line;

	begin(&line, launch, operand);
	add(&line, call);
	add_after(&line, ": ", die_text(error));
	if (launch->step && launch->step->kind == STEP_NAMESPACES)
		forbidden = ns_forbidden_by();
	if (forbidden)
		add_after(&line, "; user namespaces are off here; as root: echo ", forbidden);
	else
		add_after(&line, "; ", find_hint(launch, error));
	finish(&line, STATUS_SETUP);
}

noreturn void
die_because(const struct launch *launch, const char *operand, const char *reason)
{
	struct line line;

	begin(&line, launch, operand);
	add(&line, reason);
	add_after(&line, "; ", find_hint(launch, 0));
	finish(&line, STATUS_SETUP);
}

void
die_verbose(const struct launch *launch, const char *operand, const char *text)
{
	struct line line;

	if (!template_variable(launch, "CLOSUREBOX_VERBOSE"))
		return;
	begin(&line, launch, operand);
	add(&line, text);
	put(&line);
}

noreturn void
die_unset(const struct launch *launch, const char *operand, const char *variable)
{
	struct line line;

	begin(&line, launch, operand);
	add(&line, "needs $");
	add(&line, variable);
	add(&line, ", which is not set and for which the policy has no default");
	finish(&line, STATUS_SETUP);
}

noreturn void
die_program(const struct launch *launch, int status, const char *program, const char *reason)
{
	struct line line;

	begin(&line, launch, program);
	add(&line, reason);
	finish(&line, status);
}
