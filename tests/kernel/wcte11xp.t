#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own driver for the board, unchanged, on the emulated card: the proof that the model is a
card. What is expected of it is what that driver is known to do, its faults included."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import FLAVOUR, Rig, Tap, until

CCS = "span=1,1,0,ccs,hdb3,crc4\nbchan=1-31\nloadzone=us\ndefaultzone=us\n"
CAS = "span=1,1,0,cas,hdb3,crc4\ncas=1-15,17-31:1101\nloadzone=us\ndefaultzone=us\n"
LOOPED = [1, 2, 3, 4, 15, 16, 17, 30, 31]  # beside the borders of dwords and halves

tap = Tap()


def come_up(rig):
    status, output = rig.guest.run("insmod $STROWGER_MODULES/wcte11xp.ko")
    tap.ok(status == 0, "the driver loads", output)
    rig.configure(CCS)
    line = until(lambda: (lambda s: s if "CCS/HDB3/CRC4" in s else None)(rig.proc()))
    tap.ok(line, "dahdi_cfg has configured the span", rig.proc())
    tap.ok(until(lambda: not rig.alarms()), "no alarm", rig.alarms())
    tap.ok(until(lambda: not rig.peer.status()["alarms"]), "none at the far end either", rig.peer.status())


def octets(rig):
    loop = rig.guest.start("$BUILD/tests/kernel/loop 600 160 " + " ".join(map(str, LOOPED)))
    tap.same(rig.in_step(), LOOPED, "each channel comes back in its own timeslot, and only those")
    counters = rig.card.ask("status")
    tap.same([counters["framer"][k] for k in ("skipped", "repeated")], [0, 0], "no slip")
    tap.same(counters["bridge"]["aborts"], 0, "DMA goes to memory")
    return loop


def cost(rig):
    """Known of this driver: 3.94 accesses a millisecond, 32 in the worst one."""
    rig.card.ask("access", reset=True)
    until(lambda: rig.card.ask("access")["ms"] >= 5000)
    seen = rig.card.ask("access")
    handling = rig.card.ask("status")["pacing"]
    tap.between(seen["per_ms"], 3.85, 4.0, "register accesses a millisecond")
    tap.between(seen["worst"], 32, 34, "most accesses for one interrupt")
    tap.note("interrupt handled in %.0f us (from message to end)" % handling["handling_us"])


def alarm(rig, begin, end, reported, far=()):
    """What the far end's fault makes the driver report, and what the far end gets to see."""
    rig.peer.do(begin)
    tap.ok(until(lambda: reported in rig.alarms()), "%s: %s" % (begin, reported), rig.alarms())
    for name in far:
        tap.ok(until(lambda: name in rig.peer.status()["alarms"]), "%s: far end sees %s" % (begin, name),
               rig.peer.status()["alarms"])
    rig.peer.do(end)
    tap.ok(until(lambda: not rig.alarms()), "%s: all alarms clear" % end, rig.alarms())
    tap.ok(until(lambda: not rig.peer.status()["alarms"]), "%s: far end's too" % end,
           rig.peer.status()["alarms"])


def alarms(rig):
    alarm(rig, "cut 1", "cut 0", "RED", ["RAI"])
    alarm(rig, "rai 1", "rai 0", "YELLOW")
    # It does not know AIS; without frames it says RED.
    alarm(rig, "ais 1", "ais 0", "RED", ["RAI"])
    rig.card.ask("line", rx_cut=True)
    tap.ok(until(lambda: "RED" in rig.alarms()), "receive pair cut: RED")
    rig.card.ask("line", rx_cut=False, tx_cut=True)
    tap.ok(until(lambda: "LOS" in rig.peer.status()["alarms"]), "send pair cut: far end sees LOS")
    rig.card.ask("line", tx_cut=False)
    tap.ok(until(lambda: not rig.alarms() and not rig.peer.status()["alarms"]), "all clear again")


def counters(rig):
    """The chip counts, whether the driver asks or not."""
    before = rig.card.ask("status")["framer"]["counters"]
    far = rig.peer.status()["counters"]["ebits"]
    rig.peer.do("crc 100000")
    until(lambda: rig.card.ask("status")["framer"]["counters"]["crc4_errors"] >= before["crc4_errors"] + 100)
    rig.peer.do("crc 0")
    now = rig.card.ask("status")["framer"]["counters"]
    tap.ok(now["crc4_errors"] >= before["crc4_errors"] + 100, "CRC-4 errors are counted", now)
    tap.ok(until(lambda: rig.peer.status()["counters"]["ebits"] >= far + 100),
           "and told to the far end in E bits", rig.peer.status()["counters"])


