#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make install into a directory, and away again. TAP; run from the root of the tree, programs in $B.
set -u
B=${B:-build}
to=$(mktemp -d) || exit 1
trap 'rm -rf "$to"' EXIT
unset MAKEFLAGS MFLAGS
n=0 failed=0

ok() { # NAME COMMAND...
	local name=$1 out
	shift
	n=$((n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		failed=1
		echo "not ok $n - $name"
		sed 's/^/# /' <<<"$out"
	fi
}

# The examples, with the places where they are now.
engine_takes_it() {
	sed "s|/usr/share/strowger|$to/usr/local/share/strowger|; s|/usr/share/asterisk/sounds/[a-zA-Z_]*|$to|; \
		s|/var/lib|$to/var/lib|; s|/run/strowger|$to|" "$to/usr/local/share/strowger/examples/engine.conf" \
		>"$to/engine.conf"
	"$to/usr/local/bin/strowger-engine" --test "$to/engine.conf"
}

# By systemd itself: each setting known, each program where the service looks for it. There is nothing but us in $to.
systemd_takes_them() {
	! systemd-analyze --root="$to" --man=no verify strowger-engine.service strowgerd.service 2>&1 |
		grep -v -e 'sysinit.target not found' -e '/bin/kill is not executable'
}

the_user_can_be_made() {
	systemd-sysusers --root="$to" --dry-run strowger.conf 2>&1 | grep "Creating user 'strowger'"
}

nothing_is_left() {
	! find "$to/usr" -type f | grep .
}

ok 'make install' make -s B="$B" DESTDIR="$to" install
for program in strowger strowgerd strowger-engine strowger-exchange; do
	ok "$program is there" test -x "$to/usr/local/bin/$program"
done
ok 'it runs' "$to/usr/local/bin/strowger" boards
ok 'the example configuration goes with the installed tone plan' engine_takes_it
ok 'folders for what is recorded' test -d "$to/var/lib/strowger/recordings"
ok 'systemd takes the services' systemd_takes_them
ok 'and the user that they run as' the_user_can_be_made
echo precious >"$to/var/lib/strowger/recordings/1.wav"
ok 'make uninstall' make -s B="$B" DESTDIR="$to" uninstall
ok 'nothing of it is left' nothing_is_left
ok 'but what was recorded' test -f "$to/var/lib/strowger/recordings/1.wav"
echo "1..$n"
exit $failed
