// The full state that the host sends on connecting, in the reducer's own shape. Pure.
// It comes in two frames: `game_state` (what everybody may know), then `private_data`.

import { add, isPositive } from "../money.js";
import { messages, parts } from "../feed.js";
import { emptyHand, inOrder, unknownPlayer } from "./hand.js";
import { CHAT_KEPT } from "./people.js";

function people(payload, before) {
  const { players_username: names = {} } = payload;
  const ids = Object.keys({ ...payload.players_statuses, ...payload.players_bank, ...names });
  return Object.fromEntries(ids.map((id) => [id, {
    id: Number(id),
    username: names[id] ?? before[id]?.username ?? null,
    bank: payload.players_bank[id] ?? "0",
    stack: payload.players_stack[id] ?? "0",
    delayed: payload.players_delayed_stack[id] ?? "0",
    status: payload.players_statuses[id] ?? null,
    joinStatus: payload.players_join_statuses[id] ?? null,
    hasBuyIn: payload.players_initial_buy_in.includes(Number(id)),
    jitsiId: payload.players_jitsi_id[id] ?? unknownPlayer.jitsiId,
    bankOpen: payload.players_bank_open?.includes(Number(id)) ?? true,
    leaving: payload.players_leaving?.[id] ?? null,
  }]));
}

/**
 * What the dealt-in players paid: gathered in the pots, and in front of them in this round. When
 * it is nobody's turn (a reveal, the end) the bets of the last round have been gathered, too.
 */
function chips(payload) {
  const paid = {};
  for (const pot of payload.pots_participants) {
    for (const [player, amount] of Object.entries(pot)) paid[player] = add(paid[player], amount);
  }
  const bets = {};
  if (payload.turn_player_seat === null) return { paid, bets };
  (payload.bets[payload.betting_round] ?? []).forEach((bet, seat) => {
    const player = payload.players[seat];
    if (player !== null && isPositive(bet)) bets[player] = bet;
  });
  return { paid, bets };
}

function feedOf(payload, players) {
  const names = (id) => players[id]?.username ?? `Player ${id}`;
  return messages(payload.feed_messages).map((message, index) => ({
    key: `s${payload.seq}.${index}`, parts: parts(message, names),
  }));
}

const HOLE_CARDS = { OMH: 4 };
const backs = (game) => Array(HOLE_CARDS[game] ?? 2).fill(null);

/** A frame's moment and that of the message in it may differ by a moment. */
const SAME_S = 1;

/** Say whether a message is one of those that the page has, or older than what it keeps. */
function isHeard(chat, { player, message, timestamp }) {
  if (chat.length === 0) return false;
  if (timestamp === null || timestamp < chat[0].at - SAME_S) return true;
  return chat.some((one) => one.player === player && one.message === message
    && Math.abs(one.at - timestamp) <= SAME_S);
}

/** A page that was loaded again is told the newest messages; of those it has heard it keeps its own. */
function chatOf(state, payload) {
  const fresh = (payload.chat_messages ?? []).filter((one) => !isHeard(state.chat, one));
  if (fresh.length === 0) return state.chat;
  return [...state.chat, ...fresh.map((one, index) => ({
    key: `s${payload.seq}.${index}`, player: one.player, username: one.username,
    message: one.message, at: one.timestamp,
  }))].slice(-CHAT_KEPT);
}

function game_state(state, payload) {
  const players = people(payload, state.players);
  const dealt = payload.players.filter((player) => player !== null);
  const hand = payload.game_id === null ? emptyHand : {
    ...emptyHand,
    id: payload.game_id,
    sequence: payload.sequence,
    isRunning: payload.pots_winners.every((winners) => winners.length === 0),
    street: payload.betting_round,
    dealerSeat: payload.dealer_seat,
    community: payload.community_cards,
    rabbit: payload.rabbit_hunt_cards,
    folded: inOrder(payload.folded_players),
    cards: Object.fromEntries(dealt.map((player) => [player, backs(payload.game_type)])),
    ...chips(payload),
  };
  return {
    ...state,
    seats: payload.seats,
    players,
    host: payload.host_player ?? null,
    gameMode: payload.game_mode,
    gameModes: payload.game_modes ?? ["C"],
    gameType: payload.game_type ?? null,
    hostStatus: payload.host_status,
    hostDue: payload.game_end_expiration ?? null,
    chat: chatOf(state, payload),
    endAfter: payload.end_after_current_game,
    feed: state.feed.length > 0 ? state.feed : feedOf(payload, players),
    hand,
  };
}

function private_data(state, payload) {
  const me = payload.player ?? state.me;
  const own = payload.pocket_cards ? { [me]: payload.pocket_cards } : {};
  const scenario = payload.timed_event_scenario;
  const end = payload.game_end;
  const cards = { ...state.hand.cards, ...scenario?.pocket_cards, ...end?.pocket_cards, ...own };
  const shown = {};
  for (const each of payload.show_pocket_cards ?? []) {
    shown[each.player] = {
      visible: each.visible_cards, best: each.best_hand, name: each.best_hand_combination,
    };
    if (each.player !== me) cards[each.player] = each.visible_cards;
  }
  return {
    ...state,
    me,
    config: payload.state_config,
    blinds: levelOf(payload),
    tournament: payload.tournament ?? null,
    winners: payload.tournament_winners?.winners ?? null,
    hand: {
      ...state.hand, cards, shown, end,
      isRunning: state.hand.id !== null && end === null,
      turn: payload.turn,
      scenario: scenario && {
        ...scenario, kind: scenario.event, boardBefore: state.hand.community.length,
      },
      award: awardOf(payload),
    },
  };
}

/** The blind clock stands while the host has paused the game; then it says what is left. */
function levelOf({ blind_level_data: level, pause_winners_award_timer: pause }) {
  if (!level || !pause) return level;
  return { ...level, remaining: pause.blind_scheduler_remaining_time };
}

function awardOf({ winners_award_timer: award, pause_winners_award_timer: pause }) {
  if (!award || !pause) return award;
  return {
    ...award, is_winners_award_timer_paused: true,
    remaining: pause.winners_award_timer_remaining_time,
  };
}

export const handlers = {
  game_state, private_data,
};
