/* Every type and exported function of the compiler, a section per file in pipeline order. */
#ifndef COMPILER_H
#define COMPILER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../runtime/descriptor.h"
#include "util.h"

/*
 * How a compilation runs. cmd-compile.c fills a struct compilation from the command line, reads
 * every input into a struct source, lets the readers turn sources into the graph and the policy,
 * runs the passes, which fill the plan, encodes it as a descriptor and embeds that in a copy of
 * the stub. A stage reports every mistake it finds; the driver stops after a stage with errors.
 *
 * Memory: everything lives in the compilation's arena until the program ends.
 */

struct compilation;

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
#define PLACE_SOURCE(from) ((struct place){ .source = (from), .offset = PLACE_WHOLE })
#define PLACE_POINTER(from, to) \
	((struct place){ .source = (from), .pointer = (to), .offset = PLACE_WHOLE })

struct diag {
	FILE *stream;
	unsigned errors; /* reported so far */
};

/* After so many of one source (or of what is scanned) it is given up with "too many errors". */
#define DIAG_ERRORS_MAX 20

/* Each prints one message, "PLACE: SEVERITY: TEXT", and for a source that people write the line
 * with a caret. The text is lower case without a full stop, and control characters that come in
 * through `%s` arguments are escaped. */
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
#define STORE_PATH_HASH_CHARACTERS "0123456789abcdfghijklmnpqrsvwxyz" /* without e, o, t, u */

/* Is it `store_dir`/hash-name and nothing more? Returns NULL, or the rule it breaks as a phrase
 * such as "the hash has a character outside 0123456789abcdfghijklmnpqrsvwxyz". */
const char *
store_path_check(const char *store_dir, const char *path);

/* NULL for an absolute canonical path other than the root, also a program's; else the rule. */
const char *
store_directory_check(const char *path);

/* The part of that for what is behind the first slash: no component is empty, "." or "..". */
const char *
path_components_check(const char *components);

/* The length of the store directory of the first store object that the path names, 0 if none. */
size_t
store_directory_size(const char *path);

/* The length of the store path that `path` is or is inside of, 0 if there is none. */
size_t
store_path_prefix(const char *store_dir, const char *path);

/* source.c: whole inputs. */

/* The bytes of a file, or of standard input for "-". NULL after reporting. */
const struct source *
source_read(struct compilation *c, const char *path, bool generated);

/* The same, and decompressed if it is gzip or zstd. */
const struct source *
source_read_packed(struct compilation *c, const char *path, bool generated);

/* scan.c: finds the hashes of store paths in bytes as Nix does. */

/* Hashes to look for, made by scan_build. */
struct scan_set {
	const char *const *hashes; /* STORE_PATH_HASH_SIZE characters each */
	size_t *slots; /* a hash table of 1 + index into `hashes`; 0: free */
	unsigned slot_shift; /* of a hash's 64 mixed bits, to its slot */
	unsigned char *filter; /* bits; one is set for each hash */
	unsigned filter_shift;
};

/* Bytes that are searched. Only `bytes` and `size` are set to begin with. */
struct scan_cursor {
	const unsigned char *bytes;
	size_t size;
	size_t found; /* where the hash that was found last begins */
	size_t next; /* where the next window begins that could be a hash */
	size_t known; /* that many bytes from there are of the alphabet */
};
#define SCAN_END SIZE_MAX

/* Makes a set of hashes, which must differ and are not copied. */
void
scan_build(struct arena *arena, const char *const *hashes, size_t count, struct scan_set *ret_set);

/* The index of the next hash in the bytes, SCAN_END if there is none any more. Hashes may overlap
 * and may stand in a longer run of characters of their alphabet. */
size_t
scan_next(const struct scan_set *set, struct scan_cursor *cursor);

/* scan-files.c: looks for hashes in files, as they are in a NAR. */

enum scan_part {
	SCAN_CONTENTS,
	SCAN_NAME,
	SCAN_TARGET /* of a symbolic link */
};

/* Where a hash is. */
struct scan_place {
	const char *path; /* of the file, directory or link; NULL: nowhere */
	enum scan_part part;
	uint64_t offset; /* in the contents, the name or the target */
};

struct scan {
	const struct scan_set *set;
	struct scan_place *places; /* for each hash the first in the order of a NAR */
	uint64_t files; /* that were read, hard links once */
	uint64_t bytes; /* of their contents, without holes */
	struct map links; /* of files with hard links, "device:inode" of those that were read */
	struct progress *progress;
};

/* Looks for every hash of the set in the contents of a file, the target of a symbolic link, or in
 * both and all names below a directory; not in the name of `path` itself, which is no part of its
 * NAR. Reports what cannot be read, or is of a kind that Nix refuses, and goes on. */
