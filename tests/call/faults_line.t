#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the E1 itself while 28 callers talk in pairs: each with what is heard, counted and
reported, what becomes of the calls, and when all is normal again."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faultlib import BUFFER, CLEAR, MS, PAUSE, RAISE, Run, tap

NEW_FRAMES = 6 * MS     # to find frame and CRC-4 alignment and to fill the buffer


def alarm_within(r, alarm, fault, begin_ms, end_ms, dchannel="up"):
    """An alarm, once: raised and cleared so long after the fault began and ended, with a tolerance of
    a buffer's length; and meanwhile the span was out of service, longer only if its D-channel was."""
    edges = [e for e in r.alarm_edges() if e[0] == alarm]
    if not r.same([e[1] for e in edges], [True, False], alarm + " raised once and cleared once"):
        return
    after = [(e[2] - r.fault_at(fault, w) * MS) / MS for e, w in zip(edges, ("begins", "ends"))]
    r.between(after[0], begin_ms, begin_ms + BUFFER + 2, alarm + " raised in time [ms]")
    r.between(after[1], end_ms, end_ms + BUFFER + 2, alarm + " cleared in time [ms]")
    out = [e["sample"] for e in r.states() if not e["in_service"]]
    r.same(out[0], edges[0][2], alarm + ": out of service as it is raised")
    r.same([(h["raised"], h["cleared"]) for h in r.span["history"] if h["alarm"] == alarm],
           [(edges[0][2], edges[1][2])], alarm + ": in the history too")
    cleared = next(e for e in r.states() if e["sample"] == edges[1][2])
    r.same((cleared["in_service"], cleared["dchannel"]), (dchannel == "up", dchannel),
           alarm + ": in service as it is cleared, if the D-channel is up")


def seconds(r, es, ses):
    """Errored and severely errored seconds at the near end (G.826), without the second of the start."""
    total = r.span["performance"]["near"]["total"]
    r.between(total["es"] - 1, *es, "errored seconds")
    r.between(total["ses"] - 1, *ses, "severely errored seconds")


def heard(r, octets, gaps=1):
    """So many octets are not the partner's, in so many gaps, at both ends; nothing is skipped, and the
    way is as long afterwards as it was before."""
    for h in r.hearing():
        r.between(h.wrong, octets[0], octets[1], "octets not heard")
        r.between(len(h.gaps), min(octets[0], 1), gaps, "gaps")
        r.same((len(h.delays), h.skipped), (1, 0), "the way is as long as before")


def one_gap(r, ms):
    heard(r, (ms * MS, ms * MS + NEW_FRAMES))


# ---- The cable pulled for 2 s. Silence for 2 s and a few ms; LOS 100 ms (no packets are no signal) and
# 100 ms (it lasts) after that, cleared 500 ms after the signal is back; packets that never came are no
# losses, they are line time without signal. The D-channel is not given up (Q.921 takes longer), all
# calls live.

r = Run("cable pulled 2 s", '{ fault = "cut"; at_ms = 3000; ms = 2000; }', differ=20000)
r.all_lived()
one_gap(r, 2000)
alarm_within(r, "LOS", "cut", PAUSE + RAISE, CLEAR)
seconds(r, (2, 3), (2, 3))
r.same({e["dchannel"] for e in r.states()}, {"up"}, "D-channel stays")
r.same((r.span["near"]["los"], r.span["near"]["lfa"], r.span["line"]["lost"]), (2, 1, 0),
       "counted: signal lost at the start and once more, frame alignment once")
r.between(r.span["near"]["erased_octets"] / 256, 1900, 2000, "counted: line time without signal [ms]")
r.same(r.far["alarm_changes"], 2, "the exchange had its alarm too, once")
r.normal_again()

# ---- The exchange sends nothing for 2 s but hears us: the same here, and we tell it (RAI).

r = Run("no signal 2 s", '{ fault = "no_signal"; at_ms = 3000; ms = 2000; }', differ=20000)
r.all_lived()
one_gap(r, 2000)
alarm_within(r, "LOS", "no_signal", PAUSE + RAISE, CLEAR)
r.same([l.split(" ", 1)[1] for l in r.trace if "alarms:" in l],
       ["E1-1 alarms: RAI", "E1-1 alarms: none"], "the exchange is told that we hear nothing")
