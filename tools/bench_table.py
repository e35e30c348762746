#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Make tables and pictures of what tools/bench.sh has measured.

usage: bench_table.py --table RESULTS FOLDER	print ratios, and draw an SVG for each bench
       bench_table.py --guard RESULTS GUARD	fail if a figure is 5 % above the guard's
       bench_table.py --new-guard RESULTS GUARD	write the guard

RESULTS has a JSON object per line: lens, kernel, bench, impl, size, n, cpus, and either ns, min and
max, or bytes, or misses.
"""
import json
import sys

OURS = "mpool"
TOLERANCE = 1.05

# Behind the point, in our own column.
DIGITS = {"bytes": 0, "misses": 2}


def load(name):
    """The objects of a file, one per line."""
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def key(result):
    """What figures of several peers have in common."""
    return result["lens"], result["bench"], result["size"], result["n"], result["cpus"]


def figure_of(result):
    """What was measured."""
    return next(result[unit] for unit in ("ns", "bytes", "misses") if unit in result)


def unit_of(result):
    """In which unit that is."""
    for unit in ("bytes", "misses"):
        if unit in result:
            return unit
    return "instructions" if result["lens"].startswith("count") else "ns"


def by_key(results):
    """For each of these keys, in the order in which they come, what each peer needed."""
    rows = {}
    for result in results:
        rows.setdefault(key(result), {})[result["impl"]] = figure_of(result)
    return rows


def peers_of(results):
    """All peers but ours, in the order in which they come."""
    return list(dict.fromkeys(r["impl"] for r in results if r["impl"] != OURS))


def print_lens(lens, unit, results):
    """A table of how many times as much as ours the peers took; of misses, how many they had."""
    peers = peers_of(results)
    title = unit if unit == "misses" else "peer / mpool"
    print(f"\n{lens}, kernel {results[0]['kernel']}: {title}\n")
    print(f"| bench | size | n | CPUs | mpool, {unit} | " + " | ".join(peers) + " |")
    print("|---|---|---|---|---|" + "---|" * len(peers))
    for what, row in by_key(results).items():
        if OURS not in row:
            continue
        base = 1 if unit == "misses" else row[OURS]
        ratios = [f"{row[p] / base:.2f}" if p in row else "—" for p in peers]
        ours = f"{row[OURS]:.{DIGITS.get(unit, 1)}f}"
        print("| " + " | ".join([str(w) for w in what[1:]] + [ours] + ratios) + " |")


def draw_lens(panel, bench, lens, results):
    """What each peer needed in one lens, as bars beside each other."""
    rows = by_key(results)
    peers = [OURS] + peers_of(results)
    width = 0.8 / len(peers)
    for i, peer in enumerate(peers):
        there = [(j + i * width, row[peer]) for j, row in enumerate(rows.values()) if peer in row]
        panel.bar([place for place, _ in there], [ns for _, ns in there], width, label=peer)
    panel.set_xticks([j + 0.4 - width / 2 for j in range(len(rows))],
                     [f"{k[2]} B, {k[3]}\n{k[4]} CPU" for k in rows], fontsize=7)
    panel.set_yscale("log")
    unit = unit_of(results[0])
    panel.set_ylabel(unit if unit == "bytes" else f"{unit} for one object")
    panel.set_title(f"{bench}: {lens}", fontsize=9)
    panel.legend(fontsize=6)


def draw(bench, results, folder):
    """A picture of one bench, with a panel for each lens."""
    # make bench installs it; who makes tables only can do without.
    from matplotlib import figure  # pylint: disable=import-outside-toplevel,import-error

    lenses = list(dict.fromkeys(r["lens"] for r in results))
    picture = figure.Figure(figsize=(5 * len(lenses), 3.5))
    panels = picture.subplots(1, len(lenses), squeeze=False)
    for lens, panel in zip(lenses, panels[0]):
        draw_lens(panel, bench, lens, [r for r in results if r["lens"] == lens])
    picture.tight_layout()
    picture.savefig(f"{folder}/bench-{bench}.svg")


def table(results, folder):
    """All tables, and all pictures."""
    for lens, unit in dict.fromkeys((r["lens"], unit_of(r)) for r in results):
        print_lens(lens, unit, [r for r in results if (r["lens"], unit_of(r)) == (lens, unit)])
    for bench in dict.fromkeys(r["bench"] for r in results):
        draw(bench, [r for r in results if r["bench"] == bench], folder)
    print(f"\npictures: {folder}/bench-*.svg")


def guard_lines(results):
    """What the guard's file says of figures."""
    return {f"{r['bench']} {r['size']} {r['n']}": r["ns"] for r in results}


def check(results, name):
    """Compare with the guard; the last line is how many passed and failed."""
    passed = failed = 0
    now = guard_lines(results)
    with open(name, encoding="utf-8") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    for *words, figure in lines:
        what = " ".join(words)
        good = what in now and now[what] <= TOLERANCE * float(figure)
        print(f"{'ok' if good else 'not ok'} {what}: {now.get(what)} instructions, {figure} before")
        passed += good
        failed += not good
    print(f"{passed} passed, {failed} failed")
    return failed == 0 and passed > 0


def main():
    """Do what the first argument says."""
    command, results, where = sys.argv[1], load(sys.argv[2]), sys.argv[3]
    if command == "--table":
        table(results, where)
    elif command == "--guard":
        sys.exit(0 if check(results, where) else 1)
    else:
        with open(where, "w", encoding="utf-8") as file:
            file.write("# SPDX-License-Identifier: GPL-2.0\n"
                       "# Instructions for one object on stock 6.12: see tools/bench.sh --guard.\n")
            for what, figure in guard_lines(results).items():
                file.write(f"{what} {figure:.1f}\n")


if __name__ == "__main__":
    main()
