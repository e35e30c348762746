#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draw a terminal's screen, as "tmux capture-pane -e -p" prints it, as an SVG.

usage: screen_svg.py COLUMNS LINES <screen >picture
"""
import html
import re
import sys

WIDTH, HEIGHT, MARGIN = 8.4, 18, 12
BACKGROUND, FOREGROUND = "#1e1e1e", "#d4d4d4"
COLOURS = {31: "#f14c4c", 33: "#e5c07b"}
CODE = re.compile("\033\\[([0-9;]*)m")


class Style:
    """What the codes so far have set."""
    bold = reverse = False
    colour = FOREGROUND

    def change(self, codes):
        """By the numbers of an escape sequence."""
        for code in (int(each or 0) for each in codes.split(";")):
            if code == 0:
                self.bold = self.reverse = False
                self.colour = FOREGROUND
            elif code == 1:
                self.bold = True
            elif code in (7, 27):
                self.reverse = code == 7
            elif code == 39:
                self.colour = FOREGROUND
            elif code in COLOURS:
                self.colour = COLOURS[code]

    def draw(self, text, column, line):
        """A piece of a line."""
        left, top = MARGIN + column * WIDTH, MARGIN + line * HEIGHT
        width = len(text) * WIDTH
        colour = self.colour
        if self.reverse:
            yield (f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{HEIGHT}" '
                   f'fill="{colour}"/>')
            colour = BACKGROUND
        if text.strip():
            weight = ' font-weight="bold"' if self.bold else ""
            yield (f'<text x="{left:.1f}" y="{top + 13}" fill="{colour}"{weight} '
                   f'textLength="{width:.1f}">{html.escape(text)}</text>')


def picture(screen, columns, lines):
    """All of it, line by line."""
    width, height = columns * WIDTH + 2 * MARGIN, lines * HEIGHT + 2 * MARGIN
    style = Style()
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" '
           'xml:space="preserve">')
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
    for number, line in enumerate(screen.splitlines()[:lines]):
        column = 0
        for i, piece in enumerate(CODE.split(line)):
            if i % 2:
                style.change(piece)
            elif piece:
                yield from style.draw(piece, column, number)
                column += len(piece)
    yield "</svg>"


for part in picture(sys.stdin.read(), int(sys.argv[1]), int(sys.argv[2])):
    print(part)
