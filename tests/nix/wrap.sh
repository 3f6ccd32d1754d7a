#!/bin/sh
# nix/wrap.nix and its builder: packages whose programs are links to one launcher, which has the
# closure that Nix has registered, and that are otherwise what they were; nothing in them starts a
# program outside of its box.
# shellcheck disable=SC2154 source=tests/nix/common
given=${NIX_CONFIG-}
. "$srcdir/tests/nix/common"

fixture_set
closurebox_package

world="set"
expressions() { # COMMAND ARGUMENT...: a Nix command on wrap.nix
	"$@" "$srcdir/tests/nix/wrap.nix" --argstr world "$world" --arg store "$store" \
		--argstr built "$closurebox"
}
build() { # ATTRIBUTE [OPTION...]: prints the path
	expressions nix-build --no-out-link -A "$@" 2>"$work/build" ||
		fail "$1: $(tail -n 30 "$work/build")"
}
ca="--option experimental-features ca-derivations"

# A program in its box prints what it prints without one; as another user as well.
compare() { # CASE PROGRAM ARGUMENT...
	boxed=$(readlink -f "$all/$1.out")/$2
	unboxed=$(readlink -f "$all/$1.unwrapped")/$2
	shift 2
	status=0
	(cd / && "$unboxed" "$@" </dev/null >"$work/want" 2>&1) || status=$?
	for run in "" "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"; do
		[ -z "$run" ] || [ "$(id -u)" = 0 ] || continue
		got=0
		(cd / && $run "$boxed" "$@" </dev/null >"$work/got" 2>&1) || got=$?
		[ "$got" = "$status" ] ||
			fail "$run $boxed $*: status $got, not $status: $(cat "$work/got")"
		diff "$work/want" "$work/got" || fail "$run $boxed $*: prints something else"
	done
	compared=$((compared + 1))
}

# What is in a tree: each file, and what links say: of the wrapped package OUT, of the original OLD.
listing() { # CASE
	out=$(readlink -f "$all/$1.out")
	(cd "$out" && find . -mindepth 1 \( -type d -printf '%P/\0' \) -o \
		\( -type l -printf '%P -> %l\0' \) -o -printf '%P %m\0') | sort -z | tr '\0' '\n' |
		sed "s,$out,OUT,; s,$(readlink -f "$all/$1.launcher"),LAUNCHER,
			s,$(readlink -f "$all/$1.unwrapped"),OLD,
			s,^\(.*\) -> OLD/\1$,\1 -> OLD,"
}

is_listing() { # CASE <WANT
	cat >"$work/want"
	listing "$1" >"$work/got"
	diff "$work/want" "$work/got" || fail "$1: another tree"
}

# The paths that a file names.
names() { # CASE FILE
	out=$(readlink -f "$all/$1.out")
	sed "s,$out,OUT,g; s,$(readlink -f "$all/$1.unwrapped"),OLD,g" "$out/$2"
}

# A launcher names every object of the closure, and itself no other; so Nix keeps them.
check_closure() { # CASE STORE-PATH...
	launcher=$(readlink -f "$all/$1.launcher")
	shift
	nix-store -q --references "$launcher" | sort >"$work/references"
	nix-store -qR "$@" | sort -u >"$work/closure"
	diff "$work/closure" "$work/references" || fail "the launcher names not the closure of $*"
	"$closurebox/bin/closurebox" inspect --closure "$launcher" | sort |
		diff "$work/closure" - || fail "the launcher gives not the closure of $*"
}

# As the evaluator sees it.
check_attributes() {
	expressions nix-instantiate --eval --strict --json -A attributes >"$work/attributes" ||
		fail "attributes: no evaluation"
	! grep -o '"[a-zA-Z]*":false' "$work/attributes" || fail "attributes are others"
	[ "$(grep -o true "$work/attributes" | wc -l)" -ge 24 ] || fail "attributes are missing"
	while read -r attribute want; do
		! expressions nix-instantiate --eval -A "wrong.$attribute" >"$work/got" 2>&1 ||
			fail "wrong.$attribute is accepted"
		grep -q -- "$want" "$work/got" || fail "wrong.$attribute: $(cat "$work/got")"
	done <<-'END'
		text policy: '/nix/store/[^ ]*-hello' is a mere text.*expected the package itself
		name rename: expected names without '/'
		programs programs: expected names, each a text of one line
		option unknown option 'filesytem'; did you mean 'filesystem'
		argument unexpected argument 'polcy'
		package closurebox wrap: package: expected a derivation
		noPrograms closurebox wrap: programs: an empty list
		list closurebox wrap: allowUnwrapped: expected a list, not a string
		root closurebox wrap: extraRoots: '/nix/store/.*-hello' is a mere text
	END
	echo "ok: $world: attributes"
}

