"""The stand-ins answer as Heroku and Elasticsearch would: other tests depend on it."""

from __future__ import annotations

import base64
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from local.alarms import lasts, matches
from local.elasticsearch import Elasticsearch
from local.heroku import ACCEPT, APP_ID, Heroku, validator
from local.heroku_accounts import Accounts
from local.heroku_app import FIR
from local.heroku_faults import REFUSALS
from tests.e2e.world import ROOT, TOKEN

HEADERS = {"Authorization": f"Bearer {TOKEN}", "Accept": ACCEPT, "User-Agent": "tests"}
Answer = tuple[int, Any, dict[str, str]]


@pytest.fixture
def heroku() -> Iterator[Heroku]:
    """An app with one worker."""
    with Heroku("my-app", token=TOKEN, boot_seconds=60) as heroku:
        yield heroku


def request(url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """One request; gives status, content and headers."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, HEADERS if headers is None else headers, method=method)
    try:
        answer = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    content = answer.read()
    return answer.status, json.loads(content) if content else None, dict(answer.headers)


def test_a_quantity_that_was_set_is_read_by_name_and_id_of_the_app(heroku: Heroku) -> None:
    status, formation, headers = request(f"{heroku.url}/apps/my-app/formation/worker", "PATCH", {"quantity": 3})
    assert (status, formation["quantity"]) == (200, 3)
    assert {"Request-Id", "RateLimit-Remaining", "Oauth-Scope"} <= headers.keys()
    _, entries, _ = request(f"{heroku.url}/apps/{APP_ID}/formation")
    assert {entry["type"]: entry["quantity"] for entry in entries} == {"release": 0, "web": 2, "worker": 3}
    assert entries[0]["type"] != "worker"


def test_each_account_has_its_app_its_token_and_its_calls_at_one_address(heroku: Heroku) -> None:
    with Heroku("other-app", {"worker": 4}, "HRKU-other") as other, Accounts([heroku, other]) as accounts:
        theirs = HEADERS | {"Authorization": "Bearer HRKU-other"}
        status, formation, headers = request(f"{accounts.url}/apps/other-app/formation/worker", "PATCH", {"quantity": 5}, theirs)
        assert (status, formation["quantity"], headers["RateLimit-Remaining"]) == (200, 5, "4499")
        assert request(f"{accounts.url}/apps/other-app/formation")[0] == 401
        assert [app["name"] for app in request(f"{accounts.url}/apps", headers=theirs)[1]] == ["other-app"]
        assert [request(f"{accounts.url}/account/rate-limits", headers=each)[1]["remaining"] for each in (HEADERS, theirs)] == [4500, 4499]
        assert request(f"{accounts.url}/apps/nobodys-app/formation")[0] == 404
        assert (heroku.quantity(), other.quantity()) == (1, 5)


def test_dynos_boot_and_the_highest_number_stops_first(heroku: Heroku) -> None:
    heroku.set_quantity(3)
    _, dynos, _ = request(f"{heroku.url}/apps/my-app/dynos")
    states = [(dyno["name"], dyno["state"]) for dyno in dynos if dyno["type"] == "worker"]
    assert states == [("worker.1", "up"), ("worker.2", "starting"), ("worker.3", "starting")]
    heroku.set_quantity(1)
    assert heroku.dynos_up() == ["worker.1"]


def test_dynos_of_fir_have_no_numbers_and_stop_in_another_order() -> None:
    with Heroku("my-app", token=TOKEN, generation=FIR) as heroku:
        heroku.set_quantity(3)
        [first, *later] = heroku.dynos_up()
        assert all(re.fullmatch(r"worker-[0-9a-f]{10}-[0-9a-f]{5}", name) for name in (first, *later))
        heroku.set_quantity(2)
        assert heroku.dynos_up() == later
        heroku.set_quantity(3)
        assert first not in heroku.dynos_up()
        _, entries, _ = request(f"{heroku.url}/apps/my-app/formation")
        assert {entry["size"] for entry in entries} == {"dyno-1c-0.5gb"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({"Authorization": TOKEN}, 401), ({"Accept": "application/json"}, 406), ({"User-Agent": ""}, 400)],
)
def test_a_request_without_its_headers_is_refused(heroku: Heroku, changed: dict[str, str], expected: int) -> None:
    assert request(f"{heroku.url}/apps/my-app/formation", headers=HEADERS | changed)[0] == expected


@pytest.mark.parametrize(
    "body", [{}, [], {"quantity": "3"}, {"quantity": -1}, {"quantity": 1.5}, {"quantity": 1, "size": "x"}], ids=str
)
def test_a_body_outside_the_schema_is_invalid_params_and_changes_nothing(heroku: Heroku, body: Any) -> None:
    status, error, _ = request(f"{heroku.url}/apps/my-app/formation/worker", "PATCH", body)
    assert (status, error["id"], heroku.quantity()) == (422, "invalid_params", 1)


@pytest.mark.parametrize(
    "path", ["/apps/other/formation", "/apps/my-app/formation/clock", "/apps/my%2Dapp/formation/%77"]
)
def test_what_does_not_exist_is_not_found(heroku: Heroku, path: str) -> None:
    status, error, _ = request(heroku.url + path)
    assert (status, error["id"]) == (404, "not_found")


@pytest.mark.parametrize("fault", REFUSALS)
def test_each_refusal_is_an_error_of_the_schema_and_passes(heroku: Heroku, fault: str) -> None:
    assert request(f"{heroku.url}/_control/faults", "POST", {"fault": fault})[0] == 204
    status, error, _ = request(f"{heroku.url}/apps/my-app/formation")
    assert status == REFUSALS[fault].status
    assert validator("error").is_valid(error)
    assert request(f"{heroku.url}/apps/my-app/formation")[0] == 200


def test_a_revoked_token_is_refused_and_its_successor_is_not(heroku: Heroku) -> None:
    assert request(f"{heroku.url}/_control/token", "POST", {"token": "HRKU-new"})[0] == 204
    assert request(f"{heroku.url}/apps/my-app/formation")[0] == 401
    assert request(f"{heroku.url}/apps/my-app/formation", headers=HEADERS | {"Authorization": "Bearer HRKU-new"})[0] == 200


@pytest.mark.parametrize(
    ("record", "counted"),
    [
        ({"error_type": "HerokuUnauthorized", "pinned": None, "starved": None}, {"heroku_refused"}),
        ({"error_type": "HerokuBusy", "reason": "HerokuBusy", "starved": 1}, {"heroku_refused", "starved"}),  # case G5
        ({"error_type": None, "reason": "HerokuBusy", "starved": 0}, set()),
        ({"error_type": "StateUnavailable"}, set()),
        ({"error_type": None, "pinned": 1}, {"pinned_at_max"}),
        ({"error_type": None, "pinned": 0}, set()),
        ({"error_type": None, "reason": "HerokuLimit", "starved": 1}, {"heroku_limited", "starved"}),  # case B1
        ({"error_type": None, "reason": "StoppedByHand", "backlog_per_instance": None, "starved": 1}, {"starved"}),  # case B8
        ({"error_type": None, "reason": "Paused", "starved": 1}, {"starved"}),  # case G4
    ],
)
def test_the_log_is_filtered_as_the_template_defines(record: dict[str, Any], counted: set[str]) -> None:
    template = (ROOT / "template.yaml").read_text()
    filters = re.findall(r"FilterPattern: (.*)\n(?:.*\n){2}          MetricName: (\w+)\n", template)
    patterns = {metric: pattern.replace("${DynoscalerBacklogThreshold}", "100") for pattern, metric in filters}
    assert len(patterns) == template.count("FilterPattern: ")
    assert {metric for metric, pattern in patterns.items() if matches(pattern, record)} == counted


@pytest.mark.parametrize(
    ("minutes", "on"),
    [
        (range(27), True),
        (range(26), False),
        ([minute for minute in range(30) if minute not in (7, 8, 20)], True),
        (range(-10, 17), False),
        ([3] * 40, False),
    ],
    ids=["27 minutes", "26 minutes", "with three cycles that failed", "too long ago", "often in one minute"],
)
def test_an_alarm_that_waits_for_27_of_30_minutes_goes_on_with_them(minutes: list[int] | range, on: bool) -> None:
    alarm = {"Period": 60, "EvaluationPeriods": 30, "DatapointsToAlarm": 27}
    assert lasts(alarm, [minute * 60.0 + 5 for minute in minutes], now=29 * 60.0 + 30) is on


def test_a_list_is_cut_where_the_client_requests_it(heroku: Heroku) -> None:
    status, entries, headers = request(f"{heroku.url}/apps/my-app/formation", headers=HEADERS | {"Range": "id ..; max=1"})
    assert (status, len(entries), "Next-Range" in headers) == (206, 1, True)


@pytest.mark.parametrize(
    ("version", "path", "expected"),
    [
        (6, "/records/cycle/1?op_type=create", 201),
        (6, "/records/_create/1", 400),
        (7, "/records/_create/1", 201),
        (7, "/records/cycle/1?op_type=create", 201),
        (8, "/records/cycle/1?op_type=create", 400),
        (8, "/records/_doc/1?op_type=create", 201),
        (9, "/Records/_doc/1?op_type=create", 400),
        (9, "/records/_doc/1?op_type=create", 201),
    ],
)
def test_each_version_of_elasticsearch_takes_what_it_knows(version: int, path: str, expected: int) -> None:
    credentials = base64.b64encode(b"elastic:changeme").decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    with Elasticsearch(version) as elasticsearch:
        assert request(elasticsearch.url + path, "PUT", {"a": 1}, headers)[0] == expected
        if expected == 201:
            assert request(elasticsearch.url + path, "PUT", {"a": 2}, headers)[0] == 409
            assert elasticsearch.sources() == [{"a": 1}]
        assert request(elasticsearch.url + path, "PUT", {"a": 1}, {"Content-Type": "application/json"})[0] == 401


@pytest.mark.parametrize(
    ("version", "place", "expected"),
    [
        (6, {}, 400),
        (6, {"_type": "cycle"}, 200),
        (7, {}, 200),
        (7, {"_type": "cycle"}, 200),
        (8, {}, 200),
        (8, {"_type": "_doc"}, 400),
    ],
)
def test_a_bulk_request_has_an_outcome_for_each_document(version: int, place: dict[str, str], expected: int) -> None:
    credentials = base64.b64encode(b"elastic:changeme").decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    lines = [line for key in ("1", "2", "1") for line in ({"create": place | {"_id": key}}, {"a": 1})]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    with Elasticsearch(version) as elasticsearch:
        status, answer, _ = request(f"{elasticsearch.url}/records/_bulk?filter_path=items", "POST", body, headers)
        assert status == expected
        if expected == 200:
            assert [item["create"]["status"] for item in answer["items"]] == [201, 201, 409]
            assert len(elasticsearch.sources()) == 2

