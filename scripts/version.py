"""The version: Cargo.toml, template.yaml, CHANGELOG.md and the tag of a release must agree.

    python3 scripts/version.py v0.1.0    # prints what CHANGELOG.md says of it, or refuses

Must not know: how a release is made.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEWEST = re.compile(r"^## (\S+)(?: - (\d{4}-\d\d-\d\d))?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SEMANTIC = re.compile(r"^    SemanticVersion: (\S+)$", re.MULTILINE)


def declared(cargo: str) -> str:
    """The version of the workspace."""
    return tomllib.loads(cargo)["workspace"]["package"]["version"]


def faults(tag: str, cargo: str, changelog: str, template: str) -> list[str]:
    """What must change before this tag is a release."""
    version = declared(cargo)
    newest, date, _ = NEWEST.search(changelog).groups()
    published = SEMANTIC.search(template)[1]
    found = [f"Cargo.toml has version {version}, the tag is {tag}: must be v{version}"] if tag != f"v{version}" else []
    found += [f"CHANGELOG.md begins with {newest}, must begin with {version}"] if newest != version else []
    found += [f"CHANGELOG.md has no date for {newest}, must be as ## {newest} - 2026-11-26"] if newest == version and not date else []
    found += [f"template.yaml has SemanticVersion {published}, must be {version}"] if published != version else []
    return found


def notes(changelog: str) -> str:
    """What is new in the newest version."""
    return NEWEST.search(changelog)[3].strip()


def main(tag: str) -> None:
    cargo, changelog, template = ((ROOT / name).read_text() for name in ("Cargo.toml", "CHANGELOG.md", "template.yaml"))
    if wrong := faults(tag, cargo, changelog, template):
        sys.exit("\n".join(wrong))
    print(notes(changelog))


if __name__ == "__main__":
    main(*sys.argv[1:])
