"""Rebuys and add-ons: who may buy chips again, when, and what it costs.

A rebuy is offered at the bust, or while one has few chips; the decision holds the table's next
hand, not the clock. Money and chips belong in one commit.
Source: TDA 27 (chips that are bought in a hand are not played in it).
"""

from __future__ import annotations

from dataclasses import dataclass

DECISION_MS = 15_000
"""How long a table waits for the answer to an offer."""


@dataclass(frozen=True, slots=True)
class Price:
    """What chips are sold for. pool: into the prize pool; fee: to the house; minor units."""

    chips: int
    pool: int
    fee: int


@dataclass(frozen=True, slots=True)
class RebuyRules:
    """When rebuys are sold.

    threshold: the most chips with which it is offered; 0 for a bust only. last_level: the last one
    in which they are sold, 0 for none. most: rebuys of one entry, None for any number.
    """

    price: Price
    threshold: int
    last_level: int
    most: int | None


@dataclass(frozen=True, slots=True)
class AddOnRules:
    """The add-on, once an entry. level: the one after which it is sold, in the break."""

    price: Price
    level: int


def offers_rebuy(rules: RebuyRules, *, chips: int, level: int, bought: int) -> bool:
    """Return whether somebody is offered a rebuy when a hand has ended.

    chips: what they have. level: the blind level of that hand. bought: rebuys of this entry.
    """
    return (
        chips <= rules.threshold and level <= rules.last_level
        and (rules.most is None or bought < rules.most)
    )


def offers_add_on(rules: AddOnRules, *, chips: int, ended_level: int, has_bought: bool) -> bool:
    """Return whether somebody is offered the add-on.

    chips: what they have; a player who is out gets no add-on. ended_level: the level that has just
    ended.
    """
    return chips > 0 and ended_level == rules.level and not has_bought
