// What the pools page knows, as a pure function: (state, message) -> state. A message is a frame of
// the host with its response's name instead of the number, or something that the page did itself.
// What does not live here: sockets, clocks, elements.

import { add, subtract, units } from "../money.js";

export const FEED_MAX = 100;
export const CHAT_MAX = 100;

export const initial = () => ({
  me: null, sources: null, mayOpen: false, games: {}, mySources: {}, myGames: {}, game: null,
  isJoined: false, pools: {}, bets: {}, feed: [], chat: [], balances: {}, people: {}, crowd: null,
  leaders: null, closed: false,
});

/** Return the state after a message. An unknown name changes nothing. */
export function reduce(state, message) {
  const handle = HANDLERS[message.name];
  if (!handle) return state;
  if (GAME_ONLY.has(message.name) && message.game_id !== state.game) return state;
  return handle(state, message);
}

const HANDLERS = {
  // -- what the page did
  game_chosen: (state, { id }) => ({
    ...state, game: id, isJoined: false, pools: {}, bets: {}, feed: [], chat: [], people: {},
    crowd: null, leaders: null, closed: false,
  }),
  sources_listed: (state, { sources, mayOpen }) => ({ ...state, sources, mayOpen }),
  // -- who
  logon_success: (state, { user_id: id, username: name }) => ({ ...state, me: { id, name } }),
  already_logged_on: (state, { user_id: id, username: name }) => ({ ...state, me: { id, name } }),
  // -- games
  games_list_for_source: (state, { source_id: source, games }) => (
    withGames(state, source, games, false)),
  upcoming_games_list_for_source: (state, { source_id: source, games }) => (
    withGames(state, source, games, true)),
  game_sources_i_am_admin_of: (state, { sources }) => ({ ...state, mySources: sources }),
  games_i_am_admin_of: (state, { games }) => ({ ...state, myGames: games }),
  become_an_admin_for_game_success: (state, { game_id: id }) => ({
    ...state, myGames: { ...state.myGames, [id]: state.games[id] ?? {} },
  }),
  game_details: detailed,
  game_joined: (state) => ({ ...state, isJoined: true }),
  game_left: (state) => ({ ...state, isJoined: false }),
  game_closed: (state) => told({ ...state, closed: true }, { kind: "closed", key: "closed" }),
  // -- people
  user_joined_game: (state, message) => present(state, message, true),
  user_left_game: (state, message) => present(state, message, false),
  text_message: (state, { sender, text, received_at: at, channel }) => (
    channel !== state.game || state.chat.some((one) => (
      one.at === at && one.sender === sender && one.text === text)) ? state
      : { ...state, chat: [...state.chat, { sender, text, at }].slice(-CHAT_MAX) }),
  // -- pools
  all_betting_pools_list_for_game: (state, { pools }) => ({
    ...state, pools: mapped(pools, (pool) => shaped(state.pools[pool.pool_id], pool)),
  }),
  betting_pool_created_and_opened: opened,
  new_betting_pool: opened,
  betting_pool_bets_distribution: (state, message) => withPool(state, message.pool_id, () => ({
    distribution: message.distribution, total: text(message.total_amount),
    bettors: message.bettors_count, betsCount: message.bets_count,
  })),
  betting_in_pool_blocked: (state, { pool_id: id, blocked_at: at }) => (
    withPool(state, id, () => ({ is_blocked: true, switched_at: at }))),
  betting_in_pool_allowed: (state, { pool_id: id, allowed_at: at }) => (
    withPool(state, id, () => ({ is_blocked: false, switched_at: at }))),
  hot_betting_pool_suggested: (state, { pool_ids: ids, likely_to_happen_at: at }) => ids.reduce(
    (now, id) => withPool(now, id, () => ({ is_hot: true, likely_to_happen_at: at })), state),
  bet_pool_expired: (state, { pool_id: id, expired_at: at }) => (
    withPool(state, id, () => ({ has_expired: true, expired_at: at }))),
  bet_pool_resolved: resolved,
  game_event_registered: (state, message) => told(state, {
    kind: "event", key: message.event_id, at: message.happened_at, action: message.action_id,
    target: message.target_id,
  }),
  betting_for_game_action_blocked: (state, { action, blocked_at: at }) => (
    told(state, { kind: "blocked", key: `b${action}${at}`, at, action })),
  betting_for_game_action_allowed: (state, { action, allowed_at: at }) => (
    told(state, { kind: "allowed", key: `a${action}${at}`, at, action })),
  // -- own bets
  bet_placed: (state, { pool_id: id, bet_id: bet, target, amount, placed_at: at }) => (
    withBets(state, id, [...(state.bets[id] ?? []).filter((one) => one.bet_id !== bet),
      { bet_id: bet, target, amount: text(amount), placed_at: at }])),
  my_open_betting_pools: listedMine,
  my_running_betting_pools: listedMine,
  my_resolved_betting_pools: listedMine,
  // -- money and ranks
  balance_updated: (state, message) => ({
    ...state, balances: { ...state.balances, [message.currency]: {
      current: text(message.current_balance), available: text(message.available_balance),
    } },
  }),
  leaderboard_for_game: (state, message) => ({ ...state, leaders: {
    items: message.items, breaks: message.break_after_rank, currency: message.currency,
  } }),
};

