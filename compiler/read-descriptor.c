/* A descriptor back into a plan, for people to read. */
#include "compiler.h"

/* `templates` has a place for each, so that a fallback can be pointed to before it is read. */
static void
read_template(struct arena *arena, const struct descriptor *d, struct template_text *templates,
              uint32_t index)
{
	const struct template *template = descriptor_template(d, index);
	struct template_text *text = &templates[index];

	for (uint32_t i = 0; i < template->count; i++) {
		const struct segment *segment = descriptor_segment(d, template->first + i);
		struct template_segment *read =
			ARRAY_ADD(arena, text->segments, text->count, text->capacity);

		read->kind = (enum segment_kind)segment->kind;
		if (segment->text != DESCRIPTOR_NONE)
			read->text = descriptor_string(d, segment->text);
		if (segment->fallback != DESCRIPTOR_NONE)
			read->fallback = &templates[segment->fallback];
	}
}

static union plan_operand
read_operand(const struct descriptor *d, const struct template_text *templates,
             enum operand_kind kind, uint32_t operand)
{
	union plan_operand read = { 0 };
	const struct blob *blob;

	switch (kind) {
	case OPERAND_NONE:
	case OPERAND_NUMBER:
	case OPERAND_MODE:
		read.number = operand;
		break;
	case OPERAND_STRING:
	case OPERAND_PATH:
	case OPERAND_OBJECT:
		read.string = descriptor_string(d, operand);
		break;
	case OPERAND_TEMPLATE:
		read.template = &templates[operand];
		break;
	case OPERAND_BLOB:
		blob = descriptor_blob(d, operand);
		read.blob.bytes = descriptor_at(d, blob->offset);
		read.blob.size = blob->size;
		break;
	}
	return read;
}

static void
read_step(struct arena *arena, const struct descriptor *d, const struct template_text *templates,
          const struct step *step, struct plan *plan)
{
	struct plan_step *read =
		ARRAY_ADD(arena, plan->steps, plan->step_count, plan->step_capacity);

	read->kind = (enum step_kind)step->kind;
	read->flags = step->flags;
	read->place = PLACE_NONE;
	for (int i = 0; i < STEP_OPERANDS; i++)
		read->operand[i] = read_operand(d, templates, step_types[step->kind].operand[i],
		                                step->operand[i]);
}

static const char *
read_text(struct arena *arena, const struct descriptor *d, uint32_t index)
{
	const struct blob *blob;

	if (index == DESCRIPTOR_NONE)
		return NULL;
	blob = descriptor_blob(d, index);
	return arena_copy(arena, descriptor_at(d, blob->offset), blob->size);
}

void
read_descriptor(struct arena *arena, const struct descriptor *d, struct plan *ret_plan)
{
	struct template_text *templates =
		arena_alloc(arena, (d->templates.count + 1) * sizeof *templates);

	*ret_plan = (struct plan){ .name = descriptor_string(d, d->name) };
	ret_plan->policy = read_text(arena, d, d->policy);
	ret_plan->notes = read_text(arena, d, d->notes);
	for (uint32_t i = 0; i < d->entries.count; i++) {
		const struct entry *entry = &descriptor_entries(d)[i];
		struct plan_entry *read = ARRAY_ADD(arena, ret_plan->entries, ret_plan->entry_count,
		                                    ret_plan->entry_capacity);

		if (entry->name != DESCRIPTOR_NONE)
			read->name = descriptor_string(d, entry->name);
		read->program = descriptor_string(d, entry->program);
	}
	for (uint32_t i = 0; i < d->templates.count; i++)
		read_template(arena, d, templates, i);
	for (uint32_t i = 0; i < d->steps.count; i++)
		read_step(arena, d, templates, &descriptor_steps(d)[i], ret_plan);
}
