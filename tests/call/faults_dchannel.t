#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the D-channel while callers talk in pairs: dead for a while, hostile frames, and a far end
that starts anew. What is said is not on the D-channel: not one octet of it may be different."""
import os
import random
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import PATIENCE, Appliance
from faultlib import CALLERS, MS, Run, pair, tap, talkers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOSTILE = os.path.join(ROOT, "configs/exchange/faults/frames.hex")
scratch = tempfile.TemporaryDirectory(prefix="strowger-frames.")


def hex_file(name, frames):
    """A file of frames for the exchange's D-channel."""
    path = os.path.join(scratch.name, name)
    with open(path, "w") as f:
        f.write("".join(x.hex(" ") + "\n" for x in frames))
    return path


def frames_of(path):
    with open(path) as f:
        lines = [line.split("#")[0] for line in f]
    return [bytes.fromhex(line) for line in lines if line.strip()]


def all_heard(r):
    for h in r.hearing():
        r.same((h.wrong, h.skipped, len(h.delays)), (0, 0, 1), "every octet heard, none late")


LATE = """{ name = "late"; calls = 2; arrivals = "burst"; burst = 2; start_ms = 5000; called = "200";
  calling = "3##"; steps = ( { do = "connected"; }, { do = "partner"; ms = 1000; within_ms = 9000; },
  { do = "hangup"; or_cleared = true; } ); } );"""


def with_late(talk_ms=6000):
    return talkers(talk_ms, 0).rstrip().rstrip(";").rstrip(")") + ", " + LATE


# ---- Dead for 5 s while 28 callers talk and 2 more call: nothing is reported (Q.921 does not notice before
# it has repeated three times), nobody hears anything, and who called meanwhile is served when it is back.

r = Run("D-channel dead 5 s", '{ fault = "dchannel"; at_ms = 4000; ms = 5000; }', talk_ms=9000)
r.all_lived()
all_heard(r)
r.quiet()
r.normal_again()

r = Run("called while it is dead", '{ fault = "dchannel"; at_ms = 4000; ms = 3000; }',
        scenario=with_late())
r.all_lived(CALLERS + 2)
all_heard(r)
late = [c for c in r.results["calls"] if c["class"] == "late"]
for c in late:
    r.between(c["setup_ms"], 2000, 4000, "connected when it is back [ms]")
r.between(r.far["dchannel"]["lost_by_fault"], 2, 20, "frames lost")
r.normal_again()

# ---- Dead for 20 s: Q.921 gives it up, the span takes no new calls, and comes back by itself; calls live
# (T309 is 90 s), not an octet is different, and their ends are told to both sides as always.

r = Run("D-channel dead 20 s", '{ fault = "dchannel"; at_ms = 4000; ms = 20000; }', talk_ms=26000)
r.all_lived()
all_heard(r)
r.same([(e["dchannel"], e["in_service"], e["alarms"]) for e in r.states()],
       [("down", False, []), ("up", True, [])], "down once and up once, without an alarm")
r.between((r.states()[-1]["sample"] - r.fault_at("dchannel", "ends") * MS) / MS, 0, 5000,
          "up again after the end [ms]")
r.normal_again()

# ---- Dead for longer than T309 (here 5 s) on a good line: all calls end, by the line, with cause 27.


