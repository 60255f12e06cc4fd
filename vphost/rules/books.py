"""Account names, and the sums that every commit has to keep; the ledger service enforces them."""

from __future__ import annotations

from collections.abc import Iterable

from vphost.rules.mode import Posting

WORLD = "world"
"""The outside; the only account that may go below zero without a limit."""


HOUSE, USER, ROOM, PLUGIN = "house:", "user:", "room:", "x:"
"""Prefixes of all other accounts."""


def house(what: str) -> str:
    """Return the operator's account for one purpose, such as rake."""
    return f"house:{what}"


def user(user_id: str) -> str:
    """Return the account of a user's available money."""
    return f"user:{user_id}"


def hold(user_id: str, plugin: str, ref: str) -> str:
    """Return the account of a user's money that a plugin holds under a name of its own."""
    return f"user:{user_id}:hold:{plugin}:{ref}"


def of_plugin(plugin: str) -> str:
    """Return how the names of all accounts of a plugin begin."""
    return f"x:{plugin}:"


def is_of_user(account: str) -> bool:
    """Return whether an account is a user's own; what is held of the user's money is not."""
    return account.startswith(USER) and 0 < len(account) - len(USER) and account.count(":") == 1


def is_hold(account: str, plugin: str) -> bool:
    """Return whether an account holds a user's money for a plugin."""
    parts = account.split(":", 4)
    return (
        len(parts) == 5 and all(parts) and [parts[0], *parts[2:4]] == ["user", "hold", plugin]
    )


def of_room(room: str) -> str:
    """Return how the names of all accounts of a room begin."""
    return f"room:{room}:"


def bank(room: str, player: int) -> str:
    """Return the account of a player's bank at a table."""
    return f"room:{room}:bank:{player}"


def stack(room: str, player: int) -> str:
    """Return the account of a player's chips on the table."""
    return f"room:{room}:stack:{player}"


def delayed(room: str, player: int) -> str:
    """Return the account of chips that join the player's stack at the next hand."""
    return f"room:{room}:delayed:{player}"


def pot(room: str) -> str:
    """Return the account of all chips bet in the running hand."""
    return f"room:{room}:pot"


def pool(room: str, pool_id: str) -> str:
    """Return the account of all stakes in one betting pool."""
    return f"room:{room}:pool:{pool_id}"


def move(source: str, target: str, currency: str, amount: int) -> tuple[Posting, ...]:
    """Return the two postings that move a positive amount; none when it is zero."""
    if amount == 0:
        return ()
    assert amount > 0, "a movement has a positive amount"
    return (Posting(source, currency, -amount), Posting(target, currency, amount))


def unbalanced(postings: Iterable[Posting]) -> dict[str, int]:
    """Return the currencies whose postings do not sum to zero, with their sums."""
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount
    return {currency: total for currency, total in sums.items() if total}
