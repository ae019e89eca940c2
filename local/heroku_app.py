"""The state behind the stand-in for Heroku: one app, its process types, their dynos.

Must not know HTTP.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

APP_ID = "01234567-89ab-cdef-0123-456789abcdef"


def timestamp(seconds: float) -> str:
    """An instant as Heroku writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Dyno:
    """One dyno: its number among those of its process type, and when it was started."""

    number: int
    started: float


@dataclass
class ProcessType:
    """One process type: its dynos, as many as its quantity."""

    name: str
    id: str
    dynos: list[Dyno]
    updated: float = field(default_factory=time.time)

    @property
    def quantity(self) -> int:
        """The quantity requested of Heroku."""
        return len(self.dynos)


@dataclass(frozen=True)
class Generation:
    """What Heroku's generations do differently, as far as scaling has to do with it."""

    size: str
    name: Callable[[ProcessType, Dyno], str]
    """The name of a dyno."""
    kept: Callable[[list[Dyno], int], list[Dyno]]
    """The dynos that still run after a lower quantity was requested, of those that did."""
    dynos_max: int | None
    """The most dynos of an app, if the stand-in has a limit by itself."""


def _random_looking(kind: ProcessType, dyno: Dyno) -> str:
    digest = hashlib.sha256(f"{kind.id} {dyno}".encode()).hexdigest()
    return f"{kind.name}-{digest[:10]}-{digest[-5:]}"


CEDAR = Generation(
    size="Standard-1X",
    name=lambda kind, dyno: f"{kind.name}.{dyno.number}",
    kept=lambda dynos, quantity: dynos[:quantity],
    dynos_max=None,
)
FIR = Generation(
    size="dyno-1c-0.5gb",
    name=_random_looking,
    # Heroku documents no order. The oldest are stopped first, so that what relies on Cedar's fails.
    kept=lambda dynos, quantity: dynos[max(0, len(dynos) - quantity) :],
    dynos_max=255,
)


class App:
    """One app of a generation."""

    def __init__(self, name: str, quantities: dict[str, int], boot_seconds: float, generation: Generation) -> None:
        self.name = name
        self.generation = generation
        self.boot_seconds = boot_seconds
        self.created = time.time()
        long_ago = self.created - boot_seconds
        self.types = {
            type_name: ProcessType(type_name, str(uuid.UUID(int=number)), [Dyno(n, long_ago) for n in range(1, quantity + 1)])
            for number, (type_name, quantity) in enumerate(quantities.items(), start=1)
        }

    def find(self, id_or_type: str) -> ProcessType | None:
        """A process type by name or id."""
        return next((kind for kind in self.types.values() if id_or_type in (kind.name, kind.id)), None)

    def scale(self, kind: ProcessType, quantity: int) -> None:
        """Starts or stops dynos until there are `quantity`."""
        kept = self.generation.kept(kind.dynos, quantity)
        first = 1 + max((dyno.number for dyno in kept), default=0)
        now = time.time()
        kind.dynos = kept + [Dyno(first + n, now) for n in range(quantity - len(kept))]
        kind.updated = now

    def dynos(self) -> list[dict[str, Any]]:
        """Every dyno with its state."""
        return [self._dyno(kind, dyno) for kind in self.types.values() for dyno in kind.dynos]

    def formation(self, kind: ProcessType) -> dict[str, Any]:
        """One process type as the API shows it."""
        return {
            "app": {"id": APP_ID, "name": self.name},
            "command": f"bin/{kind.name}",
            "created_at": timestamp(self.created),
            "dyno_size": {"id": str(uuid.UUID(int=255)), "name": self.generation.size},
            "id": kind.id,
            "quantity": kind.quantity,
            "size": self.generation.size,
            "type": kind.name,
            "updated_at": timestamp(kind.updated),
        }

    def _dyno(self, kind: ProcessType, dyno: Dyno) -> dict[str, Any]:
        return {
            "app": {"id": APP_ID, "name": self.name},
            "attach_url": None,
            "command": f"bin/{kind.name}",
            "created_at": timestamp(dyno.started),
            "id": str(uuid.uuid5(uuid.UUID(kind.id), str(dyno.number))),
            "name": self.generation.name(kind, dyno),
            "release": {"id": str(uuid.UUID(int=254)), "version": 1},
            "size": self.generation.size,
            "state": "up" if time.time() - dyno.started >= self.boot_seconds else "starting",
            "type": kind.name,
            "updated_at": timestamp(dyno.started),
        }
