/* What the second of two descriptions has gained and lost. */
#include "compiler.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const change_names[] = {
	[CHANGE_GAINED] = "gained",
	[CHANGE_LOST] = "lost",
	[CHANGE_OTHER] = "changed",
};

static void
add(struct arena *arena, struct comparison *comparison, enum change_kind kind, const char *section,
    const char *text, const char *place)
{
	*ARRAY_ADD(arena, comparison->changes, comparison->count, comparison->capacity) =
		(struct change){ .kind = kind, .section = section, .text = text, .place = place };
	comparison->gained |= kind == CHANGE_GAINED;
}

/* Texts that name store objects */

/* The text with the path of every object that was replaced by another of its name as the path of
 * that one, so that an update of a package is one change and not one wherever it is named. */
static const char *
renamed(struct arena *arena, const struct comparison *comparison, const char *text)
{
	static const char characters[] = "0123456789abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ+-._?=";
	const char *store = comparison->before->store;
	const size_t store_size = strlen(store);
	struct buffer out = { .arena = arena };
	const char *found;

	while ((found = strstr(text, store))) {
		size_t size = store_size;

		if (found[size] == '/')
			size += 1 + strspn(found + size + 1, characters);
		buffer_add(&out, text, (size_t)(found - text));
		const char *path = arena_copy(arena, found, size);
		size_t object = map_get(&comparison->renamed, path);
		buffer_add_string(&out,
		                  object == MAP_ABSENT ? path : comparison->after->closure[object]);
		text = found + size;
	}
	buffer_add_string(&out, text);
	return out.data;
}

/* Facts */

static const char *
line_of(struct arena *arena, const struct fact *fact)
{
	return arena_printf(arena, "%s %s", fact->word, fact->text);
}

/* The fact of the same key; NULL: there is none. */
static const struct fact *
partner(const struct description *d, const struct map *keys, const char *key)
{
	size_t index = map_get(keys, key);

	return index == MAP_ABSENT ? NULL : &d->facts[index];
}

static void
add_fact(struct arena *arena, struct comparison *comparison, enum change_kind kind,
         const struct fact *fact)
{
	const char *line = line_of(arena, fact);

	/* What takes something away is gained when it is lost. */
	if (fact->sense == SENSE_TAKES || fact->sense == SENSE_LIMITS)
		line = arena_printf(arena, "%s: %s",
		                    kind == CHANGE_GAINED ? "no longer" : "from now on", line);
	add(arena, comparison, kind, section_names[fact->section], line, fact->place);
}

