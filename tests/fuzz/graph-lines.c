/* As graph.c, with the readers of lines by themselves: any bytes are records, and a list. */
#include "graph.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Nobody gives them an empty text. */
	if (size == 0)
		return 0;
	fuzz_reader(read_graph_lines, data, size);
	fuzz_reader(read_graph_list, data, size);
	return 0;
}
