// The law of the reducer over recorded sessions: folding the events gives what the snapshot says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { text, units } from "../../static/js/money.js";
import * as moment from "../../static/js/moment.js";
import { initial, reduce } from "../../static/js/reducer.js";
import { plain, recording, steps } from "./recording.mjs";

for (const name of ["session-1.json", "session-2.json"]) {
  test(`${name}: folding the events equals every snapshot`, () => {
    let state = initial;
    let compared = 0;
    for (const { frame, snapshot } of steps(recording(name))) {
      if (frame) {
        state = reduce(state, frame);
        assert.ok(!state.gap, `a gap at ${frame.event} ${frame.payload.seq}`);
        continue;
      }
      const fresh = snapshot.reduce(reduce, { ...initial, me: state.me });
      if (state.isSynced && fresh.seq === state.seq) {
        assert.deepEqual(plain(state), plain(fresh), `seq ${state.seq}`);
        compared += 1;
      } else state = { ...fresh, feed: state.feed, chat: state.chat };
    }
    assert.ok(compared > 15, `only ${compared} snapshots were compared`);
  });

  test(`${name}: chips are kept: stacks, bets and pots add up to the same through every hand`, () => {
    let state = initial;
    let before = null;
    for (const each of recording(name)) {
      state = reduce(state, each);
      if (each.event === "game_start" || each.event === "action_ack" && !state.hand.isRunning) before = null;
      if (each.payload.action === "buy_in") before = null;
      if (!state.hand.isRunning) continue;
      const stacks = Object.values(state.players).map((player) => units(player.stack));
      const total = stacks.reduce((sum, stack) => sum + stack, units(moment.potTotal(state.hand)));
      if (before !== null) assert.equal(text(total), text(before), `${each.event} ${each.payload.seq}`);
      before = total;
    }
  });

  test(`${name}: the host's pots are the pots that the page draws`, () => {
    let state = initial;
    let compared = 0;
    for (const each of recording(name)) {
      state = reduce(state, each);
      if (!["community_cards", "heads_up_showdown", "all_in_scenario"].includes(each.event)) continue;
      const drawn = moment.pots(state.hand).map((pot) => pot.amount);
      assert.deepEqual(plain(drawn), plain(each.payload.pots), `seq ${each.payload.seq}`);
      compared += 1;
    }
    assert.ok(compared > 5);
  });
}