check_programs() {
	compared=0
	compare hello bin/hello --greeting='two  blanks'
	compare jq bin/jq -n '[1, 2] | add'
	compare jq bin/jq -n '"no such'
	compare coreutils bin/sha256sum
	compare coreutils bin/false
	compare coreutils 'bin/[' 1 = 2 ']'
	compare git bin/git --exec-path
	compare git bin/git hash-object --stdin
	compare git bin/git-upload-pack /nowhere
	compare python bin/python3 -c 'import os, sys; print(os.__file__, sys.argv)' a 'b c'
	# The data are in another output.
	compare manifold bin/manifold
	compare compiled bin/compiled
	compare structured bin/structured
	compare wrapped bin/wrapped one 'two  words'
	# Programs that start others of the package, and themselves, by path and by link; and links.
	for program in older oldest younger youngest; do
		for argument in again end by-link other; do
			compare siblings bin/$program $argument
		done
	done
	for program in messenger messenger-cli msg messenger-admin; do
		compare messenger bin/$program a
		compare messenger sbin/$program a
	done
	compare messenger libexec/messengerd a
	compare messenger libexec/messenger/helper a
	for program in 'two  blanks' -dash '[' elsewhere; do compare odd "bin/$program" a; done
	compare odd sbin/administrate a
	for number in 1 2 90 91 100; do compare hundred bin/program-$number $number; done
	compare joined bin/joinable a
	compare joined libexec/joinabled a
	compare environment bin/joinable-cli a
	compare linked bin/messenger a
	compare inPlace bin/hello --greeting='in place'
	compare inPlaceUser bin/in-place-user --greeting='in place'
	for program in "bin/a]b & \$(c),'d'" bin/absolute bin/tricky.sh sbin/tricky-admin \
		usr/sbin/tricky-admin lib64/tricky/tricky-helper bin/tricky-helper \
		share/a/programs/tricky 'share/x y/a link'; do
		compare tricky "$program" a
	done
	echo "ok: $world: $compared programs print what they print without a box"

	# By a link of the same name elsewhere it is the same program.
	out=$(readlink -f "$all/siblings.out")
	"$out/libexec/younger" a | grep -q '^younger: .*/younger a$' ||
		fail "a link of the same name"
	# Under a name that only the link has, a program is the one that the link leads to.
	out=$(readlink -f "$all/some.out")
	"$out/bin/msg" a >"$work/got"
	grep -q ': a$' "$work/got" || fail "a link to a program: $(cat "$work/got")"
	# The launcher itself starts the main program, as by every name that none has.
	"$(readlink -f "$all/messenger.launcher")" a | grep -q '^bin/messenger: a$' ||
		fail "the launcher's own name does not start the main program"
	"$(readlink -f "$all/mainLast.launcher")" a | grep -q '^zz: a$' ||
		fail "the launcher does not start the main program, which is not the first one"

	# From inside, the store is the closure.
	"$(readlink -f "$all/coreutils.out")/bin/ls" /nix/store >"$work/got"
	nix-store -qR "$(readlink -f "$all/coreutils.unwrapped")" | sed 's,.*/,,' | sort \
		>"$work/want"
	diff "$work/want" "$work/got" || fail "the box's store is not the closure"
}

