# The builder of wrap.nix: finds a package's programs, makes the tree that has links in their places
# (wrap-tree.sh), compiles the launcher, and looks at what has come out (wrap-check.sh).
#
# Processes are started for a package or a directory, never for a file. Names of files may hold
# anything, so lists of them are arrays, or files with NULs between. A `rel` is a path in the
# package that begins with `/`. shellcheck cannot see what Nix puts into the environment.
# shellcheck shell=bash disable=SC2154
# shellcheck source=nix/select-policies.sh
source "$selectPolicies"
# shellcheck source=nix/launch-files.sh
source "$launchFiles"
# shellcheck source=nix/wrap-tree.sh
source "$wrapTree"
# shellcheck source=nix/wrap-check.sh
source "$wrapCheck"

shopt -s nullglob dotglob extglob
# Bytes, in one order.
export LC_ALL=C

# The directories that make up the package; where several have a file, the first one's is meant.
directories=()
# The paths by which files may name it.
prefixes=()
# The rels of its programs, in order, and by the rel: their paths, and their rels in $out.
order=()
declare -A program=() place=()
# The names of the launcher's entries, in order, and by the name: the path of the program.
names=()
declare -A entry=()
# By the rel of what a wrapper hides beside itself, as in .foo-wrapped: the rel of the wrapper.
declare -A hidden=()

