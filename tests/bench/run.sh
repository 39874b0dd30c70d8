#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Figures for docs/performance.md: tests/bench/run.sh [PART ...]; all of them without PART. A part is one
# of bench.py (load and cost) or a folder beside this file with a program of its own: echo/echo.py,
# tones/bench.sh. B is the build folder. Exit status 1 if a bar was missed.
here=$(dirname "$0")
status=0
load=

# What measures the folder $1; nothing if there is no such folder.
program() {
	for file in "$here/$1/bench.sh" "$here/$1/$1.py"; do
		[ -x "$file" ] && echo "$file" && return
	done
}

own=
for part; do
	file=$(program "$part")
	if [ -n "$file" ]; then
		own="$own $file"
	else
		load="$load $part"
	fi
done
if [ $# -eq 0 ]; then
	for folder in "$here"/*/; do
		own="$own $(program "$(basename "$folder")")"
	done
fi
if [ $# -eq 0 ] || [ -n "$load" ]; then
	python3 "$here/bench.py" $load || status=$?
fi
for file in $own; do
	"$file" || status=$?
done
exit $status
