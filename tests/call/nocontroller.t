#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nobody controls the engine, in real time: calls are held, hear the announcement or not, get the
configured cause; whoever comes in time takes them, with everything that happened before. Criteria
are causes and order, never how long something took on this machine."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import PATIENCE, Appliance, Tap

tap = Tap()


def nothing(c, e):
    pass


def answer(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


def engine(hold_ms, more=""):
    return "no_controller = { hold_ms = %d; %s };" % (hold_ms, more)


def until(good, what):
    """Wait for something that must happen."""
    end = time.monotonic() + PATIENCE
    while not good() and time.monotonic() < end:
        time.sleep(0.01)
    return tap.ok(good(), what)


def stop(a, what, status, scenario_of):
    tap.same(a.stop(a.engine), 0, what + ": engine ends cleanly")
    tap.ok(status == 0, what, scenario_of + a.read("engine.log"))


# ---- nobody ever comes: cause after the hold, with or without an announcement; then somebody comes

with Appliance(lockstep=False, engine=engine(300)) as a:
    a.start_engine()
    status, _ = a.exchange("""
classes = ( { name = "held"; calls = 3; interval_ms = 100; called = "200";
  steps = ( { do = "proceeding"; within_ms = 60000; }, { do = "cleared"; cause = 41; within_ms = 60000; } ); } );""")
    c = a.control(nothing)
    until(lambda: len(c.of("no-controller")) == 1, "silent: told to whoever comes")
    stop(a, "silent", status, a.read("exchange.log"))
    c.close()
    tap.same([(e["held"], e["overflowed"]) for e in c.of("no-controller")], [(3, 3)], "silent: counted")
    tap.same([(e["cause"], e["by"]) for e in c.of("leg.ended")], [(41, "us")] * 3, "silent: three records")
    numbers = [e["event"] for e in c.events]
    tap.same(numbers, list(range(numbers[0], numbers[0] + len(numbers))), "silent: replay without a gap")

with Appliance(lockstep=False, engine=engine(0, 'announcement = "hello-world"; cause = 27;')) as a:
    a.start_engine()
    status, _ = a.exchange("""
classes = ( { name = "told"; calls = 2; interval_ms = 200; called = "200";
  steps = ( { do = "progressing"; within_ms = 60000; }, { do = "hear_speech"; ms = 300; within_ms = 60000; },
    { do = "cleared"; cause = 27; within_ms = 60000; } ); } );""")
    c = a.control(nothing)
    until(lambda: len(c.of("no-controller")) == 1, "announcement: told to whoever comes")
    stop(a, "announcement", status, a.read("exchange.log"))
    c.close()
    tap.same([(e["kind"], e["reason"]) for e in c.of("op.done")], [("play", "end")] * 2,
             "announcement: heard to its end")

with Appliance(lockstep=False, engine=engine(0, 'announcement = "not-there"; cause = 27;')) as a:
    a.start_engine()
    status, _ = a.exchange("""
classes = ( { name = "told"; calls = 1; called = "200";
  steps = ( { do = "cleared"; cause = 27; within_ms = 60000; } ); } );""")
    stop(a, "announcement missing", status, a.read("exchange.log"))

# ---- the controller comes while a call is held, and takes it

with Appliance(lockstep=False, engine=engine(30000)) as a:
    a.start_engine()
    watcher = a.observe()
    p = a.start_exchange("""
classes = ( { name = "held"; calls = 1; called = "200";
  steps = ( { do = "connected"; within_ms = 60000; }, { do = "hangup"; } ); } );""")
    until(lambda: watcher.ask("legs")["legs"], "in time: a call waits")
    c = a.control(answer)
    status, _ = a.finish_exchange(p)
    until(lambda: c.of("leg.ended"), "in time: it has a record")
    stop(a, "in time", status, a.read("exchange.log"))
    c.close()
    tap.same([(e["held"], e["overflowed"]) for e in c.of("no-controller")], [(1, 0)], "in time: counted")
    tap.same(c.failures(), [], "in time: no request failed")

# ---- the controller goes away from an offered call and from a talk; another one gets it all

with Appliance(lockstep=False, engine=engine(500)) as a:
    def leave(c, e):
        if e["type"] == "leg.offered" and e["calling"] == "1":
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.offered":
            c.client.sock.shutdown(2)

    a.start_engine()
    c = a.control(leave, commit=False)
    p = a.start_exchange("""
classes = ( { name = "talks"; calls = 1; called = "200"; calling = "1";
   steps = ( { do = "connected"; within_ms = 60000; }, { do = "wait"; ms = 4000; }, { do = "hangup"; } ); },
 { name = "left"; calls = 1; start_ms = 1000; called = "200"; calling = "2";
   steps = ( { do = "cleared"; cause = 41; within_ms = 60000; } ); } );""")
    c.join(PATIENCE)
    c.close()
    done = c.events[-2]["event"]  # all but the last are safe
    status, _ = a.finish_exchange(p)
    again = a.control(nothing, instance=c.hello["instance"], committed=done)
    until(lambda: len(again.of("leg.ended")) == 2, "gone: both records")
    stop(a, "gone", status, a.read("exchange.log"))
    again.close()
    tap.same(again.events[0]["event"], done + 1, "gone: replay begins behind what is safe")
    legs = {e["calling"]: (e["cause"], e["by"]) for e in again.of("leg.ended")}
    tap.same(legs, {"1": (16, "far"), "2": (41, "us")}, "gone: the talk went on, the other call did not")
    tap.same(len(again.of("leg.ended")), 2, "gone: one record each")

tap.done()
