"""The commands of a page, as a reader takes them: a block at a time, or one within a sentence.

Must not know how a command is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from tests.e2e.world import ROOT

PROGRAMS = ("dynoscaler", "make", "sam", "aws", "heroku", "cargo", "sha256sum")
"""What is between backticks and begins with one of these is a command."""
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^\S*/")
"""Of a program that is not on the path."""
COMMENT = re.compile(r"\s+# .*$")


class Block(NamedTuple):
    """Commands that are typed one after the other, under a heading of a page; or one in the midst of its text."""

    page: str
    section: str
    commands: tuple[str, ...]
    form: Literal["block", "span"]

    @property
    def name(self) -> str:
        """For the list of tests."""
        return f"{self.page}: {self.commands[0]}"


def blocks(pages: Sequence[str]) -> list[Block]:
    """The blocks of these pages in their order, and their single commands that no other begins with."""
    typed = [block for page in pages for block in _blocks(page)]
    single = [block for page in pages for block in _spans(page)]
    known = {command for block in [*typed, *single] for command in block.commands}
    longest = {block.commands: block for block in single if not any(_mentions(block.commands[0], command) for command in known)}
    seen = {command for block in typed for command in block.commands}
    return typed + [block for block in longest.values() if block.commands[0] not in seen]


def _blocks(page: str) -> list[Block]:
    return [
        Block(page, section, _lines(script), "block")
        for section, text in _sections(page)
        for kind, script in BLOCK.findall(text)
        if kind == "sh"
    ]


def _spans(page: str) -> list[Block]:
    names = tuple(f"{name} " for name in PROGRAMS)
    return [
        Block(page, section, (span,), "span")
        for section, text in _sections(page)
        for span in dict.fromkeys(SPAN.findall(BLOCK.sub("", text)))
        if span.startswith(names)
    ]


def _sections(page: str) -> list[tuple[str, str]]:
    parts = HEADING.split((ROOT / page).read_text())
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _lines(script: str) -> tuple[str, ...]:
    lines = script.replace("\\\n", "").splitlines()
    return tuple(" ".join(COMMENT.sub("", line).split()) for line in lines)


def _mentions(text: str, command: str) -> bool:
    """Whether a text is the beginning of a longer command, as `dynoscaler doctor` is of `dynoscaler doctor --stack NAME`."""
    return PATH.sub("", command).startswith(f"{text} ")
