/* Grants that undo the box: what they are called, why, and which of them a policy brings. */
#include "compiler.h"

#include <fnmatch.h>
#include <string.h>

const struct risk risks[] = {
	{ "container-daemon",
	  { "who can talk to a container daemon can have it start a container that has all files",
	    "of the host in it: that is to be root on the host" } },
	{ "desktop-control",
	  { "over the socket programs are started outside of the box, typed into or read, by a",
	    "window manager, a terminal, an editor or an accessibility service" } },
	{ "executed-by-host",
	  { "what is written there the host executes later, outside of the box: start-up files,",
	    "autostart entries, units, plug-ins, programs in PATH" } },
	{ "gpg-agent",
	  { "the agent signs and decrypts with the keys of the user for every program that asks,",
	    "as long as they are unlocked" } },
	{ "home",
	  { "the program can read and change all files of the user, start-up files and keys too;",
	    "with \"home\": \"host\" those are left out" } },
	{ "host-dev",
	  { "the keyboard, disks, memory and terminals are read and written past all files, and",
	    "/dev has them all; grant the devices that the program needs" } },
	{ "host-proc",
	  { "it shows the processes and the state of the host, and what can be set is the host's;",
	    "'proc' gives a box its own" } },
	{ "host-root",
	  { "all files of the host are there, with every socket of every service in them:",
	    "of the box little more than its name is left" } },
	{ "host-sys",
	  { "it shows all of the hardware, and what the caller may change in it, the box may;",
	    "grant the directories of it that the program needs, read-only" } },
	{ "nix-daemon",
	  { "the daemon builds and runs outside of the box what it is told to, and a user that it",
	    "trusts is as good as root" } },
	{ "runtime-directory",
	  { "the sockets of the whole session are in it: buses, systemd, agents, displays, sound;",
	    "over them programs are started outside of the box" } },
	{ "session-bus",
	  { "over the bus programs are started outside of the box, by systemd or the desktop, and",
	    "key stores and portals answer whoever asks" } },
	{ "ssh-agent",
	  { "with the agent every program that asks logs in as the user wherever its keys let it;",
	    "it need not see the keys for that" } },
	{ "system-bus",
	  { "services that run as root listen there, and do for a local user what they do for",
	    "nobody else: units, disks, network, power" } },
	{ "systemd",
	  { "over its own socket systemd starts whatever it is told to, outside of the box, with",
	    "no bus between that could be filtered" } },
	{ "writable-executable",
	  { "what the program was made to write there, or to download, it can execute: then not",
	    "only the closure is code" } },
	{ "x11",
	  { "a client of an X server sees all windows and all keys, and types into all programs;",
	    "with \"network\": \"host\" it reaches abstract sockets too, some buses' for one" } },
	{ NULL, { NULL, NULL } },
};

/* Paths of the host */

enum condition {
	BELOW = 1, /* a grant of something below it counts, too */
	WRITABLE = 2 /* only a grant that can be written to counts */
};

/* A path and the risk that a grant of it brings, or of a directory above it. One with a '*' at the
 * end is a pattern of fnmatch(3). Of a risk that takes in others, only the others that it does not
 * take in are said beside it: the table has it first. */
struct risky_path {
	const char *path; /* a spelling */
	const char *risk;
	unsigned conditions;
};

static const struct risky_path whole[] = {
	{ "/", "host-root", 0 },
	{ "$HOME", "home", WRITABLE },
	{ "$XDG_RUNTIME_DIR", "runtime-directory", 0 },
};

