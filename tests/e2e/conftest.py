"""Servers that all end-to-end tests share, and the laws that hold after each of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from local.aws import LocalAws  # noqa: E402
from tests.e2e.world import SECRETS, TABLE, World  # noqa: E402

EMF = Draft7Validator(json.loads((ROOT / "schemas/emf.schema.json").read_text()))
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BOOTSTRAP = Path(os.environ.get("DYNOSCALER_BOOTSTRAP", TARGET / "release/bootstrap"))


@pytest.fixture(scope="session")
def bootstrap() -> Path:
    """The release binary."""
    if not os.access(BOOTSTRAP, os.X_OK):
        pytest.exit(f"{BOOTSTRAP} is missing: run `make build`, or set DYNOSCALER_BOOTSTRAP", 1)
    return BOOTSTRAP


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """A local AWS with the state table. Each file has its own: what a guide has made would refuse the next one's names."""
    with LocalAws(tmp_path_factory.mktemp("aws")) as aws:
        aws.create_table(TABLE)
        yield aws


@pytest.fixture(scope="session")
def names() -> Iterator[str]:
    """App names that no other test has."""
    return (f"app-{number}" for number in count(1))


@pytest.fixture
def world_of(aws: LocalAws, bootstrap: Path, names: Iterator[str]) -> Iterator[Callable[..., World]]:
    """Makes worlds, ends them, and checks what must hold in each."""
    worlds: list[World] = []
    with ExitStack() as servers:

        def make(**options: Any) -> World:
            world = World(aws, bootstrap, next(names), **options)
            for server in (world.heroku, world.elasticsearch, world.proxy):
                servers.enter_context(server)
            servers.callback(world.stop)
            worlds.append(world)
            return world

        yield make
    for world in worlds:
        assert_well_behaved(world)


@pytest.fixture
def world(world_of: Callable[..., World]) -> World:
    """A world as most tests need it."""
    return world_of()


def assert_well_behaved(world: World) -> None:
    """Holds after every test: no secret and no malformed line, and every request to Heroku was valid."""
    for function in world.functions:
        assert not [line for line in function.lines if any(secret in line for secret in SECRETS)]
        assert function.stderr == []
        for line in function.stdout:
            assert_flat(json.loads(line))
            assert_metrics(json.loads(line))
    assert world.heroku.own_faults == []
    assert len(world.quantities_set()) <= world.requests_to_heroku("PATCH")


def assert_metrics(line: dict[str, object]) -> None:
    """A line with metrics is one that CloudWatch can read them from."""
    if "_aws" in line:
        assert [error.message for error in EMF.iter_errors(line)] == []


def assert_flat(line: dict[str, object]) -> None:
    """A line that CloudWatch reads: flat except `_aws`, with an RFC 3339 `timestamp` and a `level`."""
    nested = {name for name, value in line.items() if isinstance(value, dict | list)}
    assert nested <= {"_aws"}, line
    assert datetime.fromisoformat(str(line["timestamp"])).tzinfo is not None, line
    assert line["level"] in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR"), line
