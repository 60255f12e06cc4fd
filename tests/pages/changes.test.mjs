// Changed settings in words: only real changes, each by its name.

import assert from "node:assert/strict";
import { test } from "node:test";

import { changeText, changed } from "../../static/js/changes.js";
import { gamesText } from "../../static/js/games.js";

const CONFIG = {
  name: "Kitchen", big_blind: 0.5, small_blind: "0.25", allowed_games: ["THD"],
  THD: { format: "blinds", limit: "NL" }, straddles: "false", turn_time_limit: 30, seats: 9,
  game_mode: "C",
};

test("the same settings, written otherwise, are no change", () => {
  assert.equal(changeText(CONFIG, { ...CONFIG, big_blind: "0.50" }, "now"), "");
  assert.equal(changeText(CONFIG, { ...CONFIG, game_mode: "UNDEFINED" }, "now"), "");
});

test("every kind of setting is told by its name and value", () => {
  const after = {
    ...CONFIG, big_blind: "1.00", allowed_games: ["THD", "OMH"], straddles: "true",
    THD: { format: "blinds", limit: "PL" }, turn_time_limit: 15,
  };
  assert.deepEqual(changed(CONFIG, after), [
    "big blind 1", "games hold\u2019em, Omaha", "hold\u2019em pot limit", "straddles on",
    "time to act 15 s"]);
  assert.equal(changeText(CONFIG, after, "next_hand"),
    "New settings: big blind 1, games hold\u2019em, Omaha, hold\u2019em pot limit, straddles on"
    + " and 1 more. From the next hand on.");
});

test("a table's games are told as they are played there", () => {
  assert.equal(gamesText([{ game: "OMH", limit: "PL" }]), "Pot-limit Omaha");
  assert.equal(gamesText([{ game: "THD", limit: "FL" }, { game: "OMH", limit: "PL" }]),
    "Fixed-limit hold\u2019em or pot-limit Omaha");
  assert.equal(gamesText([]), "");
});
