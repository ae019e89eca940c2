"""The command line beside a deployed function: it reads the function's log and state, and changes nothing."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.aws import KEY, REGION, SECRET, LocalAws, Stack, until
from local.heroku import Heroku
from tests.e2e.conftest import TARGET
from tests.e2e.world import PROCESS, ROOT, TOKEN

APP, QUEUE = "watched-app", "watched-jobs"
COMMAND_LINE = Path(os.environ.get("DYNOSCALER_COMMAND_LINE", TARGET / "debug/dynoscaler"))
LOG_SECONDS_MAX = 10
SCREEN_SECONDS_MAX = 10
OTHER_SCREEN, FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
AWS_ALONE = {"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"}
BOLD = "\x1b[1m"


@dataclass
class Watched:
    """A deployed function, and the command line with its variables."""

    aws: LocalAws
    stack: Stack
    heroku: Heroku
    variables: dict[str, str]

    def cycle(self) -> None:
        """One cycle of the function, until its record is in the log."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.stack.outputs["FunctionName"], Payload=b"{}")
        [record] = json.loads(answer["Payload"].read())["cycles"]
        for _ in until(LOG_SECONDS_MAX):
            if any(record["request_id"] in line and "tick" in line for line in self.aws.log_lines(self.group)):
                return
        raise AssertionError(f"{record} is not in the log")

    @property
    def group(self) -> str:
        """The function's log group."""
        return self.stack.outputs["LogGroupName"]

    def output(self, command: str, *arguments: str, group: str | None = None) -> str:
        """The output of a successful command on a log group, by default the function's."""
        called = [COMMAND_LINE, command, "--log-group", group or self.group, *arguments]
        return subprocess.run(called, env=self.variables, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def watched(aws: LocalAws, bootstrap: Path) -> Iterator[Watched]:
    """A function that has added a dyno and is on the way to the next."""
    if not os.access(COMMAND_LINE, os.X_OK):
        pytest.exit(f"{COMMAND_LINE} is missing: run `make test-e2e`, or set DYNOSCALER_COMMAND_LINE", 1)
    with Heroku(APP, {"web": 2, PROCESS: 1}, TOKEN) as heroku:
        aws.send(aws.create_queue(QUEUE), 500)
        aws.keep_secret("/watched/token", TOKEN)
        variables = {
            "MY_HEROKU_AUTH_DES": "end-to-end",
            "MY_HEROKU_AS_APP": APP,
            "MY_HEROKU_AS_PROCESS": PROCESS,
            "HEROKU_API_URL": heroku.url,
            "AWS_SQS_NAME": QUEUE,
            "DYNOSCALER_MIN_DYNOS": "1",
            "DYNOSCALER_MAX_DYNOS": "5",
            "DYNOSCALER_UP_CYCLES": "2",
            "DYNOSCALER_DOWN_CYCLES": "3",
            "DYNOSCALER_BACKLOG_THRESHOLD": "10",
        }
        deployed = variables | {"MyHerokuAuthTokenParameter": "/watched/token"}
        stack = Stack(aws, "watched").deploy(ROOT / "template.yaml", deployed, bootstrap)
        own = {"MY_HEROKU_AUTH_TOKEN": TOKEN, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
        own |= {"AWS_ENDPOINT_URL": aws.url, "DYNOSCALER_TABLE": stack.outputs["Table"]}
        watched = Watched(aws, stack, heroku, variables | own)
        for _ in range(3):
            watched.cycle()
        yield watched


def screen_of(command: list[str | Path], variables: dict[str, str], awaited: str) -> tuple[str, int]:
    """The output of a command on a terminal of its own, interrupted after its first output."""
    terminal, own = pty.openpty()
    process = subprocess.Popen(command, env=variables, stdin=own, stdout=own, stderr=own, start_new_session=True)
    os.close(own)
    written, interrupted = "", False
    while select.select([terminal], [], [], SCREEN_SECONDS_MAX)[0]:
        try:
            written += os.read(terminal, 65_536).decode()
        except OSError:  # Linux reports the closed end this way
            break
        if awaited in written and not interrupted:
            process.send_signal(signal.SIGINT)
            interrupted = True
    os.close(terminal)
    return written, process.wait(SCREEN_SECONDS_MAX)


def test_history_lists_what_the_deployed_function_changed(watched: Watched) -> None:
    [_, heads, change, sums, *_] = watched.output("history", "--since", "1h").splitlines()
    assert heads.split()[0] == "cycle"
    assert change.split()[1:] == ["500", "500", "1", "->", "2", "ScaleUp"]
    assert sums.startswith("3 cycles: 1 change, 0 failed")


def test_history_says_which_log_has_nothing(watched: Watched) -> None:
    watched.aws.client("logs").create_log_group(logGroupName="silent")
    assert watched.output("history", group="silent").startswith("no cycle in log group silent since ")


def test_status_shows_the_deployed_function_s_state_and_leaves_it_unchanged(watched: Watched) -> None:
    table, key = watched.stack.outputs["Table"], f"{APP}/{PROCESS}"
    before, patches = watched.aws.state_item(table, key), len(watched.heroku.patches)
    seen = json.loads(watched.output("status", "--json"))
    assert (seen["sqs_messages"], seen["active_dynos"], seen["unknown"]) == (500, 2, [])
    assert (seen["scale_up_cnt"], seen["version"]) == (1, int(before["version"]["N"]))
    assert seen["next"] == {"reason": "ScaleUp", "cycles": 1, "from": 2, "to": 3}
    last_cycles = watched.output("status").splitlines()[-3:]
    assert [line.split()[-1] for line in last_cycles] == ["CountingUp", "ScaleUp", "CountingUp"]
    assert watched.aws.state_item(table, key) == before
    assert len(watched.heroku.patches) == patches


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}], ids=["colours", "no-colours"])
def test_an_interrupted_watch_leaves_the_terminal_as_it_was(watched: Watched, variables: dict[str, str]) -> None:
    command = [COMMAND_LINE, "status", "--watch"]
    written, status = screen_of(command, watched.variables | {"TERM": "xterm"} | variables, "to remove")
    assert status == 0
    assert written.startswith(OTHER_SCREEN) and written.endswith(FIRST_SCREEN), written
    assert (BOLD in written) == (not variables), written


