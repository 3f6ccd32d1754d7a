/* System calls that end the launch when they fail: each names itself. */
#include "runtime.h"

#include "sys.h"

int
must_open(const struct launch *launch, int directory, const char *name, int flags,
          const char *operand)
{
	int fd = sys_open(directory, name, flags);

	if (fd < 0)
		die_errno(launch, "open", operand);
	return fd;
}

void
must_describe(const struct launch *launch, int fd, const char *name, struct sys_file *ret_file,
              const char *operand)
{
	if (sys_describe(fd, name, ret_file) < 0)
		die_errno(launch, "statx", operand);
}

void
must_visit(const struct launch *launch, int directory,
           void (*visit)(void *data, const char *name, unsigned type), void *data,
           const char *operand)
{
	if (sys_each_entry(directory, visit, data) < 0)
		die_errno(launch, "getdents64", operand);
}

void
must_make(const struct launch *launch, int parent, const char *name, mode_t mode,
          const char *operand)
{
	const char *call;

	if (sys_make(parent, name, mode, &call) < 0)
		die_errno(launch, call, operand);
}

int
must_open_tree(const struct launch *launch, int directory, const char *name, unsigned flags,
               const char *operand)
{
	int mount = sys_open_tree(directory, name, flags);

	if (mount < 0)
		die_errno(launch, "open_tree", operand);
	return mount;
}

void
must_move_mount(const struct launch *launch, int mount, int directory, const char *name,
                const char *operand)
{
	if (sys_move_mount(mount, directory, name) < 0)
		die_errno(launch, "move_mount", operand);
}

void
must_add_attributes(const struct launch *launch, int mount, uint64_t attributes, bool recursive,
                    const char *operand)
{
	if (sys_mount_change(mount, attributes, 0, recursive) < 0)
		die_errno(launch, "mount_setattr", operand);
}
