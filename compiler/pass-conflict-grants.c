/* Refuses grants that contradict one another or would hide the closure. */
#include "compiler.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_MAX 40 /* as many as the kernel follows (path_resolution(7)) */

/*
 * What is granted comes in the order of the policy: later grants lie in earlier ones. What covers
 * (mask, protect) comes behind all of that, so that it has the last word; see pass-mounts.c. Paths
 * are compared by their spellings: what a variable makes of them is only known at launch, which
 * then refuses what does not fit.
 *
 * What presets grant in what a policy grants the reader has settled (read-policy-settle.c).
 */

/* A grant and its path, for all of the policy, in its order. */
struct granted {
	const struct grant *grant;
	const char *path; /* spelling; not through any link that is granted */
};

struct grants {
	struct compilation *c;
	struct granted *items;
	size_t count;
};

static bool
is_cover(const struct granted *granted)
{
	return granted->grant->kind == GRANT_MASK || granted->grant->kind == GRANT_PROTECT;
}

static bool
is_links(const struct granted *granted)
{
	return granted->grant->kind == GRANT_LINKS;
}

/* Is it made in what is there already, and not mounted over it? */
static bool
is_made(const struct granted *granted)
{
	enum grant_kind kind = granted->grant->kind;

	return kind == GRANT_DIRECTORY || kind == GRANT_SYMLINK || kind == GRANT_FILE ||
	       kind == GRANT_LINKS;
}

static bool
is_writable(const struct granted *granted)
{
	return granted->grant->kind == GRANT_OVERLAY || granted->grant->flags & FLAG_WRITABLE;
}

static bool
is_same(const struct granted *a, const struct granted *b)
{
	return strcmp(a->path, b->path) == 0;
}

static bool
is_above(const struct granted *outer, const struct granted *inner)
{
	return !is_same(outer, inner) && policy_path_covers(outer->path, inner->path);
}

/* Was it put where it is by the reader? If it hides something, another grant does so as well. */
static bool
is_settled(const struct granted *granted)
{
	return granted->grant->preset || !granted->grant->entry;
}

static const char *
text_of(const struct granted *granted)
{
	return granted->grant->destination_text;
}

static const char *
kind_of(const struct granted *granted)
{
	switch (granted->grant->kind) {
	case GRANT_BIND:
		return granted->grant->flags & FLAG_WRITABLE ? "bound" : "bound read-only";
	case GRANT_LINKS:
		return "a link of the host";
	case GRANT_OVERLAY:
		return "an overlay";
	case GRANT_TMPFS:
		return is_writable(granted) ? "a tmpfs" : "a read-only tmpfs";
	case GRANT_DIRECTORY:
		return "a directory";
	case GRANT_SYMLINK:
		return "a symlink";
	case GRANT_FILE:
		return "a file";
	case GRANT_MASK:
		return "masked";
	case GRANT_PROTECT:
		return "protected";
	case GRANT_PROC:
		return "a procfs";
	case GRANT_DEVPTS:
		return "a devpts";
	}
	return NULL;
}

static void
note_place(struct compilation *c, const struct granted *granted)
{
	diag_note(&c->diag, granted->grant->destination_place, "'%s' is %s here", text_of(granted),
	          kind_of(granted));
}

/* Links. What is granted below one the launch puts where it leads to, inside of the box. */

/* The path without "." and ".."; NULL if only the launch knows what is above a variable. */
static const char *
without_dots(struct arena *arena, const char *path)
{
	struct buffer result = { .arena = arena };
	size_t size;

	buffer_add_string(&result, "");
	for (const char *at = path; *at; at += size) {
		at += strspn(at, "/");
		size = strcspn(at, "/");
		if (size == 0 || (size == 1 && at[0] == '.'))
			continue;
		if (size == 2 && at[0] == '.' && at[1] == '.') {
			const char *last = strrchr(result.data, '/');

			if (!last && result.size > 0)
				return NULL;
			result.size = last ? (size_t)(last - result.data) : 0;
			result.data[result.size] = '\0';
			continue;
		}
		if (result.size > 0 || path[0] == '/')
			buffer_add_string(&result, "/");
		buffer_add(&result, at, size);
	}
	return result.size > 0 ? result.data : "/";
}

/* Where a path leads that lies in the link, of which `rest` is what is behind it. */
static const char *
follow(struct arena *arena, const struct granted *link, const char *rest)
{
	const char *target = policy_path_spelling(arena, link->grant->source);
	const char *last = strrchr(link->path, '/');

	if (target[0] == '/' || target[0] == '$')
		return without_dots(arena, arena_printf(arena, "%s%s", target, rest));
	if (!last)
		return NULL;
	return without_dots(arena, arena_printf(arena, "%.*s/%s%s", (int)(last - link->path),
	                                        link->path, target, rest));
}

