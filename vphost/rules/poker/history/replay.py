"""Plays a hand history through the same rules core as a live table.

The file says who got which cards and who did what; the core says what was possible and who won.
Cards come first: the whole file is read for them, because a hand that is shown or mucked at the
end has to be known when the core runs on to the showdown by itself. A card that nobody knows
loses to every known hand, and a mucked hand loses to both, so a mucked hand never wins; where
only unknown hands are left to compare, nothing is guessed.

What a variant code means is in `games.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vphost.rules.mode import Rejected
from vphost.rules.poker.facts import Action, ActionKind, Fact, Options, PotAwarded
from vphost.rules.poker.hand import Hand
from vphost.rules.poker.history.games import PHH_GAMES, PhhGame
from vphost.rules.poker.history.phh import UNKNOWN, BadHistory, HandHistory, Step, amount_text
from vphost.rules.poker.limits import BettingState, Limit
from vphost.rules.poker.machine import act, fold_out_of_turn, options, start
from vphost.rules.poker.setup import Entrant, HandSetup
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.statistics.hand import Played
from vphost.rules.poker.variants import Street, Variant

MUCKED = -2
"""Stands for a card of a hand that was given up at the showdown."""

NOTHING_TO_DECIDE = Options(True, 0, None, None)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a player could do before an action; decimal strings in the file's unit."""

    actor: str
    can_check: bool
    call: str
    min_to: str | None
    max_to: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The outcome. final_stacks: in the file's player order and unit; None when there is none.

    decisions: one per player action, the refused one included. error: None when all was well.
    """

    id: str
    final_stacks: tuple[str, ...] | None
    decisions: tuple[Choice, ...]
    error: str | None


def replay(history: HandHistory) -> Replayed:
    """Play a hand to its end, or to the first action that the rules refuse."""
    choices: list[Choice] = []
    try:
        hand = _play(history, choices).end
    except BadHistory as bad:
        return Replayed(history.id, None, tuple(choices), str(bad))
    stacks = tuple(amount_text(stack, history.decimals) for stack in hand.stacks)
    error = None if hand.is_over else "hand_unfinished: the actions end before the hand does"
    return Replayed(history.id, stacks, tuple(choices), error)


def played(history: HandHistory) -> Played:
    """Play a hand to its end and return how it went. Raises: BadHistory."""
    course = _play(history, [])
    if not course.end.is_over:
        raise BadHistory("hand_unfinished", "the actions end before the hand does")
    return course


def begin(history: HandHistory) -> Hand:
    """Return the hand before its first action. Raises: BadHistory."""
    return start(_setup(history, _game(history), _gather(history)))[0]


def action_of(hand: Hand, step: Step) -> Action:
    """Return the action of a step for the core; the format does not tell a check from a call.

    Raises: BadHistory for a step that is no betting action.
    """
    offered = options(hand)
    match step.verb:
        case "f":
            return Action(ActionKind.FOLD, None)
        case "cc" if offered.can_check:
            return Action(ActionKind.CHECK, None)
        case "cc":
            return Action(ActionKind.CALL, offered.call)
        case "cbr":
            kind = ActionKind.RAISE if hand.high else ActionKind.BET
            return Action(kind, step.amount)
    raise _refused(step, "action_not_available", f"{step.verb} is no action of this game")


def _game(history: HandHistory) -> PhhGame:
    game = PHH_GAMES.get(history.variant)
    if game is None:
        raise BadHistory("variant_not_supported", f"{history.variant[:20]!r} is not played here")
    for field in game.bets:
        if getattr(history, field) is None:
            raise BadHistory("bad_hand_history", f"{field} is missing")
    return game


def _play(history: HandHistory, choices: list[Choice]) -> Played:
    cards = _gather(history)
    hand, facts = start(_setup(history, _game(history), cards))
    seen: list[Fact] = list(facts)
    befores: list[Hand] = []
    turned = 0
    idle: set[int] = set()
    for step in history.steps:
        match step.verb:
            case "dh":
                continue
            case "db":
                turned += len(step.cards or ())
                if turned > len(hand.board):
                    raise _refused(step, "bad_deal", "no board card is due")
            case "sm":
                if not hand.is_over:
                    raise _refused(step, "cannot_show_cards", "the betting is not over")
            case "cc" if step.index is not None and step.index in idle:
                idle.remove(step.index)
                choices.append(_choice(step.index, NOTHING_TO_DECIDE, history.decimals))
            case _:
                if turned < len(hand.board) and not hand.is_over:
                    raise _refused(step, "bad_deal", "the board has not been dealt")
                before = hand
                hand, facts = (
                    _left(hand, step) if history.has_late_folds and _is_late_fold(hand, step)
                    else _bet(hand, step, history.decimals, choices)
                )
                seen.extend(facts)
                befores.append(before)
                idle = _idle(before) if hand.is_over and hand.folded.count(False) > 1 else set()
    if hand.is_over:
        _require_known(seen, cards)
    return Played(tuple(befores), tuple(seen), hand)


def _is_late_fold(hand: Hand, step: Step) -> bool:
    """Return whether somebody folds whose turn it is not."""
    return step.verb == "f" and hand.actor is not None and step.index not in (None, hand.actor)


def _left(hand: Hand, step: Step) -> tuple[Hand, tuple[Fact, ...]]:
    """Fold somebody who left before their turn."""
    if step.index is None or hand.folded[step.index]:
        raise _refused(step, "action_not_available", "folded already")
    return fold_out_of_turn(hand, step.index)


def _idle(before: Hand) -> set[int]:
    """Return who had still to act, and need not if everybody else is all-in now.

    before: the hand before its last action. Some histories note a check of theirs, others do not.
    """
    return {
        index for index, answered in enumerate(before.answered)
        if answered < 0 and index != before.actor
        and before.stacks[index] and not before.folded[index]
    }


def _bet(
    hand: Hand, step: Step, decimals: int, choices: list[Choice]
) -> tuple[Hand, tuple[Fact, ...]]:
    """Take one player action, after noting what the options were."""
    if hand.is_over or hand.actor is None or step.index is None:
        raise _refused(step, "no_hand", "the hand is over")
    choices.append(_choice(hand.actor, options(hand), decimals))
    outcome = act(hand, step.index, action_of(hand, step))
    if isinstance(outcome, Rejected):
        raise _refused(step, outcome.code, f"p{step.index + 1} {step.verb}")
    return outcome


def _choice(actor: int, offered: Options, decimals: int) -> Choice:
    return Choice(
        actor=f"p{actor + 1}",
        can_check=offered.can_check,
        call=amount_text(offered.call, decimals),
        min_to=None if offered.min_to is None else amount_text(offered.min_to, decimals),
        max_to=None if offered.max_to is None else amount_text(offered.max_to, decimals),
    )


def _refused(step: Step, code: str, text: str) -> BadHistory:
    """Return a refusal in the words `code: action <number>: text`."""
    return BadHistory(code, f"action {step.number}: {text}")


@dataclass(frozen=True, slots=True)
class _Cards:
    """All cards that a file tells of, filled up with UNKNOWN and MUCKED to their full number.

    hole: by player. turned: how many board cards the file has.
    """

    hole: tuple[tuple[int, ...], ...]
    board: tuple[int, ...]
    turned: int


def _gather(history: HandHistory) -> _Cards:
    variant = _game(history).variant
    hole_count = sum(len(street.hole) for street in variant.streets)
    board_count = sum(street.board for street in variant.streets)
    board: list[int] = []
    dealt: dict[int, tuple[int, ...]] = {}
    shown: dict[int, tuple[int, ...]] = {}
    for step in history.steps:
        if step.verb == "db":
            board.extend(step.cards or ())
        elif step.index is not None and step.verb == "dh":
            dealt[step.index] = dealt.get(step.index, ()) + (step.cards or ())
        elif step.index is not None and step.verb == "sm" and step.cards is not None:
            # An all-in player may be asked to show on every street; a hand once shown stays open.
            before = shown.get(step.index)
            if not before or UNKNOWN in before:
                shown[step.index] = step.cards
    hole = tuple(
        _hole(index, dealt.get(index, ()), shown.get(index), hole_count)
        for index in range(len(history.stacks))
    )
    if len(board) > board_count:
        raise BadHistory("bad_deal", f"{len(board)} board cards")
    known = [card for card in (*board, *(c for cards in hole for c in cards)) if card >= 0]
    if len(known) > len(set(known)):
        raise BadHistory("bad_deal", "a card is dealt twice")
    missing = (UNKNOWN,) * (board_count - len(board))
    return _Cards(hole, (*board, *missing), len(board))


def _hole(
    index: int, dealt: tuple[int, ...], shown: tuple[int, ...] | None, count: int
) -> tuple[int, ...]:
    """Return what counts at the showdown: shown cards complete those that were dealt."""
    unknown = (UNKNOWN,) * count
    if dealt and len(dealt) != count or shown and len(shown) != count:
        raise BadHistory("bad_deal", f"p{index + 1} has not {count} cards")
    if shown == ():
        return (MUCKED,) * count
    if shown is None or UNKNOWN in shown:
        return dealt or unknown
    if not {card for card in dealt if card >= 0} <= set(shown):
        raise BadHistory("bad_deal", f"p{index + 1} shows other cards than were dealt")
    return shown


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A variant in which unknown hands lose to known ones, and mucked hands to both."""

    inner: Variant
    code: str
    streets: tuple[Street, ...]

    @property
    def fewest_own(self) -> int:
        return self.inner.fewest_own

    def strength(self, hole: tuple[int, ...], board: tuple[int, ...]) -> int:
        lowest = min((*hole, *board))
        return lowest if lowest < 0 else self.inner.strength(hole, board)

    def best_five(self, hole: tuple[int, ...], board: tuple[int, ...]) -> tuple[int, ...]:
        cards = (*hole, *board)
        return cards[:5] if min(cards) < 0 else self.inner.best_five(hole, board)


