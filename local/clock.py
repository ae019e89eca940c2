"""A clock that is set ahead for one process, so that its minutes and hours need not be waited for.

Must not know: which process.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")


def library(folder: Path) -> Path:
    """Compiles what is loaded before the C library."""
    library = folder / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return library


class Clock:
    """At first the true time."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.file = folder / "seconds-ahead"
        self.variables = {"LD_PRELOAD": str(library), "SECONDS_AHEAD_FILE": str(self.file)}
        """Of the process that has this clock."""
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        """From now on the clock is so far ahead."""
        self.ahead = ahead
        self.file.write_text(f"{ahead.total_seconds():.0f}")

    def now(self) -> datetime:
        """The time by this clock."""
        return datetime.now(UTC) + self.ahead