# Everything that starts programs starts the wrapped ones.
check_messenger() {
	is_listing messenger <<-'END'
		bin/
		bin/messenger -> LAUNCHER
		bin/messenger-admin -> LAUNCHER
		bin/messenger-cli -> LAUNCHER
		bin/msg -> messenger
		etc/
		etc/xdg/
		etc/xdg/autostart/
		etc/xdg/autostart/messenger.desktop 444
		etc/xdg/menus -> OLD
		lib/
		lib/mozilla/
		lib/mozilla/native-messaging-hosts/
		lib/mozilla/native-messaging-hosts/org.example.messenger.json 444
		lib/systemd/
		lib/systemd/system/
		lib/systemd/system/messenger1.service 444
		lib/systemd/user -> ../../share/systemd/user
		lib/udev/
		lib/udev/rules.d/
		lib/udev/rules.d/70-messenger.rules 444
		libexec/
		libexec/messenger/
		libexec/messenger/helper -> LAUNCHER
		libexec/messenger/unused -> OLD
		libexec/messengerd -> LAUNCHER
		sbin -> bin
		share/
		share/applications/
		share/applications/messenger-cli.desktop -> OLD
		share/applications/messenger.desktop 444
		share/dbus-1/
		share/dbus-1/services/
		share/dbus-1/services/org.example.Messenger.service 444
		share/dbus-1/system-services/
		share/dbus-1/system-services/org.example.Messenger1.service 444
		share/doc -> OLD
		share/gnome-shell -> OLD
		share/icons -> OLD
		share/messenger/
		share/messenger/template 444
		share/polkit-1/
		share/polkit-1/actions/
		share/polkit-1/actions/org.example.messenger.policy 444
		share/systemd/
		share/systemd/user/
		share/systemd/user/messenger.service 444
		share/thumbnailers/
		share/thumbnailers/messenger.thumbnailer 444
		share/xsessions/
		share/xsessions/messenger.desktop 444
	END
	# Of each file nothing but those paths is another.
	out=$(readlink -f "$all/messenger.out")
	old=$(readlink -f "$all/messenger.unwrapped")
	(cd "$out" && find . -type f) >"$work/files"
	[ "$(wc -l <"$work/files")" = 12 ] || fail "not 12 files rewritten"
	while read -r file; do
		sed "s,$old/\(bin\|sbin\|libexec\),$out/\1,g
			s,$out/bin/messenger-other,$old/bin/messenger-other," \
			"$old/$file" | cmp - "$out/$file" || fail "messenger: $file"
	done <"$work/files"
	# New names, in place of paths and of bare names.
	is_renamed() { # FILE PATTERN...
		file=$1
		shift
		for pattern; do
			names renamed "$file" | grep -q "$pattern" ||
				fail "renamed: $file: no '$pattern'"
		done
	}
	is_renamed share/applications/messenger.desktop '^Exec=OUT/bin/messenger-boxed --open %U$' \
		'^TryExec=OUT/bin/messenger-boxed$' '^Exec="OUT/bin/messenger-boxed" --compose$'
	is_renamed share/applications/messenger-cli.desktop '^Exec=one, & \\1 %f$' \
		'^TryExec=one, & \\1$' '^Name=By its bare name$'
	is_renamed share/dbus-1/services/org.example.Messenger.service \
		'^Exec=OUT/libexec/daemon --session$'
	listing renamed >"$work/listing"
	grep -Fx -e 'bin/messenger-boxed -> LAUNCHER' -e 'bin/one, & \1 -> LAUNCHER' \
		-e 'libexec/daemon -> LAUNCHER' -e 'sbin -> bin' "$work/listing" >"$work/got"
	[ "$(wc -l <"$work/got")" = 4 ] || fail "renamed: $(cat "$work/listing")"
	! grep -E '^(bin/(messenger|messenger-cli)|libexec/messengerd) ' "$work/listing" ||
		fail "renamed: old names are there"
	"$(readlink -f "$all/renamed.out")/bin/one, & \\1" a | grep -q ': a$' ||
		fail "a program of a new name does not start"
	# Only those that are asked for.
	listing some >"$work/listing"
	grep -Fx -e 'bin/messenger -> LAUNCHER' -e 'bin/messenger-cli -> OLD' \
		-e 'libexec/messenger/unused -> LAUNCHER' -e 'bin/msg -> messenger' \
		-e 'libexec/messengerd -> OLD' "$work/listing" >"$work/got"
	[ "$(wc -l <"$work/got")" = 5 ] || fail "some: $(cat "$work/listing")"
	echo "ok: $world: launch files start what is wrapped"
}

