#!/bin/sh
# nix/hook.nix and nix/hook.sh: packages whose own builds put their programs into boxes, where they
# are, after everything else; what the launchers hold is what Nix then registers, and a program in a
# box finds itself and others where they were built to be.
# shellcheck disable=SC2154 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

world='set'
expressions() { # COMMAND ARGUMENT...: a Nix command on hook.nix
	"$@" "$srcdir/tests/nix/hook.nix" --argstr world "$world" --arg store "$store" \
		--argstr built "$closurebox"
}
build() { # ATTRIBUTE [OPTION...]: prints the path
	expressions nix-build --no-out-link -A "$@" 2>"$work/build" ||
		fail "$1: $(tail -n 30 "$work/build")"
}
is_launcher() { # FILE
	"$closurebox/bin/closurebox" inspect --closure "$1" >"$work/closure" 2>/dev/null
}

# What a program prints, with one hash for all store paths, and its status. As root, or as a user
# who may not enter the directories of the links to it: with its own path.
printed() { # PROGRAM [COMMAND...] -- ARGUMENT...
	started=$1
	shift
	status=0
	(
		cd /
		prefix=
		while [ "$1" != -- ]; do
			prefix="$prefix $1"
			shift
		done
		shift
		# shellcheck disable=SC2086 # words of a command
		exec $prefix "$started" "$@" </dev/null
	) >"$work/printed" 2>&1 || status=$?
	sed 's|/[0-9a-df-np-sv-z]\{32\}-|/HASH-|g' "$work/printed"
	echo "status $status"
}

# In its box a program prints what it prints without one, whoever starts it.
compare() { # UNBOXED BOXED ARGUMENT...
	unboxed=$1
	boxed=$2
	shift 2
	is_launcher "$boxed" || fail "$boxed is in no box"
	printed "$unboxed" -- "$@" >"$work/want"
	printed "$boxed" -- "$@" >"$work/got"
	diff "$work/want" "$work/got" || fail "$boxed $*: prints something else"
	[ "$(id -u)" = 0 ] || return 0
	printed "$boxed" setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		-- "$@" >"$work/got"
	diff "$work/want" "$work/got" || fail "$boxed $*: prints something else for others"
}

# An output's launcher, if it has one, is one file, and names all objects of the output's closure,
# as Nix has registered it, and no others.
check_output() { # OUTPUT
	nix-store -q --references "$1" | sort >"$work/references"
	launcher=
	for directory in bin sbin libexec; do
		[ ! -e "$1/.$directory-unboxed" ] || find "$1/$directory/" -type f ! -name '.*'
	done >"$work/launchers"
	[ -s "$work/launchers" ] || return 0
	launcher=$(cat "$work/launchers")
	is_launcher "$launcher" || fail "$1: not one launcher: $launcher"
	nix-store -qR "$1" | sort >"$work/want"
	sort "$work/closure" | diff "$work/want" - || fail "$1: other objects in the launcher"
	diff "$work/want" "$work/references" || fail "$1: other references"
	checked=$((checked + 1))
}

in_world() {
	plains=$(build allPlain)
	boxes=$(build all)

	checked=0
	for link in "$boxes"/*; do
		check_output "$(readlink "$link")"
	done
	[ $checked -ge 20 ] || fail "only $checked outputs have launchers"
	echo "ok: $world: $checked launchers have the closures of their outputs"

	# All programs of these, in whatever output.
	count=0
	for package in hello jq compiled gapps manifold odd siblings structured wrapped parts \
		structuredParts; do
		for link in "$plains/$package".*; do
			plain=$(readlink "$link")
			output=$(readlink "$boxes/${link##*/}")
			for program in "$plain"/bin/* "$plain"/sbin/*; do
				name=${program#"$plain"/}
				# Where sbin is a link, its programs are started as those in bin.
				[ ! -L "$plain/${name%/*}" ] || continue
				case $name in
				*/"new
