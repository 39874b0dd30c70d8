# SPDX-License-Identifier: GPL-2.0-or-later
# The tone bench: sweeps, talk-off and cost of our receivers and SpanDSP's. `make bench-tones` prints
# its table; docs/performance.md has one. Included by the root Makefile.

TONE_BENCH := $(B)/tests/bench/tones
TONE_TOOLS := $(addprefix $(TONE_BENCH)/,sweep talkoff cost)

$(TONE_TOOLS): $(TONE_BENCH)/%: $(TONE_BENCH)/%.o $(TONE_BENCH)/signal.o $(TONE_BENCH)/receivers.o $(ARCHIVES)
	$(say) LD $@
	$(link)

TEST_TOOLS += $(TONE_TOOLS)

bench-tones: deps-check build-all $(TONE_TOOLS) ## tone receivers side by side (SPEECH_HOURS=10)
	$(Q)B=$(B) tests/bench/tones/bench.sh
.PHONY: bench-tones
