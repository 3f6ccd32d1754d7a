/* Tests of the graph readers: what they make of each form, and the rules they hold inputs to. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define APP "/nix/store/00000000000000000000000000000001-app-1.0"
#define LIB "/nix/store/00000000000000000000000000000002-lib-1.0"
#define DATA "/nix/store/00000000000000000000000000000003-data"
#define DERIVER "/nix/store/00000000000000000000000000000004-app-1.0.drv"
#define HASH_HEX "e507ff801043588c1680d35991195044bf4ad7227a5d93844883e0e8a7a86585"
#define NIX32 "11b5m2kyiq4392296pbs4bblmgs4a0cr2nfkh0b8qn23220gy1z5"
#define BASE64 "5Qf/gBBDWIwWgNNZkRlQRL9K1yJ6XZOESIPg6KeoZYU="
#define HASH_NIX32 "sha256:" NIX32
#define HASH_SRI "sha256-" BASE64

/* A compilation whose messages are kept. */
struct fixture {
	struct compilation c;
	struct graph_input input;
	struct graph graph;
	char *said;
	size_t said_size;
};

static void
begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
}

static void
end(struct fixture *f)
{
	fclose(f->c.diag.stream);
	free(f->said);
	arena_free(&f->c.arena);
}

static void
read_bytes(struct fixture *f, const char *text, size_t size)
{
	struct source source = { .name = "graph", .text = text, .size = size };
	read_graph(&f->c, &source, &f->input);
	fflush(f->c.diag.stream);
}

static void
read_text(struct fixture *f, const char *text)
{
	read_bytes(f, text, strlen(text));
}

static bool
merge(struct fixture *f)
{
	bool merged = read_graph_merge(&f->c, &f->input, &f->graph);
	fflush(f->c.diag.stream);
	return merged;
}

/* Asserts that `text` alone is refused with a message that has `expected` in it. */
static void
assert_refused(const char *text, const char *expected)
{
	struct fixture f;
	begin(&f);
	read_text(&f, text);
	ck_assert_msg(!merge(&f), "was accepted: %s", text);
	ck_assert_uint_ge(f.c.diag.errors, 1);
	ck_assert_msg(strstr(f.said, expected) != NULL, "expected '%s' in: %s", expected, f.said);
	end(&f);
}

/* Asserts the graph of the first three paths: the app needs the lib, which needs the data. */
static void
assert_chain(struct fixture *f)
{
	ck_assert_msg(merge(f), "%s", f->said);
	ck_assert_uint_eq(f->c.diag.errors, 0);
	ck_assert_str_eq(f->graph.store_dir, "/nix/store");
	ck_assert_uint_eq(f->graph.count, 3);
	ck_assert_str_eq(f->graph.objects[0].path, APP);
	ck_assert_str_eq(f->graph.objects[1].path, LIB);
	ck_assert_str_eq(f->graph.objects[2].path, DATA);
	ck_assert_uint_eq(f->graph.objects[0].reference_count, 1);
	ck_assert_uint_eq(f->graph.objects[0].references[0], 1);
	ck_assert_uint_eq(f->graph.objects[1].reference_count, 1);
	ck_assert_uint_eq(f->graph.objects[1].references[0], 2);
	ck_assert_uint_eq(f->graph.objects[2].reference_count, 0);
}

#define CHAIN_LINES DATA "\n\n0\n" LIB "\n\n2\n" LIB "\n" DATA "\n" APP "\n\n1\n" LIB "\n"

START_TEST(line_form)
{
	struct fixture f;
	begin(&f);
	read_text(&f, CHAIN_LINES);
	assert_chain(&f);
	end(&f);
}
END_TEST

START_TEST(registration_form)
{
	struct fixture f;
	begin(&f);
	read_text(&f, APP "\n" HASH_HEX "\n568\n" DERIVER "\n1\n" LIB "\n"
	              LIB "\n" HASH_NIX32 "\n712\n\n1\n" DATA "\n"
	              DATA "\n" HASH_SRI "\n0\n\n1\n" DATA "\n");
	assert_chain(&f);
	ck_assert_uint_eq(f.graph.objects[0].nar_size, 568);
	ck_assert_uint_eq(f.graph.objects[1].nar_size, 712);
	ck_assert_uint_eq(f.graph.objects[2].nar_size, 0);
	end(&f);
}
END_TEST

