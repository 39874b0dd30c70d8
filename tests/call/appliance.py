# SPDX-License-Identifier: GPL-2.0-or-later
"""The appliance in a temporary folder, for call tests: engine, exchange, and either the real
strowgerd or a controller written in a few lines of Python. All on loopback, every wait bounded,
only processes that were started here are ended."""
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("B", "build"))
SOUNDS = "/usr/share/asterisk/sounds/en_US_f_Allison"
CLOCK = "2026-11-22T02:00:00Z"  # UTC of sample 0 in lockstep, for the daemon
PATIENCE = 100  # seconds of real time that any single thing may take; only hangs reach it


def free_ports(n):
    """n UDP ports that nobody uses at this moment."""
    socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(n)]
    for s in socks:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in socks]
    for s in socks:
        s.close()
    return ports


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, good, what, detail=None):
        self.n += 1
        print("%sok %d - %s" % ("" if good else "not ", self.n, what), flush=True)
        if not good:
            self.failed += 1
            for line in str(detail if detail is not None else "").splitlines()[:40]:
                print("# " + line[:400], flush=True)
        return good

    def skip(self, what, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, what, why), flush=True)

    def same(self, got, want, what):
        return self.ok(got == want, what, "got  %r\nwant %r" % (got, want))

    def done(self):
        print("1..%d" % self.n)
        sys.exit(1 if self.failed else 0)


class Client:
    """One connection to the engine's (or the daemon's) socket, synchronous."""

    def __init__(self, path, hello):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")
        self.id = 0
        self.send({"hello": dict({"protocol": [1], "client": "test"}, **hello)})
        self.hello = self.read()["hello"]

    def send(self, obj):
        self.sock.sendall((json.dumps(obj) + "\n").encode())

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError("connection closed")
        return json.loads(line)

    def ask(self, what, **members):
        self.id += 1
        self.send(dict(id=self.id, do=what, **members))
        while True:
            answer = self.read()
            if answer.get("id") == self.id:
                return answer

    def close(self):
        self.file.close()
        self.sock.close()


class Controller(threading.Thread):
    """Controls the engine by a policy: policy(self, event) is called with each event, and may call
    self.request(...); answers arrive as self.answers[id]. Lockstep syncs are answered."""

    def __init__(self, path, policy, commit=True, instance=None, committed=0):
        super().__init__(daemon=True)
        hello = {"role": "controller"}
        if instance:
            hello.update(instance=instance, committed=committed)
        self.client = Client(path, hello)
        self.hello = self.client.hello
        self.policy = policy
        self.commit = commit
        self.events, self.answers, self.asked = [], {}, {}
        self.snapshot = None
        self.error = self.bye = None
        self.state = {}
        self.start()

    def request(self, what, then=None, **members):
        self.client.id += 1
        self.asked[self.client.id] = (what, members, then)
        self.client.send(dict(id=self.client.id, do=what, **members))
        return self.client.id

    def failures(self):
        return [(self.asked[i][0], a) for i, a in self.answers.items() if not a["ok"]]

    def of(self, kind):
        return [e for e in self.events if e["type"] == kind]

    def take(self, o):
        if "event" in o:
            self.events.append(o)
            if self.commit:
                self.client.send({"committed": o["event"]})
            self.policy(self, o)
        elif "id" in o:
            self.answers[o["id"]] = o
            then = self.asked[o["id"]][2]
            if then:
                then(self, o)
        elif "sync" in o:
            self.client.send({"synced": o["sync"]})
        elif "snapshot" in o:
            self.snapshot = o["snapshot"]
        elif "bye" in o:
            self.bye = o["bye"]

    def run(self):
        while not self.error:
            try:
                self.take(self.client.read())
            except BrokenPipeError:
                pass  # cut off; what is still to be read says why
            except (EOFError, OSError, ValueError) as e:
                self.error = e

    def close(self):
        try:
            self.client.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.join(PATIENCE)


