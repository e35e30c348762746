# SPDX-License-Identifier: GPL-2.0
"""A terminal of tmux's, in which mempooltop runs: keys go in, and screens come out."""
import os
import shlex
import subprocess
import time

import program

PATIENCE = 20


class Terminal:
    """One of that size, for a test."""

    def __init__(self, case, columns, lines, *arguments, **environment):
        self.case = case
        self.socket = f"{case.folder.name}/tmux"
        setting = case.environment(**{"TERM": "screen", **environment})
        command = ["env", "-i", *(f"{name}={value}" for name, value in setting.items()),
                   program.PROGRAM, *arguments]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines),
                  shlex.join(command) + '; echo "exit code $?"; exec sleep 60')
        case.addCleanup(self.tmux, "kill-server", check=False)

    def tmux(self, *arguments, check=True):
        """A command of tmux's."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "screen"}
        done = subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], capture_output=True,
                              check=check, env=environment)
        return done.stdout.decode()

    def screen(self):
        """What is on it, without the blanks at the lines' ends."""
        return self.tmux("capture-pane", "-p")

    def wait(self, is_it):
        """Until that is so of what it shows, or patience ends; what it shows then."""
        end = time.monotonic() + PATIENCE
        screen = self.screen()
        while not is_it(screen) and time.monotonic() < end:
            time.sleep(0.05)
            screen = self.screen()
        if not is_it(screen):
            self.case.no_report()
        return screen

    def see(self, *texts):
        """Wait until it shows all of these; what it shows then."""
        screen = self.wait(lambda screen: all(text in screen for text in texts))
        for text in texts:
            self.case.assertIn(text, screen)
        return screen

    def equal(self, expected):
        """Wait until it shows exactly that."""
        screen = self.wait(lambda screen: screen.rstrip() == expected.rstrip())
        self.case.assertEqual(expected.rstrip(), screen.rstrip())

    def press(self, *keys):
        """By tmux's names of keys."""
        self.tmux("send-keys", *keys)

    def resize(self, columns, lines):
        """As who drags a window's corner."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def quit(self):
        """It ends well."""
        self.press("q")
        self.see("exit code 0")
        self.case.no_report()
