/* closurebox scan: which store paths occur in files, found as Nix finds references. */
#include "compiler.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
	"usage: closurebox scan [OPTION]... PATH...\n"
	"\n"
	"  --graph FILE       look for the objects of this reference graph, and print the\n"
	"                     closure of what is found; '-' for standard input; repeatable\n"
	"  --graph-key KEY    which graph of an .attrs.json; repeatable\n"
	"  --graph-from-attrs KEY\n"
	"                     the graph KEY of the build's own .attrs.json\n"
	"  --candidates FILE  look for these store paths, one a line; '-' for standard input\n"
	"  --candidates DIR   look for the store objects in this directory\n"
	"                     (default without --graph: the store directory)\n"
	"  --store-dir DIR    where store objects are (default: where the graph says)\n"
	"  --direct           with --graph: print what is found, without what that refers to\n"
	"  --json             print as JSON, with the place where each was found first\n";

/* What is looked for, and what the command line says beyond the options of graphs. */
struct search {
	char **paths; /* to scan */
	size_t path_count;
	const char *list; /* --candidates */
	const char *store_dir;
	bool direct;
	bool json;
	const char **candidates; /* sorted, each once */
	size_t count;
	size_t capacity;
	const char **hashes; /* of the candidates, each once, in their order */
	size_t *numbers; /* of each candidate, its hash */
	size_t hash_count;
	struct scan scan;
};

enum {
	OPTION_CANDIDATES = OPTION_GRAPH_END,
	OPTION_DIRECT,
	OPTION_JSON
};

static const struct usage usage = {
	.command = "closurebox scan",
	.parts = { usage_text },
};

static int
parse_options(struct compilation *c, struct search *search, int argc, char **argv)
{
	/* Not the other options of graphs: what is found is where the closure starts. */
	static const struct option options[] = {
		{ "graph", required_argument, NULL, OPTION_GRAPH },
		{ "graph-key", required_argument, NULL, OPTION_GRAPH_KEY },
		{ "graph-from-attrs", required_argument, NULL, OPTION_GRAPH_FROM_ATTRS },
		{ "store-dir", required_argument, NULL, OPTION_STORE_DIR },
		{ "candidates", required_argument, NULL, OPTION_CANDIDATES },
		{ "direct", no_argument, NULL, OPTION_DIRECT },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (option) {
		case OPTION_CANDIDATES:
			if (search->list)
				return usage_wrong(&usage, "--candidates is given twice", NULL);
			search->list = optarg;
			break;
		case OPTION_DIRECT:
			search->direct = true;
			break;
		case OPTION_JSON:
			search->json = true;
			break;
		default:
			if (graph_options_take(c, option, optarg))
				break;
			return usage_option(&usage, option);
		}
	}
	search->paths = argv + optind;
	search->path_count = (size_t)(argc - optind);
	if (search->path_count == 0)
		return usage_wrong(&usage, "there is nothing to scan", NULL);
	return -1;
}

/* Candidates */

static void
add_candidate(struct compilation *c, struct search *search, const char *path)
{
	*ARRAY_ADD(&c->arena, search->candidates, search->count, search->capacity) = path;
}

/* A store path a line. */
static void
list_from_file(struct compilation *c, struct search *search)
{
	const struct source *source = source_read_packed(c, search->list, true);
	size_t size;

	if (!source)
		return;
	for (size_t at = 0; at < source->size; at += size + 1) {
		const char *line = source->text + at;
		const char *end = memchr(line, '\n', source->size - at);

		size = end ? (size_t)(end - line) : source->size - at;
		const char *path = arena_copy(&c->arena, line, size);
		const char *broken = strlen(path) < size
		                             ? "it has a NUL in it"
		                             : store_path_check(search->store_dir, path);
		if (broken) {
			diag_error(&c->diag, (struct place){ .source = source, .offset = at },
			           "bad store path '%s': %s", path, broken);
			return;
		}
		add_candidate(c, search, path);
	}
}