static const struct risky_path parts[] = {
	{ "/run/docker.sock", "container-daemon", BELOW },
	{ "/run/docker", "container-daemon", BELOW },
	{ "/run/podman", "container-daemon", BELOW },
	{ "/run/containerd", "container-daemon", BELOW },
	{ "/run/crio", "container-daemon", BELOW },
	{ "/run/libvirt", "container-daemon", BELOW },
	{ "/run/k3s", "container-daemon", BELOW },
	{ "/run/incus", "container-daemon", BELOW },
	{ "/run/lxd*", "container-daemon", 0 },
	{ "/run/snapd*", "container-daemon", 0 },
	{ "/var/lib/incus/unix.socket*", "container-daemon", 0 },
	{ "/var/lib/lxd/unix.socket", "container-daemon", 0 },
	{ "/var/snap/lxd/common/lxd/unix.socket", "container-daemon", 0 },
	{ "$XDG_RUNTIME_DIR/docker*", "container-daemon", 0 },
	{ "$XDG_RUNTIME_DIR/podman", "container-daemon", BELOW },
	{ "$XDG_RUNTIME_DIR/containerd*", "container-daemon", 0 },
	{ "$XDG_RUNTIME_DIR/libvirt", "container-daemon", BELOW },
	{ "$HOME/.docker/run", "container-daemon", BELOW },
	{ "$HOME/.docker/desktop", "container-daemon", BELOW },

	{ "$ALACRITTY_SOCKET", "desktop-control", 0 },
	{ "$AT_SPI_BUS_ADDRESS", "desktop-control", 0 },
	{ "$I3SOCK", "desktop-control", 0 },
	{ "$KITTY_LISTEN_ON", "desktop-control", 0 },
	{ "$NIRI_SOCKET", "desktop-control", 0 },
	{ "$NVIM", "desktop-control", 0 },
	{ "$NVIM_LISTEN_ADDRESS", "desktop-control", 0 },
	{ "$SCREENDIR", "desktop-control", BELOW },
	{ "$SWAYSOCK", "desktop-control", 0 },
	{ "$TMUX", "desktop-control", 0 },
	{ "$TMUX_TMPDIR", "desktop-control", BELOW },
	{ "/run/screen", "desktop-control", BELOW },
	{ "/tmp/emacs*", "desktop-control", 0 },
	{ "/tmp/tmux-*", "desktop-control", 0 },
	{ "$XDG_RUNTIME_DIR/Alacritty-*", "desktop-control", 0 },
	{ "$XDG_RUNTIME_DIR/at-spi", "desktop-control", BELOW },
	{ "$XDG_RUNTIME_DIR/emacs", "desktop-control", BELOW },
	{ "$XDG_RUNTIME_DIR/hypr", "desktop-control", BELOW },
	{ "$XDG_RUNTIME_DIR/i3", "desktop-control", BELOW },
	{ "$XDG_RUNTIME_DIR/niri*", "desktop-control", 0 },
	{ "$XDG_RUNTIME_DIR/nvim*", "desktop-control", 0 },
	{ "$XDG_RUNTIME_DIR/pipewire-0-manager*", "desktop-control", 0 },
	{ "$XDG_RUNTIME_DIR/sway-ipc.*", "desktop-control", 0 },

	/* What closurebox keeps for all boxes; a directory in it may be the box's own. */
	{ "$HOME/.config/closurebox", "executed-by-host", WRITABLE },
	{ "$HOME/.local/share/closurebox", "executed-by-host", WRITABLE },
	{ "$HOME/.local/state/closurebox", "executed-by-host", WRITABLE },
	{ "$HOME/.local/state/closurebox/closures", "executed-by-host", BELOW | WRITABLE },
	{ "/run/closurebox", "executed-by-host", BELOW | WRITABLE },

	{ "$GPG_AGENT_INFO", "gpg-agent", 0 },
	{ "$GNUPGHOME", "gpg-agent", 0 },
	{ "$HOME/.gnupg/S.gpg-agent*", "gpg-agent", 0 },
	{ "$XDG_RUNTIME_DIR/gnupg", "gpg-agent", BELOW },

	{ "/dev", "host-dev", 0 },
	{ "/dev/bcache*", "host-dev", 0 },
	{ "/dev/block", "host-dev", BELOW },
	{ "/dev/bsg", "host-dev", BELOW },
	{ "/dev/char", "host-dev", BELOW },
	{ "/dev/console", "host-dev", 0 },
	{ "/dev/cpu", "host-dev", BELOW },
	{ "/dev/dax*", "host-dev", 0 },
	{ "/dev/disk", "host-dev", BELOW },
	{ "/dev/dm-*", "host-dev", 0 },
	{ "/dev/drbd*", "host-dev", 0 },
	{ "/dev/hidraw*", "host-dev", 0 },
	{ "/dev/hugepages", "host-dev", BELOW },
	{ "/dev/input", "host-dev", 0 },
	{ "/dev/input/by-*", "host-dev", 0 },
	{ "/dev/input/event*", "host-dev", 0 },
	{ "/dev/input/mice", "host-dev", 0 },
	{ "/dev/input/mouse*", "host-dev", 0 },
	{ "/dev/kmem", "host-dev", 0 },
	{ "/dev/kmsg", "host-dev", 0 },
	{ "/dev/loop*", "host-dev", 0 },
	{ "/dev/mapper", "host-dev", BELOW },
	{ "/dev/md*", "host-dev", 0 },
	{ "/dev/mem", "host-dev", 0 },
	{ "/dev/mmcblk*", "host-dev", 0 },
	{ "/dev/mqueue", "host-dev", BELOW },
	{ "/dev/mtd*", "host-dev", 0 },
	{ "/dev/nbd*", "host-dev", 0 },
	{ "/dev/nvme*", "host-dev", 0 },
	{ "/dev/pmem*", "host-dev", 0 },
	{ "/dev/port", "host-dev", 0 },
	{ "/dev/ptmx", "host-dev", 0 },
	{ "/dev/pts", "host-dev", BELOW },
	{ "/dev/ram*", "host-dev", 0 },
	{ "/dev/raw", "host-dev", BELOW },
	{ "/dev/rbd*", "host-dev", 0 },
	{ "/dev/sd*", "host-dev", 0 },
	{ "/dev/sg*", "host-dev", 0 },
	{ "/dev/shm", "host-dev", BELOW },
	{ "/dev/sr*", "host-dev", 0 },
	{ "/dev/tty[0-9]*", "host-dev", 0 },
	{ "/dev/uhid", "host-dev", 0 },
	{ "/dev/uinput", "host-dev", 0 },
	{ "/dev/vcs*", "host-dev", 0 },
	{ "/dev/vd*", "host-dev", 0 },
	{ "/dev/xvd*", "host-dev", 0 },
	{ "/dev/zd*", "host-dev", 0 },
	{ "/dev/zram*", "host-dev", 0 },
	{ "/dev/zvol", "host-dev", BELOW },

	{ "/proc", "host-proc", BELOW },

	{ "/sys", "host-sys", 0 },
	{ "/sys", "host-sys", BELOW | WRITABLE },

	{ "/nix/var/nix/daemon-socket", "nix-daemon", BELOW },
	{ "/var/guix/daemon-socket", "nix-daemon", BELOW },
	{ "$NIX_DAEMON_SOCKET_PATH", "nix-daemon", 0 },

	{ "$DBUS_SESSION_BUS_ADDRESS", "session-bus", 0 },
	{ "$XDG_RUNTIME_DIR/bus", "session-bus", 0 },
	{ "/tmp/dbus-*", "session-bus", 0 },

	{ "$SSH_AUTH_SOCK", "ssh-agent", 0 },
	{ "/tmp/ssh-*", "ssh-agent", 0 },
	{ "$HOME/.ssh/agent", "ssh-agent", BELOW },
	{ "$XDG_RUNTIME_DIR/gcr", "ssh-agent", BELOW },
	{ "$XDG_RUNTIME_DIR/keyring", "ssh-agent", BELOW },
	{ "$XDG_RUNTIME_DIR/openssh_agent", "ssh-agent", 0 },
	{ "$XDG_RUNTIME_DIR/ssh-agent*", "ssh-agent", 0 },
	{ "$XDG_RUNTIME_DIR/gnupg/S.gpg-agent.ssh", "ssh-agent", 0 },

	{ "$DBUS_SYSTEM_BUS_ADDRESS", "system-bus", 0 },
	{ "/run/dbus/system_bus_socket", "system-bus", 0 },

	{ "/run/systemd/private", "systemd", 0 },
	{ "/run/systemd/io.systemd.*", "systemd", 0 },
	{ "$XDG_RUNTIME_DIR/systemd/private", "systemd", 0 },
	{ "$XDG_RUNTIME_DIR/systemd/io.systemd.*", "systemd", 0 },

	{ "/tmp/.X11-unix", "x11", BELOW },
};

