"""What may be bet: the actor's options, refusals, and who still has to act.

One rule decides whether betting is open again to somebody who has acted: the bet to match has
grown since then by at least a full raise, whether in one step or by several short all-ins.
Source: TDA 2024, rules 43 and 47; Robert's Rules, section 14, 3 to 5 (poker-rules cases 1 to 13).
"""

from __future__ import annotations

from collections.abc import Sequence

from vphost.rules.mode import Rejected
from vphost.rules.poker.facts import Action, ActionKind, Options
from vphost.rules.poker.hand import Hand


def options(hand: Hand, index: int) -> Options:
    """Return what `index` may do if it is their turn."""
    call = to_call(hand, index)
    span = raise_span(hand, index)
    if span is None:
        return Options(call == 0, call, None, None)
    return Options(call == 0, call, span[0], span[1])


def to_call(hand: Hand, index: int) -> int:
    """Return the chips that a call adds, capped by the stack; 0 when there is nothing to call."""
    return min(max(0, hand.high - hand.bets[index]), hand.stacks[index])


def raise_span(hand: Hand, index: int) -> tuple[int, int] | None:
    """Return the smallest and largest street total of a bet or raise, None when none is possible.

    A whole stack that is more than a call is always enough for a raise, so for a stack below the
    minimum both are the stack.
    """
    whole = hand.bets[index] + hand.stacks[index]
    if whole <= hand.high or not is_open_to(hand, index) or not anybody_could_call(hand, index):
        return None
    span = hand.setup.limit.raise_range(hand, index)
    if span is None:
        return None
    return min(span[0], whole), min(span[1], whole)


def is_open_to(hand: Hand, index: int) -> bool:
    """Return whether `index` has not acted yet, or faces a full raise since they did."""
    answered = hand.answered[index]
    return answered < 0 or hand.high - answered >= hand.setup.limit.full_raise(hand)


def anybody_could_call(hand: Hand, index: int) -> bool:
    """Return whether an opponent has more than the bet to match (case 11)."""
    high = hand.high
    for other, stack in enumerate(hand.stacks):
        if stack and other != index and not hand.folded[other]:
            if hand.bets[other] + stack > high:
                return True
    return False


def refusal(hand: Hand, index: int, action: Action) -> Rejected | None:
    """Return why an action is refused, None when it is legal."""
    if hand.actor is None:
        return Rejected("no_hand")
    if hand.actor != index:
        return Rejected("not_your_turn")
    kind = action.kind
    if kind is ActionKind.FOLD:
        return None
    if kind is ActionKind.CHECK:
        return None if hand.bets[index] >= hand.high else _refused(hand, "action_not_available")
    if not isinstance(action.amount, int) or action.amount <= 0:
        return Rejected("bad_amount")
    if kind is ActionKind.CALL:
        return _call_refusal(hand, index, action.amount)
    if (kind is ActionKind.BET) != (hand.high == 0):
        return _refused(hand, "action_not_available")
    return _raise_refusal(hand, index, action.amount)


def _call_refusal(hand: Hand, index: int, amount: int) -> Rejected | None:
    call = to_call(hand, index)
    if call == 0:
        return _refused(hand, "action_not_available")
    return None if amount == call else _refused(hand, "wrong_call_amount")


def _raise_refusal(hand: Hand, index: int, to: int) -> Rejected | None:
    span = raise_span(hand, index)
    if span is None:
        return _refused(hand, "action_not_available")
    if to < span[0]:
        return _refused(hand, "raise_too_small")
    return None if to <= span[1] else _refused(hand, "raise_too_large")


def _refused(hand: Hand, code: str) -> Rejected:
    """Return a refusal that tells the limits of the actor."""
    assert hand.actor is not None
    limits = options(hand, hand.actor)
    return Rejected(
        code, {"call": limits.call, "min_to": limits.min_to, "max_to": limits.max_to}
    )


def next_to_act(
    after: int,
    stacks: Sequence[int],
    bets: Sequence[int],
    folded: Sequence[bool],
    answered: Sequence[int],
    high: int,
) -> int | None:
    """Return who acts next clockwise after index `after`, None when the round is complete.

    A player has to act who has chips and has not acted yet or not matched the bet. If nobody else
    has chips, they have to act only when another live player has put in more than they have.
    """
    count = len(stacks)
    found = None
    with_chips = 0
    for step in range(after + 1, after + 1 + count):
        index = step % count
        if folded[index] or not stacks[index]:
            continue
        with_chips += 1
        if found is None and (answered[index] < 0 or bets[index] < high):
            found = index
        if found is not None and with_chips > 1:
            return found
    if found is None:
        return None
    others = max(
        (bet for index, bet in enumerate(bets) if index != found and not folded[index]), default=0
    )
    return found if bets[found] < others else None
