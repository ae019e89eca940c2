"""The real template, deployed through CloudFormation into a local AWS; the rule itself fires."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import LocalAws, Stack, until
from local.elasticsearch import Elasticsearch
from local.heroku import Heroku
from tests.e2e.world import ELASTIC_PASS, PROCESS, ROOT, TOKEN

APP, QUEUE = "deployed-app", "deployed-jobs"
FIRST_FIRING_SECONDS_MAX = 130
PROGRESS_SECONDS = 10
LOG_SECONDS_MAX = 10


@dataclass
class Deployment:
    """The stack and what stands around it."""

    aws: LocalAws
    stack: Stack
    heroku: Heroku
    elasticsearch: Elasticsearch

    def records(self) -> list[dict[str, Any]]:
        """Every record in the stack's log group."""
        lines = self.aws.log_lines(self.stack.outputs["LogGroupName"])
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="module")
def deployed(aws: LocalAws, bootstrap: Path) -> Iterator[Deployment]:
    """The template with its defaults, save where things are."""
    with (
        Heroku(APP, {"web": 2, PROCESS: 1}, TOKEN) as heroku,
        Elasticsearch(8, "elastic", ELASTIC_PASS) as elasticsearch,
    ):
        queue_url = aws.create_queue(QUEUE)
        aws.send(queue_url, 500)
        variables = {
            "MY_HEROKU_AUTH_TOKEN": TOKEN,
            "MY_HEROKU_AS_APP": APP,
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": QUEUE,
            "DYNOSCALER_UP_CYCLES": "1",
            "DYNOSCALER_BACKLOG_THRESHOLD": "1",
            "ELK_ELASTIC_URL": elasticsearch.url,
            "ELK_ELASTIC_USER": "elastic",
            "ELK_ELASTIC_PASS": ELASTIC_PASS,
            "ELK_INDEX_AS": "dynoscaler",
        }
        stack = Stack(aws, "deployed").deploy(ROOT / "template.yaml", variables, bootstrap)
        yield Deployment(aws, stack, heroku, elasticsearch)


def test_the_deployed_function_answers_an_invocation_with_its_record(deployed: Deployment) -> None:
    answer = deployed.aws.client("lambda").invoke(FunctionName=deployed.stack.outputs["FunctionName"], Payload=b"{}")
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    [record] = payload["cycles"]
    assert (record["reason"], record["required_dynos"], record["sqs_messages"]) == ("ScaleUp", 2, 500)
    assert deployed.heroku.quantity(PROCESS) == 2
    assert [document["request_id"] for document in deployed.elasticsearch.sources()] == [record["request_id"]]


def test_the_deployed_function_keeps_its_state_in_the_stack_s_table(deployed: Deployment) -> None:
    deployed.aws.client("lambda").invoke(FunctionName=deployed.stack.outputs["FunctionName"], Payload=b"{}")
    item = deployed.aws.state_item(deployed.stack.outputs["Table"], f"{APP}/{PROCESS}")
    assert int(item["version"]["N"]) >= 1


def test_the_record_is_one_line_in_the_stack_s_log_group(deployed: Deployment) -> None:
    answer = deployed.aws.client("lambda").invoke(FunctionName=deployed.stack.outputs["FunctionName"], Payload=b"{}")
    [record] = json.loads(answer["Payload"].read())["cycles"]
    for _ in until(LOG_SECONDS_MAX):
        if record in deployed.records():
            return
    raise AssertionError(f"{record} is not among {deployed.records()}")


def test_a_second_deployment_updates_the_function(deployed: Deployment, bootstrap: Path) -> None:
    function = deployed.stack.outputs["FunctionName"]
    configuration = deployed.aws.client("lambda").get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    given = {name: variables[name] for name in variables if variables[name] and name != "DYNOSCALER_TABLE"}
    deployed.stack.deploy(ROOT / "template.yaml", given | {"DYNOSCALER_MAX_DYNOS": "9"}, bootstrap)
    assert deployed.stack.outputs["FunctionName"] == function
    configuration = deployed.aws.client("lambda").get_function_configuration(FunctionName=function)
    assert configuration["Environment"]["Variables"]["DYNOSCALER_MAX_DYNOS"] == "9"


def test_the_rule_itself_runs_a_cycle(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    known = {record["request_id"] for record in deployed.records() if "request_id" in record}
    told = 0.0
    for elapsed in until(FIRST_FIRING_SECONDS_MAX):
        fired = [record for record in deployed.records() if record.get("request_id") not in known]
        if fired:
            break
        if elapsed >= told:
            with capsys.disabled():
                waited = f"{elapsed:.0f} s of {FIRST_FIRING_SECONDS_MAX}"
                print(f"\n  waiting for the scheduled rule to fire: {waited}", end="", flush=True)
            told += PROGRESS_SECONDS
    assert fired, "the rule did not fire"
    assert fired[0]["level"] == "INFO", fired[0]
    assert (
        fired[0]["tick"]
        == deployed.aws.state_item(deployed.stack.outputs["Table"], f"{APP}/{PROCESS}")["last_tick"]["S"]
    )
