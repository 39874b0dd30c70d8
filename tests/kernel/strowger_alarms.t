#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver: each alarm from its cause on the line to what DAHDI says, in milliseconds of line time,
what the far end gets to see, and back."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import Driver
from rig import FLAVOUR, Tap, until

GREEN, RED = 0x02, 0x01
# The plan's persistence (kernel/framer/falc56.h) plus what the driver may take to notice: GIS every 5 ms,
# steps of 16 ms; plus what a work item may take in a guest that shares its processor.
RAISE, CLEAR = 100, 500
NOTICE, WORK = 5 + 16, 30 * (4 if FLAVOUR == "torture" else 1)
LOS, AIS, LFA, RAI, LMFA = 0x80, 0x40, 0x20, 0x10, 0x02

tap = Tap()


def ended(rig, bit):
    """When the defect went for good. What hides behind it may show for some ms more (G.732), too short to
    be an alarm."""
    last, there = None, True
    for ms, what, value in rig.trace():
        if what == "frs0":
            last = ms if there and not value & bit else last
            there = value & bit
    return last


def timed(rig, name, bit, begin, end, dahdi, attribute, far=(), raise_ms=RAISE):
    rig.card.ask("trace", reset=True)
    begin()
    seen = rig.when("frs0", lambda v: v & bit)
    red = rig.when("led", lambda v: v & RED, seen)
    tap.between(red - seen, raise_ms, raise_ms + NOTICE + WORK, "%s: declared after [ms]" % name)
    tap.ok(until(lambda: rig.alarms() == dahdi), "%s: DAHDI says %s" % (name, "+".join(sorted(dahdi))),
           rig.alarms())
    tap.same(rig.sys("alarms"), attribute, "%s: alarms attribute" % name)
    for what in far:
        tap.ok(until(lambda: what in rig.peer.status()["alarms"]), "%s: the far end sees %s" % (name, what),
               rig.peer.status()["alarms"])
    if "RAI" in far:
        sent = rig.when("sent", lambda v: v & 1)
        tap.between(sent - seen, 0, 4, "%s: RAI is sent after [ms]" % name)
    rig.card.ask("trace", reset=True)
    end()
    gone = rig.when("frs0", lambda v: not v & bit)
    rig.when("led", lambda v: v & GREEN, gone)
    last = ended(rig, bit)
    green = rig.when("led", lambda v: v & GREEN, last)
    tap.between(green - last, CLEAR, CLEAR + NOTICE + WORK, "%s: cleared after [ms]" % name)
    rig.in_service("%s: over" % name)


def both(rig):
    def far(on, off):
        return lambda: rig.peer.do(on), lambda: rig.peer.do(off)
    timed(rig, "LOS", LOS, *far("cut 1", "cut 0"), {"RED", "LOS"}, "LOS", ["RAI"])
    timed(rig, "receive pair cut", LOS, lambda: rig.card.ask("line", rx_cut=True),
          lambda: rig.card.ask("line", rx_cut=False), {"RED", "LOS"}, "LOS", ["RAI"])
    timed(rig, "AIS", AIS, *far("ais 1", "ais 0"), {"BLUE"}, "AIS", ["RAI"])
    timed(rig, "LFA", LFA, lambda: rig.card.ask("fault", lose_lock_ms=1000), lambda: None,
          {"RED", "LFA"}, "LFA", ["RAI"])
    timed(rig, "RAI", RAI, *far("rai 1", "rai 0"), {"YELLOW"}, "RAI")


def lmfa(rig):
    """CRC-4 multiframe lost for good, from a far end that sent one before: an alarm, not
    interworking, once the framer has it; from the start it is interworking (G.706 Annex B)."""
    rig.card.ask("trace", reset=True)
    rig.peer.do("ber 3000000")  # 3 10^-3: blocks of 2048 bits are all wrong, frame alignment holds mostly
    rig.pass_ms(4000)
    seen = {v for _, what, v in rig.trace() if what == "frs0"}
    rig.peer.do("ber 0")
    tap.ok(any(v & (LFA | LMFA) for v in seen), "excessive errors: alignment is given up, G.706 4.3.2", seen)
    rig.in_service("excessive errors: over")


def cas(rig):
    rig.far_end("--cas")
    rig.up("cas,hdb3,crc4")
    rig.card.ask("trace", reset=True)
    rig.far_end()  # goes on in frames, but without a CAS multiframe
    lost = rig.when("frs1", lambda v: v & 0x18)
    answered = rig.when("sent", lambda v: v & 4, lost)
    tap.between(answered - lost, 0, 8, "CAS multiframe lost: Y bit is sent after [ms]")
    tap.ok(until(lambda: rig.alarms() == {"RED", "LMFA"}), "DAHDI says LMFA and RED", rig.alarms())
    tap.same(rig.sys("alarms"), "CAS-LMFA", "alarms attribute")
    rig.far_end("--cas")
    rig.in_service("CAS multiframe is back")
    tap.ok(until(lambda: not rig.card.ask("register", framer=0x70)["written"] & 4), "Y bit is off again")


def flaps(rig, times):
    """Alarms that come and go faster than they persist, and slower."""
    rig.far_end()
    rig.up()
    for n in range(times):
        rig.card.ask("fault", lose_lock_ms=5 + n * 37 % 180)
        rig.pass_ms(10 + n * 53 % 250)
    rig.in_service("%d losses of lock later" % times)
    tap.same(rig.sys("state"), "running", "still running")


# The guest's work is done before line time goes on, so the machine's speed does not matter.
rig = Driver(tap)
try:
    rig.up()
    both(rig)
    lmfa(rig)
    cas(rig)
    flaps(rig, int(os.environ.get("FLAPS", 1000 if FLAVOUR == "torture" else 60)))
    rig.clean()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
