"""Pictures of a table as frames: what a page is shown, without a game behind it.

Each scene is a list of frames as the host would send them after `initialize_state`. Moments are
given relative to now. Used by the fixture host to look at the pages and to test their layout.
"""

from __future__ import annotations

import copy
import time
from typing import Any

Frame = dict[str, Any]
TOKEN = "6dd7fb75-4190-4be4-939f-97a238227b7e"
NAMES = {
    "1": "quiet otter", "2": "Nora", "3": "Maximilian-Alexander", "4": "swift lynx", "5": "Jo",
    "6": "lucky heron", "7": "sly fox", "8": "bold badger", "9": "calm crane",
}
CONFIG = {
    "name": "The Lantern Room", "allowed_games": ["THD"],
    "THD": {"format": "blinds", "limit": "NL"}, "game_mode": "C", "big_blind": 0.5,
    "small_blind": 0.25, "ante": 0.0, "max_buy_in": 50.0, "min_buy_in": 1.0,
    "turn_time_limit": 30, "timebank_limit": 60, "time_between_hands": 10,
    "default_bank_value": 50.0, "rabbit_hunting": "true", "straddles": "true",
    "stats_bluffing": "false", "video_showdown": "true", "currency": "PLAY", "funding": "host",
    "seats": 6,
}


def payload(**fields: Any) -> dict[str, Any]:
    """Return a payload with the common fields."""
    common = {
        "table_token": TOKEN, "channel": "T", "order": 0, "player": None, "feed_message": None,
        "telemetry_trace_id": None, "duration": None, "player_id": None, "player_name": None,
    }
    return {**common, **fields}


def frame(event: str, **fields: Any) -> Frame:
    return {"event": event, "timestamp": time.time(), "payload": payload(**fields)}


def nested(event: str, **fields: Any) -> dict[str, Any]:
    """Return an earlier event as it stands inside `private_data`."""
    return {
        "event": event, "timestamp": time.time(), "table_token": TOKEN, "channel": "T",
        "order": 0, "player": None, **fields,
    }


def line(template: str, **body: Any) -> dict[str, Any]:
    return {"message_template": template, "body": {key[1:]: value for key, value in body.items()}}


def who(player: int) -> dict[str, Any]:
    return {"type": "PLAYER", "player_id": player}


def money(amount: str) -> dict[str, Any]:
    return {"type": "MONEY", "amount": amount, "game_mode": "C"}


FEED = [
    line("{{1}} posts the small blind {{2}}", _1=who(2), _2=money("0.25")),
    line("{{1}} posts the big blind {{2}}", _1=who(3), _2=money("0.50")),
    line("{{1}} folds", _1=who(4)),
    line("{{1}} raises to {{2}}", _1=who(5), _2=money("1.50")),
    line("{{1}} calls {{2}}", _1=who(6), _2=money("1.50")),
    line("{{1}} calls {{2}}", _1=who(1), _2=money("1.50")),
    line("{{1}} bets {{2}}", _1=who(5), _2=money("4.25")),
]


def game_state(seats: int = 6, own: bool = True, **fields: Any) -> Frame:
    """Return a snapshot of a table with everybody seated and no hand."""
    players = list(range(1 if own else 2, seats + 1))
    places: list[int | None] = [p if p in players else None for p in range(1, 10)]
    everybody = [str(p) for p in ([1] + players if not own else players)]
    state: dict[str, Any] = {
        "seq": 100, "game_id": None, "sequence": 0, "betting_round": 0, "dealer_seat": None,
        "turn_player_seat": None, "seats": places, "players": [None] * 9,
        "players_username": {key: NAMES[key] for key in everybody}, "bets": [], "pots": [],
        "pots_players": [], "pots_participants": [], "pots_winners": [], "community_cards": [],
        "rabbit_hunt_cards": [], "folded_players": [],
        "players_stack": {key: f"{17 * int(key) % 47 + 3}.50" for key in everybody},
        "players_delayed_stack": {key: "0.00" for key in everybody},
        "players_bank": {key: "0.00" for key in everybody} | {"1": "50.00"},
        "players_statuses": {key: "S" for key in everybody},
        "players_join_statuses": {key: "ALLOWED_TO_PLAY" for key in everybody},
        "players_initial_buy_in": players, "players_bank_open": players,
        "players_jitsi_id": {key: None for key in everybody},
        "feed_messages": [], "end_after_current_game": False, "game_mode": "C",
        "host_status": "HERE", "host_player": None, "game_type": None,
        "table_expiration": None,
    }
    return frame("game_state", **{**state, **fields})


