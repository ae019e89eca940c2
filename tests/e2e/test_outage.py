"""Heroku's API is unavailable for twelve hours, as on 10 June 2025: cycles hold, alarms go off, and afterwards all continues.

The hours are not waited for. The release binary runs with a clock that the test sets ahead, by minutes
or hours at a time, and everything else is as in the other tests: real calls to the local AWS and
to the stand-in for Heroku, whose connections end without an answer. So it is shown what dozens of
cycles over twelve hours by the function's own clock do, and what hours do to a pause, a hold and an
open change. It is not shown what twelve true hours do to the process: that is the soak's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.alarms import Alarms
from local.aws import LocalAws, Stack
from local.clock import Clock, library
from tests.e2e.world import PROCESS, ROOT, TABLE, World, event

OUTAGE = timedelta(hours=12)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ARRIVALS = 400
"""Messages that wait meanwhile: the workers are unavailable with Heroku."""

MAX_DYNOS = 5


class Hours:
    """A world whose function has a clock that can be set ahead."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        world.variables |= clock.variables

    def now(self) -> datetime:
        """The second by the function's clock."""
        return self.clock.now().replace(microsecond=0)

    def tick(self, later: timedelta = MINUTE) -> dict[str, Any]:
        """The next scheduled event, so much later."""
        self.clock.set(self.clock.ahead + later)
        return event("scheduled-rule") | {"time": f"{self.now():%Y-%m-%dT%H:%M:%SZ}"}

    def cycle(self, later: timedelta = MINUTE) -> dict[str, Any]:
        """A cycle that succeeds, so much later."""
        return self.world.cycle(self.tick(later))

    def outage(
        self, meanwhile: Callable[[timedelta], None] = lambda _: None, step: timedelta = HOUR
    ) -> list[dict[str, Any]]:
        """Twelve hours without Heroku, a cycle each `step`; gives the error of each."""
        self.world.heroku.fail("GET", "reset", times=None)
        errors, began = [], self.clock.ahead
        while self.clock.ahead - began < OUTAGE:
            errors.append(self.world.failure(self.tick(step)))
            meanwhile(self.clock.ahead - began)
        self.world.heroku.recover()
        return errors


