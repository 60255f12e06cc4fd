"""Commits and snapshots converted to documents of the database, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import bson
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from vphost.rules.mode import Posting
from vphost.services.ports import MAX_BODY_BYTES, BadRecord, Record, Snapshot


def encoded(record: Record) -> RawBSONDocument:
    """Return a commit's document. Raises: BadRecord when it is too large or BSON cannot hold it."""
    if len(record.body) > MAX_BODY_BYTES:
        raise BadRecord(f"The commit {record.id} is too large.")
    document: dict[str, Any] = {
        "_id": record.id, "book": record.book, "seq": record.seq, "room": record.room,
        "room_seq_first": record.room_seq_first, "room_seq_last": record.room_seq_last,
        "at_ms": record.at_ms,
        "postings": [[one.account, one.currency, one.amount] for one in record.postings],
        "body": record.body, "prev_hash": record.prev_hash, "hash": record.hash,
    }
    if record.resolves is not None:
        document["resolves"] = record.resolves
    try:
        return RawBSONDocument(bson.encode(document))
    except (BSONError, OverflowError, UnicodeError) as error:
        raise BadRecord(f"The commit {record.id} is no BSON: {type(error).__name__}.") from error


def record_of(document: Mapping[str, Any]) -> Record:
    """Return the commit of a document."""
    return Record(
        id=document["_id"], book=document["book"], seq=document["seq"], room=document["room"],
        room_seq_first=document["room_seq_first"], room_seq_last=document["room_seq_last"],
        at_ms=document["at_ms"], resolves=document.get("resolves"),
        postings=tuple(Posting(*one) for one in document["postings"]),
        body=bytes(document["body"]), prev_hash=document["prev_hash"], hash=document["hash"],
    )


def snapshot_id(kind: str, key: str) -> str:
    """Return the `_id` of a snapshot; unambiguous, because kinds have no colon."""
    return f"{kind}:{key}"


def snapshot_document(snapshot: Snapshot) -> dict[str, Any]:
    """Return the document of a snapshot. Raises: BadRecord."""
    if len(snapshot.body) > MAX_BODY_BYTES:
        raise BadRecord(f"The snapshot {snapshot.kind} {snapshot.key} is too large.")
    return {
        "_id": snapshot_id(snapshot.kind, snapshot.key), "kind": snapshot.kind,
        "key": snapshot.key, "seq": snapshot.seq, "room_seq": snapshot.room_seq,
        "mode": snapshot.mode, "mode_version": snapshot.mode_version,
        "body": snapshot.body,
    }


def snapshot_of(document: Mapping[str, Any]) -> Snapshot:
    """Return the snapshot of a document."""
    return Snapshot(
        kind=document["kind"], key=document["key"], seq=document["seq"],
        room_seq=document["room_seq"], mode=document["mode"],
        mode_version=document["mode_version"], body=bytes(document["body"]),
    )
