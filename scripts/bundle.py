"""The bundle: what is deployed without building anything. Its templates are made from template.yaml, and there is no other.

A template names one folder of code, so each processor has a template of its own: template.yaml for x86_64, and
template-arm64.yaml. What SAM would build is built, and what the parameter Architecture would choose is chosen.

Must not know: who compiled the programs, nor where the bundle goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from archives import Content, program, text, zip_of

ROOT = Path(__file__).resolve().parents[1]
ITS_OWN = ROOT / "release/bundle"
"""The files that the bundle has and the repository's own deployment has not."""
GUIDES = ("COMMAND_LINE", "CONFIGURATION", "DEPLOY", "OPERATIONS", "PERFORMANCE", "POLICIES", "REASONS", "RELIABILITY", "SECURITY", "SIMULATOR")
TEMPLATES = {"x86_64": "template.yaml", "arm64": "template-arm64.yaml"}

PREBUILT = (
    (r"^      BuildMethod: .*\n", ""),
    (r"^      CodeUri: \.$", "      CodeUri: {processor}/"),
    (r"^      Architectures: \[!Ref Architecture\]$", "      Architectures: [{processor}]"),
    (r"(?:^  #.*\n)*^  Architecture:\n(?:^    .*\n)+", ""),
    (r", Architecture\]$", "]"),
)
"""What differs in a template whose code is built, each in one place."""


class Unlike(Exception):
    """template.yaml is not what this expects."""


def template(source: str, processor: str) -> str:
    """The template that deploys the program in the processor's folder."""
    for pattern, replacement in PREBUILT:
        source, count = re.subn(pattern, replacement.format(processor=processor), source, flags=re.MULTILINE)
        if count != 1:
            raise Unlike(f"template.yaml has {count} places like {pattern!r}, must be 1")
    return source


def bundle(name: str, functions: Mapping[str, bytes], licences: Mapping[str, Content]) -> bytes:
    """A zip with one folder of that name, for the processors of these programs."""
    source = (ROOT / "template.yaml").read_text()
    files = {path.name: Content(path.read_bytes()) for path in ITS_OWN.iterdir()}
    files |= {f"docs/{guide}.md": Content((ROOT / f"docs/{guide}.md").read_bytes()) for guide in GUIDES}
    files |= {each: Content((ROOT / each).read_bytes()) for each in ("LICENSE", "CHANGELOG.md")}
    files |= licences
    for processor, function in functions.items():
        files[TEMPLATES[processor]] = text(template(source, processor))
        files[f"{processor}/bootstrap"] = program(function)
    return zip_of({f"{name}/{path}": content for path, content in files.items()})
