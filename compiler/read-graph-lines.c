/* Reads the line form of exportReferencesGraph, registration records, and plain lists of paths. */
#include "compiler.h"

#include <inttypes.h>
#include <string.h>

/*
 * A plain list is a path a line. The other two forms are a sequence of records; the line form
 * leaves out what stands in brackets:
 *
 *	path LF [ hash LF narSize LF ] deriver LF count LF ( reference LF ) * count
 *
 * Nothing separates records, so a wrong count shows only where a line is not what the record has
 * there. Such an error of structure ends the reading; others do not.
 */

struct reader {
	struct compilation *c;
	struct graph_input *input;
	const struct source *source;
	bool registration;
	size_t next; /* offset of the next line */
	size_t offset; /* of the present line */
	size_t size; /* of it, without the line feed */
	const char *record; /* the path of the present record, for messages */
	size_t count_offset; /* of the count read last, which may be wrong */
	uint64_t count; /* PLACE_WHOLE and 0 before there is one */
};

static struct place
line_place(const void *context)
{
	const struct reader *reader = context;

	return (struct place){ .source = reader->source, .offset = reader->offset };
}

static const char *
line_text(const struct reader *reader)
{
	return reader->source->text + reader->offset;
}

static bool
line_is_path(const struct reader *reader)
{
	return reader->size > 0 && *line_text(reader) == '/';
}

/* The present line for a message, cut if it is very long. */
static const char *
line_quoted(const struct reader *reader)
{
	size_t size = reader->size < 300 ? reader->size : 300;

	if (size == 0)
		return "an empty line";
	return arena_printf(&reader->c->arena, "'%s%s'",
	                    arena_copy(&reader->c->arena, line_text(reader), size),
	                    size < reader->size ? "..." : "");
}

/* Says that the count read last may be why a line is not what was expected. */
static bool
blame_count(const struct reader *reader)
{
	struct place place = { .source = reader->source, .offset = reader->count_offset };

	diag_note(&reader->c->diag, place,
	          "the count of references here, %" PRIu64 ", may be wrong", reader->count);
	return false;
}

/* Reports a line that has no place in a record here. */
static bool
refuse_line(const struct reader *reader, const char *expected)
{
	diag_error(&reader->c->diag, line_place(reader), "expected %s, found %s", expected,
	           line_quoted(reader));
	/* A count that is too small leaves a path over, a larger one takes the lines of others. */
	if (reader->count_offset != PLACE_WHOLE && (line_is_path(reader) || reader->count > 0))
		blame_count(reader);
	return false;
}

/* Goes to the next line, which must be there. */
static bool
next_line(struct reader *reader, const char *expected)
{
	const char *text = reader->source->text + reader->next;
	const char *end = memchr(text, '\n', reader->source->size - reader->next);

	reader->offset = reader->next;
	if (!end) {
		diag_error(&reader->c->diag, line_place(reader), "cut short: expected %s of '%s'",
		           expected, reader->record);
		return false;
	}
	reader->size = (size_t)(end - text);
	reader->next += reader->size + 1;
	return true;
}

/* The present line as a number in decimal as Nix prints it. */
static bool
line_number(const struct reader *reader, const char *expected, uint64_t *ret_number)
{
	const char *text = line_text(reader);
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits != reader->size || (text[0] == '0' && digits > 1))
		return refuse_line(reader, expected);
	if (parse_decimal(text, digits, ret_number))
		return true;
	diag_error(&reader->c->diag, line_place(reader), "%s is too large for %s",
	           line_quoted(reader), expected);
	return false;
}

/* The lines that only the registration form has. */
static bool
read_hash_and_size(struct reader *reader, struct graph_record *record)
{
	if (!next_line(reader, "the hash"))
		return false;
	if (reader->size == 0 || line_is_path(reader))
		return refuse_line(reader, "the hash");
	record->nar_hash =
		graph_input_hash(reader->c, line_place(reader), line_text(reader), reader->size);
	return next_line(reader, "the size in bytes") &&
	       line_number(reader, "the size in bytes", &record->nar_size);
}

/* Derivers are not part of the graph; but a line that is none tells of a wrong count. */
static bool
read_deriver(struct reader *reader)
{
	static const char expected[] = "the deriver, a path that ends in '.drv', or an empty line";

	if (!next_line(reader, "the deriver"))
		return false;
	if (reader->size == 0)
		return true;
	if (!line_is_path(reader) || reader->size < 4 ||
	    memcmp(line_text(reader) + reader->size - 4, ".drv", 4) != 0)
		return refuse_line(reader, expected);
	const char *path = arena_copy(&reader->c->arena, line_text(reader), reader->size);
	const char *store = reader->input->store_dir;
	const char *broken = store ? store_path_check(store, path) : NULL;
	if (broken)
		diag_error(&reader->c->diag, line_place(reader), "bad store path '%s': %s", path,
		           broken);
	return true;
}

