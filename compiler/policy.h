/* The policy language: templates, grants, and all that a policy says. */
#ifndef POLICY_H
#define POLICY_H

#include "../runtime/descriptor.h"
#include "input.h"

/* template.c: strings with launch-time parts, "$NAME", "${NAME}", "${NAME:-default}", "$$". */

struct template_segment {
	enum segment_kind kind;
	const char *text; /* literal bytes or variable name */
	struct template_text *fallback; /* or NULL */
};

struct template_text {
	struct template_segment *segments;
	size_t count;
	size_t capacity;
};

/* Parses; NULL after reporting a syntax error. */
struct template_text *
template_parse(struct compilation *c, struct place place, const char *text);

/* A template that is just this text. */
struct template_text *
template_literal(struct arena *arena, const char *text);

/* Appends a segment; a literal is joined to a literal before it. */
void
template_add(struct arena *arena, struct template_text *template, struct template_segment segment);

/* The name in a segment that is no literal: what is behind the dollar sign. */
const char *
template_segment_name(const struct template_segment *segment);

/* Must a name be in braces, so that nothing of what is next (NULL: nothing is) is read as a part of
 * it? */
bool
template_segment_in_braces(const struct template_segment *next);

/* The text if the template has no launch-time part, else NULL. */
const char *
template_constant(const struct template_text *template);

/* read-policy.c, read-policy-*.c: the policy language. */

enum grant_kind {
	GRANT_BIND,
	GRANT_LINKS,
	GRANT_OVERLAY,
	GRANT_TMPFS,
	GRANT_DIRECTORY,
	GRANT_SYMLINK,
	GRANT_FILE,
	GRANT_MASK,
	GRANT_PROTECT,
	GRANT_PROC,
	GRANT_DEVPTS
};

/* One entry of "filesystem". */
struct grant {
	enum grant_kind kind;
	struct place place;
	struct place destination_place;
	struct template_text *destination;
	const char *destination_text; /* its source, which tells grants apart */
	struct template_text *source; /* bind, links: on the host; overlay: "lower"; symlink:
	                                 target; file: content; protect: content of what it
	                                 creates */
	struct template_text *changes; /* overlay: the host's directory of them; else NULL */
	unsigned flags; /* FLAG_OPTIONAL, FLAG_WRITABLE, FLAG_EXECUTABLE, FLAG_DEVICES,
	                   FLAG_CLOSURE; FLAG_DIRECTORY or FLAG_FILE: "create", as what is
	                   missing is made */
	uint32_t mode;
	uint64_t size; /* bytes; 0: the kernel's default */
	bool preset; /* a built-in preset said so, and no policy since */
	json_t *entry; /* as written, owned by the policy's `merged`; NULL: implied, by "home" or
	                  "network" */
};

/* A member of "environment": what of "set", "prefix" and "unset" says of one name. */
struct variable {
	const char *name; /* of an unset one a pattern: '*' stands for any characters */
	struct template_text *value; /* NULL: unset; prefix: joined with ':' */
	bool prefix; /* put before the value that the variable has, with ':' between */
	bool preset; /* while policies are read: a built-in preset said so, and no policy since */
	struct place place;
	json_t *entry; /* the value, or the pattern, as written, owned by the policy's `merged`;
	                  NULL: implied, by "home" or "network" */
};

/* A text of a list in the policy, with its place. */
struct policy_word {
	const char *text;
	struct template_text *template; /* in lists of templates; else NULL */
	struct place place;
};

struct policy_words {
	struct policy_word *items;
	size_t count;
	size_t capacity;
};

enum store_mode { STORE_CLOSURE, STORE_LANDLOCK, STORE_WHOLE };
/* In the order of what they let a program do. */
enum network_mode { NETWORK_NONE, NETWORK_BLOCKED, NETWORK_HOST };
enum directory_mode { DIRECTORY_KEEP, DIRECTORY_READ_ONLY, DIRECTORY_READ_WRITE, DIRECTORY_PATH };
enum files_mode { FILES_NONE, FILES_READ_ONLY, FILES_READ_WRITE };
enum filter_base { FILTER_DEFAULT, FILTER_STRICT, FILTER_NONE };
enum descriptors_mode { DESCRIPTORS_STANDARD, DESCRIPTORS_LIST, DESCRIPTORS_INHERIT };

/* One of "limits": both the soft and the hard limit, as far as the caller's hard limit allows. */
struct policy_limit {
	unsigned resource; /* RLIMIT_* */
	uint64_t value; /* in the unit of setrlimit(2) */
	struct place place;
};

#define POLICY_UMASK_CALLER UINT32_MAX

/* All policies of a compilation, merged. What no policy says is as base.json has it; of a zeroed
 * struct, with no base at all, as the first constant of each enum and false say. */
