// Reads recorded sessions: every frame that one viewer got, a full state asked for after each event.

import { readFileSync } from "node:fs";

import { text, units } from "../../static/js/money.js";

/** Return the frames of a recording in fixtures/. */
export function recording(name) {
  const path = new URL(`./fixtures/${name}`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Split a recording into [{event frame} | {snapshot: [game_state, private_data]}]. */
export function steps(frames) {
  const list = [];
  frames.forEach((frame, index) => {
    if (frame.event === "game_state") {
      list.push({ snapshot: [frame, frames.slice(index).find((f) => f.event === "private_data")] });
    } else if (frame.event !== "private_data") list.push({ frame });
  });
  return list;
}

const COMMON = new Set([
  "seq", "feed_message", "telemetry_trace_id", "duration", "player_id", "player_name", "order",
  "timestamp", "event", "channel", "table_token",
]);
/** What a snapshot does not hold: the words at the seats, who posted what. */
const UNKNOWN = new Set(["acts", "smallBlindSeat", "bigBlindSeat", "feed", "chat", "error", "self"]);

/** Money as shortest decimals, the common fields of frames left out, keys in order. */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string" && /^\d+\.\d+$/.test(value)) return text(units(value));
  if (value === null || typeof value !== "object") return value;
  const kept = Object.keys(value).filter((key) => !COMMON.has(key) && !UNKNOWN.has(key)).sort();
  return Object.fromEntries(kept.map((key) => [key, plain(value[key])]));
}
