/* Whatever a daemon says: a closure of store paths, or one line why not. */
#include "../../closure/closure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE "/nix/store"
/* The root of the streams that tests/closure/streams.py writes. */
#define ROOT "ap1javxas2iks3wd76gqlwfjr0p5gf8v-a"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* compiler/store-path.c: the other reader of this grammar. */
const char *
store_path_check(const char *store_dir, const char *path);

struct input {
	const uint8_t *at;
	size_t left;
	size_t piece; /* of so many bytes is each read */
};

static bool
exchange(struct stream *stream)
{
	struct input *input = stream->data;
	size_t size = input->piece < input->left ? input->piece : input->left;

	stream->out_start = stream->out_end = 0;
	if (size == 0)
		return problem_set(stream->problem, "the end");
	memcpy(stream->in, input->at, size);
	input->at += size;
	input->left -= size;
	stream->in_end = size;
	return true;
}

/* All that a printed closure promises; if an object is broken, which is given, there is none. */
static bool
check_closure(const struct objects *objects)
{
	bool broken = false;

	const struct object **order = objects_sort(objects);
	unsigned char *marks = malloc(objects->count);
	size_t *stack = malloc(objects->count * sizeof *stack);

	if (!order || !marks || !stack)
		abort();
	for (size_t i = 0; i < objects->count; i++)
		broken |= objects->list[i].broken;
	if (objects_mark(objects, 0, marks, stack) == broken)
		abort();
	for (size_t i = 0; !broken && i < objects->count; i++) {
		char path[sizeof STORE + 1 + STORE_PATH_BASE_MAX];

		if ((size_t)snprintf(path, sizeof path, STORE "/%s", order[i]->base) >= sizeof path)
			abort();
		if (store_path_check(STORE, path) || !marks[i] ||
		    (i > 0 && strcmp(order[i - 1]->base, order[i]->base) >= 0))
			abort();
	}
	free(order);
	free(marks);
	free(stack);
	return broken;
}

static void
check_problem(const struct problem *problem)
{
	char shown[sizeof problem->text];

	if (problem->text[0] == '\0' || !memchr(problem->text, '\0', sizeof problem->text))
		abort();
	problem_clean(problem->text, strlen(problem->text), shown, sizeof shown);
	for (const char *c = shown; *c; c++) {
		if (*c < ' ' || *c > '~')
			abort();
	}
}

/* One conversation; gives the number of objects if there is an answer, else 0. */
static size_t
converse(struct stream *stream, struct input *input, bool partial, bool *ret_broken)
{
	struct objects objects = { .store_dir = STORE, .partial = partial };
	struct problem problem = { "" };
	struct daemon_facts facts;
	size_t root, count = 0;

	if (!objects_add(&objects, ROOT, strlen(ROOT), 0, &root, &problem))
		abort();
	memset(stream, 0, sizeof *stream);
	stream->exchange = exchange;
	stream->data = input;
	if (daemon_walk(stream, &objects, &facts, &problem) == OUTCOME_ANSWERED) {
		*ret_broken = check_closure(&objects);
		count = objects.count;
	} else {
		check_problem(&problem);
	}
	objects_free(&objects);
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input whole = { .at = data, .left = size, .piece = 1 + size % 4099 };
	struct input part = whole;
	struct stream *stream = malloc(sizeof *stream);
	bool broken = false, part_broken = false;
	size_t count, part_count;

	if (!stream)
		abort();
	count = converse(stream, &whole, false, &broken);
	part_count = converse(stream, &part, true, &part_broken);
	/* Who takes parts gets the same where there is the whole. */
	if (broken || (count > 0 && (part_count != count || part_broken)))
		abort();
	free(stream);
	return 0;
}
