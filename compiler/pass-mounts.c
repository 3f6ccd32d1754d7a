/* The mount tree: the store with the closure, then what the policy grants, in its order. */
#include "compiler.h"

static void
add_store(struct compilation *c)
{
	plan_add(c, STEP_STORE, PLACE_NONE)->operand[0].string = c->graph.store_dir;
	for (size_t i = 0; i < c->closure_count; i++) {
		const struct object *object = &c->graph.objects[c->closure[i]];
		struct plan_step *step = plan_add(c, STEP_OBJECT, object->place);

		step->flags = object->kind;
		step->operand[0].string = object->path;
	}
	plan_add(c, STEP_SEAL_STORE, PLACE_NONE);
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
	}
	return STEP_KINDS;
}

static void
add_grant(struct compilation *c, const struct grant *grant)
{
	struct plan_step *step = plan_add(c, step_of_grant(grant->kind), grant->place);

	/* A tmpfs that is read-only is filled first and sealed at the end. */
	step->flags = grant->flags & step_types[step->kind].flags;
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
	}
}

void
pass_mounts(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	plan_add(c, STEP_ROOT, PLACE_NONE);
	add_store(c);
	for (size_t i = 0; i < policy->grant_count; i++)
		add_grant(c, &policy->grants[i]);
	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		if (grant->kind == GRANT_TMPFS && !(grant->flags & FLAG_WRITABLE))
			plan_add(c, STEP_SEAL, grant->place)->operand[0].template =
				grant->destination;
	}
	plan_add(c, STEP_PIVOT, PLACE_NONE);
}
