"""Changing the configuration of a table, and choosing what is played at it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from plugins.cash.rules.seating import CashGame
from tests.rules.poker.table.cash_table import CODEC, MODE, ROOM, CashTable
from vphost.rules.changing import replace
from vphost.rules.mode import SYSTEM, Rejected
from vphost.rules.poker.table.format import Formats
from vphost.rules.poker.table.mode import TableMode
from vphost.rules.poker.table.ring_game import RingGame
from vphost.wire.codec import FrameContext


class QuickGame(RingGame):
    """A second kind of game."""

    game_mode = "QUICK"


TWO_MODES = TableMode(Formats([CashGame(), QuickGame()]))


@pytest.fixture
def table() -> CashTable:
    """Three players, the first hand dealt; the host watches."""
    table = CashTable()
    table.start("ann", "bob", "cid")
    return table


def wrong(table: CashTable, **changes: Any) -> set[str]:
    """Return the fields for which a change is refused."""
    outcome = table.ask("host", "configure", config=changes)
    assert isinstance(outcome, Rejected) and outcome.code == "bad_config", outcome
    return set(outcome.detail["fields"])


def test_without_a_game_a_change_counts_at_once() -> None:
    table = CashTable()
    table.come("host", "ann")
    table.do("host", "configure", config={"default_bank_value": "7.50", "name": "Friday"})
    told = table.one("state_config_updated").data
    assert (told["takes_effect"], told["message"]) == ("now", None)
    assert (told["config"]["default_bank_value"], told["config"]["name"]) == (750, "Friday")
    assert told["config"]["big_blind"] == 50
    table.do("ann", "sit_player", seat=0)
    assert table.player("ann").bank == 750


def test_while_a_game_runs_a_change_waits_for_the_next_hand(table: CashTable) -> None:
    table.do("host", "configure", config={"big_blind": 2, "small_blind": 1})
    told = table.one("state_config_updated").data
    assert told["takes_effect"] == "next_hand" and "next hand" in told["message"]
    assert table.turn["min_amount"] == 100
    assert table.view(None)[1]["state_config"] == told["config"]
    table.fold_out()
    start = table.next_deal()
    told = table.newest("state_config_updated").data
    assert (told["takes_effect"], told["config"]["big_blind"]) == ("now", 200)
    assert table.turn["min_amount"] == 400
    assert start.data["sequence"] == 1


def test_between_hands_of_a_game_it_waits_as_well(table: CashTable) -> None:
    table.fold_out()
    table.do("host", "configure", config={"turn_time_limit": 7})
    assert table.one("state_config_updated").data["takes_effect"] == "next_hand"
    table.next_deal()
    assert table.turn["interval"] == 7_000


def test_a_second_change_builds_on_the_first(table: CashTable) -> None:
    table.do("host", "configure", config={"big_blind": 2, "small_blind": 1})
    table.do("host", "configure", config={"small_blind": "1.50"})
    table.fold_out()
    table.next_deal()
    assert (table.state.config["small_blind"], table.state.config["big_blind"]) == (150, 200)
    assert table.state.pending is None


def test_a_change_that_waits_counts_when_the_game_ends(table: CashTable) -> None:
    table.do("host", "configure", config={"default_bank_value": 9})
    table.do("host", "end_current_game")
    table.fold_out()
    table.wait_for("current_game_ended")
    assert table.names()[-2:] == ["current_game_ended", "state_config_updated"]
    assert table.state.config["default_bank_value"] == 900 and table.state.pending is None


def test_no_change_is_told_to_nobody(table: CashTable) -> None:
    assert table.do("host", "configure", config={}) == ()
    assert table.do("host", "configure", config={"big_blind": 0.5, "straddles": "true"}) == ()


def test_the_limit_of_the_running_game_may_change_for_its_next_hand(table: CashTable) -> None:
    table.do("host", "configure", config={"THD": {"limit": "FL"}})
    table.fold_out()
    table.next_deal()
    assert (table.turn["min_amount"], table.turn["max_amount"]) == (100, 100)


def test_a_game_that_is_no_longer_allowed_is_played_to_its_end(table: CashTable) -> None:
    table.do("host", "configure", config={"allowed_games": ["OMH"]})
    table.fold_out()
    table.next_deal()
    assert table.newest("game_start").data["game_type"] == "THD"
    table.fold_out()
    table.do("host", "end_current_game")
    for user in ("ann", "bob"):
        table.do(user, "buy_in", amount=1000)
    assert table.refused("host", "game_start", game_type="THD") == "game_type_not_allowed"
    table.begin()
    assert table.newest("game_start").data["game_type"] == "OMH"


@pytest.mark.parametrize(("change", "fields"), [
    ({"big_blind": 0}, {"big_blind"}), ({"colour": "red"}, {"colour"}),
    ({"host": "ann"}, {"host"}), ({"decimals": 0}, {"decimals"}),
    ({"small_blind": 5}, {"small_blind"}), ({"THD": {"limit": "XL"}}, {"THD"}),
    ({"THD": 3}, {"THD"}), ({"seats": 2}, {"seats"}), ({"game_mode": "UNDEFINED"}, {"game_mode"}),
    ({"game_mode": "T"}, {"game_mode"}), ({"currency": "EUR"}, {"currency"}),
    ({"funding": "wallet"}, {"funding"}), ({"allowed_games": ["SCS"], "ante": -1},
                                           {"allowed_games", "ante"}),
    ({"big_blind": 1, "THD": {"limit": "FL"}}, {"min_limit_size"}),
])
def test_a_wrong_change_is_refused_as_a_whole(
    table: CashTable, change: dict[str, Any], fields: set[str]
) -> None:
    before = table.state
    assert wrong(table, name="New", **change) == fields
    assert table.state is before


def test_only_the_host_or_the_host_process_may_change_it(table: CashTable) -> None:
    assert table.refused("ann", "configure", config={"ante": 0.1}) == "not_the_host"
    table.do(SYSTEM, "configure", config={"ante": 0.1})
    assert table.refused("ann", "choose_game_mode", game_mode="C") == "not_the_host"


def test_currency_and_funding_are_free_until_money_comes() -> None:
    table = CashTable()
    known = {"EUR": 2, "JPY": 0}
    assert wrong(table, currency="EUR") == {"currency"}
    table.do("host", "configure", config={"currency": "EUR"}, currencies=known)
    assert table.state.currency == "EUR" and MODE.labels(table.state).currency == "EUR"
    cents = table.state.config["big_blind"]
    table.do("host", "configure", config={"currency": "JPY"}, currencies=known)
    assert (table.state.config["decimals"], table.state.config["big_blind"]) == (0, cents)
    outcome = table.ask("host", "configure", config={"ante": "0.5"}, currencies=known)
    assert isinstance(outcome, Rejected) and "ante" in outcome.detail["fields"]
    whole = {
        "currency": "JPY", "big_blind": 100, "small_blind": 50, "min_buy_in": 1000,
        "max_buy_in": 9000, "min_limit_size": 100, "max_limit_size": 200,
        "default_bank_value": 9000,
    }
    table.do("host", "configure", config=whole, currencies=known)
    assert (table.state.config["decimals"], table.state.config["big_blind"]) == (0, 100)
    table.do("host", "configure", config={"funding": "wallet"}, currencies=known)
    table.do("host", "configure", config={"funding": "host"})
    table.come("ann")
    table.do("ann", "sit_player", seat=0)
    assert wrong(table, funding="wallet") == {"funding"}
    table.do("ann", "leave_player")
    table.do("host", "configure", config={"funding": "wallet"})


def test_nobody_takes_a_seat_that_is_about_to_go(table: CashTable) -> None:
    table.come("dan")
    table.do("host", "configure", config={"seats": 4})
    assert table.refused("dan", "sit_player", seat=4) == "no_such_seat"
    table.do("dan", "sit_player", seat=3)
    assert wrong(table, seats=3) == {"seats"}
    table.do("host", "configure", config={"seats": 9})
    table.come("eva")
    assert table.refused("eva", "sit_player", seat=9) == "no_such_seat"


def test_a_straddle_between_hands_is_that_of_the_next_hand(table: CashTable) -> None:
    table.fold_out()
    table.do("host", "configure", config={"big_blind": 2, "small_blind": 1})
    users = [user for user in ("ann", "bob", "cid")
             if not isinstance(table.ask(user, "straddle"), Rejected)]
    assert len(users) == 1 and table.one("action_ack").data["amount"] == 400
    table.next_deal()
    posted = [e.data for e in table.told if e.name == "action_ack"
              and e.data["action"] == "straddle" and e.data["executed_by"] == "SYSTEM"]
    assert [one["amount"] for one in posted] == [400]


def test_switches_are_words_on_the_wire_and_take_both_forms_inward() -> None:
    switches = ("rabbit_hunting", "straddles", "stats_bluffing", "video_showdown")
    for given, word in ((True, "true"), (False, "false"), ("true", "true"), ("false", "false")):
        table = CashTable({name: "true" for name in switches})
        table.do("host", "configure", config={**dict.fromkeys(switches, given), "ante": "0.01"})
        event = table.one("state_config_updated")
        context = FrameContext(ROOM, 1, 0, table.now, MODE.labels(table.state))
        view = CODEC.view(context, MODE.view(table.state, None), None)
        for frame in (CODEC.event(context, event, None), view[1]):
            payload = orjson.loads(frame)["payload"]
            config = payload.get("config") or payload["state_config"]
            assert {config[name] for name in switches} == {word}


@pytest.mark.parametrize("off", [False, "false"])
def test_what_is_switched_off_is_off_at_the_table_in_either_form(off: Any) -> None:
    table = CashTable({"video_showdown": off, "rabbit_hunting": off, "straddles": off})
    table.start("ann", "bob", "cid")
    table.play("acf")
    assert "heads_up_showdown" not in table.names() and "game_end" in table.names()
    assert table.newest("game_end").data["can_call_rabbit_hunt"] == []
    assert table.refused("ann", "open_rabbit_hunt_cards") == "disabled"
    assert table.refused("ann", "straddle") == "disabled"


@pytest.mark.parametrize("on", [True, "true"])
def test_what_is_switched_on_is_on_at_the_table_in_either_form(on: Any) -> None:
    table = CashTable({"video_showdown": on, "rabbit_hunting": on, "straddles": on})
    table.start("ann", "bob", "cid")
    table.fold_out()
    hunter = table.state.players[table.newest("game_end").data["can_call_rabbit_hunt"][0]]
    table.do(hunter.user, "open_rabbit_hunt_cards")
    for user in ("ann", "bob", "cid"):
        table.ask(user, "straddle")
    assert sum(player.straddles for player in table.state.seated()) == 1
    table.next_deal()
    table.play("acf")
    assert "heads_up_showdown" in table.names()


# ---- the mode of the game


def test_a_table_may_wait_for_the_choice_of_its_mode() -> None:
    table = CashTable({"game_mode": "UNDEFINED"})
    table.seat("ann", "bob")
    assert table.view(None)[0]["game_mode"] == "UNDEFINED"
    assert MODE.labels(table.state).game_mode == "UNDEFINED"
    assert table.refused("host", "game_start", game_type="THD") == "game_mode_not_chosen"
    for mode in ("T", "TD"):
        assert table.refused("host", "choose_game_mode", game_mode=mode) == "mode_not_available"
    assert table.refused("host", "choose_game_mode", game_mode="X") == "bad_message"
    assert table.refused("host", "choose_game_mode", game_mode="UNDEFINED") == "bad_message"
    table.do("host", "choose_game_mode", game_mode="C")
    assert table.one("game_mode_chosen").data == {"player": None, "game_mode": "C"}
    assert table.view(None)[0]["game_mode"] == "C"
    table.come("host")
    table.begin()


def test_every_choice_of_the_mode_is_told() -> None:
    table = CashTable({"game_mode": "UNDEFINED"}, mode=TWO_MODES)
    for mode in ("C", "C", "QUICK", "C", "QUICK"):
        table.do("host", "choose_game_mode", game_mode=mode)
        assert [(e.name, e.data["game_mode"]) for e in table.last] == [("game_mode_chosen", mode)]
        assert table.view(None)[0]["game_mode"] == mode
    assert table.view(None)[0]["game_modes"] == ["C", "QUICK"]
    table.start("ann", "bob")
    assert table.refused("host", "choose_game_mode", game_mode="C") == "game_running"


def test_a_finished_table_offers_all_modes_again() -> None:
    table = CashTable({"game_mode": "UNDEFINED"}, mode=TWO_MODES)
    for mode in ("C", "QUICK"):
        assert table.view(None)[0]["game_mode"] == "UNDEFINED"
        table.do("host", "choose_game_mode", game_mode=mode)
        table.start("ann", "bob") if mode == "C" else rebuy(table)
        table.do("host", "end_current_game")
        table.fold_out()
        assert table.wait_for("current_game_ended").data["game_mode"] == "UNDEFINED"
        assert table.refused("host", "game_start", game_type="THD") == "game_mode_not_chosen"


def rebuy(table: CashTable) -> None:
    """Buy in again at a table that has played before, and begin."""
    for user in ("ann", "bob"):
        table.do(user, "buy_in", amount=100_00)
    table.begin()


def test_waiting_settings_do_not_bring_the_mode_back() -> None:
    table = CashTable({"game_mode": "UNDEFINED"})
    table.do("host", "choose_game_mode", game_mode="C")
    table.start("ann", "bob")
    table.do("host", "configure", config={"turn_time_limit": 20, "game_mode": "C"})
    table.do("host", "end_current_game")
    table.fold_out()
    table.wait_for("current_game_ended")
    assert table.state.config["turn_time_limit"] == 20
    assert table.state.config["game_mode"] == table.view(None)[0]["game_mode"] == "UNDEFINED"
    assert table.told[-1].data["config"]["game_mode"] == "UNDEFINED"


def test_a_table_made_for_one_mode_keeps_it() -> None:
    table = CashTable({"game_mode": "C"}, mode=TWO_MODES)
    table.do("host", "choose_game_mode", game_mode="C")
    assert table.one("game_mode_chosen").data["game_mode"] == "C"
    assert table.view(None)[0]["game_modes"] == ["C"]
    assert table.refused("host", "choose_game_mode", game_mode="QUICK") == "mode_not_available"
    table.start("ann", "bob")
    table.do("host", "end_current_game")
    table.fold_out()
    assert table.wait_for("current_game_ended").data["game_mode"] == "C"
    table.do("ann", "buy_in", amount=100_00)
    table.do("bob", "buy_in", amount=100_00)
    table.begin()


def test_a_mode_chosen_before_opening_is_chosen_anew() -> None:
    table = CashTable({"game_mode": "C"}, is_mode_chosen=True)
    table.start("ann", "bob")
    table.do("host", "end_current_game")
    table.fold_out()
    assert table.wait_for("current_game_ended").data["game_mode"] == "UNDEFINED"


def test_an_old_game_end_keeps_the_chosen_mode() -> None:
    table = CashTable({"game_mode": "UNDEFINED"})
    table.do("host", "choose_game_mode", game_mode="C")
    table.start("ann", "bob")
    before = table.state
    table.do("host", "end_current_game")
    table.fold_out()
    ended = table.wait_for("current_game_ended")
    old = replace(ended, data={k: v for k, v in ended.data.items() if k != "game_mode"})
    assert MODE.evolve(before, old).config["game_mode"] == "C"


def test_the_mode_is_not_chosen_while_a_game_runs(table: CashTable) -> None:
    for mode in ("C", "T", "TD"):
        assert table.refused("host", "choose_game_mode", game_mode=mode) == "game_running"
    table.do("host", "end_current_game")
    table.fold_out()
    table.wait_for("current_game_ended")
    assert table.refused(SYSTEM, "choose_game_mode", game_mode="T") == "mode_not_available"
