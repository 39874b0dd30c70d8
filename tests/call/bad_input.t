#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What people, disks and programs may hand us in bad shape. Configuration: every fault is told at
once, with its line and what would be right. Sounds, speech, requests, recordings: a clear error, and
the call goes on."""
import os
import re
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from appliance import BUILD, PATIENCE, ROOT, SOUNDS, Appliance, Tap

tap = Tap()

# ---- configuration: a good file into which faults are put, each of which must be told at its line


def checked(args, path):
    """Run a program that checks a file. Return: (exit status, {line: what is told of it})"""
    p = subprocess.run([os.path.join(BUILD, args[0])] + args[1:], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=PATIENCE, cwd=ROOT)
    told = {}
    for text in p.stdout.decode(errors="replace").splitlines():
        m = re.match(re.escape(path) + r":(\d+): (.*)", text)
        if m:
            told.setdefault(int(m.group(1)), []).append(m.group(2))
    return p.returncode, told


def spoilt(text, faults):
    """Put faults in: (word of a line, replacement of that word, words that must be told).
    Return: text, {line: words}"""
    lines, at = text.splitlines(), {}
    for word, instead, words in faults:
        n = next(i for i, line in enumerate(lines) if word in line and i + 1 not in at)
        lines[n] = lines[n].replace(word, instead)
        at[n + 1] = words
    return "\n".join(lines) + "\n", at


def told_all(what, status, bad_status, told, at):
    tap.same((status, sorted(told)), (bad_status, sorted(at)), what + ": each fault at its line, and no other")
    for line, words in at.items():
        tap.ok(all(any(w in t for t in told.get(line, [])) for w in words),
               "%s: line %d says %s" % (what, line, ", ".join(words)), told.get(line))


def faults_told(a, what, name, text, faults, args, bad_status):
    path = a.write(name, text)
    status, told = checked(args + [path], path)
    tap.same((status, told), (0, {}), what + ": the good file is good")
    text, at = spoilt(text, faults)
    a.write(name, text)
    status, told = checked(args + [path], path)
    told_all(what, status, bad_status, told, at)


def read(name):
    with open(os.path.join(ROOT, name)) as f:
        return f.read()


with Appliance() as a:
    engine = read("configs/engine.conf").replace("/usr/share/strowger/tones", ROOT + "/configs/tones")
    faults_told(a, "engine.conf", "engine.conf", engine, (
        ("rate = 160", "rate = 7", ("rate", "80", "450")),
        ("legs = 512", "legs = 0", ("legs", "1 to 4096")),
        ("hold_ms = 5000", 'hold_ms = "long"', ("hold_ms", "integer")),
        ('crc4 = "auto"', 'crc4 = "maybe"', ("maybe", "auto")),
        ("t309_s = 90", "t308_s = 90", ("t308_s", "t309_s")),
    ), ["strowger-engine", "--test"], 2)
    a.write("demo.conf", read("configs/flows/demo.conf"))
    daemon = read("configs/strowgerd.conf").replace("flows/demo.conf", a.path("demo.conf"))
    faults_told(a, "strowgerd.conf", "strowgerd.conf", daemon, (
        ("site = 1;", "site = one;", ("syntax",)),
    ), ["strowgerd", "--check", "-c"], 1)
    faults_told(a, "strowgerd.conf", "strowgerd.conf", daemon, (
        ('"Asia/Shanghai"', '"Asia/Nowhere"', ("time_zone", "zoneinfo")),
        ("map_mb = 1024", "map_mb = 0", ("map_mb", "1 to")),
        ('"2026-10-10"', '"2026-02-30"', ("workdays[0]", "calendar")),
    ), ["strowgerd", "--check", "-c"], 1)
    # What refers to something else is looked at once everything is good by itself.
    faults_told(a, "strowgerd.conf, routes", "strowgerd.conf", daemon, (
        ('called = "200"; flow = "demo"', 'called = "200"; flow = "dmeo"', ("dmeo", "flows")),
        ('called = "*"; flow = "demo"', 'called = "200"; flow = "demo"', ("200", "twice")),
    ), ["strowgerd", "--check", "-c"], 1)
    faults_told(a, "scenario", "scenario.conf", read("configs/exchange/demo.conf").replace(
        "../tones", ROOT + "/configs/tones"), (
        ('arrivals = "keep"', 'arrivals = "often"', ("often", "keep")),
        ('do = "hear_speech"', 'do = "hear_song"', ("hear_song", "hear_speech")),
        ("level = -20.0", "level = -200.0", ("level", "-60")),
        ('called = "900"', 'called = "nine"', ("nine", "pattern")),
    ), ["strowger-exchange", "--check"], 2)

    # A flow: its own file and lines, through the daemon's configuration.
    conf = a.write("strowgerd.conf", daemon)
    for what, faults in (("flow", (
            ('do = "answer"', 'do = "anser"', ("anser", "answer")),
            ('tone = "milliwatt"; ms = 300', 'tone = "milliwatt"; ms = "x"', ("ms",)),
            ("max_s = 60;", "max_s = -1;", ("max_s",)))), ("flow, steps", (
            ('to = "time"', 'to = "tmie"', ("tmie", "the name of a step")),
            ('next = "bye"', 'next = "by"', ("by", "the name of a step")),
            ('failed = "trouble"', 'failed = "truoble"', ("truoble", "the name of a step"))))):
        flow, at = spoilt(read("configs/flows/demo.conf"), faults)
        a.write("demo.conf", flow)
        status, told = checked(["strowgerd", "--check", "-c", conf], a.path("demo.conf"))
        told_all(what, status, 1, told, at)
    for args in (["strowger-engine", "--test"], ["strowgerd", "--check", "-c"], ["strowger-exchange", "--check"]):
        missing = a.path("missing.conf")
        p = subprocess.run([os.path.join(BUILD, args[0])] + args[1:] + [missing], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=PATIENCE)
        tap.ok(p.returncode in (1, 2) and missing.encode() in p.stdout and b"No such file" in p.stdout,
               args[0] + ": a file that is not there", p.stdout)

# A bad file never replaces a good configuration that is running.
CALLER = """
classes = ( { name = "c"; calls = 2; interval_ms = 8000; called = "200"; calling = "1##";
  steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "hello.wav"; },
    { do = "dial"; digits = "9"; }, { do = "cleared"; cause = 21; } ); } );
