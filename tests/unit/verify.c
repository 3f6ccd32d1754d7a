/* The verifier accepts what the compiler writes and names the rule each kind of damage breaks. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define STORE "/nix/store"
#define OBJECT STORE "/00000000000000000000000000000000-hello-2.10"
#define OTHER STORE "/11111111111111111111111111111111-libfoo"

#define NEW_MOUNT 0x00020000u
#define NEW_HOST_NAME 0x04000000u
#define NEW_USER 0x10000000u
#define NEW_PID 0x20000000u
#define NEW_NETWORK 0x40000000u

static void
add_number(struct compilation *c, enum step_kind kind, uint64_t number)
{
	plan_add(c, kind, PLACE_NONE)->operand[0].number = number;
}

static void
add_string(struct compilation *c, enum step_kind kind, const char *string)
{
	plan_add(c, kind, PLACE_NONE)->operand[0].string = string;
}

static struct plan_step *
add_template(struct compilation *c, enum step_kind kind, unsigned flags, const char *text)
{
	struct plan_step *step = plan_add(c, kind, PLACE_NONE);

	step->flags = flags;
	step->operand[0].template = template_parse(c, PLACE_NONE, text);
	return step;
}

static void
add_lookup(struct compilation *c, struct template_text *home)
{
	struct plan_step *step;

	add_string(c, STEP_FIND, STORE);
	plan_add(c, STEP_CLOSURE_FILES, PLACE_NONE)->operand[0].template = home;
	add_template(c, STEP_CLOSURE, FLAG_OPTIONAL, "/run/driver");
	add_template(c, STEP_LINKS, 0, "/etc/static");
	add_string(c, STEP_PATH_CLOSURES, "XDG_DATA_DIRS");
	step = plan_add(c, STEP_LOOK_UP, PLACE_NONE);
	step->operand[0].string = "/libexec/closure";
	step->operand[1].string = "/nix/var/nix";
}

static void
add_root(struct compilation *c, struct template_text *home)
{
	struct plan_step *step;

	plan_add(c, STEP_ROOT, PLACE_NONE);
	add_string(c, STEP_STORE, STORE);
	step = plan_add(c, STEP_OBJECT, PLACE_NONE);
	step->flags = FLAG_DIRECTORY;
	step->operand[0].string = OBJECT;
	add_string(c, STEP_OBJECT, OTHER);
	plan_add(c, STEP_FOUND_OBJECTS, PLACE_NONE);
	plan_add(c, STEP_SEAL_STORE, PLACE_NONE);
	step = plan_add(c, STEP_TMPFS, PLACE_NONE);
	step->operand[0].template = home;
	step->operand[1].number = 0700;
	add_template(c, STEP_BIND, FLAG_DIRECTORY | FLAG_WRITABLE, "$HOME/kept")
		->operand[1]
		.template = home;
	for (int i = 0; i < OVERLAYS_MAX; i++) {
		step = add_template(c, STEP_OVERLAY, FLAG_OPTIONAL | FLAG_ANYWHERE, "/game");
		step->operand[1].template = step->operand[2].template = home;
	}
	add_template(c, STEP_BIND, FLAG_CLOSURE, "/run/driver")->operand[1].template = home;
	plan_add(c, STEP_WORKING_DIRECTORY, PLACE_NONE)->flags = FLAG_OPTIONAL | FLAG_ANYWHERE;
	plan_add(c, STEP_ARGUMENT_FILES, PLACE_NONE)->flags = FLAG_WRITABLE;
	add_string(c, STEP_PROC, "/proc");
	plan_add(c, STEP_FOUND_LINKS, PLACE_NONE);
	add_template(c, STEP_PROTECT, FLAG_FILE, "$HOME/fixed")->operand[1].template = home;
	add_template(c, STEP_MASK, FLAG_DIRECTORY | FLAG_OPTIONAL, "$HOME/hidden");
	plan_add(c, STEP_PIVOT, PLACE_NONE);
}

static void
add_process(struct compilation *c, struct template_text *home)
{
	struct plan_step *step;

	add_template(c, STEP_PREPEND, 0, "--first");
	plan_add(c, STEP_CLEAR_ENVIRONMENT, PLACE_NONE);
	add_string(c, STEP_INHERIT, "LC_*");
	add_string(c, STEP_UNSET, "*_PRELOAD");
	step = plan_add(c, STEP_SET, PLACE_NONE);
	step->operand[0].string = "HOME";
	step->operand[1].template = home;
	add_string(c, STEP_PATH_VARIABLE, "XDG_DATA_DIRS");
	add_template(c, STEP_KEEP_DIRECTORY, 0, "/");
	add_number(c, STEP_UMASK, 077);
	step = plan_add(c, STEP_LIMIT, PLACE_NONE);
	step->operand[0].number = 15;
	step->operand[1].number = step->operand[2].number = UINT32_MAX;
	add_number(c, STEP_NICE, 39);
}

static void
add_filter(struct compilation *c, unsigned flags)
{
	static const uint64_t filter[] = { 0x7fff000000000006 };
	struct plan_step *step = plan_add(c, STEP_SECCOMP, PLACE_NONE);

	step->flags = flags;
	step->operand[0].blob.bytes = filter;
	step->operand[0].blob.size = sizeof filter;
}

/* A plan with every kind of operand, and the steps that rules are about; the filters are of one
 * instruction. */
