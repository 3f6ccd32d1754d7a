/* Any bytes are a graph or are refused, and what is accepted is a closed and sorted graph. */
#include "graph.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_reader(read_graph, data, size);
	return 0;
}
