// What differs between two configurations of a table, in words for its players. Pure.

import { GAMES, LIMITS } from "./games.js";
import { compare, display } from "./money.js";

const MONEY = new Set(["small_blind", "big_blind", "ante", "min_buy_in", "max_buy_in",
  "min_limit_size", "max_limit_size", "default_bank_value"]);
const SECONDS = new Set(["turn_time_limit", "timebank_limit", "time_between_hands",
  "side_pot_time", "card_reveal_time", "announce_time"]);
const NAMES = {
  min_buy_in: "smallest buy-in", max_buy_in: "largest buy-in", min_limit_size: "small bet",
  max_limit_size: "big bet", default_bank_value: "bank of each player", allowed_games: "games",
  turn_time_limit: "time to act", timebank_limit: "timebank", stats_bluffing: "bluffing statistics",
  video_showdown: "all-in reveal",
};
/** What has an event of its own. */
const TOLD_ELSEWHERE = new Set(["game_mode"]);
const MOST = 4;

const nameOf = (name) => GAMES[name] ?? NAMES[name] ?? name.replaceAll("_", " ");

function isSame(name, before, after) {
  if (MONEY.has(name)) return compare(before, after) === 0;
  return JSON.stringify(before) === JSON.stringify(after);
}

function valueOf(name, value) {
  if (value === null || value === undefined) return "none";
  if (MONEY.has(name)) return display(value);
  if (SECONDS.has(name)) return `${value} s`;
  if (name in GAMES) return LIMITS[value.limit] ?? value.limit;
  if (Array.isArray(value)) return value.map((one) => GAMES[one] ?? one).join(", ");
  if (typeof value === "object") return "changed";
  return { true: "on", false: "off" }[String(value)] ?? String(value).replaceAll("_", " ");
}

/** Return each setting that differs as words: ["big blind 1", ...]. */
export function changed(before, after) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => !TOLD_ELSEWHERE.has(name))
    .filter((name) => !isSame(name, before[name], after[name]))
    .map((name) => `${nameOf(name)} ${valueOf(name, after[name])}`);
}

/** Return a sentence about a change, or "" where nothing has changed. */
export function changeText(before, after, takesEffect = "now") {
  const all = changed(before, after);
  if (all.length === 0) return "";
  const more = all.length > MOST ? ` and ${all.length - MOST} more` : "";
  const when = { next_hand: " From the next hand on.", next_tournament: " From the next game on." };
  return `New settings: ${all.slice(0, MOST).join(", ")}${more}.${when[takesEffect] ?? ""}`;
}
