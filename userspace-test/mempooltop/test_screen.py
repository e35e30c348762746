# SPDX-License-Identifier: GPL-2.0
"""The whole screen, in terminals of three sizes."""
import os
import pty
import subprocess
import time

import program
import recording
from recording import line, snapshot
from terminal import Terminal


class Screen(program.Case):
    """mempooltop on a terminal"""

    def show_on(self, columns, lines, *arguments, text=None, **environment):
        """It, at the end of a recording."""
        path = self.keep(text or recording.machine_recording())
        terminal = Terminal(self, columns, lines, "-i", path, "-d", "0.1", *arguments, **environment)
        terminal.see("end of the re" if columns >= 80 else "mempooltop: pools")
        return terminal

    def names(self, terminal):
        """Of the pools in the list, from the top."""
        rows = terminal.screen().splitlines()[3:-1]
        return [row.split()[0] for row in rows if row.strip()]

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
        for size, expected in (((200, 50), SCREEN_200), ((80, 24), SCREEN_80), ((40, 10), SCREEN_40),
                               ((80, 24), SCREEN_80)):
            terminal.resize(*size)
            terminal.equal(expected)
        for columns, lines in ((10, 3), (1, 1), (300, 2), (2, 60), (3, 3)):
            terminal.resize(columns, lines)
            time.sleep(0.2)
            terminal.press("Down", "Enter", "Down", "Escape", "n")
        terminal.resize(80, 24)
        terminal.see("mempooltop: pools by name")
        terminal.quit()

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
        terminal.see("parts  id 3", "Classes:", "each of its classes has its own")
        terminal.quit()

    def test_view(self):
        """All figures, and who holds the objects; scrolled where there is no room."""
        terminal = self.show_on(80, 40, "--sort", "in_use")
        terminal.press("Enter")
        terminal.see("requests  id 1  owner my_driver", "footprint     21480 (21.0K)",
                     "In use over time, at most 80:", "▅▅▆▇█",
                     "60   11.2K  my_submit+0xab/0x120 [my_driver]", "(all others)")
        terminal.resize(40, 10)
        terminal.see("requests  id 1", "size          192")
        terminal.press("End")
        terminal.see("my_retry+0x1c", "(all others)")
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
        order = ([3, 2, 1], [1, 2, 3], [1, 3, 2], [3, 1, 2])
        text = "".join(snapshot([line(name, i + 1, footprint=1000 * size)
                                 for i, (name, size) in enumerate(zip("abc", sizes))])
                       for sizes in order * 5)
        terminal = Terminal(self, 80, 24, "-i", self.keep(text), "-d", "0.2")
        terminal.see("mempooltop: pools")
        terminal.press("Down")
        time.sleep(0.1)
        name = self.names(terminal)[1]
        terminal.see("end of the recording")
        terminal.press("Enter")
        self.assertIn(terminal.screen().split("  id")[0].strip(), "abc")
        terminal.press("Escape", "Enter")
        shown = terminal.see("footprint").split("  id")[0].strip()
        self.assertTrue(shown in "abc" and name in "abc")
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

    def test_letters(self):
        """Where the locale is not UTF-8, or on the console, use over time has no blocks."""
        for environment in ({"LC_ALL": "C"}, {"TERM": "linux"}):
            terminal = self.show_on(80, 24, **environment)
            self.assertIn("==+*#", terminal.see("requests"))
            terminal.quit()

    def test_colours(self):
        """Of what needs a look; bold where there are none."""
        for environment, damaged, old in (({"TERM": "screen"}, "\033[1m\033[31mdamaged", "\033[33mold"),
                                          ({"NO_COLOR": "1"}, "\033[1mdamaged", "\033[1mold"),
                                          ({"TERM": "vt100"}, "\033[1mdamaged", "\033[1mold")):
            terminal = self.show_on(80, 24, **environment)
            screen = terminal.tmux("capture-pane", "-p", "-e").replace("\033[39m", "")
            self.assertIn(damaged, screen)
            self.assertIn(old, screen)
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
        self.assertEqual(12, len(screen.rstrip().splitlines()))

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


SCREEN_80 = """\
"""
SCREEN_40 = """\
"""
SCREEN_200 = """\
"""
