"""`make run-fleet`: one target fails alone, its alarm names it, and it recovers; the others are scaled meanwhile."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from local.run_fleet import REFUSED, Fleet
from local.show import SHOW_SECONDS_MAX
from tests.e2e.guide import press
from tests.e2e.test_show import END_SECONDS_MAX, FIRST_CYCLE, assert_gone, built, descendants, output, show
from tests.e2e.world import ROOT

SHOW = "local.run_fleet"
START_SECONDS_MAX = 60
CTRL_C = "\x03"
TARGETS = [str(target) for target in Fleet().targets]
OTHERS = [target for target in TARGETS if target != str(REFUSED)]
LINE = re.compile(rf"^  (?:[\d:]{{8}}| {{8}})  ({'|'.join(TARGETS)}) .* of 10 +(\S+)(?: to \d+)? +(\w+)$", re.MULTILINE)
"""Of a target, without those of a round that the event rule began at a moment of its own."""


class Line(NamedTuple):
    """A target in a round."""

    target: str
    action: str
    reason: str


def lines(text: str) -> list[Line]:
    """The targets of each round."""
    return [Line(*found) for found in LINE.findall(text)]


@pytest.fixture(scope="module")
def shown(bootstrap: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a terminal shows, up to Ctrl-C after the show."""
    folder = tmp_path_factory.mktemp("fleet")
    command = [sys.executable, "-m", SHOW, "--bootstrap", str(bootstrap), "--folder", str(folder), "--pace", "1"]
    keys = [("Ctrl-C ends everything", CTRL_C)]
    ended = press(command, keys, ROOT, built(bootstrap), START_SECONDS_MAX + SHOW_SECONDS_MAX)
    assert ended.status == 0, ended.text
    return ended.text


@pytest.fixture(scope="module")
def acts(shown: str) -> tuple[str, str, str]:
    """Before the token is revoked, until there is a new one, and then."""
    before, revoked = re.split(r"^ +Heroku revokes .*$", shown, flags=re.MULTILINE)
    during, after = re.split(r"^ +billing has a new token.*$", revoked, flags=re.MULTILINE)
    return before, during, after


def test_each_round_has_a_line_for_each_target(shown: str) -> None:
    seen = [line.target for line in lines(shown)]
    assert len(seen) > 30
    assert seen == TARGETS * (len(seen) // len(TARGETS))


def test_only_the_target_whose_token_is_refused_fails_and_only_so_long(acts: tuple[str, str, str]) -> None:
    before, during, after = acts
    assert {line.reason for line in lines(during) if line.target == str(REFUSED)} == {"HerokuUnauthorized"}
    others = [line for line in lines(during) if line.target != str(REFUSED)]
    assert not [line for line in [*lines(before), *others, *lines(after)] if line.reason.startswith("Heroku")]


def test_the_others_are_scaled_meanwhile_and_it_is_scaled_again_afterwards(acts: tuple[str, str, str]) -> None:
    before, during, after = acts
    assert {line.target for line in lines(before) if line.action == "scale-up"} == set(TARGETS)
    assert "scale-up" in [line.action for line in lines(during) if line.target in OTHERS]
    assert Line(str(REFUSED), "scale-up", "ScaleUp") in lines(after)
    assert {line.target for line in lines(after) if line.action == "scale-down"} == set(TARGETS)


@pytest.mark.parametrize("alarm", ["HerokuRefusesAlarm", "FailingTargetAlarm"])
def test_the_alarm_names_the_target_and_ends(acts: tuple[str, str, str], alarm: str) -> None:
    before, during, after = acts
    turns = [re.findall(rf"^  (ALARM|OK) +\S+{alarm}\S*?(?:: (.*))?$", act, re.MULTILINE) for act in (before, during, after)]
    assert turns == [[], [("ALARM", str(REFUSED))], [("OK", "")]]


def test_the_end_says_what_was_seen_and_what_can_be_tried(shown: str) -> None:
    assert f"failed, all of {REFUSED}" in shown
    assert "make revoke-token" in shown and "dynoscaler targets check" in shown
    assert shown.endswith("stopped; nothing is left running\n")


def test_in_a_pipe_it_has_no_colours_and_an_interrupt_leaves_no_process_behind(bootstrap: Path, tmp_path: Path) -> None:
    with show(bootstrap, "--folder", str(tmp_path), module=SHOW) as process:
        said = output(process)
        begun = ""
        for line in said:
            begun += line
            if FIRST_CYCLE in line:
                break
        below = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        ended = "".join(said)
        assert process.wait(END_SECONDS_MAX) == 0
    assert_gone(below)
    assert "\x1b" not in begun + ended
    assert "[[target]]" in begun and ended.endswith("stopped; nothing is left running\n")
