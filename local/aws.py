"""A local AWS for its owner alone: starts ministack, and deploys the project's template into it through CloudFormation.

Must not know: what the function does, nor Heroku.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from local.aws_server import KEY_VARIABLE, SESSION_VARIABLE
from local.guard import LOOPBACK
from local.serving import free_port

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
KEY, SECRET, SESSION = "AKIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), secrets.token_urlsafe(30)
"""Of this run alone: the owner's key with its secret, and the session of the functions. Each request needs one of them."""
BUCKET = "deployments"
SETTINGS = "DynoscalerSettings"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 5.0
POLL_SECONDS = 0.1


class LocalAwsError(RuntimeError):
    """A step that failed, and what to do about it."""


@dataclass(frozen=True)
class Access:
    """Where a local AWS answers, and the key that it takes."""

    url: str
    key: str = KEY
    secret: str = SECRET

    def client(self, service: str) -> Any:
        """A client of one service."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            config=Config(retries={"total_max_attempts": 2}, read_timeout=60, max_pool_connections=32),
        )

    def keep_secret(self, name: str, secret: str) -> None:
        """Stores a secret under a name of SSM, in place of an earlier one."""
        self.client("ssm").put_parameter(Name=name, Value=secret, Type="SecureString", Overwrite=True)


class LocalAws:
    """ministack on a free port of the loopback. Its data are in its folder, for one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "aws.log"
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.access = Access(self.url)
        self.client: Callable[[str], Any] = cache(self.access.client)

    def __enter__(self) -> Self:
        own_folder(self.folder)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir()
        with self.log.open("wb") as log:
            # A session of its own, so that this process passes on an interrupt from the keyboard, in order.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.aws_server"],
                env=self._environment(),
                cwd=ROOT,
                stdin=subprocess.PIPE,  # it ends with this process, however that ends
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends ministack and the functions that it runs: they share its process group."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                continue

    def create_queue(self, name: str, **attributes: str) -> str:
        """Creates a queue and returns its URL."""
        return self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def create_table(self, name: str) -> None:
        """Creates a state table with the key that the template gives it."""
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "target", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "target", "KeyType": "HASH"}],
        )

    def keep_secret(self, name: str, secret: str) -> None:
        """Stores a secret under a name of SSM, in place of an earlier one."""
        self.access.keep_secret(name, secret)

    def send(self, queue_url: str, count: int) -> None:
        """Puts messages into a queue, ten a call."""
        for start in range(0, count, 10):
            numbers = range(start, min(start + 10, count))
            entries = [{"Id": str(number), "MessageBody": f"job {number}"} for number in numbers]
            self.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=entries)

    def backlog(self, queue_url: str) -> int:
        """The messages that wait."""
        name = "ApproximateNumberOfMessages"
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
        return int(attributes["Attributes"][name])

    def state_item(self, table: str, target: str) -> dict[str, Any]:
        """The state item in DynamoDB's own notation; empty if there is none."""
        key = {"target": {"S": target}}
        return self.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})

    def log_lines(self, group: str, since_ms: int = 0) -> list[str]:
        """The lines of a log group from an instant on."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
        return [event["message"] for page in pages for event in page["events"]]

    def _environment(self) -> dict[str, str]:
        """Only the variables named here: a function of ministack has its full environment, except the key."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            KEY_VARIABLE: KEY,
            SESSION_VARIABLE: SESSION,
        }

    def _wait_until_ready(self) -> None:
        for _ in until(START_SECONDS_MAX):
            if self.process.poll() is not None:
                raise LocalAwsError(f"ministack ended while starting; {self.log} has the cause")
            try:
                self.client("sts").get_caller_identity()
                return
            except (BotoCoreError, ClientError):
                continue
        raise LocalAwsError(f"ministack did not answer within {START_SECONDS_MAX:.0f} s; {self.log} may have the cause")


