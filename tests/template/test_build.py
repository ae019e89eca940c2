"""What `sam build` gives and refuses."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import glibc  # noqa: E402

X86_64, ARM64 = 62, 183


def elf(machine, needs):
    """The least ELF file that says what it needs: {library: [version, ...]}."""
    strings, records = b"\0", b""

    def string(text):
        nonlocal strings
        strings += text.encode() + b"\0"
        return len(strings) - len(text) - 1

    for i, (library, versions) in enumerate(needs.items()):
        size = 16 * (1 + len(versions))
        last = i == len(needs) - 1
        records += struct.pack("<HHIII", 1, len(versions), string(library), 16, 0 if last else size)
        for j, version in enumerate(versions):
            records += struct.pack("<IHHII", 0, 0, 2, string(version), 0 if j == len(versions) - 1 else 16)

    def section(kind, at, link=0, entries=0):
        return struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, at, 0, link, entries, 0, 0)

    strings_at, records_at = 64, 64 + len(strings)
    sections = [section(0, 0), section(3, strings_at), section(glibc.SHT_GNU_VERNEED, records_at, 1, len(needs))]
    sections_at = records_at + len(records)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, sections_at, 0, 64, 56, 0, 64, len(sections), 1)
    return header + strings + records + b"".join(sections)


RUNS = elf(X86_64, {"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34"], "libgcc_s.so.1": ["GCC_4.2.0"], "libm.so.6": ["GLIBC_2.29"]})
TOO_NEW = elf(X86_64, {"libgcc_s.so.1": ["GCC_4.2.0"], "libc.so.6": ["GLIBC_2.9", "GLIBC_2.38"]})


@pytest.mark.parametrize(
    ("file", "architecture", "newest"),
    [
        (RUNS, "x86_64", (2, 34)),
        (elf(ARM64, {"libc.so.6": ["GLIBC_2.17"]}), "arm64", (2, 17)),
        (elf(X86_64, {}), "x86_64", (0,)),  # linked statically
    ],
)
def test_a_program_that_lambda_can_start_passes(file, architecture, newest):
    assert glibc.check(file, architecture) == newest


@pytest.mark.parametrize(
    ("file", "architecture", "why"),
    [
        (TOO_NEW, "x86_64", "needs GLIBC_2.38 of libc.so.6, but Lambda's Amazon Linux 2023 has GLIBC_2.34"),
        (elf(X86_64, {"libc.so.6": ["GLIBC_2.34", "GLIBC_ABI_DT_RELR"]}), "x86_64", "needs GLIBC_ABI_DT_RELR"),
        (RUNS, "arm64", "is for x86_64, not for arm64"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), "arm64", "is not a 64-bit Linux program"),  # macOS
    ],
)
def test_a_program_that_lambda_could_not_start_is_refused_with_the_reason(file, architecture, why):
    with pytest.raises(glibc.Unfit, match=why):
        glibc.check(file, architecture)


@pytest.fixture
def make(tmp_path):
    """Runs the target that `sam build` calls, with a cargo that "compiles" the given file."""

    def make(file):
        (tmp_path / "built").write_bytes(file)
        cargo = tmp_path / "bin" / "cargo"
        cargo.parent.mkdir()
        cargo.write_text(f'#!/bin/sh\nmkdir -p "$CARGO_TARGET_DIR/release"\ncp "{tmp_path}/built" "$CARGO_TARGET_DIR/release/bootstrap"\n')
        cargo.chmod(0o755)
        artifacts = tmp_path / "artifacts"
        artifacts.mkdir()
        environment = os.environ | {
            "PATH": f"{cargo.parent}:{os.environ['PATH']}",
            "CARGO_TARGET_DIR": str(tmp_path / "target"),
            "ARTIFACTS_DIR": str(artifacts),
            "ARCHITECTURE": "x86_64",
            "MAKEFLAGS": "",
        }
        command = ["make", "build-ScalerFunction", "MACHINE=x86_64"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True), artifacts / "bootstrap"

    return make


def test_the_build_leaves_a_bootstrap_and_says_what_it_is_for(make):
    result, bootstrap = make(RUNS)
    assert result.returncode == 0, result.stderr
    assert bootstrap.read_bytes() == RUNS
    assert "deploy with the parameter Architecture=x86_64" in result.stdout


def test_the_build_refuses_a_too_new_glibc_and_says_how_to_build_instead(make):
    result, bootstrap = make(TOO_NEW)
    assert result.returncode != 0
    assert "needs GLIBC_2.38 of libc.so.6" in result.stderr
    assert "ZIG=1 sam build" in result.stderr
    assert not bootstrap.exists()


def test_sam_build_produces_an_executable_bootstrap(tmp_path):
    sam = Path(sys.executable).parent / "sam"
    build = subprocess.run([sam, "build", "--build-dir", tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    bootstrap = tmp_path / "ScalerFunction" / "bootstrap"
    assert os.access(bootstrap, os.X_OK)
    assert glibc.check(bootstrap.read_bytes(), {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine))
    shutil.rmtree(tmp_path)  # pytest keeps the last three
