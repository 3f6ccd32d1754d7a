/* Reads the list of store objects that structured attributes put into .attrs.json. */
#include "compiler.h"

#include <string.h>

/*
 * Nix writes the list as a member of the file .attrs.json, beside every other attribute; the
 * member "exportReferencesGraph" tells under which names lists stand. The list alone is what tools
 * cut out of that file; 'nix path-info --json' of Nix before 2.19 and of Lix prints the same.
 */

static void
read_references(struct compilation *c, struct json_at at, struct graph_input *input,
                struct graph_record *record)
{
	size_t count = json_array_size(at.value);
	record->references = arena_alloc(&c->arena, count * sizeof *record->references);
	for (size_t i = 0; i < count; i++) {
		const char *path = json_string_value(json_array_get(at.value, i));
		size_t number = path != NULL ? map_get(&input->numbers, path) : MAP_ABSENT;
		if (number == MAP_ABSENT) {
			struct json_at reference = json_element(c, at, i);
			if (json_get_string(c, reference, &path))
				number = graph_input_path(c, input, reference.place, path,
				                         strlen(path));
		}
		if (number != MAP_ABSENT)
			record->references[record->reference_count++] = number;
		else if (graph_input_enough(c, at.place.source, input))
			return;
	}
}

static void
read_element(struct compilation *c, struct json_at element, struct graph_input *input)
{
	struct graph_record record = { .place = element.place };
	const char *text;
	bool valid = true;
	if (!json_expect_object(c, element))
		return;
	struct json_at path = json_member(c, element, "path");
	if (!json_get_string(c, path, &text))
		return;
	record.path = graph_input_path(c, input, path.place, text, strlen(text));

	struct json_at validity = json_member(c, element, "valid");
	if (validity.value != NULL && json_get_boolean(c, validity, &valid) && !valid) {
		diag_error(&c->diag, validity.place,
		           "'%s' is not valid in the store that was asked", text);
		return;
	}
	struct json_at nar_size = json_member(c, element, "narSize");
	if (nar_size.value != NULL)
		json_get_integer(c, nar_size, &record.nar_size);
	struct json_at hash = json_member(c, element, "narHash");
	if (hash.value != NULL && json_get_string(c, hash, &text))
		graph_input_hash(c, hash.place, text, strlen(text));
	struct json_at references = json_member(c, element, "references");
	if (json_expect_array(c, references))
		read_references(c, references, input, &record);
	if (record.path != MAP_ABSENT)
		*ARRAY_ADD(&c->arena, input->records, input->count, input->capacity) = record;
}

static void
read_list(struct compilation *c, struct json_at list, struct graph_input *input)
{
	if (!json_expect_array(c, list))
		return;
	size_t count = json_array_size(list.value);
	if (count == 0)
		diag_error(&c->diag, list.place, "the graph is empty");
	for (size_t i = 0; i < count; i++) {
		read_element(c, json_element(c, list, i), input);
		if (graph_input_enough(c, list.place.source, input))
			return;
	}
}

/* The whole file .attrs.json, whose graph is the top-level member with the one name. */
static void
read_attributes(struct compilation *c, struct json_at root, struct json_at names,
                struct graph_input *input)
{
	if (!json_expect_object(c, names))
		return;
	size_t count = json_object_size(names.value);
	if (count == 1) {
		const char *key = json_object_iter_key(json_object_iter(names.value));
		read_list(c, json_member(c, root, key), input);
		return;
	}
	struct buffer text = { .arena = &c->arena };
	const char *key;
	json_t *value;
	json_object_foreach(names.value, key, value) {
		buffer_printf(&text, "%s'%s'", text.size ? ", " : "", key);
	}
	diag_error(&c->diag, names.place, "expected one graph, found %s",
	           count > 0 ? text.data : "none");
	if (count > 1)
		diag_note(&c->diag, PLACE_NONE, "one of these lists alone is a graph too");
}

/* What another object of Nix's is; the table of section 1.10 in the order given there. */
static const char *
object_form(const json_t *root)
{
	static const char derivation[] = "a derivation, not the references of what it builds";
	json_t *copy = (json_t *)root;
	const char *key;
	json_t *value;
	if (json_is_object(json_object_get(root, "info")) &&
	    json_is_integer(json_object_get(root, "version")))
		return "the map that 'nix path-info --json-format 2' prints, which is not read yet";
	json_object_foreach(copy, key, value) {
		if (json_object_get(value, "outputs") || json_object_get(value, "builder"))
			return derivation;
	}
	json_object_foreach(copy, key, value) {
		if (key[0] == '/')
			return "the map that 'nix path-info --json' prints, which is not read yet";
	}
	if (json_object_get(root, "contents") && json_object_get(root, "config"))
		return "the JSON of a dummy store, which is not read yet";
	if (json_object_get(root, "derivations"))
		return derivation;
	return "no form of a graph that is known";
}

void
read_graph_json(struct compilation *c, const struct source *source, struct graph_input *input)
{
	struct json_at root;
	if (!json_read(c, source, &root))
		return;
	struct json_at names = { 0 };
	if (json_is_object(root.value))
		names = json_member(c, root, "exportReferencesGraph");
	if (names.value != NULL)
		read_attributes(c, root, names, input);
	else if (json_is_object(root.value))
		graph_input_refuse(c, source, object_form(root.value));
	else
		read_list(c, root, input);
	json_decref(root.value);
}
