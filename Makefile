# SPDX-License-Identifier: GPL-2.0-or-later
# One Makefile for everything: `make help` says what there is, `V=1` shows each command.

B      ?= build
# Parallel by itself, unless the caller says -j.
J       = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
CC     ?= gcc
CSTD   := -std=gnu11
WARN   := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla
OPT    ?= -O2 -g
CFLAGS ?=
ALLCFLAGS = $(CSTD) $(WARN) $(OPT) -fno-strict-aliasing -D_GNU_SOURCE -Iuserspace -Ikernel -I$(B)/gen -pthread $(SANFLAGS) $(CFLAGS)
LDLIBS  = -lpri -lspandsp -luv -ljansson -lsndfile -llmdb -lconfig -lm -pthread
TESTLIBS = -lcmocka

ifeq ($(SAN),1)
B        := build-asan
CC       := clang
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT      := -O1 -g
endif

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
MAKEFLAGS += --no-print-directory
endif

# Debian 12 packages: what building, testing and the demonstration need.
DEPS_BUILD := gcc binutils libc6-dev libpri-dev libspandsp-dev libtiff-dev liblmdb-dev libconfig-dev \
	libuv1-dev libjansson-dev libsndfile1-dev dahdi-source
DEPS_RUN   := espeak-ng asterisk-core-sounds-en-wav tzdata
DEPS_CHECK := libcmocka-dev perl python3 tshark lmdb-utils valgrind clang libclang-rt-14-dev systemd
DEPS_MODULES := make linux-headers-amd64 dahdi-source bzip2 libconfig-dev gcc kmod
# The module on the kernel that users run (tests/kernel/debian.t).
DEPS_DEBIAN := qemu-system-x86 busybox-static cpio
DEPS_LINT  := clang-format clang-tidy cppcheck sparse

# ---- what is built -------------------------------------------------------------------------------

src = $(sort $(wildcard $(1)))
obj = $(patsubst %.c,$(B)/%.o,$(1))

