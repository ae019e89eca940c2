"""Which requests a port of the loopback accepts: those of its owner, and of no web page.

Every user of a machine reaches its loopback, and so does every page that a browser shows, by the
address or by a name of its own that leads there. Must not know: what is served, nor over which protocol.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Mapping
from pathlib import Path

Address = tuple[str, int]
Peer = tuple[Address, Address]
"""A connection as its client has it: the client's own end, then the server's."""

LOOPBACK = "127.0.0.1"
NAMES = (LOOPBACK, "localhost")
"""The names of the loopback. A page that rebinds a name of its own sends that name."""

# The kernel's interface to its sockets, which `ss` speaks too: linux/netlink.h, linux/inet_diag.h.
SOCK_DIAG, SOCK_DIAG_BY_FAMILY, REQUEST = 4, 20, 1
NETLINK_HEADER = struct.Struct("=IHHII")
QUESTION_HEAD = struct.Struct("=BBBBI")
QUESTION_REST = struct.Struct("=III")
ANSWER_HEAD = struct.Struct("=BBBB48sIIIII")
ANY_STATE, ANY_COOKIE = 0xFFFFFFFF, 0xFFFFFFFF
ANSWER_BYTES_MAX = 4096


def refuses_peer(peer: Peer) -> str | None:
    """Why a connection is refused; None if it is this user's."""
    owner = owner_of(peer)
    if owner == os.geteuid():
        return None
    return "the owner of this connection is unknown" if owner is None else "this server is another user's"


def refuses_request(headers: Mapping[str, str], port: int) -> str | None:
    """Why a request is refused; None if no page sent it and it was meant for this port. Names of `headers` are in lower case."""
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return "a web page has no access here"
    host = headers.get("host", "")
    if host not in {f"{name}:{port}" for name in NAMES}:
        return f"the host is {LOOPBACK}:{port}, not {host!r}"
    return None


def owner_of(peer: Peer) -> int | None:
    """The user who opened the client's end; None if the connection no longer exists."""
    try:
        owner = owner_by_netlink(peer)
    except OSError:  # a sandbox without it; a kernel without its module says that there is no connection
        owner = None
    return owner_by_table(peer) if owner is None else owner


def owner_by_netlink(peer: Peer) -> int | None:
    """By a request to the kernel: some 50 microseconds, for any number of sockets."""
    (client_host, client_port), (server_host, server_port) = peer
    ports = struct.pack("!HH", client_port, server_port)
    hosts = b"".join(socket.inet_aton(host).ljust(16, b"\0") for host in (client_host, server_host))
    question = QUESTION_HEAD.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, ANY_STATE)
    question += ports + hosts + QUESTION_REST.pack(0, ANY_COOKIE, ANY_COOKIE)
    header = NETLINK_HEADER.pack(NETLINK_HEADER.size + len(question), SOCK_DIAG_BY_FAMILY, REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.send(header + question)
        answer = kernel.recv(ANSWER_BYTES_MAX)
    is_found = NETLINK_HEADER.unpack_from(answer)[1] == SOCK_DIAG_BY_FAMILY
    return ANSWER_HEAD.unpack_from(answer, NETLINK_HEADER.size)[8] if is_found else None


def owner_by_table(peer: Peer) -> int | None:
    """From the tables of all connections: some milliseconds. The second has clients of IPv6 that connected by IPv4."""
    client, server = (_as_in_table(address) for address in peer)
    tables = [table for table in (Path("/proc/self/net/tcp"), Path("/proc/self/net/tcp6")) if table.exists()]
    for row in [row.split() for table in tables for row in table.read_text().splitlines()[1:]]:
        if row[1].endswith(client) and row[2].endswith(server):
            return int(row[7])
    return None


def _as_in_table(address: Address) -> str:
    host, port = address
    return f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}"
