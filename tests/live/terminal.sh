#!/bin/sh
# An interactive shell has the same control over a launcher as over any program on its terminal.
set -eu
. "$(dirname "$0")/actor.sh"

cd "$work"
compile launcher
unset HISTFILE ENV BASH_ENV
HOME=/scratch PS1='shell> '
export HOME PS1

# Runs a script (terminal.c) on a terminal with these; the command ends with status 5.
on_terminal() { # COMMAND...
	status=0
	"$TERMINAL" "$@" || status=$?
	[ $status = 5 ] || fail "'$*' on a terminal ends with $status"
}

job_control() { # SHELL...
	on_terminal "$@" <<-'script'
		expect shell>
		# Stopped by Ctrl-Z, continued in the foreground, interrupted by Ctrl-C.
		type ./launcher catch 7 CONT INT\r
		expect ready
		type \032
		expect Stopped
		expect shell>
		type fg; echo status $?\r
		expect caught 18
		type \003
		expect caught 2
		expect status 7
		expect shell>
		type ./launcher wait\r
		expect ready
		type \003
		expect shell>
		type echo status $?\r
		expect status 130
		# In the background; its signal is as good as Ctrl-C.
		type ./launcher catch 9 CONT WINCH TERM\r
		expect ready
		type \032
		expect Stopped
		expect shell>
		type bg\r
		expect caught 18
		type kill %1; wait %1; echo status $?\r
		expect caught 15
		expect status 9
		# One change of the window's size is one signal; the program sees the size.
		type ./launcher catch 3 WINCH INT\r
		expect ready
		resize 31 77
		expect caught 28
		type \003
		expect caught 2
		expect shell>
		never caught
		type ./launcher window\r
		expect window 31 by 77
		# A program that does not want to be stopped by the terminal is not.
		type ./launcher catch 4 TSTP INT\r
		expect ready
		type \032
		expect caught 20
		type \003
		expect caught 2
		expect shell>
		never Stopped
		# One that stops itself gives the shell back.
		type ./launcher stop; :\r
		expect ready
		expect Stopped
		expect shell>
		type fg; echo status $?\r
		expect continued
		expect status 7
		# Input in the foreground; in the background it stops until it is in the foreground.
		type ./launcher read\r
		expect ready
		type some words\r
		expect read some words
		type ./launcher read &\r
		expect ready
		type \r
		expect shell>
		type wait %1; jobs\r
		expect Stopped
		type fg\r
		expect launcher read
		type other words\r
		expect read other words
		# Ctrl-C is also for a program that has left the foreground's process group.
		type ./launcher alone catch 8 INT; echo status $?\r
		expect ready
		type \003
		expect caught 2
		expect status 8
		# Ctrl-\ too.
		type ./launcher wait\r
		expect ready
		type \034
		expect shell>
		type echo status $?\r
		expect status 131
		type exit 5\r
	script
}
job_control dash -i
! command -v bash >/dev/null || job_control bash --norc --noprofile -i

# A shell inside has its own, may be stopped as a whole, and leaves a terminal that works.
on_terminal dash -i <<'script'
	expect shell>
	type ./launcher shell; echo status $?\r
	expect job ready
	type \032
	expect job stopped
	expect job continued
	type \003
	expect job interrupted
	expect status 3
	type ./launcher read\r
	expect ready
	type words\r
	expect read words
	type ./launcher wait\r
	expect ready
	type \003
	expect shell>
	type exit 5\r
script

busybox=$(command -v busybox) || busybox=
if [ -n "$busybox" ]; then
	cp "$busybox" $object/bin/busybox
	compile shell --program $object/bin/busybox
fi
# A static one; another has no loader in the box.
if [ -n "$busybox" ] && ./shell true 2>/dev/null; then
	on_terminal dash -i <<-script
		expect shell>
		type PS1='inner> ' ./shell sh -i\r
		expect inner>
		type $program catch 4 CONT INT\r
		expect ready
		type \032
		expect Stopped
		expect inner>
		type fg; echo inside \$?\r
		expect caught 18
		type \003
		expect inside 4
		expect inner>
		type kill -STOP \$\$\r
		expect Stopped
		expect shell>
		type fg; echo status \$?\r
		expect inner>
		type exit 6\r
		expect status 6
		type ./launcher read\r
		expect ready
		type words\r
		expect read words
		type exit 5\r
	script
fi

# Words put into the user's mouth: the program cannot, without the box's filter it could.
case $(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1):$(id -u) in
1:* | 0:0) control='done' ;;
*) control='another error' ;;
esac
[ "$control" = 'done' ] || echo 'the control of TIOCSTI fails: dev.tty.legacy_tiocsti is 0'
on_terminal dash -i <<script
	expect shell>
	type ./launcher push 'exit 9'\r
	expect TIOCSTI: EPERM
	expect shell>
	type $program push 'exit 9'\r
	expect TIOCSTI: $control
	type \025exit 5\r
script
