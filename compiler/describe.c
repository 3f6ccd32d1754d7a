/* What a plan gives a program: the facts, and what the plan carries for people. */
#include "compiler.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

const char *const section_names[SECTIONS] = {
	[SECTION_PROGRAMS] = "programs",
	[SECTION_STORE] = "store",
	[SECTION_FILES] = "files",
	[SECTION_FOUND] = "found at launch",
	[SECTION_ENVIRONMENT] = "environment",
	[SECTION_NETWORK] = "network",
	[SECTION_NAMESPACES] = "namespaces",
	[SECTION_PROCESS] = "process",
	[SECTION_RIGHTS] = "rights",
	[SECTION_RISKS] = "risks",
};

/* Words for what is a number in a step */

const char *
describe_namespace(size_t index, uint64_t *ret_flag)
{
	static const struct {
		uint64_t flag;
		const char *name;
	} names[] = {
		{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" },  { CLONE_NEWPID, "pid" },
		{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },   { CLONE_NEWCGROUP, "cgroup" },
		{ CLONE_NEWNET, "net" },   { CLONE_NEWTIME, "time" },
	};

	if (index >= sizeof names / sizeof *names)
		return NULL;
	*ret_flag = names[index].flag;
	return names[index].name;
}

const struct resource_limit *
describe_limit(uint64_t resource)
{
	for (const struct resource_limit *limit = resource_limits; limit->name; limit++)
		if (limit->resource == resource)
			return limit;
	return NULL;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct descriptor_range *one = a, *two = b;

	return one->first < two->first ? -1 : one->first > two->first;
}

/* What the ranges that are closed leave of the descriptors from 3 on. */
static void
find_descriptors(struct arena *arena, struct description *d)
{
	struct descriptor_range *closed = NULL;
	size_t count = 0, capacity = 0, kept_capacity = 0;
	uint64_t from = 3;

	for (size_t i = 0; i < d->plan->step_count; i++) {
		const union plan_operand *operand = d->plan->steps[i].operand;

		if (d->plan->steps[i].kind == STEP_CLOSE && operand[0].number <= operand[1].number)
			*ARRAY_ADD(arena, closed, count, capacity) =
				(struct descriptor_range){ operand[0].number, operand[1].number };
	}
	if (count > 0)
		qsort(closed, count, sizeof *closed, compare_ranges);
	for (size_t i = 0; i <= count; i++) {
		uint64_t next = i < count ? closed[i].first : (uint64_t)UINT32_MAX + 1;

		if (next > from)
			*ARRAY_ADD(arena, d->kept, d->kept_count, kept_capacity) =
				(struct descriptor_range){ from, next - 1 };
		if (i < count && closed[i].last >= from)
			from = closed[i].last + 1;
	}
}

/* Templates */

static void
add_template(struct buffer *out, const struct template_text *template)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];
		const struct template_segment *next = i + 1 < template->count ? segment + 1 : NULL;
		const char *standard, *fallback = NULL;

		if (segment->kind == SEGMENT_LITERAL) {
			for (const char *at = segment->text; *at != '\0'; at++)
				buffer_add(out, *at == '$' ? "$$" : at, *at == '$' ? 2 : 1);
			continue;
		}
		const char *name = template_segment_name(segment);
		if (segment->fallback)
			fallback = describe_template(out->arena, segment->fallback);
		standard = policy_path_fallback(name);
		if (fallback && standard && strcmp(fallback, standard) == 0)
			fallback = NULL;
		if (fallback)
			buffer_printf(out, "${%s:-%s}", name, fallback);
		else if (template_segment_in_braces(next))
			buffer_printf(out, "${%s}", name);
		else
			buffer_printf(out, "$%s", name);
	}
}

const char *
describe_template(struct arena *arena, const struct template_text *template)
{
	struct buffer out = { .arena = arena };

	add_template(&out, template);
	return out.data ? out.data : "";
}

static void
find_sealed(struct arena *arena, struct description *d)
{
	d->sealed.arena = arena;
	for (size_t i = 0; i < d->plan->step_count; i++) {
		const struct plan_step *step = &d->plan->steps[i];
		const char *path;

		if (step->kind != STEP_SEAL)
			continue;
		path = describe_template(arena, step->operand[0].template);
		if (map_get(&d->sealed, path) == MAP_ABSENT)
			map_add(&d->sealed, path, i);
	}
}

bool
describe_sealed(struct arena *arena, const struct description *d, size_t tmpfs)
{
	const struct template_text *path = d->plan->steps[tmpfs].operand[0].template;
	size_t seal = map_get(&d->sealed, describe_template(arena, path));

	return seal != MAP_ABSENT && seal > tmpfs;
}

/* What the plan carries for people */

