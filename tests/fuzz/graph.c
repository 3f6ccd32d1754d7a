/* Any bytes are a graph or are refused, and what is accepted is a closed and sorted graph. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_graph(const struct graph *graph)
{
	for (size_t i = 0; i < graph->count; i++) {
		const struct object *object = &graph->objects[i];
		if (store_path_check(graph->store_dir, object->path) != NULL ||
		    (i > 0 && strcmp(graph->objects[i - 1].path, object->path) >= 0))
			abort();
		for (size_t j = 0; j < object->reference_count; j++)
			if (object->references[j] >= graph->count || object->references[j] == i ||
			    (j > 0 && object->references[j - 1] >= object->references[j]))
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct compilation c = { .diag.stream = fopen("/dev/null", "w") };
	/* Of an .attrs.json with several graphs the one that the samples have too. */
	static const char *const keys[] = { "closure" };
	struct graph_input input = { .keys = keys };
	struct source source = { .name = "graph", .size = size };
	if (c.diag.stream == NULL)
		abort();
	source.text = arena_copy(&c.arena, (const char *)data, size);
	input.key_count = size % 2;
	read_graph(&c, &source, &input);
	if (read_graph_merge(&c, &input, &c.graph) != (c.diag.errors == 0))
		abort();
	check_graph(&c.graph);
	if (c.diag.errors == 0 && graph_roots(&c) && !graph_closure(&c))
		abort();
	for (size_t i = 1; i < c.closure_count; i++)
		if (c.closure[i - 1] >= c.closure[i])
			abort();
	fclose(c.diag.stream);
	arena_free(&c.arena);
	return 0;
}
