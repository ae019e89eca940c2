"""Compares what the command lines of a release answer, on whatever processor they run.

    python3 scripts/same_answers.py dist

A program for another processor than this machine's runs through qemu-user. Must not know: how a program is built.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from release import runs_here

QUESTIONS = (
    ["--version"],
    ["--help"],
    ["simulate", "--load", "spike", "--days", "1", "--policies", "step,target,original,keda,constant"],
    ["simulate", "--load", "daily", "--days", "2", "--policies", "step,target", "--json"],
    ["targets", "check", "no-such-file.toml"],
)
"""What each is started with: texts, the simulator, and a failure.

Without `rate`: logarithms differ between processors in their last bit, which may decide whether a dyno is added.
"""


def linux_programs(dist: Path, folder: Path) -> dict[str, Path]:
    """The program of each archive for Linux, unpacked, by its target."""
    programs = {}
    for archive in sorted(dist.glob("dynoscaler-cli-*-linux-*.tar.gz")):
        target = archive.name.removeprefix("dynoscaler-cli-").removesuffix(".tar.gz")
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        programs[target] = folder / f"dynoscaler-cli-{target}" / "dynoscaler"
    return programs


def command(target: str, program: Path) -> list[str]:
    """How it is started here."""
    processor, *_ = target.split("-")
    return [str(program)] if runs_here(target) else [f"qemu-{processor}", str(program)]


def answer(start: list[str], question: list[str]) -> tuple[int, str, str]:
    """What it prints, and how it ends."""
    ended = subprocess.run([*start, *question], capture_output=True, text=True, check=False, timeout=600)
    return ended.returncode, ended.stdout, ended.stderr


def differences(starts: dict[str, list[str]]) -> list[str]:
    """The questions that two of them answer differently, or one does not at all."""
    found = []
    for question in QUESTIONS:
        answers = {target: answer(start, question) for target, start in starts.items()}
        if len(set(answers.values())) > 1:
            found.append(f"{' '.join(question)}: " + "; ".join(f"{target} ends with {it[0]}" for target, it in answers.items()))
    return found


def main() -> int:
    """Says what differs."""
    with tempfile.TemporaryDirectory() as folder:
        programs = linux_programs(Path(sys.argv[1]), Path(folder))
        if len(programs) < 2:
            print(f"same_answers.py: {sys.argv[1]} has {len(programs)} command lines for Linux; make release makes two", file=sys.stderr)
            return 1
        try:
            found = differences({target: command(target, program) for target, program in programs.items()})
        except FileNotFoundError as error:
            print(f"same_answers.py: {error.filename} is not installed; the package qemu-user has it", file=sys.stderr)
            return 1
    for line in found:
        print(f"same_answers.py: different answers to {line}", file=sys.stderr)
    if not found:
        print(f"    {len(QUESTIONS)} questions, the same answers: {', '.join(programs)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
