# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that behave badly on a control socket. Each function makes one attempt and returns what
became of it, as a text that tests compare."""
import json
import random
import socket

from appliance import PATIENCE

HELLO = {"hello": {"protocol": [1], "role": "observer", "client": "hostile"}}


def line(obj):
    return (json.dumps(obj) + "\n").encode()


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(PATIENCE)
    s.connect(path)
    return s


def greeted(path):
    """A connection whose hello is answered; and its first line after that, if it is a snapshot"""
    s = connect(path)
    s.sendall(line(HELLO))
    f = s.makefile("rb")
    first = json.loads(f.readline() or b"{}")
    if "error" in first:
        raise ConnectionError(first["error"])
    if "engine" in first["hello"]:
        f.readline()
    return s, f


def rest(f):
    """What is still said, and whether the other end hangs up."""
    said = []
    try:
        for text in f:
            said.append(json.loads(text))
    except socket.timeout:
        return "still connected"
    except ConnectionResetError:
        pass
    return said[-1].get("error", "no error told") if said else "cut off without a word"


def says(path, octets, hello=True):
    """Send these octets; what is told before the connection ends?"""
    if hello:
        s, f = greeted(path)
    else:
        s = connect(path)
        f = s.makefile("rb")
    try:
        s.sendall(octets)
    except OSError:
        pass
    told = rest(f)
    s.close()
    return told


def floods(path, what="stats", n=1000, ahead=48):
    """Ask as fast as possible, and read; every request must be answered, once."""
    s, f = greeted(path)
    answered = set()
    for first in range(1, n + 1, ahead):
        ids = range(first, min(first + ahead, n + 1))
        s.sendall(b"".join(line({"id": i, "do": what}) for i in ids))
        for _ in ids:
            answer = json.loads(f.readline())
            if answer.get("ok"):
                answered.add(answer["id"])
    s.close()
    return "%d of %d answered" % (len(answered), n)


def never_reads(path, what, limit=100000):
    """Ask and do not read, until the other end has had enough."""
    s, _ = greeted(path)
    n = 0
    try:
        while n < limit:
            s.sendall(b"".join(line({"id": n + i + 1, "do": what}) for i in range(16)))
            n += 16
    except (BrokenPipeError, ConnectionResetError):
        return "cut off"
    except socket.timeout:
        return "stuck"
    finally:
        s.close()
    return "served without end"


def rubbish(seed, n=400):
    """n octets of which the first lines end somewhere"""
    return random.Random(seed).randbytes(n) + b"\n"


# What each line leads to: a word of the error that is told before the end. Valid for both sockets.
BAD_LINES = (
    ("random octets", rubbish(1), "JSON"),
    ("octets of zero", b"\0" * 100 + b"\n", "JSON"),
    ("half an object", b'{"id":1,"do":"stats"\n', "JSON"),
    ("not UTF-8", b'{"id":1,"do":"\xff\xfe"}\n', "JSON"),
    ("a list", b'[{"id":1,"do":"stats"}]\n', "JSON object"),
    ("very deep", b"[" * 3000 + b"\n", "JSON"),
    ("no id", b'{"do":"stats"}\n', "id"),
    ("id is a text", b'{"id":"1","do":"stats"}\n', "id"),
    ("id is negative", b'{"id":-1,"do":"stats"}\n', "id"),
    ("id is beyond 2^53", b'{"id":9007199254740993,"do":"stats"}\n', "id"),
    ("a line without end", b'{"id":1,"do":"' + b"x" * 70000, "long"),
)
