/* The compilation: plan, passes, back ends, commands, a section per file in pipeline order; with
 * what it includes, every type and exported function. */
#ifndef COMPILER_H
#define COMPILER_H

#include "../runtime/descriptor.h"
#include "describe.h"
#include "graph.h"
#include "input.h"
#include "policy.h"
#include "util.h"

/*
 * How a compilation runs. cmd-compile.c fills a struct compilation from the command line, reads
 * every input into a struct source, lets the readers turn sources into the graph and the policy,
 * runs the passes, which fill the plan, encodes it as a descriptor and embeds that in a copy of
 * the stub. A stage reports every mistake it finds; the driver stops after a stage with errors.
 *
 * Memory: everything lives in the compilation's arena until the program ends.
 */

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
	const char *notes; /* JSON for people, see emit-notes.c; NULL: none */
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
	bool search; /* `program` is a name, to be found in the roots' bin */
};

/* Who is asked for closures that only the launch knows the roots of; absolute paths. NULL: as
 * pass-lookup.c finds it. */
struct lookup_options {
	const char *program; /* closurebox-closure */
	const char *nix_state_dir;
};

struct compilation {
	struct arena arena;
	struct diag diag;

	/* from the command line */
	struct graph_options options;
	struct requested_entry *requested; /* --entry in order, --program last */
	size_t requested_count;
	struct lookup_options lookup;

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
/* pass-conflict.c: grants that contradict one another or would hide the closure, members that do
 * not go together, programs that are not in the closure. */
void
pass_conflict(struct compilation *c);
/* pass-conflict-grants.c: the part of it that is about grants. */
void
pass_conflict_grants(struct compilation *c);
/* pass-risk.c: grants that undo the box, until the policy accepts their risk. */
void
pass_risk(struct compilation *c);
/* pass-namespaces.c: the steps of the phase prepare, */
void
pass_prepare(struct compilation *c);
/* and those of the phase namespaces. */
void
pass_namespaces(struct compilation *c);
/* pass-lookup.c: the steps of the phase lookup. Takes FLAG_CLOSURE from grants whose closure is in
 * the box already. */
void
pass_lookup(struct compilation *c);
/* Takes --closure-program ('c') or --nix-state-dir ('n') into c->lookup. NULL, or what is wrong. */
const char *
pass_lookup_option(struct compilation *c, int option, const char *argument);
/* pass-mounts.c: the steps of the phase root. */
void
pass_mounts(struct compilation *c);
/* pass-rules.c: the steps of the phase rules: what Landlock allows. */
void
pass_rules(struct compilation *c);
/* pass-process.c: arguments, environment, working directory, limits. */
void
pass_process(struct compilation *c);
/* pass-confine.c: capabilities, no_new_privs, the filters, and the end of the plan. */
void
pass_confine(struct compilation *c);

/* syscalls.c: seccomp filters, each an array of struct sock_filter. */

/* The filter that the policy asks for. False after reporting, at their places, names in "allow" and
 * "deny" that are no system calls or groups, denied ones that the box itself needs, and allowed
 * ones that make sockets if the network is blocked. With `ret_size` 0 there is none: its base is
 * "none", nothing is denied, and the network not blocked. */
bool
syscalls_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size);

/* A second filter for a box without namespaces: no sockets but pairs and, if the policy's network
 * is the host's, those of IPv4 and IPv6, as a pathname socket of the host could be reached with
 * others; and no limits, priorities or schedulers of other processes. It must be installed before
 * the other one, which may refuse seccomp(2). */
bool
syscalls_fallback_filter(struct compilation *c, const void **ret_bytes, size_t *ret_size);

/* syscall-table.c: every system call that is known. */

enum syscall_use {
	CALL_DEFAULT = 1, /* the base "default" allows it */
	CALL_STRICT = 2, /* the base "strict" does */
	CALL_NESTED = 4, /* "nested-sandbox" does */
	CALL_I386 = 8, /* the architecture i386 does */
	CALL_NEEDED = 16 /* the box's init, or the start of the program, needs it */
};

struct syscall_entry {
	const char *name;
	uint16_t number; /* from 424 on that of every architecture, below of x86-64; 0: as
	                    libseccomp says */
	uint16_t error; /* what it ends with where it is refused */
	unsigned uses; /* enum syscall_use */
};

/* Sorted by name; the last has a NULL name. */
extern const struct syscall_entry syscall_table[];
extern const size_t syscall_count;

/* The index of a name, `syscall_count` if there is none. */
size_t
syscall_find(const char *name);

/* syscall-groups.c: "@mount" and the like. */

/* One of the names in a group, by number; it may be that of a group. NULL behind the last one, and
 * if there is no such group. */
const char *
syscall_group_member(const char *group, size_t member);