def _require_known(facts: list[Fact], cards: _Cards) -> None:
    """Refuse to say who won when that depends on cards the file does not know."""
    for fact in facts:
        if not isinstance(fact, PotAwarded) or not fact.contested:
            continue
        winners = [index for index, share in fact.shares.items() if share]
        hidden = any(min(cards.hole[index]) < 0 for index in winners)
        if UNKNOWN in cards.board or hidden and len(winners) > 1:
            raise BadHistory("unknown_cards", "the cards that decide a pot are not known")


@dataclass(frozen=True, slots=True)
class _LargerBet:
    """A limit whose smallest bet is more than the big blind that was posted."""

    inner: Limit
    code: str
    least: int

    def raise_range(self, hand: BettingState, index: int) -> tuple[int, int] | None:
        found = self.inner.raise_range(hand, index)
        return found and (max(found[0], hand.high + self.least), found[1])

    def full_raise(self, hand: BettingState) -> int:
        return max(self.inner.full_raise(hand), self.least)


def _setup(history: HandHistory, game: PhhGame, cards: _Cards) -> HandSetup:
    """Return the core's setup: p1 is left of the button, the last player has it."""
    # Heads-up the file lists both forced bets the other way round than they are paid.
    is_duel = len(history.stacks) == 2
    posts = history.blinds[::-1] if is_duel else history.blinds
    antes = history.antes[::-1] if is_duel else history.antes
    posted_dead = history.dead_posts[::-1] if is_duel else history.dead_posts
    small_blind, big_blind = _blinds(posts)
    small = 0 if small_blind is None else posts[small_blind]
    big = posts[big_blind]
    if big <= 0 or small > big:
        raise BadHistory("bad_hand_history", "no big blind, or the small one is larger")
    ante, kind, dead = _antes(history, antes, big_blind)
    limit = game.limit
    if "min_bet" in game.bets and history.min_bet is not None and history.min_bet > big:
        limit = _LargerBet(limit, limit.code, history.min_bet)
    return HandSetup(
        variant=_Recorded(game.variant, game.variant.code, game.variant.streets),
        limit=limit,
        stakes=Stakes(small, big, ante, kind, history.small_bet or 0, history.big_bet or 0),
        entrants=tuple(
            _entrant(index, stack, dead[index] + posted_dead[index],
                     0 if index in (small_blind, big_blind) else posts[index], big)
            for index, stack in enumerate(history.stacks)
        ),
        button=len(posts) - 1,
        small_blind=small_blind,
        big_blind=big_blind,
        deck=cards.board,
        unit=1,
        given_hole=dict(enumerate(cards.hole)),
    )


