/* Any bytes are a policy or are refused; what an accepted policy merges to is accepted again. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the base policy and this one; the canonical text of both, NULL if it was refused. */
static char *
read_and_merge(struct compilation *c, const char *text, size_t size)
{
	struct source source = { .name = "policy", .text = text, .size = size };
	read_policy(c, read_policy_preset(c, "base"), &c->policy);
	read_policy(c, &source, &c->policy);
	char *merged = c->diag.errors > 0
	                       ? NULL
	                       : json_dumps(c->policy.merged, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(c->policy.merged);
	return merged;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *sink = fopen("/dev/null", "w");
	if (sink == NULL)
		abort();
	struct compilation c = { .diag.stream = sink }, again = { .diag.stream = sink };
	char *merged = read_and_merge(&c, arena_copy(&c.arena, (const char *)data, size), size);
	if (merged != NULL) {
		char *same = read_and_merge(&again, merged, strlen(merged));
		if (same == NULL || strcmp(merged, same) != 0 ||
		    c.policy.grant_count != again.policy.grant_count ||
		    c.policy.variable_count != again.policy.variable_count)
			abort();
		free(same);
	}
	free(merged);
	fclose(sink);
	arena_free(&c.arena);
	arena_free(&again.arena);
	return 0;
}
