# wraps all programs of a package as nixpkgs' hook of that name does, in the fixup of its outputs.
# shellcheck shell=bash

gappsWrapperArgs=()

# shellcheck disable=SC2154 # prefix is set for each output
gappsWrapperArgsHook() {
	[ ! -d "$prefix/share" ] || gappsWrapperArgs+=(--prefix XDG_DATA_DIRS : "$prefix/share")
}
preFixupPhases+=" gappsWrapperArgsHook"

wrapGApp() {
	local program=$1
	shift
	wrapProgram "$program" "${gappsWrapperArgs[@]}" "$@"
}

wrapGAppsHook() {
	local directory file
	[ -z "${wrapGAppsHookHasRun-}" ] || return 0
	wrapGAppsHookHasRun=1
	[ -z "${dontWrapGApps:-}" ] || return 0
	for directory in "$prefix/bin" "$prefix/libexec"; do
		[ -d "$directory" ] || continue
		while IFS= read -r -d '' file; do
			echo "Wrapping program '$file'"
			wrapGApp "$file"
		done < <(find "$directory" -type f -executable -print0)
	done
}
fixupOutputHooks+=(wrapGAppsHook)
