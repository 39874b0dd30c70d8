#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver comes and goes: loaded and unloaded, the card pulled out under traffic on all channels and
plugged in again, shut down while it runs. CYCLES and REMOVALS of them: 200 and 100 in torture, a part of it
otherwise."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import ALL, Driver
from rig import FLAVOUR, Tap, until

CYCLES = int(os.environ.get("CYCLES", 200 if FLAVOUR == "torture" else 20))
REMOVALS = int(os.environ.get("REMOVALS", 100 if FLAVOUR == "torture" else 5))
tap = Tap()


def cycles(rig):
    """In the guest, without looking at each: up to a running span and down again."""
    rig.span()
    before = rig.card.ask("status")
    text = ("for i in $(seq %d); do rmmod strowger && insmod $M && dahdi_cfg -c %s/system.conf || break; "
            "[ $((i %% 4)) = 0 ] && cat $S/registers >/run/dump; done; echo $i" % (CYCLES, rig.directory))
    done = rig.guest.run(text, 1200)[1].split()[-1]
    tap.same(int(done), CYCLES, "loaded, configured, unloaded %d times" % CYCLES)
    rig.in_service("in service afterwards")
    after = rig.card.ask("status")
    tap.ok(after["pld"]["resyncs"] >= before["pld"]["resyncs"] + CYCLES, "and each time the line was started")
    tap.same(after["bridge"]["aborts"], 0, "DMA went to memory that was ours, always")


def plug(rig):
    rig.guest.must("printf %%s %s:1234 >/sys/module/virtio_uml/parameters/device" % rig.card.vhost)


def removals(rig):
    for n in range(REMOVALS):
        rig.flow(ALL)
        rig.pass_ms(150 + n * 7 % 60)
        rig.card.ask("remove")
        if not until(lambda: rig.guest.run("[ ! -e /proc/dahdi/1 ]")[0] == 0):
            return tap.ok(False, "removal %d: the span is gone" % n)
        if not until(lambda: not rig.card.ask("status")["powered"]):
            return tap.ok(False, "removal %d: the guest has let go of it" % n)
        rig.flow_end()
        plug(rig)
        if not until(lambda: rig.guest.run("[ -e /proc/dahdi/1 ]")[0] == 0):
            return tap.ok(False, "removal %d: plugged in again, there is a span" % n)
        rig.guest.must("dahdi_cfg -c %s/system.conf" % rig.directory)
    tap.ok(True, "pulled out %d times with 31 channels open, plugged in again" % REMOVALS)
    rig.in_service("in service afterwards")
    rig.flow(ALL)
    rig.counting(31, "each channel as before")
    rig.flow_end()


rig = Driver(tap, ["--count"])
try:
    rig.up()
    cycles(rig)
    removals(rig)
    rig.clean()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
# The guest is switched off while the span runs and channels are open.
try:
    rig.flow(ALL)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "channels open at the end", problem)
rig.close()
tap.end()
