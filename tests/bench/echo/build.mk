# SPDX-License-Identifier: GPL-2.0-or-later
# The echo bench, included by the root Makefile: g168 with our canceller alone, for `make check`, and
# g168-all with everybody's, for `make bench`. Others' cancellers are built here from Debian's packages.

DEPS_ECHO_BENCH := dahdi-source bzip2 libspeexdsp-dev libspandsp-dev libtiff-dev valgrind \
	asterisk-core-sounds-en-wav espeak-ng

echo_dir := tests/bench/echo
ECHO_RIVALS := oslec mg2 kb1 speex spandsp
ECHO_OWN := $(filter-out $(ECHO_RIVALS:%=$(echo_dir)/%.c) $(echo_dir)/alone.c $(echo_dir)/together.c \
	$(echo_dir)/speech.c,\
	$(call src,$(echo_dir)/*.c))
ECHO_RIVAL_SOURCE := $(B)/$(echo_dir)/dahdi

# Unchanged, from the package.
$(ECHO_RIVAL_SOURCE)/unpacked: /usr/src/dahdi.tar.bz2
	$(say) UNPACK $<
	$(Q)mkdir -p $(@D) && tar -C $(@D) --strip-components=3 -xjf $< modules/dahdi/drivers/dahdi \
		modules/dahdi/drivers/staging/echo && touch $@

# Sums of products are most of the bench's own work.
$(B)/$(echo_dir)/scene.o $(B)/$(echo_dir)/meter.o: ALLCFLAGS += -O3 -fassociative-math -fno-signed-zeros \
	-fno-trapping-math

# Others' code has others' warnings; -O3 gives it the best that the compiler has.
$(ECHO_RIVALS:%=$(B)/$(echo_dir)/%.o): ALLCFLAGS += -w -O3 -Itests/bench/echo/shim \
	-I$(ECHO_RIVAL_SOURCE)/dahdi -I$(ECHO_RIVAL_SOURCE)/staging/echo
$(B)/$(echo_dir)/oslec.o $(B)/$(echo_dir)/mg2.o $(B)/$(echo_dir)/kb1.o: $(ECHO_RIVAL_SOURCE)/unpacked

$(B)/$(echo_dir)/g168: $(call obj,$(ECHO_OWN) $(echo_dir)/alone.c) $(ARCHIVES)
	$(say) LD $@
	$(link)
$(B)/$(echo_dir)/g168-all: $(call obj,$(ECHO_OWN) $(echo_dir)/together.c $(ECHO_RIVALS:%=$(echo_dir)/%.c)) \
	$(ARCHIVES)
	$(say) LD $@
	$(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LINK) -Wl,--wrap=calloc \
		-l:libspeexdsp.a -Wl,--as-needed $(LDLIBS)

$(B)/$(echo_dir)/speech: $(B)/$(echo_dir)/speech.o $(ARCHIVES)
	$(say) LD $@
	$(link)

TEST_TOOLS += $(B)/$(echo_dir)/g168 $(B)/$(echo_dir)/speech

bench lint: echo-bench
echo-bench:
	$(call need,$(DEPS_ECHO_BENCH))
	$(Q)$(MAKE) $(J) $(B)/$(echo_dir)/g168-all $(B)/$(echo_dir)/speech
.PHONY: echo-bench
