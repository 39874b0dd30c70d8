#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a command in the test guest: a User-Mode-Linux kernel with DAHDI, on the host's file system.
#
#	tests/kernel/guest.sh [options] -- COMMAND...
#
#	--flavour plain|torture	kernel, see uml.sh
#	--card SOCKET		a card (strowger-card --vhost SOCKET), up to 8
#	--calendar SOCKET	simulated time, which the cards share (tests/card/calendar.h)
#	--load "MODULE [PARAMETER=VALUE...]"	before the command: a name from the kernel's directory or
#				a path; repeated, in order. "dahdi" comes first of itself
#	--write DIRECTORY	may be written by the command; all else is read-only, /run is the guest's
#	--timeout SECONDS	of real time, 120 if not given
#	--memory SIZE		256M if not given
#	--kernel-log FILE	keep the kernel's messages there
#	--stdin			the command reads this command's standard input, which must not end; what
#				comes before the command has said something may be lost
#
# What the command prints is printed, and its exit status is the exit status, unless
#	124	the time is up
#	125	the guest did not come up, or it died: the end of its kernel log is shown
#	126	the kernel complained (warning, KASAN, lockdep) or lost memory: it is shown
# A kernel warning ends the guest at once. Nothing is left running.
set -u
here=$(cd "$(dirname "$0")" && pwd)
flavour=plain timeout=120 memory=256M kernel_log= stdin=null calendar=
cards=() load=('dahdi auto_assign_spans=1') writable=()

usage() {
	sed -n '3,28s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--flavour) flavour=$2 ;;
	--card) cards+=("$2") ;;
	--load) load+=("$2") ;;
	--calendar) calendar=$2 ;;
	--write) writable+=("$(realpath "$2")") ;;
	--timeout) timeout=$2 ;;
	--memory) memory=$2 ;;
	--kernel-log) kernel_log=$2 ;;
	--stdin) stdin=fd:4; shift; continue ;;
	--) shift; break ;;
	*) usage ;;
	esac
	shift 2 || usage
done
[ $# -gt 0 ] || usage

dir=$("$here/uml.sh" "$flavour") || exit 125
shared=$(mktemp -d "${TMPDIR:-/tmp}/guest.XXXXXX") || exit 125
guest=
finish() {
	# timeout(1), and the kernel, which has begun a session that all processes in it belong to.
	if [ -n "$guest" ]; then
		read -r kernel _ <"/proc/$guest/task/$guest/children"
		kill -KILL -- "-$guest" ${kernel:+"-$kernel"}
	fi 2>/dev/null
	[ -n "$kernel_log" ] && cp "$shared/log" "$kernel_log" 2>/dev/null
	rm -rf "$shared"
}
trap finish EXIT
trap 'exit 130' INT TERM

command=("$@") modules=$dir/modules
declare -p command load writable modules >"$shared/job"

arguments=(mem="$memory" root=host rootfstype=hostfs rootflags=/ ro init="$here/guest-init.sh"
	random.trust_cpu=1 con=null con0=null,fd:1 ssl=null ssl0=$stdin,fd:3 console=tty0 panic_on_warn=1
	umid=guest uml_dir="$shared/" strowger.shared="$shared")
# nohz=off: the console is heard at a turn only, and those who sleep long have few.
[ -n "$calendar" ] && arguments+=("time-travel=ext:$(realpath "$calendar")" nohz=off)
for card in "${cards[@]}"; do
	arguments+=(virtio_uml.device="$(realpath "$card"):1234")
done
ulimit -c 0
exec 3>&1 4<&0
set -m
timeout -s KILL "$timeout" "$dir/linux" "${arguments[@]}" </dev/null >"$shared/log" 2>&1 &
guest=$!
set +m
exec 3>&- 4<&-
wait "$guest" 2>/dev/null
ended=$?

show_log() {
	echo "guest: $1; end of its kernel log:" >&2
	tail -n "${2:-40}" "$shared/log" | tr -d '\r' | sed 's/^/guest: /' >&2
}
if [ $ended = 137 ]; then
	show_log "not finished after $timeout s" 15
	exit 124
fi
if ! [ -s "$shared/status" ]; then
	show_log 'died'
	exit 125
fi
complaint='WARNING: |BUG: |INFO: possible|INFO: task|inconsistent lock state|suspicious RCU|Oops|UBSAN'
if grep -Eq "$complaint" "$shared/log"; then
	echo 'guest: the kernel complains:' >&2
	grep -E -A 25 "$complaint" "$shared/log" | tr -d '\r' | sed 's/^/guest: /' >&2
	exit 126
fi
if [ -s "$shared/leaks" ]; then
	echo 'guest: memory that nobody points to any more:' >&2
	sed 's/^/guest: /' "$shared/leaks" >&2
	exit 126
fi
exit "$(cat "$shared/status")"