static void
make_plan(struct compilation *c)
{
	struct template_text *home = template_parse(c, PLACE_NONE, "${HOME:-${TMPDIR:-/home}}/x");
	struct plan_step *step;
	struct plan_entry *entries = arena_alloc(&c->arena, 2 * sizeof *entries);

	c->plan.name = "hello";
	plan_add(c, STEP_STANDARD_STREAMS, PLACE_NONE);
	step = plan_add(c, STEP_CLOSE, PLACE_NONE);
	step->operand[0].number = 3;
	step->operand[1].number = UINT32_MAX;
	plan_add(c, STEP_WAIT_FOR_ALL, PLACE_NONE);
	add_number(c, STEP_STOP_TIMEOUT, INT32_MAX);
	add_lookup(c, home);
	step = plan_add(c, STEP_NAMESPACES, PLACE_NONE);
	step->flags = FLAG_OPTIONAL;
	step->operand[0].number = NEW_MOUNT | NEW_HOST_NAME | NEW_USER | NEW_PID | NEW_NETWORK;
	add_string(c, STEP_HOSTNAME, "box");
	plan_add(c, STEP_LOOPBACK, PLACE_NONE);
	add_root(c, home);
	plan_add(c, STEP_CAPABILITIES, PLACE_NONE);
	plan_add(c, STEP_NO_NEW_PRIVILEGES, PLACE_NONE);
	add_string(c, STEP_RULES, STORE);
	add_string(c, STEP_ALLOW_OBJECT, OBJECT);
	plan_add(c, STEP_ALLOW_FOUND, PLACE_NONE);
	add_template(c, STEP_ALLOW, FLAG_WITHOUT_NAMESPACES | FLAG_WRITABLE | FLAG_NO_LINKS,
	             "$HOME/kept");
	plan_add(c, STEP_RESTRICT, PLACE_NONE);
	add_process(c, home);
	add_filter(c, 0);
	add_filter(c, FLAG_WITHOUT_NAMESPACES);
	plan_add(c, STEP_EXECUTE, PLACE_NONE);
	entries[0] = (struct plan_entry){ .name = "hello", .program = OBJECT "/bin/hello" };
	entries[1] = (struct plan_entry){ .program = OBJECT "/bin/hello" };
	c->plan.entries = entries;
	c->plan.entry_count = 2;
	c->plan.policy = "{}";
	c->plan.notes = "{}";
}

/* A good descriptor to damage, with what tests change often at hand. */
struct sample {
	struct compilation c;
	struct descriptor *d;
	struct step *steps;
	struct entry *entries;
	struct template *templates;
	struct segment *segments;
	struct blob *blobs;
	size_t size;
};

static struct sample *
make_sample(void)
{
	struct sample *s = calloc(1, sizeof *s);
	const void *bytes;

	s->c.diag.stream = stderr;
	make_plan(&s->c);
	plan_check(&s->c.plan);
	emit_descriptor(&s->c.arena, &s->c.plan, &bytes, &s->size);
	s->d = aligned_alloc(DESCRIPTOR_ALIGNMENT, (s->size + 15) / 16 * 16);
	memcpy(s->d, bytes, s->size);
	s->steps = (struct step *)((char *)s->d + s->d->steps.offset);
	s->entries = (struct entry *)((char *)s->d + s->d->entries.offset);
	s->templates = (struct template *)((char *)s->d + s->d->templates.offset);
	s->segments = (struct segment *)((char *)s->d + s->d->segments.offset);
	s->blobs = (struct blob *)((char *)s->d + s->d->blobs.offset);
	return s;
}

static void
free_sample(struct sample *s)
{
	arena_free(&s->c.arena);
	free(s->d);
	free(s);
}

/* The offset of a string, which the sample must have. */
static uint32_t
find_string(const struct sample *s, const char *string)
{
	for (uint32_t i = 0; i < s->d->strings.count;
	     i += (uint32_t)strlen(descriptor_string(s->d, i)) + 1) {
		if (strcmp(descriptor_string(s->d, i), string) == 0)
			return i;
	}
	ck_abort_msg("no string '%s'", string);
	return 0;
}

static struct step *
find_step(struct sample *s, enum step_kind kind)
{
	for (uint32_t i = 0; i < s->d->steps.count; i++) {
		if (s->steps[i].kind == kind)
			return &s->steps[i];
	}
	ck_abort_msg("no step of this kind");
	return NULL;
}

