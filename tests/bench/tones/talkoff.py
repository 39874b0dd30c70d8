#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sums up the lines of talkoff into rows of the table; extrapolates digits to 300 hours, with the upper
end of the 95 % interval that so many (or none) leave open. Exit 1: a bar was missed."""
import json
import sys

# Upper 95 % limit of a Poisson mean when n were seen.
UPPER = [3.0, 4.74, 6.3, 7.75, 9.15, 10.51, 11.84, 13.15, 14.43, 15.71, 16.96]
DIGITS_IN_300_H = 2
FAX = ("cng", "ans", "reversal", "v21")

hours, told = 0.0, {"Strowger": {}, "SpanDSP": {}}
for line in sys.stdin:
    run = json.loads(line)
    hours += run["hours"]
    for name, kinds in told.items():
        for kind, n in run[name].items():
            kinds[kind] = kinds.get(kind, 0) + n
ours, theirs = told["Strowger"], told["SpanDSP"]
digits, upper = ours["digits"], UPPER[min(ours["digits"], 10)]
# Not missed is not met: 300 hours have to be heard, or what is extrapolated from fewer has to be certain.
met = digits * 300 / hours <= DIGITS_IN_300_H
proven = met and hours >= 300 or upper * 300 / hours <= DIGITS_IN_300_H
print("| digits in %.0f h of speech | %d, that is %.1f in 300 h (below %.1f at 95 %%) | %d | 2 in 300 h | %s |" % (
    hours, digits, digits * 300 / hours, upper * 300 / hours, theirs["digits"],
    "met" if proven else "open" if met else "**missed**"))
fax = [sum(kinds[k] for k in FAX) for kinds in (ours, theirs)]
print("| fax tones in the same speech | %d | %d | 0 | %s |" % (fax[0], fax[1], "met" if fax[0] == 0 else "**missed**"))
print("| network and continuity tones in it | %d | - | 0 | %s |" % (
    ours["progress"] + ours["check"], "met" if ours["progress"] + ours["check"] == 0 else "**missed**"))
sys.exit(0 if met and fax[0] == 0 else 1)
