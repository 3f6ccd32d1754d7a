/* Questions about a graph: a part of it, the shortest chain, closure sizes, an order for people. */
#include "compiler.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
graph_query_part(struct arena *arena, const struct graph *graph, const size_t *objects,
                 size_t count, struct graph *ret_part)
{
	/* Of each object, its new index plus one; 0: it has none. */
	size_t *numbers = arena_alloc(arena, graph->count * sizeof *numbers);
	struct graph part = *graph;

	part.objects = arena_alloc(arena, count * sizeof *part.objects);
	part.count = count;
	part.listed = false;
	for (size_t i = 0; i < count; i++)
		numbers[objects[i]] = i + 1;
	for (size_t i = 0; i < count; i++) {
		const struct object *whole = &graph->objects[objects[i]];
		struct object *object = &part.objects[i];

		*object = *whole;
		object->references =
			arena_alloc(arena, whole->reference_count * sizeof *object->references);
		object->reference_count = 0;
		for (size_t j = 0; j < whole->reference_count; j++) {
			size_t number = numbers[whole->references[j]];

			if (number)
				object->references[object->reference_count++] = number - 1;
		}
		part.listed = part.listed || object->listed;
	}
	*ret_part = part;
}

size_t
graph_query_why(struct arena *arena, const struct graph *graph, size_t from, size_t to,
                size_t **ret_chain)
{
	/* Of each object, the index of the one it was reached from plus one; 0: not reached. */
	size_t *before = arena_alloc(arena, graph->count * sizeof *before);
	size_t *waiting = arena_alloc(arena, graph->count * sizeof *waiting);
	size_t first = 0, last = 0, length = 1;

	/* Breadth first, from one object; references are in the order of paths. */
	before[from] = from + 1;
	waiting[last++] = from;
	while (first < last && !before[to]) {
		size_t present = waiting[first++];
		const struct object *object = &graph->objects[present];

		for (size_t i = 0; i < object->reference_count; i++) {
			size_t reference = object->references[i];

			if (before[reference])
				continue;
			before[reference] = present + 1;
			waiting[last++] = reference;
		}
	}
	if (!before[to])
		return 0;
	for (size_t i = to; i != from; i = before[i] - 1)
		length++;
	size_t *chain = arena_alloc(arena, length * sizeof *chain);
	for (size_t i = length, present = to; i-- > 0; present = before[present] - 1)
		chain[i] = present;
	*ret_chain = chain;
	return length;
}

bool
graph_query_total(const struct graph *graph, uint64_t *ret_total, size_t *ret_unknown)
{
	uint64_t total = 0;
	size_t unknown = 0;

	for (size_t i = 0; i < graph->count; i++) {
		uint64_t size = graph->objects[i].nar_size;

		unknown += size == 0;
		if (size > UINT64_MAX - total)
			return false;
		total += size;
	}
	*ret_total = total;
	*ret_unknown = unknown;
	return true;
}

/*
 * The condensation: objects that reach each other are one component, and components refer to each
 * other without cycles. Nix's own graphs have no cycles but for self references; others may.
 */
struct condensation {
	uint32_t *component; /* of each object: what one refers to has a smaller number */
	uint32_t count;
	size_t *start; /* where the references of each component start; one more for the end */
	uint32_t *references; /* of all, each component's from large to small, without itself */
};

/* An object whose references are being followed. */
struct frame {
	uint32_t object;
	uint32_t visit; /* its number */
	size_t next; /* reference to follow */
};

/* Tarjan's algorithm with a stack of its own. */
struct search {
	const struct graph *graph;
	uint32_t *low; /* lowest number of visit seen from here; 0: not visited */
	uint32_t visits;
	uint32_t *open; /* objects whose component is not complete, in the order of visits */
	size_t open_count;
	struct frame *frames;
	size_t depth;
	struct condensation *result;
};

#define COMPONENT_NONE UINT32_MAX

static void
enter(struct search *search, size_t object)
{
	struct frame *frame = &search->frames[search->depth++];

	*frame = (struct frame){ .object = (uint32_t)object, .visit = ++search->visits };
	search->low[object] = frame->visit;
	search->open[search->open_count++] = (uint32_t)object;
}

/* The object of the frame is done: it closes a component if nothing before it can be reached. */
static void
leave(struct search *search)
{
	const struct frame *frame = &search->frames[--search->depth];
	uint32_t object = frame->object, low = search->low[object];

	if (search->depth > 0) {
		uint32_t *outer = &search->low[search->frames[search->depth - 1].object];

		if (low < *outer)
			*outer = low;
	}
	if (low != frame->visit)
		return;
	uint32_t member;
	do {
		member = search->open[--search->open_count];
		search->result->component[member] = search->result->count;
	} while (member != object);
	search->result->count++;
}