/* Does the pattern, in which '*' stands for any characters, match the text? */
static bool
matches(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			/* What the last star stands for is longer than was tried. */
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

/* Would the description's box get a variable of this name, or of some name that matches the
 * pattern? What is unset and then inherited by its own name is. */
static bool
inherits(const struct description *d, const char *pattern)
{
	bool inherited = true;

	for (size_t i = 0; i < d->plan->step_count; i++) {
		const struct plan_step *step = &d->plan->steps[i];

		/* A pattern covers another one if it matches that as a text. */
		if (step->kind == STEP_INHERIT && matches(step->operand[0].string, pattern))
			inherited = true;
		else if (step->kind == STEP_CLEAR_ENVIRONMENT ||
		         (step->kind == STEP_UNSET && (matches(step->operand[0].string, pattern) ||
		                                       matches(pattern, step->operand[0].string))))
			inherited = false;
	}
	return inherited;
}

/* Is it all the same whether this fact is there? */
static bool
is_idle(const struct fact *fact, const struct description *without)
{
	if (fact->section != SECTION_ENVIRONMENT)
		return false;
	if (strcmp(fact->word, "inherit") == 0)
		return inherits(without, fact->text);
	return strcmp(fact->word, "unset") == 0 && !inherits(without, fact->text);
}

/* A fact that only one of them has. */
static void
compare_alone(struct arena *arena, struct comparison *comparison, const struct fact *fact,
              bool after)
{
	bool takes = fact->sense == SENSE_TAKES || fact->sense == SENSE_LIMITS;
	enum change_kind kind = after != takes ? CHANGE_GAINED : CHANGE_LOST;
	const struct description *without = after ? comparison->before : comparison->after;

	if (fact->sense == SENSE_SHOWN || is_idle(fact, without))
		return;
	/* A state that gives nothing, a limit that is none. */
	if (fact->rights == 0 && fact->sense == SENSE_GIVES)
		kind = CHANGE_OTHER;
	/* Where the whole store is, nobody need say what of it is there. */
	bool needless = fact->rights & RIGHT_WORD && without->store_mode == STORE_WHOLE;
	if (fact->sense == SENSE_NEITHER || (fact->sense == SENSE_GIVES && needless))
		add(arena, comparison, CHANGE_OTHER, section_names[fact->section],
		    arena_printf(arena, "%s: %s", after ? "new" : "gone", line_of(arena, fact)),
		    fact->place);
	else
		add_fact(arena, comparison, kind, fact);
}

/* What it is now, and what of that was something else. */
static const char *
both_of(struct arena *arena, const struct fact *before, const struct fact *after)
{
	bool same_word = strcmp(before->word, after->word) == 0;
	bool same_text = strcmp(before->text, after->text) == 0;
	const char *old = same_word   ? before->text
	                  : same_text ? before->word
	                              : line_of(arena, before);

	return arena_printf(arena, "%s (was: %s)", line_of(arena, after), old);
}

/* Contents that differ: what of one is shown */
#define EXCERPT_BEFORE 12
#define EXCERPT 48

static bool
is_inside(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* A piece of the content from a little before the byte `at`, in quotes. */
static const char *
excerpt(struct arena *arena, const char *content, size_t at)
{
	struct buffer out = { .arena = arena };
	size_t start = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
	size_t size = strlen(content), end = start + EXCERPT < size ? start + EXCERPT : size;

	/* Characters are not cut (UTF-8). */
	while (start > 0 && is_inside(content[start]))
		start--;
	while (end > start && is_inside(content[end]))
		end--;
	buffer_printf(&out, "%s\"", start > 0 ? "..." : "");
	diag_escape(&out, content + start, end - start);
	buffer_printf(&out, "\"%s", end < size ? "..." : "");
	return out.data;
}

/* The parts of the contents where these begin to differ. */
static void
add_contents(struct arena *arena, struct comparison *comparison, const struct fact *before,
             const struct fact *after)
{
	enum change_kind kind = after->rights & RIGHT_VALUE    ? CHANGE_GAINED
	                        : before->rights & RIGHT_VALUE ? CHANGE_LOST
	                                                       : CHANGE_OTHER;
	size_t at = 0;

	while (before->content[at] != '\0' && before->content[at] == after->content[at])
		at++;
	add(arena, comparison, kind, section_names[after->section],
	    arena_printf(arena, "%s, text %s (was: %s)", line_of(arena, after),
	                 excerpt(arena, after->content, at), excerpt(arena, before->content, at)),
	    after->place);
}

static void
compare_pair(struct arena *arena, struct comparison *comparison, const struct fact *before,
             const struct fact *after)
{
	const char *section = section_names[after->section];
	const char *old = renamed(arena, comparison, line_of(arena, before));
	const char *new = line_of(arena, after);
	const char *both = both_of(arena, before, after);
	uint64_t gained = after->rights & ~before->rights, lost = before->rights & ~after->rights;

	if (after->sense == SENSE_SHOWN)
		return;
	if (after->sense == SENSE_LIMITS) {
		gained = after->rights > before->rights;
		lost = after->rights < before->rights;
	}
	if (gained == 0 && lost == 0) {
		gained = after->amount > before->amount;
		lost = after->amount < before->amount;
	}
	bool replaced = after->sense == SENSE_GIVES &&
	                strcmp(renamed(arena, comparison, before->what), after->what) != 0;
	if (before->content && after->content &&
	    strcmp(renamed(arena, comparison, before->content), after->content) != 0) {
		add_contents(arena, comparison, before, after);
	} else if (replaced) {
		add(arena, comparison, CHANGE_LOST, section, line_of(arena, before), before->place);
		add(arena, comparison, CHANGE_GAINED, section, new, after->place);
	} else if (gained && after->sense != SENSE_NEITHER) {
		add(arena, comparison, CHANGE_GAINED, section, both, after->place);
	} else if (lost && after->sense != SENSE_NEITHER) {
		add(arena, comparison, CHANGE_LOST, section, both, after->place);
	} else if (strcmp(old, new) != 0) {
		add(arena, comparison, CHANGE_OTHER, section, both, after->place);
	}
}

static void
compare_section(struct arena *arena, struct comparison *comparison, enum section section)
{
	const struct description *before = comparison->before, *after = comparison->after;
	/* The keys of the first, as the second would have them. */
	struct map keys = { .arena = arena };
	const struct fact *other;

	for (size_t i = 0; i < before->fact_count; i++) {
		const char *key = renamed(arena, comparison, before->facts[i].key);

		if (map_get(&keys, key) == MAP_ABSENT)
			map_add(&keys, key, i);
	}
	for (size_t i = 0; i < before->fact_count; i++) {
		const struct fact *fact = &before->facts[i];

		if (fact->section != section)
			continue;
		if (map_get(&after->keys, renamed(arena, comparison, fact->key)) == MAP_ABSENT)
			compare_alone(arena, comparison, fact, false);
	}
	for (size_t i = 0; i < after->fact_count; i++) {
		const struct fact *fact = &after->facts[i];

		if (fact->section != section)
			continue;
		other = partner(before, &keys, fact->key);
		if (other)
			compare_pair(arena, comparison, other, fact);
		else
			compare_alone(arena, comparison, fact, true);
	}
}

/* Filters */

static bool
same_change(const struct filter_change *a, const struct filter_change *b)
{
	return a->gained == b->gained && strcmp(a->architecture, b->architecture) == 0 &&
	       strcmp(a->before, b->before) == 0 && strcmp(a->after, b->after) == 0;
}

/* One change for all calls that change alike, in the order of the first of each. */
static void
add_calls(struct arena *arena, struct comparison *comparison, const char *section,
          const struct filter_change *changes, size_t count)
{
	bool *told = arena_alloc(arena, count + 1);

	for (size_t i = 0; i < count; i++) {
		struct buffer text = { .arena = arena };

		if (told[i])
			continue;
		buffer_printf(&text, "%s:", changes[i].architecture);
		for (size_t j = i; j < count; j++) {
			if (told[j] || !same_change(&changes[i], &changes[j]))
				continue;
			buffer_printf(&text, " %s", changes[j].call);
			told[j] = true;
		}
		buffer_printf(&text, ": %s (was: %s)", changes[i].after, changes[i].before);
		add(arena, comparison, changes[i].gained ? CHANGE_GAINED : CHANGE_LOST, section,
		    text.data, NULL);
	}
}

/* The filters in their order; one that has no partner is compared with none at all. */
static void
compare_filters(struct arena *arena, struct comparison *comparison, const char *section,
                const struct filter_bytes *before, size_t before_count,
                const struct filter_bytes *after, size_t after_count)
{
	for (size_t i = 0; i < before_count || i < after_count; i++) {
		const struct filter_bytes none = { 0 };
		struct filter_bytes old = i < before_count ? before[i] : none;
		struct filter_bytes new = i < after_count ? after[i] : none;
		struct filter_change *changes = NULL;
		size_t count = 0;

		if (new.size == 0)
			add(arena, comparison, CHANGE_GAINED, section,
			    "no longer: a filter; all system calls are allowed", NULL);
		else if (old.size == 0)
			add(arena, comparison, CHANGE_LOST, section,
			    "from now on: a filter; all system calls were allowed", NULL);
		else
			count = filter_compare(arena, old.bytes, old.size, new.bytes, new.size,
			                       &changes);
		add_calls(arena, comparison, section, changes, count);
	}
}

static bool
can_do_without(const struct description *d)
{
	for (size_t i = 0; i < d->plan->step_count; i++)
		if (d->plan->steps[i].kind == STEP_NAMESPACES)
			return d->plan->steps[i].flags & FLAG_OPTIONAL;
	return false;
}

void
compare_descriptions(struct arena *arena, const struct description *before,
                     const struct description *after, struct comparison *ret_comparison)
{
	struct comparison *comparison = ret_comparison;
	size_t old = before->filter_count - before->filter_fallbacks;
	size_t new = after->filter_count - after->filter_fallbacks;

	*comparison =
		(struct comparison){ .before = before, .after = after, .renamed.arena = arena };
	compare_closure(arena, comparison);
	for (int section = 0; section < SECTIONS; section++)
		compare_section(arena, comparison, (enum section)section);
	compare_filters(arena, comparison, "system calls", before->filters, old, after->filters,
	                new);
	/* These matter where both can do without namespaces; else that itself is a change. */
	if (before->filter_fallbacks && can_do_without(after))
		compare_filters(arena, comparison, "system calls without namespaces",
		                before->filters + old, before->filter_fallbacks,
		                after->filters + new, after->filter_fallbacks);
}
