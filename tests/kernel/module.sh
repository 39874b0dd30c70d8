#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Our module for the test guest; prints its path. Builds what is not there yet: the guest's kernel and
# DAHDI (uml.sh, once, some minutes), the module and in its folder buserror/buserror.ko (seconds) below $B.
#
#	tests/kernel/module.sh [plain|torture]
#
# Several at a time wait for each other.
set -eu
unset MAKEFLAGS MFLAGS # of `make check`: its variables and jobs are not the kernel's
here=$(cd "$(dirname "$0")" && pwd)
flavour=${1:-plain}
top=$(cd "$here/../.." && pwd)
B=${B:-build}
case $B in
/*) ;;
*) B=$top/$B ;;
esac
guest=$("$here/uml.sh" "$flavour")
out=$B/modules/${guest##*/}
module=$(ARCH=um KDIR=$guest/build DAHDI_INCLUDE=$guest/dahdi/include \
	DAHDI_SYMVERS=$guest/dahdi/drivers/dahdi/Module.symvers OUT=$out "$top/kernel/build.sh")
(
	flock 9
	cp -ru "$here/buserror" "$out/"
	make -s -C "$guest/build" ARCH=um M="$out/buserror" CONFIG_DEBUG_INFO_BTF_MODULES= modules >&2
) 9>"$out/.lock"
echo "$module"
