"""Connecting to a database, and setting it up as ours.

One document in `meta` says that a database is ours and in which format. It is written first, and
every opening ensures collections, validators and indexes, so that a start that was killed half-way
is completed by the next one.

Every call has a time limit. The URL cannot change `w: majority, j: true`: without them a killed
server loses writes that it had confirmed.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import pymongo
from pymongo import AsyncMongoClient, monitoring
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, ConfigurationError, InvalidURI, PyMongoError

from vphost.services.ports import StoreDown, StoreEmpty, StoreRefused
from vphost.store.mongo.errors import opening
from vphost.store.mongo.rules import COLLECTIONS, INDEXES

FORMAT = 1
"""Raised when a release before this one could misread the collections."""

CALL_MS, CALL_MS_MIN, CALL_MS_MAX = 3_000, 100, 5_000
"""How long one call may take with its retries (for a page: each batch); default, and the bounds
within which the URL's `timeoutMS` may choose."""
SELECTION_MS = 2_000
"""How long a call waits for a suitable server."""
MAKING_S = 15.0
"""How long creating collections and indexes may take."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}")
_NOT_OURS = frozenset({"admin", "local", "config"})

Client: TypeAlias = AsyncMongoClient[dict[str, Any]]
Database: TypeAlias = AsyncDatabase[dict[str, Any]]


class MongoPlace:
    """Where a store is: the parts of its URL that may be shown."""

    def __init__(self, url: str) -> None:
        """Raises: StoreRefused; nothing of the URL but host and database is ever repeated."""
        try:
            parts = urlsplit(url)
            options = {name.lower(): value for name, value in parse_qsl(parts.query)}
        except ValueError:
            raise StoreRefused("The URL of the MongoDB store cannot be read.") from None
        self.database = parts.path.removeprefix("/")
        hosts = parts.netloc.rpartition("@")[2]
        if not hosts or not _NAME.fullmatch(self.database) or self.database in _NOT_OURS:
            raise StoreRefused(
                "The URL of a MongoDB store ends with the name of its database:"
                " mongodb://HOST:PORT/NAME."
            )
        self._text = f"mongodb://{hosts}/{self.database}"
        self.call_ms = _bounded(options.get("timeoutms", ""))

    def __str__(self) -> str:
        return self._text


def _bounded(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        return CALL_MS
    return min(max(int(text), CALL_MS_MIN), CALL_MS_MAX)


def connect(
    url: str, place: MongoPlace, listeners: list[monitoring.CommandListener] | None = None
) -> Client:
    """Return a client that has not connected yet. Raises: StoreRefused."""
    try:
        return AsyncMongoClient(
            url, w="majority", journal=True, readConcernLevel="majority",
            readPreference="primary", retryWrites=True, retryReads=True, timeoutMS=place.call_ms,
            serverSelectionTimeoutMS=min(SELECTION_MS, place.call_ms),
            connectTimeoutMS=min(SELECTION_MS, place.call_ms), heartbeatFrequencyMS=1_000,
            serverMonitoringMode="poll",
            maxPoolSize=20, appname="vphost", event_listeners=listeners or [],
        )
    except (InvalidURI, ConfigurationError, ValueError, TypeError, PyMongoError) as error:
        reason = type(error).__name__
        raise StoreRefused(f"The URL of the MongoDB store is wrong ({reason}).") from None


async def prepare(
    client: Client, place: MongoPlace, *, read_only: bool, for_copy: bool
) -> Database:
    """Return our database, made when it is empty. Raises: StoreRefused, StoreDown."""
    with opening(str(place)):
        await _check_server(client, place)
        database = client[place.database]
        found = await database["meta"].find_one({"_id": "store"})
        if found is None:
            if read_only:
                raise StoreEmpty(f"The store {place} is empty.")
            await _claim(database, place, for_copy)
        elif for_copy:
            raise StoreRefused(f"There is a store at {place} already.")
        elif found.get("unfinished"):
            raise StoreRefused(
                f"The store {place} is a copy that was not finished. Drop it and copy again."
            )
        elif not isinstance(found.get("format"), int) or found["format"] > FORMAT:
            raise StoreRefused(
                f"The store {place} has format {found.get('format')}; this release reads up to"
                f" {FORMAT}. Use the release that wrote it, or a newer one."
            )
        if not read_only:
            with pymongo.timeout(MAKING_S):
                await _make(database)
        return database


async def _check_server(client: Client, place: MongoPlace) -> None:
    """Refuse a server that confirms writes which a kill can lose."""
    try:
        hello = await client.admin.command("hello")
    except PyMongoError as error:
        kinds = {one.server_type_name for one in
                 client.topology_description.server_descriptions().values()}
        if "RSGhost" in kinds:
            raise StoreRefused(
                f"The replica set of {place} is not initiated yet (rs.initiate())."
            ) from None
        raise error
    if "setName" not in hello:
        kind = "a sharded cluster" if hello.get("msg") == "isdbgrid" else "a standalone server"
        raise StoreRefused(
            f"The store {place} is {kind}; a replica set is needed, one of a single server will"
            " do (mongod --replSet NAME, then rs.initiate())."
        )
    if not hello.get("isWritablePrimary"):
        raise StoreDown(f"The server of {place} is not the primary of its replica set.")


async def _claim(database: Database, place: MongoPlace, for_copy: bool) -> None:
    if await database.list_collection_names(filter={"name": {"$not": re.compile("^system")}}):
        # Another process may have claimed it between the two looks.
        if for_copy or await database["meta"].find_one({"_id": "store"}) is None:
            raise StoreRefused(f"The database {place} belongs to another program.")
        return
    ours = {"program": "vphost", "format": FORMAT, **({"unfinished": True} if for_copy else {})}
    await database["meta"].update_one({"_id": "store"}, {"$setOnInsert": ours}, upsert=True)


async def _make(database: Database) -> None:
    """Ensure that collections, validators and indexes are as this release wants them."""
    there = {one["name"]: one async for one in await database.list_collections()}
    for name, rules in COLLECTIONS.items():
        options = there.get(name, {}).get("options", {})
        if name not in there:
            try:
                await database.create_collection(name, validator=rules, check_exists=False)
                continue
            except CollectionInvalid:
                pass
            except PyMongoError as error:
                if getattr(error, "code", 0) != 48:  # NamespaceExists
                    raise
        if options.get("validator", {}) != rules or options.get("validationAction") == "warn":
            await database.command(
                "collMod", name, validator=rules, validationLevel="strict",
                validationAction="error",
            )
    for name, indexes in INDEXES.items():
        await database[name].create_indexes(indexes)
