# SPDX-License-Identifier: GPL-2.0-or-later
"""What a kernel test stands on: the far end of the cable (peer), the card, and a guest in which
commands are run one after the other. All in a directory of their own, on ports of their own, ended
with the test whatever happens."""
import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
FLAVOUR = os.environ.get("FLAVOUR", "plain")
# dahdi/user.h, DAHDI_ALARM_*
ALARMS = {1: "RECOVER", 2: "LOOPBACK", 4: "YELLOW", 8: "RED", 16: "BLUE", 32: "NOTOPEN",
          0x100: "LOS", 0x200: "LFA", 0x400: "LMFA"}
SLOW = 6 if FLAVOUR == "torture" else 1  # how much slower a watched kernel may be
PATIENCE = 120 * SLOW  # [s] until something that must come is given up; a machine may be busy


# Whoever ends the test ends what it has started, too.
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, name, detail=None):
        self.n += 1
        print("%s %d - %s" % ("ok" if good else "not ok", self.n, name), flush=True)
        if not good:
            self.failed += 1
            for line in str(detail if detail is not None else "").splitlines():
                print("# " + line, flush=True)
        return good

    def same(self, got, expected, name):
        return self.ok(got == expected, name, "got %r, expected %r" % (got, expected))

    def between(self, value, low, high, name):
        return self.ok(low <= value <= high, "%s: %g" % (name, value), "expected %g..%g" % (low, high))

    def note(self, text):
        for line in text.splitlines():
            print("# " + line, flush=True)

    def end(self):
        print("1..%d" % self.n, flush=True)
        sys.exit(1 if self.failed else 0)