check_trees() {
	# Paths to programs through links; names that may follow one another; odd names; modes.
	is_listing tricky <<-'END'
		bin/
		bin/a]b & $(c),'d' -> LAUNCHER
		bin/absolute -> LAUNCHER
		bin/tricky -> LAUNCHER
		bin/tricky-helper -> ../lib/tricky/tricky-helper
		bin/tricky.sh -> LAUNCHER
		etc/
		etc/xdg/
		etc/xdg/autostart/
		etc/xdg/autostart/started.desktop -> ../../../share/applications/tricky.desktop
		include -> OLD
		lib/
		lib/tricky/
		lib/tricky/data.so.1 -> OLD
		lib/tricky/tricky-helper -> LAUNCHER
		lib64 -> lib
		sbin -> usr/sbin
		share/
		share/.hidden -> OLD
		share/a/
		share/a/around -> ../x y
		share/a/new
		line -> ../x y/new
		line
		share/a/nowhere -> OLD
		share/a/programs -> ../../bin
		share/a/self -> OLD
		share/applications/
		share/applications/tricky.desktop 444
		share/x y/
		share/x y/a link -> OUT/bin/tricky.sh
		share/x y/binary -> OLD
		share/x y/new
		line 444
		share/x y/script 555
		usr/
		usr/sbin/
		usr/sbin/tricky-admin -> LAUNCHER
	END
	# Its last line has no end, and gets none.
	{ names tricky share/applications/tricky.desktop && echo .; } >"$work/got"
	diff - "$work/got" <<-'END' || fail "tricky.desktop"
		Exec=OUT/bin/tricky
		Exec='OUT/bin/tricky.sh' OLD/bin/tricky.sh.old OUT/bin/tricky.,OUT/bin/tricky
		Exec=OUT/sbin/tricky-admin OUT/usr/sbin/tricky-admin
		Exec=OUT/lib64/tricky/tricky-helper
		Exec=OUT/share/a/programs/tricky
		Exec=OUT/bin/a]b & $(c),'d'
		Icon=OLD/share/a/tricky.png OLD/bin/tricky-not OLD/lib/tricky/data.so.1
		last OUT/bin/tricky.
	END
	is_listing odd <<-'END'
		bin/
		bin/-dash -> LAUNCHER
		bin/[ -> LAUNCHER
		bin/dangling -> OLD
		bin/directory -> OLD
		bin/elsewhere -> LAUNCHER
		bin/new
		line -> OLD/bin/new
		line
		bin/not-executable -> OLD
		bin/two  blanks -> LAUNCHER
		sbin/
		sbin/administrate -> LAUNCHER
	END
	# What wrapProgram hides stays where it is.
	is_listing wrapped <<-'END'
		bin/
		bin/wrapped -> LAUNCHER
	END
	# Two outputs are one tree.
	listing manifold >"$work/got"
	grep -Fx 'bin/manifold -> LAUNCHER' "$work/got" >/dev/null &&
		grep -x 'share -> .*-manifold-3/share' "$work/got" >/dev/null ||
		fail "manifold: $(cat "$work/got")"
	# Files of other packages that name programs which are also this one's.
	for case in joined environment; do
		for file in applications/joinable.desktop applications/joinable-cli.desktop \
			dbus-1/services/joinable.service; do
			names $case share/$file | grep -q 'Exec=OUT/' || fail "$case: $file"
		done
	done
	# Launch files by whatever folder, and paths however they are spelled.
	out=$(readlink -f "$all/starter.out")
	find "$out/libexec" -mindepth 1 ! -lname '*-launcher' >"$work/got"
	[ "$(find "$out/libexec" -type l | wc -l)" = 20 ] && [ ! -s "$work/got" ] ||
		fail "starter: not wrapped: $(cat "$work/got")"
	(cd "$out" && grep -rl "$(readlink -f "$all/starter.unwrapped")/libexec" . >"$work/got") &&
		fail "starter: started without a box: $(cat "$work/got")"
	names starter lib/mozilla/native-messaging-hosts/escaped.json >"$work/got"
	names starter share/spelled/text >>"$work/got"
	names starter share/spelled/script >>"$work/got"
	diff - "$work/got" <<-'END' || fail "starter: paths that are spelled in other ways"
		{"path":"OUT/libexec/escaped"}
		OUT/bin/starter OUT/bin/starter OUT/bin/starter
		PATH=OUT/bin:OLD/share OUT/bin/$x OLD/bin/data
	END
	names linked share/messenger/template | grep -q '^start OUT/bin/messenger here$' ||
		fail "linked: a text names the package that the link leads to"
	is_listing allowed <<-'END'
		bin/
		bin/stubborn -> LAUNCHER
		libexec -> OLD
		share/
		share/allowed -> OLD
		share/link -> ../bin/stubborn
	END
	# Nothing to wrap.
	is_listing dataOnly <<-'END'
		share -> OLD
	END
	[ "$(cat "$all/dataOnly.out/share/data/content")" = content ] || fail "dataOnly"
	[ "$(cat "$all/fileOnly.out")" = content ] || fail "fileOnly"
	for case in dataOnly fileOnly; do
		[ ! -x "$all/$case.launcher" ] && grep -q 'has no programs' "$all/$case.launcher" ||
			fail "$case: what launcher is this?"
	done
	echo "ok: $world: trees"
}

