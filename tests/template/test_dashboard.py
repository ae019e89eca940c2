"""The dashboard: what it shows, and that it shows what the record, the template and AWS call by these names."""

import itertools
import json
import re

import pytest
from conftest import ROOT

TARGET = ["app", "my-app", "process", "worker"]
QUEUE_METRICS = [f"ApproximateNumberOfMessages{kind}" for kind in ("Visible", "NotVisible", "Delayed")]
METRICS = {"backlog_per_instance", "sqs_messages", "active_dynos", "required_dynos", "at_max", "cycle_failed"}
COUNTED_IN_THE_LOG = {"heroku_limited", "heroku_refused", "pinned_at_max", "starved"}


def dashboard(stack):
    return {widget["properties"]["title"]: widget for widget in json.loads(body(stack))["widgets"]}


def body(stack):
    return stack.resource("CycleDashboard")["DashboardBody"]


def shown(widget):
    """The metrics of a widget, without their labels and statistics."""
    return [[part for part in metric if isinstance(part, str)] for metric in widget["properties"]["metrics"]]


def lines(widget):
    return {line["label"]: line["value"] for line in widget["properties"]["annotations"]["horizontal"]}


@pytest.mark.parametrize("metrics", ["on", "off"])
def test_the_dashboard_has_these_widgets_and_none_overlaps(stack, metrics):
    widgets = dashboard(stack(DynoscalerSettings=f"LOG_LEVEL=debug DYNOSCALER_METRICS={metrics}"))
    assert list(widgets) == [
        "Alarms",
        "Backlog per instance",
        "Dynos",
        "Messages of jobs",
        "Failures",
        "Duration",
        "Changes and their reasons",
        "Failed cycles by reason",
    ]
    cells = [
        (widget["x"] + column, widget["y"] + row)
        for widget in widgets.values()
        for column, row in itertools.product(range(widget["width"]), range(widget["height"]))
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24


def test_the_backlog_is_drawn_with_its_threshold(stack):
    widget = dashboard(stack(DynoscalerBacklogThreshold="2.5"))["Backlog per instance"]
    assert shown(widget) == [["DynoScaler", "backlog_per_instance", *TARGET]]
    assert lines(widget) == {"threshold": 2.5}


def test_the_dynos_are_drawn_with_their_bounds(stack):
    widget = dashboard(stack(DynoscalerMinDynos="0", DynoscalerMaxDynos="40"))["Dynos"]
    assert shown(widget) == [["DynoScaler", name, *TARGET] for name in ("required_dynos", "active_dynos")]
    assert lines(widget) == {"min": 0, "max": 40}


@pytest.mark.parametrize(
    ("given", "name", "region"),
    [
        ({}, "jobs", "eu-west-1"),
        ({"AwsSqsRegion": "us-east-2"}, "jobs", "us-east-2"),
        ({"AwsSqsName": "arn:aws:sqs:us-east-1:444455556666:jobs.fifo"}, "jobs.fifo", "us-east-1"),
        ({"AwsSqsName": "https://sqs.ap-south-1.amazonaws.com/444455556666/jobs"}, "jobs", "ap-south-1"),
    ],
)
def test_the_messages_are_the_queue_s_own_metrics_where_the_queue_is(stack, given, name, region):
    widget = dashboard(stack(**given))[f"Messages of {name}"]
    assert shown(widget) == [["AWS/SQS", metric, "QueueName", name] for metric in QUEUE_METRICS]
    assert widget["properties"]["region"] == region


def test_of_several_queues_the_sums_are_drawn_from_the_log(stack):
    arns = ",".join(f"arn:aws:sqs:eu-west-1:444455556666:{name}" for name in ("jobs", "mailers"))
    widgets = dashboard(stack(AwsSqsName=arns))
    [one] = [title for title in dashboard(stack()) if title.startswith("Messages")]
    assert {k: widgets["Messages"][k] for k in "xy"} == {k: dashboard(stack())[one][k] for k in "xy"}
    drawn = re.findall(r"max\((\w+)\)", widgets["Messages"]["properties"]["query"])
    assert drawn == ["sqs_messages", "in_flight", "delayed"]


def test_failures_and_duration_are_lambda_s_own_metrics(stack):
    widgets = dashboard(stack())
    function = ["FunctionName", "<ScalerFunction>"]
    assert shown(widgets["Failures"]) == [
        ["AWS/Lambda", "Errors", *function],
        ["AWS/Lambda", "Throttles", *function],
        ["AWS/Events", "FailedInvocations", "RuleName", "<ScalerFunctionTick>"],
    ]
    assert shown(widgets["Duration"]) == [["AWS/Lambda", "Duration", *function]] * 2
    assert lines(widgets["Duration"]) == {"timeout": stack().resource("ScalerFunction")["Timeout"] * 1000}


def test_changes_are_read_from_the_log_with_their_reasons(stack):
    widgets = dashboard(stack())
    changes, failed = (widgets[title]["properties"]["query"] for title in list(widgets)[-2:])
    assert changes.startswith("SOURCE '<LogGroup>' | fields @timestamp, action, reason, ")
    assert 'filter ispresent(action) and action != "none"' in changes
    assert 'filter level = "ERROR" and ispresent(error_type)' in failed
    assert "by error_type" in failed


def test_without_metrics_the_log_is_drawn(stack):
    widgets = dashboard(stack(DynoscalerSettings="DYNOSCALER_METRICS=off"))
    for title in ("Backlog per instance", "Dynos"):
        assert (widgets[title]["type"], widgets[title]["properties"]["view"]) == ("log", "timeSeries")
    assert "DynoScaler" not in body(stack(DynoscalerSettings="DYNOSCALER_METRICS=off"))


@pytest.mark.parametrize("metrics", ["on", "off"])
def test_every_alarm_is_on_the_dashboard(stack, metrics):
    stack = stack(DynoscalerSettings=f"LOG_LEVEL=debug DYNOSCALER_METRICS={metrics}")
    alarms = dashboard(stack)["Alarms"]["properties"]["alarms"]
    assert sorted(alarms) == sorted(f"<{alarm}.Arn>" for alarm in stack.of_type("AWS::CloudWatch::Alarm"))


def test_no_dashboard_is_made_if_none_is_wanted(stack):
    stack = stack(Dashboard="false")
    assert not stack.of_type("AWS::CloudWatch::Dashboard")
    assert not stack.exists(stack.raw["Outputs"]["DashboardUrl"])


# Names


def names_used(stack):
    """The metrics of DynoScaler's own that alarms and dashboard name, and the fields that they read in the log."""
    alarms = [stack.resource(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm")]
    metrics = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "DynoScaler"}
    widgets = dashboard(stack).values()
    metrics |= {m[1] for w in widgets if w["type"] == "metric" for m in shown(w) if m[0] == "DynoScaler"}
    queries = " ".join(w["properties"]["query"] for w in widgets if w["type"] == "log")
    words = set(re.findall(r"(?<![@'<\"])\b[a-z]+(?:_[a-z]+)*\b(?![(>\"])", queries))
    return metrics, words - {"fields", "filter", "and", "sort", "desc", "limit", "stats", "as", "by", "cycles", "last", "m"}


def test_metrics_have_the_names_that_the_record_gives_them(stack):
    used, _ = names_used(stack())
    assert used - COUNTED_IN_THE_LOG <= METRICS


def test_the_page_on_operation_lists_the_metrics():
    section = (ROOT / "docs/OPERATIONS.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == METRICS


def test_metrics_and_fields_are_members_of_the_record(stack):
    code = " ".join(file.read_text() for file in (ROOT / "src").rglob("*.rs"))
    fields = names_used(stack())[1] | names_used(stack(DynoscalerSettings="DYNOSCALER_METRICS=off"))[1]
    assert {"action", "reason", "error_type", "max_dynos", "backlog_threshold"} <= fields
    filters = [stack().resource(name)["FilterPattern"] for name in stack().of_type("AWS::Logs::MetricFilter")]
    fields |= set(re.findall(r"\$\.(\w+)", " ".join(filters)))
    assert {"starved", "pinned"} <= fields
    assert {name for name in METRICS | fields if not re.search(rf"\b{name}\b", code)} == set()
