/* Reads "filesystem": grants, what covers them, and what is taken back. */
#include "compiler.h"

#include <string.h>

#define TMPFS_SIZE_MAX ((uint64_t)UINT32_MAX * 1024) /* the descriptor counts KiB in 32 bits */

static bool
listed(const char *const *list, const char *word)
{
	while (*list && strcmp(*list, word) != 0)
		list++;
	return *list;
}

/* Options */

static void
get_flag(struct compilation *c, struct json_at at, unsigned flag, unsigned *flags)
{
	bool value;

	if (!json_get_boolean(c, at, &value))
		return;
	*flags &= ~flag;
	if (value)
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

static void
get_create(struct compilation *c, struct json_at at, unsigned *flags)
{
	static const char *const choices[] = { "directory", "file", NULL };
	size_t index;

	if (json_get_choice(c, at, choices, &index))
		*flags |= index == 0 ? FLAG_DIRECTORY : FLAG_FILE;
}

static void
get_size(struct compilation *c, struct json_at at, uint64_t *ret_size)
{
	uint64_t size;

	if (!policy_value_size(c, at, TMPFS_SIZE_MAX, &size))
		return;
	if (size == 0)
		diag_error(&c->diag, at.place, "expected a size of at least one byte");
	else
		*ret_size = size;
}

/* Kinds */

#define REVOKE (GRANT_DEVPTS + 1) /* no grant, but an entry */

struct kind {
	const char *key; /* whose value is the destination; of a bind the source, too or only */
	unsigned kind; /* of a grant, or REVOKE */
	unsigned flags; /* unless options say otherwise */
	uint32_t mode;
	const char *const *needed; /* keys of what else must be there */
	const char *const *keys; /* all that an entry of this kind may have */
};

#define KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct kind kinds[] = {
	{ "bind", GRANT_BIND, 0, 0, KEYS(NULL),
	  KEYS("bind", "to", "access", "create", "optional", "execute", "devices", "closure") },
	{ "links", GRANT_LINKS, 0, 0, KEYS(NULL), KEYS("links", "optional") },
	{ "overlay", GRANT_OVERLAY, FLAG_WRITABLE, 0, KEYS("lower", "changes"),
	  KEYS("overlay", "lower", "changes", "optional", "execute") },
	{ "tmpfs", GRANT_TMPFS, FLAG_WRITABLE, 0755, KEYS(NULL),
	  KEYS("tmpfs", "size", "mode", "access", "execute") },
	{ "directory", GRANT_DIRECTORY, 0, 0755, KEYS(NULL), KEYS("directory", "mode") },
	{ "symlink", GRANT_SYMLINK, 0, 0, KEYS("target"), KEYS("symlink", "target") },
	{ "file", GRANT_FILE, 0, 0444, KEYS("text"), KEYS("file", "text", "mode") },
	/* What is not there is as hidden as a mask would make it. */
	{ "mask", GRANT_MASK, FLAG_OPTIONAL, 0, KEYS(NULL), KEYS("mask", "optional", "create") },
	{ "protect", GRANT_PROTECT, 0, 0, KEYS(NULL),
	  KEYS("protect", "optional", "create", "text") },
	{ "proc", GRANT_PROC, 0, 0, KEYS(NULL), KEYS("proc") },
	{ "devpts", GRANT_DEVPTS, 0, 0, KEYS(NULL), KEYS("devpts") },
	{ "revoke", REVOKE, 0, 0, KEYS(NULL), KEYS("revoke") },
};

#define KINDS (sizeof kinds / sizeof *kinds)

/* Every option of every kind. */
static const char *const options[] = { "to",      "access",  "create",  "optional", "execute",
	                               "devices", "size",    "mode",    "target",   "text",
	                               "lower",   "changes", "closure", NULL };

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

/* Reports an entry that has none of the kinds' keys: a misspelt one, or nothing. */
static void
refuse_kindless(struct compilation *c, struct json_at entry)
{
	const char *known[KINDS + 1] = { NULL };
	struct buffer list = { .arena = &c->arena };

	for (size_t i = 0; i < KINDS; i++) {
		known[i] = kinds[i].key;
		buffer_printf(&list, "%s'%s'", i > 0 ? ", " : "", kinds[i].key);
	}
	struct json_at rest = without_options(entry, KEYS(NULL));
	if (json_object_size(rest.value) > 0)
		json_refuse_unknown(c, rest, known);
	else
		diag_error(&c->diag, entry.place, "an entry says one thing, found none of %s",
		           list.data);
	json_decref(rest.value);
}

