#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""DAHDI's own tools, as Debian packages them, on our card."""
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from driver import Driver
from rig import Tap, until

SLOT = "0000:00:00.0"
TITLE = "TE110P class single E1 card"
SYSTEM = "span=1,1,0,ccs,hdb3,crc4\nbchan=1-15,17-31\ndchan=16\nloadzone=us\ndefaultzone=us\n"
PERIOD = 2 ** 15 - 1  # octets, too: eight bits a step are coprime to it
SAMPLES = 8000
CHANNEL = 5
# A program that has a voice channel open; dahdi/user.h: DAHDI_SPECIFY, DAHDI_AUDIOMODE
HOLD = """
import fcntl, os, struct, sys
fd = os.open("/dev/dahdi/channel", os.O_RDWR)
fcntl.ioctl(fd, 0x4004da26, struct.pack("i", %d))
fcntl.ioctl(fd, 0x4004da20, struct.pack("i", 1))
open("/run/held", "w").close()
while os.read(fd, 160):
    pass
"""
# Types at a program on a terminal of 80x24, and shows what that has printed after each key.
TYPIST = r"""
import os, pty, re, signal, sys
signal.alarm(60)
pid, fd = pty.fork()
if not pid:
    os.environ.update(TERM="xterm", LC_ALL="C")
    os.execvp(sys.argv[1], sys.argv[1:2])
def expect(word):
    seen = b""
    while word not in seen:
        seen += re.sub(rb"\x1b(\[[0-9;?]*[A-Za-z]|[()].)", b"", os.read(fd, 65536))
    print("seen", word.decode(), flush=True)
for pair in sys.argv[2:]:
    key, word = pair.split("=")
    os.write(fd, key.encode().decode("unicode_escape").encode())
    expect(word.encode())
os.write(fd, b"\x1b[21~")  # F10
print("ended", os.waitpid(pid, 0)[1])
"""

tap = Tap()


def tool(rig, command):
    status, text = rig.guest.run(command + " 2>&1")
    if not tap.same(status, 0, "`%s`" % command):
        tap.note(text)
    return text


