"""The audit log: what operators did, in rows that each contain the hash of the previous one.

Rows are documents that are only ever added, by one writer in order. A separate document, the head,
names the newest row, so that cutting off the end is noticed too; every row's hash is also written
to the log, which is kept elsewhere. A row is stored first and the head moved afterwards: a process
that dies in between leaves one row beyond the head, and the next process moves the head to it. No
row holds a secret: whatever is named like one is masked before anything is stored. Verification of
the whole log is in `audit_check.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from vphost.rules.mode import Json, Rejected
from vphost.services.ports import Clock, Document, Documents, Duplicate, StaleVersion, StoreDown
from vphost.services.throttle import Rate

ROWS, HEAD = "audit", "audit_head"
PLACE = "head"
ZERO_HASH = "0" * 64
DONE = "ok"
"""The outcome of what was done; otherwise it is the code of a refusal."""
DIGITS = 12
"""Row ids have this many digits, so that they sort as texts in numerical order."""
TEXT_MAX, FIELDS_MAX = 400, 24
PAUSES_S = (0.02, 0.1, 0.4, 1.0)
"""Pauses between attempts to store a row."""
NOTES_MAX = 1_000
"""How many rows that nobody waits for may be waiting to be stored."""
STRANGERS_PER_S, STRANGERS_AT_ONCE = 1 / 60, 10
"""How often a refused caller gets a row for the same action; below, all of them together."""
ALL_PER_S, ALL_AT_ONCE = 0.05, 200
HIDDEN = "***"
_SECRET = re.compile(
    r"pass|secret|token|cards|deck|seed|credential|authorization|api_?key", re.IGNORECASE
)
_A_SECRET = re.compile(r"vph_[a-z2-7]+\.[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+")
"""An API key or a token, anywhere in a text."""
log = structlog.get_logger("vphost.audit")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row."""

    #: Place in the log, from 1 without gaps.
    seq: int
    #: Epoch ms by the wall clock.
    at_ms: int
    #: `user:<id>`, `key:<id>`, `uid:<number>` for a caller on this machine, `address:<ip>` for a
    #: stranger, or `host`.
    actor: str
    #: What they did, such as `user.disable`.
    action: str
    #: What it was about, such as `user:<id>`; "" for nothing in particular.
    subject: str
    #: Texts of at most TEXT_MAX characters, integers and booleans.
    detail: Mapping[str, Json]
    #: DONE or the code of a refusal.
    outcome: str
    #: Hex SHA-256; see `hash_of`.
    previous_hash: str
    hash: str = ""

    def body(self) -> dict[str, Json]:
        """Return the row as it is stored."""
        return {
            "seq": self.seq, "at_ms": self.at_ms, "actor": self.actor, "action": self.action,
            "subject": self.subject, "detail": dict(self.detail), "outcome": self.outcome,
            "previous_hash": self.previous_hash, "hash": self.hash,
        }


@dataclass(slots=True)
class Tail:
    """The newest row's place and hash. version: of the head's document."""

    seq: int
    hash: str
    version: int


