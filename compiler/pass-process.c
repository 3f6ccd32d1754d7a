/* What the program's process gets: arguments, environment, working directory, limits. */
#include "compiler.h"

#include <string.h>
#include <sys/resource.h>

static void
add_arguments(struct compilation *c, enum step_kind kind, const struct policy_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		plan_add(c, kind, words->items[i].place)->operand[0].template =
			words->items[i].template;
}

static void
add_pattern(struct compilation *c, enum step_kind kind, const char *pattern, struct place place)
{
	plan_add(c, kind, place)->operand[0].string = pattern;
}

/* What a list lets through, else all. */
static void
add_inherited(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	if (policy->inherit_all)
		return;
	plan_add(c, STEP_CLEAR_ENVIRONMENT, PLACE_NONE);
	for (size_t i = 0; i < policy->inherit.count; i++)
		add_pattern(c, STEP_INHERIT, policy->inherit.items[i].text,
		            policy->inherit.items[i].place);
}

/* In an order in which what is said of one variable is the last word: what is set wins over what is
 * taken away, and a prefix comes before what is set. */
static void
add_environment(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	add_inherited(c);
	for (size_t i = 0; i < policy->variable_count; i++)
		if (!policy->variables[i].value)
			add_pattern(c, STEP_UNSET, policy->variables[i].name,
			            policy->variables[i].place);
	for (int prefix = 0; prefix < 2; prefix++) {
		for (size_t i = 0; i < policy->variable_count; i++) {
			const struct variable *variable = &policy->variables[i];
			struct plan_step *step;

			if (!variable->value || variable->prefix != (prefix == 1))
				continue;
			step = plan_add(c, prefix ? STEP_PREFIX : STEP_SET, variable->place);
			step->operand[0].string = variable->name;
			step->operand[1].template = variable->value;
		}
	}
	for (size_t i = 0; i < policy->path_variables.count; i++)
		add_pattern(c, STEP_PATH_VARIABLE, policy->path_variables.items[i].text,
		            policy->path_variables.items[i].place);
}

/* Where a program starts whose caller is in no directory of the box: in what HOME says. */
static void
add_directory(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	const struct template_text *home = template_literal(&c->arena, "/");
	struct place place = policy->working_directory_place;

	if (policy->working_directory == DIRECTORY_PATH) {
		plan_add(c, STEP_CHANGE_DIRECTORY, place)->operand[0].template =
			policy->working_directory_path;
		return;
	}
	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];

		if (variable->value && !variable->prefix && strcmp(variable->name, "HOME") == 0) {
			home = variable->value;
			place = variable->place;
		}
	}
	plan_add(c, STEP_KEEP_DIRECTORY, place)->operand[0].template = home;
}

static void
add_limit(struct compilation *c, unsigned resource, uint64_t value, struct place place)
{
	struct plan_step *step = plan_add(c, STEP_LIMIT, place);

	step->operand[0].number = resource;
	step->operand[1].number = value & UINT32_MAX;
	step->operand[2].number = value >> 32;
}

static void
add_limits(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	/* With 0 the kernel still starts the handler that a core_pattern with '|' names, outside of
	 * the box; 1 is what it takes for "never" (core(5); fs/coredump.c). */
	if (!policy->core_dumps)
		add_limit(c, RLIMIT_CORE, 1, policy->process_place);
	for (size_t i = 0; i < policy->limit_count; i++)
		add_limit(c, policy->limits[i].resource, policy->limits[i].value,
		          policy->limits[i].place);
}

void
pass_process(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	add_arguments(c, STEP_PREPEND, &policy->prepend);
	add_arguments(c, STEP_APPEND, &policy->append);
	add_environment(c);
	add_directory(c);
	if (policy->umask != POLICY_UMASK_CALLER)
		plan_add(c, STEP_UMASK, policy->process_place)->operand[0].number = policy->umask;
	add_limits(c);
	if (policy->nice)
		plan_add(c, STEP_NICE, policy->process_place)->operand[0].number = policy->nice;
	if (policy->new_session)
		plan_add(c, STEP_NEW_SESSION, policy->process_place);
}