/* What the host executes, or what tells it what to execute: of a user, then of all. The preset
 * home-host protects those of a user, and more. */
static const char *const executed[] = {
	"$HOME/.bash_aliases",
	"$HOME/.bash_completion",
	"$HOME/.bash_login",
	"$HOME/.bash_logout",
	"$HOME/.bash_profile",
	"$HOME/.bashrc",
	"$HOME/.cshrc",
	"$HOME/.inputrc",
	"$HOME/.kshrc",
	"$HOME/.login",
	"$HOME/.logout",
	"$HOME/.mkshrc",
	"$HOME/.oh-my-zsh",
	"$HOME/.profile",
	"$HOME/.tcshrc",
	"$HOME/.zlogin",
	"$HOME/.zlogout",
	"$HOME/.zprofile",
	"$HOME/.zshenv",
	"$HOME/.zshrc",
	"$HOME/.config/fish",
	"$HOME/.config/nushell",
	"$HOME/.config/zsh",
	"$HOME/.local/share/bash-completion",
	"$HOME/.local/share/fish",

	"$HOME/.pam_environment",
	"$HOME/.xinitrc",
	"$HOME/.xprofile",
	"$HOME/.xserverrc",
	"$HOME/.xsession",
	"$HOME/.xsessionrc",
	"$HOME/.config/autostart",
	"$HOME/.config/autostart-scripts",
	"$HOME/.config/environment.d",
	"$HOME/.config/plasma-workspace",
	"$HOME/.config/systemd",
	"$HOME/.config/user-dirs.dirs",
	"$HOME/.local/share/applications",
	"$HOME/.local/share/dbus-1",
	"$HOME/.local/share/gnome-shell",
	"$HOME/.local/share/kwin",
	"$HOME/.local/share/plasma",
	"$HOME/.local/share/systemd",
	"$HOME/.local/share/thumbnailers",
	"$HOME/.config/awesome",
	"$HOME/.config/bspwm",
	"$HOME/.config/hypr",
	"$HOME/.config/i3",
	"$HOME/.config/niri",
	"$HOME/.config/openbox",
	"$HOME/.config/qtile",
	"$HOME/.config/river",
	"$HOME/.config/sway",
	"$HOME/.i3",
	"$HOME/.xmonad",

	"$HOME/bin",
	"$HOME/go/bin",
	"$HOME/.bun/bin",
	"$HOME/.cargo/bin",
	"$HOME/.cargo/env",
	"$HOME/.deno/bin",
	"$HOME/.local/bin",
	"$HOME/.local/lib",
	"$HOME/.config/home-manager",
	"$HOME/.config/nix",
	"$HOME/.config/nixpkgs",
	"$HOME/.local/share/flatpak",
	"$HOME/.local/state/nix",
	"$HOME/.nix-defexpr",
	"$HOME/.nix-profile",
	"$HOME/.nvm",
	"$HOME/.pyenv",

	"$HOME/.emacs",
	"$HOME/.emacs.d",
	"$HOME/.forward",
	"$HOME/.gdbinit",
	"$HOME/.gitconfig",
	"$HOME/.ssh",
	"$HOME/.tmux.conf",
	"$HOME/.vim",
	"$HOME/.vimrc",
	"$HOME/.config/alacritty",
	"$HOME/.config/containers",
	"$HOME/.config/direnv",
	"$HOME/.config/emacs",
	"$HOME/.config/git",
	"$HOME/.config/kitty",
	"$HOME/.config/nvim",
	"$HOME/.config/pipewire",
	"$HOME/.config/tmux",

	"$XDG_RUNTIME_DIR/systemd",
	"/bin",
	"/boot",
	"/etc",
	"/lib",
	"/lib64",
	"/nix/store",
	"/nix/var/nix/profiles",
	"/opt",
	"/run/systemd",
	"/run/udev",
	"/sbin",
	"/usr/bin",
	"/usr/lib",
	"/usr/lib64",
	"/usr/libexec",
	"/usr/local",
	"/usr/sbin",
	"/usr/share/applications",
	"/var/lib/docker",
	"/var/spool/at",
	"/var/spool/cron",
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One path of the host that a policy gives the box, or can give it. */
struct given {
	const char *path; /* as policy_path_of_any_user() has it */
	bool writable;
	bool only_below; /* what lies above it counts, it does not reveal what lies in it */
};

static bool
is_risky(const struct given *given, const char *path, unsigned conditions)
{
	size_t size = strlen(path);

	if (conditions & WRITABLE && !given->writable)
		return false;
	if (!given->only_below && policy_path_covers(given->path, path))
		return true;
	if (path[size - 1] == '*')
		return fnmatch(path, given->path, FNM_NOESCAPE) == 0;
	return conditions & BELOW && policy_path_covers(path, given->path);
}

/* Is this path in one of the wholes that what is given brings? */
static bool
is_taken_in(const struct given *given, const char *path)
{
	for (size_t i = 0; i < COUNT(whole); i++)
		if (is_risky(given, whole[i].path, whole[i].conditions) &&
		    policy_path_covers(whole[i].path, path))
			return true;
	return false;
}

static bool
brings(const struct given *given, const char *risk)
{
	/* Everything lies below the root. */
	if (strcmp(given->path, "/") == 0 && !given->only_below)
		return strcmp(risk, "host-root") == 0;
	for (size_t i = 1; i < COUNT(whole); i++)
		if (strcmp(whole[i].risk, risk) == 0)
			return is_risky(given, whole[i].path, whole[i].conditions);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcmp(parts[i].risk, risk) == 0 &&
		    is_risky(given, parts[i].path, parts[i].conditions) &&
		    !is_taken_in(given, parts[i].path))
			return true;
	for (size_t i = 0; i < COUNT(executed) && strcmp(risk, "executed-by-host") == 0; i++)
		if (is_risky(given, executed[i], BELOW | WRITABLE) &&
		    !is_taken_in(given, executed[i]))
			return true;
	return false;
}

