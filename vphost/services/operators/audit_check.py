"""Verifying the whole audit log: whether every row is there, in its place, and unchanged.

It trusts nothing but the rows themselves and the head. It may run while a host is running: rows
that are added meanwhile are read too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vphost.rules.mode import Json
from vphost.services.operators.audit import HEAD, PLACE, ROWS, ZERO_HASH, declare, hash_of, row_id
from vphost.services.ports import Document, Documents

PAGE = 500
FAULTS_MAX = 100
FIELDS = frozenset({
    "seq", "at_ms", "actor", "action", "subject", "detail", "outcome", "previous_hash", "hash",
})


@dataclass(slots=True)
class Verdict:
    """What was found. entries: number of rows. head: hash of the newest row that was read.

    faults: sentences that name the row, in order, at most FAULTS_MAX.
    """

    entries: int = 0
    seq: int = 0
    head: str = ZERO_HASH
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is altered or missing."""
        return not self.faults

    def fault(self, text: str) -> None:
        """Note that something is wrong."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(text)

    def report(self) -> dict[str, Json]:
        """Return the verdict as JSON for people and programs."""
        return {
            "ok": self.ok, "entries": self.entries, "head": self.head, "faults": self.faults,
        }


async def verify(documents: Documents, is_kept: bool = True) -> Verdict:
    """Read and check all rows and the head. Raises: StoreDown.

    is_kept: whether the store has an audit log; stores of older releases have none.
    """
    verdict = Verdict()
    if not is_kept:
        return verdict
    await declare(documents)
    hashes = {0: ZERO_HASH}  # Of the last two rows, as the head may lag behind by one.
    while True:
        while page := await documents.find(ROWS, {}, row_id(verdict.seq), PAGE):
            for row in page:
                before = {verdict.seq: verdict.head}
                _take(row, verdict)
                hashes = {**before, verdict.seq: verdict.head}
            await asyncio.sleep(0)
        head = await documents.get(HEAD, PLACE)
        if head is None:
            verdict.fault("the head is missing")
            return verdict
        seq = int(head.body["seq"])
        if seq <= verdict.seq:
            break
        if not await documents.find(ROWS, {}, row_id(verdict.seq), 1):
            last = f" to {seq}" if seq > verdict.seq + 1 else ""
            verdict.fault(f"row {verdict.seq + 1}{last}: missing, the head names row {seq}")
            return verdict
    if hashes.get(seq) != head.body["hash"]:
        verdict.fault(f"row {seq}: is not the one that the head names")
    return verdict


def _take(row: Document, verdict: Verdict) -> None:
    """Check one row against those already read."""
    expected = verdict.seq + 1
    if not row.id.isascii() or not row.id.isdecimal():
        verdict.fault(f"row {expected}: its id is not that of a row")
        return
    place = int(row.id)
    if place != expected:
        last = f" to {place - 1}" if place > expected + 1 else ""
        verdict.fault(f"row {expected}{last}: missing")
    wrong = _fault_of(row.body, place)
    if wrong:
        verdict.fault(f"row {place}: {wrong}")
    elif place == expected and row.body["previous_hash"] != verdict.head:
        verdict.fault(f"row {place}: does not follow the row before it")
    verdict.entries += 1
    verdict.seq, verdict.head = place, str(row.body.get("hash", ""))


def _fault_of(body: Mapping[str, Any], place: int) -> str:
    """Return what is wrong with a row by itself."""
    if body.keys() != FIELDS:
        return "its fields are not those of a row"
    if body["seq"] != place:
        return f"says that it is row {body['seq']}"
    try:
        return "" if hash_of(body) == body["hash"] else "altered, its hash differs"
    except TypeError:
        return "is not JSON"
