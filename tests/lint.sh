#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What can be said about the sources without running them; `make lint` calls it with
# the archives built in $B. Prints one line a check, and all findings of those that
# fail; exit status 1 if any did. One check alone: tests/lint.sh tidy
set -u
cd "$(dirname "$0")/.." || exit 2
B=${B:-build}
make=${MAKE:-make}
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT

# Sources that are in the tree or about to be; a tree without git is taken whole.
sources() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -- "$@"
	else
		local name
		for name; do
			find . -name "${name##*/}" -not -path './build*' -printf '%P\n'
		done
	fi | sort -u | while read -r name; do
		[ -f "$name" ] && printf '%s\n' "$name"
	done
}

# Programs; the kernel's modules have compiler options of their own.
c_files() {
	sources '*.c' | grep -E '^(userspace|tests)/' | grep -v '^tests/kernel/buserror/'
}

# The compiler options of the Makefile, so that they stand in one place.
options() {
	printf 'include Makefile\noptions:\n\t@echo $(ALLCFLAGS)\n' | "$make" -s -f - B="$B" options
}

check_format() {
	sources '*.c' '*.h' | grep -v '^kernel/' | xargs clang-format --dry-run -Werror
}

check_shell() {
	local file status=0
	for file in $(sources '*.sh' '.ci/run'); do
		bash -n "$file" || status=1
	done
	return $status
}

# All objects, tests included; -k: all files that fail, not the first only.
compile() {
	c_files | sed "s|^\(.*\)\.c$|$1/\1.o|" | xargs "$make" -k -s -j2 B="$1" CC="$2"
}

check_gcc() {
	compile "$B" gcc
}

check_clang() {
	compile build-clang clang
}

# unmatchedSuppression: suppressions beside the code may serve another version of cppcheck.
# missingIncludeSystem: system headers are left out on purpose, jansson's macros are needed.
check_cppcheck() {
	c_files | grep '^userspace/' | xargs cppcheck -q -j2 --std=c11 --library=posix,gnu \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=unmatchedSuppression --suppress=missingIncludeSystem \
		--include=/usr/include/jansson.h -D_GNU_SOURCE -Iuserspace -Ikernel
}

# One process a file: clang-tidy 14 sees uninitialized va_lists from the second file on.
check_tidy() {
	c_files | grep '^userspace/' |
		TIDY_OPTIONS=$(options) xargs -P 2 -I {} sh -c \
			'clang-tidy --quiet {} -- $TIDY_OPTIONS 2>/dev/null || { echo "{}: see above"; exit 1; }'
}

# The module, with sparse and the warnings that the kernel usually leaves out.
check_kernel() {
	OUT=$out/modules kernel/build.sh W=1 C=2 >"$out/kernel" 2>&1 || { cat "$out/kernel"; return 1; }
	! grep -E '(warning|error): ' "$out/kernel"
}

check_imports() {
	B=$B tests/unit/core-imports.t | tee "$out/imports"
	! grep -q '^not ok' "$out/imports"
}

check_house() {
	tests/unit/house.t | tee "$out/house"
	! grep -q '^not ok' "$out/house"
}

failed=0
for check in ${*:-format shell gcc clang cppcheck tidy kernel imports house}; do
	begin=$SECONDS
	if "check_$check" >"$out/$check.log" 2>&1; then
		printf 'lint: %-9s good (%d s)\n' "$check" $((SECONDS - begin))
	else
		failed=$((failed + 1))
		cat "$out/$check.log"
		printf 'lint: %-9s FAILED (%d s)\n' "$check" $((SECONDS - begin))
	fi
done
[ "$failed" = 0 ] || { echo "lint: $failed failed"; exit 1; }
