"""What a release has in it, without building one: the bundle's templates, its archives, the licences and the version."""

import copy
import io
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT
from samtranslator.yaml_helper import yaml_parse
from test_build import ARM64, RUNS, X86_64, elf

sys.path.insert(0, str(ROOT / "scripts"))
import archives  # noqa: E402
import bundle  # noqa: E402
import compiled_in  # noqa: E402
import glibc  # noqa: E402
import release  # noqa: E402
import same_answers  # noqa: E402
import version  # noqa: E402

SOURCE = (ROOT / "template.yaml").read_text()
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()))
"""
HAS_CYCLONEDX = ROOT / ".local/checkov-venv/bin/python"


# The bundle


@pytest.mark.parametrize("processor", bundle.TEMPLATES)
def test_the_bundle_s_template_is_the_repository_s_but_for_what_is_built_already(template, processor):
    expected = copy.deepcopy(template)
    function = expected["Resources"]["ScalerFunction"]
    del function["Metadata"]["BuildMethod"]
    function["Properties"] |= {"CodeUri": f"{processor}/", "Architectures": [processor]}
    del expected["Parameters"]["Architecture"]
    groups = expected["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    groups[-1]["Parameters"].remove("Architecture")
    assert yaml_parse(bundle.template(SOURCE, processor)) == expected


@pytest.mark.parametrize("processor", bundle.TEMPLATES)
def test_cfn_lint_finds_nothing_in_the_bundle_s_template(tmp_path, processor):
    file = tmp_path / bundle.TEMPLATES[processor]
    file.write_text(bundle.template(SOURCE, processor))
    lint = subprocess.run([Path(sys.executable).parent / "cfn-lint", file], cwd=tmp_path, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("changed", ["      CodeUri: .\n", "      BuildMethod: "])
def test_a_template_that_is_not_as_expected_makes_no_bundle(changed):
    with pytest.raises(bundle.Unlike, match="has 0 places"):
        bundle.template(SOURCE.replace(changed, "      Other: "), "x86_64")


def test_the_bundle_deploys_with_the_answers_that_the_repository_has():
    ours, its = (tomllib.loads((folder / "samconfig.toml").read_text()) for folder in (ROOT, bundle.ITS_OWN))
    assert its["default"] == {section: ours["default"][section] for section in ("global", "deploy")}


def test_the_bundle_has_each_document_that_its_template_and_its_page_name():
    named = set(re.findall(r"docs/(\w+)\.md", SOURCE + (bundle.ITS_OWN / "README.md").read_text()))
    assert named <= set(bundle.GUIDES)


def test_the_parameters_in_the_ways_to_deploy_are_the_template_s(template):
    blocks = re.findall(r"^ *parameters[:=\s]*{\n(.*?)^ *}", (ROOT / "docs/DEPLOY.md").read_text(), re.MULTILINE | re.DOTALL)
    given = [set(re.findall(r"^ *(\w+)\s*[:=]", block, re.MULTILINE)) for block in blocks]
    assert len(given) == 2
    assert all(names <= set(template["Parameters"]) for names in given)


def test_a_bundle_has_a_template_and_a_program_for_each_processor():
    made = bundle.bundle("dynoscaler-1.2.3", {"x86_64": b"intel", "arm64": b"arm"}, {"licences/crates.txt": archives.text("MIT")})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"dynoscaler-1.2.3"}
        assert archive.read("dynoscaler-1.2.3/arm64/bootstrap") == b"arm"
        assert archive.getinfo("dynoscaler-1.2.3/x86_64/bootstrap").external_attr >> 16 == 0o100755
        assert "Architectures: [arm64]" in archive.read("dynoscaler-1.2.3/template-arm64.yaml").decode()
        assert "Architectures: [x86_64]" in archive.read("dynoscaler-1.2.3/template.yaml").decode()


def test_a_program_that_lambda_could_not_start_is_no_function(tmp_path):
    (tmp_path / "bootstrap").write_bytes(RUNS)
    with pytest.raises(glibc.Unfit, match="is for x86_64, not for arm64"):
        release.functions({"arm64": tmp_path / "bootstrap"}, "1.2.3")


# The archives

FILES = {"b": archives.program(b"run"), "a/c": archives.text("read")}


@pytest.mark.parametrize("pack", [archives.zip_of, archives.tar_gz_of])
def test_an_archive_s_bytes_depend_on_its_content_alone(pack):
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


def test_archives_keep_the_modes():
    with tarfile.open(fileobj=io.BytesIO(archives.tar_gz_of(FILES))) as archive:
        assert {entry.name: (entry.mode, entry.mtime, entry.uid) for entry in archive} == {"b": (0o755, 0, 0), "a/c": (0o644, 0, 0)}
    with zipfile.ZipFile(io.BytesIO(archives.zip_of(FILES))) as archive:
        assert {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()} == {"b": 0o755, "a/c": 0o644}


def test_the_sums_are_those_of_every_file_but_their_own(tmp_path):
    (tmp_path / "b").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / release.SUMS).write_text("old")
    [(name, text)] = release.sums(tmp_path).items()
    (tmp_path / name).write_bytes(text)
    assert [line.split()[1] for line in text.decode().splitlines()] == ["a", "b"]
    assert subprocess.run(["sha256sum", "--check", "--strict", name], cwd=tmp_path, capture_output=True).returncode == 0


# The command line


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (elf(X86_64, {"libc.so.6": ["GLIBC_2.2.5"]}), "is not static: it needs libc.so.6"),
        (elf(ARM64, {}), "is for arm64"),
    ],
)
def test_a_command_line_that_needs_another_machine_s_library_or_processor_is_refused(file, why):
    with pytest.raises(release.Unfit, match=why):
        release.check_static(file, "x86_64-unknown-linux-musl")


def test_a_static_command_line_passes():
    release.check_static(elf(ARM64, {}), "aarch64-unknown-linux-musl")


def test_the_manual_has_the_page_of_every_command_that_a_page_names(tmp_path):
    command_line = tmp_path / "dynoscaler"
    command_line.write_text("""#!/bin/sh
        case "$*" in
        man) printf 'dynoscaler\\\\-run(1) dynoscaler\\\\-two\\\\-words(1) ' ;;
        'man two-words') printf 'dynoscaler\\\\-two\\\\-words\\\\-more(1) ' ;;
        esac
        printf '%s' "$*"
    """)
    command_line.chmod(0o755)
    pages = release.pages(command_line)
    assert [path for path in pages if path.startswith("man/")] == [f"man/dynoscaler{name}.1" for name in ("", "-run", "-two-words", "-two-words-more")]
    assert pages["man/dynoscaler-two-words-more.1"].data.endswith(b"man two-words more")
    assert pages["completions/_dynoscaler"].data.endswith(b"completions zsh")


def test_without_a_command_line_that_runs_here_there_is_no_manual():
    with pytest.raises(release.Unfit, match="one must write the manual"):
        release.pages(None)


def test_the_archives_are_where_cargo_binstall_looks_for_them():
    binstall = tomllib.loads((ROOT / "cli/Cargo.toml").read_text())["package"]["metadata"]["binstall"]
    assert binstall["pkg-url"].split("/")[-1] == "{ name }-{ target }{ archive-suffix }"
    assert binstall["bin-dir"] == "{ name }-{ target }/{ bin }"
    assert tomllib.loads((ROOT / "cli/Cargo.toml").read_text())["package"]["name"] == release.COMMAND_LINE


# What is compiled in


@pytest.fixture(scope="module")
def inside():
    """The crates of the function."""
    return compiled_in.crates("dynoscaler", list(release.TARGETS.values()))


def test_the_crates_are_those_that_the_function_links(inside):
    names = {crate.name for crate in inside}
    assert {"lambda_runtime", "ring", "rustls"} <= names
    assert not names & {"dynoscaler", "proptest", "serde_derive", "redb", "clap"}, "tests, macros and the command line are not in it"


def test_the_bill_of_materials_is_valid_cyclonedx_and_names_each_crate_with_its_sum(inside):
    bill = compiled_in.bill_of_materials("dynoscaler", "1.2.3", inside)
    validated = subprocess.run([HAS_CYCLONEDX, "-c", VALIDATE], input=bill, capture_output=True, text=True)
    assert validated.returncode == 0, validated.stderr
    components = json.loads(bill)["components"]
    assert [component["purl"] for component in components] == [crate.purl for crate in inside]
    assert all(len(component["hashes"][0]["content"]) == 64 for component in components)


def test_each_crate_has_the_text_of_a_licence_and_each_text_is_printed_once(inside):
    page = compiled_in.licences(inside)
    assert all(f"\n{crate.name} {crate.version}: {crate.licence}\n" in page for crate in inside)
    assert page.count("Apache License\n                           Version 2.0, January 2004") < len(inside) / 3


def test_a_crate_without_a_text_of_its_licence_is_refused_by_name(tmp_path):
    crate = compiled_in.Crate("secretive", "1.0.0", "LicenseRef-Ours", "", tmp_path, "")
    with pytest.raises(compiled_in.Unlicensed, match="secretive 1.0.0"):
        compiled_in.licences([crate])


# The version

CARGO = '[workspace.package]\nversion = "1.2.3"\n'
CHANGES = "# Changelog\n\n## 1.2.3 - 2026-11-26\n\nSomething new.\n\n## 1.2.2 - 2026-11-01\n\nOld.\n"
PUBLISHED = "    SemanticVersion: 1.2.3\n"


def test_a_tag_that_all_agree_with_is_a_release_and_its_notes_are_the_newest_changes():
    assert version.faults("v1.2.3", CARGO, CHANGES, PUBLISHED) == []
    assert version.notes(CHANGES) == "Something new."


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"tag": "1.2.3"}, "the tag is 1.2.3: must be v1.2.3"),
        ({"tag": "v1.2.4"}, "the tag is v1.2.4: must be v1.2.3"),
        ({"changelog": "## Unreleased\n\n- New.\n\n" + CHANGES}, "CHANGELOG.md begins with Unreleased, must begin with 1.2.3"),
        ({"changelog": CHANGES.replace(" - 2026-11-26", "")}, "CHANGELOG.md has no date for 1.2.3"),
        ({"template": PUBLISHED.replace("3", "2")}, "template.yaml has SemanticVersion 1.2.2, must be 1.2.3"),
    ],
)
def test_a_tag_that_something_disagrees_with_is_no_release(changed, fault):
    given = {"tag": "v1.2.3", "cargo": CARGO, "changelog": CHANGES, "template": PUBLISHED} | changed
    [found] = version.faults(**given)
    assert fault in found


def test_the_template_is_published_under_the_version_of_the_workspace():
    cargo, changelog = ((ROOT / name).read_text() for name in ("Cargo.toml", "CHANGELOG.md"))
    found = version.faults(f"v{version.declared(cargo)}", cargo, changelog, SOURCE)
    assert [fault for fault in found if not fault.startswith("CHANGELOG.md")] == []


# The workflow


def test_the_workflow_runs_targets_and_scripts_that_exist():
    workflow = (ROOT / ".github/workflows/release.yml").read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", workflow)) <= targets
    assert all(os.path.exists(ROOT / script) for script in re.findall(r"python3 (\S+)", workflow))


def test_command_lines_that_answer_differently_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["same_answers.py", str(tmp_path)])
    for target, answers in [("musl", "exit 1"), ("gnu", "exit 1"), ("gnu", 'test "$1" = --version || exit 1')]:
        folder = f"dynoscaler-cli-{platform.machine()}-unknown-linux-{target}"
        files = {f"{folder}/dynoscaler": archives.program(f"#!/bin/sh\n{answers}\n".encode())}
        (tmp_path / f"{folder}.tar.gz").write_bytes(archives.tar_gz_of(files))
        ends_with = same_answers.main()
    out, err = capsys.readouterr()
    assert "5 questions, the same answers" in out
    assert ends_with == 1
    assert [line for line in err.splitlines() if "different answers" in line] == [
        f"same_answers.py: different answers to --version: {platform.machine()}-unknown-linux-gnu ends with 0; "
        f"{platform.machine()}-unknown-linux-musl ends with 1"
    ]
