#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Callers with two wires over the emulated card: their hybrids are the exchange's (G.168, D.2 to D.9), the
canceller is our module, 128 ms on each channel: the same samples as this machine's gives, bit for bit;
cancellers changed, unloaded and loaded under these calls; what a millisecond costs beside MG2; and
the engine's own canceller on the same calls.

The engine of these tests gives its channels to DAHDI's cancellers (canceller.c)."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import calls
from rig import BUILD, FLAVOUR, HERE, Tap, until

TAIL_MS = 128
CALLERS = 30 if FLAVOUR == "plain" else 6
TRACE_MS = 12000 if FLAVOUR == "plain" else 6000  # from when the engine takes the card
TALK_MS = 48000 if FLAVOUR == "plain" else 12000
MODELS = ["D.%d" % n for n in range(2, 10)]
DELAYS = 0, 15, 40, 80  # [ms]
ERL = 6, 8, 10
DIGITS = "159D0*#483726"
# MG2 writes beyond its memory with 128 ms: a watched kernel ends everything for that.
KINDS = ("strowger", "mg2", "-") if FLAVOUR == "plain" else ("strowger", "-")
USED = {"strowger": [30, 0], "mg2": [0, 30], "-": [0, 0]}
SWAPS = 6
LOOKS = 6
ENOUGH = 15 if FLAVOUR == "plain" else 10  # [dB]; the fewer have talked less long
REPEATS = 15  # of a measurement
COST_MS = 300  # [ms of the line] of one
SYS = "/sys/module/dahdi_echocan_strowger/channels"
PROBLEMS = (TimeoutError, EOFError, RuntimeError, OSError, ValueError, KeyError, subprocess.SubprocessError)

FLOW = """name = "talk";
lang = "en";
steps = ( { name = "answer"; do = "answer"; },
 { name = "again"; do = "play"; items = ( { file = "priv-callee-options"; } ); },
 { name = "more"; do = "play"; items = ( { file = "demo-congrats"; }, { file = "demo-congrats"; } ); },
 { name = "end"; do = "hangup"; } );
"""
CALLER = """ { name = "%d"; calls = 1; called = "200"; calling = "%d"; start_ms = %d; channel = %d;
  hybrid = { model = "%s"; erl_db = %g; delay_ms = %d; };
  steps = ( { do = "connected"; within_ms = 20000; }, { do = "wait"; ms = 2000; },
   { do = "dial"; digits = "%s"; on_ms = 60; off_ms = 60; level = -12.0; twist = -2.0; },
   { do = "wait"; ms = %d; }, { do = "hangup"; or_cleared = true; } ); }"""
tap = Tap()


