"""What a whole table hears of a start that fails, and one player of a turn that was over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.table_house import hang_up, table_house


@pytest.mark.parametrize("again", [False, True])
async def test_the_whole_table_hears_that_no_game_starts(tmp_path: Path, again: bool) -> None:
    async with table_house(tmp_path) as house:
        anna, berta = await house.user("anna"), await house.user("berta")
        table = await anna.open_table()
        await berta.joined(table)
        one, other = await anna.sit(table, 0), await berta.sit(table)
        request = await one.send("game_start", game_type="THD")
        mine = (await one.until("unable_to_start_game"))["payload"]
        if again:
            await one.send_pending()
            mine = (await one.until("unable_to_start_game"))["payload"]
        theirs = (await other.until("unable_to_start_game"))["payload"]
        assert (mine["request_id"], theirs["request_id"]) == (request, None)
        for payload in (mine, theirs):
            assert (payload["channel"], payload["player"]) == ("T", None)
            assert payload["code"] == "not_enough_players" and "seq" not in payload
        await hang_up(one)
        await hang_up(other)


async def test_only_the_late_player_hears_that_time_is_over(tmp_path: Path) -> None:
    async with table_house(tmp_path) as house:
        anna, berta = await house.user("anna"), await house.user("berta")
        table = await anna.open_table()
        changed = await anna.patch(
            f"tables/{table['token']}/configuration/", {"turn_time_limit": 1, "timebank_limit": 0}
        )
        assert changed.status == 200, changed
        await berta.joined(table)
        clients = [await anna.sit(table, 0), await berta.sit(table, 1)]
        await clients[0].send("game_start", game_type="THD")
        turn = (await clients[0].until("turn"))["payload"]
        for client in clients:
            client.notices.clear()
        refused = []
        for seat, client in enumerate(clients):
            while True:
                frame = await client.receive()
                if frame["event"] == "action_error":
                    refused.append((seat, frame["payload"]))
                if frame["event"] == "game_end":
                    break
        [(seat, payload)] = refused
        assert (seat, payload["player"]) == (turn["seat"], turn["player"])
        assert (payload["code"], payload["channel"]) == ("turn_expired", "P")
        assert payload["action"] == "action_fold" and "seq" not in payload
        for client in clients:
            await hang_up(client)
