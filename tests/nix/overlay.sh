#!/bin/sh
# nix/overlay.nix, nix/boxed.nix and nix/policies: the overlay adds two attributes and changes no
# other, `boxed` is the same set in boxes, evaluated only where it is asked for and in linear time;
# and with the policies that are written by hand programs do what they are for, and no more.
# shellcheck disable=SC2154,SC2034 source=tests/nix/common
. "$srcdir/tests/nix/common"

fixture_set curl
closurebox_package
jq=$store/jq/bin/jq

# Nothing may be built to evaluate; content-addressed derivations are only looked at.
NIX_CONFIG="$NIX_CONFIG
allow-import-from-derivation = false
extra-experimental-features = ca-derivations"

world="set"
expressions() { # COMMAND ARGUMENT...: a Nix command on overlay.nix
	"$@" "$srcdir/tests/nix/overlay.nix" --argstr world "$world" --arg store "$store" \
		--argstr built "$closurebox"
}

value() { # ATTRIBUTE [ARGUMENT...]: the value of an attribute as JSON
	attribute=$1
	shift
	expressions nix-instantiate --eval --strict --json -A "$attribute" "$@" 2>"$work/error" ||
		fail "$attribute: $(cat "$work/error")"
}

# The value of an attribute of this world is what standard input says.
is() { # ATTRIBUTE [ARGUMENT...]
	"$jq" -S . >"$work/want"
	value "$@" | "$jq" -S . >"$work/got"
	diff "$work/want" "$work/got" || fail "$world: $1"
	echo "ok: $world: $1"
}

# --- the overlay

in_every_world() {
	is names <<-END
		{ "added": ["boxed", "closurebox"], "lost": [] }
	END
	value drvPaths --arg generated 2000 >"$work/paths"
	"$jq" -e '.changed == [] and .compared > 2020 and (.nested | all)' \
		"$work/paths" >/dev/null ||
		fail "$world: other derivations: $(cat "$work/paths")"
	"$jq" -e '.control | index("hello") and index("specimens.odd")' "$work/paths" >/dev/null ||
		fail "$world: a changed derivation is not found: $(cat "$work/paths")"
	echo "ok: $world: $("$jq" -r '"\(.compared) derivations, \(.thrown) throw"' "$work/paths")"

	is shape <<-END
		{
			"top": true, "specimens": true, "nested": true, "inner": true,
			"generated": true, "python": true, "recurse": true, "function": 3,
			"number": 1, "nothing": null, "path": true, "text": "a text",
			"list": [false], "itself": true, "closurebox": true, "lib": "a-b",
			"caseNames": ["_type", "functor", "hello", "option",
				"recurseForDerivations", "tools", "type"],
			"hello": true, "functor": true, "option": true,
			"boxed": [true, true, true, true], "withoutOverlay": true
		}
	END
	is withArguments <<-END
		{ "nothing": true, "rename": true, "policy": { "network": "host" }, "output": true }
	END
	is lazy <<-END
		{
			"names": true, "throwing": false, "caught": [false, false, false, true],
			"evaluated": [true, true, true, false], "broken": true,
			"unfree": "unfree-specimen-1", "untouched": true,
			"beside": "$(value plain.hello.name | "$jq" -r .)"
		}
	END
	# Who asks for them is told what the package itself tells.
	for package in broken unfree unsupported throwing; do
		for set in plain boxed; do
			! expressions nix-instantiate --eval -A "$set.specimens.$package.drvPath" \
				>"$work/$set" 2>&1 ||
				fail "$world: $set.specimens.$package: no error"
			sed -i '/^ *at .*:[0-9]*:[0-9]*:$/,$d; /--show-trace/d' "$work/$set"
		done
		diff "$work/plain" "$work/boxed" || fail "$world: $package: another error"
	done

	tools="is what shell scripts and builds are made of, and works on whatever files they name"
	fetched="is fetched as it is, and nothing that refers to the store may be in it"
	is reasons <<-END
		{
			"bash":
				"starts whatever it is asked to, which then would be in its box",
			"coreutils": "$tools",
			"stdenv": "is a standard environment",
			"closurebox": "is what puts programs into boxes",
			"makeWrapper": "is read by builds and starts nothing",
			"source": "$fetched",
			"alreadyBoxed": "is in a box already",
			"inPlace": "is in a box already", "notInPlace": null,
			"byHand": "is in a box already", "notByHand": null,
			"otherSystem":
				"is for aarch64-linux, and launchers are for x86_64-linux",
			"kernel": "is a kernel",
			"firmware": "is for devices and starts nothing",
			"hidden":
				"hides from Nix what it refers to, so its closure is not known",
			"shown": null,
			"manual":
				"is the output 'man' of a package, which has no programs to start",
			"path": null, "hello": null, "broken": null, "data": null,
			"manifold": null, "tools": null
		}
	END
	is unchanged <<-END
		[true, true, true]
	END
}
in_every_world
if nix-instantiate --find-file nixpkgs >/dev/null 2>&1; then
	world=nixpkgs
	in_every_world
	world="set"
