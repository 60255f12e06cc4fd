// The pools page: one state, one socket, drawn once a frame. What was missed while away is asked
// for anew after each sign-in: games, pools, own bets, balance.

import { h, renderOnce, setText, show } from "../dom.js";
import { accountLink } from "../header.js";
import { newId } from "../ids.js";
import { hueOf, initials } from "../names.js";
import {
  access, call, callAsNobody, session, signInAsGuest, signOut as endSession,
} from "../session.js";
import "../toasts.js";
import { PoolCard } from "./card.js";
import { PoolsConnection } from "./connection.js";
import { drawGames } from "./list.js";
import { Desk, Manage } from "./manage.js";
import { exposure, initial, ordered, reduce } from "./reducer.js";
import { drawSide, startTabs } from "./side.js";
import { BetSlip } from "./slip.js";
import { isLive, money, statusWord } from "./words.js";

const REFRESH_MS = 15000;
const SETTLED_SHOWN = 12;
const LOOK_MS = 500;
const CREDIT = 30;
const PER_S = 10;
const LINKS = {
  connecting: "Connecting\u2026", reconnecting: "Connecting\u2026", waiting: "Connection lost, trying again",
  "signed-out": "Signed out", forbidden: "Not allowed here", open: "", stopped: "", idle: "",
};
const $ = (selector) => document.querySelector(selector);
const toasts = $("toast-stack");

let state = initial();
let skew = 0;
let picked = null;
let isManaging = false;
let isAtDesk = false;
let hasLeft = false;
let isListing = false;
let connection = null;
let isDrawn = true;
const cards = new Map();
const now = () => Date.now() + skew;

// -- from and to the host

function dispatch(message) {
  const at = message.response_header?.t;
  if (at) skew = at - Date.now();
  state = reduce(state, message);
  if (message.name === "new_betting_pool" && message.game_id === state.game) quietly("get_betting_pool_bets_distribution", { pool_id: message.pool_id });
  if (message.name === "bet_pool_resolved" && message.game_id === state.game) later("leaders", loadLeaders);
  if (message.name === "logon_success") $("#account").renderedKey = null;
  redraw();
}

/** What people have asked for and wait for; all else is asked for anew after each sign-in. */
const pressed = new Set();
const UNSENT = "No connection: what you did may not have arrived. It is sent again when you are back.";

/** Ask, and tell people when it is refused. Returns the answer or null. */
async function ask(op, fields = {}) {
  pressed.add(op);
  try {
    return await connection.ask(op, fields);
  } catch (error) {
    toasts.tell(error.message, "error");
    return null;
  } finally {
    pressed.delete(op);
  }
}

/** Ask for something that nobody waits for; a refusal changes nothing. */
async function quietly(op, fields = {}) {
  try {
    return await connection.ask(op, fields);
  } catch {
    return null;
  }
}

let credit = CREDIT;
let creditedAt = Date.now();

/** Ask quietly, never faster than the host lets one socket talk. */
async function paced(op, fields) {
  credit = Math.min(CREDIT, credit + ((Date.now() - creditedAt) / 1000) * PER_S);
  creditedAt = Date.now();
  credit -= 1;
  if (credit < 0) await new Promise((resolve) => { setTimeout(resolve, (-credit / PER_S) * 1000); });
  return quietly(op, fields);
}

const waiting = new Map();
function later(name, act, ms = 400) {
  if (!waiting.has(name)) waiting.set(name, setTimeout(() => { waiting.delete(name); act(); }, ms));
}

async function loadSources() {
  if (isListing) return;
  isListing = true;
  try {
    const { sources, may_open: mayOpen } = await call("GET", "/api/v1/x/pools/sources/");
    dispatch({ name: "sources_listed", sources, mayOpen });
    for (const id of Object.keys(sources)) {
      await paced("list_games_for_source", { source_id: id });
      await paced("list_upcoming_games_for_source", { source_id: id });
    }
  } catch (error) {
    if (error.status === 401) signOut();
    else if (state.sources === null) toasts.tell(error.message, "error");
  } finally {
    isListing = false;
  }
}