line") continue ;; # not to be boxed
				esac
				if [ ! -f "$program" ] || [ ! -x "$program" ]; then
					continue
				fi
				compare "$program" "$output/$name" one 'two  words'
				count=$((count + 1))
			done
		done
	done
	[ $count -ge 25 ] || fail "only $count programs"
	echo "ok: $world: $count programs print what they print without a box"

	check_hundred
	check_siblings
	check_hidden
	check_libexec
	check_started
	check_policies
	check_switches
	check_names
	check_mistakes
	check_shells
}

# One launcher, whatever the number of programs; links between programs stay.
check_hundred() {
	hundred=$(readlink "$boxes/hundred.out")
	plain=$(readlink "$plains/hundred.out")
	[ "$(find "$hundred/bin" -type f)" = "$hundred/bin/program-1" ] ||
		fail "hundred: not one launcher: $(find "$hundred/bin" -type f)"
	[ "$(find "$hundred/bin" -type l | wc -l)" = 99 ] || fail "hundred: not 99 links"
	[ "$(readlink "$hundred/bin/program-95")" = program-5 ] ||
		fail "hundred: links between programs are others"
	for number in 1 2 90 91 100; do
		compare "$plain/bin/program-$number" "$hundred/bin/program-$number" "$number"
	done
	echo "ok: $world: a hundred programs, one launcher"
}

# A launcher for a program that was moved, without the view that shows it where it was.
compile_without_view() { # PACKAGE PROGRAM
	nix-store -qR "$1" | xargs nix-store --dump-db >"$work/graph"
	"$closurebox/bin/closurebox" compile --graph "$work/graph" --root "$1" \
		--program "$2" -o "$work/launcher"
}

# In a box programs start each other and themselves by their paths.
check_siblings() {
	siblings=$(readlink "$boxes/siblings.out")
	plain=$(readlink "$plains/siblings.out")
	for argument in again by-link end ''; do
		compare "$plain/bin/older" "$siblings/bin/older" "$argument"
		compare "$plain/bin/oldest" "$siblings/bin/oldest" "$argument"
	done
	compile_without_view "$siblings" "$siblings/.bin-unboxed/older"
	"$work/launcher" end >"$work/got" || fail "older does not start"
	! "$work/launcher" again >"$work/got" 2>&1 ||
		fail "older starts itself although it is not there: $(cat "$work/got")"

	# So too programs of other packages that are in boxes.
	user=$(readlink "$boxes/user.out")
	deep=$(readlink "$boxes/deep.out")
	printed "$deep/libexec/a b/c/deep" -- x >"$work/want"
	printed "$user/bin/user" -- x >"$work/got"
	diff "$work/want" "$work/got" || fail "user: prints something else"
	compile_without_view "$user" "$user/.bin-unboxed/user"
	! "$work/launcher" x >"$work/got" 2>&1 ||
		fail "a box was made inside of a box: $(cat "$work/got")"

	# Launchers of `wrap` are told of, as what was boxed in place is none.
	expressions nix-build --no-out-link --check -A special.nesting -A special.user \
		>/dev/null 2>"$work/build" || fail "nesting: $(tail -n 30 "$work/build")"
	grep WARNING "$work/build" >"$work/got"
	grep -q "closurebox: WARNING: '.*-hello-.*-launcher' in the box is a" "$work/got" ||
		fail "nesting: no warning: $(cat "$work/got")"
	[ "$(wc -l <"$work/got")" = 1 ] || fail "other warnings: $(cat "$work/got")"
	echo "ok: $world: programs find each other where they were built to be"
}

