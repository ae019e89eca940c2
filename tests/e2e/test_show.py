"""`make run`: the show comes to its end, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import token
from local.aws import Access, until
from local.folder import FOLDER, Reach, held
from local.heroku import Heroku
from tests.e2e.world import ROOT

START_SECONDS_MAX, END_SECONDS_MAX = 5, 20
CYCLE_SECONDS_MAX = 120
"""From one cycle of the event rule to the next, and what a slow machine adds."""
FIRST_CYCLE = "CountingDown"


def built(bootstrap: Path) -> dict[str, str]:
    """The environment in which the binary was built, and beside it the command line."""
    return os.environ | {"CARGO_TARGET_DIR": str(bootstrap.parents[1])}


@contextmanager
def show(bootstrap: Path, *options: str, module: str = "local.run") -> Iterator[subprocess.Popen[str]]:
    """The show as a process of its own."""
    command = [sys.executable, "-u", "-m", module, "--bootstrap", str(bootstrap), "--pace", "1", *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=built(bootstrap),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(END_SECONDS_MAX)


def output(process: subprocess.Popen[str]) -> Iterator[str]:
    """Its output, line by line, while it runs."""
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
def test_an_interrupted_show_leaves_no_process_behind(bootstrap: Path, number: signal.Signals) -> None:
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


def wait_for_its_first_line(pid: int) -> None:
    """Until Python has started, which catches interrupts by itself, and the show's own code has ended that.

    The show catches them too, later: after the limit the wait is over.
    """
    has_caught, began = False, time.monotonic()
    while (not has_caught or catches_interrupts(pid)) and time.monotonic() - began < START_SECONDS_MAX:
        has_caught = has_caught or catches_interrupts(pid)
        time.sleep(0.001)


def catches_interrupts(pid: int) -> bool:
    """Whether a process handles interrupts."""
    caught = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return bool(int(caught[1], 16) & 1 << (signal.SIGINT - 1))


# case F16
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6])
def test_an_early_interrupt_shows_no_traceback(bootstrap: Path, seconds: float) -> None:
    with show(bootstrap) as process:
        wait_for_its_first_line(process.pid)
        time.sleep(seconds)  # at any point of its start
        process.send_signal(signal.SIGINT)
        said = "".join(output(process))
    assert "Traceback" not in said


def gone(folder: Path) -> None:
    """No show ever ran here."""
    folder.rmdir()


def ended(folder: Path) -> None:
    """A show was killed: its files are still there."""
    unreachable().keep(folder)


def not_ours(folder: Path) -> None:
    """A show's lock that this user may not open."""
    (folder / "lock").mkdir()


@contextmanager
def setting_up(folder: Path) -> Iterator[None]:
    """A show has begun, and stored nothing yet."""
    with held(folder):
        yield


@contextmanager
def half_there(folder: Path) -> Iterator[None]:
    """A show runs, and its services do not answer."""
    with held(folder):
        unreachable().keep(folder)
        yield


def unreachable() -> Reach:
    """An address without a listener."""
    return Reach(Access("http://127.0.0.1:9"), "http://127.0.0.1:9", "/dynoscaler/token")


