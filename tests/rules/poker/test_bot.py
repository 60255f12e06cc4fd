"""The demo's opponent: never an action that is not on offer, better cards play more."""

from __future__ import annotations

import pytest

from vphost.rules.poker.bot import Spot, choose, made_strength, opening_strength
from vphost.rules.poker.cards import ID_OF_WIRE


def ids(*names: str) -> tuple[int, ...]:
    """Return card ids."""
    return tuple(ID_OF_WIRE[name] for name in names)


def spot(hole: str, board: str = "", **fields: object) -> Spot:
    """Return a spot facing a bet of 100 into 300, unless said otherwise."""
    given = {"pot": 300, "call": 100, "min_to": 200, "max_to": 2000, "can_check": False, **fields}
    return Spot(25, tuple(hole.split()), tuple(board.split()), **given)  # type: ignore[arg-type]


def test_aces_are_the_best_opening_and_seven_deuce_is_far_below() -> None:
    aces, rags = opening_strength(ids("AS", "AD")), opening_strength(ids("7C", "2D"))
    assert aces == 1.0 and rags < 0.4


def test_the_nuts_beat_every_pair_and_the_board_alone_beats_few() -> None:
    board = ids("AS", "KS", "QS", "2C", "3D")
    assert made_strength(ids("JS", "10S"), board) == 1.0
    assert made_strength(ids("4H", "6H"), board) < 0.1


def test_a_free_check_is_never_folded() -> None:
    for dice in range(100):
        op, _ = choose(spot("7C 2D", call=0, can_check=True), dice / 100)
        assert op in ("action_check", "raise")


@pytest.mark.parametrize("hole", ["AS AD", "7C 2D", "JS 10S"])
@pytest.mark.parametrize("board", ["", "AC KS QS"])
def test_a_raise_lies_within_what_is_offered_and_is_not_made_when_none_is(
    hole: str, board: str
) -> None:
    for dice in range(20):
        op, amount = choose(spot(hole, board), dice / 20)
        assert op != "raise" or (amount is not None and 200 <= amount <= 2000)
        assert choose(spot(hole, board, min_to=None, max_to=None), dice / 20)[0] != "raise"


def test_a_bet_is_a_whole_number_of_small_blinds() -> None:
    op, amount = choose(spot("AS AD", "AC 7D 2H", pot=333, min_to=100), 0.5)
    assert op == "raise" and amount is not None and amount % 25 == 0


def test_the_same_dice_give_the_same_action() -> None:
    assert choose(spot("JS 10S", "QS 9S 2C"), 0.4) == choose(spot("JS 10S", "QS 9S 2C"), 0.4)


@pytest.mark.parametrize("board", ["", "AC KS QS", "AC KS QS 2D", "AC KS QS 2D 9H"])
def test_of_four_cards_it_plays_the_best_two(board: str) -> None:
    for dice in range(20):
        two = choose(spot("AS AD", board), dice / 20)
        assert choose(spot("AS 3C AD 7H", board), dice / 20) == two
