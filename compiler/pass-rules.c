/* What Landlock allows: in the store mode "landlock" the closure; else the box's own scope. */
#include "compiler.h"

static void
add_objects(struct compilation *c)
{
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct object *object = &c->graph.objects[c->closure[i]];

		plan_add(c, STEP_ALLOW_OBJECT, object->place)->operand[0].string = object->path;
	}
}

/* Without namespaces there is no mount tree, so of all grants only those of files of the host at
 * their own paths can be kept. That what lies in them is granted as well, and covered nowhere,
 * pass-conflict-grants.c has seen to: rules add up and never take away (landlock(7)). */
static void
add_host_paths(struct compilation *c)
{
	for (size_t i = 0; i < c->policy.grant_count; i++) {
		const struct grant *grant = &c->policy.grants[i];
		struct plan_step *step;

		if (!policy_path_stays(&c->arena, grant))
			continue;
		step = plan_add(c, STEP_ALLOW, grant->place);
		step->flags =
			(grant->flags & step_types[STEP_ALLOW].flags) | FLAG_WITHOUT_NAMESPACES;
		if (risks_accepted(&c->policy, "host-root"))
			step->flags |= FLAG_ANYWHERE;
		/* As it is made where there are namespaces. */
		if (grant->flags & (FLAG_DIRECTORY | FLAG_FILE))
			step->flags |= FLAG_NO_LINKS;
		step->operand[0].template = grant->source;
	}
}

void
pass_rules(struct compilation *c)
{
	if (c->policy.store == STORE_LANDLOCK) {
		plan_add(c, STEP_RULES, PLACE_NONE)->operand[0].string = c->graph.store_dir;
		add_objects(c);
		if (c->policy.namespaces_optional)
			add_host_paths(c);
	} else {
		plan_add(c, STEP_SCOPE, PLACE_NONE)->flags = FLAG_OPTIONAL;
	}
	plan_add(c, STEP_RESTRICT, PLACE_NONE);
}
