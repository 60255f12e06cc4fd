"""Small documents with unique and searchable fields in the embedded store.

Values of declared fields are kept in side tables, so that a collection can be declared, or declared
again with other fields, without changing the file's tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import orjson

from vphost.services.ports import (
    MAX_BODY_BYTES, MAX_PAGE, BadRecord, Document, Duplicate, StaleVersion,
)
from vphost.store.embedded.threads import DatabaseThread


@dataclass(frozen=True, slots=True)
class Fields:
    """The declared fields of a collection."""

    unique: tuple[str, ...]
    indexed: tuple[str, ...]


class EmbeddedDocuments:
    """`ports.Documents` on one SQLite file."""

    def __init__(self, writer: DatabaseThread, reader: DatabaseThread) -> None:
        self._writer = writer
        self._reader = reader
        self._declared: dict[str, Fields] = {}

    async def declare(
        self, collection: str, unique: Sequence[str], indexed: Sequence[str]
    ) -> None:
        """Declare which fields of a collection are unique and which are searchable.

        Raises: Duplicate when stored documents share a value of a field that is to be unique.
        """
        fields = Fields(tuple(sorted(unique)), tuple(sorted(indexed)))
        stored = await self._reader.run(lambda connection: _stored_fields(connection, collection))
        if stored != fields:
            await self._writer.run(lambda connection: _reindex(connection, collection, fields))
        self._declared[collection] = fields

    async def insert(self, collection: str, id: str, body: Mapping[str, Any]) -> Document:
        """Add a document with version 1. Raises: Duplicate."""
        fields = self._fields(collection)
        text = _encode(body)

        def work(connection: apsw.Connection) -> Document:
            try:
                connection.execute(
                    "INSERT INTO documents VALUES (?, ?, 1, ?)", (collection, id, text)
                )
            except apsw.ConstraintError:
                raise Duplicate("id") from None
            _index(connection, collection, fields, id, body)
            return Document(id, 1, orjson.loads(text))

        return await self._writer.run(work)

    async def get(self, collection: str, id: str) -> Document | None:
        """Return a document by its id."""
        found = await self._select("WHERE collection = ? AND id = ?", (collection, id))
        return found[0] if found else None

    async def find(
        self, collection: str, where: Mapping[str, str | int], after_id: str, limit: int
    ) -> list[Document]:
        """Return documents by declared fields, ordered by id. limit: 1 to MAX_PAGE."""
        assert 1 <= limit <= MAX_PAGE, "a page has a bound"
        fields = self._fields(collection)
        if not where:
            return await self._select(
                "WHERE collection = ? AND id > ? ORDER BY id LIMIT ?", (collection, after_id, limit)
            )
        clauses, values = _matching(collection, fields, where)
        return await self._select(
            f"{clauses} AND match.id > ? ORDER BY match.id LIMIT ?", (*values, after_id, limit)
        )

    async def replace(
        self, collection: str, id: str, version: int, body: Mapping[str, Any]
    ) -> Document:
        """Change a document that still has this version. Raises: StaleVersion, Duplicate."""
        fields = self._fields(collection)
        text = _encode(body)

        def work(connection: apsw.Connection) -> Document:
            connection.execute(
                "UPDATE documents SET version = version + 1, body = ?"
                " WHERE collection = ? AND id = ? AND version = ?",
                (text, collection, id, version),
            )
            if connection.changes() == 0:
                raise StaleVersion(f"{collection} {id} has another version than {version}.")
            _unindex(connection, collection, id)
            _index(connection, collection, fields, id, body)
            return Document(id, version + 1, orjson.loads(text))

        return await self._writer.run(work)

    async def delete(self, collection: str, id: str, version: int) -> None:
        """Remove a document that still has this version. Raises: StaleVersion."""
        def work(connection: apsw.Connection) -> None:
            connection.execute(
                "DELETE FROM documents WHERE collection = ? AND id = ? AND version = ?",
                (collection, id, version),
            )
            if connection.changes() == 0:
                raise StaleVersion(f"{collection} {id} has another version than {version}.")
            _unindex(connection, collection, id)

        await self._writer.run(work)

    async def collections(self) -> list[tuple[str, Sequence[str], Sequence[str]]]:
        """Return every declared collection: name, unique fields, searchable fields."""
        rows = await self._reader.run(lambda connection: list(
            connection.execute("SELECT name, uniques, indexed FROM collections ORDER BY name")
        ))
        return [(name, orjson.loads(unique), orjson.loads(values)) for name, unique, values in rows]

    async def restore(self, collection: str, documents: Sequence[Document]) -> None:
        """Add documents of another store with the versions that they have. Raises: Duplicate."""
        fields = self._fields(collection)
        rows = [(collection, one.id, one.version, _encode(one.body)) for one in documents]

        def work(connection: apsw.Connection) -> None:
            connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", rows)
            for one in documents:
                _index(connection, collection, fields, one.id, one.body)

        await self._writer.run(work)

    def _fields(self, collection: str) -> Fields:
        assert collection in self._declared, f"the collection {collection} is not declared"
        return self._declared[collection]

    async def _select(self, clauses: str, values: Sequence[Any]) -> list[Document]:
        query = f"SELECT documents.id, version, body FROM documents {clauses}"
        return await self._reader.run(
            lambda connection: [
                Document(id, version, orjson.loads(body))
                for id, version, body in connection.execute(query, values)
            ]
        )


def _encode(body: Mapping[str, Any]) -> str:
    try:
        encoded = orjson.dumps(dict(body))
    except TypeError as error:
        raise BadRecord(f"The document is no JSON: {error}.") from error
    if len(encoded) > MAX_BODY_BYTES:
        raise BadRecord("The document is too large.")
    return encoded.decode()


def _values(fields: Iterable[str], body: Mapping[str, Any]) -> list[tuple[str, str | int]]:
    """Return the declared fields that a body has, with their values."""
    found: list[tuple[str, str | int]] = []
    for field in fields:
        value = body.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise BadRecord(f"The field {field} has to be a string or an integer.")
        found.append((field, value))
    return found


def _matching(
    collection: str, fields: Fields, where: Mapping[str, str | int]
) -> tuple[str, list[Any]]:
    """Return the SQL after `FROM documents` that finds matching documents, and its values.

    The first field's index leads to the candidates, already in order of id, so that a page needs
    no sorting; the other fields are looked up for each candidate.
    """
    clauses, values = "", []
    for field, value in where.items():
        assert field in fields.unique + fields.indexed, f"{collection}.{field} is not declared"
        table = "document_uniques" if field in fields.unique else "document_values"
        if not clauses:
            clauses = (
                f"JOIN {table} AS match ON documents.collection = match.collection"
                " AND documents.id = match.id"
                " WHERE match.collection = ? AND match.field = ? AND match.value = ?"
            )
        else:
            clauses += (
                f" AND EXISTS (SELECT 1 FROM {table} AS also WHERE also.collection = ?"
                " AND also.field = ? AND also.value = ? AND also.id = match.id)"
            )
        values += [collection, field, value]
    return clauses, values


def _index(
    connection: apsw.Connection, collection: str, fields: Fields, id: str, body: Mapping[str, Any]
) -> None:
    for field, value in _values(fields.unique, body):
        try:
            connection.execute(
                "INSERT INTO document_uniques VALUES (?, ?, ?, ?)", (collection, field, value, id)
            )
        except apsw.ConstraintError:
            raise Duplicate(field) from None
    for field, value in _values(fields.indexed, body):
        connection.execute(
            "INSERT INTO document_values VALUES (?, ?, ?, ?)", (collection, field, value, id)
        )


def _unindex(connection: apsw.Connection, collection: str, id: str) -> None:
    for table in ("document_uniques", "document_values"):
        connection.execute(f"DELETE FROM {table} WHERE collection = ? AND id = ?", (collection, id))


def _stored_fields(connection: apsw.Connection, collection: str) -> Fields | None:
    rows = connection.execute(
        "SELECT uniques, indexed FROM collections WHERE name = ?", (collection,)
    )
    for unique, indexed in rows:
        return Fields(tuple(orjson.loads(unique)), tuple(orjson.loads(indexed)))
    return None


def _reindex(connection: apsw.Connection, collection: str, fields: Fields) -> None:
    """Write a declaration and rebuild the side tables for its documents."""
    connection.execute(
        "INSERT INTO collections VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " uniques = excluded.uniques, indexed = excluded.indexed",
        (
            collection, orjson.dumps(fields.unique).decode(),
            orjson.dumps(fields.indexed).decode(),
        ),
    )
    for table in ("document_uniques", "document_values"):
        connection.execute(f"DELETE FROM {table} WHERE collection = ?", (collection,))
    documents = connection.execute(
        "SELECT id, body FROM documents WHERE collection = ?", (collection,)
    )
    for id, body in documents:
        _index(connection, collection, fields, id, orjson.loads(body))
