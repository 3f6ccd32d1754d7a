/* Tests of risks: what brings each of them, what nearly does, and what accepting one does. */
#include "../../compiler/compiler.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct compilation c;
	char *said;
	size_t said_size;
};

/* Reads a policy with these members, single quotes standing for double ones; without presets unless
 * they say which. */
static void
read_members(struct fixture *f, const char *members)
{
	struct source *source;
	char *text;

	memset(f, 0, sizeof *f);
	f->c.diag.stream = open_memstream(&f->said, &f->said_size);
	ck_assert_ptr_nonnull(f->c.diag.stream);
	source = arena_alloc(&f->c.arena, sizeof *source);
	text = arena_printf(&f->c.arena, "{ 'closurebox': 1, %s%s }",
	                    strstr(members, "'extends'") ? "" : "'extends': [], ", members);
	for (char *at = text; (at = strchr(at, '\'')) != NULL;)
		*at = '"';
	*source = (struct source){ .name = "policy", .text = text, .size = strlen(text) };
	read_policy(&f->c, source, &f->c.policy);
	read_policy_finish(&f->c, &f->c.policy);
	fflush(f->c.diag.stream);
	ck_assert_msg(f->c.diag.errors == 0, "%s: %s", members, f->said);
}

/* The same with one entry of "filesystem" and a list for "accept-risk". */
static void
read_entry(struct fixture *f, const char *entry, const char *accepted)
{
	struct arena arena = { 0 };

	read_members(f, arena_printf(&arena, "'filesystem': [ { %s } ], 'accept-risk': [ %s ]",
	                             entry, accepted));
	arena_free(&arena);
}

static void
end(struct fixture *f)
{
	(void)fclose(f->c.diag.stream);
	free(f->said);
	json_decref(f->c.policy.merged);
	arena_free(&f->c.arena);
}

/* The names of what was found, with '!' where it is not accepted. */
static const char *
found(struct fixture *f)
{
	struct buffer text = { .arena = &f->c.arena };
	struct risk_found *list;
	size_t count = risks_find(&f->c.arena, &f->c.policy, &list);

	buffer_add_string(&text, "");
	for (size_t i = 0; i < count; i++)
		buffer_printf(&text, "%s%s%s", i > 0 ? " " : "", list[i].accepted ? "" : "!",
		              list[i].risk->name);
	return text.data;
}

