"""A fleet as a demonstration: one function scales three process types of two apps by four queues.

While Heroku refuses the token of one app's account, that app's target alone fails, and the others are
scaled. It has the scene of `make run`, with two accounts of Heroku behind one address. Must not know
how the function decides.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # an interrupt while the rest is imported ends this without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

from local import token
from local.alarms import Alarms, Turn
from local.folder import Reach
from local.heroku import Heroku
from local.heroku_accounts import Accounts
from local.scene import BOOT_SECONDS, SECONDS_PER_MESSAGE, Record, Scene, Services, Target, target_of
from local.screen import ManyTargets
from local.show import SHOW_SECONDS_MAX, ShowError, common_offers, list_files, paced, perform, short

FILE = Path(__file__).with_name("targets.toml")
TARGETS_NAME = "/dynoscaler/targets"
TOKENS = {"shop": ("/dynoscaler/token", "HRKU-shop"), "billing": ("/dynoscaler/billing", "HRKU-billing")}
"""Of each app's account the token, and the name under which it is kept."""
REFUSED = Target("billing", "worker")
MINUTE_SECONDS = 60.0
"""For the alarms a round is a minute, as on AWS."""

QUIET_ROUNDS = 2
BURST = {"jobs": 250, "mail": 40, "invoices": 160}
NEWSLETTER = {"newsletter": 120}
FAILING_ROUNDS = 4
"""As long as the token is at least revoked, so that it can be followed."""

IsSeen = Callable[[list[list[Record]], list[Turn]], bool]
"""Whether the rounds and the alarms since an event show what was to be seen."""