/* The places of the steps; other members of the notes, or nonsense, are passed over. */
static void
read_places(struct arena *arena, const json_t *notes, struct description *d)
{
	const json_t *places = json_object_get(notes, "places");

	for (size_t i = 0; i < d->plan->step_count; i++) {
		const char *place = diag_place(arena, d->plan->steps[i].place);
		struct buffer shown = { .arena = arena };

		if (!place)
			place = json_string_value(
				json_object_get(places, arena_printf(arena, "%zu", i)));
		if (!place)
			continue;
		diag_escape(&shown, place, strlen(place));
		d->places[i] = shown.data;
	}
}

static void
read_closure(struct arena *arena, const json_t *notes, struct description *d)
{
	const json_t *sizes = json_object_get(notes, "sizes");
	bool bound = false, ruled = false, whole = false;

	for (size_t i = 0; i < d->plan->step_count; i++) {
		const struct plan_step *step = &d->plan->steps[i];

		if (step->kind == STEP_STORE || step->kind == STEP_WHOLE_STORE ||
		    (step->kind == STEP_RULES && !d->store))
			d->store = step->operand[0].string;
		whole |= step->kind == STEP_WHOLE_STORE;
		ruled |= step->kind == STEP_RULES;
		bound |= step->kind == STEP_OBJECT;
		if (step->kind == STEP_NAMESPACES || step->kind == STEP_MEANWHILE)
			d->namespaces |= step->operand[0].number;
		if (step->kind == STEP_OBJECT || (step->kind == STEP_ALLOW_OBJECT && !bound))
			*ARRAY_ADD(arena, d->closure, d->closure_count, d->closure_capacity) =
				step->operand[0].string;
	}
	if (!d->store)
		d->store = STORE_DIRECTORY;
	d->store_mode = !whole ? STORE_CLOSURE : ruled ? STORE_LANDLOCK : STORE_WHOLE;
	d->sizes = arena_alloc(arena, (d->closure_count + 1) * sizeof *d->sizes);
	for (size_t i = 0; i < d->closure_count; i++) {
		json_int_t size = json_integer_value(json_array_get(sizes, i));

		/* A sum that does not fit is none of real sizes. */
		if (size > 0 &&
		    !__builtin_add_overflow(d->closure_size, (uint64_t)size, &d->closure_size))
			d->sizes[i] = (uint64_t)size;
		else
			d->unknown_sizes++;
	}
}

/* Risks */

/* A policy owns its templates; nothing of this one is changed. */
static struct template_text *
borrow(const struct template_text *template)
{
	return (struct template_text *)(uintptr_t) template;
}

/* The paths of a grant as an entry of a policy would have them, by its keys. */
static json_t *
entry_of(struct arena *arena, const struct grant *grant)
{
	static const char *const sources[] = { "bind", "lower" };
	static const char *const destinations[] = { "overlay", "tmpfs" };
	json_t *entry = json_object();

	for (size_t i = 0; i < 2; i++) {
		const char *path = describe_template(arena, grant->destination);

		json_object_set_new(entry, destinations[i], json_of_bytes(arena, path));
		if (grant->source)
			path = describe_template(arena, grant->source);
		json_object_set_new(entry, sources[i], json_of_bytes(arena, path));
	}
	if (grant->changes)
		json_object_set_new(entry, "changes",
		                    json_of_bytes(arena, describe_template(arena, grant->changes)));
	return entry;
}

/* The procfs of a box that shares the caller's processes: that it does is said elsewhere. */
static bool
is_shared_proc(const struct description *d, const struct plan_step *bind)
{
	const char *path = template_constant(bind->operand[0].template);

	return !(d->namespaces & CLONE_NEWPID) && !bind->flags && path &&
	       strcmp(path, "/proc") == 0;
}

/* The grant that the step carries out; false if it is none. Its place has the step's index. */
static bool
grant_of(struct arena *arena, const struct description *d, size_t index, struct grant *ret_grant)
{
	const struct plan_step *step = &d->plan->steps[index];
	struct grant grant = { .flags = step->flags, .place = { .offset = index } };

	switch ((int)step->kind) {
	case STEP_BIND:
		if (is_shared_proc(d, step))
			return false;
		grant.kind = GRANT_BIND;
		grant.source = borrow(step->operand[0].template);
		grant.destination = borrow(step->operand[1].template);
		break;
	case STEP_OVERLAY:
		grant.kind = GRANT_OVERLAY;
		grant.destination = borrow(step->operand[0].template);
		grant.source = borrow(step->operand[1].template);
		grant.changes = borrow(step->operand[2].template);
		break;
	case STEP_TMPFS:
		grant.kind = GRANT_TMPFS;
		grant.destination = borrow(step->operand[0].template);
		grant.flags |= describe_sealed(arena, d, index) ? 0 : FLAG_WRITABLE;
		break;
	default:
		return false;
	}
	grant.destination_text = describe_template(arena, grant.destination);
	grant.entry = entry_of(arena, &grant);
	*ret_grant = grant;
	return true;
}

