// From the state to what the stage draws: one plain object per seat. Pure.

import { winners } from "./moment.js";
import { display, isPositive, text, units } from "./money.js";
import { nameOf } from "./reducer.js";
import { isTournament, ordinal, outPlace } from "./tournament.js";

export const WAITING = new Set([
  "NEW_PLAYER", "NEW_PLAYER_PARTICIPANT", "SIT_OUT", "SIT_OUT_PARTICIPANT",
]);
const SITTING_OUT = new Set(["SIT_OUT", "SIT_OUT_PARTICIPANT", "SIT_OUT_READY_TO_PLAY"]);
const READY = new Set([
  "NEW_PLAYER_READY_TO_PLAY", "NEW_PLAYER_PARTICIPANT_READY_TO_PLAY", "SIT_OUT_READY_TO_PLAY",
]);
const KINDS = {
  action_fold: "fold", action_check: "check", action_call: "call", action_bet: "raise",
  action_raise: "raise", small_blind: "blind", big_blind: "blind", action_ante: "blind",
  straddle: "blind", bring_in: "blind",
};

const SHORT = { small_blind: "SB", big_blind: "BB" };

/** Return the viewer's seat number, or null. */
export function ownSeat(state) {
  const seat = state.me === null ? -1 : state.seats.indexOf(state.me);
  return seat < 0 ? null : seat;
}

export const isHost = (state) => state.me !== null && state.host === state.me;

/** Say whether the host of the table would most likely take a straddle for the next hand. */
export function mayStraddle(state) {
  const { hand, me, players, seats } = state;
  const isOff = isTournament(state) || String(state.config?.straddles) !== "true"
    || hand.acts[me]?.action === "straddle";
  if (isOff || hand.id === null || hand.isRunning || hand.dealerSeat === null) return false;
  const ready = (id) => id !== null && isPositive(players[id]?.stack)
    && players[id].joinStatus === "ALLOWED_TO_PLAY";
  const order = [...seats.slice(hand.dealerSeat + 1), ...seats.slice(0, hand.dealerSeat + 1)]
    .filter(ready);
  const [button, , , first = button] = order;
  return order.length > 2 && (me === button || me === first);
}

export const bigBlind = (state) => text(units(
  state.blinds?.blinds?.big_blind ?? state.config?.big_blind ?? "1"));

/** Return how many seats the table has. */
export function seatCount(state) {
  const highest = state.seats.findLastIndex((player) => player !== null) + 1;
  return Math.max(Number(state.config?.seats ?? 9), highest, 2);
}

function badge(player, place) {
  if (place !== null) return `Out, ${ordinal(place)}`;
  if (player.leaving) return "Leaving";
  if (player.status === "D") return "Away";
  if (READY.has(player.joinStatus)) return "Next hand";
  if (SITTING_OUT.has(player.joinStatus)) return "Sitting out";
  if (player.joinStatus?.startsWith("NEW_PLAYER")) return "Waiting";
  return null;
}

function act(state, player) {
  const last = state.hand.acts[player];
  if (!last || state.hand.end) return null;
  const value = isPositive(last.value) ? ` ${display(last.value)}` : "";
  const name = SHORT[last.action] ?? last.name ?? "";
  return { kind: KINDS[last.action] ?? "other", text: `${name}${value}`.trim() };
}

/** Return what one seat shows, or null for an empty one. shown: `winners(...)` of this moment. */
export function seatView(state, seat, shown, reveal) {
  const player = state.seats[seat];
  if (player === null || player === undefined) return null;
  const { hand } = state;
  const record = state.players[player] ?? {};
  const place = outPlace(state, player);
  const isFolded = hand.folded.includes(player);
  const isIn = hand.cards[player] !== undefined;
  const isRunning = hand.isRunning && isIn && !isFolded;
  const isVisible = isIn && (!isFolded || player === state.me || hand.shown[player] !== undefined);
  return {
    player,
    name: nameOf(state, player),
    stack: record.stack ?? "0",
    bet: hand.bets[player] ?? "0",
    cards: isVisible ? hand.cards[player] : [],
    best: shown.cards.size > 0 && shown.players.has(player) ? shown.cards : null,
    act: act(state, player),
    badge: badge(record, place),
    handName: handName(state, player, shown, reveal),
    gain: shown.amounts[player] ?? null,
    isOwn: player === state.me,
    isTurn: hand.turn?.player === player,
    isDealer: hand.dealerSeat === seat,
    isFolded,
    isAway: record.status === "D",
    isSittingOut: place !== null || SITTING_OUT.has(record.joinStatus),
    isWinner: shown.players.has(player),
    isAllIn: isRunning && !isPositive(record.stack),
  };
}

function handName(state, player, shown, reveal) {
  const { hand } = state;
  if (reveal && !reveal.isOver) return reveal.names[player] ?? null;
  const voluntary = hand.shown[player]?.name;
  if (!hand.end) return voluntary ?? null;
  if (shown.players.size > 0 && !shown.players.has(player) && !isCompared(hand, player)) {
    return voluntary ?? null;
  }
  return hand.end.best_hands_combinations?.[player] ?? voluntary ?? null;
}

const isCompared = (hand, player) => Boolean(hand.end.pocket_cards?.[player]);

/** Return what everybody has to know above the table: {text, remaining seconds or null}, or null. */
export function banner(state, now) {
  if (state.hostDue !== null && !isHost(state)) {
    const at = new Date(state.hostDue * 1000)
      .toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return {
      text: `The host has left. Unless they come back, the game ends at ${at}`
        + " and everybody is cashed out.",
      remaining: Math.max(0, state.hostDue - now),
    };
  }
  if (state.endAfter && state.hand.isRunning) {
    return { text: isTournament(state) ? "The tournament ends after this hand, and the prizes are paid."
      : "The game ends after this hand, and everybody is cashed out.", remaining: null };
  }
  return null;
}

/** Return one line about what is going on, for people. */
export function headline(state, reveal, now) {
  const { hand } = state;
  if (reveal && !reveal.isOver) {
    if (reveal.isAnnouncing) return "All-in showdown";
    return `Next: the ${reveal.next}`;
  }
  const shown = winners(hand, now);
  if (shown.players.size > 0) {
    return [...shown.players].map((player) => sentence(state, player)).join("\n");
  }
  return "";
}

function sentence(state, player) {
  const name = nameOf(state, player);
  const how = state.hand.end.best_hands_combinations?.[player];
  return how ? `${name} wins with ${how.split(" + ")[0]}` : `${name} wins`;
}
