#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Control sockets under bad clients: whatever they do, calls and other clients go on unharmed; and
what the engine promises a controller (replacement, replay, rights) holds."""
import os
import pwd
import socket
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "trace")]
import hostile
import traced
from appliance import PATIENCE, Appliance, Client, Tap
from relay import Relay

tap = Tap()

# ---- all of them at once on both sockets, while a caller of each kind is served: the calls are
# octet for octet those of the golden trace, which knows no bad clients


def attacks(engine, daemon):
    """(name, function, what must become of it, in a word)"""
    for where, path in (("engine", engine), ("daemon", daemon)):
        for name, octets, word in hostile.BAD_LINES:
            yield where + ": " + name, lambda p=path, o=octets: hostile.says(p, o), word
        yield where + ": nonsense before the hello", lambda p=path: hostile.says(
            p, b'{"id":1,"do":"stats"}\n', hello=False), "hello"
        yield where + ": half a line", lambda p=path: hostile.says(p, b'{"id":1,'), "time"
        yield where + ": silent", lambda p=path: hostile.says(p, b"", hello=False), "time"
        yield where + ": flood", lambda p=path: hostile.floods(p), "1000 of 1000 answered"
    yield "engine: never reads", lambda: hostile.never_reads(engine, "channels"), "cut off"
    yield "daemon: never reads", lambda: hostile.never_reads(daemon, "flows"), "cut off"
    yield "engine: observer commits", lambda: hostile.says(engine, b'{"committed":1}\n'), "observer"
    yield "engine: observer syncs", lambda: hostile.says(engine, b'{"synced":1}\n'), "observer"


class Attacker(threading.Thread):
    """Makes its attempt again and again until told to stop, with a pause that lets others in."""
    places = threading.Semaphore(12)  # fewer than an engine takes observers

    def __init__(self, name, attempt, word):
        super().__init__(daemon=True)
        self.what, self.attempt, self.word = name, attempt, word
        self.outcomes = []
        self.once = threading.Event()
        self.over = False
        self.start()

    def run(self):
        while not self.over:
            with Attacker.places:
                try:
                    self.outcomes.append(self.attempt())
                except (OSError, ValueError) as e:
                    self.outcomes.append("failed: %s" % e)
            self.once.set()
            time.sleep(0.05)


def golden(part):
    with open(os.path.join(HERE, "..", "trace", "menu.%s.ok" % part)) as f:
        return f.read()


with Appliance() as a:
    a.start_engine()
    events = traced.Events(a)
    relay = Relay(a)
    gate = relay.hold_before(40)  # in the middle of the calls
    a.start_daemon(engine=relay.path)
    exchange = a.start_exchange(traced.demo(traced.ONE_OF_EACH))
    attackers = []
    # One after the other makes its first attempt while the calls stand still; all of them go on
    # while they are served.
    for attack in attacks(a.socket, a.daemon_socket):
        attackers.append(Attacker(*attack))
        if attack[2] != "time":
            attackers[-1].once.wait(PATIENCE)
    gate.set()
    status, results = a.finish_exchange(exchange)
    for at in attackers:
        at.over = True
    for at in attackers:
        at.join(PATIENCE)
        wrong = [o for o in at.outcomes if at.word not in o]
        tap.ok(at.outcomes and not wrong, at.what + ": " + at.word, wrong)
    a.records(len(results["calls"]))
    tap.same(status, 0, "bad clients: every call does what it should")
    heard = a.read("exchange.trace")
    tap.ok(heard == golden("exchange"), "bad clients: callers hear and say the same",
           traced.difference(heard, golden("exchange")))
    tap.same(a.stop(a.engine), 0, "bad clients: engine ends cleanly")
    told = events.text().replace(a.dir, "DIR")
    tap.ok(told == golden("events"), "bad clients: a good observer is told the same",
           traced.difference(told, golden("events")))
    tap.same(a.stop(a.daemon), 0, "bad clients: daemon ends cleanly")
    log = a.read("engine.log")
    tap.ok("cut off" in log and len(log) < 200000, "bad clients: are in the log, which is not flooded",
           len(log))

# ---- a controller of our own: each caller hears a prompt, dials, hears another one


def serve(c, e):
    leg = e.get("leg")
    if e["type"] == "leg.offered":
        c.request("answer", leg=leg)
    elif e["type"] == "leg.answered":
        c.request("collect", leg=leg, max=1, first_ms=30000, items=[{"file": "vm-intro"}])
    elif e["type"] == "op.done" and e["kind"] == "collect" and e["reason"] != "hangup":
        c.request("play", leg=leg, items=[{"silence_ms": 200}, {"file": "hello-world"}])
    elif e["type"] == "op.done" and e["kind"] == "play" and e["reason"] == "end":
        c.request("hangup", leg=leg)


CALLS = """
classes = ( { name = "menu"; calls = 12; interval_ms = 700; called = "100"; calling = "021000##";
   steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "vm-intro.wav"; },
     { do = "dial"; digits = "1"; }, { do = "hear_prompt"; file = "hello-world.wav"; },
     { do = "cleared"; cause = 16; } ); } );
