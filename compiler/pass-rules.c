/* What Landlock allows: in the store mode "landlock" the closure; else the box's own scope. */
#include "compiler.h"

void
pass_rules(struct compilation *c)
{
	(void)c;
}
