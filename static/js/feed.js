// Feed messages: templates with numbered places -> parts that a view shows as inert text. Pure.

import { display } from "./money.js";

function part(formatter, names) {
  switch (formatter?.type) {
    case "PLAYER":
      return { kind: "player", text: names(formatter.player_id) };
    case "SEAT":
      return { kind: "seat", text: String(Number(formatter.seat) + 1) };
    case "MONEY":
      return { kind: "money", text: display(formatter.amount) };
    case "HAND":
      return { kind: "hand", text: String(formatter.hand_combination ?? "") };
    case "BLIND_LEVEL":
      return { kind: "level", text: levelText(formatter.blind_level) };
    default:
      return { kind: "text", text: "" };
  }
}

function levelText(level) {
  if (level === null || typeof level !== "object") return String(level ?? "");
  return `${display(level.small_blind)}/${display(level.big_blind)}`;
}

/** Return one message as parts. names: player id -> name. */
export function parts(message, names) {
  const pieces = String(message.message_template).split(/\{\{(\d+)\}\}/);
  const list = pieces.map((piece, index) => (index % 2 === 0
    ? { kind: "text", text: piece }
    : part(message.body?.[piece], names)));
  return list.filter((each) => each.text !== "");
}

/** Return a `feed_message` field (null, one, or a list) as a list. */
export function messages(field) {
  if (!field) return [];
  return Array.isArray(field) ? field.filter(Boolean) : [field];
}

export const plain = (list) => list.map((each) => each.text).join("");
