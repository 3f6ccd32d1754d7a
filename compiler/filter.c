/* What a seccomp filter does, for people: found out by following its instructions. */
#include "compiler.h"
