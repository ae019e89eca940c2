"""The picture of a run can be read in a README, in a light theme and in a dark one."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from local.picture import CELL_WIDTH_MIN, COLOURS, TYPE, WIDTH, picture
from tests.e2e.world import ROOT

SVG = "{http://www.w3.org/2000/svg}"
LINES = [
    "\x1b[1m  tick      backlog          reason\x1b[0m",
    "  04:00:04  \x1b[34m███▌      \x1b[0m   399 \x1b[32m●\x1b[0m\x1b[33m○\x1b[0m·  1/2 up \x1b[32m<ScaleUp>\x1b[0m",
]
WORDS = 4.5
"""The contrast that WCAG 2.2 requires of text at AA."""


def luminance(colour: str) -> float:
    """The brightness of a colour."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# case F15
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_stands_out_from_the_paper(theme: int) -> None:
    paper = luminance(COLOURS["paper"][theme]) + 0.05
    for name in COLOURS.keys() - {"paper"}:
        bright = luminance(COLOURS[name][theme]) + 0.05
        assert max(paper, bright) / min(paper, bright) >= WORDS, name


# case F15
@pytest.mark.parametrize("svg", [picture(LINES, "A & B"), (ROOT / "docs/run.svg").read_text()], ids=["lines", "docs/run.svg"])
def test_a_picture_has_words_for_screen_readers_and_both_themes(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("width")) == ("img", str(WIDTH))
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")
    assert "prefers-color-scheme: dark" in (root.findtext(f"{SVG}style") or "")
    assert float(root.get("font-size", 0)) >= TYPE
    assert all("font-size" not in element.attrib for element in root.iter() if element is not root)


# case F15
def test_what_is_seen_is_what_the_terminal_showed() -> None:
    root = ElementTree.fromstring(picture(LINES, "A & B"))
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert words == ["tick", "backlog", "reason", "04:00:04", "399", "1/2", "up", "<ScaleUp>"]
    circles = [(circle.get("r"), circle.get("class")) for circle in root.iter(f"{SVG}circle")]
    assert circles == [("3.4", "green"), ("2.8", "yellow"), ("0.9", "text")]
    assert root.findtext(f"{SVG}desc") == "tick backlog reason. 04:00:04 399 1/2 up <ScaleUp>"


# case F15
def test_lines_too_long_to_be_read_are_refused_in_words() -> None:
    fit = int((WIDTH - 32) / CELL_WIDTH_MIN)
    picture(["x" * fit], "fits")
    with pytest.raises(ValueError, match=f"{fit + 1} columns, of which {fit} can be read"):
        picture(["x" * (fit + 1)], "does not")
