/* Asks Nix's database, if this program was built with SQLite; never writes there, nor next to it
 * (schema 10: Nix, libstore/schema.sql). */
#include "closure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef WITH_SQLITE

bool
database_find(const char *path, struct database *ret_database, struct problem *problem)
{
	(void)path;
	*ret_database = (struct database){ .directory = -1 };
	return problem_set(problem, "this program was built without SQLite");
}

enum outcome
database_walk(const struct database *database, struct objects *objects, uint64_t deadline,
              struct problem *problem)
{
	(void)database;
	(void)objects;
	(void)deadline;
	(void)problem;
	return OUTCOME_FAILED;
}

#else

#include <sqlite3.h>

#ifdef WITHOUT_LOADING
/* What SQLite calls as dlopen(3), to load extensions: there is nothing to load with. */
void *
__wrap_dlopen(const char *path, int mode);

void *
__wrap_dlopen(const char *path, int mode)
{
	(void)path;
	(void)mode;
	return NULL;
}
#endif

#define HEAP_MAX (64 << 20)
/* Between two looks at the clock; about a millisecond. */
#define INSTRUCTIONS 10000
#define PAUSE 20 /* milliseconds, before it is tried once more */

bool
database_find(const char *path, struct database *ret_database, struct problem *problem)
{
	char *slash;

	*ret_database = (struct database){ .directory = -1 };
	/* SQLite follows links, to where this program may read nothing; so they are followed here.
	 */
	if (realpath(path, ret_database->path)) {
		slash = strrchr(ret_database->path, '/');
		*slash = '\0';
		ret_database->directory =
			open(slash == ret_database->path ? "/" : ret_database->path,
		             O_PATH | O_DIRECTORY | O_CLOEXEC);
		*slash = '/';
	}
	if (ret_database->directory >= 0)
		return true;
	ret_database->path[0] = '\0';
	return problem_set(problem, "%s", strerror(errno));
}

/* One walk, and what has to be closed after it. */
struct reading {
	const struct database *database;
	struct objects *objects;
	uint64_t deadline;
	struct problem *problem;
	sqlite3 *sqlite;
	sqlite3_stmt *find; /* path → id */
	sqlite3_stmt *follow; /* id → id, path of its references */
	int error; /* SQLite's */
};

static int
is_late(void *data)
{
	const struct reading *reading = data;

	return clock_left(reading->deadline) == 0;
}

/* Calls again, after a pause, while a writer keeps a reader waiting. */
static int
wait_for_writer(void *data, int tries)
{
	(void)tries;
	sqlite3_sleep(5);
	return !is_late(data);
}

static bool
failed(struct reading *reading)
{
	reading->error = sqlite3_errcode(reading->sqlite) & 0xff;
	if (is_late(reading))
		return problem_set(reading->problem, "it does not answer in time");
	return problem_set(reading->problem, "%s", sqlite3_errmsg(reading->sqlite));
}

/* The path as a URI (sqlite.org/uri.html); bytes of no special meaning stand for themselves. */
static void
make_uri(const char *path, const char *mode, char *uri, size_t room)
{
	size_t length = (size_t)snprintf(uri, room, "file:");

	for (; *path && length + sizeof "%ff" < room; path++) {
		if (strchr("%?#", *path))
			length += (size_t)snprintf(uri + length, room - length, "%%%02x",
			                           (unsigned char)*path);
		else
			uri[length++] = *path;
	}
	snprintf(uri + length, room - length, "?%s", mode);
}

