#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The independent judge: what is on this cable, by the book?

Reads a pcap of a pseudowire (SAToP, RFC 4553, over UDP), puts the packets of one direction in
order, finds the E1 frames at any bit offset and checks them against ITU-T G.704 and G.706. Written
from the standards in another language than the framer, with none of its code, so that the two
can be compared; what a standard leaves open follows the definitions of the counters that the
framer documents.

  e1judge.py [--port N] [--crc4 on|off] [--cas] [--frames FILE] capture.pcap

prints totals as JSON. With --frames each frame received gets a line:

  octet F|N erased fas nfas block crc e lfa a cas caserr

octet: index of the octet in which the frame ends, counted from the first packet (256 a packet,
lost ones included). F or N: with frame alignment signal or without. The others are 0 or 1: frame
has missing bits; wrong alignment signal; wrong bit 2; a CRC-4 block was judged at the end of this
frame; it was wrong; E bit says that the far end had a wrong one; frame alignment is lost here;
remote alarm is on; a CAS multiframe was completed; CAS alignment signal wrong.

Exit status: 0 judged, 2 the capture cannot be read.
"""
import argparse
import json
import struct
import sys

PAYLOAD = 256          # octets a packet, 1 ms
FRAME = 256            # bits
LONGEST_GAP = 25600    # octets missing in a row: alignment is given up (100 ms)


# ---- the capture ---------------------------------------------------------------------------------

class BadCapture(Exception):
    pass


def read_pcap(data):
    """Yield (link type, packet) of a classic pcap file, either byte order."""
    orders = {b'\xd4\xc3\xb2\xa1': '<', b'\xa1\xb2\xc3\xd4': '>',
              b'\x4d\x3c\xb2\xa1': '<', b'\xa1\xb2\x3c\x4d': '>'}
    order = orders.get(data[:4])
    if order is None or len(data) < 24:
        raise BadCapture('not a pcap file')
    link = struct.unpack(order + 'I', data[20:24])[0] & 0xffff
    at = 24
    while at + 16 <= len(data):
        kept = struct.unpack(order + 'I', data[at + 8:at + 12])[0]
        if at + 16 + kept > len(data):
            raise BadCapture('capture ends in the middle of a packet')
        yield link, data[at + 16:at + 16 + kept]
        at += 16 + kept


def strip_link(link, p):
    """The IP packet in a captured packet, or None."""
    if link in (12, 101, 228, 229):                        # raw IP
        return p
    if link in (0, 108):                                   # BSD loopback: address family first
        return p[4:]
    if link == 1:                                          # Ethernet
        at = 12
    elif link == 113:                                      # Linux cooked
        at = 14
    elif link == 276:                                      # Linux cooked v2
        return p[20:] if p[:2] in (b'\x08\x00', b'\x86\xdd') else None
    else:
        raise BadCapture('link type %d is not known' % link)
    while p[at:at + 2] in (b'\x81\x00', b'\x88\xa8'):      # VLAN tags
        at += 4
    return p[at + 2:] if p[at:at + 2] in (b'\x08\x00', b'\x86\xdd') else None


def udp_of(ip):
    """(destination port, payload) of an IP packet, or None."""
    if len(ip) < 20:
        return None
    if ip[0] >> 4 == 4:
        at = (ip[0] & 15) * 4
        if ip[9] != 17 or struct.unpack('>H', ip[6:8])[0] & 0x3fff:
            return None
    elif ip[0] >> 4 == 6:
        at = 40
        if ip[6] != 17:
            return None
    else:
        return None
    if len(ip) < at + 8:
        return None
    port, length = struct.unpack('>HH', ip[at + 2:at + 6])
    return port, ip[at + 8:at + length]


# ---- the pseudowire ------------------------------------------------------------------------------

def parse_satop(d):
    """RFC 4553 4.3. Return (seq, L, R, payload) or the name of what is wrong."""
    if len(d) < 4:
        return 'short'
    if d[0] & 0xf0:
        return 'version'
    if d[1] & 0xc0:
        return 'fragment'
    length = d[1] & 0x3f
    if length and length != len(d):
        return 'length'
    l_bit, r_bit = bool(d[0] & 8), bool(d[0] & 4)
    if len(d) != 4 + PAYLOAD and not (l_bit and len(d) == 4):
        return 'size'
    payload = b'\xff' * PAYLOAD if l_bit else d[4:]
    return struct.unpack('>H', d[2:4])[0], l_bit, r_bit, payload


class Wire:
    """Packets of one direction, in order, as octets with a mark for each that did not arrive."""

    def __init__(self):
        self.total = dict(packets=0, lost=0, duplicates=0, reordered=0, malformed=0, l=0, r=0)
        self.by_number = {}
        self.newest = None

    def add(self, datagram):
        parsed = parse_satop(datagram)
        if isinstance(parsed, str):
            self.total['malformed'] += 1
            return
        seq, l_bit, r_bit, payload = parsed
        self.total['packets'] += 1
        self.total['l'] += l_bit
        self.total['r'] += r_bit
        if self.newest is None:
            number = seq
        else:                                              # nearest to the newest, modulo 2^16
            number = self.newest + ((seq - self.newest + 0x8000) & 0xffff) - 0x8000
        if number in self.by_number:
            self.total['duplicates'] += 1
            return
        if self.newest is not None and number < self.newest:
            self.total['reordered'] += 1
        self.newest = number if self.newest is None else max(number, self.newest)
        self.by_number[number] = payload

    def stream(self):
        """(octets, missing): missing[i] is 1 where octets[i] did not arrive."""
        octets, missing = bytearray(), bytearray()
        if not self.by_number:
            return octets, missing
        for number in range(min(self.by_number), max(self.by_number) + 1):
            payload = self.by_number.get(number)
            if payload is None:
                self.total['lost'] += 1
            octets += payload or bytes(PAYLOAD)
            missing += bytes(PAYLOAD) if payload else b'\x01' * PAYLOAD
        return octets, missing


# ---- the line ------------------------------------------------------------------------------------

def crc4(octets):
    """Remainder of the octets times x^4 by x^4 + x + 1, G.704 2.3.3.5."""
    r = 0
    for o in octets:
        r = CRC_STEP[r << 8 | o]
    return r


def crc4_step_table():
    """What 8 more bits make of each remainder."""
    table = []
    for r in range(16):
        for o in range(256):
            v = r
            for bit in range(7, -1, -1):
                v = v << 1 ^ ((o >> bit & 1) << 4)
                if v & 0x10:
                    v ^= 0x13
            table.append(v)
    return table


CRC_STEP = crc4_step_table()


class Line:
    """The bit stream and its octets at any bit position."""

    def __init__(self, octets, missing):
        self.octets, self.missing = octets, missing
        self.bits = len(octets) * 8
        # How many octets are missing up to each, for questions about ranges.
        self.gone = [0]
        self.given_up, run = [], 0                         # octets in which a gap gets too long
        for at, m in enumerate(missing):
            self.gone.append(self.gone[-1] + m)
            run = run + 1 if m else 0
            if run == LONGEST_GAP:
                self.given_up.append(at)

    def octet(self, bit):
        at, shift = divmod(bit, 8)
        pair = self.octets[at] << 8 | (self.octets[at + 1] if shift else 0)
        return pair >> (8 - shift) & 0xff

    def whole(self, bit, n):
        """True if all of n bits from there arrived."""
        return self.gone[(bit + n + 7) // 8] == self.gone[bit // 8]

    def frame(self, bit):
        return bytes(self.octet(bit + 8 * i) for i in range(32))

    def next_whole(self, bit):
        """First bit position from there on behind which nothing is missing at once."""
        at = (bit + 7) // 8
        if bit % 8 and not self.missing[bit // 8]:
            return bit
        while at < len(self.octets) and self.missing[at]:
            at += 1
        return at * 8 if at * 8 > bit else bit


def is_fas(octet):
    return octet & 0x7f == 0x1b                            # x0011011, G.704 2.3.1


def search(line, start):
    """G.706 4.1.2: FAS, a frame later bit 2 = 1, another frame later FAS. Return the second FAS."""
    p = start
    while p + 2 * FRAME + 8 <= line.bits:
        if not line.whole(p, 2 * FRAME + 8):
            # Nothing across a gap: go on behind the next one.
            at = (p + 7) // 8 if line.whole(p, 8) else p // 8
            while not line.missing[at]:
                at += 1
            p = max(line.next_whole(at * 8), p + 1)
            continue
        if is_fas(line.octet(p)) and line.octet(p + FRAME) & 0x40 and \
                is_fas(line.octet(p + 2 * FRAME)):
            return p + 2 * FRAME
        p += 1
    return None


class Crc4:
    """CRC-4 multiframe, G.706 4.2 and 4.3; frames of one frame alignment."""

    SIGNAL = [0, 0, 1, 0, 1, 1]                            # bit 1 of frames 1, 3, 5, 7, 9, 11

    def __init__(self):
        self.si = []                                       # bit 1 of the last NFAS, None = missing
        self.signals = []                                  # frames in which a signal ended
        self.position = None                               # of the frame in the multiframe
        self.smf, self.before = [], None                   # frames of this and the last block
        self.e_seen = False
        self.run = [0, 0]                                  # blocks judged, wrong

    def step(self, index, frame, fas, ts0_there, whole, rai):
        """A frame. Return (judged, wrong, far end's error, alignment lost)."""
        bit1 = (frame[0] >> 7) if ts0_there else None
        if self.position is None:
            if not fas:
                self.look(index, bit1)
            return 0, 0, 0, 0
        self.position = (self.position + 1) % 16
        e = 0
        if self.position in (13, 15) and bit1 is not None:
            e = int(self.e_seen and not rai and bit1 == 0)
            self.e_seen = self.e_seen or bit1 == 1
        self.smf.append((frame, bit1, whole))
        judged = wrong = 0
        if self.position % 8 == 7:
            judged, wrong = self.judge()
            self.before, self.smf = self.smf, []
        return judged, wrong, e, self.too_many(judged, wrong)

    def look(self, index, bit1):
        self.si = (self.si + [bit1])[-6:]
        if self.si != self.SIGNAL:
            return
        # Two of them a multiple of 2 ms apart, both within 8 ms (11 frames from first to last bit).
        if any((index - s) % 16 == 0 and index - s + 11 <= 64 for s in self.signals):
            self.position = 11
        self.signals.append(index)

    def judge(self):
        """The block before this one against the C bits in this one (bit 1 of FAS frames)."""
        c_bits = [bit1 for _, bit1, _ in self.smf[0::2]]
        if self.before is None or len(self.before) != 8 or None in c_bits or len(c_bits) != 4:
            return 0, 0
        if not all(whole for _, _, whole in self.before):
            return 0, 0
        octets = bytearray()
        for n, (frame, _, _) in enumerate(self.before):
            octets += bytes([frame[0] & (0xff if n % 2 else 0x7f)]) + frame[1:]
        sent = c_bits[0] << 3 | c_bits[1] << 2 | c_bits[2] << 1 | c_bits[3]
        return 1, int(crc4(octets) != sent)

    def too_many(self, judged, wrong):
        """915 wrong blocks of 1000: this is not the frame alignment, G.706 4.3.2."""
        self.run[0] += judged
        self.run[1] += wrong
        lost = self.run[1] >= 915
        if self.run[0] >= 1000 or lost:
            self.run = [0, 0]
        return int(lost)


class Cas:
    """Multiframe of timeslot 16, G.704 5.1.3.2.2, G.732 5.2."""

    def __init__(self):
        self.position, self.before = None, None
        self.good_begin, self.wrong_run, self.zero_run = False, 0, 0

    def step(self, ts16, there):
        """Return (multiframe completed, wrong alignment signal)."""
        before, self.before = self.before, ts16 if there else None
        if self.position is None:
            if there and before and ts16 >> 4 == 0:
                self.position, self.good_begin, self.wrong_run, self.zero_run = 0, True, 0, 0
            return 0, 0
        self.position = (self.position + 1) % 16
        self.zero_run = self.zero_run + 1 if there and not ts16 else 0 if there else self.zero_run
        if self.position:
            return 0, 0
        if not there:
            self.good_begin = False
            return 0, 0
        wrong = ts16 >> 4 != 0
        done = int(self.good_begin and not wrong)
        self.good_begin = not wrong
        self.wrong_run = self.wrong_run + 1 if wrong else 0
        if self.wrong_run == 2 or self.zero_run >= 16:
            self.position = None
        return done, int(wrong)


class Judge:
    COLUMNS = ('erased', 'fas', 'nfas', 'block', 'crc', 'e', 'lfa', 'a', 'cas', 'caserr')

    def __init__(self, line, with_crc4, with_cas, out):
        self.line, self.with_crc4, self.with_cas, self.out = line, with_crc4, with_cas, out
        self.total = dict(frames=0, erased_frames=0, fas_errors=0, nfas_errors=0, lfa=0,
                          crc4_blocks=0, crc4_errors=0, ebits=0, cas_multiframes=0, cas_errors=0,
                          rai_frames=0, ais=0)
        self.alignments = []

    def run(self):
        start = 0
        while True:
            bit = search(self.line, start)
            if bit is None:
                break
            self.alignments.append(bit)
            start = self.aligned(bit)
        self.total['ais'] = self.count_ais()

    def aligned(self, bit):
        """Frames from a FAS on, until alignment is lost. Return where the search goes on."""
        self.crc, self.cas = Crc4(), Cas()
        self.index, self.rai, self.rai_run, self.wrong = 0, False, 0, {True: 0, False: 0}
        fas = True
        while bit + FRAME <= self.line.bits:
            last = (bit + FRAME - 1) // 8
            given_up = next((at for at in self.line.given_up if bit // 8 <= at <= last), None)
            if given_up is None or given_up == last:
                if self.one(bit, fas, given_up == last):
                    return bit + FRAME + 8 if given_up is None else self.line.next_whole(last * 8)
            else:                                          # in the middle: no frame any more
                self.total['lfa'] += 1
                return self.line.next_whole(given_up * 8)
            bit += FRAME
            fas = not fas
        return self.line.bits

    def one(self, bit, fas, gap):
        line, t = self.line, self.total
        frame = line.frame(bit)
        ts0, whole = line.whole(bit, 8), line.whole(bit, FRAME)
        v = dict.fromkeys(self.COLUMNS, 0)
        v['erased'] = int(not whole)
        wrong = ts0 and not (is_fas(frame[0]) if fas else frame[0] & 0x40)
        v['fas' if fas else 'nfas'] = int(wrong)
        if ts0:
            self.wrong[fas] = self.wrong[fas] + 1 if wrong else 0
            if not fas:
                self.remote_alarm(bool(frame[0] & 0x20))
                t['rai_frames'] += frame[0] >> 5 & 1
        reframe = 0
        lost = self.wrong[fas] >= 3                        # then the rest of it means nothing
        if self.with_crc4 and not lost:
            v['block'], v['crc'], v['e'], reframe = \
                self.crc.step(self.index, frame, fas, ts0, whole, self.rai)
        if self.with_cas and not lost:
            v['cas'], v['caserr'] = self.cas.step(frame[16], line.whole(bit + 128, 8))
        v['a'] = int(self.rai)
        v['lfa'] = int(lost or reframe or gap)     # G.706 4.1.1
        self.index += 1
        self.account(v)
        if self.out:
            end = (bit + FRAME - 1) // 8
            self.out.write('%d %s %s\n' % (end, 'F' if fas else 'N',
                                           ' '.join(str(v[c]) for c in self.COLUMNS)))
        return v['lfa']

    def account(self, v):
        names = dict(erased='erased_frames', fas='fas_errors', nfas='nfas_errors', lfa='lfa',
                     block='crc4_blocks', crc='crc4_errors', e='ebits', cas='cas_multiframes',
                     caserr='cas_errors')
        self.total['frames'] += 1
        for column, name in names.items():
            self.total[name] += v[column]

    def remote_alarm(self, a):
        """Three in a row to begin and to end."""
        self.rai_run = self.rai_run + 1 if a != self.rai else 0
        if self.rai_run == 3:
            self.rai, self.rai_run = a, 0

    def count_ais(self):
        """G.775 5.2: two periods of 512 bits in a row with at most two zeros each, and back."""
        ais, run, times = False, 0, 0
        for at in range(0, len(self.line.octets) - 63, 64):
            if not self.line.whole(at * 8, 512):
                continue
            zeros = sum(8 - bin(o).count('1') for o in self.line.octets[at:at + 64])
            run = run + 1 if (zeros <= 2) != ais else 0
            if run == 2:
                ais, run = not ais, 0
                times += ais
        return times


def main():
    parser = argparse.ArgumentParser(description='independent G.704 decoder of SAToP captures')
    parser.add_argument('--port', type=int, help='UDP destination port of the direction judged')
    parser.add_argument('--crc4', choices=('on', 'off'), default='on')
    parser.add_argument('--cas', action='store_true')
    parser.add_argument('--frames', help='write a line for each frame')
    parser.add_argument('capture')
    args = parser.parse_args()

    wire = Wire()
    try:
        with open(args.capture, 'rb') as f:
            for link, packet in read_pcap(f.read()):
                ip = strip_link(link, packet)
                udp = udp_of(ip) if ip else None
                if udp and args.port in (None, udp[0]):
                    wire.add(udp[1])
    except (OSError, BadCapture) as e:
        print('%s: %s' % (args.capture, e), file=sys.stderr)
        return 2
    line = Line(*wire.stream())
    out = open(args.frames, 'w', encoding='ascii') if args.frames else None
    judge = Judge(line, args.crc4 == 'on', args.cas, out)
    judge.run()
    if out:
        out.close()
    print(json.dumps(dict(judge.total, packets=wire.total, alignments=judge.alignments)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
