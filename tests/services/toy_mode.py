"""A mode small enough to reason about: a bank of tokens with a counter, a timer and a send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from vphost.rules import books
from vphost.rules.mode import Command, Decision, Event, Labels, Posting, Rejected, Send


@dataclass(frozen=True, slots=True)
class Toy:
    """total: sum of all adds. pot: money inside. deadline: next tick. busy: a hand runs."""

    room: str
    total: int = 0
    pot: int = 0
    deadline: int | None = None
    busy: bool = False
    draining: bool = False
    moved_ms: int = 0
    ticks: int = 0
    cards: str = ""
    got: tuple[str, ...] = ()
    over: bool = False


class ToyMode:
    """Ops: add, pay_in, pay_out, deal, open, shut, timer, send, job, fail_*, heavy_add, ..."""

    name = "toy"
    version = 1
    heavy = frozenset({"heavy_add"})

    def check_config(self, config: Mapping[str, Any], currencies: Any) -> Mapping[str, Any]:
        return config

    def create(self, room_id: str, config: Mapping[str, Any], now_ms: int) -> Toy:
        return Toy(room_id, total=config.get("start", 0))

    def decide(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
        handler = getattr(self, f"_{command.op}", None)
        if handler is None:
            return Rejected("unknown_action")
        decided: Decision | Rejected = handler(state, command, now_ms)
        return decided

    def _add(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
        amount = command.args.get("amount", 1)
        if amount < 0:
            return Rejected("bad_amount")
        return Decision(
            (Event("added", {"amount": amount, "user": command.user}),),
            answer={"total": state.total + amount},
        )

    _heavy_add = _add

    def _note(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("_noted", {}), Event("added", {"amount": 1, "user": "x"})))

    def _pay_in(self, state: Toy, command: Command, now_ms: int) -> Decision:
        amount = command.args["amount"]
        pot = books.pot(state.room)
        return Decision((Event(
            "paid_in", {"amount": amount},
            postings=books.move(books.user(command.user), pot, "PLAY", amount),
        ),))

    def _pay_out(self, state: Toy, command: Command, now_ms: int) -> Decision:
        amount = command.args["amount"]
        pot = books.pot(state.room)
        return Decision((Event(
            "paid_out", {"amount": amount},
            postings=books.move(pot, books.user(command.user), "PLAY", amount),
        ),))

    def _cheat(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("cheated", {}, postings=(Posting("user:x", "PLAY", 5),)),))

    def _deal(self, state: Toy, command: Command, now_ms: int) -> Decision:
        cards = command.seed.hex()
        return Decision((Event(
            "dealt", {"player": 1}, secret={1: {"cards": cards[:8]}}, hidden={"deck": cards},
        ),))

    def _open(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
        if state.draining:
            return Rejected("draining")
        return Decision((Event("opened", {}),))

    def _shut(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("shut", {}),))

    def _finish(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("finished", {}),))

    def _timer(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("timer_set", {"deadline": now_ms + command.args["in_ms"]}),))

    def _tick(self, state: Toy, command: Command, now_ms: int) -> Decision:
        if state.deadline is None or now_ms < state.deadline or "stuck" in state.cards:
            return Decision(())
        return Decision((Event("ticked", {}),))

    def _resume(self, state: Toy, command: Command, now_ms: int) -> Decision | Rejected:
        if state.deadline is None and not state.draining:
            return Decision(())
        args = command.args
        moved = {"ms": args["paused_ms"], "restarted": args["restarted"]}
        return Decision((Event("_moved", moved),))

    def _drain(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("_draining", {}),))

    def _send(self, state: Toy, command: Command, now_ms: int) -> Decision:
        sends = tuple(
            Send(f"{command.id}/{n}", command.args["target"], command.args["what"],
                 {"amount": 1, "n": n})
            for n in range(command.args.get("count", 1))
        )
        return Decision((Event("sent", {}),), sends)

    def _get(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("got", {"id": command.id}),))

    def _fail(self, state: Toy, command: Command, now_ms: int) -> Decision:
        raise RuntimeError("a bug in decide")

    def _fail_evolve(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("poison", {}),))

    def _no_json(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("added", {"amount": 1, "user": {1, 2}}),))

    def _huge(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("added", {"amount": 1, "user": "x" * 9_000_000}),))

    def _stick(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision((Event("stuck", {"deadline": now_ms}),))

    def _connect(self, state: Toy, command: Command, now_ms: int) -> Decision:
        return Decision(())

    def evolve(self, state: Toy, event: Event) -> Toy:
        data = event.data
        match event.name:
            case "added":
                return replace(state, total=state.total + data["amount"])
            case "paid_in":
                return replace(state, pot=state.pot + data["amount"])
            case "paid_out":
                return replace(state, pot=state.pot - data["amount"])
            case "dealt":
                return replace(state, cards=event.hidden["deck"])
            case "opened":
                return replace(state, busy=True)
            case "finished":
                return replace(state, over=True)
            case "shut":
                return replace(state, busy=False)
            case "timer_set":
                return replace(state, deadline=data["deadline"])
            case "stuck":
                return replace(state, deadline=data["deadline"], cards="stuck")
            case "ticked":
                return replace(state, deadline=None, ticks=state.ticks + 1)
            case "_moved":
                deadline = state.deadline
                return replace(
                    state, moved_ms=state.moved_ms + data["ms"], draining=False,
                    deadline=None if deadline is None else deadline + data["ms"],
                )
            case "_draining":
                return replace(state, draining=True)
            case "got":
                return replace(state, got=(*state.got, data["id"]))
            case "poison":
                raise RuntimeError("a bug in evolve")
        return state

    def view(self, state: Toy, player: int | None) -> Mapping[str, Any]:
        return {"state": {"total": state.total, "cards": state.cards if player == 1 else ""}}

    def player_of(self, state: Toy, user: str) -> int | None:
        return 1 if user == "ann" else None

    def labels(self, state: Toy) -> Labels:
        return Labels(2, "PLAY", is_over=state.over, more={"total": state.total})

    def wake_at(self, state: Toy) -> int | None:
        return state.deadline

    def dump(self, state: Toy) -> Mapping[str, Any] | None:
        return None if state.busy else asdict(state)

    def load(self, room_id: str, dumped: Mapping[str, Any]) -> Toy:
        return Toy(**{**dumped, "got": tuple(dumped["got"])})
