# SPDX-License-Identifier: GPL-2.0
"""Run mempooltop, whose path is in MEMPOOLTOP, as a program."""
import os
import subprocess
import tempfile
import unittest

PROGRAM = os.path.abspath(os.environ.get("MEMPOOLTOP", "build/mempooltop/mempooltop"))
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/mempooltop")


class Case(unittest.TestCase):
    """A test with a folder of its own, where a sanitizer's report would be found."""
    maxDiff = None

    def setUp(self):
        # pylint: disable=consider-using-with # until tearDown()
        self.folder = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.folder.cleanup()

    def environment(self, **more):
        """That of mempooltop."""
        report = os.path.join(self.folder.name, "sanitizer")
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "dumb",
                "ASAN_OPTIONS": f"log_path={report}", "UBSAN_OPTIONS": f"log_path={report}", **more}

    def no_report(self):
        """Fail if a sanitizer said something."""
        for name in os.listdir(self.folder.name):
            if name.startswith("sanitizer"):
                with open(os.path.join(self.folder.name, name), encoding="utf-8") as report:
                    self.fail(report.read())

    def keep(self, text, name="recording"):
        """Put a recording into a file."""
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run_top(self, *arguments, stdin=None, **more):
        """How it went; a crash, or an exit code that is not documented, is a failure."""
        done = subprocess.run([PROGRAM, *arguments], capture_output=True, check=False, timeout=60,
                              env=self.environment(**more), input=stdin or b"")
        done.stdout = done.stdout.decode()
        done.stderr = done.stderr.decode()
        self.no_report()
        self.assertIn(done.returncode, (0, 1, 2, 3), done)
        return done

    def show(self, text, *arguments):
        """What it prints of a recording, where all is well."""
        done = self.run_top("--input", self.keep(text), *arguments)
        self.assertEqual("", done.stderr)
        self.assertEqual(0, done.returncode)
        return done.stdout

    def refused(self, *arguments, says, code=2, **more):
        """It says one line, that has these words, and nothing else."""
        done = self.run_top(*arguments, **more)
        self.assertEqual("", done.stdout)
        self.assertRegex(done.stderr, r"\Amempooltop: [^\n]+\n\Z")
        self.assertIn(says, done.stderr)
        self.assertEqual(code, done.returncode)
