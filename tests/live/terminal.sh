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
		# Ctrl-\ too.
		type ./launcher wait\r
		expect ready
		type \034
		expect shell>
		type echo status $?\r
		expect status 131
		type exit 5\r
		end
	script
}
job_control dash -i
! command -v bash >/dev/null || job_control bash --norc --noprofile -i

# A shell inside has its own, and leaves the terminal to the one outside.
inside() { # PROGRAM...
	on_terminal dash -i <<-script
		expect shell>
		type ./launcher shell\r
		expect job ready
		type \032
		expect job stopped
		expect job continued
		type \003
		expect job interrupted
		expect shell>
		type echo status \$?\r
		expect status 3
		# The terminal works as before: echo, lines, signals.
		type ./launcher read\r
		expect ready
		type words\r
		expect read words
		type ./launcher wait\r
		expect ready
		type \003
		expect shell>
		type exit 5\r
		end
	script
}
inside
