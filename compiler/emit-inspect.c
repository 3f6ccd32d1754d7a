/* One launcher for people: a page with a line for every fact, under headings. */
#include "compiler.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_COLUMNS 100
#define PLACE_COLUMNS_MAX 30
#define LARGEST_SHOWN 3 /* objects that are named with their sizes */

/* A page while it is written. */
struct page {
	FILE *stream;
	struct arena *arena;
	const struct description *d;
	int place_columns;
	int word_columns;
};

/* Columns of a text, all of whose characters can be shown. */
static int
columns(const char *text)
{
	int count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void
write_padded(const struct page *page, const char *text, int width)
{
	int missing = width - columns(text);

	fprintf(page->stream, "%s%*s", text, missing > 0 ? missing : 0, "");
}

/* "preset NAME" for a place in a preset, whose lines say nothing to people; else the place. */
static const char *
label(const struct page *page, const char *place)
{
	static const char preset[] = "<preset ";
	const char *end;

	if (!place)
		return "";
	end = strchr(place, '>');
	if (strncmp(place, preset, strlen(preset)) != 0 || !end)
		return place;
	return arena_printf(page->arena, "%.*s", (int)(end - place - 1), place + 1);
}

static bool
is_preset(const char *place)
{
	return place && strncmp(place, "<preset ", 8) == 0;
}

/* One row: where it comes from, what it is, and its text, broken at spaces. */
static void
write_row(const struct page *page, const char *place, const char *word, const char *text)
{
	const int indent = 2 + page->place_columns + 2 + page->word_columns + 2;
	int column = indent;

	fputs("  ", page->stream);
	write_padded(page, place, page->place_columns);
	fputs("  ", page->stream);
	write_padded(page, word, *text != '\0' ? page->word_columns + 2 : 0);
	while (*text != '\0') {
		size_t size = strcspn(text, " ");
		const char *piece = arena_copy(page->arena, text, size);
		int width = columns(piece);

		if (column > indent && column + 1 + width > PAGE_COLUMNS) {
			fprintf(page->stream, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', page->stream);
			column++;
		}
		fputs(piece, page->stream);
		column += width;
		text += size + (text[size] == ' ');
	}
	putc('\n', page->stream);
}

/* The fact, and all later ones of its section and word that come from the same place: of a preset,
 * or of a line that stands for many. */
static void
write_group(const struct page *page, size_t index, bool *written)
{
	const struct fact *first = &page->d->facts[index];
	const char *place = label(page, first->place);
	struct buffer text = { .arena = page->arena };

	buffer_add_string(&text, first->text);
	for (size_t i = index + 1; i < page->d->fact_count && first->place; i++) {
		const struct fact *fact = &page->d->facts[i];

		if (fact->section != first->section || strcmp(fact->word, first->word) != 0 ||
		    strcmp(label(page, fact->place), place) != 0)
			continue;
		buffer_printf(&text, "; %s", fact->text);
		written[i] = true;
	}
	write_row(page, place, first->word, text.data);
}

static size_t
largest_but(const struct description *d, const bool *taken)
{
	size_t largest = MAP_ABSENT;

	for (size_t i = 0; i < d->closure_count; i++) {
		if (d->sizes[i] > 0 && !taken[i] &&
		    (largest == MAP_ABSENT || d->sizes[i] > d->sizes[largest]))
			largest = i;
	}
	return largest;
}

static void
write_closure(const struct page *page)
{
	const struct description *d = page->d;
	struct buffer text = { .arena = page->arena };
	bool *taken = arena_alloc(page->arena, d->closure_count + 1);
	char size[SIZE_TEXT];

	if (d->store_mode == STORE_WHOLE && d->closure_count == 0)
		return;
	buffer_printf(&text, "%zu", d->closure_count);
	if (d->unknown_sizes < d->closure_count)
		buffer_printf(&text, ", %s", size_text(size, d->closure_size));
	if (d->unknown_sizes > 0 && d->unknown_sizes < d->closure_count)
		buffer_printf(&text, " and %zu of unknown size", d->unknown_sizes);
	for (int i = 0; i < LARGEST_SHOWN; i++) {
		size_t largest = largest_but(d, taken);

		if (largest == MAP_ABSENT)
			break;
		taken[largest] = true;
		const char *base = strrchr(d->closure[largest], '/') + 1;
		if (strlen(base) > STORE_PATH_HASH_SIZE)
			base += STORE_PATH_HASH_SIZE + 1;
		buffer_printf(&text, "%s%s %s", i == 0 ? "; the largest: " : ", ", base,
		              size_text(size, d->sizes[largest]));
	}
	write_row(page, "", "objects", text.data);
}

static void
write_section(const struct page *page, enum section section, bool *written)
{
	const struct description *d = page->d;
	bool empty = true;

	fprintf(page->stream, "\n%s\n", section_names[section]);
	/* What policies say first: it is what tells this box from others. What is found at launch
	 * has an order of its own: who is asked comes behind it. */
	for (int presets = 0; presets < 2; presets++) {
		for (size_t i = 0; i < d->fact_count; i++) {
			const struct fact *fact = &d->facts[i];
			bool late = section != SECTION_FOUND && is_preset(fact->place);

			if (fact->section != section || written[i] || late != presets)
				continue;
			empty = false;
			write_group(page, i, written);
		}
	}
	if (section == SECTION_STORE)
		write_closure(page);
	else if (empty)
		write_row(page, "", "none", "");
}

void
emit_inspect(FILE *stream, struct arena *arena, const struct description *description)
{
	struct page page = { .stream = stream, .arena = arena, .d = description };
	struct buffer name = { .arena = arena };
	bool *written = arena_alloc(arena, description->fact_count + 1);

	for (size_t i = 0; i < description->fact_count; i++) {
		const struct fact *fact = &description->facts[i];
		int place = columns(label(&page, fact->place)), word = columns(fact->word);

		if (place > page.place_columns && place <= PLACE_COLUMNS_MAX)
			page.place_columns = place;
		if (word > page.word_columns && word <= PLACE_COLUMNS_MAX)
			page.word_columns = word;
	}
	diag_escape(&name, description->plan->name, strlen(description->plan->name));
	fprintf(stream, "%s\n", name.data ? name.data : "");
	for (int section = 0; section < SECTIONS; section++)
		write_section(&page, (enum section)section, written);
}
