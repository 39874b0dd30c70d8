#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of the tone bench, in Markdown: sweeps, instructions a sample, talk-off. `make bench-tones`.
# SPEECH_HOURS (10): synthetic speech; 0: no talk-off at all.
set -eu

dir=${B:-build}/tests/bench/tones
sound=/usr/share/asterisk/sounds/en_US_f_Allison/demo-congrats.wav
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

"$dir/sweep" || status=1

# Instructions of receiver $1 on the file $2 times.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file="$work/out" "$dir/cost" "$1" "$sound" "$2" \
		>"$work/samples" 2>"$work/log"
	sed -n 's/.*Collected : *//p' "$work/log"
}
for receiver in 0 1; do
	once=$(instructions $receiver 1)
	samples=$(cat "$work/samples")
	twice=$(instructions $receiver 2)
	echo "$(((twice - once) * 10 / samples))" >"$work/cost$receiver"
done
awk -v a="$(cat "$work/cost0")" -v b="$(cat "$work/cost1")" 'BEGIN {
	printf "| instructions a sample, whole set | %.1f | %.1f | half | %s |\n", a / 10, b / 10,
		2 * a <= b ? "met" : "**missed**"
	exit 2 * a > b
}' || status=1

if [ "${SPEECH_HOURS:-10}" -gt 0 ]; then
	tests/bench/tones/speech.sh "$dir/talkoff" >"$work/speech" 2>"$work/heard"
	tests/bench/tones/talkoff.py <"$work/speech" || status=1
	grep -v ' ends$' "$work/heard" | sed 's/^/    /' || :
fi
exit $status
