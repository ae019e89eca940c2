"""Makes dist/: what users download, from programs that are built already.

    python3 scripts/release.py functions x86_64=target/release/bootstrap     # the packages of the function, and the bundle
    python3 scripts/release.py command-lines x86_64-unknown-linux-musl=FILE  # an archive for each of these targets
    python3 scripts/release.py sums                                          # SHA256SUMS of all that is there

The same programs give the same bytes. Must not know: how a program is built.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import compiled_in
import glibc
from archives import Content, program, tar_gz_of, text, zip_of
from bundle import bundle
from version import declared

ROOT = Path(__file__).resolve().parents[1]
WITH_COMMAND_LINE = ROOT / "release/command-line"
SUMS = "SHA256SUMS"
FUNCTION, COMMAND_LINE = "dynoscaler", "dynoscaler-cli"
"""The packages."""
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
"""What the function is compiled for, by Lambda's names of the processors."""
COMPLETIONS = {"bash": "dynoscaler.bash", "elvish": "dynoscaler.elv", "fish": "dynoscaler.fish", "powershell": "_dynoscaler.ps1", "zsh": "_dynoscaler"}


class Unfit(Exception):
    """A program that is not what it is given as."""


def functions(programs: dict[str, Path], version: str) -> dict[str, bytes]:
    """The files of dist/ for the function, by Lambda's names of the processors."""
    built = {processor: path.read_bytes() for processor, path in programs.items()}
    for processor, data in built.items():
        glibc.check(data, processor)
    inside = compiled_in.crates(FUNCTION, [TARGETS[processor] for processor in built])
    files = {f"dynoscaler-lambda-{processor}.zip": zip_of({"bootstrap": program(data)}) for processor, data in built.items()}
    files[f"dynoscaler-{version}.zip"] = bundle(f"dynoscaler-{version}", built, licences(inside))
    files["dynoscaler-lambda.cdx.json"] = compiled_in.bill_of_materials(FUNCTION, version, inside).encode()
    return files


def command_lines(programs: dict[str, Path], version: str) -> dict[str, bytes]:
    """The files of dist/ for the command line, by Rust's names of the targets."""
    manual = pages(next((path for target, path in programs.items() if runs_here(target)), None))
    files: dict[str, bytes] = {}
    for target, path in programs.items():
        data = path.read_bytes()
        if "linux" in target:
            check_static(data, target)
        name = f"{COMMAND_LINE}-{target}"
        inside = compiled_in.crates(COMMAND_LINE, [target])
        own = {each.name: Content(each.read_bytes()) for each in WITH_COMMAND_LINE.iterdir()}
        own |= {"dynoscaler": program(data), "LICENSE": Content((ROOT / "LICENSE").read_bytes())}
        content = own | manual | licences(inside)
        if "musl" in target:
            content["licences/musl.txt"] = Content(compiled_in.c_library())
        files[f"{name}.tar.gz"] = tar_gz_of({f"{name}/{path}": each for path, each in content.items()})
        files[f"{name}.cdx.json"] = compiled_in.bill_of_materials(COMMAND_LINE, version, inside).encode()
    return files


def licences(inside: list[compiled_in.Crate]) -> dict[str, Content]:
    """The licences of all that is compiled in."""
    return {
        "licences/crates.txt": text(compiled_in.licences(inside)),
        "licences/rust-standard-library.html": Content(compiled_in.standard_library()),
    }


def check_static(elf: bytes, target: str) -> None:
    """Refuses a command line that needs a library of the machine, or is for another processor."""
    machine, needs = glibc.read(elf)
    if machine != target.split("-")[0].replace("aarch64", "arm64"):
        raise Unfit(f"the command line for {target} is for {machine}")
    if needs:
        raise Unfit(f"the command line for {target} is not static: it needs {', '.join(sorted({library for library, _ in needs}))}")


def runs_here(target: str) -> bool:
    """Whether this machine can run a program of a target."""
    processor, *_ = target.split("-")
    return processor == platform.machine().replace("arm64", "aarch64") and ("darwin" in target) == (sys.platform == "darwin")


def pages(command_line: Path | None) -> dict[str, Content]:
    """The pages for man and the completions, which a command line writes."""
    if command_line is None:
        raise Unfit(f"none of the command lines runs on this machine ({platform.machine()}), and one must write the manual")
    say = lambda *words: subprocess.run([command_line, *words], stdout=subprocess.PIPE, text=True, check=True).stdout
    scripts = {f"completions/{file}": say("completions", shell) for shell, file in COMPLETIONS.items()}
    return {path: text(content) for path, content in (manual(say) | scripts).items()}


def manual(say: Callable[..., str], *words: str) -> dict[str, str]:
    """The page of a command, and those of the commands below it, which it names."""
    page, stem = say("man", *words), "-".join(("dynoscaler", *words))
    names = re.findall(rf"\b{stem}-([a-z-]+)\(1\)", page.replace("\\-", "-"))
    below = [manual(say, *words, name) for name in dict.fromkeys(names)]
    return {f"man/{stem}.1": page} | {path: content for pages in below for path, content in pages.items()}


def sums(folder: Path) -> dict[str, bytes]:
    """The sums, as `sha256sum --check` reads them."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    return {SUMS: "".join(lines).encode()}


def given(argument: str) -> tuple[str, Path]:
    """One argument: for what a program is, and where it is."""
    name, _, path = argument.partition("=")
    return name, Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes dist/ from programs that are built.")
    parser.add_argument("what", choices=("functions", "command-lines", "sums"))
    parser.add_argument("programs", nargs="*", type=given, metavar="FOR=FILE")
    parser.add_argument("--into", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    version = declared((ROOT / "Cargo.toml").read_text())
    programs = dict(arguments.programs)
    arguments.into.mkdir(parents=True, exist_ok=True)
    try:
        match arguments.what:
            case "functions":
                files = functions(programs, version)
            case "command-lines":
                files = command_lines(programs, version)
            case "sums":
                files = sums(arguments.into)
    except (Unfit, glibc.Unfit, compiled_in.Unlicensed) as why:
        sys.exit(str(why))
    for name, data in files.items():
        (arguments.into / name).write_bytes(data)
        print(f"{len(data):>10,} {name}")


if __name__ == "__main__":
    main()