static void
drop_step(struct sample *s, enum step_kind kind)
{
	struct step *step = find_step(s, kind);

	s->d->steps.count--;
	memmove(step, step + 1, (size_t)(s->steps + s->d->steps.count - step) * sizeof *step);
}

static void
swap_steps(struct sample *s, enum step_kind a, enum step_kind b)
{
	struct step *left = find_step(s, a), *right = find_step(s, b);
	struct step saved = *left;

	*left = *right;
	*right = saved;
}

/* Makes a string of the sample another one of the same length. */
static void
change_text(struct sample *s, const char *from, const char *to)
{
	memcpy((char *)s->d + s->d->strings.offset + find_string(s, from), to, strlen(to));
}

/* A kind of damage and the words that must name it. */
struct damage {
	const char *rule;
	void (*apply)(struct sample *s);
};

#define DAMAGE(name, ...) \
	static void name(struct sample *s) \
	{ \
		__VA_ARGS__; \
	}

DAMAGE(cut_header, s->size = sizeof *s->d - 1)
DAMAGE(wrong_magic, s->d->magic[0] ^= 1)
DAMAGE(wrong_version, s->d->version++)
DAMAGE(too_large, s->d->size = (uint32_t)s->size + 1)
DAMAGE(too_small, s->d->size = sizeof *s->d - 1)
DAMAGE(steps_leave, s->d->steps.count = UINT32_MAX)
DAMAGE(steps_in_header, s->d->steps.offset = 4)
DAMAGE(steps_unaligned, s->d->steps.offset += 2)
DAMAGE(entries_leave, s->d->entries.offset = s->d->size)
DAMAGE(templates_leave, s->d->templates.count = s->d->size)
DAMAGE(segments_leave, s->d->segments.offset = UINT32_MAX - 3)
DAMAGE(blobs_leave, s->d->blobs.count = s->d->size)
DAMAGE(strings_leave, s->d->strings.count = s->d->size)
DAMAGE(strings_open, s->d->strings.count--)
DAMAGE(strings_none, s->d->strings.count = 0)
DAMAGE(name_leaves, s->d->name = s->d->strings.count)
DAMAGE(policy_leaves, s->d->policy = s->d->blobs.count)
DAMAGE(notes_leave, s->d->notes = s->d->blobs.count)
DAMAGE(no_entries, s->d->entries.count = 0)
DAMAGE(program_leaves, s->entries[0].program = UINT32_MAX)
DAMAGE(program_relative, s->entries[0].program++)
DAMAGE(nameless_first, s->entries[0].name = DESCRIPTOR_NONE)
DAMAGE(entry_name_leaves, s->entries[0].name = UINT32_MAX - 1)
DAMAGE(templates_overlap, s->templates[1].first = 0)
DAMAGE(template_long, s->templates[0].count = UINT32_MAX)
DAMAGE(segment_kind, s->segments[0].kind = SEGMENT_KINDS)
DAMAGE(segment_text, s->segments[1].text = UINT32_MAX - 1)
DAMAGE(id_with_text, s->segments[1].kind = SEGMENT_UID)
DAMAGE(instance_with_text, s->segments[1].kind = SEGMENT_INSTANCE)
DAMAGE(directory_without_text, s->segments[0].kind = SEGMENT_USER_DIRECTORY)
DAMAGE(instance_fallback, s->segments[0].kind = SEGMENT_INSTANCE)
DAMAGE(literal_fallback, s->segments[0].kind = SEGMENT_LITERAL; s->segments[0].text = 0)
DAMAGE(fallback_to_itself, s->segments[0].fallback = 0)
DAMAGE(fallback_leaves, s->segments[0].fallback = s->d->templates.count)
DAMAGE(fallback_shared, s->segments[2].fallback = s->segments[0].fallback)
DAMAGE(blob_leaves, s->blobs[0].size = UINT32_MAX)
DAMAGE(blob_unaligned, s->blobs[0].offset += 4)
DAMAGE(step_unknown, s->steps[0].kind = STEP_KINDS)
DAMAGE(phase_back, swap_steps(s, STEP_PIVOT, STEP_CAPABILITIES))
DAMAGE(namespaces_second, swap_steps(s, STEP_NAMESPACES, STEP_HOSTNAME))
DAMAGE(root_second, swap_steps(s, STEP_ROOT, STEP_PROC))
DAMAGE(after_pivot, swap_steps(s, STEP_PIVOT, STEP_MASK))
DAMAGE(flag_forbidden, find_step(s, STEP_PROC)->flags = FLAG_WRITABLE)
DAMAGE(object_two_kinds, find_step(s, STEP_OBJECT)->flags = FLAG_FILE | FLAG_DIRECTORY)
DAMAGE(operand_unused, find_step(s, STEP_ROOT)->operand[0] = 1)
DAMAGE(mode_large, find_step(s, STEP_TMPFS)->operand[1] = 010000)
DAMAGE(template_leaves, find_step(s, STEP_TMPFS)->operand[0] = s->d->templates.count)
DAMAGE(path_relative, find_step(s, STEP_PROC)->operand[0]++)
DAMAGE(blob_absent, find_step(s, STEP_SECCOMP)->operand[0] = s->d->blobs.count)
DAMAGE(object_elsewhere, find_step(s, STEP_OBJECT)->operand[0] = find_string(s, "/proc"))
DAMAGE(object_inside, find_step(s, STEP_OBJECT)->operand[0] = find_string(s, OBJECT "/bin/hello"))
DAMAGE(object_is_store, find_step(s, STEP_OBJECT)->operand[0] = find_string(s, STORE))
DAMAGE(standard_closed, find_step(s, STEP_CLOSE)->operand[0] = 2)
DAMAGE(range_inverted, find_step(s, STEP_CLOSE)->operand[1] = 2)
DAMAGE(timeout_large, find_step(s, STEP_STOP_TIMEOUT)->operand[0] = 0x80000000)
DAMAGE(timeout_none, find_step(s, STEP_STOP_TIMEOUT)->operand[0] = 0)
DAMAGE(umask_large, find_step(s, STEP_UMASK)->operand[0] = 01000)
DAMAGE(limit_unknown, find_step(s, STEP_LIMIT)->operand[0] = 16)
DAMAGE(nice_large, find_step(s, STEP_NICE)->operand[0] = 40)
DAMAGE(namespaces_none, find_step(s, STEP_NAMESPACES)->operand[0] = 0)
DAMAGE(namespaces_of_others, find_step(s, STEP_NAMESPACES)->operand[0] |= 0x100)
DAMAGE(no_user, find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_USER)
DAMAGE(no_mount, find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_MOUNT)
DAMAGE(no_pid, find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_PID)
DAMAGE(no_pid_timeout, drop_step(s, STEP_WAIT_FOR_ALL); no_pid(s))
DAMAGE(no_pid_proc, drop_step(s, STEP_STOP_TIMEOUT); no_pid_timeout(s))
DAMAGE(no_network, find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_NETWORK)
DAMAGE(no_host_name, find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_HOST_NAME)
DAMAGE(made_as_two, find_step(s, STEP_BIND)->flags |= FLAG_FILE)
DAMAGE(masked_as_two, find_step(s, STEP_MASK)->flags |= FLAG_FILE)
DAMAGE(overlays_many, *find_step(s, STEP_PROC) = *find_step(s, STEP_OVERLAY))
DAMAGE(directory_covered, swap_steps(s, STEP_WORKING_DIRECTORY, STEP_MASK))
DAMAGE(files_covered, swap_steps(s, STEP_ARGUMENT_FILES, STEP_PROTECT))
DAMAGE(tmpfs_without_links, find_step(s, STEP_TMPFS)->flags |= FLAG_NO_LINKS)
DAMAGE(mask_in_store, find_step(s, STEP_MASK)->flags |= FLAG_IN_STORE)
DAMAGE(scope_elsewhere, find_step(s, STEP_RESTRICT)->flags |= FLAG_ABSTRACT_SOCKETS)
DAMAGE(directory_executable, find_step(s, STEP_WORKING_DIRECTORY)->flags |= FLAG_EXECUTABLE)
DAMAGE(files_optional, find_step(s, STEP_ARGUMENT_FILES)->flags |= FLAG_OPTIONAL)
DAMAGE(files_nowhere, find_step(s, STEP_ARGUMENT_FILES)->flags |= FLAG_ANYWHERE)
DAMAGE(store_whole_inside, *find_step(s, STEP_OBJECT) = *find_step(s, STEP_STORE);
       find_step(s, STEP_STORE)[1].kind = STEP_WHOLE_STORE)
