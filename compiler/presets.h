/* The built-in policies, made from compiler/presets at build time. */
#ifndef PRESETS_H
#define PRESETS_H

struct preset {
	const char *name;
	const char *text; /* JSON */
};

/* The last has a NULL name. */
extern const struct preset presets[];

#endif
