/* closurebox policy: checks, prints and merges policies. */
#include "compiler.h"

int
cmd_policy(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_USAGE;
}
