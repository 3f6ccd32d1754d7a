/* The options that name reference graphs, and the loading of what they name. */
#include "compiler.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char graph_options_usage[] =
	"  --graph FILE       reference graph in any form, or the directory of a closureInfo;\n"
	"                     '-' for standard input; repeatable\n"
	"  --graph-key KEY    which graph of an .attrs.json; repeatable\n"
	"  --graph-from-attrs KEY\n"
	"                     the graph KEY of the build's own .attrs.json\n"
	"  --store-dir DIR    where store objects are (default: where the graph says)\n"
	"  --root STORE-PATH  start of the closure; repeatable\n"
	"                     (default: all objects that no other refers to)\n"
	"  --extra-root STORE-PATH\n"
	"                     one more start, beside these; repeatable\n"
	"  --exclude PATTERN  leave objects out of the closure that match; repeatable\n";

static void
add_graph(struct compilation *c, const char *text, bool attributes)
{
	struct graph_options *options = &c->options;

	*ARRAY_ADD(&c->arena, options->graphs, options->graph_count, options->graph_capacity) =
		(struct graph_argument){ .text = text, .attributes = attributes };
}

bool
graph_options_take(struct compilation *c, int option, const char *argument)
{
	struct graph_options *o = &c->options;

	if (option < OPTION_GRAPH || option >= OPTION_GRAPH_END)
		return false;
	switch ((enum graph_option)option) {
	case OPTION_GRAPH:
		add_graph(c, argument, false);
		break;
	case OPTION_GRAPH_FROM_ATTRS:
		add_graph(c, argument, true);
		break;
	case OPTION_GRAPH_KEY:
		string_list_add(&c->arena, &o->keys, argument);
		break;
	case OPTION_STORE_DIR:
		o->store_dir = argument;
		break;
	case OPTION_ROOT:
		string_list_add(&c->arena, &o->roots, argument);
		break;
	case OPTION_EXTRA_ROOT:
		string_list_add(&c->arena, &o->extra_roots, argument);
		break;
	case OPTION_EXCLUDE:
		string_list_add(&c->arena, &o->excludes, argument);
		break;
	case OPTION_GRAPH_END:
		break;
	}
	return true;
}

/* Where a build finds its structured attributes. Nix sets the variable since 2.4, but before 2.15
 * to a name outside of the sandbox. */
static const char *
find_attributes(struct compilation *c, const char *key)
{
	const char *named = getenv("NIX_ATTRS_JSON_FILE");
	const char *top = getenv("NIX_BUILD_TOP");
	const char *tried[] = {
		named,
		top ? arena_printf(&c->arena, "%s/.attrs.json", top) : NULL,
		"./.attrs.json",
	};
	static const char *const unset[] = { "$NIX_ATTRS_JSON_FILE (not set)",
		                             "$NIX_BUILD_TOP/.attrs.json (not set)", "" };
	struct buffer text = { .arena = &c->arena };

	for (size_t i = 0; i < sizeof tried / sizeof tried[0]; i++) {
		if (tried[i] && access(tried[i], F_OK) == 0)
			return tried[i];
		if (text.size)
			buffer_add_string(&text, ", ");
		buffer_add_string(&text, tried[i] ? tried[i] : unset[i]);
	}
	diag_error(&c->diag, PLACE_NONE,
	           "--graph-from-attrs: no file with the graph '%s'; tried %s", key, text.data);
	return NULL;
}

static void
read_file(struct compilation *c, struct graph_input *input, const char *path)
{
	const struct source *source = source_read_packed(c, path, true);

	if (source)
		read_graph(c, source, input);
}

static bool
is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Checks that the list is of the objects that the records since `first` describe. */
static void
check_list(struct compilation *c, const struct graph_input *input, size_t first,
           const struct source *source)
{
	struct graph_input list = { .store_dir = input->store_dir,
		                    .numbers.arena = &c->arena,
		                    .error_limit = UINT_MAX };
	struct place place = PLACE_SOURCE(source);

	read_graph_list(c, source, &list);
	for (size_t i = 0; i < list.count; i++) {
		const char *path = list.paths[list.records[i].path];

		if (map_get(&input->numbers, path) == MAP_ABSENT) {
			diag_error(&c->diag, list.records[i].place,
			           "'%s' is not in 'registration' beside this file", path);
			return;
		}
	}
	if (list.count != input->count - first)
		diag_error(&c->diag, place, "has %zu paths, 'registration' beside it %zu objects",
		           list.count, input->count - first);
}

/* What closureInfo makes: the records, and the list of their paths, which must agree. */
static void
read_directory(struct compilation *c, struct graph_input *input, const char *path)
{
	const char *registration = arena_printf(&c->arena, "%s/registration", path);
	const char *list = arena_printf(&c->arena, "%s/store-paths", path);
	const struct source *source;
	size_t first = input->count;

	if (access(registration, F_OK) < 0 && errno == ENOENT) {
		diag_error(&c->diag, PLACE_NONE,
		           "'%s' is a directory without a file 'registration', so not one that "
		           "closureInfo has made",
		           path);
		return;
	}
	read_file(c, input, registration);
	if (access(list, F_OK) < 0 || c->diag.errors)
		return;
	source = source_read(c, list, true);
	if (source && source->size > 0)
		check_list(c, input, first, source);
}

bool
graph_options_load(struct compilation *c)
{
	const struct graph_options *options = &c->options;
	struct graph_input input = { .store_dir = options->store_dir };
	unsigned errors = c->diag.errors;
	const char *broken = options->store_dir ? store_directory_check(options->store_dir) : NULL;

	if (broken) {
		diag_error(&c->diag, PLACE_NONE, "--store-dir: bad directory '%s': %s",
		           options->store_dir, broken);
		return false;
	}

	for (size_t i = 0; i < options->graph_count; i++) {
		const struct graph_argument *graph = &options->graphs[i];
		const char *path = graph->text;

		input.keys = graph->attributes ? &graph->text : options->keys.items;
		input.key_count = graph->attributes ? 1 : options->keys.count;
		if (graph->attributes)
			path = find_attributes(c, graph->text);
		if (path && !graph->attributes && is_directory(path))
			read_directory(c, &input, path);
		else if (path)
			read_file(c, &input, path);
	}
	if (c->diag.errors == errors && options->keys.count && !input.keys_used)
		diag_error(&c->diag, PLACE_NONE,
		           "--graph-key: none of the graphs is an .attrs.json");
	return c->diag.errors == errors && read_graph_merge(c, &input, &c->graph);
}
