"""ministack behind a guard: it serves its owner alone, who has this run's key.

    LOCAL_AWS_KEY=... AWS_SESSION_TOKEN=... GATEWAY_PORT=... python -m local.aws_server

ministack itself checks no key, and neither does the Runtime API that it opens for each function. So
a request is checked before ministack gets it: the user who connects, the host and origin, and the key
that signed it. The signature is not checked: only the owner has a key of this run.

Must not know: what is requested of AWS.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from socketserver import BaseServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from local.guard import refuses_peer, refuses_request

KEY_VARIABLE, SESSION_VARIABLE = "LOCAL_AWS_KEY", "AWS_SESSION_TOKEN"
QUERY = re.compile(r'SELECT (\w+)\((\w+)\) FROM SCHEMA\("([^"]+)"')
KEY_IN_HEADER = re.compile(r"Credential=([^/]+)/")

Scope = dict[str, Any]
Application = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True)
class Keys:
    """The keys that grant access: the owner's, or the session that ministack gives to the functions that it runs."""

    key: str
    session: str

    def refuse(self, headers: dict[str, str], query: str) -> str | None:
        """Why a request is refused; None if it has the key: in a header or, in a presigned URL of either kind, in the query."""
        presigned = {name.lower(): values[-1] for name, values in parse_qs(query).items()}
        signed = KEY_IN_HEADER.search(headers.get("authorization", ""))
        in_query = presigned.get("x-amz-credential", "").split("/")[0] or presigned.get("awsaccesskeyid", "")
        key = signed[1] if signed else in_query
        session = headers.get("x-amz-security-token", presigned.get("x-amz-security-token", ""))
        is_known = _same(key, self.key) or _same(session, self.session)
        return None if is_known else "the access key is not this run's"


def _same(given: str, own: str) -> bool:
    return hmac.compare_digest(given.encode(), own.encode())


def guarded(application: Application, keys: Keys) -> Application:
    """The application behind the guard."""

    async def guard(scope: Scope, receive: Any, send: Any) -> None:
        refusal = None if scope["type"] == "lifespan" else refused(scope, keys)
        if refusal is None:
            await application(scope, receive, send)
        elif scope["type"] == "http":
            await _answer(send, refusal)
        else:
            await send({"type": "websocket.close", "code": 1008})

    return guard


def refused(scope: Scope, keys: Keys) -> str | None:
    """Why a request is refused; None if it is not."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    peer = (tuple(scope["client"][:2]), tuple(scope["server"][:2]))
    return (
        refuses_peer(peer)
        or refuses_request(headers, peer[1][1])
        or keys.refuse(headers, scope["query_string"].decode("latin-1"))
    )


async def _answer(send: Any, refusal: str) -> None:
    body = json.dumps({"__type": "AccessDeniedException", "message": refusal}).encode()
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_owners(_server: BaseServer, request: Any, client_address: Any) -> bool:
    return refuses_peer((client_address, request.getsockname())) is None


def of_its_metric(alarm: dict[str, Any]) -> dict[str, Any]:
    """The properties of an alarm, of which a query's is one on the metric of the query.

    ministack knows no queries. It reads no dimensions either, so that an alarm on a metric is one on all its targets.
    """
    if "Metrics" not in alarm:
        return alarm
    [query] = alarm["Metrics"]
    statistic, metric, namespace = QUERY.match(query["Expression"]).groups()
    others = {name: value for name, value in alarm.items() if name != "Metrics"}
    watched = {"Namespace": namespace, "MetricName": metric, "Statistic": statistic.capitalize(), "Period": query["Period"]}
    return others | watched


def _end_with_the_parent() -> None:
    """Standard input closes when the process that started this one has ended. No function outlives it either."""
    sys.stdin.buffer.read()
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Serves until terminated. The key is removed from the environment, which every function inherits."""
    keys = Keys(os.environ.pop(KEY_VARIABLE), os.environ[SESSION_VARIABLE])
    Thread(target=_end_with_the_parent, daemon=True).start()
    os.umask(0o077)
    os.chdir(os.environ["HOME"])
    # The check before a connection is served, for the Runtime APIs, which ministack builds on this class.
    BaseServer.verify_request = _is_owners
    import ministack.app

    from ministack.services.cloudformation import provisioners

    recorded = provisioners._cw_metric_alarm_record
    provisioners._cw_metric_alarm_record = lambda name, alarm: recorded(name, of_its_metric(alarm))
    ministack.app.app = guarded(ministack.app.app, keys)
    ministack.app.main()


if __name__ == "__main__":
    main()
