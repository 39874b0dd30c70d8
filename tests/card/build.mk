# SPDX-License-Identifier: GPL-2.0-or-later
# The emulated card (build/strowger-card), its unit tests, and what kernel tests run beside it: peer
# (host), loop and bits (guest). Included by the root Makefile, between its rules for linking and for
# checking; adds to UNIT_TESTS and TEST_TOOLS.

# Debian 12 packages that build and run the guest.
DEPS_KERNEL := linux-source-6.1 dahdi-source dahdi flex bison bc xz-utils bzip2 kmod

SRC_card := $(filter-out %/main.c,$(call src,tests/card/*.c))
$(eval $(call archive_rule,card))
link_card = $(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(call lib,card) $(LINK) \
	-Wl,--as-needed $(LDLIBS)

$(B)/strowger-card: $(B)/tests/card/main.o $(call lib,card) $(ARCHIVES)
	$(say) LD $(@F)
	$(link_card)
$(B)/tests/card/unit/%: $(B)/tests/card/unit/%.o $(call lib,card) $(ARCHIVES)
	$(say) LD $@
	$(link_card) $(TESTLIBS)
$(B)/tests/kernel/peer $(B)/tests/kernel/calendar: %: %.o $(call lib,card) $(ARCHIVES)
	$(say) LD $@
	$(link_card)
$(B)/tests/kernel/%: $(B)/tests/kernel/%.o $(ARCHIVES)
	$(say) LD $@
	$(link)

UNIT_TESTS += $(patsubst %.c,$(B)/%,$(call src,tests/card/unit/test_*.c))
TEST_TOOLS += $(B)/strowger-card $(patsubst %.c,$(B)/%,$(call src,tests/kernel/*.c))
