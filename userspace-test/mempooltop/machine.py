#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print a recording of a busy machine, made up, for pictures: the drivers are those in samples/."""
import math

from recording import classes, line, snapshot

SECONDS = 90

SITES = [
    "site id=2 objects={} bytes={} name=ramdisk_write+0x9c/0x1d0 [mpool_ramdisk]",
    "site id=2 objects=212 bytes=868352 name=ramdisk_discard+0x54/0xe0 [mpool_ramdisk]",
    "site id=2 objects=31 bytes=126976 name=ramdisk_fill+0x3e/0x80 [mpool_ramdisk]",
]


def wave(second, period, low, high):
    """Up and down."""
    return int(low + (high - low) * (1 + math.sin(second * 2 * math.pi / period)) / 2)


def blocks_written(second):
    """Of the RAM disk: more and more, until it is full."""
    return min(1800, 20 * second + wave(second, 9, 0, 150))


def machine(second):
    """What its pools are at that second."""
    written = blocks_written(second)
    fails = max(0, second - 70) * 12
    return [
        line("ramdisk_requests", 1, owner="mpool_ramdisk", size=48, reserve=128,
             in_use=wave(second, 13, 4, 60), allocs=41210 * second, free_slab=37),
        line("ramdisk_blocks", 2, owner="mpool_ramdisk", size=4096, in_use=243 + written,
             limit=2048, allocs=9800 * second + 5000, checks="track", fails=fails, waits=fails,
             waiting=2 if second > 80 else 0, free_slab=5),
        *classes("flow_parts", 3, [wave(second, 31, 200, 700), wave(second, 17, 20, 90), 12, 3],
                 owner="mpool_flows", allocs=2100 * second + 700),
        line("flows", 8, owner="mpool_flows", size=192, in_use=wave(second, 31, 200, 400),
             limit=400, allocs=1050 * second, kind="type", free_slab=20),
        line("inode_extras", 9, owner="my_fs", size=72, in_use=1200 + 9 * second, free_slab=60,
             allocs=1200 + 9 * second),
        line("dma_rings", 10, owner="my_nic", size=2048, in_use=64, free_slab=0, backing="huge",
             allocs=64),
        line("sessions", 11, owner="my_vpn", size=640, in_use=wave(second, 60, 5, 45), misuses=1,
             allocs=3 * second + 45, free_slab=7),
        line("old_sessions", 12, owner="my_vpn", size=640, in_use=2, state="dying", allocs=951),
    ]


def main():
    """A snapshot a second."""
    for second in range(SECONDS):
        lines = machine(second)
        written = blocks_written(second)
        sites = [SITES[0].format(written, 4096 * written)] + SITES[1:]
        print(snapshot(lines + sites, second), end="")


main()
