"""What runs in a show: the deployed function in the local AWS, the stand-ins, and the workers; and what it keeps in its folder.

Must not know: what is shown, nor how the function decides.
"""

from __future__ import annotations

import json
import os
import shlex
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from local.alarms import Alarms, Turn
from local.aws import KEY, REGION, SECRET, LocalAws, Stack
from local.elasticsearch import Elasticsearch
from local.folder import Reach
from local.heroku import Heroku
from local.screen import Cycle, Screen
from local.workers import Workers

ROOT = Path(__file__).parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
BOOTSTRAP, COMMAND_LINE = TARGET / "release/bootstrap", TARGET / "debug/dynoscaler"
INDEX, ELASTIC_PASS_NAME, ELASTIC_USER, ELASTIC_PASS = "dynoscaler", "/dynoscaler/elastic", "elastic", "local-password"
SECONDS_PER_MESSAGE = 0.35
BOOT_SECONDS = 2.5
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOG_OVERLAP_MS = 120_000
"""How far back the log is read again, because lines may arrive late."""

Record = dict[str, Any]


class Target(NamedTuple):
    """One process type of an app."""

    app: str
    process: str

    def __str__(self) -> str:
        return f"{self.app}/{self.process}"


@dataclass
class Services:
    """What the function calls, before it is deployed."""

    folder: Path
    aws: LocalAws
    elasticsearch: Elasticsearch

    @classmethod
    def start(cls, resources: ExitStack, screen: Screen, folder: Path) -> Services:
        """Starts them, each a step of the show."""
        with screen.step("starting the local AWS"):
            aws = resources.enter_context(LocalAws(folder))
        with screen.step("starting Elasticsearch's stand-in"):
            elasticsearch = resources.enter_context(Elasticsearch(8, ELASTIC_USER, ELASTIC_PASS))
            aws.keep_secret(ELASTIC_PASS_NAME, ELASTIC_PASS)
        return cls(folder, aws, elasticsearch)

    def deploy(self, variables: dict[str, str], bootstrap: Path) -> Stack:
        """Deploys the project's template with these variables, and those of Elasticsearch."""
        sink = {
            "ELK_ELASTIC_URL": self.elasticsearch.url,
            "ELK_ELASTIC_USER": ELASTIC_USER,
            "ElkElasticPassParameter": ELASTIC_PASS_NAME,
            "ELK_INDEX_AS": INDEX,
        }
        return Stack(self.aws, "dynoscaler").deploy(ROOT / "template.yaml", variables | sink, bootstrap)

    def start_workers(self, resources: ExitStack, heroku: Heroku, process: str, queue_url: str) -> None:
        """Starts a worker for each dyno of a process type that is up."""
        dynos_up = partial(heroku.dynos_up, process)
        resources.enter_context(Workers(self.aws.client("sqs"), queue_url, dynos_up, SECONDS_PER_MESSAGE))


