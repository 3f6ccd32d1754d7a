/* Connects to a daemon and exchanges bytes with it, within a time limit. */
#include "closure.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket of a daemon that accepts nobody makes connect(2) wait once its queue is full; the time
 * limit for sending is one for that too (unix(7)). */
static bool
connect_in_time(int fd, const struct sockaddr_un *address, uint64_t deadline)
{
	int left = clock_left(deadline);
	struct timeval limit = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };

	if (left == 0) {
		errno = EAGAIN;
		return false;
	}
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0 &&
	       connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 &&
	       fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

int
socket_connect(const char *path, uint64_t deadline, struct problem *problem)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
		problem_set(problem, "a socket cannot have this path");
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		problem_set(problem, "socket: %s", strerror(errno));
		return -1;
	}
	if (connect_in_time(fd, &address, deadline))
		return fd;
	if (errno == EAGAIN)
		problem_set(problem, "it does not answer in time");
	else
		problem_set(problem, "connect: %s", strerror(errno));
	close(fd);
	return -1;
}

/* Sends what it takes now. A daemon that has closed its end may have said why, so this is found out
 * by reading. */
static void
send_some(int fd, struct stream *stream)
{
	ssize_t n = write(fd, stream->out + stream->out_start, stream->out_end - stream->out_start);

	if (n >= 0)
		stream->out_start += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		stream->out_start = stream->out_end;
	if (stream->out_start == stream->out_end)
		stream->out_start = stream->out_end = 0;
}

bool
socket_exchange(struct stream *stream)
{
	const struct socket *end = stream->data;
	ssize_t n;

	for (;;) {
		struct pollfd poller = { .fd = end->fd, .events = POLLIN };
		int left = clock_left(end->deadline);

		if (stream->out_end > stream->out_start)
			send_some(end->fd, stream);
		if (stream->out_end > stream->out_start)
			poller.events |= POLLOUT;
		if (left == 0)
			return problem_set(stream->problem, "it does not answer in time");
		if (poll(&poller, 1, left) < 0 && errno != EINTR)
			return problem_set(stream->problem, "poll: %s", strerror(errno));
		if (!(poller.revents & ~POLLOUT))
			continue;
		n = read(end->fd, stream->in, sizeof stream->in);
		if (n > 0) {
			stream->in_end = (size_t)n;
			return true;
		}
		if (n == 0 || errno == ECONNRESET)
			return problem_set(stream->problem,
			                   "it closes the connection before it has answered");
		if (errno != EAGAIN && errno != EINTR)
			return problem_set(stream->problem, "read: %s", strerror(errno));
	}
}
