"""The deployment from source, typed at a terminal: `sam build && sam deploy --guided` with the real SAM CLI, into a local AWS.

Only cargo is a stand-in, which gives the release binary that the other tests run: the template's tests check what `sam build`
compiles. The questions are SAM's own.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import REGION, LocalAws, until
from local.heroku import Heroku
from tests.e2e.guest import SAM, Guest
from tests.e2e.guide import Dialogue
from tests.e2e.world import ROOT, TOKEN

APP, QUEUE = "guided-app", "guided-jobs"
PARAMETERS = re.findall(r"^  (\w+):$", (ROOT / "template.yaml").read_text().split("\nParameters:\n")[1].split("\nMappings:")[0], re.M)
FIRST_FIRING_SECONDS_MAX = 130
CARGO = '#!/bin/sh\nmkdir -p "$CARGO_TARGET_DIR/release"\ncp "{bootstrap}" "$CARGO_TARGET_DIR/release/bootstrap"\n'


def cloned(aws: LocalAws, home: Path, bootstrap: Path) -> Guest:
    """A user with a clone of the project, and a cargo that gives this binary."""
    project = home / "project"
    project.mkdir(parents=True)
    for name in ("Makefile", "template.yaml", "samconfig.toml", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, project)
    shutil.copytree(ROOT / "scripts", project / "scripts")
    cargo = home / "bin/cargo"
    cargo.parent.mkdir()
    cargo.write_text(CARGO.format(bootstrap=bootstrap))
    cargo.chmod(0o755)
    return Guest(aws, project, home, f"{cargo.parent}:{os.environ['PATH']}")


@pytest.fixture(scope="module")
def heroku() -> Iterator[Heroku]:
    """The app, whose workers are busy."""
    with Heroku(APP, {"web": 2, "worker": 1, "Mailer": 1}, TOKEN) as heroku:
        yield heroku


@pytest.fixture(scope="module")
def guest(aws: LocalAws, bootstrap: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """Has stored the token as the README says, and built."""
    assert os.access(SAM, os.X_OK), f"{SAM} is missing: run `make .local/sam-venv/.test`"
    aws.keep_secret("/dynoscaler/token", TOKEN)
    guest = cloned(aws, tmp_path_factory.mktemp("guest"), bootstrap)
    built = guest.builds()
    assert built.status == 0, built.text
    return guest


@pytest.fixture(scope="module")
def first(guest: Guest, heroku: Heroku) -> Dialogue:
    """Answers for the app, the queue and the address of the stand-in for Heroku; everything else gets Enter."""
    guest.aws.send(guest.aws.create_queue(QUEUE), 500)
    return guest.deploys(MyHerokuAsApp=APP, AwsSqsName=QUEUE, DynoscalerSettings=f"HEROKU_API_URL={heroku.url}")


# case A1
def test_enter_at_every_question_but_the_app_and_the_queue_deploys(first: Dialogue) -> None:
    assert first.status == 0, first.text
    assert "Successfully created/updated stack - dynoscaler" in first.text


def test_the_guide_prompts_for_each_parameter_once_and_for_32_at_most(first: Dialogue) -> None:
    parameters = [question.text.removeprefix("Parameter ") for question in first.questions if "Parameter " in question.text]
    assert parameters == PARAMETERS
    assert len(parameters) <= 32
    assert [question.text for question in first.questions if question.default is None] == [], "Enter must answer each"


def test_the_guided_function_runs_cycles_by_itself(first: Dialogue, guest: Guest, heroku: Heroku) -> None:
    assert first.status == 0, first.text
    stack = guest.stack()
    by_hand = stack.invoke()["request_id"]
    seen: list[str] = []
    for _ in until(FIRST_FIRING_SECONDS_MAX):
        seen = [record["request_id"] for record in stack.records()]
        if len(seen) >= 2 and by_hand in seen:
            break
    assert set(seen) > {by_hand}, "the rule did not fire"
    # The rule's first cycle may come before the one by hand.
    first_cycle, second_cycle = stack.records()[:2]
    assert (first_cycle["reason"], first_cycle["sqs_messages"], first_cycle["active_dynos"]) == ("CountingUp", 500, 1)
    assert (second_cycle["level"], second_cycle["reason"], second_cycle["required_dynos"]) == ("INFO", "ScaleUp", 2)
    assert heroku.quantity("worker") == 2


def test_the_second_guide_offers_the_first_one_s_answers_and_changes_one(first: Dialogue, guest: Guest) -> None:
    assert first.status == 0, first.text
    second = guest.deploys(DynoscalerMaxDynos="9", DynoscalerSchedule="mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3")
    assert second.status == 0, second.text
    offered = {question.text: question.default for question in second.questions}
    assert (offered["Parameter MyHerokuAsApp"], offered["Parameter AwsSqsName"]) == (APP, QUEUE)
    variables = guest.stack().variables()
    assert (variables["MY_HEROKU_AS_APP"], variables["DYNOSCALER_MAX_DYNOS"]) == (APP, "9")
    assert variables["DYNOSCALER_SCHEDULE"] == "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3"
    assert guest.stack().invoke()["error"] is None


def test_a_deployment_without_the_guide_takes_what_was_answered_with_its_spaces(first: Dialogue, guest: Guest) -> None:
    assert first.status == 0, first.text
    before = guest.stack().variables()
    samconfig = guest.project / "samconfig.toml"
    samconfig.write_text(samconfig.read_text().replace("HEROKU_API_URL=", "LOG_LEVEL=debug DYNOSCALER_MAX_STEP_UP=2 HEROKU_API_URL="))
    again = guest.deploys_again()
    assert (again.status, again.questions) == (0, []), again.text
    settings = f"LOG_LEVEL=debug DYNOSCALER_MAX_STEP_UP=2 {before['DYNOSCALER_SETTINGS']}"
    assert guest.stack().variables() == before | {"DYNOSCALER_SETTINGS": settings}
    assert guest.stack().invoke()["error"] is None


def test_if_the_changes_are_to_be_confirmed_the_answer_no_deploys_nothing(first: Dialogue, guest: Guest) -> None:
    assert first.status == 0, first.text
    before = guest.stack().variables()
    unkept = {"Save arguments to configuration file": "n"}
    seen = guest.deploys_saying({"Confirm changes before deploy": "y", "Parameter DynoscalerMaxDynos": "7"} | unkept)
    assert seen.questions[-1].text == "Deploy this changeset?", seen.text
    assert guest.stack().variables() == before


def test_a_stack_of_another_name_takes_a_queue_s_url_and_names_in_upper_case(guest: Guest, heroku: Heroku) -> None:
    queue_url = guest.aws.create_queue("Guided_Jobs")
    answers = {
        "Stack Name": "DynoScaler-Prod",
        "Parameter MyHerokuAsApp": APP,
        "Parameter MyHerokuAsProcess": "Mailer",
        "Parameter AwsSqsName": queue_url,
        "Parameter AwsSqsRegion": REGION,
        "Parameter DynoscalerDryRun": "true",
        "Parameter DynoscalerSettings": f"HEROKU_API_URL={heroku.url}",
        "SAM configuration environment": "prod",
    }
    deployed = guest.deploys_saying(answers)
    assert deployed.status == 0, deployed.text
    record = guest.stack("DynoScaler-Prod").invoke()
    assert (record["process"], record["dry_run"], record["error"]) == ("Mailer", True, None)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "Parameter 'MyHerokuAsApp' must be an app's name"),
        ({"MyHerokuAsApp": "My-App", "AwsSqsName": QUEUE}, "Parameter 'MyHerokuAsApp' must be an app's name"),
        ({"MyHerokuAsApp": APP, "AwsSqsName": QUEUE, "MyHerokuAuthTokenParameter": "HRKU-0123"}, "not the token"),
        ({"MyHerokuAsApp": APP, "AwsSqsName": QUEUE, "CycleSeconds": "90"}, "CycleSeconds"),
        ({"MyHerokuAsApp": APP, "AwsSqsName": QUEUE, "AwsKey": "AKIA0"}, "AwsKey and AwsSecretParameter go together"),
    ],
    ids=["Enter alone", "upper case", "the token itself", "a pace that is not offered", "half a pair"],
)
def test_an_answer_that_cannot_be_is_refused_by_name_before_anything_is_made(
    aws: LocalAws, guest: Guest, bootstrap: Path, tmp_path: Path, answers: dict[str, str], says: str
) -> None:
    stranger = cloned(aws, tmp_path / "stranger", bootstrap)
    shutil.copytree(guest.project / ".aws-sam", stranger.project / ".aws-sam")
    samconfig = stranger.project / "samconfig.toml"
    samconfig.write_text(samconfig.read_text().replace('"dynoscaler"', '"refused-answers"'))
    refused = stranger.deploys(**answers)
    assert refused.status == 1, refused.text
    assert says in refused.text
    assert len(refused.questions) == len({question.text for question in refused.questions}), "no question is repeated"
