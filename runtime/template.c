/* Strings with launch-time parts: literals, variables with fallbacks, ids, user directories. */
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

/* Where expanded text goes: called once per piece; false stops. */
struct sink {
	bool (*put)(struct sink *sink, const char *text, size_t length);
	char *buffer; /* of put_buffer; may be NULL */
	size_t size;
	size_t length;
	size_t first; /* length behind the first variable of the template itself, or with
	                 FLAG_NO_LINKS of the default that was taken for it; 0: it has none */
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

const char *
template_variable(const struct launch *launch, const char *name)
{
	size_t length = strlen(name);

	for (char *const *at = launch->environment; *at; at++) {
		if (strncmp(*at, name, length) == 0 && (*at)[length] == '=')
			return (*at)[length + 1] ? *at + length + 1 : NULL;
	}
	return NULL;
}

bool
template_covers(const char *outer, const char *inner)
{
	for (;;) {
		size_t length;

		while (*outer == '/')
			outer++;
		while (*inner == '/')
			inner++;
		length = verify_component(outer);
		if (length == 0)
			return true;
		if (verify_component(inner) != length || strncmp(outer, inner, length) != 0)
			return false;
		outer += length;
		inner += length;
	}
}

/* A home that is the root would hide the box. */
static const char *
home(const struct launch *launch)
{
	const char *value = template_variable(launch, "HOME");

	return value && value[0] == '/' && !template_covers(value, "/") ? value : NULL;
}

static const char *
skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

/*
 * Parses one line of user-dirs.dirs, `NAME="$HOME/PATH"` or `NAME="/PATH"`, where a backslash
 * quotes the character behind it, and appends what it says to the list at `out`. Of any other line,
 * or without room before `end`, nothing. Returns the list's new end.
 */
static char *
parse_user_directory(const char *line, const char *base, char *out, const char *end)
{
	char *at = out;

	line = skip_blanks(line);
	while (((*line >= 'A' && *line <= 'Z') || *line == '_') && at < end)
		*at++ = *line++;
	line = skip_blanks(line);
	if (*line++ != '=' || at == end)
		return out;
	*at++ = '=';
	line = skip_blanks(line);
	if (*line++ != '"')
		return out;
	if (base && strncmp(line, "$HOME", 5) == 0 && (line[5] == '/' || line[5] == '"')) {
		line += 5;
		while (*base && at < end)
			*at++ = *base++;
	} else if (*line != '/') {
		return out;
	}
	for (; *line != '"'; *at++ = *line++) {
		if (*line == '\\')
			line++;
		if (*line == '\0' || *line == '\n' || at == end)
			return out;
	}
	if (at == end)
		return out;
	*at++ = '\0';
	return at;
}

/* The text of user-dirs.dirs, at most `size` bytes of it; "" if there is none. It is the user's,
 * but whoever writes it must not be able to keep a launcher waiting or reading. */
static void
read_user_directories(const struct launch *launch, char *text, size_t size)
{
	const char *name = "user-dirs.dirs";
	const char *base = template_variable(launch, "XDG_CONFIG_HOME");
	int directory = -1, fd = -1;
	struct sys_file file;
	ssize_t n = 0;

	if (!base || base[0] != '/') {
		base = home(launch);
		name = ".config/user-dirs.dirs";
	}
	errno = ENOENT;
	if (base)
		directory = sys_open(AT_FDCWD, base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory >= 0)
		fd = sys_open(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		must_describe(launch, fd, "", &file, name);
		if (S_ISREG(file.mode))
			n = read(fd, text, size - 1);
		if (n < 0)
			die_errno(launch, "read", name);
	} else if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP) {
		die_errno(launch, "open", name);
	}
	text[n] = '\0';
	close(fd);
	close(directory);
}

