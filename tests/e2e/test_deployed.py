"""The real template, deployed through CloudFormation into a local AWS; the event rule itself fires."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from local.aws import KEY, LocalAws, Stack, until
from local.elasticsearch import Elasticsearch
from local.heroku import Heroku
from tests.e2e.world import ELASTIC_PASS, PROCESS, ROOT, TOKEN

APP, QUEUE, NEWS = "deployed-app", "deployed-jobs", "deployed-news"
FIRST_FIRING_SECONDS_MAX = 130
LOOKS_SECONDS_MAX = FIRST_FIRING_SECONDS_MAX + 60
PROGRESS_SECONDS = 10
LOG_SECONDS_MAX = 10


@dataclass
class Deployment:
    """The stack and the services around it."""

    aws: LocalAws
    stack: Stack
    heroku: Heroku
    elasticsearch: Elasticsearch

    def records(self) -> list[dict[str, Any]]:
        """Every record in the stack's log group, without the part for metrics."""
        lines = [json.loads(line) for line in self.aws.log_lines(self.stack.outputs["LogGroupName"]) if line.startswith("{")]
        return [{name: value for name, value in line.items() if name != "_aws"} for line in lines]


@contextmanager
def deployment(aws: LocalAws, bootstrap: Path, name: str, formation: dict[str, int], **settings: str) -> Iterator[Deployment]:
    """The template with its defaults, except the addresses of services and these settings."""
    with (
        Heroku(f"{name}-app", formation, TOKEN) as heroku,
        Elasticsearch(8, "elastic", ELASTIC_PASS) as elasticsearch,
    ):
        for secret, text in {"token": TOKEN, "elastic": ELASTIC_PASS}.items():
            aws.keep_secret(f"/{name}/{secret}", text)
        variables = {
            "MyHerokuAuthTokenParameter": f"/{name}/token",
            "MY_HEROKU_AS_APP": f"{name}-app",
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": f"{name}-jobs",
            "ELK_ELASTIC_URL": elasticsearch.url,
            "ELK_ELASTIC_USER": "elastic",
            "ElkElasticPassParameter": f"/{name}/elastic",
            "ELK_INDEX_AS": "dynoscaler",
        }
        stack = Stack(aws, name).deploy(ROOT / "template.yaml", variables | settings, bootstrap)
        yield Deployment(aws, stack, heroku, elasticsearch)


@pytest.fixture(scope="module")
def deployed(aws: LocalAws, bootstrap: Path) -> Iterator[Deployment]:
    """A queue that is full, each cycle adds a dyno, and a rule that takes the events into a queue."""
    aws.send(aws.create_queue(QUEUE), 500)
    news = aws.create_queue(NEWS)
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=news, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("events").put_rule(Name=NEWS, EventPattern=json.dumps({"source": ["dynoscaler"]}))
    aws.client("events").put_targets(Rule=NEWS, Targets=[{"Id": "queue", "Arn": arn}])
    settings = {"DYNOSCALER_UP_CYCLES": "1", "DYNOSCALER_BACKLOG_THRESHOLD": "1", "DYNOSCALER_EVENTS": "on"}
    with deployment(aws, bootstrap, "deployed", {"web": 2, PROCESS: 1}, **settings) as deployed:
        yield deployed


def test_the_deployed_function_answers_an_invocation_with_its_record(deployed: Deployment) -> None:
    answer = deployed.aws.client("lambda").invoke(FunctionName=deployed.stack.outputs["FunctionName"], Payload=b"{}")
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    [record] = payload["cycles"]
    assert (record["reason"], record["required_dynos"], record["sqs_messages"]) == ("ScaleUp", 2, 500)
    assert deployed.heroku.quantity(PROCESS) == 2
    assert [document["request_id"] for document in deployed.elasticsearch.sources()] == [record["request_id"]]


def test_a_change_is_an_event_on_the_default_bus_with_the_record_as_its_detail(deployed: Deployment) -> None:
    answer = deployed.aws.client("lambda").invoke(FunctionName=deployed.stack.outputs["FunctionName"], Payload=b"{}")
    [record] = json.loads(answer["Payload"].read())["cycles"]
    assert record["action"] == "scale-up"
    sqs, url, events = deployed.aws.client("sqs"), deployed.aws.create_queue(NEWS), list[dict[str, Any]]()
    for _ in until(LOG_SECONDS_MAX):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        events += [json.loads(message["Body"]) for message in messages]
        if record in [event["detail"] for event in events]:
            break
    assert ("dynoscaler", "DynoScaler Change", record) in [(event["source"], event["detail-type"], event["detail"]) for event in events]


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
    secrets = {"MyHerokuAuthTokenParameter": "/deployed/token", "ElkElasticPassParameter": "/deployed/elastic"}
    of_the_stack = {"DYNOSCALER_TABLE", "DYNOSCALER_CYCLE_SECONDS", "MY_HEROKU_AUTH_TOKEN", "ELK_ELASTIC_PASS"}
    given = {name: value for name, value in variables.items() if value and name not in of_the_stack}
    deployed.stack.deploy(ROOT / "template.yaml", given | secrets | {"DYNOSCALER_MAX_DYNOS": "9"}, bootstrap)
    assert deployed.stack.outputs["FunctionName"] == function
    configuration = deployed.aws.client("lambda").get_function_configuration(FunctionName=function)
    assert configuration["Environment"]["Variables"]["DYNOSCALER_MAX_DYNOS"] == "9"