/* The spelling `path` of a destination without the links that are granted before it. */
static const char *
path_of(const struct grants *grants, size_t at, const char *path)
{
	struct arena *arena = &grants->c->arena;
	unsigned followed = 0;

	for (size_t i = 0; i < at; i++) {
		const struct granted *link = &grants->items[i];
		const char *next;

		if (link->grant->kind != GRANT_SYMLINK || strcmp(link->path, path) == 0 ||
		    strncmp(path, link->path, strlen(link->path)) != 0 ||
		    path[strlen(link->path)] != '/')
			continue;
		next = follow(arena, link, path + strlen(link->path));
		if (!next || ++followed > LINKS_MAX)
			return path;
		path = next;
		i = SIZE_MAX; /* from the first one on again */
	}
	return path;
}

/* Is the path in the closure? That is not known where there is no graph. */
static bool
in_closure(const struct compilation *c, const char *path)
{
	size_t size = store_path_prefix(c->graph.store_dir, path);

	return !c->closure || graph_in_closure(c, graph_find(&c->graph, path, size));
}

/* A part of the closure may be seen at another place in it, and nothing else may. Why this is no
 * such grant, NULL if it is. The store may be here, to ask for links: the launch refuses those. */
static const char *
why_not_in_store(struct compilation *c, const struct grant *grant)
{
	char real[PATH_MAX];

	if (grant->kind == GRANT_LINKS)
		return "'links' is for a path outside of it that leads there";
	if (!policy_path_in_store(c->graph.store_dir, grant))
		return "only a part of the closure can be bound there: read-only, from a path in "
		       "it to another path inside of one of its objects";
	const char *paths[] = { template_constant(grant->source),
		                template_constant(grant->destination) };
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		if (!in_closure(c, paths[i]))
			return arena_printf(&c->arena, "'%s' is not in the closure", paths[i]);
		if (realpath(paths[i], real) && strcmp(real, paths[i]) != 0)
			return arena_printf(&c->arena,
			                    "a symbolic link in '%s' leads to '%s'; name that",
			                    paths[i], real);
	}
	/* What is not said is true there. */
	if (json_is_false(json_object_get(grant->entry, "execute")))
		return "what is bound there can be executed as in the closure; leave 'execute' out";
	return NULL;
}

static void
refuse_in_store(struct compilation *c, const struct granted *granted, const char *why)
{
	diag_error(&c->diag, granted->grant->destination_place,
	           c->policy.store == STORE_CLOSURE
	                   ? "'%s' is in the store, which holds exactly the closure"
	                   : "'%s' is in the store, which stays as it is",
	           text_of(granted));
	diag_note(&c->diag, PLACE_NONE, "%s", why);
}

/* Wherever the policy's defaults put it, it must be outside of the store, or a part of it. */
static void
check_store(const struct grants *grants, size_t at)
{
	const struct granted *granted = &grants->items[at];
	const struct place place = granted->grant->destination_place;
	struct compilation *c = grants->c;
	const char *store = c->graph.store_dir;
	struct string_list paths = { 0 };
	bool above = false, inside = false;
	const char *why;

	if (granted->grant->entry)
		policy_path_alternatives(&c->arena, granted->grant->destination, &paths);
	else
		string_list_add(&c->arena, &paths,
		                policy_path_spelling(&c->arena, granted->grant->destination));
	for (size_t i = 0; i < paths.count; i++) {
		const char *path = path_of(grants, at, paths.items[i]);

		above |= policy_path_covers(path, store);
		inside |= policy_path_covers(store, path);
	}
	if (above)
		diag_error(&c->diag, place, "'%s' would hide the closure in %s", text_of(granted),
		           store);
	else if (inside && (why = why_not_in_store(c, granted->grant)))
		refuse_in_store(c, granted, why);
}

/* Two spellings of one path; two that are spelled alike the reader has seen. */
static void
check_same(const struct grants *grants, size_t at)
{
	const struct granted *later = &grants->items[at];

	for (size_t i = 0; i < at; i++) {
		const struct granted *earlier = &grants->items[i];

		if (is_cover(earlier) != is_cover(later) || !is_same(earlier, later))
			continue;
		diag_error(&grants->c->diag, later->grant->destination_place,
		           "'%s' is the same path as '%s', which is %s", text_of(later),
		           text_of(earlier), kind_of(earlier));
		note_place(grants->c, earlier);
		return;
	}
}

