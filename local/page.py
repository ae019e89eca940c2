"""Writes a result into a page, between two marks: `<!-- name: begin -->` and its end.

Must not know: which result.
"""

from __future__ import annotations

from pathlib import Path


def insert(page: Path, name: str, text: str) -> None:
    """Replaces the text between the marks of `name`; `ValueError` if the page lacks one."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n{text.rstrip()}\n{end}{after}")
