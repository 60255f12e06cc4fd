// The socket to one table: signs in, asks for what was missed, comes back by itself, and repeats
// unanswered requests under the same id so that they act once. Knows nothing of the page; clock,
// dice and socket are handed in, so that it can be tested as values in, values out.

import { Pulse } from "./pulse.js";

export const FIRST_DELAY_MS = 400;
export const LONGEST_DELAY_MS = 8000;
export const PENDING_MS = 60000;
export const MOST_PENDING = 50;

const SIGNED_OUT = 4401;
const ENDINGS = { 4401: "signed-out", 4403: "forbidden", 4409: "taken" };

/** The events of the own player that answer an action, beside `action_ack` and `action_error`. */
export const ANSWERS = {
  sit_player: ["player_seated"], join: ["join"], sit_out: ["sit_out"],
  send_chat_message: ["chat_message"], show_pocket_cards: ["show_pocket_cards"],
  open_rabbit_hunt_cards: ["open_rabbit_hunt_cards"], leave_player: ["force_disconnect_user"],
  pause_next_hand: ["pause_winners_award_timer"],
  unpause_next_hand: ["unpause_winners_award_timer"],
  end_current_game: ["end_current_game"], game_start: ["game_start", "unable_to_start_game"],
  next_hand: ["game_start", "unable_to_start_game"],
};

/** Return the wait before try number `attempt` (from 0), ms: doubled each time, half of it dice. */
export function backoff(attempt, random) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + 0.5 * random()));
}

/** Go on with a value, at once where it is no promise. */
export function whenKnown(value, act, fail) {
  if (typeof value?.then === "function") value.then(act, fail);
  else act(value);
}

export class TableConnection {
  /**
   * parts: {url, token() -> token or its promise, open(url), now(), later(ms, do) -> cancel,
   *   random(), newId(),
   *   since() -> last seq or null, player() -> own id or null, moment() -> what a betting action
   *   was meant for, onFrame(frame), onStatus(status, detail), onUnsent(action, isKept) when an
   *   action cannot be sent now: kept until the line is back, or dropped}
   */
  constructor(parts) {
    this.parts = parts;
    this.pending = new Map();
    this.pulse = new Pulse(parts.now);
    this.socket = null;
    this.attempt = 0;
    this.status = "idle";
    this.cancelRetry = null;
    this.ending = null;
    // The line of the last seq seen; the one that is offered counts with the next seq.
    this.line = null;
    this.offeredLine = null;
  }

  start() {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.ending = null;
    this.set(this.attempt === 0 ? "connecting" : "reconnecting");
    this.pulse.start();
    const socket = this.parts.open(this.parts.url);
    this.socket = socket;
    socket.onopen = () => this.authenticate();
    socket.onmessage = (message) => socket === this.socket && this.receive(message.data);
    socket.onclose = (event) => socket === this.socket && this.closed(event);
    socket.onerror = () => {};
  }

  /** End for good; nothing is repeated. */
  stop() {
    this.cancelRetry?.();
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.set("stopped");
  }

  /** Try at once, after the waiting time was cut short (the network is back, a button). */
  retry() {
    if (["open", "connecting"].includes(this.status)) return;
    const { socket } = this;
    this.socket = null;
    socket?.close(1000);
    this.start();
  }

  /** Send an action; returns its request id. isBound: only good while `moment()` is the same. */
  send(action, args = {}, isBound = false) {
    const id = this.parts.newId();
    const entry = {
      action, at: this.parts.now(), moment: isBound ? this.parts.moment() : null,
      frame: { action, ...args, request_id: id },
    };
    this.pending.set(id, entry);
    if (this.pending.size > MOST_PENDING) this.pending.delete(this.pending.keys().next().value);
    if (this.status === "open") {
      this.write(entry.frame);
      this.ask();
    } else this.parts.onUnsent(action, true);
    return id;
  }

  /** Look after the line; to be called about once a second. */
  look() {
    if (this.socket === null) return;
    if (this.pulse.isDead) this.lose();
    else if (this.pulse.isQuiet) this.ask();
  }

  ask() {
    if (this.pulse.ask()) this.write({ action: "ping" });
  }

  /** Give the line up: it is dead, or the browser says that the network is gone. */
  lose() {
    const { socket } = this;
    if (socket === null) return;
    this.socket = null;
    socket.close();
    this.closed({ code: 1006 });
  }

  /** Sign in, and hear the events since the last one seen. */
  authenticate() {
    const { socket } = this;
    whenKnown(this.parts.token(), (token) => {
      if (socket !== this.socket) return;
      if (token) {
        this.write({ action: "authenticate", token, ...this.sinceSeen() });
      } else {
        socket.close(1000);
        this.closed({ code: SIGNED_OUT });
      }
    }, () => socket.close());
  }

  /** Ask for the events after the last one seen: a frame was missing. */
  fillGap() {
    this.write({ action: "initialize_state", ...this.sinceSeen() });
  }

  sinceSeen() {
    const since = this.parts.since();
    if (since === null) return {};
    return this.line === null ? { since } : { since, line: this.line };
  }

  write(frame) {
    if (this.socket?.readyState !== 1) return;
    const timestamp = new Date(this.parts.now()).toISOString();
    this.socket.send(JSON.stringify({ ...frame, timestamp }));
  }

  receive(text) {
    this.pulse.heard();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.event === "auth_error") this.ending = frame.payload ?? {};
    if (frame.event === "user_connected") {
      this.offeredLine = frame.payload?.line ?? null;
      this.authenticated();
    } else if (typeof frame.payload?.seq === "number") this.line = this.offeredLine;
    this.settle(frame);
    this.parts.onFrame(frame);
    if (this.status === "joining" && frame.event === "private_data") this.caughtUp();
  }

  /** The missed events tell what happened; the full state after them has the clocks right. */
  authenticated() {
    this.set("joining");
    this.write({ action: "initialize_state" });
  }

  caughtUp() {
    this.attempt = 0;
    this.set("open");
    for (const [id, entry] of this.pending) {
      const isOld = this.parts.now() - entry.at > PENDING_MS;
      const isStale = entry.moment !== null && entry.moment !== this.parts.moment();
      if (isOld || isStale) {
        this.pending.delete(id);
        this.parts.onUnsent(entry.action, false);
      } else this.write(entry.frame);
    }
  }

  settle(frame) {
    const payload = frame.payload ?? {};
    if (typeof payload.request_id === "string") {
      this.pending.delete(payload.request_id);
      return;
    }
    const isOwn = payload.player === this.parts.player() || payload.player === null
      || payload.player === undefined;
    for (const [id, { action }] of this.pending) {
      const isAnswer = frame.event === "action_error" ? payload.action === action
        : frame.event === "action_ack" ? isOwn && payload.action === action
          : isOwn && ANSWERS[action]?.includes(frame.event);
      if (isAnswer) {
        this.pending.delete(id);
        return;
      }
    }
  }

  closed(event) {
    this.socket = null;
    const ending = ENDINGS[event.code];
    if (ending) {
      this.set(ending, this.ending);
      return;
    }
    const wait = backoff(this.attempt, this.parts.random);
    this.attempt += 1;
    this.set("waiting", { wait });
    for (const { action } of this.pending.values()) this.parts.onUnsent(action, true);
    this.cancelRetry = this.parts.later(wait, () => this.start());
  }

  set(status, detail = null) {
    this.status = status;
    this.parts.onStatus(status, detail);
  }
}
