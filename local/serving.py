"""HTTP on the loopback: the server and the handler that every stand-in is built from. Each is its owner's alone.

Must not know: any of the protocols spoken over it.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from local.guard import LOOPBACK, refuses_peer, refuses_request

JSON = "application/json"
HTML = "text/html; charset=utf-8"
OF_A_CONNECTION = {"connection", "content-length", "transfer-encoding", "host", "keep-alive", "date", "server"}
"""Headers that each connection has of its own."""
FORWARD_SECONDS_MAX = 60


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive. A subclass answers in `handle_request`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def handle_request(self) -> None:
        """Answers the request that has just been read."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Reads target and body, then calls the subclass. http.server requires this name."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if refusal := refuses_request(headers, self.server.server_address[1]):
            self.refuse(refusal)
            return
        target = urlsplit(self.path)
        self.segments = [unquote(part, errors="strict") for part in target.path.split("/")[1:]]
        self.query = {name: values[-1] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        self.body = self._read_body()
        self.handle_request()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def refuse(self, refusal: str) -> None:
        """Answers a request that is not allowed, before its body is read."""
        self.answer(403, {"message": refusal})
        self.close_connection = True

    def json_body(self) -> Any:
        """The body as JSON; `ValueError` if it is none."""
        return json.loads(self.body)

    def answer(self, status: int, content: Any = b"", headers: dict[str, str] | None = None) -> None:
        """Sends an answer: bytes as they are, anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": JSON, **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_truncated(self, status: int, body: bytes) -> None:
        """Announces the full length, sends half of the body and ends the connection."""
        self.send_response(status)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def answer_of(self, url: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
        """The answer of another server to this request, with these headers besides its own."""
        upstream = http.client.HTTPConnection(urlsplit(url).netloc, timeout=FORWARD_SECONDS_MAX)
        own = _to_forward((name.lower(), value) for name, value in self.headers.items())
        upstream.request(self.command, self.path, self.body, own | (headers or {}))
        response = upstream.getresponse()
        body = response.read()
        upstream.close()
        return response.status, body, _to_forward(response.getheaders())

    def reset(self) -> None:
        """Ends the connection with a TCP reset, as a dying peer does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())

    def log_message(self, *_: Any) -> None:
        """Silent: each stand-in has a log of its own."""

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunks(self) -> Any:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()


def _to_forward(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in OF_A_CONNECTION}


class Server(ThreadingHTTPServer):
    """A server on an ephemeral port of the loopback, running while the `with` block does."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler: type[Handler], port: int = 0) -> None:
        super().__init__((LOOPBACK, port), handler)
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        """Ends kept-alive connections too."""
        self.shutdown()
        self.server_close()
        for connection in self._connections.copy():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Another user's connection ends at once."""
        return refuses_peer((client_address, request.getsockname())) is None

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remembers each connection, to end it with the server."""
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        """Removes a connection that has ended."""
        self._connections.discard(request)
        super().close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that closes its connection is no fault of the server; anything else is reported."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
