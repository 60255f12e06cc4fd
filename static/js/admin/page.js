// The operators' page: who may see it, and which area the address names. The page holds nothing;
// every call behind it asks who calls.

import { h, show } from "../dom.js";
import { signOutAndGo } from "../header.js";
import { call, forget, onOtherTab, session, signOut } from "../session.js";
import "../toasts.js";
import { audit } from "./audit.js";
import { hand } from "./hand.js";
import { account, ledger } from "./ledger.js";
import { table, tables } from "./tables.js";
import { user, users } from "./users.js";

const main = document.getElementById("main");
const toasts = document.querySelector("toast-stack");
/** Path of the address -> the view; names stand for any part. */
const VIEWS = [
  [["tables"], tables], [["tables", "token"], table], [["tables", "token", "hands", "number"], hand],
  [["ledger"], ledger], [["ledger", "account"], account],
  [["users"], users], [["users", "id"], user], [["audit"], audit],
];
const NAMES = new Set(["token", "number", "account", "id"]);
let leaving = null;

function found(parts) {
  for (const [pattern, view] of VIEWS) {
    const fits = pattern.length === parts.length
      && pattern.every((one, index) => NAMES.has(one) || one === parts[index]);
    if (fits) return [view, parts.filter((_, index) => NAMES.has(pattern[index]))];
  }
  return [tables, []];
}

function partsOfAddress() {
  try {
    return location.hash.slice(1).split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
}

async function draw({ isFirst = false } = {}) {
  leaving?.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const parts = partsOfAddress();
  const [view, names] = found(parts);
  for (const each of document.querySelectorAll("#areas a")) {
    const isHere = each.hash.slice(1) === (parts[0] ?? "tables");
    each.toggleAttribute("aria-current", isHere);
    if (isHere) each.setAttribute("aria-current", "page");
  }
  main.replaceChildren(h("p", { class: "note", role: "status" }, "Reading\u2026"));
  if (!isFirst) main.focus();
  try {
    await view({
      names, signal, trouble,
      show: (...nodes) => signal.aborted || main.replaceChildren(...nodes),
    });
  } catch (error) {
    if (!signal.aborted) trouble(error);
  }
  const heading = main.querySelector("h1")?.textContent;
  if (!signal.aborted && heading) document.title = `${heading} \u00b7 Operators \u00b7 vphost`;
}

function trouble(error) {
  if (error.status === undefined) throw error;
  if (error.status === 401) forget();
  if (error.status === 401 || error.status === 403) refuse();
  else if (main.querySelector(".box")) toasts.tell(error.message, "error");
  else {
    const heading = error.status === 404 ? "Not found" : "That did not work";
    main.replaceChildren(h("section", { class: "box" }, h("h1", {}, heading), h("p", {}, error.message)));
  }
}

/** Tell who is no operator that there is nothing here, and what to do. */
function refuse() {
  leaving?.abort();
  const mine = session();
  show(document.getElementById("areas"), false);
  const door = `/account/sign-in/?next=${encodeURIComponent(`/admin/${location.hash}`)}`;
  main.replaceChildren(h("section", { class: "box refusal" },
    h("h1", {}, "Operators only"),
    h("p", {}, mine ? ["You are signed in as ", h("bdi", { class: "strong" }, mine.user.username), ", who is no operator of this host."]
      : "Please sign in as an operator of this host."),
    h("div", { class: "buttons" },
      mine ? h("button", { class: "button button-main", type: "button", onclick: async () => { await signOut(); location.assign(door); } }, "Sign in as somebody else")
        : h("a", { class: "button button-main", href: door }, "Sign in"),
      h("a", { class: "button", href: "/" }, "To the lobby"))));
}

async function start() {
  if (!session()) {
    refuse();
    return;
  }
  try {
    const me = await call("GET", "/api/v1/users/current/");
    if (!me.is_operator) {
      refuse();
      return;
    }
    document.getElementById("who").append(h("bdi", {}, me.username),
      h("button", { class: "button button-quiet", type: "button", onclick: signOutAndGo }, "Sign out"));
  } catch (error) {
    trouble(error);
    return;
  }
  show(document.getElementById("areas"), true);
  addEventListener("hashchange", () => draw());
  main.addEventListener("trouble", (event) => trouble(event.detail));
  await draw({ isFirst: true });
}

const signedIn = session()?.user.id;
onOtherTab((current) => {
  // A tab that has exchanged the tokens is heard as well; what is typed here stays then.
  if (current?.user.id !== signedIn) location.reload();
});
start();