void
scan_files(struct compilation *c, struct scan *scan, const char *path);

/* progress.c: one line on a terminal that says how far long work has come. */

struct progress {
	FILE *stream; /* NULL: none is shown */
	double begin; /* seconds of the monotonic clock */
	double next; /* when the line is written again */
	bool shown;
};

/* Nothing is ever shown unless the stream is a terminal, and nothing in the first second. */
void
progress_begin(struct progress *progress, FILE *stream);
/* To be called often. */
void
progress_show(struct progress *progress, uint64_t files, uint64_t bytes);
/* To be called at the end, and before anything else is written to the terminal. */
void
progress_erase(struct progress *progress);

/* graph-input.c: reference graphs as inputs give them; what their readers share. */

#define NAR_HASH_SIZE 32 /* bytes of a SHA-256 */

struct object {
	const char *path; /* full store path */
	size_t *references; /* indices into the graph, sorted, without the object itself */
	size_t reference_count;
	uint64_t nar_size; /* 0 where no input says */
	const unsigned char *nar_hash; /* NAR_HASH_SIZE bytes; NULL where no input says */
	unsigned kind; /* FLAG_DIRECTORY, FLAG_FILE, FLAG_SYMLINK, or 0: unknown */
	bool listed; /* only in a plain list: what it refers to is not known */
	bool self; /* it refers to itself */
	struct place place;
};

struct graph {
	const char *store_dir;
	struct object *objects; /* sorted by path */
	size_t count;
	bool listed; /* some object is `listed` */
};

#define STORE_DIRECTORY "/nix/store" /* if nothing says another one */

/* One record as an input gives it. Paths are numbers into the input's table of paths. */
struct graph_record {
	size_t path;
	size_t *references; /* in the input's order */
	size_t reference_count;
	size_t references_offset; /* line forms: of the first reference, one a line */
	uint64_t nar_size;
	const unsigned char *nar_hash;
	bool listed; /* of a plain list, without references */
	struct place place; /* with a pointer: the references are its member "references" */
};

/* What was read of all sources. A zeroed struct is an empty input. */
struct graph_input {
	const char *store_dir; /* NULL: as the first path says */
	struct place store_dir_place; /* of what said so */
	const struct source *other_store; /* the source that was last found to have another one */
	const char *const *keys; /* the graphs wanted of an .attrs.json */
	size_t key_count; /* 0: the only one */
	bool keys_used; /* some source was an .attrs.json */
	const char **paths; /* every path that occurs, once */
	size_t path_count;
	size_t path_capacity;
	struct map numbers; /* path to its index in `paths` */
	struct graph_record *records;
	size_t count;
	size_t capacity;
	unsigned error_limit; /* of diag.errors: there reading the present source stops */
	bool damaged; /* an error was reported: records are missing */
};

/* Settles the store directory, or reports, once for each source, that what was read has another. */
bool
graph_input_store(struct compilation *c, struct graph_input *input, struct place place,
                  const char *bytes, size_t size);

/* The number of a path, new or known; MAP_ABSENT after reporting the rule that it breaks. The
 * first one settles the store directory. */
size_t
graph_input_path(struct compilation *c, struct graph_input *input, struct place place,
                 const char *bytes, size_t size);

/* Adds a record. False after reporting that they are too many. */
bool
graph_input_add(struct compilation *c, struct graph_input *input, struct graph_record record);

/* The bytes of a SHA-256 in one of Nix's spellings: base 16, nix32 or base 64, with or without
 * "sha256:" before it, or SRI. NULL if it is none. */
const unsigned char *
graph_input_decode(struct arena *arena, const char *bytes, size_t size);

/* The same. NULL after reporting. */
const unsigned char *
graph_input_hash(struct compilation *c, struct place place, const char *bytes, size_t size);

/* Reports that the source is `form`, which is refused; `advice` is what to do instead, or NULL. */
void
graph_input_refuse(struct compilation *c, const struct source *source, const char *form,
                   const char *advice);

/* Were there so many errors that the source is not worth reading on? Says so. */
bool
graph_input_enough(struct compilation *c, const struct source *source,
                   const struct graph_input *input);

/* read-graph.c, read-graph-*.c: reference graphs. */

/* Recognises the form of one source by its shape and appends its records to `input`. Reports what
 * is malformed. */
void
read_graph(struct compilation *c, const struct source *source, struct graph_input *input);

/* A plain list of paths, each a line. */
void
read_graph_list(struct compilation *c, const struct source *source, struct graph_input *input);

/* The line form of exportReferencesGraph and the registration form of closureInfo. */
void
read_graph_lines(struct compilation *c, const struct source *source, struct graph_input *input);

