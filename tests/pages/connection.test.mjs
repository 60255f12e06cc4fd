// The connection: signs in, comes back, asks for what was missed, repeats under the same id.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  LONGEST_DELAY_MS, MOST_PENDING, PENDING_MS, TableConnection, backoff,
} from "../../static/js/connection.js";
import { ANSWER_MS, OPENING_MS, QUIET_MS } from "../../static/js/pulse.js";

/** A connection whose sockets, clock and waits are in the test's hands. */
function stand({ seq = null, me = 5 } = {}) {
  const world = {
    sockets: [], frames: [], statuses: [], waits: [], unsent: [], now: 1_000_000, seq, me, moment: "turn-1", ids: 0,
  };
  const connection = new TableConnection({
    url: "ws://x/", token: () => "aaa.bbb.ccc",
    open: () => {
      const socket = {
        readyState: 0, sent: [], closedWith: null,
        send: (text) => socket.sent.push(JSON.parse(text)),
        close: (code) => { socket.closedWith = code; },
      };
      world.sockets.push(socket);
      return socket;
    },
    now: () => world.now,
    later: (wait, what) => {
      const entry = { wait, what, isCancelled: false };
      world.waits.push(entry);
      return () => { entry.isCancelled = true; };
    },
    random: () => 0.5, newId: () => `id-${world.ids += 1}`, since: () => world.seq,
    player: () => world.me, moment: () => world.moment,
    onFrame: (frame) => world.frames.push(frame),
    onStatus: (status) => world.statuses.push(status),
    onUnsent: (action, isKept) => world.unsent.push([action, isKept]),
  });
  return { world, connection };
}

const socketOf = (world) => world.sockets.at(-1);
const say = (world, event, payload = {}) => (
  socketOf(world).onmessage({ data: JSON.stringify({ event, timestamp: 1, payload }) }));

function enter(world, connection) {
  if (world.sockets.length === 0) connection.start();
  socketOf(world).readyState = 1;
  socketOf(world).onopen();
  say(world, "user_connected", { player: world.me, user: "u" });
  say(world, "game_state", { seq: 10 });
  say(world, "private_data", {});
}

/** All that was sent beside the questions whether the line lives. */
const sent = (world) => socketOf(world).sent.map(({ timestamp, ...rest }) => rest)
  .filter(({ action }) => action !== "ping");
const pings = (world) => socketOf(world).sent.filter(({ action }) => action === "ping").length;
const drop = (world, code = 1006) => socketOf(world).onclose({ code });

test("the first frame signs in, the token stands in no address", () => {
  const { world, connection } = stand();
  enter(world, connection);
  assert.deepEqual(sent(world), [
    { action: "authenticate", token: "aaa.bbb.ccc" }, { action: "initialize_state" },
  ]);
  assert.deepEqual(world.statuses, ["connecting", "joining", "open"]);
  assert.match(socketOf(world).sent[0].timestamp, /^\d{4}-.*Z$/);
});

test("coming back asks for what was missed since the last number", () => {
  const { world, connection } = stand();
  enter(world, connection);
  world.seq = 41;
  drop(world);
  assert.equal(world.statuses.at(-1), "waiting");
  world.waits.at(-1).what();
  enter(world, connection);
  assert.deepEqual(sent(world)[0], { action: "authenticate", token: "aaa.bbb.ccc", since: 41 });
  assert.equal(world.statuses.at(-1), "open");
});

test("a gap on a living socket asks since", () => {
  const { world, connection } = stand({ seq: 7 });
  enter(world, connection);
  connection.fillGap();
  assert.deepEqual(sent(world).at(-1), { action: "initialize_state", since: 7 });
});

test("the waits double up to a bound, half of each by dice", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => backoff(attempt, () => 1)), [400, 800, 1600, 3200]);
  assert.equal(backoff(0, () => 0), 200);
  assert.equal(backoff(1000, () => 1), LONGEST_DELAY_MS);
});

