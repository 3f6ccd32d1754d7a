# Makes the copy of a store object name itself where the object names itself.
# shellcheck shell=bash

rewriteSelf() { # OBJECT COPY
	local file link target
	while IFS= read -r -d '' file; do
		if [ ${#1} = ${#2} ] || LC_ALL=C grep -qI . "$file"; then
			LC_ALL=C sed -i "s|$1|$2|g" "$file"
		else
			die "$file names $1: a binary file needs a package with a name as long"
		fi
	done < <(LC_ALL=C grep -rlZF -- "$1" "$2")
	while IFS= read -r -d '' link; do
		target=$(readlink "$link")
		ln -snf "$2${target#"$1"}" "$link"
	done < <(find "$2" -type l -lname "$1*" -print0)
}
