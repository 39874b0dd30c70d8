#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The framer against the independent judge: the same cable, frame by frame, clean and with each fault.

tests/judge/make_capture.c makes a capture of each case with what our deframer counted in each frame;
tests/judge/e1judge.py reads the capture without it. They must agree on every frame, and on what was
done to the line. Wireshark must know the packets for what they are.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..')
MAKE = os.path.join(ROOT, os.environ.get('B', 'build'), 'tests/judge/make_capture')
JUDGE = os.path.join(ROOT, 'tests/judge/e1judge.py')
PACKETS = 2000
COUNTERS = ('frames', 'erased_frames', 'fas_errors', 'nfas_errors', 'lfa', 'crc4_blocks', 'crc4_errors',
            'ebits', 'cas_multiframes', 'cas_errors', 'ais')

count = failed = 0


def ok(good, name, *why):
    global count, failed
    count += 1
    failed += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', count, name))
    if not good:
        for w in why:
            print('#   ' + str(w))


# What was done to the line in each case, so that the two cannot agree on nothing: j = judge's totals,
# m = the maker's.
def no_errors(j, m):
    return sum(j[c] for c in ('fas_errors', 'nfas_errors', 'lfa', 'crc4_errors', 'ebits', 'cas_errors',
                              'ais')) == 0


def clean(j, m):
    return no_errors(j, m) and j['frames'] == PACKETS * 8 - 2 and j['packets']['lost'] == 0


def shifted(bits):
    return lambda j, m: no_errors(j, m) and j['alignments'] == [512 + bits] and \
        j['frames'] == PACKETS * 8 - 3


def with_losses(j, m):
    # The line cannot show packets lost behind the last that arrived.
    return no_errors(j, m) and 0 <= m['net']['lost'] - j['packets']['lost'] <= 40 and \
        j['packets']['lost'] > 5 and j['erased_frames'] >= 8 * j['packets']['lost']


def silence(lfa, ms):
    return lambda j, m: j['lfa'] == lfa and j['packets']['lost'] == ms and j['fas_errors'] == 0


EXPECT = {
    'clean': clean,
    'clean-cas': lambda j, m: clean(j, m) and j['cas_multiframes'] > PACKETS / 2 - 4,
    'clean-no-crc4': lambda j, m: clean(j, m) and j['crc4_blocks'] == 0,
    'shift-1': shifted(1),
    'shift-77': shifted(77),
    'shift-255': shifted(255),
    'shift-jump': lambda j, m: j['lfa'] == 2,
    'ber-1e-4': lambda j, m: j['fas_errors'] > 0 and 0 < j['crc4_errors'] <= m['bit_errors'],
    'ber-1e-3': lambda j, m: j['fas_errors'] > 20 and j['crc4_errors'] > 1000,
    'ber-2e-2': lambda j, m: j['lfa'] > 5,
    'crc-every-3': lambda j, m: j['crc4_errors'] == m['crc_errors'] == 100 and j['fas_errors'] == 0,
    'crc-all': lambda j, m: j['crc4_errors'] >= 915 and j['fas_errors'] == 0 and j['lfa'] == 1,
    'crc-2e-2': lambda j, m: 0 <= m['crc_errors'] - j['crc4_errors'] <= 1 and j['crc4_errors'] > 10,
    'ebits': lambda j, m: j['ebits'] == 60 and j['crc4_errors'] == 0,
    'ais': lambda j, m: j['ais'] == 1 and j['lfa'] == 1 and j['packets']['l'] == 300,
    'rai': lambda j, m: 1190 <= j['rai_frames'] <= 1230 and no_errors(j, m),
    'rai-answered': lambda j, m: 1190 <= j['rai_frames'] <= 1230 and j['lfa'] == 0,
    'no-signal': silence(1, 300),
    'no-signal-shift': silence(1, 300),
    'no-signal-99': silence(0, 99),
    'no-signal-100': silence(1, 100),
    'no-signal-100-shift': silence(1, 100),
    'slip-drop': lambda j, m: j['lfa'] == 1 and j['packets']['lost'] == 0,
    'slip-repeat': lambda j, m: j['lfa'] == 1 and j['packets']['lost'] == 0,
    'fas-2': lambda j, m: j['fas_errors'] == 2 and j['lfa'] == 0,
    'fas-3': lambda j, m: j['fas_errors'] == 3 and j['lfa'] == 1,
    'nfas-2': lambda j, m: j['nfas_errors'] == 2 and j['lfa'] == 0,
    'nfas-3': lambda j, m: j['nfas_errors'] == 3 and j['lfa'] == 1,
    # The alignment ends with the last frame of a sub-multiframe, in which a block would be judged.
    'nfas-3-end': lambda j, m: j['nfas_errors'] >= 3 and j['lfa'] == 2,
    'cas-1': lambda j, m: j['cas_errors'] == 1 and j['lfa'] == 0,
    'cas-2': lambda j, m: j['cas_errors'] == 2 and j['lfa'] == 0,
    'loss-1': with_losses,
    'loss-1-shift': with_losses,
    'loss-cas': with_losses,
    'loss-burst': with_losses,
    'disorder': lambda j, m: no_errors(j, m) and j['packets']['lost'] <= 1 and
    j['packets']['reordered'] > 30 and j['packets']['duplicates'] > 30,
    'delay-jump': lambda j, m: no_errors(j, m) and j['packets']['lost'] == 0,
}