/* What is granted before this and below it would be hidden; a directory that is there already, to
 * hold it, cannot be made. */
static void
check_hidden(const struct grants *grants, size_t at)
{
	const struct granted *outer = &grants->items[at];
	struct compilation *c = grants->c;
	const struct granted *first = NULL;

	for (size_t i = 0; i < at && !is_cover(outer) && !is_links(outer); i++) {
		const struct granted *inner = &grants->items[i];

		/* Links are made when all else is there. */
		if (is_cover(inner) || is_links(inner) || !is_above(outer, inner) ||
		    (is_settled(outer) && !is_settled(inner)))
			continue;
		if (!first)
			diag_error(&c->diag, outer->grant->destination_place,
			           is_made(outer)
			                   ? "'%s' cannot be made after '%s', which lies in it"
			                   : "'%s' would hide '%s', which is granted before it",
			           text_of(outer), text_of(inner));
		first = inner;
		note_place(c, inner);
	}
	if (first)
		diag_note(&c->diag, PLACE_NONE, "what lies in another comes after it");
}

/* Nothing can lie in a link that leads into the store. */
static void
check_links(const struct grants *grants, size_t at)
{
	const struct granted *link = &grants->items[at];
	struct compilation *c = grants->c;

	for (size_t i = 0; i < grants->count && is_links(link); i++) {
		const struct granted *inner = &grants->items[i];

		if (is_cover(inner) || !is_above(link, inner))
			continue;
		diag_error(&c->diag, inner->grant->destination_place,
		           "'%s' cannot be in '%s', which is %s", text_of(inner), text_of(link),
		           kind_of(link));
		note_place(c, link);
	}
}

/* The grant before this one that it lies in; NULL: the box's root. */
static const struct granted *
container_of(const struct grants *grants, size_t at)
{
	const struct granted *container = NULL;

	for (size_t i = 0; i < at; i++) {
		const struct granted *candidate = &grants->items[i];

		if (!is_cover(candidate) && is_above(candidate, &grants->items[at]) &&
		    (!container || policy_path_covers(container->path, candidate->path)))
			container = candidate;
	}
	return container;
}

/* A cover that is to make what is missing. A read-only tmpfs is sealed before there are covers. */
static bool
is_made_too_late(const struct granted *cover, const struct granted *outer)
{
	return cover->grant->kind == GRANT_PROTECT && cover->grant->entry &&
	       cover->grant->flags & (FLAG_DIRECTORY | FLAG_FILE) &&
	       outer->grant->kind == GRANT_TMPFS && !is_writable(outer);
}

/* What cannot be in its container: anything in a file; and what is made, and not mounted, in what
 * cannot be written to. */
static void
check_container(const struct grants *grants, size_t at)
{
	const struct granted *inner = &grants->items[at], *outer = container_of(grants, at);
	struct compilation *c = grants->c;

	if (!outer || (is_cover(inner) && !is_made_too_late(inner, outer)))
		return;
	/* A link that the host has is there; one that can be made again is, at each launch. */
	if (is_links(outer) ||
	    (is_links(inner) && (is_writable(outer) || policy_path_stays(&c->arena, outer->grant))))
		return;
	switch (outer->grant->kind) {
	case GRANT_BIND:
	case GRANT_OVERLAY:
		if (is_made(inner) && is_writable(outer)) {
			diag_warning(&c->diag, inner->grant->destination_place,
			             "'%s' is made on the host, for '%s' is %s: the next launch "
			             "cannot make it again",
			             text_of(inner), text_of(outer), kind_of(outer));
			return;
		}
		if (!is_made(inner))
			return;
		break;
	case GRANT_PROC:
	case GRANT_DEVPTS:
		if (!is_made(inner))
			return;
		break;
	case GRANT_FILE:
		break;
	case GRANT_TMPFS:
		if (!is_cover(inner))
			return;
		break;
	case GRANT_LINKS:
	case GRANT_SYMLINK:
	case GRANT_DIRECTORY:
	case GRANT_MASK:
	case GRANT_PROTECT:
		return;
	}
	diag_error(&c->diag, inner->grant->destination_place,
	           "'%s' cannot be made in '%s', which is %s", text_of(inner), text_of(outer),
	           kind_of(outer));
	note_place(c, outer);
}

/* A grant that is said after what covers it, and that would not be seen, or not be as writable as
 * said. What is granted before may be covered in part: that is what covering is for. */
