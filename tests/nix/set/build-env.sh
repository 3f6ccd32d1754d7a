# The builder of buildEnv: links the chosen paths together, directories only where several meet.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the derivation's attributes

# Which priority is where a link is.
declare -A priorities=()

linkPath() { # PRIORITY SOURCE RELATIVE-PATH
	local priority=$1 source=$2 path=$3 target=$out$extraPrefix$3 old child
	if [ ! -e "$target" ] && [ ! -L "$target" ]; then
		mkdir -p "$(dirname "$target")"
		ln -s "$source" "$target"
		priorities[$path]=$priority
	elif [ -d "$target" ] && [ -d "$source" ]; then
		if [ -L "$target" ]; then
			old=$(readlink -f "$target")
			rm "$target"
			mkdir "$target"
			linkChildren "${priorities[$path]}" "$old" "$path"
		fi
		linkChildren "$priority" "$source" "$path"
	elif [ "${priorities[$path]}" = "$priority" ] && [ -z "$ignoreCollisions" ] &&
		! cmp -s "$source" "$target"; then
		die "error: collision between \`$source' and \`$(readlink "$target")'"
	fi
}

linkChildren() { # PRIORITY DIRECTORY RELATIVE-PATH
	local child
	for child in "$2"/* "$2"/.[!.]*; do
		linkPath "$1" "$child" "$3/${child##*/}"
	done
}

mkdir -p "$out$extraPrefix"
while read -r priority package; do
	for part in $pathsToLink; do
		if [ "$part" = / ]; then
			for child in "$package"/*; do
				[ "${child##*/}" = nix-support ] ||
					linkPath "$priority" "$child" "/${child##*/}"
			done
		elif [ -e "$package$part" ]; then
			linkPath "$priority" "$package$part" "$part"
		fi
	done
done < <(sort -sn "$chosenPath")