@pytest.fixture(scope="module")
def clock_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What sets the clock ahead."""
    return library(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def hours(world: World, tmp_path: Path, clock_library: Path) -> Hours:
    """One cycle above the threshold adds a dyno, three below remove one."""
    world.variables |= {"DYNOSCALER_UP_CYCLES": "1", "DYNOSCALER_MAX_DYNOS": str(MAX_DYNOS)}
    return Hours(world, Clock(tmp_path, clock_library))


def test_the_function_s_clock_is_the_one_that_the_test_sets(hours: Hours) -> None:
    hours.clock.set(timedelta(days=3))
    tick = hours.tick()
    record = hours.world.cycle(tick)
    assert record["reason"] != "LateTick" and record["tick"] == tick["time"]
    written = datetime.fromisoformat(record["timestamp"])
    assert abs(written - hours.now()) < timedelta(minutes=1)


# case 12h
def test_for_twelve_hours_every_cycle_holds_and_then_the_backlog_is_worked_off(hours: Hours) -> None:
    world = hours.world
    assert hours.cycle()["error"] is None
    before, patches = world.item(), world.requests_to_heroku("PATCH")

    def arrive(elapsed: timedelta) -> None:
        if elapsed == OUTAGE / 2:
            world.fill(ARRIVALS)

    errors = hours.outage(arrive, 15 * MINUTE)
    assert len(errors) == 48
    assert {error["errorType"] for error in errors} == {"FormationUnavailable"}
    assert world.item() == before, "a cycle that cannot see stores nothing"
    assert world.requests_to_heroku("PATCH") == patches, "and changes nothing"

    course = [hours.cycle()["required_dynos"] for _ in range(MAX_DYNOS)]
    assert course == [2, 3, 4, 5, 5]
    world.drain()
    course = [hours.cycle()["required_dynos"] for _ in range(3 * MAX_DYNOS)]
    assert course[-1] == 1
    assert world.quantities_set() == [2, 3, 4, 5, 4, 3, 2, 1]


# case 12h
def test_a_change_that_was_lost_as_the_outage_began_yields_to_an_operator_s_quantity(hours: Hours) -> None:
    world = hours.world
    world.fill(ARRIVALS)
    world.heroku.fail("PATCH", "reset", times=None)
    assert world.failure(hours.tick())["errorType"] == "ChangeUnconfirmed"
    assert world.item()["intent"]["M"]["to"]["N"] == "2"

    def by_hand(elapsed: timedelta) -> None:
        if elapsed == OUTAGE / 2:
            world.heroku.set_quantity(4)

    hours.outage(by_hand)
    record = hours.cycle()
    assert (record["intent"], record["active_dynos"], record["required_dynos"]) == ("ChangedByHand", 4, 5)
    assert world.quantities_set() == [5], "the old change was never sent"


# case 12h
def test_a_change_that_was_lost_as_the_outage_began_is_sent_again_if_nothing_else_changed(hours: Hours) -> None:
    world = hours.world
    world.fill(ARRIVALS)
    world.heroku.fail("PATCH", "reset", times=None)
    assert world.failure(hours.tick())["errorType"] == "ChangeUnconfirmed"
    hours.outage()
    assert hours.cycle()["reason"] == "LostChangeRepeated"
    assert world.quantities_set() == [2]


# case 12h
def test_dynos_that_an_operator_stopped_meanwhile_stay_stopped_despite_the_backlog(hours: Hours) -> None:
    world = hours.world
    hours.cycle()

    def by_hand(elapsed: timedelta) -> None:
        if elapsed == OUTAGE / 2:
            world.heroku.set_quantity(0)
            world.fill(ARRIVALS)

    hours.outage(by_hand)
    assert [hours.cycle()["reason"] for _ in range(3)] == ["StoppedByHand"] * 3
    assert world.quantities_set() == []


# case 12h
def test_an_operator_s_quantity_is_held_from_its_first_observation(hours: Hours) -> None:
    world = hours.world
    world.variables["DYNOSCALER_MANUAL_HOLD_MINUTES"] = "30"
    world.fill(ARRIVALS)
    assert hours.cycle()["required_dynos"] == 2
    hours.outage(lambda elapsed: world.heroku.set_quantity(4) if elapsed == HOUR else None)
    assert hours.cycle()["reason"] == "ChangedByHand"
    assert hours.cycle(timedelta(minutes=28))["reason"] == "ChangedByHand"
    assert hours.cycle(timedelta(minutes=3))["required_dynos"] == 5


# case 12h
def test_a_pause_that_ended_during_the_outage_is_over(hours: Hours) -> None:
    world = hours.world
    hours.cycle()
    since, until = (hours.now() + later for later in (timedelta(), timedelta(hours=6)))
    pause = {name: {"S": f"{at:%Y-%m-%dT%H:%M:%SZ}"} for name, at in {"since": since, "until": until}.items()}
    world.aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"target": {"S": world.key}},
        UpdateExpression="SET pause = :pause",
        ExpressionAttributeValues={":pause": {"M": pause}},
    )
    assert hours.cycle()["reason"] == "Paused"
    world.fill(ARRIVALS)
    hours.outage()
    assert hours.cycle()["required_dynos"] == 2


@pytest.fixture
def alarms(aws: LocalAws, bootstrap: Path, hours: Hours) -> Iterator[Alarms]:
    """The stack's alarms, by the function's clock; its function is not invoked."""
    aws.create_queue("outage-jobs")
    variables = {
        "MyHerokuAuthTokenParameter": "/outage/token",
        "MY_HEROKU_AS_APP": "outage-app",
        "MY_HEROKU_AS_PROCESS": PROCESS,
        "AWS_SQS_NAME": "outage-jobs",
    }
    stack = Stack(aws, "outage").deploy(ROOT / "template.yaml", variables, bootstrap)
    yield Alarms(aws, stack, lambda: hours.now().timestamp())


# case 12h
def test_the_outage_sets_off_the_alarm_of_failing_cycles_in_its_second_minute(hours: Hours, alarms: Alarms) -> None:
    world = hours.world

    def turned(record: dict[str, Any]) -> set[tuple[str, bool]]:
        alarms.count(record)
        return {(turn.name, turn.is_on) for turn in alarms.turns() if turn.name.startswith("outage-ErrorsAlarm")}

    def failed() -> dict[str, Any]:
        tick = hours.tick()
        world.failure(tick)
        return world.line(lambda line: line.get("reason") == "FormationUnavailable" and line["tick"] == tick["time"])

    assert turned(hours.cycle()) == set()
    world.heroku.fail("GET", "reset", times=None)
    assert turned(failed()) == set(), "two of three minutes"
    assert [is_on for _, is_on in turned(failed())] == [True]
    world.heroku.recover()
    hours.clock.set(hours.clock.ahead + timedelta(minutes=2))
    assert [is_on for _, is_on in turned(hours.cycle())] == [False]
