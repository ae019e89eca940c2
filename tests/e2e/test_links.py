"""Each fact is on one page, and other pages link to it: every link within the documents has a target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.world import ROOT

LINK = re.compile(r"\]\((?!https?:)([^)\s#]*)#?([^)\s]*)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
DOCUMENTS = [path for pattern in ("*.md", "docs/**/*.md", ".github/**/*.md") for path in sorted(ROOT.glob(pattern))]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_exist(document: Path) -> None:
    for path, anchor in LINK.findall(document.read_text()):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target.read_text()), f"{path}#{anchor}"