def first_difference(a, b):
    with open(a, encoding='ascii') as f:
        judge = [line.split() for line in f]
    with open(b, encoding='ascii') as f:
        framer = [line.split() for line in f]
    for n, (j, m) in enumerate(zip(judge, framer)):
        if j[:1] + j[2:] != m:
            return 'frame %d: judge %s, framer %s' % (n, ' '.join(j), ' '.join(m))
    if len(judge) != len(framer):
        return 'judge has %d frames, framer %d' % (len(judge), len(framer))
    return None if judge else 'no frames at all'


def port_differs(m):
    """The port is some packets behind at the end, else it counted the same."""
    for c in ('fas_errors', 'nfas_errors', 'lfa', 'crc4_errors', 'ebits'):
        ahead = m['framer'][c] - m['port'][c]
        if not 0 <= ahead <= (m['framer'][c] * 0.05 + 2 if m['lasting'] else 0):
            return '%s: framer %d, port %d' % (c, m['framer'][c], m['port'][c])
    return None


def judged(case, prefix):
    subprocess.run([MAKE, case, prefix], check=True)
    with open(prefix + '.json', encoding='ascii') as f:
        made = json.load(f)
    command = [sys.executable, JUDGE, '--port', '2001', '--frames', prefix + '.judged',
               '--crc4', 'on' if made['crc4'] else 'off'] + ['--cas'] * made['cas']
    result = subprocess.run(command + [prefix + '.pcap'], stdout=subprocess.PIPE, check=True)
    return json.loads(result.stdout), made


def check(case, prefix):
    j, made = judged(case, prefix)
    different = first_difference(prefix + '.judged', prefix + '.frames')
    ok(different is None, case + ': judge and framer agree on each frame', different)
    wrong = [c for c in COUNTERS if j[c] != made['framer'][c]]
    ok(not wrong, case + ': and on the totals',
       *['%s: judge %d, framer %d' % (c, j[c], made['framer'][c]) for c in wrong])
    ok(case in EXPECT and EXPECT[case](j, made), case + ': it is what was done to the line', j, made)
    different = port_differs(made)
    ok(different is None, case + ': the port counted the same', different)


def wireshark(case, prefix):
    name = case + ': tshark decodes SAToP, nothing malformed'
    if not shutil.which('tshark'):
        global count
        count += 1
        print('ok %d - %s # SKIP no tshark' % (count, name))
        return
    fields = ['_ws.col.Protocol', '_ws.malformed', '_ws.expert.severity', 'pwsatop.cw.seqno', 'udp.dstport']
    command = ['tshark', '-r', prefix + '.pcap', '-d', 'udp.port==2000:2,pwsatopcw', '-T', 'fields']
    for f in fields:
        command += ['-e', f]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    rows = [r.split('\t') for r in result.stdout.decode().splitlines()]
    bad = [r for r in rows if not r[0].startswith('SAToP') or r[1]]
    to_b = [int(r[3]) for r in rows if len(r) == 5 and r[4] == '2001' and r[3]]
    ok(result.returncode == 0 and not bad and len(to_b) >= PACKETS * 0.9 and
       to_b[:3] == [0xfe00, 0xfe01, 0xfe02], name, bad[:3], to_b[:3], result.stderr.decode()[-300:])


def main():
    cases = subprocess.run([MAKE, '--list'], stdout=subprocess.PIPE, check=True).stdout.decode().split()
    with tempfile.TemporaryDirectory() as d:
        for case in cases:
            prefix = os.path.join(d, case)
            check(case, prefix)
            if case in ('clean', 'ais', 'rai', 'loss-1'):
                wireshark(case, prefix)
            for name in os.listdir(d):
                os.unlink(os.path.join(d, name))
    ok(sorted(cases) == sorted(EXPECT), 'each case was judged')
    print('1..%d' % count)
    return 1 if failed else 0


sys.exit(main())
