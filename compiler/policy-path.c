/* Paths with launch-time parts: one spelling for each, and which is below which. */
#include "compiler.h"

#include <string.h>

#define ALTERNATIVES_MAX 64 /* nobody writes as many, and each default can double them */

/* XDG Base Directory Specification 0.8, "Environment variables"; the names of directories in
 * user-dirs.defaults of xdg-user-dirs 0.18; login(1) sets USER and LOGNAME alike, and POSIX knows
 * only the second. */
static const struct {
	const char *variable;
	const char *fallback;
} fallbacks[] = {
	{ "XDG_CACHE_HOME", "$HOME/.cache" },       { "XDG_CONFIG_HOME", "$HOME/.config" },
	{ "XDG_DATA_HOME", "$HOME/.local/share" },  { "XDG_STATE_HOME", "$HOME/.local/state" },
	{ "XDG_DESKTOP_DIR", "$HOME/Desktop" },     { "XDG_DOCUMENTS_DIR", "$HOME/Documents" },
	{ "XDG_DOWNLOAD_DIR", "$HOME/Downloads" },  { "XDG_MUSIC_DIR", "$HOME/Music" },
	{ "XDG_PICTURES_DIR", "$HOME/Pictures" },   { "XDG_PUBLICSHARE_DIR", "$HOME/Public" },
	{ "XDG_TEMPLATES_DIR", "$HOME/Templates" }, { "XDG_VIDEOS_DIR", "$HOME/Videos" },
	{ "XDG_RUNTIME_DIR", "/run/user/$UID" },    { "USER", "$LOGNAME" },
};

const char *
policy_path_fallback(const char *variable)
{
	for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
		if (strcmp(variable, fallbacks[i].variable) == 0)
			return fallbacks[i].fallback;
	return NULL;
}

/* Is it by the letter the path `outer` or below it? */
static bool
covers(const char *outer, const char *inner)
{
	size_t size = strlen(outer);

	return strncmp(inner, outer, size) == 0 && (inner[size] == '\0' || inner[size] == '/');
}

/* A spelling while it is made. It never ends in a slash but at the start. */
struct spelling {
	struct buffer text;
	bool slash; /* was seen, and is written before what follows */
};

static void
add_slash(struct spelling *spelling)
{
	if (spelling->slash)
		buffer_add_string(&spelling->text, "/");
	spelling->slash = false;
}

/* Literal bytes: slashes are collapsed, as at launch, and dollar signs doubled, as in a template.
 */
static void
add_literal(struct spelling *spelling, const char *literal)
{
	for (; *literal; literal++) {
		if (*literal == '/') {
			spelling->slash = true;
			continue;
		}
		add_slash(spelling);
		if (*literal == '$')
			buffer_add_string(&spelling->text, "$");
		buffer_add(&spelling->text, literal, 1);
	}
}

/* A variable; in braces where what follows would be read as a part of its name. */
static void
add_variable(struct spelling *spelling, const char *name, const struct template_segment *next)
{
	/* Of these the launch refuses a value that does not start with a slash. */
	if (strcmp(name, "HOME") == 0 || strcmp(name, "XDG_RUNTIME_DIR") == 0)
		spelling->slash = spelling->text.size > 0;
	add_slash(spelling);
	buffer_printf(&spelling->text, template_segment_in_braces(next) ? "${%s}" : "$%s", name);
}

static const char *
name_of(const struct template_segment *segment)
{
	const char *name = template_segment_name(segment);

	return strcmp(name, "LOGNAME") == 0 ? "USER" : name;
}

/* What stands for the path at the start of a spelling: XDG_RUNTIME_DIR by pam_systemd(8), HOME by
 * useradd(8). */
static const struct {
	const char *path;
	const char *spelling;
} usual[] = {
	{ "/run/user/$UID", "$XDG_RUNTIME_DIR" },
	{ "/home/$USER", "$HOME" },
};

const char *
policy_path_spelling(struct arena *arena, const struct template_text *template)
{
	struct spelling spelling = { .text.arena = arena };

	for (size_t i = 0; i < template->count; i++) {
		const struct template_segment *segment = &template->segments[i];
		const struct template_segment *next = i + 1 < template->count ? segment + 1 : NULL;

		if (segment->kind == SEGMENT_LITERAL) {
			add_literal(&spelling, segment->text);
			continue;
		}
		const char *name = name_of(segment), *fallback = policy_path_fallback(name);
		if (fallback && strncmp(fallback, "$HOME/", 6) == 0) {
			add_variable(&spelling, "HOME", NULL);
			add_literal(&spelling, fallback + 5);
		} else {
			add_variable(&spelling, name, next);
		}
	}
	if (spelling.text.size == 0)
		return spelling.slash ? "/" : "";
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (covers(usual[i].path, spelling.text.data))
			return arena_printf(arena, "%s%s", usual[i].spelling,
			                    spelling.text.data + strlen(usual[i].path));
	return spelling.text.data;
}

/* Alternatives: what a template can be when each of its variables is set, or unset. */

struct texts {
	struct template_text *items;
	size_t count;
	size_t capacity;
};

/* `text` with `more` behind it. */
static struct template_text
joined(struct arena *arena, const struct template_text *text, const struct template_text *more)
{
	struct template_text result = { 0 };

	for (size_t i = 0; i < text->count; i++)
		template_add(arena, &result, text->segments[i]);
	for (size_t i = 0; i < more->count; i++)
		template_add(arena, &result, more->segments[i]);
	return result;
}

/* Adds to an empty list all alternatives of the template, none of which has a default; the first is
 * that in which every variable is set, the last that in which none is that has one. Calls itself as
 * deep as defaults are nested. False if they are too many. */
