/* One launcher as JSON; closurebox(1) describes the form. */
#include "compiler.h"

#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

/* The document while it is built. */
struct document {
	struct arena *arena;
	const struct description *d;
	json_t *root;
	json_t *filesystem;
	json_t *environment;
	json_t *process;
	json_t *rules;
};

static json_t *
text_of(const struct document *doc, const char *text)
{
	return text ? json_of_bytes(doc->arena, text) : json_null();
}

static json_t *
template_of(const struct document *doc, const struct template_text *template)
{
	return text_of(doc, describe_template(doc->arena, template));
}

static void
set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *
boolean_of(bool value)
{
	return json_boolean(value);
}

/* The member `key` of an object, an array that is made when there is something to put into it. */
static void
append(json_t *object, const char *key, json_t *value)
{
	json_t *array = json_object_get(object, key);

	if (!array) {
		array = json_array();
		set(object, key, array);
	}
	json_array_append_new(array, value);
}

static json_t *
programs_of(const struct document *doc)
{
	const struct plan *plan = doc->d->plan;
	json_t *programs = json_array();

	for (size_t i = 0; i < plan->entry_count; i++)
		json_array_append_new(programs,
		                      json_pack("{s:o, s:o}", "name",
		                                text_of(doc, plan->entries[i].name), "program",
		                                text_of(doc, plan->entries[i].program)));
	return programs;
}

/* A size, or null: it is not known. */
static json_t *
size_of(uint64_t size)
{
	return size ? json_integer((json_int_t)size) : json_null();
}

static json_t *
closure_of(const struct document *doc)
{
	const struct description *d = doc->d;
	json_t *objects = json_array();

	for (size_t i = 0; i < d->closure_count; i++)
		json_array_append_new(objects,
		                      json_pack("{s:o, s:o}", "path", text_of(doc, d->closure[i]),
		                                "size", size_of(d->sizes[i])));
	return json_pack("{s:I, s:o, s:I, s:o}", "count", (json_int_t)d->closure_count, "size",
	                 size_of(d->closure_size), "unknown-sizes", (json_int_t)d->unknown_sizes,
	                 "objects", objects);
}

/* What a step's flags say, as far as its kind can have them. */
static void
set_flags(json_t *entry, const struct plan_step *step)
{
	const unsigned known = step_types[step->kind].flags;

	if (known & FLAG_WRITABLE)
		set(entry, "access",
		    json_string(step->flags & FLAG_WRITABLE ? "read-write" : "read-only"));
	if (known & FLAG_EXECUTABLE)
		set(entry, "execute", boolean_of(step->flags & FLAG_EXECUTABLE));
	if (known & FLAG_DEVICES)
		set(entry, "devices", boolean_of(step->flags & FLAG_DEVICES));
	if (known & FLAG_OPTIONAL)
		set(entry, "optional", boolean_of(step->flags & FLAG_OPTIONAL));
	if (known & FLAG_CLOSURE && step->kind != STEP_PROTECT)
		set(entry, "closure", boolean_of(step->flags & FLAG_CLOSURE));
	if (step->flags & (FLAG_DIRECTORY | FLAG_FILE))
		set(entry, "create",
		    json_string(step->flags & FLAG_DIRECTORY ? "directory" : "file"));
}

/* The members of an entry of "filesystem" beyond "kind" and "path". */
static void
set_operands(const struct document *doc, json_t *entry, size_t index)
{
	const struct plan_step *step = &doc->d->plan->steps[index];
	const union plan_operand *operand = step->operand;
	bool sealed;

	switch ((int)step->kind) {
	case STEP_BIND:
		set(entry, "source", template_of(doc, operand[0].template));
		break;
	case STEP_TMPFS:
		sealed = describe_sealed(doc->arena, doc->d, index);
		set(entry, "access", json_string(sealed ? "read-only" : "read-write"));
		set(entry, "mode", json_sprintf("%04o", (unsigned)operand[1].number));
		set(entry, "size", size_of(operand[2].number * 1024));
		break;
	case STEP_DIRECTORY:
		set(entry, "mode", json_sprintf("%04o", (unsigned)operand[1].number));
		break;
	case STEP_SYMLINK:
		set(entry, "target", template_of(doc, operand[1].template));
		break;
	case STEP_FILE:
		set(entry, "text", template_of(doc, operand[1].template));
		set(entry, "mode", json_sprintf("%04o", (unsigned)operand[2].number));
		break;
	case STEP_OVERLAY:
		set(entry, "lower", template_of(doc, operand[1].template));
		set(entry, "changes", template_of(doc, operand[2].template));
		break;
	default:
		break;
	}
}

