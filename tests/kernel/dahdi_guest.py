#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""In the guest, started by dahdi_engine.t: one engine on two DAHDI spans that dahdi_dynamic_loc has
crossed, so every call goes out on one of them and comes in on the other."""
import glob
import os
import random
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/call"))
from appliance import BUILD, Controller, Tap  # noqa: E402

SECONDS = 60
BLOCK, MARGIN = 20, 10  # [ms] DAHDI's own clock moves by 10 ms at a time
DIR = "/run/engine"
CALLS = 4
MS, SECOND = 8, 8000  # octets
PATIENCE = 100

tap = Tap()


def until(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def wav(name, octets):
    """One track of A-law, 8 kHz."""
    n = len(octets)
    head = (b"RIFF" + (50 + n).to_bytes(4, "little") + b"WAVEfmt " + (18).to_bytes(4, "little")
            + (6).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little")
            + (8000).to_bytes(4, "little") + (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
            + (0).to_bytes(2, "little") + b"fact" + (4).to_bytes(4, "little") + n.to_bytes(4, "little")
            + b"data" + n.to_bytes(4, "little"))
    with open(os.path.join(DIR, "prompts", name + ".wav"), "wb") as f:
        f.write(head + octets)


def tracks(name):
    """Of a recording: what came from the line, what went to it."""
    with open(os.path.join(DIR, "recordings", name), "rb") as f:
        data = f.read()
    at = data.index(b"data") + 8
    return data[at::2], data[at + 1::2]


def goes_on(said, at, heard, place, limit):
    """Where said, from at on, is heard again. Return: (at, place), None: nowhere."""
    probe = 64  # octets that do not come twice by chance
    for start in range(at, len(said), MS):
        found = heard.find(said[start:start + probe], place, limit)
        if found >= 0:
            return start, found
    return None


def equal(said, at, heard, place):
    """Octets that are the same from there on, whole milliseconds."""
    n, end = 0, min(len(said) - at, len(heard) - place)
    while n < end:
        step = min(4096, end - n)
        if said[at + n:at + n + step] != heard[place + n:place + n + step]:
            n += next(i for i in range(step) if said[at + n + i] != heard[place + n + i])
            break
        n += step
    return n - n % MS


def follow(said, heard):
    """How much of what was said was heard, and in how many pieces.
    Return: (octets heard, pieces)"""
    octets, pieces = 0, 0
    here = goes_on(said, 0, heard, 0, len(heard))
    while here:
        at, place = here
        n = equal(said, at, heard, place)
        octets, pieces = octets + n, pieces + 1
        at, place = at + max(n, MS), place + n
        here = goes_on(said, at, heard, place, place + SECOND)
    return octets, pieces


class Engine:
    def __init__(self, spans):
        for d in ("prompts", "recordings"):
            os.makedirs(os.path.join(DIR, d), exist_ok=True)
        with open(DIR + "/engine.conf", "w") as f:
            f.write("""
