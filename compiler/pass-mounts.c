/* The mount tree: the store with the closure, then what the policy grants, in its order. */
#include "compiler.h"

#include <linux/sched.h>
#include <string.h>

/*
 * The order is the policy's word: later grants lie in earlier ones. Behind all of them comes what
 * only the launch can name, the caller's directory, the files of its arguments and the links that
 * were found, so that it finds the directories that it lies in. Then all is filled, and a tmpfs
 * that is read-only is sealed. Last comes what covers, which nothing may undo, and which has to be
 * as read-only on its way as what it is in.
 */

static void
add_closure(struct compilation *c)
{
	plan_add(c, STEP_STORE, PLACE_NONE)->operand[0].string = c->graph.store_dir;
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct object *object = &c->graph.objects[c->closure[i]];
		struct plan_step *step = plan_add(c, STEP_OBJECT, object->place);

		step->flags = object->kind;
		step->operand[0].string = object->path;
	}
	if (policy_closures_needed(&c->policy))
		plan_add(c, STEP_FOUND_OBJECTS, PLACE_NONE);
	plan_add(c, STEP_SEAL_STORE, PLACE_NONE);
}

static void
add_store(struct compilation *c)
{
	if (c->policy.store == STORE_CLOSURE)
		add_closure(c);
	else
		plan_add(c, STEP_WHOLE_STORE, PLACE_NONE)->operand[0].string = c->graph.store_dir;
}

static enum step_kind
step_of_grant(enum grant_kind kind)
{
	switch (kind) {
	case GRANT_BIND:
		return STEP_BIND;
	case GRANT_OVERLAY:
		return STEP_OVERLAY;
	case GRANT_TMPFS:
		return STEP_TMPFS;
	case GRANT_DIRECTORY:
		return STEP_DIRECTORY;
	case GRANT_SYMLINK:
		return STEP_SYMLINK;
	case GRANT_FILE:
		return STEP_FILE;
	case GRANT_MASK:
		return STEP_MASK;
	case GRANT_PROTECT:
		return STEP_PROTECT;
	case GRANT_PROC:
		return STEP_PROC;
	case GRANT_DEVPTS:
		return STEP_DEVPTS;
	case GRANT_LINKS: /* see pass-lookup.c */
		break;
	}
	return STEP_KINDS;
}

/* A new procfs is of the pid namespace of who mounts it, and only its owner may (proc(5)); so a box
 * with the caller's pid namespace gets the caller's, to read. */
static void
add_host_proc(struct compilation *c, const struct grant *grant)
{
	struct plan_step *step = plan_add(c, STEP_BIND, grant->place);

	step->operand[0].template = template_literal(&c->arena, "/proc");
	step->operand[1].template = grant->destination;
}

static void
add_grant(struct compilation *c, const struct grant *grant)
{
	struct plan_step *step;

	if (grant->kind == GRANT_PROC && c->policy.share & CLONE_NEWPID) {
		add_host_proc(c, grant);
		return;
	}
	step = plan_add(c, step_of_grant(grant->kind), grant->place);
	step->flags = grant->flags & step_types[step->kind].flags;
	if ((grant->kind == GRANT_BIND || grant->kind == GRANT_OVERLAY) &&
	    risks_accepted(&c->policy, "host-root"))
		step->flags |= FLAG_ANYWHERE;
	/* Of the whole store nothing is missing. */
	if (c->policy.store == STORE_WHOLE)
		step->flags &= ~(unsigned)FLAG_CLOSURE;
	/* It is as what it is a part of; and a link in it could lead out of the closure. */
	if (policy_path_in_store(c->graph.store_dir, grant))
		step->flags |= FLAG_IN_STORE | FLAG_EXECUTABLE | FLAG_NO_LINKS;
	switch (grant->kind) {
	case GRANT_BIND:
		step->operand[0].template = grant->source;
		step->operand[1].template = grant->destination;
		break;
	case GRANT_TMPFS:
		step->operand[0].template = grant->destination;
		step->operand[1].number = grant->mode;
		step->operand[2].number = (grant->size + 1023) / 1024;
		break;
	case GRANT_DIRECTORY:
		step->operand[0].template = grant->destination;
		step->operand[1].number = grant->mode;
		break;
	case GRANT_SYMLINK:
		step->operand[0].template = grant->destination;
		step->operand[1].template = grant->source;
		break;
	case GRANT_FILE:
		step->operand[0].template = grant->destination;
		step->operand[1].template = grant->source;
		step->operand[2].number = grant->mode;
		break;
	case GRANT_OVERLAY:
		step->operand[0].template = grant->destination;
		step->operand[1].template = grant->source;
		step->operand[2].template = grant->changes;
		break;
	case GRANT_MASK:
		step->operand[0].template = grant->destination;
		break;
	case GRANT_PROTECT:
		step->operand[0].template = grant->destination;
		step->operand[1].template =
			grant->source ? grant->source : template_literal(&c->arena, "");
		break;
	case GRANT_PROC:
	case GRANT_DEVPTS:
		step->operand[0].string = template_constant(grant->destination);
		break;
	case GRANT_LINKS:
		break;
	}
}

/* A host's program may have been started without the variable that this launch has: what is implied
 * covers its default too. */
static void
add_default_of_cover(struct compilation *c, struct grant cover)
{
	cover.destination = policy_path_default(&c->arena, cover.destination);
	if (!cover.entry && cover.destination)
		add_grant(c, &cover);
}

