/* The program's variables, and the memory that its start needs. */
#include "runtime.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

#define SPACE \
	(1u << 16) /* asked of the kernel at once, at least; what is not used costs nothing \
	            */

void *
environment_allocate(struct launch *launch, size_t size)
{
	char *memory;

	if (size > launch->space_size) {
		launch->space_size = size > SPACE ? size : SPACE;
		launch->space = sys_memory(launch->space_size);
		if (!launch->space)
			die_errno(launch, "mmap", NULL);
	}
	memory = launch->space;
	launch->space += size;
	launch->space_size -= size;
	return memory;
}

char *
environment_expand(struct launch *launch, const char *name, unsigned operand, const char *tail)
{
	size_t start = name[0] ? strlen(name) + 1 : 0;
	size_t length = (size_t)template_text(launch, operand, start ? name : NULL, NULL, 0);
	size_t rest = strlen(tail);
	char *text;

	text = environment_allocate(launch, start + length + rest + 2);
	if (start) {
		memcpy(text, name, start - 1);
		text[start - 1] = '=';
	}
	template_text(launch, operand, NULL, text + start, length);
	start += length;
	if (rest) {
		text[start] = ':';
		memcpy(text + start + 1, tail, rest);
	}
	return text;
}

/* Is the variable, "NAME=VALUE", of this name? */
static bool
has_name(const char *name, const char *variable)
{
	size_t length = strlen(name);

	return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

/* Does its name match a pattern, in which '*' stands for any characters? */
static bool
matches(const char *pattern, const char *variable)
{
	const char *star = NULL; /* behind the last one, and what is tried there */
	const char *again = NULL;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			again = variable;
		} else if (*variable == '\0' || *variable == '=') {
			return *pattern == '\0';
		} else if (*pattern == *variable) {
			pattern++;
			variable++;
		} else if (star) {
			pattern = star;
			variable = ++again;
		} else {
			return false;
		}
	}
}

/* Every occurrence; order is kept. Most names differ in the first character already. */
static void
take_away(struct launch *launch, const char *what, bool (*is)(const char *, const char *))
{
	char **environment = launch->program_environment;
	size_t kept = 0;

	for (size_t i = 0; i < launch->program_environment_count; i++) {
		if ((*what != '*' && *what != *environment[i]) || !is(what, environment[i]))
			environment[kept++] = environment[i];
	}
	launch->program_environment_count = kept;
}

/* Each step that adds a variable has its room (process_begin). */
static void
add(struct launch *launch, char *variable)
{
	launch->program_environment[launch->program_environment_count++] = variable;
}

/* Without '=' it has no name by which a policy could speak of it. */
void
environment_begin(struct launch *launch)
{
	char **kept = launch->environment;

	for (char **at = kept; *at; at++) {
		const char *c = *at;

		while (*c && *c != '=')
			c++;
		if (*c)
			*kept++ = *at;
	}
	*kept = NULL;
}

void
environment_put(struct launch *launch, const char *name, const char *value)
{
	size_t length = strlen(name);
	char *text = environment_allocate(launch, length + strlen(value) + 2);

	memcpy(text, name, length);
	text[length] = '=';
	memcpy(text + length + 1, value, strlen(value));
	take_away(launch, name, has_name);
	add(launch, text);
}

void
environment_remove(struct launch *launch, const char *pattern)
{
	take_away(launch, pattern, matches);
}

void
environment_clear(struct launch *launch)
{
	launch->program_environment_count = 0;
}

void
environment_inherit(struct launch *launch)
{
	const char *pattern = template_string(launch, 0);

	/* None of the caller's is there twice, so there is room for all. */
	environment_remove(launch, pattern);
	for (char **variable = launch->environment; *variable; variable++) {
		if (matches(pattern, *variable))
			add(launch, *variable);
	}
}

void
environment_unset(struct launch *launch)
{
	environment_remove(launch, template_string(launch, 0));
}

/* Gives the program the variable with the step's value, and the tail behind it. */
static void
set(struct launch *launch, const char *name, const char *tail)
{
	char *text = environment_expand(launch, name, 1, tail);

	take_away(launch, name, has_name);
	add(launch, text);
}

void
environment_set(struct launch *launch)
{
	set(launch, template_string(launch, 0), "");
}

/* What the program has as value of a variable; NULL if it has none. */
static char *
program_value(struct launch *launch, const char *name)
{
	for (size_t i = 0; i < launch->program_environment_count; i++) {
		char *variable = launch->program_environment[i];

		if (has_name(name, variable))
			return variable + strlen(name) + 1;
	}
	return NULL;
}

void
environment_prefix(struct launch *launch)
{
	const char *name = template_string(launch, 0);
	const char *value = program_value(launch, name);

	set(launch, name, value ? value : "");
}

/* Can the program reach it? Landlock lets anybody know that something is there. */
static bool
is_there(const struct launch *launch, const char *path)
{
	int fd = sys_open(AT_FDCWD, path,
	                  O_CLOEXEC | (launch->access ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH));

	close(fd);
	return fd >= 0;
}

void
environment_path_variable(struct launch *launch)
{
	const char *name = template_string(launch, 0);
	char *value = program_value(launch, name);
	char *in = value, *out = value;

	ns_wait_for_init(launch); /* for the box's paths */

	while (in && *in) {
		char *end = in;
		size_t length;

		while (*end && *end != ':')
			end++;
		length = (size_t)(end - in);
		if (*end)
			*end++ = '\0';
		if (*in == '/' && is_there(launch, in)) {
			if (out != value)
				*out++ = ':';
			memmove(out, in, length);
			out += length;
		} else {
			die_verbose(launch, in, "dropped, for the box has no such path");
		}
		in = end;
	}
	if (out != value)
		*out = '\0';
	else
		take_away(launch, name, has_name);
}

void
environment_hold_roots(struct launch *launch)
{
	const struct found_root *root;
	size_t size = 1;
	char *text, *at;

	if (!launch->alone || !launch->found_roots)
		return;
	for (root = launch->found_roots; root; root = root->next)
		size += strlen(root->path) + 1;
	text = at = environment_allocate(launch, size);
	for (root = launch->found_roots; root; root = root->next) {
		size_t length = strlen(root->path);

		memcpy(at, root->path, length);
		at[length] = ':';
		at += length + 1;
	}
	at[-1] = '\0';
	environment_put(launch, "CLOSUREBOX_ROOTS", text);
}
