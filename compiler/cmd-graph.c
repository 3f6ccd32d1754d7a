/* closurebox graph: shows a reference graph, asks it questions, and turns it into other forms. */
#include "compiler.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage_start[] =
	"usage: closurebox graph --graph FILE [OPTION]...\n"
	"\n"
	"Shows what the roots reach, an object a line: size, references, path.\n"
	"\n";
static const char usage_end[] =
	"  --closure-size     with the size of each object's closure\n"
	"  --format FORMAT    text (the default), json, dot, registration or store-paths\n"
	"  --tree             show it as a tree instead\n"
	"  --top N            show the N largest objects, and those with the largest closures\n"
	"  --why FROM TO      show the shortest chain of references between two objects:\n"
	"                     store paths, or names if they are unique\n";

static const struct format {
	const char *name;
	bool (*emit)(struct compilation *c, FILE *stream, const struct graph_view *view);
	bool closure_sizes; /* has a place for them */
} formats[] = {
	{ "text", emit_graph_text, true },
	{ "json", emit_graph_json, true },
	{ "dot", emit_graph_dot, false },
	{ "registration", emit_graph_registration, false },
	{ "store-paths", emit_graph_store_paths, false },
};

#define NAMED_MAX 5 /* objects that one name stands for and a message shows */

#define FORMAT_COUNT (sizeof formats / sizeof *formats)

/* What the command line asks for, beyond which graph. */
struct request {
	const struct format *format; /* NULL: not named */
	bool closure_sizes;
	bool tree;
	size_t top; /* 0: not asked for */
	const char *why_from; /* NULL: not asked for */
	const char *why_to;
};

static const struct usage usage = {
	.command = "closurebox graph",
	.parts = { usage_start, graph_options_usage, usage_end },
};

static const struct format *
find_format(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* A number of objects, at least one. */
static bool
parse_count(const char *text, size_t *ret_count)
{
	char *end;

	errno = 0;
	unsigned long count = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || count == 0)
		return false;
	*ret_count = count;
	return true;
}

enum {
	OPTION_FORMAT = OPTION_GRAPH_END,
	OPTION_CLOSURE_SIZE,
	OPTION_TREE,
	OPTION_TOP,
	OPTION_WHY
};

/* Takes an option of this command's own; -1 if it is well, else the exit status. */
static int
take_option(struct request *request, int option, int argc, char **argv)
{
	switch (option) {
	case OPTION_FORMAT:
		request->format = find_format(optarg);
		return request->format ? -1 : usage_wrong(&usage, "there is no format", optarg);
	case OPTION_CLOSURE_SIZE:
		request->closure_sizes = true;
		return -1;
	case OPTION_TREE:
		request->tree = true;
		return -1;
	case OPTION_TOP:
		if (!parse_count(optarg, &request->top))
			return usage_wrong(&usage, "--top takes a number from 1, not", optarg);
		return -1;
	case OPTION_WHY:
		/* Its second argument is the next word, before getopt_long looks at it. */
		if (optind >= argc)
			return usage_wrong(&usage, "--why takes two store paths", NULL);
		request->why_from = optarg;
		request->why_to = argv[optind++];
		return -1;
	default:
		return usage_option(&usage, option);
	}
}

static int
parse_options(struct compilation *c, struct request *request, int argc, char **argv)
{
	static const struct option options[] = {
		GRAPH_OPTIONS,
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "closure-size", no_argument, NULL, OPTION_CLOSURE_SIZE },
		{ "tree", no_argument, NULL, OPTION_TREE },
		{ "top", required_argument, NULL, OPTION_TOP },
		{ "why", required_argument, NULL, OPTION_WHY },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (graph_options_take(c, option, optarg))
			continue;
		int status = take_option(request, option, argc, argv);
		if (status >= 0)
			return status;
	}
	return optind == argc ? -1 : usage_wrong(&usage, "unexpected argument", argv[optind]);
}

/* Does the request make sense? -1, or the exit status. */
static int
check_request(const struct compilation *c, const struct request *request)
{
	const char *view = request->tree ? "--tree" : request->top ? "--top" : "--why";
	int views = request->tree + (request->top > 0) + (request->why_from != NULL);

	if (c->options.graph_count == 0)
		return usage_wrong(&usage, "--graph is missing", NULL);
	if (views > 1)
		return usage_wrong(&usage, "--tree, --top and --why exclude each other", NULL);
	if (views && request->format && request->format->emit != emit_graph_text)
		return usage_wrong(&usage, "only text can be combined with", view);
	if (views && request->closure_sizes)
		return usage_wrong(&usage, "--closure-size cannot be combined with", view);
	if (request->closure_sizes && request->format && !request->format->closure_sizes)
		return usage_wrong(&usage, "closure sizes have no place in", request->format->name);
	/* A database that lacks references is damaged, and nothing would notice. */
	if (c->options.excludes.count && request->format &&
	    request->format->emit == emit_graph_registration)
		return usage_wrong(&usage,
		                   "--exclude cannot be combined with --format registration", NULL);
	return -1;
}

