/* Stub + descriptor = launcher: writes the ELF, and finds the descriptor in one. */
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The stub carries a note (main.c) for which the linker made a PT_NOTE segment. That program header
 * becomes the PT_LOAD that maps the descriptor, so no header moves. The descriptor is also a
 * section of that segment: strip and patchelf rewrite files by sections, and keep allocated ones.
 *
 *	stub as linked | pad | descriptor | section names | pad | section headers
 */

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* linux/memfd.h, Linux 6.3 */
#endif

/* The largest page size of any kernel: a segment must be loadable whatever it is. */
#define PAGE_SIZE_MAX 0x10000u

/* The first of these paths, from the directory of this program, where there is a file; else NULL.
 */
static const char *
find_beside(struct arena *arena, const char *const beside[2])
{
	char program[PATH_MAX], found[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof program);
	char *slash = length > 0 ? memrchr(program, '/', (size_t)length) : NULL;

	for (size_t i = 0; slash && i < 2; i++) {
		const char *path = arena_printf(arena, "%.*s%s", (int)(slash + 1 - program),
		                                program, beside[i]);

		if (access(path, R_OK) == 0 && realpath(path, found))
			return arena_copy(arena, found, strlen(found));
	}
	return NULL;
}

const char *
embed_find_stub(struct arena *arena)
{
	static const char *const beside[] = { "runtime/stub", "../libexec/closurebox/stub" };
	const char *found = find_beside(arena, beside);

	return found ? found : STUB_PATH;
}

const char *
embed_find_closure(struct arena *arena)
{
	static const char *const beside[] = { "closure/closurebox-closure",
		                              "../libexec/closurebox/closurebox-closure" };
	const char *found = find_beside(arena, beside);

	return found ? found : CLOSURE_PATH;
}

/* An ELF file being turned into a launcher. */
struct image {
	struct diag *diag;
	const char *path; /* for messages */
	Elf *elf;
	GElf_Ehdr header;
	size_t spare; /* index of the program header to use */
	uint64_t end_of_memory; /* past the highest address in use */
	uint64_t end_of_file;
};

static uint64_t
round_up(uint64_t value, uint64_t alignment)
{
	return (value + alignment - 1) / alignment * alignment;
}

static bool
refuse(const struct image *image, const char *why)
{
	diag_error(image->diag, PLACE_NONE, "'%s' cannot be used as a stub: %s", image->path, why);
	return false;
}

/* Is the stub's note among those of this segment? A libc may have put its own beside it. */
static bool
find_note(const struct image *image, const GElf_Phdr *segment, uint32_t *ret_version)
{
	Elf_Data *data = elf_getdata_rawchunk(image->elf, (int64_t)segment->p_offset,
	                                      segment->p_filesz, ELF_T_NHDR);
	GElf_Nhdr note;
	size_t next = 0, name, value;

	while (data && (next = gelf_getnote(data, next, &note, &name, &value)) > 0) {
		const char *bytes = data->d_buf;

		if (note.n_type != DESCRIPTOR_NOTE_TYPE || note.n_descsz != sizeof *ret_version ||
		    note.n_namesz != sizeof DESCRIPTOR_NOTE_OWNER ||
		    memcmp(bytes + name, DESCRIPTOR_NOTE_OWNER, note.n_namesz) != 0)
			continue;
		memcpy(ret_version, bytes + value, sizeof *ret_version);
		return true;
	}
	return false;
}

static bool
survey(struct image *image)
{
	size_t count;
	uint32_t version;
	bool found = false;

	if (!gelf_getehdr(image->elf, &image->header) || elf_getphdrnum(image->elf, &count) < 0)
		return refuse(image, "it is not an ELF executable");
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(image->elf, (int)i, &segment))
			return refuse(image, elf_errmsg(-1));
		if (segment.p_type == PT_LOAD &&
		    segment.p_vaddr + segment.p_memsz > image->end_of_memory)
			image->end_of_memory = segment.p_vaddr + segment.p_memsz;
		if (segment.p_type == PT_NOTE && find_note(image, &segment, &version)) {
			image->spare = i;
			found = true;
		}
	}
	if (!found)
		return refuse(image, "it has no note of closurebox; is it a launcher already?");
	if (version != DESCRIPTOR_VERSION)
		return refuse(image,
		              "it reads another version of the format; install both together");
	return true;
}

