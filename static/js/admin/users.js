// Players' accounts: find them, look at one, bar a user and let them in again.

import { h } from "../dom.js";
import { display } from "../money.js";
import { badge, code, facts, get, link, moment, name, pages, post } from "./parts.js";

const standing = (row) => (row.disabled ? badge("disabled", "bad") : badge("enabled", "good"));

export async function users({ show }) {
  const list = pages({
    label: "Players", empty: "There is nobody of this name.",
    columns: [["Name", ""], ["Standing", ""], ["Kind", ""], ["Mail", ""], ["Since", ""]],
    cells: (row) => [
      link(name(row.username), "users", row.id),
      [standing(row), row.is_operator ? badge("operator") : null].filter(Boolean), row.kind,
      row.email ? [name(row.email), row.is_confirmed ? "" : " (not confirmed)"] : "\u2013", moment(row.created),
    ],
  });
  const input = h("input", { class: "control", type: "search", maxlength: 64, "aria-label": "Name", placeholder: "Whole name", autocomplete: "off", spellcheck: "false" });
  const form = h("form", { class: "search" }, input, h("button", { class: "button", type: "submit" }, "Find"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = input.value.trim();
    list.restart(wanted ? `users/?name=${encodeURIComponent(wanted)}` : "users/")
      .catch((error) => form.dispatchEvent(new CustomEvent("trouble", { bubbles: true, detail: error })));
  });
  await list.restart("users/");
  show(h("section", { class: "box" }, h("div", { class: "box-head" }, h("h1", {}, "Players"), form), list.element));
}

export async function user({ names: [id], show, trouble }) {
  const path = `users/${encodeURIComponent(id)}/`;
  const draw = (given) => show(view(given, async (verb, reason) => {
    try {
      draw(await post(`${path}${verb}/`, { reason }));
    } catch (error) {
      trouble(error);
    }
  }));
  draw(await get(path));
}

function view(given, act) {
  const verb = given.disabled ? "enable" : "disable";
  const balances = Object.entries(given.balances);
  return h("section", { class: "box" },
    h("div", { class: "box-head" }, h("h1", {}, name(given.username)), h("span", { class: "buttons" }, standing(given))),
    facts([
      ["Kind", given.kind], ["Operator", given.is_operator ? "yes" : "no"],
      ["Mail", given.email ? [name(given.email), given.is_confirmed ? "" : " (not confirmed)"] : "\u2013"],
      ["Since", moment(given.created)], ["Open sockets", h("span", { id: "sockets" }, String(given.sockets))],
      ["Money", balances.length ? balances.map(([currency, held]) => `${display(held)} ${currency}`).join(", ") : "0"],
      ["Id", code(given.id)],
    ]),
    h("div", { class: "buttons" },
      h("button", { class: `button ${given.disabled ? "" : "button-danger"}`, type: "button", onclick: () => ask(verb, given.username, act) },
        given.disabled ? "Enable\u2026" : "Disable\u2026"),
      link("Postings", "ledger", `user:${given.id}`)));
}

/** Ask for the reason, which the audit log keeps, and act. */
function ask(verb, username, act) {
  const reason = h("input", { class: "control", id: "reason", required: true, maxlength: 200, autocomplete: "off" });
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "ask-title" },
    h("form", { class: "dialog-form", method: "dialog" },
      h("h2", { id: "ask-title" }, verb === "disable" ? "Disable " : "Enable ", name(username), "?"),
      h("p", {}, verb === "disable" ? "Signed out at once, and out of every socket. What is on tables stays there."
        : "May sign in and play again."),
      h("p", { class: "field" }, h("label", { for: "reason" }, "Reason, for the audit log"), reason),
      h("div", { class: "dialog-buttons" },
        h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"),
        h("button", { class: `button ${verb === "disable" ? "button-danger" : "button-main"}`, value: "yes" },
          verb === "disable" ? "Disable" : "Enable"))));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "yes") act(verb, reason.value.trim());
  });
  document.body.append(dialog);
  dialog.showModal();
}
