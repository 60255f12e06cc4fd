// What a table's page offers its host and a straddler, and settings made from their schema.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { TableConnection } from "../../static/js/connection.js";
import { startButtons } from "../../static/js/idle.js";
import { initial, reduce } from "../../static/js/reducer.js";
import { changesOf, choiceText, helpText, humanised } from "../../static/js/tables/config.js";
import { mayStraddle } from "../../static/js/view.js";
import { AWARD, END, START, ack, frame, gameState, privateData } from "./frames.mjs";

const read = (path) => JSON.parse(readFileSync(new URL(`../../schemas/${path}`, import.meta.url)));
const CONFIG = {
  name: "Table", big_blind: 0.5, small_blind: 0.25, seats: 6, straddles: "true",
  allowed_games: ["THD"],
};

/** Return a table after a hand that seat 0 dealt, as player `me` sees it. */
function afterHand(me, config = CONFIG) {
  return [gameState(), privateData({ player: me, state_config: config }),
    frame("game_start", START, 11), frame("game_end", END, 12),
    frame("winners_award_timer", AWARD, 13)].reduce(reduce, initial);
}

test("a straddle is offered to the next button and whoever sits left of the big blind", () => {
  const offered = (me, config) => mayStraddle(afterHand(me, config));
  assert.deepEqual([1, 2, 3].map((me) => offered(me)), [false, true, false]);
  assert.ok(!offered(2, { ...CONFIG, straddles: "false" }));
});

test("whoever announced a straddle has no bet on the felt before the deal, and asks once", () => {
  const before = afterHand(2);
  const after = reduce(before, ack(2, "straddle", { amount: "1.00", bet: "1.00" }));
  assert.deepEqual(after.hand.bets, before.hand.bets);
  assert.ok(mayStraddle(before) && !mayStraddle(after));
  const dealt = reduce(after, frame("game_start", { ...START, sequence: 4 }));
  const posted = reduce(dealt, ack(2, "straddle", { amount: "1.00", bet: "1.00" }));
  assert.equal(posted.hand.bets[2], "1.00");
});

test("the host chooses what is played first, then among the games of the table", () => {
  const offered = (fields) => startButtons({
    gameMode: "C", gameModes: ["C"], config: CONFIG, ...fields,
  }).map(({ name, value }) => [name, value]);
  assert.deepEqual(offered({ gameMode: "UNDEFINED" }), [["choose-mode", "C"]]);
  assert.deepEqual(offered({ gameMode: "UNDEFINED", gameModes: ["BOMB", "C", "T"] }),
    [["choose-mode", "BOMB"], ["choose-mode", "C"], ["choose-mode", "T"]]);
  assert.deepEqual(offered({}), [["game-start", "THD"]]);
  assert.deepEqual(offered({ config: { allowed_games: ["THD", "OMH"] } }),
    [["game-start", "THD"], ["game-start", "OMH"]]);
});

test("a token that is on its way is waited for, and none at all ends in signed-out", async () => {
  const statuses = [];
  const socket = { readyState: 1, sent: [], send: (text) => socket.sent.push(text), close() {} };
  let give;
  const connection = new TableConnection({
    url: "ws://x/", token: () => new Promise((resolve) => { give = resolve; }),
    open: () => socket, now: () => 0, since: () => null, onStatus: (one) => statuses.push(one),
  });
  connection.start();
  socket.onopen();
  assert.equal(socket.sent.length, 0);
  give("aaa.bbb.ccc");
  await Promise.resolve();
  assert.equal(JSON.parse(socket.sent[0]).token, "aaa.bbb.ccc");
  connection.start();
  socket.onopen();
  give(null);
  await Promise.resolve();
  assert.equal(statuses.at(-1), "signed-out");
});

test("settings are named, explained and chosen by the words of their schema", () => {
  const { properties } = read("table/config.json");
  const { limit, game_type: game } = read("common/table.json").$defs;
  assert.equal(humanised("max_buy_in"), "Largest buy-in");
  assert.equal(humanised("turn_time_limit"), "Turn time limit");
  assert.equal(choiceText(limit.description, "PL"), "Pot limit");
  assert.equal(choiceText(game.description, "THD"), "Texas hold'em");
  assert.equal(choiceText(properties.funding.description, "wallet"), "From the players' accounts");
  assert.equal(helpText(properties.ante.description), "Ante of every player.");
  assert.equal(helpText(properties.seats.description), "Number of seats.");
});

test("only what differs is sent, a game's own settings whole", () => {
  const config = { ...CONFIG, OMH: { format: "blinds", limit: "PL" } };
  const values = {
    big_blind: "0.50", seats: 6, straddles: "false", allowed_games: ["THD"], "OMH.limit": "FL",
  };
  assert.deepEqual(changesOf(config, values), {
    straddles: "false", OMH: { format: "blinds", limit: "FL" },
  });
});

test("an amount that is typed is compared with the number that was answered", () => {
  const changes = (ante, typed) => changesOf({ ante }, { ante: typed });
  assert.deepEqual(changes(0.5, "0.50"), {});
  assert.deepEqual(changes(2.5e-7, "0.00000025"), {});
  assert.deepEqual(changes(0.5, "0.51"), { ante: "0.51" });
  for (const nothing of ["", "x", "-0"]) assert.deepEqual(changes(0, nothing), { ante: nothing });
});
