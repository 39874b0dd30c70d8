#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Digits that must not be kept: a card number typed on the telephone is in no recording and in no call
record, whoever records, and what is said beside it is there octet for octet."""
import cmath
import ctypes
import math
import os
import struct
import sys
import wave

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from appliance import Appliance, Tap

tap = Tap()

# ITU-T G.711 table 1a
ALAW = [(-1 if not o & 0x80 else 1) * ((((o ^ 0x55) & 15) * 16 + (8 if not (o ^ 0x55) & 0x70 else 264))
        << max(((o ^ 0x55) >> 4 & 7) - 1, 0)) for o in range(256)]
CARD = "4539148803436467"
TONES = 697, 770, 852, 941, 1209, 1336, 1477, 1633
BLOCK = 160  # 20 ms of a spectrum: tones are 50 Hz wide
IDLE = 0xd5
NEAR = 8 * 8  # samples beside a digit that may be silence too

# Two words and a card number between them; on lines that are quiet otherwise.
TYPES = """{ do = "connected"; }, { do = "wait"; ms = 400; }, { do = "speak"; file = "vm-goodbye.wav"; },
 { do = "dial"; digits = "%s#"; on_ms = %d; off_ms = 60; level = %g; twist = 2.0; },
 { do = "speak"; file = "vm-goodbye.wav"; }, { do = "wait"; ms = 500; }, { do = "hangup"; }"""


def tracks(path):
    """Octets from the line and to it."""
    with open(path, "rb") as f:
        data = f.read()
    data = data[data.index(b"data") + 8:]
    return data[0::2], data[1::2]


def run(policy, scenario, sounds=()):
    with Appliance() as a:
        for name, octets in sounds:
            with wave.open(a.path("prompts", name), "wb") as w:
                w.setparams((1, 2, 8000, 0, "NONE", None))
                w.writeframes(struct.pack("<%dh" % len(octets), *(ALAW[o] for o in octets)))
        a.start_engine()
        c = a.control(policy)
        status, _ = a.exchange("classes = ( %s );" % scenario)
        a.stop(a.engine)
        c.close()
        assert status == 0 and not c.failures(), (a.read("exchange.log"), c.failures())
        folder = a.path("recordings")
        return c, {f: tracks(os.path.join(folder, f)) for f in os.listdir(folder)}


def typed(c, base):
    """Where on the recording that began at base digits begin and end, by what the engine told."""
    return [(e["at"] - base, e["at"] - base + 8 * e["ms"]) for e in c.of("digit.end")]


def spandsp(octets):
    """Digits that SpanDSP's receiver finds."""
    lib = ctypes.CDLL("libspandsp.so.2")
    lib.dtmf_rx_init.restype = ctypes.c_void_p
    lib.dtmf_rx_init.argtypes = [ctypes.c_void_p] * 3
    lib.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    lib.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    rx, digits = lib.dtmf_rx_init(None, None, None), ctypes.create_string_buffer(200)
    pcm = (ctypes.c_int16 * len(octets))(*(ALAW[o] for o in octets))
    lib.dtmf_rx(rx, pcm, len(octets))
    lib.dtmf_rx_get(rx, digits, 199)
    return digits.value.decode()


def ours(octets):
    """Digits that the engine hears when the recording calls it."""
    def policy(c, e):
        if e["type"] == "leg.offered":
            c.request("answer", leg=e["leg"])
    c, _ = run(policy, '{ name = "again"; calls = 1; called = "100"; steps = ( { do = "connected"; }, '
               '{ do = "wait"; ms = 300; }, { do = "speak"; file = "again.wav"; }, { do = "wait"; ms = 300; } ); }',
               [("again.wav", octets)])
    return "".join(e["digit"] for e in c.of("digit"))


def tone_dbm0(octets, hz):
    """Level of one frequency in 20 ms."""
    s = sum(ALAW[o] * cmath.exp(-2j * math.pi * hz * i / 8000) for i, o in enumerate(octets))
    return 20 * math.log10(max(abs(s) * 2 / len(octets), 1e-3) / 32768) + 6.16