async function loadMine() {
  await quietly("list_game_sources_i_am_admin_of");
  await quietly("list_games_i_am_admin_of");
}

async function loadGame() {
  const id = state.game;
  if (id === null) return;
  const fields = { game_id: id };
  const isStill = () => state.game === id;
  try {
    await connection.ask("get_game_details", fields);
  } catch (error) {
    toasts.tell(error.message, "error");
    if (isStill() && error.code === "no_such_game") choose(null);
    return;
  }
  if (!isStill()) return;
  if (!state.closed && !hasLeft) await ask("join_game", fields);
  await quietly("list_all_betting_pools_for_game", fields);
  for (const op of ["open", "running", "resolved"]) await quietly(`list_my_${op}_betting_pools_for_game`, fields);
  await loadBalance();
  loadLeaders();
  for (const pool of ordered(state, now()).filter(fewSettled())) {
    if (!isStill()) return;
    if (!pool.distribution) await paced("get_betting_pool_bets_distribution", { pool_id: pool.pool_id });
  }
}

/** The balance of the header: the game's currency, else the one that pools are in by default. */
const currencyNow = () => state.games[state.game]?.currency ?? "DON";

async function loadBalance() {
  const currency = currencyNow();
  const [current, available] = await Promise.all([
    quietly("get_my_current_balance", { currency }), quietly("get_my_available_balance", { currency })]);
  if (current && available) {
    dispatch({
      name: "balance_updated", currency, current_balance: current.current_balance,
      available_balance: available.available_balance,
    });
  }
}

function loadLeaders() {
  if (state.game) quietly("get_leaderboard_for_game", { game_id: state.game, top_count: 10 });
}

/** After each sign-in: all that was missed; odds too, for whatever moved meanwhile. */
async function opened() {
  state = { ...state, pools: Object.fromEntries(Object.entries(state.pools).map(([id, pool]) => (
    [id, { ...pool, distribution: pool.result ? pool.distribution : null }]))) };
  loadGame();
  await loadBalance();
  await loadMine();
  loadSources();
}

