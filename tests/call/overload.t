#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Three times as many callers as can be served: those beyond capacity are told so (cause 42), who was
accepted hears every octet of every prompt and every digit of theirs is understood."""
import collections
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from appliance import ROOT, Appliance, Tap

tap = Tap()


def menu(c, e):
    """A prompt over which four digits are dialled, then another prompt, then the end."""
    leg = e.get("leg")
    if e["type"] == "leg.offered":
        c.request("answer", leg=leg)
    elif e["type"] == "leg.answered":
        c.request("collect", leg=leg, min=4, max=4, first_ms=30000, items=[{"file": "vm-intro"}])
    elif e["type"] == "op.done" and e["kind"] == "collect" and e["reason"] != "hangup":
        c.state.setdefault("digits", []).append(e["digits"])
        c.request("play", leg=leg, items=[{"silence_ms": 300}, {"file": "hello-world"}])
    elif e["type"] == "op.done" and e["kind"] == "play" and e["reason"] == "end":
        c.request("hangup", leg=leg)


CALLER = """name = "caller"; called = "100"; calling = "021000##";
  steps = ( { do = "connected"; or_cause = 42; }, { do = "hear_prompt"; file = "vm-intro.wav"; },
    { do = "dial"; digits = "4711"; }, { do = "hear_prompt"; file = "hello-world.wav"; },
    { do = "cleared"; cause = 16; } );"""


def run(what, policy, scenario, status=0, args=(), **kw):
    with Appliance(**kw) as a:
        a.start_engine()
        c = a.control(policy)
        got, results = a.exchange(scenario, args)
        stats = a.observe().ask("stats")
        tap.same((got, a.stop(a.engine)), (status, 0), what + ": callers meet what they should")
        c.close()
        return c, results, stats


def outcomes(results):
    return collections.Counter((c["good"], c["cause"]) for c in results["calls"])


# ---- capacity of the engine

def curious(c, e):
    if e["type"] == "overload" and e["on"]:
        c.request("originate", then=lambda ctl, a: ctl.state.update(refused=a["code"]), called="900")
    menu(c, e)


c, r, stats = run("legs", curious, """classes = ( { calls = 30; arrivals = "burst"; burst = 30; %s } );""" % CALLER,
                  engine="capacity = { legs = 10; };")
tap.same(outcomes(r), {(True, 16): 10, (True, 42): 20}, "legs: 10 are served, 20 refused with cause 42")
tap.same((r["totals"]["prompt_octets_different"], r["totals"]["prompts_heard"]), (0, 20),
         "legs: who was accepted heard every octet")
tap.same(c.state["digits"], ["4711"] * 10, "legs: and every digit was understood")
tap.same([(e["on"], e["why"]) for e in c.of("overload")], [(True, "channels"), (False, "over")],
         "legs: overload is told once, and its end once")
tap.same((c.of("overload")[-1]["refused"], stats["calls"]["refused"]), (20, 20), "legs: refusals are counted")
tap.same(c.state.get("refused"), "overload", "legs: a call of ours is refused, too")
tap.same(len(c.of("leg.ended")), 10, "legs: who was refused was no leg")

# ---- it does not end: 30 callers at any time, who call again

c, r, stats = run("on and on", menu, """finish_ms = 60000;
classes = ( { arrivals = "keep"; keep = 30; calls = 0; interval_ms = 20; %s } );""" % CALLER,
                  args=["--seconds", "20"], engine="capacity = { legs = 10; };")
n = outcomes(r)
served, refused = n[(True, 16)], n[(True, 42)]
tap.ok(served >= 20 and refused > 2 * served and served + refused == len(r["calls"]),
       "on and on: served or refused, nothing else", n)
tap.same((r["totals"]["prompt_octets_different"], r["totals"]["prompts_heard"]), (0, 2 * served),
         "on and on: who was accepted heard every octet")
tap.same(c.state["digits"], ["4711"] * served, "on and on: and every digit was understood")
told = [e["on"] for e in c.of("overload")]
tap.ok(told and told == [True, False] * (len(told) // 2), "on and on: begin and end alternate", told)
tap.same((c.of("overload")[-1]["refused"], stats["calls"]["refused"]), (refused, refused),
         "on and on: refusals are counted")

# ---- capacity of the line: the exchange has no channel for them

c, r, stats = run("line", menu, """classes = ( { calls = 90; arrivals = "burst"; burst = 90; wait_channel = false;
  %s } );""" % CALLER, status=1)
good = [x for x in r["calls"] if x["good"]]
tap.same((len(good), r["totals"]["failed_by_reason"]), (30, {"no-channel": 60}),
         "line: 30 are served, 60 find no channel")
tap.same((r["totals"]["prompt_octets_different"], r["totals"]["prompts_heard"]), (0, 60),
         "line: who came through heard every octet")
tap.same(c.state["digits"], ["4711"] * 30, "line: and every digit was understood")
tap.same((len(c.of("leg.offered")), stats["calls"]["refused"], c.of("overload")), (30, 0, []),
         "line: the appliance knows nothing of the others")

# ---- draining: the living go on, nobody new, and it is told when the last has gone

def drain(c, e):
    if e["type"] == "leg.answered" and e["leg"] == 3:
        c.request("drain", on=True)
    if e["type"] == "drained":
        c.request("drain", on=False)
    menu(c, e)


c, r, stats = run("drain", drain, """classes = (
  { calls = 3; arrivals = "burst"; burst = 3; %s },
  { start_ms = 3000; calls = 2; interval_ms = 1000; %s },
  { start_ms = 20000; calls = 1; %s } );""" % (CALLER, CALLER.replace("caller", "late"),
                                              CALLER.replace("caller", "afterwards")))
by = {name: outcomes({"calls": [x for x in r["calls"] if x["class"] == name]})
      for name in ("caller", "late", "afterwards")}
tap.same(by, {"caller": {(True, 16): 3}, "late": {(True, 42): 2}, "afterwards": {(True, 16): 1}},
         "drain: nobody new until it is over")
last = [e["event"] for e in c.of("leg.ended")][2]
tap.same(([e["event"] for e in c.of("drained")], c.of("overload")), ([last + 1], []),
         "drain: told when the last has gone, and it is no overload")

# ---- the whole appliance under its own scenario

with open(os.path.join(ROOT, "configs/exchange/faults/overload.conf")) as f:
    text = f.read()
with Appliance(engine="capacity = { legs = 10; };") as a:
    a.start_engine()
    a.start_daemon()
    status, r = a.exchange("finish_ms = 60000;\n" + text[text.index("classes ="):], ["--seconds", "12"])
    n = outcomes(r)
    tap.ok(status == 0, "appliance: configs/exchange/faults/overload.conf holds", a.read("exchange.log"))
    served = sum(n.values()) - n[(True, 42)]
    records = a.records(served)
    tap.same((len(records), {x["digits"] for x in records}), (served, {"4471#"}),
             "appliance: records are of those who were served")
    tap.same((a.stop(a.engine), a.stop(a.daemon)), (0, 0), "appliance: both end cleanly")

tap.done()
