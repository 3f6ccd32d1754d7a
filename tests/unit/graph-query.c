/* Tests of the questions about graphs, against answers that are found the slow and simple way. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A generator of its own: the same graphs everywhere, every time (Knuth's MMIX constants). */
static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % below);
}

static const char *
make_path(struct arena *arena, size_t number, const char *name)
{
	return arena_printf(arena, "/nix/store/%032zu-%s", number, name);
}

/* Objects without references, each of one byte. */
static struct graph
make_graph(struct arena *arena, size_t count)
{
	struct graph graph = { .store_dir = "/nix/store", .count = count };
	graph.objects = arena_alloc(arena, count * sizeof *graph.objects);
	for (size_t i = 0; i < count; i++) {
		graph.objects[i].path = make_path(arena, i, "x");
		graph.objects[i].nar_size = 1;
	}
	return graph;
}

/* `matrix[from * count + to]` becomes the references, in order. */
static void
connect(struct arena *arena, struct graph *graph, const bool *matrix)
{
	for (size_t i = 0; i < graph->count; i++) {
		struct object *object = &graph->objects[i];
		object->references = arena_alloc(arena, graph->count * sizeof *object->references);
		object->reference_count = 0;
		for (size_t j = 0; j < graph->count; j++)
			if (i != j && matrix[i * graph->count + j])
				object->references[object->reference_count++] = j;
	}
}

static void
connect_one(struct arena *arena, struct graph *graph, size_t from, size_t to)
{
	struct object *object = &graph->objects[from];
	object->references = arena_alloc(arena, sizeof *object->references);
	object->references[0] = to;
	object->reference_count = 1;
}

/* A graph of each kind: with cycles or without, sparse or dense, sizes known or not. */
static struct graph
make_random(struct arena *arena, uint64_t *state, size_t count)
{
	struct graph graph = make_graph(arena, count);
	bool *matrix = arena_alloc(arena, count * count);
	bool cycles = draw(state, 2), gaps = draw(state, 4) == 0;
	size_t references = draw(state, 4) * count + 1;
	for (size_t i = 0; i < references; i++) {
		size_t from = draw(state, (uint32_t)count), to = draw(state, (uint32_t)count);
		if (from < to || cycles)
			matrix[from * count + to] = true;
	}
	for (size_t i = 0; i < count; i++)
		graph.objects[i].nar_size =
			gaps && draw(state, 16) == 0 ? 0 : 1 + draw(state, 1 << 20);
	connect(arena, &graph, matrix);
	return graph;
}

/* How many references away each object is from one of them; SIZE_MAX: cannot be reached. */
static void
measure(const struct graph *graph, size_t from, size_t *ret_distances)
{
	bool changed = true;
	for (size_t i = 0; i < graph->count; i++)
		ret_distances[i] = i == from ? 0 : SIZE_MAX;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < graph->count; i++) {
			const struct object *object = &graph->objects[i];
			if (ret_distances[i] == SIZE_MAX)
				continue;
			for (size_t j = 0; j < object->reference_count; j++) {
				size_t *distance = &ret_distances[object->references[j]];
				if (*distance > ret_distances[i] + 1) {
					*distance = ret_distances[i] + 1;
					changed = true;
				}
			}
		}
	}
}

static bool
refers(const struct graph *graph, size_t from, size_t to)
{
	const struct object *object = &graph->objects[from];
	for (size_t i = 0; i < object->reference_count; i++)
		if (object->references[i] == to)
			return true;
	return false;
}

static uint64_t
slow_closure_size(const struct graph *graph, const size_t *distances)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < graph->count; i++) {
		if (distances[i] == SIZE_MAX)
			continue;
		if (graph->objects[i].nar_size == 0)
			return 0;
		sum += graph->objects[i].nar_size;
	}
	return sum;
}

START_TEST(closure_sizes_and_chains_of_random_graphs)
{
	uint64_t state = (uint64_t)_i;
	struct arena arena = { 0 };
	struct graph graph = make_random(&arena, &state, 1 + draw(&state, 60));
	const uint64_t *sizes = graph_query_closure_sizes(&arena, &graph);
	size_t *distances = arena_alloc(&arena, graph.count * sizeof *distances);
	for (size_t from = 0; from < graph.count; from++) {
		measure(&graph, from, distances);
		ck_assert_uint_eq(sizes[from], slow_closure_size(&graph, distances));
		for (size_t to = 0; to < graph.count; to++) {
			size_t *chain;
			size_t length = graph_query_why(&arena, &graph, from, to, &chain);
			ck_assert_uint_eq(length, distances[to] + 1); /* SIZE_MAX + 1 is 0 */
			if (length == 0)
				continue;
			ck_assert_uint_eq(chain[0], from);
			ck_assert_uint_eq(chain[length - 1], to);
			for (size_t i = 1; i < length; i++)
				ck_assert(refers(&graph, chain[i - 1], chain[i]));
		}
	}
	arena_free(&arena);
}
END_TEST