def test_the_dashboard_is_deployed_and_shows_the_stack_s_own_resources(deployed: Deployment) -> None:
    """But the queue: the local AWS takes it for several, since it computes no `Fn::Split` within a condition. What the
    dashboard shows of one queue and of several is tested on the template."""
    outputs, cloudwatch = deployed.stack.outputs, deployed.aws.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName=outputs["DashboardUrl"].split("/")[-1])["DashboardBody"])
    widgets = {widget["properties"]["title"]: widget["properties"] for widget in body["widgets"]}
    assert set(widgets["Alarms"]["alarms"]) == {alarm["AlarmArn"] for alarm in alarms_of(deployed.aws, deployed.stack)}
    assert widgets["Duration"]["metrics"][0][3] == outputs["FunctionName"]
    assert f"SOURCE '{outputs['LogGroupName']}'" in widgets["Changes and their reasons"]["query"]


OPTIONS_ON = {
    "AwsKey": KEY,
    "AwsSecretParameter": "/options/aws",
    "ElkElasticUrl": "http://127.0.0.1:9",
    "ElkElasticUser": "elastic",
    "ElkElasticPassParameter": "/options/elastic",
    "ElkIndexAs": "dynoscaler",
    "PermissionsBoundary": "arn:aws:iam::000000000000:policy/boundary",
    "ReservedConcurrency": "1",
    "AwsSqsRegion": "us-east-1",
    "AlarmEmail": "on-call@example.com",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:000000000000:on-call",
    "DYNOSCALER_METRICS": "on",
    "DYNOSCALER_MAX_STEP_UP": "2",
    "CycleSeconds": "300",
    "Dashboard": "true",
    "Tracing": "Active",
}
OPTIONS_OFF = {"DYNOSCALER_METRICS": "off", "Dashboard": "false", "Tracing": "PassThrough"}


@pytest.mark.parametrize("options", [OPTIONS_ON, OPTIONS_OFF], ids=["on", "off"])
def test_with_every_option_on_or_off_the_deployed_function_runs_a_cycle(
    aws: LocalAws, bootstrap: Path, options: dict[str, str]
) -> None:
    for name in ("token", "aws", "elastic"):
        aws.keep_secret(f"/options/{name}", TOKEN)
    aws.create_queue("optional-jobs")
    with Heroku("optional-app", {PROCESS: 1}, TOKEN) as heroku:
        given = {"MyHerokuAsApp": "optional-app", "AwsSqsName": "optional-jobs", "MyHerokuAuthTokenParameter": "/options/token"}
        variables = given | {"HEROKU_API_URL": heroku.url} | options
        on_or_off = "on" if options is OPTIONS_ON else "off"
        stack = Stack(aws, f"options-{on_or_off}").deploy(ROOT / "template.yaml", variables, bootstrap)
        answer = aws.client("lambda").invoke(FunctionName=stack.outputs["FunctionName"], Payload=b"{}")
    [record] = json.loads(answer["Payload"].read())["cycles"]
    assert (record["active_dynos"], record["error"]) == (1, None)


