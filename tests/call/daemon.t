#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""strowgerd may die at any moment, its engine too, and its store may be full. What must hold: no
call drops for the daemon's sake, each living call goes on in its flow afterwards, and each call has
its record, once."""
import collections
import os
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "trace")]
import traced
from appliance import PATIENCE, Appliance, Tap
from relay import Relay, StandIn

tap = Tap()


def until(what, good):
    """Wait for a state of things, however slow the machine is."""
    end = time.monotonic() + PATIENCE
    while not good():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain: " + what)
        time.sleep(0.02)


def once_each(a, n, what):
    """n call records, of n legs. Return: the records"""
    a.await_daemon("stats", lambda s: s["store"]["calls"] >= n)
    records = a.all_records()
    legs = collections.Counter((r["instance"], r["leg"]) for r in records)
    tap.same((len(records), len(legs)), (n, n), what + ": each call has its record, once")
    return records


# ---- the daemon dies at an exact moment, in lockstep: a caller of each kind notices nothing

def killed_at(what, moment, dead_ms):
    """moment: sets the relay's trap; dead_ms: line time until the daemon is started again"""
    with Appliance() as a:
        a.start_engine()
        relay = Relay(a)
        moment(relay)
        a.start_daemon(engine=relay.path)

        def revive():
            if not relay.killed.wait(PATIENCE):
                return
            if dead_ms:
                StandIn(a.socket, dead_ms).reached.wait(PATIENCE)
            a.start_daemon()
        reviver = threading.Thread(target=revive)
        exchange = a.start_exchange(traced.demo(traced.ONE_OF_EACH))
        reviver.start()
        status, results = a.finish_exchange(exchange)
        reviver.join()
        tap.ok(relay.killed.is_set() and status == 0, what + ": every call goes on",
               a.read("exchange.log") + a.read("strowgerd.log"))
        once_each(a, len(results["calls"]), what)
        tap.same((a.stop(a.engine), a.stop(a.daemon)), (0, 0), what + ": both end cleanly")


for number, dead_ms in ((2, 0), (5, 900), (27, 1500), (35, 0), (50, 1500), (66, 700)):
    killed_at("dead before event %d, for %d ms" % (number, dead_ms),
              lambda relay, n=number: relay.kill_before(n), dead_ms)
for number in (1, 33, 57):
    killed_at("dead after request %d" % number, lambda relay, n=number: relay.kill_after(n), 0)

# ---- in real time, with 30 callers, a third of whom end while it is dead

MUSIC = """
name = "music";
steps = ( { name = "start"; do = "answer"; },
  { name = "music"; do = "play"; items = ( { file = "queue-periodic-announce"; } ); next = "music"; } );
"""
NUMBER = """
name = "number";
steps = ( { name = "start"; do = "answer"; },
  { name = "ask"; do = "collect"; items = ( { file = "hello"; } ); into = "n"; min = 3; max = 8;
    terminators = "#"; first_ms = 60000; inter_ms = 5000; timeout = "end"; },
  { name = "read"; do = "play"; items = ( { file = "you-entered"; }, { digits = "{n}"; files = "digits/"; } ); },
  { name = "end"; do = "hangup"; } );
"""
ROOM = """
name = "room";
steps = ( { name = "start"; do = "answer"; },
  { name = "meet"; do = "meet"; room = "r"; waiting = ( { silence_ms = 1000; } ); max_wait_s = 60;
    timeout = "end"; },
  { name = "end"; do = "hangup"; } );
"""
# Who hears music hangs up only when it stops, and it stops only while nobody starts it again. Octets
# may differ: on a busy machine packets come late.
THIRTY = """
patience_ms = 5000;
classes = (
 { name = "music"; calls = 10; arrivals = "burst"; burst = 10; called = "20"; calling = "1##";
   steps = ( { do = "connected"; within_ms = 30000; }, { do = "hear_speech"; ms = 500; },
     { do = "hear_silence"; ms = 2000; within_ms = 100000; }, { do = "hangup"; } ); },
 { name = "number"; calls = 6; arrivals = "burst"; burst = 6; called = "21"; calling = "2##";
   steps = ( { do = "connected"; within_ms = 30000; }, { do = "hear_speech"; ms = 300; },
     { do = "wait"; ms = 12000; }, { do = "dial"; digits = "471#"; on_ms = 120; off_ms = 120; },
     { do = "hear_speech"; ms = 2000; within_ms = 60000; }, { do = "cleared"; within_ms = 60000; } ); },
 { name = "room"; calls = 14; arrivals = "burst"; burst = 14; called = "22"; calling = "3##";
   steps = ( { do = "connected"; within_ms = 30000; },
     { do = "partner"; ms = 12000; within_ms = 90000; differ = 1000000; },
     { do = "hangup"; or_cleared = true; } ); }
);
"""


def three_flows(a):
    return [a.write(n + ".conf", t) for n, t in (("music", MUSIC), ("number", NUMBER), ("room", ROOM))]


def contacts(a):
    return {c["leg"]: (c["flow"], c["step"]) for c in a.ask_daemon("contacts")["contacts"]}


