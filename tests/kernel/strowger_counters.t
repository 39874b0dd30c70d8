#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver: every error that is put on the line is counted once, by the right counter; maintenance
does what it says; signalling bits both ways, within 4 ms."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import (ALL, BIPOLAR, CAS, CRC, FAS, FLAT, LINE, LOCAL, LOOPUP, MULTI, NONE, PAYLOAD, PRBS,
                    PRBS_ERROR, RESET, SIM, Driver)
from rig import Tap, until

ENOSYS, EINVAL, ENETDOWN = 38, 22, 100
SIX = ("fas", "cv", "crc4", "ebit", "errsec", "bpv")

tap = Tap()


def slips(rig):
    return int(rig.guest.must("sed -n 's/.*Timing slips: //p' /proc/dahdi/1") or 0)


def settle(rig):
    """Two of the chip's seconds later all counters of what has happened are read."""
    rig.pass_ms(2300)


def quiet(rig):
    settle(rig)
    rig.must_maint(RESET)
    tap.same({k: v for k, v in rig.count().items() if k in SIX and v}, {}, "counters are reset")
    settle(rig)
    tap.same({k: v for k, v in rig.count().items() if k in SIX and v}, {}, "a good line counts nothing")


def each(rig):
    rig.card.ask("line", violations=37)
    settle(rig)
    tap.same([rig.count()[k] for k in ("cv", "bpv", "errsec", "fas", "crc4")], [37, 0, 1, 0, 0],
             "37 code violations with HDB3: cv, one errored second")
    rig.must_maint(RESET)
    for _ in range(3):
        rig.card.ask("line", violations=1)
        rig.pass_ms(2000)
    settle(rig)
    tap.same(rig.count()["errsec"], 3, "one in every other second: three errored seconds")

    rig.must_maint(RESET)
    before = rig.card.ask("status")["framer"]["counters"]
    for _ in range(5):
        rig.peer.do("fas 1")
        rig.pass_ms(20)
    settle(rig)
    now, crc = rig.count(), rig.card.ask("status")["framer"]["counters"]["crc4_errors"]
    tap.same([now["fas"], now["fe"]], [5, 5], "5 wrong alignment signals: fas, fe")
    tap.same(now["crc4"], crc - before["crc4_errors"], "each makes its CRC-4 block wrong: crc4")

    rig.must_maint(RESET)
    sent = rig.peer.status()["crc_sent"]
    rig.peer.do("crc 200000")
    rig.pass_ms(1500)
    rig.peer.do("crc 0")
    settle(rig)
    sent = rig.peer.status()["crc_sent"] - sent
    now = rig.count()
    tap.ok(sent > 100, "%d blocks with a wrong CRC-4 were sent" % sent)
    tap.same([now["crc4"], now["fas"], now["cv"], now["ebit"]], [sent, 0, 0, 0], "as many counted: crc4")


def inserted(rig):
    """Errors that the driver has put in; the far end's E bits tell how many it saw."""
    rig.must_maint(RESET)
    before = rig.peer.status()["counters"]
    for _ in range(7):
        rig.must_maint(CRC)
        rig.pass_ms(20)
    settle(rig)
    after = rig.peer.status()["counters"]
    tap.same(after["crc4_errors"] - before["crc4_errors"], 7, "7 CRC errors inserted: the far end counts 7")
    tap.same([rig.count()["ebit"], rig.count()["crc4"], rig.count()["errsec"]], [7, 0, 0],
             "7 E bits from it: ebit, and no errored second of ours")
    before = after
    for _ in range(4):
        rig.must_maint(FAS)
        rig.pass_ms(20)
    rig.pass_ms(200)
    after = rig.peer.status()["counters"]
    tap.same(after["fas_errors"] - before["fas_errors"], 4, "4 FAS errors inserted: the far end counts 4")
    before = rig.card.ask("status")["framer"]["bpv_inserted"]
    rig.must_maint(BIPOLAR)
    tap.ok(until(lambda: rig.card.ask("status")["framer"]["bpv_inserted"] == before + 1),
           "one bipolar violation inserted")
    tap.same(rig.ask_span("maint", CAS)[0], EINVAL, "a CAS error with CCS: EINVAL")
    tap.same(rig.ask_span("maint", PRBS_ERROR)[0], EINVAL, "an error in a pattern that is not sent: EINVAL")
    tap.same(rig.ask_span("maint", LOOPUP)[0], ENOSYS, "loop codes: ENOSYS")
    tap.same(rig.alarms(), set(), "and the span is not said to be looped")


def slipping(rig):
    """Board's clock against the line's."""
    rig.far_end("--ppm", "180")
    rig.up(timing=0)
    settle(rig)
    rig.must_maint(RESET)
    before = rig.card.ask("status")["framer"]
    rig.pass_ms(4000)
    until(lambda: slips(rig) >= 3)
    # The chip's count may be ahead by what has happened since the driver's last second.
    def agree():
        now = rig.card.ask("status")["framer"]
        card = now["skipped"] + now["repeated"] - before["skipped"] - before["repeated"]
        return card and abs(card - slips(rig)) <= 2
    tap.ok(until(agree), "slips: %d counted, as the card's" % slips(rig), rig.card.ask("status")["framer"])


