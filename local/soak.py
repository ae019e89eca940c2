"""A month of one-minute ticks through the release binary: does anything grow, slow down or fail?

    python3 -m local.soak target/release/bootstrap [--ticks 43200] [--targets 1] [--write docs/results/soak.md]

Each tick is a scheduled event. Their times advance by a few milliseconds rather than a minute, so
that the function accepts all of them, and each moves the watermark. After each day comes a burst of
late ticks, as from a scheduler that was unavailable for an hour: none may read anything.

The month runs twice: with a trace id for each invocation, as Lambda has it, and with the same one for
all. Lambda's runtime for Rust puts the id into the environment, and glibc keeps every text that was
ever there: what grows in the first run alone is that, and not the function. With more than one target
it runs once, with one trace id; each tick is due when it comes, since a round is longer than a step.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.light import Light
from local.many import formations, targets_file
from local.page import insert
from local.runtime_api import Function, Result, fresh_trace_id

MONTH_TICKS = 43_200
STEP = timedelta(milliseconds=25)
"""A month of them is 18 minutes: from 14 minutes ago to less than 5 ahead."""
FIRST_TICK_AGE = timedelta(minutes=14)
"""Within the 15 minutes after which a tick would be late."""
LATE_MINUTES = range(16, 61)
SAMPLE_TICKS = 1_000
DAY_TICKS = 1_440
APP, PROCESS, MAX_DYNOS, THRESHOLD = "soak-app", "worker", 10, 100
GROWTH_BYTES_MAX = 1 << 20
"""For what an allocator keeps; a leak of 25 bytes a tick would be more."""
TRACE_ID_BYTES_MAX = 200
"""The memory that glibc keeps for one trace id, whose text has about a hundred bytes."""
SLOWDOWN_MAX = 1.5
RECONNECTS_MAX = 4
"""One for each service: while a connection is replaced, the old and the new one are open."""


@dataclass(frozen=True)
class Sample:
    """The resources of the process after so many ticks."""

    ticks: int
    memory_kib: int
    descriptors: int
    threads: int


def sample(ticks: int, pid: int) -> Sample:
    """Reads it from /proc."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    memory = int(status["VmRSS"].split()[0])
    return Sample(ticks, memory, len(os.listdir(f"/proc/{pid}/fd")), int(status["Threads"]))


def messages(tick: int) -> int:
    """A day's wave: from nothing to more than the maximum of dynos can hold within the threshold, and back."""
    wave = 1 - math.cos(2 * math.pi * tick / DAY_TICKS)
    return round(wave * 0.6 * MAX_DYNOS * THRESHOLD)


def variables(light: Light) -> dict[str, str]:
    """The function's environment."""
    return {
        "MY_HEROKU_AUTH_TOKEN": "HRKU-soak",
        "MY_HEROKU_AUTH_DES": "soak",
        "MY_HEROKU_AS_APP": APP,
        "MY_HEROKU_AS_PROCESS": PROCESS,
        "HEROKU_API_URL": light.urls["heroku"],
        "AWS_SQS_NAME": "jobs",
        "AWS_ENDPOINT_URL_SQS": light.urls["sqs"],
        "AWS_ENDPOINT_URL_DYNAMODB": light.urls["dynamodb"],
        "AWS_ENDPOINT_URL_SSM": light.urls["ssm"],
        "DYNOSCALER_MIN_DYNOS": "1",
        "DYNOSCALER_MAX_DYNOS": str(MAX_DYNOS),
        "DYNOSCALER_UP_CYCLES": "2",
        "DYNOSCALER_DOWN_CYCLES": "10",
        "DYNOSCALER_BACKLOG_THRESHOLD": str(THRESHOLD),
        "DYNOSCALER_TABLE": "states",
        "ELK_ELASTIC_URL": light.urls["elasticsearch"],
        "ELK_ELASTIC_USER": "elastic",
        "ELK_ELASTIC_PASS": "changeme",
        "ELK_INDEX_AS": "dynoscaler",
    }