struct policy {
	const char *name; /* NULL: the compiler takes the first root's */
	enum store_mode store;
	bool namespaces_optional;
	struct place namespaces_place;
	struct grant *grants; /* in the order they are carried out */
	size_t grant_count;
	size_t grant_capacity;
	const char *home; /* the word of the policy; NULL: none was said */
	struct place home_place;
	enum directory_mode working_directory;
	bool working_directory_optional; /* it is granted only where that can be */
	struct template_text *working_directory_path; /* of DIRECTORY_PATH */
	struct place working_directory_place;
	struct policy_words prepend; /* arguments; templates */
	struct policy_words append;
	enum files_mode argument_files;
	struct place argument_files_place;
	bool inherit_all; /* else only what matches `inherit` */
	struct policy_words inherit; /* patterns */
	struct variable *variables; /* sorted by name; unset and set are one, prefix another */
	size_t variable_count;
	size_t variable_capacity;
	struct policy_words path_variables; /* names */
	struct policy_words closure_files; /* directories, templates */
	enum network_mode network;
	struct place network_place;
	uint64_t share; /* CLONE_NEW* flags of the namespaces that are the caller's */
	struct place share_place;
	const char *hostname;
	struct place hostname_place;
	enum filter_base filter_base;
	struct policy_words filter_allow; /* names of system calls, "@group" */
	struct policy_words filter_deny;
	bool filter_i386;
	struct place filter_place;
	bool nested_sandbox;
	struct place nested_sandbox_place;
	bool new_session;
	bool outlive_parent; /* "die-with-parent" is false */
	bool core_dumps;
	struct policy_limit *limits; /* sorted by resource, each once */
	size_t limit_count;
	size_t limit_capacity;
	uint32_t nice; /* what is added to the caller's, 0 to 39 */
	bool wait_for_all;
	struct place wait_for_place;
	uint32_t stop_timeout; /* milliseconds; 0: none */
	struct place stop_timeout_place;
	uint32_t umask; /* POLICY_UMASK_CALLER, or the mask */
	struct place process_place;
	enum descriptors_mode descriptors;
	struct place descriptors_place;
	unsigned *kept_descriptors; /* of DESCRIPTORS_LIST: sorted, each once, 3 or more */
	size_t kept_count;
	size_t kept_capacity;
	struct policy_words accepted; /* "accept-risk" */
	struct policy_words revoked; /* paths, as templates; read_policy_finish has used them */
	struct map extended; /* names of the presets that were read */
	json_t *merged; /* until read_policy_finish an array of all that was read; then canonical:
	                   every file's members merged, the last word of each, with "extends": [];
	                   it compiles to the same by itself */
};

/* Reads one policy over what `policy` holds, its "extends" first, each preset once in all; without
 * that member it extends "base". Later scalars replace earlier ones, "share", "architectures" and
 * "descriptors" too; a grant replaces the one with the same destination in an earlier file,
 * variables likewise; lists of words are added to, but "inherit" is replaced. Two grants of one
 * file with the same destination are an error that shows both. False after reporting that it is no
 * JSON object, so that nothing is known of it; other mistakes are only reported. */
bool
read_policy(struct compilation *c, const struct source *source, struct policy *policy);

/* To be called once, after the last of them, or if there is none: extends "base" if no policy was
 * read, adds what "home" and "network" imply, carries out the "revoke" entries, and completes
 * `merged`. "home" and "network" stand for the presets home-NAME and network-NAME, which win over
 * other presets, while what any policy says itself wins over them; their grants come behind those
 * for paths that base has grants for, and before all others. "unset" that only a preset says is
 * dropped if "inherit" is a list or, of a variable by its name, if the source of a bind or
 * "path-variables" has the variable; a host name that only a preset says, if "share" has "uts". */
void
read_policy_finish(struct compilation *c, struct policy *policy);

/* The built-in preset `name` as a source, NULL if there is none. */
const struct source *
read_policy_preset(struct compilation *c, const char *name);

/* Is the preset a part of what "home" or "network" can say, and none that can be extended? */
bool
read_policy_is_fragment(const char *preset);

/* A policy while it is read. */
struct policy_reader {
	struct compilation *c;
	struct policy *policy;
	const struct source *source;
	struct json_at root;
	bool preset; /* it is a built-in one */
	unsigned error_limit; /* of c->diag.errors, then it is given up */
	struct map destinations; /* of the grants so far, by their keys, to their index */
};

/* read-policy-grant.c: "filesystem". */
void
read_policy_filesystem(struct policy_reader *reader, struct json_at at);

/* read-policy-environment.c: what the program starts with. */
void
read_policy_environment(struct policy_reader *reader, struct json_at at);
void
read_policy_arguments(struct policy_reader *reader, struct json_at at);
void
read_policy_working_directory(struct policy_reader *reader, struct json_at at);
void
read_policy_path_variables(struct policy_reader *reader, struct json_at at);

