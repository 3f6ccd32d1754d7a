# The set-up script of stdenv.nix: what `$stdenv/setup` is in nixpkgs, as far as packages, hooks and
# their tests can see it: hooks as functions, variables and arrays, set-up hooks of inputs, phases.
# shellcheck shell=bash
# The derivation's attributes are variables, and others read ours; lists of store paths are split.
# shellcheck disable=SC2034,SC2154,SC2178

setupOptions=$-
set -eu -o pipefail
shopt -s inherit_errexit nullglob

# With structured attributes lists are arrays, sets associative arrays, and nothing is exported.
if [ -e "$NIX_BUILD_TOP/.attrs.sh" ]; then
	__structuredAttrs=1
	export NIX_ATTRS_SH_FILE=$NIX_BUILD_TOP/.attrs.sh
	export NIX_ATTRS_JSON_FILE=$NIX_BUILD_TOP/.attrs.json
	for outputName in "${!outputs[@]}"; do
		export "$outputName=${outputs[$outputName]}"
	done
	for variable in "${!env[@]}"; do
		export "$variable=${env[$variable]}"
	done
else
	__structuredAttrs=
	: "${outputs:=out}"
fi

getAllOutputNames() {
	if [ -n "$__structuredAttrs" ]; then
		echo "${!outputs[*]}"
	else
		echo "$outputs"
	fi
}

# --- hooks: the function or the text in the variable of that name, then those in NAMEHooks

_eval() { # a function gets the arguments; anything else is evaluated
	if declare -F "$1" >/dev/null 2>&1; then
		"$@"
	else
		eval "$1"
	fi
}

_callImplicitHook() { # STATUS-IF-THERE-IS-NONE NAME
	local none=$1 hookName=$2
	if declare -F "$hookName" >/dev/null; then
		"$hookName"
	elif type -p "$hookName" >/dev/null; then
		# shellcheck disable=SC1090 # a file on PATH
		source "$hookName"
	elif [ -n "${!hookName:-}" ]; then
		eval "${!hookName}"
	else
		return "$none"
	fi
}

runHook() {
	local hookName=$1 hook
	local -n hookArray=${hookName%Hook}Hooks
	shift
	for hook in "_callImplicitHook 0 $hookName" ${hookArray+"${hookArray[@]}"}; do
		_eval "$hook" "$@"
	done
	return 0
}

# Until the first that succeeds.
runOneHook() {
	local hookName=$1 hook
	local -n hookArray=${hookName%Hook}Hooks
	shift
	for hook in "_callImplicitHook 1 $hookName" ${hookArray+"${hookArray[@]}"}; do
		! _eval "$hook" "$@" || return 0
	done
	return 1
}

exitHandler() {
	exitCode=$?
	set +e
	if [ "$exitCode" != 0 ]; then
		runHook failureHook
	else
		runHook exitHook
	fi
	return "$exitCode"
}
trap exitHandler EXIT

# --- variables that are text or, with structured attributes, arrays

_changeVar() { # prepend|append NAME WORD...
	local where=$1 name=$2 declaration
	local -n variable=$name
	shift 2
	declaration=$(declare -p "$name" 2>/dev/null || true)
	case $declaration in
	"declare -A"*)
		echo "${where}ToVar: $name is an associative array" >&2
		return 1
		;;
	"declare -a"*) local array=1 ;;
	"") local array=$__structuredAttrs ;;
	*) local array= ;;
	esac
	case $where${array:+-array} in
	prepend-array) variable=("$@" ${variable+"${variable[@]}"}) ;;
	append-array) variable=(${variable+"${variable[@]}"} "$@") ;;
	prepend) variable="$* ${variable-}" ;;
	append) variable="${variable-} $*" ;;
	esac
}
prependToVar() { _changeVar prepend "$@"; }
appendToVar() { _changeVar append "$@"; }

# Into `flagsArray`; text is split at white space, unless its name says that it is an array.
_accumFlagsArray() {
	local name
	for name; do
		local -n flags=$name
		if [ -n "$__structuredAttrs" ] || [[ $name = *Array ]]; then
			flagsArray+=(${flags+"${flags[@]}"})
		else
			# shellcheck disable=SC2206 # to be split
			flagsArray+=(${flags-})
		fi
	done
}
concatTo() { # ARRAY NAME...
	local -n concatTarget=$1
	local -a flagsArray=()
	shift
	_accumFlagsArray "${@%%=*}"
	concatTarget+=("${flagsArray[@]}")
}