refuse() { # LINE...
	printf 'closurebox: %s\n' "$1" >&2
	shift
	(($# == 0)) || printf '  %s\n' "$@" >&2
	exit 1
}

read_sources() {
	local source
	for source in $sources; do
		prefixes+=("$source")
		# A package may be a link to another one.
		if [[ -L $source && -d $source ]]; then
			source=$(realpath "$source")
			prefixes+=("$source")
		fi
		directories+=("$source")
	done
}

# The path of a file of the package: REPLY.
find_file() { # REL
	local directory
	for directory in "${directories[@]}"; do
		REPLY=$directory$1
		[[ ! -e $REPLY && ! -L $REPLY ]] || return 0
	done
	return 1
}

is_program() { # PATH
	[[ -f $1 && -x $1 ]]
}

# By a directory's rel, as all with `/` at the end: the one that it has by itself.
declare -A resolved=()

# The rel of a file by the directory that it is in itself, and not by a link in the package such as
# that from sbin to bin: REPLY.
resolve_directory() { # REL
	local here=$PWD directory=${1%/*}/
	if [[ ! ${resolved[$directory]-} ]]; then
		find_file "$1"
		cd -P -- "${REPLY%/*}" || return
		# Or that of a link to another package.
		relate "$PWD/" || REPLY=$directory
		resolved[$directory]=$REPLY
		cd "$here" || return
	fi
	REPLY=${resolved[$directory]}${1##*/}
}

# The rels of what is in bin and sbin, in the array listed.
list_programs() {
	local folder directory path
	local -A seen=()
	listed=()
	for folder in /bin /sbin; do
		for directory in "${directories[@]}"; do
			for path in "$directory$folder/"[!.]*; do
				is_program "$path" || continue
				resolve_directory "$folder/${path##*/}"
				[[ ${seen[$REPLY]-} ]] || listed+=("$folder/${path##*/}")
				seen[$REPLY]=1
			done
		done
	done
}

# A program that the user names, as a rel: REPLY.
find_program() { # NAME
	local name=$1 rel listed
	for rel in "/bin/$name" "/sbin/$name" "/$name"; do
		[[ $name != */* || $rel == "/$name" ]] || continue
		if find_file "$rel" && is_program "$REPLY"; then
			REPLY=$rel
			return
		fi
	done
	list_programs
	refuse "programs: ${directories[0]} has no program '$name'; expected a path or one of:" \
		"${listed[@]#/*/}"
}

add_entry() { # NAME PATH
	# Launchers tell their programs apart by names that can be shown.
	if [[ $2 == *[[:cntrl:]]* ]]; then
		refuse "control characters cannot be in the name of a program: ${2@Q};" \
			"name the other ones in 'programs', or a link in 'allowUnwrapped'"
	fi
	# In bin and in sbin it may be the same.
	if [[ ${entry[$1]-} && ! ${entry[$1]} -ef $2 ]]; then
		refuse "two programs have the name '$1'; give one another with 'rename':" \
			"${entry[$1]}" "$2"
	fi
	[[ ${entry[$1]-} ]] || names+=("$1")
	entry[$1]=${entry[$1]-$2}
}

# A program's entry has the name that it has in $out.
add_program() { # REL
	local rel name=${1##*/} path
	resolve_directory "$1"
	rel=$REPLY
	[[ -z ${program[$rel]-} ]] || return 0
	find_file "$rel"
	path=$REPLY
	if [[ ${newName[${rel#/}]-} ]]; then
		name=${newName[${rel#/}]}
		unusedName[${rel#/}]=
	elif [[ ${newName[$name]-} && $1 =~ ^/s?bin/[^/]*$ ]]; then
		unusedName[$name]=
		name=${newName[$name]}
	fi
	add_entry "$name" "$path"
	program[$rel]=$path
	place[$rel]=${rel%/*}/$name
	if [[ ${place[$rel]} != "$rel" ]] && find_file "${place[$rel]}"; then
		refuse "rename: there is a '$name' already, beside '${rel##*/}'"
	fi
	order+=("$rel")
}

# What a launch file names may be what a program of the same name wraps.
add_started() { # REL
	local name rel
	resolve_directory "$1"
	rel=$REPLY
	name=${rel##*/.}
	name=${name%-wrapped*([_])}
	if [[ $rel == */.*-wrapped*([_]) ]] && find_file "${rel%/*}/$name" &&
		is_program "$REPLY"; then
		add_program "${rel%/*}/$name"
		return
	fi
	find_file "$rel"
	name=${rel##*/}
	if [[ $rel != /@(bin|sbin|libexec|lib|lib64)/* && ${entry[$name]-} &&
		! ${entry[$name]} -ef $REPLY ]] && find_named "$name"; then
		hidden[$rel]=$REPLY
	else
		add_program "$rel"
	fi
}

# By the names that the user gives: the new names, and those that no program has had yet.
declare -A newName=() unusedName=()
read_renames() {
	local old new
	[[ $rename ]] || return 0
	while IFS= read -r old && IFS= read -r new; do
		newName[$old]=$new
		unusedName[$old]=1
	done <<<"$rename"
}

add_programs() {
	local rel name listed started outside
	list_started
	if [[ $allPrograms ]]; then
		started=("${listed[@]}")
		list_programs
		for rel in "${listed[@]}"; do add_program "$rel"; done
		for rel in "${started[@]}"; do add_started "$rel"; done
		add_outside "${outside[@]}"
	elif [[ $programs ]]; then
		while IFS= read -r name; do
			find_program "$name"
			add_program "$REPLY"
		done <<<"$programs"
	fi
	for name in "${!unusedName[@]}"; do
		[[ -z ${unusedName[$name]} ]] || refuse \
			"rename: '$name' is none of the programs that are wrapped:" "${order[@]#/}"
	done
}

# Wrappers hide the program that they start as .NAME-wrapped beside them.
find_hidden() {
	local rel directory path name
	local -A folders=()
	for rel in "${order[@]}"; do folders[${rel%/*}/]=1; done
	for rel in "${!folders[@]}"; do
		for directory in "${directories[@]}"; do
			for path in "$directory$rel".*-wrapped*([_]); do
				path=${path##*/.}
				name=$rel${path%-wrapped*}
				[[ ! ${program[$name]-} ]] || hidden[$rel.$path]=$name
			done
		done
	done
}

# Adds the store objects that paths are in, with their graphs, which Nix has numbered.
add_roots() { # NUMBER PATH...
	local number=$1 object
	shift
	for object; do
		find_object "$object"
		arguments+=(--graph "graph-$number" --root "$REPLY")
		graphs+=("graph-$number")
		number=$((number + 1))
	done
}

# Writes the store paths of all graphs to ./closure.
write_closure() {
	# In graphs only store paths begin so.
	grep -h ^/ "${graphs[@]}" | sort -u >closure
}

# What the policies name that apply is in the box; what others name is not. Before them is one that
# names the box after the package and not after its version, so that a private home stays; their
# own name holds. It extends nothing, which leaves to the others what they extend, unless there is
# none.
add_policies() {
	local argument text object policies='' packageGraphs=${#graphs[@]} number=${#graphs[@]}
	write_closure
	closureboxSelectPolicies "$policyLinesPath" "${directories[@]}" -- closure
	for argument in "${closureboxPolicyArguments[@]}"; do
		[[ $argument != --policy ]] || continue
		IFS= read -r text <"$argument"
		policies+=$text
	done
	for object in $policyRoots; do
		[[ $policies != *"$object"* ]] || add_roots "$number" "$object"
		number=$((number + 1))
	done
	if [[ $boxName ]]; then
		printf '{ "closurebox": 1,%s "name": %s }\n' \
			"${policies:+ \"extends\": [],}" "$boxName" >name.json
		arguments+=(--policy name.json)
	fi
	arguments+=("${closureboxPolicyArguments[@]}")
	# What was put into boxes in place is there, in this box, where it was before.
	((${#graphs[@]} == packageGraphs)) || write_closure
	closureboxBinds closure "$boxName$policies" >in-place.json
	[[ $(<in-place.json) != *'"bind"'* ]] || arguments+=(--policy in-place.json)
}

# Started by a name that no program has, the launcher starts the main one.
compile_launcher() {
	local main rel name arguments=() graphs=()
	for rel in "${order[@]}"; do
		[[ ${rel##*/} != "$mainProgram" ]] || break
	done
	main=$rel
	[[ ${main##*/} == "$mainProgram" ]] || main=${order[0]}
	arguments+=(--program "${program[$main]}")
	for name in "${names[@]}"; do arguments+=(--entry "$name=${entry[$name]}"); done
	for rel in "${order[@]}"; do
		[[ ${kept[$rel]-} ]] || arguments+=(--link "$out${place[$rel]}")
	done
	# shellcheck disable=SC2086 # store paths, without blanks
	set -- $roots
	add_roots 0 "$@"
	add_policies
	"$closurebox/bin/closurebox" compile "${arguments[@]}" -o "$launcher"
}

link_outputs() {
	local path advice listed
	# shellcheck disable=SC2086
	set -- $linked
	while (($#)); do
		advice=("'$1', which is installed as well,"
			"wrap a package that has all in one output: symlinkJoin"
			"{ name = ...; paths = [ package.out package.$1 ]; },"
			"or leave '$1' out of meta.outputsToInstall")
		for path in "$2"/{bin,sbin}/*; do
			! is_program "$path" || refuse "${advice[0]} has programs: ${path@Q};" \
				"${advice[@]:1}"
		done
		closureboxListLaunchFolders "$2"
		path=
		((${#listed[@]} == 0)) ||
			path=$(search_followed -lF "${prefixes[@]/#/--regexp=}" -- "${listed[@]}")
		[[ ! $path ]] || refuse "${advice[0]} names this package: ${path%%$'\n'*};" \
			"${advice[@]:1}"
		ln -s "$2" "${!1}"
		shift 2
	done
}

wrap() {
	read_sources
	read_renames
	find_mentions
	add_programs
	if ((${#order[@]})); then
		find_hidden
		make_tree
		compile_launcher
		check_tree
	elif [[ $requirePrograms ]]; then
		refuse "${directories[0]} has no programs in bin or sbin to wrap;" \
			"expected some, or their paths in 'programs', or 'requirePrograms = false'"
	else
		if [[ -d ${directories[0]} ]]; then
			make_tree
		else
			ln -s "${directories[0]}" "$out"
		fi
		echo "$name has no programs; there is nothing to launch" >"$launcher"
	fi
	link_outputs
}

wrap
