// The table as one viewer sees it: reduce(state, frame) -> state. Pure: no page, no clock.
//
// Every event of the table carries the room's gap-free number. A frame that was seen is ignored;
// a frame beyond the next number marks a gap and changes nothing else, and whoever holds the
// connection then asks for what is missing. The law this file keeps: folding the events gives what
// the snapshot (`game_state`, `private_data`) says, for everything that both hold.

import { messages, parts } from "./feed.js";
import { emptyHand, handlers as ofTheHand } from "./reduce/hand.js";
import { handlers as ofItsEnd } from "./reduce/finish.js";
import { handlers as ofPeople } from "./reduce/people.js";
import { handlers as ofSnapshots } from "./reduce/snapshot.js";

export const FEED_KEPT = 200;

export const initial = Object.freeze({
  seq: null,
  gap: false,
  isSynced: false,
  me: null,
  self: null,
  host: null,
  hostDue: null,
  gameType: null,
  gameMode: "UNDEFINED",
  gameModes: ["C"],
  hostStatus: null,
  config: null,
  endAfter: false,
  seats: Object.freeze(Array(9).fill(null)),
  players: Object.freeze({}),
  hand: emptyHand,
  blinds: null,
  winners: null, // of a decided tournament: player -> prize
  tournament: null, // {entrants: [player], out: [{players, place}]} of a running one
  feed: Object.freeze([]),
  chat: Object.freeze([]),
  error: null,
  gone: null,
});

const HANDLERS = {
  ...ofTheHand, ...ofItsEnd, ...ofPeople, ...ofSnapshots,
  user_connected, action_error: refused, unable_to_start_game: refused,
};
const SNAPSHOTS = new Set(["game_state", "private_data"]);

/** Return the state after one frame. An unknown event changes only the number. */
export function reduce(state, frame) {
  const payload = frame.payload ?? {};
  const { seq } = payload;
  const isNumbered = Number.isInteger(seq) && !SNAPSHOTS.has(frame.event);
  if (isNumbered && state.seq !== null) {
    if (seq <= state.seq) return state;
    if (seq > state.seq + 1) return { ...state, gap: true };
  }
  const handler = Object.hasOwn(HANDLERS, frame.event) ? HANDLERS[frame.event] : null;
  const next = told(handler ? handler(state, payload, frame) : state, payload);
  if (frame.event === "game_state") {
    return { ...next, seq: seq ?? null, gap: false, isSynced: true };
  }
  return isNumbered ? { ...next, seq, gap: false } : next;
}

function user_connected(state, payload) {
  return { ...state, self: payload.user, me: payload.player ?? state.me };
}

/** Refusals are counted, so that a page notices the same one twice. */
function refused(state, payload) {
  const count = (state.error?.count ?? 0) + 1;
  return { ...state, error: { ...payload, count } };
}

function told(state, payload) {
  const fresh = messages(payload.feed_message);
  if (fresh.length === 0) return state;
  const entries = fresh.map((message, index) => ({
    key: `${payload.seq ?? "x"}.${index}`, parts: parts(message, (id) => nameOf(state, id)),
  }));
  return { ...state, feed: [...state.feed, ...entries].slice(-FEED_KEPT) };
}

/** Return a player's name for people. */
export function nameOf(state, player) {
  return state.players[player]?.username ?? `Player ${player}`;
}