START_TEST(order_of_random_graphs)
{
	uint64_t state = (uint64_t)_i;
	struct arena arena = { 0 };
	struct graph graph = make_random(&arena, &state, 1 + draw(&state, 60));
	const size_t *order = graph_query_order(&arena, &graph);
	size_t *ranks = arena_alloc(&arena, graph.count * sizeof *ranks);
	size_t *there = arena_alloc(&arena, graph.count * sizeof *there);
	size_t *back = arena_alloc(&arena, graph.count * sizeof *back);
	bool *seen = arena_alloc(&arena, graph.count);
	for (size_t i = 0; i < graph.count; i++) {
		ck_assert_uint_lt(order[i], graph.count);
		ck_assert(!seen[order[i]]);
		seen[order[i]] = true;
		ranks[order[i]] = i;
	}
	for (size_t from = 0; from < graph.count; from++) {
		measure(&graph, from, there);
		for (size_t to = 0; to < graph.count; to++) {
			if (there[to] == SIZE_MAX || from == to)
				continue;
			measure(&graph, to, back);
			if (back[from] == SIZE_MAX)
				ck_assert_uint_lt(ranks[to], ranks[from]);
		}
	}
	arena_free(&arena);
}
END_TEST

/* More components than are looked at together, in the arrangements that could go wrong there. */
START_TEST(closure_sizes_of_many)
{
	enum {
		COUNT = 3001
	};
	struct arena arena = { 0 };
	struct graph chain = make_graph(&arena, COUNT), ring = make_graph(&arena, COUNT);
	struct graph lonely = make_graph(&arena, COUNT), star = make_graph(&arena, COUNT);
	struct graph beside = make_graph(&arena, COUNT); /* a chain, and one object before it */
	for (size_t i = 0; i < COUNT; i++) {
		connect_one(&arena, &ring, i, (i + 1) % COUNT);
		if (i + 1 < COUNT)
			connect_one(&arena, &chain, i, i + 1);
		if (i > 0)
			connect_one(&arena, &star, i, 0);
		if (i > 0 && i + 1 < COUNT)
			connect_one(&arena, &beside, i, i + 1);
	}
	const uint64_t *of_chain = graph_query_closure_sizes(&arena, &chain);
	const uint64_t *of_ring = graph_query_closure_sizes(&arena, &ring);
	const uint64_t *of_lonely = graph_query_closure_sizes(&arena, &lonely);
	const uint64_t *of_star = graph_query_closure_sizes(&arena, &star);
	const uint64_t *of_beside = graph_query_closure_sizes(&arena, &beside);
	for (size_t i = 0; i < COUNT; i++) {
		ck_assert_uint_eq(of_chain[i], COUNT - i);
		ck_assert_uint_eq(of_ring[i], COUNT);
		ck_assert_uint_eq(of_lonely[i], 1);
		ck_assert_uint_eq(of_star[i], i == 0 ? 1 : 2);
		ck_assert_uint_eq(of_beside[i], i == 0 ? 1 : COUNT - i);
	}
	arena_free(&arena);
}
END_TEST

/* The same with references all over, to what is in one's own part and in those before it. */
START_TEST(closure_sizes_of_a_large_random_graph)
{
	enum {
		COUNT = 4000,
		REFERENCES = 4,
		SOURCES = 40
	};
	uint64_t state = 5;
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, COUNT);
	size_t *distances = arena_alloc(&arena, COUNT * sizeof *distances);
	for (size_t i = 0; i + 1 < COUNT; i++) {
		struct object *object = &graph.objects[i];
		object->references = arena_alloc(&arena, REFERENCES * sizeof *object->references);
		object->nar_size = 1 + draw(&state, 1000);
		/* In order, each once: what is drawn is how much further the next one is. */
		size_t reference = i;
		for (size_t j = 0; j < REFERENCES; j++) {
			reference += 1 + draw(&state, j == 0 ? 100 : COUNT / 3);
			if (reference < COUNT)
				object->references[object->reference_count++] = reference;
		}
	}
	const uint64_t *sizes = graph_query_closure_sizes(&arena, &graph);
	for (size_t i = 0; i < SOURCES; i++) {
		size_t from = i * (COUNT / SOURCES);
		measure(&graph, from, distances);
		ck_assert_uint_eq(sizes[from], slow_closure_size(&graph, distances));
	}
	arena_free(&arena);
}
END_TEST

