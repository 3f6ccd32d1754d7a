/* Refuses grants that undo the box, until the policy accepts their risk by name. */
#include "compiler.h"

void
pass_risk(struct compilation *c)
{
	risks_check(c, &c->policy);
}
