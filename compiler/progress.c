/* One line on a terminal that says how far long work has come, erased when it is done. */
#include "compiler.h"

#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#define DELAY 1.0 /* seconds; what takes less is not worth a line */
#define INTERVAL 0.1

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void
progress_begin(struct progress *progress, FILE *stream)
{
	double begin = now();

	*progress = (struct progress){
		.stream = isatty(fileno(stream)) ? stream : NULL,
		.begin = begin,
		.next = begin + DELAY,
	};
}

void
progress_show(struct progress *progress, uint64_t files, uint64_t bytes)
{
	if (!progress->stream)
		return;
	double time = now();
	if (time < progress->next)
		return;
	/* Narrower than any terminal, for one that breaks a line cannot be erased. */
	fprintf(progress->stream, "\r%" PRIu64 " files, %.2f GB, %.2f GB/s\033[K", files,
	        (double)bytes / 1e9, (double)bytes / 1e9 / (time - progress->begin));
	fflush(progress->stream);
	progress->next = time + INTERVAL;
	progress->shown = true;
}

void
progress_erase(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", progress->stream);
	fflush(progress->stream);
	progress->shown = false;
}