# What wrapProgram and its like hide is moved away; nothing leads to it.
check_hidden() {
	for package in wrapped gapps; do
		output=$(readlink "$boxes/$package.out")
		[ -x "$output/.bin-unboxed/.$package-wrapped" ] || fail "$package is not wrapped"
		[ "$(ls -A "$output/bin")" = "$package" ] || fail "$package: $(ls -A "$output/bin")"
	done
	odd=$(readlink "$boxes/odd.out")
	[ -e "$odd/.bin-unboxed/.hidden" ] || fail "odd: there is no .hidden"
	[ ! -e "$odd/bin/.hidden" ] || fail "odd: .hidden is not hidden"
	[ "$(cat "$odd/bin/directory/data" "$odd/bin/not-executable")" = "data
data" ] || fail "odd: what is no program is not there"
	[ "$(readlink "$odd/bin/dangling")" = ../.bin-unboxed/dangling ] || fail "odd: dangling"
	echo "ok: $world: hidden programs are out of sight"
}

# Those programs that were named and no others, wherever they are.
check_libexec() {
	deep=$(readlink "$boxes/deep.out")
	plain=$(readlink "$plains/deep.out")
	for program in bin/deep-tool libexec/tool "libexec/a b/c/deep" 'lib/q"u\o'"\$te/quoted"; do
		compare "$plain/$program" "$deep/$program" 'two  words'
	done
	for program in bin/other "libexec/a b/c/beside"; do
		! is_launcher "$deep/$program" || fail "deep: $program is in a box"
		printed "$plain/$program" -- x >"$work/want"
		printed "$deep/$program" -- x >"$work/got"
		diff "$work/want" "$work/got" || fail "deep: $program prints something else"
	done
	cmp "$plain/libexec/a b/data" "$deep/libexec/a b/data"

	messenger=$(readlink "$boxes/messenger.out")
	plain=$(readlink "$plains/messenger.out")
	# Its autostart file starts bin/messenger by another name.
	for program in bin/messenger bin/msg sbin/messenger-admin libexec/messengerd; do
		compare "$plain/$program" "$messenger/$program" --flag
	done
	for program in bin/messenger-cli libexec/messenger/helper libexec/messenger/unused; do
		! is_launcher "$messenger/$program" || fail "messenger: $program is in a box"
	done
	[ "$(readlink "$messenger/bin/msg")" = messenger ] || fail "messenger: msg"
	echo "ok: $world: only what is named"
}

# What launch files start, if nothing was named.
check_started() {
	plain=$(readlink "$plains/messenger.out")
	messenger=$(readlink "$boxes/messengerStarted.out")
	for program in bin/messenger bin/messenger-cli bin/msg sbin/messenger-admin \
		libexec/messengerd libexec/messenger/helper; do
		compare "$plain/$program" "$messenger/$program" --flag
	done
	! is_launcher "$messenger/libexec/messenger/unused" || fail "messenger: unused is in a box"

	started=$(readlink "$boxes/started.lib")
	for program in daemon by-link; do
		is_launcher "$started/lib/started/$program" || fail "started: no box: $program"
		"$started/lib/started/$program" x >"$work/got"
		[ "$(cat "$work/got")" = "$program: x" ] || fail "$program: $(cat "$work/got")"
	done
	for program in plugin.so mentioned; do
		! is_launcher "$started/lib/started/$program" || fail "started: a box: $program"
		"$started/lib/started/$program" >/dev/null || fail "started: $program fails"
	done

	folders=$(readlink "$boxes/folders.out")
	for program in usr/bin/folders usr/bin/.hidden bin/same usr/sbin/administrate \
		opt/Folders/Folders lib/folders/same; do
		is_launcher "$folders/$program" || fail "folders: no box: $program"
		"$folders/$program" x >"$work/got" || fail "folders: $program: $(cat "$work/got")"
		echo "${program##*/}: x" | sed 's/^[.]//; s/^folders: x/folders: 10000/' |
			diff - "$work/got" || fail "folders: $program"
	done
	for link in bin sbin; do
		[ "$(readlink "$folders/$link")" = usr/$link ] || fail "folders: $link"
	done
	[ ! -L "$folders/lib/folders/same" ] || fail "folders: not named after mainProgram"
	[ "$(cat "$folders/share/icons/picture.png")" = picture ] || fail "folders: a picture"
	echo "ok: $world: what launch files start"
}

check_policies() {
	output=$(readlink "$boxes/policies.out")
	printed "$output/bin/policies" -- >"$work/got"
	{
		echo '1  3 4 5'
		nix-store -qR "$output" | sed 's,.*/,,' | LC_ALL=C sort
		echo status 0
	} >"$work/want"
	sed 's/^[0-9a-df-np-sv-z]\{32\}-//' "$work/got" >"$work/got.names"
	sed 's/^[0-9a-df-np-sv-z]\{32\}-//' "$work/want" >"$work/want.names"
	diff "$work/want.names" "$work/got.names" || fail "policies: another box"
	nix-store -qR "$output" | grep -q -- -coreutils- || fail "policies: no coreutils"
	echo "ok: $world: policies, and the objects that they name"
}

check_switches() {
	! is_launcher "$(readlink "$boxes/off.out")/bin/hello" ||
		fail "dontClosurebox: hello is in a box"
	for package in twice unfixed manual manualStructured; do
		output=$(readlink "$boxes/$package.out")
		program=hello
		[ "${package#manual}" = "$package" ] || program=manual
		compare "$(readlink "$plains/hello.out")/bin/hello" "$output/bin/$program"
		[ "$(ls -A "$output/.bin-unboxed")" = $program ] || fail "$package: twice in a box"
	done
	output=$(readlink "$boxes/late.out")
	is_launcher "$output/bin/late" || fail "late is in no box"
	[ "$("$output/bin/later")" = later ] || fail "later"
	output=$(readlink "$boxes/own.out")
	[ "$("$output/bin/two  blanks")" = "hello of own" ] || fail "own: another program"
	is_launcher "$output/bin/two  blanks" || fail "own is in no box"
	# The graphs that packages asked for themselves.
	grep -qx '.*-hello-.*' "$(readlink "$boxes/graphs.out")/mine" || fail "graphs: not its own"
	! grep -q -- '-patchelf-' "$(readlink "$boxes/graphs.out")/mine" ||
		fail "graphs: not its own"
	grep -q '"mine":\[{' "$(readlink "$boxes/graphsStructured.out")/mine" ||
		fail "graphsStructured: not its own"
	echo "ok: $world: switches"
}

# All that the outputs name is in the box: by whichever attribute it came into the build.
check_names() {
	output=$(readlink "$boxes/namer.out")
	is_launcher "$output/bin/namer"
	for name in hook.nix note jq-.*-man jq-.*-doc hello-.* dash-.* python3-.* git-.*; do
		grep -q -- "-$name\$" "$work/closure" || fail "namer: no $name in the box"
	done
	output=$(readlink "$boxes/propagating.out")
	is_launcher "$output/bin/propagating"
	grep -q -- '-propagating-1-lib$' "$work/closure" || fail "propagating: no library"
	! grep -r propagating-1-lib "$output/.bin-unboxed" || fail "propagating: names it itself"
	for attribute in plain structured; do
		! expressions nix-instantiate -A "allowing.$attribute" >"$work/got" \
			2>"$work/said" || fail "allowedReferences: $attribute"
		grep -q 'inPlace: allowedReferences cannot .*; expected allowedReq' "$work/said" ||
			fail "allowedReferences: $attribute: $(cat "$work/said")"
		expressions nix-instantiate --eval --strict -A "disallowing.$attribute" \
			>"$work/got" 2>"$work/said" || fail "disallowing: $(cat "$work/said")"
		grep -q -- -bash "$work/got" || fail "disallowing: no shell: $(cat "$work/got")"
		! grep -E -- '-(hello|jq)-' "$work/got" || fail "disallowing: inputs that are none"
	done
	expressions nix-instantiate -A allowing.requisites -A allowing.off >"$work/got" \
		2>"$work/said" || fail "allowedRequisites: $(cat "$work/said")"
	echo "ok: $world: everything that is named, and what late hooks add"
}

# What cannot be known, or cannot be, is a build error that says what to do.
check_mistakes() {
	! expressions nix-build --no-out-link -k -A mistakes >"$work/built" 2>"$work/build" ||
		fail "mistakes: all are built"
	[ ! -s "$work/built" ] || fail "mistakes: built: $(cat "$work/built")"
	while read -r message; do
		grep -Eq "$message" "$work/build" ||
			fail "no message '$message': $(grep closurebox: "$work/build")"
	done <<-'END'
		closurebox: '.*-unknown-1/bin/unknown' refers to '.*-hello-[0-9.-]*', which is in no
		closurebox: .* add it to the 'inputs' of closurebox.lib.inPlace
		closurebox: '.*-unnamed-1/bin/unnamed' refers to '.*-git-.*', which is in no graph$
		closurebox: closureboxInputs: there is no graph 'absent'; is it in exportRef
		closurebox: the hash of a fixed-output derivation .* closurebox.lib.wrap$
		closurebox: no programs in bin or sbin of .*-data-1; name others
		closurebox: closureboxPrograms: there is no program 'hallo'; .* there are: hello$
		closurebox: two programs are called 'same': '.*/bin/same' and '.*/sbin/same'; say in
		closurebox: '.*-outside-1/bin' leads out of the package, to .* closurebox.lib.wrap$
		closurebox: unsafeDiscardReferences.out: nothing would keep the closure
		closurebox: '.*/bin/later' was made after the programs .*postFixup is one\)$
		closurebox: '.*/bin/replaced' was made after the programs were put into boxes
		closurebox: '.*/foreign.desktop' starts '.*-deep-1/bin/other', which is in no
		closurebox: '.*/top.service' starts '.*/run', which is .* closureboxPrograms all
		closurebox: closureboxPolicy: 'policy.json': expected JSON or an absolute path$
		closurebox: .*new.*line' has a control character in its name
		closurebox: error: program '.*/bin/hello' .*/.bin-unboxed/hello' .*without names
	END
	! expressions nix-instantiate -A blanks >/dev/null 2>"$work/said" ||
		fail "a program whose name would be two"
	grep -q "closurebox inPlace: programs: 'two words' has a blank, for which" "$work/said" ||
		fail "blanks: $(cat "$work/said")"
	[ "$(grep -c 'failed with exit code [13]' "$work/build")" -ge 16 ] ||
		fail "mistakes: $(grep 'failed with' "$work/build")"
	echo "ok: $world: mistakes"
}

