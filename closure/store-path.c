/* The grammar of store paths: STORE-DIRECTORY/HASH-NAME (Nix 2.21 and later, libstore/path.cc). */
#include "closure.h"

#include <string.h>

#define HASH_SIZE 32

/* What a byte may stand in. Hashes have all digits and lower case letters but e, o, t and u. */
enum {
	IN_NAME = 1,
	IN_HASH = 2
};

static const unsigned char places[256] = {
	['0' ... '9'] = IN_NAME | IN_HASH,
	['a' ... 'd'] = IN_NAME | IN_HASH,
	['e'] = IN_NAME,
	['f' ... 'n'] = IN_NAME | IN_HASH,
	['o'] = IN_NAME,
	['p' ... 's'] = IN_NAME | IN_HASH,
	['t' ... 'u'] = IN_NAME,
	['v' ... 'z'] = IN_NAME | IN_HASH,
	['A' ... 'Z'] = IN_NAME,
	['+'] = IN_NAME,
	['-'] = IN_NAME,
	['.'] = IN_NAME,
	['_'] = IN_NAME,
	['?'] = IN_NAME,
	['='] = IN_NAME,
};

static bool
all_of(const char *bytes, size_t size, unsigned place)
{
	for (size_t i = 0; i < size; i++) {
		if (!(places[(unsigned char)bytes[i]] & place))
			return false;
	}
	return true;
}

static const char *
check_name(const char *name, size_t size)
{
	if (size == 0)
		return "its name is empty";
	if (!all_of(name, size, IN_NAME))
		return "its name has a character outside 0-9, a-z, A-Z and +-._?=";
	/* Nix forbids "." and ".." as the name or as its first part before a dash; other leading
	 * dots are allowed. */
	size_t dots = name[0] != '.' ? 0 : size > 1 && name[1] == '.' ? 2 : 1;
	if (dots > 0 && (dots == size || name[dots] == '-'))
		return "its name starts with '.' or '..' alone";
	return NULL;
}

const char *
store_path_base(const char *store_dir, const char *path, size_t size, const char **ret_base,
                size_t *ret_size)
{
	size_t above = strlen(store_dir);

	if (size <= above || memcmp(path, store_dir, above) != 0 || path[above] != '/')
		return "it is not below the store";
	const char *base = path + above + 1;
	size_t base_size = size - above - 1;
	if (memchr(base, '/', base_size))
		return "it is a path inside of a store object";
	if (base_size > STORE_PATH_BASE_MAX)
		return "it is too long";
	if (base_size <= HASH_SIZE || base[HASH_SIZE] != '-' || !all_of(base, HASH_SIZE, IN_HASH))
		return "it does not begin with a hash of 32 characters and a dash";
	const char *problem = check_name(base + HASH_SIZE + 1, base_size - HASH_SIZE - 1);
	if (problem)
		return problem;
	*ret_base = base;
	*ret_size = base_size;
	return NULL;
}

const char *
store_path_directory_check(const char *path)
{
	size_t size;

	if (path[0] != '/')
		return "it is not an absolute path";
	if (strlen(path) > STORE_DIRECTORY_MAX)
		return "it is too long";
	for (const char *c = path; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "it has a control character";
	}
	for (const char *at = path; *at; at += size) {
		at++;
		size = strcspn(at, "/");
		if (size == 0 || (size == 1 && at[0] == '.') ||
		    (size == 2 && at[0] == '.' && at[1] == '.'))
			return "it has an empty component, '.' or '..'";
	}
	return NULL;
}
