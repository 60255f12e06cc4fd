// The pools page's state: what each message of the host changes, and what is shown of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  exposure, initial, lines, nameOf, nextMoment, ordered, paths, reduce, stakedIn, standing,
} from "../../static/js/pools/reducer.js";
import { parse } from "../../static/js/pools/wire.js";

const GAME = "30cee1fa-fb20-41a6-a61c-0e0335abc2a9";
const POOL = "dc164a36-4b82-47a4-a2b4-be757a018c9e";
const NOW = 1417104170000;
const RES = JSON.parse(readFileSync(new URL("../../schemas/pools/ops.json", import.meta.url))).res;

/** The first example of a response's schema, as a message, changed. */
function told(name, changes = {}) {
  const file = new URL(`../../schemas/pools/out/${name}.json`, import.meta.url);
  const frame = JSON.parse(readFileSync(file)).examples[0];
  return { ...frame, name, ...changes };
}
const after = (...messages) => messages.reduce(reduce, reduce(initial(), { name: "game_chosen", id: GAME }));
const signedOn = told("logon_success", { user_id: 7, username: "anna" });
const bet = (id, target, amount) => told("bet_placed", { pool_id: POOL, bet_id: id, target, amount });
const spread = told("betting_pool_bets_distribution", {
  total_amount: "100.00", bettors_count: 2,
  distribution: {
    argentina: { amount: "60.00", bets_count: 1, to_win_if_backed: "1.6557" },
    brazil: { amount: 40, bets_count: 1, to_win_if_backed: 2.4634 },
  },
});
const ended = (changes) => told("bet_pool_resolved", { winners: {}, losers: {}, invalidated_bettors: [], ...changes });

test("no example of any response breaks the state", () => {
  for (const name of Object.keys(RES)) {
    const state = after(signedOn, told("new_betting_pool"), told(name));
    assert.ok(Array.isArray(state.feed), name);
  }
});

test("a message changes no earlier state", () => {
  const freeze = (value) => {
    if (value && typeof value === "object") Object.values(Object.freeze(value)).forEach(freeze);
    return value;
  };
  let state = freeze(after(signedOn));
  for (const name of ["game_details", "new_betting_pool", ...Object.keys(RES)]) {
    state = freeze(reduce(state, told(name)));
  }
});

test("messages of other games are not shown", () => {
  const other = told("new_betting_pool", { game_id: POOL });
  assert.deepEqual(after(other).pools, {});
  assert.deepEqual(after(told("game_event_registered", { game_id: POOL })).feed, []);
});

test("a distribution gives every target its share and odds; what nobody backs has none", () => {
  const { pools } = after(told("new_betting_pool"), spread);
  assert.deepEqual(lines(pools[POOL]).map((one) => [one.target, one.share, one.amount, one.odds]), [
    ["argentina", 0.6, "60.00", "1.6557"], ["brazil", 0.4, "40", 2.4634], ["none", 0, "0", null]]);
});

test("amounts that a double would change stay as they are written", () => {
  const { pools } = after(told("new_betting_pool"), parse(JSON.stringify(spread)
    .replace('"100.00"', "90071992547409939.75").replace('"60.00"', "90071992547409879.75")));
  assert.equal(pools[POOL].total, "90071992547409939.75");
  assert.equal(lines(pools[POOL])[0].amount, "90071992547409879.75");
  assert.deepEqual(parse('{"a\\"1.50": ["1.5", "\\\\", -0.25, 12345678901234567, 7, 1e3]}'),
    { 'a"1.50': ["1.5", "\\", "-0.25", "12345678901234567", 7, 1000] });
});

test("own bets add up, and the same answer twice counts once", () => {
  const state = after(told("new_betting_pool"), bet("b1", "argentina", "0.10"), bet("b2", "brazil", "0.20"), bet("b1", "argentina", "0.10"));
  assert.equal(stakedIn(state, POOL), "0.3");
});

test("a result tells the winner, the loser, the late and who did not bet", () => {
  const own = (changes) => after(signedOn, told("new_betting_pool"), ...changes).pools[POOL].result.own;
  const staked = bet("b1", "argentina", "10");
  assert.deepEqual(own([staked, ended({ winners: { 7: 5.5 } })]), { staked: "10", returned: "15.5", isLate: false });
  assert.deepEqual(own([staked, ended({ losers: { 7: 10 } })]), { staked: "10", returned: "0", isLate: false });
  assert.deepEqual(own([staked, ended({ invalidated_bettors: [7] })]), { staked: "10", returned: "10", isLate: true });
  assert.equal(own([ended({ winners: { 8: 5 } })]), null);
});

test("in a crowd the own result comes alone", () => {
  const given = { user_id: 7, staked: 10, returned: 12.5, is_invalidated: false };
  const frame = told("bet_pool_resolved", { own_result: given });
  delete frame.winners;
  const { result } = after(signedOn, told("new_betting_pool"), frame).pools[POOL];
  assert.deepEqual(result.own, { staked: "10", returned: "12.5", isLate: false });
});

