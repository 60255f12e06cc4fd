"""A mail port that cannot do its work stops the start with its setting's name."""

from __future__ import annotations

from collections.abc import Callable
import socket
from pathlib import Path

import pytest

from vphost.app import App, serve
from vphost.config.settings import Config
from vphost.plugin.registry import PluginRegistry
from vphost.services.ports import PortUnusable


def config(folder: Path, mail: str) -> Config:
    """Return settings of a host with this mail."""
    return Config(store=f"sqlite:{folder / 'a.sqlite'}", var=folder, port=0, mail=mail)


async def test_a_user_without_a_password_stops_the_start_and_leaves_the_store_free(
    tmp_path: Path
) -> None:
    for _ in range(2):
        app = App(config(tmp_path, "smtp://ada@127.0.0.1:1"), plugins=PluginRegistry())
        with pytest.raises(PortUnusable, match="mail_password_file"):
            await app.start()
    app = App(config(tmp_path, "outbox"), plugins=PluginRegistry())
    await app.start()
    await app.stop()


def test_an_outbox_that_is_a_file_ends_with_2_and_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outbox").write_text("")
    assert serve(config(tmp_path, "outbox")) == 2
    assert "run.py: mail: outbox" in capfd.readouterr().err


async def test_a_server_that_is_away_stops_no_start(
    tmp_path: Path, expect_log: Callable[[str], list[str]]
) -> None:
    expect_log("mail_server_away")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        app = App(config(tmp_path, f"smtp://127.0.0.1:{port}"), plugins=PluginRegistry())
        await app.start()
        await app.stop()
