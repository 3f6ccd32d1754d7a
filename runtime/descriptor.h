/* The launch descriptor: the format that the compiler writes and the stub executes. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A descriptor is one block of little-endian bytes, used in place from a read-only mapping:
 *
 *	header | steps | entries | templates | segments | blobs | strings | blob bytes
 *
 * Tables are arrays of the structs below. Every offset counts from the first byte of the header.
 * Strings are NUL-terminated and referred to by their offset into the string table. A store path is
 * always one whole string: Nix finds references by its 32 hash characters and may rewrite them in
 * place, so nothing here depends on their values. schemas/descriptor.txt gives the format field by
 * field; steps.h gives the steps.
 */
#define DESCRIPTOR_MAGIC "\211clbox\r\n"
#define DESCRIPTOR_MAGIC_SIZE 8
#define DESCRIPTOR_VERSION 6
#define DESCRIPTOR_ALIGNMENT 16

/* The stub says which format it reads in an ELF note; embedding turns the note's segment into the
 * PT_LOAD that maps the descriptor. */
#define DESCRIPTOR_NOTE_OWNER "closurebox"
#define DESCRIPTOR_NOTE_SECTION ".note.closurebox"
#define DESCRIPTOR_NOTE_TYPE 1
#define DESCRIPTOR_SECTION ".closurebox"

#define DESCRIPTOR_NONE UINT32_MAX /* no string, template or blob */

struct descriptor_table {
	uint32_t offset;
	uint32_t count; /* of elements; of bytes for the string table */
};

struct descriptor {
	uint8_t magic[DESCRIPTOR_MAGIC_SIZE];
	uint32_t version;
	uint32_t size; /* of the whole descriptor in bytes */
	uint32_t name; /* string: what messages call this box */
	uint32_t policy; /* blob: the canonical policy as JSON, for people; never read at launch */
	uint32_t notes; /* blob: where steps came from, as JSON; likewise. Both may be NONE */
	struct descriptor_table steps;
	struct descriptor_table entries;
	struct descriptor_table templates;
	struct descriptor_table segments;
	struct descriptor_table blobs;
	struct descriptor_table strings;
};

#define STEP_OPERANDS 3

/* What is done at launch, in order. Which operands and flags a kind has stands in steps.h. */
struct step {
	uint16_t kind;
	uint16_t flags;
	uint32_t operand[STEP_OPERANDS];
};

/* One program of the launcher. The first whose name is the basename of AT_EXECFN is started; an
 * entry without a name matches every name and is the last. */
struct entry {
	uint32_t name; /* string or DESCRIPTOR_NONE */
	uint32_t program; /* string: absolute path inside the box */
};

/* A string with parts that only the launch knows: the concatenation of its segments. */
struct template {
	uint32_t first; /* index of its first segment */
	uint32_t count;
};

enum segment_kind {
	SEGMENT_LITERAL, /* text: the bytes */
	SEGMENT_VARIABLE, /* text: name of an environment variable of the caller */
	SEGMENT_HOME, /* the caller's HOME; unset unless it is absolute and below the root */
	SEGMENT_UID, /* the caller's user id in decimal */
	SEGMENT_GID,
	SEGMENT_USER_DIRECTORY, /* text: a variable as XDG_MUSIC_DIR; the caller's, else that of
	                           user-dirs.dirs (xdg-user-dirs); never HOME itself */
	SEGMENT_INSTANCE, /* a random number of 32 bits in decimal, the same in all of a launch */
	SEGMENT_KINDS
};

struct segment {
	uint32_t kind;
	uint32_t text; /* string, or DESCRIPTOR_NONE for the other kinds */
	uint32_t fallback; /* template taken when the variable is unset or empty; or
	                      DESCRIPTOR_NONE. Over the table fallbacks rise strictly, and each is
	                      above its own template: so they are trees, and expansion ends. */
};

/* Fallbacks nest at most this deep, so that expansion needs no more than this much stack. */
#define TEMPLATE_DEPTH 4

#define OVERLAYS_MAX 16 /* in one box */

struct blob {
	uint32_t offset; /* a multiple of 8 */
	uint32_t size;
};

