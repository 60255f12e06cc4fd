"""Money that a plugin moves without a room, and money of users that it holds.

A room's commits are checked at the rooms' border; this is the same border for a plugin that has no
room (a wallet, prizes of a match). Which accounts it may touch follows from its name alone, so that
`ledger verify` can hold a journal against the rule without asking which plugins there are:

- `x:<plugin>:...`, the plugin's own;
- `house:<what>`, those that it declares;
- `user:<id>`, of users that exist; the plugin vouches that they agreed;
- `user:<id>:hold:<plugin>:<ref>`, by `hold`, `resolve` and `bar_hold` only.

A hold ends once: the commit that ends it has an id made of the hold's, whatever it does with the
money. So a settlement and a cancellation that race can never both happen, on any store, and what
is told of the loser is `id_reused`. An id is never forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from vphost.rules import books
from vphost.rules.mode import Json, Posting, Rejected
from vphost.services.journal.commits import Outcome
from vphost.services.ledger.balances import net_of
from vphost.services.ledger.ledger import STORE_DOWN, Ledger
from vphost.services.ports import StoreDown

AMOUNT_MAX = 2**53 - 1
MEMO_BYTES_MAX = 65_536
POSTINGS_MAX = 1_000
ID = re.compile(r"[!-~]{1,128}")
REF = re.compile(r"[0-9A-Za-z._-]{1,64}")
USER_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
ACCOUNT = re.compile(r"[!-~]{1,200}")
CURRENCY = re.compile(r"[A-Z][A-Z0-9]{1,9}")
OF_PLUGINS = "x:"
"""How the ids of plugins' transactions begin, behind the ledger's own prefix."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money of a user that a plugin set aside; it is in no balance that the user can spend.

    ref: the plugin's own name for it, unique for ever; letters, digits, `.`, `_`, `-`, at most 64.
    amount: minor units, 1 to 2^53 - 1.
    """

    ref: str
    user: str
    currency: str
    amount: int


class PluginMoney:
    """What one plugin may do with money. Every method answers; no wrong argument raises."""

    def __init__(
        self, ledger: Ledger, plugin: str, house: frozenset[str],
        is_user: Callable[[str], Awaitable[bool]],
    ) -> None:
        """house: the accounts of the house that the plugin declares. is_user: may raise StoreDown.
        """
        self._ledger = ledger
        self._plugin = plugin
        self._house = house
        self._is_user = is_user

    async def transact(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        """Move money between accounts that the plugin may touch, at most once per id.

        See `plugin_api.Host.transact`.
        """
        if type(id) is not str or not ID.fullmatch(id):
            return _wrong("id")
        wrong = self._wrong_postings(postings) or _wrong_sum(postings)
        return wrong or await self._move(f"t:{id}", postings, memo)

    async def hold(self, hold: Hold, memo: Mapping[str, Json]) -> Outcome:
        """Set a user's money aside, at most once per ref."""
        if (wrong := _wrong_hold(hold)) is not None:
            return wrong
        source, target = books.user(hold.user), self._account(hold)
        postings = books.move(source, target, hold.currency, hold.amount)
        return await self._move(f"hold:{hold.ref}", postings, memo)

    async def resolve(
        self, hold: Hold, postings: Sequence[Posting], memo: Mapping[str, Json]
    ) -> Outcome:
        """End a hold: its whole amount goes where the postings say, at most once per ref.

        postings: what happens to the money; they sum to the held amount in its currency.
        """
        wrong = _wrong_hold(hold) or self._wrong_postings(postings)
        if wrong is not None:
            return wrong
        account = self._account(hold)
        whole = (Posting(account, hold.currency, -hold.amount), *postings)

        def is_held() -> Rejected | None:
            held = self._ledger.balances.available(account, hold.currency)
            return None if held == hold.amount else Rejected("not_found", {"held": held})

        return _wrong_sum(whole) or await self._move(f"end:{hold.ref}", whole, memo, is_held)

    async def bar_hold(self, ref: str, memo: Mapping[str, Json]) -> Outcome:
        """Use a ref up, so that a hold of it that is still on its way will be refused.

        Once there is a hold of that ref the answer is `id_reused`: resolve it instead.
        """
        if type(ref) is not str or not REF.fullmatch(ref):
            return _wrong("ref")
        return await self._move(f"hold:{ref}", (), memo)

    def _account(self, hold: Hold) -> str:
        return books.hold(hold.user, self._plugin, hold.ref)

    async def _move(
        self, id: str, postings: Sequence[Posting], memo: Mapping[str, Json],
        guard: Callable[[], Rejected | None] = lambda: None,
    ) -> Outcome:
        kept = _as_stored(memo)
        if kept is None:
            return _wrong("memo")
        try:
            for user in _credited(postings):
                if not await self._is_user(user):
                    return Rejected("not_found", {"user": user})
        except StoreDown:
            return STORE_DOWN
        # In one order: the same movement is the same whatever order it was put together in.
        ordered = sorted(postings, key=lambda one: (one.account, one.currency, one.amount))
        return await self._ledger.transact(
            f"{OF_PLUGINS}{self._plugin}:{id}", ordered, kept, guard
        )

    def _wrong_postings(self, postings: object) -> Rejected | None:
        if not isinstance(postings, tuple | list) or len(postings) > POSTINGS_MAX:
            return _wrong("postings")
        for one in postings:
            if type(one) is not Posting or type(one.account) is not str:
                return _wrong("postings")
            if type(one.amount) is not int or abs(one.amount) > AMOUNT_MAX:
                return Rejected("bad_amount", {"field": "postings"})
            if type(one.currency) is not str or not CURRENCY.fullmatch(one.currency):
                return Rejected("bad_message", {"field": "postings", "reason": "currency"})
            if not self._may_touch(one.account):
                return Rejected("forbidden", {"account": one.account[:200]})
        return None

    def _may_touch(self, account: str) -> bool:
        if not ACCOUNT.fullmatch(account):
            return False
        own = books.of_plugin(self._plugin)
        return (
            books.is_of_user(account)
            or account.startswith(own) and len(account) > len(own)
            or account.startswith(books.HOUSE) and account[len(books.HOUSE):] in self._house
        )