class Audit:
    """The log of one store. `open` first, `close` at the end."""

    def __init__(
        self, documents: Documents, clock: Clock, pauses_s: Sequence[float] = PAUSES_S
    ) -> None:
        """pauses_s: between attempts to store a row."""
        self._pauses_s = pauses_s
        self._documents = documents
        self._clock = clock
        self._lock = asyncio.Lock()
        self._tail: Tail | None = None
        self._notes: set[asyncio.Task[None]] = set()
        self._dropped = 0
        self._strangers = Rate(STRANGERS_PER_S, STRANGERS_AT_ONCE, clock.now_ms)
        self._all = Rate(ALL_PER_S, ALL_AT_ONCE, clock.now_ms)

    async def open(self) -> None:
        """Declare the collections, and move the head to a row that a killed process left beyond it.
        """
        await declare(self._documents)
        async with self._lock:
            self._tail = await self._load()

    async def close(self) -> None:
        """Wait until all notes are stored."""
        await asyncio.gather(*self._notes)

    async def record(
        self, actor: str, action: str, subject: str = "",
        detail: Mapping[str, Json] | None = None, outcome: str = DONE,
    ) -> AuditEntry:
        """Add a row and return it when it is durable.

        Raises: StoreDown, after which the row may be stored or not.
        """
        async with self._lock:
            try:
                return await self._append(
                    actor[:200], text_of(action)[:64], str(_flat(subject))[:200],
                    cleaned(detail or {}), text_of(outcome)[:64],
                )
            except BaseException:
                self._tail = None  # Unknown: read the end again before anything else is added.
                raise

    def note(
        self, actor: str, action: str, subject: str = "",
        detail: Mapping[str, Json] | None = None, outcome: str = DONE,
    ) -> None:
        """Add a row in the background, when no answer depends on it."""
        if len(self._notes) >= NOTES_MAX:
            self._dropped += 1
            return
        facts = {**(detail or {}), **({"rows_left_out": self._dropped} if self._dropped else {})}
        self._dropped = 0
        task = asyncio.create_task(
            self._try_record(actor, action, subject, facts, outcome), name="audit note"
        )
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    def note_refused(self, actor: str, action: str, subject: str, outcome: str) -> None:
        """Add a row about somebody who may not do this, unless there are too many such rows."""
        if self._strangers.take(f"{actor} {action}") or self._all.take(""):
            self._dropped += 1
            return
        self.note(actor, action, subject, None, outcome)

    async def _try_record(
        self, actor: str, action: str, subject: str, detail: Mapping[str, Json], outcome: str
    ) -> None:
        try:
            await self.record(actor, action, subject, detail, outcome)
        except StoreDown:
            log.error("audit_row_lost", actor=actor, action=action, outcome=outcome)

    async def _append(
        self, actor: str, action: str, subject: str, detail: Mapping[str, Json], outcome: str
    ) -> AuditEntry:
        at_ms = self._clock.calendar_ms()
        while True:
            tail = self._tail or await self._load()
            entry = chained(AuditEntry(
                tail.seq + 1, at_ms, actor, action, subject, detail, outcome, tail.hash
            ))
            if await self._insert(entry):
                break
            self._tail = None  # Another process has added a row.
        self._tail = Tail(entry.seq, entry.hash, await self._move_head(tail, entry))
        log.info(
            "audit", seq=entry.seq, hash=entry.hash, actor=actor, action=action, subject=subject,
            outcome=outcome,
        )
        return entry

    async def _insert(self, entry: AuditEntry) -> bool:
        """Store a row; False when its place is taken by another. Raises: StoreDown after retries.

        A Duplicate with our own hash is an earlier attempt of ours whose answer was lost.
        """
        for pause_s in (*self._pauses_s, None):
            try:
                await self._documents.insert(ROWS, row_id(entry.seq), entry.body())
                return True
            except Duplicate:
                found = await self._documents.get(ROWS, row_id(entry.seq))
                return found is not None and found.body.get("hash") == entry.hash
            except StoreDown:
                if pause_s is None:
                    raise
                await asyncio.sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    async def _move_head(self, tail: Tail, entry: AuditEntry) -> int:
        try:
            moved = await self._documents.replace(
                HEAD, PLACE, tail.version, {"seq": entry.seq, "hash": entry.hash}
            )
        except StaleVersion:
            # Moved by an attempt of ours whose answer was lost, or by another process.
            return (await self._load()).version
        return moved.version

    async def _load(self) -> Tail:
        """Return the end of the chain, with the head moved to it."""
        head = await self._documents.get(HEAD, PLACE)
        if head is None:
            try:
                head = await self._documents.insert(HEAD, PLACE, {"seq": 0, "hash": ZERO_HASH})
            except Duplicate:
                return await self._load()
            if await self._documents.find(ROWS, {}, row_id(0), 1):
                log.error("audit_head_missing")
        seq, hashed = int(head.body["seq"]), str(head.body["hash"])
        while found := await self._documents.find(ROWS, {}, row_id(seq), 100):
            for row in found:
                if row.body["previous_hash"] != hashed or row.body["seq"] != seq + 1:
                    log.error("audit_chain_broken", seq=seq + 1)
                seq, hashed = int(row.id), str(row.body["hash"])
        if seq != head.body["seq"]:
            try:
                head = await self._documents.replace(
                    HEAD, PLACE, head.version, {"seq": seq, "hash": hashed}
                )
            except StaleVersion:
                return await self._load()
        return Tail(seq, hashed, head.version)


