"""Statistics that need everybody's cards, and players against each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from tests.rules.poker.stats_table import Course, course
from vphost.rules.poker.history.replay import MUCKED
from vphost.rules.poker.statistics.hand import HandCounts, Played, count
from vphost.rules.poker.statistics.versus import passed

BOARD = "2c7d9hJs3c"
ACES_FOLD = {"A": "AsAd", "B": "KsKd", "C": "QsQd"}


def checked_down(**rest: object) -> Course:
    """A calls and folds on the flop; B and C check down, B's kings win."""
    words = ("C:r300", "A:c", "B:c", "A:k", "B:k", "C:b200", "A:f", "B:c", *["k"] * 4)
    return course(3, *words, **{"board": BOARD, **rest})


def test_folded_best_hand_counts_with_what_it_cost() -> None:
    hand = checked_down(cards=ACES_FOLD)
    assert hand.who("folded_best") == "A"
    assert hand.of("A")["folded_best_lost"] == 300


def test_folded_best_hand_that_would_have_tied_counts() -> None:
    hand = checked_down(cards={"A": "KhKc", "B": "KsKd", "C": "QsQd"})
    assert hand.who("folded_best") == "A"


def test_folded_worse_hand_is_compared_only() -> None:
    hand = checked_down(cards={"A": "4h5c", "B": "KsKd", "C": "QsQd"})
    assert (hand.who("folded_comparable"), hand.who("folded_best")) == ("A", "")


def test_folded_best_hand_counts_folds_before_the_flop() -> None:
    hand = course(3, "C:r300", "A:f", "B:c", *["k"] * 6, cards=ACES_FOLD, board=BOARD)
    assert hand.who("folded_best") == "A"
    assert hand.of("A")["folded_best_lost"] == 50


def test_folded_best_hand_is_judged_by_the_final_board() -> None:
    hand = checked_down(cards={"A": "3h3d", "B": "KsKd", "C": "QsQd"})
    assert hand.who("folded_best") == "A"


def test_folded_best_hand_without_a_flop_is_not_comparable() -> None:
    hand = course(3, "C:r300", "A:f", "B:f", cards=ACES_FOLD)
    assert hand.who("folded") == "AB"
    assert hand.who("folded_comparable") == ""


def test_folded_best_hand_compares_at_the_last_street_dealt() -> None:
    words = ("C:r300", "A:c", "B:f", "A:k", "C:b200", "A:f")
    hand = course(3, *words, cards={"A": "3h3d", "B": "4s5s", "C": "QsQd"}, board=BOARD)
    assert hand.who("folded_comparable") == "AB"
    assert hand.who("folded_best") == ""


def test_folded_best_hand_costs_no_uncalled_chips() -> None:
    words = ("C:r300", "A:r900", "B:f", "C:c", "A:b500", "C:r1500", "A:f")
    hand = course(3, *words, cards={"A": "AsAd", "B": "4s5s", "C": "QsQd"}, board=BOARD)
    assert hand.of("A")["folded_best_lost"] == 1400


def test_unknown_cards_of_who_went_on_make_nothing_comparable() -> None:
    hand = checked_down(cards=ACES_FOLD)
    assert _with_hole(hand, 2, (-1, -1)).players[0].get("folded_comparable", 0) == 0
    assert _with_hole(hand, 2, (MUCKED, MUCKED)).players[0]["folded_best"] == 1


def test_pot_won_without_the_best_hand_is_one_won_by_folds() -> None:
    words = ("C:r300", "A:c", "B:f", "A:k", "C:b200", "A:f")
    hand = course(3, *words, cards={"A": "AsAd", "B": "4s5s", "C": "QsQd"}, board=BOARD)
    assert hand.who("won_without_best") == "C"
    assert checked_down(cards=ACES_FOLD).who("won_without_best") == ""


def test_pot_won_without_the_best_hand_needs_a_better_one_not_an_equal_one() -> None:
    words = ("C:r300", "A:c", "B:f", "A:k", "C:b200", "A:f")
    hand = course(3, *words, cards={"A": "QhQc", "B": "4s5s", "C": "QsQd"}, board=BOARD)
    assert hand.who("won_without_best") == ""


def test_screwed_on_the_river_is_who_led_on_the_turn_and_lost() -> None:
    hand = checked_down(cards={"A": "4h5c", "B": "KsKd", "C": "3s3d"})
    assert hand.who("screwed_on_river") == "B"


def test_screwed_on_the_river_counts_who_was_tied_for_the_lead() -> None:
    words = ("C:c", "A:c", "B:k", *["k"] * 9)
    hand = course(
        3, *words, cards={"A": "AhKh", "B": "AsKs", "C": "QdTd"}, board="2c7d9hJs8c"
    )
    assert hand.who("screwed_on_river") == "AB"


def test_screwed_on_the_river_is_nobody_who_was_behind_or_split() -> None:
    assert checked_down(cards=ACES_FOLD).who("screwed_on_river") == ""
    split = checked_down(cards={"A": "4h5c", "B": "AsKd", "C": "AdKs"})
    assert split.who("screwed_on_river") == ""


