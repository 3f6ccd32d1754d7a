/* What is said to those who call a command wrongly: one wording for all commands. */
#include "compiler.h"

#include <string.h>

void
usage_print(FILE *stream, const struct usage *usage)
{
	for (size_t i = 0; i < USAGE_PARTS && usage->parts[i]; i++)
		fputs(usage->parts[i], stream);
}

int
usage_wrong(const struct usage *usage, const char *problem, const char *word)
{
	struct arena arena = { 0 };
	struct buffer text = { .arena = &arena };

	buffer_printf(&text, "%s: %s%s", usage->command, problem, word ? " '" : "");
	if (word) {
		diag_escape(&text, word, strlen(word));
		buffer_add_string(&text, "'");
	}
	fprintf(stderr, "%s\n", text.data);
	usage_print(stderr, usage);
	arena_free(&arena);
	return EXIT_USAGE;
}

int
usage_option(const struct usage *usage, int option)
{
	usage_print(option == 'h' ? stdout : stderr, usage);
	return option == 'h' ? EXIT_DONE : EXIT_USAGE;
}