#define CHAIN_JSON \
	"[{\"path\":\"" APP "\",\"references\":[\"" LIB "\"],\"narSize\":568," \
	"\"narHash\":\"" HASH_NIX32 "\",\"closureSize\":1280,\"valid\":true}," \
	"{\"path\":\"" LIB "\",\"references\":[\"" DATA "\",\"" LIB "\"],\"narSize\":712}," \
	"{\"path\":\"" DATA "\",\"references\":[],\"ca\":\"text:sha256:0\"}]"

START_TEST(json_list)
{
	struct fixture f;
	begin(&f);
	read_text(&f, CHAIN_JSON);
	assert_chain(&f);
	ck_assert_uint_eq(f.graph.objects[0].nar_size, 568);
	ck_assert_str_eq(f.graph.objects[1].place.pointer, "/1");
	end(&f);
}
END_TEST

START_TEST(json_attributes)
{
	struct fixture f;
	begin(&f);
	read_text(&f, "{\"exportReferencesGraph\":{\"clo/sure\":[\"" APP "\"]},\"system\":\"x\","
	              "\"clo/sure\":" CHAIN_JSON "}");
	assert_chain(&f);
	ck_assert_str_eq(f.graph.objects[0].place.pointer, "/clo~1sure/0");
	end(&f);
}
END_TEST

START_TEST(json_map)
{
	struct fixture f;
	begin(&f);
	read_text(&f, "{\"" APP "\":{\"references\":[\"" LIB "\"],\"ca\":null},"
	              "\"" LIB "\":{\"references\":[\"" DATA "\"],\"version\":1},"
	              "\"" DATA "\":{\"references\":[],\"storeDir\":\"/nix/store\"}}");
	assert_chain(&f);
	ck_assert_str_eq(f.graph.objects[2].place.pointer,
	                 "/~1nix~1store~100000000000000000000000000000003-data");
	end(&f);
}
END_TEST

#define BASE(path) (&(path)[sizeof "/nix/store/" - 1])

START_TEST(json_base_names)
{
	struct fixture f;
	char text[1000];
	begin(&f);
	snprintf(text, sizeof text,
	         "{\"info\":{\"%s\":{\"references\":[\"%s\"]},\"%s\":{\"references\":[\"%s\"]},"
	         "\"%s\":{\"references\":[]}},\"storeDir\":\"/nix/store\",\"version\":3}",
	         BASE(APP), BASE(LIB), BASE(LIB), BASE(DATA), BASE(DATA));
	read_text(&f, text);
	assert_chain(&f);
	ck_assert_str_eq(f.graph.objects[2].place.pointer,
	                 "/info/00000000000000000000000000000003-data");
	end(&f);
}
END_TEST

START_TEST(plain_list)
{
	struct fixture f;
	begin(&f);
	read_text(&f, DATA "\n" APP "\n");
	ck_assert_msg(merge(&f), "%s", f.said);
	ck_assert_uint_eq(f.graph.count, 2);
	ck_assert(f.graph.listed && f.graph.objects[0].listed && f.graph.objects[1].listed);
	ck_assert_ptr_nonnull(strstr(f.said, "note: a plain list"));
	end(&f);

	/* What another graph knows of an object stands. */
	begin(&f);
	read_text(&f, LIB "\n" APP "\n");
	read_text(&f, CHAIN_LINES);
	assert_chain(&f);
	ck_assert(!f.graph.listed);
	end(&f);
}
END_TEST

START_TEST(hashes_of_all_spellings)
{
	static const char *const spellings[] = { HASH_HEX, NIX32, BASE64, HASH_NIX32, HASH_SRI,
		                                 "sha256:" HASH_HEX, "sha256:" BASE64 };
	struct arena arena = { 0 };
	const unsigned char *first = graph_input_decode(&arena, HASH_HEX, strlen(HASH_HEX));
	ck_assert_ptr_nonnull(first);
	ck_assert_uint_eq(first[0], 0xe5);
	ck_assert_uint_eq(first[31], 0x85);
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		const unsigned char *hash =
			graph_input_decode(&arena, spellings[i], strlen(spellings[i]));
		ck_assert_ptr_nonnull(hash);
		ck_assert_mem_eq(first, hash, NAR_HASH_SIZE);
	}
	arena_free(&arena);
}
END_TEST

START_TEST(every_truncation_of_json)
{
	static const char attributes[] =
		"{\"exportReferencesGraph\":{\"x\":[]},\"x\":" CHAIN_JSON "}";
	static const char map[] = "{\"" APP "\":{\"references\":[]}}";
	static const char info[] =
		"{\"info\":{\"00000000000000000000000000000001-app\":{\"references\":[]}},"
		"\"storeDir\":\"/nix/store\",\"version\":2}";
	static const char *const wholes[] = { CHAIN_JSON, attributes, map, info };
	for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
		for (size_t size = 0; size < strlen(wholes[i]); size++) {
			struct fixture f;
			char *cut = strndup(wholes[i], size);
			begin(&f);
			read_bytes(&f, cut, size);
			ck_assert_msg(!merge(&f), "accepted %zu bytes of %s", size, wholes[i]);
			ck_assert_uint_ge(f.c.diag.errors, 1);
			free(cut);
			end(&f);
		}
	}
}
END_TEST

START_TEST(store_directories)
{
	struct fixture f;
	begin(&f);
	read_text(&f, "/gnu/store/00000000000000000000000000000001-app\n\n0\n");
	ck_assert_msg(merge(&f), "%s", f.said);
	ck_assert_str_eq(f.graph.store_dir, "/gnu/store");
	end(&f);
	assert_refused("/gnu/store/00000000000000000000000000000001-app\n\n0\n" APP "\n\n0\n",
	               "the store is '/nix/store' here");
}
END_TEST

START_TEST(white_space_and_byte_order_mark_before_json)
{
	struct fixture f;
	begin(&f);
	read_text(&f, "\xef\xbb\xbf \n\t" CHAIN_JSON "\n");
	assert_chain(&f);
	end(&f);
}
END_TEST

START_TEST(duplicates_that_agree)
{
	struct fixture f;
	begin(&f);
	read_text(&f, CHAIN_LINES);
	read_text(&f, CHAIN_JSON);
	read_text(&f, LIB "\n\n1\n" DATA "\n" DATA "\n\n0\n");
	assert_chain(&f);
	ck_assert_uint_eq(f.graph.objects[1].nar_size, 712);
	end(&f);
}
END_TEST

START_TEST(graphs_that_complete_each_other)
{
	struct fixture f;
	begin(&f);
	read_text(&f, APP "\n\n1\n" LIB "\n");
	read_text(&f, LIB "\n\n1\n" DATA "\n" DATA "\n\n0\n");
	assert_chain(&f);
	end(&f);
}
END_TEST

START_TEST(duplicate_with_other_references)
{
	struct fixture f;
	begin(&f);
	read_text(&f, CHAIN_LINES);
	read_text(&f, APP "\n\n1\n" DATA "\n" DATA "\n\n0\n");
	ck_assert(!merge(&f));
	ck_assert_uint_eq(f.c.diag.errors, 1);
	ck_assert_str_eq(f.said, "graph:1: error: '" APP "' occurs again with other references\n"
	                         "graph:9: note: it occurs here first\n");
	end(&f);
}
END_TEST

START_TEST(duplicate_with_other_size)
{
	assert_refused(APP "\n" HASH_HEX "\n1\n\n0\n" APP "\n" HASH_HEX "\n2\n\n0\n",
	               "graph:6: error: '" APP "' occurs again with another size");
}
END_TEST

START_TEST(absent_reference)
{
	struct fixture f;
	begin(&f);
	read_text(&f, APP "\n\n2\n" APP "\n" LIB "\n" DATA "\n\n1\n" LIB "\n");
	ck_assert(!merge(&f));
	/* said once, though two objects refer to it */
	ck_assert_uint_eq(f.c.diag.errors, 1);
	ck_assert_ptr_nonnull(strstr(f.said, "graph:5: error: '" APP "' refers to '" LIB
	                                     "', which is not in the graph\n"));
	ck_assert_ptr_nonnull(strstr(f.said, "-r"));
	end(&f);
	assert_refused("[{\"path\":\"" APP "\",\"references\":[\"" APP "\",\"" LIB "\"]}]",
	               "graph: /0/references/1: error:");
}
END_TEST

