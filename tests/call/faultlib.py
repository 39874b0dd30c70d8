# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole calls under a fault: callers talk to each other in pairs through the appliance, in lockstep,
while the exchange does the fault. Afterwards it is known what was heard, octet for octet, what both
ends counted, and what the appliance reported at which sample."""
import os
import select
import socket
import struct
import sys
import threading
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

CALLERS = 28
SILENCE = b"\xd5"   # A-law
EARS = 2            # the first pair is recorded at the exchange, what they hear and what they say
MS = 8              # samples
PACKET = 8          # octets of one timeslot in a packet of the cable
WINDOW = 16         # octets that are enough to know where in the partner's speech we are
SURE = 4            # octets that are enough when the way is known
REACH = 4096        # octets by which the way between partners may become longer or shorter

# What the appliance promises [ms]: core/span/e1_alarm.h, core/line/pw_port.h, engine's jitter_ms.
RAISE, CLEAR, PAUSE, BUFFER = 100, 500, 100, 5

tap = Tap()


def pair(c, e):
    """Answer everybody and join them two by two in the order in which they come, those whose numbers
    begin alike."""
    waiting = c.state.setdefault("waiting", {})
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])
        c.state[e["leg"]] = e["calling"][:1]
    elif e["type"] == "leg.answered":
        group = waiting.setdefault(c.state[e["leg"]], [])
        group.append(e["leg"])
        if len(group) == 2:
            c.request("bridge", legs=group[:])
            del group[:]


def talkers(talk_ms, differ, calm_ms=3000, callers=CALLERS):
    """Everybody hears the partner for talk_ms, in which the fault is and so many octets may be wrong,
    and then for calm_ms, in which none may."""
    steps = """{ do = "connected"; },
     { do = "partner"; ms = %d; within_ms = %d; differ = %d; },
     { do = "partner"; ms = %d; within_ms = %d; },
     { do = "hangup"; or_cleared = true; } ); }""" % (
         talk_ms, talk_ms + 20000, differ, calm_ms, calm_ms + 5000)
    others = """,
 { name = "talker"; calls = %d; arrivals = "burst"; burst = %d; called = "200"; calling = "2##";
   steps = ( %s""" % (callers - EARS, callers - EARS, steps)
    return """
classes = (
 { name = "ear"; calls = %d; arrivals = "burst"; burst = %d; called = "200"; calling = "1##";
   steps = ( { do = "record"; file = "ear"; }, %s%s );
""" % (EARS, EARS, steps, others if callers > EARS else "")


class Hearing:
    """What one caller heard of what the partner said, both from the same sample on.
    gaps: [(position, octets)] that are not the partner's, between the first and the last that are;
    delays: [(position, samples)]: the way at first, and whenever it became longer or shorter;
    skipped: octets that were said and never heard because the way became shorter."""

    def __init__(self, heard, said):
        self.gaps, self.delays, self.skipped = [], [], 0
        said = said.rstrip(SILENCE)                     # after the last word
        at, delay = self.next_known(heard, said, 0, None)
        while at is not None:
            self.delays.append((at, delay))
            while True:
                end = self.same_until(heard, said, at, delay)
                at, now = self.next_known(heard, said, end, delay)
                if at is None or at - now >= len(said):
                    break
                self.gaps.append((end, at - end))
                if now != delay:
                    break
            if at is None or at - now >= len(said):
                break
            self.skipped += max(0, delay - now)
            delay = now
        self.wrong = sum(n for _, n in self.gaps)

    @staticmethod
    def same_until(heard, said, at, delay):
        while at < len(heard) and at - delay < len(said) and heard[at] == said[at - delay]:
            at += 1
        return at

    @staticmethod
    def next_known(heard, said, at, delay):
        """(position, delay) from which on the partner is heard; (None, None): not any more."""
        for at in range(at, len(heard) - WINDOW):
            window = heard[at:at + WINDOW]
            middle = at - (delay or 0)
            if delay is not None and window[:SURE] == said[middle:middle + SURE]:
                return at, delay
            if len(set(window)) < WINDOW // 2:              # silence says nothing
                continue
            found = said.find(window, max(0, middle - REACH), max(0, middle + REACH))
            if found >= 0:
                return at, at - found
        return None, None


def ears(folder):
    """(heard, said) of each recorded caller, by name of the recording."""
    tracks = {}
    for name in sorted(os.listdir(folder)):
        if name.startswith("ear-"):
            with open(os.path.join(folder, name), "rb") as f:
                data = f.read()
            at = data.index(b"data") + 8
            tracks[name] = data[at::2], data[at + 1::2]
    return tracks


class Run:
    """One run, and what became of it."""

    def __init__(self, what, faults, talk_ms=6000, differ=0, calm_ms=3000, callers=CALLERS,
                 policy=pair, scenario=None, status=0, appliance=Appliance, **kw):
        self.what = what
        body = scenario or talkers(talk_ms, differ, calm_ms, callers)
        with appliance(**kw) as a:
            a.start_engine()
            c = self.control = a.control(policy)
            got, self.results = a.exchange(body + "faults = ( %s );\n" % faults)
            self.span = a.observe().ask("spans")["spans"][0]
            self.stats = a.observe().ask("stats")
            self.stopped = a.stop(a.engine)
            c.close()
            self.log = a.read("exchange.log") + a.read("engine.log")
            self.trace = a.read("exchange.trace").splitlines()
            self.ears = ears(a.path("out"))
            self.finish(a)
        self.far = self.results["spans"][0]
        self.events = c.events
        self.ok(got == status, "every caller had what it should", self.log)
        self.same(self.stopped, 0, "engine ends cleanly")
        self.same(c.failures(), [], "no request failed")

    def finish(self, appliance):
        """For tests that want more of the appliance before its folder is gone."""

    def ok(self, good, what, detail=None):
        return tap.ok(good, "%s: %s" % (self.what, what), detail)

    def same(self, got, want, what):
        return tap.same(got, want, "%s: %s" % (self.what, what))

    def between(self, got, low, high, what):
        return self.ok(low <= got <= high, what, "got %r, want %r to %r" % (got, low, high))

    # ---- what happened

    def fault_at(self, kind, edge="begins", nth=0):
        """Line time of the exchange [ms] at which a fault began or ended."""
        word = "fault %s %s" % (kind, edge)
        return [int(l.split()[0]) for l in self.trace if word in l][nth]

    def of(self, kind):
        return [e for e in self.events if e["type"] == kind]

    def states(self):
        """span.state events after the D-channel came up first."""
        all_states = self.of("span.state")
        up = next(i for i, e in enumerate(all_states) if e["in_service"])
        return all_states[up + 1:]

    def alarm_edges(self):
        """[(alarm, raised, sample)] after the start."""
        edges, before = [], set()
        for e in self.states():
            now = set(e["alarms"])
            edges += [(a, True, e["sample"]) for a in sorted(now - before)]
            edges += [(a, False, e["sample"]) for a in sorted(before - now)]
            before = now
        return edges

    def hearing(self):
        """Hearing of each of the recorded pair."""
        (a, b) = self.ears.values()
        return [Hearing(a[0], b[1]), Hearing(b[0], a[1])]

    # ---- what is asked of many faults

    def all_lived(self, calls=CALLERS):
        """No call was lost or cut short, each ended once, by its caller."""
        ended = self.of("leg.ended")
        self.same(len(ended), calls, "each call ended once")
        self.same({(e["cause"], e["by"]) for e in ended}, {(16, "far")}, "calls ended by their callers")
        self.same(self.results["totals"]["good"], calls, "all calls good at the exchange")

    def normal_again(self):
        """At the end: no alarm, in service, nobody in a channel, no event of the media lost."""
        s = self.span
        self.same((s["state"], s["alarms"], s["defects"], s["dchannel"], s["in_use"]),
                  ("in-service", [], [], "up", 0), "normal again")
        self.same(self.stats["media"]["events_lost"], 0, "no event lost")

    def quiet(self):
        """Nothing was reported: neither alarm nor D-channel nor service."""
        self.same(self.states(), [], "nothing to report")


# ---- somebody on the way between exchange and appliance

class CableRelay(threading.Thread):
    """Carries the cable's datagrams in lockstep, a tick at a time: tamper(to_engine, ms, packets) gets
    those of one millisecond of line time of the sender and says which are carried on, in this tick. The
    token behind them is made to say how many (core/line/lockstep.h)."""
    TOKEN = b"SWLK\x01\x00"

    def __init__(self, tamper):
        super().__init__(daemon=True)
        self.tamper = tamper
        self.to_exchange, self.to_engine = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                                            for _ in range(2))
        for s in (self.to_exchange, self.to_engine):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.bind(("127.0.0.1", 0))
        self.wake, self.over = os.pipe()

    @staticmethod
    def address(s):
        return "%s:%d" % s.getsockname()

    def run(self):
        waiting = {True: [], False: []}
        other = {self.to_exchange: self.to_engine, self.to_engine: self.to_exchange}
        while True:
            readable = select.select([self.wake] + list(other), [], [])[0]
            if self.wake in readable:
                return
            for s in readable:
                try:
                    self.take(s.recv(2048), waiting[s is self.to_exchange], other[s],
                              s is self.to_exchange)
                except ConnectionRefusedError:
                    pass                                    # the other end is not there yet

    def take(self, d, packets, to, to_engine):
        if d[:6] != self.TOKEN:
            packets.append(d)
            return
        tick, = struct.unpack(">Q", d[8:])
        carried = self.tamper(to_engine, tick - 1, packets)
        for p in carried:
            to.send(p)
        to.send(self.TOKEN + struct.pack(">HQ", len(carried), tick))
        del packets[:]

    def stop(self):
        os.close(self.over)
        self.join()
        for s in (self.to_exchange, self.to_engine):
            s.close()
        os.close(self.wake)


class Tapped(Appliance):
    """An appliance whose first span is connected to the exchange through a relay."""

    def __init__(self, tamper, **kw):
        self.relay = CableRelay(tamper)
        super().__init__(**kw)
        engine, exchange = (("127.0.0.1", p) for p in self.ports[:2])
        self.relay.to_engine.connect(engine)
        self.relay.to_exchange.connect(exchange)
        self.relay.start()

    def engine_conf(self, *args):
        return super().engine_conf(*args).replace(
            'remote = "%s"' % self.span_pair(0)[1], 'remote = "%s"' % CableRelay.address(self.relay.to_engine))

    def scenario(self, body):
        return super().scenario(body).replace(
            'remote = "%s"' % self.span_pair(0)[0],
            'remote = "%s"' % CableRelay.address(self.relay.to_exchange))

    def close(self):
        super().close()
        self.relay.stop()
