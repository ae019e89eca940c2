"""Each alarm's numbers, and where it is sent."""

import re

import pytest
from conftest import ROOT

FUNCTION = [{"Name": "FunctionName", "Value": "<ScalerFunction>"}]
TARGET = [{"Name": "app", "Value": "my-app"}, {"Name": "process", "Value": "worker"}]
RULE = [{"Name": "RuleName", "Value": "<ScalerFunctionTick>"}]
DEAD_LETTERS = [{"Name": "QueueName", "Value": "<FailedInvocations.QueueName>"}]
TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"

WATCHED = {  # alarm: (namespace, metric, dimensions, statistic)
    "StalledAlarm": ("AWS/Lambda", "Errors", FUNCTION, "Minimum"),
    "ErrorsAlarm": ("AWS/Lambda", "Errors", FUNCTION, "Sum"),
    "ThrottlesAlarm": ("AWS/Lambda", "Throttles", FUNCTION, "Sum"),
    "UndeliveredAlarm": ("AWS/Events", "FailedInvocations", RULE, "Sum"),
    "DeadLettersAlarm": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", DEAD_LETTERS, "Maximum"),
    "HerokuRefusesAlarm": ("DynoScaler", "heroku_refused", TARGET, "Sum"),
    "HerokuLimitAlarm": ("DynoScaler", "heroku_limited", TARGET, "Sum"),
    "PinnedAlarm": ("DynoScaler", "pinned_at_max", TARGET, "Sum"),
    "StarvedAlarm": ("DynoScaler", "starved", TARGET, "Sum"),
}
ALARMS = WATCHED.keys()
FLEET = {"DynoscalerTargets": "targets.toml"}
OF_A_FLEET = {"FailingTargetAlarm", "RoundAlarm"}
LASTING = {"PinnedAlarm": 15, "StarvedAlarm": 30, "HerokuLimitAlarm": 60}  # minutes


def rows(page, heading):
    """The cells of the table under a heading, row by row."""
    section = (ROOT / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[1:]]


def reasons(kind):
    """The reasons of a kind, as the page says that is written from the code."""
    return [cells[0].strip("`") for cells in rows("docs/REASONS.md", kind)]


@pytest.mark.parametrize("metrics", ["on", "off"])
def test_there_are_these_alarms(stack, metrics):
    assert stack(DynoscalerSettings=f"DYNOSCALER_METRICS={metrics}").of_type("AWS::CloudWatch::Alarm") == ALARMS


def test_a_fleet_has_these_alarms_too(stack):
    assert stack(**FLEET).of_type("AWS::CloudWatch::Alarm") == ALARMS | OF_A_FLEET


@pytest.mark.parametrize("alarm", sorted(ALARMS | OF_A_FLEET))
def test_an_alarm_says_what_is_wrong_and_then_what_to_do(stack, alarm):
    description = stack().resource(alarm)["AlarmDescription"]
    assert len(re.findall(r"\.(?= [A-Z]|$)", description)) == 2, description
    assert len(description) <= 1024


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_an_alarm_watches_this_metric(stack, alarm):
    alarm, expected = stack(CycleSeconds=300).resource(alarm), WATCHED[alarm]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"], alarm["Statistic"]) == expected
    assert alarm["Period"] == 300


