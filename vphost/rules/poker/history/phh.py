"""The PHH hand-history format: text to values and back.

PHH is TOML with poker fields (phh.readthedocs.io, version 0.0.2). A `.phh` file is one hand, a
`.phhs` file holds one hand per table (`[1]`, `[2]`, ...). Here text becomes `HandHistory`; what
a history means for the rules is in `replay.py`, and a finished hand of ours becomes text in
`write.py`.

All amounts of a file are scaled to integers by the file's finest decimal, because chips of one
file have one granularity: in a file with cents an odd chip is a cent in every hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from vphost.rules.money import MAX_MINOR
from vphost.rules.poker.cards import ID_OF_PHH, PHH_OF_ID

MAX_PLAYERS = 10
MAX_ACTIONS = 2_000
MAX_DECIMALS = 9
MAX_DIGITS = 28
"""As many as decimal arithmetic keeps without rounding."""
MAX_NAME = 200
MAX_TEXT = 64 * 1024 * 1024

UNKNOWN = -1
"""Stands for a card that the file does not know (`??`)."""

INFINITE = 1 << 60
"""A stack that the file does not know (`inf`), scaled units; more than all chips of any hand."""


class BadHistory(ValueError):
    """A history that cannot be read or played. code: a key of `codes.CODES`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of `actions`, read.

    number: place in `actions`, from 1. verb: `db`, `dh`, `f`, `cc`, `cbr`, `sm`, `pb`, `sd`.
    index: the player, None for the board. cards: dealt or shown; empty for a muck, None for
    `sm -` (the cards that were dealt). amount: scaled units, for `cbr`.
    """

    number: int
    verb: str
    index: int | None
    cards: tuple[int, ...] | None
    amount: int | None


@dataclass(frozen=True, slots=True)
class HandHistory:
    """A hand as its file tells it; amounts in scaled units (major units x 10**decimals)."""

    id: str
    variant: str
    decimals: int
    #: By player, p1 first, as written.
    antes: tuple[int, ...]
    #: By player, p1 first, as written (heads-up the file lists them reversed).
    blinds: tuple[int, ...]
    #: INFINITE where unknown.
    stacks: tuple[int, ...]
    #: A player too short for the ante can win only as much of the others' antes.
    trims_antes: bool
    #: None where the variant does not use it, like `small_bet` and `big_bet`.
    min_bet: int | None
    small_bet: int | None
    big_bet: int | None
    steps: tuple[Step, ...]
    #: Names; p1, p2 ... where the file has none, or not as many as players.
    players: tuple[str, ...]
    #: By player, chips for the main pot beside the antes (our field `_dead_posts`).
    dead_posts: tuple[int, ...]
    #: `f` out of turn is a player who left (our field `_folds_out_of_turn`).
    has_late_folds: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """A hand, or a whole file, that could not be read."""

    id: str
    error: str


def read_file(name: str, text: str) -> Iterator[HandHistory | Unread]:
    """Yield the hands of one file in its order.

    name: becomes the id of a lone hand; hands of a `.phhs` are `<name>#<key>`.
    Raises: nothing; what cannot be read is an `Unread` with a coded error.
    """
    try:
        tables = _tables(name, text)
        decimals = max((_decimals(table) for table in tables.values()), default=0)
    except BadHistory as bad:
        yield Unread(name, str(bad))
        return
    for hand_id, table in tables.items():
        try:
            yield _history(hand_id, table, decimals)
        except BadHistory as bad:
            yield Unread(hand_id, str(bad))


def amount_text(amount: int, decimals: int) -> str:
    """Return scaled units as a decimal string without trailing zeros; `inf` for unknown stacks."""
    if amount > INFINITE // 2:
        return "inf"
    if decimals == 0:
        return str(amount)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**decimals)
    fraction = f"{part:0{decimals}d}".rstrip("0")
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def read_cards(text: str) -> tuple[int, ...]:
    """Return cards like `AsKd??` as card ids, UNKNOWN for ??.

    Raises: BadHistory.
    """
    if len(text) % 2 or len(text) > 104:
        raise BadHistory("bad_hand_history", f"{text[:20]!r} are no cards")
    return tuple(_card(text[place:place + 2]) for place in range(0, len(text), 2))


def card_text(card: int) -> str:
    """Return a card as PHH writes it."""
    return "??" if card < 0 else PHH_OF_ID[card]


def _card(text: str) -> int:
    if text == "??":
        return UNKNOWN
    if text not in ID_OF_PHH:
        raise BadHistory("bad_hand_history", f"{text!r} is no card")
    return ID_OF_PHH[text]


def _tables(name: str, text: str) -> dict[str, Mapping[str, Any]]:
    """Return hand id -> TOML table."""
    if len(text) > MAX_TEXT:
        raise BadHistory("too_large", f"a file has at most {MAX_TEXT} characters")
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadHistory("bad_hand_history", f"not TOML: {reason[:120]}") from None
    fields = {key: value for key, value in document.items() if not _is_users_own(key, value)}
    hands = {key: value for key, value in fields.items() if isinstance(value, dict)}
    if "variant" in fields or not hands:
        return {name: document}
    if len(hands) < len(fields):
        raise BadHistory("bad_hand_history", "hands and loose fields in one file")
    return {f"{name}#{key}": value for key, value in hands.items()}


def _is_users_own(key: str, value: object) -> bool:
    """Return whether a field is the annotator's own; a hand may have such a key too."""
    return key.startswith("_") and not (isinstance(value, dict) and "variant" in value)


