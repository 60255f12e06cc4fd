"""Straddles, posts, antes and the two-player blinds, one test for each case."""

from __future__ import annotations

import pytest

from tests.rules.poker.poker_table import LETTERS, Table, table
from vphost.rules.poker.facts import HoleDealt, Posted
from vphost.rules.poker.limits import FIXED_LIMIT, NO_LIMIT, Limit
from vphost.rules.poker.seats import straddles
from vphost.rules.poker.setup import HandSetup
from vphost.rules.poker.stakes import AnteKind


def posted(game: Table) -> list[tuple[str, str, int]]:
    """Return who posted what."""
    return [(LETTERS[fact.index], fact.kind, fact.amount) for fact in game.all_of(Posted)]


def setup_of(count: int, limit: Limit = NO_LIMIT, stack: int = 10_000) -> HandSetup:
    """Return the setup of a plain hand."""
    return table([stack] * count, limit=limit, bets=(100, 200)).setup


def test_case_25_straddle_acts_last_and_doubles_the_minimum() -> None:
    game = table(5, straddle={"C": 200})
    assert game.may == ("D", 200, 400, 10_000)
    game.play("D:c", "E:c", "A:c", "B:c")
    assert game.may == ("C", 0, 400, 10_000)
    assert game.play("C:k").hand.street == 1
    assert game.options.min_to == 100


def test_case_26_who_may_straddle() -> None:
    setup = setup_of(6)
    assert straddles(setup, [2]) == {2: 200}
    assert straddles(setup, [2, 3]) == {2: 200, 3: 400}
    assert straddles(setup, [3]) == {}, "only over the straddle before him"
    assert straddles(setup, [0, 1]) == {}, "a blind does not straddle"
    assert straddles(setup, [2, 3, 5]) == {5: 200}, "the button takes precedence"
    assert straddles(setup, []) == {}


def test_case_26_no_straddle_heads_up_in_limit_games_or_too_short() -> None:
    assert straddles(setup_of(2), [0, 1]) == {}
    assert straddles(setup_of(6, FIXED_LIMIT), [2]) == {}
    assert straddles(setup_of(6, stack=199), [2]) == {}
    assert straddles(setup_of(6, stack=399), [2, 3]) == {2: 200}


def test_case_26_restraddle_and_button_straddle_decide_who_begins() -> None:
    game = table(6, straddle={"C": 200, "D": 400})
    assert posted(game)[-2:] == [("C", "straddle", 200), ("D", "straddle", 400)]
    assert game.may == ("E", 400, 800, 10_000)
    assert table(6, straddle={"F": 200}).turn == "A"


def test_case_29_heads_up_the_button_is_small_blind_and_first_only_before_the_flop() -> None:
    game = table(2)
    assert posted(game) == [("B", "small_blind", 50), ("A", "big_blind", 100)]
    assert [LETTERS[fact.index] for fact in game.all_of(HoleDealt)] == ["A", "B"]
    assert game.turn == "B"
    assert game.to_flop().turn == "A"


def test_cards_go_round_one_at_a_time_from_the_left_of_the_button() -> None:
    game = table(3, button="B")
    deck = game.setup.deck
    assert [(LETTERS[fact.index], fact.cards) for fact in game.all_of(HoleDealt)] == [
        ("C", (deck[0], deck[3])), ("A", (deck[1], deck[4])), ("B", (deck[2], deck[5])),
    ]
    assert game.to_flop().hand.board == deck[6:9]


def test_case_34_a_newcomer_who_does_not_wait_posts_a_live_big_blind() -> None:
    game = table(5, posts={"D": (100, 0)})
    assert posted(game)[2:] == [("D", "live_post", 100)]
    assert game.play("C:f").may == ("D", 0, 200, 9900 + 100)
    game.play("D:k", "E:r300", "A:f", "B:f")
    assert game.may == ("D", 200, 500, 10_000)


def test_case_35_missed_both_posts_a_live_big_and_a_dead_small_blind() -> None:
    game = table(5, posts={"D": (100, 50)})
    assert posted(game)[2:] == [("D", "live_post", 100), ("D", "dead_post", 50)]
    assert game.hand.pot == 300
    assert game.play("C:c").may == ("D", 0, 200, 9950)
    game.play("D:k", "E:f", "A:f", "B:k").check_down()
    assert sum(size for size, _ in game.won) == 400, "one pot, the dead chips in it"
    assert len(game.won) == 1


def test_case_36_missed_small_blind_is_dead_and_does_not_count_to_the_call() -> None:
    game = table(5, posts={"D": (0, 50)}).play("C:c")
    assert game.may == ("D", 100, 200, 9950)


def test_case_35_a_short_stack_posts_its_live_chips_first() -> None:
    game = table([1000, 1000, 1000, 120, 1000], posts={"D": (100, 50)})
    assert posted(game)[2:] == [("D", "live_post", 100), ("D", "dead_post", 20)]
    game = table([1000, 1000, 1000, 80, 1000], posts={"D": (100, 50)})
    assert posted(game)[2:] == [("D", "live_post", 80)]
    assert game.play("C:c").turn == "E", "all-in from the post"


def test_case_36_dead_chips_go_to_the_main_pot_whoever_is_short() -> None:
    game = table([1000, 1000, 1000, 1000, 60], posts={"D": (0, 50)},
                 cards={"A": "2c3d", "D": "KsKh", "E": "AsAh"}, board="4c5h9d9sJc")
    game.play("C:f", "D:r300", "E:all", "A:c", "B:f").check_down()
    assert game.won == [(240 * 2 + 40, {"D": 520}), (60 * 4 + 50, {"E": 290})]


