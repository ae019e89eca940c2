"""The release binary behind a Lambda Runtime API: every call goes over a real protocol."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.runtime_api import ROLE_KEY
from tests.e2e.recording_proxy import Forward, ProxyHandler
from tests.e2e.world import AWS_SECRET, PROCESS, QUEUE_KEY, TOKEN, World, event

Worlds = Callable[..., World]
ROOT = Path(__file__).parents[2]

GET_FAULTS = {
    "bad_request": "HerokuRejected",
    "unauthorized": "HerokuUnauthorized",
    "delinquent": "HerokuForbidden",
    "forbidden": "HerokuForbidden",
    "suspended": "HerokuForbidden",
    "app_not_found": "HerokuNotFound",
    "type_missing": "HerokuNotFound",
    "not_acceptable": "HerokuRejected",
    "conflict": "HerokuRejected",
    "invalid_params": "HerokuRejected",
    "rate_limit": "HerokuRateLimited",
    "server_error": "FormationUnavailable",
    "unavailable": "FormationUnavailable",
    "unavailable_html": "FormationUnavailable",
    "html": "FormationUnavailable",
    "wrong_json": "FormationUnavailable",
    "wrong_types": "FormationUnavailable",
    "reset": "FormationUnavailable",
    "oversize": "FormationUnavailable",
    "truncated": "FormationUnavailable",
    "slow": "FormationUnavailable",
}
PATCH_FAULTS = {
    "bad_request": "HerokuRejected",
    "unauthorized": "HerokuUnauthorized",
    "delinquent": "HerokuForbidden",
    "forbidden": "HerokuForbidden",
    "suspended": "HerokuForbidden",
    "type_not_found": "HerokuNotFound",
    "invalid_params": "HerokuRejected",
    "rate_limit": "HerokuRateLimited",
    "server_error": "ChangeUnconfirmed",
    "unavailable": "ChangeUnconfirmed",
    "unavailable_html": "ChangeUnconfirmed",
    "reset": "ChangeUnconfirmed",
}
CONSIDERED = ("HerokuUnauthorized", "HerokuForbidden", "HerokuNotFound", "HerokuRejected", "HerokuRateLimited")
TRIES_TO_READ = 3


def eager(world: World) -> World:
    """One cycle above the threshold adds a dyno, and the load is above it."""
    world.variables["DYNOSCALER_UP_CYCLES"] = "1"
    world.fill(200)
    return world


# The main job


def test_a_queue_fills_and_dynos_rise_to_max_and_it_drains_and_they_fall_to_min(world: World) -> None:
    world.variables["DYNOSCALER_MAX_DYNOS"] = "3"

    def steps(count: int) -> list[tuple[str, int, int, int]]:
        records = [world.cycle() for _ in range(count)]
        return [(r["reason"], r["required_dynos"], r["scale_up_cnt"], r["scale_down_cnt"]) for r in records]

    world.fill(100)
    assert steps(7) == [
        ("CountingUp", 1, 1, 0),  # 100 ÷ 1 > 10
        ("ScaleUp", 2, 0, 0),
        ("CountingUp", 2, 1, 0),  # 100 ÷ 2 > 10
        ("ScaleUp", 3, 0, 0),
        ("CountingUp", 3, 1, 0),  # 100 ÷ 3 > 10
        ("AtMax", 3, 2, 0),
        ("AtMax", 3, 2, 0),
    ]
    world.drain()
    assert steps(10) == [
        ("CountingDown", 3, 1, 1),  # 0 ÷ 3 < 10, and the other counter leaks
        ("CountingDown", 3, 0, 2),
        ("ScaleDown", 2, 0, 0),
        ("CountingDown", 2, 0, 1),
        ("CountingDown", 2, 0, 2),
        ("ScaleDown", 1, 0, 0),
        ("CountingDown", 1, 0, 1),
        ("CountingDown", 1, 0, 2),
        ("AtMin", 1, 0, 3),
        ("AtMin", 1, 0, 3),
    ]
    assert world.quantities_set() == [2, 3, 2, 1]


def test_a_record_has_the_observation_and_the_change(world: World) -> None:
    eager(world)
    record = world.cycle()
    expected = {
        "app": world.app,
        "process": PROCESS,
        "queue": world.queue,
        "policy": "step",
        "sqs_messages": 200,
        "in_flight": 0,
        "delayed": 0,
        "active_dynos": 1,
        "required_dynos": 2,
        "backlog_per_instance": 200.0,
        "backlog_threshold": 10.0,
        "asked_dynos": 20,
        "drain_minutes_at_max": None,
        "cycle_failed": 0,
        "action": "scale-up",
        "reason": "ScaleUp",
        "dry_run": False,
        "error_type": None,
        "error": None,
        "cold_start": True,
        "level": "INFO",
    }
    assert {name: record[name] for name in expected} == expected
    line = world.line(lambda line: line.get("request_id") == record["request_id"])
    assert line.pop("_aws")["CloudWatchMetrics"][0]["Namespace"] == "DynoScaler"
    assert line == record
    assert world.cycle()["cold_start"] is False


def test_the_record_names_heroku_s_id_of_the_call_that_changed_something(world: World) -> None:
    record = eager(world).cycle()
    patch = next(request for request in world.heroku.requests if request["method"] == "PATCH")
    assert record["heroku_request_id"] == patch["request_id"]


def test_requests_to_heroku_carry_the_token_and_its_description(world: World) -> None:
    world.cycle()
    headers = {name.lower(): value for name, value in world.heroku.requests[0]["headers"].items()}
    assert headers["user-agent"].startswith("dynoscaler/")
    assert headers["user-agent"].endswith("(end-to-end)")
    assert headers["authorization"] == f"Bearer {TOKEN}"


def test_exactly_at_the_threshold_nothing_moves_and_nothing_is_written(world: World) -> None:
    world.fill(10)
    assert world.cycle()["reason"] == "AtTarget"
    assert world.item() == {}


def test_a_partial_list_is_a_list(world: World) -> None:
    world.heroku.fail("GET", "partial")
    assert world.cycle()["active_dynos"] == 1


@pytest.mark.parametrize("form", ["url", "arn"])
def test_the_queue_may_be_named_by_url_or_arn(world: World, form: str) -> None:
    arn = f"arn:aws:sqs:us-east-1:000000000000:{world.queue}"
    world.variables["AWS_SQS_NAME"] = world.queue_url if form == "url" else arn
    world.fill(7)
    assert world.cycle()["sqs_messages"] == 7


# Bounds, and operators


def test_a_quantity_outside_the_bounds_returns_at_once(world: World) -> None:
    world.variables |= {"DYNOSCALER_MIN_DYNOS": "2", "DYNOSCALER_MAX_DYNOS": "4"}
    assert world.cycle()["reason"] == "BelowMin"
    world.heroku.set_quantity(9)
    assert world.cycle()["reason"] == "AboveMax"
    assert world.quantities_set() == [2, 4]


def test_a_quantity_of_zero_is_an_operator_s_stop_switch(world: World) -> None:
    eager(world).heroku.set_quantity(0)
    assert world.reasons(3) == ["StoppedByHand"] * 3
    assert world.requests_to_heroku("PATCH") == 0


def test_with_a_minimum_of_zero_an_empty_queue_is_idle_and_one_message_starts_a_dyno(world: World) -> None:
    world.variables |= {"DYNOSCALER_MIN_DYNOS": "0", "DYNOSCALER_UP_CYCLES": "1"}
    world.heroku.set_quantity(0)
    idle = world.cycle()
    assert (idle["reason"], idle["backlog_per_instance"]) == ("Idle", None)
    world.fill(1)
    assert world.cycle()["reason"] == "ScaleUp"
    assert world.quantity() == 1


def test_a_quantity_that_an_operator_sets_is_kept(world: World) -> None:
    world.fill(200)
    assert world.reasons(2) == ["CountingUp", "ScaleUp"]
    world.heroku.set_quantity(4)
    record = world.cycle()
    assert (record["active_dynos"], record["required_dynos"], record["intent"]) == (4, 4, "ChangedByHand")
    assert world.quantities_set() == [2]


# Ticks


def test_a_duplicate_tick_changes_nothing(world: World) -> None:
    world.fill(200)
    first = world.scheduled()
    assert world.cycle(first)["reason"] == "CountingUp"
    before = world.item()
    assert world.cycle(first)["reason"] == "DuplicateTick"
    assert world.item() == before
    assert world.quantities_set() == []


def test_a_tick_that_was_overtaken_changes_nothing(world: World) -> None:
    world.fill(200)
    late, later = world.scheduled(), world.scheduled()
    assert world.cycle(later)["reason"] == "CountingUp"
    assert world.cycle(late)["reason"] == "DuplicateTick"
    assert world.counters() == (1, 0)


@pytest.mark.parametrize("given", [{}, None, "sam-generate-event", "empty"], ids=str)
def test_an_operator_s_tick_counts_every_time_and_moves_no_watermark(world: World, given: Any) -> None:
    world.variables["DYNOSCALER_UP_CYCLES"] = "9"
    world.fill(200)
    by_hand = event(given) if isinstance(given, str) else given
    world.cycle()
    watermark = world.item()["last_tick"]
    for count in (2, 3):
        assert world.cycle(by_hand)["scale_up_cnt"] == count
        assert world.item()["last_tick"] == watermark
    assert world.cycle()["scale_up_cnt"] == 4


def test_the_scheduler_s_envelope_is_a_scheduled_tick(world: World) -> None:
    world.fill(200)
    tick = world.scheduled("eventbridge-scheduler")
    assert world.cycle(tick)["reason"] == "CountingUp"
    assert world.item()["last_tick"]["S"] == tick["time"]
    assert world.cycle(tick)["reason"] == "DuplicateTick"


# A change that may not have arrived


@pytest.mark.parametrize("fault", ["server_error", "reset"])
def test_a_lost_patch_is_repaired_by_the_next_cycle_exactly_once(world: World, fault: str) -> None:
    eager(world).variables["DYNOSCALER_MAX_DYNOS"] = "2"
    world.heroku.fail("PATCH", fault, times=None)
    assert world.failure()["errorType"] == "ChangeUnconfirmed"
    world.heroku.recover()
    assert world.quantity() == 1
    assert world.cycle()["reason"] == "ChangeInFlight"
    world.pass_the_window()
    assert world.reasons(3) == ["LostChangeRepeated", "AtMax", "AtMax"]
    assert world.quantities_set() == [2]
    assert "intent" not in world.item()


def test_a_change_that_was_made_although_its_answer_was_lost_is_recognised(world: World) -> None:
    eager(world).variables["DYNOSCALER_MAX_DYNOS"] = "2"
    world.heroku.fail("PATCH", "applied_then_reset", times=None)
    assert world.failure()["errorType"] == "ChangeUnconfirmed"
    sent = world.requests_to_heroku("PATCH")
    world.pass_the_window()
    assert world.cycle()["intent"] == "Reached"
    assert (world.quantity(), world.requests_to_heroku("PATCH")) == (2, sent)


@pytest.mark.parametrize("fault", ["html", "wrong_json"])
def test_a_proxy_that_claims_success_is_not_believed(world: World, fault: str) -> None:
    eager(world).heroku.fail("PATCH", fault, times=None)
    assert world.failure()["errorType"] == "ChangeUnconfirmed"
    world.heroku.recover()
    assert world.quantity() == 1
    world.pass_the_window()
    assert world.cycle()["reason"] == "LostChangeRepeated"
    assert world.quantity() == 2


def test_a_lost_change_yields_to_a_quantity_that_an_operator_set_meanwhile(world: World) -> None:
    world.fill(200)
    world.heroku.fail("PATCH", "server_error")
    assert world.cycle()["reason"] == "CountingUp"
    assert world.failure()["errorType"] == "ChangeUnconfirmed"
    world.heroku.set_quantity(4)
    world.pass_the_window()
    assert world.cycle()["intent"] == "ChangedByHand"
    assert (world.quantity(), world.quantities_set()) == (4, [])


def test_a_lost_change_is_dropped_once_the_load_needs_the_opposite(world: World) -> None:
    eager(world).heroku.fail("PATCH", "server_error")
    world.failure()
    world.drain()
    world.pass_the_window()
    assert world.cycle()["intent"] == "Superseded"
    assert world.quantities_set() == []


def test_a_change_of_an_instance_that_died_moments_ago_is_held_and_later_repeated(world: World) -> None:
    eager(world).heroku.fail("PATCH", "server_error", times=None)
    world.failure()
    world.function.kill()
    world.heroku.recover()
    world.start()
    held = world.item()
    assert world.cycle()["reason"] == "ChangeInFlight"
    assert world.item() == held
    world.pass_the_window()
    assert world.cycle()["reason"] == "LostChangeRepeated"
    assert world.quantities_set() == [2]


# Heroku fails


@pytest.mark.parametrize("fault", GET_FAULTS)
def test_when_the_formation_cannot_be_read_the_cycle_holds_under_its_own_reason(world: World, fault: str) -> None:
    eager(world).heroku.fail("GET", fault, times=None)
    assert world.failure()["errorType"] == GET_FAULTS[fault]
    line = world.line(lambda line: line.get("reason") == GET_FAULTS[fault])
    assert (line["level"], line["action"], line["active_dynos"], line["sqs_messages"]) == ("ERROR", "none", None, 200)
    assert (world.item(), world.requests_to_heroku("PATCH"), world.quantity()) == ({}, 0, 1)
    assert world.requests_to_heroku("GET") <= TRIES_TO_READ
    if GET_FAULTS[fault] in CONSIDERED:
        assert world.requests_to_heroku("GET") == 1


@pytest.mark.parametrize("fault", PATCH_FAULTS)
def test_when_a_change_is_refused_nothing_changes_and_the_next_cycle_tries_again(world: World, fault: str) -> None:
    eager(world).heroku.fail("PATCH", fault, times=None)
    assert world.failure()["errorType"] == PATCH_FAULTS[fault]
    line = world.line(lambda line: line.get("reason") == PATCH_FAULTS[fault])
    assert (line["level"], line["action"], line["error_type"]) == ("ERROR", "none", PATCH_FAULTS[fault])
    assert world.quantity() == 1
    world.heroku.recover()
    if PATCH_FAULTS[fault] not in CONSIDERED:
        assert world.cycle()["reason"] == "ChangeInFlight"
        world.pass_the_window()
    assert world.cycle()["reason"] == "LostChangeRepeated"
    assert world.quantity() == 2


@pytest.mark.parametrize("fault", ["server_error", "unavailable_html", "reset"])
def test_a_fault_that_passes_is_read_past(world: World, fault: str) -> None:
    world.heroku.fail("GET", fault, times=TRIES_TO_READ - 1)
    assert world.cycle()["active_dynos"] == 1
    assert world.requests_to_heroku("GET") == TRIES_TO_READ


def test_the_error_keeps_heroku_s_own_words(world: World) -> None:
    eager(world).heroku.fail("PATCH", "invalid_params")
    error = world.failure()
    assert "invalid_params" in error["errorMessage"]
    assert "App must be deployed before dynos can be scaled." in error["errorMessage"]


def test_a_token_that_heroku_does_not_know_is_named_unauthorized(world: World) -> None:
    world.variables["MY_HEROKU_AUTH_TOKEN"] = "another-token"
    assert world.failure()["errorType"] == "HerokuUnauthorized"


def test_without_heroku_the_formation_is_unavailable(world: World) -> None:
    eager(world).variables["HEROKU_API_URL"] = "http://127.0.0.1:9"
    assert world.failure()["errorType"] == "FormationUnavailable"
    assert world.item() == {}


# AWS fails


def test_a_queue_that_does_not_exist_is_a_backlog_that_is_unavailable_not_zero(world: World) -> None:
    world.variables["AWS_SQS_NAME"] = "no-such-queue"
    world.heroku.set_quantity(3)
    error = world.failure()
    assert error["errorType"] == "BacklogUnavailable"
    assert "no-such-queue" in error["errorMessage"]
    assert (world.item(), world.quantity()) == ({}, 3)


def test_a_queue_that_comes_back_is_found_again(world: World) -> None:
    world.cycle()
    world.aws.client("sqs").delete_queue(QueueUrl=world.queue_url)
    assert world.failure()["errorType"] == "BacklogUnavailable"
    world.aws.create_queue(world.queue)
    world.fill(7)
    assert world.cycle()["sqs_messages"] == 7


@pytest.mark.parametrize(
    "attribute", [{"scale_up_cnt": {"S": "many"}}, {"last_tick": {"S": "noon"}}, {"intent": {"S": "up"}}], ids=str
)
def test_a_state_item_that_cannot_be_read_is_refused_and_not_overwritten(world: World, attribute: Any) -> None:
    sound = {"version": {"N": "3"}, "scale_up_cnt": {"N": "0"}, "scale_down_cnt": {"N": "0"}}
    world.put(sound | attribute)
    before = world.item()
    eager(world)
    assert world.failure()["errorType"] == "StateUnreadable"
    assert (world.item(), world.quantities_set()) == (before, [])


def test_a_table_that_does_not_exist_is_a_state_that_is_unavailable(world: World) -> None:
    eager(world).variables["DYNOSCALER_TABLE"] = "no-such-table"
    assert world.failure()["errorType"] == "StateUnavailable"
    assert world.quantities_set() == []


def test_a_change_that_could_not_be_committed_is_not_sent(world: World) -> None:
    def refuse(handler: ProxyHandler, _forward: Forward) -> None:
        handler.answer(500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"})

    eager(world).proxy.intervene("UpdateItem", refuse, times=20)
    assert world.failure()["errorType"] == "CommitUnavailable"
    assert world.requests_to_heroku("PATCH") == 0


def test_the_loser_of_a_commit_race_sends_nothing(world: World) -> None:
    def overtake(_handler: ProxyHandler, forward: Forward) -> None:
        world.put({"version": {"N": "7"}, "scale_up_cnt": {"N": "0"}, "scale_down_cnt": {"N": "0"}})
        forward()

    eager(world).proxy.intervene("UpdateItem", overtake)
    assert world.cycle()["reason"] == "LostRace"
    assert world.requests_to_heroku("PATCH") == 0
    assert world.item()["version"] == {"N": "7"}


def test_a_write_that_finds_its_own_first_try_has_won(world: World) -> None:
    def lose_the_answer(handler: ProxyHandler, _forward: Forward) -> None:
        handler.upstream_answer()
        handler.reset()

    eager(world).proxy.intervene("UpdateItem", lose_the_answer)
    assert world.cycle()["reason"] == "ScaleUp"
    assert world.proxy.operations("dynamodb").count("UpdateItem") == 2
    assert world.quantities_set() == [2]


def test_a_cycle_writes_once_at_most(world: World) -> None:
    world.fill(200)
    world.reasons(4)
    assert world.proxy.operations("dynamodb").count("UpdateItem") == 4
    # Before its first write the function also reads the state of the app's other name.
    assert world.proxy.operations("dynamodb").count("GetItem") == 5


def test_the_pair_of_keys_is_used_for_the_queue_alone(world: World) -> None:
    eager(world).variables |= {"AWS_KEY": QUEUE_KEY, "AWS_SECRET": AWS_SECRET}
    world.cycle()
    keys = {call.service: call.access_key for call in world.proxy.calls}
    assert keys == {"sqs": QUEUE_KEY, "dynamodb": ROLE_KEY}


def test_without_the_pair_the_function_s_role_reads_the_queue(world: World) -> None:
    eager(world).cycle()
    assert {call.access_key for call in world.proxy.calls} == {ROLE_KEY}


# Elasticsearch


@pytest.mark.parametrize(("version", "kind"), [(6, "cycle"), (6, ""), (7, ""), (8, ""), (9, "")])
def test_each_cycle_is_one_document_in_every_version(world_of: Worlds, version: int, kind: str) -> None:
    world = world_of(elasticsearch_version=version)
    world.with_elasticsearch()
    world.variables["ELK_INDEX_TYPE_AS"] = kind
    records = [world.cycle() for _ in range(3)]
    documents = world.elasticsearch.sources()
    assert [document.pop("@timestamp") for document in documents] == [record["timestamp"] for record in records]
    assert documents == records
    assert {line["level"] for line in world.lines()} == {"INFO"}


def test_a_cycle_that_runs_twice_is_one_document(world: World) -> None:
    world.with_elasticsearch()
    world.fill(10)
    tick = world.scheduled()
    assert [world.cycle(tick)["reason"] for _ in range(2)] == ["AtTarget", "AtTarget"]
    assert len(world.elasticsearch.requests) == 2
    assert len(world.elasticsearch.sources()) == 1
    assert {line["level"] for line in world.lines()} == {"INFO"}


def test_a_failing_cycle_is_a_document_too(world: World) -> None:
    world.with_elasticsearch()
    world.heroku.fail("GET", "unauthorized")
    world.failure()
    [document] = world.elasticsearch.sources()
    assert (document["reason"], document["level"]) == ("HerokuUnauthorized", "ERROR")


@pytest.mark.parametrize("mode", ["unauthorized", "throttled", "unavailable", "slow", "gone"])
def test_when_elasticsearch_fails_the_outcome_is_unchanged_and_one_line_warns(world: World, mode: str) -> None:
    eager(world).with_elasticsearch()
    world.elasticsearch.mode = mode
    if mode == "gone":
        world.variables["ELK_ELASTIC_URL"] = "http://127.0.0.1:9"
    assert world.cycle()["reason"] == "ScaleUp"
    assert world.quantity() == 2
    warning = world.line(lambda line: line["level"] == "WARN")
    assert warning["error_type"] == "ReportUndelivered"
    assert [line["level"] for line in world.lines()].count("WARN") == 1


# Configuration


def test_a_faulty_configuration_fails_every_invocation_with_all_faults_and_calls_nothing(world: World) -> None:
    faulty = {
        "MY_HEROKU_AUTH_TOKEN": "",
        "MY_HEROKU_AS_APP": "Not An App",
        "MY_HEROKU_AS_PROCESS": "no/such",
        "AWS_SQS_NAME": "no queue",
        "AWS_KEY": "without-a-secret",
        "DYNOSCALER_MIN_DYNOS": "six",
        "DYNOSCALER_MAX_DYNOS": "0",
        "DYNOSCALER_UP_CYCLES": "0",
        "DYNOSCALER_DOWN_CYCLES": "-1",
        "DYNOSCALER_BACKLOG_THRESHOLD": "NaN",
        "DYNOSCALER_TABLE": "",
        "DYNOSCALER_DRY_RUN": "perhaps",
        "ELK_ELASTIC_URL": "elastic:9200",
    }
    world.variables |= faulty
    for _ in range(2):
        error = world.failure()
        assert error["errorType"] == "InvalidConfiguration"
        missing = [name for name in faulty if name.replace("AWS_KEY", "AWS_SECRET") not in error["errorMessage"]]
        assert missing == []
    assert (world.proxy.calls, world.heroku.requests) == ([], [])
    assert world.line(lambda line: line["level"] == "ERROR")["error_type"] == "InvalidConfiguration"


def test_a_fault_in_a_secret_does_not_show_it(world: World) -> None:
    world.variables["MY_HEROKU_AUTH_TOKEN"] = f"{TOKEN} with spaces"
    error = world.failure()
    assert "MY_HEROKU_AUTH_TOKEN" in error["errorMessage"]
    assert TOKEN not in error["errorMessage"]


def test_an_empty_environment_is_reported_variable_by_variable(world: World) -> None:
    required = [name for name in world.variables if name.startswith(("MY_", "DYNOSCALER_"))]
    world.variables = {}
    message = world.failure()["errorMessage"]
    assert [name for name in [*required, "AWS_SQS_NAME"] if name not in message] == []


def test_a_dry_run_decides_and_counts_under_a_key_of_its_own_and_sends_nothing(world: World) -> None:
    eager(world).variables["DYNOSCALER_DRY_RUN"] = "true"
    record = world.cycle()
    assert (record["reason"], record["required_dynos"], record["dry_run"]) == ("ScaleUp", 2, True)
    assert (world.quantity(), world.requests_to_heroku("PATCH")) == (1, 0)
    assert world.item() == {}
    assert world.item(f"{world.key}#dry-run") != {}


@pytest.mark.parametrize("level", ["error", "debug", "trace"])
def test_every_line_is_well_formed_and_free_of_secrets_at_every_log_level(world: World, level: str) -> None:
    eager(world).with_elasticsearch()
    world.variables |= {"LOG_LEVEL": level, "AWS_KEY": QUEUE_KEY, "AWS_SECRET": AWS_SECRET}
    request_id = world.cycle()["request_id"]
    world.heroku.fail("GET", "unauthorized")
    world.failure()
    world.line(lambda line: line.get("reason") == "HerokuUnauthorized")
    assert world.line(lambda line: line.get("request_id") == request_id)["reason"] == "ScaleUp"


# Lambda


def test_an_invocation_answers_within_its_time_although_everything_is_slow(world: World) -> None:
    eager(world).with_elasticsearch()
    world.heroku.fail("PATCH", "slow", times=None, seconds=60)
    world.elasticsearch.mode, world.elasticsearch.slow_seconds = "slow", 60
    started = time.monotonic()
    assert world.failure()["errorType"] == "ChangeUnconfirmed"
    assert time.monotonic() - started < world.function.timeout_seconds


def test_a_new_instance_continues_where_the_last_one_stopped(world: World) -> None:
    world.fill(200)
    assert world.cycle()["scale_up_cnt"] == 1
    world.function.kill()
    world.start()
    record = world.cycle()
    assert (record["reason"], record["cold_start"]) == ("ScaleUp", True)


def test_the_binary_names_no_folder_of_its_builder(bootstrap: Path) -> None:  # case G11
    built = bootstrap.read_bytes()
    for folder in (ROOT, Path.home() / ".cargo"):
        assert str(folder).encode() not in built
