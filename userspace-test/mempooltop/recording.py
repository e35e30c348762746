# SPDX-License-Identifier: GPL-2.0
"""Text as /dev/mempool gives it, made up: see Documentation/ABI/dev-mempool."""

KEYS = ("name id owner state size stride in_use cached_cpu cached_depot free_slab objects limit "
        "keep slabs slab_bytes metadata footprint allocs frees fails grows shrinks misuses kind "
        "of backing mapped m_pool limit_bytes borrowed reserve reserve_held low waiting waits "
        "pending budget checks quarantine quarantined withheld tracking").split()
WORDS = {"owner": "my_driver", "state": "live", "kind": "pool", "of": "-", "backing": "pages",
         "checks": "-", "tracking": "-"}


def line(name, number, **given):
    """A pool's line, of which the accounting holds."""
    fields = dict.fromkeys(KEYS, 0)
    fields.update(WORDS)
    fields.update(name=name, id=number, size=64, slab_bytes=4096, metadata=1000)
    fields.update(given)
    fields["stride"] = given.get("stride", fields["size"])
    fields["free_slab"] = given.get("free_slab", 6)
    fields["objects"] = given.get("objects", fields["in_use"] + fields["free_slab"])
    fields["slabs"] = given.get("slabs", fields["objects"] * fields["size"] // 4096 + 1)
    fields["grows"] = fields["slabs"]
    fields["footprint"] = given.get("footprint", fields["slabs"] * 4096 + fields["metadata"])
    fields["allocs"] = given.get("allocs", fields["in_use"])
    fields["frees"] = given.get("frees", fields["allocs"] - fields["in_use"])
    fields["m_pool"] = fields["size"] * fields["objects"]
    return " ".join(f"{key}={value}" for key, value in fields.items())


def classes(name, number, in_use, **given):
    """A sized pool with a class for each number of objects in use."""
    sizes = [32 << i for i in range(len(in_use))]
    lines = [line(f"{name}-{size}", number + 1 + i, size=size, in_use=use, kind="class", of=name,
                  **given)
             for i, (size, use) in enumerate(zip(sizes, in_use))]
    slabs = sum(figure(text, "slabs") for text in lines)
    whole = line(name, number, size=sizes[-1], kind="sized", stride=0, slab_bytes=0,
                 in_use=sum(in_use), objects=sum(figure(text, "objects") for text in lines),
                 slabs=slabs, metadata=1000 * len(lines) + 500,
                 footprint=4096 * slabs + 1000 * len(lines) + 500,
                 **{**given, "allocs": sum(figure(text, "allocs") for text in lines)})
    return [whole] + lines


def figure(text, key):
    """A figure of a line."""
    fields = dict(field.split("=", 1) for field in text.split(" "))
    return int(fields[key])


def snapshot(lines, time=None):
    """All of the device."""
    heading = "mpool format=1 generation=7" + ("" if time is None else f" time={time}")
    return "\n".join([heading] + lines) + "\n"


def machine(second):
    """What a machine's pools are at that second."""
    return [
        line("requests", 1, size=192, in_use=40 + 10 * second, limit=1000,
             allocs=1000 * second + 40, checks="track"),
        line("blocks", 2, owner="ramdisk", size=4096, in_use=20, free_slab=1, waiting=3,
             allocs=20 + 7 * second, fails=2 * second, limit=21),
        *classes("parts", 3, [10, 20 + second, 5], owner="flows"),
        line("a_name_that_is_as_long_as_it_can", 7, in_use=0),
        line("old", 8, state="dying", in_use=2, allocs=500),
        line("old", 9, state="dying", in_use=3, allocs=700),
        line("damaged", 10, in_use=1, misuses=2, withheld=1),
    ]


SITES = ["site id=1 objects=60 bytes=11520 name=my_submit+0xab/0x120 [my_driver]",
         "site id=1 objects=9 bytes=1728 name=my_retry+0x1c/0x90 [my_driver]",
         "site id=1 objects=1 bytes=192 name="]


def machine_recording(seconds=5):
    """A recording of so many seconds of it."""
    return "".join(snapshot(machine(second) + SITES, second) for second in range(seconds))
