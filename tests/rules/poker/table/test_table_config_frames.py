"""Whatever configuration is accepted can also be told: its frame keeps its schema."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.poker.table.cash_table import CODEC, CURRENCIES, MODE, ROOM
from vphost.rules.mode import Event, Labels, Rejected
from vphost.rules.poker.table.config import MONEY, SECONDS, public_config
from vphost.wire.codec import FrameContext

LARGEST = 10**9
EDGES: list[dict[str, Any]] = [
    *({name: value} for name, (_, least, most) in SECONDS.items() for value in (least, most)),
    *({name: 0} for name in MONEY),
    {name: LARGEST for name in MONEY}, {name: "0.01" for name in MONEY},
    {"name": "x"}, {"name": "n" * 64}, {"name": "\u2660 \U0001f0a1 \u0645"}, {"name": "a\nb"},
    {"name": " "}, {"name": "\x00"}, {"name": "\ud800"}, {"name": "\u202e"},
    {"seats": 2}, {"seats": 9}, {"currency": "EUR"}, {"funding": "wallet"},
    {"straddles": "false", "stats_bluffing": "true"},
]


@pytest.mark.parametrize("settings", EDGES, ids=repr)
def test_an_accepted_configuration_can_be_told(settings: dict[str, Any]) -> None:
    config = MODE.check_config(settings, CURRENCIES)
    if isinstance(config, Rejected):
        assert config.detail["fields"].keys() <= settings.keys()
        return
    event = Event("state_config_updated", {
        "config": public_config(config), "takes_effect": "now", "message": None,
    })
    labels = Labels(config["decimals"], game_mode="C")
    CODEC.event(FrameContext(ROOM, 1, 0, 0, labels), event, None)


def test_the_edges_of_the_times_are_accepted() -> None:
    for name, (_, least, most) in SECONDS.items():
        for value in (least, most):
            assert not isinstance(MODE.check_config({name: value}, CURRENCIES), Rejected)