r.normal_again()

# ---- All ones for 2 s: AIS, not LOS and not LFA, 100 ms after it began.

r = Run("AIS 2 s", '{ fault = "ais"; at_ms = 3000; ms = 2000; }', differ=20000)
r.all_lived()
one_gap(r, 2000)
alarm_within(r, "AIS", "ais", RAISE, CLEAR)
seconds(r, (2, 3), (2, 3))
r.same({a for a, _, _ in r.alarm_edges()}, {"AIS"}, "no other alarm")
r.same((r.span["near"]["ais"], r.span["near"]["lfa"], r.span["line"]["lost"]), (1, 1, 0), "counted")
r.same([l.split(" ", 1)[1] for l in r.trace if "alarms:" in l],
       ["E1-1 alarms: RAI", "E1-1 alarms: none"], "the exchange is told that we hear nothing")
r.normal_again()

# ---- AIS of 90 ms is shorter than what is reported: heard and counted, but no alarm and no outage.

r = Run("AIS 90 ms", '{ fault = "ais"; at_ms = 3000; ms = 90; }', differ=2000)
r.all_lived()
one_gap(r, 90)
r.quiet()
r.same((r.span["near"]["ais"], r.span["near"]["lfa"]), (1, 1), "counted")
r.normal_again()

# ---- The exchange says for 2 s that it does not hear us: RAI, out of service for new calls, and not one
# octet is different.

r = Run("RAI 2 s", '{ fault = "rai"; at_ms = 3000; ms = 2000; }')
r.all_lived()
heard(r, (0, 0))
alarm_within(r, "RAI", "rai", RAISE, CLEAR)
seconds(r, (0, 0), (0, 0))
r.same((r.span["near"]["lfa"], r.span["near"]["crc4_errors"]), (0, 0), "nothing is counted")
r.normal_again()

# ---- CRC-4 errors at 10^-4 of the sub-multiframes, all the time: each is counted here and told to the
# exchange by an E bit; nobody hears anything, nothing is reported.

r = Run("CRC-4 errors at 1e-4", '{ fault = "crc"; at_ms = 0; rate = 1e-4; }', talk_ms=30000)
r.all_lived()
heard(r, (0, 0))
r.quiet()
r.between(r.span["near"]["crc4_errors"], 1, 12, "counted (expected are 4)")
r.same(r.far["line"]["ebits"], r.span["near"]["crc4_errors"], "the exchange knows each of them")
r.same(r.span["near"]["lfa"], 0, "frame alignment stays")
r.normal_again()

# ---- Bit errors at 10^-4 from the first call set-up on, for 7 s: every caller is served, the D-channel
# repeats what was hit; one octet in 1250 is wrong, frame alignment stays (three wrong FAS in a row
# come once in 10^9); wrong blocks are 1 - (1 - 10^-4)^2048 = 18.5 % of 1000 a second.

r = Run("bit errors at 1e-4", '{ fault = "ber"; at_ms = 0; ms = 7000; rate = 1e-4; }', differ=200)
r.all_lived()
r.quiet()
n = r.span["near"]
r.between(n["crc4_errors"], 1100, 1500, "wrong blocks counted (expected are 1295)")
r.same(r.far["line"]["ebits"], n["crc4_errors"], "the exchange knows each of them")
r.between(n["fas_errors"], 7, 40, "wrong alignment signals counted (expected are 20)")
seconds(r, (7, 9), (0, 0))
r.same(n["lfa"], 0, "frame alignment stays")
r.between(r.span["hdlc"]["fcs_errors"] + r.span["hdlc"]["aborts"], 1, 60, "D-channel frames hit")
t = r.results["totals"]
r.between(t["partner_octets_different"] / t["partner_octets"], 1e-4, 12e-4, "octets different")
r.between(t["setup_ms"]["max"], 0, 5000, "set-up in spite of it [ms]")
r.normal_again()

# ---- Bit errors at 10^-5 for 4 s: between one and a few octets for each caller.

r = Run("bit errors at 1e-5", '{ fault = "ber"; at_ms = 3000; ms = 4000; rate = 1e-5; }', differ=20)
r.all_lived()
r.quiet()
r.between(r.span["near"]["crc4_errors"], 50, 110, "wrong blocks counted (expected are 81)")
seconds(r, (4, 5), (0, 0))
r.same(r.far["line"]["ebits"], r.span["near"]["crc4_errors"], "the exchange knows each of them")
heard(r, (0, 12), gaps=12)
r.normal_again()

