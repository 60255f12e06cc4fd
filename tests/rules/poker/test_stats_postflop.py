"""Statistics from the flop on, pots and money: every trap of the definitions by name."""

from __future__ import annotations

from tests.rules.poker.stats_table import Course, course
from vphost.rules.poker.statistics.counters import figures, merged, whole
from vphost.rules.poker.statistics.hand import Played, count
from vphost.rules.poker.twice import run_twice

OPENED = ("C:r300", "A:f", "B:c")
"""The button opens, the big blind calls."""


def test_aggression_counts_actions_after_the_flop_only() -> None:
    hand = course(
        3, "r300", "f", "r900", "c", "B:b500", "r1500", "c", "B:b500", "C:c", "B:b200", "f"
    )
    assert (hand.of("B")["aggressive"], hand.of("B")["calls"]) == (3, 1)
    assert (hand.of("C")["aggressive"], hand.of("C")["calls"], hand.of("C")["folds"]) == (1, 1, 1)


def test_aggression_checks_and_folds_are_no_part_of_the_factor() -> None:
    hand = course(3, *OPENED, "B:k", "C:b200", "B:c", "k", "k", "B:b500", "C:f")
    assert figures(hand.of("B"))["af"] == 1.0
    assert figures(hand.of("C"))["aggression_frequency_pct"] == 50.0


def test_aggression_without_calls_is_undefined_not_zero() -> None:
    hand = course(3, *OPENED, "B:k", "C:b200", "B:f")
    assert figures(hand.of("C"))["af"] is None
    assert figures(hand.of("B"))["af"] is None


def test_cbet_is_the_flop_bet_of_the_last_raiser() -> None:
    hand = course(3, *OPENED, "B:k", "C:b200", "B:f")
    assert hand.who("cbet_chances") == hand.who("cbet_made") == "C"
    assert hand.who("cbet_faced") == hand.who("fold_to_cbet") == "B"


def test_cbet_not_made_is_a_chance() -> None:
    hand = course(3, *OPENED, "B:k", "C:k", "b100", "f")
    assert (hand.who("cbet_chances"), hand.who("cbet_made")) == ("C", "")
    assert hand.who("cbet_faced") == ""


def test_cbet_a_bet_before_him_takes_the_chance_away() -> None:
    hand = course(3, *OPENED, "B:b200", "C:r600", "f")
    assert hand.who("cbet_chances") == hand.who("cbet_made") == ""
    assert hand.who("cbet_faced") == ""


def test_cbet_there_is_none_in_a_limped_pot() -> None:
    hand = course(3, "c", "c", "k", "A:b200", "f", "f")
    assert hand.who("cbet_chances") == ""


def test_cbet_belongs_to_the_last_raiser_not_to_the_first() -> None:
    hand = course(3, "C:r300", "f", "B:r900", "C:c", "B:b500", "C:c", "k", "k", "k", "k")
    assert hand.who("cbet_made") == "B"
    assert (hand.who("cbet_faced"), hand.who("fold_to_cbet")) == ("C", "")


def test_cbet_needs_that_he_is_not_all_in() -> None:
    hand = course([10_000, 10_000, 300], "C:all", "A:c", "B:c", "A:b500", "B:f")
    assert hand.who("cbet_chances") == ""


def test_cbet_a_raise_over_it_is_no_cbet_to_fold_to() -> None:
    hand = course(4, "f", "D:r300", "c", "c", "k", "k", "D:b300", "A:r900", "B:f", "D:f")
    assert hand.who("cbet_faced") == "A"
    assert hand.who("fold_to_cbet") == ""


def test_flops_seen_counts_who_is_all_in() -> None:
    hand = course([10_000, 500, 500], "all", "f", "c")
    assert hand.who("flops_seen") == "BC"


def test_flops_seen_there_is_none_when_the_hand_ends_before() -> None:
    assert course(3, "r300", "f", "f").who("flops_seen") == ""


def test_flops_seen_running_it_twice_is_one_flop() -> None:
    hand = course(3, "all", "f", "c")
    end, facts = run_twice(hand.hand, hand.facts)
    counts = count(Played(tuple(hand.befores), facts, end))
    assert [table.get("flops_seen", 0) for table in counts.players] == [0, 1, 1]
    assert sum(table.get("net", 0) for table in counts.players) == 0


