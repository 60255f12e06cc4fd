// Every event of the table, one by one, through the reducer.

import assert from "node:assert/strict";
import { test } from "node:test";

import { initial, nameOf, reduce } from "../../static/js/reducer.js";
import {
  AWARD, END, SCENARIO, START, TURN, ack, frame, gameState, info, privateData,
} from "./frames.mjs";

const fold = (frames, from = initial) => frames.reduce(reduce, from);
const seated = () => fold([
  frame("user_connected", { player: 1, user: "u-1" }), gameState(), privateData(),
]);
const dealt = () => fold([
  frame("game_start", START), ack(2, "small_blind", { amount: "0.25", bet: "0.25" }),
  ack(3, "big_blind", { amount: "0.50", bet: "0.50" }),
  ...[1, 2, 3].map((player) => frame("pocket_cards", {
    player, seat: player - 1, pocket_cards: player === 1 ? ["2C", "3C"] : null, cards_count: 2,
  })),
], seated());

test("user_connected says who the viewer is", () => {
  const state = fold([frame("user_connected", { player: 7, user: "u-7" })]);
  assert.equal(state.me, 7);
  assert.equal(state.self, "u-7");
});

test("game_state and private_data fill the state", () => {
  const state = seated();
  assert.equal(state.seq, 10);
  assert.ok(state.isSynced);
  assert.deepEqual(state.seats.slice(0, 4), [1, 2, 3, null]);
  assert.equal(nameOf(state, 2), "bob");
  assert.equal(state.host, 3);
  assert.equal(state.config.big_blind, "0.50");
  assert.equal(state.players[1].stack, "40.00");
  assert.ok(state.players[1].hasBuyIn);
});

test("a snapshot in mid-hand holds cards, bets, pots and turn", () => {
  const state = fold([
    gameState({
      game_id: "g", betting_round: 1, dealer_seat: 2, turn_player_seat: 1, players: START.players,
      bets: [["0.50", "0.50", null, ...Array(6).fill(null)], ["2.00", null, null, ...Array(6).fill(null)]],
      pots: ["1.00"], pots_participants: [{ 1: "0.50", 2: "0.50" }], pots_winners: [[]],
      folded_players: [3], community_cards: ["4C", "5D", "9H"],
    }),
    privateData({ pocket_cards: ["2C", "3C"], turn: { event: "turn", ...TURN, player: 2 } }),
  ]);
  const { hand } = state;
  assert.deepEqual(hand.cards, { 1: ["2C", "3C"], 2: [null, null], 3: [null, null] });
  assert.deepEqual(hand.bets, { 1: "2.00" });
  assert.deepEqual(hand.paid, { 1: "0.5", 2: "0.5" });
  assert.deepEqual(hand.folded, [3]);
  assert.equal(hand.turn.player, 2);
  assert.ok(hand.isRunning);
});

test("a snapshot after the hand holds what was shown, and the pause", () => {
  const state = fold([
    gameState({
      game_id: "g", players: START.players, pots: ["1.50"], pots_winners: [[2]],
      pots_participants: [{ 1: "0.75", 2: "0.75" }],
    }),
    privateData({
      pocket_cards: ["2C", "3C"], game_end: { event: "game_end", ...END },
      show_pocket_cards: [{
        player: 3, seat: 2, visible_cards: ["QH", null], best_hand: ["QH"], best_hand_combination: null,
      }],
      winners_award_timer: { event: "winners_award_timer", ...AWARD },
      pause_winners_award_timer: { winners_award_timer_remaining_time: 4 },
    }),
  ]);
  assert.deepEqual(state.hand.cards[2], ["AS", "AD"]);
  assert.deepEqual(state.hand.cards[3], ["QH", null]);
  assert.equal(state.hand.award.remaining, 4);
  assert.ok(!state.hand.isRunning);
});

test("player_connected, player_seated, player_disconnected, player_left", () => {
  let state = fold([frame("player_connected", info(4))], seated());
  assert.equal(nameOf(state, 4), "p4");
  state = fold([frame("player_seated", info(4, { seat: 5, status: "S", bank: "30.00" }))], state);
  assert.equal(state.seats[5], 4);
  assert.equal(state.players[4].bank, "30.00");
  state = fold([frame("player_seated", info(4, { seat: 6, status: "S" }))], state);
  assert.deepEqual([state.seats[5], state.seats[6]], [null, 4]);
  state = fold([frame("player_disconnected", { player: 4 })], state);
  assert.equal(state.players[4].status, "D");
  state = fold([frame("player_left", info(4, { status: "L" }))], state);
  assert.equal(state.seats[6], null);
  assert.equal(state.players[4].status, "L");
});

