// My tables: those I made and those I joined, a page at a time; and a new one.

import { h, setText, show } from "../dom.js";
import { field, form, textField } from "../forms.js";
import { newId } from "../ids.js";
import { display } from "../money.js";
import { call } from "../session.js";
import { kindWord, statusChip, when } from "./words.js";

const PAGE = 12;
const FIRST = `/api/v1/tables/?limit=${PAGE}`;

export function listView({ fail }) {
  document.title = "My tables \u00b7 vphost";
  const list = h("ul", { class: "my-tables" });
  const note = h("p", { class: "note", role: "status" }, "One moment\u2026");
  const more = h("button", { class: "button", type: "button", hidden: true }, "Show more");
  const load = async (path) => {
    more.disabled = true;
    try {
      const { results, next } = await call("GET", path);
      const cards = results.map(card);
      list.append(...cards);
      if (path !== FIRST) cards[0]?.querySelector("a").focus();
      setText(note, list.children.length === 0
        ? "You have no table yet. Make one, or open the link of an invitation." : "");
      show(more, next !== null);
      more.onclick = () => load(next);
    } catch (error) {
      setText(note, error.message);
      fail(error);
    } finally {
      more.disabled = false;
    }
  };
  load(FIRST);
  return [h("div", { class: "page-head" }, h("h1", {}, "My tables"), h("button", {
    class: "button button-main", type: "button", onclick: () => newTable(),
  }, "New table")), list, note, more];
}

function card(table) {
  const { configuration: config } = table;
  const facts = [
    ["Code", h("span", { class: "code" }, table.short_table_token)],
    config ? ["Blinds", `${display(config.small_blind)} / ${display(config.big_blind)}`] : null,
    table.expire ? ["Until", when(table.expire)] : ["Made", when(table.created)],
  ].filter(Boolean);
  return h("li", {}, h("a", { class: "my-table", href: `/tables/${table.token}/` },
    h("span", { class: "my-table-title" }, h("bdi", { class: "my-table-name" }, table.name),
      h("span", { class: "hint" },
        `${table.is_creator ? "You host it" : "You play"} \u00b7 ${kindWord(table)}`)),
    h("span", { class: "my-table-facts" }, facts.map(([name, value]) => (
      h("span", { class: "fact" }, h("span", { class: "fact-name" }, name), h("b", {}, value))))),
    statusChip(table)));
}

/** Return a choice between a private and a public table. */
export function kindField(value = "private") {
  const input = h("select", { class: "text-input" },
    h("option", { value: "private" }, "Private: who has its code"),
    h("option", { value: "public" }, "Public: anybody, from the lobby"));
  input.value = value;
  return field({ name: "type", label: "Who may come", input });
}

export function nameField(value = "") {
  return textField({
    name: "name", label: "Name", required: true, maxlength: 64, value, autocomplete: "off",
    dir: "auto",
  });
}

function newTable() {
  const key = newId();
  const cancel = h("button", { class: "button", type: "button" }, "Cancel");
  const element = form({
    label: "New table", submit: "Make the table", extra: [cancel],
    before: [h("h2", {}, "New table")],
    fields: [nameField(), kindField()],
    act: async (values) => {
      const table = await call("POST", "/api/v1/tables/", values, { "Idempotency-Key": key });
      location.assign(`/tables/${table.token}/#settings`);
    },
  });
  const dialog = h("dialog", { class: "dialog dialog-wide", "aria-label": "New table" }, element);
  cancel.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