DAMAGE(store_with_grants, swap_steps(s, STEP_OBJECT, STEP_TMPFS))
DAMAGE(rules_open, drop_step(s, STEP_RESTRICT))
DAMAGE(rules_twice, *find_step(s, STEP_ALLOW_OBJECT) = *find_step(s, STEP_RULES))
DAMAGE(scope_and_rules, *find_step(s, STEP_ALLOW) = (struct step){ .kind = STEP_SCOPE })
DAMAGE(rules_not_begun, swap_steps(s, STEP_RULES, STEP_RESTRICT))
DAMAGE(rules_in_scope, *find_step(s, STEP_RULES) = (struct step){ .kind = STEP_SCOPE })
DAMAGE(allowed_in_scope, rules_in_scope(s); drop_step(s, STEP_ALLOW_OBJECT))
DAMAGE(allowed_after, swap_steps(s, STEP_ALLOW, STEP_RESTRICT))
DAMAGE(optional_without_rules, allowed_in_scope(s); drop_step(s, STEP_ALLOW);
       drop_step(s, STEP_ALLOW_FOUND))
DAMAGE(without_namespaces, find_step(s, STEP_NAMESPACES)->flags = 0)
DAMAGE(late_optional, *find_step(s, STEP_HOSTNAME) = (struct step){ .kind = STEP_MEANWHILE,
                                                                    .operand = { NEW_HOST_NAME } })
