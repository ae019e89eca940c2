"""Refuses a bootstrap that Amazon Linux 2023, on which Lambda runs it, could not start.

    python3 scripts/glibc.py target/release/bootstrap x86_64

A program linked on a newer Linux may need symbols of a newer glibc. No build step fails then; the first invocation in AWS
fails with "version `GLIBC_2.38' not found". The versions it needs are in its ELF section .gnu.version_r; they are
read here with the standard library, because the machine that builds may have neither binutils nor Docker.
"""

import struct
import sys
from pathlib import Path

LAMBDA_GLIBC = (2, 34)  # Amazon Linux 2023
MACHINES = {62: "x86_64", 183: "arm64"}  # e_machine
SHT_GNU_VERNEED = 0x6FFFFFFE

HOW_TO_BUILD = """\
Build one that runs there, with zig as the linker:
    python3 -m pip install cargo-zigbuild
    ZIG=1 sam build
or on Amazon Linux itself, in the image public.ecr.aws/amazonlinux/amazonlinux:2023 with cargo, make and gcc."""


class Unfit(Exception):
    """The reason why a file cannot be the function's bootstrap."""


def read(elf):
    """The machine that an ELF file is for, and the symbol versions that it needs as (library, version)."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise Unfit("is not a 64-bit Linux program")
    machine, sections_at = struct.unpack_from("<18xH20xQ", elf)
    section_size, section_count = struct.unpack_from("<HH", elf, 58)
    sections = [  # (type, offset, linked section, number of entries)
        struct.unpack_from("<4xI16xQ8xII", elf, sections_at + i * section_size) for i in range(section_count)
    ]

    needs = []
    for kind, at, strings, libraries in sections:
        if kind != SHT_GNU_VERNEED:
            continue
        names_at = sections[strings][1]
        name = lambda offset: elf[names_at + offset : elf.index(b"\0", names_at + offset)].decode()
        for _ in range(libraries):
            versions, library, first, next_library = struct.unpack_from("<2xHIII", elf, at)
            version_at = at + first
            for _ in range(versions):
                version, next_version = struct.unpack_from("<8xII", elf, version_at)
                needs.append((name(library), name(version)))
                version_at += next_version
            at += next_library
    return MACHINES.get(machine, f"machine {machine}"), needs


def number(version):
    """GLIBC_2.34 -> (2, 34). A name without numbers, such as GLIBC_ABI_DT_RELR, came after 2.34."""
    parts = version.removeprefix("GLIBC_").split(".")
    return tuple(map(int, parts)) if all(map(str.isdigit, parts)) else (float("inf"),)


def check(elf, architecture):
    """The newest glibc that the program needs, e.g. (2, 34). Raises `Unfit`."""
    machine, needs = read(elf)
    if machine != architecture:
        raise Unfit(f"is for {machine}, not for {architecture}, which the stack's parameter Architecture says")
    glibc = sorted((number(version), version, library) for library, version in needs if version.startswith("GLIBC_"))
    if glibc and glibc[-1][0] > LAMBDA_GLIBC:
        _, version, library = glibc[-1]
        raise Unfit(f"needs {version} of {library}, but Lambda's Amazon Linux 2023 has GLIBC_{LAMBDA_GLIBC[0]}.{LAMBDA_GLIBC[1]}")
    return glibc[-1][0] if glibc else (0,)


def main(path, architecture):
    try:
        newest = check(Path(path).read_bytes(), architecture)
    except Unfit as why:
        sys.exit(f"{path} {why}.\n{HOW_TO_BUILD}")
    needs = f"needs glibc {'.'.join(map(str, newest))}" if newest != (0,) else "needs no glibc"
    print(f"bootstrap for {architecture}, {needs}: deploy with the parameter Architecture={architecture}, as the guide offers")


if __name__ == "__main__":
    main(*sys.argv[1:])