test("the waits start anew after a good connection", () => {
  const { world, connection } = stand();
  connection.start();
  drop(world);
  world.waits.at(-1).what();
  drop(world);
  assert.ok(world.waits[1].wait > world.waits[0].wait);
  world.waits.at(-1).what();
  enter(world, connection);
  drop(world);
  assert.equal(world.waits.at(-1).wait, world.waits[0].wait);
});

for (const [code, status] of [[4401, "signed-out"], [4403, "forbidden"], [4409, "taken"]]) {
  test(`${code} ends in ${status} and does not reconnect by itself`, () => {
    const { world, connection } = stand();
    enter(world, connection);
    say(world, "auth_error", { code: "x" });
    drop(world, code);
    assert.equal(world.statuses.at(-1), status);
    assert.equal(world.waits.length, 0);
    connection.retry();
    assert.equal(world.sockets.length, 2);
  });
}

test("a restart of the host (1012) is waited for", () => {
  const { world, connection } = stand();
  enter(world, connection);
  drop(world, 1012);
  assert.equal(world.waits.length, 1);
});

test("an unanswered request is repeated once, under the same id", () => {
  const { world, connection } = stand();
  enter(world, connection);
  const id = connection.send("buy_in", { amount: "20" });
  drop(world);
  world.waits.at(-1).what();
  enter(world, connection);
  assert.deepEqual(sent(world).at(-1), { action: "buy_in", amount: "20", request_id: id });
  assert.equal(sent(world).filter((each) => each.action === "buy_in").length, 1);
});

test("a request made while away is sent on coming back", () => {
  const { world, connection } = stand();
  enter(world, connection);
  drop(world);
  connection.send("sit_out");
  world.waits.at(-1).what();
  enter(world, connection);
  assert.equal(sent(world).at(-1).action, "sit_out");
});

test("what was answered among the missed events is not repeated", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.send("action_call", { amount: "1" }, true);
  drop(world);
  world.waits.at(-1).what();
  socketOf(world).readyState = 1;
  socketOf(world).onopen();
  say(world, "user_connected", { player: 5 });
  say(world, "action_ack", { player: 5, action: "action_call", seq: 11 });
  say(world, "private_data", {});
  assert.deepEqual(sent(world).map((each) => each.action), ["authenticate", "initialize_state"]);
});

test("a betting action is dropped when its moment has passed", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.send("action_check", {}, true);
  drop(world);
  world.moment = "turn-2";
  world.waits.at(-1).what();
  enter(world, connection);
  assert.ok(!sent(world).some((each) => each.action === "action_check"));
  assert.equal(connection.pending.size, 0);
});

test("the same moment after a restart: the betting action is repeated", () => {
  const { world, connection } = stand();
  enter(world, connection);
  const id = connection.send("action_check", {}, true);
  drop(world);
  world.waits.at(-1).what();
  enter(world, connection);
  assert.deepEqual(sent(world).at(-1), { action: "action_check", request_id: id });
});

test("old requests are not repeated", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.send("buy_in", { amount: "20" });
  drop(world);
  world.now += PENDING_MS + 1;
  world.waits.at(-1).what();
  enter(world, connection);
  assert.ok(!sent(world).some((each) => each.action === "buy_in"));
});

test("a refusal settles the request it names, and no other", () => {
  const { world, connection } = stand();
  enter(world, connection);
  const first = connection.send("buy_in", { amount: "1" });
  const second = connection.send("buy_in", { amount: "2" });
  say(world, "action_error", { action: "buy_in", request_id: second, player: 5 });
  assert.deepEqual([...connection.pending.keys()], [first]);
});

test("others' events settle nothing of ours", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.send("action_call", { amount: "1" }, true);
  say(world, "action_ack", { player: 6, action: "action_call" });
  assert.equal(connection.pending.size, 1);
  say(world, "action_ack", { player: 5, action: "action_call" });
  assert.equal(connection.pending.size, 0);
});