DAMAGE(late_overlay, late_optional(s); drop_step(s, STEP_ALLOW); drop_step(s, STEP_SECCOMP);
       drop_step(s, STEP_SECCOMP); find_step(s, STEP_NAMESPACES)->flags = 0;
       find_step(s, STEP_NAMESPACES)->operand[0] &= ~NEW_HOST_NAME)
DAMAGE(late, late_overlay(s);
       for (struct step *step = s->steps; step < s->steps + s->d->steps.count;
            step++) if (step->kind == STEP_OVERLAY) *step = *find_step(s, STEP_BIND))
DAMAGE(late_twice, late(s); *find_step(s, STEP_LOOPBACK) = *find_step(s, STEP_MEANWHILE))
DAMAGE(late_without_init, late(s); drop_step(s, STEP_WAIT_FOR_ALL); drop_step(s, STEP_STOP_TIMEOUT);
       no_pid(s))
DAMAGE(late_none, late(s); find_step(s, STEP_MEANWHILE)->operand[0] = 0)
DAMAGE(late_pid, late(s); find_step(s, STEP_MEANWHILE)->operand[0] |= NEW_PID)
DAMAGE(late_network, late(s); no_network(s); swap_steps(s, STEP_MEANWHILE, STEP_LOOPBACK);
       find_step(s, STEP_MEANWHILE)->operand[0] |= NEW_NETWORK)
DAMAGE(late_nested, late(s); find_step(s, STEP_LOOPBACK)->kind = STEP_NO_NESTED)
DAMAGE(name_empty, find_step(s, STEP_SET)->operand[0] = s->d->strings.count - 1)
DAMAGE(pattern_empty, find_step(s, STEP_INHERIT)->operand[0] = s->d->strings.count - 1)
DAMAGE(name_with_value, change_text(s, "*_PRELOAD", "A=PRELOAD"))
DAMAGE(store_open, drop_step(s, STEP_SEAL_STORE))
DAMAGE(store_not_begun, *find_step(s, STEP_PROC) = *find_step(s, STEP_SEAL_STORE))
DAMAGE(store_nested, *find_step(s, STEP_OBJECT) = *find_step(s, STEP_STORE))
DAMAGE(two_roots, *find_step(s, STEP_PROC) = *find_step(s, STEP_ROOT))
DAMAGE(filter_first, find_step(s, STEP_NO_NEW_PRIVILEGES)->kind = STEP_CAPABILITIES)
DAMAGE(filter_broken, s->blobs[0].size = 7)
DAMAGE(filter_empty, s->blobs[0].size = 0)
DAMAGE(no_namespaces, drop_step(s, STEP_NAMESPACES))
DAMAGE(no_pivot, drop_step(s, STEP_PIVOT))
DAMAGE(no_capabilities, drop_step(s, STEP_CAPABILITIES))
DAMAGE(no_execute, drop_step(s, STEP_EXECUTE))
DAMAGE(no_descriptors, drop_step(s, STEP_STANDARD_STREAMS))

DAMAGE(find_second, swap_steps(s, STEP_FIND, STEP_LINKS))
DAMAGE(find_twice, *find_step(s, STEP_LINKS) = *find_step(s, STEP_FIND))
DAMAGE(find_missing, drop_step(s, STEP_FIND))
DAMAGE(look_up_first, swap_steps(s, STEP_LINKS, STEP_LOOK_UP))
DAMAGE(look_up_twice, *find_step(s, STEP_LINKS) = *find_step(s, STEP_LOOK_UP))
DAMAGE(lookup_late, swap_steps(s, STEP_LINKS, STEP_HOSTNAME))
DAMAGE(nothing_found, for (int i = 0; i < 6; i++) drop_step(s, STEP_FIND + i))
DAMAGE(no_objects_found, nothing_found(s); drop_step(s, STEP_FOUND_OBJECTS))
DAMAGE(no_closure_found, no_objects_found(s); drop_step(s, STEP_FOUND_LINKS))
DAMAGE(nothing_found_to_allow, no_closure_found(s); find_step(s, STEP_BIND)[0].flags = 0;
       for (struct step *step = s->steps; step < s->steps + s->d->steps.count; step++)
               step->flags &= (uint16_t)~FLAG_CLOSURE)