"""
with Appliance() as a:
    a.start_engine()
    a.start_daemon()
    good = a.read("strowgerd.conf")
    a.write("strowgerd.conf", good.replace("site = 1;", "site = 1;\ncolour = 3;").replace('map_mb = 64', 'map_mb = 0'))
    answer = a.ask_daemon("reload")
    tap.same((answer["ok"], answer.get("code"), len(answer.get("errors", []))), (False, "bad-config", 2),
             "reload: refused, with both faults")
    tap.ok(all("strowgerd.conf:" in e for e in answer["errors"]), "reload: file and line", answer)
    status, r = a.exchange(CALLER)
    tap.same(status, 0, "reload: calls are served as before")
    a.write("strowgerd.conf", good)
    tap.same(a.ask_daemon("reload").get("flows"), 1, "reload: mended")

# ---- sounds and speech: one caller for each, who hears a good prompt after the bad one


def wav(data, rate=8000, channels=1, bits=16, kind=1, data_len=None, riff_len=None, fmt_len=16):
    n = len(data) if data_len is None else data_len
    head = struct.pack("<4sIHHIIHH", b"fmt ", fmt_len, kind, channels, rate,
                       (rate * channels * bits // 8) & 0xffffffff, (channels * bits // 8) & 0xffff, bits)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", n) + data
    return b"RIFF" + struct.pack("<I", len(body) if riff_len is None else riff_len) + body


SOUND = bytes(range(256)) * 50
BAD_SOUNDS = {
    "empty.wav": b"",
    "rubbish.wav": bytes((i * i * 7 + 13) % 256 for i in range(5000)),
    "text.wav": b"This is not a sound at all.\n" * 40,
    "cut-header.wav": wav(SOUND)[:30],
    "cut-sound.wav": wav(SOUND)[:6000],
    "longer-than-it-is.wav": wav(SOUND, data_len=0x10000000, riff_len=0x10000024),
    "no-channels.wav": wav(SOUND, channels=0),
    "many-channels.wav": wav(SOUND, channels=60000),
    "no-rate.wav": wav(SOUND, rate=0),
    "many-bits.wav": wav(SOUND, bits=77),
    "unknown-kind.wav": wav(SOUND, kind=0x7777),
    "long-format.wav": wav(SOUND, fmt_len=0xfffffff0),
}
BAD_NAMES = ("missing", "", "../engine", "/etc/passwd", "folder", "x" * 300, "pipe.wav", "\u4f60\u597d")
BAD_ITEMS = (
    [{"file": "hello"}, {"file": "missing"}],
    [{"say": "Hello", "lang": "xx"}],
    [{"say": "Hello", "lang": "bad"}],
    [{"say": ""}],
    [{"say": "x" * 5000}],
    [{"tone": "loud"}],
    [{"tone": "busy", "ms": -5}],
    [{"silence_ms": 0}],
    [{"silence_ms": 10 ** 12}],
    [{"smell": "roses"}],
    [{"file": 7}],
    [17],
    [],
    {},
    "hello",
    [{"silence_ms": 20}] * 65,
)


class Trials:
    """The first caller's leg tries one bad thing after the other; an error is an answer that says no, or
    an operation that ends by it. At last it plays a good prompt."""

    def __init__(self, requests, good):
        self.requests, self.good = list(requests), good
        self.outcomes = []  # (request, code or reason, text)

    def next(self, c, leg):
        if len(self.outcomes) < len(self.requests):
            what, members = self.requests[len(self.outcomes)]
            c.request(what, then=self.answered, leg=leg, **members)
        else:
            c.request("play", leg=leg, items=[{"silence_ms": 400}, {"file": self.good}, {"silence_ms": 300}])

    def note(self, c, leg, how, text):
        self.outcomes.append((self.requests[len(self.outcomes)], how, text))
        self.next(c, leg)

    def answered(self, c, answer):
        if not answer["ok"]:
            self.note(c, 1, answer["code"], answer["error"])

    def __call__(self, c, e):
        if e["type"] == "leg.offered":
            c.request("answer", leg=e["leg"])
        elif e["type"] == "leg.answered":
            self.next(c, e["leg"])
        elif e["type"] == "op.done" and len(self.outcomes) < len(self.requests):
            self.note(c, e["leg"], e["reason"], e.get("error", ""))
        elif e["type"] == "op.done" and e["reason"] == "end":
            c.request("hangup", leg=e["leg"])


HEARS = """
classes = ( { name = "caller"; calls = 1; called = "100"; calling = "1##";
  steps = ( { do = "connected"; }, { do = "hear_prompt"; file = "hello-world.wav"; within_ms = 100000; },
    { do = "cleared"; cause = 16; } ); } );
