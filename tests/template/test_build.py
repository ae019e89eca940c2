"""The results and refusals of `sam build`."""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import architecture  # noqa: E402
import glibc  # noqa: E402

X86_64, ARM64 = 62, 183


def elf(machine, needs):
    """The smallest ELF file with the versions that it needs: {library: [version, ...]}."""
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


TEMPLATE = (ROOT / "template.yaml").read_text()
GUIDED = r"""
[default.global.parameters]
stack_name = "dynoscaler"

[default.deploy.parameters]
capabilities = "CAPABILITY_IAM"
parameter_overrides = "MyHerokuAsApp=\"my-app\" PermissionsBoundary=\"\" Architecture=\"arm64\""
"""  # as the guide of `sam deploy` writes it


@pytest.mark.parametrize(
    ("samconfig", "architectures"),
    [
        ("", ["x86_64"]),
        ((ROOT / "samconfig.toml").read_text(), ["x86_64"]),
        (GUIDED, ["arm64"]),
        (GUIDED.replace("arm64", "x86_64"), ["x86_64"]),
        ("[default.deploy.parameters]\nparameter_overrides = ['Architecture=arm64']\n", ["arm64"]),
        ("[default.global.parameters]\nparameter_overrides = 'Architecture=arm64'\n\n[default.deploy.parameters]\n", ["arm64"]),
        ("[default.deploy.parameters]\n# parameter_overrides = 'Architecture=arm64'\n", ["x86_64"]),
        ("[default.build.parameters]\nparameter_overrides = 'Architecture=arm64'\n", ["x86_64"]),
        ("[prod.deploy.parameters]\nparameter_overrides = 'Architecture=arm64'\n", ["x86_64", "arm64"]),
    ],
)
def test_the_stack_s_processors_are_read_where_sam_finds_them(samconfig, architectures):
    assert architecture.of_the_stack(TEMPLATE, samconfig) == architectures


@pytest.fixture
def make(tmp_path):
    """Runs the target that `sam build` calls in a copy of the files that it needs, with a cargo that "compiles" the given file."""

    def make(file, machine="x86_64", samconfig="", **variables):
        project, artifacts, cargo = tmp_path / "project", tmp_path / "artifacts", tmp_path / "bin" / "cargo"
        for folder in (project, artifacts, cargo.parent):
            folder.mkdir()
        for name in ("Makefile", "template.yaml"):
            shutil.copy(ROOT / name, project)
        shutil.copytree(ROOT / "scripts", project / "scripts")
        (project / "samconfig.toml").write_text(samconfig)
        (tmp_path / "built").write_bytes(file)
        cargo.write_text(f'#!/bin/sh\nmkdir -p "$CARGO_TARGET_DIR/release"\ncp "{tmp_path}/built" "$CARGO_TARGET_DIR/release/bootstrap"\n')
        cargo.chmod(0o755)
        without_zig = [folder for folder in os.environ["PATH"].split(":") if not (Path(folder) / "cargo-zigbuild").exists()]
        environment = os.environ | {
            "PATH": ":".join([str(cargo.parent), *without_zig]),
            "CARGO_TARGET_DIR": str(tmp_path / "target"),
            "ARTIFACTS_DIR": str(artifacts),
            "MAKEFLAGS": "",
        }
        command = ["make", "build-ScalerFunction", f"MACHINE={machine}"]
        result = subprocess.run(command, cwd=project, env=environment | variables, capture_output=True, text=True)
        return result, artifacts / "bootstrap"

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


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"machine": "arm64"}, 'parameter_overrides = "Architecture=arm64"'),
        ({"ARCHITECTURE": "arm64"}, "Set the stack's parameter Architecture to arm64"),
        ({"samconfig": GUIDED, "ARCHITECTURE": "x86_64"}, "Set the stack's parameter Architecture to x86_64"),
        ({"samconfig": GUIDED, "machine": "arm64"}, "is for x86_64, not for arm64"),
    ],
    ids=["another machine", "a variable", "a variable against the guide's answer", "another program"],
)
def test_the_build_refuses_what_the_stack_s_processor_could_not_start_and_names_the_parameter(make, given, says):  # case A2
    result, bootstrap = make(RUNS, **given)
    assert result.returncode != 0
    assert says in result.stderr
    assert "Architecture" in result.stderr
    assert not bootstrap.exists()


def test_for_another_processor_the_parameter_alone_has_to_be_set(make):  # case A2
    program = elf(ARM64, {"libc.so.6": ["GLIBC_2.17"]})
    result, bootstrap = make(program, machine="arm64", samconfig=GUIDED)
    assert result.returncode == 0, result.stderr
    assert bootstrap.read_bytes() == program


def test_sam_build_produces_an_executable_bootstrap(tmp_path):
    sam = Path(sys.executable).parent / "sam"
    build = subprocess.run([sam, "build", "--build-dir", tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert build.returncode == 0, build.stdout + build.stderr
    bootstrap = tmp_path / "ScalerFunction" / "bootstrap"
    assert os.access(bootstrap, os.X_OK)
    assert glibc.check(bootstrap.read_bytes(), {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine))
    shutil.rmtree(tmp_path)  # pytest keeps the last three
