"""The world of one end-to-end test: a queue, a table, stand-ins, and the release binary.

Must not know: how the binary decides. It counts ticks, and keeps the output.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local.aws import KEY, SESSION, LocalAws, until
from local.elasticsearch import Elasticsearch
from local.heroku import Heroku
from local.heroku_app import CEDAR, Generation
from local.runtime_api import ROLE_KEY, ROLE_SECRET, ROLE_SESSION, Function, Result
from tests.e2e.recording_proxy import RecordingProxy

ROOT = Path(__file__).parents[2]
PROCESS = "worker"
INDEX = "dynoscaler"
TABLE = "states"
TOKEN = "HRKU-5ecre7-70ken"
ELASTIC_PASS = "5ecre7-pa55word"
AWS_SECRET = "5ecre7-aw5-key"
QUEUE_KEY = "AKIA" + secrets.token_hex(8).upper()
"""The access key of a pair for the queue alone."""
SECRETS = (TOKEN, ELASTIC_PASS, AWS_SECRET, ROLE_SECRET, ROLE_SESSION)
START_OF_TICKS = timedelta(minutes=-10)
"""Ticks begin in the past, which leaves room: one older than 15 minutes would be late."""
LINE_SECONDS_MAX = 5.0


class World:
    """Everything one test needs. The function starts with the first cycle."""

    def __init__(
        self, aws: LocalAws, bootstrap: Path, app: str, elasticsearch_version: int = 8, generation: Generation = CEDAR
    ) -> None:
        self.aws = aws
        self.bootstrap = bootstrap
        self.app = app
        self.heroku = Heroku(app, {"release": 0, "web": 2, PROCESS: 1}, TOKEN, generation=generation)
        self.elasticsearch = Elasticsearch(elasticsearch_version, "elastic", ELASTIC_PASS)
        self.proxy = RecordingProxy(aws.url, SESSION, {KEY, ROLE_KEY, QUEUE_KEY})
        self.queue = f"jobs-{app}"
        self.queue_url = aws.create_queue(self.queue)
        self.clock = datetime.now(UTC).replace(microsecond=0) + START_OF_TICKS
        self.functions: list[Function] = []
        self.variables = self._variables()

    def _variables(self) -> dict[str, str]:
        return {
            "MY_HEROKU_AUTH_TOKEN": TOKEN,
            "MY_HEROKU_AUTH_DES": "end-to-end",
            "MY_HEROKU_AS_APP": self.app,
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": self.heroku.url,
            "AWS_SQS_NAME": self.queue,
            "AWS_SQS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.proxy.url,
            "DYNOSCALER_MIN_DYNOS": "1",
            "DYNOSCALER_MAX_DYNOS": "5",
            "DYNOSCALER_UP_CYCLES": "2",
            "DYNOSCALER_DOWN_CYCLES": "3",
            "DYNOSCALER_BACKLOG_THRESHOLD": "10",
            "DYNOSCALER_TABLE": TABLE,
        }

    def with_elasticsearch(self) -> None:
        """Sends a copy of every record."""
        self.variables |= {
            "ELK_ELASTIC_URL": self.elasticsearch.url,
            "ELK_ELASTIC_USER": "elastic",
            "ELK_ELASTIC_PASS": ELASTIC_PASS,
            "ELK_INDEX_AS": INDEX,
        }

    # The function

    @property
    def function(self) -> Function:
        """The function that runs, started with the variables as they are now."""
        return self.functions[-1] if self.functions else self.start()

    def start(self) -> Function:
        """Starts one more execution environment, which gets the invocations from now on."""
        self.functions.append(Function(self.bootstrap, self.variables).__enter__())
        return self.functions[-1]

    def stop(self) -> None:
        """Ends every function."""
        for function in self.functions:
            function.__exit__(None, None, None)

    def invoke(self, event: Any) -> Result:
        """One invocation with an event as it is."""
        return self.function.invoke(event)

    def scheduled(self, name: str = "scheduled-rule") -> dict[str, Any]:
        """The next scheduled event, in one of the envelopes of `events/`."""
        self.clock += timedelta(seconds=1)
        return event(name) | {"time": self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def cycle(self, event: Any = ...) -> dict[str, Any]:
        """One cycle that succeeds; gives its record."""
        result = self.invoke(self.scheduled() if event is ... else event)
        assert result.error is None, result.error
        [record] = result.payload["cycles"]
        return record

    def failure(self, event: Any = ...) -> dict[str, Any]:
        """One cycle that fails; gives the error."""
        result = self.invoke(self.scheduled() if event is ... else event)
        assert result.error is not None, result.payload
        return result.error

    def reasons(self, count: int) -> list[str]:
        """The reasons of the next cycles."""
        return [self.cycle()["reason"] for _ in range(count)]

    # The queue

    def fill(self, count: int) -> None:
        """Puts messages into the queue."""
        self.aws.send(self.queue_url, count)

    def drain(self) -> None:
        """Takes every message out."""
        self.aws.client("sqs").purge_queue(QueueUrl=self.queue_url)

    # The state

    @property
    def key(self) -> str:
        """The state item's key."""
        return f"{self.app}/{PROCESS}"

    def item(self, key: str | None = None) -> dict[str, Any]:
        """The state item; empty if there is none."""
        return self.aws.state_item(TABLE, key or self.key)

    def counters(self) -> tuple[int, int]:
        """The counters that are stored."""
        item = self.item()
        return int(item["scale_up_cnt"]["N"]), int(item["scale_down_cnt"]["N"])

    def put(self, item: dict[str, Any]) -> None:
        """Overwrites the state item."""
        self.aws.client("dynamodb").put_item(TableName=TABLE, Item={"target": {"S": self.key}} | item)

    def pass_the_window(self) -> None:
        """Makes the open change so old that it cannot arrive any more."""
        item = self.item()
        intent = item["intent"]["M"] | {"at": {"S": seconds_ago(30)}}
        self.put(item | {"intent": {"M": intent}})

    # Output and changes

    def quantity(self) -> int:
        """The quantity requested of Heroku."""
        return self.heroku.quantity(PROCESS)

    def quantities_set(self) -> list[int]:
        """Every quantity that reached Heroku, in order."""
        return [patch["body"]["quantity"] for patch in self.heroku.patches]

    def requests_to_heroku(self, method: str) -> int:
        """The number of requests of a method, with any outcome."""
        return sum(request["method"] == method for request in self.heroku.requests)

    def lines(self) -> list[dict[str, Any]]:
        """Every line that every function wrote, as JSON."""
        return [json.loads(line) for function in self.functions for line in function.stdout]

    def line(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first matching line, awaited for a moment: pipes are slower than answers."""
        for _ in until(LINE_SECONDS_MAX):
            found = next((line for line in self.lines() if wanted(line)), None)
            if found:
                return found
        raise AssertionError(f"no such line among {self.lines()}")


def event(name: str) -> dict[str, Any]:
    """One of the events in `events/`."""
    return json.loads((ROOT / f"events/{name}.json").read_text())


def rfc3339(seconds: float) -> str:
    """An instant as state items have it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_ago(seconds: float) -> str:
    """An instant in the past, as state items have it."""
    return rfc3339(time.time() - seconds)
