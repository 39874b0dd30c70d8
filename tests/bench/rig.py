# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliance under load: the set-up of the call tests with many callers, and meters for processor
time, memory and lost samples.

The load is that of a call centre: half of the callers talk to each other in pairs, the other half
listens to recorded speech; DTMF and fax tones are looked for on every channel, and some calls are
recorded. Each octet that a caller hears is compared by the exchange."""
import audioop
import os
import re
import subprocess
import sys
import threading
import time
import wave

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "call"))
from appliance import BUILD, ROOT, SOUNDS, Appliance, Client  # noqa: E402

SPEECH = ["queue-periodic-announce", "vm-intro", "conf-placeintoconf", "vm-options", "demo-congrats"]
BLOCK = 160  # octets of the exchange's numbered blocks, which bridged callers speak
HEAD = b"StPa"


# ---- meters

def threads_ns(pid):
    """Processor time of each thread so far: {name: ns}, of equal names the sum."""
    out = {}
    for tid in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/comm" % (pid, tid)) as f:
                name = f.read().strip()
            with open("/proc/%d/task/%s/schedstat" % (pid, tid)) as f:
                out[name] = out.get(name, 0) + int(f.read().split()[0])
        except OSError:
            pass  # it has just ended
    return out


def cpu_ns(pid):
    return sum(threads_ns(pid).values())


def rss_anon_kb(pid):
    with open("/proc/%d/status" % pid) as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))


def machine():
    """What the figures were taken on."""
    with open("/proc/cpuinfo") as f:
        models = re.findall(r"model name\s*: (.*)", f.read())
    return {"processors": len(models), "model": models[0] if models else "?",
            "kernel": os.uname().release, "load_average": os.getloadavg()[0],
            "commit": subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
                                     capture_output=True, text=True).stdout.strip()}


# ---- sounds

def write_talk(path, seconds):
    """@seconds of real speech without a longer silence in it, each sample an A-law value."""
    octets = b""
    for name in SPEECH:
        with wave.open(os.path.join(SOUNDS, name + ".wav")) as w:
            octets += audioop.lin2alaw(w.readframes(w.getnframes()), 2)
    octets = octets.strip(b"\x55\xd5")
    octets = (octets * (seconds * 8000 // len(octets) + 1))[:seconds * 8000]
    with wave.open(path, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes(audioop.alaw2lin(octets, 2))


def fnv1a(octets):
    h = 2166136261
    for o in octets:
        h = (h ^ o) * 16777619 & 0xffffffff
    return h


def next_block(line, at):
    """(place, sample) of the first block from @at on, or None. Noise may look like its first octets."""
    at = line.find(HEAD, at)
    while 0 <= at <= len(line) - BLOCK:
        if fnv1a(line[at:at + 16]) == int.from_bytes(line[at + 16:at + 20], "big"):
            return at, int.from_bytes(line[at + 8:at + 16], "big")
        at = line.find(HEAD, at + 1)
    return None


def missing_blocks(path):
    """Of a recorded talk: (blocks in the track of the line, samples lost or gained between them)."""
    with open(path, "rb") as f:
        data = f.read()
    line = data[data.index(b"data") + 8:][0::2]
    blocks = gaps = 0
    last, here = None, next_block(line, 0)
    while here:
        blocks += 1
        if last and here != (last[0] + BLOCK, last[1] + BLOCK):
            gaps += abs((here[1] - last[1]) - (here[0] - last[0])) or BLOCK
        last, here = here, next_block(line, here[0] + BLOCK)
    return blocks, gaps


# ---- callers

class Load:
    """@callers at once for @talk_s seconds each, @recorded of them recorded; they come @after_s
    seconds after the lines. @two_wires: what they hear comes back."""

    def __init__(self, callers, talk_s, recorded, after_s=0, two_wires=False):
        assert callers % 2 == 0 and recorded % 2 == 0
        self.hybrid = " hybrid = { model = \"D.5\"; erl_db = 12.0; delay_ms = 20; };" if two_wires else ""
        self.callers, self.talk_s, self.after_s = callers, talk_s, after_s
        pairs = callers // 4 * 2
        recorded_pairs = min(recorded // 4 * 2, pairs)
        self.classes = [  # called number, callers
            ("810", recorded_pairs), ("800", pairs - recorded_pairs),
            ("910", recorded - recorded_pairs), ("900", callers - pairs - recorded + recorded_pairs)]
        self.clip_s = max(5, -(-talk_s // 50))

    def scenario(self):
        clips = -(-self.talk_s // self.clip_s)
        # What differs is counted and judged at the end: no call ends early for it.
        talk = "{ do = \"partner\"; ms = %d; within_ms = %d; differ = 1000000000; }" % (
            self.talk_s * 1000, self.talk_s * 1000 + 30000)
        listen = ", ".join(["{ do = \"hear_prompt\"; file = \"talk.wav\"; within_ms = 30000; "
                            "differ = 1000000000; }"] * clips)
        out = []
        for called, n in self.classes:
            if n:
                out.append("""{ name = "%s"; calls = %d; start_ms = %d; interval_ms = 50; called = "%s"; calling = "1XXXXXX";%s
  steps = ( { do = "connected"; within_ms = 30000; }, %s, { do = "hangup"; or_cleared = true; } ); }"""
                           % (called, n, self.after_s * 1000, called, self.hybrid,
                              talk if called[0] == "8" else listen))
        return "finish_ms = %d;\nclasses = (\n%s );\n" % ((self.talk_s + 60) * 1000, ",\n".join(out))


def serve(c, e):
    """The controller under load: answer, detect, record, play or bridge."""
    leg = e.get("leg")
    if e["type"] == "leg.offered":
        c.state.setdefault("called", {})[leg] = e["called"]
        c.request("answer", leg=leg)
    elif e["type"] == "leg.answered":
        called = c.state["called"][leg]
        c.request("detect", leg=leg, dtmf=True, fax=True)
        if called[1] == "1":
            c.request("record", leg=leg, file="load-%s-%d.wav" % (called, leg))
        if called[0] == "9":
            c.request("play", leg=leg, items=[{"file": "talk.wav"}], loop=True)
            return
        alone = c.state.setdefault("alone", {}).setdefault(called, [])
        alone.append(leg)
        if len(alone) == 2:
            c.request("bridge", legs=alone[:])
            del alone[:]


def serve_all(c, e):
    """The same, with every detector."""
    serve(c, e)
    if e["type"] == "leg.answered":
        c.request("detect", leg=e["leg"], dtmf=True, fax=True, tones=True)


def answer(c, e):
    """The controller of short calls."""
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


# ---- the appliance

def realtime_priority():
    """Command that gives the far end of a real-time run a priority below the engine's, if allowed:
    a line does not wait for a compiler. Without the right to it the run goes on as it is."""
    chrt = ["chrt", "-f", "30"]
    try:
        return chrt if subprocess.run(chrt + ["true"], capture_output=True).returncode == 0 else []
    except OSError:
        return []


class Rig(Appliance):
    """Programs under a meter. @patience: seconds of real time that a run may take."""

    def __init__(self, spans, lockstep, patience, valgrind=None, span=""):
        super().__init__(spans=spans, lockstep=lockstep, span=span,
                         engine="capacity = { legs = 1024; load_percent = 100; };")
        self.patience, self.valgrind = patience, valgrind

    def spawn(self, name, args):
        if name == "exchange" and not self.lockstep:
            args = realtime_priority() + args
        if name == "engine" and self.valgrind:
            args = ["valgrind", "--tool=callgrind", "--callgrind-out-file=" + self.valgrind] + args
        return super().spawn(name, args)

    def control(self, policy, **kw):
        c = super().control(policy, **kw)
        c.client.sock.settimeout(self.patience)
        return c

    def observer(self):
        o = self.observe()
        o.sock.settimeout(self.patience)
        o.read()  # the snapshot
        return o

    def daemon(self, flow):
        """The real strowgerd with one flow for every number."""
        self.write("flow.conf", flow)
        conf = self.write("strowgerd.conf", """site = 1; socket = "%s"; time_zone = "UTC";
