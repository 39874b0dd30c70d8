#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver and bad input: parameters, configuration, cards that are none, thousands of hostile
requests. Each is refused with a message that names the slot and an errno, and nothing is broken."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import AMI, CCS, CRC4, HARD, HDB3, Driver
from rig import Tap, until

EINVAL, ENODEV = 22, 19
CLEAR, CAS, HARDHDLC = 128, 1 << 15, 1 << 19 | 128
tap = Tap()


def said(rig, text, name):
    tap.ok(text in rig.guest.must("dmesg | tail -n 30"), "the log says: %s" % name, rig.guest.must("dmesg | tail"))


def parameters(rig):
    status, output = rig.guest.run("insmod $M board=nonesuch")
    tap.ok(status and "Invalid" in output, "board=nonesuch: EINVAL", output)
    said(rig, "strowger: board=nonesuch is not known", "which board is not known")
    status, output = rig.guest.run("insmod $M colour=red && rmmod strowger")
    tap.ok("unknown parameter 'colour' ignored" in rig.guest.must("dmesg"), "colour=red: the kernel says so")
    tap.same(rig.guest.run("insmod $M board=d110p")[0], 0, "board=d110p, of the same ids")
    tap.ok("d110p" in rig.sys("board"), "is that board", rig.sys("board"))
    rig.guest.must("rmmod strowger")


def no_card(rig, fault, text):
    """What is in the slot is not our card, or does not answer."""
    rig.card.ask("fault", **{fault: True})
    tap.same(rig.guest.run("insmod $M")[0], 0, "%s at probe: the module loads" % fault)
    said(rig, "strowger 0000:00:00.0: " + text, "slot, and " + text)
    tap.ok(rig.guest.run("[ -e $S ]")[0] != 0, "%s: the card is not taken" % fault)
    tap.ok(rig.guest.run("[ -e /proc/dahdi/1 ]")[0] != 0, "%s: there is no span" % fault)
    rig.guest.must("rmmod strowger")
    rig.card.ask("fault", **{fault: False})


def jumper():
    rig = Driver(tap, card_options=["--jumper", "t1"])
    said(rig, "strowger 0000:00:00.0: jumper is set to T1", "the jumper is set to T1")
    tap.ok(rig.guest.run("[ -e $S ]")[0] != 0, "T1 jumper: the card is not taken")
    rig.clean()
    rig.close()


def chip(version, name):
    rig = Driver(tap, card_options=["--chip", version])
    tap.ok(name in rig.sys("framer"), "framer %s: %s" % (version, name), rig.sys("framer"))
    rig.up()
    rig.clean()
    rig.close()


def configuration(rig):
    rig.guest.must("insmod $M")
    tap.same(rig.ask_span("startup")[0], EINVAL, "a span that is not configured cannot be started: EINVAL")
    said(rig, "strowger 0000:00:00.0: span 1 is not configured", "that it is not configured")
    tap.same(rig.ask_span("config", 1, CCS)[0], EINVAL, "no line code: EINVAL")
    tap.same(rig.ask_span("config", 1, CCS | HDB3 | AMI)[0], EINVAL, "both line codes: EINVAL")
    said(rig, "strowger 0000:00:00.0: configuration 0x340, timing 1 refused: line code must be one of HDB3 and AMI",
         "configuration, and what would be right")
    tap.same(rig.ask_span("config", -1, CCS | HDB3)[0], EINVAL, "timing priority -1: EINVAL")
    for bit, name in ((1 << 4, "D4"), (1 << 5, "ESF"), (1 << 7, "B8ZS")):
        tap.same(rig.ask_span("config", 1, CCS | HDB3 | bit)[0], EINVAL, "%s, of T1: EINVAL" % name)
    tap.same(rig.ask_span("config", 1, CCS | HDB3 | CRC4)[0], 0, "what is right is taken")
    tap.same(rig.ask_span("chanconfig", 1, CAS)[0], EINVAL, "signalling bits with CCS: EINVAL")
    said(rig, "channel 1: there are no signalling bits with CCS", "why")
    tap.same(rig.ask_span("chanconfig", 1, HARDHDLC)[0], EINVAL, "HDLC in hardware, which there is none: EINVAL")
    tap.same(rig.ask_span("config", 1, HDB3)[0], 0, "CAS is taken")
    tap.same(rig.ask_span("chanconfig", 16, CLEAR)[0], EINVAL, "channel 16 with CAS: EINVAL")
    said(rig, "channel 16 carries the signalling bits", "why")
    tap.same(rig.ask_span("chanconfig", 17, CAS)[0], 0, "channel 17 is taken")


def hostile(rig, seeds, count):
    rig.up()
    for seed in range(seeds):
        status, output = rig.guest.run("$BUILD/tests/kernel/hostile %d %d 1 31 $S" % (seed, count), 300)
        seen = json.loads(output) if status == 0 else {"granted": 0, "refused": 0}
        tap.ok(status == 0 and seen["granted"] > count / 20 and seen["refused"] > count / 20,
               "seed %d: %d hostile requests: %s" % (seed, count, output), output)
    rig.far_end()
    # What the last requests have ordered is done by the next ticks.
    rig.guest.must("for i in $(seq 9); do $BUILD/tests/kernel/span 1 maint 0 && break; sleep 0.01; done; "
                   "$BUILD/tests/kernel/span 1 shutdown")
    rig.up()
    loop = rig.guest.start("$BUILD/tests/kernel/loop 60 160 1 2 31")
    tap.same(rig.in_step(), [1, 2, 31], "afterwards the line works as before")
    rig.guest.must("kill %s; wait" % loop)
    tap.same(rig.guest.run("rmmod strowger")[0], 0, "the driver unloads")


rig = Driver(tap, load=False)
try:
    parameters(rig)
    no_card(rig, "all_ones", "bridge does not answer")
    no_card(rig, "zeros", "bridge does not answer")
    no_card(rig, "framer_ones", "no FALC56")
    configuration(rig)
    hostile(rig, 2, 3000 * HARD)
    found = [t for t in rig.card.ask("checks")["last"]]
    tap.same(found, [], "the card has nothing against what the driver did")
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
try:
    jumper()
    chip("1.2", "V1.2")
    chip("2.1", "V2.x")
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
tap.end()
