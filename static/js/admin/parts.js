// What every area of the operators' page is made of: moments, wide tables, lists that go on.

import { h, setText, show } from "../dom.js";
import { call } from "../session.js";

const API = "/api/v1/admin/";
/** How many pages without a row are followed before somebody has to ask for more. */
const EMPTY_PAGES = 20;

/** GET below the operators' calls. */
export const get = (path) => call("GET", `${API}${path}`);

export const post = (path, body) => call("POST", `${API}${path}`, body);

/** Return a moment for people, in their own time. seconds: since 1970 UTC, null for none. */
export function moment(seconds) {
  if (seconds === null || seconds === undefined) return h("span", { class: "faint" }, "\u2013");
  const date = new Date(seconds * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return h("time", { datetime: date.toISOString(), title: date.toISOString(), class: "nowrap" }, `${day} ${time}`);
}

/** Return a link inside this page. parts: of the place, as they are. */
export function link(text, ...parts) {
  const href = `#${parts.map(encodeURIComponent).join("/")}`;
  return h("a", { class: "link", href }, text);
}

/** Return a link to a player where a text is the id of one, else the text. */
export function who(text) {
  const id = /^(?:user:)?([a-z2-7]{16})$/.exec(text)?.[1];
  return id ? link(name(text), "users", id) : name(text);
}

export const name = (text) => h("bdi", {}, text);

/** kind: "good", "bad" or "". */
export const badge = (text, kind = "") => h("span", { class: "badge", "data-kind": kind }, text);

export const code = (text) => h("code", { class: "wrap" }, text);

/** Return a head line with its facts. facts: [word, content], null ones are left out. */
export function facts(list) {
  return h("dl", { class: "facts" }, list.filter(Boolean).map(([word, content]) => (
    h("div", {}, h("dt", {}, word), h("dd", {}, content)))));
}

/** Return a table in a box that scrolls by itself. columns: [heading, "number" or ""]. */
export function wideTable(label, columns) {
  const body = h("tbody");
  const head = h("tr", {}, columns.map(([text, kind]) => (
    h("th", { scope: "col", class: kind || null }, text))));
  const box = h("div", { class: "wide", role: "region", "aria-label": label, tabindex: "0" },
    h("table", {}, h("thead", {}, head), body));
  box.rowsOf = (rows) => rows.map((cells) => h("tr", {}, cells.map((cell, index) => (
    h("td", { class: columns[index][1] || null }, cell)))));
  box.set = (rows) => body.replaceChildren(...box.rowsOf(rows));
  box.add = (rows) => body.append(...box.rowsOf(rows));
  return box;
}

/** Return a section. */
export function section(title, ...children) {
  const id = `s-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return h("section", { class: "box", "aria-labelledby": id }, h("h2", { id }, title), children);
}

/**
 * Return a list that is read page by page: {element, restart(path), rows}.
 * columns: of the table; cells(row) -> its cells; told(answer, list): after each page.
 */
export function pages({ label, columns, cells, empty, told = () => {} }) {
  const table = wideTable(label, columns);
  const note = h("p", { class: "note", role: "status" });
  const more = h("button", { class: "button", type: "button", hidden: true }, "More");
  const list = { element: h("div", { class: "pages" }, table, note, more), rows: [], next: null };
  let turn = 0;
  list.restart = async (path) => {
    turn += 1;
    list.rows = [];
    table.set([]);
    await list.read(`${API}${path}`);
  };
  list.read = async (path) => {
    const mine = turn;
    more.disabled = true;
    try {
      let answer;
      for (let count = 0; path && count < EMPTY_PAGES && !answer?.results.length; count += 1) {
        answer = await call("GET", path);
        if (mine !== turn) return;
        path = answer.next;
      }
      list.next = path;
      list.rows.push(...answer.results);
      table.add(answer.results.map(cells));
      told(answer, list);
    } finally {
      more.disabled = false;
    }
    show(more, Boolean(list.next));
    setText(note, list.rows.length ? "" : list.next ? "Nothing yet; there is more to look at." : empty);
    show(table, list.rows.length > 0);
  };
  more.addEventListener("click", () => list.read(list.next).catch((error) => more.dispatchEvent(
    new CustomEvent("trouble", { bubbles: true, detail: error }))));
  return list;
}