/* The closure as a graph of its own. */
static void
make_view(struct compilation *c, struct graph_view *view)
{
	if (c->closure_count == c->graph.count)
		view->graph = c->graph;
	else
		graph_query_part(&c->arena, &c->graph, c->closure, c->closure_count, &view->graph);
	view->roots = arena_alloc(&c->arena, c->root_count * sizeof *view->roots);
	for (size_t i = 0; i < c->root_count; i++) {
		const size_t *found = bsearch(&c->roots[i], c->closure, c->closure_count,
		                              sizeof *c->closure, compare_numbers);

		if (found)
			view->roots[view->root_count++] = (size_t)(found - c->closure);
	}
}

/* Reports that a name fits none or several of the objects. */
static void
report_name(struct compilation *c, const struct graph *graph, const char *name, size_t matches)
{
	size_t shown = 0;

	if (matches == 0) {
		diag_error(&c->diag, PLACE_NONE, "--why: nothing in the graph is called '%s'",
		           name);
		return;
	}
	diag_error(&c->diag, PLACE_NONE, "--why: %zu objects are called '%s'; name one by its path",
	           matches, name);
	for (size_t i = 0; i < graph->count && shown < NAMED_MAX; i++) {
		if (strcmp(graph_name(graph, &graph->objects[i]), name) != 0)
			continue;
		diag_note(&c->diag, PLACE_NONE, "'%s'", graph->objects[i].path);
		shown++;
	}
}

/* The object that a path, a path inside of it, its base name or its name stands for; MAP_ABSENT
 * after reporting. */
static size_t
find_object(struct compilation *c, const struct graph *graph, const char *text)
{
	const char *path = text;

	if (text[0] != '/')
		path = arena_printf(&c->arena, "%s/%s", graph->store_dir, text);
	size_t size = store_path_prefix(graph->store_dir, path);
	size_t found = size ? graph_find(graph, path, size) : MAP_ABSENT;
	if (found != MAP_ABSENT)
		return found;
	if (text[0] == '/' || size) {
		diag_error(&c->diag, PLACE_NONE, "--why: '%s' is not %s", text,
		           size ? "in the graph" : "below the store");
		return MAP_ABSENT;
	}
	size_t matches = 0;
	for (size_t i = 0; i < graph->count; i++) {
		if (strcmp(graph_name(graph, &graph->objects[i]), text) == 0) {
			found = i;
			matches++;
		}
	}
	if (matches == 1)
		return found;
	report_name(c, graph, text, matches);
	return MAP_ABSENT;
}

/* Writes the chain, a path a line; an error if there is none. */
static void
explain(struct compilation *c, const struct graph *graph, const struct request *request)
{
	size_t from = find_object(c, graph, request->why_from);
	size_t to = find_object(c, graph, request->why_to);
	size_t *chain;

	if (from == MAP_ABSENT || to == MAP_ABSENT)
		return;
	size_t length = graph_query_why(&c->arena, graph, from, to, &chain);
	for (size_t i = 0; i < length; i++)
		puts(graph->objects[chain[i]].path);
	if (length == 0)
		diag_error(&c->diag, PLACE_NONE, "no chain of references leads from '%s' to '%s'",
		           graph->objects[from].path, graph->objects[to].path);
	if (length == 0 && graph->listed)
		diag_note(&c->diag, PLACE_NONE,
		          "of some objects the graph does not say what they refer to");
}

static void
write_graph(struct compilation *c, struct graph_view *view, const struct request *request)
{
	const struct format *format = request->format ? request->format : find_format("text");

	if (!graph_query_total(&view->graph, &view->total_size, &view->unknown_sizes)) {
		diag_error(&c->diag, PLACE_NONE, "the sizes of the objects add up to 2^64 or more");
		return;
	}
	if (request->closure_sizes || request->top)
		view->closure_sizes = graph_query_closure_sizes(&c->arena, &view->graph);
	if (request->tree)
		emit_graph_text_tree(c, stdout, view);
	else if (request->top)
		emit_graph_text_top(c, stdout, view, request->top);
	else
		format->emit(c, stdout, view);
}

int
cmd_graph(int argc, char **argv)
{
	struct compilation c = { .diag.stream = stderr };
	struct request request = { 0 };
	struct graph_view view = { 0 };
	int status = parse_options(&c, &request, argc, argv);

	if (status < 0)
		status = check_request(&c, &request);
	if (status >= 0)
		return status;
	if (!graph_options_load(&c) || !graph_roots(&c) || !graph_closure(&c))
		return EXIT_REFUSED;
	make_view(&c, &view);
	if (request.why_from)
		explain(&c, &view.graph, &request);
	else
		write_graph(&c, &view, &request);
	return c.diag.errors ? EXIT_REFUSED : EXIT_DONE;
}
