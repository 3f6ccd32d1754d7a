# Looks at the finished tree of a wrapped package: does anything in it still lead to a program
# outside of its box? It goes by what is in $out, not by what wrap-tree.sh meant to do. Sourced by
# wrap.sh.
#
# It finds links to programs, texts and executables that name them, and launch files, scripts and
# binaries that name a directory of them. It does not look at documentation, shared libraries, other
# binaries without a mode to be executed, compressed files, names that are relative or put together
# at run time, and what is started by a name that is looked for in PATH.
# shellcheck shell=bash disable=SC2154

# By the rel of a file: what it does.
declare -A offences=()

add_offence() { # REL TEXT
	is_allowed "$1" || offences[$1]=${offences[$1]-$2}
}

# find in an array of paths, so many at once as fit into the arguments of a process.
find_in() { # ARRAY-NAME EXPRESSION...
	local -n starts=$1
	local i
	shift
	for ((i = 0; i < ${#starts[@]}; i += 2000)); do
		find "${starts[@]:i:2000}" "$@"
	done
}

# The parts of the package that links in $out show, as paths, in the array shown; and what can be
# started of $out's own files in the array executables.
list_shown() {
	local i found=()
	shown=() executables=()
	mapfile -d '' -t found < <(
		find "$out" \( -type l -o -type f -perm /111 \) -printf '/%P\0%l\0'
	)
	for ((i = 0; i < ${#found[@]}; i += 2)); do
		if [[ ! ${found[i + 1]} ]]; then
			executables+=("$out${found[i]}")
			continue
		fi
		relate "${found[i + 1]}" || continue
		if [[ ${program[$REPLY]-}${hidden[$REPLY]-} ]]; then
			add_offence "${found[i]}" "leads to ${found[i + 1]}"
		else
			shown+=("${found[i + 1]}")
		fi
	done
}

# A link in the package must lead to what is shown in its own place. It does not, if that is a
# program or a directory that holds one.
check_links() { # LINK...
	local path targets=()
	resolve_paths "$@"
	for path in "${targets[@]}"; do
		if relate "$path" && [[ -e $path && ! $out$REPLY -ef $path ]] &&
			find_file "$REPLY" && [[ $REPLY == "$path" ]]; then
			relate "$1"
			add_offence "$REPLY" "leads to $path"
		fi
		shift
	done
}

# Looks for programs' old paths with grep.
check_names() { # GREP-OPTIONS 'GREP-FILE...' PATH...
	local options=$1 patterns=() i path text
	for path in $2; do patterns+=(-f "$path"); done
	shift 2
	for ((i = 1; i <= $#; i += 2000)); do
		# Where it follows links, some may lead nowhere.
		grep "-HZoE$options" "${patterns[@]}" -- "${@:i:2000}" ||
			(($? == 1)) || [[ $options == *R* ]] || return
	done >named
	while IFS= read -rd '' path && IFS= read -r text; do
		relate "$path" || REPLY=${path#"$out"}
		# Without what has shown that the name ends here.
		add_offence "$REPLY" "names ${text%"${text##*[A-Za-z0-9_+~@-]}"}"
	done <named
}

check_texts() { # PATH...
	local path paths=() texts=("$out")
	for path; do
		relate "$path"
		if [[ $REPLY == /share ]]; then paths+=("$path"/*); else paths+=("$path"); fi
	done
	for path in "${paths[@]}"; do
		relate "$path"
		# What a link leads to is shown in its own place.
		[[ -L $path || $REPLY == /.*-unboxed*(_) ]] || closureboxIsDocumentation "$REPLY" ||
			texts+=("$path")
	done
	check_names rI text.find "${texts[@]}"
}

# Launch files may be those of other packages, whose programs they start as well.
check_launch_files() {
	local listed
	closureboxListLaunchFolders "$out"
	((${#listed[@]})) || return 0
	[[ ! -s launch.find ]] || check_names RsI launch.find "${listed[@]}"
	[[ ! $allPrograms ]] || check_started "${listed[@]}"
}

# No program that a launch file names is left, of this package or of those that it links to.
check_started() { # FOLDER...
	local file path
	local -A related=()
	search_followed -HZoE "$storePath" -- "$@" >named
	[[ -s named ]] || return 0
	list_related
	while IFS= read -rd '' file && IFS= read -r path; do
		normalise "$path"
		path=$REPLY
		find_object "$path"
		[[ ${related[$REPLY]-} ]] || relate "$path" || continue
		is_startable "$path" || continue
		relate "$file" || REPLY=${file#"$out"}
		add_offence "$REPLY" "starts $path"
	done <named
}

refuse_offences() {
	local rel rels=() lines=()
	mapfile -d '' -t rels < <(printf '%s\0' "${!offences[@]}" | sort -z)
	for rel in "${rels[@]}"; do
		lines+=("${rel#/} ${offences[$rel]}" "  allowUnwrapped = [ \"${rel#/}\" ];")
	done
	refuse "${directories[0]}: files would start programs outside of boxes; allow it to them:" \
		"${lines[@]}" "where is 'allowUnwrapped'? an argument of 'wrap', and in modules:" \
		"  programs.closurebox.arguments.$packageName.allowUnwrapped" \
		"or leave the package without a box: programs.closurebox.exclude"
}

check_tree() {
	local i path names=() shown executables found=() links=()
	list_shown
	for path in "${prefixes[@]}"; do
		links+=(-o -lname "$path" -o -lname "$path/*")
		# People start what is there; it was wrapped or left to them.
		names+=(! -path "$path/bin/*" ! -path "$path/sbin/*" ! -path "$path/.*-unboxed*/*")
	done
	mapfile -d '' -t found < <(
		find_in shown -type l \( ! -lname '/*' "${links[@]}" \) -printf 'l\0%p\0' -o \
			-type f -perm /111 ! -name '*.so' ! -name '*.so.*' "${names[@]}" \
			-printf 'f\0%p\0'
	)
	links=()
	for ((i = 0; i < ${#found[@]}; i += 2)); do
		case ${found[i]} in
		l) links+=("${found[i + 1]}") ;;
		f) executables+=("${found[i + 1]}") ;;
		esac
	done
	check_links "${links[@]}"
	check_texts "${shown[@]}"
	check_launch_files
	check_names a "text.find programs.find" "${executables[@]}"
	((${#offences[@]} == 0)) || refuse_offences
}