class Appliance:
    def __init__(self, spans=1, lockstep=True, span="", exchange_span="", engine="", keep=False):
        """engine: further settings of engine.conf; span, exchange_span: of each span of it and of
        the exchange's; lockstep: no timers, and a simulated wall clock for the daemon"""
        self.dir = tempfile.mkdtemp(prefix="strowger-call.")
        self.lockstep = lockstep
        self.keep = keep
        self.procs = []
        self.ports = free_ports(2 * spans)
        self.spans = spans
        self.exchange_span = exchange_span
        for d in ("prompts", "recordings", "traces", "out", "store"):
            os.mkdir(self.path(d))
        self.socket = self.path("engine.sock")
        self.daemon_socket = self.path("strowgerd.sock")
        self.write("engine.conf", self.engine_conf(span, engine))

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as f:
            f.write(text)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), errors="replace") as f:
            return f.read()

    def span_pair(self, i):
        return "127.0.0.1:%d" % self.ports[2 * i], "127.0.0.1:%d" % self.ports[2 * i + 1]

    def engine_conf(self, span, engine):
        # Octets are compared with those sent; tests/call/echo.t has the canceller.
        if "echo_tail_ms" not in span:
            span += " echo_tail_ms = 0;"
        spans = ",\n".join(
            '{ name = "E1-%d"; local = "%s"; remote = "%s"; %s }' % ((i + 1,) + self.span_pair(i) + (span,))
            for i in range(self.spans))
        return """
socket = "%s/engine.sock";
tones = "%s/configs/tones/CN.conf";
prompts = [ "%s/prompts", "%s" ];
recordings = "%s/recordings";
traces = "%s/traces";
languages = ( { lang = "en"; voice = "en-gb"; }, { lang = "cmn"; voice = "cmn-latn-pinyin"; } );
%s
spans = ( %s );
""" % (self.dir, ROOT, self.dir, SOUNDS, self.dir, self.dir, engine, spans)

    def spawn(self, name, args):
        log = open(self.path(name + ".log"), "ab")
        p = subprocess.Popen(args, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT)
        log.close()
        p.name = name
        self.procs.append(p)
        return p

    def wait_socket(self, path, proc):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if proc.poll() is not None:
                raise RuntimeError("%s ended: %s" % (proc.name, self.read(proc.name + ".log")))
            try:
                s = socket.socket(socket.AF_UNIX)
                s.connect(path)
                s.close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("%s does not listen" % proc.name)

    def start_engine(self, wrap=()):
        """wrap: command that runs it, such as valgrind"""
        args = list(wrap) + [os.path.join(BUILD, "strowger-engine")]
        args += ["--lockstep"] if self.lockstep else []
        self.engine = self.spawn("engine", args + [self.path("engine.conf")])
        self.wait_socket(self.socket, self.engine)
        return self.engine

    def daemon_conf(self, flows=("configs/flows/demo.conf",), map_mb=64, engine=None):
        """Call 2<n> goes to the flow <n>, counted from 0; the files may be ours or the tree's.
        engine: the socket, if not the engine's own"""
        paths = [f if os.path.isabs(f) else os.path.join(ROOT, f) for f in flows]
        names = [re.search(r'^name = "(.*)";', open(p).read(), re.M).group(1) for p in paths]
        routes = ", ".join('{ called = "2%d*"; flow = "%s"; }' % r for r in enumerate(names))
        return """
site = 1;
time_zone = "Asia/Shanghai";
socket = "%s/strowgerd.sock";
engine = { socket = "%s"; reconnect_ms = 20; };
store = { dir = "%s/store"; map_mb = %d; };
flows = [ %s ];
routes = ( %s );
""" % (self.dir, engine or self.socket, self.dir, map_mb, ", ".join('"%s"' % p for p in paths), routes)

    def start_daemon(self, **kw):
        """kw: of daemon_conf(); without any a configuration that is there stays as it is"""
        conf = self.path("strowgerd.conf")
        if kw or not os.path.exists(conf):
            self.write("strowgerd.conf", self.daemon_conf(**kw))
        clock = ["--clock", CLOCK] if self.lockstep else []
        self.daemon = self.spawn("strowgerd", [os.path.join(BUILD, "strowgerd"), "-c", conf] + clock)
        self.wait_socket(self.daemon_socket, self.daemon)
        return self.daemon

    def ask_daemon(self, what, **members):
        c = Client(self.daemon_socket, {})
        answer = c.ask(what, **members)
        c.close()
        return answer

    def await_daemon(self, what, good):
        """Ask until good(answer); the answer, or the last one once patience has ended."""
        end = time.monotonic() + PATIENCE
        while True:
            answer = self.ask_daemon(what)
            if good(answer) or time.monotonic() > end:
                return answer
            time.sleep(0.02)

    def records(self, n):
        """The n call records that must be there by now (or in a moment), as strowger(1) tells them;
        as many as there are if there are more, or fewer for too long."""
        self.await_daemon("stats", lambda s: s["store"]["calls"] >= n)
        out = subprocess.run([os.path.join(BUILD, "strowger"), "--daemon", self.daemon_socket, "--json",
                              "calls", "--last", "1000"], stdout=subprocess.PIPE, timeout=PATIENCE,
                             check=True).stdout
        return json.loads(out)

    def all_records(self):
        """Call records as the daemon's socket gives them, the newest first."""
        c = Client(self.daemon_socket, {})
        records, more = [], {}
        while more is not None:
            answer = c.ask("calls", last=1000, **more)
            records += answer["calls"]
            more = {"before": answer["more"]} if "more" in answer else None
        c.close()
        return records

    def control(self, policy, **kw):
        return Controller(self.socket, policy, **kw)

    def observe(self):
        return Client(self.socket, {"role": "observer"})

    def scenario(self, body):
        """Scenario text with our spans and folders around it."""
        spans = ",\n".join(
            '{ name = "E1-%d"; local = "%s"; remote = "%s"; %s }'
            % ((i + 1,) + self.span_pair(i)[::-1] + (self.exchange_span,))
            for i in range(self.spans))
        head = 'name = "test";\nspans = ( %s );\n' % spans
        if "sounds" not in body:
            head += 'sounds = [ "%s", "%s/prompts" ];\n' % (SOUNDS, self.dir)
        if "tones =" not in body:
            head += 'tones = "%s/configs/tones/CN.conf";\n' % ROOT
        return head + body

    def start_exchange(self, body, args=()):
        """body: text of a scenario without spans"""
        conf = self.write("scenario.conf", self.scenario(body))
        cmd = [os.path.join(BUILD, "strowger-exchange"), conf, "--json", self.path("results.json"),
               "--trace", self.path("exchange.trace"), "--out", self.path("out")]
        cmd += ["--lockstep"] if self.lockstep else []
        return self.spawn("exchange", cmd + list(args))

    def exchange(self, body, args=()):
        """Run to the end. Return: (exit status, results)"""
        p = self.start_exchange(body, args)
        return self.finish_exchange(p)

    def finish_exchange(self, p):
        status = p.wait(PATIENCE)
        try:
            results = json.loads(self.read("results.json"))
        except (OSError, ValueError):
            results = {}
        return status, results

    def stop(self, proc, sig=signal.SIGTERM):
        if proc.poll() is None:
            proc.send_signal(sig)
        return proc.wait(PATIENCE)

    def close(self):
        for p in reversed(self.procs):
            if p.poll() is None:
                p.terminate()
                try:
                    p.wait(30)
                except subprocess.TimeoutExpired:
                    p.kill()
                    p.wait()
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if exc[0]:
            for p in self.procs:
                sys.stderr.write("---- %s\n%s\n" % (p.name, self.read(p.name + ".log")[-3000:]))
        self.close()
