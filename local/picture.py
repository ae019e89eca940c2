"""What a terminal showed -> a picture: reads coloured lines from standard input, writes an SVG.

    CLICOLOR_FORCE=1 .local/venv/bin/python -m local.run --once | python3 -m local.picture > docs/run.svg

Must not know: what the lines say.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 16
COLUMNS_MAX = 104
STYLES = {
    "31": "fill:#ff7b72",
    "32": "fill:#7ee787",
    "33": "fill:#e3b341",
    "34": "fill:#79c0ff",
    "2": "fill:#8b949e",
    "1": "fill:#f0f6fc;font-weight:bold",
}
PAINTED = re.compile(r"\x1b\[([0-9]+)m(.*?)\x1b\[0m")


def segments(line: str) -> Iterator[tuple[int, str, str]]:
    """The parts of a line that look alike: column, style, text."""
    column = at = 0
    for match in PAINTED.finditer(line):
        plain = line[at : match.start()]
        yield column, "", plain
        column += len(plain)
        yield column, STYLES.get(match[1], ""), match[2]
        column += len(match[2])
        at = match.end()
    yield column, "", line[at:]


def bar(column: int, top: float, style: str, text: str) -> str:
    """Blocks as one rectangle, since fonts leave gaps between them."""
    eighths = sum(8 if cell == "█" else " ▏▎▍▌▋▊▉".index(cell) for cell in text)
    x, width = MARGIN + column * CELL_WIDTH, eighths / 8 * CELL_WIDTH
    return f'<rect x="{x:.1f}" y="{top + 4:.1f}" width="{width:.1f}" height="{CELL_HEIGHT - 7}" style="{style}"/>'


def dot(column: int, top: float, style: str, glyph: str) -> str:
    """A dyno as a circle, since fonts differ in how large they draw it."""
    x, y = MARGIN + (column + 0.5) * CELL_WIDTH, top + CELL_HEIGHT / 2
    if glyph == "○":
        return f'<circle cx="{x:.1f}" cy="{y}" r="3" style="{style.replace("fill", "fill:none;stroke")}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="{3.4 if glyph == "●" else 0.8}" style="{style}"/>'


def word(column: int, top: float, style: str, text: str) -> str:
    """A word in its own place, so that columns stand whatever the font."""
    x = MARGIN + column * CELL_WIDTH
    return f'<text x="{x:.1f}" y="{top + 13}" style="{style}">{escape(text)}</text>'


def drawn(lines: list[str]) -> Iterator[str]:
    """The elements of the picture."""
    for row, line in enumerate(lines):
        top = MARGIN + row * CELL_HEIGHT
        for column, style, text in segments(line):
            for match in re.finditer(r"[█▏▎▍▌▋▊▉]+|[●○·]|[^\s█▏▎▍▌▋▊▉●○·]+", text):
                glyph = match[0]
                draw = bar if glyph[0] in "█▏▎▍▌▋▊▉" else dot if glyph in "●○·" else word
                yield draw(column + match.start(), top, style, glyph)


def main() -> None:
    """Draws the lines, without what leads up to them and what is said after."""
    lines = [line.rstrip() for line in sys.stdin.read().replace("\r", "").split("\n")]
    first = next((row for row, line in enumerate(lines) if "backlog" in line and "reason" in line), None)
    if first is None:
        sys.exit("standard input has no show: no line of it names the columns")
    shown = lines[first : next(row for row in range(first, len(lines)) if not lines[row])]
    width, height = COLUMNS_MAX * CELL_WIDTH + 2 * MARGIN, len(shown) * CELL_HEIGHT + 2 * MARGIN
    font = "font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#c9d1d9;white-space:pre"
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" style="{font}">')
    print(f'<rect width="{width:.0f}" height="{height}" rx="8" style="fill:#0d1117"/>')
    print("\n".join(drawn(shown)))
    print("</svg>")


if __name__ == "__main__":
    main()