def free_ports(n):
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def until(condition, patience=PATIENCE):
    """Wait for the condition to give something true; give back what it gave last."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


class Lines:
    """Lines of a pipe, with patience."""

    def __init__(self, pipe):
        self.fd, self.rest = pipe.fileno(), b""

    def next(self, patience=PATIENCE):
        end = time.monotonic() + patience
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise TimeoutError("nothing comes any more")
            data = os.read(self.fd, 65536)
            if not data:
                raise EOFError("ended")
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="replace").rstrip("\r")


class Peer:
    def __init__(self, local, remote, *options):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "tests/kernel/peer"), "127.0.0.1:%d" % local, "127.0.0.1:%d" % remote,
             *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.process.terminate)
        self.lines = Lines(self.process.stdout)

    def do(self, command):
        self.process.stdin.write((command + "\n").encode())
        self.process.stdin.flush()

    def status(self):
        self.do("status")
        return json.loads(self.lines.next())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Calendar:
    """Simulated time for a guest and its cards: no test is too fast for the machine then."""
    def __init__(self, directory):
        self.path = os.path.join(directory, "calendar")
        self.process = subprocess.Popen([os.path.join(BUILD, "tests/kernel/calendar"), self.path],
                                        stdin=subprocess.PIPE)
        atexit.register(self.process.terminate)
        until(lambda: os.path.exists(self.path) or self.process.poll() is not None)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Card:
    def __init__(self, directory, local, remote, *options, name="card", calendar=None):
        self.vhost = os.path.join(directory, name + ".vhost")
        self.control = os.path.join(directory, name + ".control")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "strowger-card"), "--vhost", self.vhost, "--control", self.control,
             "--local", "127.0.0.1:%d" % local, "--remote", "127.0.0.1:%d" % remote, *options,
             *(["--calendar", calendar.path] if calendar else [])],
            stderr=subprocess.PIPE)
        atexit.register(self.process.terminate)
        until(lambda: os.path.exists(self.control) or self.process.poll() is not None)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(self.control)
        self.file = self.socket.makefile("rw")

    def ask(self, op, **arguments):
        self.file.write(json.dumps(dict(op=op, **arguments)) + "\n")
        self.file.flush()
        answer = json.loads(self.file.readline())
        if not answer.pop("ok"):
            raise ValueError(answer["error"])
        return answer

    def pass_ms(self, ms):
        """Line time goes on by at least so much."""
        begin = self.ask("status")["ms"]
        until(lambda: self.ask("status")["ms"] >= begin + ms)

    def close(self):
        self.process.terminate()
        return self.process.communicate()[1].decode()


class Guest:
    """Commands in a running guest, in one shell."""
    MARK = "--strowger--"

    def __init__(self, directory, cards, load=(), timeout=600 * SLOW, memory="256M", calendar=None):
        self.log = os.path.join(directory, "kernel.log")
        arguments = ["--flavour", FLAVOUR, "--timeout", str(timeout), "--kernel-log", self.log, "--memory", memory, "--stdin",
                     "--write", directory]
        for card in cards:
            arguments += ["--card", card.vhost]
        if calendar:
            arguments += ["--calendar", calendar.path]
        for module in load:
            arguments += ["--load", module]
        self.process = subprocess.Popen(
            [os.path.join(HERE, "guest.sh"), *arguments, "--", "bash", "-c",
             'echo ready; while read -r line; do eval "$line"; done'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        atexit.register(self.process.terminate)
        self.lines = Lines(self.process.stdout)
        if self.lines.next() != "ready":
            raise RuntimeError("the guest does not come up")
        self.run("export BUILD=%s; dmesg() { command dmesg --color=never \"$@\"; }" % BUILD)

    def run(self, command, patience=PATIENCE):
        """Return: (exit status, output)."""
        self.process.stdin.write(("%s; echo %s $?\n" % (command, self.MARK)).encode())
        self.process.stdin.flush()
        output = []
        while True:
            line = self.lines.next(patience)
            if self.MARK in line:
                text, status = line.split(self.MARK)
                if text:
                    output.append(text)
                return int(status), "\n".join(output)
            output.append(line)

    def must(self, command):
        status, output = self.run(command)
        if status:
            raise RuntimeError("%s: %d: %s" % (command, status, output))
        return output

    def start(self, command):
        """In the background; its output is not seen."""
        return self.must("exec %s </dev/null >/dev/null 2>&1 & echo $!" % command)

    def close(self):
        """Return: (exit status of guest.sh, what it complains about)."""
        if self.process.poll() is None:
            self.process.stdin.write(b"exit 0\n")
            self.process.stdin.flush()
        # The guest's end of standard input must outlive it: its driver frees the line's interrupt in a
        # way that a watching kernel ends everything for.
        stdin = os.dup(self.process.stdin.fileno())
        out, err = self.process.communicate()
        os.close(stdin)
        return self.process.returncode, err.decode()


class Rig:
    """One card, its cable, and a guest with it, all in simulated time unless told otherwise: then a busy
    machine makes a guest late, and the cable may lose what comes meanwhile."""

    def __init__(self, tap, peer_options=(), card_options=(), load=(), simulated=True):
        self.tap, self.simulated = tap, ["--lockstep"] * simulated
        self.directory = tempfile.mkdtemp(prefix="strowger-kernel.")
        self.parts = []
        near, far = free_ports(2)
        self.calendar = self.add(Calendar(self.directory)) if simulated else None
        self.peer = self.add(Peer(far, near, *peer_options, *self.simulated))
        self.card = self.add(Card(self.directory, near, far, *card_options, *self.simulated, calendar=self.calendar))
        self.guest = Guest(self.directory, [self.card], load, calendar=self.calendar)

    def add(self, part):
        self.parts.append(part)
        return part

    def configure(self, text):
        """DAHDI's own tool configures the spans."""
        path = os.path.join(self.directory, "system.conf")
        with open(path, "w") as f:
            f.write(text)
        return self.guest.must("dahdi_cfg -c " + path)

    def proc(self, span=1):
        return self.guest.must("head -1 /proc/dahdi/%d" % span)

    def alarms(self, span=1):
        mask = int(self.guest.must("cat /sys/bus/dahdi_spans/devices/span-%d/alarms" % span), 0)
        return {name for bit, name in ALARMS.items() if mask & bit}

    def in_step(self, errors=0, patience=PATIENCE):
        """Timeslots whose sequence comes back for two seconds without an error; waits for such two
        seconds. The guest is one process among others and may be late once in a while."""
        def calm():
            self.peer.do("reset")
            begin = self.peer.status()
            now = until(lambda: (lambda s: s if s["ms"] > begin["ms"] + 2000 else None)(self.peer.status()))
            good = now["locked"] and now["errors"] <= errors and now["in_step"] == begin["in_step"]
            return now["in_step"] if good else None
        return until(calm, patience)

    def kernel_log(self):
        """When the guest has ended."""
        with open(self.guest.log, errors="replace") as f:
            return f.read()

    def end(self):
        for part in reversed(self.parts):
            part.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def close(self):
        status, complaint = self.guest.close()
        self.tap.ok(status == 0, "the guest ended well", complaint)
        self.end()
