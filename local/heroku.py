"""A stateful stand-in for the part of Heroku's Platform API v3 that scaling uses.

It holds one app: its process types, their quantities, and dynos that boot and stop. What it receives
and what it sends is checked against `schemas/heroku-formation.schema.json`, and it can be made to
fail in each documented way (`heroku_faults.FAULTS`). Everything below `/_control` belongs to the
stand-in and is no part of Heroku.

Must not know: AWS, queues, how scaling is decided.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from local.heroku_app import APP_ID, CEDAR, FIR, App, Generation, ProcessType
from local.heroku_faults import (
    APP_NOT_FOUND,
    BAD_REQUEST,
    FAULTS,
    NOT_ACCEPTABLE,
    ODDITIES,
    REFUSALS,
    UNAUTHORIZED,
    Act,
    Fault,
    Refusal,
    Refused,
    above_limit,
    type_not_found,
)  # fmt: skip
from local.serving import Handler, Server

SCHEMA = json.loads((Path(__file__).parents[1] / "schemas/heroku-formation.schema.json").read_text())
ACCEPT = "application/vnd.heroku+json; version=3"
CALLS_PER_HOUR = 4500
CONTROLS = (("GET", "state"), ("POST", "faults"), ("DELETE", "faults"), ("POST", "quantity"), ("POST", "maintenance"), ("POST", "token"))
GENERATIONS = {"cedar": CEDAR, "fir": FIR}


@cache
def validator(definition: str) -> Draft202012Validator:
    """The check for one definition of the schema."""
    return Draft202012Validator(
        {**SCHEMA, "$ref": f"#/$defs/{definition}"}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


class Heroku(Server):
    """The stand-in. Use it as a context manager, or run this module."""

    def __init__(
        self,
        app: str = "my-app",
        quantities: dict[str, int] | None = None,
        token: str = "HRKU-local",
        boot_seconds: float = 0.0,
        port: int = 0,
        generation: Generation = CEDAR,
    ) -> None:
        super().__init__(HerokuHandler, port)
        # `web` precedes `worker`, so that code which takes the first entry fails.
        self.app = App(app, quantities or {"release": 0, "web": 2, "worker": 1}, boot_seconds, generation)
        self.token = token
        self.lock = threading.RLock()
        self.faults: list[Fault] = []
        self.requests: list[dict[str, Any]] = []
        self.patches: list[dict[str, Any]] = []
        self.own_faults: list[str] = []
        self.calls_left = CALLS_PER_HOUR
        self.maintenance = False
        self.limit = generation.dynos_max
        """The most dynos of all process types together."""

    def fail(self, method: str, fault: str, times: int | None = 1, **options: Any) -> None:
        """Makes the next requests of a method fail."""
        with self.lock:
            self.faults.append(Fault(fault, method, times, **options))

    def recover(self) -> None:
        """Removes every fault that has not occurred yet."""
        with self.lock:
            self.faults.clear()

    def quantity(self, process: str = "worker") -> int:
        """The quantity requested of Heroku."""
        with self.lock:
            return self.app.types[process].quantity

    def set_quantity(self, quantity: int, process: str = "worker") -> None:
        """An operator's change, from the dashboard."""
        with self.lock:
            self.app.scale(self.app.types[process], quantity)

    def dynos_up(self, process: str = "worker") -> list[str]:
        """The names of the dynos that run."""
        with self.lock:
            return [d["name"] for d in self.app.dynos() if d["type"] == process and d["state"] == "up"]

    def take_fault(self, method: str) -> Fault | None:
        """The fault of this request, if any."""
        with self.lock:
            fault = next((fault for fault in self.faults if fault.method == method), None)
            if fault and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
            return fault

    def state(self) -> dict[str, Any]:
        """The full state, for an observer."""
        with self.lock:
            return {
                "app": self.app.name,
                "quantity": {name: kind.quantity for name, kind in self.app.types.items()},
                "dynos": self.app.dynos(),
                "patches": list(self.patches),
                "requests": list(self.requests),
                "faults": [asdict(fault) for fault in self.faults],
                "own_faults": list(self.own_faults),
            }


