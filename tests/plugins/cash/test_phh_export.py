"""Hands of a table as histories: what was hidden stays so, and replaying gives the stacks."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.rules.poker.table.cash_table import CashTable
from tests.rules.poker.table.test_table_random import Chaos
from vphost.rules.poker.history.export import RecordedHand, Recorder
from vphost.rules.poker.history.phh import BadHistory, HandHistory, read_file
from vphost.rules.poker.history.replay import replay
from vphost.rules.poker.history.write import phh_text

AT_MS = 1_700_000_000_000


def finished(table: CashTable) -> list[RecordedHand]:
    """Return the finished hands of a table."""
    recorder = Recorder()
    return [hand for event in table.told if (hand := recorder.read(event, AT_MS)) is not None]


def written(table: CashTable) -> str:
    """Return the newest finished hand as text."""
    return phh_text(finished(table)[-1], "T", 2)


def actions(table: CashTable) -> list[str]:
    """Return the actions of the newest finished hand."""
    found: list[str] = tomllib.loads(written(table))["actions"]
    return found


def replayed(text: str) -> list[Decimal]:
    """Return the final stacks by replaying."""
    history = next(read_file("x.phh", text))
    assert isinstance(history, HandHistory)
    played = replay(history)
    assert played.error is None
    return [Decimal(stack) for stack in played.final_stacks or ()]


def test_a_hand_is_written_with_who_when_and_where() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("ff")
    fields = tomllib.loads(written(table), parse_float=Decimal)
    assert fields["players"] == ["bob", "cid", "ann"]
    assert fields["seats"] == [2, 3, 1]
    assert (fields["hand"], fields["table"], fields["_currency"]) == (1, "T", "PLAY")
    assert (fields["year"], fields["month"], fields["day"]) == (2023, 11, 14)
    assert fields["actions"] == [
        "d dh p1 ????", "d dh p2 ????", "d dh p3 ????", "p3 f", "p1 f",
    ]
    assert fields["finishing_stacks"] == replayed(written(table))


def test_heads_up_the_big_blind_is_listed_second_and_posted_first() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("cp")
    table.play("pppppp")
    fields = tomllib.loads(written(table), parse_float=Decimal)
    assert fields["blinds_or_straddles"] == [Decimal("0.25"), Decimal("0.50")]
    assert fields["players"] == ["bob", "ann"]
    assert fields["finishing_stacks"] == replayed(written(table))


def test_mucked_and_folded_cards_are_nowhere_in_the_text() -> None:
    table = CashTable({"muck": "losers_may_muck"})
    table.start("ann", "bob", "cid")
    table.play("fcp")
    table.play("pppppp")
    shown = set(table.newest("game_end").data["pocket_cards"])
    secrets = {
        str(player): fields["pocket_cards"] for event in table.told
        if event.name == "pocket_cards" for player, fields in event.secret.items()
    }
    assert 1 <= len(shown) <= 2 and len(secrets) == 3
    text = written(table)
    for player, cards in secrets.items():
        hidden = [card.replace("10", "T")[0] + card[-1].lower() for card in cards]
        assert ("".join(hidden) in text) is (player in shown)
    assert text.count(" sm") == 2


def test_an_all_in_is_shown_before_the_rest_of_the_board() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("ac")
    table.wait_for("game_end")
    verbs = [" ".join(action.split()[:2]) for action in actions(table)]
    assert verbs == [
        "d dh", "d dh", "p2 cbr", "p1 cc", "p1 sm", "p2 sm", "d db", "d db", "d db",
    ]
    assert [len(a.split()[2]) for a in actions(table) if a.startswith("d db")] == [6, 2, 2]


def test_of_a_running_hand_nothing_comes_out() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    assert finished(table) == []
    table.play("fcp")
    assert finished(table) == []


def test_a_reveal_that_still_runs_is_no_finished_hand() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("ac")
    assert "heads_up_showdown" in table.names()
    assert finished(table) == []


def test_who_leaves_before_his_turn_folds_when_it_comes() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.do("bob", "leave_player")
    table.play("cp")
    table.play("pppppp")
    assert actions(table)[3:5] == ["p3 cc", "p1 f"]
    assert replayed(written(table))[0] == Decimal("99.75")


def test_an_odd_chip_is_a_cent_though_all_amounts_are_even() -> None:
    text = written_with_names("x")
    assert "starting_stacks = [100.00, 100.00, 100.00]" in text


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "\x7f", "'''", "é☃"])
def test_a_name_cannot_break_the_text(name: str) -> None:
    assert tomllib.loads(written_with_names(name))["players"] == [name] * 3


def written_with_names(name: str) -> str:
    """Return a hand whose players all have one name."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("ff")
    hand = finished(table)[-1]
    hand.names = (name,) * 3
    return phh_text(hand, "T", 2)


