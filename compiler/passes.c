/* The pass table: order, what each requires and gives; nothing else. */
#include "compiler.h"

#include <string.h>

const struct pass passes[] = {
	/* requires graph, roots and policy; gives entries, templates without compile-time parts */
	{ "resolve", pass_resolve },
	/* requires roots; gives the closure, and the kind of each object in it */
	{ "closure", pass_closure },
	/* requires closure and entries; gives nothing, refuses what cannot work */
	{ "conflict", pass_conflict },
	/* requires the policy; gives nothing, refuses what undoes the box */
	{ "risk", pass_risk },
	/* from here on each gives the steps of the phases it names */
	{ "prepare", pass_prepare },
	{ "lookup", pass_lookup },
	{ "namespaces", pass_namespaces },
	{ "mounts", pass_mounts },
	{ "rules", pass_rules },
	{ "process", pass_process },
	{ "confine", pass_confine },
	{ NULL, NULL },
};

bool
passes_run(struct compilation *c, const char *dump)
{
	for (const struct pass *pass = passes; pass->name; pass++) {
		pass->run(c);
		if (c->diag.errors)
			return false;
		plan_check(&c->plan);
		if (dump && strcmp(dump, pass->name) == 0)
			print_plan(stdout, &c->plan, true);
	}
	return true;
}
