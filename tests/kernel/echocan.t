#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The echo canceller as a DAHDI module: calls with echo on two crossed spans, every output sample
the same as this machine's canceller gives, statistics, parameters, references, and all of it changed
and taken away under traffic."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import BUILD, FLAVOUR, HERE, Guest, Tap, until

CHANNELS = [n for n in range(1, 32) if n != 16] if FLAVOUR == "plain" else [1, 2, 31]
FEW = [1, 31]  # so many even a slow machine cancels in real time
SOME = CHANNELS[:10]
TAPS, TAIL_MS = 1024, 128
TRACE_MS = 4000
SECONDS = 8  # of line time
ROUNDS, COST_SECONDS = 3, 4
SPANS = """dynamic=loc,1:0,31,0
dynamic=loc,1:1,31,0
"""
CANCELLER = """bchan=1-62
echocanceller=%s,1-15,17-31
loadzone=us
defaultzone=us
"""
D = "/sys/module/dahdi_echocan_strowger/channels"

# In the guest: a canceller with two parameters; dahdi/user.h: DAHDI_SPECIFY, DAHDI_AUDIOMODE,
# DAHDI_ECHOCANCEL_PARAMS.
ASK = """
import fcntl, os, struct, sys
fd = os.open("/dev/dahdi/channel", os.O_RDWR)
fcntl.ioctl(fd, 0x4004da26, struct.pack("i", 1))
fcntl.ioctl(fd, 0x4004da20, struct.pack("i", 1))
a = sys.argv
try:
    fcntl.ioctl(fd, 0x4008da21, struct.pack("II16si16si", 128, 2, a[1].encode(), int(a[2]), a[3].encode(), int(a[4])))
    print(open("%s/1/tail_ms").read().strip(), open("%s/1/state").read().strip())
except OSError as e:
    print(e.errno)
"""

tap = Tap()


def module():
    path = subprocess.run([os.path.join(HERE, "module.sh"), FLAVOUR], stdout=subprocess.PIPE, check=True,
                          text=True, env=dict(os.environ, B=BUILD)).stdout.strip()
    return os.path.join(os.path.dirname(path), "dahdi_echocan_strowger.ko")


class Calls:
    """tests/kernel/echo in the guest's background."""

    def __init__(self, guest, seconds, taps=TAPS, channels=CHANNELS):
        self.guest = guest
        guest.must("rm -f /run/echo.*")
        guest.must("{ $BUILD/tests/kernel/echo %d %d 31 %s >/run/echo.out 2>/run/echo.err & echo $! >/run/echo.pid; "
                   "wait $!; echo $? >/run/echo.status; } </dev/null & :" % (seconds * 8000, taps, " ".join(map(str, channels))))
        until(lambda: guest.run("grep -q ready /run/echo.out || [ -e /run/echo.status ]")[0] == 0)

    def running(self):
        return self.guest.run("[ -e /run/echo.status ]")[0] != 0

    def hang_up(self):
        self.guest.must("kill $(cat /run/echo.pid)")
        until(lambda: not self.running())

    def heard(self):
        """Return: {channel: echo [dB below speech]}, when everybody has heard enough"""
        until(lambda: self.guest.run("grep -q done /run/echo.out")[0] == 0 or not self.running())
        lines = [line.split() for line in self.guest.must("cat /run/echo.out").splitlines()]
        return {int(line[0]): int(line[1]) / 100 for line in lines if len(line) == 2}


def configure(guest, canceller, spans=""):
    with open(os.path.join(directory, "system.conf"), "w") as f:
        f.write(spans + CANCELLER % canceller)
    return guest.run("dahdi_cfg -c %s/system.conf" % directory)


def status(guest, channel):
    """What sysfs says of a call's canceller."""
    text = guest.must("grep . %s/%d/[a-su-z]* %s/%d/tail*" % (D, channel, D, channel))
    return {name.rsplit("/", 1)[1]: value for name, value in (line.split(":", 1) for line in text.splitlines())}


def references(guest):
    return int(guest.must("cat /sys/module/dahdi_echocan_strowger/refcnt"))


def ticks(guest):
    """Processor time of the guest's kernel and everything in it [s]."""
    with open("/proc/%s/stat" % guest_pid(guest)) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def guest_pid(guest):
    """The kernel's own process: what timeout, which guest.sh started, has started."""
    pid = guest.process.pid
    for name in ("timeout", "linux"):
        children = subprocess.run(["pgrep", "-P", str(pid), name], stdout=subprocess.PIPE, text=True).stdout.split()
        pid = int(children[0])
    return pid


def loads(guest):
    tap.same(guest.run("insmod %s trace_ms=%d" % (KO, TRACE_MS))[0], 0, "the module loads")
    code, output = configure(guest, "strowger", SPANS)
    tap.ok(code == 0, "dahdi_cfg knows echocanceller=strowger", output)
    listed = guest.must("cat /proc/dahdi/1")
    tap.same(listed.count("(EC: STROWGER - INACTIVE)"), 30, "30 channels have it, none uses it")
    tap.ok(references(guest) >= 30, "and hold the module", references(guest))
    tap.ok(guest.run("rmmod dahdi_echocan_strowger")[0], "which cannot be unloaded")


def trace(guest):
    running = Calls(guest, SECONDS)
    tap.same(guest.must("cat /proc/dahdi/1").count("(EC: STROWGER - ACTIVE)"), len(CHANNELS),
             "%d calls use it" % len(CHANNELS))
    until(lambda: all(int(status(guest, c)["samples"]) > TRACE_MS * 8 for c in CHANNELS))
    for c in CHANNELS:
        guest.must("cat %s/%d/trace >%s/trace.%d" % (D, c, directory, c))
    running.hang_up()


