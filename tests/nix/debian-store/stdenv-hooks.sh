# The set-up hooks that every package gets after its own, in nixpkgs' order: where outputs' files
# go, and what the fixup phase does to them.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of stdenv.sh and of the derivation

# shellcheck disable=SC2016 # evaluated later
fixupOutputHooks+=(
	'[ -n "${dontPatchELF-}" ] || patchELF "$prefix"'
	'[ -n "${dontGzipMan-}" ] || compressManPages "$prefix"'
	_moveLib64
	_moveSbin
	_moveSystemdUserUnits
	patchShebangsAuto
	_doStrip
)
preConfigureHooks+=(_multioutConfig)
preFixupHooks+=(_moveToShare _multioutDocs _multioutDevs)
postFixupHooks+=(_makeSymlinksRelativeInAllOutputs _multioutPropagateDev)

# --- outputs

# The first of the outputs that there is, unless something is chosen already.
_overrideFirst() { # VARIABLE OUTPUT...
	local variable=$1 name
	[ -z "${!variable-}" ] || return 0
	shift
	for name; do
		if [ "$name" = REMOVE ] || [ -n "${!name-}" ]; then
			eval "$variable=$name"
			return
		fi
	done
	die "error: _assignFirst: could not find a non-empty variable whose name to assign to" \
		"$variable"
}
_overrideFirst outputDev dev out
_overrideFirst outputBin bin out
_overrideFirst outputInclude "$outputDev"
_overrideFirst outputLib lib out
_overrideFirst outputDoc doc out
_overrideFirst outputDevdoc devdoc REMOVE
_overrideFirst outputMan man "$outputBin"
_overrideFirst outputDevman devman devdoc "$outputMan"
_overrideFirst outputInfo info "$outputBin"

_multioutConfig() {
	[ "$(getAllOutputNames)" != out ] && [ -n "${setOutputFlags-1}" ] || return 0
	prependToVar configureFlags \
		"--bindir=${!outputBin}/bin" "--sbindir=${!outputBin}/sbin" \
		"--includedir=${!outputInclude}/include" "--mandir=${!outputMan}/share/man" \
		"--infodir=${!outputInfo}/share/info" "--libdir=${!outputLib}/lib" \
		"--libexecdir=${!outputLib}/libexec" "--localedir=${!outputLib}/share/locale"
}