static void
visit_from(struct search *search, size_t object)
{
	const uint32_t *component = search->result->component;

	enter(search, object);
	while (search->depth > 0) {
		struct frame *frame = &search->frames[search->depth - 1];
		const struct object *present = &search->graph->objects[frame->object];

		if (frame->next == present->reference_count) {
			leave(search);
			continue;
		}
		size_t reference = present->references[frame->next++];
		if (!search->low[reference])
			enter(search, reference);
		else if (component[reference] == COMPONENT_NONE &&
		         search->low[reference] < search->low[frame->object])
			search->low[frame->object] = search->low[reference];
	}
}

static void
find_components(struct arena *arena, const struct graph *graph, struct condensation *result)
{
	assert(graph->count < COMPONENT_NONE);
	struct search search = { .graph = graph, .result = result };
	search.low = arena_alloc(arena, graph->count * sizeof *search.low);
	search.open = arena_alloc(arena, graph->count * sizeof *search.open);
	search.frames = arena_alloc(arena, graph->count * sizeof *search.frames);
	result->component = arena_alloc(arena, graph->count * sizeof *result->component);
	for (size_t i = 0; i < graph->count; i++)
		result->component[i] = COMPONENT_NONE;
	for (size_t i = 0; i < graph->count; i++)
		if (!search.low[i])
			visit_from(&search, i);
}

static int
compare_from_large(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

/* The objects, those of a component together. */
static uint32_t *
list_members(struct arena *arena, const struct graph *graph,
             const struct condensation *condensation)
{
	size_t *end = arena_alloc(arena, ((size_t)condensation->count + 1) * sizeof *end);
	uint32_t *members = arena_alloc(arena, graph->count * sizeof *members);

	for (size_t i = 0; i < graph->count; i++)
		end[condensation->component[i] + 1]++;
	for (size_t i = 0; i < condensation->count; i++)
		end[i + 1] += end[i];
	for (size_t i = 0; i < graph->count; i++)
		members[end[condensation->component[i]]++] = (uint32_t)i;
	return members;
}

/* What components refer to, from what their members refer to. */
static void
find_references(struct arena *arena, const struct graph *graph, struct condensation *result)
{
	const uint32_t *members = list_members(arena, graph, result);
	/* Of each component, the last one that was found to refer to it plus one. */
	uint32_t *seen = arena_alloc(arena, result->count * sizeof *seen);
	size_t most = 0, count = 0;

	for (size_t i = 0; i < graph->count; i++)
		most += graph->objects[i].reference_count;
	result->references = arena_alloc(arena, most * sizeof *result->references);
	result->start = arena_alloc(arena, ((size_t)result->count + 1) * sizeof *result->start);

	for (size_t i = 0; i < graph->count;) {
		uint32_t component = result->component[members[i]];

		result->start[component] = count;
		for (; i < graph->count && result->component[members[i]] == component; i++) {
			const struct object *object = &graph->objects[members[i]];

			for (size_t j = 0; j < object->reference_count; j++) {
				uint32_t other = result->component[object->references[j]];

				if (other == component || seen[other] == component + 1)
					continue;
				seen[other] = component + 1;
				result->references[count++] = other;
			}
		}
		size_t found = count - result->start[component];
		if (found > 1)
			qsort(result->references + result->start[component], found,
			      sizeof *result->references, compare_from_large);
	}
	result->start[result->count] = count;
}

static void
condense(struct arena *arena, const struct graph *graph, struct condensation *ret_condensation)
{
	struct condensation result = { 0 };

	find_components(arena, graph, &result);
	find_references(arena, graph, &result);
	*ret_condensation = result;
}

/*
 * All closure sizes. Which components each one reaches is found for a block of them at a time, as a
 * row of bits: a row is the OR of the rows that it refers to, and those come before it. Nothing
 * before the block can reach into it, so half of the work falls away.
 */
#define BLOCK_WORDS 16
#define BLOCK_BITS (BLOCK_WORDS * 64)
#define BLOCK_BYTES (BLOCK_WORDS * 8)

struct row {
	uint64_t words[BLOCK_WORDS];
};

/* Of each byte of a row, the sum of sizes for each value that it can have. */
struct sums {
	uint64_t byte[BLOCK_BYTES][256];
	uint64_t word[BLOCK_WORDS]; /* with all bits set */
};

/* `sizes` are those of the components of the block. */
static void
fill_sums(struct sums *sums, const uint64_t *sizes, uint32_t count)
{
	for (unsigned i = 0; i < BLOCK_BYTES; i++) {
		uint64_t *byte = sums->byte[i];

		for (unsigned bit = 0; bit < 8; bit++) {
			uint32_t component = i * 8 + bit;
			uint64_t size = component < count ? sizes[component] : 0;

			for (unsigned value = 0; value < 1U << bit; value++)
				byte[value | 1U << bit] = byte[value] + size;
		}
	}
	for (unsigned i = 0; i < BLOCK_WORDS; i++) {
		sums->word[i] = 0;
		for (unsigned j = 0; j < 8; j++)
			sums->word[i] += sums->byte[i * 8 + j][255];
	}
}

static uint64_t
sum_row(const struct sums *sums, const struct row *row)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < BLOCK_WORDS; i++) {
		uint64_t word = row->words[i];

		if (word == UINT64_MAX) {
			sum += sums->word[i];
			continue;
		}
		for (unsigned j = 0; word; j++, word >>= 8)
			sum += sums->byte[i * 8 + j][word & 255];
	}
	return sum;
}

