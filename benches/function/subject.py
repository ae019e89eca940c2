"""The measured functions, and the servers around them.

Must not know: what is made of the figures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local.light import Light
from local.runtime_api import Function
from local.soak import variables

APP, PROCESS, QUANTITY = "soak-app", "worker", 5
THRESHOLD = 100
QUIET, BUSY = QUANTITY * THRESHOLD, 2 * QUANTITY * THRESHOLD
"""Messages at which a cycle has nothing to write, and at which it counts or adds a dyno."""
CYCLE_SECONDS_MAX = 3600
"""For a slow machine, and more than a clock is set ahead."""


@dataclass(frozen=True)
class Subject:
    """One function: its name in the tables, its command, what is shipped of it, and settings of its own."""

    name: str
    command: tuple[str, ...]
    shipped: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def running(self, light: Light, *wrapper: str) -> Iterator[Function]:
        """The function in an execution environment of its own, behind `wrapper` if that is given."""
        variables = variables_of(light) | self.settings
        with Function(self.shipped, variables, command=(*wrapper, *self.command)) as function:
            yield function


def variables_of(light: Light) -> dict[str, str]:
    """The soak's, without Elasticsearch."""
    settings = {name: value for name, value in variables(light).items() if not name.startswith("ELK_")}
    return settings | {"AWS_MAX_ATTEMPTS": "1"}


@contextmanager
def servers(messages: int = QUIET) -> Iterator[Light]:
    """A queue, a table and a formation on loopback."""
    with Light({APP: {PROCESS: QUANTITY}}) as light:
        light.messages = messages
        yield light


def event(at: datetime | None = None) -> dict[str, str]:
    """A scheduled tick at this time, or now."""
    return {"time": (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def await_poll(function: Function, timeout_seconds: float = 120.0) -> float:
    """Seconds from exec to the first request for an event."""
    deadline = time.monotonic() + timeout_seconds
    while not function.api.polled_at:
        if function.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("\n".join(["the function did not request an event", *function.stderr[-20:]]))
        time.sleep(0.001)
    return function.api.polled_at[0] - function.started_at


def invoke(function: Function, at: datetime | None = None) -> float:
    """One cycle that succeeds, of a tick at this time or now, in seconds."""
    result = function.invoke(event(at), timeout_seconds=CYCLE_SECONDS_MAX)
    if result.error is not None:
        raise RuntimeError(f"{result.error}\n" + "\n".join(function.lines[-20:]))
    return result.duration_seconds