def private_data(seats: int = 6, **fields: Any) -> Frame:
    data: dict[str, Any] = {
        "player": 1, "channel": "P", "pocket_cards": None, "turn": None,
        "show_pocket_cards": None, "game_end": None, "timed_event_scenario": None,
        "winners_award_timer": None, "pause_winners_award_timer": None, "blind_level_data": None,
        "tournament_winners": None, "state_config_updated": None, "winners": None,
        "state_config": {**CONFIG, "seats": seats},
    }
    return frame("private_data", **{**data, **fields})


def hand(seats: int = 6, **fields: Any) -> Frame:
    """Return a snapshot on the flop: one folded, three in, a bet before the viewer."""
    dealt: list[int | None] = [p if p <= seats else None for p in range(1, 10)]
    none: list[str | None] = [None] * 9
    first = copy.copy(none)
    for player, bet in {1: "1.50", 2: "0.25", 3: "1.50", 5: "1.50", 6: "1.50"}.items():
        first[player - 1] = bet
    second = copy.copy(none)
    second[4] = "4.25"
    second[5] = "12.75"
    participants = {"1": "1.50", "2": "0.25", "3": "1.50", "5": "1.50", "6": "1.50"}
    state: dict[str, Any] = {
        "game_id": TOKEN, "betting_round": 1, "dealer_seat": 0, "turn_player_seat": 0,
        "players": dealt, "bets": [first, second], "pots": ["6.25"],
        "pots_players": [[1, 3, 5, 6]], "pots_participants": [participants],
        "pots_winners": [[]], "community_cards": ["10D", "7S", "QH"],
        "folded_players": [2, 4], "feed_messages": FEED, "game_type": "THD",
    }
    return game_state(seats, **{**state, **fields})


def turn(player: int = 1, seat: int = 0, **fields: Any) -> dict[str, Any]:
    now = time.time()
    given: dict[str, Any] = {
        "player": player, "seat": seat, "bet": "0.00", "call_amount": "12.75",
        "available_actions": ["action_fold", "action_call", "action_raise"],
        "min_amount": "21.25", "max_amount": "46.00",
        "min_total": "21.25", "max_total": "46.00", "interval": 30.0,
        "timestamp_turn_expiration": now + 21, "timestamp_total_expiration": now + 81,
    }
    return nested("turn", **{**given, **fields})


def lobby_scene() -> list[Frame]:
    return [game_state(5, own=False), private_data()]


def mid_hand() -> list[Frame]:
    return [hand(), private_data(pocket_cards=["AS", "QD"], turn=turn()), *chat()]


def nine() -> list[Frame]:
    return [hand(9), private_data(9, pocket_cards=["10H", "9H"], turn=turn())]


def watching() -> list[Frame]:
    return [
        hand(),
        private_data(
            pocket_cards=["AS", "QD"], turn=turn(5, 4, timestamp_turn_expiration=time.time() + 4),
        ),
    ]


def checking() -> list[Frame]:
    free = turn(
        available_actions=["action_check", "action_bet", "action_fold"], call_amount="0.00",
        min_amount="0.50", max_amount="18.50", min_total="0.50", max_total="18.50",
    )
    paid = {"1": "2.50", "3": "2.50", "5": "2.50"}
    board = hand(bets=[[None] * 9, [None] * 9], pots_participants=[paid])
    return [board, private_data(pocket_cards=["7H", "7C"], turn=free)]


ALL_IN = {
    "players": [1, 5], "pocket_cards": {"1": ["AS", "QD"], "5": ["10H", "10C"]},
    "announce_time": 1.0, "card_reveal_time": 5.0,
    "best_hands": {
        "1": {"flop": "Pair of Q's + A 10 7", "turn": "Pair of Q's + A K 10",
              "river": "Two Pair, Q's and 10's + A"},
        "5": {"flop": "Three of a Kind, 10's + Q 7", "turn": "Three of a Kind, 10's + K Q",
              "river": "Three of a Kind, 10's + K Q"},
    },
    "final_community_cards": ["10D", "7S", "QH", "KC", "2S"],
}
ALL_IN_POTS: dict[str, Any] = {
    "bets": [[None] * 9, [None] * 9],
    "pots_participants": [{"1": "20.00", "2": "0.25", "3": "20.00", "5": "20.00"},
                          {"1": "26.00", "5": "26.00"}],
    "players_stack": {
        "1": "0.00", "2": "37.50", "3": "7.50", "4": "24.50", "5": "0.00", "6": "11.50",
    },
    "turn_player_seat": None, "folded_players": [2, 3, 4, 6],
}


def reveal(remaining: float = 8.0) -> list[Frame]:
    scenario = nested("heads_up_showdown", **ALL_IN, finish_time_expiration=time.time() + remaining)
    return [
        hand(**ALL_IN_POTS),
        private_data(pocket_cards=["AS", "QD"], timed_event_scenario=scenario),
    ]


