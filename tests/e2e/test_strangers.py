"""Only the owner has access to the servers of the show and of these tests: no other user, no page, no other key."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from local.aws import KEY, SESSION, LocalAws, zipped
from local.aws_server import Keys
from local.elasticsearch import Elasticsearch
from local.guard import owner_by_netlink, owner_by_table, owner_of
from local.heroku import ACCEPT, Heroku
from local.light import Light
from local.runtime_api import ROLE_KEY, RuntimeApi, fresh_trace_id
from tests.e2e.recording_proxy import RecordingProxy
from tests.e2e.world import TOKEN

NOBODY = 65_534
REFUSED = 403
ANSWER_SECONDS_MAX = 5
CREATE = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}


def signed(key: str) -> dict[str, str]:
    """As the SDK signs, without the signature, which nothing local checks."""
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20261126/us-east-1/sqs/aws4_request"}


@dataclass
class Door:
    """A server, and a request that would change something if its owner sent it."""

    port: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    changes: Callable[[], int]
    """The number of requests that it has served."""
    owner_gets: int = 200
    key_headers: list[dict[str, str]] = field(default_factory=list)
    """Headers with no key, or with another one."""

    def knock(self, **headers: str) -> int | None:
        """The status that is answered, None if the connection ends without one."""
        return knock(self.port, self.method, self.path, self.headers | headers, self.body)


def knock(port: int, method: str, path: str, headers: dict[str, str], body: str) -> int | None:
    """Sends a request; gives the status, or None if the connection ended without one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except (ConnectionError, http.client.RemoteDisconnected):
        return None
    finally:
        connection.close()


@pytest.fixture(scope="module")
def doors(aws: LocalAws) -> Iterator[dict[str, Door]]:
    """Every server, with a request that its owner may send."""
    with ExitStack() as servers:
        heroku = servers.enter_context(Heroku("strange-app", token=TOKEN))
        elasticsearch = servers.enter_context(Elasticsearch())
        runtime = servers.enter_context(RuntimeApi("strange", fresh_trace_id))
        proxy = servers.enter_context(RecordingProxy(aws.url, SESSION, {ROLE_KEY}))
        light = servers.enter_context(Light({"strange-app": {"worker": 1}}))
        queues = lambda: len(aws.client("sqs").list_queues(QueueNamePrefix="strange").get("QueueUrls", []))  # noqa: E731
        body = json.dumps({"QueueName": "strange"})
        others = [{"Authorization": ""}, signed("AKIAIOSFODNN7EXAMPLE"), signed("test"), signed("")]
        scale = {"Authorization": f"Bearer {TOKEN}", "Accept": ACCEPT, "User-Agent": "tests"}
        quantity = json.dumps({"quantity": 3})
        mode = json.dumps({"mode": "slow"})
        yield {
            "aws": Door(aws.port, "POST", "/", CREATE | signed(KEY), body, queues, key_headers=others),
            "proxy": Door(port_of(proxy.url), "POST", "/", CREATE | signed(ROLE_KEY), body, queues, key_headers=others),
            "heroku": Door(
                port_of(heroku.url),
                "PATCH",
                "/apps/strange-app/formation/worker",
                scale,
                quantity,
                lambda: heroku.quantity() - 1,
                key_headers=[{"Authorization": ""}, {"Authorization": "Bearer HRKU-other"}],
            ),
            "heroku's control": Door(
                port_of(heroku.url), "POST", "/_control/quantity", {}, quantity, lambda: heroku.quantity() - 1, 204
            ),
            "elasticsearch's control": Door(
                port_of(elasticsearch.url), "POST", "/_control/mode", {}, mode, lambda: elasticsearch.mode == "slow", 204
            ),
            "runtime api": Door(
                runtime.server_address[1],
                "POST",
                "/2018-06-01/runtime/init/error",
                {},
                "{}",
                lambda: runtime.init_error is not None,
                202,
            ),
            "light": Door(
                port_of(light.urls["heroku"]),
                "PATCH",
                "/apps/strange-app/formation/worker",
                {},
                quantity,
                lambda: light.apps["strange-app"]["worker"] - 1,
            ),
        }


def port_of(url: str) -> int:
    """The port that a URL names."""
    port = urlsplit(url).port
    assert port is not None
    return port


DOORS = ["aws", "proxy", "heroku", "heroku's control", "elasticsearch's control", "runtime api", "light"]


