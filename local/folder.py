"""The folder of the show: which process holds it, and what another process needs to reach the running show.

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
    """No show runs, or it has not started everything yet."""


class Taken(RuntimeError):
    """Another show runs."""


@contextmanager
def held(folder: Path = FOLDER) -> Iterator[Path]:
    """The folder, for one show at a time; the file that says how to reach the show is removed at its end."""
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
    """How to reach the running show."""

    aws: Access
    heroku_url: str
    token_name: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        """That of the running show."""
        if not folder.is_dir():
            raise NoShow("nothing runs: `make run` first, and leave it running")
        with _locked(folder) as is_free:
            if is_free:
                raise NoShow("nothing runs any more: `make run` first, and leave it running")
        try:
            kept = json.loads((folder / SCENE).read_text())
        except FileNotFoundError:
            raise NoShow("the show is not ready yet: wait until the first terminal lists what you can try") from None
        return cls(Access(**kept.pop("aws")), **kept)

    def keep(self, folder: Path = FOLDER) -> None:
        """Writes it to the file that another process reads."""
        (folder / SCENE).write_text(json.dumps(asdict(self)))


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether the lock was free. The kernel releases it when its holder ends for any reason."""
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
