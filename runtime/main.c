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
 *	builder    root, in the place of init, which makes a network namespace meanwhile
 *	program    process, confine, exec
 *
 * Without a pid namespace of the box's own there is no init: the launcher does it all and becomes
 * the program.
 *
 * In the phase lookup (lookup.c) the launcher finds what the compiler could not know: where links
 * of the host lead, and the closures of that. Steps of later phases only use what it has found.
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
#include <sys/random.h>
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

	for (size_t i = 0; header && i < count; i++, header++) {
		/* The stub is not relocated: virtual addresses are addresses. */
		const void *start = (const void *)header->p_vaddr;

		if (header->p_type != PT_LOAD || header->p_flags != PF_R ||
		    header->p_filesz < sizeof(struct descriptor))
			continue;
		if (memcmp(start, DESCRIPTOR_MAGIC, DESCRIPTOR_MAGIC_SIZE) == 0) {
			*ret_size = header->p_filesz;
			return start;
		}
	}
	return NULL;
}

/* x86-64.S: the functions that carry out the steps, by kind. A pointer would take twice the space.
 */
extern const uint32_t step_functions[STEP_KINDS];

static void
carry_out(struct launch *launch)
{
	((void (*)(struct launch *))(uintptr_t)step_functions[launch->step->kind])(launch);
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
walk_root(struct launch *launch)
{
	walk(launch, PHASE_ROOT);
}

static void
walk_confine(struct launch *launch)
{
	walk(launch, PHASE_CONFINE);
}

int
main(int argc, char **argv, char **environment)
{
	struct launch launch = {
		.argv = argv,
		.environment = environment,
		.started_as = (const char *)auxiliary(environment, AT_EXECFN),
		.build = walk_root,
		.report = -1,
		.init = -1,
		.root = -1,
		.ruleset = -1,
	};
	size_t size = 0;
	const struct descriptor *descriptor;
	const char *broken;

	if (auxiliary(environment, AT_SECURE))
		die_because(&launch, NULL,
		            "a launcher must not be set-uid, set-gid or have file capabilities");
	if (argc < 1)
		die_because(&launch, NULL, "started without arguments");
	descriptor = find_descriptor(environment, &size);
	if (!descriptor)
		die_because(&launch, NULL,
		            "this is the bare stub; 'closurebox compile' makes launchers of it");
	broken = verify_descriptor(descriptor, size);
	if (broken)
		die_because(&launch, "the descriptor is damaged", broken);
	launch.descriptor = descriptor;
	if (getrandom(&launch.instance, sizeof launch.instance, 0) != sizeof launch.instance)
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
	if (!launch.without_namespaces && !launch.builder)
		walk(&launch, PHASE_ROOT);
	walk(&launch, PHASE_RULES);
	ns_start_program(&launch, walk_confine); /* returns in the program's process */
	process_begin(&launch);
	walk(&launch, PHASE_PROCESS);
	ns_wait_for_init(&launch);
	walk(&launch, PHASE_CONFINE);
	walk(&launch, PHASE_EXEC);
	return STATUS_SETUP;
}
