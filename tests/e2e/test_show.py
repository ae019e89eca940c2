"""`make run`: what it shows comes to its end, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.aws import until
from tests.e2e.world import ROOT

END_SECONDS_MAX = 20
FIRST_CYCLE = "CountingDown"


@contextmanager
def show(bootstrap: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The show as a process of its own."""
    command = [sys.executable, "-u", "-m", "local.run", "--bootstrap", str(bootstrap), "--pace", "1", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(END_SECONDS_MAX)


def output(process: subprocess.Popen[str]) -> Iterator[str]:
    """What it says, line by line, while it runs."""
    assert process.stdout is not None
    yield from process.stdout


def descendants(pid: int) -> set[int]:
    """Every process below one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # ended meanwhile
    found, layer = set(), {pid}
    while layer:
        layer = {child for child, parent in parents.items() if parent in layer}
        found |= layer
    return found


def alive(pids: set[int]) -> set[int]:
    """Those that still run."""
    return {pid for pid in pids if os.path.exists(f"/proc/{pid}")}


def test_the_show_rises_to_the_maximum_and_falls_to_the_minimum(
    bootstrap: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with show(bootstrap, "--once") as process, capsys.disabled():
        print()
        lines = []
        for line in output(process):
            lines.append(line)
            print(line, end="", flush=True)
        assert process.wait(END_SECONDS_MAX) == 0
    reasons = [reason for line in lines for reason in ("ScaleUp", "ScaleDown") if reason in line.split()]
    assert reasons == ["ScaleUp"] * 4 + ["ScaleDown"] * 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_whoever_interrupts_the_show_leaves_no_process_behind(bootstrap: Path, number: signal.Signals) -> None:
    with show(bootstrap) as process:
        next(line for line in output(process) if FIRST_CYCLE in line)
        below = descendants(process.pid)
        assert len(below) >= 2, "the local AWS and the function"
        process.send_signal(number)
        process.wait(END_SECONDS_MAX)
    for _ in until(END_SECONDS_MAX):
        if not alive(below):
            return
    raise AssertionError(f"still running: {alive(below)}")
