# makeWrapper and wrapProgram as nixpkgs has them: a small script that sets variables and arguments.
# shellcheck shell=bash

assertExecutable() {
	[[ -f $1 && -x $1 ]] || die "Cannot wrap '$1' because it is not an executable file"
}

makeWrapper() { makeShellWrapper "$@"; }
makeShellWrapper() { # EXECUTABLE WRAPPER OPTION...
	local original=$1 wrapper=$2 argv0='' before='' after=''
	assertExecutable "$original"
	shift 2
	mkdir -p "$(dirname "$wrapper")"
	{
		echo "#! @shell@ -e"
		while [ $# -gt 0 ]; do
			case $1 in
			--argv0) argv0=$2 && shift ;;
			--inherit-argv0) argv0=\$0 ;;
			--resolve-argv0) ;;
			--set) echo "export $2=${3@Q}" && shift 2 ;;
			--set-default) echo "export $2=\${$2-${3@Q}}" && shift 2 ;;
			--unset) echo "unset $2" && shift ;;
			--chdir) echo "cd ${2@Q}" && shift ;;
			--run) echo "$2" && shift ;;
			--add-flags) before="$before $2" && shift ;;
			--append-flags) after="$after $2" && shift ;;
			--add-flag) before="$before ${2@Q}" && shift ;;
			--append-flag) after="$after ${2@Q}" && shift ;;
			--prefix) echo "export $2=${4@Q}\${$2:+${3@Q}\$$2}" && shift 3 ;;
			--suffix) echo "export $2=\${$2:+\$$2${3@Q}}${4@Q}" && shift 3 ;;
			*) die "makeWrapper doesn't understand the arg $1" ;;
			esac
			shift
		done
		echo "exec ${argv0:+-a \"$argv0\"} \"$original\" $before \"\$@\" $after"
	} >"$wrapper"
	chmod +x "$wrapper"
}

wrapProgram() { wrapProgramShell "$@"; }
wrapProgramShell() { # PROGRAM OPTION...
	local program=$1 hidden
	assertExecutable "$program"
	shift
	hidden=$(dirname "$program")/.$(basename "$program")-wrapped
	while [ -e "$hidden" ]; do
		hidden=${hidden}_
	done
	mv "$program" "$hidden"
	makeShellWrapper "$hidden" "$program" --inherit-argv0 "$@"
}
