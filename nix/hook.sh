# Setup hook that puts the programs of a package into boxes, where they are, when it is built.
#
# `closurebox.lib.inPlace` adds it to a package with all that it has to know. Its variables, from
# attributes (structured ones too) or set by a phase; lists are arrays or have blanks between:
#   dontClosurebox        do nothing
#   closureboxPrograms    which programs: `foo`, in bin or sbin, or `libexec/foo`, and those paths
#                         by which launch files start the same ones; default: all that
#                         are in bin and sbin and not hidden, and those elsewhere that desktop
#                         files, services and their like of the package start
#   closureboxPolicy      a policy: JSON, or files of it
#   closureboxPolicyLines policies that may have conditions, as select-policies.sh reads them
#   closureboxInputs      graphs of the inputs: names in exportReferencesGraph, or files
#   closureboxMainProgram after which the launcher is named
#
# A directory of programs `bin` becomes `.bin-unboxed`, and a new `bin` has the launcher. In the box
# `.bin-unboxed` is bound over `bin`: there all is where it was built to be, and a program that
# starts another or itself by its path gets that one and not a launcher, which could make no box
# inside of a box.
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # attributes and outputs are variables of the build

preFixupHooks+=(closureboxRegister)
exitHooks+=(closureboxAtExit)

# Behind what the hooks of the standard environment have added, which come after this file.
closureboxRegister() {
	postFixupHooks+=(closureboxBox)
}

# A derivation may have no fixup phase, a buildCommand for example. Then this is its end; it may
# also be one that only looks at the environment (nix develop) and has built nothing.
closureboxAtExit() {
	local output status
	if [ -n "${closureboxDone-}" ]; then
		closureboxCheckLate
		return 0
	fi
	for output in $(getAllOutputNames); do
		[ -d "${!output}" ] || continue
		# Not in a condition, where errors would not end it.
		closureboxBox
		status=$?
		[ "$status" -eq 0 ] || exit "$status"
		return 0
	done
}

closureboxBox() {
	if [ -n "${dontClosurebox-}${closureboxDone-}${IN_NIX_SHELL-}" ]; then
		return 0
	fi
	closureboxDone=1
	# Leaves no variables, options and working directory behind.
	(
		set -euo pipefail
		shopt -s inherit_errexit nullglob
		shopt -u dotglob
		unset IFS
		export LC_ALL=C
		closureboxRun
	)
	local status=$?
	[ "$status" -eq 0 ] || return "$status"
	closureboxMade=$(closureboxListMade)
}

