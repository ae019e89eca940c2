"""A proxy before the local AWS: it records each call and its key, and can change the answer.

It accepts the keys that the local AWS would accept: those of this run, of which the function has several.

Must not know: what the calls mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from local.serving import Handler, Server


@dataclass(frozen=True)
class Call:
    """One call: the service, the operation, and the access key that signed it."""

    service: str
    operation: str
    access_key: str


Forward = Callable[[], None]
Intervention = Callable[["ProxyHandler", Forward], None]


class RecordingProxy(Server):
    """The proxy. An intervention replaces the next answer to an operation."""

    def __init__(self, upstream: str, session: str, keys: set[str]) -> None:
        super().__init__(ProxyHandler)
        self.upstream = upstream
        self.session = session
        self.keys = keys
        self.calls: list[Call] = []
        self.interventions: list[tuple[str, Intervention]] = []

    def intervene(self, operation: str, intervention: Intervention, times: int = 1) -> None:
        """Replaces the answers to the next calls of an operation."""
        self.interventions.extend([(operation, intervention)] * times)

    def take(self, operation: str) -> Intervention | None:
        """The intervention for a call, if there is one."""
        entry = next((entry for entry in self.interventions if entry[0] == operation), None)
        if entry is None:
            return None
        self.interventions.remove(entry)
        return entry[1]

    def operations(self, service: str) -> list[str]:
        """The operations that a service was called for, in order."""
        return [call.operation for call in self.calls if call.service == service]


class ProxyHandler(Handler):
    """One connection through the proxy."""

    server: RecordingProxy

    def handle_request(self) -> None:
        """Records the call, then forwards it or runs an intervention."""
        call = self._call()
        if call.access_key not in self.server.keys:
            self.refuse("the access key is not this run's")
            return
        self.server.calls.append(call)
        intervention = self.server.take(call.operation)
        if intervention:
            intervention(self, self.forward)
        else:
            self.forward()

    def forward(self) -> None:
        """Forwards the call to the local AWS and returns its answer to the client."""
        self.answer(*self.upstream_answer())

    def upstream_answer(self) -> tuple[int, bytes, dict[str, str]]:
        """Forwards the call to the local AWS and returns its answer to the test."""
        return self.answer_of(self.server.upstream, {"x-amz-security-token": self.server.session})

    def _call(self) -> Call:
        signed = re.search(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", self.headers.get("Authorization", ""))
        access_key, service = signed.groups() if signed else ("", "")
        return Call(service, self.headers.get("X-Amz-Target", "").rpartition(".")[2], access_key)
