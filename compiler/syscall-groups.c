/* Groups of system calls, under the names that systemd uses (systemd.exec(5)). */
#include "compiler.h"
