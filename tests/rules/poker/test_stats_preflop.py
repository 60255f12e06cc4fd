"""Statistics before the flop: every trap of the definitions by name.

Three players: A small blind, B big blind, C button. Four: C is the cutoff, D the button.
"""

from __future__ import annotations

from tests.rules.poker.stats_table import course
from vphost.rules.poker.limits import FIXED_LIMIT
from vphost.rules.poker.statistics.counters import figures, merged


def test_vpip_posting_blinds_and_antes_is_not_voluntary() -> None:
    hand = course(3, "f", "f", ante=10)
    assert hand.who("vpip") == ""
    assert hand.who("hands_dealt") == "ABC"


def test_vpip_checking_the_big_blind_is_not_voluntary() -> None:
    hand = course(3, "c", "c", "k", "k", "k", "b100", "f", "f")
    assert hand.who("vpip") == "AC"


def test_vpip_posting_a_straddle_is_not_voluntary() -> None:
    hand = course(4, "f", "f", "f", straddle={"C": 200})
    assert hand.who("vpip") == ""
    assert hand.who("pfr") == ""


def test_vpip_a_live_post_that_is_checked_is_not_voluntary() -> None:
    hand = course(4, "C:k", "D:f", "A:f", "B:k", "b100", "f", posts={"C": (100, 0)})
    assert hand.who("vpip") == ""


def test_vpip_completing_the_small_blind_is_voluntary() -> None:
    hand = course(3, "f", "A:c", "k", "b100", "f")
    assert hand.who("vpip") == "A"


def test_vpip_calling_a_raise_from_the_big_blind_is_voluntary() -> None:
    hand = course(3, "r300", "f", "B:c", "b100", "f")
    assert hand.who("vpip") == "BC"


def test_vpip_counts_once_a_hand() -> None:
    hand = course(3, "r300", "f", "r900", "r2700", "f")
    assert hand.of("B")["vpip"] == hand.of("C")["vpip"] == 1


def test_walk_is_the_big_blind_who_need_not_act() -> None:
    hand = course(3, "f", "f")
    assert hand.who("walks") == "B"
    assert hand.of("B")["pots_won"] == 1


def test_walk_is_also_who_is_all_in_from_his_blind() -> None:
    hand = course([10_000, 60, 10_000], "r300", "f")
    assert hand.who("walks") == "B"


def test_walks_are_no_chances_for_vpip() -> None:
    walked, called = course(3, "f", "f").of("B"), course(3, "r300", "f", "c", "k", "b100", "f")
    both = merged((walked, called.of("B")))
    assert both["hands_dealt"] == 2
    assert figures(both)["vpip_pct"] == 100.0


def test_pfr_counts_once_however_often_he_raises() -> None:
    hand = course(3, "r300", "f", "r900", "r2700", "f")
    assert hand.of("C")["pfr"] == 1


def test_pfr_a_three_bet_counts() -> None:
    hand = course(3, "r300", "f", "r900", "f")
    assert hand.who("pfr") == "BC"


def test_pfr_a_short_all_in_raise_counts() -> None:
    hand = course([350, 10_000, 10_000], "r300", "all", "f", "f")
    assert hand.who("pfr") == "AC"


def test_pfr_an_all_in_call_does_not_count() -> None:
    hand = course([200, 10_000, 10_000], "r300", "all", "f")
    assert hand.who("pfr") == "C"
    assert hand.who("vpip") == "AC"


def test_pfr_chances_need_that_a_raise_was_possible() -> None:
    hand = course([10_000, 10_000, 300], "all", "A:c", "B:f")
    assert hand.who("pfr_chances") == "ABC"
    short = course([10_000, 300, 10_000], "r500", "f", "B:all")
    assert short.who("pfr_chances") == "AC"


def test_three_bet_is_the_second_raise_and_the_big_blind_the_first_bet() -> None:
    hand = course(4, "r300", "f", "r900", "f", "f")
    assert hand.who("three_bet") == "A"
    assert hand.who("three_bet_chances") == "AD"


def test_three_bet_chance_of_the_opener_himself_is_none() -> None:
    hand = course(3, "r300", "f", "c", "b100", "f")
    assert hand.who("three_bet_chances") == "AB"


def test_three_bet_chance_is_gone_with_the_third_bet() -> None:
    hand = course(4, "r300", "r900", "A:f", "B:f", "C:r2700", "f")
    assert hand.who("three_bet_chances") == "D"
    assert hand.who("three_bet") == "D"


def test_three_bet_chance_needs_chips_for_a_raise() -> None:
    hand = course([10_000, 250, 10_000], "r300", "f", "B:all")
    assert hand.who("three_bet_chances") == "A"


def test_three_bet_over_a_straddle_is_the_second_raise_not_the_first() -> None:
    hand = course(4, "D:r400", "f", "f", "C:r1200", "f", straddle={"C": 200})
    assert hand.who("three_bet") == "C"


def test_limp_completing_and_over_limping_count_and_checking_does_not() -> None:
    hand = course(4, "C:c", "D:c", "A:c", "B:k", "b100", "f", "f", "f")
    assert hand.who("limp") == "ACD"


def test_limp_calling_a_raise_is_none() -> None:
    hand = course(3, "r300", "c", "f", "b100", "f")
    assert hand.who("limp") == ""


def test_limp_stays_one_when_he_then_calls_a_raise() -> None:
    hand = course(3, "c", "f", "r300", "c", "b100", "f")
    assert hand.who("limp") == "C"
    assert hand.who("pfr") == "B"


def test_steal_is_an_open_raise_from_cutoff_button_or_small_blind() -> None:
    assert course(5, "f", "D:r300", "f", "f", "f").who("steal") == "D"
    assert course(5, "f", "f", "E:r300", "f", "f").who("steal") == "E"
    assert course(5, "f", "f", "f", "A:r300", "f").who("steal") == "A"


def test_steal_from_an_earlier_seat_is_none() -> None:
    hand = course(5, "C:r300", "f", "f", "f", "f")
    assert hand.who("steal") == hand.who("steal_chances") == ""


def test_steal_chance_needs_that_all_before_folded() -> None:
    assert course(5, "C:c", "D:r400", "f", "f", "f", "f").who("steal_chances") == ""
    assert course(5, "f", "f", "f", "f").who("steal_chances") == "ADE"


def test_steal_heads_up_is_the_buttons() -> None:
    hand = course(2, "r300", "f")
    assert len(hand.who("steal")) == 1
    assert hand.who("steal") == hand.who("pfr")


def test_somebody_folded_by_the_system_was_dealt_in_and_not_voluntary() -> None:
    hand = course(3, "f", "f")
    assert hand.of("C")["hands_dealt"] == 1
    assert hand.of("C")["vpip"] == hand.of("C")["walks"] == 0


def test_leaving_before_ones_turn_is_a_fold_and_no_chance() -> None:
    hand = course(4, "r300")
    hand.leave("A").play("f", "f")
    assert hand.who("three_bet_chances") == "BD"
    assert hand.of("A")["folded"] == 1


def test_fixed_limit_at_the_cap_is_no_chance_to_raise() -> None:
    hand = course(
        4, "C:r200", "D:r300", "A:r400", "B:f", "C:c", "D:c", "b100", "f", "f",
        limit=FIXED_LIMIT, bets=(100, 200),
    )
    assert hand.who("pfr_chances") == "ACD"
