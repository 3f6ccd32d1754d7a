/* Asks a Nix daemon by the worker protocol (Nix, libstore/worker-protocol.hh, daemon.cc), from 1.18
 * (Nix 2.0) to 1.38 (Nix 2.24 and later; since then what is new has been a feature, which is sent
 * only to those who have named it, and this client names none). Lix stays at 1.35. */
#include "closure.h"

#include <string.h>

#define PROTOCOL(major, minor) ((major) << 8 | (minor))
#define PROTOCOL_OURS PROTOCOL(1, 38)
#define PROTOCOL_LEAST PROTOCOL(1, 18) /* Nix 2.32 demands as much of its clients */
/* Guix has gone on from an old version with numbers and a meaning of its own. */
#define PROTOCOL_GUIX PROTOCOL(1, 0x60)

#define MAGIC_CLIENT 0x6e697863
#define MAGIC_DAEMON 0x6478696f
#define QUERY_PATH_INFO 26

/* So many questions may be open. The daemon reads them when it likes; nobody waits for us to send,
 * as we never stop reading. */
#define OPEN_MAX_QUESTIONS 128

/* Bounds on what is read and thrown away. */
enum {
	TEXT_MAX = 1 << 20, /* of a message */
	LOG_MAX = 4 << 20, /* of all messages */
	FIELDS_MAX = 64,
	FEATURES_MAX = 256,
	SIGNATURES_MAX = 1024,
	WORD_MAX = 4096, /* of a version, feature, hash, signature, content address */
	PATH_LENGTH_MAX = STORE_DIRECTORY_MAX + 1 + STORE_PATH_BASE_MAX,
};

/* What a daemon says while it works, before each answer. */
enum message {
	MESSAGE_LAST = 0x616c7473, /* here comes the answer */
	MESSAGE_NEXT = 0x6f6c6d67,
	MESSAGE_ERROR = 0x63787470, /* there is none */
	MESSAGE_START_ACTIVITY = 0x53545254,
	MESSAGE_STOP_ACTIVITY = 0x53544f50,
	MESSAGE_RESULT = 0x52534c54,
};

struct conversation {
	struct stream *stream;
	struct objects *objects;
	unsigned version;
	uint64_t logged; /* bytes */
	struct problem *problem;
};

static bool
skip_numbers(struct stream *stream, size_t count)
{
	uint64_t number;

	while (count-- > 0) {
		if (!stream_number(stream, &number))
			return false;
	}
	return true;
}

static bool
skip_text(struct stream *stream, size_t limit)
{
	return stream_text(stream, limit, NULL, 0, NULL);
}

static bool
skip_texts(struct stream *stream, size_t count_limit, size_t limit)
{
	size_t count;

	if (!stream_count(stream, count_limit, &count))
		return false;
	while (count-- > 0) {
		if (!skip_text(stream, limit))
			return false;
	}
	return true;
}

/* Each a tag and then a number or a string. */
static bool
skip_fields(struct stream *stream)
{
	uint64_t tag;
	size_t count;

	if (!stream_count(stream, FIELDS_MAX, &count))
		return false;
	while (count-- > 0) {
		if (!stream_number(stream, &tag))
			return false;
		if (tag > 1)
			return problem_set(stream->problem,
			                   "it sends a field of the unknown kind %llu",
			                   (unsigned long long)tag);
		if (!(tag == 0 ? skip_numbers(stream, 1) : skip_text(stream, TEXT_MAX)))
			return false;
	}
	return true;
}

/* Always false: sets the problem to what the daemon says. Nothing behind it is read any more: a
 * status, or since 1.26 a position and traces. */
static bool
take_error(struct conversation *c)
{
	char text[4096], line[300];
	size_t size;

	/* "Error", level, name */
	if (c->version >= PROTOCOL(1, 26) &&
	    (!skip_text(c->stream, WORD_MAX) || !skip_numbers(c->stream, 1) ||
	     !skip_text(c->stream, WORD_MAX)))
		return false;
	if (!stream_text(c->stream, TEXT_MAX, text, sizeof text, &size))
		return false;
	problem_clean(text, size, line, sizeof line);
	return problem_set(c->problem, "it says: %s", line[0] ? line : "(nothing)");
}

/* Reads up to where an answer begins. */
static bool
take_messages(struct conversation *c)
{
	struct stream *stream = c->stream;
	uint64_t start = stream->taken;
	uint64_t message;
	bool done;

	for (;;) {
		if (!stream_number(stream, &message))
			return false;
		switch (message) {
		case MESSAGE_LAST:
			c->logged += stream->taken - start;
			return true;
		case MESSAGE_NEXT:
			done = skip_text(stream, TEXT_MAX);
			break;
		case MESSAGE_ERROR:
			return take_error(c);
		case MESSAGE_START_ACTIVITY:
			done = skip_numbers(stream, 3) && skip_text(stream, TEXT_MAX) &&
			       skip_fields(stream) && skip_numbers(stream, 1);
			break;
		case MESSAGE_STOP_ACTIVITY:
			done = skip_numbers(stream, 1);
			break;
		case MESSAGE_RESULT:
			done = skip_numbers(stream, 2) && skip_fields(stream);
			break;
		default:
			return problem_set(c->problem,
			                   "it sends a message of the unknown kind "
			                   "0x%llx",
			                   (unsigned long long)message);
		}
		if (!done)
			return false;
		if (c->logged + (stream->taken - start) > LOG_MAX)
			return problem_set(c->problem, "it logs without end");
	}
}

