// Tables: the list, and one of them as it is now. Of a running hand only what everybody at the
// table sees comes here; there is nothing to hide in this page.

import { initial, nameOf, reduce } from "../reducer.js";
import { h, renderOnce, setText } from "../dom.js";
import { display } from "../money.js";
import { board, potText, seatsOf, seatTable } from "./felt.js";
import {
  badge, code, facts, get, link, moment, name, pages, section, wideTable,
} from "./parts.js";

const LIVE_MS = 2000;
const STATES = ["", "unpaid", "paid", "open", "expired", "closed"];
const KINDS = { open: "good", running: "good", closed: "", expired: "" };

const status = (row) => [badge(row.status, KINDS[row.status] ?? ""),
  row.is_stopped ? [" ", badge("stopped", "bad")] : []].flat();

export async function tables({ show }) {
  const list = pages({
    label: "Tables", empty: "There are no such tables.",
    columns: [["Table", ""], ["Code", ""], ["State", ""], ["Seated", "number"], ["Creator", ""], ["Type", ""], ["Made", ""], ["Opened", ""], ["Expires", ""]],
    cells: (row) => [
      link(name(row.name ?? row.short_table_token), "tables", row.token), row.short_table_token,
      status(row), String(row.seated),
      row.creator ? link(name(row.creator.username), "users", row.creator.id) : "\u2013",
      row.type, moment(row.created), moment(row.open), moment(row.expire),
    ],
  });
  const choice = h("select", { class: "control is-short", "aria-label": "State" },
    STATES.map((one) => h("option", { value: one }, one || "All states")));
  const read = () => list.restart(choice.value ? `tables/?status=${choice.value}` : "tables/");
  choice.addEventListener("change", () => read().catch((error) => choice.dispatchEvent(
    new CustomEvent("trouble", { bubbles: true, detail: error }))));
  await read();
  show(h("section", { class: "box" },
    h("div", { class: "box-head" }, h("h1", {}, "Tables"), choice), list.element));
}

export async function table({ names: [token], show, signal, trouble }) {
  const path = `tables/${encodeURIComponent(token)}/`;
  const first = await get(path);
  const hands = pages({
    label: "Hands", empty: "No hand has been finished here.",
    columns: [["Hand", "number"], ["Ended", ""], ["Game", ""], ["Players and results", ""]],
    cells: (row) => [
      link(`Hand ${row.hand}`, "tables", token, "hands", String(row.hand)), moment(row.at), row.game,
      h("span", { class: "results" }, row.players.map((player, index) => h("span", { class: "result" },
        name(player), " ", amount(row.results[index])))),
    ],
  });
  await hands.restart(`${path}hands/`);
  const live = liveView(token);
  live.update(first);
  show(h("section", { class: "box" },
    h("div", { class: "box-head" }, h("h1", {}, name(first.name ?? first.short_table_token)), h("span", { class: "buttons" }, status(first))),
    facts([
      ["Code", first.short_table_token], ["Type", first.type],
      ["Creator", first.creator ? link(name(first.creator.username), "users", first.creator.id) : "\u2013"],
      ["Made", moment(first.created)], ["Opened", moment(first.open)], ["Expires", moment(first.expire)],
      ["Id", code(first.token)],
    ])),
  live.element, section("Finished hands", hands.element), players(first), settings(first));
  follow({ path, live, hands, signal, trouble });
}

/** Return an amount, marked as lost or won. */
export function amount(text) {
  const isLost = String(text).startsWith("-");
  const isZero = !/[1-9]/.test(String(text));
  const sign = isLost || isZero ? "" : "+";
  return h("b", { class: isZero ? "" : isLost ? "lost" : "won" }, `${sign}${display(text)}`);
}

/** Look again and again, and at the list of hands whenever one is over. */
async function follow({ path, live, hands, signal, trouble }) {
  let wasRunning = live.isRunning();
  while (!signal.aborted) {
    await new Promise((done) => { setTimeout(done, LIVE_MS); });
    if (signal.aborted || document.hidden) continue;
    try {
      live.update(await get(path));
      if (wasRunning && !live.isRunning()) await hands.restart(`${path}hands/`);
      wasRunning = live.isRunning();
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401 || error.status === 403) trouble(error);
      else live.lost(error);
    }
  }
}

/** Return {element, update(table), isRunning(), lost(error)}: the felt as everybody sees it. */
function liveView(token) {
  const line = h("p", { class: "live-line" });
  const fresh = h("span", { class: "note", role: "status" });
  const middle = h("div", { class: "middle" });
  const seats = h("div", {});
  const feed = h("ol", { class: "feed" });
  const element = h("section", { class: "box live", "aria-labelledby": "live-title", "data-token": token },
    h("div", { class: "box-head" }, h("h2", { id: "live-title" }, "Now"), fresh), line,
    middle, seats, h("details", {}, h("summary", {}, "What was told in this hand"), feed));
  const update = (given) => {
    const state = given.state.reduce(reduce, initial);
    const { hand } = state;
    setText(fresh, `Event ${state.seq ?? 0}`);
    setText(line, wordsOf(given, state));
    element.dataset.hand = hand.isRunning ? "running" : "none";
    renderOnce(middle, [hand.community, hand.id, potText(hand)], () => (
      hand.id === null ? [] : [board(hand.community), h("span", { class: "pot" }, potText(hand))]));
    const rows = seatsOf(state);
    renderOnce(seats, rows, () => (rows.length ? seatTable(rows, "Seats now") : []));
    renderOnce(feed, state.feed, () => state.feed.map(({ parts }) => (
      h("li", {}, parts.map(({ text }) => text).join("")))));
  };
  const isRunning = () => element.dataset.hand === "running";
  return { element, update, isRunning, lost: (error) => setText(fresh, error.message) };
}

function wordsOf(given, state) {
  if (given.is_stopped) return "The room was stopped because of a fault; its chips stay visible.";
  if (!given.is_loaded || given.state.length === 0) return "No room of this table is loaded.";
  const { hand } = state;
  if (hand.id === null) return "No hand is being played.";
  if (!hand.isRunning) return "The hand is over.";
  return hand.turn ? `A hand runs; it is ${nameOf(state, hand.turn.player)}\u2019s turn. Pocket cards are nobody\u2019s but their players\u2019.`
    : "A hand runs. Pocket cards are nobody\u2019s but their players\u2019.";
}

function players({ players: list }) {
  const box = wideTable("Players", [["Player", ""], ["Number", "number"], ["Seat", "number"], ["Here", ""], ["Joined", ""]]);
  box.set(list.map((one) => [
    link(name(one.username), "users", one.user), one.player === null ? "\u2013" : String(one.player),
    one.seat === null ? "\u2013" : String(one.seat + 1), one.is_here ? "yes" : "no", moment(one.joined),
  ]));
  return section("Players", list.length ? box : h("p", { class: "note" }, "Nobody has joined this table."));
}

function settings({ configuration }) {
  const rows = Object.entries(configuration ?? {});
  return section("Configuration", rows.length ? h("dl", { class: "facts" }, rows.map(([key, value]) => (
    h("div", {}, h("dt", {}, key), h("dd", {}, typeof value === "object" && value !== null
      ? code(JSON.stringify(value)) : String(value)))))) : h("p", { class: "note" }, "None."));
}
