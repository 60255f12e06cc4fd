"""The ledger of one book: balances in memory, and transactions outside of rooms.

The balances here are authoritative while the process runs. They are rebuilt from a snapshot and the
commits after it; no decision ever reads them back from the store.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from vphost.rules.mode import NO_LABELS, SYSTEM, Event, Json, Posting, Rejected
from vphost.services.calendar import shift_of
from vphost.services.journal.commit_codec import (
    FORMAT, Draft, Stored, decode, draft, summed_fields, with_sum,
)
from vphost.services.journal.commits import Accepted, Commit, Outcome
from vphost.services.journal.journal import Writer
from vphost.services.journal.sealing import Sealer
from vphost.services.ledger.balances import Balances, Key, Reservation, net_of
from vphost.services.ports import Clock, Head, Journal, Record, Snapshot, StoreDown, StoreRefused

TRANSACTION = "ledger:"
"""Prefix of the commit ids of transactions outside of rooms."""
TRANSFERRED = "_transferred"
"""The event of such a transaction; its data is the memo."""
RECENT_MAX = 1_024
SCAN_LIMIT = 2_000
STORE_DOWN = Rejected("store_down")
ID_REUSED = Rejected("id_reused")


class Transaction:
    """A transaction that has been handed to the writer."""

    def __init__(self, ledger: Ledger, draft: Draft, reservation: Reservation, event: Event):
        self.draft = draft
        self.event = event
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._ledger = ledger
        self._reservation = reservation

    def written(self, record: Record) -> None:
        """Apply it and answer."""
        self._ledger.balances.commit(self._reservation)
        commit = transaction_commit(record, self.event)
        self._ledger.finished(self, commit)
        self._answer(Accepted(commit, repeated=False))

    def doubted(self) -> None:
        """Answer `store_down`; the money stays reserved until the outcome is known."""
        self._answer(STORE_DOWN)

    def lost(self) -> None:
        """Release the money and answer `store_down`."""
        self._ledger.balances.rollback(self._reservation)
        self._ledger.finished(self, None)
        self._answer(STORE_DOWN)

    def _answer(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Ledger:
    """The accounts of one book, and the transactions outside of rooms."""

    def __init__(
        self, writer: Writer, journal: Journal, clock: Clock, sealer: Sealer,
        limits: Mapping[Key, int],
    ) -> None:
        """limits: (house account, currency) -> how far it may go below zero, minor units."""
        self.balances = Balances(limits)
        self._writer = writer
        self._journal = journal
        self._clock = clock
        self._sealer = sealer
        self._running: dict[str, Transaction] = {}
        self._recent: OrderedDict[str, Commit] = OrderedDict()

    def balance(self, account: str, currency: str) -> int:
        """Return a durable balance in minor units; 0 for an unknown account."""
        return self.balances.balance(account, currency)

    async def transact(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json],
        guard: Callable[[], Rejected | None] = lambda: None,
    ) -> Outcome:
        """Move money outside of rooms (deposit, withdrawal, grant); at most once per id.

        guard: asked right before a new transaction is reserved, never for a repeated one; what it
        returns is the refusal.
        Refusals: insufficient_funds, id_reused (same id, other contents), store_down, busy.
        Raises: Unbalanced.
        """
        event = Event(TRANSFERRED, dict(memo), postings=tuple(postings))
        commit_id = TRANSACTION + id
        net_of(postings)
        if commit_id not in self._running and commit_id not in self._recent:
            try:
                found = await self._journal.find(commit_id)
            except StoreDown:
                return STORE_DOWN
            if found is not None:
                there = transaction_commit(found, decode(found, None).events[0])
                return _repeated(there, event)
        if (running := self._running.get(commit_id)) is not None:
            outcome = await asyncio.shield(running.outcome)
            if isinstance(outcome, Accepted) and outcome.commit is not None:
                return _repeated(outcome.commit, event)
            return outcome
        if (recent := self._recent.get(commit_id)) is not None:
            return _repeated(recent, event)
        return await self._append(commit_id, event, guard)

    async def _append(
        self, commit_id: str, event: Event, guard: Callable[[], Rejected | None]
    ) -> Outcome:
        if self._writer.refusing:
            return STORE_DOWN
        if self._writer.full:
            return Rejected("busy")
        if (refused := guard()) is not None:
            return refused
        reservation = self.balances.reserve(event.postings)
        if isinstance(reservation, Rejected):
            return reservation
        drafted = draft(
            id=commit_id, book=self._writer.book, room="", room_seq_first=0, room_seq_last=0,
            mode="", mode_version=0, user=SYSTEM, op="transact", at_ms=self._clock.now_ms(),
            events=(event,), sends=(), answer=None, resolves=None, sealer=self._sealer,
            shift_ms=shift_of(self._clock),
        )
        running = Transaction(self, drafted, reservation, event)
        self._running[commit_id] = running
        self._writer.submit(running)
        return await asyncio.shield(running.outcome)

    def finished(self, transaction: Transaction, commit: Commit | None) -> None:
        """Remember what became of a transaction. Called by the transaction itself."""
        self._running.pop(transaction.draft.id, None)
        if commit is not None:
            self._recent[commit.id] = commit
            if len(self._recent) > RECENT_MAX:
                self._recent.popitem(last=False)

    def snapshot(self, seq: int, durable: Mapping[Key, int]) -> Snapshot:
        """Return a snapshot. durable: the durable balances right after commit seq."""
        accounts = [[*key, amount] for key, amount in sorted(durable.items())]
        return Snapshot(
            kind="ledger", key=self._writer.book, seq=seq, room_seq=0, mode="", mode_version=0,
            body=with_sum({"accounts": accounts, "format": FORMAT}),
        )

    def load(self, snapshot: Snapshot) -> None:
        """Take the balances of a snapshot. Raises: StoreRefused when it is of a newer format."""
        self.balances.load(snapshot_balances(snapshot))

    def replay(self, stored: Stored) -> None:
        """Apply the postings of a commit that is in the journal."""
        postings = [posting for event in stored.events for posting in event.postings]
        if postings:
            self.balances.apply(net_of(postings))

    async def recover(self) -> None:
        """Rebuild only the balances and start the writer; for tools that need no rooms."""
        head = await self._journal.head(self._writer.book)
        snapshot = await self._journal.snapshot("ledger", self._writer.book)
        seq = 0
        if snapshot is not None:
            self.load(snapshot)
            seq = snapshot.seq
        while seq < head.seq:
            for record in await self._journal.read(self._writer.book, seq, SCAN_LIMIT):
                self.replay(decode(record, None))
                seq = record.seq
        self._writer.start(Head(head.seq, head.hash))


def snapshot_balances(snapshot: Snapshot) -> dict[Key, int]:
    """Return the balances of a ledger snapshot. Raises: StoreRefused."""
    fields = summed_fields(snapshot)
    if fields["format"] > FORMAT:
        raise StoreRefused("the ledger's snapshot was written by a newer version")
    return {(account, currency): amount for account, currency, amount in fields["accounts"]}


def transaction_commit(record: Record, event: Event) -> Commit:
    """Return the commit of a transaction outside of rooms."""
    return Commit(
        id=record.id, user=SYSTEM, op="transact", room="", seq=record.seq, room_seq_first=0,
        at_ms=record.at_ms, events=(event,), sends=(), answer=None, labels=NO_LABELS,
    )


def _repeated(there: Commit, event: Event) -> Outcome:
    """Return the first answer to a repeated id; refuse it for a different transaction."""
    first = there.events[0]
    if first.postings != event.postings or first.data != event.data:
        return ID_REUSED
    return Accepted(there, repeated=True)
