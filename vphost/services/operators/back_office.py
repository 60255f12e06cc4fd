"""What operators look at and do over REST: users, accounts and postings, the audit log.

Commits are decoded without a key, so that nothing sealed can get out this way. Reading the journal
yields to the event loop every few commits, and one call reads a bounded part of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vphost.rules.books import WORLD
from vphost.rules.mode import Rejected
from vphost.services.accounts.accounts import Accounts, Kind, User
from vphost.services.accounts.sign_in import SignIn
from vphost.services.journal.commit_codec import Stored, decode
from vphost.services.ledger.ledger import Ledger
from vphost.services.operators.audit import DONE, Audit
from vphost.services.operators.audit_check import Verdict, verify
from vphost.services.ports import Clock, Documents, Head, Journal

PAGE = 200
SCANNED_MAX = 20_000
"""How many commits one page of postings looks at."""
CHECKED_EVERY_MS, CHECKED_PART = 10_000, 20
"""How old a verdict on the audit log may be: at least so many ms, and so many times as long as the
check takes, which bounds the part of the time that is spent checking."""
LOOKS_EVERY_MS, LOOKS_MAX = 300_000, 10_000
"""How often an operator's looking at the same thing is recorded; how many such are remembered."""
HOUSE_KINDS = frozenset({Kind.SYSTEM, Kind.BOT})


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What one commit added to an account in one currency."""

    #: Place of the commit in the book, its time by the wall clock (epoch ms), and its id.
    seq: int
    at_ms: int
    commit: str
    #: The room's id, "" for none.
    room: str
    #: Who gave the command, and its operation.
    user: str
    op: str
    currency: str
    #: Minor units, negative for a debit; and of how many postings this is the sum.
    amount: int
    postings: int


@dataclass(frozen=True, slots=True)
class Sum:
    """All accounts of a currency added up, minor units. issued: what came from `world`."""

    currency: str
    total: int
    issued: int
    accounts: int


class BackOffice:
    """The service."""

    def __init__(
        self, *, journal: Journal, documents: Documents, ledger: Ledger, book: str,
        accounts: Accounts, sign_in: SignIn, audit: Audit, clock: Clock,
    ) -> None:
        self.audit = audit
        self.accounts = accounts
        self._journal = journal
        self.documents = documents
        self._ledger = ledger
        self._book = book
        self._sign_in = sign_in
        self._clock = clock
        self._looks: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._verdict: tuple[int, Verdict] | None = None
        self._check_again_ms = 0
        self._checking = asyncio.Lock()

    # -- the audit log -----------------------------------------------------------------------

    async def note_look(self, actor: str, subject: str) -> None:
        """Record that an operator looks at something, once per LOOKS_EVERY_MS."""
        now_ms, look = self._clock.now_ms(), (actor, subject)
        noted_ms = self._looks.get(look)
        if noted_ms is not None and now_ms - noted_ms < LOOKS_EVERY_MS:
            return
        await self.audit.record(actor, "operator.read", subject)
        self._looks[look] = now_ms
        self._looks.move_to_end(look)
        if len(self._looks) > LOOKS_MAX:
            self._looks.popitem(last=False)

    async def verdict(self) -> tuple[int, Verdict]:
        """Return when the whole audit log was last verified, epoch ms, and the verdict."""
        async with self._checking:
            known, began_ms = self._verdict, self._clock.now_ms()
            if known is None or began_ms >= self._check_again_ms:
                at_ms = self._clock.calendar_ms()
                known = self._verdict = (at_ms, await verify(self.documents))
                took_ms = self._clock.now_ms() - began_ms
                self._check_again_ms = began_ms + max(CHECKED_EVERY_MS, CHECKED_PART * took_ms)
        return known

    async def bar(
        self, actor: str, user_id: str, disabled: bool, reason: str
    ) -> User | Rejected:
        """Bar a user, or let them in again. Refusals: not_found, action_not_available."""
        outcome = await self._bar(actor, user_id, disabled)
        await self.audit.record(
            actor, "user.disable" if disabled else "user.enable", f"user:{user_id}",
            {"reason": reason, "via": "rest"},
            outcome.code if isinstance(outcome, Rejected) else DONE,
        )
        return outcome

    async def _bar(self, actor: str, user_id: str, disabled: bool) -> User | Rejected:
        user = await self.accounts.by_id(user_id)
        if user is None:
            return Rejected("not_found")
        if actor == f"user:{user_id}" or user.kind in HOUSE_KINDS:
            return Rejected("action_not_available")
        return await self._sign_in.bar(user_id, disabled)

    # -- the ledger --------------------------------------------------------------------------

    def accounts_after(
        self, after: str, prefix: str, limit: int
    ) -> Sequence[tuple[str, Mapping[str, int]]]:
        """Return accounts that are not empty, ordered by name: (name, {currency: minor units})."""
        held: dict[str, dict[str, int]] = {}
        for (account, currency), amount in self._ledger.balances.durable().items():
            if account > after and account.startswith(prefix):
                held.setdefault(account, {})[currency] = amount
        return sorted(held.items())[:limit]

    def sums(self) -> list[Sum]:
        """Return the accounts added up, by currency."""
        totals: dict[str, list[int]] = {}
        for (account, currency), amount in self._ledger.balances.durable().items():
            sums = totals.setdefault(currency, [0, 0, 0])
            sums[0] += amount
            sums[1] -= amount if account == WORLD else 0
            sums[2] += 1
        return [Sum(currency, *sums) for currency, sums in sorted(totals.items())]

    async def head(self) -> Head:
        """Return the newest commit."""
        return await self._journal.head(self._book)

    async def postings(
        self, account: str, after: int, limit: int
    ) -> tuple[list[AccountChange], int | None]:
        """Return what commits after a seq added to an account, oldest first, and where to go on.

        At most SCANNED_MAX commits are looked at. A commit's currencies stay together, so that a
        page may be a little longer than limit. The second value is None at the end.
        """
        found: list[AccountChange] = []
        scanned = 0
        while scanned < SCANNED_MAX:
            records = await self._journal.read(self._book, after, PAGE)
            if not records:
                return found, None
            for record in records:
                after = record.seq
                if any(one.account == account for one in record.postings):
                    found += _moved(decode(record, None), account)
                    if len(found) >= limit:
                        return found, after
            scanned += len(records)
            await asyncio.sleep(0)
        return found, after


def _moved(stored: Stored, account: str) -> list[AccountChange]:
    record = stored.record
    amounts: dict[str, list[int]] = {}
    for one in record.postings:
        if one.account == account:
            amounts.setdefault(one.currency, []).append(one.amount)
    return [
        AccountChange(
            record.seq, stored.wall_ms, record.id, record.room, stored.user, stored.op, currency,
            sum(found), len(found),
        )
        for currency, found in sorted(amounts.items())
    ]
