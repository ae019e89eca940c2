"""A stand-in for Elasticsearch: it takes documents by id, and refuses what each version would refuse.

Must not know: what the documents say.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

from local.serving import Handler, Server

MODES = ("ok", "unauthorized", "throttled", "unavailable", "slow")
NUMBERS = {6: "6.8.23", 7: "7.17.28", 8: "8.19.4", 9: "9.2.1"}
ID_BYTES_MAX = 512
FORBIDDEN_IN_INDEX = set('\\/*?"<>| ,#:')


class Refused(Exception):
    """A request that Elasticsearch refuses."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        cause = {"type": kind, "reason": reason}
        self.body = {"error": {"root_cause": [cause], **cause}, "status": status}


class Elasticsearch(Server):
    """The stand-in, as one of the versions 6 to 9."""

    def __init__(self, version: int = 8, user: str = "elastic", password: str = "changeme", port: int = 0) -> None:
        super().__init__(ElasticsearchHandler, port)
        self.version = version
        self.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.mode = "ok"
        self.slow_seconds = 30.0
        self.types: dict[str, str] = {}
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}
        self.requests: list[dict[str, Any]] = []

    def sources(self) -> list[dict[str, Any]]:
        """Every document, in the order of arrival."""
        return [document["_source"] for document in self.documents.copy().values()]


class ElasticsearchHandler(Handler):
    """One connection to the stand-in."""

    server: Elasticsearch

    def handle_request(self) -> None:
        """Control, or the document API."""
        if self.segments[0] == "_control":
            self._control()
            return
        self.server.requests.append({"method": self.command, "path": self.path, "body": self.body.decode()})
        try:
            self._check_mode()
            self._check_credentials()
            self._serve()
        except Refused as refused:
            self.answer(refused.status, refused.body, self._headers())

    def _serve(self) -> None:
        modern = self.server.version >= 7
        match [self.command, *self.segments]:
            case ["GET", ""]:
                self.answer(200, {"version": {"number": NUMBERS[self.server.version]}}, self._headers())
            case ["PUT" | "POST", index, "_create", key] if modern:
                self._index(index, "_doc", key, create=True)
            case ["PUT" | "POST", index, kind, key, "_create"] if self.server.version < 8:
                self._index(index, kind, key, create=True)
            case ["PUT" | "POST", index, kind, key] if self._takes(kind):
                self._index(index, kind, key, create=self.query.get("op_type") == "create")
            case ["POST", index, "_bulk"]:
                self._bulk(index)
            case _:
                reason = f"no handler found for uri [{self.path}] and method [{self.command}]"
                raise Refused(400, "illegal_argument_exception", reason)

    def _takes(self, kind: str) -> bool:
        return kind == "_doc" or self.server.version < 8

    def _bulk(self, index: str) -> None:
        """Actions and documents in turn, of which each has its own outcome."""
        lines = [json.loads(line) for line in self.body.splitlines()]
        places = [action["create"] for action in lines[::2]]
        self._check_types(places)
        items = [self._item(index, place, source) for place, source in zip(places, lines[1::2], strict=True)]
        self.answer(200, {"errors": any("error" in item for item in items), "items": [{"create": item} for item in items]}, self._headers())

    def _check_types(self, places: list[dict[str, str]]) -> None:
        if self.server.version < 7 and any("_type" not in place for place in places):
            raise Refused(400, "action_request_validation_exception", "Validation Failed: 1: type is missing;")
        if self.server.version > 7 and any("_type" in place for place in places):
            raise Refused(400, "illegal_argument_exception", "Action/metadata line [1] contains an unknown parameter [_type]")

    def _item(self, index: str, place: dict[str, str], source: dict[str, Any]) -> dict[str, Any]:
        kind, key = place.get("_type", "_doc"), place["_id"]
        try:
            status, document = self._stored(index, kind, key, source, create=True)
        except Refused as refused:
            return {"_index": index, "_id": key, "status": refused.status, "error": refused.body["error"]}
        return document | {"status": status}

    def _index(self, index: str, kind: str, key: str, create: bool) -> None:
        status, document = self._stored(index, kind, key, self._source(), create)
        self.answer(status, document, self._headers())

    def _stored(self, index: str, kind: str, key: str, source: dict[str, Any], create: bool) -> tuple[int, dict[str, Any]]:
        self._check_names(index, kind, key)
        known = self.server.documents.get((index, key))
        if known and create:
            reason = f"[{key}]: version conflict, document already exists (current version [{known['_version']}])"
            raise Refused(409, "version_conflict_engine_exception", reason)
        version = known["_version"] + 1 if known else 1
        self.server.types[index] = kind
        document = {"_index": index, "_id": key, "_version": version}
        document |= {"_type": kind} if self.server.version < 8 else {}
        self.server.documents[index, key] = document | {"_source": source}
        return (200, document | {"result": "updated"}) if known else (201, document | {"result": "created"})

    def _check_names(self, index: str, kind: str, key: str) -> None:
        if index != index.lower() or index[:1] in ("", "_", "-", "+") or FORBIDDEN_IN_INDEX & set(index):
            raise Refused(400, "invalid_index_name_exception", f"Invalid index name [{index}]")
        if kind.startswith("_") and kind != "_doc":
            reason = f"Document mapping type name can't start with '_', found: [{kind}]"
            raise Refused(400, "invalid_type_name_exception", reason)
        if self.server.types.get(index, kind) != kind:
            present = self.server.types[index]
            reason = f"the final mapping would have more than 1 type: [{present}, {kind}]"
            raise Refused(400, "illegal_argument_exception", f"Rejecting mapping update to [{index}] as {reason}")
        if not key or len(key.encode()) > ID_BYTES_MAX:
            raise Refused(400, "action_request_validation_exception", f"id must be 1 to {ID_BYTES_MAX} bytes")

    def _source(self) -> dict[str, Any]:
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            raise Refused(406, "media_type_header_exception", "Content-Type header is not supported")
        try:
            source = self.json_body()
        except ValueError:
            source = None
        if not isinstance(source, dict):
            raise Refused(400, "mapper_parsing_exception", "failed to parse")
        return source

    def _check_mode(self) -> None:
        match self.server.mode:
            case "slow":
                time.sleep(self.server.slow_seconds)
            case "throttled":
                raise Refused(429, "es_rejected_execution_exception", "rejected execution of coordinating operation")
            case "unavailable":
                raise Refused(503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];")
            case "unauthorized":
                raise Refused(401, "security_exception", "unable to authenticate user for REST request")

    def _check_credentials(self) -> None:
        if self.headers.get("Authorization") != self.server.credentials:
            raise Refused(401, "security_exception", "missing or wrong authentication credentials for REST request")

    def _headers(self) -> dict[str, str]:
        product = {"X-elastic-product": "Elasticsearch"} if self.server.version >= 7 else {}
        return product | {"X-Opaque-Id": str(uuid.uuid4())}

    def _control(self) -> None:
        match [self.command, *self.segments[1:]]:
            case ["GET", "documents"]:
                self.answer(200, list(self.server.documents.copy().values()))
            case ["POST", "mode"] if self.json_body().get("mode") in MODES:
                change = self.json_body()
                self.server.mode = change["mode"]
                self.server.slow_seconds = change.get("seconds", self.server.slow_seconds)
                self.answer(204)
            case _:
                self.answer(404, {"control": ["GET documents", f"POST mode: {', '.join(MODES)}"]})
