/* A main for fuzz targets without libFuzzer: feeds them every file below the arguments. */
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(EXIT_FAILURE);
}

static void
feed(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size + !size);

	if (!file || !data || fread(data, 1, size, file) != size)
		fail(path);
	fclose(file);
	/* Said before, so that the last line of a crash names its input. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int
main(int argc, char **argv)
{
	unsigned long inputs = 0;
	FTS *tree;

	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE-OR-DIRECTORY...\n", argv[0]);
		return 2;
	}
	tree = fts_open(argv + 1, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	if (!tree)
		fail(argv[1]);
	for (FTSENT *entry; (entry = fts_read(tree));) {
		switch (entry->fts_info) {
		case FTS_F:
			feed(entry->fts_path, (size_t)entry->fts_statp->st_size);
			inputs++;
			break;
		case FTS_NS:
		case FTS_DNR:
		case FTS_ERR:
			errno = entry->fts_errno;
			fail(entry->fts_path);
		default:
			break;
		}
	}
	fts_close(tree);
	printf("%lu inputs\n", inputs);
	return inputs == 0;
}
