"""Cases 17 to 24: fixed limit and pot limit answer the same machine."""

from __future__ import annotations

from typing import Any

from poker_table import Table, table

from vphost.rules.poker.structure import FIXED_LIMIT, OMAHA, POT_LIMIT, AnteKind


def limit(stacks: list[int] | int) -> Table:
    """Return a hand of 10/20 fixed limit with blinds 5/10."""
    return table(stacks, blinds=(5, 10), limit=FIXED_LIMIT, bets=(10, 20))


def on_turn(*stacks: int) -> Table:
    """Return a fixed limit hand on the turn, where 20 is bet, with these stacks left."""
    game = limit([stack + 10 for stack in stacks]).to_flop()
    while game.hand.street == 1:
        game.play("k")
    return game


def pot(stacks: int | list[int], **more: Any) -> Table:
    """Return a hand of 100/200 pot-limit Omaha."""
    return table(stacks, blinds=(100, 200), variant=OMAHA, limit=POT_LIMIT, **more)


def test_case_17_a_bet_and_three_raises() -> None:
    game = limit(4).play("C:r20", "D:r30", "A:r40")
    assert game.may == ("B", 30, None, None)
    assert game.refused("r50") == "action_not_available"
    game = limit(4).to_flop().play("A:b10", "B:r20", "C:r30", "D:r40")
    assert game.may == ("A", 30, None, None)


def test_case_18_no_cap_between_two_who_began_it() -> None:
    game = limit(3).to_flop().play("A:b10", "B:r20", "C:f", "A:r30", "B:r40", "A:r50", "B:r60")
    assert game.may == ("A", 10, 70, 70)


def test_case_18_the_cap_stays_when_others_fold_later() -> None:
    game = limit(4).play("C:r20", "D:r30", "A:r40", "B:f", "C:f")
    assert game.may == ("D", 10, None, None)


def test_case_19_an_all_in_of_less_than_half_a_bet_is_completed() -> None:
    game = on_turn(1000, 23, 1000).play("A:b20", "B:all")
    assert game.may == ("C", 23, 40, 40)
    game.play("C:c")
    assert game.may == ("A", 3, None, None)


def test_case_19_an_all_in_of_half_a_bet_is_a_raise() -> None:
    game = on_turn(1000, 35, 1000).play("A:b20", "B:all")
    assert game.may == ("C", 35, 55, 55)
    game.play("C:c")
    assert game.may == ("A", 15, 55, 55)


def test_fixed_limit_bets_are_of_one_size_on_each_street() -> None:
    game = limit(3)
    assert game.may == ("C", 10, 20, 20)
    assert game.refused("r30") == "raise_too_large"
    assert on_turn(1000, 1000).may == ("A", 0, 20, 20)
    assert limit([1000, 1000, 13]).may == ("C", 10, 13, 13)


def test_case_20_pot_limit_opening() -> None:
    assert pot(4).may == ("C", 200, 400, 700)
    assert pot(4).refused("r701") == "raise_too_large"


def test_case_21_pot_limit_raise_over_the_pot() -> None:
    game = pot(4).play("C:r700")
    assert game.may == ("D", 700, 1200, 2400)
    assert game.play("D:f").may == ("A", 600, 1200, 2300)


def test_case_22_pot_limit_on_the_flop() -> None:
    game = pot([10_000, 10_000, 10_000]).play("C:r500", "A:c", "B:c")
    assert game.may == ("A", 0, 200, 1500)
    game.play("A:b500")
    assert game.may == ("B", 500, 1000, 3000)


def test_case_23_full_blinds_are_assumed_before_the_flop() -> None:
    assert pot(4, small_blind=None, big_blind="B").options.max_to == 700
    assert pot([10_000, 60, 10_000, 10_000]).options.max_to == 700
    assert pot([30, 10_000, 10_000, 10_000], ante=20).options.max_to == 780


def test_case_24_a_big_blind_ante_counts_from_the_flop_only() -> None:
    game = pot(4, ante=200, ante_kind=AnteKind.BIG_BLIND)
    assert game.options.max_to == 700
    game.play("C:c", "D:f", "A:f", "B:k")
    assert game.options.max_to == 700
    game = pot([10_000, 250, 10_000], ante=200, ante_kind=AnteKind.BIG_BLIND)
    assert game.options.max_to == 700


def test_omaha_deals_four_cards_and_counts_two() -> None:
    game = pot(2, cards={"A": "AsKc2d3d", "B": "9c9d7h6h"}, board="QsJs9s4s2h").to_flop()
    assert [len(hole) for hole in game.hand.hole] == [4, 4]
    assert game.check_down().won == [(400, {"B": 400})]
