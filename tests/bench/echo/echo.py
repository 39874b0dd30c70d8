#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The echo bench: every canceller on the same signals, tables and plots for docs/performance.md.

usage: echo.py [--only NAME[,NAME ...]] [--no-docs]
Writes the figures of each canceller to B/bench/echo-NAME.tsv, B is the build folder. With --only the others' are
taken from there. Exit status 1 if our canceller missed a bar."""
import argparse
import concurrent.futures
import os
import re
import statistics
import subprocess
import sys

import plot

BUILD = os.environ.get("B", "build")
FOLDER = os.path.join(BUILD, "tests/bench/echo")
PROGRAM = os.path.join(FOLDER, "g168-all")
SPEECH = os.path.join(FOLDER, "voices")
OUT = os.path.join(BUILD, "bench")
DOCS = "docs"
KINDS = ["ours", "OSLEC", "MG2", "KB1", "SpeexDSP", "SpanDSP"]
PATIENT = ["ours"]

# What runs: tail [ms], law, cases. Cases that take as long as all others together are alone.
SETS = [
    (64, "a", ["2A", "2B", "2C", "3A", "3B", "3C", "5"]),
    (64, "a", ["6"]),
    (64, "a", ["4", "7", "8", "9", "10", "13", "14"]),
    (64, "a", ["15", "near", "speech", "flip", "flips", "multi", "disabler", "clear"]),
    (64, "a", ["early"]),
    (128, "a", ["early"]),
    (64, "a", ["models", "delay", "erl", "level"]),
    (64, "a", ["bad"]),
    (64, "u", ["2A", "2B", "3B"]),
    (128, "a", ["2A", "2B", "3B", "5", "flip", "speech"]),
    (128, "a", ["delay", "multi", "near"]),
]
FIELDS = ["kind", "case", "tail", "law", "model", "erl", "level", "delay", "figure", "value", "bound", "bar",
          "verdict"]
COUNTED = {"cost": "all on", "linear": "NLP off", "scalar": "all on, no SIMD"}
SWEEPS = ["models", "delay", "erl", "level"]


def run(kind, tail, law, cases):
    command = ["nice", PROGRAM, "--canceller", kind, "--tail", str(tail), "--law", law, "--speech", SPEECH,
               "--case", ",".join(cases)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError("%s: status %d\n%s" % (" ".join(command), done.returncode, done.stderr))
    return [parse(line) for line in done.stdout.splitlines()]


def count(kind, tail, case):
    """Instructions a sample, and the dearest 8 samples as a multiple of the average 8, by callgrind.

    Case "scalar" is "cost" without SIMD, as in the kernel; only ours can be told."""
    folder = os.path.join(OUT, "callgrind-%s-%d-%s" % (kind, tail, case))
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.unlink(os.path.join(folder, old))
    subprocess.run(["nice", "valgrind", "--tool=callgrind", "--instr-atstart=no",
                    "--callgrind-out-file=%s/out" % folder, PROGRAM, "--canceller", kind, "--case",
                    "cost" if case == "scalar" else case, "--tail", str(tail)], capture_output=True, check=True,
                   env=dict(os.environ, **({"ECHOCAN_SCALAR": "1"} if case == "scalar" else {})))
    average, chunks = None, []
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as f:
            head = f.read(4000)
        trigger = re.search(r"^desc: Trigger: Client Request: (\w+)", head, re.M)
        total = re.search(r"^summary: (\d+)", head, re.M)
        if not trigger or not total:
            continue
        if trigger.group(1) == "average":
            average = int(total.group(1)) / 16800
        else:
            chunks.append(int(total.group(1)) / 8)
    rows = [("instructions a sample", average),
            ("dearest 8 samples to average 8", max(chunks) / statistics.mean(chunks))]
    return [dict(zip(FIELDS, [kind, case, str(tail), "A", "D.5", "6", "-10", "", figure, value, "", None, "-"]))
            for figure, value in rows]


def curve(kind):
    path = os.path.join(OUT, "curve-%s.tsv" % kind)
    subprocess.run([PROGRAM, "--canceller", kind, "--case", "2B", "--model", "5", "--erl", "6", "--level", "-10",
                    "--curve", path], capture_output=True)
    with open(path) as f:
        return [[float(x) for x in line.split()] for line in f]


def measure(kinds):
    os.makedirs(OUT, exist_ok=True)
    subprocess.run(["tests/bench/echo/speech.sh", SPEECH], check=True)
    rows = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(run, kind, *which) for kind in kinds for which in SETS]
        jobs += [pool.submit(count, kind, tail, case) for kind in kinds for tail in (64, 128)
                 for case in ("cost", "linear", "scalar") if case != "scalar" or kind == "ours"]
        jobs += [pool.submit(run, kind, 64, "a", ["hour"]) for kind in kinds if kind in PATIENT]
        for job in jobs:
            rows += job.result()
    for kind in kinds:
        with open(record(kind), "w") as f:
            for row in rows:
                if row["kind"] == kind:
                    f.write("\t".join("" if row[k] is None else str(row[k]) for k in FIELDS) + "\n")


def record(kind):
    return os.path.join(OUT, "echo-%s.tsv" % kind)


def parse(line):
    row = dict(zip(FIELDS, line.rstrip("\n").split("\t")))
    row["value"] = float(row["value"])
    row["bar"] = float(row["bar"]) if row["bar"] else None
    return row


def recorded(kind):
    with open(record(kind)) as f:
        return [parse(line) for line in f]


def worst(rows):
    values = [r["value"] for r in rows]
    return min(values) if rows[0]["bound"] == ">=" else max(values)


def passed(rows):
    return sum(r["verdict"] == "PASS" for r in rows)


def number(value):
    return "%.0f" % value if abs(value) >= 100 or value == int(value) else "%.1f" % value


def bar(rows):
    bars = {r["bar"] for r in rows}
    if rows[0]["verdict"] == "-":
        return ""
    sign = "≥ " if rows[0]["bound"] == ">=" else "≤ "
    return sign + number(bars.pop()) if len(bars) == 1 else sign + "own of each case"


def groups(rows):
    """Rows by tail, law, case and figure, in the order in which they came."""
    found = {}
    for row in rows:
        key = (row["tail"], row["law"], row["case"], row["figure"])
        found.setdefault(key, {}).setdefault(row["kind"], []).append(row)
    return found


def best_other(by_kind):
    others = [(k, r) for k, r in by_kind.items() if k != "ours"]
    if not others:
        return None

    def merit(item):
        rows = item[1]
        value = worst(rows)
        return (passed(rows), value if rows[0]["bound"] == ">=" else -value)
    return max(others, key=merit)


def cell(rows):
    if rows[0]["verdict"] == "-":
        return "%s | " % number(statistics.median(r["value"] for r in rows))
    return "%s | %d/%d" % (number(worst(rows)), passed(rows), len(rows))


def table(rows, wanted):
    lines = ["| test | figure | bar | ours, worst | met | best other, worst | met |", "|---|---|---|---|---|---|---|"]
    for (tail, law, case, figure), by_kind in groups(rows).items():
        if not wanted(tail, law, case) or "ours" not in by_kind:
            continue
        other = best_other(by_kind)
        lines.append("| %s | %s | %s | %s | %s |" % (
            case, figure, bar(by_kind["ours"]), cell(by_kind["ours"]),
            "%s: %s" % (other[0], cell(other[1])) if other else " | "))
    return "\n".join(lines)


def summary(rows, kinds):
    """How many figures of each case a canceller meets."""
    lines = ["| test | %s |" % " | ".join(kinds), "|---%s|" % ("|---" * len(kinds))]
    cases = []
    for row in rows:
        name = "%s, %s ms%s" % (row["case"], row["tail"], "" if row["law"] == "A" else ", mu-law")
        if row["verdict"] != "-" and name not in cases:
            cases.append(name)
    for name in cases:
        cells = []
        for kind in kinds:
            mine = [r for r in rows if r["kind"] == kind and r["verdict"] != "-" and name ==
                    "%s, %s ms%s" % (r["case"], r["tail"], "" if r["law"] == "A" else ", mu-law")]
            cells.append("%d/%d" % (passed(mine), len(mine)))
        lines.append("| %s | %s |" % (name, " | ".join(cells)))
    return "\n".join(lines)


def costs(rows, kinds):
    lines = ["| tail, what | %s |" % " | ".join(kinds), "|---%s|" % ("|---" * len(kinds))]
    for (tail, _, case, figure), by_kind in groups(rows).items():
        if case in COUNTED:
            lines.append("| %s ms, %s: %s | %s |" % (
                tail, COUNTED[case], figure,
                " | ".join(number(by_kind[k][0]["value"]) if k in by_kind else "" for k in kinds)))
    return "\n".join(lines)


def draw(rows, kinds):
    p = plot.Plot("Residual after the first sound: D.5, ERL 6 dB, 20.6 ms, -10 dBm0, 64 ms tail, NLP off", (0, 2),
                  (-70, 0), "seconds", "35 ms level [dBm0]")
    p.grid_x(0.25)
    p.grid_y(10)
    for i, kind in enumerate(kinds):
        points = curve(kind)
        p.curve([(x[0] / 1000, x[2]) for x in points if x[0] <= 2000], plot.COLOURS[i], kind, i)
    p.curve([(x[0] / 1000, x[3]) for x in points if x[0] <= 2000], "#999999", "A-law alone", len(kinds))
    p.write(os.path.join(DOCS, "echo-converge.svg"))
    p = plot.Plot("ERLE after 10 s of speech from both ends, frozen: 48 cases each", (0, len(kinds)), (-20, 45), "",
                  "ERLE [dB]")
    p.grid_y(5)
    p.bar(28, "bar: worst 28")
    p.bar(32, "bar: median 32")
    for i, kind in enumerate(kinds):
        p.column(i + 0.5, [r["value"] for r in rows if r["kind"] == kind and r["case"] == "speech" and
                           r["figure"].startswith("ERLE")], plot.COLOURS[i], kind)
    p.write(os.path.join(DOCS, "echo-double-talk.svg"))


def documented(rows, kinds):
    speech = [r["value"] for r in rows if r["kind"] == "ours" and r["case"] == "speech" and
              r["figure"].startswith("ERLE")]
    parts = ["### 64 ms tail, A-law\n", table(rows, lambda tail, law, case: tail == "64" and law == "A" and
                                             case not in SWEEPS + ["bad", "hour"] + list(COUNTED)),
             "\nMedian ERLE after speech double talk, ours: %.1f dB (bar 32).\n" % statistics.median(speech),
             "### 128 ms tail, A-law\n", table(rows, lambda tail, law, case: tail == "128" and case not in SWEEPS +
                                              list(COUNTED)),
             "\n### Mu-law, 64 ms\n", table(rows, lambda tail, law, case: law == "mu"),
             "\n### Sweeps\n", table(rows, lambda tail, law, case: case in SWEEPS and tail == "64"),
             "\nThe delay, 0 to 112 ms, with 128 ms:\n",
             table(rows, lambda tail, law, case: case in SWEEPS and tail == "128"),
             "\n### Bad input\n", table(rows, lambda tail, law, case: case in ("bad", "hour")),
             "\n### Cost\n", costs(rows, kinds), "\n### All of them\n",
             "Figures within the bar, of all figures:\n", summary(rows, kinds)]
    return "\n".join(parts) + "\n"


def into_docs(text):
    path = os.path.join(DOCS, "performance.md")
    with open(path) as f:
        old = f.read()
    begin, end = "<!-- echo: begin -->\n", "<!-- echo: end -->\n"
    if begin not in old or end not in old:
        raise RuntimeError("%s has no place for the echo tables" % path)
    with open(path, "w") as f:
        f.write(old.split(begin)[0] + begin + text + end + old.split(end, 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="these cancellers, separated by commas")
    parser.add_argument("--no-docs", action="store_true", help="print the tables, leave docs/ as it is")
    args = parser.parse_args()
    kinds = args.only.split(",") if args.only else KINDS
    measure(kinds)
    kinds = [k for k in KINDS if os.path.exists(record(k))]
    rows = [row for k in kinds for row in recorded(k)]
    text = documented(rows, kinds) if "ours" in kinds else summary(rows, kinds) + "\n\n" + costs(rows, kinds)
    if args.no_docs or "ours" not in kinds:
        print(text)
    else:
        draw(rows, kinds)
        into_docs(text)
    missed = [r for r in rows if r["kind"] == "ours" and r["verdict"] == "FAIL"]
    print("echo: %d figures, ours missed %d bars; all in %s" % (len(rows), len(missed), record("*")))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
