#!/bin/sh
# The launcher ends as the program does; and when there is no program, as a shell would say it.
set -eu
. "$(dirname "$0")/actor.sh"

compile "$work/launcher"
for status in 0 1 42 125 126 127 128 255; do
	ends $status "$work/launcher" exit $status
done
for signal in HUP:1 INT:2 QUIT:3 KILL:9 SEGV:11 PIPE:13 TERM:15; do
	ends $((128 + ${signal#*:})) "$work/launcher" die ${signal%:*}
done

# The program has gone since the launcher was compiled.
mv $program $object/bin/moved
refused 127 "$program: there is no such program in the box" "$work/launcher"
mv $object/bin/moved $program
ends 0 "$work/launcher"

chmod 644 $program
refused 126 "$program: Permission denied" "$work/launcher"
printf '\177ELF: not really' >$object/bin/broken
printf '#!%s/bin/missing\n' $object >$object/bin/no-interpreter
mkdir $object/bin/directory
ln -s nothing $object/bin/dangling
chmod 755 $object/bin/*[!g]
compile "$work/broken" --program $object/bin/broken
refused 126 "$object/bin/broken: Exec format error" "$work/broken"
compile "$work/no-interpreter" --program $object/bin/no-interpreter
refused 126 "no-interpreter: its interpreter is not in the box" "$work/no-interpreter"
compile "$work/directory" --program $object/bin/directory
refused 126 "$object/bin/directory: " "$work/directory"
compile "$work/dangling" --program $object/bin/dangling
refused 127 "$object/bin/dangling: there is no such program in the box" "$work/dangling"
compile "$work/below" --program $object/bin/broken/below
refused 127 "$object/bin/broken/below: there is no such program in the box" "$work/below"
