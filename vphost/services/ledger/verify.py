"""Verifying a whole journal by nothing but its own contents.

Checks the places and the hash chain, that the stored columns say what the body says, that the
postings of every commit sum to zero, that no account ever fell below what it may, that every
room's events are numbered without a gap, and that the ledger's snapshot agrees. It needs no key
and trusts no balance that it did not add up itself.

It also holds every commit against the rule of accounts (docs/plugins.md, "Money"): money lies in
accounts of known kinds only, a room touches no other room's, and no room ever pays people and the
house more than it took from them, so that chips which it issued never become anybody's money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from vphost.rules.books import HOUSE, WORLD, is_of_user, of_room, unbalanced
from vphost.rules.mode import Posting
from vphost.services.journal.checked_journal import raw_journal
from vphost.services.journal.commit_codec import FORMAT, ZERO_HASH, chain_hash
from vphost.services.ledger.balances import Balances, Key, Unbalanced, net_of
from vphost.services.ledger.ledger import TRANSACTION, snapshot_balances
from vphost.services.ledger.plugin_money import may_touch
from vphost.services.ports import Journal, Record, Snapshot, StoreRefused

PAGE = 2_000
FAULTS_MAX = 100
"""How many faults are described; further ones are only counted."""


@dataclass(slots=True)
class LedgerReport:
    """What was found.

    commits: how many were read. head: hash of the newest. sums: currency -> sum of all postings
    (0). balances: account and currency -> minor units, zeros left out. rooms: room -> its newest
    event number. faults: sentences, at most FAULTS_MAX; fault_count: all of them.
    """

    commits: int = 0
    head: str = ZERO_HASH
    sums: dict[str, int] = field(default_factory=dict)
    balances: dict[Key, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    fault_count: int = 0

    @property
    def ok(self) -> bool:
        """Whether no fault was found."""
        return self.fault_count == 0

    def fault(self, text: str) -> None:
        """Note that something is wrong."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(text)


async def verify(
    journal: Journal, book: str, house_limits: Mapping[Key, int] | None = None
) -> LedgerReport:
    """Read all commits of a book and return what does not fit.

    house_limits: how far below zero house accounts may go; None: as far as they like.
    Raises: StoreDown.
    """
    journal = raw_journal(journal)  # The checked one would stop at the first fault.
    check = Check(house_limits)
    head = await journal.head(book)
    snapshot = await journal.snapshot("ledger", book)
    while check.seq < head.seq:
        page = await journal.read(book, check.seq, PAGE)
        if not page:
            check.report.fault(f"the journal ends at {check.seq}, its head is {head.seq}")
            break
        for record in page:
            check.take(record)
            if snapshot is not None and record.seq == snapshot.seq:
                check.compare(snapshot)
    if snapshot is not None and snapshot.seq > check.seq:
        check.report.fault(f"the ledger's snapshot is of {snapshot.seq}, after the last commit")
    return check.finish(head.hash)