/* Every step of the mount tree that is not the store or the tree itself. */
static void
add_file_step(struct document *doc, size_t index)
{
	const struct plan_step *step = &doc->d->plan->steps[index];
	json_t *entry, *path = NULL;

	switch ((int)step->kind) {
	case STEP_BIND:
		path = template_of(doc, step->operand[1].template);
		break;
	case STEP_TMPFS:
	case STEP_DIRECTORY:
	case STEP_SYMLINK:
	case STEP_FILE:
	case STEP_OVERLAY:
	case STEP_MASK:
	case STEP_PROTECT:
		path = template_of(doc, step->operand[0].template);
		break;
	case STEP_PROC:
	case STEP_DEVPTS:
		path = text_of(doc, step->operand[0].string);
		break;
	case STEP_WORKING_DIRECTORY:
	case STEP_ARGUMENT_FILES:
		break;
	default:
		return;
	}
	entry = json_pack("{s:s, s:o}", "kind", step_types[step->kind].name, "path",
	                  path ? path : json_null());
	set_operands(doc, entry, index);
	set_flags(entry, step);
	set(entry, "place", text_of(doc, doc->d->places[index]));
	json_array_append_new(doc->filesystem, entry);
}

static json_t *
namespaces_of(const struct document *doc, const struct plan_step *step)
{
	json_t *own = json_array(), *shared = json_array();
	const char *name;
	uint64_t flag;

	for (size_t i = 0; (name = describe_namespace(i, &flag)); i++)
		if (flag != CLONE_NEWTIME)
			json_array_append_new(doc->d->namespaces & flag ? own : shared,
			                      json_string(name));
	return json_pack("{s:o, s:o, s:b}", "own", own, "shared", shared, "optional",
	                 (step->flags & FLAG_OPTIONAL) != 0);
}

static void
add_limit(const struct document *doc, const struct plan_step *step)
{
	uint64_t value = step->operand[1].number | step->operand[2].number << 32;
	json_t *limits = json_object_get(doc->process, "limits");
	const struct resource_limit *limit = describe_limit(step->operand[0].number);
	const char *name =
		limit ? limit->name
		      : arena_printf(doc->arena, "%u", (unsigned)step->operand[0].number);

	set(limits, name,
	    value > INT64_MAX ? json_string("unlimited") : json_integer((json_int_t)value));
}

static void
add_environment_step(const struct document *doc, const struct plan_step *step)
{
	const char *key = step->kind == STEP_SET ? "set" : "prefix";

	switch ((int)step->kind) {
	case STEP_CLEAR_ENVIRONMENT:
		set(doc->environment, "all", json_false());
		break;
	case STEP_INHERIT:
		append(doc->environment, "inherit", text_of(doc, step->operand[0].string));
		break;
	case STEP_UNSET:
		append(doc->environment, "unset", text_of(doc, step->operand[0].string));
		break;
	case STEP_SET:
	case STEP_PREFIX:
		append(doc->environment, key,
		       json_pack("{s:o, s:o}", "name", text_of(doc, step->operand[0].string),
		                 "value", template_of(doc, step->operand[1].template)));
		break;
	default:
		break;
	}
}

