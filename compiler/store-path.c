/* The grammar of store paths: STORE-DIRECTORY/HASH-NAME (Nix 2.21 and later, libstore/path.cc). */
#include "compiler.h"

#include <string.h>

#define NAME_CHARACTERS \
	"0123456789" \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"+-._?="

#define NAME_SIZE_MAX 211

static const char *
check_hash(const char *base)
{
	size_t size = strspn(base, STORE_PATH_HASH_CHARACTERS);

	if (size >= STORE_PATH_HASH_SIZE) {
		if (base[STORE_PATH_HASH_SIZE] == '-')
			return NULL;
		if (size > STORE_PATH_HASH_SIZE)
			return "the hash is longer than 32 characters";
		if (base[size] == '\0' || base[size] == '/')
			return "there is no name behind the hash";
		return "there is no dash behind the hash";
	}
	if (base[size] == '\0' || base[size] == '/' || base[size] == '-')
		return "the hash is shorter than 32 characters";
	return "the hash has a character outside " STORE_PATH_HASH_CHARACTERS;
}

/* `size` bytes, without a slash. */
static const char *
check_name(const char *name, size_t size)
{
	if (size == 0)
		return "the name is empty";
	if (size > NAME_SIZE_MAX)
		return "the name is longer than 211 characters";
	if (strspn(name, NAME_CHARACTERS) < size)
		return "the name has a character outside 0-9, a-z, A-Z and +-._?=";
	/* Nix forbids "." and ".." as the name or as its first part before a dash, where they would
	 * look like path components; other leading dots are allowed. */
	size_t dots = name[0] != '.' ? 0 : size > 1 && name[1] == '.' ? 2 : 1;
	if (dots > 0 && dots == size)
		return "the name is '.' or '..'";
	if (dots > 0 && name[dots] == '-')
		return "the name starts with '.-' or '..-'";
	return NULL;
}

/* The part of a path behind `store_dir`/, NULL if it is not below that. */
static const char *
below(const char *store_dir, const char *path)
{
	size_t size = strlen(store_dir);

	return strncmp(path, store_dir, size) == 0 && path[size] == '/' ? path + size + 1 : NULL;
}

/* Checks HASH-NAME up to a slash or the end; `*ret_end` is then behind it. */
static const char *
check_base(const char *base, const char **ret_end)
{
	const char *problem = check_hash(base);

	if (problem)
		return problem;
	const char *name = base + STORE_PATH_HASH_SIZE + 1;
	size_t size = strcspn(name, "/");
	problem = check_name(name, size);
	if (problem)
		return problem;
	*ret_end = name + size;
	return NULL;
}

const char *
store_path_check(const char *store_dir, const char *path)
{
	if (path[0] == '\0')
		return "it is empty";
	if (path[0] != '/')
		return "it is not an absolute path";
	const char *base = below(store_dir, path);
	if (!base && strcmp(path, store_dir) != 0)
		return "it is not below the store";
	if (!base || *base == '\0')
		return "it is the store itself";

	const char *end;
	const char *problem = check_base(base, &end);
	if (problem)
		return problem;
	if (*end == '\0')
		return NULL;
	return end[1] == '\0' ? "it ends in a slash" : "it is a path inside of a store object";
}

const char *
path_components_check(const char *components)
{
	for (;;) {
		size_t size = strcspn(components, "/");

		if (size == 0)
			return components[0] == '\0' ? "it ends in '/'"
			                             : "it has an empty component";
		if (size == 1 && components[0] == '.')
			return "it has the component '.'";
		if (size == 2 && components[0] == '.' && components[1] == '.')
			return "it has the component '..'";
		if (components[size] == '\0')
			return NULL;
		components += size + 1;
	}
}

const char *
store_directory_check(const char *path)
{
	if (path[0] != '/')
		return "it is not an absolute path";
	if (path[1] == '\0')
		return "it is the root directory";
	if (has_control_character(path))
		return "it has a control character";
	return path_components_check(path + 1);
}

size_t
store_directory_size(const char *path)
{
	const char *end;

	if (path[0] != '/')
		return 0;
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		if (!check_base(slash + 1, &end))
			return (size_t)(slash - path);
	return 0;
}

size_t
store_path_prefix(const char *store_dir, const char *path)
{
	const char *base = below(store_dir, path);
	const char *end;

	return !base || check_base(base, &end) ? 0 : (size_t)(end - path);
}