/* Opens it; one transaction, so that all answers are of one moment. */
static bool
begin(struct reading *reading, const char *mode)
{
	static const char *const preparations[] = {
		/* No temporary files; no functions that the schema names. */
		"PRAGMA temp_store = MEMORY",
		"PRAGMA trusted_schema = OFF",
		"PRAGMA cell_size_check = ON",
		"PRAGMA mmap_size = 0",
		"BEGIN",
	};
	static const char find[] = "SELECT id FROM ValidPaths WHERE path = ?";
	/* A reference to nothing gives a NULL. */
	static const char follow[] = "SELECT reference, path FROM Refs LEFT JOIN ValidPaths "
				     "ON id = reference WHERE referrer = ?";
	char uri[3 * sizeof reading->database->path + 100];

	make_uri(reading->database->path, mode, uri, sizeof uri);
	if (sqlite3_open_v2(uri, &reading->sqlite,
	                    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
	                            SQLITE_OPEN_PRIVATECACHE,
	                    NULL) != SQLITE_OK)
		return failed(reading);
	sqlite3_db_config(reading->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_handler(reading->sqlite, wait_for_writer, reading);
	sqlite3_progress_handler(reading->sqlite, INSTRUCTIONS, is_late, reading);
	for (size_t i = 0; i < sizeof preparations / sizeof preparations[0]; i++) {
		if (sqlite3_exec(reading->sqlite, preparations[i], NULL, NULL, NULL) != SQLITE_OK)
			return failed(reading);
	}
	if (sqlite3_prepare_v2(reading->sqlite, find, -1, &reading->find, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(reading->sqlite, follow, -1, &reading->follow, NULL) != SQLITE_OK)
		return failed(reading);
	return true;
}

static void
end(struct reading *reading)
{
	sqlite3_finalize(reading->find);
	sqlite3_finalize(reading->follow);
	sqlite3_close(reading->sqlite);
}

/* Of a root; what is found as a reference brings its id along. */
static enum outcome
find_id(struct reading *reading, size_t index)
{
	struct object *object = &reading->objects->list[index];
	char path[STORE_DIRECTORY_MAX + 1 + STORE_PATH_BASE_MAX + 1];
	int result;

	snprintf(path, sizeof path, "%s/%s", reading->objects->store_dir, object->base);
	sqlite3_reset(reading->find);
	sqlite3_bind_text(reading->find, 1, path, -1, SQLITE_STATIC);
	result = sqlite3_step(reading->find);
	if (result == SQLITE_ROW) {
		object->id = sqlite3_column_int64(reading->find, 0);
		sqlite3_reset(reading->find);
		sqlite3_clear_bindings(reading->find);
		return OUTCOME_ANSWERED;
	}
	if (result != SQLITE_DONE) {
		failed(reading);
		return OUTCOME_FAILED;
	}
	problem_set(reading->problem, "%s is not in the store", path);
	return objects_break(reading->objects, index) ? OUTCOME_ANSWERED : OUTCOME_NOT_VALID;
}

static bool
take_references(struct reading *reading, size_t index)
{
	struct objects *objects = reading->objects;
	int result;

	sqlite3_reset(reading->follow);
	sqlite3_bind_int64(reading->follow, 1, objects->list[index].id);
	while ((result = sqlite3_step(reading->follow)) == SQLITE_ROW) {
		const char *path = (const char *)sqlite3_column_text(reading->follow, 1);
		size_t reference;

		if (!path) {
			problem_set(reading->problem, "%s/%s refers to an object that is not there",
			            objects->store_dir, objects->list[index].base);
			if (!objects_break(objects, index))
				return false;
			continue;
		}
		if (!objects_add_reference(objects, index, path,
		                           (size_t)sqlite3_column_bytes(reading->follow, 1),
		                           &reference, reading->problem))
			return false;
		if (reference != index)
			objects->list[reference].id = sqlite3_column_int64(reading->follow, 0);
	}
	return result == SQLITE_DONE || failed(reading);
}

static enum outcome
walk(struct reading *reading, const char *mode)
{
	struct objects *objects = reading->objects;
	size_t roots = objects->count;
	enum outcome outcome = begin(reading, mode) ? OUTCOME_ANSWERED : OUTCOME_FAILED;

	for (size_t i = 0; outcome == OUTCOME_ANSWERED && i < roots; i++)
		outcome = find_id(reading, i);
	for (size_t i = 0; outcome == OUTCOME_ANSWERED && i < objects->count; i++) {
		if (!objects->list[i].broken && !take_references(reading, i))
			outcome = OUTCOME_FAILED;
	}
	end(reading);
	return outcome;
}

/* What a writer changes; all 0 if there is no such file. */
struct version {
	ino_t inode;
	off_t size;
	struct timespec changed;
};

static struct version
version_of(const struct database *database, const char *suffix)
{
	char path[sizeof database->path + sizeof "-journal"];
	struct version version = { 0 };
	struct stat status;

	snprintf(path, sizeof path, "%s%s", database->path, suffix);
	if (stat(path, &status) == 0) {
		version.inode = status.st_ino;
		version.size = status.st_size;
		version.changed = status.st_mtim;
	}
	return version;
}

static bool
same_version(struct version a, struct version b)
{
	return a.inode == b.inode && a.size == b.size && a.changed.tv_sec == b.changed.tv_sec &&
	       a.changed.tv_nsec == b.changed.tv_nsec;
}

/* Nothing was written that is not in the file itself. */
static bool
is_complete(const struct database *database)
{
	return version_of(database, "-wal").size == 0 && version_of(database, "-journal").size == 0;
}

/*
 * SQLite cannot read a database with a write-ahead log, as Nix's is, where it cannot make the two
 * files beside it that readers and writers talk by (error 8 or 14). They are missing while nobody
 * has it open, and then the file has everything: it may be read as one that never changes, unless
 * it does. A writer that has just come may make it readable.
 */
enum outcome
database_walk(const struct database *database, struct objects *objects, uint64_t deadline,
              struct problem *problem)
{
	struct reading reading = {
		.database = database,
		.objects = objects,
		.deadline = deadline,
		.problem = problem,
	};
	struct version before;
	enum outcome outcome;
	size_t roots = objects->count;

	sqlite3_hard_heap_limit64(HEAP_MAX);
	outcome = walk(&reading, "mode=ro&readonly_shm=1");
	if (outcome != OUTCOME_FAILED || objects->count > roots ||
	    (reading.error != SQLITE_READONLY && reading.error != SQLITE_CANTOPEN))
		return outcome;
	before = version_of(database, "");
	if (!is_complete(database)) {
		sqlite3_sleep(PAUSE);
		problem_set(problem, "what was written last can be read by its writer only");
		return OUTCOME_AGAIN;
	}
	reading = (struct reading){
		.database = database,
		.objects = objects,
		.deadline = deadline,
		.problem = problem,
	};
	outcome = walk(&reading, "mode=ro&immutable=1");
	if (outcome != OUTCOME_FAILED &&
	    (!is_complete(database) || !same_version(before, version_of(database, "")))) {
		sqlite3_sleep(PAUSE);
		problem_set(problem, "it was written to while it was read");
		return OUTCOME_AGAIN;
	}
	return outcome;
}

#endif