def answer(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


r = Run("D-channel dead for longer than T309", '{ fault = "dchannel"; at_ms = 3000; ms = 30000; }',
        policy=answer, span="t309_s = 5;", scenario="""
classes = (
 { name = "before"; calls = 4; arrivals = "burst"; burst = 4; called = "200"; calling = "1##";
   steps = ( { do = "connected"; }, { do = "cleared"; within_ms = 60000; } ); },
 { name = "after"; calls = 4; arrivals = "burst"; burst = 4; start_ms = 39000; called = "200";
   calling = "2##"; steps = ( { do = "connected"; }, { do = "wait"; ms = 1000; },
   { do = "hangup"; } ); } );
""")
r.same([(e["cause"], e["by"]) for e in r.of("leg.ended")], [(27, "line")] * 4 + [(16, "far")] * 4,
       "ends of the calls")
r.normal_again()

# ---- Hostile frames, each against another rule of Q.921 and Q.931: all but one are kept from the ISDN
# library and counted (that one is a message that may be, for a call that is not), and nothing else
# happens.

hostile = frames_of(HOSTILE)
r = Run("hostile frames", '{ fault = "frames"; at_ms = 3000; file = "%s"; }' % HOSTILE)
r.all_lived()
all_heard(r)
r.quiet()
r.same(r.span["hdlc"]["screened"], len(hostile) - 1, "kept from the library and counted")
r.same(r.span["hdlc"]["fcs_errors"], 0, "they were frames")
r.ok("refused" in r.log, "shown in the log")
r.normal_again()

# ---- 1,000 frames of noise and of damaged messages, in no sequence. Q.921 may lose its link over some of
# them; the calls live, nobody hears anything, and it is set up again.


def damaged(dice):
    f = bytearray(dice.choice(hostile + [dice.randbytes(dice.randrange(1, 60))]))
    for _ in range(dice.randrange(1, 4)):
        what = dice.randrange(3)
        at = dice.randrange(len(f))
        if what == 0:
            f[at] = dice.randrange(256)
        elif what == 1:
            f[at:at] = dice.randbytes(dice.randrange(1, 20))
        elif len(f) > 1:
            del f[at]
    return bytes(f[:260])


dice = random.Random(2)
r = Run("noise on the D-channel", '{ fault = "frames"; at_ms = 3000; file = "%s"; }'
        % hex_file("noise", [damaged(dice) for _ in range(1000)]), talk_ms=15000)
r.all_lived()
all_heard(r)
r.between(r.span["hdlc"]["screened"], 500, 1000, "most are kept from the library and counted")
r.normal_again()

# ---- Hostile messages in sequence, as only the far end itself could send them: its own link is silenced for
# 3 s, and the frames carry the numbers that the appliance expects next. The library gets to see what
# passes the screen. Then the numbers of the two ends do not fit, which Q.921 repairs by setting the link
# up anew; the calls live, nobody hears anything.

CONNECT_ACK = 0x0f
TYPES = bytes.fromhex("01 02 03 05 05 05 05 07 0d 0f 20 24 26 31 45 4d 55 5a 60 62 64 6e 75 79 7b 7d")
ELEMENTS = [bytes.fromhex(x) for x in (
    "04 03 80 90 a3", "08 02 82 81", "18 03 a9 83 9f", "1e 02 82 88", "27 01 f1", "28 03 41 42 43",
    "29 05 1a 0b 16 0e 00", "34 01 01", "6c 06 21 83 31 32 33 34", "6d 02 80 50", "70 04 81 32 30 30",
    "71 02 80 50", "74 05 21 83 31 32 33", "7c 03 80 90 a3", "7d 02 91 81", "1c 06 91 a1 03 02 01 01")]


class WithFrames(Run):
    """Also keeps the frames that the exchange sent."""

    def finish(self, appliance):
        with open(appliance.path("out", "E1-1.pcap"), "rb") as f:
            data = f.read()
        at, self.sent = 24, []
        while at < len(data):
            n, = struct.unpack(">I", data[at + 8:at + 12])
            if data[at + 17] == 4:                          # pseudo header: outgoing
                self.sent.append(data[at + 32:at + 16 + n])
            at += 16 + n


def strange(dice, seq, nr):
    """An information frame about a call that is not: any type, elements in any order, their contents
    damaged, their lengths now and then. A SETUP begins as it should, for any channel."""
    message = bytes([8, 2, dice.choice((0x7e, 0xfe)), dice.randrange(256), dice.choice(TYPES)])
    if message[4] == 5:
        message += ELEMENTS[0] + bytes([0x18, 3, 0xa9, 0x83, 0x80 | dice.randrange(32)])
    for _ in range(dice.randrange(6)):
        e = bytearray(dice.choice(ELEMENTS))
        if dice.random() < 0.5:
            e[dice.randrange(2, len(e))] = dice.randrange(256)
        if dice.random() < 0.05:
            e[1] = dice.randrange(256)
        message += e
    return bytes([2, 1, seq % 128 * 2, nr * 2]) + message


def pair_known(c, e):
    """As pair(), but who does not call from one of our numbers is refused."""
    if e["type"] == "leg.offered" and e["calling"][:1] not in ("1", "2"):
        c.request("hangup", leg=e["leg"], cause=21)
    else:
        pair(c, e)


calm = WithFrames("before the hostile sequence", "", callers=4, talk_ms=4000)
acknowledged = [f for f in calm.sent if f[8:9] == bytes([CONNECT_ACK])][-1]
dice = random.Random(3)
sequence = [strange(dice, acknowledged[2] // 2 + 1 + i, acknowledged[3] // 2) for i in range(100)]
r = Run("hostile messages in sequence", """{ fault = "dchannel"; at_ms = 3000; ms = 3000; },
        { fault = "frames"; at_ms = 3500; file = "%s"; }""" % hex_file("sequence", sequence),
        callers=4, talk_ms=42000, policy=pair_known)
ended = r.of("leg.ended")
known = [e for e in ended if e["calling"][:1] in ("1", "2")]
r.same([(e["cause"], e["by"]) for e in known], [(16, "far")] * 4, "calls ended by their callers")
all_heard(r)
r.between(r.span["hdlc"]["screened"], 10, 60, "some are kept from the library and counted")
r.same(len(r.of("leg.offered")), len(ended), "each call that was offered ended")
r.same({(e["cause"], e["by"]) for e in ended if e not in known}, {(21, "us")},
       "calls that nobody made were refused, and forgotten when nobody answered (T305)")
r.normal_again()

# ---- The far end starts anew while 20 talk: it forgets its calls, its packets are numbered differently, its
# frames begin elsewhere, and it has all channels restarted (Q.931 5.5). All calls end with that, by
# the far end, with cause 41; who calls 10 s later is served as always.

r = Run("far end restarts", '{ fault = "restart"; at_ms = 3000; }', policy=answer, scenario="""
classes = (
 { name = "before"; calls = 20; arrivals = "burst"; burst = 20; called = "200"; calling = "1##";
   steps = ( { do = "connected"; }, { do = "cleared"; cause = 41; within_ms = 20000; } ); },
 { name = "after"; calls = 30; arrivals = "burst"; burst = 30; start_ms = 13000; called = "200";
   calling = "2##"; steps = ( { do = "connected"; }, { do = "wait"; ms = 1000; },
   { do = "hangup"; } ); } );
""")
ended = r.of("leg.ended")
r.same(sorted((e["cause"], e["by"]) for e in ended), [(16, "far")] * 30 + [(41, "far")] * 20,
       "ends of the calls")
last = max(e["ended_sample"] for e in ended if e["cause"] == 41)
r.between((last - r.fault_at("restart") * MS) / MS, 0, 5000, "the old calls ended after [ms]")
r.same(sorted(e["channel"] for e in r.of("channel.state") if e["state"] == "restarted"),
       [ts for ts in range(1, 32) if ts != 16], "each channel restarted, once")
r.normal_again()

# ---- The far end's process dies without a word while 10 talk, and another one is started (in real time:
# there is nobody to be in step with). LOS; then packets of another numbering, the data link set up anew
# by the far end, and its RESTART of all channels: the old calls end with it (41), or before it if the data
# link had been given up meanwhile and the new far end is asked about calls that it does not
# know (101); new ones are served.

BEFORE = """
classes = ( { name = "before"; calls = 10; arrivals = "burst"; burst = 10; called = "200"; calling = "1##";
  steps = ( { do = "connected"; }, { do = "cleared"; within_ms = 600000; } ); } );"""
AFTER = """
classes = ( { name = "after"; calls = 10; arrivals = "burst"; burst = 10; start_ms = 3000;
  called = "200"; calling = "2##"; steps = ( { do = "connected"; within_ms = 30000; },
  { do = "wait"; ms = 500; }, { do = "hangup"; } ); } );
faults = ( { fault = "restart_message"; at_ms = 0; } );"""


def await_events(c, good):
    """Until good(events), at most PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not good(list(c.events)) and time.monotonic() < end and c.is_alive():
        time.sleep(0.02)


def count(kind, n):
    return lambda events: len([e for e in events if e["type"] == kind]) >= n


def answer_and_look(c, e):
    """As answer(), and the span is looked at whenever a call has ended."""
    answer(c, e)
    if e["type"] == "leg.ended":
        c.request("spans", then=lambda c, got: c.state.update(span=got["spans"][0]))


with Appliance(lockstep=False) as a:
    a.start_engine()
    c = a.control(answer_and_look)
    first = a.start_exchange(BEFORE)
    await_events(c, count("leg.answered", 10))
    first.kill()
    first.wait()
    await_events(c, lambda events: any("LOS" in e["alarms"] for e in events if e["type"] == "span.state"))
    alive = [e for e in c.events if e["type"] == "leg.ended"]
    status, results = a.exchange(AFTER)
    await_events(c, count("leg.ended", 20))
    tap.same(status, 0, "far end dies: who calls afterwards is served")
    span = c.state["span"]
    tap.same((span["state"], span["alarms"], span["in_use"]), ("in-service", [], 0),
             "far end dies: normal again")
    tap.same(a.stop(a.engine), 0, "far end dies: engine ends cleanly")
    c.close()
    tap.same(alive, [], "far end dies: the calls wait for it")
    ended = c.of("leg.ended")
    tap.same(sorted(e["by"] for e in ended), ["far"] * 20, "far end dies: it ended all calls")
    tap.same(sorted(e["cause"] for e in ended)[:10], [16] * 10, "far end dies: the new ones as always")
    tap.ok({e["cause"] for e in ended} <= {16, 41, 101}, "far end dies: the old ones forgotten", ended)
    tap.same(c.failures(), [], "far end dies: no request failed")

tap.done()
