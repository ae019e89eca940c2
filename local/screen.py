"""The output for a reader: one aligned line a cycle, in colour where the terminal has colours, for one target or for a fleet.

Must not know: where the cycles come from.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from local.alarms import Turn

BAR_CELLS = 26
EIGHTHS = " ▏▎▍▌▋▊▉█"
COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}
ACTION_COLOURS = {"scale-up": "green", "scale-down": "yellow"}
QUEUES_WIDTH = 30


class Cycle(NamedTuple):
    """A record, and the dynos after it, if they are known: those that run, and as many as are requested."""

    record: dict[str, Any]
    up: int | None
    quantity: int | None

    @property
    def has_failed(self) -> bool:
        """Whether it could not decide, or not do what it decided."""
        return self.record.get("level") == "ERROR"

    @property
    def backlog(self) -> str:
        """The messages of all queues; what could not be read is unknown."""
        return counted(self.record.get("sqs_messages"))


def counted(number: float | None) -> str:
    """A count; what could not be read is unknown."""
    return "?" if number is None else f"{number:.0f}"


class Screen:
    """The terminal, or the file in its place."""

    def __init__(self, dynos_max: int) -> None:
        self.dynos_max = dynos_max
        forced = bool(os.environ.get("CLICOLOR_FORCE"))
        self.colourful = (forced or sys.stdout.isatty()) and not os.environ.get("NO_COLOR")
        self.unicode = "utf" in (sys.stdout.encoding or "").lower()

    def headings(self) -> None:
        """The names of the columns."""
        raise NotImplementedError

    def round(self, cycles: Sequence[Cycle], note: str = "") -> None:
        """The cycles of an invocation."""
        raise NotImplementedError

    def heads(self, widths: dict[str, int], gap: str) -> None:
        """The names of columns of these widths, with the gap between two."""
        self.say("  " + gap.join(f"{name:<{width}}" for name, width in widths.items()), "bold")

    def say(self, text: str = "", colour: str | None = None) -> None:
        """One line, at once."""
        print(self.painted(text, colour) if colour else text, flush=True)

    def event(self, what: str) -> None:
        """What happens between two rounds."""
        self.say(f"  {'':8}  {what}", "bold")

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

    def alarm(self, alarm: Turn) -> None:
        """An alarm that went on or off, with its text."""
        if not alarm.is_on:
            self.say(f"  OK       {alarm.name}", "green")
            return
        at_fault = f": {', '.join(alarm.contributors)}" if alarm.contributors else ""
        self.say(f"  ALARM    {alarm.name}{at_fault}", "red")
        for line in textwrap.wrap(alarm.description, 100):
            self.say(f"           {line}", "red")

    def dynos(self, cycle: Cycle) -> str:
        """Each dyno, running, booting, or room for one more; and their numbers."""
        _, up, quantity = cycle
        if up is None or quantity is None:
            return "?".ljust(self.dynos_max + 9)
        running, booting, room = "●○·" if self.unicode else "@o."
        booting_count = max(quantity - up, 0)
        rest = max(self.dynos_max - up - booting_count, 0)
        drawn = self.painted(running * up, "green") + self.painted(booting * booting_count, "yellow") + room * rest
        return f"{drawn} {f'{up}/{quantity} up':<8}"

    def reason(self, cycle: Cycle) -> str:
        """The reason, in the colour of what it is a reason for."""
        action = cycle.record.get("action", "none")
        return self.painted(cycle.record.get("reason", "?"), "red" if cycle.has_failed else ACTION_COLOURS.get(action))

    def note(self, text: str) -> str:
        """What is said at the end of a line."""
        return self.painted(f"  {text}", "blue") if text else ""

    def error(self, cycle: Cycle, indent: int) -> None:
        """Why a cycle failed, if it did."""
        if cycle.has_failed:
            self.say(" " * indent + str(cycle.record.get("error", "")), "red")

    def painted(self, text: str, colour: str | None) -> str:
        """Text in a colour, if there are colours."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colourful and colour and text else text


