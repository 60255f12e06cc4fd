"""The hooks of the betting pools: mode, protocol, operators' commands; the page is static."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from plugins.pools import demo, looking, operators, requests_games, requests_pools
from plugins.pools.codec import PoolsCodec
from plugins.pools.pulse import PROTOCOL
from plugins.pools.rules.mode import PoolsMode
from plugins.pools.service import Service
from vphost.plugin_api import (
    CliCommand, CommitSeen, Host, Mode, Rejected, Route, SocketProtocol, hookimpl,
)

NUMBERS_FILE = Path(__file__).parents[2] / "schemas" / "pools" / "ops.json"


class Pools:
    """The plugin of one App: a class, because it remembers its service between hooks."""

    VPHOST_CONTRACT = 1
    OBSERVED_MODES = (PoolsMode.name,)

    def __init__(self) -> None:
        self._service: Service | None = None

    @hookimpl
    def register_modes(self) -> list[Mode[Any]]:
        """Add the mode `pools`."""
        return [PoolsMode()]

    @hookimpl
    def register_protocols(self, host: Host) -> list[SocketProtocol]:
        """Serve /ws/pools/."""
        return [self._serve(host)]

    @hookimpl
    def register_routes(self, host: Host) -> list[Route]:
        """Serve the list of open sources, with which the page begins."""
        return [looking.sources(host)]

    @hookimpl
    def register_commands(self) -> list[CliCommand]:
        """Add `run.py pools`."""
        return [operators.command()]

    @hookimpl
    def startup(self, host: Host) -> None:
        """Read the directory; requests wait until that is done."""
        assert self._service is not None, "protocols are registered before"
        host.spawn(self._service.open(), "pools")
        if host.is_demo:
            host.spawn(demo.play(self._service), "pools demo")

    @hookimpl
    def shutdown(self) -> None:
        """Stop the beats."""
        if self._service is not None:
            self._service.close()

    @hookimpl
    def after_commit(self, commit: CommitSeen) -> None:
        """Tell the many what changed."""
        if self._service is not None:
            self._service.committed(commit)

    def _serve(self, host: Host) -> SocketProtocol:
        """Build the service and return its protocol."""
        numbers = json.loads(NUMBERS_FILE.read_bytes())
        codec = PoolsCodec(host.schemas, numbers, host.clock.calendar_ms)
        handlers = {**requests_games.HANDLERS, **requests_pools.HANDLERS}
        service = self._service = Service(host, codec, handlers, numbers)

        async def nobody(user: str, room: str) -> Rejected | None:
            return Rejected("forbidden")

        return SocketProtocol(
            name=PROTOCOL, path="/ws/pools/", codec=codec, allowed=nobody, answer=service.answer
        )