LIBS := base core engine store appliance kernelplan echocan
SRC_base      := $(call src,userspace/base/*.c)
SRC_core      := $(call src,userspace/core/*/*.c)
SRC_engine    := $(filter-out %/main.c,$(call src,userspace/engine/*.c))
SRC_store     := $(call src,userspace/store/*.c)
SRC_appliance := $(filter-out %/main.c,$(call src,userspace/appliance/*.c))
# The pure halves of the chip drivers also build here, for their tests.
SRC_kernelplan := $(call src,kernel/*/*_plan.c kernel/*/*_poll.c kernel/*/*_status.c)
# The echo canceller is one source for the kernel module and for the engine.
SRC_echocan   := $(filter-out %/module.c,$(call src,kernel/echocan/*.c))
SRC_cli       := $(call src,userspace/cli/*.c)
SRC_exchange  := $(call src,userspace/exchange/*.c)
# The exchange's pure half (scenario, caller) is tested like core; its shell is main.c.
SRC_exchangelib := $(filter-out %/main.c,$(SRC_exchange))

lib = $(B)/lib$(1).a
ARCHIVES := $(foreach l,$(LIBS) exchangelib,$(if $(SRC_$(l)),$(call lib,$(l))))
# Each archive may use those after it.
LINK_ORDER := exchangelib kernelplan appliance engine store echocan core base
LINK := $(foreach l,$(LINK_ORDER),$(filter $(call lib,$(l)),$(ARCHIVES)))

PROGRAMS := $(if $(wildcard userspace/engine/main.c),strowger-engine) \
	$(if $(wildcard userspace/appliance/main.c),strowgerd) \
	$(if $(wildcard userspace/exchange/main.c),strowger-exchange) \
	$(if $(wildcard userspace/cli/main.c),strowger)
PROGRAMS := $(strip $(PROGRAMS))

UNIT_TESTS := $(patsubst %.c,$(B)/%,$(call src,tests/unit/*/test_*.c))
TEST_TOOLS := $(patsubst %.c,$(B)/%,$(call src,tests/judge/*.c tests/bench/*.c))
TAP_SCRIPTS := $(call src,tests/unit/*/*.t tests/unit/*.t tests/call/*.t tests/trace/*.t)
# Tests in a guest kernel: the longest ones, so they begin, and the longest of them first. Sanitizers see
# nothing of what is in it.
KERNEL_TESTS := tests/kernel/calls.t $(filter-out %/calls.t,$(call src,tests/kernel/*.t))

all: deps-build ## build everything (installs missing build packages)
	$(Q)$(MAKE) $(J) build-all
build-all: $(PROGRAMS:%=$(B)/%) $(ARCHIVES)

$(B)/%.o: %.c Makefile | $(B)/gen/boards.gen.h
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

# The boards as tables: what the driver has, for `strowger boards` and `strowger scan`.
BOARD_FILES := $(call src,boards/*.conf)
GEN_SOURCES := boards/gen.c $(call src,userspace/base/conf*.c)
$(B)/gen/boards.gen.h: $(GEN_SOURCES) $(call src,boards/*) userspace/base/conf.h
	$(say) GEN $(@F)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CSTD) $(OPT) -D_GNU_SOURCE -Iuserspace -o $(B)/gen/boards-gen $(GEN_SOURCES) -lconfig
	$(Q)$(B)/gen/boards-gen $(BOARD_FILES) >$@.new && mv $@.new $@

define archive_rule
$(call lib,$(1)): $(call obj,$(SRC_$(1)))
	$$(say) AR $$(@F)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LIBS) exchangelib,$(eval $(call archive_rule,$(l))))

link = $(Q)$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LINK) -Wl,--as-needed $(LDLIBS)
$(B)/strowger-engine: $(B)/userspace/engine/main.o $(ARCHIVES)
	$(say) LD $(@F)
	$(link)
$(B)/strowgerd: $(B)/userspace/appliance/main.o $(ARCHIVES)
	$(say) LD $(@F)
	$(link)
$(B)/strowger-exchange: $(B)/userspace/exchange/main.o $(ARCHIVES)
	$(say) LD $(@F)
	$(link)
$(B)/strowger: $(call obj,$(SRC_cli)) $(ARCHIVES)
	$(say) LD $(@F)
	$(link)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(ARCHIVES)
	$(say) LD $@
	$(link) $(TESTLIBS)
$(B)/tests/judge/%: $(B)/tests/judge/%.o $(ARCHIVES)
	$(say) LD $@
	$(link)
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(ARCHIVES)
	$(say) LD $@
	$(link)

# Larger test programs say for themselves how they are built.
include $(wildcard tests/card/build.mk tests/bench/*/build.mk)

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---- the main job and the tests ------------------------------------------------------------------

demo: deps-run all ## one E1, 30 callers, the whole appliance (DEMO_SECONDS=60)
	$(Q)B=$(B) tests/call/demo.sh

prove = $(Q)B=$(B) CMOCKA_MESSAGE_OUTPUT=TAP prove $(if $(filter 1,$(V)),-v) --timer -j2

check: deps-check ## all tests, TAP under prove
	$(Q)$(MAKE) $(J) check-only
check-only: build-all guest $(UNIT_TESTS) $(TEST_TOOLS)
	$(prove) $(if $(filter 1,$(SAN)),,$(KERNEL_TESTS)) $(UNIT_TESTS) $(TAP_SCRIPTS)

check-san: deps-check ## the same tests built with ASan and UBSan by clang
	$(Q)$(MAKE) $(J) SAN=1 check-only
	$(Q)FUZZ_RUNS=20000 tests/fuzz/run.sh

check-kernel: deps-check ## the kernel tests alone
	$(Q)$(MAKE) $(J) check-kernel-only
check-kernel-only: build-all guest $(TEST_TOOLS)
	$(prove) $(KERNEL_TESTS)

check-torture: deps-check ## kernel tests, longer, under KASAN, lockdep and kmemleak
	$(Q)$(MAKE) $(J) FLAVOUR=torture check-torture-only
check-torture-only: build-all guest $(TEST_TOOLS)
	$(prove) $(filter-out %/debian.t,$(KERNEL_TESTS))

# The test guest's kernel, DAHDI and our module: once for each version, some minutes, outside the
# checkout. Before prove, so that no test waits for it.
FLAVOUR ?= plain
export FLAVOUR
guest:
	$(Q)B=$(B) tests/kernel/module.sh $(FLAVOUR) >/dev/null

bench: deps-check all ## load and cost figures for docs/performance.md
	$(Q)$(MAKE) $(J) $(TEST_TOOLS)
	$(Q)B=$(B) tests/bench/run.sh

fuzz: deps-check ## libFuzzer on each parser (FUZZ_SECONDS=60 each)
	$(Q)B=$(B) tests/fuzz/run.sh

modules: deps-modules ## the DAHDI driver, for the newest installed kernel headers (KDIR=)
	$(Q)kernel/build.sh
PREFIX  ?= /usr/local
SHARE    = $(DESTDIR)$(PREFIX)/share/strowger
UNITS    = $(DESTDIR)$(PREFIX)/lib/systemd/system
SERVICES = strowger-engine.service strowgerd.service
STATE    = $(DESTDIR)/var/lib/strowger
install: build-all ## programs, services, tone plans, flows and examples (PREFIX=/usr/local, DESTDIR=)
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/tones $(SHARE)/flows $(SHARE)/examples/exchange \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d $(DESTDIR)$(PREFIX)/lib/sysusers.d $(UNITS) \
		$(STATE)/prompts $(STATE)/recordings $(STATE)/speech $(STATE)/store
	$(Q)install $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 644 configs/tones/*.conf $(SHARE)/tones
	$(Q)install -m 644 configs/flows/*.conf $(SHARE)/flows
	$(Q)install -m 644 configs/engine.conf configs/strowgerd.conf $(SHARE)/examples
	$(Q)install -m 644 configs/exchange/*.conf $(SHARE)/examples/exchange
	$(Q)install -m 644 configs/strowger.tmpfiles.conf $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/strowger.conf
	$(Q)install -m 644 configs/systemd/strowger.sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/strowger.conf
	$(Q)for s in $(SERVICES); do sed 's,@PREFIX@,$(PREFIX),' configs/systemd/$$s >$(UNITS)/$$s || exit 1; done
	$(Q)echo 'installed in $(DESTDIR)$(PREFIX): $(PROGRAMS)'
uninstall: ## and away again, but for configurations and what was recorded
	$(Q)rm -rf $(PROGRAMS:%=$(DESTDIR)$(PREFIX)/bin/%) $(SHARE) $(SERVICES:%=$(UNITS)/%) \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/strowger.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/strowger.conf
modules_install: deps-modules ## modules, modprobe and udev files to their places (DESTDIR=, WITH_DAHDI=1)
	$(Q)DESTDIR=$(DESTDIR) WITH_DAHDI=$(WITH_DAHDI) kernel/install.sh install
modules_uninstall: ## and away again
	$(Q)DESTDIR=$(DESTDIR) kernel/install.sh uninstall

lint: deps-lint deps-check all ## clang-format, cppcheck, clang-tidy, sparse, libcore imports
	$(Q)B=$(B) tests/lint.sh

clean: ## remove what was built
	$(Q)rm -rf build build-asan build-clang build-fuzz

# ---- packages ------------------------------------------------------------------------------------

# Installs what is missing and says so; as root, or with sudo.
define need
	$(Q)missing=; for p in $(1); do \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		echo "installing Debian packages:$$missing"; \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
		$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
		|| { echo "could not install:$$missing (run as root or with sudo, with Debian 12's package sources)" >&2; exit 1; }; \
	fi
endef
deps: deps-build deps-run deps-check deps-lint ## install the Debian packages for all of the above
deps-build:
	$(call need,$(DEPS_BUILD))
deps-run: deps-build
	$(call need,$(DEPS_RUN))
deps-check: deps-run
	$(call need,$(DEPS_CHECK) $(DEPS_KERNEL) $(DEPS_MODULES) $(DEPS_DEBIAN))
deps-modules:
	$(call need,$(DEPS_MODULES))
deps-lint: deps-build
	$(call need,$(DEPS_LINT))

help: ## this list
	$(Q)awk -F ':.*## ' '/^[a-z_-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

.PHONY: all build-all demo check check-only check-kernel check-kernel-only check-san check-torture \
	check-torture-only guest bench \
	fuzz modules install uninstall modules_install modules_uninstall lint clean deps deps-build deps-run deps-check \
	deps-modules deps-lint help
.SECONDARY:
.DELETE_ON_ERROR:
