/* Tests of the search for hashes: in bytes, against a naive one, and in files of every kind. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE STORE_PATH_HASH_SIZE
#define ALPHABET "0123456789abcdfghijklmnpqrsvwxyz"
#define A "0a1b2c3d4f5g6h7i8j9k0l1m2n3p4q5r"
#define B "zyxwvsrqpnmlkjihgfdcba9876543210"
#define C "cccccccccccccccccccccccccccccccc"
#define D "0123456789abcdfghijklmnpqrsvwxyz"
#define BLOCK ((size_t)256 << 10) /* as scan-files.c reads */

/* The search in bytes */

/* The next hash at or after `*at`, one window and one candidate after the other. */
static size_t
naive_next(const char *const *hashes, size_t count, const char *bytes, size_t size, size_t *at)
{
	for (; *at + SIZE <= size; ++*at) {
		for (size_t i = 0; i < count; i++) {
			if (memcmp(bytes + *at, hashes[i], SIZE) == 0)
				return i;
		}
	}
	return SCAN_END;
}

/* Asserts that both find the same hashes at the same places in the same order; gives their number.
 */
static unsigned
assert_same(const char *const *hashes, size_t count, const char *bytes, size_t size)
{
	struct arena arena = { 0 };
	struct scan_set set;
	scan_build(&arena, hashes, count, &set);
	/* A copy without a byte more than there are, for sanitizers to watch. */
	struct scan_cursor cursor = {
		.bytes = memcpy(arena_alloc(&arena, size), bytes, size),
		.size = size,
	};
	unsigned found = 0;
	for (size_t at = 0;; at++, found++) {
		size_t want = naive_next(hashes, count, bytes, size, &at);
		size_t got = scan_next(&set, &cursor);
		ck_assert_uint_eq(got, want);
		if (want == SCAN_END)
			break;
		ck_assert_uint_eq(cursor.found, at);
	}
	ck_assert_uint_eq(scan_next(&set, &cursor), SCAN_END);
	arena_free(&arena);
	return found;
}

/* The same on every machine. */
static unsigned
next_random(uint64_t *state, unsigned limit)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)((*state >> 33) % limit);
}

START_TEST(check_alphabet)
{
	/* A run of 32 is looked up; with one byte outside of the alphabet in it, it is not. */
	for (unsigned byte = 0; byte < 256; byte++) {
		char hash[SIZE + 1] = D;
		const char *hashes[] = { hash };
		hash[17] = (char)byte;
		struct arena arena = { 0 };
		struct scan_set set;
		scan_build(&arena, hashes, 1, &set);
		struct scan_cursor cursor = { .bytes = (unsigned char *)hash, .size = SIZE };
		bool inside = byte != 0 && strchr(ALPHABET, (int)byte) != NULL;
		ck_assert_uint_eq(scan_next(&set, &cursor), inside ? 0 : SCAN_END);
		arena_free(&arena);
	}
}
END_TEST

START_TEST(check_every_alignment)
{
	static const char *const hashes[] = { A, B, C };
	static const char around[] = { '\0', 'e', '-', 'a', '0', 'c', '\xff' };
	char bytes[4 * SIZE];
	for (size_t i = 0; i < sizeof around; i++) {
		for (size_t size = 0; size <= sizeof bytes; size++) {
			for (size_t at = 0; at + SIZE <= size; at++) {
				memset(bytes, around[i], sizeof bytes);
				memcpy(bytes + at, A, SIZE);
				ck_assert_uint_ge(assert_same(hashes, 3, bytes, size), 1);
			}
		}
	}
}
END_TEST

