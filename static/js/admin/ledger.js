// The ledger: sums (always zero), accounts, and what moved on one of them.

import { h, renderOnce } from "../dom.js";
import { add, display, isPositive, subtract } from "../money.js";
import {
  badge, code, facts, get, link, moment, pages, section, who, wideTable,
} from "./parts.js";

const isZero = (text) => !isPositive(text) && !isPositive(subtract("0", text));

const kindOf = (account) => {
  const [kind, id] = account.split(":");
  return kind === "user" ? ["users", id] : kind === "room" ? ["tables", id] : null;
};

const balancesOf = (balances) => {
  const list = Object.entries(balances);
  return list.length ? h("span", { class: "results" }, list.map(([currency, held]) => (
    h("span", { class: "result" }, h("b", {}, display(held)), ` ${currency}`)))) : "0";
};

export async function ledger({ show }) {
  const sums = await get("ledger/sums/");
  const list = pages({
    label: "Accounts", empty: "There are no such accounts.",
    columns: [["Account", ""], ["Balance", "number"], ["Of", ""]],
    cells: (row) => [
      link(code(row.account), "ledger", row.account), balancesOf(row.balances),
      kindOf(row.account) ? link(kindOf(row.account)[0] === "users" ? "player" : "table", ...kindOf(row.account)) : "",
    ],
  });
  await list.restart("ledger/accounts/");
  show(h("section", { class: "box" }, h("h1", {}, "Ledger"),
    facts([["Commits", display(String(sums.commits))], ["Head of the chain", code(sums.head)]]), sumsTable(sums)),
  section("Accounts", search(list), list.element));
}

function sumsTable({ currencies }) {
  const box = wideTable("Sums", [["Currency", ""], ["Sum of all accounts", "number"], ["", ""], ["Issued", "number"], ["Accounts", "number"]]);
  box.set(currencies.map((row) => [
    row.currency, h("span", { "data-sum": row.currency }, row.sum),
    isZero(row.sum) ? badge("balanced", "good") : badge("not zero", "bad"), display(row.issued), String(row.accounts),
  ]));
  return currencies.length ? box : h("p", { class: "note" }, "No money has moved yet.");
}

function search(list) {
  const input = h("input", { class: "control", type: "search", maxlength: 128, "aria-label": "Accounts whose names begin with", placeholder: "user:, room:, house:\u2026", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { class: "search" }, input, h("button", { class: "button", type: "submit" }, "Find"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const prefix = input.value.trim();
    list.restart(prefix ? `ledger/accounts/?prefix=${encodeURIComponent(prefix)}` : "ledger/accounts/")
      .catch((error) => form.dispatchEvent(new CustomEvent("trouble", { bubbles: true, detail: error })));
  });
  return form;
}

export async function account({ names: [wanted], show }) {
  const sums = h("p", { class: "postings-sum", role: "status" });
  const list = pages({
    label: "Postings", empty: "Nothing has moved on this account.",
    columns: [["No.", "number"], ["Moment", ""], ["Amount", "number"], ["", ""], ["What", ""], ["Table", ""], ["By", ""], ["Commit", ""]],
    cells: (row) => [
      String(row.seq), moment(row.at), h("b", { class: row.amount.startsWith("-") ? "lost" : "won" }, display(row.amount)),
      row.currency, row.op, row.room ? link(row.room.slice(0, 8), "tables", row.room) : "",
      who(row.user ?? ""), code(row.commit),
    ],
    told: (_, { rows, next }) => {
      const totals = {};
      for (const row of rows) totals[row.currency] = add(totals[row.currency] ?? "0", row.amount);
      renderOnce(sums, [totals, next], () => (rows.length === 0 ? [] : [
        next ? "The postings read so far make " : "All postings together make ", balancesOf(totals), "."]));
    },
  });
  await list.restart(`ledger/postings/?account=${encodeURIComponent(wanted)}`);
  const kind = kindOf(wanted);
  show(h("section", { class: "box" },
    h("div", { class: "box-head" }, h("h1", { class: "wrap" }, wanted),
      kind ? link(kind[0] === "users" ? "To the player" : "To the table", ...kind) : null),
    sums, list.element));
}
