/* Paths with launch-time parts: one spelling for each, and which is below which. */
#include "compiler.h"
