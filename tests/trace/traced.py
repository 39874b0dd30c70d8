# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of the whole appliance in lockstep, and everything it said, as text that must be the same
in each run: the exchange's events, the engine's, the call records."""
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "call"))
from appliance import ROOT, Appliance

PARTS = ("exchange", "events", "calls")
# Callers of the demonstration by class, for demo()
ONE_OF_EACH = {"time of day": 1, "message": 1, "two callers": 2, "customer number": 1,
               "Mandarin": 1, "person wanted": 1, "refused": 1}


class Events(threading.Thread):
    """What an observer is told, line by line. It must be there before the daemon: without a
    controller nothing moves, so no event is missed."""

    def __init__(self, a):
        super().__init__(daemon=True)
        self.client = a.observe()
        self.client.ask("events", on=True)
        self.lines = []
        self.start()

    def run(self):
        try:
            for line in iter(self.client.file.readline, b""):
                if line.startswith(b'{"event"'):
                    self.lines.append(line.decode())
        except OSError:
            pass

    def text(self):
        """Of an engine that has ended."""
        self.join(60)
        return "".join(self.lines)


def difference(a, b):
    """The first line in which two texts differ"""
    for i, (x, y) in enumerate(zip(a.splitlines(), b.splitlines())):
        if x != y:
            return "line %d:\n%s\n%s" % (i + 1, x, y)
    return "none" if a == b else "one has more lines"


def demo(calls):
    """The demonstration's scenario; calls: how many of each class ("time of day": 7, ...)."""
    with open(os.path.join(ROOT, "configs/exchange/demo.conf")) as f:
        text = f.read()
    callers, answers = text[text.index("classes = ("):].split("answers = (")
    classes = []
    for name, body in re.findall(r'(?ms)^\t\{\n\t\tname = "([^"]*)"; arrivals = .*?;$(.*?)^\t\}', callers):
        n = calls.get(name)
        if n:
            classes.append('{ name = "%s"; arrivals = "burst"; burst = %d; calls = %d;\n%s}'
                           % (name, n, n, body))
    return "finish_ms = 90000;\nclasses = (%s);\nanswers = (%s" % (",\n".join(classes), answers)


def run(scenario, wrap=(), **kw):
    """Return: {part: text}, exit status of the exchange, its results, exit status of the engine"""
    with Appliance(**kw) as a:
        a.start_engine(wrap)
        events = Events(a)
        a.start_daemon()
        status, results = a.exchange(scenario)
        legs = len({c["call"] for c in results.get("calls", [])})
        calls = a.records(legs)
        ended = a.stop(a.engine)
        parts = {"exchange": a.read("exchange.trace"), "events": events.text(),
                 "calls": "".join(json.dumps(c, ensure_ascii=False) + "\n" for c in calls)}
        parts = {k: v.replace(a.dir, "DIR") for k, v in parts.items()}
        a.stop(a.daemon)
        if status or ended:
            sys.stderr.write(a.read("exchange.log")[-3000:] + a.read("engine.log")[-3000:])
        return parts, status, results, ended