# ---- Every CRC-4 block wrong for 3 s: 915 wrong ones are taken for a false frame alignment (G.706
# 4.3.2), three times. Each new search costs less than 2 ms of sound, and no alarm is raised.

r = Run("all CRC-4 blocks wrong 3 s", '{ fault = "crc"; at_ms = 3000; ms = 3000; rate = 1.0; }',
        differ=200)
r.all_lived()
r.quiet()
r.same((r.span["near"]["crc4_reframes"], r.span["near"]["lfa"]), (3, 3), "searched anew three times")
heard(r, (3, 3 * 2 * MS), gaps=3)
r.normal_again()

# ---- Four alignment signals wrong: the alignment is lost with the third one (G.706 4.1.1) and found again
# within 2 ms; the fourth falls into the search.

r = Run("FAS lost", '{ fault = "fas"; at_ms = 3000; count = 4; }', differ=32)
r.all_lived()
r.quiet()
r.same((r.span["near"]["fas_errors"], r.span["near"]["lfa"]), (3, 1), "counted")
heard(r, (1, 2 * MS))
r.normal_again()

# ---- The far end's frames begin 77 bits later, and 2 s later where they began before: alignment is lost
# and found twice, in a few frames each.

r = Run("bit alignment jumps", '{ fault = "shift"; at_ms = 3000; ms = 2000; bits = 77; }', differ=64)
r.all_lived()
r.quiet()
r.same(r.span["near"]["lfa"], 2, "alignment lost twice")
heard(r, (2, 2 * 2 * MS), gaps=2)
r.normal_again()

# ---- Three frames left out one after the other, then three repeated: frame alignment is lost and found
# at once as often as that (one may make good the one before it); a few ms of sound, no alarm.

r = Run("slips", """{ fault = "slip"; at_ms = 3000; count = 3; },
                    { fault = "slip"; at_ms = 5000; count = -3; }""", differ=200)
r.all_lived()
r.quiet()
r.between(r.span["near"]["lfa"], 2, 6, "alignment lost")
r.same(r.span["line"]["slips"], 0, "no slip of our own")
heard(r, (6, 6 * 2 * MS), gaps=6)
r.normal_again()

# ---- Cable pulled for longer than calls may wait (T309, here 5 s). LOS at once; Q.921 gives up the data
# link after 10 s without a word and 4 s without an answer, and T309 begins when one attempt to set
# it up again has failed, 4 s later. Then each call ends, by the line, as "destination out of order" (27).
# Plugged in again, the D-channel comes up in less than 2 s and the next callers are served.


def answer(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])


r = Run("cable pulled for longer than T309", '{ fault = "cut"; at_ms = 3000; ms = 30000; }', scenario="""
classes = (
 { name = "before"; calls = 4; arrivals = "burst"; burst = 4; called = "200"; calling = "1##";
   steps = ( { do = "connected"; }, { do = "cleared"; within_ms = 60000; } ); },
 { name = "after"; calls = 4; arrivals = "burst"; burst = 4; start_ms = 36000; called = "200";
   calling = "2##"; steps = ( { do = "connected"; }, { do = "wait"; ms = 1000; },
   { do = "hangup"; } ); } );
""", policy=answer, span="t309_s = 5;")
alarm_within(r, "LOS", "cut", PAUSE + RAISE, CLEAR, dchannel="down")
ended = r.of("leg.ended")
r.same([(e["cause"], e["by"]) for e in ended], [(27, "line")] * 4 + [(16, "far")] * 4, "ends of the calls")
down = next(e["sample"] for e in r.states() if e["dchannel"] == "down")
r.between((down - r.fault_at("cut") * MS) / MS, 4000, 14100, "data link given up [ms]")
for e in ended[:4]:
    r.between((e["ended_sample"] - down) / MS, 9000, 9100, "T309 and an attempt [ms]")
up = [e["sample"] for e in r.states() if e["in_service"]][-1]
r.between((up - r.fault_at("cut", "ends") * MS) / MS, CLEAR, 2000, "in service again [ms]")
r.normal_again()

tap.done()