# One launcher for a package, by however many names; its closure is that of the package.
check_launchers() {
	for case in hello jq git python coreutils siblings messenger hundred manifold; do
		set -- "$(readlink -f "$all/$case.unwrapped")"
		[ $case != manifold ] || set -- "$@" "$(build pkgs.specimens.manifold.out)"
		[ $case != jq ] || set -- "$@" "$(build pkgs.jq.out)"
		check_closure $case "$@"
		[ -z "$(find "$(readlink -f "$all/$case.out")/bin" -type f)" ] ||
			fail "$case: a program that is not the launcher"
	done
	launcher=$(readlink -f "$all/hundred.launcher")
	[ "$(listing hundred | grep -c -- '-> LAUNCHER')" = 90 ] &&
		[ "$(listing hundred | grep -c '^bin/program-[0-9]* -> program-[0-9]*$')" = 10 ] &&
		[ -f "$launcher" ] || fail "a hundred programs: not one launcher and ten links"
	build tests >/dev/null
	# And the same a second time.
	expressions nix-build --no-out-link --check -A wrapped.messenger >"$work/got" 2>&1 ||
		fail "not the same twice: $(tail -n 30 "$work/got")"
	echo "ok: $world: launchers"
}

# What policies name is in the box, with what it needs.
check_policies() {
	cat >"$work/script" <<-'END'
		"$JQ" -n 3
		"$LS" -d /
		read -r line <"$NOTE"
		echo "$line"
		echo "$TEXT"
	END
	printf '%s\n' 3 / 'a note with blanks' "two  blanks, \"quotes\" and 'more'" >"$work/want"
	dash=$(readlink -f "$all/named.out")/bin/dash
	"$dash" -c "$(cat "$work/script")" >"$work/got"
	diff "$work/want" "$work/got" || fail "the packages that the policy names do not work"
	# shellcheck disable=SC2016 # for that shell to expand
	check_closure named "$(readlink -f "$all/named.unwrapped")" "$(build pkgs.jq.bin)" \
		"$(build pkgs.coreutils)" "$("$dash" -c 'echo "$NOTE"')" \
		"$(build pkgs.specimens.greeter)" "$(build pkgs.specimens.data)"
	# Only the policies that apply, and what these name.
	check_closure conditions "$(readlink -f "$all/conditions.unwrapped")" "$(build pkgs.jq.bin)"
	"$closurebox/bin/closurebox" inspect --policy "$(readlink -f "$all/conditions.launcher")" |
		grep -o '"\(FILE\|NO_FILE\|LIBRARY\|NO_LIBRARY\)"' | sort | tr '\n' ' ' >"$work/got"
	[ "$(cat "$work/got")" = '"FILE" "LIBRARY" ' ] || fail "conditions: $(cat "$work/got")"
	# Boxes have the package's name, which is no policy in place of the default one.
	for case in hello=hello conditions=messenger inPlaceUser=other; do
		"$closurebox/bin/closurebox" inspect --policy \
			"$(readlink -f "$all/${case%=*}.launcher")" >"$work/got"
		{
			grep -q "\"name\": \"${case#*=}\"" "$work/got" &&
				grep -q CLOSURE_PATH "$work/got"
		} ||
			fail "${case%=*}: not the name or not the policy: $(cat "$work/got")"
	done
	echo "ok: $world: policies"
}