/* What a policy brings */

bool
risks_accepted(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->accepted.count; i++)
		if (strcmp(policy->accepted.items[i].text, name) == 0)
			return true;
	return false;
}

struct list {
	struct arena *arena;
	const struct policy *policy;
	struct risk_found *found;
	size_t count;
	size_t capacity;
};

/* The path as the policy has it. */
static const char *
words_of(const struct grant *grant, const char *key)
{
	const char *words = json_string_value(json_object_get(grant->entry, key));

	return words ? words : grant->destination_text;
}

/* The paths of the host that it can name, whichever of its variables are set. */
static struct string_list
host_paths(struct arena *arena, const struct template_text *template)
{
	struct string_list paths = { 0 };

	policy_path_alternatives(arena, template, &paths);
	for (size_t i = 0; i < paths.count; i++)
		paths.items[i] = policy_path_of_any_user(arena, paths.items[i]);
	return paths;
}

/* Does one of the paths bring the risk? */
static bool
can_bring(const struct string_list *paths, struct given given, const char *risk)
{
	for (size_t i = 0; i < paths->count; i++) {
		given.path = paths->items[i];
		if (brings(&given, risk))
			return true;
	}
	return false;
}

/* What of the grant brings the risk, for people; NULL: nothing. */
static const char *
what_brings(const struct grant *grant, const struct string_list *sources,
            const struct string_list *changed, const char *risk)
{
	/* What is written goes into a directory in there, not into what lies there. */
	static const struct given changes = { .writable = true, .only_below = true };
	const bool bind = grant->kind == GRANT_BIND, overlay = grant->kind == GRANT_OVERLAY;
	const bool writable = grant->flags & FLAG_WRITABLE;
	const struct given source = { .writable = bind && writable };

	if (can_bring(sources, source, risk))
		return words_of(grant, bind ? "bind" : "lower");
	if (can_bring(changed, changes, risk))
		return words_of(grant, "changes");
	if (strcmp(risk, "writable-executable") == 0 && grant->flags & FLAG_EXECUTABLE &&
	    (writable || overlay))
		return grant->destination_text;
	return NULL;
}