def showdown() -> list[Frame]:
    now = time.time()
    end = {
        "winners": [
            {"pot_id": 0, "pot_size": "60.25", "pot_chunks": ["60.25"], "winners": [5],
             "reason": ["Three of a Kind, 10's + K Q"]},
            {"pot_id": 1, "pot_size": "52.00", "pot_chunks": ["52.00"], "winners": [1],
             "reason": ["Pair of Q's + A K 10"]},
        ],
        "best_hands": {
            "1": ["QD", "QH", "AS", "KC", "10D"], "5": ["10H", "10C", "10D", "KC", "QH"],
        },
        "best_hands_combinations": {
            "1": "Pair of Q's + A K 10", "5": "Three of a Kind, 10's + K Q",
        },
        "pocket_cards": {"1": ["AS", "QD"], "5": ["10H", "10C"]},
        "can_show_cards": [3], "can_call_rabbit_hunt": [], "side_pot_evaluation_time": 4.0,
        "side_pots_evaluation_expiration": now + 7.9,
        "players_stack": {"1": "52.00", "5": "60.25"},
    }
    timer = {
        "winners_award_timer_expiration": now + 18, "is_winners_award_timer_paused": False,
        "show_next_game_button": False, "end_after_current_game": False,
        "post_event": "game_start",
    }
    over = {**ALL_IN_POTS, "pots_winners": [[5], [1]],
            "community_cards": ["10D", "7S", "QH", "KC", "2S"], "betting_round": 3,
            "players_stack": {**ALL_IN_POTS["players_stack"], "1": "52.00", "5": "60.25"}}
    return [
        hand(**over),
        private_data(
            pocket_cards=["AS", "QD"], game_end=nested("game_end", **end),
            winners_award_timer=nested("winners_award_timer", **timer), show_pocket_cards=[],
        ),
    ]


def nine_showdown() -> list[Frame]:
    """The crowded case: six hands shown, three pots, two winners at once."""
    shown = {
        "1": ["9C", "4C"], "2": ["KH", "8H"], "3": ["6S", "8C"], "4": ["10C", "KC"],
        "5": ["AD", "5S"],
    }
    pair = "Two Pair, Aces and 3's + Q"
    end = {
        "winners": [
            {"pot_id": 0, "pot_size": "197.50", "pot_chunks": ["197.50"], "winners": [5],
             "reason": [pair]},
            {"pot_id": 1, "pot_size": "2.00", "pot_chunks": ["2.00"], "winners": [5],
             "reason": [pair]},
            {"pot_id": 2, "pot_size": "1.00", "pot_chunks": ["1.00"], "winners": [2],
             "reason": ["Two Pair, 8's and 3's + A"]},
        ],
        "best_hands": {"5": ["AD", "AH", "3H", "3C", "QC"], "2": ["8H", "8D", "3H", "3C", "AH"]},
        "best_hands_combinations": {
            "5": pair, "2": "Two Pair, 8's and 3's + A", "3": "Two Pair, 8's and 3's + A",
            "4": "Pair of 3's + A K Q", "1": "Pair of 3's + A Q 9",
        },
        "pocket_cards": shown, "can_show_cards": [], "can_call_rabbit_hunt": [],
        "side_pot_evaluation_time": 4.0, "side_pots_evaluation_expiration": None,
        "players_stack": {"5": "199.50", "2": "1.00"},
    }
    over = hand(
        9, bets=[[None] * 9] * 4, betting_round=3, turn_player_seat=None,
        folded_players=[6, 7, 8, 9],
        pots_participants=[{"1": "40.00", "2": "39.50", "3": "39.50", "4": "38.50", "5": "40.00"}],
        pots_winners=[[5], [5], [2]], community_cards=["3H", "QC", "8D", "3C", "AH"],
    )
    return [
        over,
        private_data(
            9, pocket_cards=["9C", "4C"], game_end=nested("game_end", **end), show_pocket_cards=[],
        ),
    ]


def fold_win() -> list[Frame]:
    now = time.time()
    end = {
        "winners": [{"pot_id": 0, "pot_size": "6.25", "pot_chunks": ["6.25"], "winners": [1],
                     "reason": []}],
        "best_hands": {}, "best_hands_combinations": {}, "pocket_cards": {},
        "can_show_cards": [1, 2, 4], "can_call_rabbit_hunt": [1],
        "side_pot_evaluation_time": 4.0, "side_pots_evaluation_expiration": now,
    }
    timer = {
        "winners_award_timer_expiration": now + 8, "is_winners_award_timer_paused": False,
        "show_next_game_button": False, "end_after_current_game": False,
        "post_event": "game_start",
    }
    over = hand(
        pots_winners=[[1]], bets=[[None] * 9, [None] * 9], folded_players=[2, 3, 4, 5, 6],
        pots_participants=[{"1": "1.50", "2": "0.25", "3": "1.50", "5": "1.50", "6": "1.50"}],
    )
    return [
        over,
        private_data(
            pocket_cards=["AS", "QD"], game_end=nested("game_end", **end),
            winners_award_timer=nested("winners_award_timer", **timer), show_pocket_cards=[],
        ),
    ]


