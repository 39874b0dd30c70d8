#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Overlap receiving with the real daemon, in lockstep: its route "*" takes any number, so only time
tells that no digit comes any more; time is the engine's sample clock, also when nothing happens."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

tap = Tap()

with Appliance() as a:
    a.start_engine()
    a.start_daemon()
    status, r = a.exchange("""
classes = (
 { name = "slow"; calls = 2; interval_ms = 500; called = "2051234"; calling = "0101##"; overlap = true;
   overlap_first = 0; overlap_gap_ms = 400;
   steps = ( { do = "connected"; within_ms = 20000; }, { do = "hear_prompt"; file = "hello.wav"; },
     { do = "hangup"; } ); }
);""")
    tap.same(status, 0, "callers are answered although nobody says that the number is complete")
    # The last digit leaves 2.4 s after the SETUP; 10 s later no further one is expected.
    slow = r["totals"]["setup_ms"]["max"]
    tap.ok(12400 <= slow <= 12500, "set-up takes the digits and 10 s of line time: %s ms" % slow, r)
    calls = a.records(2)
    tap.same([c["called"] for c in calls], ["2051234"] * 2, "the whole number is in the record")
    tap.same(a.stop(a.engine), 0, "engine ends cleanly")

tap.done()
