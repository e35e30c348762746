#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make the table of Documentation/misuse.md of the logs that tools/misuse.sh leaves.

usage: misuse_table.py LOG...			print it: a column for each victim
       misuse_table.py --check DOCUMENT LOG...	compare each cell with the document

A log is named misuse-KERNEL.log. Where kernels differ, a cell says "6.1: ... / 6.12: ...".
Fails if a pool ever did not go on, or missed what a kmem_cache notices and survives.
"""
import re
import sys

TITLES = {"cache": "kmem_cache", "pool": "mpool", "checked": "mpool with checks"}
NOTHING = "—"
NO_CALL = "no such call"

# The last row.
SUM = "noticed"

# Where KASAN has said of this that the pool is there no more, what that says of itself is chance.
GONE = "used-after-end"

# What is said of a misuse, in a line of the log, and how it is called in the table.
SIGNS = [
    # Before 6.3 it is no slab's.
    (r"BUG: KASAN: (?:slab-(?=use-after-free))?(.*?) in ", "KASAN: {}"),
    (r"mpool: pool \S+ \(id \d+, owner \w+\): that is byte", "and which object"),
    (r"mpool: pool \S+ \(id \d+, owner \w+\): (.*)", "{}"),
    (r"usercopy: (Kernel memory \w+ attempt)", "{}"),
    (r"(list_\w+ corruption)", "{}"),
    (r"kernel BUG at", "kernel BUG"),
    (r"Oops: (?!invalid opcode)|general protection fault|BUG: unable to handle", "oops"),
    (r"BUG: sleeping function called from invalid context", "sleeping in invalid context"),
    (r"ODEBUG: (\w+ \w+)", "ODEBUG: {}"),
    (r"unreferenced object", "kmemleak"),
    (r"leak_an_object\+", "and who allocated it"),
    (r"misuse: refused", "refused"),
]

# What is left out of what mpool and WARN() say: numbers that differ, and what the table is not for.
SHORTER = [
    (r",? (called from|found by|when called from) .*|[;.!].*|: their objects.*", ""),
    (r" of object \d+/\d+$", ""),
    (r"object \d+/\d+", "an object"),
    (r"with \d+ objects", "with objects"),
    (r"the heads of \d+ slabs were", "a slab's head was"),
    (r"^\w+( misuse)?: ", ""),
]


def shorten(text):
    """Leave out of a report what SHORTER says."""
    for pattern, instead in SHORTER:
        text = re.sub(pattern, instead, text)
    return text.strip()


def sign_of(line, before):
    """What a line of a log says, after the one before it: its place among SIGNS, and its name."""
    for place, (pattern, name) in enumerate(SIGNS):
        match = re.search(pattern, line)
        if match:
            return place, name.format(*(shorten(group) for group in match.groups()))
    if "WARNING: CPU" in line and "ODEBUG" not in before:
        text = "" if "cut here" in before else shorten(before)
        return len(SIGNS), "WARNING" + (": " + text if text else "")
    return None


def signs_in(lines):
    """What lines of a log say of a misuse, each once, and not in the order of a race."""
    found = {sign_of(line, before) for before, line in zip([""] + lines, lines)}
    names = [name for _, name in sorted(found - {None})]
    # These two count where nothing else is said.
    for vague in "WARNING", "refused":
        if len(names) > 1 and vague in names:
            names.remove(vague)
    return names


class Verdict:
    """What came of a misuse: what was noticed, and what was afterwards."""

    def __init__(self, name, lines):
        text = "\n".join(lines)
        if "misuse: prepared" in text:
            lines = lines[lines.index("misuse: prepared") + 1:]
        went = [i for i, line in enumerate(lines) if re.match("misuse: (goes on|broken)", line)]
        end = went[0] if went else len(lines)
        broken = re.search("misuse: broken: (.*)", text)
        self.first = signs_in(lines[:end])
        if name == GONE and any(sign.startswith("KASAN") for sign in self.first):
            self.first = [sign for sign in self.first if sign.startswith("KASAN")]
        self.later = [sign for sign in signs_in(lines[end:]) if sign not in self.first]
        self.not_tried = "misuse: not tried" in text
        self.died = not any(line.startswith("misuse: end") for line in lines)
        self.broken = broken.group(1) if broken else None

    @property
    def noticed(self):
        """Was anything said?"""
        return bool(self.first or self.later)

    @property
    def goes_on(self):
        """Is what was misused as good as before?"""
        return not self.died and not self.broken

    def __str__(self):
        if self.not_tried:
            return "not tried"
        text = ", ".join(self.first) or NOTHING
        if self.broken:
            text += "; then " + self.broken
        if self.later:
            text = "" if text == NOTHING else text + "; "
            text += "later: " + ", ".join(self.later)
        if self.died:
            text += "; dies"
        return text


class Run:
    """All that was committed on one kernel."""

    def __init__(self, path):
        self.kernel = re.search(r"misuse-(.*)\.log$", path).group(1)
        self.what = {}
        self.verdicts = {}
        lines = None
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                line = re.sub(r"^\[ *[\d.]+\] ", "", line.rstrip())
                listed = re.match(r"list: (\w+) (\S+) (.*)", line)
                begun = re.match(r"misuse: begin (\w+) (\S+)", line)
                if listed:
                    self.what[listed.group(2)] = listed.group(3)
                    self.verdicts.setdefault(listed.group(1), {})
                elif begun:
                    lines = []
                    self.verdicts[begun.group(1)][begun.group(2)] = lines
                elif lines is not None:
                    lines.append(line)
                if line.startswith(("misuse: end", "misuse: boot")):
                    lines = None
        for of_victim in self.verdicts.values():
            for name, lines in of_victim.items():
                of_victim[name] = Verdict(name, lines)
        self.what[SUM] = f"how many of the {len(self.verdicts['cache'])} that all of them know"

    def victims(self):
        """The columns that there are."""
        return [victim for victim in TITLES if victim in self.verdicts]

    def count(self, victim):
        """Of what is not for pools only, how many were noticed, and how many it died of."""
        verdicts = [self.verdicts[victim][name] for name in self.verdicts["cache"]]
        return (sum(verdict.noticed for verdict in verdicts),
                sum(verdict.died for verdict in verdicts))

    def cell(self, victim, name):
        """What the table says."""
        if name == SUM:
            noticed, died = self.count(victim)
            return f"{noticed}; dies of {died}" if died else str(noticed)
        return str(self.verdicts[victim].get(name, NO_CALL))


def short_name(kernel):
    """6.12 of 6.12-kasan: there is a table for each kind of kernel."""
    return kernel.split("-")[0]


def merged_cell(runs, victim, name):
    """What all kernels say, or what each says."""
    cells = {short_name(run.kernel): run.cell(victim, name) for run in runs}
    if len(set(cells.values())) == 1:
        return cells.popitem()[1]
    return " / ".join(f"{kernel}: {cell}" for kernel, cell in cells.items())


def cell_of(kernel, merged):
    """The opposite of merged_cell(): what the table says of that kernel."""
    for part in merged.split(" / "):
        name, colon, cell = part.partition(": ")
        if colon and name == short_name(kernel):
            return cell
    return merged


def print_table(runs):
    """As it is in the document."""
    victims = runs[0].victims()
    print("| | " + " | ".join(TITLES[victim] for victim in victims) + " |")
    print("|---" * (len(victims) + 1) + "|")
    for name, what in runs[0].what.items():
        cells = [merged_cell(runs, victim, name) for victim in victims]
        print(f"| `{name}`: {what} | " + " | ".join(cells) + " |")


def read_table(document, kernel):
    """The document's table for a kernel: cells by victim and name."""
    with open(document, encoding="utf-8") as text:
        parts = re.split(r"<!-- tools/misuse\.sh (.*) -->\n", text.read())
    cells = {}
    for kernels, table in zip(parts[1::2], parts[2::2]):
        if kernel not in kernels.split():
            continue
        rows = [row.strip("|\n").split("|") for row in table.split("\n\n")[0].splitlines()]
        titles = [title.strip() for title in rows[0]]
        for row in rows[2:]:
            name = row[0].split("`")[1]
            for title, cell in zip(titles[1:], row[1:]):
                cells[title, name] = cell_of(kernel, cell.strip())
    return cells


