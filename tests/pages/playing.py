"""Players at a table, as scripts of a page: they sit down, are dealt a hand, and one folds.

What they hear, cards included, stays in that page; nobody draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

SCRIPT = """
class Seat {
  constructor(table, token) {
    [this.frames, this.waiting, this.code] = [[], [], null];
    this.socket = new WebSocket(`ws://${location.host}/ws/tables/${table}/`);
    this.socket.onopen = () => this.say("authenticate", { token });
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.socket.onclose = ({ code }) => { this.code = code; };
  }
  hear(frame) {
    this.frames.push(frame);
    this.waiting = this.waiting.filter(([event, told]) => frame.event !== event || told(frame));
  }
  say(action, fields = {}) {
    this.socket.send(JSON.stringify({ action, request_id: crypto.randomUUID(), ...fields }));
  }
  /** The frames in which cards were dealt to this player. */
  dealt() {
    return this.frames.filter(({ event, payload }) => (
      event === "pocket_cards" && payload.pocket_cards));
  }
  /** Say something, and wait for an event that comes after it. */
  ask(event, action, fields) {
    const heard = new Promise((told) => { this.waiting.push([event, told]); });
    if (action) this.say(action, fields);
    return heard;
  }
}

async function ask(path, token, body = {}, method = "POST") {
  const answer = await fetch(`/api/v1/${path}`, {
    method, body: JSON.stringify(body),
    headers: {
      "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }),
    },
  });
  if (!answer.ok) throw new Error(`${path} ${answer.status} ${await answer.text()}`);
  return answer.json();
}

window.guests = (count) => Promise.all(
  Array.from({ length: count }, () => ask("auth/guest/")));

/** Make a table, seat all, and deal; returns the table's token and everybody's cards. */
window.deal = async (guests) => {
  const [host] = guests;
  const { token } = await ask("tables/", host.access, { name: "The Lantern Room", type: "public" });
  await ask(`tables/${token}/choose_game_mode/`, host.access, { game_mode: "C" });
  await ask(`tables/${token}/open/`, host.access);
  window.seats = guests.map(({ access }) => new Seat(token, access));
  await Promise.all(window.seats.map((seat) => seat.ask("user_connected")));
  for (const [seat, one] of window.seats.entries()) {
    await one.ask("player_seated", "sit_player", { seat });
    await one.ask("bankroll", "buy_in", { amount: 20 });
  }
  const turns = window.seats.map((seat) => seat.ask("turn"));
  window.seats[0].say("game_start", { game_type: "THD" });
  await Promise.all(turns);
  const cards = window.seats.flatMap((seat) => seat.dealt())
    .flatMap(({ payload }) => payload.pocket_cards);
  return { token, cards };
};

/** Let the one whose turn it is fold. */
window.fold = async () => {
  const { player } = window.seats[0].frames.findLast(({ event }) => event === "turn").payload;
  const ends = window.seats.map((seat) => seat.ask("game_end"));
  window.seats.find((seat) => seat.dealt().some(({ payload }) => payload.player === player))
    .say("action_fold");
  await Promise.all(ends);
};
null;
"""


@dataclass(frozen=True)
class Dealt:
    """A running hand. cards: what all players hold, as the wire names them."""

    table: str
    cards: list[str]


class Players:
    """Guests in a page of their own."""

    def __init__(self, page: Page, origin: str, count: int) -> None:
        self.page = page
        page.goto(f"{origin}/")
        page.evaluate(SCRIPT)
        self.guests: list[Any] = page.evaluate("window.guests", count)

    def name(self, index: int) -> str:
        return str(self.guests[index]["user"]["username"])

    def deal(self) -> Dealt:
        """Deal a hand at a new table of the first one."""
        made = self.page.evaluate("guests => window.deal(guests)", self.guests)
        assert len(made["cards"]) == 2 * len(self.guests), made
        return Dealt(made["token"], made["cards"])

    def fold(self) -> None:
        """End the hand."""
        self.page.evaluate("window.fold()")

    def close_code(self, index: int) -> int:
        """Wait until a player's socket is closed; return the code."""
        found = self.page.wait_for_function(f"window.seats[{index}].code")
        return int(found.json_value())