def signalling(rig):
    rig.configure(CAS)
    tap.ok(until(lambda: " HDB3/CRC4" in rig.proc()), "configured for CAS", rig.proc())
    for channel, abcd in ((1, 5), (15, 9), (17, 2), (31, 11)):
        rig.peer.do("cas %d %d" % (channel, abcd))
        tap.ok(until(lambda: rig.guest.run("$BUILD/tests/kernel/bits %d" % channel)[1] == str(abcd), 10),
               "bits %d received on channel %d" % (abcd, channel),
               rig.guest.run("$BUILD/tests/kernel/bits %d" % channel))
        rig.guest.must("mkfifo /run/hold%d" % channel)
        rig.guest.must("{ $BUILD/tests/kernel/bits %d %d </run/hold%d >/run/bits 2>&1 & }" % (
            channel, abcd ^ 4, channel))
        rig.guest.must("exec {hold}>/run/hold%d" % channel)
        tap.ok(until(lambda: rig.peer.status()["cas"][channel] == abcd ^ 4, 10),
               "bits %d sent on channel %d" % (abcd ^ 4, channel), rig.peer.status()["cas"])
        rig.guest.must("echo >&$hold; exec {hold}>&-")


def misses(rig):
    return int(rig.guest.must("sed -n 's/.*IRQ misses: //p' /proc/dahdi/1") or 0)


def faults(rig):
    """What breaks is broken as told, and over afterwards."""
    before = misses(rig)
    rig.card.ask("fault", silent_ms=30)
    tap.ok(until(lambda: misses(rig) > before, 30), "interrupts lost: the driver notices", misses(rig))
    halves = rig.card.ask("status")["bridge"]["halves"]
    rig.card.ask("fault", stalled_ms=500)
    ms = rig.card.ask("status")["ms"]
    until(lambda: rig.card.ask("status")["ms"] > ms + 1000)
    now = rig.card.ask("status")
    tap.between(now["ms"] - ms - (now["bridge"]["halves"] - halves), 480, 520, "DMA stood still [ms]")
    rig.card.ask("fault", late_ms=1000, late_by_ms=3)
    tap.ok(until(lambda: rig.card.ask("status")["bridge"]["overruns"] > 0), "late interrupts: overruns")
    rig.card.ask("fault", lose_lock_ms=2000)
    tap.ok(until(lambda: "RED" in rig.alarms()), "framer out of step: RED")
    tap.ok(until(lambda: not rig.alarms()), "and in step again", rig.alarms())
    tap.same(rig.in_step(), LOOPED, "channels come back as before")


def removal(rig, loop):
    found = rig.card.ask("checks")
    tap.same(found["last"], ["write: framer register 4a"],
             "what the card has against this driver: it writes to the version register")
    rig.guest.must("kill %s; wait" % loop)
    rig.card.ask("remove")
    tap.ok(until(lambda: rig.guest.run("[ ! -e /proc/dahdi/1 ]")[0] == 0), "card pulled out: span gone")
    tap.ok(until(lambda: not rig.card.ask("status")["powered"]), "the guest has let go of it")
    rig.guest.must("printf %%s %s:1234 >/sys/module/virtio_uml/parameters/device" % rig.card.vhost)
    tap.ok(until(lambda: rig.guest.run("[ -e /proc/dahdi/1 ]")[0] == 0), "plugged in again: span there")
    rig.configure(CCS)
    tap.ok(until(lambda: not rig.alarms()), "and in service", rig.alarms())
    status, output = rig.guest.run("dahdi_cfg -s -c %s/system.conf; rmmod wcte11xp" % rig.directory)
    tap.ok(status == 0, "the driver unloads", output)


def torture():
    """The watching kernel sees what this driver is known to do: it gives back the DMA memory while its
    interrupt handler can still be called. So it sees something, and this driver's other tests are not
    for it."""
    rig = Rig(tap)
    try:
        come_up(rig)
        rig.card.ask("remove")  # its interrupt status now reads as all ones
        until(lambda: rig.guest.run("true")[0], 10)
    except (TimeoutError, EOFError, RuntimeError, OSError):
        pass
    status, complaint = rig.guest.close()
    tap.ok(status in (125, 126) and "KASAN" in complaint + rig.kernel_log(), "KASAN sees freed memory used",
           complaint)
    tap.ok("t1xxp_interrupt" in rig.kernel_log(), "in the interrupt handler")
    rig.end()


if FLAVOUR == "torture":
    torture()
    tap.end()
rig = Rig(tap)
try:
    come_up(rig)
    loop = octets(rig)
    cost(rig)
    alarms(rig)
    counters(rig)
    faults(rig)
    removal(rig, loop)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()

rig = Rig(tap, ["--cas"])
try:
    rig.guest.must("insmod $STROWGER_MODULES/wcte11xp.ko")
    signalling(rig)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
