# SPDX-License-Identifier: GPL-2.0
"""The table, and a pool in full."""
import program
import recording
from recording import line, snapshot

TABLE = """\
7 pools (2 dying), 145K footprint, 145 of 194 in use, 3 waiting, 1008 allocs/s, 8 fails

POOL                             KIND   SIZE FOOTPRINT IN USE OBJECTS USE%  LIMIT ALLOCS/S  FAILS WAITING OWNER
blocks                           pool  4.00K     89.0K     20      21  95%     21      7.0      8       3 ramdisk
requests                         pool    192     21.0K     80      86  93%   1000     1000      0       0 my_driver
parts                            sized   128     15.4K     39      57  68%      -      1.0      0       0 flows
a_name_that_is_as_long_as_it_can pool     64     4.98K      0       6   0%      -        0      0       0 my_driver
damaged                          pool     64     4.98K      1       7  14%      -        0      0       0 my_driver
old                              dying    64     4.98K      2       8  25%      -        0      0       0 my_driver
old                              dying    64     4.98K      3       9  33%      -        0      0       0 my_driver
"""

VIEW = """\
requests  id 1  owner my_driver  state live  kind pool  backing pages  checks track
1000.0 allocs/s, 0.0 fails/s
In use over time: ▅▅▆▇█

Call sites that hold its objects:
  OBJECTS   BYTES  ALLOCATED BY
       60   11.2K  my_submit+0xab/0x120 [my_driver]
        9   1.69K  my_retry+0x1c/0x90 [my_driver]
        1     192  (all others)

  size          192                     stride        192
  in_use        80                      cached_cpu    0
  cached_depot  0                       free_slab     6
  objects       86                      limit         1000
  keep          0                       slabs         5
  slab_bytes    4096 (4.00K)            metadata      1000
  footprint     21480 (21.0K)           allocs        4040
  frees         3960                    fails         0
  grows         5                       shrinks       0
  misuses       0                       mapped        0
  m_pool        16512 (16.1K)           limit_bytes   none
  borrowed      0                       reserve       0
  reserve_held  0                       low           0
  waiting       0                       waits         0
  pending       0                       budget        0
  quarantine    0                       quarantined   0
  withheld      0
"""


class Case(program.Case):
    """The table, taken apart."""

    def names(self, text, *arguments):
        """The table's names, in its order."""
        lines = self.show(text, "--once", *arguments).splitlines()
        return [row.split()[0] for row in lines[3:]]

    def cells(self, text, name, *arguments):
        """A row of the table by its columns' titles, of which two have two words."""
        lines = self.show(text, "--once", *arguments).splitlines()
        titles = lines[2].replace("IN USE", "IN_USE").split()
        row = [row for row in lines[3:] if row.startswith(name + " ")][0]
        return dict(zip(titles, row.split()))


class Print(Case):
    """mempooltop --once"""

    def test_table(self):
        """All columns, the sums, and sized pools as one line."""
        self.assertEqual(TABLE, self.show(recording.machine_recording(), "--once"))

    def test_once_where_there_is_no_terminal(self):
        """The screen is not tried."""
        self.assertEqual(TABLE, self.show(recording.machine_recording()))

    def test_sorts(self):
        """Each key, the largest first, and those that are equal by name and id."""
        text = recording.machine_recording()
        last = ["a_name_that_is_as_long_as_it_can", "damaged", "old", "old"]
        orders = {
            "footprint": ["blocks", "requests", "parts"] + last,
            "in_use": ["requests", "parts", "blocks", "old", "old", "damaged", last[0]],
            "rate": ["requests", "blocks", "parts"] + last,
            "fails": ["blocks", last[0], "damaged", "old", "old", "parts", "requests"],
            "waiting": ["blocks", last[0], "damaged", "old", "old", "parts", "requests"],
            "name": [last[0], "blocks", "damaged", "old", "old", "parts", "requests"],
        }
        for key, names in orders.items():
            self.assertEqual(names, self.names(text, "--sort", key))
            self.assertEqual(names[::-1], self.names(text, "--sort", key, "--reverse"))

    def test_filter(self):
        """By a part of the name; the sums are of what is shown."""
        text = recording.machine_recording()
        self.assertEqual(["requests"], self.names(text, "--filter", "quest"))
        self.assertEqual([], self.names(text, "--filter", "nothing"))
        self.assertTrue(self.show(text, "-f", "old").startswith("2 pools (2 dying), 9.95K "))

    def test_class_without_its_sized_pool(self):
        """It counts, for nothing else counts it."""
        whole, one, two, three = recording.classes("parts", 3, [1, 2, 3])
        self.assertEqual(["parts"], self.names(snapshot([whole, one, two, three])))
        self.assertEqual({"parts-64", "parts-32"}, set(self.names(snapshot([one, two]))))
        self.assertIn("of 15 in use", self.show(snapshot([one, two])))

    def test_classes_of_pools_of_the_same_name(self):
        """Of a dying one and of a live one: each has its own."""
        dying = recording.classes("parts", 3, [1, 2], state="dying")
        live = recording.classes("parts", 10, [4, 8])
        self.assertEqual(["parts", "parts"], self.names(snapshot(dying + live)))
        view = self.show(snapshot(dying + live), "--pool", "parts")
        self.assertIn("id 10", view)
        self.assertRegex(view, r"\nparts-64 +class +64 +4.98K +8 ")
        self.assertNotRegex(view, r"\nparts-64 +class +64 +4.98K +2 ")

    def test_pool(self):
        """All figures, use over time, and who holds its objects."""
        self.assertEqual(VIEW, self.show(recording.machine_recording(), "--pool", "requests"))

    def test_sized_pool(self):
        """Its classes."""
        view = self.show(recording.machine_recording(), "--pool", "parts")
        for name, use in (("parts-32", 10), ("parts-64", 24), ("parts-128", 5)):
            self.assertRegex(view, rf"\n{name} +class +[0-9]+ +4.98K +{use} ")
        self.assertNotIn("Call sites", view)
        self.assertNotIn("  keep ", view)

    def test_class(self):
        """A class is a pool, too."""
        self.assertIn("parts-64  id 5  owner flows  state live  kind class  of parts",
                      self.show(recording.machine_recording(), "--pool", "parts-64"))

    def test_pool_that_is_not_there(self):
        """One line."""
        self.refused("--input", self.keep(recording.machine_recording()), "--pool", "zork",
                     says='there is no pool "zork"')

    def test_not_tracked(self):
        """Says how it would be."""
        self.assertIn("not tracked: see MPOOL_TRACK",
                      self.show(recording.machine_recording(), "--pool", "blocks"))

    def test_live_before_dying(self):
        """Of two with a name."""
        lines = [line("twice", 1, state="dying"), line("twice", 2), line("twice", 3, state="dying")]
        self.assertIn("id 2", self.show(snapshot(lines), "--pool", "twice"))