test("player_kicked frees the seat, also when only the player is named", () => {
  const state = fold([frame("player_kicked", { player: 2 })], seated());
  assert.equal(state.seats[1], null);
  assert.equal(state.players[2].status, "K");
});

test("standing up frees the seat", () => {
  const state = fold([frame("player_seated", info(2, { seat: null }))], seated());
  assert.ok(!state.seats.includes(2));
});

test("jitsi_id_changed", () => {
  const state = fold([frame("jitsi_id_changed", info(2, { jitsi_id: "j" }))], seated());
  assert.equal(state.players[2].jitsiId, "j");
});

test("player_join_status_updated; join and sit_out change nothing by themselves", () => {
  const before = seated();
  const state = fold([
    frame("sit_out", { player: 2 }),
    frame("player_join_status_updated", { player: 2, join_status: "SIT_OUT" }),
  ], before);
  assert.equal(state.players[2].joinStatus, "SIT_OUT");
  assert.equal(fold([frame("join", { player: 2, immediately: true })], before).players, before.players);
});

test("game_start clears the last hand and states the stacks", () => {
  const state = fold([frame("game_start", START)], fold([frame("game_end", END)], dealt()));
  assert.equal(state.hand.sequence, 3);
  assert.equal(state.hand.end, null);
  assert.deepEqual(state.hand.cards, {});
  assert.equal(state.players[3].stack, "41.00");
  assert.equal(state.players[3].delayed, "0.00");
});

test("pocket_cards: the own ones open, the others' closed", () => {
  assert.deepEqual(dealt().hand.cards, { 1: ["2C", "3C"], 2: [null, null], 3: [null, null] });
});

test("turn, then the ack of the same player ends it", () => {
  let state = fold([frame("turn", TURN)], dealt());
  assert.equal(state.hand.turn.player, 1);
  state = fold([ack(1, "action_raise", { amount: "1.50", bet: "1.50", table_stack: "38.50" })], state);
  assert.equal(state.hand.turn, null);
  assert.equal(state.hand.bets[1], "1.50");
  assert.equal(state.players[1].stack, "38.50");
  assert.equal(state.hand.acts[1].action, "action_raise");
});

test("action_fold; a fold of who left is noted once", () => {
  const state = fold([ack(2, "action_fold", { bet: "0.25" }), ack(2, "action_fold", { bet: "0.25" })], dealt());
  assert.deepEqual(state.hand.folded, [2]);
  assert.equal(state.hand.bets[2], "0.25");
});

test("antes and dead blinds go to the middle, live ones before the player", () => {
  const state = fold([
    ack(1, "action_ante", { amount: "0.10", bet: "0.00" }),
    ack(1, "dead_post", { amount: "0.25", bet: "0.00" }),
    ack(1, "live_post", { amount: "0.50", bet: "0.50" }),
  ], dealt());
  assert.equal(state.hand.paid[1], "0.35");
  assert.equal(state.hand.bets[1], "0.50");
});

test("what nobody called goes back", () => {
  const state = fold([
    ack(1, "action_bet", { amount: "9.00", bet: "9.00", table_stack: "31.00" }),
    ack(1, "uncalled_bet", { amount: "8.50", bet: "0.50", table_stack: "39.50" }),
  ], dealt());
  assert.equal(state.hand.bets[1], "0.50");
  assert.equal(state.players[1].stack, "39.50");
  assert.equal(state.hand.acts[1].action, "action_bet");
});

test("buy_in, update_bankroll and bankroll change money and no bets", () => {
  const before = fold([frame("turn", TURN)], dealt());
  const state = fold([
    ack(1, "buy_in", { amount: "5.00", delayed_table_stack: "5.00", bank: "5.00" }),
    ack(2, "update_bankroll", { amount: "20.00", bank: "30.00" }),
    frame("bankroll", { player: 3, bank: "1.00", table_stack: "2.00", delayed_table_stack: "3.00" }),
  ], before);
  assert.equal(state.players[1].delayed, "5.00");
  assert.equal(state.players[2].bank, "30.00");
  assert.deepEqual([state.players[3].bank, state.players[3].stack, state.players[3].delayed], ["1.00", "2.00", "3.00"]);
  assert.equal(state.hand.bets, before.hand.bets);
  assert.equal(state.hand.turn, before.hand.turn);
});

test("community_cards gathers the bets and wipes the acts but the folds", () => {
  const state = fold([
    ack(1, "action_call", { amount: "0.50", bet: "0.50" }), ack(2, "action_fold", { bet: "0.25" }),
    frame("community_cards", {
      new_cards: ["4C", "5D", "9H"], community_cards: ["4C", "5D", "9H"], betting_round: 1,
    }),
  ], dealt());
  assert.deepEqual(state.hand.paid, { 1: "0.5", 2: "0.25", 3: "0.5" });
  assert.deepEqual(state.hand.bets, {});
  assert.deepEqual(Object.keys(state.hand.acts), ["2"]);
  assert.equal(state.hand.street, 1);
});

