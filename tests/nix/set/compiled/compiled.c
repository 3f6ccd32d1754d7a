/* Prints its version and that of its library: JSON, so that the library is really used. */
#include <jansson.h>
#include <stdio.h>

int
main(void)
{
	json_t *versions = json_pack("{ss}", "compiled", VERSION);

	puts(json_dumps(versions, JSON_COMPACT));
	return 0;
}
