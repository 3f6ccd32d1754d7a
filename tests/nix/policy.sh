#!/bin/sh
# nix/policy.nix, nix/options.nix and nix/default-policy.nix: what Nix takes for a policy is what
# closurebox takes, mistakes are named when Nix evaluates, the default policy's boxes are of use.
# shellcheck disable=SC2154,SC2153,SC2164 source=tests/nix/common
. "$srcdir/tests/nix/common"

command -v python3 >/dev/null || skip "no python3 here, which compares"
fixture_set
closurebox_package
jq=$store/jq/bin/jq

# Content-addressed derivations are looked at, not built.
NIX_CONFIG="$NIX_CONFIG
extra-experimental-features = ca-derivations"

expressions() { # COMMAND ARGUMENT...: a Nix command on policy.nix
	"$@" "$srcdir/tests/nix/policy.nix" --arg store "$store" --argstr built "$closurebox"
}

value() { # ATTRIBUTE [ARGUMENT...]: the value of an attribute as JSON
	attribute=$1
	shift
	expressions nix-instantiate --eval --strict --json -A "$attribute" "$@" 2>"$work/error" ||
		fail "$attribute: $(cat "$work/error")"
}

same() { # WHAT: $work/want and $work/got
	diff "$work/want" "$work/got" || fail "$1"
	echo "ok: $1"
}

# Against closurebox's own reader, and Python's validator where it is installed: every policy of
# the tests, and many with one change. Against Python's regular expressions: every pattern.
python=python3
for candidate in python3 /usr/bin/python3; do
	if "$candidate" -c 'from jsonschema import Draft202012Validator' 2>/dev/null; then
		python=$candidate
		break
	fi
done
judge() { "$python" "$srcdir/tests/nix/compare-policies.py" "$@" || fail "compare-policies.py $1"; }
judge collect "$srcdir" "$CLOSUREBOX" "$work/cases"
value judged --argstr cases "$work/cases" >"$work/judged"
judge compare "$srcdir" "$work/cases" "$work/judged"

# Messages name the option and what was expected.
value mistakes | "$jq" -r '.[]' >"$work/got"
: >"$work/want"
same "mistakes are named"

refused() { # ATTRIBUTE TEXT...: the error has each of these
	attribute=refused.$1
	shift
	! expressions nix-instantiate --eval --strict -A "$attribute" \
		>"$work/got" 2>"$work/error" || fail "$attribute is taken: $(cat "$work/got")"
	for text; do
		grep -qF -- "$text" "$work/error" ||
			fail "$attribute: not '$text': $(cat "$work/error")"
	done
}
refused policy "closurebox policy: unknown option 'filesytem'; did you mean 'filesystem'?" \
	"closurebox policy: filesystem[0].access: 'rwx' is none of 'read-only', 'read-write'"
refused list "closurebox policy: policy[1][1]: home: 'away' is none of 'none',"
refused file "policy-words/policy.json: home: 'privat' is none of"
refused derivation '-tool would have to be built'
refused derivationPath '-tool/policy.json would have to be built'
refused text "expected an attribute set, not 'base'"
NIX_CONFIG="$NIX_CONFIG
show-trace = true" refused syntax '-no-json.json'
refused oneOfList 'closurebox policy: a list has no JSON of its own'
refused oneOfWhen 'closurebox policy: a condition has no JSON of its own'
refused oneOfChecked 'closurebox policy: a checked policy has no JSON of its own'
refused function 'expected an attribute set, not a function'
refused condition "unknown condition 'files'; expected 'file' or 'library'"
refused noCondition "no condition; expected 'file' or 'library'"
refused lines 'file: expected a string of one line that is not empty'
refused checked "home: 'away' is none of 'none',"
refused twiceChecked "a 'when' of 'file' is in another"
refused twice "a 'when' of 'file' is in another"

# What builders read: three lines for each policy.
value lines | "$jq" -r . >"$work/lines"
sed 's/{"arguments.*/.../; s/{.*"batch-job".*/batch-job/' "$work/lines" >"$work/got"
cat >"$work/want" <<'END'


