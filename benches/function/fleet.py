"""One invocation with many targets: its time, processor time, memory and calls, and what that is on Lambda.

Must not know: what is made of the figures.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benches.function import measure
from benches.function.subject import BUSY, QUANTITY, QUIET, Subject, event, variables_of
from local.light import Light
from local.many import formations, targets_file
from local.runtime_api import Function

SIZES = (1, 10, 100, 1_000)
DELAY_SECONDS = 0.05
ROUNDS = 8
"""Later rounds, of which the fastest counts. From each to the next the load turns, so that each cycle writes."""
INVOCATION_SECONDS_MAX = 300
VCPU_MB = 1_769
"""The memory size at which Lambda gives one processor; with less it gives as much less of it."""
MEMORY_SIZES_MB = (128, 192, 256, 384, 512, 768, 1_024, VCPU_MB)
RESERVE_KIB = 20 * 1_024
"""Of the memory size, for what Lambda itself needs."""


@dataclass(frozen=True)
class Rounds:
    """What rounds of so many targets take: seconds from end to end, seconds of the processor, KiB, calls of one."""

    targets: int
    apps: int
    first: float
    later: float
    first_processor: float
    later_processor: float
    memory_kib: int
    calls: dict[str, int]

    def seconds_at(self, size_mb: int) -> float:
        """A later round on Lambda. Computing takes longer there, and waiting does not; that some of it goes on while
        calls are waited for is left out, so that this is the most."""
        return self.later + self.later_processor * max(VCPU_MB / size_mb - 1, 0)

    def fits(self, size_mb: int) -> bool:
        """Whether the memory size has room for it."""
        return self.memory_kib + RESERVE_KIB <= size_mb * 1_024

    def smallest(self, seconds_max: float) -> int | None:
        """The smallest memory size with which a round takes no longer."""
        sizes = (size for size in MEMORY_SIZES_MB if self.fits(size) and self.seconds_at(size) <= seconds_max)
        return next(sizes, None)


def processor_seconds(function: Function) -> float:
    """Of all threads of the process, so far."""
    threads = Path(f"/proc/{function.process.pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def fleet(subject: Subject, targets: int) -> Iterator[tuple[Light, Function]]:
    """The function with a file of so many targets, and the servers around it."""
    apps = formations(targets, QUANTITY)
    with Light(apps) as light, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "targets.toml"
        file.write_text(targets_file(apps, f"{light.urls['sqs']}/000000000000"))
        settings = variables_of(light) | {"DYNOSCALER_TARGETS": str(file)}
        light.messages, light.delay_seconds = QUIET, DELAY_SECONDS
        with Function(subject.shipped, settings, command=subject.command) as function:
            yield light, function


def rounds(subject: Subject, targets: int) -> Rounds:
    """The first round and later ones."""
    with fleet(subject, targets) as (light, function):
        first, first_processor = timed(function, targets)
        later = []
        for number in range(ROUNDS):
            light.messages = (BUSY, QUIET // 2)[number % 2]
            before = Counter(light.calls)
            later.append(timed(function, targets))
            calls = dict(Counter(light.calls) - before)
        seconds, processor = (min(column) for column in zip(*later, strict=True))
        memory = measure.peak_kib(function)
    return Rounds(targets, len(light.apps), first, seconds, first_processor, processor, memory, calls)


def timed(function: Function, targets: int) -> tuple[float, float]:
    """One round in which every cycle succeeds: its seconds, and those of the processor."""
    before = processor_seconds(function)
    result = function.invoke(event(), timeout_seconds=INVOCATION_SECONDS_MAX)
    cycles = (result.payload or {}).get("cycles", [])
    failed = [cycle["error"] for cycle in cycles if cycle.get("error_type")]
    if result.error is not None or failed or len(cycles) != targets:
        raise RuntimeError(f"{result.error} {failed[:3]}, {len(cycles)} of {targets} cycles")
    return result.duration_seconds, processor_seconds(function) - before


def table(measured: list[Rounds]) -> list[str]:
    """One row a size."""
    rows = [
        "| targets | apps | first round | a later one | processor, first | later | peak memory | calls of a later round |",
        "|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for each in measured:
        calls = ", ".join(f"{count:,} {name}" for name, count in sorted(each.calls.items()))
        rows.append(
            f"| {each.targets:,} | {each.apps} | {each.first:.2f} s | {each.later:.2f} s | {1_000 * each.first_processor:,.0f} ms"
            f" | {1_000 * each.later_processor:,.0f} ms | {each.memory_kib / 1_024:.1f} MiB | {calls} |"
        )
    return rows
