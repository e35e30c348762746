# SPDX-License-Identifier: GPL-2.0
"""Metrics for Prometheus."""
import os
import re
import subprocess

import program
import recording
from prom import Metrics
from recording import line, snapshot


class Prom(program.Case):
    """mempooltop --prom"""

    def metrics(self, text):
        """What it prints, read strictly."""
        return Metrics(self.show(text, "--prom"))

    def test_checker(self):
        """The checker refuses what is wrong."""
        good = '# HELP a_total B.\n# TYPE a_total counter\na_total{x="1"} 2\n'
        self.assertEqual([2], Metrics(good).get("a_total", x="1"))
        for old, new in (("counter", "gauge"), ("# HELP a_total B.\n", ""), ('"} 2\n', '"} 2'),
                         ("a_total{", "a_total2{"), ('"1"', '"1'), ("} 2", "} -x"),
                         ("# TYPE a_total counter\n", ""), ('x="1"', 'x="1",x="2"'),
                         ("a_total{x", 'a_total{x="1"} 2\na_total{x'), ('"1"', '"\\1"'),
                         ('a_total{x="1"} 2\n', ""), (' B.', ' ')):
            with self.assertRaises(ValueError, msg=(old, new)):
                Metrics(good.replace(old, new, 1))

    def test_machine(self):
        """A machine's pools, each figure under the labels that a pool is known by."""
        metrics = self.metrics(recording.machine_recording())
        self.assertEqual([80], metrics.get("mpool_in_use", name="requests", owner="my_driver",
                                           kind="pool", of="", state="live"))
        self.assertEqual([4040], metrics.get("mpool_allocs_total", name="requests"))
        self.assertEqual([24], metrics.get("mpool_in_use", name="parts-64", kind="class",
                                           of="parts"))
        self.assertEqual([39], metrics.get("mpool_in_use", name="parts", kind="sized"))
        self.assertEqual([2], metrics.get("mpool_misuses_total", name="damaged"))
        self.assertEqual([5], metrics.get("mpool_pools", state="live"))
        self.assertEqual([2], metrics.get("mpool_pools", state="dying"))

    def test_every_figure(self):
        """All that the device has but the id, of which there is no end."""
        metrics = self.metrics(snapshot([line("p", 123456789, limit=5, limit_bytes=6)]))
        figures = set(recording.KEYS) - set(recording.WORDS) - {"name", "id"}
        names = {re.sub("^mpool_|(_bytes)?$|_total$", "", name) for name in metrics.types}
        metrics_of = {figure: [name for name in metrics.types if re.fullmatch(
            f"mpool_{figure}(_bytes|_total)?", name)] for figure in figures}
        self.assertEqual([], [figure for figure, found in metrics_of.items() if not found])
        self.assertEqual(len(figures) + 1, len(metrics.types), names)
        for series in metrics.series.values():
            for labels in series:
                self.assertFalse([value for _, value in labels if "123456789" in value])

    def test_every_key_of_the_abi(self):
        """That is documented is known here, so that none is forgotten."""
        abi = os.path.join(program.SOURCES, "../../Documentation/ABI/dev-mempool")
        with open(abi, encoding="utf-8") as file:
            table = file.read().split("=============\t")[1:]
        keys = re.findall(r"^\t\t([a-z_]+)\t", "".join(table), re.M)
        self.assertEqual(recording.KEYS, keys)

    def test_limits(self):
        """A pool that has none has no such series: a ratio to 0 is no alarm."""
        metrics = self.metrics(snapshot([line("a", 1, limit=10), line("b", 2)]))
        self.assertEqual([10], metrics.get("mpool_limit"))
        self.assertEqual([], metrics.get("mpool_limit_bytes"))

    def test_sized(self):
        """Nor has a sized pool what only its classes have."""
        metrics = self.metrics(recording.machine_recording())
        for name in ("stride_bytes", "keep", "slab_bytes", "budget_bytes", "limit"):
            self.assertEqual([], metrics.get("mpool_" + name, kind="sized"))
        self.assertEqual(3, len(metrics.get("mpool_stride_bytes", kind="class")))

    def test_sums_count_nothing_twice(self):
        """As the man page says how to sum."""
        metrics = self.metrics(recording.machine_recording())
        whole = [metrics.get("mpool_footprint_bytes", kind=kind) for kind in ("pool", "sized")]
        lines = [text for text in recording.machine(4) if "kind=class" not in text]
        self.assertEqual(sum(recording.figure(text, "footprint") for text in lines),
                         sum(sum(values) for values in whole))

    def test_dying(self):
        """Of one name are summed up; counters they have none, which would go backwards."""
        metrics = self.metrics(recording.machine_recording())
        self.assertEqual([5], metrics.get("mpool_in_use", name="old", state="dying"))
        self.assertEqual([64], metrics.get("mpool_size_bytes", name="old"))
        self.assertEqual([], metrics.get("mpool_allocs_total", name="old"))

    def test_dying_and_live(self):
        """Of one name are apart."""
        lines = [line("p", i, in_use=i, state="dying") for i in range(1, 9)]
        lines.append(line("p", 9, in_use=9))
        metrics = self.metrics(snapshot(lines))
        self.assertEqual([9], metrics.get("mpool_in_use", state="live"))
        self.assertEqual([36], metrics.get("mpool_in_use", state="dying"))

    def test_same_pool_twice(self):
        """Can only be in a damaged recording, and makes no series twice."""
        metrics = self.metrics(snapshot([line("p", 1, in_use=3)] * 3))
        self.assertEqual([9], metrics.get("mpool_in_use"))

    def test_same_series_in_another_order(self):
        """However the lines are mixed."""
        lines = [line("p", 1), line("q", 2), line("p", 3, owner="x"), line("q", 4), line("p", 5)]
        self.assertEqual(3, len(self.metrics(snapshot(lines)).series["mpool_in_use"]))

    def test_escapes(self):
        """Of what a label's value may not have as it is."""
        done = self.run_top("-p", "-i", self.keep(
            b'mpool format=1\nname=a"b\\c\\n\x01 id=1 in_use=4 owner=\xff\n'))
        metrics = Metrics(done.stdout)
        self.assertEqual([4], metrics.get("mpool_in_use", name='a"b\\c\\n?', owner="?"))

    def test_missing_keys(self):
        """Of what no pool has there is no metric."""
        metrics = self.metrics("mpool format=1\nname=p in_use=5\nname=q in_use=6 fails=1\n")
        self.assertEqual({"mpool_pools", "mpool_in_use", "mpool_fails_total"}, set(metrics.types))
        self.assertEqual(1, len(metrics.series["mpool_fails_total"]))

    def test_empty(self):
        """A machine without pools."""
        self.assertEqual([0, 0], self.metrics(snapshot([])).get("mpool_pools"))

    def test_full_disk(self):
        """Is no success."""
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [program.PROGRAM, "-p", "-i", self.keep(snapshot([line("p", 1)]))], stdout=full,
                stderr=subprocess.PIPE, check=False, env=self.environment())
        self.assertEqual(2, done.returncode)
        self.assertIn(b"cannot write", done.stderr)
