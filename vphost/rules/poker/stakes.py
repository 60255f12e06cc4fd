"""The forced bets of one hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class AnteKind(Enum):
    """Who pays the ante: everybody, the big blind for all, or the button for all."""

    ALL = "all"
    BIG_BLIND = "big_blind"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Stakes:
    """The forced bets of one hand, minor units."""

    small_blind: int
    big_blind: int
    ante: int
    ante_kind: AnteKind
    #: For fixed limit, like `big_bet`.
    small_bet: int
    big_bet: int