class Fleet:
    """Two accounts, three targets, four queues, one function."""

    name = "run-fleet"
    summary = "one function scales three process types of two apps by four queues; one app's token is revoked."

    def __init__(self) -> None:
        file = tomllib.loads(FILE.read_text())
        self.defaults = file["defaults"]
        self.queues = {Target(each["app"], each["process"]): _listed(each["queue"]) for each in file["target"]}
        self.targets = list(self.queues)
        self.screen = ManyTargets([str(target) for target in self.targets], self.defaults["max_dynos"])

    def explain(self) -> None:
        """The scene, and the targets file."""
        self.screen.say(
            f"""
  The project's template.yaml is deployed into a local AWS with the release binary and this targets file,
  which the function reads from SSM. Below, each round of the deployed function has a line for each
  target. Workers take {SECONDS_PER_MESSAGE} s a message, dynos {BOOT_SECONDS} s to boot. On AWS a round runs once a minute; here
  every few seconds.
"""
        )
        for line in FILE.read_text().splitlines():
            self.screen.say(f"    {line}".rstrip(), "dim")
        self.screen.say()

    def set_up(self, resources: ExitStack, services: Services, bootstrap: Path) -> Scene:
        """Two accounts, the queues, the function and the workers."""
        aws = services.aws
        with self.screen.step("starting Heroku's stand-ins, an account each"):
            apps = {app: resources.enter_context(self._app(app)) for app in TOKENS}
            address = resources.enter_context(Accounts(list(apps.values())))
        with self.screen.step("creating the queues and deploying template.yaml"):
            self.urls = {queue: aws.create_queue(queue) for queue in chain(*self.queues.values())}
            for name, secret in TOKENS.values():
                aws.keep_secret(name, secret)
            aws.client("ssm").put_parameter(Name=TARGETS_NAME, Value=FILE.read_text(), Type="String")
            stack = services.deploy(self._variables(address.url), bootstrap)
        for target, queues in self.queues.items():
            for queue in queues:
                services.start_workers(resources, apps[target.app], target.process, self.urls[queue])
        reach = Reach(aws.access, apps[REFUSED.app].url, TOKENS[REFUSED.app][0])
        rounds: list[list[Record]] = []
        alarms = Alarms(aws, stack, lambda: len(rounds) * MINUTE_SECONDS)
        return Scene(services, apps, self.targets, stack, self.screen, alarms, reach, rounds)

    def _app(self, app: str) -> Heroku:
        processes = {target.process: self.defaults["min_dynos"] for target in self.targets if target.app == app}
        return Heroku(app, {"release": 0, "web": 2, **processes}, TOKENS[app][1], BOOT_SECONDS)

    def _variables(self, heroku_url: str) -> dict[str, str]:
        first = self.targets[0]
        return {
            "DYNOSCALER_TARGETS": f"ssm:{TARGETS_NAME}",
            "MyHerokuAuthTokenParameter": TOKENS[first.app][0],
            "MY_HEROKU_AUTH_DES": f"dynoscaler for {first.app}",
            "MY_HEROKU_AS_APP": first.app,
            "MY_HEROKU_AS_PROCESS": first.process,
            "AWS_SQS_NAME": self.queues[first][0],
            "HEROKU_API_URL": heroku_url,
        }

    def play(self, scene: Scene, pace_seconds: float) -> None:
        """The dynos rise, one target fails alone and recovers, the dynos fall."""
        turns = paced(pace_seconds)
        self._until("rest", scene, turns, lambda rounds, _: len(rounds) >= QUIET_ROUNDS)
        self._send(scene, BURST)
        self._until("every target gets more dynos", scene, turns, lambda rounds, _: self._have_risen(scene, rounds))
        token.revoke(scene.reach)
        self.screen.event(f"Heroku revokes the token of {REFUSED.app}'s account")
        self._send(scene, NEWSLETTER)
        self._until(f"{REFUSED} alone fails and the alarm names it", scene, turns, _fails_alone)
        token.renew(scene.reach)
        scene.start_a_new_instance()
        self.screen.event(f"{REFUSED.app} has a new token, in SSM: a running instance reads it within 5 minutes, a new one, as here, at once")
        self._until(f"{REFUSED} gets more dynos again", scene, turns, lambda rounds, _: REFUSED in _scaled_up(rounds))
        self._until("all dynos fall", scene, turns, lambda rounds, _: self._is_at_rest(scene, rounds))

    def _until(self, what: str, scene: Scene, turns: Iterator[None], is_seen: IsSeen) -> None:
        before, turned = len(scene.rounds), list[Turn]()
        for _ in turns:
            scene.round()
            turned += scene.show_alarms()
            if is_seen(scene.rounds[before:], turned):
                return
        raise ShowError(f"within {SHOW_SECONDS_MAX} s this was not seen: {what}. {scene.log} has every cycle.")

    def _send(self, scene: Scene, messages: dict[str, int]) -> None:
        for queue, count in messages.items():
            scene.aws.send(self.urls[queue], count)
        self.screen.event("messages arrive: " + ", ".join(f"{count} in {queue}" for queue, count in messages.items()))

    def _have_risen(self, scene: Scene, rounds: list[list[Record]]) -> bool:
        return _is_calm(rounds[-1]) and all(scene.quantity(target) > self.defaults["min_dynos"] for target in self.targets)

    def _is_at_rest(self, scene: Scene, rounds: list[list[Record]]) -> bool:
        has_fallen = all(scene.quantity(target) == self.defaults["min_dynos"] for target in self.targets)
        return has_fallen and all(record.get("reason") == "AtMin" for record in rounds[-1])

    def list_results(self, scene: Scene) -> None:
        """What was seen, and the files."""
        failed = [record for records in scene.rounds for record in records if record.get("error_type")]
        cycles = sum(map(len, scene.rounds))
        self.screen.say(
            f"""
  One function has scaled {len(self.targets)} process types of {len(TOKENS)} apps by {len(self.urls)} queues: {len(scene.rounds)} rounds, {cycles} cycles. {len(failed)} cycles
  failed, all of {REFUSED}, while Heroku refused its account's token: the alarm named it, and the
  others were scaled. With a new token it was scaled again."""
        )
        list_files(scene)

    def offers(self, scene: Scene) -> dict[str, str]:
        """What can be changed and broken."""
        file = scene.services.folder / FILE.name
        file.write_text(FILE.read_text())
        put = f"aws ssm put-parameter --name {TARGETS_NAME} --overwrite --value file://{short(file)}"
        first, last = common_offers(scene)
        own = {
            "what each target is": f"dynoscaler targets check {short(file)}",
            "the role's permissions that the file needs": f"dynoscaler targets policy {short(file)}",
            "the changes of one target": 'dynoscaler history --log-group "$LOG_GROUP" --target billing/worker',
            "hold one target": "dynoscaler pause --target shop/mailer --for 10m",
            "revoke billing's token": "make revoke-token",
            "create a new one": "make renew-token",
            "Heroku: billing's dynos, every PATCH": f"curl -s {scene.apps['billing'].url}/_control/state",
            "another maximum or target, without a deployment: edit the file, then": put,
            "with the AWS CLI, one more message": f"aws sqs send-message --queue-url {self.urls['mail']} --message-body job",
        }
        return first | own | last


def _listed(queue: str | list[str]) -> list[str]:
    return [queue] if isinstance(queue, str) else queue


def _fails_alone(rounds: list[list[Record]], turned: list[Turn]) -> bool:
    """For some rounds, in which another target was scaled; and the alarm names it."""
    failed = {target_of(record) for records in rounds for record in records if record.get("error_type")}
    named = {name for turn in turned if turn.is_on and "FailingTarget" in turn.name for name in turn.contributors}
    is_alone = failed == {REFUSED} and named == {str(REFUSED)} and bool(_scaled_up(rounds))
    return is_alone and len(rounds) >= FAILING_ROUNDS and _is_calm(rounds[-1])


def _is_calm(records: list[Record]) -> bool:
    """Whether no change is left whose outcome another instance, or a later token, would first have to wait for."""
    return all(record.get("action") == "none" for record in records)


def _scaled_up(rounds: list[list[Record]]) -> set[Target]:
    return {target_of(record) for records in rounds for record in records if record.get("action") == "scale-up"}


if __name__ == "__main__":
    perform(Fleet())