static bool
add_segment(struct image *image, uint64_t offset, uint64_t address, size_t size)
{
	GElf_Phdr segment = {
		.p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_offset = offset,
		.p_vaddr = address,
		.p_paddr = address,
		.p_filesz = size,
		.p_memsz = size,
		.p_align = PAGE_SIZE_MAX,
	};

	return gelf_update_phdr(image->elf, (int)image->spare, &segment);
}

/* A section without relocations, types or links, whose bytes lie at `offset`. */
static bool
add_section(struct image *image, size_t name, uint64_t offset, uint64_t address, const void *bytes,
            size_t size)
{
	Elf_Scn *section = elf_newscn(image->elf);
	Elf_Data *data = section ? elf_newdata(section) : NULL;
	GElf_Shdr header;

	if (!data || !gelf_getshdr(section, &header))
		return false;
	data->d_buf = (void *)(uintptr_t)bytes;
	data->d_size = size;
	data->d_align = DESCRIPTOR_ALIGNMENT;
	data->d_type = ELF_T_BYTE;
	data->d_version = EV_CURRENT;
	header.sh_name = (GElf_Word)name;
	header.sh_type = SHT_PROGBITS;
	header.sh_flags = SHF_ALLOC;
	header.sh_addr = address;
	header.sh_offset = offset;
	header.sh_size = size;
	header.sh_addralign = DESCRIPTOR_ALIGNMENT;
	return gelf_update_shdr(section, &header);
}

/* Moves the section names to `offset` with one more at their end, whose index it returns. */
static size_t
add_section_name(struct image *image, struct arena *arena, uint64_t offset, size_t *ret_size)
{
	Elf_Scn *section = elf_getscn(image->elf, image->header.e_shstrndx);
	Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
	size_t index;
	char *names;
	GElf_Shdr header;

	if (!data || !data->d_buf || !gelf_getshdr(section, &header))
		return 0;
	index = data->d_size;
	*ret_size = index + sizeof DESCRIPTOR_SECTION;
	names = arena_alloc(arena, *ret_size);
	memcpy(names, data->d_buf, index);
	memcpy(names + index, DESCRIPTOR_SECTION, sizeof DESCRIPTOR_SECTION);
	data->d_buf = names;
	data->d_size = *ret_size;
	header.sh_offset = offset;
	header.sh_size = *ret_size;
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
	return gelf_update_shdr(section, &header) ? index : 0;
}

/* Edits the copy of the stub behind image->elf. */
static bool
put_descriptor(struct image *image, struct arena *arena, const void *descriptor, size_t size)
{
	uint64_t offset = round_up(image->end_of_file, DESCRIPTOR_ALIGNMENT);
	uint64_t names_offset = offset + size;
	uint64_t address;
	size_t name, names_size;

	/* A segment's address and offset must agree modulo the page size (elf(5), p_align). */
	address = round_up(image->end_of_memory, PAGE_SIZE_MAX) + offset % PAGE_SIZE_MAX;
	/* Dirty as a whole: else libelf takes the section headers from the table it has read, which
	 * is one too short (elfutils 0.188, elf64_updatefile). */
	elf_flagelf(image->elf, ELF_C_SET, ELF_F_LAYOUT | ELF_F_DIRTY);
	name = add_section_name(image, arena, names_offset, &names_size);
	if (!name || !add_section(image, name, offset, address, descriptor, size) ||
	    !add_segment(image, offset, address, size))
		return false;
	/* elf_newscn has counted its section in the header. */
	if (!gelf_getehdr(image->elf, &image->header))
		return false;
	image->header.e_shoff = round_up(names_offset + names_size, 8);
	return gelf_update_ehdr(image->elf, &image->header);
}

static bool
write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return true;
}

/* What is being written: the output's final name, and the file that becomes it. */
struct output {
	struct diag *diag;
	const char *path;
	int fd;
};

static bool
cannot_write(const struct output *output)
{
	diag_error(output->diag, PLACE_NONE, "cannot write '%s': %s", output->path,
	           strerror(errno));
	return false;
}

