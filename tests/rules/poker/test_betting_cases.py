"""Section A of the rules: betting in no-limit hold'em, one test for each case."""

from __future__ import annotations

import pytest

from tests.rules.poker.poker_table import Table, table
from vphost.rules.poker.facts import (
    Acted, ActionKind, Mucked, PotAwarded, Shown, StreetDealt, Uncalled,
)


def flop(*stacks: int) -> Table:
    """Return a hand on the flop with these stacks left; 100 each are in the pot."""
    return table([stack + 100 for stack in stacks]).to_flop()


def test_case_01_short_all_in_reopens_only_for_who_has_not_acted() -> None:
    game = flop(1000, 1000, 150, 1000).play("A:b100", "B:c", "C:all")
    assert game.may == ("D", 150, 250, 1000)
    game = game.play("D:c")
    assert game.may == ("A", 50, None, None)
    assert game.refused("r300") == "action_not_available"
    game = game.play("A:c")
    assert game.may == ("B", 50, None, None)


def test_case_02_two_short_all_ins_that_make_a_full_raise_reopen() -> None:
    game = flop(1000, 150, 200).play("A:b100", "B:all", "C:all")
    assert game.options.call == 100
    assert game.options.min_to is None, "nobody is left to call a raise"
    game = flop(1000, 150, 200, 1000).play("A:b100", "B:all", "C:all", "D:c")
    assert game.may == ("A", 100, 300, 1000)


def test_case_03_each_faces_what_was_added_since_he_acted() -> None:
    game = flop(1000, 150, 1000, 210).play("A:b100", "B:all", "C:c", "D:all")
    assert game.may == ("A", 110, 310, 1000)
    game = game.play("A:c")
    assert game.may == ("C", 60, None, None)


def test_case_04_three_short_all_ins() -> None:
    game = flop(1000, 150, 200, 250, 1000).play("A:b100", "B:all", "C:all", "D:all", "E:c")
    assert game.may == ("A", 150, 350, 1000)


def test_case_05_short_all_in_over_a_raise() -> None:
    game = flop(1000, 1000, 250).play("A:b100", "B:r200", "C:all")
    assert game.may == ("A", 150, 350, 1000)
    game = game.play("A:c")
    assert game.may == ("B", 50, None, None)


def test_case_06_short_all_in_over_a_limp() -> None:
    game = table([1000, 1000, 1000, 130]).play("C:c", "D:all", "A:f")
    assert game.may == ("B", 30, 230, 1000)
    game = game.play("B:c")
    assert game.may == ("C", 30, None, None)


def test_case_07_all_in_below_the_minimum_bet() -> None:
    game = flop(1000, 40, 1000).play("A:k", "B:all")
    assert game.may == ("C", 40, 140, 1000)
    game = game.play("C:c")
    assert game.may == ("A", 40, None, None)


def test_case_07_a_complete_raise_over_the_short_bet_reopens() -> None:
    game = flop(1000, 40, 1000).play("A:k", "B:all", "C:r140")
    assert game.may == ("A", 140, 240, 1000)


def test_case_08_minimum_is_the_last_complete_raise_on_top_of_the_highest_bet() -> None:
    game = table([11_000, 11_000, 11_000, 1800, 2200], blinds=(250, 500)).to_flop()
    game.play("A:b500", "B:r1000", "C:c", "D:all", "E:all", "A:c")
    assert game.may == ("B", 700, 2200, 10_500)
    game.play("B:c")
    assert game.may == ("C", 700, 2200, 10_500)


def test_case_09_next_minimum_raise_has_the_size_of_the_last() -> None:
    game = table(4).play("C:r350")
    assert game.options.min_to == 600
    assert game.refused("r599") == "raise_too_small"
    assert game.play("r600").options.min_to == 850


def test_case_10_all_in_is_always_legal_and_below_the_minimum_nothing_else_is() -> None:
    game = table([1000, 1000, 150])
    assert game.may == ("C", 100, 150, 150)
    assert game.refused("r149") == "raise_too_small"
    assert game.refused("r151") == "raise_too_large"
    game.play("r150")
    assert game.may == ("A", 100, 250, 1000)
    assert game.refused("r200") == "raise_too_small"
    assert game.refused("r1001") == "raise_too_large"


def test_case_11_a_raise_that_nobody_could_call_is_not_offered() -> None:
    game = table([5000, 600]).play("B:all")
    assert game.may == ("A", 500, None, None)
    assert game.refused("r1200") == "action_not_available"


def test_case_11_nor_one_against_players_who_are_covered() -> None:
    game = table([5000, 5000, 5000]).play("C:f", "A:r5000")
    assert game.may == ("B", 4900, None, None)
    game = table([800, 2000, 400, 700]).play("C:f", "D:all")
    assert game.may == ("A", 650, 800, 800)
    game = game.play("A:f")
    assert game.may == ("B", 600, None, None)
    game = table([2000, 700, 700]).play("C:all")
    assert game.may == ("A", 650, None, None), "B can just call the bet there is"


def test_case_11_a_raise_is_offered_while_one_opponent_has_more() -> None:
    game = table([2000, 750, 2000]).play("C:r700", "A:f")
    assert game.may == ("B", 600, 750, 750)


