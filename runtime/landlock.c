/* Landlock: what the program may reach of the file system, and whom it may signal. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

/* What can be allowed for something that is no directory (landlock_add_rule(2)). */
#define FILE_ACCESS \
	(LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE | \
	 LANDLOCK_IOCTL_DEV)

/* What a program does with its closure. */
#define READ_ACCESS (LANDLOCK_EXECUTE | LANDLOCK_READ_FILE | LANDLOCK_READ_DIR)

/*
 * For an open the kernel walks up from the file until all is allowed that the descriptor could be
 * used for, to be truncated too: where that is not, each goes up to the root. In a box it can be,
 * for the store's mount is read-only.
 */
static unsigned
object_access(const struct launch *launch)
{
	return launch->without_namespaces ? READ_ACCESS : READ_ACCESS | LANDLOCK_TRUNCATE;
}

/* What the step keeps in the box. */
static unsigned
scopes(const struct launch *launch)
{
	return launch->step->flags & FLAG_ABSTRACT_SOCKETS
	               ? LANDLOCK_SCOPE_SIGNALS
	               : LANDLOCK_SCOPE_SIGNALS | LANDLOCK_SCOPE_ABSTRACT_SOCKETS;
}

void
landlock_scope(struct launch *launch)
{
	launch->ruleset = sys_landlock_ruleset(0, scopes(launch));
	/* No Landlock in this kernel, switched off, or one that knows no scopes yet. */
	if (launch->ruleset < 0 &&
	    !(launch->step->flags & FLAG_OPTIONAL &&
	      (errno == ENOSYS || errno == EOPNOTSUPP || errno == E2BIG || errno == EINVAL)))
		die_errno(launch, "landlock_create_ruleset", NULL);
}

static void
allow(const struct launch *launch, int fd, unsigned access, const char *operand)
{
	access &= launch->access;
	if (sys_landlock_allow(launch->ruleset, fd, access) < 0 &&
	    (errno != EINVAL || sys_landlock_allow(launch->ruleset, fd, access & FILE_ACCESS) < 0))
		die_errno(launch, "landlock_add_rule", operand);
}

static void
allow_name(const struct launch *launch, int directory, const char *name, unsigned access,
           const char *operand)
{
	int fd = must_open(launch, directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, operand);

	allow(launch, fd, access, operand);
	close(fd);
}

/* What the program has open as 0 to 2 it can open again, through /proc/self/fd, or a terminal by
 * its name: they are not in the box's tree. */
static void
allow_standard_streams(const struct launch *launch)
{
	static const unsigned access[] = { [O_RDONLY] = LANDLOCK_READ_FILE,
		                           [O_WRONLY] = LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE,
		                           [O_RDWR] = LANDLOCK_READ_FILE | LANDLOCK_WRITE_FILE |
		                                      LANDLOCK_TRUNCATE };

	for (int fd = 0; fd < 3; fd++) {
		int flags = sys_flags(fd);

		if (flags < 0)
			die_errno(launch, "fcntl", NULL);
		/* Of pipes and sockets nothing is handled. */
		if (sys_landlock_allow(launch->ruleset, fd,
		                       (access[flags & O_ACCMODE] | LANDLOCK_IOCTL_DEV) &
		                               launch->access) < 0 &&
		    errno != EBADFD)
			die_errno(launch, "landlock_add_rule", NULL);
	}
}

/* The way to the store, from the root. */
struct way {
	const struct launch *launch;
	const char *name; /* the component that leads there */
	size_t length;
	int directory; /* that it is in */
	int next; /* and that it is; -1 until it is found */
};

