#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# First process of the test guest; guest.sh starts it. The host's file system is the root, read-only;
# the directory named on the kernel's command line is shared and can be written: it holds what is to be
# done ("job") and gets the exit status ("status").
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/run LC_ALL=C.UTF-8 TMPDIR=/run/tmp

end() {
	sync
	# poweroff without an init to ask: reboot(2), LINUX_REBOOT_CMD_POWER_OFF
	perl -e 'syscall(169, 0xfee1dead, 672274793, 0x4321fedc, 0)'
}

fail() {
	echo "guest: $*"
	echo 125 >"$shared/status"
	end
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lock 2>/dev/null
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /run/tmp /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
[ -d /sys/kernel/debug ] && mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null

read -r -a words </proc/cmdline
for word in "${words[@]}"; do
	case $word in
	strowger.shared=*) shared=${word#*=} ;;
	esac
done
# Opened once: closing it would lose what has come already.
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty raw -echo
mount -t hostfs none "$shared" -o "$shared" || fail "cannot share $shared"
ip link set lo up 2>/dev/null || perl -e '
	use Socket; socket(my $s, AF_INET, SOCK_DGRAM, 0);
	my $r = pack("a16 s", "lo", 0x49); ioctl($s, 0x8914, $r)'

# job: variables writable (directories), load (modules with parameters), modules, command
. "$shared/job"
for directory in "${writable[@]}"; do
	mount -t hostfs none "$directory" -o "$directory" || fail "cannot share $directory"
done
for module in "${load[@]}"; do
	read -r -a words <<<"$module"
	case ${words[0]} in
	*/*) ;;
	*) words[0]=$modules/${words[0]}.ko ;;
	esac
	insmod "${words[@]}" || fail "cannot load $module"
done
export STROWGER_MODULES=$modules

"${command[@]}"
status=$?

# Memory that nobody points to any more; kmemleak looks only at what is older than five seconds.
if [ -w /sys/kernel/debug/kmemleak ]; then
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6 # waits because kmemleak believes nothing that is younger
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak >"$shared/leaks"
fi
echo $status >"$shared/status"
end