static void
add_process_step(const struct document *doc, const struct plan_step *step)
{
	json_t *process = doc->process;
	const union plan_operand *operand = step->operand;

	switch ((int)step->kind) {
	case STEP_PREPEND:
		append(process, "prepend", template_of(doc, operand[0].template));
		break;
	case STEP_APPEND:
		append(process, "append", template_of(doc, operand[0].template));
		break;
	case STEP_WAIT_FOR_ALL:
		set(process, "wait-for", json_string("all"));
		break;
	case STEP_STOP_TIMEOUT:
		set(process, "stop-timeout", json_integer((json_int_t)operand[0].number));
		break;
	case STEP_DIE_WITH_PARENT:
		set(process, "die-with-parent", json_true());
		break;
	case STEP_NEW_SESSION:
		set(process, "new-session", json_true());
		break;
	case STEP_KEEP_DIRECTORY:
	case STEP_CHANGE_DIRECTORY:
		set(process, "keep-directory", boolean_of(step->kind == STEP_KEEP_DIRECTORY));
		set(process, "directory", template_of(doc, operand[0].template));
		break;
	case STEP_UMASK:
		set(process, "umask", json_sprintf("%04o", (unsigned)operand[0].number));
		break;
	case STEP_NICE:
		set(process, "nice", json_integer((json_int_t)operand[0].number));
		break;
	case STEP_LIMIT:
		add_limit(doc, step);
		break;
	default:
		break;
	}
}

static void
add_other_step(struct document *doc, const struct plan_step *step)
{
	static const char *const networks[] = { "none", "blocked", "host" };
	json_t *root = doc->root, *rule;

	switch ((int)step->kind) {
	case STEP_NAMESPACES:
		set(root, "namespaces", namespaces_of(doc, step));
		set(root, "network", json_string(networks[doc->d->network]));
		break;
	case STEP_HOSTNAME:
		set(root, "hostname", text_of(doc, step->operand[0].string));
		break;
	case STEP_NO_NESTED:
		set(root, "nested-sandbox", json_false());
		break;
	case STEP_SCOPE:
	case STEP_RULES:
		set(doc->rules, step->kind == STEP_SCOPE ? "scope" : "files", json_true());
		set(doc->rules, "abstract-sockets",
		    boolean_of(step->flags & FLAG_ABSTRACT_SOCKETS));
		set(doc->rules, "required", boolean_of(!(step->flags & FLAG_OPTIONAL)));
		break;
	case STEP_ALLOW:
		rule = json_pack("{s:o}", "path", template_of(doc, step->operand[0].template));
		set_flags(rule, step);
		set(rule, "only-without-namespaces",
		    boolean_of(step->flags & FLAG_WITHOUT_NAMESPACES));
		append(doc->rules, "allow", rule);
		break;
	default:
		break;
	}
}

static json_t *
descriptors_of(const struct document *doc)
{
	json_t *kept = json_array();

	for (size_t i = 0; i < doc->d->kept_count; i++) {
		const struct descriptor_range *range = &doc->d->kept[i];
		json_int_t first = (json_int_t)range->first, last = (json_int_t)range->last;

		json_array_append_new(
			kept, json_pack("{s:I, s:o}", "first", first, "last",
		                        last == UINT32_MAX ? json_null() : json_integer(last)));
	}
	return kept;
}

static json_t *
filters_of(const struct document *doc)
{
	const struct description *d = doc->d;
	size_t always = d->filter_count - d->filter_fallbacks;
	json_t *filters = json_array();

	for (size_t i = 0; i < d->filter_count; i++) {
		const struct filter_bytes *filter = &d->filters[i];
		const char *summary = filter_summary(doc->arena, filter->bytes, filter->size);

		json_array_append_new(filters,
		                      json_pack("{s:s, s:I, s:b}", "summary", summary,
		                                "instructions", (json_int_t)(filter->size / 8),
		                                "only-without-namespaces", i >= always));
	}
	return filters;
}

static json_t *
risks_of(const struct document *doc)
{
	const struct description *d = doc->d;
	json_t *found = json_array();

	for (size_t i = 0; i < d->risk_count; i++) {
		const struct risk_found *risk = &d->risks[i];

		json_array_append_new(
			found, json_pack("{s:s, s:o, s:b, s:o}", "name", risk->risk->name, "what",
		                         text_of(doc, risk->what), "accepted", risk->accepted,
		                         "place", text_of(doc, d->risk_places[i])));
	}
	return found;
}

