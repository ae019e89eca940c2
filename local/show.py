"""How a show begins and ends: its arguments and its folder, interrupts, and failures in plain words.

After the show the event rule invokes the function by itself. Must not know: what is shown.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import LocalAwsError, until
from local.folder import FOLDER, Taken, held
from local.scene import BOOTSTRAP, Scene, Services
from local.screen import Screen

PACE_SECONDS_MIN = 1.0
SHOW_SECONDS_MAX = 240
"""Three times what a show takes; a longer one is broken."""


class ShowError(RuntimeError):
    """A step that failed, and what to do about it."""


class Show(Protocol):
    """One show: `make` and its name start it."""

    name: str
    summary: str
    """In a sentence."""
    screen: Screen

    def explain(self) -> None:
        """Says what is going to be seen."""

    def set_up(self, resources: ExitStack, services: Services, bootstrap: Path) -> Scene:
        """Starts what else runs, and deploys the function."""

    def play(self, scene: Scene, pace_seconds: float) -> None:
        """Everything between the first round and the last. `ShowError` if something else is seen than was to be."""

    def list_results(self, scene: Scene) -> None:
        """The places of the show's results."""

    def offers(self, scene: Scene) -> dict[str, str]:
        """Commands to try while everything runs, by what they do."""


def perform(show: Show) -> None:
    """Parses the arguments, runs the show, and reports failures in plain words."""
    module = sys.modules["__main__"].__spec__.name
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=show.summary)
    parser.add_argument("--bootstrap", type=Path, default=BOOTSTRAP)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its files are")
    parser.add_argument("--pace", type=float, default=2.0, help="seconds from one round to the next, at least 1")
    parser.add_argument("--once", action="store_true", help="end after the show, without following the event rule")
    options = parser.parse_args()
    os.umask(0o077)  # logs, records and keys are the owner's alone
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as resources:
            _run(show, resources, options)
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running", flush=True)
    except BrokenPipeError:  # the reader has stopped, as behind `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ShowError, LocalAwsError, Taken) as error:
        sys.exit(f"\nmake {show.name}: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"\nmake {show.name}: the local AWS failed a call: {error}\nIts log is {options.folder / 'aws.log'}.")
    except OSError as error:  # such as a folder that another user's show made
        sys.exit(f"\nmake {show.name}: {error}")


def _run(show: Show, resources: ExitStack, options: argparse.Namespace) -> None:
    _check(options.bootstrap, show.name)
    folder = resources.enter_context(held(options.folder))
    _forget_the_last_show(folder)
    show.screen.say(f"DynoScaler: {show.summary}", "bold")
    show.explain()
    scene = show.set_up(resources, Services.start(resources, show.screen, folder), options.bootstrap)
    resources.callback(_ignore_interrupts)
    show.screen.say()
    show.screen.headings()
    show.play(scene, max(options.pace, PACE_SECONDS_MIN))
    scene.keep_documents()
    show.list_results(scene)
    if not options.once:
        scene.keep_variables()
        _list_commands(show.offers(scene), show.screen)
        _follow(scene)


def _check(bootstrap: Path, name: str) -> None:
    if not os.access(bootstrap, os.X_OK):
        raise ShowError(
            f"{bootstrap} is missing.\nBuild it with `cargo build --release --bin bootstrap`, or run `make {name}`."
        )
    if platform.system() != "Linux":
        raise ShowError("the local AWS runs the function as a process of this machine, which must be Linux.")


def _forget_the_last_show(folder: Path) -> None:
    for stale in folder.glob("*.ndjson"):
        stale.unlink()


def paced(seconds: float) -> Iterator[None]:
    """Turns that begin so many seconds apart, for as long as a show may take."""
    began = time.monotonic()
    while (started := time.monotonic()) - began < SHOW_SECONDS_MAX:
        yield
        time.sleep(max(0.0, seconds - (time.monotonic() - started)))


def list_files(scene: Scene) -> None:
    """The files that every show writes."""
    scene.screen.say()
    scene.screen.say("  Every cycle's record   " + short(scene.log))
    scene.screen.say("  Elasticsearch's copy   " + short(scene.documents))
    scene.screen.say("  The local AWS's log    " + short(scene.aws.log))


def common_offers(scene: Scene) -> tuple[dict[str, str], dict[str, str]]:
    """The first and the last commands of every show."""
    outputs = scene.stack.outputs
    first = {
        "the command line, once": "make build-command-line",
        "the function's variables, and the command line on the path": f". {short(scene.variables)}",
        "the current state, and the next decision": 'dynoscaler status --log-group "$LOG_GROUP"',
        "changes, and their reasons": 'dynoscaler history --log-group "$LOG_GROUP" --plot out.svg',
        "what is wrong": 'dynoscaler doctor --log-group "$LOG_GROUP" --rule "$RULE"',
    }
    last = {
        "Elasticsearch: the documents": f"curl -s {scene.services.elasticsearch.url}/_control/documents",
        "with the AWS CLI, one more round": f"aws lambda invoke --function-name {outputs['FunctionName']} /dev/stdout",
        "the function's log": f"aws logs tail {outputs['LogGroupName']} --follow",
    }
    return first, last


def _list_commands(offers: dict[str, str], screen: Screen) -> None:
    screen.say("\n  While this runs, try these commands in another terminal:")
    for meaning, command in offers.items():
        screen.say(f"    # {meaning}", "dim")
        screen.say(f"    {command}")


def _follow(scene: Scene) -> NoReturn:
    """Draws the cycles of the event rule, until interrupted."""
    scene.screen.say()
    scene.screen.say("  The event rule invokes the function every minute. Ctrl-C ends everything.", "bold")
    while True:
        for _ in until(1.0):
            pass
        if scene.show_the_rounds_of_the_rule():
            scene.keep_documents()
        scene.show_alarms()


def short(path: Path) -> str:
    """A path as it is typed here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _interrupt(*_: Any) -> NoReturn:
    _ignore_interrupts()
    raise KeyboardInterrupt


def _ignore_interrupts() -> None:
    """From here on everything ends in order, even after a second interrupt."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