with Appliance(lockstep=False) as a:
    a.start_engine()
    a.start_daemon(flows=three_flows(a))
    exchange = a.start_exchange(THIRTY)
    engine = a.observe()
    steps = {"music": "music", "number": "ask", "room": "meet"}

    def talking():
        now = engine.ask("legs")["legs"]
        return len(now) == 30 and sum("bridge" in leg for leg in now) == 14 and \
            all(step == steps[flow] for flow, step in contacts(a).values())
    until("30 callers talk", talking)
    before = contacts(a)
    a.daemon.kill()
    a.daemon.wait()
    until("10 callers end without it", lambda: len(engine.ask("legs")["legs"]) <= 20)
    alive = {leg["leg"] for leg in engine.ask("legs")["legs"]}
    tap.ok(alive and alive < set(before), "killed: 20 calls go on without it", alive)
    a.start_daemon()
    a.await_daemon("stats", lambda s: s["engine"]["connected"])
    until("the living are known again", lambda: len(contacts(a)) <= len(engine.ask("legs")["legs"]))
    after = contacts(a)
    tap.ok(after and all(before[leg] == at or at[1] in ("read", "end") for leg, at in after.items()),
           "killed: each living call is known again, at its step", "%s\n%s" % (before, after))
    status, results = a.finish_exchange(exchange)
    tap.same(status, 0, "killed: none of 30 calls drops, digits are acted on afterwards")
    records = once_each(a, 30, "killed")
    tap.same(collections.Counter(r["flow"] for r in records), {"music": 10, "number": 6, "room": 14},
             "killed: records know the flow")
    tap.same({(r["flow"], r["by"]) for r in records} - {("room", "us")},
             {("music", "far"), ("number", "us"), ("room", "far")}, "killed: and who ended it")
    tap.same({r["digits"] for r in records if r["flow"] == "number"}, {"471#"}, "killed: all digits")
    tap.ok(all(r.get("partner") for r in records if r["flow"] == "room"), "killed: and the partner")

# ---- the engine dies and takes its calls with it; the next one serves

FIVE = """
classes = ( { name = "music"; calls = 5; arrivals = "burst"; burst = 5; called = "20"; calling = "1##";
  steps = ( { do = "connected"; within_ms = 30000; }, { do = "wait"; ms = 600000; }, { do = "hangup"; } ); } );
"""
THREE = """
classes = ( { name = "number"; calls = 3; arrivals = "burst"; burst = 3; called = "21"; calling = "2##";
  steps = ( { do = "connected"; within_ms = 30000; }, { do = "hear_speech"; ms = 300; },
    { do = "dial"; digits = "471#"; on_ms = 120; off_ms = 120; },
    { do = "cleared"; within_ms = 60000; } ); } );
"""
with Appliance(lockstep=False) as a:
    a.start_engine()
    a.start_daemon(flows=three_flows(a))
    exchange = a.start_exchange(FIVE)
    until("5 callers are served", lambda: sorted(contacts(a).values()) == [("music", "music")] * 5)
    old = a.ask_daemon("stats")["engine"]["instance"]
    a.engine.kill()
    a.engine.wait()
    exchange.kill()
    exchange.wait()
    a.start_engine()
    stats = a.await_daemon("stats", lambda s: s["engine"]["connected"] and s["engine"]["instance"] != old)
    tap.ok(stats["engine"]["instance"] != old, "engine killed: the daemon comes to the new one", stats)
    records = once_each(a, 5, "engine killed")
    tap.same({(r["instance"], r["by"], r["cause"], r["flow"], r["outcome"]) for r in records},
             {(old, "engine", 41, "music", "playing")}, "engine killed: records say so")
    status, results = a.exchange(THREE)
    tap.same(status, 0, "engine killed: new calls are served")
    records = once_each(a, 8, "engine killed, new calls")
    tap.same(sorted(r["by"] for r in records), ["engine"] * 5 + ["us"] * 3, "engine killed: told apart")

# ---- the store is full: calls go on, nothing acknowledged is lost

MANY = """
classes = (
 { name = "nobody"; calls = %d; interval_ms = 10; called = "90123456789012345678"; calling = "1######";
   display = "Somebody with a name that is as long as names can be, or nearly";
   steps = ( { do = "cleared"; cause = 1; } ); },
 { name = "number"; calls = %d; interval_ms = 2000; start_ms = 10000; called = "20"; calling = "2##";
   steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "hello.wav"; },
     { do = "dial"; digits = "471#"; }, { do = "hear_prompt"; file = "you-entered.wav"; },
     { do = "hear_prompt"; file = "digits/4.wav"; }, { do = "cleared"; cause = 16; } ); }
);
"""
NOBODY, SERVED = 2600, 6
with Appliance() as a:
    a.start_engine()
    a.start_daemon(flows=[a.write("number.conf", NUMBER)], map_mb=1)
    status, results = a.exchange(MANY % (NOBODY, SERVED))
    tap.same((status, len(results["calls"])), (0, NOBODY + SERVED), "store full: calls go on")
    stats = a.await_daemon("stats", lambda s: s["records"]["error"])
    stored, records = stats["store"]["calls"], stats["records"]
    tap.same((stored > 0, records["waiting"]), (True, NOBODY + SERVED - stored),
             "store full: the others wait")
    tap.ok("full" in records["error"], "store full: said in the daemon's state", stats)
    tap.ok("full" in a.read("strowgerd.log") and "calls go on, nothing is acknowledged" in
           a.read("strowgerd.log"), "store full: said in the log", a.read("strowgerd.log"))
    kept = a.observe().ask("stats")["control"]["kept_ended"]
    tap.ok(kept >= records["waiting"] > SERVED, "store full: the engine keeps these records",
           "%d of %d" % (kept, records["waiting"]))
    a.stop(a.daemon, signal.SIGKILL)
    a.start_daemon(flows=[a.path("number.conf")], map_mb=16)
    once_each(a, NOBODY + SERVED, "store enlarged")
    until("all is acknowledged", lambda: a.observe().ask("stats")["control"]["kept_ended"] == 0)

tap.done()
