"""A headless Chromium, driven by its DevTools protocol over a pipe: no package and no port."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
ANSWER_SECONDS_MAX = 60
FIRST_FREE = 10
"""Descriptors from here on are neither those of the pipe, 3 and 4, nor in their way."""


def found() -> str | None:
    """The browser of this machine, if it has one."""
    programs = (shutil.which(name) for name in [os.environ.get("CHROMIUM", ""), *NAMES] if name)
    return next((program for program in programs if program), None)


class Browser:
    """One page of a browser, and what went wrong on it."""

    def __init__(self, program: str, folder: Path) -> None:
        self._buffer = b""
        self._calls = 0
        self._events: list[dict[str, Any]] = []
        [theirs_in, self._to], [self._from, theirs_out] = _pipe(), _pipe()
        # Root may have no sandbox; the only page is the project's own.
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += ["--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
        command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", program, *flags]
        self._log = (folder / "browser.log").open("wb")
        self._process = subprocess.Popen(command, pass_fds=[theirs_in, theirs_out], stdout=self._log, stderr=self._log)
        os.close(theirs_in)
        os.close(theirs_out)
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        self._process.wait(ANSWER_SECONDS_MAX)
        os.close(self._to)
        os.close(self._from)
        self._log.close()

    def open(self, page: Path) -> None:
        """Opens a file, and forgets what happened before."""
        self._events.clear()
        self.call("Page.navigate", url=page.as_uri())
        self._until(lambda: any(event["method"] == "Page.loadEventFired" for event in self._events))

    def show(self, width: int, height: int, scheme: str = "light") -> None:
        """The size of the window, and the theme."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")

    def value(self, script: str) -> Any:
        """The value of an expression on the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        """A key on the element that has the focus."""
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=key)

    def mouse(self, kind: str, x: float, y: float, clicks: int = 1) -> None:
        """The pointer: `mouseMoved`, `mousePressed` or `mouseReleased`."""
        button = "none" if kind == "mouseMoved" else "left"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=clicks)

    def picture(self, file: Path) -> None:
        """All of the page, as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def printed(self, file: Path) -> None:
        """The page on paper, as a PDF."""
        file.write_bytes(base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"]))

    @property
    def faults(self) -> list[dict[str, Any]]:
        """What the console shows in red."""
        is_fault: dict[str, Callable[[dict[str, Any]], bool]] = {
            "Runtime.exceptionThrown": lambda _: True,
            "Runtime.consoleAPICalled": lambda it: it["type"] in {"error", "warning", "assert"},
            "Log.entryAdded": lambda it: it["entry"]["level"] in {"error", "warning"},
        }
        return [event for event in self._events if is_fault.get(event["method"], lambda _: False)(event["params"])]

    @property
    def requests(self) -> list[str]:
        """What the page has loaded, itself included."""
        return [it["params"]["request"]["url"] for it in self._events if it["method"] == "Network.requestWillBeSent"]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer of the browser to one call."""
        self._calls += 1
        message: dict[str, Any] = {"id": self._calls, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        answers: list[dict[str, Any]] = []
        self._until(lambda: bool(answers), lambda it: it.get("id") == self._calls and answers.append(it))
        assert "result" in answers[0], answers[0]
        return answers[0]["result"]

    def _until(self, is_done: Callable[[], bool], take: Callable[[dict[str, Any]], Any] = lambda _: None) -> None:
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while not is_done():
            message = self._message(deadline)
            if "method" in message:
                self._events.append(message)
            take(message)

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            part = os.read(self._from, 1 << 16) if ready else b""
            assert part, f"no answer of the browser; see {self._log.name}"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


def _pipe() -> list[int]:
    """Both ends of a pipe, out of the way of 3 and 4."""
    ends = os.pipe()
    moved = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, FIRST_FREE) for end in ends]
    for end in ends:
        os.close(end)
    return moved
