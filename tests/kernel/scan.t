#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`strowger scan` in the guest: from a card that nobody drives to a working configuration, with the
exchange as the far end."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import Driver
from rig import BUILD, FLAVOUR, Tap, until

SLOT = "0000:00:00.0"
OFFICE = """
name = "scan";
spans = ( { name = "E1-1"; local = "127.0.0.1:%d"; remote = "127.0.0.1:%d"; crc4 = "%s"; side = "%s";
	dchannel = %d; } );
classes = ( { name = "nobody"; called = "1"; calling = "2"; calls = 1; start_ms = 600000;
	steps = ( { do = "connected"; } ); } );
"""

tap = Tap()


class Bench(Driver):
    def __init__(self):
        super().__init__(tap, load=False)
        self.office = None

    def ring_off(self):
        """Nobody at the far end."""
        if self.office:
            self.office.kill()
            self.office.wait()
            self.office = None
        if self.peer in self.parts:
            self.parts.remove(self.peer)
            self.peer.close()
        until(lambda: not self.has_far_end())

    def has_far_end(self):
        return self.card.ask("status")["pacing"]["lockstep"]

    def exchange(self, crc4, side, dchannel=16):
        """Another far end: an exchange, which gives up when nobody answers in its D-channel for 30 s."""
        self.ring_off()
        path = os.path.join(self.directory, "office.conf")
        with open(path, "w") as f:
            f.write(OFFICE % (self.ports[0], self.ports[1], crc4, side, dchannel))
        self.office = subprocess.Popen([os.path.join(BUILD, "strowger-exchange"), path, "--lockstep"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self.has_far_end)

    def end(self):
        self.ring_off()
        super().end()

    def scan(self, *options):
        status, text = self.guest.run("$BUILD/strowger --json scan %s 2>/run/said" % " ".join(options))
        try:
            return status, json.loads(text)
        except ValueError:
            raise RuntimeError("scan: %d: %s" % (status, text))

    def read(self, path):
        return self.guest.must("cat " + path)


def advised(found, *words):
    return any(all(word in text for word in words) for text in found["advice"])


def before_the_driver(rig):
    status, found = rig.scan()
    tap.same(status, 1, "a card without a driver is a fault")
    tap.same(found["cards"], [{"card": SLOT, "ids": "e159:0001/71fe", "board": "te110p"}],
             "the card is found by its PCI ids")
    tap.ok(advised(found, "no driver", "modprobe strowger"), "what to do: load it", found["advice"])
    if FLAVOUR == "plain":  # that driver loses memory when it unloads
        another_driver(rig)
    rig.guest.must("insmod $M")


def another_driver(rig):
    rig.guest.must("insmod $STROWGER_MODULES/wcte11xp.ko")
    status, found = rig.scan()
    tap.same((status, found["cards"][0]["driver"]), (1, "wcte11xp"), "another driver has it: seen")
    tap.ok(advised(found, "wcte11xp", "echo %s >/sys/bus/pci/drivers/wcte11xp/unbind" % SLOT, "blacklist"),
           "what to do: unbind it", found["advice"])
    rig.guest.must("rmmod wcte11xp")
    rig.card.ask("checks", reset=True)  # what it has against that one


def not_configured(rig):
    status, found = rig.scan()
    span = found["spans"][0]
    tap.same((found["cards"][0].get("driver"), span["span"], span["card"], span["channels"], span["port"]),
             ("strowger", 1, SLOT, 31, 1), "our driver has it, and there is a span")
    tap.ok(status == 1 and advised(found, "span 1 is not configured", "scan --write"),
           "it wants to be configured", found["advice"])
    status, text = rig.guest.run("$BUILD/strowger scan")
    tap.ok(status == 1 and "te110p" in text and "E1/" + SLOT in text, "people get tables", text)


def hears_the_network(rig):
    rig.guest.must("mkdir /run/etc /run/guess")
    rig.exchange("on", "network")
    status, found = rig.scan("--write /run/etc")
    tap.same(status, 0, "a line in service, and nothing to be said about it")
    tap.same(found["spans"][0].get("heard"),
             {"frames": "yes", "crc4": "yes", "signalling": "pri-user", "violations": 0, "dchannel": 16},
             "heard: CRC-4, the network side in timeslot 16")
    tap.same(found["spans"][0]["alarms"], [], "no alarm")
    text = rig.read("/run/etc/strowger/engine.conf")
    for line in ('device = "PCI %s";' % SLOT, "port = 1;", 'line_code = "hdb3";', 'crc4 = "on";',
                 'signalling = "pri-user";', "dchannel = 16;", 'clock = "line";', "clock_priority = 1;"):
        tap.ok(line + "  # " in text or line in ("port = 1;",) and line in text,
               "engine.conf: %s and why" % line, text)
    tap.same(rig.read("/run/etc/dahdi/system.conf").splitlines()[-6:],
             ["span=1,1,0,ccs,hdb3,crc4", "bchan=1-15,17-31", "dchan=16", "", "loadzone=cn",
              "defaultzone=cn"], "system.conf: the same for DAHDI's tools")


def usable(rig):
    # As installed: make install puts the tone plans there.
    rig.guest.must("sed -i 's|/usr/local/share/strowger/tones|%s/configs/tones|' "
                   "/run/etc/strowger/engine.conf" % os.path.dirname(os.path.dirname(os.path.dirname(
                       os.path.abspath(__file__)))))
    status, text = rig.guest.run("$BUILD/strowger-engine --test /run/etc/strowger/engine.conf 2>&1")
    tap.same(status, 0, "the engine takes engine.conf as it is: " + text)
    status, text = rig.guest.run("dahdi_cfg -c /run/etc/dahdi/system.conf 2>&1")
    tap.same(status, 0, "dahdi_cfg takes system.conf as it is: " + text)
    tap.ok("HDLCFCS" in rig.guest.must("sed -n '/16 E1/p' /proc/dahdi/1"), "timeslot 16 is the D-channel",
           rig.read("/proc/dahdi/1"))


def not_over_what_is_there(rig):
    rig.guest.must("echo mine >/run/etc/dahdi/system.conf; cp /run/etc/strowger/engine.conf /run/old")
    status, _ = rig.scan("--write /run/etc")
    tap.ok(status == 1 and "--force" in rig.read("/run/said"), "files that are there: refused, with what to do",
           rig.read("/run/said"))
    tap.same((rig.read("/run/etc/dahdi/system.conf"), rig.guest.run("cmp /run/old /run/etc/strowger/engine.conf")),
             ("mine", (0, "")), "both are as they were")
    rig.scan("--write /run/etc --force")
    tap.ok("span=1," in rig.read("/run/etc/dahdi/system.conf"), "unless told so")
    tap.same(rig.guest.must("ls /run/etc/dahdi /run/etc/strowger"),
             "/run/etc/dahdi:\nsystem.conf\n\n/run/etc/strowger:\nengine.conf", "and nothing else is left")


def hears_the_user(rig):
    rig.exchange("off", "user", 20)
    _, found = rig.scan("--listen")
    tap.same(found["spans"][0].get("heard"),
             {"frames": "yes", "crc4": "no", "signalling": "pri-network", "violations": 0, "dchannel": 20},
             "heard: no CRC-4, the user side in timeslot 20")


def hears_nothing(rig):
    rig.ring_off()
    rig.card.ask("line", rx_cut=True)
    rig.pass_ms(300)  # until the alarm is declared
    status, found = rig.scan("--listen")
    tap.same((status, found["spans"][0]["heard"].get("frames"), "dchannel" in found["spans"][0]["heard"]),
             (1, "no", False), "a cut line: nothing is heard")
    tap.ok("LOS" in found["spans"][0]["alarms"] and advised(found, "span 1, LOS", "cable"),
           "and what to look for is said", found)
    rig.scan("--write /run/guess")
    text = rig.read("/run/guess/strowger/engine.conf")
    tap.ok('crc4 = "auto";  # no signal' in text and "a guess" in text, "what was not heard is a guess", text)
    rig.card.ask("line", rx_cut=False)


def in_use(rig):
    rig.guest.must("mkfifo /run/hold; { $BUILD/tests/kernel/flow /run/flow 5 </dev/null >/dev/null 2>&1 & }; "
                   "F=$!; " + rig.WRITTEN)
    before = rig.read("/proc/dahdi/1")
    status, found = rig.scan("--listen")
    tap.ok(status == 1 and "error" in found["spans"][0]["heard"] and advised(found, "a program has it"),
           "a span in use is not tried", found)
    tap.same(rig.read("/proc/dahdi/1").splitlines()[0].split(" RED")[0], before.splitlines()[0].split(" RED")[0],
             "and stays as it is")
    rig.guest.must("kill $F; wait $F || true")


def no_permission(rig):
    status, text = rig.guest.run("setpriv --reuid=65534 --regid=65534 --clear-groups $BUILD/strowger scan")
    tap.ok(status == 1 and "/dev/dahdi/ctl: Permission denied: be root, or in group dialout" in text,
           "without permission: what is missing", text)
    tap.ok("E1/" + SLOT in text, "what can be seen is shown", text)


rig = Bench()
try:
    before_the_driver(rig)
    not_configured(rig)
    hears_the_network(rig)
    usable(rig)
    not_over_what_is_there(rig)
    hears_the_user(rig)
    hears_nothing(rig)
    in_use(rig)
    no_permission(rig)
    rig.clean()
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
