/* Which objects of two closures are the same package, in another version or built anew. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

/* An object on its way to its partner. */
struct candidate {
	size_t index; /* into its closure */
	bool after;
	const char *path;
	const char *name; /* without version */
	const char *version;
	const char *output; /* "-dev" at the end of the version; "": none is to be seen */
};

/* Is it the name of an output, as Nix's multiple outputs have them? */
static const char *
output_of(const char *version)
{
	const char *dash = strrchr(version, '-');

	return dash && dash[1] != '\0' &&
	                       strspn(dash + 1, "abcdefghijklmnopqrstuvwxyz") == strlen(dash + 1)
	               ? dash
	               : "";
}

/* What is behind the hash; the whole of a path that is no store path. */
static const char *
full_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return strlen(base) > STORE_PATH_HASH_SIZE ? base + STORE_PATH_HASH_SIZE + 1 : base;
}

void
compare_split(struct arena *arena, const char *path, const char **ret_name,
              const char **ret_version)
{
	const char *name = full_name(path);
	const char *dash = name;

	/* The version begins behind the first dash that no letter follows (Nix, names.cc). */
	while ((dash = strchr(dash, '-'))) {
		char next = dash[1];
		bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');

		if (next != '\0' && !letter)
			break;
		dash++;
	}
	*ret_name = arena_copy(arena, name, dash ? (size_t)(dash - name) : strlen(name));
	*ret_version = dash ? dash + 1 : "";
}

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *one = a, *two = b;
	int order = strcmp(one->name, two->name);

	if (order == 0)
		order = strcmp(one->version, two->version);
	if (order == 0)
		order = strcmp(one->path, two->path);
	return order ? order : one->after - two->after;
}

static size_t
collect(struct arena *arena, const struct description *d, bool after, struct candidate *candidates)
{
	for (size_t i = 0; i < d->closure_count; i++) {
		struct candidate *candidate = &candidates[i];

		candidate->index = i;
		candidate->after = after;
		candidate->path = d->closure[i];
		compare_split(arena, candidate->path, &candidate->name, &candidate->version);
		candidate->output = output_of(candidate->version);
	}
	return d->closure_count;
}

/* Do they belong together? From 0, the strictest way to tell, to 2. */
static bool
alike(const struct candidate *a, const struct candidate *b, int laxity)
{
	if (a->after == b->after)
		return false;
	if (laxity == 0)
		return strcmp(a->path, b->path) == 0;
	if (laxity == 1)
		return strcmp(a->version, b->version) == 0;
	return strcmp(a->output, b->output) == 0;
}

static void
add_change(struct arena *arena, struct comparison *comparison, const struct candidate *before,
           const struct candidate *after)
{
	struct object_change *change = ARRAY_ADD(
		arena, comparison->objects, comparison->object_count, comparison->object_capacity);

	change->before = before ? before->index : MAP_ABSENT;
	change->after = after ? after->index : MAP_ABSENT;
	if (before && after)
		map_add(&comparison->renamed, before->path, after->index);
	if (!before)
		comparison->gained = true;
}

/* Pairs the candidates of one name. What is the same in both is no change. */
static void
pair(struct arena *arena, struct comparison *comparison, struct candidate *group, size_t count)
{
	for (int laxity = 0; laxity <= 2; laxity++) {
		for (size_t i = 0; i < count; i++) {
			size_t j = i + 1;

			while (j < count && group[i].path &&
			       !(group[j].path && alike(&group[i], &group[j], laxity)))
				j++;
			if (j >= count || !group[i].path)
				continue;
			bool swapped = group[i].after;
			if (laxity > 0)
				add_change(arena, comparison, &group[swapped ? j : i],
				           &group[swapped ? i : j]);
			group[i].path = group[j].path = NULL;
		}
	}
	for (size_t i = 0; i < count; i++)
		if (group[i].path)
			add_change(arena, comparison, group[i].after ? NULL : &group[i],
			           group[i].after ? &group[i] : NULL);
}

void
compare_closure(struct arena *arena, struct comparison *comparison)
{
	const struct description *before = comparison->before, *after = comparison->after;
	size_t count = before->closure_count + after->closure_count;
	struct candidate *candidates = arena_alloc(arena, (count + 1) * sizeof *candidates);

	/* Of a store that is there as a whole it is not known what is in it. */
	if (before->store_mode == STORE_WHOLE || after->store_mode == STORE_WHOLE)
		return;
	count = collect(arena, before, false, candidates);
	count += collect(arena, after, true, candidates + count);
	qsort(candidates, count, sizeof *candidates, compare_candidates);
	for (size_t start = 0, end; start < count; start = end) {
		for (end = start + 1; end < count; end++)
			if (strcmp(candidates[start].name, candidates[end].name) != 0)
				break;
		pair(arena, comparison, &candidates[start], end - start);
	}
}
