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

/* Where the network is the host's, libxcb tries the X server's abstract socket first, and goes on
 * to the one in the file system after ENOENT or ECONNREFUSED alone: after the EPERM of a scope it
 * opens no display. No DISPLAY that old ones take too leads past that, so abstract sockets are left
 * out of the scope. */
static void
let_displays_be_reached(struct compilation *c, struct plan_step *step)
{
	const struct risk_found *x11;

	if (c->policy.network != NETWORK_HOST)
		return;
	x11 = risks_find_accepted(&c->arena, &c->policy, "x11");
	if (x11) {
		step->flags |= FLAG_ABSTRACT_SOCKETS;
		step->place = x11->place;
	}
}

void
pass_rules(struct compilation *c)
{
	bool landlock = c->policy.store == STORE_LANDLOCK;
	struct plan_step *step;

	plan_add(c, STEP_CAPABILITIES, PLACE_NONE);
	plan_add(c, STEP_NO_NEW_PRIVILEGES, PLACE_NONE);
	step = plan_add(c, landlock ? STEP_RULES : STEP_SCOPE, PLACE_NONE);
	let_displays_be_reached(c, step);
	/* In the host's network nothing else keeps abstract sockets out of reach. */
	if (c->policy.network == NETWORK_BLOCKED)
		step->place = c->policy.network_place;
	else
		step->flags |= FLAG_OPTIONAL;
	if (landlock) {
		step->operand[0].string = c->graph.store_dir;
		add_objects(c);
		if (policy_closures_needed(&c->policy))
			plan_add(c, STEP_ALLOW_FOUND, PLACE_NONE);
		if (c->policy.namespaces_optional)
			add_host_paths(c);
	}
	plan_add(c, STEP_RESTRICT, PLACE_NONE);
}
