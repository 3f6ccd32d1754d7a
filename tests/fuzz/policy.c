/* Any bytes are a policy or are refused; what one or two of it merge to is accepted again, and is
 * the same then. */
#include "../../compiler/compiler.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the policy so many times over, and merges; the canonical text, NULL if it was refused. */
static char *
merge(struct compilation *c, const char *text, size_t size, int times)
{
	char *merged = NULL;

	for (int i = 0; i < times; i++) {
		struct source *source = arena_alloc(&c->arena, sizeof *source);
		*source = (struct source){ .name = "policy", .text = text, .size = size };
		read_policy(c, source, &c->policy);
	}
	bool refused = c->diag.errors > 0;
	/* It is carried out for refused policies, too; then anything may come out. */
	read_policy_finish(c, &c->policy);
	if (!refused && c->diag.errors == 0)
		merged = json_dumps(c->policy.merged, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(c->policy.merged);
	return merged;
}

/* What later stages would see of the policy must not depend on whether it was merged before. */
static void
compare(const struct compilation *c, const struct compilation *again)
{
	if (c->policy.grant_count != again->policy.grant_count ||
	    c->policy.variable_count != again->policy.variable_count ||
	    c->policy.path_variables.count != again->policy.path_variables.count ||
	    c->policy.closure_files.count != again->policy.closure_files.count)
		abort();
	for (size_t i = 0; i < c->policy.grant_count; i++)
		if (c->policy.grants[i].kind != again->policy.grants[i].kind ||
		    c->policy.grants[i].flags != again->policy.grants[i].flags ||
		    strcmp(c->policy.grants[i].destination_text,
		           again->policy.grants[i].destination_text) != 0)
			abort();
	for (size_t i = 0; i < c->policy.variable_count; i++)
		if (strcmp(c->policy.variables[i].name, again->policy.variables[i].name) != 0)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *sink = fopen("/dev/null", "w");
	bool accepted = false;

	if (sink == NULL)
		abort();
	for (int times = 1; times <= 2; times++) {
		struct compilation c = { .diag.stream = sink }, again = { .diag.stream = sink };
		const char *text = arena_copy(&c.arena, (const char *)data, size);
		char *merged = merge(&c, text, size, times);
		if (times > 1 && accepted != (merged != NULL))
			abort();
		accepted = merged != NULL;
		if (merged != NULL) {
			char *same = merge(&again, merged, strlen(merged), 1);
			if (same == NULL || strcmp(merged, same) != 0)
				abort();
			compare(&c, &again);
			free(same);
		}
		free(merged);
		arena_free(&c.arena);
		arena_free(&again.arena);
	}
	fclose(sink);
	return 0;
}
