# SPDX-License-Identifier: GPL-2.0
"""The whole screen, in terminals of three sizes."""
import os
import pty
import re
import subprocess
import time

import program
import recording
from recording import line, snapshot
from terminal import Terminal


class Case(program.Case):
    """mempooltop on a terminal"""

    def show_on(self, columns, lines, *arguments, text=None, **environment):
        """It, at the end of a recording."""
        path = self.keep(text or recording.machine_recording())
        terminal = Terminal(self, columns, lines, "-i", path, "-d", "0.1", *arguments,
                            **environment)
        terminal.see("end of the re" if columns >= 80 else "mempooltop: pools")
        return terminal

    def names(self, terminal):
        """Of the pools in the list, from the top."""
        rows = terminal.screen().splitlines()[3:-1]
        return [row.split()[0] for row in rows if row.strip()]


class Screen(Case):
    """What is on it."""

    def test_80x24(self):
        """What fits into a terminal as it always was."""
        terminal = self.show_on(80, 24)
        terminal.equal(SCREEN_80)
        terminal.quit()

    def test_40x10(self):
        """The columns that say most."""
        terminal = self.show_on(40, 10)
        terminal.equal(SCREEN_40)
        terminal.quit()

    def test_200x50(self):
        """All columns."""
        terminal = self.show_on(200, 50)
        terminal.equal(SCREEN_200)
        terminal.quit()

    def test_resize(self):
        """From each size to each other, and down to nearly nothing."""
        terminal = self.show_on(80, 24)
        terminal.equal(SCREEN_80)
        for size, expected in (((200, 50), SCREEN_200), ((80, 24), SCREEN_80),
                               ((40, 10), SCREEN_40), ((80, 24), SCREEN_80)):
            terminal.resize(*size)
            terminal.equal(expected)
        for columns, lines in ((10, 3), (1, 1), (300, 2), (2, 60), (3, 3)):
            terminal.resize(columns, lines)
            time.sleep(0.2)
            terminal.press("Down", "Enter", "Down", "Escape", "n")
        terminal.resize(80, 24)
        terminal.see("mempooltop: pools by name")
        terminal.quit()


