"""Section C of the rules: pots and showdown, one test for each case."""

from __future__ import annotations

from tests.rules.poker.poker_table import Table, table
from vphost.rules.poker.facts import Mucked, PotAwarded, Shown, StreetDealt
from vphost.rules.poker.hand import pots_of
from vphost.rules.poker.pots import shares, side_pots, uncalled

LOW = "2c7d"


def flop(*stacks: int, cards: dict[str, str] = {}, board: str = "") -> Table:
    """Return a hand on the flop with these stacks left; 100 each are in the pot."""
    game = table([stack + 100 for stack in stacks], cards=cards, board=board)
    return game.to_flop()


def test_case_45_four_all_in_for_three_amounts() -> None:
    game = table([50, 120, 300, 300], blinds=(5, 10))
    game.play("C:all", "D:all", "A:all", "B:all")
    pots = {fact.pot: fact for fact in game.all_of(PotAwarded)}
    assert [pots[number].size for number in range(3)] == [200, 210, 360]
    assert pots[0].chunks == {0: 50, 1: 50, 2: 50, 3: 50}
    assert pots[1].chunks == {1: 70, 2: 70, 3: 70}
    assert pots[2].chunks == {2: 180, 3: 180}


def test_case_45_pots_can_be_seen_while_the_hand_runs() -> None:
    game = table([10_000, 50, 10_000, 120, 10_000]).play("C:c", "D:all", "E:c", "A:c", "C:c")
    assert [(pot.size, pot.eligible) for pot in pots_of(game.hand)] == [
        (250, (0, 1, 2, 3, 4)), (280, (0, 2, 3, 4)),
    ]
    assert [pot.size for pot in pots_of(game.play("A:b500").hand)] == [250, 280]


def test_case_46_odd_chip_to_the_first_winner_left_of_the_button() -> None:
    split = {"A": "AsKd", "B": "AcKh", "C": "2d2h"}
    game = table([1000, 1000, 1000], blinds=(1, 201), cards=split, board="KsQd9h5c4s")
    game.play("C:f", "A:c").check_down()
    assert game.won == [(402, {"A": 201, "B": 201})]
    game = table([201, 5000, 201], blinds=(1, 201), cards={"A": "AsKd", "B": "2d2h", "C": "AcKh"},
                 board="KsQd9h5c4s").play("C:c", "A:c")
    assert game.won == [(603, {"A": 302, "C": 301})]


def test_case_46_not_to_the_raiser() -> None:
    game = table([1000, 1000, 1000], blinds=(1, 3), cards={"A": "AsKd", "B": "2d2h", "C": "AcKh"},
                 board="KsQd9h5c4s")
    game.play("C:r100", "A:c", "B:f").check_down()
    assert game.won == [(203, {"A": 102, "C": 101})]


def test_case_46_smallest_unit() -> None:
    assert shares(603, [0, 2], button=2, seats=3, unit=1) == {0: 302, 2: 301}
    assert shares(1000, [2, 0, 1], button=0, seats=3, unit=25) == {1: 350, 2: 325, 0: 325}
    assert shares(110, [0, 1], button=0, seats=2, unit=25) == {1: 60, 0: 50}


def test_case_49_each_pot_is_split_by_itself() -> None:
    cards = {"A": "AsKd", "B": "AcKh", "C": "2c7d", "D": "AhKc"}
    game = table([53, 100, 100, 100], blinds=(1, 2), cards=cards, board="KsQd9h5c4s")
    game.play("C:all", "D:all", "A:all", "B:all")
    assert game.won == [
        (141, {"B": 71, "D": 70}),
        (212, {"A": 71, "B": 71, "D": 70}),
    ]


def test_case_51_last_aggressor_of_the_river_is_first() -> None:
    cards = {"A": "AsAh", "B": "KsKh", "C": "QsQh"}
    board = "2c3d7h8s9c"
    game = flop(1000, 1000, 1000, cards=cards, board=board)
    game.play("A:b100", "B:c", "C:c", "A:k", "B:k", "C:k", "A:k", "B:b100", "C:c", "A:c")
    assert [fact.index for fact in game.facts if isinstance(fact, Shown | Mucked)] == [1, 2, 0]
    assert game.shown == ["A"]


def test_case_51_all_checked_begins_left_of_the_button() -> None:
    cards = {"A": "QsQh", "B": "KsKh", "C": "AsAh"}
    game = flop(1000, 1000, 1000, cards=cards, board="2c3d7h8s9c")
    game.play("A:b100", "B:c", "C:r300", "A:c", "B:c").check_down()
    assert [fact.index for fact in game.facts if isinstance(fact, Shown | Mucked)] == [0, 1, 2]


def test_case_51_side_pot_before_main_pot() -> None:
    cards = {"A": "AsAh", "B": "KsKh", "C": "QsQh"}
    game = flop(50, 1000, 1000, cards=cards, board="2c3d7h8s9c")
    game.play("A:all", "B:r150", "C:c").check_down()
    assert game.shown == ["B", "C", "A"]
    assert game.won == [(200, {"B": 200}), (450, {"A": 450})]


