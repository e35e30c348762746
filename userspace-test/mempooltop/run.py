#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Run all tests, or those whose names have a text: run.py [TEXT...]. Each prints ok, or not ok."""
import os
import sys
import unittest


class Result(unittest.TestResult):
    """A line for each test; what is skipped did not run, and has no line."""

    def addSuccess(self, test):
        super().addSuccess(test)
        print("ok", test.id(), flush=True)

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, self.errors)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, self.failures)

    @staticmethod
    def tell(test, trouble):
        """Why it failed."""
        for text in trouble[-1][1].splitlines():
            print("#", text)
        print("not ok", test.id(), flush=True)


def main():
    """All of this folder."""
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{text}*" for text in sys.argv[1:]] or None
    result = Result()
    loader.discover(os.path.dirname(os.path.abspath(__file__))).run(result)
    return 0 if result.testsRun and result.wasSuccessful() else 1


sys.exit(main())