/* As deep as graphs get, and too deep for any stack. */
START_TEST(depth_costs_no_stack)
{
	enum {
		COUNT = 500000
	};
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, COUNT);
	size_t *chain;
	for (size_t i = 0; i + 1 < COUNT; i++)
		connect_one(&arena, &graph, i, i + 1);
	const size_t *order = graph_query_order(&arena, &graph);
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_uint_eq(order[i], COUNT - 1 - i);
	ck_assert_uint_eq(graph_query_why(&arena, &graph, 0, COUNT - 1, &chain), COUNT);
	ck_assert_uint_eq(chain[COUNT / 2], COUNT / 2);
	arena_free(&arena);
}
END_TEST

START_TEST(why_takes_the_first_of_the_shortest)
{
	/* 0 -> 1 -> 4, 0 -> 2 -> 4, 0 -> 3 -> 5 -> 4 */
	static const size_t edges[][2] = { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 4 },
		                           { 2, 4 }, { 3, 5 }, { 5, 4 } };
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, 6);
	bool matrix[36] = { false };
	size_t *chain;
	for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
		matrix[edges[i][0] * 6 + edges[i][1]] = true;
	connect(&arena, &graph, matrix);
	ck_assert_uint_eq(graph_query_why(&arena, &graph, 0, 4, &chain), 3);
	ck_assert_uint_eq(chain[1], 1);
	ck_assert_uint_eq(graph_query_why(&arena, &graph, 4, 0, &chain), 0);
	ck_assert_uint_eq(graph_query_why(&arena, &graph, 4, 4, &chain), 1);
	arena_free(&arena);
}
END_TEST

START_TEST(order_by_name_not_by_hash)
{
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, 4);
	graph.objects[0].path = make_path(&arena, 0, "zlib");
	graph.objects[1].path = make_path(&arena, 1, "app");
	graph.objects[2].path = make_path(&arena, 2, "bash");
	graph.objects[3].path = make_path(&arena, 3, "bash");
	connect_one(&arena, &graph, 1, 0); /* app -> zlib */
	const size_t *order = graph_query_order(&arena, &graph);
	ck_assert_uint_eq(order[0], 2);
	ck_assert_uint_eq(order[1], 3);
	ck_assert_uint_eq(order[2], 0);
	ck_assert_uint_eq(order[3], 1);
	arena_free(&arena);
}
END_TEST

START_TEST(part_is_numbered_anew)
{
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, 5), part;
	bool matrix[25] = { false };
	const size_t kept[] = { 1, 3, 4 };
	matrix[1 * 5 + 0] = matrix[1 * 5 + 3] = matrix[1 * 5 + 4] = matrix[4 * 5 + 2] = true;
	connect(&arena, &graph, matrix);
	graph.objects[4].self = true;
	graph.listed = graph.objects[0].listed = true;
	graph_query_part(&arena, &graph, kept, 3, &part);
	ck_assert_uint_eq(part.count, 3);
	ck_assert(!part.listed);
	ck_assert_str_eq(part.objects[2].path, graph.objects[4].path);
	ck_assert(part.objects[2].self);
	ck_assert_uint_eq(part.objects[0].reference_count, 2);
	ck_assert_uint_eq(part.objects[0].references[0], 1);
	ck_assert_uint_eq(part.objects[0].references[1], 2);
	ck_assert_uint_eq(part.objects[2].reference_count, 0);
	ck_assert_uint_eq(graph.objects[1].reference_count, 3); /* the whole is as it was */
	arena_free(&arena);
}
END_TEST

START_TEST(total_that_does_not_fit)
{
	struct arena arena = { 0 };
	struct graph graph = make_graph(&arena, 3);
	uint64_t total = 7;
	size_t unknown = 7;
	graph.objects[0].nar_size = UINT64_MAX;
	graph.objects[1].nar_size = 0;
	ck_assert(!graph_query_total(&graph, &total, &unknown));
	ck_assert_uint_eq(total, 7);
	graph.objects[2].nar_size = 0;
	ck_assert(graph_query_total(&graph, &total, &unknown));
	ck_assert_uint_eq(total, UINT64_MAX);
	ck_assert_uint_eq(unknown, 2);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("graph-query");
	TCase *tests = tcase_create("graph-query");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, closure_sizes_and_chains_of_random_graphs, 0, 200);
	tcase_add_loop_test(tests, order_of_random_graphs, 0, 100);
	tcase_add_test(tests, closure_sizes_of_many);
	tcase_add_test(tests, closure_sizes_of_a_large_random_graph);
	tcase_add_test(tests, depth_costs_no_stack);
	tcase_add_test(tests, why_takes_the_first_of_the_shortest);
	tcase_add_test(tests, order_by_name_not_by_hash);
	tcase_add_test(tests, part_is_numbered_anew);
	tcase_add_test(tests, total_that_does_not_fit);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