class Talk(calls.Calls):
    """Callers whose cancellers are those of DAHDI: names, in turn; none: the engine's own."""

    def __init__(self, kinds, callers):
        self.kinds, self.callers, self.at = kinds, callers, 0
        super().__init__(tap, memory="512M", timeout=900 if FLAVOUR == "plain" else 3600)
        self.ko = os.path.join(os.path.dirname(self.module), "dahdi_echocan_strowger.ko")
        self.flow = self.write("talk.conf", FLOW)
        guest = subprocess.run([os.path.join(HERE, "uml.sh"), FLAVOUR], stdout=subprocess.PIPE, check=True, text=True)
        self.guest.must("insmod %s/modules/dahdi_echocan_mg2.ko" % guest.stdout.strip())
        self.guest.must("insmod %s trace_ms=%d" % (self.ko, TRACE_MS))

    def program(self, name, arguments, log):
        if log == "engine" and self.kinds:
            name = "tests/kernel/canceller"
            arguments = "%d %s %s" % (8 * TAIL_MS, ",".join(self.kinds), arguments)
        return super().program(name, arguments, log)

    def begin(self):
        own = 0 if self.kinds else TAIL_MS
        kept = calls.SPAN, calls.DAEMON
        calls.SPAN = calls.SPAN.replace("echo_tail_ms = 0", "echo_tail_ms = %d" % own)
        calls.DAEMON = calls.DAEMON.replace("%(root)s/configs/flows/demo.conf", self.flow).replace('"demo"', '"talk"')
        try:
            self.start()
        finally:
            calls.SPAN, calls.DAEMON = kept
        slots = [n for n in range(1, 32) if n != 16][:self.callers]
        classes = ",\n".join(
            CALLER % (ts, ts, 2500 + 150 * i, ts, MODELS[i % 8], ERL[i % 3], DELAYS[i % 4], DIGITS, TALK_MS)
            for i, ts in enumerate(slots))
        self.call(self.scenario('name = "two wires";\ntones = "../tones/CN.conf";\nsounds = [ "%s" ];\n'
                                "spans = (\n);\nclasses = (\n%s\n);\n" % (calls.SOUNDS, classes)))
        self.slots = slots

    def milliseconds(self):
        return self.stats()["media"]["ticks"]

    def pass_ms(self, ms):
        """Line time; ends early when the callers are gone."""
        begin = self.milliseconds()
        until(lambda: self.milliseconds() >= begin + ms or self.ended(0.1), 1200)

    def talking(self):
        return self.stats()["calls"]["legs"]

    def used(self):
        """Channels with ours at work, with MG2"""
        listed = self.guest.must("cat /proc/dahdi/1")
        return [listed.count("(EC: %s - ACTIVE)" % name) for name in ("STROWGER", "MG2")]

    def next_kind(self):
        """Return: what is used then; waits until that is what it should be."""
        self.at = (self.at + 1) % len(self.kinds)
        self.guest.must("kill -USR1 %s" % self.engine)
        until(lambda: self.used() == USED[self.kinds[self.at]], 60)
        return self.used()

    def processor(self):
        """Time that the guest's kernel has used so far [s]."""
        with open("/proc/%d/schedstat" % self.kernel) as f:
            return int(f.read().split()[0]) / 1e9

    @property
    def kernel(self):
        pid = self.guest.process.pid
        for name in ("timeout", "linux"):
            pid = int(subprocess.run(["pgrep", "-P", str(pid), name], stdout=subprocess.PIPE, text=True).stdout.split()[0])
        return pid

    def cost(self):
        """Processor time for a millisecond of the line [s]"""
        begin, used = self.milliseconds(), self.processor()
        self.pass_ms(COST_MS)
        return (self.processor() - used) / (self.milliseconds() - begin)

    def figures(self, ts):
        text = self.guest.must("cd %s/%d && grep . state erl_cdb erle_cdb delay_ms samples" % (SYS, ts))
        return dict(line.split(":", 1) for line in text.splitlines())


