#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine on DAHDI spans without a card, in the guest: see dahdi_guest.py. In simulated time, so that
dahdi_dynamic_loc's clock waits for the engine, too."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import BUILD, FLAVOUR, HERE, SLOW, Calendar

with tempfile.TemporaryDirectory(prefix="strowger-engine.") as directory:
    calendar = Calendar(directory)
    guest = subprocess.run(
        [os.path.join(HERE, "guest.sh"), "--flavour", FLAVOUR, "--timeout", str(600 * SLOW),
         "--calendar", calendar.path, "--load", "dahdi_dynamic", "--load", "dahdi_dynamic_loc", "--",
         "env", "B=" + BUILD, "python3", os.path.join(HERE, "dahdi_guest.py")])
    calendar.close()
sys.exit(guest.returncode)
