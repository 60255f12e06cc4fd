"""Small documents with unique and searchable fields in MongoDB.

The body is stored as JSON text, so that what comes back is what went in, whatever its keys are
called. Values of declared fields are stored beside it as texts like `["users","name","ada"]`, under
one unique index and one search index: a collection can be declared, or declared again with other
fields, without a new index, and 7 differs from "7".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from vphost.services.ports import (
    MAX_BODY_BYTES, MAX_PAGE, BadRecord, Document, Duplicate, StaleVersion, StoreDown,
)
from vphost.store.mongo.errors import coded
from vphost.store.mongo.layout import Database


@dataclass(frozen=True, slots=True)
class Fields:
    """The declared fields of a collection."""

    unique: tuple[str, ...]
    indexed: tuple[str, ...]


class MongoDocuments:
    """`ports.Documents` on one database."""

    def __init__(self, database: Database, *, read_only: bool) -> None:
        self._documents = database["documents"]
        self._declarations = database["declarations"]
        self._read_only = read_only
        self._declared: dict[str, Fields] = {}

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None:
        """Declare which fields of a collection are unique and which are searchable.

        Raises: Duplicate when stored documents share a value of a field that is to be unique.
        """
        fields = Fields(tuple(sorted(unique)), tuple(sorted(indexed)))
        with coded():
            stored = await self._declarations.find_one({"_id": collection})
        said = Fields(tuple(stored["unique"]), tuple(stored["indexed"])) if stored else None
        if said != fields:
            self._check_writable()
            await self._reindex(collection, fields)
            with coded():
                await self._declarations.replace_one(
                    {"_id": collection},
                    {"unique": list(fields.unique), "indexed": list(fields.indexed)}, upsert=True,
                )
        self._declared[collection] = fields

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        """Add a document with version 1. Raises: Duplicate."""
        document = self._stored(collection, Document(id, 1, body))
        self._check_writable()
        with coded():
            try:
                await self._documents.insert_one(document)
            except DuplicateKeyError as error:
                raise _duplicate(error) from None
        return _document(document)

    async def collections(self) -> list[tuple[str, Sequence[str], Sequence[str]]]:
        """Return every declared collection: name, unique fields, searchable fields."""
        with coded():
            found = await self._declarations.find(sort=[("_id", ASCENDING)]).to_list()
        return [(one["_id"], one["unique"], one["indexed"]) for one in found]

    async def restore(self, collection: str, documents: Sequence[Document]) -> None:
        """Add documents of another store with the versions that they have. Raises: StoreDown."""
        with coded():
            await self._documents.insert_many([self._stored(collection, one) for one in documents])

    async def get(self, collection: str, id: str) -> Document | None:
        """Return a document by its id."""
        with coded():
            found = await self._documents.find_one({"_id": _key(collection, id)})
        return _document(found) if found else None

    async def find(
        self, collection: str, where: Mapping[str, str | int], after_id: str, limit: int
    ) -> list[Document]:
        """Return documents by declared fields, ordered by id. limit: 1 to MAX_PAGE."""
        assert 1 <= limit <= MAX_PAGE, "a page has a bound"
        fields = self._fields(collection)
        for field in where:
            assert field in fields.unique + fields.indexed, f"{collection}.{field} is not declared"
        query: dict[str, Any] = {"collection": collection, "id": {"$gt": after_id}}
        if where:
            query["values"] = {"$all": [_value(collection, *one) for one in where.items()]}
        with coded():
            found = self._documents.find(
                query, sort=[("id", ASCENDING)], limit=limit, batch_size=limit
            )
            return [_document(one) async for one in found]

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        """Change a document that still has this version. Raises: StaleVersion, Duplicate."""
        document = self._stored(collection, Document(id, version + 1, body))
        self._check_writable()
        with coded():
            try:
                done = await self._documents.replace_one(
                    {"_id": _key(collection, id), "version": version}, document
                )
            except DuplicateKeyError as error:
                raise _duplicate(error) from None
        if done.matched_count == 0:
            raise StaleVersion(f"{collection} {id} has another version than {version}.")
        return _document(document)

    async def delete(self, collection: str, id: str, version: int) -> None:
        """Remove a document that still has this version. Raises: StaleVersion."""
        self._check_writable()
        with coded():
            done = await self._documents.delete_one(
                {"_id": _key(collection, id), "version": version}
            )
        if done.deleted_count == 0:
            raise StaleVersion(f"{collection} {id} has another version than {version}.")

    async def _reindex(self, collection: str, fields: Fields) -> None:
        """Rewrite the declared values of a collection's documents, once all are known to fit.

        A document whose version changes meanwhile is skipped: its writer has declared the
        collection too, and stored the values itself.
        """
        changes: list[tuple[dict[str, Any], dict[str, Any]]] = []
        taken: set[str] = set()
        with coded():
            async for one in self._documents.find({"collection": collection}):
                values = _searchable(collection, fields, orjson.loads(one["body"]))
                for text in values.get("uniques", ()):
                    if text in taken:
                        raise Duplicate(orjson.loads(text)[1])
                    taken.add(text)
                lacking = [name for name in ("uniques", "values") if name not in values]
                change = {"$set": values, "$unset": dict.fromkeys(lacking, "")}
                changes.append((
                    {"_id": one["_id"], "version": one["version"]},
                    {name: what for name, what in change.items() if what},
                ))
            for which, change in changes:
                await self._documents.update_one(which, change)

    def _stored(self, collection: str, document: Document) -> dict[str, Any]:
        """Return a document as it is stored. Raises: BadRecord."""
        return {
            "_id": _key(collection, document.id), "collection": collection, "id": document.id,
            "version": document.version, "body": _encode(document.body),
            **_searchable(collection, self._fields(collection), document.body),
        }

    def _fields(self, collection: str) -> Fields:
        assert collection in self._declared, f"the collection {collection} is not declared"
        return self._declared[collection]

    def _check_writable(self) -> None:
        if self._read_only:
            raise StoreDown("The store was opened for reading only.")


def _key(collection: str, id: str) -> str:
    try:
        return orjson.dumps([collection, id]).decode()
    except TypeError as error:
        raise BadRecord(f"The id is no JSON: {error}.") from error


def _value(collection: str, field: str, value: str | int) -> str:
    try:
        return orjson.dumps([collection, field, value]).decode()
    except TypeError as error:
        raise BadRecord(f"The field {field} is no JSON: {error}.") from error


def _encode(body: Mapping[str, Any]) -> str:
    try:
        encoded = orjson.dumps(dict(body))
    except TypeError as error:
        raise BadRecord(f"The document is no JSON: {error}.") from error
    if len(encoded) > MAX_BODY_BYTES:
        raise BadRecord("The document is too large.")
    return encoded.decode()


def _searchable(
    collection: str, fields: Fields, body: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return the fields stored beside a body; empty lists are omitted, as MongoDB indexes them."""
    uniques = _values(collection, fields.unique, body)
    both = {"uniques": uniques, "values": uniques + _values(collection, fields.indexed, body)}
    return {name: values for name, values in both.items() if values}


def _values(collection: str, fields: Iterable[str], body: Mapping[str, Any]) -> list[str]:
    found = []
    for field in fields:
        value = body.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise BadRecord(f"The field {field} has to be a string or an integer.")
        found.append(_value(collection, field, value))
    return found


def _duplicate(error: DuplicateKeyError) -> Duplicate:
    """Return which field's value exists already; "id" when it is the id."""
    value = ((error.details or {}).get("keyValue") or {}).get("uniques")
    return Duplicate(str(orjson.loads(value)[1]) if value else "id")


def _document(found: Mapping[str, Any]) -> Document:
    return Document(found["id"], found["version"], orjson.loads(found["body"]))