def check(run, document):
    """Is each cell as in the document? Say so, a line each; return whether all are."""
    expected = read_table(document, run.kernel)
    good = True
    for victim in run.victims():
        for name in run.what:
            cell = run.cell(victim, name)
            was = expected.get((TITLES[victim], name))
            same = cell == was
            good = good and same
            print(f"{'ok' if same else 'not ok'} {run.kernel} {victim} {name}" +
                  ("" if same else f": {cell}; in the document: {was}"))
    return good


def compare(run):
    """Do pools notice what a kmem_cache does, and more, and survive all? Say what is wrong."""
    cache = run.verdicts["cache"]
    pool = run.verdicts["pool"]
    wrong = [f"{victim} {name}: the pool does not go on"
             for victim in run.victims() if victim != "cache"
             for name, verdict in run.verdicts[victim].items() if not verdict.goes_on]
    wrong += [f"{name}: a kmem_cache notices it, a pool does not"
              for name, verdict in cache.items()
              if verdict.noticed and not verdict.died and not pool[name].noticed]
    if run.count("pool")[0] <= run.count("cache")[0]:
        wrong.append("a pool does not notice more than a kmem_cache")
    for text in wrong:
        print(f"{run.kernel}: {text}", file=sys.stderr)
    return not wrong


def main(arguments):
    """Return the exit code."""
    document = None
    if arguments[0] == "--check":
        document = arguments[1]
        arguments = arguments[2:]
    runs = [Run(path) for path in arguments]
    failed = sum(not compare(run) for run in runs)
    if document:
        failed += sum(not check(run, document) for run in runs)
    else:
        print_table(runs)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