async def declare(documents: Documents) -> None:
    """Declare the collections."""
    await documents.declare(ROWS, unique=(), indexed=())
    await documents.declare(HEAD, unique=(), indexed=())


async def newest(documents: Documents, before: int, limit: int) -> list[Document]:
    """Return rows, newest first: those before a number, or the newest ones for 0."""
    if not before:
        head = await documents.get(HEAD, PLACE)
        before = (int(head.body["seq"]) if head else 0) + 1
    first = max(0, before - 1 - limit)
    found = await documents.find(ROWS, {}, row_id(first), limit)
    return [row for row in reversed(found) if int(row.id) < before]


def row_id(seq: int) -> str:
    """Return the document id of a row."""
    return f"{seq:0{DIGITS}}"


def hash_of(body: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of a row's canonical JSON: all fields but the hash, keys sorted, no
    spaces. Raises: TypeError when JSON cannot hold it."""
    fields = {name: value for name, value in body.items() if name != "hash"}
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()


def chained(entry: AuditEntry) -> AuditEntry:
    """Return a row with its hash."""
    fields = entry.body()
    return AuditEntry(**{**fields, "hash": hash_of(fields)})


def cleaned(detail: Mapping[str, Json]) -> dict[str, Json]:
    """Return facts as a row may hold them: flat, bounded, and with secrets masked."""
    return {
        text_of(name)[:64]: _flat(_mask(str(name), value))
        for name, value in list(detail.items())[:FIELDS_MAX]
    }


def _mask(name: str, value: Json) -> Json:
    if _SECRET.search(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): _mask(str(key), item) for key, item in value.items()}
    return [_mask("", item) for item in value] if isinstance(value, list | tuple) else value


def _flat(value: Json) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if not isinstance(value, str):
        value = orjson.dumps(value, default=str).decode()
    return _A_SECRET.sub(HIDDEN, text_of(value)[:10 * TEXT_MAX])[:TEXT_MAX]


def text_of(text: str) -> str:
    """Return a text with whatever UTF-8 cannot encode replaced (a command line may have such)."""
    return text.encode("utf-8", "replace").decode()


def subject_of(op: str, args: Mapping[str, Json], outcome: Mapping[str, Json] | Rejected) -> str:
    """Return what an operator's call was about."""
    area = op.partition(".")[0]
    if area in ("user", "key") and isinstance(outcome, Mapping) and "id" in outcome:
        return f"{area}:{outcome['id']}"
    for name in ("name", "host", "id", "table"):
        if isinstance(args.get(name), str):
            return str(args[name])
    return ""


def of_calls(
    audit: Audit, via: str
) -> Callable[[int, str, Mapping[str, Json], Mapping[str, Json] | Rejected], Awaitable[None]]:
    """Return a function that records an operator's call on this machine: (uid, op, args, outcome).

    via: `control` for a running host's socket, `tool` for a command that runs without a host.
    """

    async def record(
        uid: int, op: str, args: Mapping[str, Json], outcome: Mapping[str, Json] | Rejected
    ) -> None:
        await audit.record(
            f"uid:{uid}", op, subject_of(op, args, outcome), {**args, "via": via},
            outcome.code if isinstance(outcome, Rejected) else DONE,
        )

    return record
