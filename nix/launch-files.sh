# Where desktops, buses and service managers look for what to start, and what that can be; sourced
# by wrap.sh and hook.sh.
# shellcheck shell=bash

# Patterns of directories in a package.
closureboxLaunchFolders=(
	'/etc/*/native-messaging-hosts'
	'/etc/opt/*/native-messaging-hosts'
	/etc/{systemd,udev/rules.d}
	/etc/xdg/{autostart,menus}
	'/lib/*/native-messaging-hosts'
	/lib/systemd/{system,user}
	/lib/udev/rules.d
	/share/{applications,autostart,menu,thumbnailers,xsessions,wayland-sessions}
	/share/dbus-1/{services,system-services}
	/share/gnome-shell/search-providers
	/share/{kio/servicemenus,kservices5}
	/share/polkit-1/actions
	/share/systemd/{system,user}
)

# A file is named by its path in the package, which begins with `/`.
closureboxIsLaunchFile() { # REL
	local folder
	for folder in "${closureboxLaunchFolders[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $1 != $folder/* ]] || return 0
	done
	[[ $1 == *.desktop ]]
}

# What is for people and compilers to read, and may name what it likes.
closureboxIsDocumentation() { # REL
	[[ $1 == @(/include|/share/@(doc|man|info|gtk-doc|devhelp|licenses|help))?(/*) ]]
}

# Can the kernel start it, whatever its mode says? Pictures and data often have that of programs.
closureboxHasMagic() { # PATH
	local magic=
	IFS= read -rN 4 magic <"$1" || true
	[[ $magic == '#!'* || $magic == $'\x7fELF' ]]
}

# The directories of launch files that there are below some, in the array listed.
closureboxListLaunchFolders() { # DIRECTORY...
	local IFS='' directory folder path
	listed=()
	for directory; do
		for folder in "${closureboxLaunchFolders[@]}"; do
			# shellcheck disable=SC2231 # a pattern
			for path in "$directory"$folder; do
				[[ ! -d $path ]] || listed+=("$path")
			done
		done
	done
}