/* One entry of "filesystem" and what it brings. */
static const struct {
	const char *entry;
	const char *risks;
} entries[] = {
	/* host-root takes in all others that are paths */
	{ "'bind': '/', 'to': '/host'", "!host-root" },
	{ "'bind': '/', 'to': '/host', 'access': 'read-write'", "!host-root" },
	{ "'bind': '/', 'to': '/host', 'access': 'read-write', 'execute': true",
	  "!host-root !writable-executable" },
	{ "'bind': '/proc/self/root', 'to': '/host'", "!host-root" },
	{ "'bind': '/proc/1/root', 'to': '/host'", "!host-root" },
	{ "'overlay': '/x', 'lower': '/', 'changes': '$XDG_STATE_HOME/app'", "!host-root" },
	{ "'bind': '/srv', 'to': '/root-of-all'", "" },

	/* home, which takes in what lies in it */
	{ "'bind': '$HOME', 'access': 'read-write'", "!home" },
	{ "'bind': '${HOME:-/home}', 'to': '/x', 'access': 'read-write'", "!home" },
	{ "'bind': '/home', 'access': 'read-write'", "!home" },
	{ "'bind': '/home/$USER', 'access': 'read-write'", "!home" },
	{ "'bind': '/home/ada', 'access': 'read-write'", "!home" },
	{ "'bind': '/root', 'access': 'read-write'", "!home" },
	{ "'bind': '/var/home/ada', 'access': 'read-write'", "!home" },
	{ "'bind': '/$HOME', 'access': 'read-write'", "!home" },
	{ "'bind': '$HOME'", "!container-daemon !gpg-agent !ssh-agent" },
	{ "'bind': '$HOME/x', 'access': 'read-write'", "" },
	{ "'bind': '/homes', 'access': 'read-write'", "" },
	{ "'bind': '/srv', 'to': '$HOME', 'access': 'read-write'", "" },

	/* runtime-directory, likewise */
	{ "'bind': '$XDG_RUNTIME_DIR'", "!runtime-directory" },
	{ "'bind': '/run/user/$UID'", "!runtime-directory" },
	{ "'bind': '/run/user/1000'", "!runtime-directory" },
	{ "'bind': '/run/user'", "!runtime-directory" },
	{ "'bind': '/var/run/user/1000'", "!runtime-directory" },
	{ "'bind': '/run'",
	  "!container-daemon !desktop-control !runtime-directory !system-bus !systemd" },
	{ "'bind': '/var/run'",
	  "!container-daemon !desktop-control !runtime-directory !system-bus !systemd" },
	{ "'bind': '$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY'", "" },
	{ "'bind': '$XDG_RUNTIME_DIR/pulse/native'", "" },
	{ "'tmpfs': '$XDG_RUNTIME_DIR'", "" },

	/* session-bus */
	{ "'bind': '$XDG_RUNTIME_DIR/bus'", "!session-bus" },
	{ "'bind': '/run/user/1000/bus', 'to': '/bus'", "!session-bus" },
	{ "'bind': '$DBUS_SESSION_BUS_ADDRESS', 'to': '/bus'", "!session-bus" },
	{ "'bind': '/tmp/dbus-x'", "!session-bus" },
	{ "'bind': '$XDG_RUNTIME_DIR/bus-proxy'", "" },

	/* system-bus */
	{ "'bind': '/run/dbus/system_bus_socket'", "!system-bus" },
	{ "'bind': '/run/dbus'", "!system-bus" },
	{ "'bind': '/var/run/dbus/system_bus_socket'", "!system-bus" },
	{ "'bind': '$DBUS_SYSTEM_BUS_ADDRESS', 'to': '/bus'", "!system-bus" },
	{ "'bind': '/var/lib/dbus'", "" },

	/* systemd */
	{ "'bind': '$XDG_RUNTIME_DIR/systemd'", "!systemd" },
	{ "'bind': '$XDG_RUNTIME_DIR/systemd/private'", "!systemd" },
	{ "'bind': '/run/systemd'", "!systemd" },
	{ "'bind': '/run/systemd/private'", "!systemd" },
	{ "'bind': '/run/systemd/io.systemd.Manager'", "!systemd" },
	{ "'bind': '/run/systemd/resolve'", "" },
	{ "'bind': '$XDG_RUNTIME_DIR/systemd/notify'", "" },

	/* container-daemon */
	{ "'bind': '/run/docker.sock'", "!container-daemon" },
	{ "'bind': '/var/run/docker.sock', 'to': '/docker'", "!container-daemon" },
	{ "'bind': '/run/podman/podman.sock'", "!container-daemon" },
	{ "'bind': '/run/containerd/containerd.sock'", "!container-daemon" },
	{ "'bind': '/run/libvirt/libvirt-sock'", "!container-daemon" },
	{ "'bind': '$XDG_RUNTIME_DIR/docker.sock'", "!container-daemon" },
	{ "'bind': '$XDG_RUNTIME_DIR/podman'", "!container-daemon" },
	{ "'bind': '/var/lib'", "!container-daemon" },
	{ "'bind': '/var/lib/docker-things'", "" },
	{ "'bind': '/run/dockers'", "" },

	{ "'bind': '/run/snapd.socket'", "!container-daemon" },
	{ "'bind': '/run/snapd-snap.socket'", "!container-daemon" },

	/* desktop-control */
	{ "'bind': '$SWAYSOCK'", "!desktop-control" },
	{ "'bind': '/$I3SOCK', 'to': '/x'", "!desktop-control" },
	{ "'bind': '$TMUX', 'to': '/x'", "!desktop-control" },
	{ "'bind': '/tmp/tmux-1000'", "!desktop-control" },
	{ "'bind': '/tmp/tmux-$UID/default'", "!desktop-control" },
	{ "'bind': '/run/screen'", "!desktop-control" },
	{ "'bind': '/var/run/screen/S-ada'", "!desktop-control" },
	{ "'bind': '$XDG_RUNTIME_DIR/hypr/x/.socket.sock'", "!desktop-control" },
	{ "'bind': '/run/user/1000/emacs/server'", "!desktop-control" },
	{ "'bind': '$XDG_RUNTIME_DIR/at-spi/bus_0'", "!desktop-control" },
	{ "'bind': '$XDG_RUNTIME_DIR/pipewire-0-manager'", "!desktop-control" },
	{ "'bind': '$XDG_RUNTIME_DIR/sway-ipc.1000.1.sock'", "!desktop-control" },
	{ "'bind': '$XDG_RUNTIME_DIR/pipewire-0'", "" },
	{ "'bind': '/tmp/tmux'", "" },

	/* nix-daemon */
	{ "'bind': '/nix/var/nix/daemon-socket/socket'", "!nix-daemon" },
	{ "'bind': '/nix/var/nix/daemon-socket'", "!nix-daemon" },
	{ "'bind': '/nix/var'", "!nix-daemon" },
	{ "'bind': '/nix', 'to': '/x'", "!nix-daemon" },
	{ "'bind': '$NIX_DAEMON_SOCKET_PATH'", "!nix-daemon" },
	{ "'bind': '/var/guix/daemon-socket/socket'", "!nix-daemon" },
	{ "'bind': '/nix/var/nix/db'", "" },

	/* x11 */
	{ "'bind': '/tmp/.X11-unix'", "!x11" },
	{ "'bind': '/tmp/.X11-unix/X0'", "!x11" },
	{ "'bind': '/tmp'", "!desktop-control !session-bus !ssh-agent !x11" },
	{ "'bind': '/tmp/.X11'", "" },
	{ "'bind': '$XAUTHORITY'", "" },

	/* ssh-agent */
	{ "'bind': '$SSH_AUTH_SOCK'", "!ssh-agent" },
	{ "'bind': '${SSH_AUTH_SOCK:-/none}', 'to': '/agent'", "!ssh-agent" },
	{ "'bind': '/tmp/ssh-XXXX/agent.1'", "!ssh-agent" },
	{ "'bind': '$XDG_RUNTIME_DIR/keyring/ssh'", "!ssh-agent" },
	{ "'bind': '$XDG_RUNTIME_DIR/ssh-agent.socket'", "!ssh-agent" },
	{ "'bind': '$HOME/.ssh'", "!ssh-agent" },
	{ "'bind': '$HOME/.ssh/known_hosts'", "" },

	/* gpg-agent */
	{ "'bind': '$XDG_RUNTIME_DIR/gnupg'", "!gpg-agent !ssh-agent" },
	{ "'bind': '$XDG_RUNTIME_DIR/gnupg/S.gpg-agent'", "!gpg-agent" },
	{ "'bind': '$HOME/.gnupg'", "!gpg-agent" },
	{ "'bind': '$HOME/.gnupg/S.gpg-agent.extra'", "!gpg-agent" },
	{ "'bind': '$GNUPGHOME'", "!gpg-agent" },
	{ "'bind': '$HOME/.gnupg/pubring.kbx'", "" },

	/* host-proc */
	{ "'bind': '/proc', 'to': '/x'", "!host-proc" },
	{ "'bind': '/proc/cpuinfo', 'to': '/x'", "!host-proc" },
	{ "'bind': '/proc/self', 'to': '/x'", "!host-proc" },
	{ "'bind': '/proc/1/fd', 'to': '/x'", "!host-proc" },
	{ "'bind': '/proc/sys', 'to': '/x', 'access': 'read-write'", "!host-proc" },
	{ "'bind': '/dev/fd/9', 'to': '/x'", "!host-proc" },
	{ "'bind': '/dev/stdin', 'to': '/x'", "!host-proc" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '/proc/x'", "!host-proc" },
	{ "'bind': '/proc/self/root/var/run/dbus', 'to': '/x'", "!system-bus" },
	{ "'proc': '/proc'", "" },
	{ "'bind': '/srv', 'to': '/proc/x'", "" },
	{ "'bind': '/process'", "" },

	/* host-sys: the whole, or to write */
	{ "'bind': '/sys'", "!host-sys" },
	{ "'bind': '/sys/devices', 'access': 'read-write'", "!host-sys" },
	{ "'bind': '/sys/fs/cgroup/x', 'to': '/x', 'access': 'read-write'", "!host-sys" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '/sys/x'", "!host-sys" },
	{ "'bind': '/sys/devices'", "" },
	{ "'bind': '/system', 'access': 'read-write'", "" },

	/* host-dev: the whole, and what is a way past all files */
	{ "'bind': '/dev'", "!host-dev" },
	{ "'bind': '/dev', 'to': '/x', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/mem', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/kmem'", "!host-dev" },
	{ "'bind': '/dev/port'", "!host-dev" },
	{ "'bind': '/dev/kmsg'", "!host-dev" },
	{ "'bind': '/dev/sda'", "!host-dev" },
	{ "'bind': '/dev/sdb1', 'to': '/x', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/nvme0n1p2'", "!host-dev" },
	{ "'bind': '/dev/vda'", "!host-dev" },
	{ "'bind': '/dev/dm-0'", "!host-dev" },
	{ "'bind': '/dev/mapper'", "!host-dev" },
	{ "'bind': '/dev/mapper/home'", "!host-dev" },
	{ "'bind': '/dev/loop-control'", "!host-dev" },
	{ "'bind': '/dev/disk/by-id/x'", "!host-dev" },
	{ "'bind': '/dev/input'", "!host-dev" },
	{ "'bind': '/dev/input/event3', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/uinput', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/hidraw0', 'devices': true", "!host-dev" },
	{ "'bind': '/dev/pts'", "!host-dev" },
	{ "'bind': '/dev/pts/3'", "!host-dev" },
	{ "'bind': '/dev/shm', 'access': 'read-write'", "!host-dev" },
	{ "'bind': '/dev/shm/jack-0'", "!host-dev" },
	{ "'bind': '/dev/tty1'", "!host-dev" },
	{ "'bind': '/dev/dri', 'devices': true", "" },
	{ "'bind': '/dev/input/js0', 'devices': true", "" },
	{ "'bind': '/dev/kvm', 'devices': true", "" },
	{ "'bind': '/dev/random', 'devices': true", "" },
	{ "'bind': '/dev/tty', 'devices': true", "" },
	{ "'bind': '/dev/ttyUSB0', 'devices': true", "" },
	{ "'bind': '/srv', 'to': '/dev/shm/x'", "" },
	{ "'tmpfs': '/dev/shm'", "" },
	{ "'devpts': '/dev/pts'", "" },

	/* whatever a path can be */
	{ "'bind': '${FOO:-/}', 'to': '/x'", "!host-root" },
	{ "'bind': '${FOO:-/run/dbus/system_bus_socket}', 'to': '/x'", "!system-bus" },
	{ "'bind': '${FOO:-$HOME}', 'to': '/x', 'access': 'read-write'", "!home" },
	{ "'bind': '${FOO:-${BAR:-$XDG_RUNTIME_DIR}}', 'to': '/x'", "!runtime-directory" },
	{ "'bind': '${FOO:-/proc}/${BAR:-self}', 'to': '/x'", "!host-proc" },
	{ "'bind': '/run/${FOO:-docker.sock}', 'to': '/x'", "!container-daemon" },
	{ "'bind': '${SSH_AUTH_SOCK:-${GPG_AGENT_INFO:-/tmp/.X11-unix/X0}}', 'to': '/x'",
	  "!gpg-agent !ssh-agent !x11" },
	{ "'bind': '${XDG_DATA_HOME:-/etc}', 'to': '/x', 'access': 'read-write'",
	  "!executed-by-host" },
	{ "'overlay': '/x', 'lower': '${FOO:-/srv}', 'changes': '${FOO:-$HOME/bin}'",
	  "!executed-by-host" },
	{ "'overlay': '/x', 'lower': '${FOO:-/dev}', 'changes': '/var/x'", "!host-dev" },
	{ "'bind': '${FOO:-/srv}', 'to': '/x', 'access': 'read-write'", "" },
	{ "'bind': '/srv', 'to': '${FOO:-/run/dbus}'", "" },
	{ "'bind': '${FOO:-$HOME}/x', 'to': '/x', 'access': 'read-write'", "" },

	/* writable-executable */
	{ "'bind': '/srv', 'access': 'read-write', 'execute': true", "!writable-executable" },
	{ "'tmpfs': '/x', 'execute': true", "!writable-executable" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '/var/x', 'execute': true",
	  "!writable-executable" },
	{ "'bind': '/srv', 'execute': true", "" },
	{ "'bind': '/srv', 'access': 'read-write'", "" },
	{ "'tmpfs': '/x', 'access': 'read-only', 'execute': true", "" },
	{ "'tmpfs': '/x'", "" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '/var/x'", "" },

	/* executed-by-host: only what can be written to */
	{ "'bind': '$HOME/.bashrc', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.config/autostart', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.config/autostart/x.desktop', 'access': 'read-write'",
	  "!executed-by-host" },
	{ "'bind': '/home/ada/bin', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_DATA_HOME', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.local', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/etc', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/etc/app', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/etc/cron.d', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/etc/systemd/system', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/usr', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/nix/store', 'to': '/x', 'access': 'read-write'", "!executed-by-host" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '$XDG_DATA_HOME/applications/x'",
	  "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/user-dirs.dirs', 'access': 'read-write'",
	  "!executed-by-host" },
	{ "'bind': '$HOME/.nvm/x', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.oh-my-zsh', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.pyenv', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.bash_completion', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.inputrc', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.xmonad', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$HOME/.cargo/env', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/kitty', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/alacritty', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/containers', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/pipewire', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_CONFIG_HOME/git', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/opt/app', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/usr/local/share', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/var/lib/docker', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_DATA_HOME/closurebox', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_STATE_HOME/closurebox', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '$XDG_DATA_HOME/closurebox/app/home', 'access': 'read-write'", "" },
	{ "'bind': '$XDG_STATE_HOME/closurebox/closures', 'access': 'read-write'",
	  "!executed-by-host" },
	{ "'bind': '$HOME/.local/state/closurebox/closures/a', 'to': '/a', 'access': 'read-write'",
	  "!executed-by-host" },
	{ "'bind': '$XDG_STATE_HOME/closurebox/other', 'access': 'read-write'", "" },
	{ "'bind': '/run/closurebox', 'access': 'read-write'", "!executed-by-host" },
	{ "'bind': '/run/closurebox/closures'", "" },
	{ "'links': '/run/current-system'", "" },
	{ "'bind': '/run/current-system/sw', 'closure': true", "" },
	{ "'bind': '/run/user/1000', 'closure': true", "!runtime-directory" },
	{ "'bind': '$HOME/.bashrc'", "" },
	{ "'bind': '$XDG_CONFIG_HOME'", "" },
	{ "'bind': '$HOME/.bashrc.d', 'access': 'read-write'", "" },
	{ "'bind': '$XDG_CONFIG_HOME/app', 'access': 'read-write'", "" },
	{ "'bind': '$XDG_DATA_HOME/app', 'access': 'read-write'", "" },
	{ "'bind': '$XDG_DOWNLOAD_DIR', 'access': 'read-write'", "" },
	{ "'bind': '/etc', 'to': '/x'", "" },
	{ "'bind': '/srv', 'to': '/etc/app', 'access': 'read-write'", "" },
	{ "'bind': '/usr/share/app', 'access': 'read-write'", "" },
	{ "'overlay': '/x', 'lower': '$HOME/.config/autostart', 'changes': '/var/x'", "" },
	{ "'overlay': '/x', 'lower': '/srv', 'changes': '$XDG_DATA_HOME'", "" },

	/* what is no source */
	{ "'mask': '/tmp/.X11-unix', 'optional': true", "" },
	{ "'protect': '$HOME', 'optional': true", "" },
	{ "'directory': '/run/dbus'", "" },
	{ "'symlink': '/x', 'target': '/run/dbus'", "" },
	{ "'file': '/run/docker.sock', 'text': ''", "" },
};

START_TEST(found_or_not)
{
	const char *entry = entries[_i].entry, *expected = entries[_i].risks;
	struct fixture f;

	read_entry(&f, entry, "");
	ck_assert_msg(strcmp(found(&f), expected) == 0, "%s: '%s', expected '%s'", entry, found(&f),
	              expected);
	risks_check(&f.c, &f.c.policy);
	ck_assert_int_eq(f.c.diag.errors > 0, expected[0] != '\0');
	end(&f);
}
END_TEST

/* Accepted by their names the risks that were found are found still, but are no errors. */
START_TEST(accepted)
{
	char names[512] = "";
	struct fixture f;

	for (const char *at = entries[_i].risks; (at = strchr(at, '!')) != NULL;) {
		size_t size = strcspn(++at, " ");

		snprintf(names + strlen(names), sizeof names - strlen(names), "%s'%.*s'",
		         names[0] ? ", " : "", (int)size, at);
	}
	read_entry(&f, entries[_i].entry, names);
	ck_assert_ptr_null(strchr(found(&f), '!'));
	ck_assert_int_eq(found(&f)[0] != '\0', names[0] != '\0');
	risks_check(&f.c, &f.c.policy);
	ck_assert_uint_eq(f.c.diag.errors, 0);
	end(&f);
}
END_TEST

/* One that is accepted does not stand for another. */
START_TEST(one_of_two_accepted)
{
	struct fixture f;

	read_entry(&f, "'bind': '/tmp', 'access': 'read-write', 'execute': true",
	           "'x11', 'ssh-agent', 'home'");
	ck_assert_str_eq(found(&f),
	                 "!desktop-control !session-bus ssh-agent !writable-executable x11");
	risks_check(&f.c, &f.c.policy);
	ck_assert_uint_eq(f.c.diag.errors, 3);
	end(&f);
}
END_TEST

START_TEST(unknown_names)
{
	struct fixture f;

	read_entry(&f, "'bind': '/srv'", "'home', 'x-11'");
	risks_check(&f.c, &f.c.policy);
	fflush(f.c.diag.stream);
	ck_assert_uint_eq(f.c.diag.errors, 1);
	ck_assert_ptr_nonnull(strstr(f.said, "unknown risk 'x-11'; did you mean 'x11'?"));
	end(&f);
}
END_TEST

START_TEST(what_is_said_of_one)
{
	struct fixture f;
	struct risk_found *list;

	read_entry(&f, "'overlay': '/x', 'lower': '/proc', 'changes': '/home/ada/bin/x'", "");
	ck_assert_uint_eq(risks_find(&f.c.arena, &f.c.policy, &list), 2);
	ck_assert_str_eq(list[0].risk->name, "executed-by-host");
	ck_assert_str_eq(list[0].what, "/home/ada/bin/x");
	ck_assert_str_eq(list[1].what, "/proc");
	risks_check(&f.c, &f.c.policy);
	fflush(f.c.diag.stream);
	ck_assert_ptr_nonnull(strstr(f.said, "'/proc' brings the risk 'host-proc'"));
	ck_assert_ptr_nonnull(strstr(f.said, list[1].risk->why[0]));
	ck_assert_ptr_nonnull(strstr(f.said, list[1].risk->why[1]));
	end(&f);
}
END_TEST

START_TEST(in_order_and_explained)
{
	for (const struct risk *risk = risks; risk->name; risk++) {
		bool brought = false;

		if (risk > risks)
			ck_assert_str_lt(risk[-1].name, risk->name);
		for (size_t i = 0; i < sizeof risk->why / sizeof *risk->why; i++) {
			ck_assert_uint_gt(strlen(risk->why[i]), 0);
			ck_assert_uint_le(strlen(risk->why[i]), 100);
		}
		for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
			brought = brought || strstr(entries[i].risks, risk->name);
		ck_assert_msg(brought, "nothing here brings '%s'", risk->name);
	}
}
END_TEST

/* What is built in is safe, and so is what these words stand for. */
static const char *const safe[] = {
	"'extends': ['base']",
	"'extends': ['command-line']",
	"'extends': ['desktop-offline']",
	"'extends': ['strict']",
	"'home': 'none'",
	"'home': 'temporary'",
	"'home': 'private'",
	"'home': 'host'",
	"'network': 'host'",
	"'working-directory': 'read-write'",
	"'working-directory': { 'access': 'read-write', 'optional': true }",
	"'share': ['pid', 'ipc', 'uts', 'cgroup'], 'filesystem': [ { 'proc': '/proc' } ]",
};

START_TEST(presets_bring_none)
{
	struct fixture f;

	read_members(&f, safe[_i]);
	ck_assert_str_eq(found(&f), "");
	end(&f);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("risks");
	TCase *tests = tcase_create("risks");
	tcase_add_loop_test(tests, found_or_not, 0, sizeof entries / sizeof *entries);
	tcase_add_loop_test(tests, accepted, 0, sizeof entries / sizeof *entries);
	tcase_add_test(tests, one_of_two_accepted);
	tcase_add_test(tests, unknown_names);
	tcase_add_test(tests, what_is_said_of_one);
	tcase_add_test(tests, in_order_and_explained);
	tcase_add_loop_test(tests, presets_bring_none, 0, sizeof safe / sizeof *safe);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
