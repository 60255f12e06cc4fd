// Frames as the host writes them, for tests.

/** Return a frame; fields are the payload beside the common ones. */
export function frame(event, fields = {}, seq = undefined) {
  const payload = { table_token: "t", channel: "T", order: 0, player: null, feed_message: null, ...fields };
  if (seq !== undefined) payload.seq = seq;
  return { event, timestamp: 1000, payload };
}

export function info(player, fields = {}) {
  return {
    player, seat: null, username: `p${player}`, bank: "50.00", table_stack: "0.00",
    delayed_table_stack: "0.00", has_initial_buy_in: false, status: "C", jitsi_id: null, ...fields,
  };
}

export function ack(player, action, fields = {}) {
  return frame("action_ack", {
    player, action, action_repr_name: action, action_repr_value: fields.amount ?? null,
    amount: null, bet: "0.00", table_stack: "40.00", delayed_table_stack: "0.00", bank: "10.00",
    seat: player - 1, username: `p${player}`, has_initial_buy_in: true, executed_by: "USER",
    action_time: 1, ...fields,
  });
}

export function gameState(fields = {}) {
  return frame("game_state", {
    seq: 10, game_id: null, sequence: 0, betting_round: null, dealer_seat: null,
    turn_player_seat: null, seats: [1, 2, 3, null, null, null, null, null, null],
    players: Array(9).fill(null), players_username: { 1: "ann", 2: "bob", 3: "cy" }, bets: [],
    pots: [], pots_players: [], pots_participants: [], pots_winners: [], community_cards: [],
    rabbit_hunt_cards: [], folded_players: [], players_stack: { 1: "40.00", 2: "40.00", 3: "40.00" },
    players_delayed_stack: { 1: "0.00", 2: "0.00", 3: "0.00" },
    players_bank: { 1: "10.00", 2: "10.00", 3: "10.00" },
    players_statuses: { 1: "S", 2: "S", 3: "S" },
    players_join_statuses: { 1: "ALLOWED_TO_PLAY", 2: "ALLOWED_TO_PLAY", 3: "ALLOWED_TO_PLAY" },
    players_initial_buy_in: [1, 2, 3], players_jitsi_id: { 1: null, 2: null, 3: null },
    feed_messages: [], end_after_current_game: false, game_mode: "C", host_status: "HERE",
    host_player: 3, game_type: null, ...fields,
  });
}

export function privateData(fields = {}) {
  return frame("private_data", {
    player: 1, channel: "P", pocket_cards: null, turn: null, show_pocket_cards: null,
    game_end: null, timed_event_scenario: null, winners_award_timer: null,
    pause_winners_award_timer: null, blind_level_data: null, tournament_winners: null,
    state_config: { name: "Table", big_blind: "0.50", small_blind: "0.25", seats: 6 }, ...fields,
  });
}

export const START = {
  game_id: "g", sequence: 3, dealer_seat: 0, small_blind_seat: 1, big_blind_seat: 2,
  players: [1, 2, 3, null, null, null, null, null, null],
  players_stack: { 1: "40.00", 2: "40.00", 3: "41.00" }, players_delayed_stack: { 3: "0.00" },
};

export const TURN = {
  player: 1, seat: 0, available_actions: ["action_fold", "action_call", "action_raise"],
  bet: "0.00", call_amount: "0.50", min_amount: "1.00", max_amount: "40.00", min_total: "1.00", max_total: "40.00", interval: 30,
  timestamp_turn_expiration: 1030, timestamp_total_expiration: 1090,
};

export const END = {
  winners: [{ pot_id: 0, pot_size: "1.50", pot_chunks: ["1.50"], winners: [2], reason: ["x"] }],
  best_hands: { 2: ["AS", "AD", "KC", "9H", "8H"] }, best_hands_combinations: { 2: "Pair of Aces" },
  pocket_cards: { 2: ["AS", "AD"] }, can_show_cards: [1], can_call_rabbit_hunt: [1],
  side_pot_evaluation_time: 4, side_pots_evaluation_expiration: 1010,
  players_stack: { 1: "39.50", 2: "41.00" },
};

export const SCENARIO = {
  players: [1, 2], pocket_cards: { 1: ["2C", "3C"], 2: ["AS", "AD"] }, announce_time: 1,
  card_reveal_time: 2, best_hands: { 1: { flop: "f", turn: "t", river: "r" } },
  final_community_cards: ["4C", "5D", "9H", "KC", "8H"], finish_time_expiration: 1007,
};

export const AWARD = {
  winners_award_timer_expiration: 1020, is_winners_award_timer_paused: false,
  show_next_game_button: false, end_after_current_game: false, post_event: "game_start",
};