def loops(rig):
    rig.far_end("--count")
    rig.up()
    rig.flow(ALL)
    rig.counting(31, "no loop: both directions")
    rig.must_maint(LOCAL)
    tap.ok(until(lambda: "LOOPBACK" in rig.alarms()), "local loop: DAHDI says so", rig.alarms())
    rig.peer.do("cut 1")
    rig.pass_ms(900)
    tap.ok(until(lambda: rig.alarms() == {"LOOPBACK"}), "no alarm though the line is cut", rig.alarms())

    def looped():
        rig.flow_reset()
        rig.pass_ms(500)
        seen = rig.flowed()
        return seen["good"] > 31 * 3000 and not seen["noise"] + seen["silent"] + seen["skips"] + seen["repeats"]
    tap.ok(until(looped, 30), "each channel hears itself, octet for octet", rig.flowed())
    pattern(rig)
    rig.must_maint(NONE)
    rig.peer.do("cut 0")
    rig.in_service("loop off, line back")
    rig.counting(31, "both directions again")
    rig.flow_end()

    rig.far_end()
    for mode, name in ((LINE, "line"), (PAYLOAD, "payload")):
        rig.must_maint(mode)
        tap.same(rig.in_step(), ALL, "%s loop: the far end hears itself on 31 timeslots" % name)
        before = rig.peer.status()["counters"]
        rig.must_maint(FAS)  # put into frames of the card's own: only those reach the far end
        rig.pass_ms(200)
        seen = rig.peer.status()["counters"]["fas_errors"] - before["fas_errors"]
        tap.same(seen, 0 if mode == LINE else 1, "%s loop: frames are %s" % (
            name, "the far end's own" if mode == LINE else "the card's"))
        rig.must_maint(NONE)
        tap.ok(until(lambda: not rig.alarms()), "%s loop off" % name, rig.alarms())
        tap.ok(until(lambda: not rig.peer.status()["in_step"]), "the far end hears itself no more")


def pattern(rig):
    """The chip's own test sequence over the local loop."""
    rig.must_maint(PRBS)
    settle(rig)
    rig.must_maint(RESET)
    settle(rig)
    tap.same(rig.count()["be"], 0, "test sequence: no bit error")
    for _ in range(3):
        rig.must_maint(PRBS_ERROR)
        rig.pass_ms(20)
    settle(rig)
    tap.same(rig.count()["be"], 3, "3 bit errors inserted: be, prbs")
    tap.same(rig.count()["prbs"], 3, "prbs too")
    rig.must_maint(PRBS)
    rig.pass_ms(50)
    rig.flow_reset()
    rig.pass_ms(300)
    tap.ok(rig.flowed()["good"], "asked for again: the channels are back")


def simulated(rig):
    rig.must_maint(SIM)
    tap.ok(until(lambda: {"RED", "LOS"} <= rig.alarms()), "alarm simulation: RED, LOS", rig.alarms())
    rig.must_maint(SIM)
    tap.ok(until(lambda: not rig.alarms() - {"LOOPBACK"}), "asked for again: over", rig.alarms())
    rig.must_maint(NONE)
    tap.same(rig.ask_span("shutdown"), (0, ""), "shutdown")
    tap.same(rig.ask_span("maint", LOCAL)[0], ENETDOWN, "maintenance of a span that is down: ENETDOWN")


def signalling(rig):
    rig.far_end("--cas")
    rig.up("cas,hdb3,crc4")
    settle(rig)
    rig.card.ask("trace", reset=True)
    rig.card.ask("access", reset=True)
    for channel in FLAT:
        rig.peer.do("cas %d %d" % (channel, 1 + channel % 13))
        rig.pass_ms(10)
    rig.peer.do("status")
    rig.peer.lines.next()
    late = []
    rig.pass_ms(50)
    events = rig.trace()
    for ms, what, value in events:
        if what == "cas_in":
            seen = [m for m, w, v in events if w == "cas_seen" and v == value and m >= ms]
            late.append(min(seen) - ms if seen else 10**6)
    changes = len([n for n in FLAT if 1 + n % 13 != 0x0d])  # the others had these bits
    tap.same(len(late), changes, "changes of bits that came in")
    tap.between(max(late), 0, 4, "each is seen by the driver after at most [ms]")
    got = {n: int(rig.guest.run("$BUILD/tests/kernel/bits %d" % n)[1]) for n in FLAT}
    tap.same(got, {n: 1 + n % 13 for n in FLAT}, "DAHDI has the bits of all 30 channels")
    rig.card.ask("trace", reset=True)
    rig.guest.must("mkfifo /run/hold")
    for n in FLAT:
        rig.guest.must("{ $BUILD/tests/kernel/bits %d %d </run/hold >/dev/null 2>&1 & }" % (n, 1 + n % 7))
    rig.guest.must("exec {hold}>/run/hold")
    want = [0 if n in (0, 16) else 1 + n % 7 for n in range(32)]
    tap.ok(until(lambda: [c if i not in (0, 16) else 0 for i, c in enumerate(rig.peer.status()["cas"])] == want),
           "the far end has the bits of all 30 channels", rig.peer.status()["cas"])
    rig.guest.must("for i in {1..30}; do echo >&$hold; done; exec {hold}>&-; rm /run/hold")
    tap.between(rig.card.ask("access")["worst"], 2, 12, "most accesses for one interrupt meanwhile")
    before = rig.peer.status()["counters"]
    rig.must_maint(CAS)
    rig.pass_ms(100)
    tap.ok(rig.peer.status()["counters"] != before, "a CAS error inserted reaches the far end",
           rig.peer.status()["counters"])
    tap.same(rig.ask_span("maint", MULTI)[0], 0, "a multiframe error is inserted")


rig = Driver(tap)
try:
    rig.up()
    quiet(rig)
    each(rig)
    inserted(rig)
    slipping(rig)
    loops(rig)
    simulated(rig)
    signalling(rig)
    rig.clean()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
