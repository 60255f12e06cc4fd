// One table as its host and its players see it: state, invitation, players, settings, statistics.

import { copyText } from "../copying.js";
import { confirm } from "../dialogs.js";
import { h } from "../dom.js";
import { call, request } from "../session.js";
import { tabs } from "../tabs.js";
import { players } from "./players.js";
import { settings } from "./settings.js";
import { statistics } from "./statistics.js";
import { inviteLink, isOver, isPlayable, kindWord, modeWord, statusChip, when } from "./words.js";

/** What all parts of the page share: the newest state of the table, and how to change it. */
class TablePage {
  constructor(token, { toasts, fail }) {
    this.path = `/api/v1/tables/${encodeURIComponent(token)}/`;
    this.toasts = toasts;
    this.fail = fail;
    this.table = null;
    this.etag = null;
    this.heard = [];
  }

  async load() {
    const { body, etag } = await request("GET", this.path);
    this.took(body, etag);
  }

  took(table, etag) {
    this.table = table;
    this.etag = etag;
    document.title = `${table.name} \u00b7 vphost`;
    for (const told of this.heard) told(table);
  }

  /** Change the table against the version that is shown. Raises ApiError. */
  async change(method, path, body) {
    const { body: table, etag } = await request(method, path, body, { "If-Match": this.etag });
    this.took(table, etag);
  }

  /** Do something that may be refused, and tell it. Returns whether it was done. */
  async attempt(act, done) {
    try {
      await act();
    } catch (error) {
      if (error.code === "version_changed") await this.load().catch(this.fail);
      this.fail(error);
      return false;
    }
    if (done) this.toasts.tell(done, "good");
    return true;
  }
}

export function tableView(token, parts) {
  const page = new TablePage(token, parts);
  const element = h("div", { class: "table-page" }, h("p", { class: "note", role: "status" },
    "One moment\u2026"));
  begin(page, element, token);
  return element;
}

async function begin(page, element, token) {
  try {
    await page.load();
  } catch (error) {
    if (error.status === 404) stranger(element, token);
    else page.fail(error);
    return;
  }
  const head = h("div", { class: "table-head" });
  const redraw = () => head.replaceChildren(...headOf(page));
  page.heard.push(redraw);
  redraw();
  const list = [players(page), settings(page), statistics(page)];
  let current = null;
  element.replaceChildren(head, ...tabs("Table", list, (name) => {
    current = list.find((one) => one.name === name);
    current.shown();
  }));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    page.load().catch(page.fail);
    current.shown();
  });
}

function stranger(element, token) {
  element.replaceChildren(h("section", { class: "door" }, h("h1", {}, "Not one of your tables"),
    h("p", {}, "You may have left it, or you have not joined yet."),
    h("div", { class: "form-buttons" },
      h("a", { class: "button button-main", href: `/join/${token}` }, "Join"),
      h("a", { class: "button", href: "/tables/" }, "My tables"))));
}

function headOf(page) {
  const { table } = page;
  return [
    h("a", { class: "link back-link", href: "/tables/" }, "\u2190 My tables"),
    h("div", { class: "page-head" }, h("h1", {}, h("bdi", {}, table.name)), statusChip(table)),
    h("p", { class: "note" }, noteOf(table)),
    h("div", { class: "head-row" }, h("div", { class: "form-buttons" }, buttonsOf(page)),
      isOver(table) ? null : invitation(page)),
  ];
}

function noteOf(table) {
  const parts = [modeWord(table.game_mode), kindWord(table)];
  if (table.expire && !isOver(table)) parts.push(`until ${when(table.expire)}`);
  if (isOver(table)) parts.push(`it was open until ${when(table.expire)}`);
  return parts.join(" \u00b7 ");
}

function buttonsOf(page) {
  const { table } = page;
  const button = (text, act, kind = "") => h("button", {
    type: "button", class: `button ${kind}`, onclick: act,
  }, text);
  if (isPlayable(table)) {
    return [h("a", {
      class: "button button-main", href: `/play/${table.short_table_token}`,
    }, "Go to the table")];
  }
  if (!table.is_creator || isOver(table)) return [];
  if (table.status === "paid") {
    return [button("Open the table", () => open(page), "button-main")];
  }
  const prices = h("span", {});
  tellPrices(prices);
  return [h("p", { class: "note" }, "It can be opened once it is paid for.", prices),
    button("Delete the table", () => remove(page), "button-danger")];
}

/** Write what a table costs, where the host's payment provider says so. */
async function tellPrices(element) {
  const { results } = await call("GET", "/api/v1/payments/prices/").catch(() => ({ results: [] }));
  element.textContent = results.map(({ product, amount_minor: minor, currency }) => {
    const format = new Intl.NumberFormat([], { style: "currency", currency });
    const { maximumFractionDigits: digits } = format.resolvedOptions();
    return ` ${product.name}: ${format.format(minor / 10 ** digits)}.`;
  }).join("");
}

const open = (page) => page.attempt(
  async () => {
    await call("POST", `${page.path}open/`);
    await page.load();
  }, "The table is open for a day.");

async function remove(page) {
  const { name } = page.table;
  if (!await confirm("Delete the table?", `${name} is gone for good then.`, "Delete")) return;
  if (await page.attempt(() => request("DELETE", page.path, undefined, { "If-Match": page.etag }))) {
    location.assign("/tables/");
  }
}

function invitation(page) {
  const link = inviteLink(page.table);
  const input = h("input", {
    class: "text-input invite-link", readonly: true, value: link, "aria-label": "Invitation link",
  });
  input.addEventListener("focus", () => input.select());
  return h("div", { class: "invite" },
    h("p", {}, "Invite with the code ", h("span", { class: "code" }, page.table.short_table_token),
      " or this link:"),
    h("div", { class: "invite-row" }, input, h("button", {
      class: "button", type: "button", onclick: () => copy(page, input),
    }, "Copy link")));
}

async function copy(page, input) {
  if (await copyText(input.value)) {
    page.toasts.tell("The link is copied.", "good");
    return;
  }
  input.focus();
  input.select();
  page.toasts.tell("Please copy the marked link by hand.");
}