def may_touch(commit_id: str, account: str) -> bool | None:
    """Return whether the transaction of a plugin may touch an account, as far as its id can say.

    commit_id: without the ledger's prefix. None: it is no plugin's.
    """
    if not commit_id.startswith(OF_PLUGINS):
        return None
    plugin = commit_id[len(OF_PLUGINS):].partition(":")[0]
    return (
        account.startswith(books.of_plugin(plugin)) or books.is_of_user(account)
        or account.startswith(books.HOUSE) or books.is_hold(account, plugin)
    )


def _credited(postings: Sequence[Posting]) -> list[str]:
    """Return the users who get money: a wrong id would swallow it, a debit of one finds nothing."""
    return sorted({
        one.account[len(books.USER):] for one in postings
        if one.amount > 0 and books.is_of_user(one.account)
    })


def _as_stored(memo: object) -> Json:
    """Return a memo as the journal gives it back, None when it is no JSON or too large.

    A repeat is compared with what was stored, where a tuple has become a list.
    """
    if not isinstance(memo, Mapping):
        return None
    try:
        body = orjson.dumps(dict(memo), default=_plain)
    except TypeError:
        return None
    return orjson.loads(body) if len(body) <= MEMO_BYTES_MAX else None


def _plain(value: object) -> Mapping[str, Json]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError("no JSON")


def _wrong_hold(hold: object) -> Rejected | None:
    if type(hold) is not Hold:
        return _wrong("hold")
    if type(hold.ref) is not str or not REF.fullmatch(hold.ref):
        return _wrong("ref")
    if type(hold.user) is not str or not USER_ID.fullmatch(hold.user):
        return _wrong("user")
    if type(hold.currency) is not str or not CURRENCY.fullmatch(hold.currency):
        return _wrong("currency")
    if type(hold.amount) is not int or not 0 < hold.amount <= AMOUNT_MAX:
        return Rejected("bad_amount", {"field": "amount"})
    return None


def _wrong_sum(postings: Sequence[Posting]) -> Rejected | None:
    sums = books.unbalanced(postings)
    if sums:
        return Rejected("bad_message", {"field": "postings", "reason": f"they leave {sums}"})
    if any(abs(amount) > AMOUNT_MAX for amount in net_of(postings).values()):
        return Rejected("bad_amount", {"field": "postings"})
    return None


def _wrong(field: str) -> Rejected:
    return Rejected("bad_message", {"field": field})