socket = "%s/socket";
tones = "%s/configs/tones/CN.conf";
prompts = [ "%s/prompts" ];
recordings = "%s/recordings";
capacity = { legs = 64; prompt_cache_mb = 16; };
spans = ( %s );
""" % (DIR, ROOT, DIR, DIR, ", ".join(spans)))
        self.log = open(DIR + "/log", "w")
        self.process = subprocess.Popen([BUILD + "/strowger-engine", DIR + "/engine.conf"], stderr=self.log)
        until(lambda: os.path.exists(DIR + "/socket") or self.process.poll() is not None)
        self.offered = {}
        self.c = Controller(DIR + "/socket", self.policy)

    def policy(self, c, event):
        if event["type"] == "leg.offered":
            self.offered[event["called"]] = event["leg"]
            c.request("answer", leg=event["leg"])

    def ask(self, what, **members):
        answers = []
        self.c.request(what, lambda c, a: answers.append(a), **members)
        until(lambda: answers)
        return answers[0]

    def span(self, name):
        return next(s for s in self.ask("spans")["spans"] if s["span"] == name)

    def up(self, *names):
        return until(lambda: all(self.span(n)["state"] == "in-service" for n in names))

    def call(self, number, span):
        """Return: leg that called, leg that was called."""
        leg = self.ask("originate", called=number, span=span).get("leg")
        until(lambda: any(e["leg"] == leg for e in self.c.of("leg.answered") + self.c.of("leg.ended")))
        return leg, self.offered.get(number)

    def ended(self, leg):
        return until(lambda: next((e for e in self.c.of("leg.ended") if e["leg"] == leg), None))

    def done(self, kind, leg):
        return until(lambda: next((e for e in self.c.of("op.done")
                                   if e["kind"] == kind and e["leg"] == leg), None), SECONDS + PATIENCE)

    def lost(self):
        """Milliseconds that both spans know they have lost."""
        return {(n, k): self.span(n)["line"][k] for n in ("D1", "D2") for k in ("lost", "lost_tx", "slips")}

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait()
        self.c.close()
        return status

    def said(self):
        with open(DIR + "/log") as f:
            return f.read()


def span(name, device, side, more=""):
    return ('{ name = "%s"; backend = "dahdi"; device = "%s"; signalling = "pri-%s"; block_ms = %d; '
            'margin_ms = %d; echo_tail_ms = 0; %s }' % (name, device, side, BLOCK, MARGIN, more))


def create_spans():
    with open("/run/system.conf", "w") as f:
        f.write("dynamic=loc,1:0,31,0\ndynamic=loc,1:1,31,0\n")
    subprocess.run(["dahdi_cfg", "-c", "/run/system.conf"], check=True)


def comes_up(e):
    tap.ok(e.up("D1", "D2"), "both D-channels are up", e.said())
    s = e.span("D1")
    tap.same((s["alarms"], s["dchannel"], s["channels"]), ([], "up", 30), "no alarm, 30 channels")
    tap.ok('span 1 "DYN/loc/1:0"' in s["device"], "the technician sees the device", s["device"])
    tap.same([s["hdlc"][k] for k in ("fcs_errors", "aborts", "tx_refused")], [0, 0, 0], "frames are whole")


def exact(e):
    """Both ends say random octets and record what they hear: what is not heard was counted."""
    sound = [random.Random(i).randbytes(SECONDS * 8000) for i in range(2)]
    for i in range(2):
        wav("sound%d" % i, sound[i])
    before = e.lost()
    pairs = [e.call("10%d" % i, "D1") for i in range(CALLS)]
    tap.ok(all(a and b for a, b in pairs), "%d calls are answered" % CALLS, e.said())
    for i, pair in enumerate(pairs):
        for k, leg in enumerate(pair):
            e.c.request("record", leg=leg, file="r%d%d.wav" % (i, k))
            e.c.request("play", leg=leg, items=[{"file": "sound%d" % k}, {"silence_ms": 2000}])
    for a, b in pairs:
        e.done("play", a), e.done("play", b)
    for leg in sum(pairs, ()):
        e.c.request("hangup", leg=leg)
    tap.ok(all(e.ended(leg) for leg in sum(pairs, ())), "and end")
    lost = {k: v - before[k] for k, v in e.lost().items()}
    counted = sum(lost.values())
    pieces = missing = 0
    for i in range(CALLS):
        for k in range(2):
            octets, n = follow(sound[1 - k], tracks("r%d%d.wav" % (i, k))[0])
            pieces += n
            missing += SECONDS * 8000 - octets
    tap.same((missing, counted, pieces), (0, 0, 2 * CALLS),
             "%d s of random octets arrive on %d channels, both ways, each in one piece" % (SECONDS, CALLS))


def delay(e):
    """From the line through a bridge back to the line, twice through DAHDI."""
    sound = random.Random(7).randbytes(4000)
    wav("mark", sound)
    a, a2 = e.call("201", "D1")
    b, b2 = e.call("202", "D1")
    e.ask("bridge", legs=[a2, b2])
    e.c.request("record", leg=a, file="a.wav")
    e.c.request("record", leg=b, file="b.wav")
    e.c.request("play", leg=a, items=[{"silence_ms": 300}, {"file": "mark"}, {"silence_ms": 1000}])
    e.done("play", a)
    for leg in (a, b):
        e.c.request("hangup", leg=leg)
        e.ended(leg)
    sent = tracks("a.wav")[1].find(sound[:64])
    heard = tracks("b.wav")[0].find(sound[:64])
    ms = (heard - sent) / 8
    tap.ok(sent >= 0 and 2 * BLOCK <= ms <= 2 * (3 * BLOCK + 2 * MARGIN),
           "line, engine, line, engine: %.1f ms with blocks of %d ms and %d ms of margin" % (ms, BLOCK, MARGIN))


def unassign(name, n):
    with open(glob.glob("/sys/bus/dahdi_devices/devices/%s/unassign_span" % name)[0], "w") as f:
        f.write("%d\n" % n)


def assign(name):
    with open(glob.glob("/sys/bus/dahdi_devices/devices/%s/auto_assign" % name)[0], "w") as f:
        f.write("1\n")


def served(e):
    a, b = e.call("400", "D1")
    if not a or not b:
        return False
    e.c.request("hangup", leg=a)
    return e.ended(a)["cause"] == 16


def removal(e):
    pairs = [e.call("30%d" % i, "D1") for i in range(CALLS)]
    name = sorted(os.path.basename(p) for p in glob.glob("/sys/bus/dahdi_devices/devices/*"))[1]
    unassign(name, 1)
    ends = [e.ended(b) for a, b in pairs]
    tap.same([(r["cause"], r["by"]) for r in ends if r], [(27, "line")] * CALLS,
             "a span that goes takes its calls with it: cause 27")
    tap.ok(until(lambda: "ABSENT" in e.span("D2")["alarms"]), "and is told to be absent", e.span("D2"))
    tap.ok(until(lambda: "no DAHDI span" in e.span("D2")["device"]), "the technician sees why", e.span("D2")["device"])
    tap.ok(e.process.poll() is None, "the engine lives on")
    assign(name)
    tap.ok(e.up("D1", "D2"), "when it comes back it is taken into service", e.said())
    # While the data link comes up again a call may fail.
    until(lambda: served(e))
    tap.ok(served(e), "and serves calls, which end as usual", e.said())


create_spans()
engine = Engine([span("D1", "DYN/loc/1:0", "user"), span("D2", "2", "network", "clock_priority = 2;")])
comes_up(engine)
exact(engine)
delay(engine)
removal(engine)
media = engine.ask("stats").get("media", {})
print("# media thread: %s" % {k: media.get(k) for k in ("ticks", "busy_us", "late", "held", "load_percent")})
tap.same(engine.close(), 0, "the engine ends cleanly")
tap.done()
