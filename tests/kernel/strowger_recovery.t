#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver on a card that is away for a while: the PCI bus reports an error and the slot is reset, or cannot be; the
machine sleeps. DAHDI's channels stay open meanwhile, and afterwards each is as before.

User-Mode-Linux has no bus that reports errors: buserror.ko asks the driver what the kernel would, while the card
gives ones and is reset. Sleep goes as far as the kernel's own test of it goes: all devices asleep, and awake again."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import ALL, HARD, LINE, Driver, module
from rig import Tap, until

SLOT = "0000:00:00.0"
tap = Tap()


def step(rig, name, slot=SLOT):
    """Exit status of asking for it."""
    return rig.guest.run("echo %s %s >/sys/module/buserror/parameters/step" % (name, slot))[0]


def cut_off(rig):
    """Reads give ones from now on; the driver is told after a while, as by a busy kernel."""
    rig.card.ask("fault", all_ones=True)
    return step(rig, "frozen")


def reset(rig):
    rig.card.ask("fault", all_ones=False)
    rig.card.ask("reset")
    return step(rig, "reset")


def errors(rig):
    for n in range(3 * HARD):
        if cut_off(rig):
            return tap.ok(False, "error %d: the driver asks for a reset" % n)
        if n == 0:
            tap.same(rig.alarms(), {"RED", "LOS"}, "slot cut off: DAHDI has an alarm")
            tap.same(rig.sys("state"), "asleep", "and the technician sees why")
            tap.ok(rig.ask_span("maint", LINE)[0], "maintenance meanwhile: refused")
            tap.ok(rig.guest.run("cat $S/registers")[0] != 0, "register dump: refused")
        rig.card.pass_ms(20 + 40 * n % 300)
        if reset(rig):
            return tap.ok(False, "error %d: set up anew" % n)
        rig.in_service("error %d: in service again" % n)
    return rig.counting(31, "each channel as before, after %d errors" % (3 * HARD))


def late(rig):
    """The driver saw ones, and took the card for pulled, before the kernel told it of the error."""
    rig.card.ask("fault", all_ones=True)
    tap.ok(until(lambda: rig.sys("state") == "gone"), "ones before the error is told: gone")
    tap.same(step(rig, "frozen"), 0, "told of the error then")
    tap.same(reset(rig), 0, "slot was reset: set up anew")
    rig.in_service("in service again")
    rig.counting(31, "each channel as before")


def loops(rig):
    rig.must_maint(LINE)
    tap.ok(until(lambda: "LOOPBACK" in rig.alarms()), "a loop is on", rig.alarms())
    tap.same((cut_off(rig), reset(rig)), (0, 0), "error and reset")
    rig.in_service("a loop has ended with the error")


def asleep(rig):
    rig.guest.must("echo devices >/sys/power/pm_test; echo 1 >/sys/module/suspend/parameters/pm_test_delay")
    resyncs = rig.card.ask("status")["pld"]["resyncs"]
    for n in range(2 * HARD):
        rig.guest.must("echo mem >/sys/power/state")
    rig.in_service("slept and awake %d times: in service" % (2 * HARD))
    tap.ok(rig.card.ask("status")["pld"]["resyncs"] >= resyncs + 2 * HARD, "the line was set up anew each time")
    rig.counting(31, "each channel as before")


def dead(rig):
    tap.same(cut_off(rig), 0, "another error")
    tap.same(step(rig, "dead"), 0, "a slot that cannot be brought back: the driver lets go")
    tap.ok(until(lambda: rig.sys("state") == "gone"), "the card is gone")
    tap.ok(until(lambda: rig.alarms() == {"NOTOPEN"}), "DAHDI says NOTOPEN", rig.alarms())
    rig.flow_end()
    tap.same(rig.guest.run("rmmod strowger")[0], 0, "the driver unloads")


rig = Driver(tap, ["--count"])
try:
    rig.guest.must("insmod %s/buserror/buserror.ko" % os.path.dirname(module()))
    tap.ok(step(rig, "lost") and step(rig, "reset", "0000:00:1f.0"), "another step, another slot: refused")
    rig.up()
    rig.flow(ALL)
    rig.counting(31, "before it, all is well")
    errors(rig)
    late(rig)
    loops(rig)
    asleep(rig)
    rig.clean()
    dead(rig)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
