/* A plan as text: what a launch does, one step a line, in a form that can be compared. */
#include "compiler.h"

#include <inttypes.h>
#include <linux/sched.h>
#include <string.h>

static const struct {
	uint64_t flag;
	const char *name;
} namespace_names[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" }, { CLONE_NEWPID, "pid" },
	{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },  { CLONE_NEWCGROUP, "cgroup" },
	{ CLONE_NEWNET, "net" },
};

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
	{ FLAG_OPTIONAL, "optional" },
	{ FLAG_WRITABLE, "writable" },
	{ FLAG_EXECUTABLE, "executable" },
	{ FLAG_DEVICES, "devices" },
	{ FLAG_DIRECTORY, "directory" },
	{ FLAG_FILE, "file" },
	{ FLAG_SYMLINK, "symlink" },
	{ FLAG_ANYWHERE, "anywhere" },
	{ FLAG_WITHOUT_NAMESPACES, "without-namespaces" },
	{ FLAG_NO_LINKS, "no-links" },
	{ FLAG_IN_STORE, "in-store" },
	{ FLAG_ABSTRACT_SOCKETS, "abstract-sockets" },
	{ FLAG_CLOSURE, "closure" },
};

/* What could disturb a terminal or a comparison by lines is escaped. */
static void
print_escaped(FILE *stream, const char *text)
{
	struct arena arena = { 0 };
	struct buffer shown = { .arena = &arena };

	while (*text != '\0') {
		size_t plain = strcspn(text, "\"\\");

		diag_escape(&shown, text, plain);
		text += plain;
		if (*text != '\0')
			buffer_printf(&shown, "\\%c", *text++);
	}
	fputs(shown.data ? shown.data : "", stream);
	arena_free(&arena);
}

static void
print_template(FILE *stream, const struct template_text *template)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];

		if (segment->kind == SEGMENT_LITERAL) {
			print_escaped(stream, segment->text);
			continue;
		}
		fputs("${", stream);
		print_escaped(stream, template_segment_name(segment));
		if (segment->fallback) {
			fputs(":-", stream);
			print_template(stream, segment->fallback);
		}
		putc('}', stream);
	}
}

static void
print_operand(FILE *stream, enum operand_kind kind, const union plan_operand *operand)
{
	switch (kind) {
	case OPERAND_NONE:
		break;
	case OPERAND_NUMBER:
		fprintf(stream, " %" PRIu64, operand->number);
		break;
	case OPERAND_MODE:
		fprintf(stream, " %04" PRIo64, operand->number);
		break;
	case OPERAND_STRING:
	case OPERAND_PATH:
	case OPERAND_OBJECT:
		fputs(" \"", stream);
		print_escaped(stream, operand->string);
		putc('"', stream);
		break;
	case OPERAND_TEMPLATE:
		fputs(" \"", stream);
		print_template(stream, operand->template);
		putc('"', stream);
		break;
	case OPERAND_BLOB:
		/* Its length depends on libseccomp and the architecture, which a plan does not. */
		fputs(" filter", stream);
		break;
	}
}

static void
print_namespaces(FILE *stream, uint64_t flags)
{
	for (size_t i = 0; i < sizeof namespace_names / sizeof namespace_names[0]; i++) {
		if (flags & namespace_names[i].flag)
			fprintf(stream, " %s", namespace_names[i].name);
	}
}

/* The resource by its name, then its value. */
static void
print_limit(FILE *stream, const union plan_operand *operand)
{
	const struct resource_limit *limit = resource_limits;
	uint64_t value = operand[1].number | operand[2].number << 32;

	while (limit->name && limit->resource != operand[0].number)
		limit++;
	if (limit->name)
		fprintf(stream, " %s", limit->name);
	else
		fprintf(stream, " %" PRIu64, operand[0].number);
	if (value == UINT64_MAX)
		fputs(" unlimited", stream);
	else
		fprintf(stream, " %" PRIu64, value);
}

/* A range of descriptors; all from one on is open at its end. */
static void
print_range(FILE *stream, const union plan_operand *operand)
{
	fprintf(stream, " %" PRIu64, operand[0].number);
	if (operand[1].number == UINT32_MAX)
		fputs("-", stream);
	else if (operand[1].number != operand[0].number)
		fprintf(stream, "-%" PRIu64, operand[1].number);
}

static void
print_operands(FILE *stream, const struct plan_step *step)
{
	const struct step_type *type = &step_types[step->kind];

	if (step->kind == STEP_NAMESPACES || step->kind == STEP_MEANWHILE)
		print_namespaces(stream, step->operand[0].number);
	else if (step->kind == STEP_LIMIT)
		print_limit(stream, step->operand);
	else if (step->kind == STEP_CLOSE)
		print_range(stream, step->operand);
	else
		for (int i = 0; i < STEP_OPERANDS; i++)
			print_operand(stream, type->operand[i], &step->operand[i]);
}

static void
print_place(FILE *stream, struct place place)
{
	if (!place.source)
		return;
	fprintf(stream, "  # %s", place.source->name);
	if (place.pointer)
		fprintf(stream, " %s", place.pointer);
}

static void
print_step(FILE *stream, const struct plan_step *step, bool places)
{
	const struct step_type *type = &step_types[step->kind];

	fprintf(stream, "%-10s %s", phase_names[type->phase], type->name);
	for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++) {
		if (step->flags & flag_names[i].flag)
			fprintf(stream, " %s", flag_names[i].name);
	}
	print_operands(stream, step);
	if (places)
		print_place(stream, step->place);
	putc('\n', stream);
}

void
print_plan(FILE *stream, const struct plan *plan, bool places)
{
	fputs("box \"", stream);
	print_escaped(stream, plan->name);
	fputs("\"\n", stream);
	for (size_t i = 0; i < plan->entry_count; i++) {
		fputs("entry ", stream);
		print_escaped(stream, plan->entries[i].name ? plan->entries[i].name : "*");
		fputs(" \"", stream);
		print_escaped(stream, plan->entries[i].program);
		fputs("\"\n", stream);
	}
	for (size_t i = 0; i < plan->step_count; i++)
		print_step(stream, &plan->steps[i], places);
}
