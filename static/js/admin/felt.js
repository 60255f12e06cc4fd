// A hand as a table of seats with its board: for the live state and for replays alike.

import "../cards.js";
import { h } from "../dom.js";
import { nameOf as nameOfCard } from "../deck.js";
import { add, display, isPositive } from "../money.js";
import { shares } from "../reduce/finish.js";
import { nameOf } from "../reducer.js";
import { name, wideTable } from "./parts.js";

const card = (each) => h("playing-card", each ? { card: each } : {});

/** Return the open cards of the board. */
export function board(cards) {
  return h("div", { class: "cards", role: "group", "aria-label": cards.length ? `Board: ${cards.map(nameOfCard).join(", ")}` : "No open cards" },
    cards.map(card));
}

/** Return what lies in the middle and in front of the players, in words. */
export function potText(hand) {
  const total = add("0", ...Object.values(hand.paid), ...Object.values(hand.bets));
  return isPositive(total) ? `Pot ${display(total)}` : "";
}

/** Return one record for each player of a hand or seat: {seat, name, cards, stack, bet, word, isTurn}. */
export function seatsOf(state, seatOf = {}) {
  const seated = state.seats.filter((player) => player !== null);
  const dealt = Object.keys(state.hand.cards).map(Number);
  const all = [...new Set([...seated, ...dealt, ...Object.keys(seatOf).map(Number)])];
  return all.map((player) => recordOf(state, player, seatOf)).sort((a, b) => a.seat - b.seat);
}

function recordOf(state, player, seatOf) {
  const { hand } = state;
  const known = state.players[player] ?? {};
  const at = state.seats.indexOf(player);
  return {
    player, seat: at >= 0 ? at : seatOf[player] ?? 99, name: nameOf(state, player),
    cards: hand.cards[player] ?? null, stack: known.stack ?? "0", bet: hand.bets[player] ?? "0",
    word: wordOf(state, player), isTurn: hand.turn?.player === player,
    isDealer: hand.dealerSeat !== null && hand.dealerSeat === (at >= 0 ? at : seatOf[player]),
  };
}

function wordOf({ hand, players }, player) {
  if (hand.folded.includes(player)) return "folded";
  if (hand.end) return isPositive(shares(hand.end)[player]) ? `wins ${display(shares(hand.end)[player])}` : "";
  const last = hand.acts[player];
  if (last) return `${last.name}${isPositive(last.value) ? ` ${display(last.value)}` : ""}`;
  if (hand.turn?.player === player) return "to act";
  if (hand.cards[player]) return "in the hand";
  return players[player]?.status === "D" ? "away" : "";
}

/** Return the table of seats. rows: of `seatsOf`; withCards: also those that were shown. */
export function seatTable(rows, label, withCards = false) {
  const box = wideTable(label, [
    ["Seat", "number"], ["Player", ""], ...(withCards ? [["Cards", ""]] : []), ["Stack", "number"],
    ["Bet", "number"], ["", ""],
  ]);
  box.set(rows.map((row) => [
    [row.seat === 99 ? "\u2013" : String(row.seat + 1)],
    [name(row.name), row.isDealer ? h("span", { class: "dealer-mark", title: "Dealer" }, "D") : null].filter(Boolean),
    ...(withCards ? [h("div", { class: "cards is-small" }, (row.cards ?? []).map(card))] : []),
    display(row.stack), isPositive(row.bet) ? display(row.bet) : "",
    h("span", { class: row.isTurn ? "nowrap is-turn" : "nowrap" }, row.word),
  ]));
  return box;
}