# What must not build says why.
check_mistakes() {
	! expressions nix-build -k --no-out-link -A mistakes >/dev/null 2>"$work/build" ||
		fail "the mistakes can be built"
	while read -r want; do
		grep -q -- "$want" "$work/build" || fail "no '$want' in: $(cat "$work/build")"
	done <<-'END'
		closurebox: .*-data-1 has no programs in bin or sbin to wrap
		closurebox: programs: .*-messenger-1.2 has no program 'messengr'
		^  messenger-cli$
		closurebox: rename: 'msg' is none of the programs that are wrapped
		closurebox: rename: there is a 'not-executable' already, beside '-dash'
		closurebox: two programs have the name 'same'; give one another with 'rename':
		^  .*-twice-1/sbin/same$
		closurebox: control characters cannot be in the name of a program: .*/new
		closurebox: .*-stubborn-1: files would start programs outside of boxes
		^  libexec/starter names /nix/store/.*-stubborn-1/bin/stubborn$
		allowUnwrapped = \[ "libexec/starter" \];
		^  libexec/escaped names .*/bin..stubborn$
		^  libexec/searcher names /nix/store/.*-stubborn-1/bin$
		programs.closurebox.arguments.stubborn.allowUnwrapped
		closurebox: 'tools', which is installed as well, has programs: .*/bin/two
		policy-1.json:.* error: .*runtime-directory
	END
	[ "$(grep -c 'would start programs' "$work/build")" = 1 ] &&
		! grep -E 'library.so|libexec/data|share/(allowed|link)' "$work/build" ||
		fail "harmless files are refused: $(cat "$work/build")"
	echo "ok: $world: mistakes"
}

# The last look at a tree finds what the rewriting has left out.
check_check() {
	attempt() { # SED-SCRIPT FILE WANT
		rm -rf "$work/library"
		mkdir "$work/library"
		cp -R "$srcdir/nix" "$srcdir/schemas" "$work/library"
		sed -i "$1" "$work/library/nix/$2"
		! cmp -s "$srcdir/nix/$2" "$work/library/nix/$2" || fail "nothing to change: $1"
		! expressions nix-build --no-out-link --arg library "$work/library/nix" \
			-A "wrapped.$4" >/dev/null 2>"$work/build" || fail "not found: $1"
		grep -q -- "$3" "$work/build" || fail "$1: no '$3' in: $(cat "$work/build")"
	}
	attempt 's/-f text.sed/-e ""/' wrap-tree.sh \
		'^  share/applications/messenger.desktop names .*/bin/messenger$' messenger
	attempt 's/^\t\tfind_texts$/texts=() launchTexts=()/' wrap-tree.sh \
		'^  lib/udev/rules.d/70-messenger.rules names .*/bin/messenger-cli$' messenger
	attempt 's/^\t\tlist_links$/links=()/' wrap-tree.sh \
		'^  share/a/programs leads to /nix/store/.*-tricky-1/bin$' tricky
	# shellcheck disable=SC2016 # for that shell
	attempt 's|^\t\tcheck_tree$|ln -sf "${program[/bin/hello]}" "$out/bin/hello"; &|' \
		wrap.sh '^  bin/hello leads to /nix/store/.*/bin/hello$' hello
	attempt 's/ -f launch.sed//' wrap-tree.sh \
		'^  share/dbus-1/services/joinable.service names .*/libexec/joinabled$' joined
	echo "ok: $world: what is left out is found"
}