def test_case_12_short_big_blind_leaves_the_call_and_the_raise_as_they_are() -> None:
    game = table([1000, 30, 1000], cards={"A": "2c3d", "B": "AsAh", "C": "KsKh"},
                 board="4c5h9d9sJc")
    assert game.may == ("C", 100, 200, 1000)
    game.play("C:c", "A:c").check_down()
    assert game.won == [(140, {"C": 140}), (90, {"B": 90})]


def test_case_13_who_alone_has_chips_pays_the_call_and_gets_the_rest_back() -> None:
    game = table([1000, 30, 80]).play("C:all")
    assert game.may == ("A", 50, None, None)
    game.play("A:c")
    assert game.all_of(Uncalled) == [Uncalled(0, 20)]
    assert sum(size for size, _ in game.won) == 190


def test_case_13_who_has_put_in_enough_is_not_asked() -> None:
    game = table([1000, 30, 1000]).play("C:f")
    assert game.hand.is_over
    assert game.all_of(Uncalled) == [Uncalled(0, 20)]


def test_case_14_big_blind_has_the_option_after_limps() -> None:
    game = table(4).play("C:c", "D:c", "A:c")
    assert game.may == ("B", 0, 200, 10_000)
    game.play("B:r300")
    assert game.may == ("C", 200, 500, 10_000)


def test_case_14_also_heads_up_after_the_small_blind_completes() -> None:
    game = table(2).play("B:c")
    assert game.may == ("A", 0, 200, 10_000)
    assert game.play("A:k").hand.street == 1


def test_case_15_uncalled_bet_goes_back_before_the_showdown_and_is_no_pot() -> None:
    game = flop(1000, 1000, 1000).play("A:b400", "B:f", "C:f")
    assert game.all_of(Uncalled) == [Uncalled(0, 400)]
    assert game.won == [(300, {"A": 300})]
    kinds = [type(fact) for fact in game.facts]
    assert kinds.index(Uncalled) < kinds.index(PotAwarded)


def test_case_15_excess_over_a_shorter_all_in_comes_back_before_the_board() -> None:
    game = table([10_000, 600]).play("B:r600", "A:c")
    assert not game.all_of(Uncalled)
    game = table([600, 10_000]).play("B:r5000", "A:all")
    kinds = [type(fact) for fact in game.facts]
    assert game.all_of(Uncalled) == [Uncalled(1, 4400)]
    assert kinds.index(Uncalled) < kinds.index(Shown) < kinds.index(StreetDealt)


def test_case_16_folded_excess_stays_in_the_pots_by_level() -> None:
    game = table([10_000, 10_000, 60, 10_000], cards={"A": "2c7d", "C": "AsAh"},
                 board="KcKdQsJh4d")
    game.play("C:all", "D:r300", "A:r900", "B:f", "D:f")
    assert game.all_of(Uncalled) == [Uncalled(0, 600)]
    assert game.won == [(520, {"A": 520}), (240, {"C": 240})]
    assert [fact.contested for fact in game.all_of(PotAwarded)] == [False, True]


def test_case_27_out_of_turn_is_refused_and_changes_nothing() -> None:
    game = table(4)
    before = game.hand
    for letter in "ABD":
        assert game.refused_for(letter, ActionKind.FOLD, None).code == "not_your_turn"
    assert game.hand == before


def test_case_28_a_fold_is_accepted_when_a_check_is_free() -> None:
    game = flop(1000, 1000, 1000).play("A:f")
    assert game.hand.folded == (True, False, False)


def test_case_28_not_when_it_would_be_the_last_word() -> None:
    game = flop(1000, 1000).play("f")
    assert game.hand.is_over and not game.shown and not game.all_of(Mucked)


def test_an_amount_that_is_no_positive_whole_number_is_refused() -> None:
    game = table(3)
    for amount in (None, 0, -100):
        assert game.refused_for("C", ActionKind.CALL, amount).code == "bad_amount"
        assert game.refused_for("C", ActionKind.RAISE, amount).code == "bad_amount"


def test_a_call_has_to_name_the_legal_amount() -> None:
    game = table(3)
    refusal = game.refused_for("C", ActionKind.CALL, 99)
    assert refusal.code == "wrong_call_amount"
    assert refusal.detail == {"call": 100, "min_to": 200, "max_to": 10_000}


@pytest.mark.parametrize("word", ["k", "b300"])
def test_check_and_bet_are_not_available_against_a_bet(word: str) -> None:
    assert table(3).refused(word) == "action_not_available"


def test_call_and_raise_are_not_available_without_a_bet() -> None:
    game = flop(1000, 1000)
    assert game.refused_for("A", ActionKind.CALL, 100).code == "action_not_available"
    assert game.refused("r300") == "action_not_available"
    assert game.refused("b99") == "raise_too_small"


def test_after_the_end_there_is_no_hand() -> None:
    game = table(2).play("f")
    assert game.refused_for("A", ActionKind.CHECK, None).code == "no_hand"


def test_an_action_is_told_with_what_it_added_and_the_total() -> None:
    game = table([1000, 1000, 1000, 1000]).play("C:r300", "D:f", "A:r700", "B:f", "C:all")
    assert game.all_of(Acted) == [
        Acted(2, ActionKind.RAISE, 300, 300, False),
        Acted(3, ActionKind.FOLD, 0, 0, False),
        Acted(0, ActionKind.RAISE, 650, 700, False),
        Acted(1, ActionKind.FOLD, 0, 100, False),
        Acted(2, ActionKind.RAISE, 700, 1000, True),
    ]
