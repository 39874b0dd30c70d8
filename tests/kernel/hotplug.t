#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card is pulled out during 30 calls, and plugged in again: the calls of that card end, with a
cause; those of the other card do not notice; the card is taken into service again.

REMOVALS of them: three, a hundred under torture."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calls import SOUNDS, Calls
from rig import FLAVOUR, Tap, until

REMOVALS = int(os.environ.get("REMOVALS", 100 if FLAVOUR == "torture" else 3))
CALLERS = 15  # on each of the two cards
A_CALL = 20000  # [ms] at most, one who stays
STAYS, LEAVES = 0, 1
OUT_OF_ORDER = 27  # Q.850: destination out of order
tap = Tap()

# Callers who stay hear a prompt after the other, octet for octet; the others are there to be cut off.
SCENARIO = """
name = "hotplug"; finish_ms = 600000;
tones = "../tones/CN.conf";
sounds = [ "%s" ];
spans = (
);
classes = (
	{ name = "stays"; span = "E1-1"; arrivals = "keep"; keep = %d; calls = 0; interval_ms = 50;
	  called = "200"; calling = "01062310000-01062319999";
	  steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "hello.wav"; },
	            { do = "hear_speech"; ms = 2000; }, { do = "dial"; digits = "2"; },
	            { do = "hear_prompt"; file = "vm-intro.wav"; }, { do = "hangup"; } ); },
	{ name = "leaves"; span = "E1-2"; arrivals = "keep"; keep = %d; calls = 0; interval_ms = 50;
	  called = "200"; calling = "01062320000-01062329999";
	  steps = ( { do = "connected"; within_ms = 60000; }, { do = "hear_prompt"; file = "hello.wav"; },
	            { do = "hear_speech"; ms = 2000; }, { do = "hangup"; } ); }
);
""" % (SOUNDS, CALLERS, CALLERS)


def busy(calls, card):
    return until(lambda: calls.span(card)["in_use"] >= CALLERS - 3, 600)


def spans_in_guest(calls, number):
    """Is this span of DAHDI's there?"""
    return calls.guest.run("[ -e /proc/dahdi/%d ]" % number)[0] == 0


def causes(calls):
    """Causes of the calls that came in over the card that leaves, from the records."""
    records = json.loads(calls.guest.must("$BUILD/strowger --json calls --last 300"))
    return {r["cause"] for r in records if r["calling"].startswith("0106232")}


def removed(calls, n):
    """Return: whether all of it went as it should."""
    before = calls.span(STAYS)["line"]
    calls.cards[LEAVES].ask("remove")
    gone = until(lambda: not spans_in_guest(calls, 2) and calls.span(LEAVES)["in_use"] == 0)
    tap.ok(gone, "removal %d: the span is gone, and so are its calls" % n, calls.span(LEAVES))
    tap.ok(until(lambda: OUT_OF_ORDER in causes(calls)), "removal %d: with cause 27" % n, causes(calls))
    other = calls.span(STAYS)
    tap.ok(other["in_use"] > 0, "removal %d: the other card's calls go on: %d" % (n, other["in_use"]), other)
    lost = {k: other["line"][k] - before[k] for k in ("lost", "lost_tx", "slips")}
    tap.same({k: v for k, v in lost.items() if v}, {}, "removal %d: and lose nothing" % n)


def plugged_in(calls, n):
    calls.guest.must("printf %%s %s:1234 >/sys/module/virtio_uml/parameters/device" % calls.cards[LEAVES].vhost)
    tap.ok(calls.in_service(LEAVES), "removal %d: plugged in, it is in service again" % n,
           (calls.span(LEAVES), calls.log("engine")))
    tap.ok(busy(calls, LEAVES), "removal %d: and has calls" % n, calls.span(LEAVES)["in_use"])


calls = Calls(tap, cards=2, timeout=1200 + 300 * REMOVALS)
try:
    calls.start()
    calls.call(calls.scenario(SCENARIO))
    tap.ok(calls.in_service(STAYS) and calls.in_service(LEAVES), "both cards are in service", calls.log("engine"))
    for n in range(1, REMOVALS + 1):
        tap.ok(busy(calls, STAYS) and busy(calls, LEAVES), "removal %d: both carry calls" % n)
        removed(calls, n)
        plugged_in(calls, n)
    calls.cards[STAYS].pass_ms(A_CALL)
    calls.exchange.terminate()
    status, results = calls.finish(600)
    stayed = [c for c in results["calls"] if c["class"] == "stays" and c.get("fault") != "unfinished"]
    bad = [c for c in stayed if not c["good"]]
    tap.ok(len(stayed) > CALLERS and not bad, "%d callers of the other card, all satisfied" % len(stayed), bad[:5])
except (TimeoutError, EOFError, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as problem:
    tap.ok(False, "to the end", "%r\n%s\n%s" % (problem, calls.log("engine"), calls.said()))
calls.end()
tap.end()
