#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Speech for the echo bench: speech.sh FOLDER fills it with 24 files of 15 s, 8 kHz raw; 12 voices of
# espeak-ng, 12 pieces of Asterisk's prompts. B is the build folder.
set -e
folder=$1
tool=${B:-build}/tests/bench/echo/speech
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
[ -e "$folder/complete" ] && exit 0
mkdir -p "$folder"

i=0
for voice in en-us en-gb+f2 de fr-fr+f3 es+m3 it+f4 ru cmn+f2 pt-br+m2 nl+f1 pl+m4 hi+f5; do
	i=$((i + 1))
	# Digits and numbers are read in every language.
	espeak-ng -v "$voice" -s $((140 + 5 * i)) -w "$folder/voice.wav" \
		"471 $i 1984, 3 40 275; 6 90 1 5, 80 12 7 300. 17 000 6, 2 33 844; 91 5 60 4, 700 11 28 9 50."
	"$tool" "$folder/$(printf %02d $i)a.raw" 15 "$folder/voice.wav" "$folder/voice.wav" "$folder/voice.wav"
done
rm "$folder/voice.wav"
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	# Every twelfth prompt of those with words in them.
	"$tool" "$folder/$(printf %02d $i)b.raw" 15 $(ls "$sounds"/vm-*.wav "$sounds"/conf-*.wav \
		"$sounds"/agent-*.wav "$sounds"/phonetic/*.wav | awk -v i=$i 'NR % 12 == i % 12')
done
touch "$folder/complete"