enum phase {
	PHASE_PREPARE, /* the launcher's own state */
	PHASE_LOOKUP, /* what only the launch can know, while the host's tree is there and ids are
	                 its own */
	PHASE_NAMESPACES, /* the box's init exists from the first step on */
	PHASE_ROOT, /* the mount tree */
	PHASE_RULES, /* what Landlock allows; in force for init and the program */
	PHASE_PROCESS, /* the program's process exists; environment, working directory */
	PHASE_CONFINE, /* rights are given up */
	PHASE_EXEC,
	PHASES
};

enum operand_kind {
	OPERAND_NONE,
	OPERAND_NUMBER,
	OPERAND_MODE, /* permission bits, at most 07777 */
	OPERAND_STRING,
	OPERAND_PATH, /* string: absolute and canonical, not the root */
	OPERAND_OBJECT, /* path directly below the store of the last step `store` */
	OPERAND_TEMPLATE,
	OPERAND_BLOB
};

enum step_flag {
	FLAG_OPTIONAL = 1, /* nothing is done when the source is missing */
	FLAG_WRITABLE = 2,
	FLAG_EXECUTABLE = 4,
	FLAG_DEVICES = 8,
	FLAG_DIRECTORY = 16, /* what an object is (none of the three: found out at launch), or as
	                        what a missing path is made (neither: it is not made) */
	FLAG_FILE = 32,
	FLAG_SYMLINK = 64,
	FLAG_ANYWHERE = 128, /* home too, or a directory above it; in a grant the host's root */
	FLAG_WITHOUT_NAMESPACES = 256, /* done only if the namespaces could not be had */
	FLAG_NO_LINKS = 512, /* in what is named on the host no link is followed below the value of
	                        the first variable, in a default that of the default's own */
	FLAG_IN_STORE = 1024, /* it may be mounted in the store, but not over it */
	FLAG_ABSTRACT_SOCKETS = 2048, /* they are left out of what it keeps in the box */
	FLAG_CLOSURE = 4096 /* the closure of what is bound must be in the box too; of `protect`:
	                       it is for closure files */
};

enum step_kind {
#define STEP(kind, name, phase, flags, a, b, c, function) STEP_##kind,
#include "steps.h"
#undef STEP
	STEP_KINDS
};

/* Small types, for the table is in every launcher. */
struct step_type {
#ifndef STUB /* die.c has them in less space */
	const char *name;
#endif
	uint16_t flags; /* that it may carry */
	uint8_t phase; /* enum phase */
	uint8_t operand[STEP_OPERANDS]; /* enum operand_kind */
};

/* verify.c: the table of steps.h, by kind. */
extern const struct step_type step_types[STEP_KINDS];

/* verify.c: names of the phases, by number. */
extern const char *const phase_names[PHASES];

/*
 * verify.c: may the runtime walk the `size` bytes at `bytes`, aligned to DESCRIPTOR_ALIGNMENT?
 * Returns NULL if every reference stays inside, every step is complete and in the order of the
 * phases, and the steps no box can do without are there; else the rule that is broken, as a
 * phrase that can follow "the descriptor is damaged: ". Makes no system call.
 */
const char *
verify_descriptor(const void *bytes, size_t size);

/* verify.c: the length of a path's first component, if it does not begin with a slash. (That of a
 * libc, strcspn, is large in a static program.) */
size_t
verify_component(const char *path);

/* Access to a verified descriptor. */

static inline const void *
descriptor_at(const struct descriptor *d, uint32_t offset)
{
	return (const char *)d + offset;
}

static inline const struct step *
descriptor_steps(const struct descriptor *d)
{
	return descriptor_at(d, d->steps.offset);
}

static inline const struct entry *
descriptor_entries(const struct descriptor *d)
{
	return descriptor_at(d, d->entries.offset);
}

static inline const char *
descriptor_string(const struct descriptor *d, uint32_t string)
{
	return descriptor_at(d, d->strings.offset + string);
}

static inline const struct template *
descriptor_template(const struct descriptor *d, uint32_t index)
{
	return (const struct template *)descriptor_at(d, d->templates.offset) + index;
}

static inline const struct segment *
descriptor_segment(const struct descriptor *d, uint32_t index)
{
	return (const struct segment *)descriptor_at(d, d->segments.offset) + index;
}

static inline const struct blob *
descriptor_blob(const struct descriptor *d, uint32_t index)
{
	return (const struct blob *)descriptor_at(d, d->blobs.offset) + index;
}

#endif
