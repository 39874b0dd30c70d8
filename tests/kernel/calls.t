#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration's 30 callers over the emulated card: exchange, cable, card, our driver, DAHDI,
engine and daemon, with the D-channel in timeslot 16, then with signalling bits there. Every prompt is
compared octet for octet, every digit with what was dialled; nothing may be lost or slip anywhere on the
way.

CALL_SECONDS of line time with the first: five minutes, an hour under torture; a tenth with the other."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from calls import Calls
from rig import BUILD, FLAVOUR, ROOT, Tap, until

SECONDS = int(os.environ.get("CALL_SECONDS", 3600 if FLAVOUR == "torture" else 300))
PATIENCE = 20 * SECONDS + 600  # of real time, on a machine that has much else to do
MEMORY = "%dM" % (256 + SECONDS // 8)  # of the guest: half of it is room for recordings, 50 kB a second
CAS = "cas = true; dchannel = 31;"
IDLE_BITS = 13  # 1101
LOOK = 5  # seconds between two looks at the guest
LAST = 300  # call records at a look; strowger(1) gives at most 1000 in all
records = {}  # by call of the run
tap = Tap()


def take_records(calls):
    for record in json.loads(calls.guest.must("$BUILD/strowger --json calls --last %d" % LAST)):
        records[record["call"]] = record


def look(calls):
    """What every part on the way has counted."""
    line = calls.span()["line"]
    seen = {"engine " + k: line[k] for k in ("lost", "lost_tx", "slips")}
    seen.update(("driver " + k, v) for k, v in calls.faults().items())
    status = calls.cards[0].ask("status")
    seen["bridge overruns"] = status["bridge"]["overruns"]
    seen["cable lost"] = status["line"]["lost"] + status["line"]["pauses"]
    seen["framer slips"] = status["framer"]["skipped"] + status["framer"]["repeated"]
    seen["card gave up"] = status["pacing"]["given_up"]
    return seen


def watch(calls, before):
    """Until the callers are gone. Return: what was counted since, and register accesses."""
    kept = before, calls.cards[0].ask("access")
    while not calls.ended(LOOK):
        take_records(calls)
        now = look(calls), calls.cards[0].ask("access")
        if calls.exchange.poll() is None:
            kept = now
    return {k: v - before[k] for k, v in kept[0].items()}, kept[1]


def digits(calls):
    """The appliance's records against what was dialled."""
    until(lambda: calls.stats()["control"]["kept"] == 0)
    take_records(calls)
    with open(calls.path("calls.json"), "w") as f:
        json.dump(list(records.values()), f)
    joined = subprocess.run([os.path.join(BUILD, "strowger-exchange"), "--join", calls.path("results.json"),
                             "--calls", calls.path("calls.json")], stdout=subprocess.PIPE, text=True)
    tap.ok(joined.returncode == 0, "%d records: every digit was understood" % len(records), joined.stdout[-2000:])


def verdicts(calls, results, seconds, channels):
    totals = results["totals"]
    tap.ok(totals["offered"] == totals["good"] and not totals["failed"] and totals["answered"],
           "%d callers of %d got all they came for" % (totals["good"], totals["offered"]), calls.said())
    tap.between(results["most_calls_at_once"], channels - 2, channels, "at once")
    tap.ok(totals["prompt_octets"] > 20000 * seconds and not totals["prompt_octets_different"],
           "%d octets of %d prompts, %d different" % (
               totals["prompt_octets"], totals["prompts_heard"], totals["prompt_octets_different"]))
    tap.ok(totals["partner_octets"] > 0 and not totals["partner_octets_different"],
           "%d octets between callers, %d different" % (
               totals["partner_octets"], totals["partner_octets_different"]))
    line = results["spans"][0]["line"]
    wrong = {k: line[k] for k in ("packets_lost", "packets_late", "pauses", "slips_deleted", "slips_repeated",
                                  "crc4_errors", "fas_errors", "ebits", "lfa") if line[k]}
    tap.same(wrong, {}, "and the far end saw nothing wrong on the line")


def cost(access, most):
    tap.between(access["worst"], 2, 12, "most register accesses for one interrupt")
    tap.between(access["per_ms"], 2, most, "register accesses a millisecond")


def bits(calls):
    """Signalling bits as the far end sends them, of all channels."""
    seen = {c["cas"]["rx"] for c in calls.stats("channels") if "cas" in c}
    tap.same(seen, {IDLE_BITS}, "signalling bits of the far end, on each channel")


def serve(calls, seconds, channels, most):
    calls.start()
    with open(os.path.join(ROOT, "configs/exchange/demo.conf")) as f:
        # Fewer pairs, so that a channel is left for a person.
        scenario = f.read().replace("interval_ms = 3500", "interval_ms = %d" % (5000 if channels == 30 else 9000))
    # From before the first caller: what happens while he comes is counted, too.
    before = look(calls)
    calls.call(calls.scenario(scenario), "--seconds", str(seconds))
    tap.ok(calls.in_service(), "in service with the far end", calls.log("engine"))
    for card in calls.cards:
        card.ask("access", reset=True)
    if "cas" in calls.settings:
        bits(calls)
    lost, access = watch(calls, before)
    status, results = calls.finish(PATIENCE)
    verdicts(calls, results, seconds, channels)
    tap.same({k: v for k, v in lost.items() if v}, {}, "no slip, no millisecond lost, no fault anywhere")
    digits(calls)
    tap.same(calls.cards[0].ask("checks")["last"], [], "the card has nothing against what the driver did")
    cost(access, most)
    delay = [results["totals"]["partner_delay_%s_ms" % which] for which in ("min", "max")]
    tap.note("caller to caller %g to %g ms" % tuple(delay))
    tap.note("%.1f s of line time in %.1f s: %.2f times real time" % (
        results["line_ms"] / 1000, calls.took, results["line_ms"] / 1000 / calls.took))


def run(name, seconds, channels, most, **settings):
    tap.note(name)
    records.clear()
    calls = Calls(tap, timeout=PATIENCE, memory=MEMORY, **settings)
    try:
        serve(calls, seconds, channels, most)
    except (TimeoutError, EOFError, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as problem:
        tap.ok(False, "%s: to the end" % name, "%r\n%s\n%s" % (problem, calls.log("engine"), calls.said()))
    calls.end()


run("common channel signalling", SECONDS, 30, 2.3)
run("channel associated signalling, D-channel in timeslot 31", max(SECONDS // 10, 20), 29, 2.8,
    span=CAS, exchange_span=CAS)
tap.end()