# Prints what can be started from bin and sbin, a line each, with what tells if it was replaced.
closureboxListMade() {
	local output file files=()
	for output in $(getAllOutputNames); do
		# What an unmatched pattern leaves is no program either.
		for file in "${!output}"/bin/* "${!output}"/sbin/*; do
			! closureboxIsProgram "$file" || files+=("$file")
		done
	done
	[ ${#files[@]} -eq 0 ] ||
		printf '%s\0' "${files[@]}" | xargs -0 stat --printf '%i %s %N\t%n\n' --
}

# What phases after the hook add or replace would be started without a box.
closureboxCheckLate() {
	local line wanted=()
	closureboxList wanted closureboxPrograms
	while IFS= read -r line; do
		[[ $line && $'\n'$closureboxMade$'\n' != *$'\n'"$line"$'\n'* ]] || continue
		# Others than those that were named may be as they are.
		[[ ${#wanted[@]} -eq 0 || $closureboxMade$'\n' == *$'\t'"${line#*$'\t'}"$'\n'* ]] ||
			continue
		closureboxDie "'${line#*$'\t'}' was made after the programs were put into boxes;" \
			"make it in a phase before the end of fixupPhase (postFixup is one)"
	done < <(closureboxListMade)
}

closureboxRun() {
	local store=${NIX_STORE:-/nix/store} closurebox=@closurebox@/bin/closurebox output work
	# Paths, but for the names of the outputs.
	local outputNames=() outputPaths=() programs=() graphs=()
	# isProgram: all in programs; linked: where a program that is a link to another one leads;
	# references: of an output, with blanks between; known: objects in the graphs of the inputs.
	local -A isProgram=() linked=() references=() known=()

	if [ -n "${outputHash-}" ]; then
		closureboxDie "the hash of a fixed-output derivation is that of its programs" \
			"without a box; put it into a box from outside: closurebox.lib.wrap"
	fi
	# shellcheck source=nix/select-policies.sh
	source @selectPolicies@
	# shellcheck source=nix/launch-files.sh
	source @launchFiles@
	work=$(mktemp -d)
	cd "$work"
	closureboxFindOutputs
	closureboxListStarted
	closureboxFindPrograms
	closureboxFindLinks
	closureboxCheckNames
	closureboxReadGraphs
	closureboxScan
	closureboxCheckReferences
	closureboxFiles "${programs[@]}" >unboxed
	closureboxMove
	for output in "${outputPaths[@]}"; do
		closureboxCompile "$output"
	done
	closureboxCheckStarted
}

closureboxDie() {
	printf 'closurebox: %s\n' "$*" >&2
	exit 1
}

# Outputs and programs

closureboxFindOutputs() {
	local name
	for name in $(getAllOutputNames); do
		if [ -d "${!name}" ] && [ ! -L "${!name}" ]; then
			outputNames+=("$name")
			outputPaths+=("${!name}")
		fi
	done
}

# Programs can only be replaced in outputs.
closureboxCheckInside() { # DIRECTORY
	local output real
	real=$(realpath "$1")
	for output in "${outputPaths[@]}"; do
		[[ $real != "$output"/* ]] || return 0
	done
	closureboxDie "'$1' leads out of the package, to '$real'; put the package into a box from" \
		"outside: closurebox.lib.wrap"
}

closureboxIsProgram() { # PATH
	[ -f "$1" ] && [ -x "$1" ]
}

closureboxAddProgram() { # PATH
	[[ $1 != *[[:cntrl:]]* ]] || closureboxDie "${1@Q} has a control character in its name," \
		"which no program in a box can have; say in closureboxPrograms which are meant"
	if [ -z "${isProgram[$1]-}" ]; then
		isProgram[$1]=1
		programs+=("$1")
	fi
}

# All in bin and sbin, in the order of their names.
closureboxAllPrograms() {
	local output directory file
	for output in "${outputPaths[@]}"; do
		for directory in "$output"/bin "$output"/sbin; do
			[ -d "$directory" ] || continue
			# They are boxed where they are; often sbin is a link to bin.
			if [ -L "$directory" ]; then
				closureboxCheckInside "$directory"
				directory=$(realpath "$directory")
			fi
			for file in "$directory"/*; do
				if closureboxIsProgram "$file"; then
					closureboxAddProgram "$file"
				fi
			done
		done
	done
}

# The program of that name in an output, by the path of its real directory.
closureboxAddNamed() { # OUTPUT NAME
	local path directory
	case $2 in
	*/*) set -- "$1" "$1/$2" ;;
	*) set -- "$1" "$1/bin/$2" "$1/sbin/$2" ;;
	esac
	for path in "${@:2}"; do
		closureboxIsProgram "$path" || continue
		directory=$(realpath "${path%/*}")
		closureboxCheckInside "$directory"
		closureboxAddProgram "$directory/${path##*/}"
		return 0
	done
	return 1
}