static int
copy_stub(const struct output *output, const char *stub_path, uint64_t *ret_size)
{
	int stub = open(stub_path, O_RDONLY | O_CLOEXEC);
	bool written = true;
	char block[65536];
	ssize_t n = -1;

	*ret_size = 0;
	while (stub >= 0 && written && (n = read(stub, block, sizeof block)) > 0) {
		written = write_all(output->fd, block, (size_t)n);
		*ret_size += (uint64_t)n;
	}
	if (!written)
		cannot_write(output);
	else if (n < 0)
		diag_error(output->diag, PLACE_NONE, "cannot read the stub '%s': %s", stub_path,
		           strerror(errno));
	if (stub >= 0)
		close(stub);
	return !written ? EXIT_SYSTEM : n < 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* Makes the open, empty output the launcher. */
static int
write_launcher(const struct output *output, const char *stub_path, const void *descriptor,
               size_t size)
{
	struct image image = { .diag = output->diag, .path = stub_path };
	struct arena arena = { 0 };
	int status = copy_stub(output, stub_path, &image.end_of_file);

	if (status != EXIT_DONE)
		return status;
	elf_version(EV_CURRENT);
	image.elf = elf_begin(output->fd, ELF_C_RDWR, NULL);
	if (!survey(&image)) {
		status = EXIT_REFUSED;
	} else if (!put_descriptor(&image, &arena, descriptor, size)) {
		refuse(&image, elf_errmsg(-1));
		status = EXIT_REFUSED;
	} else if (elf_update(image.elf, ELF_C_WRITE) < 0) {
		cannot_write(output);
		status = EXIT_SYSTEM;
	}
	elf_end(image.elf);
	arena_free(&arena);
	return status;
}

/* A device of that name, or a link such as /dev/stdout, must not be replaced by a file; but a link
 * by another. */
static bool
may_replace(const struct output *output, bool by_link)
{
	struct stat status;

	if (lstat(output->path, &status) < 0 || S_ISREG(status.st_mode) ||
	    (by_link && S_ISLNK(status.st_mode)))
		return true;
	diag_error(output->diag, PLACE_NONE, "cannot write '%s': it exists and is %s", output->path,
	           by_link ? "neither a regular file nor a link" : "not a regular file");
	return false;
}

/* Gives what was made beside it the output's name, or removes it. */
static bool
put_in_place(const struct output *output, const char *temporary)
{
	if (rename(temporary, output->path) == 0)
		return true;
	cannot_write(output);
	unlink(temporary);
	return false;
}

int
embed_write(struct diag *diag, const char *stub_path, const void *descriptor, size_t size,
            const char *output_path)
{
	struct arena arena = { 0 };
	char *temporary = arena_printf(&arena, "%s.XXXXXX", output_path);
	struct output output = { .diag = diag, .path = output_path };
	int status = EXIT_SYSTEM;

	if (!may_replace(&output, false))
		goto out;
	output.fd = mkostemp(temporary, O_CLOEXEC);
	if (output.fd < 0) {
		cannot_write(&output);
		goto out;
	}
	status = write_launcher(&output, stub_path, descriptor, size);
	if (status == EXIT_DONE && (fchmod(output.fd, 0555) < 0 || fsync(output.fd) < 0)) {
		cannot_write(&output);
		status = EXIT_SYSTEM;
	}
	close(output.fd);
	if (status != EXIT_DONE)
		unlink(temporary);
	else if (!put_in_place(&output, temporary))
		status = EXIT_SYSTEM;
out:
	arena_free(&arena);
	return status;
}

/* Links to a launcher. */

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* With the slash at its end, "./" if it is not said. */
static const char *
directory_of(struct arena *arena, const char *path)
{
	const char *name = name_of(path);

	return name == path ? "./" : arena_copy(arena, path, (size_t)(name - path));
}

/* Are both paths those of entries of one directory, by whatever names? */
static bool
is_beside(const char *one, const char *other)
{
	struct arena arena = { 0 };
	const char *first = directory_of(&arena, one), *second = directory_of(&arena, other);
	struct stat a, b;
	bool same = strcmp(first, second) == 0;

	if (!same && stat(first, &a) == 0 && stat(second, &b) == 0)
		same = a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	arena_free(&arena);
	return same;
}

/* The kernel's name of the working directory has no links, so ".." means what it says there, and
 * nowhere behind it. */
const char *
embed_absolute(struct arena *arena, const char *path)
{
	char directory[PATH_MAX];
	size_t size;

	if (path[0] == '/')
		return path;
	if (!getcwd(directory, sizeof directory))
		return NULL;
	size = directory[1] ? strlen(directory) : 0;
	while (strncmp(path, "./", 2) == 0 || strncmp(path, "../", 3) == 0) {
		if (path[1] == '.')
			while (size > 0 && directory[--size] != '/')
				;
		path += strcspn(path, "/");
		path += strspn(path, "/");
	}
	return arena_printf(arena, "%.*s/%s", (int)size, directory, path);
}

/* What is in the way is replaced at once, by a link from a directory of its own: links have no
 * mkstemp(3) that finds a name. Where nothing is, one call will do. */
static bool
make_link(const struct output *output, struct arena *arena, const char *target)
{
	char *directory = arena_printf(arena, "%s.XXXXXX", output->path);
	const char *link;
	bool made;

	if (target && symlink(target, output->path) == 0)
		return true;
	if (!target || errno != EEXIST || !mkdtemp(directory))
		return cannot_write(output);
	link = arena_printf(arena, "%s/%s", directory, name_of(output->path));
	made = symlink(target, link) == 0 ? put_in_place(output, link) : cannot_write(output);
	rmdir(directory);
	return made;
}

bool
embed_is_launcher(const char *output_path, const char *path)
{
	return strcmp(name_of(output_path), name_of(path)) == 0 && is_beside(output_path, path);
}

bool
embed_may_link(struct diag *diag, const char *path)
{
	const struct output output = { .diag = diag, .path = path };

	return may_replace(&output, true);
}

int
embed_link(struct diag *diag, const char *output_path, const char *path)
{
	struct arena arena = { 0 };
	struct output output = { .diag = diag, .path = path };
	const char *target = is_beside(output_path, path) ? name_of(output_path)
	                                                  : embed_absolute(&arena, output_path);
	int status = make_link(&output, &arena, target) ? EXIT_DONE : EXIT_SYSTEM;

	arena_free(&arena);
	return status;
}

/* memfd_create(2): since Linux 6.3 who wants to execute it says so; before, that is no flag. */
static int
make_memory(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("closurebox", flags | MFD_EXEC);

	return fd < 0 && errno == EINVAL ? memfd_create("closurebox", flags) : fd;
}

int
embed_memory(struct diag *diag, const char *stub_path, const void *descriptor, size_t size,
             int *ret_fd)
{
	struct output output = { .diag = diag, .path = "memory", .fd = make_memory() };
	int status;

	if (output.fd < 0) {
		diag_error(diag, PLACE_NONE, "cannot make a file in memory: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	status = write_launcher(&output, stub_path, descriptor, size);
	if (status == EXIT_DONE &&
	    (fchmod(output.fd, 0555) < 0 ||
	     fcntl(output.fd, F_ADD_SEALS,
	           F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)) {
		diag_error(diag, PLACE_NONE, "cannot seal the launcher: %s", strerror(errno));
		status = EXIT_SYSTEM;
	}
	if (status != EXIT_DONE)
		close(output.fd);
	else
		*ret_fd = output.fd;
	return status;
}

/* The segment the runtime would take (runtime/main.c, find_descriptor). */
static const struct descriptor *
find_descriptor(struct arena *arena, Elf *elf, size_t *ret_size)
{
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;
		Elf_Data *data;
		void *copy;

		if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_LOAD ||
		    segment.p_flags != PF_R || segment.p_filesz < sizeof(struct descriptor))
			continue;
		data = elf_getdata_rawchunk(elf, (int64_t)segment.p_offset, segment.p_filesz,
		                            ELF_T_BYTE);
		if (!data || memcmp(data->d_buf, DESCRIPTOR_MAGIC, DESCRIPTOR_MAGIC_SIZE) != 0)
			continue;
		copy = arena_alloc(arena, data->d_size);
		memcpy(copy, data->d_buf, data->d_size);
		*ret_size = data->d_size;
		return copy;
	}
	return NULL;
}

const struct descriptor *
embed_read(struct arena *arena, struct diag *diag, const char *launcher_path)
{
	const struct descriptor *descriptor;
	const char *broken;
	size_t size;

	Elf *elf;
	int fd = open(launcher_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		diag_error(diag, PLACE_NONE, "cannot read '%s': %s", launcher_path,
		           strerror(errno));
		return NULL;
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	descriptor = find_descriptor(arena, elf, &size);
	elf_end(elf);
	close(fd);
	if (!descriptor) {
		diag_error(diag, PLACE_NONE, "'%s' is not a launcher: it has no descriptor",
		           launcher_path);
		return NULL;
	}
	broken = verify_descriptor(descriptor, size);
	if (broken) {
		diag_error(diag, PLACE_NONE, "the descriptor of '%s' is damaged: %s", launcher_path,
		           broken);
		return NULL;
	}
	return descriptor;
}
