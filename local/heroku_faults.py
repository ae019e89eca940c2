"""The ways in which Heroku fails, each as it is documented or was seen.

Must not know the app, nor when to fail.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.serving import HTML, JSON

DOCS_URL = "https://devcenter.heroku.com/articles/platform-api-reference#error-responses"
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Application Error</title></head><body>Application error</body></html>"
OVERSIZE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Refusal:
    """An answer of Heroku's that is an error."""

    status: int
    id: str
    message: str
    extra: dict[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The error object."""
        return {"id": self.id, "message": self.message, "url": DOCS_URL, **self.extra}


BAD_REQUEST = Refusal(400, "bad_request", "Unable to parse the request.")
UNAUTHORIZED = Refusal(401, "unauthorized", "Invalid credentials provided.")
APP_NOT_FOUND = Refusal(404, "not_found", "Couldn't find that app.", {"resource": "app"})
NOT_ACCEPTABLE = Refusal(406, "not_acceptable", "Please specify a version along with Heroku's API MIME type.")
REFUSALS = {
    "bad_request": BAD_REQUEST,
    "unauthorized": UNAUTHORIZED,
    "delinquent": Refusal(402, "delinquent", "Please pay your outstanding balance."),
    "forbidden": Refusal(403, "forbidden", "You do not have access to the app."),
    "suspended": Refusal(403, "suspended", "This account is suspended."),
    "app_not_found": APP_NOT_FOUND,
    "type_not_found": Refusal(404, "not_found", "Couldn't find that process type (worker)."),
    "not_acceptable": NOT_ACCEPTABLE,
    "conflict": Refusal(409, "conflict", "Another change to the formation is running."),
    "invalid_params": Refusal(422, "invalid_params", "App must be deployed before dynos can be scaled."),
    "preboot": Refusal(
        422, "invalid_params", "Cannot change formation for a preboot app until release phase and preboot complete"
    ),
    "rate_limit": Refusal(
        429,
        "rate_limit",
        "Your account reached the API rate limit\nPlease wait a few minutes before making new requests",
    ),
    "unavailable": Refusal(503, "unavailable", "Could not complete the action. Please try again later."),
}


def type_not_found(name: str) -> Refusal:
    """Heroku's answer to a process type that the current release does not declare."""
    return Refusal(404, "not_found", f"Couldn't find that process type ({name}).", {"resource": "formation"})


def above_limit(limit: int, size: str) -> Refusal:
    """Heroku's answer to more dynos than the account may run."""
    message = f"Cannot update to more than {limit} {size} size dynos per process type."
    return Refusal(422, "cannot_update_above_limit", message, {"limit": limit})


class Refused(Exception):
    """A request that Heroku refuses."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


# Answers that are no refusals: those of networks, routers and failing servers.

Act = Callable[[], tuple[int, Any, str]]
"""Serves a request: gives the status, the content, and its definition in the schema."""


class Answering(Protocol):
    """The holder of the connection."""

    def answer(self, status: int, content: Any = b"", headers: dict[str, str] | None = None) -> None:
        """Sends an answer as it is."""

    def answer_truncated(self, status: int, body: bytes) -> None:
        """Sends half an answer."""

    def reset(self) -> None:
        """Ends the connection."""

    def send(self, status: int, content: Any, definition: str) -> None:
        """Sends an answer that the schema allows."""

    def extra_headers(self, status: int = 200) -> dict[str, str]:
        """The headers that Heroku adds to every answer."""


def _answers(status: int, body: bytes, content_type: str) -> Callable[[Answering, Fault, Act], None]:
    def oddity(handler: Answering, _fault: Fault, _act: Act) -> None:
        handler.answer(status, body, {**handler.extra_headers(), "Content-Type": content_type})

    return oddity


def _above_limit(_handler: Answering, fault: Fault, _act: Act) -> None:
    raise Refused(above_limit(fault.limit, "Standard-1X"))


def _server_error(handler: Answering, _fault: Fault, _act: Act) -> None:
    handler.answer(500, b"", handler.extra_headers())


def _wrong_types(handler: Answering, _fault: Fault, act: Act) -> None:
    status, content, _ = act()
    entries = content if isinstance(content, list) else [content]
    for entry in entries:
        entry["quantity"] = str(entry["quantity"])
    handler.answer(status, content, handler.extra_headers())


def _type_missing(handler: Answering, _fault: Fault, act: Act) -> None:
    status, content, _ = act()
    handler.send(status, [entry for entry in content if entry["type"] == "web"], "formationList")


def _partial(handler: Answering, _fault: Fault, act: Act) -> None:
    _, content, definition = act()
    handler.send(206, content, definition)


def _slow(handler: Answering, fault: Fault, act: Act) -> None:
    time.sleep(fault.seconds)
    handler.send(*act())


def _reset(handler: Answering, _fault: Fault, _act: Act) -> None:
    handler.reset()


def _applied_then_reset(handler: Answering, _fault: Fault, act: Act) -> None:
    act()
    handler.reset()


def _oversize(handler: Answering, _fault: Fault, act: Act) -> None:
    status, content, _ = act()
    handler.answer(status, json.dumps(content).encode() + b" " * OVERSIZE_BYTES, handler.extra_headers())


def _truncated(handler: Answering, _fault: Fault, act: Act) -> None:
    status, content, _ = act()
    handler.answer_truncated(status, json.dumps(content).encode())


ODDITIES: dict[str, Callable[[Answering, Fault, Act], None]] = {
    "above_limit": _above_limit,
    "server_error": _server_error,
    "unavailable_html": _answers(503, HTML_PAGE, HTML),
    "html": _answers(200, HTML_PAGE, HTML),
    "wrong_json": _answers(200, b'{"unexpected": "answer"}', JSON),
    "wrong_types": _wrong_types,
    "type_missing": _type_missing,
    "partial": _partial,
    "slow": _slow,
    "reset": _reset,
    "applied_then_reset": _applied_then_reset,
    "oversize": _oversize,
    "truncated": _truncated,
}
FAULTS = (*REFUSALS, *ODDITIES)


@dataclass
class Fault:
    """How the next requests fail."""

    fault: str
    method: str = "GET"
    times: int | None = 1  # None: until cleared
    limit: int = 100  # of above_limit
    seconds: float = 30.0  # of slow

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"fault = {self.fault}, must be one of {', '.join(FAULTS)}")