@pytest.mark.parametrize(
    ("alarm", "bad", "of", "comparison", "threshold", "missing"),
    [
        ("StalledAlarm", 5, 5, "GreaterThanOrEqualToThreshold", 1, "breaching"),
        ("ErrorsAlarm", 2, 3, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("ThrottlesAlarm", 2, 3, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("UndeliveredAlarm", 2, 3, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("DeadLettersAlarm", 1, 1, "GreaterThanThreshold", 0, "ignore"),
        ("HerokuRefusesAlarm", 1, 1, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("HerokuLimitAlarm", 54, 60, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),  # case B1
        ("PinnedAlarm", 14, 15, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("StarvedAlarm", 27, 30, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),  # case B8, G4, G5
        ("FailingTargetAlarm", 2, 3, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
        ("RoundAlarm", 14, 15, "GreaterThanOrEqualToThreshold", 1, "notBreaching"),
    ],
)
def test_an_alarm_goes_off_when_enough_periods_are_bad(stack, alarm, bad, of, comparison, threshold, missing):
    alarm = stack().resource(alarm)
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (bad, of)
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["TreatMissingData"]) == (comparison, threshold, missing)


def paces(template):
    """The seconds from one cycle to the next that a stack may have."""
    return template["Parameters"]["CycleSeconds"]["AllowedValues"]


def period_of(seconds):
    """AWS measures its services once a minute: in a shorter period there would be nothing."""
    return max(60, seconds)


def test_an_alarm_s_period_is_the_time_between_two_ticks_of_the_rule(stack, template):  # case A3
    """So that no period is without a cycle, with no second parameter to set."""
    units = {"minute": 60, "minutes": 60, "hour": 3600}
    for seconds in paces(template):
        paced = stack(CycleSeconds=seconds)
        [rule] = paced.of_type("AWS::Events::Rule")
        number, unit = re.fullmatch(r"rate\((\d+) (\w+)\)", paced.resource(rule)["ScheduleExpression"]).groups()
        assert int(number) * units[unit] == period_of(seconds)
        assert (int(number) == 1) == (not unit.endswith("s")), "EventBridge wants the singular for 1 and the plural otherwise"
        assert {paced.resource(alarm)["Period"] for alarm in ALARMS} == {period_of(seconds)}


def test_a_period_is_bad_for_a_lasting_condition_if_half_of_its_cycles_are(stack, template):
    """Not for one of four, which a burst that is soon worked off would reach; a missing cycle silences no period of four."""
    for seconds in paces(template):
        paced, cycles = stack(CycleSeconds=seconds), period_of(seconds) // seconds
        for alarm in LASTING:
            threshold = paced.resource(alarm)["Threshold"]
            assert threshold - 1 < cycles / 2 <= threshold
        assert {paced.resource(alarm)["Threshold"] for alarm in ALARMS - LASTING.keys()} == {0, 1}


@pytest.mark.parametrize(("alarm", "minutes"), LASTING.items())
def test_a_lasting_condition_takes_its_minutes_at_every_rate(stack, template, alarm, minutes):
    for seconds in paces(template):
        watched, period = stack(CycleSeconds=seconds).resource(alarm), period_of(seconds)
        bad, periods = watched["DatapointsToAlarm"], watched["EvaluationPeriods"]
        assert periods * period >= minutes * 60 or alarm == "PinnedAlarm"
        assert 0.9 * minutes * 60 <= bad * period or periods < 10, "nine tenths of it, where cycles are many"
        assert bad * period <= max(minutes * 60, 2 * period), "no later than that, or with the second cycle"


@pytest.mark.parametrize("alarm", ["StarvedAlarm", "HerokuLimitAlarm"])
def test_one_failed_or_missing_cycle_silences_nothing_that_lasts(stack, template, alarm):
    for seconds in paces(template):
        watched = stack(CycleSeconds=seconds).resource(alarm)
        assert 2 <= watched["DatapointsToAlarm"] < watched["EvaluationPeriods"]


def test_no_alarm_evaluates_a_longer_time_than_cloudwatch_allows(stack, template):
    for seconds in paces(template):
        for alarm in ALARMS:
            assert period_of(seconds) * stack(CycleSeconds=seconds).resource(alarm)["EvaluationPeriods"] <= 24 * 3600


@pytest.mark.parametrize(
    ("counting", "metric", "pattern"),
    [
        ("HerokuRefusals", "heroku_refused", "{ " + " || ".join(f'($.error_type = "{reason}")' for reason in reasons("Refusal")) + " }"),
        ("LimitedCycles", "heroku_limited", '{ $.reason = "HerokuLimit" }'),
        ("PinnedCycles", "pinned_at_max", "{ $.pinned = 1 }"),
        ("StarvedCycles", "starved", "{ $.starved = 1 }"),
    ],
)
def test_some_cycles_are_counted_from_the_log_and_cost_only_when_there_are_some(stack, counting, metric, pattern):
    counted = stack().resource(counting)
    assert (counted["LogGroupName"], counted["FilterPattern"]) == ("<LogGroup>", pattern)
    assert counted["MetricTransformations"] == [  # complete: a default value would be a metric that costs each hour
        {
            "MetricNamespace": "DynoScaler",
            "MetricName": metric,
            "MetricValue": "1",
            "Unit": "Count",
            "Dimensions": [{"Key": "app", "Value": "$.app"}, {"Key": "process", "Value": "$.process"}],
        }
    ]


def test_the_limit_that_is_counted_is_a_reason_of_the_code():
    assert "HerokuLimit" in reasons("Limit")


@pytest.mark.parametrize(
    ("given", "actions"),
    [
        ({}, []),
        ({"AlarmEmail": "on-call@example.com"}, ["<AlarmTopic>"]),
        ({"AlarmTopicArn": TOPIC}, [TOPIC]),
        ({"AlarmEmail": "on-call@example.com", "AlarmTopicArn": TOPIC}, ["<AlarmTopic>", TOPIC]),
    ],
)
def test_alarms_and_their_ends_are_sent_to_the_given_topics(stack, given, actions):
    stack = stack(**given)
    for alarm in ALARMS | OF_A_FLEET:
        assert stack.resource(alarm)["AlarmActions"] == stack.resource(alarm)["OKActions"] == actions


def test_a_topic_is_made_only_for_an_address(stack):
    assert not stack(AlarmTopicArn=TOPIC).of_type("AWS::SNS::Topic")
    mailed = stack(AlarmEmail="on-call@example.com").resource("AlarmTopic")
    assert mailed["Subscription"] == [{"Protocol": "email", "Endpoint": "on-call@example.com"}]
    assert "KmsMasterKeyId" not in mailed


# A fleet

OWN_NAMESPACE = "DynoScaler/scaler"
OF_A_TARGET = {alarm: metric for alarm, (_, metric, dimensions, _) in WATCHED.items() if dimensions == TARGET}
OF_A_TARGET |= {"FailingTargetAlarm": "cycle_failed"}


@pytest.mark.parametrize(("alarm", "metric"), OF_A_TARGET.items())
def test_in_a_fleet_an_alarm_about_targets_names_those_at_fault(stack, alarm, metric):
    fleet = stack(CycleSeconds=300, **FLEET).resource(alarm)
    assert not {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"} & set(fleet)
    query = f'SELECT SUM({metric}) FROM SCHEMA("{OWN_NAMESPACE}", app, process) GROUP BY app, process'
    assert fleet["Metrics"] == [{"Id": "targets", "Expression": query, "Period": 300}]


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_in_a_fleet_an_alarm_is_otherwise_the_same(stack, alarm):
    one, fleet = stack().resource(alarm), stack(**FLEET).resource(alarm)
    differing = {"Namespace", "MetricName", "Dimensions", "Statistic", "Period", "Metrics"} if alarm in OF_A_TARGET else set()
    assert {key: value for key, value in fleet.items() if key not in differing} == {key: value for key, value in one.items() if key not in differing}


def test_a_query_evaluates_no_longer_time_than_cloudwatch_keeps_for_it(stack, template):
    for seconds in paces(template):
        for alarm in OF_A_TARGET:
            assert period_of(seconds) * stack(CycleSeconds=seconds, **FLEET).resource(alarm)["EvaluationPeriods"] <= 3 * 3600


def test_a_fleet_counts_in_a_namespace_of_its_own_so_that_no_other_stack_s_target_is_named(stack):
    fleet = stack(**FLEET)
    counted = [fleet.resource(name)["MetricTransformations"] for name in fleet.of_type("AWS::Logs::MetricFilter")]
    assert {transformation["MetricNamespace"] for [transformation] in counted} == {OWN_NAMESPACE}
    names = {transformation["MetricName"] for [transformation] in counted}
    assert names == {*OF_A_TARGET.values(), "round_faults"}
    alarm = fleet.resource("RoundAlarm")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (OWN_NAMESPACE, "round_faults", "Sum")


def test_the_faults_of_a_round_are_an_earlier_file_and_deferred_cycles(stack):
    pattern = '{ ($.error_type = "TargetsFileFault") || ($.deferred_cycles > 0) }'
    assert stack(**FLEET).resource("RoundFaults")["FilterPattern"] == pattern
    code = " ".join(file.read_text() for file in (ROOT / "src/fleet").rglob("*.rs"))
    assert 'error_type = "TargetsFileFault"' in code and "deferred_cycles:" in code


# The pages about them


def test_the_page_on_operation_explains_every_alarm_and_no_other():
    explained = {cells[0].strip("`") for cells in rows("docs/OPERATIONS.md", "Alarms")}
    assert explained == ALARMS | OF_A_FLEET


def test_the_page_on_operation_counts_the_alarms_and_the_metrics_right(stack):
    costs = {cells[0]: cells[1] for cells in rows("docs/OPERATIONS.md", "What it costs")}
    assert costs[f"{len(ALARMS)} alarms"] == f"${len(ALARMS) * 0.10:.2f}"
    polls, ticks = 5 * 3 * 60 * 24 * 30, 3 * 60 * 24 * 30  # of 20 seconds, five at a time; each tick is sent, received and deleted
    assert costs["each queue of delayed ticks"] == f"${(polls + ticks) * 0.40 / 1e6:.2f}"
    metrics = [cells[0] for cells in rows("docs/OPERATIONS.md", "Metrics") if cells[0].startswith("`")]
    of_rounds = metrics[metrics.index("`failed_cycles`") :]
    for count, what in [(len(metrics) - len(of_rounds), "metrics"), (len(of_rounds), "metrics of a fleet's rounds")]:
        assert costs[f"{count} {what}"] == f"${count * 0.30:.2f}"
