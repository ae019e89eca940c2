"""Archives whose bytes depend on what is in them alone: no clock, no user, no order of a folder.

Must not know: what the files are.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name."""


@dataclass(frozen=True)
class Content:
    """What a file holds, and whether it is a program."""

    data: bytes
    mode: int = 0o644


def text(content: str) -> Content:
    """A text."""
    return Content(content.encode())


def program(data: bytes) -> Content:
    """A program, which may be executed."""
    return Content(data, 0o755)


def zip_of(files: Mapping[str, Content]) -> bytes:
    """A zip of files by their paths."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = (0o100000 | content.mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whose modes unzip restores
            archive.writestr(entry, content.data)
    return out.getvalue()


def tar_gz_of(files: Mapping[str, Content]) -> bytes:
    """A compressed tar of files by their paths."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0, filename="") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content.data), content.mode
            archive.addfile(entry, io.BytesIO(content.data))
    return out.getvalue()