engine = { socket = "%s"; }; store = { dir = "%s"; };
flows = [ "flow.conf" ]; routes = ( { called = "*"; flow = "bench"; } );
""" % (self.path("strowgerd.sock"), self.socket, self.path("store")))
        p = self.spawn("strowgerd", [os.path.join(BUILD, "strowgerd"), "-c", conf])
        self.wait_socket(self.path("strowgerd.sock"), p)
        return p

    def finish(self, exchange):
        """Return: (exit status, results)"""
        exchange.wait(self.patience)
        return self.finish_exchange(exchange)


class Watch(threading.Thread):
    """An observer that counts events, and calls @at[n]() when the nth leg has ended."""

    def __init__(self, rig, at):
        super().__init__(daemon=True)
        self.client, self.at, self.ended = rig.observer(), at, 0
        self.client.ask("events", on=True)
        self.start()

    def run(self):
        try:
            while True:
                if self.client.read().get("type") == "leg.ended":
                    self.ended += 1
                    if self.ended in self.at:
                        self.at[self.ended]()
        except (EOFError, OSError, ValueError):
            pass


def wait_for(what, seconds, condition):
    """Ask condition() often until it is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def floor(spans, seconds, *options):
    """The figures of one run of tests/bench/floor."""
    import json
    out = subprocess.run([os.path.join(BUILD, "tests/bench/floor"), "-n", str(spans), "-s", str(seconds)]
                         + list(options), capture_output=True, text=True, check=True).stdout
    return json.loads(out)


__all__ = ["BUILD", "ROOT", "Client", "Load", "Rig", "Watch", "answer", "cpu_ns", "floor", "machine",
           "missing_blocks", "rss_anon_kb", "serve", "threads_ns", "wait_for", "write_talk"]
