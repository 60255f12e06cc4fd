// Fold what viewers of a table were told and compare with what a page that is loaded then is told.
//
//     node tests/pages/fold_check.mjs FILE      FILE: {viewer: [{frames, snapshot, of}, ...]}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { initial, reduce } from "../../static/js/reducer.js";
import { plain } from "./recording.mjs";

const whole = (state) => ({
  ...plain(state),
  chat: state.chat.slice(-50).map(({ player, username, message, at }) => (
    { player, username, message, at })),
});

let compared = 0;
for (const [viewer, steps] of Object.entries(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
  let state = null;
  for (const { frames, snapshot, of } of steps) {
    for (const frame of frames) {
      if (state === null) break;
      state = reduce(state, frame);
      assert.ok(!state.gap, `a gap at ${frame.event} ${frame.payload.seq}`);
      if (state.gone) state = null;
    }
    const fresh = snapshot.reduce(reduce, initial);
    if (state !== null) {
      assert.deepEqual(whole(state), whole(fresh), `viewer ${viewer} after ${of}`);
      compared += 1;
    }
    state = state === null ? fresh : state;
  }
}
console.log(compared);