def loudest(octets, spans):
    """Loudest of the eight frequencies in any 20 ms that lie within the digits, by half blocks."""
    found = [tone_dbm0(octets[at:at + BLOCK], hz) for begin, end in spans
             for at in range(begin, end - BLOCK + 1, BLOCK // 2) for hz in TONES]
    return max(found)


def compare(what, kept, without, spans):
    """Silence where a digit was, the same everywhere else."""
    beside = [i for i in range(len(kept)) if not any(a - NEAR <= i < b + NEAR for a, b in spans)]
    inside = [i for a, b in spans for i in range(a, b)]
    tap.same(len(without), len(kept), what + ": as long as it was")
    tap.same([i for i in beside if kept[i] != without[i]], [], what + ": %d octets beside digits are the same" % len(beside))
    tap.same([i for i in inside if without[i] != IDLE], [], what + ": %d octets in digits are silence" % len(inside))


def nothing_left(what, octets, spans):
    tap.same(spandsp(octets), "", what + ": SpanDSP hears no digit")
    tap.same(ours(octets), "", what + ": ours hears none")
    level = loudest(octets, spans)
    print("# %s: loudest of the eight frequencies where digits were: %.0f dBm0" % (what, level))
    tap.ok(level < -65, what + ": nor does a spectrum show one", level)


# ---- a recording without digits, a recording with a private collection, and one that keeps them


def recorded(keep, private, on_ms=80, level=-9):
    def policy(c, e):
        if e["type"] == "leg.offered":
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.answered":
            c.state["base"] = e["sample"]
            c.request("record", leg=e["leg"], file="call", keep_digits=keep)
            c.request("collect", leg=e["leg"], max=20, first_ms=20000, private=private)

    c, files = run(policy, '{ name = "types"; calls = 1; called = "100"; steps = ( %s ); }' % (TYPES % (CARD, on_ms, level)))
    done = [e["digits"] for e in c.of("op.done") if e["kind"] == "collect"]
    tap.same(done, [CARD], "keep_digits %s, private %s: the number is collected" % (keep, private))
    return c, files["call.wav"]


for on_ms, level in (80, -9), (40, -20), (300, -3):
    c, kept = recorded(True, False, on_ms, level)
    spans = typed(c, c.state["base"])
    tap.same(len(spans), len(CARD) + 1, "%d ms at %g dBm0: digits have ends" % (on_ms, level))
    tap.same((spandsp(kept[0]), loudest(kept[0], spans) > level - 3), (CARD + "#", True),
             "they are in a recording that keeps them")
    c, without = recorded(False, False, on_ms, level)
    name = "%d ms at %g dBm0, no digits" % (on_ms, level)
    compare(name, kept[0], without[0], spans)
    compare(name + ", other track", kept[1], without[1], [])
    nothing_left(name, without[0], spans)
    tap.same(c.of("leg.ended")[0]["digits"], CARD + "#", name + ": the leg's record has them")

c, kept = recorded(True, False)
spans = typed(c, c.state["base"])
c, without = recorded(True, True)
compare("private", kept[0], without[0], spans)
nothing_left("private", without[0], spans)
tap.same(c.of("leg.ended")[0]["digits"], "", "private: the leg's record has none of them")

# ---- two in a bridge: the recording of either has nothing of what the other types in private


def bridged(private, keep):
    def policy(c, e):
        legs = c.state.setdefault("legs", {})
        if e["type"] == "leg.offered":
            legs[e["called"]] = e["leg"]
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.answered":
            c.state["up"] = c.state.get("up", 0) + 1
            if c.state["up"] == 2:
                c.state["base"] = e["sample"]
                c.request("bridge", legs=[legs["101"], legs["102"]])
                c.request("detect", leg=legs["101"], dtmf=private)
                c.request("record", leg=legs["102"], file="agent", keep_digits=keep)
                if private:
                    c.request("collect", leg=legs["101"], max=20, first_ms=20000, private=True)
        elif e["type"] == "leg.ended" and e["leg"] == legs["101"]:
            c.request("hangup", leg=legs["102"], cause=16)

    c, files = run(policy, '{ name = "types"; calls = 1; called = "101"; steps = ( %s ); },'
                   '{ name = "agent"; calls = 1; called = "102"; steps = ( { do = "connected"; },'
                   '{ do = "wait"; ms = 1000; }, { do = "speak"; file = "hello-world.wav"; }, { do = "speak"; file = "vm-goodbye.wav"; },'
                   '{ do = "cleared"; within_ms = 60000; } ); }' % (TYPES % (CARD, 80, -9)))
    return c, files["agent.wav"]


_, kept = bridged(False, True)
c, private = bridged(True, True)
spans = typed(c, c.state["base"])
tap.same(len(spans), len(CARD) + 1, "bridge: digits have ends")
compare("bridge, his private digits on her recording", kept[1], private[1], spans)
compare("bridge, what she says meanwhile", kept[0], private[0], [])
nothing_left("bridge, private", private[1], spans)
c, without = bridged(False, False)
tap.same(c.of("digit"), [], "bridge: who asked for no digits is told none")
compare("bridge, her recording without digits", kept[1], without[1], spans)
compare("bridge, what she says", kept[0], without[0], [])

# ---- bad input


def refused(c, e):
    if e["type"] == "leg.offered":
        c.request("answer", leg=e["leg"])
    elif e["type"] == "leg.answered":
        c.request("record", leg=e["leg"], file="x", keep_digits="no")
        c.request("collect", leg=e["leg"], private=1)
        c.request("record", leg=e["leg"], file="x", no_digits=True)
        c.request("collect", leg=e["leg"], private=True)  # one that is replaced by one that is not
        c.request("collect", leg=e["leg"], max=3)


with Appliance() as a:
    a.start_engine()
    c = a.control(refused)
    status, _ = a.exchange('classes = ( { name = "r"; calls = 1; called = "100"; steps = ( { do = "connected"; },'
                           '{ do = "dial"; digits = "123"; }, { do = "hangup"; } ); } );')
    a.stop(a.engine)
    c.close()
    tap.same([(f, r["code"]) for f, r in c.failures()], [(w, "bad-request") for w in ("record", "collect", "record")],
             "bad values are refused")
    tap.same(c.of("leg.ended")[0]["digits"], "123", "a collection that is replaced is private no more")

# ---- a flow that asks for a card number, with the real daemon

FLOW = """name = "card";
lang = "en";
steps = ( { name = "answer"; do = "answer"; },
 { name = "ask"; do = "collect"; into = "card"; max = 16; private = true; timeout = "end"; },
 { name = "order"; do = "collect"; into = "order"; max = 4; timeout = "end"; },
 { name = "message"; do = "record"; keep_digits = false; silence_ms = 0; beep = false; terminators = "*"; },
 { name = "end"; do = "hangup"; } );
"""

with Appliance() as a:
    a.start_engine()
    a.start_daemon(flows=(a.write("card.conf", FLOW),))
    status, _ = a.exchange("""classes = ( { name = "pays"; calls = 1; called = "200"; steps = ( { do = "connected"; },
 { do = "wait"; ms = 500; }, { do = "dial"; digits = "%s"; }, { do = "wait"; ms = 500; }, { do = "dial"; digits = "1234"; },
 { do = "wait"; ms = 500; }, { do = "dial"; digits = "567"; }, { do = "speak"; file = "vm-goodbye.wav"; },
 { do = "dial"; digits = "*"; }, { do = "cleared"; cause = 16; } ); } );""" % CARD)
    tap.same(status, 0, "flow: the caller is served")
    record = a.records(1)[0]
    tap.same(record.get("digits"), "1234567*", "flow: the call record has only what was not private")
    left = tracks(record["recordings"][0])[0]
    tap.same((spandsp(left), len(set(left)) > 20), ("", True), "flow: what he types into his message is not in it, what he says is")
    a.stop(a.engine)

tap.done()
