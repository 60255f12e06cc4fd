// Reducers of who is here, where they sit, what they say, and how the table is set up. Pure.

import { isPositive } from "../money.js";
import { emptyHand, inOrder, purse, restacked, unknownPlayer, withPlayer } from "./hand.js";

export const CHAT_KEPT = 200;

function known(state, payload) {
  return withPlayer(state, payload.player, {
    ...purse(payload), status: payload.status, jitsiId: payload.jitsi_id,
  });
}

const freed = (seats, player) => seats.map((each) => (each === player ? null : each));

function player_connected(state, payload) {
  const isHost = payload.is_host || (state.host !== null && payload.player === state.host);
  const host = isHost ? { host: payload.player, hostStatus: "HERE", hostDue: null } : {};
  return known({ ...state, ...host }, payload);
}

function player_seated(state, payload) {
  const seats = freed(state.seats, payload.player);
  if (payload.seat !== null && payload.seat !== undefined) seats[payload.seat] = payload.player;
  return { ...withPlayer(known(state, payload), payload.player, { leaving: null }), seats };
}

function player_leaving(state, payload) {
  return withPlayer(state, payload.player, { leaving: payload.how });
}

function player_disconnected(state, payload) {
  return withPlayer(state, payload.player, { status: "D" });
}

function gone(status) {
  return (state, payload) => ({
    ...withPlayer(known(state, payload), payload.player, { status, leaving: null }),
    seats: freed(state.seats, payload.player),
  });
}

const player_left = gone("L");
const player_kicked = gone("K");

function jitsi_id_changed(state, payload) {
  return withPlayer(state, payload.player, { jitsiId: payload.jitsi_id });
}

function player_join_status_updated(state, payload) {
  return withPlayer(state, payload.player, { joinStatus: payload.join_status });
}

function chat_message(state, payload, frame) {
  const entry = {
    key: payload.seq ?? `${frame.timestamp}`, player: payload.player,
    username: payload.username ?? null, message: String(payload.message), at: frame.timestamp,
  };
  return { ...state, chat: [...state.chat, entry].slice(-CHAT_KEPT) };
}

function state_config_updated(state, payload) {
  return {
    ...state, config: payload.config, gameMode: payload.config.game_mode ?? state.gameMode,
  };
}

function game_mode_chosen(state, payload) {
  const config = { ...state.config, game_mode: payload.game_mode };
  return { ...state, config, gameMode: payload.game_mode };
}

function host_left(state, payload) {
  return { ...state, hostStatus: "AWAY", hostDue: payload.game_end_expiration ?? null };
}

function blind_level_data(state, payload) {
  const isOver = !payload.blinds_level && !payload.next_blinds_level;
  return { ...state, blinds: isOver ? null : payload };
}

/** Nobody has chips before a tournament; the events before this one gave them to who enters. */
function start_tournament(state) {
  const entrants = Object.values(state.players).filter(({ stack }) => isPositive(stack))
    .map(({ id }) => id);
  return { ...state, tournament: { entrants: inOrder(entrants), out: [] }, winners: null };
}

function player_eliminated(state, { players, place }) {
  const stacks = Object.fromEntries(players.map((player) => [player, "0"]));
  const before = state.tournament ?? { entrants: [], out: [] };
  return {
    ...state, players: restacked(state.players, stacks, stacks),
    tournament: { ...before, out: [...before.out, { players, place }] },
  };
}

function tournament_winners(state, payload) {
  return { ...state, winners: payload.winners, endAfter: true };
}

/** The game is over: everybody is cashed out and back before the first hand. */
function current_game_ended(state, payload) {
  const players = Object.fromEntries(Object.entries(state.players).map(([id, player]) => [id, {
    ...player, bank: payload.players_bank?.[id] ?? "0", stack: payload.players_stack?.[id] ?? "0",
    delayed: payload.players_delayed_stack?.[id] ?? "0", hasBuyIn: false, bankOpen: false,
    joinStatus: payload.players_join_statuses?.[id] ?? unknownPlayer.joinStatus,
  }]));
  const gameMode = payload.game_mode ?? state.gameMode;
  return {
    ...state, players, hand: emptyHand, endAfter: false, blinds: null, winners: null,
    tournament: null, hostDue: null, gameType: null, gameMode, config: state.config && { ...state.config, game_mode: gameMode },
  };
}

/** One's own `player_left` or `player_kicked`: whoever comes back finds no seat and no leave pending. */
function force_disconnect_user(state, payload) {
  const left = { ...state, gone: { reason: payload.reason } };
  if (!state.players[state.me]) return left;
  return { ...withPlayer(left, state.me, { leaving: null }), seats: freed(state.seats, state.me) };
}

export const handlers = {
  player_connected, player_leaving, player_seated, player_disconnected, player_left, player_kicked,
  jitsi_id_changed, player_join_status_updated, chat_message, state_config_updated,
  game_mode_chosen, host_left, blind_level_data, tournament_winners, start_tournament,
  player_eliminated, current_game_ended, force_disconnect_user,
};