def test_showdown_needs_two_who_did_not_fold() -> None:
    folded = course(3, *OPENED, "k", "b200", "f")
    assert folded.who("wtsd") == ""
    assert course(3, *OPENED, *["k"] * 6).who("wtsd") == "BC"


def test_showdown_split_is_a_win_for_both() -> None:
    hand = split_pot()
    assert hand.who("wsd") == hand.who("pots_won") == "BC"


def test_showdown_the_winner_of_a_side_pot_alone_has_won() -> None:
    hand = side_pot()
    assert hand.who("wtsd") == "ABC"
    assert hand.who("wsd") == "AB"


def test_wwsf_needs_a_pot_after_the_flop() -> None:
    hand = course(3, *OPENED, "k", "b200", "f")
    assert (hand.who("flops_seen"), hand.who("wwsf")) == ("BC", "C")
    assert course(3, "r300", "f", "f").who("wwsf") == ""


def test_pots_won_a_raiser_who_takes_the_blinds_has_won_them() -> None:
    hand = course(3, "r300", "f", "f")
    assert hand.who("pots_won") == "C"
    assert hand.of("C")["collected"] == 250
    assert hand.of("C")["net"] == 150


def test_pots_won_the_return_of_an_uncalled_bet_is_no_win() -> None:
    hand = course([10_000, 10_000, 300], "C:all", "A:r5000", "B:f",
                  cards={"C": "AsAd", "A": "KsKd"}, board="2c7d9hJs3c")
    assert hand.who("pots_won") == "C"
    assert hand.of("A")["collected"] == 0
    assert hand.of("A")["net"] == -300


def test_pots_won_a_big_blind_who_gets_only_his_own_back_has_won_nothing() -> None:
    hand = course(3, "f", "f", small_blind=None, big_blind="B")
    assert hand.who("pots_won") == ""
    assert hand.of("B")["net"] == 0


def test_biggest_pot_is_the_share_collected_and_the_larger_one_is_kept() -> None:
    hand = split_pot()
    assert hand.of("B")["biggest_pot"] == hand.of("B")["collected"] == 325
    assert merged((hand.of("B"), {"biggest_pot": 500}, {"biggest_pot": 20}))["biggest_pot"] == 500


def test_average_pot_is_of_what_was_collected() -> None:
    assert figures({"collected": 900, "pots_won": 2})["average_pot"] == 450.0
    assert figures({})["average_pot"] is None


def test_net_is_what_the_hand_changed_and_bb100_counts_big_blinds() -> None:
    hand = course(3, "r300", "f", "f")
    assert [hand.of(letter)["net"] for letter in "ABC"] == [-50, -100, 150]
    assert figures(hand.of("C"))["bb100"] == 150.0
    assert figures(hand.of("A"))["bb100"] == -50.0


def test_big_blinds_of_an_absurd_stack_still_fit_a_store() -> None:
    hand = course([2**52, 2**52], "all", "c", blinds=(1, 2),
                  cards={"A": "AsAd", "B": "KsKd"}, board="2c7d9hJs3c")
    assert hand.of("A")["net"] == 2**52
    assert hand.of("A")["net_bb_millionths"] == -hand.of("B")["net_bb_millionths"] == 10**14


def test_all_ratios_of_nobody_are_undefined() -> None:
    assert set(figures({}).values()) == {None}


def test_counters_add_up() -> None:
    first, second = course(3, *OPENED, "k", "b200", "f").of("C"), split_pot().of("C")
    both = whole(merged((first, second)))
    assert all(
        both[name] == first[name] + second[name] for name in both if name != "biggest_pot"
    )


def split_pot() -> Course:
    """Return a showdown of B and C with the same hand; A has folded his blind."""
    return course(
        3, *OPENED, *["k"] * 6, cards={"B": "AsKd", "C": "AdKs"}, board="2c7d9hJs3c",
    )


def side_pot() -> Course:
    """A is all-in for 1000 and wins the main pot; B beats C for the rest."""
    return course(
        [1_000, 5_000, 5_000], "C:r1000", "A:c", "B:c", "B:b2000", "C:c", *["k"] * 4,
        cards={"A": "AsAd", "B": "KsKd", "C": "QsQd"}, board="2c7d9hJs3c",
    )
