// Who is at a table: its host may send people away, a player may leave.

import { confirm } from "../dialogs.js";
import { h, setText } from "../dom.js";
import { avatar } from "../header.js";
import { display } from "../money.js";
import { call } from "../session.js";

const PAGE = 100;

/** Return the tab. */
export function players(page) {
  const body = h("tbody");
  const note = h("p", { class: "note", role: "status" }, "One moment\u2026");
  const panel = h("section", {}, h("div", { class: "wide", tabindex: "0", role: "region",
    "aria-label": "Players" }, h("table", { class: "grid" }, h("thead", {}, h("tr", {},
    h("th", { scope: "col" }, "Player"), h("th", { scope: "col" }, "Seat"),
    h("th", { scope: "col", class: "number" }, "On the table"),
    h("th", { scope: "col", class: "number" }, "Bank"),
    h("td", {}))), body)), note);
  const load = async () => {
    try {
      const rows = await listed(page.table.short_table_token);
      body.replaceChildren(...rows.map((row) => line(page, row, load)));
      setText(note, rows.length === 0 ? "Nobody is here." : "");
    } catch (error) {
      page.fail(error);
    }
  };
  return { name: "players", text: "Players", panel, shown: load };
}

/** Return all players of a table. */
export async function listed(token) {
  const found = [];
  let path = `/api/v1/players/?limit=${PAGE}&short_table_token=${token}`;
  while (path) {
    const { results, next } = await call("GET", path);
    found.push(...results);
    path = next;
  }
  return found;
}

function line(page, row, load) {
  const notes = [row.is_creator ? "host" : null, row.is_you ? "you" : null].filter(Boolean);
  return h("tr", {},
    h("th", { scope: "row" }, h("span", { class: "named" }, avatar(row.username, row.avatar_url),
      h("span", {}, h("bdi", {}, row.username),
        notes.length ? h("span", { class: "hint" }, ` ${notes.join(", ")}`) : null))),
    h("td", {}, row.seat === null ? "\u2013" : String(row.seat + 1)),
    h("td", { class: "number" }, row.table_stack === null ? "\u2013" : display(row.table_stack)),
    h("td", { class: "number" }, row.bank === null ? "\u2013" : display(row.bank)),
    h("td", { class: "doing" }, doing(page, row, load)));
}

function doing(page, row, load) {
  if (row.is_you && !row.is_creator) {
    return h("button", {
      class: "button button-danger", type: "button", onclick: () => leave(page, row),
    }, "Leave");
  }
  if (!page.table.is_creator || row.is_you) return null;
  return h("button", {
    class: "button button-danger", type: "button", "aria-label": `Send ${row.username} away`,
    onclick: () => kick(page, row, load),
  }, "Send away");
}

async function kick(page, row, load) {
  const isSure = await confirm("Send away?",
    `${row.username} has to leave, after the hand if one is played. `
      + "Whoever has the code may join again.",
    "Send away");
  if (!isSure) return;
  await page.attempt(() => call("POST", `/api/v1/players/${row.id}/kick/`),
    `${row.username} was sent away.`);
  await load();
}

async function leave(page, row) {
  const isSure = await confirm("Leave the table?",
    "Your cards are folded, and your seat is free. You may join again with the code.", "Leave");
  if (!isSure) return;
  if (await page.attempt(() => call("POST", `/api/v1/players/${row.id}/leave/`))) {
    location.assign("/tables/");
  }
}
