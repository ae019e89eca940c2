"""The zip of a release, deployed by its own page on a machine without cargo: with the SAM CLI, and with the AWS CLI alone.

Only the program is not the release's own: the bundle is made from the binary that the other tests run.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import LocalAws, until
from local.heroku import Heroku
from tests.e2e.guest import SAM, Deployment, Guest
from tests.e2e.guide import Dialogue
from tests.e2e.world import ROOT, TOKEN

PROCESSOR = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
TEMPLATE = {"x86_64": "template.yaml", "arm64": "template-arm64.yaml"}[PROCESSOR]
APP, QUEUE, BUCKET = "bundled-app", "bundled-jobs", "bundles"
AWS_CLI = Path(sys.executable).parent / "aws"
HEROKU_CLI = f'#!/bin/sh\n[ "$1" = authorizations:create ] && echo {TOKEN}\n'
SYSTEM = "/usr/bin:/bin"
PATCH_SECONDS_MAX = 30


def packed(bootstrap: Path, release: Path) -> Path:
    """The bundle for this machine."""
    make = [sys.executable, "scripts/release.py", "functions", f"{PROCESSOR}={bootstrap}", "--into", release]
    subprocess.run(make, cwd=ROOT, check=True)
    [bundle] = release.glob("dynoscaler-[0-9]*.zip")
    return bundle


def unpacked(bootstrap: Path, release: Path) -> Path:
    """The same, unpacked as a user would."""
    bundle = packed(bootstrap, release)
    # Without the modes, as on Windows: both tools pack a program that may be executed all the same.
    shutil.unpack_archive(bundle, release)
    return release / bundle.stem


@pytest.fixture(scope="module")
def folder(bootstrap: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle."""
    return unpacked(bootstrap, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def guest(aws: LocalAws, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Has the bundle, the three command lines that its page names, and no cargo; has stored the token as the page says."""
    home = tmp_path_factory.mktemp("home")
    (home / "bin").mkdir()
    (home / "bin/sam").symlink_to(SAM)
    (home / "bin/aws").symlink_to(AWS_CLI)
    (home / "bin/heroku").write_text(HEROKU_CLI)
    (home / "bin/heroku").chmod(0o755)
    guest = Guest(aws, folder, home, f"{home / 'bin'}:{SYSTEM}")
    assert not shutil.which("cargo", path=guest.path), "these tests are those of a machine without cargo"
    aws.client("s3").create_bucket(Bucket=BUCKET)
    aws.send(aws.create_queue(QUEUE), 500)
    [stored] = typed(guest, "aws ssm put-parameter")
    assert stored.status == 0, stored.text
    return guest


@pytest.fixture
def heroku() -> Iterator[Heroku]:
    """The app, whose workers are too few."""
    with Heroku(APP, {"web": 2, "worker": 1}, TOKEN) as heroku:
        yield heroku


def commands(page: Path, beginning: str) -> list[str]:
    """The commands of a page that begin with these words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [line for line in lines if line.startswith(beginning)]


def typed(guest: Guest, beginning: str, page: str = "README.md", **names: str) -> list[Dialogue]:
    """Types the commands of the bundle's page that begin with these words, with names of one's own in them."""
    own = {"template.yaml": TEMPLATE, "MY-BUCKET": BUCKET, "MY-APP": APP, "MY-QUEUE": QUEUE} | names
    outcomes = []
    for command in commands(guest.project / page, beginning):
        for name, value in own.items():
            command = command.replace(name, value)
        outcomes.append(guest.types("sh", "-c", command))
    return outcomes


def assert_scales(stack: Deployment, heroku: Heroku) -> None:
    """Two cycles above the threshold add a dyno, since 500 messages wait for one; the rule may run cycles in between."""
    records = [stack.invoke() for _ in range(2)]
    assert [record.get("error") for record in records] == [None, None]
    next((turn for turn in until(PATCH_SECONDS_MAX) if heroku.patches), None)
    assert heroku.patches[0]["body"] == {"quantity": 2}


def test_the_bundle_is_deployed_by_sam_s_guide_without_cargo_and_scales(guest: Guest, heroku: Heroku) -> None:
    assert commands(guest.project / "README.md", "sam deploy") == ["sam deploy --guided"]
    options = [] if TEMPLATE == "template.yaml" else ["--template-file", TEMPLATE]
    answers = {"MyHerokuAsApp": APP, "AwsSqsName": QUEUE, "DynoscalerSettings": f"HEROKU_API_URL={heroku.url}"}
    deployed = guest.deploys(*options, **answers)
    assert deployed.status == 0, deployed.text
    assert not [question for question in deployed.questions if "Architecture" in question.text]
    assert_scales(guest.stack(), heroku)


def test_the_bundle_is_deployed_by_the_aws_cli_alone_and_scales(guest: Guest, heroku: Heroku) -> None:
    live = {"DynoscalerDryRun=true": f"DynoscalerSettings=HEROKU_API_URL={heroku.url}", "--stack-name dynoscaler": "--stack-name by-aws-cli"}
    for deployed in typed(guest, "aws cloudformation", **live):
        assert deployed.status == 0, deployed.text
    assert_scales(guest.stack("by-aws-cli"), heroku)


def test_the_packaged_template_is_a_stack_as_terraform_and_cdk_make_one(guest: Guest, heroku: Heroku) -> None:
    for packaged in typed(guest, "aws ", page="docs/DEPLOY.md"):
        assert packaged.status == 0, packaged.text
    given = {"MyHerokuAsApp": APP, "AwsSqsName": QUEUE, "DynoscalerSettings": f"HEROKU_API_URL={heroku.url}"}
    cloudformation = guest.aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="within-another",
        TemplateURL=f"{guest.aws.url}/{BUCKET}/dynoscaler/packaged.yaml",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="within-another", WaiterConfig={"Delay": 1})
    assert_scales(guest.stack("within-another"), heroku)


def test_a_targets_file_in_the_bundle_makes_a_fleet(guest: Guest) -> None:
    queues = {"MY-OTHER-QUEUE": "bundled-mails", "MY-QUEUE": QUEUE, "MY-APP": APP}
    example = (guest.project / "targets.example.toml").read_text()
    for name, value in queues.items():
        example = example.replace(name, value)
    (guest.project / PROCESSOR / "targets.toml").write_text(example)
    sqs = guest.aws.client("sqs")
    urls = [guest.aws.create_queue(name) for name in (QUEUE, "bundled-mails")]
    arns = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"] for url in urls]
    with Heroku(APP, {"web": 2, "worker": 1, "mailer": 1}, TOKEN) as heroku:
        fleet = {
            "DynoscalerDryRun=true": f"DynoscalerSettings=HEROKU_API_URL={heroku.url} DynoscalerTargets=targets.toml",
            "AwsSqsName=" + QUEUE: f"AwsSqsName={','.join(arns)}",
            "--stack-name dynoscaler": "--stack-name fleet",
        }
        for deployed in typed(guest, "aws cloudformation", **fleet):
            assert deployed.status == 0, deployed.text
        records = guest.stack("fleet").invoke_all()
    assert {(record["process"], record["sqs_messages"], record["error"]) for record in records} == {("worker", 500, None), ("mailer", 0, None)}
