"""`make run`: what it shows comes to its end, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from local import token
from local.aws import Access, until
from local.folder import FOLDER, Reach, held
from local.heroku import Heroku
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
    assert_gone(below)


def assert_gone(pids: set[int]) -> None:
    """None of them runs, after a moment."""
    for _ in until(END_SECONDS_MAX):
        if not alive(pids):
            return
    raise AssertionError(f"still running: {alive(pids)}")


# case F16
def test_a_show_that_is_killed_leaves_no_process_behind(bootstrap: Path) -> None:
    with show(bootstrap) as process:
        next(line for line in output(process) if FIRST_CYCLE in line)
        below = descendants(process.pid)
        process.kill()
        process.wait(END_SECONDS_MAX)
    assert_gone(below)


# case F16
def test_a_show_whose_reader_leaves_ends_without_a_traceback(bootstrap: Path) -> None:
    with show(bootstrap) as process:
        next(line for line in output(process) if FIRST_CYCLE in line)
        below = descendants(process.pid)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(END_SECONDS_MAX)
    assert_gone(below)


# case F16
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6])
def test_whoever_interrupts_at_once_sees_no_traceback(bootstrap: Path, seconds: float) -> None:
    with show(bootstrap) as process:
        time.sleep(seconds)  # wherever it is by then
        process.send_signal(signal.SIGINT)
        said = "".join(output(process))
    assert "Traceback" not in said


def gone(folder: Path) -> None:
    """No show ever ran here."""
    folder.rmdir()


def ended(folder: Path) -> None:
    """A show was killed: what it kept is still there."""
    unreachable().keep(folder)


@contextmanager
def setting_up(folder: Path) -> Iterator[None]:
    """A show has begun, and kept nothing yet."""
    with held(folder):
        yield


@contextmanager
def half_there(folder: Path) -> Iterator[None]:
    """A show runs, and what it set up does not answer."""
    with held(folder):
        unreachable().keep(folder)
        yield


def unreachable() -> Reach:
    """Where nobody listens."""
    return Reach(Access("http://127.0.0.1:9"), "http://127.0.0.1:9", "/dynoscaler/token")


# case F16
@pytest.mark.parametrize("what", ["revoke", "renew"])
@pytest.mark.parametrize(
    ("world", "says"),
    [
        (gone, "nothing runs: `make run` first"),
        (ended, "nothing runs any more: `make run` first"),
        (setting_up, "the show has not come so far"),
        (half_there, "the stand-in for Heroku does not answer"),
    ],
)
def test_a_token_without_a_show_is_one_line_of_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, world: Callable[[Path], Any], says: str
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    monkeypatch.setattr(sys, "argv", ["token", what])
    with world(folder) or nullcontext(), pytest.raises(SystemExit) as ending:
        token.main(folder)
    assert str(ending.value).startswith(f"make {what}-token: {says}")
    assert "\n" not in str(ending.value)


# case F16
def test_a_renewal_that_stops_halfway_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["token", "renew"])
    with Heroku() as heroku, held(tmp_path), pytest.raises(SystemExit) as ending:
        Reach(unreachable().aws, heroku.url, "/dynoscaler/token").keep(tmp_path)
        token.main(tmp_path)
    assert str(ending.value).startswith("make renew-token: the local AWS failed a call: ")


# case F16
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["local.run", "--bootstrap", "/nowhere/bootstrap"], "/nowhere/bootstrap is missing"),
        (["local.soak", "/nowhere/bootstrap"], "/nowhere/bootstrap is missing"),
        (["local.soak", sys.executable, "--ticks", "1"], "--ticks = 1, must be at least 2000"),
        (["local.picture"], "standard input has no show"),
        (["local.heroku", "--port", "{taken}"], "cannot listen on port {taken}: Address already in use"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_entry_point_without_its_world_says_so_without_a_traceback(arguments: list[str], says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        command = [sys.executable, "-m", *(argument.format(taken=taken) for argument in arguments)]
        ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert ended.returncode == 1
    assert says.format(taken=taken) in ended.stderr and "Traceback" not in ended.stderr


# case G1
def test_the_keys_that_a_show_keeps_are_its_owner_s_and_go_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        with held(folder):
            unreachable().keep(folder)
            assert folder.stat().st_mode & 0o077 == 0
        assert [path.name for path in folder.iterdir()] == ["lock"]
    finally:
        os.umask(before)


@pytest.fixture(scope="module")
def running(bootstrap: Path) -> Iterator[subprocess.Popen[str]]:
    """A show after its first cycle."""
    with show(bootstrap) as process:
        next(line for line in output(process) if FIRST_CYCLE in line)
        yield process


# case F16
def test_a_second_show_is_refused_in_one_line(running: subprocess.Popen[str], bootstrap: Path) -> None:
    with show(bootstrap) as second:
        said = "".join(output(second)).strip()
        assert second.wait(END_SECONDS_MAX) == 1
    assert "\n" not in said and "another one is running" in said
    assert running.poll() is None


# case G1
def test_what_a_show_keeps_is_its_owner_s(running: subprocess.Popen[str]) -> None:
    modes = {path: path.stat().st_mode & 0o077 for path in [FOLDER, *FOLDER.iterdir()]}
    assert {path.name for path in modes} >= {"run", "lock", "aws.log", "cycles.ndjson"}
    assert set(modes.values()) == {0}, modes
