#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One E1, real libpri on both ends, in lockstep; the controller is a few lines of Python: each
request of docs/engine-protocol.md does what it says, heard at the far end."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

tap = Tap()


def run(what, policy, scenario, args=(), **kw):
    """Run a scenario under a policy; every call must do what it expects."""
    with Appliance(**kw) as a:
        a.start_engine()
        c = a.control(policy)
        status, results = a.exchange(scenario, args)
        stopped = a.stop(a.engine)
        c.close()
        tap.ok(status == 0, what, a.read("exchange.log") + a.read("engine.log"))
        tap.same(stopped, 0, what + ": engine ends cleanly")
        tap.same(c.failures(), [], what + ": no request failed")
        legs = {e["leg"] for e in c.of("leg.offered")} | {e["leg"] for e in c.of("leg.ended")}
        tap.same(sorted(e["leg"] for e in c.of("leg.ended")), sorted(legs),
                 what + ": each leg ended once")
        return a, c, results


# ---- answer, prompt bit-exact, digits over the prompt, spoken text, tones, causes

def menu(c, e):
    leg = e.get("leg")
    if e["type"] == "leg.offered":
        if e["called"] == "199":
            c.request("hangup", leg=leg, cause=17)
        elif e["called"] == "198":
            c.request("progress", leg=leg)
            c.request("play", leg=leg, items=[{"tone": "congestion"}])
        elif e["called"] == "197":
            c.request("alert", leg=leg, inband=True)
            c.request("play", leg=leg, items=[{"tone": "ringback"}])
        else:
            c.request("answer", leg=leg)
    elif e["type"] == "leg.answered":
        c.request("collect", leg=leg, max=4, terminators="#",
                  items=[{"file": "hello-world"}, {"silence_ms": 200},
                         {"say": "One two three four five six seven", "lang": "en"}])
    elif e["type"] == "op.done" and e["kind"] == "collect":
        c.state.setdefault("digits", []).append(e["digits"])
        c.request("play", leg=leg, items=[{"silence_ms": 300}])  # the key is still down
    elif e["type"] == "op.done" and e["reason"] == "end" and e["ms"] == 300:
        c.request("hangup", leg=leg, cause=16)


a, c, r = run("menu", menu, """
classes = (
 { name = "menu"; calls = 3; interval_ms = 500; called = "100"; calling = "021000##";
   steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "hello-world.wav"; },
     { do = "hear_speech"; ms = 500; }, { do = "dial"; digits = "12#"; },
     { do = "cleared"; cause = 16; } ); },
 { name = "busy"; calls = 1; called = "199"; steps = ( { do = "cleared"; cause = 17; } ); },
 { name = "congestion"; calls = 1; called = "198";
   steps = ( { do = "progressing"; }, { do = "hear_tone"; tone = "congestion"; },
     { do = "hangup"; } ); },
 { name = "ringing"; calls = 1; called = "197";
   steps = ( { do = "alerting"; }, { do = "hear_tone"; tone = "ringback"; within_ms = 12000; },
     { do = "hangup"; } ); },
 { name = "data"; calls = 1; called = "100"; bearer = "restricted";
   steps = ( { do = "cleared"; cause = 65; } ); },
 { name = "video"; calls = 1; called = "100"; bearer = "video";
   steps = ( { do = "cleared"; cause = 65; } ); }
);""")
tap.same(c.state["digits"], ["12"] * 3, "menu: digits understood")
ended = c.of("leg.ended")
tap.same(sorted(e["cause"] for e in ended), [16, 16, 16, 16, 16, 17], "menu: causes in the records")
tap.ok(all(e["ended_sample"] > e["offered_sample"] for e in ended), "menu: times in the records")

# ---- two callers in a bridge: transparent, and how long it takes


def pair(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])
    elif e["type"] == "leg.answered":
        waiting = c.state.setdefault("waiting", [])
        waiting.append(e["leg"])
        if len(waiting) == 2:
            c.request("bridge", legs=waiting[:])
            del waiting[:]