@dataclass
class Scene:
    """Everything that runs."""

    services: Services
    apps: dict[str, Heroku]
    """The stand-in for each app."""
    targets: list[Target]
    stack: Stack
    screen: Screen
    alarms: Alarms
    reach: Reach
    """The account whose token can be revoked."""
    rounds: list[list[Record]] = field(default_factory=list)
    """The records of each invocation, in the order in which they are shown."""
    seen: set[tuple[Any, ...]] = field(default_factory=set)
    last_tick: datetime = LONG_AGO

    def __post_init__(self) -> None:
        self.aws = self.services.aws
        self.log, self.documents, self.variables = (
            self.services.folder / name for name in ("cycles.ndjson", "elasticsearch.ndjson", "env")
        )

    def round(self) -> list[Record]:
        """Invokes the deployed function as the rule would, a moment later than last time."""
        self.show_the_rounds_of_the_rule()
        now = datetime.now(UTC).replace(microsecond=0)
        self.last_tick = max(now, self.last_tick + timedelta(seconds=1))
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs["FunctionName"], Payload=json.dumps(self._event()).encode()
        )
        payload = json.loads(answer["Payload"].read())
        records = self._failed(payload) if "FunctionError" in answer else payload["cycles"]
        self._show(records)
        return records

    def show_the_rounds_of_the_rule(self) -> int:
        """Draws the cycles that the event rule invoked, and returns the number of its invocations."""
        unseen = [record for record in self._logged() if _identity(record) not in self.seen]
        rounds = [list(records) for _, records in groupby(unseen, lambda record: record.get("request_id"))]
        for records in rounds:
            self._show(records, "by the event rule")
        return len(rounds)

    def show_alarms(self) -> list[Turn]:
        """Shows which alarms went on and off, with their texts."""
        turns = self.alarms.turns()
        for turn in turns:
            self.screen.alarm(turn)
        return turns

    def quantity(self, target: Target) -> int:
        """The dynos that are requested."""
        return self.apps[target.app].quantity(target.process)

    def start_a_new_instance(self) -> None:
        """Makes Lambda start the function anew, as every change of its configuration does."""
        client, name = self.aws.client("lambda"), self.stack.outputs["FunctionName"]
        variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def keep_variables(self) -> None:
        """Writes what a shell needs to inspect this function: its variables, and the command line on the path."""
        function = self.aws.client("lambda").get_function_configuration(FunctionName=self.stack.outputs["FunctionName"])
        variables = function["Environment"]["Variables"] | {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "LOG_GROUP": self.stack.outputs["LogGroupName"],
            "RULE": self.stack.outputs["Rule"],
        }
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items() if value]
        lines.append(f'export PATH={shlex.quote(str(COMMAND_LINE.parent))}:"$PATH"\n')
        self.variables.write_text("".join(lines))
        self.reach.keep(self.services.folder)

    def keep_documents(self) -> None:
        """Writes the documents of Elasticsearch, one a line."""
        self.documents.write_text("".join(json.dumps(source) + "\n" for source in self.services.elasticsearch.sources()))

    def _show(self, records: list[Record], note: str = "") -> None:
        """Draws a round in the order of the targets, stores its records and counts them for the alarms."""
        records = sorted(records, key=self._place)
        self.rounds.append(records)
        self.seen |= {_identity(record) for record in records}
        with self.log.open("a") as log:
            log.writelines(json.dumps(record) + "\n" for record in records)
        self.screen.round([self._drawn(record) for record in records], note)
        self.alarms.count(*records)

    def _place(self, record: Record) -> int:
        """Its place among the targets; those that came with a change of the file are the last."""
        target = target_of(record)
        return self.targets.index(target) if target in self.targets else len(self.targets)

    def _drawn(self, record: Record) -> Cycle:
        target = target_of(record)
        if target not in self.targets:
            return Cycle(record, None, None)
        return Cycle(record, len(self.apps[target.app].dynos_up(target.process)), self.quantity(target))

    def _failed(self, payload: Record) -> list[Record]:
        """The records that the failed invocation logged, or else Lambda's error for each target."""
        reason = payload.get("errorType", "")
        unseen = [record for record in self._logged() if _identity(record) not in self.seen]
        failed = {record.get("request_id") for record in unseen if record.get("reason") == reason}
        logged = [record for record in unseen if record.get("request_id") in failed]
        error = {"level": "ERROR", "reason": reason, "error": payload.get("errorMessage"), "error_type": reason}
        return logged or self._of_targets(error | {"tick": _rfc3339(self.last_tick)})

    def _logged(self) -> list[Record]:
        since_ms = int(time.time() * 1000) - LOG_OVERLAP_MS
        lines = self.aws.log_lines(self.stack.outputs["LogGroupName"], since_ms)
        objects = [json.loads(line) for line in lines if line.startswith("{")]
        return [record for line in objects if "reason" in line for record in self._of_targets(line)]

    def _of_targets(self, line: Record) -> list[Record]:
        """The record itself or, of what names no target, one for each."""
        return [line] if "app" in line else [line | target._asdict() for target in self.targets]

    def _event(self) -> dict[str, Any]:
        event = json.loads((ROOT / "events/scheduled-rule.json").read_text())
        return event | {"time": _rfc3339(self.last_tick)}


def target_of(record: Record) -> Target:
    """The target of a record."""
    return Target(record["app"], record["process"])


def _identity(record: Record) -> tuple[Any, ...]:
    return tuple(record.get(name) for name in ("request_id", "app", "process"))


def _rfc3339(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
