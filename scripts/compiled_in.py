"""What is compiled into a program: its crates, as a bill of materials (CycloneDX) and with the text of their licences.

Must not know: which programs there are, nor where these files go.
"""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LICENCE_FILES = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
RULE = "=" * 100
TOOLCHAIN_TEXTS = "share/doc/rust"
"""Where a toolchain keeps the licences of Rust's standard library, which is in every program, and the texts of common ones."""
HEAD = """\
What is compiled into this program, beside Rust's standard library, whose licences are in the file beside this one.
Where a crate offers a choice of licences, the texts of all of them follow. Texts that are alike are printed once.
"""


class Unlicensed(Exception):
    """Crates whose licence cannot be shown."""


@dataclass(frozen=True, order=True)
class Crate:
    """One crate of crates.io."""

    name: str
    version: str
    licence: str = field(compare=False)
    repository: str = field(compare=False)
    folder: Path = field(compare=False)
    sha256: str = field(compare=False)

    @property
    def purl(self) -> str:
        """Its name for scanners."""
        return f"pkg:cargo/{self.name}@{self.version}"

    def texts(self) -> list[str]:
        """The licences and notices in its package, in the order of their names."""
        files = sorted(path for path in self.folder.iterdir() if path.is_file() and LICENCE_FILES.match(path.name))
        return [path.read_text(errors="replace").strip() for path in files]


def crates(package: str, targets: list[str]) -> list[Crate]:
    """The crates of crates.io that are in a package's programs for some target; not those that only run while it is built."""
    known = {(crate.name, crate.version): crate for crate in _locked()}
    inside = {name for target in targets for name in _tree(package, target)}
    return sorted(known[each] for each in inside if each in known)


def _tree(package: str, target: str) -> set[tuple[str, str]]:
    said = _cargo("tree", "--package", package, "--target", target, "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}")
    return {(name, version) for name, version in re.findall(r"^(\S+) v(\S+)", said, re.MULTILINE)}


def _locked() -> list[Crate]:
    packages = json.loads(_cargo("metadata", "--format-version", "1"))["packages"]
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(each["name"], each["version"]): each.get("checksum", "") for each in locked}
    return [
        Crate(
            name=package["name"],
            version=package["version"],
            licence=package["license"].replace("/", " OR "),
            repository=package["repository"] or "",
            folder=Path(package["manifest_path"]).parent,
            sha256=sums[package["name"], package["version"]],
        )
        for package in packages
        if package["source"]
    ]


def _cargo(command: str, *arguments: str) -> str:
    return subprocess.run(
        ["cargo", command, "--locked", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def bill_of_materials(program: str, version: str, inside: list[Crate]) -> str:
    """The crates in CycloneDX 1.6. Without a time and a serial number, so that the same crates give the same text."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": program, "name": program, "version": version}},
        "components": [_component(crate) for crate in inside],
        "dependencies": [{"ref": program, "dependsOn": [crate.purl for crate in inside]}],
    }
    return json.dumps(bill, indent=2) + "\n"


def _component(crate: Crate) -> dict[str, object]:
    sources = [{"type": "vcs", "url": crate.repository}] if crate.repository else []
    return {
        "type": "library",
        "bom-ref": crate.purl,
        "name": crate.name,
        "version": crate.version,
        "purl": crate.purl,
        "licenses": [{"expression": crate.licence}],
        "hashes": [{"alg": "SHA-256", "content": crate.sha256}],
        "externalReferences": sources,
    }


def licences(inside: list[Crate]) -> str:
    """The text of every licence, each once, under the crates that have it."""
    owners: dict[str, list[Crate]] = {}
    for crate in inside:
        for text in crate.texts() or [_common_text(crate)]:
            owners.setdefault(text, []).append(crate)
    parts = ["\n".join([RULE, *(f"{crate.name} {crate.version}: {crate.licence}" for crate in those), RULE, text]) for text, those in owners.items()]
    return "\n\n".join([HEAD.strip(), *parts]) + "\n"


def _common_text(crate: Crate) -> str:
    """The text of a common licence, for a package that has none: the first of those that it offers."""
    for name in re.findall(r"[\w.-]+", crate.licence):
        text = _toolchain() / "licenses" / f"{name}.txt"
        if text.is_file():
            return text.read_text().strip()
    raise Unlicensed(f"{crate.name} {crate.version} ({crate.licence}) has no text of its licence in its package, nor has the toolchain")


def standard_library() -> bytes:
    """The licences of Rust's standard library, as a page."""
    page = _toolchain() / "COPYRIGHT-library.html"
    if not page.is_file():
        raise Unlicensed(f"{page} is missing: the licences of Rust's standard library, which rustup installs with a toolchain")
    return page.read_bytes()


def c_library() -> bytes:
    """The licence of musl, which zig links into a static program."""
    import ziglang  # beside this interpreter only where zig links

    return (Path(ziglang.__file__).parent / "lib/libc/musl/COPYRIGHT").read_bytes()


def _toolchain() -> Path:
    said = subprocess.run(["rustc", "--print", "sysroot"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return Path(said.strip(), TOOLCHAIN_TEXTS)