static void
allow_beside(void *data, const char *name, unsigned type)
{
	struct way *way = data;

	(void)type;
	if (strncmp(name, way->name, way->length) != 0 || name[way->length] != '\0')
		allow_name(way->launch, way->directory, name, way->launch->access, name);
	else if (way->name[way->length] == '/')
		way->next = sys_open(way->directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* All but what lies on the way to the store: rules only add, and hold for all below. */
static void
allow_all_but(const struct launch *launch, const char *store)
{
	struct way way = { .launch = launch, .name = store + 1 };

	way.directory = sys_open(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (;;) {
		way.length = verify_component(way.name);
		way.next = -1;
		if (way.directory < 0)
			die_errno(launch, "open", store);
		must_visit(launch, way.directory, allow_beside, &way, store);
		close(way.directory);
		way.directory = way.next;
		way.name += way.length;
		if (*way.name++ == '\0')
			break;
	}
}

void
landlock_rules(struct launch *launch)
{
	int abi = sys_landlock_abi();

	ns_wait_for_root(launch);
	if (abi < 0)
		die_errno(launch, "landlock_create_ruleset", NULL);
	/* Before it a file that is only readable could be emptied. */
	if (launch->without_namespaces && abi < 3)
		die_because(launch, NULL, "without namespaces it needs Linux 6.2 or later");
	launch->access = LANDLOCK_ABI_1;
	if (abi >= 2)
		launch->access |= LANDLOCK_REFER;
	if (abi >= 3)
		launch->access |= LANDLOCK_TRUNCATE;
	if (abi >= 5)
		launch->access |= LANDLOCK_IOCTL_DEV;
	launch->ruleset = sys_landlock_ruleset(
		launch->access,
		abi < 6 && launch->step->flags & FLAG_OPTIONAL ? 0 : scopes(launch));
	if (launch->ruleset < 0)
		die_errno(launch, "landlock_create_ruleset", NULL);
	allow_standard_streams(launch);
	launch->store_path = template_string(launch, 0);
	launch->store = must_open(launch, AT_FDCWD, launch->store_path,
	                          O_PATH | O_DIRECTORY | O_CLOEXEC, launch->store_path);
	if (!launch->without_namespaces)
		allow_all_but(launch, launch->store_path);
}

void
landlock_allow_object(struct launch *launch)
{
	const char *path = template_string(launch, 0);

	allow_name(launch, launch->store, path + strlen(launch->store_path) + 1,
	           object_access(launch), path);
}

static void
allow_found(const struct launch *launch, const char *path)
{
	allow_name(launch, AT_FDCWD, path, object_access(launch), path);
}

void
landlock_allow_found(struct launch *launch)
{
	lookup_each_object(launch, allow_found);
}

void
landlock_allow(struct launch *launch)
{
	char buffer[PATH_MAX];
	unsigned access = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR;
	char *below;
	int fd;

	if (!template_path_below(launch, 0, buffer, &below))
		return;
	fd = root_source(launch, buffer, below, 0);
	if (fd < 0)
		return;
	if (launch->step->flags & FLAG_CLOSURE && lookup_place(launch, fd, buffer) == NOWHERE)
		goto out;
	root_refuse_host(launch, fd, buffer);
	if (launch->step->flags & FLAG_WRITABLE)
		access = ~(unsigned)(LANDLOCK_EXECUTE | LANDLOCK_MAKE_CHAR | LANDLOCK_MAKE_BLOCK |
		                     LANDLOCK_IOCTL_DEV);
	if (launch->step->flags & FLAG_EXECUTABLE)
		access |= LANDLOCK_EXECUTE;
	/* A device can be written to on a read-only mount too. */
	if (launch->step->flags & FLAG_DEVICES)
		access |= LANDLOCK_WRITE_FILE | LANDLOCK_IOCTL_DEV;
	allow(launch, fd, access, buffer);
out:
	close(fd);
}

void
landlock_restrict(struct launch *launch)
{
	if (launch->ruleset < 0)
		return;
	if (sys_landlock_restrict(launch->ruleset) < 0)
		die_errno(launch, "landlock_restrict_self", NULL);
	/* The kernel takes half a millisecond to free a thousand rules, and does so in the process
	 * that closes them last: so init does, when the program is on its way. */
}
