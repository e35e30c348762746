# SPDX-License-Identifier: GPL-2.0
"""Waiting for a figure, for scripts."""
import program
import recording
from recording import line, snapshot


class Watch(program.Case):
    """mempooltop --watch"""

    def watch(self, text, *arguments):
        """What it prints, and its exit code."""
        done = self.run_top("-i", self.keep(text), "--watch", *arguments)
        return done.returncode, done.stdout + done.stderr

    def test_reached(self):
        """At the first snapshot where it is so."""
        text = recording.machine_recording()
        self.assertEqual((0, "requests: in_use is 70, above 60\n"),
                         self.watch(text, "requests", "--above", "in_use=60"))
        self.assertEqual((0, "requests: in_use is 40, below 41\n"),
                         self.watch(text, "requests", "--below", "in_use=41"))

    def test_not_reached(self):
        """What is equal is neither above nor below."""
        text = recording.machine_recording()
        says = "mempooltop: in_use of \"requests\" was not {} in time\n"
        self.assertEqual((1, says.format("above 80")),
                         self.watch(text, "requests", "--above", "in_use=80"))
        self.assertEqual((1, says.format("below 40")),
                         self.watch(text, "requests", "--below", "in_use=40"))

    def test_timeout(self):
        """By the recording's time: 70 is there after 3 s."""
        text = recording.machine_recording()
        for seconds, code in (("0", 1), ("2.9", 1), ("3", 0), ("100", 0)):
            self.assertEqual(code, self.watch(text, "requests", "--above", "in_use=69",
                                              "--timeout", seconds)[0])
        self.assertEqual(0, self.watch(text, "blocks", "--above", "in_use=9", "--timeout", "0")[0])

    def test_rate(self):
        """Of a counter."""
        text = recording.machine_recording()
        self.assertEqual((0, "blocks: fails/s is 2.0, above 1\n"),
                         self.watch(text, "blocks", "--above", "fails/s=1"))
        self.assertEqual(1, self.watch(text, "blocks", "--above", "fails/s=2")[0])
        self.assertEqual(1, self.watch(text, "blocks", "--below", "fails/s=2", "--timeout", "9")[0])

    def test_rate_needs_two(self):
        """A single look has no rate, not even one of 0."""
        self.assertEqual(1, self.watch(snapshot([line("p", 1)]), "p", "--below", "allocs/s=5")[0])

    def test_units(self):
        """By powers of 1024."""
        text = snapshot([line("p", 1, footprint=64 << 20)])
        self.assertEqual(0, self.watch(text, "p", "--above", "footprint=63M")[0])
        self.assertEqual(0, self.watch(text, "p", "--below", "footprint=65m")[0])
        self.assertEqual(1, self.watch(text, "p", "--above", "footprint=64M")[0])
        self.assertEqual(0, self.watch(text, "p", "--below", "footprint=1G")[0])
        self.assertEqual(0, self.watch(text, "p", "--above", "footprint=65535K")[0])

    def test_every_figure(self):
        """Can be watched."""
        for key in set(recording.KEYS) - set(recording.WORDS) - {"name"}:
            text = snapshot([line("p", 1, **{key: 77})])
            self.assertEqual(0, self.watch(text, "p", "--above", f"{key}=0")[0], key)

    def test_class(self):
        """A class, and a sized pool as a whole."""
        text = recording.machine_recording()
        self.assertEqual(0, self.watch(text, "parts-64", "--above", "in_use=23")[0])
        self.assertEqual(0, self.watch(text, "parts", "--above", "in_use=38")[0])

    def test_absent(self):
        """Is not waited for."""
        self.assertEqual((2, 'mempooltop: there is no pool "zork"\n'),
                         self.watch(recording.machine_recording(), "zork", "--above", "in_use=0"))

    def test_absent_figure(self):
        """Nor is what the line does not have."""
        self.assertEqual((2, 'mempooltop: the pool "p" has no fails\n'),
                         self.watch("mpool format=1\nname=p id=1\n", "p", "--above", "fails=0"))

    def test_gone(self):
        """Another pool of the same name is another pool."""
        text = snapshot([line("p", 1)]) + snapshot([line("q", 2)])
        self.assertEqual((3, 'mempooltop: the pool "p" is gone\n'),
                         self.watch(text, "p", "--above", "in_use=0"))
        text = snapshot([line("p", 1)]) + snapshot([line("p", 2, in_use=9)])
        self.assertEqual(3, self.watch(text, "p", "--above", "in_use=0")[0])

    def test_dies(self):
        """One that is dying is still the one."""
        text = snapshot([line("p", 1, in_use=9)]) + \
            snapshot([line("p", 1, in_use=0, state="dying"), line("p", 2, in_use=9)])
        self.assertEqual(0, self.watch(text, "p", "--below", "in_use=1")[0])
