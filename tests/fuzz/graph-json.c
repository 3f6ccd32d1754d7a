/* As graph.c, with the reader of JSON by itself: any bytes are JSON to it. */
#include "graph.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(read_graph_json, data, size);
	return 0;
}