/* read-policy-process.c: how it runs. */
void
read_policy_process(struct policy_reader *reader, struct json_at at);
void
read_policy_descriptors(struct policy_reader *reader, struct json_at at);
void
read_policy_share(struct policy_reader *reader, struct json_at at);
void
read_policy_system_calls(struct policy_reader *reader, struct json_at at);

/* read-policy-revoke.c: "revoke". */

/* An entry that was carried out. */
struct policy_revoked {
	struct policy_word word;
	struct string_list paths; /* spellings of it */
	bool matched; /* something was granted or covered there */
	bool implied; /* something that is implied was */
};

/* Removes what is revoked from what the policies grant and from what "home" and "network" imply;
 * covers of it become optional. Entries that concern something implied stay in policy->revoked,
 * with which `merged` is the same when it is read again. Gives the number of the entries. */
size_t
read_policy_revoke(struct compilation *c, struct policy *policy, struct policy *implied,
                   struct policy_revoked **ret_revoked);

/* Reports each of them that has no effect, or that grants above it make useless. */
void
read_policy_revoke_report(struct compilation *c, const struct policy *policy,
                          const struct policy_revoked *revoked, size_t count);

/* read-policy-settle.c: puts what presets grant or, after that, what is implied, behind or before
 * what others grant above or below it, or drops it if it cannot be in there. */
void
read_policy_settle(struct compilation *c, struct policy *policy, bool implied);

/* Drops links of presets that the program could lead elsewhere; what they bind with its closure,
 * and it could, is bound without. */
void
read_policy_settle_closures(struct compilation *c, struct policy *policy);

/* read-policy-merge.c: what is done when all are read. */

/* Adds what "home" and "network" imply: see read_policy_finish. `base` is the policy of that name
 * alone. */
void
read_policy_imply(struct compilation *c, struct policy *policy, const struct policy *implied,
                  const struct policy *base);

/* Drops what read_policy_finish says of variables; and lets those in "path-variables" pass that
 * only a preset's pattern takes away. */
void
read_policy_lift(struct compilation *c, struct policy *policy);

/* Makes the canonical policy, in the place of the array in policy->merged. */
void
read_policy_merge(struct policy *policy);

/* policy-members.c: grants and variables, by what tells them apart. */

/* Is it a cover, which takes away from what others grant? */
static inline bool
policy_members_covers(const struct grant *grant)
{
	return grant->kind == GRANT_MASK || grant->kind == GRANT_PROTECT;
}

/* Does the launch follow its path into the store? */
static inline bool
policy_members_followed(const struct grant *grant)
{
	return grant->kind == GRANT_LINKS || grant->flags & FLAG_CLOSURE;
}

/* The spelling of the destination, and whether it is a cover: what is granted at a path and what
 * then covers it are two things. */
const char *
policy_members_key(struct arena *arena, const struct grant *grant);

/* Maps the keys of all grants of the policy to their index. */
void
policy_members_map(struct arena *arena, const struct policy *policy, struct map *ret_map);

/* What the policy says of the variable; NULL if nothing. */
struct variable *
policy_members_find(const struct policy *policy, const char *name, bool prefix);

/* Sets the variable, in the place of what was said of it. */
void
policy_members_set(struct arena *arena, struct policy *policy, struct variable variable);

/* policy-value.c: values that the language has in several places. */

/* Have there been too many errors? */
bool
policy_value_enough(const struct policy_reader *reader);

/* The value as a template for any text; NULL after reporting. */
struct template_text *
policy_value_template(struct compilation *c, struct json_at at);

/* A template for an absolute and canonical path, as far as compile time can know, and its text;
 * NULL after reporting. */
struct template_text *
policy_value_path(struct compilation *c, struct json_at at, const char **ret_text);

/* Is it the root when all its variables are unset? */
bool
policy_value_is_root(struct compilation *c, const struct template_text *path);

/* Permission bits, up to `max`, as octal digits in a string, for JSON has no octal numbers. Errors
 * call it `what`. */
bool
policy_value_mode(struct compilation *c, struct json_at at, const char *what, uint32_t max,
                  uint32_t *ret_mode);

/* A number of bytes up to `max`, or a string of one with a unit. */
bool
policy_value_size(struct compilation *c, struct json_at at, uint64_t max, uint64_t *ret_size);

/* A member of an object and its reader. */
struct policy_member {
	const char *key;
	void (*read)(struct policy_reader *reader, struct json_at at);
};

/* Reads the members of an object in their order there; refuses others. The last of the table has a
 * NULL key. */
void
policy_value_members(struct policy_reader *reader, struct json_at object,
                     const struct policy_member *members);

