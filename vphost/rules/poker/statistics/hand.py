"""What one finished hand counts for each player, and for each against each other.

A hand is given as it was played: the hand before each action, what happened, and its end. Nothing
is guessed from the cards of somebody whose cards are not known.
Source: poker-stats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from vphost.rules.poker.facts import Acted, ActionKind, Fact, PotAwarded, Shown, StreetDealt
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.machine import options
from vphost.rules.poker.statistics import cards
from vphost.rules.poker.statistics.counters import AMOUNTS, Counters, merged
from vphost.rules.poker.statistics.versus import versus

RAISES = frozenset({ActionKind.BET, ActionKind.RAISE})
VOLUNTARY = RAISES | {ActionKind.CALL}
PREFLOP, FLOP = 0, 1
FLOP_CARDS = 3
MILLION = 1_000_000
BIG_BLINDS_MAX = 10**8
"""The most that one hand counts, so that sums fit the integers of a store."""


@dataclass(frozen=True, slots=True)
class Played:
    """A finished hand. before: the hand before each action, in order. facts: all of them, in
    order, from `start` on. end: the hand when it was over."""

    before: tuple[Hand, ...]
    facts: tuple[Fact, ...]
    end: Hand


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """One action where it was taken. was: the hand just before it. in_turn: False for somebody
    who left and was folded before their turn."""

    index: int
    kind: ActionKind
    was: Hand
    in_turn: bool

    @property
    def could_raise(self) -> bool:
        """Whether the rules offered the player a bet or a raise."""
        return self.in_turn and options(self.was).min_to is not None


@dataclass(frozen=True, slots=True)
class HandCounts:
    """What a hand counts. players: by entrant index. unseen: the part of it that needs the cards
    of hands that were not shown. versus: (index, other) -> counters."""

    players: tuple[Counters, ...]
    unseen: tuple[Counters, ...]
    versus: dict[tuple[int, int], Counters]

    def seen(self, place: int) -> Counters:
        """Return what every onlooker could count. place: entrant index."""
        unseen = self.unseen[place]
        return {
            name: number - unseen.get(name, 0) for name, number in self.players[place].items()
            if number != unseen.get(name, 0)
        }


def without_amounts(counts: HandCounts) -> HandCounts:
    """Return what a hand counts where its chips are no money."""
    def kept(counters: Counters) -> Counters:
        return {name: number for name, number in counters.items() if name not in AMOUNTS}

    return HandCounts(
        tuple(map(kept, counts.players)), tuple(map(kept, counts.unseen)),
        {pair: kept(counters) for pair, counters in counts.versus.items()},
    )


def count(played: Played) -> HandCounts:
    """Count one finished hand."""
    assert played.end.is_over, "the hand is over"
    tables: tuple[Counter[str], ...] = tuple(Counter() for _ in played.end.stacks)
    decisions = tuple(decisions_of(played))
    preflop = [one for one in decisions if one.was.street == PREFLOP]
    won = collected(played)
    _preflop(tables, preflop)
    _three_bets(tables, preflop)
    _steals(tables, preflop, played.end)
    _later(tables, decisions)
    _continuation(tables, decisions)
    _results(tables, played, won)
    unseen: tuple[Counter[str], ...] = tuple(Counter() for _ in tables)
    shown = frozenset(fact.index for fact in played.facts if isinstance(fact, Shown))
    cards.count_cards(tables, unseen, played.end, won, shown)
    return HandCounts(
        players=tuple(_counted(merged(both)) for both in zip(tables, unseen)),
        unseen=tuple(map(_counted, unseen)),
        versus=versus(played.end, played.facts, won),
    )


def _counted(table: Counters) -> Counters:
    return {name: number for name, number in table.items() if number}


def decisions_of(played: Played) -> Iterator[ActionTaken]:
    """Yield the actions of a hand with the hand before each."""
    acted = [fact for fact in played.facts if isinstance(fact, Acted)]
    for was, fact in zip(played.before, acted, strict=True):
        yield ActionTaken(fact.index, fact.kind, was, was.actor == fact.index)


def collected(played: Played) -> dict[int, int]:
    """Return what each winner got out of pots; what nobody had called is no pot."""
    won: dict[int, int] = {}
    for fact in played.facts:
        if isinstance(fact, PotAwarded):
            for index, amount in fact.shares.items():
                if amount:
                    won[index] = won.get(index, 0) + amount
    return won


def _preflop(tables: tuple[Counter[str], ...], decisions: list[ActionTaken]) -> None:
    """Walks, VPIP, PFR, limps: each at most once a hand."""
    acted = {one.index for one in decisions}
    raised = False
    once: set[tuple[int, str]] = set()
    for one in decisions:
        if one.kind in VOLUNTARY:
            once.add((one.index, "vpip"))
        if one.could_raise:
            once.add((one.index, "pfr_chances"))
        if one.kind is ActionKind.CALL and not raised:
            once.add((one.index, "limp"))
        if one.kind in RAISES:
            once.add((one.index, "pfr"))
            raised = True
    for index, table in enumerate(tables):
        table["hands_dealt"] = 1
        table["walks"] = int(index not in acted)
    for index, name in once:
        tables[index][name] = 1


def _three_bets(tables: tuple[Counter[str], ...], decisions: list[ActionTaken]) -> None:
    """The second raise; a straddle is none, the big blind is none."""
    raisers: list[int] = []
    for one in decisions:
        if len(raisers) == 1 and raisers[0] != one.index and one.could_raise:
            tables[one.index]["three_bet_chances"] = 1
            if one.kind in RAISES:
                tables[one.index]["three_bet"] = 1
        if one.kind in RAISES:
            raisers.append(one.index)


def _steals(tables: tuple[Counter[str], ...], decisions: list[ActionTaken], end: Hand) -> None:
    """Opening raises from cutoff, button and small blind when everybody before them had folded."""
    setup = end.setup
    late = {setup.button, (setup.button - 1) % len(tables)}
    if setup.small_blind is not None:
        late.add(setup.small_blind)
    late.discard(setup.big_blind)
    for one in decisions:
        entrant = setup.entrants[one.index]
        is_forced = bool(entrant.straddle or entrant.live_post)
        if one.index in late and one.could_raise and not is_forced:
            tables[one.index]["steal_chances"] = 1
            tables[one.index]["steal"] = int(one.kind in RAISES)
        if one.kind is not ActionKind.FOLD:
            return


def _later(tables: tuple[Counter[str], ...], decisions: tuple[ActionTaken, ...]) -> None:
    """Bets, raises, calls and folds after the flop; actions are counted, not hands."""
    for one in decisions:
        if one.was.street == PREFLOP:
            continue
        if one.kind in RAISES:
            tables[one.index]["aggressive"] += 1
        elif one.kind is ActionKind.CALL:
            tables[one.index]["calls"] += 1
        elif one.kind is ActionKind.FOLD:
            tables[one.index]["folds"] += 1


def _continuation(tables: tuple[Counter[str], ...], decisions: tuple[ActionTaken, ...]) -> None:
    """Continuation bets, and who faced one that had not been raised.

    A flop bet before the last raiser's turn takes that chance away.
    """
    raisers = [
        one.index for one in decisions if one.was.street == PREFLOP and one.kind in RAISES
    ]
    flop = [one for one in decisions if one.was.street == FLOP and one.in_turn]
    if not raisers:
        return
    last, is_open = raisers[-1], False
    for one in flop:
        if is_open:
            tables[one.index]["cbet_faced"] = 1
            tables[one.index]["fold_to_cbet"] = int(one.kind is ActionKind.FOLD)
            if one.kind in RAISES:
                return
        elif one.index == last:
            tables[last]["cbet_chances"] = 1
            if one.kind is not ActionKind.BET:
                return
            tables[last]["cbet_made"] = 1
            is_open = True
        elif one.kind is ActionKind.BET:
            return


def _results(tables: tuple[Counter[str], ...], played: Played, won: dict[int, int]) -> None:
    """Flops, showdowns, pots and money."""
    end = played.end
    flop = _live_at_flop(played)
    is_showdown = end.folded.count(False) > 1
    for index, table in enumerate(tables):
        got = won.get(index, 0)
        at_showdown = is_showdown and not end.folded[index]
        net = end.stacks[index] - end.setup.entrants[index].stack
        table["flops_seen"] = int(index in flop)
        table["wtsd"] = int(at_showdown)
        table["wsd"] = int(at_showdown and got > 0)
        table["wwsf"] = int(index in flop and got > 0)
        table["pots_won"] = int(got > 0)
        table["collected"] = table["biggest_pot"] = got
        table["folded"] = int(end.folded[index])
        table["net"] = net
        table["net_bb_millionths"] = _scaled(net, end.setup.stakes.big_blind)


def _live_at_flop(played: Played) -> frozenset[int]:
    """Return who had not folded when the flop was dealt; nobody when there was none.

    A board that is run twice has one flop: the second board is another fact.
    """
    live = set(range(len(played.end.stacks)))
    for fact in played.facts:
        if isinstance(fact, Acted) and fact.kind is ActionKind.FOLD:
            live.discard(fact.index)
        elif isinstance(fact, StreetDealt) and len(fact.board) >= FLOP_CARDS:
            return frozenset(live)
    return frozenset()


def _scaled(net: int, big_blind: int) -> int:
    """Return money in millionths of a big blind, rounded to zero so that signs do not matter."""
    size = min(abs(net) * MILLION // big_blind, BIG_BLINDS_MAX * MILLION)
    return size if net >= 0 else -size
