"""The main job as a demonstration: a queue fills, dynos rise; it drains, they fall.

Deploys the project's real template with the release binary into a local AWS, beside a stand-in for
Heroku, one for Elasticsearch, and simulated workers. First, cycles follow each other every few
seconds; then the event rule invokes the function by itself. Must not know how the function decides.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # an interrupt while the rest is imported ends this without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import json
from contextlib import ExitStack
from pathlib import Path

from local.alarms import Alarms
from local.folder import Reach
from local.heroku import Heroku
from local.scene import BOOT_SECONDS, SECONDS_PER_MESSAGE, Scene, Services, Target
from local.screen import OneTarget
from local.show import ShowError, common_offers, list_files, paced, perform

TARGET, QUEUE = Target("my-app", "worker"), "jobs"
TOKEN_NAME, TOKEN = "/dynoscaler/token", "HRKU-local-token"
MIN_DYNOS, MAX_DYNOS, UP_CYCLES, DOWN_CYCLES, THRESHOLD = 1, 5, 2, 3, 10

MESSAGES = 400
QUIET_CYCLES = 2
"""Cycles before the burst, so that the output starts at rest."""


class OneQueue:
    """A queue fills, dynos rise; it drains, they fall."""

    name = "run"
    summary = "a queue fills, dynos rise; it drains, they fall."

    def __init__(self) -> None:
        self.screen = OneTarget(MESSAGES, MAX_DYNOS, UP_CYCLES, DOWN_CYCLES)

    def explain(self) -> None:
        """The scene in a few lines."""
        self.screen.say(
            f"""
  The project's template.yaml is deployed into a local AWS with the release binary. Each line below is
  one cycle of the deployed function. {THRESHOLD} messages per dyno are acceptable; {UP_CYCLES} cycles above add a
  dyno, {DOWN_CYCLES} below remove one, within {MIN_DYNOS} to {MAX_DYNOS}. Workers take {SECONDS_PER_MESSAGE} s a message, dynos {BOOT_SECONDS} s to
  boot. On AWS a cycle runs once a minute; here every few seconds.
"""
        )

    def set_up(self, resources: ExitStack, services: Services, bootstrap: Path) -> Scene:
        """An app, its queue, the function and the workers."""
        aws = services.aws
        with self.screen.step("starting Heroku's stand-in"):
            formation = {"release": 0, "web": 2, TARGET.process: MIN_DYNOS}
            heroku = resources.enter_context(Heroku(TARGET.app, formation, TOKEN, BOOT_SECONDS))
        with self.screen.step("creating the queue and deploying template.yaml"):
            self.queue_url = aws.create_queue(QUEUE)
            aws.keep_secret(TOKEN_NAME, TOKEN)
            stack = services.deploy(_variables(heroku.url), bootstrap)
        services.start_workers(resources, heroku, TARGET.process, self.queue_url)
        reach = Reach(aws.access, heroku.url, TOKEN_NAME)
        return Scene(services, {TARGET.app: heroku}, [TARGET], stack, self.screen, Alarms(aws, stack), reach)

    def play(self, scene: Scene, pace_seconds: float) -> None:
        """Fills the queue and runs cycles until nothing changes."""
        most = 0
        for number, _ in enumerate(paced(pace_seconds)):
            if number == QUIET_CYCLES:
                scene.aws.send(self.queue_url, MESSAGES)
                self.screen.event(f"{MESSAGES} messages arrive")
            [record] = scene.round()
            most = max(most, scene.quantity(TARGET))
            if most > MIN_DYNOS and record["reason"] == "AtMin":
                break
        reached = (most, scene.quantity(TARGET))
        if reached != (MAX_DYNOS, MIN_DYNOS):
            raise ShowError(f"dynos rose to {most} and fell to {reached[1]}, expected {MAX_DYNOS} and {MIN_DYNOS}")

    def list_results(self, scene: Scene) -> None:
        """The files, and the state."""
        item = scene.aws.state_item(scene.stack.outputs["Table"], str(TARGET))
        list_files(scene)
        self.screen.say(f"  The state item         {json.dumps(item)}")

    def offers(self, scene: Scene) -> dict[str, str]:
        """What can be changed and broken."""
        heroku = scene.apps[TARGET.app]
        control = f"curl -s {heroku.url}/_control"
        first, last = common_offers(scene)
        own = {
            "revoke the function's token": "make revoke-token",
            "create a new one": "make renew-token",
            "Heroku: the dynos, every PATCH": f"{control}/state",
            "stop the workers by hand": f"{control}/quantity -d '{{\"quantity\": 0}}'",
            "start them again": f"{control}/quantity -d '{{\"quantity\": 1}}'",
            "Heroku refuses the token, once": f'{control}/faults -d \'{{"fault": "unauthorized"}}\'',
            "with the AWS CLI, one more message": f"aws sqs send-message --queue-url {self.queue_url} --message-body job",
        }
        return first | own | last


def _variables(heroku_url: str) -> dict[str, str]:
    return {
        "MyHerokuAuthTokenParameter": TOKEN_NAME,
        "MY_HEROKU_AUTH_DES": "dynoscaler-local",
        "MY_HEROKU_AS_APP": TARGET.app,
        "MY_HEROKU_AS_PROCESS": TARGET.process,
        "HEROKU_API_URL": heroku_url,
        "AWS_SQS_NAME": QUEUE,
        "DYNOSCALER_MIN_DYNOS": str(MIN_DYNOS),
        "DYNOSCALER_MAX_DYNOS": str(MAX_DYNOS),
        "DYNOSCALER_UP_CYCLES": str(UP_CYCLES),
        "DYNOSCALER_DOWN_CYCLES": str(DOWN_CYCLES),
        "DYNOSCALER_BACKLOG_THRESHOLD": str(THRESHOLD),
    }


if __name__ == "__main__":
    perform(OneQueue())
