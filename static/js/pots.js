// Splitting what the players put in into a main pot and side pots, as the host does. Pure.

import { text, units } from "./money.js";

/**
 * Return the pots, main pot first: [{amount, players}].
 * contributions: player id -> amount put in during finished rounds; folded: ids that folded.
 * A level that nobody else can win is joined to the pot before it.
 */
export function sidePots(contributions, folded) {
  const paid = Object.entries(contributions)
    .map(([player, amount]) => ({ player: Number(player), amount: units(amount) }))
    .filter((each) => each.amount > 0n);
  const out = new Set(folded);
  const levels = [...new Set(paid.filter((each) => !out.has(each.player))
    .map((each) => String(each.amount)))].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
  const pots = [];
  let floor = 0n;
  for (const level of levels) {
    const amount = paid.reduce((sum, each) => sum + slice(each.amount, floor, level), 0n);
    const players = paid.filter((each) => !out.has(each.player) && each.amount >= level)
      .map((each) => each.player);
    pots.push({ amount, players });
    floor = level;
  }
  const rest = paid.reduce((sum, each) => sum + slice(each.amount, floor, each.amount), 0n);
  if (pots.length === 0) return rest > 0n ? [{ amount: text(rest), players: [] }] : [];
  pots.at(-1).amount += rest;
  return pots.map((pot) => ({ amount: text(pot.amount), players: pot.players }));
}

function slice(amount, from, to) {
  const top = amount < to ? amount : to;
  return top > from ? top - from : 0n;
}