def script(rig, name, text):
    path = os.path.join(rig.directory, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def cfg(rig):
    rig.configure(SYSTEM)
    rig.in_service("dahdi_cfg: in service at both ends")
    text = rig.guest.must("dahdi_cfg -vv -c %s/system.conf" % rig.directory)
    tap.ok("Channel 16: D-channel (Default) (Echo Canceler: none) (Slaves: 16)" in text and
           "31 channels to configure." in text, "dahdi_cfg says what it did", text)
    proc = rig.guest.must("cat /proc/dahdi/1")
    tap.ok("CCS/HDB3/CRC4" in proc and re.search(r"16 \S+ HDLCFCS", proc) and
           len(re.findall(r" Clear", proc)) == 30, "30 B-channels and a D-channel", proc)
    status, text = rig.guest.run("printf 'span=1,1,0,ccs,hdb3,crc4\\ncas=16:1101\\n' >/run/bad; "
                                 "dahdi_cfg -c /run/bad 2>&1")
    tap.ok(status != 0, "a configuration that the card cannot do is refused", text)
    rig.configure(SYSTEM)
    rig.in_service("and after that as before")


def scan(rig):
    fields = dict(line.split("=", 1) for line in tool(rig, "dahdi_scan").splitlines() if "=" in line)
    expected = {"active": "yes", "alarms": "OK", "description": TITLE, "name": "E1/" + SLOT,
                "manufacturer": "Digium and compatible", "devicetype": TITLE, "location": "PCI " + SLOT,
                "basechan": "1", "totchans": "31", "type": "digital-E1", "syncsrc": "1",
                "coding_opts": "AMI,HDB3", "framing_opts": "CCS,CRC4", "coding": "HDB3",
                "framing": "CCS/CRC4"}
    got = {name: fields.get(name) for name in expected}
    # Its clock source is elected a moment after the line has come.
    expected["syncsrc"] = got["syncsrc"] if got["syncsrc"] in ("0", "1") else "1"
    tap.same(got, expected, "dahdi_scan's fields")
    text = tool(rig, "lsdahdi")
    tap.ok(re.search(r"### Span +1: E1/%s" % SLOT, text) and re.search(r" 16 \S+ +HDLCFCS", text),
           "lsdahdi lists them", text)
    text = tool(rig, "dahdi_span_assignments list")
    tap.ok("[]" in text and "@PCI_" + SLOT in text, "dahdi_span_assignments knows the place", text)
    text = rig.guest.run("dahdi_hardware")[1]
    tap.ok("pci:" + SLOT in text and "e159:0001" in text, "dahdi_hardware finds it", text)


def alarms(rig):
    rig.card.ask("line", rx_cut=True)
    tap.ok(until(lambda: "alarms=RED" in rig.guest.run("dahdi_scan")[1]), "dahdi_scan: RED")
    text = rig.guest.run("lsdahdi")[1]
    tap.ok("RED" in text, "lsdahdi: RED", text)
    rig.card.ask("line", rx_cut=False)
    tap.ok(until(lambda: "alarms=OK" in rig.guest.run("dahdi_scan")[1]), "dahdi_scan: OK again")


def maint_counters(rig):
    def counted(name):
        text = rig.guest.must("dahdi_maint -s 1")
        return int(re.search(r">%s : (\d+):" % name, text).group(1))

    # Code violations come from the card's own side control alone, so these are exact. The other errors
    # may also happen to a cable between processes of a busy machine: at least.
    rig.card.ask("line", violations=7)
    tap.ok(until(lambda: counted("Code Violations") >= 7), "code violations are counted")
    text = tool(rig, "dahdi_maint -s 1 --reset")
    tap.ok("Resetting error counters for span 1" in text, "counters reset", text)
    tap.ok(until(lambda: counted("Code Violations") == 0, 20), "they begin at 0 again",
           rig.guest.must("dahdi_maint -s 1"))
    rig.card.ask("line", violations=9)
    tap.ok(until(lambda: counted("Code Violations") == 9), "and count exactly",
           rig.guest.must("dahdi_maint -s 1"))
    rig.peer.do("crc 50000")
    tap.ok(until(lambda: counted("CRC Errors") >= 20), "CRC-4 errors of the far end are counted")
    rig.peer.do("crc 0")
    rig.peer.do("fas 2")
    tap.ok(until(lambda: counted("Framing Errors") >= 2), "wrong alignment signals are counted")
    tap.ok(until(lambda: counted("General Errored Seconds") >= 1), "errored seconds are counted")


def maint_errors(rig):
    """Each error that is sent arrives at the far end as what it is."""
    for what, seen in (("crc", "crc4_errors"), ("fas", "fas_errors")):
        before = rig.peer.status()["counters"][seen]
        tool(rig, "dahdi_maint -s 1 --insert " + what)
        tap.ok(until(lambda: rig.peer.status()["counters"][seen] > before), "the far end counts it: " + seen,
               rig.peer.status()["counters"])


def maint_loops(rig):
    """Towards the line, the far end gets its own sequences back; towards the host, nothing of us."""
    every = list(range(1, 32))
    for loop in ("networkline", "networkpayload"):
        tool(rig, "dahdi_maint -s 1 --loopback " + loop)
        tap.same(rig.in_step(), every, "%s: all timeslots come back" % loop)
        tap.ok("LOOP" in rig.proc(), "and the span says so", rig.proc())
        tool(rig, "dahdi_maint -s 1 --loopback off")
        tap.ok(until(lambda: rig.peer.status()["locked"] == 0), "off: no more of them",
               rig.peer.status()["in_step"])
    text = tool(rig, "dahdi_maint -s 1 --loopback localhost")
    tap.ok("local host loopback ON" in text and "LOOP" in rig.proc(), "local loop", text)
    rig.card.ask("line", rx_cut=True)
    rig.pass_ms(1000)
    tap.ok("RED" not in rig.alarms(), "the line may be cut then: we hear ourselves", rig.alarms())
    rig.card.ask("line", rx_cut=False)
    tool(rig, "dahdi_maint -s 1 --loopback off")
    rig.in_service("off: in service again")


def alaw(octet):
    octet ^= 0x55
    low, segment = (octet & 15) << 4, octet >> 4 & 7
    value = (low + 0x108) << (segment - 1) if segment else low + 8
    return value if octet & 0x80 else -value


def sequence():
    """The far end's octets, all of a period."""
    state, octets = 0x7fff, []
    for _ in range(PERIOD):
        for _ in range(8):
            state = (state << 1 | (state >> 14 ^ state >> 13) & 1) & 0x7fff
        octets.append(state & 255)
    return octets


def is_close(value, octet):
    """As u-law has its levels, 1/16 apart, and DAHDI's table takes its most negative one for two."""
    level = alaw(octet)
    return abs(value - level) <= max(8, abs(level) // 12)


def undisturbed(rig):
    """Samples of a time in which the cable, between processes of a busy machine, lost nothing itself."""
    for _ in range(10):
        before = rig.cable()
        tool(rig, "timeout 60 dahdi_monitor %d -l %d -m -r %s/rx.raw" % (CHANNEL, 2 * SAMPLES, rig.directory))
        if rig.cable() == before:
            break
    with open(os.path.join(rig.directory, "rx.raw"), "rb") as f:
        data = f.read()
    heard = list(struct.unpack("<%dh" % (len(data) // 2), data))
    while heard and not heard[0]:
        heard.pop(0)
    return heard


def monitor(rig):
    """Its samples are linear by way of u-law, which DAHDI's pseudo channel speaks; so each octet must come
    as one value, one close to it, and in the far end's order."""
    rig.guest.start("python3 " + script(rig, "hold.py", HOLD % CHANNEL))
    # run() gives up after its patience if hold.py has failed
    rig.guest.must("until [ -e /run/held ]; do sleep 0.05; done")
    heard = undisturbed(rig)
    far = sequence() * 2
    begin = [at for at in range(PERIOD)
             if all(is_close(value, far[at + i]) for i, value in enumerate(heard[:40]))]
    if not tap.same(len(begin), 1, "dahdi_monitor: the far end's sequence is found"):
        return
    wrong, came_as = 0, {}
    for i, value in enumerate(heard):
        octet = far[(begin[0] + i) % PERIOD]
        wrong += value != came_as.setdefault(octet, value) or not is_close(value, octet)
    tap.same(wrong, 0, "of %d octets none is lost, added or changed" % len(heard))
    tap.ok(len(heard) > SAMPLES * 9 // 10 and len(came_as) == 256 and
           len(set(came_as.values())) > 200, "all 256 have come, and are told apart", came_as)
    rig.guest.must("kill $! 2>/dev/null || true")


def on_screen(rig):
    typist = script(rig, "typist.py", TYPIST)
    status, text = rig.guest.run("python3 %s dahdi_tool '=%s' '\\x1bOP=Current Alarms' "
                                 "'\\x1b[21~=DAHDI Telephony Interfaces'" % (typist, TITLE))
    tap.same((status, text.splitlines()),
             (0, ["seen " + TITLE, "seen Current Alarms", "seen DAHDI Telephony Interfaces", "ended 0"]),
             "dahdi_tool: the list, the span's page (F1), back and out (F10)")


def pace(rig):
    text = tool(rig, "timeout 60 dahdi_test -c 2")
    tap.ok(re.search(r"--- Results after 2 passes ---", text) and len(re.findall(r"\d+\.\d+%", text)) >= 5,
           "dahdi_test measures", text)


rig = Driver(tap)
try:
    cfg(rig)
    scan(rig)
    alarms(rig)
    maint_counters(rig)
    maint_errors(rig)
    maint_loops(rig)
    monitor(rig)
    on_screen(rig)
    pace(rig)
except (TimeoutError, EOFError, RuntimeError, OSError) as problem:
    tap.ok(False, "to the end", problem)
rig.close()
tap.end()