static void
add_risks(struct list *list, const struct grant *grant)
{
	const bool overlay = grant->kind == GRANT_OVERLAY;
	struct string_list sources = { 0 }, changed = { 0 };

	if (overlay || grant->kind == GRANT_BIND)
		sources = host_paths(list->arena, grant->source);
	if (overlay)
		changed = host_paths(list->arena, grant->changes);
	for (const struct risk *risk = risks; risk->name; risk++) {
		const char *what = what_brings(grant, &sources, &changed, risk->name);

		if (what)
			*ARRAY_ADD(list->arena, list->found, list->count, list->capacity) =
				(struct risk_found){ .risk = risk,
				                     .place = grant->place,
				                     .what = what,
				                     .accepted = risks_accepted(list->policy,
				                                                risk->name) };
	}
}

size_t
risks_find(struct arena *arena, const struct policy *policy, struct risk_found **ret_found)
{
	struct list list = { .arena = arena, .policy = policy };

	/* Of what "home" and "network" imply the fragments mask and protect themselves what would
	 * be a risk. A path that a policy masks is one still: the mask may be made before it is
	 * there. */
	for (size_t i = 0; i < policy->grant_count; i++)
		if (policy->grants[i].entry)
			add_risks(&list, &policy->grants[i]);
	*ret_found = list.found;
	return list.count;
}

