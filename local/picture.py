"""Output of a terminal -> a picture: reads coloured lines from standard input, writes an SVG.

    CLICOLOR_FORCE=1 .local/venv/bin/python -m local.run --once | python3 -m local.picture > docs/run.svg

The picture is as wide as a README's column and follows the reader's theme, light or dark; where no style is
applied it is light.

Must not know: what the lines say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from xml.sax.saxutils import escape

WIDTH, MARGIN, CELL_HEIGHT = 800, 16, 18
TYPE = 13
"""The smallest type that is easy to read, in the pixels of a README's column."""
CELL_WIDTH_MIN = 0.6 * TYPE
"""The width of a fixed-width font at that size."""

Part = tuple[int, str, str]
"""Column, colour, text."""

COLOURS = {
    "paper": ("#f6f8fa", "#0d1117"),
    "text": ("#1f2937", "#c9d1d9"),
    "red": ("#c81e1e", "#ff7b72"),
    "green": ("#116329", "#7ee787"),
    "yellow": ("#8a5300", "#e3b341"),
    "blue": ("#1d55d6", "#79c0ff"),
    "dim": ("#57606a", "#8b949e"),
    "bold": ("#0b1220", "#f0f6fc"),
}
"""Each in a light theme and in a dark one."""

CODES = {"31": "red", "32": "green", "33": "yellow", "34": "blue", "2": "dim", "1": "bold"}
PAINTED = re.compile(r"\x1b\[([0-9]+)m(.*?)\x1b\[0m")
BLOCKS = "▏▎▍▌▋▊▉█"
DYNOS = "●○·"
GLYPHS = re.compile(rf"[{BLOCKS}]+|[{DYNOS}]|[^\s{BLOCKS}{DYNOS}]+")


def parts(line: str) -> Iterator[Part]:
    """The parts of a line, each with one style."""
    column = at = 0
    for match in PAINTED.finditer(line):
        plain = line[at : match.start()]
        yield column, "text", plain
        column += len(plain)
        yield column, CODES.get(match[1], "text"), match[2]
        column += len(match[2])
        at = match.end()
    yield column, "text", line[at:]


def glyphs(line: str) -> Iterator[Part]:
    """Its words, bars and dynos."""
    for column, colour, text in parts(line):
        for match in GLYPHS.finditer(text):
            yield column + match.start(), colour, match[0]


def squeezed(rows: list[list[Part]]) -> tuple[list[list[Part]], int]:
    """The rows with at most two free columns in a row, and the number of columns that remain."""
    used = {column + cell for row in rows for column, _, text in row for cell in range(len(text))}
    places: dict[int, int] = {}
    for column in range(max(used) + 1):
        if column in used or (places and used & {column - 1, column - 2}):
            places[column] = len(places)
    return [[(places[column], colour, text) for column, colour, text in row] for row in rows], len(places)


def painted(colour: str, how: str = "fill") -> str:
    """The attributes of an element in a colour: its light value, unless a style says otherwise."""
    return f'class="{colour}" color="{COLOURS[colour][0]}" {how}="currentColor"'


def bar(x: float, top: float, cell: float, colour: str, text: str) -> str:
    """Blocks as one rectangle, since fonts leave gaps between them."""
    width = sum((BLOCKS.index(block) + 1) / 8 for block in text) * cell
    return f'<rect x="{x:.1f}" y="{top + 4:.1f}" width="{width:.1f}" height="{CELL_HEIGHT - 7}" {painted(colour)}/>'


def dyno(x: float, top: float, cell: float, colour: str, text: str) -> str:
    """A dyno as a circle, since fonts differ in how large they draw it."""
    middle, y = x + cell / 2, top + CELL_HEIGHT / 2
    if text == "○":
        return f'<circle cx="{middle:.1f}" cy="{y}" r="2.8" fill="none" stroke-width="1.4" {painted(colour, "stroke")}/>'
    return f'<circle cx="{middle:.1f}" cy="{y}" r="{3.4 if text == "●" else 0.9}" {painted(colour)}/>'


def word(x: float, top: float, cell: float, colour: str, text: str) -> str:
    """Each word at its own position, so that columns are aligned in any font."""
    weight = ' font-weight="700"' if colour == "bold" else ""
    return f'<text x="{x:.1f}" y="{top + 13.5}"{weight} {painted(colour)}>{escape(text)}</text>'


def drawn(rows: list[list[Part]], cell: float) -> Iterator[str]:
    """The elements of the picture."""
    for row, glyphs_of_row in enumerate(rows):
        for column, colour, text in glyphs_of_row:
            draw = bar if text[0] in BLOCKS else dyno if text in DYNOS else word
            yield draw(MARGIN + column * cell, MARGIN + row * CELL_HEIGHT, cell, colour, text)


def described(rows: list[list[Part]]) -> str:
    """The lines in words alone."""
    words = (" ".join(text for _, _, text in row if text[0] not in BLOCKS + DYNOS) for row in rows)
    return ". ".join(line for line in words if line)


def picture(lines: list[str], title: str) -> str:
    """The picture of some lines."""
    rows, columns = squeezed([list(glyphs(line)) for line in lines])
    cell = (WIDTH - 2 * MARGIN) / columns
    if cell < CELL_WIDTH_MIN:
        fit = int((WIDTH - 2 * MARGIN) / CELL_WIDTH_MIN)
        raise ValueError(f"the lines have {columns} columns, of which {fit} can be read in a README")
    height = len(rows) * CELL_HEIGHT + 2 * MARGIN
    dark = "".join(f".{name}{{color:{value}}}" for name, (_, value) in COLOURS.items())
    font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-labelledby="title description" font-family="{font}" font-size="{TYPE}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(described(rows))}</desc>',
            f"<style>@media (prefers-color-scheme: dark){{{dark}}}</style>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" {painted("paper")}/>',
            *drawn(rows, min(cell, 1.1 * CELL_WIDTH_MIN)),
            "</svg>",
        ]
    )


def main() -> None:
    """Draws the lines, without the text before and after them."""
    lines = [line.rstrip() for line in sys.stdin.read().replace("\r", "").split("\n")]
    first = next((row for row, line in enumerate(lines) if "backlog" in line and "reason" in line), None)
    if first is None:
        sys.exit("standard input has no show: no line of it names the columns")
    shown = lines[first : next(row for row in range(first, len(lines)) if not lines[row])]
    print(picture(shown, "A queue fills and dynos rise; it drains and they fall"))


if __name__ == "__main__":
    main()
