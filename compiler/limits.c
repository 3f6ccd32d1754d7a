/* The limits of setrlimit(2), by the names that policies have for them. */
#include "compiler.h"

#include <sys/resource.h>

const struct resource_limit resource_limits[] = {
	{ "address-space", RLIMIT_AS, true },       { "core-size", RLIMIT_CORE, true },
	{ "cpu-time", RLIMIT_CPU, false },          { "data-size", RLIMIT_DATA, true },
	{ "file-locks", RLIMIT_LOCKS, false },      { "file-size", RLIMIT_FSIZE, true },
	{ "locked-memory", RLIMIT_MEMLOCK, true },  { "message-queues", RLIMIT_MSGQUEUE, true },
	{ "open-files", RLIMIT_NOFILE, false },     { "pending-signals", RLIMIT_SIGPENDING, false },
	{ "processes", RLIMIT_NPROC, false },       { "real-time-priority", RLIMIT_RTPRIO, false },
	{ "real-time-time", RLIMIT_RTTIME, false }, { "resident-set", RLIMIT_RSS, true },
	{ "stack-size", RLIMIT_STACK, true },       { NULL, 0, false },
};
