/* Time limits. */
#include "closure.h"

#include <limits.h>
#include <time.h>

uint64_t
clock_now(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int
clock_left(uint64_t deadline)
{
	uint64_t now = clock_now();

	if (now >= deadline)
		return 0;
	return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}
