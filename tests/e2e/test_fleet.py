"""The page's fleet, typed by a stranger: its file beside the template, its commands, the SAM CLI's guide.

The second account's token is one that Heroku does not know. Only cargo is a stand-in, as in `test_guided`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import LocalAws, until
from local.heroku import Heroku
from tests.e2e.conftest import EMF
from tests.e2e.guest import SAM, Deployment, Guest
from tests.e2e.test_command_line import COMMAND_LINE
from tests.e2e.test_guided import cloned
from tests.e2e.world import ROOT, TOKEN

AWS_CLI = Path(sys.executable).parent / "aws"
PAGE = (ROOT / "docs/OPERATIONS.md").read_text().split("\n## A fleet\n")[1].split("\n## ")[0]
LOG_SECONDS_MAX = 10


def blocks(language: str) -> list[str]:
    """What the page shows in this language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def heroku() -> Iterator[Heroku]:
    """The app of two of the targets."""
    with Heroku("shop", {"web": 2, "worker": 1, "mailer": 1}, TOKEN) as heroku:
        yield heroku


@pytest.fixture(scope="module")
def queues(aws: LocalAws) -> dict[str, str]:
    """The queues of the file, by name, with their ARNs. Two of them are full."""
    urls = {name: aws.create_queue(name) for name in ("jobs", "mail", "invoices")}
    for name in ("jobs", "mail"):
        aws.send(urls[name], 500)
    sqs = aws.client("sqs")
    attributes = {name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"]) for name, url in urls.items()}
    return {name: found["Attributes"]["QueueArn"] for name, found in attributes.items()}


@pytest.fixture(scope="module")
def policy_arn(stranger: Guest) -> str:
    """The policy that the page's commands make."""
    assert os.access(COMMAND_LINE, os.X_OK), f"{COMMAND_LINE} is missing: run `make test-e2e`, or set DYNOSCALER_COMMAND_LINE"
    checked = stranger.types("dynoscaler", "targets", "check", "targets.toml")
    assert (checked.status, "3 targets, all valid" in checked.text) == (0, True), checked.text
    commands, _ = blocks("sh")
    made = stranger.types("sh", "-ec", commands)
    assert made.status == 0, made.text
    return re.findall(r"arn:aws:iam::\d{12}:policy/dynoscaler-fleet", made.text)[0]


@pytest.fixture(scope="module")
def stranger(aws: LocalAws, bootstrap: Path, queues: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Has a clone with the page's file, three command lines, and the tokens where the file says."""
    guest = cloned(aws, tmp_path_factory.mktemp("stranger"), bootstrap)
    for name, program in {"sam": SAM, "aws": AWS_CLI, "dynoscaler": COMMAND_LINE}.items():
        (guest.home / "bin" / name).symlink_to(program)
    [file] = blocks("toml")
    (guest.project / "targets.toml").write_text(file)
    aws.keep_secret("/dynoscaler/token", TOKEN)
    aws.keep_secret("/dynoscaler/billing", "HRKU-of-nobody")
    return guest


@pytest.fixture(scope="module")
def fleet(stranger: Guest, heroku: Heroku, policy_arn: str) -> Deployment:
    """The stack, after the page's last step."""
    samconfig = stranger.project / "samconfig.toml"
    samconfig.write_text(samconfig.read_text().replace('"dynoscaler"', '"page-fleet"'))
    assert stranger.builds().status == 0
    answers = {"MyHerokuAsApp": "shop", "AwsSqsName": "jobs", "DynoscalerTargets": "targets.toml"}
    settings = f"HEROKU_API_URL={heroku.url}"
    deployed = stranger.deploys(**answers, FleetPolicyArns=policy_arn, DynoscalerSettings=settings)
    assert deployed.status == 0, deployed.text
    return stranger.stack("page-fleet")


@pytest.fixture(scope="module")
def records(fleet: Deployment) -> dict[str, dict[str, Any]]:
    """Those of a second round, by target: the first only counts."""
    fleet.invoke_all()
    return {f"{record['app']}/{record['process']}": record for record in fleet.invoke_all()}


def test_two_targets_scale_and_the_one_whose_token_is_refused_fails_alone(records: dict[str, dict[str, Any]], heroku: Heroku) -> None:
    outcomes = {target: (record["sqs_messages"], record["error_type"]) for target, record in records.items()}
    assert outcomes == {
        "shop/worker": (500, None),
        "shop/mailer": (500, None),
        "billing/worker": (0, "HerokuUnauthorized"),
    }
    assert min(heroku.quantity("worker"), heroku.quantity("mailer")) > 1
    assert (heroku.own_faults, heroku.quantity("web")) == ([], 2)


@pytest.mark.usefixtures("records")
def test_the_line_of_a_round_is_metrics_of_the_function(fleet: Deployment) -> None:
    for _ in until(LOG_SECONDS_MAX):
        lines = [json.loads(line) for line in fleet.aws.log_lines(fleet.outputs["LogGroupName"]) if line.startswith("{")]
        rounds = [line for line in lines if "failed_cycles" in line]
        if len(rounds) >= 2:
            break
    last = rounds[-1]
    assert (last["targets"], last["succeeded_cycles"], last["failed_cycles"], last["deferred_cycles"]) == (3, 2, 1, 0)
    assert last["function"] == fleet.outputs["FunctionName"]
    assert [error.message for error in EMF.iter_errors(last)] == []
    assert not [line for line in lines if "reason" in line and "_aws" in line], "the metrics of a target must be requested"


def test_the_role_may_read_what_is_in_the_file_and_no_more(fleet: Deployment, policy_arn: str, queues: dict[str, str]) -> None:
    """The local AWS enforces no policy: what they say is compared instead."""
    iam = fleet.aws.client("iam")
    role = fleet.outputs["RoleArn"].split("/")[-1]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [policy_arn]
    version = iam.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy_arn, VersionId=version)["PolicyVersion"]["Document"]
    allowed = {statement["Sid"]: statement["Resource"] for statement in document["Statement"]}
    account = policy_arn.split(":")[4]
    assert allowed == {
        "ReadBacklog": sorted(queues.values()),
        "ReadSecrets": [f"arn:aws:ssm:us-east-1:{account}:parameter/dynoscaler/billing"],
        "DecryptSecrets": [f"arn:aws:kms:us-east-1:{account}:key/*"],
    }


def test_the_function_of_a_fleet_has_its_time_and_its_alarms(fleet: Deployment) -> None:
    function = fleet.aws.client("lambda").get_function_configuration(FunctionName=fleet.outputs["FunctionName"])
    assert function["Timeout"] == 55
    # The local AWS has an alarm on a metric for one on a query: what a query says is tested on the template.
    made = fleet.aws.client("cloudformation").describe_stack_resources(StackName="page-fleet")["StackResources"]
    assert {"FailingTargetAlarm", "RoundAlarm"} <= {resource["LogicalResourceId"] for resource in made}


def test_after_a_change_of_the_file_the_policy_has_a_new_version(stranger: Guest, policy_arn: str) -> None:
    [command] = re.findall(r"`(aws iam create-policy-version [^`]+)`", PAGE)
    made = stranger.types("sh", "-c", command.replace("POLICY_ARN", policy_arn))
    assert made.status == 0, made.text
    policy = stranger.aws.client("iam").get_policy(PolicyArn=policy_arn)["Policy"]
    assert policy["DefaultVersionId"] == "v2"


ENDS = [("check", "0"), ("doctor", "2"), ("status", "1"), ("status", "0"), ("history", "0"), ("pause", "0")]
"""Of each command of the page its status: the token of one target is refused, which is an error, and unknown."""


@pytest.mark.usefixtures("records")
def test_the_page_s_commands_know_the_fleet(stranger: Guest) -> None:
    _, commands = blocks("sh")
    lines = [line.split("  #")[0].replace("--stack dynoscaler", "--stack page-fleet") for line in commands.splitlines()]
    seen = stranger.types("sh", "-c", "\n".join(f"{line}; echo ends with $?" for line in lines))
    statuses = re.findall(r"ends with (\d+)", seen.text)
    assert [(name, status) for (name, _), status in zip(ENDS, statuses, strict=True)] == ENDS, seen.text
    assert all(name in line for (name, _), line in zip(ENDS, lines, strict=True))