/* The kind whose key the entry has; NULL after reporting that there is none or more than one. */
static const struct kind *
find_kind(struct compilation *c, struct json_at entry)
{
	const struct kind *found = NULL;

	for (size_t i = 0; i < KINDS; i++) {
		if (!json_object_get(entry.value, kinds[i].key))
			continue;
		if (found) {
			struct json_at member = json_member(c, entry, kinds[i].key);

			member.place.key = true;
			diag_error(&c->diag, member.place,
			           "an entry says one thing, found both '%s' and '%s'", found->key,
			           kinds[i].key);
			return NULL;
		}
		found = &kinds[i];
	}
	if (!found)
		refuse_kindless(c, entry);
	return found;
}

/* Reports keys that the kind does not have: options of other kinds, unknown ones. */
static void
check_keys(struct compilation *c, struct json_at entry, const struct kind *kind)
{
	for (size_t i = 0; options[i]; i++) {
		if (!json_object_get(entry.value, options[i]) || listed(kind->keys, options[i]))
			continue;
		struct json_at member = json_member(c, entry, options[i]);
		member.place.key = true;
		diag_error(&c->diag, member.place, "'%s' is not an option of '%s'", options[i],
		           kind->key);
	}
	for (size_t i = 0; kind->needed[i]; i++)
		if (!json_object_get(entry.value, kind->needed[i]))
			diag_error(&c->diag, entry.place, "'%s' needs '%s'", kind->key,
			           kind->needed[i]);
	struct json_at rest = without_options(entry, kind->keys);
	json_refuse_unknown(c, rest, kind->keys);
	json_decref(rest.value);
}

/* Grants */

/* The member of an option, if the kind has it and the entry says it, else nothing. */
static struct json_at
option(struct compilation *c, struct json_at entry, const struct kind *kind, const char *key)
{
	return json_object_get(entry.value, key) && listed(kind->keys, key)
	               ? json_member(c, entry, key)
	               : (struct json_at){ 0 };
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
		      { "devices", FLAG_DEVICES },
		      { "closure", FLAG_CLOSURE } };
	struct json_at at;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if ((at = option(c, entry, kind, flags[i].key)).value)
			get_flag(c, at, flags[i].flag, &grant->flags);
	if ((at = option(c, entry, kind, "access")).value)
		get_access(c, at, &grant->flags);
	if ((at = option(c, entry, kind, "create")).value)
		get_create(c, at, &grant->flags);
	if ((at = option(c, entry, kind, "mode")).value)
		policy_value_mode(c, at, "mode", 07777, &grant->mode);
	if ((at = option(c, entry, kind, "size")).value)
		get_size(c, at, &grant->size);
}

/* What has its closure in the box is not made at launch, or written to: then an earlier launch
 * could lead to any object of the store. */
static void
check_closure(struct compilation *c, struct json_at entry, const struct grant *grant)
{
	static const struct {
		unsigned flags;
		const char *key;
	} others[] = { { FLAG_WRITABLE, "access" },
		       { FLAG_DIRECTORY | FLAG_FILE, "create" },
		       { FLAG_DEVICES, "devices" } };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		if (!(grant->flags & FLAG_CLOSURE) || !(grant->flags & others[i].flags))
			continue;
		struct json_at member = json_member(c, entry, others[i].key);
		if (others[i].flags == FLAG_WRITABLE) {
			diag_error(&c->diag, member.place,
			           "what is bound with its closure cannot be written to");
			continue;
		}
		member.place.key = true;
		diag_error(&c->diag, member.place,
		           "'%s' cannot be an option of what is bound with its closure",
		           others[i].key);
	}
}

/* Where the grant appears in the box, which is never the box's root itself. */
static void
read_destination(struct compilation *c, struct json_at at, const struct kind *kind,
                 struct grant *grant)
{
	grant->destination = policy_value_path(c, at, &grant->destination_text);
	if (!grant->destination)
		return;
	if (policy_value_is_root(c, grant->destination))
		diag_error(&c->diag, at.place, "the root of the box cannot be granted");
	else if (!template_constant(grant->destination) &&
	         (kind->kind == GRANT_PROC || kind->kind == GRANT_DEVPTS))
		diag_error(&c->diag, at.place, "the path of '%s' cannot have a launch-time part",
		           kind->key);
}

