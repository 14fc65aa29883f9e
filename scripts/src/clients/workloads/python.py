"""Runs modules of Python's own tests and prints each test with its result, without times or addresses."""

import os
import sys
import unittest
import warnings

from test import support

MODULES = """
    array bisect bool bytes collections configparser contextlib copy csv dataclasses deque dict difflib enum fork1
    fractions functools generators gzip heapq inspect iter itertools json list memoryio operator ordered_dict pprint
    re slice sort sqlite3 string struct textwrap thread threadsignals traceback unicode xml_etree zlib
""".split()


class Results(unittest.TestResult):
    """Prints one line for each test."""

    def __init__(self, output):
        super().__init__()
        self.output = output
        self.tests = 0

    def line(self, test, result):
        self.tests += 1
        print(f"{test.id()}: {result}", file=self.output)

    def addSuccess(self, test):
        self.line(test, "ok")

    def addError(self, test, err):
        super().addError(test, err)
        self.line(test, f"error {err[0].__name__}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(test, "failure")

    def addSkip(self, test, reason):
        self.line(test, "skipped")

    def addExpectedFailure(self, test, err):
        self.line(test, "fails as expected")

    def addUnexpectedSuccess(self, test):
        self.line(test, "does not fail as expected")


def main():
    # What tests print themselves depends on times and on the order of threads.
    output = os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    support.verbose = False
    warnings.simplefilter("ignore")
    results = Results(output)
    for module in MODULES:
        try:
            suite = unittest.defaultTestLoader.loadTestsFromName(f"test.test_{module}")
        except (ImportError, AttributeError, unittest.SkipTest):
            continue
        suite.run(results)
    print(f"{results.tests} tests", file=output, flush=True)
    output.close()


main()
