/* Settles entries, and everything in templates that compile time knows. */
#include "compiler.h"

#include <string.h>

/* What a variable stands for when the caller's environment does not have it
 * (XDG Base Directory Specification 0.8, "Environment variables"). */
static const struct {
	const char *name;
	const char *fallback;
} standard_fallbacks[] = {
	{ "XDG_CACHE_HOME", "$HOME/.cache" },       { "XDG_CONFIG_HOME", "$HOME/.config" },
	{ "XDG_DATA_HOME", "$HOME/.local/share" },  { "XDG_RUNTIME_DIR", "/run/user/$UID" },
	{ "XDG_STATE_HOME", "$HOME/.local/state" },
};

/* PATH inside the box: where the programs are, then the roots' bin, each once. */
static const char *
closure_path(struct compilation *c)
{
	struct buffer path = { .arena = &c->arena };
	struct map seen = { .arena = &c->arena };

	for (size_t i = 0; i < c->requested_count + c->root_count; i++) {
		const char *directory;

		if (i < c->requested_count) {
			const char *program = c->requested[i].program;

			directory = arena_copy(&c->arena, program,
			                       (size_t)(strrchr(program, '/') - program));
		} else {
			const struct object *root =
				&c->graph.objects[c->roots[i - c->requested_count]];

			/* That nothing refers to it is not known: it may be any library. */
			if (root->listed && !c->options.roots.count)
				continue;
			directory = arena_printf(&c->arena, "%s/bin", root->path);
		}
		if (map_get(&seen, directory) != MAP_ABSENT)
			continue;
		map_add(&seen, directory, 1);
		if (path.size)
			buffer_add_string(&path, ":");
		buffer_add_string(&path, directory);
	}
	return path.data;
}

/* What the variable stands for when it is unset; NULL if no standard says. */
static const char *
standard_fallback(const char *variable)
{
	for (size_t i = 0; i < sizeof standard_fallbacks / sizeof standard_fallbacks[0]; i++) {
		if (strcmp(variable, standard_fallbacks[i].name) == 0)
			return standard_fallbacks[i].fallback;
	}
	return NULL;
}

/* `depth` is how many fallbacks this template is inside of. */
static void
resolve_template(struct compilation *c, struct place place, struct template_text *template,
                 const char *path, unsigned depth)
{
	struct template_text resolved = { 0 };

	for (size_t i = 0; i < template->count; i++) {
		struct template_segment segment = template->segments[i];
		bool variable = segment.kind == SEGMENT_VARIABLE;
		const char *fallback = variable ? standard_fallback(segment.text) : NULL;

		if (variable && strcmp(segment.text, "CLOSURE_PATH") == 0)
			segment =
				(struct template_segment){ .kind = SEGMENT_LITERAL, .text = path };
		else if (fallback && !segment.fallback && depth == TEMPLATE_DEPTH)
			diag_error(&c->diag, place, "defaults nest too deep with that of '%s'",
			           segment.text);
		else if (fallback && !segment.fallback)
			segment.fallback = template_parse(c, place, fallback);
		if (segment.fallback)
			resolve_template(c, place, segment.fallback, path, depth + 1);
		template_add(&c->arena, &resolved, segment);
	}
	*template = resolved;
}

static void
resolve_templates(struct compilation *c)
{
	const char *path = closure_path(c);

	for (size_t i = 0; i < c->policy.grant_count; i++) {
		struct grant *grant = &c->policy.grants[i];

		resolve_template(c, grant->place, grant->destination, path, 0);
		if (grant->source && grant->source != grant->destination)
			resolve_template(c, grant->place, grant->source, path, 0);
	}
	for (size_t i = 0; i < c->policy.variable_count; i++) {
		struct variable *variable = &c->policy.variables[i];

		if (variable->value)
			resolve_template(c, variable->place, variable->value, path, 0);
	}
}

static void
resolve_entries(struct compilation *c)
{
	for (size_t i = 0; i < c->requested_count; i++) {
		const struct requested_entry *requested = &c->requested[i];
		struct plan_entry *entry = ARRAY_ADD(&c->arena, c->plan.entries,
		                                     c->plan.entry_count, c->plan.entry_capacity);
		size_t length = store_path_prefix(c->graph.store_dir, requested->program);
		const char *broken = store_directory_check(requested->program);

		entry->name = requested->name;
		entry->program = requested->program;
		entry->object = graph_find(&c->graph, requested->program, length);
		if (broken)
			diag_error(&c->diag, PLACE_NONE, "program '%s' is not a full path: %s",
			           requested->program, broken);
		else if (length == 0)
			diag_error(&c->diag, PLACE_NONE, "program '%s' is not in %s",
			           requested->program, c->graph.store_dir);
		else if (entry->object == MAP_ABSENT)
			diag_error(&c->diag, PLACE_NONE, "program '%s' is not in the graph",
			           requested->program);
	}
}

/* What messages call the box: the policy's word, else the name of the first program's object. */
static const char *
box_name(const struct compilation *c)
{
	if (c->policy.name)
		return c->policy.name;
	return graph_name(&c->graph, &c->graph.objects[c->plan.entries[0].object]);
}

void
pass_resolve(struct compilation *c)
{
	resolve_entries(c);
	if (c->diag.errors)
		return;
	resolve_templates(c);
	c->plan.name = box_name(c);
	c->plan.policy = json_dumps(c->policy.merged, JSON_COMPACT | JSON_SORT_KEYS);
}
