// An invitation: whoever is signed in becomes a player at once, all others are asked who they are.

import { h } from "../dom.js";
import { accountLink } from "../header.js";
import { call, callAsNobody, isPerson, session, signInAsGuest } from "../session.js";
import { isPlayable } from "./words.js";

export function joinView(token) {
  document.title = "Invitation \u00b7 vphost";
  const element = h("div", { class: "door" });
  if (session()) join(element, token);
  else ask(element, token);
  return element;
}

function say(element, title, ...more) {
  const heading = h("h1", { tabindex: "-1" }, title);
  element.replaceChildren(heading, ...more);
  heading.focus();
}

const codeLine = (token) => h("p", {}, "Table code ", h("span", { class: "code" }, token));

async function join(element, token) {
  say(element, "Joining\u2026", codeLine(token));
  try {
    const table = await call("POST", `/api/v1/tables/${encodeURIComponent(token)}/join/`);
    location.replace(isPlayable(table) ? `/play/${table.short_table_token}`
      : `/tables/${table.token}/`);
  } catch (error) {
    if (error.status === 401) ask(element, token);
    else refused(element, token, error);
  }
}

function refused(element, token, error) {
  const reasons = {
    not_found: "There is no table with this code. It may have been mistyped, or is long over.",
    table_not_paid: "The host has not paid for this table yet. Try again later.",
    table_expired: "This table is over.",
  };
  say(element, "You cannot join", h("p", { role: "alert" }, reasons[error.code] ?? error.message),
    codeLine(token), h("div", { class: "form-buttons" },
      h("button", {
        class: "button button-main", type: "button",
        onclick: () => (session() ? join : ask)(element, token),
      }, "Try again"),
      h("a", { class: "button", href: isPerson() ? "/tables/" : "/" },
        isPerson() ? "My tables" : "To the lobby")));
}

async function ask(element, token) {
  say(element, "One moment\u2026", codeLine(token));
  let name;
  try {
    ({ name } = await callAsNobody("GET", `/api/v1/lobby/invitations/${encodeURIComponent(token)}/`));
  } catch (error) {
    refused(element, token, error);
    return;
  }
  const guest = h("div", { class: "door-guest" });
  say(element, "You are invited", h("p", {}, "Sign in to join ", h("bdi", {}, name), "."),
    codeLine(token), h("div", { class: "form-buttons" },
      accountLink("sign-in", "Sign in", "button-main"), accountLink("sign-up", "Sign up")), guest);
  const { guests = false } = await callAsNobody("GET", "/api/v1/lobby/tables/").catch(() => ({}));
  if (guests) guest.append(guestButton(element, token));
}

function guestButton(element, token) {
  return h("button", {
    class: "button", type: "button",
    onclick: async () => {
      try {
        await signInAsGuest();
        join(element, token);
      } catch (error) {
        refused(element, token, error);
      }
    },
  }, "Play as a guest");
}
