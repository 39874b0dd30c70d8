#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Load and cost figures: tests/bench/run.sh [PART ...], see bench.py. B is the build folder.
exec python3 "$(dirname "$0")/bench.py" "$@"