/* What a symlink points to, a file holds, an overlay is of. */
static void
read_content(struct compilation *c, struct json_at entry, const struct kind *kind,
             struct grant *grant)
{
	struct json_at target = option(c, entry, kind, "target");
	struct json_at text = option(c, entry, kind, "text");
	struct json_at lower = option(c, entry, kind, "lower");
	struct json_at changes = option(c, entry, kind, "changes");
	const char *ignored;

	if (target.value)
		grant->source = policy_value_template(c, target);
	if (text.value)
		grant->source = policy_value_template(c, text);
	if (lower.value)
		grant->source = policy_value_path(c, lower, &ignored);
	if (changes.value)
		grant->changes = policy_value_path(c, changes, &ignored);
	/* symlink(2) refuses it with ENOENT. */
	if (target.value && grant->source && grant->source->count == 0)
		diag_error(&c->diag, target.place, "the target of a symlink cannot be empty");
	if (kind->kind == GRANT_PROTECT && text.value && !(grant->flags & FLAG_FILE)) {
		text.place.key = true;
		diag_error(&c->diag, text.place,
		           "'text' is for a file that is missing; add \"create\": \"file\"");
	}
}

static void
read_grant(struct compilation *c, struct json_at entry, const struct kind *kind,
           struct grant *grant)
{
	struct json_at path = json_member(c, entry, kind->key);
	struct json_at to = option(c, entry, kind, "to");
	const char *text;

	*grant = (struct grant){ .kind = (enum grant_kind)kind->kind,
		                 .place = path.place,
		                 .destination_place = to.value ? to.place : path.place,
		                 .flags = kind->flags,
		                 .mode = kind->mode,
		                 .entry = entry.value };
	if (kind->kind == GRANT_BIND)
		grant->source = policy_value_path(c, path, &text);
	/* A source that is no path is no destination either: said once. */
	if (to.value || kind->kind != GRANT_BIND || grant->source)
		read_destination(c, to.value ? to : path, kind, grant);
	if (kind->kind == GRANT_LINKS)
		grant->source = grant->destination;
	read_options(c, entry, kind, grant);
	check_closure(c, entry, grant);
	read_content(c, entry, kind, grant);
}

/* Adds the grant, or puts it in the place of one with its destination in a policy before. */
static void
add_grant(struct policy_reader *reader, struct grant grant)
{
	struct policy *policy = reader->policy;
	struct arena *arena = &reader->c->arena;
	const char *key = policy_members_key(arena, &grant);
	size_t index = map_get(&reader->destinations, key);

	grant.preset = reader->preset;
	if (index == MAP_ABSENT) {
		map_add(&reader->destinations, key, policy->grant_count);
		*ARRAY_ADD(arena, policy->grants, policy->grant_count, policy->grant_capacity) =
			grant;
		return;
	}
	struct grant *earlier = &policy->grants[index];
	if (earlier->place.source != reader->source) {
		*earlier = grant;
		return;
	}
	diag_error(&reader->c->diag, grant.destination_place, "'%s' is %s twice",
	           grant.destination_text, policy_members_covers(&grant) ? "covered" : "granted");
	diag_note(&reader->c->diag, earlier->destination_place, "here first");
}

/* A path that is taken back, whoever grants it. */
static void
read_revoke(struct policy_reader *reader, struct json_at at)
{
	struct compilation *c = reader->c;
	struct policy_words *revoked = &reader->policy->revoked;
	struct policy_word word = { .place = at.place };

	word.template = policy_value_path(c, at, &word.text);
	if (word.template)
		*ARRAY_ADD(&c->arena, revoked->items, revoked->count, revoked->capacity) = word;
}

static void
read_entry(struct policy_reader *reader, struct json_at entry)
{
	struct compilation *c = reader->c;
	unsigned errors_before = c->diag.errors;
	struct grant grant;

	if (!json_expect_object(c, entry))
		return;
	const struct kind *kind = find_kind(c, entry);
	if (!kind)
		return;
	check_keys(c, entry, kind);
	if (kind->kind == REVOKE) {
		read_revoke(reader, json_member(c, entry, kind->key));
		return;
	}
	read_grant(c, entry, kind, &grant);
	if (c->diag.errors == errors_before)
		add_grant(reader, grant);
}

void
read_policy_filesystem(struct policy_reader *reader, struct json_at at)
{
	if (!json_expect_array(reader->c, at))
		return;
	size_t count = json_array_size(at.value);
	for (size_t i = 0; i < count && !policy_value_enough(reader); i++)
		read_entry(reader, json_element(reader->c, at, i));
}