# What matches the pattern in any output goes to that directory, or away if it is REMOVE.
moveToOutput() { # PATTERN DIRECTORY
	local pattern=$1 target=$2 output source destination parent
	for output in $(getAllOutputNames); do
		[ "${!output}" != "$target" ] || continue
		# shellcheck disable=SC2231 # a pattern
		for source in "${!output}"/$pattern; do
			[ -e "$source" ] || [ -L "$source" ] || continue
			if [ "$target" = REMOVE ]; then
				echo "Removing $source"
				rm -r "$source"
			else
				destination=$target${source#"${!output}"}
				echo "Moving $source to $destination"
				if [ -d "$destination" ] && [ -d "$source" ]; then
					rmdir "$source" --ignore-fail-on-non-empty
					if [ -d "$source" ]; then
						mv -t "$destination" "$source"/*
						rmdir "$source"
					fi
				else
					mkdir -p "$(readlink -m "$destination/..")"
					mv "$source" "$destination"
				fi
			fi
			parent=$(readlink -m "$source/..")
			rmdir -p --ignore-fail-on-non-empty "$parent" 2>/dev/null || true
		done
	done
}

_moveToShare() {
	local directory
	[ -n "${out-}" ] || return 0
	for directory in man doc info; do
		if [ -d "$out/$directory" ] && [ ! -d "$out/share/$directory" ]; then
			mkdir -p "$out/share"
			mv "$out/$directory" "$out/share/"
		fi
	done
}

_multioutDocs() {
	# For `${!outputDevdoc}`.
	# shellcheck disable=SC2034
	local REMOVE=REMOVE
	moveToOutput share/info "${!outputInfo}"
	moveToOutput share/doc "${!outputDoc}"
	moveToOutput share/gtk-doc "${!outputDevdoc}"
	moveToOutput share/devhelp/books "${!outputDevdoc}"
	moveToOutput share/man "${!outputMan}"
	moveToOutput share/man/man3 "${!outputDevman}"
}

_multioutDevs() {
	[ "$(getAllOutputNames)" != out ] && [ -n "${moveToDev-1}" ] || return 0
	moveToOutput include "${!outputInclude}"
	local directory
	for directory in lib/pkgconfig share/pkgconfig lib/cmake share/aclocal; do
		moveToOutput "$directory" "${!outputDev}"
	done
}

# Who takes the development output gets the libraries and programs with it.
_multioutPropagateDev() {
	[ "$(getAllOutputNames)" != out ] || return 0
	local output
	if [ -z "${propagatedBuildOutputs+set}" ]; then
		for output in "$outputBin" "$outputInclude" "$outputLib"; do
			[[ " $outputDev ${propagatedBuildOutputs-} " = *" $output "* ]] ||
				propagatedBuildOutputs="${propagatedBuildOutputs-} $output"
		done
	fi
	for output in ${propagatedBuildOutputs-}; do
		mkdir -p "${!outputDev}/nix-support"
		printf ' %s' "${!output}" >>"${!outputDev}/nix-support/propagated-build-inputs"
	done
}

# --- directories that have another name here

_moveInto() { # FROM TO: below the prefix; a link stays
	local from=$prefix/$1 to=$prefix/$2
	[ -d "$from" ] && [ ! -L "$from" ] || return 0
	echo "moving $from/* to $to"
	mkdir -p "$to"
	find "$from" -mindepth 1 -maxdepth 1 -exec mv -t "$to" {} +
	rmdir "$from"
	ln -s "$3" "$from"
}
_moveLib64() { [ "${dontMoveLib64-}" = 1 ] || _moveInto lib64 lib lib; }
_moveSbin() { [ "${dontMoveSbin-}" = 1 ] || _moveInto sbin bin bin; }
_moveSystemdUserUnits() {
	[ "${dontMoveSystemdUserUnits-}" = 1 ] ||
		_moveInto lib/systemd/user share/systemd/user "$prefix/share/systemd/user"
}

_makeSymlinksRelativeInAllOutputs() {
	local output link target
	[ -z "${dontRewriteSymlinks-}" ] || return 0
	for output in $(getAllOutputNames); do
		[ -d "${!output}" ] || continue
		while IFS= read -r -d '' link; do
			target=$(readlink "$link")
			ln -snrf "$target" "$link"
		done < <(find "${!output}" -type l -lname "${!output}/*" -print0)
	done
}

# --- contents

compressManPages() { # DIRECTORY
	local file target
	[ -d "$1/share/man" ] && [ ! -L "$1/share" ] && [ ! -L "$1/share/man" ] || return 0
	find "$1/share/man" -type f ! -name '*.gz' -exec gzip -n {} +
	while IFS= read -r -d '' file; do
		target=$(readlink -f "$file")
		[ ! -f "$target.gz" ] || { ln -sf "$target.gz" "$file.gz" && rm "$file"; }
	done < <(find "$1/share/man" -type l ! -name '*.gz' -print0)
}

# Directories of libraries that nothing in the file needs are no references.
patchELF() { # DIRECTORY
	local file
	[ -e "$1" ] || return 0
	echo "shrinking RPATHs of ELF executables and libraries in $1"
	while IFS= read -r -d '' file; do
		! isELF "$file" || patchelf --shrink-rpath "$file" 2>/dev/null || true
	done < <(find "$1" -type f \( -perm -0100 -o -name '*.so*' \) -print0)
}

# Interpreters by the PATH of the platform that the scripts are for.
patchShebangs() { # [--build|--host] [--update] FILE...
	local pathName=PATH update='' file line interpreter argument rest found
	while [[ $# -gt 0 && $1 = --* ]]; do
		case $1 in
		--host) pathName=HOST_PATH ;;
		--build) pathName=PATH ;;
		--update) update=1 ;;
		esac
		shift
	done
	echo "patching script interpreter paths in $*"
	while IFS= read -r -d '' file; do
		isScript "$file" || continue
		read -r line <"$file" || [ -n "$line" ]
		read -r interpreter argument rest <<<"${line:2}"
		[ -n "$update" ] || [[ $interpreter != "$NIX_STORE"/* ]] || continue
		if [[ $interpreter = */bin/env ]]; then
			[[ $argument != -* && $argument != *=* ]] ||
				die "$file: unsupported interpreter directive \"$line\""
			found=$(PATH=${!pathName} command -v "$argument" || true)
			argument=$rest
		else
			interpreter=${interpreter:-/bin/sh}
			found=$(PATH=${!pathName} command -v "${interpreter##*/}" || true)
			argument=$argument${rest:+ $rest}
		fi
		if [ -z "$found" ] || [ "$found" = "$interpreter" ]; then
			continue
		fi
		found=$found${argument:+ $argument}
		echo "$file: interpreter directive changed from \"$line\" to \"$found\""
		line=$(stat --printf %y "$file")
		sed -i "1s|.*|#!${found//\\/\\\\}|" "$file"
		touch --date "$line" "$file"
	done < <(find "$@" -type f -perm -0100 -print0)
}
patchShebangsAuto() {
	[ -z "${dontPatchShebangs-}" ] && [ -e "$prefix" ] || return 0
	if [ "$output" != out ] && [ "$output" = "$outputDev" ]; then
		patchShebangs --build "$prefix"
	else
		patchShebangs --host "$prefix"
	fi
}

_doStrip() {
	local directory
	local -a directories=()
	if [ -n "${dontStrip-}${dontStripHost-}" ] || ! type -P "${STRIP-}" >/dev/null; then
		return 0
	fi
	local -a flags=(-S -p)
	[ -z "${stripDebugFlags[*]-}" ] || flags=("${stripDebugFlags[@]}")
	# shellcheck disable=SC2048 # names, as text or as an array
	for directory in ${stripDebugList[*]:-lib lib32 lib64 libexec bin sbin}; do
		[ ! -e "$prefix/$directory" ] || directories+=("$prefix/$directory")
	done
	[ ${#directories[@]} -gt 0 ] || return 0
	echo "stripping (with command $STRIP and flags ${flags[*]}) in ${directories[*]}"
	# What is no object file stays as it is; that is the only failure there can be.
	find "${directories[@]}" -type f -exec "$STRIP" "${flags[@]}" {} + 2>/dev/null || true
}
