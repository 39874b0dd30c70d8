#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver: the line in each of its kinds, both clocks, every octet, lamps, attributes."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import ALL, FLAT, Driver
from rig import Tap, until

GREEN, RED = 0x02, 0x01
tap = Tap()


def kinds(rig):
    """Line code, CRC-4 and signalling, as the chip has them and as both ends see the line."""
    for mode, far in (("ccs,hdb3,crc4", []), ("ccs,hdb3", ["--crc4", "off"]), ("ccs,ami", ["--crc4", "off"]),
                      ("cas,hdb3", ["--crc4", "off", "--cas"]), ("cas,hdb3,crc4", ["--cas"])):
        rig.far_end("--count", *far)
        rig.up(mode)
        framer = rig.card.ask("status")["framer"]
        tap.same(framer["line_code"], "HDB3" if "hdb3" in mode else "AMI", "%s: line code" % mode)
        channels = FLAT if mode.startswith("cas") else ALL
        rig.flow(channels)
        rig.counting(len(channels), "%s: each channel in its own timeslot, both ways, octet for octet" % mode)
        rig.flow_end()
        tap.same(rig.sys("crc4"), "on" if "crc4" in mode else "off", "%s: crc4 attribute" % mode)


def interworking(rig):
    """G.706 Annex B: a far end without CRC-4 is no alarm, and is told."""
    rig.far_end("--crc4", "off", "--count")
    rig.span()
    rig.pass_ms(1500)
    rig.in_service("far end without CRC-4: no alarm")
    tap.ok(until(lambda: rig.sys("crc4") == "on, far end without"), "and is told in sysfs", rig.sys("crc4"))
    tap.ok("far end sends no CRC-4" in rig.guest.must("dmesg"), "and in the log")


def clocks():
    """Timing priority 0 is the board's oscillator, which slips against the line's; else none can."""
    rig = Driver(tap, ["--ppm", "100"])
    rig.up(timing=1)
    tap.same(rig.sys("clock"), "line", "priority 1: clock from the line")
    tap.ok(until(lambda: rig.card.ask("status")["pacing"]["follows_line"]), "the board follows it")
    before = rig.card.ask("status")["framer"]
    rig.pass_ms(4000)
    after = rig.card.ask("status")["framer"]
    tap.same([after[k] - before[k] for k in ("skipped", "repeated")], [0, 0],
             "no slip in 4 s from a line 100 ppm off")
    tap.ok("slips" not in rig.guest.must("cat /proc/dahdi/1"), "none counted", rig.guest.must("cat /proc/dahdi/1"))
    tap.same(rig.count()["syncsrc"], 1, "DAHDI's timing source is the span")
    rig.span(timing=0)
    rig.in_service("priority 0: in service")
    tap.same(rig.sys("clock"), "board", "priority 0: the board's clock")
    tap.ok(not rig.card.ask("status")["pacing"]["follows_line"], "the board does not follow the line")
    before = rig.card.ask("status")["framer"]
    tap.ok(until(lambda: rig.card.ask("status")["framer"]["skipped"] >= before["skipped"] + 2),
           "frames are skipped, as 100 ppm ask for", rig.card.ask("status")["framer"])
    tap.ok(not rig.alarms(), "which is no alarm")
    rig.clean()
    rig.close()


def lamps(rig):
    rig.far_end()
    rig.up()
    tap.ok(until(lambda: rig.card.ask("status")["pld"]["led"] == GREEN), "in service: green")
    rig.peer.do("ais 1")
    tap.ok(until(lambda: rig.card.ask("status")["pld"]["led"] == RED), "alarm: red")
    rig.peer.do("ais 0")
    tap.ok(until(lambda: rig.card.ask("status")["pld"]["led"] == GREEN), "over: green")


def attributes(rig):
    tap.ok("te110p" in rig.sys("board"), "board", rig.sys("board"))
    tap.same(rig.sys("framer"), "FALC56 V2.x (VSTR 0x05, WID 0x40)", "framer")
    tap.same(rig.sys("pld_version"), "0x33", "pld_version")
    tap.same(rig.sys("state"), "running", "state")
    tap.same(rig.sys("alarms"), "", "alarms")
    tap.same({k: v for k, v in rig.faults().items() if v}, {}, "faults")
    dump = rig.sys("registers").splitlines()
    split = dump.index("framer")
    bridge = dict(line.split(": ") for line in dump[1:split])
    rows = {int(line[:2], 16): line[4:].split() for line in dump[split + 1:]}
    for name in ("00", "01", "2d"):
        is_there = rig.card.ask("register", bridge=int(name, 16))["written"]
        tap.same(int(bridge[name], 16), is_there, "registers: bridge %s as the card has it" % name)
    shown = [row + column for row in rows for column, text in enumerate(rows[row]) if text != "--"]
    written = [r for r in shown if not (0x49 <= r <= 0x4d or 0x70 <= r <= 0x7f or r == 0xec)]
    wrong = [hex(r) for r in written
             if int(rows[r & 0xf0][r & 15], 16) != rig.card.ask("register", framer=r)["written"]]
    tap.same(wrong, [], "registers: %d of the framer as the card has them" % len(written))
    mode = rig.guest.must("stat -c %a $S/registers")
    tap.same(mode, "400", "registers: for root only")


def stopped(rig):
    tap.same(rig.ask_span("shutdown"), (0, ""), "shutdown")
    tap.same(rig.sys("state"), "stopped", "state")
    tap.ok(until(lambda: "AIS" in rig.peer.status()["alarms"]), "a stopped span sends AIS")
    tap.same(rig.card.ask("status")["pld"]["led"], 0, "and has no lamp on")
    tap.same(rig.ask_span("startup"), (0, ""), "startup")
    rig.in_service("in service again")


rig = Driver(tap, ["--count"])
try:
    kinds(rig)
    interworking(rig)
    lamps(rig)
    attributes(rig)
    stopped(rig)
    rig.clean()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
try:
    clocks()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "clocks: to the end", problem)
tap.end()
