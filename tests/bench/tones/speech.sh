#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Talk-off: what the receivers hear in speech. espeak-ng reads the texts of this machine in many
# voices (each SPEECH_HOURS of about 20 minutes, default 10 hours in all), and recorded prompts
# (Debian's asterisk-core-sounds-*, asterisk-prompt-*) are played at eleven speeds. Prints one line
# of JSON a run. $1: the program talkoff.
set -eu

talkoff=$1
hours=${SPEECH_HOURS:-10}
chars=20000 # read in one go: about 20 minutes
texts=$(find /usr/share/common-licenses /usr/share/doc /usr/share/perl -type f \
	\( -name '*.txt' -o -name 'README*' -o -name '*.pod' -o -name 'GPL*' -o -name 'LGPL*' \
	-o -name 'changelog' -o -name 'copyright' \) -size +24k 2>/dev/null | sort)
voices="en-us de fr-fr es it ru cmn pt-br en-gb nl pl sv cs tr hu el fi ja ko vi"
variants="m1 f1 m2 f2 m3 f3 m4 f4 m5 f5 m6 m7 croak whisper klatt klatt2"

# The nth word of the rest, again from the first after the last.
nth() {
	n=$1
	shift
	shift $((n % $#))
	echo "$1"
}

# Without their tones (beep), music and animals: what is left is speech.
recorded=$(find -L /usr/share/asterisk/sounds -name '*.wav' 2>/dev/null |
	grep -v -e monkeys -e beep -e tone -e ascending -e descending |
	xargs -r -n1 readlink -f | sort -u)
if [ -n "$recorded" ]; then
	for speed in 75 80 85 90 95 100 105 110 115 120 130; do
		echo "$recorded" | xargs "$talkoff" -v -s "$speed"
	done
fi

i=0
while [ "$i" -lt $((hours * 3)) ]; do
	voice=$(nth "$i" $voices)+$(nth $((i / 3)) $variants)
	text=$(nth $((i * 7)) $texts)
	pitch=$((20 + i * 13 % 70))
	words=$((130 + i * 17 % 90))
	tail -c +$((i * 997 % 4000 + 1)) "$text" | tr -cd '[:alnum:][:space:].,;:?!' | head -c $chars |
		espeak-ng -v "$voice" -p $pitch -s $words --stdout | "$talkoff" -v
	i=$((i + 1))
done
