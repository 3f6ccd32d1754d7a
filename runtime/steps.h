/*
 * Every step a launch can take: STEP(KIND, name, phase, allowed flags, operand, operand,
 * operand, the function that carries it out). Included with STEP defined, it makes the enum, the
 * names, the verifier, the printers and the stub's table of functions. The order is that of the
 * phases; numbers are part of the format: a new step raises DESCRIPTOR_VERSION.
 */
#define NONE OPERAND_NONE
#define LOOKUP PHASE_LOOKUP
#define ROOT PHASE_ROOT
#define RULES PHASE_RULES
#define PROCESS PHASE_PROCESS

/* Makes descriptors 0 to 2 usable and harmless. */
STEP(STANDARD_STREAMS, "standard-streams", PHASE_PREPARE, 0, NONE, NONE, NONE,
     process_standard_streams)
/* Closes the descriptors from the first number to the last. */
STEP(CLOSE, "close", PHASE_PREPARE, 0, OPERAND_NUMBER, OPERAND_NUMBER, NONE, process_close)
/* Closes, of the descriptors from 3 on, directories and those that only name a path. */
STEP(CLOSE_PATHS, "close-paths", PHASE_PREPARE, 0, NONE, NONE, NONE, process_close_paths)
/* The box ends with its last process, not with the program. */
STEP(WAIT_FOR_ALL, "wait-for-all", PHASE_PREPARE, 0, NONE, NONE, NONE, ns_wait_for_all)
/* Milliseconds from the first SIGTERM, SIGINT or SIGHUP passed on, until the box is killed. */
STEP(STOP_TIMEOUT, "stop-timeout", PHASE_PREPARE, 0, OPERAND_NUMBER, NONE, NONE, ns_stop_timeout)

/* The store that is looked in for what only the launch can know: the links that the following steps
 * find, and the objects that these lead to, the roots. */
STEP(FIND, "find", LOOKUP, 0, OPERAND_PATH, NONE, NONE, lookup_find)
/* A directory of closure files, one for each store path; without its variable it is left out. The
 * last is where those are kept that had to be asked for. */
STEP(CLOSURE_FILES, "closure-files", LOOKUP, 0, OPERAND_TEMPLATE, NONE, NONE, lookup_closure_files)
/* Finds what a path of the host leads to. If that is a directory outside the store, also what the
 * links in it and below it lead to, as far as that is in the store. */
STEP(CLOSURE, "closure", LOOKUP, FLAG_OPTIONAL, OPERAND_TEMPLATE, NONE, NONE, lookup_links)
/* Finds what a path of the host leads to, which must be in the store, and the links on the way. */
STEP(LINKS, "links", LOOKUP, FLAG_OPTIONAL, OPERAND_TEMPLATE, NONE, NONE, lookup_links)
/* Likewise all that the elements of a variable of the caller's lead to, as far as that is in the
 * store. */
STEP(PATH_CLOSURES, "path-closures", LOOKUP, 0, OPERAND_STRING, NONE, NONE, lookup_path_closures)
/* closurebox-closure, Nix's state directory: finds the closures of all roots, in the launcher's own
 * or closure files, or asks. A root of optional steps alone is let go if nobody knows. */
STEP(LOOK_UP, "look-up", LOOKUP, 0, OPERAND_PATH, OPERAND_PATH, NONE, lookup_look_up)

/* Clones the box's init into new namespaces (clone flags), with the caller's own ids mapped; with
 * no pid namespace among them the launcher itself enters them and becomes the program. Optional: if
 * they cannot be had, all of this phase and the next is left out, and the launcher becomes the
 * program. */
STEP(NAMESPACES, "namespaces", PHASE_NAMESPACES, FLAG_OPTIONAL, OPERAND_NUMBER, NONE, NONE,
     ns_enter)
/* Nothing in the box outlives the launcher, however that ends. */
STEP(DIE_WITH_PARENT, "die-with-parent", PHASE_NAMESPACES, 0, NONE, NONE, NONE, ns_die_with_parent)
/* No user namespace can be made in the box: the limit of its own is 0 (namespaces(7)). */
STEP(NO_NESTED, "no-nested-sandbox", PHASE_NAMESPACES, 0, NONE, NONE, NONE, ns_no_nested)
/* Further namespaces (clone flags), which init makes while another process carries out the phase
 * `root`. */
STEP(MEANWHILE, "meanwhile", PHASE_NAMESPACES, 0, OPERAND_NUMBER, NONE, NONE, ns_meanwhile)
STEP(HOSTNAME, "hostname", PHASE_NAMESPACES, 0, OPERAND_STRING, NONE, NONE, ns_hostname)
/* Brings up the loopback interface of the box's own network namespace. */
STEP(LOOPBACK, "loopback", PHASE_NAMESPACES, 0, NONE, NONE, NONE, ns_loopback)