class Lines(Case):
    """What the device, or a recording of it, can have."""

    def test_rates(self):
        """By the time that a recording says, or by --delay."""
        timed = snapshot([line("p", 1, allocs=0)], 10) + snapshot([line("p", 1, allocs=5000)], 12.5)
        self.assertEqual("2000", self.cells(timed, "p")["ALLOCS/S"])
        plain = snapshot([line("p", 1, allocs=0)]) + snapshot([line("p", 1, allocs=5000)])
        self.assertEqual("5000", self.cells(plain, "p")["ALLOCS/S"])
        self.assertEqual("500", self.cells(plain, "p", "--delay", "10")["ALLOCS/S"])
        self.assertEqual("-", self.cells(snapshot([line("p", 1)]), "p")["ALLOCS/S"])

    def test_rate_of_another_pool(self):
        """Of another id, or another name, is none."""
        before = snapshot([line("p", 1, allocs=10), line("q", 2, allocs=10)])
        after = snapshot([line("p", 3, allocs=90), line("r", 2, allocs=90)])
        self.assertEqual("-", self.cells(before + after, "p")["ALLOCS/S"])
        self.assertEqual("-", self.cells(before + after, "r")["ALLOCS/S"])

    def test_counters_wrap(self):
        """At 2^32, where a machine's word has 32 bits; what shrinks otherwise began anew."""
        def rate(before, after):
            return self.cells(snapshot([line("p", 1, allocs=before)]) +
                              snapshot([line("p", 1, allocs=after)]), "p")["ALLOCS/S"]
        self.assertEqual("300", rate(2 ** 32 - 100, 200))
        self.assertEqual("-", rate(1000, 200))
        self.assertEqual("-", rate(2 ** 40, 200))
        self.assertEqual("18.4E", rate(0, 2 ** 64 - 1))

    def test_time_that_stands_still(self):
        """No rate, rather than one without end."""
        text = snapshot([line("p", 1, allocs=1)], 5) + snapshot([line("p", 1, allocs=9)], 5)
        self.assertEqual("-", self.cells(text, "p")["ALLOCS/S"])

    def test_missing_keys(self):
        """What a line does not have is shown as such."""
        cells = self.cells("mpool format=1\nname=p id=1 in_use=5\n", "p")
        self.assertEqual("5", cells["IN_USE"])
        for title in ("KIND", "SIZE", "FOOTPRINT", "OBJECTS", "USE%", "LIMIT", "FAILS", "WAITING"):
            self.assertEqual("-", cells[title])

    def test_unknown_keys(self):
        """Are skipped, wherever they are."""
        text = "mpool format=1 generation=7\nname=p color=red id=1 in_use=5 zork=-1 wert=ä=ö\n"
        self.assertEqual("5", self.cells(text, "p")["IN_USE"])

    def test_numbers(self):
        """Short ones, by powers of 1000 and of 1024."""
        for number, text in ((99999, "99999"), (100000, "100k"), (1234567, "1.23M"),
                             (999499999, "999M"), (999600000, "1.00G"), (2 ** 64 - 1, "18.4E")):
            self.assertEqual(text, self.cells(snapshot([line("p", 1, fails=number)]), "p")["FAILS"])
        for number, text in ((1023, "1023"), (1024, "1.00K"), (10239, "10.0K"), (1048576, "1.00M"),
                             (2 ** 64 - 1, "16.0E")):
            self.assertEqual(text, self.cells(snapshot([line("p", 1, footprint=number)]),
                                              "p")["FOOTPRINT"])

    def test_several_inputs(self):
        """Are as one, and - is stdin."""
        parts = [snapshot(recording.machine(second) + recording.SITES, second)
                 for second in range(5)]
        files = []
        for i, part in enumerate(parts[:4]):
            files += ["--input", self.keep(part, f"part{i}")]
        done = self.run_top(*files, "--input", "-", stdin=parts[4].encode())
        self.assertEqual(TABLE, done.stdout)

    def test_comments(self):
        """A recording may say what it is."""
        text = "# of my machine\n\n" + snapshot(["# words", line("p", 1)])
        self.assertEqual(["p"], self.names(text))