{"closurebox":1}
share/*

batch-job
share/*
^lib(a|b)[.]so
{"closurebox":1,"name":"x"}

\$
{"closurebox":1}
*
\$
{"closurebox":1}

END
same "three lines for each policy"
[ "$(value context)" = true ] || fail "the texts do not need what they name"
[ "$(value long)" -gt 3000000 ] || fail "long texts are cut"

# The options: of the set's module system, and of nixpkgs' where that is.
cat >"$work/merged" <<'END'
{
  "accepted": [],
  "appended": {
    "accept-risk": ["x11", "home"],
    "environment": { "inherit": ["A*"], "set": { "A": "$HOME", "B": "b" } },
    "filesystem": [{ "bind": "/a" }, { "bind": "/b" }],
    "process": { "limits": { "open-files": 5 }, "nice": 5 }
  },
  "empty": { "process": {} },
  "file": "batch-job.json",
  "kinds": {
    "closurebox": 1,
    "descriptors": "inherit",
    "environment": { "inherit": "all" },
    "nested-sandbox": true,
    "process": { "limits": { "core-size": "4G" }, "stop-timeout": "5s" },
    "working-directory": { "access": "read-only" }
  },
  "priority": { "home": "host", "network": "host" },
  "several": [{ "name": "b" }, { "home": "private" }, { "home": "none", "network": "host" }]
}
END
"$jq" -S . "$work/merged" >"$work/want"
modules() { # WHOSE [ARGUMENT...]
	whose=$1
	shift
	value merged "$@" | "$jq" -S . >"$work/got"
	# Lists of modules come in the order that the module system gives them.
	same "options with the module system of $whose"
	[ "$(value options "$@")" = true ] || fail "$whose: an option of the schema is not there"
	for error in 'option box.network' 'entry [0-9]]".access: .rwx. is none of' \
		'name environment.set."1X": ' 'conflict conflicting definition values' \
		'several box.1.: network: .hots. is none' \
		'unknown box.filesytem. does not exist' 'number not of type .closurebox policy'; do
		! expressions nix-instantiate --eval --strict -A "refused.${error%% *}" "$@" \
			>"$work/got" 2>"$work/error" || fail "$whose: ${error%% *} is taken"
		grep -q -- "${error#* }" "$work/error" ||
			fail "$whose: not '${error#* }': $(cat "$work/error")"
	done
}
modules "the package set"
if nix-instantiate --find-file nixpkgs >/dev/null 2>&1; then
	modules nixpkgs --arg lib 'import <nixpkgs/lib>'
fi

# The default policy, by what a package and its closure have: made by the builder's own function.
value defaults | "$jq" -r . >"$work/defaults"
value defaultsOfGo | "$jq" -r . >"$work/defaults-of-go"
cat >"$work/select" <<'END'
set -eu
. "$1"
closureboxSelectPolicies "$2" "$3" -- "$4"
printf '%s\n' "${closureboxPolicyArguments[@]}"
END
# What is in the closure: LINES FILE...; a name with a slash is a file of the package, others are
# libraries, once where nixpkgs and once where Debian has them.
facts() {
	lines=$1
	shift
	for directory in lib lib/x86_64-linux-gnu; do
		rm -rf "$work/facts"
		mkdir -p "$work/facts/package/bin" "$work/facts/other/$directory" \
			"$work/facts/build"
		printf '%s\n' "$work/facts/package" "$work/facts/other" >"$work/facts/closure"
		for file; do
			case $file in
			*/*) file=$work/facts/package/$file ;;
			*) file=$work/facts/other/$directory/$file ;;
			esac
			mkdir -p "${file%/*}"
			: >"$file"
		done
		(cd "$work/facts/build" && "$store/bash/bin/bash" "$work/select" \
			"$srcdir/nix/select-policies.sh" "$lines" "$work/facts/package" \
			"$work/facts/closure" | grep -v '^--policy$' |
			xargs "$CLOSUREBOX" policy --merge) >"$work/facts/policy"
		# shellcheck disable=SC2016 # jq's variables
		"$jq" -r '[.filesystem[] | .bind // empty] as $binds |
			"\(.network) \(.home) \(.arguments.files)"
			+ if ($binds | index("/dev/dri"))
				and (."path-variables" | index("XDG_DATA_DIRS"))
				then " display" else "" end
			+ if $binds | index("$XDG_RUNTIME_DIR/pulse/native")
				then " sound" else "" end
			+ if ."nested-sandbox" then " nested" else "" end' "$work/facts/policy"
	done | sort -u
}
checks=0
expect() { # FACTS FILE...
	want=$1
	shift
	got=$(facts "$work/defaults" "$@")
	[ "$got" = "$want" ] || fail "the default policy with $*: $got, not $want"
	checks=$((checks + 1))
}
plain='none none read-write'
expect "$plain"
expect "$plain" libcrypto.so.3 libgtk-3-0 libc.so.6 libssl.a libsslx.so share/doc/x.desktop
for file in libssl.so.3 libgnutls.so.30 libssl3.so libmbedtls.so.14 libtls.so.28; do
	expect 'host none read-write' $file
done
for file in libgtk-3.so.0.2406.32 libgtk-4.so.1 libgtk-x11-2.0.so.0 libQt5Gui.so.5 libQt6Gui.so.6 \
	libQtGui.so.4 libSDL2-2.0.so.0 libSDL-1.2.so.0 libSDL3.so.0 libwayland-client.so.0; do
	expect "$plain display sound" $file
done
expect 'none private read-write display sound' share/applications/org.example.App.desktop
expect 'host private read-write display sound' share/applications/app.desktop libgtk-4.so.1 \
	libgnutls.so.30
for file in libasound.so.2 libpulse.so.0 libpipewire-0.3.so.0 libjack.so.0 libopenal.so.1; do
	expect "$plain sound" $file
done
expect "$plain nested" libwebkit2gtk-4.1.so.0
expect "$plain nested" libwebkitgtk-6.0.so.4
expect "$plain nested" libQt6WebEngineCore.so.6
expect "$plain nested" libexec/electron/chrome-sandbox
expect "$plain nested" opt/Example/resources/app.asar
[ "$(facts "$work/defaults-of-go")" = 'host none read-write' ] || fail "no network for Go"
echo "ok: $checks default policies"

