/* Reference graphs: readers, queries, printers; and the search for references in files. */
#ifndef GRAPH_H
#define GRAPH_H

#include "input.h"

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
 * first one settles the store directory. The reader is asked for its place only where that is
 * needed. */
size_t
graph_input_path(struct compilation *c, struct graph_input *input,
                 struct place (*place_of)(const void *reader), const void *reader,
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

/* Is the object, MAP_ABSENT for none, in c->closure? */
bool
graph_in_closure(const struct compilation *c, size_t object);

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

#endif
