"""Reasons for the release binary to hold although the load needs dynos: operators, limits, releases, the hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.heroku_app import FIR
from tests.e2e.world import PROCESS, TABLE, World

Worlds = Callable[..., World]


@pytest.fixture
def greedy(world: World) -> World:
    """One cycle with 200 messages needs 20 dynos at once."""
    world.variables |= {
        "DYNOSCALER_UP_CYCLES": "1",
        "DYNOSCALER_MAX_DYNOS": "30",
        "DYNOSCALER_POLICY": "target",
    }
    world.fill(200)
    return world


def test_a_limit_of_the_app_is_reached_and_not_exceeded_again(greedy: World) -> None:
    greedy.heroku.limit = 12  # of which web has 2
    refused = greedy.cycle()  # 20, and then 12: the limit is not of the process type
    assert (refused["reason"], refused["action"], refused["heroku_limit"]) == ("HerokuLimit", "none", 10)
    record = greedy.cycle()
    assert (record["reason"], record["action"], record["required_dynos"]) == ("HerokuLimit", "scale-up", 10)
    requests = greedy.requests_to_heroku("PATCH")
    for _ in range(3):
        record = greedy.cycle()
        assert (record["reason"], record["action"], record["heroku_limit"]) == ("HerokuLimit", "none", 10)
        assert record["at_max"] == 1
        assert datetime.fromisoformat(record["hold_until"]) > datetime.now(UTC) + timedelta(minutes=55)
    assert greedy.requests_to_heroku("PATCH") == requests
    assert greedy.quantity() == 10


def test_an_app_of_fir_gets_more_dynos_than_cedar_allows_up_to_its_own_limit(world_of: Worlds) -> None:
    world = world_of(generation=FIR)
    several = {"DYNOSCALER_UP_CYCLES": "1", "DYNOSCALER_MAX_DYNOS": "400", "DYNOSCALER_POLICY": "target"}
    world.variables |= several | {"DYNOSCALER_BACKLOG_THRESHOLD": "0.5"}
    world.fill(100)  # needs 200
    record = world.cycle()
    assert (record["reason"], record["required_dynos"], record.get("heroku_limit")) == ("ScaleUp", 200, None)
    world.fill(50)  # 300, and 255 are those of the app, of which web has 2
    assert world.cycle()["reason"] == "HerokuLimit"
    assert world.cycle()["required_dynos"] == 253
    assert world.quantity() == 253


def test_a_limit_that_allows_what_it_refuses_is_no_failure(greedy: World) -> None:  # case B1
    greedy.heroku.fail("PATCH", "above_limit", limit=100, times=None)
    requested = []
    for _ in range(4):
        record = greedy.cycle()
        assert (record["reason"], record["action"], record["error"]) == ("HerokuLimit", "none", None)
        requested.append(record["heroku_limit"])
    assert requested == sorted(requested, reverse=True)
    assert greedy.quantity() == 1


def test_a_limit_of_the_process_type_is_reached_within_the_cycle(greedy: World) -> None:
    greedy.heroku.fail("PATCH", "above_limit", limit=8)
    record = greedy.cycle()
    assert (record["reason"], record["action"], record["required_dynos"]) == ("HerokuLimit", "scale-up", 8)
    assert greedy.quantity() == 8
    warning = greedy.line(lambda line: line.get("error_type") == "HerokuLimit" and line["level"] == "WARN")
    assert "Cannot update to more than 8" in warning["error"]


@pytest.mark.parametrize("fault", ["conflict", "preboot"])
def test_a_release_in_progress_holds_and_is_no_error(greedy: World, fault: str) -> None:
    greedy.heroku.fail("PATCH", fault, times=2)
    assert greedy.reasons(2) == ["HerokuBusy", "HerokuBusy"]
    assert greedy.quantity() == 1
    assert greedy.cycle()["reason"] == "LostChangeRepeated"
    assert greedy.quantity() == 20


def test_an_app_in_maintenance_is_left_alone(greedy: World) -> None:
    greedy.variables["DYNOSCALER_RESPECT_MAINTENANCE"] = "true"
    greedy.heroku.maintenance = True
    assert greedy.reasons(2) == ["HerokuMaintenance", "HerokuMaintenance"]
    assert greedy.item() == {}
    greedy.heroku.maintenance = False
    assert greedy.cycle()["reason"] == "ScaleUp"


def test_an_operator_s_quantity_is_kept_for_the_configured_time(greedy: World) -> None:
    greedy.variables["DYNOSCALER_MANUAL_HOLD_MINUTES"] = "30"
    assert greedy.cycle()["reason"] == "ScaleUp"
    greedy.heroku.set_quantity(5)
    record = greedy.cycle()
    assert (record["reason"], record["intent"], record["action"]) == ("ChangedByHand", "ChangedByHand", "none")
    assert greedy.cycle()["reason"] == "ChangedByHand"
    assert greedy.quantity() == 5


def test_a_pause_holds_until_it_is_over(greedy: World) -> None:
    def pause(until: datetime) -> None:
        since, end = (time.isoformat().replace("+00:00", "Z") for time in (datetime.now(UTC), until))
        greedy.aws.client("dynamodb").update_item(
            TableName=TABLE,
            Key={"target": {"S": greedy.key}},
            UpdateExpression="SET pause = :pause",
            ExpressionAttributeValues={":pause": {"M": {"since": {"S": since}, "until": {"S": end}}}},
        )

    assert greedy.cycle()["reason"] == "ScaleUp"
    greedy.drain()
    pause(datetime.now(UTC) + timedelta(hours=1))
    assert greedy.reasons(2) == ["Paused", "Paused"]
    pause(datetime.now(UTC) - timedelta(seconds=1))
    assert greedy.cycle()["reason"] == "CountingDown"
    assert "pause" not in greedy.item()


def test_the_bounds_are_those_of_the_hour(greedy: World) -> None:
    greedy.variables["DYNOSCALER_SCHEDULE"] = "mon-sun Europe/Paris 3..4"
    record = greedy.cycle()
    assert (record["min_dynos"], record["max_dynos"], record["reason"]) == (3, 4, "BelowMin")
    assert greedy.heroku.quantity(PROCESS) == 3


def test_few_calls_that_are_left_are_a_warning(world: World) -> None:
    world.heroku.calls_left = 400
    assert world.cycle()["heroku_calls_left"] < 400
    assert world.line(lambda line: line.get("error_type") == "HerokuCallsScarce")["level"] == "WARN"
