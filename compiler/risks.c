/* Grants that undo the box: what they are called, why, and which of them a policy brings. */
#include "compiler.h"

const struct risk risks[] = { { NULL, { NULL, NULL } } };