addToSearchPathWithCustomDelimiter() { # DELIMITER NAME DIRECTORY
	local old=$1${!2-}$1
	if [[ -d $3 && $old != *"$1$3$1"* ]]; then
		export "$2=${!2:+${!2}$1}$3"
	fi
}
addToSearchPath() { addToSearchPathWithCustomDelimiter : "$@"; }

_startsWith() { # BYTES FILE
	local magic fd
	exec {fd}<"$2"
	LC_ALL=C read -r -d '' -n "${#1}" -u "$fd" magic || true
	exec {fd}<&-
	[ "$magic" = "$1" ]
}
isELF() { _startsWith $'\177ELF' "$1"; }
isScript() { _startsWith '#!' "$1"; }

stripHash() {
	local stripped=${1##*/}
	[[ ! $stripped =~ ^[a-z0-9]{32}- ]] || stripped=${stripped:33}
	echo "$stripped"
}
die() {
	echo "$*" >&2
	exit 1
}

# --- substitution

consumeEntire() { # NAME <TEXT
	if IFS= read -r -d '' "$1"; then
		echo "consumeEntire(): ERROR: Input null bytes, won't process" >&2
		return 1
	fi
}

substituteStream() { # NAME DESCRIPTION OPTION...
	local -n streamText=$1
	local description=$2 mode pattern replacement
	shift 2
	while [ $# -gt 0 ]; do
		mode=$1
		case $mode in
		--replace | --replace-warn | --replace-quiet | --replace-fail)
			pattern=$2 replacement=$3
			shift 3
			;;
		--subst-var)
			pattern=@$2@ replacement=${!2}
			shift 2
			;;
		--subst-var-by)
			pattern=@$2@ replacement=$3
			shift 3
			;;
		*)
			echo "substituteStream(): ERROR: Invalid command line argument: $1" >&2
			return 1
			;;
		esac
		if [[ $streamText != *"$pattern"* ]]; then
			pattern="pattern $pattern doesn't match anything in $description"
			case $mode in
			--replace-fail)
				echo "substituteStream(): ERROR: $pattern" >&2
				return 1
				;;
			--replace | --replace-warn)
				echo "substituteStream(): WARNING: $pattern" >&2
				;;
			esac
			continue
		fi
		streamText=${streamText//"$pattern"/"$replacement"}
	done
	printf %s "$streamText"
}

substitute() { # INPUT OUTPUT OPTION...
	local input=$1 output=$2 content
	shift 2
	[ -f "$input" ] || {
		echo "substitute(): ERROR: file '$input' does not exist" >&2
		return 1
	}
	consumeEntire content <"$input"
	[ ! -e "$output" ] || chmod +w "$output"
	substituteStream content "file '$input'" "$@" >"$output"
}