/* JSON: the lists of structured attributes, and all that 'nix path-info --json' prints. */
void
read_graph_json(struct compilation *c, const struct source *source, struct graph_input *input);

/* Merges the records of all inputs into `ret_graph`: duplicates must agree, every reference must
 * be an object. False if an error was reported, here or for one of the inputs. */
bool
read_graph_merge(struct compilation *c, const struct graph_input *input, struct graph *ret_graph);

/* graph-closure.c: objects by name, roots, and what they reach. */

/* The index of the object whose path is these `size` bytes; MAP_ABSENT if there is none. */
size_t
graph_find(const struct graph *graph, const char *path, size_t size);

/* The object's name: what is behind the hash of its path. */
const char *
graph_name(const struct graph *graph, const struct object *object);

/* Settles c->roots: --root, else every object that no other refers to; and --extra-root. False
 * after reporting. */
bool
graph_roots(struct compilation *c);

/* Settles c->closure: what c->roots reach without what --exclude withholds, and every object that
 * is only listed. Reports roots that are excluded, patterns that match nothing, and what is cut
 * off. False after an error. */
bool
graph_closure(struct compilation *c);

/* graph-options.c: how the command line names reference graphs; for compile, graph and scan. */

struct graph_argument {
	const char *text; /* file or directory; a key if `attributes` */
	bool attributes; /* --graph-from-attrs */
};

struct graph_options {
	struct graph_argument *graphs; /* --graph and --graph-from-attrs, in order */
	size_t graph_count;
	size_t graph_capacity;
	struct string_list keys; /* --graph-key */
	const char *store_dir; /* --store-dir; NULL: as the inputs say */
	struct string_list roots; /* --root */
	struct string_list extra_roots; /* --extra-root */
	struct string_list excludes; /* --exclude: patterns */
};

enum graph_option {
	OPTION_GRAPH = 0x100, OPTION_GRAPH_KEY, OPTION_GRAPH_FROM_ATTRS, OPTION_STORE_DIR,
	OPTION_ROOT, OPTION_EXTRA_ROOT, OPTION_EXCLUDE,
	OPTION_GRAPH_END /* the first that a command may use for its own */
};

/* For a command's own table of getopt_long and its usage. */
#define GRAPH_OPTIONS \
	{ "graph", required_argument, NULL, OPTION_GRAPH }, \
	{ "graph-key", required_argument, NULL, OPTION_GRAPH_KEY }, \
	{ "graph-from-attrs", required_argument, NULL, OPTION_GRAPH_FROM_ATTRS }, \
	{ "store-dir", required_argument, NULL, OPTION_STORE_DIR }, \
	{ "root", required_argument, NULL, OPTION_ROOT }, \
	{ "extra-root", required_argument, NULL, OPTION_EXTRA_ROOT }, \
	{ "exclude", required_argument, NULL, OPTION_EXCLUDE }
extern const char graph_options_usage[];

/* Takes an option into c->options; false if it is none of these. */
bool
graph_options_take(struct compilation *c, int option, const char *argument);

/* Reads every graph that c->options names and merges them into c->graph. False after reporting.
 * Roots and closure are the next steps, of graph-closure.c. */
bool
graph_options_load(struct compilation *c);

/* graph-query.c: questions about a graph. None costs stack for depth. */

/* The graph of these objects alone (indices, sorted), numbered anew. References to others are left
 * out; the places stay. */
void
graph_query_part(struct arena *arena, const struct graph *graph, const size_t *objects,
                 size_t count, struct graph *ret_part);

/* The shortest chain of references between two objects, both included: of several, the first in
 * the order of paths. Gives its length in objects, 0 if there is none. */
size_t
graph_query_why(struct arena *arena, const struct graph *graph, size_t from, size_t to,
                size_t **ret_chain);

/* The sum of all sizes; false if it does not fit. `ret_unknown`: how many objects have none. */
bool
graph_query_total(const struct graph *graph, uint64_t *ret_total, size_t *ret_unknown);

/* Of every object, the sum of the sizes of all that it reaches, itself included; 0 if the size of
 * one of these is not known. The total must fit. In the worst graphs the time, but not the memory,
 * grows with the square of the objects; 64 of them are one operation. */
uint64_t *
graph_query_closure_sizes(struct arena *arena, const struct graph *graph);

/* All objects in the order of people: what an object refers to comes before it, what is the same
 * number of references above the leaves by name, without hash, and last by path. */
size_t *
graph_query_order(struct arena *arena, const struct graph *graph);

/* json.c: typed access to a jansson value; each reports what was expected and where. */

/* A value with its place. */
struct json_at {
	json_t *value;
	struct place place;
};