START_TEST(damaged_input_is_not_merged)
{
	struct fixture f;
	begin(&f);
	read_text(&f, APP "\n\n1\n" LIB "\n" LIB "x\n");
	ck_assert_uint_eq(f.c.diag.errors, 1);
	ck_assert(!merge(&f));
	ck_assert_uint_eq(f.c.diag.errors, 1);
	end(&f);
}
END_TEST

START_TEST(every_truncation_of_lines)
{
	static const char whole[] = APP "\n" HASH_HEX "\n5\n\n1\n" LIB "\n" LIB "\n" HASH_HEX
					"\n5\n\n0\n";
	for (size_t size = 0; size < sizeof whole - 1; size++) {
		struct fixture f;
		if (size == sizeof APP)
			continue; /* a path alone is a list */
		char *cut = strndup(whole, size);
		begin(&f);
		read_bytes(&f, cut, size);
		ck_assert_msg(!merge(&f), "accepted %zu bytes", size);
		ck_assert_uint_ge(f.c.diag.errors, 1);
		free(cut);
		end(&f);
	}
}
END_TEST

START_TEST(numbers)
{
	assert_refused(APP "\n\n00\n", "expected the number of references, found '00'");
	assert_refused(APP "\n\n-1\n", "expected the number of references, found '-1'");
	assert_refused(APP "\n\n1x\n", "expected the number of references, found '1x'");
	assert_refused(APP "\n\n 0\n", "expected the number of references, found ' 0'");
	assert_refused(APP "\n\n18446744073709551616\n", "too large");
	assert_refused(APP "\n\n18446744073709551615\n", "cut short");
	assert_refused(APP "\n\n1\n", "cut short");
	assert_refused(APP "\n" HASH_HEX "\n18446744073709551616\n\n0\n", "too large");
	assert_refused(APP "\n" HASH_HEX "\n\n\n0\n", "expected the size");
}
END_TEST

/* Asserts whether a hash is accepted. */
static void
assert_hash(const char *hash, bool good)
{
	struct fixture f;
	begin(&f);
	graph_input_hash(&f.c, PLACE_NONE, hash, strlen(hash));
	ck_assert_msg((f.c.diag.errors == 0) == good, "%s", hash);
	end(&f);
}

START_TEST(hashes)
{
	assert_hash(HASH_HEX, true);
	assert_hash("sha256:" HASH_HEX, true);
	assert_hash(HASH_NIX32, true);
	assert_hash(NIX32, true);
	assert_hash(HASH_SRI, true);
	assert_hash(BASE64, true);
	assert_hash("sha1:0000000000000000000000000000000000000000", false);
	assert_hash("md5:00000000000000000000000000", false);
	assert_hash("md5-AAAAAAAAAAAAAAAAAAAAAA==", false);
	assert_hash("sha256:" BASE64, true);
	assert_hash("", false);
	assert_hash("sha256:", false);
	assert_hash("sha257:" HASH_HEX, false);
	assert_hash("sha:" HASH_HEX, false);
	assert_hash("sha256-" HASH_HEX, false);
	assert_hash(HASH_HEX "0", false);
	assert_hash(HASH_HEX "\n", false);
	assert_hash("g507ff801043588c1680d35991195044bf4ad7227a5d93844883e0e8a7a86585", false);
	assert_hash("e1b5m2kyiq4392296pbs4bblmgs4a0cr2nfkh0b8qn23220gy1z5", false);
	assert_hash("md5-AAAAAAAAAAAAAAAAAAAAAAA=", false);
}
END_TEST

START_TEST(bytes_that_no_line_has)
{
	struct fixture f;
	begin(&f);
	read_bytes(&f, APP "\n\n0\n\0", sizeof APP "\n\n0\n");
	ck_assert_ptr_nonnull(strstr(f.said, "graph:4: error: a NUL byte"));
	end(&f);
	assert_refused(APP "\r\n\r\n0\r\n", "graph:1:52: error: a carriage return");
	assert_refused(APP "\n\n0", "graph:3: error: cut short");
}
END_TEST

