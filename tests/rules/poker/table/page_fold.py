"""A page that never reads the full state: it folds the frames it gets, and nothing else.

Whatever a fresh page is told by `view` has to be what such a page knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BETS = frozenset({"buy_in", "update_bankroll"})
NOT_FOLDED = frozenset({
    "feed_messages", "pots_players", "pots_participants", "table_expiration", "chat_messages",
    "game_modes",
})
"""Fields of the state that no event carries, and the chat, whose times frames carry."""


class Page:
    """What one viewer knows after the frames so far. player: his id, 0 for a mere watcher."""

    def __init__(self, player: int, config: Mapping[str, Any], host: str) -> None:
        self.player = player
        self.host = host
        self.config = config
        self.people: dict[int, dict[str, Any]] = {}
        self.join: dict[int, str] = {}
        self.leaving: dict[int, str] = {}
        self.host_away = False
        self.host_due: int | None = None
        self.ending = False
        self.level: dict[str, Any] | None = None
        self.winners: Mapping[str, Any] | None = None
        self.tournament: dict[str, Any] | None = None
        self.clear()
        self.game: tuple[str, str] | None = None

    def clear(self) -> None:
        """Forget the last hand."""
        self.game_id: str | None = None
        self.sequence = 0
        self.dealer: int | None = None
        self.bets: list[list[int | None]] = []
        self.pots: list[int] = []
        self.pot_winners: list[list[int]] | None = None
        self.board: list[str] = []
        self.rabbit: list[str] = []
        self.folded: set[int] = set()
        self.dealt: list[int | None] = [None] * 9
        self.turn: Mapping[str, Any] | None = None
        self.reveal: Mapping[str, Any] | None = None
        self.end: dict[str, Any] | None = None
        self.shown: list[Mapping[str, Any]] = []
        self.cards: list[str] | None = None
        self.timer: dict[str, Any] | None = None
        self.pause: Mapping[str, Any] | None = None

    def hear(self, name: str, payload: Mapping[str, Any]) -> None:
        """Fold one frame."""
        fold = getattr(self, f"on_{name}", None)
        if fold is not None:
            fold(payload)

    def on_player_connected(self, p: Mapping[str, Any]) -> None:
        self.people[p["player"]] = dict(p)
        self.join.setdefault(p["player"], "ALLOWED_TO_PLAY")
        if p["username"] == self.host:
            self.host_away, self.host_due = False, None

    def on_player_disconnected(self, p: Mapping[str, Any]) -> None:
        self.people[p["player"]]["status"] = "D"

    def on_info(self, p: Mapping[str, Any]) -> None:
        self.people[p["player"]] = {k: v for k, v in p.items() if k != "reason"}

    on_jitsi_id_changed = on_info

    def on_player_seated(self, p: Mapping[str, Any]) -> None:
        self.on_info(p)
        self.leaving.pop(p["player"], None)

    on_player_left = on_player_kicked = on_player_seated

    def on_force_disconnect_user(self, p: Mapping[str, Any]) -> None:
        # In place of `player_left` or `player_kicked`; the next word of them is that they are back.
        self.leaving.pop(self.player, None)

    def on_player_leaving(self, p: Mapping[str, Any]) -> None:
        self.leaving[p["player"]] = p["how"]

    def on_player_join_status_updated(self, p: Mapping[str, Any]) -> None:
        self.join[p["player"]] = p["join_status"]

    def on_host_left(self, p: Mapping[str, Any]) -> None:
        self.host_away, self.host_due = True, p["game_end_expiration"]

    def on_bankroll(self, p: Mapping[str, Any]) -> None:
        self.people[p["player"]].update(p)

    def on_state_config_updated(self, p: Mapping[str, Any]) -> None:
        self.config = p["config"]

    def on_game_mode_chosen(self, p: Mapping[str, Any]) -> None:
        self.config = {**self.config, "game_mode": p["game_mode"]}

    def on_game_start(self, p: Mapping[str, Any]) -> None:
        self.clear()
        self.game = (p["game_id"], p["game_type"])
        self.sequence, self.dealer, self.dealt = p["sequence"], p["dealer_seat"], p["players"]
        self.bets = [[None] * 9]
        for key, stack in p["players_stack"].items():
            self.people[int(key)]["table_stack"] = stack
            self.people[int(key)]["delayed_table_stack"] = p["players_delayed_stack"][key]

    def on_pocket_cards(self, p: Mapping[str, Any]) -> None:
        if p["player"] == self.player:
            self.cards = p["pocket_cards"]
        else:
            assert p["pocket_cards"] is None

    def on_action_ack(self, p: Mapping[str, Any]) -> None:
        for field in ("table_stack", "delayed_table_stack", "bank", "has_initial_buy_in"):
            self.people[p["player"]][field] = p[field]
        if p["action"] in BETS:
            self.people[p["player"]]["bank_open"] = True
        if p["action"] in BETS or not self.bets or self.end is not None:
            return
        self.bets[-1][p["seat"]] = p["bet"] or None
        if p["action"] == "action_fold":
            self.folded.add(p["player"])
        if self.turn is not None and self.turn["player"] == p["player"]:
            self.turn = None

    def on_turn(self, p: Mapping[str, Any]) -> None:
        self.turn, self.pots = p, p["pots"]

    def on_community_cards(self, p: Mapping[str, Any]) -> None:
        self.board, self.pots = p["community_cards"], p["pots"]
        self.bets.append([None] * 9)

    def on_heads_up_showdown(self, p: Mapping[str, Any]) -> None:
        self.reveal, self.pots, self.turn = p, p["pots"], None

    on_all_in_scenario = on_heads_up_showdown

    def on_game_end(self, p: Mapping[str, Any]) -> None:
        if self.reveal is not None:
            self.board = self.reveal["final_community_cards"]
        self.end, self.reveal, self.turn = dict(p), None, None
        self.pots = [one["pot_size"] for one in p["winners"]]
        self.pot_winners = [one["winners"] for one in p["winners"]]
        for key, stack in p["players_stack"].items():
            self.people[int(key)]["table_stack"] = stack

    def on_show_pocket_cards(self, p: Mapping[str, Any]) -> None:
        self.shown = [one for one in self.shown if one["player"] != p["player"]] + [p]
        if None not in p["visible_cards"]:
            assert self.end is not None
            left = [n for n in self.end["can_show_cards"] if n != p["player"]]
            self.end["can_show_cards"] = left

    def on_open_rabbit_hunt_cards(self, p: Mapping[str, Any]) -> None:
        assert self.end is not None
        self.rabbit, self.end["can_call_rabbit_hunt"] = p["rabbit_hunt_cards"], []

    def on_winners_award_timer(self, p: Mapping[str, Any]) -> None:
        self.timer, self.pause = dict(p), None

    def on_pause_winners_award_timer(self, p: Mapping[str, Any]) -> None:
        assert self.timer is not None
        self.pause = p
        if self.level is not None:
            self.level["blind_scheduler_expiration"] = None
        self.timer |= {
            "winners_award_timer_expiration": None, "is_winners_award_timer_paused": True,
        }

    def on_unpause_winners_award_timer(self, p: Mapping[str, Any]) -> None:
        assert self.timer is not None
        self.pause = None
        for field in ("winners_award_timer_expiration", "is_winners_award_timer_paused"):
            self.timer[field] = p[field]

        if self.level is not None:
            self.level["blind_scheduler_expiration"] = p["blind_scheduler_expiration"]

    def on_blind_level_data(self, p: Mapping[str, Any]) -> None:
        level = {field: value for field, value in p.items() if field != "player"}
        self.level = None if p["blinds_level"] is None else level

    def on_tournament_winners(self, p: Mapping[str, Any]) -> None:
        self.winners, self.ending = {"winners": p["winners"]}, True

    def on_start_tournament(self, p: Mapping[str, Any]) -> None:
        # Nobody has chips before; the events before this one gave them to those who entered.
        entrants = sorted(n for n, person in self.people.items() if person["table_stack"])
        self.tournament = {"entrants": entrants, "out": []}

    def on_player_eliminated(self, p: Mapping[str, Any]) -> None:
        assert self.tournament is not None
        self.tournament["out"].append({"players": p["players"], "place": p["place"]})
        for player in p["players"]:
            self.people[player] |= {"table_stack": 0, "delayed_table_stack": 0}

    def on_end_current_game(self, p: Mapping[str, Any]) -> None:
        self.ending, self.host_due = True, None

    def on_current_game_ended(self, p: Mapping[str, Any]) -> None:
        self.clear()
        self.game, self.ending, self.host_due = None, False, None
        self.level = self.winners = self.tournament = None
        self.config = {**self.config, "game_mode": p["game_mode"]}
        for player, person in self.people.items():
            key = str(player)
            self.join[player] = p["players_join_statuses"][key]
            person |= {
                "bank": p["players_bank"][key], "table_stack": p["players_stack"][key],
                "delayed_table_stack": p["players_delayed_stack"][key],
                "has_initial_buy_in": False, "bank_open": False,
            }

    # ---- as the host would tell it

    def game_state(self) -> dict[str, Any]:
        """Return what this page would draw, in the form of `game_state`."""
        def by_id(field: str) -> dict[str, Any]:
            return {str(n): person[field] for n, person in sorted(self.people.items())}

        seats: list[int | None] = [None] * 9
        for number, person in self.people.items():
            if person["seat"] is not None:
                seats[person["seat"]] = number
        runs = bool(self.bets) and self.end is None
        host = [n for n, person in self.people.items() if person["username"] == self.host]
        return {
            "game_id": None if self.game is None else self.game[0],
            "game_type": None if self.game is None else self.game[1],
            "sequence": self.sequence,
            "betting_round": len(self.bets) - 1 if runs else None,
            "dealer_seat": self.dealer,
            "turn_player_seat": None if self.turn is None else self.turn["seat"],
            "players": self.dealt, "bets": self.bets, "pots": self.pots,
            "pots_winners": self.pot_winners or [[] for _ in self.pots],
            "community_cards": self.board, "rabbit_hunt_cards": self.rabbit,
            "folded_players": [n for n in self.dealt if n in self.folded],
            "seats": seats, "players_username": by_id("username"),
            "players_stack": by_id("table_stack"),
            "players_delayed_stack": by_id("delayed_table_stack"),
            "players_bank": by_id("bank"), "players_statuses": by_id("status"),
            "players_join_statuses": {str(n): s for n, s in sorted(self.join.items())},
            "players_initial_buy_in": [
                n for n, person in sorted(self.people.items()) if person["has_initial_buy_in"]
            ],
            "players_bank_open": [
                n for n, person in sorted(self.people.items()) if person["bank_open"]
            ],
            "players_jitsi_id": by_id("jitsi_id"),
            "end_after_current_game": self.ending, "game_mode": self.config["game_mode"],
            "host_status": "AWAY" if self.host_away else "HERE",
            "host_player": host[0] if host else None,
            "game_end_expiration": self.host_due,
            "players_leaving": {str(n): how for n, how in sorted(self.leaving.items())},
        }

    def private_data(self) -> dict[str, Any]:
        """Return the same in the form of `private_data`."""
        return {
            "pocket_cards": self.cards, "turn": self.turn,
            "show_pocket_cards": None if self.end is None else self.shown,
            "game_end": self.end, "timed_event_scenario": self.reveal,
            "winners_award_timer": self.timer, "pause_winners_award_timer": self.pause,
            "blind_level_data": self.level, "tournament_winners": self.winners,
            "tournament": self.tournament,
            "state_config": self.config,
        }
