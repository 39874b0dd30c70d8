#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Figures for docs/performance.md: tests/bench/run.sh [PART ...]; all of them without PART. A part is one
# of bench.py (load and cost) or a folder beside this file with its own program, as echo/echo.py. B is
# the build folder. Exit status 1 if a bar was missed.
here=$(dirname "$0")
status=0
load=
folders=
for part; do
	if [ -f "$here/$part/$part.py" ]; then
		folders="$folders $part"
	else
		load="$load $part"
	fi
done
if [ $# -eq 0 ]; then
	for program in "$here"/*/*.py; do
		part=$(basename "$program" .py)
		[ "$program" = "$here/$part/$part.py" ] && folders="$folders $part"
	done
fi
if [ $# -eq 0 ] || [ -n "$load" ]; then
	python3 "$here/bench.py" $load || status=$?
fi
for part in $folders; do
	python3 "$here/$part/$part.py" || status=$?
done
exit $status