def _entrant(index: int, stack: int, dead: int, post: int, big_blind: int) -> Entrant:
    """Return who is dealt in. post: their entry beside the blinds, negative for a live post.

    A post counts up to the big blind; more than that is the dead small blind of somebody who
    missed both (Source: poker-rules, case 35). Less than a blind is no straddle.
    """
    is_straddle = post >= big_blind
    live = 0 if is_straddle else min(abs(post), big_blind)
    return Entrant(
        player=index + 1,
        seat_no=index + 1,
        stack=stack,
        live_post=live,
        dead_post=dead + max(-post - big_blind, 0),
        straddle=post if is_straddle else 0,
    )


def _blinds(posts: Sequence[int]) -> tuple[int | None, int]:
    """Return the indexes of small and big blind; without blinds the button closes the round.

    The first two entries are blinds where they are positive; a zero before the big blind is a
    dead small blind. Positive entries after it are straddles, negative ones live posts.
    """
    button = len(posts) - 1
    first, second = (1, 0) if len(posts) == 2 else (0, 1)
    if posts[second] > 0:
        return (first if posts[first] > 0 else None), second
    return None, next((index for index, post in enumerate(posts) if post > 0), button)


def _antes(
    history: HandHistory, antes: Sequence[int], big_blind: int
) -> tuple[int, AnteKind, tuple[int, ...]]:
    """Return ante, who pays it, and what each player posts dead where it is neither.

    Source: PHH, antes: equal ones are everybody's, a lone one is the big blind's or button's;
    ante_trimming_status: untrimmed, a player too short for the ante can still win all of them.
    """
    nobody = (0,) * len(antes)
    payers = [index for index, ante in enumerate(antes) if ante]
    is_short = any(stack < ante for stack, ante in zip(history.stacks, antes))
    if len(set(antes)) == 1 and (history.trims_antes or not is_short):
        return antes[0], AnteKind.ALL, nobody
    if payers == [big_blind]:
        return antes[big_blind], AnteKind.BIG_BLIND, nobody
    if payers == [len(antes) - 1]:
        return antes[-1], AnteKind.BUTTON, nobody
    return 0, AnteKind.ALL, tuple(antes)