"""


class Handed:
    """A policy that serves the events before n and then lets somebody else take over."""

    def __init__(self, n, take_over):
        self.n, self.take_over = n, take_over

    def __call__(self, c, e):
        if e["event"] < self.n:
            serve(c, e)
        elif e["event"] == self.n:
            self.take_over(c)


def numbers(c):
    return [e["event"] for e in c.events]


with Appliance() as a:
    a.start_engine()
    new = []

    # The new one knows what the old one has done; this event and what follows is left to it.
    def replace(old):
        new.append(a.control(serve, instance=old.hello["instance"], committed=19))
    first = a.control(Handed(20, replace), commit=False)
    status, results = a.exchange(CALLS)
    tap.same((status, len(results["calls"])), (0, 12), "replaced: calls go on with the new controller")
    second = new[0]
    a.stop(a.engine)
    second.close()
    first.join(PATIENCE)
    tap.same(first.bye, "replaced", "replaced: the old one is told")
    tap.same(numbers(first), list(range(1, 1 + len(first.events))),
             "replaced: the old one was told each event, once")
    tap.same(numbers(second), list(range(20, 20 + len(second.events))),
             "replaced: the new one goes on where it stopped, each event once")
    tap.same(first.failures() + second.failures(), [], "replaced: no request failed")
    tap.same(len({e["leg"] for c in (first, second) for e in c.of("leg.ended")}), 12,
             "replaced: each leg ended")

with Appliance() as a:
    a.start_engine()
    new = []

    # Gone without a word and never committed: everything comes again, the snapshot after it.
    def leave(old):
        old.client.sock.shutdown(socket.SHUT_RDWR)
        new.append(a.control(serve))
    first = a.control(Handed(31, leave), commit=False)
    status, results = a.exchange(CALLS)
    a.stop(a.engine)
    second = new[0]
    second.close()
    tap.same(numbers(second), list(range(1, 1 + len(second.events))),
             "came back: all events that were not committed, each once, and the new ones")
    legs = {leg["leg"] for leg in second.snapshot["legs"]}
    begun = {e["leg"] for e in first.events if e["type"] == "leg.offered"}
    ended = {e["leg"] for e in first.events if e["type"] == "leg.ended"}
    tap.same((legs, second.snapshot["next"]), (begun - ended, 1 + len(first.events)), "came back: snapshot of the living")
    tap.ok(second.events[:len(first.events)] == first.events, "came back: the same events as before")

# ---- rights and limits


def as_nobody(path, what, **members):
    """Ask as an observer of another user; None if we may not become one."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(pwd.getpwnam("nobody").pw_gid)
            os.setuid(pwd.getpwnam("nobody").pw_uid)
            answer = Client(path, {"role": "observer"}).ask(what, **members)
            os.write(write, (answer.get("code") or "ok").encode())
        except OSError as e:
            os.write(write, str(e).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as f:
        return f.read()


with Appliance() as a:
    a.start_engine()
    o = a.observe()
    asked = {"proceed": dict(leg=1), "answer": dict(leg=1), "hangup": dict(leg=1), "tag": dict(leg=1, tag=""),
             "originate": dict(called="1"), "bridge": dict(legs=[1, 2]), "play": dict(leg=1, items=[]),
             "collect": dict(leg=1), "record": dict(leg=1, file="x"), "stop": dict(leg=1)}
    tap.same({what: o.ask(what, **m).get("code") for what, m in asked.items()},
             {what: "not-allowed" for what in asked}, "observer: may not do anything to calls")
    tap.same({what: o.ask(what).get("ok") for what in ("spans", "channels", "legs", "stats")},
             {what: True for what in ("spans", "channels", "legs", "stats")}, "observer: may look")
    tap.same([o.ask("block", span="E1-1", channel=7)["ok"], o.ask("unblock", span="E1-1", channel=7)["ok"]],
             [True, True], "observer of the engine's own user: may maintain")
    tap.same(o.ask("trace", span="E1-1", on=True, file="../outside").get("ok"), False,
             "observer: traces stay in their folder")
    tap.same(o.ask("stats", colour="red").get("code"), "bad-request", "unknown member: refused")
    tap.ok("colour" in o.ask("stats", colour="red")["error"], "unknown member: named")
    tap.same(o.ask("fly").get("code"), "not-allowed", "unknown request of an observer: refused")
    if os.geteuid() == 0:
        os.chmod(a.dir, 0o755)
        os.chmod(a.socket, 0o666)
        tap.same([as_nobody(a.socket, "stats"), as_nobody(a.socket, "block", span="E1-1"),
                  as_nobody(a.socket, "drain", on=True)], ["ok", "not-allowed", "not-allowed"],
                 "observer of another user: may look, not maintain")
    else:
        tap.skip("observer of another user", "needs root to become one")
    others = [a.observe() for _ in range(15)]
    tap.ok("16 observers" in hostile.says(a.socket, hostile.line(hostile.HELLO), hello=False),
           "the 17th observer is told why not")
    strangers = [hostile.connect(a.socket) for _ in range(12)]
    tap.ok(others[0].ask("stats")["ok"], "12 strangers: observers are served all the same")
    strangers[-1].sendall(hostile.line(hostile.HELLO))
    tap.ok("16 observers" in hostile.rest(strangers[-1].makefile("rb")), "12 strangers: the newest is heard")
    c = a.control(lambda ctl, e: None)
    tap.ok(c.hello["lockstep"], "12 strangers: a controller comes through")
    c.close()

tap.done()