/* Parses; duplicate keys, NUL in strings and trailing text are refused. False after an error. The
 * caller owns ret_root->value; all values and strings got from it live as long. */
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

/* The opening quote of the string that closes at `quote`: the nearest one before that has an even
 * number of backslashes before it, or none. */
size_t
json_string_start(const char *text, size_t quote);

/* json-stream.c: JSON as events, for texts that may be large. */

#define JSON_KEYS_LINEAR 24 /* keys of an object that are compared one by one */

enum json_event {
	JSON_EVENT_NULL, JSON_EVENT_FALSE, JSON_EVENT_TRUE,
	JSON_EVENT_NUMBER, /* with its text */
	JSON_EVENT_STRING, /* with its bytes, which are not NUL-terminated */
	JSON_EVENT_OBJECT, /* it starts; its frame is not there yet */
	JSON_EVENT_ARRAY,
	JSON_EVENT_END /* of an object or array; its frame is gone */
};

/* A container that is being read. */
struct json_frame {
	bool array;
	int role; /* the handler's */
	size_t count; /* keys or elements so far, the present one too */
	const char *key; /* the present one, not NUL-terminated; good until the arena ends */
	size_t key_size;
	struct { const char *text; size_t size; } seen[JSON_KEYS_LINEAR];
	struct map keys; /* all of them, when there are more */
};

struct json_stream {
	/* from the caller */
	struct compilation *c;
	const struct source *source;
	/* Takes one event; false to read no further, after reporting why. */
	bool (*handle)(struct json_stream *stream, enum json_event event, const char *bytes,
	               size_t size);
	void *context;
	int distinct_role; /* of containers whose duplicate keys the handler finds itself */

	/* for the handler */
	struct json_frame *frames; /* [depth] is the container of the value; [0] of the text */
	unsigned depth;
	int next_role; /* to be set at the start of a container: its frame's role */
	int ended_role; /* at the end of one: the role its frame had */

	/* its own */
	struct yajl_handle_t *parser;
	bool stopped;
};

/* Reads the whole source. False after reporting what is wrong with it. */
bool
json_stream_read(struct json_stream *stream);

/* The place of the value that the event is of. */
struct place
json_stream_place(const struct json_stream *stream);

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
	struct place destination_place;
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
	struct graph_options options;
	struct requested_entry *requested; /* --entry in order, --program last */
	size_t requested_count;

	struct graph graph;
	struct policy policy;

	/* from graph-closure.c and the passes */
	size_t *roots; /* indices into the graph, each once: as given, else sorted */
	size_t root_count;
	bool *excluded; /* of every object of the graph, NULL: none */
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

/* pass-resolve.c: entries, and everything in templates that compile time knows. */
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

/* emit-graph.c: a graph for programs. Each returns false, with nothing written, after reporting
 * what the graph must have for that form and has not. */

/* What is written: a whole graph, and what was asked about it. */
struct graph_view {
	struct graph graph;
	size_t *roots; /* indices, sorted */
	size_t root_count;
	uint64_t total_size;
	size_t unknown_sizes; /* objects that are not in it */
	const uint64_t *closure_sizes; /* of every object, 0: not known; NULL: not asked for */
};

/* The canonical form: the list that Nix writes into .attrs.json, an object a line. */
bool
emit_graph_json(struct compilation *c, FILE *stream, const struct graph_view *view);
/* Registration records, as closureInfo has them and 'nix-store --load-db' takes them. */
bool
emit_graph_registration(struct compilation *c, FILE *stream, const struct graph_view *view);
/* As 'nix-store -q --graph': an edge runs from what is referred to, to what refers to it. */
bool
emit_graph_dot(struct compilation *c, FILE *stream, const struct graph_view *view);
/* One path a line. */
bool
emit_graph_store_paths(struct compilation *c, FILE *stream, const struct graph_view *view);

/* emit-graph-text.c: a graph for people. As above. */

/* A line for each object and a line for all of them. */
bool
emit_graph_text(struct compilation *c, FILE *stream, const struct graph_view *view);
/* What each root refers to, below it and indented; what is below an object only once. */
bool
emit_graph_text_tree(struct compilation *c, FILE *stream, const struct graph_view *view);
/* The `limit` largest objects, and those with the largest closures, whose sizes `view` has. */
bool
emit_graph_text_top(struct compilation *c, FILE *stream, const struct graph_view *view,
                    size_t limit);

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
	EXIT_SYSTEM = 3 /* the system failed: no memory, no space, cannot write */
};

int
cmd_compile(int argc, char **argv);
int
cmd_graph(int argc, char **argv);
int
cmd_inspect(int argc, char **argv);
int
cmd_scan(int argc, char **argv);

#endif
