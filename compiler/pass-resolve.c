/* Settles entries, and everything in templates that compile time knows. */
#include "compiler.h"

#include <ctype.h>
#include <string.h>

/* What compile time knows and templates can name. */
struct known {
	struct compilation *c;
	const char *closure_path;
	const char *closure_name;
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

/* The name of a package without its version: all before the first dash that no letter follows
 * (builtins.parseDrvName of Nix). A home that is called so outlives an update. */
static const char *
package_name(struct compilation *c, const char *name)
{
	size_t size = 0;

	while (name[size] != '\0' &&
	       (name[size] != '-' || isalpha((unsigned char)name[size + 1]) || size == 0))
		size++;
	return arena_copy(&c->arena, name, size);
}

/* What messages and $CLOSURE_NAME call the box: the policy's word, else the package of the root. Of
 * several that nobody chose the first is any; then it is the package of the first program. */
static const char *
box_name(struct compilation *c)
{
	size_t object = c->plan.entries[0].object;

	if (c->policy.name)
		return c->policy.name;
	if (c->root_count == 1 || c->options.roots.count > 0)
		object = c->roots[0];
	return package_name(c, graph_name(&c->graph, &c->graph.objects[object]));
}

/* The value of a compile-time variable; NULL if it is none. */
static const char *
known_value(const struct known *known, const struct template_segment *segment)
{
	if (segment->kind != SEGMENT_VARIABLE)
		return NULL;
	if (strcmp(segment->text, "CLOSURE_PATH") == 0)
		return known->closure_path;
	if (strcmp(segment->text, "CLOSURE_NAME") == 0)
		return known->closure_name;
	return NULL;
}

/* What the launch takes when the variable is unset and the policy has no default; NULL if no
 * standard says, too. */
static const char *
standard_fallback(const struct template_segment *segment)
{
	if (segment->fallback ||
	    (segment->kind != SEGMENT_VARIABLE && segment->kind != SEGMENT_USER_DIRECTORY))
		return NULL;
	return policy_path_fallback(segment->text);
}

/* `depth` is how many fallbacks this template is inside of. Templates may be shared: what is
 * resolved stays as it is. */
static void
resolve_template(const struct known *known, struct place place, struct template_text *template,
                 unsigned depth)
{
	struct compilation *c = known->c;
	struct template_text resolved = { 0 };

	for (size_t i = 0; template && i < template->count; i++) {
		struct template_segment segment = template->segments[i];
		const char *value = known_value(known, &segment);
		const char *fallback = standard_fallback(&segment);

		if (value)
			segment =
				(struct template_segment){ .kind = SEGMENT_LITERAL, .text = value };
		else if (fallback && depth == TEMPLATE_DEPTH)
			diag_error(&c->diag, place, "defaults nest too deep with that of '%s'",
			           segment.text);
		else if (fallback)
			segment.fallback = template_parse(c, place, fallback);
		if (segment.fallback)
			resolve_template(known, place, segment.fallback, depth + 1);
		template_add(&c->arena, &resolved, segment);
	}
	if (template)
		*template = resolved;
}

static void
resolve_words(const struct known *known, const struct policy_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		resolve_template(known, words->items[i].place, words->items[i].template, 0);
}

static void
resolve_templates(struct compilation *c)
{
	const struct known known = { .c = c,
		                     .closure_path = closure_path(c),
		                     .closure_name = c->plan.name };
	const struct policy *policy = &c->policy;

	for (size_t i = 0; i < policy->grant_count; i++) {
		const struct grant *grant = &policy->grants[i];

		resolve_template(&known, grant->place, grant->destination, 0);
		if (grant->source != grant->destination)
			resolve_template(&known, grant->place, grant->source, 0);
		resolve_template(&known, grant->place, grant->changes, 0);
	}
	for (size_t i = 0; i < policy->variable_count; i++)
		resolve_template(&known, policy->variables[i].place, policy->variables[i].value, 0);
	resolve_words(&known, &policy->prepend);
	resolve_words(&known, &policy->append);
	resolve_words(&known, &policy->closure_files);
	resolve_template(&known, policy->working_directory_place, policy->working_directory_path,
	                 0);
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

void
pass_resolve(struct compilation *c)
{
	resolve_entries(c);
	if (c->diag.errors)
		return;
	c->plan.name = box_name(c);
	resolve_templates(c);
	c->plan.policy = json_dumps(c->policy.merged, JSON_COMPACT | JSON_SORT_KEYS);
}