static json_t *
asked_of(const struct document *doc, const struct plan_step *step)
{
	const char *state = step->operand[1].string;

	return json_pack(
		"{s:o, s:o, s:o}", "program", text_of(doc, step->operand[0].string), "daemon",
		text_of(doc, arena_printf(doc->arena, "%s" NIX_DAEMON_SOCKET, state)), "database",
		text_of(doc, arena_printf(doc->arena, "%s" NIX_DATABASE, state)));
}

/* A variable, once, whether its elements are looked at, dropped or both. */
static json_t *
path_variable_of(const struct document *doc, const struct plan_step *step)
{
	const char *name = step->operand[0].string;
	bool looked_at = describe_has_variable(doc->d, STEP_PATH_CLOSURES, name);
	bool dropped = describe_has_variable(doc->d, STEP_PATH_VARIABLE, name);

	if (step->kind == STEP_PATH_VARIABLE && looked_at)
		return NULL;
	return json_pack("{s:o, s:b, s:b}", "name", text_of(doc, name), "found", looked_at,
	                 "dropped", dropped);
}

static json_t *
found_of(const struct document *doc)
{
	const struct plan *plan = doc->d->plan;
	json_t *found = json_pack("{s:[], s:[], s:[], s:n}", "paths", "path-variables",
	                          "closure-files", "asked");

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];
		const char *list = "paths";
		json_t *entry = NULL;

		switch ((int)step->kind) {
		case STEP_CLOSURE:
		case STEP_LINKS:
			entry = json_pack("{s:s, s:o}", "kind", step_types[step->kind].name, "path",
			                  template_of(doc, step->operand[0].template));
			set_flags(entry, step);
			break;
		case STEP_PATH_CLOSURES:
		case STEP_PATH_VARIABLE:
			list = "path-variables";
			entry = path_variable_of(doc, step);
			break;
		case STEP_CLOSURE_FILES:
			list = "closure-files";
			entry = json_pack("{s:o}", "path",
			                  template_of(doc, step->operand[0].template));
			break;
		case STEP_LOOK_UP:
			set(found, "asked", asked_of(doc, step));
			break;
		default:
			break;
		}
		if (!entry)
			continue;
		set(entry, "place", text_of(doc, doc->d->places[i]));
		append(found, list, entry);
	}
	return found;
}

json_t *
emit_inspect_json(struct arena *arena, const struct description *description)
{
	static const char *const modes[] = { "closure", "landlock", "whole" };
	const struct plan *plan = description->plan;
	struct document doc = {
		.arena = arena,
		.d = description,
		.root = json_object(),
		.filesystem = json_array(),
		.environment = json_pack("{s:b}", "all", 1),
		.process = json_pack("{s:b, s:b, s:s, s:{}}", "die-with-parent", 0, "new-session",
		                     0, "wait-for", "main", "limits"),
		.rules = json_pack("{s:b, s:b, s:b, s:b}", "scope", 0, "files", 0,
		                   "abstract-sockets", 1, "required", 0),
	};

	set(doc.root, "format", json_integer(1));
	set(doc.root, "name", text_of(&doc, plan->name));
	set(doc.root, "programs", programs_of(&doc));
	set(doc.root, "store",
	    json_pack("{s:o, s:s}", "path", text_of(&doc, description->store), "mode",
	              modes[description->store_mode]));
	set(doc.root, "closure", closure_of(&doc));
	set(doc.root, "nested-sandbox", json_true());
	for (size_t i = 0; i < plan->step_count; i++) {
		add_file_step(&doc, i);
		add_environment_step(&doc, &plan->steps[i]);
		add_process_step(&doc, &plan->steps[i]);
		add_other_step(&doc, &plan->steps[i]);
	}
	set(doc.process, "descriptors", descriptors_of(&doc));
	set(doc.root, "filesystem", doc.filesystem);
	set(doc.root, "found-at-launch", found_of(&doc));
	set(doc.root, "environment", doc.environment);
	set(doc.root, "process", doc.process);
	set(doc.root, "landlock", doc.rules);
	set(doc.root, "filters", filters_of(&doc));
	set(doc.root, "risks", risks_of(&doc));
	return doc.root;
}
