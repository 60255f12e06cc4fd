"""Record what one viewer of a running host is told: the fixtures of the reducer's law.

    python tests/pages/record_session.py http://127.0.0.1:8888 HANDS SEED > fixtures/NAME.json

A guest sits down at the first open table, plays by dice, and now and then asks for the full state,
which has to equal what the events before it add up to.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import urllib.request
from typing import Any

from tornado.websocket import WebSocketClientConnection, websocket_connect

EVERY = 9
TELLING = {
    "heads_up_showdown", "all_in_scenario", "game_end", "winners_award_timer", "show_pocket_cards",
}
SPAN_S = 90


def ask(method: str, url: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        return json.load(answer)


class Session:
    def __init__(self, socket: WebSocketClientConnection, dice: random.Random) -> None:
        self.socket = socket
        self.dice = dice
        self.frames: list[Any] = []
        self.me: int | None = None
        self.is_seated = False

    async def say(self, action: str, **args: Any) -> None:
        await self.socket.write_message(json.dumps({"action": action, **args}))

    async def hear(self) -> str:
        """Take one frame, answer it; returns the event's name."""
        message = await asyncio.wait_for(self.socket.read_message(), SPAN_S)
        assert message is not None, "the host closed the socket"
        frame = json.loads(message)
        self.frames.append(frame)
        event, payload = frame["event"], frame["payload"]
        if event == "user_connected":
            self.me = payload["player"]
            await self.say("initialize_state")
        elif event == "game_state" and not self.is_seated:
            self.is_seated = True
            await self.say("sit_player", seat=payload["seats"].index(None))
        elif payload.get("player") == self.me:
            await self.answer_own(event, payload)
        if event in TELLING or (payload.get("seq") or 1) % EVERY == 0 and event != "game_state":
            await self.say("initialize_state")
        return str(event)

    async def answer_own(self, event: str, payload: Any) -> None:
        if event == "player_seated":
            await self.say("buy_in", amount="40")
        elif event == "action_ack" and payload["action"] == "buy_in":
            await self.say("join", immediately=True)
        elif event == "turn":
            await self.act(payload)

    async def act(self, turn: Any) -> None:
        chance = self.dice.random()
        actions = turn["available_actions"]
        if chance < 0.35 and turn["max_amount"] is not None:
            name = "action_raise" if "action_raise" in actions else "action_bet"
            await self.say(name, amount=turn["max_amount" if chance < 0.2 else "min_amount"])
        elif "action_check" in actions:
            await self.say("action_check")
        elif chance < 0.9:
            await self.say("action_call", amount=turn["call_amount"])
        else:
            await self.say("action_fold")


async def main(base: str, hands: int, seed: int) -> None:
    guest = ask("POST", f"{base}/api/v1/auth/guest/")
    table = ask("GET", f"{base}/api/v1/lobby/tables/")["tables"][0]
    address = f"{base.replace('http', 'ws', 1)}/ws/tables/{table['token']}/"
    session = Session(await websocket_connect(address), random.Random(seed))
    await session.say("authenticate", token=guest["access"])
    while hands:
        hands -= await session.hear() == "winners_award_timer"
    while await session.hear() != "private_data":
        pass
    lines = ",\n".join(json.dumps(frame, separators=(",", ":")) for frame in session.frames)
    print(f"[\n{lines}\n]")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