for (const kind of ["heads_up_showdown", "all_in_scenario"]) {
  test(`${kind} opens the cards and keeps the board for the reveal`, () => {
    const state = fold([frame(kind, SCENARIO)], dealt());
    assert.equal(state.hand.scenario.kind, kind);
    assert.equal(state.hand.scenario.boardBefore, 0);
    assert.deepEqual(state.hand.community, []);
    assert.deepEqual(state.hand.cards[2], ["AS", "AD"]);
    assert.deepEqual(state.hand.bets, {});
    const after = fold([frame("game_end", END)], state);
    assert.equal(after.hand.scenario, null);
    assert.deepEqual(after.hand.community, SCENARIO.final_community_cards);
  });
}

test("game_end: stacks, shown cards, no turn", () => {
  const state = fold([frame("turn", TURN), frame("game_end", END)], dealt());
  assert.equal(state.players[2].stack, "41.00");
  assert.deepEqual(state.hand.cards[2], ["AS", "AD"]);
  assert.deepEqual(state.hand.cards[3], [null, null]);
  assert.equal(state.hand.turn, null);
  assert.ok(!state.hand.isRunning);
});

test("show_pocket_cards shows some and keeps what the viewer knew", () => {
  const state = fold([
    frame("game_end", END),
    frame("show_pocket_cards", {
      player: 1, seat: 0, visible_cards: ["2C", null], best_hand: ["2C"], best_hand_combination: "x",
    }),
    frame("show_pocket_cards", {
      player: 3, seat: 2, visible_cards: [null, "QH"], best_hand: ["QH"], best_hand_combination: "y",
    }),
  ], dealt());
  assert.deepEqual(state.hand.cards[1], ["2C", "3C"]);
  assert.deepEqual(state.hand.cards[3], [null, "QH"]);
  assert.equal(state.hand.shown[3].name, "y");
});

test("open_rabbit_hunt_cards can be called once", () => {
  const state = fold([
    frame("game_end", END),
    frame("open_rabbit_hunt_cards", { player: 1, community_cards: ["4C", "5D"], rabbit_hunt_cards: ["5D"] }),
  ], dealt());
  assert.deepEqual(state.hand.rabbit, ["5D"]);
  assert.deepEqual(state.hand.community, ["4C", "5D"]);
  assert.deepEqual(state.hand.end.can_call_rabbit_hunt, []);
});

test("winners_award_timer, its pause and its going on", () => {
  let state = fold([frame("winners_award_timer", { ...AWARD, end_after_current_game: true })], seated());
  assert.ok(state.endAfter);
  state = fold([frame("pause_winners_award_timer", { winners_award_timer_remaining_time: 6.5 })], state);
  assert.ok(state.hand.award.is_winners_award_timer_paused);
  assert.equal(state.hand.award.remaining, 6.5);
  state = fold([frame("unpause_winners_award_timer", {
    winners_award_timer_expiration: 1040, is_winners_award_timer_paused: false, post_event: "game_start",
  })], state);
  assert.equal(state.hand.award.winners_award_timer_expiration, 1040);
  assert.equal(state.hand.award.remaining, undefined);
});

test("end_current_game, then current_game_ended empties the felt", () => {
  let state = fold([frame("end_current_game", { player: 3 })], dealt());
  assert.ok(state.endAfter);
  state = fold([frame("current_game_ended")], state);
  assert.equal(state.hand.id, null);
  assert.ok(!state.endAfter);
});

test("state_config_updated and game_mode_chosen", () => {
  let state = fold([frame("state_config_updated", { config: { big_blind: "2.00", game_mode: "C" } })], seated());
  assert.equal(state.config.big_blind, "2.00");
  state = fold([frame("game_mode_chosen", { game_mode: "T" })], state);
  assert.equal(state.gameMode, "T");
});

test("host_left until the host is back", () => {
  let state = fold([frame("host_left", { game_end_expiration: 1600 })], seated());
  assert.deepEqual([state.hostStatus, state.hostDue], ["AWAY", 1600]);
  state = fold([frame("player_connected", info(3))], state);
  assert.deepEqual([state.hostStatus, state.hostDue], ["HERE", null]);
});

