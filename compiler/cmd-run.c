/* closurebox run: compiles in memory and starts. */
#include "compiler.h"

int
cmd_run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_USAGE;
}