def test_only_what_everybody_saw_counts_as_seen() -> None:
    hand = checked_down(cards={"A": "JhJd", "B": "KsKd", "C": "3s3d"})
    counts = hand.counts
    assert counts.unseen[0]["folded_best"] == counts.unseen[1]["screwed_on_river"] == 1
    assert not {"folded_best", "folded_comparable", "folded_best_lost"} & counts.seen(0).keys()
    assert "screwed_on_river" not in counts.seen(1) and counts.seen(1)["wtsd"] == 1


def test_a_showdown_of_shown_hands_counts_as_seen() -> None:
    words = ("C:r1000", "A:f", "B:c")
    hand = course(
        [1_000] * 3, *words, cards={"A": "4h5c", "B": "KsKd", "C": "3s3d"}, board=BOARD
    )
    assert hand.counts.seen(1)["screwed_on_river"] == 1
    assert "screwed_on_river" not in hand.counts.unseen[1]


def test_showdown_score_is_only_among_those_who_went_there() -> None:
    hand = checked_down(cards=ACES_FOLD)
    assert hand.against("B", "C")["showdowns_won"] == 1
    assert hand.against("C", "B")["showdowns_lost"] == 1
    assert "showdowns_won" not in hand.against("B", "A")
    assert "showdowns_lost" not in hand.against("A", "B")


def test_two_winners_do_not_score_against_one_another() -> None:
    words = ("C:c", "A:c", "B:k", *["k"] * 9)
    hand = course(3, *words, cards={"A": "AsKd", "B": "AdKs", "C": "4h5h"}, board=BOARD)
    assert "showdowns_won" not in hand.against("A", "B")
    assert hand.against("A", "C")["showdowns_won"] == hand.against("B", "C")["showdowns_won"] == 1


def test_chips_are_counted_by_side_pot() -> None:
    hand = course(
        [1_000, 5_000, 5_000], "C:r1000", "A:c", "B:c", "B:b2000", "C:c", *["k"] * 4,
        cards={"A": "AsAd", "B": "KsKd", "C": "QsQd"}, board=BOARD,
    )
    assert hand.against("A", "B")["chips"] == 1_000
    assert hand.against("A", "C")["chips"] == 1_000
    assert hand.against("B", "C")["chips"] == 2_000


def test_chips_of_a_loser_go_to_the_winners_as_they_collected() -> None:
    words = ("C:c", "A:c", "B:k", *["k"] * 9)
    hand = course(3, *words, cards={"A": "AsKd", "B": "AdKs", "C": "4h5h"}, board=BOARD)
    assert hand.against("A", "C")["chips"] == hand.against("B", "C")["chips"] == 50
    assert hand.against("A", "B").get("chips", 0) == 0


def test_chips_of_an_uncalled_bet_go_nowhere() -> None:
    hand = course(3, "C:r5000", "A:f", "B:f")
    assert hand.against("C", "B")["chips"] == 100
    assert hand.against("C", "A")["chips"] == 50


@pytest.mark.parametrize("words", [
    ("C:r300", "A:f", "B:f"),
    ("C:r300", "A:c", "B:c", *["k"] * 9),
    ("C:r300", "A:r1000", "B:f", "C:c", "A:b500", "C:f"),
])
def test_chips_against_all_others_are_the_net_and_antisymmetric(words: tuple[str, ...]) -> None:
    hand = course(3, *words, ante=7, cards=ACES_FOLD, board=BOARD)
    counts = hand.counts
    for index, table in enumerate(counts.players):
        row = [counts.versus[pair].get("chips", 0) for pair in counts.versus if pair[0] == index]
        assert sum(row) == table.get("net", 0)
    for (one, other), table in counts.versus.items():
        assert table.get("chips", 0) == -counts.versus[other, one].get("chips", 0)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=10), st.data())
def test_what_is_passed_keeps_both_sums_and_proportions(
    chips: list[int], data: st.DataObject
) -> None:
    chunks = dict(enumerate(chips))
    cuts = sorted(data.draw(st.lists(st.integers(0, sum(chips)), min_size=2, max_size=2)))
    taken = (cuts[0], cuts[1] - cuts[0], sum(chips) - cuts[1])
    shares = {index: share for index, share in enumerate(taken) if index < len(chips)}
    shares[0] += sum(chips) - sum(shares.values())
    moved = passed(chunks, shares)
    for index, given_chips in chunks.items():
        assert sum(n for (giver, _), n in moved.items() if giver == index) == given_chips
    for index, share in shares.items():
        assert sum(n for (_, taker), n in moved.items() if taker == index) == share
    for (giver, taker), number in moved.items():
        fair = chunks[giver] * shares[taker] / sum(chips) if sum(chips) else 0
        assert abs(number - fair) <= len(chips)


def _with_hole(hand: Course, index: int, cards: tuple[int, ...]) -> HandCounts:
    hole = (*hand.hand.hole[:index], cards, *hand.hand.hole[index + 1:])
    return count(Played(hand.played.before, hand.played.facts, replace(hand.hand, hole=hole)))