def test_case_52_all_hands_are_face_up_before_the_rest_is_dealt() -> None:
    game = table([1000, 1000, 1000]).play("C:all", "A:all", "B:f")
    kinds = [type(fact) for fact in game.facts if isinstance(fact, Shown | StreetDealt)]
    assert kinds == [Shown, Shown, StreetDealt, StreetDealt, StreetDealt]
    assert [(fact.street, len(fact.cards), len(fact.board), fact.all_in)
            for fact in game.all_of(StreetDealt)] == [
        (1, 3, 3, True), (2, 1, 4, True), (3, 1, 5, True),
    ]
    assert not game.all_of(Mucked)


def test_case_52_also_when_one_covers_the_others() -> None:
    game = table([10_000, 400, 700]).play("C:all", "A:c", "B:all")
    assert game.hand.is_over and game.shown == ["A", "B", "C"]


def test_case_52_not_while_two_can_still_bet() -> None:
    game = table([10_000, 400, 10_000]).play("C:r400", "A:c", "B:all")
    assert game.turn == "A" and not game.shown
    assert not game.all_of(StreetDealt)[0].all_in


def test_case_52_a_caller_of_an_all_in_on_the_river_cannot_muck() -> None:
    cards = {"A": "AsAh", "B": "KsKh"}
    game = flop(500, 1000, cards=cards, board="2c3d7h8s9c")
    game.play("A:k", "B:k", "A:k", "B:k", "A:all", "B:c")
    assert game.shown == ["A", "B"] and not game.all_of(Mucked)


def test_case_53_won_by_folds_shows_nothing_and_deals_nothing() -> None:
    game = flop(1000, 1000, 1000).play("A:b300", "B:f", "C:f")
    assert not game.shown and not game.all_of(Mucked)
    assert len(game.hand.board) == 3
    assert not game.all_of(PotAwarded)[0].contested


def test_case_54_losers_muck_and_winners_show() -> None:
    cards = {"A": "AsAh", "B": "KsKh", "C": "QsQh"}
    game = flop(1000, 1000, 1000, cards=cards, board="2c3d7h8s9c").check_down()
    assert game.shown == ["A"]
    assert [fact.index for fact in game.all_of(Mucked)] == [1, 2]


def test_case_54_all_winners_of_a_split_show() -> None:
    cards = {"A": "AsKd", "B": "AcKh", "C": "2d2h"}
    game = flop(1000, 1000, 1000, cards=cards, board="KsQd9h5c4s").check_down()
    assert game.shown == ["A", "B"]


def test_case_55_the_board_plays_for_all() -> None:
    game = flop(1000, 1000, cards={"A": "AsKd", "B": "2c3d"}, board="ThJhQhKhAh").check_down()
    assert game.won == [(200, {"A": 100, "B": 100})]


def test_case_55_the_wheel_is_the_lowest_straight() -> None:
    game = flop(1000, 1000, cards={"A": "As9d", "B": "6c9c"}, board="2h3d4s5cKh").check_down()
    assert game.won == [(200, {"B": 200})]


def test_case_55_no_straight_round_the_corner() -> None:
    game = flop(1000, 1000, cards={"A": "2s3d", "B": "4c4d"}, board="QhKdAs9c8h").check_down()
    assert game.won == [(200, {"B": 200})]


def test_case_55_only_five_cards_count() -> None:
    game = flop(1000, 1000, cards={"A": "As3d", "B": "Ad2c"}, board="KhKdQsQcJh").check_down()
    assert game.won == [(200, {"A": 100, "B": 100})]


def test_the_excess_of_who_left_stays_in_the_last_pot() -> None:
    game = flop(300, 1000, 300, cards={"A": "AsAh", "C": LOW}, board="KdKcQs8h4d")
    game.play("A:k", "B:b500").leave("B").play("C:all", "A:all")
    assert game.won == [(300 + 300 + 300 + 500, {"A": 1400})]


def test_leaving_out_of_turn_ends_the_hand_when_one_is_left() -> None:
    game = flop(1000, 1000, 1000).play("A:k").leave("A").leave("C")
    assert game.won == [(300, {"B": 300})]
    assert game.leave("A").hand.is_over, "leaving again changes nothing"


def test_leaving_in_turn_hands_the_turn_on_and_leaving_later_keeps_it() -> None:
    game = flop(1000, 1000, 1000, 1000).leave("C")
    assert game.turn == "A"
    assert game.leave("A").turn == "B"
    assert game.play("B:k").turn == "D"


def test_leaving_closes_a_round_that_waited_for_him_only() -> None:
    game = table([1000, 300, 1000]).play("C:r300", "A:c").leave("B")
    assert game.hand.street == 1 and game.turn == "A"


def test_side_pots_of_plain_numbers() -> None:
    pots = side_pots([50, 120, 300, 200], [0, 0, 0, 30], [False, False, False, True])
    assert [(pot.size, pot.eligible) for pot in pots] == [
        (230, (0, 1, 2)), (210, (1, 2)), (260, (2,)),
    ]
    assert uncalled([50, 120, 300, 200], [False] * 4) == (2, 100)
    assert uncalled([50, 300, 300, 200], [False] * 4) is None
    assert uncalled([50, 120, 300, 200], [False, False, True, False]) is None
