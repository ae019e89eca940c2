"""Every command of the pages that lead an operator is run: typed here as it is printed, from the files of a release to a
function that scales, on a machine that has Python and the SAM CLI and no compiler; or by the test that is named for it.

Only the programs are not the release's own: those that the other tests run. The Heroku CLI is a stand-in.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

from local.aws import LocalAws, until
from local.heroku import Heroku
from tests.e2e.documented import Block, blocks
from tests.e2e.guest import SAM, Guest
from tests.e2e.guide import Dialogue
from tests.e2e.test_bundle import AWS_CLI, PATCH_SECONDS_MAX, PROCESSOR, SYSTEM, packed
from tests.e2e.test_command_line import COMMAND_LINE
from tests.e2e.world import ROOT, TOKEN

sys.path.insert(0, str(ROOT / "scripts"))
from archives import program, tar_gz_of  # noqa: E402

PAGES = ("README.md", "docs/OPERATIONS.md", "docs/DEPLOY.md", "release/bundle/README.md")
BLOCKS = blocks(PAGES)
TARGET = "x86_64-unknown-linux-musl"
APP, QUEUE = "shop", "worker-jobs"
UNPACK = "unzip dynoscaler-VERSION.zip"
INIT = "dynoscaler init --dry-run"
WATCH = "dynoscaler status --stack dynoscaler --watch"
INTERRUPT, ENTER = "\x03", "\r"
KEYS = {
    INIT: (
        ("Token of a Heroku authorization", "{token}" + ENTER),
        ("Heroku app:", ENTER),
        ("Queues that it consumes:", ENTER),  # the one with the process type's name is chosen already
        ("How long may a message wait", f"2s/1s{ENTER}"),
        ("Fewest and most dynos:", f"1..10{ENTER}"),
        ("Do this?", f"y{ENTER}"),
    ),
    WATCH: (("to remove", INTERRUPT),),
    "sam delete": (("delete the stack", f"y{ENTER}"), ("delete the template file", f"y{ENTER}")),
}
"""What is pressed when a text is shown."""
SUCCESS = {"dynoscaler doctor --stack dynoscaler": ("0", "1")}
"""The statuses of what does not always end with 0: a warning is an outcome."""


class By(NamedTuple):
    """The test that runs a command, and why it is not typed here."""

    test: str
    why: str


SHOW, BUNDLE, FLEET = "tests/e2e/test_show.py::", "tests/e2e/test_bundle.py::", "tests/e2e/test_fleet.py::"
TERMINAL = "cli/tests/terminal/"
ELSEWHERE = {
    "make run": By(f"{SHOW}test_the_show_rises_to_the_maximum_and_falls_to_the_minimum", "that test has one show for all of it"),
    "make run-fleet": By(
        "tests/e2e/test_fleet_show.py::test_only_the_target_whose_token_is_refused_fails_and_only_so_long", "that test has one show for all of it"
    ),
    "make test": By("tests/e2e/test_documented.py::test_each_target_of_make_exists", "this test is a part of it"),
    "make release": By(f"{BUNDLE}test_the_bundle_is_deployed_by_sam_s_guide_without_cargo_and_scales", "it compiles four programs"),
    "make proof": By("sim/tests/worlds/interleavings.rs::three_instances_at_once_break_no_law", "it takes an hour"),
    "cargo install --path cli": By("tests/e2e/test_command_line.py::watched", "it compiles what `make build-command-line` compiles"),
    "dynoscaler simulate": By(f"{TERMINAL}cli.rs::every_policy_takes_part_unless_others_are_named", "there for a part of a day: a day takes a minute"),
    "dynoscaler run": By(f"{TERMINAL}commands.rs::a_clock_that_cannot_write_keeps_scaling_reports_it_once_and_ends_with_1", "it has no end"),
    "dynoscaler init --targets-parameter /dynoscaler/targets": By(
        "tests/e2e/test_init.py::test_what_init_wrote_for_two_accounts_is_deployed_by_the_commands_that_it_shows_and_scales",
        "the other commands look at the packed file",
    ),
    "dynoscaler init --live": By(f"{TERMINAL}init.rs::live_ends_a_dry_run_and_changes_nothing_else", "the page leads to it from a dry run"),
    "dynoscaler targets check targets.toml": By(f"{FLEET}policy_arn", "it needs the page's file"),
    "aws iam create-policy-version --policy-arn POLICY_ARN --policy-document file://policy.json --set-as-default": By(
        f"{FLEET}test_after_a_change_of_the_file_the_policy_has_a_new_version", "it needs that policy"
    ),
    "sam build && sam deploy --guided": By("tests/e2e/test_guided.py::test_the_guided_function_runs_cycles_by_itself", "it needs cargo"),
    "sam local invoke -e events/empty.json --env-vars env.json": By(
        "tests/template/test_template.py::test_the_environment_example_names_every_variable_of_the_template_as_a_string", "it needs Docker"
    ),
    "sha256sum --check --ignore-missing SHA256SUMS": By(
        "tests/template/test_release.py::test_the_sums_are_those_of_every_file_but_their_own", "`make release` makes the file"
    ),
    "sam deploy --guided --template-file template-arm64.yaml": By(
        "tests/template/test_release.py::test_the_bundle_s_template_is_the_repository_s_but_for_what_is_built_already",
        "it needs an arm64 machine, where the test above deploys this template",
    ),
}
SECTIONS_ELSEWHERE = {
    ("docs/OPERATIONS.md", "Break it"): By(f"{SHOW}test_break_it_as_written_shows_the_truth_an_hour_after_the_show", "it needs a show"),
    ("docs/OPERATIONS.md", "A fleet"): By(f"{FLEET}policy_arn", "it needs the page's file"),
    ("docs/OPERATIONS.md", "A fleet from the command line"): By(f"{FLEET}test_the_page_s_commands_know_the_fleet", "it needs that fleet"),
    ("docs/DEPLOY.md", "Terraform and CDK"): By(
        f"{BUNDLE}test_the_packaged_template_is_a_stack_as_terraform_and_cdk_make_one", "another way to a stack"
    ),
    ("release/bundle/README.md", "1. Authorize it at Heroku"): By(f"{BUNDLE}guest", "another way to a stack"),
    ("release/bundle/README.md", "2. Deploy"): By(
        f"{BUNDLE}test_the_bundle_is_deployed_by_the_aws_cli_alone_and_scales", "another way to a stack"
    ),
}
"""All of the blocks under these headings."""


def is_typed_here(block: Block) -> bool:
    """Whether no other test runs it."""
    is_elsewhere = block.form == "block" and (block.page, block.section) in SECTIONS_ELSEWHERE
    return not is_elsewhere and not set(block.commands) <= ELSEWHERE.keys()


TYPED_HERE = [block for block in BLOCKS if is_typed_here(block)]
FIRST_DEPLOYMENT = [block for block in TYPED_HERE if (block.page, block.section) == ("README.md", "Deploy it")]


@dataclass
class Reader:
    """A user who types what the pages say, into one terminal."""

    guest: Guest
    heroku: Heroku
    began: float = field(default_factory=time.monotonic)
    outcomes: dict[Block, list[str]] = field(default_factory=dict)
    """The commands of a block that failed, each with the output of the block."""

    def types(self, block: Block) -> list[str]:
        """Types a block, if it is not typed yet; gives what failed."""
        if block not in self.outcomes:
            self.outcomes[block] = self._typed(block)
        return self.outcomes[block]

    def _typed(self, block: Block) -> list[str]:
        statuses, place, variables = (self.guest.home / name for name in ("statuses", "place", "variables"))
        statuses.write_text("")
        script = ["trap : INT", f"test ! -e {variables} || . {variables}"]
        for command in block.commands:
            script += [self._with_own_names(command), f"echo $? >>{statuses}"]
        place.write_text(str(self.guest.project))
        shown = self._shown("\n".join([*script, f"pwd >{place}", f"export -p >{variables}"]), block)
        self.guest.project = Path(place.read_text().strip())
        self._report(block, shown)
        ended = zip_longest(block.commands, statuses.read_text().split(), fillvalue="none")
        return [f"{command}: status {status}\n{shown.text}" for command, status in ended if status not in SUCCESS.get(command, ("0",))]

    def _shown(self, script: str, block: Block) -> Dialogue:
        keys = [
            (awaited, pressed.replace("{token}", self.heroku.token))
            for command in block.commands
            for awaited, pressed in KEYS.get(command, ())
        ]
        return self.guest.presses("sh", "-c", script, keys=keys)

    def _with_own_names(self, command: str) -> str:
        names = {"VERSION": version(), "TARGET": TARGET}
        if "LOG_GROUP" in command:
            names["LOG_GROUP"] = self.guest.stack().outputs["LogGroupName"]
        if "--stack dynoscaler" in command and "history" not in command:
            names["--stack dynoscaler"] = f"--stack dynoscaler --targets {targets_file(self.guest.project)}"
        for name, value in names.items():
            command = command.replace(name, value)
        return command

    def _report(self, block: Block, shown: Dialogue) -> None:
        """The transcript, which pytest shows with -rP."""
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        print(f"\n[{minutes}:{seconds:02}] {block.name}\n{shown.text.strip()}")


def targets_file(project: Path) -> Path:
    """The file that `init` wrote."""
    [targets] = project.glob("*/targets.toml")
    return targets


def version() -> str:
    """That of the workspace."""
    [found] = re.findall(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    return found


@pytest.fixture(scope="module")
def heroku() -> Iterator[Heroku]:
    """The app, whose workers are too few."""
    with Heroku(APP, {"web": 2, "worker": 1}, TOKEN) as heroku:
        yield heroku


@pytest.fixture(scope="module")
def reader(aws: LocalAws, bootstrap: Path, heroku: Heroku, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Has downloaded two files, and has the command lines of SAM, AWS and Heroku, but no compiler."""
    home = tmp_path_factory.mktemp("reader")
    (home / "bin").mkdir()
    (home / "bin/sam").symlink_to(SAM)
    (home / "bin/aws").symlink_to(AWS_CLI)
    heroku_cli = home / "bin/heroku"
    heroku_cli.write_text(f"#!{sys.executable}\n" + (ROOT / "tests/e2e/heroku_cli.py").read_text())
    heroku_cli.chmod(0o755)
    packed(bootstrap, home)
    folder = f"dynoscaler-cli-{TARGET}"
    (home / f"{folder}.tar.gz").write_bytes(tar_gz_of({f"{folder}/dynoscaler": program(COMMAND_LINE.read_bytes())}))
    guest = Guest(aws, home, home, f"{home / 'bin'}:{SYSTEM}", {"HEROKU_API_URL": heroku.url})
    assert not shutil.which("cargo", path=guest.path), "this is a machine without cargo"
    aws.send(aws.create_queue(QUEUE), 500)
    return Reader(guest, heroku)


