/* A comparison of two launchers or policies, for people and as JSON. */
#include "compiler.h"

#include <string.h>

#define PAGE_COLUMNS 100

static const char signs[] = {
	[CHANGE_GAINED] = '+',
	[CHANGE_LOST] = '-',
	[CHANGE_OTHER] = '~',
};

/* A page while it is written. */
struct page {
	FILE *stream;
	struct arena *arena;
	const struct comparison *comparison;
	const char *section; /* whose heading was written last */
};

static void
write_heading(struct page *page, const char *section)
{
	if (page->section && strcmp(page->section, section) == 0)
		return;
	fprintf(page->stream, "%s%s\n", page->section ? "\n" : "", section);
	page->section = section;
}

/* A change, broken at spaces. */
static void
write_line(const struct page *page, enum change_kind kind, const char *text)
{
	size_t column = 2;

	fprintf(page->stream, "%c ", signs[kind]);
	while (*text != '\0') {
		size_t size = strcspn(text, " ");

		if (column > 4 && column + 1 + size > PAGE_COLUMNS) {
			fputs("\n    ", page->stream);
			column = 4;
		} else if (column > 2) {
			putc(' ', page->stream);
			column++;
		}
		fprintf(page->stream, "%.*s", (int)size, text);
		column += size;
		text += size + (text[size] == ' ');
	}
	putc('\n', page->stream);
}

static uint64_t
size_before(const struct comparison *comparison, const struct object_change *change)
{
	return change->before == MAP_ABSENT ? 0 : comparison->before->sizes[change->before];
}

static uint64_t
size_after(const struct comparison *comparison, const struct object_change *change)
{
	return change->after == MAP_ABSENT ? 0 : comparison->after->sizes[change->after];
}

/* ", +1.2 MiB", or nothing if a size is not known or they are the same. */
static const char *
growth(struct arena *arena, uint64_t before, uint64_t after)
{
	char text[SIZE_TEXT];

	if (before == 0 || after == 0 || before == after)
		return "";
	if (after > before)
		return arena_printf(arena, ", +%s", size_text(text, after - before));
	return arena_printf(arena, ", -%s", size_text(text, before - after));
}

static const char *
size_of(struct arena *arena, uint64_t size)
{
	char text[SIZE_TEXT];

	return size ? arena_printf(arena, ", %s", size_text(text, size)) : "";
}

/* What is new, what is gone and what has another version, a line each. */
static void
write_object(struct page *page, const struct object_change *change, const char *old,
             const char *new)
{
	const struct comparison *comparison = page->comparison;
	uint64_t before = size_before(comparison, change), after = size_after(comparison, change);
	const char *name, *version, *new_version;

	write_heading(page, "closure");
	if (!old) {
		write_line(page, CHANGE_GAINED,
		           arena_printf(page->arena, "%s%s", new, size_of(page->arena, after)));
		return;
	}
	if (!new) {
		write_line(page, CHANGE_LOST,
		           arena_printf(page->arena, "%s%s", old, size_of(page->arena, before)));
		return;
	}
	compare_split(page->arena, new, &name, &new_version);
	compare_split(page->arena, old, &name, &version);
	const char *shown = strrchr(name, '/');
	write_line(page, CHANGE_OTHER,
	           arena_printf(page->arena, "%s %s -> %s%s", shown ? shown + 1 : name,
	                        *version ? version : "(no version)",
	                        *new_version ? new_version : "(no version)",
	                        growth(page->arena, before, after)));
}

static const char *
base_name(struct arena *arena, const struct description *d, size_t index)
{
	const char *name, *version;

	if (index == MAP_ABSENT)
		return NULL;
	compare_split(arena, d->closure[index], &name, &version);
	return arena_printf(arena, "%s%s%s", name, *version ? "-" : "", version);
}

static const char *
total_of(struct arena *arena, const struct description *d)
{
	return arena_printf(arena, "%zu object%s%s", d->closure_count,
	                    d->closure_count == 1 ? "" : "s", size_of(arena, d->closure_size));
}

static void
write_closure(struct page *page)
{
	const struct comparison *comparison = page->comparison;
	struct buffer rebuilt = { .arena = page->arena };

	for (size_t i = 0; i < comparison->object_count; i++) {
		const struct object_change *change = &comparison->objects[i];
		const char *old = base_name(page->arena, comparison->before, change->before);
		const char *new = base_name(page->arena, comparison->after, change->after);

		if (old && new &&strcmp(old, new) == 0)
			buffer_printf(&rebuilt, " %s", new);
		else
			write_object(page, change, old, new);
	}
	if (rebuilt.size > 0) {
		write_heading(page, "closure");
		write_line(page, CHANGE_OTHER,
		           arena_printf(page->arena, "built anew:%s", rebuilt.data));
	}
	const char *old_total = total_of(page->arena, comparison->before);
	const char *new_total = total_of(page->arena, comparison->after);
	if (comparison->object_count > 0 && strcmp(old_total, new_total) != 0)
		write_line(page, CHANGE_OTHER,
		           arena_printf(page->arena, "in all: %s -> %s%s", old_total, new_total,
		                        growth(page->arena, comparison->before->closure_size,
		                               comparison->after->closure_size)));
}

void
emit_diff(FILE *stream, struct arena *arena, const struct comparison *comparison)
{
	struct page page = { .stream = stream, .arena = arena, .comparison = comparison };

	write_closure(&page);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct change *change = &comparison->changes[i];

		write_heading(&page, change->section);
		write_line(&page, change->kind,
		           change->place
		                   ? arena_printf(arena, "%s  # %s", change->text, change->place)
		                   : change->text);
	}
	if (!page.section)
		fputs("no difference\n", stream);
}

static json_t *
object_of(struct arena *arena, const struct description *d, size_t index)
{
	if (index == MAP_ABSENT)
		return json_null();
	return json_pack("{s:o, s:o}", "path", json_of_bytes(arena, d->closure[index]), "size",
	                 d->sizes[index] ? json_integer((json_int_t)d->sizes[index]) : json_null());
}

static json_t *
side_of(struct arena *arena, const struct description *d)
{
	return json_pack("{s:o, s:I, s:o}", "name", json_of_bytes(arena, d->plan->name), "objects",
	                 (json_int_t)d->closure_count, "size",
	                 d->closure_size ? json_integer((json_int_t)d->closure_size) : json_null());
}

json_t *
emit_diff_json(struct arena *arena, const struct comparison *comparison)
{
	json_t *changes = json_array(), *closure = json_array();

	for (size_t i = 0; i < comparison->object_count; i++) {
		const struct object_change *change = &comparison->objects[i];

		json_array_append_new(
			closure,
			json_pack("{s:o, s:o}", "old",
		                  object_of(arena, comparison->before, change->before), "new",
		                  object_of(arena, comparison->after, change->after)));
	}
	for (size_t i = 0; i < comparison->count; i++) {
		const struct change *change = &comparison->changes[i];

		json_array_append_new(
			changes, json_pack("{s:s, s:s, s:o, s:o}", "change",
		                           change_names[change->kind], "section", change->section,
		                           "text", json_of_bytes(arena, change->text), "place",
		                           change->place ? json_of_bytes(arena, change->place)
		                                         : json_null()));
	}
	return json_pack("{s:i, s:b, s:o, s:o, s:o, s:o}", "format", 1, "gained",
	                 comparison->gained, "old", side_of(arena, comparison->before), "new",
	                 side_of(arena, comparison->after), "closure", closure, "changes", changes);
}
