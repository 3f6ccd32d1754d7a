/* Landlock: what the program may reach of the file system, and whom it may signal. */
#include "runtime.h"

void
landlock_scope(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
landlock_rules(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
landlock_allow_object(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
landlock_allow(const struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}

void
landlock_restrict(struct launch *launch)
{
	die_because(launch, NULL, "not written yet");
}
