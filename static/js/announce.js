// What a screen reader is told: the turn, the board, the results. Pure: two states -> a sentence.

import { nameOf as cardName } from "./deck.js";
import { display, isPositive } from "./money.js";
import { nameOf } from "./reducer.js";

/** Return what to say about the change from one state to the next, or "". */
export function announcement(before, after) {
  const said = [cardsSaid(before, after), boardSaid(before, after), endSaid(before, after),
    turnSaid(before, after)];
  return said.filter(Boolean).join(" ");
}

function cardsSaid(before, after) {
  const own = after.hand.cards[after.me];
  const old = before.hand.cards[after.me];
  if (!own?.every(Boolean) || old?.every(Boolean)) return "";
  return `Your cards: ${own.map(cardName).join(", ")}.`;
}

function boardSaid(before, after) {
  const fresh = after.hand.community.slice(before.hand.community.length);
  if (fresh.length === 0 || after.hand.scenario) return "";
  return `Board: ${fresh.map(cardName).join(", ")}.`;
}

function turnSaid(before, after) {
  const { turn } = after.hand;
  if (!turn || turn === before.hand.turn || turn.player !== after.me) return "";
  return isPositive(turn.call_amount) ? `Your turn. ${display(turn.call_amount)} to call.`
    : "Your turn. You may check.";
}

function endSaid(before, after) {
  const { end } = after.hand;
  if (!end || before.hand.end) return "";
  const players = [...new Set(end.winners.flatMap((pot) => pot.winners))];
  return players.map((player) => {
    const how = end.best_hands_combinations[player];
    return `${nameOf(after, player)} wins${how ? ` with ${how}` : ""}.`;
  }).join(" ");
}