/* An element of a list of words; not twice the same if there is a map `seen`. */
bool
policy_value_word(struct compilation *c, struct json_at list, size_t index, struct map *seen,
                  struct policy_word *ret_word);

/* Adds a word unless it is there. */
void
policy_value_add(struct arena *arena, struct policy_words *words, struct policy_word word);

/* policy-path.c: paths with launch-time parts, compared. */

/* The fallback of a variable that a standard gives one, as a template's text; NULL if none does.
 * XDG base directories (Specification 0.8), xdg-user-dirs (user-dirs.defaults), USER. */
const char *
policy_path_fallback(const char *variable);

/* One spelling for all templates of the same path: $XDG_CONFIG_HOME and "$HOME/.config" are
 * "$HOME/.config", /run/user/$UID is "$XDG_RUNTIME_DIR", /home/$USER is "$HOME", and so on; other
 * variables stay, without defaults. It is a template itself. Two paths that may be equal at launch,
 * but need not, can have two spellings. */
const char *
policy_path_spelling(struct arena *arena, const struct template_text *template);

/* Adds to an empty list the spellings of all that the template can be: that one first, then those
 * with defaults in the place of variables, each once. False if they are too many; a path that
 * policy_value_path gave has not. */
bool
policy_path_alternatives(struct arena *arena, const struct template_text *template,
                         struct string_list *list);

/* What the template is when none of its variables is set that has a default; NULL if none has. */
struct template_text *
policy_path_default(struct arena *arena, const struct template_text *template);

/* The spelling of where a spelling usually leads on the host: /var/run is /run, /proc/self/root is
 * "/", and so on. */
const char *
policy_path_on_host(struct arena *arena, const char *spelling);

/* The same, and "$HOME" for the home of any user, "$XDG_RUNTIME_DIR" for any user's: the policy's
 * author may mean the one that it is launched by. */
const char *
policy_path_of_any_user(struct arena *arena, const char *spelling);

/* Is `inner` the path `outer` or below it (both spellings)? $HOME is taken to be below /home, and
 * $XDG_RUNTIME_DIR below /run/user, as they usually are. */
bool
policy_path_covers(const char *outer, const char *inner);

/* Does the grant show a path of the host at that same path? */
bool
policy_path_stays(struct arena *arena, const struct grant *grant);

/* Does it show what is in a store object, as it is there, at another place inside of one? Only of
 * objects in the closure may it, which is not asked here. */
bool
policy_path_in_store(const char *store_dir, const struct grant *grant);

/* policy-closures.c: what says to launches which store objects are needed. */

/* The first grant by which the program can write on the host where it is said what the grant `led`
 * leads to: at or above its source and, of a bind with its closure, below it. NULL: there is none.
 */
const struct grant *
policy_closures_led_by(struct arena *arena, const struct policy *policy, const struct grant *led);

/* Where a directory of closure files can be in the box, writable. */
struct policy_closure_files {
	const struct policy_word *directory;
	const char *path; /* a template; NULL if only the launch knows */
	const struct grant *by; /* NULL: what the caller names */
	unsigned flags; /* FLAG_DIRECTORY: it could be made */
};

struct policy_closures {
	struct policy_closure_files *items;
	size_t count;
	size_t capacity;
};

/* Finds all of these. */
void
policy_closures_find(struct arena *arena, const struct policy *policy,
                     struct policy_closures *ret_found);

/* Is there anything that only the launch can find? */
bool
policy_closures_needed(const struct policy *policy);

/* limits.c: the limits of setrlimit(2). */

struct resource_limit {
	const char *name;
	unsigned resource; /* RLIMIT_* */
	bool bytes; /* it counts bytes, so its value can have a unit */
};

/* In the order of their names; the last has a NULL name. */
extern const struct resource_limit resource_limits[];

/* risks.c: grants that undo the box. */

struct risk {
	const char *name; /* stable; what "accept-risk" takes */
	const char *why[2]; /* a line each */
};

/* In the order of their names; the last has a NULL name. */
extern const struct risk risks[];

struct risk_found {
	const struct risk *risk;
	struct place place; /* of what brings it */
	const char *what; /* the path or member, for people */
	bool accepted;
};

/* Does "accept-risk" name it? */
bool
risks_accepted(const struct policy *policy, const char *name);

/* All that the policy brings, accepted or not, in the order of the policy. */
size_t
risks_find(struct arena *arena, const struct policy *policy, struct risk_found **ret_found);

/* The first of this name that the policy brings and accepts; NULL if there is none. */
const struct risk_found *
risks_find_accepted(struct arena *arena, const struct policy *policy, const char *name);

/* Reports every word of "accept-risk" that is no risk's name, and every risk that is not accepted,
 * with its two lines of why as notes. */
void
risks_check(struct compilation *c, const struct policy *policy);

#endif
