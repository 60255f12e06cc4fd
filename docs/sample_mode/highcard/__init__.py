"""High card: a whole game mode in one file. Two users stake the same, the higher card wins.

It shows what a mode is made of: a pure object that decides and folds, money as postings, a card
that only its owner sees until both have staked, dice from the command's seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from vphost.plugin_api import (
    Command, Currency, Decision, Event, Host, Json, Labels, Posting, Rejected, SchemaFolder,
    SocketProtocol, hookimpl, plain_protocol,
)

VPHOST_CONTRACT = 1
Fields: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class State:
    """players: user ids; a player's number is their place, from 1. staked: player -> card."""

    room: str
    currency: str
    decimals: int
    stake: int
    players: tuple[str, ...] = ()
    staked: tuple[tuple[int, int], ...] = ()
    rounds: int = 0


class HighCard:
    """The mode. Nothing in it waits, reads a clock or draws dice."""

    name = "highcard"
    version = 1
    heavy: frozenset[str] = frozenset()

    def check_config(
        self, config: Fields, currencies: Mapping[str, Currency]
    ) -> Fields | Rejected:
        whole = {"stake": 500, "currency": "PLAY", **config}
        currency = currencies.get(whole["currency"])
        if currency is None:
            return Rejected("bad_config", {"fields": {"currency": ["Is not known here."]}})
        return {**whole, "decimals": currency.decimals}

    def create(self, room_id: str, config: Fields, now_ms: int) -> State:
        return State(room_id, config["currency"], config["decimals"], config["stake"])

    def decide(self, state: State, command: Command, now_ms: int) -> Decision | Rejected:
        if command.op == "connect" and command.user not in state.players:
            return Decision((Event("joined", {"user": command.user}),))
        if command.op != "stake":
            return Decision(())
        player = self.player_of(state, command.user)
        if player is None or len(state.staked) == 2:
            return Rejected("forbidden")
        if player in dict(state.staked):
            return Rejected("action_not_available")
        card = self.draw(state, command.seed)
        paid = (Posting(f"user:{command.user}", state.currency, -state.stake),
                Posting(f"room:{state.room}:pot", state.currency, state.stake))
        staked = Event("staked", {"player": player, "card": None}, {player: {"card": card}},
                       postings=paid)
        if not state.staked:
            return Decision((staked,))
        return Decision((staked, self.ending(self.evolve(state, staked))))

    def draw(self, state: State, seed: bytes) -> int:
        taken = [card for _, card in state.staked]
        return [card for card in range(52) if card not in taken][
            int.from_bytes(seed, "big") % (52 - len(taken))]

    def ending(self, state: State) -> Event:
        cards = dict(state.staked)
        winner = max(cards, key=cards.__getitem__)
        user, prize = state.players[winner - 1], 2 * state.stake
        won = (Posting(f"room:{state.room}:pot", state.currency, -prize),
               Posting(f"user:{user}", state.currency, prize))
        cards_by_name = {str(player): card for player, card in cards.items()}
        return Event("ended", {"winner": winner, "cards": cards_by_name}, postings=won)

    def evolve(self, state: State, event: Event) -> State:
        if event.name == "joined":
            return replace(state, players=(*state.players, event.data["user"]))
        if event.name == "staked":
            player = event.data["player"]
            own = event.secret[player]["card"]
            return replace(state, staked=(*state.staked, (player, own)))
        return replace(state, staked=(), rounds=state.rounds + 1)

    def view(self, state: State, player: int | None) -> Fields:
        cards = {str(p): card if p == player else None for p, card in state.staked}
        return {"state": {"stake": state.stake, "players": list(state.players),
                          "cards": cards, "rounds": state.rounds}}

    def player_of(self, state: State, user: str) -> int | None:
        return state.players.index(user) + 1 if user in state.players else None

    def labels(self, state: State) -> Labels:
        return Labels(state.decimals, state.currency)

    def wake_at(self, state: State) -> int | None:
        return None

    def dump(self, state: State) -> Fields | None:
        return None if state.staked else {
            "currency": state.currency, "decimals": state.decimals, "stake": state.stake,
            "players": list(state.players), "rounds": state.rounds}

    def load(self, room_id: str, dumped: Fields) -> State:
        return State(room_id, **{**dumped, "players": tuple(dumped["players"])})


@hookimpl
def register_modes() -> list[HighCard]:
    return [HighCard()]


@hookimpl
def register_schemas() -> list[SchemaFolder]:
    return [SchemaFolder("highcard", Path(__file__).parent / "schemas")]


@hookimpl
def register_protocols(host: Host) -> list[SocketProtocol]:
    return [plain_protocol(host, "highcard", r"/ws/highcard/(?P<room>[0-9a-z-]{1,36})/")]
