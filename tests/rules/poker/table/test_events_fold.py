"""One vocabulary of events and one fold: names stand in `events.py`, schemas know them all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.rules.poker.table.cash_table import CashTable
from vphost.rules.mode import CREATED, Event
from vphost.rules.poker.table import events
from vphost.rules.poker.table.events import Visitor, visit
from vphost.rules.poker.table.evolve import FOLDS

ROOT = Path(__file__).parents[4]
NAMES = {
    value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)
} - {CREATED}
READ_ELSEWHERE = ("vphost/rules/poker", "vphost/tables", "plugins/cash")


def told_names(path: Path) -> list[str]:
    """Return the literal names that are told as events or compared with an event's name."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        literals: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr == "tell":
                literals = [node.args[0]]
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute):
            if node.left.attr == "name":
                literals = node.comparators
        found += [
            one.value for one in literals
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
    return found


@pytest.mark.parametrize("folder", READ_ELSEWHERE)
def test_event_names_stand_in_one_module(folder: str) -> None:
    loose = {
        str(path.relative_to(ROOT)): names for path in (ROOT / folder).rglob("*.py")
        if (names := sorted(NAMES.intersection(told_names(path))))
    }
    assert loose == {}


def test_a_name_told_by_hand_is_found(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("story.tell('turn', {})\nif event.name == 'game_end':\n    pass\n")
    assert told_names(path) == ["turn", "game_end"]


def test_public_names_have_schemas_and_folds_know_all() -> None:
    schemas = {path.stem for path in (ROOT / "schemas/table/out").glob("*.json")}
    assert {name for name in NAMES if not name.startswith("_")} <= schemas
    assert FOLDS.keys() <= NAMES


class Listener(Visitor):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_player(self, player: int, user: str, username: str) -> None:
        """Note who came."""
        self.told.append(f"{player} {user} {username}")

    def on_hand_start(self, start: events.HandStart, at_ms: int) -> None:
        """Note the stacks."""
        self.told.append(f"hand {dict(start.stacks)}")

    def on_ack(self, ack: events.Ack) -> None:
        """Note an action."""
        self.told.append(f"{ack.player} {ack.action} {ack.amount} {ack.bet}")

    def on_hand_end(self, end: events.HandEnd) -> None:
        """Note the stacks at the end."""
        self.told.append(f"end {dict(end.stacks)}")


def test_a_visitor_hears_a_hand_from_its_events() -> None:
    table, listener = CashTable(), Listener()
    table.start("ann", "bob")
    table.play("c f")
    for event in table.told:
        visit(listener, event, table.now)
    ann, bob = table.id("ann"), table.id("bob")
    assert listener.told == [
        f"{ann} ann ann", f"{ann} buy_in 10000 0", f"{bob} bob bob", f"{bob} buy_in 10000 0",
        f"{table.id('host')} host host", f"hand {{{ann}: 10000, {bob}: 10000}}",
        f"{ann} small_blind 25 25", f"{bob} big_blind 50 50", f"{ann} action_call 25 50",
        f"{bob} action_fold None 50", f"end {{{ann}: 10050, {bob}: 9950}}",
    ]


def test_a_waiting_change_of_settings_is_not_in_force() -> None:
    heard: list[object] = []

    class Settings(Visitor):
        def on_config(self, config: object) -> None:
            heard.append(config)

    for effect in ({"takes_effect": "next_hand"}, {"takes_effect": "now"}, {}):
        visit(Settings(), Event("state_config_updated", {"config": str(effect), **effect}), 0)
    assert heard == [str({"takes_effect": "now"}), "{}"]
