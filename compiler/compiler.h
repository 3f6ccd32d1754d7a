/* Every type and exported function of the compiler, a section per file in pipeline order. Read first. */
#ifndef COMPILER_H
#define COMPILER_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../runtime/descriptor.h"
#include "util.h"

/*
 * How a compilation runs. cmd-compile.c fills a struct compilation from the command line, reads
 * every input into a struct source, lets the readers turn sources into the graph and the policy,
 * runs the passes, which fill the plan, encodes the plan as a descriptor and embeds that in a copy of
 * the stub. A stage reports every mistake it finds; the driver stops after a stage with errors.
 *
 * Memory: everything lives in the compilation's arena until the program ends.
 */

/* diag.c: what is said to the user, and where. */

/* An input, whole in memory. `text` has a NUL behind its `size` bytes and may hold others. */
struct source {
	const char *name; /* as the user gave it, "<stdin>" for standard input */
	const char *text;
	size_t size;
	bool generated; /* by a program: its columns mean nothing to people */
};

/* A place in an input. A JSON pointer (RFC 6901) if `pointer` is set, else a byte offset. */
struct place {
	const struct source *source; /* NULL: the command line, or no place at all */
	const char *pointer;
	size_t offset; /* PLACE_WHOLE: the source as a whole */
	bool key; /* the pointer means the member's key, not its value */
};
#define PLACE_WHOLE SIZE_MAX
#define PLACE_NONE ((struct place){ .offset = PLACE_WHOLE })

struct diag {
	FILE *stream;
	unsigned errors;
};

/* Each prints one message in the form that STYLE gives: place, severity, text, and for a source
 * that people write the line with a caret. The text is lower case without a full stop, and
 * control characters that come in through `%s` arguments are escaped. */
