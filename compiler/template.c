/* Strings with parts that only the launch knows: "$NAME", "${NAME}", "${NAME:-default}", "$$". */
#include "compiler.h"

#include <assert.h>
#include <string.h>

#define NAME_CHARACTERS \
	"0123456789" \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"_"

struct parser {
	struct compilation *c;
	struct place place;
	const char *at;
};

/* The names with a meaning of their own; every other is a variable of the caller's environment. The
 * directories are those of user-dirs.defaults (xdg-user-dirs). */
static const struct {
	const char *name;
	enum segment_kind kind;
} special[] = {
	{ "HOME", SEGMENT_HOME },
	{ "UID", SEGMENT_UID },
	{ "GID", SEGMENT_GID },
	{ "INSTANCE", SEGMENT_INSTANCE },
	{ "XDG_DESKTOP_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_DOCUMENTS_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_DOWNLOAD_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_MUSIC_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_PICTURES_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_PUBLICSHARE_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_TEMPLATES_DIR", SEGMENT_USER_DIRECTORY },
	{ "XDG_VIDEOS_DIR", SEGMENT_USER_DIRECTORY },
};

static struct template_text *
parse_template(struct parser *p, unsigned depth);

static struct template_segment
segment_of_name(struct parser *p, const char *name, size_t size)
{
	struct template_segment segment = { .kind = SEGMENT_VARIABLE };

	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strlen(special[i].name) == size && memcmp(special[i].name, name, size) == 0)
			segment.kind = special[i].kind;
	if (segment.kind == SEGMENT_VARIABLE || segment.kind == SEGMENT_USER_DIRECTORY)
		segment.text = arena_copy(&p->c->arena, name, size);
	return segment;
}

/* Parses what is behind "${NAME": "}" or ":-default}". */
static bool
parse_braces_end(struct parser *p, const char *name, size_t size, struct template_segment *segment,
                 unsigned depth)
{
	if (p->at[0] == ':' && p->at[1] == '-') {
		if (segment->kind == SEGMENT_UID || segment->kind == SEGMENT_GID ||
		    segment->kind == SEGMENT_INSTANCE) {
			diag_error(&p->c->diag, p->place,
			           "'$%.*s' is always set; it takes no default", (int)size, name);
			return false;
		}
		if (depth == TEMPLATE_DEPTH) {
			diag_error(&p->c->diag, p->place, "defaults are nested more than %d deep",
			           TEMPLATE_DEPTH);
			return false;
		}
		p->at += 2;
		segment->fallback = parse_template(p, depth + 1);
		if (!segment->fallback)
			return false;
	}
	if (*p->at != '}') {
		diag_error(&p->c->diag, p->place,
		           segment->fallback ? "expected '}' after the default of '$%.*s'"
		                             : "expected '}' or ':-' after '${%.*s'",
		           (int)size, name);
		return false;
	}
	p->at++;
	return true;
}

/* Parses a part that starts with a dollar sign and is not "$$". */
static bool
parse_part(struct parser *p, unsigned depth, struct template_segment *ret_segment)
{
	bool braces = p->at[1] == '{';
	const char *name = p->at + (braces ? 2 : 1);
	size_t size = strspn(name, NAME_CHARACTERS);

	if (size == 0 || (*name >= '0' && *name <= '9')) {
		diag_error(
			&p->c->diag, p->place,
			"expected the name of a variable after '%s'; write '$$' for a dollar sign",
			braces ? "${" : "$");
		return false;
	}
	p->at = name + size;
	struct template_segment segment = segment_of_name(p, name, size);
	if (braces && !parse_braces_end(p, name, size, &segment, depth))
		return false;
	*ret_segment = segment;
	return true;
}

/* Parses to the end of the text or, in a default, to the brace that closes it. Calls itself at most
 * TEMPLATE_DEPTH deep. */
static struct template_text *
parse_template(struct parser *p, unsigned depth)
{
	struct arena *arena = &p->c->arena;
	struct template_text *template = arena_alloc(arena, sizeof *template);
	struct buffer literal = { .arena = arena };

	for (;;) {
		size_t size = strcspn(p->at, depth > 0 ? "$}" : "$");

		buffer_add(&literal, p->at, size);
		p->at += size;
		if (p->at[0] == '$' && p->at[1] == '$') {
			buffer_add(&literal, "$", 1);
			p->at += 2;
			continue;
		}
		if (literal.size > 0)
			template_add(arena, template,
			             (struct template_segment){ .kind = SEGMENT_LITERAL,
			                                        .text = literal.data });
		if (*p->at != '$')
			return template;
		literal = (struct buffer){ .arena = arena };
		struct template_segment segment;
		if (!parse_part(p, depth, &segment))
			return NULL;
		template_add(arena, template, segment);
	}
}

struct template_text *
template_parse(struct compilation *c, struct place place, const char *text)
{
	struct parser parser = { .c = c, .place = place, .at = text };

	return parse_template(&parser, 0);
}

struct template_text *
template_literal(struct arena *arena, const char *text)
{
	struct template_text *template = arena_alloc(arena, sizeof *template);

	template_add(arena, template,
	             (struct template_segment){ .kind = SEGMENT_LITERAL, .text = text });
	return template;
}

void
template_add(struct arena *arena, struct template_text *template, struct template_segment segment)
{
	assert(segment.kind != SEGMENT_LITERAL || segment.text);
	if (segment.kind == SEGMENT_LITERAL && segment.text[0] == '\0')
		return;
	if (segment.kind == SEGMENT_LITERAL && template->count > 0) {
		struct template_segment *last = &template->segments[template->count - 1];

		if (last->kind == SEGMENT_LITERAL) {
			last->text = arena_printf(arena, "%s%s", last->text, segment.text);
			return;
		}
	}
	*ARRAY_ADD(arena, template->segments, template->count, template->capacity) = segment;
}

const char *
template_segment_name(const struct template_segment *segment)
{
	if (segment->kind != SEGMENT_VARIABLE && segment->kind != SEGMENT_USER_DIRECTORY)
		for (size_t i = 0; i < sizeof special / sizeof *special; i++)
			if (special[i].kind == segment->kind)
				return special[i].name;
	return segment->text;
}

bool
template_segment_in_braces(const struct template_segment *next)
{
	return next && next->kind == SEGMENT_LITERAL && strspn(next->text, NAME_CHARACTERS) > 0;
}

const char *
template_constant(const struct template_text *template)
{
	if (template->count == 0)
		return "";
	/* Literals are joined when they are added, so a constant has just one. */
	const struct template_segment *first = template->segments;
	return template->count == 1 && first->kind == SEGMENT_LITERAL ? first->text : NULL;
}
