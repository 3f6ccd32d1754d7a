/* closurebox diff: compares two launchers or policies. */
#include "compiler.h"

int
cmd_diff(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_USAGE;
}
