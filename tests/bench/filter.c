/* Writes a launcher's system call filter as the kernel takes it, for other sandboxes to load. */
/*
 *	filter LAUNCHER >FILTER
 */
#include "../../compiler/compiler.h"

#include <err.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	struct arena arena = { 0 };
	struct diag diag = { .stream = stderr };
	const struct descriptor *descriptor;
	const unsigned char *bytes;
	const struct step *steps;
	const struct blob *blobs;

	if (argc != 2)
		errx(2, "usage: filter LAUNCHER >FILTER");
	descriptor = embed_read(&arena, &diag, argv[1]);
	if (!descriptor)
		return 1;
	bytes = (const unsigned char *)descriptor;
	steps = (const void *)(bytes + descriptor->steps.offset);
	blobs = (const void *)(bytes + descriptor->blobs.offset);
	for (uint32_t i = 0; i < descriptor->steps.count; i++) {
		const struct blob *blob = &blobs[steps[i].operand[0]];

		if (steps[i].kind != STEP_SECCOMP)
			continue;
		if (fwrite(bytes + blob->offset, blob->size, 1, stdout) != 1 || fflush(stdout) != 0)
			err(1, "write");
		return 0;
	}
	errx(1, "%s has no filter", argv[1]);
}
