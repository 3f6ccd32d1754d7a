/* What compiling is, from inputs to descriptor. */
#include "compiler.h"

#include <unistd.h>

/* The program of this name in the `bin` of a root; as in PATH, the first of those that the user
 * has put into an order. NULL after reporting. */
static const char *
find_program(struct compilation *c, const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i < c->root_count; i++) {
		const char *path = arena_printf(&c->arena, "%s/bin/%s",
		                                c->graph.objects[c->roots[i]].path, name);

		if (access(path, F_OK) < 0)
			continue;
		if (found) {
			diag_error(&c->diag, PLACE_NONE,
			           "several roots have a program '%s'; give its path, or --root",
			           name);
			diag_note(&c->diag, PLACE_NONE, "'%s'", found);
			diag_note(&c->diag, PLACE_NONE, "'%s'", path);
			return NULL;
		}
		found = path;
		if (c->options.roots.count)
			break;
	}
	if (!found)
		diag_error(&c->diag, PLACE_NONE, "no root has a program '%s' in its bin", name);
	return found;
}

static void
find_programs(struct compilation *c)
{
	for (size_t i = 0; i < c->requested_count; i++) {
		struct requested_entry *requested = &c->requested[i];

		if (requested->search)
			requested->program = find_program(c, requested->program);
	}
}

static void
read_inputs(struct compilation *c, const struct string_list *policies)
{
	if (graph_options_load(c) && graph_roots(c))
		find_programs(c);
	for (size_t i = 0; i < policies->count; i++) {
		const struct source *source = source_read(c, policies->items[i], false);

		if (source)
			read_policy(c, source, &c->policy);
	}
	read_policy_finish(c, &c->policy);
}

int
compile_descriptor(struct compilation *c, const struct string_list *policies, const char *dump,
                   const void **ret_bytes, size_t *ret_size)
{
	const char *broken;

	read_inputs(c, policies);
	if (c->diag.errors || !passes_run(c, dump))
		return EXIT_REFUSED;
	emit_notes(c);
	if (!c->plan.notes || !c->plan.policy) {
		diag_error(&c->diag, PLACE_NONE, "there is not enough memory");
		return EXIT_SYSTEM;
	}
	emit_descriptor(&c->arena, &c->plan, ret_bytes, ret_size);
	broken = verify_descriptor(*ret_bytes, *ret_size);
	if (broken) {
		diag_error(&c->diag, PLACE_NONE,
		           "made a descriptor that is damaged: %s; please report this", broken);
		return EXIT_SYSTEM;
	}
	return EXIT_DONE;
}
