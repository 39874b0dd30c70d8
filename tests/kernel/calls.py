# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls over the emulated card: the exchange on the host, its cables, cards, and in the guest our
driver, DAHDI, the engine and the daemon."""
import atexit
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from driver import ended_well, module
from rig import BUILD, PATIENCE, ROOT, Calendar, Card, Guest, free_ports, until

SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"
CLOCK = "2026-11-22T02:00:00Z"  # UTC of the daemon's first sample
RUN = "/run/strowger"  # the guest's own

ENGINE = """
socket = "%(run)s/engine.sock";
tones = "%(root)s/configs/tones/CN.conf";
prompts = [ "%(sounds)s" ];
speech_cache = "%(run)s/speech";
recordings = "%(run)s/recordings";
traces = "%(dir)s";
languages = ( { lang = "en"; voice = "en-gb"; }, { lang = "cmn"; voice = "cmn-latn-pinyin"; } );
spans = ( %(spans)s );
"""
# A guest that computes for long (all callers at once, spoken texts) is given line time all the same,
# see --pace idle: the margin is for that.
SPAN = '{ name = "E1-%d"; backend = "dahdi"; device = "%s"; configure = true; echo_tail_ms = 0; margin_ms = %d; %s }'
DAEMON = """
site = 1;
time_zone = "Asia/Shanghai";
socket = "%(run)s/strowgerd.sock";
engine = { socket = "%(run)s/engine.sock"; reconnect_ms = 20; };
store = { dir = "%(run)s/store"; map_mb = 64; };
flows = [ "%(root)s/configs/flows/demo.conf" ];
routes = ( { called = "200"; flow = "demo"; } );
"""


class Calls:
    """The whole chain. Line time is as fast as the machine can: exchange and cards go in lockstep, and
    the cards wait until the guest has nothing more to do."""

    def __init__(self, tap, cards=1, span="", timeout=600,
                 lockstep=True, exchange_span="", margin=3, memory="256M"):
        self.tap, self.lockstep, self.settings, self.margin = tap, lockstep, span, margin
        self.exchange_span = exchange_span
        self.module = module()
        self.directory = tempfile.mkdtemp(prefix="strowger-calls.")
        ports = free_ports(2 * cards)
        self.cables = [(ports[2 * i], ports[2 * i + 1]) for i in range(cards)]
        self.calendar = Calendar(self.directory) if lockstep else None
        self.cards = [Card(self.directory, near, far, *["--lockstep"] * lockstep, name="card%d" % (i + 1),
                           calendar=self.calendar)
                      for i, (near, far) in enumerate(self.cables)]
        self.guest = Guest(self.directory, self.cards, timeout=timeout, memory=memory,
                           calendar=self.calendar)
        self.guest.must("P=%s; M=%s; mkdir -p $P/speech $P/recordings $P/store" % (RUN, self.module))
        self.guest.must("export STROWGER_ENGINE=$P/engine.sock STROWGER_DAEMON=$P/strowgerd.sock")
        self.guest.must("insmod $M")

    # ---- the appliance ----

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def location(self, card):
        """The card's PCI slot as DAHDI names it."""
        return self.guest.must("cat /sys/bus/dahdi_spans/devices/span-%d/ddev/location 2>/dev/null || "
                               "cat /sys/bus/dahdi_spans/devices/span-%d/../location" % (card + 1, card + 1))

    def start(self):
        spans = ", ".join(SPAN % (i + 1, self.location(i), self.margin, self.settings) for i in range(len(self.cards)))
        names = {"run": RUN, "root": ROOT, "sounds": SOUNDS, "dir": self.directory, "spans": spans}
        engine = self.write("engine.conf", ENGINE % names)
        daemon = self.write("strowgerd.conf", DAEMON % names)
        self.engine = self.program("strowger-engine", "%s %s" % ("--lockstep" * self.lockstep, engine),
                                   "engine")
        self.daemon = self.program("strowgerd", "-c %s%s" % (
            daemon, " --clock " + CLOCK if self.lockstep else ""), "strowgerd")

    def program(self, name, arguments, log):
        """In the guest, until its socket is there. Return: its process id there."""
        pid = self.guest.must("$BUILD/%s %s </dev/null >%s/%s.log 2>&1 & echo $!" % (
            name, arguments, self.directory, log))
        status, _ = self.guest.run(
            "while [ ! -S $P/%s.sock ]; do kill -0 %s || break; sleep 0.05; done; [ -S $P/%s.sock ]" % (
                log, pid, log))
        if status:
            raise RuntimeError("%s does not start: %s" % (name, self.log(log)))
        return pid

    def log(self, name):
        try:
            with open(os.path.join(self.directory, name + ".log"), errors="replace") as f:
                return f.read()[-3000:]
        except OSError:
            return ""

    def stats(self, what="stats"):
        # "spans" exits with 1 when one of them is in alarm
        return json.loads(self.guest.run("$BUILD/strowger --json " + what)[1])

    def span(self, card=0):
        return self.stats("spans")[card]

    def faults(self, card=0):
        """What the driver has counted."""
        text = self.guest.must("cat /sys/bus/pci/devices/0000:00:%02x.0/strowger/faults" % card)
        return {name: int(n) for name, n in (line.split() for line in text.splitlines())}

    def in_service(self, card=0):
        return until(lambda: self.span(card)["state"] == "in-service" and self.span(card)["dchannel"] == "up", 600)

    # ---- the callers ----

    def exchange_spans(self):
        return "spans = ( %s );" % ", ".join(
            '{ name = "E1-%d"; local = "127.0.0.1:%d"; remote = "127.0.0.1:%d"; %s }' % (
                i + 1, far, near, self.exchange_span)
            for i, (near, far) in enumerate(self.cables))

    def scenario(self, text):
        """A scenario of the tree, or text, with our cables in the place of its own."""
        text = re.sub(r"^spans = \(.*?^\);", self.exchange_spans(), text, flags=re.M | re.S)
        text = re.sub(r'"\.\./tones/', '"%s/configs/tones/' % ROOT, text)
        return self.write("scenario.conf", text)

    def call(self, scenario, *options):
        """Starts the exchange."""
        self.began = time.monotonic()
        self.exchange = subprocess.Popen(
            [os.path.join(BUILD, "strowger-exchange"), scenario, "--json", self.path("results.json"),
             "--trace", self.path("exchange.trace"), *(["--lockstep"] * self.lockstep), *options],
            stdout=open(self.path("exchange.txt"), "w"), stderr=subprocess.STDOUT)
        atexit.register(self.exchange.kill)

    def ended(self, seconds):
        """Are the callers gone, or are they after so long?"""
        try:
            self.exchange.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def said(self):
        """The exchange."""
        with open(self.path("exchange.txt"), errors="replace") as f:
            return f.read()[-3000:]

    def path(self, name):
        return os.path.join(self.directory, name)

    def finish(self, patience):
        """Return: (exit status of the exchange, its results)."""
        status = self.exchange.wait(patience)
        self.took = time.monotonic() - self.began
        with open(self.path("results.json")) as f:
            return status, json.load(f)

    def end(self, keep=False):
        if getattr(self, "exchange", None) and self.exchange.poll() is None:
            self.exchange.terminate()
            self.exchange.wait(PATIENCE)
        ended_well(self.tap, self.guest)
        for card in self.cards:
            card.close()
        if self.calendar:
            self.calendar.close()
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)
