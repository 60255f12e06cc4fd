"""Coming, sitting, standing up, talking."""

from __future__ import annotations

from typing import Any
import pytest

from tests.rules.poker.table.cash_table import MODE, CashTable
from vphost.rules.changing import replace
from vphost.rules.mode import SYSTEM, Command, Decision, Event


@pytest.fixture
def table() -> CashTable:
    return CashTable()


def test_who_connects_to_an_open_table_becomes_a_player(table: CashTable) -> None:
    table.do("ann", "connect", username="Ann", connections=1)
    assert table.one("player_connected").data["player"] == 1
    assert table.one("player_connected").data["status"] == "C"
    assert table.view("ann")[0]["players_username"] == {"1": "Ann"}


def test_a_second_socket_is_no_second_coming(table: CashTable) -> None:
    table.come("ann")
    assert table.do("ann", "connect", username="ann", connections=2) == ()


def test_closing_one_of_two_sockets_is_no_leaving(table: CashTable) -> None:
    table.come("ann")
    assert table.do("ann", "disconnect", username="ann", connections=1) == ()
    table.do("ann", "disconnect", username="ann", connections=0)
    assert table.names() == ["player_disconnected"]
    assert table.player("ann").status == "D"
    assert table.do("ann", "disconnect", username="ann", connections=0) == ()


def test_a_returning_user_is_the_same_player(table: CashTable) -> None:
    table.come("ann", "bob")
    table.do("ann", "disconnect", connections=0)
    table.come("ann")
    assert table.id("ann") == 1 and table.player("ann").status == "C"


def test_players_sit_where_they_like(table: CashTable) -> None:
    table.come("ann")
    table.do("ann", "sit_player", seat=4, jitsi_id="j1")
    data = table.one("player_seated").data
    assert (data["seat"], data["status"], data["jitsi_id"]) == (4, "S", "j1")
    assert table.view(None)[0]["seats"] == [None] * 4 + [1] + [None] * 4


def test_taking_ones_own_seat_again_is_no_error(table: CashTable) -> None:
    table.seat("ann")
    assert table.do("ann", "sit_player", seat=0) == ()


def test_changing_the_seat_keeps_the_first_jitsi_id(table: CashTable) -> None:
    table.come("ann")
    table.do("ann", "sit_player", seat=0, jitsi_id="j1")
    table.do("ann", "sit_player", seat=5, jitsi_id="j2")
    assert table.one("player_seated").data["jitsi_id"] == "j1"
    table.do("ann", "update_jitsi_id", jitsi_id="j2")
    assert table.one("jitsi_id_changed").data["jitsi_id"] == "j2"


def test_standing_up_frees_the_seat_and_keeps_the_money(table: CashTable) -> None:
    table.seat("ann")
    table.do("ann", "sit_player", seat=None)
    assert table.one("player_seated").data["seat"] is None
    assert (table.player("ann").stack, table.player("ann").bank) == (10000, 40000)
    table.seat("bob")
    assert table.player("bob").seat == 0


def test_refused_seats(table: CashTable) -> None:
    table = CashTable({"seats": 6})
    table.seat("ann", chips=0)
    table.come("bob")
    assert table.refused("bob", "sit_player", seat=0) == "seat_taken"
    assert table.refused("bob", "sit_player", seat=6) == "no_such_seat"
    assert table.refused("bob", "sit_player", seat=-1) == "no_such_seat"
    assert table.refused("bob", "sit_player", seat=None) == "not_seated"
    assert table.refused("bob", "update_jitsi_id", jitsi_id="x") == "not_seated"
    assert table.refused("zoe", "sit_player", seat=1) == "not_a_player"


def test_who_is_in_the_hand_keeps_his_place_until_it_is_over(table: CashTable) -> None:
    table.start("ann", "bob", "cid")
    table.play("f")
    assert table.refused("ann", "sit_player", seat=None) == "hand_running"
    assert table.refused("bob", "sit_player", seat=7) == "hand_running"
    table.play("f")
    table.do("ann", "sit_player", seat=7)


def test_chat(table: CashTable) -> None:
    table.come("ann")
    table.do("ann", "send_chat_message", message="<b>hello</b>")
    data = table.one("chat_message").data
    assert (data["message"], data["username"]) == ("<b>hello</b>", "ann")
    assert table.refused("ann", "send_chat_message", message="  ") == "bad_message"
    assert table.refused("ann", "send_chat_message", message="x" * 501) == "bad_message"
    assert table.refused("zoe", "send_chat_message", message="hi") == "not_a_player"


def test_unknown_operations_and_those_of_the_host_process(table: CashTable) -> None:
    table.come("ann")
    assert table.refused("ann", "dance") == "unknown_action"
    for op in ("tick", "resume", "drain"):
        assert table.refused("ann", op) == "forbidden"


