/* Any bytes can be unpacked or are refused; what was packed comes out again, and not if its end is
 * missing. */

/* The whole file, for its function that unpacks memory. */
#include "../../compiler/source.c" /* NOLINT(bugprone-suspicious-include) */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns what unpack does. */
static const char *
unpack_bytes(const void *bytes, size_t size, struct text *text)
{
	static char problem[200];
	struct source packed = { .name = "packed", .text = bytes, .size = size };
	struct archive *archive = archive_read_new();
	if (archive == NULL)
		abort();
	const char *found = unpack(archive, &packed, text);
	if (found != NULL)
		snprintf(problem, sizeof problem, "%s", found);
	archive_read_free(archive);
	return found != NULL ? problem : NULL;
}

static void
unpack_any(const uint8_t *data, size_t size)
{
	struct text text = { 0 };
	unpack_bytes(data, size, &text);
	if (text.size > 0 && text.size >= text.capacity)
		abort();
	free(text.bytes);
}

static size_t
pack(const uint8_t *data, size_t size, bool zstd, void *packed, size_t capacity)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;
	if (archive == NULL || entry == NULL ||
	    (zstd ? archive_write_add_filter_zstd(archive)
	          : archive_write_add_filter_gzip(archive)) != ARCHIVE_OK ||
	    archive_write_set_format_raw(archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open_memory(archive, packed, capacity, &used) != ARCHIVE_OK)
		abort();
	archive_entry_set_filetype(entry, AE_IFREG);
	if (archive_write_header(archive, entry) != ARCHIVE_OK ||
	    archive_write_data(archive, data, size) != (la_ssize_t)size ||
	    archive_write_close(archive) != ARCHIVE_OK)
		abort();
	archive_entry_free(entry);
	archive_write_free(archive);
	return used;
}

static void
check_packed(const uint8_t *data, size_t size, bool zstd)
{
	size_t capacity = size + size / 8 + 1024;
	char *packed = malloc(capacity);
	struct text whole = { 0 }, part = { 0 };
	if (packed == NULL)
		abort();
	size_t used = pack(data, size, zstd, packed, capacity);
	if (unpack_bytes(packed, used, &whole) != NULL || whole.size != size ||
	    memcmp(whole.bytes, data, size) != 0)
		abort();
	/* The four bytes by which it was recognised are there. */
	size_t cut = 1 + (data[0] | (size_t)data[size - 1] << 8) % (used - 4);
	if (unpack_bytes(packed, used - cut, &part) == NULL)
		abort();
	free(whole.bytes);
	free(part.bytes);
	free(packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unpack_any(data, size);
	/* What seems to be packed itself, libarchive would unpack twice: a frame of gzip (\x1f), of
	 * zstd ("(") or one that zstd skips ("P" to "_"). */
	if (size > 0 && data[0] != 0x1f && data[0] != '(' && (data[0] & 0xf0) != 'P') {
		check_packed(data, size, false);
		check_packed(data, size, true);
	}
	return 0;
}
