/* Builds and checks the intermediate representation: an ordered list of steps. */
#include "compiler.h"

#include <assert.h>

struct plan_step *
plan_add(struct compilation *c, enum step_kind kind, struct place place)
{
	struct plan *plan = &c->plan;
	struct plan_step *step =
		ARRAY_ADD(&c->arena, plan->steps, plan->step_count, plan->step_capacity);

	step->kind = kind;
	step->place = place;
	return step;
}

static bool
operand_fits(enum operand_kind kind, const union plan_operand *operand)
{
	switch (kind) {
	case OPERAND_NONE:
		return operand->number == 0;
	case OPERAND_NUMBER:
		return operand->number <= UINT32_MAX;
	case OPERAND_MODE:
		return operand->number <= 07777;
	case OPERAND_STRING:
		return operand->string;
	case OPERAND_PATH:
	case OPERAND_OBJECT:
		return operand->string && operand->string[0] == '/';
	case OPERAND_TEMPLATE:
		return operand->template;
	case OPERAND_BLOB:
		return operand->blob.bytes;
	}
	return false;
}

/* What the kinds of operands alone do not say. */
static void
check_step(const struct plan_step *step)
{
	const union plan_operand *operand = step->operand;

	/* What is missing can be made as one of the two. */
	if (step->kind == STEP_BIND || step->kind == STEP_PROTECT || step->kind == STEP_MASK)
		assert(!(step->flags & FLAG_DIRECTORY) || !(step->flags & FLAG_FILE));
	if (step->kind == STEP_CLOSE)
		assert(operand[0].number >= 3 && operand[0].number <= operand[1].number);
	if (step->kind == STEP_STOP_TIMEOUT)
		assert(operand[0].number > 0);
	if (step->kind == STEP_SECCOMP)
		assert(operand[0].blob.size > 0);
}

void
plan_check(const struct plan *plan)
{
	enum phase phase = PHASE_PREPARE;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const struct step_type *type = &step_types[step->kind];

		assert(type->phase >= phase);
		phase = type->phase;
		assert(!(step->flags & ~type->flags));
		for (int j = 0; j < STEP_OPERANDS; j++)
			assert(operand_fits(type->operand[j], &step->operand[j]));
		check_step(step);
	}
}
