"""A page finds out with `ping` that its line is dead; the host answers whatever else waits."""

from __future__ import annotations

from pathlib import Path

from tests.web.table_house import hang_up, table_house


async def test_a_ping_is_answered_to_the_caller_alone(tmp_path: Path) -> None:
    async with table_house(tmp_path) as house:
        anna, berta = await house.user("anna"), await house.user("berta")
        table = await anna.open_table()
        await berta.joined(table)
        one, other = await anna.sit(table, 0), await berta.sit(table, 1)
        for request in ("r-77", None):
            asked = {"action": "ping", **({"request_id": request} if request else {})}
            await one.write(asked)
            frame = await one.until("pong")
            assert frame["payload"]["request_id"] == request
            assert "seq" not in frame["payload"]
        await other.write({"action": "ping", "request_id": "r-78"})
        assert (await other.until("pong"))["payload"]["request_id"] == "r-78"
        assert [f["event"] for f in other.notices].count("pong") == 1
        await hang_up(one)
        await hang_up(other)