for (const [action, event] of [
  ["sit_player", "player_seated"], ["send_chat_message", "chat_message"], ["join", "join"],
  ["game_start", "game_start"], ["pause_next_hand", "pause_winners_award_timer"],
]) {
  test(`${event} answers ${action}`, () => {
    const { world, connection } = stand();
    enter(world, connection);
    connection.send(action);
    say(world, event, { player: event === "game_start" ? null : 5 });
    assert.equal(connection.pending.size, 0);
  });
}

test("what waits is bounded", () => {
  const { world, connection } = stand();
  enter(world, connection);
  for (let count = 0; count < MOST_PENDING + 10; count += 1) connection.send("buy_in", { amount: "1" });
  assert.equal(connection.pending.size, MOST_PENDING);
});

test("stopping is for good: a late close or frame changes nothing", () => {
  const { world, connection } = stand();
  enter(world, connection);
  const socket = socketOf(world);
  const heard = world.frames.length;
  connection.stop();
  assert.equal(socket.closedWith, 1000);
  socket.onclose({ code: 1000 });
  socket.onmessage({ data: "{}" });
  assert.equal(world.statuses.at(-1), "stopped");
  assert.equal(world.frames.length, heard);
  assert.equal(world.waits.length, 0);
});

test("a frame that is no JSON is passed over", () => {
  const { world, connection } = stand();
  enter(world, connection);
  const heard = world.frames.length;
  socketOf(world).onmessage({ data: "{" });
  assert.equal(world.frames.length, heard);
});

test("cutting the wait short opens one socket", () => {
  const { world, connection } = stand();
  enter(world, connection);
  drop(world);
  connection.retry();
  assert.equal(world.sockets.length, 2);
  assert.ok(world.waits[0].isCancelled);
  connection.retry();
  assert.equal(world.sockets.length, 3);
  enter(world, connection);
  connection.retry();
  assert.equal(world.sockets.length, 3);
});

test("a quiet line is asked, a word from the host is answer enough", () => {
  const { world, connection } = stand();
  enter(world, connection);
  world.now += QUIET_MS - 1;
  connection.look();
  assert.equal(pings(world), 0);
  world.now += 2;
  connection.look();
  connection.look();
  assert.equal(pings(world), 1);
  world.now += ANSWER_MS;
  say(world, "turn", { seq: 11 });
  world.now += 2;
  connection.look();
  assert.equal(world.statuses.at(-1), "open");
});

test("a line that gives no answer is given up within eight seconds", () => {
  const { world, connection } = stand();
  enter(world, connection);
  for (let second = 0; second < 10; second += 1) {
    world.now += 1000;
    connection.look();
  }
  assert.equal(world.statuses.at(-1), "waiting");
  world.waits.at(-1).what();
  assert.equal(world.sockets.length, 2);
  world.now += OPENING_MS + 1;
  connection.look();
  assert.equal(world.statuses.at(-1), "waiting", "so is one that does not come about");
});

test("an action on a dead line is told at once when that is known", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.send("action_call", { amount: "1" }, true);
  assert.equal(pings(world), 1);
  world.now += ANSWER_MS + 1;
  connection.look();
  assert.deepEqual(world.unsent, [["action_call", true]]);
  connection.send("sit_out");
  assert.deepEqual(world.unsent.at(-1), ["sit_out", true]);
  world.moment = "turn-2";
  world.waits.at(-1).what();
  enter(world, connection);
  assert.deepEqual(world.unsent.at(-1), ["action_call", false], "it came too late");
  assert.equal(sent(world).at(-1).action, "sit_out");
});

test("the browser's word that the network is gone ends the line", () => {
  const { world, connection } = stand();
  enter(world, connection);
  connection.lose();
  assert.equal(world.statuses.at(-1), "waiting");
  connection.lose();
  assert.equal(world.waits.length, 1);
});
