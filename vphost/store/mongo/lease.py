"""Who owns a book of the MongoDB store.

The database cannot tell that an owner has died, so a heartbeat says that it is alive; once the
heartbeat is too old, another process may take the book. On the owner's own machine the operating
system is asked too, so that a killed owner need not be waited for. Leases are written only by
compare-and-set.

An owner that was paused (a suspended machine, say) wakes up without knowing that it lost the book.
So before inserting, an owner that has not seen its lease for a while reads it again; whatever slips
through is stopped by the unique place of every commit.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from vphost.services.ports import Fenced, Lease, StoreDown, StoreRefused
from vphost.store.living import is_living, machine, started
from vphost.store.mongo.errors import coded

CONFIRM_AFTER_S = 3.0
"""How long a look at our lease counts as recent; well below what others wait for."""
TRIES = 5


@dataclass(slots=True)
class Held:
    """A lease that this open store took. seen_s: when it was last known to be ours."""

    epoch: int
    seen_s: float
    lost: bool = False


class Leases:
    """The leases of a database, and which of them this open store holds."""

    def __init__(
        self, leases: AsyncCollection[dict[str, Any]], confirm_after_s: float = CONFIRM_AFTER_S
    ) -> None:
        self._leases = leases
        self._confirm_after_s = confirm_after_s
        self._held: dict[str, Held] = {}
        self._machine = machine()

    async def take(self, book: str, lease: Lease, stale_after_ms: int) -> Lease | None:
        """Write the new lease with the next epoch; return the one before it."""
        for _ in range(TRIES):
            asked_s = _now_s()
            with coded():
                there = await self._leases.find_one({"_id": book})
            if there is not None and (
                book in self._held or self._may_live(there, lease, stale_after_ms)
            ):
                raise StoreRefused(_who(book, there, lease.heartbeat_ms))
            epoch = there["epoch"] + 1 if there else 1
            if await self._replace(book, there, self._document(book, lease, epoch)):
                self._held[book] = Held(epoch, asked_s)
                return _lease(there) if there else None
        raise StoreDown(f"Book {book} is being taken by several processes at once.")

    async def beat(self, book: str, epoch: int, now_ms: int, *, released: bool) -> None:
        """Record that the owner of this epoch is alive at this moment. Raises: Fenced."""
        asked_s = _now_s()
        with coded():
            done = await self._leases.update_one(
                {"_id": book, "epoch": epoch},
                {"$set": {"heartbeat_ms": now_ms, "released": int(released)}},
            )
        held = self._held.get(book)
        ours = held is not None and held.epoch == epoch
        if done.matched_count == 0:
            if held is not None and ours:
                held.lost = True
            raise Fenced(f"Book {book} has another owner than epoch {epoch}.")
        if held is not None and ours:
            held.seen_s = asked_s
            if released:
                del self._held[book]

    async def read(self, book: str) -> Lease | None:
        """Return the newest lease of a book."""
        with coded():
            there = await self._leases.find_one({"_id": book})
        return _lease(there) if there else None

    async def confirm(self, books: Collection[str]) -> None:
        """Raise Fenced when this store took one of the leases and somebody else has it now.

        The database is asked only when no heartbeat has done so lately. Raises: StoreDown.
        """
        for book in books:
            held = self._held.get(book)
            if held is None:
                continue
            if not held.lost and _now_s() - held.seen_s >= self._confirm_after_s:
                asked_s = _now_s()
                with coded():
                    there = await self._leases.find_one({"_id": book}, {"epoch": 1})
                held.lost = there is None or there["epoch"] != held.epoch
                held.seen_s = asked_s
            if held.lost:
                raise Fenced(f"Book {book} has another owner than epoch {held.epoch}.")

    def _document(self, book: str, lease: Lease, epoch: int) -> dict[str, Any]:
        return {
            "_id": book, "epoch": epoch, "owner": lease.owner, "pid": lease.pid,
            "host": lease.host, "heartbeat_ms": lease.heartbeat_ms, "control": lease.control,
            "released": 0, "machine": self._machine, "started": started(lease.pid),
        }

    async def _replace(
        self, book: str, there: Mapping[str, Any] | None, document: dict[str, Any]
    ) -> bool:
        """Replace the lease that was read; False when it has changed since."""
        with coded():
            try:
                if there is None:
                    await self._leases.insert_one(document)
                    return True
                fields = ("_id", "epoch", "heartbeat_ms", "released")
                done = await self._leases.replace_one(
                    {name: there[name] for name in fields}, document
                )
            except DuplicateKeyError:
                return False
        return done.matched_count == 1

    def _may_live(
        self, there: Mapping[str, Any], taker: Lease, stale_after_ms: int
    ) -> bool:
        """Return whether the owner named by a stored lease may still be working."""
        if there["released"] or taker.heartbeat_ms - there["heartbeat_ms"] >= stale_after_ms:
            return False
        if there["host"] != taker.host or not self._machine:
            return True
        if there.get("machine") != self._machine:
            return True
        return is_living(there["pid"]) and started(there["pid"]) == there.get("started")


def _now_s() -> float:
    """Return seconds of a clock that also advances while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _lease(there: Mapping[str, Any]) -> Lease:
    return Lease(
        epoch=there["epoch"], owner=there["owner"], pid=there["pid"], host=there["host"],
        heartbeat_ms=there["heartbeat_ms"], control=there["control"],
    )


def _who(book: str, there: Mapping[str, Any], now_ms: int) -> str:
    """Return the refusal that names the living owner."""
    age_s = max(0, now_ms - there["heartbeat_ms"]) / 1000
    return (
        f"Book {book} belongs to a living process: pid {there['pid']} on {there['host']},"
        f" last heartbeat {age_s:.1f} s ago."
    )