def error() -> list[Frame]:
    return [*mid_hand(), frame(
        "action_error", player=1, channel="P", error="The raise is too small.",
        error_representation="The raise is too small.", code="raise_too_small",
        action="action_raise", amount="13.00", request_id=None, detail={},
    )]


def host() -> list[Frame]:
    return [
        game_state(4, host_player=1, players_statuses={"1": "S", "2": "S", "3": "D", "4": "S"},
                   players_join_statuses={"1": "ALLOWED_TO_PLAY", "2": "ALLOWED_TO_PLAY",
                                          "3": "ALLOWED_TO_PLAY", "4": "SIT_OUT"}),
        private_data(),
    ]


def chat() -> list[Frame]:
    """Some talk: plain, own, right to left with markup in it, and long."""
    said = [
        (5, "nice flop"), (1, "for whom?"),
        (3, "\u0645\u0631\u062d\u0628\u0627 <b>\u0643\u064a\u0641</b>"),
        (6, "I never fold a pair of sevens, and I have never once in my life regretted it."),
    ]
    return [
        frame("chat_message", player=player, username=NAMES[str(player)], message=message,
              seq=101 + index)
        for index, (player, message) in enumerate(said)
    ]


def kicking() -> list[Frame]:
    """The viewer is the host and has sent Nora away; what was said before the page was loaded."""
    said = [
        {"player": 2, "username": NAMES["2"], "message": "one more?",
         "timestamp": time.time() - 90},
        {"player": 1, "username": NAMES["1"], "message": "the last one",
         "timestamp": None},
    ]
    return [
        hand(host_player=1, players_leaving={"2": "K", "5": "L"}, chat_messages=said),
        private_data(pocket_cards=["AS", "QD"], turn=turn(5, 4)),
    ]


def host_away() -> list[Frame]:
    """The host's page is closed; one player will be sent away after the hand, the viewer stands."""
    return [
        hand(own=False, seats=5, host_player=4, host_status="AWAY",
             game_end_expiration=time.time() + 583, players_leaving={"3": "K"},
             players_stack={"1": "45.50", "2": "37.50", "3": "7.50", "4": "24.50", "5": "41.50"}),
        private_data(turn=turn(5, 4)),
    ]


def ended() -> list[Frame]:
    """After `current_game_ended`: all seated, nobody has chips; the viewer is the host."""
    nothing = {str(key): "0.00" for key in range(1, 5)}
    return [
        game_state(4, host_player=1, players_initial_buy_in=[], players_bank_open=[],
                   players_stack=nothing,
                   players_bank=nothing, game_mode="UNDEFINED"),
        private_data(),
    ]


def omaha(seats: int = 6) -> list[Frame]:
    """Four cards in front of everybody, on the turn, with the button before each in turn."""
    return [
        hand(seats, game_type="OMH", community_cards=["10D", "7S", "QH", "KC", "2S"],
             folded_players=[2], dealer_seat=seats // 2),
        private_data(seats, pocket_cards=["AS", "QD", "10H", "9H"], turn=turn(),
                     state_config={**CONFIG, "seats": seats, "allowed_games": ["OMH"],
                                   "OMH": {"format": "blinds", "limit": "PL"}}),
    ]


def omaha_showdown() -> list[Frame]:
    """All cards of all players are open."""
    frames = nine_showdown()
    shown = {
        "1": ["9C", "4C", "2C", "2D"], "2": ["KH", "8H", "7H", "7D"], "3": ["6S", "8C", "5C", "5D"],
        "4": ["10C", "KC", "JC", "JD"], "5": ["AD", "5S", "4D", "4H"],
        "6": ["6H", "6D", "9D", "9S"],
    }
    frames[0]["payload"]["game_type"] = "OMH"
    frames[0]["payload"]["folded_players"] = [7, 8, 9]
    frames[1]["payload"]["game_end"]["pocket_cards"] = shown
    frames[1]["payload"]["pocket_cards"] = shown["1"]
    return frames


SCENES = {
    "host-away": host_away, "kicking": kicking,
    "ended": ended, "omaha": omaha, "omaha-nine": lambda: omaha(9),
    "omaha-showdown": omaha_showdown,
    "empty": lobby_scene, "mid-hand": mid_hand, "nine": nine, "watching": watching,
    "checking": checking, "reveal": reveal, "showdown": showdown, "fold-win": fold_win,
    "error": error, "host": host, "nine-showdown": nine_showdown,
}
