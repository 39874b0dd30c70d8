#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What maintenance and limits do to calls, in lockstep: drain, blocked channels and spans, RESTART,
more calls than there may be; and what a controller does seldom: transfer, fax tones, dial tone."""
import math
import os
import struct
import sys
import time
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import PATIENCE, Appliance, Tap

tap = Tap()


def run(what, policy, scenario, sounds=(), failures=(), **kw):
    """Every call does what it expects, each leg ends once, only these requests fail."""
    with Appliance(**kw) as a:
        for name, hz in sounds:
            tone(a.path("prompts", name), hz)
        a.start_engine()
        c = a.control(policy)
        status, _ = a.exchange(scenario)
        tap.same(a.stop(a.engine), 0, what + ": engine ends cleanly")
        c.close()
        tap.ok(status == 0, what, a.read("exchange.log") + a.read("engine.log"))
        tap.same([(f, r["code"]) for f, r in c.failures()], list(failures),
                 what + ": no other request failed")
        told = [e["leg"] for e in c.events if "leg" in e]
        last = {leg: max(i for i, l in enumerate(told) if l == leg) for leg in told}
        ends = [i for i, e in enumerate(e for e in c.events if "leg" in e) if e["type"] == "leg.ended"]
        tap.same(sorted(ends), sorted(last.values()), what + ": leg.ended is each leg's last event")
        return c


def tone(path, hz):
    """3 s of one frequency at -10 dBm0"""
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(8000)
        w.writeframes(b"".join(struct.pack("<h", int(7000 * math.sin(2 * math.pi * hz * i / 8000)))
                               for i in range(24000)))


def answer(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


# ---- drain: new calls are refused, those that are there end in peace, and then it says so

def drain(c, e):
    answer(c, e)
    if e["type"] == "leg.answered" and "on" not in c.state:
        c.state["on"] = c.request("drain", on=True)
        c.request("originate", called="501")
    elif e["type"] == "drained":
        c.request("drain", on=False)


c = run("drain", drain, """
classes = (
 { name = "there"; calls = 1; called = "200"; calling = "1";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 4000; }, { do = "hangup"; } ); },
 { name = "refused"; calls = 2; start_ms = 2000; interval_ms = 300; called = "200";
   steps = ( { do = "cleared"; cause = 42; } ); },
 { name = "after"; calls = 1; start_ms = 8000; called = "200"; calling = "2";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 500; }, { do = "hangup"; } ); } );""",
        failures=[("originate", "draining")])
tap.same([e["calling"] for e in c.of("leg.offered")], ["1", "2"], "drain: the calls between were not offered")
tap.same(len(c.of("drained")), 1, "drain: told once")
tap.same(c.of("overload"), [], "drain: it is no overload")

# ---- blocked channels and spans; RESTART of an idle channel


def block(c, e):
    answer(c, e)
    if e["type"] == "leg.answered" and "clock" not in c.state:
        c.state["clock"] = e["leg"]
        c.request("block", span="E1-1", channel=1)
        c.request("restart", span="E1-1", channel=9)
        c.request("play", leg=e["leg"], items=[{"silence_ms": 3000}])
    elif e["type"] == "op.done" and "blocked" not in c.state:
        c.state["blocked"] = True
        c.request("block", span="E1-1")
        c.request("originate", called="501")
        c.request("play", leg=e["leg"], items=[{"silence_ms": 3000}])
    elif e["type"] == "op.done" and e["reason"] == "end":
        c.request("unblock", span="E1-1")
        c.request("unblock", span="E1-1", channel=1)


c = run("block", block, """
classes = (
 { name = "clock"; calls = 1; called = "200"; channel = 5; calling = "5";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 12000; }, { do = "hangup"; } ); },
 { name = "exclusive"; calls = 1; start_ms = 1000; called = "200"; channel = 1;
   steps = ( { do = "cleared"; cause = 44; } ); },
 { name = "preferred"; calls = 1; start_ms = 1500; called = "200"; channel = 1; exclusive = false; calling = "6";
   steps = ( { do = "connected"; }, { do = "hangup"; } ); },
 { name = "span"; calls = 1; start_ms = 4500; called = "200";
   steps = ( { do = "cleared"; cause = 44; } ); },
 { name = "again"; calls = 1; start_ms = 8000; called = "200"; channel = 1; calling = "7";
   steps = ( { do = "connected"; }, { do = "hangup"; } ); } );""", failures=[("originate", "link-down")])
channels = {e["calling"]: e["channel"] for e in c.of("leg.ended")}
tap.ok(channels.get("6") not in (None, 1), "block: a preferred channel that is blocked is exchanged", channels)
tap.same((channels.get("5"), channels.get("7")), (5, 1), "block: the others on theirs")
tap.same([(e["channel"], e["state"]) for e in c.of("channel.state")],
         [(1, "blocked"), (9, "restarted"), (1, "unblocked")], "block: channel.state")
tap.same([e["in_service"] for e in c.of("span.state")], [True, False, True], "block: span.state")

# ---- more calls than capacity.legs: 42, and those that were accepted go on

c = run("overload", answer, """
classes = (
 { name = "accepted"; calls = 2; arrivals = "burst"; burst = 2; called = "200"; calling = "1";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 3000; }, { do = "hangup"; } ); },
 { name = "refused"; calls = 4; start_ms = 1000; interval_ms = 200; called = "200";
   steps = ( { do = "cleared"; cause = 42; } ); },
 { name = "later"; calls = 2; start_ms = 6000; interval_ms = 100; called = "200"; calling = "2";
   steps = ( { do = "connected"; }, { do = "hangup"; } ); } );""",
        engine="capacity = { legs = 2; };")
tap.same([(e["on"], e["why"], e["refused"]) for e in c.of("overload")],
         [(True, "channels", 1), (False, "over", 4)], "overload: told at begin and end")

# ---- transfer: b goes on with c where it was with a


def transfer(c, e):
    answer(c, e)
    if e["type"] == "leg.offered":
        c.state[e["calling"]] = e["leg"]
    elif e["type"] == "leg.answered" and e["leg"] == c.state.get("2"):
        c.request("bridge", legs=[c.state["1"], c.state["2"]])
    elif e["type"] == "leg.answered" and e["leg"] == c.state.get("3"):
        c.request("transfer", leg=c.state["1"], to=c.state["3"])


c = run("transfer", transfer, """
classes = (
 { name = "a"; calls = 1; called = "200"; calling = "1";
   steps = ( { do = "connected"; }, { do = "partner"; ms = 1000; linger_ms = 500; },
     { do = "wait"; ms = 6000; }, { do = "hangup"; } ); },
 { name = "b"; calls = 1; start_ms = 500; called = "200"; calling = "2";
   steps = ( { do = "connected"; }, { do = "partner"; ms = 1000; linger_ms = 500; },
     { do = "wait"; ms = 2000; }, { do = "partner"; ms = 1000; }, { do = "hangup"; } ); },
 { name = "c"; calls = 1; start_ms = 4000; called = "200"; calling = "3";
   steps = ( { do = "connected"; }, { do = "partner"; ms = 1000; }, { do = "hangup"; } ); } );""")
one, two, three = (c.state.get(n) for n in "123")
tap.same([(e["type"], set(e["legs"])) for e in c.of("bridged") + c.of("unbridged")],
         [("bridged", {one, two}), ("bridged", {two, three}), ("unbridged", {one, two}),
          ("unbridged", {two, three})], "transfer: bridges told")

# ---- fax tones, told once each and only to those who asked


def fax(c, e):
    answer(c, e)
    if e["type"] == "leg.answered":
        if e["leg"] in c.state.get("asks", ()):
            c.request("detect", leg=e["leg"], fax=True)
    elif e["type"] == "leg.offered" and e["calling"] != "9":
        c.state.setdefault("asks", []).append(e["leg"])


c = run("fax", fax, """
classes = (
 { name = "cng"; calls = 1; called = "200"; calling = "1";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 200; }, { do = "speak"; file = "cng.wav"; }, { do = "hangup"; } ); },
 { name = "ced"; calls = 1; called = "200"; calling = "2";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 200; }, { do = "speak"; file = "ced.wav"; }, { do = "hangup"; } ); },
 { name = "deaf"; calls = 1; called = "200"; calling = "9";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 200; }, { do = "speak"; file = "cng.wav"; }, { do = "hangup"; } ); } );""",
        sounds=[("cng.wav", 1100), ("ced.wav", 2100)])
legs = {e["leg"]: e["calling"] for e in c.of("leg.offered")}
tap.same(sorted((legs[e["leg"]], e["tone"]) for e in c.of("fax")), [("1", "cng"), ("2", "ced")], "fax: told")

# ---- dial tone until the first digit of an overlap call, which comes as soon as one is wanted


def dial(c, e):
    if e["type"] == "leg.offered":
        c.request("more", leg=e["leg"], tone=True, then=lambda c, a: c.state.update(op=a["op"]))
    elif e["type"] == "leg.digits" and len(e["called"]) == 3:
        c.request("answer", leg=e["leg"])


c = run("dial tone", dial, """
classes = ( { name = "overlap"; calls = 1; called = "245"; overlap = true; overlap_first = 0; overlap_gap_ms = 1000;
  steps = ( { do = "connected"; }, { do = "hangup"; } ); } );""")
tap.same([(e["op"], e["kind"], e["reason"], 0 < e["ms"] < 100) for e in c.of("op.done")],
         [(c.state.get("op"), "play", "digit", True)], "dial tone: begins at once, ends with a digit")

# ---- error performance and alarm history of a span after CRC errors and all ones


def measure(c, e):
    answer(c, e)
    if e["type"] == "leg.answered":
        c.request("play", leg=e["leg"], items=[{"silence_ms": 9000}])
    elif e["type"] == "op.done":
        c.request("spans", then=lambda c, a: c.state.update(a["spans"][0]))


c = run("performance", measure, """
classes = ( { name = "up"; calls = 1; called = "200";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 10000; }, { do = "hangup"; } ); } );
faults = ( { fault = "crc"; at_ms = 3000; ms = 900; rate = 0.01; }, { fault = "ais"; at_ms = 6000; ms = 700; } );""")
near, far = c.state["performance"]["near"], c.state["performance"]["far"]
total = near["total"]
# 1 s or 2 of errors, 1 s or 2 of the alarm, and the first one, in which alignment was found
tap.ok(total["seconds"] >= 10 and 3 <= total["es"] <= 5 and 2 <= total["ses"] <= 3 and total["uas"] == 0,
       "performance: near end", near)
tap.ok(5 <= total["bbe"] <= 15, "performance: blocks with errors", near)
tap.same((near["quarter"], near["day"], near["quarters"], near["days"], near["unavailable"]),
         (total, total, [], [], False), "performance: quarter and day")
# It had no alignment in the first second either, and said so by RAI.
tap.same((far["total"]["seconds"], far["total"]["ses"], far["total"]["bbe"]), (total["seconds"], 1, 0),
         "performance: far end")
tap.same([(h["alarm"], "cleared" in h) for h in c.state["history"]], [("AIS", True)], "performance: history")
tap.ok(all(0 < h["cleared"] - h["raised"] < 2 * 8000 for h in c.state["history"]),
       "performance: how long it was", c.state["history"])

# ---- the engine is ended in the middle of everything; a build with LeakSanitizer says what is left


def everything(c, e):
    leg = e.get("leg")
    answer(c, e)
    if e["type"] == "leg.answered":
        c.request("record", leg=leg, file="m-%d" % leg, beep=leg % 2 == 1)
        c.request("collect", leg=leg, max=4, items=[{"file": "hello-world"}, {"say": "Number %d" % leg}])
        c.request("play", leg=leg, items=[{"say": "Other %d" % leg}, {"tone": "busy"}], loop=True)


for lockstep in (True, False):
    with Appliance(lockstep=lockstep) as a:
        a.start_engine()
        c = a.control(everything)
        p = a.start_exchange("""
classes = ( { name = "up"; calls = 15; interval_ms = 50; called = "200";
   steps = ( { do = "connected"; within_ms = 60000; }, { do = "wait"; ms = 120000; } ); } );""")
        end = time.monotonic() + PATIENCE
        while len(c.of("leg.answered")) < 10 and time.monotonic() < end:
            time.sleep(0.002)
        tap.ok(len(c.of("leg.answered")) >= 10, "ended: calls are up")
        tap.ok(a.stop(a.engine) == 0, "ended with calls up, lockstep %s" % lockstep, a.read("engine.log"))
        p.kill()
        c.close()

tap.done()