static void
check_covered(const struct grants *grants, size_t at)
{
	const struct granted *later = &grants->items[at];
	const struct grant *grant = later->grant;

	for (size_t i = 0; i < at; i++) {
		const struct granted *cover = &grants->items[i];
		bool mask = cover->grant->kind == GRANT_MASK;

		if (!is_cover(cover) || !policy_path_covers(cover->path, later->path))
			continue;
		/* Of what is covered twice the second finds nothing, which may be meant. */
		if (is_cover(later) ? !mask || grant->flags & FLAG_OPTIONAL || is_same(cover, later)
		                    : !mask && !is_writable(later))
			continue;
		diag_error(&grants->c->diag, grant->destination_place,
		           mask ? "'%s' cannot be seen: '%s' is %s"
		                : "'%s' cannot be written to: '%s' is %s",
		           text_of(later), text_of(cover), kind_of(cover));
		note_place(grants->c, cover);
		return;
	}
}

/* What leads into the store, where the program can write to: it could lead the next launch to any
 * store path (CVE-2024-42472 is of that kind). */
static void
check_led(const struct grants *grants, size_t at)
{
	const struct granted *led = &grants->items[at];
	struct compilation *c = grants->c;
	const struct grant *by;
	const char *source;

	if (!policy_members_followed(led->grant))
		return;
	by = policy_closures_led_by(&c->arena, &c->policy, led->grant);
	if (!by)
		return;
	source = json_string_value(json_object_get(led->grant->entry, "bind"));
	diag_error(&c->diag, led->grant->place,
	           "the program could lead the next launch from '%s' to any store path",
	           source ? source : text_of(led));
	diag_note(&c->diag, by->place, "it can write there by this");
}

/* Without a mount tree of its own the box sees the host's files, so a grant must be all there is to
 * say about what lies in it. `granted` is one that pass-rules.c allows then. */
static void
check_without_namespaces(const struct grants *grants, const struct granted *granted)
{
	const unsigned rights = FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES;
	struct compilation *c = grants->c;

	for (size_t i = 0; i < grants->count; i++) {
		const struct granted *other = &grants->items[i];
		bool below = policy_path_covers(granted->path, other->path);

		if (other == granted || (!below && !(is_cover(other) && is_above(other, granted))))
			continue;
		/* These are the host's, too. */
		if (is_links(other))
			continue;
		if (policy_path_stays(&c->arena, other->grant) &&
		    !(granted->grant->flags & rights & ~other->grant->flags))
			continue;
		if (other->grant->kind == GRANT_PROTECT && !is_writable(granted))
			continue;
		diag_error(&c->diag, other->grant->destination_place,
		           "without namespaces '%s' cannot be %s%s: '%s' is the host's",
		           text_of(other), kind_of(other),
		           other->grant->kind == GRANT_BIND ? " otherwise" : "", text_of(granted));
		note_place(c, granted);
		diag_note(&c->diag, c->policy.namespaces_place, "namespaces are optional here");
	}
}

/* Closure files that a program could write, and a mount could not be kept from that: only covers of
 * a path can, in a mount tree. */
static void
check_closure_files(struct compilation *c)
{
	struct policy_closures found;

	policy_closures_find(&c->arena, &c->policy, &found);
	for (size_t i = 0; i < found.count; i++) {
		const struct policy_closure_files *files = &found.items[i];
		bool without;

		if (!files->by)
			continue;
		without = c->policy.namespaces_optional && policy_path_stays(&c->arena, files->by);
		if (files->path && !without)
			continue;
		diag_error(&c->diag, files->by->place,
		           "%sthe program could write the closure files in '%s'",
		           without ? "without namespaces " : "", files->directory->text);
		diag_note(&c->diag, files->directory->place,
		          "from there launches learn what is in closures");
	}
}

void
pass_conflict_grants(struct compilation *c)
{
	const struct policy *policy = &c->policy;
	struct grants grants = { .c = c, .count = policy->grant_count };

	grants.items = arena_alloc(&c->arena, policy->grant_count * sizeof *grants.items);
	for (size_t i = 0; i < grants.count; i++) {
		grants.items[i].grant = &policy->grants[i];
		grants.items[i].path = path_of(
			&grants, i, policy_path_spelling(&c->arena, policy->grants[i].destination));
	}
	for (size_t i = 0; i < grants.count; i++) {
		check_store(&grants, i);
		check_same(&grants, i);
		check_hidden(&grants, i);
		check_links(&grants, i);
		check_container(&grants, i);
		check_covered(&grants, i);
		check_led(&grants, i);
		if (policy->namespaces_optional && policy_path_stays(&c->arena, &policy->grants[i]))
			check_without_namespaces(&grants, &grants.items[i]);
	}
	check_closure_files(c);
}
