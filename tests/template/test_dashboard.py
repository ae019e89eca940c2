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


OF_A_ROUND = {"failed_cycles", "deferred_cycles", "pinned_targets", "stopped_targets"}
FLEET = {"DynoscalerTargets": "targets.toml"}
METRICS_ON = {"DynoscalerSettings": "DYNOSCALER_METRICS=on"}


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
    assert list(widgets) == ["Alarms", "Backlog per instance", "Dynos", "Messages of jobs", *OTHERS]
    assert_no_overlap(widgets)


OTHERS = ["Failures", "Duration", "Changes and their reasons", "Failed cycles by reason"]


def assert_no_overlap(widgets):
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


@pytest.mark.parametrize("fleet", [{}, FLEET], ids=["one", "fleet"])
@pytest.mark.parametrize("metrics", ["on", "off"])
def test_every_alarm_is_on_the_dashboard(stack, metrics, fleet):
    stack = stack(DynoscalerSettings=f"LOG_LEVEL=debug DYNOSCALER_METRICS={metrics}", **fleet)
    alarms = dashboard(stack)["Alarms"]["properties"]["alarms"]
    assert sorted(alarms) == sorted(f"<{alarm}.Arn>" for alarm in stack.of_type("AWS::CloudWatch::Alarm"))


def test_no_dashboard_is_made_if_none_is_wanted(stack):
    stack = stack(Dashboard="false")
    assert not stack.of_type("AWS::CloudWatch::Dashboard")
    assert not stack.exists(stack.raw["Outputs"]["DashboardUrl"])


# A fleet


@pytest.mark.parametrize(
    ("given", "drawn"),
    [({}, ["Targets at fault", "Rounds"]), (METRICS_ON, ["Backlog per instance", "Dynos"])],
    ids=["metrics of rounds", "metrics of targets"],
)
def test_the_dashboard_of_a_fleet_has_these_widgets_and_none_overlaps(stack, given, drawn):
    widgets = dashboard(stack(**FLEET, **given))
    assert list(widgets) == ["Alarms", *drawn, "Targets", *OTHERS]
    assert_no_overlap(widgets)


@pytest.mark.parametrize(
    ("given", "title", "namespace", "metrics", "statistic"),
    [
        ({}, "Targets at fault", r"\"DynoScaler/scaler\"", {*COUNTED_IN_THE_LOG, "cycle_failed"}, "Sum"),
        (METRICS_ON, "Backlog per instance", "DynoScaler", {"backlog_per_instance"}, "Maximum"),
        (METRICS_ON, "Dynos", "DynoScaler", {"required_dynos"}, "Maximum"),
    ],
)
def test_the_targets_of_a_fleet_are_found_by_search(stack, given, title, namespace, metrics, statistic):
    [[metric]] = dashboard(stack(CycleSeconds=300, **FLEET, **given))[title]["properties"]["metrics"]
    found = re.fullmatch(r"SEARCH\('\{(.*),app,process\} MetricName=(.*)', '(\w+)', (\d+)\)", metric["expression"])
    assert (found[1], found[3], found[4]) == (namespace.replace("\\", ""), statistic, "300")
    assert set(re.findall(r'"(\w+)"', found[2])) == metrics


def test_the_rounds_of_a_fleet_are_drawn_as_the_metrics_of_its_function(stack):
    shown_metrics = shown(dashboard(stack(**FLEET))["Rounds"])
    assert shown_metrics == [["DynoScaler", name, "function", "<ScalerFunction>"] for name in ("failed_cycles", "deferred_cycles", "pinned_targets", "stopped_targets")]


def test_the_lists_of_a_fleet_say_whose_each_row_is(stack):
    widgets = dashboard(stack(**FLEET))
    assert widgets["Changes and their reasons"]["properties"]["query"].startswith("SOURCE '<LogGroup>' | fields @timestamp, app, process, action")
    assert " by app, process, error_type " in widgets["Failed cycles by reason"]["properties"]["query"]
    assert " by app, process | sort sum(cycle_failed) desc" in widgets["Targets"]["properties"]["query"]
    assert lines(widgets["Duration"]) == {"timeout": 55_000}


# Names


def metrics_used(stack):
    """The metrics of DynoScaler's own that alarms and dashboard name."""
    alarms = [stack.resource(alarm) for alarm in stack.of_type("AWS::CloudWatch::Alarm")]
    metrics = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == "DynoScaler"}
    widgets = dashboard(stack).values()
    return metrics | {m[1] for w in widgets if w["type"] == "metric" for m in shown(w) if m[0] == "DynoScaler"}


def fields_read(stack):
    """The fields that the dashboard reads in the log."""
    widgets = dashboard(stack).values()
    queries = " ".join(w["properties"]["query"] for w in widgets if w["type"] == "log")
    words = set(re.findall(r"(?<![@'<\"])\b[a-z]+(?:_[a-z]+)*\b(?![(>\"])", queries))
    return words - {"fields", "filter", "and", "sort", "desc", "limit", "stats", "as", "by", "cycles", "last", "m"}


def test_metrics_have_the_names_that_the_record_gives_them(stack):
    assert metrics_used(stack()) - COUNTED_IN_THE_LOG <= METRICS


def test_the_page_on_operation_lists_the_metrics():
    section = (ROOT / "docs/OPERATIONS.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == METRICS | OF_A_ROUND


def test_metrics_and_fields_are_members_of_the_record(stack):
    code = " ".join(file.read_text() for file in (ROOT / "src").rglob("*.rs"))
    made = [stack(**FLEET), stack(), stack(DynoscalerSettings="DYNOSCALER_METRICS=off")]
    fields = set().union(*(fields_read(one) for one in made))
    assert {"action", "reason", "error_type", "max_dynos", "backlog_threshold", "app", "cycle_failed"} <= fields
    filters = [one.resource(name)["FilterPattern"] for one in made for name in one.of_type("AWS::Logs::MetricFilter")]
    fields |= set(re.findall(r"\$\.(\w+)", " ".join(filters)))
    assert {"starved", "pinned"} <= fields
    assert {name for name in METRICS | OF_A_ROUND | fields if not re.search(rf"\b{name}\b", code)} == set()