substituteInPlace() {
	local -a files=()
	while [[ $# -gt 0 && $1 != --* ]]; do
		files+=("$1")
		shift
	done
	local file
	for file in "${files[@]}"; do
		substitute "$file" "$file" "$@"
	done
}

# Every exported variable that begins with a small letter; with structured attributes, those few.
_allFlags() {
	local variable
	export system pname name version
	while IFS= read -r variable; do
		[[ ! $variable =~ ^[a-z][a-zA-Z0-9_]*$ ]] || args+=(--subst-var "$variable")
	done < <(compgen -e)
}
substituteAll() { # INPUT OUTPUT
	local -a args=()
	_allFlags
	substitute "$1" "$2" "${args[@]}"
}
substituteAllInPlace() { substituteAll "$1" "$1"; }

# --- inputs

# shellcheck disable=SC2123 # it is that path
PATH='' HOST_PATH=''
for input in $initialPath; do
	addToSearchPath PATH "$input/bin"
	[ -n "${strictDeps-}" ] || addToSearchPath HOST_PATH "$input/bin"
done
export PATH SHELL CONFIG_SHELL=$SHELL shell=$SHELL TZ=UTC HOME=${HOME:-/homeless-shelter}
BASH=$SHELL
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
export NIX_BUILD_CORES=${NIX_BUILD_CORES:-1}
[ "$NIX_BUILD_CORES" -gt 0 ] || NIX_BUILD_CORES=$(nproc)
runHook preHook
runHook addInputsHook

declare -a pkgsBuildBuild pkgsBuildHost pkgsBuildTarget pkgsHostHost pkgsHostTarget pkgsTargetTarget
declare -a envBuildHooks envHostHooks envTargetHooks
declare -a preFixupHooks fixupOutputHooks postFixupHooks
declare -a preConfigureHooks postUnpackHooks unpackCmdHooks

# A hook that is called with each package whose programs or libraries are for that platform.
addEnvHooks() { # HOST-OFFSET FUNCTION...
	local -n envHooks=env${_platforms[$1 + 1]}Hooks
	shift
	envHooks+=("$@")
}
# By their offsets from -1 on.
_platforms=(Build Host Target)

# An input, after it what it propagates; each once.
findInputs() { # PACKAGE HOST-OFFSET TARGET-OFFSET
	local package=$1 host=$2 target=$3 next
	local -n found=pkgs${_platforms[host + 1]}${_platforms[target + 1]}
	[[ " ${found[*]-} " != *" $package "* ]] || return 0
	[ -e "$package" ] || die "build input $package does not exist"
	found+=("$package")
	if [ -f "$package/nix-support/propagated-build-inputs" ]; then
		for next in $(<"$package/nix-support/propagated-build-inputs"); do
			findInputs "$next" "$host" "$target"
		done
	fi
	if [ "$host" -ge 0 ] && [ -f "$package/nix-support/propagated-native-build-inputs" ]; then
		for next in $(<"$package/nix-support/propagated-native-build-inputs"); do
			findInputs "$next" $((host - 1)) $((target - 1))
		done
	fi
}

_findAll() { # HOST-OFFSET TARGET-OFFSET NAME...
	local host=$1 target=$2 name input
	shift 2
	for name; do
		local -n inputs=$name
		# Lists of store paths, as text or as arrays.
		# shellcheck disable=SC2068
		for input in ${inputs[@]-}; do
			findInputs "$input" "$host" "$target"
		done
	done
}
_findAll -1 -1 depsBuildBuild depsBuildBuildPropagated
_findAll -1 0 nativeBuildInputs propagatedNativeBuildInputs
_findAll -1 1 depsBuildTarget depsBuildTargetPropagated
_findAll 0 0 depsHostHost depsHostHostPropagated
_findAll 0 1 buildInputs propagatedBuildInputs
_findAll 1 1 depsTargetTarget depsTargetTargetPropagated
# The environment's own come last, so that hooks of packages are run before its hooks.
_findAll -1 0 defaultNativeBuildInputs
_findAll 0 1 defaultBuildInputs

# The offsets are in variables that set-up hooks read.
_activate() { # HOST-OFFSET TARGET-OFFSET PACKAGE...
	local hostOffset=$1 targetOffset=$2 pkg
	shift 2
	# shellcheck disable=SC1090,SC1091 # set-up hooks
	for pkg; do
		[ ! -f "$pkg" ] || source "$pkg"
		if [ -z "${strictDeps-}" ] || [ "$hostOffset" -lt 0 ]; then
			addToSearchPath _PATH "$pkg/bin"
		fi
		[ "$hostOffset" -ge 0 ] || addToSearchPath _XDG_DATA_DIRS "$pkg/share"
		[ "$hostOffset" != 0 ] || addToSearchPath _HOST_PATH "$pkg/bin"
		[ ! -f "$pkg/nix-support/setup-hook" ] || source "$pkg/nix-support/setup-hook"
	done
}
_activate -1 -1 "${pkgsBuildBuild[@]}"
_activate -1 0 "${pkgsBuildHost[@]}"
_activate -1 1 "${pkgsBuildTarget[@]}"
_activate 0 0 "${pkgsHostHost[@]}"
_activate 0 1 "${pkgsHostTarget[@]}"
_activate 1 1 "${pkgsTargetTarget[@]}"

_addToEnv() { # ENV-HOOKS PACKAGE...
	local -n functions=$1
	local hook pkg
	shift
	for pkg; do
		for hook in "${functions[@]}"; do
			_eval "$hook" "$pkg"
		done
	done
}
if [ -n "${strictDeps-}" ]; then
	_addToEnv envBuildHooks "${pkgsBuildBuild[@]}" "${pkgsBuildHost[@]}" "${pkgsBuildTarget[@]}"
	_addToEnv envHostHooks "${pkgsHostHost[@]}" "${pkgsHostTarget[@]}"
	_addToEnv envTargetHooks "${pkgsTargetTarget[@]}"
else
	for variable in envBuildHooks envHostHooks envTargetHooks; do
		_addToEnv "$variable" "${pkgsBuildBuild[@]}" "${pkgsBuildHost[@]}" \
			"${pkgsBuildTarget[@]}" "${pkgsHostHost[@]}" "${pkgsHostTarget[@]}" \
			"${pkgsTargetTarget[@]}"
	done
fi

: "${prefix:=$out}"
PATH=${_PATH-}${_PATH:+:}$PATH
HOST_PATH=${_HOST_PATH-}${_HOST_PATH:+:}$HOST_PATH
export XDG_DATA_DIRS=${_XDG_DATA_DIRS-}${_XDG_DATA_DIRS:+${XDG_DATA_DIRS:+:}}${XDG_DATA_DIRS-}
unset _PATH _HOST_PATH _XDG_DATA_DIRS input variable

# --- phases

unpackCmdHooks+=(_defaultUnpack)
_defaultUnpack() {
	if [ -d "$1" ]; then
		# With their times, all equal, or make would want to regenerate files.
		cp -pr -- "$1" "$(stripHash "$1")"
	else
		case $1 in
		*.tar | *.tar.* | *.tgz) tar xf "$1" --mode=+w --warning=no-timestamp ;;
		*) return 1 ;;
		esac
	fi
}

