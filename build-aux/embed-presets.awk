# Turns the preset files named on the command line into a C table of their names and texts.
BEGIN {
	print "/* Made from compiler/presets by build-aux/embed-presets.awk. */"
	print "#include \"presets.h\"\n"
	print "const struct preset presets[] = {"
}
FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.json$/, "", name)
	printf "\t{\n\t\t\"%s\",\n", name
}
{
	gsub(/\\/, "\\\\\\\\")
	gsub(/"/, "\\\"")
	printf "\t\t\"%s\\n\"\n", $0
}
END {
	print "\t},\n\t{ 0 }\n};"
}
