/* Every type and function that the files of closurebox-closure share; in the order of its work. */
#ifndef CLOSURE_H
#define CLOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Exit statuses. */
enum status {
	STATUS_DONE = 0,
	STATUS_REFUSED = 1, /* a root is not in the store, or no source has the answer */
	STATUS_USAGE = 2,
	STATUS_SYSTEM = 3,
};

/* Bounds on what a source may say. The largest systems have some 20,000 objects of 20 references
 * each, about which a daemon sends 40 MiB. */
#define OBJECTS_MAX 100000
#define REFERENCES_MAX 4000000

/* problem.c: why something does not work, in one line. */

struct problem {
	char text[512];
};

/* Sets the text; what does not fit is cut. Always false, so that it can be returned. */
bool
problem_set(struct problem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What of some text may be shown: its first line that is not blank, without escape sequences of
 * terminals and control characters, with '?' for each character beyond ASCII, cut to fit. */
void
problem_clean(const char *bytes, size_t size, char *buffer, size_t room);

/* Writes "closurebox-closure: " and the text, cleaned, to standard error with one write(2). */
void
problem_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* clock.c: time limits, in milliseconds of the monotonic clock. */

uint64_t
clock_now(void);

/* How long it is until then, for poll(2); 0 if it has passed. */
int
clock_left(uint64_t deadline);

/* store-path.c: the grammar of store paths, STORE-DIRECTORY/HASH-NAME. Each returns NULL or what
 * is wrong. */

/* Of HASH-NAME. */
#define STORE_PATH_BASE_MAX (32 + 1 + 211)

/* Of a store directory, so that a path of it fits into PATH_MAX. */
#define STORE_DIRECTORY_MAX 3072

/* A canonical absolute path without control characters. */
const char *
store_path_directory_check(const char *path);

/* `size` bytes; `*ret_base` is then the part behind the store directory, of `*ret_size` bytes. */
const char *
store_path_base(const char *store_dir, const char *path, size_t size, const char **ret_base,
                size_t *ret_size);

/* objects.c: store objects and their references, as far as they have been told. */

struct object {
	const char *base; /* HASH-NAME with a NUL */
	size_t first; /* its references, in `references` */
	size_t count;
	size_t referrer; /* who was first to name it; a root: itself */
	int64_t id; /* in the database */
	bool broken; /* it is not in the store, or refers to what cannot be there */
};

struct objects {
	const char *store_dir;
	bool partial; /* what is wrong with one object makes that one broken; nothing else fails */
	struct object *list;
	size_t count;
	size_t room;
	uint32_t *references; /* indexes into `list` */
	size_t reference_count;
	size_t reference_room;
	size_t *slots; /* a hash table of indexes + 1; twice as large as `room` */
	struct block *blocks; /* of names */
	size_t block_left;
};

/* The object of this name, a new one without references if there is none yet. */
bool
objects_add(struct objects *objects, const char *base, size_t size, size_t referrer,
            size_t *ret_index, struct problem *problem);

/* The same of a path that a source has told as a reference of `referrer`, which is the last object
 * that got one. Refuses what is no store path of the store: then nothing is added and, if that is
 * no failure, `*ret_index` is `referrer`. */
bool
objects_add_reference(struct objects *objects, size_t referrer, const char *path, size_t size,
                      size_t *ret_index, struct problem *problem);

/* Makes it a broken one; false, with the problem that is set already, if that is a failure. */
bool
objects_break(struct objects *objects, size_t index);

/* All objects, sorted by their paths; the caller's, NULL without memory. */
const struct object **
objects_sort(const struct objects *objects);

/* Sets the byte of every object that `root` reaches, its own included, and clears all others; if
 * one of them is broken, clears all, and is false. `stack` has room for all. */
bool
objects_mark(const struct objects *objects, size_t root, unsigned char *marks, size_t *stack);

void
objects_free(struct objects *objects);

/* What a source has found out. */
enum outcome {
	OUTCOME_ANSWERED, /* all that the roots reach is there with its references, or broken */
	OUTCOME_NOT_VALID, /* there is no such root; the problem says which */
	OUTCOME_FAILED, /* for the reason that the problem says; another source may know */
	OUTCOME_AGAIN, /* likewise, but this one too may know when it is asked once more */
};

/* stream.c: the worker protocol's numbers and strings. Those that return false have set the
 * problem; nothing can be read afterwards. */

struct stream {
	/* Sends what it can of `out`, and puts at least one byte into the empty `in`. */
	bool (*exchange)(struct stream *stream);
	void *data; /* for that function */
	struct problem *problem;
	uint64_t exchanges;
	uint64_t received;
	uint64_t taken; /* of what was received */
	size_t in_start;
	size_t in_end;
	size_t out_start;
	size_t out_end;
	unsigned char in[32768];
	unsigned char out[32768];
};

bool
stream_number(struct stream *stream, uint64_t *ret_number);

/* A string of at most `room` bytes, without a NUL. */
bool
stream_string(struct stream *stream, char *buffer, size_t room, size_t *ret_size);

/* A string of at most `limit` bytes, of which only those that fit are kept; a room of 0 keeps
 * none. */
bool
stream_text(struct stream *stream, size_t limit, char *buffer, size_t room, size_t *ret_size);

/* A number of items that follow. */
bool
stream_count(struct stream *stream, size_t limit, size_t *ret_count);

/* False, without a problem, if there is no room for them until some has been sent. */
bool
stream_put(struct stream *stream, const uint64_t *numbers, size_t count);
bool
stream_put_request(struct stream *stream, uint64_t operation, const char *directory,
                   const char *base);

/* socket.c: a stream over a socket. */

struct socket {
	int fd;
	uint64_t deadline;
};

/* Connects; a descriptor that does not block, or -1. */
int
socket_connect(const char *path, uint64_t deadline, struct problem *problem);

/* For struct stream; its data is a struct socket. */
bool
socket_exchange(struct stream *stream);

/* daemon.c: asks a daemon. */

struct daemon_facts {
	unsigned version; /* that both speak: major << 8 | minor */
};

/* Asks about the objects that are there, which are the roots, and about all that they reach. */
enum outcome
daemon_walk(struct stream *stream, struct objects *objects, struct daemon_facts *ret_facts,
            struct problem *problem);

/* database.c: asks the database. */

struct database {
	char path[4096]; /* without symbolic links; empty if there is none */
	int directory; /* that it is in, O_PATH; -1 */
};

/* Finds the file, and whether this program can read it. */
bool
database_find(const char *path, struct database *ret_database, struct problem *problem);

/* As daemon_walk(). */
enum outcome
database_walk(const struct database *database, struct objects *objects, uint64_t deadline,
              struct problem *problem);

/* lines.c: closures as lines. */

struct lines {
	int fd;
	int error; /* errno of the first write that failed */
	size_t size;
	char bytes[32768];
};

void
lines_add(struct lines *lines, const char *text);
/* False with errno set if anything could not be written. */
bool
lines_finish(struct lines *lines);

/* files.c: keeps closures as files. */

/* The directory for them, O_PATH, made if need be; -1 with a problem, also where nobody would
 * believe a file, as others may write to it, or may have led root there: `*ret_believed` is false
 * then. */
int
files_open(const char *path, bool *ret_believed, struct problem *problem);

/* Writes the file of this name, by calling `write`; it takes the place of what is there. */
bool
files_keep(int directory, const char *base, void (*write)(void *data, struct lines *lines),
           void *data, struct problem *problem);

/* confine.c: gives up rights. */

/* For good: capabilities, new privileges, all files but the closure files and the database (each
 * -1: none), all system calls but a few. */
bool
confine(int files, int database, struct problem *problem);

#endif
