/* Encodes a plan as a launch descriptor. */
#include "compiler.h"

#include <string.h>

/* The tables while they grow; each is a buffer of finished elements. */
struct encoder {
	struct arena *arena;
	struct buffer steps;
	struct buffer entries;
	struct buffer templates;
	struct buffer segments;
	struct buffer blobs;
	struct buffer strings;
	struct buffer bytes; /* of the blobs; their offsets count from here until layout */
	struct map string_offsets; /* equal strings are stored once */
	const struct template_text **known_templates; /* by index */
	size_t known_count;
	size_t known_capacity;
};

static uint32_t
add_string(struct encoder *e, const char *string)
{
	size_t offset;

	if (!string)
		return DESCRIPTOR_NONE;
	offset = map_get(&e->string_offsets, string);
	if (offset == MAP_ABSENT) {
		offset = e->strings.size;
		map_add(&e->string_offsets, string, offset);
		buffer_add(&e->strings, string, strlen(string) + 1);
	}
	return (uint32_t)offset;
}

static void
align(struct buffer *buffer, size_t alignment)
{
	static const char zeros[DESCRIPTOR_ALIGNMENT];

	if (buffer->size % alignment)
		buffer_add(buffer, zeros, alignment - buffer->size % alignment);
}

static uint32_t
add_blob(struct encoder *e, const void *bytes, size_t size)
{
	struct blob blob = { .size = (uint32_t)size };

	align(&e->bytes, 8);
	blob.offset = (uint32_t)e->bytes.size;
	buffer_add(&e->bytes, bytes, size);
	buffer_add(&e->blobs, &blob, sizeof blob);
	return (uint32_t)(e->blobs.size / sizeof blob - 1);
}

static void
add_segments(struct encoder *e, const struct template_text *text)
{
	struct template template = {
		.first = (uint32_t)(e->segments.size / sizeof(struct segment)),
		.count = (uint32_t)text->count,
	};

	for (size_t i = 0; i < text->count; i++) {
		struct segment segment = {
			.kind = text->segments[i].kind,
			.text = add_string(e, text->segments[i].text),
			.fallback = DESCRIPTOR_NONE,
		};

		if (text->segments[i].fallback) {
			segment.fallback = (uint32_t)e->known_count;
			*ARRAY_ADD(e->arena, e->known_templates, e->known_count,
			           e->known_capacity) = text->segments[i].fallback;
		}
		buffer_add(&e->segments, &segment, sizeof segment);
	}
	buffer_add(&e->templates, &template, sizeof template);
}

/* A template and then its fallbacks, breadth first: the order that verify.c wants. */
static uint32_t
add_template(struct encoder *e, const struct template_text *text)
{
	size_t first = e->known_count;

	for (size_t i = 0; i < e->known_count; i++) {
		if (e->known_templates[i] == text)
			return (uint32_t)i;
	}
	*ARRAY_ADD(e->arena, e->known_templates, e->known_count, e->known_capacity) = text;
	for (size_t i = first; i < e->known_count; i++)
		add_segments(e, e->known_templates[i]);
	return (uint32_t)first;
}

static uint32_t
add_operand(struct encoder *e, enum operand_kind kind, const union plan_operand *operand)
{
	switch (kind) {
	case OPERAND_NONE:
		return 0;
	case OPERAND_NUMBER:
	case OPERAND_MODE:
		return (uint32_t)operand->number;
	case OPERAND_STRING:
	case OPERAND_PATH:
	case OPERAND_OBJECT:
		return add_string(e, operand->string);
	case OPERAND_TEMPLATE:
		return add_template(e, operand->template);
	case OPERAND_BLOB:
		return add_blob(e, operand->blob.bytes, operand->blob.size);
	}
	return 0;
}

static void
add_step(struct encoder *e, const struct plan_step *planned)
{
	struct step step = { .kind = (uint16_t)planned->kind, .flags = (uint16_t)planned->flags };

	for (int i = 0; i < STEP_OPERANDS; i++)
		step.operand[i] =
			add_operand(e, step_types[planned->kind].operand[i], &planned->operand[i]);
	buffer_add(&e->steps, &step, sizeof step);
}

static void
add_entry(struct encoder *e, const struct plan_entry *planned)
{
	struct entry entry = {
		.name = add_string(e, planned->name),
		.program = add_string(e, planned->program),
	};

	buffer_add(&e->entries, &entry, sizeof entry);
}

/* Appends a table to the descriptor and says where it is. */
static struct descriptor_table
place_table(struct buffer *out, const struct buffer *table, size_t element)
{
	struct descriptor_table placed;

	align(out, 4);
	placed.offset = (uint32_t)out->size;
	placed.count = (uint32_t)(table->size / element);
	buffer_add(out, table->data, table->size);
	return placed;
}

static void
layout(struct encoder *e, struct descriptor *header, struct buffer *out)
{
	struct blob *blobs;

	/* So that it is in memory once: 8 bytes a table are more than it takes to align it. */
	buffer_reserve(out, sizeof *header + e->steps.size + e->entries.size + e->templates.size +
	                            e->segments.size + e->blobs.size + e->strings.size +
	                            e->bytes.size + 8 * sizeof(uint64_t));
	buffer_add(out, header, sizeof *header);
	header->steps = place_table(out, &e->steps, sizeof(struct step));
	header->entries = place_table(out, &e->entries, sizeof(struct entry));
	header->templates = place_table(out, &e->templates, sizeof(struct template));
	header->segments = place_table(out, &e->segments, sizeof(struct segment));
	header->blobs = place_table(out, &e->blobs, sizeof(struct blob));
	header->strings = place_table(out, &e->strings, 1);
	align(out, 8);
	blobs = (struct blob *)(out->data + header->blobs.offset);
	for (uint32_t i = 0; i < header->blobs.count; i++)
		blobs[i].offset += (uint32_t)out->size;
	buffer_add(out, e->bytes.data, e->bytes.size);
	header->size = (uint32_t)out->size;
	memcpy(out->data, header, sizeof *header);
}

void
emit_descriptor(struct arena *arena, const struct plan *plan, const void **ret_bytes,
                size_t *ret_size)
{
	struct encoder e = {
		.arena = arena,
		.steps.arena = arena,
		.entries.arena = arena,
		.templates.arena = arena,
		.segments.arena = arena,
		.blobs.arena = arena,
		.strings.arena = arena,
		.bytes.arena = arena,
		.string_offsets.arena = arena,
	};
	struct descriptor header = { .version = DESCRIPTOR_VERSION, .policy = DESCRIPTOR_NONE,
		                     .notes = DESCRIPTOR_NONE };
	struct buffer out = { .arena = arena };

	memcpy(header.magic, DESCRIPTOR_MAGIC, DESCRIPTOR_MAGIC_SIZE);
	header.name = add_string(&e, plan->name);
	for (size_t i = 0; i < plan->step_count; i++)
		add_step(&e, &plan->steps[i]);
	for (size_t i = 0; i < plan->entry_count; i++)
		add_entry(&e, &plan->entries[i]);
	if (plan->policy)
		header.policy = add_blob(&e, plan->policy, strlen(plan->policy));
	if (plan->notes)
		header.notes = add_blob(&e, plan->notes, strlen(plan->notes));
	layout(&e, &header, &out);
	*ret_bytes = out.data;
	*ret_size = out.size;
}