/* An empty file system that becomes the root. */
STEP(ROOT, "root", ROOT, 0, NONE, NONE, NONE, root_new)
/* An empty file system for the objects that follow, at its own path. */
STEP(STORE, "store", ROOT, 0, OPERAND_PATH, NONE, NONE, root_store)
/* One store object: a directory or file is bound, a symlink made again. */
STEP(OBJECT, "object", ROOT, FLAG_DIRECTORY | FLAG_FILE | FLAG_SYMLINK, OPERAND_OBJECT, NONE, NONE,
     root_object)
/* The objects of the closures found, and the links found in the store. */
STEP(FOUND_OBJECTS, "found-objects", ROOT, 0, NONE, NONE, NONE, root_found_objects)
/* Makes the store and everything bound below it read-only, without set-uid bits and devices. */
STEP(SEAL_STORE, "seal-store", ROOT, 0, NONE, NONE, NONE, root_seal_store)
/* The host's whole store at its own path, read-only, without set-uid bits and devices. */
STEP(WHOLE_STORE, "whole-store", ROOT, 0, OPERAND_PATH, NONE, NONE, root_whole_store)
/* destination, mode, size in KiB (0: the kernel's default, half of memory) */
STEP(TMPFS, "tmpfs", ROOT, FLAG_EXECUTABLE, OPERAND_TEMPLATE, OPERAND_MODE, OPERAND_NUMBER,
     root_tmpfs)
/* destination, mode */
STEP(DIRECTORY, "directory", ROOT, 0, OPERAND_TEMPLATE, OPERAND_MODE, NONE, root_directory)
/* destination, content, mode */
STEP(FILE, "file", ROOT, 0, OPERAND_TEMPLATE, OPERAND_TEMPLATE, OPERAND_MODE, root_file)
/* destination, target */
STEP(SYMLINK, "symlink", ROOT, 0, OPERAND_TEMPLATE, OPERAND_TEMPLATE, NONE, root_symlink)
/* source on the host, destination. With FLAG_DIRECTORY or FLAG_FILE a missing source is made, and
 * no link is followed in it below the value of its first variable. With FLAG_CLOSURE the source
 * must be what the step `closure` found, and its closure must be known. */
STEP(BIND, "bind", ROOT,
     FLAG_OPTIONAL | FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES | FLAG_DIRECTORY | FLAG_FILE |
             FLAG_ANYWHERE | FLAG_NO_LINKS | FLAG_IN_STORE | FLAG_CLOSURE,
     OPERAND_TEMPLATE, OPERAND_TEMPLATE, NONE, root_bind)
/* destination, lower directory on the host, directory on the host that gets the changes: it is made
 * if it is missing, as for `bind`, and holds "upper" and "work". */
STEP(OVERLAY, "overlay", ROOT, FLAG_OPTIONAL | FLAG_EXECUTABLE | FLAG_ANYWHERE | FLAG_NO_LINKS,
     OPERAND_TEMPLATE, OPERAND_TEMPLATE, OPERAND_TEMPLATE, root_overlay)
/* The directory the launcher was started in, at its own path. Optional: left out where it is
 * refused or cannot be. */
STEP(WORKING_DIRECTORY, "working-directory", ROOT, FLAG_OPTIONAL | FLAG_WRITABLE | FLAG_ANYWHERE,
     NONE, NONE, NONE, root_working_directory)
/* Every file and directory that the launcher's arguments name, at its own path, unless the box has
 * something there, or it is what a later step covers elsewhere. */
STEP(ARGUMENT_FILES, "argument-files", ROOT, FLAG_WRITABLE, NONE, NONE, NONE, root_argument_files)
/* A new procfs for the box's pid namespace. */
STEP(PROC, "proc", ROOT, 0, OPERAND_PATH, NONE, NONE, root_proc)
/* A new instance of devpts. */
STEP(DEVPTS, "devpts", ROOT, 0, OPERAND_PATH, NONE, NONE, root_devpts)
/* The links found outside the store, unless the box has something there. */
STEP(FOUND_LINKS, "found-links", ROOT, 0, NONE, NONE, NONE, root_found_links)
/* Makes what is at a path of the box read-only, with all below it; what is missing can be made,
 * a file with the content; with FLAG_CLOSURE only in what the host has at the same path. */
STEP(PROTECT, "protect", ROOT, FLAG_OPTIONAL | FLAG_DIRECTORY | FLAG_FILE | FLAG_CLOSURE,
     OPERAND_TEMPLATE, OPERAND_TEMPLATE, NONE, root_protect)
/* Covers a path of the box with an empty, unreadable file or directory; what is missing can be
 * made. */
STEP(MASK, "mask", ROOT, FLAG_OPTIONAL | FLAG_DIRECTORY | FLAG_FILE, OPERAND_TEMPLATE, NONE, NONE,
     root_mask)
/* Makes the one mount at a path of the box read-only. */
STEP(SEAL, "seal", ROOT, 0, OPERAND_TEMPLATE, NONE, NONE, root_seal)
/* Makes the root read-only, changes to it and lets go of the host's. */
STEP(PIVOT, "pivot", ROOT, 0, NONE, NONE, NONE, root_pivot)

