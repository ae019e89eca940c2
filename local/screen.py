"""The output for a reader: one aligned line a cycle, in colour where the terminal has colours.

Must not know: where the cycles come from.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.alarms import Turn

BAR_CELLS = 26
EIGHTHS = " ▏▎▍▌▋▊▉█"
COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
ACTION_COLOURS = {"scale-up": "green", "scale-down": "yellow"}


class Screen:
    """The terminal, or the file in its place."""

    def __init__(self, backlog_max: int, dynos_max: int, up_cycles: int, down_cycles: int) -> None:
        self.backlog_max = backlog_max
        self.dynos_max = dynos_max
        self.up_cycles = up_cycles
        self.down_cycles = down_cycles
        forced = bool(os.environ.get("CLICOLOR_FORCE"))
        self.colourful = (forced or sys.stdout.isatty()) and not os.environ.get("NO_COLOR")
        self.unicode = "utf" in (sys.stdout.encoding or "").lower()

    def say(self, text: str = "", colour: str | None = None) -> None:
        """One line, at once."""
        print(self.painted(text, colour) if colour else text, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Prints a step's name before it starts, and then how long it took."""
        print(f"  {what:.<52} ", end="", flush=True)
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self.say("failed", "red")
            raise
        self.say(f"{time.monotonic() - started:.1f} s", "dim")

    def headings(self) -> None:
        """The names of the columns."""
        widths = {
            "tick": 9,
            "backlog": BAR_CELLS + 6,
            "dynos": self.dynos_max + 9,
            "counters": 16,
            "action": 11,
            "reason": 0,
        }
        self.say("  " + " ".join(f"{name:<{width}}" for name, width in widths.items()), "bold")

    def cycle(self, record: dict[str, Any], up: int, quantity: int, note: str = "") -> None:
        """One cycle. `up` dynos run after it; `quantity` are requested."""
        backlog = record.get("sqs_messages")
        action = record.get("action", "none")
        failed = record.get("level") == "ERROR"
        parts = [
            f"  {record.get('tick', '')[11:19]:<8} ",
            f"{self.bar(backlog)} {'?' if backlog is None else backlog:>5}",
            f"{self.dynos(up, quantity)} {f'{up}/{quantity} up':<8}",
            f"{self.counters(record):<16}",
            self.painted(f"{action:<11}", ACTION_COLOURS.get(action, "dim")),
            self.painted(record.get("reason", "?"), "red" if failed else ACTION_COLOURS.get(action)),
        ]
        self.say(" ".join(parts) + (self.painted(f"  {note}", "blue") if note else ""))
        if failed:
            self.say(f"           {record.get('error', '')}", "red")

    def alarm(self, alarm: Turn) -> None:
        """An alarm that went on or off, with its text."""
        if not alarm.is_on:
            self.say(f"  OK       {alarm.name}", "green")
            return
        self.say(f"  ALARM    {alarm.name}", "red")
        for line in textwrap.wrap(alarm.description, 100):
            self.say(f"           {line}", "red")

    def bar(self, backlog: int | None) -> str:
        """The backlog, drawn to the eighth of a cell."""
        if backlog is None:
            return " " * BAR_CELLS
        eighths = min(BAR_CELLS * 8, -(-backlog * BAR_CELLS * 8 // self.backlog_max))
        fine, coarse = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip(), "#" * -(-eighths // 8)
        drawn = fine if self.unicode else coarse
        return self.painted(f"{drawn:<{BAR_CELLS}}", "blue")

    def dynos(self, up: int, quantity: int) -> str:
        """Each dyno: running, booting, or room for one more."""
        running, booting, room = "●○·" if self.unicode else "@o."
        booting_count = max(quantity - up, 0)
        rest = max(self.dynos_max - up - booting_count, 0)
        return self.painted(running * up, "green") + self.painted(booting * booting_count, "yellow") + room * rest

    def counters(self, record: dict[str, Any]) -> str:
        """The hysteresis counters and their limits."""
        up, down = (record.get(name) for name in ("scale_up_cnt", "scale_down_cnt"))
        if up is None or down is None:
            return ""
        return f"up {up}/{self.up_cycles} down {down}/{self.down_cycles}"

    def painted(self, text: str, colour: str | None) -> str:
        """Text in a colour, if there are colours."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colourful and colour and text else text
