/* The facts of what only a launch finds: store paths behind links and in variables, and whose word
 * it takes for their closures. */
#include "compiler.h"

#include <string.h>

/* The steps that belong to it, by kind. */
struct found {
	struct facts *f;
	size_t count[STEP_KINDS];
	size_t directory; /* of closure files, the number of the present one */
	bool required; /* a path that is not optional is among them */
};

static struct fact *
add(struct found *found, enum sense sense, const char *key, const char *word, const char *text)
{
	return describe_fact(found->f, SECTION_FOUND, sense, key, word, text);
}

static const struct plan_step *
present(const struct found *found)
{
	return &found->f->d->plan->steps[found->f->step];
}

static void
add_path(struct found *found)
{
	const struct plan_step *step = present(found);
	const struct template_text *path = step->operand[0].template;
	struct arena *arena = found->f->arena;
	const char *word = step_types[step->kind].name;

	add(found, SENSE_GIVES,
	    arena_printf(arena, "%s %s", word, policy_path_spelling(arena, path)), word,
	    arena_printf(arena, "%s%s", describe_template(arena, path),
	                 step->flags & FLAG_OPTIONAL ? ", optional" : ""));
}

bool
describe_has_variable(const struct description *d, enum step_kind kind, const char *name)
{
	for (size_t i = 0; i < d->plan->step_count; i++) {
		const struct plan_step *step = &d->plan->steps[i];

		if (step->kind == kind && strcmp(step->operand[0].string, name) == 0)
			return true;
	}
	return false;
}

/* A variable whose elements are looked at, which as a rule are dropped too; one of which they are
 * only dropped. */
static void
add_variable(struct found *found)
{
	const struct plan_step *step = present(found);
	const char *name = step->operand[0].string;
	const bool looked_at = step->kind == STEP_PATH_CLOSURES;
	const bool both = describe_has_variable(
		found->f->d, looked_at ? STEP_PATH_VARIABLE : STEP_PATH_CLOSURES, name);
	const char *but = both ? "" : looked_at ? ", of which none is dropped" : ", only dropped";

	if (!looked_at && both)
		return;
	add(found, looked_at ? SENSE_GIVES : SENSE_NEITHER,
	    arena_printf(found->f->arena, "%s %s", step_types[step->kind].name, name),
	    "path variable", arena_printf(found->f->arena, "%s%s", name, but));
}

/* Whose word it is what closures are */

static struct fact *
add_word(struct found *found, const char *key, const char *word, const char *text)
{
	struct fact *fact = add(found, SENSE_GIVES, key, word, text);

	fact->rights |= RIGHT_WORD;
	return fact;
}

/* The number says whose word comes first. */
static void
add_directory(struct found *found)
{
	const struct template_text *path = present(found)->operand[0].template;
	struct arena *arena = found->f->arena;
	bool last = ++found->directory == found->count[STEP_CLOSURE_FILES];

	add_word(found, arena_printf(arena, "closure-files %s", policy_path_spelling(arena, path)),
	         "closure files",
	         arena_printf(arena, "%s (%zu%s)", describe_template(arena, path), found->directory,
	                      last && found->count[STEP_LOOK_UP] > 0 ? ", where new ones are kept"
	                                                             : ""));
}

/* A program in the store is the same in another version, as in the closure. */
static const char *
without_version(const struct found *found, const char *path)
{
	const char *store = found->f->d->store, *rest;
	const char *name, *version;
	size_t size = strlen(store);

	if (strncmp(path, store, size) != 0 || path[size] != '/')
		return path;
	rest = path + size + 1 + strcspn(path + size + 1, "/");
	compare_split(found->f->arena, arena_copy(found->f->arena, path, (size_t)(rest - path)),
	              &name, &version);
	return arena_printf(found->f->arena, "%s%s", name, rest);
}

static void
add_asked(struct found *found)
{
	const char *program = present(found)->operand[0].string;
	const char *state = present(found)->operand[1].string;
	struct arena *arena = found->f->arena;

	add_word(found, "look-up", "asked",
	         arena_printf(arena,
	                      "Nix's daemon at %s" NIX_DAEMON_SOCKET
	                      ", else its database at %s" NIX_DATABASE ", by %s",
	                      state, state, program))
		->what = arena_printf(arena, "%s %s", without_version(found, program), state);
}

/* For people: what becomes of what is found */

static void
add_given(struct found *found)
{
	struct buffer text = { .arena = found->f->arena };

	if (found->count[STEP_FOUND_OBJECTS] > 0 || found->count[STEP_ALLOW_FOUND] > 0)
		buffer_add_string(&text, "the store objects that these lead to, each with its "
		                         "closure, read-only");
	else if (found->f->d->store_mode == STORE_WHOLE)
		buffer_add_string(&text, "nothing more of the store, which is there as a whole");
	else
		buffer_add_string(&text, "nothing of the store");
	if (found->count[STEP_FOUND_LINKS] > 0)
		buffer_add_string(&text, "; the links on the way, each at its own path");
	if (found->count[STEP_CLOSURE] > 0)
		buffer_add_string(&text, "; likewise what the links in a directory outside the "
		                         "store lead to");
	add(found, SENSE_SHOWN, "given", "given", text.data);
}

static void
add_unknown(struct found *found)
{
	if (found->count[STEP_LOOK_UP] == 0)
		return;
	/* Whose closure nobody knows. */
	add(found, SENSE_SHOWN, "unknown", "if unknown",
	    found->required ? "it does not start; left out is only what optional paths and "
	                      "elements of path variables lead to"
	                    : "left out");
}

static void
count_steps(struct found *found)
{
	const struct plan *plan = found->f->d->plan;

	for (size_t i = 0; i < plan->step_count; i++) {
		enum step_kind kind = plan->steps[i].kind;

		found->count[kind]++;
		if (kind == STEP_CLOSURE || kind == STEP_LINKS)
			found->required |= !(plan->steps[i].flags & FLAG_OPTIONAL);
	}
}

/* The facts of those steps of the plan that one of the two functions is for. */
static void
add_steps(struct found *found, enum step_kind kind, void (*add_step)(struct found *found))
{
	const struct plan *plan = found->f->d->plan;

	for (found->f->step = 0; found->f->step < plan->step_count; found->f->step++)
		if (plan->steps[found->f->step].kind == kind)
			add_step(found);
}

void
describe_found(struct facts *f)
{
	struct found found = { .f = f };

	count_steps(&found);
	add_steps(&found, STEP_CLOSURE, add_path);
	add_steps(&found, STEP_LINKS, add_path);
	add_steps(&found, STEP_PATH_CLOSURES, add_variable);
	add_steps(&found, STEP_PATH_VARIABLE, add_variable);
	/* What no step says has no place. */
	if (found.count[STEP_FIND] > 0)
		add_given(&found);
	if (found.count[STEP_PATH_VARIABLE] > 0)
		add(&found, SENSE_SHOWN, "dropped", "dropped",
		    "elements of a path variable that are not in the store, unless the box has "
		    "them");
	add_steps(&found, STEP_CLOSURE_FILES, add_directory);
	add_steps(&found, STEP_LOOK_UP, add_asked);
	add_unknown(&found);
}
