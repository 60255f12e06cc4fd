"""A recorded hand as PHH text, proved by replaying it before it is given away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone

from vphost.rules.mode import Json, Rejected
from vphost.rules.money import to_major
from vphost.rules.poker.cards import ID_OF_WIRE
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.history.export import RecordedHand, RecordedStep
from vphost.rules.poker.history.games import BETS, phh_code
from vphost.rules.poker.history.phh import (
    BadHistory, HandHistory, Step, Unread, amount_text, card_text, read_file,
)
from vphost.rules.poker.history.replay import action_of, begin, replay
from vphost.rules.poker.machine import act, fold_out_of_turn, options

ISO_CURRENCIES = frozenset({"CHF", "EUR", "GBP", "JPY", "USD"})
"""Codes that the format allows as `currency`; other money goes to a field of our own."""


def phh_text(hand: RecordedHand, table: str, decimals: int) -> str:
    """Return a finished hand as one TOML document.

    table: what the file calls the table. decimals: of the table's currency.
    Raises: BadHistory when the format cannot tell this hand.
    """
    try:
        return _text_of(hand, table, decimals, is_exact=False)
    except BadHistory as bad:
        if bad.code != "bad_hand_history":
            raise
    return _text_of(hand, table, decimals, is_exact=True)


def _text_of(hand: RecordedHand, table: str, decimals: int, *, is_exact: bool) -> str:
    """Return the document, with fields of our own where the format's do not tell the hand.

    is_exact: `_dead_posts` beside the antes, for somebody too short for an ante may not win them
    all; and folds of players who left when they left, because the hand may end with that.
    """
    assert hand.final is not None, "the hand is over"
    head = _head(hand, decimals, is_exact)
    opened = begin(_read([*head, "actions = []"]))
    actions = list(_Actions(hand, opened, decimals, is_exact).run())
    lines = [
        *head, f"actions = [{', '.join(_text(action) for action in actions)}]",
        *_tail(hand, table, decimals),
    ]
    played = replay(_read(lines))
    if played.error is not None:
        raise BadHistory("bad_hand_history", f"the hand cannot be written: {played.error}")
    if played.final_stacks != tuple(amount_text(stack, decimals) for stack in hand.final):
        raise BadHistory("bad_hand_history", "the hand cannot be written: other stacks at its end")
    return "\n".join(lines) + "\n"


def _read(lines: Iterable[str]) -> HandHistory:
    history = next(read_file("", "\n".join(lines)))
    if isinstance(history, Unread):
        raise BadHistory("bad_hand_history", f"the hand cannot be written: {history.error}")
    return history


def _head(hand: RecordedHand, decimals: int, is_exact: bool) -> list[str]:
    """Return the lines of what was fixed before the first card."""
    limit = hand.config.get(hand.game_type, {}).get("limit")
    variant = phh_code(hand.game_type, limit)
    if variant is None:
        raise BadHistory("variant_not_supported", f"{hand.game_type} {limit}")
    blinds, antes, dead = _forced(hand)
    if not is_exact:
        antes = [ante + post for ante, post in zip(antes, dead)]
    if len(hand.order) == 2:
        # Heads-up the format lists all three the other way round than they are paid.
        blinds.reverse()
        antes.reverse()
        dead.reverse()
    ours = [
        f"_dead_posts = {_amounts(dead, decimals)}", "_folds_out_of_turn = true",
    ]
    return [
        f"variant = '{variant}'",
        f"ante_trimming_status = {'true' if len(set(antes)) == 1 else 'false'}",
        f"antes = {_amounts(antes, decimals)}",
        f"blinds_or_straddles = {_amounts(blinds, decimals)}",
        *(f"{field} = {to_major(hand.config[name], decimals)}"
          for field, name in BETS[limit].items()),
        f"starting_stacks = {_amounts(hand.stacks, decimals)}",
        *(ours if is_exact else ()),
    ]


def _forced(hand: RecordedHand) -> tuple[list[int], list[int], list[int]]:
    """Return blinds (with straddles, and live posts below zero), antes and dead posts, by player.

    Amounts are what was due, which may be more than a short stack paid. Dead posts are written
    as antes where that tells the hand: they are chips of the pot that count to no call.
    """
    config = hand.config
    blinds = [0] * len(hand.order)
    antes = [int(config["ante"])] * len(hand.order)
    dead = [0] * len(hand.order)
    if hand.small_blind is not None:
        blinds[hand.small_blind] = int(config["small_blind"])
    due = blinds[hand.big_blind] = int(config["big_blind"])
    for player, kind, amount in hand.posts:
        index = hand.order.index(player)
        if kind == "straddle":
            due = blinds[index] = due * 2
        elif kind == "live_post":
            blinds[index] = -int(config["big_blind"])
        else:
            dead[index] += amount
    return blinds, antes, dead


class _Actions:
    """Writes `actions` while the core plays along.

    The core is asked whose turn it is, because the format has no word for somebody who left and
    was folded before their turn: the fold is written when their turn comes, or where it was if the
    file says that it has such folds.
    """

    def __init__(self, hand: RecordedHand, opened: Hand, decimals: int, is_exact: bool) -> None:
        self._is_exact = is_exact
        self._record = hand
        self._hand = opened
        self._decimals = decimals
        self._gone: set[int] = set()

    def run(self) -> Iterator[str]:
        """Yield the entries. Raises: BadHistory."""
        for place in range(1, len(self._record.order) + 1):
            yield f"d dh p{place} ????"
        for told in self._record.told:
            if told.kind == "show":
                yield from self._finish()
            if not told.in_turn and self._is_exact:
                yield self._fold_late(self._index(told.player))
            elif not told.in_turn and told.player is not None:
                self._gone.add(self._index(told.player))
            elif told.kind == "bet":
                yield from self._fold_gone()
                yield self._bet(told)
            else:
                yield from self._fold_gone()
                yield self._cards(told)
        yield from self._finish()

    def _index(self, player: int | None) -> int:
        assert player is not None
        return self._record.order.index(player)

    def _bet(self, told: RecordedStep) -> str:
        amount = "" if told.amount is None else f" {to_major(told.amount, self._decimals)}"
        index = self._index(told.player)
        self._step(Step(0, told.verb, index, None, told.amount))
        return f"p{index + 1} {told.verb}{amount}"

    def _cards(self, told: RecordedStep) -> str:
        cards = "".join(card_text(ID_OF_WIRE[name]) for name in told.cards)
        if told.kind == "board":
            return f"d db {cards}"
        return f"p{self._index(told.player) + 1} sm {cards}".rstrip()

    def _fold_late(self, index: int) -> str:
        self._hand, _ = fold_out_of_turn(self._hand, index)
        return f"p{index + 1} f"

    def _fold_gone(self) -> Iterator[str]:
        while self._hand.actor is not None and self._hand.actor in self._gone:
            index = self._hand.actor
            self._step(Step(0, "f", index, None, None))
            yield f"p{index + 1} f"

    def _finish(self) -> Iterator[str]:
        """Write what is left when people left before their turn: the last one may have to check."""
        yield from self._fold_gone()
        while self._hand.actor is not None and options(self._hand).can_check:
            index = self._hand.actor
            self._step(Step(0, "cc", index, None, None))
            yield f"p{index + 1} cc"
            yield from self._fold_gone()

    def _step(self, step: Step) -> None:
        assert step.index is not None
        stepped = act(self._hand, step.index, action_of(self._hand, step)) \
            if self._hand.actor is not None else Rejected("no_hand")
        if isinstance(stepped, Rejected):
            raise BadHistory("bad_hand_history", f"the hand cannot be written: {stepped.code}")
        self._hand = stepped[0]


def _tail(hand: RecordedHand, table: str, decimals: int) -> list[str]:
    """Return the lines about where and who."""
    assert hand.final is not None
    moment = datetime.fromtimestamp(hand.at_ms // 1000, timezone.utc)
    currency = str(hand.config["currency"])
    return [
        f"hand = {hand.number}",
        f"time = {moment:%H:%M:%S}",
        "time_zone = 'UTC'",
        f"day = {moment.day}",
        f"month = {moment.month}",
        f"year = {moment.year}",
        f"seats = [{', '.join(str(seat + 1) for seat in hand.seats)}]",
        f"seat_count = {hand.config['seats']}",
        f"table = {_text(table)}",
        f"players = [{', '.join(_text(name) for name in hand.names)}]",
        f"{'currency' if currency in ISO_CURRENCIES else '_currency'} = {_text(currency)}",
        f"finishing_stacks = {_amounts(hand.final, decimals)}",
        f"_game = {_text(hand.game_id)}",
        f"_sequence = {hand.sequence}",
    ]


def _amounts(amounts: Iterable[int], decimals: int) -> str:
    return f"[{', '.join(to_major(amount, decimals) for amount in amounts)}]"


def _text(text: Json) -> str:
    """Return a TOML string. JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007F")
