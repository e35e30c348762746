# SPDX-License-Identifier: GPL-2.0
"""JSON."""
import json

import program
import recording
from recording import line, snapshot


def strict(text):
    """JSON in which no key is twice, and no number is none."""
    def pairs(items):
        keys = [key for key, _ in items]
        if len(keys) != len(set(keys)):
            raise ValueError(f"twice: {keys}")
        return dict(items)

    def constant(name):
        raise ValueError(name)
    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


class Json(program.Case):
    """mempooltop --json"""

    def json(self, text, *arguments):
        """What it prints, taken apart."""
        return strict(self.show(text, "--json", *arguments))

    def test_all_keys(self):
        """As the device has them, numbers as numbers."""
        text = line("p", 7, in_use=5, checks="redzone,track")
        pool = self.json(snapshot([text]))["pools"][0]
        for field in text.split():
            key, value = field.split("=")
            self.assertEqual(int(value) if value.isdigit() else value, pool.pop(key))
        self.assertEqual({}, pool)

    def test_large_numbers(self):
        """Are exact."""
        text = line("p", 1, allocs=2 ** 64 - 1, footprint=2 ** 53 + 1)
        pool = self.json(snapshot([text]))["pools"][0]
        self.assertEqual(2 ** 64 - 1, pool["allocs"])
        self.assertEqual(2 ** 53 + 1, pool["footprint"])

    def test_classes(self):
        """Are within their sized pools, and the sums are of what is outside."""
        whole = self.json(recording.machine_recording())
        self.assertEqual(7, len(whole["pools"]))
        parts = [pool for pool in whole["pools"] if pool["name"] == "parts"][0]
        self.assertEqual({"parts-32", "parts-64", "parts-128"},
                         {each["name"] for each in parts["classes"]})
        self.assertEqual(parts["in_use"], sum(each["in_use"] for each in parts["classes"]))
        self.assertFalse([pool for pool in whole["pools"] if pool["kind"] == "class"])
        for key in ("footprint", "in_use", "objects", "allocs", "fails", "waiting", "metadata"):
            self.assertEqual(whole["totals"][key], sum(pool[key] for pool in whole["pools"]))
        self.assertEqual((7, 2), (whole["totals"]["pools"], whole["totals"]["dying"]))
        self.assertNotIn("size", whole["totals"])

    def test_order_and_filter(self):
        """As for the table."""
        text = recording.machine_recording()
        names = [pool["name"] for pool in self.json(text, "--sort", "name")["pools"]]
        self.assertEqual(sorted(names), names)
        self.assertEqual(["old", "old"],
                         [pool["name"] for pool in self.json(text, "--filter", "old")["pools"]])
        same = snapshot([line("p", number) for number in (3, 1, 2)])
        self.assertEqual([1, 2, 3], [pool["id"] for pool in self.json(same)["pools"]])

    def test_rates(self):
        """Where they are known."""
        text = recording.machine_recording()
        whole = self.json(text, "--filter", "requests")
        self.assertEqual(1000, whole["pools"][0]["allocs_per_second"])
        self.assertEqual(0, whole["pools"][0]["fails_per_second"])
        self.assertEqual(1000, whole["totals"]["allocs_per_second"])
        whole = self.json(snapshot([line("p", 1)]))
        self.assertNotIn("allocs_per_second", whole["pools"][0])
        self.assertNotIn("allocs_per_second", whole["totals"])

    def test_pool(self):
        """One pool, with who holds its objects."""
        pool = self.json(recording.machine_recording(), "--pool", "requests")
        self.assertEqual("requests", pool["name"])
        site = {"objects": 60, "bytes": 11520, "name": "my_submit+0xab/0x120 [my_driver]"}
        self.assertEqual(site, pool["sites"][0])
        self.assertEqual([60, 9, 1], [site["objects"] for site in pool["sites"]])
        pool = self.json(recording.machine_recording(), "--pool", "parts")
        self.assertEqual(3, len(pool["classes"]))
        self.assertEqual("each of its classes has its own", pool["sites_error"])

    def test_no_pool(self):
        """One line, and no JSON."""
        self.refused("-i", self.keep(snapshot([])), "--json", "--pool", "p", says="no pool")

    def test_empty(self):
        """A machine without pools."""
        whole = self.json(snapshot([]))
        self.assertEqual([], whole["pools"])
        self.assertEqual(0, whole["totals"]["pools"])

    def test_names_that_cannot_be(self):
        """Whatever a damaged line has is a string that JSON can have."""
        name = b'a"b\\c\x01\x7f\xff\xc3\xa4</script>'
        done = self.run_top("-j", "-i", self.keep(b"mpool format=1\nname=" + name + b" id=1\n"))
        self.assertEqual('a"b\\c?????</script>', strict(done.stdout)["pools"][0]["name"])
