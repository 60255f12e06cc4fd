// Beside the pools: own bets, the live feed, chat, leaders. Tabs by click and arrow keys.

import { h, renderOnce, show } from "../dom.js";
import { compare, isPositive, subtract } from "../money.js";
import { nameOf, stakedIn } from "./reducer.js";
import { clock, feedLine, money, poolTitle } from "./words.js";

const $ = (selector) => document.querySelector(selector);

/** Make the tabs of the page work. */
export function startTabs() {
  const tabs = [...document.querySelectorAll(".side [role=tab]")];
  const select = (chosen) => tabs.forEach((tab) => {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    show(document.getElementById(tab.getAttribute("aria-controls")), isChosen);
  });
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      select(next);
      next.focus();
    });
  });
}

export function drawSide({ state, game }) {
  drawBets(state, game);
  const isNear = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  renderOnce($("#feed"), [state.feed, game?.targets, game?.actions], () => feed(state, game));
  const chat = $("#chat");
  const wasNear = isNear(chat);
  if (renderOnce(chat, state.chat, () => lines(state)) && wasNear) chat.scrollTop = chat.scrollHeight;
  renderOnce($("#panel-leaders"), [state.leaders, state.me?.name], () => leaders(state));
}

function drawBets(state, game) {
  const mine = Object.values(state.pools).filter((pool) => isPositive(stakedIn(state, pool.pool_id)));
  mine.sort((a, b) => Number(Boolean(a.result)) - Number(Boolean(b.result))
    || (b.result?.at ?? b.created_at) - (a.result?.at ?? a.created_at));
  const bets = mine.map((pool) => state.bets[pool.pool_id]);
  renderOnce($("#panel-bets"), [mine.map((pool) => [pool.pool_id, pool.result]), bets, game?.targets], () => (
    mine.length ? h("ul", { class: "own-bets" }, mine.map((pool) => ownPool(state, game, pool)))
      : h("p", { class: "note" }, "No bet in this game yet. Choose a side in a pool.")));
}

function ownPool(state, game, pool) {
  const staked = stakedIn(state, pool.pool_id);
  const own = pool.result?.own;
  const sign = own ? compare(own.returned, own.staked) : 0;
  const outcome = !pool.result ? money(staked, pool.currency)
    : sign > 0 ? `+${money(subtract(own.returned, own.staked), pool.currency)}`
      : sign < 0 ? `\u2212${money(subtract(own.staked, own.returned), pool.currency)}` : "returned";
  const bets = state.bets[pool.pool_id] ?? [];
  return h("li", { class: "own-pool", "data-pool": pool.pool_id },
    h("div", { class: "own-head" }, h("bdi", {}, poolTitle(game, pool)),
      h("b", { class: sign > 0 ? "is-won" : sign < 0 ? "is-lost" : null }, outcome)),
    h("ul", { class: "own-lines" }, grouped(bets).map(([target, amount, count]) => h("li", {},
      h("bdi", {}, nameOf(game, target)),
      h("span", {}, `${money(amount, pool.currency)}${count > 1 ? ` \u00b7 ${count} bets` : ""}`)))));
}

function grouped(bets) {
  const sums = new Map();
  for (const { target, amount } of bets) {
    const [sum, count] = sums.get(target) ?? ["0", 0];
    sums.set(target, [subtract(sum, `-${amount}`), count + 1]);
  }
  return [...sums].map(([target, [sum, count]]) => [target, sum, count]);
}

function feed(state, game) {
  if (state.feed.length === 0) return h("li", { class: "note" }, "Nothing has happened yet.");
  return [...state.feed].reverse().map((line) => {
    const [strong, rest] = feedLine(game, line);
    return h("li", { class: `feed-line feed-${line.kind}` },
      h("time", {}, clock(line.at)),
      h("span", {}, h("b", {}, h("bdi", {}, strong)), rest ? ` ${rest}` : null));
  });
}

function lines(state) {
  if (state.chat.length === 0) return h("li", { class: "note" }, "Nobody has said anything yet.");
  return state.chat.map((line) => h("li", { class: "chat-line" },
    h("span", { class: "chat-sender" }, h("bdi", {}, line.sender), h("time", {}, clock(line.at))),
    h("bdi", { class: "chat-text" }, line.text)));
}

function leaders(state) {
  const items = state.leaders?.items ?? [];
  if (items.length === 0) return h("p", { class: "note" }, "No pool of this game has been settled yet.");
  const breaks = state.leaders.breaks ?? [];
  return h("ol", { class: "leaders" }, items.map((item) => h("li", {
    class: [item.username === state.me?.name ? "is-me" : "", breaks.includes(item.rank) ? "has-gap" : ""].join(" "),
  }, h("span", { class: "leader-rank" }, item.rank), h("bdi", {}, item.username),
  h("b", {}, money(item.points, state.leaders.currency)))));
}
