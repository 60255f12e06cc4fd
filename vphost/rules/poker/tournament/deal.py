"""Deals: the players who are left agree on who gets what, by chip chop or by ICM.

Any player may propose once all are in the money; everybody has to accept, and sitting out means
no. Amounts are rounded down and what is left goes to the chip leader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from vphost.rules.changing import replace
from vphost.rules.poker.tournament.icm import PLAYERS_MAX, icm
from vphost.rules.poker.tournament.payouts import WHOLE_BP
from vphost.rules.poker.tournament.splits import settle, split_by_chips


class DealKind(Enum):
    """How a deal is computed."""

    CHIP_CHOP = "chip_chop"
    ICM = "icm"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a deal gives. amounts: in the order of the stacks. for_winner: still played for."""

    amounts: tuple[int, ...]
    for_winner: int


def can_deal(*, remaining: int, paid_places: int) -> bool:
    """Return whether a deal may be proposed: all are in the money, two at least, and not too many.
    """
    return 2 <= remaining <= min(paid_places, PLAYERS_MAX)


def most_left_bp(prizes: Sequence[int]) -> int:
    """Return the largest part of the money, in hundredths of a per cent, that a deal may leave.

    It comes off the first prize, which it must not press below the last.
    """
    total = sum(prizes)
    return (prizes[0] - prizes[-1]) * WHOLE_BP // total if total else 0


def offer(
    kind: DealKind, stacks: Sequence[int], prizes: Sequence[int], left_bp: int
) -> Offer:
    """Return what a deal would give everybody.

    stacks: chips of all who are left, each above 0, 2 to PLAYERS_MAX. prizes: of the places that
    are left, best first, as many as stacks. left_bp: the part of the money that stays for the
    winner, hundredths of a per cent, at most `most_left_bp`; it is taken off the first prize.
    Returns: amounts and for_winner sum to the prizes; nobody gets less than the next prize.
    """
    assert len(stacks) == len(prizes) and 0 <= left_bp <= most_left_bp(prizes)
    for_winner = sum(prizes) * left_bp // WHOLE_BP
    played_for = sorted((prizes[0] - for_winner, *prizes[1:]), reverse=True)
    total = sum(played_for)
    if kind is DealKind.CHIP_CHOP:
        return Offer(split_by_chips(total, stacks, each=min(played_for)), for_winner)
    return Offer(settle(total, icm(stacks, played_for), stacks), for_winner)


@dataclass(frozen=True, slots=True)
class DealTalk:
    """A proposal that waits for answers.

    by: who has proposed it, and so accepted. players: all who are left, in the order of amounts.
    """

    kind: DealKind
    by: int
    players: tuple[int, ...]
    offer: Offer
    accepted: frozenset[int]

    @property
    def is_agreed(self) -> bool:
        """Whether everybody has accepted."""
        return self.accepted >= set(self.players)


def propose(
    kind: DealKind, by: int, stacks: Sequence[tuple[int, int]], prizes: Sequence[int],
    left_bp: int,
) -> DealTalk:
    """Return a proposal that its proposer has accepted. stacks: (player, chips) of all left."""
    players = tuple(player for player, _ in stacks)
    assert by in players
    made = offer(kind, [chips for _, chips in stacks], prizes, left_bp)
    return DealTalk(kind, by, players, made, frozenset({by}))


def answer(talk: DealTalk, player: int, *, accepts: bool) -> DealTalk | None:
    """Return the proposal after an answer; None when it has failed: one no is enough.

    A player who sits out answers no.
    """
    assert player in talk.players
    return replace(talk, accepted=talk.accepted | {player}) if accepts else None