/* Of another system call or group, the name nearest to this one; NULL if none is near. */
const char *
syscall_nearest(const char *name);

/* syscall-program.c: BPF from decisions. */

/* A condition on an argument, of whose low 32 bits those of the mask are looked at: the kernel
 * takes these arguments as 32 bits (CVE-2019-10063). */
struct syscall_argument {
	unsigned index;
	uint32_t mask;
	enum { ARGUMENT_NOT_ANY, ARGUMENT_ANY, ARGUMENT_NO_BITS } condition; /* of the values */
	const uint32_t *values;
	size_t count;
	uint16_t error; /* if it does not hold */
};

#define SYSCALL_ARGUMENTS 2

/* What is done with the system calls from `first` to the next range. */
struct syscall_range {
	uint32_t first;
	uint32_t action; /* SECCOMP_RET_*, if all conditions hold */
	const struct syscall_argument *arguments[SYSCALL_ARGUMENTS]; /* or NULL */
};

struct syscall_architecture {
	uint32_t audit; /* AUDIT_ARCH_* (linux/audit.h) */
	struct syscall_range *ranges; /* the first from 0 */
	size_t count;
	size_t capacity;
};

/* The program that does so; the caller of another architecture's system call is killed. */
void
syscall_program(struct arena *arena, const struct syscall_architecture *architectures, size_t count,
                const void **ret_bytes, size_t *ret_size);

/* filter.c: what a filter does, found out by following its instructions. Works for any bytes; what
 * the kernel would not take as a program is said to be damaged. */

/* A part of `struct seccomp_data` compared with a constant. */
struct filter_condition {
	unsigned word; /* of 32 bits, from the start; FILTER_WORDS: of some other value */
	uint32_t mask; /* of the bits that are looked at */
	enum { FILTER_EQUAL, FILTER_GREATER, FILTER_GREATER_EQUAL, FILTER_ANY_BIT } comparison;
	uint32_t value; /* of FILTER_ANY_BIT none: the mask has them */
};

#define FILTER_WORDS 16
#define FILTER_CONDITIONS 8

/* If all conditions hold, and those of no case before do, this is done. */
struct filter_case {
	uint32_t action; /* SECCOMP_RET_* */
	struct filter_condition conditions[FILTER_CONDITIONS];
	size_t condition_count;
};

/* The last case has no conditions, and none is like it just before. */
struct filter_cases {
	struct filter_case *items;
	size_t count;
	size_t capacity;
	const char *failed; /* why there are none, NULL if there are */
};

/* What it does with system call `number` of an architecture (AUDIT_ARCH_*, linux/audit.h). Without
 * a program, `size` 0, all is allowed. */
struct filter_cases
filter_follow(struct arena *arena, const void *bytes, size_t size, uint32_t audit, uint32_t number);

/* filter-line.c: cases as text. */

/* May this let a call pass? */
bool
filter_permits(uint32_t action);

/* The same in one line: an action, or cases with their conditions: "errno EPERM if arg1 &
 * 0xffffffff == 0x5412; else allow". Two calls with the same line are treated alike. With `call`
 * NULL; else the line is for people, and arguments of the call and their values have names. */
const char *
filter_line(struct arena *arena, const struct filter_cases *cases, const char *call);

/* The first line of these two. */
const char *
filter_describe(struct arena *arena, const void *bytes, size_t size, uint32_t audit,
                uint32_t number);

/* filter-gain.c: two filters and one system call. */

/* May `after` let something pass that `before` does not? Where that is not plain, it may. */
bool
filter_gains(const struct filter_cases *before, const struct filter_cases *after);

/* filter-print.c: the same for all system calls. */

struct filter_architecture {
	uint32_t audit; /* AUDIT_ARCH_* (linux/audit.h) */
	const char *name; /* "x86_64" */
};

/* Those that are looked at; the last has a NULL name. */
extern const struct filter_architecture filter_architectures[];

/* The name of a system call, "#NUMBER" if nobody knows one. */
const char *
filter_call_name(struct arena *arena, uint32_t audit, uint32_t number);

/* A system call, or several, that two filters treat differently. */
struct filter_change {
	const char *architecture; /* a name, or "other architectures" */
	const char *call; /* a name, "unknown calls", "calls of x32", "every call" */
	const char *before; /* lines of filter_line for people */
	const char *after;
	bool gained; /* something may be allowed now that was not */
};

/* Everything that two filters treat differently; either may have size 0: all is allowed. */
size_t
filter_compare(struct arena *arena, const void *before, size_t before_size, const void *after,
               size_t after_size, struct filter_change **ret_changes);

/* Pseudocode: for each architecture, the calls under what is done with them. */
void
filter_print(FILE *stream, struct arena *arena, const void *bytes, size_t size);

