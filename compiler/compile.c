/* What compiling is, from inputs to descriptor. */
#include "compiler.h"
