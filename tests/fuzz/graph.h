/* What the fuzz targets of the readers of graphs share: the reader is all they differ in. */
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

static void
fuzz_reader(void (*read)(struct compilation *c, const struct source *source,
                         struct graph_input *input),
            const uint8_t *data, size_t size)
{
	struct compilation c = { .diag.stream = fopen("/dev/null", "w") };
	/* Of an .attrs.json with several graphs the one that the samples have too. */
	static const char *const keys[] = { "closure" };
	/* What read_graph does for the reader of a form, before and after. */
	struct graph_input input = { .keys = keys, .numbers.arena = &c.arena, .error_limit = 20 };
	struct source source = { .name = "graph", .size = size, .generated = true };
	if (c.diag.stream == NULL)
		abort();
	source.text = arena_copy(&c.arena, (const char *)data, size);
	input.key_count = size % 2;
	read(&c, &source, &input);
	if (read != read_graph)
		input.damaged = c.diag.errors > 0;
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
}