START_TEST(other_forms)
{
	assert_refused("", "the graph is empty");
	assert_refused(" \n\n", "the graph is empty");
	assert_refused("[]", "the graph is empty");
	assert_refused(APP "\n├───" LIB "\n", "a tree of references");
	assert_refused(APP "\n+---" LIB "\n", "a tree of references");
	assert_refused("digraph G {\n}\n", "a dot graph");
	assert_refused("<?xml version='1.0'?>", "a GraphML graph");
	assert_refused("StorePath: " APP "\n", "a narinfo");
	assert_refused("Derive([(\"out\"", "a derivation");
	assert_refused("\x1f\x8b\x08", "gzip inside of gzip");
	assert_refused("hello\n", "no form of a graph that is known");
	assert_refused("{\"" DERIVER "\":{\"outputs\":{}}}", "a derivation");
	assert_refused("{\"version\":4,\"derivations\":{}}", "a derivation");
	assert_refused("{\"version\":2,\"info\":{}}", "the graph is empty");
	assert_refused("{\"config\":{},\"contents\":{}}", "a dummy store");
	assert_refused("{}", "the graph is empty");
	assert_refused("{\"x\":1}", "no form of a graph that is known");
}
END_TEST

START_TEST(many_errors)
{
	struct fixture f;
	struct buffer text = { 0 };
	begin(&f);
	text.arena = &f.c.arena;
	for (int i = 0; i < 1000; i++)
		buffer_add_string(&text, "/nix/store/x\n\n0\n");
	read_bytes(&f, text.data, text.size);
	ck_assert_uint_eq(f.c.diag.errors, 21);
	ck_assert_ptr_nonnull(strstr(f.said, "too many errors"));
	end(&f);
}
END_TEST

/* A graph of `count` objects with ten references each, in line form. */
static struct buffer
large_graph(struct arena *arena, unsigned count)
{
	struct buffer text = { .arena = arena };
	for (unsigned i = 0; i < count; i++) {
		buffer_printf(&text, "/nix/store/%032u-package-name-1.2.3\n\n10\n", i);
		for (unsigned j = 0; j < 10; j++)
			buffer_printf(&text, "/nix/store/%032u-package-name-1.2.3\n",
			              (i * 7919 + j * 104729) % count);
	}
	return text;
}

START_TEST(large)
{
	struct fixture f;
	struct arena arena = { 0 };
	const unsigned count = 100000;
	struct buffer text = large_graph(&arena, count);
	begin(&f);
	read_bytes(&f, text.data, text.size);
	ck_assert_msg(merge(&f), "%s", f.said);
	ck_assert_uint_eq(f.graph.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct object *object = &f.graph.objects[i];
		for (size_t j = 1; j < object->reference_count; j++)
			ck_assert_uint_lt(object->references[j - 1], object->references[j]);
	}
	end(&f);
	arena_free(&arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("read-graph");
	TCase *forms = tcase_create("forms"), *rules = tcase_create("rules");
	tcase_add_test(forms, line_form);
	tcase_add_test(forms, registration_form);
	tcase_add_test(forms, json_list);
	tcase_add_test(forms, json_attributes);
	tcase_add_test(forms, json_map);
	tcase_add_test(forms, json_base_names);
	tcase_add_test(forms, plain_list);
	tcase_add_test(forms, hashes_of_all_spellings);
	tcase_add_test(forms, store_directories);
	tcase_add_test(forms, white_space_and_byte_order_mark_before_json);
	tcase_add_test(forms, duplicates_that_agree);
	tcase_add_test(forms, graphs_that_complete_each_other);
	tcase_add_test(forms, large);
	tcase_add_test(rules, duplicate_with_other_references);
	tcase_add_test(rules, duplicate_with_other_size);
	tcase_add_test(rules, absent_reference);
	tcase_add_test(rules, damaged_input_is_not_merged);
	tcase_add_test(rules, every_truncation_of_lines);
	tcase_add_test(rules, every_truncation_of_json);
	tcase_add_test(rules, numbers);
	tcase_add_test(rules, hashes);
	tcase_add_test(rules, bytes_that_no_line_has);
	tcase_add_test(rules, other_forms);
	tcase_add_test(rules, many_errors);
	tcase_set_timeout(forms, 60);
	suite_add_tcase(suite, forms);
	suite_add_tcase(suite, rules);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
