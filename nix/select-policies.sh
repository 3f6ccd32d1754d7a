# Picks, from what policyLines in policy.nix prints, the policies that apply to a package, and makes
# the one that a closure needs; sourced by wrap.sh and hook.sh, in whose builds can be seen what
# `when` asks for.
# shellcheck shell=bash

# Prints the file names in the library directories of store objects, a line each.
closureboxLibraries() { # CLOSURE-FILE
	local object directory i directories=()
	while IFS= read -r object || [[ $object ]]; do
		for directory in "$object"/lib "$object"/lib/*-linux-gnu "$object"/lib64; do
			# What an unmatched pattern leaves is no directory either.
			[[ ! -d $directory ]] || directories+=("$directory/")
		done
	done <"$1"
	# So many that their paths fit into the arguments of a process.
	for ((i = 0; i < ${#directories[@]}; i += 2000)); do
		find "${directories[@]:i:2000}" -maxdepth 1 -printf '%f\n' || return
	done
}

# Has one of the packages a file that matches the pattern?
closureboxHasFile() { # GLOB PACKAGE-DIR...
	local IFS='' glob=$1 package match
	shift
	for package; do
		# Not compgen, which the shell of builders is often built without. Unquoted and with
		# nothing to split at, so that blanks in it are its own.
		# shellcheck disable=SC2206
		for match in "$package"/$glob; do
			[[ ! -e $match && ! -L $match ]] || return 0
		done
	done
	return 1
}

# Writes each policy that applies as ./policy-N.json, from 1, and leaves the arguments that hand
# them to closurebox, in order, in the array closureboxPolicyArguments. LINES-FILE has three lines
# for each policy: the pattern of a file of the package or nothing, the regular expression of a
# library in the closure or nothing, JSON. CLOSURE-FILE has a store path a line.
closureboxSelectPolicies() { # LINES-FILE PACKAGE-DIR... -- CLOSURE-FILE
	local lines=$1 file library json packages=() count=0 status libraries=
	shift
	while [[ $1 != -- ]]; do
		packages+=("$1")
		shift
	done
	closureboxPolicyArguments=()
	while IFS= read -r file && IFS= read -r library && { IFS= read -r json || [[ $json ]]; }; do
		[[ -z $file ]] || closureboxHasFile "$file" "${packages[@]}" || continue
		if [[ $library ]]; then
			# Thousands of directories are read once, and only if somebody asks.
			if [[ -z $libraries ]]; then
				libraries=$PWD/closurebox-libraries
				closureboxLibraries "$2" >"$libraries" || return
			fi
			status=0
			LC_ALL=C grep -Eq -e "$library" "$libraries" || status=$?
			# 2: no regular expression, as grep has said. To go on would drop a grant.
			((status < 2)) || return "$status"
			((status == 0)) || continue
		fi
		count=$((count + 1))
		printf '%s\n' "$json" >"policy-$count.json"
		closureboxPolicyArguments+=(--policy "policy-$count.json")
	done <"$lines"
}

# Prints a path as a constant template in JSON.
closureboxQuote() { # PATH
	# Quoted: newer shells have a use for a backslash there.
	local text=${1//\\/"\\\\"}
	text=${text//\"/"\\\""}
	printf '"%s"' "${text//\$/"\$\$"}"
}

# Unlike what was boxed in place, what starts programs by launchers of `wrap` starts them in boxes
# inside of its own.
closureboxWarnOfLauncher() { # OBJECT
	local magic
	[[ -f $1 && -x $1 ]] || return 0
	IFS= read -rN 4 magic <"$1" && [[ $magic == $'\x7fELF' ]] || return 0
	printf "closurebox: WARNING: '%s' in the box is a launcher, which needs %s\n" "$1" \
		"nested-sandbox in both policies; name the 'unwrapped' package instead" >&2
}

# Prints the policy that shows what was moved where it was, of all objects in a list. With others
# before it, it brings no preset.
closureboxBinds() { # CLOSURE-FILE OTHER-POLICIES
	local objects object pairs source i separator=
	mapfile -t objects <"$1"
	printf '{ "closurebox": 1,%s "filesystem": [' "${2:+ \"extends\": [],}"
	for object in "${objects[@]}"; do
		[[ $object != *-launcher ]] || closureboxWarnOfLauncher "$object"
		[ -e "$object/nix-support/closurebox-unboxed" ] || continue
		mapfile -d '' -t pairs <"$object/nix-support/closurebox-unboxed"
		for ((i = 0; i < ${#pairs[@]}; i += 2)); do
			# In a package that was wrapped afterwards it is a link to where it is.
			source=$object/${pairs[i]}
			[ ! -L "$source" ] || source=$(realpath "$source") || return
			printf '%s\n  { "bind": %s, "to": %s }' "$separator" \
				"$(closureboxQuote "$source")" \
				"$(closureboxQuote "$object/${pairs[i + 1]}")"
			separator=,
		done
	done
	printf ' ] }\n'
}