"""


def trials(what, requests, prepare=lambda a: None, scenario=HEARS, wrap=(), **kw):
    with Appliance(**kw) as a:
        prepare(a)
        a.start_engine(wrap)
        t = Trials(requests, "hello-world")
        c = a.control(t)
        status, r = a.exchange(scenario)
        tap.ok(status == 0, what + ": the call goes on", a.read("exchange.log") + a.read("engine.log"))
        tap.same(a.stop(a.engine), 0, what + ": engine ends cleanly")
        c.close()
        return t.outcomes


def bad_sounds(a):
    for name, octets in BAD_SOUNDS.items():
        with open(a.path("prompts", name), "wb") as f:
            f.write(octets)
    os.mkdir(a.path("prompts", "folder"))
    os.mkfifo(a.path("prompts", "pipe.wav"))


def play(items):
    return "play", {"items": items}


done = trials("sounds", [play([{"file": name}]) for name in BAD_SOUNDS], bad_sounds)
for name, (_, how, text) in zip(BAD_SOUNDS, done):
    tap.ok(how == "error" and name in text and len(text) > len(name) + 8, "sound %s: named, with a reason" % name,
           (how, text))
done = trials("names", [play([{"file": name}]) for name in BAD_NAMES], bad_sounds)
for name, (_, how, text) in zip(BAD_NAMES, done):
    tap.ok(how in ("error", "bad-request") and len(text) > 10, "name %.12r: an error" % name, (how, text))
VOICES = 'languages = ( { lang = "en"; voice = "en-gb"; }, { lang = "bad"; voice = "klingon9"; } );'
done = trials("items", [play(items) for items in BAD_ITEMS] + [("collect", {"items": i, "max": 3}) for i in BAD_ITEMS],
              lambda a: a.write("engine.conf", re.sub(r"(?m)^languages = .*;$", VOICES, a.read("engine.conf"))))
for (what, members), how, text in done:
    tap.ok(how in ("error", "bad-request") and len(text) > 10, "%s %.40s: an error" % (what, members["items"]),
           (how, text))
by_text = {str(m["items"]): text for (_, m), _, text in done}
tap.ok('"xx"' in by_text[str(BAD_ITEMS[1])] and "languages" in by_text[str(BAD_ITEMS[1])],
       "language: named, and where it belongs", by_text[str(BAD_ITEMS[1])])
tap.ok("klingon9" in by_text[str(BAD_ITEMS[2])] or "voice" in by_text[str(BAD_ITEMS[2])],
       "voice: espeak-ng's own words", by_text[str(BAD_ITEMS[2])])

# ---- requests that make no sense: refused with a sentence, the call goes on

NONSENSE = [
    ("play", {"items": [{"file": "hello"}], "colour": "red"}),
    ("play", {"items": [{"file": "hello"}], "loop": "yes"}),
    ("play", {}),
    ("collect", {"min": 5, "max": 2}), ("collect", {"max": 0}), ("collect", {"max": 10 ** 9}),
    ("collect", {"first_ms": -1}), ("collect", {"terminators": "#" * 50}), ("collect", {"max": 1.5}),
    ("record", {"file": ""}), ("record", {"file": "../outside"}), ("record", {"file": ".hidden"}),
    ("record", {"file": "x" * 5000}), ("record", {"file": "m", "max_ms": -1}),
    ("stop", {"op": 999}), ("hangup", {"cause": 0}), ("hangup", {"cause": 128}), ("hangup", {"cause": "busy"}),
    ("tag", {"tag": "x" * 1024}), ("tag", {"tag": 5}), ("detect", {"fax": "no"}), ("unbridge", {}),
    ("transfer", {"to": 1}), ("transfer", {"to": 77}), ("digits", {"digits": "1"}), ("fly", {}),
]
done = trials("nonsense", NONSENSE)
tap.same([(what, m) for (what, m), how, text in done if how in ("bad-request", "state", "no-op", "limit", "no-leg")
          and len(text) > 8], NONSENSE, "nonsense: each is refused with a sentence")

# ---- recordings that cannot be: the folder, the disk

SPEAKS = HEARS.replace('{ do = "connected"; },', '{ do = "connected"; }, { do = "speak"; file = "vm-intro.wav"; },')
RECORD = [("record", {"file": "m%d" % i, "silence_ms": 1000, "max_ms": 20000}) for i in range(2)]


def folder(path):
    return lambda a: a.write("engine.conf", re.sub(r"(?m)^recordings = .*;$", 'recordings = "%s";' % path,
                                                   a.read("engine.conf")))


for what, path in (("missing", "/nowhere/at/all"), ("no folder", "/dev/null"), ("not writable", "/proc")):
    done = trials("recordings folder " + what, RECORD[:1], folder(path))
    tap.ok([how for _, how, text in done if "m0" in text and len(text) > 20] == ["error"],
           "recordings folder %s: told" % what, done)
# A disk that is full after 64 KiB of a file.
FULL = ["sh", "-c", 'trap "" XFSZ; ulimit -f 128; exec "$@"', "sh"]
done = trials("disk full", RECORD, scenario=SPEAKS, wrap=FULL)
tap.ok(len(done) == 2 and done[0][1] == "error" and "too large" in done[0][2], "disk full: told", done)
tap.ok(done[1][1] == "silence", "disk full: a short recording is still good", done)
tap.done()
