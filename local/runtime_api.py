"""A Lambda Runtime API, and a function that runs behind it as Lambda would run it.

Must not know: what the function does.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Self

from local.guard import LOOPBACK
from local.serving import JSON, Handler, Server

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE_KEY = "ASIA" + secrets.token_hex(8).upper()
"""The access key of the function's role, as Lambda hands it to the function. It is this run's."""

ROLE_SECRET, ROLE_SESSION = "role-5ecre7", "role-5e551on"
"""Its secret and its session."""

POLL_SECONDS = 0.05


def fresh_trace_id() -> str:
    """As X-Ray makes one for each invocation."""
    return f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"


@dataclass
class Invocation:
    """One event on its way to the function, and its outcome."""

    event: Any
    timeout_seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    payload: Any = None
    error: dict[str, Any] | None = None

    def settle(self, payload: Any = None, error: dict[str, Any] | None = None) -> None:
        """Stores the outcome and wakes the invoker."""
        self.payload, self.error = payload, error
        self.done.set()


@dataclass(frozen=True)
class Result:
    """The outcome of one invocation: a payload, or an error with `errorType` and `errorMessage`."""

    request_id: str
    payload: Any
    error: dict[str, Any] | None
    duration_seconds: float


class RuntimeApi(Server):
    """The API, version 2018-06-01, for one function with one execution environment."""

    def __init__(self, function_name: str, trace_id: Callable[[], str]) -> None:
        super().__init__(RuntimeApiHandler)
        self.trace_id = trace_id
        self.arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function_name}"
        self.queue: Queue[Invocation] = Queue()
        self.current: Invocation | None = None
        self.init_error: dict[str, Any] | None = None
        self.polled_at: list[float] = []
        """When the function requested an event, by the monotonic clock."""
        self.closing = False

    @property
    def address(self) -> str:
        """`AWS_LAMBDA_RUNTIME_API`: host and port, no scheme."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    def __exit__(self, *exception: Any) -> None:
        self.closing = True
        super().__exit__(*exception)


class RuntimeApiHandler(Handler):
    """One connection of the function's runtime."""

    server: RuntimeApi

    def handle_request(self) -> None:
        """The four calls of the API."""
        match [self.command, *self.segments]:
            case ["GET", "2018-06-01", "runtime", "invocation", "next"]:
                self._next()
            case ["POST", "2018-06-01", "runtime", "invocation", request_id, ("response" | "error") as kind]:
                self._settle(request_id, kind)
            case ["POST", "2018-06-01", "runtime", "init", "error"]:
                self.server.init_error = self.json_body()
                self.answer(202, {"status": "OK"})
            case _:
                self.answer(404, {"errorType": "NotFound", "errorMessage": self.path})

    def _next(self) -> None:
        self.server.polled_at.append(time.monotonic())
        invocation = self._wait()
        if invocation is None:
            self.reset()
            return
        self.server.current = invocation
        deadline_ms = int((time.time() + invocation.timeout_seconds) * 1000)
        headers = {
            "Content-Type": JSON,
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.server.arn,
            "Lambda-Runtime-Trace-Id": self.server.trace_id(),
        }
        self.answer(200, json.dumps(invocation.event).encode(), headers)

    def _wait(self) -> Invocation | None:
        while not self.server.closing:
            try:
                return self.server.queue.get(timeout=POLL_SECONDS)
            except Empty:
                continue
        return None

    def _settle(self, request_id: str, kind: str) -> None:
        invocation = self.server.current
        if invocation is None or invocation.request_id != request_id:
            self.answer(400, {"errorType": "InvalidRequestID", "errorMessage": request_id})
            return
        self.server.current = None
        outcome = {"payload": self.json_body()} if kind == "response" else {"error": self.json_body()}
        self.answer(202, {"status": "OK"})
        invocation.settle(**outcome)


class Function:
    """A `bootstrap` binary in an execution environment of its own, which has the variables that Lambda sets and no others."""

    def __init__(
        self,
        bootstrap: Path,
        variables: dict[str, str],
        name: str = "dynoscaler",
        timeout_seconds: float = 30.0,
        trace_id: Callable[[], str] = fresh_trace_id,
        command: tuple[str, ...] = (),
    ) -> None:
        self.api = RuntimeApi(name, trace_id)
        self.command = command or (str(bootstrap),)
        self.bootstrap = bootstrap
        self.timeout_seconds = timeout_seconds
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self.environment = self._environment(name) | variables
        self._collectors: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.api.__enter__()
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for pipe, lines in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
            collector = threading.Thread(target=self._collect, args=(pipe, lines), daemon=True)
            collector.start()
            self._collectors.append(collector)
        return self

    def __exit__(self, *exception: Any) -> None:
        """Returns when every line that the function wrote has been read."""
        self.kill()
        self.api.__exit__(*exception)
        for collector in self._collectors:
            collector.join()

    @property
    def lines(self) -> list[str]:
        """Everything the function has written so far."""
        return self.stdout + self.stderr

    def invoke(self, event: Any, timeout_seconds: float | None = None) -> Result:
        """Runs one invocation to its end: an answer, an error, a dead process or the time-out."""
        timeout = timeout_seconds or self.timeout_seconds
        invocation = Invocation(event, timeout)
        started = time.monotonic()
        self.api.queue.put(invocation)
        while not invocation.done.wait(POLL_SECONDS):
            if error := self._failure(time.monotonic() - started, timeout):
                invocation.settle(error=error)
        seconds = time.monotonic() - started
        return Result(invocation.request_id, invocation.payload, invocation.error, seconds)

    def kill(self) -> None:
        """Ends the process at once, as Lambda ends an execution environment."""
        self.process.kill()
        self.process.wait()

    def _failure(self, elapsed: float, timeout: float) -> dict[str, Any] | None:
        if self.api.init_error is not None:
            return self.api.init_error
        if self.process.poll() is not None:
            message = f"the process ended with {self.process.returncode}"
            return {"errorType": "Runtime.ExitError", "errorMessage": message}
        if elapsed >= timeout:
            self.kill()
            return {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out after {timeout:.2f} seconds"}
        return None

    def _environment(self, name: str) -> dict[str, str]:
        return {
            "AWS_LAMBDA_RUNTIME_API": self.api.address,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ROLE_KEY,
            "AWS_SECRET_ACCESS_KEY": ROLE_SECRET,
            "AWS_SESSION_TOKEN": ROLE_SESSION,
            "LAMBDA_TASK_ROOT": str(self.bootstrap.parent),
            "_HANDLER": "bootstrap",
            "TZ": ":UTC",
        }

    @staticmethod
    def _collect(pipe: Any, lines: list[str]) -> None:
        with pipe:
            for line in pipe:
                lines.append(line.rstrip("\n"))
