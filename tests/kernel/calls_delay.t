#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a voice takes from the line through card, driver, DAHDI, engine and back to the line, in line
time, with the engine's blocks as they come (5 ms) and the margin of a site (3 ms). Callers who talk to each
other say blocks that tell when they were said."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calls import SOUNDS, Calls
from rig import Tap

CALLERS = 6  # in pairs
MARGIN = 3  # [ms]
EXCHANGE_JITTER = 3  # [ms] of its own buffer, docs/exchange.md
CARD_JITTER = 4  # [ms] of the emulated card's cable
MOST = 25  # [ms] of all that is not those two
tap = Tap()

SCENARIO = """
name = "delay";
tones = "../tones/CN.conf";
sounds = [ "%s" ];
spans = (
);
classes = (
	{ name = "two callers"; arrivals = "burst"; burst = 2; calls = %d; interval_ms = 2000;
	  called = "200"; calling = "01062330000-01062339999";
	  steps = ( { do = "connected"; }, { do = "hear_speech"; ms = 1500; }, { do = "dial"; digits = "3"; },
	            { do = "partner"; ms = 2000; differ = 80000; within_ms = 60000; },
	            { do = "hangup"; or_cleared = true; } ); }
);
""" % (SOUNDS, CALLERS)

calls = Calls(tap, margin=MARGIN)
try:
    calls.start()
    calls.call(calls.scenario(SCENARIO))
    status, results = calls.finish(600)
    totals = results["totals"]
    tap.same((totals["offered"], totals["failed"]), (CALLERS, 0), "callers in pairs hear each other") or \
        tap.note(calls.said())
    least = totals["partner_delay_min_ms"]
    tap.between(least - EXCHANGE_JITTER - CARD_JITTER, 1, MOST, "line to line through the engine [ms]")
    tap.note("as callers meet it, with both cables' buffers: %g to %g ms" % (
        least, totals["partner_delay_max_ms"]))
except (TimeoutError, EOFError, RuntimeError, OSError, ValueError, KeyError,
        subprocess.SubprocessError) as problem:
    tap.ok(False, "to the end", "%r\n%s\n%s" % (problem, calls.log("engine"), calls.said()))
calls.end()
tap.end()
