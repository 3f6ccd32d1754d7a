/*
 * Every step a launch can take: STEP(KIND, name, phase, allowed flags, operand, operand, operand).
 * Included with STEP defined, it makes the enum, the names, the verifier and the printers. The
 * order is that of the phases; numbers are part of the format: a new step raises
 * DESCRIPTOR_VERSION.
 */
#define NONE OPERAND_NONE
#define ROOT PHASE_ROOT

/* Closes every descriptor from the number given on; 0 to 2 are made usable and harmless. */
STEP(DESCRIPTORS, "descriptors", PHASE_PREPARE, 0, OPERAND_NUMBER, NONE, NONE)

/* Clones the box's init into new namespaces (clone flags), with the caller's own ids mapped. */
STEP(NAMESPACES, "namespaces", PHASE_NAMESPACES, 0, OPERAND_NUMBER, NONE, NONE)
/* Nothing in the box outlives the launcher, however that ends. */
STEP(DIE_WITH_PARENT, "die-with-parent", PHASE_NAMESPACES, 0, NONE, NONE, NONE)
STEP(HOSTNAME, "hostname", PHASE_NAMESPACES, 0, OPERAND_STRING, NONE, NONE)
/* Brings up the loopback interface of the box's own network namespace. */
STEP(LOOPBACK, "loopback", PHASE_NAMESPACES, 0, NONE, NONE, NONE)

/* An empty tmpfs that becomes the root. */
STEP(ROOT, "root", ROOT, 0, NONE, NONE, NONE)
/* An empty tmpfs for the objects that follow, at its own path. */
STEP(STORE, "store", ROOT, 0, OPERAND_PATH, NONE, NONE)
/* One store object: a directory or file is bound, a symlink made again. */
STEP(OBJECT, "object", ROOT, FLAG_DIRECTORY | FLAG_FILE | FLAG_SYMLINK, OPERAND_OBJECT, NONE, NONE)
/* Makes the store and everything bound below it read-only, without set-uid bits and devices. */
STEP(SEAL_STORE, "seal-store", ROOT, 0, NONE, NONE, NONE)
/* destination, mode, size in KiB (0: the kernel's default, half of memory) */
STEP(TMPFS, "tmpfs", ROOT, FLAG_EXECUTABLE, OPERAND_TEMPLATE, OPERAND_MODE, OPERAND_NUMBER)
/* destination, mode */
STEP(DIRECTORY, "directory", ROOT, 0, OPERAND_TEMPLATE, OPERAND_MODE, NONE)
/* destination, content, mode */
STEP(FILE, "file", ROOT, 0, OPERAND_TEMPLATE, OPERAND_TEMPLATE, OPERAND_MODE)
/* destination, target */
STEP(SYMLINK, "symlink", ROOT, 0, OPERAND_TEMPLATE, OPERAND_TEMPLATE, NONE)
/* source on the host, destination */
STEP(BIND, "bind", ROOT, FLAG_OPTIONAL | FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES,
     OPERAND_TEMPLATE, OPERAND_TEMPLATE, NONE)
/* A new procfs for the box's pid namespace. */
STEP(PROC, "proc", ROOT, 0, OPERAND_PATH, NONE, NONE)
/* A new instance of devpts. */
STEP(DEVPTS, "devpts", ROOT, 0, OPERAND_PATH, NONE, NONE)
/* Makes what is at a path of the box read-only, with all below it. */
STEP(PROTECT, "protect", ROOT, FLAG_OPTIONAL, OPERAND_TEMPLATE, NONE, NONE)
/* Covers a path of the box with an empty, unreadable file or directory. */
STEP(MASK, "mask", ROOT, FLAG_OPTIONAL, OPERAND_TEMPLATE, NONE, NONE)
/* Makes the one mount at a path of the box read-only. */
STEP(SEAL, "seal", ROOT, 0, OPERAND_TEMPLATE, NONE, NONE)
/* Makes the root read-only, changes to it and lets go of the host's. */
STEP(PIVOT, "pivot", ROOT, 0, NONE, NONE, NONE)

/* Takes a variable away from the program. */
STEP(UNSET, "unset", PHASE_PROCESS, 0, OPERAND_STRING, NONE, NONE)
/* name, value: gives the program a variable. */
STEP(SET, "set", PHASE_PROCESS, 0, OPERAND_STRING, OPERAND_TEMPLATE, NONE)
/* Stays in the caller's working directory if the box has it, else goes to this one, else to /. */
STEP(KEEP_DIRECTORY, "keep-directory", PHASE_PROCESS, 0, OPERAND_TEMPLATE, NONE, NONE)

/* Empties every set of capabilities. */
STEP(CAPABILITIES, "capabilities", PHASE_CONFINE, 0, NONE, NONE, NONE)
STEP(NO_NEW_PRIVILEGES, "no-new-privileges", PHASE_CONFINE, 0, NONE, NONE, NONE)
/* Installs a seccomp filter: an array of struct sock_filter. */
STEP(SECCOMP, "seccomp", PHASE_CONFINE, 0, OPERAND_BLOB, NONE, NONE)

/* Starts the program of the entry chosen by the launcher's name. */
STEP(EXECUTE, "execute", PHASE_EXEC, 0, NONE, NONE, NONE)

#undef NONE
#undef ROOT
