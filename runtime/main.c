/* Finds the descriptor, verifies it and walks its steps. */
/*
 * Theory of operation
 *
 * A launcher is this program with a launch descriptor inside. The descriptor is a list of steps in
 * the order of the phases; the compiler has decided everything, the stub only carries it out. It
 * reads no configuration, searches no path, allocates no heap and keeps no state outside main's
 * stack. The first thing that fails ends the launch: there is no weaker box.
 *
 *	launcher   prepare, lookup, namespaces; then waits, passes signals on, returns the
 *	           program's status
 *	init       namespaces, root, rules; pid 1 of the box: reaps; without rights, not traceable
 *	program    process, confine, exec
 *
 * Without a pid namespace of the box's own there is no init: the launcher does it all and becomes
 * the program.
 *
 * In the phase lookup (lookup.c) the launcher finds what the compiler could not know: where links
 *of the host lead, and the closures of that. Steps of later phases only use what it has found.
 *
 * Until the step `pivot` init sees the host's tree and builds the box's beside it, through
 * descriptors: no path that a process outside could bend is resolved twice, and destinations are
 * resolved inside the new root only. From then on the host's tree is gone for good.
 */
#include "runtime.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

/* An ELF note (elf(5)): the format this stub reads. The compiler checks it, and turns the segment
 * that the linker made for it into the one that maps the descriptor. */
static const struct {
	uint32_t name_size;
	uint32_t value_size;
	uint32_t type;
	char name[12]; /* padded to a multiple of 4 */
	uint32_t version;
} note __attribute__((used, section(DESCRIPTOR_NOTE_SECTION), aligned(4))) = {
	sizeof DESCRIPTOR_NOTE_OWNER, sizeof(uint32_t),   DESCRIPTOR_NOTE_TYPE,
	DESCRIPTOR_NOTE_OWNER,        DESCRIPTOR_VERSION,
};

/* What the kernel says about the process, behind its environment (getauxval(3)). */
static unsigned long
auxiliary(char **environment, unsigned long type)
{
	const unsigned long *at;

	while (*environment++)
		;
	for (at = (const unsigned long *)environment; at[0] != AT_NULL; at += 2) {
		if (at[0] == type)
			return at[1];
	}
	return 0;
}

/*
 * The descriptor is the PT_LOAD segment that starts with its magic bytes. It is found through the
 * program headers the kernel mapped (AT_PHDR), so neither /proc nor the launcher's file is needed.
 */
static const struct descriptor *
find_descriptor(char **environment, size_t *ret_size)
{
	const ElfW(Phdr) *header = (const ElfW(Phdr) *)auxiliary(environment, AT_PHDR);
	size_t count = auxiliary(environment, AT_PHNUM);

	for (size_t i = 0; i < count; i++, header++) {
		/* The stub is not relocated: virtual addresses are addresses. */
		const void *start = (const void *)header->p_vaddr;

		if (header->p_type != PT_LOAD || header->p_flags != PF_R ||
		    header->p_filesz < sizeof(struct descriptor))
			continue;
		if (text_begins(start, DESCRIPTOR_MAGIC, DESCRIPTOR_MAGIC_SIZE)) {
			*ret_size = header->p_filesz;
			return start;
		}
	}
	return NULL;
}

/* A switch of so many cases is the largest function of all, whether it compares or has a table of
 * addresses. So this is a table of distances, from label to label (GCC, "Labels as Values"). */
static void
carry_out(struct launch *launch)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
	static const int16_t steps[STEP_KINDS] = {
#define STEP(kind, name, phase, flags, a, b, c) [STEP_##kind] = &&kind##_step - &&end,
#include "steps.h"
#undef STEP
	};
#pragma GCC diagnostic pop

	goto *(&&end + steps[launch->step->kind]);
