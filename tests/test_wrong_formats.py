"""Formats of tables that are wrong on purpose: refused at start, or only their own tables stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.journeys.living_table import SETTINGS
from vphost.app import App
from vphost.config.settings import Config
from vphost.plugin.registry import PluginError, PluginRegistry
from vphost.plugin_api import hookimpl
from vphost.rules.mode import Command, Rejected
from vphost.rules.poker.stakes import AnteKind, Stakes
from vphost.rules.poker.table import events
from vphost.rules.poker.table.plan import HandPlan
from vphost.rules.poker.table.ring_game import RingGame
from vphost.services.accounts.accounts import Kind
from vphost.services.rooms.mode_fault import ModeFault
from vphost.services.rooms.room import Room

STOPPED = Rejected("room_quarantined")


def raises(*args: Any) -> Any:
    raise RuntimeError("wrong on purpose")


async def waits(*args: Any) -> None:
    return None


def answers(value: Any) -> Callable[..., Any]:
    return lambda *args, **named: value


def plans(**changed: Any) -> Callable[..., Any]:
    """Return a question `plan` whose plan has other fields."""
    return planned(lambda plan: replace(plan, **changed))


def entrants(**changed: Any) -> Callable[..., Any]:
    """Return a question `plan` whose entrants have other fields."""
    return planned(lambda plan: replace(
        plan, entrants=tuple(replace(one, **changed) for one in plan.entrants)
    ))


def planned(change: Callable[[HandPlan], HandPlan]) -> Callable[..., Any]:
    def plan(self: Any, table: Any, seed: bytes) -> Any:
        made = RingGame.plan(self, table, seed)
        return None if made is None else change(made)

    return plan


def stakes(**changed: Any) -> Callable[..., Any]:
    usual: dict[str, Any] = {
        "small_blind": 25, "big_blind": 50, "ante": 0, "ante_kind": AnteKind.ALL, "small_bet": 50,
        "big_bet": 100,
    }
    return answers(Stakes(**{**usual, **changed}))


def keeps_the_money(self: Any, unfolding: Any) -> None:
    """Settle a game as if everybody were paid, and pay nobody."""
    players = unfolding.table.players
    unfolding.tell(events.CURRENT_GAME_ENDED, {
        "player": None,
        **{name: {str(number): 0 for number in players}
           for name in ("players_bank", "players_stack", "players_delayed_stack")},
        "players_join_statuses": {str(number): "ALLOWED_TO_PLAY" for number in players},
    })


def wrong(**answers: Any) -> PluginRegistry:
    """Return plugins with the cash game and a format that answers some questions otherwise."""
    made: Any = ModuleType("culprit")
    made.VPHOST_CONTRACT = 1
    format_ = type("Wrong", (RingGame,), {"game_mode": "WRONG", **answers})()
    made.register_table_formats = hookimpl(lambda: [format_])
    registry = PluginRegistry()
    registry.discover()
    registry.add("culprit", made)
    return registry


async def play(app: App, mode: str) -> tuple[Room, list[object]]:
    """Play the beginning of a game; return its room and every refusal."""
    users = [await app.house.accounts.ensure(name, Kind.PERSON) for name in ("ann", "bob")]
    made = await app.house.area.tables.create(
        users[0].id, "table", {**SETTINGS, "game_mode": mode})
    assert not isinstance(made, Rejected), made
    room = app.house.rooms.get(made.id)
    assert room is not None
    ops: list[tuple[int, str, dict[str, Any]]] = []
    for who, user in enumerate(users):
        ops += [(who, "connect", {"username": user.id, "connections": 1}),
                (who, "sit_player", {"seat": who}), (who, "buy_in", {"amount": 2000})]
    ops += [(0, "game_start", {"game_type": "THD"}), (0, "action_fold", {}),
            (1, "action_fold", {}), (0, "end_current_game", {})]
    outcomes = [
        await room.submit(Command(f"c{number}", users[who].id, op, args))
        for number, (who, op, args) in enumerate(ops)
    ]
    return room, [one for one in outcomes if isinstance(one, Rejected)]


def config(folder: Path) -> Config:
    return Config(store=f"sqlite:{folder / 'a.sqlite'}", var=folder, port=0, drain_s=0)


@pytest.mark.parametrize(("question", "answer"), [
    ("may_start", answers("no")), ("may_start", answers(True)), ("plan", answers("x")),
    ("sits_out", answers(None)), ("statuses_before_deal", answers({99: "SIT_OUT"})),
    ("statuses_before_deal", answers({1: "BANANA"})), ("bank_at_seat", answers(True)),
    ("statuses_before_deal", answers([])), ("bank_at_seat", answers(-5)),
    ("bank_at_seat", answers(1.5)), ("bank_at_seat", answers(10**30)), ("chips", answers(7)),
    ("source_of_money", lambda self, table, player: f"room:{table.room}:stack:1"),
    ("source_of_money", answers("user:foreign")), ("refusal", answers(7)),
    ("turn_ms", answers(5)), ("turn_ms", answers((1.5, 0))), ("turn_ms", answers((-1, 0))),
    ("takes_settings", answers("yes")), ("settle", answers(None)), ("settle", keeps_the_money),
    ("open", answers("opened")),
    ("stakes", stakes(ante=1.5)), ("stakes", stakes(big_blind=-50)),
    ("stakes", stakes(ante_kind="all")), ("stakes", stakes(ante=10**30)),
    ("first_betting", answers(9)), ("first_betting", answers(-1)), ("plan", plans(unit=0)),
    ("plan", plans(button=9)), ("plan", plans(big_blind=None)), ("plan", plans(seed=b"z" * 32)),
    ("plan", plans(missed_small=[1])), ("plan", plans(ahead={1: "x"})),
    ("plan", entrants(player=99)), ("plan", entrants(seat=5)), ("plan", entrants(live_post=-100)),
    ("plan", entrants(dead_post=1.5)), ("plan", entrants(straddle=-1)),
    ("plan", planned(lambda plan: replace(plan, entrants=plan.entrants[:1] * 2))),
])
async def test_a_wrong_answer_stops_its_own_table(
    tmp_path: Path, expect_log: Any, question: str, answer: Any
) -> None:
    app = App(config(tmp_path), plugins=wrong(**{question: answer}))
    await app.start()
    said = expect_log("room quarantined")
    room, refusals = await play(app, "WRONG")
    assert room.quarantined and STOPPED in refusals
    assert "plugin='culprit'" in said[0] and "why='game mode WRONG: " in said[0]
    assert "where='" in said[0] and "where=''" not in said[0]
    other, refusals = await play(app, "C")
    assert not other.quarantined and STOPPED not in refusals
    assert Rejected("internal_error") not in refusals
    await app.stop()


async def test_a_table_with_a_wrong_view_never_opens(tmp_path: Path) -> None:
    app = App(config(tmp_path), plugins=wrong(private_fields=answers(None)))
    await app.start()
    with pytest.raises(ModeFault, match="game mode WRONG: private_fields"):
        await play(app, "WRONG")
    other, refusals = await play(app, "C")
    assert not other.quarantined and STOPPED not in refusals
    await app.stop()


@pytest.mark.parametrize("question", [
    "may_start", "plan", "settle", "bank_at_seat", "turn_ms", "stakes",
])
async def test_a_question_that_raises_refuses_its_command(
    tmp_path: Path, expect_log: Any, question: str
) -> None:
    app = App(config(tmp_path), plugins=wrong(**{question: raises}))
    await app.start()
    said = expect_log("a command failed in its mode")
    asked = "plan" if question == "stakes" else question
    room, refusals = await play(app, "WRONG")
    assert Rejected("internal_error") in refusals and not room.quarantined
    assert "plugin='culprit'" in said[0] and f"{Path(__file__).name}:" in said[0]
    assert f"why='game mode WRONG: {asked} raised RuntimeError'" in said[0]
    await app.stop()


@pytest.mark.parametrize(("attributes", "says"), [
    ({"plan": waits}, "its plan is an async def"), ({"settle": None}, "it has no method settle"),
    ({"host_away_ms": "soon"}, "host_away_ms"), ({"host_away_ms": -1}, "host_away_ms"),
    ({"host_away_ms": 1.5}, "host_away_ms"), ({"folds": ["x"]}, "folds"),
    ({"folds": {"x": 1}}, "folds"), ({"game_mode": 7}, "a game mode is"),
])
def test_a_format_that_is_none_stops_the_start(attributes: Any, says: str) -> None:
    with pytest.raises(PluginError, match="plugin culprit: ") as refusal:
        wrong(**attributes).register()
    assert says in str(refusal.value)