def test_a_hand_that_would_replay_to_other_stacks_is_not_given_away() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("ff")
    hand = finished(table)[-1]
    assert hand.final is not None
    hand.final = (hand.final[0] + 1, hand.final[1] - 1, hand.final[2])
    with pytest.raises(BadHistory, match="other stacks"):
        phh_text(hand, "T", 2)


@pytest.mark.parametrize(("seed", "limit"), [(0, "NL"), (1, "NL"), (2, "FL")])
def test_hands_of_random_tables_replay_to_the_same_stacks(seed: int, limit: str) -> None:
    chaos = Chaos(seed, limit=limit)
    for _ in range(120):
        chaos.step()
    hands = [
        hand for hand in finished(chaos.table) if hand.config["THD"]["limit"] in ("NL", "FL")
    ]
    assert hands
    for hand in hands:
        stacks = tuple(int(stack * 100) for stack in replayed(phh_text(hand, "T", 2)))
        assert stacks == hand.final


def test_a_fixed_limit_hand_is_written_with_both_its_bets() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("ff")
    hand = finished(table)[-1]
    limit = {"THD": {"limit": "FL"}, "min_limit_size": 50, "max_limit_size": 100}
    text = phh_text(replace(hand, config={**hand.config, **limit}), "T", 2)
    fields = tomllib.loads(text, parse_float=Decimal)
    assert (fields["variant"], fields["small_bet"], fields["big_bet"]) == (
        "FT", Decimal("0.5"), Decimal(1),
    )
    assert "min_bet" not in fields and fields["finishing_stacks"] == replayed(text)


def test_pot_limit_holdem_has_no_name_in_the_format() -> None:
    table = CashTable()
    table.start("ann", "bob", "cid")
    table.play("ff")
    hand = finished(table)[-1]
    with pytest.raises(BadHistory, match="variant_not_supported: THD PL"):
        phh_text(replace(hand, config={**hand.config, "THD": {"limit": "PL"}}), "T", 2)


def test_who_leaves_between_two_before_acting_is_written() -> None:
    table = CashTable()
    table.start("ann", "bob")
    other = next(user for user in ("ann", "bob") if user != table.actor)
    table.do(other, "leave_player")
    fields = tomllib.loads(written(table), parse_float=Decimal)
    assert fields["_folds_out_of_turn"] is True and fields["actions"][2:] == ["p1 f"]
    assert fields["finishing_stacks"] == replayed(written(table))


def test_who_bets_and_leaves_before_the_answer_is_written() -> None:
    table = CashTable()
    table.start("ann", "bob")
    table.play("cp")
    bettor = table.actor
    table.act("bet", 200)
    table.do(bettor, "leave_player")
    assert replayed(written(table)) == tomllib.loads(
        written(table), parse_float=Decimal)["finishing_stacks"]


def test_a_dead_post_above_a_short_ante_is_written() -> None:
    """Eve, who is too short for the ante, wins the main pot without dan's dead post in full."""
    table = CashTable({"ante": "0.20", "min_buy_in": "0.10"})
    table.count = 5
    table.start("ann", "bob", "cid", "dan")
    table.seat("eve", chips=10)
    table.fold_out()
    table.do("dan", "sit_out")
    for _ in range(3):
        table.next_deal()
        table.fold_out()
    table.do("dan", "join", immediately=True)
    table.do("eve", "join", immediately=True)
    posted: set[tuple[str, str]] = set()
    while not {("dan", "dead_post"), ("eve", "action_ante")} <= posted:
        table.next_deal()
        posted = {
            (event.data["username"], event.data["action"]) for event in table.last
            if event.name == "action_ack"
        }
        assert ("dan", "dead_post") in posted
    while table.state.running is not None and table.state.running.turn is not None:
        table.play("p")
    fields = tomllib.loads(written(table), parse_float=Decimal)
    assert fields["finishing_stacks"] == replayed(written(table))
    assert Decimal("0.25") in fields["_dead_posts"] and set(fields["antes"]) == {Decimal("0.20")}


def test_a_fold_out_of_turn_needs_the_file_to_say_so() -> None:
    table = CashTable()
    table.start("ann", "bob")
    other = next(user for user in ("ann", "bob") if user != table.actor)
    table.do(other, "leave_player")
    text = written(table).replace("_folds_out_of_turn = true", "_folds_out_of_turn = false")
    history = next(read_file("x.phh", text))
    assert isinstance(history, HandHistory)
    assert "not_your_turn" in str(replay(history).error)
