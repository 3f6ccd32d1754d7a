/* Strings with launch-time parts: literals, variables with fallbacks, ids. */
#include "runtime.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Where expanded text goes: called once per piece; false stops. */
struct sink {
	bool (*put)(struct sink *sink, const char *text, size_t length);
	char *buffer; /* of put_buffer; may be NULL */
	size_t size;
	size_t length;
	int fd; /* of put_file */
};

static bool
put_buffer(struct sink *sink, const char *text, size_t length)
{
	if (sink->buffer) {
		if (length > sink->size - sink->length)
			return false;
		memcpy(sink->buffer + sink->length, text, length);
	}
	sink->length += length;
	return true;
}

static bool
put_file(struct sink *sink, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(sink->fd, text, length);

		if (n < 0)
			return false;
		text += n;
		length -= (size_t)n;
	}
	return true;
}

char *
template_number(char *end, unsigned number, unsigned base)
{
	do {
		*--end = (char)('0' + number % base);
		number /= base;
	} while (number);
	return end;
}

static bool
put_id(struct sink *sink, unsigned id)
{
	char digits[NUMBER_DIGITS];
	char *end = digits + sizeof digits;
	const char *start = template_number(end, id, 10);

	return sink->put(sink, start, (size_t)(end - start));
}

/* The value of a variable in the caller's environment, NULL if it is unset. */
static const char *
find_variable(char *const *environment, const char *name)
{
	size_t length = strlen(name);

	for (; *environment; environment++) {
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
			return *environment + length + 1;
	}
	return NULL;
}

/* The value of a variable segment, NULL if it counts as unset. */
static const char *
segment_value(const struct launch *launch, const struct segment *segment)
{
	const char *value;

	if (segment->kind == SEGMENT_HOME) {
		value = find_variable(launch->environment, "HOME");
		/* A home that is the root would hide the box. */
		return value && value[0] == '/' && value[strspn(value, "/")] ? value : NULL;
	}
	value = find_variable(launch->environment,
	                      descriptor_string(launch->descriptor, segment->text));
	return value && value[0] ? value : NULL;
}

enum outcome {
	OUTCOME_DONE,
	OUTCOME_FULL, /* the sink took no more */
	OUTCOME_UNSET
};

/* Recursion ends: fallbacks are trees, and verify.c bounds their depth. */
static enum outcome
expand(const struct launch *launch, uint32_t index, struct sink *sink)
{
	const struct template *template = descriptor_template(launch->descriptor, index);

	for (uint32_t i = 0; i < template->count; i++) {
		const struct segment *segment =
			descriptor_segment(launch->descriptor, template->first + i);
		const char *text = NULL;
		enum outcome outcome;

		switch ((enum segment_kind)segment->kind) {
		case SEGMENT_LITERAL:
			text = descriptor_string(launch->descriptor, segment->text);
			break;
		case SEGMENT_UID:
			if (!put_id(sink, launch->uid))
				return OUTCOME_FULL;
			continue;
		case SEGMENT_GID:
			if (!put_id(sink, launch->gid))
				return OUTCOME_FULL;
			continue;
		case SEGMENT_INSTANCE:
			if (!put_id(sink, launch->instance))
				return OUTCOME_FULL;
			continue;
		case SEGMENT_VARIABLE:
		case SEGMENT_USER_DIRECTORY:
		case SEGMENT_HOME:
			text = segment_value(launch, segment);
			break;
		case SEGMENT_KINDS:
			break;
		}
		if (text) {
			if (!sink->put(sink, text, strlen(text)))
				return OUTCOME_FULL;
			continue;
		}
		if (segment->fallback == DESCRIPTOR_NONE)
			return OUTCOME_UNSET;
		outcome = expand(launch, segment->fallback, sink);
		if (outcome != OUTCOME_DONE)
			return outcome;
	}
	return OUTCOME_DONE;
}

/* The first variable of the template that is unset and has no fallback, for the message. */
static const char *
unset_variable(const struct launch *launch, uint32_t index)
{
	const struct template *template = descriptor_template(launch->descriptor, index);

	for (uint32_t i = 0; i < template->count; i++) {
		const struct segment *segment =
			descriptor_segment(launch->descriptor, template->first + i);

		if (segment->kind == SEGMENT_HOME && !segment_value(launch, segment))
			return "$HOME";
		if (segment->kind == SEGMENT_VARIABLE && !segment_value(launch, segment))
			return descriptor_string(launch->descriptor, segment->text);
	}
	return "a variable";
}

static noreturn void
die_unset(const struct launch *launch, uint32_t index)
{
	die_because(launch, unset_variable(launch, index),
	            "the environment variable is not set, and the policy has no default for it");
}

const char *
template_path(const struct launch *launch, uint32_t index, char buffer[static PATH_MAX])
{
	struct sink sink = { .put = put_buffer, .buffer = buffer, .size = PATH_MAX - 1 };

	switch (expand(launch, index, &sink)) {
	case OUTCOME_DONE:
		break;
	case OUTCOME_FULL:
		die_because(launch, NULL, "the path is longer than the kernel takes (PATH_MAX)");
	case OUTCOME_UNSET:
		if (launch->step->flags & FLAG_OPTIONAL)
			return NULL;
		die_unset(launch, index);
	}
	/* "/home/user/", as HOME may be, names the same. */
	while (sink.length > 1 && buffer[sink.length - 1] == '/')
		sink.length--;
	buffer[sink.length] = '\0';
	if (buffer[0] != '/')
		die_because(launch, buffer, "the path is not absolute");
	return buffer;
}

ssize_t
template_text(const struct launch *launch, uint32_t index, char *buffer, size_t size)
{
	struct sink sink = { .put = put_buffer, .buffer = buffer, .size = size };

	if (expand(launch, index, &sink) != OUTCOME_DONE)
		return -1;
	return (ssize_t)sink.length;
}

int
template_write(const struct launch *launch, uint32_t index, int fd)
{
	struct sink sink = { .put = put_file, .fd = fd };

	switch (expand(launch, index, &sink)) {
	case OUTCOME_DONE:
		return 0;
	case OUTCOME_FULL:
		return -1;
	case OUTCOME_UNSET:
		break;
	}
	die_unset(launch, index);
}
