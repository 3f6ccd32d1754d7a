/* The facts of a plan: what it gives or takes, a line each, step by step. */
#include "compiler.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#define RIGHTS_OF_FLAGS (FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES | FLAG_ANYWHERE)

/* Text of a descriptor as it can be shown. */
static const char *
shown(const struct facts *f, const char *text)
{
	struct buffer out = { .arena = f->arena };

	diag_escape(&out, text, strlen(text));
	return out.data ? out.data : "";
}

static const char *
shown_template(const struct facts *f, const struct template_text *template)
{
	return shown(f, describe_template(f->arena, template));
}

static bool
has_variable(const struct template_text *template)
{
	for (size_t i = 0; i < template->count; i++)
		if (template->segments[i].kind != SEGMENT_LITERAL)
			return true;
	return false;
}

static struct fact *
add(struct facts *f, enum section section, enum sense sense, const char *key, const char *word,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* A key that is there already, with a number that no other has. */
static const char *
again(struct description *d, struct arena *arena, const char *key)
{
	const char *unique;

	do {
		size_t index = map_get(&d->repeated, key);

		if (index == MAP_ABSENT) {
			index = d->repeat_count;
			map_add(&d->repeated, key, index);
			*ARRAY_ADD(arena, d->repeats, d->repeat_count, d->repeat_capacity) = 1;
		}
		unique = arena_printf(arena, "%s #%zu", key, ++d->repeats[index]);
	} while (map_get(&d->keys, unique) != MAP_ABSENT);
	return unique;
}

/* A fact of the present step. */
static struct fact *
add(struct facts *f, enum section section, enum sense sense, const char *key, const char *word,
    const char *format, ...)
{
	struct description *d = f->d;
	struct buffer text = { .arena = f->arena };
	const char *unique = key;
	va_list arguments;
	struct fact *fact;

	if (map_get(&d->keys, key) != MAP_ABSENT)
		unique = again(d, f->arena, key);
	fact = ARRAY_ADD(f->arena, d->facts, d->fact_count, d->fact_capacity);
	map_add(&d->keys, unique, d->fact_count - 1);
	va_start(arguments, format);
	buffer_vprintf(&text, format, arguments);
	va_end(arguments);
	*fact = (struct fact){
		.section = section,
		.sense = sense,
		.key = unique,
		.what = "",
		.rights = RIGHT_PRESENT,
		.amount = UINT64_MAX,
		.word = word,
		.text = text.data ? text.data : "",
		.place = f->step < d->plan->step_count ? d->places[f->step] : NULL,
	};
	return fact;
}

struct fact *
describe_fact(struct facts *f, enum section section, enum sense sense, const char *key,
              const char *word, const char *text)
{
	return add(f, section, sense, key, word, "%s", shown(f, text));
}

/* One of two states, of which one gives more. */
static void
add_state(struct facts *f, enum section section, bool given, const char *key, const char *word,
          const char *text)
{
	add(f, section, SENSE_GIVES, key, word, "%s", text)->rights = given;
}

/* Programs and the store */

static void
add_programs(struct facts *f)
{
	const struct plan *plan = f->d->plan;

	for (size_t i = 0; i < plan->entry_count; i++) {
		const struct plan_entry *entry = &plan->entries[i];
		const char *name = entry->name ? shown(f, entry->name) : "any name";
		struct fact *fact = add(f, SECTION_PROGRAMS, SENSE_GIVES,
		                        arena_printf(f->arena, "program %s", name), name, "%s",
		                        shown(f, entry->program));

		fact->what = fact->text;
	}
}

static bool
has_step(const struct facts *f, enum step_kind kind)
{
	for (size_t i = 0; i < f->d->plan->step_count; i++)
		if (f->d->plan->steps[i].kind == kind)
			return true;
	return false;
}

static void
add_store(struct facts *f)
{
	static const struct {
		const char *word;
		const char *text;
		const char *and_found; /* with what is found at launch */
	} modes[] = {
		[STORE_CLOSURE] = { "closure", "has exactly the closure, read-only",
		                    "has the closure and what is found at launch, read-only" },
		[STORE_LANDLOCK] = { "landlock",
		                     "is the host's; Landlock allows the closure only, but not to "
		                     "look which other names there are",
		                     "is the host's; Landlock allows the closure and what is found "
		                     "at launch, but not to look which other names there are" },
		[STORE_WHOLE] = { "whole", "is the host's, all of it, read-only", NULL },
	};
	const enum store_mode mode = f->d->store_mode;
	const bool found = mode != STORE_WHOLE &&
	                   (has_step(f, STEP_FOUND_OBJECTS) || has_step(f, STEP_ALLOW_FOUND));
	/* Bits for what each mode gives: a mode that gives more has more of them. */
	static const uint64_t rights[] = { 1, 3, 15 }, rights_of_found = 4;

	add(f, SECTION_STORE, SENSE_GIVES, "store", modes[mode].word, "%s %s",
	    shown(f, f->d->store), found ? modes[mode].and_found : modes[mode].text)
		->rights = rights[mode] | (found ? rights_of_found : 0);
}

/* Files */

/* Its flags; that it may be the root of the host says something only where that is not plain. */
static unsigned
flags_of(const struct plan_step *step)
{
	const union plan_operand *operand = step->operand;
	bool plain = false;

	if (step->kind == STEP_BIND || step->kind == STEP_ALLOW)
		plain = !has_variable(operand[0].template);
	else if (step->kind == STEP_OVERLAY)
		plain = !has_variable(operand[1].template) && !has_variable(operand[2].template);
	return plain ? step->flags & ~(unsigned)FLAG_ANYWHERE : step->flags;
}

static const char *
options_of(const struct facts *f, const struct plan_step *step)
{
	unsigned flags = flags_of(step);
	const struct {
		unsigned flag;
		const char *text;
	} options[] = {
		{ FLAG_CLOSURE, ", with its closure" },
		{ FLAG_EXECUTABLE, ", executable" },
		{ FLAG_DEVICES, ", with devices" },
		{ FLAG_OPTIONAL, ", optional" },
		{ FLAG_DIRECTORY, ", made if missing" },
		{ FLAG_FILE, ", made if missing" },
		{ FLAG_NO_LINKS, ", through no link" },
		{ FLAG_ANYWHERE, step->kind == STEP_WORKING_DIRECTORY
		                         ? ", even where it has the home directory in it"
		                         : ", even where it comes to the root of the host" },
	};
	struct buffer out = { .arena = f->arena };

	/* Of what takes something away it says little that there may be nothing to take; what can
	 * be made is never skipped for being missing. */
	if (step->kind == STEP_MASK || step->kind == STEP_PROTECT)
		flags = 0;
	if (flags & (FLAG_DIRECTORY | FLAG_FILE))
		flags &= ~(unsigned)FLAG_OPTIONAL;
	/* Then they are the word for it. */
	if (!(flags & FLAG_WRITABLE))
		flags &= ~(unsigned)FLAG_DEVICES;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (flags & options[i].flag)
			buffer_add_string(&out, options[i].text);
	return out.data ? out.data : "";
}

/* A fact about something at a path of the box. */
static struct fact *
add_path(struct facts *f, enum sense sense, const char *word, const struct template_text *path,
         const char *text)
{
	const struct plan_step *step = &f->d->plan->steps[f->step];
	const char *kind = sense == SENSE_GIVES ? "path" : word;
	const char *key =
		arena_printf(f->arena, "%s %s", kind, policy_path_spelling(f->arena, path));
	struct fact *fact =
		add(f, SECTION_FILES, sense, key, word, "%s%s", text, options_of(f, step));

	fact->what = step_types[step->kind].name;
	fact->rights = RIGHT_PRESENT | (flags_of(step) & RIGHTS_OF_FLAGS);
	return fact;
}

static void
add_bind(struct facts *f, const struct plan_step *step)
{
	const struct template_text *from = step->operand[0].template,
				   *to = step->operand[1].template;
	const char *source = shown_template(f, from), *destination = shown_template(f, to);
	const char *word = step->flags & FLAG_WRITABLE  ? "read-write"
	                   : step->flags & FLAG_DEVICES ? "devices"
	                                                : "read-only";
	const char *text = source;

	if (strcmp(source, destination) != 0)
		text = arena_printf(f->arena, "%s at %s", source, destination);
	add_path(f, SENSE_GIVES, word, to, text)->what =
		arena_printf(f->arena, "bind %s", policy_path_spelling(f->arena, from));
}

static void
add_tmpfs(struct facts *f, const struct plan_step *step)
{
	const struct template_text *path = step->operand[0].template;
	const char *text = shown_template(f, path);
	bool sealed = describe_sealed(f->arena, f->d, f->step);
	struct fact *fact;

	if (step->operand[2].number > 0)
		text = arena_printf(
			f->arena, "%s of %s", text,
			size_text((char[SIZE_TEXT]){ 0 }, step->operand[2].number * 1024));
	fact = add_path(f, SENSE_GIVES, "temporary", path,
	                sealed ? arena_printf(f->arena, "%s, read-only", text) : text);
	if (!sealed)
		fact->rights |= FLAG_WRITABLE;
	if (step->operand[2].number > 0)
		fact->amount = step->operand[2].number;
}

static void
add_made(struct facts *f, const struct plan_step *step)
{
	const struct template_text *path = step->operand[0].template;
	const char *text = shown_template(f, path), *target = "";

	if (step->kind == STEP_SYMLINK) {
		target = shown_template(f, step->operand[1].template);
		text = arena_printf(f->arena, "%s -> %s", text, target);
	}
	struct fact *fact = add_path(f, SENSE_GIVES, step_types[step->kind].name, path, text);
	fact->what = arena_printf(f->arena, "%s %s", fact->what, target);
	if (step->kind != STEP_FILE)
		return;
	fact->content = describe_template(f->arena, step->operand[1].template);
	/* As of a variable: what only the launch knows may be the caller's secret. */
	if (has_variable(step->operand[1].template))
		fact->rights |= RIGHT_VALUE;
}

static void
add_overlay(struct facts *f, const struct plan_step *step)
{
	const char *lower = shown_template(f, step->operand[1].template);
	const char *changes = shown_template(f, step->operand[2].template);
	const char *text = shown_template(f, step->operand[0].template);
	struct fact *fact = add_path(
		f, SENSE_GIVES, "overlay", step->operand[0].template,
		arena_printf(f->arena, "%s: %s, with changes in %s", text, lower, changes));

	fact->what = arena_printf(f->arena, "overlay %s %s", lower, changes);
	fact->rights |= FLAG_WRITABLE;
}

/* A path that is no template. */
static void
add_kernel_path(struct facts *f, const char *word, const char *path, const char *text)
{
	add(f, SECTION_FILES, SENSE_GIVES, arena_printf(f->arena, "path %s", path), word, "%s%s",
	    shown(f, path), text)
		->what = word;
}

static void
add_files_of(struct facts *f, const struct plan_step *step, const char *key, const char *text)
{
	add(f, SECTION_FILES, SENSE_GIVES, key,
	    step->flags & FLAG_WRITABLE ? "read-write" : "read-only", "%s%s", text,
	    options_of(f, step))
		->rights |= flags_of(step) & RIGHTS_OF_FLAGS;
}

static void
add_root_step(struct facts *f, const struct plan_step *step)
{
	const struct template_text *path = step->operand[0].template;

	switch ((int)step->kind) {
	case STEP_BIND:
		add_bind(f, step);
		break;
	case STEP_TMPFS:
		add_tmpfs(f, step);
		break;
	case STEP_DIRECTORY:
	case STEP_SYMLINK:
	case STEP_FILE:
		add_made(f, step);
		break;
	case STEP_OVERLAY:
		add_overlay(f, step);
		break;
	case STEP_MASK:
		add_path(f, SENSE_TAKES, "hidden", path, shown_template(f, path));
		break;
	case STEP_PROTECT:
		add_path(f, SENSE_TAKES, "protected", path, shown_template(f, path))->content =
			describe_template(f->arena, step->operand[1].template);
		break;
	case STEP_PROC:
		add_kernel_path(f, "proc", step->operand[0].string, ", with the box's processes");
		break;
	case STEP_DEVPTS:
		add_kernel_path(f, "devpts", step->operand[0].string, ", the box's own terminals");
		break;
	case STEP_WORKING_DIRECTORY:
		add_files_of(f, step, "working-directory", "the directory it is started in");
		break;
	case STEP_ARGUMENT_FILES:
		add_files_of(f, step, "argument-files",
		             "the files and directories that its arguments name");
		break;
	default:
		break;
	}
}

/* Environment, arguments, the process */

/* A value that only the launch knows may be the caller's secret. */
static void
add_value(struct facts *f, const struct plan_step *step)
{
	bool prefix = step->kind == STEP_PREFIX;
	const char *name = shown(f, step->operand[0].string);
	const char *value = shown_template(f, step->operand[1].template);
	enum sense sense = has_variable(step->operand[1].template) ? SENSE_GIVES : SENSE_NEITHER;
	const char *word = prefix ? "prefix" : "set";

	add(f, SECTION_ENVIRONMENT, sense, arena_printf(f->arena, "%s %s", word, name), word,
	    "%s=%s%s", name, value, prefix ? ":..." : "")
		->what = value;
}

static void
add_pattern(struct facts *f, const struct plan_step *step)
{
	const char *pattern = shown(f, step->operand[0].string);
	bool inherit = step->kind == STEP_INHERIT;
	const char *word = inherit ? "inherit" : "unset";

	add(f, SECTION_ENVIRONMENT, inherit ? SENSE_GIVES : SENSE_TAKES,
	    arena_printf(f->arena, "%s %s", word, pattern), word, "%s", pattern);
}

static void
add_argument(struct facts *f, const struct plan_step *step)
{
	const char *word = step->kind == STEP_PREPEND ? "prepend" : "append";

	add(f, SECTION_PROCESS, SENSE_NEITHER, word, word, "%s",
	    shown_template(f, step->operand[0].template));
}

static void
add_limit(struct facts *f, const struct plan_step *step)
{
	uint64_t value = step->operand[1].number | step->operand[2].number << 32;
	uint64_t resource = step->operand[0].number;
	const struct resource_limit *limit = describe_limit(resource);
	const char *name = limit ? limit->name : arena_printf(f->arena, "#%" PRIu64, resource);
	const char *text;

	/* A limit of one byte also stops the programs that the kernel pipes core dumps to. */
	if (resource == RLIMIT_CORE && value <= 1)
		text = "core dumps: none";
	else if (value == UINT64_MAX)
		text = arena_printf(f->arena, "%s: as the caller's hard limit allows", name);
	else if (limit && limit->bytes)
		text = arena_printf(f->arena, "%s: %s", name,
		                    size_text((char[SIZE_TEXT]){ 0 }, value));
	else
		text = arena_printf(f->arena, "%s: %" PRIu64, name, value);
	add(f, SECTION_PROCESS, SENSE_LIMITS, arena_printf(f->arena, "limit %" PRIu64, resource),
	    "limit", "%s", text)
		->rights = value;
}

static void
add_process_step(struct facts *f, const struct plan_step *step)
{
	const char *directory;

	switch ((int)step->kind) {
	case STEP_PREPEND:
	case STEP_APPEND:
		add_argument(f, step);
		break;
	case STEP_INHERIT:
	case STEP_UNSET:
		add_pattern(f, step);
		break;
	case STEP_SET:
	case STEP_PREFIX:
		add_value(f, step);
		break;
	case STEP_KEEP_DIRECTORY:
		directory = shown_template(f, step->operand[0].template);
		add(f, SECTION_PROCESS, SENSE_NEITHER, "directory", "directory",
		    "the caller's if the box has it, else %s", directory);
		break;
	case STEP_CHANGE_DIRECTORY:
		add(f, SECTION_PROCESS, SENSE_NEITHER, "directory", "directory", "%s",
		    shown_template(f, step->operand[0].template));
		break;
	case STEP_UMASK:
		add(f, SECTION_PROCESS, SENSE_NEITHER, "umask", "umask", "%04" PRIo64,
		    step->operand[0].number);
		break;
	case STEP_LIMIT:
		add_limit(f, step);
		break;
	case STEP_NICE:
		add(f, SECTION_PROCESS, SENSE_NEITHER, "nice", "nice", "the caller's and %" PRIu64,
		    step->operand[0].number);
		break;
	default:
		break;
	}
}

/* Descriptors */

/* As many are told one by one: what was there and what is new is a fact each then. */
#define DESCRIPTORS_SINGLE 64

static void
add_range(struct facts *f, uint64_t first, uint64_t last, bool directories)
{
	const char *which = arena_printf(f->arena, "%" PRIu64, first);

	if (last == UINT32_MAX)
		which = arena_printf(f->arena, "all from %" PRIu64 " on", first);
	else if (last != first)
		which = arena_printf(f->arena, "%" PRIu64 " to %" PRIu64, first, last);
	add(f, SECTION_PROCESS, SENSE_GIVES, arena_printf(f->arena, "descriptors %s", which),
	    "descriptors", "%s%s", which, directories ? "" : ", but no directories");
}

static void
add_descriptors(struct facts *f)
{
	bool directories = !has_step(f, STEP_CLOSE_PATHS);

	add(f, SECTION_PROCESS, SENSE_SHOWN, "descriptors", "descriptors", "0, 1 and 2");
	for (size_t i = 0; i < f->d->kept_count; i++) {
		const struct descriptor_range *range = &f->d->kept[i];

		if (i == 0 && directories)
			add(f, SECTION_PROCESS, SENSE_GIVES, "descriptors of directories",
			    "descriptors", "those of directories too");
		if (range->last - range->first >= DESCRIPTORS_SINGLE) {
			add_range(f, range->first, range->last, directories);
			continue;
		}
		for (uint64_t number = range->first; number <= range->last; number++)
			add_range(f, number, number, directories);
	}
}

/* Namespaces and network */

/* The rights are what blocked leaves, and all. */
static void
add_network(struct facts *f)
{
	static const struct {
		const char *word, *text;
		uint64_t rights;
	} networks[] = {
		[NETWORK_NONE] = { "own", "only a loopback interface", 0 },
		[NETWORK_BLOCKED] = { "blocked",
		                      "no sockets but those of AF_UNIX; the host's interfaces and "
		                      "connections can be seen",
		                      1 },
		[NETWORK_HOST] = { "host", "the host's network", 3 },
	};

	add(f, SECTION_NETWORK, SENSE_GIVES, "network", networks[f->d->network].word, "%s",
	    networks[f->d->network].text)
		->rights = networks[f->d->network].rights;
}

static void
add_namespaces(struct facts *f, const struct plan_step *step)
{
	static const struct {
		uint64_t flag;
		const char *text;
	} shared[] = {
		{ CLONE_NEWUSER, "user: there is no namespace for rights" },
		{ CLONE_NEWNS, "mount: changes of the mount tree reach the host" },
		{ CLONE_NEWPID, "pid: the host's processes are there" },
		{ CLONE_NEWIPC, "ipc: message queues and shared memory of the host are there" },
		{ CLONE_NEWUTS, "uts: the host's name" },
		{ CLONE_NEWCGROUP, "cgroup: the host's control groups can be seen" },
	};
	uint64_t flags = f->d->namespaces, flag;
	struct buffer own = { .arena = f->arena };
	const char *name;

	for (size_t i = 0; (name = describe_namespace(i, &flag)); i++)
		if (flags & flag)
			buffer_printf(&own, "%s%s", own.size ? " " : "", name);
	add(f, SECTION_NAMESPACES, SENSE_SHOWN, "namespaces", "own", "%s",
	    own.data ? own.data : "none");
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
		if (!(flags & shared[i].flag))
			add(f, SECTION_NAMESPACES, SENSE_GIVES,
			    arena_printf(f->arena, "shared %zu", i), "shared", "%s",
			    shared[i].text);
	add_network(f);
	bool optional = step->flags & FLAG_OPTIONAL;
	add_state(f, SECTION_NAMESPACES, optional, "without", "without",
	          optional ? "it starts all the same where they cannot be had: then nothing is "
	                     "mounted, and Landlock allows what follows"
	                   : "it does not start");
}

/* What Landlock allows, in a box without namespaces above all. */
static void
add_rule(struct facts *f, const struct plan_step *step)
{
	const char *path = shown_template(f, step->operand[0].template);
	struct fact *fact =
		add(f, SECTION_NAMESPACES, SENSE_GIVES,
	            arena_printf(f->arena, "allow %s",
	                         policy_path_spelling(f->arena, step->operand[0].template)),
	            step->flags & FLAG_WRITABLE ? "read-write" : "read-only", "%s%s", path,
	            options_of(f, step));

	fact->rights |= flags_of(step) & RIGHTS_OF_FLAGS;
}

static void
add_namespaces_step(struct facts *f, const struct plan_step *step)
{
	switch ((int)step->kind) {
	case STEP_NAMESPACES:
		add_namespaces(f, step);
		break;
	case STEP_HOSTNAME:
		add(f, SECTION_NAMESPACES, SENSE_NEITHER, "hostname", "host name", "%s",
		    shown(f, step->operand[0].string));
		break;
	case STEP_ALLOW:
		add_rule(f, step);
		break;
	case STEP_STOP_TIMEOUT:
		add(f, SECTION_PROCESS, SENSE_NEITHER, "stop-timeout", "stop",
		    "killed %" PRIu64 " ms after it was asked to end", step->operand[0].number);
		break;
	default:
		break;
	}
}

/* What a plan does or leaves out as a whole */

static void
add_process_states(struct facts *f)
{
	bool session = has_step(f, STEP_NEW_SESSION), dies = has_step(f, STEP_DIE_WITH_PARENT);

	add(f, SECTION_PROCESS, SENSE_NEITHER, "wait-for", "ends", "%s",
	    has_step(f, STEP_WAIT_FOR_ALL) ? "with its last process" : "with the program");
	add_state(f, SECTION_PROCESS, !dies, "lifetime", "lifetime",
	          dies                              ? "nothing in it outlives the launcher"
	          : f->d->namespaces & CLONE_NEWPID ? "it can outlive the launcher"
	                                            : "the launcher becomes the program");
	add_state(f, SECTION_PROCESS, !session, "session", "session",
	          session ? "its own, without the caller's terminal"
	                  : "the caller's, with its terminal");
}

/* What of it Landlock keeps from the host's processes; the rights are sockets, signals, and both
 * where the kernel does not know scopes. */
static void
add_scope(struct facts *f)
{
	const struct plan *plan = f->d->plan;
	size_t i = 0;

	while (i < plan->step_count && plan->steps[i].kind != STEP_SCOPE &&
	       plan->steps[i].kind != STEP_RULES)
		i++;
	bool scoped = i < plan->step_count;
	bool reached = scoped && plan->steps[i].flags & FLAG_ABSTRACT_SOCKETS;
	bool optional = scoped && plan->steps[i].flags & FLAG_OPTIONAL;
	struct fact *fact = add(
		f, SECTION_RIGHTS, SENSE_GIVES, "scope", "scope", "%s",
		reached    ? "signals stay in it, where the kernel has Landlock for that; abstract "
			     "sockets of the host's network it reaches"
		: optional ? "signals and abstract sockets stay in it, where the kernel has "
			     "Landlock for that"
		: scoped   ? "signals and abstract sockets stay in it; it does not start where the "
			     "kernel has no Landlock for that"
			   : "signals and abstract sockets as the namespaces allow");

	fact->rights = (uint64_t)(reached ? 1 : scoped ? 0 : 3) | (scoped && !optional ? 0 : 4);
	fact->place = scoped ? f->d->places[i] : NULL;
}

static void
add_rights(struct facts *f)
{
	const struct description *d = f->d;
	bool nested = !has_step(f, STEP_NO_NESTED);

	add(f, SECTION_RIGHTS, SENSE_SHOWN, "capabilities", "capabilities",
	    "none, and no_new_privs");
	add_state(f, SECTION_RIGHTS, nested, "nested", "nested",
	          nested ? "user namespaces can be made in it"
	                 : "no user namespace can be made in it");
	add_scope(f);
	for (size_t i = 0; i < d->filter_count; i++)
		add(f, SECTION_RIGHTS, SENSE_SHOWN, arena_printf(f->arena, "filter %zu", i),
		    i < d->filter_count - d->filter_fallbacks ? "system calls"
		                                              : "without namespaces",
		    "%s", filter_summary(f->arena, d->filters[i].bytes, d->filters[i].size));
	if (d->filter_count == d->filter_fallbacks)
		add(f, SECTION_RIGHTS, SENSE_SHOWN, "filter", "system calls",
		    "all: there is no filter");
}

static void
add_risks(struct facts *f)
{
	for (size_t i = 0; i < f->d->risk_count; i++) {
		const struct risk_found *found = &f->d->risks[i];
		const char *what = shown(f, found->what);

		f->step = found->place.offset;
		add(f, SECTION_RISKS, SENSE_GIVES,
		    arena_printf(f->arena, "risk %s %s", found->risk->name, what),
		    found->risk->name, "%s%s", what,
		    found->accepted ? "" : " (its policy does not accept it)");
	}
}

void
describe_facts(struct arena *arena, struct description *d)
{
	struct facts f = { .arena = arena, .d = d, .step = d->plan->step_count };

	add_programs(&f);
	add_store(&f);
	bool all = !has_step(&f, STEP_CLEAR_ENVIRONMENT);
	add_state(&f, SECTION_ENVIRONMENT, all, "all", "variables",
	          all ? "all of the caller's but those unset here"
	              : "those of the caller named here");
	for (f.step = 0; f.step < d->plan->step_count; f.step++) {
		const struct plan_step *step = &d->plan->steps[f.step];

		add_namespaces_step(&f, step);
		add_root_step(&f, step);
		add_process_step(&f, step);
	}
	describe_found(&f);
	f.step = d->plan->step_count;
	add_descriptors(&f);
	add_process_states(&f);
	add_rights(&f);
	add_risks(&f);
}
