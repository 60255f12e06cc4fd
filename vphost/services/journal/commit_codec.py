"""A commit as bytes and back: the stored form, its hash, its sealed parts.

The body is canonical JSON (sorted keys, no spaces). Rooms encode everything but `seq`, which only
the writer knows; the writer splices it in, so that a commit is encoded once.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from vphost.rules.mode import EMPTY, Decision, Event, Json, Posting, Send
from vphost.services.journal.sealing import Sealer
from vphost.services.ports import MAX_BODY_BYTES, Record, Snapshot, StoreRefused

FORMAT = 1
"""Format number of commits and snapshots; a host refuses higher ones."""
ID_CHARACTERS_MAX = 512
"""Longest commit id that is accepted; every store can hold it."""
ZERO_HASH = "0" * 64
"""Hash before the first commit of a book."""

_SEQ_MARK = b',"seq":0,"user":'
_BEFORE_SEQ = len(b',"seq":')
_FORMAT_MARK = b',"format":'
_OURS = b"%d," % FORMAT


class TooLarge(Exception):
    """A commit of more than MAX_BODY_BYTES bytes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit before it has its place in the book.

    before, after: the canonical body before and after the number of `seq`.
    """

    id: str
    book: str
    room: str
    room_seq_first: int
    room_seq_last: int
    at_ms: int
    resolves: str | None
    postings: tuple[Posting, ...]
    before: bytes
    after: bytes

    def place(self, seq: int, prev_hash: str) -> Record:
        """Return the record of this commit at a place of the book."""
        body = b"%b%d%b" % (self.before, seq, self.after)
        return Record(
            self.id, self.book, seq, self.room, self.room_seq_first, self.room_seq_last,
            self.at_ms, self.resolves, self.postings, body, prev_hash, chain_hash(prev_hash, body),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A record, decoded. asked: as in `Commit`. wall_ms: time by the wall clock, epoch ms."""

    record: Record
    user: str
    op: str
    mode: str
    mode_version: int
    events: tuple[Event, ...]
    sends: tuple[Send, ...]
    answer: Mapping[str, Json] | None
    wall_ms: int
    asked: str = ""

    @property
    def shift_ms(self) -> int:
        """How far the wall clock was ahead of game time, ms."""
        return self.wall_ms - self.record.at_ms


def chain_hash(prev_hash: str, body: bytes) -> str:
    """Return the hex SHA-256 over the previous commit's hash and the body."""
    return hashlib.sha256(prev_hash.encode() + body).hexdigest()


def with_sum(fields: Mapping[str, Json]) -> bytes:
    """Return the body of an unsealed snapshot, with a SHA-256 of its fields added as `sum`."""
    return orjson.dumps({**fields, "sum": _sum(fields)})


