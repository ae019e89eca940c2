"""The state behind the stand-in for Heroku: one app, its process types, their dynos.

Must not know HTTP.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

APP_ID = "01234567-89ab-cdef-0123-456789abcdef"


def timestamp(seconds: float) -> str:
    """An instant as Heroku writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class ProcessType:
    """One process type: its quantity, and when each dyno was started."""

    name: str
    quantity: int
    id: str
    started: list[float] = field(default_factory=list)
    updated: float = field(default_factory=time.time)


class App:
    """One app. With a lower quantity it stops the dynos with the highest numbers, as Heroku does."""

    def __init__(self, name: str, quantities: dict[str, int], boot_seconds: float) -> None:
        self.name = name
        self.boot_seconds = boot_seconds
        self.created = time.time()
        long_ago = self.created - boot_seconds
        self.types = {
            type_name: ProcessType(type_name, quantity, str(uuid.UUID(int=number)), [long_ago] * quantity)
            for number, (type_name, quantity) in enumerate(quantities.items(), start=1)
        }

    def find(self, id_or_type: str) -> ProcessType | None:
        """A process type by name or id."""
        return next((kind for kind in self.types.values() if id_or_type in (kind.name, kind.id)), None)

    def scale(self, kind: ProcessType, quantity: int) -> None:
        """Starts or stops dynos until there are `quantity`."""
        kind.started = kind.started[:quantity] + [time.time()] * (quantity - len(kind.started))
        kind.quantity, kind.updated = quantity, time.time()

    def dynos(self) -> list[dict[str, Any]]:
        """Every dyno with its state."""
        return [self._dyno(kind, number) for kind in self.types.values() for number in range(1, kind.quantity + 1)]

    def formation(self, kind: ProcessType) -> dict[str, Any]:
        """One process type as the API shows it."""
        return {
            "app": {"id": APP_ID, "name": self.name},
            "command": f"bin/{kind.name}",
            "created_at": timestamp(self.created),
            "dyno_size": {"id": str(uuid.UUID(int=255)), "name": "Standard-1X"},
            "id": kind.id,
            "quantity": kind.quantity,
            "size": "Standard-1X",
            "type": kind.name,
            "updated_at": timestamp(kind.updated),
        }

    def _dyno(self, kind: ProcessType, number: int) -> dict[str, Any]:
        started = kind.started[number - 1]
        return {
            "app": {"id": APP_ID, "name": self.name},
            "attach_url": None,
            "command": f"bin/{kind.name}",
            "created_at": timestamp(started),
            "id": str(uuid.uuid5(uuid.UUID(kind.id), str(number))),
            "name": f"{kind.name}.{number}",
            "release": {"id": str(uuid.UUID(int=254)), "version": 1},
            "size": "Standard-1X",
            "state": "up" if time.time() - started >= self.boot_seconds else "starting",
            "type": kind.name,
            "updated_at": timestamp(started),
        }
