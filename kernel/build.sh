#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the kernel module. `make modules` calls this.
#
#	kernel/build.sh [make arguments, e.g. W=1 C=1]
#
#	KDIR		kernel headers or build tree; default: of the running kernel, else the newest
#			that is installed
#	ARCH		as for the kernel (um for the test guest)
#	DAHDI_INCLUDE	DAHDI's include/ ...
#	DAHDI_SYMVERS	... and Module.symvers of a DAHDI built for KDIR. Default: Debian's
#			dahdi-source, built once for KDIR below ${XDG_CACHE_HOME:-~/.cache}/strowger
#	OUT		where to build; default build/modules/RELEASE
#
# Sources are linked into OUT, so that builds for several kernels do not disturb each other; two
# builds into one OUT wait for each other. Prints the module's path. OUT/dahdi is where the DAHDI
# is that it was built with.
set -eu
unset MAKEFLAGS MFLAGS # of `make modules`: its variables and jobs are not the kernel's
top=$(cd "$(dirname "$0")/.." && pwd)
dahdi_tar=/usr/src/dahdi.tar.bz2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/strowger

newest() {
	for dir in "/lib/modules/$(uname -r)/build" $(ls -dvr /lib/modules/*/build 2>/dev/null); do
		[ -f "$dir/Makefile" ] && { echo "$dir"; return; }
	done
	echo "kernel/build.sh: no kernel headers; apt install linux-headers-amd64, or give KDIR=" >&2
	exit 1
}

KDIR=${KDIR:-$(newest)}
arch=${ARCH:+ARCH=$ARCH}
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$KDIR/include/generated/utsrelease.h")
OUT=${OUT:-$top/build/modules/$release}

# DAHDI itself, for its symbols: it has to be built for the very kernel.
build_dahdi() {
	[ -f $dahdi_tar ] || { echo "kernel/build.sh: apt install dahdi-source" >&2; exit 1; }
	version=$(dpkg-query -W -f '${Version}' dahdi-source | tr -c 'a-zA-Z0-9.+-' _)
	dahdi=$cache/dahdi-$version-$release-$(realpath "$KDIR" | md5sum | cut -c 1-8)
	mkdir -p "$cache"
	(
		flock 9
		[ -f "$dahdi/done" ] && exit 0
		echo "kernel/build.sh: building DAHDI $version for $release (once)" >&2
		rm -rf "$dahdi"
		mkdir -p "$dahdi"
		tar -xjf $dahdi_tar -C "$dahdi" --strip-components=2
		make -s -C "$KDIR" $arch M="$dahdi/drivers/dahdi" DAHDI_INCLUDE="$dahdi/include" \
			KCFLAGS=-w DAHDI_BUILD_ALL= CONFIG_DAHDI=m CONFIG_DAHDI_DYNAMIC=m \
			CONFIG_DAHDI_DYNAMIC_LOC=m CONFIG_DAHDI_ECHOCAN_MG2=m HOTPLUG_FIRMWARE=no \
			-j"${JOBS:-2}" modules >"$dahdi/log" 2>&1 || { tail -n 30 "$dahdi/log" >&2; exit 1; }
		touch "$dahdi/done"
	) 9>"$cache/dahdi.lock"
	DAHDI_INCLUDE=$dahdi/include DAHDI_SYMVERS=$dahdi/drivers/dahdi/Module.symvers
}
[ -n "${DAHDI_INCLUDE:-}" ] && [ -n "${DAHDI_SYMVERS:-}" ] || build_dahdi

mkdir -p "$OUT"
exec 8>"$OUT/.lock"
flock 8
ln -sfn "$(dirname "$DAHDI_SYMVERS")" "$OUT/dahdi"
for part in Kbuild kernel boards userspace/base; do
	mkdir -p "$(dirname "$OUT/$part")"
	cp -rsuf "$top/$part" "$(dirname "$OUT/$part")/"
done
# A file that is no more, or tables older than the boards: not to be taken for the present ones.
find "$OUT" -xtype l -delete
[ -z "$(find "$top/boards" -newer "$OUT/kernel/boards.gen.h" 2>/dev/null)" ] ||
	rm -f "$OUT/kernel/boards.gen.h"

make -s -C "$KDIR" $arch M="$OUT" DAHDI_INCLUDE="$DAHDI_INCLUDE" \
	KBUILD_EXTRA_SYMBOLS="$DAHDI_SYMVERS" CONFIG_DEBUG_INFO_BTF_MODULES= -j"${JOBS:-2}" "$@" modules >&2
echo "$OUT/strowger.ko"