def test_case_36_dead_chips_do_not_come_back_with_an_uncalled_bet() -> None:
    game = table(5, posts={"D": (0, 50)}).play("C:f", "D:r300", "E:f", "A:f", "B:f")
    assert game.won == [(50 + 50 + 100 + 100, {"D": 300})]
    assert game.stacks["D"] == 10_000 - 50 - 100 + 300


def test_case_37_the_poster_has_the_option_and_action_begins_left_of_the_big_blind() -> None:
    game = table(5, posts={"E": (100, 0)})
    assert game.turn == "C"
    assert game.play("C:c", "D:c").may == ("E", 0, 200, 10_000)
    game.play("E:r400", "A:f", "B:f", "C:f", "D:f")
    assert game.stacks["E"] == 10_350


def test_case_40_an_absent_player_who_is_all_in_from_a_blind_stays_live() -> None:
    game = table([1000, 80, 1000], cards={"A": "2c3d", "B": "AsAh", "C": "KsKh"},
                 board="4c5h9d9sJc")
    game.play("C:c", "A:f")
    assert game.won == [(210, {"B": 210})]


def test_case_40_also_who_is_all_in_from_an_ante() -> None:
    game = table([1000, 1000, 20], ante=20, cards={"A": "2c3d", "B": "KsKh", "C": "AsAh"},
                 board="4c5h9d9sJc").play("A:f")
    assert game.won == [(50 + 50, {"B": 100}), (60, {"C": 60})]


def test_case_41_all_in_from_the_whole_ante() -> None:
    game = table([1000, 1000, 25], ante=25, cards={"A": "2c3d", "B": "KsKh", "C": "AsAh"},
                 board="4c5h9d9sJc").play("A:c").check_down()
    assert game.won == [(200, {"B": 200}), (75, {"C": 75})]


def test_case_41_all_in_from_less_than_the_ante() -> None:
    game = table([1000, 1000, 10], ante=25, cards={"A": "2c3d", "B": "KsKh", "C": "AsAh"},
                 board="4c5h9d9sJc").play("A:c").check_down()
    assert game.won == [(30 + 200, {"B": 230}), (30, {"C": 30})]


def test_case_42_chips_go_to_the_big_blind_first_and_the_rest_to_the_ante() -> None:
    game = table([1000, 130, 1000], ante=100, ante_kind=AnteKind.BIG_BLIND)
    assert posted(game)[1:] == [("B", "big_blind", 100), ("B", "ante", 30)]
    game = table([1000, 60, 1000], ante=100, ante_kind=AnteKind.BIG_BLIND)
    assert posted(game)[1:] == [("B", "big_blind", 60)]
    assert game.may == ("C", 100, 200, 1000)


def test_big_blind_ante_is_dead_and_everybody_plays_for_it() -> None:
    game = table([1000, 1000, 100], ante=100, ante_kind=AnteKind.BIG_BLIND,
                 cards={"A": "2c3d", "B": "KsKh", "C": "AsAh"}, board="4c5h9d9sJc")
    game.play("C:c", "A:c", "B:k").check_down()
    assert game.won == [(400, {"C": 400})]


def test_big_blind_ante_is_won_with_the_blinds_and_only_the_bet_comes_back() -> None:
    game = table(3, ante=100, ante_kind=AnteKind.BIG_BLIND).play("C:r300", "A:f", "B:f")
    assert game.won == [(350, {"C": 350})]
    assert game.stacks == {"A": 9950, "B": 9800, "C": 10_250}


def test_button_ante() -> None:
    game = table(4, ante=100, ante_kind=AnteKind.BUTTON)
    assert posted(game)[2:] == [("D", "ante", 100)]
    assert game.play("C:f").may == ("D", 100, 200, 9900)
    game = table(2, ante=100, ante_kind=AnteKind.BUTTON)
    assert posted(game) == [("B", "small_blind", 50), ("A", "big_blind", 100), ("B", "ante", 100)]


def test_button_all_in_from_its_ante_plays_for_the_antes_only() -> None:
    game = table([1000, 1000, 60], ante=100, ante_kind=AnteKind.BUTTON,
                 cards={"A": "2c3d", "B": "KsKh", "C": "AsAh"}, board="4c5h9d9sJc")
    game.play("A:c").check_down()
    assert game.won == [(200, {"B": 200}), (60, {"C": 60})]


@pytest.mark.parametrize(("small_blind", "first_card"), [("", "A"), (None, "A")])
def test_case_33_a_dead_small_blind_costs_nobody(
    small_blind: str | None, first_card: str
) -> None:
    game = table(4, small_blind=small_blind, big_blind="A" if small_blind is None else None)
    assert LETTERS[game.all_of(HoleDealt)[0].index] == first_card
    if small_blind is None:
        assert posted(game) == [("A", "big_blind", 100)]
        assert game.turn == "B"
        assert game.to_flop().turn == "A"


def test_everybody_all_in_from_the_blinds_needs_no_action() -> None:
    game = table([40, 90])
    assert game.hand.is_over and game.shown == ["A", "B"]
    game = table([90, 40])
    assert game.hand.is_over
    assert sorted(size for size, _ in game.won) == [80]