NAMED = {
    "stack": lambda watched: ("--stack", watched.stack.name),
    "function": lambda watched: ("--function", watched.stack.outputs["FunctionName"]),
}


# case F2
@pytest.mark.parametrize("named", NAMED.values(), ids=NAMED)
def test_with_a_deployment_credentials_for_aws_alone_suffice(watched: Watched, named: Callable[[Watched], tuple[str, str]]) -> None:
    own = {name: text for name, text in watched.variables.items() if name in AWS_ALONE}

    def output(*arguments: str) -> str:
        called = [COMMAND_LINE, *arguments, *named(watched)]
        answer = subprocess.run(called, env=own, capture_output=True, text=True, check=False)
        assert "error:" not in answer.stderr, answer.stderr
        return answer.stdout

    seen = json.loads(output("status", "--json"))
    assert (seen["app"], seen["process"], seen["queue"], seen["unknown"]) == (APP, PROCESS, QUEUE, [])
    assert (seen["active_dynos"], seen["max_dynos"], seen["drift"]) == (2, 5, [])
    assert "ScaleUp" in output("history")
    findings = json.loads(output("doctor", "--json"))["findings"]
    by_check = {finding["check"]: finding for finding in findings}
    assert by_check["identity"]["severity"] == "ok", findings
    assert watched.stack.outputs["Rule"] in by_check["schedule"]["finding"], findings
    assert by_check["last-cycle"]["severity"] != "unchecked", findings
    assert [finding for finding in findings if finding["severity"] == "error"] == []
    assert output("pause").startswith(f"{APP}/{PROCESS}: paused until dynoscaler resume (in table ")
    assert "pause" in watched.aws.state_item(watched.stack.outputs["Table"], f"{APP}/{PROCESS}")
    assert output("resume").startswith(f"{APP}/{PROCESS}: resumed; it was paused at ")
