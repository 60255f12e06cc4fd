"""A small script language for hands: letters are players, words are actions.

Players are A, B, C ... clockwise; the last has the button unless told otherwise, so A is the
small blind and first after the flop. Words: `f` fold, `k` check, `c` call, `b100` bet, `r300`
raise to a street total, `all` the whole stack. `A:c` also insists that it is A's turn.
Every step checks that no chip and no card appeared or vanished.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from vphost.rules.mode import Rejected
from vphost.rules.poker.cards import from_phh
from vphost.rules.poker.dealing import stacked_deck
from vphost.rules.poker.facts import Action, ActionKind, Fact, Options, PotAwarded, Shown
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.limits import NO_LIMIT, Limit
from vphost.rules.poker.machine import act, fold_out_of_turn, options, start
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.variants import HOLDEM, Variant

LETTERS = "ABCDEFGHIJ"
STACK = 10_000

F = TypeVar("F")


class Table:
    """One hand being played by a script."""

    def __init__(self, setup: HandSetup) -> None:
        self.setup = setup
        self.chips = sum(entrant.stack for entrant in setup.entrants)
        self.facts: list[Fact] = []
        self._step(start(setup))

    def play(self, *words: str) -> Table:
        """Do the words in order; each has to be legal."""
        for word in words:
            answer = self._try(word)
            assert not isinstance(answer, Rejected), f"{word}: {answer} {self.options}"
            self._step(answer)
        return self

    def refused(self, word: str) -> str:
        """Return the code with which a word is refused; the state has to stay as it was."""
        before = self.hand
        answer = self._try(word)
        assert isinstance(answer, Rejected), f"{word} was accepted"
        assert self.hand is before
        return answer.code

    def refused_for(self, letter: str, kind: ActionKind, amount: int | None) -> Rejected:
        """Return the refusal of an action of anybody."""
        answer = act(self.hand, LETTERS.index(letter), Action(kind, amount))
        assert isinstance(answer, Rejected)
        return answer

    def leave(self, letter: str) -> Table:
        """Fold somebody out of his turn."""
        self._step(fold_out_of_turn(self.hand, LETTERS.index(letter)))
        return self

    def to_flop(self) -> Table:
        """Everybody calls or checks before the flop."""
        while self.hand.street == 0:
            self.play("k" if self.options.can_check else "c")
        return self

    def check_down(self) -> Table:
        """Everybody checks to the end."""
        while not self.hand.is_over:
            self.play("k")
        return self

    @property
    def options(self) -> Options:
        """The actor's options."""
        return options(self.hand)

    @property
    def turn(self) -> str | None:
        """The letter of the actor."""
        return None if self.hand.actor is None else LETTERS[self.hand.actor]

    @property
    def may(self) -> tuple[str | None, int, int | None, int | None]:
        """Whose turn it is, what a call adds, and the smallest and largest raise."""
        told = self.options
        return self.turn, told.call, told.min_to, told.max_to

    @property
    def stacks(self) -> dict[str, int]:
        """Stacks by letter."""
        return dict(zip(LETTERS, self.hand.stacks))

    @property
    def won(self) -> list[tuple[int, dict[str, int]]]:
        """Awarded pots in their order: size, then what each winner got."""
        return [
            (fact.size, {LETTERS[index]: amount for index, amount in fact.shares.items()})
            for fact in self.all_of(PotAwarded)
        ]

    @property
    def shown(self) -> list[str]:
        """Letters of those whose cards were revealed, in order."""
        return [LETTERS[fact.index] for fact in self.all_of(Shown)]

    def all_of(self, kind: type[F]) -> list[F]:
        """Return all facts of one kind so far."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def _try(self, word: str) -> tuple[Hand, tuple[Fact, ...]] | Rejected:
        who, _, what = word.rpartition(":")
        assert not who or who == self.turn, f"{word}, but it is the turn of {self.turn}"
        assert self.hand.actor is not None, f"{word}, but the hand is over"
        return act(self.hand, self.hand.actor, self._action(what))

    def _action(self, word: str) -> Action:
        if word == "all":
            return self._all_in()
        if word == "c":
            return Action(ActionKind.CALL, self.options.call)
        if word in "fk":
            return Action(ActionKind.FOLD if word == "f" else ActionKind.CHECK, None)
        kind = {"b": ActionKind.BET, "r": ActionKind.RAISE}[word[0]]
        return Action(kind, int(word[1:]))

    def _all_in(self) -> Action:
        index = self.hand.actor
        assert index is not None
        stack, bet = self.hand.stacks[index], self.hand.bets[index]
        if self.options.call == stack:
            return Action(ActionKind.CALL, stack)
        return Action(ActionKind.RAISE if self.hand.high else ActionKind.BET, bet + stack)

    def _step(self, answer: tuple[Hand, tuple[Fact, ...]]) -> None:
        self.hand, facts = answer
        self.facts.extend(facts)
        check_invariants(self.hand, self.chips)


def check_invariants(hand: Hand, chips: int) -> None:
    """Fail when chips or cards are not exactly those of the beginning."""
    assert sum(hand.stacks) + hand.pot == chips
    assert min(hand.stacks + hand.bets + hand.contributions) >= 0
    assert hand.is_over == (hand.actor is None)
    seen = [card for hole in hand.hole for card in hole] + list(hand.board)
    assert len(seen) == len(set(seen))


def table(
    stacks: list[int] | int,
    *,
    blinds: tuple[int, int] = (50, 100),
    ante: int = 0,
    ante_kind: AnteKind = AnteKind.ALL,
    button: str | None = None,
    small_blind: str | None = "",
    big_blind: str | None = None,
    cards: Mapping[str, str] = {},
    board: str = "",
    unit: int = 1,
    posts: Mapping[str, tuple[int, int]] = {},
    straddle: Mapping[str, int] = {},
    variant: Variant = HOLDEM,
    limit: Limit = NO_LIMIT,
    bets: tuple[int, int] = (0, 0),
) -> Table:
    """Begin a hand.

    stacks: of A, B, C ...; a number deals that many in with 10,000 each. small_blind: None for a
    dead one. cards: letter -> hole cards ("AsKd"). posts: letter -> live and dead post.
    straddle: letter -> total. bets: the small and the big bet of fixed limit.
    """
    chips = [STACK] * stacks if isinstance(stacks, int) else stacks
    count = len(chips)
    places = _places(count, button, small_blind, big_blind)
    entrants = tuple(
        Entrant(100 + index, index + 1, stack, *posts.get(letter, (0, 0)),
                straddle.get(letter, 0))
        for index, (letter, stack) in enumerate(zip(LETTERS, chips))
    )
    given = {LETTERS.index(letter): from_phh(text) for letter, text in cards.items()}
    deck = _deck(from_phh(board), given, count * len(variant.streets[0].hole))
    stakes = Stakes(*blinds, ante, ante_kind, *bets)
    return Table(HandSetup(variant, limit, stakes, entrants, *places, deck, unit, given))


def _places(count: int, button: str | None, *blinds: Any) -> tuple[int, int | None, int]:
    """Return button, small blind and big blind as indexes."""
    small, big = blinds
    place = count - 1 if button is None else LETTERS.index(button)
    first = place if count == 2 else (place + 1) % count
    second = (first + 1) % count
    small_index = first if small == "" else None if small is None else LETTERS.index(small)
    return place, small_index, second if big is None else LETTERS.index(big)


def _deck(
    board: tuple[int, ...], given: Mapping[int, tuple[int, ...]], hole: int
) -> tuple[int, ...]:
    """Return a deck whose board is as told, whoever draws cards before it."""
    known = [card for cards in given.values() for card in cards]
    rest = [card for card in stacked_deck(board)[len(board):] if card not in known]
    drawn = hole - len(known)
    return tuple(rest[:drawn]) + board + tuple(rest[drawn:])