a, c, r = run("bridge", pair, """
classes = ( { name = "pair"; calls = 4; arrivals = "burst"; burst = 4; called = "3"; calling = "1##";
  steps = ( { do = "connected"; }, { do = "partner"; ms = 3000; max_delay_ms = 20; },
    { do = "hangup"; or_cleared = true; } ); } );""")
tap.same(len(c.of("bridged")), 2, "bridge: two bridges")
# From caller to caller: the jitter buffers of the engine (5 ms) and of the exchange (4 ms), and at
# most a block (1 ms) more.
t = r.get("totals", {})
tap.ok(9 <= t.get("partner_delay_min_ms", 0) <= t.get("partner_delay_max_ms", 99) <= 10,
       "bridge: %s ms from caller to caller, of these 9 jitter buffers" % t.get("partner_delay_max_ms"))

# ---- record: both tracks, exactly what was on the line


def record(c, e):
    leg = e.get("leg")
    if e["type"] == "leg.offered":
        c.request("answer", leg=leg)
    elif e["type"] == "leg.answered":
        c.request("record", leg=leg, file="message-%d.wav" % leg, terminators="#", silence_ms=2000,
                  max_ms=20000)
        c.request("play", leg=leg, items=[{"file": "hello-world.wav"}])
    elif e["type"] == "op.done" and e["kind"] == "record":
        c.state.setdefault("records", []).append(e)
        c.request("play", leg=leg, items=[{"silence_ms": 300}])
    elif e["type"] == "op.done" and e["reason"] == "end" and e["ms"] == 300:
        c.request("hangup", leg=leg)


a, c, r = run("record", record, """
classes = (
 { name = "key"; calls = 1; called = "3"; steps = ( { do = "connected"; },
   { do = "speak"; file = "vm-intro.wav"; }, { do = "dial"; digits = "#"; }, { do = "cleared"; } ); },
 { name = "silent"; calls = 1; called = "3"; steps = ( { do = "connected"; },
   { do = "speak"; file = "vm-intro.wav"; }, { do = "cleared"; within_ms = 20000; } ); }
);""")
tap.same(sorted(e["reason"] for e in c.state["records"]), ["silence", "terminator"],
         "record: ends by key and by silence")
tap.ok(all(f in e["recordings"] for e in c.of("leg.ended")
           for f in [x["file"] for x in c.state["records"] if x["leg"] == e["leg"]]),
       "record: file is in the leg's record")

# ---- originate: alerting, answer, causes; transfer


def dial_out(c, e):
    if e["type"] == "span.state" and e["in_service"] and "sent" not in c.state:
        c.state["sent"] = {}

        def note(name):
            def then(ctl, answer):
                ctl.state["sent"][answer.get("leg")] = name
            return then
        for name, number in (("answered", "501"), ("busy", "502"), ("silent", "503")):
            c.request("originate", then=note(name), called=number, calling="02188", name="Strowger",
                      timeout_ms=5000, hunt="descending")
    elif e["type"] == "leg.answered":
        c.request("play", leg=e["leg"], items=[{"file": "hello-world.wav"}])
    elif e["type"] == "op.done" and e["kind"] == "play":
        c.request("hangup", leg=e["leg"])


a, c, r = run("originate", dial_out, """
answers = (
 { name = "answers"; called = "501"; steps = ( { do = "alert"; }, { do = "wait"; ms = 500; },
   { do = "answer"; }, { do = "hear_prompt"; file = "hello-world.wav"; }, { do = "cleared"; } ); },
 { name = "busy"; called = "502"; steps = ( { do = "hangup"; cause = 17; } ); },
 { name = "silent"; called = "503"; steps = ( { do = "alert"; }, { do = "cleared"; within_ms = 20000; } ); }
);""", args=["--seconds", "10"])
names = {leg: name for leg, name in c.state.get("sent", {}).items()}
causes = {names.get(e["leg"]): (e["cause"], e["by"]) for e in c.of("leg.ended")}
tap.same(causes, {"answered": (16, "us"), "busy": (17, "far"), "silent": (102, "timeout")},
         "originate: causes")

tap.done()
