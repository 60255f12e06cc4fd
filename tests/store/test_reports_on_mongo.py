"""A game's report on a host whose store is MongoDB: as on the embedded one."""

from __future__ import annotations

from pathlib import Path

from tests.mongo_server import MongoServer
from tests.web.test_reports_rest import life


async def test_a_game_over_restarts_has_one_report_on_mongodb(
    tmp_path: Path, mongo_server: MongoServer, database: str
) -> None:
    await life(tmp_path, mongo_server.url(database))
