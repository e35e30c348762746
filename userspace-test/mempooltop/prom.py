# SPDX-License-Identifier: GPL-2.0
"""Prometheus' text format, read as strictly as by promtool and node_exporter."""
import re

METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SERIES = re.compile(rf"({METRIC})\{{({LABEL}(?:,{LABEL})*)\}} ([0-9]+)")
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def unescape(value):
    """A label's value."""
    return re.sub(r'\\[\\"n]', lambda match: UNESCAPED[match.group()], value)


class Metrics:
    """All metrics of a text: {name: (type, {labels: value})}; ValueError if it is not one."""

    def __init__(self, text):
        self.types = {}
        self.helps = {}
        self.series = {}
        self.current = None
        if not text.endswith("\n"):
            raise ValueError("the last line has no end")
        for number, line in enumerate(text.split("\n")[:-1], 1):
            try:
                self.read(line)
            except ValueError as error:
                raise ValueError(f"line {number}, {line!r}: {error}") from error
        empty = [name for name in self.types if not self.series.get(name)]
        if empty:
            raise ValueError(f"without series: {empty}")

    def read(self, line):
        """One line."""
        if line.startswith("# HELP "):
            self.begin(line)
        elif line.startswith("# TYPE "):
            self.set_type(line)
        else:
            self.add(line)

    def begin(self, line):
        """A metric begins with its HELP."""
        _, _, name, text = line.split(" ", 3)
        if name in self.helps:
            raise ValueError("its lines are not together")
        if not re.fullmatch(METRIC, name) or not text.strip():
            raise ValueError("no name or no help")
        self.helps[name] = text
        self.series[name] = {}
        self.current = name

    def set_type(self, line):
        """And has its TYPE then."""
        _, _, name, kind = line.split(" ")
        if name != self.current or name in self.types or self.series[name]:
            raise ValueError("TYPE is not where it should be")
        if kind not in ("counter", "gauge"):
            raise ValueError("no such type")
        if (kind == "counter") != name.endswith("_total"):
            raise ValueError("counters, and they only, end in _total")
        self.types[name] = kind

    def add(self, line):
        """And then its series."""
        match = SERIES.fullmatch(line)
        if not match:
            raise ValueError("no series")
        name = match.group(1)
        if name != self.current or name not in self.types:
            raise ValueError("a series that is not where it should be")
        pairs = [(key, unescape(value)) for key, value in re.findall(LABEL, match.group(2))]
        labels = frozenset(pairs)
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a label that is twice")
        if labels in self.series[name]:
            raise ValueError("a series that is twice")
        self.series[name][labels] = int(match.group(match.lastindex))

    def get(self, metric, **labels):
        """The values of the series that have these labels."""
        return [value for series, value in self.series.get(metric, {}).items()
                if set(labels.items()) <= series]
