/* Reads one entry of a policy's "filesystem". */
#include "compiler.h"

#include <inttypes.h>
#include <string.h>

#define PATH_SIZE_MAX 4095 /* PATH_MAX without the NUL */
#define TMPFS_SIZE_MAX ((uint64_t)UINT32_MAX * 1024) /* the descriptor counts KiB in 32 bits */

static bool
listed(const char *const *list, const char *word)
{
	while (*list && strcmp(*list, word) != 0)
		list++;
	return *list;
}

void
read_policy_keys(struct compilation *c, struct json_at object, const char *const *known,
                 const char *const *planned)
{
	struct json_at rest = { .value = json_copy(object.value), .place = object.place };

	for (size_t i = 0; planned[i]; i++) {
		struct json_at member = json_member(c, object, planned[i]);

		if (!member.value)
			continue;
		member.place.key = true;
		diag_error(&c->diag, member.place, "'%s' is not supported yet", planned[i]);
		json_object_del(rest.value, planned[i]);
	}
	json_refuse_unknown(c, rest, known);
	json_decref(rest.value);
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
		else if (segment->kind == SEGMENT_UID || segment->kind == SEGMENT_GID)
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

/* A template for an absolute and canonical path; what only the launch can know is left to it. */
static struct template_text *
get_path(struct compilation *c, struct json_at at, const char **ret_text)
{
	const char *text, *rule = NULL;

	if (!json_get_string(c, at, &text))
		return NULL;
	struct template_text *template = template_parse(c, at.place, text);
	if (!template)
		return NULL;
	if (has_control_character(text))
		rule = "it has a control character";
	for (int unset = 0; unset < 2 && !rule; unset++)
		rule = path_rule(outline_of(c, template, unset));
	if (rule) {
		diag_error(&c->diag, at.place, "bad path '%s': %s", text, rule);
		return NULL;
	}
	*ret_text = arena_copy(&c->arena, text, strlen(text));
	return template;
}

struct template_text *
read_policy_template(struct compilation *c, struct json_at at)
{
	const char *text;

	return json_get_string(c, at, &text) ? template_parse(c, at.place, text) : NULL;
}

/* Options of grants */

/* Permission bits as octal digits in a string, for JSON has no octal numbers. */
static void
get_mode(struct compilation *c, struct json_at at, uint32_t *ret_mode)
{
	const char *text = json_string_value(at.value);

	if (!text) {
		diag_error(&c->diag, at.place, "expected octal digits in a string, such as '0755'");
		return;
	}
	size_t size = strlen(text);
	uint32_t mode = 0;
	for (size_t i = 0; i < size && i < 5; i++)
		mode = mode * 8 + (uint32_t)(text[i] - '0');
	if (size < 3 || size > 5 || strspn(text, "01234567") != size || mode > 07777)
		diag_error(&c->diag, at.place,
		           "bad mode '%s': expected octal digits from '000' to '7777'", text);
	else
		*ret_mode = mode;
}

/* The digits and the unit of a size in bytes; UINT64_MAX if it is larger than that. */
static uint64_t
scale_size(const char *digits, size_t count, unsigned shift)
{
	uint64_t size;

	if (!parse_decimal(digits, count, &size) || size > UINT64_MAX >> shift)
		return UINT64_MAX;
	return size << shift;
}

/* A number of bytes, or a string of one with a unit. */
static void
get_size(struct compilation *c, struct json_at at, uint64_t *ret_size)
{
	static const char units[] = "KMGT";
	const char *text = json_string_value(at.value);
	uint64_t size;

	if (text) {
		size_t digits = strspn(text, "0123456789");
		const char *unit = text[digits] != '\0' ? strchr(units, text[digits]) : NULL;

		if (digits == 0 || strlen(text) != digits + (unit != NULL)) {
			diag_error(&c->diag, at.place,
			           "bad size '%s': expected a number, or one with K, M, G or T",
			           text);
			return;
		}
		unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
		size = scale_size(text, digits, shift);
	} else if (!json_get_integer(c, at, &size)) {
		return;
	}
	if (size == 0)
		diag_error(&c->diag, at.place, "expected a size of at least one byte");
	else if (size > TMPFS_SIZE_MAX)
		diag_error(&c->diag, at.place,
		           "the size is too large; at most %" PRIu64 "K can be said",
		           TMPFS_SIZE_MAX / 1024);
	else
		*ret_size = size;
}

static void
get_flag(struct compilation *c, struct json_at at, unsigned flag, unsigned *flags)
{
	bool value;

	if (json_get_boolean(c, at, &value) && value)
		*flags |= flag;
}

static void
get_access(struct compilation *c, struct json_at at, unsigned *flags)
{
	static const char *const choices[] = { "read-only", "read-write", NULL };
	size_t index;

	if (!json_get_choice(c, at, choices, &index))
		return;
	*flags &= ~(unsigned)FLAG_WRITABLE;
	if (index == 1)
		*flags |= FLAG_WRITABLE;
}

/* Grants */

struct kind {
	const char *key; /* whose value is the destination; of a bind the source, too or only */
	enum grant_kind kind;
	unsigned flags; /* unless options say otherwise */
	uint32_t mode;
	const char *content; /* the key of what else must be there, or NULL */
	const char *const *keys; /* all that an entry of this kind may have */
};

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct kind kinds[] = {
	{ "bind", GRANT_BIND, 0, 0, NULL,
	  KEYS("bind", "to", "access", "optional", "execute", "devices") },
	{ "tmpfs", GRANT_TMPFS, FLAG_WRITABLE, 0755, NULL,
	  KEYS("tmpfs", "size", "mode", "access", "execute") },
	{ "directory", GRANT_DIRECTORY, 0, 0755, NULL, KEYS("directory", "mode") },
	{ "symlink", GRANT_SYMLINK, 0, 0, "target", KEYS("symlink", "target") },
	{ "file", GRANT_FILE, 0, 0444, "text", KEYS("file", "text", "mode") },
	{ "mask", GRANT_MASK, 0, 0, NULL, KEYS("mask", "optional") },
	{ "protect", GRANT_PROTECT, 0, 0, NULL, KEYS("protect", "optional") },
	{ "proc", GRANT_PROC, 0, 0, NULL, KEYS("proc") },
	{ "devpts", GRANT_DEVPTS, 0, 0, NULL, KEYS("devpts") },
};

#define KINDS (sizeof kinds / sizeof *kinds)

/* Every option of every kind. */
static const char *const options[] = { "to",      "access", "optional", "execute", "devices",
	                               "size",    "mode",   "target",   "text",    NULL };

/* Of the policy language, but not there yet. */
static const char *const planned_kinds[] = { "overlay", "revoke", NULL };
static const char *const planned_options[] = { "create", NULL };

/* The entry without the options that are not in `kept`. */
static struct json_at
without_options(struct json_at entry, const char *const *kept)
{
	struct json_at rest = { .value = json_copy(entry.value), .place = entry.place };

	for (size_t i = 0; options[i]; i++)
		if (!listed(kept, options[i]))
			json_object_del(rest.value, options[i]);
	return rest;
}

/* Reports an entry that has none of the kinds' keys: a planned one, a misspelt one, or nothing. */
static void
refuse_kindless(struct compilation *c, struct json_at entry)
{
	const char *known[KINDS + 1] = { NULL };

	for (size_t i = 0; i < KINDS; i++)
		known[i] = kinds[i].key;
	for (size_t i = 0; planned_kinds[i]; i++) {
		if (!json_object_get(entry.value, planned_kinds[i]))
			continue;
		struct json_at member = json_member(c, entry, planned_kinds[i]);
		member.place.key = true;
		diag_error(&c->diag, member.place, "'%s' is not supported yet", planned_kinds[i]);
		return;
	}
	struct json_at rest = without_options(entry, KEYS(NULL));
	if (json_object_size(rest.value) > 0)
		json_refuse_unknown(c, rest, known);
	else
		diag_error(&c->diag, entry.place,
		           "an entry grants one thing, found none of 'bind', 'tmpfs', 'directory', "
		           "'symlink', 'file', 'mask', 'protect', 'proc', 'devpts'");
	json_decref(rest.value);
}

/* The kind whose key the entry has; NULL after reporting that there is none or more than one. */
static const struct kind *
find_kind(struct compilation *c, struct json_at entry)
{
	const struct kind *found = NULL;

	for (size_t i = 0; i < KINDS; i++) {
		struct json_at member = json_member(c, entry, kinds[i].key);

		if (!member.value)
			continue;
		if (found) {
			member.place.key = true;
			diag_error(&c->diag, member.place,
			           "an entry grants one thing, found both '%s' and '%s'",
			           found->key, kinds[i].key);
			return NULL;
		}
		found = &kinds[i];
	}
	if (!found)
		refuse_kindless(c, entry);
	return found;
}

/* Reports keys that the kind does not have: options of other kinds, planned ones, unknown ones. */
static void
check_keys(struct compilation *c, struct json_at entry, const struct kind *kind)
{
	for (size_t i = 0; options[i]; i++) {
		struct json_at member = json_member(c, entry, options[i]);

		if (!member.value || listed(kind->keys, options[i]))
			continue;
		member.place.key = true;
		diag_error(&c->diag, member.place, "'%s' is not an option of '%s'", options[i],
		           kind->key);
	}
	struct json_at rest = without_options(entry, kind->keys);
	read_policy_keys(c, rest, kind->keys, planned_options);
	json_decref(rest.value);
}

/* The member of an option that the kind has, else nothing. */
static struct json_at
option(struct compilation *c, struct json_at entry, const struct kind *kind, const char *key)
{
	return listed(kind->keys, key) ? json_member(c, entry, key) : (struct json_at){ 0 };
}

static void
read_options(struct compilation *c, struct json_at entry, const struct kind *kind,
             struct grant *grant)
{
	static const struct {
		const char *key;
		unsigned flag;
	} flags[] = { { "optional", FLAG_OPTIONAL },
		      { "execute", FLAG_EXECUTABLE },
		      { "devices", FLAG_DEVICES } };
	struct json_at at;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if ((at = option(c, entry, kind, flags[i].key)).value)
			get_flag(c, at, flags[i].flag, &grant->flags);
	if ((at = option(c, entry, kind, "access")).value)
		get_access(c, at, &grant->flags);
	if ((at = option(c, entry, kind, "mode")).value)
		get_mode(c, at, &grant->mode);
	if ((at = option(c, entry, kind, "size")).value)
		get_size(c, at, &grant->size);
}

/* Where the grant appears in the box, which is never the box's root itself. */
static void
read_destination(struct compilation *c, struct json_at at, const struct kind *kind,
                 struct grant *grant)
{
	grant->destination = get_path(c, at, &grant->destination_text);
	if (!grant->destination)
		return;
	if (strcmp(outline_of(c, grant->destination, true), "/") == 0)
		diag_error(&c->diag, at.place, "the root of the box cannot be granted");
	else if (!template_constant(grant->destination) &&
	         (kind->kind == GRANT_PROC || kind->kind == GRANT_DEVPTS))
		diag_error(&c->diag, at.place, "the path of '%s' cannot have a launch-time part",
		           kind->key);
}

/* What a symlink points to or a file holds. */
static void
read_content(struct compilation *c, struct json_at entry, const struct kind *kind,
             struct grant *grant)
{
	struct json_at at = json_member(c, entry, kind->content);

	if (!at.value) {
		diag_error(&c->diag, entry.place, "'%s' needs '%s'", kind->key, kind->content);
		return;
	}
	grant->source = read_policy_template(c, at);
	/* symlink(2) refuses it with ENOENT. */
	if (kind->kind == GRANT_SYMLINK && grant->source && grant->source->count == 0)
		diag_error(&c->diag, at.place, "the target of a symlink cannot be empty");
}

bool
read_policy_grant(struct compilation *c, struct json_at entry, struct grant *ret_grant)
{
	unsigned errors_before = c->diag.errors;

	if (!json_expect_object(c, entry))
		return false;
	const struct kind *kind = find_kind(c, entry);
	if (!kind)
		return false;
	check_keys(c, entry, kind);

	struct json_at path = json_member(c, entry, kind->key);
	struct json_at to = option(c, entry, kind, "to");
	struct grant grant = { .kind = kind->kind,
		               .place = path.place,
		               .destination_place = to.value ? to.place : path.place,
		               .flags = kind->flags,
		               .mode = kind->mode,
		               .entry = entry.value };
	const char *text;
	if (kind->kind == GRANT_BIND)
		grant.source = get_path(c, path, &text);
	/* A source that is no path is no destination either: said once. */
	if (to.value || kind->kind != GRANT_BIND || grant.source)
		read_destination(c, to.value ? to : path, kind, &grant);
	if (kind->content)
		read_content(c, entry, kind, &grant);
	read_options(c, entry, kind, &grant);
	if (c->diag.errors != errors_before)
		return false;
	*ret_grant = grant;
	return true;
}