else
	echo "no nixpkgs in NIX_PATH: only the set of packages that is here"
fi

# Every name has one reason, and every reason is a sentence without its subject.
grep -o '^      "[^"]*"' "$srcdir/nix/unwrappable.nix" | sort | uniq -d >"$work/twice"
[ ! -s "$work/twice" ] || fail "unwrappable.nix has twice: $(cat "$work/twice")"
value allReasons | "$jq" -e 'all(.[]; test("^[a-z][a-z]*s [^.]*[^.]$"))' >/dev/null ||
	fail "unwrappable.nix: a reason of another form"

# --- what evaluation costs, by counters, which are the same on every machine

counted() { # ATTRIBUTE NUMBER: what evaluating that many packages counts
	NIX_SHOW_STATS=1 expressions nix-instantiate --eval -A "cost.$1" --arg generated "$2" \
		2>"$work/statistics" >/dev/null || fail "cost.$1: $(cat "$work/statistics")"
	"$jq" -c '[.nrFunctionCalls, .nrThunks, .sets.number, .nrPrimOpCalls,
		.nrOpUpdateValuesCopied, .values.number]' "$work/statistics"
}
thousand=$(counted boxed 1000)
thousands=$(counted boxed 2000)
echo "evaluating 1000 packages in boxes: $thousand; 2000: $thousands"
"$jq" -en "[$thousand, $thousands] | transpose | all(.[1] < 2.2 * .[0])" >/dev/null ||
	fail "evaluation is not linear"
# A package in its box is two derivations, and a policy.
unboxed=$(counted plain 1000)
nothing=$(counted nothing 1000)
"$jq" -en "[$nothing, $unboxed, $thousand] | transpose | all(.[2] - .[0] < 8 * (.[1] - .[0]))" \
	>/dev/null || fail "a package in a box costs too much: unboxed $unboxed, boxed $thousand"

# --- the policies

is mistakes <<-END
	[]
END
is policiesFor <<-END
	{
		"clang-wrapper": ["gcc-wrapper.json"], "firefox": ["firefox.json"],
		"firefox-esr": ["firefox.json"], "gcc-wrapper": ["gcc-wrapper.json"],
		"git": ["git.json"], "git-minimal": ["git.json"], "mpv": ["mpv-with-scripts.json"],
		"mpv-with-scripts": ["mpv-with-scripts.json"], "no-such-package": []
	}
END

