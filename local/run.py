"""The main job as a demonstration: a queue fills, dynos rise; it drains, they fall.

Deploys the project's real template with the release binary into a local AWS, beside a stand-in for
Heroku, one for Elasticsearch, and simulated workers. First, cycles follow each other every few
seconds; then the event rule invokes the function by itself. Must not know how the function decides.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # an interrupt while the rest is imported ends this without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import json
import os
import platform
import shlex
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from local.alarms import Alarms
from local.aws import KEY, REGION, SECRET, LocalAws, LocalAwsError, Stack, until
from local.elasticsearch import Elasticsearch
from local.folder import FOLDER, Reach, Taken, held
from local.heroku import Heroku
from local.screen import Screen
from local.workers import Workers

ROOT = Path(__file__).parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
BOOTSTRAP, COMMAND_LINE = TARGET / "release/bootstrap", TARGET / "debug/dynoscaler"
APP, PROCESS, QUEUE, INDEX = "my-app", "worker", "jobs", "dynoscaler"
TOKEN_NAME, ELASTIC_PASS_NAME = "/dynoscaler/token", "/dynoscaler/elastic"
TOKEN, ELASTIC_USER, ELASTIC_PASS = "HRKU-local-token", "elastic", "local-password"
MIN_DYNOS, MAX_DYNOS, UP_CYCLES, DOWN_CYCLES, THRESHOLD = 1, 5, 2, 3, 10

MESSAGES = 400
SECONDS_PER_MESSAGE = 0.35
BOOT_SECONDS = 2.5
QUIET_CYCLES = 2
"""Cycles before the burst, so that the output starts at rest."""
SHOW_SECONDS_MAX = 240
"""Three times what the show takes; a longer one is broken."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LOG_OVERLAP_MS = 120_000
"""How far back the log is read again, because lines may arrive late."""


class ShowError(RuntimeError):
    """A step that failed, and what to do about it."""


