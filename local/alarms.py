"""The alarms of the stack in the local AWS: counts of what they watch, and which went on or off.

The local AWS counts no errors of a function that its event rule invoked, and nothing in a log, so both
are counted here as Lambda and CloudWatch Logs do. It also ends no alarm for missing data, so a zero is
sent instead. One bad period is enough for it where an alarm needs more, and so is a bad value of any
stack in the account, because it reads no dimensions. So an alarm is on if both the local AWS and the
count of the periods here agree. An alarm on the query of a fleet has contributors, the targets that are
at fault, which are counted here alone. Must not know what an alarm is for.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from operator import eq, gt
from typing import Any, NamedTuple

from local.aws import LocalAws, Stack

COMPARISON = re.compile(r'\$\.(\w+) ([=>]) "?([\w.]+)"?')


class Turn(NamedTuple):
    """An alarm that went on or off."""

    name: str
    is_on: bool
    description: str
    contributors: list[str]
    """The targets at fault, of an alarm on all targets."""


class Alarms:
    """All alarms of one stack. `now` gives the seconds since 1970 by which periods are counted."""

    def __init__(self, aws: LocalAws, stack: Stack, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.cloudwatch = aws.client("cloudwatch")
        self.function = stack.outputs["FunctionName"]
        group = stack.outputs["LogGroupName"]
        self.filters = aws.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
        self.on: set[str] = set()
        self.seen: defaultdict[str, defaultdict[str, set[float]]] = defaultdict(lambda: defaultdict(set))
        """The instants of what each metric counted, by the values of its dimensions."""

    def count(self, *records: dict[str, Any]) -> None:
        """Counts an invocation as an error or none, and each record of it under each of the log's filters."""
        is_error = all(record.get("error_type") is not None for record in records)
        self._put("AWS/Lambda", "Errors", is_error, {"FunctionName": self.function})
        for record in records:
            for watched in self.filters:
                self._count_in(watched, record)

    def _count_in(self, watched: dict[str, Any], record: dict[str, Any]) -> None:
        [metric] = watched["metricTransformations"]
        dimensions = {name: str(record.get(path.removeprefix("$."))) for name, path in metric.get("dimensions", {}).items()}
        is_match = matches(watched["filterPattern"], record)
        self._put(metric["metricNamespace"], metric["metricName"], is_match, dimensions)

    def turns(self) -> list[Turn]:
        """The alarms that went on or off since the last call."""
        alarms = self.cloudwatch.describe_alarms()["MetricAlarms"]
        now = {alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM" and self._lasts(alarm)}
        changed, self.on = self.on ^ now, now
        texts = {alarm["AlarmName"]: alarm["AlarmDescription"] for alarm in alarms}
        at_fault = {alarm["AlarmName"]: self._contributors(alarm) for alarm in alarms}
        return [Turn(name, name in now, texts.get(name, ""), at_fault.get(name, [])) for name in sorted(changed)]

    def _lasts(self, alarm: dict[str, Any]) -> bool:
        return alarm["MetricName"] not in self.seen or bool(self._at_fault(alarm))

    def _contributors(self, alarm: dict[str, Any]) -> list[str]:
        return [] if alarm.get("Dimensions") else [name for name in self._at_fault(alarm) if name]

    def _at_fault(self, alarm: dict[str, Any]) -> list[str]:
        counted = self.seen.get(alarm["MetricName"], {})
        return [name for name, instants in counted.items() if lasts(alarm, instants, self.now())]

    def _put(self, namespace: str, name: str, is_match: bool, dimensions: dict[str, str]) -> None:
        counted = self.seen[name]["/".join(dimensions.values())]
        if is_match:
            counted.add(self.now())
        where = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        data = {"MetricName": name, "Value": float(is_match), "Unit": "Count", "Dimensions": where}
        self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[data])


def lasts(alarm: dict[str, Any], seen: Collection[float], now: float) -> bool:
    """Whether events at these instants make as many of the last periods bad as an alarm needs."""
    periods = {int(instant // alarm["Period"]) for instant in seen}
    current = int(now // alarm["Period"])
    bad = [period for period in periods if current - period < alarm["EvaluationPeriods"]]
    return len(bad) >= alarm["DatapointsToAlarm"]


def matches(pattern: str, record: dict[str, Any]) -> bool:
    """Whether a filter's pattern, comparisons between `||` or between `&&`, is true of a record."""
    holds = [_holds(record.get(name), sign, value) for name, sign, value in COMPARISON.findall(pattern)]
    return any(holds) if "||" in pattern else all(holds)


def _holds(found: Any, sign: str, value: str) -> bool:
    compare: Callable[[Any, Any], bool] = {"=": eq, ">": gt}[sign]
    return found is not None and compare(found, type(found)(value))
