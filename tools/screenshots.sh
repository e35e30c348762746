#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Draw the pictures of mempooltop in Documentation/pictures: what it shows of a recording, in a
# terminal of 80 columns and 24 lines.
#
# usage: tools/screenshots.sh

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"

PICTURES=$MPOOL_TOP/Documentation/pictures

in_tmux()
{
	LC_ALL=C.UTF-8 TERM=screen tmux -u -f /dev/null -S "$work/tmux" "$@"
}

# see TEXT: wait until the screen has that.
see()
{
	local tries

	for tries in {1..200}; do
		! in_tmux capture-pane -p | grep -qF "$1" || return 0
		sleep 0.1
	done
	die "mempooltop never showed \"$1\" within $((tries / 10)) s"
}

# draw NAME: what the screen shows now.
draw()
{
	in_tmux capture-pane -e -p | "$MPOOL_TOP/tools/screen_svg.py" 80 24 >"$PICTURES/$1.svg"
	say "Documentation/pictures/$1.svg"
}

need_packages "${TOP_PACKAGES[@]}" gcc make python3 tmux
make -s -C "$MPOOL_TOP/tools/mempooltop" >&2
mkdir -p "$PICTURES"
work=$(mktemp -d)
trap 'in_tmux kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
"$MPOOL_TOP/userspace-test/mempooltop/machine.py" >"$work/recording"
in_tmux new-session -d -x 80 -y 24 \
	"$MPOOL_TOP/build/mempooltop/mempooltop -d 0.1 --input $work/recording"
see "end of the recording"
draw mempooltop
in_tmux send-keys Enter
see "Call sites"
draw mempooltop-pool
in_tmux send-keys Escape n Down
see "pools by name"
in_tmux send-keys Enter
see "classes of flow_parts"
draw mempooltop-classes
