"""A plugin that speaks another dialect of REST: `X-API-Key`, `{data, meta}`, `{error}`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.web.web_edge import Raw, parse_answer
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.plugin_api import (
    Api, Ask, Credentials, Host, Identified, Json, Query, Refusal, Refused, Rejected, Reply,
    Resource, SchemaFolder, StoreDown, Verb, hookimpl,
)
from vphost.wire.schemas import BASE, DRAFT

KEYS = {
    "k-writer-0001": ("one", frozenset({"notes:read", "notes:write"})),
    "k-reader-0002": ("one", frozenset({"notes:read"})),
    "k-other-0003": ("two", frozenset({"notes:read", "notes:write"})),
}
NAME: Mapping[str, Json] = {
    "type": "string", "pattern": "^[a-z]{1,20}$", "description": "An integration.",
}
PAGES = (
    Query("page", {"type": "integer", "minimum": 1, "maximum": 999, "default": 1,
                   "description": "Number of the page."}),
    Query("perPage", {"type": "integer", "minimum": 1, "maximum": 100, "default": 15,
                      "description": "Entries of a page."}),
)
API_KEY = Query("apiKey", {"type": "string", "maxLength": 64, "description": "The key."})
TYPES = {400: "BadRequest", 401: "Key", 404: "NotFound", 500: "Internal"}


def wrapped(reply: Reply) -> Json:
    return {"data": reply.body, "meta": reply.meta or []}


def refused(refusal: Refusal) -> Reply:
    status = 400 if refusal.status == 415 else refusal.status
    parameters = {
        name: "***" + value[-4:] if name == "apiKey" else value
        for name, value in refusal.query.items()
    }
    return Reply({"error": {
        "type": TYPES.get(status, "Other"), "message": refusal.text,
        "request": {"parameters": parameters},
        "context": {"id": refusal.incident, "cause": refusal.code,
                    "meta": {name: list(why) for name, why in refusal.fields.items()}},
    }}, status, headers={"X-Dialect": "foreign"})


class Foreign:
    """The plugin."""

    VPHOST_CONTRACT = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        self.asked: list[Ask[Any]] = []
        self.host: Host
        self.api = Api(
            name="notes", prefix="/notes/v1/", title="Notes", identify=self.identify,
            security={"type": "apiKey", "in": "header", "name": "X-API-Key"}, challenge="",
            envelope=wrapped, refuse=refused, refusal="notes/error.json", pages=PAGES,
            idempotency="X-Once",
        )
        write_schemas(folder)

    async def identify(self, shown: Credentials) -> Identified | Rejected:
        if (player := shown.headers.get("X-Player")) is not None:
            return Identified(player, player, is_user=True, notes={"device": "phone"})
        text = shown.headers.get("X-API-Key", shown.query.get("apiKey", ""))
        if text.startswith("vph_"):
            return await self.host.api_key(text, shown.address)
        if text == "slow":
            return Rejected("too_many_attempts", {"retry_after_s": 7})
        if text == "down":
            raise StoreDown("test")
        if text not in KEYS:
            return Rejected("no_such_key")
        integration, scopes = KEYS[text]
        if shown.path.get("integration", integration) != integration:
            return Rejected("forbidden")
        return Identified(text[-4:], integration, scopes=scopes, notes={"of": integration})

    async def page(self, ask: Ask[Any]) -> Reply:
        self.asked.append(ask)
        number, size = ask.query["page"], ask.query["perPage"]
        rows = self.notes[(number - 1) * size:number * size]
        return Reply(rows, meta={"page": number, "perPage": size, "total": len(self.notes)})

    async def add(self, ask: Ask[Any]) -> Reply:
        self.asked.append(ask)
        text = ask.body["text"]
        if text == "crash":
            raise ZeroDivisionError("a secret")
        if text == "full":
            raise Refused("limits_reached", "No more today.", status=491)
        self.notes.append(text)
        return Reply({"count": len(self.notes)}, 201, headers={"Location": "/notes/v1/here"})

    async def me(self, ask: Ask[Any]) -> Reply:
        self.asked.append(ask)
        return Reply({"count": 0})

    @hookimpl
    def register_schemas(self) -> list[SchemaFolder]:
        return [SchemaFolder("notes", self.folder)]

    @hookimpl
    def register_routes(self, host: Host) -> list[Resource]:
        self.host = host
        return [
            Resource("/notes/v1/{integration}/notes", {
                "GET": Verb(self.page, "List.", {200: "notes/page.json"}, is_list=True,
                            query=(API_KEY,)),
                "POST": Verb(self.add, "Add.", {201: "notes/count.json"}, body="notes/note.json",
                             body_bytes=4_096, idempotent=True, refusals={491: "Full."}),
            }, {"GET": "key(notes:read): of the same integration", "POST": "key(notes:write)"},
                {"integration": NAME}, area="notes", api=self.api),
            Resource("/notes/v1/me", {"GET": Verb(self.me, "Me.", {200: "notes/count.json"})},
                     {"GET": "user"}, api=self.api),
            Resource("/notes/v1/wallet", {"GET": Verb(self.me, "It.", {200: "notes/count.json"})},
                     {"GET": "key(wallet)"}, api=self.api),
            Resource("/notes/v1/board", {"GET": Verb(self.me, "All.", {200: "notes/count.json"})},
                     {"GET": "public"}, api=self.api),
        ]


def write_schemas(folder: Path) -> None:
    text = {"type": "string", "maxLength": 500, "description": "A text."}
    count = {"type": "integer", "minimum": 0, "maximum": 9999, "description": "How many."}
    open_object = {"type": "object", "additionalProperties": True, "description": "Anything."}
    page = {name: count for name in ("page", "perPage", "total")}
    for name, properties in {
        "note": {"text": {**text, "minLength": 2}},
        "count": {"data": _closed({"count": count}), "meta": {"type": "array", "maxItems": 0}},
        "page": {
            "data": {"type": "array", "items": text, "maxItems": 100}, "meta": _closed(page),
        },
        "error": {"error": _closed({
            "type": text, "message": text, "request": open_object, "context": open_object,
        })},
    }.items():
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({
            "$schema": DRAFT, "$id": f"{BASE}notes/{name}.json", **_closed(properties),
        }))


def _closed(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "type": "object", "properties": dict(properties), "required": sorted(properties),
        "additionalProperties": False, "description": "An object.",
    }


@dataclass
class Answer:
    """status, header fields (lower case), decoded body."""

    status: int
    headers: Mapping[str, str]
    body: Json


@dataclass
class Abroad:
    """A running host with the plugin."""

    app: App
    plugin: Foreign

    async def call(
        self, verb: str, path: str, body: Json = None, key: str = "k-writer-0001", **more: str
    ) -> Answer:
        """Make one call. more: header fields, `X_Once` becomes X-Once."""
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        raw = b"" if body is None else encoded
        fields = {"X_API_Key": key, "Content_Type": "application/json", **more}
        lines = [
            f"{verb} {path} HTTP/1.1", "Host: a", "Connection: close",
            *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value),
        ]
        if "Content_Length" not in more:
            lines.append(f"Content-Length: {len(raw)}")
        async with Raw.connected(self.app.address[1]) as connection:
            await connection.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
            status, headers, content = parse_answer(await connection.read_all())
        return Answer(status, headers, json.loads(content) if content else None)


@asynccontextmanager
async def abroad(folder: Path, **settings: Any) -> AsyncIterator[Abroad]:
    """Run a host with the plugin; answers are checked against their schemas."""
    plugin, plugins = Foreign(folder / "schemas"), PluginRegistry()
    plugins.add("notes", plugin)
    app = App(Config(**{
        "store": "memory:", "var": folder, "port": 0, **settings
    }), plugins=plugins, check_outgoing=True)
    await app.start()
    try:
        yield Abroad(app, plugin)
    finally:
        await app.stop()
