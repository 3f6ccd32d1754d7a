/* What the program's process gets: environment and working directory. */
#include "compiler.h"

#include <string.h>

void
pass_process(struct compilation *c)
{
	const struct template_text *home = NULL;
	struct place place = PLACE_NONE;

	for (size_t i = 0; i < c->policy.variable_count; i++) {
		const struct variable *variable = &c->policy.variables[i];
		struct plan_step *step =
			plan_add(c, variable->value ? STEP_SET : STEP_UNSET, variable->place);

		step->operand[0].string = variable->name;
		if (variable->value)
			step->operand[1].template = variable->value;
		if (variable->value && strcmp(variable->name, "HOME") == 0) {
			home = variable->value;
			place = variable->place;
		}
	}
	plan_add(c, STEP_KEEP_DIRECTORY, place)->operand[0].template =
		home ? home : template_literal(&c->arena, "/");
}
