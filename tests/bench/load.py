# SPDX-License-Identifier: GPL-2.0-or-later
"""What calls may not cost: samples (long calls in real time) and calls (many short ones at the
highest rate that a D-channel carries), nor memory."""
import glob
import time

from cost import Talk
from rig import Rig, Watch, missing_blocks, rss_anon_kb

SETTLE_S = 30  # lines are up, clocks are found: only then callers come
MEMORY = 2.0  # percent at most between call 1,000 and the last
NEAR = 0.9  # of the D-channel's octets at least

LINE = ("lost", "late", "refused", "slips", "pauses")
NEAR_END = ("erased_octets", "erased_frames", "unaligned_frames", "lfa", "fas_errors", "crc4_errors")
LATENESS = ["< 1 ms", "< 2", "< 4", "< 8", "< 16", "< 32", "< 64", "< 128", "< 256", "< 512", "< 1024",
            "more"]


# ---- long calls

def lost_so_far(observer):
    """All that says that a sample was lost on its way into the engine, summed over the spans."""
    out = dict.fromkeys(LINE + NEAR_END, 0)
    for span in observer.ask("spans")["spans"]:
        for k in LINE:
            out[k] += span["line"][k]
        for k in NEAR_END:
            out[k] += span["near"][k]
    media = observer.ask("stats")["media"]
    out["events_lost"] = media["events_lost"]
    out["alone"] = media["alone"]
    return out, media


def recordings(rig):
    """Of the talks recorded: (files, blocks, samples missing)."""
    files = glob.glob(rig.path("recordings", "load-81*.wav"))
    found = [missing_blocks(f) for f in files]
    return len(files), sum(b for b, _ in found), sum(g for _, g in found)


def long_calls(spans, callers, recorded, seconds):
    """Calls for so long in real time. The exchange compares each octet of every caller."""
    with Talk(spans, callers, recorded, int(seconds) + 5, False, patience=seconds + 300,
              after_s=SETTLE_S) as t:
        before, first = lost_so_far(t.observer)
        time.sleep(seconds)
        after, last = lost_so_far(t.observer)
        good, results = t.finish()
        t.rig.stop(t.engine)
        files, blocks, missing = recordings(t.rig)
    lost = {k: after[k] - before[k] for k in after}
    late = [b - a for a, b in zip(first["late"], last["late"])]
    totals = results["totals"]
    differ = totals["prompt_octets_different"] + totals["partner_octets_different"]
    name = "%d calls on %d E1" % (callers, spans)
    return {"seconds": seconds, "lost": lost, "late": dict(zip(LATENESS, late)), "totals": totals,
            "held": last["held"] - first["held"], "worst_us": last["worst_us"],
            "load_percent": last["load_percent"], "pace": results.get("pace"),
            "recordings": {"files": files, "blocks": blocks, "missing": missing},
            "rows": [(name + ": good", totals["good"], "calls", "= %d" % callers, good),
                     (name + ": samples lost, by all counters", sum(lost.values()), "", "= 0",
                      sum(lost.values()) == 0),
                     (name + ": octets heard wrong", differ, "", "= 0", differ == 0),
                     (name + ": samples lost or doubled in recordings", missing, "", "= 0",
                      missing == 0 and blocks > 0),
                     (name + ": ticks later than 1 ms", sum(late[1:]), "of %d" % sum(late), None, None)]}


# ---- many calls

FLOW = """name = "bench"; lang = "en";
steps = ( { name = "start"; do = "answer"; },
  { name = "wait"; do = "play"; items = ( { silence_ms = 60000; } ); },
  { name = "end"; do = "hangup"; } );
"""
CALLS = """quiet_ms = 5000;
classes = ( { name = "short"; arrivals = "keep"; keep = 30; interval_ms = 0; calls = %d; called = "100";
  calling = "1XXXXXX"; steps = ( { do = "connected"; }, { do = "hangup"; } ); } );
"""


def dchannel(results, calls):
    """Octets a call and the share of the D-channel, towards the appliance, which is the busier way.
    A frame's content, its FCS (2) and one flag (1); bit stuffing is not counted."""
    d = results["spans"][0]["dchannel"]
    begin = min(c["begin_ms"] for c in results["calls"])
    end = max(c["end_ms"] for c in results["calls"])
    octets = {"to": (d["octets_sent"] + 3 * d["frames_sent"]) / calls,
              "from": (d["octets_received"] + 3 * d["frames_received"]) / calls}
    rate = calls / (end - begin) * 1000
    limit = 8000 / max(octets.values())
    return {"octets_a_call": octets, "calls_a_second": rate, "limit": limit, "share": rate / limit}


def many_calls(calls):
    """Calls as fast as the D-channel takes them, in lockstep, through the daemon and into the store."""
    memory, heap = {}, {}
    with Rig(1, True, 1800) as rig:
        engine = rig.start_engine()
        daemon = rig.daemon(FLOW)
        pids = {"engine": engine.pid, "strowgerd": daemon.pid}
        marks = (calls // 10, calls)
        def take(n):
            memory[n] = {k: rss_anon_kb(pid) for k, pid in pids.items()}
            heap[n] = rig.ask_daemon("stats")["heap"]

        watch = Watch(rig, {n: lambda n=n: take(n) for n in marks})
        exchange = rig.start_exchange(CALLS % calls)
        pids["exchange"] = exchange.pid
        status, results = rig.finish(exchange)
        rig.stop(engine)
        rig.stop(daemon)
    d = dchannel(results, calls)
    rows = [("short calls, all good", results["totals"]["good"], "", "= %d" % calls,
             status == 0 and watch.ended == calls),
            ("octets a call to the appliance", d["octets_a_call"]["to"], "", None, None),
            ("octets a call from it", d["octets_a_call"]["from"], "", None, None),
            ("calls a second of line time", d["calls_a_second"], "", None, None),
            ("of the D-channel's limit", 100 * d["share"], "%", ">= %d" % (100 * NEAR),
             d["share"] >= NEAR)]
    for name in sorted(pids):
        first, last = (memory.get(n, {}).get(name) for n in marks)
        grown = 100 * (last / first - 1) if first and last else None
        rows.append(("memory of %s, call %d to %d" % ((name,) + marks), grown, "%",
                     "<= %.0f" % MEMORY, grown is not None and grown <= MEMORY))
    # Its resident memory is taken at the start: what a leak would show in is the heap in use.
    rows.append(("heap in use of strowgerd, grown by", (heap[marks[1]] - heap[marks[0]]) / 1024, "KB",
                 None, None))
    return {"dchannel": d, "memory_kb": memory, "strowgerd_heap": heap, "totals": results["totals"],
            "line_ms": results["line_ms"], "real_ms": results["real_ms"], "rows": rows}
