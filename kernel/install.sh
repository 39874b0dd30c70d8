#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Puts the module where modprobe and udev find it, or takes it away. `make modules_install` and
# `make modules_uninstall` call this.
#
#	kernel/install.sh install|uninstall
#
#	DESTDIR		in front of all paths, for packages; depmod works in there, too
#	WITH_DAHDI=1	install the DAHDI, too, that the module was built with: for machines without
#			Debian's dahdi-dkms, which does the same again for each new kernel
#	KDIR, DAHDI_INCLUDE, DAHDI_SYMVERS, OUT as for kernel/build.sh
#
# Exit status 1, and nothing is installed, without DAHDI or with one for another kernel.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
DESTDIR=${DESTDIR:-}
echocan=dahdi_echocan_strowger.ko
rules=$DESTDIR/etc/udev/rules.d/61-strowger.rules
options=$DESTDIR/etc/modprobe.d/strowger.conf

fail() {
	echo "kernel/install.sh: $*" >&2
	exit 1
}

may_write() {
	[ -n "$DESTDIR" ] || [ "$(id -u)" = 0 ] || fail "only root installs in /lib/modules; or give DESTDIR="
}

# What runs is told: udev its rules, the kernel the names of its modules.
announce() {
	command -v depmod >/dev/null || fail "no depmod: apt install kmod"
	depmod ${DESTDIR:+-b "$DESTDIR"} "$1" || fail "depmod failed"
	[ -n "$DESTDIR" ] || ! command -v udevadm >/dev/null || udevadm control --reload 2>/dev/null || :
}

need_dahdi() {
	dahdi=$(find "$modules" -name dahdi.ko -print -quit 2>/dev/null) || :
	[ -n "$dahdi" ] || fail "there is no DAHDI in $modules. Either
	apt install dahdi-dkms				(rebuilds it for each new kernel), or
	make modules_install WITH_DAHDI=1		(installs the one built here)"
	[ "$(modinfo -F vermagic "$dahdi")" = "$(modinfo -F vermagic "$module")" ] || fail \
		"$dahdi is for another kernel: $(modinfo -F vermagic "$dahdi")"
}

install_modules() {
	module=$("$top/kernel/build.sh")
	release=$(modinfo -F vermagic "$module" | cut -d ' ' -f 1)
	modules=$DESTDIR/lib/modules/$release
	if [ "${WITH_DAHDI:-}" = 1 ]; then
		install -d "$modules/updates/dahdi"
		install -m 644 "${module%/*}"/dahdi/*.ko "$modules/updates/dahdi/"
	fi
	need_dahdi
	install -d "$modules/updates" "${rules%/*}" "${options%/*}"
	install -m 644 "$module" "${module%/*}/$echocan" "$modules/updates/"
	install -m 644 "$top/kernel/strowger.modprobe.conf" "$options"
	install -m 644 "$top/kernel/strowger.udev.rules" "$rules"
	announce "$release"
	printf 'installed %s\n' "$modules/updates/strowger.ko" "$options" "$rules"
	[ -n "$DESTDIR" ] || echo 'modprobe strowger, or start again: it is loaded where there is a card'
}

uninstall_modules() {
	for module in "$DESTDIR"/lib/modules/*/updates/strowger.ko; do
		[ -e "$module" ] || continue
		release=${module%/updates/strowger.ko}
		rm -rf "$module" "$release/updates/$echocan" "$release/updates/dahdi"
		announce "${release##*/}"
		echo "removed $module"
	done
	rm -f "$rules" "$options"
}

case ${1:-} in
install) may_write && install_modules ;;
uninstall) may_write && uninstall_modules ;;
*) fail "install or uninstall?" ;;
esac
