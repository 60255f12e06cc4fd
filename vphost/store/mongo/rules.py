"""The rules that the database itself enforces: validators and unique indexes.

They also bind a newer release and somebody with a database shell. A validator cannot compare a
document with another one, so the appender sees to it that commits follow each other without gaps;
the unique index on (book, seq) sees to it that no place is taken twice.
"""

from __future__ import annotations

from typing import Any

from pymongo import ASCENDING, IndexModel

from vphost.services.ports import MAX_BODY_BYTES

ZERO_HASH = "0" * 64
INTEGER = {"bsonType": ["int", "long"]}
HASH = {"bsonType": "string", "minLength": 64, "maxLength": 64}
POSTING = {
    "bsonType": "array", "minItems": 3, "maxItems": 3, "additionalItems": False,
    "items": [{"bsonType": "string"}, {"bsonType": "string"}, INTEGER],
}

_COMMIT: dict[str, Any] = {
    "bsonType": "object",
    "additionalProperties": False,
    "required": [
        "_id", "book", "seq", "room", "room_seq_first", "room_seq_last", "at_ms", "postings",
        "body", "prev_hash", "hash",
    ],
    "properties": {
        "_id": {"bsonType": "string", "minLength": 1, "maxLength": 1024},
        "book": {"bsonType": "string", "minLength": 1, "maxLength": 128},
        "seq": {**INTEGER, "minimum": 1},
        "room": {"bsonType": "string"},
        "room_seq_first": {**INTEGER, "minimum": 0},
        "room_seq_last": INTEGER,
        "at_ms": INTEGER,
        "resolves": {"bsonType": "string", "minLength": 1},
        "postings": {"bsonType": "array", "items": POSTING},
        "body": {"bsonType": "binData"},
        "prev_hash": HASH,
        "hash": HASH,
    },
}
_CURRENCIES = {"$setUnion": [{"$map": {
    "input": "$postings", "as": "one", "in": {"$arrayElemAt": ["$$one", 1]},
}}, []]}
_OF_CURRENCY = {"$filter": {
    "input": "$postings", "as": "one",
    "cond": {"$eq": [{"$arrayElemAt": ["$$one", 1]}, "$$currency"]},
}}
_SUM = {"$sum": {"$map": {
    "input": _OF_CURRENCY, "as": "one", "in": {"$arrayElemAt": ["$$one", 2]},
}}}
_BALANCED = {"$allElementsTrue": [{"$map": {
    "input": _CURRENCIES, "as": "currency", "in": {"$eq": [_SUM, 0]},
}}]}

COMMITS: dict[str, Any] = {
    "$jsonSchema": _COMMIT,
    "$expr": {"$and": [
        _BALANCED,
        {"$gte": ["$room_seq_last", {"$subtract": ["$room_seq_first", 1]}]},
        {"$eq": [{"$eq": ["$seq", 1]}, {"$eq": ["$prev_hash", ZERO_HASH]}]},
        {"$gte": [{"$binarySize": "$body"}, 1]},
        {"$lte": [{"$binarySize": "$body"}, MAX_BODY_BYTES]},
    ]},
}

COLLECTIONS: dict[str, dict[str, Any]] = {
    "commits": COMMITS, "snapshots": {}, "leases": {}, "declarations": {}, "documents": {},
}
INDEXES = {
    "commits": [
        IndexModel([("book", ASCENDING), ("seq", ASCENDING)], name="place", unique=True),
        IndexModel(
            [("resolves", ASCENDING)], name="resolves", unique=True,
            partialFilterExpression={"resolves": {"$exists": True}},
        ),
        IndexModel(
            [("room", ASCENDING), ("seq", ASCENDING), ("room_seq_last", ASCENDING)], name="room",
            partialFilterExpression={"room": {"$gt": ""}},
        ),
    ],
    "snapshots": [IndexModel([("kind", ASCENDING), ("key", ASCENDING)], name="key")],
    "documents": [
        IndexModel([("collection", ASCENDING), ("id", ASCENDING)], name="id", unique=True),
        IndexModel(
            [("uniques", ASCENDING)], name="uniques", unique=True,
            partialFilterExpression={"uniques": {"$exists": True}},
        ),
        IndexModel(
            [("values", ASCENDING), ("id", ASCENDING)], name="values",
            partialFilterExpression={"values": {"$exists": True}},
        ),
    ],
}
