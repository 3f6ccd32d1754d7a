/* What a launcher carries only for people: where its steps came from, and how large objects are. */
#include "compiler.h"

void
emit_notes(struct compilation *c)
{
	c->plan.notes = NULL;
}