def own_folder(folder: Path) -> None:
    """Creates a folder, or takes an existing one, that only its owner can read."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


class Stack:
    """One deployment of a template."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.aws = aws
        self.name = name
        self.outputs: dict[str, str] = {}

    def deploy(self, template: Path, variables: dict[str, str], bootstrap: Path) -> Self:
        """Creates or updates the stack. The template's defaults apply to the rest.

        A variable without a parameter of its own goes with the others into DynoscalerSettings.
        """
        cloudformation = self.aws.client("cloudformation")
        kind = "UPDATE" if self._exists() else "CREATE"
        names = {"StackName": self.name, "ChangeSetName": f"deploy-{time.time_ns()}"}
        given = parameters(template.read_text(), variables)
        cloudformation.create_change_set(
            **names,
            ChangeSetType=kind,
            Capabilities=CAPABILITIES,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            TemplateURL=self._template_url(template, bootstrap),
        )
        try:
            cloudformation.get_waiter("change_set_create_complete").wait(**names, WaiterConfig={"Delay": 1})
            cloudformation.execute_change_set(**names)
            waiter = cloudformation.get_waiter(f"stack_{kind.lower()}_complete")
            waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        except WaiterError as error:
            raise LocalAwsError(f"{template.name} was not deployed: {self._complaints() or error}") from error
        self.outputs = self._outputs()
        return self

    def _template_url(self, template: Path, bootstrap: Path) -> str:
        """Both in S3, as `sam deploy` does: a request holds 51,200 bytes of a template, S3 a megabyte."""
        self.aws.client("s3").create_bucket(Bucket=BUCKET)
        code = self._upload(zipped(bootstrap), "zip")
        key = self._upload(packaged(template.read_text(), f"s3://{BUCKET}/{code}").encode(), "yaml")
        return f"{self.aws.url}/{BUCKET}/{key}"

    def _upload(self, content: bytes, kind: str) -> str:
        """Puts a file into the bucket under a name made of its content, and returns that."""
        key = f"{hashlib.sha256(content).hexdigest()[:16]}.{kind}"
        self.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)
        return key

    def _exists(self) -> bool:
        try:
            return bool(self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"])
        except ClientError:
            return False

    def _outputs(self) -> dict[str, str]:
        stack = self.aws.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _complaints(self) -> str:
        events = self.aws.client("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
        return "; ".join(f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', 'no reason')}" for e in failed)


def parameters(template: str, variables: dict[str, str]) -> dict[str, str]:
    """The template's parameters for environment variables, and for parameters by their own names."""
    section = template.split("\nParameters:\n")[1].split("\nMappings:\n")[0]
    own = set(re.findall(r"^  (\w+):$", section, re.MULTILINE))
    given = {parameter(name): value for name, value in variables.items() if parameter(name) in own}
    others = {name: value for name, value in variables.items() if parameter(name) not in own}
    settings = [given.get(SETTINGS, ""), *(f"{name}={value}" for name, value in others.items())]
    return given | {SETTINGS: " ".join(filter(None, settings))}


def parameter(variable: str) -> str:
    """The name in camel case that an environment variable has as a parameter."""
    return "".join(part.capitalize() for part in variable.split("_")) if "_" in variable else variable


def packaged(template: str, code_uri: str) -> str:
    """The template with its code in S3, as `aws cloudformation package` makes it."""
    text, count = re.subn(r"^(\s+CodeUri:).*$", rf"\1 {code_uri}", template, flags=re.MULTILINE)
    if count != 1:
        raise LocalAwsError(f"the template has {count} lines with CodeUri, must be 1")
    return text


def zipped(bootstrap: Path) -> bytes:
    """A deployment package: the binary alone, marked executable."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, bootstrap.read_bytes())
    return content.getvalue()


def until(seconds: float) -> Iterator[float]:
    """Turns of waiting, each a moment after the last, for as long as the time lasts."""
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < seconds:
        yield elapsed
        time.sleep(POLL_SECONDS)