@pytest.fixture(scope="module")
def deployed(reader: Reader) -> Reader:
    """Has deployed by the README, and then let it act."""
    for block in FIRST_DEPLOYMENT:
        reader.types(block)
        if UNPACK in block.commands:
            call_the_stand_in(reader)
    targets = targets_file(reader.guest.project)
    targets.write_text(targets.read_text().replace("dry_run = true\n", ""))
    again = reader.guest.deploys_again()
    assert again.status == 0, again.text
    return reader


def call_the_stand_in(reader: Reader) -> None:
    """The only setting that no page has: where Heroku is."""
    samconfig = reader.guest.project / "samconfig.toml"
    settings = f"parameter_overrides = 'DynoscalerSettings=\"HEROKU_API_URL={reader.heroku.url}\"'\n"
    samconfig.write_text(samconfig.read_text() + settings)


@pytest.mark.skipif(PROCESSOR != "x86_64", reason="template.yaml of the bundle is for x86_64")
def test_the_readme_leads_from_two_files_to_a_function_that_scales(deployed: Reader) -> None:
    assert [failed for block in FIRST_DEPLOYMENT for failed in deployed.types(block)] == []
    assert deployed.heroku.patches == [], "a dry run"
    records = [deployed.guest.stack().invoke() for _ in range(2)]
    assert [record["error"] for record in records] == [None, None], records
    next((turn for turn in until(PATCH_SECONDS_MAX) if deployed.heroku.patches), None)
    assert deployed.heroku.patches[0]["body"] == {"quantity": 2}


