#!/bin/sh
# Its interpreter is not there: the fixup phase writes another.
echo script "$@"
