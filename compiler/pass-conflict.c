/* Refuses programs outside the closure, and what in the policy does not go together. */
#include "compiler.h"

#include <errno.h>
#include <fnmatch.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the host has what the box has at the program's path: there something else of the closure
 * can be bound. */
static const char *
file_of(struct compilation *c, const char *program)
{
	const char *file = program;

	for (size_t i = 0; i < c->policy.grant_count; i++) {
		const struct grant *grant = &c->policy.grants[i];
		const char *path;

		if (!policy_path_in_store(c->graph.store_dir, grant))
			continue;
		path = template_constant(grant->destination);
		if (policy_path_covers(path, program))
			file = arena_printf(&c->arena, "%s%s", template_constant(grant->source),
			                    program + strlen(path));
	}
	return file;
}

/* Is the program one that can be executed? `file` is where it is, if this host has it. */
static void
check_file(struct compilation *c, const char *file)
{
	size_t object = graph_find(&c->graph, file, store_path_prefix(c->graph.store_dir, file));
	struct stat status;

	if (object == MAP_ABSENT || !c->graph.objects[object].kind)
		return;
	if (stat(file, &status) == 0 && !S_ISREG(status.st_mode))
		diag_error(&c->diag, PLACE_NONE, "program '%s' is not a file; is it in its bin?",
		           file);
	else if (access(file, X_OK) < 0)
		diag_error(&c->diag, PLACE_NONE, "program '%s' cannot be executed: %s", file,
		           strerror(errno));
}

static void
check_entry(struct compilation *c, const struct plan_entry *entry)
{
	const char *file = file_of(c, entry->program);

	if (c->excluded && c->excluded[entry->object])
		diag_error(&c->diag, PLACE_NONE, "program '%s' is in what --exclude withholds",
		           entry->program);
	else if (!graph_in_closure(c, entry->object))
		diag_error(&c->diag, PLACE_NONE, "program '%s' is not in the closure of the roots",
		           entry->program);
	else if (file != entry->program && c->policy.namespaces_optional) {
		diag_error(&c->diag, PLACE_NONE,
		           "program '%s' is '%s' by a bind, which is left out without namespaces",
		           entry->program, file);
		diag_note(&c->diag, c->policy.namespaces_place, "namespaces are optional here");
	} else {
		check_file(c, file);
	}
}

/* Members of the policy that do not go together */

/* Both need the box's init, which is there only with a pid namespace. */
static void
check_init(struct compilation *c, struct place place, const char *member)
{
	const struct policy *policy = &c->policy;

	if (policy->share & CLONE_NEWPID) {
		diag_error(&c->diag, place, "%s needs a pid namespace of the box's own", member);
		diag_note(&c->diag, policy->share_place, "the box shares that of the caller");
	} else if (policy->namespaces_optional) {
		diag_error(&c->diag, place, "%s cannot be had without namespaces", member);
		diag_note(&c->diag, policy->namespaces_place, "they are optional here");
	}
}

/* What is allowed to go without namespaces must be kept by other means. */
static void
check_namespaces(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	if (!policy->namespaces_optional)
		return;
	if (policy->store != STORE_LANDLOCK)
		diag_error(&c->diag, policy->namespaces_place,
		           "only a box with the store 'landlock' can go without namespaces");
	if (policy->filter_base == FILTER_NONE && !policy->nested_sandbox) {
		diag_error(&c->diag, policy->filter_place,
		           "without namespaces only a filter can forbid nested sandboxes");
		diag_note(&c->diag, policy->namespaces_place, "namespaces are optional here");
		diag_note(&c->diag, policy->nested_sandbox_place,
		          "nested sandboxes are forbidden here");
	}
}

/* Does one of the words, patterns, match the name? */
static bool
matches(const struct policy_words *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (fnmatch(patterns->items[i].text, name, FNM_NOESCAPE) == 0)
			return true;
	return false;
}

/* What is followed for the program is what it gets. */
static void
check_path_variable(struct compilation *c, const struct policy_word *word)
{
	const struct policy *policy = &c->policy;
	const struct variable *taken = NULL;

	if (policy_members_find(policy, word->text, true))
		return;
	for (size_t i = 0; i < policy->variable_count; i++) {
		const struct variable *variable = &policy->variables[i];

		if (variable->value && strcmp(variable->name, word->text) == 0)
			return;
		if (!variable->value && fnmatch(variable->name, word->text, FNM_NOESCAPE) == 0)
			taken = variable;
	}
	if (taken) {
		diag_error(&c->diag, word->place, "the program does not get '%s'", word->text);
		diag_note(&c->diag, taken->place, "it is unset here");
	} else if (!policy->inherit_all && !matches(&policy->inherit, word->text)) {
		diag_error(&c->diag, word->place,
		           "the program does not get '%s': 'inherit' does not have it", word->text);
	}
}

/* With the network blocked abstract sockets are out of reach, and X clients try the server's first
 * (pass-rules.c). */
static void
check_network(struct compilation *c)
{
	const struct risk_found *x11;

	if (c->policy.network != NETWORK_BLOCKED)
		return;
	x11 = risks_find_accepted(&c->arena, &c->policy, "x11");
	if (!x11)
		return;
	diag_error(&c->diag, x11->place, "no X server can be reached with the network 'blocked'");
	diag_note(&c->diag, c->policy.network_place,
	          "it is blocked here; 'none' and 'host' let X clients connect");
}

static void
check_members(struct compilation *c)
{
	const struct policy *policy = &c->policy;

	check_namespaces(c);
	check_network(c);
	if (policy->wait_for_all)
		check_init(c, policy->wait_for_place, "'wait-for' 'all'");
	if (policy->stop_timeout)
		check_init(c, policy->stop_timeout_place, "a stop timeout");
	if (policy->hostname && policy->share & CLONE_NEWUTS) {
		diag_error(&c->diag, policy->hostname_place,
		           "a host name needs a uts namespace of the box's own");
		diag_note(&c->diag, policy->share_place, "the box shares that of the caller");
	}
	for (size_t i = 0; i < policy->path_variables.count; i++)
		check_path_variable(c, &policy->path_variables.items[i]);
	for (size_t i = 0; i < policy->limit_count && !policy->core_dumps; i++)
		if (policy->limits[i].resource == RLIMIT_CORE)
			diag_error(&c->diag, policy->limits[i].place,
			           "a core size means nothing unless 'core-dumps' is true");
}

void
pass_conflict(struct compilation *c)
{
	for (size_t i = 0; i < c->plan.entry_count; i++)
		check_entry(c, &c->plan.entries[i]);
	pass_conflict_grants(c);
	check_members(c);
}
