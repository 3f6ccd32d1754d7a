#!/bin/sh
# A part of the closure is seen at another place in it, as a package's programs are behind the
# launchers that have taken their names. Nothing else of the host comes into the store that way.
set -eu
. "$srcdir/tests/live/lib.sh"

modes='closure whole'
[ "$(landlock_abi)" -lt 3 ] || modes="$modes landlock"

# The package has its programs in a hidden directory, and in bin the launchers of that name.
hidden=$program/.bin-unboxed
chmod u+w "$program" "$program/bin" "$program/etc"
mkdir "$hidden"
cp "$PROBE" "$hidden/x"
cp "$PROBE" "$hidden/probe"
ln -s "$outsider/secret" "$hidden/out"
echo launcher >"$program/bin/x"
echo launcher >"$program/bin/out"
chmod 0555 "$hidden" "$program/bin/x"
view='{ "bind": "'$hidden'", "to": "'$program/bin'" }'

for mode in $modes; do
	store_mode='"store": "'$mode'"'

	# Without the entry there is what the host has there.
	use '' "$store_mode"
	prints launcher box read "$program/bin/x"
	prints "$hidden/x" box exec "$hidden/x" readlink /proc/self/exe
	prints "$program/bin/probe" box readlink /proc/self/exe

	# With it the program is there, and sees itself there; it still has its own place, too.
	use "$view" "$store_mode"
	prints "$program/bin/x" box exec "$program/bin/x" readlink /proc/self/exe
	prints "$hidden/x" box exec "$hidden/x" readlink /proc/self/exe
	prints "$(ls -A "$hidden")" box listing "$program/bin"
	prints inside box read "$program/etc/text"

	# Nothing can change it.
	prints 'read-only nosuid nodev' box mount-flags "$program/bin"
	refused EROFS box create "$program/bin/new"
	refused EROFS box chmod "$program/bin/x" 0777
	refused EROFS box remove "$program/bin/x"

	# What leads out of the closure there leads nowhere else than it does at its own place.
	for path in "$program/bin/out" "$hidden/out" "$outsider/secret"; do
		case $mode in
		closure) refused ENOENT box read "$path" ;;
		landlock) refused EACCES box read "$path" ;;
		whole) prints secret box read "$path" ;;
		esac
	done

	# Of another object, a file on a file, and one in what was put there before.
	use "{ \"bind\": \"$plain\", \"to\": \"$program/etc/text\" }, $view,
		{ \"bind\": \"$tool\", \"to\": \"$program/bin/x\" }" "$store_mode"
	prints plain box read "$program/etc/text"
	prints "$program/bin/x" box exec "$program/bin/x" readlink /proc/self/exe
	prints 'read-only nosuid nodev' box mount-flags "$program/etc/text"
	refused EROFS box chmod "$program/etc/text" 0777
done
prints inside outside read "$program/etc/text"
works outside create "$program/etc/new"
works outside remove "$program/etc/new"

# The launchers are links to one, made by the compiler; started through one, the program has its
# name.
rm "$program/bin/x"
printf '{ "closurebox": 1, "filesystem": [ %s ] }\n' "$view" >view.json
"$CLOSUREBOX" compile --graph graph --root "$program" --policy view.json --stub "$STUB" \
	--entry "x=$program/bin/x" --entry "probe=$program/bin/probe" \
	-o "$program/bin/.launcher" --link "$program/bin/x" --link "$program/bin/probe"
for name in x probe; do
	prints "$program/bin/$name" as_user "$program/bin/$name" readlink /proc/self/exe
	prints .launcher readlink "$program/bin/$name"
done

# A program that is only in front of what is hidden cannot be one.
"$CLOSUREBOX" compile --graph graph --root "$program" --policy view.json --stub "$STUB" \
	--program "$program/bin/.launcher" -o never 2>said &&
	failed 'a program that the box does not have was compiled'
grep -qF "program '$hidden/.launcher' cannot be executed: No such file" said ||
	failed "it did not say that the program is missing: $(cat said)"
rm "$program/bin/probe"
cp "$PROBE" "$program/bin/probe"

# Where the compiler sees a link it refuses it; what becomes one later the launch refuses.
refuses() { # TEXT GRANTS
	(compile never "$2" 2>said) && failed "$2 was compiled"
	grep -qF -e "$1" said || failed "the compiler did not say '$1' but: $(cat said)"
}
ln -s etc "$program/same"
ln -s "$outsider" "$program/outside"
refuses "a symbolic link in '$program/same' leads to '$program/etc'" \
	"{ \"bind\": \"$program/same\", \"to\": \"$program/bin\" }"
refuses "a symbolic link in '$program/outside' leads to '$outsider'" \
	"{ \"bind\": \"$program/outside\", \"to\": \"$program/bin\", \"optional\": true }"
refuses "leads to '$program/etc/text'; name that" \
	"{ \"bind\": \"$plain\", \"to\": \"$program/same/text\" }"
rm "$program/same" "$program/outside"
for mode in $modes; do
	store_mode='"store": "'$mode'"'
	for optional in false true; do
		mkdir "$program/later" "$program/later/below"
		use "{ \"bind\": \"$program/later\", \"to\": \"$program/etc\",
			\"optional\": $optional }" "$store_mode"
		works box listing "$program/etc"
		first=$launcher
		use "{ \"bind\": \"$program/later/below\", \"to\": \"$program/etc\",
			\"optional\": $optional }" "$store_mode"
		works box listing "$program/etc"
		rm -r "$program/later"
		for target in "$outsider" / bin; do
			ln -s "$target" "$program/later"
			dies 'is a symbolic link, which is not followed' as_user "$first" directory
			dies 'is a symbolic link, which is not followed' box directory
			rm "$program/later"
		done

		# What is missing fails, or is as it was.
		if [ $optional = true ]; then
			prints text as_user "$first" listing "$program/etc"
			prints text box listing "$program/etc"
		else
			dies "$program/later" as_user "$first" directory
			dies "$program/later" box directory
		fi

		mkdir "$program/later"
		use "{ \"bind\": \"$program/etc\", \"to\": \"$program/later\",
			\"optional\": $optional }" "$store_mode"
		prints text box listing "$program/later"
		rmdir "$program/later"
		dies 'Read-only file system' box directory
		for target in bin "$tool" "$outsider"; do
			ln -s "$target" "$program/later"
			case "$mode$target" in
			# The box has no such place.
			"closure$outsider") dies 'mkdir: File exists' box directory ;;
			*) dies 'would hide the closure' box directory ;;
			esac
			rm "$program/later"
		done
	done
done

# No variable has such a place; and a source that is not in the closure is none.
use '{ "bind": "/scratch", "to": "$DATA" }'
for DATA in "$program/bin" "$program/etc/text"; do
	export DATA
	dies 'would hide the closure' box directory
done
refuses "'$outsider' is not in the closure" \
	"{ \"bind\": \"$outsider\", \"to\": \"$program/bin\" }"

# Without namespaces it is left out, as every bind to another path is.
case $modes in
*landlock*)
	forbid='echo 0 >/proc/sys/user/max_user_namespaces
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"'
	optional='"store": "landlock", "namespaces": "optional"'
	use "{ \"bind\": \"$plain\", \"to\": \"$program/etc/text\" }" "$optional"
	prints plain box read "$program/etc/text"
	prints inside as_user unshare --user --map-current-user --keep-caps --mount \
		sh -euc "$forbid" sh "$launcher" read "$program/etc/text"
	;;
esac
