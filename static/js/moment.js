// What the table shows at one moment of the server's clock: reveals card by card, pots one by one,
// time left. Pure: (state, now in seconds) -> figures. The timers themselves are the host's.

import { sidePots } from "./pots.js";
import { add, isPositive } from "./money.js";

const STREETS = { 3: "flop", 4: "turn", 5: "river" };

function counts(before) {
  return [3, 4, 5].filter((count) => count > before);
}

/** Return where a running reveal stands, or null. `board` has null for a card still face down. */
export function reveal(hand, now) {
  const { scenario } = hand;
  if (!scenario) return null;
  const steps = counts(scenario.boardBefore);
  const finish = scenario.finish_time_expiration;
  const each = scenario.card_reveal_time;
  const times = steps.map((_, index) => finish - (steps.length - 1 - index) * each);
  const done = times.filter((time) => time <= now).length;
  const shown = done === 0 ? scenario.boardBefore : steps[done - 1];
  const isOver = done === steps.length;
  const final = scenario.final_community_cards;
  return {
    kind: scenario.kind, isOver, shown,
    isAnnouncing: done === 0 && now < times[0] - each,
    remaining: isOver ? 0 : Math.max(0, times[done] - now),
    each,
    next: isOver ? null : STREETS[steps[done]],
    board: final.map((card, index) => (index < shown ? card : null)),
    names: namesAt(scenario.best_hands, STREETS[shown]),
  };
}

function namesAt(bestHands, street) {
  if (!street) return {};
  return Object.fromEntries(Object.entries(bestHands ?? {})
    .map(([player, hands]) => [player, hands?.[street]]).filter(([, name]) => name));
}

/** Return the board as shown now: five places, a card, null (face down) or undefined (empty). */
export function board(hand, now) {
  const running = reveal(hand, now);
  return running && !running.isOver ? running.board : hand.community;
}

/** Return the pot being awarded now, or null: {index, count, pot, isAll}. */
export function award(hand, now) {
  const { end } = hand;
  const running = reveal(hand, now);
  if (!end || (running && !running.isOver)) return null;
  const count = end.winners.length;
  const until = end.side_pots_evaluation_expiration;
  if (!until || count < 2 || now >= until) return { index: null, count, pots: end.winners };
  const start = until - count * end.side_pot_evaluation_time;
  const index = Math.floor((now - start) / end.side_pot_evaluation_time);
  const current = Math.min(count - 1, Math.max(0, index));
  return { index: current, count, pots: [end.winners[current]] };
}

/** Return who wins what in the pots shown now: {players: Set, cards: Set, names}. */
export function winners(hand, now) {
  const shown = award(hand, now);
  const players = new Set();
  const cards = new Set();
  if (!shown) return { players, cards, amounts: {} };
  const amounts = {};
  for (const pot of shown.pots) {
    pot.winners.forEach((player, index) => {
      players.add(player);
      amounts[player] = add(amounts[player], pot.pot_chunks[index]);
      for (const card of hand.end.best_hands?.[player] ?? []) cards.add(card);
    });
  }
  return { players, cards, amounts };
}

/** Return the pots in the middle: [{amount, players}], without the bets of the running round. */
export function pots(hand) {
  if (hand.end) {
    return hand.end.winners.map((pot) => ({ amount: pot.pot_size, players: pot.winners }));
  }
  return sidePots(hand.paid, hand.folded);
}

/** Return everything in the pots and in front of the players. */
export function potTotal(hand) {
  return add(...Object.values(hand.paid), ...Object.values(hand.bets));
}

/** Return the running turn's clock: {share 0..1, remaining seconds, isTimebank}, or null. */
export function turnClock(turn, now) {
  if (!turn) return null;
  const main = turn.timestamp_turn_expiration;
  const total = turn.timestamp_total_expiration ?? main;
  const interval = turn.interval > 0 ? turn.interval : 30;
  if (now < main || total <= main) {
    return {
      share: Math.min(1, Math.max(0, (main - now) / interval)),
      remaining: Math.max(0, main - now), isTimebank: false,
    };
  }
  return {
    share: Math.min(1, Math.max(0, (total - now) / (total - main))),
    remaining: Math.max(0, total - now), isTimebank: true,
  };
}

/** Return the wait for the next hand: {remaining, isPaused} or null. */
export function nextHand(hand, now) {
  const timer = hand.award;
  if (!timer) return null;
  if (timer.is_winners_award_timer_paused) {
    return { remaining: timer.remaining ?? null, isPaused: true };
  }
  const until = timer.winners_award_timer_expiration;
  return { remaining: until ? Math.max(0, until - now) : null, isPaused: false };
}

export { isPositive };