static bool
read_count(struct reader *reader)
{
	static const char expected[] = "the number of references";
	uint64_t count;

	if (!next_line(reader, expected) || !line_number(reader, expected, &count))
		return false;
	reader->count_offset = reader->offset;
	reader->count = count;
	return true;
}

static bool
read_references(struct reader *reader, struct graph_record *record)
{
	/* A count that the rest of the source cannot hold gets no memory. */
	size_t rest = reader->source->size - reader->next;

	if (reader->count > rest / strlen("/\n")) {
		diag_error(&reader->c->diag, line_place(reader),
		           "cut short: the %" PRIu64 " references of '%s' are not all there",
		           reader->count, reader->record);
		return false;
	}
	record->references_offset = reader->next;
	record->references =
		arena_alloc(&reader->c->arena, (size_t)reader->count * sizeof *record->references);
	for (uint64_t i = 0; i < reader->count; i++) {
		if (!next_line(reader, "a reference"))
			return blame_count(reader);
		if (!line_is_path(reader))
			return refuse_line(reader, "a reference");
		size_t number = graph_input_path(reader->c, reader->input, line_place, reader,
		                                 line_text(reader), reader->size);
		if (number != MAP_ABSENT)
			record->references[record->reference_count++] = number;
		else if (graph_input_enough(reader->c, reader->source, reader->input))
			return false;
	}
	return true;
}

/* False if what follows cannot be told apart into records any more. */
static bool
read_record(struct reader *reader)
{
	struct graph_record record = { 0 };

	/* The text ends with a line feed and there is some of it left, so there is a line. */
	next_line(reader, "the path of a store object");
	if (!line_is_path(reader))
		return refuse_line(reader, "the path of a store object");
	record.place = line_place(reader);
	record.path = graph_input_path(reader->c, reader->input, line_place, reader,
	                               line_text(reader), reader->size);
	reader->record = record.path != MAP_ABSENT
	                         ? reader->input->paths[record.path]
	                         : arena_copy(&reader->c->arena, line_text(reader), reader->size);
	if (reader->registration && !read_hash_and_size(reader, &record))
		return false;
	if (!read_deriver(reader) || !read_count(reader) || !read_references(reader, &record))
		return false;
	return record.path == MAP_ABSENT || graph_input_add(reader->c, reader->input, record);
}

/* Bytes that no line of these forms has: said once, for a file that is something else. */
static bool
check_bytes(struct compilation *c, const struct source *source)
{
	const char *nul = memchr(source->text, '\0', source->size);
	const char *carriage = memchr(source->text, '\r', source->size);
	struct place place = { .source = source };

	if (nul) {
		place.offset = (size_t)(nul - source->text);
		diag_error(&c->diag, place, "a NUL byte is not allowed");
	} else if (carriage) {
		place.offset = (size_t)(carriage - source->text);
		diag_error(&c->diag, place,
		           "a carriage return is not allowed: lines end in a line feed alone");
	} else if (source->text[source->size - 1] != '\n') {
		place.offset = source->size - 1;
		diag_error(&c->diag, place, "cut short: the last line has no line feed at its end");
	} else {
		return true;
	}
	return false;
}

void
read_graph_list(struct compilation *c, const struct source *source, struct graph_input *input)
{
	struct reader reader = { .c = c, .input = input, .source = source };

	reader.count_offset = PLACE_WHOLE;
	if (!check_bytes(c, source))
		return;
	while (reader.next < source->size && !graph_input_enough(c, source, input)) {
		struct graph_record record = { .listed = true };

		next_line(&reader, "the path of a store object");
		if (!line_is_path(&reader)) {
			refuse_line(&reader, "the path of a store object");
			return;
		}
		record.place = line_place(&reader);
		record.path = graph_input_path(c, input, line_place, &reader, line_text(&reader),
		                               reader.size);
		if (record.path != MAP_ABSENT && !graph_input_add(c, input, record))
			return;
	}
}

void
read_graph_lines(struct compilation *c, const struct source *source, struct graph_input *input)
{
	struct reader reader = { .c = c, .input = input, .source = source };

	reader.count_offset = PLACE_WHOLE;
	if (!check_bytes(c, source))
		return;
	const char *second = strchr(source->text, '\n') + 1;
	reader.registration = *second != '\n' && *second != '\0';
	while (reader.next < source->size)
		if (!read_record(&reader) || graph_input_enough(c, source, input))
			return;
}