@pytest.mark.skipif(PROCESSOR != "x86_64", reason="template.yaml of the bundle is for x86_64")
@pytest.mark.parametrize("block", [block for block in TYPED_HERE if block not in FIRST_DEPLOYMENT], ids=lambda block: block.name)
def test_a_command_of_a_page_succeeds_as_it_is_printed(deployed: Reader, block: Block) -> None:
    assert deployed.types(block) == []


@pytest.mark.parametrize("by", sorted({*ELSEWHERE.values(), *SECTIONS_ELSEWHERE.values()}), ids=lambda by: by.test)
def test_a_test_that_is_named_for_a_command_exists(by: By) -> None:
    file, _, name = by.test.partition("::")
    assert re.search(rf"^(?:async )?(?:def|fn) {name}\(", (ROOT / file).read_text(), re.MULTILINE), by.test


def test_only_what_a_page_has_is_run_elsewhere() -> None:
    assert ELSEWHERE.keys() <= {command for block in BLOCKS for command in block.commands}
    assert SECTIONS_ELSEWHERE.keys() <= {(block.page, block.section) for block in BLOCKS}


TARGETS_OF_MAKE = sorted({command for block in BLOCKS for command in block.commands if command.startswith("make ")})


@pytest.mark.parametrize("command", TARGETS_OF_MAKE)
def test_each_target_of_make_exists(command: str) -> None:
    shown = subprocess.run(["sh", "-c", f"{command} --dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    expected = {"make run": "-m local.run", "make run-fleet": "-m local.run_fleet", "make test": "tests/e2e"}.get(command, "")
    assert expected in shown.stdout
