# SPDX-License-Identifier: GPL-2.0-or-later
"""A socket between strowgerd and the engine, where the daemon's death can be had at an exact moment:
before a certain event reaches it, or after a certain request left it. While it is dead a stand-in
keeps the lockstep going for some line time, commits nothing and asks for nothing."""
import os
import socket
import threading

from appliance import PATIENCE, Client


class StandIn(threading.Thread):
    """Controller of the dead time: answers syncs until line time has come to `until`."""

    def __init__(self, path, ms):
        super().__init__(daemon=True)
        self.client = Client(path, {"role": "controller"})
        self.until = self.client.hello["sample"] + ms * 8
        self.reached = threading.Event()
        self.start()

    def run(self):
        sample = 0
        try:
            while True:
                o = self.client.read()
                sample = max(sample, o.get("sample", 0), o.get("snapshot", {}).get("sample", 0))
                if "sync" in o and sample >= self.until:
                    self.reached.set()  # unanswered: time stands still
                elif "sync" in o:
                    self.client.send({"synced": o["sync"]})
        except (EOFError, OSError):
            self.reached.set()


class Relay(threading.Thread):
    """Serves strowgerd at path; what is to happen is set by kill_before() or kill_after()."""

    def __init__(self, a):
        super().__init__(daemon=True)
        self.a = a
        self.path = a.path("relay.sock")
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(8)
        self.event = self.request = self.held = None
        self.requests = 0
        self.killed = threading.Event()
        self.gate = threading.Event()
        self.start()

    def kill_before(self, event):
        """The daemon dies when the engine has sent this event, and does not get it."""
        self.event = event

    def kill_after(self, request):
        """The daemon dies when it has made so many requests; what it said after these is lost."""
        self.request = request

    def hold_before(self, event):
        """This event reaches the daemon only when the gate that is returned is set."""
        self.held = event
        return self.gate

    def run(self):
        while True:
            try:
                daemon, _ = self.server.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.settimeout(PATIENCE)
            try:
                engine.connect(self.a.socket)
            except OSError:
                daemon.close()
                continue
            for pump in (self.down, self.up):
                threading.Thread(target=pump, args=(engine, daemon), daemon=True).start()

    def kill(self, engine):
        self.event = self.request = None
        self.a.daemon.kill()
        self.a.daemon.wait()
        engine.shutdown(socket.SHUT_RDWR)
        self.killed.set()

    def down(self, engine, daemon):
        try:
            for line in engine.makefile("rb"):
                if self.event and line.startswith(b'{"event":%d,' % self.event):
                    self.kill(engine)
                    break
                if self.held and line.startswith(b'{"event":%d,' % self.held):
                    self.gate.wait(PATIENCE)
                daemon.sendall(line)
        except OSError:
            pass
        daemon.close()

    def up(self, engine, daemon):
        try:
            for line in daemon.makefile("rb"):
                engine.sendall(line)
                self.requests += b'"do":' in line
                if self.request and self.requests == self.request:
                    self.kill(engine)
                    break
            engine.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self.server.close()
        os.unlink(self.path)