def as_another_user(act: Callable[[], object]) -> str:
    """The outcome of an act in a process of another user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            try:
                outcome = str(act())
            except OSError as error:
                outcome = type(error).__name__
            os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        outcome = pipe.read()
    os.waitpid(child, 0)
    return outcome


another_user = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


# case G1
@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": ""},
    ],
    ids=lambda headers: "{0[0]}={0[1]}".format(*headers.items()),
)
def test_no_web_page_has_access_by_any_name(doors: dict[str, Door], name: str, headers: dict[str, str]) -> None:
    door = doors[name]
    assert door.knock(**{key: value.format(port=door.port) for key, value in headers.items()}) == REFUSED
    assert door.changes() == 0


# case G1
@another_user
@pytest.mark.parametrize("name", DOORS)
def test_no_other_user_has_access_even_with_the_key(doors: dict[str, Door], name: str) -> None:
    door = doors[name]
    assert as_another_user(door.knock) in (str(None), str(REFUSED))
    assert door.changes() == 0


# case G1
@pytest.mark.parametrize("name", [name for name in DOORS if name in ("aws", "proxy", "heroku")])
def test_no_other_key_has_access(doors: dict[str, Door], name: str) -> None:
    door = doors[name]
    statuses = {door.knock(**headers) for headers in door.key_headers}
    assert statuses <= {401, REFUSED}
    assert door.changes() == 0


# case G1
@pytest.mark.parametrize("name", DOORS)
def test_the_owner_has_access(doors: dict[str, Door], name: str) -> None:
    door = doors[name]
    assert door.knock() == door.owner_gets
    assert door.changes() > 0


@pytest.mark.parametrize(
    ("headers", "query", "comes_in"),
    [
        (signed("AKIAOWN"), "", True),
        ({}, "X-Amz-Credential=AKIAOWN%2F20261126%2Fus-east-1%2Fs3%2Faws4_request", True),
        ({}, "AWSAccessKeyId=AKIAOWN&Signature=x", True),
        (signed("000000000000") | {"x-amz-security-token": "of-functions"}, "", True),
        (signed("AKIAOTHER"), "X-Amz-Credential=AKIAOWN%2F20261126", False),
        (signed("000000000000"), "", False),
        (signed("000000000000") | {"x-amz-security-token": "another"}, "", False),
        ({}, "AWSAccessKeyId=", False),
        ({"authorization": "AKIAOWN"}, "", False),
    ],
    ids=str,
)
def test_a_key_is_found_wherever_a_client_puts_it(headers: dict[str, str], query: str, comes_in: bool) -> None:
    headers = {name.lower(): value for name, value in headers.items()}
    assert (Keys("AKIAOWN", "of-functions").refuse(headers, query) is None) == comes_in


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=lambda family: family.name)
def test_both_ways_to_find_the_owner_of_a_connection_agree(family: socket.AddressFamily) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(family) as client:
        host, port = server.getsockname()
        client.connect((host if family == socket.AF_INET else f"::ffff:{host}", port))
        connection, address = server.accept()
        peer = (address, (host, port))
        assert owner_by_netlink(peer) == owner_by_table(peer) == owner_of(peer) == os.geteuid()
        connection.close()
    assert owner_by_table(peer) is None


@pytest.fixture(scope="module")
def deployed_function(aws: LocalAws, bootstrap: Path) -> str:
    """A function without a variable: its cycles fail, and it runs all the same."""
    name = "strange-function"
    role = "arn:aws:iam::000000000000:role/strange"
    aws.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Role=role, Handler="bootstrap", Code={"ZipFile": zipped(bootstrap)}
    )
    aws.client("lambda").get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return name


# case G1
@another_user
def test_no_port_that_the_local_aws_opens_answers_another_user(aws: LocalAws, deployed_function: str) -> None:
    answer = aws.client("lambda").invoke(FunctionName=deployed_function, Payload=b"{}")
    answer["Payload"].read()
    ports = listening(aws.process.pid)
    assert aws.port in ports and len(ports) >= 2, "the function's Runtime API has a port of its own"
    for port in ports:
        taken = lambda port=port: knock(port, "GET", "/2018-06-01/runtime/invocation/next", {}, "")  # noqa: E731
        assert as_another_user(taken) in (str(None), str(REFUSED))


# case G1
@another_user
def test_no_file_of_the_local_aws_is_another_user_s_to_read(aws: LocalAws) -> None:
    files = [aws.log, *aws.folder.glob("tmp/**/*")]
    assert {as_another_user(lambda file=file: os.stat(file)) for file in files} == {"PermissionError"}


def listening(pid: int) -> set[int]:
    """The ports on which a process listens."""
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    inodes = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
