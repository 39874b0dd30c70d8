#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demonstration: engine, daemon and far end as they would run on a site, in real time, on one E1
# of the loopback interface. Needs nothing but what was built (B, default build).
# Exit status: that of strowger-exchange: 1 if any call did not do what its scenario expects.
set -u
cd "$(dirname "$0")/../.." || exit 2
B=${B:-build}
seconds=${DEMO_SECONDS:-60}
out=demo-out
export STROWGER_ENGINE=$out/engine.sock STROWGER_DAEMON=$out/strowgerd.sock

if ! [[ $seconds =~ ^[1-9][0-9]{0,4}$ ]]; then
	echo "DEMO_SECONDS=$seconds: a number of seconds, 1 to 99999, would be right" >&2
	exit 2
fi

pids=()
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait "${pids[@]}" 2>/dev/null
}
trap finish EXIT
trap 'exit 130' INT TERM

# A program that is not ready after 10 s, or has ended, has failed; its log says why.
ready() {
	for _ in $(seq 100); do
		[ -S "$2" ] && return 0
		kill -0 "$3" 2>/dev/null || break
		read -rt 0.1 <> <(:)
	done
	echo "$1 did not start:" >&2
	tail -5 "$out/$1.log" >&2
	exit 2
}

rm -rf "$out"
mkdir -p "$out/speech" "$out/recordings" "$out/store" "$out/far-end" || exit 2

"$B/strowger-engine" configs/demo/engine.conf 2>"$out/engine.log" &
pids+=($!)
ready engine "$STROWGER_ENGINE" $!
"$B/strowgerd" -c configs/demo/strowgerd.conf 2>"$out/strowgerd.log" &
pids+=($!)
ready strowgerd "$STROWGER_DAEMON" $!
"$B/strowger" trace E1-1 on d-channel >/dev/null || exit 2

echo "One E1, 30 channels; callers keep coming for $seconds s. Logs and results: $out/"
"$B/strowger-exchange" configs/exchange/demo.conf --seconds "$seconds" \
	--json "$out/results.json" --trace "$out/exchange.trace" --out "$out/far-end"
status=$?

# Every record is in the store once the daemon has taken all events for good.
for _ in $(seq 100); do
	"$B/strowger" --json stats | grep -q '"kept": *0[,}]' && break
	read -rt 0.1 <> <(:)
done
"$B/strowger" --json calls --last 1000 >"$out/calls.json" || status=2
echo
echo "What the appliance says:"
"$B/strowger" spans
echo
"$B/strowger" calls --last 5
echo
"$B/strowger-exchange" --join "$out/results.json" --calls "$out/calls.json" || status=1
"$B/strowger" trace E1-1 off >/dev/null

recording=$(find "$out/recordings" -name '*.wav' | sort | head -1)
echo
echo "To open:"
echo "  $recording   a message: left the caller, right the appliance"
echo "  $out/d-channel.pcap, .txt   ISDN layer 2 and 3, for Wireshark and for reading"
echo "  $out/far-end/   the same messages as the callers sent them, and their side of the D-channel"
echo "  $out/calls.json   call records        $out/results.json   what each caller met"
[ -n "$recording" ] || { echo "no message was recorded" >&2; status=1; }
exit $status
