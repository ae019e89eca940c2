"""The folder of the show: who holds it, and what another process needs to reach the show that runs.

Must not know: what is shown.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.aws import Access, own_folder

FOLDER = Path(__file__).parents[1] / ".local/run"
SCENE = "scene.json"


class NoShow(RuntimeError):
    """No show runs, or it has not come so far."""


class Taken(RuntimeError):
    """Another show runs."""


@contextmanager
def held(folder: Path = FOLDER) -> Iterator[Path]:
    """The folder, for one show at a time; what says how to reach the show goes away with it."""
    own_folder(folder)
    with _locked(folder) as is_free:
        if not is_free:
            raise Taken(f"another one is running in {folder}; stop it first")
        _forget(folder)
        try:
            yield folder
        finally:
            _forget(folder)


@dataclass(frozen=True)
class Reach:
    """How to reach the show that runs."""

    aws: Access
    heroku_url: str
    token_name: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        """Of the show that runs."""
        if not folder.is_dir():
            raise NoShow("nothing runs: `make run` first, and let it run")
        with _locked(folder) as is_free:
            if is_free:
                raise NoShow("nothing runs any more: `make run` first, and let it run")
        try:
            kept = json.loads((folder / SCENE).read_text())
        except FileNotFoundError:
            raise NoShow("the show has not come so far: wait until the first terminal says what may be tried") from None
        return cls(Access(**kept.pop("aws")), **kept)

    def keep(self, folder: Path = FOLDER) -> None:
        """Writes it where another process reads it."""
        (folder / SCENE).write_text(json.dumps(asdict(self)))


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether nobody held the lock. The kernel lets it go when its holder dies, however that happens."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _forget(folder: Path) -> None:
    for name in (SCENE, "env"):
        with suppress(FileNotFoundError):
            os.unlink(folder / name)
