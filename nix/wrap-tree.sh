# The tree of a wrapped package: what names or leads to its programs does so in $out, and all else
# is linked, by the highest directories that can be. Sourced by wrap.sh, whose arrays it uses.
# shellcheck shell=bash disable=SC2154

# By the rel of a directory, with `/` at its end: must it be one of our own?
declare -A real=()
# By the rel: is it something else than a link to the original?
declare -A changed=()
# By the rel of a program that is a link to another one: does it stay that?
declare -A kept=()
# By the rel of a link from one place in the package to another: what it says; and, unless it is a
# program, the rel that it leads to, with `/` at its end.
declare -A said=() leads=()
# The rels of the latter, in order.
leading=()
# By another rel of a program, through links: the rel of the program.
declare -A alias=()
# By the path of another package's program, which is also one of this: the rel.
declare -A foreign=()

# Patterns of the files that may start programs outside of their boxes.
mapfile -t allowed <<<"$allowUnwrapped"

is_allowed() { # REL
	local pattern
	for pattern in "${allowed[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ ${1#/} != $pattern ]] || return 0
	done
	return 1
}

# The rel of a path that is in the package: REPLY.
relate() { # PATH
	local prefix
	for prefix in "${prefixes[@]}"; do
		if [[ $1 == "$prefix"/* ]]; then
			REPLY=${1#"$prefix"}
			return
		fi
	done
	return 1
}

# Marks a file as one that is not a link to the original, so that its directories are our own.
change() { # REL
	local directory=${1%/*}/
	changed[$1]=1
	until [[ ${real[$directory]-} ]]; do
		real[$directory]=1
		directory=${directory%/}
		directory=${directory%/*}/
	done
}

# Writes the paths of the text files that name anything in the package to ./mentions, but for
# documentation.
find_mentions() {
	local directory path starts=() names=()
	# Without slashes, which may be spelled otherwise.
	for path in "${prefixes[@]}"; do names+=(-e "${path##*/}"); done
	for directory in "${directories[@]}"; do
		for path in "$directory"/* "$directory"/share/*; do
			# What links lead to is elsewhere in the package or not in it.
			[[ -L $path || $path == "$directory"/@(share|.*-unboxed*(_)) ]] ||
				closureboxIsDocumentation "${path#"$directory"}" ||
					starts+=("$path")
		done
	done
	: >mentions
	((${#starts[@]} == 0)) || search -rlZIF "${names[@]}" -- "${starts[@]}" >mentions
}

# grep, for which it is no failure to find nothing.
search() { # ARGUMENT...
	grep "$@" || (($? == 1))
}

# The same behind links, of which some may lead nowhere.
search_followed() { # ARGUMENT...
	grep -RsI "$@" || (($? <= 2))
}

# Where paths lead in the end, in the array targets.
resolve_paths() { # PATH...
	local i
	targets=()
	for ((i = 1; i <= $#; i += 2000)); do
		mapfile -d '' -t -O "${#targets[@]}" targets < <(realpath -mz -- "${@:i:2000}")
	done
	((${#targets[@]} == $#)) || refuse "realpath has not resolved every path it was given"
}

# A slash in a path, as an extended regular expression: also several, `/./` and, in JSON, `\/`.
readonly slash='\\?/([.]?\\?/)*'
# What paths in launch files are made of.
readonly pathPattern='([A-Za-z0-9+._@~-]|\\?/)+'

# By the rel of a program with `..` in it, as a launch file may have it: the one without.
declare -A spelled=()

# What launch files name by paths in the store, as an extended regular expression.
storePath="${NIX_STORE//\//"$slash"}${slash}[0-9a-z]{32}-[A-Za-z0-9+._?=-]+$slash$pathPattern"
readonly storePath

# A path without `\/`, `//` and `/./`: REPLY.
normalise() { # PATH
	REPLY=${1//"\\"/}
	REPLY=${REPLY//\/+(?(.)\/)/\/}
}

# Is a file that a launch file names a program? Where helpers are, its mode says so.
is_startable() { # PATH
	is_program "$1" && [[ $1 != *.so?(.*) ]] || return
	[[ $1 == "$NIX_STORE"/*/@(libexec|lib|lib64)/* ]] || closureboxHasMagic "$1"
}

# The store object that a path is in: REPLY.
find_object() { # PATH
	REPLY=${1#"$NIX_STORE/"}
	REPLY=$NIX_STORE/${REPLY%%/*}
}

# The programs that launch files name: as rels in the array listed; those of other packages that
# are not there under the same rel as paths in the array outside. Launch files may be those of other
# packages, which are linked here together with what they start.
list_started() {
	local path rel found=()
	closureboxListLaunchFolders "${directories[@]}"
	while IFS= read -rd '' path; do
		[[ $path != *.desktop ]] || listed+=("$path")
	done <mentions
	: >started
	outside=()
	((${#listed[@]} == 0)) ||
		search_followed -hoE "$storePath" -- "${listed[@]}" | sort -u >started
	while IFS= read -r path; do
		normalise "$path"
		path=$REPLY
		if relate "$path"; then
			rel=$REPLY
			find_file "$rel" && is_startable "$REPLY" || continue
			if [[ $rel == */../* ]]; then
				resolve_directory "$rel"
				spelled[$rel]=$REPLY
				rel=$REPLY
			fi
			found+=("$rel")
		else
			rel=${path#"$NIX_STORE/"}
			rel=/${rel#*/}
			if find_file "$rel" && is_same_program "$REPLY" "$path"; then
				foreign[$path]=$rel
				[[ $rel == *.so?(.*) || $rel != /@(libexec|lib|lib64)/* ]] ||
					found+=("$rel")
			elif is_startable "$path"; then
				outside+=("$path")
			fi
		fi
	done <started
	listed=("${found[@]}")
}

# The program in bin or sbin that has a name: REPLY, a rel.
find_named() { # NAME
	for REPLY in "/bin/$1" "/sbin/$1"; do
		[[ ! ${program[$REPLY]-} ]] || return 0
	done
	return 1
}

# Gives the store objects that links in the package lead to, and its other outputs, in the
# associative array related.
list_related() {
	local path
	related=()
	for path in $otherOutputs; do related[$path]=1; done
	while IFS= read -rd '' path; do
		find_object "$path"
		related[$REPLY]=1
	done < <(find "${directories[@]}" -type l -lname "$NIX_STORE/*" -printf '%l\0')
}

# The program of the package that is one outside, or that has its name or is a script that becomes
# it: REPLY, a rel.
find_counterpart() { # PATH IS-RELATED
	local path=$1 rel wrapper paths=()
	for rel in "${order[@]}"; do
		REPLY=$rel
		[[ ! ${program[$rel]} -ef $path ]] || return 0
	done
	if find_named "${path##*/}"; then
		[[ ! $2 ]] || return 0
		! grep -qF -e "$path" -- "${program[$REPLY]}" || return 0
	fi
	for rel in "${order[@]}"; do paths+=("${program[$rel]}"); done
	escape "$path"
	wrapper=$(search -lE "^exec .*${REPLY}[\"' ]" -- "${paths[@]}") || return
	wrapper=${wrapper%%$'\n'*}
	for rel in "${order[@]}"; do
		REPLY=$rel
		[[ ${program[$rel]} != "$wrapper" ]] || return 0
	done
	return 1
}

# Programs of other packages that launch files start: these are the package's own ones or, if a link
# leads to that package, become ones.
add_outside() { # PATH...
	local path object folder=/libexec/closurebox
	local -A related=()
	(($#)) || return 0
	list_related
	[[ ! -L ${directories[0]}/libexec ]] || folder=/closurebox
	for path; do
		find_object "$path"
		object=$REPLY
		if find_counterpart "$path" "${related[$object]-}"; then
			foreign[$path]=$REPLY
		elif [[ ${related[$object]-} ]]; then
			REPLY=$folder/${path##*/}
			add_entry "${path##*/}" "$path"
			program[$REPLY]=$path
			place[$REPLY]=$REPLY
			order+=("$REPLY")
			foreign[$path]=$REPLY
		fi
	done
}

# Is a program one of another package, by a link or by a wrapper that has hidden the link?
is_same_program() { # PATH FOREIGN-PATH
	local path
	is_program "$1" && [[ -e $2 ]] || return
	for path in "$1" "${1%/*}/.${1##*/}-wrapped"*; do
		[[ ! $path -ef $2 ]] || return 0
	done
	return 1
}

# A text as it stands in an extended regular expression between the commas of sed's `s`: REPLY.
escape() { # TEXT
	local character
	REPLY=$1
	[[ $REPLY == *[!A-Za-z0-9_/-]* ]] || return 0
	for character in "\\" . '[' ']' '{' '}' '(' ')' '*' + '?' '^' '$' '|' ','; do
		REPLY=${REPLY//"$character"/"\\$character"}
	done
}

# And behind the second comma: REPLY.
escape_new() { # TEXT
	local character
	REPLY=$1
	for character in "\\" ',' '&'; do
		REPLY=${REPLY//"$character"/"\\$character"}
	done
}

# Several of them, as alternatives: REPLY.
escape_all() { # TEXT...
	local text alternatives=
	for text; do
		escape "$text"
		alternatives+="|$REPLY"
	done
	REPLY=${alternatives#|}
}

# What may follow the path of a program: not the rest of a longer name, but the end of a sentence.
readonly pathEnd='($|[^A-Za-z0-9._+~@-]|[.]($|[^A-Za-z0-9_]))'

# And that of a directory of programs: what makes the name of one of it, or does without.
readonly directoryEnd='/*($|[^A-Za-z0-9._+~@/-]|[.]($|[^A-Za-z0-9_]))'

# Adds what to find, as a line of STEM.find, and what to make of it, as one of STEM.sed.
add_pattern() { # STEM PATH-EXPRESSION END-EXPRESSION REPLACEMENT
	printf '%s%s\n' "${2//\//"$slash"}" "$3" >>"$1.find"
	printf 's,%s%s,%s,g\n' "$2" "$3" "$4" >>"$1.sed"
}

# Adds the directories of programs, which $out has with all that is in them; names in them may be
# put together at run time. Launch files, scripts and binaries are looked at for that.
add_directories() { # PACKAGE-EXPRESSION REL...
	local IFS=$'\n' package=$1 folder rels alternatives=
	shift
	rels=$'\n'$*
	for folder in /bin /sbin; do
		[[ $rels != *$'\n'"$folder"/* ]] || alternatives+="|$folder"
	done
	[[ $alternatives ]] || return 0
	alternatives="$package(${alternatives#|})"
	printf '%s(%s)\n' "${alternatives//\//"$slash"}" "$directoryEnd" >programs.find
	printf 's,%s(%s),%s\\2\\3,g\n' "$alternatives" "$directoryEnd" "$out" >>text.sed
	printf '%s\n' "$(<programs.find)" >>launch.find
}

# Tells in text.find and text.sed what names programs by old paths; and in launch.find and
# launch.sed what else launch files name: other packages' programs that are also this one's, and
# programs of new names without a path.
write_patterns() {
	local rel path old new package same=()
	for path in programs.find {text,launch}.{find,sed}; do : >"$path"; done
	escape_all "${prefixes[@]}"
	package="($REPLY)"
	# Paths are found as they are spelled, and rewritten without `//` and `/./`.
	printf ':again\ns,(%s[A-Za-z0-9+._@~/-]*/)[.]?/+,\\1,\ntagain\n' "$package" >>text.sed
	for rel in "${!spelled[@]}"; do
		! is_wrapped "${spelled[$rel]}" || alias[$rel]=${spelled[$rel]}
	done
	for rel in "${order[@]}" "${!hidden[@]}" "${!alias[@]}"; do
		new=${place[${hidden[$rel]-${alias[$rel]-$rel}}]}
		# In $out the same links lead there.
		[[ ! ${alias[$rel]-} || $new != "${alias[$rel]}" ]] || new=$rel
		# Names of several lines are in no text that has lines.
		[[ $rel != *$'\n'* ]] || continue
		if [[ $new == "$rel" ]]; then
			same+=("$rel")
			continue
		fi
		escape "$rel"
		old=$REPLY
		escape_new "$out$new"
		add_pattern text "$package$old" "$pathEnd" "$REPLY\\2"
		[[ ! ${program[$rel]-} ]] || add_bare_name "${rel##*/}" "${new##*/}"
	done
	escape_all "${same[@]}"
	((${#same[@]} == 0)) || add_pattern text "$package($REPLY)" "$pathEnd" "$out\\2\\3"
	add_directories "$package" "${order[@]}" "${!alias[@]}"
	for path in "${!foreign[@]}"; do
		new=${place[${foreign[$path]}]-}
		if [[ ! $new ]]; then
			resolve_directory "${foreign[$path]}"
			new=${place[$REPLY]-}
		fi
		[[ $new ]] || continue
		escape "$path"
		old=$REPLY
		escape_new "$out$new"
		add_pattern launch "$old" "$pathEnd" "$REPLY\\1"
	done
}

add_bare_name() { # OLD NEW
	local old
	escape "$1"
	old=$REPLY
	escape_new "$2"
	add_pattern launch "^((Try)?Exec *= *\"?)$old" "(\"?([[:space:]]|\$))" "\\1$REPLY\\3"
}

# Where a link leads that stands in a directory of the package, going by names alone: REPLY, a rel.
lead() { # DIRECTORY-REL TEXT
	local rest=$1/$2 part
	REPLY=
	while [[ $rest ]]; do
		part=${rest%%/*}
		[[ $rest == */* ]] && rest=${rest#*/} || rest=
		case $part in
		'' | .) ;;
		..) [[ $REPLY ]] && REPLY=${REPLY%/*} || return 1 ;;
		*) REPLY+=/$part ;;
		esac
	done
}

# Finds the links from one place in the package to another.
find_links() {
	local i rel pairs=() links=() targets=()
	mapfile -d '' -t pairs < <(find "${directories[@]}" -type l -printf '%p\0%l\0')
	for ((i = 0; i < ${#pairs[@]}; i += 2)); do
		[[ ${pairs[i + 1]} != /* ]] || relate "${pairs[i + 1]}/" || continue
		relate "${pairs[i]}"
		rel=$REPLY
		find_file "$rel"
		[[ $REPLY == "${pairs[i]}" ]] || continue
		links+=("${pairs[i]}")
		said[$rel]=${pairs[i + 1]}
	done
	# Directories have an order of their own.
	((${#links[@]} < 2)) || mapfile -d '' -t links < <(printf '%s\0' "${links[@]}" | sort -z)
	resolve_paths "${links[@]}"
	for i in "${!links[@]}"; do
		relate "${links[i]}"
		add_lead "$REPLY" "${targets[i]}"
	done
}

add_lead() { # REL TARGET
	relate "$2/" || return 0
	if [[ ! ${program[$1]-} ]]; then
		leads[$1]=$REPLY
		leading+=("$1")
		add_aliases "$1" "$REPLY"
	elif [[ ${said[$1]} != /* && ${place[$1]} == "$1" ]] && lead "${1%/*}" "${said[$1]}" &&
		[[ $REPLY && ${place[$REPLY]-} == "$REPLY" ]]; then
		kept[$1]=1
	fi
}

# Other paths of what is below a link, or is itself where that leads.
add_aliases() { # LINK-REL TARGET-REL
	local rel
	if is_wrapped "${2%/}"; then
		alias[$1]=${2%/}
	elif [[ ${real[$2]-} ]]; then
		for rel in "${order[@]}"; do
			[[ $rel != "$2"* ]] || alias[$1/${rel#"$2"}]=$rel
		done
	fi
}

# Adds the launch files that match launch.find to ./naming: with those of other packages, to which
# links lead, but not by links to the package's own.
find_launch_files() {
	local i found=() targets=() listed
	[[ -s launch.find ]] || return 0
	closureboxListLaunchFolders "${directories[@]}"
	((${#listed[@]})) || return 0
	mapfile -d '' -t found < <(search_followed -lZE -f launch.find -- "${listed[@]}")
	resolve_paths "${found[@]}"
	for i in "${!found[@]}"; do
		! relate "${targets[i]}" || [[ ${targets[i]} == "${found[i]}" ]] || continue
		printf '%s\0' "${found[i]}"
	done >>naming
}

# Adds the scripts that match programs.find to ./naming.
find_scripts() {
	local path scripts=()
	[[ -s programs.find ]] || return 0
	while IFS= read -rd '' path; do
		[[ -x $path ]] && relate "$path" || continue
		[[ ${changed[$REPLY]-} ]] || scripts+=("$path")
	done <mentions
	((${#scripts[@]} == 0)) || search -lZE -f programs.find -- "${scripts[@]}" >>naming
}

# Lists the texts to rewrite, as rels, in the arrays texts and launchTexts; those of JSON, where
# `\/` is a slash, also in the array jsonTexts.
find_texts() {
	local path rel
	texts=() launchTexts=() jsonTexts=()
	: >naming
	# 123: some of the files have nothing.
	[[ ! -s mentions ]] ||
		xargs -0 grep -lZE -f text.find -- <mentions >naming || (($? == 123))
	find_launch_files
	find_scripts
	while IFS= read -rd '' path; do
		relate "$path"
		rel=$REPLY
		find_file "$rel"
		[[ $REPLY == "$path" && ! ${changed[$rel]-} ]] || continue
		! is_allowed "$rel" || continue
		change "$rel"
		[[ $rel != *.json ]] || jsonTexts+=("$rel")
		if closureboxIsLaunchFile "$rel"; then
			launchTexts+=("$rel")
		else
			texts+=("$rel")
		fi
	done <naming
}

# Of the package itself the rel is empty, which no key can be.
is_changed() { # REL
	[[ $1 && ${changed[$1]-} ]]
}

is_wrapped() { # REL
	[[ $1 && ${program[$1]-} ]]
}

# Lists the links to make again, as rels, in the array links: those that lead to what is changed.
# Each of them changes the directory it is in; so until there are no more.
list_links() {
	local rel target more=1
	links=("${!kept[@]}")
	while [[ $more ]]; do
		more=
		for rel in "${leading[@]}"; do
			target=${leads[$rel]}
			[[ ! ${changed[$rel]-} && ! ${real[$rel/]-} ]] || continue
			[[ ${real[$target]-} ]] || is_changed "${target%/}" || continue
			! is_allowed "$rel" || continue
			change "$rel"
			links+=("$rel")
			more=1
			# The launcher goes by the name that it is started under: that of the link.
			if is_wrapped "${target%/}"; then
				find_file "$rel"
				add_entry "${rel##*/}" "$REPLY"
			fi
		done
	done
}

# Where the directories of several outputs are one.
merge_directories() { # REL
	local path rel
	real[$1]=1
	for path in "${directories[1]}$1"*/; do
		rel=${path#"${directories[1]}"}
		[[ -L ${path%/} || ! -d ${directories[0]}$rel ]] || merge_directories "$rel"
	done
}

# Links what is in a directory of our own and not to be something else.
link_rest() { # DIRECTORY-REL
	local directory path rel i rest=()
	for directory in "${directories[@]}"; do
		for path in "$directory$1"*; do
			rel=$1${path##*/}
			[[ ! ${changed[$rel]-} && ! ${real[$rel/]-} ]] || continue
			find_file "$rel"
			[[ $REPLY != "$path" ]] || rest+=("$path")
		done
	done
	# So many that their paths fit into the arguments of a process.
	for ((i = 0; i < ${#rest[@]}; i += 2000)); do
		ln -s -t "$out$1" -- "${rest[@]:i:2000}"
	done
}

# Runs a command in each directory of the package, with those of the rels that are there, without
# the `/` before them: as cp needs it to find directories above them in $out.
in_directories() { # COMMAND... -- REL...
	local i j rel command=() files=()
	while [[ $1 != -- ]]; do
		command+=("$1")
		shift
	done
	shift
	for i in "${!directories[@]}"; do
		files=()
		for rel; do
			find_file "$rel"
			[[ $REPLY != "${directories[i]}$rel" ]] || files+=("${rel#/}")
		done
		for ((j = 0; j < ${#files[@]}; j += 2000)); do
			(
				cd "${directories[i]}" || exit
				"${command[@]}" -- "${files[@]:j:2000}"
			) || return
		done
	done
}

rewrite_texts() {
	in_directories cp --parents -t "$out" -- "${texts[@]}" "${launchTexts[@]}"
	rewrite -e 's,\\/,/,g' -- "${jsonTexts[@]}"
	rewrite -f text.sed -- "${texts[@]}"
	rewrite -f text.sed -f launch.sed -- "${launchTexts[@]}"
}

rewrite() { # OPTION... -- REL...
	local options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	(($# == 0)) || printf '%s\0' "${@/#/"$out"}" | xargs -0 sed -E -i "${options[@]}" --
}

# Makes links again: a relative one says what it has said, what an absolute one says is in $out.
make_links() {
	local rel target relative=() absolute=()
	for rel in "${links[@]}"; do
		target=${leads[$rel]-/}
		target=${target%/}
		if ((${#newName[@]})) && is_wrapped "$target"; then
			# It may go by a link that has a new name, too.
			ln -s -- "$out${place[$target]}" "$out$rel"
		elif [[ ${said[$rel]} == /* ]]; then
			absolute+=("$rel")
		else
			relative+=("$rel")
		fi
	done
	in_directories cp -P --parents -t "$out" -- "${relative[@]}"
	in_directories copy_absolute -- "${absolute[@]}"
}

copy_absolute() { # -- FILE...
	local package
	escape_all "${prefixes[@]}"
	package="^($REPLY)(/|\$)"
	tar -c --no-recursion --transform "s,$package,$out\\2,xRH" "$@" |
		tar -C "$out" -xm --no-same-owner
}

# Where programs are for people to start, nothing hidden is linked.
leave_hidden() {
	local folder directory path
	for folder in /bin /sbin; do
		for directory in "${directories[@]}"; do
			for path in "$directory$folder"/{.[!.]*,..?*}; do
				resolve_directory "${path#"$directory"}"
				change "$REPLY"
			done
		done
	done
}

make_tree() {
	local rel directory i links texts launchTexts jsonTexts own
	real[/]=1
	((${#directories[@]} == 1)) || merge_directories /
	for rel in "${order[@]}" "${!hidden[@]}"; do change "$rel"; done
	if ((${#order[@]})); then
		leave_hidden
		find_links
		write_patterns
		find_texts
		list_links
	fi
	own=("${!real[@]}")
	own=("${own[@]/#/"$out"}")
	for ((i = 0; i < ${#own[@]}; i += 2000)); do mkdir -p -- "${own[@]:i:2000}"; done
	for directory in "${!real[@]}"; do link_rest "$directory"; done
	((${#order[@]} == 0)) || {
		rewrite_texts
		make_links
	}
}