_AMOUNT_ARRAYS = ("antes", "blinds_or_straddles", "starting_stacks")
_AMOUNTS = ("min_bet", "small_bet", "big_bet", "bring_in")


def _decimals(table: Mapping[str, Any]) -> int:
    """Return how many decimals the amounts of a hand use; nonsense is left for `_history`."""
    found = [0]
    for field in _AMOUNT_ARRAYS:
        values = table.get(field)
        found.extend(_places(value) for value in (values if isinstance(values, list) else ()))
    found.extend(_places(table.get(field)) for field in _AMOUNTS)
    actions = table.get("actions")
    for action in actions if isinstance(actions, list) else ():
        words = str(action)[:200].split("#", 1)[0].split()
        if len(words) == 3 and words[1] == "cbr":
            found.append(_places(words[2]))
    return max(found)


def _places(value: object) -> int:
    """Return the decimals of one number as written ("0.50" has two), 0 when it is none.

    Zeros at its end count, because they tell the smallest chip, unless there are too many.
    """
    try:
        number = Decimal(value) if isinstance(value, (str, Decimal)) else Decimal(0)
    except ArithmeticError:
        return 0
    if not number.is_finite() or not -40 < number.adjusted() < 40:
        return 0
    for written in (number, number.normalize()):
        places = -int(written.as_tuple().exponent)
        if 0 < places <= MAX_DECIMALS:
            return places
    return 0


def _history(hand_id: str, table: Mapping[str, Any], decimals: int) -> HandHistory:
    variant = table.get("variant")
    if not isinstance(variant, str):
        raise BadHistory("bad_hand_history", "variant is missing or no string")
    stacks = _amounts(table, "starting_stacks", decimals)
    count = len(stacks)
    if not 2 <= count <= MAX_PLAYERS:
        raise BadHistory("bad_hand_history", f"{count} players; 2 to {MAX_PLAYERS} can play")
    antes = _amounts(table, "antes", decimals)
    blinds = (
        _amounts(table, "blinds_or_straddles", decimals)
        if "blinds_or_straddles" in table else (0,) * count
    )
    dead = (
        _amounts(table, "_dead_posts", decimals) if "_dead_posts" in table else (0,) * count
    )
    for field, values in (
        ("antes", antes), ("blinds_or_straddles", blinds), ("_dead_posts", dead),
    ):
        if len(values) != count:
            raise BadHistory("bad_hand_history", f"{field} has {len(values)} of {count} entries")
        if INFINITE in values:
            raise BadHistory("bad_hand_history", f"{field} cannot be infinite")
    if min(stacks) <= 0 or min((*antes, *dead)) < 0:
        raise BadHistory("bad_hand_history", "stacks are positive and antes not negative")
    bets = {field: _bet(table, field, decimals) for field in ("min_bet", "small_bet", "big_bet")}
    steps = tuple(_steps(table.get("actions"), count, decimals))
    return HandHistory(
        id=hand_id, variant=variant, decimals=decimals, antes=antes, blinds=blinds,
        stacks=stacks, trims_antes=table.get("ante_trimming_status") is True, steps=steps,
        players=_names(table, count), dead_posts=dead,
        has_late_folds=table.get("_folds_out_of_turn") is True, **bets,
    )