def exact():
    replay = subprocess.run([os.path.join(BUILD, "tests/kernel/replay"), str(TAIL_MS)]
                            + ["%s/trace.%d" % (directory, c) for c in CHANNELS],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    results = [list(map(int, line.split())) for line in replay.stdout.splitlines()]
    samples = sum(r[0] for r in results)
    tap.ok(replay.returncode == 0 and samples == len(CHANNELS) * TRACE_MS * 8,
           "%d samples of %d channels: the kernel's output is this machine's, scalar, SSE2, AVX2"
           % (samples, len(results)), replay.stdout)


def figures(guest):
    running = Calls(guest, SECONDS, TAPS, FEW)
    heard = running.heard()
    said = {c: status(guest, c) for c in FEW}
    running.hang_up()
    tap.same(sorted(heard), FEW, "calls with echo")
    tap.ok(min(heard.values()) > 40, "no echo is heard: %.1f dB below what was said" % min(heard.values()), heard)
    for c, s in said.items():
        tap.same((s["tail_ms"], s["law"], s["state"]), (str(TAIL_MS), "A", "cancelling"), "channel %d: state" % c)
        tap.between(int(s["erl_cdb"]) / 100, 7, 13, "ERL [dB]")
        tap.between(int(s["erle_cdb"]) / 100, 20, 45, "ERLE [dB]")
        tap.between(int(s["delay_ms"]), 0, 16, "delay [ms]")
        tap.same(len(s["tail_cdb"].split()), TAIL_MS // 8, "figures in the tail's picture")
        tap.same((s["wrong_law"], s["beyond_tail"]), ("0", "0"), "law and tail are right")


def parameters(guest):
    """As `echocancel=1024,nlp=0` in chan_dahdi.conf asks for."""
    path = os.path.join(directory, "ask.py")
    with open(path, "w") as f:
        f.write(ASK % (D, D))
    ask = "python3 %s " % path
    good = guest.must(ask + "tail 100 NLP 0")
    tap.ok(good.startswith("100"), "parameters of a channel", good)
    tap.same(guest.must(ask + "tail 100 tale 0"), "22", "an unknown one is refused")
    good = guest.must(ask + "tail 5000 nlp 1")
    tap.ok(good.startswith("256"), "no tail is longer than 256 ms", good)
    tap.ok(guest.run("ls %s/1" % D)[0], "a channel that is closed leaves nothing behind")


def traffic(guest):
    """Everything changes while calls are under way."""
    running = Calls(guest, 600)
    reading = guest.must("{ while :; do cat %s/*/*; done >/dev/null 2>&1; } & echo $!" % D)
    tap.ok(guest.run("rmmod dahdi_echocan_strowger")[0], "in use: it is not unloaded")
    done = [configure(guest, canceller) for canceller in 3 * ["mg2", "strowger"]]
    tap.ok(not any(code for code, output in done), "the canceller is reconfigured under traffic, and back", done)
    tap.ok(running.running(), "calls go on")
    guest.must("kill %s" % reading)
    running.hang_up()


def unloads(guest):
    configure(guest, "mg2")
    until(lambda: references(guest) == 0)
    tap.same(references(guest), 0, "nobody holds the module any more")
    tap.same(guest.run("rmmod dahdi_echocan_strowger")[0], 0, "it is unloaded")
    tap.ok(guest.run("ls %s" % D)[0], "and its attributes are gone")
    tap.same(guest.run("insmod %s" % KO)[0], 0, "it loads again")


def cost(guest):
    """Processor time of the whole guest by its own time, with calls that use each canceller and with none, by
    turns as what else the machine does comes and goes; the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        seen = {}
        for canceller, taps in (("strowger", 0), ("strowger", TAPS), ("mg2", TAPS)):
            configure(guest, canceller)
            running = Calls(guest, COST_SECONDS, taps, SOME)
            begin, uptime = ticks(guest), float(guest.must("cut -d' ' -f1 /proc/uptime"))
            running.heard()
            passed = float(guest.must("cut -d' ' -f1 /proc/uptime")) - uptime
            seen[canceller if taps else "none"] = (ticks(guest) - begin) / passed
            running.hang_up()
        rounds.append((seen["strowger"] - seen["none"], seen["mg2"] - seen["none"], seen["none"]))
        tap.note("processor time for %d calls of %d ms tail: none %.3f s/s, ours +%.3f, MG2 +%.3f"
                 % (len(SOME), TAIL_MS, seen["none"], *rounds[-1][:2]))
    ours, mg2 = (sorted(r[i] for r in rounds)[ROUNDS // 2] for i in (0, 1))
    tap.note("ours to MG2: %.2f; ours: %.1f us a tick of 1 ms and channel" % (ours / mg2 if mg2 > 0 else 0, 1000 * ours / len(SOME)))


def everything(guest):
    loads(guest)
    trace(guest)
    exact()
    figures(guest)
    parameters(guest)
    traffic(guest)
    unloads(guest)
    if FLAVOUR == "plain":
        cost(guest)


KO = module()
directory = tempfile.mkdtemp(prefix="strowger-echocan.")
g = Guest(directory, [], ["dahdi_dynamic", "dahdi_dynamic_loc", "dahdi_echocan_mg2"])
try:
    everything(g)
except (TimeoutError, EOFError, RuntimeError, OSError, ValueError, KeyError, subprocess.SubprocessError) as problem:
    tap.ok(False, "to the end", "%r" % problem)
code, complaint = g.close()
tap.ok(code == 0, "the guest ended well", complaint)
subprocess.run(["rm", "-rf", directory])
tap.end()
