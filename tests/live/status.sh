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

# The compiler sees a program that can be started; what became of it shows at launch.
refused_program() { # STATUS REASON
	refused "$1" "$program: $2" "$work/launcher"
	rm -rf $program
}
rm $program
refused_program 127 'there is no such program in the box'
ln -s nothing $program
refused_program 127 'there is no such program in the box'
rmdir $object/bin
: >$object/bin
refused_program 127 'there is no such program in the box'
rm $object/bin
mkdir -p $program
refused_program 126 'Permission denied'
cp "$ACTOR" $program
chmod 644 $program
refused_program 126 'Permission denied'
printf '\177ELF: not really' >$program
chmod 755 $program
refused_program 126 'Exec format error'
printf '#!%s/bin/missing\n' $object >$program
chmod 755 $program
refused_program 126 'its interpreter is not in the box'

# The object has gone.
rm -rf $object
refused 125 "object $object: mount: No such file or directory; the store has lost it" \
	"$work/launcher"
