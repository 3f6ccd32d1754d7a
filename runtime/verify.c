/* Decides whether the runtime may walk a descriptor. No system calls; shared with compiler and
 * fuzzer. */
#include "descriptor.h"

#include <string.h>

/* The stub says no more than that something is: who reads it can ask the compiler, and the
 * sentences would be a twentieth of a launcher. */
#ifdef STUB
#define BROKEN(rule) "'closurebox inspect' says how"
#else
#define BROKEN(rule) rule
#endif

#ifdef STUB
#define NAME(name)
#else
#define NAME(name) name,
#endif
const struct step_type step_types[STEP_KINDS] = {
#define STEP(kind, name, phase, flags, a, b, c, function) \
	[STEP_##kind] = { NAME(name) flags, phase, { a, b, c } },
#include "steps.h"
#undef STEP
};

const char *const phase_names[PHASES] = {
	[PHASE_PREPARE] = "prepare", [PHASE_LOOKUP] = "lookup", [PHASE_NAMESPACES] = "namespaces",
	[PHASE_ROOT] = "root",       [PHASE_RULES] = "rules",   [PHASE_PROCESS] = "process",
	[PHASE_CONFINE] = "confine", [PHASE_EXEC] = "exec",
};

/* The steps no box can do without, each exactly once. */
static const enum step_kind required[] = {
	STEP_STANDARD_STREAMS, STEP_NAMESPACES,        STEP_ROOT,    STEP_PIVOT,
	STEP_CAPABILITIES,     STEP_NO_NEW_PRIVILEGES, STEP_EXECUTE,
};

/* A BPF program of the kernel is an array of these (linux/filter.h), at most BPF_MAXINSNS. */
#define BPF_INSTRUCTION_SIZE 8
#define BPF_INSTRUCTIONS_MAX 4096

static bool
table_fits(const struct descriptor *d, struct descriptor_table table, size_t element, size_t align)
{
	return table.offset % align == 0 && table.offset >= sizeof *d && table.offset <= d->size &&
	       table.count <= (d->size - table.offset) / element;
}

static bool
is_string(const struct descriptor *d, uint32_t string)
{
	/* The table ends in NUL, so a start inside is enough. */
	return string < d->strings.count;
}

size_t
verify_component(const char *path)
{
	const char *end = path;

	while (*end && *end != '/')
		end++;
	return (size_t)(end - path);
}

/* Absolute, canonical, below the root. */
static bool
is_path(const struct descriptor *d, uint32_t string)
{
	const char *path;

	if (!is_string(d, string))
		return false;
	path = descriptor_string(d, string);
	if (path[0] != '/' || path[1] == '\0')
		return false;
	while (*path) {
		size_t length;

		path++; /* the slash */
		length = verify_component(path);
		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
	}
	return true;
}

/* Directly below the store: the runtime takes the base name by the store's length. */
static bool
is_object(const struct descriptor *d, const char *store, uint32_t string)
{
	const char *path;
	size_t length;

	if (!store || !is_path(d, string))
		return false;
	path = descriptor_string(d, string);
	length = strlen(store);
	if (strncmp(path, store, length) != 0 || path[length] != '/')
		return false;
	path += length + 1;
	return path[verify_component(path)] == '\0';
}

static const char *
check_header(const struct descriptor *d, size_t size)
{
	if (memcmp(d->magic, DESCRIPTOR_MAGIC, DESCRIPTOR_MAGIC_SIZE) != 0)
		return BROKEN("it does not start with the magic bytes");
	if (d->version != DESCRIPTOR_VERSION)
		return BROKEN("its format has another version");
	if (d->size < sizeof *d || d->size > size)
		return BROKEN("its size is not that of the segment");
	if (!table_fits(d, d->steps, sizeof(struct step), 4) ||
	    !table_fits(d, d->entries, sizeof(struct entry), 4) ||
	    !table_fits(d, d->templates, sizeof(struct template), 4) ||
	    !table_fits(d, d->segments, sizeof(struct segment), 4) ||
	    !table_fits(d, d->blobs, sizeof(struct blob), 4) || !table_fits(d, d->strings, 1, 1))
		return BROKEN("a table leaves it");
	if (d->strings.count == 0 || *descriptor_string(d, d->strings.count - 1) != '\0')
		return BROKEN("the strings do not end in a NUL");
	if (!is_string(d, d->name))
		return BROKEN("a string leaves its table");
	if (d->policy != DESCRIPTOR_NONE && d->policy >= d->blobs.count)
		return BROKEN("a blob is not there");
	if (d->notes != DESCRIPTOR_NONE && d->notes >= d->blobs.count)
		return BROKEN("a blob is not there");
	return NULL;
}

static const char *
check_entries(const struct descriptor *d)
{
	const struct entry *entries = descriptor_entries(d);

	if (d->entries.count == 0)
		return BROKEN("it has no program");
	for (uint32_t i = 0; i < d->entries.count; i++) {
		if (!is_path(d, entries[i].program))
			return BROKEN("an entry's program is not a path");
		if (entries[i].name == DESCRIPTOR_NONE) {
			if (i != d->entries.count - 1)
				return BROKEN("an entry without a name is not the last");
		} else if (!is_string(d, entries[i].name)) {
			return BROKEN("a string leaves its table");
		}
	}
	return NULL;
}

/* `ret_fallback` is the least index that a fallback may have. */
static const char *
check_segment(const struct descriptor *d, const struct segment *segment, uint32_t *ret_fallback)
{
	switch (segment->kind) {
	case SEGMENT_LITERAL:
	case SEGMENT_VARIABLE:
	case SEGMENT_USER_DIRECTORY:
		if (!is_string(d, segment->text))
			return BROKEN("a string leaves its table");
		break;
	case SEGMENT_HOME:
	case SEGMENT_UID:
	case SEGMENT_GID:
	case SEGMENT_INSTANCE:
		if (segment->text != DESCRIPTOR_NONE)
			return BROKEN("a segment that has no text has one");
		break;
	default:
		return BROKEN("a segment has an unknown kind");
	}
	if (segment->fallback == DESCRIPTOR_NONE)
		return NULL;
	if (segment->kind != SEGMENT_VARIABLE && segment->kind != SEGMENT_HOME &&
	    segment->kind != SEGMENT_USER_DIRECTORY)
		return BROKEN("a segment that cannot be unset has a fallback");
	if (segment->fallback < *ret_fallback || segment->fallback >= d->templates.count)
		return BROKEN("a fallback is not in its place");
	*ret_fallback = segment->fallback + 1;
	return NULL;
}

/* Do fallbacks nest deeper than `limit` below a template whose segments have been checked? */
static bool
nests_deeper(const struct descriptor *d, uint32_t index, unsigned limit)
{
	const struct template *template = descriptor_template(d, index);

	for (uint32_t i = 0; i < template->count; i++) {
		uint32_t fallback = descriptor_segment(d, template->first + i)->fallback;

		if (fallback != DESCRIPTOR_NONE &&
		    (limit == 0 || nests_deeper(d, fallback, limit - 1)))
			return true;
	}
	return false;
}

static const char *
check_templates(const struct descriptor *d)
{
	uint32_t next = 0;
	uint32_t fallback = 0;

	/* Every segment belongs to one template, and every template is the fallback of one segment
	 * at most: the work here, and that of expansion, grows with the size alone. */
	for (uint32_t i = 0; i < d->templates.count; i++) {
		const struct template *template = descriptor_template(d, i);

		if (template->first != next || template->count > d->segments.count - next)
			return BROKEN("the templates do not share out the segments");
		next += template->count;
		if (fallback <= i)
			fallback = i + 1;
		for (uint32_t j = 0; j < template->count; j++) {
			const char *broken = check_segment(
				d, descriptor_segment(d, template->first + j), &fallback);

			if (broken)
				return broken;
		}
	}
	for (uint32_t i = 0; i < d->templates.count; i++) {
		if (nests_deeper(d, i, TEMPLATE_DEPTH))
			return BROKEN("fallbacks nest too deep");
	}
	return NULL;
}

static const char *
check_blobs(const struct descriptor *d)
{
	for (uint32_t i = 0; i < d->blobs.count; i++) {
		const struct blob *blob = descriptor_blob(d, i);

		if (blob->offset % 8 != 0 || blob->offset < sizeof *d || blob->offset > d->size ||
		    blob->size > d->size - blob->offset)
			return BROKEN("a blob leaves it");
	}
	return NULL;
}

static bool
operand_fits(const struct descriptor *d, enum operand_kind kind, uint32_t operand,
             const char *store)
{
	switch (kind) {
	case OPERAND_NONE:
		return operand == 0;
	case OPERAND_NUMBER:
		return true;
	case OPERAND_MODE:
		return operand <= 07777;
	case OPERAND_STRING:
		return is_string(d, operand);
	case OPERAND_PATH:
		return is_path(d, operand);
	case OPERAND_OBJECT:
		return is_object(d, store, operand);
	case OPERAND_TEMPLATE:
		return operand < d->templates.count;
	case OPERAND_BLOB:
		return operand < d->blobs.count;
	}
	return false;
}

/* What has been seen of the steps so far. */
struct walk {
	unsigned times[STEP_KINDS];
	enum phase phase;
	uint32_t namespaces; /* that the box has of its own */
	bool optional; /* they are */
	bool ruleset; /* one has begun that is not in force yet */
	const char *store; /* of the open step `store` or `rules`, NULL outside */
	const char *find; /* that is looked in, NULL without */
};

/* linux/sched.h; a box without the first two has no tree of its own. */
#define NEW_NAMESPACES (NEW_USER | NEW_MOUNT | NEW_PID | NEW_NETWORK | NEW_HOST_NAME | 0x0a000000)
#define NEW_USER 0x10000000u
#define NEW_MOUNT 0x00020000
#define NEW_PID 0x20000000
#define NEW_NETWORK 0x40000000
#define NEW_HOST_NAME 0x04000000
/* Those that init can do without at first. */
#define LATE_NAMESPACES (NEW_NAMESPACES & ~(NEW_USER | NEW_MOUNT | NEW_PID))

#define LIMITS 16 /* RLIM_NLIMITS of asm-generic/resource.h */
#define NICE_MAX 39 /* from the lowest value to the highest */

static bool
is_filter(const struct descriptor *d, uint32_t blob)
{
	uint32_t size = descriptor_blob(d, blob)->size;

	return size > 0 && size % BPF_INSTRUCTION_SIZE == 0 &&
	       size / BPF_INSTRUCTION_SIZE <= BPF_INSTRUCTIONS_MAX;
}

/* Of a variable, or a pattern of them. */
static bool
is_name(const char *name)
{
	bool empty = *name == '\0';

	while (*name && *name != '=')
		name++;
	return !empty && *name == '\0';
}

/* The operands that are numbers, where not any will do. */
static bool
is_in_range(const struct step *step)
{
	switch (step->kind) {
	case STEP_CLOSE:
		return step->operand[0] <= step->operand[1];
	case STEP_STOP_TIMEOUT:
		return step->operand[0] > 0 && step->operand[0] <= INT32_MAX;
	case STEP_MEANWHILE:
		return step->operand[0] != 0 && !(step->operand[0] & ~LATE_NAMESPACES);
	case STEP_UMASK:
		return step->operand[0] <= 0777;
	case STEP_LIMIT:
		return step->operand[0] < LIMITS;
	case STEP_NICE:
		return step->operand[0] <= NICE_MAX;
	default:
		return true;
	}
}

/* The namespaces that a step works on. */
static uint32_t
needed_namespaces(const struct walk *walk, const struct step *step)
{
	switch (step->kind) {
	case STEP_NAMESPACES:
		return NEW_USER | NEW_MOUNT |
		       (walk->times[STEP_WAIT_FOR_ALL] || walk->times[STEP_STOP_TIMEOUT] ? NEW_PID
		                                                                         : 0);
	case STEP_MEANWHILE: /* Without it there is no init. */
		return NEW_PID;
	case STEP_HOSTNAME:
		return NEW_HOST_NAME;
	case STEP_LOOPBACK:
		return NEW_NETWORK;
	case STEP_PROC:
		return NEW_PID;
	default:
		return 0;
	}
}

static bool
needs_find(const struct step *step)
{
	return step->kind == STEP_FOUND_OBJECTS || step->kind == STEP_FOUND_LINKS ||
	       step->kind == STEP_ALLOW_FOUND ||
	       (step->kind != STEP_PROTECT && step->flags & FLAG_CLOSURE);
}

/* The rules that tie one kind of step to others. */
static const char *
check_kind(const struct descriptor *d, const struct step *step, struct walk *walk)
{
	switch (step->kind) {
	case STEP_CLOSE:
		return step->operand[0] >= 3 ? NULL
		                             : BROKEN("the standard descriptors would be closed");
	case STEP_FIND:
		walk->find = descriptor_string(d, step->operand[0]);
		return walk->times[STEP_FIND] ? BROKEN("a step is out of order") : NULL;
	case STEP_NO_NESTED: /* By a path in /proc, which the other process takes away. */
		return walk->times[STEP_MEANWHILE] ? BROKEN("a step is out of order") : NULL;
	case STEP_MEANWHILE:
		return walk->times[STEP_MEANWHILE] || walk->optional
		               ? BROKEN("namespaces that are optional or there twice are made late")
		               : NULL;
	case STEP_ROOT:
		return walk->times[STEP_ROOT]
		               ? BROKEN("a step that every box needs is missing or there twice")
		               : NULL;
	case STEP_STORE:
	case STEP_SEAL_STORE:
		walk->store =
			step->kind == STEP_STORE ? descriptor_string(d, step->operand[0]) : NULL;
		return NULL;
	case STEP_FOUND_OBJECTS:
		return walk->times[STEP_FOUND_OBJECTS] || strcmp(walk->find, walk->store) != 0
		               ? BROKEN("what is found is not for this store")
		               : NULL;
	case STEP_OVERLAY:
		if (walk->times[STEP_MEANWHILE])
			return BROKEN("nobody would hold the lock of an overlay");
		return walk->times[STEP_OVERLAY] < OVERLAYS_MAX
		               ? NULL
		               : BROKEN("there are too many overlays");
	case STEP_FOUND_LINKS:
		if (walk->times[STEP_FOUND_LINKS])
			return BROKEN("a step is out of order");
		/* fall through */
	case STEP_WORKING_DIRECTORY:
	case STEP_ARGUMENT_FILES:
		return walk->times[STEP_MASK] || walk->times[STEP_PROTECT]
		               ? BROKEN("a step is out of order")
		               : NULL;
	case STEP_RULES:
		walk->store = descriptor_string(d, step->operand[0]);
		/* fall through */
	case STEP_SCOPE:
		walk->ruleset = true;
		return walk->times[STEP_RULES] || walk->times[STEP_SCOPE]
		               ? BROKEN("a ruleset does not begin and come into force")
		               : NULL;
	case STEP_ALLOW_FOUND:
	case STEP_ALLOW:
		return walk->store ? NULL : BROKEN("a ruleset does not begin and come into force");
	case STEP_RESTRICT:
		if (!walk->ruleset)
			return BROKEN("a ruleset does not begin and come into force");
		walk->ruleset = false;
		walk->store = NULL;
		return NULL;
	case STEP_PATH_CLOSURES:
	case STEP_PATH_VARIABLE:
	case STEP_INHERIT:
	case STEP_UNSET:
	case STEP_SET:
	case STEP_PREFIX:
		return is_name(descriptor_string(d, step->operand[0]))
		               ? NULL
		               : BROKEN("a variable has no name");
	case STEP_SECCOMP:
		if (!walk->times[STEP_NO_NEW_PRIVILEGES])
			return BROKEN("a step is out of order");
		return is_filter(d, step->operand[0]) ? NULL
		                                      : BROKEN("a filter is not a BPF program");
	default:
		return NULL;
	}
}

/* The rules of the order. */
static const char *
check_order(const struct step *step, const struct walk *walk)
{
	enum phase phase = step_types[step->kind].phase;

	if (phase < walk->phase)
		return BROKEN("a step is out of order");
	if (phase == PHASE_LOOKUP && (walk->phase < phase) != (step->kind == STEP_FIND))
		return BROKEN("a step is out of order");
	if (phase == PHASE_LOOKUP && walk->times[STEP_LOOK_UP])
		return BROKEN("a step is out of order");
	if (phase == PHASE_NAMESPACES && walk->phase < phase && step->kind != STEP_NAMESPACES)
		return BROKEN("a step is out of order");
	if (phase == PHASE_ROOT && walk->phase < phase && step->kind != STEP_ROOT)
		return BROKEN("a step is out of order");
	if (phase == PHASE_ROOT && walk->times[STEP_PIVOT])
		return BROKEN("a step is out of order");
	if (step->kind == STEP_STORE && walk->store)
		return BROKEN("a store does not begin and end");
	if ((step->kind == STEP_SEAL_STORE || step->kind == STEP_FOUND_OBJECTS) && !walk->store)
		return BROKEN("a store does not begin and end");
	if (phase == PHASE_ROOT && walk->store && step->kind != STEP_OBJECT &&
	    step->kind != STEP_FOUND_OBJECTS && step->kind != STEP_SEAL_STORE)
		return BROKEN("a store does not begin and end");
	return NULL;
}

static const char *
check_step(const struct descriptor *d, const struct step *step, struct walk *walk)
{
	const struct step_type *type;
	const char *broken;
	unsigned kinds = step->flags & (FLAG_DIRECTORY | FLAG_FILE | FLAG_SYMLINK);

	if (step->kind >= STEP_KINDS)
		return BROKEN("a step has an unknown kind");
	type = &step_types[step->kind];
	broken = check_order(step, walk);
	if (broken)
		return broken;
	if (step->flags & ~type->flags)
		return BROKEN("a step has a flag it cannot have");
	/* The flags are single bits. */
	if (kinds & (kinds - 1))
		return BROKEN("what a step binds or makes is of two kinds");
	for (int i = 0; i < STEP_OPERANDS; i++) {
		if (!operand_fits(d, type->operand[i], step->operand[i], walk->store))
			return BROKEN("an operand does not fit its step");
	}
	if (!is_in_range(step))
		return BROKEN("a number is out of its range");
	if (step->kind == STEP_NAMESPACES) {
		walk->namespaces = step->operand[0];
		walk->optional = step->flags & FLAG_OPTIONAL;
	}
	if (step->kind == STEP_MEANWHILE)
		walk->namespaces |= step->operand[0];
	if (walk->namespaces & ~NEW_NAMESPACES || needed_namespaces(walk, step) & ~walk->namespaces)
		return BROKEN("a step needs other namespaces");
	if (step->flags & FLAG_WITHOUT_NAMESPACES && !walk->optional)
		return BROKEN("a step is for a box without namespaces, which are not optional");
	if (needs_find(step) && !walk->find)
		return BROKEN("nothing is looked up for a step");
	walk->phase = type->phase;
	broken = check_kind(d, step, walk);
	walk->times[step->kind]++;
	return broken;
}

static const char *
check_steps(const struct descriptor *d)
{
	const struct step *steps = descriptor_steps(d);
	struct walk walk = { .phase = PHASE_PREPARE };

	for (uint32_t i = 0; i < d->steps.count; i++) {
		const char *broken = check_step(d, &steps[i], &walk);

		if (broken)
			return broken;
	}
	if (walk.ruleset)
		return BROKEN("a ruleset does not begin and come into force");
	if (walk.optional && !walk.times[STEP_RULES])
		return BROKEN("without namespaces there are no rules");
	for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
		if (walk.times[required[i]] != 1)
			return BROKEN("a step that every box needs is missing or there twice");
	}
	return NULL;
}

const char *
verify_descriptor(const void *bytes, size_t size)
{
	const struct descriptor *d = bytes;
	const char *broken;

	if (size < sizeof *d)
		return BROKEN("it is shorter than a header");
	broken = check_header(d, size);
	if (!broken)
		broken = check_entries(d);
	if (!broken)
		broken = check_templates(d);
	if (!broken)
		broken = check_blobs(d);
	if (!broken)
		broken = check_steps(d);
	return broken;
}
