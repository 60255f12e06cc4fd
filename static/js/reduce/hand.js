// Reducers of the events between the deal and the last bet. Pure: (state, payload) -> state.

import { add, isPositive, subtract } from "../money.js";

export const emptyHand = Object.freeze({
  id: null,
  sequence: null,
  isRunning: false,
  street: 0,
  dealerSeat: null,
  smallBlindSeat: null,
  bigBlindSeat: null,
  bets: Object.freeze({}), // player -> chips put in this round
  paid: Object.freeze({}), // player -> chips put in during finished rounds
  community: Object.freeze([]),
  rabbit: Object.freeze([]),
  folded: Object.freeze([]),
  cards: Object.freeze({}), // player -> cards; null for a card that this viewer may not see
  acts: Object.freeze({}), // player -> {action, name, value}: what they did last
  turn: null,
  scenario: null,
  end: null,
  award: null,
  shown: Object.freeze({}), // player -> the cards shown voluntarily after the hand
});

export const withHand = (state, change) => ({ ...state, hand: { ...state.hand, ...change } });

/** Change one player's record; an unknown one is made. */
export function withPlayer(state, player, change) {
  if (player === null || player === undefined) return state;
  const known = state.players[player] ?? { ...unknownPlayer, id: Number(player) };
  const next = { ...known, ...defined(change) };
  return { ...state, players: { ...state.players, [player]: next } };
}

export const unknownPlayer = Object.freeze({
  id: null, username: null, bank: "0", stack: "0", delayed: "0", status: null,
  joinStatus: "ALLOWED_TO_PLAY", hasBuyIn: false, jitsiId: null,
  bankOpen: false, // whether the bank of this game was issued; the first buy-in does it
  leaving: null, // "L" or "K": how they will be gone when the hand is over
});

function defined(change) {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** The money fields of any payload that carries them, under the state's names. */
export function purse(payload) {
  return {
    bank: payload.bank ?? undefined,
    stack: payload.table_stack ?? undefined,
    delayed: payload.delayed_table_stack ?? undefined,
    hasBuyIn: payload.has_initial_buy_in ?? undefined,
    bankOpen: payload.bank_open ?? undefined,
    username: payload.username ?? undefined,
  };
}

function game_start(state, payload) {
  return {
    ...state,
    players: restacked(state.players, payload.players_stack, payload.players_delayed_stack),
    winners: null,
    gameType: payload.game_type ?? state.gameType,
    hand: {
      ...emptyHand,
      id: payload.game_id,
      sequence: payload.sequence ?? null,
      isRunning: true,
      dealerSeat: payload.dealer_seat,
      smallBlindSeat: payload.small_blind_seat,
      bigBlindSeat: payload.big_blind_seat,
    },
  };
}

/** Return the players with the stacks (and delayed stacks) that an event states. */
export function restacked(players, stacks = {}, delayed = {}) {
  const next = { ...players };
  for (const [id, stack] of Object.entries(stacks)) {
    next[id] = { ...(next[id] ?? { ...unknownPlayer, id: Number(id) }), stack };
  }
  for (const [id, amount] of Object.entries(delayed)) {
    if (next[id]) next[id] = { ...next[id], delayed: amount };
  }
  return next;
}

function pocket_cards(state, payload) {
  const backs = Array(payload.cards_count ?? 2).fill(null);
  const cards = payload.pocket_cards ?? state.hand.cards[payload.player] ?? backs;
  return withHand(state, { cards: { ...state.hand.cards, [payload.player]: cards } });
}

const OUTSIDE_THE_HAND = new Set(["buy_in", "update_bankroll"]);
const DEAD_MONEY = new Set(["action_ante", "dead_post"]);

function action_ack(state, payload) {
  const { player, action } = payload;
  const next = withPlayer(state, player, purse(payload));
  if (OUTSIDE_THE_HAND.has(action)) return withPlayer(next, player, { bankOpen: true });
  const { hand } = next;
  if (action === "straddle" && !hand.isRunning) {
    return withHand(next, { acts: { ...hand.acts, [player]: { action } } });
  }
  const change = { bets: withBet(hand.bets, player, payload.bet) };
  if (hand.turn?.player === player) change.turn = null;
  if (action === "action_fold") change.folded = inOrder([...hand.folded, player]);
  if (DEAD_MONEY.has(action)) {
    const live = subtract(payload.bet, hand.bets[player]);
    change.paid = { ...hand.paid, [player]: add(hand.paid[player], subtract(payload.amount, live)) };
  }
  if (action !== "uncalled_bet") {
    change.acts = {
      ...hand.acts,
      [player]: { action, name: payload.action_repr_name, value: payload.action_repr_value },
    };
  }
  return withHand(next, change);
}

export const inOrder = (ids) => [...new Set(ids)].sort((a, b) => a - b);

function withBet(bets, player, bet) {
  const next = { ...bets, [player]: bet };
  if (!isPositive(bet)) delete next[player];
  return next;
}

function turn(state, payload) {
  return withHand(state, { turn: payload });
}

/** Move the chips in front of the players to the middle. */
export function collected(hand) {
  const paid = { ...hand.paid };
  for (const [player, bet] of Object.entries(hand.bets)) {
    if (isPositive(bet)) paid[player] = add(paid[player], bet);
  }
  return { paid, bets: {} };
}

function community_cards(state, payload) {
  return withHand(state, {
    ...collected(state.hand),
    community: payload.community_cards,
    street: payload.betting_round ?? state.hand.street,
    turn: null,
    acts: folds(state.hand),
  });
}

/** When a round is over only the folds stay written at the seats. */
export function folds(hand) {
  return Object.fromEntries(Object.entries(hand.acts)
    .filter(([, act]) => act.action === "action_fold"));
}

function bankroll(state, payload) {
  return withPlayer(state, payload.player, purse(payload));
}

export const handlers = {
  game_start, pocket_cards, action_ack, turn, community_cards, bankroll,
};
