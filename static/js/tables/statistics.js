// Figures of a table: all its players side by side, oneself, and oneself against another.
// What a figure means stands in the schema that the host serves for it.

import { h, renderOnce, setText } from "../dom.js";
import { call, download } from "../session.js";
import { startTerms } from "../terms.js";
import { listed } from "./players.js";
import { schema } from "./schema.js";

const ROW = "rest/stats/row.json";

/** Return label -> definition. */
async function definitions() {
  const { properties } = await schema(ROW);
  return new Map((properties.label.oneOf ?? []).map((one) => [one.const, one.description]));
}

/** Return the tab. */
export function statistics(page) {
  const body = h("div", { class: "stats" });
  const note = h("p", { class: "note", role: "status" }, "One moment\u2026");
  const panel = h("section", {}, note, body);
  startTerms(panel);
  const load = async () => {
    try {
      const [table, people, terms] = await Promise.all([
        call("GET", `${page.path}stats/`), listed(page.table.short_table_token), definitions()]);
      setText(note, table.hands === 0 ? "No hand has been finished yet."
        : `${table.hands} ${table.hands === 1 ? "hand" : "hands"} finished.`);
      renderOnce(body, [table, people.length], () => [
        everybody(table, terms), versus(page, people, terms), report(page, table.hands),
        glossary(terms, table)]);
    } catch (error) {
      page.fail(error);
    }
  };
  return { name: "statistics", text: "Statistics", panel, shown: load };
}

/** Return a figure's name with its definition at hand. */
function term(label, terms) {
  const meaning = terms.get(label);
  return meaning ? h("button", { type: "button", class: "term", "data-meaning": meaning }, label)
    : label;
}

function everybody({ players }, terms) {
  const labels = players[0]?.stats.map(({ label }) => label) ?? [];
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All players" },
    h("table", { class: "grid" }, h("caption", { class: "unseen" }, "Figures of all players"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Player"),
        labels.map((label) => h("th", { scope: "col", class: "number" }, term(label, terms))))),
      h("tbody", {}, players.map(({ username, is_here: isHere, stats }) => h("tr", {},
        h("th", { scope: "row" }, h("bdi", {}, username),
          isHere === false ? h("span", { class: "hint" }, " has left") : null),
        stats.map(({ value }) => h("td", { class: "number" }, value)))))));
}

function versus(page, people, terms) {
  const others = people.filter((one) => !one.is_you);
  const isPlayer = people.some((one) => one.is_you);
  if (!isPlayer || others.length === 0) return null;
  const result = h("div", { class: "cards", "aria-live": "polite" });
  const choice = h("select", { class: "text-input", id: "versus" },
    h("option", { value: "" }, "Choose a player"),
    others.map((one) => h("option", { value: one.id }, one.username)));
  choice.addEventListener("change", async () => {
    const other = others.find((one) => String(one.id) === choice.value);
    result.replaceChildren();
    if (!other) return;
    try {
      const found = await call("GET", `/api/v1/players/${other.id}/versus-stats/`);
      if (choice.value !== String(other.id)) return;
      result.replaceChildren(figures(`You against ${other.username}`, found.vs, terms),
        figures(other.username, found.table, terms));
    } catch (error) {
      page.fail(error);
    }
  });
  return h("section", { class: "versus", "aria-labelledby": "versus-title" },
    h("h2", { id: "versus-title" }, "Against each other"),
    h("div", { class: "field" }, h("label", { for: "versus" }, "You against"), choice), result);
}

/** Return a card of figures. */
export function figures(title, rows, terms) {
  return h("section", { class: "card" }, h("h3", {}, h("bdi", {}, title)),
    h("dl", { class: "facts" }, rows.map(({ label, value }) => h("div", {},
      h("dt", {}, term(label, terms)), h("dd", {}, value)))));
}

/** The report of the last game: by mail for all of its players, and as a table for programs. */
function report(page, hands) {
  if (hands === 0) return null;
  const { short_table_token: code, is_creator: isHost } = page.table;
  const path = `/api/v1/reports/${code}/`;
  const mail = () => page.attempt(async () => {
    const sent = await call("POST", `${path}send-report/`);
    page.toasts.tell(sent.already_sent ? "Everybody has got the report."
      : `The report is on its way to ${people(sent.recipients)}.`, "good");
  });
  const save = () => page.attempt(() => download(`${path}csv/`, `report-${code}.csv`));
  return h("section", { class: "card", "aria-labelledby": "report-title" },
    h("h2", { id: "report-title" }, "Report of the last game"),
    h("p", { class: "note" }, "It goes to all players by mail when a game ends."),
    h("div", { class: "form-buttons" },
      isHost ? h("button", { type: "button", class: "button", onclick: mail },
        "Mail it to who lacks it") : null,
      h("button", { type: "button", class: "button", onclick: save }, "Download as CSV")));
}

const people = (count) => (count === 1 ? "1 person" : `${count} people`);

function glossary(terms, { players }) {
  const shown = players[0]?.stats.map(({ label }) => label).filter((label) => terms.has(label)) ?? [];
  if (shown.length === 0) return null;
  return h("details", { class: "glossary" }, h("summary", {}, "What the figures mean"),
    h("dl", { class: "meanings" }, shown.map((label) => h("div", {}, h("dt", {}, label),
      h("dd", {}, terms.get(label))))));
}
