// What the page shows of a tournament: prizes as the host reckons them, standing, clock, places.

import assert from "node:assert/strict";
import { test } from "node:test";

import { idleView } from "../../static/js/idle.js";
import { emptyHand } from "../../static/js/reduce/hand.js";
import { initial } from "../../static/js/reducer.js";
import * as tournament from "../../static/js/tournament.js";
import { bigBlind, seatView } from "../../static/js/view.js";

const SETTINGS = {
  entry_fee: 10, payout_table: { 1: 50, 2: 29.75, 3: 20.25 }, starting_chips: 1500,
  level_duration: 90, pausing: "true",
};
const LEVEL = {
  blinds_level: 2, next_blinds_level: 3, blind_scheduler_expiration: 1090,
  blinds: { ante: "0.00", small_blind: "15.00", big_blind: "30.00" },
  next_blinds: { ante: "5.00", small_blind: "20.00", big_blind: "40.00" },
};
const player = (id, stack) => ({ id, username: `p${id}`, stack, delayed: "0", bank: "0",
  status: "C", joinStatus: "ALLOWED_TO_PLAY", leaving: null });
const state = {
  ...initial, isSynced: true, me: 3, gameMode: "T", blinds: LEVEL,
  config: { currency: "EUR", big_blind: 0.5, allowed_games: ["THD"], tournament_settings: SETTINGS },
  seats: [1, 2, 3, 4, null, null, null, null, null],
  players: { 1: player(1, "3000"), 2: player(2, "3000"), 3: player(3, "0"), 4: player(4, "0") },
  tournament: { entrants: [1, 2, 3, 4], out: [{ players: [3, 4], place: 3 }] },
};

test("prizes are cut to the entrants, rounded down, the rest to the first", () => {
  assert.deepEqual(tournament.prizes(SETTINGS, 4, 2), ["20", "11.9", "8.1"]);
  assert.deepEqual(tournament.prizes(SETTINGS, 2, 2), ["12.54", "7.46"]);
  assert.deepEqual(tournament.prizes(SETTINGS, 1, 2), ["10"]);
  assert.deepEqual(tournament.prizes({ ...SETTINGS, payout_table: { 1: 0 } }, 4, 2), []);
  assert.deepEqual(tournament.prizes({ entry_fee: 100, payout_table: { 1: 70, 2: 30 } }, 3, 0),
    ["210", "90"]);
});

test("the standing says who is left and what is paid next", () => {
  assert.deepEqual(tournament.standing(state), {
    left: 2, entrants: 4, payout: "2nd wins 11.90 EUR",
  });
});

test("the blind clock runs, stands while paused, and ends with the last level", () => {
  assert.equal(tournament.level(state, 1000).remaining, 90);
  const paused = { ...LEVEL, blind_scheduler_expiration: null, remaining: 42 };
  assert.equal(tournament.level({ ...state, blinds: paused }, 5000).remaining, 42);
  assert.equal(tournament.level({ ...state, blinds: paused }, 5000).isPaused, true);
  const last = { ...LEVEL, blind_scheduler_expiration: null, next_blinds: null };
  assert.equal(tournament.level({ ...state, blinds: last }, 5000).remaining, null);
  assert.equal(bigBlind(state), "30");
});

test("who is out has their place in their seat and no buttons for money", () => {
  const view = seatView(state, 3, { cards: new Set(), players: new Set(), amounts: {} }, null);
  assert.equal(view.badge, "Out, 3rd");
  const idle = idleView({ ...state, hand: { ...emptyHand, id: "g", isRunning: true } }, 1000, "open");
  assert.match(idle.line, /^You are out in 3rd place\./);
  assert.deepEqual(idle.buttons, []);
});

test("the host starts the tournament, its terms in view", () => {
  const before = { ...state, host: 3, tournament: null, blinds: null };
  const { line, buttons } = idleView(before, 1000, "open");
  assert.deepEqual(buttons.map((each) => each.text), ["Start tournament"]);
  assert.match(line, /Entry fee 10 EUR · Chips 1\u202f500 · Levels 1:30 min · Payouts 1st 50 %/);
});

test("winners are listed by place, shared places as they are shared", () => {
  const won = { ...state, winners: { 1: 20, 2: 11.9, 3: 4.05, 4: 4.05 } };
  assert.deepEqual(tournament.winnerRows(won).map(({ place, prize }) => [place, prize]), [
    [1, "20 EUR"], [2, "11.90 EUR"], [3, "4.05 EUR"], [3, "4.05 EUR"],
  ]);
});