DAMAGE(found_outside, swap_steps(s, STEP_FOUND_OBJECTS, STEP_TMPFS))
DAMAGE(found_twice, *find_step(s, STEP_OBJECT) = *find_step(s, STEP_FOUND_OBJECTS))
DAMAGE(found_elsewhere, find_step(s, STEP_FIND)->operand[0] = find_string(s, OBJECT))
DAMAGE(links_twice, *find_step(s, STEP_WORKING_DIRECTORY) = *find_step(s, STEP_FOUND_LINKS))
DAMAGE(links_covered, swap_steps(s, STEP_FOUND_LINKS, STEP_MASK))
DAMAGE(links_protected, swap_steps(s, STEP_FOUND_LINKS, STEP_PROTECT))
DAMAGE(found_after, swap_steps(s, STEP_ALLOW_FOUND, STEP_RESTRICT))
DAMAGE(path_closures_empty, find_step(s, STEP_PATH_CLOSURES)->operand[0] = s->d->strings.count - 1)
DAMAGE(path_variable_empty, find_step(s, STEP_PATH_VARIABLE)->operand[0] = s->d->strings.count - 1)
DAMAGE(path_variable_value, change_text(s, "XDG_DATA_DIRS", "XDG=DATA_DIRS"))
DAMAGE(links_closure, find_step(s, STEP_LINKS)->flags |= FLAG_CLOSURE)
DAMAGE(helper_relative, find_step(s, STEP_LOOK_UP)->operand[0]++)

DAMAGE(path_dot, change_text(s, "/proc", "/p/./"))
DAMAGE(path_dot_dot, change_text(s, "/proc", "/p/.."))
DAMAGE(path_empty_component, change_text(s, "/proc", "/p//c"))
DAMAGE(path_slash_end, change_text(s, "/proc", "/pro/"))

