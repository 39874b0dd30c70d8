#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults of the network under the pseudowire while callers talk in pairs: loss, reordering, delay
jumps, duplicates, hostile datagrams. A lost packet is a millisecond of silence and nothing else."""
import os
import random
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance
from faultlib import BUFFER, CLEAR, MS, PACKET, Run, Tapped, tap


def all_heard(r):
    for h in r.hearing():
        r.same((h.wrong, h.skipped, len(h.delays)), (0, 0, 1), "every octet heard, none late")


def lost_as_counted(r, lost):
    """Each lost packet is 8 octets that are not the partner's (a filler may happen to be right), and
    8 frames with a gap; frame alignment holds, what is not lost is in its place."""
    line, near = r.span["line"], r.span["near"]
    r.same(line["lost"], lost, "counted as lost, each once")
    r.same((near["erased_frames"], near["lfa"]), (8 * lost, 0), "a gap of 8 frames, alignment holds")
    r.same(near["crc4_errors"], 0, "a gap is no CRC-4 error")
    for h in r.hearing():
        r.between(h.wrong, PACKET * lost * 15 // 16, PACKET * lost, "octets not heard")
        r.same((len(h.delays), h.skipped), (1, 0), "the way is as long as before")


# ---- 1 % of the packets to the appliance are lost for 4 s of the conversations.

r = Run("loss 1 %", '{ fault = "loss"; at_ms = 3000; ms = 4000; percent = 1.0; }', differ=1000)
r.all_lived()
r.quiet()
r.between(r.far["network"]["lost"], 20, 70, "the network lost some (expected are 40)")
lost_as_counted(r, r.far["network"]["lost"])
r.normal_again()

# ---- 1 % from before the first call on: all are set up, within the time of a repetition or two on the
# D-channel (T200, 1 s each).

r = Run("loss 1 % during set-up", '{ fault = "loss"; at_ms = 0; ms = 5000; percent = 1.0; }', differ=2000)
r.all_lived()
r.quiet()
r.same(r.span["line"]["lost"], r.far["network"]["lost"], "counted as lost, each once")
r.between(r.results["totals"]["setup_ms"]["max"], 0, 4000, "longest set-up [ms]")
r.normal_again()

# ---- Bursts of 20 lost packets: "we lose packets" (LOPS, the R bit tells the far end) is said after 10
# missing ones (RFC 5604), and until there was no burst for 500 ms; it stays without consequence.

r = Run("bursts of loss", '{ fault = "burst"; at_ms = 3000; ms = 4000; percent = 0.2; length = 20; }',
        differ=4000)
r.all_lived()
lost_as_counted(r, r.far["network"]["lost"])
edges = r.alarm_edges()
r.between(len(edges) // 2, 1, r.far["network"]["lost"] // 20, "LOPS as often as there were bursts, or less")
r.same([(a, on) for a, on, _ in edges], [("LOPS", True), ("LOPS", False)] * (len(edges) // 2), "LOPS only")
for (_, _, on), (_, _, off) in zip(edges[::2], edges[1::2]):
    r.between(off - on, CLEAR * MS, (CLEAR + 4000) * MS, "LOPS until it was gone for a while [samples]")
r.same({e["in_service"] for e in r.states()}, {True}, "in service all the time")
r.normal_again()

# ---- 90 packets lost in a row cost no frame alignment; 100 are no signal any more, so 120 do; beyond 127
# the stream has ended and another one begins, so 150 are not counted as lost, but as a signal
# that was gone (core/line/jitter.h). None of this is long enough to be an outage.


def hole(ms, first=5000):
    return lambda to_engine, t, packets: [] if to_engine and first <= t < first + ms else packets


for ms, lost, losses in ((90, 90, 0), (120, 120, 1), (150, 0, 1)):
    r = Run("%d packets lost in a row" % ms, "", talk_ms=4000, differ=2000, callers=2,
            appliance=lambda **kw: Tapped(hole(ms), **kw))
    r.all_lived(2)
    r.same((r.span["line"]["lost"], r.span["near"]["lfa"], r.span["near"]["los"]),
           (lost, losses, losses + 1), "counted (the first LOS is the start)")
    for h in r.hearing():
        r.between(h.wrong, ms * PACKET - 2, (ms + BUFFER + 2) * PACKET, "octets not heard")
        r.same((len(h.gaps), len(h.delays), h.skipped), (1, 1, 0), "in one gap")
    r.same({e["in_service"] for e in r.states()}, {True}, "in service all the time")
    r.same({a for a, _, _ in r.alarm_edges()}, {"LOPS"}, "told as lost packets only")
    r.normal_again()

# ---- Packets lost on the way to the exchange, 20 in a row: we are told (R bit), and hear everything.

r = Run("loss towards the exchange", "", talk_ms=4000, differ=400, callers=2,
        appliance=lambda **kw: Tapped(
            lambda to_engine, t, packets: packets if to_engine or not 5000 <= t < 5020 else [], **kw))
r.all_lived(2)
r.same(r.far["line"]["packets_lost"], 20, "lost there")
r.same((r.span["line"]["lost"], r.span["near"]["erased_frames"]), (0, 0), "nothing lost here")
r.same([(a, on) for a, on, _ in r.alarm_edges()], [("FAR-LOPS", True), ("FAR-LOPS", False)], "told")
r.normal_again()

# ---- 5 % of the packets 3 ms late: the buffer puts them in order, nobody hears anything.

r = Run("reordering by 3 ms", '{ fault = "reorder"; at_ms = 3000; ms = 4000; percent = 5.0; by_ms = 3; }')
r.all_lived()
r.quiet()
all_heard(r)
r.same((r.span["line"]["reordered"], r.span["line"]["lost"], r.span["line"]["late"]),
       (r.far["network"]["reordered"], 0, 0), "all of them counted as reordered")
r.normal_again()

# ---- 1 % of the packets 30 ms late is too late: each is lost once, and counted as late when it comes.

r = Run("reordering by 30 ms", '{ fault = "reorder"; at_ms = 3000; ms = 4000; percent = 1.0; by_ms = 30; }',
        differ=1000)
r.all_lived()
r.quiet()
r.same(r.span["line"]["late"], r.far["network"]["reordered"], "counted as late")
lost_as_counted(r, r.far["network"]["reordered"])
r.normal_again()

# ---- 10 % twice: the second ones are counted, nobody hears anything.

r = Run("duplicates", '{ fault = "duplicate"; at_ms = 3000; ms = 4000; percent = 10.0; }')
r.all_lived()
r.quiet()
all_heard(r)
r.same(r.span["line"]["duplicate"], r.far["network"]["duplicated"], "all of them counted")
r.normal_again()

# ---- The way to the appliance is 50 ms longer at once and 3 s later as short as before. A pause of 50 ms
# and the millisecond by which the buffer is made deeper; not an octet is lost, then or when the way
# gets shorter again. It is lateness, not loss, and no outage.

r = Run("delay jumps", '{ fault = "delay"; at_ms = 3000; ms = 3000; by_ms = 50; }', differ=2000)
r.all_lived()
r.same((r.span["line"]["pauses"], r.span["line"]["lost"], r.span["near"]["lfa"]), (1, 0, 0),
       "one pause, no loss")
for h in r.hearing():
    r.same([n for _, n in h.gaps], [51 * PACKET], "a pause of 51 ms")
    r.same([b - a for (_, a), (_, b) in zip(h.delays, h.delays[1:])], [51 * MS], "the way is as much longer")
    r.same(h.skipped, 0, "no octet is lost")
r.same({e["in_service"] for e in r.states()}, {True}, "in service all the time")
r.normal_again()

# ---- After such a jump and back the buffer is 50 ms too deep. Each 10 s that it was not needed it gets
# shorter by a quarter of what is too much and a millisecond at most, so that after two minutes the way
# is as short as before, to a millisecond; nothing but what was left out is missing.

r = Run("delay is taken out again", '{ fault = "delay"; at_ms = 3000; ms = 3000; by_ms = 50; }', callers=2,
        talk_ms=120000, differ=4000)
r.all_lived(2)
for h in r.hearing():
    (_, short), *later = h.delays
    r.between(later[-1][1] - short, 0, MS, "the way in the end, longer than at first by [samples]")
    for (at, way), (then, less) in zip(later, later[1:]):
        r.between(way - less, 1, (way - short) // 4 + MS, "left out at once [samples]")
        r.between(then - at, 9990 * MS, 10010 * MS, "not more often than that [samples]")
    r.same(h.skipped, later[0][1] - later[-1][1], "nothing else is missing")
    r.same(sum(n for _, n in h.gaps), 51 * PACKET, "no other pause than the first")
r.normal_again()

# ---- 20,000 random datagrams among the packets, 32 a millisecond: refused and counted, nobody hears
# anything.

r = Run("hostile datagrams", '{ fault = "datagrams"; at_ms = 3000; count = 20000; }')
r.all_lived()
r.quiet()
all_heard(r)
r.same(r.span["line"]["refused"], 20000, "refused and counted")
r.normal_again()

# ---- Well-formed packets that are numbered like no packet expected, one each millisecond for 3 s, all
# ones or noise: none is taken for a far end that has started anew, nobody hears anything.


def forger(seed):
    dice = random.Random(seed)

    def tamper(to_engine, t, packets):
        if to_engine and 4000 <= t < 7000 and packets:
            expected = int.from_bytes(packets[0][2:4], "big")
            number = (expected + dice.randrange(1000, 64000)) & 0xffff
            control = bytes([dice.choice((0, 8)), 0])
            packets = packets + [control + number.to_bytes(2, "big") + dice.randbytes(256)]
        return packets
    return tamper


r = Run("forged packets", "", callers=2, appliance=lambda **kw: Tapped(forger(1), **kw))
r.all_lived(2)
r.quiet()
all_heard(r)
r.same((r.span["line"]["lost"], r.span["near"]["crc4_errors"], r.span["near"]["lfa"]), (0, 0, 0), "no loss")
r.between(r.span["line"]["received"] - r.far["line"]["packets_sent"], 2800, 3000, "they did come")
r.normal_again()

# ---- Datagrams from other addresses to both ends' ports, packets and lockstep tokens well made: the sockets
# know their far end, so all of it goes nowhere, and the calls are to the octet what they are without.


class Crowded(Appliance):
    """Strangers send to both ends of the first span for as long as the run lasts."""

    def start_exchange(self, *args):
        self.over = threading.Event()
        self.strangers = threading.Thread(target=self.bother, daemon=True)
        self.strangers.start()
        return super().start_exchange(*args)

    def bother(self):
        dice = random.Random(4)
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent = 0
        while not self.over.wait(0.002):
            for port in self.ports:
                seq = dice.randbytes(2)
                s.sendto(b"\0\0" + seq + dice.randbytes(256), ("127.0.0.1", port))
                s.sendto(b"SWLK\1\0\0\0" + bytes(6) + seq, ("127.0.0.1", port))
                self.sent += 2
        s.close()

    def close(self):
        self.over.set()
        self.strangers.join()
        tap.ok(self.sent > 10, "strangers: they did send", self.sent)
        super().close()


alone = Run("nobody else there", "", talk_ms=4000)
r = Run("strangers", "", talk_ms=4000, appliance=Crowded)
r.all_lived()
r.quiet()
r.same(r.trace, alone.trace, "everything as without them")
r.same((r.span["line"]["refused"], r.span["line"]["duplicate"], r.span["near"]["lfa"]), (0, 0, 0), "unseen")
r.normal_again()

tap.done()