class HerokuHandler(Handler):
    """One connection to the stand-in."""

    server: Heroku

    def handle_request(self) -> None:
        """Control, or the Platform API with its checks in the order in which Heroku makes them."""
        if self.segments[0] == "_control":
            self._control()
            return
        self.request_id = ",".join(filter(None, [self.headers.get("Request-Id"), str(uuid.uuid4()), str(uuid.uuid4())]))
        with self.server.lock:
            self.server.requests.append(self._logged())
        try:
            self._check_headers()
            self._serve()
        except Refused as refused:
            self.send(refused.refusal.status, refused.refusal.body(), "error")

    def _serve(self) -> None:
        match [self.command, *self.segments]:
            case ["GET", "account", "rate-limits"]:
                self.send(200, {"remaining": self.server.calls_left})
            case ["GET", "apps"]:
                self.send(200, [{"id": APP_ID, "name": self.server.app.name}])
            case [_, "apps", name, *rest] if name in (self.server.app.name, APP_ID):
                self.server.calls_left -= 1
                self._serve_app(rest)
            case [_, "apps", *_]:
                raise Refused(APP_NOT_FOUND)
            case _:
                raise Refused(Refusal(404, "not_found", "The requested API endpoint was not found."))

    def _serve_app(self, rest: list[str]) -> None:
        app = self.server.app
        match [self.command, *rest]:
            case ["GET"]:
                self.send(200, {"id": APP_ID, "name": app.name, "maintenance": self.server.maintenance})
            case ["GET", "dynos"]:
                self.send(200, app.dynos())
            case ["GET", "formation"]:
                self._with_faults(self._list)
            case ["GET", "formation", kind]:
                self._with_faults(lambda: (200, app.formation(self._kind(kind)), "formation"))
            case ["PATCH", "formation", kind]:
                self._with_faults(lambda: self._update(kind))
            case _:
                raise Refused(Refusal(404, "not_found", "The requested API endpoint was not found."))

    def _kind(self, id_or_type: str) -> ProcessType:
        kind = self.server.app.find(id_or_type)
        if kind is None:
            raise Refused(type_not_found(id_or_type))
        return kind

    def _list(self) -> tuple[int, Any, str]:
        kinds = [self.server.app.formation(kind) for kind in self.server.app.types.values()]
        most = re.search(r"max=(\d+)", self.headers.get("Range", ""))
        page = kinds[: int(most[1])] if most else kinds
        return 200 if len(page) == len(kinds) else 206, page, "formationList"

    def _update(self, id_or_type: str) -> tuple[int, Any, str]:
        with self.server.lock:
            kind = self._kind(id_or_type)
            body = self._checked_update()
            self._check_limit(kind, int(body.get("quantity", kind.quantity)))
            record = {"at": time.time(), "type": kind.name, "body": body, "from": kind.quantity}
            self.server.patches.append(record)
            self.server.app.scale(kind, int(body.get("quantity", kind.quantity)))
            return 200, self.server.app.formation(kind), "formation"

    def _check_limit(self, kind: ProcessType, quantity: int) -> None:
        limit = self.server.limit
        others = sum(other.quantity for other in self.server.app.types.values() if other is not kind)
        if limit is not None and max(kind.quantity, limit - others) < quantity:
            raise Refused(above_limit(limit, self.server.app.generation.size))

    def _checked_update(self) -> dict[str, Any]:
        try:
            body = self.json_body()
        except ValueError:
            raise Refused(BAD_REQUEST) from None
        faults = [error.message for error in validator("formationUpdate").iter_errors(body)]
        if faults:
            raise Refused(Refusal(422, "invalid_params", "; ".join(faults)))
        return body

    def _check_headers(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            raise Refused(UNAUTHORIZED)
        if self.headers.get("Accept") != ACCEPT:
            raise Refused(NOT_ACCEPTABLE)
        if not self.headers.get("User-Agent"):
            raise Refused(Refusal(400, "bad_request", "Please send a User-Agent."))

    def _with_faults(self, act: Act) -> None:
        fault = self.server.take_fault(self.command)
        if fault is None:
            self.send(*act())
        elif fault.fault in REFUSALS:
            raise Refused(REFUSALS[fault.fault])
        else:
            ODDITIES[fault.fault](self, fault, act)

    def send(self, status: int, content: Any, definition: str | None = None) -> None:
        """Sends an answer of Heroku's, unless the schema does not allow it."""
        faults = [error.message for error in validator(definition).iter_errors(content)] if definition else []
        if faults:
            self.server.own_faults.extend(faults)
            self.answer(500, {"id": "stand_in", "message": "; ".join(faults)}, self.extra_headers())
        else:
            self.answer(status, content, self.extra_headers(status))

    def extra_headers(self, status: int = 200) -> dict[str, str]:
        headers = {
            "Request-Id": self.request_id,
            "RateLimit-Remaining": str(self.server.calls_left),
            "Oauth-Scope": "write",
            "Oauth-Scope-Accepted": "global write write-protected",
        }
        return headers | ({"Next-Range": "id ]..; max=200"} if status == 206 else {})

    def _logged(self) -> dict[str, Any]:
        return {
            "at": time.time(),
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers.items()),
            "body": self.body.decode(errors="replace"),
            "request_id": self.request_id,
        }

    def _control(self) -> None:
        match [self.command, *self.segments[1:]]:
            case ["GET", "state"]:
                self.answer(200, self.server.state())
            case ["POST", "faults"]:
                self._add_faults()
            case ["DELETE", "faults"]:
                self.server.recover()
                self.answer(204)
            case ["POST", "token"]:
                with self.server.lock:
                    self.server.token = self.json_body()["token"]
                self.answer(204)
            case ["POST", "quantity"]:
                change = self.json_body()
                self.server.set_quantity(change["quantity"], change.get("type", "worker"))
                self.answer(204)
            case ["POST", "maintenance"]:
                self.server.maintenance = self.json_body()["on"]
                self.answer(204)
            case _:
                self.answer(404, {"control": [f"{method} {path}" for method, path in CONTROLS]})

    def _add_faults(self) -> None:
        given = self.json_body()
        try:
            faults = [Fault(**fault) for fault in (given if isinstance(given, list) else [given])]
        except (TypeError, ValueError) as error:
            self.answer(422, {"message": str(error), "faults": list(FAULTS)})
            return
        with self.server.lock:
            self.server.faults.extend(faults)
        self.answer(204)


def main() -> None:
    """Serves until interrupted; the first line of the output is the address."""
    parser = argparse.ArgumentParser(prog="python -m local.heroku", description="A stand-in for Heroku's Platform API.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--app", default="my-app")
    parser.add_argument("--process", default="worker", help="a process type beside web")
    parser.add_argument("--quantity", type=int, default=1)
    parser.add_argument("--token", default="HRKU-local")
    parser.add_argument("--boot-seconds", type=float, default=5.0)
    parser.add_argument("--generation", choices=GENERATIONS, default="cedar")
    options = parser.parse_args()
    quantities = {"release": 0, "web": 2, options.process: options.quantity}
    try:
        generation = GENERATIONS[options.generation]
        stand_in = Heroku(options.app, quantities, options.token, options.boot_seconds, options.port, generation)
    except OSError as error:
        sys.exit(f"cannot listen on port {options.port}: {error.strerror}")
    with stand_in as heroku:
        print(heroku.url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