static bool
add_texts(struct arena *arena, const struct template_text *template, struct texts *texts)
{
	*ARRAY_ADD(arena, texts->items, texts->count, texts->capacity) =
		(struct template_text){ 0 };
	for (size_t i = 0; i < template->count; i++) {
		struct template_segment segment = template->segments[i];
		struct texts choices = { 0 }, defaults = { 0 }, next = { 0 };

		segment.fallback = NULL;
		*ARRAY_ADD(arena, choices.items, choices.count, choices.capacity) =
			(struct template_text){ .segments = &segment, .count = 1 };
		if (template->segments[i].fallback &&
		    !add_texts(arena, template->segments[i].fallback, &defaults))
			return false;
		for (size_t j = 0; j < defaults.count; j++)
			*ARRAY_ADD(arena, choices.items, choices.count, choices.capacity) =
				defaults.items[j];
		if (texts->count * choices.count > ALTERNATIVES_MAX)
			return false;
		for (size_t j = 0; j < texts->count * choices.count; j++)
			*ARRAY_ADD(arena, next.items, next.count, next.capacity) =
				joined(arena, &texts->items[j / choices.count],
			               &choices.items[j % choices.count]);
		*texts = next;
	}
	return true;
}

bool
policy_path_alternatives(struct arena *arena, const struct template_text *template,
                         struct string_list *list)
{
	struct texts texts = { 0 };

	string_list_add(arena, list, policy_path_spelling(arena, template));
	if (!add_texts(arena, template, &texts))
		return false;
	for (size_t i = 0; i < texts.count; i++) {
		const char *spelling = policy_path_spelling(arena, &texts.items[i]);
		size_t known = 0;

		while (known < list->count && strcmp(list->items[known], spelling) != 0)
			known++;
		if (known == list->count)
			string_list_add(arena, list, spelling);
	}
	return true;
}

struct template_text *
policy_path_default(struct arena *arena, const struct template_text *template)
{
	struct texts texts = { 0 };
	struct template_text *last;

	if (!add_texts(arena, template, &texts) || texts.count < 2)
		return NULL;
	last = arena_alloc(arena, sizeof *last);
	*last = texts.items[texts.count - 1];
	return last;
}

/* Other paths for the same places of the host: what is behind them is usually found there. */
struct elsewhere {
	const char *path; /* '?' stands for one component */
	const char *spelling;
};

/* Links that are the same for everybody: proc(5), null(4), file-hierarchy(7). */
static const struct elsewhere links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stderr", "/proc/self/fd/2" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/proc/?/root", "" },
	{ "/proc/?/task/?/root", "" },
	{ "/var/home", "/home" },
	{ "/var/lock", "/run/lock" },
	{ "/var/run", "/run" },
	{ NULL, NULL },
};

/* What some user's variables say. */
static const struct elsewhere users[] = {
	{ "/home/?", "$HOME" },
	{ "/root", "$HOME" },
	{ "/run/user/?", "$XDG_RUNTIME_DIR" },
	{ NULL, NULL },
};

/* The rest of the spelling behind what is found elsewhere: "" or from a slash on; else NULL. */
static const char *
rest_of(const char *spelling, const char *path)
{
	for (; *path; path++) {
		if (*path != '?' && *spelling != *path)
			return NULL;
		spelling += *path == '?' ? strcspn(spelling, "/") : 1;
	}
	return *spelling == '\0' || *spelling == '/' ? spelling : NULL;
}

/* One step, which makes it shorter or leads to where no other does; NULL: there is none. */
static const char *
found_in(struct arena *arena, const struct elsewhere *table, const char *spelling)
{
	for (; table->path; table++) {
		const char *rest = rest_of(spelling, table->path);

		if (rest)
			return arena_printf(arena, "%s%s", table->spelling, rest);
	}
	return NULL;
}

const char *
policy_path_on_host(struct arena *arena, const char *spelling)
{
	/* A variable whose value starts with a slash needs none before it. */
	const char *next = spelling[0] == '/' && spelling[1] == '$' && spelling[2] != '$'
	                           ? spelling + 1
	                           : spelling;

	for (; next; next = found_in(arena, links, next))
		spelling = next;
	return *spelling ? spelling : "/";
}

const char *
policy_path_of_any_user(struct arena *arena, const char *spelling)
{
	const char *path = policy_path_on_host(arena, spelling);
	const char *found = found_in(arena, users, path);

	return found ? found : path;
}

bool
policy_path_covers(const char *outer, const char *inner)
{
	if (strcmp(outer, "/") == 0 || covers(outer, inner))
		return true;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (covers(usual[i].spelling, inner) && covers(outer, usual[i].path))
			return true;
	return false;
}

bool
policy_path_stays(struct arena *arena, const struct grant *grant)
{
	struct string_list sources = { 0 }, destinations = { 0 };

	if (grant->kind != GRANT_BIND ||
	    !policy_path_alternatives(arena, grant->source, &sources) ||
	    !policy_path_alternatives(arena, grant->destination, &destinations) ||
	    sources.count != destinations.count)
		return false;
	for (size_t i = 0; i < sources.count; i++)
		if (strcmp(sources.items[i], destinations.items[i]) != 0)
			return false;
	return true;
}

bool
policy_path_in_store(const char *store_dir, const struct grant *grant)
{
	const unsigned never = FLAG_WRITABLE | FLAG_DEVICES | FLAG_DIRECTORY | FLAG_FILE;
	const char *source, *destination;
	size_t size;

	if (grant->kind != GRANT_BIND || grant->flags & never)
		return false;
	source = template_constant(grant->source);
	destination = template_constant(grant->destination);
	if (!source || !destination || strcmp(source, destination) == 0)
		return false;
	size = store_path_prefix(store_dir, destination);
	return size > 0 && destination[size] == '/' && store_path_prefix(store_dir, source) > 0;
}
