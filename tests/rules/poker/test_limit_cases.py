"""Cases 17 to 24: fixed limit and pot limit answer the same machine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.poker_table import Table, table
from vphost.rules.poker.facts import Uncalled
from vphost.rules.poker.limits import FIXED_LIMIT, POT_LIMIT
from vphost.rules.poker.stakes import AnteKind
from vphost.rules.poker.variants import HOLDEM, OMAHA, Variant

GAMES = pytest.mark.parametrize("game", [HOLDEM, OMAHA], ids=lambda game: game.code)


def limit(stacks: list[int] | int) -> Table:
    """Return a hand of 10/20 fixed limit with blinds 5/10."""
    return table(stacks, blinds=(5, 10), limit=FIXED_LIMIT, bets=(10, 20))


def on_turn(*stacks: int) -> Table:
    """Return a fixed limit hand on the turn, where 20 is bet, with these stacks left."""
    game = limit([stack + 10 for stack in stacks]).to_flop()
    while game.hand.street == 1:
        game.play("k")
    return game


def pot(game: Variant, stacks: int | list[int], **more: Any) -> Table:
    """Return a hand of 100/200 pot limit."""
    return table(stacks, blinds=(100, 200), variant=game, limit=POT_LIMIT, **more)


def test_case_17_a_bet_and_three_raises() -> None:
    game = limit(4).play("C:r20", "D:r30", "A:r40")
    assert game.may == ("B", 30, None, None)
    assert game.refused("r50") == "action_not_available"
    game = limit(4).to_flop().play("A:b10", "B:r20", "C:r30", "D:r40")
    assert game.may == ("A", 30, None, None)


def test_case_17_the_big_blind_is_the_bet_and_each_street_counts_anew() -> None:
    game = limit(3).play("C:r20", "A:r30", "B:r40")
    assert game.may == ("C", 20, None, None)
    game = game.play("C:c", "A:c")
    assert game.may == ("A", 0, 10, 10)
    game = game.play("A:b10", "B:r20", "C:r30", "A:r40")
    assert game.may == ("B", 20, None, None)


def test_case_18_no_cap_between_two_who_began_it() -> None:
    game = limit(3).to_flop().play("A:b10", "B:r20", "C:f", "A:r30", "B:r40", "A:r50", "B:r60")
    assert game.may == ("A", 10, 70, 70)


def test_case_18_no_cap_heads_up() -> None:
    game = limit(2).play("B:r20", "A:r30", "B:r40", "A:r50", "B:r60", "A:r70", "B:r80")
    assert game.may == ("A", 10, 90, 90)


def test_case_18_the_cap_stays_when_others_fold_later() -> None:
    game = limit(4).play("C:r20", "D:r30", "A:r40", "B:f", "C:f")
    assert game.may == ("D", 10, None, None)


def test_case_19_an_all_in_of_less_than_half_a_bet_is_completed() -> None:
    game = on_turn(1000, 23, 1000).play("A:b20", "B:all")
    assert game.may == ("C", 23, 40, 40)
    game = game.play("C:c")
    assert game.may == ("A", 3, None, None)


def test_case_19_an_all_in_of_half_a_bet_is_a_raise() -> None:
    game = on_turn(1000, 35, 1000).play("A:b20", "B:all")
    assert game.may == ("C", 35, 55, 55)
    game.play("C:c")
    assert game.may == ("A", 15, 55, 55)


def test_case_19_a_completed_bet_is_a_raise_for_who_had_acted() -> None:
    game = on_turn(1000, 23, 1000).play("A:b20", "B:all", "C:r40")
    assert game.may == ("A", 20, 60, 60)


def test_case_19_short_all_ins_that_are_half_a_bet_together() -> None:
    game = on_turn(1000, 27, 34, 1000).play("A:b20", "B:all", "C:all")
    assert game.may == ("D", 34, 54, 54)
    game.play("D:c")
    assert game.may == ("A", 14, 54, 54)


def test_case_19_no_raise_is_below_what_short_all_ins_have_made_of_the_bet() -> None:
    game = on_turn(1000, 29, 38, 47, 1000).play("A:b20", "B:all", "C:all", "D:all")
    assert game.may == ("E", 47, 58, 58)


def test_case_19_a_first_bet_of_less_than_half_is_completed() -> None:
    game = on_turn(8, 1000, 1000).play("A:all")
    assert game.may == ("B", 8, 20, 20)
    assert on_turn(12, 1000, 1000).play("A:all").may == ("B", 12, 32, 32)


def test_case_10_in_limit_a_whole_stack_below_the_one_size_is_legal() -> None:
    game = limit([1000, 1000, 1000, 17])
    game.play("C:c")
    assert game.may == ("D", 10, 17, 17)
    assert game.refused("r20") == "raise_too_large"
    assert game.refused("r16") == "raise_too_small"
    assert game.play("D:all").may == ("A", 12, 27, 27)


def test_case_11_in_limit_no_raise_that_nobody_could_call() -> None:
    game = limit([1000, 1000, 15]).play("C:all", "A:f")
    assert game.may == ("B", 5, None, None)


def test_case_12_in_limit_a_short_big_blind_counts_in_full() -> None:
    assert limit([1000, 3, 1000]).may == ("C", 10, 20, 20)


def test_case_14_in_limit_the_big_blind_has_the_option() -> None:
    game = limit(3).play("C:c", "A:c")
    assert game.may == ("B", 0, 20, 20)


def test_case_15_in_limit_the_uncalled_part_goes_back() -> None:
    game = limit(3).play("C:r20", "A:f", "B:f")
    assert game.all_of(Uncalled) == [Uncalled(2, 10)]
    assert game.won == [(25, {"C": 25})]


def test_case_37_in_limit_the_poster_may_raise() -> None:
    game = table(5, blinds=(5, 10), limit=FIXED_LIMIT, bets=(10, 20), posts={"E": (10, 0)})
    assert game.play("C:c", "D:f").may == ("E", 0, 20, 20)


def test_fixed_limit_bets_are_of_one_size_on_each_street() -> None:
    game = limit(3)
    assert game.may == ("C", 10, 20, 20)
    assert game.refused("r30") == "raise_too_large"
    assert on_turn(1000, 1000).may == ("A", 0, 20, 20)
    assert limit([1000, 1000, 13]).may == ("C", 10, 13, 13)


@GAMES
def test_case_20_pot_limit_opening(game: Variant) -> None:
    assert pot(game, 4).may == ("C", 200, 400, 700)
    assert pot(game, 4).refused("r701") == "raise_too_large"


@GAMES
def test_case_21_pot_limit_raise_over_the_pot(game: Variant) -> None:
    hand = pot(game, 4).play("C:r700")
    assert hand.may == ("D", 700, 1200, 2400)
    assert hand.play("D:f").may == ("A", 600, 1200, 2300)


@GAMES
def test_case_22_pot_limit_on_the_flop(game: Variant) -> None:
    hand = pot(game, [10_000, 10_000, 10_000]).play("C:r500", "A:c", "B:c")
    assert hand.may == ("A", 0, 200, 1500)
    hand.play("A:b500")
    assert hand.may == ("B", 500, 1000, 3000)


@GAMES
def test_case_23_full_blinds_are_assumed_before_the_flop(game: Variant) -> None:
    assert pot(game, 4, small_blind=None, big_blind="B").options.max_to == 700
    assert pot(game, [10_000, 60, 10_000, 10_000]).options.max_to == 700
    assert pot(game, [30, 10_000, 10_000, 10_000], ante=20).options.max_to == 780


@GAMES
def test_case_24_a_big_blind_ante_counts_from_the_flop_only(game: Variant) -> None:
    hand = pot(game, 4, ante=200, ante_kind=AnteKind.BIG_BLIND)
    assert hand.options.max_to == 700
    hand.play("C:c", "D:f", "A:f", "B:k")
    assert hand.options.max_to == 700
    hand = pot(game, [10_000, 250, 10_000], ante=200, ante_kind=AnteKind.BIG_BLIND)
    assert hand.options.max_to == 700


@GAMES
def test_case_10_in_pot_limit_a_whole_stack_below_the_minimum_is_legal(game: Variant) -> None:
    hand = pot(game, [10_000, 10_000, 300, 10_000])
    assert hand.may == ("C", 200, 300, 300)
    assert hand.refused("r299") == "raise_too_small"
    assert pot(game, [10_000, 10_000, 500, 10_000]).may == ("C", 200, 400, 500)


@GAMES
def test_case_01_in_pot_limit_a_short_all_in_reopens_only_for_who_has_not_acted(
    game: Variant,
) -> None:
    hand = pot(game, [5000, 5000, 500, 5000]).to_flop()
    hand.play("A:b200", "B:c", "C:all")
    assert hand.may == ("D", 300, 500, 800 + 700 + 600)
    hand = hand.play("D:c")
    assert hand.may == ("A", 100, None, None)


@GAMES
def test_case_25_in_pot_limit_a_straddle_is_the_bet_to_match(game: Variant) -> None:
    hand = pot(game, 4, straddle={"C": 400})
    assert hand.may == ("D", 400, 800, 400 + 700 + 400)


@GAMES
def test_case_35_in_pot_limit_dead_chips_are_in_the_pot(game: Variant) -> None:
    hand = pot(game, 5, posts={"D": (200, 100)})
    assert hand.may == ("C", 200, 400, 200 + 600 + 200)


@GAMES
def test_case_41_in_pot_limit_antes_of_all_are_in_the_pot(game: Variant) -> None:
    assert pot(game, 4, ante=25).options.max_to == 700 + 100


def test_omaha_deals_four_cards_and_counts_two() -> None:
    game = pot(OMAHA, 2, cards={"A": "AsKc2d3d", "B": "9c9d7h6h"}, board="QsJs9s4s2h").to_flop()
    assert [len(hole) for hole in game.hand.hole] == [4, 4]
    assert game.check_down().won == [(400, {"B": 400})]
