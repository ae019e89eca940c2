"""The cost of a month: measured durations and lengths, times AWS's list prices.

Must not know: how the figures are judged.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benches.function import measure
from benches.function.fleet import Rounds
from benches.function.subject import Subject, invoke, servers

CYCLES = 43_200
"""One a minute, 30 days."""
ROUND_TRIP_SECONDS = 0.06
"""Pessimistic: within a region most take a few milliseconds, to Heroku some tens."""
SHARES = {"holds, nothing to write": 0.446, "counts": 0.468, "acts": 0.086}
"""As in the soak's month, whose load rises and falls once a day: 23,950 writes and 3,720 changes in 43,200 cycles."""
STARTS, START_SECONDS = 360, 1.0
"""Lambda bills the start too: an environment exists for some hours, and a new one connects over TLS."""
MEMORY_GB = 0.125
LAMBDA_LINES_BYTES = 800
"""Lambda's own lines about an invocation, in JSON, with room."""

# List prices of us-east-1, in dollars, without the free tiers.
GB_SECOND, LAMBDA_REQUEST = 0.0000166667, 0.20e-6
READ, WRITE, SQS_REQUEST, LOG_BYTE = 0.125e-6, 0.625e-6, 0.40e-6, 0.50 / 1e9


@dataclass(frozen=True)
class Bill:
    """The sum and its items."""

    cents: float
    rows: list[str]


def record_bytes(subject: Subject) -> float:
    """The length of a record."""
    with servers() as light, subject.running(light) as function:
        for _ in range(measure.WARM_CYCLES):
            invoke(function)
    return statistics.fmean(len(line) + 1 for line in function.stdout)


def bill(subject: Subject) -> Bill:
    """A month of one target."""
    trips = {trip.kind: trip.round_trips * ROUND_TRIP_SECONDS for trip in measure.trips(subject, ROUND_TRIP_SECONDS)}
    seconds = sum(trips[kind] * share for kind, share in SHARES.items())
    writes = SHARES["counts"] + SHARES["acts"]
    log_bytes = record_bytes(subject) + LAMBDA_LINES_BYTES
    billed = CYCLES * seconds + STARTS * START_SECONDS
    parts = {
        f"Lambda, {billed:,.0f} s of {MEMORY_GB * 1024:.0f} MB": billed * MEMORY_GB * GB_SECOND,
        f"Lambda, {CYCLES:,} requests": CYCLES * LAMBDA_REQUEST,
        f"DynamoDB, {CYCLES:,} reads": CYCLES * READ,
        f"DynamoDB, {CYCLES * writes:,.0f} writes": CYCLES * writes * WRITE,
        f"SQS, {CYCLES:,} requests": CYCLES * SQS_REQUEST,
        f"CloudWatch Logs, {CYCLES * log_bytes / 1e6:,.0f} MB": CYCLES * log_bytes * LOG_BYTE,
    }
    total = 100 * sum(parts.values())
    worst = total + 100 * CYCLES * (1 - writes) * (WRITE + ROUND_TRIP_SECONDS * MEMORY_GB * GB_SECOND)
    rows = [f"| a month, round trips of {ROUND_TRIP_SECONDS * 1000:.0f} ms | cents |", "|---|--:|"]
    rows += [f"| {what} | {100 * dollars:.1f} |" for what, dollars in parts.items()]
    return Bill(total, [*rows, f"| **all** | **{total:.1f}** |", f"| if every cycle wrote | {worst:.1f} |"])


def fleets(subject: Subject, measured: list[Rounds]) -> list[str]:
    """A month of one target among so many, as if every cycle wrote."""
    record = record_bytes(subject)
    rows = ["| a month of one target among | Lambda | DynamoDB and SQS | CloudWatch Logs | all, in cents |", "|--:|--:|--:|--:|--:|"]
    for each in measured:
        seconds = each.seconds_at(round(MEMORY_GB * 1024))
        function = CYCLES * (seconds * MEMORY_GB * GB_SECOND + LAMBDA_REQUEST) / each.targets
        calls = CYCLES * (READ + WRITE + SQS_REQUEST)
        log = CYCLES * (record + LAMBDA_LINES_BYTES / each.targets) * LOG_BYTE
        parts = [function, calls, log, function + calls + log]
        rows.append(f"| {each.targets:,} | " + " | ".join(f"{100 * dollars:.2f}" for dollars in parts) + " |")
    return rows