unpackFile() {
	curSrc=$1
	echo "unpacking source archive $curSrc"
	runOneHook unpackCmd "$curSrc" || die "do not know how to unpack source archive $curSrc"
}

unpackPhase() {
	runHook preUnpack
	[ -n "${srcs[*]:-}" ] || srcs=${src:?variable \$src or \$srcs should point to the source}
	local before directory
	before=" $(echo */) "
	# shellcheck disable=SC2068 # store paths, as text or as an array
	for directory in ${srcs[@]}; do
		unpackFile "$directory"
	done
	: "${sourceRoot=}"
	if [ -n "${setSourceRoot:-}" ]; then
		runOneHook setSourceRoot
	elif [ -z "$sourceRoot" ]; then
		for directory in */; do
			[[ $before != *" $directory "* ]] || continue
			[ -z "$sourceRoot" ] || die "unpacker produced multiple directories"
			sourceRoot=${directory%/}
		done
	fi
	[ -n "$sourceRoot" ] || die "unpacker appears to have produced no directories"
	echo "source root is $sourceRoot"
	[ "${dontMakeSourcesWritable:-0}" = 1 ] || chmod -R u+w -- "$sourceRoot"
	runHook postUnpack
}

patchPhase() {
	runHook prePatch
	local patch
	# shellcheck disable=SC2068 # store paths, as text or as an array
	for patch in ${patches[@]-}; do
		echo "applying patch $patch"
		patch -p1 <"$patch"
	done
	runHook postPatch
}

configurePhase() {
	runHook preConfigure
	: "${configureScript=}"
	[ -n "$configureScript" ] || [ ! -x ./configure ] || configureScript=./configure
	if [ -n "$configureScript" ]; then
		[ -n "${dontAddPrefix-}" ] || prependToVar configureFlags "--prefix=$prefix"
		[ -n "${dontPatchShebangsInConfigure-}" ] ||
			patchShebangs --build "$configureScript"
		local -a flagsArray=()
		_accumFlagsArray configureFlags configureFlagsArray
		$configureScript "${flagsArray[@]}"
	else
		echo "no configure script, doing nothing"
	fi
	runHook postConfigure
}

_make() { # WHAT DEFAULT-FLAGS... -- NAMES-OF-FLAGS...
	local -a flagsArray=()
	if [[ -z ${makeFlags-}${makefile-} && ! -e Makefile && ! -e makefile && ! -e GNUmakefile ]]
	then
		echo "no Makefile, doing nothing"
		return
	fi
	while [ "$1" != -- ]; do
		flagsArray+=("$1")
		shift
	done
	shift
	_accumFlagsArray makeFlags makeFlagsArray "$@"
	make ${makefile:+-f "$makefile"} ${enableParallelBuilding:+-j"$NIX_BUILD_CORES"} \
		"SHELL=$SHELL" "${flagsArray[@]}"
}