def summed_fields(snapshot: Snapshot) -> Mapping[str, Json]:
    """Return the fields of a snapshot made with `with_sum`; those of older versions have no sum.

    Raises: StoreRefused when they are not what was written.
    """
    try:
        fields: dict[str, Json] = orjson.loads(snapshot.body)
        is_whole = fields.pop("sum", None) in (None, _sum(fields))
    except (ValueError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise StoreRefused(f"the snapshot {snapshot.kind} at {snapshot.seq} is damaged")
    return fields


def _sum(fields: Mapping[str, Json]) -> str:
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


def commit_id(room: str, user: str, command_id: str) -> str:
    """Return the id of a command's commit: `<room>:<user>:<command id>`.

    Colons in a user's id are escaped. Otherwise the users `a` and `a:b` could produce the same id,
    and one of them would get the other's answer. Rooms' ids have no colons.
    """
    if ":" in user or "%" in user:
        user = user.replace("%", "%25").replace(":", "%3A")
    return f"{room}:{user}:{command_id}"


def draft(
    *, id: str, book: str, room: str, room_seq_first: int, room_seq_last: int, mode: str,
    mode_version: int, user: str, op: str, at_ms: int, events: Sequence[Event],
    sends: Sequence[Send], answer: Mapping[str, Json] | None, resolves: str | None,
    sealer: Sealer, asked: str = "", shift_ms: int = 0,
) -> Draft:
    """Encode a commit, apart from its place in the book.

    asked: digest of the request, "" for none. shift_ms: how far the wall clock is ahead of at_ms,
    which is game time.
    Raises: TooLarge; TypeError when JSON cannot hold something in it.
    """
    fields: dict[str, Json] = {
        "answer": answer,
        "at_ms": at_ms,
        "book": book,
        "events": [_event_fields(event, id, place, sealer) for place, event in enumerate(events)],
        "format": FORMAT,
        "id": id,
        "mode": mode,
        "mode_version": mode_version,
        "op": op,
        "resolves": resolves,
        "room": room,
        "room_seqs": (room_seq_first, room_seq_last),
        "sends": [
            {"args": send.args, "id": send.id, "op": send.op, "target": send.target}
            for send in sends
        ],
        "seq": 0,
        "user": user,
        **({"asked": asked} if asked else {}),
    }
    if shift_ms:
        fields["wall_ms"] = at_ms + shift_ms
    body = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    if len(body) > MAX_BODY_BYTES - 20:
        raise TooLarge(f"{len(body)} bytes")
    # Keys are sorted, so `seq` and `user` are the last ones that every body has, and `wall_ms`
    # after them holds a number. A text inside an event cannot be mistaken for the mark: its quotes
    # would be escaped, and a nested object comes earlier. So the last match is the place of `seq`.
    cut = body.rindex(_SEQ_MARK) + _BEFORE_SEQ
    return Draft(
        id=id, book=book, room=room, room_seq_first=room_seq_first, room_seq_last=room_seq_last,
        at_ms=at_ms, resolves=resolves,
        postings=tuple(posting for event in events for posting in event.postings),
        before=body[:cut], after=body[cut + 1:],
    )


def _event_fields(event: Event, id: str, place: int, sealer: Sealer) -> dict[str, Json]:
    sealed = None
    if event.secret or event.hidden:
        plain = {
            "secret": {str(player): fields for player, fields in event.secret.items()},
            "hidden": event.hidden,
        }
        sealed = sealer.seal(orjson.dumps(plain), f"{id}/{place}")
    return {
        "data": event.data,
        "name": event.name,
        "postings": [(one.account, one.currency, one.amount) for one in event.postings],
        "sealed": sealed,
    }


def as_stored(decision: Decision) -> Decision:
    """Return a decision as it will be read back: tuples as lists, enums as texts, keys sorted.

    The live state is folded from this, so that it equals the state after a restart.
    Raises: TypeError when JSON cannot hold something; ValueError for NaN and infinity.
    """
    return Decision(
        tuple(_event_as_stored(event) for event in decision.events),
        tuple(
            Send(send.id, send.target, send.op, json_of(send.args)) for send in decision.sends
        ) if decision.sends else (),
        None if decision.answer is None else json_of(decision.answer),
    )


def _event_as_stored(event: Event) -> Event:
    return Event(
        event.name, json_of(event.data) if event.data else {},
        {player: json_of(fields, 0) for player, fields in event.secret.items()},
        json_of(event.hidden, 0) if event.hidden else EMPTY, tuple(event.postings),
    )


def json_of(value: Json, option: int = orjson.OPT_SORT_KEYS) -> Json:
    """Return a value as it comes back from JSON. Raises: TypeError; ValueError (NaN, infinity)."""
    # orjson writes NaN and infinity as null, so there are none in a value that came back equal.
    given = orjson.loads(orjson.dumps(value, option=option))
    if given != value and not _is_finite(value):
        raise ValueError("JSON has neither NaN nor infinity")
    return given


def _is_finite(value: Json) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(_is_finite(one) for one in value.values())
    return not isinstance(value, list | tuple) or all(_is_finite(one) for one in value)


def decode(record: Record, sealer: Sealer | None) -> Stored:
    """Return a stored commit, decoded. Without a sealer its secrets are left out.

    Raises: CannotUnseal; ValueError or KeyError when the body is damaged.
    """
    fields = orjson.loads(record.body)
    if fields["format"] > FORMAT:
        raise ValueError(f"commit {record.seq} has format {fields['format']}")
    return Stored(
        record=record, user=fields["user"], op=fields["op"], mode=fields["mode"],
        mode_version=fields["mode_version"],
        events=tuple(
            _event(one, record.id, place, sealer) for place, one in enumerate(fields["events"])
        ),
        sends=tuple(
            Send(id=one["id"], target=one["target"], op=one["op"], args=one["args"])
            for one in fields["sends"]
        ),
        answer=fields["answer"], asked=fields.get("asked", ""),
        wall_ms=fields.get("wall_ms", record.at_ms),
    )


def _event(fields: Mapping[str, Json], id: str, place: int, sealer: Sealer | None) -> Event:
    secret: Mapping[int, Json] = {}
    hidden: Mapping[str, Json] = EMPTY
    if fields["sealed"] is not None and sealer is not None:
        plain = orjson.loads(sealer.unseal(fields["sealed"], f"{id}/{place}"))
        secret = {int(player): part for player, part in plain["secret"].items()}
        hidden = plain["hidden"]
    postings = tuple(Posting(*one) for one in fields["postings"])
    return Event(fields["name"], fields["data"], secret, hidden, postings)


def has_sends(body: bytes) -> bool:
    """Return whether a commit has sends, without decoding it.

    `sends` is the key right before `seq`, and nothing after `,"seq":` can contain that text.
    """
    return not body[:body.rindex(b',"seq":')].endswith(b',"sends":[]')


def is_of_our_format(body: bytes) -> bool:
    """Return True when a commit surely has our format; False when only decoding it can tell.

    In a commit without sends no key after the top-level `format` can contain a field of the same
    name, so the last match is the right one. (Arguments of sends could contain one.)
    """
    if has_sends(body):
        return False
    start = body.rindex(_FORMAT_MARK) + len(_FORMAT_MARK)
    return body.startswith(_OURS, start)


def key_ids(body: bytes) -> set[str]:
    """Return the ids of the keys that are needed to unseal a commit."""
    sealed = (event["sealed"] for event in orjson.loads(body)["events"])
    return {text.partition(".")[0] for text in sealed if text is not None}


def visible(events: Sequence[Event]) -> int:
    """Return how many of the events are visible to viewers; the others have no room seq."""
    return sum(1 for event in events if not event.name.startswith("_"))
