// The pure half of the websockets' debugging page: what the reference says, which frame answers
// which command, messages as texts.

import assert from "node:assert/strict";
import test from "node:test";

import { indented, lineOf, matches, parsed } from "../../static/js/debug/lines.js";
import {
  drafts, filled, messageOfFrame, protocolsOf, socketUrl, withoutTokens,
} from "../../static/js/debug/protocols.js";
import { Replies } from "../../static/js/debug/replies.js";
import { Verdicts } from "../../static/js/debug/verdicts.js";

const schema = (field, value, url) => ({
  schema: { properties: { [field]: { const: value } }, externalDocs: { url } },
});
const DOCUMENT = {
  channels: {
    table: {
      address: "/ws/tables/{room}/",
      messages: {
        "in.authenticate": { name: "authenticate", payload: { $ref: "#/components/schemas/a" } },
        "out.turn": { name: "turn", payload: { $ref: "#/components/schemas/b" } },
      },
    },
    bells: { address: "/ws/bells/", messages: {} },
  },
  components: { schemas: {
    a: schema("action", "authenticate", "/schemas/v1/table/in/authenticate.json"),
    b: schema("event", "turn", "/schemas/v1/table/out/turn.json"),
  } },
};

test("protocols are what the reference lists", () => {
  const [bells, table] = protocolsOf(DOCUMENT);
  assert.deepEqual([bells.name, bells.needsRoom, bells.signIn], ["bells", false, null]);
  assert.equal(table.signIn.place, "table/in/authenticate.json");
  assert.equal(messageOfFrame(table.out, { event: "turn", payload: {} }).name, "turn");
  for (const frame of [{ event: "tern" }, {}, null, undefined, 3, "turn", []]) {
    assert.equal(messageOfFrame(table.out, frame), null);
  }
});

test("a token stands in a socket's address only where it is given", () => {
  const [bells, table] = protocolsOf(DOCUMENT);
  const at = { origin: "https://play.example.org", room: "K7 QX", token: "" };
  assert.equal(socketUrl(table, at), "wss://play.example.org/ws/tables/K7%20QX/");
  assert.equal(socketUrl(bells, { ...at, token: "a&b" }), "wss://play.example.org/ws/bells/?token=a%26b");
});

test("drafts are the schema's examples, with what is filled in at sending", () => {
  const found = drafts({
    properties: { token: {}, header: {} }, examples: [{ op: 100, token: "abc" }], "x-invalid-examples": [[]],
  });
  assert.deepEqual(found.map(({ label }) => label), ["Example 1", "Wrong example 1"]);
  assert.deepEqual(JSON.parse(found[0].text), { op: 100, token: "$TOKEN", header: { request_id: "$ID" } });
  const sent = filled('{"a": 1.10, "id": "$ID", "t": "$TOKEN", "u": "$IDLE"}', { id: "n1", token: 'q"' });
  assert.equal(sent, '{"a": 1.10, "id": "n1", "t": "q\\"", "u": "$IDLE"}');
  assert.equal(withoutTokens('{"token":"a.\\"b", "tokens": "x"}'), '{"token":"\u2022\u2022\u2022", "tokens": "x"}');
});

test("an answer is found by its id, whatever comes between", () => {
  const replies = new Replies();
  replies.sent({ op: 392, header: { request_id: "a" } }, 10);
  replies.sent({ op: 1, header: { request_id: "b" } }, 12);
  const say = (id, at) => replies.received({ response_header: { request_id: id } }, "pong", at);
  assert.equal(say("c", 13), null);
  const answer = say("b", 15);
  assert.deepEqual([answer.note.id, answer.ms, answer.by], ["b", 3, "id"]);
  assert.equal(say("b", 16), null);
  assert.equal(say("a", 20).ms, 10);
});

test("where events carry no id, the own event of that kind answers", () => {
  const replies = new Replies();
  replies.received({ event: "user_connected", payload: { player: 3 } }, "user_connected", 0);
  replies.sent({ action: "action_fold", request_id: "f" }, 10);
  const ack = (player) => ({ event: "action_ack", payload: { player, action: "action_fold" } });
  assert.equal(replies.received(ack(4), "action_ack", 11), null);
  assert.deepEqual([replies.received(ack(3), "action_ack", 12)].map(({ ms, by }) => [ms, by]), [[2, "kind"]]);
  replies.sent({ action: "action_fold", request_id: "g" }, 20);
  const refused = { event: "action_error", payload: { player: 3, action: "action_fold", request_id: "g" } };
  assert.equal(replies.received(refused, "action_error", 21).by, "id");
});

test("a refusal without an id answers the command without one", () => {
  const replies = new Replies();
  replies.sent({ action: "buy_in", request_id: "x" }, 1);
  replies.sent(null, 2);
  const refused = { event: "action_error", payload: { action: null, request_id: null } };
  assert.deepEqual([replies.received(refused, "action_error", 5)].map(({ note, ms }) => [note.id, ms]), [[null, 3]]);
});

test("what is written stays as it is written", () => {
  assert.equal(indented('{"a":[1.10,{}],"b":"x, {y}","c":[]}'),
    '{\n  "a": [\n    1.10,\n    {}\n  ],\n  "b": "x, {y}",\n  "c": []\n}');
  const entry = {
    at: 0, way: "sent", protocol: "table", name: "buy_in", place: "p", text: '{\n  "amount": 1.10\n}',
    verdict: { state: "valid", faults: {} }, latency: { ms: 1.23456, by: "id" },
  };
  entry.frame = parsed(entry.text);
  const line = lineOf(entry);
  assert.ok(line.endsWith('"message":{ "amount": 1.10 }}'), line);
  assert.equal(JSON.parse(line).latency_ms, 1.235);
  assert.equal(JSON.parse(lineOf({ ...entry, text: "no\n", frame: undefined })).text, "no\n");
});

test("a filter wants every word, and the way", () => {
  const entry = { way: "sent", name: "buy_in", text: '{"amount":1}', verdict: { state: "valid" } };
  const seen = (words, show = "all") => matches(entry, { words, show });
  assert.ok(seen("") && seen("BUY amount") && seen("", "sent"));
  assert.ok(!seen("buy raise") && !seen("", "received") && !seen("", "invalid"));
});

test("verdicts are asked for by the handful, and again after a pause", async () => {
  const asked = [];
  const pauses = [];
  const answers = [Object.assign(new Error("slow"), { status: 429, wait_s: 2 }), null, new Error("gone")];
  const verdicts = new Verdicts({
    later: (ms, act) => { pauses.push(ms); queueMicrotask(act); },
    ask: async (messages) => {
      asked.push(messages.length);
      const answer = answers.shift();
      if (answer) throw answer;
      return messages.map(({ text }) => ({ valid: text !== "bad", faults: {} }));
    },
  });
  const many = Array.from({ length: 50 }, (_, index) => verdicts.of("s", index ? "{}" : "bad"));
  const last = verdicts.of("s", "{}");
  assert.equal((await many[0]).state, "invalid");
  assert.equal((await many[49]).state, "valid");
  assert.deepEqual(await last, { state: "unchecked", faults: {}, why: "gone" });
  assert.deepEqual([asked, pauses], [[50, 50, 1], [0, 2000, 250]]);
  assert.equal((await verdicts.of("s", "x".repeat(65_537))).state, "unchecked");
});