def _names(table: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """Return the players' names, which a file need not have."""
    given = table.get("players")
    names = given if isinstance(given, list) and len(given) == count else []
    told = [name for name in names if isinstance(name, str) and 0 < len(name) <= MAX_NAME]
    if len(set(told)) == count:
        return tuple(told)
    return tuple(f"p{place}" for place in range(1, count + 1))


def _amounts(table: Mapping[str, Any], field: str, decimals: int) -> tuple[int, ...]:
    values = table.get(field)
    if not isinstance(values, list):
        raise BadHistory("bad_hand_history", f"{field} is missing or no array")
    if len(values) > MAX_PLAYERS:
        raise BadHistory("bad_hand_history", f"{field} has more than {MAX_PLAYERS} entries")
    return tuple(_amount(value, field, decimals) for value in values)


def _bet(table: Mapping[str, Any], field: str, decimals: int) -> int | None:
    if field not in table:
        return None
    amount = _amount(table[field], field, decimals)
    if not 0 < amount < INFINITE:
        raise BadHistory("bad_hand_history", f"{field} is not positive")
    return amount


def _amount(value: object, field: str, decimals: int) -> int:
    """Return a TOML number in scaled units; `inf` gives INFINITE."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise BadHistory("bad_amount", f"{field} is no number")
    if isinstance(value, int):
        if abs(value) > MAX_MINOR:
            raise BadHistory("bad_amount", f"{field} is too large")
        value = Decimal(value)
    if value.is_infinite() and value > 0:
        return INFINITE
    if not value.is_finite() or len(value.as_tuple().digits) > MAX_DIGITS or (
        value and not -40 < value.adjusted() < 40
    ):
        raise BadHistory("bad_amount", f"{field} is out of range")
    scaled = value.scaleb(decimals)
    amount = int(scaled)
    if amount != scaled:
        raise BadHistory("bad_amount", f"{field} has more than {MAX_DECIMALS} decimals")
    if abs(amount) > MAX_MINOR:
        raise BadHistory("bad_amount", f"{field} is too large")
    return amount


def _steps(actions: object, count: int, decimals: int) -> Iterator[Step]:
    if not isinstance(actions, list) or not all(isinstance(one, str) for one in actions):
        raise BadHistory("bad_hand_history", "actions is missing or no array of strings")
    if len(actions) > MAX_ACTIONS:
        raise BadHistory("bad_hand_history", f"more than {MAX_ACTIONS} actions")
    for number, action in enumerate(actions, start=1):
        words = action.split("#", 1)[0].split()
        if not words:
            continue
        try:
            yield _step(number, words, count, decimals)
        except BadHistory as bad:
            raise BadHistory(bad.code, f"action {number}: {bad.text}") from None


def _step(number: int, words: list[str], count: int, decimals: int) -> Step:
    match words:
        case ["d", "db", cards]:
            return Step(number, "db", None, read_cards(cards), None)
        case ["d", "dh", player, cards]:
            return Step(number, "dh", _player(player, count), read_cards(cards), None)
        case [player, "f" | "cc" | "pb" as verb]:
            return Step(number, verb, _player(player, count), None, None)
        case [player, "cbr", amount]:
            total = _amount(_number(amount), "the amount", decimals)
            if total >= INFINITE:
                raise BadHistory("bad_amount", "the amount is infinite")
            return Step(number, "cbr", _player(player, count), None, total)
        case [player, "sm", "-"]:
            return Step(number, "sm", _player(player, count), None, None)
        case [player, "sm" | "sd" as verb]:
            return Step(number, verb, _player(player, count), (), None)
        case [player, "sm" | "sd" as verb, cards]:
            return Step(number, verb, _player(player, count), read_cards(cards), None)
    raise BadHistory("unknown_action", f"{' '.join(words)[:60]!r} is no action")


def _player(word: str, count: int) -> int:
    """Return the index that `p3` names."""
    digits = word[1:]
    if word[:1] != "p" or not (digits.isascii() and digits.isdigit() and len(digits) <= 2):
        raise BadHistory("no_such_player", f"{word[:20]!r} names no player")
    index = int(digits) - 1
    if not 0 <= index < count:
        raise BadHistory("no_such_player", f"{word} does not play")
    return index


def _number(word: str) -> Decimal:
    try:
        if len(word) > 40 or "_" in word:
            raise ArithmeticError
        return Decimal(word)
    except ArithmeticError:
        raise BadHistory("bad_amount", f"{word[:20]!r} is no number") from None