#define CARRY_OUT(kind, function) \
	kind##_step : function(launch); \
	return;
	CARRY_OUT(STANDARD_STREAMS, process_standard_streams)
	CARRY_OUT(CLOSE, process_close)
	CARRY_OUT(CLOSE_PATHS, process_close_paths)
	CARRY_OUT(WAIT_FOR_ALL, ns_wait_for_all)
	CARRY_OUT(STOP_TIMEOUT, ns_stop_timeout)
	CARRY_OUT(FIND, lookup_find)
	CARRY_OUT(CLOSURE_FILES, lookup_closure_files)
	CARRY_OUT(CLOSURE, lookup_links)
	CARRY_OUT(LINKS, lookup_links)
	CARRY_OUT(PATH_CLOSURES, lookup_path_closures)
	CARRY_OUT(LOOK_UP, lookup_look_up)
	CARRY_OUT(NAMESPACES, ns_enter)
	CARRY_OUT(DIE_WITH_PARENT, ns_die_with_parent)
	CARRY_OUT(HOSTNAME, ns_hostname)
	CARRY_OUT(LOOPBACK, ns_loopback)
	CARRY_OUT(NO_NESTED, ns_no_nested)
	CARRY_OUT(ROOT, root_new)
	CARRY_OUT(STORE, root_store)
	CARRY_OUT(OBJECT, root_object)
	CARRY_OUT(FOUND_OBJECTS, root_found_objects)
	CARRY_OUT(SEAL_STORE, root_seal_store)
	CARRY_OUT(WHOLE_STORE, root_whole_store)
	CARRY_OUT(TMPFS, root_tmpfs)
	CARRY_OUT(DIRECTORY, root_directory)
	CARRY_OUT(FILE, root_file)
	CARRY_OUT(SYMLINK, root_symlink)
	CARRY_OUT(BIND, root_bind)
	CARRY_OUT(OVERLAY, root_overlay)
	CARRY_OUT(WORKING_DIRECTORY, root_working_directory)
	CARRY_OUT(ARGUMENT_FILES, root_argument_files)
	CARRY_OUT(PROC, root_proc)
	CARRY_OUT(DEVPTS, root_devpts)
	CARRY_OUT(FOUND_LINKS, root_found_links)
	CARRY_OUT(PROTECT, root_protect)
	CARRY_OUT(MASK, root_mask)
	CARRY_OUT(SEAL, root_seal)
	CARRY_OUT(PIVOT, root_pivot)
	CARRY_OUT(SCOPE, landlock_scope)
	CARRY_OUT(RULES, landlock_rules)
	CARRY_OUT(ALLOW_OBJECT, landlock_allow_object)
	CARRY_OUT(ALLOW_FOUND, landlock_allow_found)
	CARRY_OUT(ALLOW, landlock_allow)
	CARRY_OUT(RESTRICT, landlock_restrict)
	CARRY_OUT(PREPEND, process_prepend)
	CARRY_OUT(APPEND, process_append)
	CARRY_OUT(CLEAR_ENVIRONMENT, environment_clear)
	CARRY_OUT(INHERIT, environment_inherit)
	CARRY_OUT(UNSET, environment_unset)
	CARRY_OUT(SET, environment_set)
	CARRY_OUT(PREFIX, environment_prefix)
	CARRY_OUT(PATH_VARIABLE, environment_path_variable)
	CARRY_OUT(KEEP_DIRECTORY, process_keep_directory)
	CARRY_OUT(CHANGE_DIRECTORY, process_change_directory)
	CARRY_OUT(UMASK, process_umask)
	CARRY_OUT(LIMIT, process_limit)
	CARRY_OUT(NICE, process_nice)
	CARRY_OUT(NEW_SESSION, process_new_session)
	CARRY_OUT(CAPABILITIES, confine_capabilities)
	CARRY_OUT(NO_NEW_PRIVILEGES, confine_no_new_privileges)
	CARRY_OUT(SECCOMP, confine_seccomp)
	CARRY_OUT(EXECUTE, process_execute)
#undef CARRY_OUT
end:
	return;
}

static void
walk(struct launch *launch, enum phase phase)
{
	const struct step *steps = descriptor_steps(launch->descriptor);

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if (step_types[steps[i].kind].phase != phase)
			continue;
		if (launch->without_namespaces ? phase == PHASE_NAMESPACES
		                               : steps[i].flags & FLAG_WITHOUT_NAMESPACES)
			continue;
		launch->step = &steps[i];
		carry_out(launch);
	}
}

static void
walk_confine(struct launch *launch)
{
	walk(launch, PHASE_CONFINE);
}

/* Ahead of their phase: Landlock wants the second (landlock(7)), and init needs no rights from here
 * on. */
static void
give_up_rights(struct launch *launch)
{
	const struct step *steps = descriptor_steps(launch->descriptor);

	for (uint32_t i = 0; i < launch->descriptor->steps.count; i++) {
		if (steps[i].kind != STEP_CAPABILITIES && steps[i].kind != STEP_NO_NEW_PRIVILEGES)
			continue;
		launch->step = &steps[i];
		carry_out(launch);
	}
}

int
main(int argc, char **argv, char **environment)
{
	struct launch launch = {
		.argv = argv,
		.environment = environment,
		.started_as = (const char *)auxiliary(environment, AT_EXECFN),
		.report = -1,
		.root = -1,
		.store = -1,
		.host_store = -1,
		.empty_file = -1,
		.empty_directory = -1,
		.ruleset = -1,
	};
	size_t size = 0;
	const struct descriptor *descriptor;
	const char *broken;

	if (auxiliary(environment, AT_SECURE))
		die_because(&launch, NULL,
		            "a launcher must not be set-uid, set-gid or have capabilities");
	if (argc < 1)
		die_because(&launch, NULL, "started without an argument vector");
	descriptor = find_descriptor(environment, &size);
	if (!descriptor)
		die_because(&launch, NULL,
		            "this is the bare stub; 'closurebox compile' makes launchers of it");
	broken = verify_descriptor(descriptor, size);
	if (broken)
		die_because(&launch, "the descriptor is damaged", broken);
	launch.descriptor = descriptor;
	if (sys_random(&launch.instance, sizeof launch.instance, 0) != sizeof launch.instance)
		die_errno(&launch, "getrandom", NULL);
	launch.uid = getuid();
	launch.gid = getgid();
	if (sys_directory(launch.directory, sizeof launch.directory) < 0) {
		/* It was removed, cannot be reached, or its name is too long for any call. */
		if (errno != ENOENT && errno != ERANGE && errno != ENAMETOOLONG)
			die_errno(&launch, "getcwd", NULL);
		launch.directory[0] = '\0';
	}

	template_begin(&launch);

	walk(&launch, PHASE_PREPARE);
	walk(&launch, PHASE_LOOKUP);
	walk(&launch, PHASE_NAMESPACES); /* returns in the box's init */
	if (!launch.without_namespaces)
		walk(&launch, PHASE_ROOT);
	give_up_rights(&launch);
	walk(&launch, PHASE_RULES);
	ns_start_program(&launch, walk_confine); /* returns in the program's process */
	process_begin(&launch);
	walk(&launch, PHASE_PROCESS);
	walk(&launch, PHASE_CONFINE);
	walk(&launch, PHASE_EXEC);
	return STATUS_SETUP;
}
