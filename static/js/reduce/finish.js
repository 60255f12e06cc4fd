// Reducers of the end of a hand: reveals, winners, cards shown, the wait for the next hand. Pure.

import { add } from "../money.js";
import { collected, folds, restacked, withHand } from "./hand.js";

function scenario(kind) {
  return (state, payload) => withHand(state, {
    ...collected(state.hand),
    scenario: { ...payload, kind, boardBefore: state.hand.community.length },
    cards: { ...state.hand.cards, ...payload.pocket_cards },
    acts: folds(state.hand),
    turn: null,
  });
}

const heads_up_showdown = scenario("heads_up_showdown");
const all_in_scenario = scenario("all_in_scenario");

/** What each player gets out of the pots: player -> amount. */
export function shares(end) {
  const won = {};
  for (const pot of end?.winners ?? []) {
    pot.winners.forEach((player, index) => {
      won[player] = add(won[player], pot.pot_chunks[index] ?? "0");
    });
  }
  return won;
}

function game_end(state, payload) {
  const { hand } = state;
  const players = restacked(state.players, payload.players_stack);
  return withHand({ ...state, players }, {
    ...collected(hand),
    community: hand.scenario?.final_community_cards ?? hand.community,
    cards: { ...hand.cards, ...payload.pocket_cards },
    end: payload,
    turn: null,
    street: null,
    scenario: null,
    isRunning: false,
  });
}

function show_pocket_cards(state, payload) {
  const { hand } = state;
  const known = hand.cards[payload.player] ?? [];
  const cards = payload.visible_cards.map((card, index) => card ?? known[index] ?? null);
  return withHand(state, {
    cards: { ...hand.cards, [payload.player]: cards },
    shown: {
      ...hand.shown,
      [payload.player]: {
        visible: payload.visible_cards, best: payload.best_hand,
        name: payload.best_hand_combination,
      },
    },
  });
}

function open_rabbit_hunt_cards(state, payload) {
  const end = state.hand.end && { ...state.hand.end, can_call_rabbit_hunt: [] };
  return withHand(state, {
    rabbit: payload.rabbit_hunt_cards, community: payload.community_cards, end,
  });
}

function winners_award_timer(state, payload) {
  return withHand({ ...state, endAfter: payload.end_after_current_game }, { award: payload });
}

function pause_winners_award_timer(state, payload) {
  const award = {
    ...state.hand.award, winners_award_timer_expiration: null,
    is_winners_award_timer_paused: true,
    remaining: payload.winners_award_timer_remaining_time,
  };
  const blinds = state.blinds && {
    ...state.blinds, blind_scheduler_expiration: null,
    remaining: payload.blind_scheduler_remaining_time,
  };
  return withHand({ ...state, blinds }, { award });
}

function unpause_winners_award_timer(state, payload) {
  const { remaining, ...before } = state.hand.award ?? {};
  const blinds = goesOn(state.blinds, payload.blind_scheduler_expiration);
  return withHand({ ...state, blinds }, {
    award: {
      ...before, winners_award_timer_expiration: payload.winners_award_timer_expiration,
      is_winners_award_timer_paused: false,
    },
  });
}

function goesOn(blinds, expires) {
  if (!blinds) return blinds;
  const { remaining, ...level } = blinds;
  return { ...level, blind_scheduler_expiration: expires };
}

function end_current_game(state) {
  return { ...state, endAfter: true, hostDue: null };
}

export const handlers = {
  heads_up_showdown, all_in_scenario, game_end, show_pocket_cards, open_rabbit_hunt_cards,
  winners_award_timer, pause_winners_award_timer, unpause_winners_award_timer, end_current_game,
};
