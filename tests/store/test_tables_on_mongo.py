"""A table's whole life on a host whose store is MongoDB: as on the embedded one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mongo_server import MongoServer
from tests.web.test_players_rest import life


async def test_a_table_lives_on_mongodb(
    tmp_path: Path, mongo_server: MongoServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await life(tmp_path, mongo_server.url(database), monkeypatch)