test("after coming back the lists bring bets and results; nothing is counted twice", () => {
  const pool = told("new_betting_pool");
  const mine = { ...pool, staked: 10, bets: [{ bet_id: "b1", target: "argentina", amount: 10, placed_at: NOW }] };
  const before = after(signedOn, pool, bet("b1", "argentina", "10"));
  const state = reduce(before, told("my_open_betting_pools", { pools: { [POOL]: mine } }));
  assert.equal(stakedIn(state, POOL), "10");
  const done = { ...pool, status: "resolved", staked: 10, result: ended({}), own_result: { user_id: 7, staked: 10, returned: 0, is_invalidated: false } };
  const later = reduce(state, told("my_resolved_betting_pools", { pools: { [POOL]: done } }));
  assert.equal(standing(later.pools[POOL], NOW), "resolved");
  assert.equal(later.pools[POOL].result.own.returned, "0");
});

test("the same event and the same result stand in the feed once, in order of time", () => {
  const late = told("game_event_registered", { event_id: "e2", happened_at: NOW + 5 });
  const early = told("game_event_registered", { event_id: "e1", happened_at: NOW });
  const state = after(told("new_betting_pool"), late, early, late, ended({ resolved_at: NOW + 9 }), ended({ resolved_at: NOW + 9 }));
  assert.deepEqual(state.feed.map((line) => line.key), ["e1", "e2", `r${POOL}`]);
});

test("a pool stands where its times, its block and its result put it", () => {
  const pool = { ...told("new_betting_pool"), result: null };
  assert.equal(standing(pool, NOW), "open");
  assert.equal(standing({ ...pool, is_blocked: true }, NOW), "blocked");
  assert.equal(standing({ ...pool, start_at: NOW + 1 }, NOW), "soon");
  assert.equal(standing({ ...pool, stop_accepting_bets_at: NOW }, NOW), "closed");
  assert.equal(standing({ ...pool, finish_at: NOW }, NOW), "waiting");
  assert.equal(standing({ ...pool, result: { isVoid: true } }, NOW), "void");
  const timed = { ...pool, start_at: NOW - 1, stop_accepting_bets_at: NOW + 5, finish_at: NOW + 9 };
  assert.equal(nextMoment(timed, NOW), NOW + 5);
  assert.equal(nextMoment(timed, NOW + 5), NOW + 9);
});

test("blocking, allowing, heat and expiry change their pool only", () => {
  const at = (...names) => after(told("new_betting_pool"), ...names.map((name) => told(name))).pools[POOL];
  assert.equal(at("betting_in_pool_blocked").is_blocked, true);
  assert.equal(at("betting_in_pool_blocked", "betting_in_pool_allowed").is_blocked, false);
  assert.equal(at("hot_betting_pool_suggested").is_hot, true);
  assert.equal(standing(at("bet_pool_expired"), 0), "waiting");
});

test("hot pools come first, settled ones last", () => {
  const pool = (id, changes) => told("new_betting_pool", { pool_id: id, ...changes });
  const state = after(pool("a"), pool("b", { is_blocked: true }), pool("c", { is_hot: true }), pool(POOL), ended({}));
  assert.deepEqual(ordered(state, NOW).map((one) => one.pool_id), ["c", "a", "b", POOL]);
});

test("chat and presence: a repeated line is one, a crowd is a count", () => {
  const line = told("text_message", { channel: GAME });
  const state = after(line, line, told("user_joined_game", { user_id: 3, user_name: "bert" }));
  assert.equal(state.chat.length, 1);
  assert.deepEqual(state.people, { 3: "bert" });
  assert.equal(reduce(state, told("user_left_game", { subscribers_count: 5000 })).crowd, 5000);
});

test("targets nest to paths, with names for people", () => {
  const { games } = after(told("game_details", { game_id: GAME }));
  assert.deepEqual(paths(games[GAME].targets).map((one) => [one.path, one.isLeaf]), [
    ["argentina", false], ["argentina:1", true], ["none", true]]);
  assert.equal(nameOf(games[GAME], "argentina:1"), "Argentina \u203a 1");
  assert.equal(games[GAME].name, "Argentina - Brazil");
});

test("exposure is what is current and not available", () => {
  const { balances } = after(told("balance_updated"));
  assert.equal(exposure(balances.DON), "10");
});

test("the game on the page keeps its name when it is closed and listed no more", () => {
  const list = (games) => told("games_list_for_source", { source_id: "s", games });
  const state = after(signedOn, list({ [GAME]: { name: "Derby" }, other: { name: "Cup" } }),
    told("game_closed", { game_id: GAME }), list({}));
  assert.deepEqual(Object.keys(state.games), [GAME]);
  assert.equal(state.games[GAME].name, "Derby");
  assert.equal(state.games[GAME].status, "game_closed");
});
