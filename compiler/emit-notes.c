/* What a launcher carries only for people: where its steps came from, and how large objects are. */
#include "compiler.h"

#include <stdlib.h>
#include <string.h>

/* The sizes of the closure's objects, in its order, which is also that of their steps. */
static json_t *
sizes_of(const struct compilation *c)
{
	json_t *sizes = json_array();

	for (size_t i = 0; i < c->closure_count; i++)
		json_array_append_new(
			sizes, json_integer((json_int_t)c->graph.objects[c->closure[i]].nar_size));
	return sizes;
}

void
emit_notes(struct compilation *c)
{
	json_t *places = json_object(), *notes;
	char *text;

	for (size_t i = 0; i < c->plan.step_count; i++) {
		const char *place = diag_place(&c->arena, c->plan.steps[i].place);

		if (place)
			json_object_set_new(places, arena_printf(&c->arena, "%zu", i),
			                    json_of_bytes(&c->arena, place));
	}
	notes = json_pack("{s:o, s:o}", "places", places, "sizes", sizes_of(c));
	text = json_dumps(notes, JSON_COMPACT);
	if (text)
		c->plan.notes = arena_copy(&c->arena, text, strlen(text));
	free(text);
	json_decref(notes);
}