class Keys(Case):
    """What they do."""

    def test_sorts(self):
        """A key for each, and the other way round."""
        terminal = self.show_on(80, 24)
        for key, name in zip("fuaxwn", ("footprint", "in_use", "rate", "fails", "waiting", "name")):
            terminal.press(key)
            terminal.see(f"mempooltop: pools by {name}, end")
            done = self.show(recording.machine_recording(), "--once", "--sort", name)
            names = [row.split()[0] for row in done.splitlines()[3:]]
            self.assertEqual(names, [self.whole(each, names) for each in self.names(terminal)])
        terminal.press("r")
        terminal.see("by name, reversed, end")
        self.assertEqual("requests", self.names(terminal)[0])
        terminal.quit()

    def whole(self, name, names):
        """The name that was cut."""
        return [each for each in names if each.startswith(name.rstrip("~"))][0]

    def test_filter(self):
        """Typed, mended, taken back."""
        terminal = self.show_on(80, 24)
        terminal.press("/")
        terminal.see("Names with:")
        terminal.press("o", "l", "q", "BSpace", "d")
        terminal.see("Names with: old", 'pools with "old" by', "2 pools (2 dying)")
        terminal.press("Enter")
        terminal.see("q quit")
        self.assertEqual(["old", "old"], self.names(terminal))
        terminal.press("Escape")
        terminal.see("7 pools (2 dying)")
        terminal.press("/", "q")
        terminal.see('pools with "q"', "1 pool,")
        terminal.press("Escape")
        terminal.see("7 pools (2 dying)")
        terminal.quit()

    def test_classes(self):
        """Of a sized pool: opened, looked at, and back to where one was."""
        terminal = self.show_on(80, 24)
        terminal.press("Down", "Down", "Enter")
        terminal.see("mempooltop: classes of parts by footprint", "3 pools,")
        self.assertEqual({"parts-32", "parts-64", "parts-128"}, set(self.names(terminal)))
        terminal.press("u", "Enter")
        terminal.see("parts-64  id 5", "kind class  of parts")
        terminal.press("Escape")
        terminal.see("classes of parts by in_use")
        terminal.press("Left")
        terminal.see("mempooltop: pools by in_use", "7 pools")
        terminal.press("v")
        terminal.see("parts  id 3", "Classes:", "parts-32 ", "footprint     15788 (15.4K)")
        terminal.quit()

    def test_view(self):
        """All figures, and who holds the objects; scrolled where there is no room."""
        terminal = self.show_on(80, 40, "--sort", "in_use")
        terminal.press("Enter")
        terminal.see("requests  id 1  owner my_driver", "footprint     21480 (21.0K)",
                     "In use over time: ▅▅▆▇█",
                     "60   11.2K  my_submit+0xab/0x120 [my_driver]", "(all others)")
        terminal.resize(40, 10)
        terminal.see("requests  id 1  owner my_driver\n  state live", "In use over")
        terminal.press("End")
        terminal.see("quarantined   0", "withheld      0")
        self.assertNotIn("requests  id", terminal.screen())
        terminal.press("PPage", "Home")
        terminal.see("requests  id 1")
        terminal.quit()

    def test_help(self):
        """Says all keys."""
        terminal = self.show_on(80, 24)
        terminal.press("?")
        terminal.see("sort by footprint", "look at once", "q                            quit")
        terminal.press("Escape")
        terminal.see("mempooltop: pools")
        terminal.quit()

    def test_cursor_stays_at_its_pool(self):
        """Wherever the order puts it."""
        order = ([1, 2, 3], [1, 3, 2], [3, 1, 2], [2, 3, 1])
        text = "".join(snapshot([line(name, i + 1, footprint=1000 * size)
                                 for i, (name, size) in enumerate(zip("abc", sizes))])
                       for sizes in order * 5)
        terminal = Terminal(self, 80, 24, "-i", self.keep(text), "-d", "0.2")
        terminal.see("mempooltop: pools")
        terminal.press("Down", "Enter")
        name = terminal.see("  id ").split("  id ")[0]
        terminal.press("Escape")
        terminal.see("end of the recording")
        self.assertEqual(["b", "a", "c"], self.names(terminal))
        terminal.press("Enter")
        terminal.see(f"{name}  id ")
        terminal.press("Escape")
        terminal.see("mempooltop: pools")
        terminal.press("n", "Down", "Down", "r", "Enter")
        terminal.see("c  id 3")
        terminal.quit()

    def test_many_pools(self):
        """Ten thousand: to the end and back."""
        lines = [line(f"pool-{i}", i + 1, in_use=i) for i in range(10000)]
        terminal = self.show_on(80, 24, "--sort", "name", text=snapshot(lines))
        terminal.see("10000 pools", "pool-0 ")
        terminal.press("End")
        terminal.see("pool-9999 ")
        terminal.press("PPage", "PPage", "Home")
        terminal.see("pool-0 ")
        terminal.quit()

    def test_no_pools(self):
        """Every key does nothing."""
        terminal = self.show_on(80, 24, text=snapshot([]))
        terminal.press("Enter", "v", "Down", "End", "NPage", "Up", "f", "r", "Escape", "Space")
        terminal.see("0 pools")
        terminal.quit()

    def test_pool_goes(self):
        """While one looks at it, or at its classes."""
        with_it = [line("p", 9), *recording.classes("parts", 1, [1, 2])]
        text = snapshot(with_it) * 8 + snapshot([line("q", 20)])
        terminal = Terminal(self, 80, 24, "-i", self.keep(text), "-d", "0.2", "--pool", "p")
        terminal.see("p  id 9")
        terminal.see("The pool p is gone.")
        terminal.press("Escape")
        terminal.see("1 pool,")
        terminal.quit()
        terminal = Terminal(self, 80, 24, "-i", self.keep(text), "-d", "0.4", "-f", "parts")
        terminal.see("parts")
        terminal.press("Enter")
        terminal.see("classes of parts")
        terminal.see("the pool parts is gone", "0 pools")
        terminal.quit()


