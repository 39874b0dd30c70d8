#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lockstep (design.md, decision 4): the same calls without timers, exchange, engine and strowgerd
together. Two runs say exactly the same, also when the processor is busy with other things and under
valgrind. How fast it is is only told."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import traced
from appliance import BUILD, Tap

tap = Tap()
SPIN = "import time\nend = time.monotonic() + 60\nwhile time.monotonic() < end: pass"

# 29 callers at once and the person whom one of them wants: 30 channels; 4 more callers wait.
ALL = {"time of day": 7, "message": 6, "two callers": 8, "customer number": 6, "Mandarin": 4,
       "person wanted": 1, "refused": 1}
FEW = {"time of day": 1, "refused": 1}


def differences(a, b):
    return "\n".join(p + ", " + traced.difference(a[p], b[p]) for p in traced.PARTS if a[p] != b[p])


def good(what, calls, most, legs, **kw):
    """One run in which all must be well."""
    parts, status, r, ended = traced.run(traced.demo(calls), **kw)
    tap.same((status, ended), (0, 0), what + ": every call did what it should, engine ends cleanly")
    tap.same(r.get("most_calls_at_once"), most, what + ": calls at once")
    tap.same(len(parts["calls"].splitlines()), legs, what + ": a record of each leg")
    if r.get("real_ms"):
        print("# %s: %.1f times real time" % (what, r["line_ms"] / r["real_ms"]), flush=True)
    return parts


first = good("first run", ALL, 30, 34)
second = good("second run", ALL, 30, 34)
tap.ok(first == second, "two runs say the same", differences(first, second))
tap.same([n for n in traced.PARTS if len(first[n].splitlines()) < 34], [], "and not next to nothing")

spinner = subprocess.Popen([sys.executable, "-c", SPIN])
busy = good("busy processor", ALL, 30, 34)
spinner.kill()
spinner.wait()
tap.ok(first == busy, "a busy processor changes nothing", differences(first, busy))

with open(os.path.join(BUILD, "strowger-engine"), "rb") as f:
    sanitized = b"__asan_init" in f.read()
if sanitized or not shutil.which("valgrind"):
    tap.skip("valgrind", "no valgrind here" if not sanitized else "built with a sanitizer of its own")
else:
    plain = good("few calls", FEW, 2, 2)
    slow = good("valgrind", FEW, 2, 2, wrap=["valgrind", "-q", "--error-exitcode=99"])
    tap.ok(plain == slow, "valgrind changes nothing, and finds no error", differences(plain, slow))

tap.done()
