# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzzers: all archives once more, by clang with coverage and sanitizers, in build-fuzz.
# Used by run.sh.

override SAN := 1
override B   := build-fuzz
include Makefile
SANFLAGS += -fsanitize=fuzzer-no-link

fuzzers: $(patsubst %.c,$(B)/%,$(call src,tests/fuzz/fuzz_*.c))

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(ARCHIVES)
	$(say) LD $@
	$(link) -fsanitize=fuzzer

.PHONY: fuzzers
