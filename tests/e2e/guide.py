"""A program on a pseudo-terminal, whose questions are answered as a user would: by their text, or by Enter alone; or in
their order, by keys.

Must not know what the program is for.
"""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

QUESTION = re.compile(r"^[ \t]*([^\n\[:]+?) ?(?:\[([^\]\n]*)\])?: $", re.MULTILINE)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
QUESTIONS_MAX = 60
"""With more, one of them repeats."""
QUIET_SECONDS = 0.1
"""After so long without output a program waits for an answer."""


class Question(NamedTuple):
    """A question's text, and the answer that Enter alone gives."""

    text: str
    default: str | None


class Talk(Protocol):
    """Reads and answers what a program writes; gives its output and its questions."""

    def __call__(self, controller: int, process: subprocess.Popen[bytes], *, until: float) -> tuple[str, list[Question]]: ...


class Dialogue(NamedTuple):
    """The output and the questions of a program, and its exit status; none if it had to be ended."""

    status: int | None
    questions: list[Question]
    text: str


def converse(
    command: list[str], answers: Mapping[str, str], cwd: Path, environment: dict[str, str], seconds: float
) -> Dialogue:
    """Runs a command to its end, for so long at most. Questions without an answer get Enter."""
    return _on_a_terminal(command, cwd, environment, seconds, partial(_talk, answers=answers))


def press(
    command: list[str], keys: Sequence[tuple[str, str]], cwd: Path, environment: dict[str, str], seconds: float
) -> Dialogue:
    """Runs a command to its end, for so long at most. When each text is shown, in their order, its keys are pressed."""
    return _on_a_terminal(command, cwd, environment, seconds, partial(_press, keys=keys))


def _on_a_terminal(command: list[str], cwd: Path, environment: dict[str, str], seconds: float, talk: Talk) -> Dialogue:
    controller, terminal = pty.openpty()
    # As a shell's: with a controlling terminal, on which Ctrl-C interrupts.
    leader = ["setsid", "--ctty", *command]
    process = subprocess.Popen(leader, stdin=terminal, stdout=terminal, stderr=terminal, cwd=cwd, env=environment)
    os.close(terminal)
    try:
        text, questions = talk(controller, process, until=time.monotonic() + seconds)
        return Dialogue(process.poll(), questions, text)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(controller)


def _press(
    controller: int, process: subprocess.Popen[bytes], keys: Sequence[tuple[str, str]], until: float
) -> tuple[str, list[Question]]:
    text, begins, pressed = "", 0, list[Question]()
    while time.monotonic() < until:
        output = _read(controller)
        text += ESCAPES.sub("", output or "").replace("\r", "")
        if output is None or (output == "" and process.poll() is not None):
            process.wait()
            break
        if output == "" and len(pressed) < len(keys) and keys[len(pressed)][0] in text[begins:]:
            awaited, answer = keys[len(pressed)]
            pressed.append(Question(awaited, None))
            begins = len(text)
            os.write(controller, answer.encode())
    return text, pressed


def _talk(
    controller: int, process: subprocess.Popen[bytes], answers: Mapping[str, str], until: float
) -> tuple[str, list[Question]]:
    text, answered, questions = "", 0, list[Question]()
    while time.monotonic() < until and len(questions) < QUESTIONS_MAX:
        output = _read(controller)
        text += ESCAPES.sub("", output or "").replace("\r", "")
        if output is None or (output == "" and process.poll() is not None):
            process.wait()
            break
        question = QUESTION.search(text, answered) if output == "" else None
        if question:
            questions.append(Question(question[1], question[2]))
            answered = len(text)
            os.write(controller, (answers.get(question[1], "") + "\n").encode())
    return text, questions


def _read(controller: int) -> str | None:
    """The output; empty after a moment of quiet, and none once the terminal is closed."""
    if not select.select([controller], [], [], QUIET_SECONDS)[0]:
        return ""
    try:
        return os.read(controller, 65_536).decode(errors="replace") or None
    except OSError:
        return None
