#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""make bench: load and cost, as docs/performance.md tells them.

usage: bench.py [PART ...]    parts: cost full instructions channels speed calls long
Settable: BENCH_MINUTES (10) of each long run, BENCH_CALLS (10000), BENCH_ROUNDS (3) of what is timed.
Prints a table, writes bench.json beside it; exit status 1 if a bar was missed."""
import json
import os
import signal
import sys

import cost
import load
from rig import BUILD, machine

MINUTES = float(os.environ.get("BENCH_MINUTES", 10))
CALLS = int(os.environ.get("BENCH_CALLS", 10000))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
WINDOW_S = 10
FOLDER = os.path.join(BUILD, "bench")

PARTS = {
    "cost": [("cost in real time", lambda: cost.real_time(ROUNDS, WINDOW_S)),
             ("cost in lockstep", lambda: cost.lockstep(ROUNDS, WINDOW_S))],
    "instructions": [("instructions", lambda: cost.instructions(FOLDER)),
                     ("instructions, cancelling and tones", lambda: cost.full_instructions(FOLDER))],
    "full": [("cancelling and tones", lambda: cost.full(ROUNDS, WINDOW_S))],
    "channels": [("channels", lambda: cost.channels(ROUNDS, 5))],
    "speed": [("speed", lambda: cost.speed(90))],
    "calls": [("calls", lambda: load.many_calls(CALLS))],
    "long": [("120 calls", lambda: load.long_calls(4, 120, 30, MINUTES * 60)),
             ("210 calls", lambda: load.long_calls(7, 210, 30, MINUTES * 60))],
}


def show(row):
    what, value, unit, bar, good = row
    verdict = "" if good is None else "PASS" if good else "FAIL"
    number = "?" if value is None else "%d" % value if value == int(value) else "%.2f" % value
    print("  %-52s %12s %-12s %-8s %s" % (what, number, unit, bar or "", verdict), flush=True)


def main(parts):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started here ends with us
    unknown = [p for p in parts if p not in PARTS]
    if unknown:
        print(__doc__, file=sys.stderr)
        return 2
    os.makedirs(FOLDER, exist_ok=True)
    out = {"machine": machine()}
    failed = 0
    print("%(processors)d x %(model)s, Linux %(kernel)s, load average %(load_average).1f, "
          "commit %(commit)s" % out["machine"])
    for part in parts or PARTS:
        for name, run in PARTS[part]:
            print(name, flush=True)
            out[name] = run()
            for row in out[name]["rows"]:
                show(row)
                failed += row[4] is False
            with open(os.path.join(FOLDER, "bench.json"), "w") as f:
                json.dump(out, f, indent=1)
    print("%s; all figures in %s" % ("%d bars missed" % failed if failed else "all bars kept",
                                     os.path.relpath(os.path.join(FOLDER, "bench.json"))))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
