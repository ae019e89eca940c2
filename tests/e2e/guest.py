"""A user with a folder that can be deployed and a terminal, and the stack that the user makes with the real SAM CLI.

Must not know: what is in the folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.aws import REGION, LocalAws
from tests.e2e.guide import Dialogue, converse, press
from tests.e2e.world import ROOT

SAM = ROOT / ".local/sam-venv/bin/sam"
GUIDE_SECONDS_MAX = 400


@dataclass
class Guest:
    """A user with a folder of the project, commands on the path, and a terminal."""

    aws: LocalAws
    project: Path
    home: Path
    path: str
    variables: dict[str, str] = field(default_factory=dict)
    """Set in this user's shell, beside the credentials for AWS."""

    def builds(self) -> Dialogue:
        """Types `sam build`."""
        return self.types(str(SAM), "build")

    def deploys(self, *options: str, **answers: str) -> Dialogue:
        """Types `sam deploy --guided`, then these answers, and Enter at every other question."""
        return self.deploys_saying({f"Parameter {name}": text for name, text in answers.items()}, *options)

    def deploys_saying(self, answers: Mapping[str, str], *options: str) -> Dialogue:
        """The same with SAM's own questions, by their text."""
        return self.types(str(SAM), "deploy", "--guided", *options, answers=answers)

    def deploys_again(self) -> Dialogue:
        """Types `sam deploy`, which has no questions."""
        return self.types(str(SAM), "deploy")

    def types(self, *command: str, answers: Mapping[str, str] | None = None) -> Dialogue:
        """Types a command, and the answers to its questions."""
        return converse([*command], answers or {}, self.project, self.environment(), GUIDE_SECONDS_MAX)

    def presses(self, *command: str, keys: Sequence[tuple[str, str]]) -> Dialogue:
        """Types a command, and these keys when each text is shown."""
        return press([*command], keys, self.project, self.environment(), GUIDE_SECONDS_MAX)

    def environment(self) -> dict[str, str]:
        """The variables of this user's shell."""
        return {
            "PATH": self.path,
            "HOME": str(self.home),
            "TERM": "xterm",
            "COLUMNS": "200",
            "SAM_CLI_TELEMETRY": "0",
            "CARGO_TARGET_DIR": str(self.home / "target"),
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": self.aws.access.key,
            "AWS_SECRET_ACCESS_KEY": self.aws.access.secret,
            "AWS_DEFAULT_REGION": REGION,
        } | self.variables

    def stack(self, name: str = "dynoscaler") -> Deployment:
        """The state at the end."""
        [stack] = self.aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        return Deployment(self.aws, outputs)


@dataclass
class Deployment:
    """A stack that a user made."""

    aws: LocalAws
    outputs: dict[str, str]

    def variables(self) -> dict[str, str]:
        """The function's environment."""
        function = self.aws.client("lambda").get_function_configuration(FunctionName=self.outputs["FunctionName"])
        return function["Environment"]["Variables"]

    def invoke(self) -> Any:
        """One invocation; gives the record, or the error."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.outputs["FunctionName"], Payload=b"{}")
        payload = json.loads(answer["Payload"].read())
        return payload["cycles"][0] if "cycles" in payload else payload

    def invoke_all(self) -> list[dict[str, Any]]:
        """One invocation of a fleet; gives the record of each target."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.outputs["FunctionName"], Payload=b"{}")
        return json.loads(answer["Payload"].read())["cycles"]

    def records(self) -> list[dict[str, Any]]:
        """Every record in the log group."""
        lines = self.aws.log_lines(self.outputs["LogGroupName"])
        return [record for line in lines if line.startswith("{") and "reason" in (record := json.loads(line))]