buildPhase() {
	runHook preBuild
	_make -- buildFlags buildFlagsArray
	runHook postBuild
}

checkPhase() {
	runHook preCheck
	_make "${checkTarget:-check}" VERBOSE=y -- checkFlags checkFlagsArray
	runHook postCheck
}

installPhase() {
	runHook preInstall
	# shellcheck disable=SC2068 # as text or as an array
	_make ${installTargets[@]-install} -- installFlags installFlagsArray
	runHook postInstall
}

installCheckPhase() {
	runHook preInstallCheck
	_make "${installCheckTarget:-installcheck}" -- installCheckFlags installCheckFlagsArray
	runHook postInstallCheck
}

recordPropagatedDependencies() {
	local pair
	for pair in propagatedNativeBuildInputs:propagated-native-build-inputs \
		propagatedBuildInputs:propagated-build-inputs; do
		local -n propagated=${pair%%:*}
		[ -n "${propagated[*]-}" ] || continue
		mkdir -p "${!outputDev}/nix-support"
		printf '%s ' "${propagated[@]}" >"${!outputDev}/nix-support/${pair#*:}"
	done
}

fixupPhase() {
	local output
	for output in $(getAllOutputNames); do
		[ ! -e "${!output}" ] || chmod -R u+w,u-s,g-s "${!output}"
	done
	runHook preFixup
	for output in $(getAllOutputNames); do
		prefix=${!output} runHook fixupOutput
	done
	recordPropagatedDependencies
	if [ -n "${setupHook:-}" ]; then
		mkdir -p "${!outputDev}/nix-support"
		substituteAll "$setupHook" "${!outputDev}/nix-support/setup-hook"
	fi
	if [ -n "${propagatedUserEnvPkgs[*]:-}" ]; then
		mkdir -p "${!outputBin}/nix-support"
		printf '%s ' "${propagatedUserEnvPkgs[@]}" \
			>"${!outputBin}/nix-support/propagated-user-env-packages"
	fi
	runHook postFixup
}

runPhase() {
	local curPhase=$1
	case $curPhase in
	unpackPhase) [ -z "${dontUnpack:-}" ] || return 0 ;;
	patchPhase) [ -z "${dontPatch:-}" ] || return 0 ;;
	configurePhase) [ -z "${dontConfigure:-}" ] || return 0 ;;
	buildPhase) [ -z "${dontBuild:-}" ] || return 0 ;;
	checkPhase) [ -n "${doCheck:-}" ] || return 0 ;;
	installPhase) [ -z "${dontInstall:-}" ] || return 0 ;;
	fixupPhase) [ -z "${dontFixup:-}" ] || return 0 ;;
	installCheckPhase) [ -n "${doInstallCheck:-}" ] || return 0 ;;
	distPhase) return 0 ;;
	esac
	echo "Running phase: $curPhase"
	# The text in the variable of that name comes before the function.
	eval "${!curPhase:-$curPhase}"
	[ "$curPhase" != unpackPhase ] || cd "${sourceRoot:-.}"
}

genericBuild() {
	if [ -f "${buildCommandPath:-}" ]; then
		# shellcheck disable=SC1090 # the package's
		source "$buildCommandPath"
	elif [ -n "${buildCommand:-}" ]; then
		eval "$buildCommand"
	else
		[ -n "${phases[*]:-}" ] || phases="${prePhases[*]:-} unpackPhase patchPhase \
			${preConfigurePhases[*]:-} configurePhase \
			${preBuildPhases[*]:-} buildPhase checkPhase \
			${preInstallPhases[*]:-} installPhase \
			${preFixupPhases[*]:-} fixupPhase installCheckPhase \
			${preDistPhases[*]:-} distPhase ${postPhases[*]:-}"
		local phase
		# shellcheck disable=SC2048 # names, as text or as an array
		for phase in ${phases[*]}; do
			runPhase "$phase"
		done
	fi
}

runHook postHook
runHook userHook

[[ $setupOptions = *e* ]] || set +e
[[ $setupOptions = *u* ]] || set +u
unset setupOptions
