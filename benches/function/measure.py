"""One figure each: start, instructions, round trips, memory, size.

Must not know: the goals, how the figures are shown.
"""

from __future__ import annotations

import json
import re
import signal
import statistics
import subprocess
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from benches.function.subject import BUSY, QUANTITY, QUIET, Subject, await_poll, invoke, servers
from local.clock import Clock, library
from local.light import Light
from local.runtime_api import Function

WARM_CYCLES = 20
RATE = {"DYNOSCALER_POLICY": "rate", "DYNOSCALER_MIN_DYNOS": f"{QUANTITY}", "DYNOSCALER_MAX_DYNOS": f"{QUANTITY}"}
"""It learns in each cycle, and changes nothing, whatever it recommends."""
COLLECTED = re.compile(r"Collected : (\d+)")


@dataclass(frozen=True)
class Start:
    """One start: seconds to the first request for an event, seconds of the first cycle and of a warm one, KiB then."""

    init: float
    first: float
    warm: float
    memory_kib: int


def peak_kib(function: Function) -> int:
    """The most memory that the process had resident."""
    status = Path(f"/proc/{function.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1])


def start(subject: Subject) -> Start:
    """Starts the function once."""
    with servers() as light, subject.running(light) as function:
        init, first = await_poll(function), invoke(function)
        memory = peak_kib(function)
        return Start(init, first, statistics.median(invoke(function) for _ in range(WARM_CYCLES)), memory)


def starts(subjects: list[Subject], rounds: int) -> dict[str, Start]:
    """The fastest start of each, all of them in turn: other work of the machine can only add time."""
    seen: dict[str, list[Start]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            seen[subject.name].append(start(subject))
    fastest = {}
    for name, some in seen.items():
        columns = zip(*((each.init, each.first, each.warm, each.memory_kib) for each in some), strict=True)
        fastest[name] = Start(*(min(column) for column in columns))
    return fastest


def collected(subject: Subject, cycles: int, tick: Callable[[Function], object] = invoke) -> int:
    """Instructions of a process that is ended after so many cycles. Waiting costs none."""
    with tempfile.TemporaryDirectory() as folder, servers() as light:
        wrapper = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--trace-children=no")
        with subject.running(light, *wrapper) as function:
            await_poll(function)
            for _ in range(cycles):
                tick(function)
            while len(function.api.polled_at) <= cycles:
                time.sleep(0.01)
            time.sleep(1)  # the poll has arrived; the process may not wait for the answer yet
            function.process.send_signal(signal.SIGTERM)
            function.process.wait()
        found = COLLECTED.search("\n".join(function.stderr))
        if found is None:
            raise RuntimeError("valgrind printed no count:\n" + "\n".join(function.stderr[-20:]))
        return int(found[1])


def instructions(subject: Subject) -> dict[str, int]:
    """To the first request for an event, of the first cycle, and of a later one."""
    init, first, later = (collected(subject, cycles) for cycles in (0, 1, 1 + WARM_CYCLES))
    return {"init": init, "first cycle": first - init, "warm cycle": (later - first) // WARM_CYCLES}


def rate_instructions(subject: Subject) -> int:
    """Of a later cycle with the policy `rate`, a minute after the one before: what is nearer teaches it nothing."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(Path(folder), library(Path(folder)))
        subject = replace(subject, settings=RATE | clock.variables)

        def tick(function: Function) -> None:
            clock.set(clock.ahead + timedelta(minutes=1))
            invoke(function, clock.now())

        first, later = (collected(subject, cycles, tick) for cycles in (1, 1 + WARM_CYCLES))
    return (later - first) // WARM_CYCLES


@dataclass(frozen=True)
class Trip:
    """A kind of cycle: in round trips, and the calls that it made."""

    kind: str
    round_trips: float
    calls: dict[str, int]


def trips(subject: Subject, delay_seconds: float) -> list[Trip]:
    """Warm cycles against servers that answer after so long."""
    with servers() as light, subject.running(light) as function:
        invoke(function)
        light.delay_seconds = delay_seconds
        kinds = {"holds, nothing to write": QUIET, "counts": BUSY, "acts": BUSY}
        return [trip(light, function, kind, messages) for kind, messages in kinds.items()]


def trip(light: Light, function: Function, kind: str, messages: int) -> Trip:
    """One cycle."""
    light.messages = messages
    before = Counter(light.calls)
    seconds = invoke(function)
    return Trip(kind, seconds / light.delay_seconds, dict(Counter(light.calls) - before))


def reconnects(subject: Subject, cycles: int) -> tuple[int, int]:
    """Cycles that succeed although the servers closed every idle connection before each; connections made in all."""
    with servers() as light, subject.running(light) as function:
        invoke(function)
        before = light.connections
        for _ in range(cycles):
            light.close_connections()
            invoke(function)
        return cycles, light.connections - before


def reused(subject: Subject, cycles: int) -> int:
    """Connections that so many cycles make after the first."""
    with servers() as light, subject.running(light) as function:
        invoke(function)
        before = light.connections
        for _ in range(cycles):
            invoke(function)
        return light.connections - before


def peak_after(subject: Subject, cycles: int) -> int:
    """The most KiB that the process had resident in so many cycles, of which every other one writes."""
    with servers() as light, subject.running(light) as function:
        for cycle in range(cycles):
            light.messages = BUSY if cycle % 2 else QUIET // 2
            invoke(function)
        return peak_kib(function)


def zipped(path: Path) -> int:
    """Bytes of the package that is uploaded: one file, or a folder with its packages."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "package.zip"
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
            for each in files:
                archive.write(each, each.name if path.is_file() else each.relative_to(path))
        return package.stat().st_size


def crates(manifest: Path) -> tuple[int, list[str]]:
    """The crates that are linked or run at build time, and those that are there in two versions."""
    tree = ["cargo", "tree", "--locked", "--manifest-path", str(manifest), "-e", "normal,build", "--prefix", "none"]
    lines = subprocess.run(tree, check=True, capture_output=True, text=True).stdout.splitlines()
    found = {tuple(line.split()[:2]) for line in lines if line}
    versions = Counter(name for name, _ in found)
    return len(found), sorted(name for name, count in versions.items() if count > 1)


def baseline(path: Path) -> dict[str, int]:
    """The instructions that were kept."""
    return json.loads(path.read_text())
