"""The cash game comes through the same door as anybody's mode."""

from __future__ import annotations

from plugins.cash import plugin
from tests.rules.poker.table.cash_table import CODEC, MODE, CashTable
from vphost.plugin.registry import PluginRegistry
from vphost.rules.mode import Labels
from vphost.wire.codec import Codec


class OneCodec:
    """A host of which only the table's codec is asked for."""

    def codec(self, name: str) -> Codec:
        assert name == "table"
        return CODEC

    async def admit(self, user: str, room: str, protocol: str = "") -> None:
        return None


def test_the_plugin_brings_the_mode_and_the_table_protocol() -> None:
    host = PluginRegistry()
    host.add("cash", plugin)
    host.register()
    assert list(host.modes) == ["table", "cash"]
    assert list(host.formats) == ["C"]
    host.register_doors(OneCodec())  # type: ignore[arg-type]
    assert list(host.protocols) == ["table"]


def test_the_mode_labels_its_room_for_the_codec() -> None:
    table = CashTable()
    assert MODE.labels(table.state) == Labels(2, "PLAY", "C", is_over=False)
    table.seat("ann")
    assert MODE.player_of(table.state, "ann") == 1
    table.do("ann", "leave_player")
    assert MODE.player_of(table.state, "ann") is None
    assert MODE.player_of(table.state, "zoe") is None
