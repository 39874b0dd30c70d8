# SPDX-License-Identifier: GPL-2.0-or-later
"""Our driver on the emulated card: what its tests have in common."""
import atexit
import functools
import json
import os
import subprocess

from rig import BUILD, FLAVOUR, HERE, Peer, Rig, until

# dahdi/user.h
NONE, LOCAL, _, LOOPUP, LOOPDOWN, _, FAS, MULTI, CRC, CAS, PRBS_ERROR, BIPOLAR, PRBS, PAYLOAD, RESET, SIM = \
    range(16)
LINE = 2
CCS, HDB3, AMI, CRC4 = 1 << 8, 1 << 9, 1 << 6, 1 << 10
HARD = 10 if FLAVOUR == "torture" else 1  # how much harder torture is

ALL = list(range(1, 32))
FLAT = [n for n in ALL if n != 16]  # channels with CAS


@functools.cache
def module():
    """Path of strowger.ko for the guest; built if it is not there."""
    return subprocess.run([os.path.join(HERE, "module.sh"), FLAVOUR], stdout=subprocess.PIPE, check=True,
                          text=True, env=dict(os.environ, B=BUILD)).stdout.strip()


def system_conf(mode="ccs,hdb3,crc4", timing=1, span=1):
    first = 31 * (span - 1)
    if mode.startswith("cas"):
        channels = "cas=%d-%d,%d-%d:1101" % (first + 1, first + 15, first + 17, first + 31)
    else:
        channels = "bchan=%d-%d" % (first + 1, first + 31)
    return "span=%d,%d,0,%s\n%s\n" % (span, timing, mode, channels)


ZONES = "loadzone=us\ndefaultzone=us\n"


def ended_well(tap, guest):
    """DAHDI 2.11.1 loses the kilobyte of a span that goes (span_sysfs_remove() forgets it before it
    frees it), whatever the driver, and the guest's PCI the messages that a card took with it: those
    alone are only noted."""
    status, complaint = guest.close()
    lost = complaint.split("unreferenced object")[1:]
    dahdis = [text for text in lost if "span_sysfs_create" in text]
    pcis = [text for text in lost if "um_pci_send_cmd" in text or
            ("um_pci_virtio_probe" in text and "[strowger]" not in text)]
    if status == 126 and lost and len(lost) == len(dahdis) + len(pcis) and "BUG:" not in complaint:
        tap.note("DAHDI itself lost %d spans' memory, the guest's PCI %d messages" % (len(dahdis), len(pcis)))
        status = 0
    tap.ok(status == 0, "the guest ended well", complaint)


class Driver(Rig):
    """A rig whose guest has our driver loaded, unless told not to."""

    def __init__(self, tap, peer_options=(), card_options=(), parameters="", load=True, simulated=True):
        self.module = module()
        super().__init__(tap, peer_options, card_options, simulated=simulated)
        self.ports = self.card_ports()
        self.guest.must("M=%s; S=/sys/bus/pci/devices/0000:00:00.0/strowger" % self.module)
        if load:
            self.guest.must("insmod $M " + parameters)

    def card_ports(self):
        """Where the cable ends: far, near; as the peer was told."""
        return [int(word.split(":")[1]) for word in self.peer.process.args[1:3]]

    def far_end(self, *options):
        """Another far end in the place of the one there is."""
        self.parts.remove(self.peer)
        self.peer.close()
        atexit.unregister(self.peer.process.terminate)
        self.peer = self.add(Peer(*self.ports, *options, *self.simulated))

    def span(self, mode="ccs,hdb3,crc4", timing=1):
        self.configure(system_conf(mode, timing) + ZONES)

    def up(self, mode="ccs,hdb3,crc4", timing=1):
        """Configured and in service at both ends."""
        self.span(mode, timing)
        self.in_service("%s: in service at both ends" % mode)

    def in_service(self, name):
        # Of a span that has just been started nobody knows anything yet: let line time pass.
        self.pass_ms(150)
        self.tap.ok(until(lambda: not self.alarms() and not self.peer.status()["alarms"]), name,
                    (self.alarms(), self.peer.status()["alarms"]))

    def pass_ms(self, ms):
        self.card.pass_ms(ms)

    def sys(self, name):
        return self.guest.must("cat $S/" + name)

    def faults(self):
        return {k: int(v) for k, v in (line.split() for line in self.sys("faults").splitlines())}

    def ask_span(self, *arguments, span=1):
        """Return: (errno, text)."""
        status, text = self.guest.run("$BUILD/tests/kernel/span %d %s" % (
            span, " ".join(str(a) for a in arguments)))
        return (int(text.split()[-1]), "") if status else (0, text)

    def count(self):
        return json.loads(self.ask_span("status")[1])

    def must_maint(self, command):
        error, _ = self.ask_span("maint", command)
        if error:
            raise RuntimeError("maint %d: errno %d" % (command, error))

    def trace(self, reset=False):
        """[(ms, what, value)]"""
        return [tuple(e) for e in self.card.ask("trace", reset=reset)["events"]]

    def when(self, what, condition, after=0, patience=60):
        """Line time of the first change of "what" after a moment that fulfils the condition."""
        def found():
            return [ms for ms, name, value in self.trace()
                    if name == what and ms >= after and condition(value)]
        times = until(found, patience)
        if not times:
            raise RuntimeError("%s does not change as it should: %r" % (what, self.trace()[-20:]))
        return times[0]

    # ---- channels that count: flow.c ----

    WRITTEN = "while [ ! -e /run/flow ] && kill -0 $F; do sleep 0.02; done"

    def flow(self, channels):
        self.guest.must("rm -f /run/flow; $BUILD/tests/kernel/flow /run/flow %s </dev/null "
                        ">/dev/null 2>&1 & F=$!; %s" % (" ".join(map(str, channels)), self.WRITTEN))

    def flowed(self):
        return json.loads(self.guest.must("rm -f /run/flow; kill -USR1 $F; %s; cat /run/flow" % self.WRITTEN))

    def flow_reset(self):
        self.guest.must("kill -USR2 $F")
        self.peer.do("reset")

    def flow_end(self):
        self.guest.must("kill $F; wait $F; true")

    def counting(self, channels, name):
        """Until all channels bring half a second of counting both ways, and nothing else."""
        need = 4000 * channels

        def calm():
            cable = self.cable()
            self.flow_reset()
            self.pass_ms(700)
            seen = self.flowed(), self.peer.status()["runs"]
            lost = self.cable() != cable
            return all(s["good"] >= need and not s["noise"] and
                       (lost or not s["silent"] + s["skips"] + s["repeats"]) for s in seen)
        return self.tap.ok(until(calm, 30), name, (self.flowed(), self.peer.status()["runs"]))

    def cable(self):
        """What a far end that keeps real time and a card that waits for its guest lose between them."""
        line, peer = self.card.ask("status")["line"], self.peer.status()
        return [line[k] for k in ("lost", "pauses", "resyncs")] + [
            peer[k] for k in ("deleted", "repeated", "starved", "lost", "pauses")]

    def close(self):
        ended_well(self.tap, self.guest)
        self.end()

    def clean(self):
        """What the card has to say about the driver."""
        found = self.card.ask("checks")
        self.tap.same(found["last"], [], "the card has nothing against what the driver did")