def exact(talk):
    for ts in talk.slots:
        talk.guest.must("cat %s/%d/trace >%s" % (SYS, ts, talk.path("trace.%d" % ts)))
    replay = subprocess.run([os.path.join(BUILD, "tests/kernel/replay"), str(TAIL_MS)]
                            + [talk.path("trace.%d" % ts) for ts in talk.slots],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    results = [list(map(int, line.split())) for line in replay.stdout.splitlines()]
    samples = sum(r[0] for r in results)
    tap.ok(replay.returncode == 0 and samples == len(talk.slots) * TRACE_MS * 8,
           "%d samples of %d calls with hybrids: the kernel's output is this machine's, scalar, SSE2, AVX2"
           % (samples, len(results)), replay.stdout)


def cancels(talk, who, look):
    """What a canceller says of each channel: look() gives [(ERL, ERLE [dB], delay [ms])]. Voices pause: the best
    ERLE of several looks, the median of the ERL."""
    looks = []
    for _ in range(LOOKS):
        looks.append(look())
        talk.pass_ms(500)
    erl = [sorted(seen[0] for seen in channel)[LOOKS // 2] - ERL[i % 3] for i, channel in enumerate(zip(*looks))]
    late = [seen[2] - DELAYS[i % 4] for i, seen in enumerate(looks[-1])]
    erle = sorted(max(seen[1] for seen in channel) for channel in zip(*looks))
    tap.note("%s: ERL %+.1f to %+.1f dB from the hybrid's, ERLE %.1f to %.1f dB (median %.1f), echo begins %d to %d ms after "
             "the hybrid's delay" % (who, min(erl), max(erl), erle[0], erle[-1], erle[len(erle) // 2], min(late), max(late)))
    tap.ok(len(erl) == talk.callers and -3 < min(erl) and max(erl) < 3 and abs(sorted(erl)[len(erl) // 2]) < 0.5,
           "%s: loss is the hybrid's" % who, erl)
    tap.ok(erle[0] > 6 and erle[len(erle) // 2] > ENOUGH, "%s: the echo is cancelled" % who, erle)
    return late


def by_module(talk):
    def number(ts, name):
        return int(talk.figures(ts)[name])
    return [(number(ts, "erl_cdb") / 100, number(ts, "erle_cdb") / 100, number(ts, "delay_ms")) for ts in talk.slots]


def by_engine(talk):
    listed = json.loads(talk.guest.must("$BUILD/strowger --json channels"))
    return [(c["echo"]["erl_db"], c["echo"]["erle_db"], c["echo"]["delay_ms"]) for c in listed if "erle_db" in c.get("echo", {})]


def digits(talk, what):
    """What was understood over the prompt, by the call records."""
    records = json.loads(talk.guest.must("$BUILD/strowger --json calls --last 100"))
    heard = [r.get("digits", "") for r in records]
    tap.note("%s: digits of %d of %d callers all understood over the prompt: %s"
             % (what, heard.count(DIGITS), len(heard), [d for d in heard if d != DIGITS]))
    return heard


def swapped(talk):
    """All cancellers are exchanged while everybody talks; ours is unloaded when no channel has it, and loaded."""
    done = []
    for _ in range(SWAPS):
        used = talk.next_kind()
        talk.pass_ms(150)
        done.append([talk.kinds[talk.at], used, talk.guest.run("rmmod dahdi_echocan_strowger")[0] == 0])
        talk.pass_ms(100)
        if done[-1][2]:
            talk.guest.must("insmod %s trace_ms=500" % talk.ko)
    tap.same(done, [[kind, USED[kind], kind != "strowger"] for kind, _, _ in done],
             "under %d calls: cancellers exchanged on 30 channels, ours unloaded and loaded: %s" % (talk.talking(), [d[0] for d in done]))
    tap.same(talk.talking(), talk.callers, "nobody was cut off")


def measured(talk):
    """By turns, many times, the best of each: what else the machine does only ever makes it dearer."""
    cost = {kind: [] for kind in talk.kinds}
    for _ in range(REPEATS * len(talk.kinds)):
        cost[talk.kinds[talk.at]].append(1000 * talk.cost())
        talk.next_kind()
    tap.same(talk.talking(), talk.callers, "everybody talks still")
    none, ours, mg2 = (min(cost[kind]) for kind in ("-", "strowger", "mg2"))
    middle = {kind: sorted(values)[REPEATS // 2] for kind, values in cost.items()}
    tap.note("a millisecond of 30 channels of %d ms, best of %d: %.3f ms of processor time without cancelling, ours +%.3f, MG2 "
             "+%.3f; medians %s" % (TAIL_MS, REPEATS, none, ours - none, mg2 - none, {k: "%.3f" % v for k, v in middle.items()}))


def module():
    talk = Talk(KINDS, CALLERS)
    try:
        talk.begin()
        tap.ok(talk.in_service(), "in service with the far end", talk.log("engine"))
        tap.same(talk.used(), [30, 0], "the module cancels on 30 channels")
        until(lambda: all(int(talk.figures(ts)["samples"]) > TRACE_MS * 8 for ts in talk.slots) or talk.ended(0.1), 3000)
        tap.same(talk.talking(), CALLERS, "callers that talk")
        exact(talk)
        late = cancels(talk, "module", lambda: by_module(talk))
        tap.ok(0 <= min(late) <= max(late) <= 24, "module: echo is there when the hybrid sends it", late)
        swapped(talk)
        if FLAVOUR == "plain":
            measured(talk)
        status, results = talk.finish(3000)
        tap.same((status, results["totals"]["failed"]), (0, 0), "all callers were served") or tap.note(talk.said())
        digits(talk, "module")
    except PROBLEMS as problem:
        tap.ok(False, "to the end", "%r\n%s\n%s" % (problem, talk.log("engine"), talk.said()))
    talk.end()


def own():
    """The same calls with the engine's canceller."""
    talk = Talk((), CALLERS)
    try:
        talk.begin()
        tap.ok(talk.in_service(), "in service, with the engine's canceller", talk.log("engine"))
        until(lambda: talk.milliseconds() > TRACE_MS or talk.ended(0.1), 3000)
        cancels(talk, "engine", lambda: by_engine(talk))
        line = talk.span()["line"]
        tap.same([line[k] for k in ("lost", "lost_tx", "slips")], [0, 0, 0], "engine: nothing lost, no slip")
        tap.note("engine: a millisecond takes %.3f ms of the guest's kernel" % (1000 * min(talk.cost() for _ in range(REPEATS))))
        status, results = talk.finish(3000)
        tap.same((status, results["totals"]["failed"]), (0, 0), "all callers were served") or tap.note(talk.said())
        heard = digits(talk, "engine")
        tap.same((len(heard), set(heard)), (CALLERS, {DIGITS}), "every digit over the prompt is understood")
    except PROBLEMS as problem:
        tap.ok(False, "to the end", "%r\n%s\n%s" % (problem, talk.log("engine"), talk.said()))
    talk.end()


module()
if FLAVOUR == "plain":
    own()
tap.end()
