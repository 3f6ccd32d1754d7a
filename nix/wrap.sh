# The builder of `wrap` in lib.nix: one launcher for all programs of a package.
#
# In the environment: closurebox, package, mainProgram, policyPath (a file), and graphs, roots (as
# many of each). Store paths hold no blanks, so lists of them are separated by blanks; the names of
# programs may hold anything.

mkdir -p "$out/bin"
# Under a name that messages can show.
ln -s "$policyPath" policy.json

# The program after which the launcher is named: the main program if there is one of that name, else
# the first. Wrappers hide the program they start as `.name-wrapped`: `*` leaves those out.
launcher=
for program in "$package"/bin/*; do
	[ -f "$program" ] && [ -x "$program" ] || continue
	name=${program##*/}
	if [ -z "$launcher" ] || [ "$name" = "$mainProgram" ]; then
		launcher=$name
	fi
done
if [ -z "$launcher" ]; then
	echo "closurebox: $package has no programs in bin" >&2
	exit 1
fi

# Started under a name that is not a program's, the launcher starts the one it is named after.
set -- --program "$package/bin/$launcher" --policy policy.json
for graph in $graphs; do
	set -- "$@" --graph "$graph"
done
for root in $roots; do
	set -- "$@" --root "$root"
done
for program in "$package"/bin/*; do
	[ -f "$program" ] && [ -x "$program" ] || continue
	name=${program##*/}
	set -- "$@" --entry "$name=$program"
	[ "$name" = "$launcher" ] || ln -s "$launcher" "$out/bin/$name"
done

"$closurebox/bin/closurebox" compile "$@" -o "$out/bin/$launcher"
