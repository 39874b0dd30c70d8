# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls cost in processor time: the engine against the floor, in real time, in lockstep and in
instructions; a channel's share as channels grow; the speed of lockstep."""
import os
import re
import statistics
import subprocess
import time

from rig import (BUILD, Load, Rig, cpu_ns, floor, serve, serve_all, threads_ns, wait_for,
                 write_talk)

CALLERS, RECORDED, SPANS = 120, 30, 4
RATIO = 2.5  # engine to floor at most
FLAT = 1.25  # a channel of 480 to a channel of 30 at most
FULL = 60  # % of a processor at most: 120 channels with 64 ms cancelling and all tones
SPEED = 4  # lockstep: times real time at least


class Talk:
    """A rig in which @callers talk; all of them are there once the constructor returns. @full: behind
    hybrids, with 64 ms cancelling and all detectors."""

    def __init__(self, spans, callers, recorded, talk_s, lockstep, valgrind=None, patience=600,
                 after_s=0, full=False):
        self.rig = Rig(spans, lockstep, patience, valgrind, "echo_tail_ms = 64;" if full else "")
        try:
            load = Load(callers, talk_s, recorded, after_s, full)
            write_talk(self.rig.path("prompts/talk.wav"), load.clip_s)
            self.engine = self.rig.start_engine()
            self.controller = self.rig.control(serve_all if full else serve)
            self.exchange = self.rig.start_exchange(load.scenario())
            self.observer = self.rig.observer()
            wait_for("%d calls" % callers, patience, lambda: self.legs() == callers)
        except BaseException:
            self.rig.close()
            raise

    def legs(self):
        if self.exchange.poll() is not None:
            raise RuntimeError("the exchange has ended: " + self.rig.read("exchange.log")[-2000:])
        return self.observer.ask("stats")["calls"]["legs"]

    def mark(self):
        """(ticks, processor time), right after the engine has published its figures."""
        first = now = self.observer.ask("stats")["media"]["ticks"]
        while now == first:
            now = self.observer.ask("stats")["media"]["ticks"]
        return now, cpu_ns(self.engine.pid)

    def finish(self):
        """Let the callers finish. Return: (all good, results)"""
        status, results = self.rig.finish(self.exchange)
        good = status == 0 and not self.controller.failures() and self.controller.error is None
        return good, results

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.exchange.poll() is None:
            self.exchange.terminate()
            self.exchange.terminate()
        self.rig.close()


def us_a_tick(f):
    return f["cpu_s"] * 1e6 / f["ticks"]


def real_time(rounds, seconds):
    """Engine and floor by turns over as much line time, paced by the clock. The figures of each are
    medians, in microseconds of processor time a millisecond."""
    floors, packets, engines, threads = [], [], [], {}
    for _ in range(rounds):
        floors.append(us_a_tick(floor(SPANS, seconds)))
        packets.append(us_a_tick(floor(SPANS, seconds, "-p")))
        with Talk(SPANS, CALLERS, RECORDED, seconds + 8, False) as t:
            time.sleep(1)
            begin, before = time.monotonic(), threads_ns(t.engine.pid)
            time.sleep(seconds)
            ms, after = (time.monotonic() - begin) * 1e3, threads_ns(t.engine.pid)
            spent = {k: (v - before.get(k, 0)) / 1e3 / ms for k, v in after.items()}
            engines.append(sum(spent.values()))
            for name, us in spent.items():
                threads.setdefault(name, []).append(round(us, 2))
        floors.append(us_a_tick(floor(SPANS, seconds)))
    ratio = statistics.median(engines) / statistics.median(floors)
    return {"floor_us": floors, "packets_us": packets, "engine_us": engines, "threads_us": threads,
            "ratio": ratio,
            "rows": [("floor, real time", statistics.median(floors), "us/ms", None, None),
                     ("of it packets", statistics.median(packets), "us/ms", None, None),
                     ("engine, real time", statistics.median(engines), "us/ms", None, None),
                     ("engine to floor, real time", ratio, "", "<= %.1f" % RATIO, ratio <= RATIO)]}


def full(rounds, seconds):
    """Cancelling and the whole tone set on all channels: processor time of the engine by line time."""
    shares = []
    for _ in range(rounds):
        with Talk(SPANS, CALLERS, 0, seconds + 13, False, full=True) as t:
            time.sleep(6)  # filters have been found
            begin, before = time.monotonic(), cpu_ns(t.engine.pid)
            time.sleep(seconds)
            shares.append((cpu_ns(t.engine.pid) - before) / 1e7 / (time.monotonic() - begin))
    share = statistics.median(shares)
    return {"percent": shares,
            "rows": [("120 channels, 64 ms cancelling, all tones", share, "% of a core", "<= %d" % FULL,
                      share <= FULL)]}


def lockstep(rounds, seconds):
    """The same without timers: no idling and no clock, so less depends on the machine."""
    floors, engines = [], []
    for _ in range(rounds):
        floors.append(us_a_tick(floor(SPANS, seconds, "-l")))
        with Talk(SPANS, CALLERS, RECORDED, seconds + 12, True) as t:
            a = t.mark()
            wait_for("ticks", 300, lambda: t.mark()[0] - a[0] >= seconds * 1000)
            b = t.mark()
            engines.append((b[1] - a[1]) / 1e3 / (b[0] - a[0]))
        floors.append(us_a_tick(floor(SPANS, seconds, "-l")))
    ratio = statistics.median(engines) / statistics.median(floors)
    return {"floor_us": floors, "engine_us": engines, "ratio": ratio,
            "rows": [("floor, lockstep", statistics.median(floors), "us/ms", None, None),
                     ("engine, lockstep", statistics.median(engines), "us/ms", None, None),
                     ("engine to floor, lockstep", ratio, "", None, None)]}