hello=$(readlink "$store/hello")
nix-store -qR "$hello" | xargs nix-store --dump-db >"$work/graph"
value policyLines >"$work/lines"
# npm takes its tokens from such variables.
! grep -lF '"npm_config_*"' "$srcdir"/nix/policies/*.json || fail "a policy hands on tokens"
count=0
for file in "$srcdir"/nix/policies/*.json; do
	policy=$(basename "$file" .json)
	"$closurebox/bin/closurebox" policy check "$file" || fail "$policy.json"
	# It accepts no risk that it does not take.
	for risk in $("$jq" -r '."accept-risk" // [] | .[]' "$file"); do
		# shellcheck disable=SC2016 # of jq
		"$jq" --arg risk "$risk" '."accept-risk" -= [$risk]' "$file" >"$work/cautious.json"
		! "$closurebox/bin/closurebox" policy check "$work/cautious.json" 2>"$work/error" ||
			fail "$policy.json accepts the risk '$risk' and has it not"
		grep -qF "brings the risk '$risk'" "$work/error" || fail "$(cat "$work/error")"
	done
	# What the builders read of it makes a launcher.
	# shellcheck disable=SC2016 # of jq
	"$jq" -r --arg policy "$policy" '.[$policy]' "$work/lines" | sed -n 'n;n;p' >"$work/texts"
	set --
	while read -r text; do
		echo "$text" >"$work/policy-$#.json"
		set -- "$@" --policy "$work/policy-$#.json"
	done <"$work/texts"
	[ "$#" -ge 4 ] || fail "$policy: too few policies: $*"
	"$closurebox/bin/closurebox" compile --graph "$work/graph" --program "$hello/bin/hello" \
		"$@" -o "$work/launcher" || fail "$policy: no launcher"
	called=$("$closurebox/bin/closurebox" inspect --json "$work/launcher" | "$jq" -r .name)
	[ "$called" = "$policy" ] || fail "$policy: the box is called $called"
	count=$((count + 1))
done
[ "$count" -ge 25 ] || fail "only $count policies"
echo "ok: $count policies"

# --- programs with them

for program in git jq python3 calculator data tools cc curl; do
	expressions nix-build -A "programs.$program" -o "$work/$program" \
		>/dev/null 2>"$work/build" ||
		fail "$program: $(tail -n 30 "$work/build")"
done
[ "$(readlink -f "$work/data/share/data/content")" != "$work/data/share/data/content" ] ||
	fail "a package without programs is no link tree"
"$closurebox/bin/closurebox" inspect "$work/tools/bin/client" >/dev/null ||
	fail "an output that is a package of its own is in no box"
[ ! -e "$work/tools/bin/server" ] || fail "an output has the programs of another"

# A server on the loopback interface of the host.
cat >"$work/server.py" <<-END
	import socket
	server = socket.create_server(("127.0.0.1", 0))
	with open("$work/port.new", "w") as file:
	    file.write(str(server.getsockname()[1]))
	__import__("os").rename("$work/port.new", "$work/port")
	while True:
	    connection = server.accept()[0]
	    knows = b", which knows" if b"secret" in connection.recv(4096) else b""
	    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nfrom the host" + knows + b"\n")
	    connection.close()
END
"$store/python3-minimal/bin/python3" "$work/server.py" &
running=$!
wait_for test -s "$work/port" || fail "no server"
port=$(cat "$work/port")

# What the programs are started in, by whom, and how.
start() { # PROGRAM ARGUMENT...: in $here; leaves $status and $work/out
	program=$1
	shift
	# Straight from the store: another user may not be let through to where the links are.
	program=$(readlink "$work/${program%%/*}")/bin/${program#*/}
	status=0
	# shellcheck disable=SC2086 # words of a command
	(cd "$here" && env -u XDG_CONFIG_HOME -u XDG_DATA_HOME -u XDG_DOWNLOAD_DIR HOME="$home" \
		$as "$program" "$@" </dev/null) >"$work/out" 2>&1 || status=$?
}
gives() { # TEXT PROGRAM ARGUMENT...
	text=$1
	shift
	start "$@"
	[ "$status $(cat "$work/out")" = "0 $text" ] ||
		fail "$as $*: status $status, not '$text': $(cat "$work/out")"
}
refuses() { # TEXT PROGRAM ARGUMENT...
	text=$1
	shift
	start "$@"
	[ "$status" != 0 ] || fail "$as $*: status 0: $(cat "$work/out")"
	grep -qF -- "$text" "$work/out" || fail "$as $*: not '$text': $(cat "$work/out")"
}

