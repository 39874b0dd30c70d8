#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and runs each tests/fuzz/fuzz_*.c, one line of result each.
#
#	run.sh [fuzz_conf ...]		FUZZ_SECONDS each (default 60), corpus kept in build-fuzz
#	FUZZ_RUNS=20000 run.sh		a fixed number of runs from seed 1, the same each time
#
# Inputs to start from: tests/fuzz/seeds/<fuzzer>/, words to try: tests/fuzz/<fuzzer>.dict. An input that fails is kept as
# build-fuzz/<fuzzer>-crash-...; to see it again give it to build-fuzz/tests/fuzz/<fuzzer>.
# Exit status: 0 all good, 1 a fuzzer found something, 2 it could not be built.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=build-fuzz

fuzz_one() {
	local name=$1 log=$out/$1.log corpus=$out/corpus/$1 seeds=tests/fuzz/seeds/$1 words= limit status runs cov
	if [ -n "${FUZZ_RUNS:-}" ]; then
		corpus=$out/smoke/$name
		rm -rf "$corpus"
		# Learning from comparisons hashes addresses, which differ from run to run.
		limit="-runs=$FUZZ_RUNS -seed=1 -use_cmp=0"
	else
		limit="-max_total_time=${FUZZ_SECONDS:-60}"
	fi
	mkdir -p "$corpus"
	[ -d "$seeds" ] || seeds=
	[ ! -f "tests/fuzz/$name.dict" ] || words=-dict=tests/fuzz/$name.dict
	# shellcheck disable=SC2086 # limit, words and seeds are options or nothing
	"$out/tests/fuzz/$name" $limit $words -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
		-print_final_stats=1 -artifact_prefix="$out/$name-" "$corpus" $seeds >"$log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	cov=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	if [ "$status" = 0 ]; then
		printf '%-20s %9s runs, coverage %5s: good\n' "$name" "${runs:-0}" "${cov:-0}"
		return 0
	fi
	printf '%-20s %9s runs, coverage %5s: FAILED, see %s\n' "$name" "${runs:-?}" "${cov:-?}" "$log"
	grep -E '^SUMMARY|ERROR: |runtime error:|Test unit written' "$log" | head -n 5 | sed 's/^/	/'
	return 1
}

if [ "${1:-}" = --one ]; then
	fuzz_one "$2"
	exit
fi

if [ $# = 0 ]; then
	set -- tests/fuzz/fuzz_*.c
	set -- "${@##*/}"
	set -- "${@%.c}"
fi
make -j2 -f tests/fuzz/fuzz.mk "${@/#/$out/tests/fuzz/}" || exit 2
# Two at a time; xargs says 123 when one of them has failed.
printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" --one || exit 1