/* Does the policy that the plan says it was made of accept the risk? With "home": "host" it need
 * not say that its home is there. */
static bool
is_accepted(const json_t *policy, const struct risk_found *found)
{
	const char *home = json_string_value(json_object_get(policy, "home"));
	const json_t *accepted = json_object_get(policy, "accept-risk");
	size_t index;
	json_t *word;

	if (home && strcmp(home, "host") == 0 && strcmp(found->risk->name, "home") == 0 &&
	    strcmp(found->what, "$HOME") == 0)
		return true;
	json_array_foreach (accepted, index, word) {
		const char *text = json_string_value(word);

		if (text && strcmp(text, found->risk->name) == 0)
			return true;
	}
	return false;
}

/* As they are found in a policy that has the grants which the steps carry out; only whether they
 * are accepted comes from the policy that the plan says it was made of. */
static void
find_risks(struct arena *arena, struct description *d)
{
	json_t *said = json_loads(d->plan->policy ? d->plan->policy : "{}", 0, NULL);
	struct policy policy = { 0 };
	struct grant grant;

	for (size_t i = 0; i < d->plan->step_count; i++)
		if (grant_of(arena, d, i, &grant))
			*ARRAY_ADD(arena, policy.grants, policy.grant_count,
			           policy.grant_capacity) = grant;
	d->risk_count = risks_find(arena, &policy, &d->risks);
	d->risk_places = arena_alloc(arena, (d->risk_count + 1) * sizeof *d->risk_places);
	for (size_t i = 0; i < d->risk_count; i++) {
		/* It may be a text of an entry. */
		d->risks[i].what = arena_printf(arena, "%s", d->risks[i].what);
		d->risks[i].accepted = is_accepted(said, &d->risks[i]);
		d->risk_places[i] = d->places[d->risks[i].place.offset];
	}
	for (size_t i = 0; i < policy.grant_count; i++)
		json_decref(policy.grants[i].entry);
	json_decref(said);
}

/* Filters: those that are always installed, then those that only without namespaces. */
static void
find_filters(struct arena *arena, struct description *d)
{
	size_t capacity = 0, count = 0;

	for (unsigned only = 0; only <= FLAG_WITHOUT_NAMESPACES; only += FLAG_WITHOUT_NAMESPACES) {
		for (size_t i = 0; i < d->plan->step_count; i++) {
			const struct plan_step *step = &d->plan->steps[i];

			if (step->kind != STEP_SECCOMP ||
			    (step->flags & FLAG_WITHOUT_NAMESPACES) != only)
				continue;
			*ARRAY_ADD(arena, d->filters, count, capacity) =
				(struct filter_bytes){ step->operand[0].blob.bytes,
				                       step->operand[0].blob.size };
			d->filter_fallbacks += only != 0;
		}
	}
	d->filter_count = count;
}

/* Blocked is the host's network only where filter and scope leave nothing of it, and neither can be
 * missing. */
static void
find_network(struct arena *arena, struct description *d)
{
	bool scoped = false, blocked = false;

	if (d->namespaces & CLONE_NEWNET) {
		d->network = NETWORK_NONE;
		return;
	}
	for (size_t i = 0; i < d->plan->step_count; i++) {
		const struct plan_step *step = &d->plan->steps[i];

		if (step->kind == STEP_SCOPE || step->kind == STEP_RULES)
			scoped = !(step->flags & (FLAG_OPTIONAL | FLAG_ABSTRACT_SOCKETS));
	}
	for (size_t i = 0; i < d->filter_count - d->filter_fallbacks && scoped; i++)
		blocked |= filter_blocks_network(arena, d->filters[i].bytes, d->filters[i].size);
	d->network = blocked ? NETWORK_BLOCKED : NETWORK_HOST;
}

void
describe(struct arena *arena, const struct plan *plan, struct description *ret_description)
{
	struct description *d = ret_description;
	json_t *notes = json_loads(plan->notes ? plan->notes : "{}", 0, NULL);

	*d = (struct description){ .plan = plan, .keys.arena = arena, .repeated.arena = arena };
	d->places = arena_alloc(arena, (plan->step_count + 1) * sizeof *d->places);
	read_places(arena, notes, d);
	read_closure(arena, notes, d);
	json_decref(notes);
	find_sealed(arena, d);
	find_descriptors(arena, d);
	find_filters(arena, d);
	find_network(arena, d);
	find_risks(arena, d);
	describe_facts(arena, d);
}
