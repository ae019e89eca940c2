"""`dynoscaler init`, typed at a terminal: its questions, what it writes, and what an interruption leaves behind."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import KEY, REGION, SECRET, LocalAws
from local.heroku import Heroku
from tests.e2e.guest import SAM, Guest
from tests.e2e.guide import Dialogue, press
from tests.e2e.test_bundle import AWS_CLI, PROCESSOR, SYSTEM, unpacked
from tests.e2e.test_command_line import COMMAND_LINE
from tests.e2e.world import ROOT, TOKEN

APP, QUEUE, OTHER_QUEUE = "init-app", "init-jobs", "init-mail"
WRONG_TOKEN = "HRKU-wr0ng-70ken"
SECONDS_MAX = 60
INTERRUPT, ESCAPE, ENTER = "\x03", "\x1b", "\r"
TOKEN_KEYS = ("Token of a Heroku authorization", TOKEN + ENTER)
ANSWERS = [
    ("Heroku app:", ENTER),
    ("Process type to scale:", "worker" + ENTER),
    ("Queues that it consumes:", f"{QUEUE} " + ENTER),
    ("How long may a message wait", "10m/2s" + ENTER),
    ("Fewest and most dynos:", "0..3" + ENTER),
]
YES = ("Do this?", "y" + ENTER)


@dataclass
class Operator:
    """A user with the project's template, credentials for AWS, and a terminal."""

    aws: LocalAws
    heroku: Heroku
    home: Path
    parameter: str
    folder: Path

    def types(self, *keys: tuple[str, str], flags: tuple[str, ...] = (), region: str = REGION, **variables: str) -> Dialogue:
        """Types `dynoscaler init`, and these keys when each text is shown."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "TERM": "xterm",
            "AWS_REGION": region,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.aws.url,
            "HEROKU_API_URL": self.heroku.url,
        } | variables
        own = () if "--account" in flags else ("--token-parameter", self.parameter)
        command = [str(COMMAND_LINE), "init", *own, *flags]
        return press(command, keys, self.folder, environment, SECONDS_MAX)

    def targets(self) -> list[dict[str, Any]]:
        """The targets that are written."""
        return tomllib.loads((self.folder / "targets.toml").read_text())["target"]

    def files(self) -> dict[str, str]:
        """Every file with its text."""
        return {path.name: path.read_text() for path in self.folder.iterdir()}

    def stored(self) -> str | None:
        """The token in SSM, if there is one."""
        ssm = self.aws.client("ssm")
        try:
            return ssm.get_parameter(Name=self.parameter, WithDecryption=True)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            return None


@pytest.fixture(scope="module")
def heroku() -> Iterator[Heroku]:
    """The app, with two process types that can be scaled."""
    with Heroku(APP, {"release": 0, "web": 2, "worker": 1, "mailer": 1}, TOKEN) as heroku:
        yield heroku


@pytest.fixture
def operator(aws: LocalAws, heroku: Heroku, tmp_path: Path) -> Iterator[Operator]:
    """Has no token in SSM. What is typed changes nothing at Heroku."""
    assert os.access(COMMAND_LINE, os.X_OK), f"{COMMAND_LINE} is missing: run `make test-e2e`, or set DYNOSCALER_COMMAND_LINE"
    aws.send(aws.create_queue(QUEUE), 20)
    aws.create_queue(OTHER_QUEUE)
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("template.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, folder)
    operator = Operator(aws, heroku, tmp_path, f"/init/{tmp_path.name}", folder)
    yield operator
    assert {request["method"] for request in heroku.requests} <= {"GET"}
    assert heroku.own_faults == []


def test_six_answers_and_a_yes_store_the_token_and_write_both_files(operator: Operator) -> None:
    seen = operator.types(TOKEN_KEYS, *ANSWERS, YES)
    assert (seen.status, len(seen.questions)) == (0, 7), seen.text
    assert TOKEN not in seen.text
    assert f"{QUEUE}  (20 messages waiting, 0 in flight)" in seen.text
    assert "Heroku: $0.00 at 0 dynos, up to $75.00 at 3" in seen.text
    assert operator.stored() == TOKEN
    target = {"app": APP, "process": "worker", "queue": QUEUE, "min_dynos": 0, "max_dynos": 3, "backlog_threshold": 300}
    assert operator.targets() == [target]
    assert not [name for name, text in operator.files().items() if TOKEN in text]
    assert set(operator.files()) == {"template.yaml", "samconfig.toml", "targets.toml"}


def test_a_token_that_heroku_refuses_is_asked_for_again(operator: Operator) -> None:
    seen = operator.types((TOKEN_KEYS[0], WRONG_TOKEN + ENTER), TOKEN_KEYS, *ANSWERS, YES)
    assert seen.status == 0, seen.text
    assert "Heroku answered 401 unauthorized" in seen.text
    assert "heroku authorizations:create --scope write" in seen.text
    assert (operator.stored(), WRONG_TOKEN in seen.text) == (TOKEN, False)


def test_a_region_without_a_queue_is_named_with_the_remedy(operator: Operator) -> None:
    before = operator.files()
    seen = operator.types(TOKEN_KEYS, *ANSWERS[:2], region="eu-central-1")
    assert seen.status == 1, seen.text
    assert "no queue in this account in region eu-central-1" in seen.text
    assert "aws sqs create-queue" in seen.text
    assert (operator.files(), operator.stored()) == (before, None)


def test_a_flag_whose_queue_is_not_there_becomes_a_question(operator: Operator) -> None:
    keys = [TOKEN_KEYS, *ANSWERS[:2], *ANSWERS[2:], YES]
    seen = operator.types(*keys, flags=("--queue", "init-jbos"))
    assert seen.status == 0, seen.text
    assert "init-jbos: SQS answered 400" in seen.text
    assert operator.targets()[0]["queue"] == QUEUE


def test_a_stored_token_that_heroku_refuses_is_named_by_its_place(operator: Operator) -> None:
    operator.aws.keep_secret(operator.parameter, WRONG_TOKEN)
    seen = operator.types(TOKEN_KEYS, *ANSWERS, YES)
    assert seen.status == 0, seen.text
    assert f"ssm:{operator.parameter}: Heroku answered 401 unauthorized" in seen.text
    assert operator.stored() == TOKEN


def test_a_second_run_asks_for_no_token_and_shows_the_difference(operator: Operator) -> None:
    assert operator.types(TOKEN_KEYS, *ANSWERS, YES).status == 0
    written = operator.folder / "targets.toml"
    written.write_text(written.read_text().replace("max_dynos = 3", "max_dynos = 3 # agreed"))
    wider = [*ANSWERS[:2], (ANSWERS[2][0], ENTER), ("(300)", ENTER), ("(0..3)", "0..4" + ENTER)]
    seen = operator.types(*wider, YES)
    assert seen.status == 0, seen.text
    assert "-max_dynos = 3 # agreed\n  +max_dynos = 4 # agreed" in seen.text
    assert "samconfig.toml, " not in seen.text
    mailer = [ANSWERS[0], (ANSWERS[1][0], "mailer" + ENTER), (ANSWERS[2][0], f"{OTHER_QUEUE} " + ENTER), *ANSWERS[3:]]
    assert operator.types(*mailer, YES).status == 0
    assert [(target["process"], target["max_dynos"]) for target in operator.targets()] == [("worker", 4), ("mailer", 3)]


@pytest.mark.parametrize("answered", range(len(ANSWERS) + 2))
def test_an_interruption_at_any_question_leaves_nothing(operator: Operator, answered: int) -> None:
    before = operator.files()
    questions = [TOKEN_KEYS, *ANSWERS, YES]
    seen = operator.types(*questions[:answered], (questions[answered][0], INTERRUPT))
    assert seen.status == 130, seen.text
    assert "Nothing was changed." in seen.text
    assert (operator.files(), operator.stored()) == (before, None)


@pytest.mark.parametrize(("keys", "status"), [(ENTER, 1), ("n" + ENTER, 1), (ESCAPE, 130)], ids=["enter", "no", "escape"])
def test_without_a_yes_nothing_is_written(operator: Operator, keys: str, status: int) -> None:
    before = operator.files()
    seen = operator.types(TOKEN_KEYS, *ANSWERS, (YES[0], keys))
    assert (seen.status, operator.files(), operator.stored()) == (status, before, None), seen.text


def test_the_region_is_that_of_the_calls_whichever_variable_names_it(operator: Operator) -> None:
    seen = operator.types(TOKEN_KEYS, *ANSWERS, YES, region="", AWS_DEFAULT_REGION=REGION)
    assert seen.status == 0, seen.text
    config = tomllib.loads((operator.folder / "samconfig.toml").read_text())
    assert config["default"]["deploy"]["parameters"]["region"] == REGION


def test_flags_are_no_questions(operator: Operator) -> None:
    flags = ("--app", APP, "--process", "worker", "--queue", QUEUE, "--threshold", "100", "--dynos", "1..5")
    seen = operator.types(TOKEN_KEYS, YES, flags=flags)
    assert (seen.status, len(seen.questions)) == (0, 2), seen.text
    assert operator.targets()[0]["backlog_threshold"] == 100


def test_a_queue_with_the_process_type_s_name_is_chosen_already_and_can_be_taken_away(operator: Operator) -> None:
    operator.aws.create_queue("init-mailer")
    keys = [TOKEN_KEYS, ANSWERS[0], (ANSWERS[1][0], "mailer" + ENTER), (ANSWERS[2][0], ENTER), *ANSWERS[3:], YES]
    assert operator.types(*keys).status == 0
    assert operator.targets()[0]["queue"] == "init-mailer"
    keys = [*keys[1:3], (ANSWERS[2][0], f"init-mailer {QUEUE} " + ENTER), *keys[4:]]
    assert operator.types(*keys).status == 0
    assert operator.targets()[0]["queue"] == QUEUE


@pytest.mark.skipif(PROCESSOR != "x86_64", reason="template.yaml of the bundle is for x86_64")
def test_what_init_wrote_for_two_accounts_is_deployed_by_the_commands_that_it_shows_and_scales(
    aws: LocalAws, bootstrap: Path, tmp_path: Path
) -> None:
    """The bundle of a release, on a machine without cargo; its targets move into SSM with the second account."""
    (tmp_path / "bin").mkdir()
    for name, program in {"sam": SAM, "aws": AWS_CLI, "dynoscaler": COMMAND_LINE}.items():
        (tmp_path / "bin" / name).symlink_to(program)
    (tmp_path / "release").mkdir()
    folder = unpacked(bootstrap, tmp_path / "release")
    aws.send(aws.create_queue(QUEUE), 20)
    aws.create_queue(OTHER_QUEUE)
    with Heroku(APP, {"web": 2, "worker": 1, "mailer": 1}, TOKEN) as heroku:
        samconfig = folder / "samconfig.toml"
        settings = f"parameter_overrides = 'DynoscalerSettings=\"HEROKU_API_URL={heroku.url}\"'\n"
        samconfig.write_text(samconfig.read_text() + settings)
        operator = Operator(aws, heroku, tmp_path, "/init/deployed", folder)
        seen = operator.types(TOKEN_KEYS, *ANSWERS[:3], ("How long", "2s/1s" + ENTER), ("Fewest", "1..2" + ENTER), YES)
        assert seen.status == 0, seen.text
        other = [TOKEN_KEYS, ANSWERS[0], (ANSWERS[1][0], "mailer" + ENTER), (ANSWERS[2][0], f"{OTHER_QUEUE} " + ENTER), *ANSWERS[3:], YES]
        seen = operator.types(*other, flags=("--account", "billing", "--targets-parameter", "/init/targets"))
        assert seen.status == 0, seen.text
        commands = seen.text.split("to deploy it:")[1].replace("\r", "")
        to_deploy, to_look = commands.split("  dynoscaler doctor")
        guest = Guest(aws, folder, tmp_path, f"{tmp_path / 'bin'}:{SYSTEM}")
        deployed = guest.types("sh", "-ec", to_deploy)
        assert (deployed.status, deployed.questions) == (0, []), deployed.text
        for _ in range(2):
            records = {record["process"]: record for record in guest.stack().invoke_all()}
            assert {process: record["error"] for process, record in records.items()} == {"worker": None, "mailer": None}
            assert records["worker"]["backlog_threshold"] == 2, "as in the parameter"
        assert heroku.quantity("worker") == 2
        elsewhere = Guest(aws, tmp_path, tmp_path, guest.path)
        looked = elsewhere.types("sh", "-c", "dynoscaler status" + to_look.split("dynoscaler status")[1])
        assert looked.status == 0, looked.text
        assert {f"{APP}/worker", f"{APP}/mailer"} <= set(looked.text.split()), looked.text