@dataclass
class Scene:
    """Everything that runs."""

    aws: LocalAws
    heroku: Heroku
    elasticsearch: Elasticsearch
    stack: Stack
    queue_url: str
    screen: Screen
    alarms: Alarms
    log: Path = FOLDER / "cycles.ndjson"
    documents: Path = FOLDER / "elasticsearch.ndjson"
    variables: Path = FOLDER / "env"
    seen: set[str] = field(default_factory=set)
    last_tick: datetime = LONG_AGO

    def show(self, record: dict[str, Any], note: str = "") -> None:
        """Draws a cycle and stores its record."""
        self.seen.add(record.get("request_id", ""))
        with self.log.open("a") as log:
            print(json.dumps(record), file=log)
        self.screen.cycle(record, len(self.heroku.dynos_up(PROCESS)), self.heroku.quantity(PROCESS), note)

    def show_the_cycles_of_the_rule(self) -> int:
        """Draws the cycles that the event rule invoked, and returns their number."""
        records = [record for record in self._logged() if record.get("request_id") not in self.seen]
        for record in records:
            self.show(record, "by the event rule")
            self.alarms.count(record)
        return len(records)

    def cycle(self) -> dict[str, Any]:
        """Invokes the deployed function as the rule would, a moment later than last time."""
        now = datetime.now(UTC).replace(microsecond=0)
        self.last_tick = max(now, self.last_tick + timedelta(seconds=1))
        answer = self.aws.client("lambda").invoke(
            FunctionName=self.stack.outputs["FunctionName"], Payload=json.dumps(self._event()).encode()
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" not in answer:
            self.show(payload["cycles"][0])
            return payload["cycles"][0]
        record = self._failed(payload)
        self.show(record)
        return record

    def show_alarms(self) -> None:
        """Shows which alarms went on and off, with their texts."""
        for alarm in self.alarms.turns():
            self.screen.alarm(alarm)

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
        Reach(self.aws.access, self.heroku.url, TOKEN_NAME).keep()

    def keep_documents(self) -> None:
        """Writes the documents of Elasticsearch, one a line."""
        self.documents.write_text("".join(json.dumps(source) + "\n" for source in self.elasticsearch.sources()))

    def _failed(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The record that the failed cycle logged, or else Lambda's error."""
        reason = payload.get("errorType", "")
        logged = [r for r in self._logged() if r.get("request_id") not in self.seen and r.get("reason") == reason]
        error = {"level": "ERROR", "reason": reason, "error": payload.get("errorMessage")}
        return logged[0] if logged else error | {"tick": _rfc3339(self.last_tick)}

    def _logged(self) -> list[dict[str, Any]]:
        since_ms = int(time.time() * 1000) - LOG_OVERLAP_MS
        lines = self.aws.log_lines(self.stack.outputs["LogGroupName"], since_ms)
        objects = [json.loads(line) for line in lines if line.startswith("{")]
        return [record for record in objects if "reason" in record]

    def _event(self) -> dict[str, Any]:
        event = json.loads((ROOT / "events/scheduled-rule.json").read_text())
        return event | {"time": _rfc3339(self.last_tick)}


def main() -> None:
    """Parses the arguments, runs the show, and reports failures in plain words."""
    parser = argparse.ArgumentParser(
        prog="python -m local.run", description="Shows DynoScaler's main job on this machine."
    )
    parser.add_argument("--bootstrap", type=Path, default=BOOTSTRAP)
    parser.add_argument("--pace", type=float, default=2.0, help="seconds from one cycle to the next, at least 1")
    parser.add_argument("--once", action="store_true", help="end after the show, without following the event rule")
    options = parser.parse_args()
    os.umask(0o077)  # logs, records and keys are the owner's alone
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as resources:
            _run(resources, options)
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running", flush=True)
    except BrokenPipeError:  # the reader has stopped, as behind `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ShowError, LocalAwsError, Taken) as error:
        sys.exit(f"\nmake run: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"\nmake run: the local AWS failed a call: {error}\nIts log is {FOLDER / 'aws.log'}.")
    except OSError as error:  # such as a folder that another user's show made
        sys.exit(f"\nmake run: {error}")


def _run(resources: ExitStack, options: argparse.Namespace) -> None:
    screen = Screen(MESSAGES, MAX_DYNOS, UP_CYCLES, DOWN_CYCLES)
    _check(options.bootstrap)
    _take(resources.enter_context(held()))
    _explain(screen)
    scene = _set(resources, screen, options.bootstrap)
    resources.callback(_ignore_interrupts)
    reached = _play(scene, max(options.pace, 1.0))
    scene.keep_documents()
    _list_results(scene)
    if reached != (MAX_DYNOS, MIN_DYNOS):
        raise ShowError(f"dynos rose to {reached[0]} and fell to {reached[1]}, expected {MAX_DYNOS} and {MIN_DYNOS}")
    if not options.once:
        scene.keep_variables()
        _list_commands(scene)
        _follow(scene)


def _check(bootstrap: Path) -> None:
    if not os.access(bootstrap, os.X_OK):
        raise ShowError(
            f"{bootstrap} is missing.\nBuild it with `cargo build --release --bin bootstrap`, or run `make run`."
        )
    if platform.system() != "Linux":
        raise ShowError("the local AWS runs the function as a process of this machine, which must be Linux.")


def _take(folder: Path) -> None:
    """Removes the files of the last show."""
    for stale in folder.glob("*.ndjson"):
        stale.unlink()


def _explain(screen: Screen) -> None:
    screen.say("DynoScaler: a queue fills, dynos rise; it drains, they fall.", "bold")
    screen.say(
        f"""
  The project's template.yaml is deployed into a local AWS with the release binary. Each line below is
  one cycle of the deployed function. {THRESHOLD} messages per dyno are acceptable; {UP_CYCLES} cycles above add a
  dyno, {DOWN_CYCLES} below remove one, within {MIN_DYNOS} to {MAX_DYNOS}. Workers take {SECONDS_PER_MESSAGE} s a message, dynos {BOOT_SECONDS} s to
  boot. On AWS a cycle runs once a minute; here every few seconds.
"""
    )


def _set(resources: ExitStack, screen: Screen, bootstrap: Path) -> Scene:
    with screen.step("starting the local AWS"):
        aws = resources.enter_context(LocalAws(FOLDER))
    with screen.step("starting Heroku's and Elasticsearch's stand-ins"):
        heroku = resources.enter_context(Heroku(APP, {"release": 0, "web": 2, PROCESS: MIN_DYNOS}, TOKEN, BOOT_SECONDS))
        elasticsearch = resources.enter_context(Elasticsearch(8, ELASTIC_USER, ELASTIC_PASS))
    with screen.step("creating the queue and deploying template.yaml"):
        queue_url = aws.create_queue(QUEUE)
        aws.keep_secret(TOKEN_NAME, TOKEN)
        aws.keep_secret(ELASTIC_PASS_NAME, ELASTIC_PASS)
        variables = _variables(heroku.url, elasticsearch.url)
        stack = Stack(aws, "dynoscaler").deploy(ROOT / "template.yaml", variables, bootstrap)
    dynos_up = partial(heroku.dynos_up, PROCESS)
    resources.enter_context(Workers(aws.client("sqs"), queue_url, dynos_up, SECONDS_PER_MESSAGE))
    return Scene(aws, heroku, elasticsearch, stack, queue_url, screen, Alarms(aws, stack))


def _variables(heroku_url: str, elasticsearch_url: str) -> dict[str, str]:
    return {
        "MyHerokuAuthTokenParameter": TOKEN_NAME,
        "MY_HEROKU_AUTH_DES": "dynoscaler-local",
        "MY_HEROKU_AS_APP": APP,
        "MY_HEROKU_AS_PROCESS": PROCESS,
        "HEROKU_API_URL": heroku_url,
        "AWS_SQS_NAME": QUEUE,
        "DYNOSCALER_MIN_DYNOS": str(MIN_DYNOS),
        "DYNOSCALER_MAX_DYNOS": str(MAX_DYNOS),
        "DYNOSCALER_UP_CYCLES": str(UP_CYCLES),
        "DYNOSCALER_DOWN_CYCLES": str(DOWN_CYCLES),
        "DYNOSCALER_BACKLOG_THRESHOLD": str(THRESHOLD),
        "ELK_ELASTIC_URL": elasticsearch_url,
        "ELK_ELASTIC_USER": ELASTIC_USER,
        "ElkElasticPassParameter": ELASTIC_PASS_NAME,
        "ELK_INDEX_AS": INDEX,
    }


def _play(scene: Scene, pace_seconds: float) -> tuple[int, int]:
    """Fills the queue and runs cycles until nothing changes; returns the highest and the last quantity."""
    scene.screen.say()
    scene.screen.headings()
    most, number, began = 0, 0, time.monotonic()
    while time.monotonic() - began < SHOW_SECONDS_MAX:
        started = time.monotonic()
        if number == QUIET_CYCLES:
            scene.aws.send(scene.queue_url, MESSAGES)
            scene.screen.say(f"  {'':8}  {MESSAGES} messages arrive", "bold")
        scene.show_the_cycles_of_the_rule()
        record = scene.cycle()
        most = max(most, scene.heroku.quantity(PROCESS))
        if most > MIN_DYNOS and record["reason"] == "AtMin":
            break
        number += 1
        time.sleep(max(0.0, pace_seconds - (time.monotonic() - started)))
    return most, scene.heroku.quantity(PROCESS)


def _list_results(scene: Scene) -> None:
    """The places of the show's results."""
    aws, say = scene.aws, scene.screen.say
    item = aws.state_item(scene.stack.outputs["Table"], f"{APP}/{PROCESS}")
    say()
    say("  Every cycle's record   " + _short(scene.log))
    say("  Elasticsearch's copy   " + _short(scene.documents))
    say("  The local AWS's log    " + _short(aws.log))
    say(f"  The state item         {json.dumps(item)}")


def _list_commands(scene: Scene) -> None:
    """Commands to try while everything runs."""
    control, outputs = f"curl -s {scene.heroku.url}/_control", scene.stack.outputs
    offers = {
        "the command line, once": "make build-command-line",
        "the function's variables, and the command line on the path": f". {_short(scene.variables)}",
        "its current state, and its next decision": 'dynoscaler status --log-group "$LOG_GROUP"',
        "its changes, and their reasons": 'dynoscaler history --log-group "$LOG_GROUP" --plot out.svg',
        "what is wrong": 'dynoscaler doctor --log-group "$LOG_GROUP" --rule "$RULE"',
        "revoke the function's token": "make revoke-token",
        "create a new one": "make renew-token",
        "Heroku: the dynos, every PATCH": f"{control}/state",
        "stop the workers by hand": f"{control}/quantity -d '{{\"quantity\": 0}}'",
        "start them again": f"{control}/quantity -d '{{\"quantity\": 1}}'",
        "Heroku refuses the token, once": f'{control}/faults -d \'{{"fault": "unauthorized"}}\'',
        "Elasticsearch: the documents": f"curl -s {scene.elasticsearch.url}/_control/documents",
        "with the AWS CLI, one more message": f"aws sqs send-message --queue-url {scene.queue_url} --message-body job",
        "one more cycle": f"aws lambda invoke --function-name {outputs['FunctionName']} /dev/stdout",
        "the function's log": f"aws logs tail {outputs['LogGroupName']} --follow",
    }
    scene.screen.say("\n  While this runs, try these commands in another terminal:")
    for meaning, command in offers.items():
        scene.screen.say(f"    # {meaning}", "dim")
        scene.screen.say(f"    {command}")


def _follow(scene: Scene) -> NoReturn:
    """Draws the cycles of the event rule, until interrupted."""
    scene.screen.say()
    scene.screen.say("  The event rule invokes the function every minute. Ctrl-C ends everything.", "bold")
    while True:
        for _ in until(1.0):
            pass
        if scene.show_the_cycles_of_the_rule():
            scene.keep_documents()
        scene.show_alarms()


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _rfc3339(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _interrupt(*_: Any) -> NoReturn:
    _ignore_interrupts()
    raise KeyboardInterrupt


def _ignore_interrupts() -> None:
    """From here on everything ends in order, even after a second interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
