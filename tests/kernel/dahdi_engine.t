#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The engine on DAHDI spans without a card, in the guest: see dahdi_guest.py.
#
# dahdi_dynamic_loc's clock is real time, whether the guest is given a processor or not, so what is
# lost depends on the machine: it has to be quiet.
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
case ${B:=build} in
/*) ;;
*) B=$root/$B ;;
esac
exec "$here/guest.sh" --flavour "${FLAVOUR:-plain}" --timeout 600 \
	--load dahdi_dynamic --load dahdi_dynamic_loc -- \
	env B="$B" MARGIN_MS="${MARGIN_MS:-60}" SECONDS_OF_SOUND="${SECONDS_OF_SOUND:-60}" python3 "$here/dahdi_guest.py"
