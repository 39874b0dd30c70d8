#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Callers with two wires: their hybrids send back what we say. Digits are understood while a prompt
plays over a loss of 6 dB only, and who speaks to them through a bridge does not hear himself."""
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

tap = Tap()

# ITU-T G.711 table 1a
ALAW = [(-1 if not o & 0x80 else 1) * ((((o ^ 0x55) & 15) * 16 + (8 if not (o ^ 0x55) & 0x70 else 264))
        << max(((o ^ 0x55) >> 4 & 7) - 1, 0)) for o in range(256)]
DIGITS = "159D0*#483726"
MODELS = ["D.%d" % n for n in range(2, 10)]
DELAYS = {64: ((0, 7, 31), (3, 15, 23)), 128: ((63, 95),)}  # [ms], by the tail; as many as a span has room for


def understood(tail_ms, erl, delays):
    """Callers with each model and delay; each dials over a prompt that does not stop for it. Return: digits seen, per caller"""
    def policy(c, e):
        if e["type"] == "leg.offered":
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.answered":
            c.request("play", leg=e["leg"], items=[{"file": "priv-callee-options"}])

    classes = ",\n".join(
        '{ name = "%s-%d"; calls = 1; called = "100"; start_ms = %d;'
        ' hybrid = { model = "%s"; erl_db = %g; delay_ms = %d; }; steps = ( { do = "connected"; },'
        ' { do = "wait"; ms = 2000; },'
        ' { do = "dial"; digits = "%s"; on_ms = 60; off_ms = 60; level = -12.0; twist = -2.0; },'
        ' { do = "wait"; ms = 300; } ); }'
        % (m, d, 170 * i, m, erl, d, DIGITS)
        for i, (m, d) in enumerate((m, d) for m in MODELS for d in delays))
    with Appliance(span="echo_tail_ms = %d;" % tail_ms) as a:
        a.start_engine()
        c = a.control(policy)
        status, _ = a.exchange("classes = ( %s );" % classes)
        a.stop(a.engine)
        c.close()
        assert status == 0, a.read("exchange.log")
        return [e["digits"] for e in c.of("leg.ended")]


def overheard(tail_ms, two_wires):
    """Two callers in a bridge; one speaks. Return: what he hears below what he says [dB], the
    figures of the other's channel while he speaks."""
    found = []

    def policy(c, e):
        legs = c.state.setdefault("legs", {})
        if e["type"] == "leg.offered":
            legs[e["called"]] = e["leg"]
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.answered":
            c.state["up"] = c.state.get("up", 0) + 1
            if c.state["up"] == 2:
                c.request("bridge", legs=[legs["101"], legs["102"]])
                c.request("record", leg=legs["101"], file="overheard.wav")
                c.request("wake", sample=e["sample"] + 8 * 6000)
        elif e["type"] == "leg.ended" and e["leg"] == legs["101"]:
            c.request("hangup", leg=legs["102"], cause=16)
        elif e["type"] == "wake":
            found.extend(x["echo"] for x in a.observed.ask("channels")["channels"]
                         if x.get("leg") == legs["102"] and "echo" in x)

    hybrid = 'hybrid = { model = "D.4"; erl_db = 8.0; delay_ms = 20; };' if two_wires else ""
    with Appliance(span="echo_tail_ms = %d;" % tail_ms) as a:
        a.start_engine()
        a.observed = a.observe()
        c = a.control(policy)
        status, _ = a.exchange("""classes = (
 { name = "speaks"; calls = 1; called = "101"; steps = ( { do = "connected"; }, { do = "wait"; ms = 500; },
   { do = "speak"; file = "demo-congrats.wav"; }, { do = "hangup"; } ); },
 { name = "listens"; calls = 1; called = "102"; %s steps = ( { do = "connected"; }, { do = "cleared"; within_ms = 90000; } ); }
);""" % hybrid)
        a.stop(a.engine)
        c.close()
        tap.ok(c.failures() == [], "bridge: no request failed", c.failures())
        with open(a.path("recordings", "overheard.wav"), "rb") as f:
            data = f.read()
    tracks = data[data.index(b"data") + 8:]
    begin = 3 * 8000  # it has had two seconds and a half

    def power(track):
        return sum(ALAW[o] ** 2 for o in tracks[2 * begin + track:2 * (begin + 15 * 8000):2])
    return 10 * math.log10(power(0) / power(1)), found


with_echo = understood(0, 6, DELAYS[64][0])
without = [digits for tail in DELAYS for delays in DELAYS[tail] for digits in understood(tail, 6, delays)]
print("# digits understood over a prompt, loss 6 dB: %d of %d; without cancelling %d of %d" % (
    sum(d == DIGITS for d in without), len(without), sum(d == DIGITS for d in with_echo), len(with_echo)))
tap.same(without, [DIGITS] * len(MODELS) * sum(len(d) for t in DELAYS.values() for d in t), "digits over a prompt, 6 dB: all understood")

loud, _ = overheard(0, True)
quiet, figures = overheard(64, True)
print("# what he hears of himself: %.1f dB down, without cancelling %.1f" % (quiet, loud))
tap.ok(loud < 12, "bridge: there is an echo", loud)
tap.ok(quiet > 40, "bridge: it is gone", quiet)
echo = figures[0] if figures else {}
tap.same(echo.get("state"), "cancelling", "figures: state")
tap.ok(6 < echo.get("erl_db", 0) < 12, "figures: loss of the path", echo)
tap.ok(echo.get("erle_db", 0) > 20, "figures: what is cancelled", echo)
tap.ok(16 <= echo.get("delay_ms", 0) <= 48, "figures: where the echo begins", echo)
tap.done()
