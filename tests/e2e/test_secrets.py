"""Secrets by reference: the template deployed with their names, and the secrets under these names.

The local AWS has no names that lead on to Secrets Manager; what they need is in the tests of the template.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import KEY, LocalAws, Stack, until
from local.elasticsearch import Elasticsearch
from local.heroku import Heroku
from tests.e2e.world import AWS_SECRET, ELASTIC_PASS, PROCESS, ROOT, SECRETS, TOKEN

APP, QUEUE = "referring-app", "referring-jobs"
TOKEN_NAME, KEY_NAME, PASS_NAME = "/dynoscaler/token", "/dynoscaler/aws", "/dynoscaler/elastic"
NEW_TOKEN = "HRKU-5ucce55or"
LOG_SECONDS_MAX = 10


@dataclass
class Referring:
    """A stack with its secrets by name, and the services around it."""

    aws: LocalAws
    stack: Stack
    heroku: Heroku
    elasticsearch: Elasticsearch

    def invoke(self) -> Any:
        """One invocation; gives the record, or the error."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.stack.outputs["FunctionName"], Payload=b"{}")
        payload = json.loads(answer["Payload"].read())
        return payload["cycles"][0] if "cycles" in payload else payload


@pytest.fixture(scope="module")
def referring(aws: LocalAws, bootstrap: Path) -> Iterator[Referring]:
    """Every secret that the template takes is given by its name."""
    with (
        Heroku(APP, {"web": 2, PROCESS: 1}, TOKEN) as heroku,
        Elasticsearch(8, "elastic", ELASTIC_PASS) as elasticsearch,
    ):
        aws.send(aws.create_queue(QUEUE), 500)
        for name, secret in {TOKEN_NAME: TOKEN, KEY_NAME: AWS_SECRET, PASS_NAME: ELASTIC_PASS}.items():
            aws.keep_secret(name, secret)
        variables = {
            "MyHerokuAuthTokenParameter": TOKEN_NAME,
            "MY_HEROKU_AS_APP": APP,
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": QUEUE,
            "AWS_KEY": KEY,
            "AwsSecretParameter": KEY_NAME,
            "DYNOSCALER_UP_CYCLES": "1",
            "DYNOSCALER_BACKLOG_THRESHOLD": "1",
            "ELK_ELASTIC_URL": elasticsearch.url,
            "ELK_ELASTIC_USER": "elastic",
            "ElkElasticPassParameter": PASS_NAME,
            "ELK_INDEX_AS": "dynoscaler",
        }
        stack = Stack(aws, "referring").deploy(ROOT / "template.yaml", variables, bootstrap)
        yield Referring(aws, stack, heroku, elasticsearch)


def test_the_function_s_configuration_has_names_and_no_secrets(referring: Referring) -> None:
    function = referring.stack.outputs["FunctionName"]
    configuration = referring.aws.client("lambda").get_function_configuration(FunctionName=function)
    variables = configuration["Environment"]["Variables"]
    given = [variables[name] for name in ("MY_HEROKU_AUTH_TOKEN", "AWS_SECRET", "ELK_ELASTIC_PASS")]
    assert given == [f"ssm:{TOKEN_NAME}", f"ssm:{KEY_NAME}", f"ssm:{PASS_NAME}"]
    assert not [name for name, value in variables.items() if value in SECRETS]


def test_a_cycle_reads_each_secret_from_where_its_name_leads(referring: Referring) -> None:
    record = referring.invoke()
    assert (record["reason"], record["required_dynos"], record["sqs_messages"]) == ("ScaleUp", 2, 500)
    assert referring.heroku.quantity(PROCESS) == 2
    assert [document["request_id"] for document in referring.elasticsearch.sources()] == [record["request_id"]]


def test_a_new_token_needs_no_deployment(referring: Referring) -> None:
    referring.heroku.token = NEW_TOKEN
    referring.aws.keep_secret(TOKEN_NAME, NEW_TOKEN)
    record = referring.invoke()
    assert (record["error"], record["cold_start"]) == (None, False)
    assert referring.heroku.quantity(PROCESS) == record["required_dynos"]


def test_no_secret_is_in_the_log(referring: Referring) -> None:
    record = referring.invoke()
    for _ in until(LOG_SECONDS_MAX):
        lines = referring.aws.log_lines(referring.stack.outputs["LogGroupName"])
        if any(record["request_id"] in line for line in lines):
            break
    assert any(record["request_id"] in line for line in lines)
    assert not [line for line in lines if any(secret in line for secret in (*SECRETS, NEW_TOKEN))]


def test_a_name_that_leads_nowhere_holds_the_cycle_and_says_so(referring: Referring, bootstrap: Path) -> None:
    variables = {
        "MyHerokuAuthTokenParameter": "/dynoscaler/nowhere",
        "MY_HEROKU_AS_APP": APP,
        "MY_HEROKU_AS_PROCESS": PROCESS,
        "HEROKU_API_URL": referring.heroku.url,
        "AWS_SQS_NAME": QUEUE,
    }
    stack = Stack(referring.aws, "nowhere").deploy(ROOT / "template.yaml", variables, bootstrap)
    before = len(referring.heroku.requests)
    error = Referring(referring.aws, stack, referring.heroku, referring.elasticsearch).invoke()
    assert error["errorType"] == "FormationUnavailable"
    says = "no token for Heroku: cannot read ssm:/dynoscaler/nowhere: SSM answered 400 ParameterNotFound"
    assert says in error["errorMessage"]
    assert len(referring.heroku.requests) == before
