/* Runs a command on a terminal of its own and talks to it as a user would: types, waits, reads. */
/*
 * usage: terminal COMMAND [ARGUMENT]... <SCRIPT
 *
 * A line of the script is one of
 *
 *	type TEXT      types it; \r is Enter, \n a line feed, \ooo an octal byte
 *	expect TEXT    waits until it appears after what was expected last
 *	never TEXT     fails if it has appeared since then
 *	resize R C     changes the window's size
 *	pause SECONDS  does nothing
 *
 * and empty lines and lines that start with '#' count for nothing, nor do tabs at the start. The
 * end of the script waits for the end of the command. What fails or takes too long is said with all
 * that the terminal has shown, and the exit status is 1; else it is the command's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 15 /* seconds that a wait may take */

struct session {
	int terminal; /* the controlling side */
	pid_t command;
	char shown[1 << 20];
	size_t length;
	size_t seen; /* up to here it was expected */
	int line; /* of the script */
};

static _Noreturn void
give_up(const struct session *session, const char *what, const char *text)
{
	fprintf(stderr, "terminal: line %d: %s '%s'; it showed:\n", session->line, what, text);
	fwrite(session->shown, 1, session->length, stderr);
	fputs("\n", stderr);
	/* The hangup ends the session; the shell ends its jobs. */
	kill(session->command, SIGHUP);
	close(session->terminal);
	exit(1);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Reads what there is, or waits for it until the deadline; false at the end of the terminal. */
static bool
look(struct session *session, double deadline)
{
	struct pollfd ready = { .fd = session->terminal, .events = POLLIN };
	double left = deadline - now();
	ssize_t length;

	if (poll(&ready, 1, left > 0 ? (int)(left * 1000) + 1 : 0) <= 0)
		return true;
	if (session->length == sizeof session->shown - 1)
		give_up(session, "too much output for", "the buffer");
	length = read(session->terminal, session->shown + session->length,
	              sizeof session->shown - 1 - session->length);
	/* EIO: no process has the terminal open any more. */
	if (length <= 0)
		return length < 0 && errno == EINTR;
	session->length += (size_t)length;
	session->shown[session->length] = '\0';
	return true;
}

static void
expect(struct session *session, const char *text)
{
	double deadline = now() + PATIENCE;

	for (;;) {
		char *found = strstr(session->shown + session->seen, text);

		if (found) {
			session->seen = (size_t)(found - session->shown) + strlen(text);
			return;
		}
		if (now() >= deadline)
			give_up(session, "waited in vain for", text);
		if (!look(session, deadline))
			give_up(session, "the terminal ended before", text);
	}
}

static void
type(struct session *session, char *text)
{
	char *to = text;

	for (char *from = text; *from;) {
		if (*from != '\\') {
			*to++ = *from++;
		} else if (from[1] == 'r' || from[1] == 'n') {
			*to++ = from[1] == 'r' ? '\r' : '\n';
			from += 2;
		} else {
			*to++ = (char)strtol((char[]){ from[1], from[2], from[3], 0 }, NULL, 8);
			from += 4;
		}
	}
	if (write(session->terminal, text, (size_t)(to - text)) != to - text)
		give_up(session, "cannot type", text);
}

static void
resize(struct session *session, const char *text)
{
	struct winsize size = { 0 };
	unsigned rows, columns;

	if (sscanf(text, "%u %u", &rows, &columns) != 2)
		give_up(session, "no size:", text);
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	if (ioctl(session->terminal, TIOCSWINSZ, &size) < 0)
		give_up(session, "cannot resize to", text);
}

/* Waits for the command's end and returns its status. */
static int
end(struct session *session)
{
	double deadline = now() + PATIENCE;
	int status;

	for (;;) {
		pid_t pid = waitpid(session->command, &status, WNOHANG);

		if (pid == session->command)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (now() >= deadline)
			give_up(session, "waited in vain for", "the end");
		/* A terminal that has ended is always ready, so a short nap paces the polling. */
		if (!look(session, now() + 0.01))
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
}

static void
begin(struct session *session, char **command)
{
	const char *name;

	session->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (session->terminal < 0 || grantpt(session->terminal) < 0 ||
	    unlockpt(session->terminal) < 0 || !(name = ptsname(session->terminal))) {
		fprintf(stderr, "terminal: no pseudo-terminal: %s\n", strerror(errno));
		exit(2);
	}
	session->command = fork();
	if (session->command < 0)
		exit(2);
	if (session->command > 0)
		return;
	setsid();
	/* The first terminal that a session's leader opens becomes its own. */
	int side = open(name, O_RDWR);
	if (side < 0)
		_exit(2);
	for (int fd = 0; fd < 3; fd++)
		dup2(side, fd);
	if (side > 2)
		close(side);
	execvp(command[0], command);
	_exit(127);
}

static bool
starts(char *line, const char *word, char **ret_rest)
{
	size_t length = strlen(word);

	if (strncmp(line, word, length) != 0 || (line[length] != ' ' && line[length] != '\0'))
		return false;
	*ret_rest = line + length + (line[length] == ' ');
	return true;
}

int
main(int argc, char **argv)
{
	static struct session session;
	char line[4096];
	char *rest;

	if (argc < 2)
		return 2;
	begin(&session, argv + 1);
	while (fgets(line, sizeof line, stdin)) {
		char *command = line + strspn(line, "\t");

		session.line++;
		line[strcspn(line, "\n")] = '\0';
		if (command[0] == '\0' || command[0] == '#')
			continue;
		if (starts(command, "type", &rest))
			type(&session, rest);
		else if (starts(command, "expect", &rest))
			expect(&session, rest);
		else if (starts(command, "pause", &rest))
			sleep((unsigned)atoi(rest));
		else if (starts(command, "resize", &rest))
			resize(&session, rest);
		else if (starts(command, "never", &rest)) {
			if (strstr(session.shown + session.seen, rest))
				give_up(&session, "must not appear:", rest);
		} else
			give_up(&session, "not a line of a script:", command);
	}
	return end(&session);
}