/* Adds to the sum of each component what it reaches of the block that starts at `first`. */
static void
add_block(const struct condensation *graph, uint32_t first, const struct sums *sums,
          struct row *rows, bool *reaches, uint64_t *ret_sums)
{
	for (uint32_t i = first; i < graph->count; i++) {
		struct row row = { 0 };
		uint32_t own = i - first;

		reaches[i] = own < BLOCK_BITS;
		if (reaches[i])
			row.words[own / 64] = UINT64_C(1) << own % 64;
		for (size_t j = graph->start[i]; j < graph->start[i + 1]; j++) {
			uint32_t reference = graph->references[j];

			if (reference < first)
				break;
			if (!reaches[reference])
				continue;
			reaches[i] = true;
			for (unsigned k = 0; k < BLOCK_WORDS; k++)
				row.words[k] |= rows[reference - first].words[k];
		}
		if (!reaches[i])
			continue;
		rows[own] = row;
		ret_sums[i] += sum_row(sums, &row);
	}
}

/* Marks the components that reach an object whose size is not known. */
static bool *
find_unknown(struct arena *arena, const struct graph *graph,
             const struct condensation *condensation)
{
	bool *unknown = arena_alloc(arena, condensation->count);

	for (size_t i = 0; i < graph->count; i++)
		if (!graph->objects[i].nar_size)
			unknown[condensation->component[i]] = true;
	for (uint32_t i = 0; i < condensation->count; i++)
		for (size_t j = condensation->start[i]; j < condensation->start[i + 1]; j++)
			if (unknown[condensation->references[j]])
				unknown[i] = true;
	return unknown;
}

uint64_t *
graph_query_closure_sizes(struct arena *arena, const struct graph *graph)
{
	struct condensation condensation;

	condense(arena, graph, &condensation);
	uint32_t count = condensation.count;
	uint64_t *own = arena_alloc(arena, count * sizeof *own);
	uint64_t *reached = arena_alloc(arena, count * sizeof *reached);
	for (size_t i = 0; i < graph->count; i++)
		own[condensation.component[i]] += graph->objects[i].nar_size;

	struct sums *sums = arena_alloc(arena, sizeof *sums);
	struct row *rows = arena_alloc(arena, count * sizeof *rows);
	bool *reaches = arena_alloc(arena, count);
	for (uint32_t first = 0; first < count;) {
		uint32_t left = count - first;

		fill_sums(sums, own + first, left);
		add_block(&condensation, first, sums, rows, reaches, reached);
		first += left < BLOCK_BITS ? left : BLOCK_BITS;
	}

	const bool *unknown = find_unknown(arena, graph, &condensation);
	uint64_t *sizes = arena_alloc(arena, graph->count * sizeof *sizes);
	for (size_t i = 0; i < graph->count; i++) {
		uint32_t component = condensation.component[i];

		sizes[i] = unknown[component] ? 0 : reached[component];
	}
	return sizes;
}

/* The longest chain of references below each component, in components. */
static uint32_t *
measure_heights(struct arena *arena, const struct condensation *condensation)
{
	uint32_t *heights = arena_alloc(arena, condensation->count * sizeof *heights);

	for (uint32_t i = 0; i < condensation->count; i++) {
		for (size_t j = condensation->start[i]; j < condensation->start[i + 1]; j++) {
			uint32_t below = heights[condensation->references[j]] + 1;

			if (below > heights[i])
				heights[i] = below;
		}
	}
	return heights;
}

/* An object as it is ordered. */
struct ordered {
	uint32_t height;
	const char *name;
	size_t object; /* in the order of paths */
};

static int
compare_ordered(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->height != y->height)
		return x->height < y->height ? -1 : 1;
	int order = strcmp(x->name, y->name);
	return order != 0 ? order : compare_numbers(&x->object, &y->object);
}

size_t *
graph_query_order(struct arena *arena, const struct graph *graph)
{
	struct condensation condensation;

	condense(arena, graph, &condensation);
	const uint32_t *heights = measure_heights(arena, &condensation);
	struct ordered *ordered = arena_alloc(arena, graph->count * sizeof *ordered);
	size_t *order = arena_alloc(arena, graph->count * sizeof *order);
	for (size_t i = 0; i < graph->count; i++)
		ordered[i] = (struct ordered){ .height = heights[condensation.component[i]],
			                       .name = graph_name(graph, &graph->objects[i]),
			                       .object = i };
	qsort(ordered, graph->count, sizeof *ordered, compare_ordered);
	for (size_t i = 0; i < graph->count; i++)
		order[i] = ordered[i].object;
	return order;
}
