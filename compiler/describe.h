/* What a plan gives a program, for people: facts, comparisons, and their printers. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "policy.h"

struct plan;

/* describe.c, describe-facts.c, describe-found.c: what a plan gives a program, as facts that can be
 * shown and compared. They are found in the steps alone: a launcher of unknown origin may say
 * anything of itself. */

enum section {
	SECTION_PROGRAMS,
	SECTION_STORE,
	SECTION_FILES,
	SECTION_FOUND,
	SECTION_ENVIRONMENT,
	SECTION_NETWORK,
	SECTION_NAMESPACES,
	SECTION_PROCESS,
	SECTION_RIGHTS,
	SECTION_RISKS,
	SECTIONS
};

/* Headings, which are also the names in JSON. */
extern const char *const section_names[SECTIONS];

enum sense {
	SENSE_GIVES, /* the program can do more by it, as far as `rights` say */
	SENSE_TAKES, /* it can do less by it */
	SENSE_LIMITS, /* it can do less by it; the more, the smaller `rights` is */
	SENSE_NEITHER,
	SENSE_SHOWN /* for people only: what is behind it is compared in another way */
};

/* Rights of a fact beyond those that are FLAG_*. */
#define RIGHT_PRESENT 0x10000
#define RIGHT_VALUE 0x20000 /* its content has values of the caller's variables */
#define RIGHT_WORD 0x40000 /* it says which store objects are there, unless all are */

struct fact {
	enum section section;
	enum sense sense;
	const char *key; /* the same for what is the same thing in two plans; each once in a plan */
	const char *what; /* of two with the same key that differ in this, one replaces the other */
	uint64_t rights; /* bits, or an amount */
	uint64_t
		amount; /* how much it may hold of something; UINT64_MAX: nothing is said of that */
	const char *content; /* of what it makes, which its line does not show; NULL: it has none */
	const char *word; /* what begins its line */
	const char *text; /* both are escaped */
	const char *place; /* "FILE:LINE" of what asked for it; NULL: not known */
};

struct filter_bytes {
	const void *bytes;
	size_t size;
};

struct descriptor_range {
	uint64_t first;
	uint64_t last; /* UINT32_MAX: all from the first on */
};

struct description {
	const struct plan *plan;
	const char **places; /* of each step, "FILE:LINE", escaped; NULL: not known */
	const char *store; /* its directory */
	enum store_mode store_mode;
	uint64_t namespaces; /* CLONE_NEW* flags of those that are the box's own */
	struct map sealed; /* paths that are made read-only when they are filled */
	struct descriptor_range *kept; /* descriptors from 3 on that the steps leave open */
	size_t kept_count;
	const char **closure; /* paths of the objects, in the order of their steps */
	uint64_t *sizes; /* of each, 0: not known */
	size_t closure_count;
	size_t closure_capacity;
	uint64_t closure_size; /* of those whose size is known */
	size_t unknown_sizes;
	struct filter_bytes *filters; /* those always there, then those only without namespaces */
	size_t filter_count;
	size_t filter_fallbacks; /* how many of them are of the second sort */
	enum network_mode network; /* as the steps make it, whatever a policy says */
	struct risk_found *risks;
	size_t risk_count;
	const char **risk_places;
	struct fact *facts;
	size_t fact_count;
	size_t fact_capacity;
	struct map keys; /* to their index */
	struct map repeated; /* keys that would be there again, to an index of `repeats` */
	size_t *repeats; /* how often there is such a key */
	size_t repeat_count;
	size_t repeat_capacity;
};

/* Takes the places of the steps, and the risks that are accepted, from what the plan carries for
 * people, or the places from the steps if they have them. */
void
describe(struct arena *arena, const struct plan *plan, struct description *ret_description);

/* The part of it that makes the facts. */
void
describe_facts(struct arena *arena, struct description *description);

/* The facts while they are made. */
struct facts {
	struct arena *arena;
	struct description *d;
	size_t step; /* that is looked at; the number of steps: none */
};

/* Adds a fact of the present step; the text is escaped here. */
struct fact *
describe_fact(struct facts *f, enum section section, enum sense sense, const char *key,
              const char *word, const char *text);

/* Those of what only a launch finds. */
void
describe_found(struct facts *f);

/* Has the plan a step of this kind whose first operand is this name of a variable? */
bool
describe_has_variable(const struct description *description, enum step_kind kind, const char *name);

/* In Nix's state directory, what is asked for closures (Nix 2.3 and later). */
#define NIX_DAEMON_SOCKET "/daemon-socket/socket"
#define NIX_DATABASE "/db/db.sqlite"

/* A template as a policy would have it; fallbacks that a standard gives are left out. */
const char *
describe_template(struct arena *arena, const struct template_text *template);

/* The limit of an RLIMIT_*, NULL if policies have no name for it. */
const struct resource_limit *
describe_limit(uint64_t resource);

/* Is the tmpfs of this step made read-only when it is filled? */
bool
describe_sealed(struct arena *arena, const struct description *description, size_t tmpfs);

/* The name of the namespace of a CLONE_NEW* flag by number, with the flag; NULL after the last. */
const char *
describe_namespace(size_t index, uint64_t *ret_flag);

/* compare.c, compare-closure.c: what the second of two descriptions has gained and lost. */

enum change_kind {
	CHANGE_GAINED,
	CHANGE_LOST,
	CHANGE_OTHER
};
extern const char *const change_names[]; /* by kind, for JSON */

struct change {
	enum change_kind kind;
	const char *section;
	const char *text; /* escaped */
	const char *place; /* NULL: not known */
};

/* Two objects of one name, or, with one of them MAP_ABSENT, an object that is only in one. */
struct object_change {
	size_t before; /* indices into the closures */
	size_t after;
};

struct comparison {
	const struct description *before;
	const struct description *after;
	struct change *changes; /* by section */
	size_t count;
	size_t capacity;
	struct object_change *objects; /* sorted by name */
	size_t object_count;
	size_t object_capacity;
	struct map renamed; /* an object's path before, to its index in the closure after */
	bool gained; /* anything: a change, or an object of a name that was not there */
};

void
compare_descriptions(struct arena *arena, const struct description *before,
                     const struct description *after, struct comparison *ret_comparison);

/* The part of it that pairs the objects. */
void
compare_closure(struct arena *arena, struct comparison *comparison);

/* The name of a store path's object without hash and version, as Nix divides it
 * (builtins.parseDrvName), and the rest. */
void
compare_split(struct arena *arena, const char *path, const char **ret_name,
              const char **ret_version);

/* emit-inspect.c, emit-inspect-json.c: one launcher for people; as JSON. */
void
emit_inspect(FILE *stream, struct arena *arena, const struct description *description);
json_t *
emit_inspect_json(struct arena *arena, const struct description *description);

/* emit-diff.c: a comparison, for people; as JSON. */
void
emit_diff(FILE *stream, struct arena *arena, const struct comparison *comparison);
json_t *
emit_diff_json(struct arena *arena, const struct comparison *comparison);

#endif