static bool
check_version(struct conversation *c, uint64_t version)
{
	if (version >> 8 != 1)
		return problem_set(c->problem,
		                   "it speaks another protocol (%llu.%u; this is for 1)",
		                   (unsigned long long)(version >> 8), (unsigned)version & 0xff);
	if (version < PROTOCOL_LEAST)
		return problem_set(c->problem,
		                   "it is too old: it speaks protocol 1.%u, and 1.18 (Nix 2.0) "
		                   "is needed",
		                   (unsigned)version & 0xff);
	if (version >= PROTOCOL_GUIX)
		return problem_set(c->problem, "it speaks protocol 1.%u, as Guix does",
		                   (unsigned)version & 0xff);
	c->version = version < PROTOCOL_OURS ? (unsigned)version : PROTOCOL_OURS;
	return true;
}

/* Up to the first answer; the part of ours that depends on nothing that is still to be read goes
 * out together with the first questions. */
static bool
greet(struct conversation *c)
{
	static const uint64_t hello[] = { MAGIC_CLIENT, PROTOCOL_OURS };
	/* No features; no CPU affinity; no space to be reserved. */
	static const uint64_t nothing[] = { 0, 0, 0 };
	struct stream *stream = c->stream;
	uint64_t magic, version;

	stream_put(stream, hello, 2);
	if (!stream_number(stream, &magic))
		return false;
	if (magic != MAGIC_DAEMON)
		return problem_set(c->problem, "it is no Nix daemon");
	if (!stream_number(stream, &version) || !check_version(c, version))
		return false;
	stream_put(stream, nothing, c->version >= PROTOCOL(1, 38) ? 3 : 2);
	return true;
}

static bool
take_greeting(struct conversation *c)
{
	struct stream *stream = c->stream;

	/* Features; the version of Nix; whether it trusts us. */
	if (c->version >= PROTOCOL(1, 38) && !skip_texts(stream, FEATURES_MAX, WORD_MAX))
		return false;
	if (c->version >= PROTOCOL(1, 33) && !skip_text(stream, WORD_MAX))
		return false;
	if (c->version >= PROTOCOL(1, 35) && !skip_numbers(stream, 1))
		return false;
	return take_messages(c);
}

static bool
take_references(struct conversation *c, size_t index)
{
	char path[PATH_LENGTH_MAX];
	size_t count, size, reference;

	if (!stream_count(c->stream, OBJECTS_MAX, &count))
		return false;
	while (count-- > 0) {
		if (!stream_string(c->stream, path, sizeof path, &size))
			return false;
		if (!objects_add_reference(c->objects, index, path, size, &reference, c->problem))
			return false;
	}
	return true;
}

static enum outcome
not_valid(const struct conversation *c, size_t index)
{
	const struct object *object = &c->objects->list[index];
	const char *store = c->objects->store_dir;

	if (objects_break(c->objects, index))
		return OUTCOME_ANSWERED;
	if (object->referrer == index) {
		problem_set(c->problem, "%s/%s is not in the store", store, object->base);
		return OUTCOME_NOT_VALID;
	}
	problem_set(c->problem, "%s/%s is not valid, but %s refers to it", store, object->base,
	            c->objects->list[object->referrer].base);
	return OUTCOME_FAILED;
}

static enum outcome
take_answer(struct conversation *c, size_t index)
{
	struct stream *stream = c->stream;
	uint64_t valid;

	if (!take_messages(c) || !stream_number(stream, &valid))
		return OUTCOME_FAILED;
	if (valid > 1) {
		problem_set(c->problem, "it answers neither yes nor no");
		return OUTCOME_FAILED;
	}
	if (!valid)
		return not_valid(c, index);
	/* deriver, hash | references | time, size, ultimate | signatures, content address */
	if (!skip_text(stream, PATH_LENGTH_MAX) || !skip_text(stream, WORD_MAX) ||
	    !take_references(c, index) || !skip_numbers(stream, 3) ||
	    !skip_texts(stream, SIGNATURES_MAX, WORD_MAX) || !skip_text(stream, WORD_MAX))
		return OUTCOME_FAILED;
	return OUTCOME_ANSWERED;
}

enum outcome
daemon_walk(struct stream *stream, struct objects *objects, struct daemon_facts *ret_facts,
            struct problem *problem)
{
	struct conversation c = { .stream = stream, .objects = objects, .problem = problem };
	size_t asked = 0;
	bool greeted = false;

	stream->problem = problem;
	if (!greet(&c))
		return OUTCOME_FAILED;
	/* Answers come in the order of the questions, so what is there is the queue too. */
	for (size_t answered = 0; answered < objects->count; answered++) {
		enum outcome outcome;

		while (asked < objects->count && asked - answered < OPEN_MAX_QUESTIONS &&
		       stream_put_request(stream, QUERY_PATH_INFO, objects->store_dir,
		                          objects->list[asked].base))
			asked++;
		/* There is room for a question unless many were not read. */
		if (asked == answered) {
			problem_set(problem, "it answers without reading the questions");
			return OUTCOME_FAILED;
		}
		if (!greeted && !take_greeting(&c))
			return OUTCOME_FAILED;
		greeted = true;
		outcome = take_answer(&c, answered);
		if (outcome != OUTCOME_ANSWERED)
			return outcome;
	}
	ret_facts->version = c.version;
	return OUTCOME_ANSWERED;
}
