// Words for tables, as all their pages use them. Pure but for the elements it returns.

import { h } from "../dom.js";

const STATUS = {
  unpaid: "Not paid", paid: "Not open yet", open: "Open", running: "Game running",
  expired: "Over", closed: "Closed",
};
const KIND = { private: "Private", public: "Public" };
const MODE = {
  UNDEFINED: "Not chosen", C: "Cash game", T: "Sit-n-go tournament", TD: "Tournament director",
};

/** Return a chip that says how far a table has come. */
export function statusChip({ status }) {
  return h("span", { class: `status status-${status}` }, STATUS[status] ?? status);
}

export const kindWord = ({ type }) => KIND[type] ?? type;
export const modeWord = (mode) => MODE[mode] ?? mode;
export const isPlayable = ({ status }) => status === "open" || status === "running";
export const isOver = ({ status }) => status === "expired" || status === "closed";

/** Return a moment (seconds since 1970) for people; "" for null. */
export function when(seconds) {
  return seconds === null ? "" : new Date(seconds * 1000).toLocaleString([], {
    dateStyle: "medium", timeStyle: "short",
  });
}

/** Return the address that invites to a table. */
export const inviteLink = (table) => `${location.origin}/join/${table.short_table_token}`;