# Writes to `started` the store paths that the package's own launch files name, in whatever output,
# and to `launch-files` where those files are.
closureboxListStarted() {
	local listed starts=() directories=() i
	local path="$store/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+/[A-Za-z0-9+._@~/-]+"
	: >started
	: >launch-files
	[ ${#outputPaths[@]} -gt 0 ] || return 0
	mapfile -d '' -t starts < <(find "${outputPaths[@]}" -name '*.desktop' -print0)
	closureboxListLaunchFolders "${outputPaths[@]}"
	if [ ${#listed[@]} -gt 0 ]; then
		printf '%s\0' "${listed[@]}" | xargs -0 realpath -z -- >directories
		mapfile -d '' -t directories <directories
	fi
	for i in "${!directories[@]}"; do
		# There is no end of /proc.
		[[ ${directories[i]} != "$store"/* ]] || starts+=("${listed[i]}")
	done
	[ ${#starts[@]} -gt 0 ] || return 0
	# The same path can be spelt in other ways. 1: nothing; 2: a link leads nowhere.
	printf '%s\0' "${starts[@]}" >launch-files
	{ xargs -0 grep -Rsha -D skip '' -- <launch-files || (($? == 123)); } |
		tr -d "\\000\"'" |
		sed -e 's|\\/|/|g' -e ':a' -e 's|/\.\{0,1\}/|/|g' -e 'ta' |
		{ grep -oE "$path" || (($? == 1)); } | sort -u >started
}

# Is a file that a launch file names one to start? Where programs are, its mode says so.
closureboxIsStarted() { # PATH-IN-OUTPUT OUTPUT
	closureboxIsProgram "$1" && ! closureboxIsDocumentation "${1#"$2"}" || return 1
	case ${1#"$2"/} in
	*.so | *.so.*) return 1 ;;
	bin/* | sbin/* | libexec/* | lib/* | lib64/*) return 0 ;;
	esac
	closureboxHasMagic "$1"
}

# Keeps in the array `named` those programs of the package, by the paths of their real directories,
# that are in a list of paths, and in `names` how the list has them.
closureboxFindStarted() { # LIST-FILE
	local output i path starts=() directories=()
	named=() names=()
	while IFS= read -r path; do
		! closureboxIsProgram "$path" || starts+=("$path")
	done <"$1"
	[ ${#starts[@]} -gt 0 ] || return 0
	printf '%s\0' "${starts[@]%/*}" | xargs -0 realpath -z -- >directories
	mapfile -d '' -t directories <directories
	for i in "${!starts[@]}"; do
		path=${directories[i]}/${starts[i]##*/}
		for output in "${outputPaths[@]}"; do
			# Through a link it may be another package's.
			if [[ $path == "$output"/* ]] && closureboxIsStarted "$path" "$output"; then
				named+=("$path")
				names+=("${starts[i]}")
			fi
		done
	done
}

# All that launch files start; or what of it is one of some programs by another path.
closureboxAddStarted() { # [PROGRAM...]
	local named names name program same
	closureboxFindStarted started
	for name in "${named[@]}"; do
		# An output itself stays where it is.
		[[ " ${outputPaths[*]} " != *" ${name%/*} "* ]] || continue
		same=$#
		for program; do
			[[ ! $name -ef $program ]] || same=0
		done
		((same > 0)) || closureboxAddProgram "$name"
	done
}

# Prints numbers that tell files, and not the links to them, apart.
closureboxFiles() { # PATH...
	[ $# -eq 0 ] || printf '%s\0' "$@" | xargs -0 stat -L -c %d:%i --
}

# No launch file starts what is in a box without the box; and unless it was said which programs are
# to be boxed, none starts others of the package.
closureboxCheckStarted() {
	local named names path i file wanted=() starts=() files=()
	# What files are: of programs in boxes, and of launchers.
	local -A unboxed=() launchers=()
	mapfile -t files <unboxed
	for file in "${files[@]}"; do
		unboxed[$file]=1
	done
	while IFS= read -r path; do
		! closureboxIsProgram "$path" || starts+=("$path")
	done <started
	[ ${#starts[@]} -gt 0 ] || return 0
	closureboxFiles "${starts[@]}" >files
	mapfile -t files <files
	for i in "${!starts[@]}"; do
		[ -z "${unboxed[${files[i]}]-}" ] || closureboxDieStarted "${starts[i]}"
	done
	closureboxList wanted closureboxPrograms
	[ ${#wanted[@]} -eq 0 ] || return 0

	closureboxFiles "${programs[@]}" >files
	mapfile -t files <files
	for file in "${files[@]}"; do
		launchers[$file]=1
	done
	closureboxFindStarted started
	[ ${#named[@]} -gt 0 ] || return 0
	closureboxFiles "${named[@]}" >files
	mapfile -t files <files
	for i in "${!named[@]}"; do
		[ -n "${launchers[${files[i]}]-}" ] || closureboxDieStarted "${names[i]}"
	done
}

closureboxDieStarted() { # PATH
	local file
	file=$({ xargs -0 grep -RslaF -D skip -e "${1##*/}" -- <launch-files || true; } | sed q)
	closureboxDie "'$file' starts '$1', which is in no box; expected the path of a program" \
		"that is: correct that file, name in closureboxPrograms all programs that are" \
		"meant, or put the package into a box from outside: closurebox.lib.wrap"
}

closureboxFindPrograms() {
	local wanted=() name output found
	closureboxList wanted closureboxPrograms
	if [ ${#wanted[@]} -eq 0 ]; then
		closureboxAllPrograms
		closureboxAddStarted
		[ ${#programs[@]} -gt 0 ] || closureboxDie "no programs in bin or sbin of" \
			"${outputPaths[*]}; name others in closureboxPrograms, or set" \
			"dontClosurebox"
		return 0
	fi
	for name in "${wanted[@]}"; do
		found=
		for output in "${outputPaths[@]}"; do
			if closureboxAddNamed "$output" "$name"; then
				found=1
			fi
		done
		if [ -z "$found" ]; then
			programs=()
			closureboxAllPrograms
			closureboxDie "closureboxPrograms: there is no program '$name'; in bin" \
				"and sbin there are: ${programs[*]##*/}"
		fi
	done
	closureboxAddStarted "${programs[@]}"
}

# The value of a variable as an array, whatever it is. JSON is one element.
# shellcheck disable=SC2034 # ret_list is the caller's
closureboxList() { # RET-ARRAY VARIABLE
	local -n ret_list=$1
	local declared
	declared=$(declare -p "$2" 2>/dev/null) || return 0
	if [[ $declared == "declare -a"* ]]; then
		local -n value=$2
		ret_list=("${value[@]}")
	elif [[ ${!2} =~ ^[[:space:]]*\{ ]]; then
		ret_list=("${!2}")
	else
		read -r -d '' -a ret_list <<<"${!2}" || true
	fi
}

# A program that is a link to another one stays that: it then leads to a launcher.
closureboxFindLinks() {
	local program links=() targets=() i
	for program in "${programs[@]}"; do
		if [ -L "$program" ]; then
			links+=("$program")
		fi
	done
	if [ ${#links[@]} -gt 0 ]; then
		printf '%s\0' "${links[@]}" | xargs -0 realpath -z -- >targets
		mapfile -d '' -t targets <targets
	fi
	for i in "${!links[@]}"; do
		if [ -n "${isProgram[${targets[i]}]-}" ]; then
			linked[${links[i]}]=${targets[i]}
		fi
	done
}

# References

closureboxReadGraphs() {
	local input inputs=() objects=() object
	closureboxList inputs closureboxInputs
	for input in "${inputs[@]}"; do
		if [[ $input == /* ]]; then
			graphs+=(--graph "$input")
		elif [ -n "${__structuredAttrs-}" ]; then
			graphs+=(--graph-from-attrs "$input")
		elif [ -e "$NIX_BUILD_TOP/$input" ]; then
			graphs+=(--graph "$NIX_BUILD_TOP/$input")
		else
			closureboxDie "closureboxInputs: there is no graph '$input'; is it in" \
				"exportReferencesGraph?"
		fi
	done
	if [ ${#graphs[@]} -gt 0 ]; then
		"$closurebox" graph "${graphs[@]}" --format store-paths >inputs
		mapfile -t objects <inputs
	fi
	for object in "${objects[@]}"; do
		known[$object]=1
	done
}

# Finds the references of all outputs, as Nix will: in its build sandbox the store has what are
# candidates for it.
closureboxScan() {
	local output found
	for output in "${outputPaths[@]}"; do
		"$closurebox" scan --store-dir "$store" --candidates "$store" "$output" >references
		mapfile -t found <references
		references[$output]=${found[*]}
	done
}

# Leaves in the array `reached` those of some objects that are outputs, and the outputs that they
# refer to, directly or not.
closureboxReach() { # OBJECT...
	local i reference
	reached=()
	for reference; do
		[ -z "${references[$reference]+is}" ] || reached+=("$reference")
	done
	for ((i = 0; i < ${#reached[@]}; i++)); do
		for reference in ${references[${reached[i]}]}; do
			if [[ -n ${references[$reference]+is} &&
				" ${reached[*]} " != *" $reference "* ]]; then
				reached+=("$reference")
			fi
		done
	done
}

# Writes the graph of the outputs that were reached, in the form of exportReferencesGraph.
closureboxWriteGraph() { # FILE
	local output reference list unknown=
	for output in "${reached[@]}"; do
		read -r -a list <<<"${references[$output]}"
		for reference in "${list[@]}"; do
			if [ -z "${known[$reference]-}${references[$reference]+is}" ]; then
				closureboxUnknown "$reference" "$output"
				unknown=1
			fi
		done
		printf '%s\n' "$output" "" "${#list[@]}" "${list[@]}"
	done >"$1"
	[ -z "$unknown" ] || closureboxDieUnknown
}

# Of what launchers will hold, and while all is where messages say it is.
closureboxCheckReferences() {
	local output launched entries main reached
	for output in "${outputPaths[@]}"; do
		closureboxEntries "$output"
		if [ ${#launched[@]} -gt 0 ]; then
			closureboxReach "$output"
			closureboxWriteGraph own
		fi
	done
}

closureboxDieUnknown() {
	closureboxDie "the closure of an object that is in no graph cannot be known; add it to" \
		"the 'inputs' of closurebox.lib.inPlace, which knows what attributes name" \
		"(without inPlace: to exportReferencesGraph and closureboxInputs)"
}

# Reports a reference that is in no graph.
closureboxUnknown() { # OBJECT PATH...
	local object=$1 file
	shift
	printf '%s\n' "$object" >unknown
	file=$("$closurebox" scan --store-dir "$store" --candidates unknown --json "$@" |
		sed -n 's/^ *"file": \("\(.*\)"\),$/\2/p')
	printf "closurebox: '%s' refers to '%s', which is in no graph\n" "$file" "$object" >&2
}

# Boxes

# Two programs of one name cannot be told apart by the name they are started under.
closureboxCheckNames() {
	local output program name
	local -A seen
	for output in "${outputPaths[@]}"; do
		seen=()
		for program in "${programs[@]}"; do
			# The launcher that the program or what it leads to belongs to.
			[[ ${linked[$program]-$program} == "$output"/* ]] || continue
			name=${program##*/}
			[ "${seen[/$name]-$program}" -ef "$program" ] || closureboxDie \
				"two programs are called '$name':" \
				"'${seen[/$name]}' and '$program';" \
				"say in closureboxPrograms which one is meant"
			seen[/$name]=${seen[/$name]-$program}
		done
	done
}

# Makes room: moves each directory of programs that is in no other one, and fills a new one.
closureboxMove() {
	local program directory old last=/ directories=()
	# Directories that have programs somewhere below them.
	local -A above=()
	for program in "${programs[@]}"; do
		# What only leads to programs elsewhere can stay.
		[ -z "${linked[$program]-}" ] || continue
		directory=${program%/*}
		directories+=("$directory")
		while [[ $directory != "$store" && -z ${above[$directory]-} ]]; do
			above[$directory]=1
			directory=${directory%/*}
		done
	done
	# Each before those in it.
	printf '%s\0' "${directories[@]}" | sort -uz >directories
	mapfile -d '' -t directories <directories
	for directory in "${directories[@]}"; do
		[[ $directory != "$last"/* ]] || continue
		last=$directory
		old=${directory%/*}/.${directory##*/}-unboxed
		while [ -e "$old" ] || [ -L "$old" ]; do
			old+=_
		done
		mv -T -- "$directory" "$old"
		closureboxFill "$directory" "$old" "../${old##*/}"
		closureboxRecord "$directory" "$old"
	done
}

# A new directory with links to what is in the old one. Launchers take the place of some later;
# until then all programs are found by their paths, and `closurebox compile` looks for them.
closureboxFill() { # DIRECTORY OLD RELATIVE-OLD
	local path name others=() kept=()
	mkdir -- "$1"
	for path in "$2"/* "$2"/.[!.]*; do
		name=${path##*/}
		if [[ $name == .* && -z ${isProgram[$1/$name]-}${above[$1/$name]-} ]]; then
			# Out of sight, as what wrapProgram hides.
			continue
		elif [ -n "${linked[$1/$name]-}" ]; then
			kept+=("$path")
		elif [ -n "${above[$1/$name]-}" ]; then
			closureboxFill "$1/$name" "$path" "../$3/$name"
		else
			others+=("$3/$name")
		fi
	done
	if [ ${#kept[@]} -gt 0 ]; then
		printf '%s\0' "${kept[@]}" | xargs -0 cp -P -t "$1" --
	fi
	if [ ${#others[@]} -gt 0 ]; then
		printf '%s\0' "${others[@]}" | xargs -0 ln -s -t "$1" --
	fi
}

# Notes in the output what was moved, for boxes of packages that need this one: there too its
# programs are to be found where they were built to be.
closureboxRecord() { # DIRECTORY OLD
	local output
	for output in "${outputPaths[@]}"; do
		if [[ $1 == "$output"/* ]]; then
			mkdir -p "$output/nix-support"
			printf '%s\0' "${2#"$output"/}" "${1#"$output"/}" \
				>>"$output/nix-support/closurebox-unboxed"
		fi
	done
}

# Leaves the files of the policies that apply in the array `policies`.
closureboxPolicies() { # CLOSURE-FILE
	local given=() value count=0
	policies=()
	if [ -n "${closureboxPolicyLines-}${closureboxPolicyLinesPath-}" ]; then
		# So long that it may not fit into the environment.
		if [ -n "${closureboxPolicyLinesPath-}" ]; then
			cat "$closureboxPolicyLinesPath"
		else
			printf '%s' "$closureboxPolicyLines"
		fi >policy-lines
		closureboxSelectPolicies policy-lines "${outputPaths[@]}" -- "$1"
		for value in "${closureboxPolicyArguments[@]}"; do
			[ "$value" = --policy ] || policies+=("$value")
		done
	fi
	closureboxList given closureboxPolicy
	for value in "${given[@]}"; do
		if [[ $value == /* ]]; then
			policies+=("$value")
		elif [[ ! $value =~ ^[[:space:]]*\{ ]]; then
			closureboxDie "closureboxPolicy: '$value': expected JSON or an absolute" \
				"path"
		else
			count=$((count + 1))
			printf '%s\n' "$value" >"closureboxPolicy-$count.json"
			policies+=("closureboxPolicy-$count.json")
		fi
	done
}

# Leaves the objects that the policies name in the array `mentioned`.
closureboxMentioned() {
	local object unknown=
	mentioned=()
	[ ${#policies[@]} -gt 0 ] || return 0
	"$closurebox" scan --store-dir "$store" --candidates "$store" "${policies[@]}" >mentioned
	mapfile -t mentioned <mentioned
	for object in "${mentioned[@]}"; do
		if [ -z "${known[$object]-}${references[$object]+is}" ]; then
			closureboxUnknown "$object" "${policies[@]}"
			unknown=1
		fi
	done
	[ -z "$unknown" ] || closureboxDieUnknown
}

# Leaves in the array `launched` the programs for which the output needs launchers, in `entries` the
# arguments that name what each starts, and in `main` the program after which the launcher is named.
closureboxEntries() { # OUTPUT
	local program target wanted name names=()
	local -A entry=()
	launched=() entries=() main=
	for program in "${programs[@]}"; do
		target=${linked[$program]-$program}
		[[ $target == "$1"/* ]] || continue
		[ "$target" != "$program" ] || launched+=("$program")
		# A link in another output is not in this one's closure.
		[[ $program != "$1"/* ]] || target=$program
		name=${program##*/}
		[ -n "${entry[/$name]-}" ] || names+=("$name")
		# A program and a link to it may have one name.
		if [[ -z ${entry[/$name]-} || -z ${linked[$program]-} ]]; then
			entry[/$name]=$target
		fi
	done
	for name in "${names[@]}"; do
		entries+=(--entry "$name=${entry[/$name]}")
	done
	for wanted in "${closureboxMainProgram-}" "${NIX_MAIN_PROGRAM-}" "${pname-}"; do
		for program in "${programs[@]}"; do
			[ "${program##*/}" = "$wanted" ] || continue
			program=${linked[$program]-$program}
			if [[ -z $main && $program == "$1"/* ]]; then
				main=$program
			fi
		done
	done
	main=${main:-${launched[0]-}}
}

# What Nix is told to register without references would lose its closure.
closureboxCheckKept() { # OUTPUT
	local i discarded
	discarded=$(declare -p unsafeDiscardReferences 2>/dev/null) || return 0
	for i in "${!outputPaths[@]}"; do
		if [[ ${outputPaths[i]} == "$1" && $discarded == "declare -A"* &&
			-n ${unsafeDiscardReferences[${outputNames[i]}]-} ]]; then
			closureboxDie "unsafeDiscardReferences.${outputNames[i]}: nothing would" \
				"keep the closure of a launcher there"
		fi
	done
}

# Compiles the launcher of an output, if it has programs.
closureboxCompile() { # OUTPUT
	local launched entries main reached policies mentioned program policy arguments
	closureboxEntries "$1"
	[ ${#launched[@]} -gt 0 ] || return 0
	closureboxCheckKept "$1"
	mkdir "${1##*/}"
	cd "${1##*/}"

	closureboxReach "$1"
	closureboxWriteGraph own
	"$closurebox" graph "${graphs[@]}" --graph own --root "$1" --format store-paths >closure
	closureboxPolicies closure
	closureboxMentioned
	arguments=("${graphs[@]}" --graph own --root "$1")
	if [ ${#mentioned[@]} -gt 0 ]; then
		closureboxReach "$1" "${mentioned[@]}"
		closureboxWriteGraph own
		for program in "${mentioned[@]}"; do
			arguments+=(--extra-root "$program")
		done
		"$closurebox" graph "${arguments[@]}" --format store-paths >closure
	fi
	closureboxBinds closure "${policies[*]}" >in-place.json

	for policy in "${policies[@]}" in-place.json; do
		arguments+=(--policy "$policy")
	done
	for program in "${launched[@]}"; do
		[ "$program" = "$main" ] || arguments+=(--link "$program")
	done
	# A launcher takes the place of nothing but a file.
	rm -- "$main"
	install -m 755 /dev/null "$main"
	"$closurebox" compile "${arguments[@]}" --program "$main" "${entries[@]}" -o "$main"
	echo "closurebox: programs in boxes, started by $main: $((${#entries[@]} / 2))"
	cd ..
}
