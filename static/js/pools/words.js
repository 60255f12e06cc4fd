// What the page says: names of kinds and states, times, money, lines of the feed.

import { display } from "../money.js";
import { nameOf } from "./reducer.js";

export const KINDS = {
  1: ["Next event", "Shared by the winners; ends with the event"],
  2: ["Against the clock", "Shared by the winners; ends at its time, or with the event"],
  3: ["Either or", "Two sides; decided by hand"],
  4: ["Either or, timed", "Two sides; ends at its time and is decided by hand"],
};
const STANDINGS = {
  open: "Open", blocked: "Paused", soon: "Not yet open", closed: "Bets are closed",
  waiting: "Waiting for the result", resolved: "Settled", void: "Void",
};
const STATUSES = {
  betting_not_yet_active: "Not yet open", pre_game_betting_active: "Before the start",
  game_in_progress_betting_active: "Live", game_in_progress_betting_closed: "Live, no bets",
  game_closed: "Closed",
};

export const standingWord = (standing) => STANDINGS[standing];
export const statusWord = (status) => STATUSES[status] ?? "";
export const isLive = (status) => String(status).startsWith("game_in_progress");
export const money = (amount, currency) => `${display(amount)}\u00a0${currency ?? ""}`.trim();
export const odds = (value) => (value === null ? "\u2013" : `\u00d7${Number(value).toFixed(2)}`);
export const percent = (share) => `${Math.round(share * 100)}\u202f%`;
export const actionName = (game, action) => game?.actions?.[action]?.name ?? action ?? "";

export function clock(at) {
  return at ? new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) : "";
}

/** Return a duration as people say it: 0:42, 12:05, 3 h 20 min. */
export function duration(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours}\u00a0h ${Math.floor((seconds % 3600) / 60)}\u00a0min`;
  return `${Math.floor(hours / 24)}\u00a0days`;
}

export const poolTitle = (game, pool) => pool.description || actionName(game, pool.action);

/** Return a line of the feed as [strong part, rest]. */
export function feedLine(game, line) {
  const action = actionName(game, line.action);
  if (line.kind === "event") return [action, nameOf(game, line.target)];
  if (line.kind === "joined") return [line.name, "joined"];
  if (line.kind === "left") return [line.name, "left"];
  if (line.kind === "blocked") return [action, "betting is paused"];
  if (line.kind === "allowed") return [action, "betting goes on"];
  if (line.kind === "closed") return ["The game is closed", ""];
  const title = line.title ?? action;
  return [title, line.isVoid ? "is void, all stakes go back" : `goes to ${nameOf(game, line.target)}`];
}