void
diag_error(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void
diag_warning(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void
diag_note(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* locate.c: where a JSON pointer is. Called only when there is a message to print. */

/* The byte offset in `text` of the value (or key) that the place's pointer names; PLACE_WHOLE if
 * the text is not JSON up to there. */
size_t
locate_pointer(const struct source *source, const char *pointer, bool key);

/* One-based line and column (in bytes) of an offset. */
void
locate_offset(const struct source *source, size_t offset, size_t *ret_line, size_t *ret_column);

/* store-path.c: the grammar of store paths (Nix 2.21 and later, src/libstore/path.cc). */

#define STORE_PATH_HASH_SIZE 32
#define STORE_PATH_NAME_MAX 211

/* Is it `store_dir`/hash-name and nothing more? Returns NULL, or the rule it breaks as a phrase
 * such as "the hash has a character outside 0123456789abcdfghijklmnpqrsvwxyz". */
const char *
store_path_check(const char *store_dir, const char *path);

/* The length of the store object's path that `path` starts with (the path itself, or a path
 * inside the object), 0 if there is none. */
size_t
store_path_prefix(const char *store_dir, const char *path);

/* graph-input.c: reference graphs as inputs give them; what their readers share. */

struct object {
	const char *path; /* full store path */
	size_t *references; /* indices into the graph, sorted, without the object itself */
	size_t reference_count;
	uint64_t nar_size; /* 0 where the input does not say */
	unsigned kind; /* FLAG_DIRECTORY, FLAG_FILE, FLAG_SYMLINK, or 0: unknown */
	struct place place;
};

struct graph {
	const char *store_dir;
	struct object *objects; /* sorted by path */
	size_t count;
};

/* Where store objects are, unless an input says otherwise. */
#define STORE_DIRECTORY "/nix/store"

/* One record as an input gives it. Paths are numbers into the input's table of paths. */
struct graph_record {
	size_t path;
	size_t *references; /* in the input's order */
	size_t reference_count;
	size_t references_offset; /* line forms: of the first reference, each on a line of its own */
	uint64_t nar_size;
	struct place place; /* with a pointer: the references are its member "references" */
};

/* What was read of all sources. A zeroed struct is an empty input. */
struct graph_input {
	const char *store_dir;
	const char **paths; /* every path that occurs, once */
	size_t path_count;
	size_t path_capacity;
	struct map numbers; /* path to its index in `paths` */
	struct graph_record *records;
	size_t count;
	size_t capacity;
	unsigned error_limit; /* of diag.errors, where reading the present source stops */
	bool damaged; /* an error was reported: records are missing */
};

struct compilation;

/* The number of a path, new or known; MAP_ABSENT after reporting the rule that it breaks. */
size_t
graph_input_path(struct compilation *c, struct graph_input *input, struct place place,
                 const char *bytes, size_t size);

/* Reports a hash that is none in any of Nix's spellings: base 16, nix32 or base 64 with or without
 * "sha256:" before it, or SRI. */
void
graph_input_hash(struct compilation *c, struct place place, const char *bytes, size_t size);

/* Reports `form`, which was recognised but is not read yet. */
void
graph_input_refuse(struct compilation *c, const struct source *source, const char *form);

/* Were there so many errors that the source is not worth reading on? Says so. */
bool
graph_input_enough(struct compilation *c, const struct source *source,
                   const struct graph_input *input);

/* read-graph.c, read-graph-*.c: reference graphs. */

/* Recognises the form of one source by its shape and appends its records to `input`. Reports what
 * is malformed. */
void
read_graph(struct compilation *c, const struct source *source, struct graph_input *input);

/* The line form of exportReferencesGraph and the registration form of closureInfo. */
void
read_graph_lines(struct compilation *c, const struct source *source, struct graph_input *input);

/* The list that structured attributes put into .attrs.json, alone or inside that file. */
void
read_graph_json(struct compilation *c, const struct source *source, struct graph_input *input);

/* Merges the records of all inputs into `ret_graph`: duplicates must agree, every reference must
 * be an object. False if an error was reported, here or for one of the inputs. */
bool
read_graph_merge(struct compilation *c, const struct graph_input *input, struct graph *ret_graph);

/* json.c: typed access to a jansson value; each reports what was expected and where. */

/* A value with its place. */
struct json_at {
	json_t *value;
	struct place place;
};

/* Parses; duplicate keys, NUL in strings and trailing text are refused. False after an error. */
bool
json_read(struct compilation *c, const struct source *source, struct json_at *ret_root);

/* The member `key` of an object, with value NULL if it is absent. */
struct json_at
json_member(struct compilation *c, struct json_at object, const char *key);
struct json_at
json_element(struct compilation *c, struct json_at array, size_t index);

/* Each returns false after reporting "expected ...". */
bool
json_get_string(struct compilation *c, struct json_at at, const char **ret_string);
bool
json_get_boolean(struct compilation *c, struct json_at at, bool *ret_value);
bool
json_get_integer(struct compilation *c, struct json_at at, uint64_t *ret_value);
bool
json_expect_object(struct compilation *c, struct json_at at);
bool
json_expect_array(struct compilation *c, struct json_at at);

/* One of `choices` (NULL-terminated), as its index. */
bool
json_get_choice(struct compilation *c, struct json_at at, const char *const *choices,
                size_t *ret_index);

/* Reports every key of the object that is not in `known` (NULL-terminated), with the nearest known
 * key as a suggestion. */
void
json_refuse_unknown(struct compilation *c, struct json_at object, const char *const *known);

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

/* read-policy.c: the policy language. */

enum grant_kind {
	GRANT_BIND,
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
	struct template_text *destination;
	const char *destination_text; /* its source, which tells grants apart */
	struct template_text *source; /* bind: on the host; symlink: target; file: content */
	unsigned flags; /* FLAG_OPTIONAL, FLAG_WRITABLE, FLAG_EXECUTABLE, FLAG_DEVICES */
	uint32_t mode;
	uint64_t size; /* bytes; 0: the kernel's default */
	json_t *entry; /* as written, owned by the policy's `merged`; NULL: implied by "home" */
};

struct variable {
	const char *name;
	struct template_text *value; /* NULL: unset */
	struct place place;
	json_t *entry; /* the value as written, owned by the policy's `merged`; else NULL */
};

struct policy {
	const char *name; /* NULL: the compiler takes the first root's */
	const char *hostname;
	struct place hostname_place;
	struct grant *grants; /* in the order they are carried out */
	size_t grant_count;
	size_t grant_capacity;
	struct variable *variables; /* sorted by name, which occurs once */
	size_t variable_count;
	size_t variable_capacity;
	json_t *merged; /* canonical: every file's members merged, the last word of each */
};

/* Reads one policy over what `policy` holds: later scalars replace earlier ones, a grant replaces
 * the one with the same destination in an earlier file, variables likewise. Two grants of one file
 * with the same destination are an error that shows both. "home" stands for a grant and for the
 * variable HOME; what the same file says of either itself wins. */
void
read_policy(struct compilation *c, const struct source *source, struct policy *policy);

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

/* plan.c: the intermediate representation. */

union plan_operand {
	uint64_t number;
	const char *string;
	const struct template_text *template;
	struct {
		const void *bytes;
		size_t size;
	} blob;
};

struct plan_step {
	enum step_kind kind;
	unsigned flags;
	union plan_operand operand[STEP_OPERANDS];
	struct place place; /* what asked for it */
};

struct plan_entry {
	const char *name; /* NULL: any */
	const char *program;
	size_t object; /* index into the graph: the object it lies in */
	struct place place;
};

struct plan {
	const char *name;
	const char *policy; /* canonical JSON */
	struct plan_step *steps;
	size_t step_count;
	size_t step_capacity;
	struct plan_entry *entries;
	size_t entry_count;
	size_t entry_capacity;
};

/* Appends a step with no operands yet. The pointer is good until the next call. */
struct plan_step *
plan_add(struct compilation *c, enum step_kind kind, struct place place);

/* Asserts what every pass must keep true: phases never go back, operands fit their kinds. */
void
plan_check(const struct plan *plan);

/* print-plan.c: a plan as text, one step a line; with places if `places`. */
void
print_plan(FILE *stream, const struct plan *plan, bool places);

/* The compilation itself. */

struct requested_entry {
	const char *name; /* NULL for --program */
	const char *program;
};

struct compilation {
	struct arena arena;
	struct diag diag;

	/* from the command line */
	const char **root_arguments; /* --root */
	size_t root_argument_count;
	struct requested_entry *requested; /* --entry in order, --program last */
	size_t requested_count;

	struct graph graph;
	struct policy policy;

	/* from the passes */
	size_t *roots; /* indices into the graph, sorted */
	size_t root_count;
	size_t *closure; /* what the roots reach, sorted */
	size_t closure_count;
	struct plan plan;
};

/* passes.c: the pass table. */

struct pass {
	const char *name;
	void (*run)(struct compilation *c);
};

/* In order; the last has a NULL name. */
extern const struct pass passes[];

/* Runs them until one reports an error. If `dump` names a pass, the plan is printed after it. */
bool
passes_run(struct compilation *c, const char *dump);

/* pass-resolve.c: roots, entries, and everything in templates that compile time knows. */
void
pass_resolve(struct compilation *c);
/* pass-closure.c: what the roots reach, and of what kind each object is. */
void
pass_closure(struct compilation *c);
/* pass-conflict.c: grants that would hide the closure, or programs that are not in it. */
void
pass_conflict(struct compilation *c);
/* pass-namespaces.c: the steps of the phases prepare and namespaces. */
void
pass_namespaces(struct compilation *c);
/* pass-mounts.c: the steps of the phase root. */
void
pass_mounts(struct compilation *c);
/* pass-process.c: environment and working directory. */
void
pass_process(struct compilation *c);
/* pass-confine.c: capabilities, no_new_privs, the filter, and the end of the plan. */
void
pass_confine(struct compilation *c);

/* syscalls.c: the seccomp filter of the default policy, as an array of struct sock_filter. */
bool
syscalls_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size);

/* emit-descriptor.c: a plan encoded for the runtime; a pure function of the plan. */
void
emit_descriptor(struct arena *arena, const struct plan *plan, const void **ret_bytes,
                size_t *ret_size);

/* read-descriptor.c: back into a plan, for people. `bytes` must be verified. */
void
read_descriptor(struct arena *arena, const struct descriptor *descriptor, struct plan *ret_plan);

/* embed.c: the ELF. */

/* Writes a copy of the stub at `stub_path` with the descriptor inside to `output_path`: beside it
 * first, mode 0555, synced, renamed. False after reporting; nothing is left behind. */
bool
embed_write(struct diag *diag, const char *stub_path, const void *descriptor, size_t size,
            const char *output_path);

/* The verified descriptor of a launcher, copied into the arena, aligned. NULL after reporting. */
const struct descriptor *
embed_read(struct arena *arena, struct diag *diag, const char *launcher_path);

/* cmd-*.c: one subcommand each; argv[0] is the subcommand's name. They return the exit status. */

enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* the input has errors */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3 /* the system failed: no memory, no space, cannot read or write */
};

int
cmd_compile(int argc, char **argv);
int
cmd_inspect(int argc, char **argv);

#endif