/** Messages that mean nothing unless they are of the game that is looked at. */
const GAME_ONLY = new Set([
  "game_joined", "game_left", "game_closed", "user_joined_game", "user_left_game",
  "all_betting_pools_list_for_game", "betting_pool_created_and_opened", "new_betting_pool",
  "betting_pool_bets_distribution", "betting_in_pool_blocked", "betting_in_pool_allowed",
  "hot_betting_pool_suggested", "bet_pool_expired", "bet_pool_resolved", "game_event_registered",
  "betting_for_game_action_blocked", "betting_for_game_action_allowed", "bet_placed",
  "my_open_betting_pools", "my_running_betting_pools", "my_resolved_betting_pools",
  "leaderboard_for_game",
]);

const text = (amount) => String(amount);
const mapped = (object, change) => Object.fromEntries(
  Object.entries(object).map(([key, value]) => [key, change(value)]));

/** The game on the page stays when it is listed no more: it is closed, and is still looked at. */
function withGames(state, source, listed, isUpcoming) {
  const others = Object.entries(state.games).filter(([id, game]) => (
    game.source_id !== source || game.is_upcoming !== isUpcoming || id === state.game
  )).map(([id, game]) => (
    [id, id === state.game && state.closed ? { ...game, status: "game_closed" } : game]));
  const own = Object.entries(listed).map(([id, game]) => (
    [id, { ...state.games[id], ...game, source_id: source, is_upcoming: isUpcoming }]));
  return { ...state, games: Object.fromEntries([...others, ...own]) };
}

function detailed(state, message) {
  const { game_id: id, response_header: _, past_events: events, ...details } = message;
  const named = { ...details, name: message.game_name };
  const games = { ...state.games, [id]: { ...state.games[id], ...named } };
  if (id !== state.game) return { ...state, games };
  const past = Object.entries(events).map(([key, one]) => (
    { kind: "event", key, at: one.happened_at, action: one.action_id, target: one.target_id }));
  return past.reduce(told, { ...state, games, closed: details.status === "game_closed" });
}

function present(state, message, isHere) {
  if (message.subscribers_count !== undefined) return { ...state, crowd: message.subscribers_count };
  const { user_id: id, user_name: name } = message;
  const people = { ...state.people };
  if (isHere) people[id] = name;
  else delete people[id];
  const key = `${isHere ? "j" : "l"}${id}${message.response_header?.t}`;
  return told({ ...state, people }, {
    kind: isHere ? "joined" : "left", key, at: message.response_header?.t, name,
  });
}

/** Add a line to the feed, newest last; the same key stands there once. */
function told(state, line) {
  if (state.feed.some((one) => one.key === line.key)) return state;
  const feed = [...state.feed, line].sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity));
  return { ...state, feed: feed.slice(-FEED_MAX) };
}

// -- pools

function shaped(known, pool) {
  return { ...known, ...pool, result: resultOf(pool.result) ?? known?.result ?? null };
}

function opened(state, message) {
  const { response_header: _, res: __, name: ___, ...pool } = message;
  return { ...state, pools: {
    ...state.pools, [pool.pool_id]: shaped(state.pools[pool.pool_id], pool),
  } };
}

function withPool(state, id, change) {
  const pool = state.pools[id];
  if (!pool) return state;
  return { ...state, pools: { ...state.pools, [id]: { ...pool, ...change(pool) } } };
}

function resultOf(given) {
  if (!given) return null;
  return {
    winner: given.winning_target, isVoid: given.is_void, isReturn: given.is_money_return,
    at: given.resolved_at, total: text(given.total_amount), own: ownOf(given.own_result),
  };
}

function ownOf(given) {
  if (!given) return null;
  return { staked: text(given.staked), returned: text(given.returned), isLate: given.is_invalidated };
}

