#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Golden traces: one caller of each kind of the demonstration, all at once; what the
exchange, the engine and the call records say is what the committed files menu.*.ok say, octet for
octet. A change of them is reviewed like code; `tests/trace/golden.t --accept` writes them anew.
The lengths of what espeak-ng says and the hashes of what was heard are those of Debian 12."""
import difflib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import traced
from appliance import Tap

tap = Tap()
parts, status, results, ended = traced.run(traced.demo(traced.ONE_OF_EACH))
tap.same((status, ended), (0, 0), "every call did what it should, engine ends cleanly")
for part in traced.PARTS:
    path = os.path.join(HERE, "menu.%s.ok" % part)
    if "--accept" in sys.argv:
        with open(path, "w") as f:
            f.write(parts[part])
    with open(path) as f:
        want = f.read()
    diff = difflib.unified_diff(want.splitlines(), parts[part].splitlines(), path, "now", lineterm="", n=1)
    tap.ok(parts[part] == want, part + ": as in " + os.path.basename(path), "\n".join(diff))
tap.done()