void
template_begin(struct launch *launch)
{
	const struct descriptor *d = launch->descriptor;
	char text[USER_DIRECTORIES_SIZE];
	char *out = launch->user_directories;
	const char *line = text;
	uint32_t i = 0;

	while (i < d->segments.count && descriptor_segment(d, i)->kind != SEGMENT_USER_DIRECTORY)
		i++;
	if (i == d->segments.count)
		return;
	read_user_directories(launch, text, sizeof text);
	while (*line) {
		/* The last byte stays NUL: an empty string is behind the last. */
		out = parse_user_directory(line, home(launch), out,
		                           launch->user_directories + USER_DIRECTORIES_SIZE - 1);
		while (*line && *line++ != '\n')
			;
	}
	*out = '\0';
}

/* What user-dirs.dirs says of a variable, NULL if nothing; the last line counts, as for a shell. */
static const char *
find_user_directory(const struct launch *launch, const char *name)
{
	size_t length = strlen(name);
	const char *found = NULL;

	for (const char *at = launch->user_directories; *at; at += strlen(at) + 1) {
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			found = at + length + 1;
	}
	return found;
}

/* The value of a variable segment, NULL if it counts as unset. */
static const char *
segment_value(const struct launch *launch, const struct segment *segment)
{
	const char *name, *value;

	if (segment->kind == SEGMENT_HOME)
		return home(launch);
	name = descriptor_string(launch->descriptor, segment->text);
	value = template_variable(launch, name);
	if (segment->kind == SEGMENT_VARIABLE)
		return value;
	if (!value)
		value = find_user_directory(launch, name);
	/* "$HOME" stands for none of its own (xdg-user-dirs); and it would grant all of it. */
	return value && home(launch) && template_covers(value, home(launch)) ? NULL : value;
}

enum outcome {
	OUTCOME_DONE,
	OUTCOME_FULL, /* the sink took no more */
	OUTCOME_UNSET
};

static enum outcome
expand(const struct launch *launch, uint32_t index, struct sink *sink);

static enum outcome
expand_segment(const struct launch *launch, const struct segment *segment, struct sink *sink)
{
	const char *text = NULL;
	bool put;

	switch ((enum segment_kind)segment->kind) {
	case SEGMENT_UID:
		put = put_id(sink, launch->uid);
		break;
	case SEGMENT_GID:
		put = put_id(sink, launch->gid);
		break;
	case SEGMENT_INSTANCE:
		put = put_id(sink, launch->instance);
		break;
	case SEGMENT_LITERAL:
	case SEGMENT_VARIABLE:
	case SEGMENT_HOME:
	case SEGMENT_USER_DIRECTORY:
	case SEGMENT_KINDS:
	default:
		text = segment->kind == SEGMENT_LITERAL
		               ? descriptor_string(launch->descriptor, segment->text)
		               : segment_value(launch, segment);
		if (!text && segment->fallback == DESCRIPTOR_NONE)
			return OUTCOME_UNSET;
		if (!text)
			return expand(launch, segment->fallback, sink);
		put = sink->put(sink, text, strlen(text));
	}
	sink->first = sink->length;
	return put ? OUTCOME_DONE : OUTCOME_FULL;
}

/* Recursion ends: fallbacks are trees, and verify.c bounds their depth. */
static enum outcome
expand(const struct launch *launch, uint32_t index, struct sink *sink)
{
	const struct template *template = descriptor_template(launch->descriptor, index);
	size_t first = 0;

	for (uint32_t i = 0; i < template->count; i++) {
		const struct segment *segment =
			descriptor_segment(launch->descriptor, template->first + i);
		enum outcome outcome = expand_segment(launch, segment, sink);

		if (outcome != OUTCOME_DONE)
			return outcome;
		if (first == 0 && segment->kind != SEGMENT_LITERAL)
			first = launch->step->flags & FLAG_NO_LINKS ? sink->first : sink->length;
	}
	sink->first = first;
	return OUTCOME_DONE;
}