function resolved(state, message) {
  const pool = state.pools[message.pool_id];
  if (!pool) return state;
  const result = resultOf(message);
  result.own ??= pool.result?.own ?? ownFrom(state, message);
  const changed = withPool(state, message.pool_id, () => ({
    result, status: "resolved", total: result.total,
  }));
  return told(changed, {
    kind: "resolved", key: `r${message.pool_id}`, at: result.at, pool: message.pool_id,
    target: result.winner, isVoid: result.isVoid, title: pool.description || null,
    action: pool.action,
  });
}

/** Return the own part of a result that lists winners and losers; null without a bet. */
function ownFrom(state, message) {
  const staked = stakedIn(state, message.pool_id);
  if (units(staked) === 0n) return null;
  const won = message.winners?.[state.me?.id];
  const lost = message.losers?.[state.me?.id];
  const returned = won !== undefined ? add(staked, won)
    : lost !== undefined ? subtract(staked, lost) : staked;
  return { staked, returned, isLate: (message.invalidated_bettors ?? []).includes(state.me?.id) };
}

// -- own bets

function withBets(state, id, bets) {
  return { ...state, bets: { ...state.bets, [id]: bets } };
}

function listedMine(state, { pools }) {
  return Object.values(pools).reduce((now, mine) => {
    const { bets, own_result: own, staked, ...pool } = mine;
    const known = shaped(now.pools[pool.pool_id], pool);
    if (known.result && own) known.result = { ...known.result, own: ownOf(own) };
    known.staked = text(staked);
    const changed = { ...now, pools: { ...now.pools, [pool.pool_id]: known } };
    return bets === undefined ? changed : withBets(changed, pool.pool_id, bets.map(
      (bet) => ({ ...bet, amount: text(bet.amount) })));
  }, state);
}

/** Return what the user has staked in a pool, as a decimal string. */
export function stakedIn(state, id) {
  const bets = state.bets[id];
  if (bets?.length) return add(...bets.map((bet) => bet.amount));
  return state.pools[id]?.result?.own?.staked ?? state.pools[id]?.staked ?? "0";
}

// -- looking

/** Return where a pool stands at a moment: what the card's label says. */
export function standing(pool, now) {
  if (pool.result) return pool.result.isVoid ? "void" : "resolved";
  const isOver = (at) => at !== null && at !== undefined && at <= now;
  if (pool.has_expired || isOver(pool.finish_at)) return "waiting";
  if (pool.start_at && pool.start_at > now) return "soon";
  if (isOver(pool.stop_accepting_bets_at) || pool.status === "running") return "closed";
  return pool.is_blocked ? "blocked" : "open";
}

/** Return the next moment at which the pool changes by itself, null for none. */
export function nextMoment(pool, now) {
  if (pool.result) return null;
  const moments = [pool.start_at, pool.stop_accepting_bets_at, pool.finish_at]
    .filter((at) => at && at > now);
  return moments.length ? Math.min(...moments) : null;
}

/** Return the lines of a pool: every target with its share (0..1), odds and amount. */
export function lines(pool) {
  const total = units(pool.total ?? "0");
  return pool.targets.map((target) => {
    const line = pool.distribution?.[target];
    const amount = text(line?.amount ?? "0");
    return {
      target, amount, odds: line?.to_win_if_backed ?? null,
      share: total > 0n ? Number((units(amount) * 10000n) / total) / 10000 : 0,
      isWinner: pool.result !== null && pool.result.winner === target,
    };
  });
}

/** Return the pools in the order of the page: hot and open first, then what ended last. */
export function ordered(state, now) {
  const rank = { open: 1, blocked: 2, soon: 3, closed: 2, waiting: 2, resolved: 5, void: 5 };
  const place = (pool) => (pool.is_hot && !pool.result ? 0 : rank[standing(pool, now)]);
  const pools = Object.values(state.pools);
  return pools.sort((a, b) => place(a) - place(b)
    || (b.result?.at ?? 0) - (a.result?.at ?? 0) || a.created_at - b.created_at
    || a.pool_id.localeCompare(b.pool_id));
}

/** Return the paths of a game's targets, `argentina:1`, with names. isLeaf: nothing below. */
export function paths(targets, prefix = "", names = "") {
  return Object.entries(targets ?? {}).flatMap(([id, one]) => {
    const path = prefix ? `${prefix}:${id}` : id;
    const name = names ? `${names} \u203a ${one.display_name}` : one.display_name;
    const below = paths(one.targets, path, name);
    return [{ path, name, level: path.split(":").length, isLeaf: below.length === 0 }, ...below];
  });
}

/** Return a target's name for people. */
export function nameOf(game, path) {
  if (path === "none") return "None of them";
  return paths(game?.targets).find((one) => one.path === path)?.name ?? path;
}

/** Return the exposure of a balance. */
export const exposure = (balance) => subtract(balance.current, balance.available);