test("start_tournament, blind_level_data and tournament_winners", () => {
  let state = fold([frame("start_tournament")], seated());
  state = fold([frame("blind_level_data", { blinds_level: 2, next_blinds_level: 3 })], state);
  assert.equal(state.blinds.blinds_level, 2);
  state = fold([
    frame("tournament_winners", { winners: { 1: "4.00" } }),
    frame("blind_level_data", { blinds_level: null, next_blinds_level: null }),
  ], state);
  assert.deepEqual(state.winners, { 1: "4.00" });
  assert.equal(state.blinds, null);
});

test("chat_message keeps the words as they are", () => {
  const state = fold([frame("chat_message", { player: 2, username: "bob", message: "<b>hi</b>" })], seated());
  assert.equal(state.chat[0].message, "<b>hi</b>");
});

test("the chat and the feed are bounded", () => {
  const said = Array.from({ length: 450 }, (_, index) => frame("chat_message", {
    player: 2, username: "bob", message: String(index),
    feed_message: { message_template: `line ${index}`, body: {} },
  }));
  const state = fold(said, seated());
  assert.equal(state.chat.length, 200);
  assert.equal(state.feed.length, 200);
  assert.equal(state.chat.at(-1).message, "449");
});

test("feed messages become parts with names, one or many", () => {
  const line = (player) => ({
    message_template: "{{1}} wins with {{2}}",
    body: { 1: { type: "PLAYER", player_id: player }, 2: { type: "HAND", hand_combination: "Pair" } },
  });
  const state = fold([frame("game_end", { ...END, feed_message: [line(1), line(2)] })], seated());
  assert.deepEqual(state.feed.map((each) => each.parts.map((part) => part.text).join("")),
    ["ann wins with Pair", "bob wins with Pair"]);
});

test("a refusal changes the error and nothing else", () => {
  const before = dealt();
  const state = fold([
    frame("action_error", { error: "No.", code: "not_your_turn", action: "action_call" }),
    frame("unable_to_start_game", { error: "No.", code: "not_enough_players", action: "game_start" }),
  ], before);
  assert.equal(state.error.count, 2);
  assert.deepEqual({ ...state, error: null }, { ...before, error: null });
});

test("force_disconnect_user says why", () => {
  const state = fold([frame("force_disconnect_user", { reason: "You left the table" })], seated());
  assert.equal(state.gone.reason, "You left the table");
});

test("whoever was sent away has no seat and no leave pending", () => {
  const state = fold([
    frame("player_leaving", { player: 1, how: "L" }),
    frame("force_disconnect_user", { reason: "You left the table" }),
  ], seated());
  assert.equal(state.players[1].leaving, null);
  assert.ok(!state.seats.includes(1));
});

test("an unknown event, also one named like a property, only counts", () => {
  for (const name of ["brand_new", "constructor", "__proto__", "toString"]) {
    const before = seated();
    const state = fold([frame(name, {}, 11)], before);
    assert.deepEqual(state, { ...before, seq: 11 });
  }
});

test("a frame that was seen is ignored, a gap is marked and changes nothing", () => {
  let state = fold([frame("host_left", {}, 11)], seated());
  assert.equal(state.seq, 11);
  const again = fold([frame("player_left", info(2, { status: "L" }), 11)], state);
  assert.equal(again, state);
  state = fold([frame("player_left", info(2, { status: "L" }), 13)], state);
  assert.ok(state.gap);
  assert.equal(state.seq, 11);
  assert.ok(state.seats.includes(2));
  state = fold([frame("player_disconnected", { player: 2 }, 12), frame("player_left", info(2, { status: "L" }), 13)], state);
  assert.ok(!state.gap);
  assert.equal(state.seq, 13);
  assert.ok(!state.seats.includes(2));
});

test("a full state closes a gap", () => {
  const state = fold([frame("host_left", {}, 40), gameState({ seq: 41 })], seated());
  assert.ok(!state.gap);
  assert.equal(state.seq, 41);
});

test("reducing leaves the state before as it was", () => {
  const before = dealt();
  const copy = structuredClone(before);
  fold([frame("turn", TURN), ack(1, "action_fold"), frame("game_end", END)], before);
  assert.deepEqual(before, copy);
});

test("a full state adds the messages that were missed, and none twice", () => {
  const say = (seq, at, message) => ({
    event: "chat_message", timestamp: at, payload: { seq, player: 2, username: "bob", message },
  });
  const told = (at, message) => ({ player: 2, username: "bob", message, timestamp: at });
  let state = reduce(initial, gameState({ seq: 10, chat_messages: [told(90, "early")] }));
  state = reduce(state, say(11, 100.4, "hi"));
  const missed = [told(90, "early"), told(100, "hi"), told(130, "hi"), told(131, "again")];
  state = reduce(state, gameState({ seq: 900, chat_messages: missed }));
  assert.deepEqual(state.chat.map(({ message }) => message), ["early", "hi", "hi", "again"]);
});