/* Every entry with the name of a store object; a store directory has others too. */
static void
list_from_directory(struct compilation *c, struct search *search, const char *path, DIR *stream)
{
	const struct dirent *entry;

	while (errno = 0, (entry = readdir(stream))) {
		char *object = arena_printf(&c->arena, "%s/%s", search->store_dir, entry->d_name);

		if (!store_path_check(search->store_dir, object))
			add_candidate(c, search, object);
	}
	if (errno != 0)
		diag_error(&c->diag, PLACE_NONE, "cannot read '%s': %s", path, strerror(errno));
}

static void
list_candidates(struct compilation *c, struct search *search)
{
	for (size_t i = 0; i < c->graph.count; i++)
		add_candidate(c, search, c->graph.objects[i].path);
	if (!search->list && c->options.graph_count > 0)
		return;

	const char *path = search->list ? search->list : search->store_dir;
	DIR *stream = opendir(path);
	if (stream) {
		list_from_directory(c, search, path, stream);
		closedir(stream);
	} else if (!search->list) {
		diag_error(&c->diag, PLACE_NONE, "cannot read '%s': %s", path, strerror(errno));
	} else {
		list_from_file(c, search);
	}
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Is `path` what Nix puts beside the object `beside` while it works on it? By the grammar alone it
 * could be an object, but no two of these have the same hash. */
static bool
is_companion(const char *path, const char *beside)
{
	static const char *const suffixes[] = { ".lock", ".chroot", ".check" };
	size_t size = strlen(beside);

	if (strncmp(path, beside, size) != 0)
		return false;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		if (strcmp(path + size, suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* Sorts the candidates and numbers their hashes. */
static void
number_hashes(struct compilation *c, struct search *search)
{
	const size_t start = strlen(search->store_dir) + 1; /* of a hash in a path */
	const char **paths = search->candidates;
	size_t count = 0;

	if (search->count > 0)
		qsort(paths, search->count, sizeof *paths, compare_paths);
	search->hashes = arena_alloc(&c->arena, search->count * sizeof *search->hashes);
	search->numbers = arena_alloc(&c->arena, search->count * sizeof *search->numbers);
	for (size_t i = 0; i < search->count; i++) {
		const char *hash = paths[i] + start;
		bool same = count > 0 &&
		            memcmp(paths[count - 1] + start, hash, STORE_PATH_HASH_SIZE) == 0;

		if (same && (strcmp(paths[count - 1], paths[i]) == 0 ||
		             is_companion(paths[i], paths[count - 1])))
			continue;
		if (!same)
			search->hashes[search->hash_count++] = hash;
		search->numbers[count] = search->hash_count - 1;
		paths[count++] = paths[i];
	}
	search->count = count;
}

/* Results */

static const struct scan_place *
place_of(const struct search *search, size_t candidate)
{
	return &search->scan.places[search->numbers[candidate]];
}

/* Is it one of the objects that were scanned? Its own references are then among what was found. */
static bool
is_scanned(const struct search *search, const char *path)
{
	const size_t size = strlen(path);

	for (size_t i = 0; i < search->path_count; i++) {
		const char *scanned = search->paths[i];

		if (strncmp(scanned, path, size) == 0 &&
		    scanned[size + strspn(scanned + size, "/")] == '\0')
			return true;
	}
	return false;
}

/* The closure of what was found, sorted, with what was scanned itself if it was found. False after
 * reporting. */
static bool
find_closure(struct compilation *c, const struct search *search, const char ***ret_paths,
             size_t *ret_count)
{
	const char **paths = NULL;
	size_t count = 0, capacity = 0, root_capacity = 0;
	unsigned errors = c->diag.errors;

	for (size_t i = 0; i < search->count; i++) {
		const char *path = search->candidates[i];
		const struct scan_place *place = place_of(search, i);

		if (!place->path)
			continue;
		size_t object = graph_find(&c->graph, path, strlen(path));
		if (object != MAP_ABSENT)
			*ARRAY_ADD(&c->arena, c->roots, c->root_count, root_capacity) = object;
		else if (is_scanned(search, path))
			*ARRAY_ADD(&c->arena, paths, count, capacity) = path;
		else
			diag_error(&c->diag, PLACE_NONE,
			           "'%s' refers to '%s', which is not in the graph", place->path,
			           path);
	}
	/* Without a root not even of a plain list is anything needed. */
	if (c->diag.errors != errors || (c->root_count > 0 && !graph_closure(c)))
		return false;
	for (size_t i = 0; i < c->closure_count; i++)
		*ARRAY_ADD(&c->arena, paths, count, capacity) =
			c->graph.objects[c->closure[i]].path;
	if (count > 0)
		qsort(paths, count, sizeof *paths, compare_paths);
	*ret_paths = paths;
	*ret_count = count;
	return true;
}

/* False without memory. */
static bool
print_json(struct compilation *c, const struct search *search, const char *const *closure,
           size_t closure_count)
{
	static const char *const parts[] = {
		[SCAN_CONTENTS] = "contents",
		[SCAN_NAME] = "name",
		[SCAN_TARGET] = "target",
	};
	json_t *found = json_array(), *root;

	for (size_t i = 0; i < search->count; i++) {
		const struct scan_place *place = place_of(search, i);

		if (!place->path)
			continue;
		json_array_append_new(
			found, json_pack("{s:o, s:o, s:s, s:I}", "path",
		                         json_of_bytes(&c->arena, search->candidates[i]), "file",
		                         json_of_bytes(&c->arena, place->path), "part",
		                         parts[place->part], "offset", (json_int_t)place->offset));
	}
	root = json_pack("{s:o, s:I, s:I}", "found", found, "files", (json_int_t)search->scan.files,
	                 "bytes", (json_int_t)search->scan.bytes);
	if (c->options.graph_count > 0 && !search->direct) {
		json_t *list = json_array();

		for (size_t i = 0; i < closure_count; i++)
			json_array_append_new(list, json_of_bytes(&c->arena, closure[i]));
		json_object_set_new(root, "closure", list);
	}
	bool printed = json_print(stdout, &c->arena, root);
	json_decref(root);
	return printed;
}

static int
print_result(struct compilation *c, const struct search *search)
{
	bool with_closure = c->options.graph_count > 0 && !search->direct;
	const char **closure = NULL;
	size_t closure_count = 0;

	if (with_closure && !find_closure(c, search, &closure, &closure_count))
		return EXIT_REFUSED;
	if (search->json) {
		if (!print_json(c, search, closure, closure_count)) {
			diag_error(&c->diag, PLACE_NONE, "there is not enough memory");
			return EXIT_SYSTEM;
		}
	} else if (with_closure) {
		for (size_t i = 0; i < closure_count; i++)
			puts(closure[i]);
	} else {
		for (size_t i = 0; i < search->count; i++) {
			if (place_of(search, i)->path)
				puts(search->candidates[i]);
		}
	}
	return EXIT_DONE;
}

int
cmd_scan(int argc, char **argv)
{
	struct compilation c = { .diag.stream = stderr };
	struct search search = { 0 };
	struct scan_set set;
	struct progress progress;
	int status = parse_options(&c, &search, argc, argv);

	if (status >= 0)
		return status;
	if (c.options.graph_count > 0 && !graph_options_load(&c))
		return EXIT_REFUSED;
	search.store_dir = c.graph.store_dir     ? c.graph.store_dir
	                   : c.options.store_dir ? c.options.store_dir
	                                         : STORE_DIRECTORY;
	list_candidates(&c, &search);
	if (c.diag.errors > 0)
		return EXIT_REFUSED;
	number_hashes(&c, &search);
	scan_build(&c.arena, search.hashes, search.hash_count, &set);

	progress_begin(&progress, stderr);
	search.scan = (struct scan){
		.set = &set,
		.places = arena_alloc(&c.arena, search.hash_count * sizeof *search.scan.places),
		.progress = &progress,
	};
	for (size_t i = 0; i < search.path_count; i++)
		scan_files(&c, &search.scan, search.paths[i]);
	progress_erase(&progress);
	return c.diag.errors > 0 ? EXIT_REFUSED : print_result(&c, &search);
}
