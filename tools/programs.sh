#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run random programs of all calls, on CPUs that take turns before any access to memory, and are
# interrupted there: see userspace-test/core/programs/. The same seed does the same again. Ends with
# how many there were; one that goes wrong ends it, and says how to see it again.
#
# usage: tools/programs.sh [SEED [HOW-MANY [CALLS]]]	from that seed on, 1000 of 1000 calls each if
#							nothing is said

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

program=$("$MPOOL_TOP/tools/core.sh" programs)
exec "$program" "$@"