const struct risk_found *
risks_find_accepted(struct arena *arena, const struct policy *policy, const char *name)
{
	struct risk_found *found;
	size_t count = risks_find(arena, policy, &found);

	for (size_t i = 0; i < count; i++)
		if (found[i].accepted && strcmp(found[i].risk->name, name) == 0)
			return &found[i];
	return NULL;
}

void
risks_check(struct compilation *c, const struct policy *policy)
{
	const char *names[COUNT(risks)] = { NULL };
	struct risk_found *found;
	size_t count = risks_find(&c->arena, policy, &found);

	for (size_t i = 0; risks[i].name; i++)
		names[i] = risks[i].name;
	for (size_t i = 0; i < policy->accepted.count; i++) {
		const struct policy_word *word = &policy->accepted.items[i];
		size_t known = 0;

		while (names[known] && strcmp(names[known], word->text) != 0)
			known++;
		if (!names[known])
			json_refuse_word(c, word->place, "risk", word->text, names);
	}
	for (size_t i = 0; i < count; i++) {
		if (found[i].accepted)
			continue;
		diag_error(&c->diag, found[i].place,
		           "'%s' brings the risk '%s'; to accept it, name it in 'accept-risk'",
		           found[i].what, found[i].risk->name);
		for (size_t j = 0; j < COUNT(found[i].risk->why); j++)
			diag_note(&c->diag, PLACE_NONE, "%s", found[i].risk->why[j]);
	}
}
