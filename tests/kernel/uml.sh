#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test guest's kernel and modules: User-Mode-Linux from Debian's linux-source-6.1, DAHDI from
# dahdi-source, and Debian's wcte11xp.c unchanged, its I/O ports mapped to the card's memory.
#
#	tests/kernel/uml.sh [plain|torture]
#
# Builds once, outside the checkout, and prints the directory:
#	linux		the kernel, an ordinary program
#	build/		its build tree: make -C build ARCH=um M=... builds a module for it
#	dahdi/		DAHDI's tree: include/, drivers/dahdi/Module.symvers
#	modules/	all modules
# It is built anew when the versions of Debian's sources, the configuration, the patches or this
# script change. torture has KASAN, lockdep and kmemleak in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
flavour=${1:-plain}
jobs=${JOBS:-2}
case $flavour in
plain) configs="$here/uml.config" ;;
torture) configs="$here/uml.config $here/torture.config" ;;
*) echo "uml.sh: flavour is plain or torture, not \"$flavour\"" >&2; exit 2 ;;
esac
linux_tar=/usr/src/linux-source-6.1.tar.xz
dahdi_tar=/usr/src/dahdi.tar.bz2
need='linux-source-6.1 dahdi-source gcc make flex bison bc xz-utils bzip2 kmod'
[ -f $linux_tar ] && [ -f $dahdi_tar ] || {
	echo "uml.sh: missing Debian packages, of: $need" >&2
	exit 2
}

version=$(dpkg-query -W -f '${Version}' linux-source-6.1)
sources_key=$({ echo "$version"; cat "$here"/patches/*.patch; } | sha256sum | cut -c1-12)
key=$({
	echo "$sources_key"
	dpkg-query -W -f '${Version}' dahdi-source gcc
	cat $configs "$here"/oldcard/* "$here/uml.sh"
} | sha256sum | cut -c1-12)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/strowger
sources=$cache/linux-$sources_key
dir=$cache/uml-$flavour-$key
if [ -f "$dir/done" ]; then
	echo "$dir"
	exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/uml.lock"
flock 9 # another build under way: wait, it may be this one
[ -f "$dir/done" ] && { echo "$dir"; exit 0; }

say() {
	echo "uml.sh: $*" >&2
}

# Only what ARCH=um compiles, and everything that Kconfig reads.
unpack() {
	[ -f "$sources/done" ] && return
	say "unpacking linux-source-6.1 $version"
	rm -rf "$sources"
	mkdir -p "$sources"
	tar -xJf $linux_tar -C "$sources" --strip-components=1 --wildcards \
		--exclude='*/Documentation/*/*' --exclude='*/tools/testing/*' \
		--exclude='*/arch/[a-tv-wyz]*/*.[chS]' --exclude='*/arch/*/boot/dts/*' \
		--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
		--exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]' \
		--exclude='*/drivers/staging/*.[ch]' --exclude='*/sound/*.c' --exclude='*/fs/*fs/*.json'
	for patch in "$here"/patches/*.patch; do
		patch -s -p1 -d "$sources" <"$patch"
	done
	touch "$sources/done"
}

# Each option of the configuration must be in force: Kconfig drops what it does not like in silence.
check_config() {
	grep -h '^CONFIG_' $configs | while read -r option; do
		grep -qxF "$option" "$dir/build/.config" || { say "not in force: $option"; exit 1; }
	done
}

quietly() {
	nice -n 19 "$@" >>"$dir/log" 2>&1 || { tail -n 30 "$dir/log" >&2; say "failed: $*"; exit 1; }
}

build_linux() {
	say "building the $flavour kernel (some minutes, once)"
	mkdir -p "$dir/build"
	cat $configs >"$dir/config"
	quietly make -s -C "$sources" ARCH=um O="$dir/build" KCONFIG_ALLCONFIG="$dir/config" allnoconfig
	check_config
	quietly make -s -C "$sources" ARCH=um O="$dir/build" -j"$jobs" linux modules
	ln -sf build/linux "$dir/linux"
}

# make of one directory of modules, with DAHDI's own options
modules() {
	quietly make -s -C "$dir/build" ARCH=um M="$1" DAHDI_INCLUDE="$dir/dahdi/include" -j"$jobs" \
		KCFLAGS=-w DAHDI_BUILD_ALL= CONFIG_DAHDI=m CONFIG_DAHDI_DYNAMIC=m \
		CONFIG_DAHDI_DYNAMIC_LOC=m CONFIG_DAHDI_ECHOCAN_MG2=m HOTPLUG_FIRMWARE=no \
		KBUILD_EXTRA_SYMBOLS="$2" modules
}

build_dahdi() {
	local tree=$dir/dahdi

	say "building DAHDI and Debian's wcte11xp for it"
	mkdir -p "$tree" "$dir/oldcard" "$dir/modules"
	tar -xjf $dahdi_tar -C "$tree" --strip-components=2
	modules "$tree/drivers/dahdi" ''
	cp "$tree/drivers/dahdi/wcte11xp.c" "$here/oldcard/portio.h" "$dir/oldcard/"
	printf 'obj-m := wcte11xp.o\nccflags-y := -I%s -I%s -include %s\n' "$tree/include" \
		"$tree/drivers/dahdi" "$dir/oldcard/portio.h" >"$dir/oldcard/Kbuild"
	modules "$dir/oldcard" "$tree/drivers/dahdi/Module.symvers"
	find "$tree" "$dir/oldcard" -name '*.ko' -exec ln -sf {} "$dir/modules/" \;
}

unpack
rm -rf "$dir"
mkdir -p "$dir"
build_linux
build_dahdi
touch "$dir/done"
echo "$dir"