@pytest.mark.parametrize("op, args", [
    ("game_start", {"game_type": "THD"}), ("next_hand", {}), ("update_bankroll", {"changes": []}),
    ("kick_player_after_game", {"player": 1}), ("pause_next_hand", {}), ("unpause_next_hand", {}),
    ("end_current_game", {}),
])
def test_what_only_the_host_may_do(table: CashTable, op: str, args: dict[str, Any]) -> None:
    table.seat("ann")
    assert table.refused("ann", op, **args) == "not_the_host"


def test_joining_and_sitting_out_need_a_game(table: CashTable) -> None:
    table.seat("ann")
    assert table.refused("ann", "join", immediately=True) == "no_game"
    assert table.refused("ann", "sit_out") == "no_game"
    table.start("bob")
    table.come("cid")
    assert table.refused("cid", "join", immediately=True) == "not_seated"
    assert table.refused("cid", "sit_out") == "not_seated"
    assert table.refused("ann", "join", immediately=True) == "action_not_available"


def test_the_newest_chat_messages_are_told_again(table: CashTable) -> None:
    table.come("ann")
    for number in range(60):
        table.now += 1000
        table.do("ann", "send_chat_message", message=f"hello {number}")
    said = table.view(None)[0]["chat_messages"]
    assert [one["message"] for one in said] == [f"hello {number}" for number in range(10, 60)]
    assert said[-1] == {
        "player": table.id("ann"), "username": "ann", "message": "hello 59",
        "timestamp": table.now,
    }


def test_a_message_of_an_old_journal_has_no_time(table: CashTable) -> None:
    old = Event("chat_message", {"player": 1, "username": "ann", "message": "hello"})
    assert MODE.evolve(table.state, old).chat[-1]["timestamp"] is None


def test_a_player_has_the_number_that_they_have_outside() -> None:
    table = CashTable()
    table.do("ann", "connect", username="ann", player=11)
    table.do("bob", "connect", username="bob")
    assert (table.id("ann"), table.id("bob")) == (11, 2)
    table.do("ann", "disconnect", connections=0)
    table.do("ann", "connect", username="ann", player=7)
    assert table.id("ann") == 11


def test_a_number_that_is_taken_is_given_to_nobody_else() -> None:
    table = CashTable()
    table.do("ann", "connect", username="ann", player=2)
    table.do("bob", "connect", username="bob", player=2)
    table.do("cid", "connect", username="cid", player=0)
    assert [table.id(user) for user in ("ann", "bob", "cid")] == [2, 3, 4]


def test_a_message_is_dated_by_the_wall_clock(table: CashTable) -> None:
    table.come("ann")
    wall_ms = table.now + 3_600_000
    command = Command("c-99", "ann", "send_chat_message", {"message": "hi"}, wall_ms=wall_ms)
    decision = MODE.decide(table.state, command, table.now)
    assert isinstance(decision, Decision)
    assert decision.events[0].hidden["at_ms"] == wall_ms


# ---- how long somebody sits


def seated_s(table: CashTable, user: str) -> float:
    return table.player(user).time_seated(table.now) / 1000


def test_time_at_the_table_is_time_in_a_seat() -> None:
    table = CashTable()
    table.come("ann", "bob")
    table.now += 60_000
    assert seated_s(table, "ann") == 0, "watching is not sitting"
    table.do("ann", "sit_player", seat=0)
    table.now += 40_000
    table.do("ann", "sit_player", seat=3)
    table.now += 2_000
    assert seated_s(table, "ann") == 42
    table.do("ann", "sit_player", seat=None)
    table.now += 500_000
    assert seated_s(table, "ann") == 42
    table.do("ann", "sit_player", seat=1)
    table.now += 8_000
    table.do("ann", "leave_player")
    table.now += 500_000
    assert (seated_s(table, "ann"), seated_s(table, "bob")) == (50, 0)
    table.seat("ann", chips=0)
    table.now += 1_000
    assert seated_s(table, "ann") == 51, "who comes back goes on"


def test_a_pause_of_the_host_is_no_time_in_a_seat() -> None:
    table = CashTable()
    table.seat("ann", chips=0)
    table.now += 10_000
    table.now += 3_600_000
    table.do(SYSTEM, "resume", paused_ms=3_600_000, restarted=True)
    table.now += 5_000
    assert seated_s(table, "ann") == 15


def test_seats_of_older_journals_have_no_known_time() -> None:
    table = CashTable()
    table.seat("ann", chips=0)
    sat = next(event for event in table.told if event.name == "player_seated")
    old = replace(sat, hidden={"bank_open": True})
    state = MODE.evolve(table.state, old)
    assert state.players[sat.data["player"]].time_seated(table.now + 60_000) == 0
