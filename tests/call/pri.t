#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ISDN PRI as real libpri speaks it, in lockstep: overlap receiving, who calls and who was called
before, channels, glare, RESTART, interruptions of the D-channel; EuroISDN and QSIG."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

tap = Tap()


def run(what, policy, scenario, args=(), status=0, **kw):
    with Appliance(**kw) as a:
        a.start_engine()
        c = a.control(policy)
        got, results = a.exchange(scenario, args)
        c.stats = a.observe().ask("spans")["spans"] if a.lockstep is False else None
        tap.same(a.stop(a.engine), 0, what + ": engine ends cleanly")
        c.close()
        tap.ok(got == status, what, a.read("exchange.log") + a.read("engine.log"))
        tap.same(c.failures(), [], what + ": no request failed")
        ended = [e["leg"] for e in c.of("leg.ended")]
        tap.same(len(ended), len(set(ended)), what + ": no leg ended twice")
        return c, results


def answer(c, e):
    """Answer everything, let the caller hang up."""
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


# ---- overlap receiving: digits one by one, complete by our own judgement

def overlap(c, e):
    if e["type"] == "leg.offered" and not e["complete"] and len(e["called"]) < 6:
        c.request("more", leg=e["leg"])
    elif e["type"] in ("leg.offered", "leg.digits") and len(e["called"]) >= 6:
        c.state["called"] = e["called"]
        c.request("proceed", leg=e["leg"])
        c.request("answer", leg=e["leg"])


c, r = run("overlap", overlap, """
classes = ( { name = "overlap"; calls = 2; interval_ms = 3000; called = "200456"; overlap = true;
  overlap_first = 2; overlap_gap_ms = 300;
  steps = ( { do = "connected"; }, { do = "wait"; ms = 500; }, { do = "hangup"; } ); } );""")
tap.same(c.state.get("called"), "200456", "overlap: the whole number")
tap.ok(len(c.of("leg.digits")) >= 8, "overlap: digits came one by one", c.events)

# ---- who calls: number, presentation, name, redirecting; both variants

for variant in ("euroisdn", "qsig"):
    c, r = run("party " + variant, answer, """
classes = (
 { name = "plain"; calls = 1; called = "200"; calling = "02112345"; display = "Li Wei";
   redirecting = "4455"; redirecting_reason = "busy";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 300; }, { do = "hangup"; } ); },
 { name = "hidden"; calls = 1; called = "200"; calling = "02199999"; presentation = "restricted";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 300; }, { do = "hangup"; } ); }
);""", span='variant = "%s";' % variant, exchange_span='variant = "%s";' % variant)
    offers = {e["calling"]: e for e in c.of("leg.offered")}
    plain, hidden = offers.get("02112345", {}), offers.get("02199999", {})
    tap.same((plain.get("called"), plain.get("presentation"), plain.get("name")),
             ("200", "allowed", "Li Wei"), variant + ": number, presentation, name")
    tap.same((plain.get("redirecting") or {}).get("number"), "4455", variant + ": redirecting")
    tap.same((plain.get("redirecting") or {}).get("reason"), 1, variant + ": reason of it")
    tap.same(hidden.get("presentation"), "restricted", variant + ": restricted")

# ---- channels: exclusive and preferred, both ends at once on the same ones (glare)


def both_ways(c, e):
    if e["type"] == "span.state" and e["in_service"] and "sent" not in c.state:
        c.state["sent"] = 0
    if e["type"] == "leg.offered":
        # A call of ours for each that comes, hunting into the network's direction on purpose.
        if c.state["sent"] < 8:
            c.state["sent"] += 1
            c.request("originate", called="501", hunt="ascending")
        c.request("answer", leg=e["leg"])


c, r = run("glare", both_ways, """
classes = (
 { name = "in"; calls = 12; arrivals = "burst"; burst = 12; called = "200"; exclusive = false;
   steps = ( { do = "connected"; }, { do = "wait"; ms = 2000; }, { do = "hangup"; } ); }
);
answers = ( { name = "out"; called = "501"; steps = ( { do = "answer"; }, { do = "wait"; ms = 1000; },
   { do = "hangup"; } ); } );""")
tap.same(len([e for e in c.of("leg.ended") if "answered_utc" in e]), 20,
         "glare: all 20 calls were answered")

# ---- RESTART from the far end ends the calls of the channel, and only those

c, r = run("restart one", answer, """
classes = ( { name = "in"; calls = 3; arrivals = "burst"; burst = 3; called = "200";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 4000; }, { do = "hangup"; or_cleared = true; } ); } );
faults = ( { fault = "restart_message"; at_ms = 3000; channel = 2; } );""", status=1)
ended = {e["channel"]: e for e in c.of("leg.ended")}
tap.same(sorted(ended), [1, 2, 3], "restart one: three legs")
tap.ok(ended[2]["ended_sample"] + 8000 < ended[1]["ended_sample"], "restart one: channel 2 ended first",
       ended)
tap.same([e["channel"] for e in c.of("channel.state") if e["state"] == "restarted"], [2],
         "restart one: told")

# ---- the D-channel is down for 5 s in the middle of calls: they live (T309)

c, r = run("D-channel down 5 s", answer, """
classes = ( { name = "in"; calls = 30; arrivals = "burst"; burst = 30; called = "200";
   steps = ( { do = "connected"; }, { do = "wait"; ms = 15000; }, { do = "hangup"; } ); } );
faults = ( { fault = "dchannel"; at_ms = 4000; ms = 5000; } );""")
tap.same({(e["cause"], e["by"]) for e in c.of("leg.ended")}, {(16, "far")},
         "D-channel down: all calls ended by their callers")
tap.ok(all(e["ended_sample"] - e["answered_sample"] > 14 * 8000 for e in c.of("leg.ended")),
       "D-channel down: none was cut short")

tap.done()