static void
add_grants(struct compilation *c, bool covers)
{
	size_t overlays = 0;

	for (size_t i = 0; i < c->policy.grant_count; i++) {
		const struct grant *grant = &c->policy.grants[i];

		if (grant->kind == GRANT_LINKS || covers != policy_members_covers(grant))
			continue;
		if (grant->kind == GRANT_OVERLAY && ++overlays == OVERLAYS_MAX + 1)
			diag_error(&c->diag, grant->place, "a box can have %d overlays at most",
			           OVERLAYS_MAX);
		add_grant(c, grant);
		if (covers)
			add_default_of_cover(c, *grant);
	}
}

/* Adds all that the host's path of a grant can be. */
static void
add_paths(struct compilation *c, struct string_list *list, const struct template_text *template)
{
	struct string_list paths = { 0 };

	policy_path_alternatives(&c->arena, template, &paths);
	for (size_t i = 0; i < paths.count; i++)
		string_list_add(&c->arena, list, paths.items[i]);
}

/* Does one of the paths lie below one of those? */
static bool
lies_below(const struct string_list *paths, const struct string_list *above)
{
	for (size_t i = 0; i < paths->count; i++)
		for (size_t j = 0; j < above->count; j++)
			if (policy_path_covers(above->items[j], paths->items[i]) &&
			    !policy_path_covers(paths->items[i], above->items[j]))
				return true;
	return false;
}

/* What lies in a directory that the program can write to can be a link that an earlier launch has
 * left there, to lead this one elsewhere (CVE-2024-42472). What is made if it is missing follows
 * none in any case. */
static void
forbid_links(struct compilation *c)
{
	struct policy *policy = &c->policy;
	struct string_list writable = { 0 };

	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (grant->kind == GRANT_OVERLAY)
			add_paths(c, &writable, grant->changes);
		else if (grant->kind == GRANT_BIND && grant->flags & FLAG_WRITABLE)
			add_paths(c, &writable, grant->source);
	}
	for (size_t i = 0; i < policy->grant_count && writable.count > 0; i++) {
		struct grant *grant = &policy->grants[i];
		struct string_list paths = { 0 };

		if ((grant->kind != GRANT_BIND && grant->kind != GRANT_OVERLAY) ||
		    grant->flags & (FLAG_DIRECTORY | FLAG_FILE))
			continue;
		add_paths(c, &paths, grant->source);
		if (lies_below(&paths, &writable))
			grant->flags |= FLAG_NO_LINKS;
	}
}

static void
add_caller_directory(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	bool writable = policy->working_directory == DIRECTORY_READ_WRITE;
	struct plan_step *step;

	if (!writable && policy->working_directory != DIRECTORY_READ_ONLY)
		return;
	step = plan_add(c, STEP_WORKING_DIRECTORY, policy->working_directory_place);
	step->flags = (writable ? FLAG_WRITABLE : 0) |
	              (policy->working_directory_optional ? FLAG_OPTIONAL : 0);
	/* It may be the whole home only where the policy could grant that itself. */
	if (risks_accepted(policy, "home"))
		step->flags |= FLAG_ANYWHERE;
}

static void
add_argument_files(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	struct plan_step *step;

	if (policy->argument_files == FILES_NONE)
		return;
	step = plan_add(c, STEP_ARGUMENT_FILES, policy->argument_files_place);
	step->flags = policy->argument_files == FILES_READ_WRITE ? FLAG_WRITABLE : 0;
}

/* Does the policy cover the path, a template, even if it is missing at first? */
static bool
is_covered(struct compilation *c, const char *path)
{
	const struct template_text *template = template_parse(c, PLACE_NONE, path);

	for (size_t i = 0; i < c->policy.grant_count; i++) {
		const struct grant *grant = &c->policy.grants[i];

		if (policy_members_covers(grant) &&
		    (grant->flags & FLAG_DIRECTORY || !(grant->flags & FLAG_OPTIONAL)) &&
		    policy_path_covers(policy_path_spelling(&c->arena, grant->destination),
		                       policy_path_spelling(&c->arena, template)))
			return true;
	}
	return false;
}

/* Keeps closure files from the program, behind the policy's own covers. */
static void
protect_closure_files(struct compilation *c)
{
	struct policy_closures found;

	policy_closures_find(&c->arena, &c->policy, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct policy_closure_files *files = &found.items[i];
		struct plan_step *step;

		if (!files->path || is_covered(c, files->path))
			continue;
		step = plan_add(c, STEP_PROTECT, files->directory->place);
		step->flags = FLAG_OPTIONAL | files->flags;
		step->operand[0].template = files->directory->template;
		if (strcmp(files->path, files->directory->text) == 0)
			step->flags |= FLAG_CLOSURE;
		else
			step->operand[0].template =
				template_parse(c, files->directory->place, files->path);
		step->operand[1].template = template_literal(&c->arena, "");
	}
}

void
pass_mounts(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	forbid_links(c);
	plan_add(c, STEP_ROOT, PLACE_NONE);
	add_store(c);
	add_grants(c, false);
	add_caller_directory(c);
	add_argument_files(c);
	if (policy_closures_needed(policy))
		plan_add(c, STEP_FOUND_LINKS, PLACE_NONE);
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (grant->kind == GRANT_TMPFS && !(grant->flags & FLAG_WRITABLE))
			plan_add(c, STEP_SEAL, grant->place)->operand[0].template =
				grant->destination;
	}
	add_grants(c, true);
	protect_closure_files(c);
	plan_add(c, STEP_PIVOT, PLACE_NONE);
}
