# SPDX-License-Identifier: GPL-2.0
"""Recordings that are damaged in every way: no crash, and what is whole is shown."""
import json
import random

import program
import recording
from prom import Metrics
from recording import line, snapshot

MODES = (["--once"], ["--json"], ["--prom"], ["--once", "--pool", "p"],
         ["--watch", "p", "--above", "allocs/s=1"])


class Broken(program.Case):
    """Whatever is in the file."""

    def survive(self, text, mode):
        """Sanitizers, exit code, and form of the output."""
        done = self.run_top("--input", self.keep(text), *mode)
        if done.returncode == 0 and mode == ["--json"]:
            json.loads(done.stdout)
        if done.returncode == 0 and mode == ["--prom"]:
            Metrics(done.stdout)
        self.assertNotRegex(done.stdout, r"[^\t\n -~▁-█]")
        return done

    def test_cut(self):
        """Anywhere."""
        text = snapshot([line("p", 1), line("q", 2)]) + "site id=1 objects=3 bytes=5 name=a b\n"
        for i, end in enumerate(range(15, len(text), 9)):
            self.survive(text[:end], MODES[i % len(MODES)])

    def test_cut_number(self):
        """Is not taken for a smaller one."""
        for cut in ("1", "123"):
            done = self.survive(f"mpool format=1\nname=p id=1 in_use={cut}", ["--json"])
            self.assertNotIn("in_use", json.loads(done.stdout)["pools"][0])
            self.assertIn("1 lines were not understood", done.stderr)

    def test_cut_before_the_next(self):
        """Recording: the same, where another follows."""
        done = self.run_top("-j", "-i", self.keep("mpool format=1\nname=p id=1 in_use=12", "a"),
                            "-i", self.keep(snapshot([line("p", 1, in_use=5)]), "b"))
        self.assertEqual(5, json.loads(done.stdout)["pools"][0]["in_use"])
        self.refused("-i", self.keep("mpool format=1\nname=p in_use=1\nname=q", "a"),
                     "-i", self.keep(snapshot([line("p", 1)]), "b"), "--watch", "q?", "--above",
                     "in_use=9", says='no pool "q?"')

    def test_random_damage(self):
        """Bytes that are changed, left out, and put in."""
        dice = random.Random(8)
        whole = recording.machine_recording(2).encode()
        for turn in range(100):
            text = bytearray(whole)
            for _ in range(dice.randint(1, 40)):
                place = dice.randrange(15, len(text))
                what = dice.randrange(3)
                if what == 0:
                    text[place] = dice.randrange(256)
                elif what == 1:
                    del text[place:place + dice.randint(1, 60)]
                else:
                    text[place:place] = dice.randbytes(dice.randint(1, 60))
                if len(text) < 100:
                    break
            self.survive(bytes(text), MODES[turn % len(MODES)])

    def test_garbage(self):
        """After a good first line."""
        dice = random.Random(9)
        for turn in range(20):
            self.survive(b"mpool format=1\n" + dice.randbytes(3000), MODES[turn % len(MODES)])

    def test_numbers(self):
        """That are none: their figures are missing, and it is said."""
        for value in ("-1", "18446744073709551616", "9" * 400, "0x10", "1.5", "", "+1", "1e3",
                      "1,0", "١"):
            done = self.survive(f"mpool format=1\nname=p id=1 in_use={value} fails=7\n", ["--json"])
            pool = json.loads(done.stdout)["pools"][0]
            self.assertNotIn("in_use", pool)
            self.assertEqual(7, pool["fails"])
            self.assertIn("1 lines were not understood", done.stderr)

    def test_largest_numbers(self):
        """Everywhere at once, in each way to be shown, and twice, so that there are rates."""
        numbers = {key: 2 ** 64 - 1 for key in recording.KEYS if key not in recording.WORDS}
        del numbers["name"], numbers["id"]
        text = snapshot([line("p", 1)]) + snapshot([line("p", 1, **numbers)] * 3)
        for mode in MODES:
            self.survive(text, mode)

    def test_no_name(self):
        """Nothing can be said of such a line."""
        done = self.survive("mpool format=1\nid=1 in_use=5\nname= id=2\nname=p id=3\n", ["--json"])
        self.assertEqual(["p"], [pool["name"] for pool in json.loads(done.stdout)["pools"]])
        self.assertIn("2 lines were not understood", done.stderr)

    def test_no_id(self):
        """It is shown, but has no past."""
        text = "mpool format=1\nname=p in_use=5 allocs=7 fails=0\n"
        done = self.survive(text + text, ["--once"])
        self.assertRegex(done.stdout, r"\np +- +- +- +5 ")

    def test_long_words(self):
        """Are cut."""
        name = "n" * 100000
        for mode in MODES:
            self.survive(f"mpool format=1\nname={name} owner={name} of={name} kind={name}\n", mode)

    def test_bad_times(self):
        """Of which there is no rate that is none."""
        for time in ("nan", "inf", "-inf", "1e999", "x", "", "-5", "9" * 60):
            text = snapshot([line("p", 1)], time) + snapshot([line("p", 1, allocs=9)], time)
            for mode in MODES:
                self.survive(text, mode)

    def test_zero_bytes(self):
        """Do not end a recording."""
        text = b"mpool format=1\n\0\0\nname=p\0q id=1\nname=r id=2\n"
        done = self.survive(text, ["--json"])
        self.assertEqual({"p?q", "r"}, {pool["name"] for pool in json.loads(done.stdout)["pools"]})

    def test_many_pools(self):
        """Ten thousand, of which half are classes."""
        lines = [line(f"pool-{i}", i + 1, in_use=i) for i in range(5000)]
        for i in range(1000):
            lines += recording.classes(f"sized-{i}", 6000 + 5 * i, [1, 2, 3, 4])
        self.assertEqual(10000, len(lines))
        text = snapshot(lines[::-1]) + snapshot(lines)
        for mode, count in ((["--once"], 6003), (["--prom", "-d", "1"], 10000)):
            printed = self.show(text, *mode).splitlines()
            self.assertEqual(count, len([each for each in printed if mode[0] == "--once" or
                                         each.startswith("mpool_in_use{")]))
        pools = json.loads(self.show(text, "--json"))["pools"]
        self.assertEqual(4000, sum(len(pool.get("classes", [])) for pool in pools))

    def test_many_orphans(self):
        """Classes each of a sized pool that is not there, among as many sized pools."""
        lines = [line(f"a{i}", i + 1, kind="sized") for i in range(3000)]
        lines += [line(f"b{i}", i + 5000, kind="class", of=f"c{i}") for i in range(3000)]
        self.assertIn("6000 pools", self.survive(snapshot(lines), ["--once"]).stdout)
