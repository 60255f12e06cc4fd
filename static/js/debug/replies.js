// Which frame answers which command: by its id where the protocol repeats it, else by what the
// host answers such a command with, in the order of the commands. Clocks are handed in. Pure.

import { ANSWERS } from "../connection.js";

const MOST_WAITING = 200;
/** Frames of the table protocol that answer without an id, beside those that the table page knows. */
const ALSO = {
  authenticate: ["user_connected", "auth_error"], initialize_state: ["game_state"],
  kick_player_after_game: ["player_kicked"], update_jitsi_id: ["jitsi_id_changed"],
};
const REFUSALS = ["action_error", "error"];

export class Replies {
  constructor() {
    this.clear();
  }

  clear() {
    this.waiting = [];
    this.player = null;
  }

  /** Note a command. frame: parsed, null when it was no JSON. at: ms. Returns its note. */
  sent(frame, at) {
    const id = frame?.request_id ?? frame?.header?.request_id ?? null;
    const note = { id, action: frame?.action ?? null, at };
    this.waiting.push(note);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
    return note;
  }

  /** Return {note, ms, by: "id" or "kind"} of the command that a frame answers, or null. */
  received(frame, name, at) {
    if (frame === null || typeof frame !== "object") return null;
    const payload = frame.payload ?? {};
    if (frame.event === "user_connected") this.player = payload.player ?? null;
    const id = frame.response_header?.request_id ?? payload.request_id ?? null;
    const index = this.waiting.findIndex((note) => (
      id === null ? this.isAnswer(note, frame, name) : note.id === id));
    if (index < 0) return null;
    const [note] = this.waiting.splice(index, 1);
    return { note, ms: at - note.at, by: id === null ? "kind" : "id" };
  }

  isAnswer({ id, action }, frame, name) {
    const payload = frame.payload ?? {};
    if (REFUSALS.includes(name)) return id === null && (payload.action ?? null) === action;
    if (frame.response_header || action === null) return false;
    const isOwn = payload.player === null || payload.player === undefined
      || payload.player === this.player;
    if (frame.event === "action_ack") return isOwn && payload.action === action;
    const kinds = [...(ANSWERS[action] ?? []), ...(ALSO[action] ?? [])];
    return kinds.includes(frame.event) && (isOwn || action === "kick_player_after_game");
  }
}
