/* What only the launch can know of the store: where links lead, and the closures of that. */
#include "compiler.h"

#include <string.h>

/* Does it bind what is in the closure? Then so is all that this leads to. */
static bool
is_in_closure(const struct compilation *c, const struct grant *grant)
{
	const char *source = template_constant(grant->source);
	size_t size = source ? store_path_prefix(c->graph.store_dir, source) : 0;

	return size > 0 && graph_in_closure(c, graph_find(&c->graph, source, size));
}

/* Where Nix, and Guix, keep their database and socket, unless they are told otherwise:
 * /nix/var/nix for /nix/store. */
static const char *
state_dir_of(struct arena *arena, const char *store_dir)
{
	const char *slash = strrchr(store_dir, '/');

	if (strcmp(store_dir, "/gnu/store") == 0)
		return "/var/guix";
	return arena_printf(arena, "%.*s/var/nix", (int)(slash - store_dir), store_dir);
}

static void
add_closure_files(struct compilation *c, const struct policy_word *directory)
{
	plan_add(c, STEP_CLOSURE_FILES, directory->place)->operand[0].template =
		directory->template;
}

static void
add_path_closures(struct compilation *c, const struct policy_word *variable)
{
	plan_add(c, STEP_PATH_CLOSURES, variable->place)->operand[0].string = variable->text;
}

/* What is to be found, in the order of the policy. */
static void
add_roots(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];
		struct plan_step *step;

		if (!policy_members_followed(grant))
			continue;
		step = plan_add(c, grant->kind == GRANT_LINKS ? STEP_LINKS : STEP_CLOSURE,
		                grant->place);
		step->flags = grant->flags & FLAG_OPTIONAL;
		step->operand[0].template = grant->source;
	}
	for (size_t i = 0; i < policy->path_variables.count; i++)
		add_path_closures(c, &policy->path_variables.items[i]);
}

static void
add_look_up(struct compilation *c)
{
	const struct lookup_options *options = &c->lookup;
	struct plan_step *step = plan_add(c, STEP_LOOK_UP, PLACE_NONE);

	step->operand[0].string =
		options->program ? options->program : embed_find_closure(&c->arena);
	step->operand[1].string = options->nix_state_dir
	                                  ? options->nix_state_dir
	                                  : state_dir_of(&c->arena, c->graph.store_dir);
}

const char *
pass_lookup_option(struct compilation *c, int option, const char *argument)
{
	const char *path = embed_absolute(&c->arena, argument);
	bool program = option == 'c';

	if (!path || store_directory_check(path))
		return program ? "--closure-program takes a file, not"
		               : "--nix-state-dir takes a directory, not";
	*(program ? &c->lookup.program : &c->lookup.nix_state_dir) = path;
	return NULL;
}

void
pass_lookup(struct compilation *c)
{
	struct policy *policy = &c->policy;
	/* There the store has all closures: only what leads to them is missing. */
	bool whole = policy->store == STORE_WHOLE;

	for (size_t i = 0; i < policy->grant_count; i++) {
		struct grant *grant = &policy->grants[i];

		if (grant->flags & FLAG_CLOSURE && is_in_closure(c, grant))
			grant->flags &= ~(unsigned)FLAG_CLOSURE;
	}
	if (!policy_closures_needed(policy))
		return;
	plan_add(c, STEP_FIND, PLACE_NONE)->operand[0].string = c->graph.store_dir;
	for (size_t i = 0; i < policy->closure_files.count && !whole; i++)
		add_closure_files(c, &policy->closure_files.items[i]);
	add_roots(c);
	if (!whole)
		add_look_up(c);
}
