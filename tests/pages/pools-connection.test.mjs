// The pools page's socket: signing in, answers, coming back with a growing, jittered wait.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { PENDING_MS, PoolsConnection } from "../../static/js/pools/connection.js";
import { ANSWER_MS } from "../../static/js/pulse.js";

const { op: OP, res: RES } = JSON.parse(readFileSync(new URL("../../schemas/pools/ops.json", import.meta.url)));

/** A world with sockets, a clock and dice that the test holds. */
function world() {
  const seen = { sockets: [], messages: [], statuses: [], opened: 0, timers: [], unsent: [], now: 1000, ids: 0 };
  seen.connection = new PoolsConnection({
    url: "ws://host/ws/pools/", token: () => "t", now: () => seen.now, random: () => 0.5,
    newId: () => `r${(seen.ids += 1)}`, onMessage: (one) => seen.messages.push(one),
    onUnsent: (op) => seen.unsent.push(op), onOpen: () => { seen.opened += 1; }, onStatus: (status, wait) => seen.statuses.push([status, wait]),
    later: (ms, act) => { seen.timers.push([ms, act]); return () => {}; },
    open: () => {
      const socket = { readyState: 1, sent: [], send: (text) => socket.sent.push(JSON.parse(text)), close: () => {} };
      seen.sockets.push(socket);
      return socket;
    },
  });
  seen.connection.start();
  return seen;
}
const last = (seen) => seen.sockets.at(-1);
const say = (seen, res, fields = {}, id = undefined) => last(seen).onmessage({
  data: JSON.stringify({ response_header: { t: 1, ...(id ? { request_id: id } : {}) }, res, ...fields }) });

function signIn(seen) {
  last(seen).onopen();
  say(seen, 100, { user_id: 1, username: "anna" });
  say(seen, 2, { opcodes: OP, response_codes: RES });
}

test("it signs in, asks for the numbers, then says by number what was asked by name", () => {
  const seen = world();
  seen.connection.ask("join_game", { game_id: "g" });
  signIn(seen);
  assert.deepEqual(last(seen).sent, [
    { op: 100, token: "t" }, { op: 2 },
    { header: { request_id: "r1" }, op: OP.join_game, game_id: "g" }]);
  assert.equal(seen.opened, 1);
});

test("an answer goes to who asked, an error is thrown with its code", async () => {
  const seen = world();
  signIn(seen);
  const joined = seen.connection.ask("join_game", { game_id: "g" });
  const bet = seen.connection.ask("place_bet_in_betting_pool");
  say(seen, RES.error, { text: "No money.", code: "insufficient_funds", op: 392 }, "r2");
  say(seen, RES.game_joined, { game_id: "g" }, "r1");
  assert.equal((await joined).name, "game_joined");
  await assert.rejects(bet, { message: "No money.", code: "insufficient_funds" });
});

test("what was unanswered goes out again under the same id, on the new socket", () => {
  const seen = world();
  signIn(seen);
  seen.connection.ask("place_bet_in_betting_pool", { amount: "5" });
  last(seen).onclose({ code: 1006 });
  seen.timers[0][1]();
  signIn(seen);
  assert.equal(seen.sockets.length, 2);
  assert.deepEqual(last(seen).sent.at(-1), { header: { request_id: "r1" }, op: 392, amount: "5" });
  assert.equal(seen.opened, 2);
});

test("what is too old is not said again", async () => {
  const seen = world();
  signIn(seen);
  const bet = seen.connection.ask("place_bet_in_betting_pool", { amount: "5" });
  last(seen).onclose({ code: 1006 });
  seen.now += PENDING_MS + 1;
  seen.timers[0][1]();
  signIn(seen);
  assert.equal(last(seen).sent.length, 2);
  await assert.rejects(bet, { code: "no_answer" });
});

test("the wait grows and starts anew after a sign-in", () => {
  const seen = world();
  for (let round = 0; round < 3; round += 1) {
    last(seen).onclose({ code: 1006 });
    seen.timers.at(-1)[1]();
  }
  const waits = seen.timers.map(([ms]) => ms);
  assert.deepEqual(waits, [300, 600, 1200]);
  signIn(seen);
  last(seen).onclose({ code: 1006 });
  assert.equal(seen.timers.at(-1)[0], 300);
});

test("a refused sign-in ends it; so does the host's word that it is over", () => {
  for (const end of [(seen) => say(seen, 110, { text: "x", code: "token_expired" }), (seen) => last(seen).onclose({ code: 4401 })]) {
    const seen = world();
    last(seen).onopen();
    end(seen);
    assert.equal(seen.statuses.at(-1)[0], "signed-out");
    assert.equal(seen.timers.length, 0);
  }
});

test("a dead line is noticed by its silence, and a bet that is in doubt is told", () => {
  const seen = world();
  signIn(seen);
  seen.connection.ask("place_bet_in_betting_pool", { amount: "5" });
  assert.equal(last(seen).sent.at(-1).op, OP.ping, "asked at once, not when it has been quiet");
  seen.now += ANSWER_MS + 1;
  seen.connection.look();
  assert.equal(seen.statuses.at(-1)[0], "waiting");
  assert.deepEqual(seen.unsent, ["place_bet_in_betting_pool"]);
});