# And its boxes, as this user and, if that is root, as an ordinary one. They are started from where
# such a user may be, straight from the store.
for attribute in hello jq python git gtk window windowOfNetwork; do
	expressions nix-build -A "boxes.$attribute" -o "$store/result-$attribute" \
		>"$work/built" 2>"$work/build" || fail "$attribute: $(tail -n 30 "$work/build")"
done
box() { # ATTRIBUTE PROGRAM ARGUMENT...
	launcher=$(readlink "$store/result-$1")/bin/$2
	shift 2
	HOME=$home $run "$launcher" "$@"
}
says() { # TEXT COMMAND...
	want=$1
	shift
	got=$("$@" 2>&1) || fail "$run $*: $got"
	[ "$got" = "$want" ] || fail "$run $*: $got, not $want"
}
cat >"$work/script.py" <<'END'
import os, sys
print(open(sys.argv[1]).read(), end="")
print(sorted(os.listdir(os.path.dirname(os.path.abspath(sys.argv[1])))))
print(open("/proc/net/dev").read() == sys.stdin.read())
for path in ("new", os.environ["HOME"] + "/new"):
    try:
        open(path, "w")
        print("written", path)
    except OSError as error:
        print(error.strerror)
open(sys.argv[1], "w").write("changed\n")
END
# Below $top, which is not below /tmp: that is the box's own.
prepare() {
	home=$top/home
	mkdir -p "$home/below" "$home/clone" "$top/data/repository"
	cp "$work/script.py" "$top/data"
	echo '{"a":1}' |
		tee "$home/in.json" "$home/below/in.json" "$top/data/in.json" >"$home/other"
	cd "$top/data/repository"
	"$store/git/bin/git" init -q
	"$store/git/bin/git" -c user.name=N -c user.email=n@example.org \
		commit -q --allow-empty -m first
	[ -z "$run" ] || chown -R 65534:65534 "$top"
}
try_boxes() {
	cd "$home"
	says 'Hello, world!' box hello hello
	says '{"a":1}' box jq jq -c . in.json
	says '{"a":1}' box jq jq -c . "$top/data/in.json"
	cd below
	says '{"a":1}' box jq jq -c . in.json
	says '{"a":1}' box jq jq -c . ../in.json
	# What is not named is not there, and what cannot be kept is not lost without a word. Python
	# has TLS, and so the network.
	cd ..
	says "$(printf '%s\n' '{"a":1}' "['in.json']" True 'Read-only file system' \
		'Read-only file system')" box python python3 "$top/data/script.py" in.json \
		</proc/net/dev
	says changed cat in.json
	# shellcheck disable=SC2016 # jq's variables
	says false box jq jq -n --rawfile box /proc/net/dev --rawfile host "$work/net" \
		'$box == $host'
	# Elsewhere the directory is there, and what is written there stays.
	cd below
	says "$(printf '%s\n' '{"a":1}' "['in.json']" True 'written new' \
		'Read-only file system')" box python python3 "$top/data/script.py" in.json \
		</proc/net/dev
	says './in.json ./new' echo ./*
	# A repository; and a copy of it where it stands, or in a directory that is named.
	cd "$top/data/repository"
	says first box git git log --format=%s
	cd ..
	box git git clone -q repository copy 2>"$work/error" ||
		fail "$run git clone: $(cat "$work/error")"
	cd "$home"
	box git git clone -q ../data/copy clone 2>"$work/error" ||
		fail "$run git clone in the home directory: $(cat "$work/error")"
	says first box git git -C clone log --format=%s
	! box git git clone -q ../data/copy lost 2>"$work/error" || fail "a copy is lost"
	# Without a home, as services are.
	home=
	says 'Hello, world!' box hello hello
}
cat /proc/net/dev >"$work/net"
chmod 755 "$work"
for run in "" "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"; do
	[ -z "$run" ] || [ "$(id -u)" = 0 ] || continue
	top=$(mktemp -d /var/tmp/closurebox-test.XXXXXX)
	status=0
	(prepare && try_boxes) || status=$?
	rm -rf "$top"
	[ "$status" = 0 ] || exit "$status"
	echo "ok: boxes of the default policy${run:+, as an ordinary user}"
done

# X11 only for who accepts it.
run=
home=$work/home
mkdir "$home"
if start_display; then
	! box gtk gtk3-demo >"$work/demo" 2>&1 || fail "a display without Wayland"
	grep -q 'cannot open display' "$work/demo" || fail "$(cat "$work/demo")"
	stop_display
	for attribute in window windowOfNetwork; do
		start_display
		box $attribute gtk3-demo >"$work/demo" 2>&1 &
		wait_for window Gtk3-demo || fail "$attribute: none: $(cat "$work/demo")"
		stop_display
	done
	kept=$(echo "$home"/.local/share/closurebox/*/home)
	[ -d "$kept" ] || fail "no home is kept: $kept"
	echo "ok: gtk3-demo opens a window where X11 is accepted"
else
	echo "no Xvfb or no xwininfo here: no window was opened"
fi
