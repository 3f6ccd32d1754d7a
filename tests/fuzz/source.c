/* Any bytes can be unpacked or are refused; what was packed comes out again, and not if its end is
 * missing. */

/* The whole file, for its function that unpacks memory. */
#include "../../compiler/source.c" /* NOLINT(bugprone-suspicious-include) */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
unpack_bytes(const void *bytes, size_t size, struct text *text)
{
	struct source packed = { .name = "packed", .text = bytes, .size = size };
	return unpack(&packed, text);
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
	z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)size };
	if (zstd) {
		size_t used = ZSTD_compress(packed, capacity, data, size, ZSTD_CLEVEL_DEFAULT);
		if (ZSTD_isError(used))
			abort();
		return used;
	}
	stream.next_out = packed;
	stream.avail_out = (uInt)capacity;
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8,
	                 Z_DEFAULT_STRATEGY) != Z_OK ||
	    deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&stream);
	return stream.total_out;
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
	if (size > 0) {
		check_packed(data, size, false);
		check_packed(data, size, true);
	}
	return 0;
}