run_programs() {
	mkdir -p "$home/project/lib" "$home/.ssh"
	echo secret >"$home/secret"
	echo key >"$home/.ssh/id_ed25519"
	printf '[user]\n\tname = A\n\temail = a@example.org\n' >"$home/.gitconfig"
	echo 'def twice: 2 * .;' >"$home/.jq"
	echo '{ "a": 21 }' >"$home/project/data.json"
	echo 'def answer(): return 42' >"$home/project/helper.py"
	printf '#include "lib/lib.h"\nint main(void) { return ANSWER; }\n' >"$home/project/main.c"
	echo '#define ANSWER 0' >"$home/project/lib/lib.h"
	chmod -R a+rX "$home"
	[ -z "$as" ] || chown -R 65534:65534 "$home"

	# git: works on the repository it is started in, as the user.
	here=$home/project
	start git/git init -q
	[ "$status" = 0 ] || fail "$as git init: $(cat "$work/out")"
	start git/git add data.json
	start git/git commit -q -m first
	gives "A <a@example.org> first" git/git log --format='%an <%ae> %s'
	refuses "example.org git-upload-pack" git/git ls-remote ssh://example.org/repository
	refuses "Read-only file system" git/git clone -q . "$home/clone"
	refuses "Read-only file system" git/git clone -q . /tmp/clone
	start git/git worktree add -q tree
	cmp "$here/data.json" "$here/tree/data.json" || fail "$as git worktree: $(cat "$work/out")"
	refuses "No such file" git/git hash-object "$home/.ssh/none" "$home/nothing"
	for here in / "$home"; do
		refuses "not a git repository" git/git status
		refuses "Read-only file system" git/git init new
	done

	# jq: a filter, with what it is given.
	here=$home/project
	gives 42 jq/jq '.a | twice' data.json
	gives 42 jq/jq '.a | twice' "$home/project/data.json"
	NUMBER=3 gives '"3"' jq/jq -n env.NUMBER
	here=/
	gives 42 jq/jq -n '21 | twice'
	here=$home
	gives 42 jq/jq -n '21 | twice'

	# python3: the modules beside it; no network, no home.
	for here in / "$home"; do
		gives 42 python3/python3 -c 'print(42)'
	done
	here=$home/project
	gives 42 python3/python3 -c 'import helper; print(helper.answer())'
	NUMBER=4 gives 4 python3/python3 -c 'import os; print(os.environ["NUMBER"])'
	connect="import socket; socket.create_connection(('127.0.0.1', $port)); print('connected')"
	[ "$("$store/python3-minimal/bin/python3" -c "$connect")" = connected ] || fail "no control"
	refuses "Connection refused" python3/python3 -c "$connect"
	refuses "No such file" python3/python3 -c "open('$home/secret')"
	gives "" python3/python3 -c "open('kept', 'w').write('text')"
	[ "$(cat "$home/project/kept")" = text ] || fail "$as python3: what it wrote is not there"

	# curl: the network, from everywhere; what it cannot keep it says.
	for here in / "$home"; do
		gives "from the host" curl/curl -sS "http://127.0.0.1:$port/"
		refuses "writing output" curl/curl -sS -o file "http://127.0.0.1:$port/"
		refuses "writing output" curl/curl -sS -o /tmp/file "http://127.0.0.1:$port/"
	done
	here=$home/project
	gives "" curl/curl -sS -o file "http://127.0.0.1:$port/"
	[ "$(cat "$here/file")" = "from the host" ] || fail "$as curl: no file"
	"$store/curl/bin/curl" -sS --data "@$home/secret" "http://127.0.0.1:$port/" >"$work/out"
	[ "$(cat "$work/out")" = "from the host, which knows" ] || fail "no control"
	gives "from the host" curl/curl -sS --data "@$home/secret" "http://127.0.0.1:$port/"

	# The compiler: what is below the directory, other packages of the store, no home.
	gives "" cc/cc -o main main.c
	"$home/project/main" || fail "$as cc: the program fails"
	echo '#include <jansson.h>' >"$home/project/jansson.c"
	gives "" cc/cc -fsyntax-only -I "$(readlink "$store/libjansson-dev")/include" jansson.c
	echo '#include "../secret"' >"$home/project/peek.c"
	refuses "No such file" cc/cc -fsyntax-only peek.c
	refuses "Read-only file system" cc/cc -o "$home/lost" main.c

	gives 42.0 calculator/calculator 2 40
}

# Others may pass where this test works.
chmod 711 "$work"
home=$work/home
as=
run_programs
echo "ok: programs in boxes with these policies"
if [ "$(id -u)" = 0 ]; then
	home=$work/other
	as="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
	run_programs
	echo "ok: programs in boxes with these policies, for another user"
fi
