"""Minimal SQS, DynamoDB, SSM, Heroku and Elasticsearch, for runs of many thousand cycles.

Has as much of each protocol as the function needs. All queues have the same number of messages.
Must not know: why the function sends a request.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from typing import Any, Self

from local.guard import LOOPBACK, refuses_peer, refuses_request

SERVICES = ("sqs", "dynamodb", "ssm", "heroku", "elasticsearch")
Answer = tuple[int, Any]


class Light:
    """The servers, one for each service, and what they hold, running while the `with` block does, in a thread of its own."""

    def __init__(self, apps: dict[str, dict[str, int]]) -> None:
        """`apps` has the quantity of each process type of each app."""
        self.apps = apps
        self.messages = 0
        self.items: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, int] = {}
        self.quantities_set: list[int] = []
        self.delay_seconds = 0.0
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def close_connections(self) -> None:
        """Closes every connection, as servers do with idle ones, and waits until that is done."""
        asyncio.run_coroutine_threadsafe(self._close_connections(), self._loop).result()

    async def _close_connections(self) -> None:
        for writer in list(self._writers):
            writer.close()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        servers = {name: await asyncio.start_server(self._connection, LOOPBACK, 0) for name in SERVICES}
        self.urls = {name: f"http://{LOOPBACK}:{each.sockets[0].getsockname()[1]}" for name, each in servers.items()}
        self._started.set()
        await self._ended.wait()
        for server in servers.values():
            server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while not refuses_peer((writer.get_extra_info("peername"), writer.get_extra_info("sockname"))):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                refusal = refuses_request(_headers(head), writer.get_extra_info("sockname")[1])
                status, content = (403, refusal) if refusal else self._answer(head, _parsed(body))
                text = json.dumps(content).encode()
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(f"HTTP/1.1 {status} Light\r\ncontent-length: {len(text)}\r\n\r\n".encode() + text)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self._writers.discard(writer)

    def _answer(self, head: str, body: Any) -> Answer:
        target = re.search(r"x-amz-target: *\w+\.(\w+)", head, re.IGNORECASE)
        name = target[1] if target else head.split(" ", 1)[0]
        self.calls[name] = self.calls.get(name, 0) + 1
        match name:
            case "GetQueueUrl":
                return 200, {"QueueUrl": f"{self.urls['sqs']}/000000000000/{body['QueueName']}"}
            case "GetQueueAttributes":
                return 200, {"Attributes": {part: str(count) for part, count in self._counts().items()}}
            case "GetParameter":
                return 200, {"Parameter": {"Value": f"the value of {body['Name']}".replace(" ", "-")}}
            case "GetItem":
                item = self.items.get(body["Key"]["target"]["S"])
                return 200, {"Item": item} if item else {}
            case "UpdateItem":
                return self._update(body)
            case "GET":
                formation = self.apps[_segments(head)[1]]
                return 206, [{"type": process, "quantity": quantity} for process, quantity in formation.items()]
            case "PATCH":
                _, app, _, process = _segments(head)
                self.apps[app][process] = body["quantity"]
                self.quantities_set.append(body["quantity"])
                return 200, {"type": process, "quantity": body["quantity"]}
            case "PUT":
                return 201, {"result": "created"}
            case "POST":
                return 200, {"items": [{"create": line["create"] | {"status": 201}} for line in body[::2]]}
        return 404, {"id": "not_found", "message": name}

    def _counts(self) -> dict[str, int]:
        name = "ApproximateNumberOfMessages"
        return {name: self.messages, f"{name}NotVisible": 0, f"{name}Delayed": 0}

    def _update(self, request: dict[str, Any]) -> Answer:
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        key = request["Key"]["target"]["S"]
        item = self.items.get(key, request["Key"])
        if item.get("version") != values.get(":expected"):
            error = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
            return 400, {"__type": error, "message": "The conditional request failed", "Item": item}
        update, _, removed = request["UpdateExpression"].partition(" REMOVE ")
        pairs = re.findall(r"(#\w+) = (:\w+)", update)
        changed = {names[name]: values[value] for name, value in pairs}
        gone = {names[name] for name in re.findall(r"#\w+", removed)}
        self.items[key] = {name: value for name, value in (item | changed).items() if name not in gone}
        return 200, {"Attributes": changed}


def _parsed(body: bytes) -> Any:
    """A bulk request has one value a line."""
    try:
        return json.loads(body or b"null")
    except json.JSONDecodeError:
        return [json.loads(line) for line in body.splitlines()]


def _segments(head: str) -> list[str]:
    return head.split(" ", 2)[1].strip("/").split("/")


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.splitlines()[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}
