/* Store objects and their references; who reaches whom. */
#include "closure.h"

#include <stdlib.h>
#include <string.h>

/* Names lie in blocks, which do not move. */
struct block {
	struct block *next;
	char names[65536];
};

/* FNV-1a. A daemon that finds names for one slot has found a slower way to use up its time. */
static size_t
hash(const char *base, size_t size)
{
	uint64_t value = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)base[i]) * 0x100000001b3;
	return (size_t)(value ^ value >> 32);
}

/* The slot of the name, or the free one where it belongs. */
static size_t *
find_slot(const struct objects *objects, const char *base, size_t size)
{
	size_t mask = objects->room * 2 - 1;
	size_t i = hash(base, size) & mask;

	for (; objects->slots[i] != 0; i = (i + 1) & mask) {
		const char *other = objects->list[objects->slots[i] - 1].base;

		if (strncmp(other, base, size) == 0 && other[size] == '\0')
			break;
	}
	return &objects->slots[i];
}

/* Room for one more object, in the list and in the table. */
static bool
make_room(struct objects *objects)
{
	size_t room = objects->room ? objects->room * 2 : 512; /* a power of two */
	struct object *list;
	size_t *slots;

	if (objects->count < objects->room)
		return true;
	list = realloc(objects->list, room * sizeof *list);
	if (!list)
		return false;
	objects->list = list;
	slots = calloc(room * 2, sizeof *slots);
	if (!slots)
		return false;
	free(objects->slots);
	objects->slots = slots;
	objects->room = room;
	for (size_t i = 0; i < objects->count; i++)
		*find_slot(objects, list[i].base, strlen(list[i].base)) = i + 1;
	return true;
}

/* A copy of the name. */
static const char *
copy_name(struct objects *objects, const char *base, size_t size)
{
	struct block *block = objects->blocks;
	char *name;

	if (objects->block_left < size + 1) {
		block = malloc(sizeof *block);
		if (!block)
			return NULL;
		block->next = objects->blocks;
		objects->blocks = block;
		objects->block_left = sizeof block->names;
	}
	name = block->names + sizeof block->names - objects->block_left;
	objects->block_left -= size + 1;
	memcpy(name, base, size);
	name[size] = '\0';
	return name;
}

bool
objects_add(struct objects *objects, const char *base, size_t size, size_t referrer,
            size_t *ret_index, struct problem *problem)
{
	size_t *slot;
	const char *name;

	if (!make_room(objects))
		return problem_set(problem, "out of memory");
	slot = find_slot(objects, base, size);
	if (*slot == 0) {
		if (objects->count == OBJECTS_MAX)
			return problem_set(problem, "there are more than %d objects", OBJECTS_MAX);
		name = copy_name(objects, base, size);
		if (!name)
			return problem_set(problem, "out of memory");
		objects->list[objects->count++] =
			(struct object){ .base = name, .referrer = referrer };
		*slot = objects->count;
	}
	*ret_index = *slot - 1;
	return true;
}

bool
objects_break(struct objects *objects, size_t index)
{
	objects->list[index].broken = true;
	return objects->partial;
}

bool
objects_add_reference(struct objects *objects, size_t referrer, const char *path, size_t size,
                      size_t *ret_index, struct problem *problem)
{
	size_t room = objects->reference_room ? objects->reference_room * 2 : 4096;
	size_t base_size, index = 0;
	const char *base, *wrong;
	char shown[300];

	wrong = store_path_base(objects->store_dir, path, size, &base, &base_size);
	if (wrong) {
		problem_clean(path, size, shown, sizeof shown);
		problem_set(problem, "'%s' is no store path: %s", shown, wrong);
		*ret_index = referrer;
		return objects_break(objects, referrer);
	}
	if (!objects_add(objects, base, base_size, referrer, &index, problem))
		return false;
	if (objects->reference_count == REFERENCES_MAX)
		return problem_set(problem, "there are more than %d references", REFERENCES_MAX);
	if (objects->reference_count == objects->reference_room) {
		uint32_t *references = realloc(objects->references, room * sizeof *references);

		if (!references)
			return problem_set(problem, "out of memory");
		objects->references = references;
		objects->reference_room = room;
	}
	if (objects->list[referrer].count++ == 0)
		objects->list[referrer].first = objects->reference_count;
	objects->references[objects->reference_count++] = (uint32_t)index;
	*ret_index = index;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct object *const *first = a;
	const struct object *const *second = b;

	return strcmp((*first)->base, (*second)->base);
}

const struct object **
objects_sort(const struct objects *objects)
{
	const struct object **order = malloc((objects->count + 1) * sizeof *order);

	if (!order)
		return NULL;
	for (size_t i = 0; i < objects->count; i++)
		order[i] = &objects->list[i];
	qsort(order, objects->count, sizeof *order, compare);
	return order;
}

bool
objects_mark(const struct objects *objects, size_t root, unsigned char *marks, size_t *stack)
{
	size_t depth = 0;

	memset(marks, 0, objects->count);
	marks[root] = 1;
	stack[depth++] = root;
	while (depth > 0) {
		const struct object *object = &objects->list[stack[--depth]];

		if (object->broken) {
			memset(marks, 0, objects->count);
			return false;
		}
		for (size_t i = 0; i < object->count; i++) {
			size_t reference = objects->references[object->first + i];

			if (!marks[reference]) {
				marks[reference] = 1;
				stack[depth++] = reference;
			}
		}
	}
	return true;
}

void
objects_free(struct objects *objects)
{
	struct block *next;

	for (struct block *block = objects->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(objects->list);
	free(objects->references);
	free(objects->slots);
	*objects = (struct objects){ .store_dir = objects->store_dir, .partial = objects->partial };
}