function connect() {
  connection = new PoolsConnection({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/pools/`,
    token: access, open: (url) => new WebSocket(url), now: Date.now,
    later: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random, newId, onMessage: dispatch, onOpen: opened,
    onUnsent: (op) => pressed.has(op) && toasts.tell(UNSENT, "error"),
    onStatus: (status) => {
      document.body.dataset.link = status;
      setText($("#link"), LINKS[status] ?? "");
      if (status === "signed-out") {
        toasts.tell("Your sign-in has ended.");
        signOut();
      }
    },
  });
  connection.start();
}

// -- what people do

async function signIn() {
  try {
    await signInAsGuest();
    begin();
  } catch (error) {
    toasts.tell(error.message, "error");
  }
}

function signOut() {
  endSession();
  const old = connection;
  connection = null;
  if (old && old.status !== "stopped") old.stop();
  state = initial();
  begin();
}

function choose(id) {
  isAtDesk = false;
  isManaging = false;
  hasLeft = false;
  picked = null;
  if (location.hash !== `#${id ?? ""}`) history.pushState(null, "", id ? `#${id}` : location.pathname);
  dispatch({ name: "game_chosen", id });
  $("#pools").replaceChildren();
  cards.clear();
  document.body.dataset.pane = "pools";
  if (id) {
    loadGame();
    $("#game").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
}

function pick(pool, target) {
  const isSame = picked?.pool === pool && picked.target === target;
  picked = isSame ? null : { pool, target };
  redraw();
}

async function place(pool, target, amount) {
  const placed = await ask("place_bet_in_betting_pool", { pool_id: pool, target, amount });
  if (!placed) return false;
  toasts.tell("Your bet is in.", "good");
  return true;
}

function showDesk() {
  isAtDesk = true;
  state = reduce(state, { name: "game_chosen", id: null });
  cards.clear();
  $("#pools").replaceChildren();
  picked = null;
  redraw();
}

async function deskDone(game) {
  await loadMine();
  await loadSources();
  if (game) {
    choose(game);
    isManaging = true;
  }
  redraw();
}

// -- drawing

const slip = new BetSlip($("#slip"), { place, close: () => { picked = null; redraw(); } });
const manage = new Manage($("#manage"), { ask, now, tell: (text) => toasts.tell(text, "good") });
const desk = new Desk({ ask, done: deskDone });

function redraw() {
  if (!isDrawn) return;
  isDrawn = false;
  requestAnimationFrame(() => {
    isDrawn = true;
    draw();
  });
}

/** The ways in; as a guest only where the host lets guests in. */
async function drawDoors() {
  const { guests = false } = await callAsNobody("GET", "/api/v1/lobby/tables/").catch(() => ({}));
  renderOnce($("#doors"), [guests, location.hash], () => [
    accountLink("sign-in", "Sign in", guests ? "" : "button-main"), accountLink("sign-up", "Sign up"),
    guests && h("button", {
      type: "button", id: "guest", class: "button button-main", onclick: signIn,
    }, "Play as a guest")]);
}

function draw() {
  const isIn = Boolean(session());
  if (!isIn && $("#welcome").hidden) drawDoors();
  show($("#welcome"), !isIn);
  show($("#board"), isIn);
  drawAccount();
  if (!isIn) return;
  const game = state.games[state.game] ?? null;
  const seen = { state, game, now: now(), picked, isManaging };
  document.body.dataset.view = isAtDesk ? "desk" : state.game ? "game" : "list";
  drawGames($("#games"), state, choose);
  drawDeskDoor();
  drawHead(game);
  drawPools(seen);
  slip.draw(seen);
  drawSide(seen);
}

function drawAccount() {
  const name = session()?.user.username ?? null;
  renderOnce($("#account"), [name], () => (name === null ? [] : [
    h("span", { class: "mini-avatar", vars: { "--hue": hueOf(name) }, "aria-hidden": "true" }, initials(name)),
    h("bdi", { class: "account-name" }, name),
    h("button", { class: "button button-quiet", type: "button", onclick: signOut }, "Sign out"),
  ]));
  const currency = currencyNow();
  const balance = state.balances[currency];
  renderOnce($("#balance"), [currency, balance], () => (!balance ? [] : [
    h("span", { class: "balance-main" }, h("span", { class: "balance-word" }, "Available"), h("b", { id: "available" }, money(balance.available, currency))),
    h("span", { class: "balance-rest" }, h("span", { class: "balance-word" }, "In pools"), h("b", { id: "exposure" }, money(exposure(balance), currency))),
    h("span", { class: "balance-rest" }, h("span", { class: "balance-word" }, "Total"), h("b", { id: "current" }, money(balance.current, currency))),
  ]));
}

function drawDeskDoor() {
  const isOpener = state.mayOpen || Object.keys(state.mySources).length > 0;
  const door = $("#games .desk-door");
  if (isOpener && !door) {
    $("#games").append(h("button", { type: "button", class: "button desk-door", onclick: showDesk }, "Run games"));
  } else if (!isOpener) door?.remove();
}

function drawHead(game) {
  const head = $("#game-head");
  const mayTake = game && game.source_id in state.mySources && !(state.game in state.myGames);
  const governs = state.game in state.myGames;
  renderOnce(head, [state.game, game?.name, game?.status, game?.hashtag, state.isJoined, state.closed, governs, mayTake, isManaging], () => {
    if (!game) return [];
    return [
      h("button", { type: "button", class: "button button-quiet back", onclick: () => choose(null) }, "\u2190 All games"),
      h("div", { class: "game-names" }, h("h1", { dir: "auto" }, game.name),
        h("p", { class: "game-facts" },
          h("span", { class: isLive(game.status) && !state.closed ? "live" : null }, state.closed ? "Closed" : statusWord(game.status)),
          game.type ? h("bdi", {}, game.type) : null,
          game.hashtag ? h("bdi", {}, game.hashtag) : null,
          h("span", { id: "here" }))),
      h("div", { class: "game-buttons" }, headButtons(governs, mayTake)),
    ];
  });
  if (game) setText($("#here"), state.isJoined && state.crowd ? `${state.crowd} here` : "");
}

function headButtons(governs, mayTake) {
  const fields = { game_id: state.game };
  return [
    governs ? h("button", {
      type: "button", class: "button", "aria-pressed": String(isManaging), id: "manage-switch",
      onclick: () => { isManaging = !isManaging; redraw(); },
    }, isManaging ? "Back to the pools" : "Manage") : null,
    mayTake && !state.closed ? h("button", { type: "button", class: "button", onclick: () => ask("become_an_admin_for_game", fields) }, "Take charge") : null,
    state.closed ? null : state.isJoined
      ? h("button", { type: "button", class: "button button-quiet", onclick: () => { hasLeft = true; ask("leave_game", fields); } }, "Leave")
      : h("button", { type: "button", class: "button button-main", onclick: () => { hasLeft = false; loadGame(); } }, "Join"),
  ];
}

/** Return a filter that lets all running pools through, and of the settled ones the newest. */
function fewSettled() {
  let settled = 0;
  return (pool) => {
    if (!pool.result) return true;
    settled += 1;
    return settled <= SETTLED_SHOWN;
  };
}

function drawPools(seen) {
  const list = $("#pools");
  show(list, !isManaging && !isAtDesk);
  show($("#panes"), !isAtDesk && !isManaging);
  if (isAtDesk) drawDesk();
  else manage.draw(seen);
  if (!isAtDesk && !isManaging) {
    const pools = ordered(state, seen.now).filter(fewSettled());
    for (const [id, card] of cards) {
      if (pools.some((pool) => pool.pool_id === id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    pools.forEach((pool, place) => {
      const card = cards.get(pool.pool_id) ?? new PoolCard(pool.pool_id, pick);
      cards.set(pool.pool_id, card);
      if (list.children[place] !== card.element) list.insertBefore(card.element, list.children[place] ?? null);
      card.draw(seen);
    });
  }
  const isEmpty = state.game !== null && Object.keys(state.pools).length === 0;
  setText($("#game-note"), isAtDesk || isManaging ? "" : isEmpty ? "No pool is open in this game yet." : "");
}

function drawDesk() {
  const element = $("#manage");
  show(element, true);
  const currencies = [...new Set(["DON", "PLAY", ...Object.keys(state.balances)])];
  renderOnce(element, ["desk", state.mySources, state.mayOpen], () => desk.build(state, currencies));
}

// -- beginning

function begin() {
  if (session() && !connection) {
    const id = location.hash.slice(1);
    if (/^[0-9a-f-]{36}$/.test(id)) state = reduce(state, { name: "game_chosen", id });
    connect();
  }
  redraw();
}

startTabs();
$("#say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("#said").value.trim();
  if (!text || !state.game) return;
  $("#said").value = "";
  if (!await ask("text_message", { text, targets: [state.game] })) $("#said").value = text;
});
for (const button of document.querySelectorAll("#panes button")) {
  button.addEventListener("click", () => {
    document.body.dataset.pane = button.dataset.pane;
    for (const one of document.querySelectorAll("#panes button")) one.setAttribute("aria-pressed", String(one === button));
  });
}
addEventListener("popstate", () => {
  const id = location.hash.slice(1) || null;
  if (id !== state.game) choose(id);
});
addEventListener("online", () => connection?.retry());
addEventListener("offline", () => connection?.lose());
setInterval(() => connection?.look(), LOOK_MS);
setInterval(redraw, 1000);
setInterval(() => document.hidden || connection?.status !== "open" || loadSources(), REFRESH_MS);
begin();
