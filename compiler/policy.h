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

/* The text if the template has no launch-time part, else NULL. */
const char *
template_constant(const struct template_text *template);

/* read-policy.c, read-policy-*.c: the policy language. */

enum grant_kind {
	GRANT_BIND,
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
	struct template_text *source; /* bind: on the host; overlay: "lower"; symlink: target;
	                                 file: content; protect: content of what it creates */
	struct template_text *changes; /* overlay: the host's directory of them; else NULL */
	unsigned flags; /* FLAG_OPTIONAL, FLAG_WRITABLE, FLAG_EXECUTABLE, FLAG_DEVICES;
	                   FLAG_DIRECTORY or FLAG_FILE: "create", as what is missing is made */
	uint32_t mode;
	uint64_t size; /* bytes; 0: the kernel's default */
	json_t *entry; /* as written, owned by the policy's `merged`; NULL: implied, by "home" or
	                  "network" */
};

/* A member of "environment": what of "set", "prefix" and "unset" says of one name. */
struct variable {
	const char *name; /* of an unset one a pattern: '*' stands for any characters */
	struct template_text *value; /* NULL: unset; prefix: joined with ':' */
	bool prefix; /* put before the value that the variable has, with ':' between */
	bool preset; /* a built-in preset said so, and no policy since: an unset one is lifted by
	                a bind whose source needs the variable */
	struct place place;
	json_t *entry; /* the value as written, owned by the policy's `merged`; else NULL */
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
	enum directory_mode working_directory;
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
	bool network_host;
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
	unsigned *kept_descriptors; /* of DESCRIPTORS_LIST: sorted, each once, 3 or more */
	size_t kept_count;
	size_t kept_capacity;
	struct policy_words accepted; /* "accept-risk" */
	struct policy_words revoked; /* paths, as templates; read_policy_finish has used them */
	struct map extended; /* names of the presets that were read */
	json_t *merged; /* canonical: every file's members merged, the last word of each, with
	                   "extends": []; it compiles to the same by itself */
};

/* Reads one policy over what `policy` holds, its "extends" first, each preset once in all; without
 * that member it extends "base". Later scalars replace earlier ones, a grant replaces the one with
 * the same destination in an earlier file, variables likewise; lists of words are added to, but
 * "inherit" is replaced. Two grants of one file with the same destination are an error that shows
 * both. "home" and "network" stand for the presets home-NAME and network-NAME; what any policy
 * says itself wins over these. */
void
read_policy(struct compilation *c, const struct source *source, struct policy *policy);

/* To be called after the last of them, or if there is none: extends "base" if no policy was read,
 * carries out the "revoke" entries of all, and completes `merged`. */
void
read_policy_finish(struct compilation *c, struct policy *policy);

/* read-policy-grant.c: one entry of "filesystem", with its grammar of paths, modes and sizes. False
 * after reporting. */
bool
read_policy_grant(struct compilation *c, struct json_at entry, struct grant *ret_grant);

/* Reports each key of the object that is not `known`; of the `planned` ones, that they are not
 * supported yet. */
void
read_policy_keys(struct compilation *c, struct json_at object, const char *const *known,
                 const char *const *planned);

/* The value as a template for any text; NULL after reporting. */
struct template_text *
read_policy_template(struct compilation *c, struct json_at at);

/* The built-in preset `name` as a source, NULL if there is none. */
const struct source *
read_policy_preset(struct compilation *c, const char *name);

/* policy-path.c: paths with launch-time parts, compared. */

/* The fallback of a variable that a standard gives one, as a template's text; NULL if none does.
 * XDG base directories (Specification 0.8), xdg-user-dirs (user-dirs.defaults), USER. */
const char *
policy_path_fallback(const char *variable);

/* One spelling for all templates of the same path: $XDG_CONFIG_HOME and "$HOME/.config" are
 * "$HOME/.config", /run/user/$UID is "$XDG_RUNTIME_DIR", and so on; other variables stay, without
 * defaults. Two paths that may be equal at launch, but need not, can have two spellings. */
const char *
policy_path_spelling(struct arena *arena, const struct template_text *template);

/* Is `inner` (a spelling) the path `outer` or below it? */
bool
policy_path_covers(const char *outer, const char *inner);

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

/* All that the policy brings, accepted or not, in the order of the policy. */
size_t
risks_find(struct arena *arena, const struct policy *policy, struct risk_found **ret_found);

/* Reports every word of "accept-risk" that is no risk's name, and every risk that is not accepted,
 * with its two lines of why as notes. */
void
risks_check(struct compilation *c, const struct policy *policy);

#endif
