/* Directories of closure files: what they say launches believe, so no program may write there. */
#include "compiler.h"

#include <string.h>

/* Adds all that the host's path can be, without usual links. */
static void
add_paths(struct arena *arena, struct string_list *list, const struct template_text *template)
{
	struct string_list paths = { 0 };

	policy_path_alternatives(arena, template, &paths);
	for (size_t i = 0; i < paths.count; i++)
		string_list_add(arena, list, policy_path_on_host(arena, paths.items[i]));
}

/* What the program can write to by the grant, on the host. */
static void
add_writable(struct arena *arena, struct string_list *list, const struct grant *grant)
{
	if (grant->kind == GRANT_OVERLAY)
		add_paths(arena, list, grant->changes);
	else if (grant->kind == GRANT_BIND && grant->flags & FLAG_WRITABLE)
		add_paths(arena, list, grant->source);
}

const struct grant *
policy_closures_led_by(struct arena *arena, const struct policy *policy, const struct grant *led)
{
	struct string_list paths = { 0 };

	add_paths(arena, &paths, led->source);
	for (size_t i = 0; i < policy->grant_count; i++) {
		struct string_list writable = { 0 };

		add_writable(arena, &writable, &policy->grants[i]);
		for (size_t j = 0; j < writable.count * paths.count; j++) {
			const char *above = writable.items[j / paths.count];
			const char *path = paths.items[j % paths.count];

			if (policy_path_covers(above, path) ||
			    (led->kind == GRANT_BIND && policy_path_covers(path, above)))
				return &policy->grants[i];
		}
	}
	return NULL;
}

/* A directory of closure files while it is looked for in the box. */
struct search {
	struct arena *arena;
	const struct policy_word *directory;
	struct string_list paths; /* that it can be, on the host */
	struct policy_closures *found;
};

static void
add_found(struct search *search, const char *path, const struct grant *by, unsigned flags)
{
	struct policy_closures *found = search->found;
	struct policy_closure_files *files;

	for (size_t i = 0; i < found->count; i++) {
		files = &found->items[i];
		if (path && files->path && strcmp(files->path, path) == 0) {
			files->flags |= flags;
			return;
		}
	}
	*ARRAY_ADD(search->arena, found->items, found->count, found->capacity) =
		(struct policy_closure_files){ search->directory, path, by, flags };
}

/* Where the directory is in the box if `source` of the host is there by the grant; NULL if only the
 * launch knows. */
static const char *
path_in_box(const struct search *search, const struct grant *grant, const char *source,
            const char *directory)
{
	size_t size = strcmp(source, "/") == 0 ? 0 : strlen(source);
	const char *destination = policy_path_spelling(search->arena, grant->destination);

	if (policy_path_covers(directory, source))
		return destination;
	if (strncmp(directory, source, size) != 0)
		return NULL;
	return arena_printf(search->arena, "%s/%s", destination,
	                    directory + size + strspn(directory + size, "/"));
}

/* Finds the directory in what can be written to by the grant. */
static void
search_grant(struct search *search, const struct grant *grant)
{
	struct string_list writable = { 0 };

	add_writable(search->arena, &writable, grant);
	for (size_t i = 0; i < writable.count * search->paths.count; i++) {
		const char *source = writable.items[i / search->paths.count];
		const char *directory = search->paths.items[i % search->paths.count];

		if (!policy_path_covers(source, directory) &&
		    !policy_path_covers(directory, source))
			continue;
		if (grant->kind == GRANT_OVERLAY)
			add_found(search, NULL, grant, 0);
		else if (policy_path_stays(search->arena, grant))
			add_found(search, search->directory->text, grant, FLAG_DIRECTORY);
		else
			add_found(search, path_in_box(search, grant, source, directory), grant,
			          FLAG_DIRECTORY);
	}
}

/* Can the grant show what is somebody's home at launch, by a path that says so only then? */
static bool
may_have_home(struct arena *arena, const struct grant *grant)
{
	static const char *const others[] = { "/dev", "/nix/store", "/proc", "/run", "/sys" };
	const char *source = grant->source ? template_constant(grant->source) : NULL;

	for (size_t i = 0; source && i < sizeof others / sizeof *others; i++)
		if (policy_path_covers(others[i], source))
			return false;
	return source && grant->kind == GRANT_BIND && grant->flags & FLAG_WRITABLE &&
	       policy_path_stays(arena, grant);
}

void
policy_closures_find(struct arena *arena, const struct policy *policy,
                     struct policy_closures *ret_found)
{
	bool named = policy->working_directory == DIRECTORY_READ_WRITE ||
	             policy->argument_files == FILES_READ_WRITE;

	*ret_found = (struct policy_closures){ 0 };
	for (size_t i = 0; i < policy->closure_files.count; i++) {
		struct search search = { .arena = arena,
			                 .directory = &policy->closure_files.items[i],
			                 .found = ret_found };

		add_paths(arena, &search.paths, search.directory->template);
		for (size_t j = 0; j < policy->grant_count; j++) {
			search_grant(&search, &policy->grants[j]);
			named |= may_have_home(arena, &policy->grants[j]);
		}
		/* What the caller names can be it, or have it. */
		if (named && !template_constant(search.directory->template))
			add_found(&search, search.directory->text, NULL, FLAG_DIRECTORY);
	}
}

bool
policy_closures_needed(const struct policy *policy)
{
	if (policy->path_variables.count > 0)
		return true;
	for (size_t i = 0; i < policy->grant_count; i++)
		if (policy_members_followed(&policy->grants[i]))
			return true;
	return false;
}