class Soak:
    """One run and its results."""

    def __init__(self, ticks: int, trace_id: Callable[[], str], growth_bytes_max: int, targets: int = 1) -> None:
        self.ticks, self.trace_id, self.growth_bytes_max = ticks, trace_id, growth_bytes_max
        self.targets = targets
        self.seconds: list[float] = []
        self.samples: list[Sample] = []
        self.failures: list[str] = []
        self.late: list[str] = []

    def run(self, bootstrap: Path) -> None:
        """Every tick, one after the other."""
        apps = {APP: {PROCESS: 1}} if self.targets == 1 else formations(self.targets, 1)
        self.light = Light(apps)
        with self.light, tempfile.TemporaryDirectory() as folder, self._function(bootstrap, Path(folder)) as function:
            began = datetime.now(UTC) - FIRST_TICK_AGE
            started = time.monotonic()
            for tick in range(self.ticks):
                self._tick(function, tick, began + tick * STEP if self.targets == 1 else datetime.now(UTC))
                if (tick + 1) % DAY_TICKS == 0:
                    self._burst(function)
                if (tick + 1) % SAMPLE_TICKS == 0:
                    self.samples.append(sample(tick + 1, function.process.pid))
                    self._progress(time.monotonic() - started)
            self.took = time.monotonic() - started
        self.failures += [line for line in function.stderr]
        self.failures += [line for line in function.stdout if json.loads(line)["level"] != "INFO"]

    def _function(self, bootstrap: Path, folder: Path) -> Function:
        settings = variables(self.light)
        if self.targets > 1:
            file = folder / "targets.toml"
            file.write_text(targets_file(self.light.apps, f"{self.light.urls['sqs']}/000000000000"))
            settings["DYNOSCALER_TARGETS"] = str(file)
        return Function(bootstrap, settings, trace_id=self.trace_id)

    def _tick(self, function: Function, tick: int, due: datetime) -> None:
        self.light.messages = messages(tick)
        self.seconds.append(self._invoke(function, due).duration_seconds)

    def _burst(self, function: Function) -> None:
        for minutes in LATE_MINUTES:
            result = self._invoke(function, datetime.now(UTC) - timedelta(minutes=minutes))
            self.late += [cycle["reason"] for cycle in (result.payload or {}).get("cycles", [])]

    def _invoke(self, function: Function, due: datetime) -> Result:
        result = function.invoke({"time": due.isoformat(timespec="milliseconds").replace("+00:00", "Z")})
        if result.error is not None:
            self.failures.append(json.dumps(result.error))
        return result

    def _progress(self, seconds: float) -> None:
        done = self.samples[-1].ticks
        left = seconds / done * (self.ticks - done)
        print(f"    {done} of {self.ticks} ticks, {left:.0f} s left", file=sys.stderr, flush=True)

    def broken(self) -> list[str]:
        """The laws that did not hold."""
        first, last = self.samples[0], self.samples[-1]
        slowdown = statistics.median(self.seconds[-SAMPLE_TICKS:]) / statistics.median(self.seconds[:SAMPLE_TICKS])
        held = [each.descriptors for each in self.samples]
        laws = {
            "nothing fails": not self.failures,
            "memory is flat": (last.memory_kib - first.memory_kib) * 1024 <= self.growth_bytes_max,
            "descriptors are flat": statistics.median(held[len(held) // 2 :]) <= first.descriptors,
            "few connections are replaced at once": max(held) <= first.descriptors + RECONNECTS_MAX,
            "threads are flat": last.threads <= first.threads,
            "no tick gets slower": slowdown <= SLOWDOWN_MAX,
            "late ticks count nothing": self.late
            == ["LateTick"] * (self.ticks // DAY_TICKS * len(LATE_MINUTES) * self.targets),
            "every tick is a cycle of each target": self.light.calls["GetQueueAttributes"] == self.ticks * self.targets,
            "dynos rose and fell": {1, MAX_DYNOS} <= set(self.light.quantities_set),
        }
        return [law for law, holds in laws.items() if not holds]

    def table(self) -> str:
        """The results, in Markdown."""
        first, last = self.samples[0], self.samples[-1]
        most = max(self.samples, key=lambda each: each.memory_kib)
        rows = [
            ("resident memory, KiB", first.memory_kib, last.memory_kib),
            ("file descriptors", first.descriptors, last.descriptors),
            ("threads", first.threads, last.threads),
            ("median invocation, ms", *self._milliseconds(50)),
            ("99th percentile, ms", *self._milliseconds(99)),
        ]
        calls = ", ".join(f"{name} {count:,}" for name, count in sorted(self.light.calls.items()))
        lines = ["| | first 1,000 ticks | last 1,000 ticks |", "|---|---:|---:|"]
        lines += [f"| {name} | {early:,} | {late:,} |" for name, early, late in rows]
        return "\n".join([
            f"{self.ticks:,} ticks in {self.took:.0f} s, {len(self.failures)} errors,"
            f" {len(self.late):,} late ticks besides, {len(self.light.quantities_set):,} changes of the quantity, at most {most.memory_kib:,} KiB resident.",
            "",
            *lines,
            "",
            f"Calls answered: {calls}.",
        ])

    def _milliseconds(self, percent: int) -> tuple[float, float]:
        def at(seconds: list[float]) -> float:
            return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1000, 2)

        return at(self.seconds[:SAMPLE_TICKS]), at(self.seconds[-SAMPLE_TICKS:])


def main() -> int:
    """Runs, prints, and checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bootstrap", type=Path)
    parser.add_argument("--ticks", type=int, default=MONTH_TICKS, help="at least 2000, for a first and a last thousand")
    parser.add_argument("--targets", type=int, default=1, help="more than one are a fleet")
    parser.add_argument("--write", type=Path, help="a page with the markers of the soak's table")
    options = parser.parse_args()
    if not os.access(options.bootstrap, os.X_OK):
        sys.exit(f"{options.bootstrap} is missing: `make build` first")
    if options.ticks < 2 * SAMPLE_TICKS:
        sys.exit(f"--ticks = {options.ticks}, must be at least {2 * SAMPLE_TICKS}")
    one_trace_id = lambda: "Root=1-0-1;Parent=1;Sampled=0"  # noqa: E731
    if options.targets > 1:
        mark, command = "soak-fleet", "make soak-fleet"
        title = f"{options.targets} targets, with one trace id for all"
        soaks = {title: Soak(options.ticks, one_trace_id, GROWTH_BYTES_MAX, options.targets)}
    else:
        mark, command = "soak", "make soak"
        growth_bytes_max = GROWTH_BYTES_MAX + TRACE_ID_BYTES_MAX * options.ticks
        soaks = {
            "With a trace id for each invocation": Soak(options.ticks, fresh_trace_id, growth_bytes_max),
            "With one trace id for all": Soak(options.ticks, one_trace_id, GROWTH_BYTES_MAX),
        }
    results = [f"`{command}` wrote this."]
    for title, soak in soaks.items():
        soak.run(options.bootstrap)
        results.append(f"{title}: {soak.table()}")
    print("\n\n".join(results))
    if options.write:
        insert(options.write, mark, "\n\n".join(results))
    broken = [f"BROKEN: {title}: {law}" for title, soak in soaks.items() for law in soak.broken()]
    print("\n".join(broken + [failure for soak in soaks.values() for failure in soak.failures[:5]]))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
