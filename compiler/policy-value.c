/* Values that the policy language has in several places: templates, paths, sizes, lists. */
#include "compiler.h"

#include <string.h>

#define PATH_SIZE_MAX 4095 /* PATH_MAX without the NUL */

bool
policy_value_enough(const struct policy_reader *reader)
{
	return reader->c->diag.errors >= reader->error_limit;
}

/* Templates */

/* What only the launch knows, in the outline of a path: no path has such a character itself. */
#define UNKNOWN '\1'

/* Adds what the template can come to: every variable unset, if it has a default then, or set. */
static void
add_outline(struct buffer *outline, const struct template_text *template, bool unset)
{
	static const char unknown = UNKNOWN;

	for (size_t i = 0; i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];

		if (segment->kind == SEGMENT_LITERAL)
			buffer_add_string(outline, segment->text);
		else if (segment->kind == SEGMENT_UID || segment->kind == SEGMENT_GID ||
		         segment->kind == SEGMENT_INSTANCE)
			buffer_add_string(outline, "0");
		else if (unset && segment->fallback)
			add_outline(outline, segment->fallback, unset);
		else
			buffer_add(outline, &unknown, 1);
	}
}

static const char *
outline_of(struct compilation *c, const struct template_text *template, bool unset)
{
	struct buffer outline = { .arena = &c->arena };

	buffer_add_string(&outline, "");
	add_outline(&outline, template, unset);
	return outline.data;
}

/* The rule of absolute and canonical paths that an outline breaks, or NULL. */
static const char *
path_rule(const char *path)
{
	if (path[0] == '\0')
		return "it is empty";
	if (path[0] != '/' && path[0] != UNKNOWN)
		return "it is not absolute";
	if (strlen(path) > PATH_SIZE_MAX)
		return "it is too long";
	if (strcmp(path, "/") == 0)
		return NULL;
	return path_components_check(path[0] == '/' ? path + 1 : path);
}

struct template_text *
policy_value_path(struct compilation *c, struct json_at at, const char **ret_text)
{
	struct string_list alternatives = { 0 };
	const char *text, *rule = NULL;

	if (!json_get_string(c, at, &text))
		return NULL;
	struct template_text *template = template_parse(c, at.place, text);
	if (!template)
		return NULL;
	if (has_control_character(text))
		rule = "it has a control character";
	else if (text[0] == '~' && (text[1] == '\0' || text[1] == '/'))
		rule = "it is not absolute; write $HOME for '~'";
	for (int unset = 0; unset < 2 && !rule; unset++)
		rule = path_rule(outline_of(c, template, unset));
	if (!rule && !policy_path_alternatives(&c->arena, template, &alternatives))
		rule = "its defaults make too many paths";
	if (rule) {
		diag_error(&c->diag, at.place, "bad path '%s': %s", text, rule);
		return NULL;
	}
	*ret_text = arena_copy(&c->arena, text, strlen(text));
	return template;
}

bool
policy_value_is_root(struct compilation *c, const struct template_text *path)
{
	return strcmp(outline_of(c, path, true), "/") == 0;
}

struct template_text *
policy_value_template(struct compilation *c, struct json_at at)
{
	const char *text;

	return json_get_string(c, at, &text) ? template_parse(c, at.place, text) : NULL;
}

/* Numbers */

bool
policy_value_mode(struct compilation *c, struct json_at at, const char *what, uint32_t max,
                  uint32_t *ret_mode)
{
	const char *text = json_string_value(at.value);

	if (!text) {
		diag_error(&c->diag, at.place, "expected octal digits in a string, such as '%s'",
		           max > 0777 ? "0755" : "0077");
		return false;
	}
	size_t size = strlen(text);
	uint32_t mode = 0;
	for (size_t i = 0; i < size && i < 5; i++)
		mode = mode * 8 + (uint32_t)(text[i] - '0');
	if (size < 3 || size > 5 || strspn(text, "01234567") != size || mode > max) {
		diag_error(&c->diag, at.place,
		           "bad %s '%s': expected octal digits from '000' to '%03o'", what, text,
		           max);
		return false;
	}
	*ret_mode = mode;
	return true;
}

bool
policy_value_size(struct compilation *c, struct json_at at, uint64_t max, uint64_t *ret_size)
{
	static const char units[] = "KMGT";
	const char *text = json_string_value(at.value);
	uint64_t size;

	if (!text) {
		if (!json_get_integer(c, at, &size))
			return false;
	} else {
		size_t digits = strspn(text, "0123456789");
		const char *unit = text[digits] != '\0' ? strchr(units, text[digits]) : NULL;
		unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

		if (digits == 0 || strlen(text) != digits + (unit != NULL)) {
			diag_error(&c->diag, at.place,
			           "bad size '%s': expected a number, or one with K, M, G or T",
			           text);
			return false;
		}
		if (!parse_decimal(text, digits, &size) || size > UINT64_MAX >> shift)
			size = UINT64_MAX; /* more than any `max` */
		else
			size <<= shift;
	}
	if (size > max) {
		diag_error(&c->diag, at.place, "the size is too large; at most %lluK can be said",
		           (unsigned long long)(max / 1024));
		return false;
	}
	*ret_size = size;
	return true;
}

/* Objects and lists */

void
policy_value_members(struct policy_reader *reader, struct json_at object,
                     const struct policy_member *members)
{
	struct string_list known = { 0 };
	const char *key;
	json_t *value;

	if (!json_expect_object(reader->c, object))
		return;
	for (size_t i = 0; members[i].key; i++)
		string_list_add(&reader->c->arena, &known, members[i].key);
	string_list_add(&reader->c->arena, &known, NULL);
	json_refuse_unknown(reader->c, object, known.items);
	json_object_foreach (object.value, key, value) {
		size_t i = 0;

		while (members[i].key && strcmp(members[i].key, key) != 0)
			i++;
		if (members[i].key && !policy_value_enough(reader))
			members[i].read(reader, json_member(reader->c, object, key));
	}
}

bool
policy_value_word(struct compilation *c, struct json_at list, size_t index, struct map *seen,
                  struct policy_word *ret_word)
{
	struct json_at at = json_element(c, list, index);
	const char *text;

	if (!json_get_string(c, at, &text))
		return false;
	text = arena_copy(&c->arena, text, strlen(text));
	if (seen && map_get(seen, text) != MAP_ABSENT) {
		diag_error(&c->diag, at.place, "'%s' is listed twice", text);
		return false;
	}
	if (seen)
		map_add(seen, text, index);
	*ret_word = (struct policy_word){ .text = text, .place = at.place };
	return true;
}

void
policy_value_add(struct arena *arena, struct policy_words *words, struct policy_word word)
{
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i].text, word.text) == 0)
			return;
	*ARRAY_ADD(arena, words->items, words->count, words->capacity) = word;
}