static const struct damage damages[] = {
	{ "shorter than a header", cut_header },
	{ "magic bytes", wrong_magic },
	{ "another version", wrong_version },
	{ "its size is not", too_large },
	{ "its size is not", too_small },
	{ "a table leaves it", steps_leave },
	{ "a table leaves it", steps_in_header },
	{ "a table leaves it", steps_unaligned },
	{ "a table leaves it", entries_leave },
	{ "a table leaves it", templates_leave },
	{ "a table leaves it", segments_leave },
	{ "a table leaves it", blobs_leave },
	{ "a table leaves it", strings_leave },
	{ "do not end in a NUL", strings_open },
	{ "do not end in a NUL", strings_none },
	{ "a string leaves its table", name_leaves },
	{ "a blob is not there", policy_leaves },
	{ "a blob is not there", notes_leave },
	{ "has no program", no_entries },
	{ "program is not a path", program_leaves },
	{ "program is not a path", program_relative },
	{ "without a name is not the last", nameless_first },
	{ "a string leaves its table", entry_name_leaves },
	{ "share out the segments", templates_overlap },
	{ "share out the segments", template_long },
	{ "unknown kind", segment_kind },
	{ "a string leaves its table", segment_text },
	{ "that has no text", id_with_text },
	{ "that has no text", instance_with_text },
	{ "a string leaves its table", directory_without_text },
	{ "cannot be unset", instance_fallback },
	{ "cannot be unset", literal_fallback },
	{ "not in its place", fallback_to_itself },
	{ "not in its place", fallback_leaves },
	{ "not in its place", fallback_shared },
	{ "a blob leaves it", blob_leaves },
	{ "a blob leaves it", blob_unaligned },
	{ "step has an unknown kind", step_unknown },
	{ "a step is out of order", phase_back },
	{ "a step is out of order", namespaces_second },
	{ "a step is out of order", root_second },
	{ "a step is out of order", after_pivot },
	{ "a flag it cannot have", flag_forbidden },
	{ "of two kinds", object_two_kinds },
	{ "operand does not fit", operand_unused },
	{ "operand does not fit", mode_large },
	{ "operand does not fit", template_leaves },
	{ "operand does not fit", path_relative },
	{ "operand does not fit", path_dot },
	{ "operand does not fit", path_dot_dot },
	{ "operand does not fit", path_empty_component },
	{ "operand does not fit", path_slash_end },
	{ "operand does not fit", blob_absent },
	{ "operand does not fit", object_elsewhere },
	{ "operand does not fit", object_inside },
	{ "operand does not fit", object_is_store },
	{ "standard descriptors", standard_closed },
	{ "too many overlays", overlays_many },
	{ "out of its range", range_inverted },
	{ "out of its range", timeout_large },
	{ "out of its range", timeout_none },
	{ "out of its range", umask_large },
	{ "out of its range", limit_unknown },
	{ "out of its range", nice_large },
	{ "needs other namespaces", namespaces_none },
	{ "needs other namespaces", namespaces_of_others },
	{ "needs other namespaces", no_user },
	{ "needs other namespaces", no_mount },
	{ "needs other namespaces", no_pid },
	{ "needs other namespaces", no_pid_timeout },
	{ "needs other namespaces", no_pid_proc },
	{ "needs other namespaces", no_network },
	{ "needs other namespaces", no_host_name },
	{ "of two kinds", made_as_two },
	{ "of two kinds", masked_as_two },
	{ "a step is out of order", directory_covered },
	{ "a step is out of order", files_covered },
	{ "a flag it cannot have", directory_executable },
	{ "a flag it cannot have", files_optional },
	{ "a flag it cannot have", files_nowhere },
	{ "a flag it cannot have", mask_in_store },
	{ "a flag it cannot have", scope_elsewhere },
	{ "a flag it cannot have", tmpfs_without_links },
	{ "a store does not begin and end", store_whole_inside },
	{ "a store does not begin and end", store_with_grants },
	{ "a ruleset does not begin and come into force", rules_open },
	{ "a ruleset does not begin and come into force", rules_twice },
	{ "a ruleset does not begin and come into force", scope_and_rules },
	{ "a ruleset does not begin and come into force", rules_not_begun },
	{ "operand does not fit", rules_in_scope },
	{ "a ruleset does not begin and come into force", allowed_in_scope },
	{ "a ruleset does not begin and come into force", allowed_after },
	{ "there are no rules", optional_without_rules },
	{ "not optional", without_namespaces },
	{ "optional or there twice are made late", late_optional },
	{ "optional or there twice are made late", late_twice },
	{ "the lock of an overlay", late_overlay },
	{ "needs other namespaces", late_without_init },
	{ "needs other namespaces", late_network },
	{ "out of its range", late_none },
	{ "out of its range", late_pid },
	{ "a step is out of order", late_nested },
	{ "has no name", name_empty },
	{ "has no name", pattern_empty },
	{ "has no name", name_with_value },
	{ "a store does not begin and end", store_open },
	{ "a store does not begin and end", store_not_begun },
	{ "a store does not begin and end", store_nested },
	{ "a step that every box needs is missing or there twice", two_roots },
	{ "a step is out of order", filter_first },
	{ "not a BPF program", filter_broken },
	{ "not a BPF program", filter_empty },
	{ "a step is out of order", no_namespaces },
	{ "missing or there twice", no_pivot },
	{ "missing or there twice", no_capabilities },
	{ "missing or there twice", no_execute },
	{ "missing or there twice", no_descriptors },
	{ "a step is out of order", find_second },
	{ "a step is out of order", find_twice },
	{ "a step is out of order", find_missing },
	{ "a step is out of order", look_up_first },
	{ "a step is out of order", look_up_twice },
	{ "a step is out of order", lookup_late },
	{ "nothing is looked up for a step", nothing_found },
	{ "nothing is looked up for a step", no_objects_found },
	{ "nothing is looked up for a step", no_closure_found },
	{ "nothing is looked up for a step", nothing_found_to_allow },
	{ "a store does not begin and end", found_outside },
	{ "not for this store", found_twice },
	{ "not for this store", found_elsewhere },
	{ "a step is out of order", links_twice },
	{ "a step is out of order", links_covered },
	{ "a step is out of order", links_protected },
	{ "a ruleset does not begin and come into force", found_after },
	{ "has no name", path_closures_empty },
	{ "has no name", path_variable_empty },
	{ "has no name", path_variable_value },
	{ "a flag it cannot have", links_closure },
	{ "operand does not fit", helper_relative },
};

START_TEST(accepts_what_the_compiler_writes)
{
	struct sample *s = make_sample();

	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	free_sample(s);
}
END_TEST

/* A box may do without a filter, rules, covers, and a name; with the whole store; alone. */
START_TEST(accepts_other_plans)
{
	static const enum step_kind kinds[] = {
		STEP_ALLOW_FOUND,    STEP_FOUND_LINKS,   STEP_FOUND_OBJECTS, STEP_PATH_VARIABLE,
		STEP_LOOK_UP,        STEP_PATH_CLOSURES, STEP_CLOSURE_FILES, STEP_WORKING_DIRECTORY,
		STEP_ARGUMENT_FILES, STEP_PROTECT,       STEP_MASK,          STEP_HOSTNAME,
		STEP_LOOPBACK
	};
	struct sample *s = make_sample();

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		drop_step(s, kinds[i]);
		ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	}
	find_step(s, STEP_NAMESPACES)->operand[0] &= ~(NEW_NETWORK | NEW_HOST_NAME);
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	drop_step(s, STEP_SECCOMP);
	drop_step(s, STEP_SECCOMP);
	drop_step(s, STEP_ALLOW);
	find_step(s, STEP_NAMESPACES)->flags = 0;
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	drop_step(s, STEP_ALLOW_OBJECT);
	find_step(s, STEP_RULES)->flags = FLAG_ABSTRACT_SOCKETS;
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	*find_step(s, STEP_RULES) =
		(struct step){ .kind = STEP_SCOPE, .flags = FLAG_OPTIONAL | FLAG_ABSTRACT_SOCKETS };
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	drop_step(s, STEP_SCOPE);
	drop_step(s, STEP_RESTRICT);
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	drop_step(s, STEP_OBJECT);
	drop_step(s, STEP_OBJECT);
	drop_step(s, STEP_SEAL_STORE);
	find_step(s, STEP_STORE)->kind = STEP_WHOLE_STORE;
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	drop_step(s, STEP_WAIT_FOR_ALL);
	drop_step(s, STEP_STOP_TIMEOUT);
	drop_step(s, STEP_PROC);
	find_step(s, STEP_NAMESPACES)->operand[0] = NEW_USER | NEW_MOUNT;
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	free_sample(s);
}
END_TEST

