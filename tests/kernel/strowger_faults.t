#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver on a card that breaks: what it reports, that it recovers, and that nobody hears noise.

No noise: every octet that a channel gets, before, during and after the fault, belongs to a run of at
least RUNS_SHORT octets of what was sent or of silence (runs.h). Jumps in what was sent are lost time, not
noise. Towards the line nothing but the bridge itself is there while no interrupt comes: it sends its two
milliseconds again; and at each seam the frame that lies in both halves is one octet from elsewhere. So
the far end must not hear more than one such octet in a row."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import ALL, HARD, Driver
from rig import Tap, until

MASK0, OPER = 0x04, 0x01  # of the bridge
tap = Tap()


def broken(rig, name, fault, counters, ms, alarms=(), times=1):
    """A fault; counters: those of "faults" that must have gone up, and by how much at least."""
    rig.counting(31, "%s: before it, all is well" % name)
    before = rig.faults()
    rig.flow_reset()
    for _ in range(times * HARD):
        rig.card.ask("fault", **fault)
        for alarm in alarms:
            tap.ok(until(lambda: alarm in rig.alarms()), "%s: %s" % (name, alarm), rig.alarms())
        rig.pass_ms(ms)
        if times * HARD == 1:
            tap.ok(until(lambda: not rig.alarms()), "%s: no alarm is left" % name, rig.alarms())
    after = rig.faults()
    for counter, least in counters.items():
        tap.ok(after[counter] >= before[counter] + least, "%s: %s counted: %d" % (
            name, counter, after[counter] - before[counter]), after)
    here, far = rig.flowed(), rig.peer.status()["runs"]
    tap.same(here["noise"], 0, "%s: no noise in %d octets here" % (name, here["good"] + here["silent"]))
    tap.between(far["burst"], 0, 1, "%s: octets out of place in a row at the far end (%d of %d)" % (
        name, far["noise"], far["good"] + far["silent"]))
    tap.note("%s: here %r" % (name, here))
    tap.note("%s: far %r" % (name, far))
    rig.counting(31, "%s: afterwards each channel is as before" % name)


def interrupts(rig):
    broken(rig, "interrupts lost for 5 ms", dict(silent_ms=5), {"missed_ms": 2}, 300)
    misses = rig.count()["irqmisses"]
    broken(rig, "interrupts lost for 60 ms", dict(silent_ms=60), {"missed_ms": 40}, 300)
    tap.ok(rig.count()["irqmisses"] >= misses + 40, "DAHDI's irqmisses too", rig.count())
    broken(rig, "interrupts 3 ms late for 0.3 s", dict(late_ms=300, late_by_ms=3), {"missed_ms": 50}, 700)


def stalls(rig):
    broken(rig, "DMA stands still for 100 ms", dict(stalled_ms=100), {}, 500)
    broken(rig, "DMA stands still for 1.5 s", dict(stalled_ms=1500), {"stalls": 1}, 2500, ["RED"])


def framer(rig):
    broken(rig, "out of lock for 1.5 s", dict(lose_lock_ms=1500), {}, 2500, ["RED"])
    rig.flow_reset()
    rig.card.ask("fault", framer_ones=True)
    tap.ok(until(lambda: "RED" in rig.alarms()), "framer gives ones: RED", rig.alarms())
    tap.same(rig.sys("alarms"), "no framer", "framer gives ones: alarms attribute")
    tap.ok(rig.ask_span("status")[0] == 0, "DAHDI still answers")
    rig.card.ask("fault", framer_ones=False)
    tap.ok(until(lambda: not rig.alarms()), "framer answers again: in service", rig.alarms())
    tap.same(rig.flowed()["noise"], 0, "no noise meanwhile")
    rig.counting(31, "framer answers again: each channel is as before")


def zeros(rig):
    """Something between us and the card gives zeros: no interrupt comes, nothing reads as written."""
    rig.flow_reset()
    rig.card.ask("fault", zeros=True)
    tap.ok(until(lambda: "RED" in rig.alarms()), "registers full of zeros: RED", rig.alarms())
    rig.card.ask("fault", zeros=False)
    tap.ok(until(lambda: not rig.alarms()), "the card answers again: in service", rig.alarms())
    rig.counting(31, "the card answers again: each channel is as before")


def ones(rig):
    """All ones: the card is gone, said at once, and is not taken back."""
    status = rig.card.ask("status")["ms"]
    rig.card.ask("fault", all_ones=True)
    tap.ok(until(lambda: rig.sys("state") == "gone"), "registers full of ones: the card is gone")
    tap.between(rig.card.ask("status")["ms"] - status, 0, 1500, "declared after at most [ms]")
    tap.ok(until(lambda: rig.alarms() == {"NOTOPEN"}), "DAHDI says NOTOPEN", rig.alarms())
    tap.ok(until(lambda: "0000:00:00.0: card does not answer any more" in rig.guest.must("dmesg")),
           "and the log, with the slot", rig.guest.must("dmesg | tail -5"))
    tap.same(rig.ask_span("maint", 1)[0], 19, "maintenance: ENODEV")
    tap.same(rig.ask_span("shutdown")[0], 0, "shutdown is good")
    tap.same(rig.ask_span("startup")[0], 19, "startup: ENODEV")
    tap.ok(rig.guest.run("cat $S/registers")[0] != 0, "register dump: refused")
    rig.flow_end()
    rig.card.ask("fault", all_ones=False)
    rig.pass_ms(300)
    tap.same(rig.sys("state"), "gone", "what answers again is another card")
    tap.same([rig.card.ask("register", bridge=r)["written"] for r in (MASK0, OPER)], [0, 0],
             "and neither interrupts nor writes to memory any more")
    tap.same(rig.guest.run("rmmod strowger")[0], 0, "the driver unloads")
    rig.guest.must("insmod $M")
    rig.up()
    tap.same(rig.sys("state"), "running", "and takes it into service when it is loaded again")


rig = Driver(tap, ["--count"])
try:
    rig.up()
    rig.flow(ALL)
    interrupts(rig)
    stalls(rig)
    framer(rig)
    zeros(rig)
    rig.clean()
    ones(rig)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