# Nix and nixpkgs install what they should, and find all of it.
check_installation() {
	has() { # DIRECTORY FILE...: a manual may be compressed
		directory=$1
		shift
		for file; do
			[ -e "$directory/$file" ] || [ -e "$directory/$file.gz" ] ||
				fail "$directory has no $file"
		done
	}
	man=share/man/man1
	expressions nix-env -p "$work/profile" -iA wrapped.messenger wrapped.manifold -f \
		2>"$work/got" || fail "nix-env: $(cat "$work/got")"
	has "$work/profile" bin/messenger bin/manifold $man/messenger.1 $man/manifold.1
	[ ! -e "$work/profile/include" ] || fail "nix-env has installed what nobody asked for"
	"$work/profile/bin/manifold" |
		cmp - "$(build pkgs.specimens.manifold.out)/share/manifold/data" ||
		fail "an installed program does not start"
	has "$(build profile)" bin/messenger bin/jq $man/messenger.1 $man/jq.1 include/manifold.h
	# The derivation has these outputs itself: newer commands ask for them, not for attributes.
	derivation=$(expressions nix-instantiate -A wrapped.messenger 2>"$work/got") ||
		fail "messenger: $(cat "$work/got")"
	has "$(nix-store -r "$derivation!man" 2>"$work/got")" $man/messenger.1
	nix --extra-experimental-features nix-command profile install --impure \
		--profile "$work/other" --expr "(import $srcdir/tests/nix/wrap.nix {
			world = \"$world\"; store = $store; built = \"$closurebox\";
		}).wrapped.messenger" 2>"$work/got" || fail "nix profile: $(cat "$work/got")"
	has "$work/other" bin/messenger
	echo "ok: $world: installed by nix-env, nix profile and buildEnv"
}

# Packages whose paths depend on what is in them.
check_content_addressed() {
	for attribute in contentAddressed allContentAddressed; do
		# shellcheck disable=SC2086 # options
		path=$(build $attribute $ca)
		# shellcheck disable=SC2086
		build $attribute.tests.launcher $ca >/dev/null
		set -- "$path"/bin/*
		[ $attribute != contentAddressed ] ||
			nix-store -q --references "$(readlink -f "$1")" | grep -q other-addressed ||
			fail "the launcher has no other content-addressed package of its policy"
		"$1" | grep -q . || fail "$attribute: $1 does not start"
	done
	echo "ok: content-addressed packages"
}

# What wrapping costs: processes for a package, and not for a program.
check_cost() {
	for case in hello hundred; do
		expressions strace -f -qq -e trace=execve -o "$work/trace" \
			nix-build --no-out-link --check -A "wrapped.$case" >"$work/got" 2>&1 ||
			fail "$case: $(cat "$work/got")"
		# From the builder on.
		sed '1,/execve("[^"]*\/bash", .* = 0$/d' "$work/trace" | grep -c 'execve(.*) = 0$' \
			>"$work/count.$case"
	done
	few=$(cat "$work/count.hello")
	many=$(cat "$work/count.hundred")
	[ "$few" -ge 5 ] || fail "only $few processes were seen"
	# Links between programs take one more.
	[ "$many" -le 16 ] && [ "$many" -le $((few + 4)) ] ||
		fail "$many processes for a hundred programs, $few for one"
	echo "ok: $many processes for a hundred programs, $few for one"
}

in_world() {
	check_attributes
	[ "$world" = set ] || NIX_CONFIG=$given
	all=$(build all)
	check_programs
	check_messenger
	check_trees
	check_launchers
	check_policies
	check_mistakes
	check_installation
}

in_world
check_content_addressed
check_check
if command -v strace >/dev/null; then
	check_cost
else
	echo "no strace here: nothing was counted"
fi

# A GTK program opens its window from a box.
window=$(build window)
if start_display; then
	"$window/bin/gtk3-demo" >"$work/demo" 2>&1 &
	wait_for window Gtk3-demo || fail "no window: $(cat "$work/demo")"
	stop_display
	echo "ok: gtk3-demo opens a window from a box"
else
	echo "no Xvfb or no xwininfo here: no window was opened"
fi

if nix-instantiate --find-file nixpkgs >/dev/null 2>&1; then
	world=nixpkgs
	in_world
else
	echo "no nixpkgs here: not tested with it"
fi