# A shell in the package's environment makes no boxes, and nothing goes wrong in it.
check_shells() {
	# shellcheck disable=SC2016 # for that shell to expand
	NIX_BUILD_SHELL=$(command -v bash) expressions nix-shell -A boxed.deep \
		--run 'echo "$name"' >"$work/got" 2>"$work/said" ||
		fail "nix-shell: $(cat "$work/said")"
	[ "$(cat "$work/got")" = deep-1 ] || fail "nix-shell: $(cat "$work/got" "$work/said")"
	# `nix develop` builds the environment with all attributes and hooks of the package.
	expressions nix --extra-experimental-features nix-command print-dev-env boxed.deep -f \
		>"$work/got" 2>"$work/said" || fail "print-dev-env: $(cat "$work/said")"
	grep -q closureboxBox "$work/got" || fail "print-dev-env: no hook"
	echo "ok: $world: shells"
}

# Where the outputs come to lie is known when the build is over; their hashes are then replaced in
# all files, launchers too.
check_content_addressed() {
	if ! nix-instantiate --option extra-experimental-features ca-derivations --eval -E 1 \
		>/dev/null 2>"$work/said" || grep -q 'unknown experimental' "$work/said"; then
		echo "this Nix has no content-addressed derivations"
		return
	fi
	checked=0
	for output in bin out dev; do
		path=$(build "contentAddressed.parts.$output" \
			--option extra-experimental-features ca-derivations)
		check_output "$path"
		plain=$(readlink "$plains/parts.$output")
		for program in "$plain"/bin/*; do
			compare "$program" "$path/bin/${program##*/}" x
		done
	done
	[ $checked = 3 ] || fail "content-addressed: only $checked launchers"
	path=$(build contentAddressed.parts.bin --option extra-experimental-features ca-derivations)
	lib=$(nix-store -q --references "$path" | grep -- -parts-1-lib)
	scratch=$(tr -d ' ' <"$lib/lib/scratch")
	[ "$scratch" != "$path" ] || fail "content-addressed: built where it is"
	user=$(build contentAddressed.user --option extra-experimental-features ca-derivations)
	check_output "$user"
	compare "$(readlink "$plains/parts.bin")/bin/main" "$user/bin/user" x
	echo "ok: content-addressed"
}

in_world
check_content_addressed
if nix-instantiate --find-file nixpkgs >/dev/null 2>&1; then
	world=nixpkgs
	in_world
else
	echo "no nixpkgs in NIX_PATH: only the set of packages that is here"
fi
