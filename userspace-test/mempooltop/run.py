#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Run all tests, or those whose names have a text: run.py [TEXT...]. Each prints ok, or not ok."""
import multiprocessing
import os
import sys
import unittest


class Result(unittest.TestResult):
    """A line for each test; what is skipped did not run, and has no line."""

    def addSuccess(self, test):
        super().addSuccess(test)
        print(f"ok {test.id()}\n", end="", flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, self.errors)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, self.failures)

    @staticmethod
    def tell(test, trouble):
        """Why it failed."""
        why = "".join(f"# {text}\n" for text in trouble[-1][1].splitlines())
        print(f"{why}not ok {test.id()}\n", end="", flush=True)


FOLDER = os.path.dirname(os.path.abspath(__file__))


def run(file):
    """How many of a file's tests there were, and whether they went well."""
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{text}*" for text in sys.argv[1:]] or None
    result = Result()
    loader.discover(FOLDER, file).run(result)
    return result.testsRun, result.wasSuccessful()


def main():
    """All of this folder: a process for each file, for those on terminals wait most of the time."""
    files = [name for name in os.listdir(FOLDER) if name.startswith("test_")]
    with multiprocessing.Pool(len(files)) as pool:
        results = pool.map(run, files, 1)
    return 0 if any(number for number, _ in results) and all(good for _, good in results) else 1


if __name__ == "__main__":
    sys.exit(main())
