// The lobby page: open tables, ways to sign in, the own balance, joining by a table's code.

import "./cards.js";
import { h, renderOnce, setText, show } from "./dom.js";
import { gamesText } from "./games.js";
import { accountLink, avatar } from "./header.js";
import { display } from "./money.js";
import {
  call, isPerson, onOtherTab, session, signInAsGuest, signOut as endSession,
} from "./session.js";
import "./toasts.js";

const REFRESH_MS = 5000;
const $ = (selector) => document.querySelector(selector);
const toasts = $("toast-stack");
/** Whether the host lets this browser in as a guest; null until it has said so. */
let guests = null;

function tell(error) {
  toasts.tell(error.message, "error");
}

async function signIn() {
  try {
    await signInAsGuest();
  } catch (error) {
    tell(error);
    return false;
  }
  await drawAccount();
  return true;
}

async function drawAccount() {
  const account = $("#account");
  const current = session();
  if (!current) {
    account.replaceChildren(...strangerLinks());
    return;
  }
  const { username, avatar: url } = current.user;
  const balance = h("span", { class: "account-balance" });
  const who = h("span", { class: "account-text" }, h("bdi", { class: "account-name" }, username),
    balance);
  account.replaceChildren(
    isPerson() ? h("a", { class: "account-me", href: "/account/" }, avatar(username, url), who)
      : h("span", { class: "account-me" }, avatar(username, url), who),
    h("a", { class: "button", href: "/tables/" }, "My tables"),
    h("button", { class: "button button-quiet", type: "button", onclick: signOut }, "Sign out"));
  setText(balance, await balanceText());
}

function strangerLinks() {
  const next = "/tables/";
  return [accountLink("sign-in", "Sign in", "button-quiet", next),
    accountLink("sign-up", "Sign up", guests ? "" : "button-main", next),
    guests ? h("button", {
      class: "button button-main", type: "button", id: "guest", onclick: signIn,
    }, "Play as a guest") : ""];
}

async function balanceText() {
  try {
    const { balances = {} } = await call("GET", "/api/v1/users/current/");
    return Object.entries(balances).map(([code, amount]) => `${display(amount)} ${code}`).join(" \u00b7 ");
  } catch (error) {
    if (error.status === 401) {
      signOut();
      toasts.tell("Your sign-in has expired.");
    }
    return "";
  }
}

function signOut() {
  endSession();
  drawAccount();
}

/** Return one table of the lobby's answer in the shape that this page draws. */
export function lobbyTable(raw) {
  const config = raw.config ?? raw;
  return {
    token: raw.short_table_token ?? raw.short_token ?? raw.table_token ?? raw.token,
    name: raw.name ?? config.name ?? "Table",
    smallBlind: config.small_blind, bigBlind: config.big_blind,
    minBuyIn: config.min_buy_in, maxBuyIn: config.max_buy_in,
    seats: Number(raw.seats ?? config.seats ?? 9),
    seated: Number(raw.seated ?? raw.players_seated ?? raw.players ?? 0),
    currency: raw.currency ?? config.currency ?? "",
    games: raw.games ?? [],
    isRunning: Boolean(raw.is_running ?? raw.running ?? false),
  };
}

function tableCard(table) {
  const taken = Math.min(table.seated, table.seats);
  const dots = Array.from({ length: table.seats }, (_, index) => (
    h("i", { class: index < taken ? "is-taken" : null })));
  const facts = [
    table.bigBlind && ["Blinds", `${display(table.smallBlind)} / ${display(table.bigBlind)}`],
    table.maxBuyIn && ["Buy-in", `${display(table.minBuyIn)} \u2013 ${display(table.maxBuyIn)}`],
    ["Players", `${taken} / ${table.seats}`],
  ].filter(Boolean);
  return h("li", {}, h("a", { class: "table-card", href: `/play/${table.token}`, "data-token": table.token },
    h("span", { class: "mini-table", "aria-hidden": "true" }, h("span", { class: "mini-seats", vars: { "--columns": Math.ceil(table.seats / 2) } }, dots)),
    h("span", { class: "table-title" }, h("bdi", { class: "table-name" }, table.name),
      h("span", { class: "table-game" },
        [gamesText(table.games), table.currency].filter(Boolean).join(" \u00b7 "))),
    h("span", { class: "table-facts" }, facts.map(([name, value]) => (
      h("span", { class: "fact" }, h("span", { class: "fact-name" }, name), h("b", {}, value))))),
    h("span", { class: "button button-main table-go", "aria-hidden": "true" }, "Sit down")));
}

async function drawTables() {
  let tables;
  try {
    const answer = await call("GET", "/api/v1/lobby/tables/");
    tables = (answer.tables ?? []).map(lobbyTable);
    takeGuests(answer.guests !== false);
  } catch (error) {
    setText($("#tables-note"), `${error.message} Trying again\u2026`);
    return;
  }
  renderOnce($("#tables"), tables, () => tables.map(tableCard));
  setText($("#tables-note"), tables.length === 0 ? "No table is open right now." : "");
}

function takeGuests(areLetIn) {
  if (guests === areLetIn) return;
  guests = areLetIn;
  if (!session()) drawAccount();
}

/** Whoever goes to a table without an account becomes a guest on the way, if guests are allowed. */
async function go(path) {
  if (!session() && guests === false) {
    location.assign(`/account/sign-in/?next=${encodeURIComponent(path)}`);
    return;
  }
  if (!session() && !(await signIn())) return;
  location.assign(path);
}

$("#tables").addEventListener("click", (event) => {
  const link = event.target.closest("a.table-card");
  if (!link || session() || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  go(new URL(link.href).pathname);
});
$("#by-token").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = $("#token").value.trim();
  const code = token.length === 4 ? token.toUpperCase() : token;
  go(isPerson() || guests === false ? `/join/${code}` : `/play/${code}`);
});
$("#reload").addEventListener("click", drawTables);
setInterval(() => document.hidden || drawTables(), REFRESH_MS);
onOtherTab(drawAccount);
show($("#tables-note"), true);
drawAccount();
drawTables();