START_TEST(accepts_namespaces_made_late)
{
	struct sample *s = make_sample();

	late(s);
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	free_sample(s);
}
END_TEST

START_TEST(names_the_broken_rule)
{
	const struct damage *damage = &damages[_i];
	struct sample *s = make_sample();
	const char *broken;

	damage->apply(s);
	broken = verify_descriptor(s->d, s->size);
	ck_assert_ptr_nonnull(broken);
	ck_assert_msg(strstr(broken, damage->rule), "said '%s', not '%s'", broken, damage->rule);
	free_sample(s);
}
END_TEST

START_TEST(bounds_the_depth_of_fallbacks)
{
	struct compilation c = { .diag.stream = stderr };
	struct template_text *text = template_literal(&c.arena, "/home");
	const void *bytes;
	size_t size;

	make_plan(&c);
	for (int depth = 0; depth < TEMPLATE_DEPTH + 1; depth++) {
		struct template_text *outer = arena_alloc(&c.arena, sizeof *outer);

		outer->segments = arena_alloc(&c.arena, sizeof *outer->segments);
		outer->segments[0] = (struct template_segment){ .kind = SEGMENT_VARIABLE,
			                                        .text = "X",
			                                        .fallback = text };
		outer->count = 1;
		text = outer;
		for (size_t i = 0; i < c.plan.step_count; i++) {
			if (c.plan.steps[i].kind == STEP_SET)
				c.plan.steps[i].operand[1].template = text;
		}
		emit_descriptor(&c.arena, &c.plan, &bytes, &size);
		if (depth < TEMPLATE_DEPTH)
			ck_assert_ptr_null(verify_descriptor(bytes, size));
		else
			ck_assert_str_eq(verify_descriptor(bytes, size), "fallbacks nest too deep");
	}
	arena_free(&c.arena);
}
END_TEST

/* A reader of the accepted must find what went in. */
START_TEST(reads_back_what_was_written)
{
	struct sample *s = make_sample();
	struct plan plan;
	char *written = NULL, *read = NULL;
	size_t written_size, read_size;
	FILE *stream = open_memstream(&written, &written_size);

	print_plan(stream, &s->c.plan, false);
	fclose(stream);
	read_descriptor(&s->c.arena, s->d, &plan);
	stream = open_memstream(&read, &read_size);
	print_plan(stream, &plan, false);
	fclose(stream);
	ck_assert_str_eq(written, read);
	ck_assert_str_eq(plan.policy, "{}");
	free(written);
	free(read);
	free_sample(s);
}
END_TEST

/* Any single flipped bit is refused, or makes a descriptor that can still be read in full. */
START_TEST(survives_every_flipped_bit)
{
	struct sample *s = make_sample();
	FILE *sink = fopen("/dev/null", "w");

	for (size_t i = 0; i < s->size * 8; i++) {
		struct plan plan;

		((uint8_t *)s->d)[i / 8] ^= (uint8_t)(1 << i % 8);
		if (!verify_descriptor(s->d, s->size)) {
			read_descriptor(&s->c.arena, s->d, &plan);
			print_plan(sink, &plan, false);
		}
		((uint8_t *)s->d)[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_ptr_null(verify_descriptor(s->d, s->size));
	fclose(sink);
	free_sample(s);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("verify");
	TCase *tests = tcase_create("verify");
	SRunner *runner;
	int failed;

	tcase_add_test(tests, accepts_what_the_compiler_writes);
	tcase_add_test(tests, accepts_namespaces_made_late);
	tcase_add_test(tests, accepts_other_plans);
	tcase_add_loop_test(tests, names_the_broken_rule, 0,
	                    (int)(sizeof damages / sizeof damages[0]));
	tcase_add_test(tests, bounds_the_depth_of_fallbacks);
	tcase_add_test(tests, reads_back_what_was_written);
	tcase_add_test(tests, survives_every_flipped_bit);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