class Check:
    """The running totals of one verification."""

    def __init__(self, house_limits: Mapping[Key, int] | None) -> None:
        self.report = LedgerReport()
        self.seq = 0
        self._prev_hash = ZERO_HASH
        self._limits = house_limits
        self._balances = Balances(house_limits or {})
        self._paid_out: dict[tuple[str, str], int] = {}
        """(room, currency) -> what it paid to people and the house beyond what it took."""

    def take(self, record: Record) -> None:
        """Check one commit against all before it."""
        report = self.report
        where = f"commit {record.seq} ({record.id})"
        if record.seq != self.seq + 1:
            report.fault(f"{where}: follows {self.seq}")
        if record.prev_hash != self._prev_hash:
            report.fault(f"{where}: the chain is broken before it")
        if chain_hash(record.prev_hash, record.body) != record.hash:
            report.fault(f"{where}: its hash differs")
        self.seq, self._prev_hash = record.seq, record.hash
        report.commits += 1
        report.head = record.hash
        self._count_room(record, where)
        postings = self._postings(record, where)
        self._check_accounts(record, postings, where)
        for currency, total in unbalanced(postings).items():
            report.fault(f"{where}: the postings leave {total} {currency}")
        self._move(postings, where)

    def _postings(self, record: Record, where: str) -> tuple[Posting, ...]:
        """Compare the body with the columns; return the body's postings."""
        try:
            fields = orjson.loads(record.body)
            if fields["format"] > FORMAT:
                self.report.fault(f"{where}: format {fields['format']} is not known here")
                return record.postings
            postings = tuple(
                Posting(*one) for event in fields["events"] for one in event["postings"]
            )
            said = (
                fields["id"], fields["book"], fields["seq"], fields["room"],
                *fields["room_seqs"], fields["at_ms"], fields["resolves"], postings,
            )
            canonical = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
        except (ValueError, KeyError, TypeError):
            self.report.fault(f"{where}: the body cannot be read")
            return record.postings
        columns = (
            record.id, record.book, record.seq, record.room, record.room_seq_first,
            record.room_seq_last, record.at_ms, record.resolves, record.postings,
        )
        if said != columns or canonical != record.body:
            self.report.fault(f"{where}: the body and the columns differ")
        return postings

    def _count_room(self, record: Record, where: str) -> None:
        if not record.room:
            return
        newest = self.report.rooms.get(record.room, 0)
        if record.room_seq_first != newest + 1:
            self.report.fault(f"{where}: event {record.room_seq_first} follows {newest}")
        self.report.rooms[record.room] = record.room_seq_last

    def _check_accounts(
        self, record: Record, postings: tuple[Posting, ...], where: str
    ) -> None:
        """Check that a commit may touch the accounts that it touches."""
        room, id = record.room, record.id.removeprefix(TRANSACTION)
        paid: dict[str, int] = {}
        for account, currency, amount in ((p.account, p.currency, p.amount) for p in postings):
            of_plugin = None if room else may_touch(id, account)
            if of_plugin is not None:
                if not of_plugin:
                    self.report.fault(f"{where}: {account[:80]} is no account of that plugin")
            elif is_of_user(account) or account.startswith(HOUSE) and account != HOUSE:
                paid[currency] = paid.get(currency, 0) + amount
            elif account != WORLD and not (room and account.startswith(of_room(room))):
                self.report.fault(f"{where}: {account[:80]} is no account that it may touch")
        if not room:
            return
        for currency, amount in paid.items():
            total = self._paid_out.get((room, currency), 0) + amount
            self._paid_out[room, currency] = total
            if amount > 0 and total > 0:
                self.report.fault(
                    f"{where}: room {room} has paid out {total} {currency} more than it took"
                )

    def _move(self, postings: tuple[Posting, ...], where: str) -> None:
        for posting in postings:
            sums = self.report.sums
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount
        try:
            net = net_of(postings)
        except Unbalanced:
            return
        self._balances.apply(net)
        for key, amount in net.items():
            left = self._balances.balance(*key)
            if amount < 0 and left < 0 and self._is_bounded(key, left):
                self.report.fault(f"{where}: {key[0]} falls to {left} {key[1]}")

    def _is_bounded(self, key: Key, left: int) -> bool:
        if key[0] == WORLD or key[0].startswith("house:") and self._limits is None:
            return False
        return left < self._balances.floor(key)

    def compare(self, snapshot: Snapshot) -> None:
        """Compare the ledger's snapshot with what was added up to the same place."""
        try:
            there = snapshot_balances(snapshot)
        except StoreRefused as error:
            self.report.fault(f"snapshot at {snapshot.seq}: {error}")
            return
        ours = self._balances.durable()
        for key in sorted(there.keys() | ours.keys()):
            if there.get(key, 0) != ours.get(key, 0):
                self.report.fault(
                    f"snapshot at {snapshot.seq}: {key[0]} holds {there.get(key, 0)} {key[1]},"
                    f" the commits say {ours.get(key, 0)}"
                )

    def finish(self, head: str) -> LedgerReport:
        """Return the report."""
        report = self.report
        if report.head != head:
            report.fault("the newest commit is not the head")
        report.balances = self._balances.durable()
        return report
