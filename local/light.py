"""Minimal SQS, DynamoDB, Heroku and Elasticsearch, for runs of many thousand cycles.

Has as much of each protocol as the function needs, and holds one queue, one item and one process type.
Must not know: why the function sends a request.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from typing import Any, Self

from local.guard import LOOPBACK, refuses_peer, refuses_request

SERVICES = ("sqs", "dynamodb", "heroku", "elasticsearch")
Answer = tuple[int, Any]


class Light:
    """The servers, one for each service, and what they hold, running while the `with` block does, in a thread of its own."""

    def __init__(self, app: str, process: str, quantity: int) -> None:
        self.app, self.process, self.quantity = app, process, quantity
        self.messages = 0
        self.item: dict[str, Any] = {}
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
                status, content = (403, refusal) if refusal else self._answer(head, json.loads(body or b"null"))
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
                return 200, {"QueueUrl": f"{self.urls['sqs']}/000000000000/jobs"}
            case "GetQueueAttributes":
                return 200, {"Attributes": {part: str(count) for part, count in self._counts().items()}}
            case "GetItem":
                return 200, {"Item": self.item} if self.item else {}
            case "UpdateItem":
                return self._update(body)
            case "GET":
                return 206, [{"type": self.process, "quantity": self.quantity}]
            case "PATCH":
                self.quantity = body["quantity"]
                self.quantities_set.append(self.quantity)
                return 200, {"type": self.process, "quantity": self.quantity}
            case "PUT":
                return 201, {"result": "created"}
        return 404, {"id": "not_found", "message": name}

    def _counts(self) -> dict[str, int]:
        name = "ApproximateNumberOfMessages"
        return {name: self.messages, f"{name}NotVisible": 0, f"{name}Delayed": 0}

    def _update(self, request: dict[str, Any]) -> Answer:
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        expected = values.get(":expected")
        if self.item.get("version") != expected:
            error = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
            return 400, {"__type": error, "message": "The conditional request failed", "Item": self.item}
        update, _, removed = request["UpdateExpression"].partition(" REMOVE ")
        pairs = re.findall(r"(#\w+) = (:\w+)", update)
        changed = {names[name]: values[value] for name, value in pairs}
        self.item = request["Key"] | self.item | changed
        for name in re.findall(r"#\w+", removed):
            self.item.pop(names[name], None)
        return 200, {"Attributes": changed}


def _headers(head: str) -> dict[str, str]:
    lines = (line.partition(":") for line in head.splitlines()[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}