class OneTarget(Screen):
    """A line a cycle: the backlog as a bar, the dynos, the counters, and what was decided."""

    def __init__(self, backlog_max: int, dynos_max: int, up_cycles: int, down_cycles: int) -> None:
        super().__init__(dynos_max)
        self.backlog_max = backlog_max
        self.up_cycles = up_cycles
        self.down_cycles = down_cycles

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
        self.heads(widths, " ")

    def round(self, cycles: Sequence[Cycle], note: str = "") -> None:
        """The cycle of an invocation."""
        for cycle in cycles:
            self._cycle(cycle, note)

    def _cycle(self, cycle: Cycle, note: str) -> None:
        record = cycle.record
        action = record.get("action", "none")
        parts = [
            f"  {record.get('tick', '')[11:19]:<8} ",
            f"{self.bar(record.get('sqs_messages'))} {cycle.backlog:>5}",
            self.dynos(cycle),
            f"{self.counters(record):<16}",
            self.painted(f"{action:<11}", ACTION_COLOURS.get(action, "dim")),
            self.reason(cycle),
        ]
        self.say(" ".join(parts) + self.note(note))
        self.error(cycle, 11)

    def bar(self, backlog: int | None) -> str:
        """The backlog, drawn to the eighth of a cell."""
        if backlog is None:
            return " " * BAR_CELLS
        eighths = min(BAR_CELLS * 8, -(-backlog * BAR_CELLS * 8 // self.backlog_max))
        fine, coarse = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip(), "#" * -(-eighths // 8)
        drawn = fine if self.unicode else coarse
        return self.painted(f"{drawn:<{BAR_CELLS}}", "blue")

    def counters(self, record: dict[str, Any]) -> str:
        """The hysteresis counters and their limits."""
        up, down = (record.get(name) for name in ("scale_up_cnt", "scale_down_cnt"))
        if up is None or down is None:
            return ""
        return f"up {up}/{self.up_cycles} down {down}/{self.down_cycles}"


class ManyTargets(Screen):
    """A line a target and round: its queues, its dynos, their backlog, and what was decided."""

    def __init__(self, targets: Sequence[str], dynos_max: int) -> None:
        super().__init__(dynos_max)
        self.name_width = max(map(len, targets))

    def headings(self) -> None:
        """The names of the columns."""
        widths = {
            "tick": 8,
            "target": self.name_width,
            "messages": QUEUES_WIDTH,
            "dynos": self.dynos_max + 9,
            "per dyno": 10,
            "decision": 15,
            "reason": 0,
        }
        self.heads(widths, "  ")

    def round(self, cycles: Sequence[Cycle], note: str = "") -> None:
        """The cycles of an invocation."""
        for place, cycle in enumerate(cycles):
            tick = cycle.record.get("tick", "")[11:19] if place == 0 else ""
            self.say(self._line(cycle, tick) + self.note(note))
            self.error(cycle, 12)

    def _line(self, cycle: Cycle, tick: str) -> str:
        record = cycle.record
        per_dyno = f"{counted(record.get('backlog_per_instance')):>3} of {counted(record.get('backlog_threshold'))}"
        parts = [
            f"  {tick:<8}",
            f"{record.get('app')}/{record.get('process')}".ljust(self.name_width),
            f"{self.queues(cycle):<{QUEUES_WIDTH}}",
            self.dynos(cycle),
            f"{per_dyno:<10}",
            self._decision(record),
            self.reason(cycle),
        ]
        return "  ".join(parts)

    def queues(self, cycle: Cycle) -> str:
        """Each queue with its messages."""
        several = cycle.record.get("queues") or []
        counts = [f"{queue['name']} {queue['sqs_messages']}" for queue in several]
        return ", ".join(counts) if counts else f"{cycle.record.get('queue')} {cycle.backlog}"

    def _decision(self, record: dict[str, Any]) -> str:
        action = record.get("action", "none")
        words = action if action == "none" else f"{action} to {record.get('required_dynos')}"
        return self.painted(f"{words:<15}", ACTION_COLOURS.get(action, "dim"))