class Terminals(Case):
    """Of many kinds."""

    def test_letters(self):
        """Where the locale is not UTF-8, or on the console, use over time has no blocks."""
        for environment in ({"LC_ALL": "C"}, {"TERM": "linux"}):
            terminal = self.show_on(80, 24, **environment)
            self.assertIn("==+*#", terminal.see("requests"))
            terminal.quit()

    def test_colours(self):
        """Of what needs a look; bold where there are none."""
        bold = ("\033\\[1mdamaged", "\033\\[1mdamaged[^\033]*\nold")
        colours = ("\033\\[1m\033\\[31mdamaged", "\033\\[33mold")
        for environment, texts in (({"TERM": "screen"}, colours), ({"NO_COLOR": "1"}, bold),
                                   ({"TERM": "vt100"}, bold)):
            terminal = self.show_on(80, 24, **environment)
            screen = re.sub("\033\\[[034]9?m", "", terminal.tmux("capture-pane", "-p", "-e"))
            for text in texts:
                self.assertRegex(screen, text)
            terminal.quit()

    def test_dumb_terminal(self):
        """A table after the other, and one line that says why."""
        for name, says in (("dumb", 'the terminal "dumb" cannot place the cursor'),
                           ("zork", 'the terminal "zork" is not known')):
            terminal = Terminal(self, 80, 60, "-d", "0.1", "-f", "old", "-i",
                                self.keep(recording.machine_recording()), TERM=name)
            screen = terminal.see("exit code 0")
            self.assertEqual(1, screen.count(f"mempooltop: {says}: printing tables"))
            self.assertEqual(5, screen.count("2 pools (2 dying)"))
            self.assertNotIn("\033", screen)

    def test_narrow_table(self):
        """--once on a terminal fits into it."""
        terminal = Terminal(self, 60, 20, "--once", "-i", self.keep(recording.machine_recording()))
        screen = terminal.see("exit code 0")
        self.assertEqual(11, len(screen.rstrip().splitlines()))

    def test_no_keyboard(self):
        """Where stdin is no terminal the screen is not taken."""
        main, other = pty.openpty()
        with subprocess.Popen([program.PROGRAM, "-i", self.keep(recording.machine_recording())],
                              stdin=subprocess.DEVNULL, stdout=other,
                              env=self.environment(TERM="screen")) as process:
            self.assertEqual(0, process.wait(20))
        os.close(other)
        self.assertTrue(os.read(main, 10000).startswith(b"7 pools (2 dying)"))
        os.close(main)


KEYS = "q quit  ENTER open  v in full  / filter  f u a x w n sort  ? help"

SCREEN_80 = """\
mempooltop: pools by footprint, end of the recording
7 pools (2 dying), 145K footprint, 145 of 194 in use, 3 waiting, 1008 allocs/s
POOL                   KIND  FOOTPRINT IN USE ALLOCS/S  FAILS WAITING OVER TIME
blocks                 pool      89.0K     20      7.0      8       3      █████
requests               pool      21.0K     80     1000      0       0      ▅▅▆▇█
parts                  sized     15.4K     39      1.0      0       0      ▇▇███
a_name_that_is_as_lon~ pool      4.98K      0        0      0       0      ▁▁▁▁▁
damaged                pool      4.98K      1        0      0       0      █████
old                    dying     4.98K      2        0      0       0      █████
old                    dying     4.98K      3        0      0       0      █████
""" + 13 * "\n" + KEYS

SCREEN_40 = """\
mempooltop: pools by footprint, end of t
7 pools (2 dying), 145K footprint
POOL                    FOOTPRINT IN USE
blocks                      89.0K     20
requests                    21.0K     80
parts                       15.4K     39
a_name_that_is_as_long~     4.98K      0
damaged                     4.98K      1
old                         4.98K      2
q quit  ENTER open  v in full  / filter
"""

# pylint: disable=line-too-long # as it is on the screen
SCREEN_200 = """\
mempooltop: pools by footprint, end of the recording
7 pools (2 dying), 145K footprint, 145 of 194 in use, 3 waiting, 1008 allocs/s, 8 fails
POOL                             KIND   SIZE FOOTPRINT IN USE OBJECTS USE%  LIMIT ALLOCS/S  FAILS WAITING IN USE OVER TIME                                             OWNER
blocks                           pool  4.00K     89.0K     20      21  95%     21      7.0      8       3                                                        █████ ramdisk
requests                         pool    192     21.0K     80      86  93%   1000     1000      0       0                                                        ▅▅▆▇█ my_driver
parts                            sized   128     15.4K     39      57  68%      -      1.0      0       0                                                        ▇▇███ flows
a_name_that_is_as_long_as_it_can pool     64     4.98K      0       6   0%      -        0      0       0                                                        ▁▁▁▁▁ my_driver
damaged                          pool     64     4.98K      1       7  14%      -        0      0       0                                                        █████ my_driver
old                              dying    64     4.98K      2       8  25%      -        0      0       0                                                        █████ my_driver
old                              dying    64     4.98K      3       9  33%      -        0      0       0                                                        █████ my_driver
""" + 39 * "\n" + KEYS