/* Empties every set of capabilities, of init and the program to come. */
STEP(CAPABILITIES, "capabilities", RULES, 0, NONE, NONE, NONE, confine_capabilities)
/* Landlock wants it (landlock(7)), and so does a filter. */
STEP(NO_NEW_PRIVILEGES, "no-new-privileges", RULES, 0, NONE, NONE, NONE, confine_no_new_privileges)
/* Begins a Landlock ruleset that keeps signals and abstract sockets in the box; with
 * FLAG_ABSTRACT_SOCKETS signals alone. Optional: only where the kernel has it (ABI 6, Linux
 * 6.12). */
STEP(SCOPE, "scope", RULES, FLAG_OPTIONAL | FLAG_ABSTRACT_SOCKETS, NONE, NONE, NONE, landlock_scope)
/* Begins one that also handles all access to files; with namespaces all of the box is allowed but
 * the store at the path, without namespaces nothing. Optional: signals and sockets only where the
 * kernel has that; access to files always. */
STEP(RULES, "rules", RULES, FLAG_OPTIONAL | FLAG_ABSTRACT_SOCKETS, OPERAND_PATH, NONE, NONE,
     landlock_rules)
/* A store object can be read and executed. */
STEP(ALLOW_OBJECT, "allow-object", RULES, 0, OPERAND_OBJECT, NONE, NONE, landlock_allow_object)
/* So can the objects of the closures found. */
STEP(ALLOW_FOUND, "allow-found", RULES, 0, NONE, NONE, NONE, landlock_allow_found)
/* So can a path of the host, as far as the flags say. */
STEP(ALLOW, "allow", RULES,
     FLAG_OPTIONAL | FLAG_WRITABLE | FLAG_EXECUTABLE | FLAG_DEVICES | FLAG_ANYWHERE |
             FLAG_WITHOUT_NAMESPACES | FLAG_NO_LINKS | FLAG_CLOSURE,
     OPERAND_TEMPLATE, NONE, NONE, landlock_allow)
/* Puts the ruleset in force. */
STEP(RESTRICT, "restrict", RULES, 0, NONE, NONE, NONE, landlock_restrict)

/* An argument before those of the caller, or behind them. */
STEP(PREPEND, "prepend", PROCESS, 0, OPERAND_TEMPLATE, NONE, NONE, process_prepend)
STEP(APPEND, "append", PROCESS, 0, OPERAND_TEMPLATE, NONE, NONE, process_append)
/* Takes all variables away from the program. */
STEP(CLEAR_ENVIRONMENT, "clear-environment", PROCESS, 0, NONE, NONE, NONE, environment_clear)
/* Gives it those of the caller whose names match a pattern: '*' stands for any characters. */
STEP(INHERIT, "inherit", PROCESS, 0, OPERAND_STRING, NONE, NONE, environment_inherit)
/* Takes those away whose names match. */
STEP(UNSET, "unset", PROCESS, 0, OPERAND_STRING, NONE, NONE, environment_unset)
/* name, value: gives the program a variable. */
STEP(SET, "set", PROCESS, 0, OPERAND_STRING, OPERAND_TEMPLATE, NONE, environment_set)
/* name, value: puts the value and ':' before what the variable has, if it has something. */
STEP(PREFIX, "prefix", PROCESS, 0, OPERAND_STRING, OPERAND_TEMPLATE, NONE, environment_prefix)
/* Takes those elements out of a variable that the box does not have. */
STEP(PATH_VARIABLE, "path-variable", PROCESS, 0, OPERAND_STRING, NONE, NONE,
     environment_path_variable)
/* Stays in the caller's working directory if the box has it, else goes to this one, else to /. */
STEP(KEEP_DIRECTORY, "keep-directory", PROCESS, 0, OPERAND_TEMPLATE, NONE, NONE,
     process_keep_directory)
/* Goes to this one, which must be there. */
STEP(CHANGE_DIRECTORY, "change-directory", PROCESS, 0, OPERAND_TEMPLATE, NONE, NONE,
     process_change_directory)
STEP(UMASK, "umask", PROCESS, 0, OPERAND_MODE, NONE, NONE, process_umask)
/* RLIMIT_*, then the low and the high half of the value, for both the soft limit and the hard one;
 * the caller's hard limit stays the highest. */
STEP(LIMIT, "limit", PROCESS, 0, OPERAND_NUMBER, OPERAND_NUMBER, OPERAND_NUMBER, process_limit)
/* Adds to the nice value. */
STEP(NICE, "nice", PROCESS, 0, OPERAND_NUMBER, NONE, NONE, process_nice)
/* Leaves the caller's session and terminal. */
STEP(NEW_SESSION, "new-session", PROCESS, 0, NONE, NONE, NONE, process_new_session)

/* Installs a seccomp filter: an array of struct sock_filter. */
STEP(SECCOMP, "seccomp", PHASE_CONFINE, FLAG_WITHOUT_NAMESPACES, OPERAND_BLOB, NONE, NONE,
     confine_seccomp)

/* Starts the program of the entry chosen by the launcher's name. */
STEP(EXECUTE, "execute", PHASE_EXEC, 0, NONE, NONE, NONE, process_execute)

#undef NONE
#undef LOOKUP
#undef ROOT
#undef RULES
#undef PROCESS