# case F16
@pytest.mark.parametrize("what", ["revoke", "renew"])
@pytest.mark.parametrize(
    ("world", "says"),
    [
        (gone, "nothing runs: `make run` first"),
        (ended, "nothing runs any more: `make run` first"),
        (setting_up, "the show is not ready yet"),
        (half_there, "the stand-in for Heroku does not answer"),
        (not_ours, "[Errno 21] Is a directory"),
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
        (["-m", "local.run", "--bootstrap", "/nowhere/bootstrap"], "/nowhere/bootstrap is missing"),
        (["-m", "local.soak", "/nowhere/bootstrap"], "/nowhere/bootstrap is missing"),
        (["-m", "local.soak", sys.executable, "--ticks", "1"], "--ticks = 1, must be at least 2000"),
        (["-m", "local.picture"], "standard input has no show"),
        (["-m", "local.heroku", "--port", "{taken}"], "cannot listen on port {taken}: Address already in use"),
        (["scripts/step.py", "a step", "no-such-command"], "no-such-command: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_entry_point_without_its_world_says_so_without_a_traceback(arguments: list[str], says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        command = [sys.executable, *(argument.format(taken=taken) for argument in arguments)]
        ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1
    assert says.format(taken=taken) in said and "Traceback" not in said


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


def break_it() -> list[str]:
    """The commands of "Break it", as written there."""
    section = (ROOT / "docs/OPERATIONS.md").read_text().split("## Break it")[1]
    block = section.split("```sh\n")[1].split("```")[0]
    return [line.split("  #")[0].strip() for line in block.splitlines()]


def type_in(commands: list[str], bootstrap: Path) -> subprocess.CompletedProcess[str]:
    """Runs commands in one shell; gives the outcome of the last one."""
    command = ["bash", "-c", "\n".join(commands)]
    return subprocess.run(command, cwd=ROOT, env=built(bootstrap), capture_output=True, text=True)


def an_hour_of_log(reach: Reach, group: str) -> None:
    """Fills the log as if the show had begun an hour ago: Lambda's own lines around each record."""
    logs, now_ms = reach.aws.client("logs"), int(time.time() * 1000)
    stream = "an-hour-ago"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    for minute in range(65, 5, -1):
        at_ms = now_ms - minute * 60_000
        tick = datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        record = {"tick": tick, "app": "my-app", "process": "worker", "reason": "AtMin", "error": None}
        lines = ["START RequestId: 1 Version: $LATEST", json.dumps(record), "END RequestId: 1", "REPORT RequestId: 1"]
        events = [{"timestamp": at_ms, "message": line} for line in lines]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


KEPT = {"env": 0, "scene.json": 0}
"""The files with keys, and the access of other users to them."""


# case D9
def test_break_it_as_written_shows_the_truth_an_hour_after_the_show(
    bootstrap: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build, variables, revoke, doctor, renew, status, history = break_it()
    picture = ROOT / "night.svg"
    with show(bootstrap) as process:
        said = output(process)
        next(line for line in said if "every minute" in line)
        assert {path.name: path.stat().st_mode & 0o077 for path in (FOLDER / "env", FOLDER / "scene.json")} == KEPT
        group = type_in([variables, 'echo "$LOG_GROUP"'], bootstrap).stdout.strip()
        an_hour_of_log(Reach.read(), group)
        assert type_in([build, variables, revoke], bootstrap).returncode == 0
        with capsys.disabled():
            print("\n  waiting for the scheduled rule to fire, at most two minutes", end="", flush=True)
        next(line for line in said if "HerokuUnauthorized" in line)

        found = type_in([variables, doctor], bootstrap)
        assert found.returncode == 2, found
        [last] = [line for line in found.stdout.splitlines() if "last-cycle" in line]
        assert "HerokuUnauthorized" in last and seconds_ago(last) <= CYCLE_SECONDS_MAX, found.stdout

        shown = type_in([variables, renew, status], bootstrap)
        assert shown.returncode == 0, shown
        newest = shown.stdout.splitlines()[-1]
        assert "HerokuUnauthorized" in newest, shown.stdout
        age = datetime.now(UTC) - datetime.fromisoformat(newest.split()[0])
        assert age.total_seconds() <= CYCLE_SECONDS_MAX, shown.stdout

        listed = type_in([variables, history], bootstrap)
        assert listed.returncode == 0, listed
        assert "ScaleUp" in listed.stdout and "HerokuUnauthorized" in listed.stdout
        cycles = int(re.search(r"(\d+) cycles: ", listed.stdout)[1])
        assert cycles >= 60 + 8 * 2, "those of the hour before are there too"
        assert picture.read_text().startswith("<svg")
        picture.unlink()


def seconds_ago(finding: str) -> float:
    """The age of the last cycle that a finding states."""
    number, unit = re.search(r"([\d.]+) (s|min|h) ago", finding).groups()
    return float(number) * {"s": 1, "min": 60, "h": 3600}[unit]


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