/* One line: how many calls of the native architecture are allowed, refused, and decided by their
 * arguments. */
const char *
filter_summary(struct arena *arena, const void *bytes, size_t size);

/* filter-network.c: the same for those that make sockets. */

/* Can no call make a socket of another family than AF_UNIX? Where that is not plain, one can. */
bool
filter_blocks_network(struct arena *arena, const void *bytes, size_t size);

/* emit-notes.c: what a launcher carries only for people, as JSON; sets c->plan.notes, which stays
 * NULL without memory. Its form:
 * { "places": { "STEP": "FILE:LINE" }, "sizes": [ NAR sizes of the objects in the order of their
 * steps, 0: not known ] }. FILE is the base name, of a store path without its hash, so that the
 * launcher does not refer to it. */
void
emit_notes(struct compilation *c);

/* emit-descriptor.c: a plan encoded for the runtime; a pure function of the plan. */
void
emit_descriptor(struct arena *arena, const struct plan *plan, const void **ret_bytes,
                size_t *ret_size);

/* read-descriptor.c: back into a plan, for people. `bytes` must be verified. */
void
read_descriptor(struct arena *arena, const struct descriptor *descriptor, struct plan *ret_plan);

/* compile.c: what compiling is, from inputs to descriptor; for every command that does it. */

/* Reads graphs (c->options) and the policy files, runs the passes, and encodes the plan; verified.
 * If `dump` names a pass, the plan is printed after it. Gives EXIT_DONE, or another status after
 * reporting. */
int
compile_descriptor(struct compilation *c, const struct string_list *policies, const char *dump,
                   const void **ret_bytes, size_t *ret_size);

/* embed.c: the ELF. */

/* The stub that launchers are made from: that of a build tree or an installation that was moved, by
 * where this program is; else that of the configured installation. */
const char *
embed_find_stub(struct arena *arena);

/* closurebox-closure, likewise; an absolute path. */
const char *
embed_find_closure(struct arena *arena);

/* Writes a copy of the stub at `stub_path` with the descriptor inside to `output_path`: beside it
 * first, mode 0555, synced, renamed. Gives EXIT_DONE, EXIT_REFUSED if the stub is none, or
 * EXIT_SYSTEM; after reporting, and with nothing left behind. */
int
embed_write(struct diag *diag, const char *stub_path, const void *descriptor, size_t size,
            const char *output_path);

/* The path behind the working directory; NULL with errno if that has no name. */
const char *
embed_absolute(struct arena *arena, const char *path);

/* Would a link at `path` be the launcher at `output_path` itself, by whatever name? */
bool
embed_is_launcher(const char *output_path, const char *path);

/* Is there nothing at `path`, or what a link can take the place of? False after reporting. */
bool
embed_may_link(struct diag *diag, const char *path);

/* Makes `path` a symbolic link to the launcher at `output_path`: to its name in the same directory,
 * else to its path, which the working directory makes absolute. As embed_write does, beside it
 * first, and renamed; EXIT_DONE or EXIT_SYSTEM, after reporting and with nothing left behind. */
int
embed_link(struct diag *diag, const char *output_path, const char *path);

/* As embed_write, into a sealed memory file that can be executed, close-on-exec. */
int
embed_memory(struct diag *diag, const char *stub_path, const void *descriptor, size_t size,
             int *ret_fd);

/* The verified descriptor of a launcher, copied into the arena, aligned. NULL after reporting. */
const struct descriptor *
embed_read(struct arena *arena, struct diag *diag, const char *launcher_path);

/* usage.c: what is said to those who call a command wrongly. */

#define USAGE_PARTS 3

struct usage {
	const char *command; /* "closurebox compile" */
	const char *parts[USAGE_PARTS]; /* what --help prints, maybe fewer than all */
};

void
usage_print(FILE *stream, const struct usage *usage);

/* Says what is wrong, about the word if there is one, and the usage. Gives EXIT_USAGE. */
int
usage_wrong(const struct usage *usage, const char *problem, const char *word);

/* Of an option that getopt_long gives to no command of its own: 'h' for --help, or one that it has
 * complained about. Gives the exit status. */
int
usage_option(const struct usage *usage, int option);

/* cmd-*.c: one subcommand each; argv[0] is what messages call it. They return the exit status. */

enum exit_status {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* the input has errors */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3 /* the system failed: no memory, no space, cannot write */
};

int
cmd_closure(int argc, char **argv);
int
cmd_compile(int argc, char **argv);
int
cmd_diff(int argc, char **argv);
int
cmd_graph(int argc, char **argv);
int
cmd_inspect(int argc, char **argv);
int
cmd_policy(int argc, char **argv);
int
cmd_run(int argc, char **argv);
int
cmd_scan(int argc, char **argv);

#endif
