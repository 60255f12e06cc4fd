"""What an operator may do, as named operations with plain arguments.

A running host answers them at its control socket; without a host, a command-line tool runs the
same ones on the store whose lease it has taken. Amounts are decimal strings of major units in both
directions, because people write and read them. Whatever only reads the store (`ledger verify`, hand
histories) needs no owner of the book and is not here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from vphost.rules import books
from vphost.rules.mode import Json, Rejected
from vphost.rules.money import BadAmount, Currency, to_major, to_minor
from vphost.services.accounts.accounts import Accounts, Kind, User
from vphost.services.accounts.sign_in import SignIn
from vphost.services.ledger.ledger import Ledger

Answer: TypeAlias = Mapping[str, Json] | Rejected
Operation: TypeAlias = Callable[..., Awaitable[Answer]]
Added: TypeAlias = Callable[[Mapping[str, Json]], Awaitable[Answer]]
"""An operation that checks its own arguments: args as received -> answer."""

TEXT_MAX = 256
USERS_LISTED = 100
KEY = re.compile(r"[!-~]{1,128}")
"""An operator's own id for a transfer of money: visible ASCII."""


class Operations:
    """The dispatch table over the services.

    find_more: returns the plugins' operations; called once, when an unknown one is requested, so
    that a tool loads plugins only if it needs them. None when all are known.
    """

    def __init__(
        self, *, accounts: Accounts, ledger: Ledger,
        currencies: Sequence[Currency], token_lifetime_s: int, sign_in: SignIn,
    ) -> None:
        self._accounts = accounts
        self._sign_in = sign_in
        self._ledger = ledger
        self._currencies = {currency.code: currency for currency in currencies}
        self._token_lifetime_s = token_lifetime_s
        self._added: dict[str, Added] = {}
        self.find_more: Callable[[], Mapping[str, Added]] | None = None
        self._table: dict[str, tuple[Mapping[str, type], Operation]] = {
            "user.add": ({"name": str}, self._user_add),
            "user.token": ({"name": str}, self._user_token),
            "user.list": ({"after": str}, self._user_list),
            "user.disable": ({"name": str}, self._user_disable),
            "user.enable": ({"name": str}, self._user_enable),
            "user.sign_out": ({"name": str}, self._user_sign_out),
            "user.operator": ({"name": str, "on": bool}, self._user_operator),
            "ledger.deposit": (MOVEMENT, self._deposit),
            "ledger.withdraw": (MOVEMENT, self._withdraw),
            "ledger.balance": ({"name": str}, self._balance),
        }

    def add(self, more: Mapping[str, Added]) -> None:
        """Add operations that check their own arguments, such as those of plugins."""
        assert not more.keys() & self._table.keys(), "a plugin's operation has a name of ours"
        self._added.update(more)

    async def call(self, op: str, args: Mapping[str, Json]) -> Answer:
        """Carry out an operation.

        Refusals: unknown_action, bad_message (detail names the field), those of the operation.
        """
        if self.find_more is not None and op not in self._table and op not in self._added:
            self.add(self.find_more())
            self.find_more = None
        if op in self._added:
            return await self._added[op](args)
        if op not in self._table:
            return Rejected("unknown_action", {"op": op[:64]})
        fields, operation = self._table[op]
        return wrong_argument(args, fields) or await operation(**args)

    async def _user_add(self, name: str) -> Answer:
        added = await self._accounts.add(name, Kind.PERSON)
        if isinstance(added, Rejected):
            return added
        return {"id": added.id, "name": added.username}

    async def _user_token(self, name: str) -> Answer:
        """Sign a user in; the sign-in ends as every other one does."""
        user = await self._user(name)
        if isinstance(user, Rejected):
            return user
        if user.disabled:
            return Rejected("forbidden", {"name": user.username})
        token = await self._sign_in.begin_without_refresh(user.id, self._token_lifetime_s)
        return {"id": user.id, "name": user.username, "token": token,
                "expires_in_s": self._token_lifetime_s}

    async def _user_list(self, after: str) -> Answer:
        """Return a page of users by id; after: "-" for the first one."""
        users = await self._accounts.page("" if after == "-" else after, USERS_LISTED + 1)
        shown = users[:USERS_LISTED]
        return {
            "users": [_listed(user) for user in shown],
            "next": shown[-1].id if len(users) > USERS_LISTED else None,
        }

    async def _user_disable(self, name: str) -> Answer:
        """Bar a user: their tokens are refused and their sockets closed at once."""
        return await self._bar(name, True)

    async def _user_enable(self, name: str) -> Answer:
        return await self._bar(name, False)

    async def _bar(self, name: str, disabled: bool) -> Answer:
        user = await self._user(name)
        if isinstance(user, User):
            user = await self._sign_in.bar(user.id, disabled)
        return user if isinstance(user, Rejected) else _barred(user)

    async def _user_sign_out(self, name: str) -> Answer:
        """End all sign-ins of a user, who may sign in again at once."""
        user = await self._user(name)
        if isinstance(user, Rejected):
            return user
        await self._sign_in.end_all(user.id, "signed_out_by_operator")
        return {"id": user.id, "name": user.username}

    async def _user_operator(self, name: str, on: bool) -> Answer:
        """Make a user an operator, who may see `/admin/`, or an ordinary user again."""
        user = await self._user(name)
        if isinstance(user, User):
            user = await self._accounts.make_operator(user.id, on)
        if isinstance(user, Rejected):
            return user
        return {"id": user.id, "name": user.username, "is_operator": user.is_operator}

    async def _deposit(self, name: str, amount: str, currency: str, id: str) -> Answer:
        return await self._move("deposit", name, amount, currency, id)

    async def _withdraw(self, name: str, amount: str, currency: str, id: str) -> Answer:
        return await self._move("withdraw", name, amount, currency, id)

    async def _move(self, kind: str, name: str, amount: str, code: str, key: str) -> Answer:
        """Move money between the world and a user; a key stands for one transfer for ever."""
        if not KEY.fullmatch(key):
            return Rejected("bad_message", {"field": "id"})
        currency = self._currencies.get(code)
        if currency is None:
            return Rejected("not_found", {"currency": code, "known": sorted(self._currencies)})
        try:
            minor = to_minor(amount, currency.decimals)
        except BadAmount as error:
            return Rejected("bad_amount", {"amount": amount[:40], "reason": str(error)})
        if minor <= 0:
            return Rejected("bad_amount", {"amount": amount[:40], "reason": "not positive"})
        user = await self._user(name)
        if isinstance(user, Rejected):
            return user
        account = books.user(user.id)
        source, target = (books.WORLD, account) if kind == "deposit" else (account, books.WORLD)
        memo = {"kind": kind, "user": user.id, "key": key}
        outcome = await self._ledger.transact(
            f"operator:{key}", books.move(source, target, code, minor), memo
        )
        if isinstance(outcome, Rejected):
            return outcome
        return {
            "id": key, "name": user.username, "amount": to_major(minor, currency.decimals),
            "currency": code, "repeated": outcome.repeated,
            "balance": to_major(self._ledger.balance(account, code), currency.decimals),
        }

    async def _balance(self, name: str) -> Answer:
        user = await self._user(name)
        if isinstance(user, Rejected):
            return user
        account = books.user(user.id)
        return {"id": user.id, "name": user.username, "balances": {
            code: to_major(self._ledger.balance(account, code), currency.decimals)
            for code, currency in self._currencies.items()
        }}

    async def _user(self, name: str) -> User | Rejected:
        found = await self._accounts.by_name(name)
        return found or Rejected("not_found", {"name": name[:40]})


MOVEMENT: Mapping[str, type] = {"name": str, "amount": str, "currency": str, "id": str}


def _listed(user: User) -> Mapping[str, Json]:
    return {
        "id": user.id, "name": user.username, "kind": user.kind.value, "email": user.email or None,
        "is_confirmed": user.is_confirmed, "is_operator": user.is_operator,
        "disabled": user.disabled, "created_at": user.created_at,
    }


def _barred(user: User) -> Mapping[str, Json]:
    return {"id": user.id, "name": user.username, "disabled": user.disabled}


def wrong_argument(args: Mapping[str, Json], fields: Mapping[str, type]) -> Rejected | None:
    """Return the refusal of arguments that are not exactly the ones that are stated."""
    for name in [*args, *fields]:
        if name not in fields or name not in args or not _fits(args[name], fields[name]):
            return Rejected("bad_message", {"field": name[:64]})
    return None


def _fits(value: Json, kind: type) -> bool:
    if isinstance(value, str) != (kind is str):
        return False
    return 0 < len(value) <= TEXT_MAX if isinstance(value, str) else isinstance(value, kind)