START_TEST(check_overlapping)
{
	static const char *const overlapping[] = { A, B, C, "rccccccccccccccccccccccccccccccc" };
	static const struct {
		const char *text;
		unsigned count;
	} texts[] = {
		{ A B A, 3 },     { C C, SIZE + 1 },
		{ "c" C "c", 3 }, { A "0a1b2c3d4f5g", 1 },
		{ "r" C "r", 2 }, { "0a1b2c3d4f5g6h7i8j9k0l1m2n3p4q5" A, 1 },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_uint_eq(assert_same(overlapping, 4, texts[i].text, strlen(texts[i].text)),
		                  texts[i].count);
}
END_TEST

START_TEST(check_too_short)
{
	static const char *const hashes[] = { A };
	for (size_t size = 0; size < SIZE; size++)
		ck_assert_uint_eq(assert_same(hashes, 1, A, size), 0);
	ck_assert_uint_eq(assert_same(hashes, 0, A A, 2 * SIZE), 0);
}
END_TEST

/* Random bytes, `_i` of 8 from the alphabet, with hashes in them at random places. */
START_TEST(check_random)
{
	char texts[200][SIZE + 1];
	const char *hashes[200];
	uint64_t state = (uint64_t)_i;
	unsigned found = 0;
	for (size_t i = 0; i < 200; i++) {
		for (size_t j = 0; j < SIZE; j++)
			texts[i][j] = ALPHABET[next_random(&state, i % 2 ? 32 : 2)];
		texts[i][SIZE] = '\0';
		hashes[i] = texts[i];
	}
	for (unsigned round = 0; round < 300; round++) {
		char bytes[2000];
		size_t size = next_random(&state, sizeof bytes - SIZE);
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (int)next_random(&state, 8) < _i
			                   ? ALPHABET[next_random(&state, round % 2 ? 32 : 2)]
			                   : (char)next_random(&state, 256);
		for (unsigned i = next_random(&state, 20); i > 0; i--)
			memcpy(bytes + next_random(&state, (unsigned)size + 1),
			       hashes[next_random(&state, 200)], SIZE);
		found += assert_same(hashes, 200, bytes, size);
	}
	ck_assert_uint_gt(found, 300);
}
END_TEST

START_TEST(check_many_candidates)
{
	enum {
		COUNT = 50000
	};
	struct arena arena = { 0 };
	const char **hashes = arena_alloc(&arena, COUNT * sizeof *hashes);
	struct buffer text = { .arena = &arena };
	struct scan_set set;
	for (size_t i = 0; i < COUNT; i++) {
		/* alike, but for digits in the middle or, of every other, at the end */
		hashes[i] = i % 2 ? arena_printf(&arena, "%027zu00000", i)
		                  : arena_printf(&arena, "%032zu", i);
		buffer_add(&text, hashes[i], SIZE);
		buffer_add(&text, "-", 1);
	}
	scan_build(&arena, hashes, COUNT, &set);
	struct scan_cursor cursor = { .bytes = (unsigned char *)text.data, .size = text.size };
	for (size_t i = 0; i < COUNT; i++)
		ck_assert_uint_eq(scan_next(&set, &cursor), i);
	ck_assert_uint_eq(scan_next(&set, &cursor), SCAN_END);
	arena_free(&arena);
}
END_TEST

/* The search in files, below a directory of each test's own */

static const char *const hashes[] = { A, B, C };

static struct {
	struct compilation c;
	struct scan_set set;
	struct scan scan;
	struct progress progress;
	char *said;
	size_t said_size;
	char top[32];
} f;

static void
begin(void)
{
	memset(&f, 0, sizeof f);
	f.c.diag.stream = open_memstream(&f.said, &f.said_size);
	scan_build(&f.c.arena, hashes, 3, &f.set);
	f.scan.set = &f.set;
	f.scan.places = arena_alloc(&f.c.arena, 3 * sizeof *f.scan.places);
	f.scan.progress = &f.progress;
	strcpy(f.top, "/tmp/scan.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f.top));
	ck_assert_int_eq(chdir(f.top), 0);
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

static void
end(void)
{
	ck_assert_int_eq(nftw(f.top, remove_one, 20, FTW_DEPTH | FTW_PHYS), 0);
	fclose(f.c.diag.stream);
	free(f.said);
	arena_free(&f.c.arena);
}

/* Writes bytes at an offset of a file that may be there. */
static void
write_at(const char *path, off_t offset, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	ssize_t size = (ssize_t)strlen(bytes);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, (size_t)size, offset), size);
	close(fd);
}

static void
scan_quietly(const char *path)
{
	scan_files(&f.c, &f.scan, path);
	fflush(f.c.diag.stream);
	ck_assert_msg(f.c.diag.errors == 0, "%s", f.said);
}

static void
assert_complains(const char *path, const char *complaint)
{
	scan_files(&f.c, &f.scan, path);
	fflush(f.c.diag.stream);
	ck_assert_uint_ge(f.c.diag.errors, 1);
	ck_assert_msg(strstr(f.said, complaint) != NULL, "expected '%s' in: %s", complaint, f.said);
}

static void
assert_place(size_t hash, const char *path, enum scan_part part, uint64_t offset)
{
	const struct scan_place *place = &f.scan.places[hash];
	ck_assert_pstr_eq(place->path, path);
	ck_assert_int_eq((int)place->part, (int)part);
	ck_assert_uint_eq(place->offset, offset);
}

static void
assert_absent(size_t hash)
{
	ck_assert_pstr_eq(f.scan.places[hash].path, NULL);
}

START_TEST(check_kinds)
{
	mkdir("tree", 0777);
	mkdir("tree/dir", 0777);
	write_at("tree/dir/file", 0, "/nix/store/" A "-a");
	write_at("tree/" B, 0, "");
	ck_assert_int_eq(symlink("../" C "-c", "tree/link"), 0);
	scan_quietly("tree");
	assert_place(0, "tree/dir/file", SCAN_CONTENTS, 11);
	assert_place(1, "tree/" B, SCAN_NAME, 0);
	assert_place(2, "tree/link", SCAN_TARGET, 3);
	ck_assert_uint_eq(f.scan.files, 2);
	ck_assert_uint_eq(f.scan.bytes, 45);
}
END_TEST

START_TEST(check_directory_name)
{
	mkdir("tree", 0777);
	mkdir("tree/lib", 0777);
	mkdir("tree/lib/x-" B ".d", 0777);
	scan_quietly("tree/");
	assert_place(1, "tree/lib/x-" B ".d", SCAN_NAME, 2);
}
END_TEST

/* The name of an object is no part of its NAR. */
START_TEST(check_own_name)
{
	mkdir(A "-dir", 0777);
	write_at(B "-file", 0, "");
	ck_assert_int_eq(symlink("nowhere", C "-link"), 0);
	scan_quietly(A "-dir");
	scan_quietly(B "-file");
	scan_quietly(C "-link");
	for (size_t i = 0; i < 3; i++)
		assert_absent(i);
}
END_TEST

START_TEST(check_symlinks_are_not_followed)
{
	mkdir("tree", 0777);
	write_at("file", 0, A);
	mkdir("dir", 0777);
	write_at("dir/file", 0, B);
	ck_assert_int_eq(symlink("../file", "tree/1"), 0);
	ck_assert_int_eq(symlink("../dir", "tree/2"), 0);
	ck_assert_int_eq(symlink("tree/" C, "top"), 0);
	scan_quietly("tree");
	scan_quietly("top");
	assert_absent(0);
	assert_absent(1);
	assert_place(2, "top", SCAN_TARGET, 5);
	ck_assert_uint_eq(f.scan.bytes, 0);
}
END_TEST

/* A hash is no hash if a name and contents hold a part of it each. */
START_TEST(check_parts_do_not_join)
{
	mkdir("0a1b2c3d4f5g6h7i", 0777);
	write_at("0a1b2c3d4f5g6h7i/0a1b2c3d4f5g6h7i", 0, "8j9k0l1m2n3p4q5r");
	write_at("0a1b2c3d4f5g6h7i/1", 0, "0a1b2c3d4f5g6h7i");
	write_at("0a1b2c3d4f5g6h7i/8j9k0l1m2n3p4q5r", 0, "");
	scan_quietly(".");
	assert_absent(0);
}
END_TEST

START_TEST(check_first_place)
{
	mkdir("tree", 0777);
	write_at("tree/c", 0, A);
	write_at("tree/b", 0, "--" A "--" A);
	mkdir("tree/a", 0777);
	write_at("tree/a/z", 0, B);
	write_at("tree/a0", 0, B);
	scan_quietly("tree");
	assert_place(0, "tree/b", SCAN_CONTENTS, 2);
	assert_place(1, "tree/a/z", SCAN_CONTENTS, 0);
}
END_TEST

/* One that lies across the end of a block, `_i` bytes before it and the rest behind. */
START_TEST(check_across_blocks)
{
	write_at("file", (off_t)BLOCK - 100, "0123456789"); /* a file without holes there */
	write_at("file", (off_t)BLOCK - _i, A);
	write_at("file", 3 * (off_t)BLOCK - _i, B);
	ck_assert_int_eq(truncate("file", _i % 2 ? 4 * (off_t)BLOCK : 3 * (off_t)BLOCK + 40), 0);
	scan_quietly("file");
	assert_place(0, "file", SCAN_CONTENTS, BLOCK - (uint64_t)_i);
	assert_place(1, "file", SCAN_CONTENTS, 3 * BLOCK - (uint64_t)_i);
}
END_TEST

/* Without a hole anywhere, and in a run of the alphabet. */
START_TEST(check_across_blocks_in_run)
{
	char *bytes = malloc(2 * BLOCK + 1);
	memset(bytes, 'c', 2 * BLOCK);
	bytes[0] = bytes[2 * BLOCK - 1] = 'e';
	memcpy(bytes + BLOCK - _i, A, SIZE);
	bytes[2 * BLOCK] = '\0';
	write_at("file", 0, bytes);
	scan_quietly("file");
	assert_place(0, "file", SCAN_CONTENTS, BLOCK - (uint64_t)_i);
	assert_place(2, "file", SCAN_CONTENTS, 1);
	ck_assert_uint_eq(f.scan.bytes, 2 * BLOCK);
	free(bytes);
}
END_TEST

START_TEST(check_sizes_around_block)
{
	for (off_t size = (off_t)BLOCK - 1; size <= (off_t)BLOCK + 1; size++) {
		memset(f.scan.places, 0, 3 * sizeof *f.scan.places);
		remove("file");
		write_at("file", size - SIZE, A);
		scan_quietly("file");
		assert_place(0, "file", SCAN_CONTENTS, (uint64_t)size - SIZE);
	}
}
END_TEST

START_TEST(check_hard_links)
{
	mkdir("tree", 0777);
	write_at("tree/1", 0, A);
	ck_assert_int_eq(link("tree/1", "tree/2-" B), 0);
	ck_assert_int_eq(link("tree/1", "other"), 0);
	scan_quietly("tree");
	scan_quietly("other");
	assert_place(0, "tree/1", SCAN_CONTENTS, 0);
	assert_place(1, "tree/2-" B, SCAN_NAME, 2);
	ck_assert_uint_eq(f.scan.files, 1);
	ck_assert_uint_eq(f.scan.bytes, 32);
}
END_TEST

START_TEST(check_empty)
{
	mkdir("empty", 0777);
	write_at("file", 0, "");
	scan_quietly("empty");
	scan_quietly("file");
	ck_assert_uint_eq(f.scan.files, 1);
	ck_assert_uint_eq(f.scan.bytes, 0);
}
END_TEST

START_TEST(check_holes)
{
	const off_t page = 64 << 10; /* of any file system */
	struct stat status;
	/* The two halves of a hash around a hole, a hash behind it, a hole at the end. */
	write_at("file", page - 16, "0a1b2c3d4f5g6h7i");
	write_at("file", 8 * page, "8j9k0l1m2n3p4q5r" B);
	ck_assert_int_eq(truncate("file", 32 * page), 0);
	scan_quietly("file");
	assert_absent(0);
	assert_place(1, "file", SCAN_CONTENTS, 8 * (uint64_t)page + 16);
	ck_assert_int_eq(stat("file", &status), 0);
	if (status.st_blocks < 8 * page / 512)
		ck_assert_uint_lt(f.scan.bytes, 8 * (uint64_t)page);
}
END_TEST

START_TEST(check_only_a_hole)
{
	write_at("file", 0, "");
	ck_assert_int_eq(truncate("file", 1 << 20), 0);
	scan_quietly("file");
	ck_assert_uint_eq(f.scan.bytes, 0);
}
END_TEST

START_TEST(check_more_than_4_gib)
{
	const off_t far = (off_t)5 << 30;
	write_at("file", far - 7, A);
	write_at("file", far + 1000, B);
	scan_quietly("file");
	assert_place(0, "file", SCAN_CONTENTS, (uint64_t)far - 7);
	assert_place(1, "file", SCAN_CONTENTS, (uint64_t)far + 1000);
}
END_TEST

/* Neither the number of open files nor the longest path limits the depth. */
START_TEST(check_deep)
{
	enum {
		DEPTH = 3000
	};
	struct rlimit few = { 24, 24 };
	int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(mkdirat(fd, "d", 0777), 0);
		int below = openat(fd, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(below, 0);
		close(fd);
		fd = below;
	}
	ck_assert_int_eq(symlinkat(A, fd, "link"), 0);
	close(fd);
	write_at("e", 0, B);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	scan_quietly(".");
	ck_assert_uint_eq(strlen(f.scan.places[0].path), 1 + 2 * DEPTH + strlen("/link"));
	assert_place(1, "./e", SCAN_CONTENTS, 0);
	/* Deeper than nftw can go by path: taken away from the top. */
	for (int i = 0; i < DEPTH; i++) {
		ck_assert_int_eq(rename("d", "old"), 0);
		if (rename("old/d", "d") < 0)
			ck_assert_int_eq(unlink("old/link"), 0);
		ck_assert_int_eq(rmdir("old"), 0);
	}
}
END_TEST

START_TEST(check_special)
{
	mkdir("tree", 0777);
	ck_assert_int_eq(mkfifo("tree/pipe", 0666), 0);
	write_at("tree/z", 0, A);
	assert_complains("tree", "cannot scan 'tree/pipe': it is neither a file nor a directory");
	/* and goes on */
	assert_place(0, "tree/z", SCAN_CONTENTS, 0);
	assert_complains("/dev/null", "cannot scan '/dev/null': it is neither");
}
END_TEST

START_TEST(check_unreadable)
{
	assert_complains("nowhere", "cannot scan 'nowhere': No such file or directory");
	write_at("file", 0, "");
	assert_complains("file/x", "cannot scan 'file/x': Not a directory");
	mkdir("tree", 0777);
	mkdir("tree/closed", 0);
	write_at("tree/secret", 0, A);
	chmod("tree/secret", 0);
	chmod(".", 0755);
	if (geteuid() == 0 && setreuid(0, 65534) < 0)
		ck_abort();
	assert_complains("tree", "cannot scan 'tree/closed': Permission denied");
	assert_complains("tree", "cannot scan 'tree/secret': Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(setreuid(0, 0), 0);
}
END_TEST

/* The kernel's own files say that they are a page long; Nix refuses such a file too. */
START_TEST(check_shorter_than_expected)
{
	static const char path[] = "/sys/kernel/mm/transparent_hugepage/enabled";
	struct stat status;
	if (stat(path, &status) == 0 && status.st_size >= 4096)
		assert_complains(path, "it became shorter while it was read");
}
END_TEST

START_TEST(check_too_many_errors)
{
	char name[16];
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%d", i);
		ck_assert_int_eq(mkfifo(name, 0666), 0);
	}
	assert_complains(".", "too many errors");
	ck_assert_uint_eq(f.c.diag.errors, 21);
}
END_TEST

START_TEST(check_no_descriptor_is_left)
{
	int before = dup(0);
	close(before);
	mkdir("a", 0777);
	mkdir("a/b", 0777);
	mkdir("a/b/c", 0777);
	ck_assert_int_eq(mkfifo("a/b/c/pipe", 0666), 0);
	write_at("a/b/c/file", 0, A);
	assert_complains("a", "neither");
	int after = dup(0);
	ck_assert_int_eq(before, after);
	close(after);
}
END_TEST

/* The line of progress */

START_TEST(check_progress)
{
	char *shown;
	size_t size;
	FILE *stream = open_memstream(&shown, &size);
	struct progress progress;

	/* No terminal: nothing, however long it takes. */
	progress_begin(&progress, stream);
	progress.next = 0;
	progress_show(&progress, 1, 1);
	progress_erase(&progress);
	fflush(stream);
	ck_assert_uint_eq(size, 0);

	/* A terminal: nothing in the first second, and nothing to erase then. */
	progress.stream = stream;
	progress.next = progress.begin + 3600;
	progress_show(&progress, 1, 1);
	progress_erase(&progress);
	fflush(stream);
	ck_assert_uint_eq(size, 0);

	/* Later a line, not at every call, and erased. */
	progress.next = 0;
	for (int i = 0; i < 3; i++)
		progress_show(&progress, 12, 3450000000);
	fflush(stream);
	ck_assert_msg(strncmp(shown, "\r12 files, 3.45 GB, ", 20) == 0, "%s", shown);
	ck_assert_pstr_eq(strchr(shown + 1, '\r'), NULL);
	ck_assert_pstr_eq(strchr(shown, '\n'), NULL);
	size_t before = size;
	progress_erase(&progress);
	progress_erase(&progress);
	fflush(stream);
	ck_assert_str_eq(shown + before, "\r\033[K");
	fclose(stream);
	free(shown);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scan");
	TCase *bytes = tcase_create("bytes");
	TCase *files = tcase_create("files");
	TCase *progress = tcase_create("progress");

	tcase_set_timeout(bytes, 0);
	tcase_add_test(bytes, check_alphabet);
	tcase_add_test(bytes, check_every_alignment);
	tcase_add_test(bytes, check_overlapping);
	tcase_add_test(bytes, check_too_short);
	tcase_add_loop_test(bytes, check_random, 0, 9);
	tcase_add_test(bytes, check_many_candidates);
	suite_add_tcase(suite, bytes);

	tcase_set_timeout(files, 0);
	tcase_add_checked_fixture(files, begin, end);
	tcase_add_test(files, check_kinds);
	tcase_add_test(files, check_directory_name);
	tcase_add_test(files, check_own_name);
	tcase_add_test(files, check_symlinks_are_not_followed);
	tcase_add_test(files, check_parts_do_not_join);
	tcase_add_test(files, check_first_place);
	tcase_add_loop_test(files, check_across_blocks, 0, SIZE + 1);
	tcase_add_loop_test(files, check_across_blocks_in_run, 0, SIZE + 1);
	tcase_add_test(files, check_sizes_around_block);
	tcase_add_test(files, check_hard_links);
	tcase_add_test(files, check_empty);
	tcase_add_test(files, check_holes);
	tcase_add_test(files, check_only_a_hole);
	tcase_add_test(files, check_more_than_4_gib);
	tcase_add_test(files, check_deep);
	tcase_add_test(files, check_special);
	tcase_add_test(files, check_unreadable);
	tcase_add_test(files, check_shorter_than_expected);
	tcase_add_test(files, check_too_many_errors);
	tcase_add_test(files, check_no_descriptor_is_left);
	suite_add_tcase(suite, files);

	tcase_add_test(progress, check_progress);
	suite_add_tcase(suite, progress);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