def test_a_failing_cycle_reaches_the_given_topic(aws: LocalAws, bootstrap: Path) -> None:
    """With the limits of the local AWS: it needs one bad value instead of two periods, and counts nothing in the log."""
    topic = aws.client("sns").create_topic(Name="on-call")["TopicArn"]
    pager = aws.create_queue("pager")
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=pager, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws.create_queue("refused-jobs")
    with Heroku("refused-app", {PROCESS: 1}, TOKEN) as heroku:
        aws.keep_secret("/refused/token", "HRKU-revoked")
        variables = {
            "MyHerokuAuthTokenParameter": "/refused/token",
            "MY_HEROKU_AS_APP": "refused-app",
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": "refused-jobs",
            "AlarmTopicArn": topic,
        }
        stack = Stack(aws, "refused").deploy(ROOT / "template.yaml", variables, bootstrap)
        answer = aws.client("lambda").invoke(FunctionName=stack.outputs["FunctionName"], Payload=b"{}")
    assert json.loads(answer["Payload"].read())["errorType"] == "HerokuUnauthorized"
    # The local AWS evaluates its alarms when any metric gets a value.
    aws.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[{"MetricName": "any", "Value": 1}])
    messages = aws.client("sqs").receive_message(QueueUrl=pager, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
    notifications = [json.loads(json.loads(message["Body"])["Message"]) for message in messages]
    [errors] = [alarm for alarm in alarms_of(aws, stack) if (alarm["MetricName"], alarm["Statistic"]) == ("Errors", "Sum")]
    assert (errors["AlarmName"], "ALARM") in [(alarm["AlarmName"], alarm["NewStateValue"]) for alarm in notifications]
    assert errors["AlarmDescription"] in [alarm["AlarmDescription"] for alarm in notifications]


# case A5
def test_a_queue_given_by_arn_is_read_without_keys(aws: LocalAws, bootstrap: Path) -> None:
    """The local AWS has one account and enforces no policy: what both sides must allow is in the template's tests."""
    aws.send(aws.create_queue("queue-of-others"), 3)
    aws.keep_secret("/others/token", TOKEN)
    with Heroku("arn-app", {PROCESS: 1}, TOKEN) as heroku:
        variables = {
            "MyHerokuAuthTokenParameter": "/others/token",
            "MY_HEROKU_AS_APP": "arn-app",
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": "arn:aws:sqs:us-east-1:000000000000:queue-of-others",
        }
        stack = Stack(aws, "arn").deploy(ROOT / "template.yaml", variables, bootstrap)
        answer = aws.client("lambda").invoke(FunctionName=stack.outputs["FunctionName"], Payload=b"{}")
    [record] = json.loads(answer["Payload"].read())["cycles"]
    assert (record["sqs_messages"], record["error"]) == (3, None)
    function = aws.client("lambda").get_function_configuration(FunctionName=stack.outputs["FunctionName"])
    assert stack.outputs["RoleArn"] == function["Role"]


@pytest.fixture(scope="module", autouse=True)
def looking(aws: LocalAws, bootstrap: Path) -> Iterator[Deployment]:
    """A cycle each 15 seconds. Deployed first, so that its ticks come while the other tests run."""
    aws.create_queue("looking-jobs")
    settings = {"DYNOSCALER_DOWN_CYCLES": "9999", "CycleSeconds": "15"}
    with deployment(aws, bootstrap, "looking", {PROCESS: 2}, **settings) as looking:
        yield looking


def test_the_delayed_ticks_run_cycles_between_two_of_the_rule(looking: Deployment) -> None:
    """Each is due at a time of its own. Nothing waits, so that each counts; two at once race for the write."""
    for _ in until(LOOKS_SECONDS_MAX):
        records = [record for record in looking.records() if record.get("reason") == "CountingDown"]
        ticks = [datetime.fromisoformat(record["tick"]) for record in records]
        after_the_first = {(tick - min(ticks)).total_seconds() % 60 for tick in ticks}
        if after_the_first == {0, 15, 30, 45}:
            break
    else:
        raise AssertionError(f"cycles ran {after_the_first} seconds after the first, within their minutes")
    assert len(set(ticks)) == len(ticks), "a tick counts once"


def test_without_short_cycles_the_queues_of_delayed_ticks_are_gone(looking: Deployment, bootstrap: Path) -> None:
    variables = {"MY_HEROKU_AS_APP": "looking-app", "AWS_SQS_NAME": "looking-jobs", "CycleSeconds": "60"}
    looking.stack.deploy(ROOT / "template.yaml", variables, bootstrap)
    targets = looking.aws.client("events").list_targets_by_rule(Rule=looking.stack.outputs["Rule"])["Targets"]
    assert [target["Id"] for target in targets] == ["ScalerFunctionTickLambdaTarget"]
    mappings = looking.aws.client("lambda").list_event_source_mappings(FunctionName=looking.stack.outputs["FunctionName"])
    assert mappings["EventSourceMappings"] == []


def alarms_of(aws: LocalAws, stack: Stack) -> list[dict[str, Any]]:
    """The alarms that a stack made."""
    made = aws.client("cloudformation").describe_stack_resources(StackName=stack.name)["StackResources"]
    names = {resource["PhysicalResourceId"] for resource in made if resource["ResourceType"] == "AWS::CloudWatch::Alarm"}
    return [alarm for alarm in aws.client("cloudwatch").describe_alarms()["MetricAlarms"] if alarm["AlarmName"] in names]


def test_the_rule_itself_runs_a_cycle(deployed: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    known = {record["request_id"] for record in deployed.records() if "request_id" in record}
    next_progress = 0.0
    for elapsed in until(FIRST_FIRING_SECONDS_MAX):
        fired = [record for record in deployed.records() if record.get("request_id") not in known]
        if fired:
            break
        if elapsed >= next_progress:
            with capsys.disabled():
                waited = f"{elapsed:.0f} s of {FIRST_FIRING_SECONDS_MAX}"
                print(f"\n  waiting for the scheduled rule to fire: {waited}", end="", flush=True)
            next_progress += PROGRESS_SECONDS
    assert fired, "the rule did not fire"
    assert fired[0]["level"] == "INFO", fired[0]
    assert (
        fired[0]["tick"]
        == deployed.aws.state_item(deployed.stack.outputs["Table"], f"{APP}/{PROCESS}")["last_tick"]["S"]
    )
