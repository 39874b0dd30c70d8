#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fault one after the other in one pair of calls, and the cable captured: the independent judge
(tests/judge/e1judge.py) reads it and must agree with what both ends have counted."""
import json
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faultlib import Run, Tapped, tap

JUDGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "judge", "e1judge.py")
PORT = 20000        # any: there is one direction in a file
JUDGED = ("frames", "erased_frames", "fas_errors", "nfas_errors", "lfa", "crc4_blocks", "crc4_errors",
          "ebits", "ais")

FAULTS = """
 { fault = "ber"; at_ms = 2500; ms = 1500; rate = 1e-5; },
 { fault = "crc"; at_ms = 4500; ms = 1000; rate = 0.02; },
 { fault = "fas"; at_ms = 6000; count = 4; },
 { fault = "loss"; at_ms = 6500; ms = 1000; percent = 2.0; },
 { fault = "slip"; at_ms = 7700; count = 2; },
 { fault = "slip"; at_ms = 7900; count = -1; },
 { fault = "shift"; at_ms = 8200; ms = 300; bits = 77; },
 { fault = "ais"; at_ms = 8800; ms = 250; },
 { fault = "rai"; at_ms = 9800; ms = 250; },
 { fault = "reorder"; at_ms = 10800; ms = 500; percent = 5.0; by_ms = 2; },
 { fault = "duplicate"; at_ms = 11500; ms = 300; percent = 10.0; }
"""


def number(packet):
    return struct.unpack(">H", packet[2:4])[0]


class Capture:
    """Both directions of a cable, as they came."""

    def __init__(self):
        self.packets = {True: [], False: []}

    def tamper(self, to_engine, _, packets):
        self.packets[to_engine] += packets
        return packets

    def write(self, path, to_engine, fed):
        """The first packets by number, as many as the receiver has played (lost ones included)."""
        packets = self.packets[to_engine]
        first = number(packets[0])
        with open(path, "wb") as f:
            f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))    # raw IP
            for p in packets:
                if (number(p) - first) & 0xffff >= fed:
                    continue
                udp = struct.pack(">HHHH", PORT, PORT, 8 + len(p), 0) + p
                ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                                 b"\x7f\0\0\1", b"\x7f\0\0\1")
                f.write(struct.pack("<IIII", 0, 0, len(ip + udp), len(ip + udp)) + ip + udp)


class Judged(Run):
    def finish(self, appliance):
        near, far = self.span["near"], self.results["spans"][0]["line"]
        self.verdicts = [self.judge(appliance, True, near, self.span["line"]["lost"]),
                         self.judge(appliance, False, far, far["packets_lost"])]

    def judge(self, appliance, to_engine, counters, lost):
        fed = (counters["octets"] - counters["erased_octets"]) // 256 + lost
        path = appliance.path("cable.pcap")
        self.capture.write(path, to_engine, fed)
        out = subprocess.run([sys.executable, JUDGE, path], stdout=subprocess.PIPE, check=True).stdout
        verdict = json.loads(out)
        return ({k: counters[k] for k in JUDGED}, {k: verdict[k] for k in JUDGED}, verdict["packets"])


Judged.capture = Capture()
r = Judged("all faults", FAULTS, callers=2, talk_ms=13000, differ=20000, calm_ms=1000,
           appliance=lambda **kw: Tapped(Judged.capture.tamper, **kw))
r.all_lived(2)
(near, judged, packets), (far, judged_far, packets_far) = r.verdicts
r.same(near, judged, "the appliance's framer and the judge agree")
r.same(far, judged_far, "the exchange's framer and the judge agree")
for what, low in (("fas_errors", 4), ("crc4_errors", 20), ("erased_frames", 80), ("lfa", 5), ("ais", 1)):
    r.between(near[what], low, 1000, "there was something to judge: " + what)
r.between(far["ebits"], near["crc4_errors"] - 2, near["crc4_errors"] + 60, "E bits tell of the CRC-4 errors")
line = r.span["line"]
r.same((packets["lost"], packets["duplicates"], packets["reordered"]),
       (line["lost"], line["duplicate"], line["reordered"]), "packets lost, double and out of order")
r.normal_again()

tap.done()