/* The variable without which the template cannot be expanded; NULL if there is none. */
static const char *
unset_variable(const struct launch *launch, uint32_t index)
{
	const struct template *template = descriptor_template(launch->descriptor, index);
	const char *name = NULL;

	for (uint32_t i = 0; i < template->count && !name; i++) {
		const struct segment *segment =
			descriptor_segment(launch->descriptor, template->first + i);

		if (segment->kind == SEGMENT_HOME)
			name = "HOME";
		else if (segment->kind == SEGMENT_VARIABLE ||
		         segment->kind == SEGMENT_USER_DIRECTORY)
			name = descriptor_string(launch->descriptor, segment->text);
		if (name && segment_value(launch, segment))
			name = NULL;
		if (name && segment->fallback != DESCRIPTOR_NONE)
			name = unset_variable(launch, segment->fallback);
	}
	return name;
}

/* Takes needless slashes out of a path, in place. NULL if it has a component "." or ".."; else the
 * end of those components that lie within its first `first` bytes. */
static char *
clean_path(char *path, size_t first)
{
	const char *in = path, *end = path + first;
	char *out = path, *below = path;

	for (;;) {
		size_t length;

		while (*in == '/')
			in++;
		length = verify_component(in);
		if (length == 0)
			break;
		if (in[0] == '.' && (length == 1 || (length == 2 && in[1] == '.')))
			return NULL;
		*out++ = '/';
		memmove(out, in, length);
		out += length;
		in += length;
		if (in <= end)
			below = out;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return below;
}

const char *
template_string(const struct launch *launch, unsigned operand)
{
	return descriptor_string(launch->descriptor, launch->step->operand[operand]);
}

char *
template_path_below(const struct launch *launch, unsigned operand, char buffer[static PATH_MAX],
                    char **ret_below)
{
	struct sink sink = { .put = put_buffer, .buffer = buffer, .size = PATH_MAX - 1 };
	const char *wrong = NULL;
	/* Without closure files it goes, too. */
	bool files = launch->step->kind == STEP_CLOSURE_FILES ||
	             (launch->step->kind == STEP_PROTECT && launch->step->flags & FLAG_CLOSURE);

	switch (expand(launch, launch->step->operand[operand], &sink)) {
	case OUTCOME_DONE:
		break;
	case OUTCOME_FULL:
		wrong = "the path is longer than the kernel takes (PATH_MAX)";
		break;
	case OUTCOME_UNSET:
		if (files || launch->step->flags & FLAG_OPTIONAL)
			return NULL;
		die_unset(launch, NULL, unset_variable(launch, launch->step->operand[operand]));
	}
	buffer[wrong ? 0 : sink.length] = '\0';
	if (!wrong && buffer[0] != '/')
		wrong = "the path is not absolute";
	if (!wrong) {
		*ret_below = clean_path(buffer, sink.first);
		if (*ret_below)
			return buffer;
		wrong = "the path has a component '.' or '..'";
	}
	if (files)
		return NULL;
	die_because(launch, *buffer ? buffer : NULL, wrong);
}

const char *
template_path(const struct launch *launch, unsigned operand, char buffer[static PATH_MAX])
{
	char *below;

	return template_path_below(launch, operand, buffer, &below);
}

ssize_t
template_text(const struct launch *launch, unsigned operand, const char *what, char *buffer,
              size_t size)
{
	struct sink sink = { .put = put_buffer, .buffer = buffer, .size = size };
	uint32_t index = launch->step->operand[operand];
	enum outcome outcome = expand(launch, index, &sink);

	if (outcome == OUTCOME_UNSET)
		die_unset(launch, what, unset_variable(launch, index));
	return outcome == OUTCOME_DONE ? (ssize_t)sink.length : -1;
}

int
template_write(const struct launch *launch, unsigned operand, const char *what, int fd)
{
	char text[PATH_MAX];
	ssize_t length = template_text(launch, operand, what, text, sizeof text);
	struct sink sink = { .put = put_file, .fd = fd };
	uint32_t index = launch->step->operand[operand];

	/* In one piece, unless that is large. */
	if (length >= 0)
		return put_file(&sink, text, (size_t)length) ? 0 : -1;
	switch (expand(launch, index, &sink)) {
	case OUTCOME_DONE:
		return 0;
	case OUTCOME_FULL:
		return -1;
	case OUTCOME_UNSET:
		break;
	}
	die_unset(launch, what, unset_variable(launch, index));
}
