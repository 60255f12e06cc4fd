// The audit log, newest first, and whether its chain of hashes holds.

import { h, renderOnce } from "../dom.js";
import { badge, code, moment, pages, who } from "./parts.js";

export async function audit({ show }) {
  const verdict = h("div", { class: "verdict", role: "status" });
  const list = pages({
    label: "Audit log", empty: "Nothing has been written down yet.",
    columns: [["No.", "number"], ["Moment", ""], ["Who", ""], ["What", ""], ["Whom", ""], ["Outcome", ""], ["Detail", ""], ["Hash", ""]],
    cells: (row) => [
      String(row.seq), moment(row.at), who(row.actor), h("code", { class: "nowrap" }, row.action),
      h("span", { class: "subject" }, who(row.subject)),
      badge(row.outcome, row.outcome === "ok" ? "good" : "bad"),
      h("span", { class: "subject" }, Object.entries(row.detail).map(([key, value]) => (
        h("span", { class: "detail" }, h("span", { class: "faint" }, `${key} `), String(value))))),
      h("code", { title: `${row.hash}, after ${row.previous_hash}` }, String(row.hash).slice(0, 12)),
    ],
    told: ({ chain }) => renderOnce(verdict, chain, () => verdictOf(chain)),
  });
  await list.restart("audit/");
  show(h("section", { class: "box" }, h("h1", {}, "Audit log"), verdict, list.element));
}

function verdictOf({ ok, entries, head, checked, faults }) {
  return [
    badge(ok ? "The chain holds" : "The chain is broken", ok ? "good" : "bad"),
    h("span", {}, `${entries} entries, read again `, moment(checked)),
    h("span", {}, "Head ", code(head ?? "\u2013")),
    faults.length ? h("ul", { class: "faults" }, faults.map((fault) => h("li", {}, fault))) : null,
  ].filter(Boolean);
}