# ---- instructions

def total(out):
    """Instructions that callgrind counted."""
    with open(out) as f:
        return int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))


def floor_instructions(seconds, out):
    subprocess.run(["valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=" + out,
                    os.path.join(BUILD, "tests/bench/floor"), "-l", "-n", str(SPANS), "-s", str(seconds)],
                   check=True, capture_output=True)
    return total(out)


def engine_instructions(seconds, out):
    with Talk(SPANS, CALLERS, RECORDED, seconds, True, valgrind=out) as t:
        good, results = t.finish()
        t.rig.stop(t.engine)
    return total(out), results["line_ms"]


def instructions(folder, short_s=5, long_s=15):
    """User instructions a millisecond of line time: what a longer run needs more than a shorter one.
    In lockstep they hardly depend on the machine's load. The kernel's are not in them."""
    out = os.path.join(folder, "callgrind.%s")
    floor_ir = (floor_instructions(long_s, out % "floor") -
                floor_instructions(short_s, out % "floor")) / (1000 * (long_s - short_s))
    short, short_ms = engine_instructions(short_s, out % "engine-short")
    long, long_ms = engine_instructions(long_s, out % "engine")
    engine_ir = (long - short) / (long_ms - short_ms)
    return {"floor": floor_ir, "engine": engine_ir, "ratio": engine_ir / floor_ir,
            "rows": [("floor, user instructions", floor_ir / 1000, "k/ms", None, None),
                     ("engine, user instructions", engine_ir / 1000, "k/ms", None, None),
                     ("engine to floor, user instructions", engine_ir / floor_ir, "", None, None)]}


def full_instructions(folder, spans=1, short_s=3, long_s=6):
    """User instructions a millisecond of 30 channels with cancelling and all tones, as above. No bar:
    a processor's instructions a second are not in it."""
    counts = []
    for seconds in (short_s, long_s):
        out = os.path.join(folder, "callgrind.full-%d" % seconds)
        with Talk(spans, 30 * spans, 0, seconds, True, valgrind=out, full=True) as t:
            _, results = t.finish()
            t.rig.stop(t.engine)
        counts.append((total(out), results["line_ms"]))
    ir = (counts[1][0] - counts[0][0]) / (counts[1][1] - counts[0][1])
    return {"instructions": ir, "rows": [("%d channels, 64 ms, all tones, user instructions" %
                                          (30 * spans), ir / 1000, "k/ms", None, None)]}


# ---- growing

def channels(rounds, seconds):
    """Processor time of a channel, in lockstep, from 1 span to 16."""
    cost = {}
    for _ in range(rounds):
        for spans in (1, 2, 4, 8, 16):
            callers = 30 * spans
            with Talk(spans, callers, 0, seconds + 15, True) as t:
                a = t.mark()
                wait_for("ticks", 300, lambda: t.mark()[0] - a[0] >= seconds * 1000)
                b = t.mark()
                cost.setdefault(callers, []).append((b[1] - a[1]) / (b[0] - a[0]) / callers)
    best = {n: min(v) for n, v in cost.items()}
    growth = best[480] / best[30]
    return {"ns_a_channel_ms": cost, "growth": growth,
            "rows": [("a channel of %d, lockstep" % n, v, "ns/ms", None, None)
                     for n, v in best.items()] +
                    [("480 channels to 30, each", growth, "", "<= %.2f" % FLAT, growth <= FLAT)]}


# ---- speed

FLOW = """name = "bench"; lang = "en";
steps = ( { name = "start"; do = "answer"; },
  { name = "ask"; do = "collect"; into = "number"; items = ( { file = "talk"; } ); min = 4; max = 4;
    timeout = "bye"; },
  { name = "thank"; do = "play"; items = ( { file = "talk"; } ); },
  { name = "bye"; do = "hangup"; } );
"""
CALLS = """classes = ( { name = "half a minute"; arrivals = "keep"; keep = 30; calls = %d; interval_ms = 100;
  called = "100"; calling = "1XXXXXX";
  steps = ( { do = "connected"; }, { do = "hear_speech"; ms = 2000; }, { do = "dial"; digits = "4711"; },
    { do = "hear_prompt"; file = "talk.wav"; }, { do = "cleared"; cause = 16; } ); } );
"""


def speed(calls):
    """Line time by wall clock of 30 callers at once on one E1: engine, daemon and exchange."""
    with Rig(1, True, 600) as rig:
        write_talk(rig.path("prompts/talk.wav"), 20)
        engine = rig.start_engine()
        daemon = rig.daemon(FLOW)
        status, results = rig.finish(rig.start_exchange(CALLS % calls))
        rig.stop(engine)
        rig.stop(daemon)
    times = results["line_ms"] / results["real_ms"]
    good = status == 0 and results["most_calls_at_once"] == 30
    return {"times": times, "line_ms": results["line_ms"], "real_ms": results["real_ms"],
            "totals": results["totals"],
            "rows": [("calls in lockstep", results["totals"]["good"], "", "= %d" % calls, good),
                     ("lockstep, 30 calls on one E1", times, "x real time", ">= %d" % SPEED,
                      times >= SPEED)]}
